/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Start, stop, commit: hardware.md 6.2, T22 to T33. */
#include "sim-rig.h"

/* ---- T22, T23: start ---- */

static const SimStep commit_needs_rs[] = {
  RUN (rig_cfg_s2mm),
  W (0xA0, 4),
  LOST_FRAME (1),
  W (0x30, 0x00010003),
  RM (0x34, 1, 0),
  LOST_FRAME (1),
  ACCESSES (0),
  W (0xA0, 4),
  FRAME (2),
  STORED (A0, 2),
  END,
};

static const SimStep run_without_commit[] = {
  RUN (rig_cfg_s2mm),
  W (0x30, 0x00010003),
  RM (0x34, 1, 0),
  READY (FALSE),
  LOST_FRAME (1),
  LOST_FRAME (2),
  NO_PULL,
  ACCESSES (0),
  TRUTH (S2MM, frames_refused, 0),
  END,
};

static const SimStep ready_before_start[] = {
  READY (TRUE),
  FRAME (1),
  RUN (rig_cfg_s2mm),
  W (0x30, 0x00010003),
  READY (TRUE),
  FRAME (2),
  ACCESSES (0),
  TRUTH (S2MM, frames_refused, 2),
  W (0xA0, 4),
  FRAME (3),
  STORED (A0, 3),
  W (0x30, 0x00010002),
  RM (0x34, 1, 1),
  FRAME (4),
  ACCESSES (4),
  END,
};

/* The source is in the middle of a frame when the channel starts. */
static const SimStep waits_for_sof[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00010003),
  READY (TRUE),
  LINES (1, 3),
  ACCESSES (0),
  R (0x34, 0x00010000),
  FRAME (2),
  STORED (A0, 2),
  END,
};

/* ---- T24 to T29: frames and commits ---- */

static const SimStep first_frame[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00010003),
  FRAME (1),
  STORED (A0, 1),
  END,
};

static const SimStep wrap[] = {
  RUN (first_frame),
  FRAME (2),
  FRAME (3),
  FRAME (4),
  STORED (A1, 2),
  STORED (A2, 3),
  STORED (A0, 4),
  ACCESSES (16),
  END,
};

static const SimStep no_vsize_no_effect[] = {
  RUN (wrap),
  BEGIN (5, 2),
  W (0xAC, A9),
  W (0xA4, 8),
  W (0xA8, 0x01000010),
  LINES (5, 2),
  FRAME (6),
  FRAME (7),
  FRAME (8),
  FRAME (9),
  FRAME (10),
  FRAME (11),
  STORED (A1, 11),
  STORED (A2, 9),
  STORED (A0, 10),
  UNTOUCHED (A9, 0x100),
  END,
};

static const SimStep commit_at_boundary[] = {
  RUN (wrap),
  W (0xAC, A9),
  BEGIN (5, 2), /* store 1 */
  W (0xA0, 4),
  LINES (5, 2),
  STORED (A1, 5),
  FRAME (6),
  UNTOUCHED (A9, 0x100),
  FRAME (7), /* store 0 */
  STORED (A9, 7),
  STORED (A0, 4),
  END,
};

/* The commit falls between the last line and the SOF of the next frame. */
static const SimStep commit_between_frames[] = {
  RUN (first_frame),
  W (0xB0, A9),
  W (0xA0, 4),
  FRAME (2),
  STORED (A9, 2),
  UNTOUCHED (A1, 0x80),
  TRUTH (S2MM, commits, 2),
  END,
};

static const SimStep commit_one_later[] = {
  RUN (first_frame), /* the first commit has nothing to race with */
  W (0xB0, A9),
  W (0xB4, A9 + 0x1000),
  W (0xA0, 4),
  FRAME (2),
  STORED (A1, 2),
  FRAME (3),
  STORED (A9 + 0x1000, 3),
  UNTOUCHED (A2, 0x80),
  END,
};

/* A commit in every frame is late, but none is lost for ever. */
static const SimStep commit_late_not_starved[] = {
  RUN (first_frame),
  W (0xB0, A9),
  W (0xB4, A9),
  W (0xA0, 4),
  FRAME (2),
  W (0xAC, A9 + 0x1000),
  W (0xA0, 4),
  FRAME (3), /* store 2 by the first of them */
  STORED (A9, 3),
  W (0xA0, 4),
  FRAME (4), /* store 0 by the second */
  STORED (A9 + 0x1000, 4),
  TRUTH (S2MM, commits, 3),
  END,
};

static const SimStep new_geometry[] = {
  RUN (first_frame),
  BEGIN (2, 1),
  W (0xA4, 8),
  W (0xA8, 0x01000010),
  W (0xA0, 2),
  LINES (2, 3),
  STORED (A1, 2),
  OFFER (3, 2, 8, SOF),
  MEM (A2 + 0x00, 8, 3),
  UNTOUCHED (A2 + 0x08, 8),
  MEM (A2 + 0x10, 8, 3),
  UNTOUCHED (A2 + 0x18, 0x40),
  RM (0x34, 0x89F1, 0),
  TRUTH (S2MM, frames_done, 3),
  TRUTH (S2MM, lines, 10),
  TRUTH (S2MM, bytes, 144),
  END,
};

