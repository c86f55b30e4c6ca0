/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel-rig.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vdma-error.h"

#define RIG_MAX_LOG   16 /* nobody reads the log of a whole contract */
#define RIG_HUGE_PAGE ((gsize) 2 << 20)

typedef struct {
  guint8 *address;
  gsize size;
  off_t offset;
  ino_t file;
} RigMap;

/* ---- files ---- */

static gchar *
rig_path (const KernelRig *rig, const gchar *path)
{
  return g_strconcat (rig->system.root, path, NULL);
}

static gchar *
rig_path_for_writing (const KernelRig *rig, const gchar *path)
{
  gchar *whole = rig_path (rig, path);
  g_autofree gchar *folder = g_path_get_dirname (whole);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  return whole;
}

void
kernel_rig_write (KernelRig *rig, const gchar *path, const gchar *format, ...)
{
  g_autofree gchar *whole = rig_path_for_writing (rig, path);
  va_list args;
  va_start (args, format);
  g_autofree gchar *text = g_strdup_vprintf (format, args);
  va_end (args);
  /* in place: who has the file open sees it */
  gint fd = g_open (whole, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, text, strlen (text)), ==, (gssize) strlen (text));
  close (fd);
}

void
kernel_rig_write_sparse (KernelRig *rig, const gchar *path, guint64 size)
{
  g_autofree gchar *whole = rig_path_for_writing (rig, path);
  gint fd = g_open (whole, O_RDWR | O_CREAT | O_TRUNC, 0600);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, (off_t) size), ==, 0);
  close (fd);
}

void
kernel_rig_remove (KernelRig *rig, const gchar *path)
{
  g_autofree gchar *whole = rig_path (rig, path);
  g_assert_cmpint (g_remove (whole), ==, 0);
}

