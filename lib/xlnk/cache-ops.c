/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cache-ops.h"

#include "vdma-util.h"

#define CACHE_LEAST_SAFE_LINE 64

const XlnkCacheOps xlnk_cache_coherent = {
  .kind = XLNK_CACHE_COHERENT,
  .reason = "the memory was said to be coherent with the CPU's caches",
};

/* ---- architectures ---- */

#if defined(__aarch64__)

/* CTR_EL0.DminLine: log2 of the words in the smallest data cache line. */
static gsize
cache_arm64_get_line_size (void)
{
  guint64 ctr;
  __asm__ volatile("mrs %0, ctr_el0" : "=r"(ctr));
  return (gsize) 4 << ((ctr >> 16) & 0xf);
}

static void
cache_arm64_clean (guintptr start, guintptr end, gsize line)
{
  for (guintptr at = start; at < end; at += line)
    __asm__ volatile("dc cvac, %0" ::"r"(at) : "memory");
  __asm__ volatile("dsb sy" ::: "memory");
}

static void
cache_arm64_clean_invalidate (guintptr start, guintptr end, gsize line)
{
  for (guintptr at = start; at < end; at += line)
    __asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
  __asm__ volatile("dsb sy" ::: "memory");
}

static const XlnkCacheOps cache_native = {
  .kind = XLNK_CACHE_BY_ADDRESS,
  .reason = "64-bit Arm lets programs maintain caches by address",
  .get_line_size = cache_arm64_get_line_size,
  .clean = cache_arm64_clean,
  .clean_invalidate = cache_arm64_clean_invalidate,
};

#elif defined(__x86_64__) || defined(__i386__)

static const XlnkCacheOps cache_native = {
  .kind = XLNK_CACHE_COHERENT,
  .reason = "on x86 devices see the CPU's caches",
};

#elif defined(__arm__)

static const XlnkCacheOps cache_native = {
  .kind = XLNK_CACHE_KERNEL_ONLY,
  .reason = "on 32-bit Arm only the kernel can maintain caches",
};

#else

static const XlnkCacheOps cache_native = {
  .kind = XLNK_CACHE_KERNEL_ONLY,
  .reason = "on this architecture only the kernel is known to maintain caches",
};

#endif

const XlnkCacheOps *
xlnk_cache_get_native (void)
{
  return &cache_native;
}

/* ---- lines ---- */

XlnkCacheLines
xlnk_cache_widen (guint64 start, guint64 size, gsize line)
{
  const guint64 mask = line - 1;
  const guint64 end = size <= G_MAXUINT64 - start ? start + size : G_MAXUINT64;
  XlnkCacheLines lines = { .start = start & ~mask, .end = end };
  lines.head_shared = size > 0 && lines.start != start;
  if (!vdma_align_up (end, line, &lines.end))
    lines.end = ~mask;
  lines.tail_shared = size > 0 && lines.end != end;
  if (size == 0)
    lines.end = lines.start;
  return lines;
}

gsize
xlnk_cache_get_safe_line (const XlnkCacheOps *self)
{
  gsize line = self->get_line_size ? self->get_line_size () : 0;
  return MAX (line, CACHE_LEAST_SAFE_LINE);
}

typedef void (*CacheLineFunc) (guintptr start, guintptr end, gsize line);

static void
cache_maintain (const XlnkCacheOps *self, CacheLineFunc maintain,
    gconstpointer pointer, gsize size)
{
  gsize line = self->get_line_size ();
  XlnkCacheLines lines = xlnk_cache_widen ((guintptr) pointer, size, line);
  if (lines.start < lines.end)
    maintain ((guintptr) lines.start, (guintptr) lines.end, line);
}

void
xlnk_cache_flush (const XlnkCacheOps *self, gconstpointer pointer, gsize size)
{
  g_return_if_fail (self->kind == XLNK_CACHE_BY_ADDRESS);
  cache_maintain (self, self->clean, pointer, size);
}

void
xlnk_cache_invalidate (
    const XlnkCacheOps *self, gconstpointer pointer, gsize size)
{
  g_return_if_fail (self->kind == XLNK_CACHE_BY_ADDRESS);
  cache_maintain (self, self->clean_invalidate, pointer, size);
}
