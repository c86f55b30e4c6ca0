/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a backend meets the kernel: files below a root folder, and the few calls
 * that no folder of files can stand in for. What is read is taken for hostile:
 * it is bounded, never waits, and an error names the file and the remedy. */
#pragma once

#include <sys/types.h>

#include "cache-ops.h"

G_BEGIN_DECLS

/**
 * XlnkCalls: each as the system's function of that name: -1 and errno
 * @list: (transfer full): names in a folder, in any order, at most 1024
 */
typedef struct {
  GStrv (*list) (gpointer data, const gchar *path);
  gint (*access) (gpointer data, const gchar *path, gint mode);
  gint (*open) (gpointer data, const gchar *path, gint flags);
  gpointer (*mmap) (gpointer data, gpointer address, gsize size,
      gint protection, gint flags, gint fd, off_t offset);
  gint (*ioctl) (gpointer data, gint fd, gulong request, gpointer argument);
  gint (*memfd_create) (gpointer data, const gchar *name, guint flags);
  gint (*fallocate) (
      gpointer data, gint fd, gint mode, off_t offset, off_t size);
  gssize (*pread) (
      gpointer data, gint fd, gpointer buffer, gsize size, off_t offset);
} XlnkCalls;

/**
 * XlnkSystem: the machine, or a stand-in.
 * @root: what stands before every path; "" for this machine
 * @data: of @calls
 */
typedef struct {
  gchar *root;
  const XlnkCacheOps *cache;
  const XlnkCalls *calls;
  gpointer data;
} XlnkSystem;

/** xlnk_system_init: this machine's calls and caches; @root: (nullable) */
void xlnk_system_init (XlnkSystem *self, const gchar *root);
void xlnk_system_copy (XlnkSystem *self, const XlnkSystem *from);
void xlnk_system_clear (XlnkSystem *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (XlnkSystem, xlnk_system_clear)

/**
 * XlnkRemedy: what a person can do when a thing cannot be had; whole phrases
 * that end a sentence.
 * @missing: it does not exist
 * @permission: this process may not
 * @other: (nullable): anything else
 */
typedef struct {
  const gchar *missing;
  const gchar *permission;
  const gchar *other;
} XlnkRemedy;

/** xlnk_set_error: as vdma_set_error_errno(), with the remedy behind the reason;
 *  @remedy: (nullable) */
void xlnk_set_error (GError **error, gint saved_errno, const XlnkRemedy *remedy,
    const gchar *format, ...) G_GNUC_PRINTF (4, 5);

/** xlnk_system_path: (transfer full): @path below the root */
gchar *xlnk_system_path (const XlnkSystem *self, const gchar *path);

gboolean xlnk_system_exists (const XlnkSystem *self, const gchar *path);

/** xlnk_system_open: @flags: besides O_CLOEXEC. Returns: -1 with @error set */
gint xlnk_system_open (const XlnkSystem *self, const gchar *path, gint flags,
    const XlnkRemedy *remedy, GError **error);

/** xlnk_system_check_access: whether @path could be opened for reading and writing */
gboolean xlnk_system_check_access (const XlnkSystem *self, const gchar *path,
    const XlnkRemedy *remedy, GError **error);

/** xlnk_system_read_text: (transfer full) (nullable): a small file of printable
 *  text without its line end. Errors: INVALID when it is anything else. */
gchar *xlnk_system_read_text (const XlnkSystem *self, const gchar *path,
    const XlnkRemedy *remedy, GError **error);

/** xlnk_system_read_number: a file with one number, decimal or 0x */
gboolean xlnk_system_read_number (const XlnkSystem *self, const gchar *path,
    guint64 *number, const XlnkRemedy *remedy, GError **error);

/** xlnk_system_list: (transfer full): sorted names in a folder; none where there is none */
GStrv xlnk_system_list (const XlnkSystem *self, const gchar *path);

/** xlnk_system_read_field: the number behind "@name" and a colon in a file like
 *  /proc/meminfo; FALSE when it is not there */
gboolean xlnk_system_read_field (const XlnkSystem *self, const gchar *path,
    const gchar *name, guint64 *number);

/** xlnk_system_map: shared, for reading and writing. Returns: NULL and errno */
gpointer xlnk_system_map (
    const XlnkSystem *self, gint fd, guint64 offset, gsize size);

/** xlnk_system_ioctl: again after EINTR and EAGAIN, with a limit; -1 and errno */
gint xlnk_system_ioctl (
    const XlnkSystem *self, gint fd, gulong request, gpointer argument);

/** xlnk_close_fd: closes and forgets; errno stays. -1 is no descriptor. */
void xlnk_close_fd (gint *fd);

/** Returns: the kernel's page size in bytes */
gsize xlnk_get_page_size (void);

G_END_DECLS
