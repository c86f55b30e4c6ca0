/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stress-bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "vdma-regs.h"
#include "vdma-util.h"

#define BENCH_FPS 60

void
stress_tally_add (StressTally *self, const StressTally *other)
{
  self->frames += other->frames;
  self->torn += other->torn;
  self->violations += other->violations;
  self->coherency += other->coherency;
  self->unaccounted += other->unaccounted;
  self->exact += other->exact;
}

gboolean
stress_tally_is_clean (const StressTally *self)
{
  return self->torn + self->violations + self->coherency + self->unaccounted
         == 0;
}

/* ---- findings ---- */

/* One thread has the board: findings may come from inside it, lock held. */
gint64
stress_bench_now (StressBench *self)
{
  return self->sim ? self->sim->now : 0;
}

static void G_GNUC_PRINTF (2, 0)
    bench_tell (StressBench *self, const gchar *format, va_list args)
{
  g_autofree gchar *text = g_strdup_vprintf (format, args);
  g_autofree gchar *line = g_strdup_printf ("%.6f s: %s",
      (gdouble) stress_bench_now (self) / VDMA_NSEC_PER_SEC, text);
  if (self->verbose)
    printf ("  %s\n", line);
  if (!self->first_complaint)
    self->first_complaint = g_steal_pointer (&line);
}

#define BENCH_TELL(self, format)                                               \
  G_STMT_START                                                                 \
  {                                                                            \
    va_list args;                                                              \
    va_start (args, format);                                                   \
    bench_tell (self, format, args);                                           \
    va_end (args);                                                             \
  }                                                                            \
  G_STMT_END

void
stress_bench_torn (StressBench *self, const gchar *format, ...)
{
  self->tally.torn++;
  BENCH_TELL (self, format);
}

void
stress_bench_violation (StressBench *self, const gchar *format, ...)
{
  self->tally.violations++;
  BENCH_TELL (self, format);
}

void
stress_bench_unaccounted (
    StressBench *self, guint64 n, const gchar *format, ...)
{
  self->tally.unaccounted += n;
  BENCH_TELL (self, format);
}

void
stress_bench_note (StressBench *self, const gchar *format, ...)
{
  va_list args;
  if (!self->verbose)
    return;
  va_start (args, format);
  g_autofree gchar *text = g_strdup_vprintf (format, args);
  va_end (args);
  printf ("  %.6f s: %s\n",
      (gdouble) stress_bench_now (self) / VDMA_NSEC_PER_SEC, text);
}

/* ---- time ---- */

void
stress_bench_pass (StressBench *self, VdmaDirection dir, guint sixteenths)
{
  if (sixteenths == 0)
    return;
  gint64 most = self->period[dir] * sixteenths / 16;
  sim_board_advance (self->sim,
      (gint64) (stress_random (&self->random) % ((guint64) most + 1)));
}

void
stress_bench_be_late (StressBench *self, VdmaDirection dir)
{
  if (!self->calm)
    stress_bench_pass (self, dir,
        (guint) atoi (stress_cell_get (self->cell, STRESS_LATENESS)));
}

gboolean
stress_bench_wait (StressBench *self, VdmaChannel *channel, gint64 deadline)
{
  g_autoptr (GError) error = NULL;
  VdmaWait result = vdma_channel_wait (channel, NULL, deadline, &error);

  if (result != VDMA_WAIT_READY && result != VDMA_WAIT_TIMEOUT)
    stress_bench_violation (
        self, "wait: %s", error ? error->message : "cancelled by nobody");
  return result == VDMA_WAIT_READY;
}

/* ---- registers: the thread that uses them may lose the CPU at any time ---- */

typedef struct {
  VdmaRegs base;
  VdmaRegs *inner;
  StressBench *bench;
  guint sixteenths;
  guint rarity;
} BenchRegs;

static void
bench_preempt (BenchRegs *self)
{
  StressBench *bench = self->bench;
  if (self->sixteenths == 0 || bench->calm
      || stress_below (&bench->random, self->rarity) != 0)
    return;
  stress_bench_pass (bench, VDMA_S2MM, self->sixteenths);
}

static guint32
bench_regs_read (VdmaRegs *regs, guint offset)
{
  BenchRegs *self = (BenchRegs *) regs;
  bench_preempt (self);
  guint32 value = vdma_regs_read (self->inner, offset);
  stress_bench_note (self->bench, "R %02x %08x", offset, value);
  return value;
}

static void
bench_note_restart (StressBench *bench)
{
  bench->restarts++;
  bench->restarted_at =
      sim_core_get_truth (bench->sim->core, VDMA_S2MM)->frames_done;
}

