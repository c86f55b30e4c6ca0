/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a display does with single frames: how many it shows in the time, and what it
 * makes of errors and interrupts that come at the wrong moment. */
#include "driver-knobs.h"

#define SHOW_TURNS 4 /* frames that take turns at most */

typedef struct {
  DriverRig rig;
  VdmaChannel *channel;
  guint32 number; /* of the last picture */
  guint cycle;    /* frames that take turns; 0: a new one each time */
  VdmaFrame turn[SHOW_TURNS];
} Bench;

static VdmaFrame
bench_draw (Bench *self)
{
  guint32 number = ++self->number;
  VdmaFrame *turn = &self->turn[self->cycle ? number % self->cycle : 0];

  if (self->cycle == 0 || !turn->cookie) {
    *turn = driver_rig_new_frame (&self->rig, number);
  } else {
    RigFrame *frame = turn->cookie;
    driver_rig_draw (frame, number);
    frame->owner = RIG_DEVICE;
  }
  return *turn;
}

static void
bench_start (Bench *self)
{
  g_autoptr (GError) error = NULL;
  VdmaFrame first = bench_draw (self);

  vdma_channel_start (self->channel, &first, &error);
  g_assert_no_error (error);
}

static void
bench_open_told (
    Bench *self, const KnobRow *row, guint n_stores, guint cycle, gint64 period)
{
  g_autoptr (GError) error = NULL;

  *self = (Bench){ .cycle = cycle };
  driver_rig_init (&self->rig);
  driver_rig_set_knobs (&self->rig, row);
  self->rig.desc.n_stores = n_stores;
  self->rig.source.silent = TRUE;
  driver_rig_open (&self->rig);
  self->channel = self->rig.channel[VDMA_MM2S];
  VdmaMode mode = driver_rig_mode (&self->rig);
  mode.period = period;
  vdma_channel_set_mode (self->channel, &mode, &error);
  g_assert_no_error (error);
  bench_start (self);
}

static void
bench_open (Bench *self, const KnobRow *row, guint n_stores, guint cycle)
{
  bench_open_told (self, row, n_stores, cycle, RIG_PERIOD);
}

static void
bench_serve (Bench *self)
{
  g_autoptr (GError) error = NULL;
  VdmaWait result = vdma_channel_wait (
      self->channel, NULL, self->rig.now + 4 * RIG_PERIOD, &error);

  g_assert_cmpint (result, ==, VDMA_WAIT_READY);
  vdma_channel_service (self->channel, &error);
  g_assert_no_error (error);
}

static gboolean
bench_has_frame (const Bench *self)
{
  const RigFrame *next =
      self->cycle ? self->turn[(self->number + 1) % self->cycle].cookie : NULL;
  return !next || next->owner == RIG_FREE;
}

static void
bench_show (Bench *self, const VdmaFrame *frame)
{
  g_autoptr (GError) error = NULL;

  vdma_display_show (self->channel, frame, &error);
  g_assert_no_error (error);
}

/* Serves and shows until @n frames more went out to the display. */
static void
bench_run (Bench *self, guint n)
{
  guint end = self->rig.displayed->len + n;

  while (self->rig.displayed->len < end) {
    bench_serve (self);
    while (vdma_display_can_show (self->channel) && bench_has_frame (self)) {
      VdmaFrame frame = bench_draw (self);
      bench_show (self, &frame);
    }
  }
}

static guint32
bench_displayed (const Bench *self, guint index)
{
  return g_array_index (self->rig.displayed, guint32, index);
}

static void
bench_close (Bench *self)
{
  guint32 last = 0;

  g_assert_cmpuint (self->rig.torn, ==, 0);
  g_assert_cmpuint (self->rig.violations, ==, 0);
  for (guint i = 0; i < self->rig.displayed->len; i++) {
    g_assert_cmpuint (bench_displayed (self, i), >=, last);
    last = bench_displayed (self, i);
  }
  driver_rig_close (&self->rig, 0);
}

/* ---- the table "stores" of docs/driver.md ---- */

typedef struct {
  guint n_stores, cycle;
  guint pictures; /* in 60 frame times, at least */
} RateRow;

static const RateRow rate_rows[] = {
  { 1, 0, 20 },
  { 1, 2, 20 },
  { 2, 0, 20 },
  { 2, 2, 60 },
  { 3, 0, 40 },
  { 3, 3, 60 },
  { 4, 0, 60 },
  { 4, 4, 60 },
  { 8, 0, 60 },
};

