/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of formats, caps that a core can do, and layouts in memory. */
#include <gst/check/gstcheck.h>

#include "gstvdmaformat.h"
#include "vdma-error.h"

static const struct {
  GstVideoFormat format;
  guint width;
  guint64 bytes; /* of a line, from the format's definition */
} format_lines[] = {
  { GST_VIDEO_FORMAT_GRAY8, 3, 3 },
  { GST_VIDEO_FORMAT_GRAY16_LE, 3, 6 },
  { GST_VIDEO_FORMAT_RGB, 3, 9 },
  { GST_VIDEO_FORMAT_BGR, 3, 9 },
  { GST_VIDEO_FORMAT_RGBx, 3, 12 },
  { GST_VIDEO_FORMAT_BGRx, 3, 12 },
  { GST_VIDEO_FORMAT_RGBA, 3, 12 },
  { GST_VIDEO_FORMAT_BGRA, 3, 12 },
  { GST_VIDEO_FORMAT_YUY2, 3, 8 },
  { GST_VIDEO_FORMAT_UYVY, 3, 8 },
};

static const struct {
  gint width, height;
} format_sizes[] = { { 1, 1 }, { 3, 5 }, { 1919, 1079 }, { 1920, 1080 },
  { 3840, 2160 }, { 2, 8191 } };

static void
format_init_info (
    GstVideoInfo *info, GstVideoFormat format, gint width, gint height)
{
  gst_video_info_init (info);
  gst_video_info_set_format (info, format, (guint) width, (guint) height);
  info->fps_n = 30;
  info->fps_d = 1;
}

static void
format_assert_error (GError *error, gint code, const gchar *part)
{
  fail_unless (error != NULL);
  fail_unless (g_error_matches (error, VDMA_ERROR, code), "%s", error->message);
  fail_unless (strstr (error->message, part), "'%s' does not say '%s'",
      error->message, part);
  g_error_free (error);
}

/* ---- table ---- */

GST_START_TEST (test_table_both_ways)
{
  guint n = 0;
  for (const GstVdmaFormat *row; (row = gst_vdma_format_nth (n)); n++) {
    const GstVideoFormatInfo *info = gst_video_format_get_info (row->format);
    fail_unless (gst_vdma_format_find (row->format) == row);
    fail_unless_equals_int (GST_VIDEO_FORMAT_INFO_N_PLANES (info), 1);
  }
  fail_unless_equals_int (n, G_N_ELEMENTS (format_lines));
  fail_unless (gst_vdma_format_find (GST_VIDEO_FORMAT_I420) == NULL);
  fail_unless (gst_vdma_format_find (GST_VIDEO_FORMAT_UNKNOWN) == NULL);
}
GST_END_TEST;

GST_START_TEST (test_line_bytes)
{
  const GstVdmaFormat *row = gst_vdma_format_find (format_lines[__i__].format);
  fail_unless (row != NULL);
  fail_unless_equals_uint64 (
      gst_vdma_format_get_line_bytes (row, format_lines[__i__].width),
      format_lines[__i__].bytes);
  fail_unless_equals_uint64 (gst_vdma_format_get_line_bytes (row, 0), 0);
  /* no wrap at the widest */
  fail_unless (gst_vdma_format_get_line_bytes (row, G_MAXUINT) >= G_MAXUINT);
}
GST_END_TEST;

/* ---- caps ---- */

static gboolean
format_caps_have (GstCaps *caps, const gchar *text)
{
  g_autoptr (GstCaps) wanted = gst_caps_from_string (text);
  fail_unless (wanted != NULL && gst_caps_is_fixed (wanted), "%s", text);
  return gst_caps_is_subset (wanted, caps);
}

#define RGB_CAPS(w, h)                                                         \
  "video/x-raw,format=RGB,width=" w ",height=" h ",framerate=25/1"

