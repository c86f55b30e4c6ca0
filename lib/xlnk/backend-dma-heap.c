/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DMA-BUF heaps, where a buffer's address can be known (hardware.md 5.5).
 *
 * No call gives the address. Kernels up to 6.1 map the contiguous heap's pages
 * so that pagemap shows them; later ones hide them, and then this refuses. The
 * heap maintains caches for devices that a kernel driver attached, and a core
 * that user space drives is none: so a program must be able to do it as well. */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_MEMORY

#include "xlnk-backends.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <string.h>
#include <sys/mman.h>

#include "vdma-error.h"
#include "vdma-log.h"
#include "vdma-util.h"
#include "xlnk-pagemap.h"
#include "xlnk-piece.h"

#define HEAP_FOLDER "/dev/dma_heap"

typedef struct {
  XlnkBackend base;
  XlnkSystem system;
  gchar *path;
  gint fd;
} HeapBackend;

typedef struct {
  XlnkPiece piece;
  gint fd;
  guint8 *pointer;
} HeapBuffer;

static const XlnkRemedy heap_remedy = {
  .missing = "the kernel needs CONFIG_DMABUF_HEAPS and CONFIG_DMABUF_HEAPS_CMA",
  .permission = "give the group access with a udev rule, "
                "SUBSYSTEM==\"dma_heap\", GROUP=\"video\", MODE=\"0660\"",
};

/* ---- what else there is ---- */

static gboolean
heap_has_names (const XlnkSystem *system, const gchar *folder)
{
  g_auto (GStrv) names = xlnk_system_list (system, folder);
  return names[0] != NULL;
}

static gboolean
heap_has_huge_pages (const XlnkSystem *system)
{
  guint64 n = 0;
  return xlnk_system_read_field (system, "/proc/meminfo", "HugePages_Total", &n)
         && n > 0;
}

/* (transfer full): the kinds of memory that this machine seems to have. */
static gchar *
heap_describe_alternatives (const XlnkSystem *system)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const struct {
    const gchar *memory;
    gboolean here;
  } kinds[] = {
    { "u-dma-buf", heap_has_names (system, "/sys/class/u-dma-buf")
                       || heap_has_names (system, "/sys/class/udmabuf") },
    { "zocl", heap_has_names (system, "/sys/bus/platform/drivers/zocl-drm") },
    { "xlnk", xlnk_system_exists (system, "/dev/xlnk") },
    { "carveout",
        heap_has_names (system, "/proc/device-tree/reserved-memory") },
    { "hugetlb", system->cache->kind != XLNK_CACHE_KERNEL_ONLY
                     && heap_has_huge_pages (system) },
  };
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (kinds[i].here)
      g_string_append_printf (
          text, "%s%s", text->len ? ", " : "", kinds[i].memory);
  }
  return text->len
             ? g_strdup_printf ("this machine seems to have: %s", text->str)
             : g_strdup (
                 "this machine has no other; the module u-dma-buf makes "
                 "memory with addresses");
}

/* ---- buffers ---- */

static void
heap_give (XlnkBackend *backend, XlnkPiece *piece)
{
  HeapBuffer *buffer = (HeapBuffer *) piece;
  if (buffer->pointer)
    munmap (buffer->pointer, buffer->piece.size);
  xlnk_close_fd (&buffer->fd);
  g_free (buffer);
}

static gboolean
heap_map_buffer (HeapBackend *self, HeapBuffer *buffer, GError **error)
{
  gpointer pointer =
      self->system.calls->mmap (self->system.data, NULL, buffer->piece.size,
          PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, buffer->fd, 0);
  if (pointer == MAP_FAILED) {
    xlnk_set_error (error, errno, &heap_remedy,
        "cannot map %" G_GSIZE_FORMAT " bytes of '%s'", buffer->piece.size,
        self->path);
    return FALSE;
  }
  buffer->pointer = pointer;
  return TRUE;
}