static guint
show_rate (const KnobRow *knobs, const RateRow *row)
{
  Bench bench;

  bench_open (&bench, knobs, row->n_stores, row->cycle);
  bench_run (&bench, 24);
  guint begin = bench.rig.displayed->len;
  bench_run (&bench, 60);
  guint32 pictures = bench_displayed (&bench, begin + 59)
                     - bench_displayed (&bench, begin - 1);
  g_test_message ("N=%u cycle=%u: %u pictures in 60 frame times", row->n_stores,
      row->cycle, pictures);
  bench_close (&bench);
  return pictures;
}

/* Wherever interrupts and pointer come; a pointer that moves ahead is found by a
 * second look, which makes some of them more. */
static void
test_rates (gconstpointer data)
{
  const KnobRow *knobs = data;
  gboolean exact = knobs->knobs.frmstore_phase == SIM_FRMSTORE_NEXT_SOF;

  for (guint i = 0; i < G_N_ELEMENTS (rate_rows); i++) {
    guint pictures = show_rate (knobs, &rate_rows[i]);
    g_assert_cmpuint (pictures, >=, rate_rows[i].pictures);
    if (exact)
      g_assert_cmpuint (pictures, ==, rate_rows[i].pictures);
  }
}

/* ---- errors ---- */

/* An error beside a frame's interrupt is seen at once, also where the status is not
 * read any more: it comes before any access of such a service. */
static void
test_error_beside (void)
{
  VdmaChannelStats stats;
  Bench bench;

  bench_open (&bench, knob_rows, 4, 4);
  bench.rig.stall_dir = VDMA_MM2S;
  bench.rig.stall_bits = VDMA_SR_SOF_EARLY;
  for (guint access = 1; access <= 3; access++) {
    bench_run (&bench, 16);
    vdma_channel_get_stats (bench.channel, &stats);
    guint64 errors = stats.errors, reads = stats.register_reads;
    bench_serve (&bench);
    vdma_channel_get_stats (bench.channel, &stats);
    g_assert_cmpuint (stats.register_reads, ==, reads + 1); /* the pointer */
    bench.rig.stall_in = access;
    bench.rig.stall_ns = 1;
    while (bench.rig.stall_in > 0)
      bench_serve (&bench);
    gint64 begin = bench.rig.now;
    bench_serve (&bench);
    vdma_channel_get_stats (bench.channel, &stats);
    g_assert_cmpuint (stats.errors, ==, errors + 1);
    g_assert_cmpint (bench.rig.now - begin, <=, RIG_PERIOD);
  }
  bench_close (&bench);
}

/* An error bit freezes the pointer, so that it does not tell where it moves; one more
 * may come into what runs behind it. */
static void
check_probe_error (const KnobRow *row, guint32 bits, gint64 at)
{
  Bench bench;

  bench_open (&bench, row, 4, 0);
  driver_rig_advance (&bench.rig, at);
  sim_core_inject (bench.rig.core, VDMA_MM2S, bits);
  bench_run (&bench, 1);
  driver_rig_advance (&bench.rig, at);
  sim_core_inject (bench.rig.core, VDMA_MM2S, VDMA_SR_SOF_EARLY);
  bench_run (&bench, 40);
  g_assert_cmpuint (bench.number, >, 12); /* carefully, but on */
  bench_close (&bench);
}

/* A frame that was shown before the error has the next store when all begins anew. */
static void
check_probe_restart (const KnobRow *row, gint64 at, guint32 bits, gint64 then)
{
  Bench bench;

  bench_open (&bench, row, 4, 0);
  VdmaFrame frame = bench_draw (&bench);
  bench_show (&bench, &frame);
  driver_rig_advance (&bench.rig, at);
  sim_core_inject (bench.rig.core, VDMA_MM2S, VDMA_SR_SLV_ERR);
  bench_serve (&bench);
  driver_rig_advance (&bench.rig, then);
  sim_core_inject (bench.rig.core, VDMA_MM2S, bits);
  bench_run (&bench, 40);
  g_assert_cmpuint (bench.number, >, 12);
  bench_close (&bench);
}

static void
test_probe_restart (gconstpointer data)
{
  for (gint64 at = RIG_PERIOD / 16; at < RIG_PERIOD; at += RIG_PERIOD / 8)
    for (gint64 then = 0; then < 2 * RIG_PERIOD; then += RIG_PERIOD / 8) {
      check_probe_restart (data, at, VDMA_SR_SOF_EARLY, then);
      check_probe_restart (data, at, VDMA_SR_SLV_ERR, then);
    }
}

static void
test_probe_error (gconstpointer data)
{
  for (gint64 at = RIG_PERIOD / 16; at < RIG_PERIOD; at += RIG_PERIOD / 8) {
    check_probe_error (data, VDMA_SR_SOF_EARLY, at);
    check_probe_error (data, VDMA_SR_SLV_ERR, at);
  }
}

