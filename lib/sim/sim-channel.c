/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What both channels have in common: run, stop, reset, commit, and the frame
 * boundaries at which all of it acts (hardware.md 2.1 to 2.5).
 *
 * A frame boundary is the instant at which a frame begins: in tuser mode its
 * SOF, with an fsync pin the falling edge, in free run the first line after the
 * last line of the frame before (for MM2S: the pull of it). There, in this
 * order: the commit is taken, sizes of zero halt the channel, park and genlock
 * choose the store. A frame ends with the last line's write or read.
 *
 * Settled here where hardware.md leaves a choice without a knob:
 *  - RS = 0 between frames halts at once; in mid-frame after the frame's last
 *    line, and with a stopped stream clock only when the clock is back.
 *  - RS = 1 again before Halted came withdraws the stop: no restart.
 *  - The first commit after RS = 1 has no frame to race with, so commit_latency
 *    and park_latency do not delay it.
 *  - While CR.Reset reads 1 the channel's registers keep their values and
 *    ignore writes; the frame in work is abandoned at once.
 *  - A frame cut short counts neither for FrmCnt_Irq at the frame's end nor for
 *    FrameCntEn; with irq_phase = next start every frame that begins counts. */
#include "sim-core-priv.h"
#include "sim-irq.h"

#include "vdma-util.h"

gboolean
sim_channel_moves (const SimChannel *ch)
{
  return ch->started && !ch->resetting && !ch->clock_stopped;
}

gboolean
sim_channel_is_stalled (const SimChannel *ch)
{
  return ch->phase == SIM_PHASE_FRAME && ch->active.misaligned
         && ch->core->knobs.stall_on_misuse;
}

static void
channel_tell_frame (SimChannel *ch, gboolean begin)
{
  const SimCore *core = ch->core;
  if (core->host.frame)
    core->host.frame (core->host_data, ch->dir, ch->store, ch->address, begin);
}

/* The frame in work ends without its last line. */
static void
channel_abandon_frame (SimChannel *ch)
{
  ch->phase = SIM_PHASE_WAIT;
  ch->truth.frames_short++;
  channel_tell_frame (ch, FALSE);
}

/* ---- run and stop ---- */

static void
channel_start (SimChannel *ch)
{
  ch->sr &= ~VDMA_SR_HALTED;
  ch->started = FALSE;
  ch->first = TRUE;
  ch->phase = SIM_PHASE_WAIT;
  ch->overflow = FALSE;
  if (!ch->core->knobs.frame_count_keeps)
    sim_irq_load_count (ch);
}

/* VSIZE must be written again to start, so what was committed is forgotten. */
static void
channel_halt (SimChannel *ch)
{
  sim_genlock_settle (ch);
  ch->sr |= VDMA_SR_HALTED;
  ch->started = FALSE;
  ch->phase = SIM_PHASE_WAIT;
  ch->pending.valid = FALSE;
  ch->staged.valid = FALSE;
  sim_irq_delay_stop (ch);
}

void
sim_channel_check_halt (SimChannel *ch)
{
  if (!(ch->cr & VDMA_CR_RS) && !sim_channel_is_halted (ch)
      && ch->phase != SIM_PHASE_FRAME && !ch->clock_stopped)
    channel_halt (ch);
}

void
sim_channel_run (SimChannel *ch)
{
  if (!(ch->cr & VDMA_CR_RS))
    sim_channel_check_halt (ch);
  else if (sim_channel_is_halted (ch))
    channel_start (ch);
}

void
sim_channel_fail (SimChannel *ch, guint32 bits)
{
  sim_irq_error (ch, bits);
  if (ch->phase == SIM_PHASE_FRAME)
    channel_abandon_frame (ch);
  ch->cr &= ~VDMA_CR_RS;
  ch->dead = TRUE;
  channel_halt (ch);
}

/* ---- reset ---- */

void
sim_channel_reset_begin (SimChannel *ch)
{
  if (ch->resetting)
    return;
  if (ch->phase == SIM_PHASE_FRAME)
    channel_abandon_frame (ch);
  ch->phase = SIM_PHASE_WAIT;
  ch->resetting = TRUE;
  ch->reset_start = ch->core->now;
  sim_irq_delay_stop (ch);
}

/* Everything but the channel's place in the core and what was counted. */
static void
channel_clear (SimChannel *ch)
{
  *ch = (SimChannel){
    .core = ch->core,
    .dir = ch->dir,
    .build = ch->build,
    .partner = ch->partner,
    .clock_stopped = ch->clock_stopped,
    .vert_flip = ch->vert_flip,
    .pin = ch->pin,
    .truth = ch->truth,
  };
}

