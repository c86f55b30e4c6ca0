/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real cores: found and described by a device text, then opened. */
#pragma once

#include "board-private.h"

#include "io-uio.h"

G_BEGIN_DECLS

/** BoardIrqKind: the word of option irq. */
typedef enum {
  BOARD_IRQ_AUTO, /* the device's own interrupt, or irq-device; else a timer */
  BOARD_IRQ_UIO,
  BOARD_IRQ_TIMER,
} BoardIrqKind;

/** BoardHardwareOptions: what stands behind "?" of a real device. */
typedef struct {
  gchar *root; /* (nullable): folder that stands for "/" */
  guint map;
  guint64 offset;
  guint irq; /* BoardIrqKind */
  gchar *irq_device;
  gchar *irq_channel[VDMA_N_DIRECTIONS]; /* (nullable) */
  guint stores, addr_width, mm_width, stream_width;
  guint channels; /* words of the table */
  gboolean dre;
} BoardHardwareOptions;

/**
 * BoardHardware: a core that was found.
 * @node: (nullable): the UIO device that has the registers; else /dev/mem has
 * @offset: of the registers in the node's map
 * @options_text: (nullable): as written, to compare with that of a second user
 */
struct BoardHardware {
  BoardHardwareOptions options;
  gchar *options_text;
  VdmaUioNode *node;
  guint64 offset;
  VdmaHwDesc desc;
};

void board_hardware_free (BoardHardware *self); /* (nullable) */

/** board_hardware_resolve_uio: finds and describes; as BoardImpl.resolve */
gboolean board_hardware_resolve_uio (BoardAddress *address, GError **error);

/** as BoardImpl.open, .check_options and .close */
gboolean board_hardware_open (
    Board *self, const BoardAddress *address, GError **error);
gboolean board_hardware_check_options (
    Board *self, const BoardAddress *address, GError **error);
void board_hardware_close (Board *self);

G_END_DECLS
