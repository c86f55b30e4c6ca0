/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A display that is tied to the capture now and then, and its judge. Untied it
 * shows its user's own frames. */
#include <string.h>

#include "sim-memory.h"
#include "sim-pattern.h"
#include "stress-users.h"
#include "vdma-util.h"

#define TIE_PATIENCE      (200 * VDMA_NSEC_PER_MSEC)
#define TIE_CALM_PICTURES 4 /* that come at least */
#define TIE_SHOWN         4 /* frames that a display has */
#define TIE_ON_THE_WAY    3 /* frame times for a new address */
#define TIE_UNSTEADY      3 /* frames that come together */
#define TIE_DELAY         1 /* VdmaMode.frame_delay */

struct StressTie {
  StressBench *bench;
  StressCapture *capture;
  StressDisplay *display;
  guint8 *memory; /* of a frame on display, without gaps between lines */
  gboolean tied;
  gint64 tied_at;

  gboolean has_last;
  guint64 last;
  guint64 n_pictures; /* different ones, whole */
  guint64 calm_begin; /* pictures by then */
  gboolean judges_lag;
};

/* ---- what the display sees ---- */

/* Returns: whether @seen is what lies in memory: S2MM did not come by behind it */
static gboolean
tie_is_memory (StressTie *self, const guint8 *seen, guint64 phys)
{
  const StressPicture *picture = &self->bench->picture;
  SimBoard *sim = self->bench->sim;
  gsize size = picture->hsize;

  for (guint i = 0; i < picture->vsize; i++)
    sim_memory_device_read (sim->memory, phys + (guint64) i * picture->stride,
        self->memory + i * size, size, sim->now);
  return memcmp (self->memory, seen, size * picture->vsize) == 0;
}

/* ---- what genlock does not promise ---- */

/* Returns: whether the source can bring @n frames in the time of one on display,
 * and the driver, which goes by the periods that it is told, cannot know */
static gboolean
tie_may_bring (StressTie *self, gint n)
{
  const StressCell *cell = self->bench->cell;
  gint64 brings = self->bench->period[VDMA_S2MM];
  gint64 takes = self->bench->period[VDMA_MM2S];

  if (stress_cell_stops_stream (cell))
    return TRUE;
  if (cell->level[STRESS_PERIOD] == 0 && n * brings < takes)
    return FALSE;
  return stress_cell_least_time (cell, (guint) MAX (n, 0), brings) < takes;
}

static gboolean
tie_is_genlocked (StressTie *self)
{
  VdmaChannel *display = stress_display_get_channel (self->display);
  return vdma_channel_get_tie_mode (display) == VDMA_TIE_GENLOCK;
}

static gboolean
tie_may_be_overtaken (StressTie *self)
{
  gint n = (gint) stress_cell_stores (self->bench->cell);
  return tie_is_genlocked (self) && tie_may_bring (self, n - 1 - TIE_DELAY);
}

/* A display so slow that a new address may come too late for it, though nothing
 * disturbs */
static gboolean
tie_may_lack_addresses (StressTie *self)
{
  guint genlock = self->bench->cell->level[STRESS_GENLOCK];
  gboolean dynamic = genlock == STRESS_GENLOCK_DYNAMIC;
  return tie_is_genlocked (self)
         && tie_may_bring (self, dynamic ? 1 : 1 + TIE_DELAY);
}

/* A thread that loses the CPU in a service, too. */
static gboolean
tie_may_go_back (StressTie *self)
{
  return (tie_is_genlocked (self)
             && self->bench->cell->level[STRESS_PREEMPTION] != 0)
         || tie_may_lack_addresses (self);
}

/* Returns: frames that the source can bring in @time */
static guint
tie_count_frames (StressTie *self, gint64 time)
{
  gint64 brings = self->bench->period[VDMA_S2MM];
  guint n = 0;
  while (stress_cell_least_time (self->bench->cell, n, brings) < time)
    n++;
  return n;
}

