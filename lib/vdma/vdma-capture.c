/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* S2MM through a ring of three or more frame stores.
 *
 * Frames of a run are counted from 0; frame j lies in store j mod N. A commit
 * acts at a frame boundary, and perhaps only at the one after it, so while
 * frame f is in work the addresses written now are sure to be used from frame
 * f + 2 on. Frame j may be handed out when it has ended, and when a new address
 * for its store was committed while f <= j + N - 2 (hardware.md 2.12). The
 * pointer read after the commit is never behind f, which makes it the proof.
 *
 * What cannot be proven is not delivered: whether the next frame of that store
 * went to the old memory or to the new one is not known either, so both are
 * lost, and the old memory is kept until the hardware is out of it. */
#include "vdma-capture.h"

#include "vdma-error.h"
#include "vdma-util.h"

#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_DEVICE
#include "vdma-log.h"

/* Frames may end while others are harvested; what comes later than this has an
 * interrupt of its own. */
#define CAPTURE_ROUNDS 3

#define CAPTURE_MAX_PROBES 3
#define CAPTURE_PROBE_LOOK 2 /* sixteenths of a frame time */

static VdmaStore *
capture_store (VdmaChannel *ch, guint64 frame)
{
  return &ch->capture->store[frame % ch->list.n];
}

static void
capture_begin (VdmaChannel *ch)
{
  VdmaCapture *self = ch->capture;
  const VdmaHwDesc *desc = vdma_device_get_desc (ch->device);

  for (guint i = 0; i < ch->list.n; i++)
    self->store[i] = (VdmaStore){ .state = VDMA_OLD_NONE };
  vdma_pointer_begin (ch);
  self->live = TRUE;
  self->next = 0;
  self->replaced = 0;
  self->starved = FALSE;
  /* With a frame sync the core waits for the first SOF, so the first frame is
   * as whole as any; without one it begins anywhere in the picture. */
  self->skip_first = desc->channel[ch->dir].fsync == VDMA_FSYNC_NONE;
  self->spoiled = FALSE;
  self->cut = 0;
  self->begun = FALSE;
  self->probing = ch->learned->pointer == VDMA_POINTER_UNKNOWN
                  && self->probes < CAPTURE_MAX_PROBES && !self->skip_first;
  ch->halts = self->probing;
  if (self->probing)
    ch->cr |= VDMA_CR_FRAME_CNT_EN;
}

/* ---- replacing ---- */

static gboolean
capture_is_overrun (VdmaChannel *ch, guint64 frame)
{
  return frame + ch->list.n < ch->capture->pointer.frame + 2;
}

/* Returns: whether the memory of @frame can be had; otherwise why not: it lies
 * in one of two memories, the hardware has come too close, ... */
static gboolean
capture_is_good (VdmaChannel *ch, guint64 frame, VdmaLoss *loss)
{
  VdmaCapture *self = ch->capture;
  const VdmaStore *store = capture_store (ch, frame);

  if (frame < store->tainted)
    *loss = VDMA_LOSS_UNPROVABLE;
  else if (capture_is_overrun (ch, frame))
    *loss = self->starved ? VDMA_LOSS_NO_FRAME : VDMA_LOSS_LATE;
  else if (frame == 0 && self->skip_first)
    *loss = VDMA_LOSS_STARTUP;
  else if (store->corrupt == frame + 1 && ch->drop_corrupt)
    *loss = VDMA_LOSS_SIZE;
  else
    return TRUE;
  return FALSE;
}

static gboolean
capture_replace (VdmaChannel *ch, guint64 frame)
{
  VdmaCapture *self = ch->capture;
  VdmaStore *store = capture_store (ch, frame);
  guint index = (guint) (frame % ch->list.n);
  VdmaFrame fresh;

  if (store->state != VDMA_OLD_NONE) /* until the pointer was read */
    return FALSE;
  self->starved = !vdma_capture_acquire (ch, &fresh);
  if (self->starved)
    return FALSE;
  vdma_frame_list_take (&ch->list, index, &store->old);
  vdma_frame_list_set (&ch->list, index, &fresh);
  store->state = VDMA_OLD_PROVING;
  store->spoiled = store->corrupt == frame + 1;
  return TRUE;
}

/* Frames that stay in their stores: nothing to commit, nothing to prove. */
static void
capture_give_up_bad (VdmaChannel *ch)
{
  VdmaCapture *self = ch->capture;
  VdmaLoss loss;

  if (self->next < self->replaced)
    return;
  for (; self->next < self->pointer.ended
         && !capture_is_good (ch, self->next, &loss);
       self->next++)
    vdma_capture_lose (ch, loss, 1);
  self->replaced = self->next;
}

