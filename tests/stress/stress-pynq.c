/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The negative control: capturing by PYNQ's rule, which hands out the store
 * (active + 2) % n (hardware.md section 4). It is a driver that looks right, so
 * a matrix that finds nothing in it finds nothing at all. */
#include "stress-cell.h"

#include "vdma-regs.h"
#include "vdma-util.h"

#define PYNQ_PATIENCE 20 /* waits for a frame */

typedef struct {
  StressBench bench;
  StressPool pool;
  VdmaRegs *regs;
  VdmaIrq *irq;
  guint n;
  StressFrame *store[VDMA_MAX_STORES];
  StressFrame *held; /* nullable */
  guint64 last_picture;
  gboolean has_last;
} PynqRun;

static guint32
pynq_read (PynqRun *self, guint offset)
{
  return vdma_regs_read (self->regs, VDMA_S2MM_BASE + offset);
}

static void
pynq_write (PynqRun *self, guint offset, guint32 value)
{
  vdma_regs_write (self->regs, VDMA_S2MM_BASE + offset, value);
}

static void
pynq_commit (PynqRun *self)
{
  vdma_regs_write (
      self->regs, VDMA_S2MM_PARAM_BASE + VDMA_VSIZE, self->bench.picture.vsize);
}

/* PYNQ knows 32 bits and 16 stores; so that the rule can be tried with more,
 * this knows both layouts. */
static void
pynq_set_address (PynqRun *self, guint store, StressFrame *frame)
{
  guint first = VDMA_S2MM_PARAM_BASE + VDMA_START_ADDRESS;

  self->store[store] = frame;
  if (self->bench.cell->level[STRESS_ADDRESS] != 0) {
    vdma_regs_write (self->regs, first + 8 * store, (guint32) frame->phys);
    vdma_regs_write (
        self->regs, first + 8 * store + 4, (guint32) (frame->phys >> 32));
    return;
  }
  if (self->n > VDMA_START_WORDS)
    pynq_write (self, VDMA_REG_INDEX, store / VDMA_START_WORDS);
  vdma_regs_write (self->regs, first + 4 * (store % VDMA_START_WORDS),
      (guint32) frame->phys);
}

static gboolean
pynq_new_frame (PynqRun *self, StressFrame **frame)
{
  *frame = stress_pool_get (&self->pool);
  if (!*frame)
    return FALSE;
  stress_frame_set_owner (*frame, STRESS_DRIVER);
  return TRUE;
}

static void
pynq_start (PynqRun *self)
{
  const StressPicture *picture = &self->bench.picture;
  StressFrame *frame;

  pynq_write (self, VDMA_CR, VDMA_CR_RESET);
  for (guint i = 0; i < 10; i++) {
    if (!(pynq_read (self, VDMA_CR) & VDMA_CR_RESET))
      break;
    sim_board_advance (self->bench.sim, VDMA_NSEC_PER_MSEC);
  }
  for (guint i = 0; i < self->n; i++) {
    if (pynq_new_frame (self, &frame))
      pynq_set_address (self, i, frame);
  }
  vdma_regs_write (self->regs, VDMA_VERT_FLIP, 0);
  vdma_regs_write (
      self->regs, VDMA_S2MM_PARAM_BASE + VDMA_HSIZE, picture->hsize);
  vdma_regs_write (
      self->regs, VDMA_S2MM_PARAM_BASE + VDMA_FRMDLY_STRIDE, picture->stride);
  pynq_write (self, VDMA_CR, 0x00011083);
  pynq_write (self, VDMA_SR, VDMA_SR_FRMCNT_IRQ);
  pynq_commit (self);
}

static gboolean
pynq_wait (PynqRun *self)
{
  VdmaTime *time = sim_board_get_time (self->bench.sim);
  GPollFD fd = { vdma_irq_get_fd (self->irq), G_IO_IN, 0 };
  guint64 count;

  for (guint i = 0; i < PYNQ_PATIENCE; i++) {
    if (pynq_read (self, VDMA_SR) & VDMA_SR_FRMCNT_IRQ)
      return TRUE;
    vdma_irq_arm (self->irq, NULL);
    vdma_time_wait (time, &fd, 1,
        stress_bench_now (&self->bench) + 2 * self->bench.period[VDMA_S2MM]);
    vdma_irq_consume (self->irq, &count, NULL);
  }
  return FALSE;
}

