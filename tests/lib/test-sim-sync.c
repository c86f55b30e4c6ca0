/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames and lines of the wrong size, and frame sync: hardware.md 6.5, T80 to
 * T86 and T92. */
#include "sim-rig.h"

/* errors, Err_Irq and Halted */
#define ERRORS 0xCFF1

static const SimStep running[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00014003),
  END,
};

/* ---- T80, T81: short and long frames ---- */

static const SimStep cut_after_3[] = {
  RUN (running),
  BEGIN (1, 3),
  RM (0x34, ERRORS, 0),
  BEGIN (2, 1),
  RM (0x34, ERRORS, 0x4090),
  RM (0x30, 1, 1),
  FRAME_AT (A0, 1, 3, 16),
  LINES (2, 3),
  END,
};

static const SimStep short_frame_lost[] = {
  RUN (cut_after_3),
  UNTOUCHED (A1, 0x80),
  FRAME (3),
  STORED (A1, 3),
  TRUTH (S2MM, frames_refused, 1),
  TRUTH (S2MM, frames_short, 1),
  TRUTH (S2MM, frames_done, 1),
  END,
};

static const SimStep short_frame_captured[] = {
  RUN (cut_after_3),
  STORED (A1, 2),
  FRAME (3),
  STORED (A2, 3),
  TRUTH (S2MM, frames_refused, 0),
  TRUTH (S2MM, frames_short, 1),
  END,
};

/* A stop that waits for the frame's end has it here. */
static const SimStep short_frame_ends_a_stop[] = {
  RUN (running),
  BEGIN (1, 3),
  W (0x30, 0x00014002),
  BEGIN (2, 1),
  RM (0x34, ERRORS, 0x4091),
  LOST_FRAME (3),
  END,
};

static const SimStep long_frame[] = {
  RUN (running),
  BEGIN (1, 4),
  RM (0x34, ERRORS, 0),
  LINES (1, 1),
  RM (0x34, ERRORS, 0x4810),
  W (0x34, 0x4810),
  LINES (1, 1), /* once for a frame */
  RM (0x34, ERRORS, 0),
  STORED (A0, 1),
  ACCESSES (4),
  FRAME (2),
  STORED (A1, 2),
  RM (0x34, ERRORS, 0),
  END,
};

/* ---- T82, T83: short and long lines ---- */

static const SimStep short_line[] = {
  RUN (running),
  OFFER (1, 1, 12, SOF),
  LINES (1, 3),
  RM (0x34, ERRORS, 0x4100),
  MEM (A0, 12, 1),
  UNTOUCHED (A0 + 12, 20),
  MEM (A0 + 0x20, 16, 1),
  MEM (A0 + 0x60, 16, 1),
  FRAME (2),
  STORED (A1, 2),
  END,
};

static const SimStep long_line[] = {
  RUN (running),
  OFFER (1, 1, 20, SOF),
  LINES (1, 3),
  RM (0x34, ERRORS, 0xC000),
  STORED (A0, 1),
  FRAME (2),
  STORED (A1, 2),
  END,
};

/* A line in parts, and one whose TLAST comes late. */
static const SimStep lines_in_parts[] = {
  RUN (running),
  OFFER (1, 1, 8, SOF | NO_EOL),
  OFFER (2, 1, 8, 0),
  MEM (A0, 8, 1),
  MEM (A0 + 8, 8, 2),
  RM (0x34, ERRORS, 0),
  OFFER (3, 1, 16, NO_EOL), /* HSIZE bytes and no TLAST: EOLLate */
  RM (0x34, ERRORS, 0xC000),
  OFFER (4, 1, 16, NO_EOL),
  OFFER (4, 1, 16, 0),
  LINES (5, 1),
  OFFER (6, 1, 4, NO_EOL),
  OFFER (6, 1, 4, 0), /* 8 bytes and TLAST */
  RM (0x34, ERRORS, 0xC100),
  MEM (A0 + 0x20, 16, 3),
  MEM (A0 + 0x40, 16, 5),
  MEM (A0 + 0x60, 8, 6),
  UNTOUCHED (A0 + 0x68, 24),
  FRAME (7),
  STORED (A1, 7),
  END,
};

