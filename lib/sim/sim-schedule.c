/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-board-priv.h"

/* ---- what happens next ---- */

static gint64
schedule_core_event (const SimBoard *self)
{
  guint64 next = sim_core_next_event (self->core);
  return next > G_MAXINT64 ? G_MAXINT64 : (gint64) next;
}

static gint64
schedule_pin_event (const SimBoard *self)
{
  return MIN (sim_pin_next_event (&self->pins[VDMA_MM2S]),
      sim_pin_next_event (&self->pins[VDMA_S2MM]));
}

gint64
sim_board_next_event (SimBoard *self)
{
  gint64 next = schedule_core_event (self);
  next = MIN (next, sim_faults_next_event (self->faults));
  next = MIN (next, schedule_pin_event (self));
  next = MIN (next, sim_timers_next_event (self));
  next = MIN (next, sim_camera_next_event (self->camera));
  return MIN (next, sim_display_next_event (self->display));
}

/* ---- letting it happen ---- */

static void
schedule_set_now (SimBoard *self, gint64 time)
{
  self->now = MAX (self->now, time);
  sim_core_advance (self->core, (guint64) self->now);
}

static void
schedule_run_pins (SimBoard *self)
{
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    if (sim_pin_next_event (&self->pins[dir]) <= self->now)
      sim_pin_run (self, (VdmaDirection) dir);
  }
}

/* ---- the two streams ---- */

static gint64
stream_next_line (const SimBoard *self, gboolean is_camera)
{
  return is_camera ? sim_camera_next_line (self->camera)
                   : sim_display_next_line (self->display);
}

static gboolean
stream_is_in_frame (const SimBoard *self, gboolean is_camera)
{
  return is_camera ? sim_camera_is_in_frame (self->camera)
                   : sim_display_is_in_frame (self->display);
}

static void
stream_run (SimBoard *self, gboolean is_camera)
{
  if (is_camera)
    sim_camera_run (self->camera, self->now);
  else
    sim_display_run (self->display, self->now);
}

/* The line that is due, and in mid-frame the lines that follow it up to @time
 * and before all @others: most of a board's work. What the begin and the end of
 * a frame or an interrupt bring about is the caller's to see. */
static void
schedule_run_stream (
    SimBoard *self, gboolean is_camera, gint64 time, gint64 others)
{
  guint64 fired = self->n_fired;
  gboolean was_in_frame = stream_is_in_frame (self, is_camera);

  stream_run (self, is_camera);
  while (was_in_frame && stream_is_in_frame (self, is_camera)
         && self->n_fired == fired) {
    gint64 due = stream_next_line (self, is_camera);
    if (due > time || due >= others || schedule_core_event (self) <= due
        || schedule_pin_event (self) <= due)
      return;
    schedule_set_now (self, due);
    stream_run (self, is_camera);
  }
}

/* At the same instant: the core's timers, faults, late interrupts, the camera,
 * the display, timers of users. Returns: FALSE when nothing is due up to @time */
static gboolean
schedule_step (SimBoard *self, gint64 time)
{
  gint64 core = schedule_core_event (self);
  gint64 faults = sim_faults_next_event (self->faults);
  gint64 pins = schedule_pin_event (self);
  gint64 users = sim_timers_next_event (self);
  gint64 timers = MIN (MIN (core, users), MIN (faults, pins));
  gint64 camera = stream_next_line (self, TRUE);
  gint64 display = stream_next_line (self, FALSE);
  gint64 next = MIN (timers, MIN (camera, display));

  if (next > time)
    return FALSE;
  schedule_set_now (self, next);
  if (core == next)
    return TRUE;
  if (faults == next)
    sim_faults_run (self->faults, self->now);
  else if (pins == next)
    schedule_run_pins (self);
  else if (MIN (camera, display) != next)
    sim_timers_run (self);
  else
    schedule_run_stream (
        self, camera <= display, time, MIN (timers, MAX (camera, display)));
  return TRUE;
}

void
sim_board_run_until (SimBoard *self, gint64 time, gboolean stop_at_interrupt)
{
  guint64 fired = self->n_fired;
  while (schedule_step (self, time)) {
    if (stop_at_interrupt && self->n_fired != fired)
      return;
  }
  schedule_set_now (self, time);
  sim_camera_catch_up (self->camera, self->now);
  sim_display_catch_up (self->display, self->now);
}

gint64
sim_board_report_time (const SimBoard *self)
{
  return self->now - self->start;
}

/* ---- coming in and going out ---- */

void
sim_board_lock (SimBoard *self)
{
  if (g_mutex_trylock (&self->lock))
    return;
  g_atomic_int_inc (&self->n_wanted);
  g_mutex_lock (&self->lock);
  g_atomic_int_add (&self->n_wanted, -1);
}

void
sim_board_enter (SimBoard *self)
{
  sim_board_lock (self);
  if (self->options.pace == SIM_PACE_REAL)
    sim_board_run_until (self, sim_clock_catch_up (self->clock), FALSE);
}

/* Nobody but the runner thread and the system's clock want to know. */
static void
schedule_publish (SimBoard *self)
{
  if (self->options.pace != SIM_PACE_REAL)
    return;
  self->next_event = sim_board_next_event (self);
  sim_clock_publish (self->clock, self->next_event);
}

void
sim_board_enter_to_look (SimBoard *self)
{
  sim_board_lock (self);
  if (self->options.pace != SIM_PACE_REAL)
    return;
  gint64 time = sim_clock_catch_up (self->clock);
  if (time < self->next_event) {
    schedule_set_now (self, time);
    return;
  }
  sim_board_run_until (self, time, FALSE);
  schedule_publish (self);
}

void
sim_board_leave_looked (SimBoard *self)
{
  g_mutex_unlock (&self->lock);
}

void
sim_board_leave (SimBoard *self, gboolean changed)
{
  if (changed) {
    /* a channel that was just started may see the rest of a frame */
    sim_camera_catch_up (self->camera, self->now);
    sim_display_catch_up (self->display, self->now);
  }
  schedule_publish (self);
  if (changed)
    sim_clock_kick (self->clock);
  g_mutex_unlock (&self->lock);
}
