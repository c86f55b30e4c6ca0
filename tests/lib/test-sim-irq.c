/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interrupts: hardware.md 6.4, T60 to T72. */
#include "sim-rig.h"

#define TICK 1250 /* ns: 125 clocks of 100 MHz */

static const SimStep run_11003[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00011003),
  END,
};

/* ---- T60, T61: the flag and the pin ---- */

static const SimStep irq_at_frame_end[] = {
  RUN (run_11003),
  BEGIN (1, 3),
  RM (0x34, 0x1000, 0),
  PIN (S2MM, 0),
  LINES (1, 1),
  RM (0x34, 0x7000, 0x1000),
  PIN (S2MM, 1),
  STORED (A0, 1), /* the writes are done */
  W (0x34, 0x1000),
  PIN (S2MM, 0),
  EDGES (S2MM, 1),
  PIN (MM2S, 0),
  END,
};

static const SimStep irq_at_next_start[] = {
  RUN (run_11003),
  FRAME (1),
  PIN (S2MM, 0),
  BEGIN (2, 1),
  PIN (S2MM, 1),
  W (0x34, 0x1000),
  LINES (2, 3),
  PIN (S2MM, 0),
  FRAME (3),
  EDGES (S2MM, 2),
  END,
};

static const SimStep irq_at_first_start[] = {
  RUN (run_11003),
  BEGIN (1, 1),
  PIN (S2MM, 1),
  END,
};

static const SimStep flag_without_enable[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00010003),
  FRAME (1),
  RM (0x34, 0x1000, 0x1000),
  PIN (S2MM, 0),
  W (0x30, 0x00011003),
  PIN (S2MM, 1),
  W (0x30, 0x00010003),
  PIN (S2MM, 0),
  END,
};

static const SimStep mm2s_irq[] = {
  RUN (rig_cfg_mm2s),
  FILL (A0, 0x80, 1),
  GO_MM2S (0x00011003),
  PULL (1, 3, 16, SOF),
  PIN (MM2S, 0),
  PULL (1, 1, 16, 0),
  PIN (MM2S, 1),
  PIN (S2MM, 0),
  END,
};

/* ---- T62 to T64: the frame counter ---- */

static const SimStep run_count_4[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00041003),
  END,
};

static const SimStep count_4_3_2_1[] = {
  RM (0x34, 0x00FF1000, 0x00040000),
  FRAME (1),
  RM (0x34, 0x00FF1000, 0x00030000),
  FRAME (2),
  RM (0x34, 0x00FF1000, 0x00020000),
  FRAME (3),
  RM (0x34, 0x00FF1000, 0x00010000),
  FRAME (4),
  RM (0x34, 0x00001000, 0x00001000),
  PIN (S2MM, 1),
  W (0x34, 0x1000),
  END,
};

static const SimStep every_fourth[] = {
  RUN (run_count_4),
  LOOP (2, count_4_3_2_1),
  EDGES (S2MM, 2),
  END,
};

static const SimStep every_fourth_start[] = {
  RUN (run_count_4),
  FRAME (1),
  FRAME (2),
  FRAME (3),
  FRAME (4),
  PIN (S2MM, 0),
  FRAME (5),
  PIN (S2MM, 1),
  W (0x34, 0x1000),
  FRAME (6),
  FRAME (7),
  FRAME (8),
  PIN (S2MM, 0),
  FRAME (9),
  PIN (S2MM, 1),
  END,
};

static const SimStep every_fourth_start_first_counts[] = {
  RUN (run_count_4),
  FRAME (1),
  FRAME (2),
  FRAME (3),
  PIN (S2MM, 0),
  BEGIN (4, 1),
  PIN (S2MM, 1),
  END,
};

static const SimStep same_count_no_reload[] = {
  RUN (run_count_4),
  FRAME (1),
  FRAME (2),
  W (0x30, 0x00041003),
  RM (0x34, 0x00FF0000, 0x00020000),
  FRAME (3),
  PIN (S2MM, 0),
  FRAME (4),
  PIN (S2MM, 1),
  END,
};

static const SimStep other_count_reloads[] = {
  RUN (run_count_4),
  FRAME (1),
  FRAME (2),
  W (0x30, 0x00031003),
  RM (0x34, 0x00FF0000, 0x00030000),
  FRAME (3),
  FRAME (4),
  PIN (S2MM, 0),
  FRAME (5),
  PIN (S2MM, 1),
  END,
};

/* U10: the counter at RS 0 to 1 */
static const SimStep stopped_after_2_of_4[] = {
  RUN (run_count_4),
  FRAME (1),
  FRAME (2),
  W (0x30, 0x00041002),
  GO (0x00041003),
  END,
};

