/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The allocator: allocation, freeing, what is open, and statistics. */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_MEMORY

#include "xlnk-private.h"

#include "vdma-error.h"
#include "vdma-log.h"
#include "vdma-util.h"

/* ---- life ---- */

/* A capability bit promises its functions; functions without the bit are legal:
 * one table may serve coherent and strict memory. */
static void
allocator_assert_caps (const XlnkBackend *backend)
{
  const XlnkBackendImpl *impl = backend->impl;
  const XlnkCaps caps = backend->caps;

  g_assert (impl->name && impl->close && impl->alloc && impl->free);
  g_assert (impl->map && impl->unmap);
  g_assert (!(caps & XLNK_CAP_SYNC) || (impl->flush && impl->invalidate));
  g_assert (!(caps & XLNK_CAP_FD) || impl->export_fd);
  g_assert (!(caps & XLNK_CAP_DMABUF) || (caps & XLNK_CAP_FD));
  g_assert (!(caps & XLNK_CAP_OWNER) || (impl->set_owner && impl->cpu_access));
  g_assert (!(caps & XLNK_CAP_STATS) || impl->get_system_stats);
  g_assert (!(caps & XLNK_CAP_RESET) || impl->reset);
  g_assert (vdma_is_power_of_two (backend->page_size));
}

XlnkAllocator *
xlnk_allocator_new (XlnkBackend *backend)
{
  allocator_assert_caps (backend);

  XlnkAllocator *self = g_new0 (XlnkAllocator, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->backend = backend;
  g_mutex_init (&self->lock);
  g_queue_init (&self->open);
  self->by_pointer = g_ptr_array_new ();
  return self;
}

XlnkAllocator *
xlnk_allocator_ref (XlnkAllocator *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
xlnk_allocator_unref (XlnkAllocator *self)
{
  if (!self || !g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_assert (g_queue_is_empty (&self->open));
  self->backend->impl->close (self->backend);
  g_ptr_array_unref (self->by_pointer);
  g_mutex_clear (&self->lock);
  g_free (self);
}

const gchar *
xlnk_allocator_get_name (XlnkAllocator *self)
{
  return self->backend->impl->name;
}

gboolean
xlnk_allocator_has_fd (XlnkAllocator *self)
{
  return (self->backend->caps & XLNK_CAP_FD) != 0;
}

gboolean
xlnk_allocator_fd_is_dmabuf (XlnkAllocator *self)
{
  return (self->backend->caps & XLNK_CAP_DMABUF) != 0;
}

void
xlnk_get_stats (XlnkAllocator *self, XlnkStats *stats)
{
  XlnkBackend *backend = self->backend;
  g_mutex_lock (&self->lock);
  *stats = self->stats;
  if (backend->caps & XLNK_CAP_STATS)
    backend->impl->get_system_stats (
        backend, &stats->system_available, &stats->system_total);
  g_mutex_unlock (&self->lock);
}

XlnkBlockInfo *
xlnk_list_blocks (XlnkAllocator *self, guint *n_blocks)
{
  g_mutex_lock (&self->lock);
  XlnkBlockInfo *infos = g_new (XlnkBlockInfo, self->open.length);
  XlnkBlockInfo *info = infos;
  for (GList *l = self->open.head; l; l = l->next) {
    const XlnkMemory *memory = l->data;
    *info++ = (XlnkBlockInfo){
      .pointer = memory->pointer,
      .phys = memory->extent.phys,
      .size = memory->size,
      .cacheable = memory->extent.cacheable,
      .owner = memory->owner,
      .n_maps = memory->n_maps,
    };
  }
  *n_blocks = self->open.length;
  g_mutex_unlock (&self->lock);
  return infos;
}

/* ---- memory by pointer ---- */

/* Returns the place in the sorted array of the first mapping behind @pointer. */
static guint
allocator_place_of (const XlnkAllocator *self, gconstpointer pointer)
{
  guint low = 0, high = self->by_pointer->len;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    const XlnkMemory *memory = g_ptr_array_index (self->by_pointer, middle);
    if ((const guint8 *) memory->pointer <= (const guint8 *) pointer)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

XlnkMemory *
xlnk_memory_find (XlnkAllocator *allocator, gconstpointer pointer)
{
  guint place = allocator_place_of (allocator, pointer);
  if (place == 0)
    return NULL;
  XlnkMemory *memory = g_ptr_array_index (allocator->by_pointer, place - 1);
  gsize offset =
      (gsize) ((const guint8 *) pointer - (const guint8 *) memory->pointer);
  return offset < memory->size ? memory : NULL;
}

void
xlnk_memory_publish (XlnkMemory *self)
{
  XlnkAllocator *allocator = self->allocator;
  g_ptr_array_insert (allocator->by_pointer,
      (gint) allocator_place_of (allocator, self->pointer), self);
}

/* ---- allocation ---- */

/* Checks the numbers of an allocation and rounds them to pages. */
static gboolean
alloc_get_size (XlnkAllocator *self, gsize count, gsize element_size,
    gsize *size, gsize *rounded, GError **error)
{
  guint64 pages;
  if (count == 0 || element_size == 0) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "cannot allocate %" G_GSIZE_FORMAT " elements of %" G_GSIZE_FORMAT
        " bytes: both must be 1 or more",
        count, element_size);
    return FALSE;
  }
  if (!g_size_checked_mul (size, count, element_size)
      || !vdma_align_up (*size, self->backend->page_size, &pages)
      || pages > G_MAXSIZE) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "cannot allocate %" G_GSIZE_FORMAT " elements of %" G_GSIZE_FORMAT
        " bytes: more bytes than a pointer can address",
        count, element_size);
    return FALSE;
  }
  *rounded = (gsize) pages;
  return TRUE;
}

