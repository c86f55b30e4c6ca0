/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The application's end of its guardian. */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_DEVICE

#include "io-guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io-guardian-protocol.h"
#include "io-window.h"
#include "vdma-error.h"
#include "vdma-log.h"
#include "vdma-util.h"

#define GUARDIAN_VARIABLE "GST_VDMA_GUARDIAN"
#define GUARDIAN_LIMIT    (5 * VDMA_NSEC_PER_SEC) /* until it answers */

extern char **environ;

struct VdmaGuardian {
  gint fd;
  pid_t pid;
  GMutex asking;   /* a leaf: an answer goes with its question */
  gboolean silent; /* with the lock: an answer may still come, to nobody */
};

/* ---- packets ---- */

static gboolean
guardian_send (VdmaGuardian *self, const GuardianPacket *packet, gint fd)
{
  union {
    struct cmsghdr header;
    gchar space[CMSG_SPACE (sizeof (gint))];
  } control = { 0 };
  struct iovec bytes = { (gpointer) packet, sizeof *packet };
  struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };
  gssize sent;

  if (fd >= 0) {
    message.msg_control = control.space;
    message.msg_controllen = sizeof control.space;
    struct cmsghdr *header = CMSG_FIRSTHDR (&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN (sizeof fd);
    memcpy (CMSG_DATA (header), &fd, sizeof fd);
  }
  do {
    sent = sendmsg (self->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent == sizeof *packet;
}

static void
guardian_tell (VdmaGuardian *self, const GuardianPacket *packet, gint fd)
{
  if (!guardian_send (self, packet, fd))
    vdma_log_warning (
        "the guardian does not listen any more: %s; nothing stops "
        "the DMA if this process is killed",
        g_strerror (errno));
}

void
vdma_guardian_arm (VdmaGuardian *self, guint offset, guint32 value)
{
  guardian_tell (self,
      &(GuardianPacket){ .what = GUARDIAN_ARM, .a = offset, .b = value }, -1);
}

void
vdma_guardian_disarm (VdmaGuardian *self, guint offset)
{
  guardian_tell (
      self, &(GuardianPacket){ .what = GUARDIAN_DISARM, .a = offset }, -1);
}

/* Returns: FALSE with errno 0 when the answer was no */
static gboolean
guardian_read_answer (VdmaGuardian *self)
{
  VdmaTime *time = vdma_time_monotonic ();
  GPollFD answers = { self->fd, G_IO_IN, 0 };
  gchar answer = 0;

  if (vdma_time_wait (time, &answers, 1, vdma_time_now (time) + GUARDIAN_LIMIT)
      != 1) {
    self->silent = TRUE;
    errno = ETIMEDOUT;
    return FALSE;
  }
  gssize got = read (self->fd, &answer, 1);
  if (got == 0)
    errno = EPIPE;
  if (got == 1)
    errno = 0;
  return got == 1 && answer == GUARDIAN_OK;
}

/* @no: what it means when the answer is no */
static gboolean
guardian_ask (VdmaGuardian *self, const GuardianPacket *packet, gint fd,
    const gchar *no, GError **error)
{
  g_mutex_lock (&self->asking);
  errno = ETIMEDOUT;
  gboolean ok = !self->silent && guardian_send (self, packet, fd)
                && guardian_read_answer (self);
  gint saved_errno = errno;
  g_mutex_unlock (&self->asking);
  if (!ok)
    g_set_error (error, VDMA_ERROR,
        saved_errno == ETIMEDOUT ? VDMA_ERROR_TIMEOUT : VDMA_ERROR_FAILED,
        "the guardian (process %ld) %s%s", (glong) self->pid,
        saved_errno ? "does not answer: " : no,
        saved_errno ? g_strerror (saved_errno) : "");
  return ok;
}

gboolean
vdma_guardian_keep (VdmaGuardian *self, guint64 number, gint fd, GError **error)
{
  const GuardianPacket packet = { .what = GUARDIAN_KEEP, .a = number };
  return guardian_ask (self, &packet, fd,
      "cannot hold more memory: " G_STRINGIFY (
          GUARDIAN_KEPT) " pieces at most, and no more than ulimit -n says",
      error);
}

void
vdma_guardian_forget (VdmaGuardian *self, guint64 number)
{
  g_autoptr (GError) error = NULL;
  const GuardianPacket packet = { .what = GUARDIAN_FORGET, .a = number };
  if (!guardian_ask (self, &packet, -1, "does not know it", &error))
    vdma_log_warning (
        "memory that was freed may be held until the end: %s", error->message);
}

glong
vdma_guardian_get_pid (VdmaGuardian *self)
{
  return self->pid;
}

/* ---- start ---- */

/* A session of its own, so that Ctrl-C in the terminal does not reach it, and
 * no signal mask of the thread that starts it. */
static gint
guardian_spawn (const gchar *path, gint fd, pid_t *pid)
{
  gchar *argv[] = { (gchar *) "vdma-guardian", NULL };
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none;

  sigemptyset (&none);
  posix_spawn_file_actions_init (&actions);
  posix_spawnattr_init (&attributes);
  posix_spawn_file_actions_adddup2 (&actions, fd, GUARDIAN_FD);
  posix_spawnattr_setsigmask (&attributes, &none);
  posix_spawnattr_setflags (
      &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
  gint failed = posix_spawn (pid, path, &actions, &attributes, argv, environ);
  posix_spawnattr_destroy (&attributes);
  posix_spawn_file_actions_destroy (&actions);
  return failed;
}

static gboolean
guardian_map (VdmaGuardian *self, VdmaRegs *regs, GError **error)
{
  VdmaWindowPlace place;
  gint fd = vdma_window_get_file (regs, &place);
  const GuardianPacket packet = {
    .what = GUARDIAN_MAP,
    .a = place.offset,
    .b = (guint32) place.delta,
    .c = place.span,
  };
  return guardian_ask (self, &packet, fd, "cannot map the registers", error);
}

VdmaGuardian *
vdma_guardian_start (VdmaRegs *regs, GError **error)
{
  const gchar *path = g_getenv (GUARDIAN_VARIABLE);
  gint ends[2];

  path = path && *path ? path : VDMA_GUARDIAN_PATH;
  if (!vdma_window_is (regs)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
        "a guardian needs registers that are a mapping of a file");
    return NULL;
  }
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
    vdma_set_error_errno (
        error, errno, "cannot make a socket for the guardian");
    return NULL;
  }
  VdmaGuardian *self = g_new0 (VdmaGuardian, 1);
  g_mutex_init (&self->asking);
  self->fd = ends[0];
  gint failed = guardian_spawn (path, ends[1], &self->pid);
  close (ends[1]);
  if (failed != 0) {
    vdma_set_error_errno (error, failed,
        "cannot start the guardian '%s' (environment variable %s)", path,
        GUARDIAN_VARIABLE);
    self->pid = -1;
  } else if (guardian_map (self, regs, error)) {
    vdma_log_info ("guardian: process %ld", (glong) self->pid);
    return self;
  }
  vdma_guardian_stop (self);
  return NULL;
}

/* It ends at once; an application that collects all children may be faster. */
static void
guardian_collect (pid_t pid)
{
  VdmaTime *time = vdma_time_monotonic ();
  gint64 end = vdma_time_now (time) + GUARDIAN_LIMIT;
  pid_t got;

  while ((got = waitpid (pid, NULL, WNOHANG)) == 0
         || (got < 0 && errno == EINTR)) {
    gint64 now = vdma_time_now (time);
    if (now >= end)
      return;
    vdma_time_wait (time, NULL, 0, now + VDMA_NSEC_PER_MSEC);
  }
}

void
vdma_guardian_stop (VdmaGuardian *self)
{
  if (!self)
    return;
  guardian_send (self, &(GuardianPacket){ .what = GUARDIAN_BYE }, -1);
  close (self->fd);
  if (self->pid > 0)
    guardian_collect (self->pid);
  g_mutex_clear (&self->asking);
  g_free (self);
}
