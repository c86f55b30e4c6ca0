/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UIO devices: what sysfs says of them, and which one is meant. */
#include "io-uio.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io-sysfs.h"
#include "vdma-error.h"
#include "vdma-number.h"
#include "vdma-suggest.h"
#include "vdma-util.h"

#define UIO_CLASS     "/sys/class/uio"
#define UIO_MAX_NODES 256
#define UIO_MAX_PAGE  0x10000 /* the largest page of any kernel's choice */

#define PCI_RESOURCE_MEM 0x200u /* in the flags of a line of 'resource' */

void
vdma_uio_node_free (VdmaUioNode *node)
{
  if (!node)
    return;
  g_free (node->path);
  g_free (node->sysfs);
  g_free (node->name);
  g_free (node->parent);
  g_free (node->of_node);
  g_clear_error (&node->error);
  g_free (node);
}

/* ---- maps ---- */

/* Drivers round the address down to a page and say the rest as offset; old
 * ones say the whole address, and the offset all the same. */
static gboolean
node_read_map (VdmaUioNode *node, guint index, GError **error)
{
  g_autofree gchar *folder =
      g_strdup_printf ("%s/maps/map%u", node->sysfs, index);
  guint64 page = (guint64) sysconf (_SC_PAGESIZE);
  guint64 address, size, offset = 0;

  if (!vdma_sysfs_read_number (folder, "addr", &address, error)
      || !vdma_sysfs_read_number (folder, "size", &size, error)
      || !vdma_sysfs_read_number (folder, "offset", &offset, error))
    return FALSE;
  gboolean is_rounded = address % page == 0;
  if (offset >= UIO_MAX_PAGE || (is_rounded && offset > size)
      || address > G_MAXUINT64 - size) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "'%s' makes no sense: address 0x%" G_GINT64_MODIFIER
        "x, size 0x%" G_GINT64_MODIFIER "x, offset 0x%" G_GINT64_MODIFIER "x",
        folder, address, size, offset);
    return FALSE;
  }
  node->map[index] = (VdmaUioMap){
    .address = is_rounded ? address + offset : address,
    .size = is_rounded ? size - offset : size,
    .delta = (guint) offset,
  };
  return TRUE;
}

static gboolean
node_read_maps (VdmaUioNode *node, GError **error)
{
  for (guint i = 0; i < VDMA_UIO_MAX_MAPS; i++) {
    g_autofree gchar *folder =
        g_strdup_printf ("%s/maps/map%u", node->sysfs, i);
    if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
      return TRUE;
    if (!node_read_map (node, i, error))
      return FALSE;
  }
  return TRUE;
}

/* One line a BAR: begin, end and flags; a BAR that is not there is all zero. */
static gboolean
node_read_bars (VdmaUioNode *node, GError **error)
{
  g_autofree gchar *path =
      g_build_filename (node->sysfs, "device/resource", NULL);
  g_autofree gchar *text = NULL;
  g_autoptr (GError) local = NULL;

  if (!g_file_get_contents (path, &text, NULL, &local)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_FAILED, "%s", local->message);
    return FALSE;
  }
  g_auto (GStrv) lines = g_strsplit (text, "\n", VDMA_UIO_MAX_MAPS + 1);
  for (guint i = 0; i < VDMA_UIO_MAX_MAPS && lines[i]; i++) {
    g_auto (GStrv) words = g_strsplit (lines[i], " ", 4);
    guint64 begin, end, flags;
    if (g_strv_length (words) != 3 || !vdma_parse_uint64 (words[0], &begin)
        || !vdma_parse_uint64 (words[1], &end)
        || !vdma_parse_uint64 (words[2], &flags))
      break;
    if ((flags & PCI_RESOURCE_MEM) && end > begin && end < G_MAXUINT64)
      node->map[i] = (VdmaUioMap){ .address = begin, .size = end - begin + 1 };
  }
  return TRUE;
}

/* ---- one device ---- */

/* Below the root of the tree, wherever that is mounted. */
static gchar *
node_read_of_path (const VdmaUioNode *node)
{
  static const gchar *const roots[] = { "/devicetree/base/", "/device-tree/" };
  g_autofree gchar *real = vdma_sysfs_real_path (node->sysfs, "device/of_node");

  if (!real)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (roots); i++) {
    const gchar *found = strstr (real, roots[i]);
    if (found)
      return g_utf8_make_valid (found + strlen (roots[i]) - 1, -1);
  }
  g_autofree gchar *last = g_path_get_basename (real);
  g_autofree gchar *path = g_strconcat ("/", last, NULL);
  return g_utf8_make_valid (path, -1);
}

static gchar *
node_read_parent (const VdmaUioNode *node)
{
  g_autofree gchar *link = g_build_filename (node->sysfs, "device", NULL);
  if (!g_file_test (link, G_FILE_TEST_IS_SYMLINK))
    return g_strdup ("");
  g_autofree gchar *real = vdma_sysfs_real_path (node->sysfs, "device");
  g_autofree gchar *last = g_path_get_basename (real ? real : "");
  return g_utf8_make_valid (last, -1);
}

