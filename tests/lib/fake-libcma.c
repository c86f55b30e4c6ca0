/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A libcma.so for tests: the functions of PYNQ's library on 8 MiB of this
 * process, with invented addresses; loaded at run time like the real one. */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake-libcma.h"

#define PAGE      4096u
#define N_PAGES   2048u
#define FIRST     0x18000000ul
#define N_BUFFERS 100

static uint8_t *arena;
static struct {
  uint32_t first, n; /* pages; n 0: not in use */
} buffers[N_BUFFERS];

FakeCmaControl fake_cma_control;

static void
open_device (void)
{
  static const char *opened;
  static int device = -1;
  if (opened == fake_cma_control.device)
    return;
  if (device >= 0)
    close (device);
  opened = fake_cma_control.device;
  device = opened ? open (opened, O_RDWR | O_CLOEXEC) : -1;
}

static int
page_is_used (uint32_t page)
{
  for (unsigned i = 0; i < N_BUFFERS; i++) {
    if (buffers[i].n && page >= buffers[i].first
        && page < buffers[i].first + buffers[i].n)
      return 1;
  }
  return 0;
}

static int
find_place (uint32_t n, uint32_t *first)
{
  uint32_t run = 0;
  for (uint32_t page = 0; page < N_PAGES; page++) {
    run = page_is_used (page) ? 0 : run + 1;
    if (run == n) {
      *first = page + 1 - n;
      return 1;
    }
  }
  return 0;
}

static int
find_buffer (const void *pointer)
{
  for (int i = 0; i < N_BUFFERS; i++) {
    if (buffers[i].n && arena + buffers[i].first * PAGE == pointer)
      return i;
  }
  return -1;
}

void *
cma_alloc (uint32_t size, uint32_t cacheable)
{
  void *const no = fake_cma_control.fails_with_minus_one ? (void *) -1 : NULL;
  const uint32_t n = size / PAGE + (size % PAGE != 0);
  open_device ();
  if (!arena)
    arena = mmap (NULL, N_PAGES * PAGE, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  fake_cma_control.n_calls++;
  fake_cma_control.last_cacheable = cacheable;
  for (unsigned i = 0; i < N_BUFFERS; i++) {
    uint32_t first;
    if (buffers[i].n || fake_cma_control.is_empty)
      continue;
    if (!find_place (n, &first))
      return no;
    buffers[i].first = first;
    buffers[i].n = n;
    return arena + first * PAGE;
  }
  return no;
}

void
cma_free (void *pointer)
{
  int i = find_buffer (pointer);
  if (i < 0)
    fake_cma_control.n_mistakes++;
  else
    buffers[i].n = 0;
}

unsigned long
cma_get_phy_addr (void *pointer)
{
  int i = find_buffer (pointer);
  if (i < 0)
    fake_cma_control.n_mistakes++;
  if (fake_cma_control.lie)
    return fake_cma_control.lie;
  return i < 0 ? 0 : FIRST + buffers[i].first * PAGE;
}

uint32_t
cma_pages_available (void)
{
  uint32_t n = 0;
  for (uint32_t page = 0; page < N_PAGES; page++)
    n += !page_is_used (page);
  return n;
}

static void
note_sync (FakeCmaSync *sync, const void *pointer, unsigned phys, int size)
{
  sync->pointer = pointer;
  sync->phys = phys;
  sync->size = size;
  /* address and pointer must be of the same byte */
  if ((const uint8_t *) pointer - arena != (long) (phys - FIRST) || size <= 0)
    fake_cma_control.n_mistakes++;
}

void
cma_flush_cache (void *pointer, unsigned phys, int size)
{
  note_sync (&fake_cma_control.flushed, pointer, phys, size);
}

void
cma_invalidate_cache (void *pointer, unsigned phys, int size)
{
  note_sync (&fake_cma_control.invalidated, pointer, phys, size);
}

void
_xlnk_reset (void)
{
  memset (buffers, 0, sizeof buffers);
  fake_cma_control.n_resets++;
}
