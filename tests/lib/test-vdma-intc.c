/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Captures and displays of a simulated core whose interrupts go into an AXI
 * interrupt controller: the driver takes each frame by its interrupt, whatever
 * the controller makes of a level, and although both channels share a line. */
#include <string.h>

#include "driver-rig.h"
#include "intc-rig.h"
#include "io-intc.h"
#include "vdma-private.h"

#define N_FRAMES   60
#define N_ACCESSES 14 /* of a service: more than there are */
#define INPUT      3  /* MM2S's; S2MM's is the next */

typedef struct {
  DriverRig *rig;
  guint channel; /* offset of its registers */
} BenchLine;

typedef struct {
  DriverRig rig;
  IntcRig intc;
  gboolean looks;
  BenchLine line[VDMA_N_DIRECTIONS];
} Bench;

/* ---- wires ---- */

static gboolean
bench_line_is_high (gpointer data)
{
  const BenchLine *line = data;
  VdmaRegs *regs = &line->rig->regs->base;
  return (vdma_regs_read (regs, line->channel + VDMA_SR)
             & vdma_regs_read (regs, line->channel + VDMA_CR) & VDMA_SR_IRQS)
         != 0;
}

static VdmaIrq *
bench_open_irq (gpointer data, VdmaDirection dir)
{
  Bench *self = data;
  g_autoptr (GError) error = NULL;
  const VdmaIntcInput input = {
    .number = INPUT + dir,
    .is_high = self->looks ? bench_line_is_high : NULL,
    .data = &self->line[dir],
    .what = "'bench'",
  };
  VdmaIrq *irq = vdma_intc_open_irq (intc_rig_open_line (&self->intc),
      intc_rig_open_regs (&self->intc), &input, &error);
  g_assert_no_error (error);
  return irq;
}

static void
bench_set_level (gpointer data, VdmaDirection dir, gboolean level)
{
  intc_rig_set_pin (&((Bench *) data)->intc, INPUT + dir, level);
}

static void
bench_advance (gpointer data, gint64 now)
{
  intc_rig_set_time (&((Bench *) data)->intc, now);
}

static const RigWires bench_wires = {
  .open = bench_open_irq,
  .set = bench_set_level,
  .advance = bench_advance,
};

/* ---- a day at work ---- */

static void
bench_open (Bench *self, const IntcRigKind *kind)
{
  memset (self, 0, sizeof *self);
  intc_rig_init (&self->intc, 8, kind->built);
  self->looks = kind->looks;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    self->line[dir] = (BenchLine){ &self->rig,
      dir == VDMA_S2MM ? VDMA_S2MM_BASE : VDMA_MM2S_BASE };
  }
  driver_rig_init (&self->rig);
  self->rig.wires = &bench_wires;
  self->rig.wires_data = self;
  driver_rig_open (&self->rig);
}

static void
bench_close (Bench *self)
{
  g_assert_cmpint (self->rig.violations, ==, 0);
  driver_rig_close (&self->rig, 0);
  g_assert_cmphex (self->intc.model.ier, ==, 0);
}

/* Returns: pictures taken; none waited for anything but its interrupt */
static guint
bench_service_capture (Bench *self)
{
  g_autoptr (GError) error = NULL;
  VdmaChannel *ch = self->rig.channel[VDMA_S2MM];

  VdmaWait wait =
      vdma_channel_wait (ch, NULL, self->rig.now + 4 * RIG_PERIOD, &error);
  g_assert_cmpint (wait, ==, VDMA_WAIT_READY);
  g_assert_cmpuint (ch->lost_interrupts, ==, 0);
  driver_rig_service (&self->rig, VDMA_S2MM);
  return driver_rig_take (&self->rig, G_MAXUINT);
}

static void
test_capture (gconstpointer data)
{
  Bench self;
  VdmaChannelStats stats;
  guint n = 0;

  bench_open (&self, data);
  driver_rig_start_capture (&self.rig);
  guint64 fired = self.intc.n_fired;
  while (n < N_FRAMES)
    n += bench_service_capture (&self);
  vdma_channel_get_stats (self.rig.channel[VDMA_S2MM], &stats);
  g_test_message ("%u frames, %" G_GUINT64_FORMAT " interrupts", n,
      self.intc.n_fired - fired);
  g_assert_cmpuint (self.intc.n_fired - fired, <=, N_FRAMES + 6);
  g_assert_cmpuint (stats.lost[VDMA_LOSS_LATE], ==, 0);
  g_assert_cmpuint (stats.lost[VDMA_LOSS_UNPROVABLE], ==, 0);
  bench_close (&self);
}

/* Both channels by one thread, each waking for the other. */
static void
test_both (gconstpointer data)
{
  Bench self;
  guint n = 0;

  bench_open (&self, data);
  VdmaChannel *display = self.rig.channel[VDMA_MM2S];
  driver_rig_start_display (&self.rig, 0);
  driver_rig_start_capture (&self.rig);
  guint64 fired = self.intc.n_fired;
  for (guint32 shown = 1; n < N_FRAMES;) {
    GPollFD fd = { vdma_irq_get_fd (display->irq), G_IO_IN, 0 };
    n += bench_service_capture (&self);
    if (g_poll (&fd, 1, 0) == 0)
      continue;
    driver_rig_service (&self.rig, VDMA_MM2S);
    if (vdma_display_can_show (display))
      driver_rig_show (&self.rig, shown++);
  }
  g_test_message ("%u and %u frames, %" G_GUINT64_FORMAT " interrupts", n,
      self.rig.displayed->len, self.intc.n_fired - fired);
  g_assert_cmpuint (self.rig.torn, ==, 0);
  g_assert_cmpuint (self.rig.displayed->len, >=, N_FRAMES - 3);
  g_assert_cmpuint (self.intc.n_fired - fired, <=, 5 * N_FRAMES / 2);
  bench_close (&self);
}

/* An error comes up in the middle of a service, before any of its accesses: on
 * an edge input, between the read of the flags and their clear, there is no
 * further edge. No interrupt is waited for in vain. */
static void
test_errors (gconstpointer data)
{
  for (guint at = 1; at <= N_ACCESSES; at++) {
    Bench self;
    guint n = 0;
    bench_open (&self, data);
    driver_rig_start_capture (&self.rig);
    for (guint i = 0; n < N_FRAMES; i++) {
      if (i % 7 == 6) {
        self.rig.stall_in = at;
        self.rig.stall_ns = 2000;
        self.rig.stall_dir = VDMA_S2MM;
        self.rig.stall_bits = VDMA_SR_EOL_EARLY;
      }
      n += bench_service_capture (&self);
      self.rig.stall_in = 0;
    }
    bench_close (&self);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  intc_rig_add_test ("/vdma-intc/capture", test_capture);
  intc_rig_add_test ("/vdma-intc/both", test_both);
  intc_rig_add_test ("/vdma-intc/errors", test_errors);
  return g_test_run ();
}
