/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Physically contiguous memory for DMA: what pynq.xlnk gave to Python.
 *
 * An XlnkAllocator hands out XlnkBlocks. A block has a physical address that a
 * DMA core can be given, a pointer that the CPU can use, and cache maintenance
 * between the two worlds. This is the user's face; who adds a kind of memory
 * reads xlnk-backend.h.
 *
 * Threads: every function may be called from any thread. Two threads that map,
 * sync or close the *same* block at the same time must agree on the content
 * themselves; the bookkeeping stays right in any case.
 *
 * Lifetime: a block holds a reference on its allocator, so memory outlives
 * everything that used it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct XlnkAllocator XlnkAllocator;
typedef struct XlnkBlock XlnkBlock;

/** XlnkOwner: who may touch a block now (hardware.md 2.12; one at a time). */
typedef enum {
  XLNK_OWNER_APPLICATION, /* the state after allocation */
  XLNK_OWNER_CACHE,       /* a frame cache keeps it for reuse */
  XLNK_OWNER_DEVICE,      /* its address is in a live frame store */
} XlnkOwner;

/** XlnkAccess: what the CPU is going to do between map and unmap. */
typedef enum {
  XLNK_ACCESS_READ = 1 << 0,
  XLNK_ACCESS_WRITE = 1 << 1,
} XlnkAccess;

/** XlnkStats: PYNQ's cma_stats(), and what our own accounting adds. */
typedef struct {
  guint64
      system_available; /* bytes that could still be allocated, system-wide */
  guint64 system_total; /* bytes the memory has; 0 where nobody can say */
  guint64 used;     /* bytes held by this allocator's blocks, page rounded */
  guint64 peak;     /* largest value that @used ever had */
  guint n_blocks;   /* open blocks of this allocator, slices not counted */
  guint64 n_allocs; /* successful allocations so far */
  guint64 flushed_bytes;     /* cache maintenance so far, CPU to memory */
  guint64 invalidated_bytes; /* cache maintenance so far, memory to CPU */
} XlnkStats;

/* ---- allocator ---- */

XlnkAllocator *xlnk_allocator_ref (XlnkAllocator *self);
/** xlnk_allocator_unref: (nullable): the backend closes with the last block and the last reference. */
void xlnk_allocator_unref (XlnkAllocator *self);

/** Returns: (transfer none): the backend's name as in the memory= property, e.g. "sim" */
const gchar *xlnk_allocator_get_name (XlnkAllocator *self);

/**
 * XlnkKeeper: who keeps memory when this process dies, until no device writes
 * there any more. Called under the allocator's lock: must not call back.
 * @keep: keeps a copy of @fd under @number; FALSE with an error: it cannot
 * @forget: the copy may be closed
 */
typedef struct {
  gboolean (*keep) (gpointer data, guint64 number, gint fd, GError **error);
  void (*forget) (gpointer data, guint64 number);
} XlnkKeeper;

/**
 * xlnk_allocator_set_keeper:
 * @keeper: (nullable): outlives the allocator; NULL: nobody any more
 *
 * From now on an allocation that the kernel would take back with this process is
 * kept, or fails: with the keeper's error, or UNSUPPORTED where nothing can keep
 * it. Memory that stays reserved needs no keeper, and none is asked.
 *
 * Returns: FALSE with @error, and without a keeper then
 */
gboolean xlnk_allocator_set_keeper (XlnkAllocator *self,
    const XlnkKeeper *keeper, gpointer data, GError **error);

/** Returns: whether blocks of this allocator can be had as a file descriptor */
gboolean xlnk_allocator_has_fd (XlnkAllocator *self);

/** Returns: whether the descriptor of xlnk_block_export_fd() is a dma-buf
 *   (FALSE: ordinary mmap-able memory such as a memfd) */
gboolean xlnk_allocator_fd_is_dmabuf (XlnkAllocator *self);

void xlnk_get_stats (XlnkAllocator *self, XlnkStats *stats);

/** XlnkBlockInfo: an open block at one moment. */
typedef struct {
  gconstpointer pointer; /* (nullable): NULL before the first map */
  guint64 phys;
  gsize size; /* bytes asked for */
  gboolean cacheable;
  XlnkOwner owner;
  guint n_maps; /* maps not yet unmapped, those of slices included */
} XlnkBlockInfo;

/**
 * xlnk_list_blocks:
 * @n_blocks: (out): how many there are
 *
 * What PYNQ's bufmap showed: every open block of this allocator, oldest first.
 *
 * Returns: (transfer full) (nullable) (array length=n_blocks): free it with
 *   g_free()
 */
XlnkBlockInfo *xlnk_list_blocks (XlnkAllocator *self, guint *n_blocks);

