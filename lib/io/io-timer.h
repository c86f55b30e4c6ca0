/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An interrupt line for a channel that has none: a timer that finds out when
 * frames end, and wakes just behind it.
 *
 * What it goes by is what the driver tells of each look at the status register:
 * a frame has ended, or not yet (vdma_irq_tell()). A look that was too early
 * costs a register read, one that is late costs time; so the moment is narrowed
 * down by a look in between now and then, as often as the clocks drift apart. */
#pragma once

#include "io.h"

G_BEGIN_DECLS

/**
 * vdma_timer_irq_new:
 * @time: (transfer none): outlives the line; must have timers
 *
 * Errors: as vdma_time_open_timer().
 * Returns: (transfer full) (nullable)
 */
VdmaIrq *vdma_timer_irq_new (VdmaTime *time, GError **error);

G_END_DECLS
