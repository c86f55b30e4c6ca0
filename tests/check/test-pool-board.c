/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame cache on a board: when its memory opens, what the hardware finds in
 * its frames, and how long they live. */
#include <sys/mman.h>
#include <gst/allocators/allocators.h>
#include <gst/check/gstcheck.h>
#include <gst/video/video.h>

#include "board.h"
#include "gstvdmapool.h"
#include "sim-pattern.h"
#include "sim.h"
#include "vdma-error.h"

#define BOARD_WIDTH  48
#define BOARD_HEIGHT 32
#define BOARD_SIZE   (BOARD_WIDTH * 3 * BOARD_HEIGHT)

/* ---- counted opening of memory ---- */

static guint board_n_opens;
static gboolean board_fail_open;

XlnkAllocator *__real_board_get_allocator (Board *self, GError **error);
XlnkAllocator *__wrap_board_get_allocator (Board *self, GError **error);

/* What the linker gives everybody who calls board_get_allocator(). */
XlnkAllocator *
__wrap_board_get_allocator (Board *self, GError **error)
{
  board_n_opens++;
  if (!board_fail_open)
    return __real_board_get_allocator (self, error);
  g_set_error_literal (error, VDMA_ERROR, VDMA_ERROR_PERMISSION,
      "cannot open the memory of this test");
  return NULL;
}

/* ---- helpers ---- */

static Board *
board_open_sim (const gchar *device)
{
  g_autoptr (GError) error = NULL;
  Board *board = board_open (device, "auto", &error);
  fail_unless (board != NULL, "%s", error ? error->message : "");
  board_n_opens = 0;
  board_fail_open = FALSE;
  return board;
}

/* An active pool; the only reference of its allocator is the pool's. */
static GstVdmaBufferPool *
board_make_pool (Board *board, XlnkCaching caching)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("video/x-raw", "format",
      G_TYPE_STRING, "RGB", "width", G_TYPE_INT, BOARD_WIDTH, "height",
      G_TYPE_INT, BOARD_HEIGHT, "framerate", GST_TYPE_FRACTION, 60, 1, NULL);
  g_autoptr (GstVdmaAllocator) allocator =
      GST_VDMA_ALLOCATOR (gst_vdma_allocator_new_for_board (board, caching));
  guint alignment = vdma_hw_desc_get_alignment (
      vdma_device_get_desc (board_get_device (board)), VDMA_S2MM);
  GstVdmaBufferPool *pool =
      GST_VDMA_BUFFER_POOL (gst_vdma_buffer_pool_new (allocator, alignment));

  fail_unless (gst_vdma_buffer_pool_configure (
                   pool, caps, NULL, 0, 0, 5, caching == XLNK_CACHEABLE, &error)
                   && gst_vdma_buffer_pool_activate (pool, &error),
      "%s", error ? error->message : "");
  return pool;
}

static void
board_free_pool (GstVdmaBufferPool *pool)
{
  gst_vdma_buffer_pool_deactivate (pool);
  gst_object_unref (pool);
}

static GstBuffer *
board_get_frame (GstVdmaBufferPool *pool)
{
  g_autoptr (GError) error = NULL;
  GstBuffer *frame = NULL;
  gst_vdma_buffer_pool_get_frame (
      pool, GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT, &frame, &error);
  fail_unless (frame != NULL, "%s", error ? error->message : "no frame");
  return frame;
}

static void
board_fail_frame (GstVdmaBufferPool *pool, gint code, const gchar *says)
{
  g_autoptr (GError) error = NULL;
  GstBuffer *frame = NULL;
  fail_unless_equals_int (
      gst_vdma_buffer_pool_get_frame (
          pool, GST_BUFFER_POOL_ACQUIRE_FLAG_NONE, &frame, &error),
      GST_FLOW_ERROR);
  fail_unless (frame == NULL);
  fail_unless (g_error_matches (error, VDMA_ERROR, code), "%s", error->message);
  fail_unless (strstr (error->message, says), "'%s' does not say '%s'",
      error->message, says);
}

/* ---- memory opens with the first frame ---- */

GST_START_TEST (test_opens_lazily_and_is_shared)
{
  Board *board = board_open_sim ("sim:lazy?coherency=strict");
  GstVdmaBufferPool *one = board_make_pool (board, XLNK_CACHEABLE);
  GstVdmaBufferPool *two = board_make_pool (board, XLNK_UNCACHED);
  fail_unless_equals_int (board_n_opens, 0);

  GstBuffer *frame = board_get_frame (one);
  fail_unless_equals_int (board_n_opens, 1);
  GstBuffer *later = board_get_frame (one);
  fail_unless_equals_int (board_n_opens, 1);
  GstBuffer *other = board_get_frame (two);

  XlnkAllocator *memory =
      xlnk_block_get_allocator (gst_vdma_buffer_get_block (frame));
  XlnkStats stats;
  fail_unless (
      xlnk_block_get_allocator (gst_vdma_buffer_get_block (other)) == memory);
  xlnk_get_stats (memory, &stats);
  fail_unless_equals_int (stats.n_blocks, 3);

  gst_buffer_unref (frame);
  gst_buffer_unref (later);
  gst_buffer_unref (other);
  board_free_pool (one);
  board_free_pool (two);
  board_unref (board);
}
GST_END_TEST;

