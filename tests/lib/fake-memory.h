/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory for tests of lib/xlnk: two worlds on the heap, what the CPU sees and
 * what the device sees, between which only flush and invalidate carry bytes,
 * exactly those they are given; a log of every call; failures to order. */
#pragma once

#include "xlnk-backend.h"

G_BEGIN_DECLS

#define FAKE_PAGE 4096u
#define FAKE_BASE G_GUINT64_CONSTANT (0x10000000)

typedef struct FakeMemory FakeMemory;

/** FakeFailure: which call fails next, once */
typedef enum {
  FAKE_FAIL_NONE,
  FAKE_FAIL_ALLOC,
  FAKE_FAIL_MAP,
  FAKE_FAIL_FLUSH,
  FAKE_FAIL_INVALIDATE,
  FAKE_FAIL_EXPORT,
  FAKE_FAIL_RESET,
} FakeFailure;

/** FakeOptions: what a test wants; zero is a plain, coherent memory */
typedef struct {
  XlnkCaps caps;
  gsize capacity;         /* bytes; 0: 64 MiB */
  gboolean uncached_only; /* gives uncached memory whatever was wished */
  gint64 phys_shift; /* added to the addresses of alloc: a backend that lies */
  gboolean silent;   /* keeps no log: for threads and long runs */
} FakeOptions;

/**
 * fake_memory_new:
 * @closed: (nullable): set to TRUE when the backend closes
 *
 * Returns: (transfer none): lives until @allocator closes it
 */
FakeMemory *fake_memory_new (
    const FakeOptions *options, gboolean *closed, XlnkAllocator **allocator);

void fake_memory_fail (FakeMemory *self, FakeFailure failure);

/** fake_memory_take_log: (transfer full): calls since the last time, e.g.
 *  "map;invalidate 0+100;begin 0+100 1"; empties the log */
gchar *fake_memory_take_log (FakeMemory *self);

/** fake_memory_device: what the device sees at @phys; NULL where nothing is */
guint8 *fake_memory_device (FakeMemory *self, guint64 phys);

/** fake_memory_n_extents: allocations not freed */
guint fake_memory_n_extents (FakeMemory *self);

G_END_DECLS
