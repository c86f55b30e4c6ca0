/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stress-cell.h"

#include <stdio.h>
#include <string.h>

#include "process-memory.h"
#include "stress-users.h"
#include "vdma-util.h"

#define CELL_SLICE        8 /* of a frame time, that two channels take turns in */
#define CELL_PATIENCE     60 /* steps for a frame, before it counts as a hang */
#define CELL_CALM_FRAMES  24
#define CELL_MAX_FINDINGS 20
#define CELL_HOUR         (3600 * VDMA_NSEC_PER_SEC)
#define CELL_WARM_UP      (300 * VDMA_NSEC_PER_SEC)
#define CELL_MAX_GROWTH   (2 * VDMA_MIB)
/* What is lent for a moment: a queue, a report. */
#define CELL_MAX_HEAP_GROWTH (16 * VDMA_KIB)

/* After this script nothing disturbs, and what lasted has ended. */
static const gchar cell_all_well[] =
    "vdma-faults 1;at time 0ns plug;"
    "at time 0ns clock-start s2mm;at time 0ns clock-start mm2s;"
    "at time 0ns bus-clear s2mm;at time 0ns bus-clear mm2s";

typedef struct {
  StressBench bench;
  StressCapture *capture; /* nullable */
  StressDisplay *display; /* nullable */
  StressTie *tie;         /* nullable */
} CellRun;

static guint64
cell_n_frames (CellRun *self)
{
  const SimCore *core = self->bench.sim->core;
  return sim_core_get_truth (core, VDMA_S2MM)->frames_done
         + sim_core_get_truth (core, VDMA_MM2S)->frames_done;
}

static void
cell_step (CellRun *self)
{
  gint64 period = self->bench.period[VDMA_S2MM];
  gboolean follows = self->tie && stress_tie_step (self->tie);
  gboolean shows = self->display && !follows;
  gint64 turn = self->capture && shows ? period / CELL_SLICE : 2 * period;
  if (self->capture)
    stress_capture_step (self->capture, stress_bench_now (&self->bench) + turn);
  if (shows)
    stress_display_step (self->display, stress_bench_now (&self->bench) + turn);
}

static void
cell_run_frames (CellRun *self, guint64 n_frames)
{
  guint64 end = cell_n_frames (self) + n_frames;
  guint64 patience = 1000 + CELL_PATIENCE * n_frames;

  while (cell_n_frames (self) < end && !self->bench.exhausted
         && self->bench.tally.torn < CELL_MAX_FINDINGS
         && self->bench.tally.violations < CELL_MAX_FINDINGS) {
    cell_step (self);
    if (patience-- > 0)
      continue;
    stress_bench_violation (&self->bench, "hangs: frames do not come any more");
    return;
  }
}

static void
cell_run_calm (CellRun *self)
{
  g_autoptr (GError) error = NULL;
  guint n_streams = (self->capture != NULL) + (self->display != NULL);

  self->bench.calm = TRUE;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    self->bench.calm_done[dir] =
        sim_core_get_truth (self->bench.sim->core, dir)->frames_done;
  if (!sim_board_set_faults (self->bench.sim, cell_all_well, &error))
    stress_bench_violation (&self->bench, "faults: %s", error->message);
  stress_bench_note (&self->bench, "calm");
  if (self->tie) /* the display waits for frames that the application holds */
    stress_capture_calm (self->capture);
  /* whatever is under way: a retry, a late interrupt, a full queue */
  cell_run_frames (self, CELL_CALM_FRAMES * n_streams);
  gint64 end = stress_bench_now (&self->bench) + VDMA_NSEC_PER_SEC;
  for (guint i = 0; i < 1000 && stress_bench_now (&self->bench) < end; i++)
    cell_step (self);
  if (self->capture)
    stress_capture_calm (self->capture);
  if (self->tie)
    stress_tie_calm (self->tie);
  else if (self->display)
    stress_display_calm (self->display);
  /* of two streams the slower one needs its time as well */
  cell_run_frames (self, CELL_CALM_FRAMES * n_streams * n_streams);
  if (self->bench.exhausted)
    return;
  if (self->capture)
    stress_capture_judge_calm (self->capture);
  if (self->tie)
    stress_tie_judge_calm (self->tie);
  else if (self->display)
    stress_display_judge_calm (self->display);
}

static gboolean
cell_open (CellRun *self, const StressCell *cell)
{
  StressBench *bench = &self->bench;

  if (!stress_bench_open (bench, cell, TRUE))
    return FALSE;
  if (stress_cell_displays (cell))
    self->display = stress_display_new (bench);
  if (stress_cell_captures (cell))
    self->capture = stress_capture_new (bench);
  if (cell->level[STRESS_DIRECTION] == STRESS_TIE && self->capture
      && self->display)
    self->tie = stress_tie_new (bench, self->capture, self->display);
  return bench->tally.violations == 0;
}