static void
pynq_judge (PynqRun *self, StressFrame *frame)
{
  guint64 picture;
  gboolean flipped;

  if (self->held)
    stress_frame_give_back (self->held);
  self->held = frame;
  if (!stress_frame_take (frame, FALSE, &picture, &flipped)) {
    stress_bench_torn (&self->bench, "a torn frame");
    return;
  }
  if (self->has_last && picture <= self->last_picture)
    stress_bench_torn (&self->bench,
        "picture %" G_GUINT64_FORMAT " after %" G_GUINT64_FORMAT, picture,
        self->last_picture);
  self->has_last = TRUE;
  self->last_picture = picture;
}

/* @delivers: frames from the time before the ring was full are not judged */
static void
pynq_read_frame (PynqRun *self, gboolean delivers)
{
  const guint32 errors = VDMA_SR_S2MM_SIZE_ERRORS;
  StressFrame *fresh;

  pynq_write (self, VDMA_SR, VDMA_SR_FRMCNT_IRQ);
  if (pynq_read (self, VDMA_SR) & errors)
    pynq_write (self, VDMA_SR, errors);
  pynq_write (self, VDMA_SR, 0x4090);
  guint active = VDMA_FIELD_GET (
      VDMA_PARK_WR_STORE, vdma_regs_read (self->regs, VDMA_PARK_PTR));
  guint previous = (active + 2) % self->n;
  StressFrame *done = self->store[previous];
  if (!pynq_new_frame (self, &fresh))
    return;
  pynq_set_address (self, previous, fresh);
  pynq_read (self, VDMA_SR);
  pynq_commit (self);
  pynq_write (self, VDMA_SR, 0x4090);
  if (delivers)
    pynq_judge (self, done);
  else
    stress_frame_set_owner (done, STRESS_CACHE);
}

static void
pynq_stop (PynqRun *self)
{
  pynq_write (self, VDMA_CR, VDMA_CR_RESET);
  sim_board_advance (self->bench.sim, VDMA_NSEC_PER_SEC);
  pynq_read (self, VDMA_CR);
  if (self->held)
    stress_frame_give_back (self->held);
}

static void
pynq_run (PynqRun *self, guint64 n_frames)
{
  StressBench *bench = &self->bench;
  guint warm_up = 2 * self->n + 4;

  pynq_start (self);
  for (guint64 i = 0; i < n_frames + warm_up && bench->tally.torn < 100; i++) {
    if (!pynq_wait (self)) {
      stress_bench_violation (bench, "no frames come");
      break;
    }
    stress_bench_be_late (bench, VDMA_S2MM);
    pynq_read_frame (self, i >= warm_up);
    if (bench->cell->level[STRESS_CONSUMER] == STRESS_SLOW)
      stress_bench_pass (bench, VDMA_S2MM, 40);
  }
  pynq_stop (self);
}

void
stress_cell_run_pynq (const StressCell *cell, guint64 n_frames,
    gboolean verbose, StressTally *tally, gchar **complaint)
{
  PynqRun self = { .bench.verbose = verbose };
  StressBench *bench = &self.bench;

  if (stress_bench_open (bench, cell, FALSE)) {
    self.n = stress_cell_stores (cell);
    self.regs = stress_bench_open_regs (bench);
    self.irq = sim_board_open_irq (bench->sim, VDMA_S2MM, NULL);
    if (stress_pool_fill (&self.pool, bench, self.n + 4, TRUE))
      pynq_run (&self, n_frames);
    vdma_irq_close (self.irq);
    vdma_regs_close (self.regs);
  }
  stress_pool_clear (&self.pool);
  stress_bench_close (bench);
  *tally = bench->tally;
  *complaint = bench->first_complaint;
}
