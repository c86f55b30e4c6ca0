/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_BOARD

#include "board-discover.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "board-hardware.h"
#include "board-private.h"
#include "hw-choice.h"
#include "io-sysfs.h"
#include "io-uio.h"
#include "sim-options.h"
#include "vdma-error.h"
#include "vdma-log.h"

void
board_found_free (BoardFound *found)
{
  if (!found)
    return;
  g_free (found->device);
  g_free (found->name);
  g_free (found->path);
  g_free (found->reason);
  g_free (found->driver);
  vdma_hw_core_free (found->core);
  g_free (found);
}

static void
found_free (gpointer data)
{
  board_found_free (data);
}

/** Discovery: what there is on both sides. */
typedef struct {
  const gchar *option; /* (nullable): root as in a device text */
  const gchar *root;   /* (nullable): in truth */
  GPtrArray *uio;      /* of VdmaUioNode */
  GPtrArray *cores;    /* of VdmaHwCore */
} Discovery;

/* ---- device tree ---- */

/* A captured /proc/device-tree may be a link, and lead to this machine's tree. */
static gchar *
discover_tree_root (const gchar *root)
{
  static const gchar *const places[] = { "/sys/firmware/devicetree/base",
    "/proc/device-tree" };
  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree gchar *path = vdma_io_path (root, places[i]);
    if (g_file_test (path, G_FILE_TEST_IS_DIR)
        && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
      return g_steal_pointer (&path);
  }
  return NULL;
}

static GPtrArray *
discover_cores (const gchar *root)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *tree = discover_tree_root (root);
  GPtrArray *cores = tree ? vdma_dt_list (tree, &error) : NULL;
  if (error)
    vdma_log_warning ("device tree left out: %s", error->message);
  return cores ? cores : g_ptr_array_new ();
}

/* ---- UIO ---- */

static GPtrArray *
discover_uio (const gchar *root)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *nodes = vdma_uio_list (root, &error);
  if (error)
    vdma_log_debug ("no UIO devices: %s", error->message);
  return nodes ? nodes : g_ptr_array_new ();
}

static gboolean
discover_names_vdma (const gchar *name)
{
  g_autofree gchar *lower = g_ascii_strdown (name, -1);
  return strstr (lower, "vdma") != NULL;
}

static const VdmaUioNode *
discover_find_uio (const Discovery *self, const VdmaHwCore *core)
{
  for (guint i = 0; i < self->uio->len; i++) {
    const VdmaUioNode *node = g_ptr_array_index (self->uio, i);
    if (node->of_node ? g_strcmp0 (node->of_node, core->node) == 0
                      : node->map[0].size && core->desc.base
                            && node->map[0].address == core->desc.base)
      return node;
  }
  return NULL;
}

/* What stands in a device text as it is. */
static gboolean
discover_name_is_plain (const gchar *name)
{
  static const gchar letters[] = "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789_.,+-@";
  return *name && name[strspn (name, letters)] == '\0';
}

/* By name, which a person reads; by address where two have one name. */
static gchar *
discover_uio_text (const Discovery *self, const VdmaUioNode *node)
{
  guint n_named = 0;
  for (guint i = 0; i < self->uio->len; i++) {
    const VdmaUioNode *other = g_ptr_array_index (self->uio, i);
    n_named += g_str_equal (other->name, node->name);
  }
  g_autofree gchar *target =
      n_named == 1 && discover_name_is_plain (node->name)
          ? g_strdup (node->name)
          : g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", node->map[0].address);
  if (!self->option || !*self->option)
    return g_strconcat ("uio:", target, NULL);
  g_autofree gchar *escaped = g_uri_escape_string (self->option, "/", FALSE);
  return g_strconcat ("uio:", target, "?root=", escaped, NULL);
}

/* ---- what stands in the way ---- */

static void
found_set_reason (BoardFound *found, gchar *reason)
{
  if (!found->reason)
    found->reason = reason;
  else
    g_free (reason);
}

