/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vdmasink: video to an AXI VDMA display (MM2S) channel. */
#pragma once

#include <gst/gst.h>
#include <gst/video/gstvideosink.h>

G_BEGIN_DECLS

#define GST_TYPE_VDMA_SINK (gst_vdma_sink_get_type ())
G_DECLARE_FINAL_TYPE (GstVdmaSink, gst_vdma_sink, GST, VDMA_SINK, GstVideoSink)

G_END_DECLS
