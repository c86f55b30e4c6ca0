/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The CPU's cache over a region of simulated memory (coherency=strict): three
 * views of the same addresses, and what goes wrong between them.
 *
 * device: what the device reads and writes; cpu: what the CPU reads and writes;
 * clean: what the cache believes memory to hold. Where cpu and clean differ,
 * the CPU wrote and did not flush. */
#pragma once

#include "sim-ledger.h"

G_BEGIN_DECLS

#define SIM_CACHE_LINE 64 /* bytes */

typedef struct SimCache SimCache;

/** sim_cache_new: the views, @size bytes each, must outlive the cache; address @base is their first byte */
SimCache *sim_cache_new (guint64 base, guint8 *device, guint8 *cpu,
    guint8 *clean, SimReports *reports);
void sim_cache_free (SimCache *self); /* (nullable) */

/** sim_cache_soil: fresh memory: every byte of the CPU's view is dirty rubbish */
void sim_cache_soil (SimCache *self, SimExtent *extent);

/* Maintenance of exactly [offset, offset + size) of the extent. */
void sim_cache_flush (
    SimCache *self, SimExtent *extent, gsize offset, gsize size);
void sim_cache_invalidate (
    SimCache *self, SimExtent *extent, gsize offset, gsize size);

/** sim_cache_cpu_reads: the CPU looks at this range now; all of it has to be fresh */
void sim_cache_cpu_reads (
    SimCache *self, SimExtent *extent, gsize offset, gsize size, gint64 time);

/* The device is about to read, or has just written, a range of the extent. */
void sim_cache_device_reads (
    SimCache *self, SimExtent *extent, guint64 address, gsize size);
void sim_cache_device_wrote (
    SimCache *self, SimExtent *extent, guint64 address, gsize size);

/** sim_cache_end_frame: reports what the frame of @dir that ends has met, as one */
void sim_cache_end_frame (SimCache *self, VdmaDirection dir, gint64 time);

const guint64 *sim_cache_get_counts (const SimCache *self);

G_END_DECLS
