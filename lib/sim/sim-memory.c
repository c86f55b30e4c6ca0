/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "range-alloc.h"
#include "sim-cache.h"
#include "sim-view.h"
#include "vdma-error.h"
#include "vdma-util.h"

#define MEMORY_POISON 0xdb /* what freed memory holds */
/* Freed blocks above this size are given back to the system instead (they then
 * read 0): poison would make sparse memory real. */
#define MEMORY_POISON_LIMIT (64 * VDMA_MIB)

typedef enum {
  MEMORY_DEVICE,
  MEMORY_CPU,   /* strict only */
  MEMORY_CLEAN, /* strict only */
  MEMORY_N_VIEWS,
} MemoryViewKind;

struct SimMemory {
  guint64 base, size;
  SimView views[MEMORY_N_VIEWS];
  RangeAlloc *ranges;
  SimLedger *ledger;
  SimCache *cache; /* nullable: coherent */
  guint64 flushed, invalidated;
};

gsize
sim_memory_get_page_size (void)
{
  return (gsize) sysconf (_SC_PAGESIZE);
}

SimMemory *
sim_memory_new (guint64 base, guint64 size, gboolean strict,
    SimReports *reports, GError **error)
{
  static const gchar *const names[MEMORY_N_VIEWS] = {
    [MEMORY_DEVICE] = "vdma-sim-memory",
    [MEMORY_CPU] = "vdma-sim-cpu-view",
    [MEMORY_CLEAN] = "vdma-sim-clean-view",
  };
  g_autoptr (SimMemory) self = g_new0 (SimMemory, 1);
  self->base = base;
  self->size = size;
  for (guint i = 0; i < MEMORY_N_VIEWS; i++)
    self->views[i] = SIM_VIEW_INIT;

  guint n_views = strict ? MEMORY_N_VIEWS : 1;
  for (guint i = 0; i < n_views; i++) {
    if (!sim_view_open (&self->views[i], names[i], size, error))
      return NULL;
  }
  self->ranges = range_alloc_new (base, size);
  self->ledger = sim_ledger_new (base, size, reports);
  if (strict)
    self->cache = sim_cache_new (base, self->views[MEMORY_DEVICE].data,
        self->views[MEMORY_CPU].data, self->views[MEMORY_CLEAN].data, reports);
  return g_steal_pointer (&self);
}

void
sim_memory_free (SimMemory *self)
{
  if (!self)
    return;
  sim_cache_free (self->cache);
  sim_ledger_free (self->ledger);
  range_alloc_free (self->ranges);
  for (guint i = 0; i < MEMORY_N_VIEWS; i++)
    sim_view_close (&self->views[i]);
  g_free (self);
}

SimLedger *
sim_memory_get_ledger (SimMemory *self)
{
  return self->ledger;
}

static gsize
memory_index (const SimMemory *self, guint64 address)
{
  return (gsize) (address - self->base);
}

/* ---- allocation ---- */

static void
memory_set_alloc_error (
    const SimMemory *self, gsize size, guint64 limit, GError **error)
{
  if (limit < self->base || limit - self->base < size - 1)
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNREACHABLE,
        "%" G_GSIZE_FORMAT
        " bytes are wanted at addresses up to 0x%" G_GINT64_MODIFIER
        "x, but the simulated memory begins at 0x%" G_GINT64_MODIFIER
        "x; see the option memory-base",
        size, limit, self->base);
  else
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY,
        "%" G_GSIZE_FORMAT " bytes are wanted, but of %" G_GUINT64_FORMAT
        " bytes of simulated memory %" G_GUINT64_FORMAT
        " are left, in one piece %" G_GUINT64_FORMAT "; see the option memory",
        size, self->size, range_alloc_get_available (self->ranges),
        range_alloc_get_largest (self->ranges));
}

SimExtent *
sim_memory_alloc (SimMemory *self, gsize size, gsize align, guint64 limit,
    gboolean cacheable, gint64 time, GError **error)
{
  guint64 phys;
  if (!range_alloc_take (self->ranges, size, align, limit, &phys)) {
    memory_set_alloc_error (self, size, limit, error);
    return NULL;
  }
  SimExtent *extent = g_new0 (SimExtent, 1);
  extent->phys = phys;
  extent->size = size;
  extent->fd = -1;
  extent->cached = self->cache && cacheable;
  if (extent->cached) {
    extent->unseen = g_malloc0 (size / SIM_CACHE_LINE + 1);
    sim_cache_soil (self->cache, extent);
  }
  sim_ledger_add (self->ledger, extent, time);
  return extent;
}

static void
memory_poison (SimMemory *self, const SimExtent *extent)
{
  gsize at = memory_index (self, extent->phys);
  if (extent->size <= MEMORY_POISON_LIMIT) {
    memset (self->views[MEMORY_DEVICE].data + at, MEMORY_POISON, extent->size);
    return;
  }
  for (guint i = 0; i < MEMORY_N_VIEWS; i++) {
    if (self->views[i].fd >= 0)
      sim_view_discard (&self->views[i], at, extent->size);
  }
}

static SimView *
memory_cpu_view (SimMemory *self, const SimExtent *extent)
{
  return &self->views[extent->cached ? MEMORY_CPU : MEMORY_DEVICE];
}

