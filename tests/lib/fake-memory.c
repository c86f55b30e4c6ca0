/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-memory.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "range-alloc.h"
#include "vdma-error.h"
#include "vdma-util.h"

struct FakeMemory {
  XlnkBackend base;
  FakeOptions options;
  gboolean *closed;
  RangeAlloc *range;
  GHashTable *extents; /* FakeExtent by itself */
  FakeFailure failure;
  GString *log;
  gint calls; /* running now: the allocator promises one at a time */
};

typedef struct {
  guint64 phys;
  gsize size;
  guint8 *cpu;
  guint8 *device; /* the same as cpu on coherent memory */
  gboolean mapped;
} FakeExtent;

static void fake_log (FakeMemory *self, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);

static void
fake_log (FakeMemory *self, const gchar *format, ...)
{
  if (self->options.silent)
    return;
  va_list args;
  va_start (args, format);
  if (self->log->len)
    g_string_append_c (self->log, ';');
  g_string_append_vprintf (self->log, format, args);
  va_end (args);
}

/* Every call of the table begins and ends here. */
static FakeMemory *
fake_enter (XlnkBackend *backend)
{
  FakeMemory *self = (FakeMemory *) backend;
  g_assert_cmpint (g_atomic_int_add (&self->calls, 1), ==, 0);
  return self;
}

static gboolean
fake_leave (FakeMemory *self, FakeFailure failure, GError **error)
{
  g_assert_cmpint (g_atomic_int_add (&self->calls, -1), ==, 1);
  if (failure == FAKE_FAIL_NONE || self->failure != failure)
    return TRUE;
  self->failure = FAKE_FAIL_NONE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_FAILED, "failed to order");
  return FALSE;
}

static FakeExtent *
fake_extent_of (FakeMemory *self, const XlnkExtent *extent)
{
  FakeExtent *found = extent->handle;
  g_assert_true (g_hash_table_contains (self->extents, found));
  g_assert_cmpuint (found->size, ==, extent->size);
  return found;
}

static void
fake_extent_free (gpointer data)
{
  FakeExtent *extent = data;
  if (extent->device != extent->cpu)
    g_free (extent->device);
  g_free (extent->cpu);
  g_free (extent);
}

static gboolean
fake_alloc (XlnkBackend *backend, XlnkExtent *out, gsize align,
    guint64 phys_limit, GError **error)
{
  FakeMemory *self = fake_enter (backend);
  guint64 phys;
  g_assert_cmpuint (out->size % FAKE_PAGE, ==, 0);
  g_assert_cmpuint (align, >=, FAKE_PAGE);
  fake_log (self, "alloc %" G_GSIZE_FORMAT, out->size);
  if (!fake_leave (self, FAKE_FAIL_ALLOC, error))
    return FALSE;
  if (!range_alloc_take (self->range, out->size, align, phys_limit, &phys)) {
    gboolean far = phys_limit < FAKE_BASE + out->size - 1;
    g_set_error (error, VDMA_ERROR,
        far ? VDMA_ERROR_UNREACHABLE : VDMA_ERROR_NO_MEMORY,
        "%" G_GUINT64_FORMAT " bytes left at 0x%" G_GINT64_MODIFIER "x",
        range_alloc_get_available (self->range), FAKE_BASE);
    return FALSE;
  }

  FakeExtent *extent = g_new0 (FakeExtent, 1);
  extent->phys = phys;
  extent->size = out->size;
  extent->cpu = g_malloc0 (out->size);
  extent->device = extent->cpu;
  out->cacheable = out->cacheable && !self->options.uncached_only;
  if (out->cacheable && (self->base.caps & XLNK_CAP_SYNC)) {
    extent->device = g_malloc (out->size);
    memset (extent->device, 0xdd, out->size);
  }
  g_hash_table_add (self->extents, extent);
  out->phys = phys + (guint64) self->options.phys_shift;
  out->handle = extent;
  return TRUE;
}

static void
fake_free (XlnkBackend *backend, XlnkExtent *extent)
{
  FakeMemory *self = fake_enter (backend);
  FakeExtent *found = fake_extent_of (self, extent);
  g_assert_false (found->mapped);
  fake_log (self, "free");
  g_assert_true (range_alloc_give (self->range, found->phys));
  g_hash_table_remove (self->extents, found);
  fake_leave (self, FAKE_FAIL_NONE, NULL);
}

static gpointer
fake_map (XlnkBackend *backend, XlnkExtent *extent, GError **error)
{
  FakeMemory *self = fake_enter (backend);
  FakeExtent *found = fake_extent_of (self, extent);
  g_assert_false (found->mapped);
  fake_log (self, "map");
  if (!fake_leave (self, FAKE_FAIL_MAP, error))
    return NULL;
  found->mapped = TRUE;
  return found->cpu;
}

static void
fake_unmap (XlnkBackend *backend, XlnkExtent *extent, gpointer pointer)
{
  FakeMemory *self = fake_enter (backend);
  FakeExtent *found = fake_extent_of (self, extent);
  g_assert_true (found->mapped && pointer == found->cpu);
  fake_log (self, "unmap");
  found->mapped = FALSE;
  fake_leave (self, FAKE_FAIL_NONE, NULL);
}

static gboolean
fake_flush (XlnkBackend *backend, XlnkExtent *extent, gsize offset, gsize size,
    GError **error)
{
  FakeMemory *self = fake_enter (backend);
  FakeExtent *found = fake_extent_of (self, extent);
  g_assert_true (extent->cacheable && size > 0);
  g_assert_true (vdma_range_fits (offset, size, found->size));
  fake_log (self, "flush %" G_GSIZE_FORMAT "+%" G_GSIZE_FORMAT, offset, size);
  if (!fake_leave (self, FAKE_FAIL_FLUSH, error))
    return FALSE;
  memcpy (found->device + offset, found->cpu + offset, size);
  return TRUE;
}

