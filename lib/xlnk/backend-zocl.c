/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Buffer objects of the DRM driver zocl (hardware.md 5.6): contiguous memory on
 * boards that run XRT, with maintenance by the kernel and a dma-buf for each. */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_MEMORY

#include "xlnk-backends.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "range-alloc.h"
#include "vdma-error.h"
#include "vdma-log.h"
#include "xlnk-piece.h"

/* ---- the driver's calls ---- */

typedef struct {
  gint version[3];
  gsize name_length;
  gchar *name;
  gsize date_length;
  gchar *date;
  gsize desc_length;
  gchar *desc;
} ZoclVersion;

typedef struct {
  guint64 size;
  guint32 handle; /* out */
  guint32 flags;
} ZoclCreate;

typedef struct {
  guint32 handle;
  guint32 padding;
  guint64 offset; /* out: for mmap */
} ZoclMap;

typedef struct {
  guint32 handle;
  guint32 direction;
  guint64 offset;
  guint64 size;
} ZoclSync;

typedef struct {
  guint32 handle;
  guint32 flags;
  guint64 size; /* out */
  guint64 phys; /* out */
} ZoclInfo;

typedef struct {
  guint32 handle;
  guint32 padding;
} ZoclClose;

typedef struct {
  guint32 handle;
  guint32 flags;
  gint32 fd; /* out */
} ZoclPrime;

#define ZOCL_VERSION _IOWR ('d', 0x00, ZoclVersion)
#define ZOCL_CLOSE   _IOW ('d', 0x09, ZoclClose)
#define ZOCL_PRIME   _IOWR ('d', 0x2D, ZoclPrime)
#define ZOCL_CREATE  _IOWR ('d', 0x40, ZoclCreate)
#define ZOCL_MAP     _IOWR ('d', 0x43, ZoclMap)
#define ZOCL_SYNC    _IOWR ('d', 0x44, ZoclSync)
#define ZOCL_INFO    _IOWR ('d', 0x45, ZoclInfo)

G_STATIC_ASSERT (ZOCL_CLOSE == 0x40086409);
G_STATIC_ASSERT (ZOCL_PRIME == 0xC00C642D);
G_STATIC_ASSERT (ZOCL_CREATE == 0xC0106440);
G_STATIC_ASSERT (ZOCL_MAP == 0xC0106443);
G_STATIC_ASSERT (ZOCL_SYNC == 0xC0186444);
G_STATIC_ASSERT (ZOCL_INFO == 0xC0186445);

/* Bank 0, which is the kernel's contiguous memory where no xclbin is loaded. */
#define ZOCL_FLAGS_CACHEABLE (1u << 24)

typedef enum {
  ZOCL_TO_DEVICE = 0,
  ZOCL_FROM_DEVICE = 1,
} ZoclDirection;

typedef struct {
  XlnkBackend base;
  XlnkSystem system;
  gchar *path;
  gint fd;
} ZoclBackend;

typedef struct {
  XlnkPiece piece;
  guint32 handle;
} ZoclBo;

static const XlnkRemedy zocl_remedy = {
  .missing = "boards with XRT have it: load the driver zocl, and give the "
             "device tree a node compatible with \"xlnx,zocl\"",
  .permission = "give the group access with a udev rule, SUBSYSTEM==\"drm\", "
                "KERNEL==\"renderD*\", GROUP=\"video\", MODE=\"0660\"",
};

static gint
zocl_ioctl (ZoclBackend *self, gulong request, gpointer argument)
{
  return xlnk_system_ioctl (&self->system, self->fd, request, argument);
}

/* ---- buffer objects ---- */

static void
zocl_give (XlnkBackend *backend, XlnkPiece *piece)
{
  ZoclBackend *self = (ZoclBackend *) backend;
  ZoclBo *bo = (ZoclBo *) piece;
  ZoclClose arg = { .handle = bo->handle };
  if (zocl_ioctl (self, ZOCL_CLOSE, &arg) < 0)
    vdma_log_warning ("'%s': cannot free a buffer object: %s", self->path,
        g_strerror (errno));
  g_free (bo);
}

static gboolean
zocl_read_info (ZoclBackend *self, ZoclBo *bo, gsize size, GError **error)
{
  ZoclInfo info = { .handle = bo->handle };
  if (zocl_ioctl (self, ZOCL_INFO, &info) < 0) {
    xlnk_set_error (error, errno, &zocl_remedy,
        "'%s' does not say where a buffer object is", self->path);
    return FALSE;
  }
  if (info.phys == 0 || info.phys % self->base.page_size != 0
      || info.size < size || info.size - 1 > G_MAXUINT64 - info.phys) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
        "'%s' gave %" G_GUINT64_FORMAT " bytes at 0x%" G_GINT64_MODIFIER
        "x for %" G_GSIZE_FORMAT
        ": no contiguous memory with an address; an IOMMU that is on for zocl "
        "makes it so",
        self->path, info.size, info.phys, size);
    return FALSE;
  }
  bo->piece.phys = info.phys;
  /* what was asked for is what is used and mapped */
  bo->piece.size = size;
  return TRUE;
}