/**
 * xlnk_reset:
 *
 * PYNQ's xlnk_reset(): frees the memory of every open block of this allocator,
 * for backends whose kernel interface can do it also that of other processes.
 * The blocks stay valid objects that answer VDMA_ERROR_CLOSED. Blocks owned by
 * the device are refused (stop the channel first), and mapped ones too: somebody
 * still reads or writes through the pointer.
 *
 * Returns: FALSE with VDMA_ERROR_BUSY when the device owns a block or one is
 *   mapped; then nothing was freed
 */
gboolean xlnk_reset (XlnkAllocator *self, GError **error);

/* ---- allocation ---- */

/** XLNK_CACHEABLE: CPU accesses go through the cache and need maintenance. */
typedef enum {
  XLNK_UNCACHED = 0,
  XLNK_CACHEABLE = 1,
} XlnkCaching;

/**
 * xlnk_alloc:
 * @count, @element_size: size in elements of bytes each (PYNQ's length and
 *   sizeof (data_type)); the product is checked for overflow and must be 1 or more
 * @align: alignment of the physical address in bytes, a power of two; 0 or 1
 *   for the backend's page size, which is the least there is
 * @caching: cacheable or not; a backend that knows only one kind gives that
 *   one: ask xlnk_block_is_cacheable()
 * @phys_limit: the highest physical address a byte of the block may have;
 *   G_MAXUINT64 for any, G_MAXUINT32 for a core with 32 address bits
 *
 * The size is rounded up to whole pages. The content is undefined. No dirty
 * cache line remains: the block can go to hardware at once (hardware.md 5.0).
 *
 * Errors: INVALID (zero, overflow, @align no power of two), NO_MEMORY (names
 * what was asked and what is left), UNREACHABLE (memory exists only above
 * @phys_limit; names both).
 *
 * Returns: (transfer full) (nullable): a block with one reference
 */
