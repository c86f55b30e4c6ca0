/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An element's hold on a board and one channel of its core.
 *
 * The handle lives as long as its element; board and channel are there between
 * open and close, which the element calls in NULL->READY and READY->NULL.
 *
 * Threads: open, close and what drives the channel in the element's state
 * changes and its streaming thread, never at the same time; functions marked
 * "any thread" also while the others run. */
#pragma once

#include <gst/gst.h>
#include <gst/video/video.h>

#include "board.h"
#include "gstvdmapool.h"
#include "gstvdmaprops.h"
#include "gstvdmasignal.h"
#include "vdma.h"

G_BEGIN_DECLS

typedef struct GstVdmaHandle GstVdmaHandle;

/** gst_vdma_handle_new: @owner: (transfer none): outlives the handle */
GstVdmaHandle *gst_vdma_handle_new (GstElement *owner, VdmaDirection dir);
void gst_vdma_handle_free (GstVdmaHandle *self); /* (nullable) */

/* ---- what both elements leave to their handle ---- */

/**
 * gst_vdma_handle_set_property, gst_vdma_handle_get_property:
 * @id: a GST_VDMA_PROP_*, that is the property id less the offset
 *
 * Returns: FALSE for an id that is the element's own business: STATS and all
 *   that is not in the shared block. Any thread
 */
gboolean gst_vdma_handle_set_property (
    GstVdmaHandle *self, guint id, const GValue *value);
gboolean gst_vdma_handle_get_property (
    GstVdmaHandle *self, guint id, GValue *value);

/** gst_vdma_handle_begin_run: in READY->PAUSED: what properties say now counts,
 *  and an error message may be posted again. */
void gst_vdma_handle_begin_run (GstVdmaHandle *self);

/** gst_vdma_handle_prepare_channel: a channel of the owner's other than that of
 *  the handle gets what properties say of channels; while it is stopped. */
void gst_vdma_handle_prepare_channel (
    GstVdmaHandle *self, VdmaChannel *channel);

/**
 * gst_vdma_handle_admits:
 * @message: what the owner is going to post
 *
 * Of each run the first error is told: what follows from it, like a base class's
 * "internal data stream error", would only hide the reason. Any thread.
 *
 * Returns: FALSE for a message that must not be posted
 */
gboolean gst_vdma_handle_admits (GstVdmaHandle *self, GstMessage *message);

/* ---- open and close ---- */

/**
 * gst_vdma_handle_open:
 *
 * Opens or joins the board that the properties name, and claims the channel in
 * the owner's name. When "auto" finds no hardware and the simulated board is
 * used, an info message says so on the bus.
 *
 * Returns: FALSE when that failed and an error message was posted
 */
gboolean gst_vdma_handle_open (GstVdmaHandle *self);

/** gst_vdma_handle_close: stops the channel if needed; the last statistics stay. */
void gst_vdma_handle_close (GstVdmaHandle *self);

gboolean gst_vdma_handle_is_open (GstVdmaHandle *self); /* any thread */

/**
 * gst_vdma_handle_get_caps:
 * @filter: (nullable): what to intersect with, in its order
 *
 * Returns: (transfer full): what the pads of the owner can carry: that of the
 *   core, or of any core while closed. Any thread
 */
GstCaps *gst_vdma_handle_get_caps (GstVdmaHandle *self, GstCaps *filter);

/** Returns: frame stores of the core; 0 while closed. Any thread */
guint gst_vdma_handle_get_n_stores (GstVdmaHandle *self);

/** gst_vdma_handle_get_stats: (out): of the open channel, or the last one. Any thread */
void gst_vdma_handle_get_stats (GstVdmaHandle *self, VdmaChannelStats *stats);

/** gst_vdma_handle_add_memory_stats: adds those of the board's memory to @stats,
 *  if it is open. Any thread */
void gst_vdma_handle_add_memory_stats (
    GstVdmaHandle *self, GstStructure *stats);

/** Returns: (transfer full) (nullable): the allocator while open. Any thread */
GstVdmaAllocator *gst_vdma_handle_get_allocator (GstVdmaHandle *self);

/* ---- while open ---- */

VdmaChannel *gst_vdma_handle_get_channel (GstVdmaHandle *self);
const VdmaHwDesc *gst_vdma_handle_get_desc (GstVdmaHandle *self);
/** Returns: bytes to which address, line and stride must be aligned */
guint gst_vdma_handle_get_alignment (GstVdmaHandle *self);
VdmaDirection gst_vdma_handle_get_direction (GstVdmaHandle *self);
GstVdmaSignal *gst_vdma_handle_get_signal (GstVdmaHandle *self);
/** Returns: capacity of the frame cache, in frames */
guint gst_vdma_handle_get_cache_size (GstVdmaHandle *self);

/** Returns: (transfer full): a pool of the board's memory, not configured */
GstVdmaBufferPool *gst_vdma_handle_new_pool (GstVdmaHandle *self);

/**
 * gst_vdma_handle_configure_pool: gst_vdma_buffer_pool_configure() with the
 * owner's cache properties.
 */
gboolean gst_vdma_handle_configure_pool (GstVdmaHandle *self,
    GstVdmaBufferPool *pool, GstCaps *caps, guint min, guint max,
    GError **error);

/** gst_vdma_handle_set_video_mode: tells the other end of a stream what @info is. */
void gst_vdma_handle_set_video_mode (
    GstVdmaHandle *self, VdmaDirection dir, const GstVideoInfo *info);

/** gst_vdma_handle_watch: from now on frames of @period ns (0: unknown) are
 *  expected. */
void gst_vdma_handle_watch (GstVdmaHandle *self, gint64 period);

/* ---- waiting ---- */

/**
 * gst_vdma_handle_wait:
 * @deadline: when the caller gives up, in the channel's time; G_MAXINT64: never
 *
 * Waits for the channel's interrupt, with no lock held, and services it. Says on
 * the bus when none comes within the timeout.
 *
 * Returns: GST_FLOW_OK: look again (also at the deadline); GST_FLOW_FLUSHING:
 *   cancelled; GST_FLOW_ERROR: @error is set
 */
GstFlowReturn gst_vdma_handle_wait (
    GstVdmaHandle *self, gint64 deadline, GError **error);

/** gst_vdma_handle_set_cancelled: for unlock() and unlock_stop(). Any thread */
void gst_vdma_handle_set_cancelled (GstVdmaHandle *self, gboolean cancelled);

G_END_DECLS
