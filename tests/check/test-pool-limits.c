/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame cache: how much it keeps and gives, and what happens in trouble. */
#include "check-pool.h"
#include "vdma-error.h"

/* ---- capacity ---- */

static const gint pool_capacities[] = { 0, 1, 4, 5, 1024 };

/* Orders in which 12 frames come back. */
static const guint pool_orders[][12] = {
  { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 },
  { 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 },
  { 5, 0, 11, 3, 8, 1, 10, 2, 9, 4, 7, 6 },
};

GST_START_TEST (test_capacity_is_kept)
{
  guint capacity = (guint) pool_capacities[__i__];
  guint kept = MIN (capacity, 12);
  guint64 created = 0, reused = 0, returned = 0, discarded = 0;
  GstBuffer *frames[12];

  pool_start (0, 0, pool_capacities[__i__]);
  for (guint order = 0; order < G_N_ELEMENTS (pool_orders); order++) {
    for (guint i = 0; i < 12; i++)
      frames[i] = pool_get ();
    reused += order == 0 ? 0 : kept;
    created += order == 0 ? 12 : 12 - kept;
    for (guint i = 0; i < 12; i++) {
      gst_buffer_unref (frames[pool_orders[order][i]]);
      returned++;
      discarded += i >= capacity;
      pool_assert_counts (
          MIN (i + 1, capacity), created, reused, returned, discarded);
    }
    /* what is not kept is free again, not just forgotten */
    fail_unless_equals_int (pool_memory.n_extents, kept);
  }
}
GST_END_TEST;

static const gint pool_bad_capacities[] = { -1, G_MININT, 1025, G_MAXINT };

GST_START_TEST (test_capacity_refused)
{
  gint capacity = pool_bad_capacities[__i__];
  g_autofree gchar *says = g_strdup_printf (
      "capacity %d: it can be 0 (keep none) to 1024", capacity);
  GError *error = NULL;

  fail_if (pool_try_configure (0, 0, capacity, &error));
  pool_assert_error (&error, VDMA_ERROR_INVALID, says);
  fail_if (gst_vdma_buffer_pool_activate (pool, NULL));
}
GST_END_TEST;

/* ---- many threads ---- */

#define POOL_N_THREADS 4
#define POOL_N_ROUNDS  2000

static G_DEFINE_QUARK (PoolHolder, pool_holder)

/* One thread's traffic: takes up to four frames, gives them back in any order. */
static gpointer
pool_thread (gpointer data)
{
  g_autoptr (GRand) dice = g_rand_new_with_seed (GPOINTER_TO_UINT (data));
  GstBuffer *held[4] = { NULL };

  for (guint i = 0; i < POOL_N_ROUNDS; i++) {
    GstBuffer **slot = &held[g_rand_int_range (dice, 0, 4)];
    GstVdmaPoolStats stats;

    if (*slot) {
      /* still nobody else's */
      g_assert (gst_mini_object_get_qdata (
                    GST_MINI_OBJECT (*slot), pool_holder_quark ())
                == data);
      gst_mini_object_set_qdata (
          GST_MINI_OBJECT (*slot), pool_holder_quark (), NULL, NULL);
      gst_clear_buffer (slot);
    } else {
      g_assert (gst_vdma_buffer_pool_get_frame (pool, POOL_WAIT, slot, NULL)
                == GST_FLOW_OK);
      g_assert (gst_mini_object_get_qdata (
                    GST_MINI_OBJECT (*slot), pool_holder_quark ())
                == NULL);
      gst_mini_object_set_qdata (
          GST_MINI_OBJECT (*slot), pool_holder_quark (), data, NULL);
    }
    gst_vdma_buffer_pool_get_stats (pool, &stats);
    g_assert (stats.cached <= stats.capacity);
    if (i % 500 == 499)
      gst_vdma_buffer_pool_clear (pool);
  }
  for (guint i = 0; i < G_N_ELEMENTS (held); i++) {
    if (held[i])
      gst_mini_object_set_qdata (
          GST_MINI_OBJECT (held[i]), pool_holder_quark (), NULL, NULL);
    gst_clear_buffer (&held[i]);
  }
  return NULL;
}

