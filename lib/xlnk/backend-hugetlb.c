/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Huge pages of one memfd: the only contiguous memory of a stock x86 kernel.
 *
 * A huge page is contiguous; several are where their addresses say so. All pages
 * that were got so far are kept sorted by address, a block is a run of them, and
 * it is mapped in the order of addresses, whatever their order in the file is.
 * What is freed stays here for the next block, unless somebody may still look at
 * it through a descriptor: then the page goes back to the kernel, which keeps it
 * for that descriptor alone. */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_MEMORY

#include "xlnk-backends.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "huge-pool.h"
#include "vdma-error.h"
#include "vdma-log.h"
#include "xlnk-pagemap.h"

#define HUGETLB_UDMABUF "/dev/udmabuf"

typedef struct {
  XlnkBackend base;
  HugePool pool;
  gint udmabuf; /* -1: this kernel makes no dma-buf of them */
} HugetlbBackend;

typedef struct {
  guint64 *indices;
  guint n;
  gpointer reserved; /* addresses; the extent is aligned inside */
  gsize n_reserved;
  guint8 *pointer;
  gboolean exported;
} HugetlbExtent;

/* ---- mapping ---- */

/* Pages from @i on that follow each other in the file too. */
static guint
hugetlb_count_together (const HugetlbExtent *extent, guint i)
{
  guint n = 1;
  while (i + n < extent->n && extent->indices[i + n] == extent->indices[i] + n)
    n++;
  return n;
}

static gboolean
hugetlb_map_extent (HugetlbBackend *self, HugetlbExtent *extent, GError **error)
{
  const gsize mask = self->pool.page - 1;
  extent->n_reserved = (extent->n + 1) * self->pool.page;
  extent->reserved = mmap (NULL, extent->n_reserved, PROT_NONE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (extent->reserved == MAP_FAILED) {
    extent->reserved = NULL;
    vdma_set_error_errno (error, errno, "no room for %u huge pages", extent->n);
    return FALSE;
  }
  extent->pointer = (guint8 *) (((gsize) extent->reserved + mask) & ~mask);
  for (guint i = 0; i < extent->n;) {
    const guint n = hugetlb_count_together (extent, i);
    if (huge_pool_map (&self->pool, extent->pointer + i * self->pool.page,
            extent->indices[i], n)
        == MAP_FAILED) {
      vdma_set_error_errno (error, errno, "cannot map %u huge pages", n);
      return FALSE;
    }
    i += n;
  }
  return TRUE;
}

static void
hugetlb_extent_free (HugetlbExtent *extent)
{
  if (extent->reserved)
    munmap (extent->reserved, extent->n_reserved);
  g_free (extent->indices);
  g_free (extent);
}

static HugetlbExtent *
hugetlb_extent_new (HugetlbBackend *self, guint first, guint n, GError **error)
{
  HugetlbExtent *extent = g_new0 (HugetlbExtent, 1);
  extent->n = n;
  extent->indices = g_new (guint64, n);
  for (guint i = 0; i < n; i++)
    extent->indices[i] = huge_pool_at (&self->pool, first + i)->index;
  if (hugetlb_map_extent (self, extent, error))
    return extent;
  hugetlb_extent_free (extent);
  return NULL;
}

/* ---- the table ---- */

static gboolean
hugetlb_alloc (XlnkBackend *backend, XlnkExtent *out, gsize align,
    guint64 phys_limit, GError **error)
{
  HugetlbBackend *self = (HugetlbBackend *) backend;
  const HugeWish wish = { .n = (guint) MIN (
                              out->size / self->pool.page, G_MAXUINT),
    .align = align,
    .limit = phys_limit };
  guint first;
  HugetlbExtent *extent = NULL;

  if (huge_pool_search (&self->pool, &wish, &first, error))
    extent = hugetlb_extent_new (self, first, wish.n, error);
  if (extent) {
    for (guint i = 0; i < wish.n; i++)
      huge_pool_at (&self->pool, first + i)->taken = TRUE;
    out->phys = huge_pool_at (&self->pool, first)->phys;
    out->handle = extent;
    out->cacheable = TRUE;
  }
  huge_pool_trim (&self->pool);
  return extent != NULL;
}

static void
hugetlb_free (XlnkBackend *backend, XlnkExtent *out)
{
  HugetlbBackend *self = (HugetlbBackend *) backend;
  HugetlbExtent *extent = out->handle;
  huge_pool_give (&self->pool, out->phys, out->size, extent->exported);
  hugetlb_extent_free (extent);
}

static gpointer
hugetlb_map (XlnkBackend *backend, XlnkExtent *extent, GError **error)
{
  return ((HugetlbExtent *) extent->handle)->pointer;
}

static void
hugetlb_unmap (XlnkBackend *backend, XlnkExtent *extent, gpointer pointer)
{
  /* Mapped as long as it is allocated: the caches are maintained by address. */
}

static gboolean
hugetlb_flush (XlnkBackend *backend, XlnkExtent *extent, gsize offset,
    gsize size, GError **error)
{
  HugetlbBackend *self = (HugetlbBackend *) backend;
  HugetlbExtent *mine = extent->handle;
  xlnk_cache_flush (self->pool.system.cache, mine->pointer + offset, size);
  return TRUE;
}

static gboolean
hugetlb_invalidate (XlnkBackend *backend, XlnkExtent *extent, gsize offset,
    gsize size, GError **error)
{
  HugetlbBackend *self = (HugetlbBackend *) backend;
  HugetlbExtent *mine = extent->handle;
  xlnk_cache_invalidate (self->pool.system.cache, mine->pointer + offset, size);
  return TRUE;
}

/* A dma-buf of @n pages of the file, in the order of @indices. */
static gint
hugetlb_make_dmabuf (HugetlbBackend *self, const guint64 *indices, guint n)
{
  g_autofree struct udmabuf_create_list *list =
      g_malloc0 (sizeof *list + n * sizeof (struct udmabuf_create_item));
  list->flags = UDMABUF_FLAGS_CLOEXEC;
  list->count = n;
  for (guint i = 0; i < n; i++)
    list->list[i] = (struct udmabuf_create_item){
      .memfd = (guint32) self->pool.fd,
      .offset = indices[i] * self->pool.page,
      .size = self->pool.page,
    };
  return xlnk_system_ioctl (
      &self->pool.system, self->udmabuf, UDMABUF_CREATE_LIST, list);
}

static gint
hugetlb_export_fd (
    XlnkBackend *backend, XlnkExtent *out, gsize *offset, GError **error)
{
  HugetlbBackend *self = (HugetlbBackend *) backend;
  HugetlbExtent *extent = out->handle;
  guint64 phys;
  gint fd = hugetlb_make_dmabuf (self, extent->indices, extent->n);
  if (fd < 0) {
    vdma_set_error_errno (error, errno,
        "cannot make a dma-buf of %u huge pages with '%s" HUGETLB_UDMABUF
        "'; /sys/module/udmabuf/parameters says how large one may be",
        extent->n, self->pool.system.root);
    return -1;
  }
  extent->exported = TRUE;
  /* Pinning may have moved a page that was movable until now. */
  if (!xlnk_pagemap_read (&self->pool.system, extent->pointer, self->pool.page,
          1, &phys, error)) {
    close (fd);
    return -1;
  }
  if (phys != out->phys) {
    close (fd);
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_FAILED,
        "the kernel moved the huge pages at 0x%" G_GINT64_MODIFIER
        "x when a dma-buf was made of them; use huge pages outside "
        "of movable memory (kernelcore=, movablecore=, hugetlb_cma=)",
        out->phys);
    return -1;
  }
  *offset = 0;
  return fd;
}

