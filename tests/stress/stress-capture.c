/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "stress-accounts.h"
#include "stress-users.h"
#include "vdma-error.h"
#include "vdma-util.h"

#define CAPTURE_MAX_HELD   8
#define CAPTURE_START_REST (50 * VDMA_NSEC_PER_MSEC)

struct StressCapture {
  StressBench *bench;
  VdmaChannel *channel;
  VdmaChannel *follower; /* nullable */
  StressPool pool;
  StressFrame *held[CAPTURE_MAX_HELD];
  guint n_held;
  guint nap; /* sixteenths of a frame time, of a consumer that sleeps */

  /* the order of pictures */
  gboolean has_last;
  guint64 last_picture;
  guint64 oldest; /* pictures below were sent before the channel ran */
  VdmaFrameInfo last;

  StressAccounts accounts;

  guint64 stream_losses;
  gint64 lost_at;           /* when they were seen to grow */
  guint64 lost_before;      /* and the next picture then */
  gint64 came, came_before; /* when frames came last, and the time before */

  guint n_calm_failures;
  guint n_calm_good;  /* whole and unsuspected frames in a row */
  guint64 calm_begin; /* frames done by then */
};

static const SimCoreTruth *
capture_truth (StressCapture *self)
{
  return sim_core_get_truth (self->bench->sim->core, VDMA_S2MM);
}

static VdmaChannelStats
capture_stats (StressCapture *self)
{
  VdmaChannelStats stats;
  vdma_channel_get_stats (self->channel, &stats);
  return stats;
}

/* Returns: frames that are kept for ever, or a few more */
static guint64
capture_kept (StressCapture *self)
{
  VdmaChannelStats stats = { 0 };
  if (self->follower)
    vdma_channel_get_stats (self->follower, &stats);
  return stats.quarantined + capture_stats (self).quarantined;
}

/* ---- life ---- */

/* Returns: frames without which the channel cannot go on: one for each store, one
 * to replace another with, and the one on display */
static guint
capture_least_frames (const StressCell *cell)
{
  gboolean tied = cell->level[STRESS_DIRECTION] == STRESS_TIE;
  return stress_cell_stores (cell) + (tied ? 2 : 1);
}

static guint
capture_pool_size (const StressCell *cell)
{
  guint n = stress_cell_stores (cell);
  switch ((StressPoolLevel) cell->level[STRESS_POOL]) {
    case STRESS_TIGHT:
      return capture_least_frames (cell);
    case STRESS_SCARCE:
      return n + 3;
    case STRESS_AMPLE:
    default:
      return 2 * n + CAPTURE_MAX_HELD;
  }
}

static gboolean
capture_open (StressCapture *self, GError **error)
{
  StressBench *bench = self->bench;
  const StressCell *cell = bench->cell;
  VdmaMode mode = {
    .hsize = bench->picture.hsize,
    .vsize = bench->picture.vsize,
    .stride = bench->picture.stride,
    .period = cell->level[STRESS_PERIOD] == 0 ? bench->period[VDMA_S2MM] : 0,
    .vertical_flip = stress_cell_flips (cell),
  };

  self->channel = vdma_device_claim (bench->device, VDMA_S2MM, "stress", error);
  if (!self->channel)
    return FALSE;
  vdma_channel_set_frame_ops (self->channel, &stress_frame_ops, &self->pool);
  vdma_channel_set_on_error (self->channel,
      cell->level[STRESS_DROP_CORRUPT] != 0 ? VDMA_ON_ERROR_DROP
                                            : VDMA_ON_ERROR_RECOVER);
  return vdma_channel_set_mode (self->channel, &mode, error);
}

StressCapture *
stress_capture_new (StressBench *bench)
{
  g_autoptr (GError) error = NULL;
  StressCapture *self = g_new0 (StressCapture, 1);

  self->bench = bench;
  if (!stress_pool_fill (
          &self->pool, bench, capture_pool_size (bench->cell), TRUE)
      || !capture_open (self, &error)) {
    if (error)
      stress_bench_violation (bench, "capture: %s", error->message);
    stress_capture_free (self);
    return NULL;
  }
  if (bench->cell->level[STRESS_POOL] == STRESS_SCARCE)
    self->pool.scarcity = 4;
  return self;
}