static void
cell_close (CellRun *self, StressTally *tally, gchar **complaint)
{
  stress_tie_free (self->tie);
  stress_capture_free (self->capture);
  stress_display_free (self->display);
  stress_bench_close (&self->bench);
  *tally = self->bench.tally;
  *complaint = self->bench.first_complaint;
}

void
stress_cell_run (const StressCell *cell, guint64 n_frames, gboolean verbose,
    StressTally *tally, gchar **complaint)
{
  CellRun self = { .bench.verbose = verbose };

  if (cell_open (&self, cell)) {
    cell_run_frames (&self, n_frames);
    cell_run_calm (&self);
  }
  cell_close (&self, tally, complaint);
}

/* ---- hours ---- */

typedef struct {
  ProcessMemory process;
  XlnkStats blocks;
} CellMemory;

static void
cell_look_at_memory (CellRun *self, CellMemory *memory)
{
  process_memory_get (&memory->process);
  xlnk_get_stats (self->bench.memory, &memory->blocks);
}

static void
cell_judge_memory (CellRun *self, const CellMemory *before, guint hour)
{
  CellMemory now;

  cell_look_at_memory (self, &now);
  printf ("hour %u: %" G_GUINT64_FORMAT " frames, %" G_GUINT64_FORMAT
          " KiB resident, %" G_GUINT64_FORMAT
          " KiB of heap, %u blocks of %" G_GUINT64_FORMAT " bytes\n",
      hour, cell_n_frames (self), now.process.resident / VDMA_KIB,
      now.process.heap / VDMA_KIB, now.blocks.n_blocks, now.blocks.used);
  if (now.blocks.used != before->blocks.used
      || now.blocks.n_blocks != before->blocks.n_blocks)
    stress_bench_violation (&self->bench,
        "%u blocks of %" G_GUINT64_FORMAT " bytes became %u of "
        "%" G_GUINT64_FORMAT,
        before->blocks.n_blocks, before->blocks.used, now.blocks.n_blocks,
        now.blocks.used);
  if (now.process.resident > before->process.resident + CELL_MAX_GROWTH
      || now.process.heap > before->process.heap + CELL_MAX_HEAP_GROWTH)
    stress_bench_violation (&self->bench,
        "the process grew from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
        " KiB, its heap from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
        " KiB",
        before->process.resident / VDMA_KIB, now.process.resident / VDMA_KIB,
        before->process.heap / VDMA_KIB, now.process.heap / VDMA_KIB);
}

static void
cell_run_until (CellRun *self, gint64 time)
{
  while (stress_bench_now (&self->bench) < time
         && stress_tally_is_clean (&self->bench.tally))
    cell_step (self);
}

void
stress_cell_run_hours (const StressCell *cell, guint n_hours,
    StressTally *tally, gchar **complaint)
{
  CellRun self = { 0 };
  CellMemory memory;

  if (cell_open (&self, cell)) {
    gint64 begin = stress_bench_now (&self.bench);
    cell_run_until (&self, begin + CELL_WARM_UP);
    cell_look_at_memory (&self, &memory);
    for (guint hour = 1;
         hour <= n_hours && stress_tally_is_clean (&self.bench.tally); hour++) {
      cell_run_until (&self, begin + hour * CELL_HOUR);
      cell_judge_memory (&self, &memory, hour);
    }
    cell_run_calm (&self);
  }
  cell_close (&self, tally, complaint);
}

/* ---- reducing ---- */

/* Smaller is only what fails in the same way. */
static gboolean
cell_fails_alike (StressRunFunc run, const StressCell *cell, guint64 n_frames,
    const StressTally *like)
{
  g_autofree gchar *complaint = NULL;
  StressTally tally;
  run (cell, n_frames, FALSE, &tally, &complaint);
  return (!like->torn || tally.torn) && (!like->violations || tally.violations)
         && (!like->coherency || tally.coherency)
         && (!like->unaccounted || tally.unaccounted);
}

static gboolean
cell_reduce_factor (StressRunFunc run, StressCell *cell, guint factor,
    guint64 n_frames, const StressTally *like)
{
  guint level = cell->level[factor];
  for (guint less = 0; less < level; less++) {
    cell->level[factor] = less;
    if (cell_fails_alike (run, cell, n_frames, like))
      return TRUE;
  }
  cell->level[factor] = level;
  return FALSE;
}

void
stress_cell_reduce (StressRunFunc run, StressCell *cell, guint64 *n_frames,
    const StressTally *like)
{
  gboolean reduced = TRUE;

  while (reduced) {
    reduced = FALSE;
    for (guint f = STRESS_N_FACTORS; f-- > 0;)
      reduced |= cell_reduce_factor (run, cell, f, *n_frames, like);
  }
  while (*n_frames > 1 && cell_fails_alike (run, cell, *n_frames / 2, like))
    *n_frames /= 2;
}
