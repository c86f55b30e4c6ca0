/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kinds of boards that are real: by UIO, by /dev/mem, and by a .hwh file that
 * says where. */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_BOARD

#include "board-hardware.h"

#include <string.h>

#include "board-claims.h"
#include "io-devmem.h"
#include "io-sysfs.h"
#include "vdma-error.h"
#include "vdma-log.h"
#include "vdma-number.h"
#include "vdma-regs.h"
#include "vdma-util.h"

#define HARDWARE_MAX_TEXT 4096 /* bytes of a path or name */

#define HARDWARE_ROOT_VARIABLE "GST_VDMA_ROOT"

/* ---- options ---- */

static const gchar *const irq_nicks[] = { "auto", "uio", "timer", NULL };

#define ROW(name_, type_, field_, help_)                                       \
  .name = name_, .type = VDMA_OPTION_##type_,                                  \
  .offset = G_STRUCT_OFFSET (BoardHardwareOptions, field_), .help = help_
#define TEXT(name_, field_, help_)                                             \
  {                                                                            \
    ROW (name_, STRING, field_, help_), .max = HARDWARE_MAX_TEXT               \
  }

static const VdmaOption hardware_rows[] = {
  { ROW ("map", UINT, map,
        "map of the UIO device, or BAR of the PCI device, that has the "
        "registers"),
      .max = VDMA_UIO_MAX_MAPS - 1 },
  { ROW ("offset", UINT64, offset,
        "bytes from the map's begin to the registers"),
      .max = G_MAXUINT32 },
  { ROW ("irq", ENUM, irq,
        "auto: the device's interrupt, and where it has none a timer; uio: "
        "fails where it has none; timer"),
      .nicks = irq_nicks },
  TEXT ("irq-device", irq_device,
      "UIO device that has the interrupts of both channels in one line, named "
      "as behind uio:; with :INPUT behind its name the line of an AXI "
      "interrupt controller"),
  TEXT ("irq-mm2s", irq_channel[VDMA_MM2S],
      "UIO device that has the interrupt of MM2S, also NAME:INPUT, or timer"),
  TEXT ("irq-s2mm", irq_channel[VDMA_S2MM],
      "UIO device that has the interrupt of S2MM, also NAME:INPUT, or timer"),
  { ROW ("irq-controller", UINT64, irq_controller,
        "address of the registers of an AXI interrupt controller, where the "
        "UIO device has its line only"),
      .max = G_MAXUINT64 - 1 },
  { ROW ("check-fpga", BOOL, check_fpga,
      "whether to refuse an FPGA that the kernel knows to have no bitstream") },
  { ROW ("guardian", BOOL, guardian,
      "a process of its own that stops the DMA when this one is killed") },
  TEXT ("root", root, "folder that stands for / : a copy of a machine's files"),
};

#undef ROW
#undef TEXT

const GArray *
board_hardware_get_options (void)
{
  static gsize once;
  static GArray *table;
  if (g_once_init_enter (&once)) {
    table = g_array_new (FALSE, FALSE, sizeof (VdmaOption));
    g_array_append_vals (table, hardware_rows, G_N_ELEMENTS (hardware_rows));
    vdma_hw_choice_add_options (
        table, G_STRUCT_OFFSET (BoardHardwareOptions, choice));
    g_once_init_leave (&once, 1);
  }
  return table;
}

gchar *
board_hardware_get_root (const gchar *option)
{
  const gchar *root = g_getenv (HARDWARE_ROOT_VARIABLE);
  if (!root || !*root)
    return g_strdup (option);
  return option ? g_build_filename (root, option, NULL) : g_strdup (root);
}

void
board_hardware_free (BoardHardware *self)
{
  const GArray *table = board_hardware_get_options ();
  if (!self)
    return;
  vdma_options_clear (
      (const VdmaOption *) table->data, table->len, &self->options);
  vdma_uio_node_free (self->node);
  vdma_hw_core_free (self->tree);
  vdma_hw_core_free (self->core);
  g_free (self->options_text);
  g_free (self);
}

/* Fills address->hardware, which goes with it. */
static BoardHardware *
hardware_new (BoardAddress *address, GError **error)
{
  const GArray *table = board_hardware_get_options ();
  BoardHardware *self = g_new0 (BoardHardware, 1);
  g_autofree gchar *what = g_strdup_printf ("device '%s'", address->text);

  address->hardware = self;
  self->options_text = g_strdup (address->options);
  self->options.check_fpga = TRUE;
  self->options.irq_controller = G_MAXUINT64;
  vdma_hw_choice_init (&self->options.choice);
  if (!vdma_options_parse (address->options, what,
          (const VdmaOption *) table->data, table->len, &self->options, error))
    return NULL;
  gchar *root = board_hardware_get_root (self->options.root);
  g_free (self->options.root);
  self->options.root = root;
  if (address->target && *address->target)
    return self;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "device '%s' names no device; it is written %s", address->text,
      address->impl->syntax);
  return NULL;
}

/* ---- where the registers are ---- */

/* Returns: whether a map of the node has @address */
static gboolean
hardware_place_at (BoardHardware *self, guint64 address)
{
  for (guint i = 0; i < VDMA_UIO_MAX_MAPS; i++) {
    const VdmaUioMap *map = &self->node->map[i];
    if (address < map->address || address - map->address >= map->size)
      continue;
    self->map = i;
    self->offset = address - map->address;
    self->address = address;
    return TRUE;
  }
  return FALSE;
}

