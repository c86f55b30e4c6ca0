/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Captures frames from an AXI VDMA into files: vdmasrc to an appsink, and how a
 * program reads such a frame. RGB frames become PPM pictures, others raw files
 * without any header. */

#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include <stdio.h>

static gchar *capture_device;
static gchar *capture_caps;
static gchar *capture_output;
static gint capture_frames = 10;

static const GOptionEntry capture_options[] = {
  { "device", 'd', 0, G_OPTION_ARG_STRING, &capture_device,
      "Device to capture from (default: auto)", "DEVICE" },
  { "caps", 'c', 0, G_OPTION_ARG_STRING, &capture_caps,
      "What to capture (default: video/x-raw,format=RGB)", "CAPS" },
  { "frames", 'n', 0, G_OPTION_ARG_INT, &capture_frames,
      "Number of frames (default: 10)", "N" },
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &capture_output,
      "Folder for the files (default: .)", "DIR" },
  { NULL },
};

static gchar *
capture_get_path (const GstVideoInfo *info, guint number)
{
  gboolean is_rgb = GST_VIDEO_INFO_FORMAT (info) == GST_VIDEO_FORMAT_RGB;
  g_autofree gchar *name =
      g_strdup_printf ("frame-%05u.%s", number, is_rgb ? "ppm" : "raw");
  return g_build_filename (capture_output ? capture_output : ".", name, NULL);
}

/* The stride is the frame's own: lines are written one by one, without what
 * lies between them. */
static gboolean
capture_write_frame (const GstVideoFrame *frame, FILE *file)
{
  const guint8 *line = GST_VIDEO_FRAME_PLANE_DATA (frame, 0);
  gsize size = (gsize) GST_VIDEO_FRAME_WIDTH (frame)
               * GST_VIDEO_FRAME_COMP_PSTRIDE (frame, 0);
  if (GST_VIDEO_FRAME_FORMAT (frame) == GST_VIDEO_FORMAT_RGB)
    fprintf (file, "P6\n%d %d\n255\n", GST_VIDEO_FRAME_WIDTH (frame),
        GST_VIDEO_FRAME_HEIGHT (frame));
  for (gint i = 0; i < GST_VIDEO_FRAME_HEIGHT (frame); i++) {
    fwrite (line, 1, size, file);
    line += GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0);
  }
  return !ferror (file);
}

/* Mapping the frame makes the CPU see what the hardware wrote; a frame that
 * nobody maps costs no cache maintenance. */
static gboolean
capture_save (GstSample *sample, guint number)
{
  GstVideoInfo info;
  GstVideoFrame frame;
  gboolean ok = FALSE;
  if (!gst_video_info_from_caps (&info, gst_sample_get_caps (sample))
      || !gst_video_frame_map (
          &frame, &info, gst_sample_get_buffer (sample), GST_MAP_READ))
    return FALSE;
  g_autofree gchar *path = capture_get_path (&info, number);
  FILE *file = fopen (path, "wb");
  if (file) {
    ok = capture_write_frame (&frame, file);
    ok = fclose (file) == 0 && ok;
  }
  g_print ("%s frame %" G_GUINT64_FORMAT "%s\n", path,
      GST_BUFFER_OFFSET (frame.buffer), ok ? "" : ": could not be written");
  gst_video_frame_unmap (&frame);
  return ok;
}

static gboolean
capture_run (GstElement *pipeline)
{
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (pipeline), "frames");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gboolean ok = TRUE;
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint number = 0; ok; number++) {
    g_autoptr (GstSample) sample =
        gst_app_sink_pull_sample (GST_APP_SINK (sink));
    if (sample == NULL)
      break;
    ok = capture_save (sample, number);
  }
  g_autoptr (GstMessage) failure =
      gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  if (failure) {
    g_autoptr (GError) error = NULL;
    gst_message_parse_error (failure, &error, NULL);
    g_printerr ("%s\n", error->message);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return ok && failure == NULL;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_option_context_set_summary (
      context, "Captures frames with vdmasrc into picture files.");
  g_option_context_add_main_entries (context, capture_options, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  g_autofree gchar *text = g_strdup_printf (
      "vdmasrc name=source num-buffers=%d ! capsfilter caps=\"%s\" "
      "! appsink name=frames sync=false",
      capture_frames, capture_caps ? capture_caps : "video/x-raw,format=RGB");
  g_autoptr (GstElement) pipeline = gst_parse_launch (text, &error);
  if (error) {
    g_printerr ("%s\n", error->message);
    return 1;
  }
  gst_object_ref_sink (pipeline);
  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (pipeline), "source");
  if (capture_device)
    g_object_set (source, "device", capture_device, NULL);
  return capture_run (pipeline) ? 0 : 1;
}
