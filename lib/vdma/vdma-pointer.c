/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the hardware is: which frames have begun, which have ended.
 *
 * WrFrmStore changes somewhere between the last data of a frame and the first
 * of the next one, and FrmCnt_Irq comes at either end of that gap (hardware.md
 * 2.6, 2.9). What holds for all of these cores:
 *
 *  - A reading that names frame p: frames below p have ended, each without an
 *    error bit of its own (such a bit would have frozen the pointer there).
 *  - FrmCnt_Irq that was clear after that reading and is set now: a frame from
 *    p on has ended, or one behind p has begun; so p has begun.
 *  - The same where the pointer moves at SOF only (the probe tells): when p was
 *    read it had begun already, so p has ended, whichever end the interrupt
 *    comes at. The frame is out without waiting for the pointer.
 *  - Cleared and set again: the same of p + 1.
 *
 * The pointer is read modulo the number of stores. What must not go wrong by
 * whole rounds of the ring, the interrupt as evidence, counts only in a service
 * that is in time. */
#include "vdma-capture.h"

#include "vdma-util.h"

#define POINTER_MAX_FRUITLESS 4
#define POINTER_READINGS      6

/* No frame is shorter: no clock in an FPGA is faster than 1 GHz, and a beat of
 * the stream takes one. */
static gint64
pointer_shortest_frame (const VdmaChannel *ch)
{
  const VdmaHwDesc *desc = vdma_device_get_desc (ch->device);
  guint beat = MAX (desc->channel[ch->dir].stream_width / 8, 1);
  return (gint64) ((ch->mode.hsize + beat - 1) / beat) * ch->mode.vsize;
}

void
vdma_pointer_begin (VdmaChannel *ch)
{
  VdmaPointer *self = &ch->capture->pointer;

  gint64 now = vdma_channel_now (ch);

  *self = (VdmaPointer){ .time = now, .began = now };
}

/* Stores from the one last read to @store, in the direction of the stream */
static guint
pointer_distance (VdmaChannel *ch, guint store)
{
  guint n = ch->list.n;
  return (store + n - (guint) (ch->capture->pointer.frame % n)) % n;
}

/* An error bit freezes the pointer at the store that failed; where the pointer
 * moves ahead of its frame that may be the store behind it. One step back looks
 * like the longest way forward. */
static gboolean
pointer_may_be_back (VdmaChannel *ch, guint store)
{
  return pointer_distance (ch, store) == ch->list.n - 1;
}

gboolean
vdma_pointer_is_free (VdmaChannel *ch, guint32 status)
{
  return !(status & (ch->port->errors | VDMA_SR_ERR_IRQ));
}

static guint32
pointer_read_status (VdmaChannel *ch)
{
  VdmaPointer *self = &ch->capture->pointer;
  guint32 status = vdma_channel_read (ch, ch->port->regs + VDMA_SR);

  vdma_pointer_judge (ch, status);
  if (vdma_pointer_is_free (ch, status) && !(status & VDMA_SR_FRMCNT_IRQ))
    self->calm = TRUE;
  return status;
}

static gboolean
pointer_is_frozen (VdmaChannel *ch)
{
  return !vdma_pointer_is_free (ch, pointer_read_status (ch));
}

/* Interrupts are out of step: the pointer alone counts. */
static void
pointer_forget (VdmaChannel *ch)
{
  VdmaPointer *self = &ch->capture->pointer;

  self->ended = self->frame;
  self->synced = FALSE;
  self->exact = FALSE;
}

/* ---- rounds of the ring ---- */

/* The first SOF is up to a frame time behind the start, x. The pointer leaves the first
 * store at x + 1 at the latest, and is back there by a round of three at x + 2 at the
 * earliest, where it moves at a frame's end, which can be close behind its begin. A
 * status without FrmCnt_Irq says that the second SOF is still to come, and so that the
 * first came in the frame time before; it is remembered over the clear of the next
 * ones. Returns: the time to count from */
static gint64
pointer_first_frame (VdmaChannel *ch, gint64 period)
{
  VdmaPointer *self = &ch->capture->pointer;
  const VdmaPace *pace = &ch->pace;

  if (pace->last_cleared <= pace->ran)
    self->silent = MAX (pace->quiet - pace->ran, 0);
  return pace->ran + period * 9 / 16 + MAX (self->silent - period, 0) / 2;
}