/* Who still has the descriptor keeps the bytes, and reaches nobody else's.
 * Returns: whether the addresses are good for another extent */
static gboolean
memory_take_back (SimMemory *self, const SimExtent *extent)
{
  return extent->fd < 0
         || sim_view_attach (memory_cpu_view (self, extent),
             memory_index (self, extent->phys), extent->size, extent->fd);
}

void
sim_memory_release (SimMemory *self, SimExtent *extent, gint64 time)
{
  sim_ledger_remove (self->ledger, extent, time);
  if (memory_take_back (self, extent))
    range_alloc_give (self->ranges, extent->phys);
  memory_poison (self, extent);
  g_free (extent->unseen);
  g_free (extent);
}

void
sim_memory_get_usage (const SimMemory *self, guint64 *available, guint64 *total)
{
  *available = range_alloc_get_available (self->ranges);
  *total = self->size;
}

/* ---- the CPU's side ---- */

guint8 *
sim_memory_cpu_pointer (SimMemory *self, const SimExtent *extent)
{
  return memory_cpu_view (self, extent)->data
         + memory_index (self, extent->phys);
}

gint
sim_memory_export_fd (SimMemory *self, SimExtent *extent, GError **error)
{
  if (extent->fd < 0)
    extent->fd = sim_view_detach (memory_cpu_view (self, extent),
        memory_index (self, extent->phys), extent->size, error);
  if (extent->fd < 0)
    return -1;
  gint fd = fcntl (extent->fd, F_DUPFD_CLOEXEC, 0);
  if (fd < 0)
    vdma_set_error_errno (error, errno,
        "cannot duplicate the descriptor of simulated memory; ulimit -n says "
        "how "
        "many there may be");
  return fd;
}

void
sim_memory_flush (SimMemory *self, SimExtent *extent, gsize offset, gsize size)
{
  if (!extent->cached)
    return;
  self->flushed += size;
  sim_cache_flush (self->cache, extent, offset, size);
}

void
sim_memory_invalidate (
    SimMemory *self, SimExtent *extent, gsize offset, gsize size)
{
  if (!extent->cached)
    return;
  self->invalidated += size;
  sim_cache_invalidate (self->cache, extent, offset, size);
}

void
sim_memory_cpu_reads (SimMemory *self, SimExtent *extent, gsize offset,
    gsize size, gboolean begin, gint64 time)
{
  /* who reads along while the device writes knows that bytes are old when he
   * is done; at the begin they never may be */
  gboolean reads_along = !begin && extent->now.device_writes;
  extent->fresh = FALSE;
  if (extent->cached && !reads_along)
    sim_cache_cpu_reads (self->cache, extent, offset, size, time);
}

/* ---- the device's side ---- */

gboolean
sim_memory_begin_frame (
    SimMemory *self, VdmaDirection dir, guint store, guint64 address)
{
  return sim_ledger_begin_frame (self->ledger, dir, store, address);
}

void
sim_memory_end_frame (
    SimMemory *self, VdmaDirection dir, gboolean complete, gint64 time)
{
  sim_ledger_end_frame (self->ledger, dir, complete);
  if (self->cache)
    sim_cache_end_frame (self->cache, dir, time);
}

static gboolean
memory_decodes (const SimMemory *self, guint64 address, gsize size)
{
  return address >= self->base
         && vdma_range_fits (address - self->base, size, self->size);
}

SimResponse
sim_memory_device_write (SimMemory *self, guint64 address, const guint8 *data,
    gsize size, gint64 time)
{
  SimExtent *extent =
      sim_ledger_check (self->ledger, VDMA_S2MM, address, size, time);
  if (!memory_decodes (self, address, size))
    return SIM_DECERR;
  memcpy (self->views[MEMORY_DEVICE].data + memory_index (self, address), data,
      size);
  if (extent && extent->cached)
    sim_cache_device_wrote (self->cache, extent, address, size);
  return SIM_OKAY;
}

SimResponse
sim_memory_device_read (
    SimMemory *self, guint64 address, guint8 *data, gsize size, gint64 time)
{
  SimExtent *extent =
      sim_ledger_check (self->ledger, VDMA_MM2S, address, size, time);
  if (!memory_decodes (self, address, size))
    return SIM_DECERR;
  if (extent && extent->cached)
    sim_cache_device_reads (self->cache, extent, address, size);
  memcpy (data, self->views[MEMORY_DEVICE].data + memory_index (self, address),
      size);
  return SIM_OKAY;
}

/* ---- truth ---- */

static guint64
memory_copy_counts (guint64 *to, const guint64 *from, guint n)
{
  guint64 sum = 0;
  for (guint i = 0; i < n; i++)
    sum += to[i] = from[i];
  return sum;
}

void
sim_memory_get_truth (const SimMemory *self, SimTruth *truth)
{
  truth->flushed_bytes = self->flushed;
  truth->invalidated_bytes = self->invalidated;
  truth->violations = memory_copy_counts (truth->violations_by_kind,
      sim_ledger_get_violations (self->ledger), SIM_N_VIOLATIONS);
  if (self->cache)
    truth->coherency_reports = memory_copy_counts (truth->coherency_by_kind,
        sim_cache_get_counts (self->cache), SIM_N_COHERENCY);
}
