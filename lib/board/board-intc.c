/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interrupts by way of an AXI interrupt controller that is ours to serve. Its
 * output is the line of a UIO device; its registers may be in the same device, as
 * where the device is the controller's own node. Or they are somewhere else: the
 * node "fabric" of a PYNQ image has the line alone, for whatever bitstream comes. */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_BOARD

#include "board-hardware.h"

#include <string.h>

#include "io-devmem.h"
#include "io-intc.h"
#include "io-sysfs.h"
#include "vdma-error.h"
#include "vdma-log.h"
#include "vdma-number.h"
#include "vdma-regs.h"

/* ---- what is known ---- */

/* Returns: (nullable): where the channel ends, if that is a controller */
static const VdmaHwIrq *
intc_get_wiring (const BoardHardware *self, VdmaDirection dir)
{
  const VdmaHwIrq *irq = &self->core->irq[dir];
  return irq->known && irq->input >= 0 ? irq : NULL;
}

gchar *
board_intc_split (const gchar *text, gint *input)
{
  const gchar *colon = strrchr (text, ':');
  guint64 number;

  *input = -1;
  /* nothing but digits: "0000:00:04.0" is a device */
  if (!colon || !colon[1] || colon[1 + strspn (colon + 1, "0123456789")]
      || !vdma_parse_uint64 (colon + 1, &number))
    return g_strdup (text);
  *input = (gint) MIN (number, G_MAXINT);
  return g_strndup (text, (gsize) (colon - text));
}

/* ---- which device has the line ---- */

static gboolean
intc_read_line (
    const BoardHardware *self, const VdmaUioNode *node, VdmaHwIrq *line)
{
  const gchar *root = self->options.root;
  if (!node->of_node)
    return FALSE;
  g_autofree gchar *folder =
      g_build_filename (node->sysfs, "device/of_node", NULL);
  g_autofree gchar *tree =
      root ? vdma_io_path (root, "/sys/firmware/devicetree/base") : NULL;
  return vdma_dt_read_irq (folder, tree, 0, line, NULL);
}

static const VdmaUioMap *
intc_find_map (const VdmaUioNode *node, guint64 address, guint *number)
{
  for (guint i = 0; i < VDMA_UIO_MAX_MAPS; i++) {
    const VdmaUioMap *map = &node->map[i];
    if (address < map->address || address - map->address >= map->size)
      continue;
    *number = i;
    return map;
  }
  return NULL;
}

gboolean
board_intc_is_output (
    BoardHardware *self, VdmaDirection dir, const VdmaUioNode *node)
{
  const VdmaHwIrq *wiring = intc_get_wiring (self, dir);
  VdmaHwIrq line;
  guint map;

  if (!wiring)
    return FALSE;
  if (g_strcmp0 (node->of_node, wiring->controller) == 0)
    return TRUE;
  /* what the device tree says of a line is more than what lies at an address */
  if (intc_read_line (self, node, &line))
    return line.input < 0 && line.spi >= 0 && line.spi == wiring->spi;
  return wiring->base != 0 && node != self->node
         && intc_find_map (node, wiring->base, &map);
}

VdmaUioNode *
board_intc_find (BoardHardware *self, VdmaDirection dir)
{
  if (!intc_get_wiring (self, dir))
    return NULL;
  g_autoptr (GPtrArray) nodes = vdma_uio_list (self->options.root, NULL);
  for (guint i = 0; nodes && i < nodes->len; i++) {
    const VdmaUioNode *node = g_ptr_array_index (nodes, i);
    if (!node->error && board_intc_is_output (self, dir, node))
      return g_ptr_array_steal_index (nodes, i);
  }
  return NULL;
}

/* ---- where the registers are ---- */

/* The map of a node that has nothing but the line is anybody's, or nobody's: an
 * access to it may stop the machine. */
static gboolean
intc_is_controllers_own (const VdmaUioNode *node)
{
  g_autofree gchar *property = g_build_filename (
      node->sysfs, "device/of_node/interrupt-controller", NULL);
  return node->map[0].size > 0
         && (g_file_test (property, G_FILE_TEST_EXISTS)
             || strstr (node->name, "intc")
             || strstr (node->name, "interrupt-controller"));
}

static gboolean
intc_get_base (const BoardHardware *self, const VdmaUioNode *node,
    const VdmaHwIrq *wiring, guint64 *base, GError **error)
{
  *base = self->options.irq_controller;
  if (*base == G_MAXUINT64 && wiring && wiring->base != 0)
    *base = wiring->base;
  if (*base == G_MAXUINT64 && intc_is_controllers_own (node))
    *base = node->map[0].address;
  if (*base != G_MAXUINT64)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "nothing says where the registers of the interrupt controller are whose "
      "line the UIO device '%s' (%s) has; say it by irq-controller=ADDRESS, or "
      "describe the design by hwh=FILE",
      node->name, node->path);
  return FALSE;
}

