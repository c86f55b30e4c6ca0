/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver under every delay, load and fault (docs/stress.md). */
#include <stdio.h>
#include <stdlib.h>

#include "stress-cell.h"
#include "stress-regressions.h"
#include "vdma-log.h"

#define STRESS_CELL_FRAMES 600
#define STRESS_MAX_FAILED  10

#define CONTROL_CELLS       40 /* until it is caught */
#define CONTROL_RIGHT_CELLS 3

#define STRESS_VARIABLE    "GST_VDMA_STRESS" /* "long" */
#define STRESS_LONG_FRAMES 100
#define STRESS_LONG_HOURS  24

static gint64 stress_frames = 1000000;
static gint64 stress_seed = 1;
static gint64 stress_only = -1;
static gchar *stress_replay;
static gint64 stress_cell_frames = STRESS_CELL_FRAMES;
static gchar **stress_settings;
static gint stress_hours;
static gboolean stress_verbose, stress_reduce, stress_list, stress_control;
static gboolean stress_regressions;

static const GOptionEntry stress_entries[] = {
  { "frames", 0, 0, G_OPTION_ARG_INT64, &stress_frames,
      "frames to run (1000000)", "N" },
  { "seed", 0, 0, G_OPTION_ARG_INT64, &stress_seed, "of everything random (1)",
      "N" },
  { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &stress_settings,
      "a factor that does not vary; see --list", "FACTOR=LEVEL" },
  { "cell", 0, 0, G_OPTION_ARG_INT64, &stress_only, "only this cell", "N" },
  { "replay", 0, 0, G_OPTION_ARG_STRING, &stress_replay,
      "one cell of this seed, its factors at level 0 but for --set", "SEED" },
  { "cell-frames", 0, 0, G_OPTION_ARG_INT64, &stress_cell_frames,
      "frames of a cell (600)", "N" },
  { "verbose", 0, 0, G_OPTION_ARG_NONE, &stress_verbose,
      "with --cell and --replay: every access and frame", NULL },
  { "reduce", 0, 0, G_OPTION_ARG_NONE, &stress_reduce,
      "make failing cells smaller", NULL },
  { "hours", 0, 0, G_OPTION_ARG_INT, &stress_hours,
      "one cell for hours of its own time, its factors as --set", "N" },
  { "control", 0, 0, G_OPTION_ARG_NONE, &stress_control,
      "PYNQ's rule instead of the driver: fails when it is not caught", NULL },
  { "regressions", 0, 0, G_OPTION_ARG_NONE, &stress_regressions,
      "the cells that failed once", NULL },
  { "list", 0, 0, G_OPTION_ARG_NONE, &stress_list, "list the factors", NULL },
  { NULL },
};

/* The driver's warnings are what the faults want. */
static gboolean
stress_log_is_enabled (VdmaLogTopic topic, VdmaLogLevel level)
{
  return stress_verbose && level <= VDMA_LOG_DEBUG;
}

static void
stress_log_write (VdmaLogTopic topic, VdmaLogLevel level, const gchar *file,
    const gchar *function, gint line, const gchar *message)
{
  printf ("  log: %s\n", message);
}

static const VdmaLogSink stress_log = { stress_log_is_enabled,
  stress_log_write };

static int
stress_list_factors (void)
{
  for (guint f = 0; f < STRESS_N_FACTORS; f++) {
    StressCell cell = { 0 };
    printf ("%s=", stress_factor_name (f));
    for (; cell.level[f] < stress_factor_n_levels (f); cell.level[f]++)
      printf ("%s%s", cell.level[f] ? "|" : "", stress_cell_get (&cell, f));
    printf ("\n");
  }
  return EXIT_SUCCESS;
}

static void
stress_print_replay (const StressCell *cell, guint64 n_frames)
{
  printf ("  stress --replay %" G_GUINT64_FORMAT
          " --cell-frames %" G_GUINT64_FORMAT,
      cell->seed, n_frames);
  for (guint f = 0; f < STRESS_N_FACTORS; f++) {
    if (cell->level[f] != 0)
      printf (
          " --set %s=%s", stress_factor_name (f), stress_cell_get (cell, f));
  }
  printf ("\n");
}

