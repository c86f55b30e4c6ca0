/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A beat in motion: the begin of each frame and the time of each of its lines,
 * with jitter and bursts. Shared by camera and display. */
#pragma once

#include "sim-camera.h"

G_BEGIN_DECLS

/** SimBeatClock: a beat that started. */
typedef struct {
  SimBeat beat;
  SimRate rate;
} SimBeatClock;

/** SimSlot: the frame time in work. */
typedef struct {
  gint64 start;
  gint64 active; /* ns over which the lines are spread */
  guint line;    /* next one */
  guint lines;
} SimSlot;

#define SIM_BEAT_DEFAULT_FPS 60

void sim_beat_init (SimBeatClock *clock, const SimBeat *beat, gint64 start);
/** sim_beat_set_fps: from frame @frame on; ignored where the options fix the rate, or when not known */
void sim_beat_set_fps (SimBeatClock *clock, guint64 frame, const guint fps[2]);
/** sim_beat_force_fps: as set_fps, but nothing fixes the rate against it */
void sim_beat_force_fps (
    SimBeatClock *clock, guint64 frame, const guint fps[2]);
gint64 sim_beat_start (const SimBeatClock *clock, guint64 frame);
/** Returns: a frame before which all from @from on have begun at @now: where counting may go on */
guint64 sim_beat_skip (const SimBeatClock *clock, guint64 from, gint64 now);

/** sim_beat_open: a slot for frame @frame with @lines lines */
void sim_beat_open (
    const SimBeatClock *clock, guint64 frame, guint lines, SimSlot *slot);
/** Returns: when line @line of the slot is due */
gint64 sim_slot_due (const SimSlot *slot, guint line);
/** sim_slot_skip: over the lines that are due up to @now. Returns: how many */
guint sim_slot_skip (SimSlot *slot, gint64 now);

static inline gboolean
sim_slot_is_open (const SimSlot *slot)
{
  return slot->line < slot->lines;
}

G_END_DECLS
