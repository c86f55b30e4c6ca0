/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory outlives everything that used it. */
#include <string.h>

#include "check-elements.h"
#include "gstvdmamemory.h"
#include "gstvdmapool.h"

#define LIFE_WIDTH  32
#define LIFE_HEIGHT 8
#define LIFE_CAPS   "video/x-raw,format=RGB,width=32,height=8,framerate=60/1"
#define LIFE_SIZE   (LIFE_WIDTH * 3 * LIFE_HEIGHT)
#define LIFE_HELD   5

typedef struct {
  GstBuffer *buffer;
  guint8 bytes[LIFE_SIZE];
} LifeHeld;

static void
life_hold (LifeHeld *held, GstBuffer *buffer)
{
  held->buffer = buffer;
  fail_unless_equals_uint64 (
      gst_buffer_extract (buffer, 0, held->bytes, LIFE_SIZE), LIFE_SIZE);
}

/* Nobody wrote into it since, and it can be written and let go. */
static void
life_check (LifeHeld *held)
{
  GstMapInfo map;
  fail_unless (
      gst_buffer_memcmp (held->buffer, 0, held->bytes, LIFE_SIZE) == 0);
  fail_unless (gst_buffer_map (held->buffer, &map, GST_MAP_READWRITE));
  memset (map.data, 0x77, map.size);
  gst_buffer_unmap (held->buffer, &map);
  gst_buffer_unref (held->buffer);
}

/* Samples held while others are captured, past NULL, past the element. */
GST_START_TEST (test_captured_frames)
{
  SimBoard *board = check_board_open ("stream=counter");
  GstHarness *src = gst_harness_new_parse ("vdmasrc device=sim:check");
  LifeHeld held[LIFE_HELD];

  gst_harness_set_sink_caps_str (src, LIFE_CAPS);
  gst_harness_play (src);
  for (guint i = 0; i < LIFE_HELD; i++) {
    life_hold (&held[i], gst_harness_pull (src));
    gst_buffer_unref (gst_harness_pull (src));
  }
  for (guint i = 0; i < 30; i++)
    gst_buffer_unref (gst_harness_pull (src));
  gst_element_set_state (src->element, GST_STATE_NULL);
  life_check (&held[0]);
  gst_harness_teardown (src);
  for (guint i = 1; i < LIFE_HELD; i++)
    life_check (&held[i]);
  check_board_close (board);
}
GST_END_TEST;

/* One frame held keeps its own memory, and nothing of the pool. */
GST_START_TEST (test_memory_of_a_run)
{
  SimBoard *board = check_board_open ("stream=counter");
  GstHarness *src =
      gst_harness_new_parse ("vdmasrc device=sim:check num-buffers=20");
  g_autoptr (GstElement) element = gst_harness_find_element (src, "vdmasrc");
  LifeHeld held;

  gst_harness_set_sink_caps_str (src, LIFE_CAPS);
  gst_harness_play (src);
  life_hold (&held, gst_harness_pull (src));
  for (guint i = 1; i < 20; i++)
    gst_buffer_unref (gst_harness_pull (src));
  fail_unless (check_stat (element, "memory-blocks") > 1);
  gst_element_set_state (element, GST_STATE_READY);
  fail_unless_equals_uint64 (check_stat (element, "memory-blocks"), 1);
  life_check (&held);
  fail_unless_equals_uint64 (check_stat (element, "memory-blocks"), 0);
  fail_unless_equals_uint64 (check_stat (element, "memory-used"), 0);
  gst_harness_teardown (src);
  check_board_close (board);
}
GST_END_TEST;

/* The board is gone as well when the last frame is let go. */
GST_START_TEST (test_past_the_board)
{
  GstHarness *src = gst_harness_new_parse (
      "vdmasrc device=sim:brief?pace=virtual&coherency=strict");
  LifeHeld held;

  gst_harness_set_sink_caps_str (src, LIFE_CAPS);
  gst_harness_play (src);
  life_hold (&held, gst_harness_pull (src));
  gst_harness_teardown (src);
  life_check (&held);
}
GST_END_TEST;

/* A channel is free for the next one though frames of the last are held. */
GST_START_TEST (test_next_user)
{
  SimBoard *board = check_board_open ("stream=counter");
  LifeHeld held[LIFE_HELD];

  for (guint i = 0; i < LIFE_HELD; i++) {
    GstHarness *src = gst_harness_new_parse ("vdmasrc device=sim:check");
    gst_harness_set_sink_caps_str (src, LIFE_CAPS);
    gst_harness_play (src);
    life_hold (&held[i], gst_harness_pull (src));
    gst_harness_teardown (src);
  }
  for (guint i = 0; i < LIFE_HELD; i++)
    life_check (&held[i]);
  check_board_close (board);
}
GST_END_TEST;

/* A pool that the sink offered goes on without the sink. */
GST_START_TEST (test_pool_of_sink)
{
  SimBoard *board = check_board_open ("stream=silence");
  GstHarness *sink =
      gst_harness_new_parse ("vdmasink sync=false device=sim:check");
  gst_harness_set_src_caps_str (sink, LIFE_CAPS);
  guint min;
  GstBufferPool *pool = check_offered_pool (sink, LIFE_CAPS, &min);
  LifeHeld shown, fresh;

  life_hold (&shown, check_acquire (pool, 0x33));
  for (guint i = 0; i < 3; i++)
    gst_harness_push (sink, gst_buffer_ref (shown.buffer));
  gst_harness_teardown (sink);
  life_check (&shown);
  life_hold (&fresh, check_acquire (pool, 0x33));
  life_check (&fresh);
  gst_buffer_pool_set_active (pool, FALSE);
  gst_object_unref (pool);
  check_board_close (board);
}
GST_END_TEST;

/* The display shows a frame of a source that is gone. */
GST_START_TEST (test_source_ends_before_sink)
{
  SimBoard *board = check_board_open ("stream=counter");
  GstHarness *src = gst_harness_new_parse ("vdmasrc device=sim:check");
  GstHarness *sink =
      gst_harness_new_parse ("vdmasink sync=false device=sim:check");

  gst_harness_set_sink_caps_str (src, LIFE_CAPS);
  gst_harness_set_src_caps_str (sink, LIFE_CAPS);
  gst_harness_set_blocking_push_mode (src);
  gst_harness_play (src);
  for (guint i = 0; i < 4; i++)
    fail_unless_equals_int (
        gst_harness_push (sink, gst_harness_pull (src)), GST_FLOW_OK);
  gst_harness_teardown (src);
  sim_board_advance (board, (gint64) GST_SECOND / 10);
  gst_harness_teardown (sink);
  check_board_close (board);
}
GST_END_TEST;

static Suite *
lifetime_suite (void)
{
  Suite *suite = suite_create ("lifetime");
  TCase *tc = tcase_create ("lifetime");

  check_elements_init ();
  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 30);
  tcase_add_test (tc, test_captured_frames);
  tcase_add_test (tc, test_memory_of_a_run);
  tcase_add_test (tc, test_past_the_board);
  tcase_add_test (tc, test_next_user);
  tcase_add_test (tc, test_pool_of_sink);
  tcase_add_test (tc, test_source_ends_before_sink);
  return suite;
}

GST_CHECK_MAIN (lifetime);
