/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The users of the two channels: an application that captures, one that
 * displays, and their judges. One thread drives both, in virtual time. */
#pragma once

#include "stress-bench.h"

G_BEGIN_DECLS

typedef struct StressCapture StressCapture;
typedef struct StressDisplay StressDisplay;

/** stress_capture_new: (nullable): NULL after a violation */
StressCapture *stress_capture_new (StressBench *bench);
/** stress_capture_free: (nullable): stops the channel, judges the accounts. */
void stress_capture_free (StressCapture *self);
/** stress_capture_step: waits until @deadline at most, and does what is due. */
void stress_capture_step (StressCapture *self, gint64 deadline);
/** stress_capture_calm: from now on nothing disturbs: what comes must be good */
void stress_capture_calm (StressCapture *self);
/** stress_capture_judge_calm: all was calm for some time: is all well again? */
void stress_capture_judge_calm (StressCapture *self);

StressDisplay *stress_display_new (StressBench *bench);
void stress_display_free (StressDisplay *self);
void stress_display_step (StressDisplay *self, gint64 deadline);
void stress_display_calm (StressDisplay *self);
void stress_display_judge_calm (StressDisplay *self);

G_END_DECLS
