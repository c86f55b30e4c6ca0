/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any fault script on a simulated board at work: the parser takes it or says
 * why not, and whatever it makes go wrong, the board runs on, stops when it is
 * told to, and does nothing that its own judges forbid.
 *
 * The first byte chooses the board; the rest is the script. */
#include "fuzz.h"

#include <string.h>

#include "sim.h"
#include "vdma-regs.h"
#include "vdma-util.h"
#include "xlnk-backend.h"

#define FAULTS_STORES 3
#define FAULTS_HSIZE  64
#define FAULTS_VSIZE  8
#define FAULTS_FRAMES 24 /* that each script has to do its work */
#define FAULTS_PERIOD (VDMA_NSEC_PER_SEC / 60)
#define FAULTS_RESETS 4

static const gchar *const faults_boards[] = {
  "pace=virtual&stores=3",
  "pace=virtual&stores=3&stream=loop&coherency=strict",
  "pace=virtual&stores=3&stream=counter&reset-time=1000&flush-on-fsync=no",
  "pace=virtual&profile=P4&jitter=3000000&burst=3&irq-phase=next-frame-start",
};

static const struct {
  guint base, params;
} faults_ports[VDMA_N_DIRECTIONS] = {
  [VDMA_MM2S] = { VDMA_MM2S_BASE, VDMA_MM2S_PARAM_BASE },
  [VDMA_S2MM] = { VDMA_S2MM_BASE, VDMA_S2MM_PARAM_BASE },
};

typedef struct {
  SimBoard *board;
  VdmaRegs *regs;
  VdmaIrq *irq[VDMA_N_DIRECTIONS];
  XlnkAllocator *memory;
  XlnkBlock *block[FAULTS_STORES];
} Bench;

/* ---- the board ---- */

static void
bench_open (Bench *self, const gchar *options)
{
  *self = (Bench){ .board = sim_board_open ("fuzz", options, NULL) };
  g_assert_nonnull (self->board);
  self->regs = sim_board_open_regs (self->board);
  self->memory = xlnk_allocator_new (sim_board_open_memory (self->board, NULL));
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    self->irq[dir] =
        sim_board_open_irq (self->board, (VdmaDirection) dir, NULL);
    g_assert_nonnull (self->irq[dir]);
  }
  for (guint i = 0; i < FAULTS_STORES; i++) {
    self->block[i] = xlnk_alloc (self->memory, FAULTS_VSIZE, FAULTS_HSIZE, 0,
        XLNK_CACHEABLE, G_MAXUINT32, NULL);
    g_assert_nonnull (self->block[i]);
    xlnk_block_set_owner (self->block[i], XLNK_OWNER_DEVICE, TRUE, NULL);
  }
}

static void
bench_close (Bench *self)
{
  for (guint i = 0; i < FAULTS_STORES; i++) {
    xlnk_block_set_owner (self->block[i], XLNK_OWNER_APPLICATION, FALSE, NULL);
    xlnk_block_unref (self->block[i]);
  }
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    vdma_irq_close (self->irq[dir]);
  vdma_regs_close (self->regs);
  xlnk_allocator_unref (self->memory);
  sim_board_unref (self->board);
}

static void
bench_start (Bench *self, VdmaDirection dir)
{
  guint base = faults_ports[dir].base, params = faults_ports[dir].params;
  guint step = sim_board_get_desc (self->board)->addr_width > 32 ? 8 : 4;

  for (guint i = 0; i < FAULTS_STORES; i++)
    vdma_regs_write (self->regs, params + VDMA_START_ADDRESS + step * i,
        (guint32) xlnk_block_get_phys (self->block[i]));
  vdma_regs_write (self->regs, params + VDMA_FRMDLY_STRIDE, FAULTS_HSIZE);
  vdma_regs_write (self->regs, params + VDMA_HSIZE, FAULTS_HSIZE);
  vdma_regs_write (self->regs, base + VDMA_CR,
      VDMA_CR_RS | VDMA_CR_CIRCULAR | VDMA_CR_FRMCNT_IRQ_EN | VDMA_CR_ERR_IRQ_EN
          | VDMA_FIELD_PREP (VDMA_CR_IRQ_FRAME_COUNT, 1));
  vdma_regs_write (self->regs, params + VDMA_VSIZE, FAULTS_VSIZE);
}

/* ---- what a driver does about it, in short ---- */

static void
bench_serve (Bench *self, VdmaDirection dir)
{
  guint base = faults_ports[dir].base;
  guint64 count;
  guint32 status = vdma_regs_read (self->regs, base + VDMA_SR);

  g_assert_true (vdma_irq_consume (self->irq[dir], &count, NULL));
  vdma_regs_write (self->regs, base + VDMA_SR, status);
  if (status & VDMA_SR_HALTED) {
    vdma_regs_write (self->regs, base + VDMA_CR, VDMA_CR_RESET);
    for (guint i = 0; i < FAULTS_RESETS; i++)
      vdma_regs_read (self->regs, base + VDMA_CR);
    bench_start (self, dir);
  }
  g_assert_true (vdma_irq_arm (self->irq[dir], NULL));
}

/* An allocation fails with a sentence, or gives memory that can be used. */
static void
bench_alloc (Bench *self)
{
  GError *error = NULL;
  g_autoptr (XlnkBlock) block =
      xlnk_alloc (self->memory, 1, 1, 0, XLNK_CACHEABLE, G_MAXUINT64, &error);
  fuzz_check_error (block != NULL, error, TRUE);
}

static void
bench_run (Bench *self)
{
  for (guint i = 0; i < FAULTS_FRAMES; i++) {
    sim_board_advance (self->board, FAULTS_PERIOD / 2 + i);
    for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
      bench_serve (self, (VdmaDirection) dir);
    bench_alloc (self);
  }
}

/* The blocks are the device's all the time, so only what the script lets the
 * core read or write elsewhere could break a rule, and it cannot. */
static void
bench_check (Bench *self)
{
  SimTruth truth;

  sim_board_get_truth (self->board, &truth);
  g_assert_cmpuint (truth.violations, ==, 0);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    const SimChannelTruth *channel = &truth.channel[dir];
    g_assert_cmpuint (channel->frames_started, >=,
        channel->frames_done + channel->frames_short);
    g_assert_cmpuint (channel->frames_started, <=,
        channel->frames_done + channel->frames_short + 1);
  }
  const SimChannelTruth *s2mm = &truth.channel[VDMA_S2MM];
  g_assert_cmpuint (
      s2mm->frames_generated, ==, s2mm->frames_started + s2mm->frames_dropped);
}

void
fuzz_target_run (FuzzInput *in)
{
  const gchar *options =
      faults_boards[fuzz_below (in, G_N_ELEMENTS (faults_boards))];
  g_autofree gchar *script = fuzz_text (in, '\0');
  GError *error = NULL;
  Bench bench;

  if (script[0] == '@') /* the name of a file */
    return;
  bench_open (&bench, options);
  gboolean ok = sim_board_set_faults (bench.board, script, &error);
  fuzz_check_error (ok, error, g_utf8_validate (script, -1, NULL));
  if (ok) {
    bench_start (&bench, VDMA_S2MM);
    bench_start (&bench, VDMA_MM2S);
    bench_run (&bench);
    g_assert_true (sim_board_set_faults (bench.board, NULL, NULL));
    bench_run (&bench);
    bench_check (&bench);
  }
  bench_close (&bench);
}