GST_START_TEST (test_threads)
{
  GThread *threads[POOL_N_THREADS];
  GstVdmaPoolStats stats;

  /* room for all that are held, less would be a deadlock */
  pool_start (0, (guint) __i__, 5);
  for (guint i = 0; i < POOL_N_THREADS; i++)
    threads[i] = g_thread_new ("frames", pool_thread, GUINT_TO_POINTER (i + 1));
  for (guint i = 0; i < POOL_N_THREADS; i++)
    g_thread_join (threads[i]);

  gst_vdma_buffer_pool_get_stats (pool, &stats);
  fail_unless (stats.reused > 0 && stats.discarded > 0);
  fail_unless_equals_uint64 (stats.created, stats.discarded + stats.cached);
  fail_unless_equals_uint64 (stats.returned, stats.created + stats.reused);
  fail_unless_equals_int (pool_memory.n_extents, stats.cached);
}
GST_END_TEST;

/* ---- clear, deactivate ---- */

GST_START_TEST (test_clear)
{
  GstBuffer *frames[4];

  gst_vdma_buffer_pool_clear (pool); /* nothing there yet */
  pool_start (0, 0, 5);
  for (guint i = 0; i < 4; i++)
    frames[i] = pool_get ();
  for (guint i = 0; i < 3; i++)
    gst_buffer_unref (frames[i]);
  pool_assert_counts (3, 4, 0, 3, 0);

  gst_vdma_buffer_pool_clear (pool);
  pool_assert_counts (0, 4, 0, 3, 3);
  fail_unless_equals_int (pool_memory.n_extents, 1);

  /* the one that was out is cached as ever */
  gst_buffer_unref (frames[3]);
  pool_assert_counts (1, 4, 0, 4, 3);
}
GST_END_TEST;

GST_START_TEST (test_deactivate_frees_at_once)
{
  pool_start (0, 0, 5);
  GstBuffer *held = pool_get (), *other = pool_get ();
  gst_buffer_unref (pool_get ());
  gst_vdma_buffer_pool_deactivate (pool);
  fail_unless_equals_int (pool_memory.n_extents, 2);
  pool_assert_no_frame (POOL_WAIT, GST_FLOW_FLUSHING);
  gst_buffer_unref (other);
  fail_unless_equals_int (pool_memory.n_extents, 1);

  /* again, while a frame from before is still out */
  fail_unless (gst_vdma_buffer_pool_activate (pool, NULL));
  gst_buffer_unref (held);
  pool_assert_counts (1, 3, 0, 3, 2);
  gst_buffer_unref (pool_get ());
  pool_assert_counts (1, 3, 1, 4, 2);
}
GST_END_TEST;

GST_START_TEST (test_stop_and_start)
{
  for (guint i = 0; i < 3; i++) {
    pool_start (2, 0, 5);
    fail_unless_equals_int (pool_memory.n_extents, 2);
    gst_buffer_unref (pool_get ());
    fail_unless (gst_buffer_pool_set_active (GST_BUFFER_POOL (pool), FALSE));
    fail_unless_equals_int (pool_memory.n_extents, 0);
  }
}
GST_END_TEST;

/* ---- numbers of frames ---- */

GST_START_TEST (test_preallocation)
{
  GstVdmaPoolStats stats;

  pool_start (3, 0, __i__);
  gst_vdma_buffer_pool_get_stats (pool, &stats);
  fail_unless_equals_int (stats.capacity, MAX (3, __i__));
  pool_assert_counts (3, 3, 0, 0, 0);
  fail_unless_equals_int (pool_memory.n_extents, 3);
  gst_buffer_unref (pool_get ());
  pool_assert_counts (3, 3, 1, 1, 0);
}
GST_END_TEST;

static const struct {
  guint min, max;
} pool_bad_numbers[] = { { 3, 2 }, { 1025, 0 }, { G_MAXUINT, G_MAXUINT } };