static const SimStep restart_reloads[] = {
  RUN (stopped_after_2_of_4),
  RM (0x34, 0x00FF0000, 0x00040000),
  END,
};

static const SimStep restart_keeps_count[] = {
  RUN (stopped_after_2_of_4),
  RM (0x34, 0x00FF0000, 0x00020000),
  FRAME (3),
  FRAME (4),
  PIN (S2MM, 1),
  END,
};

/* A frame cut short is not a frame transferred. */
static const SimStep short_frame_does_not_count[] = {
  RUN (run_11003),
  BEGIN (1, 3),
  FRAME (2),
  PIN (S2MM, 0),
  FRAME (3),
  PIN (S2MM, 1),
  END,
};

/* ---- T65: FrameCntEn ---- */

static const SimStep three_frames_only[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00031013),
  FRAME (1),
  FRAME (2),
  BEGIN (3, 3),
  RM (0x34, 1, 0),
  LINES (3, 1),
  RM (0x30, 0x00FF0013, 0x00030012),
  RM (0x34, 0x1001, 0x1001),
  PIN (S2MM, 1),
  LOST_FRAME (4),
  LOST_FRAME (5),
  STORED (A0, 1),
  STORED (A1, 2),
  STORED (A2, 3),
  W (0x34, 0x1000),
  GO (0x00031013), /* again */
  FRAME (6),
  FRAME (7),
  RM (0x34, 1, 0),
  PIN (S2MM, 0),
  FRAME (8),
  RM (0x34, 1, 1),
  PIN (S2MM, 1),
  STORED (A2, 8),
  EDGES (S2MM, 2),
  END,
};

static const SimStep mm2s_one_frame[] = {
  RUN (rig_cfg_mm2s),
  FILL (A0, 0x80, 1),
  GO_MM2S (0x00011013),
  SHOWN (1),
  NO_PULL,
  RM (0x04, 0x1001, 0x1001),
  RM (0x00, 1, 0),
  END,
};

/* ---- T66: merged ---- */

static const SimStep merged[] = {
  RUN (run_11003),
  FRAME (1),
  R (0x28, 0),
  FRAME (2),
  FRAME (3),
  FRAME (4),
  PIN (S2MM, 1),
  EDGES (S2MM, 1),
  R (0x28, 0),
  W (0x34, 0x1000),
  PIN (S2MM, 0),
  TRUTH (S2MM, frames_done, 4),
  END,
};

/* ---- T67, T68: the delay timer ---- */

static const SimStep delay_10[] = {
  RUN (rig_cfg_s2mm),
  GO (0x0A012003),
  NEXT (RIG_NEVER),
  END,
};

static const SimStep delay_fires[] = {
  RM (0x34, 0xFF002000, 0),
  NEXT (10 * TICK),
  ADVANCE (4 * TICK),
  RM (0x34, 0xFF002000, 0x04000000),
  ADVANCE (6 * TICK - 1),
  RM (0x34, 0xFF002000, 0x09000000),
  PIN (S2MM, 0),
  NEXT (1),
  ADVANCE (1),
  RM (0x34, 0xFF002000, 0x0A002000),
  PIN (S2MM, 1),
  NEXT (RIG_NEVER),
  W (0x34, 0x2000),
  ADVANCE (100 * TICK), /* once for each silence */
  PIN (S2MM, 0),
  END,
};

static const SimStep delay_after_frame[] = {
  RUN (delay_10),
  FRAME (1),
  RUN (delay_fires),
  BEGIN (2, 1),
  RM (0x34, 0xFF000000, 0),
  NEXT (RIG_NEVER), /* in mid-frame it does not run */
  LINES (2, 3),
  RUN (delay_fires),
  EDGES (S2MM, 2),
  END,
};

static const SimStep delay_after_sof[] = {
  RUN (delay_10),
  BEGIN (1, 1),
  ADVANCE (3 * TICK),
  LINES (1, 3),
  NEXT (7 * TICK),
  ADVANCE (7 * TICK),
  PIN (S2MM, 1),
  W (0x34, 0x2000),
  FRAME (2),
  RUN (delay_fires),
  END,
};

static const SimStep delay_slow_clock[] = {
  RUN (delay_10),
  FRAME (1),
  NEXT (20 * TICK),
  ADVANCE (10 * TICK),
  RM (0x34, 0xFF002000, 0x05000000),
  ADVANCE (10 * TICK),
  RM (0x34, 0x2000, 0x2000),
  END,
};

static const SimStep delay_0_is_off[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00012003),
  FRAME (1),
  NEXT (RIG_NEVER),
  ADVANCE (1000 * TICK),
  RM (0x34, 0xFF002000, 0),
  END,
};

