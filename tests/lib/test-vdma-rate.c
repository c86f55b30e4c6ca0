/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A frame time that was told and that the source contradicts: it is noticed, said
 * once, and no estimate goes by it; and no load, no loss and no mood of a source that
 * keeps its time on an average makes it look so. */
#include <string.h>
#include <unistd.h>

#include "driver-knobs.h"
#include "vdma-log.h"
#include "vdma-util.h"

#define RATE_NOTICED 80 /* frames: two windows of 24 distances, and the start */
#define RATE_LATE    12 /* services */

/* ---- what is said ---- */

static guint n_warned, n_taken_back;
static gchar *warning;
static GRand *random_numbers;

static gboolean
say_is_enabled (VdmaLogTopic topic, VdmaLogLevel level)
{
  return TRUE;
}

static void
say_write (VdmaLogTopic topic, VdmaLogLevel level, const gchar *file,
    const gchar *function, gint line, const gchar *message)
{
  if (g_test_verbose ())
    g_test_message ("%s: %s", function, message);
  n_taken_back += strstr (message, "at the rate that was told") != NULL;
  if (!strstr (message, "frames a second"))
    return;
  g_assert_cmpint (level, ==, VDMA_LOG_WARNING);
  n_warned++;
  g_free (warning);
  warning = g_strdup (message);
}

/* ---- a bench: frames that were taken, by number and by picture ---- */

typedef struct {
  DriverRig rig;
  VdmaChannel *channel;
  gint64 apart;   /* how far numbers are from pictures at the last frame */
  gint64 strayed; /* how far they ever were, at most */
  guint n_taken;
  void (*mood) (
      gpointer bench); /* (nullable): of the source, behind a service */
  gint64 offset;       /* of the next frame, by its mood */
} Bench;

static VdmaChannelStats
bench_stats (Bench *self)
{
  VdmaChannelStats stats;
  vdma_channel_get_stats (self->channel, &stats);
  return stats;
}

static guint64
bench_done (Bench *self)
{
  return sim_core_get_truth (self->rig.core, VDMA_S2MM)->frames_done;
}

static void
bench_tell (Bench *self, gint64 period)
{
  g_autoptr (GError) error = NULL;
  VdmaMode mode = driver_rig_mode (&self->rig);

  mode.period = period;
  vdma_channel_set_mode (self->channel, &mode, &error);
  g_assert_no_error (error);
}

static void
bench_open (Bench *self, const KnobRow *row, guint n_stores, gint64 active)
{
  static const VdmaLogSink sink = {
    .is_enabled = say_is_enabled,
    .write = say_write,
  };

  memset (self, 0, sizeof *self);
  driver_rig_init (&self->rig);
  self->rig.desc.n_stores = n_stores;
  self->rig.camera_active = active;
  driver_rig_set_knobs (&self->rig, row);
  driver_rig_open (&self->rig);
  self->channel = self->rig.channel[VDMA_S2MM];
  vdma_log_set_sink (&sink);
  n_warned = n_taken_back = 0;
  random_numbers = g_rand_new_with_seed (n_stores);
}

static void
bench_close (Bench *self)
{
  g_assert_cmpuint (self->rig.violations, ==, 0);
  driver_rig_close (&self->rig, 0);
  g_clear_pointer (&warning, g_free);
  g_clear_pointer (&random_numbers, g_rand_free);
}

static void
bench_take_all (Bench *self)
{
  VdmaFrame frame;
  VdmaFrameInfo info;

  while (vdma_capture_take (self->channel, &frame, &info)) {
    guint32 picture = driver_rig_picture (&frame);
    driver_rig_keep (&self->rig, &frame);
    g_assert_cmpuint (picture, !=, G_MAXUINT32);
    gint64 apart = (gint64) info.number - picture;
    if (self->n_taken++ > 0)
      self->strayed = MAX (self->strayed, ABS (apart - self->apart));
    self->apart = apart;
    driver_rig_give_back (&self->rig, &frame);
  }
  driver_rig_assert_balanced (&self->rig);
}

