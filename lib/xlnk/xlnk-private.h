/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of lib/xlnk share: the objects, and the memory behind a block
 * with everything that is done to it under the allocator's lock. */
#pragma once

#include "xlnk-backend.h"
#include "xlnk-stale.h"

G_BEGIN_DECLS

/* One lock per allocator. It guards its counters and lists, the memory and map
 * counts of all its blocks, and every call of its backend. It is the innermost
 * lock of the library but for a backend's own: nothing else is locked under it,
 * and the locks of two allocators are never held together. */
struct XlnkAllocator {
  gatomicrefcount ref_count;
  XlnkBackend *backend;
  GMutex lock;
  GQueue open;              /* XlnkMemory, by their link */
  GPtrArray *by_pointer;    /* XlnkMemory that has a pointer, sorted by it */
  XlnkStats stats;          /* without the system's two */
  const XlnkKeeper *keeper; /* (nullable) */
  gpointer keeper_data;
  gboolean keeps_all; /* what there will be is kept already */
  guint64 n_kept;     /* so far: numbers for the keeper */
};

/** XlnkMemory: one allocation; shared by a whole block and its slices. */
typedef struct XlnkMemory XlnkMemory;
struct XlnkMemory {
  XlnkAllocator *allocator; /* (unowned) */
  gsize size;               /* asked for; the extent's is page rounded */
  XlnkExtent extent;
  gpointer pointer; /* (nullable): from the first map until it is freed */
  gboolean closed;  /* the extent is gone */
  guint64 kept;     /* the keeper's number of it; 0: none */
  XlnkOwner owner;
  gboolean device_writes; /* owned by a device that may write it */
  guint n_maps;           /* open accesses, all slices together */
  guint n_write_maps;     /* those that may write */
  XlnkStale
      stale;  /* no range of it is ever open for writing: see xlnk-memory.c */
  GList link; /* in the allocator's list of open memory */
  XlnkMemory *next_quarantined;
};

struct XlnkBlock {
  gatomicrefcount ref_count;
  XlnkAllocator *allocator; /* (owned) */
  XlnkBlock *parent;        /* (owned) (nullable): of a slice */
  XlnkMemory *memory;       /* the whole block's */
  gsize offset;             /* in the memory */
  gsize size;               /* bytes */
  guint n_maps[XLNK_ACCESS_READ + XLNK_ACCESS_WRITE + 1]; /* by access */
};

/* ---- xlnk-memory.c: all under the allocator's lock ---- */

/** xlnk_memory_check_open: FALSE with CLOSED when the extent is gone */
gboolean xlnk_memory_check_open (const XlnkMemory *self, GError **error);
/** xlnk_memory_check_idle: FALSE with BUSY when mapped or owned by the device */
gboolean xlnk_memory_check_idle (const XlnkMemory *self, GError **error);

/** xlnk_memory_clean: leaves no cache line of a fresh extent behind. */
gboolean xlnk_memory_clean (XlnkMemory *self, GError **error);

/** xlnk_memory_begin: makes the device's writes in @range visible and counts
 *  an access; BUSY for a WRITE access while the device owns the memory. */
gboolean xlnk_memory_begin (
    XlnkMemory *self, XlnkRange range, XlnkAccess access, GError **error);
/** xlnk_memory_end: flushes what a WRITE access may have written. */
void xlnk_memory_end (XlnkMemory *self, XlnkRange range, XlnkAccess access);

gboolean xlnk_memory_flush (XlnkMemory *self, XlnkRange range, GError **error);
gboolean xlnk_memory_invalidate (
    XlnkMemory *self, XlnkRange range, GError **error);

gboolean xlnk_memory_set_owner (
    XlnkMemory *self, XlnkOwner owner, gboolean device_writes, GError **error);

/* ---- xlnk-keeper.c: under the allocator's lock ---- */

/** xlnk_memory_keep: hands the fresh extent to the keeper, if there is one */
gboolean xlnk_memory_keep (XlnkMemory *self, GError **error);
void xlnk_memory_forget (XlnkMemory *self);

/* ---- xlnk.c ---- */

/** xlnk_memory_find: the open memory whose mapping holds @pointer; under the lock */
XlnkMemory *xlnk_memory_find (XlnkAllocator *allocator, gconstpointer pointer);
/** xlnk_memory_publish: @self has a pointer now and can be found by it; under the lock */
void xlnk_memory_publish (XlnkMemory *self);
/** xlnk_memory_close: unmaps and frees the extent; under the lock */
void xlnk_memory_close (XlnkMemory *self);
/** xlnk_memory_free: (transfer full): frees the bookkeeping of closed memory */
void xlnk_memory_free (XlnkMemory *self);
/** xlnk_memory_quarantine: (transfer full): keeps, for ever, memory that a
 *  device still owns and nobody can name any more; keeps @self's allocator too */
void xlnk_memory_quarantine (XlnkMemory *self);

G_END_DECLS