/* Another value restarts the count; the same value does not. */
static const SimStep delay_restarts[] = {
  RUN (delay_10),
  FRAME (1),
  ADVANCE (6 * TICK),
  W (0x30, 0x0A012003),
  NEXT (4 * TICK),
  W (0x30, 0x05012003),
  NEXT (5 * TICK),
  ADVANCE (5 * TICK),
  PIN (S2MM, 1),
  W (0x34, 0x2000),
  W (0x30, 0x02012003),
  ADVANCE (2 * TICK),
  PIN (S2MM, 1),
  END,
};

static const SimStep delay_next_frame_in_time[] = {
  RUN (delay_10),
  FRAME (1),
  ADVANCE (9 * TICK),
  FRAME (2),
  ADVANCE (9 * TICK),
  FRAME (3),
  ADVANCE (9 * TICK),
  RM (0x34, 0x2000, 0),
  W (0x30, 0x0A012002), /* a halted channel waits for nothing */
  NEXT (RIG_NEVER),
  END,
};

static void
tweak_pin (VdmaHwDesc *desc)
{
  desc->channel[VDMA_S2MM].fsync = VDMA_FSYNC_PIN;
}

/* With the pin it measures from the edge to the first line. */
static const SimStep delay_after_pin[] = {
  RUN (delay_10),
  FSYNC (S2MM),
  NEXT (10 * TICK),
  LINES (1, 4),
  NEXT (RIG_NEVER),
  FSYNC (S2MM),
  RUN (delay_fires),
  END,
};

static const SimStep mm2s_delay[] = {
  RUN (rig_cfg_mm2s),
  FILL (A0, 0x80, 1),
  GO_MM2S (0x0A012003),
  FSYNC (MM2S),
  NEXT (10 * TICK),
  SHOWN (1),
  NEXT (RIG_NEVER),
  FSYNC (MM2S),
  ADVANCE (10 * TICK),
  PIN (MM2S, 1),
  END,
};

/* Without fsync TVALID is high again at once. */
static const SimStep mm2s_no_delay[] = {
  RUN (rig_cfg_mm2s),
  FILL (A0, 0x80, 1),
  GO_MM2S (0x0A012003),
  SHOWN (1),
  NEXT (RIG_NEVER),
  END,
};

/* ---- T69, T70: Err_Irq and its mask ---- */

static const SimStep err_irq[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00014003),
  OFFER (1, 1, 12, SOF),
  RM (0x34, 0xCFF1, 0x4100),
  PIN (S2MM, 1),
  LINES (1, 3),
  W (0x34, 0x4000),
  PIN (S2MM, 0),
  RM (0x34, 0xCFF1, 0x0100),
  OFFER (2, 1, 12, SOF), /* an edge of a bit that is set already: none */
  PIN (S2MM, 0),
  LINES (2, 3),
  W (0x34, 0x0100),
  OFFER (3, 1, 12, SOF),
  PIN (S2MM, 1),
  END,
};

static const SimStep injected_err_irq[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00014003),
  FRAME (1),
  INJECT (S2MM, 0x0100),
  RM (0x34, 0xCFF1, 0x4100),
  PIN (S2MM, 1),
  FRAME (2),
  STORED (A1, 2),
  END,
};

static const SimStep masked[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00014003),
  W (0x34, 0xFFFFFFFF),
  W (0x3C, 0x2),
  OFFER (1, 1, 12, SOF),
  LINES (1, 3),
  PIN (S2MM, 0),
  RM (0x34, 0xCFF1, 0x0100),
  OFFER (2, 1, 20, SOF), /* EOLLate is not masked */
  PIN (S2MM, 1),
  END,
};

static const SimStep masked_all[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00014003),
  W (0x3C, 0xF),
  INJECT (S2MM, 0x8980),
  PIN (S2MM, 0),
  RM (0x34, 0xCFF1, 0x8990), /* IntErr is company here, not a cause */
  W (0x34, 0x8990),
  W (0x3C, 0x1), /* SOFEarly masked, SOFLate not */
  INJECT (S2MM, 0x0080),
  PIN (S2MM, 0),
  W (0x34, 0x0090),
  INJECT (S2MM, 0x0800),
  PIN (S2MM, 1),
  W (0x34, 0x4810),
  W (0x3C, 0x8),
  INJECT (S2MM, 0x8000),
  PIN (S2MM, 0),
  END,
};

static const SimStep masked_bits_hidden[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00014003),
  W (0x3C, 0x3),
  OFFER (1, 1, 12, SOF),
  LINES (1, 3),
  BEGIN (2, 1),
  FRAME (3),
  PIN (S2MM, 0),
  RM (0x34, 0xCFF1, 0),
  FRAME (4),
  STORED (A2, 4), /* the frame was cut all the same */
  END,
};

