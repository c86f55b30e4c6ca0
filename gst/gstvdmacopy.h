/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames that have to be copied, and why. */
#pragma once

#include <gst/gst.h>
#include <gst/video/video.h>

#include "gstvdmamemory.h"

G_BEGIN_DECLS

/** Reasons to copy that are none of GstVdmaReach, and follow it in number. */
enum {
  GST_VDMA_COPY_NO_VIDEO_META = GST_VDMA_N_REACHES,
  GST_VDMA_COPY_DRAIN,
  GST_VDMA_N_COPY_REASONS,
};

/** GstVdmaCopies: copies made, by reason. Any thread. */
typedef struct {
  GMutex lock;
  guint64 count[GST_VDMA_N_COPY_REASONS];
  guint64 bytes;
} GstVdmaCopies;

void gst_vdma_copies_init (GstVdmaCopies *self);
void gst_vdma_copies_clear (GstVdmaCopies *self);

/**
 * gst_vdma_copies_copy:
 * @owner: the element, for the log
 * @reason: a GstVdmaReach or GST_VDMA_COPY_*
 * @from, @to: frames of one format and size, one that gst_vdma_format_find()
 *   knows
 * @from_info, @to_info: strides where a buffer has no GstVideoMeta
 *
 * Copies, counts, and tells it to GST_PERFORMANCE: the first copy of a reason at
 * WARNING, the rest at LOG.
 *
 * Errors: GST_STREAM_ERROR_FORMAT when one of them is no such frame.
 */
gboolean gst_vdma_copies_copy (GstVdmaCopies *self, GstElement *owner,
    guint reason, GstBuffer *from, const GstVideoInfo *from_info, GstBuffer *to,
    const GstVideoInfo *to_info, GError **error);

/** gst_vdma_copies_add_stats: "copies", "copied-bytes" and, where there were
 *  some, "copies-REASON", all guint64. */
void gst_vdma_copies_add_stats (GstVdmaCopies *self, GstStructure *stats);

G_END_DECLS
