/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Display: each accepted frame is shown whole, in order, for at least a frame
 * time, and given back only when the hardware has left it. */
#include "driver-knobs.h"

typedef struct {
  guint n_stores;
  guint cycle;   /* frames that take turns; 0: a new one each time */
  gint64 delay;  /* before every third service */
  gint64 phase;  /* from the service to the frame */
  guint pause;   /* services without a frame, now and then */
  gint64 active; /* of the display's period */
} Load;

typedef struct {
  DriverRig rig;
  VdmaChannel *channel;
  guint32 accepted;            /* pictures 0 up to here */
  RigFrame *frame[RIG_FRAMES]; /* of the cycle */
} Bench;

static void
bench_open (Bench *self, const KnobRow *row, const Load *load)
{
  driver_rig_init (&self->rig);
  driver_rig_set_knobs (&self->rig, row);
  self->rig.desc.n_stores = load->n_stores;
  self->rig.display_active = load->active;
  self->rig.source.silent = TRUE;
  driver_rig_open (&self->rig);
  self->channel = self->rig.channel[VDMA_MM2S];
  self->accepted = 0;
}

static void
bench_start (Bench *self)
{
  g_autoptr (GError) error = NULL;
  VdmaFrame frame = driver_rig_new_frame (&self->rig, self->accepted);

  self->frame[0] = frame.cookie;
  vdma_channel_start (self->channel, &frame, &error);
  g_assert_no_error (error);
}

/* The next frame: from the cycle if it is free already. */
static gboolean
bench_next_frame (Bench *self, const Load *load, VdmaFrame *frame)
{
  guint32 number = self->accepted + 1;

  if (load->cycle == 0) {
    *frame = driver_rig_new_frame (&self->rig, number);
    return TRUE;
  }
  RigFrame **slot = &self->frame[number % load->cycle];
  if (number < load->cycle) {
    *frame = driver_rig_new_frame (&self->rig, number);
    *slot = frame->cookie;
    return TRUE;
  }
  if ((*slot)->owner != RIG_FREE)
    return FALSE;
  driver_rig_draw (*slot, number);
  (*slot)->owner = RIG_DEVICE;
  *frame = (VdmaFrame){ .phys = (*slot)->phys, .cookie = *slot };
  return TRUE;
}

static void
bench_show (Bench *self, const Load *load)
{
  g_autoptr (GError) error = NULL;
  VdmaFrame frame;

  while (vdma_display_can_show (self->channel)
         && bench_next_frame (self, load, &frame)) {
    vdma_display_show (self->channel, &frame, &error);
    g_assert_no_error (error);
    self->accepted++;
  }
}

static void
bench_step (Bench *self, gint64 delay)
{
  g_autoptr (GError) error = NULL;
  VdmaWait result = vdma_channel_wait (
      self->channel, NULL, self->rig.now + 4 * RIG_PERIOD, &error);
  g_assert_cmpint (result, ==, VDMA_WAIT_READY);
  driver_rig_advance (&self->rig, delay);
  vdma_channel_service (self->channel, &error);
  g_assert_no_error (error);
}

static void
bench_run (Bench *self, const Load *load, guint services)
{
  for (guint i = 0; i < services; i++) {
    bench_step (self, i % 3 == 2 ? load->delay : 0);
    driver_rig_advance (&self->rig, load->phase);
    if (load->pause == 0 || i / load->pause % 2 == 0)
      bench_show (self, load);
  }
}

/* Pictures 0 to the last, none left out, none twice with another between. */
static void
assert_in_order (Bench *self, guint32 longest_step)
{
  const GArray *displayed = self->rig.displayed;
  guint32 last = 0;

  for (guint i = 0; i < displayed->len; i++) {
    guint32 number = g_array_index (displayed, guint32, i);
    g_assert_cmpuint (number, >=, last);
    g_assert_cmpuint (number - last, <=, longest_step);
    last = number;
  }
  g_assert_cmpuint (self->rig.torn, ==, 0);
  g_assert_cmpuint (self->rig.violations, ==, 0);
}

static guint32
bench_last (Bench *self)
{
  const GArray *displayed = self->rig.displayed;
  return g_array_index (displayed, guint32, displayed->len - 1);
}

static void
check_row (const KnobRow *row, const Load *load)
{
  g_autoptr (GError) error = NULL;
  VdmaChannelStats stats;
  Bench bench;

  bench_open (&bench, row, load);
  bench_start (&bench);
  bench_run (&bench, load, 60);
  vdma_channel_stop (bench.channel, &error);
  g_assert_no_error (error);
  vdma_channel_get_stats (bench.channel, &stats);
  if (g_test_verbose ())
    g_test_message (
        "%s, N=%u cycle=%u delay=%.1f phase=%.1f pause=%u: accepted "
        "%u displayed %u in %u frames",
        row->name, load->n_stores, load->cycle,
        (gdouble) load->delay / RIG_PERIOD, (gdouble) load->phase / RIG_PERIOD,
        load->pause, bench.accepted, bench_last (&bench),
        bench.rig.displayed->len);
  assert_in_order (&bench, 1);
  g_assert_cmpuint (stats.delivered, ==, bench.accepted + 1);
  g_assert_cmpuint (
      bench_last (&bench), >=, bench.accepted > 4 ? bench.accepted - 4 : 0);
  g_assert_cmpuint (bench.accepted, >=, 4);
  driver_rig_close (&bench.rig, 0);
}