/* @target: as found: an address says where in the device */
static void
hardware_place (BoardHardware *self, const gchar *target)
{
  guint64 address;
  if ((vdma_parse_uint64 (target, &address)
          && hardware_place_at (self, address))
      || (self->options.choice.base != G_MAXUINT64
          && hardware_place_at (self, self->options.choice.base)))
    return;
  self->map = self->options.map;
  self->offset = self->options.offset;
  self->address = self->node->map[self->map].address + self->offset;
}

static gboolean
hardware_resolve_uio (BoardAddress *address, GError **error)
{
  BoardHardware *self = hardware_new (address, error);
  if (!self)
    return FALSE;
  const gchar *target = address->target;
  self->node = vdma_uio_find (self->options.root, target, error);
  if (!self->node)
    return FALSE;
  hardware_place (self, target);
  address->name =
      g_strdup_printf ("uio@0x%" G_GINT64_MODIFIER "x", self->address);
  return TRUE;
}

static gboolean
hardware_resolve_mem (BoardAddress *address, GError **error)
{
  BoardHardware *self = hardware_new (address, error);
  if (!self)
    return FALSE;
  if (!vdma_parse_uint64 (address->target, &self->address)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "device '%s': '%s' is no address; it is written %s", address->text,
        address->target, address->impl->syntax);
    return FALSE;
  }
  address->name =
      g_strdup_printf ("mem:0x%" G_GINT64_MODIFIER "x", self->address);
  return TRUE;
}

/* The file says where; a UIO driver may have the core or not. */
static gboolean
hardware_resolve_hwh (BoardAddress *address, GError **error)
{
  BoardHardware *self = hardware_new (address, error);
  g_autoptr (GError) local = NULL;
  if (!self)
    return FALSE;
  if (self->options.choice.hwh) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "device '%s' names a .hwh file twice: leave the option hwh away",
        address->text);
    return FALSE;
  }
  self->options.choice.hwh = g_strdup (address->target);
  g_autoptr (VdmaHwCore) core = vdma_hwh_find (address->target, error);
  if (!core)
    return FALSE;
  g_autofree gchar *at =
      g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", core->desc.base);
  self->address = core->desc.base;
  self->node = vdma_uio_find (self->options.root, at, &local);
  if (self->node)
    hardware_place (self, at);
  else
    vdma_log_info (
        "'%s' is at %s, by /dev/mem: %s", address->text, at, local->message);
  address->name = g_strconcat (self->node ? "uio@" : "mem:", at, NULL);
  return TRUE;
}

/* ---- open ---- */

static VdmaRegs *
hardware_open_regs (BoardHardware *self, GError **error)
{
  if (self->node)
    return vdma_uio_open_regs (
        self->node, self->map, self->offset, VDMA_REG_SPAN, error);
  return vdma_devmem_open_regs (
      self->options.root, self->address, VDMA_REG_SPAN, error);
}

static gboolean
hardware_open (Board *board, const BoardAddress *address, GError **error)
{
  BoardHardware *self = board->hardware;
  VdmaIrq *irqs[VDMA_N_DIRECTIONS] = { NULL };
  VdmaGuardian *guardian = NULL;
  g_autoptr (VdmaRegs) regs = NULL;

  if (!board_hardware_describe (self, board->name, error)
      || !board_hardware_check_fpga (self, error)
      || !(regs = hardware_open_regs (self, error))
      || !board_hardware_compare (self, regs, error)
      || (self->options.guardian
          && !(guardian = vdma_guardian_start (regs, error))))
    return FALSE;
  self->share = board_claims_new (
      self->options.root, self->address, regs, guardian, error);
  if (!self->share)
    return FALSE;
  if (!board_hardware_open_irqs (self, regs, irqs, error)) {
    g_clear_pointer (&self->share, vdma_share_close);
    return FALSE;
  }
  board->device =
      vdma_device_open_shared (&self->core->desc, g_steal_pointer (&regs), irqs,
          vdma_time_monotonic (), self->share, error);
  return board->device != NULL;
}

const XlnkKeeper *
board_hardware_get_keeper (BoardHardware *self, gpointer *data)
{
  return self->share ? board_claims_get_keeper (self->share, data) : NULL;
}

static gboolean
hardware_check_options (
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

/* All that is open belongs to the driver's device. */
static void
hardware_close (Board *self)
{
}

#define HARDWARE_KIND                                                          \
  .open = hardware_open, .check_options = hardware_check_options,              \
  .close = hardware_close

const BoardImpl board_uio_kind = {
  .prefix = "uio",
  .syntax = "uio:NAME[?key=value&...], uio@ADDRESS, /dev/uioN",
  .help = "a core that a UIO driver has; NAME is that of the device, of its "
          "node in the device tree (or the whole path), or of its bus",
  .resolve = hardware_resolve_uio,
  HARDWARE_KIND,
};

const BoardImpl board_mem_kind = {
  .prefix = "mem",
  .syntax = "mem:ADDRESS[?key=value&...]",
  .help = "a core whose registers are reached by /dev/mem",
  .resolve = hardware_resolve_mem,
  HARDWARE_KIND,
};

const BoardImpl board_hwh_kind = {
  .prefix = "hwh",
  .syntax = "hwh:FILE[#INSTANCE][?key=value&...]",
  .help =
      "a core of a bitstream as its .hwh file describes it; by a UIO driver "
      "at its address, else by /dev/mem",
  .resolve = hardware_resolve_hwh,
  HARDWARE_KIND,
};