/* Returns: the frame behind those that were replaced */
static guint64
capture_replace_run (VdmaChannel *ch, guint64 limit)
{
  guint64 end = ch->capture->replaced;
  VdmaLoss loss;

  while (end < limit && capture_is_good (ch, end, &loss)
         && capture_replace (ch, end))
    end++;
  return end;
}

/* ---- proving ---- */

/* A status without error: the last reading was not frozen. Two more frames after
 * such a reading the commit has acted for sure, and the hardware is out of the
 * old memory. */
static void
capture_free_settled (VdmaChannel *ch)
{
  const VdmaPointer *pointer = &ch->capture->pointer;

  for (guint i = 0; i < ch->list.n; i++) {
    VdmaStore *store = &ch->capture->store[i];
    if (store->state != VDMA_OLD_DOUBT)
      continue;
    if (store->settled == G_MAXUINT64 && pointer->time > store->doubted) {
      store->settled = pointer->frame + 2;
      store->tainted = store->settled;
    }
    if (pointer->frame < store->settled)
      continue;
    store->state = VDMA_OLD_NONE;
    vdma_channel_release_frame (ch, &store->old);
  }
}

static void
capture_doubt (VdmaChannel *ch, guint64 frame)
{
  VdmaStore *store = capture_store (ch, frame);

  store->state = VDMA_OLD_DOUBT;
  store->lost = frame + 1;
  store->doubted = ch->capture->pointer.time;
  store->settled = G_MAXUINT64;
  store->tainted = G_MAXUINT64;
}

/* One commit for all that was replaced, then the proof. */
static void
capture_settle (VdmaChannel *ch, guint64 end)
{
  VdmaCapture *self = ch->capture;
  guint64 slack = ch->list.n - 2;

  vdma_channel_commit (ch);
  guint64 bound = vdma_pointer_bound (ch, self->replaced + slack);
  for (; self->replaced < end; self->replaced++) {
    if (self->replaced + slack >= bound)
      capture_store (ch, self->replaced)->state = VDMA_OLD_SAFE;
    else
      capture_doubt (ch, self->replaced);
  }
}

/* ---- handing out ---- */

/* When the last frame that ended did: at this service's interrupt, or at the one
 * before where only the next SOF showed it. */
static gint64
capture_get_end (VdmaChannel *ch)
{
  const VdmaPace *pace = &ch->pace;
  gboolean shown_late = !ch->capture->by_event && pace->last_blocked
                        && ch->learned->pointer == VDMA_POINTER_AT_SOF;
  return shown_late ? pace->last_event : pace->event;
}

static void
capture_hand_out (VdmaChannel *ch, guint64 frame)
{
  VdmaStore *store = capture_store (ch, frame);
  gboolean corrupt = store->spoiled;
  gint64 age = (gint64) (ch->capture->pointer.ended - 1 - frame);
  gint64 time = capture_get_end (ch) - age * vdma_channel_period (ch, 0);

  store->state = VDMA_OLD_NONE;
  if (corrupt && ch->drop_corrupt) {
    vdma_capture_lose (ch, VDMA_LOSS_SIZE, 1);
    vdma_channel_release_frame (ch, &store->old);
    return;
  }
  vdma_capture_push (ch, &store->old, time, corrupt ? VDMA_FRAME_CORRUPT : 0);
}

/* Rounds of the ring that nobody saw came after the frames that had been replaced
 * before. */
static void
capture_count_laps (VdmaChannel *ch)
{
  VdmaPointer *pointer = &ch->capture->pointer;

  if (pointer->lapped == 0 || ch->capture->next < pointer->lapped_at)
    return;
  vdma_log_debug ("S2MM: %" G_GUINT64_FORMAT
                  " frames passed unseen, by the time since the last service",
      pointer->lapped);
  vdma_capture_lose (ch, VDMA_LOSS_LATE, pointer->lapped);
  pointer->lapped = 0;
}

static void
capture_deliver (VdmaChannel *ch)
{
  VdmaCapture *self = ch->capture;
  guint64 end = MIN (self->replaced, self->pointer.ended);

  for (; self->next < end; self->next++) {
    VdmaStore *store = capture_store (ch, self->next);
    capture_count_laps (ch);
    if (store->lost == self->next + 1)
      vdma_capture_lose (ch, VDMA_LOSS_UNPROVABLE, 1);
    else
      capture_hand_out (ch, self->next);
  }
  capture_count_laps (ch);
}

