/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The functions of memories that carry an XlnkBlock.
 *
 * The block hangs on the memory as qdata, not in a structure of our own, so that
 * the memory's structure can be GStreamer's fd memory wherever a block has a
 * descriptor: GstFdAllocator and GstDmaBufAllocator may be derived from, their
 * memories may not. Only the functions that touch the content are ours: nobody
 * but lib/xlnk may map, since it alone knows what the caches need. */
#include "gstvdmamemory.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <gst/allocators/allocators.h>

#include "vdma-error.h"

GST_DEBUG_CATEGORY_STATIC (vdma_memory_debug);
#define GST_CAT_DEFAULT vdma_memory_debug

static G_DEFINE_QUARK (GstVdmaMemoryBlock, vdma_memory_block)

/* ---- the block behind ---- */

/* Parts of a memory have the whole one as parent, at any depth. */
static XlnkBlock *
vdma_memory_peek_block (GstMemory *mem)
{
  GstMemory *whole = mem->parent ? mem->parent : mem;
  return gst_mini_object_get_qdata (
      GST_MINI_OBJECT_CAST (whole), vdma_memory_block_quark ());
}

/* ---- CPU access ---- */

/* Returns the part of the block that an access can touch (transfer full). A
 * reader has the memory's size; a writer may fill up to the block's end. */
static XlnkBlock *
vdma_memory_get_range (GstMemory *mem, XlnkAccess access, GError **error)
{
  XlnkBlock *block = vdma_memory_peek_block (mem);
  gsize end =
      access & XLNK_ACCESS_WRITE ? mem->maxsize : mem->offset + mem->size;
  gsize size = end > mem->offset ? end - mem->offset : 0;

  if (size == 0 || (mem->offset == 0 && size == xlnk_block_get_size (block)))
    return xlnk_block_ref (block);
  return xlnk_block_slice (block, mem->offset, size, error);
}

static XlnkAccess
vdma_memory_map_access (GstMapFlags flags)
{
  XlnkAccess access = 0;
  if (flags & GST_MAP_READ)
    access |= XLNK_ACCESS_READ;
  if (flags & GST_MAP_WRITE)
    access |= XLNK_ACCESS_WRITE;
  return access ? access : XLNK_ACCESS_READ;
}

static gpointer
vdma_memory_map_full (GstMemory *mem, GstMapInfo *info, gsize maxsize)
{
  XlnkAccess access = vdma_memory_map_access (info->flags);
  g_autoptr (GError) error = NULL;
  g_autoptr (XlnkBlock) range = vdma_memory_get_range (mem, access, &error);
  guint8 *data = range ? xlnk_block_map (range, access, &error) : NULL;

  if (!data) {
    GST_WARNING ("memory %p cannot be mapped: %s", mem, error->message);
    return NULL;
  }
  /* The caller adds the memory's offset, which the range already has. */
  if (range != vdma_memory_peek_block (mem))
    data -= mem->offset;
  info->user_data[0] = g_steal_pointer (&range);
  return data;
}

static void
vdma_memory_unmap_full (GstMemory *mem, GstMapInfo *info)
{
  XlnkBlock *range = info->user_data[0];
  xlnk_block_unmap (range, vdma_memory_map_access (info->flags));
  xlnk_block_unref (range);
}

/* ---- parts and copies ---- */

static GstMemory *
vdma_memory_share (GstMemory *mem, gssize offset, gssize size)
{
  GstMemory *whole = mem->parent ? mem->parent : mem;
  GstMemory *part = g_new0 (GstMemory, 1);

  if (size == -1)
    size = (gssize) mem->size - offset;
  gst_memory_init (part,
      GST_MINI_OBJECT_FLAGS (whole) | GST_MINI_OBJECT_FLAG_LOCK_READONLY,
      mem->allocator, whole, mem->maxsize, mem->align,
      (gsize) ((gssize) mem->offset + offset), (gsize) size);
  return part;
}

static gboolean
vdma_memory_is_span (GstMemory *first, GstMemory *second, gsize *offset)
{
  if (offset)
    *offset = first->offset - first->parent->offset;
  /* The caller knows that both are parts of the same memory. */
  return first->offset + first->size == second->offset;
}

