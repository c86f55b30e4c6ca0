/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What error bits mean for a channel, and the way back from those that halt it
 * (hardware.md 2.10). */
#include "vdma-private.h"

#include "vdma-error.h"
#include "vdma-util.h"

#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_DEVICE
#include "vdma-log.h"

#define RECOVER_ATTEMPTS 6 /* without a good frame between them */
#define RECOVER_PAUSE    (10 * VDMA_NSEC_PER_MSEC) /* doubles each time */

/* A core without flush-on-fsync cannot clear its frame size errors. */
static guint32
recover_stuck_bits (VdmaChannel *self)
{
  const VdmaHwDesc *desc = vdma_device_get_desc (self->device);
  if (!self->port->captures || desc->flush_on_fsync)
    return 0;
  return VDMA_SR_SOF_EARLY | VDMA_SR_SOF_LATE;
}

guint32
vdma_channel_clearable (VdmaChannel *self)
{
  return VDMA_SR_IRQS
         | (self->port->errors & ~VDMA_SR_BUS_ERRORS
             & ~recover_stuck_bits (self));
}

gboolean
vdma_channel_is_fatal (VdmaChannel *self, guint32 status)
{
  const guint32 frame_size = VDMA_SR_SOF_EARLY | VDMA_SR_SOF_LATE;

  if (self->on_error == VDMA_ON_ERROR_STOP && (status & self->port->errors))
    return TRUE;
  if (status & (VDMA_SR_BUS_ERRORS | recover_stuck_bits (self)))
    return TRUE;
  if ((status & VDMA_SR_HALTED) && !self->halts)
    return TRUE;
  if (!(status & VDMA_SR_INT_ERR) || (status & frame_size))
    return FALSE;
  /* alone it halts the channel, unless the size error beside it was cleared
   * before (hardware.md 2.10, IntErr a to c) */
  return !(vdma_channel_read (self, self->port->regs + VDMA_CR) & VDMA_CR_RS);
}

void
vdma_channel_worked (VdmaChannel *self)
{
  self->retry.attempts = 0;
}

/* At the interrupt, or at some time behind the last one that was cleared. */
void
vdma_channel_note_halt (VdmaChannel *self)
{
  VdmaPace *pace = &self->pace;

  if (pace->down == VDMA_NO_TIME)
    pace->down =
        pace->blocked ? pace->event : MAX (pace->ran, pace->last_cleared);
}

static void
recover_release_list (VdmaChannel *self)
{
  VdmaFrame frame;
  for (guint i = 0; i < self->list.n; i++) {
    if (vdma_frame_list_take (&self->list, i, &frame))
      vdma_channel_release_frame (self, &frame);
  }
}

void
vdma_channel_finish (VdmaChannel *self, gboolean halted)
{
  vdma_tie_suspend (self, FALSE);
  if (halted) {
    self->engine->stop (self);
    recover_release_list (self);
  } else {
    guint n = self->engine->forget (self)
              + (guint) __builtin_popcount (self->list.owned);
    self->stats.quarantined += n;
    vdma_log_error ("%s of '%s' cannot be stopped: %u frames are kept for "
                    "ever, the hardware may still use them",
        vdma_direction_to_string (self->dir),
        vdma_device_get_desc (self->device)->name, n);
  }
  vdma_frame_list_clear (&self->list);
  vdma_irq_tell (self->irq, VDMA_IRQ_END, 0);
  self->retry.at = VDMA_NO_TIME;
  self->running = FALSE;
  vdma_channel_publish (self);
}

/* Returns: whether the policy asks for more than an end of the run */
static gboolean
recover_is_wanted (VdmaChannel *self)
{
  return self->on_error == VDMA_ON_ERROR_RECOVER
         || self->on_error == VDMA_ON_ERROR_DROP;
}

void
vdma_channel_set_on_error (VdmaChannel *self, VdmaOnError on_error)
{
  self->on_error = on_error;
  self->drop_corrupt = on_error == VDMA_ON_ERROR_DROP;
}

static gboolean
recover_give_up (VdmaChannel *self, gboolean halted, GError **error)
{
  const gchar *reason = "halted with an error and does not answer a reset";

  if (halted)
    reason = recover_is_wanted (self)
                 ? "does not recover, it was restarted too often"
                 : "had an error and was stopped, as on-error asks; "
                   "on-error=recover would go on";
  g_autofree gchar *text =
      vdma_status_to_string (self->dir, self->retry.status);
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_HARDWARE,
      "the %s channel of '%s' %s (status 0x%08x: %s)",
      vdma_direction_to_string (self->dir),
      vdma_device_get_desc (self->device)->name, reason, self->retry.status,
      text);
  vdma_channel_finish (self, halted);
  return FALSE;
}

static gboolean
recover_restart (VdmaChannel *self, GError **error)
{
  g_autoptr (GError) local = NULL;

  self->retry.at = VDMA_NO_TIME;
  if (vdma_channel_launch (self, &local)) {
    self->stats.recoveries++;
    return TRUE;
  }
  vdma_log_debug ("restart failed: %s", local->message);
  if (!vdma_channel_halt (self, NULL))
    return recover_give_up (self, FALSE, error);
  return vdma_channel_again (self, error);
}

/* The first restart is immediate, the next ones wait longer each time. */
gboolean
vdma_channel_again (VdmaChannel *self, GError **error)
{
  guint attempt = self->retry.attempts++;

  vdma_channel_note_halt (self);
  if (attempt >= RECOVER_ATTEMPTS)
    return recover_give_up (self, TRUE, error);
  if (attempt == 0)
    return recover_restart (self, error);
  self->retry.at = vdma_channel_now (self) + (RECOVER_PAUSE << (attempt - 1));
  return TRUE;
}

gboolean
vdma_channel_retry (VdmaChannel *self, GError **error)
{
  if (vdma_channel_now (self) < self->retry.at)
    return TRUE;
  return recover_restart (self, error);
}

gboolean
vdma_channel_recover (
    VdmaChannel *self, guint32 status, gint failed, GError **error)
{
  g_autofree gchar *text = vdma_status_to_string (self->dir, status);

  vdma_log_warning ("%s of '%s' %s (status 0x%08x: %s)",
      vdma_direction_to_string (self->dir),
      vdma_device_get_desc (self->device)->name,
      recover_is_wanted (self) ? "halted, restarting it" : "failed, ending it",
      status, text);
  self->retry.status = status;
  vdma_tie_suspend (self, TRUE);
  if (!vdma_channel_halt (self, NULL))
    return recover_give_up (self, FALSE, error);
  self->engine->salvage (self, failed);
  return recover_is_wanted (self) ? vdma_channel_again (self, error)
                                  : recover_give_up (self, TRUE, error);
}