static gboolean
heap_find_address (HeapBackend *self, HeapBuffer *buffer, GError **error)
{
  const gsize page = self->base.page_size;
  const guint n = (guint) (buffer->piece.size / page);
  g_autofree guint64 *phys = g_new (guint64, n);
  if (!xlnk_pagemap_read (
          &self->system, buffer->pointer, page, n, phys, error)) {
    g_prefix_error (error, "'%s%s': ", self->system.root, self->path);
    return FALSE;
  }
  for (guint i = 1; i < n; i++) {
    if (phys[i] == phys[0] + (guint64) i * page)
      continue;
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
        "'%s%s' gives scattered pages: page %u is at 0x%" G_GINT64_MODIFIER
        "x, page %u at 0x%" G_GINT64_MODIFIER
        "x; the contiguous heap is called default_cma_region, reserved, "
        "linux,cma or default-pool",
        self->system.root, self->path, i - 1, phys[i - 1], i, phys[i]);
    return FALSE;
  }
  buffer->piece.phys = phys[0];
  return TRUE;
}

static XlnkPiece *
heap_take (XlnkBackend *backend, gsize size, gboolean cacheable, GError **error)
{
  HeapBackend *self = (HeapBackend *) backend;
  struct dma_heap_allocation_data arg = {
    .len = size,
    .fd_flags = O_CLOEXEC | O_RDWR,
  };
  /* Page numbers of a buffer are counted by a guint. */
  errno = ENOMEM;
  if (size / self->base.page_size > G_MAXINT
      || xlnk_system_ioctl (&self->system, self->fd, DMA_HEAP_IOCTL_ALLOC, &arg)
             < 0) {
    gint saved = errno;
    guint64 available, total;
    xlnk_get_cma_stats (&self->system, &available, &total);
    xlnk_set_error (error, saved, &heap_remedy,
        "'%s%s' cannot give %" G_GSIZE_FORMAT " bytes (%" G_GUINT64_FORMAT
        " of the kernel's %" G_GUINT64_FORMAT
        " contiguous bytes are free; cma=SIZE at boot makes it more)",
        self->system.root, self->path, size, available, total);
    return NULL;
  }
  HeapBuffer *buffer = g_new0 (HeapBuffer, 1);
  buffer->fd = (gint) arg.fd;
  buffer->piece.size = size;
  if (heap_map_buffer (self, buffer, error)
      && heap_find_address (self, buffer, error))
    return &buffer->piece;
  heap_give (backend, &buffer->piece);
  return NULL;
}

static const XlnkPieceKind heap_pieces = {
  .take = heap_take,
  .give = heap_give,
};

/* ---- the table ---- */

static gboolean
heap_alloc (XlnkBackend *backend, XlnkExtent *out, gsize align,
    guint64 phys_limit, GError **error)
{
  out->cacheable = TRUE;
  out->handle =
      xlnk_piece_new (backend, &heap_pieces, out, align, phys_limit, error);
  return out->handle != NULL;
}

static void
heap_free (XlnkBackend *backend, XlnkExtent *extent)
{
  heap_give (backend, extent->handle);
}

static gpointer
heap_map (XlnkBackend *backend, XlnkExtent *extent, GError **error)
{
  HeapBuffer *buffer = extent->handle;
  return buffer->pointer + buffer->piece.skip;
}

static void
heap_unmap (XlnkBackend *backend, XlnkExtent *extent, gpointer pointer)
{
  /* Mapped as long as it is allocated: the caches are maintained by address. */
}

/* For those devices that the kernel knows. */
static gboolean
heap_sync (
    HeapBackend *self, const HeapBuffer *buffer, guint64 flags, GError **error)
{
  struct dma_buf_sync sync = { .flags = flags };
  if (xlnk_system_ioctl (&self->system, buffer->fd, DMA_BUF_IOCTL_SYNC, &sync)
      == 0)
    return TRUE;
  xlnk_set_error (error, errno, &heap_remedy,
      "cannot maintain the cache of a buffer of '%s'", self->path);
  return FALSE;
}

static gboolean
heap_flush (XlnkBackend *backend, XlnkExtent *extent, gsize offset, gsize size,
    GError **error)
{
  HeapBackend *self = (HeapBackend *) backend;
  const HeapBuffer *buffer = extent->handle;
  if (self->system.cache->kind == XLNK_CACHE_BY_ADDRESS)
    xlnk_cache_flush (self->system.cache,
        buffer->pointer + buffer->piece.skip + offset, size);
  return heap_sync (self, buffer, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE, error);
}

static gboolean
heap_invalidate (XlnkBackend *backend, XlnkExtent *extent, gsize offset,
    gsize size, GError **error)
{
  HeapBackend *self = (HeapBackend *) backend;
  const HeapBuffer *buffer = extent->handle;
  if (self->system.cache->kind == XLNK_CACHE_BY_ADDRESS)
    xlnk_cache_invalidate (self->system.cache,
        buffer->pointer + buffer->piece.skip + offset, size);
  return heap_sync (
      self, buffer, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ, error);
}

