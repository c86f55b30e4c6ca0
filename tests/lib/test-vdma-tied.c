/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ties in trouble: modes that differ, a display that fails for good, a thread that
 * loses the processor while the display follows by itself. */
#include "driver-knobs.h"

#include "vdma-error.h"

#define TIED_UNWRITTEN 0xEEEEEEEE /* what memory has that nobody wrote to */

typedef struct {
  DriverRig rig;
  VdmaChannel *capture, *display;
  guint n_kept, keeps; /* frames that the application has, and likes to have */
  VdmaFrame kept[8];
  guint n_judged; /* of rig.displayed */
  gint64 late;    /* each fifth service */
  guint turn;
} Bench;

static void
bench_open (Bench *self, const KnobRow *row, guint n_stores)
{
  g_autoptr (GError) error = NULL;

  *self = (Bench){ .keeps = 0 };
  driver_rig_init (&self->rig);
  driver_rig_set_knobs (&self->rig, row);
  self->rig.desc.n_stores = n_stores;
  self->rig.desc.internal_genlock = TRUE;
  self->rig.desc.channel[VDMA_S2MM].genlock = VDMA_GENLOCK_MASTER;
  self->rig.desc.channel[VDMA_MM2S].genlock = VDMA_GENLOCK_SLAVE;
  self->rig.blind.follows = TRUE;
  driver_rig_open (&self->rig);
  self->capture = self->rig.channel[VDMA_S2MM];
  self->display = self->rig.channel[VDMA_MM2S];
  vdma_channel_tie (self->capture, self->display, &error);
  g_assert_no_error (error);
}

static void
bench_let_go (Bench *self)
{
  while (self->n_kept > 0)
    driver_rig_give_back (&self->rig, &self->kept[--self->n_kept]);
}

static void
bench_take (Bench *self)
{
  VdmaFrameInfo info;
  VdmaFrame frame;

  if (self->n_kept >= self->keeps)
    bench_let_go (self);
  while (self->n_kept < G_N_ELEMENTS (self->kept)
         && vdma_capture_take (self->capture, &frame, &info)) {
    if (info.flags & VDMA_FRAME_SHARED)
      driver_rig_share (&self->rig, &frame);
    else
      driver_rig_keep (&self->rig, &frame);
    self->kept[self->n_kept++] = frame;
  }
}

/* Whatever is shown was written, is whole, and nobody else's. */
static void
bench_judge (Bench *self)
{
  const GArray *displayed = self->rig.displayed;

  for (; self->n_judged < displayed->len; self->n_judged++)
    g_assert_cmphex (
        g_array_index (displayed, guint32, self->n_judged), !=, TIED_UNWRITTEN);
  g_assert_cmpuint (self->rig.torn + self->rig.violations, ==, 0);
}

static void
bench_step (Bench *self)
{
  g_autoptr (GError) error = NULL;

  vdma_channel_wait (
      self->capture, NULL, self->rig.now + 2 * RIG_PERIOD, &error);
  if (++self->turn % 5 == 0)
    driver_rig_advance (&self->rig, self->late);
  vdma_channel_service (self->capture, &error);
  g_assert_no_error (error);
  bench_take (self);
  bench_judge (self);
}

static void
bench_run (Bench *self, guint64 frames)
{
  guint64 end = self->rig.camera_frame + frames;

  while (self->rig.camera_frame < end)
    bench_step (self);
}

static void
bench_start (Bench *self)
{
  g_autoptr (GError) error = NULL;
  vdma_channel_start (self->capture, NULL, &error);
  g_assert_no_error (error);
}

static void
bench_stop (Bench *self)
{
  g_autoptr (GError) error = NULL;
  vdma_channel_stop (self->capture, &error);
  g_assert_no_error (error);
}

static void
bench_close (Bench *self)
{
  bench_stop (self);
  bench_let_go (self);
  g_assert_cmpuint (driver_rig_count (&self->rig, RIG_SHARED), ==, 0);
  driver_rig_close (&self->rig, 0);
}

/* ---- modes ---- */

/* A tie holds over a change of the modes; the display reads by its own. */
static void
test_modes (void)
{
  const VdmaMode mode = { RIG_HSIZE, RIG_VSIZE, RIG_STRIDE, RIG_PERIOD };
  VdmaMode others[] = { mode, mode, mode };
  Bench bench;

  others[0].hsize--;
  others[1].vsize--;
  others[2].stride++;
  bench_open (&bench, knob_rows, 5);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    for (VdmaDirection dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
      g_autoptr (GError) error = NULL;
      g_assert_true (
          vdma_channel_set_mode (bench.rig.channel[dir], &others[i], NULL));
      g_assert_false (vdma_channel_start (bench.capture, NULL, &error));
      g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
      g_assert_false (vdma_channel_is_running (bench.capture));
      g_assert_true (
          vdma_channel_set_mode (bench.rig.channel[dir], &mode, NULL));
    }
  bench_start (&bench);
  bench_run (&bench, 12);
  g_assert_cmpint (
      vdma_channel_get_tie_mode (bench.capture), ==, VDMA_TIE_GENLOCK);
  bench_close (&bench);
}

/* ---- a display that fails for good ---- */