static gchar *
discover_driver (const gchar *root, const VdmaHwCore *core)
{
  const gchar *name = core->node ? strrchr (core->node, '/') + 1 : "";
  gint length = (gint) strcspn (name, "@");
  g_autofree gchar *device =
      g_strdup_printf ("/sys/bus/platform/devices/%" G_GINT64_MODIFIER "x.%.*s",
          core->desc.base, length, name);
  g_autofree gchar *folder = vdma_io_path (root, device);
  g_autofree gchar *driver = vdma_sysfs_real_path (folder, "driver");
  return driver ? g_path_get_basename (driver) : NULL;
}

static gchar *
discover_why_no_uio (const VdmaHwCore *core, const gchar *driver)
{
  if (!core->enabled)
    return g_strdup_printf (
        "%s is disabled in the device tree; set its status to \"okay\"",
        core->source);
  if (driver)
    return g_strdup_printf (
        "the kernel's driver '%s' has %s; unbind it in "
        "/sys/bus/platform/drivers/%s, or give the node compatible "
        "\"generic-uio\"",
        driver, core->source, driver);
  return g_strdup_printf (
      "no UIO device has %s; give the node compatible \"generic-uio\" and load "
      "uio_pdrv_genirq with of_id=generic-uio; root can do without, by "
      "mem:0x%" G_GINT64_MODIFIER "x",
      core->source, core->desc.base);
}

static void
found_check_core (BoardFound *found)
{
  VdmaHwChoice nothing;
  g_autoptr (GError) error = NULL;
  vdma_hw_choice_init (&nothing);
  VdmaHwCore *whole =
      vdma_hw_choice_resolve (&nothing, found->core, found->name, &error);
  vdma_hw_core_free (whole);
  if (error)
    found_set_reason (found, g_strdup (error->message));
}

static void
found_check_access (BoardFound *found)
{
  if (access (found->path, R_OK | W_OK) == 0)
    return;
  found_set_reason (found,
      g_strdup_printf ("'%s' may not be opened for reading and writing: %s",
          found->path, g_strerror (errno)));
}

/* ---- what is found ---- */

static void
found_set_uio (
    BoardFound *found, const Discovery *self, const VdmaUioNode *node)
{
  found->device = discover_uio_text (self, node);
  found->path = g_strdup (node->path);
  if (node->error)
    found_set_reason (found, g_strdup (node->error->message));
  found_check_core (found);
  found_check_access (found);
}

static BoardFound *
discover_core (const Discovery *self, const VdmaHwCore *core)
{
  const VdmaUioNode *node = discover_find_uio (self, core);
  BoardFound *found = g_new0 (BoardFound, 1);
  found->core = vdma_hw_core_copy (core);
  found->name = g_strdup (node ? node->name : core->desc.name);
  if (core->error && core->is_refused)
    found_set_reason (found, g_strdup (core->error->message));
  else if (node)
    found_set_uio (found, self, node);
  else {
    found->driver = discover_driver (self->root, core);
    found_set_reason (found, discover_why_no_uio (core, found->driver));
  }
  return found;
}

/* A UIO device without a node that tells more, by its name alone. */
static BoardFound *
discover_nameless (const Discovery *self, const VdmaUioNode *node)
{
  BoardFound *found = g_new0 (BoardFound, 1);
  found->name = g_strdup (node->name);
  found->core = vdma_hw_core_new (node->sysfs);
  vdma_hw_core_set (
      found->core, VDMA_HW_BASE, node->map[0].address, VDMA_HW_ORIGIN_EXPLICIT);
  found_set_uio (found, self, node);
  return found;
}

static gboolean
discover_has_core (const Discovery *self, const VdmaUioNode *node)
{
  for (guint i = 0; i < self->cores->len; i++) {
    if (discover_find_uio (self, g_ptr_array_index (self->cores, i)) == node)
      return TRUE;
  }
  return FALSE;
}

static gint
discover_compare (gconstpointer a, gconstpointer b)
{
  const BoardFound *const *left = a, *const *right = b;
  guint64 x = (*left)->core->desc.base, y = (*right)->core->desc.base;
  return x < y ? -1 : x > y ? 1 : g_strcmp0 ((*left)->name, (*right)->name);
}

