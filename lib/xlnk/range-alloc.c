/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* First-fit allocation of address ranges: what is taken, sorted by address. */
#include "range-alloc.h"

#include "vdma-util.h"

struct RangeAlloc {
  guint64 base;
  guint64 size;
  guint64 available;
  GArray *taken; /* RangeSpan, sorted, disjoint */
};

RangeAlloc *
range_alloc_new (guint64 base, guint64 size)
{
  g_return_val_if_fail (size > 0, NULL);
  g_return_val_if_fail (size - 1 <= G_MAXUINT64 - base, NULL);

  RangeAlloc *self = g_new0 (RangeAlloc, 1);
  self->base = base;
  self->size = size;
  self->available = size;
  self->taken = g_array_new (FALSE, FALSE, sizeof (RangeSpan));
  return self;
}

void
range_alloc_free (RangeAlloc *self)
{
  if (!self)
    return;
  g_array_unref (self->taken);
  g_free (self);
}

static const RangeSpan *
range_taken_at (const RangeAlloc *self, guint index)
{
  return &g_array_index (self->taken, RangeSpan, index);
}

/* The gap before taken range @index; behind the last one with @index = len.
 * Distances from the base, so that a range that ends at 2^64 needs no care. */
static void
range_get_gap (
    const RangeAlloc *self, guint index, guint64 *start, guint64 *size)
{
  guint64 end = self->size;
  *start = 0;
  if (index > 0) {
    const RangeSpan *before = range_taken_at (self, index - 1);
    *start = before->address - self->base + before->size;
  }
  if (index < self->taken->len)
    end = range_taken_at (self, index)->address - self->base;
  *size = end - *start;
}

/* Whether @size aligned bytes fit the gap [@start, @start + @gap). */
static gboolean
range_fit_gap (const RangeAlloc *self, guint64 start, guint64 gap, guint64 size,
    guint64 align, guint64 limit, guint64 *address)
{
  if (gap < size)
    return FALSE;
  guint64 first = self->base + start;
  guint64 aligned;
  if (!vdma_align_up (first, align, &aligned) || aligned - first > gap - size)
    return FALSE;
  if (aligned > limit || size - 1 > limit - aligned)
    return FALSE;
  *address = aligned;
  return TRUE;
}

gboolean
range_alloc_take (RangeAlloc *self, guint64 size, guint64 align, guint64 limit,
    guint64 *address)
{
  g_return_val_if_fail (vdma_is_power_of_two (align), FALSE);
  if (size == 0 || size > self->available)
    return FALSE;

  for (guint i = 0; i <= self->taken->len; i++) {
    guint64 start, gap;
    RangeSpan taken = { .size = size };
    range_get_gap (self, i, &start, &gap);
    if (!range_fit_gap (self, start, gap, size, align, limit, &taken.address))
      continue;
    g_array_insert_val (self->taken, i, taken);
    self->available -= size;
    *address = taken.address;
    return TRUE;
  }
  return FALSE;
}

gboolean
range_alloc_take_free (RangeAlloc *self, RangeSpan span, GArray *taken)
{
  const guint before = taken->len;
  /* Distances from the base, as in range_get_gap(). */
  const guint64 from =
      span.address > self->base ? span.address - self->base : 0;
  const guint64 cut = span.address > self->base ? 0 : self->base - span.address;
  if (from >= self->size || cut >= span.size)
    return FALSE;
  const guint64 to = from + MIN (span.size - cut, self->size - from);

  for (guint i = 0; i <= self->taken->len; i++) {
    guint64 start, gap;
    range_get_gap (self, i, &start, &gap);
    const guint64 end = MIN (start + gap, to);
    start = MAX (start, from);
    if (start >= end)
      continue;
    const RangeSpan part = { .address = self->base + start,
      .size = end - start };
    g_array_append_val (taken, part);
    g_array_insert_val (self->taken, i, part);
    self->available -= part.size;
  }
  return taken->len > before;
}

static gint
range_compare_address (gconstpointer a, gconstpointer b)
{
  guint64 left = ((const RangeSpan *) a)->address;
  guint64 right = ((const RangeSpan *) b)->address;
  return left < right ? -1 : left > right;
}

gboolean
range_alloc_give (RangeAlloc *self, guint64 address)
{
  RangeSpan wanted = { .address = address };
  guint index;
  if (!g_array_binary_search (
          self->taken, &wanted, range_compare_address, &index))
    return FALSE;
  self->available += range_taken_at (self, index)->size;
  g_array_remove_index (self->taken, index);
  return TRUE;
}

guint64
range_alloc_get_available (const RangeAlloc *self)
{
  return self->available;
}

guint64
range_alloc_get_largest (const RangeAlloc *self)
{
  guint64 largest = 0;
  for (guint i = 0; i <= self->taken->len; i++) {
    guint64 start, gap;
    range_get_gap (self, i, &start, &gap);
    largest = MAX (largest, gap);
  }
  return largest;
}