/* Waits, lets @late pass, and services. */
static void
bench_service (Bench *self, gint64 late)
{
  g_autoptr (GError) error = NULL;
  VdmaWait wait = vdma_channel_wait (
      self->channel, NULL, self->rig.now + 16 * RIG_PERIOD, &error);

  g_assert_no_error (error);
  g_assert_cmpint (wait, ==, VDMA_WAIT_READY);
  driver_rig_advance (&self->rig, late);
  vdma_channel_service (self->channel, &error);
  g_assert_no_error (error);
  bench_take_all (self);
  if (self->mood)
    self->mood (self);
}

/* Prompt services until the core has done @n frames more. */
static void
bench_capture (Bench *self, guint n)
{
  guint64 end = bench_done (self) + n;

  for (guint i = 0; bench_done (self) < end; i++) {
    g_assert_cmpuint (i, <, 10 * n + 100);
    bench_service (self, 0);
  }
}

/* ---- told wrong ---- */

typedef struct {
  const gchar *name;
  guint told_parts; /* of ten, of the source's own period */
  const gchar *rate;
} ToldRow;

static const ToldRow told_rows[] = {
  { "twice", 20, "31.25" },
  { "half", 5, "125.00" },
  { "longer", 12, "52.08" },
  { "shorter", 8, "78.12" },
  { "much-shorter", 2, "312.50" },
};

/* Rounds of the ring that no reading shows: by the source's own time, to the frame. So
 * says the number of each one taken; the end of the test counts them all. */
static void
bench_be_late (Bench *self)
{
  VdmaChannelStats before = bench_stats (self);
  guint64 done = bench_done (self);

  self->strayed = 0;
  for (guint i = 0; i < RATE_LATE; i++)
    bench_service (self, RIG_PERIOD * 11 / 2);
  bench_capture (self, 12); /* in step again */
  VdmaChannelStats after = bench_stats (self);
  gint64 wrong = (gint64) (after.frames - before.frames)
                 - (gint64) (bench_done (self) - done);
  g_assert_cmpint (ABS (wrong), <=, 1); /* the one that is in work */
  g_assert_cmpint (self->strayed, ==, 0);
  g_assert_cmpuint (
      after.lost[VDMA_LOSS_HALTED], ==, before.lost[VDMA_LOSS_HALTED]);
  g_assert_cmpuint (
      after.lost[VDMA_LOSS_UNPROVABLE], ==, before.lost[VDMA_LOSS_UNPROVABLE]);
}

/* Memory that answers with errors for @n_errors restarts, with growing pauses: what
 * the source sent in them is counted by its own time, one off at most. */
static void
bench_halt (Bench *self, guint n_errors)
{
  guint64 recoveries = bench_stats (self).recoveries;
  gint64 apart = self->apart;

  driver_rig_advance (&self->rig, RIG_PERIOD / 3);
  self->rig.fail_writes = n_errors;
  self->rig.fail_with = SIM_SLVERR;
  while (self->rig.fail_writes > 0)
    bench_service (self, 0);
  bench_capture (self, 6);
  g_assert_cmpuint (bench_stats (self).recoveries, >=, recoveries + n_errors);
  g_assert_cmpint (ABS (self->apart - apart), <=, 1);
}

