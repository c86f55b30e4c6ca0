/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of hardware.md 6.6 that are about the whole driver: T107, restarts
 * after random errors; T108, whose a frame is while its service is late. Named
 * like the core's rows: /vdma/T107/P2/..., in every position of the knobs. */
#include "driver-knobs.h"

typedef struct {
  DriverRig rig;
  guint64 taken;
  gint64 picture; /* of the last whole frame */
} Replay;

static void
replay_open (Replay *self, const KnobRow *row, guint n_stores)
{
  g_autoptr (GError) error = NULL;
  self->taken = 0;
  self->picture = -1;
  driver_rig_init (&self->rig);
  self->rig.desc.n_stores = n_stores;
  driver_rig_set_knobs (&self->rig, row);
  driver_rig_open (&self->rig);
  vdma_channel_start (self->rig.channel[VDMA_S2MM], NULL, &error);
  g_assert_no_error (error);
}

static void
replay_close (Replay *self)
{
  g_autoptr (GError) error = NULL;
  vdma_channel_stop (self->rig.channel[VDMA_S2MM], &error);
  g_assert_no_error (error);
  g_assert_cmpint (self->rig.violations, ==, 0);
  driver_rig_close (&self->rig, 0);
}

/* Returns: whether a frame came that nobody calls corrupt. Such a one is whole,
 * and newer than all before it. */
static gboolean
replay_take (Replay *self)
{
  VdmaFrame frame;
  VdmaFrameInfo info;
  gboolean good = FALSE;
  while (vdma_capture_take (self->rig.channel[VDMA_S2MM], &frame, &info)) {
    guint32 picture = driver_rig_picture (&frame);
    driver_rig_keep (&self->rig, &frame);
    if (!(info.flags & VDMA_FRAME_CORRUPT)) {
      g_assert_cmpuint (picture, !=, G_MAXUINT32);
      g_assert_cmpint (picture, >, self->picture);
      self->picture = picture;
      self->taken++;
      good = TRUE;
    }
    /* held for a while: it must not change in the application's hands */
    driver_rig_advance (&self->rig, RIG_PERIOD / 32);
    g_assert_cmpuint (driver_rig_picture (&frame), ==, picture);
    driver_rig_give_back (&self->rig, &frame);
  }
  return good;
}

static void
replay_service (Replay *self)
{
  g_autoptr (GError) error = NULL;
  VdmaChannel *channel = self->rig.channel[VDMA_S2MM];
  vdma_channel_wait (channel, NULL, self->rig.now + 4 * RIG_PERIOD, &error);
  g_assert_no_error (error);
  vdma_channel_service (channel, &error);
  g_assert_no_error (error);
}

/* ---- T107 ---- */

/* The errors of 6.5, by the status register, the source and the bus. */
static void
replay_break (Replay *self, GRand *rand)
{
  static const guint32 bits[] = { VDMA_SR_SOF_EARLY,
    VDMA_SR_SOF_LATE | VDMA_SR_INT_ERR, VDMA_SR_EOL_EARLY, VDMA_SR_EOL_LATE,
    VDMA_SR_INT_ERR, VDMA_SR_SLV_ERR, VDMA_SR_DEC_ERR };
  DriverRig *rig = &self->rig;
  guint what = (guint) g_rand_int_range (rand, 0, G_N_ELEMENTS (bits) + 3);

  driver_rig_advance (rig, g_rand_int_range (rand, 0, (gint32) RIG_PERIOD));
  if (what < G_N_ELEMENTS (bits)) {
    sim_core_inject (rig->core, VDMA_S2MM, bits[what]);
  } else if (what == G_N_ELEMENTS (bits)) {
    rig->source.lines = (guint) g_rand_int_range (rand, 1, 2 * RIG_VSIZE);
  } else if (what == G_N_ELEMENTS (bits) + 1) {
    rig->source.bytes = (guint) g_rand_int_range (rand, 1, 2 * RIG_HSIZE);
  } else {
    rig->fail_with = g_rand_boolean (rand) ? SIM_SLVERR : SIM_DECERR;
    rig->fail_writes = (guint64) g_rand_int_range (rand, 1, RIG_VSIZE);
  }
  driver_rig_advance (rig, g_rand_int_range (rand, 0, (gint32) RIG_PERIOD));
  rig->source.lines = RIG_VSIZE;
  rig->source.bytes = RIG_HSIZE;
  rig->fail_writes = 0;
}

static void
test_restarts (gconstpointer data)
{
  const guint n_iterations = data == knob_rows ? 1000 : 150;
  const guint most_services = 40;
  g_autoptr (GRand) rand = g_rand_new_with_seed (107);
  VdmaChannelStats stats;
  Replay replay;

  replay_open (&replay, data, 4);
  /* of what begins between two errors that one service finds nothing tells */
  replay.rig.blind.under = n_iterations / 100;
  for (guint i = 0; i < n_iterations; i++) {
    guint services = 0, n_good = 0;
    while (n_good < 2) {
      replay_service (&replay);
      n_good += replay_take (&replay);
      g_assert_cmpuint (++services, <, most_services);
    }
    replay_break (&replay, rand);
  }
  vdma_channel_get_stats (replay.rig.channel[VDMA_S2MM], &stats);
  g_assert_cmpuint (stats.errors, >=, n_iterations / 2);
  g_assert_cmpuint (stats.recoveries, >=, n_iterations / 5);
  g_assert_cmpuint (replay.taken, >=, 2 * n_iterations);
  replay_close (&replay);
}

/* ---- T108 ---- */

static void
test_ownership (gconstpointer data)
{
  for (guint n_stores = 3; n_stores <= 4; n_stores++) {
    g_autoptr (GRand) rand = g_rand_new_with_seed (108 + n_stores);
    VdmaChannelStats stats;
    Replay replay;

    replay_open (&replay, data, n_stores);
    for (guint i = 0; i < 500; i++) {
      driver_rig_advance (
          &replay.rig, g_rand_int_range (rand, 0, 3 * (gint32) RIG_PERIOD));
      replay_service (&replay);
      replay_take (&replay);
    }
    vdma_channel_get_stats (replay.rig.channel[VDMA_S2MM], &stats);
    guint64 sum = stats.delivered;
    for (guint i = 0; i < VDMA_N_LOSSES; i++)
      sum += stats.lost[i];
    g_assert_cmpuint (stats.frames, ==, sum);
    g_assert_cmpuint (stats.lost[VDMA_LOSS_LATE], >, 0);
    g_assert_cmpuint (replay.taken, >, 100);
    replay_close (&replay);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < n_knob_rows; i++) {
    g_autofree gchar *restarts =
        g_strdup_printf ("/vdma/T107/P2/%s", knob_rows[i].name);
    g_autofree gchar *ownership =
        g_strdup_printf ("/vdma/T108/P2/%s", knob_rows[i].name);
    g_test_add_data_func (restarts, &knob_rows[i], test_restarts);
    g_test_add_data_func (ownership, &knob_rows[i], test_ownership);
  }
  return g_test_run ();
}
