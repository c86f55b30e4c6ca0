/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* State changes, pauses, flushes, ends, renegotiation: any number of times, and
 * never a wait that cannot be ended. */
#include "check-elements.h"

#define STATES_CAPS "video/x-raw,format=RGB,width=16,height=8,framerate=60/1"

static const gchar *const states_pipelines[] = {
  "vdmasrc device=sim:check ! " STATES_CAPS " ! fakesink",
  "videotestsrc ! " STATES_CAPS " ! vdmasink device=sim:check sync=false",
  "vdmasrc device=sim:check ! " STATES_CAPS
  " ! vdmasink device=sim:check sync=false",
};

/* Time passes in some, and stands still in others: elements then wait for ever. */
static const gchar *const states_boards[] = {
  "stream=counter",
  "stream=silence&waiters=8",
};

#define STATES_COMBINATIONS                                                    \
  (G_N_ELEMENTS (states_pipelines) * G_N_ELEMENTS (states_boards))
#define STATES_ROUNDS 50

static const GstState states_walk[] = { GST_STATE_READY, GST_STATE_PAUSED,
  GST_STATE_READY, GST_STATE_PLAYING, GST_STATE_PAUSED, GST_STATE_PLAYING,
  GST_STATE_NULL, GST_STATE_PLAYING, GST_STATE_READY, GST_STATE_NULL };

/* A serialized event that comes while GstBaseSink stops is an error to GstPad, not a
 * flush, and the source then tells with which flow it stopped; any sink has that, one
 * time in some ten thousand. A sink that failed itself has said so before. */
static gboolean
states_is_race_of_events (GstMessage *message)
{
  const GstStructure *details;
  gst_message_parse_error_details (message, &details);
  return details && gst_structure_has_field (details, "flow-return");
}

static void
states_assert_no_error (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstMessage *message;
  while ((message = gst_bus_pop (bus))) {
    g_autoptr (GError) error = NULL;
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR
        && !states_is_race_of_events (message))
      gst_message_parse_error (message, &error, NULL);
    fail_if (error != NULL, "%s: %s", GST_MESSAGE_SRC_NAME (message),
        error ? error->message : "");
    gst_message_unref (message);
  }
}

GST_START_TEST (test_any_number_of_times)
{
  guint row = (guint) __i__;
  SimBoard *board =
      check_board_open (states_boards[row % G_N_ELEMENTS (states_boards)]);
  GstElement *pipeline =
      check_launch ("%s", states_pipelines[row / G_N_ELEMENTS (states_boards)]);

  gst_pipeline_set_auto_flush_bus (GST_PIPELINE (pipeline), FALSE);
  for (guint i = 0; i < STATES_ROUNDS; i++)
    for (guint j = 0; j < G_N_ELEMENTS (states_walk); j++)
      fail_unless (gst_element_set_state (pipeline, states_walk[j])
                   != GST_STATE_CHANGE_FAILURE);
  states_assert_no_error (pipeline);
  check_stop (pipeline);
  check_board_close (board);
}
GST_END_TEST;

/* As GStreamer's generic/states: alone, without peer, caps or data. */
GST_START_TEST (test_alone)
{
  static const gchar *const names[] = { "vdmasrc", "vdmasink" };
  SimBoard *board = check_board_open ("stream=silence");
  GstElement *element = gst_element_factory_make (names[__i__], NULL);

  g_object_set (element, "device", "sim:check", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (states_walk); i++)
    gst_element_set_state (element, states_walk[i]);
  check_stop (element);
  check_board_close (board);
}
GST_END_TEST;

/* ---- buffers are awaited ---- */

typedef struct {
  GMutex lock;
  GCond cond;
  guint count;
  guint n_discont;
  GstBufferPool *pool; /* that the last one came from; never followed */
  guint n_pools;
  GstCaps *caps;
} StatesSeen;

static void
states_seen_init (StatesSeen *seen)
{
  *seen = (StatesSeen){ .count = 0 };
  g_mutex_init (&seen->lock);
  g_cond_init (&seen->cond);
}

static void
states_seen_clear (StatesSeen *seen)
{
  gst_clear_caps (&seen->caps);
  g_mutex_clear (&seen->lock);
  g_cond_clear (&seen->cond);
}

static GstPadProbeReturn
states_see_buffer (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  StatesSeen *seen = user_data;
  g_mutex_lock (&seen->lock);
  seen->count++;
  seen->n_discont += GST_BUFFER_FLAG_IS_SET (
      GST_PAD_PROBE_INFO_BUFFER (probe), GST_BUFFER_FLAG_DISCONT);
  GstBufferPool *pool = GST_PAD_PROBE_INFO_BUFFER (probe)->pool;
  seen->n_pools += pool != seen->pool;
  seen->pool = pool;
  gst_clear_caps (&seen->caps);
  seen->caps = gst_pad_get_current_caps (pad);
  g_cond_signal (&seen->cond);
  g_mutex_unlock (&seen->lock);
  return GST_PAD_PROBE_OK;
}

