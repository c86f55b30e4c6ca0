/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Folders of a machine that is not there: a device tree, /sys, /dev, written
 * from a table into a temporary folder. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TreeFile: one file of a tree.
 * @path: below the root; the folders on the way are made
 * @value: by its first character:
 *   '<': cells, big endian: "<0x43000000 0x10000>"
 *   '"': texts, each with its NUL: "\"a\",\"b\""
 *   '[': bytes: "[00 ff]"
 *   '=': a plain text: "=0x1000\n"
 *   '>': a link to what follows
 *   '/': a folder
 *   '\0': a file of no bytes
 */
typedef struct {
  const gchar *path;
  const gchar *value;
} TreeFile;

/** tree_rig_new: (transfer full): path of a new folder */
gchar *tree_rig_new (void);

void tree_rig_put (const gchar *root, const gchar *path, const gchar *value);
/** tree_rig_put_all: @files end with a path of NULL */
void tree_rig_put_all (const gchar *root, const TreeFile *files);
void tree_rig_remove (const gchar *root, const gchar *path);

/** tree_rig_free: removes the folder and all in it, frees @root */
void tree_rig_free (gchar *root);

G_END_DECLS
