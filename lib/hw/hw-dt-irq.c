/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interrupts of a device tree: from a node's list to the interrupt of the GIC,
 * over AXI interrupt controllers in between. */
#include "hw-dt-private.h"

#define DT_MAX_PARENTS 32 /* interrupt parents; hostile trees have loops */
#define DT_MAX_CASCADE 8  /* controllers in a row */
#define DT_MAX_CELLS   8  /* of a specifier */
#define DT_GIC_SPI     0  /* first cell: shared peripheral interrupt */

/** DtSpecifier: one interrupt as a node writes it. */
typedef struct {
  const HwDtNode *controller;
  guint n_cells;
  guint32 cells[DT_MAX_CELLS];
} DtSpecifier;

/* ---- the list ---- */

/* Each node upwards may name a controller; without one the node above is asked,
 * which may be one itself. */
static const HwDtNode *
dt_find_controller (HwDt *dt, const HwDtNode *node, GError **error)
{
  const HwDtNode *at = node;
  for (guint i = 0; at && i < DT_MAX_PARENTS; i++) {
    guint32 phandle;
    GError *wrong = NULL;
    if (hw_dt_get_u32 (dt, at, "interrupt-parent", &phandle, &wrong)) {
      const HwDtNode *named = hw_dt_get_phandle (dt, phandle);
      if (!named) {
        hw_dt_set_error (error, dt, at, "interrupt-parent",
            "is 0x%x, and no node has that phandle", phandle);
        return NULL;
      }
      at = named;
    } else if (wrong) {
      g_propagate_error (error, wrong);
      return NULL;
    } else {
      at = at->parent;
    }
    if (at && hw_dt_has (dt, at, "#interrupt-cells"))
      return at;
  }
  hw_dt_set_error (error, dt, node, "interrupts",
      "leads to no controller: no interrupt-parent has '#interrupt-cells'");
  return NULL;
}

static gboolean
dt_get_interrupt_cells (
    HwDt *dt, const HwDtNode *controller, guint *n_cells, GError **error)
{
  guint32 count = 0;
  GError *wrong = NULL;
  if (hw_dt_get_u32 (dt, controller, "#interrupt-cells", &count, &wrong)
      && count >= 1 && count <= DT_MAX_CELLS) {
    *n_cells = count;
    return TRUE;
  }
  if (wrong)
    g_propagate_error (error, wrong);
  else
    hw_dt_set_error (error, dt, controller, "#interrupt-cells",
        "is %u; it must be 1 to %u", count, DT_MAX_CELLS);
  return FALSE;
}

/* Returns FALSE without an error where the list is at its end. */
static gboolean
dt_read_specifier (HwDt *dt, const HwDtNode *node, const gchar *name,
    const HwDtBytes *list, gsize at, DtSpecifier *specifier, GError **error)
{
  gsize n_left = list->size / 4 - at;
  if (n_left == 0)
    return FALSE;
  if (!dt_get_interrupt_cells (
          dt, specifier->controller, &specifier->n_cells, error))
    return FALSE;
  if (specifier->n_cells > n_left) {
    hw_dt_set_error (error, dt, node, name,
        "ends in the middle of an interrupt: one has %u cells",
        specifier->n_cells);
    return FALSE;
  }
  for (guint i = 0; i < specifier->n_cells; i++)
    specifier->cells[i] = hw_dt_cell (list, at + i);
  return TRUE;
}

/* interrupts-extended: each with a controller of its own. */
static gboolean
dt_get_extended (HwDt *dt, const HwDtNode *node, const HwDtBytes *list,
    guint index, DtSpecifier *specifier, GError **error)
{
  static const gchar name[] = "interrupts-extended";
  gsize at = 0;
  for (guint i = 0; at < list->size / 4; i++) {
    guint32 phandle = hw_dt_cell (list, at++);
    specifier->controller = hw_dt_get_phandle (dt, phandle);
    if (!specifier->controller) {
      hw_dt_set_error (error, dt, node, name,
          "has phandle 0x%x, and no node has that", phandle);
      return FALSE;
    }
    if (!dt_read_specifier (dt, node, name, list, at, specifier, error))
      return FALSE;
    if (i == index)
      return TRUE;
    at += specifier->n_cells;
  }
  return FALSE;
}

static gboolean
dt_get_plain (HwDt *dt, const HwDtNode *node, const HwDtBytes *list,
    guint index, DtSpecifier *specifier, GError **error)
{
  gsize at = 0;
  specifier->controller = dt_find_controller (dt, node, error);
  if (!specifier->controller)
    return FALSE;
  for (guint i = 0; at < list->size / 4; i++) {
    if (!dt_read_specifier (dt, node, "interrupts", list, at, specifier, error))
      return FALSE;
    if (i == index)
      return TRUE;
    at += specifier->n_cells;
  }
  return FALSE;
}