static void
check_told (const ToldRow *row, const KnobRow *knobs, guint n_stores)
{
  Bench bench;

  bench_open (&bench, knobs, n_stores, RIG_PERIOD * 3 / 4);
  bench_tell (&bench, RIG_PERIOD * row->told_parts / 10);
  driver_rig_start_capture (&bench.rig);
  /* before it is noticed: what a prompt service sees needs no estimate, but for
   * the frame times in which the probe stood still */
  bench_capture (&bench, RATE_NOTICED);
  VdmaChannelStats stats = bench_stats (&bench);
  g_assert_cmpuint (stats.lost[VDMA_LOSS_LATE], ==, 0);
  g_assert_cmpuint (
      stats.lost[VDMA_LOSS_HALTED], <=, MAX (10 / row->told_parts, 2) - 1);
  g_assert_cmpuint (n_warned, ==, 1);
  g_assert_nonnull (strstr (warning, "S2MM of 'rig': 62.50 frames a second"));
  g_assert_nonnull (strstr (warning, row->rate));
  g_assert_nonnull (strstr (warning, "framerate"));

  bench_be_late (&bench);
  bench_halt (&bench, 1);
  bench_halt (&bench, 4);
  bench_be_late (&bench);
  g_assert_cmpuint (n_warned, ==, 1);
  bench_close (&bench);
}

static void
test_told (gconstpointer data)
{
  static const guint stores[] = { 3, 4, 8, 32 };

  for (guint i = 0; i < n_knob_rows; i++) {
    for (guint n = 0; n < G_N_ELEMENTS (stores); n++) {
      if (knob_row_is_about_time (&knob_rows[i]))
        check_told (data, &knob_rows[i], stores[n]);
    }
  }
}

/* The source changes its rate to the one that was told, and back. */
static void
check_again (guint n_stores)
{
  Bench bench;
  const gint64 told = RIG_PERIOD * 5 / 4;

  bench_open (&bench, &knob_rows[0], n_stores, RIG_PERIOD * 3 / 4);
  bench_tell (&bench, told);
  driver_rig_start_capture (&bench.rig);
  bench_capture (&bench, RATE_NOTICED);
  g_assert_cmpuint (n_warned, ==, 1);
  bench.rig.camera_period = told;
  bench_capture (&bench, RATE_NOTICED);
  g_assert_cmpuint (n_taken_back, ==, 1);
  bench_be_late (&bench);
  bench.rig.camera_period = RIG_PERIOD;
  bench_capture (&bench, RATE_NOTICED);
  bench_be_late (&bench);
  g_assert_cmpuint (n_warned, ==, 1); /* once for a start */
  vdma_channel_stop (bench.channel, NULL);
  driver_rig_start_capture (&bench.rig);
  bench_capture (&bench, RATE_NOTICED);
  g_assert_cmpuint (n_warned, ==, 2);
  bench_close (&bench);
}

static void
test_again (void)
{
  for (guint n = 3; n <= 8; n++)
    check_again (n);
}

/* From the told rate to another one, anywhere in a window: what is said is the rate
 * that it has, and not one between the two. */
static void
check_change (guint frames)
{
  Bench bench;

  bench_open (&bench, &knob_rows[0], 4, RIG_PERIOD / 4);
  driver_rig_start_capture (&bench.rig);
  bench_capture (&bench, frames);
  bench.rig.camera_period = 2 * RIG_PERIOD;
  bench_capture (&bench, RATE_NOTICED);
  g_assert_cmpuint (n_warned, ==, 1);
  g_assert_nonnull (strstr (warning, ": 31.25 frames"));
  bench_close (&bench);
}

static void
test_change (void)
{
  for (guint frames = 30; frames < 60; frames++)
    check_change (frames);
}

/* Nobody waits: when interrupts came is not known. */
static void
test_unseen (void)
{
  g_autoptr (GError) error = NULL;
  Bench bench;

  bench_open (&bench, &knob_rows[0], 4, RIG_PERIOD * 3 / 4);
  bench.rig.blind.rounds = TRUE;
  bench_tell (&bench, 2 * RIG_PERIOD);
  driver_rig_start_capture (&bench.rig);
  for (guint i = 0; i < 400; i++) {
    driver_rig_advance (&bench.rig, RIG_PERIOD);
    vdma_channel_service (bench.channel, &error);
    g_assert_no_error (error);
    bench_take_all (&bench);
  }
  g_assert_cmpuint (n_warned, ==, 0);
  bench_close (&bench);
}

