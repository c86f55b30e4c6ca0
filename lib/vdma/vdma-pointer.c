/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the hardware is: which frames have ended.
 *
 * WrFrmStore changes somewhere between the last data of a frame and the first
 * of the next one, and FrmCnt_Irq comes at either end of that gap (hardware.md
 * 2.6, 2.9). A frame behind the pointer has ended in any case. On cores whose
 * interrupt comes at a frame's end and whose pointer moves with the next SOF
 * the frame of the interrupt is the one that the pointer still names; waiting
 * for the pointer would cost a whole frame time. There the interrupt itself is
 * the evidence, once it is known that the core is of this kind:
 *
 *  - The probe (vdma-capture.c) tells whether the pointer moves at SOF.
 *  - Given that, a pointer that is the same before and after an interrupt tells
 *    that interrupts come at the end: at a frame's start both would change.
 *
 * An interrupt counts as evidence only when it is known which frame's end it
 * can be at the earliest: @base, which is in step (@synced) as long as each
 * interrupt was serviced, and is found again by a reading of the pointer with
 * no interrupt pending behind it. */
#include "vdma-capture.h"

#include "vdma-util.h"

#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_DEVICE
#include "vdma-log.h"

#define POINTER_MAX_FRUITLESS 4
#define POINTER_DISTRUST      2 /* frames after an error */

void
vdma_pointer_begin (VdmaChannel *ch)
{
  VdmaPointer *self = &ch->capture->pointer;
  gint64 now = vdma_channel_now (ch);

  *self = (VdmaPointer){ .time = now, .cleared = now };
  /* The line was cleared before the start: the first end is frame 0's. */
  self->synced = TRUE;
}

/* Stores from the one last read to @store, in the direction of the stream */
static guint
pointer_distance (VdmaChannel *ch, guint store)
{
  guint n = ch->list.n;
  return (store + n - (guint) (ch->capture->pointer.frame % n)) % n;
}

guint64
vdma_pointer_failed_frame (VdmaChannel *ch, guint store)
{
  guint64 frame = ch->capture->pointer.frame;
  guint back = (ch->list.n - pointer_distance (ch, store)) % ch->list.n;
  return frame - MIN (back, frame);
}

/* An error bit freezes the pointer at the store that failed; where the pointer
 * moves ahead of its frame that is the store behind it. One step back looks like
 * the longest way forward. */
static gboolean
pointer_may_be_back (VdmaChannel *ch, guint store)
{
  return pointer_distance (ch, store) == ch->list.n - 1;
}

void
vdma_pointer_freeze (VdmaChannel *ch, guint store)
{
  VdmaPointer *self = &ch->capture->pointer;

  if (!pointer_may_be_back (ch, store))
    self->frame += pointer_distance (ch, store);
  self->ended = MAX (self->ended, self->frame);
}

void
vdma_pointer_read (VdmaChannel *ch)
{
  VdmaPointer *self = &ch->capture->pointer;
  guint store = vdma_channel_read_store (ch);

  self->blind =
      pointer_may_be_back (ch, store)
      && (vdma_channel_read (ch, ch->port->regs + VDMA_SR) & ch->port->errors);
  if (self->blind)
    return;
  self->frame += pointer_distance (ch, store);
  self->time = vdma_channel_now (ch);
  self->ended = MAX (self->ended, self->frame);
}

/* ---- interrupts as evidence ---- */

static gboolean
pointer_is_early (const VdmaChannel *ch)
{
  return ch->learned->pointer == VDMA_POINTER_AT_SOF
         && ch->learned->event == VDMA_EVENT_AT_END;
}

/* An interrupt that comes much too soon is no frame's end. */
static gboolean
pointer_is_plausible (VdmaChannel *ch)
{
  const VdmaPace *pace = &ch->pace;
  gint64 gap = pace->event - pace->last_event; /* or less */
  return !pace->last_blocked || 2 * gap >= pace->interval;
}

/* Whether the hardware cannot have gone round the ring since the last reading.
 * This goes by what was measured: a mode's period may be wrong, or 0. */
static gboolean
pointer_is_recent (VdmaChannel *ch)
{
  const VdmaPointer *self = &ch->capture->pointer;
  return 2 * (self->cleared - self->time) < 3 * ch->pace.interval;
}

void
vdma_pointer_event (VdmaChannel *ch)
{
  VdmaPointer *self = &ch->capture->pointer;

  self->cleared = vdma_channel_now (ch);
  if (!self->synced)
    return;
  if (!pointer_is_plausible (ch) || !pointer_is_recent (ch)) {
    self->synced = FALSE;
    return;
  }
  self->base++;
  if (pointer_is_early (ch))
    self->ended = MAX (self->ended, self->base);
}

void
vdma_pointer_failed (VdmaChannel *ch)
{
  VdmaPointer *self = &ch->capture->pointer;

  self->synced = FALSE;
  self->watching = FALSE;
  self->distrust = self->frame + POINTER_DISTRUST;
}

/* ---- prediction and laps ---- */

/* A service that comes late may find the hardware anywhere. */
static gboolean
pointer_is_prompt (VdmaChannel *ch)
{
  const VdmaPace *pace = &ch->pace;
  gint64 late = ch->capture->pointer.cleared - pace->event;
  return pace->blocked && 16 * late < pace->interval;
}

