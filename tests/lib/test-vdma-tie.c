/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A display tied to a capture shows every picture whole, in order and in time,
 * whatever the application takes, and never memory of somebody else. */
#include <string.h>

#include "driver-knobs.h"
#include "vdma-error.h"

#define TIE_FRAMES 48
#define TIE_KEPT   3

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
  self->rig.desc.channel[VDMA_S2MM].genlock = load->pair->s2mm;
  self->rig.desc.channel[VDMA_MM2S].genlock = load->pair->mm2s;
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
  vdma_channel_start (self->capture, NULL, &error);
  g_assert_no_error (error);
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
    g_assert_cmpuint (number + most_late, >=, self->rig.camera_frame);
    self->last = number;
  }
  g_assert_cmpuint (self->rig.torn, ==, 0);
  g_assert_cmpuint (self->rig.violations, ==, 0);
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

static void
bench_close (Bench *self)
{
  g_autoptr (GError) error = NULL;
  VdmaChannelStats stats;

  vdma_channel_stop (self->capture, &error);
  g_assert_no_error (error);
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
    g_test_message ("%s, N=%u %s, taker %d, delay %.1f", row->name,
        load->n_stores, load->pair->name, load->taker,
        (gdouble) load->delay / RIG_PERIOD);
  bench_open (&bench, row, load);
  bench_tie (&bench);
  for (guint i = 0; bench.rig.camera_frame < TIE_FRAMES; i++)
    bench_step (&bench, load, i, most_late);
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
  static const guint stores[] = { 1, 2, 3, 4, 5, 6, 8, 32 };
  static const gint64 delays[] = { 0, RIG_PERIOD / 2, RIG_PERIOD * 22 / 10 };

  for (guint n = 0; n < G_N_ELEMENTS (stores); n++)
    for (guint p = 0; p < G_N_ELEMENTS (pairs); p++)
      for (Taker taker = 0; taker < N_TAKERS; taker++)
        for (guint d = 0; d < G_N_ELEMENTS (delays); d++) {
          Load load = { stores[n], &pairs[p], taker, delays[d] };
          check_row (data, &load);
        }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < n_knob_rows; i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/tie/matrix/%s", knob_rows[i].name);
    g_test_add_data_func (path, &knob_rows[i], test_matrix);
  }
  return g_test_run ();
}