/* ---- starting and stopping ---- */

static void
capture_give_back (StressCapture *self, guint index)
{
  stress_frame_give_back (self->held[index]);
  self->held[index] = self->held[--self->n_held];
}

static void
capture_begin_run (StressCapture *self)
{
  VdmaChannelStats stats = capture_stats (self);
  stress_accounts_begin_run (self->bench, &self->accounts, &stats);
  if (self->bench->cell->level[STRESS_DIRECTION] != STRESS_LOOP)
    self->oldest = sim_camera_get_next_frame (self->bench->sim->camera) - 1;
}

static void
capture_end_run (StressCapture *self)
{
  VdmaChannelStats stats = capture_stats (self);

  stress_accounts_judge_run (self->bench, &self->accounts, &stats,
      vdma_capture_n_waiting (self->channel));
}

static void
capture_start (StressCapture *self)
{
  g_autoptr (GError) error = NULL;
  StressBench *bench = self->bench;

  capture_begin_run (self);
  self->pool.running = FALSE;
  self->pool.running = vdma_channel_start (self->channel, NULL, &error);
  if (self->pool.running)
    return;
  if (!g_error_matches (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY)) {
    if (bench->calm || !stress_cell_may_fail (bench->cell))
      stress_bench_violation (bench, "start: %s", error->message);
  } else if (self->n_held > 0) {
    capture_give_back (self, 0);
  } else {
    bench->exhausted = capture_kept (self) > 0;
    if (!bench->exhausted)
      stress_bench_violation (bench, "start: %s", error->message);
  }
  stress_bench_note (bench, "start: %s", error->message);
  sim_board_advance (bench->sim, CAPTURE_START_REST);
}

static void
capture_stop (StressCapture *self)
{
  g_autoptr (GError) error = NULL;

  stress_bench_note (self->bench, "stop");
  gboolean was_running = vdma_channel_is_running (self->channel);
  if (!vdma_channel_stop (self->channel, &error)
      && !stress_cell_may_fail (self->bench->cell))
    stress_bench_violation (self->bench, "stop: %s", error->message);
  if (was_running)
    capture_end_run (self);
}

/* ---- frames ---- */

/* A core whose stream stood still, or was taken away, in one frame and came back
 * in another, joins the two without any error. Returns: beginnings of frames that
 * the stream lost so far */
static guint64
capture_stream_losses (StressCapture *self)
{
  const StressBench *bench = self->bench;
  const SimCameraTruth *camera = sim_camera_get_truth (bench->sim->camera);
  guint64 losses = 0;

  for (guint i = 0; i < SIM_N_DROPS; i++)
    losses += camera->dropped[i];
  if (bench->cell->level[STRESS_DIRECTION] == STRESS_LOOP)
    losses += sim_core_get_truth (bench->sim->core, VDMA_MM2S)->frames_started
              - camera->generated;
  return losses;
}

static void
capture_look_for_cuts (StressCapture *self)
{
  guint64 losses = capture_stream_losses (self);

  if (losses != self->stream_losses) {
    self->lost_at = stress_bench_now (self->bench);
    self->lost_before = sim_camera_get_next_frame (self->bench->sim->camera);
  }
  self->stream_losses = losses;
}

/* Such a frame ends soon behind the last loss; the ones before it came then, or
 * come now as well. Where it had to wait for an empty frame, none came of those
 * that were sent later. */
static gboolean
capture_may_be_joined (StressCapture *self)
{
  gint64 end = self->lost_at + 4 * self->bench->period[VDMA_S2MM];
  gboolean loops = self->bench->cell->level[STRESS_DIRECTION] == STRESS_LOOP;
  return stress_cell_stops_stream (self->bench->cell)
         && (self->came_before <= end
             || (!loops && self->last_picture + 1 < self->lost_before));
}