GPtrArray *
board_discover (const gchar *root)
{
  g_autofree gchar *true_root = board_hardware_get_root (root);
  Discovery self = { .option = root, .root = true_root };
  GPtrArray *found = g_ptr_array_new_with_free_func (found_free);
  self.uio = discover_uio (true_root);
  self.cores = discover_cores (true_root);
  for (guint i = 0; i < self.cores->len; i++)
    g_ptr_array_add (
        found, discover_core (&self, g_ptr_array_index (self.cores, i)));
  for (guint i = 0; i < self.uio->len; i++) {
    const VdmaUioNode *node = g_ptr_array_index (self.uio, i);
    if (discover_names_vdma (node->name) && !discover_has_core (&self, node))
      g_ptr_array_add (found, discover_nameless (&self, node));
  }
  g_ptr_array_sort (found, discover_compare);
  g_ptr_array_unref (self.cores);
  g_ptr_array_unref (self.uio);
  return found;
}

gchar *
board_discover_get_folder (const gchar *root)
{
  g_autofree gchar *true_root = board_hardware_get_root (root);
  return vdma_io_path (true_root, "/dev");
}

/* ---- auto ---- */

static gboolean
discover_refuse_auto (GPtrArray *found, guint n_usable, GError **error)
{
  g_autoptr (GString) list = g_string_new (NULL);
  for (guint i = 0; i < found->len; i++) {
    const BoardFound *one = g_ptr_array_index (found, i);
    if (n_usable == 0 || !one->reason)
      g_string_append_printf (
          list, "\n%s", one->reason ? one->reason : one->device);
  }
  g_set_error (error, VDMA_ERROR,
      n_usable ? VDMA_ERROR_INVALID : VDMA_ERROR_NOT_FOUND,
      n_usable
          ? "device 'auto' could be one of these, name one of them:%s"
          : "device 'auto': this machine has an AXI VDMA, and it cannot be "
            "used yet; for a simulated board say 'sim':%s",
      list->str);
  return FALSE;
}

gboolean
board_discover_auto (const gchar *root, gchar **device, GError **error)
{
  g_autoptr (GPtrArray) found = board_discover (root);
  const BoardFound *usable = NULL;
  guint n_usable = 0;
  for (guint i = 0; i < found->len; i++) {
    const BoardFound *one = g_ptr_array_index (found, i);
    if (one->device && !one->reason) {
      usable = one;
      n_usable++;
    }
  }
  *device = n_usable == 1 ? g_strdup (usable->device) : NULL;
  return n_usable == 1 || found->len == 0
         || discover_refuse_auto (found, n_usable, error);
}

/* ---- simulated boards ---- */

static gboolean
discover_parse_simulated (BoardFound *found, const gchar *text, GError **error)
{
  gsize prefix = strlen (board_sim_kind.prefix);
  const gchar *options = NULL;
  BoardAddress address = { .impl = &board_sim_kind, .text = (gchar *) text };
  SimOptions parsed = { NULL };

  if (!g_str_has_prefix (text, board_sim_kind.prefix)
      || !strchr (":?", text[prefix])) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "'%s' is no simulated board; those are %s", found->name,
        board_sim_kind.syntax);
    return FALSE;
  }
  const gchar *rest = text + prefix;
  gsize length = strcspn (rest, "?");
  g_autofree gchar *target = length ? g_strndup (rest + 1, length - 1) : NULL;
  if (rest[length])
    options = rest + length + 1;
  address.target = target;
  gboolean ok =
      board_sim_kind.resolve (&address, error)
      && sim_options_parse (&parsed, target ? target : "", options, error);
  if (ok)
    found->core->desc = parsed.desc;
  sim_options_clear (&parsed);
  g_free (address.name);
  return ok;
}

static BoardFound *
discover_simulated_one (const gchar *text)
{
  BoardFound *found = g_new0 (BoardFound, 1);
  g_autoptr (GError) error = NULL;
  found->name = g_utf8_make_valid (text, (gssize) strcspn (text, "?"));
  found->is_simulated = TRUE;
  found->core = vdma_hw_core_new (found->name);
  if (discover_parse_simulated (found, text, &error))
    found->device = g_strdup (text);
  else
    found->reason = g_utf8_make_valid (error->message, -1);
  return found;
}

GPtrArray *
board_discover_simulated (const gchar *devices)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (found_free);
  g_auto (GStrv) texts = g_strsplit (devices, ";", 64);
  for (guint i = 0; texts[i]; i++) {
    if (*texts[i])
      g_ptr_array_add (found, discover_simulated_one (texts[i]));
  }
  return found;
}