GST_START_TEST (test_template_caps)
{
  static const struct {
    const gchar *caps;
    gboolean in;
  } rows[] = {
    { RGB_CAPS ("1", "1"), TRUE },
    { RGB_CAPS ("21845", "8191"), TRUE },
    { RGB_CAPS ("21846", "8191"), FALSE },
    { RGB_CAPS ("1920", "8192"), FALSE },
    { "video/x-raw,format=GRAY8,width=65535,height=1,framerate=0/1", TRUE },
    { "video/x-raw,format=GRAY16_LE,width=32767,height=1,framerate=0/1", TRUE },
    { "video/x-raw,format=GRAY16_LE,width=32768,height=1,framerate=0/1",
        FALSE },
    { "video/x-raw,format=BGRA,width=16383,height=1,framerate=60000/1001",
        TRUE },
    { "video/x-raw,format=BGRA,width=16384,height=1,framerate=60/1", FALSE },
    { "video/x-raw,format=YUY2,width=32765,height=1,framerate=60/1", TRUE },
    { "video/x-raw,format=YUY2,width=32766,height=1,framerate=60/1", TRUE },
    { "video/x-raw,format=YUY2,width=32767,height=1,framerate=60/1", FALSE },
    { "video/x-raw,format=UYVY,width=720,height=576,framerate=25/1,"
      "interlace-mode=interleaved,colorimetry=bt601,pixel-aspect-ratio=16/11",
        TRUE },
    { "video/x-raw,format=I420,width=64,height=64,framerate=25/1", FALSE },
    { "video/x-raw(memory:GLMemory),format=RGB,width=64,height=64,"
      "framerate=25/1",
        FALSE },
  };
  g_autoptr (GstCaps) caps = gst_vdma_format_get_caps (NULL, VDMA_S2MM);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    fail_unless (format_caps_have (caps, rows[i].caps) == rows[i].in, "%s",
        rows[i].caps);
}
GST_END_TEST;

static const struct {
  gboolean dre;
  guint mm_width, stream_width;
} format_cores[] = {
  { TRUE, 32, 8 },
  { TRUE, 32, 32 },
  { TRUE, 64, 24 },
  { FALSE, 32, 8 },
  { FALSE, 64, 24 },
  { FALSE, 64, 32 },
  { FALSE, 128, 64 },
  { FALSE, 1024, 8 },
  { FALSE, 1024, 1016 },
};

/* What the driver takes, vdma_channel_set_mode(). */
static gboolean
format_core_takes (const VdmaHwDesc *desc, const GstVideoInfo *info)
{
  guint alignment = vdma_hw_desc_get_alignment (desc, VDMA_S2MM);
  guint beat = desc->channel[VDMA_S2MM].stream_width / 8;
  GstVdmaLayout layout;
  return gst_vdma_layout_init (&layout, info, NULL, alignment, NULL)
         && layout.mode.hsize % beat == 0;
}

/* The caps offer every size that a core takes, and no other one. */
GST_START_TEST (test_caps_agree_with_core)
{
  VdmaHwDesc desc;

  vdma_hw_desc_init (&desc);
  desc.channel[VDMA_S2MM].dre = format_cores[__i__].dre;
  desc.channel[VDMA_S2MM].mm_width = format_cores[__i__].mm_width;
  desc.channel[VDMA_S2MM].stream_width = format_cores[__i__].stream_width;

  g_autoptr (GstCaps) caps = gst_vdma_format_get_caps (&desc, VDMA_S2MM);
  for (guint i = 0; gst_vdma_format_nth (i); i++) {
    const GstVdmaFormat *row = gst_vdma_format_nth (i);
    for (gint width = 1; width < 70000; width += width < 200 ? 1 : 509) {
      GstVideoInfo info;

      format_init_info (&info, row->format, width, 4);
      g_autoptr (GstCaps) one = gst_video_info_to_caps (&info);
      gboolean offered = gst_caps_can_intersect (one, caps);
      gboolean taken = format_core_takes (&desc, &info);
      /* A begun group of YUY2 may end a line as a whole one does; where such
       * widths are not even steps they are left out. */
      fail_unless (offered == taken
                       || (taken && width % 2 == 1 && row->group_pixels == 2),
          "%s of width %d: offered %d, taken %d",
          gst_video_format_to_string (row->format), width, offered, taken);
    }
  }
}
GST_END_TEST;

