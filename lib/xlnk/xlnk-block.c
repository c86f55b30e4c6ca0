/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Blocks and slices: the user's handles on memory. What they do to it is in
 * xlnk-memory.c; here are life, argument checks and the lock. */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_MEMORY

#include "xlnk-private.h"

#include <string.h>

#include "vdma-error.h"
#include "vdma-log.h"
#include "vdma-util.h"

typedef union {
  guint64 integer;
  gpointer pointer;
  long double real;
} BlockMaxAlign;

/* Alignment that an element of any type needs at most. */
#define BLOCK_MAX_ELEMENT_ALIGN ((gsize) G_ALIGNOF (BlockMaxAlign))

/* The part [@offset, @offset + @size) of @self, in bytes of its memory. */
static XlnkRange
block_get_range (const XlnkBlock *self, gsize offset, gsize size)
{
  gsize start = self->offset + offset;
  return (XlnkRange){ .start = start, .end = start + size };
}

static XlnkRange
block_get_whole (const XlnkBlock *self)
{
  return block_get_range (self, 0, self->size);
}

static guint8 *
block_get_pointer (const XlnkBlock *self)
{
  return (guint8 *) self->memory->pointer + self->offset;
}

static gboolean
block_check_range (
    const XlnkBlock *self, gsize offset, gsize size, GError **error)
{
  if (vdma_range_fits (offset, size, self->size))
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "%" G_GSIZE_FORMAT " bytes at offset %" G_GSIZE_FORMAT
      " are not inside a block of %" G_GSIZE_FORMAT " bytes",
      size, offset, self->size);
  return FALSE;
}

static gboolean
block_check_access (XlnkAccess access, GError **error)
{
  const XlnkAccess all = XLNK_ACCESS_READ | XLNK_ACCESS_WRITE;
  if (access != 0 && (access & ~all) == 0)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "access 0x%x is not READ (1), WRITE (2) or both (3)", (guint) access);
  return FALSE;
}

/* ---- life ---- */

XlnkBlock *
xlnk_block_ref (XlnkBlock *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/* A handle that goes away takes its accesses with it; under the lock. */
static void
block_end_accesses (XlnkBlock *self)
{
  for (guint access = 0; access < G_N_ELEMENTS (self->n_maps); access++) {
    if (self->n_maps[access] == 0)
      continue;
    vdma_log_warning ("a block of %" G_GSIZE_FORMAT
                      " bytes lost its last reference while mapped %u times; "
                      "unmap it first",
        self->size, self->n_maps[access]);
    for (; self->n_maps[access] > 0; self->n_maps[access]--)
      xlnk_memory_end (
          self->memory, block_get_whole (self), (XlnkAccess) access);
  }
}

static void
block_finalize (XlnkBlock *self)
{
  XlnkAllocator *allocator = self->allocator;
  XlnkMemory *memory = self->memory;
  gboolean whole = !self->parent;

  g_mutex_lock (&allocator->lock);
  block_end_accesses (self);
  gboolean keep =
      whole && !memory->closed && memory->owner == XLNK_OWNER_DEVICE;
  if (whole && !memory->closed && !keep)
    xlnk_memory_close (memory);
  g_mutex_unlock (&allocator->lock);

  if (keep)
    xlnk_memory_quarantine (memory);
  else if (whole)
    xlnk_memory_free (memory);
  xlnk_allocator_unref (allocator);
  g_free (self);
}

void
xlnk_block_unref (XlnkBlock *self)
{
  /* A loop, because slices of slices may be many deep. */
  while (self && g_atomic_ref_count_dec (&self->ref_count)) {
    XlnkBlock *parent = self->parent;
    block_finalize (self);
    self = parent;
  }
}

gboolean
xlnk_block_close (XlnkBlock *self, GError **error)
{
  XlnkMemory *memory = self->memory;
  gboolean ok = FALSE;

  g_mutex_lock (&self->allocator->lock);
  if (!xlnk_memory_check_open (memory, error)) {
    ok = FALSE;
  } else if (self->parent) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "a slice cannot be closed; close the block that it is a part of");
  } else if (xlnk_memory_check_idle (memory, error)) {
    xlnk_memory_close (memory);
    ok = TRUE;
  }
  g_mutex_unlock (&self->allocator->lock);
  return ok;
}

