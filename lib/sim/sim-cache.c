/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-cache.h"

#include <string.h>

#define CACHE_RUBBISH 0xca /* what fresh memory holds in the cache */
#define CACHE_UNLIKE  0x35 /* and anything else that memory may have held */

/* A range of one extent, collected over a frame. */
typedef struct {
  gboolean found;
  guint64 phys;
  gsize size;        /* of the extent */
  gsize first, last; /* offsets in the extent */
} CacheFinding;

struct SimCache {
  guint64 base;
  guint8 *device, *cpu, *clean;
  SimReports *reports;
  CacheFinding findings[VDMA_N_DIRECTIONS];
  guint64 counts[SIM_N_COHERENCY];
};

static const gchar *const cache_texts[SIM_N_COHERENCY] = {
  [SIM_COHERENCY_FLUSH] =
      "flush missing: the device read bytes that the CPU wrote and did not "
      "flush",
  [SIM_COHERENCY_INVALIDATE] =
      "invalidate missing: the CPU read bytes that the device wrote before, "
      "not invalidated since",
  [SIM_COHERENCY_EVICTED] =
      "flush or invalidate missing: the device wrote under dirty cache lines, "
      "whose eviction then overwrote its bytes",
};

SimCache *
sim_cache_new (guint64 base, guint8 *device, guint8 *cpu, guint8 *clean,
    SimReports *reports)
{
  SimCache *self = g_new0 (SimCache, 1);
  self->base = base;
  self->device = device;
  self->cpu = cpu;
  self->clean = clean;
  self->reports = reports;
  return self;
}

void
sim_cache_free (SimCache *self)
{
  g_free (self);
}

const guint64 *
sim_cache_get_counts (const SimCache *self)
{
  return self->counts;
}

/* ---- maintenance ---- */

static gsize
cache_index (const SimCache *self, const SimExtent *extent, gsize offset)
{
  return (gsize) (extent->phys - self->base) + offset;
}

void
sim_cache_soil (SimCache *self, SimExtent *extent)
{
  gsize at = cache_index (self, extent, 0);
  memset (self->cpu + at, CACHE_RUBBISH, extent->size);
  memset (self->clean + at, CACHE_UNLIKE, extent->size);
}

/* Where the cache line that @at lies in ends, @end at most. Extents begin at
 * page boundaries, so lines of the region are lines of the extent. */
static gsize
cache_line_end (gsize at, gsize end)
{
  return MIN ((at / SIM_CACHE_LINE + 1) * SIM_CACHE_LINE, end);
}

static gboolean
cache_is_dirty (const SimCache *self, gsize at, gsize end)
{
  return memcmp (self->cpu + at, self->clean + at, end - at) != 0;
}

static void
cache_write_back (SimCache *self, gsize at, gsize end)
{
  memcpy (self->device + at, self->cpu + at, end - at);
  memcpy (self->clean + at, self->cpu + at, end - at);
}

void
sim_cache_flush (SimCache *self, SimExtent *extent, gsize offset, gsize size)
{
  gsize at = cache_index (self, extent, offset);
  gsize end = at + size;
  while (at < end) {
    gsize line_end = cache_line_end (at, end);
    if (cache_is_dirty (self, at, line_end))
      cache_write_back (self, at, line_end);
    at = line_end;
  }
}

static void
cache_mark_seen (SimExtent *extent, gsize offset, gsize size)
{
  gsize first = offset / SIM_CACHE_LINE;
  gsize last = (offset + size - 1) / SIM_CACHE_LINE;
  memset (extent->unseen + first, 0, last - first + 1);
}

void
sim_cache_invalidate (
    SimCache *self, SimExtent *extent, gsize offset, gsize size)
{
  gsize at = cache_index (self, extent, offset);
  if (size == 0)
    return;
  memcpy (self->cpu + at, self->device + at, size);
  memcpy (self->clean + at, self->device + at, size);
  cache_mark_seen (extent, offset, size);
}

