/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the simulated board costs by itself. */

#include "bench-pipeline.h"

#include <string.h>

#include "sim.h"
#include "vdma-regs.h"

#define SIM_N_READS  1000000
#define SIM_N_COPIES 32
#define SIM_N_BOARDS 32
#define SIM_SECOND   G_GINT64_CONSTANT (1000000000)

static gint64
sim_cpu_ns (clockid_t clock)
{
  struct timespec now;
  clock_gettime (clock, &now);
  return now.tv_sec * SIM_SECOND + now.tv_nsec;
}

/* ---- registers ---- */

static gboolean
sim_run_registers (gdouble *values, GError **error)
{
  g_autoptr (SimBoard) board =
      sim_board_open ("bench-registers", "pace=virtual", error);
  if (board == NULL)
    return FALSE;
  g_autoptr (VdmaRegs) regs = sim_board_open_regs (board);
  guint32 sum = 0;
  gint64 begin = sim_cpu_ns (CLOCK_THREAD_CPUTIME_ID);
  for (guint i = 0; i < SIM_N_READS; i++)
    sum += vdma_regs_read (regs, VDMA_S2MM_BASE + VDMA_SR);
  gint64 end = sim_cpu_ns (CLOCK_THREAD_CPUTIME_ID);
  values[0] = (gdouble) (end - begin) / SIM_N_READS;
  return sum != 0;
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

/* In virtual time the streaming thread itself moves the data. */
static gboolean
sim_run_movement (gdouble *values, GError **error)
{
  static const BenchPipeline pipeline = {
    .text = "vdmasrc name=measured device=sim:bench-data?pace=virtual "
            "! " BENCH_LARGE_CAPS " ! fakesink",
    .pad = "src",
  };
  BenchPerFrame result;
  if (!bench_pipeline_run (&pipeline, &result, error))
    return FALSE;
  g_autofree guint8 *from = g_malloc (BENCH_LARGE_FRAME_SIZE);
  g_autofree guint8 *to = g_malloc (BENCH_LARGE_FRAME_SIZE);
  memset (from, 1, BENCH_LARGE_FRAME_SIZE);
  memset (to, 2, BENCH_LARGE_FRAME_SIZE);
  gint64 begin = sim_cpu_ns (CLOCK_THREAD_CPUTIME_ID);
  for (guint i = 0; i < SIM_N_COPIES; i++) {
    memcpy (to, from, BENCH_LARGE_FRAME_SIZE);
    __asm__ volatile("" ::"r"(to) : "memory");
  }
  gint64 end = sim_cpu_ns (CLOCK_THREAD_CPUTIME_ID);
  values[0] = result.cpu_us / ((gdouble) (end - begin) / 1e3 / SIM_N_COPIES);
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
  { .metrics = { { "sim.register_access_ns", "ns", "",
        "one read of S2MM_VDMASR through lib/io" } },
      .runs = 5,
      .run = sim_run_registers },
  { .metrics = { { "sim.idle_second_us", "us", "",
        "CPU of one second of virtual time, 60 frames a second, both "
        "channels halted" } },
      .runs = 5,
      .run = sim_run_idle },
  { .metrics = { { "sim.data_movement_vs_memcpy", "x", "",
        "CPU of capturing a frame of 2764800 bytes in virtual time, board and "
        "vdmasrc together, against memcpy() of it; the lines of colour bars "
        "stay in the CPU's cache, what memcpy() reads does not" } },
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