/* @begun: frames below have begun, as far as that is known. Replacing a frame
 * that is in work does no harm, and saves a commit of its own. */
static void
capture_harvest (VdmaChannel *ch, guint64 begun)
{
  VdmaCapture *self = ch->capture;

  for (guint round = 0; round < CAPTURE_ROUNDS; round++) {
    capture_give_up_bad (ch);
    guint64 limit = vdma_tie_limit (ch, MAX (self->pointer.ended, begun));
    guint64 end = capture_replace_run (ch, limit);
    if (end >= self->pointer.ended)
      self->starved = FALSE; /* a frame in work can wait */
    if (end > self->replaced)
      capture_settle (ch, end);
    else if (begun > 0 && !self->pointer.fresh)
      vdma_pointer_read (ch);
    vdma_pointer_verify (ch);
    capture_deliver (ch);
    if (self->next >= self->pointer.ended || self->starved)
      return;
    begun = 0;
  }
}

/* ---- service ---- */

/* The pointer was frozen at the first frame that failed; until it could be read
 * again any later one may have failed too. When the hardware may have gone round
 * the ring since then, that can be any store. */
static void
capture_mark_corrupt (VdmaChannel *ch, guint failed, guint32 status)
{
  VdmaCapture *self = ch->capture;
  const guint32 at_end = VDMA_SR_SOF_EARLY | VDMA_SR_SOF_LATE | VDMA_SR_INT_ERR;
  gint64 before = self->pointer.time;
  guint64 first = vdma_pointer_failed (ch, failed);

  vdma_pointer_read (ch);
  guint64 last = self->pointer.frame;
  if (self->pointer.blind || !vdma_pointer_is_in_time (ch, before)) {
    first = self->next;
    last += self->pointer.blind ? ch->list.n - 1 : 0;
  } else if (!(status & ch->port->errors & ~at_end) && last > first) {
    last--; /* a wrong number of lines says nothing of the frame in work */
  }
  for (guint64 frame = MAX (first, self->next); frame <= last; frame++) {
    VdmaStore *store = capture_store (ch, frame);
    if (frame < self->replaced)
      store->spoiled = TRUE;
    else
      store->corrupt = frame + 1;
  }
}

static gboolean
capture_run_service (VdmaChannel *ch, guint32 status, gint failed)
{
  VdmaPointer *pointer = &ch->capture->pointer;
  gboolean event = (status & VDMA_SR_FRMCNT_IRQ) != 0;
  guint64 ended = pointer->ended;
  gboolean is_free = vdma_pointer_is_free (ch, status);
  guint64 begun = 0;

  ch->capture->by_event = event;
  pointer->fresh = FALSE;
  vdma_pointer_judge (ch, status);
  if (is_free)
    capture_free_settled (ch);
  if (is_free && !event) {
    pointer->calm = TRUE;
    vdma_pointer_calm (ch);
  }
  if (event) {
    ch->capture->begun = TRUE;
    vdma_pointer_event (ch);
    if (vdma_tie_allows_prediction (ch))
      begun = vdma_pointer_predict (ch);
  }
  if (failed >= 0) {
    capture_mark_corrupt (ch, (guint) failed, status);
    begun = 0;
  } else if (!is_free || begun == 0 || begun > ch->capture->replaced + 1) {
    vdma_pointer_read (ch);
    begun = vdma_pointer_begun (ch);
  }
  if (ch->pace.missable > 0 && (event || pointer->frame > 0))
    vdma_pointer_see (ch);
  capture_deliver (ch);
  capture_harvest (ch, begun);
  if (failed < 0 && pointer->ended > ended)
    vdma_channel_worked (ch);
  if (event)
    vdma_pointer_see (ch);
  vdma_pointer_calm (ch);
  vdma_pointer_plan_look (ch, event, pointer->ended > ended);
  return TRUE;
}

/* ---- the probe ----
 *
 * The first frame that a core brings is a single shot, and halted tells where
 * the pointer stands behind a frame: still on it, or ahead. */

static gboolean
capture_relaunch (VdmaChannel *ch, GError **error)
{
  VdmaCapture *self = ch->capture;
  gint64 period = vdma_channel_period (ch, 0);
  guint64 expected = self->expected;
  g_autoptr (GError) local = NULL;

  if (!vdma_channel_launch (ch, &local)) {
    vdma_log_debug ("restart after the first frame: %s", local->message);
    return vdma_channel_again (ch, error);
  }
  vdma_capture_interrupt (ch);
  /* between two frames nothing is missed */
  if (ch->pace.blocked
      && 64 * (vdma_channel_now (ch) - ch->pace.event) < period)
    self->expected = expected;
  return TRUE;
}

