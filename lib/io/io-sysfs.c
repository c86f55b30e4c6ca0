/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading what a driver says of a device. */
#include "io-sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vdma-error.h"
#include "vdma-number.h"

#define SYSFS_MAX_TEXT  4096
#define SYSFS_MAX_SHOWN 64 /* bytes of it in a sentence */

gchar *
vdma_io_path (const gchar *root, const gchar *path)
{
  if (!root || !*root || g_str_equal (root, "/"))
    return g_strdup (path);
  return g_build_filename (root, path, NULL);
}

/* Returns: bytes read, or -1 with errno */
static gssize
sysfs_read_some (gint fd, gchar *text, gsize size)
{
  gssize got;
  do {
    got = read (fd, text, size);
  } while (got < 0 && errno == EINTR);
  return got;
}

gchar *
vdma_sysfs_read_text (const gchar *folder, const gchar *file, GError **error)
{
  g_autofree gchar *path = g_build_filename (folder, file, NULL);
  gchar text[SYSFS_MAX_TEXT];
  /* what is no file of sysfs, a pipe say, must not make us wait */
  gint fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    vdma_set_error_errno (error, errno, "cannot open '%s'", path);
    return NULL;
  }
  gssize got = sysfs_read_some (fd, text, sizeof text - 1);
  gint saved_errno = errno;
  close (fd);
  if (got < 0) {
    vdma_set_error_errno (error, saved_errno, "cannot read '%s'", path);
    return NULL;
  }
  text[got] = '\0';
  text[strcspn (text, "\n")] = '\0';
  return g_strstrip (g_utf8_make_valid (text, -1));
}

gboolean
vdma_sysfs_read_number (
    const gchar *folder, const gchar *file, guint64 *number, GError **error)
{
  g_autofree gchar *text = vdma_sysfs_read_text (folder, file, error);
  if (!text)
    return FALSE;
  if (vdma_parse_uint64 (text, number))
    return TRUE;
  /* what is left of a character that is cut is replaced */
  g_autofree gchar *shown =
      g_utf8_make_valid (text, (gssize) MIN (strlen (text), SYSFS_MAX_SHOWN));
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "'%s/%s' says '%s', which is no number", folder, file, shown);
  return FALSE;
}

gchar *
vdma_sysfs_real_path (const gchar *folder, const gchar *file)
{
  g_autofree gchar *path = g_build_filename (folder, file, NULL);
  gchar *real = realpath (path, NULL);
  gchar *copy = g_strdup (real);
  free (real);
  return copy;
}
