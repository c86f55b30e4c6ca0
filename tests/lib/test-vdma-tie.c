/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A display tied to a capture shows every picture whole, in order and in time,
 * whatever the application takes, and never memory of somebody else. */
#include "driver-knobs.h"

#define TIE_FRAMES 48
#define TIE_KEPT   3
#define TIE_LAG    3 /* by genlock: two behind a picture at its end, at most */

/** Taker: what the application does with the frames. */
typedef enum {
  TAKES_NONE, /* there is no frame that it could take */
  TAKES_ALL,
  TAKES_SOME,
  KEEPS_SOME, /* over some frame times */
  N_TAKERS,
} Taker;

typedef struct {
  const gchar *name;
  gboolean wired;
  VdmaGenlockMode s2mm, mm2s;
} Pair;

static const Pair pairs[] = {
  { "static", TRUE, VDMA_GENLOCK_MASTER, VDMA_GENLOCK_SLAVE },
  { "dynamic", TRUE, VDMA_GENLOCK_DYNAMIC_MASTER, VDMA_GENLOCK_DYNAMIC_SLAVE },
  { "reverse", TRUE, VDMA_GENLOCK_SLAVE, VDMA_GENLOCK_MASTER },
  { "none", FALSE, VDMA_GENLOCK_MASTER, VDMA_GENLOCK_SLAVE },
};

typedef struct {
  guint n_stores;
  const Pair *pair;
  Taker taker;
  gint64 delay; /* before every fifth service */
  gint64 phase; /* of the display */
} Load;

typedef struct {
  DriverRig rig;
  VdmaChannel *capture, *display;
  guint n_kept;
  VdmaFrame kept[TIE_KEPT];
  guint32 kept_picture[TIE_KEPT];
  guint n_taken;
  guint n_judged; /* of rig.displayed */
  guint32 last;
} Bench;

static void
bench_open (Bench *self, const KnobRow *row, const Load *load)
{
  *self = (Bench){ .n_kept = 0 };
  driver_rig_init (&self->rig);
  driver_rig_set_knobs (&self->rig, row);
  self->rig.desc.n_stores = load->n_stores;
  self->rig.desc.internal_genlock = load->pair->wired;
  self->rig.display_next += load->phase;
  self->rig.desc.channel[VDMA_S2MM].genlock = load->pair->s2mm;
  self->rig.desc.channel[VDMA_MM2S].genlock = load->pair->mm2s;
  self->rig.blind.follows = load->pair->wired;
  driver_rig_open (&self->rig);
  self->capture = self->rig.channel[VDMA_S2MM];
  self->display = self->rig.channel[VDMA_MM2S];
}

static void
bench_tie (Bench *self)
{
  g_autoptr (GError) error = NULL;
  vdma_channel_tie (self->capture, self->display, &error);
  g_assert_no_error (error);
  driver_rig_start_capture (&self->rig);
}

static void
bench_let_go (Bench *self)
{
  self->n_kept--;
  g_assert_cmpuint (driver_rig_picture (&self->kept[self->n_kept]), ==,
      self->kept_picture[self->n_kept]);
  driver_rig_give_back (&self->rig, &self->kept[self->n_kept]);
}

static void
bench_take_one (Bench *self, VdmaFrame *frame, const VdmaFrameInfo *info)
{
  guint32 picture = driver_rig_picture (frame);

  g_assert_cmpuint (picture, !=, G_MAXUINT32);
  if (info->flags & VDMA_FRAME_SHARED)
    driver_rig_share (&self->rig, frame);
  else
    driver_rig_keep (&self->rig, frame);
  self->kept[self->n_kept] = *frame;
  self->kept_picture[self->n_kept++] = picture;
  self->n_taken++;
}

static void
bench_take (Bench *self, const Load *load, guint turn)
{
  VdmaFrameInfo info;
  VdmaFrame frame;

  while (self->n_kept > 0 && (load->taker != KEEPS_SOME || turn % 7 == 0))
    bench_let_go (self);
  while (self->n_kept < TIE_KEPT
         && vdma_capture_take (self->capture, &frame, &info))
    bench_take_one (self, &frame, &info);
}

