/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the property "stats" is made of. */
#pragma once

#include <gst/gst.h>

#include "gstvdmapool.h"
#include "vdma.h"

G_BEGIN_DECLS

/* Each adds its fields to @stats; all are guint64. Any thread. */
void gst_vdma_stats_add_channel (
    GstStructure *stats, const VdmaChannelStats *channel);
/** gst_vdma_stats_add_capture: @paused: frames among the delivered that the
 *  element dropped, because they came while it was paused */
void gst_vdma_stats_add_capture (
    GstStructure *stats, const VdmaChannelStats *channel, guint64 paused);
/** gst_vdma_stats_add_tied: @display: the channel that shows what is captured */
void gst_vdma_stats_add_tied (
    GstStructure *stats, const VdmaChannelStats *display);
void gst_vdma_stats_add_pool (
    GstStructure *stats, const GstVdmaPoolStats *pool);
void gst_vdma_stats_add_memory (GstStructure *stats, const XlnkStats *memory);

G_END_DECLS
