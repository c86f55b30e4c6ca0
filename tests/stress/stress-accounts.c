/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a driver can know of frames depends on the cell:
 *
 *  - all cells: frames = delivered + losses + waiting
 *  - a steady source whose period is told, whatever the service is like: every
 *    frame that the core began is counted once, and the numbers of frames taken in
 *    turn are as far apart as the camera's, one more or less for each halt of the
 *    core between the two
 *  - a service in time, whatever the source is like: every frame that the core
 *    began is counted once
 *  - the same with faults that halt the core: one more for each error at most
 *
 * An unsteady source and a service later than the ring allows together leave no
 * trace of how often the hardware went round: there the driver estimates. So it
 * does of the frames that the core never took because it was halted: these are no
 * part of the sums. */
#include "stress-accounts.h"

#include <stdlib.h>

typedef enum {
  ACCOUNTS_SUM,    /* nothing but the sums can be checked */
  ACCOUNTS_STEADY, /* to the frame, and step by step */
  ACCOUNTS_PROMPT, /* to the frame */
  ACCOUNTS_HALTS,  /* between two bounds */
} AccountsKind;

/* With one or two stores the core halts between frames, and misses some that
 * the driver counts by the time. */
static gboolean
accounts_halts_between (const StressCell *cell)
{
  return stress_cell_stores (cell) < 3;
}

/* Whether each frame that the source sends is begun: size errors are no obstacle,
 * but a frame that cuts another one short may get lost (U7). A single shot goes on
 * behind an error, which its interrupt does not show. */
static gboolean
accounts_keeps_frames (const StressCell *cell)
{
  if (cell->level[STRESS_FAULTS] <= STRESS_LAST_IRQ_FAULT)
    return TRUE;
  return !accounts_halts_between (cell) && !stress_cell_may_fail (cell)
         && !stress_cell_is_set (cell, "faults", "short-frame")
         && !stress_cell_is_set (cell, "faults", "unplug");
}

static gboolean
accounts_is_steady (const StressCell *cell)
{
  return cell->level[STRESS_SOURCE] == 0 && cell->level[STRESS_PERIOD] == 0
         && cell->level[STRESS_DIRECTION] != STRESS_LOOP
         && accounts_keeps_frames (cell);
}

/* SOFEarly that is injected says that a single shot was cut, which it was not. */
static gboolean
accounts_is_lied_to (const StressCell *cell)
{
  return accounts_halts_between (cell) && stress_cell_injects (cell);
}

/* Without flush-on-fsync an error freezes the pointer and the core runs on: what
 * it begins and ends until it is reset shows nowhere. */
static gboolean
accounts_resets_running (const StressCell *cell)
{
  return cell->level[STRESS_FSYNC] == STRESS_NO_FLUSH
         && cell->level[STRESS_FAULTS] > STRESS_LAST_IRQ_FAULT;
}

/* One thread drives both channels, and a restart can take it a second; to end a
 * tie it waits for the display to halt. */
static gboolean
accounts_waits_for_display (const StressCell *cell)
{
  return stress_cell_displays (cell)
         && (stress_cell_may_fail (cell) || cell->level[STRESS_BREAKS] != 0);
}

static gboolean
accounts_is_prompt (const StressCell *cell)
{
  guint consumer = cell->level[STRESS_CONSUMER];
  return cell->level[STRESS_LATENESS] == 0
         && cell->level[STRESS_PREEMPTION] == 0 && cell->level[STRESS_WAIT] == 0
         && (consumer == STRESS_FAST || consumer == STRESS_HOLDING)
         && !accounts_waits_for_display (cell)
         && !stress_cell_delays_irqs (cell) && !accounts_resets_running (cell)
         && !accounts_is_lied_to (cell);
}

static AccountsKind
accounts_kind (const StressCell *cell)
{
  gboolean prompt = accounts_is_prompt (cell);

  if (accounts_is_steady (cell))
    return ACCOUNTS_STEADY;
  if (!prompt)
    return ACCOUNTS_SUM;
  return stress_cell_may_fail (cell) ? ACCOUNTS_HALTS : ACCOUNTS_PROMPT;
}

/* What a halted core missed is counted by the time of interrupts: of those that
 * somebody waits for, in a thread that keeps the CPU. */
static gboolean
accounts_times_halts (const StressCell *cell)
{
  return cell->level[STRESS_WAIT] == 0 && cell->level[STRESS_PREEMPTION] == 0
         && !stress_cell_delays_irqs (cell);
}

static const SimCoreTruth *
accounts_core (StressBench *bench)
{
  return sim_core_get_truth (bench->sim->core, VDMA_S2MM);
}

static guint64
accounts_generated (StressBench *bench)
{
  return sim_camera_get_truth (bench->sim->camera)->generated;
}

/* Frames of the camera that the core did not take, because it was halted. A ring
 * says nothing of them but DISCONT; single shots count them. */
static guint64
accounts_untaken (StressBench *bench)
{
  const SimCameraTruth *camera = sim_camera_get_truth (bench->sim->camera);
  guint64 untaken = accounts_core (bench)->frames_refused;
  for (guint i = 0; i < SIM_N_DROPS; i++)
    untaken += camera->dropped[i];
  return untaken;
}

void
stress_accounts_begin_run (
    StressBench *bench, StressAccounts *self, const VdmaChannelStats *stats)
{
  *self = (StressAccounts){
    .core = *accounts_core (bench),
    .generated = accounts_generated (bench),
    .stats = *stats,
    .untaken = accounts_untaken (bench),
  };
}