GST_START_TEST (test_caps_of_absent_channel)
{
  VdmaHwDesc desc;
  vdma_hw_desc_init (&desc);
  desc.channel[VDMA_MM2S].present = FALSE;
  g_autoptr (GstCaps) none = gst_vdma_format_get_caps (&desc, VDMA_MM2S);
  g_autoptr (GstCaps) some = gst_vdma_format_get_caps (&desc, VDMA_S2MM);
  fail_unless (gst_caps_is_empty (none));
  fail_unless (!gst_caps_is_empty (some));
}
GST_END_TEST;

/* ---- layouts ---- */

/* With realignment engine memory looks as GStreamer's elements expect it. */
GST_START_TEST (test_layout_is_gstreamers)
{
  for (guint s = 0; s < G_N_ELEMENTS (format_sizes); s++) {
    GstVideoInfo info;
    GstVdmaLayout layout;

    format_init_info (&info, format_lines[__i__].format, format_sizes[s].width,
        format_sizes[s].height);
    fail_unless (gst_vdma_layout_init (&layout, &info, NULL, 1, NULL));
    fail_unless_equals_int (layout.info.stride[0], info.stride[0]);
    fail_unless_equals_uint64 (layout.info.offset[0], 0);
    fail_unless_equals_uint64 (layout.info.size, info.size);
    fail_unless_equals_int (layout.mode.stride, info.stride[0]);
    fail_unless_equals_int (layout.mode.vsize, format_sizes[s].height);
    fail_unless (layout.mode.hsize <= layout.mode.stride);
    fail_unless_equals_uint64 (layout.mode.hsize,
        gst_vdma_format_get_line_bytes (
            gst_vdma_format_find (format_lines[__i__].format),
            (guint) format_sizes[s].width));
    fail_unless_equals_int64 (layout.mode.period, GST_SECOND / 30);
  }
}
GST_END_TEST;

static const struct {
  GstVideoFormat format;
  gint width;
  guint alignment, stride_mask;
  guint stride;
} format_strides[] = {
  { GST_VIDEO_FORMAT_RGB, 1919, 1, 0, 5760 },
  { GST_VIDEO_FORMAT_RGB, 8, 8, 0, 24 },
  { GST_VIDEO_FORMAT_RGB, 16, 16, 0, 48 },
  { GST_VIDEO_FORMAT_RGB, 1920, 1, 255, 5888 },
  { GST_VIDEO_FORMAT_RGBx, 1918, 8, 0, 7672 },
  { GST_VIDEO_FORMAT_RGBx, 1920, 8, 127, 7680 },
  { GST_VIDEO_FORMAT_RGBx, 1924, 8, 127, 7808 },
  /* rounding up to 4 would pass the limit */
  { GST_VIDEO_FORMAT_GRAY8, 65535, 1, 0, 65535 },
  { GST_VIDEO_FORMAT_GRAY8, 65533, 1, 0, 65533 },
  { GST_VIDEO_FORMAT_GRAY8, 65529, 1, 0, 65532 },
  { GST_VIDEO_FORMAT_RGB, 21845, 1, 0, 65535 },
  { GST_VIDEO_FORMAT_GRAY8, 65528, 8, 0, 65528 },
};

GST_START_TEST (test_layout_stride)
{
  GstVideoAlignment align;
  GstVdmaLayout layout;
  GstVideoInfo info;

  gst_video_alignment_reset (&align);
  align.stride_align[0] = format_strides[__i__].stride_mask;
  format_init_info (
      &info, format_strides[__i__].format, format_strides[__i__].width, 3);
  fail_unless (gst_vdma_layout_init (
      &layout, &info, &align, format_strides[__i__].alignment, NULL));
  fail_unless_equals_int (layout.mode.stride, format_strides[__i__].stride);
  fail_unless_equals_int (layout.info.stride[0], format_strides[__i__].stride);
  fail_unless_equals_uint64 (
      layout.info.size, format_strides[__i__].stride * 3);
}
GST_END_TEST;

