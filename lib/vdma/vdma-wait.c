/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits for a channel: its interrupt, a cancel, the user's deadline, and the
 * points in time at which the channel wants to be serviced without interrupt. */
#include "vdma-private.h"

#include <errno.h>

#include "vdma-error.h"
#include "vdma-util.h"

#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_DEVICE
#include "vdma-log.h"

/* One interrupt may get lost; as many in a row never come at all. */
#define WAIT_LOST_LIMIT 3
#define WAIT_RECHECK    VDMA_NSEC_PER_SEC

typedef enum {
  WAIT_FD_IRQ,
  WAIT_FD_TIED, /* the display's that follows, or -1 */
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

/* A line that guesses wakes at other times too, until it knows the frames. */
static gboolean
wait_is_for_a_frame (VdmaChannel *self)
{
  return !self->irq->impl->guesses || vdma_irq_get_period (self->irq) > 0;
}

typedef struct {
  VdmaTime *time;
  GPollFD fds[WAIT_N_FDS];
  guint n;
  gboolean overslept;
} WaitSet;

static gint
wait_until (WaitSet *set, gint64 until)
{
  gint ready = vdma_time_wait (set->time, set->fds, set->n, until);
  set->overslept = ready > 0 && vdma_time_now (set->time) > until;
  return ready;
}

/* A line that never fires again must not keep anyone for ever: the status is
 * looked at now and then. Returns: as vdma_time_wait() */
static gint
wait_patiently (VdmaChannel *self, WaitSet *set, gint64 until, gboolean *missed)
{
  gint ready;
  gint64 next;

  do {
    next = MIN (until, vdma_time_now (set->time) + WAIT_RECHECK);
    ready = wait_until (set, next);
    *missed = ready == 0 && next < until && self->retry.at == VDMA_NO_TIME
              && wait_has_missed (self);
  } while (ready == 0 && next < until && !*missed);
  return ready;
}

/* A tied display wakes its capture more often than frames come. */
static gint64
wait_get_begin (VdmaChannel *self, const WaitSet *set)
{
  if (set->fds[WAIT_FD_TIED].fd >= 0)
    return MAX (self->pace.event, self->pace.quiet);
  return vdma_time_now (set->time);
}

/* A frame time and a half without interrupt: either one got lost, or the source
 * paused. The accounts want to know. Returns: as vdma_time_wait() */
static gint
wait_watchfully (
    VdmaChannel *self, WaitSet *set, gint64 until, gboolean *missed)
{
  gint64 period = vdma_channel_period (self, self->pace.typical);
  gint64 doubt = MAX (wait_get_begin (self, set) + period * 3 / 2,
      vdma_channel_first_by (self, period));

  *missed = FALSE;
  if (!self->port->captures || period <= 0 || doubt >= until
      || self->retry.at != VDMA_NO_TIME)
    return wait_patiently (self, set, until, missed);
  gint ready = wait_until (set, doubt);
  if (ready != 0)
    return ready;
  *missed = wait_has_missed (self);
  if (*missed)
    return 0;
  self->pace.quiet = doubt;
  ready = wait_patiently (self, set, until, missed);
  /* nobody but the line kept it waiting; a tied display looks again soon */
  if (ready > 0
      && (set->fds[WAIT_FD_IRQ].revents || !set->fds[WAIT_FD_TIED].revents))
    self->pace.quiet = vdma_time_now (set->time);
  return ready;
}

VdmaWait
vdma_channel_wait (
    VdmaChannel *self, VdmaCancel *cancel, gint64 deadline, GError **error)
{
  WaitSet set = {
    .time = vdma_device_get_time (self->device),
    .fds = { [WAIT_FD_IRQ] = { vdma_irq_get_fd (self->irq), G_IO_IN, 0 },
        [WAIT_FD_TIED] = { vdma_tie_get_fd (self), G_IO_IN, 0 },
        [WAIT_FD_CANCEL] = { cancel ? vdma_cancel_get_fd (cancel) : -1, G_IO_IN,
            0 } },
    .n = cancel ? WAIT_N_FDS : WAIT_FD_CANCEL,
  };
  gint64 look_at = MIN (self->pace.look_at, self->retry.at);
  gint64 tied_at = vdma_tie_get_time (self);
  gboolean missed = FALSE;

  if (!wait_check (self, 0, 0, error))
    return VDMA_WAIT_FAILED;
  gint ready = wait_until (&set, vdma_time_now (set.time));
  gboolean blocked = ready == 0;
  if (blocked)
    ready = wait_watchfully (
        self, &set, MIN (deadline, MIN (look_at, tied_at)), &missed);
  gint saved_errno = errno;
  if (!wait_check (self, ready, saved_errno, error))
    return VDMA_WAIT_FAILED;
  if (set.fds[WAIT_FD_CANCEL].revents)
    return VDMA_WAIT_CANCELLED;

  gint64 now = vdma_time_now (set.time);
  if (set.fds[WAIT_FD_IRQ].revents) {
    self->lost_interrupts = 0;
    self->pace.overslept = set.overslept;
    if (blocked && wait_is_for_a_frame (self))
      self->pace.waited = now;
    return VDMA_WAIT_READY;
  }
  if (missed)
    wait_note_lost (self);
  if (missed || now >= look_at)
    return VDMA_WAIT_READY;
  if (set.fds[WAIT_FD_TIED].revents || now >= tied_at) {
    vdma_tie_wake (self);
    return VDMA_WAIT_READY;
  }
  if (self->retry.at == VDMA_NO_TIME && wait_has_missed (self)) {
    wait_note_lost (self);
    return VDMA_WAIT_READY;
  }
  self->pace.quiet = now;
  return VDMA_WAIT_TIMEOUT;
}
