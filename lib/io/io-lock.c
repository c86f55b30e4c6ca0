/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open file description locks on parts of a file. */
#include "io-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io-sysfs.h"
#include "io.h"
#include "vdma-error.h"
#include "vdma-util.h"

#define LOCK_SLOT  64 /* bytes of a part: "PID NAME" of its holder */
#define LOCK_TRIES 8  /* against others who make or remove the file */
#define LOCK_PAUSE (50 * VDMA_NSEC_PER_USEC)

struct VdmaLock {
  gint fd;
  gchar *path;
};

/* ---- the file ---- */

/* Others must be able to open what one user made. Who may make files in a
 * folder of all users must not be led elsewhere by a link, and the kernel
 * refuses to create over a file of somebody else (fs.protected_regular). */
static gint
lock_open_file (const gchar *path)
{
  const gint flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  for (guint i = 0; i < LOCK_TRIES; i++) {
    gint fd = open (path, flags);
    if (fd >= 0 || errno != ENOENT)
      return fd;
    fd = open (path, flags | O_CREAT | O_EXCL, 0666);
    if (fd >= 0 && fchmod (fd, 0666) < 0)
      errno = 0; /* then it is for this user only */
    if (fd >= 0 || errno != EEXIST)
      return fd;
  }
  return -1;
}

static gint
lock_open_in (const gchar *folder, guint64 address, gchar **path)
{
  struct stat about;
  *path = g_strdup_printf (
      "%s/gst-vdma-%" G_GINT64_MODIFIER "x.lock", folder, address);
  gint fd = lock_open_file (*path);
  if (fd >= 0 && (fstat (fd, &about) < 0 || !S_ISREG (about.st_mode))) {
    close (fd);
    errno = EINVAL;
    return -1;
  }
  return fd;
}

VdmaLock *
vdma_lock_open (const gchar *root, guint64 address, GError **error)
{
  g_autofree gchar *common = vdma_io_path (root, "/run/lock");
  const gchar *const folders[] = { common, g_getenv ("XDG_RUNTIME_DIR") };
  gint saved_errno = ENOENT;

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++) {
    g_autofree gchar *path = NULL;
    if (!folders[i] || !*folders[i])
      continue;
    gint fd = lock_open_in (folders[i], address, &path);
    if (fd >= 0) {
      VdmaLock *self = g_new0 (VdmaLock, 1);
      self->fd = fd;
      self->path = g_steal_pointer (&path);
      return self;
    }
    saved_errno = errno;
  }
  vdma_set_error_errno (error, saved_errno,
      "cannot make a lock file in '%s' or $XDG_RUNTIME_DIR (%s)", common,
      folders[1] ? folders[1] : "not set");
  return NULL;
}

void
vdma_lock_close (VdmaLock *self)
{
  if (!self)
    return;
  for (guint part = 0; part < VDMA_LOCK_PARTS; part++)
    vdma_lock_give (self, part);
  close (self->fd);
  g_free (self->path);
  g_free (self);
}

/* ---- parts ---- */

/* Returns: FALSE with errno; EAGAIN: somebody else has it */
static gboolean
lock_set (VdmaLock *self, guint part, gint type)
{
  struct flock lock = {
    .l_type = (short) type,
    .l_whence = SEEK_SET,
    .l_start = part * LOCK_SLOT,
    .l_len = LOCK_SLOT,
  };
  gint done;
  do {
    done = fcntl (self->fd, F_OFD_SETLK, &lock);
  } while (done < 0 && errno == EINTR);
  if (done < 0 && errno == EACCES)
    errno = EAGAIN;
  return done == 0;
}

/* For people only, so a full disk does no harm. */
static void
lock_sign (VdmaLock *self, guint part, gboolean mine)
{
  gchar text[LOCK_SLOT] = { 0 };
  if (mine)
    g_snprintf (text, sizeof text, "%ld %.40s\n", (long) getpid (),
        g_get_prgname () ? g_get_prgname () : "?");
  if (pwrite (self->fd, text, sizeof text, part * LOCK_SLOT) < 0)
    errno = 0;
}

/* Returns: (transfer full): "process 4711 (gst-launch-1.0)" */
static gchar *
lock_describe_holder (VdmaLock *self, guint part)
{
  gchar text[LOCK_SLOT + 1] = { 0 };
  glong pid;
  gint skip = 0;

  if (pread (self->fd, text, LOCK_SLOT, part * LOCK_SLOT) <= 0
      || sscanf (text, "%8ld %n", &pid, &skip) < 1)
    return g_strdup ("another process");
  if (pid == getpid ())
    return g_strdup_printf ("this process itself (%ld), where the core is open "
                            "under another name",
        pid);
  g_autofree gchar *name = g_utf8_make_valid (text + skip, -1);
  return g_strdup_printf (
      "process %ld (%s)", pid, *name ? g_strstrip (name) : "?");
}

gboolean
vdma_lock_take (VdmaLock *self, guint part, GError **error)
{
  if (lock_set (self, part, F_WRLCK)) {
    lock_sign (self, part, TRUE);
    return TRUE;
  }
  gint saved_errno = errno;
  if (saved_errno != EAGAIN) {
    vdma_set_error_errno (error, saved_errno, "cannot lock '%s'", self->path);
    return FALSE;
  }
  g_autofree gchar *holder = lock_describe_holder (self, part);
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_BUSY, "it is in use by %s (%s)",
      holder, self->path);
  return FALSE;
}

gboolean
vdma_lock_wait (VdmaLock *self, guint part, gint64 limit)
{
  VdmaTime *time = vdma_time_monotonic ();
  gint64 now = vdma_time_now (time);
  gint64 end = now + limit;

  for (; !lock_set (self, part, F_WRLCK); now = vdma_time_now (time)) {
    if (now >= end || errno != EAGAIN)
      return FALSE;
    vdma_time_wait (time, NULL, 0, MIN (now + LOCK_PAUSE, end));
  }
  return TRUE;
}

void
vdma_lock_give (VdmaLock *self, guint part)
{
  lock_set (self, part, F_UNLCK);
}
