/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contract of memory on a kind that this machine has: GST_VDMA_TEST_MEMORY
 * says which, as in memory=; skipped without it. */
#include "board-memory.h"
#include "xlnk-contract.h"

static XlnkAllocator *
open_memory (void)
{
  g_autoptr (GError) error = NULL;
  g_auto (XlnkSystem) system = { NULL };
  xlnk_system_init (&system, NULL);
  const BoardMemoryPlace place = { .system = &system,
    .phys_limit = G_MAXUINT64 };
  XlnkAllocator *allocator =
      board_memory_open (g_getenv ("GST_VDMA_TEST_MEMORY"), &place, &error);
  g_assert_no_error (error);
  return allocator;
}

static void
test_nothing (void)
{
  g_test_skip ("GST_VDMA_TEST_MEMORY names no memory");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (g_getenv ("GST_VDMA_TEST_MEMORY"))
    xlnk_contract_add ("machine", open_memory);
  else
    g_test_add_func ("/xlnk/machine", test_nothing);
  return g_test_run ();
}
