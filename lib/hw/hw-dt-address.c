/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses of a device tree: reg through the ranges of every bus above, and the
 * memory that is reserved. */
#include "hw-dt-private.h"

#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_DEVICE
#include "vdma-log.h"

#define DT_ADDRESS_CELLS 2 /* where a bus says nothing (specification) */
#define DT_SIZE_CELLS    1
#define DT_MAX_CELLS     2 /* more have other meanings, as on PCI */

/** DtCells: how the children of a bus write addresses. */
typedef struct {
  guint32 address, size;
} DtCells;

static gboolean
dt_get_cell_count (const HwDt *dt, const HwDtNode *bus, const gchar *name,
    guint32 otherwise, guint32 min, guint32 *count, GError **error)
{
  GError *wrong = NULL;
  *count = otherwise;
  if (hw_dt_get_u32 (dt, bus, name, count, &wrong) && *count >= min
      && *count <= DT_MAX_CELLS)
    return TRUE;
  if (wrong) {
    g_propagate_error (error, wrong);
    return FALSE;
  }
  if (*count >= min && *count <= DT_MAX_CELLS)
    return TRUE;
  hw_dt_set_error (error, dt, bus, name,
      "is %u; registers are reached over buses with %u to %u", *count, min,
      DT_MAX_CELLS);
  return FALSE;
}

static gboolean
dt_get_cells (
    const HwDt *dt, const HwDtNode *bus, DtCells *cells, GError **error)
{
  return dt_get_cell_count (dt, bus, "#address-cells", DT_ADDRESS_CELLS, 1,
             &cells->address, error)
         && dt_get_cell_count (
             dt, bus, "#size-cells", DT_SIZE_CELLS, 0, &cells->size, error);
}

static guint64
dt_number (const HwDtBytes *bytes, gsize at, guint32 cells)
{
  guint64 number = 0;
  for (guint32 i = 0; i < cells; i++)
    number = number << 32 | hw_dt_cell (bytes, at + i);
  return number;
}

/* One step up: from an address as @bus's children write it to one as @bus's own
 * bus does. */
static gboolean
dt_translate_step (const HwDt *dt, const HwDtNode *bus, guint64 *address,
    guint64 size, GError **error)
{
  g_auto (HwDtBytes) ranges = { NULL };
  GError *wrong = NULL;
  DtCells own, above;

  if (!hw_dt_get_bytes (dt, bus, "ranges", &ranges, &wrong)) {
    if (wrong)
      g_propagate_error (error, wrong);
    else
      hw_dt_set_error (error, dt, bus, "ranges",
          "is not there: the processor cannot reach what is on this bus");
    return FALSE;
  }
  if (ranges.size == 0)
    return TRUE;
  if (!dt_get_cells (dt, bus, &own, error)
      || !dt_get_cells (dt, bus->parent, &above, error))
    return FALSE;
  gsize row = own.address + above.address + own.size;
  if (ranges.size % (row * 4) != 0) {
    hw_dt_set_error (error, dt, bus, "ranges",
        "has %" G_GSIZE_FORMAT " bytes; it must be rows of %" G_GSIZE_FORMAT,
        ranges.size, row * 4);
    return FALSE;
  }
  for (gsize at = 0; at < ranges.size / 4; at += row) {
    guint64 child = dt_number (&ranges, at, own.address);
    guint64 parent = dt_number (&ranges, at + own.address, above.address);
    guint64 length =
        dt_number (&ranges, at + own.address + above.address, own.size);
    if (*address < child || *address - child >= length
        || size > length - (*address - child))
      continue;
    if (parent > G_MAXUINT64 - (*address - child))
      continue;
    *address = parent + (*address - child);
    return TRUE;
  }
  hw_dt_set_error (error, dt, bus, "ranges",
      "has no row for address 0x%" G_GINT64_MODIFIER "x", *address);
  return FALSE;
}

static gboolean
dt_check_range (const HwDt *dt, const HwDtNode *node, guint64 base,
    guint64 size, GError **error)
{
  if (size != 0 && base <= G_MAXUINT64 - (size - 1))
    return TRUE;
  hw_dt_set_error (error, dt, node, "reg",
      "is no range: 0x%" G_GINT64_MODIFIER "x bytes at 0x%" G_GINT64_MODIFIER
      "x",
      size, base);
  return FALSE;
}

