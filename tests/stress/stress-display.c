/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "sim-pattern.h"
#include "stress-users.h"
#include "vdma-error.h"
#include "vdma-util.h"

#define DISPLAY_SPARE      6
#define DISPLAY_LEAST      2 /* frames: one on display, one to show next */
#define DISPLAY_START_REST (50 * VDMA_NSEC_PER_MSEC)

struct StressDisplay {
  StressBench *bench;
  VdmaChannel *channel;
  StressPool pool;
  guint64 next; /* picture */
  gboolean stopping;
  guint repeat; /* frame times before the next picture, of a slow producer */

  /* what the display sees */
  guint8 *seen; /* the frame in work, without gaps between lines */
  guint seen_lines;
  gboolean has_last;
  guint64 last;
  guint64 n_pictures; /* different ones, whole */

  guint64 accepted, cancelled;
  guint64 calm_begin; /* pictures by then */

  StressForeignFunc
      foreign; /* nullable: of a display that is tied now and then */
  gpointer foreign_data;
};

/* ---- what the display sees ---- */

static void
display_note_shown (StressDisplay *self, guint64 number)
{
  for (guint i = 0; i < self->pool.n; i++) {
    StressFrame *frame = &self->pool.frames[i];
    if (frame->owner == STRESS_DRIVER && frame->number == number) {
      frame->n_shown++;
      return;
    }
  }
  stress_bench_torn (self->bench,
      "picture %" G_GUINT64_FORMAT " is shown, which nobody wants to show",
      number);
}

static void
display_see_frame (StressDisplay *self)
{
  const StressPicture *picture = &self->bench->picture;
  SimCounterCheck check;

  if (!sim_pattern_check_counter (
          self->seen, picture->hsize, picture->hsize, picture->vsize, &check)) {
    stress_bench_torn (self->bench,
        "a torn picture on display: line %u is not of %" G_GUINT64_FORMAT,
        check.first_bad, check.number);
    return;
  }
  if (self->has_last && check.number < self->last)
    stress_bench_torn (self->bench,
        "picture %" G_GUINT64_FORMAT " on display behind %" G_GUINT64_FORMAT,
        check.number, self->last);
  self->n_pictures += !self->has_last || check.number != self->last;
  self->has_last = TRUE;
  self->last = check.number;
  display_note_shown (self, check.number);
}

/* The last line is out; the core is still there. */
static void
display_see_end (StressDisplay *self)
{
  SimCoreLive live;

  sim_core_get_live (self->bench->sim->core, VDMA_MM2S, &live);
  if (self->foreign && !stress_pool_find (&self->pool, live.address))
    self->foreign (self->foreign_data, self->seen, live.address);
  else
    display_see_frame (self);
}

/* Called by the board, for each line that goes out. */
static void
display_see_line (gpointer user_data, const SimLine *line, gboolean last)
{
  StressDisplay *self = user_data;
  const StressPicture *picture = &self->bench->picture;
  SimBoard *sim = self->bench->sim;

  if (line->sof)
    self->seen_lines = 0;
  if (self->seen_lines < picture->vsize && line->size == picture->hsize)
    memcpy (self->seen + (gsize) self->seen_lines++ * picture->hsize,
        line->data, line->size);
  if (last && self->seen_lines == picture->vsize)
    display_see_end (self);
  if (self->bench->cell->level[STRESS_DIRECTION] == STRESS_LOOP)
    sim_camera_pass_line (sim->camera, line, sim->now);
}

/* ---- frames ---- */

/* What was accepted must have been on display, whole, unless the channel stops. */
static void
display_release (gpointer user_data, VdmaFrame *released)
{
  StressDisplay *self = user_data;
  StressFrame *frame = released->cookie;

  if (frame->n_shown == 0 && !self->stopping)
    stress_bench_torn (self->bench,
        "picture %" G_GUINT64_FORMAT " is let go and was never on display",
        frame->number);
  self->cancelled += frame->n_shown == 0;
  stress_frame_ops.release (&self->pool, released);
}

static gboolean
display_acquire (gpointer user_data, VdmaFrame *frame)
{
  StressDisplay *self = user_data;
  stress_bench_violation (self->bench, "a display acquires no frames");
  return FALSE;
}

static const VdmaFrameOps display_ops = {
  .acquire = display_acquire,
  .release = display_release,
};