static guint64
bench_count_accesses (const Bench *self)
{
  VdmaChannelStats stats;
  vdma_channel_get_stats (self->channel, &stats);
  return stats.register_reads + stats.register_writes;
}

/* What a probe with an error in it seems to tell is not kept: the next one tells. */
static void
test_probe_again (void)
{
  for (gint64 at = RIG_PERIOD / 16; at < RIG_PERIOD; at += RIG_PERIOD / 16) {
    g_autoptr (GError) error = NULL;
    Bench bench;

    bench_open (&bench, knob_rows, 4, 4);
    driver_rig_advance (&bench.rig, at);
    sim_core_inject (bench.rig.core, VDMA_MM2S, VDMA_SR_SOF_EARLY);
    bench_run (&bench, 16);
    vdma_channel_stop (bench.channel, &error);
    g_assert_no_error (error);
    bench_start (&bench);
    bench_run (&bench, 16);
    guint64 before = bench_count_accesses (&bench);
    bench_run (&bench, 32);
    g_assert_cmpuint (bench_count_accesses (&bench), <=, before + 3 * 32);
    bench_close (&bench);
  }
}

/* ---- a line that fires for nothing ---- */

/* A service without FrmCnt_Irq is no frame's, though its line fired: with new addresses,
 * shown and fired at any time. */
static void
test_line_for_nothing (gconstpointer data)
{
  for (guint n = 2; n <= 5; n++)
    for (guint at = 0; at < 256; at++) {
      Bench bench;

      bench_open (&bench, data, n, 0);
      for (guint i = 0; i < 24; i++) {
        bench_serve (&bench);
        driver_rig_advance (&bench.rig, RIG_PERIOD * (at % 16) / 16);
        if (vdma_display_can_show (bench.channel)) {
          VdmaFrame frame = bench_draw (&bench);
          bench_show (&bench, &frame);
        }
        if (i % 3 == 2) {
          driver_rig_advance (&bench.rig, RIG_PERIOD * (at / 16) / 16);
          driver_rig_fire (&bench.rig, VDMA_MM2S);
        }
      }
      bench_close (&bench);
    }
}

/* Inside a wait it looks as a frame's: what is shown by then, and the address that is
 * committed at that time, still have their frame times. */
static void
check_line_in_wait (const KnobRow *row, guint n_stores, guint at, gint64 period)
{
  Bench bench;

  bench_open_told (&bench, row, n_stores, 0, period);
  for (guint i = 0; i < 32; i++) {
    if (i % 3 == 2)
      bench.rig.fire_at = bench.rig.now + RIG_PERIOD * (at % 16) / 16;
    bench_serve (&bench);
    driver_rig_advance (&bench.rig, RIG_PERIOD * (at / 16) / 16);
    if (vdma_display_can_show (bench.channel)) {
      VdmaFrame frame = bench_draw (&bench);
      bench_show (&bench, &frame);
    }
  }
  bench.rig.fire_at = 0;
  bench_close (&bench);
}

static void
test_line_in_wait (gconstpointer data)
{
  for (guint n = 2; n <= 5; n++)
    for (guint at = 0; at < 256; at++) {
      check_line_in_wait (data, n, at, 0);
      check_line_in_wait (data, n, at, RIG_PERIOD);
    }
}

/* ---- frame times without a new frame ---- */

typedef struct {
  const gchar *name;
  gint64 late;      /* from the wait's end to the service */
  gint64 oversleep; /* from the interrupt to the wait's end */
  guint lose;       /* interrupts that get lost */
  gint64 fire;      /* from the service before: the line fires for nothing */
  gint64 told;      /* the period; 0: the right one */
} RepeatRow;

#define AT(sixteenths) (RIG_PERIOD * (sixteenths) / 16)
#define UNTOLD         (-1)

static const RepeatRow repeat_rows[] = {
  { "prompt" },
  { "prompt untold", .told = UNTOLD },
  { "prompt, slower than told", .told = AT (6) },
  { "prompt, a bit slower than told", .told = AT (13) },
  { "prompt, a bit faster than told", .told = AT (20) },
  { "prompt, faster than told", .told = AT (32) },
  { "prompt, much faster than told", .told = AT (80) },
  { "late by 1.5", .late = AT (24) },
  { "late by 3.2", .late = AT (51) },
  { "late by 7.4", .late = AT (118) },
  { "late by 7.4 untold", .late = AT (118), .told = UNTOLD },
  { "woken late by 0.5", .oversleep = AT (8) },
  { "woken late by 1.5", .oversleep = AT (24) },
  { "woken late by 3.2", .oversleep = AT (51) },
  { "woken late by 7.4", .oversleep = AT (118) },
  { "woken late by 1.5, late by 1.7", .oversleep = AT (24), .late = AT (27) },
  { "one lost", .lose = 1 },
  { "three lost", .lose = 3 },
  { "fires early", .fire = AT (3) },
  { "fires in mid-frame", .fire = AT (8) },
  { "fires late", .fire = AT (13) },
  { "fires just before", .fire = AT (15) },
};

