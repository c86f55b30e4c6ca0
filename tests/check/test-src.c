/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vdmasrc: what its buffers are like, losses, caps, latency, statistics. */
#include "check-elements.h"

#define SRC_CAPS   "video/x-raw,format=RGB,width=64,height=48,framerate=60/1"
#define SRC_PERIOD (GST_SECOND / 60)

/* ---- a source whose every buffer a test looks at in its streaming thread ---- */

typedef struct {
  SimBoard *board;
  guint count;
  guint64 next_offset;
  gint64 pause_after; /* buffers after which the stream goes on unserved */
  gint64 pause;       /* for so many ns */
  guint gaps;         /* buffers with DISCONT, the first not counted */
  guint64 missing;    /* frames that OFFSET says are missing */
  GstClockTime last_pts;
} SrcWatch;

static GstPadProbeReturn
src_watch_buffer (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  SrcWatch *watch = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (probe);
  gboolean discont = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT);

  if (watch->count == 0)
    watch->next_offset = GST_BUFFER_OFFSET (buffer);
  fail_unless (GST_BUFFER_OFFSET (buffer) >= watch->next_offset);
  fail_unless_equals_uint64 (
      GST_BUFFER_OFFSET_END (buffer), GST_BUFFER_OFFSET (buffer) + 1);
  fail_unless_equals_int (discont,
      watch->count == 0 || GST_BUFFER_OFFSET (buffer) > watch->next_offset);
  fail_unless (GST_BUFFER_PTS_IS_VALID (buffer));
  fail_if (GST_BUFFER_DTS_IS_VALID (buffer));
  fail_unless (watch->count == 0 || GST_BUFFER_PTS (buffer) >= watch->last_pts);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (buffer), SRC_PERIOD);
  fail_unless (gst_buffer_get_video_meta (buffer) != NULL);

  watch->gaps += discont && watch->count > 0;
  watch->missing += GST_BUFFER_OFFSET (buffer) - watch->next_offset;
  watch->next_offset = GST_BUFFER_OFFSET_END (buffer);
  watch->last_pts = GST_BUFFER_PTS (buffer);
  if (++watch->count == watch->pause_after)
    sim_board_advance (watch->board, watch->pause);
  return GST_PAD_PROBE_OK;
}

static GstElement *
src_launch (SrcWatch *watch, guint n_buffers)
{
  GstElement *pipeline = check_launch (
      "vdmasrc name=src device=sim:check num-buffers=%u ! " SRC_CAPS
      " ! fakesink",
      n_buffers);
  g_autoptr (GstElement) src = check_get (pipeline, "src");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (src, "src");
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, src_watch_buffer, watch, NULL);
  return pipeline;
}

GST_START_TEST (test_buffers)
{
  SimBoard *board = check_board_open ("stream=counter");
  SrcWatch watch = { .board = board };
  GstElement *pipeline = src_launch (&watch, 100);
  g_autoptr (GstElement) src = check_get (pipeline, "src");

  check_run (pipeline);
  fail_unless_equals_int (watch.count, 100);
  fail_unless_equals_int (watch.gaps, 0);
  /* OFFSET counts what the source sent: only start-up was skipped. */
  fail_unless_equals_uint64 (
      watch.next_offset, 100 + check_stat (src, "lost-startup"));
  fail_unless_equals_uint64 (check_stat (src, "copies"), 0);
  gst_object_unref (pipeline);
  check_board_close (board);
}
GST_END_TEST;

/* Each run counts from its own beginning. */
GST_START_TEST (test_second_run)
{
  SimBoard *board = check_board_open ("stream=counter");
  SrcWatch watch = { .board = board };
  GstElement *pipeline = src_launch (&watch, 20);
  g_autoptr (GstElement) src = check_get (pipeline, "src");

  for (guint i = 1; i <= 3; i++) {
    watch.count = 0;
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    gst_message_unref (check_wait (pipeline, GST_MESSAGE_EOS));
    gst_element_set_state (pipeline, GST_STATE_READY);
    fail_unless_equals_uint64 (
        watch.next_offset, 20 + check_stat (src, "lost-startup") / i);
  }
  check_stop (pipeline);
  check_board_close (board);
}
GST_END_TEST;

