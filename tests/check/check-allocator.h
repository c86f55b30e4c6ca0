/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of allocator and memory share: an allocator on memory for
 * tests that needs cache maintenance. */
#pragma once

#include <gst/check/gstcheck.h>

#include "check-memory.h"
#include "gstvdmaallocator.h"

G_BEGIN_DECLS

#define ALLOCATOR_PAGE CHECK_MEMORY_PAGE
#define ALLOCATOR_BASE G_GUINT64_CONSTANT (0x10000000)
#define ALLOCATOR_HIGH G_GUINT64_CONSTANT (0x123456000)

extern CheckMemory allocator_memory;
extern GstAllocator *allocator;

/** allocator_reopen: for tests that want other memory than the fixture made. */
void allocator_reopen (const CheckMemory *wish, guint64 limit);

/** Kinds of memory: without descriptors, with, and with those of dma-bufs. */
#define ALLOCATOR_N_KINDS 3
extern const XlnkCaps allocator_kinds[ALLOCATOR_N_KINDS];
void allocator_open_kind (guint kind);

/** allocator_alloc: memory that must be there; forgets the syncs that it took. */
GstMemory *allocator_alloc (gsize size);
/** allocator_device_writes: as a device that wrote the whole block. */
void allocator_device_writes (GstMemory *mem);
/** allocator_access: maps, fills if WRITE, unmaps. */
void allocator_access (GstMemory *mem, GstMapFlags flags);

/** allocator_add_case: a test case with the fixture. */
TCase *allocator_add_case (Suite *suite, const gchar *name);

G_END_DECLS
