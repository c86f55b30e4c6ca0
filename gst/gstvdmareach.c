/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether hardware can use a buffer as it is, and if not, why not. */
#include "gstvdmamemory.h"

#include "vdma-util.h"

static const struct {
  const gchar *nick;
  const gchar *text;
} vdma_reach_names[GST_VDMA_N_REACHES] = {
  [GST_VDMA_REACH_OK] = { "ok", "used as it is" },
  [GST_VDMA_REACH_N_MEMORIES] = { "n-memories", "not exactly one memory" },
  [GST_VDMA_REACH_FOREIGN] = { "foreign-memory", "foreign memory" },
  [GST_VDMA_REACH_CLOSED] = { "closed-memory", "memory freed by a reset" },
  [GST_VDMA_REACH_LAYOUT] = { "layout", "another layout than the channel's" },
  [GST_VDMA_REACH_TOO_SMALL] = { "too-small", "memory ends inside the frame" },
  [GST_VDMA_REACH_MISALIGNED] = { "misaligned",
      "address or stride not aligned for the core" },
  [GST_VDMA_REACH_TOO_HIGH] = { "too-high",
      "above the addresses that the core can drive" },
};

const gchar *
gst_vdma_reach_to_string (GstVdmaReach reach)
{
  g_return_val_if_fail ((guint) reach < GST_VDMA_N_REACHES, NULL);
  return vdma_reach_names[reach].text;
}

const gchar *
gst_vdma_reach_to_nick (GstVdmaReach reach)
{
  g_return_val_if_fail ((guint) reach < GST_VDMA_N_REACHES, NULL);
  return vdma_reach_names[reach].nick;
}

/* Where a frame lies inside its buffer. */
typedef struct {
  guint64 offset;
  gint64 stride;
} ReachPlane;

static gboolean
reach_get_plane (GstBuffer *buffer, const GstVideoInfo *info, ReachPlane *plane)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);

  if (!meta) {
    plane->offset = GST_VIDEO_INFO_PLANE_OFFSET (info, 0);
    plane->stride = GST_VIDEO_INFO_PLANE_STRIDE (info, 0);
    return GST_VIDEO_INFO_N_PLANES (info) == 1;
  }
  plane->offset = meta->offset[0];
  plane->stride = meta->stride[0];
  return meta->n_planes == 1 && meta->format == GST_VIDEO_INFO_FORMAT (info)
         && meta->width == (guint) GST_VIDEO_INFO_WIDTH (info)
         && meta->height == (guint) GST_VIDEO_INFO_HEIGHT (info);
}

GstVdmaReach
gst_vdma_buffer_get_phys (GstBuffer *buffer, const GstVideoInfo *info,
    guint hsize, const VdmaHwDesc *desc, VdmaDirection dir, guint64 *phys,
    guint *stride)
{
  ReachPlane plane;

  if (gst_buffer_n_memory (buffer) != 1)
    return GST_VDMA_REACH_N_MEMORIES;
  GstMemory *mem = gst_buffer_peek_memory (buffer, 0);
  guint64 start;
  if (!gst_vdma_memory_get_phys (mem, &start))
    return GST_VDMA_REACH_FOREIGN;
  if (xlnk_block_is_closed (gst_vdma_memory_get_block (mem)))
    return GST_VDMA_REACH_CLOSED;
  if (!reach_get_plane (buffer, info, &plane) || plane.stride < (gint64) hsize
      || plane.stride > VDMA_MAX_HSIZE)
    return GST_VDMA_REACH_LAYOUT;

  guint64 length =
      (guint64) plane.stride * (guint) MAX (GST_VIDEO_INFO_HEIGHT (info) - 1, 0)
      + hsize;
  if (!vdma_range_fits (plane.offset, length, mem->size))
    return GST_VDMA_REACH_TOO_SMALL;

  start += plane.offset;
  guint alignment = vdma_hw_desc_get_alignment (desc, dir);
  if (start % alignment != 0 || plane.stride % alignment != 0
      || hsize % alignment != 0)
    return GST_VDMA_REACH_MISALIGNED;
  guint64 limit = vdma_hw_desc_get_phys_limit (desc);
  if (start > limit || length - 1 > limit - start)
    return GST_VDMA_REACH_TOO_HIGH;

  *phys = start;
  *stride = (guint) plane.stride;
  return GST_VDMA_REACH_OK;
}

XlnkBlock *
gst_vdma_buffer_get_block (GstBuffer *buffer)
{
  if (gst_buffer_n_memory (buffer) != 1)
    return NULL;
  return gst_vdma_memory_get_block (gst_buffer_peek_memory (buffer, 0));
}