static XlnkPiece *
zocl_take (XlnkBackend *backend, gsize size, gboolean cacheable, GError **error)
{
  ZoclBackend *self = (ZoclBackend *) backend;
  ZoclCreate create = {
    .size = size,
    .flags = cacheable ? ZOCL_FLAGS_CACHEABLE : 0,
  };
  if (zocl_ioctl (self, ZOCL_CREATE, &create) < 0) {
    gint saved = errno;
    guint64 available, total;
    xlnk_get_cma_stats (&self->system, &available, &total);
    xlnk_set_error (error, saved, &zocl_remedy,
        "'%s' cannot give %" G_GSIZE_FORMAT " bytes (%" G_GUINT64_FORMAT
        " of the kernel's %" G_GUINT64_FORMAT
        " contiguous bytes are free; cma=SIZE at boot makes it more)",
        self->path, size, available, total);
    return NULL;
  }
  ZoclBo *bo = g_new0 (ZoclBo, 1);
  bo->handle = create.handle;
  if (zocl_read_info (self, bo, size, error))
    return &bo->piece;
  zocl_give (backend, &bo->piece);
  return NULL;
}

static const XlnkPieceKind zocl_pieces = {
  .take = zocl_take,
  .give = zocl_give,
};

/* ---- the table ---- */

static gboolean
zocl_alloc (XlnkBackend *backend, XlnkExtent *out, gsize align,
    guint64 phys_limit, GError **error)
{
  out->handle =
      xlnk_piece_new (backend, &zocl_pieces, out, align, phys_limit, error);
  return out->handle != NULL;
}

static void
zocl_free (XlnkBackend *backend, XlnkExtent *extent)
{
  zocl_give (backend, extent->handle);
}

static gpointer
zocl_map (XlnkBackend *backend, XlnkExtent *extent, GError **error)
{
  ZoclBackend *self = (ZoclBackend *) backend;
  ZoclBo *bo = extent->handle;
  ZoclMap map = { .handle = bo->handle };
  guint8 *pointer = NULL;
  if (zocl_ioctl (self, ZOCL_MAP, &map) == 0)
    pointer =
        xlnk_system_map (&self->system, self->fd, map.offset, bo->piece.size);
  if (!pointer) {
    xlnk_set_error (error, errno, &zocl_remedy,
        "'%s' cannot map a buffer object", self->path);
    return NULL;
  }
  return pointer + bo->piece.skip;
}

static void
zocl_unmap (XlnkBackend *backend, XlnkExtent *extent, gpointer pointer)
{
  ZoclBo *bo = extent->handle;
  munmap ((guint8 *) pointer - bo->piece.skip, bo->piece.size);
}

/* The kernel's architecture code writes back lines that are shared at the ends
 * of a range before it throws them away: ranges can be exact. */
static gboolean
zocl_sync (ZoclBackend *self, const XlnkExtent *extent, ZoclDirection direction,
    RangeSpan span, GError **error)
{
  const ZoclBo *bo = extent->handle;
  ZoclSync sync = {
    .handle = bo->handle,
    .direction = direction,
    .offset = bo->piece.skip + span.address,
    .size = span.size,
  };
  if (zocl_ioctl (self, ZOCL_SYNC, &sync) == 0)
    return TRUE;
  xlnk_set_error (error, errno, &zocl_remedy,
      "'%s' cannot maintain the cache of a buffer object", self->path);
  return FALSE;
}

static gboolean
zocl_flush (XlnkBackend *backend, XlnkExtent *extent, gsize offset, gsize size,
    GError **error)
{
  return zocl_sync ((ZoclBackend *) backend, extent, ZOCL_TO_DEVICE,
      (RangeSpan){ .address = offset, .size = size }, error);
}

static gboolean
zocl_invalidate (XlnkBackend *backend, XlnkExtent *extent, gsize offset,
    gsize size, GError **error)
{
  return zocl_sync ((ZoclBackend *) backend, extent, ZOCL_FROM_DEVICE,
      (RangeSpan){ .address = offset, .size = size }, error);
}

static gint
zocl_export_fd (
    XlnkBackend *backend, XlnkExtent *extent, gsize *offset, GError **error)
{
  ZoclBackend *self = (ZoclBackend *) backend;
  ZoclBo *bo = extent->handle;
  ZoclPrime prime = {
    .handle = bo->handle,
    .flags = O_CLOEXEC | O_RDWR,
    .fd = -1,
  };
  if (zocl_ioctl (self, ZOCL_PRIME, &prime) < 0) {
    xlnk_set_error (error, errno, &zocl_remedy,
        "'%s' cannot make a dma-buf of a buffer object", self->path);
    return -1;
  }
  *offset = bo->piece.skip;
  return prime.fd;
}