static gboolean
node_has (const VdmaUioNode *node, const gchar *file)
{
  g_autofree gchar *path = g_build_filename (node->sysfs, file, NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static VdmaUioNode *
node_read (const gchar *root, const gchar *class, guint number)
{
  VdmaUioNode *node = g_new0 (VdmaUioNode, 1);
  g_autofree gchar *dev = g_strdup_printf ("/dev/uio%u", number);

  node->path = vdma_io_path (root, dev);
  node->sysfs = g_strdup_printf ("%s/uio%u", class, number);
  node->name = vdma_sysfs_read_text (node->sysfs, "name", &node->error);
  if (!node->name)
    node->name = g_strdup ("?");
  node->parent = node_read_parent (node);
  node->of_node = node_read_of_path (node);
  /* by its name: newer kernels give it maps, older ones do not */
  node->pci = g_str_equal (node->name, "uio_pci_generic")
              && node_has (node, "device/config");
  if (!node->error) {
    if (node->pci)
      node_read_bars (node, &node->error);
    else
      node_read_maps (node, &node->error);
  }
  return node;
}

/* ---- all devices ---- */

static gint
uio_compare_numbers (gconstpointer a, gconstpointer b)
{
  guint64 x = *(const guint64 *) a, y = *(const guint64 *) b;
  return x < y ? -1 : x > y;
}

/* Returns: (transfer full) (element-type guint64): N of each uioN */
static GArray *
uio_list_numbers (const gchar *class, GError **error)
{
  g_autoptr (GError) local = NULL;
  GDir *dir = g_dir_open (class, 0, &local);
  if (!dir) {
    gboolean is_absent = !g_file_test (class, G_FILE_TEST_EXISTS);
    g_set_error (error, VDMA_ERROR,
        is_absent ? VDMA_ERROR_NOT_FOUND : VDMA_ERROR_PERMISSION,
        is_absent ? "there is no '%s': no UIO driver is loaded (modprobe "
                    "uio_pdrv_genirq of_id=generic-uio for a device-tree node "
                    "that is compatible with generic-uio; modprobe "
                    "uio_pci_generic for a PCI device)"
                  : "cannot list '%s'",
        class);
    return NULL;
  }
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint64));
  const gchar *name;
  while ((name = g_dir_read_name (dir)) && numbers->len < UIO_MAX_NODES) {
    guint64 number;
    if (g_str_has_prefix (name, "uio") && vdma_parse_uint64 (name + 3, &number)
        && number <= G_MAXINT)
      g_array_append_val (numbers, number);
  }
  g_dir_close (dir);
  g_array_sort (numbers, uio_compare_numbers);
  return numbers;
}

static void
uio_free_node (gpointer node)
{
  vdma_uio_node_free (node);
}

GPtrArray *
vdma_uio_list (const gchar *root, GError **error)
{
  g_autofree gchar *class = vdma_io_path (root, UIO_CLASS);
  g_autoptr (GArray) numbers = uio_list_numbers (class, error);
  if (!numbers)
    return NULL;
  GPtrArray *nodes = g_ptr_array_new_with_free_func (uio_free_node);
  for (guint i = 0; i < numbers->len; i++)
    g_ptr_array_add (nodes,
        node_read (root, class, (guint) g_array_index (numbers, guint64, i)));
  return nodes;
}

gchar *
vdma_uio_describe (const VdmaUioNode *node)
{
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "'%s'", node->name);
  for (guint i = 0; i < VDMA_UIO_MAX_MAPS; i++) {
    if (node->map[i].size == 0)
      continue;
    g_string_append_printf (
        text, " at 0x%" G_GINT64_MODIFIER "x", node->map[i].address);
    break;
  }
  g_string_append_printf (text, " (%s", node->path);
  if (*node->parent)
    g_string_append_printf (text, ", %s", node->parent);
  if (node->of_node)
    g_string_append_printf (text, ", %s", node->of_node);
  g_string_append_c (text, ')');
  return g_string_free (text, FALSE);
}

/* ---- which one is meant ---- */

typedef enum {
  UIO_BY_FILE,
  UIO_BY_ADDRESS,
  UIO_BY_NODE,
  UIO_BY_NAME,
} UioBy;

typedef struct {
  UioBy by;
  const gchar *text;
  gchar *file; /* (nullable): what the device file is in truth */
  guint64 address;
} UioWanted;

static gboolean
uio_last_part_is (const gchar *path, const gchar *text)
{
  const gchar *slash = path ? strrchr (path, '/') : NULL;
  return slash && g_str_equal (slash + 1, text);
}

static gboolean
uio_has_address (const VdmaUioNode *node, guint64 address)
{
  for (guint i = 0; i < VDMA_UIO_MAX_MAPS; i++) {
    const VdmaUioMap *map = &node->map[i];
    if (address >= map->address && address - map->address < map->size)
      return TRUE;
  }
  return FALSE;
}

