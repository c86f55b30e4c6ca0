/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When frames end is known as a window: after @early, not after @late. Each look
 * cuts it, each frame moves it on by a period and makes it a little wider. As
 * long as it is narrow one look a frame is enough, at its late side. */
#include "io-timer.h"

#include "vdma-util.h"

#define TIMER_DEFAULT_PERIOD (VDMA_NSEC_PER_SEC / 60) /* when nobody knows */
#define TIMER_MIN_PERIOD     (VDMA_NSEC_PER_MSEC)
#define TIMER_SEEK_LOOKS     8 /* in a period, while it is measured */
#define TIMER_SEEK_FRAMES    6 /* that it is measured by */
#define TIMER_NARROW         64 /* parts of a period: a window not worth a look */
#define TIMER_STEADY         2048 /* parts of a period: clocks' least drift */
#define TIMER_UNSTEADY       16   /* and the most */
#define TIMER_CALM           64   /* frames until less drift is believed in */
#define TIMER_ANCHOR         256  /* frames that the period is corrected by */
#define TIMER_LATE_FRAMES    4    /* in a row: the period is another */
#define TIMER_HITS           4 /* looks in between that always find a frame */

typedef enum {
  TIMER_IDLE, /* the channel does not run */
  TIMER_SEEK, /* many looks, until the period is known */
  TIMER_TRACK,
} TimerPhase;

typedef struct {
  VdmaIrq base; /* its descriptor is the timer's */
  VdmaTime *time;
  VdmaTimer *timer;
  gint64 next; /* that the timer is set to; G_MAXINT64: not set */

  TimerPhase phase;
  gint64 period;
  gint64 early, late; /* the window of the frame in work */
  gint64 drift;       /* that a window grows by */
  gboolean between;   /* the next look is before the window's end */
  guint hits;         /* of such looks in a row */
  guint overdue;      /* looks behind the window's end that found nothing */
  guint late_frames;  /* frames in a row that were overdue */
  guint calm;         /* frames in a row that were not */

  gint64 anchor_early, anchor_late; /* a frame's end long ago */
  guint frames;                     /* since then */
} TimerIrq;

/* ---- windows ---- */

static gint64
timer_narrow (const TimerIrq *self)
{
  return MAX (self->period / TIMER_NARROW, 4 * self->drift);
}

static void
timer_seek (TimerIrq *self, gint64 now)
{
  self->phase = TIMER_SEEK;
  self->early = now;
  self->late = now + self->period / TIMER_SEEK_LOOKS;
  self->frames = 0;
}

/* The end of a frame in (@early, @late], and that of one @frames before. */
static void
timer_correct_period (TimerIrq *self, gint64 early, gint64 late)
{
  gint64 longest = (late - self->anchor_early) / self->frames;
  gint64 shortest = (early - self->anchor_late) / self->frames;
  self->period =
      MAX (CLAMP (self->period, shortest, longest), TIMER_MIN_PERIOD);
}

static void
timer_anchor (TimerIrq *self, gint64 early, gint64 late)
{
  self->anchor_early = early;
  self->anchor_late = late;
  self->frames = 0;
}

/* On to the frame behind the one that ended in (@early, @late] */
static void
timer_expect (TimerIrq *self, gint64 early, gint64 late)
{
  self->early = early + self->period - self->drift;
  self->late = late + self->period + self->drift;
  self->between = late - early > timer_narrow (self);
  self->overdue = 0;
}

/* ---- looks while seeking ---- */

static void
timer_seek_frame (TimerIrq *self, gint64 now)
{
  gint64 early = self->early, late = now;

  /* a look this late may have found several frames */
  if (now - early > self->period / 2)
    self->frames = 0;
  if (self->frames == 0) {
    timer_anchor (self, early, late);
  } else if (self->frames >= TIMER_SEEK_FRAMES) {
    self->period = (early + late - self->anchor_early - self->anchor_late) / 2
                   / self->frames;
    self->period = MAX (self->period, TIMER_MIN_PERIOD);
    self->phase = TIMER_TRACK;
    self->drift = self->period / TIMER_STEADY;
    self->hits = self->late_frames = self->calm = 0;
    timer_anchor (self, early, late);
    timer_expect (self, early, late);
    return;
  }
  self->frames++;
  self->early = now;
  self->late = now + self->period / TIMER_SEEK_LOOKS;
}

/* ---- looks while tracking ---- */

/* A window that no longer holds the truth moves until it does: downwards here,
 * and by looks behind its end upwards. */
static gint64
timer_distrust_early (TimerIrq *self, gint64 early)
{
  if (!self->between || self->overdue > 0)
    return early;
  if (++self->hits < TIMER_HITS)
    return early;
  return early - (timer_narrow (self) << MIN (self->hits - TIMER_HITS, 8));
}

