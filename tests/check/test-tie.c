/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vdmasrc tie=true: the display of the same core shows what is captured. */
#include "check-elements.h"

#define TIE_CAPS    "video/x-raw,format=GRAY8,width=64,height=16,framerate=60/1"
#define TIE_BUFFERS 60
#define TIE_SETUP   40 /* accesses for start and stop */

static GstElement *
tie_launch (const gchar *elements)
{
  return check_launch ("vdmasrc name=src tie=true device=sim:check "
                       "num-buffers=%d ! " TIE_CAPS " ! %s",
      TIE_BUFFERS, elements);
}

/* What the display got: nearly each frame time a whole picture. */
static void
tie_check_display (SimBoard *board, guint64 n_frames)
{
  SimChannelTruth truth;
  check_board_get_truth (board, VDMA_MM2S, &truth);
  fail_unless (truth.frames_done + 6 >= n_frames, "%" G_GUINT64_FORMAT,
      truth.frames_done);
  fail_unless_equals_uint64 (truth.frames_torn, 0);
}

/* By genlock MM2S costs two writes for each frame that leaves for downstream. */
GST_START_TEST (test_genlock)
{
  SimBoard *board = check_board_open ("stream=counter");
  GstElement *pipeline = tie_launch ("fakesink");
  g_autoptr (GstElement) src = check_get (pipeline, "src");

  check_run (pipeline);
  tie_check_display (board, TIE_BUFFERS);
  fail_unless_equals_uint64 (check_stat (src, "delivered"), TIE_BUFFERS);
  fail_unless_equals_uint64 (check_stat (src, "copies"), 0);
  fail_unless_equals_uint64 (check_stat (src, "display-errors"), 0);
  fail_unless (check_stat (src, "display-register-reads") <= TIE_SETUP);
  fail_unless (check_stat (src, "display-register-writes")
               <= 2 * TIE_BUFFERS + TIE_SETUP);
  gst_object_unref (pipeline);
  check_board_close (board);
}
GST_END_TEST;

static const gchar *const tie_boards[] = {
  "stream=counter&stores=1",
  "stream=counter&stores=2",
  "stream=counter&stores=3",
  "stream=counter&stores=4",
  "stream=counter&stores=5&frmstore-phase=last-line",
  "stream=counter&stores=8&irq-phase=next-frame-start",
  "stream=counter&internal-genlock=false",
  "stream=counter&s2mm-genlock=dynamic-master&mm2s-genlock=dynamic-slave",
};

/* Downstream reads, writes, and keeps frames that the display still shows. */
GST_START_TEST (test_downstream)
{
  static const gchar *const users[] = {
    "fakesink",
    "videoconvert ! video/x-raw,format=RGB ! fakesink",
    "videoflip method=horizontal-flip ! fakesink",
    "queue max-size-buffers=3 ! fakesink sync=true",
  };

  for (guint i = 0; i < G_N_ELEMENTS (users); i++) {
    SimBoard *board = check_board_open (tie_boards[__i__]);
    GstElement *pipeline = tie_launch (users[i]);
    check_run (pipeline);
    tie_check_display (board, TIE_BUFFERS);
    gst_object_unref (pipeline);
    check_board_close (board);
  }
}
GST_END_TEST;

/* Who writes to a frame that the display still shows gets a copy. */
static GstPadProbeReturn
tie_write (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  GstBuffer *buffer =
      gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (probe));
  gsize size = gst_buffer_get_size (buffer);
  GST_PAD_PROBE_INFO_DATA (probe) = buffer;
  fail_unless_equals_uint64 (gst_buffer_memset (buffer, 0, 0xAB, size), size);
  return GST_PAD_PROBE_OK;
}

GST_START_TEST (test_write)
{
  SimBoard *board = check_board_open (tie_boards[__i__]);
  GstElement *pipeline = tie_launch ("fakesink");
  g_autoptr (GstElement) src = check_get (pipeline, "src");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (src, "src");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, tie_write, NULL, NULL);
  check_run (pipeline);
  tie_check_display (board, TIE_BUFFERS);
  gst_object_unref (pipeline);
  check_board_close (board);
}
GST_END_TEST;

