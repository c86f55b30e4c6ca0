/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors that halt, status registers, illegal use: hardware.md 6.5, T87 to T91
 * and T93 to T96. */
#include "sim-rig.h"

#define NOWHERE 0x20000000u

/* errors, Err_Irq and Halted */
#define ERRORS 0xCFF1

static const SimStep running[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00014003),
  END,
};

/* ---- T87, T88: sizes of zero ---- */

static const SimStep halted_by_int_err[] = {
  RM (0x34, ERRORS, 0x4011),
  PIN (S2MM, 1),
  RM (0x30, 1, 0),
  W (0x30, 0x00014003),
  RM (0x30, 1, 0),
  RM (0x34, 1, 1),
  W (0xA0, 4),
  LOST_FRAME (8),
  W (0x34, 0xFFFFFFFF), /* IntErr is W1C, and still only reset helps */
  W (0x30, 0x00014003),
  RM (0x34, ERRORS, 1),
  W (0x30, 0x4),
  POLL (0x30, 0x4, 0),
  RUN (running),
  FRAME (9),
  STORED (A0, 9),
  END,
};

static const SimStep zero_vsize[] = {
  RUN (running),
  BEGIN (1, 2),
  W (0xA0, 0),
  LINES (1, 2),
  RM (0x34, ERRORS, 0), /* not before the boundary */
  STORED (A0, 1),
  UNTOUCHED (A1, 0x80),
  OFFER (2, 1, 16, SOF),
  RUN (halted_by_int_err),
  END,
};

static const SimStep zero_hsize[] = {
  RUN (running),
  BEGIN (1, 2),
  W (0xA4, 0),
  W (0xA0, 4),
  LINES (1, 2),
  RM (0x34, ERRORS, 0),
  OFFER (2, 1, 16, SOF),
  RUN (halted_by_int_err),
  TRUTH (S2MM, frames_started, 2), /* and the one after the reset */
  END,
};

static const SimStep zero_at_start[] = {
  RUN (rig_cfg_s2mm),
  W (0x30, 0x00014003),
  W (0xA0, 0),
  RM (0x34, ERRORS, 0),
  OFFER (2, 1, 16, SOF),
  RUN (halted_by_int_err),
  END,
};

static const SimStep mm2s_zero[] = {
  RUN (rig_cfg_mm2s),
  FILL (A0, 0x80, 1),
  GO_MM2S (0x00014003),
  SHOWN (1),
  W (0x50, 0),
  RM (0x04, ERRORS, 0),
  NO_PULL,
  RM (0x04, ERRORS, 0x4011),
  PIN (MM2S, 1),
  W (0x00, 0x00010003),
  RM (0x00, 1, 0),
  END,
};

/* IntErr alone, injected: the datamover's own error (cause b) */
static const SimStep int_err_b[] = {
  RUN (running),
  BEGIN (1, 2),
  INJECT (S2MM, 0x10),
  RUN (halted_by_int_err),
  TRUTH (S2MM, frames_short, 1),
  END,
};

/* ---- T89 to T91: the bus ---- */

static const SimStep dec_err[] = {
  RUN (rig_cfg_s2mm),
  W (0xAC, NOWHERE),
  GO (0x00014003),
  OFFER (1, 1, 16, SOF),
  RM (0x34, ERRORS, 0x4041),
  RM (0x30, 1, 0),
  PIN (S2MM, 1),
  READY (FALSE),
  W (0x34, 0xFFFFFFFF),
  RM (0x34, ERRORS, 0x0041),
  PIN (S2MM, 0),
  W (0x30, 0x00014003),
  RM (0x30, 1, 0),
  W (0x30, 0x4),
  POLL (0x30, 0x4, 0),
  R (0x34, 0x00010001),
  TRUTH (S2MM, bytes, 0),
  END,
};

