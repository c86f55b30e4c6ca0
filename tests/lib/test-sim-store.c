/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Park, circular, frame pointers: hardware.md 6.3, T40 to T46. */
#include "sim-rig.h"

/* ---- T40 to T42: park and circular ---- */

static const SimStep park[] = {
  W (0x28, 0x00000100),
  RUN (rig_cfg_s2mm),
  GO (0x00010001),
  FRAME (1),
  FRAME (2),
  FRAME (3),
  STORED (A1, 3),
  UNTOUCHED (A0, 0x80),
  UNTOUCHED (A2, 0x80),
  R (0x28, 0x01000100),
  TRUTH (S2MM, frames_repeated, 2),
  END,
};

static const SimStep park_moves[] = {
  RUN (park),
  BEGIN (4, 2),
  W (0x28, 0x00000200),
  LINES (4, 2),
  STORED (A1, 4),
  FRAME (5),
  STORED (A2, 5),
  END,
};

static const SimStep park_moves_late[] = {
  RUN (park),
  BEGIN (4, 2),
  W (0x28, 0x00000200),
  LINES (4, 2),
  FRAME (5),
  STORED (A1, 5),
  FRAME (6),
  STORED (A2, 6),
  END,
};

static const SimStep park_to_circular[] = {
  RUN (park_moves),
  BEGIN (6, 1),
  W (0x30, 0x00010003),
  LINES (6, 3),
  STORED (A2, 6),
  FRAME (7),
  STORED (A0, 7),
  END,
};

static const SimStep park_to_circular_late[] = {
  RUN (park_moves_late),
  BEGIN (6, 1),
  W (0x30, 0x00010003),
  LINES (6, 3),
  FRAME (7),
  STORED (A2, 7),
  FRAME (8),
  STORED (A0, 8),
  END,
};

static const SimStep park_exit_to_next[] = {
  RUN (park),
  W (0x30, 0x00010003),
  FRAME (4),
  STORED (A2, 4),
  END,
};

static const SimStep park_exit_to_0[] = {
  RUN (park),
  W (0x30, 0x00010003),
  FRAME (4),
  STORED (A0, 4),
  FRAME (5),
  STORED (A1, 5),
  END,
};

static const SimStep circular_to_park[] = {
  RUN (rig_cfg_s2mm),
  W (0x28, 0x00000200),
  GO (0x00010003),
  FRAME (1),
  BEGIN (2, 1),
  W (0x30, 0x00010001),
  LINES (2, 3),
  STORED (A1, 2),
  FRAME (3),
  FRAME (4),
  STORED (A2, 4),
  END,
};

static const SimStep park_beyond[] = {
  W (0x28, 0x00000400), /* there are stores 0 to 2 */
  UNDEFINED (1),
  W (0x28, 0x00000200),
  UNDEFINED (0),
  END,
};

/* ---- T43, T44 ---- */

static const SimStep mm2s_park[] = {
  RUN (rig_cfg_mm2s),
  FILL (A0, 0x80, 1),
  FILL (A1, 0x80, 2),
  FILL (A2, 0x80, 3),
  W (0x28, 0x00000002),
  GO_MM2S (0x00010001),
  SHOWN (3),
  SHOWN (3),
  R (0x28, 0x00020002),
  PULL (3, 1, 16, SOF),
  W (0x28, 0x00000001),
  R (0x28, 0x00020001),
  PULL (3, 3, 16, 0),
  SHOWN (2),
  R (0x28, 0x00010001),
  TRUTH (MM2S, frames_repeated, 2),
  END,
};

static const SimStep park_is_shared[] = {
  W (0x28, 0x00000201),
  W (0x28, 0x00000202), /* read-modify-write of RdFrmPtrRef */
  R (0x28, 0x00000202),
  W (0x28, 0x00000001), /* a plain write takes the other half along */
  R (0x28, 0x00000001),
  END,
};

/* ---- T45: the store in work ---- */

static const SimStep index_in_work[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00010003),
  R (0x28, 0),
  FRAME (1),
  R (0x28, 0), /* until the next SOF */
  BEGIN (2, 1),
  R (0x28, 0x01000000),
  LINES (2, 3),
  R (0x28, 0x01000000),
  BEGIN (3, 1),
  R (0x28, 0x02000000),
  LINES (3, 3),
  FRAME (4),
  R (0x28, 0),
  END,
};

static const SimStep index_at_last_line[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00010003),
  BEGIN (1, 3),
  R (0x28, 0),
  LINES (1, 1),
  R (0x28, 0x01000000),
  BEGIN (2, 3),
  R (0x28, 0x01000000),
  LINES (2, 1),
  R (0x28, 0x02000000),
  FRAME (3),
  R (0x28, 0),
  END,
};

/* What comes next can still change: the field then tells it at the SOF. */
static const SimStep index_at_last_line_park[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00010003),
  FRAME (1),
  R (0x28, 0x01000000),
  W (0x28, 0x00000200),
  W (0x30, 0x00010001),
  BEGIN (2, 1),
  R (0x28, 0x02000200),
  LINES (2, 3),
  R (0x28, 0x02000200),
  END,
};