/* ---- judging ---- */

static void
cache_report (SimCache *self, SimCoherency kind, const CacheFinding *finding,
    const gchar *who, gint64 time)
{
  self->counts[kind]++;
  sim_reports_add (self->reports, SIM_REPORT_COHERENCY, time,
      "%s: %s, block at 0x%" G_GINT64_MODIFIER "x (%" G_GSIZE_FORMAT
      " bytes), bytes %" G_GSIZE_FORMAT " to %" G_GSIZE_FORMAT,
      cache_texts[kind], who, finding->phys, finding->size, finding->first,
      finding->last);
}

static void
cache_find (
    CacheFinding *finding, const SimExtent *extent, gsize first, gsize last)
{
  if (!finding->found)
    *finding = (CacheFinding){ TRUE, extent->phys, extent->size, first, last };
  finding->first = MIN (finding->first, first);
  finding->last = MAX (finding->last, last);
}

/* Returns: whether @a and @b differ in [at, end); @first, @last: where */
static gboolean
cache_difference (const guint8 *a, const guint8 *b, gsize at, gsize end,
    gsize *first, gsize *last)
{
  if (memcmp (a + at, b + at, end - at) == 0)
    return FALSE;
  while (a[at] == b[at])
    at++;
  while (a[end - 1] == b[end - 1])
    end--;
  *first = at;
  *last = end - 1;
  return TRUE;
}

void
sim_cache_device_reads (
    SimCache *self, SimExtent *extent, guint64 address, gsize size)
{
  gsize start = cache_index (self, extent, 0);
  gsize at = (gsize) (address - self->base);
  gsize first, last;
  if (cache_difference (self->cpu, self->clean, at, at + size, &first, &last))
    cache_find (
        &self->findings[VDMA_MM2S], extent, first - start, last - start);
}

void
sim_cache_device_wrote (
    SimCache *self, SimExtent *extent, guint64 address, gsize size)
{
  gsize start = cache_index (self, extent, 0);
  gsize at = (gsize) (address - self->base);
  gsize end = at + size;
  at -= at % SIM_CACHE_LINE;
  while (at < end) {
    /* a dirty line is written back as a whole, beyond what the device wrote */
    gsize line_end = cache_line_end (at, start + extent->size);
    if (cache_is_dirty (self, at, line_end)) {
      cache_write_back (self, at, line_end);
      cache_find (
          &self->findings[VDMA_S2MM], extent, at - start, line_end - 1 - start);
    } else {
      extent->unseen[(at - start) / SIM_CACHE_LINE] = 1;
    }
    at = line_end;
  }
}

void
sim_cache_end_frame (SimCache *self, VdmaDirection dir, gint64 time)
{
  static const SimCoherency kinds[VDMA_N_DIRECTIONS] = {
    [VDMA_MM2S] = SIM_COHERENCY_FLUSH,
    [VDMA_S2MM] = SIM_COHERENCY_EVICTED,
  };
  CacheFinding *finding = &self->findings[dir];
  if (!finding->found)
    return;
  finding->found = FALSE;
  cache_report (
      self, kinds[dir], finding, vdma_direction_to_string (dir), time);
}

void
sim_cache_cpu_reads (
    SimCache *self, SimExtent *extent, gsize offset, gsize size, gint64 time)
{
  gsize start = cache_index (self, extent, 0);
  gsize end = offset + size;
  CacheFinding finding = { 0 };

  for (gsize at = offset; at < end; at = cache_line_end (at, end)) {
    gsize line_end = cache_line_end (at, end);
    gsize first, last;
    if (extent->unseen[at / SIM_CACHE_LINE])
      cache_find (&finding, extent, at, line_end - 1);
    else if (cache_difference (self->clean, self->device, start + at,
                 start + line_end, &first, &last))
      cache_find (&finding, extent, first - start, last - start);
  }
  if (finding.found)
    cache_report (self, SIM_COHERENCY_INVALIDATE, &finding, "CPU", time);
}
