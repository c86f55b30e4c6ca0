/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz-root.h"

#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ROOT_MAX_PATH 200

gchar *
fuzz_root_new (void)
{
  const gchar *folder =
      g_access ("/dev/shm", W_OK) == 0 ? "/dev/shm" : g_get_tmp_dir ();
  gchar *root = g_build_filename (folder, "vdma-fuzz-XXXXXX", NULL);
  g_assert_nonnull (g_mkdtemp (root));
  return root;
}

static int
root_remove_one (const char *path, G_GNUC_UNUSED const struct stat *status,
    G_GNUC_UNUSED int type, G_GNUC_UNUSED struct FTW *where)
{
  return remove (path);
}

void
fuzz_root_remove (gchar *root)
{
  g_assert_cmpint (
      nftw (root, root_remove_one, 32, FTW_DEPTH | FTW_PHYS), ==, 0);
  g_free (root);
}

gboolean
fuzz_root_is_safe (const gchar *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  if (!*path || strlen (path) > ROOT_MAX_PATH)
    return FALSE;
  for (guint i = 0; parts[i]; i++) {
    if (!*parts[i] || g_str_equal (parts[i], ".")
        || g_str_equal (parts[i], ".."))
      return FALSE;
  }
  return TRUE;
}

/* Returns: (transfer full) (nullable): the whole path, whose folder is there */
static gchar *
root_prepare (const gchar *root, const gchar *path)
{
  g_autofree gchar *full = g_build_filename (root, path, NULL);
  g_autofree gchar *folder = g_path_get_dirname (full);
  if (g_mkdir_with_parents (folder, 0700) != 0)
    return NULL; /* a file is in the way */
  return g_steal_pointer (&full);
}

gint
fuzz_root_put (
    const gchar *root, const gchar *path, const gchar *bytes, gsize size)
{
  g_autofree gchar *full = root_prepare (root, path);
  gint fd = full ? open (
                full, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600)
                 : -1;
  if (fd >= 0)
    g_assert_cmpint (write (fd, bytes, size), ==, (gssize) size);
  return fd;
}

void
fuzz_root_put_folder (const gchar *root, const gchar *path)
{
  g_autofree gchar *full = root_prepare (root, path);
  if (full)
    g_mkdir_with_parents (full, 0700);
}

void
fuzz_root_put_link (const gchar *root, const gchar *path, const gchar *target)
{
  g_autofree gchar *full = root_prepare (root, path);
  if (full && symlink (target, full) != 0)
    return; /* something is there */
}

gint
fuzz_next_fd (void)
{
  gint fd = fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
  g_assert_cmpint (fd, >=, 0);
  close (fd);
  return fd;
}
