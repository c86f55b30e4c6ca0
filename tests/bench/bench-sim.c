/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the simulated board costs by itself. */

#include "bench-pipeline.h"

#include <string.h>

#include "board-rig.h"

#define SIM_N_ACCESSES      1000000
#define SIM_N_FRAMES        12
#define SIM_N_ROUNDS        8
#define SIM_N_BOARDS        32
#define SIM_SECOND          G_GINT64_CONSTANT (1000000000)
#define SIM_LARGE_LINES     720
#define SIM_LARGE_LINE_SIZE (BENCH_LARGE_FRAME_SIZE / SIM_LARGE_LINES)

static gint64
sim_cpu_ns (clockid_t clock)
{
  struct timespec now;
  clock_gettime (clock, &now);
  return now.tv_sec * SIM_SECOND + now.tv_nsec;
}

/* ---- registers ---- */

/* Mean of one access in ns: @write: of HSIZE, of VSIZE (a commit), or reads. */
typedef enum {
  SIM_READ_STATUS,
  SIM_WRITE_HSIZE,
  SIM_COMMIT,
} SimAccess;

static gdouble
sim_measure_access (BoardRig *rig, SimAccess access)
{
  guint32 sum = 0;
  gint64 begin = sim_cpu_ns (CLOCK_THREAD_CPUTIME_ID);
  for (guint i = 0; i < SIM_N_ACCESSES; i++) {
    if (access == SIM_READ_STATUS)
      sum += board_rig_read (rig, VDMA_S2MM, VDMA_SR);
    else if (access == SIM_WRITE_HSIZE)
      board_rig_write_param (rig, VDMA_S2MM, VDMA_HSIZE, 64 + i % 64);
    else
      board_rig_write_param (rig, VDMA_S2MM, VDMA_VSIZE, 48);
  }
  gint64 end = sim_cpu_ns (CLOCK_THREAD_CPUTIME_ID);
  g_assert_true (access != SIM_READ_STATUS || sum != 0);
  return (gdouble) (end - begin) / SIM_N_ACCESSES;
}

/* S2MM runs meanwhile, as it does when a driver looks at it. */
static gboolean
sim_run_registers (gdouble *values, GError **error)
{
  BoardRig rig;
  board_rig_open (&rig, "bench-registers", "pace=virtual&stores=32");
  board_rig_start (&rig, VDMA_S2MM, 192, 48);
  sim_board_advance (rig.board, SIM_SECOND / 50);
  values[0] = sim_measure_access (&rig, SIM_READ_STATUS);
  values[1] = sim_measure_access (&rig, SIM_WRITE_HSIZE);
  values[2] = sim_measure_access (&rig, SIM_COMMIT);
  board_rig_close (&rig);

  board_rig_open (&rig, "bench-registers", "pace=real&fps=1");
  board_rig_start (&rig, VDMA_S2MM, 192, 48);
  values[3] = sim_measure_access (&rig, SIM_READ_STATUS);
  board_rig_close (&rig);
  return TRUE;
}

/* ---- an idle board ---- */

static gboolean
sim_run_idle (gdouble *values, GError **error)
{
  g_autoptr (SimBoard) board =
      sim_board_open ("bench-idle", "pace=virtual&fps=60", error);
  if (board == NULL)
    return FALSE;
  sim_board_advance (board, SIM_SECOND);
  gint64 begin = sim_cpu_ns (CLOCK_THREAD_CPUTIME_ID);
  for (guint i = 0; i < 10; i++)
    sim_board_advance (board, SIM_SECOND);
  gint64 end = sim_cpu_ns (CLOCK_THREAD_CPUTIME_ID);
  values[0] = (gdouble) (end - begin) / 1e3 / 10;
  return TRUE;
}

/* ---- data ---- */

/* Frames that are nowhere in the CPU's caches when they are moved. The display
 * reads line by line into a line of its own, and so does this. */
static void
sim_copy_frame (VdmaDirection dir, guint8 *store, guint8 *frame)
{
  if (dir == VDMA_S2MM) {
    memcpy (store, frame, BENCH_LARGE_FRAME_SIZE);
    __asm__ volatile("" ::"r"(store) : "memory");
    return;
  }
  for (guint i = 0; i < SIM_LARGE_LINES; i++) {
    memcpy (frame, store + i * SIM_LARGE_LINE_SIZE, SIM_LARGE_LINE_SIZE);
    __asm__ volatile("" ::"r"(frame) : "memory");
  }
}

static gint64
sim_measure_memcpy (BoardRig *rig, VdmaDirection dir, guint8 *const *frames)
{
  /* copied just before, as what is fed to the board is: where in the CPU's
   * caches bytes are decides more than who copies them */
  for (guint i = 0; dir == VDMA_S2MM && i < SIM_N_FRAMES; i++)
    memcpy (frames[SIM_N_FRAMES + i], frames[i], BENCH_LARGE_FRAME_SIZE);
  gint64 begin = sim_cpu_ns (CLOCK_THREAD_CPUTIME_ID);
  for (guint i = 0; i < SIM_N_FRAMES; i++) {
    guint store = i % rig->channel[dir].n_stores;
    sim_copy_frame (dir, (guint8 *) board_rig_view (rig, dir, store),
        frames[SIM_N_FRAMES + i]);
  }
  return sim_cpu_ns (CLOCK_THREAD_CPUTIME_ID) - begin;
}