void
sim_channel_reset_finish (SimChannel *ch)
{
  SimCore *core = ch->core;
  guint32 flip = ch->vert_flip;

  channel_clear (ch);
  sim_regs_reset (ch);
  if (core->knobs.reset_keeps_flip)
    ch->vert_flip = flip;
  if (!core->knobs.reset_keeps_park)
    core->park_ptr &=
        ~(ch->dir == VDMA_MM2S ? VDMA_PARK_RD_REF : VDMA_PARK_WR_REF);
  sim_irq_load_count (ch);
  sim_irq_update (ch);
}

void
sim_channel_power_on (SimChannel *ch)
{
  if (ch->phase == SIM_PHASE_FRAME)
    channel_abandon_frame (ch);
  channel_clear (ch);
  sim_regs_reset (ch);
  sim_irq_load_count (ch);
  sim_irq_update (ch);
}

guint64
sim_channel_reset_deadline (const SimChannel *ch)
{
  guint64 duration = ch->core->knobs.reset_ns;
  if (!ch->resetting || ch->clock_stopped || duration == 0)
    return G_MAXUINT64;
  return duration < G_MAXUINT64 - ch->reset_start ? ch->reset_start + duration
                                                  : G_MAXUINT64;
}

/* ---- commit ---- */

static void
channel_check_alignment (SimChannel *ch, SimParams *params)
{
  const gchar *name = vdma_direction_to_string (ch->dir);
  guint align = vdma_hw_desc_get_alignment (&ch->core->desc, ch->dir);
  guint n = ch->core->desc.n_stores;
  guint64 all = 0;

  if (align == 1)
    return;
  if ((params->hsize | params->stride) % align) {
    sim_core_undefined (ch,
        "%s_HSIZE is %u and STRIDE %u; without realignment engine both must "
        "be multiples of %u",
        name, params->hsize, params->stride, align);
    params->misaligned = TRUE;
  }
  for (guint i = 0; i < n; i++)
    all |= params->address[i];
  for (guint i = 0; i < n && all % align; i++) {
    if (params->address[i] % align == 0)
      continue;
    sim_core_undefined (ch,
        "%s_START_ADDRESS%u is 0x%" G_GINT64_MODIFIER
        "x; without realignment engine it must be a multiple of %u",
        name, i + 1, params->address[i], align);
    params->misaligned = TRUE;
    break;
  }
}

static void
channel_check_params (SimChannel *ch, SimParams *params)
{
  const gchar *name = vdma_direction_to_string (ch->dir);
  guint beat = ch->build->stream_width / 8;

  channel_check_alignment (ch, params);
  if (params->stride < params->hsize)
    sim_core_undefined (ch,
        "%s_STRIDE is %u, less than HSIZE %u: lines overlap", name,
        params->stride, params->hsize);
  if (params->hsize % beat)
    sim_core_undefined (ch,
        "%s_HSIZE is %u; on a stream of %u bytes it must be a multiple of that",
        name, params->hsize, beat);
  if (ch->build->genlock == VDMA_GENLOCK_SLAVE
      && params->frame_delay > ch->core->desc.n_stores)
    sim_core_undefined (ch,
        "%s frame delay is %u; with %u frame stores it must not be more", name,
        params->frame_delay, ch->core->desc.n_stores);
}

void
sim_channel_commit (SimChannel *ch)
{
  if (!(ch->cr & VDMA_CR_RS) || ch->resetting)
    return;
  sim_regs_snapshot (ch, &ch->pending);
  channel_check_params (ch, &ch->pending);
  ch->started = TRUE;
}

const SimParams *
sim_channel_next_params (const SimChannel *ch)
{
  gboolean late = ch->core->knobs.commit_latency > 0 && !ch->first;
  const SimParams *next = late ? &ch->staged : &ch->pending;
  return next->valid ? next : &ch->active;
}

static void
channel_take (SimChannel *ch, SimParams *from)
{
  if (!from->valid)
    return;
  ch->active = *from;
  from->valid = FALSE;
  ch->truth.commits++;
}

/* With commit_latency every set waits one boundary in @staged (U14), so that
 * committing in each frame delays but never starves. */
static void
channel_take_commit (SimChannel *ch)
{
  if (ch->core->knobs.commit_latency == 0 || ch->first) {
    channel_take (ch, &ch->pending);
    return;
  }
  channel_take (ch, &ch->staged);
  ch->staged = ch->pending;
  ch->pending.valid = FALSE;
}