static gboolean
uio_matches (const VdmaUioNode *node, const UioWanted *wanted)
{
  switch (wanted->by) {
    case UIO_BY_FILE: {
      g_autofree gchar *name = g_path_get_basename (node->path);
      return wanted->file && uio_last_part_is (wanted->file, name);
    }
    case UIO_BY_ADDRESS:
      return uio_has_address (node, wanted->address);
    case UIO_BY_NODE:
      return g_strcmp0 (node->of_node, wanted->text) == 0;
    default:
      return *wanted->text
             && (g_str_equal (node->name, wanted->text)
                 || g_str_equal (node->parent, wanted->text)
                 || uio_last_part_is (node->of_node, wanted->text));
  }
}

/* A link that udev made is followed; a device file itself may be a link only in
 * a folder of stand-ins, and then its own name counts. */
static gchar *
uio_resolve_file (const gchar *root, const gchar *text)
{
  g_autofree gchar *path = vdma_io_path (root, text);
  for (guint depth = 0; depth < 8; depth++) {
    g_autofree gchar *name = g_path_get_basename (path);
    guint64 number;
    if (g_str_has_prefix (name, "uio") && vdma_parse_uint64 (name + 3, &number))
      return g_steal_pointer (&path);
    g_autofree gchar *target = g_file_read_link (path, NULL);
    if (!target)
      return NULL;
    g_autofree gchar *folder = g_path_get_dirname (path);
    g_free (path);
    path = g_path_is_absolute (target)
               ? g_strdup (target)
               : g_build_filename (folder, target, NULL);
  }
  return NULL;
}

static void
uio_parse_wanted (const gchar *root, const gchar *text, UioWanted *wanted)
{
  *wanted = (UioWanted){ .by = UIO_BY_NAME, .text = text };
  if (g_str_has_prefix (text, "/dev/")) {
    wanted->by = UIO_BY_FILE;
    wanted->file = uio_resolve_file (root, text);
  } else if (*text == '/') {
    wanted->by = UIO_BY_NODE;
  } else if (vdma_parse_uint64 (text, &wanted->address)) {
    wanted->by = UIO_BY_ADDRESS;
  }
}

static gchar *
uio_describe_all (const GPtrArray *nodes)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < nodes->len; i++) {
    g_autofree gchar *one = vdma_uio_describe (g_ptr_array_index (nodes, i));
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", one);
  }
  return g_string_free (text, FALSE);
}

static const gchar *
uio_candidate_at (gconstpointer data, guint index)
{
  const GPtrArray *nodes = data;
  if (index >= nodes->len)
    return NULL;
  return ((VdmaUioNode *) g_ptr_array_index (nodes, index))->name;
}

static void
uio_set_unknown_error (
    const GPtrArray *nodes, const gchar *text, GError **error)
{
  g_autofree gchar *all = uio_describe_all (nodes);
  const gchar *near = vdma_suggest (text, uio_candidate_at, nodes);
  g_autofree gchar *hint =
      near ? g_strdup_printf (" Did you mean '%s'?", near) : g_strdup ("");
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND,
      "there is no UIO device '%s'.%s %s%s", text, hint,
      nodes->len > 0 ? "There are: "
                     : "There is none at all: no driver of UIO has taken a "
                       "device (for uio_pdrv_genirq its node must be "
                       "compatible with the module's parameter of_id)",
      all);
}

static VdmaUioNode *
uio_pick (GPtrArray *nodes, const UioWanted *wanted, GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  for (guint i = 0; i < nodes->len; i++) {
    if (uio_matches (g_ptr_array_index (nodes, i), wanted))
      g_ptr_array_add (found, g_ptr_array_index (nodes, i));
  }
  if (found->len == 0) {
    uio_set_unknown_error (nodes, wanted->text, error);
    return NULL;
  }
  if (found->len > 1) {
    g_autofree gchar *all = uio_describe_all (found);
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "'%s' names %u UIO devices: %s; say which one by its address, its "
        "node in the device tree, or the name of its bus",
        wanted->text, found->len, all);
    return NULL;
  }
  VdmaUioNode *node = g_ptr_array_index (found, 0);
  if (node->error) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "the UIO device '%s' cannot be used: %s", wanted->text,
        node->error->message);
    return NULL;
  }
  return node;
}

VdmaUioNode *
vdma_uio_find (const gchar *root, const gchar *text, GError **error)
{
  UioWanted wanted;
  g_autoptr (GPtrArray) nodes = vdma_uio_list (root, error);
  if (!nodes)
    return NULL;
  uio_parse_wanted (root, text, &wanted);
  VdmaUioNode *node = uio_pick (nodes, &wanted, error);
  g_free (wanted.file);
  if (!node)
    return NULL;
  guint index;
  g_ptr_array_find (nodes, node, &index);
  return g_ptr_array_steal_index (nodes, index);
}
