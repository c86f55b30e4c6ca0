/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame cache: what a frame is like, and how it comes and goes. */
#include <gst/video/video.h>

#include "check-pool.h"
#include "vdma-error.h"

/* ---- initial state ---- */

GST_START_TEST (test_initial_state)
{
  GstVdmaPoolStats stats;
  GstVdmaLayout layout;

  fail_if (gst_vdma_buffer_pool_get_layout (pool, &layout));
  fail_unless (pool_try_configure (0, 0, 7, NULL));
  gst_vdma_buffer_pool_get_stats (pool, &stats);
  fail_unless_equals_int (stats.capacity, 7);
  fail_unless (stats.cacheable);
  pool_assert_counts (0, 0, 0, 0, 0);
  fail_unless_equals_int (pool_memory.n_extents, 0);

  fail_unless (gst_vdma_buffer_pool_get_layout (pool, &layout));
  fail_unless_equals_int (layout.mode.hsize, POOL_WIDTH * 3);
  fail_unless_equals_int (layout.mode.vsize, POOL_HEIGHT);
  fail_unless_equals_int (layout.mode.stride, POOL_WIDTH * 3);
  fail_unless_equals_uint64 (layout.info.size, POOL_SIZE);

  /* Activation alone makes nothing. */
  fail_unless (gst_vdma_buffer_pool_activate (pool, NULL));
  pool_assert_counts (0, 0, 0, 0, 0);
  fail_unless_equals_int (pool_memory.n_extents, 0);
}
GST_END_TEST;

/* As an element does that knows no frame cache. */
GST_START_TEST (test_defaults)
{
  g_autoptr (GstCaps) caps = pool_make_caps (GST_VIDEO_FORMAT_GRAY8, 10, 10);
  GstBufferPool *base = GST_BUFFER_POOL (pool);
  GstStructure *config = gst_buffer_pool_get_config (base);
  gboolean cacheable = TRUE;
  gint capacity = 0;
  GstVdmaPoolStats stats;
  guint size;

  fail_if (
      gst_vdma_buffer_pool_config_get_cache (config, &capacity, &cacheable));
  fail_unless_equals_int (capacity, 5);
  gst_buffer_pool_config_set_params (config, caps, 1, 0, 0);
  fail_unless (gst_buffer_pool_set_config (base, config));
  gst_vdma_buffer_pool_get_stats (pool, &stats);
  fail_unless_equals_int (stats.capacity, 5);
  fail_unless (stats.cacheable);

  config = gst_buffer_pool_get_config (base);
  gst_buffer_pool_config_get_params (config, NULL, &size, NULL, NULL);
  fail_unless_equals_int (size, 12 * 10);
  gst_structure_free (config);
  fail_unless (
      gst_buffer_pool_has_option (base, GST_BUFFER_POOL_OPTION_VIDEO_META));
}
GST_END_TEST;

GST_START_TEST (test_not_configured)
{
  GError *error = NULL;
  fail_if (gst_vdma_buffer_pool_activate (pool, &error));
  pool_assert_error (&error, VDMA_ERROR_STATE, "configure");
  pool_assert_no_frame (POOL_WAIT, GST_FLOW_FLUSHING);
}
GST_END_TEST;

/* ---- getframe, return ---- */

GST_START_TEST (test_getframe_creates)
{
  pool_start (0, 0, 5);
  GstBuffer *one = pool_get (), *two = pool_get ();
  fail_unless (pool_get_phys (one) != pool_get_phys (two));
  pool_assert_counts (0, 2, 0, 0, 0);
  fail_unless_equals_int (pool_memory.n_extents, 2);
  gst_buffer_unref (one);
  gst_buffer_unref (two);
}
GST_END_TEST;

GST_START_TEST (test_getframe_reuses)
{
  pool_start (0, 0, 5);
  GstBuffer *frame = pool_get ();
  GstMemory *mem = gst_buffer_peek_memory (frame, 0);
  guint64 phys = pool_get_phys (frame);

  for (guint i = 0; i < 10; i++) {
    gst_buffer_unref (frame);
    pool_assert_counts (1, 1, i, i + 1, 0);
    frame = pool_get ();
    fail_unless (gst_buffer_peek_memory (frame, 0) == mem);
    fail_unless_equals_uint64 (pool_get_phys (frame), phys);
  }
  fail_unless_equals_int (pool_memory.n_extents, 1);
  gst_buffer_unref (frame);
}
GST_END_TEST;