static void
delay_set (gpointer bench, VdmaDirection dir, gboolean level)
{
  Bench *self = bench;
  RigLine *line = self->rig.line[dir];

  if (dir == VDMA_S2MM && line && level)
    line->armed = FALSE;
  if (dir == VDMA_S2MM)
    self->offset = level ? self->rig.now : G_MAXINT64;
}

static void
delay_advance (gpointer bench, gint64 now)
{
  Bench *self = bench;
  const guint64 one = 1;

  if (self->offset > now - RIG_PERIOD * 6 / 5)
    return;
  self->offset = G_MAXINT64;
  g_assert_cmpint (
      write (self->rig.line[VDMA_S2MM]->base.fd, &one, sizeof one), ==, 8);
}

/* Interrupts that are late by more than a frame, and so long a time told that nobody
 * looks for them: there is one for two frames, and the pointer tells. */
static void
test_delayed (void)
{
  static const RigWires wires = { .set = delay_set, .advance = delay_advance };

  for (guint n = 4; n <= 8; n++) {
    Bench bench;
    bench_open (&bench, &knob_rows[0], n, RIG_PERIOD * 3 / 4);
    bench.rig.blind.rounds = TRUE;
    bench_tell (&bench, 4 * RIG_PERIOD);
    bench.rig.wires = &wires;
    bench.rig.wires_data = &bench;
    driver_rig_start_capture (&bench.rig);
    bench_capture (&bench, 4 * RATE_NOTICED);
    g_assert_cmpuint (n_warned, ==, 0);
    bench.rig.wires = NULL;
    bench_capture (&bench, RATE_NOTICED);
    g_assert_cmpuint (n_warned, ==, 1);
    g_assert_nonnull (strstr (warning, ": 62.50 frames"));
    bench_close (&bench);
  }
}

/* One and two stores: nothing is measured there. */
static void
test_shots (void)
{
  for (guint n = 1; n <= 2; n++) {
    Bench bench;
    bench_open (&bench, &knob_rows[0], n, RIG_PERIOD * 3 / 4);
    bench_tell (&bench, 2 * RIG_PERIOD);
    driver_rig_start_capture (&bench.rig);
    for (guint i = 0; i < 400; i++)
      bench_service (&bench, 0);
    g_assert_cmpuint (n_warned, ==, 0);
    bench_close (&bench);
  }
}

/* ---- told right ---- */

/* The next frame begins @offset later than a steady source's. */
static void
mood_set (Bench *self, gint64 offset)
{
  if (self->rig.camera_line > 0)
    return;
  self->rig.camera_next += offset - self->offset;
  self->offset = offset;
}

static void
mood_jitter (gpointer bench)
{
  mood_set (bench, g_rand_int_range (random_numbers, 0, RIG_PERIOD * 3 / 4));
}

/* Three frames in one frame time, and a pause. */
static void
mood_burst (gpointer bench)
{
  const DriverRig *rig = &((Bench *) bench)->rig;
  mood_set (bench, -(gint64) (rig->camera_frame % 3) * RIG_PERIOD * 2 / 3);
}

/* Twenty frames, and a pause as long as ten. */
static void
mood_pauses (gpointer bench)
{
  const DriverRig *rig = &((Bench *) bench)->rig;
  mood_set (bench, (gint64) (rig->camera_frame / 20) * 10 * RIG_PERIOD);
}

static void
mood_loses_irq (gpointer bench)
{
  Bench *self = bench;
  self->rig.line[VDMA_S2MM]->lose =
      g_rand_int_range (random_numbers, 0, 3) == 0;
}

/* Each wake-up is so late that the pointer looks as if one frame had come. */
static void
mood_oversleeps (gpointer bench)
{
  Bench *self = bench;
  self->rig.oversleep = self->rig.desc.n_stores * RIG_PERIOD;
}

static void
mood_dozes (gpointer bench)
{
  Bench *self = bench;
  self->rig.oversleep = g_rand_int_range (random_numbers, 0, RIG_PERIOD / 2);
}