static const SimStep mm2s_index[] = {
  RUN (rig_cfg_mm2s),
  FILL (A0, 0x80, 1),
  FILL (A1, 0x80, 1),
  GO_MM2S (0x00010003),
  SHOWN (1),
  R (0x28, 0),
  PULL (1, 1, 16, SOF),
  R (0x28, 0x00010000),
  END,
};

static const SimStep mm2s_index_at_last_line[] = {
  RUN (rig_cfg_mm2s),
  FILL (A0, 0x80, 1),
  GO_MM2S (0x00010003),
  SHOWN (1),
  R (0x28, 0x00010000),
  END,
};

/* ---- T46: the freeze ---- */

static const SimStep frozen_index[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00010003),
  FRAME (1),
  BEGIN (2, 2), /* store 1, cut short */
  FRAME (3),    /* lost */
  R (0x28, 0x01000000),
  FRAME (4),
  STORED (A2, 4),
  R (0x28, 0x01000000),
  FRAME (5),
  R (0x28, 0x01000000),
  FRAME (6),
  FRAME (7),
  W (0x34, 0x4080), /* IntErr is still there */
  R (0x28, 0x01000000),
  W (0x34, 0x8990),
  R (0x28, 0x02000000),
  FRAME (8),
  R (0x28, 0),
  END,
};

/* The failing store, even if the field had moved on at the last line. */
static const SimStep frozen_back[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00010003),
  FRAME (1),
  FRAME (2),
  R (0x28, 0x02000000),
  LINES (2, 1), /* SOFLate of the frame in store 1 */
  R (0x28, 0x01000000),
  FRAME (3),
  R (0x28, 0x01000000),
  W (0x34, 0x0810),
  R (0x28, 0),
  END,
};

static const SimStep err_irq_at_2[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00010003),
  FRAME (1),
  FRAME (2),
  INJECT (S2MM, 0x4000),
  FRAME (3),
  END,
};

static const SimStep err_irq_alone[] = {
  RUN (err_irq_at_2),
  R (0x28, 0x02000000),
  END,
};

static const SimStep err_irq_freezes[] = {
  RUN (err_irq_at_2),
  R (0x28, 0x01000000),
  INJECT (S2MM, 0x0100),
  W (0x34, 0x0100),
  R (0x28, 0x01000000), /* Err_Irq still holds it */
  W (0x34, 0x4000),
  R (0x28, 0x02000000),
  END,
};

/* ---- one and two stores ---- */

static const SimStep one_store[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00010003),
  FRAME (1),
  FRAME (2),
  STORED (A0, 2),
  UNTOUCHED (A1, 0x80),
  R (0x28, 0),
  END,
};

static const SimStep two_stores[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00010003),
  FRAME (1),
  FRAME (2),
  FRAME (3),
  STORED (A0, 3),
  STORED (A1, 2),
  UNTOUCHED (A2, 0x80),
  END,
};

static void
tweak_1_store (VdmaHwDesc *desc)
{
  desc->n_stores = 1;
}

static void
tweak_2_stores (VdmaHwDesc *desc)
{
  desc->n_stores = 2;
}

static const SimRigRow rows[] = {
  { "T40", 'C', "P1", park },
  { "T41", 'L', "P1", park_moves },
  { "T41", 'U', "P1", park_moves_late, { KNOB (park_latency, 2) } },
  { "T42", 'U', "P1", park_to_circular },
  { "T42", 'U', "P1", park_to_circular_late, { KNOB (park_latency, 2) } },
  { "T42-exit", 'U', "P1", park_exit_to_next },
  { "T42-exit", 'U', "P1", park_exit_to_0,
      { KNOB (park_exit_restarts, TRUE) } },
  { "T42-enter", 'U', "P1", circular_to_park },
  { "T42-beyond", 'U', "P1", park_beyond },
  { "T43", 'C', "P1", mm2s_park },
  { "T44", 'C', "P1", park_is_shared },
  { "T45", 'C', "P1", index_in_work },
  { "T45", 'U', "P1", index_at_last_line,
      { KNOB (frmstore_phase, SIM_FRMSTORE_LAST_LINE) } },
  { "T45-park", 'U', "P1", index_at_last_line_park,
      { KNOB (frmstore_phase, SIM_FRMSTORE_LAST_LINE) } },
  { "T45-mm2s", 'C', "P2", mm2s_index },
  { "T45-mm2s", 'U', "P2", mm2s_index_at_last_line,
      { KNOB (frmstore_phase, SIM_FRMSTORE_LAST_LINE) } },
  { "T46", 'C', "P1", frozen_index },
  { "T46", 'U', "P1", frozen_back,
      { KNOB (frmstore_phase, SIM_FRMSTORE_LAST_LINE) } },
  { "T46-err-irq", 'U', "P1", err_irq_alone },
  { "T46-err-irq", 'U', "P1", err_irq_freezes,
      { KNOB (err_irq_freezes, TRUE) } },
  { "one-store", 'C', "P8", one_store, .tweak = tweak_1_store },
  { "two-stores", 'C', "P8", two_stores, .tweak = tweak_2_stores },
};

int
main (int argc, char **argv)
{
  return sim_rig_main (argc, argv, rows, G_N_ELEMENTS (rows));
}
