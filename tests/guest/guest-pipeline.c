/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest-pipeline.h"

#include <gst/allocators/allocators.h>

#include "sim-pattern.h"

static Bench *guest_the_bench;

static const gchar *
guest_getenv (const gchar *name)
{
  const gchar *value = g_getenv (name);
  if (!value)
    g_error ("%s is not set; see tests/guest/inside.sh", name);
  return value;
}

void
guest_init (int *argc, char ***argv)
{
  gst_init (argc, argv);
  guest_init_board (argc, argv);
}

void
guest_init_board (int *argc, char ***argv)
{
  g_test_init (argc, argv, NULL);
  g_autofree gchar *file =
      g_build_filename (guest_getenv ("GUEST_UIO"), "device/resource1", NULL);
  guest_the_bench = bench_open (file, 0);
}

Bench *
guest_bench (void)
{
  return guest_the_bench;
}

void
guest_rebuild (const gchar *options)
{
  const gchar *edges = g_getenv ("GUEST_INTC");
  bench_rebuild (guest_the_bench, options);
  if (edges)
    bench_use_intc (
        guest_the_bench, (guint32) g_ascii_strtoull (edges, NULL, 0));
}

const gchar *
guest_device (void)
{
  return guest_getenv ("GUEST_DEVICE");
}

const gchar *
guest_memory (void)
{
  return guest_getenv ("GUEST_MEMORY");
}

gboolean
guest_has_dmabufs (void)
{
  return g_str_equal (guest_memory (), "hugetlb")
         && g_file_test ("/dev/udmabuf", G_FILE_TEST_EXISTS);
}

/* ---- pipelines ---- */

GstElement *
guest_launch (const gchar *text)
{
  g_autoptr (GError) error = NULL;
  GString *full = g_string_new (text);
  g_string_replace (full, "$device", guest_device (), 0);
  g_string_replace (full, "$memory", guest_memory (), 0);
  GstElement *pipeline = gst_parse_launch (full->str, &error);
  g_assert_no_error (error);
  g_string_free (full, TRUE);
  return gst_object_ref_sink (pipeline);
}

GstElement *
guest_get (GstElement *pipeline, const gchar *name)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), name);
  g_assert_nonnull (element);
  return element;
}

static void
guest_fail (GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;
  gst_message_parse_error (message, &error, &debug);
  g_error ("%s: %s (%s)", GST_MESSAGE_SRC_NAME (message), error->message,
      debug ? debug : "");
}

GstMessage *
guest_wait (GstElement *pipeline, GstMessageType types)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstMessage *message = gst_bus_timed_pop_filtered (
      bus, GUEST_PATIENCE, types | GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  if (!(GST_MESSAGE_TYPE (message) & types))
    guest_fail (message);
  return message;
}

void
guest_play (GstElement *pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  if (gst_element_get_state (pipeline, NULL, NULL, GUEST_PATIENCE)
      != GST_STATE_CHANGE_SUCCESS)
    gst_message_unref (guest_wait (pipeline, GST_MESSAGE_EOS));
}

void
guest_stop (GstElement *pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

void
guest_run (GstElement *pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_message_unref (guest_wait (pipeline, GST_MESSAGE_EOS));
}

guint64
guest_stat (GstElement *pipeline, const gchar *name, const gchar *field)
{
  g_autoptr (GstElement) element = guest_get (pipeline, name);
  g_autoptr (GstStructure) stats = NULL;
  guint64 value = 0;
  g_object_get (element, "stats", &stats, NULL);
  gst_structure_get_uint64 (stats, field, &value);
  return value;
}

/* ---- frames ---- */

gboolean
guest_is_dmabuf (GstBuffer *buffer)
{
  return gst_buffer_n_memory (buffer) == 1
         && gst_is_dmabuf_memory (gst_buffer_peek_memory (buffer, 0));
}

void
guest_see (GuestSeen *seen, GstSample *sample)
{
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  GstVideoInfo info;
  GstVideoFrame frame;
  SimCounterCheck check;

  seen->n_dmabufs += guest_is_dmabuf (buffer);
  g_assert_true (
      gst_video_info_from_caps (&info, gst_sample_get_caps (sample)));
  g_assert_true (gst_video_frame_map (&frame, &info, buffer, GST_MAP_READ));
  gboolean whole =
      sim_pattern_check_counter (GST_VIDEO_FRAME_PLANE_DATA (&frame, 0),
          (guint) GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0),
          (guint) (GST_VIDEO_INFO_WIDTH (&info)
                   * GST_VIDEO_INFO_COMP_PSTRIDE (&info, 0)),
          (guint) GST_VIDEO_INFO_HEIGHT (&info), &check);
  gst_video_frame_unmap (&frame);
  if (!whole)
    g_error ("frame %u: %u lines torn, %u mixed, the first is %u", seen->n,
        check.n_torn, check.n_mixed, check.first_bad);

  guint64 offset = GST_BUFFER_OFFSET (buffer);
  if (seen->n > 0) {
    g_assert_cmpuint (check.number, >, seen->number);
    g_assert_cmpuint (offset, >, seen->offset);
    guint64 missing = (check.number - seen->number) - (offset - seen->offset);
    gboolean restart = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT);
    if (missing)
      g_test_message ("frame %u: %d frames are missing beyond OFFSET%s",
          seen->n, (gint) missing, restart ? ", behind a restart" : "");
    *(restart ? &seen->restarts : &seen->gaps) += missing;
  }
  seen->number = check.number;
  seen->offset = offset;
  seen->n++;
}

void
guest_see_from (
    GuestSeen *seen, GstElement *pipeline, const gchar *name, guint n)
{
  g_autoptr (GstElement) sink = guest_get (pipeline, name);
  for (guint i = 0; i < n; i++) {
    g_autoptr (GstSample) sample =
        gst_app_sink_try_pull_sample (GST_APP_SINK (sink), GUEST_PATIENCE);
    if (!sample) /* says why, if somebody posted it */
      gst_message_unref (guest_wait (pipeline, GST_MESSAGE_EOS));
    g_assert_nonnull (sample);
    guest_see (seen, sample);
  }
}