GST_START_TEST (test_numbers_refused)
{
  GError *error = NULL;
  fail_if (pool_try_configure (
      pool_bad_numbers[__i__].min, pool_bad_numbers[__i__].max, 5, &error));
  pool_assert_error (&error, VDMA_ERROR_INVALID, "at most");
}
GST_END_TEST;

GST_START_TEST (test_max_without_waiting)
{
  pool_start (0, 2, 5);
  GstBuffer *one = pool_get (), *two = pool_get ();
  pool_assert_no_frame (POOL_DONTWAIT, GST_FLOW_EOS);
  gst_buffer_unref (one);
  one = pool_get ();
  pool_assert_no_frame (POOL_DONTWAIT, GST_FLOW_EOS);
  gst_buffer_unref (one);
  gst_buffer_unref (two);
  pool_assert_counts (2, 2, 1, 3, 0);
}
GST_END_TEST;

GST_START_TEST (test_cached_only)
{
  pool_start (0, 0, 5);
  pool_assert_no_frame (GST_VDMA_POOL_ACQUIRE_FLAG_CACHED, GST_FLOW_EOS);
  gst_buffer_unref (pool_get ());

  GstBuffer *frame = NULL;
  fail_unless_equals_int (gst_vdma_buffer_pool_get_frame (pool,
                              GST_VDMA_POOL_ACQUIRE_FLAG_CACHED, &frame, NULL),
      GST_FLOW_OK);
  pool_assert_no_frame (GST_VDMA_POOL_ACQUIRE_FLAG_CACHED, GST_FLOW_EOS);
  gst_buffer_unref (frame);
}
GST_END_TEST;

static gpointer
pool_wait_thread (gpointer frame)
{
  return GINT_TO_POINTER (
      gst_vdma_buffer_pool_get_frame (pool, POOL_WAIT, frame, NULL));
}

static GstFlowReturn
pool_join (GThread *thread)
{
  return (GstFlowReturn) GPOINTER_TO_INT (g_thread_join (thread));
}

/* A waiter gets the frame that comes back; with a cache that keeps none it gets
 * the room for a new one. */
GST_START_TEST (test_waiting)
{
  GstBuffer *frame = NULL;

  pool_start (0, 1, __i__);
  GstBuffer *only = pool_get ();
  GThread *thread = g_thread_new ("waiter", pool_wait_thread, &frame);
  gst_buffer_unref (only);
  fail_unless_equals_int (pool_join (thread), GST_FLOW_OK);
  pool_assert_counts (0, __i__ ? 1 : 2, (guint64) __i__, 1, !__i__);
  gst_buffer_unref (frame);
}
GST_END_TEST;

GST_START_TEST (test_flushing_ends_waits)
{
  GstBufferPool *base = GST_BUFFER_POOL (pool);
  GThread *threads[3];
  GstBuffer *frames[3] = { NULL };

  pool_start (0, 1, 5);
  GstBuffer *only = pool_get ();
  for (guint i = 0; i < 3; i++)
    threads[i] = g_thread_new ("waiter", pool_wait_thread, &frames[i]);
  if (__i__ == 0)
    gst_buffer_pool_set_flushing (base, TRUE);
  else
    gst_buffer_pool_set_active (base, FALSE);
  for (guint i = 0; i < 3; i++)
    fail_unless_equals_int (pool_join (threads[i]), GST_FLOW_FLUSHING);

  gst_buffer_unref (only);
  if (__i__ == 0) {
    /* a flush is no stop: the cache is as it was */
    gst_buffer_pool_set_flushing (base, FALSE);
    pool_assert_counts (1, 1, 0, 1, 0);
    gst_buffer_unref (pool_get ());
  }
}
GST_END_TEST;

/* ---- trouble ---- */

GST_START_TEST (test_exhausted)
{
  GError *error = NULL;
  GstBuffer *frame = NULL;

  pool_memory.room = 2 * POOL_PAGES + CHECK_MEMORY_PAGE;
  pool_start (0, 0, 0);
  GstBuffer *one = pool_get (), *two = pool_get ();
  fail_unless_equals_int (
      gst_vdma_buffer_pool_get_frame (pool, POOL_WAIT, &frame, &error),
      GST_FLOW_ERROR);
  fail_unless (frame == NULL);
  pool_assert_error (&error, VDMA_ERROR_NO_MEMORY, "left");

  /* it works again as soon as there is memory */
  gst_buffer_unref (one);
  one = pool_get ();
  gst_buffer_unref (one);
  gst_buffer_unref (two);
}
GST_END_TEST;