static gboolean
display_new_frame (StressDisplay *self, VdmaFrame *out)
{
  StressFrame *frame = stress_pool_get (&self->pool);
  if (!frame)
    return FALSE;
  frame->number = self->next++;
  frame->n_shown = 0;
  stress_frame_draw (frame, frame->number);
  stress_frame_set_owner (frame, STRESS_DRIVER);
  *out = (VdmaFrame){ .phys = frame->phys, .cookie = frame };
  return TRUE;
}

/* ---- life ---- */

static guint
display_pool_size (const StressCell *cell)
{
  switch ((StressPoolLevel) cell->level[STRESS_POOL]) {
    case STRESS_TIGHT:
      return 3;
    case STRESS_SCARCE:
      return 2;
    case STRESS_AMPLE:
    default:
      return stress_cell_stores (cell) + DISPLAY_SPARE;
  }
}

static gboolean
display_open (StressDisplay *self, GError **error)
{
  StressBench *bench = self->bench;
  VdmaMode mode = {
    .hsize = bench->picture.hsize,
    .vsize = bench->picture.vsize,
    .stride = bench->picture.stride,
    .period =
        bench->cell->level[STRESS_PERIOD] == 0 ? bench->period[VDMA_MM2S] : 0,
    .frame_delay = 1,
  };

  self->channel = vdma_device_claim (bench->device, VDMA_MM2S, "stress", error);
  if (!self->channel)
    return FALSE;
  vdma_channel_set_frame_ops (self->channel, &display_ops, self);
  return vdma_channel_set_mode (self->channel, &mode, error);
}

StressDisplay *
stress_display_new (StressBench *bench)
{
  g_autoptr (GError) error = NULL;
  StressDisplay *self = g_new0 (StressDisplay, 1);

  self->bench = bench;
  self->seen = g_malloc0 ((gsize) bench->picture.hsize * bench->picture.vsize);
  sim_display_set_pass (bench->sim->display, display_see_line, self);
  if (!stress_pool_fill (
          &self->pool, bench, display_pool_size (bench->cell), FALSE)
      || !display_open (self, &error)) {
    if (error)
      stress_bench_violation (bench, "display: %s", error->message);
    stress_display_free (self);
    return NULL;
  }
  return self;
}

static VdmaChannelStats
display_stats (StressDisplay *self)
{
  VdmaChannelStats stats;
  vdma_channel_get_stats (self->channel, &stats);
  return stats;
}

static void
display_start (StressDisplay *self)
{
  g_autoptr (GError) error = NULL;
  StressBench *bench = self->bench;
  VdmaFrame first;

  if (!display_new_frame (self, &first)) {
    bench->exhausted = display_stats (self).quarantined > 0;
    if (!bench->exhausted)
      stress_bench_violation (bench, "a stopped display keeps its frames");
    return;
  }
  self->stopping = TRUE; /* should it fail */
  self->accepted++;
  gboolean ok = vdma_channel_start (self->channel, &first, &error);
  self->stopping = FALSE;
  if (ok)
    return;
  if (bench->calm || !stress_cell_may_fail (bench->cell))
    stress_bench_violation (bench, "start: %s", error->message);
  stress_bench_note (bench, "start: %s", error->message);
  sim_board_advance (bench->sim, DISPLAY_START_REST);
}

static void
display_stop (StressDisplay *self)
{
  g_autoptr (GError) error = NULL;

  self->stopping = TRUE;
  if (!vdma_channel_stop (self->channel, &error)
      && !stress_cell_may_fail (self->bench->cell))
    stress_bench_violation (self->bench, "stop: %s", error->message);
  self->stopping = FALSE;
}

/* ---- a step ---- */

static gboolean
display_wants (StressDisplay *self)
{
  StressBench *bench = self->bench;

  if (bench->calm)
    return TRUE;
  switch ((StressConsumer) bench->cell->level[STRESS_CONSUMER]) {
    case STRESS_SLOW:
      return stress_below (&bench->random, 3) == 0;
    case STRESS_BURSTY:
      if (stress_below (&bench->random, 40) == 0)
        self->repeat = 12;
      self->repeat -= MIN (self->repeat, 1);
      return self->repeat == 0;
    default:
      return TRUE;
  }
}

static void
display_show_all (StressDisplay *self)
{
  g_autoptr (GError) error = NULL;
  StressBench *bench = self->bench;
  VdmaFrame frame;

  while (vdma_channel_is_running (self->channel)
         && vdma_display_can_show (self->channel) && display_wants (self)
         && display_new_frame (self, &frame)) {
    stress_bench_be_late (bench, VDMA_MM2S);
    if (!vdma_display_show (self->channel, &frame, &error)) {
      stress_bench_violation (bench, "show: %s", error->message);
      stress_frame_set_owner (frame.cookie, STRESS_CACHE);
      return;
    }
    self->accepted++;
  }
}

