/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a device text to a core's registers, interrupt lines and description. */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_BOARD

#include "board-hardware.h"

#include <string.h>

#include "vdma-error.h"
#include "vdma-log.h"
#include "vdma-options.h"
#include "vdma-regs.h"
#include "vdma-util.h"

#define HARDWARE_MAX_TEXT 4096 /* bytes of a path or name */

static const gchar *const irq_nicks[] = { "auto", "uio", "timer", NULL };
static const gchar *const channels_nicks[] = { "both", "mm2s", "s2mm", NULL };

#define ROW(name_, type_, field_, help_)                                       \
  .name = name_, .type = VDMA_OPTION_##type_,                                  \
  .offset = G_STRUCT_OFFSET (BoardHardwareOptions, field_), .help = help_
#define TEXT(name_, field_, help_)                                             \
  {                                                                            \
    ROW (name_, STRING, field_, help_), .max = HARDWARE_MAX_TEXT               \
  }
#define NUMBER(name_, field_, min_, max_, help_)                               \
  {                                                                            \
    ROW (name_, UINT, field_, help_), .min = min_, .max = max_                 \
  }

static const VdmaOption hardware_table[] = {
  TEXT ("root", root, "folder that stands for / : a captured machine's"),
  NUMBER ("map", map, 0, VDMA_UIO_MAX_MAPS - 1,
      "map of the UIO device, or BAR of the PCI device, that has the "
      "registers"),
  { ROW ("offset", UINT64, offset,
        "bytes from the map's begin to the registers"),
      .max = G_MAXUINT32 },
  { ROW ("irq", ENUM, irq,
        "auto: the device's interrupt, or that of irq-device, and without one "
        "a "
        "timer; uio: fails without one; timer"),
      .nicks = irq_nicks },
  TEXT ("irq-device", irq_device,
      "UIO device with the interrupt of both channels, named as in uio:NAME"),
  TEXT ("irq-mm2s", irq_channel[VDMA_MM2S],
      "UIO device with the interrupt of MM2S, or timer"),
  TEXT ("irq-s2mm", irq_channel[VDMA_S2MM],
      "UIO device with the interrupt of S2MM, or timer"),
  NUMBER ("stores", stores, 1, VDMA_MAX_STORES, "frame stores"),
  NUMBER ("addr-width", addr_width, 32, 64, "address bits"),
  NUMBER ("mm-width", mm_width, 32, 1024,
      "bits of the memory side of both channels, a power of two"),
  NUMBER ("stream-width", stream_width, 8, 1024,
      "bits of both streams, a multiple of 8"),
  { ROW ("dre", BOOL, dre, "realignment engine: any byte alignment") },
  { ROW ("channels", ENUM, channels, "channels built in"),
      .nicks = channels_nicks },
};

void
board_hardware_free (BoardHardware *self)
{
  if (!self)
    return;
  vdma_options_clear (
      hardware_table, G_N_ELEMENTS (hardware_table), &self->options);
  vdma_uio_node_free (self->node);
  g_free (self->options_text);
  g_free (self);
}

/* ---- finding and describing ---- */

static gboolean
hardware_describe (BoardHardware *self, const gchar *name, GError **error)
{
  const BoardHardwareOptions *options = &self->options;

  vdma_hw_desc_init (&self->desc);
  g_strlcpy (self->desc.name, name, sizeof self->desc.name);
  self->desc.base = self->node->map[options->map].address + self->offset;
  self->desc.span = VDMA_REG_SPAN;
  if (options->stores == 0) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "'%s': nobody says how many frame stores the core has; add "
        "?stores=NUMBER (C_NUM_FSTORES of the block design)",
        name);
    return FALSE;
  }
  self->desc.n_stores = options->stores;
  if (options->addr_width)
    self->desc.addr_width = options->addr_width;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    VdmaHwChannel *channel = &self->desc.channel[dir];
    if (options->mm_width)
      channel->mm_width = options->mm_width;
    if (options->stream_width)
      channel->stream_width = options->stream_width;
    channel->dre = options->dre;
    channel->present = options->channels == 0 || options->channels == 1 + dir;
  }
  return vdma_hw_desc_validate (&self->desc, error);
}

