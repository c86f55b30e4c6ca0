/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A ring of copies of the latest frames sent; see frame-compare.h. */

#include "frame-compare.h"

#include <string.h>

struct FrameCompare {
  GMutex lock;
  guint depth;
  guint8 **ring;    /* frame number n lies in slot n % depth, lines packed */
  gsize size;       /* bytes of each */
  gint64 last_seen; /* number of the sent frame that came out last; -1: none */
  FrameCompareCounts counts;
};

FrameCompare *
frame_compare_new (guint depth)
{
  FrameCompare *self = g_new0 (FrameCompare, 1);
  g_mutex_init (&self->lock);
  self->depth = depth;
  self->ring = g_new0 (guint8 *, depth);
  self->last_seen = -1;
  return self;
}

void
frame_compare_free (FrameCompare *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->depth; i++)
    g_free (self->ring[i]);
  g_free (self->ring);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* Bytes of a line that hold pixels: what lies between them and the stride
 * belongs to nobody. */
static gsize
compare_line_size (const GstVideoFrame *frame, guint plane)
{
  gint components[GST_VIDEO_MAX_COMPONENTS];
  gst_video_format_info_component (frame->info.finfo, plane, components);
  return (gsize) GST_VIDEO_FRAME_COMP_WIDTH (frame, components[0])
         * GST_VIDEO_FRAME_COMP_PSTRIDE (frame, components[0]);
}

static guint
compare_n_lines (const GstVideoFrame *frame, guint plane)
{
  gint components[GST_VIDEO_MAX_COMPONENTS];
  gst_video_format_info_component (frame->info.finfo, plane, components);
  return GST_VIDEO_FRAME_COMP_HEIGHT (frame, components[0]);
}

static const guint8 *
compare_line (const GstVideoFrame *frame, guint plane, guint line)
{
  return (const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (frame, plane)
         + (gsize) line * GST_VIDEO_FRAME_PLANE_STRIDE (frame, plane);
}

static gsize
compare_frame_size (const GstVideoFrame *frame)
{
  gsize size = 0;
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES (frame); plane++)
    size += compare_line_size (frame, plane) * compare_n_lines (frame, plane);
  return size;
}

static void
compare_pack (const GstVideoFrame *frame, guint8 *copy)
{
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES (frame); plane++) {
    gsize size = compare_line_size (frame, plane);
    for (guint line = 0; line < compare_n_lines (frame, plane); line++) {
      memcpy (copy, compare_line (frame, plane, line), size);
      copy += size;
    }
  }
}

static gboolean
compare_equals (const GstVideoFrame *frame, const guint8 *copy)
{
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES (frame); plane++) {
    gsize size = compare_line_size (frame, plane);
    for (guint line = 0; line < compare_n_lines (frame, plane); line++) {
      if (memcmp (copy, compare_line (frame, plane, line), size) != 0)
        return FALSE;
      copy += size;
    }
  }
  return TRUE;
}

void
frame_compare_sent (FrameCompare *self, const GstVideoFrame *frame)
{
  gsize size = compare_frame_size (frame);
  g_mutex_lock (&self->lock);
  guint8 **slot = &self->ring[self->counts.sent % self->depth];
  if (*slot == NULL)
    *slot = g_malloc (size);
  self->size = size;
  compare_pack (frame, *slot);
  self->counts.sent++;
  g_mutex_unlock (&self->lock);
}

/* The next frame is tried before the last one: of equal pictures sent in a row
 * each then counts as itself, and not as a repetition of the first. */
static gint64
compare_find (FrameCompare *self, const GstVideoFrame *frame)
{
  gint64 sent = (gint64) self->counts.sent;
  gint64 oldest = MAX (0, sent - (gint64) self->depth);
  if (sent == 0 || compare_frame_size (frame) != self->size)
    return -1;
  for (gint64 n = MAX (self->last_seen + 1, oldest); n < sent; n++)
    if (compare_equals (frame, self->ring[n % self->depth]))
      return n;
  if (self->last_seen >= oldest
      && compare_equals (frame, self->ring[self->last_seen % self->depth]))
    return self->last_seen;
  return -1;
}

FrameCompareResult
frame_compare_received (FrameCompare *self, const GstVideoFrame *frame)
{
  FrameCompareResult result = FRAME_COMPARE_NEW;
  g_mutex_lock (&self->lock);
  gint64 number = compare_find (self, frame);
  self->counts.received++;
  if (number < 0) {
    self->counts.different++;
    result = FRAME_COMPARE_DIFFERENT;
  } else if (number == self->last_seen) {
    self->counts.repeated++;
    result = FRAME_COMPARE_REPEATED;
  } else {
    self->counts.distinct++;
    self->counts.skipped += number - self->last_seen - 1;
    self->last_seen = number;
  }
  g_mutex_unlock (&self->lock);
  return result;
}

void
frame_compare_get_counts (FrameCompare *self, FrameCompareCounts *counts)
{
  g_mutex_lock (&self->lock);
  *counts = self->counts;
  counts->waiting = (guint64) ((gint64) counts->sent - 1 - self->last_seen);
  g_mutex_unlock (&self->lock);
}
