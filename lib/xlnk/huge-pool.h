/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The huge pages of one memfd, sorted by their physical addresses, and runs of
 * them that follow each other. Not thread safe. */
#pragma once

#include "xlnk-system.h"

G_BEGIN_DECLS

/** HugePage: @index: its place in the file, in huge pages */
typedef struct {
  guint64 phys;
  guint64 index;
  gboolean taken;
  gboolean fresh; /* got by the search that runs now */
} HugePage;

/** HugePool: @page: bytes of a huge page; @pages: HugePage, by address */
typedef struct {
  XlnkSystem system;
  gsize page;
  gint fd;
  GArray *pages;
  GArray *holes;     /* guint64: places in the file without a page */
  guint64 n_indices; /* length of the file in huge pages */
} HugePool;

/** HugeWish: @n pages whose last byte is not above @limit, @align a power of two */
typedef struct {
  guint n;
  gsize align;
  guint64 limit;
} HugeWish;

/**
 * huge_pool_init: creates the file and proves, with one page, that pages and
 *   their addresses can be had
 *
 * Errors: UNSUPPORTED, NO_MEMORY, PERMISSION; each with the remedy.
 * @self is to be cleared in any case.
 */
gboolean huge_pool_init (
    HugePool *self, const XlnkSystem *system, GError **error);
void huge_pool_clear (HugePool *self);

HugePage *huge_pool_at (const HugePool *self, guint i);

/** huge_pool_search: gets pages from the kernel until the wish can be met.
 *  @first: (out): place of the first one in pages; nothing is taken yet
 *  Errors: NO_MEMORY, UNREACHABLE. Call huge_pool_trim() behind it. */
gboolean huge_pool_search (
    HugePool *self, const HugeWish *wish, guint *first, GError **error);

/** huge_pool_trim: gives back what the search got and nobody took. */
void huge_pool_trim (HugePool *self);

/** huge_pool_give: [@phys, @phys + @size) is free; with @drop it goes back to the
 *  kernel instead of waiting for the next search */
void huge_pool_give (HugePool *self, guint64 phys, guint64 size, gboolean drop);

/** huge_pool_map: @n pages of the file, touched; at @address (which is then
 *  replaced), or anywhere when that is NULL. Returns: MAP_FAILED and errno */
gpointer huge_pool_map (
    HugePool *self, gpointer address, guint64 index, guint n);

/** huge_pool_get_stats: bytes */
void huge_pool_get_stats (
    const HugePool *self, guint64 *available, guint64 *total);

G_END_DECLS
