/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xlnk-stale.h"

#include <string.h>

void
xlnk_stale_mark_all (XlnkStale *self, gsize size)
{
  self->n_ranges = 1;
  self->ranges[0] = (XlnkRange){ .start = 0, .end = size };
}

gboolean
xlnk_stale_find (const XlnkStale *self, XlnkRange within, XlnkRange *part)
{
  for (guint i = 0; i < self->n_ranges; i++) {
    gsize start = MAX (self->ranges[i].start, within.start);
    gsize end = MIN (self->ranges[i].end, within.end);
    if (start >= end)
      continue;
    *part = (XlnkRange){ .start = start, .end = end };
    return TRUE;
  }
  return FALSE;
}

/* The range that holds @part. */
static guint
stale_index_of (const XlnkStale *self, XlnkRange part)
{
  guint i = 0;
  while (self->ranges[i].end < part.end)
    i++;
  return i;
}

void
xlnk_stale_widen (const XlnkStale *self, XlnkRange *part)
{
  const XlnkRange *range = &self->ranges[stale_index_of (self, *part)];
  gboolean splits = range->start < part->start && part->end < range->end;
  if (splits && self->n_ranges == XLNK_STALE_MAX_RANGES)
    part->end = range->end;
}

void
xlnk_stale_remove (XlnkStale *self, XlnkRange part)
{
  guint i = stale_index_of (self, part);
  const XlnkRange before = { self->ranges[i].start, part.start };
  const XlnkRange behind = { part.end, self->ranges[i].end };
  XlnkRange left[2];
  guint n_left = 0;

  if (before.start < before.end)
    left[n_left++] = before;
  if (behind.start < behind.end)
    left[n_left++] = behind;
  g_assert (self->n_ranges - 1 + n_left <= XLNK_STALE_MAX_RANGES);

  memmove (&self->ranges[i + n_left], &self->ranges[i + 1],
      (self->n_ranges - i - 1) * sizeof left[0]);
  memcpy (&self->ranges[i], left, n_left * sizeof left[0]);
  self->n_ranges = self->n_ranges - 1 + n_left;
}