gchar *
kernel_rig_read (KernelRig *rig, const gchar *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *whole = rig_path (rig, path);
  gchar *text = NULL;
  g_file_get_contents (whole, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static void
rig_remove_folder (const gchar *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const gchar *name;
  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *inner = g_build_filename (path, name, NULL);
    if (!g_file_test (inner, G_FILE_TEST_IS_SYMLINK)
        && g_file_test (inner, G_FILE_TEST_IS_DIR))
      rig_remove_folder (inner);
    else
      g_unlink (inner);
  }
  g_rmdir (path);
}

/* ---- calls ---- */

/* Path of an open file without the root; NULL when it is not below the root. */
static gchar *
rig_path_of_fd (const KernelRig *rig, gint fd)
{
  g_autofree gchar *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autofree gchar *whole = g_file_read_link (link, NULL);
  if (!whole || !g_str_has_prefix (whole, rig->system.root))
    return NULL;
  return g_strdup (whole + strlen (rig->system.root));
}

static gboolean
rig_fails (const KernelRig *rig, const gchar *path, KernelRigFailure call)
{
  if (!(rig->fail_flags & call)
      || g_strcmp0 (rig->fail_path, path ? path : "") != 0)
    return FALSE;
  errno = rig->fail_errno;
  return TRUE;
}

void
kernel_rig_fail (
    KernelRig *rig, const gchar *path, KernelRigFailure calls, gint error)
{
  g_free (rig->fail_path);
  rig->fail_path = g_strdup (path);
  rig->fail_flags = error ? calls : 0;
  rig->fail_errno = error;
}

static GStrv
rig_list (gpointer data, const gchar *path)
{
  KernelRig *rig = data;
  return rig->native->list (NULL, path);
}

static gint
rig_access (gpointer data, const gchar *path, gint mode)
{
  KernelRig *rig = data;
  if (rig_fails (rig, path + strlen (rig->system.root), KERNEL_RIG_FAIL_OPEN))
    return -1;
  return access (path, mode);
}

static gint
rig_open (gpointer data, const gchar *path, gint flags)
{
  KernelRig *rig = data;
  if (rig_fails (rig, path + strlen (rig->system.root), KERNEL_RIG_FAIL_OPEN))
    return -1;
  return open (path, flags);
}

static gpointer
rig_mmap (gpointer data, gpointer address, gsize size, gint protection,
    gint flags, gint fd, off_t offset)
{
  KernelRig *rig = data;
  g_autofree gchar *path = rig_path_of_fd (rig, fd);
  if (rig_fails (rig, path, KERNEL_RIG_FAIL_MMAP))
    return MAP_FAILED;
  gpointer pointer =
      mmap (address, size, protection, flags & ~MAP_POPULATE, fd, offset);
  if (pointer != MAP_FAILED) {
    struct stat info;
    g_assert_cmpint (fstat (fd, &info), ==, 0);
    const RigMap map = { pointer, size, offset, info.st_ino };
    g_array_append_val (rig->maps, map);
  }
  return pointer;
}

static gint
rig_ioctl (gpointer data, gint fd, gulong request, gpointer argument)
{
  KernelRig *rig = data;
  g_autofree gchar *path = rig_path_of_fd (rig, fd);
  if (rig->ioctl)
    return rig->ioctl (rig, path ? path : "", fd, request, argument);
  errno = ENOTTY;
  return -1;
}

/* ---- huge pages: those of a plain memfd, with invented addresses ---- */

static gint
rig_memfd_create (gpointer data, const gchar *name, guint flags)
{
  KernelRig *rig = data;
  g_array_set_size (rig->slots, 0);
  g_array_set_size (rig->maps, 0);
  return memfd_create (name, flags & ~(guint) MFD_HUGETLB);
}

/* Slot i of the file has the place g_array (i) in huge_order, -1: no page. */
static gint *
rig_slot (KernelRig *rig, off_t offset)
{
  const gint none = -1;
  const guint i = (guint) ((gsize) offset / RIG_HUGE_PAGE);
  while (rig->slots->len <= i)
    g_array_append_val (rig->slots, none);
  return &g_array_index (rig->slots, gint, i);
}

static gboolean
rig_page_is_used (const KernelRig *rig, gint page)
{
  for (guint i = 0; i < rig->slots->len; i++) {
    if (g_array_index (rig->slots, gint, i) == page)
      return TRUE;
  }
  return FALSE;
}

static gint
rig_fallocate (gpointer data, gint fd, gint mode, off_t offset, off_t size)
{
  KernelRig *rig = data;
  gint *slot = rig_slot (rig, offset);
  gint page = 0;
  g_assert_cmpuint ((gsize) size, ==, RIG_HUGE_PAGE);
  if (mode & FALLOC_FL_PUNCH_HOLE) {
    *slot = -1;
    return fallocate (fd, mode, offset, size);
  }
  while (rig_page_is_used (rig, page))
    page++;
  if (page >= (gint) rig->huge_pages) {
    errno = ENOSPC;
    return -1;
  }
  *slot = page;
  return fallocate (fd, mode, offset, size);
}

static guint64
rig_get_frame (KernelRig *rig, const guint8 *pointer)
{
  const gsize page = xlnk_get_page_size ();
  /* the newest mapping of an address is the one that is there */
  for (guint i = rig->maps->len; i-- > 0;) {
    const RigMap *map = &g_array_index (rig->maps, RigMap, i);
    if (pointer < map->address || pointer >= map->address + map->size)
      continue;
    const gsize offset = (gsize) map->offset + (gsize) (pointer - map->address);
    if (rig->get_phys)
      return rig->get_phys (rig, (guint64) map->file, offset) / page;
    const gint slot = *rig_slot (rig, (off_t) offset);
    const guint place = rig->huge_order ? rig->huge_order[slot] : (guint) slot;
    return (rig->huge_base + place * RIG_HUGE_PAGE + offset % RIG_HUGE_PAGE)
           / page;
  }
  return 0;
}

static gssize
rig_pread (gpointer data, gint fd, gpointer buffer, gsize size, off_t offset)
{
  KernelRig *rig = data;
  g_autofree gchar *path = rig_path_of_fd (rig, fd);
  if (g_strcmp0 (path, "/proc/self/pagemap") != 0)
    return pread (fd, buffer, size, offset);
  g_assert_cmpuint (size, ==, 8);
  const guint8 *pointer =
      (const guint8 *) ((gsize) (offset / 8) * xlnk_get_page_size ());
  guint64 entry =
      rig->pagemap_hides_addresses ? 0 : rig_get_frame (rig, pointer);
  if (!rig->pagemap_hides_all)
    entry |= G_GUINT64_CONSTANT (1) << 63;
  memcpy (buffer, &entry, sizeof entry);
  return sizeof entry;
}

static const XlnkCalls rig_calls = {
  .list = rig_list,
  .access = rig_access,
  .open = rig_open,
  .mmap = rig_mmap,
  .ioctl = rig_ioctl,
  .memfd_create = rig_memfd_create,
  .fallocate = rig_fallocate,
  .pread = rig_pread,
};

KernelRig *
kernel_rig_new (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *folder = g_dir_make_tmp ("vdma-kernel-XXXXXX", &error);
  g_assert_no_error (error);
  KernelRig *rig = g_new0 (KernelRig, 1);
  xlnk_system_init (&rig->system, folder);
  rig->native = rig->system.calls;
  rig->system.calls = &rig_calls;
  rig->system.data = rig;
  rig->maps = g_array_new (FALSE, FALSE, sizeof (RigMap));
  rig->slots = g_array_new (FALSE, FALSE, sizeof (gint));
  return rig;
}

void
kernel_rig_free (KernelRig *rig)
{
  rig_remove_folder (rig->system.root);
  xlnk_system_clear (&rig->system);
  g_array_unref (rig->maps);
  g_array_unref (rig->slots);
  g_free (rig->fail_path);
  g_free (rig);
}

XlnkBlock *
kernel_rig_alloc (XlnkAllocator *allocator, gsize size, XlnkCaching caching)
{
  g_autoptr (GError) error = NULL;
  XlnkBlock *block =
      xlnk_alloc (allocator, size, 1, 0, caching, G_MAXUINT64, &error);
  g_assert_no_error (error);
  return block;
}

void
kernel_rig_expect_refused (
    XlnkBackend *backend, GError *error, gint code, const gchar *const *says)
{
  g_assert_null (backend);
  g_test_message ("%s", error->message);
  g_assert_error (error, VDMA_ERROR, code);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  for (; *says; says++) {
    if (!strstr (error->message, *says))
      g_error ("'%s' does not say '%s'", error->message, *says);
  }
  g_error_free (error);
}

/* ---- caches ---- */

typedef struct {
  const gchar *what;
  guintptr start;
  gsize size;
} RigMaintenance;

static GArray *rig_maintenance;

static gsize
rig_get_line_size (void)
{
  return 64;
}

static void
rig_maintain (const gchar *what, guintptr start, guintptr end)
{
  const RigMaintenance done = { what, start, (gsize) (end - start) };
  if (!rig_maintenance)
    rig_maintenance = g_array_new (FALSE, FALSE, sizeof done);
  if (rig_maintenance->len < RIG_MAX_LOG)
    g_array_append_val (rig_maintenance, done);
}

static void
rig_clean (guintptr start, guintptr end, gsize line)
{
  g_assert_cmpuint (line, ==, 64);
  rig_maintain ("clean", start, end);
}

static void
rig_clean_invalidate (guintptr start, guintptr end, gsize line)
{
  g_assert_cmpuint (line, ==, 64);
  rig_maintain ("invalidate", start, end);
}

const XlnkCacheOps kernel_rig_cache = {
  .kind = XLNK_CACHE_BY_ADDRESS,
  .reason = "a test says so",
  .get_line_size = rig_get_line_size,
  .clean = rig_clean,
  .clean_invalidate = rig_clean_invalidate,
};

const XlnkCacheOps kernel_rig_cache_kernel_only = {
  .kind = XLNK_CACHE_KERNEL_ONLY,
  .reason = "only the kernel can maintain caches, a test says",
};

gchar *
kernel_rig_take_cache_log (gconstpointer origin)
{
  g_autoptr (GString) log = g_string_new (NULL);
  for (guint i = 0; rig_maintenance && i < rig_maintenance->len; i++) {
    const RigMaintenance *done =
        &g_array_index (rig_maintenance, RigMaintenance, i);
    g_string_append_printf (log, "%s%s %" G_GSIZE_FORMAT "+%" G_GSIZE_FORMAT,
        i ? ";" : "", done->what, (gsize) (done->start - (guintptr) origin),
        done->size);
  }
  g_clear_pointer (&rig_maintenance, g_array_unref);
  return g_strdup (log->str);
}