/* Whether the backend kept its promises about where the extent lies. */
static gboolean
alloc_check_place (XlnkAllocator *self, const XlnkExtent *extent, gsize align,
    guint64 phys_limit, GError **error)
{
  if (extent->phys > phys_limit
      || extent->size - 1 > phys_limit - extent->phys) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNREACHABLE,
        "memory '%s' gave %" G_GSIZE_FORMAT " bytes at 0x%" G_GINT64_MODIFIER
        "x, but the last byte must not lie above 0x%" G_GINT64_MODIFIER "x",
        self->backend->impl->name, extent->size, extent->phys, phys_limit);
    return FALSE;
  }
  if (extent->phys & (align - 1)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
        "memory '%s' gave address 0x%" G_GINT64_MODIFIER
        "x, but it must be a multiple of %" G_GSIZE_FORMAT,
        self->backend->impl->name, extent->phys, align);
    return FALSE;
  }
  return TRUE;
}

/* More than there is needs no search, and no question of where it would lie. */
static gboolean
alloc_check_total (XlnkBackend *backend, gsize size, GError **error)
{
  guint64 available = 0, total = 0;
  if (backend->caps & XLNK_CAP_STATS)
    backend->impl->get_system_stats (backend, &available, &total);
  if (total == 0 || size <= total)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY,
      "there are %" G_GUINT64_FORMAT " bytes in all, %" G_GUINT64_FORMAT
      " of them free",
      total, available);
  return FALSE;
}

/* Fills the extent of @memory; under the lock. */
static gboolean
alloc_fill_extent (
    XlnkMemory *memory, gsize align, guint64 phys_limit, GError **error)
{
  XlnkAllocator *allocator = memory->allocator;
  XlnkBackend *backend = allocator->backend;
  XlnkExtent *extent = &memory->extent;

  if (!alloc_check_total (backend, extent->size, error)
      || !backend->impl->alloc (backend, extent, align, phys_limit, error)) {
    g_prefix_error (error,
        "cannot allocate %" G_GSIZE_FORMAT
        " bytes of memory '%s' (%" G_GUINT64_FORMAT
        " bytes in %u blocks in use here): ",
        extent->size, backend->impl->name, allocator->stats.used,
        allocator->stats.n_blocks);
    return FALSE;
  }
  if (alloc_check_place (allocator, extent, align, phys_limit, error)
      && xlnk_memory_clean (memory, error) && xlnk_memory_keep (memory, error))
    return TRUE;
  backend->impl->free (backend, extent);
  return FALSE;
}

static void
alloc_publish (XlnkMemory *memory)
{
  XlnkAllocator *allocator = memory->allocator;
  XlnkStats *stats = &allocator->stats;

  memory->link.data = memory;
  g_queue_push_tail_link (&allocator->open, &memory->link);
  stats->used += memory->extent.size;
  stats->peak = MAX (stats->peak, stats->used);
  stats->n_blocks++;
  stats->n_allocs++;
}

static XlnkBlock *
alloc_new_block (XlnkMemory *memory)
{
  XlnkBlock *block = g_new0 (XlnkBlock, 1);
  g_atomic_ref_count_init (&block->ref_count);
  block->allocator = xlnk_allocator_ref (memory->allocator);
  block->memory = memory;
  block->size = memory->size;
  return block;
}