GST_START_TEST (test_memory_does_not_open)
{
  Board *board = board_open_sim ("sim:shut?coherency=strict");
  GstVdmaBufferPool *pool = board_make_pool (board, XLNK_CACHEABLE);

  board_fail_open = TRUE;
  board_fail_frame (pool, VDMA_ERROR_PERMISSION, "cannot open the memory");
  board_fail_frame (pool, VDMA_ERROR_PERMISSION, "cannot open the memory");
  /* it is tried again: the reason may be gone */
  board_fail_open = FALSE;
  gst_buffer_unref (board_get_frame (pool));
  fail_unless_equals_int (board_n_opens, 3);

  board_free_pool (pool);
  board_unref (board);
}
GST_END_TEST;

static const struct {
  const gchar *device;
  VdmaErrorCode code;
  const gchar *says;
  guint n_frames; /* that can be had before */
} board_small[] = {
  /* frames of 4608 bytes take two pages each */
  { "sim:small?coherency=strict&memory=64k", VDMA_ERROR_NO_MEMORY,
      "of 65536 bytes", 8 },
  { "sim:high?coherency=strict&memory-base=0x100000000", VDMA_ERROR_UNREACHABLE,
      "0xffffffff", 0 },
};

GST_START_TEST (test_memory_is_not_enough)
{
  Board *board = board_open_sim (board_small[__i__].device);
  GstVdmaBufferPool *pool = board_make_pool (board, XLNK_CACHEABLE);
  GstBuffer *frames[8];

  for (guint i = 0; i < board_small[__i__].n_frames; i++)
    frames[i] = board_get_frame (pool);
  board_fail_frame (
      pool, (gint) board_small[__i__].code, board_small[__i__].says);
  for (guint i = 0; i < board_small[__i__].n_frames; i++)
    gst_buffer_unref (frames[i]);
  board_free_pool (pool);
  board_unref (board);
}
GST_END_TEST;

GST_START_TEST (test_memory_above_32_bits)
{
  Board *board = board_open_sim (
      "sim:wide?coherency=strict&addr-width=40&memory-base=0xff00000000");
  GstVdmaBufferPool *pool = board_make_pool (board, XLNK_CACHEABLE);
  GstBuffer *frame = board_get_frame (pool);
  guint64 phys;

  fail_unless (
      gst_vdma_memory_get_phys (gst_buffer_peek_memory (frame, 0), &phys));
  fail_unless (phys >= G_GUINT64_CONSTANT (0xff00000000));
  fail_unless (phys + BOARD_SIZE - 1 <= G_GUINT64_CONSTANT (0xffffffffff));
  gst_buffer_unref (frame);
  board_free_pool (pool);
  board_unref (board);
}
GST_END_TEST;

/* ---- life ---- */

static void
board_fill (GstBuffer *buffer, guint8 value)
{
  gst_buffer_memset (buffer, 0, value, BOARD_SIZE);
}

GST_START_TEST (test_frame_outlives_board)
{
  Board *board = board_open_sim (
      __i__ ? "sim:gone?coherency=strict" : "sim:gone?coherency=coherent");
  GstVdmaBufferPool *pool = board_make_pool (board, XLNK_CACHEABLE);
  GstBuffer *frame = board_get_frame (pool);
  GstBuffer *part = gst_buffer_copy_region (
      frame, GST_BUFFER_COPY_MEMORY, 100, BOARD_SIZE - 100);

  board_free_pool (pool);
  board_unref (board);
  gst_buffer_unref (frame);

  fail_unless_equals_int (gst_buffer_get_size (part), BOARD_SIZE - 100);
  GstMapInfo map;
  fail_unless (gst_buffer_map (part, &map, GST_MAP_READ));
  guint sum = 0;
  for (gsize i = 0; i < map.size; i++)
    sum += map.data[i];
  fail_unless (sum <= 255 * map.size);
  gst_buffer_unmap (part, &map);
  gst_buffer_unref (part);
}
GST_END_TEST;

/* ---- descriptors ---- */

static guint8
board_peek (GstBuffer *buffer, gsize at)
{
  guint8 byte = 0;
  fail_unless_equals_int (gst_buffer_extract (buffer, at, &byte, 1), 1);
  return byte;
}

