/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Genlock and Repeat_En: hardware.md 6.3, T47 to T53. */
#include "sim-rig.h"

static const SimStep both_configured[] = {
  RUN (rig_cfg_s2mm),
  RUN (rig_cfg_mm2s),
  END,
};

/* ---- T47, T48: dynamic master and slave ---- */

/* MM2S takes one line of store 1 and then none. */
static const SimStep mm2s_held_on_1[] = {
  RUN (both_configured),
  FRAME (1),
  FRAME (2),
  GO_MM2S (0x0001008B),
  PULL (2, 1, 16, SOF),
  R (0x28, 0x01010000),
  END,
};

static const SimStep dynamic_master_skips[] = {
  RUN (both_configured),
  GO (0x0001008B),
  RUN (mm2s_held_on_1),
  FRAME (3),
  R (0x28, 0x02010000),
  FRAME (4),
  R (0x28, 0x00010000),
  FRAME (5),
  R (0x28, 0x02010000),
  FRAME (6),
  STORED (A2, 5),
  STORED (A0, 6),
  STORED (A1, 2),
  PULL (2, 3, 16, 0),
  SHOWN (6), /* the last one completed, not the next in order */
  FRAME (7),
  R (0x28, 0x01000000),
  END,
};

static const SimStep without_genlock_en[] = {
  RUN (both_configured),
  GO (0x00010083),
  RUN (mm2s_held_on_1),
  FRAME (3),
  R (0x28, 0x02010000),
  FRAME (4),
  R (0x28, 0x00010000),
  FRAME (5),
  R (0x28, 0x01010000),
  STORED (A1, 5),
  END,
};

/* GenlockSrc = 0 listens to ports where nothing is connected. */
static const SimStep without_genlock_src[] = {
  RUN (both_configured),
  GO (0x0001000B),
  RUN (mm2s_held_on_1),
  FRAME (3),
  FRAME (4),
  FRAME (5),
  STORED (A1, 5),
  END,
};

/* A halted slave uses no store. */
static const SimStep halted_slave[] = {
  RUN (both_configured),
  GO (0x0001008B),
  RUN (mm2s_held_on_1),
  FRAME (3),
  PULL (2, 3, 16, 0),
  W (0x00, 0x0001008A),
  RM (0x04, 1, 1),
  FRAME (4),
  FRAME (5),
  STORED (A1, 5),
  END,
};

/* Two stores and the slave on the other one: the same again. */
static const SimStep two_stores[] = {
  RUN (both_configured),
  GO (0x0001008B),
  RUN (mm2s_held_on_1),
  FRAME (3),
  FRAME (4),
  STORED (A0, 4),
  STORED (A1, 2),
  END,
};

static void
tweak_2_stores (VdmaHwDesc *desc)
{
  desc->n_stores = 2;
}

/* ---- T49, T50: master and slave ---- */

static gboolean
pull_line (SimRig *rig, gboolean sof)
{
  static guint8 data[VDMA_MAX_HSIZE];
  SimLine line = { .data = data };
  if (!sim_core_mm2s_pull (rig->core, &line))
    return sim_rig_fail (rig, "TVALID is low");
  if (line.sof != sof)
    return sim_rig_fail (rig, "sof is %d", line.sof);
  return TRUE;
}

static void
get_stores (SimRig *rig, guint *wr, guint *rd)
{
  guint32 park = sim_rig_read (rig, 0x28);
  *wr = park >> 24 & 0x1F;
  *rd = park >> 16 & 0x1F;
}

/* Line by line at equal rates; the slave begins just after the master. */
static gboolean
check_equal_rates (SimRig *rig)
{
  guint wr, rd;
  for (guint i = 0; i < 36; i++) {
    gboolean sof = i % RIG_VSIZE == 0;
    sim_rig_offer (rig, (guint8) i, 1, RIG_HSIZE, sof ? SOF : 0);
    if (!pull_line (rig, sof))
      return FALSE;
    get_stores (rig, &wr, &rd);
    if (rd != (wr + 3) % 4)
      return sim_rig_fail (rig, "writes %u, reads %u", wr, rd);
  }
  return TRUE;
}