static void
states_wait_for (StatesSeen *seen, guint further)
{
  g_mutex_lock (&seen->lock);
  guint until = seen->count + further;
  while (seen->count < until)
    g_cond_wait (&seen->cond, &seen->lock);
  g_mutex_unlock (&seen->lock);
}

static GstElement *
states_launch (StatesSeen *seen, const gchar *text)
{
  GstElement *pipeline = check_launch ("%s", text);
  g_autoptr (GstElement) out = check_get (pipeline, "out");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (out, "sink");
  states_seen_init (seen);
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, states_see_buffer, seen, NULL);
  return pipeline;
}

/* The sink does not lose its state: what the pipeline does then is not ours. */
GST_START_TEST (test_flush)
{
  SimBoard *board = check_board_open ("stream=counter");
  StatesSeen seen;
  GstElement *pipeline =
      states_launch (&seen, "vdmasrc name=src device=sim:check ! " STATES_CAPS
                            " ! fakesink async=false name=out");
  g_autoptr (GstElement) src = check_get (pipeline, "src");

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint i = 0; i < 20; i++) {
    states_wait_for (&seen, 2);
    fail_unless (gst_element_send_event (src, gst_event_new_flush_start ()));
    fail_unless (gst_element_send_event (src, gst_event_new_flush_stop (TRUE)));
  }
  states_wait_for (&seen, 2);
  check_stop (pipeline);
  states_seen_clear (&seen);
  check_board_close (board);
}
GST_END_TEST;

GST_START_TEST (test_eos_event)
{
  SimBoard *board = check_board_open ("stream=counter");
  StatesSeen seen;
  GstElement *pipeline = states_launch (
      &seen, "vdmasrc device=sim:check ! " STATES_CAPS " ! fakesink name=out");

  for (guint i = 0; i < 3; i++) {
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    states_wait_for (&seen, 2);
    gst_element_send_event (pipeline, gst_event_new_eos ());
    gst_message_unref (check_wait (pipeline, GST_MESSAGE_EOS));
    gst_element_set_state (pipeline, GST_STATE_READY);
  }
  check_stop (pipeline);
  states_seen_clear (&seen);
  check_board_close (board);
}
GST_END_TEST;

/* An element that waits for a signal that never comes ends at once. */
GST_START_TEST (test_eos_without_signal)
{
  SimBoard *board = check_board_open ("stream=silence&waiters=2");
  GstElement *pipeline = check_launch (
      "vdmasrc device=sim:check timeout=0 ! " STATES_CAPS " ! fakesink");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_element_send_event (pipeline, gst_event_new_eos ());
  gst_message_unref (check_wait (pipeline, GST_MESSAGE_EOS));
  check_stop (pipeline);
  check_board_close (board);
}
GST_END_TEST;

/* What came in a pause is not shown after it, and not forgotten either. */
GST_START_TEST (test_pause)
{
  SimBoard *board = check_board_open ("stream=counter&fps=60");
  StatesSeen seen;
  GstElement *pipeline =
      states_launch (&seen, "vdmasrc name=src device=sim:check ! " STATES_CAPS
                            " ! fakesink name=out");
  g_autoptr (GstElement) src = check_get (pipeline, "src");

  for (guint i = 0; i < 10; i++) {
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    states_wait_for (&seen, 3);
    gst_element_set_state (pipeline, GST_STATE_PAUSED);
    sim_board_advance (board, (gint64) GST_SECOND / 60 * 5 / 2);
  }
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  states_wait_for (&seen, 3);
  gst_element_set_state (pipeline, GST_STATE_READY);
  fail_unless (check_stat (src, "lost-paused") >= 10);
  check_assert_accounts (src, board);
  /* The base class drops what it has in its hands when it stops. */
  guint64 delivered = check_stat (src, "delivered");
  fail_unless (delivered == seen.count || delivered == seen.count + 1);
  fail_unless (seen.n_discont >= 11);
  check_stop (pipeline);
  states_seen_clear (&seen);
  check_board_close (board);
}
GST_END_TEST;

