/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Benchmarks: scenarios that measure several things at once, run several times;
 * what is reported is the median and, in the note, the range. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BenchMetric: one line of the report.
 * @reference: what to compare with: another implementation's number, or the
 *   target; "" for none
 * @note: what is counted, and how
 */
typedef struct {
  const gchar *name;
  const gchar *unit;
  const gchar *reference;
  const gchar *note;
} BenchMetric;

#define BENCH_MAX_METRICS 6

/**
 * BenchScenario:
 * @metrics: as many as @run has values, ended by a NULL name
 * @runs: how often to run; odd, so that there is a median
 * @run: measures once; FALSE with an error when it could not
 */
typedef struct {
  BenchMetric metrics[BENCH_MAX_METRICS + 1];
  guint runs;
  gboolean (*run) (gdouble *values, GError **error);
} BenchScenario;

extern const BenchScenario *const bench_capture_scenarios;
extern const BenchScenario *const bench_display_scenarios;
extern const BenchScenario *const bench_exact_scenarios;
extern const BenchScenario *const bench_sim_scenarios;

/** BenchCounts: of the calling thread alone, from its start on. */
typedef struct {
  guint64 allocations; /* malloc, calloc, realloc, memalign and kin */
  guint64 syscalls;    /* see bench-count.c for the list */
  gint64 cpu_ns;       /* CPU time */
} BenchCounts;

void bench_count_now (BenchCounts *counts);

G_END_DECLS