/* Sources that jitter get wider windows, which are searched less closely. */
static void
timer_learn_drift (TimerIrq *self)
{
  if (self->overdue > 0) {
    self->drift = MIN (2 * self->drift, self->period / TIMER_UNSTEADY);
    self->late_frames++;
    self->calm = 0;
  } else {
    self->late_frames = 0;
    if (++self->calm % TIMER_CALM == 0)
      self->drift = MAX (self->drift / 2, self->period / TIMER_STEADY);
  }
}

static void
timer_track_frame (TimerIrq *self, gint64 now)
{
  /* a look that came late says no more than the window knew */
  gint64 late = MIN (self->late, now);
  gint64 trusted = timer_distrust_early (self, self->early);
  gint64 early = MIN (trusted, late);
  guint passed = 1;

  timer_learn_drift (self);
  if (self->late_frames >= TIMER_LATE_FRAMES
      || late - early > self->period / 2 + 2 * self->drift) {
    timer_seek (self, now);
    return;
  }
  self->frames++;
  timer_correct_period (self, early, late);
  if (self->frames >= TIMER_ANCHOR)
    timer_anchor (self, early, late);
  timer_expect (self, early, late);
  /* frames that passed before somebody looked */
  while (self->late < now && passed++ < TIMER_ANCHOR) {
    self->frames++;
    self->early += self->period;
    self->late += self->period;
  }
  if (self->late < now)
    timer_seek (self, now);
}

static void
timer_track_nothing (TimerIrq *self, gint64 before, gint64 now)
{
  self->early = MAX (self->early, before);
  if (self->between)
    self->hits = 0;
  self->between = FALSE;
  if (before < self->late)
    return;
  gint64 step = timer_narrow (self) << MIN (self->overdue, 8);
  self->overdue++;
  self->late = now + MIN (step, self->period);
}

/* ---- as an interrupt line ---- */

static void
timer_irq_tell (VdmaIrq *irq, VdmaIrqNews news, gint64 value)
{
  TimerIrq *self = (TimerIrq *) irq;
  gint64 now = vdma_time_now (self->time);

  switch (news) {
    case VDMA_IRQ_BEGIN:
      self->period =
          MAX (value > 0 ? value : TIMER_DEFAULT_PERIOD, TIMER_MIN_PERIOD);
      timer_seek (self, now);
      break;
    case VDMA_IRQ_FRAME:
      if (self->phase == TIMER_SEEK)
        timer_seek_frame (self, now);
      else if (self->phase == TIMER_TRACK)
        timer_track_frame (self, now);
      break;
    case VDMA_IRQ_NO_FRAME:
      if (self->phase == TIMER_TRACK) {
        timer_track_nothing (self, value, now);
      } else if (self->phase == TIMER_SEEK) {
        self->early = value;
        self->late = now + self->period / TIMER_SEEK_LOOKS;
      }
      break;
    default:
      self->phase = TIMER_IDLE;
      self->next = G_MAXINT64;
      vdma_timer_set (self->timer, self->next);
      break;
  }
}

static gboolean
timer_irq_arm (VdmaIrq *irq, GError **error)
{
  TimerIrq *self = (TimerIrq *) irq;

  if (self->phase == TIMER_IDLE)
    return TRUE;
  self->next = self->between && self->phase == TIMER_TRACK
                   ? self->early + (self->late - self->early) / 2
                   : self->late;
  vdma_timer_set (self->timer, self->next);
  return TRUE;
}

static gboolean
timer_irq_consume (VdmaIrq *irq, guint64 *count, GError **error)
{
  TimerIrq *self = (TimerIrq *) irq;

  /* the descriptor stays readable until the line is armed: who serves it is at
   * work, and time that is not real may wait for him */
  *count = self->next <= vdma_time_now (self->time);
  self->next = G_MAXINT64;
  return TRUE;
}

static gint64
timer_irq_get_period (VdmaIrq *irq)
{
  const TimerIrq *self = (TimerIrq *) irq;
  gboolean is_sure = self->phase == TIMER_TRACK && self->late_frames == 0
                     && self->hits < TIMER_HITS;
  return is_sure ? self->period : 0;
}

static void
timer_irq_close (VdmaIrq *irq)
{
  TimerIrq *self = (TimerIrq *) irq;
  vdma_timer_close (self->timer);
  g_free (self);
}

static const VdmaIrqImpl timer_irq_impl = {
  .name = "timer",
  .guesses = TRUE,
  .arm = timer_irq_arm,
  .consume = timer_irq_consume,
  .tell = timer_irq_tell,
  .get_period = timer_irq_get_period,
  .close = timer_irq_close,
};

VdmaIrq *
vdma_timer_irq_new (VdmaTime *time, GError **error)
{
  VdmaTimer *timer = vdma_time_open_timer (time, error);
  if (!timer)
    return NULL;
  TimerIrq *self = g_new0 (TimerIrq, 1);
  self->base.impl = &timer_irq_impl;
  self->base.fd = timer->fd;
  self->time = time;
  self->timer = timer;
  self->next = G_MAXINT64;
  return &self->base;
}
