/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of pixel formats; caps and layouts that follow from it. */
#include "gstvdmaformat.h"

#include "vdma-error.h"
#include "vdma-util.h"

/* In order of preference. Rows of equal groups stand together: each such run
 * is one structure of the caps. */
static const GstVdmaFormat vdma_formats[] = {
  { .format = GST_VIDEO_FORMAT_RGB, .group_pixels = 1, .group_bytes = 3 },
  { .format = GST_VIDEO_FORMAT_BGR, .group_pixels = 1, .group_bytes = 3 },
  { .format = GST_VIDEO_FORMAT_RGBx, .group_pixels = 1, .group_bytes = 4 },
  { .format = GST_VIDEO_FORMAT_BGRx, .group_pixels = 1, .group_bytes = 4 },
  { .format = GST_VIDEO_FORMAT_RGBA, .group_pixels = 1, .group_bytes = 4 },
  { .format = GST_VIDEO_FORMAT_BGRA, .group_pixels = 1, .group_bytes = 4 },
  { .format = GST_VIDEO_FORMAT_YUY2, .group_pixels = 2, .group_bytes = 4 },
  { .format = GST_VIDEO_FORMAT_UYVY, .group_pixels = 2, .group_bytes = 4 },
  { .format = GST_VIDEO_FORMAT_GRAY8, .group_pixels = 1, .group_bytes = 1 },
  { .format = GST_VIDEO_FORMAT_GRAY16_LE, .group_pixels = 1, .group_bytes = 2 },
};

const GstVdmaFormat *
gst_vdma_format_find (GstVideoFormat format)
{
  for (guint i = 0; i < G_N_ELEMENTS (vdma_formats); i++)
    if (vdma_formats[i].format == format)
      return &vdma_formats[i];
  return NULL;
}

const GstVdmaFormat *
gst_vdma_format_nth (guint index)
{
  return index < G_N_ELEMENTS (vdma_formats) ? &vdma_formats[index] : NULL;
}

guint64
gst_vdma_format_get_line_bytes (const GstVdmaFormat *format, guint width)
{
  guint64 groups =
      ((guint64) width + format->group_pixels - 1) / format->group_pixels;
  return groups * format->group_bytes;
}

/* ---- widths ---- */

static guint
format_gcd (guint a, guint b)
{
  while (b != 0) {
    guint rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* Pixels from one width to the next whose line is whole multiples of @unit
 * bytes. Where a group is such a multiple, one that is only begun is too. */
static guint
format_width_step (const GstVdmaFormat *format, guint unit)
{
  guint groups = unit / format_gcd (unit, format->group_bytes);
  return groups == 1 ? 1 : groups * format->group_pixels;
}

/* Returns 0 if there is none. */
static guint
format_largest_width (const GstVdmaFormat *format, guint unit)
{
  guint step = format_width_step (format, unit);
  guint widest = VDMA_MAX_HSIZE / format->group_bytes * format->group_pixels;
  return widest / step * step;
}

/* ---- caps ---- */

/* Bytes that lines are multiples of: without realignment engine words of the
 * memory's side, and always words of the stream, whose last one must be full. */
static guint
format_get_line_unit (const VdmaHwDesc *desc, VdmaDirection dir)
{
  guint word = vdma_hw_desc_get_alignment (desc, dir);
  guint beat = desc->channel[dir].stream_width / 8;
  return word / format_gcd (word, beat) * beat;
}

static void
format_init_widths (GValue *widths, guint step, guint largest)
{
  if (step == largest) {
    g_value_init (widths, G_TYPE_INT);
    g_value_set_int (widths, (gint) step);
    return;
  }
  g_value_init (widths, GST_TYPE_INT_RANGE);
  gst_value_set_int_range_step (
      widths, (gint) step, (gint) largest, (gint) step);
}

/* Returns the row behind the run that starts at first. */
static guint
format_run_end (guint first)
{
  guint end = first + 1;
  while (end < G_N_ELEMENTS (vdma_formats)
         && vdma_formats[end].group_bytes == vdma_formats[first].group_bytes
         && vdma_formats[end].group_pixels == vdma_formats[first].group_pixels)
    end++;
  return end;
}

static void
format_init_names (GValue *names, guint first, guint end)
{
  gst_value_list_init (names, end - first);
  for (guint i = first; i < end; i++) {
    GValue name = G_VALUE_INIT;
    g_value_init (&name, G_TYPE_STRING);
    g_value_set_static_string (
        &name, gst_video_format_to_string (vdma_formats[i].format));
    gst_value_list_append_and_take_value (names, &name);
  }
}

static void
format_append_run (GstCaps *caps, guint first, guint end, guint unit)
{
  guint step = format_width_step (&vdma_formats[first], unit);
  guint largest = format_largest_width (&vdma_formats[first], unit);
  GValue names = G_VALUE_INIT, widths = G_VALUE_INIT;

  if (largest == 0)
    return;
  format_init_names (&names, first, end);
  format_init_widths (&widths, step, largest);
  GstStructure *structure = gst_structure_new ("video/x-raw", "height",
      GST_TYPE_INT_RANGE, 1, VDMA_MAX_VSIZE, "framerate",
      GST_TYPE_FRACTION_RANGE, 0, 1, G_MAXINT, 1, NULL);
  gst_structure_take_value (structure, "format", &names);
  gst_structure_take_value (structure, "width", &widths);
  gst_caps_append_structure (caps, structure);
}

GstCaps *
gst_vdma_format_get_caps (const VdmaHwDesc *desc, VdmaDirection dir)
{
  GstCaps *caps = gst_caps_new_empty ();

  if (desc && !desc->channel[dir].present)
    return caps;

  guint unit = desc ? format_get_line_unit (desc, dir) : 1;
  for (guint first = 0; first < G_N_ELEMENTS (vdma_formats);) {
    guint end = format_run_end (first);
    format_append_run (caps, first, end, unit);
    first = end;
  }
  return caps;
}

/* ---- layouts ---- */

static gchar *
format_list_names (void)
{
  GString *names = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (vdma_formats); i++)
    g_string_append_printf (names, "%s%s", i ? ", " : "",
        gst_video_format_to_string (vdma_formats[i].format));
  return g_string_free (names, FALSE);
}

static const GstVdmaFormat *
layout_find_format (const GstVideoInfo *info, GError **error)
{
  GstVideoFormat format = GST_VIDEO_INFO_FORMAT (info);
  const GstVdmaFormat *row = gst_vdma_format_find (format);
  if (!row) {
    g_autofree gchar *names = format_list_names ();
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
        "format %s cannot be carried: the formats are %s",
        gst_video_format_to_string (format), names);
  }
  return row;
}

