/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The timer that stands for an interrupt, on sources of every kind: how many
 * looks a frame it takes, and how long behind a frame's end it looks. */
#include "hand-clock.h"
#include "io-timer.h"
#include "vdma-util.h"

#define MSEC VDMA_NSEC_PER_MSEC

/* A source, and what changes in the middle of its run. */
typedef struct {
  const gchar *name;
  gint64 told;        /* period that the driver tells */
  gint64 period;      /* that is true */
  gint64 jitter;      /* of each frame's end, up to */
  gint64 then;        /* period after the change; 0: the same */
  gint64 pause;       /* without frames */
  gint64 late;        /* how late the thread serves every 10th frame */
  gdouble most_looks; /* a frame */
  gdouble most_delay; /* parts of a frame time */
} Source;

static const Source sources[] = {
  { .name = "steady",
      .told = 16666666,
      .period = 16666666,
      .most_looks = 1.1,
      .most_delay = 0.02 },
  { .name = "clocks apart",
      .told = 16666666,
      .period = 16671666,
      .most_looks = 1.1,
      .most_delay = 0.02 },
  { .name = "unknown",
      .told = 0,
      .period = 40 * MSEC,
      .most_looks = 1.1,
      .most_delay = 0.02 },
  { .name = "told half",
      .told = 20 * MSEC,
      .period = 40 * MSEC,
      .most_looks = 1.1,
      .most_delay = 0.02 },
  { .name = "told double",
      .told = 40 * MSEC,
      .period = 20 * MSEC,
      .most_looks = 1.1,
      .most_delay = 0.02 },
  { .name = "slower",
      .told = 20 * MSEC,
      .period = 20 * MSEC,
      .then = 33 * MSEC,
      .most_looks = 1.2,
      .most_delay = 0.02 },
  { .name = "faster",
      .told = 33 * MSEC,
      .period = 33 * MSEC,
      .then = 20 * MSEC,
      .most_looks = 1.2,
      .most_delay = 0.02 },
  { .name = "twice as fast",
      .told = 40 * MSEC,
      .period = 40 * MSEC,
      .then = 20 * MSEC,
      .most_looks = 1.2,
      .most_delay = 0.02 },
  { .name = "paused",
      .told = 16666666,
      .period = 16666666,
      .pause = 123456789,
      .most_looks = 1.1,
      .most_delay = 0.02 },
  { .name = "jitter",
      .told = 16666666,
      .period = 16666666,
      .jitter = MSEC,
      .most_looks = 1.8,
      .most_delay = 0.1 },
  { .name = "late thread",
      .told = 16666666,
      .period = 16666666,
      .late = 12 * MSEC,
      .most_looks = 1.2,
      .most_delay = 0.1 },
  { .name = "very late thread",
      .told = 16666666,
      .period = 16666666,
      .late = 40 * MSEC,
      .most_looks = 1.4,
      .most_delay = 0.4 },
};

typedef struct {
  const Source *source;
  HandClock clock;
  VdmaIrq *irq;
  GRand *random;
  gint64 nominal; /* end of the frame in work, but for its jitter */
  gint64 end;
  gint64 period;
  guint looks, frames, misses;
  gint64 delay; /* sum */
} Run;

static void
run_next_frame (Run *self)
{
  gint64 jitter = self->source->jitter;
  self->nominal += self->period;
  self->end =
      self->nominal
      + (jitter ? g_rand_int_range (self->random, 0, (gint) jitter) : 0);
}

static void
run_look (Run *self)
{
  g_autoptr (GError) error = NULL;
  guint64 count;

  g_assert_cmpint (self->clock.alarm, <, G_MAXINT64);
  self->clock.now = MAX (self->clock.now, self->clock.alarm);
  self->looks++;
  if (self->frames % 10 == 9)
    self->clock.now += self->source->late;
  g_assert_true (vdma_irq_consume (self->irq, &count, &error));
  g_assert_cmpuint (count, ==, 1);
  gint64 now = self->clock.now;
  gboolean found = self->end <= now;
  if (found) {
    self->delay += now - self->end;
    self->frames++;
  }
  /* those that one look finds together */
  for (guint i = 0; found && self->end <= now; i++) {
    self->misses += i > 0;
    run_next_frame (self);
  }
  vdma_irq_tell (self->irq, found ? VDMA_IRQ_FRAME : VDMA_IRQ_NO_FRAME, now);
  g_assert_true (vdma_irq_arm (self->irq, &error));
}

static void
run_frames (Run *self, guint n)
{
  guint limit = self->looks + 100 * n;
  for (guint end = self->frames + n; self->frames < end;) {
    run_look (self);
    g_assert_cmpuint (self->looks, <, limit);
  }
}

static void
test_source (gconstpointer data)
{
  const Source *source = data;
  g_autoptr (GError) error = NULL;
  Run run = { .source = source, .period = source->period };

  hand_clock_init (&run.clock);
  run.random = g_rand_new_with_seed (7);
  run.irq = vdma_timer_irq_new (&run.clock.base, &error);
  g_assert_no_error (error);
  run.nominal = run.clock.now + 3 * MSEC;
  run_next_frame (&run);
  vdma_irq_tell (run.irq, VDMA_IRQ_BEGIN, source->told);
  g_assert_true (vdma_irq_arm (run.irq, &error));
  run_frames (&run, 100);

  if (source->then)
    run.period = source->then;
  run.nominal += source->pause;
  run.end += source->pause;
  run_frames (&run, 100);

  run.looks = run.frames = run.misses = 0;
  run.delay = 0;
  run_frames (&run, 2000);
  gdouble looks = (gdouble) run.looks / run.frames;
  gdouble delay = (gdouble) run.delay / run.frames / (gdouble) run.period;
  g_test_message ("%s: %.3f looks a frame, %.4f of a frame time behind, %u "
                  "missed",
      source->name, looks, delay, run.misses);
  g_assert_cmpfloat (looks, <, source->most_looks);
  g_assert_cmpfloat (delay, <, source->most_delay);
  if (source->late < source->period)
    g_assert_cmpuint (run.misses, ==, 0);

  vdma_irq_tell (run.irq, VDMA_IRQ_END, 0);
  g_assert_cmpint (run.clock.alarm, ==, G_MAXINT64);
  g_assert_true (vdma_irq_arm (run.irq, &error));
  g_assert_cmpint (run.clock.alarm, ==, G_MAXINT64);
  vdma_irq_close (run.irq);
  g_rand_free (run.random);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++) {
    g_autofree gchar *path =
        g_strdelimit (g_strdup_printf ("/timer/%s", sources[i].name), " ", '-');
    g_test_add_data_func (path, &sources[i], test_source);
  }
  return g_test_run ();
}
