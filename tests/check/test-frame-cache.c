/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list inside the frame cache: whose turn it is, and who waits. What it is
 * for is in test-pool.c. */
#include <gst/check/gstcheck.h>

#include "gstvdmaframecache.h"

#define CACHE_N_WAITERS 3

static GstVdmaFrameCache cache;

static void
cache_setup (void)
{
  gst_vdma_frame_cache_init (&cache);
  gst_vdma_frame_cache_set_limits (&cache, 2, 1);
  gst_vdma_frame_cache_set_flushing (&cache, FALSE);
}

static void
cache_teardown (void)
{
  gst_vdma_frame_cache_finish (&cache);
}

static GstVdmaTurn
cache_take (GstBuffer **frame)
{
  return gst_vdma_frame_cache_take (&cache, TRUE, FALSE, frame);
}

/* Makes the one frame that there is room for. */
static GstBuffer *
cache_make (void)
{
  GstBuffer *frame = NULL;
  fail_unless_equals_int (cache_take (&frame), GST_VDMA_TURN_MAKE);
  fail_unless (frame == NULL);
  gst_vdma_frame_cache_made (&cache, TRUE);
  return gst_buffer_new ();
}

static gpointer
cache_wait_thread (gpointer frame)
{
  return GINT_TO_POINTER (
      gst_vdma_frame_cache_take (&cache, TRUE, TRUE, frame));
}

/* Starts threads, and returns when each of them waits. */
static void
cache_start_waiters (GThread *threads[], GstBuffer *frames[], guint n)
{
  for (guint i = 0; i < n; i++)
    threads[i] = g_thread_new ("waiter", cache_wait_thread, &frames[i]);
  while (gst_vdma_frame_cache_get_n_waiting (&cache) < n)
    g_thread_yield ();
}

static GstVdmaTurn
cache_join (GThread *thread)
{
  return (GstVdmaTurn) GPOINTER_TO_INT (g_thread_join (thread));
}

GST_START_TEST (test_starts_flushing)
{
  GstVdmaFrameCache fresh;
  GstBuffer *frame = NULL;
  gst_vdma_frame_cache_init (&fresh);
  fail_unless_equals_int (
      gst_vdma_frame_cache_take (&fresh, TRUE, TRUE, &frame),
      GST_VDMA_TURN_FLUSH);
  gst_vdma_frame_cache_finish (&fresh);
}
GST_END_TEST;

GST_START_TEST (test_turns)
{
  GstBuffer *frame = cache_make (), *again = NULL;

  fail_unless_equals_int (cache_take (&again), GST_VDMA_TURN_NONE);
  fail_unless (gst_vdma_frame_cache_store (&cache, frame));
  fail_unless_equals_int (cache_take (&again), GST_VDMA_TURN_REUSE);
  fail_unless (again == frame);
  gst_vdma_frame_cache_discard (&cache, frame);
  fail_unless_equals_int (cache_take (&again), GST_VDMA_TURN_MAKE);
  /* it could not be made: there is room again */
  gst_vdma_frame_cache_made (&cache, FALSE);
  gst_buffer_unref (cache_make ());
}
GST_END_TEST;

/* What ends a wait: row by row, with the turn that the waiter gets. */
static const GstVdmaTurn cache_ends[] = { GST_VDMA_TURN_REUSE,
  GST_VDMA_TURN_MAKE, GST_VDMA_TURN_MAKE, GST_VDMA_TURN_FLUSH };

GST_START_TEST (test_wait_ends)
{
  GstBuffer *frames[CACHE_N_WAITERS] = { NULL };
  GThread *threads[CACHE_N_WAITERS];
  gboolean made = __i__ != 2;
  GstBuffer *frame = NULL;

  if (made)
    frame = cache_make ();
  else
    gst_vdma_frame_cache_reserve (&cache);
  cache_start_waiters (threads, frames, 1);
  switch (__i__) {
    case 0: /* a frame comes back */
      fail_unless (gst_vdma_frame_cache_store (&cache, frame));
      break;
    case 1: /* a frame is given up */
      gst_vdma_frame_cache_discard (&cache, frame);
      break;
    case 2: /* a frame that was to be made is not */
      gst_vdma_frame_cache_made (&cache, FALSE);
      break;
    default:
      gst_vdma_frame_cache_set_flushing (&cache, TRUE);
      break;
  }
  fail_unless_equals_int (cache_join (threads[0]), cache_ends[__i__]);
  fail_unless (frames[0] == (__i__ == 0 ? frame : NULL));
  fail_unless_equals_int (gst_vdma_frame_cache_get_n_waiting (&cache), 0);
  if (__i__ == 0 || __i__ == 3)
    gst_buffer_unref (frame);
}
GST_END_TEST;

GST_START_TEST (test_flush_ends_all_waits)
{
  GstBuffer *frames[CACHE_N_WAITERS] = { NULL };
  GThread *threads[CACHE_N_WAITERS];
  GstBuffer *frame = cache_make ();

  cache_start_waiters (threads, frames, CACHE_N_WAITERS);
  gst_vdma_frame_cache_set_flushing (&cache, TRUE);
  for (guint i = 0; i < CACHE_N_WAITERS; i++)
    fail_unless_equals_int (cache_join (threads[i]), GST_VDMA_TURN_FLUSH);
  gst_buffer_unref (frame);
}
GST_END_TEST;

static Suite *
frame_cache_suite (void)
{
  Suite *suite = suite_create ("frame-cache");
  TCase *tcase = tcase_create ("turns");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, cache_setup, cache_teardown);
  tcase_add_test (tcase, test_starts_flushing);
  tcase_add_test (tcase, test_turns);
  tcase_add_loop_test (tcase, test_wait_ends, 0, G_N_ELEMENTS (cache_ends));
  tcase_add_test (tcase, test_flush_ends_all_waits);
  return suite;
}

GST_CHECK_MAIN (frame_cache);
