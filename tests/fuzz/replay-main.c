/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a fuzz target on files, for compilers without libFuzzer: each argument is
 * a file or a folder of files. The file at work is named before it runs, so that
 * a crash is the crash of the last one named. */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"

/* A copy of the exact size lets a sanitizer see reads behind the end. */
static void
replay_file (const gchar *path, guint number)
{
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  printf ("# running %s\n", path);
  fflush (stdout);
  if (!g_file_get_contents (path, &text, &size, &error)) {
    printf ("not ok %u - %s\n", number, error->message);
    return;
  }
  g_autofree guint8 *data = g_malloc (size);
  if (size > 0)
    memcpy (data, text, size);
  LLVMFuzzerTestOneInput (data, size);
  printf ("ok %u - %s\n", number, path);
}

static gint
replay_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

static void
replay_list (GPtrArray *paths, const gchar *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const gchar *name;

  if (!folder) {
    g_ptr_array_add (paths, g_strdup (path));
    return;
  }
  while ((name = g_dir_read_name (folder)))
    g_ptr_array_add (paths, g_build_filename (path, name, NULL));
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  for (gint i = 1; i < argc; i++)
    replay_list (paths, argv[i]);
  if (paths->len == 0) {
    printf ("Bail out! no file to run; name files or folders of files\n");
    return 1;
  }
  g_ptr_array_sort (paths, replay_compare);
  printf ("1..%u\n", paths->len);
  for (guint i = 0; i < paths->len; i++)
    replay_file (g_ptr_array_index (paths, i), i + 1);
  return 0;
}
