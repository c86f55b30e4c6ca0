/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that the kernel was told to leave alone, reached through /dev/mem or a
 * map of a UIO device (hardware.md 5.2, 5.7).
 *
 * Cached or not is decided at each allocation: a page that was mapped cached is
 * cleaned before it is used uncached, so that no old line is written over it. */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_MEMORY

#include "xlnk-backends.h"

#include <string.h>

#include "vdma-error.h"
#include "vdma-log.h"
#include "vdma-options.h"
#include "vdma-util.h"
#include "range-alloc.h"
#include "xlnk-region.h"

/* On-chip memory and firmware live below; frames never do (hardware.md 5.7). */
#define CARVEOUT_LOWEST VDMA_MIB

typedef struct {
  XlnkBackend base;
  const XlnkCacheOps *cache;
  XlnkRegion *region;
  gboolean can_cache;    /* a cached view exists or can be made */
  gboolean can_uncached; /* so does an uncached one */
} CarveoutBackend;

/* ---- the table ---- */

static void
carveout_close (XlnkBackend *backend)
{
  CarveoutBackend *self = (CarveoutBackend *) backend;
  xlnk_region_free (self->region);
  g_free (self);
}

static guint8 *
carveout_get_pointer (
    CarveoutBackend *self, const XlnkExtent *extent, GError **error)
{
  guint8 *view = xlnk_region_get_view (
      self->region, extent->cacheable ? XLNK_CACHEABLE : XLNK_UNCACHED, error);
  if (!view)
    return NULL;
  return view + (gsize) (extent->phys - xlnk_region_get_base (self->region));
}

/* An extent that is used uncached has no line left from cached days. */
static gboolean
carveout_clean_for_uncached (
    CarveoutBackend *self, const XlnkExtent *extent, GError **error)
{
  if (self->cache->kind != XLNK_CACHE_BY_ADDRESS
      || !xlnk_region_has_view (self->region, XLNK_CACHEABLE))
    return TRUE;
  XlnkExtent cached = *extent;
  cached.cacheable = TRUE;
  guint8 *pointer = carveout_get_pointer (self, &cached, error);
  if (!pointer)
    return FALSE;
  xlnk_cache_invalidate (self->cache, pointer, extent->size);
  return TRUE;
}

static gboolean
carveout_alloc (XlnkBackend *backend, XlnkExtent *out, gsize align,
    guint64 phys_limit, GError **error)
{
  CarveoutBackend *self = (CarveoutBackend *) backend;
  out->cacheable = (out->cacheable || !self->can_uncached) && self->can_cache;
  if (!xlnk_region_take (
          self->region, out->size, align, phys_limit, &out->phys, error))
    return FALSE;
  if (carveout_get_pointer (self, out, error)
      && (out->cacheable || carveout_clean_for_uncached (self, out, error)))
    return TRUE;
  xlnk_region_give (self->region, out->phys, out->size);
  return FALSE;
}

static void
carveout_free (XlnkBackend *backend, XlnkExtent *extent)
{
  CarveoutBackend *self = (CarveoutBackend *) backend;
  xlnk_region_give (self->region, extent->phys, extent->size);
}

static gpointer
carveout_map (XlnkBackend *backend, XlnkExtent *extent, GError **error)
{
  return carveout_get_pointer ((CarveoutBackend *) backend, extent, error);
}

static void
carveout_unmap (XlnkBackend *backend, XlnkExtent *extent, gpointer pointer)
{
  /* The view stays for the next extent. */
}

static gboolean
carveout_flush (XlnkBackend *backend, XlnkExtent *extent, gsize offset,
    gsize size, GError **error)
{
  CarveoutBackend *self = (CarveoutBackend *) backend;
  guint8 *pointer = carveout_get_pointer (self, extent, error);
  if (!pointer)
    return FALSE;
  xlnk_cache_flush (self->cache, pointer + offset, size);
  return TRUE;
}