/* @per_pull lines in for a line out: the reader never meets the writer. */
static gboolean
check_never_meet (SimRig *rig, guint per_pull, guint n_pulls, guint32 *stores)
{
  guint offered = 0, wr, rd;
  for (guint i = 0; i < n_pulls; i++) {
    for (guint k = 0; k < per_pull; k++, offered++) {
      gboolean sof = offered % RIG_VSIZE == 0;
      sim_rig_offer (rig, 1, 1, RIG_HSIZE, sof ? SOF : 0);
      get_stores (rig, &wr, &rd);
      if (i % RIG_VSIZE != 0 && wr == rd)
        return sim_rig_fail (rig, "store %u is written and read", wr);
      if (k == 0 && !pull_line (rig, i % RIG_VSIZE == 0))
        return FALSE;
    }
    get_stores (rig, &wr, &rd);
    *stores |= 1u << rd;
  }
  return TRUE;
}

static gboolean
check_fast_master (SimRig *rig)
{
  guint32 stores = 0;
  return check_never_meet (rig, 3, 64, &stores);
}

static gboolean
check_fast_dynamic_master (SimRig *rig)
{
  guint32 stores = 0;
  sim_rig_offer (rig, 1, RIG_VSIZE, RIG_HSIZE, SOF);
  if (!check_never_meet (rig, 3, 64, &stores))
    return FALSE;
  guint64 started = sim_core_get_truth (rig->core, S2MM)->frames_started;
  guint64 shown = sim_core_get_truth (rig->core, MM2S)->frames_done;
  if (started <= 2 * shown)
    return sim_rig_fail (rig, "the reader did not skip");
  return TRUE;
}

static const SimStep slave_follows[] = {
  RUN (both_configured),
  GO (0x00010003),
  GO_MM2S (0x0001008B),
  CALL (check_equal_rates),
  END,
};

static const SimStep slave_skips[] = {
  RUN (both_configured),
  GO (0x00010003),
  GO_MM2S (0x0001008B),
  CALL (check_fast_master),
  END,
};

static const SimStep dynamic_slave_skips[] = {
  RUN (both_configured),
  GO (0x0001008B),
  GO_MM2S (0x0001008B),
  CALL (check_fast_dynamic_master),
  END,
};

static const SimStep two_behind[] = {
  RUN (both_configured),
  W (0x58, 0x02000020),
  GO (0x00010003),
  GO_MM2S (0x0001008B),
  FRAME (1),
  FRAME (2),
  FRAME (3), /* in store 2 */
  SHOWN (1),
  BEGIN (4, 1),
  SHOWN (2),
  W (0x58, 0x05000020),
  W (0x50, 4),
  UNDEFINED (1), /* more than N */
  END,
};

static const SimStep slave_before_master[] = {
  RUN (both_configured),
  FILL (A0, 0x80, 9),
  GO_MM2S (0x0001008B),
  SHOWN (9),
  SHOWN (9),
  R (0x28, 0),
  END,
};

static const SimStep dynamic_slave_before_master[] = {
  RUN (both_configured),
  FILL (A2, 0x80, 9),
  GO_MM2S (0x0001008B),
  SHOWN (9),
  R (0x28, 0x00020000),
  END,
};

/* ---- T51, T52 ---- */

static const SimStep fast_reader_repeats[] = {
  RUN (both_configured),
  GO (0x0001008B),
  GO_MM2S (0x0001008B),
  FRAME (1),
  SHOWN (1),
  SHOWN (1),
  BEGIN (2, 2),
  SHOWN (1),
  LINES (2, 2),
  SHOWN (2),
  SHOWN (2),
  TRUTH (MM2S, frames_repeated, 3),
  END,
};

static const SimStep park_wins[] = {
  RUN (both_configured),
  GO (0x00010003),
  FRAME (1),
  GO_MM2S (0x00011089),
  SHOWN (1),
  FRAME (2),
  FRAME (3),
  SHOWN (1),
  R (0x28, 0x02000000),
  END,
};

/* U20: with the master halted the slave repeats, or waits. */
static const SimStep halted_master_repeats[] = {
  RUN (both_configured),
  GO (0x00010003),
  FRAME (1),
  FRAME (2),
  GO_MM2S (0x0001008B),
  SHOWN (1),
  W (0x30, 0x00010002),
  RM (0x34, 1, 1),
  SHOWN (1),
  SHOWN (1),
  END,
};