/* Pauses of a consumer in periods, on a core of four stores. */
static const struct {
  gint64 pause;
  gboolean loses;
} src_pauses[] = {
  { SRC_PERIOD / 2, FALSE },
  { SRC_PERIOD * 3 / 2, FALSE },
  { SRC_PERIOD * 2 + SRC_PERIOD / 4, FALSE },
  { SRC_PERIOD * 30, TRUE },
};

static guint64
src_sum_of_losses (GstElement *src)
{
  static const gchar *const causes[] = { "lost-late", "lost-no-frame",
    "lost-size", "lost-dma-error", "lost-halted", "lost-startup",
    "lost-unprovable", "lost-stopped", "lost-skipped", "lost-paused" };
  guint64 sum = 0;
  for (guint i = 0; i < G_N_ELEMENTS (causes); i++)
    sum += check_stat (src, causes[i]);
  return sum;
}

GST_START_TEST (test_late_consumer)
{
  SimBoard *board = check_board_open ("stream=counter&fps=60");
  SrcWatch watch = {
    .board = board, .pause_after = 20, .pause = src_pauses[__i__].pause
  };
  GstElement *pipeline = src_launch (&watch, 60);
  g_autoptr (GstElement) src = check_get (pipeline, "src");

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_message_unref (check_wait (pipeline, GST_MESSAGE_EOS));
  fail_unless_equals_int (watch.gaps > 0, src_pauses[__i__].loses);
  fail_unless_equals_int (watch.missing > 0, src_pauses[__i__].loses);
  gst_element_set_state (pipeline, GST_STATE_READY);

  fail_unless_equals_uint64 (check_stat (src, "lost"), src_sum_of_losses (src));
  check_assert_accounts (src, board);
  fail_unless (check_stat (src, "delivered") == 60);
  check_stop (pipeline);
  check_board_close (board);
}
GST_END_TEST;

static GstPadProbeReturn
src_be_slow (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  SrcWatch *watch = user_data;
  sim_board_advance (watch->board, SRC_PERIOD * 9 / 4);
  return GST_PAD_PROBE_OK;
}

/* Who takes longer than two frame times, within the slack of four stores, gets
 * each frame late, or the latest one. */
static const struct {
  const gchar *selection;
  gboolean skips;
} src_selections[] = {
  { "oldest", FALSE },
  { "newest", TRUE },
};

GST_START_TEST (test_frame_selection)
{
  SimBoard *board = check_board_open ("stream=counter&fps=60");
  SrcWatch watch = { .board = board };
  GstElement *pipeline = src_launch (&watch, 30);
  g_autoptr (GstElement) src = check_get (pipeline, "src");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (src, "src");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, src_be_slow, &watch, NULL);
  gst_util_set_object_arg (
      G_OBJECT (src), "frame-selection", src_selections[__i__].selection);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_message_unref (check_wait (pipeline, GST_MESSAGE_EOS));
  gst_element_set_state (pipeline, GST_STATE_READY);
  fail_unless_equals_int (
      check_stat (src, "lost-skipped") > 0, src_selections[__i__].skips);
  if (src_selections[__i__].skips) {
    /* each is the newest: two of its kind passed meanwhile */
    fail_unless (watch.gaps >= 28);
    fail_unless (watch.missing <= 29 * 2);
  }
  fail_unless_equals_uint64 (check_stat (src, "lost"), src_sum_of_losses (src));
  check_assert_accounts (src, board);
  check_stop (pipeline);
  check_board_close (board);
}
GST_END_TEST;

