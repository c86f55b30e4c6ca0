/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-view.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vdma-error.h"

#define VIEW_PROTECTION (PROT_READ | PROT_WRITE)
#define VIEW_MAPPING    (MAP_SHARED | MAP_NORESERVE)
/* Whoever shortened the file would make accesses of the board fatal. */
#define VIEW_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

gboolean
sim_view_open (SimView *self, const gchar *name, guint64 size, GError **error)
{
  self->size = size;
  self->fd = memfd_create (name, MFD_CLOEXEC);
  if (self->fd < 0 || ftruncate (self->fd, (off_t) size) != 0) {
    vdma_set_error_errno (error, errno,
        "cannot make %" G_GUINT64_FORMAT " bytes of simulated memory", size);
    return FALSE;
  }
  gpointer data =
      mmap (NULL, (gsize) size, VIEW_PROTECTION, VIEW_MAPPING, self->fd, 0);
  if (data == MAP_FAILED) {
    vdma_set_error_errno (error, errno,
        "cannot map %" G_GUINT64_FORMAT
        " bytes of simulated memory; a smaller memory= may do",
        size);
    return FALSE;
  }
  self->data = data;
  return TRUE;
}

void
sim_view_close (SimView *self)
{
  if (self->data)
    munmap (self->data, (gsize) self->size);
  if (self->fd >= 0)
    close (self->fd);
  *self = SIM_VIEW_INIT;
}

/* ---- memfds of their own ---- */

static gboolean
view_write (gint fd, const guint8 *data, gsize size, gsize offset)
{
  while (size > 0) {
    gssize n = pwrite (fd, data, size, (off_t) offset);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return FALSE;
    data += n;
    offset += (gsize) n;
    size -= (gsize) n;
  }
  return TRUE;
}

/* Copies what was ever written: pages that nobody touched stay free. */
static gboolean
view_copy (const SimView *self, gsize at, gsize size, gint fd)
{
  gsize end = at + size;
  gsize from = at;
  while (from < end) {
    off_t data = lseek (self->fd, (off_t) from, SEEK_DATA);
    if (data < 0 && errno == ENXIO)
      return TRUE;
    off_t hole = data < 0 ? -1 : lseek (self->fd, data, SEEK_HOLE);
    if (hole < 0)
      return FALSE;
    if ((guint64) data >= end)
      return TRUE;
    from = MIN ((gsize) hole, end);
    if (!view_write (
            fd, self->data + data, from - (gsize) data, (gsize) data - at))
      return FALSE;
  }
  return TRUE;
}

static gboolean
view_map_over (SimView *self, gsize at, gsize size, gint fd, off_t offset)
{
  return mmap (self->data + at, size, VIEW_PROTECTION, VIEW_MAPPING | MAP_FIXED,
             fd, offset)
         != MAP_FAILED;
}

gint
sim_view_detach (SimView *self, gsize at, gsize size, GError **error)
{
  gint fd = memfd_create ("vdma-sim-block", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd >= 0 && ftruncate (fd, (off_t) size) == 0
      && fcntl (fd, F_ADD_SEALS, VIEW_SEALS) == 0
      && view_copy (self, at, size, fd)
      && view_map_over (self, at, size, fd, 0)) {
    sim_view_discard (self, at, size);
    return fd;
  }
  vdma_set_error_errno (error, errno,
      "cannot give %" G_GSIZE_FORMAT
      " bytes of simulated memory a descriptor of their own%s",
      size,
      errno == EMFILE ? "; each exported block keeps one open, and ulimit -n "
                        "says how many there may be"
                      : "");
  if (fd >= 0)
    close (fd);
  return -1;
}

gboolean
sim_view_attach (SimView *self, gsize at, gsize size, gint fd)
{
  gboolean ok = view_map_over (self, at, size, self->fd, (off_t) at);
  close (fd);
  return ok;
}

void
sim_view_discard (SimView *self, gsize at, gsize size)
{
  /* best effort: without it the old content stays */
  (void) fallocate (self->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
      (off_t) at, (off_t) size);
}