GST_START_TEST (test_return_reaches_cache)
{
  pool_start (0, 0, 5);
  GstBuffer *frame = pool_get ();
  XlnkBlock *block = xlnk_block_ref (gst_vdma_buffer_get_block (frame));

  /* as by an element that gave it to hardware */
  fail_unless (xlnk_block_set_owner (block, XLNK_OWNER_DEVICE, TRUE, NULL));
  gst_buffer_unref (frame);
  fail_unless_equals_int (xlnk_block_get_owner (block), XLNK_OWNER_CACHE);
  pool_assert_counts (1, 1, 0, 1, 0);
  frame = pool_get ();
  fail_unless (gst_vdma_buffer_get_block (frame) == block);
  fail_unless_equals_int (xlnk_block_get_owner (block), XLNK_OWNER_APPLICATION);
  gst_buffer_unref (frame);
  xlnk_block_unref (block);
}
GST_END_TEST;

/* The frame that came last is the warmest. */
GST_START_TEST (test_newest_first)
{
  pool_start (0, 0, 5);
  GstBuffer *one = pool_get (), *two = pool_get ();
  guint64 phys = pool_get_phys (two);
  gst_buffer_unref (one);
  gst_buffer_unref (two);
  two = pool_get ();
  fail_unless_equals_uint64 (pool_get_phys (two), phys);
  gst_buffer_unref (two);
}
GST_END_TEST;

/* ---- frames are like their mode ---- */

static const struct {
  gint width, height;
} pool_sizes[] = { { 1, 1 }, { 3, 5 }, { 640, 480 }, { 1919, 1079 },
  { 3840, 2160 } };

static void
pool_check_frame (GstVideoFormat format, gint width, gint height)
{
  g_autoptr (GstCaps) caps = pool_make_caps (format, width, height);
  GstVideoInfo info;
  GstVideoFrame view;

  fail_unless (gst_video_info_from_caps (&info, caps));
  fail_unless (
      gst_vdma_buffer_pool_configure (pool, caps, NULL, 0, 0, 5, TRUE, NULL));
  fail_unless (gst_vdma_buffer_pool_activate (pool, NULL));
  GstBuffer *frame = pool_get ();
  GstVideoMeta *meta = gst_buffer_get_video_meta (frame);

  fail_unless_equals_int (gst_buffer_get_size (frame), info.size);
  fail_unless (meta != NULL);
  fail_unless_equals_int (meta->format, format);
  fail_unless_equals_int (meta->width, width);
  fail_unless_equals_int (meta->height, height);
  fail_unless_equals_int (meta->n_planes, 1);
  fail_unless_equals_int (meta->stride[0], info.stride[0]);
  fail_unless_equals_uint64 (meta->offset[0], 0);
  fail_unless (gst_video_frame_map (&view, &info, frame, GST_MAP_WRITE));
  memset (GST_VIDEO_FRAME_PLANE_DATA (&view, 0), 0xa5, info.size);
  gst_video_frame_unmap (&view);
  gst_buffer_unref (frame);
  fail_unless (gst_buffer_pool_set_active (GST_BUFFER_POOL (pool), FALSE));
}

GST_START_TEST (test_frame_matches_mode)
{
  GstVideoFormat format = gst_vdma_format_nth ((guint) __i__)->format;
  for (guint i = 0; i < G_N_ELEMENTS (pool_sizes); i++)
    pool_check_frame (format, pool_sizes[i].width, pool_sizes[i].height);
  fail_unless_equals_int (pool_memory.n_extents, 0);
}
GST_END_TEST;