/* In the device of the line, in another one, or in nobody's. */
static VdmaRegs *
intc_open_regs (const BoardHardware *self, const VdmaUioNode *node,
    guint64 base, GError **error)
{
  const gchar *root = self->options.root;
  guint number;
  const VdmaUioMap *map = intc_find_map (node, base, &number);

  if (map)
    return vdma_uio_open_regs (
        node, number, base - map->address, VDMA_INTC_SPAN, error);
  g_autofree gchar *at = g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", base);
  g_autoptr (VdmaUioNode) other = vdma_uio_find (root, at, NULL);
  map = other ? intc_find_map (other, base, &number) : NULL;
  if (map)
    return vdma_uio_open_regs (
        other, number, base - map->address, VDMA_INTC_SPAN, error);
  return vdma_devmem_open_regs (root, base, VDMA_INTC_SPAN, error);
}

/* ---- open ---- */

/* As PG020 has it: one line for three flags. */
static gboolean
intc_line_is_high (gpointer data)
{
  const BoardLine *line = data;
  guint32 sr = vdma_regs_read (line->regs, line->channel + VDMA_SR);
  guint32 cr = vdma_regs_read (line->regs, line->channel + VDMA_CR);
  return (sr & cr & VDMA_SR_IRQS) != 0;
}

static gboolean
intc_check_wiring (const VdmaHwIrq *wiring, GError **error)
{
  if (!wiring->cascaded && !wiring->pulses)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
      wiring->cascaded
          ? "the interrupt controller '%s' is an input of another one; only "
            "one "
            "that goes to the processor can be served from here. Connect the "
            "core to that one, or use irq=timer"
          : "the output of the interrupt controller '%s' is an edge "
            "(C_IRQ_IS_LEVEL is 0), which gets lost while the line is "
            "disabled. "
            "Build it as level, or use irq=timer",
      wiring->controller);
  return FALSE;
}

/* Who names another input knows better than the files, of its kind too. */
static gboolean
intc_describe_input (const VdmaHwIrq *wiring, gint number, const gchar *what,
    VdmaIntcInput *input, GError **error)
{
  if (number < 0 && !wiring) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "nothing says which input of the interrupt controller %s is meant: "
        "write NAME:INPUT, or describe the design by hwh=FILE",
        what);
    return FALSE;
  }
  input->is_high = intc_line_is_high;
  input->number = (guint) number;
  if (!wiring)
    return TRUE;
  input->n_inputs = wiring->n_inputs;
  if (number >= 0 && number != wiring->input)
    return TRUE;
  input->number = (guint) wiring->input;
  if (wiring->sense == VDMA_HW_SENSE_LEVEL)
    input->is_high = NULL;
  return intc_check_wiring (wiring, error);
}

static VdmaIrq *
intc_open_at (BoardHardware *self, const VdmaUioNode *node, guint64 base,
    const VdmaIntcInput *input, GError **error)
{
  VdmaRegs *regs = intc_open_regs (self, node, base, error);
  if (!regs) {
    g_prefix_error (
        error, "the registers of the interrupt controller %s: ", input->what);
    return NULL;
  }
  VdmaIrq *line = vdma_uio_open_irq (node, vdma_time_monotonic (), error);
  if (line)
    return vdma_intc_open_irq (line, regs, input, error);
  vdma_regs_close (regs);
  return NULL;
}

VdmaIrq *
board_intc_open (BoardHardware *self, VdmaDirection dir,
    const VdmaUioNode *node, gint number, GError **error)
{
  const VdmaHwIrq *wiring = intc_get_wiring (self, dir);
  VdmaIntcInput input = { .data = &self->line[dir] };
  g_autofree gchar *what = NULL;
  guint64 base;

  if (!intc_describe_input (wiring, number, node->name, &input, error)
      || !intc_get_base (self, node, wiring, &base, error))
    return NULL;
  what = g_strdup_printf ("0x%" G_GINT64_MODIFIER "x (line of '%s', %s)", base,
      node->name, node->path);
  input.what = what;
  vdma_log_info ("%s of '%s': input %u of the interrupt controller %s %s",
      vdma_direction_to_string (dir), self->core->desc.name, input.number, what,
      input.is_high ? "perhaps of edges" : "of levels");
  return intc_open_at (self, node, base, &input, error);
}

/* ---- when it cannot be ours ---- */

void
board_intc_explain (const BoardHardware *self, GError **error)
{
  if (!error || !g_error_matches (*error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND))
    return;
  g_autofree gchar *file = vdma_intc_find_kernel_driver (self->options.root);
  if (!file)
    return;
  g_autofree gchar *before = g_steal_pointer (&(*error)->message);
  (*error)->message = g_strdup_printf (
      "%s. A driver of the kernel has an interrupt controller here ('%s'): "
      "then "
      "its inputs are interrupts of the kernel. Give the channel's to a UIO "
      "node "
      "(interrupts = <INPUT 4>, interrupt-parent: the controller), and name "
      "that node, without an input",
      before, file);
}
