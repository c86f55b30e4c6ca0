/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model-lines.h"

#include "bench-window.h"

static const guint lines_inputs[VDMA_N_DIRECTIONS] = {
  [VDMA_MM2S] = BENCH_INTC_MM2S,
  [VDMA_S2MM] = BENCH_INTC_S2MM,
};

void
guest_lines_use_intc (GuestLines *self, guint32 edges)
{
  self->by_intc = TRUE;
  self->intc = (IntcModel){ .n_inputs = BENCH_INTC_INPUTS, .kind = edges };
}

void
guest_lines_use_none (GuestLines *self)
{
  self->by_intc = FALSE;
}

guint
guest_lines_set (GuestLines *self, const gboolean levels[VDMA_N_DIRECTIONS])
{
  guint changed = 0;

  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    intc_model_set_pin (&self->intc, lines_inputs[dir], levels[dir]);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    gboolean output = levels[dir];
    if (self->by_intc)
      output = dir == 0 && intc_model_get_output (&self->intc);
    changed |= (guint) (output != self->output[dir]) << dir;
    self->output[dir] = output;
  }
  return changed;
}