GST_START_TEST (test_exhausted_at_activation)
{
  GError *error = NULL;

  pool_memory.room = 2 * POOL_PAGES + CHECK_MEMORY_PAGE;
  fail_unless (pool_try_configure (3, 0, 5, NULL));
  fail_if (gst_vdma_buffer_pool_activate (pool, &error));
  pool_assert_error (&error, VDMA_ERROR_NO_MEMORY, "left");
  fail_unless_equals_int (pool_memory.n_extents, 0);

  fail_unless (pool_try_configure (2, 0, 5, NULL));
  fail_unless (gst_vdma_buffer_pool_activate (pool, NULL));
  pool_assert_counts (2, 4, 0, 0, 2);
}
GST_END_TEST;

/* A reset freed the memory under the cache: its frames are not handed out. */
GST_START_TEST (test_reset_of_memory)
{
  pool_start (0, 0, 5);
  GstBuffer *one = pool_get (), *two = pool_get ();
  gst_buffer_unref (one);
  fail_unless (xlnk_reset (pool_xlnk, NULL));
  one = pool_get ();
  pool_assert_counts (0, 3, 0, 1, 1);
  gst_buffer_unref (two);
  pool_assert_counts (0, 3, 0, 2, 2);
  gst_buffer_unref (one);
  pool_assert_counts (1, 3, 0, 3, 2);
}
GST_END_TEST;

GST_START_TEST (test_reconfigure_in_use)
{
  GError *error = NULL;

  pool_start (0, 0, 5);
  fail_if (pool_try_configure (0, 0, 6, &error));
  pool_assert_error (&error, VDMA_ERROR_STATE, "inactive");
  GstBuffer *frame = pool_get ();
  fail_unless (gst_buffer_pool_set_active (GST_BUFFER_POOL (pool), FALSE));
  fail_if (pool_try_configure (0, 0, 6, &error));
  pool_assert_error (&error, VDMA_ERROR_STATE, "come back");
  gst_buffer_unref (frame);
  fail_unless (pool_try_configure (0, 0, 6, NULL));
}
GST_END_TEST;

static Suite *
pool_limits_suite (void)
{
  Suite *suite = suite_create ("pool-limits");

  TCase *capacity = pool_add_case (suite, "capacity");
  tcase_add_loop_test (
      capacity, test_capacity_is_kept, 0, G_N_ELEMENTS (pool_capacities));
  tcase_add_loop_test (
      capacity, test_capacity_refused, 0, G_N_ELEMENTS (pool_bad_capacities));
  tcase_add_loop_test (
      capacity, test_threads, POOL_N_THREADS * 4, POOL_N_THREADS * 4 + 2);
  tcase_add_test (capacity, test_clear);
  tcase_add_test (capacity, test_deactivate_frees_at_once);
  tcase_add_test (capacity, test_stop_and_start);

  TCase *numbers = pool_add_case (suite, "numbers");
  tcase_add_loop_test (numbers, test_preallocation, 0, 6);
  tcase_add_loop_test (
      numbers, test_numbers_refused, 0, G_N_ELEMENTS (pool_bad_numbers));
  tcase_add_test (numbers, test_max_without_waiting);
  tcase_add_test (numbers, test_cached_only);
  tcase_add_loop_test (numbers, test_waiting, 0, 2);
  tcase_add_loop_test (numbers, test_flushing_ends_waits, 0, 2);

  TCase *trouble = pool_add_case (suite, "trouble");
  tcase_add_test (trouble, test_exhausted);
  tcase_add_test (trouble, test_exhausted_at_activation);
  tcase_add_test (trouble, test_reset_of_memory);
  tcase_add_test (trouble, test_reconfigure_in_use);

  return suite;
}

GST_CHECK_MAIN (pool_limits);
