/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The allocator: opens a board's memory when it is first needed, and makes
 * GstMemory of its blocks. */
#include "gstvdmaallocator.h"

#include <string.h>
#include <gst/allocators/allocators.h>

#include "vdma-error.h"

GST_DEBUG_CATEGORY_STATIC (vdma_allocator_debug);
#define GST_CAT_DEFAULT vdma_allocator_debug

/* @lock is taken while the memory opens; the library calls nothing back. */
struct _GstVdmaAllocator {
  GstAllocator parent;

  XlnkCaching caching; /* constant */
  guint64 phys_limit;  /* constant */

  GMutex lock;
  Board *board;               /* with lock; NULL once the memory is open */
  XlnkAllocator *memory;      /* with lock; set once */
  GstAllocator *fd_allocator; /* set with memory; NULL without descriptors */
};

G_DEFINE_TYPE_WITH_CODE (GstVdmaAllocator, gst_vdma_allocator,
                         GST_TYPE_ALLOCATOR,
                         G_IMPLEMENT_INTERFACE (GST_TYPE_PHYS_MEMORY_ALLOCATOR,
                             gst_vdma_memory_install_phys);
                         GST_DEBUG_CATEGORY_INIT (vdma_allocator_debug,
                             "vdmaallocator", 0, "memory of AXI VDMA frames"))

/* ---- opening ---- */

/* With the lock. */
static void
vdma_allocator_set_memory (GstVdmaAllocator *self, XlnkAllocator *memory)
{
  self->memory = xlnk_allocator_ref (memory);
  self->fd_allocator = gst_vdma_memory_fd_allocator_new (memory);
  GST_DEBUG_OBJECT (self, "memory '%s' is open, %s descriptors",
      xlnk_allocator_get_name (memory), self->fd_allocator ? "with" : "no");
}

XlnkAllocator *
gst_vdma_allocator_get_memory (GstVdmaAllocator *self, GError **error)
{
  g_return_val_if_fail (GST_IS_VDMA_ALLOCATOR (self), NULL);

  Board *done = NULL;
  XlnkAllocator *memory = NULL;

  g_mutex_lock (&self->lock);
  if (!self->memory) {
    XlnkAllocator *opened = board_get_allocator (self->board, error);
    if (opened) {
      vdma_allocator_set_memory (self, opened);
      done = g_steal_pointer (&self->board);
    }
  }
  if (self->memory)
    memory = xlnk_allocator_ref (self->memory);
  g_mutex_unlock (&self->lock);

  /* The last reference closes a device: not with the lock held. */
  board_unref (done);
  return memory;
}

GstAllocator *
gst_vdma_allocator_new (
    XlnkAllocator *memory, XlnkCaching caching, guint64 phys_limit)
{
  g_return_val_if_fail (memory != NULL, NULL);

  GstVdmaAllocator *self = g_object_new (GST_TYPE_VDMA_ALLOCATOR, NULL);
  self->caching = caching;
  self->phys_limit = phys_limit;
  vdma_allocator_set_memory (self, memory);
  return gst_object_ref_sink (self);
}

GstAllocator *
gst_vdma_allocator_new_for_board (Board *board, XlnkCaching caching)
{
  g_return_val_if_fail (board != NULL, NULL);

  const VdmaHwDesc *desc = vdma_device_get_desc (board_get_device (board));
  GstVdmaAllocator *self = g_object_new (GST_TYPE_VDMA_ALLOCATOR, NULL);
  self->caching = caching;
  self->phys_limit = vdma_hw_desc_get_phys_limit (desc);
  self->board = board_ref (board);
  return gst_object_ref_sink (self);
}

XlnkCaching
gst_vdma_allocator_get_caching (GstVdmaAllocator *self)
{
  g_return_val_if_fail (GST_IS_VDMA_ALLOCATOR (self), XLNK_UNCACHED);
  return self->caching;
}

/* ---- allocating ---- */

static gboolean
vdma_allocator_add_up (
    gsize size, const GstAllocationParams *params, gsize *total, GError **error)
{
  if ((params->align & (params->align + 1)) != 0) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "an alignment of 0x%" G_GSIZE_MODIFIER
        "x: it must be a power of two less one",
        params->align);
    return FALSE;
  }
  if (!g_size_checked_add (total, size, params->prefix)
      || !g_size_checked_add (total, *total, params->padding)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "a memory of %" G_GSIZE_FORMAT " bytes with %" G_GSIZE_FORMAT
        " before and %" G_GSIZE_FORMAT " behind: the sum is out of range",
        size, params->prefix, params->padding);
    return FALSE;
  }
  return TRUE;
}