static void
zocl_get_system_stats (XlnkBackend *backend, guint64 *available, guint64 *total)
{
  ZoclBackend *self = (ZoclBackend *) backend;
  xlnk_get_cma_stats (&self->system, available, total);
}

static gint
zocl_get_keeper (XlnkBackend *backend, const XlnkExtent *extent, GError **error)
{
  return ((ZoclBackend *) backend)->fd;
}

static void
zocl_close (XlnkBackend *backend)
{
  ZoclBackend *self = (ZoclBackend *) backend;
  xlnk_close_fd (&self->fd);
  g_free (self->path);
  xlnk_system_clear (&self->system);
  g_free (self);
}

static const XlnkBackendImpl zocl_impl = {
  .name = "zocl",
  .close = zocl_close,
  .alloc = zocl_alloc,
  .free = zocl_free,
  .map = zocl_map,
  .unmap = zocl_unmap,
  .flush = zocl_flush,
  .invalidate = zocl_invalidate,
  .export_fd = zocl_export_fd,
  .get_keeper = zocl_get_keeper,
  .get_system_stats = zocl_get_system_stats,
};

/* ---- opening ---- */

/* The driver behind a node, empty when it does not say. */
static void
zocl_read_driver (ZoclBackend *self, gchar *name, gsize size)
{
  ZoclVersion version = { .name = name, .name_length = size - 1 };
  memset (name, 0, size);
  if (zocl_ioctl (self, ZOCL_VERSION, &version) < 0)
    name[0] = '\0';
}

/* One page, to see that buffer objects have addresses here. */
static gboolean
zocl_probe (ZoclBackend *self, GError **error)
{
  XlnkPiece *piece = zocl_take (&self->base, self->base.page_size, TRUE, error);
  if (!piece)
    return FALSE;
  zocl_give (&self->base, piece);
  return TRUE;
}

static gboolean
zocl_open_node (ZoclBackend *self, GError **error)
{
  gchar driver[32];
  self->fd =
      xlnk_system_open (&self->system, self->path, O_RDWR, &zocl_remedy, error);
  if (self->fd < 0)
    return FALSE;
  zocl_read_driver (self, driver, sizeof driver);
  if (g_str_equal (driver, "zocl"))
    return zocl_probe (self, error);
  g_autofree gchar *shown = g_utf8_make_valid (driver, -1);
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND,
      "'%s%s' is of driver '%s', not of zocl; %s", self->system.root,
      self->path, shown, zocl_remedy.missing);
  return FALSE;
}

static ZoclBackend *
zocl_open_path (const XlnkSystem *system, const gchar *path, GError **error)
{
  ZoclBackend *self = g_new0 (ZoclBackend, 1);
  self->base.impl = &zocl_impl;
  self->base.caps = XLNK_CAP_STATS | XLNK_CAP_FD | XLNK_CAP_DMABUF;
  if (system->cache->kind != XLNK_CACHE_COHERENT)
    self->base.caps |= XLNK_CAP_SYNC;
  self->base.page_size = xlnk_get_page_size ();
  self->base.highest = G_MAXUINT64;
  self->path = g_strdup (path);
  self->fd = -1;
  xlnk_system_copy (&self->system, system);
  if (zocl_open_node (self, error))
    return self;
  zocl_close (&self->base);
  return NULL;
}

/* The first render node of that driver. What was there and could not be used
 * says more than that nothing was. */
static ZoclBackend *
zocl_find (const XlnkSystem *system, GError **error)
{
  g_auto (GStrv) names = xlnk_system_list (system, "/dev/dri");
  g_autoptr (GError) reason = NULL;
  for (guint i = 0; names[i]; i++) {
    g_autoptr (GError) why = NULL;
    g_autofree gchar *path = g_strconcat ("/dev/dri/", names[i], NULL);
    if (!g_str_has_prefix (names[i], "renderD"))
      continue;
    ZoclBackend *found = zocl_open_path (system, path, &why);
    if (found)
      return found;
    vdma_log_info ("zocl: %s", why->message);
    if (!reason || reason->code == VDMA_ERROR_NOT_FOUND) {
      g_clear_error (&reason);
      reason = g_steal_pointer (&why);
    }
  }
  if (reason)
    g_propagate_error (error, g_steal_pointer (&reason));
  else
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND,
        "there is no render node in '%s/dev/dri'; %s", system->root,
        zocl_remedy.missing);
  return NULL;
}

XlnkBackend *
xlnk_zocl_open (const XlnkSystem *system, const gchar *node, GError **error)
{
  ZoclBackend *self;
  if (!node) {
    self = zocl_find (system, error);
  } else {
    g_autofree gchar *path = g_path_is_absolute (node)
                                 ? g_strdup (node)
                                 : g_strconcat ("/dev/dri/", node, NULL);
    self = zocl_open_path (system, path, error);
  }
  return self ? &self->base : NULL;
}
