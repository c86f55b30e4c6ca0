/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Registers by mmap(). */
#include "io-window.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vdma-error.h"
#include "vdma-util.h"

typedef struct {
  VdmaRegs base;
  VdmaRegsImpl impl; /* with the name of its kind */
  volatile guint32 *words;
  gpointer map;
  gsize length;
  gint fd;
  VdmaWindowPlace place;
} Window;

static guint32
window_read32 (VdmaRegs *regs, guint offset)
{
  return ((Window *) regs)->words[offset / 4];
}

static void
window_write32 (VdmaRegs *regs, guint offset, guint32 value)
{
  ((Window *) regs)->words[offset / 4] = value;
}

static void
window_close (VdmaRegs *regs)
{
  Window *self = (Window *) regs;
  munmap (self->map, self->length);
  close (self->fd);
  g_free (self);
}

/* Only what a 32-bit off_t or size_t could cut off is refused here; what the
 * file has, mmap() knows. */
static gboolean
window_check_place (
    const gchar *path, const VdmaWindowPlace *place, GError **error)
{
  guint64 page = (guint64) sysconf (_SC_PAGESIZE);
  if (place->offset % page == 0 && place->delta % 4 == 0
      && (guint64) (off_t) place->offset == place->offset
      && (off_t) place->offset >= 0
      && place->delta <= G_MAXINT - (gsize) place->span)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "'%s' cannot be mapped at 0x%" G_GINT64_MODIFIER
      "x + 0x%" G_GSIZE_MODIFIER
      "x: registers begin at a multiple of 4, within what a file can have",
      path, place->offset, place->delta);
  return FALSE;
}

/* A mapping may reach beyond the end of a file, and an access there kills. Of
 * devices only their driver knows the end; mmap() asks it. */
static gboolean
window_check_file (
    gint fd, const gchar *path, const VdmaWindowPlace *place, GError **error)
{
  struct stat info;
  if (fstat (fd, &info) < 0) {
    vdma_set_error_errno (error, errno, "cannot look at '%s'", path);
    return FALSE;
  }
  guint64 end = place->offset + place->delta + place->span;
  if (S_ISCHR (info.st_mode)
      || (S_ISREG (info.st_mode) && (guint64) info.st_size >= end))
    return TRUE;
  if (S_ISREG (info.st_mode))
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "'%s' is no device but a file of %" G_GUINT64_FORMAT
        " bytes, and the registers end at %" G_GUINT64_FORMAT
        ": remove what was copied there (udev makes the device file), or give "
        "a copy of a machine its whole length",
        path, (guint64) info.st_size, end);
  else
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "'%s' is neither a device nor a file that could stand for one", path);
  return FALSE;
}

VdmaRegs *
vdma_window_map (const gchar *name, gint fd, const gchar *path,
    const VdmaWindowPlace *place, GError **error)
{
  if (!window_check_place (path, place, error)
      || !window_check_file (fd, path, place, error)) {
    close (fd);
    return NULL;
  }
  gsize length = place->delta + place->span;
  gpointer map = mmap (NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
      (off_t) place->offset);
  if (map == MAP_FAILED) {
    vdma_set_error_errno (error, errno,
        "cannot map %" G_GSIZE_FORMAT " bytes of registers of '%s'", length,
        path);
    close (fd);
    return NULL;
  }
  Window *self = g_new0 (Window, 1);
  self->impl = (VdmaRegsImpl){
    .name = name,
    .read32 = window_read32,
    .write32 = window_write32,
    .close = window_close,
    .signal_safe = TRUE,
  };
  self->base.impl = &self->impl;
  self->base.span = place->span;
  self->map = map;
  self->length = length;
  self->fd = fd;
  self->place = *place;
  self->words = (volatile guint32 *) ((guint8 *) map + place->delta);
  return &self->base;
}

gboolean
vdma_window_is (VdmaRegs *regs)
{
  return regs->impl->read32 == window_read32;
}

gint
vdma_window_get_file (VdmaRegs *regs, VdmaWindowPlace *place)
{
  Window *self = (Window *) regs;
  *place = self->place;
  return self->fd;
}
