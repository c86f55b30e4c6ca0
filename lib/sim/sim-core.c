/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The simulated core: life, time, injected faults, ground truth. */
#include "sim-core-priv.h"
#include "sim-irq.h"

#include <stdio.h>

#define CORE_TEXT_SIZE 256

/* ---- knobs ---- */

static const SimKnobs core_default_knobs = {
  .park_latency = 1,
  .cr_reset = VDMA_CR_RESET_VALUE | VDMA_CR_GENLOCK_SRC,
  .repeat_errors = VDMA_SR_S2MM_SIZE_ERRORS,
  .dly_clk_hz = 100000000,
  .stall_on_misuse = TRUE,
};

void
sim_knobs_init (SimKnobs *knobs)
{
  *knobs = core_default_knobs;
}

/* ---- life ---- */

SimCore *
sim_core_new (const VdmaHwDesc *desc, const SimKnobs *knobs,
    const SimHost *host, gpointer host_data)
{
  SimCore *self = g_new0 (SimCore, 1);

  self->desc = *desc;
  self->knobs = *knobs;
  self->knobs.dly_clk_hz = MAX (knobs->dly_clk_hz, 1);
  self->host = *host;
  self->host_data = host_data;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    SimChannel *ch = &self->channel[dir];
    ch->core = self;
    ch->dir = (VdmaDirection) dir;
    ch->build = &self->desc.channel[dir];
  }
  sim_genlock_wire (self);
  sim_regs_build (self);
  sim_core_hard_reset (self);
  return self;
}

void
sim_core_free (SimCore *self)
{
  g_free (self);
}

void
sim_core_hard_reset (SimCore *self)
{
  self->park_ptr = 0;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    sim_channel_power_on (&self->channel[dir]);
}

void
sim_core_undefined (SimChannel *ch, const gchar *format, ...)
{
  const SimCore *core = ch->core;
  gchar text[CORE_TEXT_SIZE];
  va_list args;

  ch->truth.undefined_uses++;
  if (!core->host.undefined_use)
    return;
  va_start (args, format);
  vsnprintf (text, sizeof text, format, args);
  va_end (args);
  core->host.undefined_use (core->host_data, ch->dir, text);
}

/* ---- time ---- */

static void
core_advance_reset (SimChannel *ch)
{
  const SimCore *core = ch->core;
  if (ch->clock_stopped)
    return;
  if (core->knobs.reset_ns == 0 ? core->now > ch->reset_start
                                : core->now >= sim_channel_reset_deadline (ch))
    sim_channel_reset_finish (ch);
}

void
sim_core_advance (SimCore *self, guint64 now)
{
  self->now = MAX (self->now, now);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    SimChannel *ch = &self->channel[dir];
    if (ch->resetting)
      core_advance_reset (ch);
    if (ch->delay_runs)
      sim_irq_delay_expire (ch);
  }
}

guint64
sim_core_next_event (const SimCore *self)
{
  guint64 next = G_MAXUINT64;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    const SimChannel *ch = &self->channel[dir];
    if (ch->resetting)
      next = MIN (next, sim_channel_reset_deadline (ch));
    if (ch->delay_runs)
      next = MIN (next, sim_irq_delay_deadline (ch));
  }
  return next;
}

/* ---- pins ---- */

void
sim_core_fsync (SimCore *self, VdmaDirection dir)
{
  SimChannel *ch = &self->channel[dir];
  if (!ch->build->present || ch->build->fsync != VDMA_FSYNC_PIN
      || !sim_channel_moves (ch))
    return;
  if (dir == VDMA_S2MM)
    sim_s2mm_fsync (ch);
  else
    sim_mm2s_fsync (ch);
}

/* A reset that waited for the clock takes its time from here; so does a halt. */
void
sim_core_set_stream_clock (SimCore *self, VdmaDirection dir, gboolean running)
{
  SimChannel *ch = &self->channel[dir];
  if (ch->clock_stopped == !running)
    return;
  ch->clock_stopped = !running;
  if (!running)
    return;
  ch->reset_start = self->now;
  sim_channel_check_halt (ch);
}

/* ---- faults ---- */

void
sim_core_inject (SimCore *self, VdmaDirection dir, guint32 bits)
{
  SimChannel *ch = &self->channel[dir];
  const guint32 sof_bits = VDMA_SR_SOF_EARLY | VDMA_SR_SOF_LATE;

  if (!ch->build->present || ch->resetting)
    return;
  guint32 flags = bits & VDMA_SR_IRQS;
  bits &= dir == VDMA_S2MM ? VDMA_SR_S2MM_ERRORS : VDMA_SR_MM2S_ERRORS;
  if (bits & sof_bits)
    bits |= VDMA_SR_INT_ERR;
  if (flags)
    sim_irq_raise (ch, flags);
  if ((bits & VDMA_SR_BUS_ERRORS)
      || ((bits & VDMA_SR_INT_ERR) && !(bits & sof_bits)))
    sim_channel_fail (ch, bits);
  else if ((bits & VDMA_SR_SOF_EARLY) && ch->phase == SIM_PHASE_FRAME)
    sim_channel_sync_early (ch);
  if (bits)
    sim_irq_error (ch, bits);
}

/* ---- ground truth ---- */

const SimCoreTruth *
sim_core_get_truth (const SimCore *self, VdmaDirection dir)
{
  return &self->channel[dir].truth;
}

gboolean
sim_core_is_running (const SimCore *self, VdmaDirection dir)
{
  return !sim_channel_is_halted (&self->channel[dir]);
}

void
sim_core_get_live (const SimCore *self, VdmaDirection dir, SimCoreLive *live)
{
  const SimChannel *ch = &self->channel[dir];
  const SimParams *next = sim_channel_next_params (ch);
  *live = (SimCoreLive){
    .running = !sim_channel_is_halted (ch),
    .in_frame = ch->phase == SIM_PHASE_FRAME,
    .store = ch->store,
    .line = ch->line,
    .address = ch->address,
    .hsize = ch->active.hsize,
    .vsize = ch->active.vsize,
    .stride = ch->active.stride,
    .next_hsize = ch->started ? next->hsize : 0,
    .next_vsize = ch->started ? next->vsize : 0,
  };
}