static void
capture_finish_probe (VdmaChannel *ch)
{
  VdmaCapture *self = ch->capture;
  guint store = vdma_channel_read_store (ch);
  VdmaLoss loss;

  vdma_channel_note_halt (ch);
  vdma_capture_see (
      ch, vdma_capture_came_at (ch, ch->pace.event, ch->pace.ran), store);
  if (self->spoiled || store > 1) {
    self->probes++;
    vdma_capture_lose (ch, VDMA_LOSS_STARTUP, MAX (store, 1 + self->cut));
    return;
  }
  ch->learned->pointer = store == 0 ? VDMA_POINTER_AT_SOF : VDMA_POINTER_AT_END;
  vdma_log_debug ("S2MM: the store pointer moves %s",
      store == 0 ? "with SOF" : "between frames");
  self->pointer.ended = 1;
  if (!capture_is_good (ch, 0, &loss))
    vdma_capture_lose (ch, loss, 1);
  else if (capture_replace (ch, 0))
    capture_hand_out (ch, 0);
  else
    vdma_capture_lose (ch, VDMA_LOSS_NO_FRAME, 1);
}

/* Which frame it was shows in a run only. */
static void
capture_spoil_probe (VdmaChannel *ch, guint32 status)
{
  ch->capture->spoiled = TRUE;
  ch->capture->cut += (status & VDMA_SR_SOF_EARLY) != 0;
  for (guint frame = 0; frame < ch->list.n; frame++)
    capture_store (ch, frame)->corrupt = frame + 1;
}

static gboolean
capture_service (VdmaChannel *ch, guint32 status, gint failed, GError **error)
{
  VdmaCapture *self = ch->capture;

  if (!self->probing)
    return capture_run_service (ch, status, failed);
  if (failed >= 0)
    capture_spoil_probe (ch, status);
  if (status & VDMA_SR_HALTED) {
    capture_finish_probe (ch);
    return capture_relaunch (ch, error);
  }
  /* the interrupt may come at the frame's begin, and none at its end */
  self->begun |= (status & VDMA_SR_FRMCNT_IRQ) != 0;
  if (self->begun)
    vdma_channel_look_again (ch, CAPTURE_PROBE_LOOK);
  return TRUE;
}

/* ---- the end of a run, halted ---- */

static void
capture_drop_old (VdmaChannel *ch)
{
  for (guint i = 0; i < ch->list.n; i++) {
    VdmaStore *store = &ch->capture->store[i];
    if (store->state != VDMA_OLD_NONE)
      vdma_channel_release_frame (ch, &store->old);
    store->state = VDMA_OLD_NONE;
  }
}

/* Whether the pointer stands where the core halted: a bit that lets it run on
 * may have frozen it long before. */
static gboolean
capture_halted_there (VdmaChannel *ch, gint failed)
{
  const guint32 halting = VDMA_SR_BUS_ERRORS | VDMA_SR_INT_ERR;
  return failed >= 0 && !(ch->retry.status & ch->port->errors & ~halting);
}

/* The frame that the error fell into, if one was in work: @between says that it
 * came behind the end of @failed. With an error of the data mover behind one of the
 * frame's size there was another. */
static void
capture_lose_failed (VdmaChannel *ch, guint64 failed, gboolean between)
{
  VdmaCapture *self = ch->capture;
  const guint32 sizes = VDMA_SR_SOF_EARLY | VDMA_SR_SOF_LATE;
  guint32 status = ch->retry.status;
  gboolean halted = !(status & sizes) || (status & VDMA_SR_BUS_ERRORS);

  if (halted && !between)
    vdma_capture_lose (ch, VDMA_LOSS_DMA_ERROR, 1);
  if ((!halted || (status & VDMA_SR_SOF_EARLY)) && self->next <= failed)
    vdma_capture_lose (ch, VDMA_LOSS_SIZE, failed + 1 - self->next);
}

/* A core that halted at once wrote nothing since, so each complete frame is
 * safe. One that ran on may have overwritten any that was in a store. */