static gint
board_get_fd (GstBuffer *buffer)
{
  GstMemory *mem = gst_buffer_peek_memory (buffer, 0);
  fail_unless (gst_is_fd_memory (mem));
  fail_if (gst_is_dmabuf_memory (mem));
  return gst_fd_memory_get_fd (mem);
}

/* As a display server does with the frames it is sent. */
static guint8 *
board_map_fd (GstBuffer *buffer)
{
  guint8 *data = mmap (NULL, BOARD_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
      board_get_fd (buffer), 0);
  fail_unless (data != MAP_FAILED);
  return data;
}

GST_START_TEST (test_descriptor_is_the_frame)
{
  Board *board = board_open_sim ("sim:fd?coherency=strict");
  GstVdmaBufferPool *pool = board_make_pool (board, XLNK_CACHEABLE);
  GstBuffer *other = board_get_frame (pool);
  GstBuffer *frame = board_get_frame (pool);
  gint fd = board_get_fd (frame);
  guint8 *outside = board_map_fd (frame);

  board_fill (other, 0x77);
  board_fill (frame, 0x11);
  fail_unless_equals_int (outside[0], 0x11);
  fail_unless_equals_int (outside[BOARD_SIZE - 1], 0x11);
  outside[150] = 0x22;
  fail_unless_equals_int (board_peek (frame, 150), 0x22);

  GstBuffer *part = gst_buffer_copy_region (
      frame, GST_BUFFER_COPY_MEMORY, 100, BOARD_SIZE - 100);
  fail_unless_equals_int (board_get_fd (part), fd);
  gsize offset;
  gst_memory_get_sizes (gst_buffer_peek_memory (part, 0), &offset, NULL);
  fail_unless_equals_int (offset, 100);
  fail_unless_equals_int (board_peek (part, 50), 0x22);
  outside[151] = 0x33;
  fail_unless_equals_int (board_peek (part, 51), 0x33);
  gst_buffer_unref (part);

  /* the next round through the cache is the same memory */
  gst_buffer_unref (frame);
  frame = board_get_frame (pool);
  fail_unless_equals_int (board_get_fd (frame), fd);
  board_fill (frame, 0x44);
  fail_unless_equals_int (outside[151], 0x44);
  fail_unless_equals_int (board_peek (other, 0), 0x77);

  munmap (outside, BOARD_SIZE);
  gst_buffer_unref (frame);
  gst_buffer_unref (other);
  board_free_pool (pool);
  board_unref (board);
}
GST_END_TEST;

/* The descriptor has what the CPU sees; mapping brings the device's bytes. */
GST_START_TEST (test_descriptor_of_strict_memory)
{
  Board *board = board_open_sim ("sim:strictfd?coherency=strict");
  GstVdmaBufferPool *pool = board_make_pool (board, XLNK_CACHEABLE);
  GstBuffer *frame = board_get_frame (pool);
  guint8 *outside = board_map_fd (frame);

  board_fill (frame, 0x11);
  fail_unless_equals_int (outside[BOARD_SIZE - 1], 0x11);
  outside[150] = 0x22;
  fail_unless_equals_int (board_peek (frame, 150), 0x22);

  munmap (outside, BOARD_SIZE);
  gst_buffer_unref (frame);
  board_free_pool (pool);
  board_unref (board);
}
GST_END_TEST;

/* ---- hardware fills frames, the CPU looks at them ---- */

static gboolean
board_acquire_frame (gpointer pool, VdmaFrame *frame)
{
  GstBuffer *buffer = NULL;
  if (gst_vdma_buffer_pool_get_frame (
          pool, GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT, &buffer, NULL)
      != GST_FLOW_OK)
    return FALSE;
  frame->cookie = buffer;
  return gst_vdma_memory_get_phys (
             gst_buffer_peek_memory (buffer, 0), &frame->phys)
         && xlnk_block_set_owner (
             gst_vdma_buffer_get_block (buffer), XLNK_OWNER_DEVICE, TRUE, NULL);
}

static void
board_release_frame (gpointer pool, VdmaFrame *frame)
{
  gst_buffer_unref (frame->cookie);
}

static VdmaChannel *
board_start_capture (Board *board, GstVdmaBufferPool *pool)
{
  static const VdmaFrameOps ops = { .acquire = board_acquire_frame,
    .release = board_release_frame };
  g_autoptr (GError) error = NULL;
  GstVdmaLayout layout;

  fail_unless (gst_vdma_buffer_pool_get_layout (pool, &layout));
  VdmaChannel *channel =
      vdma_device_claim (board_get_device (board), VDMA_S2MM, "test", &error);
  fail_unless (channel != NULL, "%s", error ? error->message : "");
  vdma_channel_set_frame_ops (channel, &ops, pool);
  fail_unless (vdma_channel_set_mode (channel, &layout.mode, &error)
                   && vdma_channel_start (channel, NULL, &error),
      "%s", error ? error->message : "");
  return channel;
}

