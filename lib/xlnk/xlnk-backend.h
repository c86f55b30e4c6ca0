/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The implementor's face of lib/xlnk: how a kind of contiguous memory is added.
 *
 * A backend is open, alloc, free and map. Everything common (argument checks,
 * page rounding, map counts, the list of open blocks, sync rules, statistics)
 * is done once, above this table, in xlnk.c. */
#pragma once

#include "xlnk.h"

G_BEGIN_DECLS

typedef struct XlnkBackend XlnkBackend;
typedef struct XlnkBackendImpl XlnkBackendImpl;

/** XlnkCaps: one bit per optional function of the table, asserted at open. */
typedef enum {
  XLNK_CAP_SYNC = 1 << 0, /* flush, invalidate; absent: coherent or uncached */
  XLNK_CAP_FD = 1 << 1,   /* export_fd */
  XLNK_CAP_DMABUF = 1 << 2, /* export_fd gives a dma-buf; needs FD */
  XLNK_CAP_OWNER = 1 << 3,  /* set_owner, cpu_access: a ledger is kept */
  XLNK_CAP_STATS = 1 << 4,  /* get_system_stats */
  XLNK_CAP_RESET = 1 << 5,  /* reset: a system-wide one exists */
} XlnkCaps;

/** XlnkBackend: embedded as first member by each implementation. */
struct XlnkBackend {
  const XlnkBackendImpl *impl;
  XlnkCaps caps;
  gsize page_size; /* rounding and least alignment, a power of two */
  guint64
      highest; /* highest physical address of this memory, if known, else G_MAXUINT64 */
};

/** XlnkExtent: one allocation, as the backend sees it. */
typedef struct {
  guint64 phys;       /* out of alloc */
  gsize size;         /* in: page rounded */
  gboolean cacheable; /* in: wish; out: what it is */
  gpointer handle;    /* the backend's own */
} XlnkExtent;

/* All functions are called with the allocator's lock held: one at a time per
 * backend. They must not call back into xlnk.c. Offsets and sizes are inside
 * the extent (checked above). */
struct XlnkBackendImpl {
  const gchar *name;
  /** close: frees @self; called when no extent is alive */
  void (*close) (XlnkBackend *self);
  /** alloc: fills @out (phys, handle, cacheable); the content may hold dirty lines.
   *  NO_MEMORY and UNREACHABLE say the numbers. */
  gboolean (*alloc) (XlnkBackend *self, XlnkExtent *out, gsize align,
      guint64 phys_limit, GError **error);
  void (*free) (XlnkBackend *self, XlnkExtent *extent);
  /** map: called once per extent, at the first map; unmap: once, before free */
  gpointer (*map) (XlnkBackend *self, XlnkExtent *extent, GError **error);
  void (*unmap) (XlnkBackend *self, XlnkExtent *extent, gpointer pointer);
  /* XLNK_CAP_SYNC: also before the first map. Only cacheable extents are synced.
   * An invalidate whose ends are not those of cache lines must not lose what the
   * CPU wrote to the rest of these lines. */
  gboolean (*flush) (XlnkBackend *self, XlnkExtent *extent, gsize offset,
      gsize size, GError **error);
  gboolean (*invalidate) (XlnkBackend *self, XlnkExtent *extent, gsize offset,
      gsize size, GError **error);
  /* XLNK_CAP_FD: caller closes the descriptor */
  gint (*export_fd) (
      XlnkBackend *self, XlnkExtent *extent, gsize *offset, GError **error);
  /** get_keeper: (nullable): a descriptor, the backend's own; while a copy of it
   *  is open, by whatever process, the kernel keeps the memory of @extent; of all
   *  extents where @extent is NULL. -1 without @error for NULL: each extent has
   *  its own. -1 with UNSUPPORTED: nothing keeps it. No such function where
   *  memory stays reserved when a process ends */
  gint (*get_keeper) (
      XlnkBackend *self, const XlnkExtent *extent, GError **error);
  /* XLNK_CAP_OWNER: notifications only, they cannot fail. cpu_access comes
   * after the sync of a beginning and before the sync of an ending access. */
  void (*set_owner) (XlnkBackend *self, XlnkExtent *extent, XlnkOwner owner,
      gboolean device_writes);
  void (*cpu_access) (XlnkBackend *self, XlnkExtent *extent, gsize offset,
      gsize size, XlnkAccess access, gboolean begin);
  /* XLNK_CAP_STATS */
  void (*get_system_stats) (
      XlnkBackend *self, guint64 *available, guint64 *total);
  /* XLNK_CAP_RESET: called with no extent alive */
  gboolean (*reset) (XlnkBackend *self, GError **error);
};

/**
 * xlnk_allocator_new:
 * @backend: (transfer full): an open backend
 *
 * Asserts that capability bits and functions agree.
 *
 * Returns: (transfer full): the allocator; never NULL
 */
XlnkAllocator *xlnk_allocator_new (XlnkBackend *backend);

G_END_DECLS