/* By genlock the display is the delay behind S2MM, which a source that is not
 * steady stretches; and another of its own frame times where it goes by the
 * addresses of then, one of which may be a frame older. The driver may have a
 * frame on display and three on their way, each for three frame times. Returns:
 * frames of the source behind which a frame on display ends */
static guint
tie_longest_lag (StressTie *self)
{
  gint64 takes = self->bench->period[VDMA_MM2S];
  gboolean steady = self->bench->cell->level[STRESS_SOURCE] == STRESS_REGULAR;
  if (!tie_is_genlocked (self))
    return 2 + tie_count_frames (self, TIE_SHOWN * TIE_ON_THE_WAY * takes);
  guint lag =
      TIE_DELAY + (steady ? 1 : TIE_UNSTEADY) + tie_count_frames (self, takes);
  if (tie_may_lack_addresses (self))
    lag += 1 + tie_count_frames (self, takes);
  return lag;
}

/* Undisturbed, and with frames enough for all. */
static void
tie_judge_lag (StressTie *self, guint64 number)
{
  const StressBench *bench = self->bench;
  guint64 newest = sim_camera_get_next_frame (bench->sim->camera) - 1;

  if (!self->judges_lag
      || self->n_pictures < self->calm_begin + TIE_CALM_PICTURES
      || newest <= number + tie_longest_lag (self))
    return;
  stress_bench_violation (self->bench,
      "picture %" G_GUINT64_FORMAT
      " on display, %u behind the camera, and not %u",
      number, (guint) (newest - number), tie_longest_lag (self));
}

/* What S2MM brought is shown before the driver knows that it is damaged. */
static gboolean
tie_may_be_damaged (StressTie *self)
{
  const StressCell *cell = self->bench->cell;
  return (tie_is_genlocked (self) && stress_cell_damages (cell))
         || stress_cell_stops_stream (cell);
}

/* @same: what was seen is what lies in memory. So it does too where S2MM flips, and
 * wrote the last lines before the display came to them. */
static gboolean
tie_may_be_torn (StressTie *self, gboolean same)
{
  gboolean raced = !same || stress_cell_flips (self->bench->cell);
  return (raced && tie_may_be_overtaken (self))
         || (same && tie_may_be_damaged (self));
}

static void
tie_see_frame (gpointer user_data, const guint8 *seen, guint64 phys)
{
  StressTie *self = user_data;
  StressBench *bench = self->bench;
  const StressPicture *picture = &bench->picture;
  gboolean same = tie_is_memory (self, seen, phys);
  SimCounterCheck check;

  if (!stress_pool_find (stress_capture_get_pool (self->capture), phys))
    stress_bench_violation (
        bench, "0x%" G_GINT64_MODIFIER "x on display is no frame", phys);
  if (!sim_pattern_check_counter (
          seen, picture->hsize, picture->hsize, picture->vsize, &check)) {
    if (!tie_may_be_torn (self, same))
      stress_bench_torn (bench,
          "a torn picture on display: line %u is not of %" G_GUINT64_FORMAT
          ", %s",
          check.first_bad, check.number, same ? "in memory" : "S2MM came by");
    return;
  }
  stress_bench_note (bench, "shows picture %" G_GUINT64_FORMAT, check.number);
  if (self->has_last && check.number < self->last && !tie_may_go_back (self))
    stress_bench_torn (bench,
        "picture %" G_GUINT64_FORMAT " on display behind %" G_GUINT64_FORMAT,
        check.number, self->last);
  tie_judge_lag (self, check.number);
  self->n_pictures += !self->has_last || check.number != self->last;
  self->has_last = TRUE;
  self->last = check.number;
}

/* ---- life ---- */

StressTie *
stress_tie_new (
    StressBench *bench, StressCapture *capture, StressDisplay *display)
{
  StressTie *self = g_new0 (StressTie, 1);

  self->bench = bench;
  self->capture = capture;
  self->display = display;
  self->memory =
      g_malloc0 ((gsize) bench->picture.hsize * bench->picture.vsize);
  stress_display_set_foreign (display, tie_see_frame, self);
  stress_capture_set_follower (capture, stress_display_get_channel (display));
  return self;
}