static gboolean
carveout_invalidate (XlnkBackend *backend, XlnkExtent *extent, gsize offset,
    gsize size, GError **error)
{
  CarveoutBackend *self = (CarveoutBackend *) backend;
  guint8 *pointer = carveout_get_pointer (self, extent, error);
  if (!pointer)
    return FALSE;
  xlnk_cache_invalidate (self->cache, pointer + offset, size);
  return TRUE;
}

static void
carveout_get_system_stats (
    XlnkBackend *backend, guint64 *available, guint64 *total)
{
  CarveoutBackend *self = (CarveoutBackend *) backend;
  *available = xlnk_region_get_available (self->region);
  *total = xlnk_region_get_size (self->region);
}

static const XlnkBackendImpl carveout_impl = {
  .name = "carveout",
  .close = carveout_close,
  .alloc = carveout_alloc,
  .free = carveout_free,
  .map = carveout_map,
  .unmap = carveout_unmap,
  .flush = carveout_flush,
  .invalidate = carveout_invalidate,
  .get_system_stats = carveout_get_system_stats,
};

/* ---- opening ---- */

typedef struct {
  gboolean cached, uncached; /* views that can be had */
} CarveoutViews;

static XlnkBackend *
carveout_new (const XlnkSystem *system, const XlnkRegionPlace *place,
    CarveoutViews views, GError **error)
{
  XlnkRegion *region = xlnk_region_new (
      system, place, views.cached ? XLNK_CACHEABLE : XLNK_UNCACHED, error);
  if (!region)
    return NULL;
  CarveoutBackend *self = g_new0 (CarveoutBackend, 1);
  self->base.impl = &carveout_impl;
  self->base.caps = XLNK_CAP_STATS;
  if (views.cached && system->cache->kind == XLNK_CACHE_BY_ADDRESS)
    self->base.caps |= XLNK_CAP_SYNC;
  self->base.page_size = xlnk_get_page_size ();
  self->base.highest = place->base + (place->size - 1);
  self->cache = system->cache;
  self->region = region;
  self->can_cache = views.cached;
  self->can_uncached = views.uncached;
  vdma_log_info ("carve-out of %" G_GUINT64_FORMAT
                 " bytes at 0x%" G_GINT64_MODIFIER "x of '%s%s', %s: %s",
      place->size, place->base, system->root, place->path,
      views.cached ? "cached" : "uncached", system->cache->reason);
  return &self->base;
}

gboolean
xlnk_carveout_parse (const gchar *text, XlnkCarveout *carveout, GError **error)
{
  const guint64 page = xlnk_get_page_size ();
  const gchar *plus = strchr (text, '+');
  g_autofree gchar *base = g_strndup (text, plus ? (gsize) (plus - text) : 0);
  *carveout = (XlnkCarveout){ NULL };
  if (!plus || !vdma_parse_size (base, &carveout->base)
      || !vdma_parse_size (plus + 1, &carveout->size)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "'%s' is no carve-out; it is written BASE+SIZE, as 0x30000000+64M",
        text);
    return FALSE;
  }
  if (carveout->base % page || carveout->size % page || carveout->size == 0
      || carveout->base < CARVEOUT_LOWEST || carveout->base > G_MAXINT64
      || carveout->size > G_MAXINT64 - carveout->base) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "'%s' cannot be a carve-out: BASE and SIZE must be multiples of the "
        "page size of %" G_GUINT64_FORMAT
        " bytes, BASE at or above 0x%x, SIZE not 0, and their sum below 2^63",
        text, page, (guint) CARVEOUT_LOWEST);
    return FALSE;
  }
  return TRUE;
}

/* A line of /proc/iomem: "  30000000-33ffffff : Reserved", deeper ones indented
 * by two spaces a level. */
static gboolean
carveout_parse_iomem (
    const gchar *line, guint *depth, RangeSpan *span, const gchar **name)
{
  gchar *end;
  *depth = (guint) strspn (line, " ") / 2;
  const guint64 first = g_ascii_strtoull (line, &end, 16);
  if (*end != '-')
    return FALSE;
  const guint64 last = g_ascii_strtoull (end + 1, &end, 16);
  if (!g_str_has_prefix (end, " : ") || last < first
      || last - first == G_MAXUINT64)
    return FALSE;
  *span = (RangeSpan){ .address = first, .size = last - first + 1 };
  *name = end + 3;
  return TRUE;
}

