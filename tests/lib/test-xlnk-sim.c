/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contract of memory, on the memory of a simulated board. */
#include "sim.h"
#include "xlnk-contract.h"

static XlnkAllocator *
open_sim (const gchar *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimBoard) board = sim_board_open ("contract", options, &error);
  g_assert_no_error (error);
  XlnkBackend *backend = sim_board_open_memory (board, &error);
  g_assert_no_error (error);
  return xlnk_allocator_new (backend);
}

static XlnkAllocator *
open_coherent (void)
{
  return open_sim ("pace=virtual&memory=8M");
}

static XlnkAllocator *
open_strict (void)
{
  return open_sim ("pace=virtual&memory=8M&coherency=strict");
}

static XlnkAllocator *
open_real_pace (void)
{
  return open_sim ("pace=real&memory=8M&coherency=strict");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  xlnk_contract_add ("sim-coherent", open_coherent);
  xlnk_contract_add ("sim-strict", open_strict);
  xlnk_contract_add ("sim-real-pace", open_real_pace);
  return g_test_run ();
}