static const SimStep empty_line[] = {
  RUN (running),
  OFFER (1, 1, 0, SOF),
  ACCESSES (0),
  RM (0x34, ERRORS, 0x4100),
  LINES (1, 3),
  UNTOUCHED (A0, 32),
  MEM (A0 + 0x20, 16, 1),
  TRUTH (S2MM, frames_done, 1),
  END,
};

/* SOF in the middle of a line that has no end */
static const SimStep sof_in_line[] = {
  RUN (running),
  BEGIN (1, 3),
  OFFER (1, 1, 8, NO_EOL),
  BEGIN (2, 1),
  RM (0x34, ERRORS, 0x4090),
  FRAME (3),
  STORED (A1, 3),
  OFFER (4, 1, 20, SOF | NO_EOL),
  FRAME (5), /* too early as well, and no part of the long line */
  FRAME (6),
  STORED (A0, 6),
  END,
};

/* The rest of a line that was too long is no matter of the next run. */
static const SimStep long_line_before_restart[] = {
  RUN (running),
  LINES (1, 3),
  OFFER (1, 1, 20, NO_EOL),
  W (0x30, 0x00010002),
  RM (0x34, 1, 1),
  GO (0x00010003),
  LINES (2, 4),
  STORED (A0, 2),
  END,
};

/* ---- T84 ---- */

static const SimStep recovers[] = {
  RUN (running),
  BEGIN (1, 3),
  BEGIN (2, 6),
  OFFER (3, 1, 12, SOF),
  OFFER (3, 1, 20, 0),
  LINES (3, 3),
  RM (0x34, ERRORS, 0xC990),
  W (0x34, 0x00008990),
  RM (0x34, 0x8FF1, 0),
  FRAME (4),
  STORED (A2, 4),
  END,
};

/* ---- T85, T86: free run ---- */

static const SimStep free_run[] = {
  RUN (running),
  BEGIN (1, 3),
  ADVANCE (1000000),
  BEGIN (2, 5),
  RM (0x34, ERRORS, 0),
  MEM (A0 + 0x00, 16, 1),
  MEM (A0 + 0x40, 16, 1),
  MEM (A0 + 0x60, 16, 2),
  STORED (A1, 2),
  UNTOUCHED (A2, 0x80),
  OFFER (3, 4, 12, 0),
  RM (0x34, ERRORS, 0x4100), /* lines are measured all the same */
  END,
};

static const SimStep sof_bits_are_ro[] = {
  INJECT (S2MM, 0x0880),
  RM (0x34, 0x0890, 0x0890),
  W (0x34, 0x0080),
  W (0x34, 0xFFFFFFFF),
  RM (0x34, 0xCFF0, 0x0880), /* IntErr and Err_Irq can be cleared */
  W (0x30, 4),
  POLL (0x30, 4, 0),
  R (0x34, 0x00010001),
  END,
};

static const SimStep sof_bits_are_w1c[] = {
  INJECT (S2MM, 0x0880),
  W (0x34, 0x0890),
  RM (0x34, 0xCFF0, 0x4000),
  END,
};

static void
tweak_no_flush (VdmaHwDesc *desc)
{
  desc->flush_on_fsync = FALSE;
}

/* Repeat_En is a matter of flush-on-fsync (hardware.md 2.8). */
static const SimStep no_repeat_without_flush[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00018003),
  BEGIN (1, 2),
  FRAME (2),
  FRAME (3),
  STORED (A1, 3),
  END,
};

/* ---- T92: MM2S with fsync pin ---- */

