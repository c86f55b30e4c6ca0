/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pixel formats, caps, and the step from pixels to the bytes and lines that an
 * AXI VDMA knows. */
#pragma once

#include <gst/gst.h>
#include <gst/video/video.h>

#include "hw-desc.h"
#include "vdma.h"

G_BEGIN_DECLS

/**
 * GstVdmaFormat: one row of the table of formats; all are packed in one plane.
 * @group_pixels: pixels that share their bytes: 2 for YUY2 and UYVY, else 1
 * @group_bytes: bytes of such a group
 */
typedef struct {
  GstVideoFormat format;
  guint group_pixels;
  guint group_bytes;
} GstVdmaFormat;

/** Returns: (transfer none) (nullable): row of @format; NULL if the elements do not know it */
const GstVdmaFormat *gst_vdma_format_find (GstVideoFormat format);

/** Returns: (transfer none) (nullable): row @index of the table, in order of preference; NULL at its end */
const GstVdmaFormat *gst_vdma_format_nth (guint index);

/** Returns: bytes of a line of @width pixels (a group begun counts whole) */
guint64 gst_vdma_format_get_line_bytes (
    const GstVdmaFormat *format, guint width);

/**
 * gst_vdma_format_get_caps:
 * @desc: (nullable): the core; NULL for any core, which is the pad template
 * @dir: the channel
 *
 * Sizes are limited to what a channel can do: 65535 bytes per line, 8191 lines,
 * and (as stepped ranges) widths whose lines are whole words of the stream, and
 * of the memory's side where the core cannot realign. Nothing but format, size
 * and framerate is named, so interlacing, colorimetry and pixel aspect ratio
 * pass.
 *
 * Returns: (transfer full): caps; EMPTY when @desc has no channel @dir
 */
GstCaps *gst_vdma_format_get_caps (const VdmaHwDesc *desc, VdmaDirection dir);

/**
 * GstVdmaLayout: how frames of one kind lie in memory.
 * @info: format and size, with the true stride, offset and size in memory
 * @align: padding around the picture and stride alignment, as applied
 * @mode: the same for the channel; the period is that of the framerate (0 when
 *   the rate is variable or not known), every other field is zero
 *
 * The address that goes to hardware is that of the memory + info.offset[0].
 */
typedef struct {
  GstVideoInfo info;
  GstVideoAlignment align;
  VdmaMode mode;
} GstVdmaLayout;

/**
 * gst_vdma_layout_init:
 * @info: format, size and framerate; its strides and offsets are not used
 * @align: (nullable): padding and stride alignment that a user of the frames asks for
 * @alignment: bytes to which the channel needs address, line and stride aligned:
 *   vdma_hw_desc_get_alignment(), a power of two; 1 for none
 *
 * The stride is GStreamer's default rounded up to @alignment, so that frames can
 * be read without GstVideoMeta wherever the core permits it. Only where that
 * passes the core's limit, the tightest stride is taken.
 *
 * Errors: INVALID or UNSUPPORTED, naming what does not fit, the limit, and the
 * largest or next size that would.
 */
gboolean gst_vdma_layout_init (GstVdmaLayout *self, const GstVideoInfo *info,
    const GstVideoAlignment *align, guint alignment, GError **error);

/**
 * gst_vdma_layout_init_from_caps: as gst_vdma_layout_init(), from fixed raw
 * video caps. Errors: INVALID as well for caps that are none.
 */
gboolean gst_vdma_layout_init_from_caps (GstVdmaLayout *self,
    const GstCaps *caps, const GstVideoAlignment *align, guint alignment,
    GError **error);

G_END_DECLS