/* ---- frame boundaries ---- */

static SimPark
channel_park_now (const SimChannel *ch)
{
  guint32 mask = ch->dir == VDMA_MM2S ? VDMA_PARK_RD_REF : VDMA_PARK_WR_REF;
  return (SimPark){
    .circular = (ch->cr & VDMA_CR_CIRCULAR) != 0,
    .ref = VDMA_FIELD_GET (mask, ch->core->park_ptr),
  };
}

/* U3: a change acts at the next boundary, or at the one after it. */
static SimPark
channel_park_next (const SimChannel *ch)
{
  if (ch->core->knobs.park_latency > 1 && !ch->first)
    return ch->sample;
  return channel_park_now (ch);
}

/* U19: how a flipped picture lies in memory. */
static void
channel_aim (SimChannel *ch)
{
  const SimParams *set = &ch->active;
  gboolean flip = ch->core->desc.vert_flip && ch->dir == VDMA_S2MM
                  && (ch->vert_flip & VDMA_VERT_FLIP_EN);

  ch->address = set->address[ch->store];
  ch->line_first = ch->address;
  ch->step = set->stride;
  if (!flip)
    return;
  ch->step = -ch->step;
  if (!ch->core->knobs.flip_mirrors_base)
    ch->line_first += (guint64) (set->vsize - 1) * set->stride;
}

static void
channel_choose_store (SimChannel *ch)
{
  SimPark park = channel_park_next (ch);
  guint last = ch->store;

  ch->sample = channel_park_now (ch);
  ch->store = sim_genlock_pick (ch, &park);
  ch->parked = !park.circular;
  ch->shown = ch->store;
  channel_aim (ch);
  if (ch->begun && last == ch->store && ch->last_address == ch->address)
    ch->truth.frames_repeated++;
  ch->last_address = ch->address;
}

gboolean
sim_channel_begin_frame (SimChannel *ch)
{
  const SimKnobs *knobs = &ch->core->knobs;
  gboolean first = ch->first;

  sim_genlock_settle (ch);
  channel_take_commit (ch);
  if (ch->active.vsize == 0 || ch->active.hsize == 0) {
    sim_channel_fail (ch, VDMA_SR_INT_ERR);
    return FALSE;
  }
  channel_choose_store (ch);
  ch->first = FALSE;
  ch->begun = TRUE;
  ch->phase = SIM_PHASE_FRAME;
  ch->line = 0;
  ch->fill = 0;
  ch->overflow = FALSE;
  ch->late = FALSE;
  ch->frame_error = 0;
  ch->truth.frames_started++;
  channel_tell_frame (ch, TRUE);
  if (knobs->irq_phase == SIM_IRQ_NEXT_FRAME_START
      && (!first || knobs->first_sof_counts))
    sim_irq_count_frame (ch);
  return TRUE;
}

void
sim_channel_end_frame (SimChannel *ch)
{
  const SimKnobs *knobs = &ch->core->knobs;

  ch->phase = SIM_PHASE_DONE;
  ch->truth.frames_done++;
  ch->truth.store_done[ch->store]++;
  channel_tell_frame (ch, FALSE);
  sim_genlock_ended (ch);
  sim_irq_delay_event (ch, SIM_DELAY_FRAME_END);
  if (knobs->frmstore_phase == SIM_FRMSTORE_LAST_LINE) {
    SimPark park = channel_park_next (ch);
    ch->shown = sim_genlock_pick (ch, &park);
  }
  gboolean was_last = sim_irq_count_run (ch);
  if (was_last)
    ch->cr &= ~VDMA_CR_RS;
  /* the last frame of a FrameCntEn run has no next start to count it */
  if (knobs->irq_phase == SIM_IRQ_FRAME_END
      || (was_last && !knobs->first_sof_counts))
    sim_irq_count_frame (ch);
  sim_channel_check_halt (ch);
}

void
sim_channel_sync_early (SimChannel *ch)
{
  gboolean is_new = !(ch->sr & VDMA_SR_SOF_EARLY);

  sim_irq_error (ch, VDMA_SR_SOF_EARLY | VDMA_SR_INT_ERR);
  if (is_new && (ch->sr & VDMA_SR_SOF_EARLY))
    ch->vsize_status = ch->line;
  channel_abandon_frame (ch);
  sim_genlock_ended (ch);
  sim_channel_check_halt (ch);
}
