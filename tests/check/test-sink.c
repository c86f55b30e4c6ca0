/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vdmasink: frames in place and copied, allocation, drain, statistics. */
#include "check-elements.h"

#define SINK_WIDTH  32
#define SINK_HEIGHT 8
#define SINK_CAPS   "video/x-raw,format=RGB,width=32,height=8,framerate=60/1"
#define SINK_SIZE   (SINK_WIDTH * 3 * SINK_HEIGHT)

/* ---- a sink that a test pushes into ---- */

static SimBoard *sink_board;
static GstHarness *sink;
static GstElement *sink_element;

static void
sink_setup (void)
{
  sink_board = check_board_open ("stream=silence");
  sink = gst_harness_new_parse ("vdmasink sync=false device=sim:check");
  sink_element = gst_harness_find_element (sink, "vdmasink");
  gst_harness_set_src_caps_str (sink, SINK_CAPS);
}

static void
sink_teardown (void)
{
  gst_object_unref (sink_element);
  gst_harness_teardown (sink);
  check_board_close (sink_board);
}

static void
sink_push (GstBuffer *buffer)
{
  fail_unless_equals_int (gst_harness_push (sink, buffer), GST_FLOW_OK);
}

static GstBuffer *
sink_make_foreign (void)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, SINK_SIZE, NULL);
  gst_buffer_memset (buffer, 0, 0x5a, SINK_SIZE);
  return buffer;
}

/* ---- copies ---- */

GST_START_TEST (test_foreign_is_copied)
{
  for (guint i = 0; i < 10; i++)
    sink_push (sink_make_foreign ());
  fail_unless_equals_uint64 (check_stat (sink_element, "copies"), 10);
  fail_unless_equals_uint64 (
      check_stat (sink_element, "copies-foreign-memory"), 10);
  fail_unless_equals_uint64 (
      check_stat (sink_element, "copied-bytes"), 10 * SINK_SIZE);
  /* What GstBaseSink says stays: but one that waits in preroll is not counted. */
  fail_unless_equals_uint64 (check_stat (sink_element, "rendered"), 10);
  fail_unless_equals_uint64 (check_stat (sink_element, "dropped"), 0);
  /* The display shows each in a frame of its own: few are enough. */
  fail_unless (check_stat (sink_element, "pool-created") <= 5);
}
GST_END_TEST;

GST_START_TEST (test_offered_pool_is_shown_in_place)
{
  guint min = 0;
  GstBufferPool *pool = check_offered_pool (sink, SINK_CAPS, &min);
  SimChannelTruth truth;

  fail_unless (min >= 2);
  for (guint i = 0; i < 20; i++)
    sink_push (check_acquire (pool, 0xa5));
  fail_unless_equals_uint64 (check_stat (sink_element, "copies"), 0);
  fail_unless_equals_uint64 (check_stat (sink_element, "delivered"), 20);
  fail_unless (check_stat (sink_element, "frames") >= 20 - 3);
  check_board_get_truth (sink_board, VDMA_MM2S, &truth);
  fail_unless (truth.frames_done >= 20 - 3);

  gst_buffer_pool_set_active (pool, FALSE);
  gst_object_unref (pool);
}
GST_END_TEST;

/* One buffer shown again and again is the device's until the last time. */
GST_START_TEST (test_same_buffer_again)
{
  guint min = 0;
  GstBufferPool *pool = check_offered_pool (sink, SINK_CAPS, &min);
  GstBuffer *buffer = check_acquire (pool, 0xa5);

  for (guint i = 0; i < 10; i++)
    sink_push (gst_buffer_ref (buffer));
  gst_buffer_unref (buffer);
  for (guint i = 0; i < 10; i++)
    sink_push (check_acquire (pool, 0xa5));
  fail_unless_equals_uint64 (check_stat (sink_element, "copies"), 0);
  gst_buffer_pool_set_active (pool, FALSE);
  gst_object_unref (pool);
}
GST_END_TEST;

/* A frame inside a larger one, as GstVideoMeta says. */
static GstBuffer *
sink_make_part (GstAllocator *allocator, gsize offset, gint stride)
{
  gsize offsets[GST_VIDEO_MAX_PLANES] = { offset };
  gint strides[GST_VIDEO_MAX_PLANES] = { stride };
  gsize size = offset + (gsize) stride * SINK_HEIGHT;
  GstMemory *memory = gst_allocator_alloc (allocator, size, NULL);
  GstBuffer *buffer = gst_buffer_new ();
  gst_buffer_append_memory (buffer, memory);
  gst_buffer_memset (buffer, 0, 0x11, size);
  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_FORMAT_RGB, SINK_WIDTH, SINK_HEIGHT, 1, offsets, strides);
  return buffer;
}

