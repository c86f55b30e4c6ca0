/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cache maintenance by the CPU itself, where the architecture lets a program do
 * it: a table per architecture, and the arithmetic of cache lines above it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  XLNK_CACHE_COHERENT,    /* devices see the caches: nothing to do */
  XLNK_CACHE_BY_ADDRESS,  /* a program can clean and invalidate its lines */
  XLNK_CACHE_KERNEL_ONLY, /* only the kernel can: no cached memory without it */
} XlnkCacheKind;

/**
 * XlnkCacheOps: the caches of an architecture.
 * @reason: for people, behind "because": what the kind comes from
 *
 * The functions are those of BY_ADDRESS; @start and @end are multiples of @line.
 * There is no plain invalidation: a program that could throw lines away could
 * throw away those of others, so the architecture cleans them first. Lines that
 * the CPU has not written are not affected by that.
 */
typedef struct {
  XlnkCacheKind kind;
  const gchar *reason;
  gsize (*get_line_size) (void);
  void (*clean) (guintptr start, guintptr end, gsize line);
  void (*clean_invalidate) (guintptr start, guintptr end, gsize line);
} XlnkCacheOps;

/** xlnk_cache_get_native: (transfer none): of the machine that this runs on */
const XlnkCacheOps *xlnk_cache_get_native (void);

/** xlnk_cache_coherent: for a core at a port that sees the CPU's caches */
extern const XlnkCacheOps xlnk_cache_coherent;

/** xlnk_cache_flush: writes back every line that [@pointer, @pointer + @size) touches; BY_ADDRESS only */
void xlnk_cache_flush (
    const XlnkCacheOps *self, gconstpointer pointer, gsize size);

/** xlnk_cache_invalidate: the next read of these bytes comes from memory; what
 *  the CPU wrote to the rest of the first and last line is kept. BY_ADDRESS only */
void xlnk_cache_invalidate (
    const XlnkCacheOps *self, gconstpointer pointer, gsize size);

/** XlnkCacheLines: a range widened to whole lines, and which of them are shared. */
typedef struct {
  guint64 start;        /* of the first line */
  guint64 end;          /* behind the last line */
  gboolean head_shared; /* the first line holds bytes before the range */
  gboolean tail_shared; /* the last line holds bytes behind it */
} XlnkCacheLines;

/** xlnk_cache_widen: @line: a power of two; no wrap: a range at the very end of
 *  the address space ends there */
XlnkCacheLines xlnk_cache_widen (guint64 start, guint64 size, gsize line);

/** Returns: bytes of a line that is safe to assume for memory that the kernel
 *  maintains: the CPU's, 64 at least */
gsize xlnk_cache_get_safe_line (const XlnkCacheOps *self);

G_END_DECLS