/* Pictures in order, none torn. @most_late: frame times behind the camera. */
static void
bench_judge (Bench *self, guint most_late)
{
  const GArray *displayed = self->rig.displayed;

  for (; self->n_judged < displayed->len; self->n_judged++) {
    guint32 number = g_array_index (displayed, guint32, self->n_judged);
    g_assert_cmpuint (number, !=, 0xEEEEEEEE); /* what nobody has written */
    g_assert_cmpuint (number, >=, self->last);
    self->last = number;
  }
  g_assert_cmpuint (self->rig.torn, ==, 0);
  g_assert_cmpuint (self->rig.violations, ==, 0);
  g_assert_cmpuint (self->rig.display_lag, <=, most_late);
}

static void
bench_step (Bench *self, const Load *load, guint turn, guint most_late)
{
  g_autoptr (GError) error = NULL;
  VdmaWait result = vdma_channel_wait (
      self->capture, NULL, self->rig.now + 4 * RIG_PERIOD, &error);

  g_assert_cmpint (result, ==, VDMA_WAIT_READY);
  bench_judge (self, most_late);
  if (turn % 5 == 4)
    driver_rig_advance (&self->rig, load->delay);
  bench_judge (self, most_late);
  self->rig.starve =
      load->taker == TAKES_NONE || (load->taker == TAKES_SOME && turn % 3)
          ? G_MAXUINT
          : 0;
  vdma_channel_service (self->capture, &error);
  g_assert_no_error (error);
  bench_take (self, load, turn);
}

/* Until the camera has sent @frames. */
static void
bench_run (Bench *self, const Load *load, guint64 frames, guint most_late)
{
  for (guint i = 0; self->rig.camera_frame < frames; i++)
    bench_step (self, load, i, most_late);
}

/* With all knobs at their defaults: tied, and run. */
static void
bench_open_tied (Bench *self, const Load *load, guint64 frames, guint most_late)
{
  bench_open (self, knob_rows, load);
  bench_tie (self);
  bench_run (self, load, frames, most_late);
}

static void
bench_close (Bench *self)
{
  VdmaChannelStats stats;

  driver_rig_stop (&self->rig, VDMA_S2MM);
  vdma_channel_get_stats (self->capture, &stats);
  guint64 lost = 0;
  for (guint i = 0; i < VDMA_N_LOSSES; i++)
    lost += stats.lost[i];
  g_assert_cmpuint (stats.frames, ==, stats.delivered + lost);
  g_assert_cmpuint (stats.delivered, ==, self->n_taken);
  while (self->n_kept > 0)
    bench_let_go (self);
  g_assert_cmpuint (driver_rig_count (&self->rig, RIG_SHARED), ==, 0);
  driver_rig_close (&self->rig, 0);
}

/* Whether the hardware follows by itself. */
static gboolean
bench_expects_genlock (const KnobRow *row, const Load *load)
{
  gboolean ahead = row->knobs.frmstore_phase == SIM_FRMSTORE_LAST_LINE;
  return load->pair <= &pairs[1] && load->n_stores >= (ahead ? 5 : 4);
}

static void
check_row (const KnobRow *row, const Load *load)
{
  Bench bench;
  gboolean genlock = bench_expects_genlock (row, load);
  /* What waits for a service is as late as that. */
  guint most_late = genlock ? 4 : load->taker == TAKES_NONE ? G_MAXUINT16 : 24;

  if (g_test_verbose ())
    g_test_message ("%s, N=%u %s, taker %d, delay %.1f, phase %.1f", row->name,
        load->n_stores, load->pair->name, load->taker,
        (gdouble) load->delay / RIG_PERIOD, (gdouble) load->phase / RIG_PERIOD);
  bench_open (&bench, row, load);
  bench_tie (&bench);
  bench_run (&bench, load, TIE_FRAMES, most_late);
  g_assert_cmpint (vdma_channel_get_tie_mode (bench.display), ==,
      genlock                                           ? VDMA_TIE_GENLOCK
      : load->taker == TAKES_NONE && bench.n_taken == 0 ? VDMA_TIE_NONE
                                                        : VDMA_TIE_SHOW);
  if (load->taker != TAKES_NONE) {
    g_assert_cmpuint (bench.n_taken, >=, 3);
    g_assert_cmpuint (bench.rig.displayed->len, >=, 8);
  }
  bench_close (&bench);
}

