/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hand-clock.h"

#include "vdma-util.h"

typedef struct {
  VdmaTimer base;
  HandClock *clock;
  VdmaTimer *never; /* lends its descriptor */
} HandTimer;

static gint64
hand_now (VdmaTime *time)
{
  return ((HandClock *) time)->now;
}

static void
hand_timer_set (VdmaTimer *timer, gint64 at)
{
  ((HandTimer *) timer)->clock->alarm = at;
}

static void
hand_timer_close (VdmaTimer *timer)
{
  HandTimer *self = (HandTimer *) timer;
  vdma_timer_close (self->never);
  g_free (self);
}

static const VdmaTimerImpl hand_timer_impl = {
  .set = hand_timer_set,
  .close = hand_timer_close,
};

static VdmaTimer *
hand_open_timer (VdmaTime *time, GError **error)
{
  HandTimer *self = g_new0 (HandTimer, 1);
  self->base.impl = &hand_timer_impl;
  self->clock = (HandClock *) time;
  self->never = vdma_time_open_timer (vdma_time_monotonic (), error);
  self->base.fd = self->never->fd;
  return &self->base;
}

static const VdmaTimeImpl hand_impl = {
  .name = "hand",
  .now = hand_now,
  .open_timer = hand_open_timer,
};

void
hand_clock_init (HandClock *self)
{
  *self = (HandClock){
    .base.impl = &hand_impl,
    .now = VDMA_NSEC_PER_SEC,
    .alarm = G_MAXINT64,
  };
}