gboolean
hw_dt_get_reg (const HwDt *dt, const HwDtNode *node, guint64 *base,
    guint64 *size, GError **error)
{
  g_auto (HwDtBytes) reg = { NULL };
  DtCells cells;

  if (!node->parent || !hw_dt_get_bytes (dt, node, "reg", &reg, error)
      || !dt_get_cells (dt, node->parent, &cells, error))
    return FALSE;
  gsize row = cells.address + cells.size;
  if (reg.size == 0 || reg.size % (row * 4) != 0) {
    hw_dt_set_error (error, dt, node, "reg",
        "has %" G_GSIZE_FORMAT " bytes; it must be rows of %" G_GSIZE_FORMAT
        ": #address-cells is %u, #size-cells %u",
        reg.size, row * 4, cells.address, cells.size);
    return FALSE;
  }
  *base = dt_number (&reg, 0, cells.address);
  *size = dt_number (&reg, cells.address, cells.size);
  if (!dt_check_range (dt, node, *base, *size, error))
    return FALSE;
  for (const HwDtNode *bus = node->parent; bus->parent; bus = bus->parent) {
    if (!dt_translate_step (dt, bus, base, *size, error))
      return FALSE;
  }
  return dt_check_range (dt, node, *base, *size, error);
}

/* ---- reserved memory ---- */

static void
dt_reserved_free (gpointer data)
{
  VdmaHwReserved *reserved = data;
  g_free (reserved->name);
  g_free (reserved->node);
  g_free (reserved->compatible);
  g_free (reserved);
}

static gchar *
dt_name_without_unit (const gchar *name)
{
  const gchar *unit = strchr (name, '@');
  return unit ? g_strndup (name, (gsize) (unit - name)) : g_strdup (name);
}

static VdmaHwReserved *
dt_read_reserved (const HwDt *dt, const HwDtNode *node, GError **error)
{
  guint64 base, size;
  g_auto (GStrv) compatible = NULL;
  if (!hw_dt_get_reg (dt, node, &base, &size, error))
    return NULL;
  hw_dt_get_strings (dt, node, "compatible", &compatible, NULL);
  VdmaHwReserved *reserved = g_new0 (VdmaHwReserved, 1);
  reserved->name = dt_name_without_unit (node->name);
  reserved->node = g_strdup (node->path);
  reserved->base = base;
  reserved->size = size;
  reserved->no_map = hw_dt_has (dt, node, "no-map");
  reserved->reusable = hw_dt_has (dt, node, "reusable");
  reserved->enabled = hw_dt_is_enabled (dt, node);
  reserved->compatible = compatible ? g_strdup (compatible[0]) : NULL;
  reserved->is_default = hw_dt_has (dt, node, "linux,cma-default");
  return reserved;
}

static gint
dt_compare_reserved (gconstpointer a, gconstpointer b)
{
  const VdmaHwReserved *const *left = a, *const *right = b;
  return ((*left)->base > (*right)->base) - ((*left)->base < (*right)->base);
}

GPtrArray *
vdma_dt_list_reserved (const gchar *root, GError **error)
{
  g_autoptr (HwDt) dt = hw_dt_open (root, error);
  if (!dt)
    return NULL;
  const HwDtNode *parent = hw_dt_get_node (dt, "/reserved-memory");
  GPtrArray *list = g_ptr_array_new_with_free_func (dt_reserved_free);
  for (guint i = 0; parent && i < dt->nodes->len; i++) {
    const HwDtNode *node = g_ptr_array_index (dt->nodes, i);
    g_autoptr (GError) wrong = NULL;
    if (node->parent != parent)
      continue;
    VdmaHwReserved *reserved = dt_read_reserved (dt, node, &wrong);
    if (reserved)
      g_ptr_array_add (list, reserved);
    else if (wrong)
      vdma_log_warning ("reserved memory left out: %s", wrong->message);
  }
  g_ptr_array_sort (list, dt_compare_reserved);
  return list;
}
