/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_MEMORY

#include "xlnk-region.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "range-alloc.h"
#include "vdma-error.h"
#include "vdma-log.h"
#include "vdma-util.h"

#define REGION_MAX_CONFLICTS                                                   \
  4096 /* pieces of others that one search steps over */

typedef struct {
  gint fd;
  guint8 *pointer; /* (nullable) */
} RegionView;

struct XlnkRegion {
  XlnkSystem system;
  gchar *path;
  guint64 base, file_offset;
  gsize size;
  const XlnkRemedy *remedy;
  RegionView views[XLNK_CACHEABLE + 1];
  gint lock_fd; /* (unowned): of the first view: locks belong to one opening */
  RangeAlloc *ranges;
};

/* ---- opening ---- */

static gboolean
region_check_place (const XlnkRegionPlace *place, GError **error)
{
  const guint64 page = xlnk_get_page_size ();
  const gboolean whole = place->size > 0 && place->base % page == 0
                         && place->size % page == 0
                         && place->file_offset % page == 0;
  /* File offsets are signed, sizes must fit a pointer. */
  const gboolean fits = place->size <= G_MAXSSIZE
                        && place->base <= G_MAXINT64 - place->size
                        && place->file_offset <= G_MAXINT64 - place->size;
  if (whole && fits)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "memory of 0x%" G_GINT64_MODIFIER "x bytes at 0x%" G_GINT64_MODIFIER
      "x: %s",
      place->size, place->base,
      whole ? "more than this machine can address"
            : "address and size must be multiples of the page size, and the "
              "size 1 page or more");
  return FALSE;
}

static gboolean
region_open_view (XlnkRegion *self, XlnkCaching caching, GError **error)
{
  RegionView *view = &self->views[caching];
  const gint flags = O_RDWR | (caching == XLNK_UNCACHED ? O_SYNC : 0);
  view->fd =
      xlnk_system_open (&self->system, self->path, flags, self->remedy, error);
  if (view->fd < 0)
    return FALSE;
  view->pointer =
      xlnk_system_map (&self->system, view->fd, self->file_offset, self->size);
  if (!view->pointer) {
    gint saved = errno;
    xlnk_close_fd (&view->fd);
    xlnk_set_error (error, saved, self->remedy,
        "cannot map %" G_GSIZE_FORMAT " bytes at 0x%" G_GINT64_MODIFIER
        "x of '%s%s'",
        self->size, self->base, self->system.root, self->path);
    return FALSE;
  }
  return TRUE;
}

XlnkRegion *
xlnk_region_new (const XlnkSystem *system, const XlnkRegionPlace *place,
    XlnkCaching caching, GError **error)
{
  if (!region_check_place (place, error))
    return NULL;
  g_autoptr (XlnkRegion) self = g_new0 (XlnkRegion, 1);
  xlnk_system_copy (&self->system, system);
  self->path = g_strdup (place->path);
  self->base = place->base;
  self->size = (gsize) place->size;
  self->file_offset = place->file_offset;
  self->remedy = place->remedy;
  self->ranges = range_alloc_new (place->base, place->size);
  for (guint i = 0; i < G_N_ELEMENTS (self->views); i++)
    self->views[i].fd = -1;
  if (!region_open_view (self, caching, error))
    return NULL;
  self->lock_fd = self->views[caching].fd;
  return g_steal_pointer (&self);
}

void
xlnk_region_free (XlnkRegion *self)
{
  if (!self)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (self->views); i++) {
    if (self->views[i].pointer)
      munmap (self->views[i].pointer, self->size);
    xlnk_close_fd (&self->views[i].fd);
  }
  range_alloc_free (self->ranges);
  g_free (self->path);
  xlnk_system_clear (&self->system);
  g_free (self);
}

guint8 *
xlnk_region_get_view (XlnkRegion *self, XlnkCaching caching, GError **error)
{
  if (!self->views[caching].pointer && !region_open_view (self, caching, error))
    return NULL;
  return self->views[caching].pointer;
}

gboolean
xlnk_region_has_view (const XlnkRegion *self, XlnkCaching caching)
{
  return self->views[caching].pointer != NULL;
}

gint
xlnk_region_get_fd (const XlnkRegion *self, XlnkCaching caching)
{
  return self->views[caching].fd;
}

guint64
xlnk_region_get_base (const XlnkRegion *self)
{
  return self->base;
}

guint64
xlnk_region_get_size (const XlnkRegion *self)
{
  return self->size;
}

guint64
xlnk_region_get_available (const XlnkRegion *self)
{
  return range_alloc_get_available (self->ranges);
}

/* ---- what other processes hold: locks in the file, at physical addresses ---- */

static struct flock
region_get_flock (gint type, RangeSpan span)
{
  return (struct flock){
    .l_type = (gshort) type,
    .l_whence = SEEK_SET,
    .l_start = (off_t) span.address,
    .l_len = (off_t) span.size,
  };
}

