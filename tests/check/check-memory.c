/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check-memory.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vdma-error.h"
#include "vdma-util.h"

typedef struct {
  XlnkBackend parent;
  CheckMemory *test;
  guint64 next;
} CheckBackend;

/* Handle of an extent: its descriptor, one more than it is. */
static gint
check_extent_fd (const XlnkExtent *extent)
{
  return GPOINTER_TO_INT (extent->handle) - 1;
}

static CheckMemory *
check_backend_get_test (XlnkBackend *backend)
{
  return ((CheckBackend *) backend)->test;
}

static void
check_backend_close (XlnkBackend *backend)
{
  check_backend_get_test (backend)->closed = TRUE;
  g_free (backend);
}

/* Memory comes with what was there before. */
static void
check_memory_soil (gint fd, off_t start, gsize size)
{
  guint8 dirt[CHECK_MEMORY_PAGE];
  memset (dirt, 0xdb, sizeof dirt);
  for (gsize done = 0; done < MIN (size, 16 * sizeof dirt); done += sizeof dirt)
    g_assert_cmpint (
        pwrite (fd, dirt, sizeof dirt, start + (off_t) done), ==, sizeof dirt);
}

static gboolean
check_backend_alloc (XlnkBackend *backend, XlnkExtent *out, gsize align,
    guint64 phys_limit, GError **error)
{
  CheckBackend *self = (CheckBackend *) backend;
  CheckMemory *test = self->test;
  guint64 phys;

  if (!vdma_align_up (self->next, align, &phys) || phys > phys_limit
      || out->size - 1 > phys_limit - phys) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNREACHABLE,
        "test memory is above 0x%" G_GINT64_MODIFIER "x", phys_limit);
    return FALSE;
  }
  if (test->room > 0 && out->size > test->room - test->used) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY,
        "%" G_GSIZE_FORMAT " bytes wanted, %" G_GUINT64_FORMAT " left",
        out->size, test->room - test->used);
    return FALSE;
  }
  gint fd = memfd_create ("check-memory", MFD_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (
      ftruncate (fd, (off_t) (test->fd_offset + out->size + test->fd_behind)),
      ==, 0);
  check_memory_soil (fd, (off_t) test->fd_offset, out->size);
  out->handle = GINT_TO_POINTER (fd + 1);
  out->phys = phys;
  self->next = phys + out->size;
  test->used += out->size;
  test->n_extents++;
  return TRUE;
}

static void
check_backend_free (XlnkBackend *backend, XlnkExtent *extent)
{
  CheckMemory *test = check_backend_get_test (backend);
  test->n_extents--;
  test->used -= extent->size;
  close (check_extent_fd (extent));
}

static gpointer
check_backend_map (XlnkBackend *backend, XlnkExtent *extent, GError **error)
{
  CheckMemory *test = check_backend_get_test (backend);
  if (test->fail_map) {
    g_set_error_literal (
        error, VDMA_ERROR, VDMA_ERROR_FAILED, "told not to map");
    return NULL;
  }
  gpointer data = mmap (NULL, extent->size, PROT_READ | PROT_WRITE, MAP_SHARED,
      check_extent_fd (extent), (off_t) test->fd_offset);
  g_assert (data != MAP_FAILED);
  return data;
}

static void
check_backend_unmap (XlnkBackend *backend, XlnkExtent *extent, gpointer pointer)
{
  munmap (pointer, extent->size);
}

static void
check_backend_record (
    XlnkBackend *backend, gchar what, gsize offset, gsize size)
{
  GString *syncs = check_backend_get_test (backend)->syncs;
  g_string_append_printf (syncs, "%s%c%" G_GSIZE_FORMAT "+%" G_GSIZE_FORMAT,
      syncs->len ? " " : "", what, offset, size);
}

static gboolean
check_backend_flush (XlnkBackend *backend, XlnkExtent *extent, gsize offset,
    gsize size, GError **error)
{
  check_backend_record (backend, 'F', offset, size);
  return TRUE;
}

static gboolean
check_backend_invalidate (XlnkBackend *backend, XlnkExtent *extent,
    gsize offset, gsize size, GError **error)
{
  check_backend_record (backend, 'I', offset, size);
  return TRUE;
}

static gint
check_backend_export_fd (
    XlnkBackend *backend, XlnkExtent *extent, gsize *offset, GError **error)
{
  *offset = check_backend_get_test (backend)->fd_offset;
  return fcntl (check_extent_fd (extent), F_DUPFD_CLOEXEC, 0);
}

XlnkAllocator *
check_memory_open (CheckMemory *self)
{
  static const XlnkBackendImpl sync_fd_impl = {
    .name = "check",
    .close = check_backend_close,
    .alloc = check_backend_alloc,
    .free = check_backend_free,
    .map = check_backend_map,
    .unmap = check_backend_unmap,
    .flush = check_backend_flush,
    .invalidate = check_backend_invalidate,
    .export_fd = check_backend_export_fd,
  };
  /* Functions and capabilities must agree. */
  static XlnkBackendImpl impls[4];
  XlnkBackendImpl *impl = &impls[self->caps & (XLNK_CAP_SYNC | XLNK_CAP_FD)];
  CheckBackend *backend = g_new0 (CheckBackend, 1);

  *impl = sync_fd_impl;
  if (!(self->caps & XLNK_CAP_SYNC))
    impl->flush = impl->invalidate = NULL;
  if (!(self->caps & XLNK_CAP_FD))
    impl->export_fd = NULL;
  backend->parent.impl = impl;
  backend->parent.caps = self->caps;
  backend->parent.page_size = CHECK_MEMORY_PAGE;
  backend->parent.highest = G_MAXUINT64;
  backend->test = self;
  backend->next = self->base;

  self->syncs = g_string_new (NULL);
  self->closed = FALSE;
  self->n_extents = 0;
  self->used = 0;
  return xlnk_allocator_new (&backend->parent);
}

void
check_memory_finish (CheckMemory *self)
{
  g_assert_true (self->closed);
  g_assert_cmpuint (self->n_extents, ==, 0);
  g_string_free (g_steal_pointer (&self->syncs), TRUE);
}

void
check_memory_assert_syncs (CheckMemory *self, const gchar *syncs)
{
  g_assert_cmpstr (self->syncs->str, ==, syncs);
  g_string_truncate (self->syncs, 0);
}
