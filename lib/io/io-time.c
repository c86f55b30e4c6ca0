/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time: the system's monotonic clock, and waits that end at a point of it. */
#include "io.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

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

static const VdmaTimeImpl time_monotonic_impl = {
  .name = "monotonic",
  .now = time_monotonic_now,
  .wait = time_monotonic_wait,
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