/* A copy is made to be worked on by the CPU, and contiguous memory is scarce: it
 * goes to system memory. */
static GstMemory *
vdma_memory_copy (GstMemory *mem, gssize offset, gssize size)
{
  GstAllocationParams params = { .align = mem->align };
  GstMapInfo from, to;

  if (!gst_memory_map (mem, &from, GST_MAP_READ))
    return NULL;
  if (size == -1)
    size = (gssize) from.size > offset ? (gssize) from.size - offset : 0;

  GstMemory *copy = gst_allocator_alloc (NULL, (gsize) size, &params);
  if (copy && gst_memory_map (copy, &to, GST_MAP_WRITE)) {
    memcpy (to.data, from.data + offset, (gsize) size);
    gst_memory_unmap (copy, &to);
  } else {
    g_clear_pointer (&copy, gst_memory_unref);
  }
  gst_memory_unmap (mem, &from);
  return copy;
}

void
gst_vdma_memory_install (GstAllocator *allocator)
{
  static gsize once = 0;
  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (
        vdma_memory_debug, "vdmaallocator", 0, "memory of AXI VDMA frames");
    g_once_init_leave (&once, 1);
  }

  allocator->mem_map_full = vdma_memory_map_full;
  allocator->mem_unmap_full = vdma_memory_unmap_full;
  allocator->mem_copy = vdma_memory_copy;
  allocator->mem_is_span = vdma_memory_is_span;
  /* An fd memory's parts must be fd memories: their share stays. */
  if (!GST_IS_FD_ALLOCATOR (allocator)) {
    allocator->mem_type = GST_VDMA_MEMORY_TYPE;
    allocator->mem_share = vdma_memory_share;
  }
}

/* ---- physical address ---- */

gboolean
gst_is_vdma_memory (GstMemory *mem)
{
  g_return_val_if_fail (mem != NULL, FALSE);
  return mem->allocator && mem->allocator->mem_map_full == vdma_memory_map_full;
}

XlnkBlock *
gst_vdma_memory_get_block (GstMemory *mem)
{
  return gst_is_vdma_memory (mem) ? vdma_memory_peek_block (mem) : NULL;
}

gboolean
gst_vdma_memory_get_phys (GstMemory *mem, guint64 *phys)
{
  XlnkBlock *block = gst_vdma_memory_get_block (mem);
  if (!block)
    return FALSE;
  *phys = xlnk_block_get_phys (block) + mem->offset;
  return TRUE;
}

static guintptr
vdma_memory_get_phys_addr (GstPhysMemoryAllocator *allocator, GstMemory *mem)
{
  guint64 phys = 0;
  gst_vdma_memory_get_phys (mem, &phys);
  return phys <= UINTPTR_MAX ? (guintptr) phys : 0;
}

void
gst_vdma_memory_install_phys (gpointer iface, gpointer unused)
{
  ((GstPhysMemoryAllocatorInterface *) iface)->get_phys_addr =
      vdma_memory_get_phys_addr;
}

gboolean
gst_vdma_memory_is_cacheable (GstMemory *mem)
{
  XlnkBlock *block = gst_vdma_memory_get_block (mem);
  return block && xlnk_block_is_cacheable (block);
}

/* ---- descriptors ---- */

gint
gst_vdma_memory_export_fd (GstMemory *mem, gsize *offset, GError **error)
{
  XlnkBlock *block = gst_vdma_memory_get_block (mem);
  gsize start = 0;

  if (!block) {
    g_set_error_literal (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
        "this memory is not one of a VDMA allocator");
    return -1;
  }
  gint fd = xlnk_block_export_fd (block, &start, error);
  if (fd >= 0)
    *offset = start + mem->offset;
  return fd;
}

/* GstVdmaFdAllocator, GstVdmaDmaBufAllocator: GStreamer's own, with our access
 * functions. They make memories only for a GstVdmaAllocator. */

typedef struct {
  GstFdAllocator parent;
} GstVdmaFdAllocator;
typedef GstFdAllocatorClass GstVdmaFdAllocatorClass;