/* It is left alone while this run of the capture lasts, and tried again in the next. */
static void
test_fails (gconstpointer data)
{
  guint n_stores = GPOINTER_TO_UINT (data);
  VdmaChannelStats stats;
  Bench bench;

  bench_open (&bench, knob_rows, n_stores);
  bench_start (&bench);
  bench_run (&bench, 12);
  g_assert_cmpint (
      vdma_channel_get_tie_mode (bench.capture), !=, VDMA_TIE_NONE);
  for (guint i = 0; vdma_channel_get_tie_mode (bench.capture) != VDMA_TIE_NONE;
       i++) {
    g_assert_cmpuint (i, <, 400);
    sim_core_inject (bench.rig.core, VDMA_MM2S, VDMA_SR_SLV_ERR);
    bench_step (&bench);
  }
  g_assert_false (vdma_channel_is_running (bench.display));
  guint shown = bench.rig.displayed->len;
  vdma_channel_get_stats (bench.display, &stats);
  guint64 accesses = stats.register_reads + stats.register_writes;
  bench_run (&bench, 60);
  vdma_channel_get_stats (bench.display, &stats);
  g_assert_cmpint (
      vdma_channel_get_tie_mode (bench.capture), ==, VDMA_TIE_NONE);
  g_assert_cmpuint (stats.register_reads + stats.register_writes, ==, accesses);
  g_assert_cmpuint (bench.rig.displayed->len, ==, shown);
  bench_stop (&bench);
  bench_start (&bench);
  bench_run (&bench, 24);
  g_assert_cmpint (
      vdma_channel_get_tie_mode (bench.capture), !=, VDMA_TIE_NONE);
  g_assert_cmpuint (bench.rig.displayed->len, >=, shown + 12);
  bench_close (&bench);
}

/* ---- the fewest stores ---- */

/* One frame in work lets a frame leave its store: it is looked for in mid-frame, so
 * that a service behind the next begin does not miss it. */
static void
check_fewest (const KnobRow *row, gint64 active, gint64 late)
{
  gboolean ahead = row->knobs.frmstore_phase == SIM_FRMSTORE_LAST_LINE;
  VdmaChannelStats before, after;
  Bench bench;

  bench_open (&bench, row, ahead ? 5 : 4);
  bench.rig.camera_active = active;
  bench.late = late;
  bench_start (&bench);
  bench_run (&bench, 16);
  vdma_channel_get_stats (bench.capture, &before);
  bench_run (&bench, 64);
  vdma_channel_get_stats (bench.capture, &after);
  g_assert_cmpuint (after.delivered, >=, before.delivered + 62);
  bench_close (&bench);
}

static void
test_fewest (gconstpointer data)
{
  for (gint64 active = 2; active < 16; active += 3)
    for (gint64 late = 0; late <= 6; late += 2)
      check_fewest (data, RIG_PERIOD * active / 16, RIG_PERIOD * late / 16);
}

/* ---- memory in doubt ---- */

/* A camera that is slower than the display has it show the same store again. */
static void
doubt_slow_down (Bench *self, gint64 period)
{
  VdmaMode mode = driver_rig_mode (&self->rig);

  mode.period = period;
  self->rig.camera_period = period;
  self->rig.camera_active = period * 3 / 4;
  g_assert_true (vdma_channel_set_mode (self->capture, &mode, NULL));
}

static void
doubt_run (Bench *self, GRand *rand, guint64 frames)
{
  guint64 end = self->rig.camera_frame + frames;

  while (self->rig.camera_frame < end) {
    if (g_rand_int_range (rand, 0, 3) == 0) {
      self->rig.stall_in = (guint) g_rand_int_range (rand, 1, 12);
      self->rig.stall_ns = g_rand_int_range (rand, 1, 100) * RIG_PERIOD / 16;
    }
    bench_step (self);
  }
}

static void
check_doubt (const KnobRow *row, guint n_stores, guint32 seed)
{
  GRand *rand = g_rand_new_with_seed (seed);
  Bench bench;

  bench_open (&bench, row, n_stores);
  bench.keeps = seed % 4;
  doubt_slow_down (&bench, RIG_PERIOD * (16 + seed % 5 * 5) / 16);
  for (guint run = 0; run < 8; run++) {
    bench_start (&bench);
    doubt_run (&bench, rand, run % 2 ? 10 : 30);
    bench.rig.stall_in = 0;
    bench_stop (&bench);
  }
  bench_close (&bench);
  g_rand_free (rand);
}

static void
test_doubt (gconstpointer data)
{
  const KnobRow *row = data;
  gboolean ahead = row->knobs.frmstore_phase == SIM_FRMSTORE_LAST_LINE;

  for (guint n = ahead ? 5 : 4; n <= 8; n++)
    for (guint32 seed = 1; seed <= 60; seed++)
      check_doubt (row, n, seed);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tied/modes", test_modes);
  g_test_add_data_func (
      "/tied/fails/genlock", GUINT_TO_POINTER (5), test_fails);
  g_test_add_data_func ("/tied/fails/show", GUINT_TO_POINTER (3), test_fails);
  for (guint i = 0; i < n_knob_rows; i++) {
    g_autofree gchar *doubt =
        g_strdup_printf ("/tied/doubt/%s", knob_rows[i].name);
    g_autofree gchar *fewest =
        g_strdup_printf ("/tied/fewest/%s", knob_rows[i].name);
    if (!knob_row_is_about_time (&knob_rows[i]))
      continue;
    g_test_add_data_func (fewest, &knob_rows[i], test_fewest);
    g_test_add_data_func (doubt, &knob_rows[i], test_doubt);
  }
  return g_test_run ();
}
