/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices of the kernel module u-dma-buf (hardware.md 5.4): each is one
 * contiguous buffer, cached, with maintenance by the kernel.
 *
 * Maintenance goes by ioctl where the module has it, else through two files of
 * sysfs; a command is one number either way. Ranges are widened to cache lines:
 * the module rounds to 16 bytes, and a line that is half ours may hold what the
 * CPU wrote beside. */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_MEMORY

#include "xlnk-backends.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "range-alloc.h"
#include "vdma-error.h"
#include "vdma-log.h"
#include "vdma-util.h"
#include "xlnk-region.h"

/* ---- the module's calls ---- */

typedef struct {
  guint64 flags;
  gchar version[16];
} UDriverInfo;

typedef struct {
  guint64 flags; /* O_CLOEXEC and access mode, of the new descriptor */
  guint64 size;
  guint64 offset;
  guint64 addr; /* out */
  gint32 fd;    /* out */
  guint32 padding;
} UExport;

#define U_GET_DRV_INFO        _IOR ('U', 1, UDriverInfo)
#define U_GET_SIZE            _IOR ('U', 2, guint64)
#define U_GET_DMA_ADDR        _IOR ('U', 3, guint64)
#define U_SET_SYNC_FOR_CPU    _IOW ('U', 5, guint64)
#define U_SET_SYNC_FOR_DEVICE _IOW ('U', 6, guint64)
#define U_EXPORT              _IOWR ('U', 10, UExport)

G_STATIC_ASSERT (U_GET_DRV_INFO == 0x80185501);
G_STATIC_ASSERT (U_SET_SYNC_FOR_DEVICE == 0x40085506);
G_STATIC_ASSERT (U_EXPORT == 0xC028550A);

/* A command has 32 bits for the offset, 28 for 16 bytes of size each. */
#define U_MAX_SIZE G_GUINT64_CONSTANT (0xFFFF0000)

#define U_MODE_MASK    3u /* of sync_mode: what O_SYNC asks for */
#define U_MODE_CACHED  0u /* nothing */
#define U_MODE_DEVICE  1u /* device memory on Arm: unaligned accesses fault */
#define U_MODE_ALWAYS  4u /* also without O_SYNC */
#define U_MODE_LARGEST 7u

typedef enum {
  U_TO_DEVICE = 1,
  U_FROM_DEVICE = 2,
} UDirection;

/** USync: the two sides of maintenance, index of every table below. */
typedef enum {
  U_FOR_CPU,
  U_FOR_DEVICE,
  U_N_SYNCS,
} USync;

static const gulong u_sync_requests[U_N_SYNCS] = {
  [U_FOR_CPU] = U_SET_SYNC_FOR_CPU,
  [U_FOR_DEVICE] = U_SET_SYNC_FOR_DEVICE,
};

static const gchar *const u_sync_files[U_N_SYNCS] = {
  [U_FOR_CPU] = "sync_for_cpu",
  [U_FOR_DEVICE] = "sync_for_device",
};

typedef struct {
  gchar *folder; /* in sysfs */
  gchar *path;   /* in /dev */
  XlnkRegion *region;
  XlnkCaching caching; /* of the first view */
  gboolean can_uncached;
  gboolean can_cache;
  gboolean needs_sync;
  gboolean has_ioctl;
  gint sync_fd[U_N_SYNCS];
} UDevice;

typedef struct {
  XlnkBackend base;
  XlnkSystem system;
  gsize line;
  GPtrArray *devices; /* UDevice */
} UBackend;

static const XlnkRemedy u_remedy = {
  .missing = "load the module: modprobe u-dma-buf udmabuf0=SIZE, or give the "
             "device tree a node compatible with \"ikwzm,u-dma-buf\"",
  .permission = "give the group access with a udev rule, "
                "SUBSYSTEM==\"u-dma-buf\", GROUP=\"video\", MODE=\"0660\"",
  .other = "see the kernel's log; quirk-mmap of the module must not be off",
};

/* ---- maintenance ---- */

static gboolean
u_device_write_command (
    const UDevice *self, USync sync, guint64 command, GError **error)
{
  gchar text[32];
  const gint length =
      g_snprintf (text, sizeof text, "0x%016" G_GINT64_MODIFIER "x\n", command);
  if (pwrite (self->sync_fd[sync], text, (gsize) length, 0) == length)
    return TRUE;
  xlnk_set_error (error, errno, &u_remedy, "cannot write to '%s/%s'",
      self->folder, u_sync_files[sync]);
  return FALSE;
}