GST_START_TEST (test_layout_padding)
{
  GstVideoAlignment align;
  GstVdmaLayout layout;
  GstVideoInfo info;

  gst_video_alignment_reset (&align);
  align.padding_left = 8;
  align.padding_right = 6;
  align.padding_top = 2;
  align.padding_bottom = 3;
  align.stride_align[0] = 15;
  format_init_info (&info, GST_VIDEO_FORMAT_RGB, 32, 20);
  fail_unless (gst_vdma_layout_init (&layout, &info, &align, 8, NULL));

  /* (8 + 32 + 6) * 3 = 138 bytes */
  fail_unless_equals_int (layout.mode.stride, 144);
  fail_unless_equals_int (layout.mode.hsize, 96);
  fail_unless_equals_int (layout.mode.vsize, 20);
  fail_unless_equals_uint64 (layout.info.offset[0], 2 * 144 + 24);
  fail_unless_equals_uint64 (layout.info.size, 144 * 25);
  fail_unless_equals_int (GST_VIDEO_INFO_WIDTH (&layout.info), 32);
  fail_unless_equals_int (layout.align.padding_bottom, 3);
}
GST_END_TEST;

static const struct {
  GstVideoFormat format;
  gint width, height;
  guint alignment;
  GstVideoAlignment align;
  VdmaErrorCode code;
  const gchar *says;
} format_refusals[] = {
  { GST_VIDEO_FORMAT_RGBx, 40000, 1, 1, { 0 }, VDMA_ERROR_INVALID,
      "a line of 40000 pixels RGBx is 160000 bytes" },
  { GST_VIDEO_FORMAT_RGBx, 40000, 1, 1, { 0 }, VDMA_ERROR_INVALID,
      "widths of 1 to 16383" },
  { GST_VIDEO_FORMAT_YUY2, 32767, 1, 1, { 0 }, VDMA_ERROR_INVALID,
      "widths of 1 to 32766" },
  { GST_VIDEO_FORMAT_GRAY8, 65536, 1, 1, { 0 }, VDMA_ERROR_INVALID, "65535" },
  { GST_VIDEO_FORMAT_GRAY8, 8, 8192, 1, { 0 }, VDMA_ERROR_INVALID,
      "8192 lines: the core takes 1 to 8191" },
  { GST_VIDEO_FORMAT_RGB, 1919, 1079, 8, { 0 }, VDMA_ERROR_INVALID,
      "widths of 1912 or 1920" },
  { GST_VIDEO_FORMAT_RGB, 3, 5, 8, { 0 }, VDMA_ERROR_INVALID,
      "widths of 8 or 8" },
  { GST_VIDEO_FORMAT_GRAY8, 65535, 5, 8, { 0 }, VDMA_ERROR_INVALID,
      "widths of 65528 or 65528" },
  { GST_VIDEO_FORMAT_I420, 64, 64, 1, { 0 }, VDMA_ERROR_UNSUPPORTED, "I420" },
  { GST_VIDEO_FORMAT_I420, 64, 64, 1, { 0 }, VDMA_ERROR_UNSUPPORTED,
      "RGB, BGR, RGBx, BGRx, RGBA, BGRA, YUY2, UYVY, GRAY8, GRAY16_LE" },
  { GST_VIDEO_FORMAT_RGB, 21845, 1, 1, { .stride_align = { 1023 } },
      VDMA_ERROR_INVALID, "stride of 65536 bytes" },
  { GST_VIDEO_FORMAT_RGB, 64, 1, 1, { .stride_align = { 5 } },
      VDMA_ERROR_INVALID, "0x5" },
  { GST_VIDEO_FORMAT_RGB, 64, 1, 1, { .padding_right = G_MAXUINT },
      VDMA_ERROR_INVALID, "4294967359 pixels" },
  { GST_VIDEO_FORMAT_RGB, 64, 1, 1, { .padding_bottom = G_MAXUINT },
      VDMA_ERROR_INVALID, "a frame of 824633720832 bytes" },
  { GST_VIDEO_FORMAT_RGB, 64, 1, 8, { .padding_left = 1 }, VDMA_ERROR_INVALID,
      "at byte 3" },
  { GST_VIDEO_FORMAT_UYVY, 64, 1, 1, { .padding_left = 1 }, VDMA_ERROR_INVALID,
      "UYVY shares bytes between 2 pixels" },
};

