/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files below the root, and those that the program carries. */
#include "doctor.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io-sysfs.h"

gchar *
doctor_path (const Doctor *self, const gchar *path)
{
  return vdma_io_path (self->root, path);
}

const gchar *
doctor_shown (const Doctor *self, const gchar *path)
{
  gsize root = strlen (self->root);

  while (root > 0 && self->root[root - 1] == '/')
    root--;
  return strncmp (path, self->root, root) == 0 ? path + root : path;
}

gboolean
doctor_has (const Doctor *self, const gchar *path)
{
  g_autofree gchar *full = doctor_path (self, path);
  return g_file_test (full, G_FILE_TEST_EXISTS);
}

gchar *
doctor_read (const Doctor *self, const gchar *path)
{
  g_autofree gchar *full = doctor_path (self, path);
  return vdma_sysfs_read_text (full, "", NULL);
}

static gint
files_compare (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const gchar *const *) a, *(const gchar *const *) b);
}

GPtrArray *
doctor_list (const Doctor *self, const gchar *folder)
{
  g_autofree gchar *full = doctor_path (self, folder);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (full, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir)))
    g_ptr_array_add (names, g_utf8_make_valid (name, -1));
  g_ptr_array_sort (names, files_compare);
  return names;
}

gchar *
doctor_link_name (const Doctor *self, const gchar *path)
{
  g_autofree gchar *full = doctor_path (self, path);
  g_autofree gchar *target = g_file_read_link (full, NULL);
  return target ? g_path_get_basename (target) : NULL;
}

gboolean
doctor_may_use (const Doctor *self, const gchar *path)
{
  const mode_t both = S_IRGRP | S_IWGRP;
  g_autofree gchar *full = doctor_path (self, path);
  struct stat status;

  if (g_str_equal (self->root, "/"))
    return access (full, R_OK | W_OK) == 0;
  return stat (full, &status) == 0 && (status.st_mode & both) == both;
}

gchar *
doctor_get_file (const gchar *name)
{
  g_autofree gchar *path = g_strconcat ("/gst-vdma/board/", name, NULL);
  g_autoptr (GBytes) bytes =
      g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  g_assert (bytes);
  const gchar *text = g_bytes_get_data (bytes, NULL); /* ends with 0 */
  const gchar *licence = strchr (text, '\n');
  return g_strchomp (g_strdup (licence ? licence + 1 : text));
}

gboolean
doctor_check_access (Doctor *self, const gchar *path)
{
  gboolean may = doctor_may_use (self, path);
  g_autofree gchar *rules = doctor_get_file ("60-gst-vdma.rules");

  if (may)
    doctor_say (self, DOCTOR_OK, "access", NULL, "%s may be used", path);
  else
    doctor_say (self, DOCTOR_PROBLEM, "access",
        g_strconcat ("usermod -aG video USER, and as "
                     "/etc/udev/rules.d/60-gst-vdma.rules:\n",
            rules, NULL),
        "%s may not be read and written", path);
  return may;
}