/* What judges see: the frame in work, and what the next one will be. */
static const SimStep live_state[] = {
  LIVE (S2MM, running, FALSE),
  LIVE (S2MM, next_vsize, 0),
  RUN (rig_cfg_s2mm),
  GO (0x00010003),
  LIVE (S2MM, running, TRUE),
  LIVE (S2MM, in_frame, FALSE),
  LIVE (S2MM, next_hsize, 16),
  LIVE (S2MM, next_vsize, 4),
  FRAME (1),
  BEGIN (2, 3),
  W (0xA4, 8),
  W (0xA0, 2),
  LIVE (S2MM, in_frame, TRUE),
  LIVE (S2MM, store, 1),
  LIVE (S2MM, line, 3),
  LIVE (S2MM, hsize, 16),
  LIVE (S2MM, vsize, 4),
  LIVE (S2MM, stride, 32),
  END,
};

static const SimStep live_next[] = {
  RUN (live_state),
  LIVE (S2MM, next_hsize, 8),
  LIVE (S2MM, next_vsize, 2),
  LINES (2, 1),
  LIVE (S2MM, in_frame, FALSE),
  W (0x30, 0x00010002),
  LIVE (S2MM, next_hsize, 0),
  END,
};

static const SimStep live_next_late[] = {
  RUN (live_state),
  LIVE (S2MM, next_hsize, 16),
  LIVE (S2MM, next_vsize, 4),
  LINES (2, 1),
  BEGIN (3, 1),
  LIVE (S2MM, hsize, 16),
  LIVE (S2MM, next_hsize, 8),
  LIVE (S2MM, next_vsize, 2),
  END,
};

static const SimStep last_commit_wins[] = {
  RUN (first_frame),
  BEGIN (2, 1),
  W (0xA4, 8),
  W (0xA0, 4),
  W (0xA4, 16),
  W (0xA0, 4),
  LINES (2, 3),
  FRAME (3),
  STORED (A2, 3),
  RM (0x34, 0x89F1, 0),
  TRUTH (S2MM, commits, 2),
  END,
};

static const SimStep last_commit_wins_late[] = {
  RUN (first_frame),
  BEGIN (2, 1),
  W (0xA4, 8),
  W (0xA0, 4),
  W (0xA4, 16),
  W (0xB4, A9),
  W (0xAC, A9),
  W (0xA0, 4),
  LINES (2, 3),
  FRAME (3),
  STORED (A2, 3),
  FRAME (4),
  STORED (A9, 4),
  END,
};

/* ---- T30 to T32: stop and restart ---- */

static const SimStep stop_in_frame[] = {
  RUN (first_frame),
  BEGIN (2, 2),
  W (0x30, 0x00010002),
  RM (0x34, 1, 0),
  LINES (2, 1),
  RM (0x34, 1, 0),
  LINES (2, 1),
  RM (0x34, 1, 1),
  STORED (A1, 2),
  LOST_FRAME (3),
  UNTOUCHED (A2, 0x80),
  R (0xA4, RIG_HSIZE),
  R (0xAC, A0),
  R (0xA0, 4),
  END,
};

static const SimStep restart_at_0[] = {
  RUN (stop_in_frame),
  GO (0x00010003),
  FRAME (9),
  STORED (A0, 9),
  R (0x28, 0),
  END,
};

static const SimStep restart_goes_on[] = {
  RUN (stop_in_frame),
  GO (0x00010003),
  FRAME (9),
  STORED (A2, 9),
  R (0x28, 0x02000000),
  W (0x30, 0x4), /* a reset begins at 0 all the same */
  POLL (0x30, 0x4, 0),
  RUN (rig_cfg_s2mm),
  GO (0x00010003),
  FRAME (10),
  STORED (A0, 10),
  END,
};

static const SimStep restart_needs_commit[] = {
  RUN (stop_in_frame),
  W (0x30, 0x00010003),
  RM (0x34, 1, 0),
  LOST_FRAME (9),
  END,
};

static const SimStep stop_in_park_restarts_there[] = {
  W (0x28, 0x00000200),
  RUN (rig_cfg_s2mm),
  GO (0x00010001),
  FRAME (1),
  W (0x30, 0x00010000),
  RM (0x34, 1, 1),
  GO (0x00010001),
  FRAME (2),
  STORED (A2, 2),
  UNTOUCHED (A0, 0x80),
  END,
};

static const SimStep silent_source_never_halts[] = {
  RUN (first_frame),
  BEGIN (2, 2),
  W (0x30, 0x00010002),
  ADVANCE (G_GUINT64_CONSTANT (10000000000)),
  RM (0x34, 1, 0),
  W (0x30, 0x4),
  POLL (0x30, 0x4, 0),
  R (0x34, 0x00010001),
  END,
};

static const SimStep stop_between_frames[] = {
  RUN (first_frame),
  W (0x30, 0x00010002),
  RM (0x34, 1, 1),
  LOST_FRAME (2),
  END,
};