static gboolean
layout_check_width (const GstVdmaFormat *row, guint width, guint alignment,
    guint64 hsize, GError **error)
{
  const gchar *name = gst_video_format_to_string (row->format);

  if (width == 0 || hsize > VDMA_MAX_HSIZE) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "a line of %u pixels %s is %" G_GUINT64_FORMAT " bytes; the core "
        "takes 1 to %u bytes: widths of 1 to %u in this format",
        width, name, hsize, VDMA_MAX_HSIZE, format_largest_width (row, 1));
    return FALSE;
  }
  if (hsize % alignment != 0) {
    guint step = format_width_step (row, alignment);
    guint below = width / step * step;
    guint above = below + step;
    if (below == 0 || above > format_largest_width (row, alignment))
      below = above = below == 0 ? above : below;
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "a line of %u pixels %s is %" G_GUINT64_FORMAT " bytes; this core has "
        "no realignment engine and takes multiples of %u bytes: "
        "widths of %u or %u would do",
        width, name, hsize, alignment, below, above);
    return FALSE;
  }
  return TRUE;
}

static gboolean
layout_check_height (guint height, GError **error)
{
  if (height >= 1 && height <= VDMA_MAX_VSIZE)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "a frame of %u lines: the core takes 1 to %u", height, VDMA_MAX_VSIZE);
  return FALSE;
}

/* What padding adds up to, in pixels and lines. */
typedef struct {
  guint width;
  guint64 height;
  guint left_bytes;
} LayoutPadded;

static gboolean
layout_pad (const GstVdmaFormat *row, const GstVideoInfo *info,
    const GstVideoAlignment *align, LayoutPadded *padded, GError **error)
{
  guint64 width = (guint64) GST_VIDEO_INFO_WIDTH (info) + align->padding_left
                  + align->padding_right;
  guint64 left = gst_vdma_format_get_line_bytes (row, align->padding_left);

  if (align->padding_left % row->group_pixels != 0) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "padding of %u pixels on the left: %s shares bytes between %u pixels",
        align->padding_left, gst_video_format_to_string (row->format),
        row->group_pixels);
    return FALSE;
  }
  /* Wider than any stride can be; also what keeps the sums below in range. */
  if (width > VDMA_MAX_HSIZE) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "a line of %" G_GUINT64_FORMAT " pixels with its padding: the core's "
        "largest stride is %u bytes",
        width, VDMA_MAX_HSIZE);
    return FALSE;
  }
  padded->width = (guint) width;
  padded->left_bytes = (guint) left;
  padded->height = (guint64) GST_VIDEO_INFO_HEIGHT (info) + align->padding_top
                   + align->padding_bottom;
  return TRUE;
}