/* The picture must be newer than any before. */
static void
capture_judge_order (StressCapture *self, guint64 picture)
{
  gboolean loops = self->bench->cell->level[STRESS_DIRECTION] == STRESS_LOOP;

  if (self->has_last
      && (picture < self->last_picture
          || (picture == self->last_picture && !loops)))
    stress_bench_torn (self->bench,
        "picture %" G_GUINT64_FORMAT " behind picture %" G_GUINT64_FORMAT,
        picture, self->last_picture);
  if (!loops && picture + 1 < self->oldest + 1)
    stress_bench_torn (self->bench,
        "picture %" G_GUINT64_FORMAT
        " is from before the start, at %" G_GUINT64_FORMAT,
        picture, self->oldest);
  self->has_last = TRUE;
  self->last_picture = picture;
}

static void
capture_judge (
    StressCapture *self, StressFrame *frame, const VdmaFrameInfo *info)
{
  StressBench *bench = self->bench;
  guint64 picture;
  gboolean flipped;
  gboolean shared = (info->flags & VDMA_FRAME_SHARED) != 0;
  gboolean whole = stress_frame_take (frame, shared, &picture, &flipped);

  stress_bench_note (bench,
      "took %" G_GUINT64_FORMAT ", picture %" G_GUINT64_FORMAT " flags %u%s",
      info->number, picture, info->flags, whole ? "" : ", torn");
  if (info->number < self->last.number && self->has_last)
    stress_bench_torn (bench,
        "frame number %" G_GUINT64_FORMAT " after %" G_GUINT64_FORMAT,
        info->number, self->last.number);
  self->last = *info;
  if ((info->flags & VDMA_FRAME_CORRUPT)
      || (!whole && capture_may_be_joined (self))) {
    self->n_calm_good = 0;
    return;
  }
  if (!whole)
    stress_bench_torn (bench,
        "frame %" G_GUINT64_FORMAT " is torn and not marked corrupt",
        info->number);
  else
    capture_judge_order (self, picture);
  if (whole)
    stress_accounts_judge_step (bench, &self->accounts,
        vdma_capture_n_waiting (self->channel), info, picture);
  if (whole && bench->picture.vsize > 1
      && flipped != stress_cell_flips (bench->cell))
    stress_bench_torn (bench, "the picture stands on its head");
  self->n_calm_good += whole;
}

static void
capture_hold (StressCapture *self, StressFrame *frame)
{
  StressBench *bench = self->bench;
  guint consumer = bench->cell->level[STRESS_CONSUMER];

  if (self->n_held == CAPTURE_MAX_HELD)
    capture_give_back (self, stress_below (&bench->random, self->n_held));
  self->held[self->n_held++] = frame;
  if (bench->calm)
    return;
  if (consumer == STRESS_SLOW)
    stress_bench_pass (bench, VDMA_S2MM, 40);
  if (consumer != STRESS_HOLDING || stress_below (&bench->random, 3) == 0)
    capture_give_back (self, stress_below (&bench->random, self->n_held));
}

/* Returns: whether the application looks for frames now */
static gboolean
capture_wants (StressCapture *self)
{
  StressBench *bench = self->bench;

  if (bench->calm)
    return TRUE;
  switch ((StressTakes) bench->cell->level[STRESS_TAKES]) {
    case STRESS_TAKES_NEWEST:
      vdma_capture_skip_older (self->channel);
      return TRUE;
    case STRESS_TAKES_SOME:
      return stress_below (&bench->random, 3) == 0;
    case STRESS_TAKES_FEW:
      return stress_below (&bench->random, 60) == 0;
    default:
      return TRUE;
  }
}

static void
capture_take_all (StressCapture *self)
{
  VdmaFrame frame;
  VdmaFrameInfo info;

  capture_look_for_cuts (self);
  if (vdma_capture_n_waiting (self->channel) > 0) {
    self->came_before = self->came;
    self->came = stress_bench_now (self->bench);
  }
  if (!capture_wants (self))
    return;
  while (vdma_capture_take (self->channel, &frame, &info)) {
    capture_judge (self, frame.cookie, &info);
    capture_hold (self, frame.cookie);
    while (self->n_held > 0 && self->bench->calm)
      capture_give_back (self, 0);
  }
}

