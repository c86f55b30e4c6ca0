/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folder of a device tree: one bounded walk, then properties by name. Links
 * are not followed: the kernel's tree has none, and another one may have loops. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hw-dt-private.h"

#define DT_MAX_DEPTH    24 /* of folders open at a time */
#define DT_MAX_NODES    32768
#define DT_MAX_ENTRIES  1048576 /* nodes and properties */
#define DT_MAX_PROPERTY 65536
#define DT_MAX_NAME     255
#define DT_CHUNK        512

static const gchar *const dt_live_roots[] = {
  "/proc/device-tree",
  "/sys/firmware/devicetree/base",
};

/* ---- the walk ---- */

typedef struct {
  HwDt *dt;
  guint n_entries;
} DtWalk;

static void
dt_node_free (gpointer data)
{
  HwDtNode *node = data;
  g_free (node->path);
  g_free (node);
}

static const HwDtNode *
dt_add_node (HwDt *dt, const HwDtNode *parent, const gchar *name)
{
  HwDtNode *node = g_new0 (HwDtNode, 1);
  node->parent = parent;
  if (!parent)
    node->path = g_strdup ("/");
  else
    node->path =
        g_strconcat (parent->parent ? parent->path : "", "/", name, NULL);
  node->name = strrchr (node->path, '/') + 1;
  g_ptr_array_add (dt->nodes, node);
  g_hash_table_insert (dt->by_path, node->path, node);
  return node;
}

/* The specification allows less; what is not printable would spoil messages. */
static gboolean
dt_name_is_valid (const gchar *name)
{
  gsize length = strlen (name);
  for (const gchar *at = name; *at; at++) {
    if (!g_ascii_isgraph (*at))
      return FALSE;
  }
  return length > 0 && length <= DT_MAX_NAME;
}

static gboolean
dt_entry_is_node (int folder, const struct dirent *entry)
{
  struct stat status;
  if (entry->d_type != DT_UNKNOWN)
    return entry->d_type == DT_DIR;
  return fstatat (folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0
         && S_ISDIR (status.st_mode);
}

static gboolean
dt_walk_is_over (DtWalk *walk, guint depth, GError **error)
{
  const gchar *what = NULL;
  if (++walk->n_entries > DT_MAX_ENTRIES || walk->dt->nodes->len > DT_MAX_NODES)
    what = "has too many nodes";
  else if (depth > DT_MAX_DEPTH)
    what = "is nested too deep";
  if (!what)
    return FALSE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "'%s' is no device tree: it %s", walk->dt->shown, what);
  return TRUE;
}

static gboolean dt_walk_folder (DtWalk *walk, int folder, const HwDtNode *node,
    guint depth, GError **error);

