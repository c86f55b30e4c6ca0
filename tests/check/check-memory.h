/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A kind of contiguous memory for tests: ordinary pages with made-up physical
 * addresses, which writes down what is asked of it and fails when told to. */
#pragma once

#include <glib.h>

#include "xlnk-backend.h"

G_BEGIN_DECLS

#define CHECK_MEMORY_PAGE 4096

/**
 * CheckMemory: set by the test before check_memory_open(), read by it at any
 * time; must outlive the backend (see @closed).
 * @caps: SYNC, FD, DMABUF as wanted
 * @base: physical address of the first block; each block follows the one before
 * @fd_offset, @fd_behind: bytes before and behind a block in its descriptor
 * @room: bytes to allocate from; 0 for as many as wanted
 * @fail_map: mapping fails
 * @syncs: "F0+96 I32+8 ...": flushes and invalidates, offset + size in a block
 */
typedef struct {
  XlnkCaps caps;
  guint64 base;
  gsize fd_offset, fd_behind;
  guint64 room;
  gboolean fail_map;

  GString *syncs;
  guint n_extents;
  guint64 used;
  gboolean closed;
} CheckMemory;

/** check_memory_open: starts with empty records. Returns: (transfer full) */
XlnkAllocator *check_memory_open (CheckMemory *self);
/** check_memory_finish: asserts that the backend is closed and all is freed. */
void check_memory_finish (CheckMemory *self);

/** check_memory_assert_syncs: compares, and forgets, what was done. */
void check_memory_assert_syncs (CheckMemory *self, const gchar *syncs);

G_END_DECLS
