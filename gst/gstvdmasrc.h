/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vdmasrc: video from an AXI VDMA capture (S2MM) channel. */
#pragma once

#include <gst/base/gstpushsrc.h>
#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_VDMA_SRC (gst_vdma_src_get_type ())
G_DECLARE_FINAL_TYPE (GstVdmaSrc, gst_vdma_src, GST, VDMA_SRC, GstPushSrc)

G_END_DECLS