guint64
vdma_pointer_predict (VdmaChannel *ch)
{
  const VdmaPointer *self = &ch->capture->pointer;

  if (self->frame < self->distrust || !pointer_is_recent (ch)
      || !pointer_is_prompt (ch))
    return 0;
  if (pointer_is_early (ch))
    return self->synced ? self->ended : 0;
  return ch->learned->pointer == VDMA_POINTER_AT_END ? self->frame + 1 : 0;
}

guint64
vdma_pointer_lapped (VdmaChannel *ch, guint64 before)
{
  const VdmaPointer *self = &ch->capture->pointer;
  gint64 period = vdma_channel_period (ch, ch->pace.interval);
  guint64 seen = self->frame - before;
  guint n = ch->list.n;

  if (period <= 0)
    return 0;
  guint64 expected =
      (guint64) ((self->time - ch->pace.quiet) / period) + ch->pace.blocked;
  return expected > seen ? (expected - seen + n / 2) / n * n : 0;
}

/* ---- proof of a commit ---- */

/* The pointer that was read after a commit is not behind the frame that was in
 * work then, except that an error bit may have frozen it in between; so within
 * a fraction of a frame time it is off by one at most. Beyond that the status
 * tells: no error, and either no frame event since the last one was cleared, or
 * too short a time to go round the ring. */
guint64
vdma_pointer_bound (VdmaChannel *ch, guint64 enough)
{
  const VdmaPointer *self = &ch->capture->pointer;
  gint64 interval = ch->pace.interval;
  gint64 elapsed = self->time - ch->pace.looked;
  gboolean is_short = 4 * elapsed < interval;
  guint64 careful = is_short ? self->frame + 1 : G_MAXUINT64;

  if (self->blind)
    return G_MAXUINT64;
  if (careful <= enough)
    return careful;
  guint32 status = vdma_channel_read (ch, ch->port->regs + VDMA_SR);
  if (status & ch->port->errors)
    return careful;
  if (!(status & VDMA_SR_FRMCNT_IRQ)
      || 2 * elapsed < interval * (gint64) (ch->list.n - 1))
    return self->frame;
  return careful;
}

/* ---- after a service ---- */

/* Returns: whether no interrupt came since the pointer was read */
static gboolean
pointer_is_still (VdmaChannel *ch)
{
  guint32 status = vdma_channel_read (ch, ch->port->regs + VDMA_SR);
  return !(status & (VDMA_SR_FRMCNT_IRQ | ch->port->errors));
}

static void
pointer_sync (VdmaChannel *ch)
{
  VdmaPointer *self = &ch->capture->pointer;

  if (self->frame < self->distrust || !pointer_is_still (ch))
    return;
  self->base = MAX (self->frame, self->ended);
  self->synced = TRUE;
}

/* The interrupt's kind is not known yet: compare the pointer before and after. */
static void
pointer_watch (VdmaChannel *ch, gboolean event)
{
  VdmaPointer *self = &ch->capture->pointer;

  if (event) {
    if (self->watching && self->watched == self->frame && pointer_is_recent (ch)
        && pointer_is_plausible (ch)) {
      ch->learned->event = VDMA_EVENT_AT_END;
      self->base = self->frame + 1;
      self->ended = MAX (self->ended, self->base);
      self->synced = TRUE;
      vdma_log_debug ("S2MM: interrupts come at a frame's end, before the "
                      "pointer moves");
    }
    self->watching = FALSE;
  } else if (self->frame >= self->distrust && pointer_is_still (ch)) {
    self->watching = TRUE;
    self->watched = self->frame;
  }
}

/* A frame may have ended that only the moving pointer will show. Where in the
 * frame time it moves depends on the source; a look that found it moved is
 * repeated at the same place. */
static void
pointer_plan_look (VdmaChannel *ch, gboolean event, gboolean moved)
{
  static const guint look_parts[POINTER_MAX_FRUITLESS] = { 4, 8, 12, 15 };
  VdmaPointer *self = &ch->capture->pointer;
  gboolean knows =
      self->ended > self->frame || ch->learned->pointer == VDMA_POINTER_AT_END;

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

void
vdma_pointer_forget (VdmaChannel *ch)
{
  VdmaPointer *self = &ch->capture->pointer;

  self->ended = self->frame;
  self->synced = FALSE;
  self->watching = FALSE;
}

void
vdma_pointer_verify (VdmaChannel *ch)
{
  VdmaPointer *self = &ch->capture->pointer;

  if (self->ended > self->frame + 1)
    vdma_pointer_forget (ch);
}

void
vdma_pointer_check (VdmaChannel *ch, gboolean event, gboolean moved)
{
  VdmaPointer *self = &ch->capture->pointer;

  if (ch->learned->pointer == VDMA_POINTER_AT_SOF
      && ch->learned->event == VDMA_EVENT_UNKNOWN)
    pointer_watch (ch, event);
  else if (pointer_is_early (ch)
           && (!self->synced || self->base < MAX (self->frame, self->ended)))
    pointer_sync (ch);
  pointer_plan_look (ch, event, moved);
}
