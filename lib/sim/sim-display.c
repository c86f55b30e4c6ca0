/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-display.h"

#include "sim-beat.h"

struct SimDisplay {
  SimCore *core;
  gboolean fsync_pin;
  gboolean backpressure;
  SimPassFunc pass; /* nullable */
  gpointer pass_data;
  SimPlanFunc plan_func; /* nullable */
  gpointer plan_data;

  SimBeatClock clock;
  SimVideoMode mode;
  gboolean mode_is_new;

  SimSlot slot; /* open: a frame is being taken */
  guint8 *buffer;

  /* the counter pattern, when the frame is one */
  gboolean counted;
  gboolean torn;
  guint64 number;
  SimDisplayTruth truth;
};

SimDisplay *
sim_display_new (SimCore *core, gboolean fsync_pin, gboolean backpressure,
    const SimBeat *beat, gint64 start)
{
  SimDisplay *self = g_new0 (SimDisplay, 1);
  self->core = core;
  self->fsync_pin = fsync_pin;
  self->backpressure = backpressure;
  self->buffer = g_malloc (VDMA_MAX_HSIZE);
  sim_beat_init (&self->clock, beat, start);
  return self;
}

void
sim_display_free (SimDisplay *self)
{
  if (!self)
    return;
  g_free (self->buffer);
  g_free (self);
}

void
sim_display_set_pass (SimDisplay *self, SimPassFunc pass, gpointer user_data)
{
  self->pass = pass;
  self->pass_data = user_data;
}

void
sim_display_set_plan (SimDisplay *self, SimPlanFunc plan, gpointer user_data)
{
  self->plan_func = plan;
  self->plan_data = user_data;
}

void
sim_display_set_mode (SimDisplay *self, const SimVideoMode *mode)
{
  self->mode = *mode;
  self->mode_is_new = TRUE;
}

const SimDisplayTruth *
sim_display_get_truth (const SimDisplay *self)
{
  return &self->truth;
}

static gboolean
display_is_running (const SimDisplay *self)
{
  return sim_core_is_running (self->core, VDMA_MM2S);
}

static void
display_take_mode (SimDisplay *self)
{
  if (!self->mode_is_new)
    return;
  self->mode_is_new = FALSE;
  sim_beat_set_fps (&self->clock, self->mode.fps);
}

/* ---- a frame ---- */

static void
display_look_at (SimDisplay *self, const SimLine *line)
{
  guint64 number;
  guint line_number;
  gboolean counted =
      sim_counter_peek (line->data, line->size, &number, &line_number);

  if (line->sof) {
    self->counted = counted;
    self->number = number;
    self->torn = FALSE;
  } else if (self->counted && (!counted || number != self->number)) {
    self->truth.torn += !self->torn;
    self->torn = TRUE;
  }
}

/* The first line says where the frame begins and how many lines follow. */
static void
display_open_slot (SimDisplay *self)
{
  SimCoreLive live;
  sim_core_get_live (self->core, VDMA_MM2S, &live);
  sim_beat_open (
      &self->clock, self->clock.next - 1, MAX (live.vsize, 1), &self->slot);
}

static gboolean
display_pull (SimDisplay *self, SimLine *line)
{
  *line = (SimLine){ .data = self->buffer };
  if (!sim_core_mm2s_pull (self->core, line))
    return FALSE;
  if (line->sof)
    display_open_slot (self);
  sim_slot_next (&self->slot);
  display_look_at (self, line);
  if (self->pass)
    self->pass (self->pass_data, line, !sim_slot_is_open (&self->slot));
  return TRUE;
}

static void
display_begin_frame (SimDisplay *self, gint64 now)
{
  SimLine line;
  SimFramePlan unused;
  if (self->plan_func)
    self->plan_func (self->plan_data, now, &unused);
  display_take_mode (self);
  /* after a hold-up the frame times that are over do not come back */
  sim_beat_begin (&self->clock);
  while (self->clock.next_start <= now) {
    sim_beat_begin (&self->clock);
    self->truth.slots++;
    self->truth.idle[SIM_DROP_NOT_READY]++;
  }
  self->slot = (SimSlot){ 0 };
  self->truth.slots++;
  if (self->fsync_pin)
    sim_core_fsync (self->core, VDMA_MM2S);
  if (!display_pull (self, &line))
    self->truth.idle[SIM_DROP_NOT_READY]++;
}

void
sim_display_run (SimDisplay *self, gint64 now)
{
  SimLine line;
  if (!sim_slot_is_open (&self->slot))
    display_begin_frame (self, now);
  else if (!display_pull (self, &line))
    self->slot = (SimSlot){ 0 }; /* the channel stopped: the rest is black */
}

/* ---- time ---- */

/* With backpressure nothing is due until S2MM takes lines again; then all that
 * is late comes at once. */
static gboolean
display_is_held (const SimDisplay *self)
{
  return self->backpressure && !sim_core_s2mm_ready (self->core);
}

gboolean
sim_display_is_in_frame (const SimDisplay *self)
{
  return sim_slot_is_open (&self->slot);
}

gint64
sim_display_next_line (const SimDisplay *self)
{
  if (!display_is_running (self) || display_is_held (self))
    return G_MAXINT64;
  if (sim_slot_is_open (&self->slot))
    return self->slot.due;
  return self->clock.next_start;
}

gint64
sim_display_next_event (const SimDisplay *self)
{
  if (!display_is_running (self) || display_is_held (self))
    return G_MAXINT64;
  if (sim_slot_is_open (&self->slot))
    return self->slot.last_due;
  return self->clock.next_start;
}

void
sim_display_catch_up (SimDisplay *self, gint64 now)
{
  gboolean running = display_is_running (self);
  if (running && !display_is_held (self))
    return;
  if (!running)
    self->slot = (SimSlot){ 0 };
  else if (sim_slot_is_open (&self->slot))
    return;

  display_take_mode (self);
  guint64 n_missed = sim_beat_skip (&self->clock, now);
  self->truth.slots += n_missed;
  self->truth.idle[running ? SIM_DROP_NOT_READY : SIM_DROP_HALTED] += n_missed;
}
