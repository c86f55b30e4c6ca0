/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times, numbers and gaps of the buffers of a source: from what the channel says
 * of a frame to what a GstBuffer says of itself.
 *
 * Threads: driven by the source's streaming thread, but for interrupt(). */
#pragma once

#include <gst/gst.h>

#include "vdma.h"

G_BEGIN_DECLS

typedef struct {
  GstElement *source;   /* (transfer none): whose clock counts, and who posts */
  guint64 first_number; /* what OFFSET counts from */
  guint64 next_number;  /* of the frame that follows the last one */
  guint64 n_delivered;  /* in this run */
  guint64 n_lost;
  GstClockTime last_pts;
  gint fresh; /* atomic: the next frame begins a run or follows a pause */
} GstVdmaTimeline;

/**
 * gst_vdma_timeline_start: begins a run.
 * @first_number: of the frame that gets OFFSET 0
 */
void gst_vdma_timeline_start (
    GstVdmaTimeline *self, GstElement *source, guint64 first_number);

/** gst_vdma_timeline_interrupt: what is missing before the next frame is no
 *  loss to speak of: there was a pause. Any thread */
void gst_vdma_timeline_interrupt (GstVdmaTimeline *self);

/**
 * gst_vdma_timeline_stamp:
 * @age: ns since the frame was complete
 * @period: of a frame; GST_CLOCK_TIME_NONE when not known
 *
 * Sets PTS (running time of capture; never goes back), duration, OFFSET and
 * OFFSET_END, and the flags DISCONT and CORRUPTED. Frames that are missing
 * before this one are told in a QoS message.
 */
void gst_vdma_timeline_stamp (GstVdmaTimeline *self, GstBuffer *buffer,
    const VdmaFrameInfo *info, gint64 age, GstClockTime period);

G_END_DECLS