GST_START_TEST (test_qos_of_losses)
{
  SimBoard *board = check_board_open ("stream=counter&fps=60");
  SrcWatch watch = {
    .board = board, .pause_after = 10, .pause = 30 * SRC_PERIOD
  };
  GstElement *pipeline = src_launch (&watch, 30);
  GstFormat format;
  guint64 processed, dropped;
  gboolean live;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_autoptr (GstMessage) message = check_wait (pipeline, GST_MESSAGE_QOS);
  gst_message_parse_qos (message, &live, NULL, NULL, NULL, NULL);
  gst_message_parse_qos_stats (message, &format, &processed, &dropped);
  fail_unless (live);
  fail_unless_equals_int (format, GST_FORMAT_BUFFERS);
  gst_message_unref (check_wait (pipeline, GST_MESSAGE_EOS));
  gst_element_set_state (pipeline, GST_STATE_NULL);
  fail_unless_equals_uint64 (dropped, watch.missing);
  fail_unless (processed >= 10 && processed <= 30);
  gst_object_unref (pipeline);
  check_board_close (board);
}
GST_END_TEST;

/* ---- time ---- */

/* What a service takes in simulated time. */
#define SRC_SLACK (100 * GST_USECOND)

typedef struct {
  SimBoard *board;
  GstHarness *harness;
  guint count;
  GstClockTime pts[3];
} SrcTimes;

/* After the first buffer two and a half frames pass unserved, also on the
 * pipeline's clock: the next two are collected together. */
static GstPadProbeReturn
src_note_time (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  SrcTimes *times = user_data;
  const GstClockTime pause = 2 * SRC_PERIOD + SRC_PERIOD / 2;

  if (times->count < G_N_ELEMENTS (times->pts))
    times->pts[times->count] =
        GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (probe));
  if (++times->count == 1) {
    sim_board_advance (times->board, (gint64) pause);
    gst_harness_set_time (times->harness, 5 * GST_SECOND + pause);
  }
  return GST_PAD_PROBE_OK;
}

static void
src_assert_time (GstClockTime time, GstClockTime expected)
{
  fail_unless (time <= expected && expected - time < SRC_SLACK,
      "%" GST_TIME_FORMAT " is not %" GST_TIME_FORMAT, GST_TIME_ARGS (time),
      GST_TIME_ARGS (expected));
}

GST_START_TEST (test_capture_time)
{
  SimBoard *board = check_board_open ("stream=counter&fps=60");
  GstHarness *harness =
      gst_harness_new_parse ("vdmasrc device=sim:check num-buffers=3");
  SrcTimes times = { .board = board, .harness = harness };
  g_autoptr (GstPad) pad = gst_element_get_static_pad (harness->element, "src");

  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, src_note_time, &times, NULL);
  gst_harness_set_sink_caps_str (harness, SRC_CAPS);
  gst_harness_set_time (harness, 5 * GST_SECOND);
  gst_harness_play (harness);
  for (guint i = 0; i < 3; i++)
    gst_buffer_unref (gst_harness_pull (harness));
  gst_harness_teardown (harness);

  GstClockTime late = 5 * GST_SECOND + 2 * SRC_PERIOD + SRC_PERIOD / 2;
  src_assert_time (times.pts[0], 5 * GST_SECOND);
  src_assert_time (times.pts[1], late - SRC_PERIOD);
  src_assert_time (times.pts[2], late);
  check_board_close (board);
}
GST_END_TEST;

/* ---- latency ---- */

static const struct {
  const gchar *caps;
  const gchar *options;
  gboolean known;
  GstClockTime min, max;
} src_latencies[] = {
  { "framerate=60/1", "", TRUE, SRC_PERIOD, 4 * SRC_PERIOD },
  { "framerate=25/1", "&stores=3", TRUE, 40 * GST_MSECOND, 120 * GST_MSECOND },
  { "framerate=0/1", "", FALSE, 0, 0 },
};