static gboolean
dt_walk_entry (DtWalk *walk, int folder, const struct dirent *entry,
    const HwDtNode *node, guint depth, GError **error)
{
  if (g_str_equal (entry->d_name, ".") || g_str_equal (entry->d_name, ".."))
    return TRUE;
  if (dt_walk_is_over (walk, depth, error))
    return FALSE;
  if (!dt_name_is_valid (entry->d_name) || !dt_entry_is_node (folder, entry))
    return TRUE;
  int child = openat (
      folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (child < 0)
    return TRUE; /* gone since, or not ours to read */
  return dt_walk_folder (walk, child,
      dt_add_node (walk->dt, node, entry->d_name), depth + 1, error);
}

/* Takes @folder. */
static gboolean
dt_walk_folder (
    DtWalk *walk, int folder, const HwDtNode *node, guint depth, GError **error)
{
  DIR *stream = fdopendir (folder);
  const struct dirent *entry;
  gboolean ok = TRUE;
  if (!stream) {
    vdma_set_error_errno (
        error, errno, "cannot read '%s%s'", walk->dt->shown, node->path);
    close (folder);
    return FALSE;
  }
  while (ok && (entry = readdir (stream)))
    ok = dt_walk_entry (walk, folder, entry, node, depth, error);
  closedir (stream);
  return ok;
}

static gint
dt_compare_nodes (gconstpointer a, gconstpointer b)
{
  const HwDtNode *const *left = a, *const *right = b;
  return strcmp ((*left)->path, (*right)->path);
}

/* ---- open ---- */

static int
dt_open_root (HwDt *dt, const gchar *root, GError **error)
{
  int fd = -1;
  for (guint i = 0; !root && fd < 0 && i < G_N_ELEMENTS (dt_live_roots); i++) {
    fd = open (dt_live_roots[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    dt->root = fd < 0 ? NULL : g_strdup (dt_live_roots[i]);
  }
  if (!root && fd < 0) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND,
        "this machine has no device tree: there is no '%s'", dt_live_roots[0]);
    return -1;
  }
  if (root) {
    dt->root = g_strdup (root);
    fd = open (root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }
  int saved_errno = errno;
  dt->shown = g_filename_display_name (dt->root);
  if (fd < 0)
    vdma_set_error_errno (
        error, saved_errno, "cannot open device tree '%s'", dt->shown);
  return fd;
}

/* Before all of somebody's disk is looked through. */
static gboolean
dt_root_is_tree (int root)
{
  return faccessat (root, "#address-cells", F_OK, AT_SYMLINK_NOFOLLOW) == 0
         || faccessat (root, "compatible", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static gboolean
dt_read (HwDt *dt, const gchar *root, GError **error)
{
  DtWalk walk = { .dt = dt };
  int fd = dt_open_root (dt, root, error);
  if (fd < 0)
    return FALSE;
  if (!dt_root_is_tree (fd)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "'%s' is no device tree: its root has no property 'compatible' and no "
        "'#address-cells'",
        dt->shown);
    close (fd);
    return FALSE;
  }
  if (!dt_walk_folder (&walk, fd, dt_add_node (dt, NULL, ""), 1, error))
    return FALSE;
  g_ptr_array_sort (dt->nodes, dt_compare_nodes);
  return TRUE;
}

HwDt *
hw_dt_open (const gchar *root, GError **error)
{
  HwDt *dt = g_new0 (HwDt, 1);
  dt->nodes = g_ptr_array_new_with_free_func (dt_node_free);
  dt->by_path = g_hash_table_new (g_str_hash, g_str_equal);
  if (dt_read (dt, root, error))
    return dt;
  hw_dt_free (dt);
  return NULL;
}

void
hw_dt_free (HwDt *dt)
{
  g_clear_pointer (&dt->by_phandle, g_hash_table_unref);
  g_hash_table_unref (dt->by_path);
  g_ptr_array_unref (dt->nodes);
  g_free (dt->shown);
  g_free (dt->root);
  g_free (dt);
}

/* ---- properties ---- */

void
hw_dt_bytes_clear (HwDtBytes *bytes)
{
  g_clear_pointer (&bytes->data, g_free);
  bytes->size = 0;
}

void
hw_dt_set_error (GError **error, const HwDt *dt, const HwDtNode *node,
    const gchar *name, const gchar *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree gchar *text = hw_sentence (format, args);
  va_end (args);
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID, "%s%s: property '%s' %s",
      dt->shown, node->path, name, text);
}

/* The size that sysfs tells may be none, so the end is where reading ends. */
static gboolean
dt_read_all (int fd, GByteArray *bytes)
{
  guint8 chunk[DT_CHUNK];
  while (bytes->len <= DT_MAX_PROPERTY) {
    gssize got = read (fd, chunk, sizeof chunk);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return got == 0;
    g_byte_array_append (bytes, chunk, (guint) got);
  }
  return TRUE;
}

static gboolean
dt_read_property (int fd, const HwDt *dt, const HwDtNode *node,
    const gchar *name, HwDtBytes *bytes, GError **error)
{
  struct stat status;
  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode)) {
    hw_dt_set_error (error, dt, node, name, "is no file");
    return FALSE;
  }
  g_autoptr (GByteArray) data = g_byte_array_new ();
  if (!dt_read_all (fd, data)) {
    hw_dt_set_error (
        error, dt, node, name, "cannot be read: %s", g_strerror (errno));
    return FALSE;
  }
  if (data->len > DT_MAX_PROPERTY) {
    hw_dt_set_error (error, dt, node, name,
        "is longer than %u bytes, as none is", DT_MAX_PROPERTY);
    return FALSE;
  }
  bytes->data = g_byte_array_steal (data, &bytes->size);
  return TRUE;
}

gboolean
hw_dt_get_bytes (const HwDt *dt, const HwDtNode *node, const gchar *name,
    HwDtBytes *bytes, GError **error)
{
  g_autofree gchar *path = g_strconcat (dt->root, node->path, "/", name, NULL);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  int saved_errno = errno;
  *bytes = (HwDtBytes){ NULL };
  if (fd < 0) {
    if (saved_errno != ENOENT)
      hw_dt_set_error (error, dt, node, name, "cannot be opened: %s",
          g_strerror (saved_errno));
    return FALSE;
  }
  gboolean ok = dt_read_property (fd, dt, node, name, bytes, error);
  close (fd);
  return ok;
}

