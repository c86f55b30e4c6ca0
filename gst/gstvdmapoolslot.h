/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pool that an element uses now, and the statistics of the one before.
 *
 * Threads: set and drop by one thread at a time, add_stats by any. The pool may
 * be read without further ado by the thread that sets it. */
#pragma once

#include <gst/gst.h>

#include "gstvdmapool.h"

G_BEGIN_DECLS

typedef struct {
  GstVdmaBufferPool *pool; /* (nullable) */
  GMutex lock;             /* guards pool and last_stats against add_stats */
  GstVdmaPoolStats last_stats;
} GstVdmaPoolSlot;

void gst_vdma_pool_slot_init (GstVdmaPoolSlot *self);
void gst_vdma_pool_slot_clear (GstVdmaPoolSlot *self);

/** gst_vdma_pool_slot_set: @pool: (transfer full): active; drops the one before */
void gst_vdma_pool_slot_set (GstVdmaPoolSlot *self, GstVdmaBufferPool *pool);

/** gst_vdma_pool_slot_drop: ends the pool: what is cached is freed now, what is
 *  in use when it comes back. */
void gst_vdma_pool_slot_drop (GstVdmaPoolSlot *self);

/** gst_vdma_pool_slot_add_stats: adds those of the pool there is, or was. */
void gst_vdma_pool_slot_add_stats (GstVdmaPoolSlot *self, GstStructure *stats);

G_END_DECLS
