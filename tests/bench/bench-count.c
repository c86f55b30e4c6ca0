/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counts by standing in for functions of the C library: this program's own
 * malloc() and poll() are found first, by the libraries too. Per thread, so
 * that neither the simulated board's thread nor the main thread mixes in.
 *
 * System calls that are counted: read, write, poll, ppoll, ioctl, mmap, munmap,
 * and what goes through syscall() (GLib's mutexes and conditions when they have
 * to wait or wake). Not counted: what the C library calls inside itself. */

#include "bench.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static __thread guint64 count_allocations;
static __thread guint64 count_syscalls;

void
bench_count_now (BenchCounts *counts)
{
  struct timespec cpu;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &cpu);
  counts->allocations = count_allocations;
  counts->syscalls = count_syscalls;
  counts->cpu_ns = cpu.tv_sec * G_GINT64_CONSTANT (1000000000) + cpu.tv_nsec;
}

/* ---- memory: glibc's own names for what is stood in for ---- */

extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t n, size_t size);
extern void *__libc_realloc (void *pointer, size_t size);
extern void *__libc_memalign (size_t align, size_t size);

void *
malloc (size_t size)
{
  count_allocations++;
  return __libc_malloc (size);
}

void *
calloc (size_t n, size_t size)
{
  count_allocations++;
  return __libc_calloc (n, size);
}

void *
realloc (void *pointer, size_t size)
{
  count_allocations++;
  return __libc_realloc (pointer, size);
}

void *
memalign (size_t align, size_t size)
{
  count_allocations++;
  return __libc_memalign (align, size);
}

void *
aligned_alloc (size_t align, size_t size)
{
  return memalign (align, size);
}

int
posix_memalign (void **pointer, size_t align, size_t size)
{
  *pointer = memalign (align, size);
  return *pointer ? 0 : ENOMEM;
}

/* ---- system calls ---- */

#define COUNT_STAND_IN(type, name, parameters, arguments)                      \
  type name parameters                                                         \
  {                                                                            \
    static type (*real) parameters;                                            \
    if (real == NULL)                                                          \
      real = (type (*) parameters) dlsym (RTLD_NEXT, #name);                   \
    count_syscalls++;                                                          \
    return real arguments;                                                     \
  }

COUNT_STAND_IN (
    ssize_t, read, (int fd, void *data, size_t size), (fd, data, size))
COUNT_STAND_IN (
    ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size))
COUNT_STAND_IN (
    int, poll, (struct pollfd * fds, nfds_t n, int timeout), (fds, n, timeout))
COUNT_STAND_IN (int, ppoll,
    (struct pollfd * fds, nfds_t n, const struct timespec *timeout,
        const sigset_t *mask),
    (fds, n, timeout, mask))
COUNT_STAND_IN (void *, mmap,
    (void *address, size_t size, int protection, int flags, int fd,
        off_t offset),
    (address, size, protection, flags, fd, offset))
COUNT_STAND_IN (int, munmap, (void *address, size_t size), (address, size))

/* Variadic, but the kernel's own calling convention has at most six words. */
int
ioctl (int fd, unsigned long request, ...)
{
  static int (*real) (int, unsigned long, void *);
  va_list list;
  if (real == NULL)
    real = (int (*) (int, unsigned long, void *)) dlsym (RTLD_NEXT, "ioctl");
  va_start (list, request);
  void *argument = va_arg (list, void *);
  va_end (list);
  count_syscalls++;
  return real (fd, request, argument);
}

long
syscall (long number, ...)
{
  static long (*real) (long, long, long, long, long, long, long);
  long words[6];
  va_list list;
  if (real == NULL)
    real = (long (*) (long, long, long, long, long, long, long)) dlsym (
        RTLD_NEXT, "syscall");
  va_start (list, number);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    words[i] = va_arg (list, long);
  va_end (list);
  count_syscalls++;
  return real (
      number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
