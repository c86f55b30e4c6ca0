/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "driver-knobs.h"

#define LATE_IRQ  .irq_phase = SIM_IRQ_NEXT_FRAME_START
#define LAST_LINE .frmstore_phase = SIM_FRMSTORE_LAST_LINE
#define FIRST_SOF .first_sof_counts = TRUE
#define SLOW      .commit_latency = 1, .park_latency = 2

const KnobRow knob_rows[] = {
  { "default", { 0 } },
  { "irq-next-start", { LATE_IRQ } },
  { "irq-every-start", { LATE_IRQ, FIRST_SOF } },
  { "pointer-last-line", { LAST_LINE } },
  { "irq-next-start pointer-last-line", { LATE_IRQ, LAST_LINE } },
  { "irq-every-start pointer-last-line", { LATE_IRQ, LAST_LINE, FIRST_SOF } },
  { "slow", { SLOW } },
  { "slow irq-next-start", { SLOW, LATE_IRQ } },
  { "slow irq-every-start", { SLOW, LATE_IRQ, FIRST_SOF } },
  { "slow pointer-last-line", { SLOW, LAST_LINE } },
  { "slow irq-next-start pointer-last-line", { SLOW, LATE_IRQ, LAST_LINE } },
  { "slow irq-every-start pointer-last-line",
      { SLOW, LATE_IRQ, LAST_LINE, FIRST_SOF } },
  { "commit-latency", { .commit_latency = 1 } },
  { "park-latency", { .park_latency = 2 } },
  { "park-exit-restarts", { .park_exit_restarts = TRUE } },
  { "cr-reset", { .cr_reset = 0x00010042 } },
  { "restart-continues", { .restart_continues = TRUE } },
  { "pre-start-ready", { .pre_start_ready = TRUE } },
  { "reset-keeps-park", { .reset_keeps_park = TRUE } },
  { "reset-keeps-flip", { .reset_keeps_flip = TRUE } },
  { "frame-count-keeps", { .frame_count_keeps = TRUE } },
  { "resync-immediate", { .resync = SIM_RESYNC_IMMEDIATE } },
  { "err-irq-freezes", { .err_irq_freezes = TRUE } },
  { "mask-hides-errors", { .mask_hides_errors = TRUE } },
  { "absent-reads", { .absent_reads = 0xDEADBEEF } },
  { "genlock-waits", { .genlock_waits = TRUE } },
  { "slow-reset", { .reset_ns = 100000 } },
};
const guint n_knob_rows = G_N_ELEMENTS (knob_rows);

gboolean
knob_row_is_about_time (const KnobRow *row)
{
  const SimKnobs *knobs = &row->knobs;
  return row == knob_rows || knobs->irq_phase || knobs->frmstore_phase
         || knobs->park_latency || knobs->commit_latency;
}

/* The rows differ from the defaults by what is not zero. */
void
driver_rig_set_knobs (DriverRig *rig, const KnobRow *row)
{
  SimKnobs defaults;
  sim_knobs_init (&defaults);
  rig->knobs = row->knobs;
  if (row->knobs.park_latency == 0)
    rig->knobs.park_latency = defaults.park_latency;
  if (row->knobs.cr_reset == 0)
    rig->knobs.cr_reset = defaults.cr_reset;
  rig->knobs.repeat_errors = defaults.repeat_errors;
  rig->knobs.dly_clk_hz = defaults.dly_clk_hz;
}
