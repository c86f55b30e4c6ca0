/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One big piece of physical memory behind a device file, divided first-fit: what
 * u-dma-buf and carve-outs share. Processes that use the same file see what the
 * others hold: every piece is locked in the file. Not thread safe. */
#pragma once

#include "xlnk-backend.h"
#include "xlnk-system.h"

G_BEGIN_DECLS

typedef struct XlnkRegion XlnkRegion;

/**
 * XlnkRegionPlace:
 * @path: the device file, below the system's root
 * @base, @size: physical, in bytes; whole pages, @size 1 page or more
 * @file_offset: where @base is in the file
 * @remedy: (nullable): static; for errors of the file
 */
typedef struct {
  const gchar *path;
  guint64 base, size;
  guint64 file_offset;
  const XlnkRemedy *remedy;
} XlnkRegionPlace;

/**
 * xlnk_region_new:
 * @caching: how it is opened and mapped first: UNCACHED with O_SYNC
 *
 * Opens and maps it, so that who may not, learns it at once.
 * Errors: INVALID (@place cannot be), and those of open and mmap.
 */
XlnkRegion *xlnk_region_new (const XlnkSystem *system,
    const XlnkRegionPlace *place, XlnkCaching caching, GError **error);
void xlnk_region_free (XlnkRegion *self); /* (nullable) */

/** xlnk_region_get_view: (transfer none) (nullable): the first byte of the whole
 *  region, opened and mapped with @caching at the first call */
guint8 *xlnk_region_get_view (
    XlnkRegion *self, XlnkCaching caching, GError **error);
/** Returns: whether somebody asked for that view already */
gboolean xlnk_region_has_view (const XlnkRegion *self, XlnkCaching caching);
/** Returns: the descriptor of a view, -1 when there is none */
gint xlnk_region_get_fd (const XlnkRegion *self, XlnkCaching caching);

guint64 xlnk_region_get_base (const XlnkRegion *self);
guint64 xlnk_region_get_size (const XlnkRegion *self);
guint64 xlnk_region_get_available (const XlnkRegion *self);

/** xlnk_region_take: the lowest address that fits and no other process holds.
 *  Errors: NO_MEMORY, UNREACHABLE; both with the numbers. */
gboolean xlnk_region_take (XlnkRegion *self, gsize size, gsize align,
    guint64 limit, guint64 *address, GError **error);
void xlnk_region_give (XlnkRegion *self, guint64 address, gsize size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (XlnkRegion, xlnk_region_free)

G_END_DECLS
