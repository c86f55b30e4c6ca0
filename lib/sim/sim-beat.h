/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A beat in motion: the begin of each frame and the time of each of its lines,
 * with jitter and bursts. Shared by camera and display. */
#pragma once

#include "sim-camera.h"

G_BEGIN_DECLS

/** SimBeatClock: a beat that started. @next and @next_start change only by the
 *  functions below. */
typedef struct {
  SimBeat beat;
  SimRate rate;
  guint64 next;      /* frame that begins next */
  gint64 next_start; /* when: asked for at every access to the board */
} SimBeatClock;

/** SimSlot: the frame time in work. */
typedef struct {
  gint64 start;
  gint64 active; /* ns over which the lines are spread */
  guint line;    /* next one */
  guint lines;
  gint64 due;      /* when @line is due: start + active * line / lines */
  gint64 last_due; /* when the last line is */
  gint64 step;     /* whole ns from line to line */
  guint rest, sum; /* and what is left of them, in parts of @lines */
} SimSlot;

#define SIM_BEAT_DEFAULT_FPS 60

void sim_beat_init (SimBeatClock *clock, const SimBeat *beat, gint64 start);
/** sim_beat_set_fps: from the next frame on; ignored where the options fix the rate, or when not known */
void sim_beat_set_fps (SimBeatClock *clock, const guint fps[2]);
/** sim_beat_force_fps: as set_fps, but nothing fixes the rate against it */
void sim_beat_force_fps (SimBeatClock *clock, const guint fps[2]);
gint64 sim_beat_start (const SimBeatClock *clock, guint64 frame);
/** sim_beat_begin: the next frame begins */
void sim_beat_begin (SimBeatClock *clock);
/** sim_beat_skip: over the frames that have begun up to @now. Returns: how many */
guint64 sim_beat_skip (SimBeatClock *clock, gint64 now);

/** sim_beat_open: a slot for frame @frame with @lines lines */
void sim_beat_open (
    const SimBeatClock *clock, guint64 frame, guint lines, SimSlot *slot);
/** sim_slot_next: on to the next line */
void sim_slot_next (SimSlot *slot);
/** sim_slot_skip: over the lines that are due up to @now. Returns: how many */
guint sim_slot_skip (SimSlot *slot, gint64 now);

static inline gboolean
sim_slot_is_open (const SimSlot *slot)
{
  return slot->line < slot->lines;
}

G_END_DECLS
