/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who keeps a block mapped, as PYNQ's arrays are, and moves its bytes by explicit
 * flush and invalidate: the judge of coherency=strict is silent. That it speaks
 * when one of them is missing: tests/mutations/coherency.py. */
#include <string.h>

#include "board-rig.h"

#define KEPT_HSIZE  64
#define KEPT_VSIZE  8
#define KEPT_SIZE   (KEPT_HSIZE * KEPT_VSIZE)
#define KEPT_PERIOD (G_GINT64_CONSTANT (1000000000) / 60)

static void
kept_open (BoardRig *rig, VdmaDirection dir)
{
  board_rig_open (rig, "kept", "pace=virtual&stream=counter&coherency=strict");
  board_rig_start (rig, dir, KEPT_HSIZE, KEPT_VSIZE);
}

static guint8 *
kept_map (XlnkBlock *block)
{
  g_autoptr (GError) error = NULL;
  guint8 *data = xlnk_block_map (block, XLNK_ACCESS_READ, &error);
  g_assert_no_error (error);
  return data;
}

/* The display's pictures change under its eyes, line by line. */
static void
test_explicit_flush (void)
{
  BoardRig rig;
  kept_open (&rig, VDMA_MM2S);
  for (guint i = 0; i < rig.channel[VDMA_MM2S].n_stores; i++) {
    XlnkBlock *block = rig.channel[VDMA_MM2S].blocks[i];
    g_autoptr (GError) error = NULL;
    guint8 *data = kept_map (block);
    memset (data + KEPT_HSIZE, 0x11, KEPT_HSIZE);
    xlnk_block_flush (block, KEPT_HSIZE, KEPT_HSIZE, &error);
    g_assert_no_error (error);
    sim_board_advance (rig.board, 5 * KEPT_PERIOD);
    xlnk_block_unmap (block, XLNK_ACCESS_READ);
  }
  board_rig_assert_no_complaints (&rig);
  board_rig_close (&rig);
}

/* A frame is captured while its block is mapped, and read after that. */
static void
test_explicit_invalidate (void)
{
  BoardRig rig;
  kept_open (&rig, VDMA_S2MM);
  XlnkBlock *block = rig.channel[VDMA_S2MM].blocks[0];
  g_autoptr (GError) error = NULL;
  const guint8 *data = kept_map (block);
  sim_board_advance (rig.board, 5 * KEPT_PERIOD);
  board_rig_stop (&rig, VDMA_S2MM);
  xlnk_block_set_owner (block, XLNK_OWNER_APPLICATION, FALSE, &error);
  g_assert_no_error (error);
  xlnk_block_invalidate (block, 0, KEPT_SIZE, &error);
  g_assert_no_error (error);
  guint8 last = data[KEPT_SIZE - 1];
  xlnk_block_unmap (block, XLNK_ACCESS_READ);
  board_rig_assert_no_complaints (&rig);
  g_assert_cmpuint (last, !=, 0xee);
  board_rig_close (&rig);
}

/* From a captured frame into one that is shown, by xlnk_copy() alone. */
static void
test_copy (void)
{
  BoardRig rig;
  g_autoptr (GError) error = NULL;
  kept_open (&rig, VDMA_S2MM);
  board_rig_alloc (&rig, VDMA_MM2S, KEPT_HSIZE, KEPT_VSIZE, KEPT_HSIZE, 0);
  sim_board_advance (rig.board, 5 * KEPT_PERIOD);
  board_rig_stop (&rig, VDMA_S2MM);

  XlnkBlock *from = rig.channel[VDMA_S2MM].blocks[0];
  xlnk_block_set_owner (from, XLNK_OWNER_APPLICATION, FALSE, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < rig.channel[VDMA_MM2S].n_stores; i++) {
    XlnkBlock *to = rig.channel[VDMA_MM2S].blocks[i];
    xlnk_block_set_owner (to, XLNK_OWNER_APPLICATION, FALSE, &error);
    g_assert_no_error (error);
    xlnk_copy (to, 0, from, 0, KEPT_SIZE, &error);
    g_assert_no_error (error);
    xlnk_block_set_owner (to, XLNK_OWNER_DEVICE, FALSE, &error);
    g_assert_no_error (error);
  }
  board_rig_program (&rig, VDMA_MM2S);
  board_rig_run (&rig, VDMA_MM2S, VDMA_CR_CIRCULAR);
  sim_board_advance (rig.board, 5 * KEPT_PERIOD);
  board_rig_assert_no_complaints (&rig);
  board_rig_close (&rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-coherency/explicit-flush", test_explicit_flush);
  g_test_add_func (
      "/sim-coherency/explicit-invalidate", test_explicit_invalidate);
  g_test_add_func ("/sim-coherency/copy", test_copy);
  return g_test_run ();
}
