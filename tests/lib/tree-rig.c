/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree-rig.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

gchar *
tree_rig_new (void)
{
  GError *error = NULL;
  gchar *root = g_dir_make_tmp ("vdma-tree-XXXXXX", &error);
  g_assert_no_error (error);
  return root;
}

static void
tree_add_cells (GByteArray *bytes, const gchar *text)
{
  gchar *end;
  for (text++; *text && *text != '>'; text = end) {
    guint64 number = g_ascii_strtoull (text, &end, 0);
    g_assert_true (end != text && number <= G_MAXUINT32);
    guint32 cell = GUINT32_TO_BE ((guint32) number);
    g_byte_array_append (bytes, (const guint8 *) &cell, sizeof cell);
    end += strspn (end, " ");
  }
}

static void
tree_add_texts (GByteArray *bytes, const gchar *text)
{
  while (*text == '"') {
    const gchar *end = strchr (++text, '"');
    g_assert_nonnull (end);
    g_byte_array_append (bytes, (const guint8 *) text, (guint) (end - text));
    g_byte_array_append (bytes, (const guint8 *) "", 1);
    text = end + 1;
    text += strspn (text, ", ");
  }
}

static void
tree_add_bytes (GByteArray *bytes, const gchar *text)
{
  gchar *end;
  for (text++; *text && *text != ']'; text = end) {
    guint8 byte = (guint8) g_ascii_strtoull (text, &end, 16);
    g_assert_true (end != text);
    g_byte_array_append (bytes, &byte, 1);
    end += strspn (end, " ");
  }
}

static void
tree_write (const gchar *path, const gchar *value)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  switch (*value) {
    case '<':
      tree_add_cells (bytes, value);
      break;
    case '"':
      tree_add_texts (bytes, value);
      break;
    case '[':
      tree_add_bytes (bytes, value);
      break;
    case '=':
      g_byte_array_append (
          bytes, (const guint8 *) value + 1, (guint) strlen (value + 1));
      break;
    default:
      g_assert_cmpint (*value, ==, '\0');
  }
  /* g_file_set_contents() would wait for the disk, file by file */
  FILE *file = fopen (path, "w");
  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (bytes->data, 1, bytes->len, file), ==, bytes->len);
  g_assert_cmpint (fclose (file), ==, 0);
}

void
tree_rig_put (const gchar *root, const gchar *path, const gchar *value)
{
  g_autofree gchar *full = g_build_filename (root, path, NULL);
  g_autofree gchar *folder = g_path_get_dirname (full);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  if (*value == '/')
    g_assert_cmpint (g_mkdir_with_parents (full, 0700), ==, 0);
  else if (*value == '>')
    g_assert_cmpint (symlink (value + 1, full), ==, 0);
  else
    tree_write (full, value);
}

void
tree_rig_put_all (const gchar *root, const TreeFile *files)
{
  for (; files->path; files++)
    tree_rig_put (root, files->path, files->value);
}

static int
tree_remove_one (const char *path, G_GNUC_UNUSED const struct stat *status,
    G_GNUC_UNUSED int type, G_GNUC_UNUSED struct FTW *where)
{
  return remove (path);
}

void
tree_rig_remove (const gchar *root, const gchar *path)
{
  g_autofree gchar *full = g_build_filename (root, path, NULL);
  g_assert_cmpint (
      nftw (full, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS), ==, 0);
}

void
tree_rig_free (gchar *root)
{
  tree_rig_remove (root, "");
  g_free (root);
}