/* Between two readings the hardware began as many frames as their difference,
 * or whole rounds more; the number nearest to the time between them, in frame
 * times, is right for a steady source with three and more stores. Nothing but
 * the accounts depends on it. A status without FrmCnt_Irq for longer than a
 * frame time says that the source paused. */
static void
pointer_count_laps (VdmaChannel *ch)
{
  VdmaPointer *self = &ch->capture->pointer;
  const VdmaPace *pace = &ch->pace;
  gint64 period = vdma_channel_period (ch, pace->typical);
  gint64 round = (gint64) ch->list.n * period;
  gint64 seen = (gint64) (self->frame - self->lap_frame) * period;
  gboolean first = self->lap_time == 0;
  gint64 since = first ? pointer_first_frame (ch, period) : self->lap_time;
  /* the clear before it may have taken other frames' interrupts along */
  gint64 cleared = MAX (MAX (since, pace->last_cleared), self->paused_until);
  gint64 calm =
      first ? vdma_channel_first_by (ch, period) : cleared + period * 5 / 4;
  /* told to stop it ends its frame, and begins no other */
  gint64 until = MIN (self->time - period / 2, pace->halted) + period / 2;

  gboolean goes_on = cleared == self->paused_until;
  if (pace->quiet >= (goes_on ? cleared : MAX (calm, cleared))) {
    self->paused += pace->quiet - cleared;
    self->paused_until = pace->quiet;
  }
  gint64 excess = until - since - seen - self->paused;
  if (period > 0 && 2 * excess > round) {
    if (pointer_is_frozen (ch))
      return;
    if (self->lapped == 0)
      self->lapped_at = ch->capture->replaced;
    guint64 rounds = (guint64) ((2 * excess + round) / (2 * round));
    self->lapped += rounds * ch->list.n;
    self->unseen += rounds * ch->list.n;
    pointer_forget (ch);
    self->lap_frame = self->frame;
    self->lap_time = self->time;
    self->paused = 0;
  } else if (first && self->frame == 0) {
    return; /* perhaps nothing began yet */
  }
  self->new_frame = self->frame;
  self->new_time = self->time;
}

void
vdma_pointer_judge (VdmaChannel *ch, guint32 status)
{
  VdmaPointer *self = &ch->capture->pointer;

  if (self->lap_time == self->new_time)
    return;
  if (!vdma_pointer_is_free (ch, status)) {
    self->new_frame = self->lap_frame;
    self->new_time = self->lap_time;
    return;
  }
  self->lap_frame = self->new_frame;
  self->lap_time = self->new_time;
  self->paused = 0;
}

/* Interrupts and the pointer keep step, whichever end of a frame they are at; a late
 * reading is of a later one. The first one behind a restart that nobody waited for
 * may be as late as the probe's: two that are late by different times would be off
 * by two frames. */
void
vdma_pointer_see (VdmaChannel *ch)
{
  const VdmaPointer *self = &ch->capture->pointer;
  gint64 period = vdma_channel_period (ch, ch->pace.typical);
  gint64 late = MAX (self->time - ch->pace.event, 0);
  gboolean ends = ch->learned->pointer == VDMA_POINTER_AT_END;
  gint64 last = (gint64) (self->frame + self->unseen) - ends;

  if (ch->pace.missable > 0 && pointer_is_frozen (ch))
    return;
  if (self->blind || period <= 0)
    return;
  gint64 time = ch->pace.event + late / period * period;
  if (ch->pace.missable > 0)
    time = vdma_capture_came_at (ch, time, ch->pace.ran + last * period);
  vdma_capture_see (
      ch, time, (gint64) (self->frame + self->lapped - ch->capture->next));
}

/* N SOFs, the least that make a round, take N - 1 intervals; half of one is for
 * sources that are not steady; a timer may not notice that frames come at twice
 * the rate. Where none was measured nothing is believed but the pointer, and each
 * proof has the status. */
