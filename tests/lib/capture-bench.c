/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capture-bench.h"

void
capture_bench_open (CaptureBench *self)
{
  driver_rig_open (&self->rig);
  self->channel = self->rig.channel[VDMA_S2MM];
  self->n = 0;
  driver_rig_start_capture (&self->rig);
}

void
capture_bench_take (CaptureBench *self)
{
  VdmaFrame frame;

  while (vdma_capture_take (self->channel, &frame, &self->info[self->n])) {
    const RigFrame *taken = frame.cookie;
    driver_rig_keep (&self->rig, &frame);
    self->whole[self->n] = driver_rig_picture (&frame) != G_MAXUINT32;
    self->picture[self->n] = taken->data[0];
    self->n++;
    g_assert_cmpuint (self->n, <, CAPTURE_BENCH_MAX_TAKEN);
    driver_rig_give_back (&self->rig, &frame);
  }
}

gboolean
capture_bench_capture (CaptureBench *self, guint n, GError **error)
{
  guint end = self->n + n;

  for (guint i = 0; self->n < end && i < 20 * n + 100; i++) {
    VdmaWait wait = vdma_channel_wait (
        self->channel, NULL, self->rig.now + 4 * RIG_PERIOD, error);
    if (wait == VDMA_WAIT_FAILED)
      return FALSE;
    if (wait == VDMA_WAIT_TIMEOUT)
      continue;
    if (!vdma_channel_service (self->channel, error))
      return FALSE;
    capture_bench_take (self);
  }
  return self->n >= end;
}

void
capture_bench_must_capture (CaptureBench *self, guint n)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (capture_bench_capture (self, n, &error));
  g_assert_no_error (error);
}

VdmaChannelStats
capture_bench_stats (CaptureBench *self)
{
  VdmaChannelStats stats;
  vdma_channel_get_stats (self->channel, &stats);
  return stats;
}

void
capture_bench_check (CaptureBench *self)
{
  driver_rig_assert_balanced (&self->rig);
  g_assert_cmpuint (self->rig.violations, ==, 0);
  for (guint i = 0; i < self->n; i++) {
    if (!self->whole[i])
      g_assert_cmpuint (self->info[i].flags & VDMA_FRAME_CORRUPT, !=, 0);
    if (i > 0)
      g_assert_cmpuint (self->info[i].number, >, self->info[i - 1].number);
  }
}

guint64
capture_bench_missed (CaptureBench *self)
{
  guint last = self->n - 1;
  guint64 numbers = self->info[last].number - self->info[0].number;
  guint64 pictures = self->picture[last] - self->picture[0];
  return MAX (numbers, pictures) - MIN (numbers, pictures);
}

guint
capture_bench_n_corrupt (CaptureBench *self)
{
  guint n = 0;
  for (guint i = 0; i < self->n; i++)
    n += (self->info[i].flags & VDMA_FRAME_CORRUPT) != 0;
  return n;
}

void
capture_bench_to_mid_frame (CaptureBench *self)
{
  driver_rig_advance (
      &self->rig, self->rig.camera_next - self->rig.now + RIG_PERIOD * 3 / 8);
}