typedef struct {
  GstDmaBufAllocator parent;
} GstVdmaDmaBufAllocator;
typedef GstDmaBufAllocatorClass GstVdmaDmaBufAllocatorClass;

static GType gst_vdma_fd_allocator_get_type (void);
static GType gst_vdma_dma_buf_allocator_get_type (void);

G_DEFINE_TYPE_WITH_CODE (GstVdmaFdAllocator, gst_vdma_fd_allocator,
    GST_TYPE_FD_ALLOCATOR,
    G_IMPLEMENT_INTERFACE (
        GST_TYPE_PHYS_MEMORY_ALLOCATOR, gst_vdma_memory_install_phys))

G_DEFINE_TYPE_WITH_CODE (GstVdmaDmaBufAllocator, gst_vdma_dma_buf_allocator,
    GST_TYPE_DMABUF_ALLOCATOR,
    G_IMPLEMENT_INTERFACE (
        GST_TYPE_PHYS_MEMORY_ALLOCATOR, gst_vdma_memory_install_phys))

static void
gst_vdma_fd_allocator_class_init (GstVdmaFdAllocatorClass *klass)
{
}

static void
gst_vdma_fd_allocator_init (GstVdmaFdAllocator *self)
{
  gst_vdma_memory_install (GST_ALLOCATOR (self));
}

static void
gst_vdma_dma_buf_allocator_class_init (GstVdmaDmaBufAllocatorClass *klass)
{
}

static void
gst_vdma_dma_buf_allocator_init (GstVdmaDmaBufAllocator *self)
{
  gst_vdma_memory_install (GST_ALLOCATOR (self));
}

GstAllocator *
gst_vdma_memory_fd_allocator_new (XlnkAllocator *memory)
{
  if (!xlnk_allocator_has_fd (memory))
    return NULL;
  GType type = xlnk_allocator_fd_is_dmabuf (memory)
                   ? gst_vdma_dma_buf_allocator_get_type ()
                   : gst_vdma_fd_allocator_get_type ();
  return gst_object_ref_sink (g_object_new (type, NULL));
}

/* ---- making ---- */

/* Users of an fd memory take the memory's offset for the one in the descriptor,
 * pools reset it to 0, and some take all that the descriptor opens for theirs:
 * that must be the block with the rest of its last page, and nothing else. */
static gboolean
vdma_memory_fd_is_own (gint fd, gsize offset, XlnkBlock *block)
{
  off_t end = lseek (fd, 0, SEEK_END);
  return offset == 0 && end >= 0 && (guint64) end >= xlnk_block_get_size (block)
         && (guint64) end <= xlnk_block_get_room (block);
}

static GstMemory *
vdma_memory_wrap_fd (GstAllocator *fd_allocator, XlnkBlock *block)
{
  gsize offset = 0;
  gint fd = xlnk_block_export_fd (block, &offset, NULL);

  if (fd >= 0 && vdma_memory_fd_is_own (fd, offset, block))
    return gst_fd_allocator_alloc (
        fd_allocator, fd, xlnk_block_get_size (block), GST_FD_MEMORY_FLAG_NONE);
  if (fd >= 0)
    close (fd);
  return NULL;
}

GstMemory *
gst_vdma_memory_wrap (
    GstAllocator *allocator, GstAllocator *fd_allocator, XlnkBlock *block)
{
  GstMemory *mem = NULL;

  if (fd_allocator)
    mem = vdma_memory_wrap_fd (fd_allocator, block);
  if (!mem) {
    gsize size = xlnk_block_get_size (block);
    mem = g_new0 (GstMemory, 1);
    gst_memory_init (mem, 0, allocator, NULL, size, 0, 0, size);
  }
  gst_mini_object_set_qdata (GST_MINI_OBJECT_CAST (mem),
      vdma_memory_block_quark (), xlnk_block_ref (block),
      (GDestroyNotify) xlnk_block_unref);
  GST_MINI_OBJECT_FLAG_SET (mem, GST_MEMORY_FLAG_PHYSICALLY_CONTIGUOUS);
  return mem;
}