static void
stress_report (StressCell *cell, guint64 index, const StressTally *tally,
    const gchar *complaint)
{
  guint64 n_frames = (guint64) stress_cell_frames;

  printf ("cell %" G_GUINT64_FORMAT " (seed %" G_GINT64_FORMAT
          "): %" G_GUINT64_FORMAT " torn, %" G_GUINT64_FORMAT
          " violations, %" G_GUINT64_FORMAT
          " coherency reports, %" G_GUINT64_FORMAT " unaccounted\n  %s\n",
      index, stress_seed, tally->torn, tally->violations, tally->coherency,
      tally->unaccounted, complaint ? complaint : "");
  stress_print_replay (cell, n_frames);
  if (!stress_reduce)
    return;
  stress_cell_reduce (stress_cell_run, cell, &n_frames, tally);
  printf ("  reduced:\n");
  stress_print_replay (cell, n_frames);
}

/* A cell by its seed: what a report prints can be run again, and changed. */
static gboolean
stress_run_replay (StressMatrix *matrix, StressTally *sum)
{
  g_autofree gchar *complaint = NULL;
  StressCell cell = { .seed = g_ascii_strtoull (stress_replay, NULL, 0) };

  stress_matrix_get_fixed (matrix, cell.level);
  stress_cell_run (
      &cell, (guint64) stress_cell_frames, stress_verbose, sum, &complaint);
  if (stress_tally_is_clean (sum))
    return TRUE;
  stress_report (&cell, 0, sum, complaint);
  return FALSE;
}

static gboolean
stress_run_matrix (StressMatrix *matrix, StressTally *sum)
{
  guint n_failed = 0;

  for (guint64 i = 0; sum->frames < (guint64) stress_frames; i++) {
    g_autofree gchar *complaint = NULL;
    StressTally tally;
    StressCell cell;

    stress_matrix_next (matrix, &cell);
    if (stress_only >= 0 && i != (guint64) stress_only)
      continue;
    stress_cell_run (&cell, (guint64) stress_cell_frames,
        stress_verbose && stress_only >= 0, &tally, &complaint);
    stress_tally_add (sum, &tally);
    if (!stress_tally_is_clean (&tally)) {
      stress_report (&cell, i, &tally, complaint);
      n_failed++;
    }
    if (stress_only >= 0 || n_failed == STRESS_MAX_FAILED)
      break;
  }
  return n_failed == 0;
}

/* ---- hours ---- */

static gboolean
stress_run_hours (StressMatrix *matrix, StressTally *sum)
{
  g_autofree gchar *complaint = NULL;
  StressCell cell = { .seed = (guint64) stress_seed };

  stress_matrix_get_fixed (matrix, cell.level);
  stress_cell_run_hours (&cell, (guint) stress_hours, sum, &complaint);
  if (complaint)
    printf ("  %s\n", complaint);
  return stress_tally_is_clean (sum);
}

/* ---- the control ---- */

/* Where PYNQ's rule must be caught: it names the store in work with one and two
 * stores, whatever the service; with more, a thread that loses the CPU between
 * its look at the pointer and its commit hands out what is being written. */
typedef struct {
  const gchar *name;
  gboolean is_right; /* then nothing may be found: the judges are right too */
  guint least, most; /* stores */
  const gchar *settings[4];
} ControlRow;

static const ControlRow control_rows[] = {
  { "in time", FALSE, 1, 2, { "preemption=0", "lateness=0", NULL } },
  { "in time", TRUE, 3, 32, { "preemption=0", "lateness=0", NULL } },
  { "late", FALSE, 1, 2, { "preemption=0", "lateness=49", NULL } },
  { "preempted", FALSE, 1, 32, { "preemption=70", NULL } },
};

