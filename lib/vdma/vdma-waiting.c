/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What both capture engines do with frames: get empty ones, line up complete
 * ones, and keep the accounts. */
#include "vdma-capture.h"

#include "vdma-error.h"

#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_DEVICE
#include "vdma-log.h"

void
vdma_capture_open (VdmaChannel *ch)
{
  ch->capture = g_new0 (VdmaCapture, 1);
}

void
vdma_capture_close (VdmaChannel *ch)
{
  g_clear_pointer (&ch->capture, g_free);
}

static void
waiting_release_list (VdmaChannel *ch)
{
  VdmaFrame frame;
  for (guint i = 0; i < ch->list.n; i++) {
    if (vdma_frame_list_take (&ch->list, i, &frame))
      vdma_channel_release_frame (ch, &frame);
  }
}

gboolean
vdma_capture_prepare (VdmaChannel *ch, const VdmaFrame *first, GError **error)
{
  for (guint i = 0; i < ch->list.n; i++) {
    VdmaFrame frame;
    if (!ch->ops->acquire (ch->ops_data, &frame)) {
      g_set_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY,
          "S2MM needs a frame for each of its %u frame stores to start, there "
          "are only %u",
          ch->list.n, i);
      goto refused;
    }
    if (!vdma_channel_check_frame (ch, &frame, error)) {
      vdma_channel_release_frame (ch, &frame);
      goto refused;
    }
    vdma_frame_list_set (&ch->list, i, &frame);
  }
  return TRUE;

refused:
  waiting_release_list (ch);
  vdma_frame_list_clear (&ch->list);
  return FALSE;
}

gboolean
vdma_capture_acquire (VdmaChannel *ch, VdmaFrame *frame)
{
  g_autoptr (GError) error = NULL;

  /* what was replaced and not lined up yet wants a place as well */
  if (ch->capture->n_waiting + ch->list.n > VDMA_CAPTURE_MAX_WAITING
      || !ch->ops->acquire (ch->ops_data, frame))
    return FALSE;
  if (vdma_channel_check_frame (ch, frame, &error))
    return TRUE;
  vdma_log_warning ("%s", error->message);
  vdma_channel_release_frame (ch, frame);
  return FALSE;
}

void
vdma_capture_push (
    VdmaChannel *ch, const VdmaFrame *frame, gint64 time, VdmaFrameFlags flags)
{
  VdmaCapture *self = ch->capture;
  guint last =
      (self->first_waiting + self->n_waiting++) % VDMA_CAPTURE_MAX_WAITING;

  g_assert (self->n_waiting <= VDMA_CAPTURE_MAX_WAITING);
  if (self->number != self->expected)
    flags |= VDMA_FRAME_DISCONT;
  if (!(flags & VDMA_FRAME_CORRUPT))
    vdma_channel_worked (ch);
  self->waiting[last] = (VdmaWaiting){
    .frame = *frame,
    .info = { .number = self->number++, .time = time, .flags = flags },
  };
  self->expected = self->number;
  ch->stats.frames++;
  vdma_tie_offer (ch, frame, flags);
}

void
vdma_capture_lose (VdmaChannel *ch, VdmaLoss loss, guint64 n)
{
  if (n == 0)
    return;
  ch->capture->number += n;
  ch->stats.frames += n;
  ch->stats.lost[loss] += n;
  vdma_log_trace (
      "%" G_GUINT64_FORMAT " frames lost: %s", n, vdma_loss_to_string (loss));
}

/* It tells, if somebody waited for it. Otherwise it came at some time since the
 * frame ended. */
gint64
vdma_capture_came_at (VdmaChannel *ch, gint64 event, gint64 begin)
{
  gint64 period = vdma_channel_period (ch, ch->pace.typical);

  return ch->pace.blocked || period == 0 ? event
                                         : MIN (event, begin + period * 5 / 4);
}

