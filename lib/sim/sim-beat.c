/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-beat.h"

#include "sim-random.h"

static gboolean
beat_is_known (const guint fps[2])
{
  return fps[0] > 0 && fps[1] > 0 && fps[0] <= SIM_RATE_MAX
         && fps[1] <= SIM_RATE_MAX;
}

static void
beat_set_next (SimBeatClock *clock, guint64 frame)
{
  clock->next = frame;
  clock->next_start = sim_beat_start (clock, frame);
}

void
sim_beat_init (SimBeatClock *clock, const SimBeat *beat, gint64 start)
{
  *clock = (SimBeatClock){
    .beat = *beat,
    .rate = { .epoch = start, .num = SIM_BEAT_DEFAULT_FPS, .den = 1 },
  };
  if (beat_is_known (beat->fps))
    sim_rate_change (&clock->rate, 0, beat->fps);
  beat_set_next (clock, 0);
}

static void
beat_change (SimBeatClock *clock, const guint fps[2])
{
  sim_rate_change (&clock->rate, clock->next, fps);
  beat_set_next (clock, clock->next);
}

void
sim_beat_set_fps (SimBeatClock *clock, const guint fps[2])
{
  if (beat_is_known (clock->beat.fps) || !beat_is_known (fps)
      || (fps[0] == clock->rate.num && fps[1] == clock->rate.den))
    return;
  beat_change (clock, fps);
}

void
sim_beat_force_fps (SimBeatClock *clock, const guint fps[2])
{
  if (!beat_is_known (fps))
    return;
  beat_change (clock, fps);
  clock->beat.fps[0] = fps[0];
  clock->beat.fps[1] = fps[1];
}

/* Frames of a burst share one frame's time. */
static gint64
beat_share (const SimBeatClock *clock)
{
  return MAX (sim_rate_period (&clock->rate) / clock->beat.burst, 1);
}

gint64
sim_beat_start (const SimBeatClock *clock, guint64 frame)
{
  const SimBeat *beat = &clock->beat;
  const SimRate *rate = &clock->rate;
  guint64 within = (frame - rate->first) % beat->burst;
  gint64 share = beat_share (clock);
  gint64 start =
      sim_rate_start (rate, frame - within) + (gint64) within * share;
  /* less than its share, so that frames stay in order */
  guint64 jitter = MIN (beat->jitter, (guint64) share - 1);
  if (jitter > 0)
    start += (gint64) (sim_random (beat->seed, frame) % (jitter + 1));
  return start;
}

void
sim_beat_begin (SimBeatClock *clock)
{
  beat_set_next (clock, clock->next + 1);
}

guint64
sim_beat_skip (SimBeatClock *clock, gint64 now)
{
  guint64 first = clock->next;
  if (clock->next_start > now)
    return 0;
  if (now >= clock->rate.epoch)
    beat_set_next (clock, MAX (first, sim_rate_frame_at (&clock->rate, now)));
  while (clock->next_start <= now)
    sim_beat_begin (clock);
  return clock->next - first;
}

void
sim_beat_open (
    const SimBeatClock *clock, guint64 frame, guint lines, SimSlot *slot)
{
  const SimBeat *beat = &clock->beat;
  gint64 start = sim_beat_start (clock, frame);
  gint64 share = beat_share (clock);
  gint64 room = sim_beat_start (clock, frame + 1) - start;
  *slot = (SimSlot){
    .start = start,
    .active = CLAMP (share / 100 * beat->active, 0, MAX (room, 0)),
    .lines = lines,
    .due = start,
  };
  slot->step = slot->active / lines;
  slot->rest = (guint) (slot->active % lines);
  slot->last_due = start + slot->step * (lines - 1)
                   + (gint64) slot->rest * (lines - 1) / lines;
}

void
sim_slot_next (SimSlot *slot)
{
  slot->line++;
  slot->due += slot->step;
  slot->sum += slot->rest;
  if (slot->sum >= slot->lines) {
    slot->sum -= slot->lines;
    slot->due++;
  }
}

guint
sim_slot_skip (SimSlot *slot, gint64 now)
{
  guint before = slot->line;
  while (sim_slot_is_open (slot) && slot->due <= now)
    sim_slot_next (slot);
  return slot->line - before;
}