static const SimStep stop_withdrawn[] = {
  RUN (first_frame),
  BEGIN (2, 2),
  W (0x30, 0x00010002),
  W (0x30, 0x00010003),
  LINES (2, 2),
  FRAME (3),
  STORED (A2, 3), /* no restart, no new commit needed */
  END,
};

/* A stop is held by a stopped clock, and comes when it is back. */
static const SimStep stop_without_clock[] = {
  RUN (first_frame),
  CLOCK (S2MM, FALSE),
  LOST_FRAME (2),
  W (0x30, 0x00010002),
  RM (0x34, 1, 0),
  CLOCK (S2MM, TRUE),
  RM (0x34, 1, 1),
  END,
};

static const SimStep mm2s_stop[] = {
  RUN (rig_cfg_mm2s),
  FILL (A0, 0x80, 5),
  FILL (A1, 0x80, 6),
  GO_MM2S (0x00010003),
  SHOWN (5),
  PULL (6, 2, 16, SOF),
  W (0x00, 0x00010002),
  RM (0x04, 1, 0),
  PULL (6, 2, 16, 0),
  RM (0x04, 1, 1),
  NO_PULL,
  CLOCK (MM2S, FALSE),
  GO_MM2S (0x00010003),
  NO_PULL,
  CLOCK (MM2S, TRUE),
  SHOWN (5),
  END,
};

/* MM2S takes a commit with the first pull of the next frame. */
static const SimStep mm2s_commit[] = {
  RUN (rig_cfg_mm2s),
  FILL (A0, 0x80, 5),
  FILL (A1, 0x80, 6),
  FILL (A9, 0x80, 7),
  GO_MM2S (0x00010003),
  PULL (5, 2, 16, SOF),
  W (0x60, A9),
  W (0x50, 2),
  PULL (5, 2, 16, 0),
  PULL (7, 2, 16, SOF),
  TRUTH (MM2S, commits, 2),
  TRUTH (MM2S, frames_done, 2),
  END,
};

/* ---- T33: W1C ---- */

static const SimStep w1c[] = {
  RUN (rig_cfg_s2mm),
  W (0x30, 0x0A047002),
  INJECT (S2MM, 0xF9F0),
  R (0x34, 0x0004F9F1),
  W (0x34, 0),
  R (0x34, 0x0004F9F1),
  W (0x34, 0x1000),
  R (0x34, 0x0004E9F1),
  W (0x34, 0x8100),
  R (0x34, 0x000468F1),
  W (0x34, 0xFFFFFFFF),
  R (0x34, 0x00040061),
  END,
};

static const SimStep w1c_mm2s[] = {
  INJECT (MM2S, 0xF9F0), /* the S2MM bits do not exist here */
  R (0x04, 0x000170F1),
  W (0x04, 0xFFFFFFFF),
  R (0x04, 0x00010061),
  END,
};

static const SimRigRow rows[] = {
  { "T22", 'C', "P1", commit_needs_rs },
  { "T23", 'C', "P1", run_without_commit },
  { "T23", 'U', "P1", ready_before_start, { KNOB (pre_start_ready, TRUE) } },
  { "T23-sof", 'L', "P1", waits_for_sof },
  { "T24", 'C', "P1", first_frame },
  { "T25", 'C', "P1", wrap },
  { "T26", 'C', "P1", no_vsize_no_effect },
  { "T27", 'C', "P1", commit_at_boundary },
  { "T27-between", 'U', "P1", commit_between_frames },
  { "T27-between", 'U', "P1", commit_one_later, { KNOB (commit_latency, 1) } },
  { "T27-each", 'U', "P1", commit_late_not_starved,
      { KNOB (commit_latency, 1) } },
  { "T28", 'C', "P1", new_geometry },
  { "T28-live", 'C', "P1", live_next },
  { "T28-live", 'U', "P1", live_next_late, { KNOB (commit_latency, 1) } },
  { "T29", 'U', "P1", last_commit_wins },
  { "T29", 'U', "P1", last_commit_wins_late, { KNOB (commit_latency, 1) } },
  { "T30", 'C', "P1", stop_in_frame },
  { "T30-between", 'L', "P1", stop_between_frames },
  { "T30-withdrawn", 'U', "P1", stop_withdrawn },
  { "T30-clock", 'L', "P1", stop_without_clock },
  { "T30-mm2s", 'L', "P1", mm2s_stop },
  { "T27-mm2s", 'L', "P1", mm2s_commit },
  { "T31", 'L', "P1", restart_at_0 },
  { "T31", 'U', "P1", restart_goes_on, { KNOB (restart_continues, TRUE) } },
  { "T31-commit", 'C', "P1", restart_needs_commit },
  { "T31-park", 'U', "P1", stop_in_park_restarts_there },
  { "T31-park", 'U', "P1", stop_in_park_restarts_there,
      { KNOB (restart_continues, TRUE) } },
  { "T32", 'L', "P1", silent_source_never_halts },
  { "T33", 'C', "P1", w1c },
  { "T33-mm2s", 'C', "P1", w1c_mm2s },
};

int
main (int argc, char **argv)
{
  return sim_rig_main (argc, argv, rows, G_N_ELEMENTS (rows));
}