static gboolean
pointer_may_have_gone_round (const VdmaChannel *ch, gint64 begin, gint64 end)
{
  gint64 interval = ch->pace.interval;
  guint parts = ch->irq->impl->guesses ? 3 : 2;
  return interval > 0
         && parts * (end - begin) >= (2 * (gint64) ch->list.n - 3) * interval;
}

/* How many rounds there were follows from when a reading was made. One over which the
 * thread lost the processor is made again; where nobody knows how long frames take, it
 * cannot be told. Returns: whether its time is known */
static gboolean
pointer_read_store (VdmaChannel *ch, guint *store, gint64 *begin, gint64 *end)
{
  gint64 period = vdma_channel_period (ch, ch->pace.typical);

  for (guint i = 0; i < POINTER_READINGS; i++) {
    *begin = vdma_channel_now (ch);
    *store = vdma_channel_read_store (ch);
    *end = vdma_channel_now (ch);
    if (period <= 0 || ch->pace.halted != VDMA_NO_TIME
        || 2 * (*end - *begin) < period)
      return TRUE;
  }
  return FALSE;
}

void
vdma_pointer_read (VdmaChannel *ch)
{
  VdmaPointer *self = &ch->capture->pointer;
  gint64 begin, now;
  guint store;
  gboolean timed = pointer_read_store (ch, &store, &begin, &now);

  self->stale = pointer_may_have_gone_round (ch, self->began, now);
  self->calm = FALSE;
  self->blind = pointer_may_be_back (ch, store) && pointer_is_frozen (ch);
  self->fresh = !self->blind;
  if (self->blind)
    return;
  self->frame += pointer_distance (ch, store);
  self->time = now;
  self->began = begin;
  if (self->stale)
    pointer_forget (ch);
  self->ended = MAX (self->ended, self->frame);
  if (timed)
    pointer_count_laps (ch);
}

guint64
vdma_pointer_failed (VdmaChannel *ch, guint store)
{
  VdmaPointer *self = &ch->capture->pointer;

  if (pointer_may_be_back (ch, store))
    return self->frame > 0 ? self->frame - 1 : 0;
  self->frame += pointer_distance (ch, store);
  self->ended = MAX (self->ended, self->frame);
  return self->frame;
}

/* ---- interrupts as evidence ---- */

gboolean
vdma_pointer_is_in_time (VdmaChannel *ch, gint64 reading)
{
  const VdmaPace *pace = &ch->pace;
  gint64 now = vdma_channel_now (ch);

  return pace->blocked && 16 * (now - pace->event) < pace->interval
         && 2 * (now - reading) < 3 * pace->interval;
}

/* With three stores two frame times are a round of the ring already, and a timer
 * leaves no time at all: the reading that is to prove the commit must not be one
 * that may be a round too low. The shortest distance measured is too long for that
 * where frames come in bursts, and their interrupts got lost or were late. */
static gboolean
pointer_leaves_time (VdmaChannel *ch)
{
  gint64 since = vdma_channel_now (ch) - ch->capture->pointer.time;

  return ch->list.n > 3
         || (!ch->irq->impl->guesses && vdma_channel_is_even (ch)
             && 4 * since < 5 * ch->pace.interval);
}

/* An interrupt that comes much too soon is no frame's end, unless it was the one
 * before that was seen late. */
static gboolean
pointer_is_plausible (VdmaChannel *ch)
{
  const VdmaPace *pace = &ch->pace;
  gint64 gap = pace->event - pace->last_event; /* or less */

  return !pace->last_blocked || pace->last_overslept
         || 2 * gap >= pace->interval;
}

void
vdma_pointer_event (VdmaChannel *ch)
{
  VdmaPointer *self = &ch->capture->pointer;

  if (!pointer_is_plausible (ch) || !pointer_leaves_time (ch)
      || !vdma_pointer_is_in_time (ch, self->time))
    pointer_forget (ch);
  if (!self->synced)
    return;
  self->base++;
  if (ch->learned->pointer == VDMA_POINTER_AT_SOF)
    self->ended = MAX (self->ended, self->base);
}

guint64
vdma_pointer_predict (VdmaChannel *ch)
{
  const VdmaPointer *self = &ch->capture->pointer;
  return self->synced ? self->base : 0;
}

