/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Register accesses in virtual time, where nobody is ever late: exact, and the
 * same in each run on each machine. What they may be is asserted by
 * tests/lib/test-vdma-board.c and test-vdma-cost.c. */

#include "bench-pipeline.h"

static gboolean
exact_capture (
    guint n_stores, const gchar *options, gdouble *accesses, GError **error)
{
  static guint n_boards; /* each has counters of its own */
  BenchPerFrame result;
  g_autofree gchar *board = g_strdup_printf ("bench-exact-%u", n_boards++);
  g_autofree gchar *text = g_strdup_printf (
      "vdmasrc name=measured device=sim:%s?pace=virtual&stores=%u%s "
      "! " BENCH_CAPS " ! fakesink",
      board, n_stores, options);
  const BenchPipeline pipeline = { .text = text, .pad = "src", .board = board };
  if (!bench_pipeline_run (&pipeline, &result, error))
    return FALSE;
  *accesses = result.register_accesses;
  return TRUE;
}

static gboolean
exact_run_capture (gdouble *values, GError **error)
{
  return exact_capture (3, "", &values[0], error)
         && exact_capture (4, "", &values[1], error)
         && exact_capture (8, "", &values[2], error)
         && exact_capture (32, "", &values[3], error)
         && exact_capture (4, "&irq-phase=next-frame-start", &values[4], error);
}

static gboolean
exact_run_timer (gdouble *values, GError **error)
{
  return exact_capture (3, "&irq=timer", &values[0], error)
         && exact_capture (4, "&irq=timer", &values[1], error)
         && exact_capture (8, "&irq=timer", &values[2], error)
         && exact_capture (32, "&irq=timer", &values[3], error);
}

static gboolean
exact_run_passthrough (gdouble *values, GError **error)
{
  static const BenchPipeline pipeline = {
    .text =
        "vdmasrc device=sim:bench-exact-both ! " BENCH_CAPS
        " ! vdmasink name=measured device=sim:bench-exact-both?pace=virtual "
        "sync=false",
    .pad = "sink",
    .board = "bench-exact-both",
  };
  static const gsize fields[] = { BENCH_FIELD (register_accesses),
    BENCH_NO_FIELD };
  return bench_pipeline_measure (&pipeline, fields, values, error);
}

static gboolean
exact_run_display (gdouble *values, GError **error)
{
  BenchPerFrame result;
  if (!bench_display_run (
          "bench-exact-display", "?pace=virtual", &result, error))
    return FALSE;
  values[0] = result.register_accesses;
  return TRUE;
}

#define EXACT_NOTE "reads and writes per frame, virtual time"

static const BenchScenario exact_scenarios[] = {
  { .metrics = { { "exact.capture.3", "", "5", EXACT_NOTE ", 3 stores" },
        { "exact.capture.4", "", "5", EXACT_NOTE ", 4 stores" },
        { "exact.capture.8", "", "5", EXACT_NOTE ", 8 stores" },
        { "exact.capture.32", "", "5", EXACT_NOTE ", 32 stores in two banks" },
        { "exact.capture.next-start", "", "5",
            EXACT_NOTE
            ", 4 stores, the interrupt at the next frame's start" } },
      .runs = 3,
      .run = exact_run_capture },
  { .metrics = { { "exact.capture.timer.3", "", "",
                     EXACT_NOTE ", 3 stores, no interrupts" },
        { "exact.capture.timer.4", "", "5", EXACT_NOTE ", 4 stores" },
        { "exact.capture.timer.8", "", "5", EXACT_NOTE ", 8 stores" },
        { "exact.capture.timer.32", "", "5", EXACT_NOTE ", 32 stores" } },
      .runs = 3,
      .run = exact_run_timer },
  { .metrics = { { "exact.display", "", "3", EXACT_NOTE } },
      .runs = 3,
      .run = exact_run_display },
  { .metrics = { { "exact.passthrough", "", "21 (PYNQ)",
        EXACT_NOTE ", both channels" } },
      .runs = 3,
      .run = exact_run_passthrough },
  { .run = NULL },
};

const BenchScenario *const bench_exact_scenarios = exact_scenarios;
