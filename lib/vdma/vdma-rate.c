/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the source keeps the frame time that was told.
 *
 * By windows of frame interrupts in a row, each of which ended a wait that had blocked
 * and was served at once, with as many frames between them, as the pointer says modulo
 * N. Then a window lasts as long as its frames, but for less than one at its ends; and
 * two windows, one behind the other, cannot both seem off by a sixteenth to the same
 * side where the source keeps its time:
 *
 *  - too short: each interrupt is that of a frame, as FrmCnt_Irq was set again behind a
 *    clear. What gets lost or is seen late makes distances longer, and one that begins
 *    a window late has made the window before it longer;
 *  - too long: frames went by without an interrupt. Some of them show in the pointer;
 *    a round of the ring does not, but takes N - 1 frame times or more. Of a distance
 *    that counts less passed since the clear, or since a status had no FrmCnt_Irq,
 *    which a source that keeps its time would have set within one.
 *
 * A source that is not steady keeps its time on an average, and makes up within a
 * window what it owes; where it pauses, a distance is half as long again as the
 * average, and the window says nothing. Only estimates depend on all this. */
#include "vdma-capture.h"

#include "vdma-util.h"

#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_DEVICE
#include "vdma-log.h"

#define RATE_WINDOW 24 /* distances; two windows make a rate */

gint64
vdma_channel_period (const VdmaChannel *self, gint64 otherwise)
{
  if (self->pace.rate.measured > 0)
    return self->pace.rate.measured;
  return self->mode.period > 0 ? self->mode.period : otherwise;
}

/* A display's frame time is its own; single shots halt between two frames, and what
 * a line guesses is no interrupt. */
static gboolean
rate_can_be_seen (const VdmaChannel *self)
{
  return self->mode.period > 0 && self->engine == &vdma_capture_engine
         && !self->irq->impl->guesses;
}

static gboolean
rate_is_prompt (const VdmaChannel *self)
{
  const VdmaPace *pace = &self->pace;
  const VdmaPointer *pointer = &self->capture->pointer;
  gint64 served = MAX (pace->looked, pointer->time);

  return pace->blocked && !pointer->blind
         && 8 * (served - pace->event) <= pace->event - pace->last_event;
}

/* No time without a look in which a round goes by. Behind a halt the pointer begins at
 * 0 again, which a window's number of frames shows. */
static gboolean
rate_goes_on (const VdmaChannel *self)
{
  const VdmaPace *pace = &self->pace;
  gint64 known = MAX (pace->last_cleared, pace->quiet);
  gint64 round = (self->list.n - 1) * vdma_channel_period (self, 0);

  return pace->rate.begin > 0 && 5 * (pace->event - known) <= 4 * round;
}

/* @before: average of the window that ends here, 0 when it says nothing */
static void
rate_begin (VdmaChannel *self, gint64 before)
{
  VdmaRate *rate = &self->pace.rate;

  rate->begin = self->pace.event;
  rate->n = 0;
  rate->longest = 0;
  rate->frame = self->capture->pointer.frame;
  rate->before = before;
}

/* Returns: the average of the window that is full; 0: it says nothing */
static gint64
rate_get_average (const VdmaChannel *self)
{
  const VdmaRate *rate = &self->pace.rate;
  gint64 average = (self->pace.event - rate->begin) / RATE_WINDOW;
  gint64 frames = (gint64) (self->capture->pointer.frame - rate->frame);

  return 2 * rate->longest <= 3 * average && ABS (frames - RATE_WINDOW) <= 1
             ? average
             : 0;
}

/* Returns: 0 within a sixteenth of what was told; 1: longer, -1: shorter */
static gint
rate_get_side (const VdmaChannel *self, gint64 period)
{
  gint64 told = self->mode.period;
  return (16 * period > 17 * told) - (16 * period < 15 * told);
}

static void
rate_print (gchar *text, gint size, gint64 period)
{
  g_ascii_formatd (
      text, size, "%.2f", (gdouble) VDMA_NSEC_PER_SEC / (gdouble) period);
}

static void
rate_contradict (VdmaChannel *self, gint64 period)
{
  VdmaRate *rate = &self->pace.rate;
  gchar seen[G_ASCII_DTOSTR_BUF_SIZE], told[G_ASCII_DTOSTR_BUF_SIZE];

  rate->measured = period;
  if (rate->warned)
    return;
  rate->warned = TRUE;
  rate_print (seen, sizeof seen, period);
  rate_print (told, sizeof told, self->mode.period);
  vdma_log_warning (
      "%s of '%s': %s frames a second come, not %s as told: losses "
      "are estimated by what comes; tell the source's own framerate "
      "(in the caps)",
      vdma_direction_to_string (self->dir),
      vdma_device_get_desc (self->device)->name, seen, told);
}

static void
rate_believe (VdmaChannel *self)
{
  if (self->pace.rate.measured > 0)
    vdma_log_info ("%s of '%s': frames come at the rate that was told",
        vdma_direction_to_string (self->dir),
        vdma_device_get_desc (self->device)->name);
  self->pace.rate.measured = 0;
}

/* By two windows, of which the later one is believed: in the one before the source may
 * have changed. */
static void
rate_judge (VdmaChannel *self)
{
  gint64 before = self->pace.rate.before;
  gint64 average = rate_get_average (self);
  gint side = rate_get_side (self, average);

  rate_begin (self, average);
  if (average == 0 || before == 0 || rate_get_side (self, before) != side)
    return;
  if (side != 0)
    rate_contradict (self, average);
  else
    rate_believe (self);
}

void
vdma_channel_check_rate (VdmaChannel *self)
{
  VdmaPace *pace = &self->pace;
  VdmaRate *rate = &pace->rate;

  if (!rate_can_be_seen (self))
    return;
  if (!rate_is_prompt (self)) {
    rate->begin = 0;
  } else if (!rate_goes_on (self)) {
    rate_begin (self, 0);
  } else {
    rate->longest = MAX (rate->longest, pace->event - pace->last_event);
    if (++rate->n == RATE_WINDOW)
      rate_judge (self);
  }
}
