/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs the scenarios, prints a table, and writes it as CSV:
 *
 *   bench [--csv FILE] [NAME-PREFIX]
 *
 * Benchmarks are no tests: no number makes them fail. They fail when something
 * could not be measured. */

#include "bench.h"

#include <gst/gst.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench-pipeline.h"

#define BENCH_MAX_RUNS 15

typedef struct {
  FILE *csv;
  const gchar *prefix;
  gboolean failed;
} BenchReport;

static int
bench_compare (const void *a, const void *b)
{
  gdouble x = *(const gdouble *) a, y = *(const gdouble *) b;
  return x < y ? -1 : x > y;
}

static guint
bench_count_metrics (const BenchScenario *scenario)
{
  guint n = 0;
  while (n < BENCH_MAX_METRICS && scenario->metrics[n].name)
    n++;
  return n;
}

/* Three significant digits, and none too many for counts. */
static gchar *
bench_format (gdouble value)
{
  gdouble magnitude = ABS (value);
  gint digits = magnitude >= 100 || value == (gint64) value ? 0
                : magnitude >= 10                           ? 1
                : magnitude >= 1                            ? 2
                                                            : 3;
  return g_strdup_printf ("%.*f", digits, value);
}

static void
bench_write_line (
    BenchReport *report, const BenchMetric *metric, gdouble *values, guint n)
{
  qsort (values, n, sizeof (gdouble), bench_compare);
  g_autofree gchar *median = bench_format (values[n / 2]);
  g_autofree gchar *low = bench_format (values[0]);
  g_autofree gchar *high = bench_format (values[n - 1]);
  g_autofree gchar *spread =
      strcmp (low, high) == 0
          ? g_strdup_printf ("same in %u runs", n)
          : g_strdup_printf ("%s to %s in %u runs", low, high, n);
  g_print ("%-32s %12s %-6s  %-18s %s; %s\n", metric->name, median,
      metric->unit, metric->reference, spread, metric->note);
  if (report->csv)
    fprintf (report->csv, "%s,%s,%s,\"%s\",\"%s; %s\"\n", metric->name, median,
        metric->unit, metric->reference, spread, metric->note);
}

static void
bench_run_scenario (BenchReport *report, const BenchScenario *scenario)
{
  gdouble values[BENCH_MAX_METRICS][BENCH_MAX_RUNS];
  guint n_metrics = bench_count_metrics (scenario);
  for (guint run = 0; run < scenario->runs; run++) {
    gdouble measured[BENCH_MAX_METRICS] = { 0 };
    g_autoptr (GError) error = NULL;
    if (!scenario->run (measured, &error)) {
      g_printerr ("%s: %s\n", scenario->metrics[0].name,
          error ? error->message : "could not be measured");
      report->failed = TRUE;
      return;
    }
    for (guint i = 0; i < n_metrics; i++)
      values[i][run] = measured[i];
  }
  for (guint i = 0; i < n_metrics; i++)
    bench_write_line (report, &scenario->metrics[i], values[i], scenario->runs);
}

static void
bench_run_all (BenchReport *report)
{
  const BenchScenario *const groups[] = { bench_capture_scenarios,
    bench_display_scenarios, bench_exact_scenarios, bench_sim_scenarios };
  g_print ("%-32s %12s %-6s  %-18s %s\n", "name", "value", "unit", "reference",
      "note");
  if (report->csv)
    fputs ("name,value,unit,reference,note\n", report->csv);
  for (guint group = 0; group < G_N_ELEMENTS (groups); group++)
    for (const BenchScenario *s = groups[group]; s->run; s++)
      if (g_str_has_prefix (s->metrics[0].name, report->prefix))
        bench_run_scenario (report, s);
}

int
main (int argc, char **argv)
{
  g_autofree gchar *path = NULL;
  BenchReport report = { 0 };
  const GOptionEntry options[] = {
    { "csv", 0, 0, G_OPTION_ARG_FILENAME, &path, "Write a table here", "FILE" },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GOptionContext) context = g_option_context_new ("[NAME-PREFIX]");
  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  gst_init (NULL, NULL);
  bench_register_elements ();
  report.prefix = argc > 1 ? argv[1] : "";
  report.csv = path ? fopen (path, "w") : NULL;
  if (path && report.csv == NULL) {
    g_printerr ("%s cannot be written\n", path);
    return 1;
  }
  bench_run_all (&report);
  if (report.csv && fclose (report.csv) != 0)
    report.failed = TRUE;
  return report.failed ? 1 : 0;
}