static gboolean
u_device_sync (const UBackend *backend, const UDevice *self, USync sync,
    UDirection direction, RangeSpan span, GError **error)
{
  guint64 command =
      span.address << 32 | span.size | (guint64) direction << 2 | 1;
  if (!self->has_ioctl)
    return u_device_write_command (self, sync, command, error);
  const gint fd = xlnk_region_get_fd (self->region, self->caching);
  if (xlnk_system_ioctl (&backend->system, fd, u_sync_requests[sync], &command)
      >= 0)
    return TRUE;
  xlnk_set_error (error, errno, &u_remedy, "'%s': %s by ioctl", self->path,
      u_sync_files[sync]);
  return FALSE;
}

static RangeSpan
u_span_of (const XlnkCacheLines *lines)
{
  return (
      RangeSpan){ .address = lines->start, .size = lines->end - lines->start };
}

/* Lines of [@offset, @offset + @size) of an extent, inside the device. */
static XlnkCacheLines
u_get_lines (
    const UBackend *self, const XlnkExtent *extent, gsize offset, gsize size)
{
  const UDevice *device = extent->handle;
  const guint64 start =
      extent->phys - xlnk_region_get_base (device->region) + offset;
  return xlnk_cache_widen (start, size, self->line);
}

static gboolean
u_flush (XlnkBackend *backend, XlnkExtent *extent, gsize offset, gsize size,
    GError **error)
{
  UBackend *self = (UBackend *) backend;
  const UDevice *device = extent->handle;
  const XlnkCacheLines lines = u_get_lines (self, extent, offset, size);
  return !device->needs_sync
         || u_device_sync (self, device, U_FOR_DEVICE, U_TO_DEVICE,
             u_span_of (&lines), error);
}

/* Lines that are shared with others are written back first: the kernel throws
 * whole lines away. */
static gboolean
u_clean_shared (const UBackend *self, const UDevice *device,
    const XlnkCacheLines *lines, GError **error)
{
  const RangeSpan head = { .address = lines->start, .size = self->line };
  const RangeSpan tail = { .address = lines->end - self->line,
    .size = self->line };
  const gboolean same = head.address == tail.address;
  return (!lines->head_shared
             || u_device_sync (
                 self, device, U_FOR_DEVICE, U_TO_DEVICE, head, error))
         && (!lines->tail_shared || (same && lines->head_shared)
             || u_device_sync (
                 self, device, U_FOR_DEVICE, U_TO_DEVICE, tail, error));
}

static gboolean
u_invalidate (XlnkBackend *backend, XlnkExtent *extent, gsize offset,
    gsize size, GError **error)
{
  UBackend *self = (UBackend *) backend;
  const UDevice *device = extent->handle;
  const XlnkCacheLines lines = u_get_lines (self, extent, offset, size);
  return !device->needs_sync
         || (u_clean_shared (self, device, &lines, error)
             && u_device_sync (self, device, U_FOR_CPU, U_FROM_DEVICE,
                 u_span_of (&lines), error));
}

/* ---- allocation ---- */

static guint8 *
u_get_pointer (const XlnkExtent *extent, GError **error)
{
  const UDevice *device = extent->handle;
  guint8 *view = xlnk_region_get_view (device->region,
      extent->cacheable ? XLNK_CACHEABLE : XLNK_UNCACHED, error);
  if (!view)
    return NULL;
  return view + (gsize) (extent->phys - xlnk_region_get_base (device->region));
}

/* An extent that is used uncached has no line left from cached days. */
static gboolean
u_prepare_uncached (UBackend *self, XlnkExtent *extent, GError **error)
{
  return u_flush (&self->base, extent, 0, extent->size, error)
         && u_invalidate (&self->base, extent, 0, extent->size, error);
}

