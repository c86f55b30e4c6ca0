/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* S2MM frame by frame, for cores with one or two frame stores.
 *
 * With so few stores no store can be let go while the channel runs (hardware.md
 * 2.12). FrameCntEn halts it after each frame: the frame is then nobody's, its
 * store gets a new address, and the channel runs again. The price is a restart
 * within the time between two frames; a service that comes later misses the
 * next frame, which the core never takes, so nothing is torn or overwritten. */
#include "vdma-capture.h"

#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_DEVICE
#include "vdma-log.h"

/* A halted channel looks as complete as the frame; an interrupt at a frame's
 * begin does not, and the frame's end then has none. */
#define SHOT_LOOK 2 /* sixteenths of a frame time */

static void
shot_begin (VdmaChannel *ch)
{
  VdmaCapture *self = ch->capture;

  ch->halts = TRUE;
  self->live = TRUE;
  self->starved = FALSE;
  self->begun = FALSE;
  self->corrupt = FALSE;
  self->rearmed = vdma_channel_now (ch);
}

static void
shot_hand_out (VdmaChannel *ch)
{
  VdmaCapture *self = ch->capture;
  VdmaFrame fresh, done;

  if (!self->corrupt)
    vdma_channel_worked (ch);
  if (self->corrupt && ch->drop_corrupt) {
    vdma_capture_lose (ch, VDMA_LOSS_SIZE, 1);
    return;
  }
  if (!vdma_capture_acquire (ch, &fresh)) {
    vdma_capture_lose (ch, VDMA_LOSS_NO_FRAME, 1);
    return;
  }
  vdma_frame_list_take (&ch->list, 0, &done);
  vdma_frame_list_set (&ch->list, 0, &fresh);
  vdma_capture_push (
      ch, &done, ch->pace.event, self->corrupt ? VDMA_FRAME_CORRUPT : 0);
}

/* A channel that does not run again must not look like a frame that is done. */
static gboolean
shot_rearm (VdmaChannel *ch, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (vdma_channel_run (ch, &local))
    return TRUE;
  vdma_log_debug ("restart after a frame: %s", local->message);
  vdma_capture_interrupt (ch);
  return vdma_channel_again (ch, error);
}

static gboolean
shot_service (VdmaChannel *ch, guint32 status, gint failed, GError **error)
{
  VdmaCapture *self = ch->capture;
  gint64 now = vdma_channel_now (ch);

  if (failed >= 0)
    self->corrupt = TRUE;
  if (status & VDMA_SR_SOF_EARLY) /* the shot goes on with a later frame */
    vdma_capture_lose (ch, VDMA_LOSS_SIZE, 1);
  if (!(status & VDMA_SR_HALTED)) {
    self->begun |= (status & VDMA_SR_FRMCNT_IRQ) != 0;
    vdma_channel_look_again (ch, SHOT_LOOK);
    return TRUE;
  }
  gint64 done = vdma_capture_came_at (ch, ch->pace.event, self->rearmed);
  vdma_capture_see (ch, done, 0);
  shot_hand_out (ch);
  ch->pace.down = ch->pace.blocked ? done : self->rearmed;
  self->begun = FALSE;
  self->corrupt = FALSE;
  self->rearmed = now;
  return shot_rearm (ch, error);
}

static void
shot_salvage (VdmaChannel *ch, gint failed)
{
  vdma_capture_lose (ch, VDMA_LOSS_DMA_ERROR, 1);
  vdma_capture_interrupt (ch);
  ch->capture->live = FALSE;
}

static void
shot_end (VdmaChannel *ch)
{
  vdma_capture_end_run (ch);
  ch->capture->live = FALSE;
}

/* Halted at a frame's end: its interrupt was not serviced any more, or came at its
 * begin. */
static void
shot_stop (VdmaChannel *ch)
{
  if (ch->capture->live
      && (ch->capture->begun
          || (!ch->was_reset
              && (vdma_channel_read (ch, ch->port->regs + VDMA_SR)
                  & VDMA_SR_FRMCNT_IRQ))))
    vdma_capture_lose (ch, VDMA_LOSS_STOPPED, 1);
  shot_end (ch);
}

static guint
shot_forget (VdmaChannel *ch)
{
  shot_end (ch);
  return 0;
}

const VdmaEngine vdma_shot_engine = {
  .name = "single shots",
  .cr = VDMA_CR_FRAME_CNT_EN,
  .open = vdma_capture_open,
  .close = vdma_capture_close,
  .prepare = vdma_capture_prepare,
  .begin = shot_begin,
  .service = shot_service,
  .salvage = shot_salvage,
  .stop = shot_stop,
  .forget = shot_forget,
};