static void
tie_tie (StressTie *self)
{
  g_autoptr (GError) error = NULL;
  VdmaChannel *capture = stress_capture_get_channel (self->capture);

  stress_bench_note (self->bench, "tie");
  self->tied_at = stress_bench_now (self->bench);
  vdma_channel_untie (stress_display_get_channel (self->display), NULL);
  stress_display_let_go (self->display, TRUE);
  self->tied = vdma_channel_tie (
      capture, stress_display_get_channel (self->display), &error);
  if (!self->tied && !stress_cell_may_fail (self->bench->cell))
    stress_bench_violation (self->bench, "tie: %s", error->message);
  stress_display_let_go (self->display, FALSE);
}

static void
tie_break (StressTie *self)
{
  g_autoptr (GError) error = NULL;
  StressBench *bench = self->bench;
  VdmaChannel *display = stress_display_get_channel (self->display);
  guint how = bench->cell->level[STRESS_BREAKS];
  gboolean ok = TRUE;

  if (how == STRESS_BREAKS_ANY)
    how = STRESS_BREAKS_UNTIE + stress_below (&bench->random, 3);
  stress_bench_note (bench, "breaks the tie by %u", how);
  self->tied = FALSE;
  if (how == STRESS_BREAKS_SHOW)
    stress_display_break_in (self->display);
  else if (how == STRESS_BREAKS_STOP)
    ok = vdma_channel_stop (display, &error);
  else
    ok = vdma_channel_untie (stress_below (&bench->random, 2)
                                 ? display
                                 : stress_capture_get_channel (self->capture),
        &error);
  if (!ok && !stress_cell_may_fail (bench->cell))
    stress_bench_violation (bench, "untie: %s", error->message);
}

void
stress_tie_free (StressTie *self)
{
  g_autoptr (GError) error = NULL;

  if (!self)
    return;
  VdmaChannel *capture = stress_capture_get_channel (self->capture);
  if (!vdma_channel_untie (capture, &error)
      && !stress_cell_may_fail (self->bench->cell))
    stress_bench_violation (self->bench, "untie: %s", error->message);
  self->bench->kept_by_tie = stress_display_end (self->display);
  stress_display_set_foreign (self->display, NULL, NULL);
  stress_capture_set_follower (self->capture, NULL);
  g_free (self->memory);
  g_free (self);
}

/* ---- a step ---- */

/* A display that failed is not tried again in a run of the capture. */
static gboolean
tie_has_failed (StressTie *self)
{
  VdmaChannel *display = stress_display_get_channel (self->display);
  return stress_cell_may_fail (self->bench->cell)
         && vdma_channel_get_tie_mode (display) == VDMA_TIE_NONE
         && stress_bench_now (self->bench) > self->tied_at + TIE_PATIENCE;
}

gboolean
stress_tie_step (StressTie *self)
{
  StressBench *bench = self->bench;
  gboolean breaks = bench->cell->level[STRESS_BREAKS] != STRESS_BREAKS_NEVER;

  if (!self->tied || (bench->calm && tie_has_failed (self))) {
    if (bench->calm || !breaks || stress_below (&bench->random, 24) == 0)
      tie_tie (self);
  } else if (breaks && !bench->calm && stress_below (&bench->random, 40) == 0) {
    tie_break (self);
  }
  return self->tied;
}

void
stress_tie_calm (StressTie *self)
{
  self->calm_begin = self->n_pictures;
  self->judges_lag = self->bench->cell->level[STRESS_POOL] == STRESS_AMPLE;
}

void
stress_tie_judge_calm (StressTie *self)
{
  if (stress_capture_has_frames (self->capture)
      && self->n_pictures < self->calm_begin + TIE_CALM_PICTURES)
    stress_bench_violation (self->bench,
        "undisturbed, only %" G_GUINT64_FORMAT
        " new pictures came on display, tied",
        self->n_pictures - self->calm_begin);
}
