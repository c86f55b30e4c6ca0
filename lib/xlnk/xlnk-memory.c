/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Access, cache maintenance and owners of one allocation.
 *
 * The rule that everything here keeps: a byte that is stale (the device may
 * have written it, the CPU may hold an older copy) is never inside an open
 * WRITE access. It holds because
 *   - bytes become stale only when the device gets the memory for writing, which
 *     is refused while a WRITE access is open;
 *   - a WRITE access invalidates the stale bytes of its range before it begins,
 *     and cannot begin while the device owns the memory.
 * Two things follow. Invalidating stale bytes can never throw away what the CPU
 * wrote; and stale bytes have no dirty cache lines, so flushing leaves them out
 * and can never overwrite what the device wrote. */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_MEMORY

#include "xlnk-private.h"

#include "vdma-error.h"
#include "vdma-log.h"

gboolean
xlnk_memory_check_open (const XlnkMemory *self, GError **error)
{
  if (!self->closed)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_CLOSED,
      "the block of %" G_GSIZE_FORMAT " bytes that was at 0x%" G_GINT64_MODIFIER
      "x has been closed; allocate a new one",
      self->size, self->extent.phys);
  return FALSE;
}

gboolean
xlnk_memory_check_idle (const XlnkMemory *self, GError **error)
{
  const gchar *reason = NULL;
  if (self->owner == XLNK_OWNER_DEVICE)
    reason = "owned by the device; stop the channel first";
  else if (self->n_maps > 0)
    reason = "mapped; unmap it first";
  if (!reason)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_BUSY,
      "the block of %" G_GSIZE_FORMAT " bytes at 0x%" G_GINT64_MODIFIER
      "x is %s",
      self->size, self->extent.phys, reason);
  return FALSE;
}

/* ---- cache maintenance ---- */

static gboolean
memory_needs_sync (const XlnkMemory *self)
{
  return self->extent.cacheable
         && (self->allocator->backend->caps & XLNK_CAP_SYNC);
}

static gboolean
memory_flush_range (XlnkMemory *self, XlnkRange range, GError **error)
{
  XlnkBackend *backend = self->allocator->backend;
  gsize size = range.end - range.start;
  if (!backend->impl->flush (backend, &self->extent, range.start, size, error))
    return FALSE;
  self->allocator->stats.flushed_bytes += size;
  return TRUE;
}

static gboolean
memory_invalidate_range (XlnkMemory *self, XlnkRange range, GError **error)
{
  XlnkBackend *backend = self->allocator->backend;
  gsize size = range.end - range.start;
  if (!backend->impl->invalidate (
          backend, &self->extent, range.start, size, error))
    return FALSE;
  self->allocator->stats.invalidated_bytes += size;
  return TRUE;
}

gboolean
xlnk_memory_clean (XlnkMemory *self, GError **error)
{
  const XlnkRange all = { .start = 0, .end = self->extent.size };
  return !memory_needs_sync (self)
         || (memory_flush_range (self, all, error)
             && memory_invalidate_range (self, all, error));
}

/* Invalidates what is stale in @range. While the device may still write, the
 * bytes are stale again at once. */
static gboolean
memory_refresh (XlnkMemory *self, XlnkRange range, GError **error)
{
  XlnkRange part;
  while (xlnk_stale_find (&self->stale, range, &part)) {
    if (!self->device_writes)
      xlnk_stale_widen (&self->stale, &part);
    if (!memory_invalidate_range (self, part, error))
      return FALSE;
    if (!self->device_writes)
      xlnk_stale_remove (&self->stale, part);
    range.start = MIN (part.end, range.end);
  }
  return TRUE;
}

gboolean
xlnk_memory_flush (XlnkMemory *self, XlnkRange range, GError **error)
{
  if (!memory_needs_sync (self))
    return TRUE;
  while (range.start < range.end) {
    XlnkRange stale = { .start = range.end, .end = range.end };
    xlnk_stale_find (&self->stale, range, &stale);
    const XlnkRange fresh = { .start = range.start, .end = stale.start };
    if (fresh.start < fresh.end && !memory_flush_range (self, fresh, error))
      return FALSE;
    range.start = stale.end;
  }
  return TRUE;
}