static gboolean
layout_choose_stride (const GstVdmaFormat *row, guint width, guint64 mask,
    guint *stride, GError **error)
{
  guint64 line = gst_vdma_format_get_line_bytes (row, width);
  GstVideoInfo plain;

  if ((mask & (mask + 1)) != 0) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "a stride alignment of 0x%" G_GINT64_MODIFIER
        "x: it must be a power of two less one",
        mask);
    return FALSE;
  }

  gst_video_info_init (&plain);
  guint64 chosen = line;
  if (gst_video_info_set_format (&plain, row->format, width, 1))
    chosen = GST_VIDEO_INFO_PLANE_STRIDE (&plain, 0);
  chosen = (chosen + mask) & ~mask;
  if (chosen > VDMA_MAX_HSIZE)
    chosen = (line + mask) & ~mask;
  if (chosen > VDMA_MAX_HSIZE) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "a stride of %" G_GUINT64_FORMAT " bytes for %u pixels %s with their "
        "padding, in multiples of %" G_GUINT64_FORMAT
        ": the core's largest is %u",
        chosen, width, gst_video_format_to_string (row->format), mask + 1,
        VDMA_MAX_HSIZE);
    return FALSE;
  }
  *stride = (guint) chosen;
  return TRUE;
}

/* Fills where the picture lies, once hsize and format are known to be right. */
static gboolean
layout_place (GstVdmaLayout *self, const GstVdmaFormat *row, guint alignment,
    GError **error)
{
  guint64 mask = self->align.stride_align[0] | (guint64) (alignment - 1);
  LayoutPadded padded;
  guint stride;

  if (!layout_pad (row, &self->info, &self->align, &padded, error)
      || !layout_choose_stride (row, padded.width, mask, &stride, error))
    return FALSE;

  guint64 offset =
      (guint64) self->align.padding_top * stride + padded.left_bytes;
  guint64 size = padded.height * stride;
  if (offset % alignment != 0) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "padding of %u pixels on the left puts the first line at byte "
        "%" G_GUINT64_FORMAT "; this core takes multiples of %u",
        self->align.padding_left, offset, alignment);
    return FALSE;
  }
  /* GStreamer's pools count the bytes of a frame in 32 bits. */
  if (size > G_MAXINT32) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "a frame of %" G_GUINT64_FORMAT " bytes with its padding: "
        "the limit is %d",
        size, G_MAXINT32);
    return FALSE;
  }

  self->align.stride_align[0] = (guint) mask;
  self->info.stride[0] = (gint) stride;
  self->info.offset[0] = (gsize) offset;
  self->info.size = (gsize) size;
  self->mode.stride = stride;
  return TRUE;
}

gboolean
gst_vdma_layout_init (GstVdmaLayout *self, const GstVideoInfo *info,
    const GstVideoAlignment *align, guint alignment, GError **error)
{
  GstVdmaLayout layout = { .info = *info };

  g_return_val_if_fail (vdma_is_power_of_two (alignment), FALSE);

  const GstVdmaFormat *row = layout_find_format (info, error);
  if (!row)
    return FALSE;

  guint width = (guint) GST_VIDEO_INFO_WIDTH (info);
  guint height = (guint) GST_VIDEO_INFO_HEIGHT (info);
  guint64 hsize = gst_vdma_format_get_line_bytes (row, width);
  if (!layout_check_width (row, width, alignment, hsize, error)
      || !layout_check_height (height, error))
    return FALSE;

  if (align)
    layout.align = *align;
  else
    gst_video_alignment_reset (&layout.align);
  if (!layout_place (&layout, row, alignment, error))
    return FALSE;

  layout.mode.hsize = (guint) hsize;
  layout.mode.vsize = height;
  if (GST_VIDEO_INFO_FPS_N (info) > 0 && GST_VIDEO_INFO_FPS_D (info) > 0)
    layout.mode.period = (gint64) gst_util_uint64_scale (
        GST_SECOND, GST_VIDEO_INFO_FPS_D (info), GST_VIDEO_INFO_FPS_N (info));
  *self = layout;
  return TRUE;
}

gboolean
gst_vdma_layout_init_from_caps (GstVdmaLayout *self, const GstCaps *caps,
    const GstVideoAlignment *align, guint alignment, GError **error)
{
  GstVideoInfo info;

  if (!gst_caps_is_fixed (caps) || !gst_video_info_from_caps (&info, caps)) {
    g_autofree gchar *text = gst_caps_to_string (caps);
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "caps '%s' do not say one kind of raw video", text);
    return FALSE;
  }
  return gst_vdma_layout_init (self, &info, align, alignment, error);
}