gboolean
hw_dt_has (const HwDt *dt, const HwDtNode *node, const gchar *name)
{
  g_autofree gchar *path = g_strconcat (dt->root, node->path, "/", name, NULL);
  struct stat status;
  return lstat (path, &status) == 0 && !S_ISDIR (status.st_mode);
}

guint32
hw_dt_cell (const HwDtBytes *bytes, gsize index)
{
  const guint8 *at = bytes->data + index * 4;
  g_assert (index < bytes->size / 4);
  return (guint32) at[0] << 24 | (guint32) at[1] << 16 | (guint32) at[2] << 8
         | at[3];
}

gboolean
hw_dt_get_u32 (const HwDt *dt, const HwDtNode *node, const gchar *name,
    guint32 *value, GError **error)
{
  g_auto (HwDtBytes) bytes = { NULL };
  if (!hw_dt_get_bytes (dt, node, name, &bytes, error))
    return FALSE;
  if (bytes.size != 4) {
    hw_dt_set_error (error, dt, node, name,
        "has %" G_GSIZE_FORMAT " bytes; a number has 4", bytes.size);
    return FALSE;
  }
  *value = hw_dt_cell (&bytes, 0);
  return TRUE;
}

gboolean
hw_dt_get_flag (const HwDt *dt, const HwDtNode *node, const gchar *name,
    guint32 *value, GError **error)
{
  g_auto (HwDtBytes) bytes = { NULL };
  if (!hw_dt_get_bytes (dt, node, name, &bytes, error))
    return FALSE;
  if (bytes.size != 0 && bytes.size != 4) {
    hw_dt_set_error (error, dt, node, name,
        "has %" G_GSIZE_FORMAT " bytes; a flag has none, or 4", bytes.size);
    return FALSE;
  }
  *value = bytes.size == 0 || hw_dt_cell (&bytes, 0) != 0;
  return TRUE;
}

gboolean
hw_dt_get_strings (const HwDt *dt, const HwDtNode *node, const gchar *name,
    gchar ***strings, GError **error)
{
  g_auto (HwDtBytes) bytes = { NULL };
  if (!hw_dt_get_bytes (dt, node, name, &bytes, error))
    return FALSE;
  const gchar *text = (const gchar *) bytes.data;
  if (bytes.size == 0 || text[bytes.size - 1] != '\0') {
    hw_dt_set_error (error, dt, node, name, "is no text: it has no end");
    return FALSE;
  }
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_free);
  for (gsize at = 0; at < bytes.size; at += strlen (text + at) + 1)
    g_ptr_array_add (list, g_utf8_make_valid (text + at, -1));
  g_ptr_array_add (list, NULL);
  *strings = (gchar **) g_ptr_array_steal (list, NULL);
  return TRUE;
}

gboolean
hw_dt_is_enabled (const HwDt *dt, const HwDtNode *node)
{
  g_auto (GStrv) status = NULL;
  if (!hw_dt_has (dt, node, "status"))
    return TRUE;
  return hw_dt_get_strings (dt, node, "status", &status, NULL)
         && (g_str_equal (status[0], "okay") || g_str_equal (status[0], "ok"));
}

/* ---- nodes ---- */

const HwDtNode *
hw_dt_get_node (const HwDt *dt, const gchar *path)
{
  return g_hash_table_lookup (dt->by_path, path);
}

static void
dt_read_phandles (HwDt *dt)
{
  static const gchar *const names[] = { "phandle", "linux,phandle" };
  dt->by_phandle = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < dt->nodes->len; i++) {
    HwDtNode *node = g_ptr_array_index (dt->nodes, i);
    guint32 phandle;
    for (guint k = 0; k < G_N_ELEMENTS (names); k++) {
      /* of two nodes with one number the first counts */
      if (hw_dt_get_u32 (dt, node, names[k], &phandle, NULL)
          && !g_hash_table_contains (
              dt->by_phandle, GUINT_TO_POINTER (phandle)))
        g_hash_table_insert (dt->by_phandle, GUINT_TO_POINTER (phandle), node);
    }
  }
}

const HwDtNode *
hw_dt_get_phandle (HwDt *dt, guint32 phandle)
{
  if (!dt->by_phandle)
    dt_read_phandles (dt);
  return g_hash_table_lookup (dt->by_phandle, GUINT_TO_POINTER (phandle));
}