GST_START_TEST (test_layout_refusals)
{
  GstVdmaLayout layout = { 0 };
  GError *error = NULL;
  GstVideoInfo info;

  gst_video_info_init (&info);
  gst_video_info_set_format (&info, format_refusals[__i__].format, 16, 16);
  info.width = format_refusals[__i__].width;
  info.height = format_refusals[__i__].height;
  fail_if (gst_vdma_layout_init (&layout, &info, &format_refusals[__i__].align,
      format_refusals[__i__].alignment, &error));
  format_assert_error (
      error, (gint) format_refusals[__i__].code, format_refusals[__i__].says);
  fail_unless_equals_int (layout.mode.hsize, 0);
}
GST_END_TEST;

static const struct {
  const gchar *caps;
  const gchar *says; /* NULL: good */
  gint64 period;
} format_texts[] = {
  { RGB_CAPS ("64", "48"), NULL, 40 * GST_MSECOND },
  { "video/x-raw,format=RGB,width=64,height=48,framerate=0/1", NULL, 0 },
  { "video/x-raw,format=RGB,width=64,height=48", NULL, 0 },
  { "video/x-raw,format=RGB,width=[1,64],height=48", "[ 1, 64 ]", 0 },
  { "video/x-raw,format=RGB,width=64", "width=(int)64", 0 },
  { "audio/x-raw,rate=48000", "audio/x-raw", 0 },
  { "ANY", "ANY", 0 },
  { "EMPTY", "EMPTY", 0 },
};

GST_START_TEST (test_layout_from_caps)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (format_texts[__i__].caps);
  GstVdmaLayout layout;
  GError *error = NULL;

  gboolean done =
      gst_vdma_layout_init_from_caps (&layout, caps, NULL, 1, &error);
  fail_unless (done == (format_texts[__i__].says == NULL), "%s",
      format_texts[__i__].caps);
  if (done) {
    fail_unless_equals_int (layout.mode.hsize, 192);
    fail_unless_equals_int64 (layout.mode.period, format_texts[__i__].period);
  } else {
    format_assert_error (error, VDMA_ERROR_INVALID, format_texts[__i__].says);
  }
}
GST_END_TEST;

static Suite *
format_suite (void)
{
  Suite *suite = suite_create ("format");
  TCase *table = tcase_create ("table");
  TCase *caps = tcase_create ("caps");
  TCase *layout = tcase_create ("layout");

  suite_add_tcase (suite, table);
  tcase_add_test (table, test_table_both_ways);
  tcase_add_loop_test (table, test_line_bytes, 0, G_N_ELEMENTS (format_lines));

  suite_add_tcase (suite, caps);
  tcase_add_test (caps, test_template_caps);
  tcase_add_loop_test (
      caps, test_caps_agree_with_core, 0, G_N_ELEMENTS (format_cores));
  tcase_add_test (caps, test_caps_of_absent_channel);

  suite_add_tcase (suite, layout);
  tcase_add_loop_test (
      layout, test_layout_is_gstreamers, 0, G_N_ELEMENTS (format_lines));
  tcase_add_loop_test (
      layout, test_layout_stride, 0, G_N_ELEMENTS (format_strides));
  tcase_add_test (layout, test_layout_padding);
  tcase_add_loop_test (
      layout, test_layout_refusals, 0, G_N_ELEMENTS (format_refusals));
  tcase_add_loop_test (
      layout, test_layout_from_caps, 0, G_N_ELEMENTS (format_texts));
  return suite;
}

GST_CHECK_MAIN (format);
