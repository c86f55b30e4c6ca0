/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The library on an emulated board, without GStreamer: a device and memory by
 * their texts, frames captured and displayed by the driver. Can be linked
 * statically, for guests that have nothing else.
 *
 *   test-library /sys/class/uio/uioN DEVICE MEMORY */
#include <string.h>

#include "board.h"
#include "guest-accounts.h"
#include "guest-raw.h"
#include "sim-counter.h"
#include "sim-pattern.h"
#include "vdma.h"

#define LIBRARY_HSIZE  640
#define LIBRARY_VSIZE  360
#define LIBRARY_SIZE   (LIBRARY_HSIZE * LIBRARY_VSIZE)
#define LIBRARY_FPS    30
#define LIBRARY_PERIOD (G_GINT64_CONSTANT (1000000000) / LIBRARY_FPS)
#define LIBRARY_POOL   8
#define LIBRARY_FRAMES 60
/* ns without any interrupt; hundreds of frames */
#define LIBRARY_PATIENCE G_GINT64_CONSTANT (20000000000)

static const gchar *library_uio, *library_device, *library_memory;

typedef struct {
  Bench *bench;
  Board *board;
  VdmaChannel *channel;
  XlnkBlock *blocks[LIBRARY_POOL];
  GPtrArray *free; /* XlnkBlock, of the pool */
} Library;

/* ---- frames ---- */

static gboolean
library_acquire (gpointer user_data, VdmaFrame *frame)
{
  Library *library = user_data;
  if (library->free->len == 0)
    return FALSE;
  XlnkBlock *block = g_ptr_array_steal_index (library->free, 0);
  frame->phys = xlnk_block_get_phys (block);
  frame->cookie = block;
  return TRUE;
}

static void
library_release (gpointer user_data, VdmaFrame *frame)
{
  Library *library = user_data;
  g_ptr_array_add (library->free, frame->cookie);
}

static const VdmaFrameOps library_ops = {
  .acquire = library_acquire,
  .release = library_release,
};

/* ---- life ---- */

static void
library_open (Library *library, VdmaDirection dir, const gchar *options)
{
  const VdmaMode mode = { .hsize = LIBRARY_HSIZE,
    .vsize = LIBRARY_VSIZE,
    .stride = LIBRARY_HSIZE,
    .period = LIBRARY_PERIOD };
  g_autoptr (GError) error = NULL;

  library->bench = guest_bench_open (library_uio);
  bench_rebuild (library->bench, options);
  library->board = board_open (library_device, library_memory, &error);
  g_assert_no_error (error);
  XlnkAllocator *allocator = board_get_allocator (library->board, &error);
  g_assert_no_error (error);
  library->free = g_ptr_array_new ();
  for (guint i = 0; i < LIBRARY_POOL; i++) {
    library->blocks[i] = xlnk_alloc (
        allocator, LIBRARY_SIZE, 1, 0, XLNK_CACHEABLE, G_MAXUINT32, &error);
    g_assert_no_error (error);
    g_ptr_array_add (library->free, library->blocks[i]);
  }
  library->channel = vdma_device_claim (
      board_get_device (library->board), dir, "test", &error);
  g_assert_no_error (error);
  vdma_channel_set_frame_ops (library->channel, &library_ops, library);
  vdma_channel_set_mode (library->channel, &mode, &error);
  g_assert_no_error (error);
}

static void
library_judge (Library *library)
{
  VdmaChannelStats stats;
  guint64 lost = 0;

  vdma_channel_get_stats (library->channel, &stats);
  for (guint i = 0; i < VDMA_N_LOSSES; i++)
    lost += stats.lost[i];
  const GuestAccounts accounts = {
    .frames = stats.frames,
    .delivered = stats.delivered,
    .lost = lost,
    .halted = stats.lost[VDMA_LOSS_HALTED],
    .recoveries = stats.recoveries,
    .interrupts = stats.interrupts,
  };
  if (vdma_channel_get_direction (library->channel) == VDMA_S2MM)
    guest_accounts_judge_capture (library->bench, &accounts);
  else
    guest_accounts_judge_display (library->bench, &accounts);
}

static void
library_close (Library *library)
{
  g_autoptr (GError) error = NULL;
  vdma_channel_stop (library->channel, &error);
  g_assert_no_error (error);
  library_judge (library);
  vdma_channel_release (library->channel);
  g_assert_cmpuint (library->free->len, ==, LIBRARY_POOL);
  for (guint i = 0; i < LIBRARY_POOL; i++)
    xlnk_block_unref (library->blocks[i]);
  g_ptr_array_unref (library->free);
  board_unref (library->board);
  g_assert_cmpuint (bench_get_now (library->bench, BENCH_BUS_ERRORS), ==, 0);
  g_assert_cmpuint (bench_get (library->bench, BENCH_UNDEFINED_USES), ==, 0);
  bench_close (library->bench);
}