static void
bench_regs_write (VdmaRegs *regs, guint offset, guint32 value)
{
  BenchRegs *self = (BenchRegs *) regs;
  bench_preempt (self);
  stress_bench_note (self->bench, "W %02x %08x", offset, value);
  if (offset == VDMA_S2MM_BASE + VDMA_CR && (value & VDMA_CR_RS))
    bench_note_restart (self->bench);
  vdma_regs_write (self->inner, offset, value);
}

static void
bench_regs_close (VdmaRegs *regs)
{
  BenchRegs *self = (BenchRegs *) regs;
  vdma_regs_close (self->inner);
  g_free (self);
}

static const VdmaRegsImpl bench_regs_impl = {
  .name = "stress",
  .read32 = bench_regs_read,
  .write32 = bench_regs_write,
  .close = bench_regs_close,
};

VdmaRegs *
stress_bench_open_regs (StressBench *bench)
{
  BenchRegs *self = g_new0 (BenchRegs, 1);
  self->base.impl = &bench_regs_impl;
  self->inner = sim_board_open_regs (bench->sim);
  self->base.span = self->inner->span;
  self->bench = bench;
  self->sixteenths =
      (guint) atoi (stress_cell_get (bench->cell, STRESS_PREEMPTION));
  self->rarity = 20 + self->sixteenths;
  return &self->base;
}

/* ---- life ---- */

static gboolean
bench_open_device (StressBench *self, GError **error)
{
  VdmaIrq *irqs[VDMA_N_DIRECTIONS];

  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    irqs[dir] = sim_board_open_irq (self->sim, (VdmaDirection) dir, error);
    g_assert (irqs[dir]);
  }
  self->device = vdma_device_open (sim_board_get_desc (self->sim),
      stress_bench_open_regs (self), irqs, sim_board_get_time (self->sim),
      error);
  return self->device != NULL;
}

static gboolean
bench_open_board (StressBench *self, gboolean with_driver, GError **error)
{
  g_autofree gchar *options = stress_cell_options (self->cell);
  g_autofree gchar *faults = stress_cell_faults (self->cell);

  stress_bench_note (self, "%s", options);
  self->sim = sim_board_open ("stress", options, error);
  if (!self->sim)
    return FALSE;
  XlnkBackend *backend = sim_board_open_memory (self->sim, error);
  if (!backend)
    return FALSE;
  self->memory = xlnk_allocator_new (backend);
  return (!with_driver || bench_open_device (self, error))
         && sim_board_set_faults (self->sim, faults, error);
}

static gint64
bench_period (guint fps)
{
  return VDMA_NSEC_PER_SEC / fps;
}

gboolean
stress_bench_open (
    StressBench *self, const StressCell *cell, gboolean with_driver)
{
  g_autoptr (GError) error = NULL;

  self->cell = cell;
  self->random = (StressRandom){ .seed = cell->seed };
  sscanf (stress_cell_get (cell, STRESS_PICTURE), "%ux%u+%u",
      &self->picture.hsize, &self->picture.vsize, &self->picture.stride);
  self->picture.stride += self->picture.hsize;
  self->period[VDMA_S2MM] = bench_period (BENCH_FPS);
  self->period[VDMA_MM2S] = bench_period (BENCH_FPS);
  if (stress_cell_has_rates (cell))
    self->period[VDMA_MM2S] =
        bench_period ((guint) atoi (stress_cell_get (cell, STRESS_RATES)));
  if (bench_open_board (self, with_driver, &error))
    return TRUE;
  self->tally.violations++;
  self->first_complaint = g_strdup_printf ("open: %s", error->message);
  return FALSE;
}

static void
bench_read_verdicts (StressBench *self)
{
  SimTruth truth;

  sim_board_get_truth (self->sim, &truth);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    self->tally.frames += truth.channel[dir].frames_done;
  self->tally.violations += truth.violations + truth.undefined_uses;
  self->tally.coherency += truth.coherency_reports;
  for (guint i = 0; i < (self->verbose ? 20 : 1); i++) {
    g_autofree gchar *report = sim_board_get_report (self->sim, i);
    if (report && self->verbose)
      printf ("  board: %s\n", report);
    if (report && !self->first_complaint)
      self->first_complaint = g_steal_pointer (&report);
  }
}

void
stress_bench_close (StressBench *self)
{
  if (self->sim)
    bench_read_verdicts (self);
  vdma_device_unref (self->device);
  xlnk_allocator_unref (self->memory);
  sim_board_unref (self->sim);
  self->device = NULL;
  self->memory = NULL;
  self->sim = NULL;
}