static void
test_matrix (gconstpointer data)
{
  static const guint stores[] = { 1, 2, 3, 4, 5, 8, 32 };
  static const gint64 delays[] = { 0, RIG_PERIOD / 2, RIG_PERIOD * 22 / 10 };

  gint64 n_phases = knob_row_is_about_time (data) ? 5 : 1;

  for (guint n = 0; n < G_N_ELEMENTS (stores); n++)
    for (guint p = 0; p < G_N_ELEMENTS (pairs); p++)
      for (Taker taker = 0; taker < N_TAKERS; taker++)
        for (guint d = 0; d < G_N_ELEMENTS (delays); d++)
          for (gint64 phase = 0; phase < n_phases; phase++) {
            Load load = { stores[n], &pairs[p], taker, delays[d],
              phase * RIG_PERIOD / 5 };
            check_row (data, &load);
          }
}

/* ---- a thread that loses the processor anywhere ---- */

/* Old pictures may come back then, but no torn one, and no foreign memory. */
static void
check_stalls (const KnobRow *row, guint n_stores, guint32 seed)
{
  Load load = { n_stores, &pairs[seed % 2 ? 0 : 3], KEEPS_SOME, 0 };
  GRand *rand = g_rand_new_with_seed (seed);
  Bench bench;

  bench_open (&bench, row, &load);
  bench_tie (&bench);
  for (guint i = 0; bench.rig.camera_frame < 4 * TIE_FRAMES; i++) {
    g_autoptr (GError) error = NULL;
    if (i % 3 == 0 && bench.rig.camera_frame > 8) {
      bench.rig.stall_in = (guint) g_rand_int_range (rand, 1, 12);
      bench.rig.stall_ns = g_rand_int_range (rand, 1, 100) * RIG_PERIOD / 16;
    }
    vdma_channel_wait (
        bench.capture, NULL, bench.rig.now + 2 * RIG_PERIOD, &error);
    vdma_channel_service (bench.capture, &error);
    g_assert_no_error (error);
    bench_take (&bench, &load, i);
    g_assert_cmpuint (bench.rig.torn + bench.rig.violations, ==, 0);
  }
  bench.rig.stall_in = 0;
  g_assert_cmpuint (bench.n_taken, >=, 6);
  bench_close (&bench);
  g_rand_free (rand);
}

static void
test_stalls (gconstpointer data)
{
  for (guint n = 3; n <= 8; n++)
    for (guint32 seed = 1; seed <= 6; seed++)
      check_stalls (data, n, seed);
}

/* ---- rates ---- */

/* A display that is too slow for genlock is not left to it. */
static void
test_rates (void)
{
  static const gint64 periods[] = { RIG_PERIOD * 5 / 16, RIG_PERIOD * 9 / 16,
    RIG_PERIOD * 15 / 16, RIG_PERIOD * 17 / 16, RIG_PERIOD * 5 / 2 };

  for (guint n = 3; n <= 8; n++)
    for (guint p = 0; p < G_N_ELEMENTS (periods); p++)
      for (guint active = 1; active <= 16; active += 5) {
        g_autoptr (GError) error = NULL;
        Load load = { n, &pairs[0], n % 2 ? TAKES_ALL : KEEPS_SOME, 0 };
        Bench bench;
        bench_open (&bench, knob_rows, &load);
        VdmaMode mode = driver_rig_mode (&bench.rig);
        mode.period = periods[p];
        vdma_channel_set_mode (bench.capture, &mode, &error);
        g_assert_no_error (error);
        bench.rig.camera_period = periods[p];
        bench.rig.camera_active = periods[p] * 3 / 4;
        bench.rig.display_active = RIG_PERIOD * active / 16;
        if (g_test_verbose ())
          g_test_message ("N=%u, camera %u/16, active %u/16", n,
              (guint) (16 * periods[p] / RIG_PERIOD), active);
        bench_tie (&bench);
        bench_run (&bench, &load, TIE_FRAMES, 24);
        gboolean in_time = RIG_PERIOD <= 2 * periods[p];
        g_assert_cmpint (vdma_channel_get_tie_mode (bench.display), ==,
            n >= 4 && in_time ? VDMA_TIE_GENLOCK : VDMA_TIE_SHOW);
        bench_close (&bench);
      }
}