GST_START_TEST (test_latency)
{
  g_autofree gchar *options =
      g_strconcat ("stream=bars", src_latencies[__i__].options, NULL);
  SimBoard *board = check_board_open (options);
  GstElement *pipeline =
      check_launch ("vdmasrc name=src device=sim:check num-buffers=3 ! "
                    "video/x-raw,format=RGB,width=16,height=16,%s ! fakesink",
          src_latencies[__i__].caps);
  g_autoptr (GstElement) src = check_get (pipeline, "src");
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  gboolean live;
  GstClockTime min, max;

  gst_element_set_state (pipeline, GST_STATE_READY);
  fail_if (gst_element_query (src, query));
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  if (src_latencies[__i__].known)
    gst_message_unref (check_wait (pipeline, GST_MESSAGE_LATENCY));
  gst_message_unref (check_wait (pipeline, GST_MESSAGE_EOS));
  fail_unless_equals_int (
      gst_element_query (src, query), src_latencies[__i__].known);
  if (src_latencies[__i__].known) {
    gst_query_parse_latency (query, &live, &min, &max);
    fail_unless (live);
    fail_unless_equals_uint64 (min, src_latencies[__i__].min);
    fail_unless_equals_uint64 (max, src_latencies[__i__].max);
  }
  check_stop (pipeline);
  check_board_close (board);
}
GST_END_TEST;

/* ---- caps ---- */

GST_START_TEST (test_caps_of_closed_and_open)
{
  SimBoard *board = check_board_open ("dre=false&mm-width=128");
  GstHarness *harness = gst_harness_new_parse ("vdmasrc device=sim:check");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (harness->element, "src");
  g_autoptr (GstCaps) odd =
      gst_caps_from_string ("video/x-raw,format=GRAY8,width=17,height=1");

  g_autoptr (GstCaps) any = gst_pad_query_caps (pad, NULL);
  g_autoptr (GstCaps) template = gst_pad_get_pad_template_caps (pad);
  fail_unless (gst_caps_is_subset (any, template));
  fail_unless (gst_caps_can_intersect (any, odd));

  gst_element_set_state (harness->element, GST_STATE_READY);
  g_autoptr (GstCaps) real = gst_pad_query_caps (pad, NULL);
  fail_unless (gst_caps_is_subset (real, template));
  fail_if (gst_caps_can_intersect (real, odd));
  gst_harness_teardown (harness);
  check_board_close (board);
}
GST_END_TEST;

static const struct {
  const gchar *filter, *fixed;
} src_fixates[] = {
  { "video/x-raw", "format=RGB,width=1280,height=720,framerate=60/1" },
  { "video/x-raw,format=(string){GRAY8,BGR},width=[1,640],height=10",
      "format=BGR,width=640,height=10,framerate=60/1" },
  { "video/x-raw,format=UYVY,framerate=[1/1,25/1]",
      "format=UYVY,width=1280,height=720,framerate=25/1" },
};

GST_START_TEST (test_fixate)
{
  SimBoard *board = check_board_open (NULL);
  GstElement *pipeline = check_launch (
      "vdmasrc device=sim:check num-buffers=1 name=src ! capsfilter name=f "
      "! fakesink");
  g_autoptr (GstElement) src = check_get (pipeline, "src");
  g_autoptr (GstElement) filter = check_get (pipeline, "f");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (src, "src");
  g_autofree gchar *text =
      g_strconcat ("video/x-raw,", src_fixates[__i__].fixed, NULL);
  g_autoptr (GstCaps) expected = gst_caps_from_string (text);

  gst_util_set_object_arg (
      G_OBJECT (filter), "caps", src_fixates[__i__].filter);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_message_unref (check_wait (pipeline, GST_MESSAGE_EOS));
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  fail_unless (gst_caps_is_subset (caps, expected));
  check_stop (pipeline);
  check_board_close (board);
}
GST_END_TEST;

/* ---- signal ---- */