XlnkBlock *xlnk_alloc (XlnkAllocator *self, gsize count, gsize element_size,
    gsize align, XlnkCaching caching, guint64 phys_limit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/**
 * xlnk_alloc_array:
 * @shape: (array length=n_dimensions): elements per dimension, slowest first
 *
 * PYNQ's cma_array (): xlnk_alloc() with the number of elements computed from
 * @shape, overflow checked. Errors: as xlnk_alloc().
 *
 * Returns: (transfer full) (nullable): a block with one reference
 */
XlnkBlock *xlnk_alloc_array (XlnkAllocator *self, const gsize *shape,
    guint n_dimensions, gsize element_size, gsize align, XlnkCaching caching,
    guint64 phys_limit, GError **error) G_GNUC_WARN_UNUSED_RESULT;

XlnkBlock *xlnk_block_ref (XlnkBlock *self);
/**
 * xlnk_block_unref: (nullable):
 *
 * The last reference frees the memory. Should the device own it then, it is kept
 * until the process ends (quarantine): DMA never writes to memory that somebody
 * else got.
 */
void xlnk_block_unref (XlnkBlock *self);

/**
 * xlnk_block_close:
 *
 * PYNQ's freebuffer(): frees the memory now, whoever still holds a reference.
 * All later calls on the block and on its slices answer VDMA_ERROR_CLOSED,
 * a second close included. Closing a slice gives VDMA_ERROR_INVALID; a block
 * that is mapped or owned by the device is refused with VDMA_ERROR_BUSY.
 */
gboolean xlnk_block_close (XlnkBlock *self, GError **error);

/**
 * xlnk_free_pointer:
 * @pointer: what xlnk_block_map() of a whole block returned (PYNQ's cma_free)
 *
 * Closes the block that starts at @pointer and drops no reference.
 * Errors: NOT_FOUND when no open block starts there (a double free included),
 * and those of xlnk_block_close().
 */
gboolean xlnk_free_pointer (
    XlnkAllocator *self, gconstpointer pointer, GError **error);

/**
 * xlnk_block_slice:
 * @offset, @size: range in bytes inside @self, @size 1 or more
 *
 * A part of a block with its own physical address, pointer and range for cache
 * maintenance; it keeps @self alive. Slices of slices are legal.
 *
 * Returns: (transfer full) (nullable): NULL with VDMA_ERROR_INVALID outside
 */
XlnkBlock *xlnk_block_slice (XlnkBlock *self, gsize offset, gsize size,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- properties of a block; constant until it is closed ---- */

XlnkAllocator *xlnk_block_get_allocator (XlnkBlock *self); /* (transfer none) */
/** Returns: the size asked for, in bytes (a slice: its own) */
gsize xlnk_block_get_size (XlnkBlock *self);
/** Returns: bytes that are the block's alone, rounded up to the pages of its kind of memory (a slice: its size) */
gsize xlnk_block_get_room (XlnkBlock *self);
/** Returns: physical address of the first byte. 0 is a legal address: a block that exists always has one. */
guint64 xlnk_block_get_phys (XlnkBlock *self);
gboolean xlnk_block_is_cacheable (XlnkBlock *self);
gboolean xlnk_block_is_closed (XlnkBlock *self);

/**
 * xlnk_get_phys_by_pointer:
 * @pointer: any address inside a block that was mapped and is not yet closed
 *   (PYNQ's cma_get_phy_addr, which knew only the first byte)
 *
 * Returns: FALSE with VDMA_ERROR_NOT_FOUND outside all mapped blocks
 */
gboolean xlnk_get_phys_by_pointer (
    XlnkAllocator *self, gconstpointer pointer, guint64 *phys, GError **error);

/**
 * xlnk_block_get_view:
 * @element_size: bytes of one element
 * @n_elements: (out): how many whole elements the block holds
 *
 * PYNQ's cma_cast with a check: for use between map and unmap.
 *
 * Returns: (transfer none) (nullable): the mapped pointer; NULL with
 *   VDMA_ERROR_STATE when not mapped, INVALID when the pointer is not aligned
 *   for the element or no element fits
 */
gpointer xlnk_block_get_view (
    XlnkBlock *self, gsize element_size, gsize *n_elements, GError **error);

/* ---- CPU access ---- */

/**
 * xlnk_block_map:
 * @access: what the CPU will do
 *
 * Gives a pointer to the block's first byte and makes the CPU see what the
 * device wrote: memory written by the device since the last map is invalidated,
 * once, for exactly this block or slice. Maps are counted; each needs its
 * xlnk_block_unmap() with the same @access.
 *
 * Errors: CLOSED, INVALID (no @access), BUSY (WRITE while the device owns the
 * block; reading along is legal and always sees what the device wrote so far).
 *
 * Returns: (transfer none) (nullable): valid until the last unmap
 */
gpointer xlnk_block_map (XlnkBlock *self, XlnkAccess access, GError **error);

/**
 * xlnk_block_unmap:
 *
 * Ends an access. After a WRITE access the block's range is flushed, so that
 * outside of maps no dirty line exists and the block can go to hardware at any
 * time. Unmapping more often than mapping is a programming error (critical).
 */
void xlnk_block_unmap (XlnkBlock *self, XlnkAccess access);

/**
 * xlnk_block_flush, xlnk_block_invalidate:
 * @offset, @size: exact range in bytes inside the block
 *
 * Explicit maintenance for who keeps a block mapped. No-ops, and not counted,
 * on memory that needs none. (hardware.md 5.0, cache rule) Flushing leaves out
 * what the device may have written since the last map: no CPU write can be there.
 * Invalidating throws away CPU writes in the range that were not flushed: that is
 * what it means.
 */
gboolean xlnk_block_flush (
    XlnkBlock *self, gsize offset, gsize size, GError **error);
gboolean xlnk_block_invalidate (
    XlnkBlock *self, gsize offset, gsize size, GError **error);

/**
 * xlnk_copy: PYNQ's cma_memcopy, by block: maps, copies, unmaps.
 *
 * Overlapping ranges of one block are legal. Errors: INVALID outside a block.
 */
gboolean xlnk_copy (XlnkBlock *dest, gsize dest_offset, XlnkBlock *src,
    gsize src_offset, gsize size, GError **error);

/* ---- owners ---- */

/**
 * xlnk_block_set_owner:
 * @device_writes: with DEVICE: whether the device may write it (S2MM); the next
 *   map then invalidates. Ignored for other owners.
 *
 * Tells who owns the block from now on. Backends with a ledger check every
 * device access against it. A block that is mapped for WRITE cannot go to the
 * device: VDMA_ERROR_BUSY. Ownership is of whole blocks: INVALID for a slice.
 * Costs no system call and no allocation.
 */
gboolean xlnk_block_set_owner (
    XlnkBlock *self, XlnkOwner owner, gboolean device_writes, GError **error);

XlnkOwner xlnk_block_get_owner (XlnkBlock *self);

/* ---- sharing ---- */

/**
 * xlnk_block_export_fd:
 * @offset: (out): where the block starts inside the descriptor, in bytes
 *
 * A backend may move the bytes at the first export of a block: no other thread
 * may write them meanwhile.
 *
 * Returns: a descriptor owned by the caller (close it), or -1 with
 *   VDMA_ERROR_UNSUPPORTED, or with FAILED when the process has none left
 */
gint xlnk_block_export_fd (XlnkBlock *self, gsize *offset, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (XlnkAllocator, xlnk_allocator_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XlnkBlock, xlnk_block_unref)

G_END_DECLS
