/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames that have to be copied, and why. */
#include "gstvdmacopy.h"

#include <string.h>

#include "gstvdmaformat.h"
#include "vdma-util.h"

GST_DEBUG_CATEGORY_STATIC (copies_performance);

static const struct {
  const gchar *nick;
  const gchar *text;
} copies_own_reasons[] = {
  [GST_VDMA_COPY_NO_VIDEO_META - GST_VDMA_N_REACHES] = { "no-video-meta",
      "downstream does not know GstVideoMeta, and the stride is not the "
      "default "
      "one" },
  [GST_VDMA_COPY_DRAIN -
      GST_VDMA_N_REACHES] = { "drain", "upstream wants its buffers back" },
};

static const gchar *
copies_reason_to_nick (guint reason)
{
  return reason < GST_VDMA_N_REACHES
             ? gst_vdma_reach_to_nick ((GstVdmaReach) reason)
             : copies_own_reasons[reason - GST_VDMA_N_REACHES].nick;
}

static const gchar *
copies_reason_to_string (guint reason)
{
  return reason < GST_VDMA_N_REACHES
             ? gst_vdma_reach_to_string ((GstVdmaReach) reason)
             : copies_own_reasons[reason - GST_VDMA_N_REACHES].text;
}

void
gst_vdma_copies_init (GstVdmaCopies *self)
{
  GST_DEBUG_CATEGORY_GET (copies_performance, "GST_PERFORMANCE");
  g_mutex_init (&self->lock);
}

void
gst_vdma_copies_clear (GstVdmaCopies *self)
{
  g_mutex_clear (&self->lock);
}

static void
copies_count (GstVdmaCopies *self, GstElement *owner, guint reason, gsize bytes)
{
  g_mutex_lock (&self->lock);
  gboolean first = self->count[reason]++ == 0;
  self->bytes += bytes;
  g_mutex_unlock (&self->lock);
  GST_CAT_LEVEL_LOG (copies_performance,
      first ? GST_LEVEL_WARNING : GST_LEVEL_LOG, owner,
      "copying a frame of %" G_GSIZE_FORMAT " bytes: %s", bytes,
      copies_reason_to_string (reason));
}

static gsize
copies_get_line_bytes (const GstVideoFrame *frame)
{
  return gst_vdma_format_get_line_bytes (
      gst_vdma_format_find (GST_VIDEO_FRAME_FORMAT (frame)),
      (guint) GST_VIDEO_FRAME_WIDTH (frame));
}

/* A GstVideoMeta may promise more than the memory holds. */
static gboolean
copies_is_inside (const GstVideoFrame *frame)
{
  const guint8 *first = GST_VIDEO_FRAME_PLANE_DATA (frame, 0);
  gsize start = (gsize) (first - frame->map[0].data);
  gsize bytes = copies_get_line_bytes (frame);
  gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0);
  guint64 length =
      (guint64) stride * (guint) (GST_VIDEO_FRAME_HEIGHT (frame) - 1) + bytes;

  return stride > 0 && (gsize) stride >= bytes
         && vdma_range_fits (start, length, frame->map[0].size);
}

static gboolean
copies_is_such (const GstVideoFrame *frame, const GstVideoInfo *info)
{
  return GST_VIDEO_FRAME_FORMAT (frame) == GST_VIDEO_INFO_FORMAT (info)
         && GST_VIDEO_FRAME_WIDTH (frame) == GST_VIDEO_INFO_WIDTH (info)
         && GST_VIDEO_FRAME_HEIGHT (frame) == GST_VIDEO_INFO_HEIGHT (info)
         && copies_is_inside (frame);
}

/* Whole groups of pixels, also of an odd width: gst_video_frame_copy() would
 * leave out the rest of a group begun. */
static void
copies_copy_lines (const GstVideoFrame *target, const GstVideoFrame *source)
{
  gsize bytes = copies_get_line_bytes (source);
  const guint8 *from = GST_VIDEO_FRAME_PLANE_DATA (source, 0);
  guint8 *to = GST_VIDEO_FRAME_PLANE_DATA (target, 0);

  for (gint y = 0; y < GST_VIDEO_FRAME_HEIGHT (source); y++) {
    memcpy (to, from, bytes);
    from += GST_VIDEO_FRAME_PLANE_STRIDE (source, 0);
    to += GST_VIDEO_FRAME_PLANE_STRIDE (target, 0);
  }
}

static gboolean
copies_map (GstVideoFrame *frame, const GstVideoInfo *info, GstBuffer *buffer,
    GstMapFlags access, GError **error)
{
  if (gst_video_frame_map (frame, info, buffer, access)) {
    if (copies_is_such (frame, info))
      return TRUE;
    gst_video_frame_unmap (frame);
  }
  g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT,
      "a buffer of %" G_GSIZE_FORMAT
      " bytes cannot be %s as a frame of its caps, which is %dx%d %s and takes "
      "%" G_GSIZE_FORMAT " bytes",
      gst_buffer_get_size (buffer), access & GST_MAP_WRITE ? "written" : "read",
      GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_HEIGHT (info),
      gst_video_format_to_string (GST_VIDEO_INFO_FORMAT (info)),
      GST_VIDEO_INFO_SIZE (info));
  return FALSE;
}

gboolean
gst_vdma_copies_copy (GstVdmaCopies *self, GstElement *owner, guint reason,
    GstBuffer *from, const GstVideoInfo *from_info, GstBuffer *to,
    const GstVideoInfo *to_info, GError **error)
{
  GstVideoFrame source, target;

  if (!copies_map (&source, from_info, from, GST_MAP_READ, error))
    return FALSE;
  if (!copies_map (&target, to_info, to, GST_MAP_WRITE, error)) {
    gst_video_frame_unmap (&source);
    return FALSE;
  }
  copies_copy_lines (&target, &source);
  gst_video_frame_unmap (&target);
  gst_video_frame_unmap (&source);
  copies_count (self, owner, reason, GST_VIDEO_INFO_SIZE (from_info));
  return TRUE;
}

void
gst_vdma_copies_add_stats (GstVdmaCopies *self, GstStructure *stats)
{
  guint64 sum = 0;

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < GST_VDMA_N_COPY_REASONS; i++) {
    if (self->count[i] == 0)
      continue;
    g_autofree gchar *name =
        g_strconcat ("copies-", copies_reason_to_nick (i), NULL);
    gst_structure_set (stats, name, G_TYPE_UINT64, self->count[i], NULL);
    sum += self->count[i];
  }
  gst_structure_set (stats, "copies", G_TYPE_UINT64, sum, "copied-bytes",
      G_TYPE_UINT64, self->bytes, NULL);
  g_mutex_unlock (&self->lock);
}