static void
repeat_serve (Bench *self, const RepeatRow *row, gboolean now)
{
  g_autoptr (GError) error = NULL;

  if (now) {
    self->rig.oversleep = row->oversleep;
    self->rig.line[VDMA_MM2S]->lose = row->lose;
    self->rig.fire_at = row->fire ? self->rig.now + row->fire : 0;
  }
  VdmaWait result = vdma_channel_wait (
      self->channel, NULL, self->rig.now + 4 * RIG_PERIOD, &error);
  g_assert_cmpint (result, ==, VDMA_WAIT_READY);
  if (now)
    driver_rig_advance (&self->rig, row->late);
  vdma_channel_service (self->channel, &error);
  g_assert_no_error (error);
}

/* Returns: repeated frame times counted too many, when none is new any more */
static gint64
repeat_excess (Bench *self)
{
  guint end = self->rig.displayed->len + 8;
  VdmaChannelStats stats;

  while (self->rig.displayed->len < end)
    bench_serve (self);
  vdma_channel_get_stats (self->channel, &stats);
  return (gint64) stats.repeated
         - ((gint64) self->rig.displayed->len
             - driver_rig_pictures (&self->rig));
}

/* Frames for some frame times, none for some others. */
static void
repeat_run (Bench *self, const RepeatRow *row, guint services, guint each)
{
  for (guint i = 1; i <= services; i++) {
    repeat_serve (self, row, each > 0 && i % each == 0);
    while (i % 24 < 16 && vdma_display_can_show (self->channel)
           && bench_has_frame (self)) {
      VdmaFrame frame = bench_draw (self);
      bench_show (self, &frame);
    }
  }
}

static void
check_repeated (const KnobRow *knobs, const RepeatRow *row, guint each)
{
  gint64 in_work = knobs->knobs.first_sof_counts; /* counts at its begin */
  Bench bench;

  bench_open_told (
      &bench, knobs, 4, 4, row->told ? MAX (row->told, 0) : RIG_PERIOD);
  repeat_run (&bench, row, 48, 0);
  gint64 before = repeat_excess (&bench);
  repeat_run (&bench, row, 96, each);
  gint64 after = repeat_excess (&bench);
  g_test_message ("%s, each %u: %d before, %d behind", row->name, each,
      (gint) before, (gint) after);
  g_assert_cmpint (before, ==, in_work);
  g_assert_cmpint (after, ==, in_work);
  bench_close (&bench);
}

static void
test_repeated (gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (repeat_rows); i++)
    for (guint each = 2; each < 40; each += 5)
      check_repeated (data, &repeat_rows[i], each);
}

/* What is counted of a late service is there behind it. */
static void
test_repeated_at_once (void)
{
  VdmaChannelStats before, after;
  Bench bench;

  bench_open (&bench, knob_rows, 4, 4);
  bench_run (&bench, 16);
  repeat_excess (&bench);
  for (guint late = 0; late < 6; late++) {
    const RepeatRow row = { .late = AT (16 * late + 6) };
    vdma_channel_get_stats (bench.channel, &before);
    repeat_serve (&bench, &row, TRUE);
    vdma_channel_get_stats (bench.channel, &after);
    g_assert_cmpuint (after.repeated, ==, before.repeated + 1 + late);
  }
  bench_close (&bench);
}

/* Latencies have rates of their own. */
static gboolean
show_row_is_quick (const KnobRow *row)
{
  return row->knobs.park_latency + row->knobs.commit_latency == 0;
}

static void
add_rows (const gchar *name, GTestDataFunc func, gboolean quick)
{
  for (guint i = 0; i < n_knob_rows; i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/show/%s/%s", name, knob_rows[i].name);
    if (knob_row_is_about_time (&knob_rows[i])
        && (!quick || show_row_is_quick (&knob_rows[i])))
      g_test_add_data_func (path, &knob_rows[i], func);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/show/error-beside", test_error_beside);
  g_test_add_func ("/show/probe-again", test_probe_again);
  add_rows ("rates", test_rates, TRUE);
  add_rows ("probe-error", test_probe_error, FALSE);
  g_test_add_func ("/show/repeated-at-once", test_repeated_at_once);
  add_rows ("probe-restart", test_probe_restart, FALSE);
  add_rows ("line-in-wait", test_line_in_wait, FALSE);
  add_rows ("repeated", test_repeated, FALSE);
  add_rows ("line-for-nothing", test_line_for_nothing, FALSE);
  return g_test_run ();
}
