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

/** Returns: (transfer none) */
VdmaChannel *stress_capture_get_channel (StressCapture *self);
StressPool *stress_capture_get_pool (StressCapture *self);
/** Returns: whether each frame can be replaced in spite of those that are kept for
 *  ever */
gboolean stress_capture_has_frames (StressCapture *self);
/** stress_capture_set_follower: @display: (nullable) (transfer none): it may keep
 *  frames of the capture's as well */
void stress_capture_set_follower (StressCapture *self, VdmaChannel *display);

StressDisplay *stress_display_new (StressBench *bench);
void stress_display_free (StressDisplay *self);
void stress_display_step (StressDisplay *self, gint64 deadline);
void stress_display_calm (StressDisplay *self);
void stress_display_judge_calm (StressDisplay *self);
/** Returns: (transfer none) */
VdmaChannel *stress_display_get_channel (StressDisplay *self);

/** StressForeignFunc: the display showed a frame that is not its user's: @seen
 *  without gaps between its lines */
typedef void (*StressForeignFunc) (
    gpointer user_data, const guint8 *seen, guint64 phys);
void stress_display_set_foreign (
    StressDisplay *self, StressForeignFunc func, gpointer user_data);
/** stress_display_let_go: somebody stops the channel now: what was accepted need
 *  not have been on display */
void stress_display_let_go (StressDisplay *self, gboolean on);
/** stress_display_end: stops the channel. Returns: frames of others that it keeps
 *  for ever */
guint64 stress_display_end (StressDisplay *self);
/** stress_display_break_in: shows a frame while the channel is another's. */
void stress_display_break_in (StressDisplay *self);

/* ---- stress-tie.c ---- */

typedef struct StressTie StressTie;

/** stress_tie_new: @capture, @display: (transfer none) */
StressTie *stress_tie_new (
    StressBench *bench, StressCapture *capture, StressDisplay *display);
/** stress_tie_free: (nullable): ends the tie. */
void stress_tie_free (StressTie *self);
/** stress_tie_step: ties, or unties, when it feels like it. Returns: whether the
 *  display follows, so that the capture's user drives both */
gboolean stress_tie_step (StressTie *self);
void stress_tie_calm (StressTie *self);
void stress_tie_judge_calm (StressTie *self);

G_END_DECLS