static void
test_matrix (gconstpointer data)
{
  static const guint stores[] = { 1, 2, 3, 4, 5, 8, 32 };
  static const guint cycles[] = { 0, 2, 4, 6 };
  static const gint64 delays[] = { 0, RIG_PERIOD / 2, RIG_PERIOD,
    RIG_PERIOD * 22 / 10 };
  static const gint64 phases[] = { 0, RIG_PERIOD / 20, RIG_PERIOD / 2 };
  static const gint64 actives[] = { RIG_PERIOD * 3 / 4, RIG_PERIOD / 8 };

  guint n_actives = knob_row_is_about_time (data) ? G_N_ELEMENTS (actives) : 1;

  for (guint a = 0; a < n_actives; a++)
    for (guint n = 0; n < G_N_ELEMENTS (stores); n++)
      for (guint c = 0; c < G_N_ELEMENTS (cycles); c++)
        for (guint d = 0; d < G_N_ELEMENTS (delays); d++)
          for (guint p = 0; p < G_N_ELEMENTS (phases); p++)
            for (guint pause = 0; pause < 8; pause += 7) {
              Load load = { stores[n], cycles[c], delays[d], phases[p], pause,
                actives[a] };
              check_row (data, &load);
            }
}

/* ---- a thread that loses the processor anywhere ---- */

static void
check_stalls (
    const KnobRow *row, guint n_stores, guint cycle, guint32 bits, guint32 seed)
{
  Load load = {
    .n_stores = n_stores, .cycle = cycle, .active = RIG_PERIOD * 3 / 4
  };
  GRand *rand = g_rand_new_with_seed (seed);
  Bench bench;

  bench_open (&bench, row, &load);
  bench_start (&bench);
  bench.rig.stall_dir = VDMA_MM2S;
  for (guint i = 0; i < 200; i++) {
    if (i > 4 && i % 3 == 0) {
      bench.rig.stall_in = (guint) g_rand_int_range (rand, 1, 9);
      bench.rig.stall_ns = g_rand_int_range (rand, 1, 40) * RIG_PERIOD / 16 + 7;
      bench.rig.stall_bits = g_rand_int_range (rand, 0, 4) == 0 ? bits : 0;
    }
    bench_step (&bench, 0);
    bench_show (&bench, &load);
  }
  bench.rig.stall_in = 0;
  /* a frame that an error cut short was shown, but not to its end */
  assert_in_order (&bench, bits ? 2 : 1);
  g_assert_cmpuint (bench.accepted, >, 20);
  driver_rig_close (&bench.rig, 0);
  g_rand_free (rand);
}

static void
test_stalls (gconstpointer data)
{
  for (guint n = 1; n <= 6; n++) {
    for (guint cycle = 0; cycle <= 6; cycle += 3) {
      for (guint32 seed = 1; seed <= 4; seed++)
        check_stalls (data, n, cycle,
            seed % 2 ? VDMA_SR_SOF_EARLY | VDMA_SR_INT_ERR : 0, seed);
    }
  }
}

/* One new frame each frame time, within the budget of register accesses. */
static void
check_budget (guint n_stores, guint cycle, guint budget)
{
  Load load = {
    .n_stores = n_stores, .cycle = cycle, .active = RIG_PERIOD * 3 / 4
  };
  VdmaChannelStats before, after;
  Bench bench;

  bench_open (&bench, &knob_rows[0], &load);
  bench_start (&bench);
  bench_run (&bench, &load, 20);
  vdma_channel_get_stats (bench.channel, &before);
  guint32 accepted = bench.accepted;
  bench_run (&bench, &load, 64);
  vdma_channel_get_stats (bench.channel, &after);
  guint64 accesses = after.register_reads + after.register_writes
                     - before.register_reads - before.register_writes;
  g_test_message ("N=%u cycle=%u: %u frames, %.2f accesses each", n_stores,
      cycle, bench.accepted - accepted, (gdouble) accesses / 64);
  g_assert_cmpuint (bench.accepted - accepted, ==, 64);
  g_assert_cmpuint (accesses, <=, 64 * budget);
  if (cycle > 0)
    g_assert_cmpuint (after.commits, ==, before.commits);
  g_assert_cmpuint (after.repeated, ==, before.repeated);
  driver_rig_close (&bench.rig, 0);
}

static void
test_budget (void)
{
  for (guint n = 4; n <= 16; n++)
    check_budget (n, 0, 5); /* two for the address */
  for (guint n = 3; n <= 16; n++)
    check_budget (n, n, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/display/budget", test_budget);
  for (guint i = 0; i < n_knob_rows; i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/display/matrix/%s", knob_rows[i].name);
    g_autofree gchar *stalls =
        g_strdup_printf ("/display/stalls/%s", knob_rows[i].name);
    g_test_add_data_func (path, &knob_rows[i], test_matrix);
    if (knob_row_is_about_time (&knob_rows[i]))
      g_test_add_data_func (stalls, &knob_rows[i], test_stalls);
  }
  return g_test_run ();
}
