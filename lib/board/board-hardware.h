/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real cores: found and described by a device text, then opened.
 *
 *   board-hardware.c  options, and where the registers are
 *   board-describe.c  what the core was built with, of all that is known
 *   board-irq.c       where the interrupts come from
 *   board-intc.c      ... when it is an AXI interrupt controller
 *   board-claims.c    locks, and the crash guard
 */
#pragma once

#include "board-private.h"

#include "hw-choice.h"
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
  guint64 irq_controller;                /* G_MAXUINT64: not said */
  gboolean check_fpga;
  gboolean guardian;
  VdmaHwChoice choice;
} BoardHardwareOptions;

/** BoardLine: a channel's interrupt as the core asks for it; @regs: (transfer none) */
typedef struct {
  VdmaRegs *regs;
  guint channel; /* offset of its registers */
} BoardLine;

/**
 * BoardHardware: a core that was found.
 * @node: (nullable): the UIO device that has the registers; else /dev/mem has
 * @map, @offset: of the registers in @node
 * @address: physical, of the first register
 * @tree: (nullable): what the device tree's node of @node says
 * @core: (nullable): what is known of it; from the opening on
 * @share: (nullable): the device's, from the opening on
 * @line: from the opening on
 */
struct BoardHardware {
  BoardHardwareOptions options;
  gchar *options_text; /* (nullable): as written */
  VdmaUioNode *node;
  guint map;
  guint64 offset;
  guint64 address;
  VdmaHwCore *tree;
  VdmaHwCore *core;
  VdmaShare *share;
  BoardLine line[VDMA_N_DIRECTIONS];
};

void board_hardware_free (BoardHardware *self); /* (nullable) */

/** board_hardware_get_options: (transfer none) (element-type VdmaOption): the table of them */
const GArray *board_hardware_get_options (void);

/** board_hardware_get_root: (transfer full) (nullable): the folder that stands
 *  for "/": @option, below that of the environment variable GST_VDMA_ROOT */
gchar *board_hardware_get_root (const gchar *option);

/** board_hardware_get_keeper: as board_claims_get_keeper() */
const XlnkKeeper *board_hardware_get_keeper (
    BoardHardware *self, gpointer *data);

/* ---- board-describe.c ---- */

/** board_hardware_describe: fills @core. Errors: as vdma_hw_choice_resolve() */
gboolean board_hardware_describe (
    BoardHardware *self, const gchar *name, GError **error);
/** board_hardware_compare: @core against @regs. Errors: as vdma_hw_core_compare() */
gboolean board_hardware_compare (
    BoardHardware *self, VdmaRegs *regs, GError **error);
/** board_hardware_check_fpga: an FPGA without a bitstream hangs who asks it. Errors: STATE */
gboolean board_hardware_check_fpga (const BoardHardware *self, GError **error);

/* ---- board-irq.c ---- */

/** board_hardware_open_irqs: of the channels that @core has; on failure none is
 *  open. @regs: of the core; outlives the lines */
gboolean board_hardware_open_irqs (BoardHardware *self, VdmaRegs *regs,
    VdmaIrq *irqs[VDMA_N_DIRECTIONS], GError **error);

/* ---- board-intc.c ---- */

/** board_intc_split: (transfer full): the part before ":INPUT" of @text, and that
 *  in @input; -1 without one */
gchar *board_intc_split (const gchar *text, gint *input);

/** board_intc_find: (transfer full) (nullable): the UIO device whose line is the
 *  output of the controller that @dir goes to, as .hwh file or device tree say */
VdmaUioNode *board_intc_find (BoardHardware *self, VdmaDirection dir);

/** board_intc_is_output: whether @node is such a device */
gboolean board_intc_is_output (
    BoardHardware *self, VdmaDirection dir, const VdmaUioNode *node);

/**
 * board_intc_open:
 * @node: whose line is the controller's output
 * @input: of the controller; -1: as .hwh file or device tree say
 *
 * Errors: INVALID, UNSUPPORTED, PERMISSION, NOT_FOUND
 */
VdmaIrq *board_intc_open (BoardHardware *self, VdmaDirection dir,
    const VdmaUioNode *node, gint input, GError **error);

/** board_intc_explain: adds to @error, of a name with ":INPUT" that no UIO device
 *  has, what is known of a driver of the kernel */
void board_intc_explain (const BoardHardware *self, GError **error);

G_END_DECLS