static guint64
carveout_overlap (const XlnkCarveout *carveout, RangeSpan span)
{
  const guint64 start = MAX (carveout->base, span.address);
  const guint64 end =
      MIN (carveout->base + carveout->size, span.address + span.size);
  return start < end ? end - start : 0;
}

/* Bytes of @carveout that the kernel uses as its own memory. Reserved pieces
 * inside of that are lines below it. */
static guint64
carveout_count_ram (const XlnkSystem *system, const XlnkCarveout *carveout)
{
  g_autofree gchar *text =
      xlnk_system_read_text (system, "/proc/iomem", NULL, NULL);
  g_auto (GStrv) lines = text ? g_strsplit (text, "\n", -1) : NULL;
  guint64 ram = 0, reserved = 0;
  gboolean in_ram = FALSE;
  for (guint i = 0; lines && lines[i]; i++) {
    guint depth;
    RangeSpan span;
    const gchar *name;
    /* Who may not see addresses sees only zeros: nothing overlaps. */
    if (!carveout_parse_iomem (lines[i], &depth, &span, &name))
      continue;
    if (depth == 0) {
      in_ram = g_str_equal (name, "System RAM");
      ram += in_ram ? carveout_overlap (carveout, span) : 0;
    } else if (depth == 1 && in_ram && !g_ascii_strcasecmp (name, "reserved")) {
      reserved += carveout_overlap (carveout, span);
    }
  }
  return ram > reserved ? ram - reserved : 0;
}

static gboolean
carveout_check_reserved (
    const XlnkSystem *system, const XlnkCarveout *carveout, GError **error)
{
  const guint64 ram =
      carveout->checked ? 0 : carveout_count_ram (system, carveout);
  if (ram == 0)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_BUSY,
      "of the carve-out of 0x%" G_GINT64_MODIFIER
      "x bytes at 0x%" G_GINT64_MODIFIER
      "x the kernel uses 0x%" G_GINT64_MODIFIER
      "x bytes itself (System RAM in '%s/proc/iomem'); reserve it with a "
      "reserved-memory node in the device tree, or memmap=SIZE$BASE on the "
      "kernel's command line",
      carveout->size, carveout->base, ram, system->root);
  return FALSE;
}

static const XlnkRemedy carveout_mem_remedy = {
  .missing = "the kernel needs CONFIG_DEVMEM, or name the memory as a UIO map: "
             "carveout:uio:NAME",
  .permission =
      "root with CAP_SYS_RAWIO may open it; a kernel with STRICT_DEVMEM maps "
      "only memory that is reserved, with IO_STRICT_DEVMEM only what no driver "
      "has (iomem=relaxed on its command line), a locked-down one none",
  .other = "see whether the memory is reserved and exists",
};

XlnkBackend *
xlnk_carveout_open (
    const XlnkSystem *system, const XlnkCarveout *carveout, GError **error)
{
  /* Cached without a way to maintain it would show and store old pixels. */
  const gboolean cached =
      system->cache->kind != XLNK_CACHE_KERNEL_ONLY && !carveout->no_map;
  const XlnkRegionPlace place = {
    .path = "/dev/mem",
    .base = carveout->base,
    .size = carveout->size,
    .file_offset = carveout->base,
    .remedy = &carveout_mem_remedy,
  };
  if (!carveout_check_reserved (system, carveout, error))
    return NULL;
  XlnkBackend *self = carveout_new (system, &place,
      (CarveoutViews){
          .cached = cached,
          .uncached = system->cache->kind != XLNK_CACHE_COHERENT || !cached,
      },
      error);
  if (!self && carveout->name)
    g_prefix_error (error, "reserved memory '%s': ", carveout->name);
  return self;
}

/* ---- UIO ---- */

