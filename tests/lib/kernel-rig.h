/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A kernel for tests of memory backends: a folder of files in the place of the
 * machine's root, and the calls that no file can stand in for. Everything that
 * is not replaced is the system's own. */
#pragma once

#include "xlnk-backend.h"
#include "xlnk-system.h"

G_BEGIN_DECLS

typedef struct KernelRig KernelRig;

/** KernelRigIoctl: as ioctl(); @path: of the file, without the root; "" when it is
 *  somewhere else */
typedef gint (*KernelRigIoctl) (KernelRig *rig, const gchar *path, gint fd,
    gulong request, gpointer argument);

/**
 * KernelRig: one per test program, since allocators outlive the call that opens
 * them.
 * @system: for the backends; cache operations can be exchanged
 * @ioctl: (nullable): ENOTTY without
 * @huge_pages: how many huge pages memfds may have, all together; their physical
 *   addresses are huge_base + @huge_order[i] * huge page
 * @get_phys: (nullable): addresses of mapped files, in the place of huge pages
 * @data: the test's own
 */
struct KernelRig {
  XlnkSystem system;
  KernelRigIoctl ioctl;
  guint64 huge_base;
  guint huge_pages;
  const guint *huge_order;
  guint64 (*get_phys) (KernelRig *rig, guint64 inode, gsize offset);
  gboolean pagemap_hides_all;       /* no page is present */
  gboolean pagemap_hides_addresses; /* frame numbers are 0 */
  gpointer data;
  /* private */
  const XlnkCalls *native;
  gchar *fail_path; /* errors to order */
  gint fail_errno;
  guint fail_flags;
  guint n_huge; /* in use */
  GArray *maps;
  GArray *slots;
};

KernelRig *kernel_rig_new (void);
void kernel_rig_free (KernelRig *rig);

/** kernel_rig_write: makes a file and its folders */
void kernel_rig_write (KernelRig *rig, const gchar *path, const gchar *format,
    ...) G_GNUC_PRINTF (3, 4);
/** kernel_rig_write_sparse: a file of @size bytes that is all holes */
void kernel_rig_write_sparse (KernelRig *rig, const gchar *path, guint64 size);
void kernel_rig_remove (KernelRig *rig, const gchar *path);
/** kernel_rig_read: (transfer full) */
gchar *kernel_rig_read (KernelRig *rig, const gchar *path);

typedef enum {
  KERNEL_RIG_FAIL_OPEN = 1 << 0,
  KERNEL_RIG_FAIL_MMAP = 1 << 1,
} KernelRigFailure;

/** kernel_rig_fail: from now on @calls of @path fail with @error; 0: of none */
void kernel_rig_fail (
    KernelRig *rig, const gchar *path, KernelRigFailure calls, gint error);

/** kernel_rig_alloc: (transfer full): a block of any address; no error is expected */
XlnkBlock *kernel_rig_alloc (
    XlnkAllocator *allocator, gsize size, XlnkCaching caching);

/** kernel_rig_expect_refused: @backend is NULL, and @error (transfer full) has
 *  @code and says every one of @says, up to a NULL */
void kernel_rig_expect_refused (
    XlnkBackend *backend, GError *error, gint code, const gchar *const *says);

/* ---- caches that write down what is done to them ---- */

/** kernel_rig_cache: BY_ADDRESS, with lines of 64 bytes */
extern const XlnkCacheOps kernel_rig_cache;
/** kernel_rig_cache_kernel_only: those of 32-bit Arm */
extern const XlnkCacheOps kernel_rig_cache_kernel_only;

/** kernel_rig_take_cache_log: (transfer full): "clean OFFSET+SIZE;..." since the
 *  last time, with offsets from @origin */
gchar *kernel_rig_take_cache_log (gconstpointer origin);

G_END_DECLS