/* A core without realignment engine: the stride is another than GStreamer's. */
GST_START_TEST (test_frame_of_aligned_core)
{
  g_autoptr (GstCaps) caps = pool_make_caps (GST_VIDEO_FORMAT_RGB, 72, 2);
  GError *error = NULL;

  gst_object_unref (pool);
  pool = GST_VDMA_BUFFER_POOL (gst_vdma_buffer_pool_new (pool_allocator, 16));
  fail_if (
      gst_vdma_buffer_pool_configure (pool, caps, NULL, 0, 0, 5, TRUE, &error));
  pool_assert_error (&error, VDMA_ERROR_INVALID, "widths of 64 or 80");

  g_autoptr (GstCaps) wider = pool_make_caps (GST_VIDEO_FORMAT_RGB, 80, 2);
  GstVideoAlignment align;
  gst_video_alignment_reset (&align);
  align.padding_right = 5;
  align.padding_top = 1;
  fail_unless (gst_vdma_buffer_pool_configure (
      pool, wider, &align, 0, 0, 5, TRUE, NULL));
  fail_unless (gst_vdma_buffer_pool_activate (pool, NULL));
  GstBuffer *frame = pool_get ();
  GstVideoMeta *meta = gst_buffer_get_video_meta (frame);
  fail_unless_equals_int (meta->stride[0], 256);
  fail_unless_equals_int (meta->offset[0], 256);
  fail_unless_equals_int (meta->alignment.padding_right, 5);
  fail_unless_equals_int (gst_buffer_get_size (frame), 3 * 256);
  gst_buffer_unref (frame);
}
GST_END_TEST;

GST_START_TEST (test_cacheable_flag)
{
  g_autoptr (GstCaps) caps = pool_make_caps (GST_VIDEO_FORMAT_RGB, 8, 8);
  GstVdmaPoolStats stats;

  fail_unless (
      gst_vdma_buffer_pool_configure (pool, caps, NULL, 0, 0, 5, __i__, NULL));
  fail_unless (gst_vdma_buffer_pool_activate (pool, NULL));
  GstBuffer *frame = pool_get ();
  gst_vdma_buffer_pool_get_stats (pool, &stats);
  fail_unless_equals_int (stats.cacheable, __i__);
  fail_unless_equals_int (
      gst_vdma_memory_is_cacheable (gst_buffer_peek_memory (frame, 0)), __i__);
  gst_buffer_unref (frame);
}
GST_END_TEST;

/* ---- what users do to frames ---- */

GST_START_TEST (test_frame_is_made_new)
{
  pool_start (0, 0, 5);
  GstBuffer *frame = pool_get ();
  GST_BUFFER_PTS (frame) = 4711;
  GST_BUFFER_OFFSET (frame) = 12;
  GST_BUFFER_FLAG_SET (frame, GST_BUFFER_FLAG_CORRUPTED);
  gst_buffer_add_video_crop_meta (frame);
  gst_buffer_set_size (frame, 100);
  gst_buffer_unref (frame);

  frame = pool_get ();
  pool_assert_counts (0, 1, 1, 1, 0);
  fail_if (GST_BUFFER_PTS_IS_VALID (frame));
  fail_if (GST_BUFFER_OFFSET_IS_VALID (frame));
  fail_unless_equals_int (GST_BUFFER_FLAGS (frame), 0);
  fail_unless (gst_buffer_get_video_crop_meta (frame) == NULL);
  fail_unless (gst_buffer_get_video_meta (frame) != NULL);
  fail_unless_equals_int (gst_buffer_get_size (frame), POOL_SIZE);
  gst_buffer_unref (frame);
}
GST_END_TEST;

GST_START_TEST (test_prefix_survives_reuse)
{
  g_autoptr (GstCaps) caps = pool_make_caps (GST_VIDEO_FORMAT_RGB, 8, 8);
  GstAllocationParams params = { .prefix = 128, .padding = 7 };
  GstBufferPool *base = GST_BUFFER_POOL (pool);
  GstStructure *config = gst_buffer_pool_get_config (base);

  gst_buffer_pool_config_set_params (config, caps, 500, 0, 0);
  gst_buffer_pool_config_set_allocator (config, NULL, &params);
  fail_unless (gst_buffer_pool_set_config (base, config));
  fail_unless (gst_buffer_pool_set_active (base, TRUE));
  for (guint i = 0; i < 3; i++) {
    GstBuffer *frame = pool_get ();
    gsize offset, maxsize;
    fail_unless_equals_int (
        gst_buffer_get_sizes (frame, &offset, &maxsize), 500);
    fail_unless_equals_int (offset, 128);
    fail_unless_equals_int (maxsize, 635);
    fail_unless_equals_uint64 (pool_get_phys (frame) % CHECK_MEMORY_PAGE, 128);
    gst_buffer_unref (frame);
  }
  pool_assert_counts (1, 1, 2, 3, 0);
}
GST_END_TEST;

