/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cancelling waits: an eventfd that stays readable until it is cleared. */
#include "io.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vdma-error.h"

struct VdmaCancel {
  gint fd;
};

VdmaCancel *
vdma_cancel_new (GError **error)
{
  gint fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) {
    vdma_set_error_errno (error, errno, "cannot make an eventfd to end waits");
    return NULL;
  }
  VdmaCancel *self = g_new0 (VdmaCancel, 1);
  self->fd = fd;
  return self;
}

void
vdma_cancel_free (VdmaCancel *self)
{
  if (!self)
    return;
  close (self->fd);
  g_free (self);
}

void
vdma_cancel_set (VdmaCancel *self)
{
  /* EAGAIN: the counter is full, so the descriptor is readable already. */
  while (eventfd_write (self->fd, 1) < 0 && errno == EINTR)
    ;
}

void
vdma_cancel_clear (VdmaCancel *self)
{
  eventfd_t count;
  while (eventfd_read (self->fd, &count) < 0 && errno == EINTR)
    ;
}

gboolean
vdma_cancel_is_set (VdmaCancel *self)
{
  struct pollfd pollfd = { .fd = self->fd, .events = POLLIN };
  gint ready;
  while ((ready = poll (&pollfd, 1, 0)) < 0 && errno == EINTR)
    ;
  return ready > 0;
}

gint
vdma_cancel_get_fd (VdmaCancel *self)
{
  return self->fd;
}
