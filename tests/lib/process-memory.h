/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this process has of memory, to see that it does not grow. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ProcessMemory: bytes.
 * @resident: by the kernel; 0 under an emulator, whose own memory that would be
 * @heap: lent by malloc(), of all threads; 0 under AddressSanitizer, which has a
 *   malloc() of its own
 */
typedef struct {
  guint64 resident;
  guint64 heap;
} ProcessMemory;

void process_memory_get (ProcessMemory *memory);

G_END_DECLS
