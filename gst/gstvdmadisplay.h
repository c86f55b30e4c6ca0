/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames to an MM2S channel: brings any buffer into a form that hardware can
 * read, shows it, and keeps it until the hardware has let go.
 *
 * Threads: one thread at a time (the streaming thread, or a state change when
 * that has ended), but for what is marked "any thread". */
#pragma once

#include <gst/gst.h>

#include "gstvdmahandle.h"

G_BEGIN_DECLS

/* Frames that a display holds at most (the one shown, and three on their way
 * there), and one that is being filled. Who had fewer would wait for one that
 * only a further one brings back. */
#define GST_VDMA_DISPLAY_FRAMES 5

typedef struct GstVdmaDisplay GstVdmaDisplay;

/**
 * GstVdmaShown: a frame that can be shown.
 * @buffer: (nullable): memory of the board; owned
 */
typedef struct {
  GstBuffer *buffer;
  guint64 phys;
  guint stride;
} GstVdmaShown;

void gst_vdma_shown_clear (GstVdmaShown *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstVdmaShown, gst_vdma_shown_clear)

/**
 * gst_vdma_display_new:
 * @owner, @handle: (transfer none): outlive the object
 */
GstVdmaDisplay *gst_vdma_display_new (GstElement *owner, GstVdmaHandle *handle);
void gst_vdma_display_free (GstVdmaDisplay *self); /* (nullable) */

/** gst_vdma_display_open: after gst_vdma_handle_open() */
void gst_vdma_display_open (GstVdmaDisplay *self);

/**
 * gst_vdma_display_set_caps:
 * @caps, @info: what the buffers carry from now on
 *
 * What is shown stays until the first frame of the new kind. Errors: those of
 * gst_vdma_layout_init().
 */
gboolean gst_vdma_display_set_caps (GstVdmaDisplay *self, GstCaps *caps,
    const GstVideoInfo *info, GError **error);

/**
 * gst_vdma_display_import:
 * @buffer: (transfer none): any buffer of the caps
 * @shown: (out): itself where the hardware can read it in place, else a copy
 *
 * Errors: STATE without caps, INVALID when @buffer is too small for them,
 * NO_MEMORY.
 */
gboolean gst_vdma_display_import (GstVdmaDisplay *self, GstBuffer *buffer,
    GstVdmaShown *shown, GError **error);

/* The hardware did not take the frame in time; call again later with it. */
#define GST_VDMA_DISPLAY_FLOW_LATER GST_FLOW_CUSTOM_SUCCESS

/** GstVdmaPatience: how long a frame waits for the hardware to take it. */
typedef enum {
  GST_VDMA_PATIENCE_ENDLESS,
  GST_VDMA_PATIENCE_SHORT, /* what a display that works needs at most */
} GstVdmaPatience;

/**
 * gst_vdma_display_show:
 * @shown: (inout): taken over with GST_FLOW_OK, else untouched
 *
 * Waits until the hardware takes a further frame, with no lock of this object
 * held; starts the channel if it does not run.
 *
 * Returns: GST_FLOW_OK, GST_FLOW_FLUSHING when cancelled: call again later with
 *   the same frame; GST_VDMA_DISPLAY_FLOW_LATER without endless patience;
 *   GST_FLOW_ERROR
 */
GstFlowReturn gst_vdma_display_show (GstVdmaDisplay *self, GstVdmaShown *shown,
    GstVdmaPatience patience, GError **error);

/**
 * gst_vdma_display_drain:
 *
 * Lets go of all buffers that came from outside: what is shown is replaced by
 * a copy. Waits for a few frame times at most; what the hardware still holds
 * then, or when cancelled, stays.
 */
void gst_vdma_display_drain (GstVdmaDisplay *self);

/** gst_vdma_display_stop: halts the channel, lets go of all frames and the pool. */
gboolean gst_vdma_display_stop (GstVdmaDisplay *self, GError **error);

/** gst_vdma_display_add_stats: adds channel, copies and pool to @stats. Any thread */
void gst_vdma_display_add_stats (GstVdmaDisplay *self, GstStructure *stats);

G_END_DECLS