/* Until a frame went out in the calm, it may be a fault of before. */
static gboolean
display_may_fail (StressDisplay *self)
{
  const StressBench *bench = self->bench;
  guint64 done = sim_core_get_truth (bench->sim->core, VDMA_MM2S)->frames_done;

  return stress_cell_may_fail (bench->cell)
         && (!bench->calm || done == bench->calm_done[VDMA_MM2S]);
}

static void
display_service (StressDisplay *self)
{
  g_autoptr (GError) error = NULL;
  StressBench *bench = self->bench;

  stress_bench_be_late (bench, VDMA_MM2S);
  self->stopping = stress_cell_may_fail (bench->cell);
  gboolean ok = vdma_channel_service (self->channel, &error);
  self->stopping = FALSE;
  if (!ok && !display_may_fail (self))
    stress_bench_violation (bench, "service: %s", error->message);
}

void
stress_display_step (StressDisplay *self, gint64 deadline)
{
  StressBench *bench = self->bench;

  if (!vdma_channel_is_running (self->channel)) {
    display_start (self);
    return;
  }
  if (bench->cell->level[STRESS_WAIT] == 0 || bench->calm) {
    if (stress_bench_wait (bench, self->channel, deadline))
      display_service (self);
  } else {
    stress_bench_pass (bench, VDMA_MM2S, 12);
    display_service (self);
  }
  display_show_all (self);
  if (!bench->calm && bench->cell->level[STRESS_CONSUMER] == STRESS_RESTARTING
      && stress_below (&bench->random, 40) == 0)
    display_stop (self);
}

void
stress_display_let_go (StressDisplay *self, gboolean on)
{
  self->stopping = on;
}

void
stress_display_break_in (StressDisplay *self)
{
  g_autoptr (GError) error = NULL;
  StressBench *bench = self->bench;
  VdmaFrame frame;

  if (!display_new_frame (self, &frame))
    return;
  self->stopping = TRUE; /* should it fail */
  self->accepted++;
  gboolean ok = vdma_display_show (self->channel, &frame, &error);
  self->stopping = FALSE;
  if (ok)
    return;
  if (!stress_cell_may_fail (bench->cell))
    stress_bench_violation (bench, "show: %s", error->message);
  if (((StressFrame *) frame.cookie)->owner == STRESS_CACHE)
    return;
  self->accepted--;
  stress_frame_set_owner (frame.cookie, STRESS_CACHE);
}

guint64
stress_display_end (StressDisplay *self)
{
  display_stop (self);
  return display_stats (self).quarantined
         - stress_pool_count (&self->pool, STRESS_DRIVER);
}

VdmaChannel *
stress_display_get_channel (StressDisplay *self)
{
  return self->channel;
}

void
stress_display_set_foreign (
    StressDisplay *self, StressForeignFunc func, gpointer user_data)
{
  self->foreign = func;
  self->foreign_data = user_data;
}

void
stress_display_calm (StressDisplay *self)
{
  self->calm_begin = self->n_pictures;
}

/* A frame that is kept for ever shows nothing new. */
void
stress_display_judge_calm (StressDisplay *self)
{
  if (self->pool.n >= display_stats (self).quarantined + DISPLAY_LEAST
      && self->n_pictures < self->calm_begin + 4)
    stress_bench_violation (self->bench,
        "undisturbed, only %" G_GUINT64_FORMAT " new pictures came on display",
        self->n_pictures - self->calm_begin);
}

void
stress_display_free (StressDisplay *self)
{
  if (!self)
    return;
  if (self->channel) {
    display_stop (self);
    VdmaChannelStats stats = display_stats (self);
    vdma_channel_release (self->channel);
    guint n = stress_pool_judge_kept (
        &self->pool, stats.quarantined - self->bench->kept_by_tie, 0);
    /* accepted = shown, or let go by a stop before, or kept for ever */
    if (self->n_pictures + self->cancelled > self->accepted
        || self->n_pictures + self->cancelled + n < self->accepted)
      stress_bench_unaccounted (self->bench, 1,
          "%" G_GUINT64_FORMAT " pictures accepted, %" G_GUINT64_FORMAT
          " shown, %" G_GUINT64_FORMAT " cancelled",
          self->accepted, self->n_pictures, self->cancelled);
  }
  sim_display_set_pass (self->bench->sim->display, NULL, NULL);
  stress_pool_clear (&self->pool);
  g_free (self->seen);
  g_free (self);
}
