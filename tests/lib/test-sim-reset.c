/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Soft and hard reset: hardware.md 6.2, T20 and T21. */
#include "sim-rig.h"

/* ---- T20, T21: soft reset ---- */

static const SimStep both_configured[] = {
  RUN (rig_cfg_s2mm),
  RUN (rig_cfg_mm2s),
  W (0x5C, A9),
  FILL (A9, 0x80, 5),
  GO (0x00010003),
  GO_MM2S (0x00010003),
  PULL (5, 1, 16, SOF),
  END,
};

static const SimStep s2mm_is_reset[] = {
  R (0x30, 0x00010082),
  R (0x34, 0x00010001),
  R (0xA0, 0),
  R (0xA4, 0),
  R (0xA8, 0x01000000),
  R (0xAC, 0),
  R (0xB0, 0),
  R (0xB4, 0),
  R (0xE8, 0),
  READY (FALSE),
  END,
};

static const SimStep mm2s_is_not[] = {
  R (0x00, 0x00010003),
  R (0x54, RIG_HSIZE),
  R (0x58, 0x01000020),
  R (0x5C, A9),
  RM (0x04, 1, 0),
  PULL (5, 3, 16, 0),
  END,
};

static const SimStep reset_one_look[] = {
  RUN (both_configured),
  BEGIN (9, 2),
  W (0x3C, 0xF),
  W (0x30, 0x4),
  RM (0x30, 0x4, 0x4),
  RUN (s2mm_is_reset),
  R (0x3C, 0),
  RUN (mm2s_is_not),
  TRUTH (S2MM, frames_short, 1),
  END,
};

static const SimStep reset_by_time[] = {
  RUN (both_configured),
  W (0x30, 0x4),
  ADVANCE (1),
  RUN (s2mm_is_reset),
  END,
};

/* LK ORs bit 2 into what it reads, BM writes the bit alone: both work. */
static const SimStep reset_1ms[] = {
  RUN (both_configured),
  W (0x30, 0x00010007),
  NEXT (1000000),
  RM (0x30, 0x4, 0x4),
  RM (0x30, 0x4, 0x4),
  READY (FALSE),
  W (0xA4, 0x100), /* lost */
  W (0x30, 0x00051003),
  R (0x30, 0x00010007),
  ADVANCE (999999),
  RM (0x30, 0x4, 0x4),
  ADVANCE (1),
  RUN (s2mm_is_reset),
  NEXT (RIG_NEVER),
  RUN (mm2s_is_not),
  END,
};

static const SimStep reset_for_ever[] = {
  ADVANCE (1000),
  W (0x30, 0x4),
  NEXT (RIG_NEVER),
  ADVANCE (G_GUINT64_CONSTANT (1000000000000)),
  RM (0x30, 0x4, 0x4),
  HARD_RESET,
  RM (0x30, 0x4, 0),
  END,
};

static const SimStep reset_without_clock[] = {
  RUN (both_configured),
  CLOCK (S2MM, FALSE),
  W (0x30, 0x4),
  NEXT (RIG_NEVER),
  ADVANCE (G_GUINT64_CONSTANT (10000000000)),
  RM (0x30, 0x4, 0x4),
  RM (0x30, 0x4, 0x4),
  READY (FALSE),
  RUN (mm2s_is_not),
  CLOCK (S2MM, TRUE),
  POLL (0x30, 0x4, 0),
  RUN (s2mm_is_reset),
  END,
};

static const SimStep reset_1ms_without_clock[] = {
  CLOCK (S2MM, FALSE),
  W (0x30, 0x4),
  ADVANCE (2000000),
  RM (0x30, 0x4, 0x4),
  CLOCK (S2MM, TRUE),
  NEXT (1000000),
  ADVANCE (1000000),
  RUN (s2mm_is_reset),
  END,
};

static const SimStep reset_clears_own_park[] = {
  W (0x28, 0x00000201),
  W (0x30, 0x4),
  POLL (0x30, 0x4, 0),
  R (0x28, 0x00000001),
  W (0x00, 0x4),
  POLL (0x00, 0x4, 0),
  R (0x28, 0),
  END,
};

static const SimStep reset_keeps_park[] = {
  W (0x28, 0x00000201),
  W (0x30, 0x4),
  POLL (0x30, 0x4, 0),
  R (0x28, 0x00000201),
  HARD_RESET,
  R (0x28, 0),
  END,
};

static const SimStep reset_sets_flip[] = {
  W (0xEC, 0),
  W (0x30, 0x4),
  POLL (0x30, 0x4, 0),
  R (0xEC, 1),
  W (0xEC, 0),
  W (0x00, 0x4), /* not MM2S's */
  POLL (0x00, 0x4, 0),
  R (0xEC, 0),
  END,
};

static const SimStep reset_keeps_flip[] = {
  W (0xEC, 0),
  W (0x30, 0x4),
  POLL (0x30, 0x4, 0),
  R (0xEC, 0),
  HARD_RESET,
  R (0xEC, 1),
  END,
};

static const SimStep hard_reset[] = {
  RUN (both_configured),
  W (0x28, 0x00000101),
  FRAME (1),
  W (0x30, 0x00011003),
  PIN (S2MM, 1),
  HARD_RESET,
  PIN (S2MM, 0),
  RUN (s2mm_is_reset),
  R (0x00, 0x00010082),
  R (0x5C, 0),
  R (0x28, 0),
  NO_PULL,
  TRUTH (S2MM, frames_done, 1),
  END,
};

static const SimRigRow rows[] = {
  { "T20", 'C', "P1", reset_one_look },
  { "T20-time", 'C', "P1", reset_by_time },
  { "T20", 'C', "P1", reset_1ms, { KNOB (reset_ns, 1000000) } },
  { "T20-park", 'U', "P1", reset_clears_own_park },
  { "T20-park", 'U', "P1", reset_keeps_park,
      { KNOB (reset_keeps_park, TRUE) } },
  { "T20-flip", 'U', "P7", reset_sets_flip },
  { "T20-flip", 'U', "P7", reset_keeps_flip,
      { KNOB (reset_keeps_flip, TRUE) } },
  { "T20-hard", 'C', "P1", hard_reset },
  { "T20-ever", 'L', "P1", reset_for_ever, { KNOB (reset_ns, G_MAXUINT64) } },
  { "T21", 'L', "P1", reset_without_clock },
  { "T21", 'L', "P1", reset_1ms_without_clock, { KNOB (reset_ns, 1000000) } },
};

int
main (int argc, char **argv)
{
  return sim_rig_main (argc, argv, rows, G_N_ELEMENTS (rows));
}
