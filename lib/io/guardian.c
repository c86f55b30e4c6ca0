/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guardian: a process of its own that lives as long as an application and
 * outlives it by a moment. When the application is gone without a word, by
 * SIGKILL as well, it stops the DMA that was left running, while it still holds
 * the memory, the registers and the locks. Started by io-guardian.c. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "io-guardian-protocol.h"

/* All resets together are waited for this long; io-lock.c waits longer. */
#define GUARDIAN_LIMIT_MS 1000
#define GUARDIAN_POLL_NS  1000000

typedef struct {
  uint32_t offset;
  uint32_t value; /* 0: not armed */
} GuardedWrite;

typedef struct {
  uint64_t number;
  int fd_plus_1; /* 0: a free slot */
} KeptFile;

static volatile uint32_t *guardian_words;
static uint64_t guardian_span;
static GuardedWrite guardian_writes[GUARDIAN_WRITES];
static KeptFile guardian_kept[GUARDIAN_KEPT];

/* ---- packets ---- */

/* Returns: size of the packet, 0 at the end; @fd: -1 without one */
static ssize_t
guardian_receive (GuardianPacket *packet, int *fd)
{
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE (sizeof (int))];
  } control;
  struct iovec bytes = { packet, sizeof *packet };
  struct msghdr message = {
    .msg_iov = &bytes,
    .msg_iovlen = 1,
    .msg_control = control.space,
    .msg_controllen = sizeof control.space,
  };
  ssize_t got;

  *fd = -1;
  do {
    got = recvmsg (GUARDIAN_FD, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  struct cmsghdr *header = got > 0 ? CMSG_FIRSTHDR (&message) : NULL;
  if (header && header->cmsg_level == SOL_SOCKET
      && header->cmsg_type == SCM_RIGHTS
      && header->cmsg_len == CMSG_LEN (sizeof (int)))
    memcpy (fd, CMSG_DATA (header), sizeof *fd);
  return got;
}

static void
guardian_answer (int ok)
{
  const char answer = ok ? GUARDIAN_OK : 'n';
  while (write (GUARDIAN_FD, &answer, 1) < 0 && errno == EINTR)
    ;
}

static void
guardian_map (const GuardianPacket *packet, int fd)
{
  size_t length = packet->b + packet->c;
  void *map = fd < 0 ? MAP_FAILED
                     : mmap (NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED,
                         fd, (off_t) packet->a);
  if (map != MAP_FAILED) {
    guardian_words = (volatile uint32_t *) ((char *) map + packet->b);
    guardian_span = packet->c;
  }
  if (fd >= 0)
    close (fd);
  guardian_answer (map != MAP_FAILED);
}

/* Kept by being left open. */
static void
guardian_keep (uint64_t number, int fd)
{
  int i = 0;
  while (i < GUARDIAN_KEPT && guardian_kept[i].fd_plus_1 != 0)
    i++;
  if (fd >= 0 && i < GUARDIAN_KEPT) {
    guardian_kept[i] = (KeptFile){ .number = number, .fd_plus_1 = fd + 1 };
    guardian_answer (1);
    return;
  }
  if (fd >= 0)
    close (fd);
  guardian_answer (0);
}

static void
guardian_forget (uint64_t number)
{
  int found = 0;
  for (int i = 0; i < GUARDIAN_KEPT; i++) {
    KeptFile *file = &guardian_kept[i];
    if (file->fd_plus_1 == 0 || file->number != number)
      continue;
    close (file->fd_plus_1 - 1);
    file->fd_plus_1 = 0;
    found = 1;
  }
  guardian_answer (found);
}

/* The slot of @offset, or a free one. */
static GuardedWrite *
guardian_find (uint64_t offset)
{
  GuardedWrite *vacant = NULL;
  for (int i = 0; i < GUARDIAN_WRITES; i++) {
    GuardedWrite *slot = &guardian_writes[i];
    if (slot->value != 0 && slot->offset == offset)
      return slot;
    if (slot->value == 0 && !vacant)
      vacant = slot;
  }
  return vacant;
}

static void
guardian_arm (const GuardianPacket *packet)
{
  GuardedWrite *slot = guardian_find (packet->a);
  uint32_t value = packet->what == GUARDIAN_ARM ? packet->b : 0;
  if (!slot || packet->a % 4 != 0 || packet->a + 4 > guardian_span)
    return;
  slot->offset = (uint32_t) packet->a;
  slot->value = value;
}

static void
guardian_handle (const GuardianPacket *packet, int fd)
{
  switch (packet->what) {
    case GUARDIAN_MAP:
      guardian_map (packet, fd);
      break;
    case GUARDIAN_KEEP:
      guardian_keep (packet->a, fd);
      break;
    case GUARDIAN_FORGET:
      guardian_forget (packet->a);
      break;
    case GUARDIAN_ARM:
    case GUARDIAN_DISARM:
      guardian_arm (packet);
      break;
    default:
      _exit (0);
  }
}

/* ---- the end ---- */

static int64_t
guardian_now_ms (void)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
guardian_is_resetting (void)
{
  for (int i = 0; i < GUARDIAN_WRITES; i++) {
    const GuardedWrite *slot = &guardian_writes[i];
    if (slot->value != 0
        && (guardian_words[slot->offset / 4] & slot->value) != 0)
      return 1;
  }
  return 0;
}

static void
guardian_stop_dma (void)
{
  const struct timespec pause = { .tv_nsec = GUARDIAN_POLL_NS };
  const int64_t end = guardian_now_ms () + GUARDIAN_LIMIT_MS;

  if (!guardian_words)
    return;
  for (int i = 0; i < GUARDIAN_WRITES; i++) {
    if (guardian_writes[i].value != 0)
      guardian_words[guardian_writes[i].offset / 4] = guardian_writes[i].value;
  }
  while (guardian_is_resetting () && guardian_now_ms () < end)
    nanosleep (&pause, NULL);
}

/* The locks came first, and never went: who gets one of them finds the memory
 * free. */
static void
guardian_let_go (void)
{
  for (int i = GUARDIAN_KEPT; i-- > 0;) {
    if (guardian_kept[i].fd_plus_1 != 0)
      close (guardian_kept[i].fd_plus_1 - 1);
  }
}

/* ---- life ---- */

/* What else the application had open is none of ours; who reads its output must
 * see the end of it. */
static void
guardian_close_others (void)
{
  int null = open ("/dev/null", O_RDWR);
  for (int fd = 0; null >= 0 && fd < GUARDIAN_FD; fd++)
    dup2 (null, fd);
#ifdef SYS_close_range
  if (syscall (SYS_close_range, GUARDIAN_FD + 1, ~0u, 0) == 0)
    return;
#endif
  long limit = sysconf (_SC_OPEN_MAX);
  for (int fd = GUARDIAN_FD + 1;
       fd < (limit > 0 && limit < 65536 ? limit : 1024); fd++)
    close (fd);
}

/* The socket alone would not do: a child of the application may hold it. */
static int
guardian_watch_parent (pid_t parent)
{
#ifdef SYS_pidfd_open
  return (int) syscall (SYS_pidfd_open, parent, 0);
#else
  return -1;
#endif
}

int
main (int argc, char **argv)
{
  static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
  pid_t parent = getppid ();

  for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
    signal (ignored[i], SIG_IGN);
  guardian_close_others ();
  struct pollfd fds[] = {
    { .fd = GUARDIAN_FD, .events = POLLIN },
    { .fd = guardian_watch_parent (parent), .events = POLLIN },
  };
  for (;;) {
    GuardianPacket packet;
    int fd;
    if (poll (fds, 2, -1) < 0 && errno != EINTR)
      break;
    /* what was said before the end still counts */
    if (fds[0].revents) {
      if (guardian_receive (&packet, &fd) != sizeof packet)
        break;
      guardian_handle (&packet, fd);
    } else if (fds[1].revents) {
      break;
    }
  }
  guardian_stop_dma ();
  guardian_let_go ();
  _exit (0);
}