static void
mood_preempted (gpointer bench)
{
  Bench *self = bench;
  if (self->rig.stall_in > 0)
    return;
  self->rig.stall_in = (guint) g_rand_int_range (random_numbers, 1, 40);
  self->rig.stall_ns = g_rand_int_range (random_numbers, 0, 4 * RIG_PERIOD);
}

static void
mood_spurious (gpointer bench)
{
  Bench *self = bench;
  const guint64 one = 1;
  if (g_rand_int_range (random_numbers, 0, 2) == 0)
    g_assert_cmpint (
        write (self->rig.line[VDMA_S2MM]->base.fd, &one, sizeof one), ==, 8);
}

typedef struct {
  const gchar *name;
  void (*mood) (gpointer bench);
  gint64 late; /* services, each less than that */
  gboolean unsteady;
  gboolean
      by_rounds; /* each service is late by a whole round of the ring as well */
} MoodRow;

static const MoodRow mood_rows[] = {
  { "steady", NULL, 0, FALSE },
  { "a-bit-late", NULL, RIG_PERIOD / 2, FALSE },
  { "late", NULL, 2 * RIG_PERIOD, FALSE },
  { "a-round-late", NULL, RIG_PERIOD / 8, FALSE, TRUE },
  { "very-late", NULL, 11 * RIG_PERIOD / 2, FALSE },
  { "lost-irq", mood_loses_irq, 0, FALSE },
  { "spurious-irq", mood_spurious, 0, FALSE },
  { "oversleeps", mood_oversleeps, 0, FALSE },
  { "dozes", mood_dozes, 0, FALSE },
  { "preempted", mood_preempted, 0, FALSE },
  { "jitter", mood_jitter, 0, TRUE },
  { "jitter-late", mood_jitter, 2 * RIG_PERIOD, TRUE },
  { "burst", mood_burst, 0, TRUE },
  { "burst-late", mood_burst, 2 * RIG_PERIOD, TRUE },
  { "pauses", mood_pauses, 0, TRUE },
};

static void
check_mood (const MoodRow *row, const KnobRow *knobs, guint n_stores)
{
  Bench bench;

  bench_open (
      &bench, knobs, n_stores, row->unsteady ? RIG_PERIOD / 5 : RIG_PERIOD / 2);
  bench.mood = row->mood;
  bench.rig.blind.rounds = row->unsteady;
  driver_rig_start_capture (&bench.rig);
  for (guint i = 0; i < 600; i++) {
    gint64 late = row->late == 0 ? 0
                                 : g_rand_int_range (
                                     random_numbers, 0, (gint32) row->late);
    bench_service (&bench, late + (row->by_rounds ? n_stores * RIG_PERIOD : 0));
    g_assert_cmpuint (n_warned, ==, 0);
  }
  bench_close (&bench);
}

static void
test_mood (gconstpointer data)
{
  static const guint stores[] = { 3, 4, 8 };

  for (guint i = 0; i < n_knob_rows; i++) {
    for (guint n = 0; n < G_N_ELEMENTS (stores); n++) {
      if (knob_row_is_about_time (&knob_rows[i]))
        check_mood (data, &knob_rows[i], stores[n]);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (told_rows); i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/vdma-rate/told/%s", told_rows[i].name);
    g_test_add_data_func (path, &told_rows[i], test_told);
  }
  g_test_add_func ("/vdma-rate/again", test_again);
  g_test_add_func ("/vdma-rate/change", test_change);
  g_test_add_func ("/vdma-rate/unseen", test_unseen);
  g_test_add_func ("/vdma-rate/delayed", test_delayed);
  g_test_add_func ("/vdma-rate/shots", test_shots);
  for (guint i = 0; i < G_N_ELEMENTS (mood_rows); i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/vdma-rate/mood/%s", mood_rows[i].name);
    g_test_add_data_func (path, &mood_rows[i], test_mood);
  }
  return g_test_run ();
}