/* No register counts what the source sends to a halted core. As many frames are
 * missed as lie between two that it took, but no more than began while it was
 * halted: a source may pause as well. In a short halt hardly one begins, so that
 * it takes nearly a whole frame time more to be believed: the probe's interrupt may
 * be at another end of a frame than later ones. */
void
vdma_capture_see (VdmaChannel *ch, gint64 time, gint64 ahead)
{
  VdmaCapture *self = ch->capture;
  VdmaPace *pace = &ch->pace;
  gint64 period = vdma_channel_period (ch, pace->typical);
  gint64 counted = (gint64) (self->number - self->seen_number) + ahead;

  if (pace->missable > 0 && self->seen_at > 0 && period > 0) {
    gint64 bias = CLAMP (pace->idle / 2, period / 16, period / 2);
    gint64 passed = (time - self->seen_at + bias) / period;
    vdma_capture_lose (ch, VDMA_LOSS_HALTED,
        (guint64) CLAMP (passed - counted, 0, (gint64) pace->missable));
  }
  self->seen_at = time;
  self->seen_number = (guint64) ((gint64) self->number + ahead);
  pace->idle = 0;
  pace->missable = 0;
}

void
vdma_capture_interrupt (VdmaChannel *ch)
{
  if (ch->capture->number > 0)
    ch->capture->expected = G_MAXUINT64;
}

static void
waiting_give_up_oldest (VdmaChannel *ch, VdmaLoss loss)
{
  VdmaCapture *self = ch->capture;

  vdma_channel_release_frame (ch, &self->waiting[self->first_waiting].frame);
  self->first_waiting = (self->first_waiting + 1) % VDMA_CAPTURE_MAX_WAITING;
  self->n_waiting--;
  ch->stats.lost[loss]++;
}

void
vdma_capture_end_run (VdmaChannel *ch)
{
  VdmaCapture *self = ch->capture;
  gint64 period = vdma_channel_period (ch, ch->pace.typical);

  while (self->n_waiting > 0)
    waiting_give_up_oldest (ch, VDMA_LOSS_STOPPED);
  if (period > 0) /* behind the last frame: by the time alone */
    vdma_capture_lose (ch, VDMA_LOSS_HALTED,
        (guint64) ((ch->pace.idle + period / 2) / period));
  self->seen_at = 0;
  vdma_capture_interrupt (ch);
}

gboolean
vdma_capture_take (VdmaChannel *ch, VdmaFrame *frame, VdmaFrameInfo *info)
{
  g_return_val_if_fail (ch->port->captures, FALSE);
  VdmaCapture *self = ch->capture;

  if (self->n_waiting == 0)
    return FALSE;
  const VdmaWaiting *oldest = &self->waiting[self->first_waiting];
  *frame = oldest->frame;
  gboolean shared = vdma_tie_share (ch, frame);
  if (info) {
    *info = oldest->info;
    info->flags |= shared ? VDMA_FRAME_SHARED : 0;
  }
  ch->stats.delivered++;
  if (oldest->info.flags & VDMA_FRAME_CORRUPT)
    ch->stats.corrupt++;
  self->first_waiting = (self->first_waiting + 1) % VDMA_CAPTURE_MAX_WAITING;
  self->n_waiting--;
  vdma_channel_publish (ch);
  return TRUE;
}

guint
vdma_capture_skip_older (VdmaChannel *ch)
{
  g_return_val_if_fail (ch->port->captures, 0);
  VdmaCapture *self = ch->capture;
  guint n = 0;

  for (; self->n_waiting > 1; n++)
    waiting_give_up_oldest (ch, VDMA_LOSS_SKIPPED);
  if (n > 0)
    self->waiting[self->first_waiting].info.flags |= VDMA_FRAME_DISCONT;
  return n;
}

guint
vdma_capture_n_waiting (VdmaChannel *ch)
{
  g_return_val_if_fail (ch->port->captures, 0);
  return ch->capture->n_waiting;
}
