/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What capturing a frame costs; PYNQ's numbers are those of hardware.md 4. */

#include "bench-pipeline.h"

static gboolean
capture_run (gdouble *values, GError **error)
{
  static const BenchPipeline pipeline = {
    .text = "vdmasrc name=measured device=sim:bench-capture ! " BENCH_CAPS
            " ! fakesink",
    .pad = "src",
    .board = "bench-capture",
  };
  return bench_pipeline_measure (&pipeline, bench_cost_fields, values, error);
}

/* The same board without interrupts; 60 + 90 frames have the timer's search for
 * the frame time in them. */
static gboolean
capture_timer_run (gdouble *values, GError **error)
{
  static const BenchPipeline pipeline = {
    .text = "vdmasrc name=measured device=sim:bench-timer?irq=timer "
            "! " BENCH_CAPS " ! fakesink",
    .pad = "src",
    .board = "bench-timer",
  };
  static const gsize fields[] = { BENCH_FIELD (register_accesses),
    BENCH_FIELD (syscalls), BENCH_FIELD (late_percent), BENCH_NO_FIELD };
  return bench_pipeline_measure (&pipeline, fields, values, error);
}

static gboolean
capture_measure_cache (gboolean map, BenchPerFrame *result, GError **error)
{
  const BenchPipeline pipeline = {
    .text = "vdmasrc name=measured device=sim:bench-cache?coherency=strict "
            "! " BENCH_LARGE_CAPS " ! fakesink",
    .pad = "src",
    .board = "bench-cache",
    .map = map,
  };
  return bench_pipeline_run (&pipeline, result, error);
}

static gboolean
capture_run_cache (gdouble *values, GError **error)
{
  BenchPerFrame result;
  if (!capture_measure_cache (FALSE, &result, error))
    return FALSE;
  values[0] = result.flushed_bytes + result.invalidated_bytes;
  return TRUE;
}

static gboolean
capture_run_mapped (gdouble *values, GError **error)
{
  BenchPerFrame result;
  if (!capture_measure_cache (TRUE, &result, error))
    return FALSE;
  values[0] = result.invalidated_bytes;
  values[1] = result.flushed_bytes;
  return TRUE;
}

static gboolean
capture_run_baseline (gdouble *values, GError **error)
{
  static const gsize fields[] = { BENCH_FIELD (cpu_us),
    BENCH_FIELD (allocations), BENCH_NO_FIELD };
  g_autofree gchar *text = g_strdup_printf (
      "fakesrc name=measured sizetype=fixed sizemax=%d filltype=nothing "
      "! fakesink",
      BENCH_FRAME_SIZE);
  const BenchPipeline pipeline = { .text = text, .pad = "src" };
  return bench_pipeline_measure (&pipeline, fields, values, error);
}

static const BenchScenario capture_scenarios[] = {
  { .metrics = { { "capture.register_accesses", "", "12 (PYNQ)",
                     "reads and writes per frame" },
        { "capture.syscalls", "", "",
            "poll, ppoll, read, write, ioctl, mmap, munmap, syscall() per "
            "frame, streaming thread" },
        { "capture.allocations", "", "",
            "malloc and kin per frame, streaming thread" },
        { "capture.cpu_us", "us", "",
            "CPU of vdmasrc ! fakesink per frame, streaming thread; the "
            "simulated register accesses are in it, the board's thread not" },
        BENCH_LATE_METRIC ("capture.late") },
      .runs = 5,
      .run = capture_run },
  { .metrics = { { "capture.timer.register_accesses", "",
                     "capture.register_accesses",
                     "reads and writes per frame without interrupts, by a "
                     "timer in phase with the frames" },
        { "capture.timer.syscalls", "", "capture.syscalls",
            "per frame, streaming thread" },
        BENCH_LATE_METRIC ("capture.timer.late") },
      .runs = 5,
      .run = capture_timer_run },
  { .metrics = { { "capture.cache_bytes", "bytes", "2764800 (PYNQ)",
        "flushed and invalidated per frame of 2764800 that nobody maps" } },
      .runs = 3,
      .run = capture_run_cache },
  { .metrics = { { "capture.mapped.invalidated_bytes", "bytes", "2764800",
                     "per frame mapped for reading; the frame's own size" },
        { "capture.mapped.flushed_bytes", "bytes", "0",
            "per frame mapped for reading" } },
      .runs = 3,
      .run = capture_run_mapped },
  { .metrics = { { "baseline.fakesrc_fakesink.cpu_us", "us", "",
                     "CPU of fakesrc ! fakesink per buffer of the same size" },
        { "baseline.fakesrc_fakesink.allocations", "", "",
            "malloc and kin per buffer" } },
      .runs = 5,
      .run = capture_run_baseline },
  { .run = NULL },
};

const BenchScenario *const bench_capture_scenarios = capture_scenarios;