static gboolean
fake_invalidate (XlnkBackend *backend, XlnkExtent *extent, gsize offset,
    gsize size, GError **error)
{
  FakeMemory *self = fake_enter (backend);
  FakeExtent *found = fake_extent_of (self, extent);
  g_assert_true (extent->cacheable && size > 0);
  g_assert_true (vdma_range_fits (offset, size, found->size));
  fake_log (
      self, "invalidate %" G_GSIZE_FORMAT "+%" G_GSIZE_FORMAT, offset, size);
  if (!fake_leave (self, FAKE_FAIL_INVALIDATE, error))
    return FALSE;
  memcpy (found->cpu + offset, found->device + offset, size);
  return TRUE;
}

/* A descriptor with a copy of the device's view, the block at one page in. */
static gint
fake_export_fd (
    XlnkBackend *backend, XlnkExtent *extent, gsize *offset, GError **error)
{
  FakeMemory *self = fake_enter (backend);
  FakeExtent *found = fake_extent_of (self, extent);
  fake_log (self, "export");
  if (!fake_leave (self, FAKE_FAIL_EXPORT, error))
    return -1;
  gint fd = memfd_create ("fake", MFD_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (pwrite (fd, found->device, found->size, FAKE_PAGE), ==,
      (gssize) found->size);
  *offset = FAKE_PAGE;
  return fd;
}

static void
fake_set_owner (XlnkBackend *backend, XlnkExtent *extent, XlnkOwner owner,
    gboolean device_writes)
{
  FakeMemory *self = fake_enter (backend);
  fake_extent_of (self, extent);
  fake_log (self, "owner %u %d", (guint) owner, device_writes);
  fake_leave (self, FAKE_FAIL_NONE, NULL);
}

static void
fake_cpu_access (XlnkBackend *backend, XlnkExtent *extent, gsize offset,
    gsize size, XlnkAccess access, gboolean begin)
{
  FakeMemory *self = fake_enter (backend);
  FakeExtent *found = fake_extent_of (self, extent);
  g_assert_true (size > 0 && vdma_range_fits (offset, size, found->size));
  g_assert_true (found->mapped);
  fake_log (self, "%s %" G_GSIZE_FORMAT "+%" G_GSIZE_FORMAT " %u",
      begin ? "begin" : "end", offset, size, (guint) access);
  fake_leave (self, FAKE_FAIL_NONE, NULL);
}

static void
fake_get_system_stats (XlnkBackend *backend, guint64 *available, guint64 *total)
{
  FakeMemory *self = fake_enter (backend);
  *available = range_alloc_get_available (self->range);
  *total = self->options.capacity;
  fake_leave (self, FAKE_FAIL_NONE, NULL);
}

static gboolean
fake_reset (XlnkBackend *backend, GError **error)
{
  FakeMemory *self = fake_enter (backend);
  g_assert_cmpuint (g_hash_table_size (self->extents), ==, 0);
  fake_log (self, "reset");
  return fake_leave (self, FAKE_FAIL_RESET, error);
}

static void
fake_close (XlnkBackend *backend)
{
  FakeMemory *self = fake_enter (backend);
  g_assert_cmpuint (g_hash_table_size (self->extents), ==, 0);
  if (self->closed)
    *self->closed = TRUE;
  g_hash_table_unref (self->extents);
  range_alloc_free (self->range);
  g_string_free (self->log, TRUE);
  g_free (self);
}

static const XlnkBackendImpl fake_impl = {
  .name = "fake",
  .close = fake_close,
  .alloc = fake_alloc,
  .free = fake_free,
  .map = fake_map,
  .unmap = fake_unmap,
  .flush = fake_flush,
  .invalidate = fake_invalidate,
  .export_fd = fake_export_fd,
  .set_owner = fake_set_owner,
  .cpu_access = fake_cpu_access,
  .get_system_stats = fake_get_system_stats,
  .reset = fake_reset,
};

FakeMemory *
fake_memory_new (
    const FakeOptions *options, gboolean *closed, XlnkAllocator **allocator)
{
  FakeMemory *self = g_new0 (FakeMemory, 1);
  self->options = *options;
  if (self->options.capacity == 0)
    self->options.capacity = 64 * VDMA_MIB;
  self->base.impl = &fake_impl;
  self->base.caps = options->caps;
  self->base.page_size = FAKE_PAGE;
  self->base.highest = FAKE_BASE + self->options.capacity - 1;
  self->closed = closed;
  self->range = range_alloc_new (FAKE_BASE, self->options.capacity);
  self->extents = g_hash_table_new_full (NULL, NULL, fake_extent_free, NULL);
  self->log = g_string_new (NULL);
  *allocator = xlnk_allocator_new (&self->base);
  return self;
}

void
fake_memory_fail (FakeMemory *self, FakeFailure failure)
{
  self->failure = failure;
}

gchar *
fake_memory_take_log (FakeMemory *self)
{
  gchar *log = g_strdup (self->log->str);
  g_string_truncate (self->log, 0);
  return log;
}

guint8 *
fake_memory_device (FakeMemory *self, guint64 phys)
{
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, self->extents);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    FakeExtent *extent = key;
    if (phys >= extent->phys && phys - extent->phys < extent->size)
      return extent->device + (phys - extent->phys);
  }
  return NULL;
}

guint
fake_memory_n_extents (FakeMemory *self)
{
  return g_hash_table_size (self->extents);
}