static BoardHardware *
hardware_new (const BoardAddress *address, GError **error)
{
  BoardHardware *self = g_new0 (BoardHardware, 1);
  g_autofree gchar *what = g_strdup_printf ("device '%s'", address->text);

  self->options_text = g_strdup (address->options);
  if (vdma_options_parse (address->options, what, hardware_table,
          G_N_ELEMENTS (hardware_table), &self->options, error))
    return self;
  board_hardware_free (self);
  return NULL;
}

gboolean
board_hardware_resolve_uio (BoardAddress *address, GError **error)
{
  BoardHardware *self = hardware_new (address, error);
  const gchar *target = address->target ? address->target : "";
  address->hardware = self;
  if (!self)
    return FALSE;
  target += *target == '@';
  if (!*target) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "device '%s' names no device; it is written %s", address->text,
        address->impl->syntax);
    return FALSE;
  }
  self->node = vdma_uio_find (self->options.root, target, error);
  if (!self->node)
    return FALSE;
  self->offset = self->options.offset;
  address->name = g_strdup_printf ("uio@0x%" G_GINT64_MODIFIER "x",
      self->node->map[self->options.map].address + self->offset);
  return TRUE;
}

/* ---- opening ---- */

static VdmaIrq *
hardware_open_irq (BoardHardware *self, VdmaDirection dir, GError **error)
{
  const BoardHardwareOptions *options = &self->options;
  const gchar *name = options->irq_channel[dir] ? options->irq_channel[dir]
                                                : options->irq_device;
  VdmaTime *time = vdma_time_monotonic ();

  if (!name)
    return vdma_uio_open_irq (self->node, time, error);
  g_autoptr (VdmaUioNode) node = vdma_uio_find (options->root, name, error);
  return node ? vdma_uio_open_irq (node, time, error) : NULL;
}

static gboolean
hardware_open_irqs (
    BoardHardware *self, VdmaIrq *irqs[VDMA_N_DIRECTIONS], GError **error)
{
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    if (!self->desc.channel[dir].present)
      continue;
    irqs[dir] = hardware_open_irq (self, (VdmaDirection) dir, error);
    if (!irqs[dir])
      return FALSE;
  }
  return TRUE;
}

gboolean
board_hardware_open (Board *board, const BoardAddress *address, GError **error)
{
  BoardHardware *self = board->hardware;
  VdmaIrq *irqs[VDMA_N_DIRECTIONS] = { NULL };

  if (!hardware_describe (self, board->name, error))
    return FALSE;
  VdmaRegs *regs = vdma_uio_open_regs (
      self->node, self->options.map, self->offset, VDMA_REG_SPAN, error);
  if (!regs)
    return FALSE;
  if (!hardware_open_irqs (self, irqs, error)) {
    for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
      vdma_irq_close (irqs[dir]);
    vdma_regs_close (regs);
    return FALSE;
  }
  board->device =
      vdma_device_open (&self->desc, regs, irqs, vdma_time_monotonic (), error);
  return board->device != NULL;
}

gboolean
board_hardware_check_options (
    Board *board, const BoardAddress *address, GError **error)
{
  const gchar *open = board->hardware->options_text;
  if (g_strcmp0 (address->options, open) == 0)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_BUSY,
      "device '%s' is open with the options '%s', not '%s'; use the same, or "
      "none",
      board->name, open ? open : "", address->options);
  return FALSE;
}

void
board_hardware_close (Board *self)
{
}

const BoardImpl board_uio_kind = {
  .prefix = "uio",
  .syntax = "uio:NAME[?key=value&...], uio@ADDRESS, /dev/uioN",
  .help = "a core that a UIO driver has; NAME is that of the device, of its "
          "node in the device tree (or the whole path), or of its bus",
  .resolve = board_hardware_resolve_uio,
  .open = board_hardware_open,
  .check_options = board_hardware_check_options,
  .close = board_hardware_close,
};