static gint64
sim_measure_board (BoardRig *rig, VdmaDirection dir, guint8 *const *frames)
{
  SimTruth before, after;
  const SimFeedFrame frame = {
    .n_lines = SIM_LARGE_LINES,
    .stride = SIM_LARGE_LINE_SIZE,
    .line_size = SIM_LARGE_LINE_SIZE,
  };
  for (guint i = 0; dir == VDMA_S2MM && i < SIM_N_FRAMES; i++) {
    SimFeedFrame fed = frame;
    fed.data = frames[i];
    sim_board_feed_frame (rig->board, &fed);
  }
  sim_board_get_truth (rig->board, &before);
  gint64 begin = sim_cpu_ns (CLOCK_THREAD_CPUTIME_ID);
  sim_board_advance (rig->board, SIM_N_FRAMES * SIM_SECOND / 100);
  gint64 end = sim_cpu_ns (CLOCK_THREAD_CPUTIME_ID);
  sim_board_get_truth (rig->board, &after);
  guint64 n_done =
      after.channel[dir].frames_done - before.channel[dir].frames_done;
  return (end - begin) * SIM_N_FRAMES / (gint64) n_done;
}

/* Bytes a second through the board against memcpy() between the same places.
 * S2MM's frames were fed before. */
static gdouble
sim_measure_movement (VdmaDirection dir)
{
  guint8 *frames[2 * SIM_N_FRAMES];
  BoardRig rig;
  board_rig_open (&rig, "bench-data", "pace=virtual&stream=feed&fps=100");
  board_rig_start (&rig, dir, SIM_LARGE_LINE_SIZE, SIM_LARGE_LINES);
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++) {
    frames[i] = g_malloc (BENCH_LARGE_FRAME_SIZE);
    memset (frames[i], (gint) i, BENCH_LARGE_FRAME_SIZE);
  }
  /* once without counting: pages that nobody touched cost more than bytes */
  sim_measure_board (&rig, dir, frames);
  sim_measure_memcpy (&rig, dir, frames);
  gint64 board = 0, copy = 0;
  for (guint i = 0; i < SIM_N_ROUNDS; i++) {
    board += sim_measure_board (&rig, dir, frames);
    copy += sim_measure_memcpy (&rig, dir, frames);
  }
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    g_free (frames[i]);
  board_rig_close (&rig);
  return (gdouble) copy / (gdouble) board;
}

static gboolean
sim_run_movement (gdouble *values, GError **error)
{
  values[0] = sim_measure_movement (VDMA_S2MM);
  values[1] = sim_measure_movement (VDMA_MM2S);
  return TRUE;
}

/* ---- many boards ---- */

/* CPU time of the whole process per frame, all boards in one pipeline. */
static gboolean
sim_measure_boards (guint n_boards, gdouble *us_per_frame, GError **error)
{
  const guint n_frames = 60;
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < n_boards; i++)
    g_string_append_printf (text,
        "vdmasrc device=sim:bench-many-%u?pace=virtual num-buffers=%u ! "
        "video/x-raw,format=RGB,width=320,height=180,framerate=60/1 ! "
        "fakesink ",
        i, n_frames);
  GstElement *pipeline = gst_parse_launch (text->str, error);
  if (pipeline == NULL)
    return FALSE;
  gst_object_ref_sink (pipeline);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gint64 begin = sim_cpu_ns (CLOCK_PROCESS_CPUTIME_ID);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gint64 end = sim_cpu_ns (CLOCK_PROCESS_CPUTIME_ID);
  *us_per_frame = (gdouble) (end - begin) / 1e3 / (n_boards * n_frames);
  gst_object_unref (pipeline);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    return TRUE;
  gst_message_parse_error (message, error, NULL);
  return FALSE;
}

static gboolean
sim_run_boards (gdouble *values, GError **error)
{
  gdouble one, many;
  if (!sim_measure_boards (1, &one, error)
      || !sim_measure_boards (SIM_N_BOARDS, &many, error))
    return FALSE;
  values[0] = many / one;
  return TRUE;
}

static const BenchScenario sim_scenarios[] = {
  { .metrics = { { "sim.register_access_ns", "ns", "below 50",
                     "one read of S2MM_VDMASR through lib/io" },
        { "sim.register_write_ns", "ns", "below 50",
            "one write of S2MM_HSIZE through lib/io" },
        { "sim.commit_ns", "ns", "", "one write of S2MM_VSIZE with 32 stores" },
        { "sim.register_access_real_ns", "ns", "",
            "one read of S2MM_VDMASR with pace=real, which reads the system's "
            "clock" } },
      .runs = 5,
      .run = sim_run_registers },
  { .metrics = { { "sim.idle_second_us", "us", "below 100",
        "CPU of one second of virtual time, 60 frames a second, both "
        "channels halted" } },
      .runs = 5,
      .run = sim_run_idle },
  { .metrics = { { "sim.s2mm_vs_memcpy", "x", "above 0.8",
                     "bytes a second from fed frames of 2764800 bytes into "
                     "frame stores, against memcpy() from and to the same" },
        { "sim.mm2s_vs_memcpy", "x", "above 0.8",
            "bytes a second from frame stores into the display's line, against "
            "memcpy() of the same lines" } },
      .runs = 5,
      .run = sim_run_movement },
  { .metrics = { { "sim.boards32_vs_1", "x", "1",
        "CPU of the process per frame with 32 boards against one, start and "
        "stop of the pipelines included" } },
      .runs = 3,
      .run = sim_run_boards },
  { .run = NULL },
};

const BenchScenario *const bench_sim_scenarios = sim_scenarios;
