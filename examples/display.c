/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Displays frames through an AXI VDMA: an appsrc to vdmasink. The program draws
 * straight into the DMA memory that vdmasink proposes, so that no frame is ever
 * copied; or it reads raw RGB frames into it, from a file. */

#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include <stdio.h>

static gchar *display_device;
static gint display_width = 640;
static gint display_height = 360;
static gint display_rate = 30;
static gint display_frames = 90;

static const GOptionEntry display_options[] = {
  { "device", 'd', 0, G_OPTION_ARG_STRING, &display_device,
      "Device to display on (default: auto)", "DEVICE" },
  { "width", 'x', 0, G_OPTION_ARG_INT, &display_width,
      "Pixels per line (default: 640)", "N" },
  { "height", 'y', 0, G_OPTION_ARG_INT, &display_height, "Lines (default: 360)",
      "N" },
  { "rate", 'r', 0, G_OPTION_ARG_INT, &display_rate,
      "Frames per second (default: 30)", "N" },
  { "frames", 'n', 0, G_OPTION_ARG_INT, &display_frames,
      "Number of frames (default: 90)", "N" },
  { NULL },
};

/* A gradient that moves by a pixel a frame. */
static gboolean
display_draw_line (guint8 *line, gint y, guint number, FILE *raw)
{
  if (raw)
    return fread (line, 3, display_width, raw) == (gsize) display_width;
  for (gint x = 0; x < display_width; x++) {
    line[3 * x] = (guint8) (x + number);
    line[3 * x + 1] = (guint8) (y + number);
    line[3 * x + 2] = (guint8) number;
  }
  return TRUE;
}

/* Returns: FALSE at the end of the raw file */
static gboolean
display_fill (
    GstBuffer *buffer, const GstVideoInfo *info, guint number, FILE *raw)
{
  GstVideoFrame frame;
  gboolean more = TRUE;
  if (!gst_video_frame_map (&frame, info, buffer, GST_MAP_WRITE))
    return FALSE;
  guint8 *line = GST_VIDEO_FRAME_PLANE_DATA (&frame, 0);
  for (gint y = 0; y < display_height && more; y++) {
    more = display_draw_line (line, y, number, raw);
    line += GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0);
  }
  gst_video_frame_unmap (&frame);
  GST_BUFFER_PTS (buffer) =
      gst_util_uint64_scale (number, GST_SECOND, display_rate);
  GST_BUFFER_DURATION (buffer) = GST_SECOND / display_rate;
  return more;
}

/* Asks the sink where it wants its frames: what an element does by itself, a
 * program behind an appsrc does once. */
static GstBufferPool *
display_get_pool (GstElement *source, GstCaps *caps)
{
  GstBufferPool *pool = NULL;
  guint size = 0, min = 0, max = 0;
  g_autoptr (GstPad) pad = gst_element_get_static_pad (source, "src");
  g_autoptr (GstQuery) query = gst_query_new_allocation (caps, TRUE);
  if (!gst_pad_peer_query (pad, query)
      || gst_query_get_n_allocation_pools (query) == 0)
    return NULL;
  gst_query_parse_nth_allocation_pool (query, 0, &pool, &size, &min, &max);
  if (pool == NULL)
    return NULL;
  GstStructure *config = gst_buffer_pool_get_config (pool);
  gst_buffer_pool_config_set_params (config, caps, size, min, max);
  if (!gst_buffer_pool_set_config (pool, config)
      || !gst_buffer_pool_set_active (pool, TRUE))
    g_clear_object (&pool);
  return pool;
}

static gboolean
display_run (GstElement *pipeline, GstElement *source, FILE *raw)
{
  GstVideoInfo info;
  gst_video_info_set_format (
      &info, GST_VIDEO_FORMAT_RGB, display_width, display_height);
  info.fps_n = display_rate;
  g_autoptr (GstCaps) caps = gst_video_info_to_caps (&info);
  gst_app_src_set_caps (GST_APP_SRC (source), caps);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_autoptr (GstBufferPool) pool = display_get_pool (source, caps);
  for (guint number = 0; pool && number < (guint) display_frames; number++) {
    GstBuffer *buffer = NULL;
    if (gst_buffer_pool_acquire_buffer (pool, &buffer, NULL) != GST_FLOW_OK)
      break;
    if (!display_fill (buffer, &info, number, raw)) {
      gst_buffer_unref (buffer);
      break;
    }
    if (gst_app_src_push_buffer (GST_APP_SRC (source), buffer) != GST_FLOW_OK)
      break;
  }
  gst_app_src_end_of_stream (GST_APP_SRC (source));

  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) end = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  gboolean ok = GST_MESSAGE_TYPE (end) == GST_MESSAGE_EOS;
  if (!ok) {
    g_autoptr (GError) error = NULL;
    gst_message_parse_error (end, &error, NULL);
    g_printerr ("%s\n", error->message);
  }
  if (pool)
    gst_buffer_pool_set_active (pool, FALSE);
  return ok && pool != NULL;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GOptionContext) context = g_option_context_new ("[RAW-RGB-FILE]");
  g_option_context_set_summary (
      context, "Displays generated or raw frames with vdmasink.");
  g_option_context_add_main_entries (context, display_options, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  FILE *raw = argc > 1 ? fopen (argv[1], "rb") : NULL;
  if (argc > 1 && raw == NULL) {
    g_printerr ("%s: cannot be read\n", argv[1]);
    return 1;
  }
  g_autoptr (GstElement) pipeline = gst_parse_launch (
      "appsrc name=frames format=time block=true max-buffers=2 max-bytes=0 "
      "! vdmasink name=display",
      &error);
  if (error) {
    g_printerr ("%s\n", error->message);
    return 1;
  }
  gst_object_ref_sink (pipeline);
  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (pipeline), "frames");
  g_autoptr (GstElement) display =
      gst_bin_get_by_name (GST_BIN (pipeline), "display");
  if (display_device)
    g_object_set (display, "device", display_device, NULL);
  gboolean ok = display_run (pipeline, source, raw);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_clear_pointer (&raw, fclose);
  return ok ? 0 : 1;
}