static gboolean
u_alloc_from (UBackend *self, UDevice *device, XlnkExtent *out, gsize align,
    guint64 phys_limit, GError **error)
{
  const gboolean wish = out->cacheable;
  if (!xlnk_region_take (
          device->region, out->size, align, phys_limit, &out->phys, error))
    return FALSE;
  out->handle = device;
  out->cacheable = (wish || !device->can_uncached) && device->can_cache;
  if (u_get_pointer (out, error)
      && (out->cacheable || u_prepare_uncached (self, out, error)))
    return TRUE;
  xlnk_region_give (device->region, out->phys, out->size);
  out->cacheable = wish;
  return FALSE;
}

static gboolean
u_alloc (XlnkBackend *backend, XlnkExtent *out, gsize align, guint64 phys_limit,
    GError **error)
{
  UBackend *self = (UBackend *) backend;
  g_autoptr (GString) reasons = g_string_new (NULL);
  gint code = VDMA_ERROR_UNREACHABLE;
  for (guint i = 0; i < self->devices->len; i++) {
    g_autoptr (GError) reason = NULL;
    UDevice *device = g_ptr_array_index (self->devices, i);
    if (u_alloc_from (self, device, out, align, phys_limit, &reason))
      return TRUE;
    g_string_append_printf (reasons, "%s%s", i ? "; " : "", reason->message);
    /* Reachable memory that is full says more than memory out of reach. */
    if (reason->code != VDMA_ERROR_UNREACHABLE)
      code = reason->code;
  }
  g_set_error (error, VDMA_ERROR, code, "%s", reasons->str);
  return FALSE;
}

static void
u_free (XlnkBackend *backend, XlnkExtent *extent)
{
  UDevice *device = extent->handle;
  xlnk_region_give (device->region, extent->phys, extent->size);
}

static gpointer
u_map (XlnkBackend *backend, XlnkExtent *extent, GError **error)
{
  return u_get_pointer (extent, error);
}

static void
u_unmap (XlnkBackend *backend, XlnkExtent *extent, gpointer pointer)
{
  /* The view stays for the next extent. */
}

/* ---- descriptors ---- */

static gint
u_export_range (
    const UBackend *self, const UDevice *device, guint64 offset, gsize size)
{
  UExport export = {
    .flags = O_CLOEXEC | O_RDWR,
    .size = size,
    .offset = offset,
    .fd = -1,
  };
  const gint fd = xlnk_region_get_fd (device->region, device->caching);
  if (xlnk_system_ioctl (&self->system, fd, U_EXPORT, &export) < 0)
    return -1;
  return export.fd;
}

static gint
u_export_fd (
    XlnkBackend *backend, XlnkExtent *extent, gsize *offset, GError **error)
{
  UBackend *self = (UBackend *) backend;
  const UDevice *device = extent->handle;
  const guint64 start = extent->phys - xlnk_region_get_base (device->region);
  const gint fd = u_export_range (self, device, start, extent->size);
  if (fd < 0)
    xlnk_set_error (
        error, errno, NULL, "cannot export a piece of '%s'", device->path);
  *offset = 0;
  return fd;
}

/* ---- statistics and end ---- */

static void
u_get_system_stats (XlnkBackend *backend, guint64 *available, guint64 *total)
{
  UBackend *self = (UBackend *) backend;
  *available = *total = 0;
  for (guint i = 0; i < self->devices->len; i++) {
    const UDevice *device = g_ptr_array_index (self->devices, i);
    *available += xlnk_region_get_available (device->region);
    *total += xlnk_region_get_size (device->region);
  }
}

static void
u_device_free (gpointer data)
{
  UDevice *self = data;
  for (guint i = 0; i < U_N_SYNCS; i++)
    xlnk_close_fd (&self->sync_fd[i]);
  xlnk_region_free (self->region);
  g_free (self->folder);
  g_free (self->path);
  g_free (self);
}

static void
u_close (XlnkBackend *backend)
{
  UBackend *self = (UBackend *) backend;
  g_ptr_array_unref (self->devices);
  xlnk_system_clear (&self->system);
  g_free (self);
}

static const XlnkBackendImpl u_impl = {
  .name = "u-dma-buf",
  .close = u_close,
  .alloc = u_alloc,
  .free = u_free,
  .map = u_map,
  .unmap = u_unmap,
  .flush = u_flush,
  .invalidate = u_invalidate,
  .export_fd = u_export_fd,
  .get_system_stats = u_get_system_stats,
};

/* ---- opening a device ---- */