static GstAllocator *
sink_ask_for_allocator (void)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (SINK_CAPS);
  g_autoptr (GstQuery) query = gst_query_new_allocation (caps, FALSE);
  GstAllocator *allocator = NULL;
  fail_unless (gst_pad_peer_query (sink->srcpad, query));
  gst_query_parse_nth_allocation_param (query, 0, &allocator, NULL);
  return allocator;
}

GST_START_TEST (test_strides)
{
  g_autoptr (GstAllocator) allocator = sink_ask_for_allocator ();
  sink_push (sink_make_part (allocator, 0, 96));
  sink_push (sink_make_part (allocator, 5, 100));
  sink_push (sink_make_part (allocator, 4096, 100));
  sink_push (sink_make_part (allocator, 1, 8191));
  sink_push (sink_make_part (allocator, 0, 96));
  fail_unless_equals_uint64 (check_stat (sink_element, "copies"), 0);
  /* beyond what the core can do */
  sink_push (sink_make_part (allocator, 0, 65536));
  fail_unless_equals_uint64 (check_stat (sink_element, "copies-layout"), 1);
}
GST_END_TEST;

/* ---- what the display holds ---- */

typedef struct {
  gint alive;
} SinkAlive;

static void
sink_died (gpointer user_data, GstMiniObject *object)
{
  g_atomic_int_add (&((SinkAlive *) user_data)->alive, -1);
}

static void
sink_push_watched (GstAllocator *allocator, SinkAlive *watch)
{
  GstBuffer *buffer = sink_make_part (allocator, 0, 96);
  gst_mini_object_weak_ref (GST_MINI_OBJECT (buffer), sink_died, watch);
  watch->alive++;
  sink_push (buffer);
}

GST_START_TEST (test_drain_and_eos)
{
  g_autoptr (GstAllocator) allocator = sink_ask_for_allocator ();
  g_autoptr (GstQuery) drain = gst_query_new_drain ();
  SinkAlive watch = { 0 };

  g_object_set (sink_element, "enable-last-sample", FALSE, NULL);
  for (guint i = 0; i < 6; i++)
    sink_push_watched (allocator, &watch);
  fail_unless (watch.alive >= 1 && watch.alive <= 4);
  gst_pad_peer_query (sink->srcpad, drain);
  fail_unless_equals_int (watch.alive, 0);
  fail_unless_equals_uint64 (check_stat (sink_element, "copies-drain"), 1);

  /* At the end of the stream the last frame stays. */
  sink_push_watched (allocator, &watch);
  sink_push_watched (allocator, &watch);
  gst_harness_push_event (sink, gst_event_new_eos ());
  fail_unless (watch.alive >= 1);
  gst_element_set_state (sink_element, GST_STATE_READY);
  fail_unless_equals_int (watch.alive, 0);
}
GST_END_TEST;

/* ---- caps ---- */

/* The new frames have the lines of the new caps, though the stride is the same. */
GST_START_TEST (test_caps_change)
{
  SimChannelTruth before, after;
  for (guint i = 0; i < 10; i++)
    sink_push (sink_make_foreign ());
  gst_harness_set_src_caps_str (
      sink, "video/x-raw,format=GRAY8,width=96,height=2,framerate=30/1");
  check_board_get_truth (sink_board, VDMA_MM2S, &before);
  fail_unless (before.frames_done >= 5);
  for (guint i = 0; i < 20; i++)
    sink_push (gst_buffer_new_allocate (NULL, 96 * 2, NULL));
  check_board_get_truth (sink_board, VDMA_MM2S, &after);
  guint64 frames = after.frames_done - before.frames_done;
  fail_unless (frames >= 16);
  /* what was accepted before comes first */
  fail_unless (
      after.lines - before.lines <= 2 * (frames + 1) + 5 * SINK_HEIGHT);
}
GST_END_TEST;

/* A GstVideoMeta that promises more than there is. */
GST_START_TEST (test_lying_video_meta)
{
  static const gchar *const parts[] = { "read", "32x8", NULL };
  static const gint strides[] = { 97, 4096, -96, 95 };
  GstBus *bus = gst_bus_new ();

  gst_element_set_bus (sink_element, bus);
  for (guint i = 0; i < G_N_ELEMENTS (strides); i++) {
    gsize offset[GST_VIDEO_MAX_PLANES] = { 0 };
    gint stride[GST_VIDEO_MAX_PLANES] = { strides[i] };
    GstBuffer *buffer = sink_make_foreign ();
    gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
        GST_VIDEO_FORMAT_RGB, SINK_WIDTH, SINK_HEIGHT, 1, offset, stride);
    fail_unless_equals_int (gst_harness_push (sink, buffer), GST_FLOW_ERROR);
    if (i > 0)
      continue;
    g_autoptr (GstMessage) message =
        gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
    check_message_has (message, parts);
  }
  gst_element_set_bus (sink_element, NULL);
  gst_object_unref (bus);
}
GST_END_TEST;