/* The last sample is in the application's hands when the pipeline is gone. */
GST_START_TEST (test_sample_outlives)
{
  SimBoard *board = check_board_open ("stream=counter");
  GstElement *pipeline = tie_launch ("fakesink name=sink");
  g_autoptr (GstElement) sink = check_get (pipeline, "sink");
  g_autoptr (GstSample) sample = NULL;
  GstMapInfo map;

  fail_unless (gst_element_set_state (pipeline, GST_STATE_PLAYING)
               != GST_STATE_CHANGE_FAILURE);
  gst_message_unref (check_wait (pipeline, GST_MESSAGE_EOS));
  g_object_get (sink, "last-sample", &sample, NULL);
  check_stop (pipeline);
  fail_unless (
      gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ));
  gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
  check_board_close (board);
}
GST_END_TEST;

/* ---- refused ---- */

GST_START_TEST (test_display_in_use)
{
  SimBoard *board = check_board_open (NULL);
  GstElement *sink =
      check_launch ("videotestsrc ! vdmasink name=shows device=sim:check");
  GstElement *pipeline = tie_launch ("fakesink");
  const gchar *parts[] = { "MM2S", "'shows'", NULL };

  fail_unless (gst_element_set_state (sink, GST_STATE_READY)
               == GST_STATE_CHANGE_SUCCESS);
  check_expect_error (pipeline, "src", parts);
  check_stop (sink);
  gst_object_unref (pipeline);
  check_board_close (board);
}
GST_END_TEST;

GST_START_TEST (test_sink_comes_later)
{
  SimBoard *board = check_board_open (NULL);
  GstElement *pipeline = tie_launch ("fakesink");
  GstElement *sink =
      check_launch ("videotestsrc ! vdmasink name=shows device=sim:check");
  const gchar *parts[] = { "MM2S", "'src'", NULL };

  fail_unless (gst_element_set_state (pipeline, GST_STATE_READY)
               == GST_STATE_CHANGE_SUCCESS);
  check_expect_error (sink, "shows", parts);
  check_stop (pipeline);
  gst_object_unref (sink);
  check_board_close (board);
}
GST_END_TEST;

GST_START_TEST (test_no_display)
{
  SimBoard *board = check_board_open ("channels=s2mm");
  GstElement *pipeline = tie_launch ("fakesink");
  const gchar *parts[] = { "cannot be displayed", "without its MM2S", NULL };

  check_expect_error (pipeline, "src", parts);
  gst_object_unref (pipeline);
  check_board_close (board);
}
GST_END_TEST;

/* The display's bus is wider than the capture's, and it cannot realign. */
GST_START_TEST (test_other_alignment)
{
  SimBoard *board = check_board_open ("dre=false&mm2s-mm-width=512");
  GstElement *pipeline = check_launch (
      "vdmasrc name=src tie=true device=sim:check ! "
      "video/x-raw,format=GRAY8,width=24,height=4,framerate=60/1 ! fakesink");
  const gchar *parts[] = { "cannot be displayed", "multiple of 64", NULL };

  check_expect_error (pipeline, "src", parts);
  gst_object_unref (pipeline);
  check_board_close (board);
}
GST_END_TEST;

static Suite *
tie_suite (void)
{
  Suite *suite = suite_create ("tie");
  TCase *tc = tcase_create ("tie");

  check_elements_init ();
  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 60);
  tcase_add_test (tc, test_genlock);
  tcase_add_loop_test (
      tc, test_downstream, 0, (gint) G_N_ELEMENTS (tie_boards));
  tcase_add_loop_test (tc, test_write, 0, (gint) G_N_ELEMENTS (tie_boards));
  tcase_add_test (tc, test_sample_outlives);
  tcase_add_test (tc, test_display_in_use);
  tcase_add_test (tc, test_sink_comes_later);
  tcase_add_test (tc, test_no_display);
  tcase_add_test (tc, test_other_alignment);
  return suite;
}

GST_CHECK_MAIN (tie);