static gboolean
control_run (
    const ControlRow *row, guint n_stores, StressTally *sum, GError **error)
{
  g_autoptr (GPtrArray) settings = g_ptr_array_new_with_free_func (g_free);
  guint64 frames = 0;
  gboolean caught = FALSE;

  for (guint i = 0; row->settings[i]; i++)
    g_ptr_array_add (settings, g_strdup (row->settings[i]));
  g_ptr_array_add (settings, g_strdup_printf ("stores=%u", n_stores));
  g_ptr_array_add (settings, g_strdup ("direction=capture"));
  g_ptr_array_add (settings, g_strdup ("address=32"));
  g_ptr_array_add (settings, g_strdup ("faults=none"));
  g_ptr_array_add (settings, g_strdup ("flip=none"));
  g_ptr_array_add (settings, NULL);
  g_autoptr (StressMatrix) matrix = stress_matrix_new (
      (guint64) stress_seed, (gchar **) settings->pdata, error);
  if (!matrix)
    return FALSE;
  guint n_cells = row->is_right ? CONTROL_RIGHT_CELLS : CONTROL_CELLS;
  for (guint i = 0; i < n_cells && !caught; i++) {
    g_autofree gchar *complaint = NULL;
    StressTally tally;
    StressCell cell;
    stress_matrix_next (matrix, &cell);
    stress_cell_run_pynq (&cell, (guint64) stress_cell_frames, stress_verbose,
        &tally, &complaint);
    stress_tally_add (sum, &tally);
    frames += tally.frames;
    caught = tally.torn + tally.violations > 0;
  }
  printf ("%s, %u stores: %s in %" G_GUINT64_FORMAT " frames%s\n", row->name,
      n_stores, caught ? "caught" : "nothing", frames,
      caught == row->is_right ? ": WRONG" : "");
  return caught != row->is_right;
}

static gboolean
stress_run_control (StressTally *sum, GError **error)
{
  gboolean ok = TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (control_rows); i++) {
    const ControlRow *row = &control_rows[i];
    for (guint n = row->least; n <= row->most; n++)
      ok = control_run (row, n, sum, error) && ok;
  }
  return ok;
}

static gboolean
stress_run (StressTally *sum, GError **error)
{
  guint n_met;
  g_autoptr (StressMatrix) matrix =
      stress_matrix_new ((guint64) stress_seed, stress_settings, error);

  if (!matrix)
    return FALSE;
  if (stress_control)
    return stress_run_control (sum, error);
  if (stress_regressions)
    return stress_regressions_run (stress_verbose, sum, error);
  if (stress_hours > 0)
    return stress_run_hours (matrix, sum);
  if (stress_replay)
    return stress_run_replay (matrix, sum);
  gboolean ok = stress_run_matrix (matrix, sum);
  guint n_pairs = stress_matrix_get_pairs (matrix, &n_met);
  printf ("pairs of levels: %u of %u; accounts by the frame: %" G_GUINT64_FORMAT
          " captured frames\n",
      n_met, n_pairs, sum->exact);
  return ok;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  StressTally sum = { 0 };

  g_option_context_add_main_entries (context, stress_entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    fprintf (stderr, "%s\n", error->message);
    return 2;
  }
  if (stress_list)
    return stress_list_factors ();
  if (g_strcmp0 (g_getenv (STRESS_VARIABLE), "long") == 0) {
    stress_frames *= STRESS_LONG_FRAMES;
    stress_hours = stress_hours > 0 ? STRESS_LONG_HOURS : 0;
  }
  vdma_log_set_sink (&stress_log);
  setvbuf (stdout, NULL, _IOLBF, 0);
  printf ("seed %" G_GINT64_FORMAT "\n", stress_seed);
  gboolean ok = stress_run (&sum, &error);
  if (error)
    fprintf (stderr, "%s\n", error->message);
  printf ("%s: %" G_GUINT64_FORMAT " frames, %" G_GUINT64_FORMAT
          " torn, %" G_GUINT64_FORMAT " violations, %" G_GUINT64_FORMAT
          " coherency reports, %" G_GUINT64_FORMAT " unaccounted\n",
      stress_control ? "control" : "stress", sum.frames, sum.torn,
      sum.violations, sum.coherency, sum.unaccounted);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