XlnkBlock *
xlnk_alloc (XlnkAllocator *self, gsize count, gsize element_size, gsize align,
    XlnkCaching caching, guint64 phys_limit, GError **error)
{
  gsize size, rounded;
  if (!alloc_get_size (self, count, element_size, &size, &rounded, error))
    return NULL;
  if (align & (align - 1)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "alignment %" G_GSIZE_FORMAT " is no power of two", align);
    return NULL;
  }

  XlnkMemory *memory = g_new0 (XlnkMemory, 1);
  memory->allocator = self;
  memory->size = size;
  memory->extent.size = rounded;
  memory->extent.cacheable = caching == XLNK_CACHEABLE;

  g_mutex_lock (&self->lock);
  gboolean ok = alloc_fill_extent (
      memory, MAX (align, self->backend->page_size), phys_limit, error);
  if (ok)
    alloc_publish (memory);
  g_mutex_unlock (&self->lock);
  if (!ok) {
    g_free (memory);
    return NULL;
  }

  vdma_log_debug ("%" G_GSIZE_FORMAT " bytes at 0x%" G_GINT64_MODIFIER
                  "x of '%s', %s",
      size, memory->extent.phys, self->backend->impl->name,
      memory->extent.cacheable ? "cacheable" : "not cacheable");
  return alloc_new_block (memory);
}

XlnkBlock *
xlnk_alloc_array (XlnkAllocator *self, const gsize *shape, guint n_dimensions,
    gsize element_size, gsize align, XlnkCaching caching, guint64 phys_limit,
    GError **error)
{
  gsize count = 1;
  for (guint i = 0; i < n_dimensions; i++) {
    if (g_size_checked_mul (&count, count, shape[i]))
      continue;
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "an array of %u dimensions has more elements than a pointer can "
        "address: dimension %u is %" G_GSIZE_FORMAT,
        n_dimensions, i, shape[i]);
    return NULL;
  }
  return xlnk_alloc (
      self, count, element_size, align, caching, phys_limit, error);
}

/* ---- freeing ---- */

void
xlnk_memory_close (XlnkMemory *self)
{
  XlnkAllocator *allocator = self->allocator;
  XlnkBackend *backend = allocator->backend;

  if (self->pointer) {
    g_ptr_array_remove_index (allocator->by_pointer,
        allocator_place_of (allocator, self->pointer) - 1);
    backend->impl->unmap (backend, &self->extent, self->pointer);
    self->pointer = NULL;
  }
  g_queue_unlink (&allocator->open, &self->link);
  allocator->stats.used -= self->extent.size;
  allocator->stats.n_blocks--;
  self->closed = TRUE;
  vdma_log_debug ("freeing %" G_GSIZE_FORMAT " bytes at 0x%" G_GINT64_MODIFIER
                  "x",
      self->size, self->extent.phys);
  xlnk_memory_forget (self);
  backend->impl->free (backend, &self->extent);
}

void
xlnk_memory_free (XlnkMemory *self)
{
  g_assert (self->closed);
  g_free (self);
}

void
xlnk_memory_quarantine (XlnkMemory *self)
{
  /* Kept reachable, so that a debugger finds it and no leak is reported. */
  static XlnkMemory *quarantined;

  xlnk_allocator_ref (self->allocator);
  do
    self->next_quarantined = g_atomic_pointer_get (&quarantined);
  while (!g_atomic_pointer_compare_and_exchange (
      &quarantined, self->next_quarantined, self));
  vdma_log_error ("the last reference on %" G_GSIZE_FORMAT
                  " bytes at 0x%" G_GINT64_MODIFIER
                  "x was dropped while the device owns them; the memory is "
                  "kept until the process ends",
      self->size, self->extent.phys);
}

gboolean
xlnk_free_pointer (XlnkAllocator *self, gconstpointer pointer, GError **error)
{
  gboolean ok = FALSE;
  g_mutex_lock (&self->lock);
  XlnkMemory *memory = xlnk_memory_find (self, pointer);
  if (!memory || memory->pointer != pointer) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND,
        "no open block of memory '%s' starts at %p; it was never mapped, or is "
        "freed already",
        self->backend->impl->name, pointer);
  } else if (xlnk_memory_check_idle (memory, error)) {
    xlnk_memory_close (memory);
    ok = TRUE;
  }
  g_mutex_unlock (&self->lock);
  return ok;
}

/* ---- reset ---- */

static gboolean
reset_check_idle (XlnkAllocator *self, GError **error)
{
  for (GList *l = self->open.head; l; l = l->next) {
    if (!xlnk_memory_check_idle (l->data, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
xlnk_reset (XlnkAllocator *self, GError **error)
{
  XlnkBackend *backend = self->backend;

  g_mutex_lock (&self->lock);
  gboolean ok = reset_check_idle (self, error);
  while (ok && self->open.head)
    xlnk_memory_close (self->open.head->data);
  if (ok && (backend->caps & XLNK_CAP_RESET))
    ok = backend->impl->reset (backend, error);
  g_mutex_unlock (&self->lock);
  if (ok)
    vdma_log_info ("memory '%s' was reset", backend->impl->name);
  return ok;
}