static GstBuffer *
board_capture (VdmaChannel *channel)
{
  g_autoptr (GError) error = NULL;
  VdmaFrame frame;
  VdmaFrameInfo info;

  while (!vdma_capture_take (channel, &frame, &info)) {
    fail_unless_equals_int (
        vdma_channel_wait (channel, NULL, G_MAXINT64, &error), VDMA_WAIT_READY);
    fail_unless (vdma_channel_service (channel, &error), "%s",
        error ? error->message : "");
  }
  fail_unless (xlnk_block_set_owner (gst_vdma_buffer_get_block (frame.cookie),
      XLNK_OWNER_APPLICATION, FALSE, NULL));
  return frame.cookie;
}

/* As a consumer: looks at a line, at all of it, then draws into it. */
static void
board_use_frame (GstBuffer *frame)
{
  SimCounterCheck check;
  GstMapInfo map;
  guint64 number;
  guint line;

  GstBuffer *part = gst_buffer_copy_region (
      frame, GST_BUFFER_COPY_MEMORY, 5 * BOARD_WIDTH * 3, BOARD_WIDTH * 3);
  fail_unless (gst_buffer_map (part, &map, GST_MAP_READ));
  fail_unless (sim_counter_peek (map.data, map.size, &number, &line));
  fail_unless_equals_int (line, 5);
  gst_buffer_unmap (part, &map);
  gst_buffer_unref (part);

  fail_unless (gst_buffer_map (frame, &map, GST_MAP_READ));
  fail_unless (sim_pattern_check_counter (
      map.data, BOARD_WIDTH * 3, BOARD_WIDTH * 3, BOARD_HEIGHT, &check));
  fail_unless_equals_uint64 (check.number, number);
  gst_buffer_unmap (frame, &map);
  board_fill (frame, 0xee);
}

GST_START_TEST (test_strict_coherency)
{
  Board *board = board_open_sim (
      "sim:strict?pace=virtual&coherency=strict&stream=counter");
  GstVdmaBufferPool *pool = board_make_pool (board, XLNK_CACHEABLE);
  SimBoard *sim = sim_board_open ("strict", NULL, NULL);
  VdmaChannel *channel = board_start_capture (board, pool);
  GstBuffer *held = board_capture (channel);
  GstVdmaPoolStats stats;
  SimTruth truth;

  for (guint i = 0; i < 20; i++) {
    GstBuffer *frame = board_capture (channel);
    board_use_frame (frame);
    gst_buffer_unref (frame);
  }
  fail_unless (vdma_channel_stop (channel, NULL));
  vdma_channel_release (channel);
  board_use_frame (held);
  gst_buffer_unref (held);

  gst_vdma_buffer_pool_get_stats (pool, &stats);
  fail_unless (stats.reused > 10);
  sim_board_get_truth (sim, &truth);
  g_autofree gchar *report = sim_board_get_report (sim, 0);
  fail_unless (report == NULL, "%s", report);
  fail_unless_equals_uint64 (truth.coherency_reports, 0);
  fail_unless_equals_uint64 (truth.violations, 0);
  /* the CPU looked at 21 frames, and at nothing else */
  fail_unless (truth.channel[VDMA_S2MM].frames_done >= 21);
  fail_unless (truth.invalidated_bytes >= 21 * BOARD_SIZE);

  board_free_pool (pool);
  sim_board_unref (sim);
  board_unref (board);
}
GST_END_TEST;

static Suite *
pool_board_suite (void)
{
  Suite *suite = suite_create ("pool-board");
  TCase *memory = tcase_create ("memory");
  TCase *life = tcase_create ("life");
  TCase *descriptors = tcase_create ("descriptors");
  TCase *hardware = tcase_create ("hardware");

  suite_add_tcase (suite, memory);
  tcase_add_test (memory, test_opens_lazily_and_is_shared);
  tcase_add_test (memory, test_memory_does_not_open);
  tcase_add_loop_test (
      memory, test_memory_is_not_enough, 0, G_N_ELEMENTS (board_small));
  tcase_add_test (memory, test_memory_above_32_bits);

  suite_add_tcase (suite, life);
  tcase_add_loop_test (life, test_frame_outlives_board, 0, 2);

  suite_add_tcase (suite, descriptors);
  tcase_add_test (descriptors, test_descriptor_is_the_frame);
  tcase_add_test (descriptors, test_descriptor_of_strict_memory);

  suite_add_tcase (suite, hardware);
  tcase_add_test (hardware, test_strict_coherency);
  return suite;
}

GST_CHECK_MAIN (pool_board);