static void
src_count_notify (GObject *object, GParamSpec *pspec, gpointer count)
{
  g_atomic_int_inc ((gint *) count);
}

GST_START_TEST (test_no_signal)
{
  SimBoard *board = check_board_open ("stream=silence");
  GstElement *pipeline = check_launch (
      "vdmasrc name=src device=sim:check timeout=200000000 ! " SRC_CAPS
      " ! fakesink");
  g_autoptr (GstElement) src = check_get (pipeline, "src");
  g_autoptr (GError) error = NULL;
  gboolean signal = TRUE;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_autoptr (GstMessage) message = check_wait (pipeline, GST_MESSAGE_WARNING);
  gst_message_parse_warning (message, &error, NULL);
  fail_unless_equals_string (error->message, "No signal");
  g_object_get (src, "signal", &signal, NULL);
  fail_if (signal);
  check_stop (pipeline);
  check_board_close (board);
}
GST_END_TEST;

GST_START_TEST (test_signal_is_notified)
{
  SimBoard *board = check_board_open (NULL);
  GstElement *pipeline = check_launch (
      "vdmasrc name=src device=sim:check num-buffers=5 ! " SRC_CAPS
      " ! fakesink");
  g_autoptr (GstElement) src = check_get (pipeline, "src");
  gint count = 0;
  gboolean signal = TRUE;

  g_signal_connect (
      src, "notify::signal", G_CALLBACK (src_count_notify), &count);
  check_run (pipeline);
  g_object_get (src, "signal", &signal, NULL);
  fail_if (signal);
  fail_unless_equals_int (count, 2); /* there, gone */
  gst_object_unref (pipeline);
  check_board_close (board);
}
GST_END_TEST;

/* ---- copies ---- */

/* The widest line of all has no default stride that the core could do. */
GST_START_TEST (test_copy_without_video_meta)
{
  SimBoard *board = check_board_open ("stream=counter");
  GstHarness *harness =
      gst_harness_new_parse ("vdmasrc name=src device=sim:check num-buffers=3");
  g_autoptr (GstElement) src = gst_harness_find_element (harness, "vdmasrc");

  gst_harness_set_sink_caps_str (
      harness, "video/x-raw,format=GRAY8,width=65535,height=2,framerate=60/1");
  gst_harness_play (harness);
  for (guint i = 0; i < 3; i++) {
    g_autoptr (GstBuffer) buffer = gst_harness_pull (harness);
    fail_unless_equals_uint64 (gst_buffer_get_size (buffer), 2 * 65536);
  }
  fail_unless_equals_uint64 (check_stat (src, "copies"), 3);
  fail_unless_equals_uint64 (check_stat (src, "copies-no-video-meta"), 3);
  gst_harness_teardown (harness);
  check_board_close (board);
}
GST_END_TEST;

static Suite *
src_suite (void)
{
  Suite *suite = suite_create ("src");
  TCase *tc = tcase_create ("src");

  check_elements_init ();
  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 30);
  tcase_add_test (tc, test_buffers);
  tcase_add_test (tc, test_second_run);
  tcase_add_loop_test (tc, test_late_consumer, 0, G_N_ELEMENTS (src_pauses));
  tcase_add_loop_test (
      tc, test_frame_selection, 0, G_N_ELEMENTS (src_selections));
  tcase_add_test (tc, test_qos_of_losses);
  tcase_add_test (tc, test_capture_time);
  tcase_add_loop_test (tc, test_latency, 0, G_N_ELEMENTS (src_latencies));
  tcase_add_test (tc, test_caps_of_closed_and_open);
  tcase_add_loop_test (tc, test_fixate, 0, G_N_ELEMENTS (src_fixates));
  tcase_add_test (tc, test_no_signal);
  tcase_add_test (tc, test_signal_is_notified);
  tcase_add_test (tc, test_copy_without_video_meta);
  return suite;
}

GST_CHECK_MAIN (src);