static void
hugetlb_get_system_stats (
    XlnkBackend *backend, guint64 *available, guint64 *total)
{
  HugetlbBackend *self = (HugetlbBackend *) backend;
  huge_pool_get_stats (&self->pool, available, total);
}

static gint
hugetlb_get_keeper (
    XlnkBackend *backend, const XlnkExtent *extent, GError **error)
{
  return ((HugetlbBackend *) backend)->pool.fd;
}

static void
hugetlb_close (XlnkBackend *backend)
{
  HugetlbBackend *self = (HugetlbBackend *) backend;
  xlnk_close_fd (&self->udmabuf);
  huge_pool_clear (&self->pool);
  g_free (self);
}

static const XlnkBackendImpl hugetlb_impl = {
  .name = "hugetlb",
  .close = hugetlb_close,
  .alloc = hugetlb_alloc,
  .free = hugetlb_free,
  .map = hugetlb_map,
  .unmap = hugetlb_unmap,
  .flush = hugetlb_flush,
  .invalidate = hugetlb_invalidate,
  .export_fd = hugetlb_export_fd,
  .get_keeper = hugetlb_get_keeper,
  .get_system_stats = hugetlb_get_system_stats,
};

/* ---- opening ---- */

static void
hugetlb_probe_dmabuf (HugetlbBackend *self)
{
  g_autoptr (GError) error = NULL;
  self->udmabuf = xlnk_system_open (
      &self->pool.system, HUGETLB_UDMABUF, O_RDWR, NULL, &error);
  if (self->udmabuf < 0) {
    vdma_log_info ("huge pages without dma-buf: %s", error->message);
    return;
  }
  gint fd =
      hugetlb_make_dmabuf (self, &huge_pool_at (&self->pool, 0)->index, 1);
  if (fd >= 0) {
    self->base.caps |= XLNK_CAP_FD | XLNK_CAP_DMABUF;
  } else {
    vdma_log_info ("huge pages without dma-buf: '%s" HUGETLB_UDMABUF
                   "' does not take them: %s",
        self->pool.system.root, g_strerror (errno));
    xlnk_close_fd (&self->udmabuf);
  }
  xlnk_close_fd (&fd);
}

static gboolean
hugetlb_check_caches (const XlnkSystem *system, GError **error)
{
  if (system->cache->kind != XLNK_CACHE_KERNEL_ONLY)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
      "huge pages are cached, and %s; use u-dma-buf, or a carve-out, or say "
      "?coherent=true if the core is at a coherent port",
      system->cache->reason);
  return FALSE;
}

XlnkBackend *
xlnk_hugetlb_open (const XlnkSystem *system, GError **error)
{
  if (!hugetlb_check_caches (system, error))
    return NULL;
  HugetlbBackend *self = g_new0 (HugetlbBackend, 1);
  self->udmabuf = -1;
  self->base.impl = &hugetlb_impl;
  self->base.caps = XLNK_CAP_STATS;
  if (system->cache->kind == XLNK_CACHE_BY_ADDRESS)
    self->base.caps |= XLNK_CAP_SYNC;
  self->base.highest = G_MAXUINT64;
  if (!huge_pool_init (&self->pool, system, error)) {
    hugetlb_close (&self->base);
    return NULL;
  }
  hugetlb_probe_dmabuf (self);
  huge_pool_trim (&self->pool);
  self->base.page_size = self->pool.page;
  vdma_log_info ("huge pages of %" G_GSIZE_FORMAT " bytes, %s dma-buf",
      self->pool.page, self->udmabuf >= 0 ? "with" : "without");
  return &self->base;
}