static void
library_wait (Library *library)
{
  g_autoptr (GError) error = NULL;
  gint64 deadline = vdma_channel_now (library->channel) + LIBRARY_PATIENCE;
  VdmaWait wait = vdma_channel_wait (library->channel, NULL, deadline, &error);
  g_assert_no_error (error);
  g_assert_cmpint (wait, ==, VDMA_WAIT_READY);
  vdma_channel_service (library->channel, &error);
  g_assert_no_error (error);
}

/* ---- capture ---- */

static void
library_check_frame (const VdmaFrame *frame, SimCounterJudge *judge)
{
  g_autoptr (GError) error = NULL;
  SimCounterCheck check;
  const guint8 *data = xlnk_block_map (frame->cookie, XLNK_ACCESS_READ, &error);
  g_assert_no_error (error);
  g_assert_true (sim_pattern_check_counter (
      data, LIBRARY_HSIZE, LIBRARY_HSIZE, LIBRARY_VSIZE, &check));
  xlnk_block_unmap (frame->cookie, XLNK_ACCESS_READ);
  SimCounterStep step = sim_counter_judge (judge, &check);
  g_assert_cmpint (step, !=, SIM_COUNTER_BACKWARDS);
  g_assert_cmpint (step, !=, SIM_COUNTER_REPEATED);
}

static void
test_capture (void)
{
  g_autoptr (GError) error = NULL;
  SimCounterJudge judge = { 0 };
  Library library;
  guint n = 0;

  library_open (
      &library, VDMA_S2MM, "stream=counter&fps=" G_STRINGIFY (LIBRARY_FPS));
  vdma_channel_start (library.channel, NULL, &error);
  g_assert_no_error (error);
  while (n < LIBRARY_FRAMES) {
    VdmaFrame frame;
    VdmaFrameInfo info;
    library_wait (&library);
    while (vdma_capture_take (library.channel, &frame, &info)) {
      library_check_frame (&frame, &judge);
      library_release (&library, &frame);
      n++;
    }
  }
  g_test_message ("%u frames, %u missing", n, (guint) judge.skipped);
  library_close (&library);
}

/* ---- display ---- */

static void
library_draw (VdmaFrame *frame, guint number)
{
  g_autoptr (GError) error = NULL;
  guint8 *data = xlnk_block_map (frame->cookie, XLNK_ACCESS_WRITE, &error);
  g_assert_no_error (error);
  for (guint y = 0; y < LIBRARY_VSIZE; y++)
    sim_counter_draw (data + y * LIBRARY_HSIZE, LIBRARY_HSIZE, number, y);
  xlnk_block_unmap (frame->cookie, XLNK_ACCESS_WRITE);
}

static void
test_display (void)
{
  g_autoptr (GError) error = NULL;
  Library library;
  VdmaFrame frame;

  library_open (
      &library, VDMA_MM2S, "stream=silence&fps=" G_STRINGIFY (LIBRARY_FPS));
  g_assert_true (library_acquire (&library, &frame));
  library_draw (&frame, 0);
  vdma_channel_start (library.channel, &frame, &error);
  g_assert_no_error (error);
  for (guint number = 1; number < LIBRARY_FRAMES; number++) {
    while (!vdma_display_can_show (library.channel) || library.free->len == 0)
      library_wait (&library);
    g_assert_true (library_acquire (&library, &frame));
    library_draw (&frame, number);
    g_assert_true (vdma_display_show (library.channel, &frame, &error));
  }
  for (guint i = 0; i < 4; i++)
    library_wait (&library);
  g_assert_cmpuint (
      bench_get_now (library.bench, BENCH_MM2S_DONE), >=, LIBRARY_FRAMES);
  g_assert_cmpuint (bench_get (library.bench, BENCH_MM2S_TORN), ==, 0);
  library_close (&library);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc != 4)
    g_error ("usage: %s /sys/class/uio/uioN DEVICE MEMORY", argv[0]);
  library_uio = argv[1];
  library_device = argv[2];
  library_memory = argv[3];
  g_test_add_func ("/library/capture", test_capture);
  g_test_add_func ("/library/display", test_display);
  return g_test_run ();
}
