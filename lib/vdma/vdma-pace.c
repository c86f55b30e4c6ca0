/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When frames come, by the interrupts that were seen of them. */
#include "vdma-private.h"

#define PACE_EVEN 4 /* distances */

/* A short @gap behind a long one is what a thread that was woken late sees, and
 * counts as the two of them halved; but no more than doubled. When no distance
 * is counted as less than d, a frame that is nearer than d to the one before has
 * made up for it in the distance before that, but for the first of a row, which
 * is d/2 at least: m distances in a row are (m - 1/2) d or more. */
static gint64
pace_even_out (gint64 before, gint64 gap)
{
  return before > gap ? MIN ((before + gap) / 2, 2 * gap) : gap;
}

/* The distance on an average; that to a channel's start, or over a halt, is none of
 * frames. Single shots halt behind each. */
static void
pace_average (VdmaChannel *self)
{
  VdmaPace *pace = &self->pace;
  gint64 gap = pace->event - pace->last_event;

  if (!pace->has_event || (pace->ran > pace->last_event && !self->halts))
    return;
  if (pace->typical == 0)
    pace->typical = gap;
  else
    pace->typical += (gap - pace->typical) / 8;
}

/* From the clear of an interrupt that was served at once to the end of the wait
 * for the next one: not longer than two frames are apart. The shortest of late:
 * too short is on the safe side. So it is for a line that guesses. */
static void
pace_measure (VdmaChannel *self)
{
  VdmaPace *pace = &self->pace;
  gint64 gap = pace->event - pace->last_cleared;
  gint64 late = pace->last_cleared - pace->last_event;
  gint64 two = pace->event - pace->older_cleared; /* spans a whole one */

  if (self->irq->impl->guesses) {
    pace->typical = vdma_irq_get_period (self->irq);
    pace->interval = pace->typical * 3 / 4;
    return;
  }
  pace_average (self);
  pace->interval = MIN (pace->interval, two);
  gint64 last_gap = pace->last_gap;
  pace->last_gap = 0;
  if (!pace->blocked || pace->overslept || !pace->last_blocked
      || pace->last_overslept || gap <= 0 || 8 * late > gap)
    return;
  pace->last_gap = gap;
  gap = pace_even_out (last_gap, gap);
  if (pace->interval == 0 || gap < pace->interval) {
    pace->interval = gap;
    return;
  }
  if (last_gap > 0) /* a single long one may be that of a late thread */
    gap = CLAMP (last_gap, pace->interval, gap);
  pace->interval += MIN (gap - pace->interval, pace->interval) / 16;
}

/* Within a quarter, and each seen by a wait that had blocked. */
static gboolean
pace_is_alike (const VdmaPace *pace)
{
  gint64 gap = pace->event - pace->last_event;

  return pace->blocked && pace->last_blocked
         && 4 * ABS (gap - pace->distance) <= pace->distance;
}

/* The first SOF is up to a frame time behind the start, and its frame may have its
 * interrupt with the next one. Asked later, a round of three could be counted before
 * anyone knew that the source was late. */
gint64
vdma_channel_first_by (const VdmaChannel *self, gint64 period)
{
  return self->pace.ran + 2 * period + period / 32;
}

gboolean
vdma_channel_is_even (const VdmaChannel *self)
{
  return self->pace.even >= PACE_EVEN - 1 && pace_is_alike (&self->pace);
}

void
vdma_channel_measure (VdmaChannel *self)
{
  VdmaPace *pace = &self->pace;

  vdma_channel_check_rate (self);
  pace_measure (self);
  pace->even = pace_is_alike (pace) ? pace->even + 1 : 0;
  pace->distance = pace->event - pace->last_event;
  pace->has_event = TRUE;
  pace->last_event = pace->event;
  pace->last_blocked = pace->blocked;
  pace->last_overslept = pace->overslept;
}
