/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits for a channel: its interrupt, a cancel, the user's deadline, and the
 * points in time at which the channel wants to be serviced without interrupt. */
#include "vdma-private.h"

#include <errno.h>

#include "vdma-error.h"

#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_DEVICE
#include "vdma-log.h"

/* One interrupt may get lost; as many in a row never come at all. */
#define WAIT_LOST_LIMIT 3

typedef enum {
  WAIT_FD_IRQ,
  WAIT_FD_CANCEL,
  WAIT_N_FDS,
} WaitFd;

/* An interrupt can get lost on its way; the status register knows. */
static gboolean
wait_has_missed (VdmaChannel *self)
{
  guint32 status = vdma_channel_read (self, self->port->regs + VDMA_SR);
  const guint32 wanted = VDMA_SR_FRMCNT_IRQ | VDMA_SR_ERR_IRQ | VDMA_SR_HALTED;
  return (status & (wanted | self->port->errors)) != 0;
}

/* A line that is not connected, or another core's, costs no frame but time:
 * each one waits for somebody's deadline. */
static void
wait_note_lost (VdmaChannel *self)
{
  if (++self->lost_interrupts != WAIT_LOST_LIMIT)
    return;
  vdma_log_warning ("%s of '%s': frames end, and no interrupt comes: is its "
                    "line connected, and the one that was named (irq-device, "
                    "irq-%s)? Without one, use irq=timer",
      vdma_direction_to_string (self->dir),
      vdma_device_get_desc (self->device)->name,
      self->port->captures ? "s2mm" : "mm2s");
}

static gboolean
wait_check (VdmaChannel *self, gint ready, gint saved_errno, GError **error)
{
  if (!self->running) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_STATE,
        "the %s channel does not run", vdma_direction_to_string (self->dir));
    return FALSE;
  }
  if (ready < 0) {
    vdma_set_error_errno (error, saved_errno,
        "cannot wait for the interrupt of the %s channel",
        vdma_direction_to_string (self->dir));
    return FALSE;
  }
  return TRUE;
}

VdmaWait
vdma_channel_wait (
    VdmaChannel *self, VdmaCancel *cancel, gint64 deadline, GError **error)
{
  VdmaTime *time = vdma_device_get_time (self->device);
  GPollFD fds[WAIT_N_FDS] = {
    [WAIT_FD_IRQ] = { vdma_irq_get_fd (self->irq), G_IO_IN, 0 },
    [WAIT_FD_CANCEL] = { cancel ? vdma_cancel_get_fd (cancel) : -1, G_IO_IN,
        0 },
  };
  gint64 begin = vdma_time_now (time);
  gint64 look_at = MIN (self->pace.look_at, self->retry.at);

  if (!wait_check (self, 0, 0, error))
    return VDMA_WAIT_FAILED;
  gint ready = vdma_time_wait (
      time, fds, cancel ? WAIT_N_FDS : WAIT_FD_CANCEL, MIN (deadline, look_at));
  gint saved_errno = errno;
  if (!wait_check (self, ready, saved_errno, error))
    return VDMA_WAIT_FAILED;
  if (fds[WAIT_FD_CANCEL].revents)
    return VDMA_WAIT_CANCELLED;

  gint64 now = vdma_time_now (time);
  if (fds[WAIT_FD_IRQ].revents) {
    self->lost_interrupts = 0;
    if (now > begin && !self->irq->impl->guesses)
      self->pace.waited = now;
    return VDMA_WAIT_READY;
  }
  if (now >= look_at)
    return VDMA_WAIT_READY;
  if (self->retry.at == VDMA_NO_TIME && wait_has_missed (self)) {
    wait_note_lost (self);
    return VDMA_WAIT_READY;
  }
  self->pace.quiet = now;
  return VDMA_WAIT_TIMEOUT;
}