/* Keeps the promise of the flags for zeroed prefix and padding. */
static gboolean
vdma_allocator_zero_edges (XlnkBlock *block, gsize size,
    const GstAllocationParams *params, GError **error)
{
  gboolean prefix = params->flags & GST_MEMORY_FLAG_ZERO_PREFIXED;
  gboolean padding = params->flags & GST_MEMORY_FLAG_ZERO_PADDED;

  if ((!prefix || params->prefix == 0) && (!padding || params->padding == 0))
    return TRUE;
  guint8 *data = xlnk_block_map (block, XLNK_ACCESS_WRITE, error);
  if (!data)
    return FALSE;
  if (prefix)
    memset (data, 0, params->prefix);
  if (padding)
    memset (data + params->prefix + size, 0, params->padding);
  xlnk_block_unmap (block, XLNK_ACCESS_WRITE);
  return TRUE;
}

GstMemory *
gst_vdma_allocator_alloc (GstVdmaAllocator *self, gsize size,
    const GstAllocationParams *params, XlnkCaching caching, GError **error)
{
  static const GstAllocationParams plain = { 0 };
  gsize total;

  g_return_val_if_fail (GST_IS_VDMA_ALLOCATOR (self), NULL);
  if (!params)
    params = &plain;

  if (!vdma_allocator_add_up (size, params, &total, error))
    return NULL;
  g_autoptr (XlnkAllocator) memory =
      gst_vdma_allocator_get_memory (self, error);
  if (!memory)
    return NULL;
  g_autoptr (XlnkBlock) block = xlnk_alloc (
      memory, total, 1, params->align + 1, caching, self->phys_limit, error);
  if (!block || !vdma_allocator_zero_edges (block, size, params, error))
    return NULL;

  GstMemory *mem =
      gst_vdma_memory_wrap (GST_ALLOCATOR (self), self->fd_allocator, block);
  mem->align = params->align;
  /* In this order: a resize drops the flags for zeroed edges. */
  gst_memory_resize (mem, (gssize) params->prefix, size);
  GST_MINI_OBJECT_FLAG_SET (mem, (guint) params->flags);
  GST_LOG_OBJECT (self,
      "memory %p of %" G_GSIZE_FORMAT " bytes at 0x%" G_GINT64_MODIFIER "x",
      mem, size, xlnk_block_get_phys (block));
  return mem;
}

static GstMemory *
vdma_allocator_alloc_vfunc (
    GstAllocator *allocator, gsize size, GstAllocationParams *params)
{
  GstVdmaAllocator *self = GST_VDMA_ALLOCATOR (allocator);
  g_autoptr (GError) error = NULL;
  GstMemory *mem =
      gst_vdma_allocator_alloc (self, size, params, self->caching, &error);
  if (!mem)
    GST_WARNING_OBJECT (self, "no memory: %s", error->message);
  return mem;
}

static void
vdma_allocator_free_vfunc (GstAllocator *allocator, GstMemory *mem)
{
  g_free (mem);
}

/* ---- object ---- */

static void
vdma_allocator_finalize (GObject *object)
{
  GstVdmaAllocator *self = GST_VDMA_ALLOCATOR (object);
  if (self->fd_allocator)
    gst_object_unref (self->fd_allocator);
  xlnk_allocator_unref (self->memory);
  board_unref (self->board);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_vdma_allocator_parent_class)->finalize (object);
}

static void
gst_vdma_allocator_class_init (GstVdmaAllocatorClass *klass)
{
  GstAllocatorClass *allocator_class = GST_ALLOCATOR_CLASS (klass);
  G_OBJECT_CLASS (klass)->finalize = vdma_allocator_finalize;
  allocator_class->alloc = vdma_allocator_alloc_vfunc;
  allocator_class->free = vdma_allocator_free_vfunc;
}

static void
gst_vdma_allocator_init (GstVdmaAllocator *self)
{
  g_mutex_init (&self->lock);
  gst_vdma_memory_install (GST_ALLOCATOR (self));
}