/* ---- a step ---- */

static void
capture_service (StressCapture *self)
{
  g_autoptr (GError) error = NULL;
  StressBench *bench = self->bench;

  stress_bench_be_late (bench, VDMA_S2MM);
  stress_accounts_look (bench, &self->accounts);
  guint waited = vdma_capture_n_waiting (self->channel);
  if (vdma_channel_service (self->channel, &error)) {
    VdmaChannelStats stats = capture_stats (self);
    stress_accounts_arrive (bench, &self->accounts, &stats,
        vdma_capture_n_waiting (self->channel) - waited);
    return;
  }
  /* the calm may begin between the last error and giving up */
  if ((bench->calm && self->n_calm_failures++ > 0)
      || !stress_cell_may_fail (bench->cell))
    stress_bench_violation (bench, "service: %s", error->message);
  stress_bench_note (bench, "service: %s", error->message);
  capture_end_run (self);
}

/* The moods of an application between two looks at the channel. */
static void
capture_dawdle (StressCapture *self)
{
  StressBench *bench = self->bench;

  if (bench->calm)
    return;
  switch ((StressConsumer) bench->cell->level[STRESS_CONSUMER]) {
    case STRESS_BURSTY:
      if (stress_below (&bench->random, 12) == 0)
        stress_bench_pass (bench, VDMA_S2MM, 200);
      break;
    case STRESS_RESTARTING:
      if (stress_below (&bench->random, 24) == 0)
        capture_stop (self);
      stress_bench_pass (bench, VDMA_S2MM, stress_below (&bench->random, 24));
      break;
    default:
      break;
  }
}

void
stress_capture_step (StressCapture *self, gint64 deadline)
{
  StressBench *bench = self->bench;

  if (!vdma_channel_is_running (self->channel)) {
    capture_start (self);
    return;
  }
  if (bench->cell->level[STRESS_WAIT] == 0 || bench->calm) {
    if (stress_bench_wait (bench, self->channel, deadline))
      capture_service (self);
  } else {
    stress_bench_pass (bench, VDMA_S2MM, 12);
    capture_service (self);
  }
  capture_take_all (self);
  capture_dawdle (self);
}

void
stress_capture_calm (StressCapture *self)
{
  while (self->n_held > 0)
    capture_give_back (self, 0);
  self->n_calm_good = 0;
  self->calm_begin = capture_truth (self)->frames_done;
}

gboolean
stress_capture_has_frames (StressCapture *self)
{
  return self->pool.n
         >= capture_kept (self) + capture_least_frames (self->bench->cell);
}

void
stress_capture_judge_calm (StressCapture *self)
{
  guint64 done = capture_truth (self)->frames_done - self->calm_begin;

  if (!stress_capture_has_frames (self))
    return;
  if (done < 8 || self->n_calm_good < 4)
    stress_bench_violation (self->bench,
        "undisturbed, of %" G_GUINT64_FORMAT
        " frames the last %u were delivered whole",
        done, self->n_calm_good);
}

void
stress_capture_free (StressCapture *self)
{
  if (!self)
    return;
  if (self->channel) {
    capture_stop (self);
    guint64 kept = capture_stats (self).quarantined;
    vdma_channel_release (self->channel);
    while (self->n_held > 0)
      capture_give_back (self, 0);
    stress_pool_judge_kept (&self->pool, kept, self->bench->kept_by_tie);
  }
  stress_pool_clear (&self->pool);
  g_free (self);
}

VdmaChannel *
stress_capture_get_channel (StressCapture *self)
{
  return self->channel;
}

StressPool *
stress_capture_get_pool (StressCapture *self)
{
  return &self->pool;
}

void
stress_capture_set_follower (StressCapture *self, VdmaChannel *display)
{
  self->follower = display;
}