/* ---- cost ---- */

static guint64
bench_count_accesses (Bench *self)
{
  VdmaChannelStats stats;
  vdma_channel_get_stats (self->display, &stats);
  return stats.register_reads + stats.register_writes;
}

static guint64
run_counted (Bench *bench, const Load *load)
{
  bench_open (bench, knob_rows, load);
  bench_tie (bench);
  for (guint i = 0; bench->rig.camera_frame < 12; i++)
    bench_step (bench, load, i, TIE_LAG);
  guint64 before = bench_count_accesses (bench);
  guint taken = bench->n_taken;
  for (guint i = 0; bench->rig.camera_frame < 112; i++)
    bench_step (bench, load, i, TIE_LAG);
  bench->n_taken -= taken;
  guint64 accesses = bench_count_accesses (bench) - before;
  g_test_message ("N=%u: %u frames taken, %u accesses to MM2S", load->n_stores,
      bench->n_taken, (guint) accesses);
  return accesses;
}

/* No access to MM2S but two for each frame that the application takes. */
static void
test_cost (void)
{
  for (guint n = 4; n <= 16; n++)
    for (Taker taker = 0; taker < N_TAKERS; taker++) {
      Load load = { n, &pairs[0], taker, 0 };
      Bench bench;
      guint64 accesses = run_counted (&bench, &load);
      if (taker == TAKES_NONE)
        g_assert_cmpuint (bench.n_taken, ==, 0);
      if (taker == TAKES_ALL)
        g_assert_cmpuint (bench.n_taken, >=, 99);
      if (taker != KEEPS_SOME) /* some wait to be taken */
        g_assert_cmpuint (accesses, <=, 2 * (bench.n_taken + 2));
      if (bench.n_taken == 0)
        g_assert_cmpuint (accesses, ==, 0);
      g_assert_cmpuint (bench.rig.displayed->len, >=, 108);
      driver_rig_release (&bench.rig, VDMA_S2MM);
      while (bench.n_kept > 0)
        bench_let_go (&bench);
      driver_rig_close (&bench.rig, 0);
    }
}

/* Nobody services anything: the display follows all the same. */
static void
test_unattended (void)
{
  Load load = { 4, &pairs[0], TAKES_ALL, 0 };
  Bench bench;

  bench_open_tied (&bench, &load, 10, TIE_LAG);
  guint64 before = bench_count_accesses (&bench);
  for (guint i = 0; i < 100; i++) {
    driver_rig_advance (&bench.rig, RIG_PERIOD);
    bench_judge (&bench, TIE_LAG);
  }
  g_assert_cmpuint (bench_count_accesses (&bench), ==, before);
  g_assert_cmpuint (bench.rig.displayed->len, >=, 106);
  bench_run (&bench, &load, 130, TIE_LAG);
  g_assert_cmpuint (bench.n_taken, >=, 20);
  bench_close (&bench);
}

/* ---- the end of a tie ---- */

static const guint tie_stores[] = { 1, 2, 3, 4, 5, 8 };

static void
test_untie (void)
{
  for (guint n = 0; n < G_N_ELEMENTS (tie_stores); n++)
    for (guint frames = 0; frames < 12; frames += 3) {
      g_autoptr (GError) error = NULL;
      Load load = { tie_stores[n], &pairs[0], KEEPS_SOME, 0 };
      Bench bench;
      bench_open_tied (&bench, &load, frames, 12);
      g_assert_true (vdma_channel_untie (
          frames % 2 ? bench.display : bench.capture, &error));
      g_assert_no_error (error);
      g_assert_false (vdma_channel_is_running (bench.display));
      g_assert_cmpuint (driver_rig_count (&bench.rig, RIG_SHARED), ==, 0);
      guint shown = bench.rig.displayed->len;
      bench_run (&bench, &load, frames + 20, 12);
      g_assert_cmpuint (bench.rig.displayed->len, ==, shown);
      /* and once more */
      vdma_channel_tie (bench.capture, bench.display, &error);
      g_assert_no_error (error);
      bench_run (&bench, &load, frames + 40, 12);
      g_assert_cmpuint (bench.rig.displayed->len, >, shown + 3);
      bench_close (&bench);
    }
}

