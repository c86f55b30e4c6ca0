/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A folder for one input, in memory where the system has a place for that: many
 * files, short lives. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** fuzz_root_new: (transfer full): its path */
gchar *fuzz_root_new (void);
/** fuzz_root_remove: (transfer full): with all that is in it; links are not followed */
void fuzz_root_remove (gchar *root);

/** Returns: whether @path stays inside of a root, and is nothing that the system
 *  would refuse */
gboolean fuzz_root_is_safe (const gchar *path);

/* Each makes the folders in between; where something else is in the way nothing
 * happens. @path: safe */

/** fuzz_root_put: a file. Returns: its descriptor, closed by the caller; -1 */
gint fuzz_root_put (
    const gchar *root, const gchar *path, const gchar *bytes, gsize size);
void fuzz_root_put_folder (const gchar *root, const gchar *path);
/** fuzz_root_put_link: @target: as symlink() takes it */
void fuzz_root_put_link (
    const gchar *root, const gchar *path, const gchar *target);

/** Returns: the lowest descriptor that is free; rises when one was left open */
gint fuzz_next_fd (void);

G_END_DECLS