/* A display that takes no frames must not keep anyone from changing states. */
GST_START_TEST (test_pause_while_display_waits)
{
  SimBoard *board = check_board_open ("stream=silence");
  GstElement *pipeline =
      check_launch ("videotestsrc ! " STATES_CAPS
                    " ! vdmasink name=x device=sim:check timeout=0 sync=false");
  g_autoptr (GstElement) sink = check_get (pipeline, "x");

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  fail_unless_equals_int (
      gst_element_get_state (pipeline, NULL, NULL, GST_CLOCK_TIME_NONE),
      GST_STATE_CHANGE_SUCCESS);
  fail_unless (sim_board_set_faults (
      board, "vdma-faults 1; at time 0ns clock-stop mm2s", NULL));
  for (guint i = 0; i < 20; i++) {
    gst_element_set_state (pipeline, GST_STATE_PAUSED);
    gst_element_get_state (pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    gst_element_get_state (pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
  }
  guint64 delivered = check_stat (sink, "delivered");
  fail_unless (sim_board_set_faults (
      board, "vdma-faults 1; at time 0ns clock-start mm2s", NULL));
  gst_element_set_state (pipeline, GST_STATE_READY);
  fail_unless (check_stat (sink, "delivered") >= delivered);
  states_assert_no_error (pipeline);
  check_stop (pipeline);
  check_board_close (board);
}
GST_END_TEST;

/* ---- renegotiation ---- */

static void
states_wait_for_caps (StatesSeen *seen, GstCaps *caps)
{
  g_mutex_lock (&seen->lock);
  while (!seen->caps || !gst_caps_is_subset (seen->caps, caps))
    g_cond_wait (&seen->cond, &seen->lock);
  g_mutex_unlock (&seen->lock);
}

/* Another rate alone needs no other frames. */
GST_START_TEST (test_rate_change_keeps_the_pool)
{
  SimBoard *board = check_board_open ("stream=bars");
  StatesSeen seen;
  GstElement *pipeline = states_launch (&seen,
      "vdmasrc name=src device=sim:check ! capsfilter name=filter ! "
      "fakesink name=out");
  g_autoptr (GstElement) filter = check_get (pipeline, "filter");

  for (gint fps = 30; fps < 40; fps++) {
    g_autoptr (GstCaps) caps = gst_caps_from_string (STATES_CAPS);
    gst_caps_set_simple (caps, "framerate", GST_TYPE_FRACTION, fps, 1, NULL);
    g_object_set (filter, "caps", caps, NULL);
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    states_wait_for_caps (&seen, caps);
  }
  fail_unless_equals_int (seen.n_pools, 1);
  check_stop (pipeline);
  states_seen_clear (&seen);
  check_board_close (board);
}
GST_END_TEST;

static const gchar *const states_caps[] = {
  "video/x-raw,format=RGB,width=64,height=48,framerate=60/1",
  "video/x-raw,format=RGB,width=16,height=8,framerate=60/1",
  "video/x-raw,format=RGB,width=16,height=8,framerate=30/1",
  "video/x-raw,format=YUY2,width=15,height=8,framerate=30/1",
  "video/x-raw,format=GRAY8,width=128,height=2,framerate=0/1",
};

GST_START_TEST (test_renegotiation)
{
  static const gchar *const ends[] = { "fakesink name=out",
    "vdmasink name=out device=sim:check sync=false" };
  SimBoard *board = check_board_open ("stream=bars");
  StatesSeen seen;
  g_autofree gchar *text = g_strconcat (
      "vdmasrc name=src device=sim:check ! capsfilter name=filter ! ",
      ends[__i__], NULL);
  GstElement *pipeline = states_launch (&seen, text);
  g_autoptr (GstElement) filter = check_get (pipeline, "filter");
  g_autoptr (GstElement) src = check_get (pipeline, "src");

  for (guint i = 0; i < 5 * G_N_ELEMENTS (states_caps); i++) {
    g_autoptr (GstCaps) caps =
        gst_caps_from_string (states_caps[i % G_N_ELEMENTS (states_caps)]);
    g_object_set (filter, "caps", caps, NULL);
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    states_wait_for_caps (&seen, caps);
    states_wait_for (&seen, 6);
  }
  fail_unless_equals_uint64 (check_stat (src, "copies"), 0);
  check_stop (pipeline);
  states_seen_clear (&seen);
  check_board_close (board);
}
GST_END_TEST;

static Suite *
states_suite (void)
{
  Suite *suite = suite_create ("states");
  TCase *tc = tcase_create ("states");

  check_elements_init ();
  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 60);
  tcase_add_loop_test (tc, test_any_number_of_times, 0, STATES_COMBINATIONS);
  tcase_add_loop_test (tc, test_alone, 0, 2);
  tcase_add_test (tc, test_flush);
  tcase_add_test (tc, test_eos_event);
  tcase_add_test (tc, test_eos_without_signal);
  tcase_add_test (tc, test_pause);
  tcase_add_test (tc, test_pause_while_display_waits);
  tcase_add_test (tc, test_rate_change_keeps_the_pool);
  tcase_add_loop_test (tc, test_renegotiation, 0, 2);
  return suite;
}

GST_CHECK_MAIN (states);