/* A frame that is shown ends the tie; it is the display's first one then. */
static void
test_show_breaks (void)
{
  for (guint n = 0; n < G_N_ELEMENTS (tie_stores); n++) {
    g_autoptr (GError) error = NULL;
    Load load = { tie_stores[n], &pairs[0], TAKES_ALL, 0 };
    Bench bench;
    bench_open_tied (&bench, &load, 10, 12);
    g_assert_true (vdma_display_can_show (bench.display));
    VdmaFrame frame = driver_rig_new_frame (&bench.rig, 1000);
    g_assert_true (vdma_display_show (bench.display, &frame, &error));
    g_assert_no_error (error);
    g_assert_cmpint (
        vdma_channel_get_tie_mode (bench.capture), ==, VDMA_TIE_NONE);
    for (guint i = 0; i < 20; i++) {
      driver_rig_advance (&bench.rig, RIG_PERIOD);
      g_assert_true (vdma_channel_service (bench.display, &error));
      g_assert_true (vdma_channel_service (bench.capture, &error));
      bench_take (&bench, &load, i);
    }
    const GArray *displayed = bench.rig.displayed;
    g_assert_cmpuint (
        g_array_index (displayed, guint32, displayed->len - 1), ==, 1000);
    g_assert_cmpuint (bench.rig.violations + bench.rig.torn, ==, 0);
    driver_rig_stop (&bench.rig, VDMA_MM2S);
    bench_close (&bench);
  }
}

/* Over stops and starts of the capture, and its release. */
static void
test_restarts (void)
{
  for (guint n = 0; n < G_N_ELEMENTS (tie_stores); n++) {
    Load load = { tie_stores[n], &pairs[0], KEEPS_SOME, 0 };
    Bench bench;
    bench_open (&bench, knob_rows, &load);
    bench_tie (&bench);
    for (guint run = 1; run <= 12; run++) {
      bench_run (&bench, &load, bench.rig.camera_frame + run, 24);
      driver_rig_stop (&bench.rig, VDMA_S2MM);
      g_assert_false (vdma_channel_is_running (bench.display));
      g_assert_cmpuint (driver_rig_count (&bench.rig, RIG_SHARED)
                            + driver_rig_count (&bench.rig, RIG_DEVICE),
          ==, 0);
      driver_rig_advance (&bench.rig, RIG_PERIOD * run / 3);
      driver_rig_start_capture (&bench.rig);
    }
    if (n % 2)
      driver_rig_release (&bench.rig, VDMA_S2MM);
    else
      driver_rig_release (&bench.rig, VDMA_MM2S);
    while (bench.n_kept > 0)
      bench_let_go (&bench);
    g_assert_cmpuint (bench.rig.violations + bench.rig.torn, ==, 0);
    driver_rig_close (&bench.rig, 0);
  }
}

/* ---- errors ---- */