/* A frame of which a part is still held cannot be handed out again. */
GST_START_TEST (test_shared_frame_is_not_reused)
{
  pool_start (0, 0, 5);
  GstBuffer *frame = pool_get ();
  XlnkBlock *block = gst_vdma_buffer_get_block (frame);
  GstBuffer *part =
      gst_buffer_copy_region (frame, GST_BUFFER_COPY_MEMORY, 192, 192);
  guint64 phys = pool_get_phys (frame);

  /* as by an element that gave it to hardware */
  fail_unless (xlnk_block_set_owner (block, XLNK_OWNER_DEVICE, TRUE, NULL));
  gst_buffer_unref (frame);
  pool_assert_counts (0, 1, 0, 1, 1);
  fail_unless (gst_vdma_buffer_get_block (part) == block);
  fail_unless_equals_uint64 (pool_get_phys (part), phys + 192);
  fail_unless_equals_int (xlnk_block_get_owner (block), XLNK_OWNER_APPLICATION);
  frame = pool_get ();
  fail_unless (pool_get_phys (frame) != phys);
  gst_buffer_unref (part);
  fail_unless_equals_int (pool_memory.n_extents, 1);
  gst_buffer_unref (frame);
}
GST_END_TEST;

GST_START_TEST (test_frame_with_other_memory)
{
  pool_start (0, 0, 5);
  GstBuffer *frame = pool_get ();
  gst_buffer_replace_all_memory (
      frame, gst_allocator_alloc (NULL, POOL_SIZE, NULL));
  gst_buffer_unref (frame);
  pool_assert_counts (0, 1, 0, 1, 1);
  fail_unless_equals_int (pool_memory.n_extents, 0);
}
GST_END_TEST;

GST_START_TEST (test_frame_outlives_pool)
{
  GstMapInfo map;

  pool_start (0, 0, 5);
  GstBuffer *frame = pool_get ();
  gst_vdma_buffer_pool_deactivate (pool);
  gst_clear_object (&pool);
  gst_clear_object (&pool_allocator);
  fail_unless (gst_buffer_map (frame, &map, GST_MAP_READWRITE));
  memset (map.data, 1, map.size);
  gst_buffer_unmap (frame, &map);
  gst_buffer_unref (frame);
  fail_unless_equals_int (pool_memory.n_extents, 0);
}
GST_END_TEST;

GST_START_TEST (test_stats_property)
{
  GstStructure *stats = NULL;
  guint64 created = 0;
  guint capacity = 0;

  pool_start (2, 0, 5);
  g_object_get (pool, "stats", &stats, NULL);
  fail_unless (gst_structure_get (stats, "created", G_TYPE_UINT64, &created,
      "capacity", G_TYPE_UINT, &capacity, NULL));
  fail_unless_equals_uint64 (created, 2);
  fail_unless_equals_int (capacity, 5);
  gst_structure_free (stats);
}
GST_END_TEST;

static Suite *
pool_suite (void)
{
  Suite *suite = suite_create ("pool");

  TCase *state = pool_add_case (suite, "state");
  tcase_add_test (state, test_initial_state);
  tcase_add_test (state, test_defaults);
  tcase_add_test (state, test_not_configured);
  tcase_add_test (state, test_stats_property);

  TCase *frame = pool_add_case (suite, "frame");
  tcase_add_test (frame, test_getframe_creates);
  tcase_add_test (frame, test_getframe_reuses);
  tcase_add_test (frame, test_return_reaches_cache);
  tcase_add_test (frame, test_newest_first);
  tcase_add_loop_test (frame, test_frame_matches_mode, 0, 10);
  tcase_add_test (frame, test_frame_of_aligned_core);
  tcase_add_loop_test (frame, test_cacheable_flag, FALSE, TRUE + 1);

  TCase *users = pool_add_case (suite, "users");
  tcase_add_test (users, test_frame_is_made_new);
  tcase_add_test (users, test_prefix_survives_reuse);
  tcase_add_test (users, test_shared_frame_is_not_reused);
  tcase_add_test (users, test_frame_with_other_memory);
  tcase_add_test (users, test_frame_outlives_pool);
  return suite;
}

GST_CHECK_MAIN (pool);