static const SimStep halted_master_waits[] = {
  RUN (both_configured),
  GO_MM2S (0x0001008B),
  NO_PULL,
  GO (0x00010003),
  FRAME (1),
  FRAME (2),
  PULL (1, 2, 16, SOF),
  W (0x30, 0x00010002),
  RM (0x34, 1, 1),
  PULL (1, 2, 16, 0), /* the open frame is finished */
  NO_PULL,
  W (0x00, 0x00010089), /* park wins */
  SHOWN (1),
  W (0x00, 0x0001008B),
  NO_PULL,
  GO (0x00010003),
  FRAME (3), /* store 0 */
  FILL (A3, 0x80, 9),
  SHOWN (9), /* one behind */
  END,
};

/* ---- the other way round: S2MM follows MM2S ---- */

static void
tweak_s2mm_slave (VdmaHwDesc *desc)
{
  desc->channel[VDMA_MM2S].genlock = VDMA_GENLOCK_MASTER;
  desc->channel[VDMA_S2MM].genlock = VDMA_GENLOCK_SLAVE;
}

static void
tweak_s2mm_dynamic_slave (VdmaHwDesc *desc)
{
  desc->channel[VDMA_MM2S].genlock = VDMA_GENLOCK_DYNAMIC_MASTER;
  desc->channel[VDMA_S2MM].genlock = VDMA_GENLOCK_DYNAMIC_SLAVE;
}

static const SimStep s2mm_slave[] = {
  RUN (both_configured),
  FILL (A0, 0x80, 1),
  FILL (A1, 0x80, 1),
  GO (0x0001008B),
  GO_MM2S (0x00010003),
  SHOWN (1),
  PULL (1, 1, 16, SOF), /* master on store 1 */
  FRAME (5),
  MEM (A0, 16, 5),
  R (0x28, 0x00010000),
  END,
};

static const SimStep s2mm_dynamic_slave[] = {
  RUN (both_configured),
  FILL (A0, 0x80, 1),
  FILL (A1, 0x80, 1),
  FILL (A2, 0x80, 1),
  GO (0x0001008B),
  GO_MM2S (0x0001008B),
  FRAME (5),
  MEM (A2, 16, 5), /* the last index, before the master completed one */
  SHOWN (1),
  BEGIN (6, 1),
  R (0x28, 0x00000000),
  SHOWN (1),
  PULL (5, 1, 16, SOF),
  PULL (5, 3, 16, 0),
  PULL (1, 1, 16, SOF), /* 0 is in use: skipped */
  R (0x28, 0x00010000),
  END,
};

static const SimStep s2mm_waits[] = {
  RUN (both_configured),
  GO (0x0001008B),
  READY (FALSE),
  LOST_FRAME (1),
  FILL (A0, 0x80, 1),
  GO_MM2S (0x00010003),
  PULL (1, 1, 16, SOF),
  READY (TRUE),
  FRAME (2),
  STORED (A3, 2),
  END,
};

/* ---- T53: Repeat_En ---- */

static const SimStep short_frame_in_1[] = {
  RUN (rig_cfg_s2mm),
  W (0xA0, 4),
  FRAME (1),
  BEGIN (2, 2),
  FRAME (3), /* cuts the frame before, and is lost itself */
  W (0x34, 0x8990),
  END,
};

static const SimStep repeat[] = {
  W (0x30, 0x00018003),
  RUN (short_frame_in_1),
  FRAME (4),
  STORED (A1, 4),
  R (0x28, 0x01000000),
  FRAME (5),
  STORED (A2, 5),
  END,
};

static const SimStep no_repeat[] = {
  W (0x30, 0x00010003),
  RUN (short_frame_in_1),
  FRAME (4),
  STORED (A2, 4),
  END,
};

static const SimStep short_line_in_0[] = {
  W (0x30, 0x00018003),
  RUN (rig_cfg_s2mm),
  W (0xA0, 4),
  OFFER (1, 1, 12, SOF),
  LINES (1, 3),
  FRAME (2),
  END,
};

/* EOLEarly, EOLLate and SOFLate count as well. */
static const SimStep repeat_each_error[] = {
  RUN (short_line_in_0),
  STORED (A0, 2),
  OFFER (3, 1, 20, SOF),
  LINES (3, 3),
  FRAME (4),
  STORED (A1, 4),
  BEGIN (5, 5),
  FRAME (6),
  STORED (A2, 6),
  FRAME (7),
  STORED (A3, 7),
  END,
};

