/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* First-fit allocation of address ranges; pure arithmetic, no memory behind it.
 * Shared by every backend that owns one big region. Not thread safe. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct RangeAlloc RangeAlloc;

/** range_alloc_new: manages [@base, @base + @size); @size 1 or more, no wrap past 2^64. */
RangeAlloc *range_alloc_new (guint64 base, guint64 size);
void range_alloc_free (RangeAlloc *self);

/**
 * range_alloc_take:
 * @align: a power of two
 * @limit: highest address the last byte may have
 *
 * Returns: FALSE when no free range fits; a lowest-address fit otherwise
 */
gboolean range_alloc_take (RangeAlloc *self, guint64 size, guint64 align,
    guint64 limit, guint64 *address);

/** RangeSpan: [address, address + size) */
typedef struct {
  guint64 address;
  guint64 size;
} RangeSpan;

/**
 * range_alloc_take_free: takes whatever is free in @span
 * @taken: (element-type RangeSpan): gets what was taken, to be given back each
 *
 * Returns: FALSE when nothing of it was free
 */
gboolean range_alloc_take_free (
    RangeAlloc *self, RangeSpan span, GArray *taken);

/** range_alloc_give: gives back what take returned; FALSE if it was not taken. */
gboolean range_alloc_give (RangeAlloc *self, guint64 address);

guint64 range_alloc_get_available (const RangeAlloc *self);
/** Returns: size of the largest free range (what one allocation could get) */
guint64 range_alloc_get_largest (const RangeAlloc *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RangeAlloc, range_alloc_free)

G_END_DECLS