static const SimStep slv_err[] = {
  RUN (running),
  MAP (A1, 0x1000, SIM_SLVERR),
  FRAME (1),
  STORED (A0, 1),
  OFFER (2, 1, 16, SOF),
  RM (0x34, ERRORS, 0x4021),
  RM (0x30, 1, 0),
  R (0x28, 0x01000000),
  LOST_FRAME (3),
  W (0x34, 0xFFFFFFFF),
  R (0x28, 0x01000000),
  END,
};

static const SimStep one_store_programmed[] = {
  W (0xAC, A0),
  W (0xA8, 0x01000020),
  W (0xA4, RIG_HSIZE),
  GO (0x00014003),
  FRAME (1),
  STORED (A0, 1),
  OFFER (2, 1, 16, SOF),
  RM (0x34, ERRORS, 0x4041),
  R (0x28, 0x01000000),
  END,
};

static const SimStep mm2s_bus[] = {
  RUN (rig_cfg_mm2s),
  FILL (A0, 0x80, 1),
  MAP (A1 + 0x20, 0x20, SIM_SLVERR),
  GO_MM2S (0x00014003),
  SHOWN (1),
  FILL (A1, 0x20, 2),
  PULL (2, 1, 16, SOF),
  NO_PULL,
  RM (0x04, ERRORS, 0x4021),
  RM (0x00, 1, 0),
  R (0x28, 0x00010000),
  TRUTH (MM2S, frames_short, 1),
  W (0x00, 0x4),
  POLL (0x00, 0x4, 0),
  W (0x5C, NOWHERE),
  W (0x58, 0x01000020),
  W (0x54, 16),
  GO_MM2S (0x00014003),
  NO_PULL,
  RM (0x04, ERRORS, 0x4041),
  END,
};

/* 40 bits of address: what is beyond them wraps */
static const SimStep address_wraps[] = {
  MAP (0, 0x1000, SIM_OKAY),
  MAP (0xFFFFFFF000, 0x1000, SIM_OKAY),
  W (0xAC, 0xFFFFFFC0),
  W (0xB0, 0xFF),
  W (0xA8, 0x01000020),
  W (0xA4, RIG_HSIZE),
  GO (0x00014003),
  FRAME (1),
  MEM (0xFFFFFFFFE0, 16, 1),
  MEM (0x20, 16, 1),
  END,
};

/* ---- T93, T94: what was wrong ---- */

static const SimStep short_lines_12_and_8[] = {
  RUN (running),
  OFFER (1, 1, 12, SOF),
  OFFER (1, 1, 8, 0),
  LINES (1, 2),
  END,
};

static const SimStep hsize_status[] = {
  R (0xF0, 0),
  RUN (short_lines_12_and_8),
  R (0xF0, 12),
  R (0xF4, 0),
  W (0x34, 0x80),
  R (0xF0, 12),
  W (0x34, 0x100),
  R (0xF0, 0),
  W (0xF0, 0xFFFF),
  R (0xF0, 0),
  END,
};

static const SimStep hsize_status_swapped[] = {
  RUN (short_lines_12_and_8),
  R (0xF0, 0),
  R (0xF4, 12),
  END,
};

static const SimStep vsize_status[] = {
  RUN (running),
  BEGIN (1, 3),
  BEGIN (2, 1),
  R (0xF4, 3),
  R (0xF0, 0),
  BEGIN (3, 2),
  BEGIN (4, 1),
  R (0xF4, 3), /* the first one */
  W (0x34, 0x100),
  R (0xF4, 3),
  W (0x34, 0x80),
  R (0xF4, 0),
  END,
};

static const SimStep vsize_status_swapped[] = {
  RUN (running),
  BEGIN (1, 3),
  BEGIN (2, 1),
  R (0xF0, 3),
  END,
};

/* ---- T95, T96: illegal use ---- */

static const SimStep misaligned_start[] = {
  RUN (rig_cfg_s2mm),
  W (0xAC, A0 + 2),
  GO (0x00010003),
  UNDEFINED (1),
  END,
};

