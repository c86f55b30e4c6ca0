/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The beat of frames: when frame number n begins, exactly and for ever. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** SimRate: frame @first begins at @epoch, num / den frames a second follow. */
typedef struct {
  gint64 epoch; /* ns */
  guint64 first;
  guint num, den; /* both 1..SIM_RATE_MAX */
} SimRate;

#define SIM_RATE_MAX 1000000

/** Returns: when frame @frame (not before @first) begins, rounded down to ns */
gint64 sim_rate_start (const SimRate *rate, guint64 frame);

/** Returns: the last frame that has begun at @time (not before @epoch) */
guint64 sim_rate_frame_at (const SimRate *rate, gint64 time);

/** Returns: ns from one frame to the next, at least 1 */
gint64 sim_rate_period (const SimRate *rate);

/** sim_rate_change: from frame @frame on, which keeps its time, another rate. */
void sim_rate_change (SimRate *rate, guint64 frame, const guint fps[2]);

G_END_DECLS