GST_START_TEST (test_short_buffer)
{
  static const gchar *const parts[] = { "10 bytes", NULL };
  GstBus *bus = gst_bus_new ();
  gst_element_set_bus (sink_element, bus);
  fail_unless_equals_int (
      gst_harness_push (sink, gst_buffer_new_allocate (NULL, 10, NULL)),
      GST_FLOW_ERROR);
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  check_message_has (message, parts);
  gst_element_set_bus (sink_element, NULL);
  gst_object_unref (bus);
}
GST_END_TEST;

/* ---- pipelines ---- */

GST_START_TEST (test_pass_through)
{
  SimBoard *board = check_board_open ("stream=counter");
  GstElement *pipeline = check_launch (
      "vdmasrc name=src device=sim:check num-buffers=100 ! " SINK_CAPS
      " ! vdmasink name=sink device=sim:check sync=false");
  g_autoptr (GstElement) src = check_get (pipeline, "src");
  g_autoptr (GstElement) out = check_get (pipeline, "sink");
  SimTruth truth;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_message_unref (check_wait (pipeline, GST_MESSAGE_EOS));
  fail_unless_equals_uint64 (check_stat (src, "copies"), 0);
  fail_unless_equals_uint64 (check_stat (out, "copies"), 0);
  /* Only new memory is cleaned, once: not one frame is. */
  guint64 new_bytes = check_stat (out, "memory-peak");
  fail_unless_equals_uint64 (check_stat (out, "memory-flushed"), new_bytes);
  fail_unless_equals_uint64 (check_stat (out, "memory-invalidated"), new_bytes);
  fail_unless_equals_uint64 (check_stat (out, "delivered"), 100);
  fail_unless_equals_uint64 (check_stat (src, "delivered"), 100);
  check_stop (pipeline);

  sim_board_get_truth (board, &truth);
  fail_unless_equals_uint64 (truth.flushed_bytes, new_bytes);
  fail_unless_equals_uint64 (truth.invalidated_bytes, new_bytes);
  fail_unless_equals_uint64 (truth.channel[VDMA_MM2S].frames_torn, 0);
  check_board_close (board);
}
GST_END_TEST;

/* Frames of one board are foreign to another: their addresses mean nothing there. */
GST_START_TEST (test_across_boards)
{
  SimBoard *board = check_board_open ("stream=counter");
  GstElement *pipeline = check_launch (
      "vdmasrc device=sim:check num-buffers=20 ! " SINK_CAPS
      " ! vdmasink name=sink device=sim:other?coherency=strict sync=false");
  g_autoptr (GstElement) out = check_get (pipeline, "sink");
  check_run (pipeline);
  fail_unless_equals_uint64 (check_stat (out, "copies-foreign-memory"), 20);
  gst_object_unref (pipeline);
  check_board_close (board);
}
GST_END_TEST;

GST_START_TEST (test_videotestsrc_in_place)
{
  SimBoard *board = check_board_open ("stream=silence");
  GstElement *pipeline =
      check_launch ("videotestsrc num-buffers=50 ! " SINK_CAPS
                    " ! vdmasink name=sink device=sim:check sync=false");
  g_autoptr (GstElement) out = check_get (pipeline, "sink");
  check_run (pipeline);
  fail_unless_equals_uint64 (check_stat (out, "copies"), 0);
  fail_unless_equals_uint64 (check_stat (out, "delivered"), 50);
  gst_object_unref (pipeline);
  check_board_close (board);
}
GST_END_TEST;

static Suite *
sink_suite (void)
{
  Suite *suite = suite_create ("sink");
  TCase *pushed = tcase_create ("pushed");
  TCase *pipelines = tcase_create ("pipelines");

  check_elements_init ();
  suite_add_tcase (suite, pushed);
  tcase_set_timeout (pushed, 30);
  tcase_add_checked_fixture (pushed, sink_setup, sink_teardown);
  tcase_add_test (pushed, test_foreign_is_copied);
  tcase_add_test (pushed, test_offered_pool_is_shown_in_place);
  tcase_add_test (pushed, test_same_buffer_again);
  tcase_add_test (pushed, test_strides);
  tcase_add_test (pushed, test_drain_and_eos);
  tcase_add_test (pushed, test_caps_change);
  tcase_add_test (pushed, test_lying_video_meta);
  tcase_add_test (pushed, test_short_buffer);
  suite_add_tcase (suite, pipelines);
  tcase_set_timeout (pipelines, 30);
  tcase_add_test (pipelines, test_pass_through);
  tcase_add_test (pipelines, test_across_boards);
  tcase_add_test (pipelines, test_videotestsrc_in_place);
  return suite;
}

GST_CHECK_MAIN (sink);
