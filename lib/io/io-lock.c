/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open file description locks on parts of a file. */
#include "io-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io-sysfs.h"
#include "io.h"
#include "vdma-error.h"
#include "vdma-util.h"

/* bytes of a part: a line "PID NAME" of its holder, and a line "guardian PID"
 * where it has one */
#define LOCK_SLOT  64
#define LOCK_TRIES 8 /* against others who make or remove the file */
#define LOCK_PAUSE (50 * VDMA_NSEC_PER_USEC)

struct VdmaLock {
  gint fd;
  gchar *path;
  glong guardian; /* 0: there is none */
};

typedef struct {
  glong pid;
  glong guardian; /* 0: there is none */
  gchar name[LOCK_SLOT];
} LockHolder;

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

/* A full disk does no harm: it is for errors, and to be patient with a guardian. */
static void
lock_sign (VdmaLock *self, guint part)
{
  gchar text[LOCK_SLOT] = { 0 };
  g_autofree gchar *name =
      g_path_get_basename (g_get_prgname () ? g_get_prgname () : "?");
  gint n =
      g_snprintf (text, sizeof text, "%ld %.32s\n", (glong) getpid (), name);
  if (self->guardian > 0)
    g_snprintf (
        text + n, sizeof text - (gsize) n, "guardian %ld\n", self->guardian);
  if (pwrite (self->fd, text, sizeof text, part * LOCK_SLOT) < 0)
    errno = 0;
}

/* Returns: whether the part says who has it */
static gboolean
lock_read_holder (VdmaLock *self, guint part, LockHolder *holder)
{
  gchar text[LOCK_SLOT + 1] = { 0 };
  gint skip = 0;

  *holder = (LockHolder){ 0 };
  if (pread (self->fd, text, LOCK_SLOT, part * LOCK_SLOT) <= 0
      || sscanf (text, "%8ld%n", &holder->pid, &skip) < 1 || holder->pid <= 0)
    return FALSE;
  gchar *end = strchr (text + skip, '\n');
  if (end) {
    *end = 0;
    if (sscanf (end + 1, "guardian %8ld", &holder->guardian) < 1
        || holder->guardian < 0)
      holder->guardian = 0;
  }
  g_autofree gchar *name = g_utf8_make_valid (text + skip, -1);
  g_strlcpy (holder->name, g_strstrip (name), sizeof holder->name);
  return TRUE;
}

/* A zombie is as dead, though its parent has not noticed yet. */
static gboolean
lock_process_is_dead (glong pid)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%ld/stat", pid);
  g_autofree gchar *text = NULL;

  if (kill ((pid_t) pid, 0) < 0)
    return errno == ESRCH;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  const gchar *name_end = strrchr (text, ')');
  return name_end && g_str_has_prefix (name_end, ") Z");
}

static gboolean
lock_holder_is_dead (VdmaLock *self, guint part)
{
  LockHolder holder;
  return lock_read_holder (self, part, &holder)
         && lock_process_is_dead (holder.pid);
}

static gchar *
lock_describe_holder (VdmaLock *self, guint part)
{
  LockHolder holder;

  if (!lock_read_holder (self, part, &holder))
    return g_strdup ("another process");
  if (holder.pid == getpid ())
    return g_strdup_printf ("this process itself (%ld), where the core is open "
                            "under another name",
        holder.pid);
  if (holder.guardian > 0 && lock_process_is_dead (holder.pid))
    return g_strdup_printf (
        "process %ld, the guardian of process %ld (%s) that "
        "died: the DMA has not stopped yet, try again",
        holder.guardian, holder.pid, holder.name);
  return g_strdup_printf ("process %ld (%s)", holder.pid, holder.name);
}

static void
lock_set_busy_error (VdmaLock *self, guint part, GError **error)
{
  g_autofree gchar *who = lock_describe_holder (self, part);
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_BUSY, "it is in use by %s (%s)",
      who, self->path);
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

gboolean
vdma_lock_take (VdmaLock *self, guint part, GError **error)
{
  gboolean taken = lock_set (self, part, F_WRLCK);
  gint saved_errno = errno;

  if (!taken && saved_errno == EAGAIN && lock_holder_is_dead (self, part))
    taken = vdma_lock_wait (self, part, VDMA_LOCK_GUARDIAN_LIMIT);
  if (taken)
    lock_sign (self, part);
  else if (saved_errno == EAGAIN)
    lock_set_busy_error (self, part, error);
  else
    vdma_set_error_errno (error, saved_errno, "cannot lock '%s'", self->path);
  return taken;
}

void
vdma_lock_set_guardian (VdmaLock *self, glong pid)
{
  self->guardian = pid;
}

gint
vdma_lock_get_fd (VdmaLock *self)
{
  return self->fd;
}

void
vdma_lock_give (VdmaLock *self, guint part)
{
  lock_set (self, part, F_UNLCK);
}