static gboolean
u_device_read (const UDevice *self, const XlnkSystem *system, const gchar *file,
    guint64 *number, GError **error)
{
  g_autofree gchar *path = g_strconcat (self->folder, "/", file, NULL);
  return xlnk_system_read_number (system, path, number, &u_remedy, error);
}

/* As u_device_read(), for files that older modules do not have. */
static guint64
u_device_read_or (const UDevice *self, const XlnkSystem *system,
    const gchar *file, guint64 otherwise)
{
  guint64 number;
  return u_device_read (self, system, file, &number, NULL) ? number : otherwise;
}

/* How the device can be mapped: from the architecture, and its sync_mode. */
static void
u_device_choose_views (UDevice *self, const XlnkSystem *system)
{
  const guint64 mode =
      u_device_read_or (self, system, "sync_mode", U_MODE_DEVICE);
  const guint64 o_sync = mode & U_MODE_MASK;
  const gboolean coherent =
      system->cache->kind == XLNK_CACHE_COHERENT
      || u_device_read_or (self, system, "dma_coherent", 0) == 1;
  const gboolean never = mode <= U_MODE_LARGEST && (mode & U_MODE_ALWAYS)
                         && o_sync != U_MODE_CACHED;
  self->can_cache = !never;
  self->needs_sync = !never && !coherent;
  self->can_uncached =
      never
      || (!coherent && o_sync != U_MODE_CACHED && o_sync != U_MODE_DEVICE);
  self->caching = self->can_cache ? XLNK_CACHEABLE : XLNK_UNCACHED;
  vdma_log_info ("'%s': sync_mode %" G_GUINT64_FORMAT ", %s, %s", self->path,
      mode, never ? "never cached" : "cached",
      coherent             ? "coherent"
      : self->can_uncached ? "uncached where wished"
                           : "cached also where uncached is wished: mode 1 "
                             "would be device memory, mode 2 is better");
}

/* Where there is an ioctl it must say the same as sysfs. */
static gboolean
u_device_check_ioctl (UDevice *self, const XlnkSystem *system, GError **error)
{
  UDriverInfo info = { 0 };
  guint64 size = 0, address = 0;
  const gint fd = xlnk_region_get_fd (self->region, self->caching);
  if (xlnk_system_ioctl (system, fd, U_GET_DRV_INFO, &info) < 0)
    return TRUE;
  if (xlnk_system_ioctl (system, fd, U_GET_SIZE, &size) < 0
      || xlnk_system_ioctl (system, fd, U_GET_DMA_ADDR, &address) < 0) {
    xlnk_set_error (
        error, errno, &u_remedy, "'%s' does not say what it is", self->path);
    return FALSE;
  }
  if (address != xlnk_region_get_base (self->region)
      || size < xlnk_region_get_size (self->region)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "'%s' says by ioctl 0x%" G_GINT64_MODIFIER
        "x bytes at 0x%" G_GINT64_MODIFIER
        "x, but something else in '%s': is this file that device?",
        self->path, size, address, self->folder);
    return FALSE;
  }
  self->has_ioctl = TRUE;
  return TRUE;
}

static gboolean
u_device_open_sync (UDevice *self, const XlnkSystem *system, GError **error)
{
  for (guint i = 0; self->needs_sync && !self->has_ioctl && i < U_N_SYNCS;
       i++) {
    g_autofree gchar *path =
        g_strconcat (self->folder, "/", u_sync_files[i], NULL);
    self->sync_fd[i] =
        xlnk_system_open (system, path, O_WRONLY, &u_remedy, error);
    if (self->sync_fd[i] < 0)
      return FALSE;
  }
  return TRUE;
}

static gboolean
u_device_open_region (UDevice *self, const XlnkSystem *system, GError **error)
{
  XlnkRegionPlace place = { .path = self->path, .remedy = &u_remedy };
  if (!u_device_read (self, system, "phys_addr", &place.base, error)
      || !u_device_read (self, system, "size", &place.size, error))
    return FALSE;
  if (place.size > U_MAX_SIZE) {
    vdma_log_warning (
        "'%s' has more than 4 GiB; what is above is not used", self->path);
    place.size = U_MAX_SIZE;
  }
  u_device_choose_views (self, system);
  self->region = xlnk_region_new (system, &place, self->caching, error);
  if (!self->region)
    g_prefix_error (error, "'%s%s': ", system->root, self->folder);
  return self->region != NULL;
}

