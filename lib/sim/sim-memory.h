/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory of a simulated board: one sparse region with physical addresses of
 * its own, its allocation, and the two faces it shows to device and CPU. */
#pragma once

#include "sim-core.h"
#include "sim-ledger.h"

G_BEGIN_DECLS

typedef struct SimMemory SimMemory;

/**
 * sim_memory_new:
 * @base, @size: physical addresses, whole pages
 * @strict: CPU and device see different pages, see sim-cache.h
 * @reports: (transfer none): outlives the memory
 *
 * Errors: NO_MEMORY when the process cannot reserve that many addresses.
 */
SimMemory *sim_memory_new (guint64 base, guint64 size, gboolean strict,
    SimReports *reports, GError **error);
void sim_memory_free (SimMemory *self); /* (nullable) */

SimLedger *sim_memory_get_ledger (SimMemory *self); /* (transfer none) */
gsize sim_memory_get_page_size (void);

/* ---- allocation; @time is the board's ---- */

/** Returns: (transfer none) (nullable): NULL with NO_MEMORY or UNREACHABLE */
SimExtent *sim_memory_alloc (SimMemory *self, gsize size, gsize align,
    guint64 limit, gboolean cacheable, gint64 time, GError **error);
/** sim_memory_release: poisons the device's view; descriptors of @extent stay good, for nothing that the board can see */
void sim_memory_release (SimMemory *self, SimExtent *extent, gint64 time);
void sim_memory_get_usage (
    const SimMemory *self, guint64 *available, guint64 *total);

/* ---- the CPU's side ---- */

/** Returns: the first byte of @extent as the CPU sees it */
guint8 *sim_memory_cpu_pointer (SimMemory *self, const SimExtent *extent);
/**
 * sim_memory_export_fd:
 *
 * The first call gives @extent a memfd of its own, see sim-view.h: neither
 * device nor CPU may write there meanwhile.
 *
 * Returns: a new descriptor of the CPU's view of @extent, which is all that it
 *   opens; -1 with @error
 */
gint sim_memory_export_fd (SimMemory *self, SimExtent *extent, GError **error);
void sim_memory_flush (
    SimMemory *self, SimExtent *extent, gsize offset, gsize size);
void sim_memory_invalidate (
    SimMemory *self, SimExtent *extent, gsize offset, gsize size);
/** sim_memory_cpu_reads: a reading access begins, or ends */
void sim_memory_cpu_reads (SimMemory *self, SimExtent *extent, gsize offset,
    gsize size, gboolean begin, gint64 time);

/* ---- the device's side ---- */

/** Returns: whether the frame goes over one that nobody has looked at */
gboolean sim_memory_begin_frame (
    SimMemory *self, VdmaDirection dir, guint store, guint64 address);
/** sim_memory_end_frame: @complete: with its last line */
void sim_memory_end_frame (
    SimMemory *self, VdmaDirection dir, gboolean complete, gint64 time);
/** Returns: DECERR outside the region; the ledger judges the rest */
SimResponse sim_memory_device_write (SimMemory *self, guint64 address,
    const guint8 *data, gsize size, gint64 time);
SimResponse sim_memory_device_read (
    SimMemory *self, guint64 address, guint8 *data, gsize size, gint64 time);

/** sim_memory_get_truth: fills the fields that memory knows */
void sim_memory_get_truth (const SimMemory *self, SimTruth *truth);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimMemory, sim_memory_free)

G_END_DECLS