static gboolean
dt_get_specifier (HwDt *dt, const HwDtNode *node, guint index,
    DtSpecifier *specifier, GError **error)
{
  g_auto (HwDtBytes) extended = { NULL };
  g_auto (HwDtBytes) plain = { NULL };
  GError *wrong = NULL;
  if (hw_dt_get_bytes (dt, node, "interrupts-extended", &extended, &wrong))
    return dt_get_extended (dt, node, &extended, index, specifier, error);
  if (!wrong && hw_dt_get_bytes (dt, node, "interrupts", &plain, &wrong))
    return dt_get_plain (dt, node, &plain, index, specifier, error);
  if (wrong)
    g_propagate_error (error, wrong);
  return FALSE;
}

/* ---- the end ---- */

typedef enum {
  DT_CONTROLLER_OTHER,
  DT_CONTROLLER_GIC,
  DT_CONTROLLER_AXI,
} DtController;

static DtController
dt_controller_kind (const HwDt *dt, const HwDtNode *controller)
{
  static const struct {
    const gchar *begins, *ends;
    DtController kind;
  } kinds[] = {
    { "arm,gic", "", DT_CONTROLLER_GIC },
    { "arm,cortex-a", "-gic", DT_CONTROLLER_GIC },
    { "arm,pl390", "", DT_CONTROLLER_GIC },
    { "xlnx,xps-intc-", "", DT_CONTROLLER_AXI },
    { "xlnx,axi-intc-", "", DT_CONTROLLER_AXI },
  };
  g_auto (GStrv) compatible = NULL;
  if (!hw_dt_get_strings (dt, controller, "compatible", &compatible, NULL))
    return DT_CONTROLLER_OTHER;
  for (guint i = 0; compatible[i]; i++) {
    for (guint k = 0; k < G_N_ELEMENTS (kinds); k++) {
      if (g_str_has_prefix (compatible[i], kinds[k].begins)
          && g_str_has_suffix (compatible[i], kinds[k].ends))
        return kinds[k].kind;
    }
  }
  return DT_CONTROLLER_OTHER;
}

/* What is wrong there is nothing that a channel would need to know. */
static void
dt_describe_controller (
    const HwDt *dt, const HwDtNode *controller, VdmaHwIrq *irq)
{
  guint64 size;
  guint32 n_inputs, edges;
  if (!hw_dt_get_reg (dt, controller, &irq->base, &size, NULL))
    irq->base = 0;
  if (hw_dt_get_u32 (dt, controller, "xlnx,num-intr-inputs", &n_inputs, NULL)
      && n_inputs >= 1 && n_inputs <= 32)
    irq->n_inputs = n_inputs;
  if (hw_dt_get_u32 (dt, controller, "xlnx,kind-of-intr", &edges, NULL)
      && irq->input < 32)
    irq->sense =
        edges & (1u << irq->input) ? VDMA_HW_SENSE_EDGE : VDMA_HW_SENSE_LEVEL;
}

static gboolean
dt_follow (HwDt *dt, const DtSpecifier *specifier, VdmaHwIrq *irq, guint depth,
    GError **error)
{
  DtSpecifier above;
  switch (dt_controller_kind (dt, specifier->controller)) {
    case DT_CONTROLLER_GIC:
      if (specifier->n_cells >= 2 && specifier->cells[0] == DT_GIC_SPI
          && specifier->cells[1] < 1020)
        irq->spi = (gint) specifier->cells[1];
      return TRUE;
    case DT_CONTROLLER_AXI:
      if (irq->input < 0) {
        irq->input = (gint) MIN (specifier->cells[0], G_MAXINT);
        g_strlcpy (irq->controller, specifier->controller->path,
            sizeof irq->controller);
        dt_describe_controller (dt, specifier->controller, irq);
      } else {
        irq->cascaded = TRUE;
      }
      if (depth >= DT_MAX_CASCADE) {
        hw_dt_set_error (error, dt, specifier->controller, "interrupts",
            "leads over more than %u controllers", DT_MAX_CASCADE);
        return FALSE;
      }
      GError *wrong = NULL;
      if (dt_get_specifier (dt, specifier->controller, 0, &above, &wrong))
        return dt_follow (dt, &above, irq, depth + 1, error);
      if (wrong)
        g_propagate_error (error, wrong);
      return !wrong;
    default:
      return TRUE;
  }
}

gboolean
hw_dt_get_irq (
    HwDt *dt, const HwDtNode *node, guint index, VdmaHwIrq *irq, GError **error)
{
  DtSpecifier specifier;
  VdmaHwIrq found = { .spi = -1, .input = -1 };
  if (!dt_get_specifier (dt, node, index, &specifier, error)
      || !dt_follow (dt, &specifier, &found, 0, error))
    return FALSE;
  found.known = TRUE;
  g_snprintf (found.pin, sizeof found.pin, "interrupts[%u]", index);
  *irq = found;
  return TRUE;
}