#define CARVEOUT_UIO_CLASS "/sys/class/uio"

static const XlnkRemedy carveout_uio_remedy = {
  .missing =
      "load the driver of the UIO device (uio_pdrv_genirq with its of_id)",
  .permission = "give the group access with a udev rule, "
                "SUBSYSTEM==\"uio\", GROUP=\"video\", MODE=\"0660\"",
  .other = "see that the map is memory, and not registers that a driver has",
};

/* The "uioN" whose name is @name; several of a name are told apart by theirs. */
static gchar *
carveout_find_uio (
    const XlnkSystem *system, const gchar *wanted, GError **error)
{
  g_auto (GStrv) devices = xlnk_system_list (system, CARVEOUT_UIO_CLASS);
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autofree gchar *found = NULL;
  for (guint i = 0; devices[i]; i++) {
    g_autofree gchar *path =
        g_strdup_printf (CARVEOUT_UIO_CLASS "/%s/name", devices[i]);
    g_autofree gchar *name = xlnk_system_read_text (system, path, NULL, NULL);
    if (g_str_equal (devices[i], wanted))
      return g_strdup (wanted);
    g_string_append_printf (seen, "%s%s (%s)", seen->len ? ", " : "",
        devices[i], name ? name : "no name");
    if (g_strcmp0 (name, wanted) != 0)
      continue;
    if (found) {
      g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
          "'%s' and '%s' are both called '%s'; name one of them instead", found,
          devices[i], wanted);
      return NULL;
    }
    found = g_strdup (devices[i]);
  }
  if (!found)
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND,
        "no UIO device is called '%s' in '%s" CARVEOUT_UIO_CLASS
        "'; there are: %s; %s",
        wanted, system->root, seen->len ? seen->str : "none",
        carveout_uio_remedy.missing);
  return g_steal_pointer (&found);
}

static gboolean
carveout_read_uio_map (const XlnkSystem *system, const gchar *device,
    guint64 map, XlnkRegionPlace *place, GError **error)
{
  static const gchar *const files[] = { "addr", "size", "offset" };
  guint64 values[G_N_ELEMENTS (files)] = { 0 };
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree gchar *path = g_strdup_printf (CARVEOUT_UIO_CLASS
        "/%s/maps/map%" G_GUINT64_FORMAT "/%s",
        device, map, files[i]);
    if (!xlnk_system_read_number (
            system, path, &values[i], &carveout_uio_remedy, error))
      return FALSE;
  }
  if (values[2] != 0) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
        "map %" G_GUINT64_FORMAT " of '%s' begins 0x%" G_GINT64_MODIFIER
        "x bytes inside a page; memory for frames begins with a page",
        map, device, values[2]);
    return FALSE;
  }
  place->base = values[0];
  place->size = values[1] & ~(guint64) (xlnk_get_page_size () - 1);
  return TRUE;
}

XlnkBackend *
xlnk_carveout_open_uio (
    const XlnkSystem *system, const gchar *name, GError **error)
{
  const gchar *slash = strrchr (name, '/');
  g_autofree gchar *wanted =
      slash ? g_strndup (name, (gsize) (slash - name)) : g_strdup (name);
  guint64 map = 0;
  /* The kernel has at most five maps a device. */
  if (slash && (!vdma_parse_size (slash + 1, &map) || map > 4)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "'%s': '%s' is no number of a map, 0 to 4", name, slash + 1);
    return NULL;
  }
  g_autofree gchar *device = carveout_find_uio (system, wanted, error);
  if (!device)
    return NULL;
  g_autofree gchar *path = g_strdup_printf ("/dev/%s", device);
  XlnkRegionPlace place = {
    .path = path,
    .file_offset = map * xlnk_get_page_size (),
    .remedy = &carveout_uio_remedy,
  };
  if (!carveout_read_uio_map (system, device, map, &place, error))
    return NULL;
  /* The kernel maps what UIO calls memory uncached, always. */
  return carveout_new (
      system, &place, (CarveoutViews){ .uncached = TRUE }, error);
}