static const SimStep mm2s_fsync[] = {
  RUN (rig_cfg_mm2s),
  FILL (A0, 0x80, 1),
  FILL (A1, 0x80, 2),
  FILL (A2, 0x80, 3),
  GO_MM2S (0x00014003),
  NO_PULL, /* no frame before the pin says so */
  FSYNC (MM2S),
  SHOWN (1),
  NO_PULL,
  FSYNC (MM2S),
  PULL (2, 2, 16, SOF),
  FSYNC (MM2S),
  RM (0x04, ERRORS, 0x4090),
  PIN (MM2S, 1),
  RM (0x00, 1, 1),
  NO_PULL,
  FSYNC (MM2S),
  SHOWN (3),
  W (0x04, 0x4090),
  RM (0x04, ERRORS, 0),
  TRUTH (MM2S, frames_short, 1),
  TRUTH (MM2S, frames_done, 2),
  END,
};

static const SimStep no_pin_no_effect[] = {
  RUN (rig_cfg_mm2s),
  RUN (running),
  FILL (A0, 0x80, 1),
  GO_MM2S (0x00010003),
  PULL (1, 2, 16, SOF),
  FSYNC (MM2S),
  FSYNC (S2MM),
  PULL (1, 2, 16, 0),
  RM (0x04, ERRORS, 0),
  TRUTH (S2MM, frames_started, 0),
  END,
};

/* ---- S2MM with fsync pin ---- */

static void
tweak_pin (VdmaHwDesc *desc)
{
  desc->channel[VDMA_S2MM].fsync = VDMA_FSYNC_PIN;
}

static const SimStep s2mm_fsync[] = {
  RUN (running),
  BEGIN (1, 2), /* tuser means nothing, and no fsync has come */
  ACCESSES (0),
  FSYNC (S2MM),
  R (0x28, 0),
  LINES (2, 4),
  STORED (A0, 2),
  RM (0x34, ERRORS, 0),
  LINES (2, 1),
  RM (0x34, ERRORS, 0x4810),
  W (0x34, 0x4810),
  FSYNC (S2MM),
  LINES (3, 3),
  FSYNC (S2MM),
  RM (0x34, ERRORS, 0x4090),
  LINES (4, 4), /* out of sync */
  W (0x34, 0x4090),
  FSYNC (S2MM),
  LINES (5, 4),
  FRAME_AT (A1, 3, 3, 16),
  STORED (A2, 5),
  W (0x30, 0x00014002),
  RM (0x34, 1, 1),
  FSYNC (S2MM),
  TRUTH (S2MM, frames_started, 3),
  END,
};

static const SimRigRow rows[] = {
  { "T80", 'C', "P1", cut_after_3 },
  { "T80", 'U', "P1", short_frame_lost },
  { "T80", 'U', "P1", short_frame_captured,
      { KNOB (resync, SIM_RESYNC_IMMEDIATE) } },
  { "T80-stop", 'L', "P1", short_frame_ends_a_stop },
  { "T80-stop", 'L', "P1", short_frame_ends_a_stop,
      { KNOB (resync, SIM_RESYNC_IMMEDIATE) } },
  { "T81", 'C', "P1", long_frame },
  { "T82", 'C', "P1", short_line },
  { "T82-empty", 'L', "P1", empty_line },
  { "T83", 'C', "P1", long_line },
  { "T83-parts", 'L', "P1", lines_in_parts },
  { "T83-sof", 'L', "P1", sof_in_line },
  { "T83-restart", 'L', "P3", long_line_before_restart },
  { "T84", 'C', "P1", recovers },
  { "T85", 'C', "P3", free_run },
  { "T86", 'C', "P3", sof_bits_are_ro },
  { "T86", 'C', "P1", sof_bits_are_w1c },
  { "T86-repeat", 'L', "P2", no_repeat_without_flush, .tweak = tweak_no_flush },
  { "T92", 'C', "P9", mm2s_fsync },
  { "T92-no-pin", 'C', "P1", no_pin_no_effect },
  { "T92-s2mm", 'C', "P1", s2mm_fsync, .tweak = tweak_pin },
};

int
main (int argc, char **argv)
{
  return sim_rig_main (argc, argv, rows, G_N_ELEMENTS (rows));
}