static const SimStep mask_before_clear[] = {
  INJECT (S2MM, 0x0100),
  W (0x3C, 0x2),
  UNDEFINED (1),
  W (0x3C, 0x2), /* no change */
  W (0x34, 0x0100),
  W (0x3C, 0x0),
  UNDEFINED (0),
  END,
};

/* ---- T71, T72 ---- */

static const SimStep independent[] = {
  RUN (rig_cfg_s2mm),
  RUN (rig_cfg_mm2s),
  FILL (A0, 0x80, 1),
  GO (0x00011003),
  GO_MM2S (0x00011003),
  SHOWN (1),
  PIN (MM2S, 1),
  PIN (S2MM, 0),
  FRAME (1),
  PIN (S2MM, 1),
  W (0x04, 0x1000),
  PIN (MM2S, 0),
  PIN (S2MM, 1),
  W (0x34, 0x1000),
  PIN (S2MM, 0),
  END,
};

/* What UIO builds on: the level stays until the flag is cleared. */
static const SimStep level[] = {
  RUN (run_11003),
  FRAME (1),
  FRAME (2),
  RM (0x34, 0x1000, 0x1000),
  RM (0x34, 0x1000, 0x1000),
  PIN (S2MM, 1),
  EDGES (S2MM, 1),
  W (0x34, 0x1000),
  PIN (S2MM, 0),
  FRAME (3),
  EDGES (S2MM, 2),
  END,
};

#define NEXT_START KNOB (irq_phase, SIM_IRQ_NEXT_FRAME_START)
#define FIRST_SOF  KNOB (first_sof_counts, TRUE)
#define AFTER_SOF  KNOB (dly_start, SIM_DLY_START_SOF)

static const SimRigRow rows[] = {
  { "T60", 'C', "P1", irq_at_frame_end },
  { "T60", 'U', "P1", irq_at_next_start, { NEXT_START } },
  { "T60", 'U', "P1", irq_at_first_start, { NEXT_START, FIRST_SOF } },
  { "T60-mm2s", 'C', "P1", mm2s_irq },
  { "T61", 'L', "P1", flag_without_enable },
  { "T62", 'C', "P1", every_fourth },
  { "T62", 'U', "P1", every_fourth_start, { NEXT_START } },
  { "T62", 'U', "P1", every_fourth_start_first_counts,
      { NEXT_START, FIRST_SOF } },
  { "T62-restart", 'U', "P1", restart_reloads },
  { "T62-restart", 'U', "P1", restart_keeps_count,
      { KNOB (frame_count_keeps, TRUE) } },
  { "T62-short", 'U', "P1", short_frame_does_not_count },
  { "T63", 'C', "P1", same_count_no_reload },
  { "T64", 'C', "P1", other_count_reloads },
  { "T65", 'C', "P1", three_frames_only },
  { "T65", 'U', "P1", three_frames_only, { NEXT_START } },
  { "T65-mm2s", 'C', "P1", mm2s_one_frame },
  { "T66", 'C', "P1", merged },
  { "T67", 'C', "P3", delay_after_frame },
  { "T67", 'U', "P1", delay_after_frame },
  { "T67", 'U', "P1", delay_after_sof, { AFTER_SOF } },
  { "T67-clock", 'U', "P3", delay_slow_clock, { KNOB (dly_clk_hz, 50000000) } },
  { "T67-off", 'C', "P3", delay_0_is_off },
  { "T67-restart", 'C', "P3", delay_restarts },
  { "T67-pin", 'C', "P1", delay_after_pin, .tweak = tweak_pin },
  { "T67-mm2s", 'C', "P9", mm2s_delay },
  { "T67-mm2s", 'L', "P1", mm2s_no_delay },
  { "T68", 'C', "P1", delay_next_frame_in_time },
  { "T68", 'C', "P3", delay_next_frame_in_time },
  { "T68", 'U', "P1", delay_next_frame_in_time, { AFTER_SOF } },
  { "T69", 'C', "P1", err_irq },
  { "T69-injected", 'C', "P1", injected_err_irq },
  { "T70", 'C', "P1", masked },
  { "T70-all", 'L', "P1", masked_all },
  { "T70", 'U', "P1", masked_bits_hidden, { KNOB (mask_hides_errors, TRUE) } },
  { "T70-order", 'C', "P1", mask_before_clear },
  { "T71", 'C', "P1", independent },
  { "T72", 'C', "P1", level },
};

int
main (int argc, char **argv)
{
  return sim_rig_main (argc, argv, rows, G_N_ELEMENTS (rows));
}
