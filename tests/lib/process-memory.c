/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process-memory.h"

#include <malloc.h>
#include <string.h>
#include <unistd.h>

/* Set by tests/cross/exec.sh. */
#define EMULATED_VARIABLE "GST_VDMA_EMULATED"

static guint64
process_get_resident (void)
{
  g_autofree gchar *text = NULL;
  if (g_getenv (EMULATED_VARIABLE)
      || !g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    return 0;
  guint64 pages = g_ascii_strtoull (strchr (text, ' '), NULL, 10);
  return pages * (guint64) sysconf (_SC_PAGESIZE);
}

void
process_memory_get (ProcessMemory *memory)
{
  const struct mallinfo2 heap = mallinfo2 ();
  memory->resident = process_get_resident ();
  memory->heap = (guint64) heap.uordblks + heap.hblkhd;
}