static gint
heap_export_fd (
    XlnkBackend *backend, XlnkExtent *extent, gsize *offset, GError **error)
{
  HeapBuffer *buffer = extent->handle;
  gint fd = fcntl (buffer->fd, F_DUPFD_CLOEXEC, 0);
  if (fd < 0)
    vdma_set_error_errno (error, errno,
        "cannot duplicate the descriptor of a dma-buf; ulimit -n says how many "
        "there may be");
  *offset = buffer->piece.skip;
  return fd;
}

/* Each buffer is a file of its own. */
static gint
heap_get_keeper (XlnkBackend *backend, const XlnkExtent *extent, GError **error)
{
  return extent ? ((const HeapBuffer *) extent->handle)->fd : -1;
}

static void
heap_get_system_stats (XlnkBackend *backend, guint64 *available, guint64 *total)
{
  HeapBackend *self = (HeapBackend *) backend;
  xlnk_get_cma_stats (&self->system, available, total);
}

static void
heap_close (XlnkBackend *backend)
{
  HeapBackend *self = (HeapBackend *) backend;
  xlnk_close_fd (&self->fd);
  g_free (self->path);
  xlnk_system_clear (&self->system);
  g_free (self);
}

static const XlnkBackendImpl heap_impl = {
  .name = "dma-heap",
  .close = heap_close,
  .alloc = heap_alloc,
  .free = heap_free,
  .map = heap_map,
  .unmap = heap_unmap,
  .flush = heap_flush,
  .invalidate = heap_invalidate,
  .export_fd = heap_export_fd,
  .get_keeper = heap_get_keeper,
  .get_system_stats = heap_get_system_stats,
};

/* ---- opening ---- */

/* Two pages, to see that addresses are shown, and follow each other. */
static gboolean
heap_probe (HeapBackend *self, GError **error)
{
  XlnkPiece *piece =
      heap_take (&self->base, 2 * self->base.page_size, TRUE, error);
  if (!piece)
    return FALSE;
  heap_give (&self->base, piece);
  return TRUE;
}

static gboolean
heap_check_caches (const XlnkSystem *system, GError **error)
{
  if (system->cache->kind != XLNK_CACHE_KERNEL_ONLY)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
      "a heap maintains caches for devices of kernel drivers alone, and %s: "
      "say "
      "?coherent=true if the core is at a coherent port",
      system->cache->reason);
  return FALSE;
}

static void
heap_add_alternatives (const XlnkSystem *system, GError **error)
{
  if (!error || (*error)->code != VDMA_ERROR_UNSUPPORTED)
    return;
  g_autofree gchar *others = heap_describe_alternatives (system);
  g_autoptr (GError) plain = *error;
  *error = g_error_new (
      plain->domain, plain->code, "%s; %s", plain->message, others);
}

static gboolean
heap_open_device (HeapBackend *self, GError **error)
{
  self->fd =
      xlnk_system_open (&self->system, self->path, O_RDWR, &heap_remedy, error);
  return self->fd >= 0 && heap_check_caches (&self->system, error)
         && heap_probe (self, error);
}

XlnkBackend *
xlnk_dma_heap_open (const XlnkSystem *system, const gchar *name, GError **error)
{
  if (strchr (name, '/') || g_str_has_prefix (name, ".")) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "'%s' is no name of a heap; those are the names in '%s" HEAP_FOLDER "'",
        name, system->root);
    return NULL;
  }
  HeapBackend *self = g_new0 (HeapBackend, 1);
  self->base.impl = &heap_impl;
  self->base.caps =
      XLNK_CAP_STATS | XLNK_CAP_SYNC | XLNK_CAP_FD | XLNK_CAP_DMABUF;
  self->base.page_size = xlnk_get_page_size ();
  self->base.highest = G_MAXUINT64;
  self->path = g_strconcat (HEAP_FOLDER "/", name, NULL);
  self->fd = -1;
  xlnk_system_copy (&self->system, system);
  if (heap_open_device (self, error))
    return &self->base;
  heap_add_alternatives (system, error);
  heap_close (&self->base);
  return NULL;
}

GStrv
xlnk_dma_heap_list (const XlnkSystem *system)
{
  return xlnk_system_list (system, HEAP_FOLDER);
}
