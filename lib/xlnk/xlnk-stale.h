/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which bytes of a block the device may have written since the CPU last
 * invalidated them: a few disjoint ranges. Pure arithmetic; no allocation, so
 * that a block can change owner without one. Not thread safe. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define XLNK_STALE_MAX_RANGES 16

/** XlnkRange: [start, end) in bytes of a whole block */
typedef struct {
  gsize start;
  gsize end;
} XlnkRange;

/** XlnkStale: sorted, disjoint, none empty; all zero: nothing is stale */
typedef struct {
  guint n_ranges;
  XlnkRange ranges[XLNK_STALE_MAX_RANGES];
} XlnkStale;

/** xlnk_stale_mark_all: the device may write any of the block's @size bytes. */
void xlnk_stale_mark_all (XlnkStale *self, gsize size);

/** xlnk_stale_find: the first stale part of @within; FALSE when all of it is fresh */
gboolean xlnk_stale_find (
    const XlnkStale *self, XlnkRange within, XlnkRange *part);

/**
 * xlnk_stale_widen:
 * @part: (inout): from xlnk_stale_find()
 *
 * Where taking out exactly @part would leave more ranges than there is room
 * for, widens it to the end of its range: who invalidates more than asked is
 * still right, who forgets a range is not.
 */
void xlnk_stale_widen (const XlnkStale *self, XlnkRange *part);

/** xlnk_stale_remove: @part, found and widened, is fresh from now on. */
void xlnk_stale_remove (XlnkStale *self, XlnkRange part);

G_END_DECLS
