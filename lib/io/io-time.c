/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time: the system's monotonic clock, and waits that end at a point of it. */
#include "io.h"

#include <errno.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "vdma-error.h"
#include "vdma-util.h"

/* GLib promises that GPollFD is the system's pollfd; ppoll() relies on it. */
G_STATIC_ASSERT (sizeof (GPollFD) == sizeof (struct pollfd));
G_STATIC_ASSERT (G_STRUCT_OFFSET (GPollFD, events)
                 == G_STRUCT_OFFSET (struct pollfd, events));
G_STATIC_ASSERT (G_STRUCT_OFFSET (GPollFD, revents)
                 == G_STRUCT_OFFSET (struct pollfd, revents));
G_STATIC_ASSERT (G_IO_IN == POLLIN);

/* One ppoll() lasts at most this long, so that every remainder fits a 32-bit
 * time_t; the wait then goes on with what is left. */
#define TIME_MAX_SLICE (G_GINT64_CONSTANT (1000000) * VDMA_NSEC_PER_SEC)

static gint64
time_monotonic_now (VdmaTime *self)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return (gint64) now.tv_sec * VDMA_NSEC_PER_SEC + now.tv_nsec;
}

/* What is left until @deadline, 0 when it is past. */
static gint64
time_monotonic_left (gint64 deadline)
{
  gint64 now = time_monotonic_now (NULL);
  return deadline > now ? deadline - now : 0;
}

static gint
time_monotonic_wait (VdmaTime *self, GPollFD *fds, guint n_fds, gint64 deadline)
{
  for (;;) {
    gint64 left =
        deadline == G_MAXINT64 ? G_MAXINT64 : time_monotonic_left (deadline);
    gint64 slice = MIN (left, TIME_MAX_SLICE);
    struct timespec timeout = {
      .tv_sec = (time_t) (slice / VDMA_NSEC_PER_SEC),
      .tv_nsec = (long) (slice % VDMA_NSEC_PER_SEC),
    };
    gint ready = ppoll ((struct pollfd *) fds, n_fds, &timeout, NULL);
    if (ready > 0 || (ready < 0 && errno != EINTR))
      return ready;
    if (ready == 0 && left == slice)
      return 0;
  }
}

/* ---- timers of the monotonic clock ---- */

static void
time_timer_set (VdmaTimer *self, gint64 at)
{
  /* all zero would mean never; and never is all zero */
  gint64 real = at == G_MAXINT64 ? 0 : MAX (at, 1);
  gint64 seconds = MIN (real / VDMA_NSEC_PER_SEC, G_MAXINT32);
  struct itimerspec when = {
    .it_value = { .tv_sec = (time_t) seconds,
        .tv_nsec = (long) (real % VDMA_NSEC_PER_SEC) },
  };
  timerfd_settime (self->fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void
time_timer_close (VdmaTimer *self)
{
  close (self->fd);
  g_free (self);
}

static const VdmaTimerImpl time_timer_impl = {
  .set = time_timer_set,
  .close = time_timer_close,
};

static VdmaTimer *
time_monotonic_open_timer (VdmaTime *time, GError **error)
{
  gint fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (fd < 0) {
    vdma_set_error_errno (error, errno, "cannot make a timer");
    return NULL;
  }
  VdmaTimer *self = g_new0 (VdmaTimer, 1);
  self->impl = &time_timer_impl;
  self->fd = fd;
  return self;
}

static const VdmaTimeImpl time_monotonic_impl = {
  .name = "monotonic",
  .now = time_monotonic_now,
  .wait = time_monotonic_wait,
  .open_timer = time_monotonic_open_timer,
};

static VdmaTime time_monotonic = { .impl = &time_monotonic_impl };

VdmaTime *
vdma_time_monotonic (void)
{
  return &time_monotonic;
}

gint64
vdma_time_now (VdmaTime *self)
{
  return self->impl->now (self);
}

gint
vdma_time_wait (VdmaTime *self, GPollFD *fds, guint n_fds, gint64 deadline)
{
  /* Nothing could ever end such a wait. */
  if (n_fds == 0 && deadline == G_MAXINT64) {
    errno = EINVAL;
    return -1;
  }
  return self->impl->wait (self, fds, n_fds, deadline);
}

VdmaTimer *
vdma_time_open_timer (VdmaTime *self, GError **error)
{
  if (self->impl->open_timer)
    return self->impl->open_timer (self, error);
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
      "the time '%s' has no timers", self->impl->name);
  return NULL;
}

void
vdma_timer_set (VdmaTimer *self, gint64 at)
{
  self->impl->set (self, at);
}

void
vdma_timer_close (VdmaTimer *self)
{
  if (self)
    self->impl->close (self);
}
