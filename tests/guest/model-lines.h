/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the interrupt lines of a board reach its host: each by itself, or both by an
 * AXI interrupt controller, whose output then is the first line. */
#pragma once

#include <glib.h>

#include "intc-model.h"
#include "hw-desc.h"

G_BEGIN_DECLS

/** GuestLines: zeroed: each by itself */
typedef struct {
  gboolean by_intc;
  IntcModel intc;
  gboolean output[VDMA_N_DIRECTIONS]; /* as the host knows it */
} GuestLines;

/** guest_lines_use_intc: @edges: inputs (BENCH_INTC_MM2S, BENCH_INTC_S2MM) that take one, as bits */
void guest_lines_use_intc (GuestLines *self, guint32 edges);
void guest_lines_use_none (GuestLines *self);
/** guest_lines_set: of all lines, @levels as they are now. Returns: which of
 *  @output changed, as bits */
guint guest_lines_set (
    GuestLines *self, const gboolean levels[VDMA_N_DIRECTIONS]);

G_END_DECLS
