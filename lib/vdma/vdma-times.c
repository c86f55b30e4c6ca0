/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many frame times of a display its interrupts stand for.
 *
 * A wait that blocked ends with the first interrupt since the last clear, as far as
 * its thread knows. Whether it was woken late itself shows later: the next one is
 * seen sooner than a frame time behind it, and whole frame times behind the last
 * that was in time. Only then are those between counted: a display that pauses,
 * or has another frame time than it is told, shows no more for that. */
#include "vdma-times.h"

/* parts of a frame time */
#define TIMES_SLACK 16  /* by which one may be early or late */
#define TIMES_DRIFT 256 /* by which the period may be wrong, unseen */
#define TIMES_FIRST 4   /* before which no frame begins, or so */

void
vdma_times_begin (VdmaTimes *self)
{
  *self = (VdmaTimes){ .last = VDMA_NO_TIME };
}

/* A display may be faster than it is told: frames that are to be shown at 30 Hz go
 * out at 60 Hz. Late services make the average too long. */
static gint64
times_period (const VdmaTimes *self, const VdmaChannel *ch)
{
  gint64 told = ch->mode.period;

  if (told > 0)
    return self->measured > 0 && 4 * self->measured < 3 * told ? self->measured
                                                               : told;
  return self->measured > 0 ? self->measured : ch->pace.typical;
}

static gboolean
times_is_whole (gint64 time, gint64 period)
{
  gint64 rest = time % period;
  return MIN (rest, period - rest) <= period / TIMES_SLACK;
}

gboolean
vdma_times_is_due (const VdmaTimes *self, const VdmaChannel *ch)
{
  gint64 event = ch->pace.event;
  gint64 period = times_period (self, ch);

  return ch->mode.period <= 0 || self->last == VDMA_NO_TIME
         || 4 * (event - self->last) >= 3 * period
         || times_is_whole (event - self->step, period);
}

/* Returns: 0 for one that was guessed already, when there was no time for both */
static guint64
times_one (const VdmaTimes *self, gint64 now, gint64 period)
{
  gint64 taken = ((gint64) self->counted + 1) * period - period / TIMES_SLACK;
  return now < self->guessed && now - self->step < taken ? 0 : 1;
}

/* Nobody waited for the interrupt, or too late to know when it came. */
static guint64
times_count_late (VdmaTimes *self, gint64 now, gint64 period)
{
  gint64 slack = period / TIMES_SLACK;
  guint64 n = (guint64) ((now - self->last + slack) / period);

  if (n == 0) {
    n = times_one (self, now, period);
    self->last = n > 0 ? now : self->last;
  } else {
    self->last += (gint64) n * period;
    if (n > 1 || self->last > now)
      self->guessed = self->last + period - slack;
    else
      self->last = MIN (now, self->last + period / TIMES_DRIFT);
  }
  self->counted += n;
  return n;
}

static guint64
times_count_seen (VdmaTimes *self, gint64 event, gint64 period)
{
  gint64 gap = event - self->last;
  gint64 since = event - self->step;
  gboolean even = ABS (gap - period) <= period / TIMES_SLACK;
  gboolean woken_late =
      event - self->cleared < period && times_is_whole (since, period);
  guint64 n = times_one (self, event, period);
  guint64 whole = (guint64) ((since + period / 2) / period);

  self->last = event;
  self->counted += n;
  if (woken_late && !even && whole > self->counted)
    n += whole - self->counted;
  if (woken_late || even) {
    self->step = event;
    self->counted = 0;
  }
  return n;
}

/* Until the clear, which took along what came meanwhile. */
static guint64
times_count_since (VdmaTimes *self, gint64 now, gint64 period)
{
  guint64 n = (guint64) ((now - self->last) / period);

  self->last += (gint64) n * period;
  self->counted += n;
  if (n > 0)
    self->guessed = self->last + period - period / TIMES_SLACK;
  return n;
}

/* Services that are late each time find interrupts that are evenly too far apart. */
static void
times_measure (VdmaTimes *self, const VdmaChannel *ch)
{
  gint64 gap = ch->pace.event - ch->pace.last_event;

  if (vdma_channel_is_even (ch)
      && 4 * (ch->pace.event - self->cleared) > 3 * gap)
    self->measured = gap;
}

/* The first SOF comes up to a frame time behind the start, and the interrupt up to
 * another one behind it. */
static void
times_start (VdmaTimes *self, gint64 at)
{
  if (self->last == VDMA_NO_TIME)
    self->last = self->step = at;
}

guint64
vdma_times_count (
    VdmaTimes *self, const VdmaChannel *ch, gint64 cleared, gboolean sure)
{
  const VdmaPace *pace = &ch->pace;
  gboolean seen = pace->blocked && !pace->overslept
                  && pace->halted == VDMA_NO_TIME && !ch->irq->impl->guesses;
  gint64 period;
  guint64 n;

  if (seen)
    times_measure (self, ch);
  period = times_period (self, ch);
  if (period <= 0) /* nothing tells */
    return 1;
  times_start (
      self, seen ? pace->event - period : pace->ran + period / TIMES_FIRST);
  if (seen) {
    n = times_count_seen (self, pace->event, period);
    n += times_count_since (self, cleared, period);
  } else {
    n = times_count_late (self, cleared, period);
  }
  self->cleared = cleared;
  if (!sure)
    self->guessed = pace->event + period * 3 / 4;
  return n;
}
