/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames from an S2MM channel: keeps its frame stores filled from a pool and
 * hands out what the hardware has finished.
 *
 * Threads: one thread at a time (the streaming thread, or a state change when
 * that has ended), but for what is marked "any thread". */
#pragma once

#include <gst/gst.h>

#include "gstvdmahandle.h"

G_BEGIN_DECLS

typedef struct GstVdmaCapture GstVdmaCapture;

/** gst_vdma_capture_new: @handle: (transfer none): outlives the object */
GstVdmaCapture *gst_vdma_capture_new (GstVdmaHandle *handle);
void gst_vdma_capture_free (GstVdmaCapture *self); /* (nullable) */

/** gst_vdma_capture_set_tied: whether the next gst_vdma_capture_open() claims the
 *  display channel of the same core, to show what is captured. Any thread */
void gst_vdma_capture_set_tied (GstVdmaCapture *self, gboolean tied);
gboolean gst_vdma_capture_is_tied (GstVdmaCapture *self);

/**
 * gst_vdma_capture_open:
 * @who: the claimant's name
 *
 * After gst_vdma_handle_open(). Errors: where it is tied, those of
 * vdma_device_claim(): NOT_FOUND, BUSY.
 */
gboolean gst_vdma_capture_open (
    GstVdmaCapture *self, const gchar *who, GError **error);

/** gst_vdma_capture_close: before gst_vdma_handle_close() */
void gst_vdma_capture_close (GstVdmaCapture *self);

/** gst_vdma_capture_set_newest: whether takes bring the newest complete frame
 *  and give up those before it */
void gst_vdma_capture_set_newest (GstVdmaCapture *self, gboolean newest);

/**
 * gst_vdma_capture_set_caps:
 * @caps: what the stream carries from now on
 *
 * Stops the channel if it runs with another geometry. The next take starts it,
 * for which gst_vdma_capture_set_pool() must come in between.
 *
 * Errors: those of gst_vdma_layout_init() and vdma_channel_set_mode().
 */
gboolean gst_vdma_capture_set_caps (
    GstVdmaCapture *self, GstCaps *caps, GError **error);

/** Returns: (transfer none): how captured frames lie in memory */
const GstVdmaLayout *gst_vdma_capture_get_layout (GstVdmaCapture *self);

/**
 * gst_vdma_capture_set_pool:
 * @caps: those of gst_vdma_capture_set_caps()
 * @n_downstream: frames that downstream holds while it asks for the next one
 *
 * Makes the frames. The pool there is stays when it fits. Errors: those of the
 * pool: NO_MEMORY above all.
 */
gboolean gst_vdma_capture_set_pool (
    GstVdmaCapture *self, GstCaps *caps, guint n_downstream, GError **error);

/**
 * gst_vdma_capture_take:
 * @buffer: (out) (transfer full): the oldest finished frame, or the newest
 * @info: (out): number counts from 0 at gst_vdma_capture_open()
 * @age: (out): ns since the frame's interrupt
 *
 * Starts the channel if it does not run, and waits for a frame with no lock
 * held.
 *
 * Returns: GST_FLOW_OK, GST_FLOW_FLUSHING when cancelled, GST_FLOW_ERROR
 */
GstFlowReturn gst_vdma_capture_take (GstVdmaCapture *self, GstBuffer **buffer,
    VdmaFrameInfo *info, gint64 *age, GError **error);

/** gst_vdma_capture_skip_waiting: the next take drops the frames that are
 *  complete by then: nobody asked for them. Any thread */
void gst_vdma_capture_skip_waiting (GstVdmaCapture *self);

/** gst_vdma_capture_stop: halts the channel and lets go of frames and pool. */
gboolean gst_vdma_capture_stop (GstVdmaCapture *self, GError **error);

/** gst_vdma_capture_add_stats: adds channel and pool to @stats. Any thread */
void gst_vdma_capture_add_stats (GstVdmaCapture *self, GstStructure *stats);

G_END_DECLS
