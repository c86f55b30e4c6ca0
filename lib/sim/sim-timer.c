/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Timers in a board's own time. */
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sim-board-priv.h"
#include "vdma-error.h"

static SimTimer *
timer_at (const SimBoard *board, guint index)
{
  return g_ptr_array_index (board->timers, index);
}

static void
timer_fire (SimTimer *self)
{
  self->at = G_MAXINT64;
  self->in_service = TRUE;
  self->board->n_fired++;
  /* cannot fail: it was drained when it was set */
  if (eventfd_write (self->base.fd, 1) < 0)
    g_warn_if_reached ();
}

gint64
sim_timers_next_event (const SimBoard *board)
{
  gint64 next = G_MAXINT64;
  for (guint i = 0; i < board->timers->len; i++)
    next = MIN (next, timer_at (board, i)->at);
  return next;
}

void
sim_timers_run (SimBoard *board)
{
  for (guint i = 0; i < board->timers->len; i++) {
    if (timer_at (board, i)->at <= board->now)
      timer_fire (timer_at (board, i));
  }
}

gboolean
sim_timers_are_in_service (const SimBoard *board)
{
  for (guint i = 0; i < board->timers->len; i++) {
    if (timer_at (board, i)->in_service)
      return TRUE;
  }
  return FALSE;
}

static void
timer_set (VdmaTimer *timer, gint64 at)
{
  SimTimer *self = (SimTimer *) timer;
  eventfd_t count;

  sim_board_enter (self->board);
  if (eventfd_read (timer->fd, &count) < 0)
    errno = 0; /* it had not fired */
  self->in_service = FALSE;
  self->at = at;
  if (at <= self->board->now)
    timer_fire (self);
  sim_board_leave (self->board, TRUE);
}

static void
timer_close (VdmaTimer *timer)
{
  SimTimer *self = (SimTimer *) timer;
  sim_board_enter (self->board);
  g_ptr_array_remove_fast (self->board->timers, self);
  sim_board_leave (self->board, TRUE);
  close (timer->fd);
  sim_board_unref (self->board);
  g_free (self);
}

static const VdmaTimerImpl timer_impl = {
  .set = timer_set,
  .close = timer_close,
};

VdmaTimer *
sim_timer_open (SimBoard *board, GError **error)
{
  gint fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) {
    vdma_set_error_errno (error, errno, "cannot make a simulated timer");
    return NULL;
  }
  SimTimer *self = g_new0 (SimTimer, 1);
  self->base.impl = &timer_impl;
  self->base.fd = fd;
  self->board = sim_board_ref (board);
  self->at = G_MAXINT64;
  sim_board_enter (board);
  g_ptr_array_add (board->timers, self);
  sim_board_leave (board, FALSE);
  return &self->base;
}