static const SimStep repeat_sof_early_only[] = {
  RUN (short_line_in_0),
  STORED (A1, 2),
  BEGIN (3, 2),
  FRAME (4),
  FRAME (5),
  STORED (A2, 5),
  FRAME (6),
  STORED (A3, 6),
  END,
};

/* The bad frame is never published to the dynamic slave. */
static const SimStep repeat_hides_bad_frame[] = {
  RUN (both_configured),
  GO (0x0001808B),
  GO_MM2S (0x0001008B),
  FRAME (1),
  BEGIN (2, 5), /* SOFLate: known to be good until the surplus line */
  SHOWN (1),
  FRAME (3),
  STORED (A1, 3),
  SHOWN (1), /* frame 3 is not settled before the next SOF */
  BEGIN (4, 1),
  SHOWN (3),
  END,
};

static const SimStep bad_frame_is_seen[] = {
  RUN (both_configured),
  GO (0x0001008B),
  GO_MM2S (0x0001008B),
  FRAME (1),
  BEGIN (2, 5),
  SHOWN (2),
  END,
};

/* Halting leaves no more errors to come. */
static const SimStep halt_settles[] = {
  RUN (both_configured),
  GO (0x0001808B),
  GO_MM2S (0x0001008B),
  FRAME (1),
  W (0x30, 0x0001808A),
  RM (0x34, 1, 1),
  SHOWN (1),
  END,
};

static void
tweak_no_repeat (VdmaHwDesc *desc)
{
  desc->channel[VDMA_S2MM].repeat_en = FALSE;
}

static const SimStep repeat_not_built[] = {
  W (0x30, 0x00018003),
  RM (0x30, 0x8000, 0x8000),
  RUN (short_frame_in_1),
  FRAME (4),
  STORED (A2, 4),
  END,
};

/* A slave has no use for Repeat_En. */
static const SimStep repeat_of_a_slave[] = {
  W (0x30, 0x00018003),
  RUN (short_frame_in_1),
  FRAME (4),
  STORED (A2, 4),
  END,
};

static const SimRigRow rows[] = {
  { "T47", 'C', "P1", dynamic_master_skips },
  { "T47-halted", 'U', "P1", halted_slave },
  { "T47-two", 'L', "P1", two_stores, .tweak = tweak_2_stores },
  { "T48", 'C', "P1", without_genlock_en },
  { "T48-src", 'C', "P1", without_genlock_src },
  { "T49", 'L', "P2", slave_follows },
  { "T49-delay", 'C', "P2", two_behind },
  { "T49-start", 'U', "P2", slave_before_master },
  { "T49-start", 'U', "P1", dynamic_slave_before_master },
  { "T50", 'L', "P2", slave_skips },
  { "T50", 'L', "P1", dynamic_slave_skips },
  { "T51", 'L', "P1", fast_reader_repeats },
  { "T52", 'L', "P2", park_wins },
  { "T51-halted-master", 'U', "P2", halted_master_repeats },
  { "T51-halted-master", 'U', "P2", halted_master_waits,
      { KNOB (genlock_waits, TRUE) } },
  { "T49-s2mm", 'C', "P2", s2mm_slave, .tweak = tweak_s2mm_slave },
  { "T49-s2mm-waits", 'U', "P2", s2mm_waits, { KNOB (genlock_waits, TRUE) },
      tweak_s2mm_slave },
  { "T51-s2mm", 'C', "P1", s2mm_dynamic_slave,
      .tweak = tweak_s2mm_dynamic_slave },
  { "T53", 'C', "P2", repeat },
  { "T53-off", 'C', "P2", no_repeat },
  { "T53-each", 'U', "P2", repeat_each_error },
  { "T53-each", 'U', "P2", repeat_sof_early_only,
      { KNOB (repeat_errors, 0x80) } },
  { "T53-hidden", 'C', "P1", repeat_hides_bad_frame },
  { "T53-seen", 'C', "P1", bad_frame_is_seen },
  { "T53-halt", 'L', "P1", halt_settles },
  { "T53-not-built", 'L', "P2", repeat_not_built, .tweak = tweak_no_repeat },
  { "T53-slave", 'C', "P2", repeat_of_a_slave, .tweak = tweak_s2mm_slave },
};

int
main (int argc, char **argv)
{
  return sim_rig_main (argc, argv, rows, G_N_ELEMENTS (rows));
}
