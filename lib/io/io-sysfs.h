/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small files of sysfs, under a given root folder. What they say is taken for
 * hostile: reads are bounded, texts become UTF-8. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * vdma_io_path:
 * @root: (nullable): the folder that stands for "/"; NULL and "" are "/"
 * @path: absolute
 *
 * Returns: (transfer full): where @path is under @root
 */
gchar *vdma_io_path (const gchar *root, const gchar *path);

/**
 * vdma_sysfs_read_text:
 * @folder, @file: @file may have slashes
 *
 * The first line, at most 4095 bytes, without blanks around it.
 * Errors: as open() and read() say; names the file.
 * Returns: (transfer full) (nullable)
 */
gchar *vdma_sysfs_read_text (
    const gchar *folder, const gchar *file, GError **error);

/** vdma_sysfs_read_number: decimal, or hexadecimal behind 0x; INVALID for anything else. */
gboolean vdma_sysfs_read_number (
    const gchar *folder, const gchar *file, guint64 *number, GError **error);

/** vdma_sysfs_real_path: (transfer full) (nullable): where the link @folder/@file leads; NULL when nowhere */
gchar *vdma_sysfs_real_path (const gchar *folder, const gchar *file);

G_END_DECLS
