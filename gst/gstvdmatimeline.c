/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times, numbers and gaps of the buffers of a source. */
#include "gstvdmatimeline.h"

GST_DEBUG_CATEGORY_STATIC (vdma_timeline_debug);
#define GST_CAT_DEFAULT vdma_timeline_debug

void
gst_vdma_timeline_start (
    GstVdmaTimeline *self, GstElement *source, guint64 first_number)
{
  GST_DEBUG_CATEGORY_GET (vdma_timeline_debug, "vdmasrc");
  self->source = source;
  self->first_number = self->next_number = first_number;
  self->n_delivered = self->n_lost = 0;
  self->last_pts = GST_CLOCK_TIME_NONE;
  g_atomic_int_set (&self->fresh, TRUE);
}

void
gst_vdma_timeline_interrupt (GstVdmaTimeline *self)
{
  g_atomic_int_set (&self->fresh, TRUE);
}

/* Returns: running time of an event @age ns ago; NONE without a clock */
static GstClockTime
timeline_get_running_time (GstElement *source, gint64 age)
{
  g_autoptr (GstClock) clock = gst_element_get_clock (source);
  if (!clock)
    return GST_CLOCK_TIME_NONE;
  GstClockTimeDiff time = GST_CLOCK_DIFF (gst_element_get_base_time (source),
                              gst_clock_get_time (clock))
                          - age;
  return (GstClockTime) MAX (time, 0);
}

/* Says on the bus how many frames are missing before @buffer. */
static void
timeline_tell_losses (GstVdmaTimeline *self, GstBuffer *buffer, guint64 missing)
{
  GstClockTime pts = GST_BUFFER_PTS (buffer);

  GST_WARNING_OBJECT (self->source,
      "%" G_GUINT64_FORMAT " frames were lost before frame %" G_GUINT64_FORMAT,
      missing, GST_BUFFER_OFFSET (buffer));
  GstMessage *message = gst_message_new_qos (GST_OBJECT (self->source), TRUE,
      pts, pts, pts, GST_BUFFER_DURATION (buffer));
  gst_message_set_qos_stats (
      message, GST_FORMAT_BUFFERS, self->n_delivered, self->n_lost);
  gst_element_post_message (self->source, message);
}

static void
timeline_mark_gap (
    GstVdmaTimeline *self, GstBuffer *buffer, const VdmaFrameInfo *info)
{
  gboolean fresh =
      g_atomic_int_compare_and_exchange (&self->fresh, TRUE, FALSE);
  guint64 missing = info->number - self->next_number;

  self->next_number = info->number + 1;
  self->n_delivered++;
  if (fresh || missing > 0 || (info->flags & VDMA_FRAME_DISCONT))
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  if (fresh || missing == 0)
    return;
  self->n_lost += missing;
  timeline_tell_losses (self, buffer, missing);
}

void
gst_vdma_timeline_stamp (GstVdmaTimeline *self, GstBuffer *buffer,
    const VdmaFrameInfo *info, gint64 age, GstClockTime period)
{
  GstClockTime pts = timeline_get_running_time (self->source, age);

  /* The times of frames that were collected together are estimates. */
  if (GST_CLOCK_TIME_IS_VALID (pts) && GST_CLOCK_TIME_IS_VALID (self->last_pts))
    pts = MAX (pts, self->last_pts);
  self->last_pts = pts;
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (buffer) = period;
  GST_BUFFER_OFFSET (buffer) = info->number - self->first_number;
  GST_BUFFER_OFFSET_END (buffer) = GST_BUFFER_OFFSET (buffer) + 1;
  if (info->flags & VDMA_FRAME_CORRUPT)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_CORRUPTED);
  timeline_mark_gap (self, buffer, info);
}
