/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What became of each frame: which cause took it away, and whether anybody had
 * looked at it before the next one went over it. */
#include "board-rig.h"
#include "vdma-util.h"

#define PERIOD (VDMA_NSEC_PER_SEC / 100)
#define HSIZE  16
#define VSIZE  4

static SimChannelTruth
truth_of (BoardRig *rig, VdmaDirection dir)
{
  SimTruth truth;
  sim_board_get_truth (rig->board, &truth);
  return truth.channel[dir];
}

/* ---- causes ---- */

typedef struct {
  const gchar *path;
  const gchar *options; /* besides time and rate */
  const gchar *faults;  /* nullable */
  gboolean runs;        /* RS is set */
  gboolean starts;      /* VSIZE is written */
  SimDrop cause;
  guint n; /* of ten frames */
} Cause;

static const Cause causes[] = {
  { "/sim-truth/dropped/halted", "", NULL, FALSE, FALSE, SIM_DROP_HALTED, 10 },
  { "/sim-truth/dropped/unset", "", NULL, TRUE, FALSE, SIM_DROP_UNSET, 9 },
  { "/sim-truth/dropped/not-ready", "&width=16&height=4", NULL, TRUE, FALSE,
      SIM_DROP_NOT_READY, 9 },
  { "/sim-truth/dropped/thrown-away", "&width=16&height=4&pre-start-ready=true",
      NULL, TRUE, FALSE, SIM_DROP_OUT_OF_SYNC, 9 },
  { "/sim-truth/dropped/out-of-sync", "",
      "vdma-faults 1; every 3 frames from 2 short-frame 1", TRUE, TRUE,
      SIM_DROP_OUT_OF_SYNC, 2 },
};

static void
test_dropped (gconstpointer data)
{
  const Cause *row = data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *options =
      g_strconcat ("pace=virtual&fps=100", row->options, NULL);
  BoardRig rig;

  board_rig_open (&rig, "counter", options);
  sim_board_set_faults (rig.board, row->faults, &error);
  g_assert_no_error (error);
  if (row->starts)
    board_rig_start (&rig, VDMA_S2MM, HSIZE, VSIZE);
  else if (row->runs)
    board_rig_write (&rig, VDMA_S2MM, VDMA_CR, VDMA_CR_RS | VDMA_CR_CIRCULAR);
  sim_board_advance (rig.board, 10 * PERIOD - 1);

  SimChannelTruth s2mm = truth_of (&rig, VDMA_S2MM);
  g_assert_cmpuint (s2mm.frames_generated, ==, 10);
  g_assert_cmpuint (s2mm.dropped_by_cause[row->cause], ==, row->n);
  guint64 sum = 0;
  for (guint i = 0; i < SIM_N_DROPS; i++)
    sum += s2mm.dropped_by_cause[i];
  g_assert_cmpuint (s2mm.frames_dropped, ==, sum);
  g_assert_cmpuint (
      s2mm.frames_generated, ==, s2mm.frames_started + s2mm.frames_dropped);
  board_rig_close (&rig);
}

/* ---- overwritten ---- */

static void
overwritten_open (BoardRig *rig)
{
  board_rig_open (rig, "counter", "pace=virtual&fps=100&stores=3");
  board_rig_start (rig, VDMA_S2MM, HSIZE, VSIZE);
}

static void
test_overwritten (void)
{
  BoardRig rig;
  overwritten_open (&rig);
  while (truth_of (&rig, VDMA_S2MM).frames_done < 8)
    sim_board_advance (rig.board, PERIOD);
  SimChannelTruth s2mm = truth_of (&rig, VDMA_S2MM);
  /* those of the last three are still there, or two and a new one has begun */
  g_assert_cmpuint (s2mm.frames_overwritten, ==, s2mm.frames_started - 3);
  g_assert_cmpuint (s2mm.store_overwritten[0], >=, 2);
  g_assert_cmpuint (s2mm.store_overwritten[3], ==, 0);
  board_rig_close (&rig);
}

static void
test_looked_at (void)
{
  BoardRig rig;
  overwritten_open (&rig);
  for (guint i = 0; i < 10; i++) {
    g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 3 * PERIOD));
    board_rig_ack (&rig, VDMA_S2MM);
    for (guint store = 0; store < rig.channel[VDMA_S2MM].n_stores; store++)
      board_rig_view (&rig, VDMA_S2MM, store);
  }
  g_assert_cmpuint (truth_of (&rig, VDMA_S2MM).frames_overwritten, ==, 0);
  board_rig_close (&rig);
}

/* The display reads the stores of the camera, one behind the other. */
static void
test_displayed (void)
{
  BoardRig rig;
  overwritten_open (&rig);
  board_rig_alloc (&rig, VDMA_MM2S, HSIZE, VSIZE, HSIZE, 0);
  board_rig_program (&rig, VDMA_MM2S);
  for (guint i = 0; i < 3; i++)
    board_rig_write_param (&rig, VDMA_MM2S, VDMA_START_ADDRESS + 4 * i,
        (guint32) xlnk_block_get_phys (rig.channel[VDMA_S2MM].blocks[i]));
  board_rig_run (&rig, VDMA_MM2S, VDMA_CR_CIRCULAR);
  sim_board_advance (rig.board, 5 * PERIOD);
  guint64 before = truth_of (&rig, VDMA_S2MM).frames_overwritten;
  sim_board_advance (rig.board, 20 * PERIOD);
  g_assert_cmpuint (truth_of (&rig, VDMA_S2MM).frames_overwritten, ==, before);
  g_assert_cmpuint (truth_of (&rig, VDMA_S2MM).frames_done, >=, 20);
  board_rig_close (&rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (causes); i++)
    g_test_add_data_func (causes[i].path, &causes[i], test_dropped);
  g_test_add_func ("/sim-truth/overwritten/unseen", test_overwritten);
  g_test_add_func ("/sim-truth/overwritten/looked-at", test_looked_at);
  g_test_add_func ("/sim-truth/overwritten/displayed", test_displayed);
  return g_test_run ();
}