void
stress_accounts_look (StressBench *bench, StressAccounts *self)
{
  self->restarts = bench->restarts;
}

void
stress_accounts_arrive (StressBench *bench, StressAccounts *self,
    const VdmaChannelStats *stats, guint n)
{
  StressArrival arrival = {
    .restarts = self->restarts,
    .missed =
        accounts_untaken (bench) != self->untaken
        || stats->lost[VDMA_LOSS_HALTED] != self->stats.lost[VDMA_LOSS_HALTED],
  };

  for (; n > 0; n--)
    self->came[self->n_came++ % STRESS_MAX_WAITING] = arrival;
}

/* Returns: how often the core was halted between two frames, and some may be
 * missing: each was brought before the core ran again */
static guint64
accounts_halts (const StressArrival *first, const StressArrival *second)
{
  return second->missed ? second->restarts - first->restarts : 0;
}

void
stress_accounts_judge_step (StressBench *bench, StressAccounts *self,
    guint n_waiting, const VdmaFrameInfo *info, guint64 picture)
{
  const StressArrival *arrival =
      &self->came[(self->n_came - 1 - n_waiting) % STRESS_MAX_WAITING];
  guint64 numbers = info->number - self->number;
  guint64 pictures = picture - self->picture;
  guint64 wrong = (guint64) ABS ((gint64) (numbers - pictures));
  guint64 halts = accounts_halts (&self->arrival, arrival);

  if (accounts_kind (bench->cell) == ACCOUNTS_STEADY && self->stepped
      && (halts == 0 || accounts_times_halts (bench->cell)) && wrong > halts)
    stress_bench_unaccounted (bench, wrong,
        "frame %" G_GUINT64_FORMAT " (picture %" G_GUINT64_FORMAT
        ") follows frame %" G_GUINT64_FORMAT " (picture %" G_GUINT64_FORMAT ")",
        info->number, picture, self->number, self->picture);
  self->stepped = TRUE;
  self->number = info->number;
  self->picture = picture;
  self->arrival = *arrival;
}

static void
accounts_judge_sum (
    StressBench *bench, const VdmaChannelStats *stats, guint n_waiting)
{
  guint64 sum = stats->delivered + n_waiting;

  for (guint i = 0; i < VDMA_N_LOSSES; i++)
    sum += stats->lost[i];
  if (stats->frames != sum)
    stress_bench_unaccounted (bench,
        (guint64) ABS ((gint64) (stats->frames - sum)),
        "%" G_GUINT64_FORMAT " frames, but delivered, lost and waiting are "
        "%" G_GUINT64_FORMAT,
        stats->frames, sum);
}

/* Returns: how far @value is outside of [@least, @most] */
static guint64
accounts_distance (gint64 value, gint64 least, gint64 most)
{
  return (guint64) (value < least  ? least - value
                    : value > most ? value - most
                                   : 0);
}

/* A frame ended that no later one followed since the core was set running, on one
 * whose interrupt and whose pointer both come with the next one: nothing tells of it. */
static gboolean
accounts_hides_last (StressBench *bench)
{
  const StressCell *cell = bench->cell;
  return accounts_core (bench)->frames_done <= bench->restarted_at + 1
         && stress_cell_is_set (cell, "irq-phase", "next-frame-start")
         && stress_cell_is_set (cell, "frmstore-phase", "next-sof")
         && !stress_cell_is_set (cell, "first-sof-counts", "true");
}

/* Errors spoiled every probe: what the pointer says of the last frame at a stop is
 * not known. */
static gboolean
accounts_never_learned (const VdmaChannelStats *stats)
{
  return stats->lost[VDMA_LOSS_STARTUP] >= 3;
}

void
stress_accounts_judge_run (StressBench *bench, StressAccounts *self,
    const VdmaChannelStats *stats, guint n_waiting)
{
  const SimCoreTruth *core = accounts_core (bench);
  AccountsKind kind = accounts_kind (bench->cell);
  gint64 known = (gint64) (stats->frames - self->stats.frames)
                 - (gint64) (stats->lost[VDMA_LOSS_HALTED]
                             - self->stats.lost[VDMA_LOSS_HALTED]);
  gint64 done = (gint64) (core->frames_done - self->core.frames_done);
  gint64 cut = (gint64) (core->frames_short - self->core.frames_short);
  gint64 sent = (gint64) (accounts_generated (bench) - self->generated);
  gint64 least = done + cut, most = done + cut;

  accounts_judge_sum (bench, stats, n_waiting);
  if (kind == ACCOUNTS_SUM)
    return;
  if (accounts_hides_last (bench) || accounts_never_learned (stats))
    least--;
  if (kind == ACCOUNTS_HALTS)
    most += (gint64) (stats->errors - self->stats.errors);
  /* a size error in the probe: the frame was cut, or it was not */
  most += (gint64) (stats->lost[VDMA_LOSS_STARTUP]
                    - self->stats.lost[VDMA_LOSS_STARTUP]);
  bench->tally.exact += (guint64) known;
  guint64 wrong = accounts_distance (known, least, most);
  if (wrong > 0)
    stress_bench_unaccounted (bench, wrong,
        "a run of %" G_GINT64_FORMAT " frames by the driver's account, of "
        "%" G_GINT64_FORMAT " (%" G_GINT64_FORMAT " cut short) by the core's, "
        "of %" G_GINT64_FORMAT " sent",
        known, done + cut, cut, sent);
}