/* Each halting error is overcome, on either side. */
static void
test_errors (void)
{
  for (guint n = 0; n < G_N_ELEMENTS (tie_stores); n++)
    for (VdmaDirection dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
      for (guint at = 0; at < 16; at++) {
        Load load = { tie_stores[n], &pairs[0], KEEPS_SOME, 0 };
        Bench bench;
        bench_open_tied (&bench, &load, 8, 24);
        driver_rig_advance (&bench.rig, RIG_PERIOD * at / 16);
        sim_core_inject (bench.rig.core, dir, VDMA_SR_SLV_ERR);
        guint shown = bench.rig.displayed->len;
        bench_run (&bench, &load, 32, 24);
        g_assert_cmpuint (bench.rig.displayed->len, >=, shown + 6);
        g_assert_cmpuint (bench.last, >=, 24);
        bench_close (&bench);
      }
}

/* A display that does not halt keeps what it may read. */
static void
test_stuck (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Load load = { GPOINTER_TO_UINT (data), &pairs[0], TAKES_ALL, 0 };
  VdmaChannelStats stats;
  Bench bench;

  bench_open_tied (&bench, &load, 10, 12);
  sim_core_set_stream_clock (bench.rig.core, VDMA_MM2S, FALSE);
  driver_rig_stop (&bench.rig, VDMA_S2MM);
  g_assert_true (vdma_channel_untie (bench.display, &error));
  while (bench.n_kept > 0)
    bench_let_go (&bench);
  vdma_channel_get_stats (bench.display, &stats);
  guint kept = driver_rig_count (&bench.rig, RIG_DEVICE)
               + driver_rig_count (&bench.rig, RIG_SHARED);
  g_assert_cmpuint (stats.quarantined, ==, kept);
  g_assert_cmpuint (kept, >, 0);
  sim_core_set_stream_clock (bench.rig.core, VDMA_MM2S, TRUE);
  driver_rig_advance (&bench.rig, 10 * RIG_PERIOD);
  driver_rig_start_capture (&bench.rig);
  driver_rig_advance (&bench.rig, 10 * RIG_PERIOD);
  driver_rig_stop (&bench.rig, VDMA_S2MM);
  g_assert_cmpuint (bench.rig.violations, ==, 0);
  driver_rig_close (&bench.rig, driver_rig_count (&bench.rig, RIG_DEVICE));
  g_assert_cmpuint (driver_rig_count (&bench.rig, RIG_DEVICE)
                        + driver_rig_count (&bench.rig, RIG_SHARED),
      ==, kept);
}

/* The capture goes on; what the display may read is kept until it is reset. */
static void
test_stuck_display (void)
{
  g_autoptr (GError) error = NULL;
  Load load = { 5, &pairs[0], TAKES_ALL, 0 };
  Bench bench;

  bench_open_tied (&bench, &load, 10, 12);
  sim_core_set_stream_clock (bench.rig.core, VDMA_MM2S, FALSE);
  g_assert_false (vdma_channel_untie (bench.display, &error));
  g_clear_error (&error);
  g_assert_true (vdma_channel_untie (bench.capture, &error));
  for (guint i = 0; bench.rig.camera_frame < 230; i++) {
    if (bench.rig.camera_frame == 220)
      sim_core_set_stream_clock (bench.rig.core, VDMA_MM2S, TRUE);
    bench_step (&bench, &load, i, G_MAXUINT);
  }
  g_assert_true (vdma_channel_tie (bench.capture, bench.display, &error));
  g_assert_no_error (error);
  while (bench.rig.displayed->len < 20)
    bench_step (&bench, &load, 0, G_MAXUINT);
  bench_close (&bench);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tie/rates", test_rates);
  g_test_add_func ("/tie/cost", test_cost);
  g_test_add_func ("/tie/unattended", test_unattended);
  g_test_add_func ("/tie/untie", test_untie);
  g_test_add_func ("/tie/show-breaks", test_show_breaks);
  g_test_add_func ("/tie/restarts", test_restarts);
  g_test_add_func ("/tie/errors", test_errors);
  g_test_add_data_func ("/tie/stuck/genlock", GUINT_TO_POINTER (5), test_stuck);
  g_test_add_data_func ("/tie/stuck/show", GUINT_TO_POINTER (3), test_stuck);
  g_test_add_func ("/tie/stuck-display", test_stuck_display);
  for (guint i = 0; i < n_knob_rows; i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/tie/matrix/%s", knob_rows[i].name);
    g_test_add_data_func (path, &knob_rows[i], test_matrix);
    g_autofree gchar *stalls =
        g_strdup_printf ("/tie/stalls/%s", knob_rows[i].name);
    if (knob_row_is_about_time (&knob_rows[i]))
      g_test_add_data_func (stalls, &knob_rows[i], test_stalls);
  }
  return g_test_run ();
}