gboolean
xlnk_memory_invalidate (XlnkMemory *self, XlnkRange range, GError **error)
{
  if (!memory_needs_sync (self) || range.start == range.end)
    return TRUE;
  if (!memory_invalidate_range (self, range, error))
    return FALSE;
  XlnkRange part;
  while (!self->device_writes && xlnk_stale_find (&self->stale, range, &part)) {
    XlnkRange wide = part;
    xlnk_stale_widen (&self->stale, &wide);
    /* Without room to remember it as fresh it stays stale, which is right too. */
    if (wide.end == part.end)
      xlnk_stale_remove (&self->stale, part);
    range.start = part.end;
  }
  return TRUE;
}

/* ---- CPU access ---- */

static gboolean
memory_ensure_pointer (XlnkMemory *self, GError **error)
{
  XlnkBackend *backend = self->allocator->backend;
  if (self->pointer)
    return TRUE;
  self->pointer = backend->impl->map (backend, &self->extent, error);
  if (!self->pointer) {
    g_prefix_error (error,
        "cannot map %" G_GSIZE_FORMAT " bytes of '%s': ", self->size,
        backend->impl->name);
    return FALSE;
  }
  xlnk_memory_publish (self);
  return TRUE;
}

static void
memory_notify_access (
    XlnkMemory *self, XlnkRange range, XlnkAccess access, gboolean begin)
{
  XlnkBackend *backend = self->allocator->backend;
  if ((backend->caps & XLNK_CAP_OWNER) && range.start < range.end)
    backend->impl->cpu_access (backend, &self->extent, range.start,
        range.end - range.start, access, begin);
}

gboolean
xlnk_memory_begin (
    XlnkMemory *self, XlnkRange range, XlnkAccess access, GError **error)
{
  if ((access & XLNK_ACCESS_WRITE) && self->owner == XLNK_OWNER_DEVICE) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_BUSY,
        "the block of %" G_GSIZE_FORMAT " bytes at 0x%" G_GINT64_MODIFIER
        "x is owned by the device and cannot be written now",
        self->size, self->extent.phys);
    return FALSE;
  }
  if (!memory_ensure_pointer (self, error)
      || !memory_refresh (self, range, error))
    return FALSE;
  self->n_maps++;
  if (access & XLNK_ACCESS_WRITE)
    self->n_write_maps++;
  memory_notify_access (self, range, access, TRUE);
  return TRUE;
}

void
xlnk_memory_end (XlnkMemory *self, XlnkRange range, XlnkAccess access)
{
  g_autoptr (GError) error = NULL;

  memory_notify_access (self, range, access, FALSE);
  self->n_maps--;
  if (!(access & XLNK_ACCESS_WRITE))
    return;
  self->n_write_maps--;
  if (!xlnk_memory_flush (self, range, &error))
    vdma_log_error ("the device may see old content of %" G_GSIZE_FORMAT
                    " bytes at 0x%" G_GINT64_MODIFIER "x: %s",
        range.end - range.start, self->extent.phys + range.start,
        error->message);
}

/* ---- owners ---- */

gboolean
xlnk_memory_set_owner (
    XlnkMemory *self, XlnkOwner owner, gboolean device_writes, GError **error)
{
  XlnkBackend *backend = self->allocator->backend;

  if ((guint) owner > XLNK_OWNER_DEVICE) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "owner %u is not APPLICATION (%u), CACHE (%u) or DEVICE (%u)",
        (guint) owner, XLNK_OWNER_APPLICATION, XLNK_OWNER_CACHE,
        XLNK_OWNER_DEVICE);
    return FALSE;
  }
  if (owner == XLNK_OWNER_DEVICE && self->n_write_maps > 0) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_BUSY,
        "the block of %" G_GSIZE_FORMAT " bytes at 0x%" G_GINT64_MODIFIER
        "x is mapped for writing; unmap it before the device gets it",
        self->size, self->extent.phys);
    return FALSE;
  }
  self->owner = owner;
  self->device_writes = owner == XLNK_OWNER_DEVICE && device_writes;
  if (self->device_writes && memory_needs_sync (self))
    xlnk_stale_mark_all (&self->stale, self->size);
  if (backend->caps & XLNK_CAP_OWNER)
    backend->impl->set_owner (
        backend, &self->extent, owner, self->device_writes);
  return TRUE;
}