static const SimStep misaligned_stalls[] = {
  RUN (misaligned_start),
  OFFER (1, 1, 16, SOF), /* into the line buffer */
  READY (FALSE),
  ACCESSES (0),
  W (0x30, 0x00010002),
  RM (0x34, 1, 0),
  W (0x30, 0x4),
  POLL (0x30, 0x4, 0),
  RUN (running),
  FRAME (2),
  STORED (A0, 2),
  END,
};

static const SimStep misaligned_goes_through[] = {
  RUN (misaligned_start),
  FRAME (1),
  STORED (A0 + 2, 1),
  END,
};

static const SimStep aligned_by_dre[] = {
  RUN (rig_cfg_s2mm),
  W (0xAC, A0 + 2),
  W (0xA4, 12),
  W (0xA8, 0x01000000 | 13),
  GO (0x00010003),
  OFFER (1, 4, 12, SOF),
  UNTOUCHED (A0, 2),
  MEM (A0 + 2, 12, 1),
  UNTOUCHED (A0 + 14, 1),
  MEM (A0 + 15, 12, 1),
  MEM (A0 + 41, 12, 1),
  UNTOUCHED (A0 + 53, 20),
  END,
};

static void
tweak_dre (VdmaHwDesc *desc)
{
  desc->channel[VDMA_S2MM].dre = TRUE;
}

static const SimStep misaligned_sizes[] = {
  RUN (rig_cfg_s2mm),
  W (0xA4, 12),
  GO (0x00010003),
  UNDEFINED (1),
  W (0xA4, 16),
  W (0xA8, 0x01000014),
  W (0xA0, 4),
  UNDEFINED (1),
  W (0xA4, 6), /* no multiple of the stream's 4 bytes either */
  W (0xA0, 4),
  UNDEFINED (2),
  END,
};

static const SimStep mm2s_misaligned[] = {
  RUN (rig_cfg_mm2s),
  W (0x60, A1 + 4),
  GO_MM2S (0x00010003),
  UNDEFINED (1),
  NO_PULL,
  ACCESSES (0),
  END,
};

static const SimStep stride_below_hsize[] = {
  RUN (rig_cfg_s2mm),
  W (0xA8, 0x01000008),
  GO (0x00010003),
  UNDEFINED (1),
  BEGIN (1, 1),
  LINES (2, 1),
  LINES (3, 1),
  LINES (4, 1),
  MEM (A0 + 0, 8, 1),
  MEM (A0 + 8, 8, 2),
  MEM (A0 + 16, 8, 3),
  MEM (A0 + 24, 16, 4),
  UNTOUCHED (A0 + 40, 40),
  END,
};

static const SimRigRow rows[] = {
  { "T87", 'C', "P1", zero_vsize },
  { "T88", 'C', "P1", zero_hsize },
  { "T87-start", 'L', "P1", zero_at_start },
  { "T87-mm2s", 'C', "P1", mm2s_zero },
  { "T87-b", 'C', "P1", int_err_b },
  { "T89", 'C', "P1", dec_err },
  { "T90", 'C', "P1", slv_err },
  { "T91", 'C', "P2", one_store_programmed },
  { "T91-mm2s", 'C', "P1", mm2s_bus },
  { "T91-wrap", 'U', "P4", address_wraps },
  { "T93", 'C', "P6", hsize_status },
  { "T93", 'U', "P6", hsize_status_swapped, { KNOB (status_swapped, TRUE) } },
  { "T94", 'C', "P6", vsize_status },
  { "T94", 'U', "P6", vsize_status_swapped, { KNOB (status_swapped, TRUE) } },
  { "T95", 'U', "P1", misaligned_stalls },
  { "T95", 'U', "P1", misaligned_goes_through,
      { KNOB (stall_on_misuse, FALSE) } },
  { "T95-dre", 'C', "P1", aligned_by_dre, .tweak = tweak_dre },
  { "T95-sizes", 'C', "P1", misaligned_sizes },
  { "T95-mm2s", 'U', "P1", mm2s_misaligned },
  { "T96", 'C', "P1", stride_below_hsize },
};

int
main (int argc, char **argv)
{
  return sim_rig_main (argc, argv, rows, G_N_ELEMENTS (rows));
}