guint64
vdma_pointer_begun (VdmaChannel *ch)
{
  const VdmaPointer *self = &ch->capture->pointer;
  gboolean at_sof = ch->learned->pointer == VDMA_POINTER_AT_SOF;

  /* alone the frame in work would cost a commit; so it goes along with one */
  if (self->ended <= ch->capture->replaced || !vdma_tie_allows_prediction (ch))
    return 0;
  return at_sof && self->fresh && self->frame > 0 ? self->frame + 1 : 0;
}

void
vdma_pointer_calm (VdmaChannel *ch)
{
  VdmaPointer *self = &ch->capture->pointer;
  gboolean in_step =
      self->synced && self->base >= MAX (self->frame, self->ended);

  /* before the first SOF the pointer reads 0 as well, and that SOF may count */
  if (self->blind || self->frame == 0 || in_step)
    return;
  if (!self->calm)
    pointer_read_status (ch);
  if (!self->calm)
    return;
  self->base = MAX (self->frame, self->ended);
  self->synced = TRUE;
  self->exact = FALSE;
}

void
vdma_pointer_verify (VdmaChannel *ch)
{
  const VdmaPointer *self = &ch->capture->pointer;

  if (!self->blind && self->ended > self->frame + 1)
    pointer_forget (ch);
}

/* ---- proof of a commit ---- */

/* The pointer that was read after a commit is not behind the frame that was in
 * work then, unless an error bit froze it in between, or the hardware went
 * round the ring in between. In less than the shortest frame time neither can
 * amount to more than one frame. Beyond that the status tells: no error, and
 * no frame since the interrupt was cleared. A reading that may be a round behind
 * the one before proves nothing: it says less than it means. */
static guint64
pointer_bound_by_reading (VdmaChannel *ch, guint64 enough)
{
  const VdmaPointer *self = &ch->capture->pointer;

  vdma_pointer_read (ch);
  gint64 shortest = pointer_shortest_frame (ch);
  gint64 elapsed = self->time - ch->pace.looked;
  guint64 careful = elapsed < shortest ? self->frame + 1 : G_MAXUINT64;

  if (self->blind || self->stale)
    return G_MAXUINT64;
  if (careful <= enough)
    return careful;
  guint32 status = pointer_read_status (ch);
  if (!vdma_pointer_is_free (ch, status))
    return careful;
  if (!(status & VDMA_SR_FRMCNT_IRQ)
      || elapsed < shortest * (gint64) (ch->list.n - 1))
    return self->frame;
  return careful;
}

/* A pointer that was read behind the status of this service need not be read
 * again: while FrmCnt_Irq stays clear one frame at most begins behind it. */
guint64
vdma_pointer_bound (VdmaChannel *ch, guint64 enough)
{
  const VdmaPointer *self = &ch->capture->pointer;
  guint64 bound = self->frame + 1;

  if (self->fresh && bound <= enough) {
    guint32 status = pointer_read_status (ch);
    if (vdma_pointer_is_free (ch, status) && !(status & VDMA_SR_FRMCNT_IRQ))
      return bound;
  }
  return pointer_bound_by_reading (ch, enough);
}

/* ---- second looks ---- */

/* A frame may have ended that only the moving pointer will show. Where in the
 * frame time it moves depends on the source; a look that found it moved is
 * repeated at the same place. */
void
vdma_pointer_plan_look (VdmaChannel *ch, gboolean event, gboolean moved)
{
  static const guint look_parts[POINTER_MAX_FRUITLESS] = { 4, 8, 12, 15 };
  VdmaPointer *self = &ch->capture->pointer;
  gboolean at_end = ch->learned->pointer == VDMA_POINTER_AT_END;

  /* an interrupt that tells more than the pointer was not one behind */
  if (event && self->ended > self->frame)
    self->exact = !at_end;
  gboolean knows = self->ended > self->frame || self->exact || at_end;

  if (event ? knows : moved) {
    self->fruitless = 0;
  } else if (!event) {
    self->fruitless++;
    ch->learned->look++;
  } else if (self->fruitless < POINTER_MAX_FRUITLESS) {
    vdma_channel_look_again (
        ch, look_parts[ch->learned->look % POINTER_MAX_FRUITLESS]);
  }
}
