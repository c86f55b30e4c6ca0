/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "board-carveout.h"

#include <string.h>

#include "hw-source.h"
#include "vdma-error.h"
#include "vdma-util.h"

#define CARVEOUT_AUTO_PREFIX "vdma"

/* (transfer full): reserved nodes; none where there is no device tree, or one
 * that cannot be read. */
static GPtrArray *
carveout_list_nodes (const XlnkSystem *system)
{
  static const gchar *const folders[] = { "/proc/device-tree",
    "/sys/firmware/devicetree/base" };
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++) {
    g_autofree gchar *path = xlnk_system_path (system, folders[i]);
    GPtrArray *nodes = vdma_dt_list_reserved (path, NULL);
    if (nodes)
      return nodes;
  }
  return g_ptr_array_new ();
}

/* Name, name with unit address, or path. */
static gboolean
carveout_is_called (const VdmaHwReserved *node, const gchar *name)
{
  const gchar *slash = strrchr (node->node, '/');
  return g_str_equal (node->name, name) || g_str_equal (node->node, name)
         || g_str_equal (slash ? slash + 1 : node->node, name);
}

static gboolean
carveout_check_node (const VdmaHwReserved *node, GError **error)
{
  const gchar *reason = NULL;
  if (!node->enabled)
    reason = "is disabled by its status";
  else if (node->reusable)
    reason = "is reusable: the kernel uses it as its own contiguous memory; "
             "take u-dma-buf or a heap of it, or drop that property";
  if (!reason)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
      "reserved memory '%s' %s", node->node, reason);
  return FALSE;
}

static XlnkBackend *
carveout_open_node (
    const XlnkSystem *system, const VdmaHwReserved *node, GError **error)
{
  const XlnkCarveout carveout = {
    .name = node->node,
    .base = node->base,
    .size = node->size,
    .no_map = node->no_map,
    .checked = TRUE,
  };
  return carveout_check_node (node, error)
             ? xlnk_carveout_open (system, &carveout, error)
             : NULL;
}

static const VdmaHwReserved *
carveout_find_node (GPtrArray *nodes, const gchar *name, GError **error)
{
  const VdmaHwReserved *found = NULL;
  g_autoptr (GString) seen = g_string_new (NULL);
  for (guint i = 0; i < nodes->len; i++) {
    const VdmaHwReserved *node = g_ptr_array_index (nodes, i);
    g_string_append_printf (seen, "%s%s", i ? ", " : "", node->node);
    if (!carveout_is_called (node, name))
      continue;
    if (found) {
      g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
          "'%s' and '%s' are both called '%s'; write the unit address as well",
          found->node, node->node, name);
      return NULL;
    }
    found = node;
  }
  if (!found)
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND,
        "'%s' is neither BASE+SIZE, as 0x30000000+64M, nor a reserved-memory "
        "node of the device tree; there are: %s",
        name, seen->len ? seen->str : "none");
  return found;
}

/* What the device tree knows of a place that was given by numbers. */
static gboolean
carveout_learn (GPtrArray *nodes, XlnkCarveout *carveout, GError **error)
{
  for (guint i = 0; i < nodes->len; i++) {
    const VdmaHwReserved *node = g_ptr_array_index (nodes, i);
    if (carveout->base < node->base
        || !vdma_range_fits (
            carveout->base - node->base, carveout->size, node->size))
      continue;
    carveout->name = node->node;
    carveout->no_map = node->no_map;
    carveout->checked = TRUE;
    return carveout_check_node (node, error);
  }
  return TRUE;
}

XlnkBackend *
board_carveout_open (
    const XlnkSystem *system, const gchar *target, GError **error)
{
  static const gchar uio[] = "uio:";
  if (g_str_has_prefix (target, uio))
    return xlnk_carveout_open_uio (system, target + strlen (uio), error);

  g_autoptr (GPtrArray) nodes = carveout_list_nodes (system);
  if (!strchr (target, '+')) {
    const VdmaHwReserved *node = carveout_find_node (nodes, target, error);
    return node ? carveout_open_node (system, node, error) : NULL;
  }
  XlnkCarveout carveout;
  if (!xlnk_carveout_parse (target, &carveout, error)
      || !carveout_learn (nodes, &carveout, error))
    return NULL;
  return xlnk_carveout_open (system, &carveout, error);
}

GStrv
board_carveout_list (const XlnkSystem *system)
{
  g_autoptr (GPtrArray) nodes = carveout_list_nodes (system);
  GPtrArray *names = g_ptr_array_new ();
  for (guint i = 0; i < nodes->len; i++) {
    const VdmaHwReserved *node = g_ptr_array_index (nodes, i);
    if (g_str_has_prefix (node->name, CARVEOUT_AUTO_PREFIX))
      g_ptr_array_add (names, g_strdup (node->node));
  }
  g_ptr_array_add (names, NULL);
  return (GStrv) g_ptr_array_free (names, FALSE);
}