XlnkBlock *
xlnk_block_slice (XlnkBlock *self, gsize offset, gsize size, GError **error)
{
  g_mutex_lock (&self->allocator->lock);
  gboolean ok = xlnk_memory_check_open (self->memory, error);
  g_mutex_unlock (&self->allocator->lock);
  if (!ok || !block_check_range (self, offset, size, error))
    return NULL;
  if (size == 0) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "a slice of 0 bytes; the least is 1");
    return NULL;
  }

  XlnkBlock *slice = g_new0 (XlnkBlock, 1);
  g_atomic_ref_count_init (&slice->ref_count);
  slice->allocator = xlnk_allocator_ref (self->allocator);
  slice->parent = xlnk_block_ref (self);
  slice->memory = self->memory;
  slice->offset = self->offset + offset;
  slice->size = size;
  return slice;
}

/* ---- properties ---- */

XlnkAllocator *
xlnk_block_get_allocator (XlnkBlock *self)
{
  return self->allocator;
}

gsize
xlnk_block_get_size (XlnkBlock *self)
{
  return self->size;
}

gsize
xlnk_block_get_room (XlnkBlock *self)
{
  return self->parent ? self->size : self->memory->extent.size;
}

guint64
xlnk_block_get_phys (XlnkBlock *self)
{
  return self->memory->extent.phys + self->offset;
}

gboolean
xlnk_block_is_cacheable (XlnkBlock *self)
{
  return self->memory->extent.cacheable;
}

gboolean
xlnk_block_is_closed (XlnkBlock *self)
{
  g_mutex_lock (&self->allocator->lock);
  gboolean closed = self->memory->closed;
  g_mutex_unlock (&self->allocator->lock);
  return closed;
}

gboolean
xlnk_get_phys_by_pointer (
    XlnkAllocator *self, gconstpointer pointer, guint64 *phys, GError **error)
{
  g_mutex_lock (&self->lock);
  XlnkMemory *memory = xlnk_memory_find (self, pointer);
  if (memory) {
    gsize offset =
        (gsize) ((const guint8 *) pointer - (const guint8 *) memory->pointer);
    *phys = memory->extent.phys + offset;
  } else {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND,
        "%p is in no mapped block of memory '%s'", pointer,
        self->backend->impl->name);
  }
  g_mutex_unlock (&self->lock);
  return memory != NULL;
}

/* ---- CPU access ---- */

gpointer
xlnk_block_map (XlnkBlock *self, XlnkAccess access, GError **error)
{
  gpointer pointer = NULL;
  if (!block_check_access (access, error))
    return NULL;

  g_mutex_lock (&self->allocator->lock);
  if (xlnk_memory_check_open (self->memory, error)
      && xlnk_memory_begin (
          self->memory, block_get_whole (self), access, error)) {
    self->n_maps[access]++;
    pointer = block_get_pointer (self);
  }
  g_mutex_unlock (&self->allocator->lock);
  return pointer;
}

void
xlnk_block_unmap (XlnkBlock *self, XlnkAccess access)
{
  g_return_if_fail (block_check_access (access, NULL));

  g_mutex_lock (&self->allocator->lock);
  gboolean mapped = self->n_maps[access] > 0;
  if (mapped) {
    self->n_maps[access]--;
    xlnk_memory_end (self->memory, block_get_whole (self), access);
  }
  g_mutex_unlock (&self->allocator->lock);
  if (!mapped)
    g_critical ("a block of %" G_GSIZE_FORMAT
                " bytes is unmapped more often than mapped with access %u",
        self->size, (guint) access);
}

/* Largest power of two that divides @element_size: no type of that size needs
 * more. */
static gsize
block_get_element_align (gsize element_size)
{
  gsize align = element_size & (~element_size + 1);
  return MIN (align, BLOCK_MAX_ELEMENT_ALIGN);
}

/* Under the lock. */
static gboolean
block_check_view (const XlnkBlock *self, gsize element_size, GError **error)
{
  gboolean mapped = FALSE;
  if (!xlnk_memory_check_open (self->memory, error))
    return FALSE;
  for (guint access = 0; access < G_N_ELEMENTS (self->n_maps); access++)
    mapped |= self->n_maps[access] > 0;
  if (!mapped) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_STATE,
        "a block of %" G_GSIZE_FORMAT
        " bytes can be viewed between map and unmap only",
        self->size);
    return FALSE;
  }
  if (element_size == 0 || element_size > self->size) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "elements of %" G_GSIZE_FORMAT " bytes: a block of %" G_GSIZE_FORMAT
        " bytes holds elements of 1 to that many bytes",
        element_size, self->size);
    return FALSE;
  }
  gsize align = block_get_element_align (element_size);
  if ((gsize) block_get_pointer (self) % align != 0) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "the block starts at %p, which is not aligned to %" G_GSIZE_FORMAT
        " bytes for elements of %" G_GSIZE_FORMAT " bytes",
        block_get_pointer (self), align, element_size);
    return FALSE;
  }
  return TRUE;
}