typedef enum {
  REGION_LOCKED,
  REGION_FOREIGN, /* somebody else's */
  REGION_RETRY,   /* it was, but is no longer */
} RegionLock;

static RangeSpan
region_get_span (const struct flock *held)
{
  const guint64 start = (guint64) held->l_start;
  /* 0: up to the largest offset there is */
  const guint64 size =
      held->l_len > 0 ? (guint64) held->l_len : G_MAXINT64 - start;
  return (RangeSpan){ .address = start, .size = size };
}

static RegionLock
region_lock (const XlnkRegion *self, RangeSpan span, RangeSpan *foreign)
{
  struct flock lock = region_get_flock (F_WRLCK, span);
  if (fcntl (self->lock_fd, F_OFD_SETLK, &lock) == 0)
    return REGION_LOCKED;
  if (errno != EAGAIN && errno != EACCES) {
    vdma_log_debug ("'%s%s' knows no locks (%s); two processes must not use it",
        self->system.root, self->path, g_strerror (errno));
    return REGION_LOCKED;
  }
  struct flock held = region_get_flock (F_WRLCK, span);
  if (fcntl (self->lock_fd, F_OFD_GETLK, &held) != 0 || held.l_type == F_UNLCK)
    return REGION_RETRY;
  *foreign = region_get_span (&held);
  return REGION_FOREIGN;
}

static void
region_unlock (const XlnkRegion *self, RangeSpan span)
{
  struct flock lock = region_get_flock (F_UNLCK, span);
  if (fcntl (self->lock_fd, F_OFD_SETLK, &lock) != 0)
    vdma_log_debug ("cannot unlock a piece of '%s%s': %s", self->system.root,
        self->path, g_strerror (errno));
}

/* ---- taking ---- */

typedef struct {
  gsize size, align;
  guint64 limit;
} RegionWish;

/* Takes what fits; what others hold is put into @foreign and taken as well. */
static gboolean
region_search (
    XlnkRegion *self, const RegionWish *wish, GArray *foreign, guint64 *address)
{
  for (guint tries = 0; tries < REGION_MAX_CONFLICTS; tries++) {
    RangeSpan held, span = { .size = wish->size };
    if (!range_alloc_take (
            self->ranges, wish->size, wish->align, wish->limit, &span.address))
      return FALSE;
    RegionLock lock = region_lock (self, span, &held);
    if (lock == REGION_LOCKED) {
      *address = span.address;
      return TRUE;
    }
    range_alloc_give (self->ranges, span.address);
    if (lock == REGION_RETRY)
      continue;
    if (!range_alloc_take_free (self->ranges, held, foreign))
      return FALSE;
  }
  return FALSE;
}

static void
region_set_error (const XlnkRegion *self, const RegionWish *wish,
    guint64 foreign, GError **error)
{
  const gboolean far =
      wish->limit < self->base || wish->limit - self->base < wish->size - 1;
  if (far)
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNREACHABLE,
        "'%s%s' begins at 0x%" G_GINT64_MODIFIER "x, and %" G_GSIZE_FORMAT
        " bytes of it do not lie below the limit of 0x%" G_GINT64_MODIFIER "x",
        self->system.root, self->path, self->base, wish->size, wish->limit);
  else
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY,
        "%" G_GSIZE_FORMAT " bytes below 0x%" G_GINT64_MODIFIER
        "x are wanted; of the %" G_GSIZE_FORMAT
        " bytes of '%s%s' at 0x%" G_GINT64_MODIFIER "x %" G_GUINT64_FORMAT
        " are left, in one piece %" G_GUINT64_FORMAT
        "; of what would fit, other processes hold %" G_GUINT64_FORMAT,
        wish->size, wish->limit, self->size, self->system.root, self->path,
        self->base, range_alloc_get_available (self->ranges),
        range_alloc_get_largest (self->ranges), foreign);
}

gboolean
xlnk_region_take (XlnkRegion *self, gsize size, gsize align, guint64 limit,
    guint64 *address, GError **error)
{
  const RegionWish wish = { .size = size, .align = align, .limit = limit };
  g_autoptr (GArray) foreign = g_array_new (FALSE, FALSE, sizeof (RangeSpan));
  guint64 n_foreign = 0;

  gboolean found = region_search (self, &wish, foreign, address);
  for (guint i = 0; i < foreign->len; i++)
    n_foreign += g_array_index (foreign, RangeSpan, i).size;
  if (!found)
    region_set_error (self, &wish, n_foreign, error);
  for (guint i = 0; i < foreign->len; i++)
    range_alloc_give (
        self->ranges, g_array_index (foreign, RangeSpan, i).address);
  return found;
}

void
xlnk_region_give (XlnkRegion *self, guint64 address, gsize size)
{
  range_alloc_give (self->ranges, address);
  region_unlock (self, (RangeSpan){ .address = address, .size = size });
}
