/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check-pool.h"

#include <string.h>

#include "vdma-error.h"

CheckMemory pool_memory;
XlnkAllocator *pool_xlnk;
GstVdmaAllocator *pool_allocator;
GstVdmaBufferPool *pool;

void
pool_setup (void)
{
  pool_memory = (CheckMemory){ .caps = XLNK_CAP_SYNC, .base = 0x20000000 };
  pool_xlnk = check_memory_open (&pool_memory);
  pool_allocator = GST_VDMA_ALLOCATOR (
      gst_vdma_allocator_new (pool_xlnk, XLNK_CACHEABLE, G_MAXUINT32));
  pool = GST_VDMA_BUFFER_POOL (gst_vdma_buffer_pool_new (pool_allocator, 1));
}

void
pool_teardown (void)
{
  if (pool)
    gst_buffer_pool_set_active (GST_BUFFER_POOL (pool), FALSE);
  gst_clear_object (&pool);
  gst_clear_object (&pool_allocator);
  xlnk_allocator_unref (g_steal_pointer (&pool_xlnk));
  check_memory_finish (&pool_memory);
}

GstCaps *
pool_make_caps (GstVideoFormat format, gint width, gint height)
{
  return gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING,
      gst_video_format_to_string (format), "width", G_TYPE_INT, width, "height",
      G_TYPE_INT, height, "framerate", GST_TYPE_FRACTION, 30, 1, NULL);
}

gboolean
pool_try_configure (guint min, guint max, gint capacity, GError **error)
{
  g_autoptr (GstCaps) caps =
      pool_make_caps (GST_VIDEO_FORMAT_RGB, POOL_WIDTH, POOL_HEIGHT);
  return gst_vdma_buffer_pool_configure (
      pool, caps, NULL, min, max, capacity, TRUE, error);
}

void
pool_start (guint min, guint max, gint capacity)
{
  g_autoptr (GError) error = NULL;
  fail_unless (pool_try_configure (min, max, capacity, &error), "%s",
      error ? error->message : "");
  fail_unless (gst_vdma_buffer_pool_activate (pool, &error), "%s",
      error ? error->message : "");
}

GstBuffer *
pool_get (void)
{
  g_autoptr (GError) error = NULL;
  GstBuffer *frame = NULL;
  GstFlowReturn flow =
      gst_vdma_buffer_pool_get_frame (pool, POOL_DONTWAIT, &frame, &error);
  fail_unless_equals_int (flow, GST_FLOW_OK);
  fail_unless_equals_int (gst_buffer_n_memory (frame), 1);
  fail_unless_equals_int (
      xlnk_block_get_owner (gst_vdma_buffer_get_block (frame)),
      XLNK_OWNER_APPLICATION);
  return frame;
}

void
pool_assert_no_frame (GstBufferPoolAcquireFlags flags, GstFlowReturn expected)
{
  g_autoptr (GError) error = NULL;
  GstBuffer *frame = NULL;
  GstFlowReturn flow =
      gst_vdma_buffer_pool_get_frame (pool, flags, &frame, &error);
  fail_unless_equals_int (flow, expected);
  fail_unless (frame == NULL);
  fail_unless ((error != NULL) == (expected == GST_FLOW_ERROR));
}

guint64
pool_get_phys (GstBuffer *frame)
{
  guint64 phys;
  fail_unless (
      gst_vdma_memory_get_phys (gst_buffer_peek_memory (frame, 0), &phys));
  return phys;
}

void
pool_assert_counts (guint cached, guint64 created, guint64 reused,
    guint64 returned, guint64 discarded)
{
  GstVdmaPoolStats stats;
  gst_vdma_buffer_pool_get_stats (pool, &stats);
  fail_unless_equals_int (stats.cached, cached);
  fail_unless_equals_uint64 (stats.created, created);
  fail_unless_equals_uint64 (stats.reused, reused);
  fail_unless_equals_uint64 (stats.returned, returned);
  fail_unless_equals_uint64 (stats.discarded, discarded);
  fail_unless (stats.cached <= stats.capacity);
}

void
pool_assert_error (GError **error, gint code, const gchar *part)
{
  fail_unless (*error != NULL);
  fail_unless (
      g_error_matches (*error, VDMA_ERROR, code), "%s", (*error)->message);
  fail_unless (strstr ((*error)->message, part), "'%s' does not say '%s'",
      (*error)->message, part);
  g_clear_error (error);
}

TCase *
pool_add_case (Suite *suite, const gchar *name)
{
  TCase *tcase = tcase_create (name);
  tcase_add_checked_fixture (tcase, pool_setup, pool_teardown);
  suite_add_tcase (suite, tcase);
  return tcase;
}