gpointer
xlnk_block_get_view (
    XlnkBlock *self, gsize element_size, gsize *n_elements, GError **error)
{
  gpointer view = NULL;
  g_mutex_lock (&self->allocator->lock);
  if (block_check_view (self, element_size, error)) {
    view = block_get_pointer (self);
    *n_elements = self->size / element_size;
  }
  g_mutex_unlock (&self->allocator->lock);
  return view;
}

/* ---- explicit maintenance ---- */

typedef gboolean (*BlockSync) (
    XlnkMemory *memory, XlnkRange range, GError **error);

static gboolean
block_sync (
    XlnkBlock *self, BlockSync sync, gsize offset, gsize size, GError **error)
{
  g_mutex_lock (&self->allocator->lock);
  gboolean ok =
      xlnk_memory_check_open (self->memory, error)
      && block_check_range (self, offset, size, error)
      && sync (self->memory, block_get_range (self, offset, size), error);
  g_mutex_unlock (&self->allocator->lock);
  return ok;
}

gboolean
xlnk_block_flush (XlnkBlock *self, gsize offset, gsize size, GError **error)
{
  return block_sync (self, xlnk_memory_flush, offset, size, error);
}

gboolean
xlnk_block_invalidate (
    XlnkBlock *self, gsize offset, gsize size, GError **error)
{
  return block_sync (self, xlnk_memory_invalidate, offset, size, error);
}

/* ---- copying ---- */

/* An access of the library's own to a part of a block: only that part is
 * maintained. */
static guint8 *
block_begin_part (XlnkBlock *self, gsize offset, gsize size, XlnkAccess access,
    GError **error)
{
  guint8 *pointer = NULL;
  g_mutex_lock (&self->allocator->lock);
  if (xlnk_memory_check_open (self->memory, error)
      && block_check_range (self, offset, size, error)
      && xlnk_memory_begin (
          self->memory, block_get_range (self, offset, size), access, error))
    pointer = block_get_pointer (self) + offset;
  g_mutex_unlock (&self->allocator->lock);
  return pointer;
}

static void
block_end_part (XlnkBlock *self, gsize offset, gsize size, XlnkAccess access)
{
  g_mutex_lock (&self->allocator->lock);
  xlnk_memory_end (self->memory, block_get_range (self, offset, size), access);
  g_mutex_unlock (&self->allocator->lock);
}

gboolean
xlnk_copy (XlnkBlock *dest, gsize dest_offset, XlnkBlock *src, gsize src_offset,
    gsize size, GError **error)
{
  const guint8 *from =
      block_begin_part (src, src_offset, size, XLNK_ACCESS_READ, error);
  if (!from)
    return FALSE;
  guint8 *to =
      block_begin_part (dest, dest_offset, size, XLNK_ACCESS_WRITE, error);
  if (to) {
    memmove (to, from, size);
    block_end_part (dest, dest_offset, size, XLNK_ACCESS_WRITE);
  }
  block_end_part (src, src_offset, size, XLNK_ACCESS_READ);
  return to != NULL;
}

/* ---- owners ---- */

gboolean
xlnk_block_set_owner (
    XlnkBlock *self, XlnkOwner owner, gboolean device_writes, GError **error)
{
  gboolean ok = FALSE;
  if (self->parent) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "a slice has no owner of its own; set that of the block that it is a "
        "part of");
    return FALSE;
  }
  g_mutex_lock (&self->allocator->lock);
  if (xlnk_memory_check_open (self->memory, error))
    ok = xlnk_memory_set_owner (self->memory, owner, device_writes, error);
  g_mutex_unlock (&self->allocator->lock);
  return ok;
}

XlnkOwner
xlnk_block_get_owner (XlnkBlock *self)
{
  g_mutex_lock (&self->allocator->lock);
  XlnkOwner owner = self->memory->owner;
  g_mutex_unlock (&self->allocator->lock);
  return owner;
}

/* ---- sharing ---- */

gint
xlnk_block_export_fd (XlnkBlock *self, gsize *offset, GError **error)
{
  XlnkBackend *backend = self->allocator->backend;
  gint fd = -1;

  if (!(backend->caps & XLNK_CAP_FD)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
        "memory '%s' cannot be had as a file descriptor", backend->impl->name);
    return -1;
  }
  g_mutex_lock (&self->allocator->lock);
  if (xlnk_memory_check_open (self->memory, error)) {
    gsize start = 0;
    fd = backend->impl->export_fd (
        backend, &self->memory->extent, &start, error);
    if (fd >= 0)
      *offset = start + self->offset;
  }
  g_mutex_unlock (&self->allocator->lock);
  return fd;
}