static void
capture_salvage (VdmaChannel *ch, gint failed)
{
  VdmaCapture *self = ch->capture;
  gboolean there = capture_halted_there (ch, failed);
  gboolean at_once = there || vdma_pointer_is_in_time (ch, self->pointer.time);
  guint64 first = self->pointer.frame;
  VdmaLoss loss;

  if (ch->retry.status & VDMA_SR_FRMCNT_IRQ)
    vdma_pointer_event (ch);
  if (failed >= 0) {
    first = vdma_pointer_failed (ch, (guint) failed);
    VdmaStore *store = capture_store (ch, first);
    store->tainted = first + 1; /* it may be in work there */
    if (first < self->replaced)
      store->lost = first + 1; /* ... or in what was taken ahead */
  }
  capture_deliver (ch);
  capture_drop_old (ch);
  for (; self->next < self->pointer.ended; self->next++) {
    capture_count_laps (ch);
    if (!there)
      vdma_capture_lose (ch, VDMA_LOSS_UNPROVABLE, 1);
    else if (!capture_is_good (ch, self->next, &loss))
      vdma_capture_lose (ch, loss, 1);
    else if (capture_replace (ch, self->next))
      capture_hand_out (ch, self->next);
    else
      vdma_capture_lose (ch, VDMA_LOSS_NO_FRAME, 1);
  }
  vdma_capture_lose (ch, VDMA_LOSS_LATE, self->pointer.lapped);
  capture_lose_failed (ch, first, at_once && first < self->pointer.ended);
  vdma_capture_interrupt (ch);
  self->live = FALSE;
}

/* Returns: whether the pointer follows the hardware, or does so now */
static gboolean
capture_thaw (VdmaChannel *ch, guint32 status)
{
  VdmaPointer *pointer = &ch->capture->pointer;

  vdma_pointer_judge (ch, status);
  if (vdma_pointer_is_free (ch, status))
    return TRUE;
  if (status & ch->port->errors) {
    guint64 failed = vdma_pointer_failed (ch, vdma_channel_read_store (ch));
    if (status & VDMA_SR_SOF_EARLY) /* it was cut */
      pointer->ended = MAX (pointer->ended, failed + 1);
  }
  vdma_channel_write (ch, ch->port->regs + VDMA_SR,
      status & vdma_channel_clearable (ch) & ~VDMA_SR_FRMCNT_IRQ);
  return vdma_pointer_is_free (
      ch, vdma_channel_read (ch, ch->port->regs + VDMA_SR));
}

/* Halted at a frame's end: the frame that a pointer of the SOF kind names is
 * complete too, if it ever began. */
static void
capture_read_last (VdmaChannel *ch)
{
  VdmaCapture *self = ch->capture;
  VdmaPointer *pointer = &self->pointer;
  guint32 status = vdma_channel_read (ch, ch->port->regs + VDMA_SR);

  if (!capture_thaw (ch, status))
    return;
  if (!(status & VDMA_SR_FRMCNT_IRQ)) /* since the last service nothing came */
    ch->pace.quiet = vdma_channel_now (ch);
  vdma_pointer_read (ch);
  gboolean begun =
      pointer->frame > 0 || self->begun || (status & VDMA_SR_FRMCNT_IRQ);
  if (begun && self->probing)
    pointer->ended = 1;
  else if (begun && ch->learned->pointer == VDMA_POINTER_AT_SOF)
    pointer->ended = MAX (pointer->ended, pointer->frame + 1);
}

static void
capture_stop (VdmaChannel *ch)
{
  VdmaCapture *self = ch->capture;

  if (self->live && !ch->was_reset)
    capture_read_last (ch);
  if (self->live && self->pointer.ended > self->next)
    vdma_capture_lose (ch, VDMA_LOSS_STOPPED, self->pointer.ended - self->next);
  if (self->live)
    vdma_capture_lose (ch, VDMA_LOSS_LATE, self->pointer.lapped);
  vdma_capture_end_run (ch);
  capture_drop_old (ch);
  self->live = FALSE;
}

static guint
capture_forget (VdmaChannel *ch)
{
  guint n = 0;

  vdma_capture_end_run (ch);
  ch->capture->live = FALSE;
  for (guint i = 0; i < ch->list.n; i++) {
    VdmaStore *store = &ch->capture->store[i];
    n += store->state != VDMA_OLD_NONE;
    store->state = VDMA_OLD_NONE;
  }
  return n;
}

const VdmaEngine vdma_capture_engine = {
  .name = "circular",
  .cr = VDMA_CR_CIRCULAR,
  .open = vdma_capture_open,
  .close = vdma_capture_close,
  .prepare = vdma_capture_prepare,
  .begin = capture_begin,
  .service = capture_service,
  .salvage = capture_salvage,
  .stop = capture_stop,
  .forget = capture_forget,
};