static UDevice *
u_device_open (const XlnkSystem *system, const gchar *class_folder,
    const gchar *name, GError **error)
{
  UDevice *self = g_new0 (UDevice, 1);
  self->folder = g_strconcat (class_folder, "/", name, NULL);
  self->path = g_strconcat ("/dev/", name, NULL);
  for (guint i = 0; i < U_N_SYNCS; i++)
    self->sync_fd[i] = -1;
  if (u_device_open_region (self, system, error)
      && u_device_check_ioctl (self, system, error)
      && u_device_open_sync (self, system, error))
    return self;
  u_device_free (self);
  return NULL;
}

/* ---- opening the memory ---- */

/* The folder's name before and since version 3 of the module. */
static const gchar *const u_classes[] = { "/sys/class/u-dma-buf",
  "/sys/class/udmabuf" };

/* Opens the device @wanted, or all; what cannot be opened is in @reasons. */
static void
u_open_devices (
    UBackend *self, const gchar *wanted, GString *seen, GError **reason)
{
  for (guint i = 0; i < G_N_ELEMENTS (u_classes); i++) {
    g_auto (GStrv) names = xlnk_system_list (&self->system, u_classes[i]);
    for (guint j = 0; names[j]; j++) {
      g_autoptr (GError) error = NULL;
      g_string_append_printf (seen, "%s%s", seen->len ? ", " : "", names[j]);
      if (wanted && !g_str_equal (wanted, names[j]))
        continue;
      UDevice *device =
          u_device_open (&self->system, u_classes[i], names[j], &error);
      if (device) {
        g_ptr_array_add (self->devices, device);
        continue;
      }
      vdma_log_info ("u-dma-buf: %s", error->message);
      if (reason && !*reason)
        *reason = g_steal_pointer (&error);
    }
  }
}

static gboolean
u_check_any (const UBackend *self, const gchar *wanted, const GString *seen,
    GError *reason, GError **error)
{
  if (self->devices->len > 0) {
    g_clear_error (&reason);
    return TRUE;
  }
  if (reason)
    g_propagate_error (error, reason);
  else if (wanted && seen->len)
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND,
        "no u-dma-buf is called '%s'; there are: %s", wanted, seen->str);
  else
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND,
        "there is no u-dma-buf in '%s%s'; %s", self->system.root, u_classes[0],
        u_remedy.missing);
  return FALSE;
}

/* The caps and limits that follow from all devices together. */
static void
u_sum_up (UBackend *self)
{
  gboolean exports = TRUE;
  self->base.highest = 0;
  for (guint i = 0; i < self->devices->len; i++) {
    const UDevice *device = g_ptr_array_index (self->devices, i);
    const guint64 highest = xlnk_region_get_base (device->region)
                            + (xlnk_region_get_size (device->region) - 1);
    self->base.highest = MAX (self->base.highest, highest);
    if (device->needs_sync)
      self->base.caps |= XLNK_CAP_SYNC;
    gint fd = device->has_ioctl
                  ? u_export_range (self, device, 0, xlnk_get_page_size ())
                  : -1;
    exports = exports && fd >= 0;
    xlnk_close_fd (&fd);
  }
  if (exports)
    self->base.caps |= XLNK_CAP_FD | XLNK_CAP_DMABUF;
}

XlnkBackend *
xlnk_u_dma_buf_open (
    const XlnkSystem *system, const gchar *name, GError **error)
{
  g_autoptr (GString) seen = g_string_new (NULL);
  GError *reason = NULL;
  UBackend *self = g_new0 (UBackend, 1);
  self->base.impl = &u_impl;
  self->base.caps = XLNK_CAP_STATS;
  self->base.page_size = xlnk_get_page_size ();
  self->line = xlnk_cache_get_safe_line (system->cache);
  self->devices = g_ptr_array_new_with_free_func (u_device_free);
  xlnk_system_copy (&self->system, system);
  u_open_devices (self, name, seen, &reason);
  if (!u_check_any (self, name, seen, reason, error)) {
    u_close (&self->base);
    return NULL;
  }
  u_sum_up (self);
  return &self->base;
}
