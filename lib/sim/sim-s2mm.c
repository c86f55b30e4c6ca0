/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The S2MM data mover: lines of the stream into memory (hardware.md 2.10, 2.11).
 *
 * A packet (up to TLAST) is a line. One offered SimLine is normally a whole
 * packet; without eol it is a part of one, and the next offer goes on with it.
 * A line is complete at TLAST or at HSIZE bytes, whichever comes first.
 *
 * Settled here where hardware.md leaves a choice without a knob:
 *  - SOFLate is raised once for a frame, at its first surplus line.
 *  - A line without SOF before the first SOF is taken and thrown away without
 *    an error bit.
 *  - TKEEP is tied to ones, so a partial beat cannot be; sizes are taken as
 *    they are offered. */
#include "sim-core-priv.h"
#include "sim-irq.h"

static gboolean
s2mm_is_synced (const SimChannel *ch)
{
  return ch->build->fsync != VDMA_FSYNC_NONE;
}

static gboolean
s2mm_is_ready (const SimChannel *ch)
{
  if (!ch->build->present || ch->clock_stopped || ch->resetting)
    return FALSE;
  if (!ch->started)
    return ch->core->knobs.pre_start_ready;
  if (ch->phase == SIM_PHASE_FRAME)
    return !sim_channel_is_stalled (ch);
  return !sim_genlock_is_waiting (ch);
}

gboolean
sim_core_s2mm_ready (const SimCore *self)
{
  return s2mm_is_ready (&self->channel[VDMA_S2MM]);
}

/* A frame sync: SOF of the tuser mode, or the fsync pin. U7: the frame that cut
 * another one short is lost, or captured at once. */
static void
s2mm_sync (SimChannel *ch)
{
  sim_irq_delay_event (ch, SIM_DELAY_SYNC);
  if (ch->phase == SIM_PHASE_FRAME) {
    sim_channel_sync_early (ch);
    if (!ch->started)
      return;
    if (ch->core->knobs.resync == SIM_RESYNC_LOST) {
      ch->truth.frames_refused++;
      return;
    }
  }
  sim_channel_begin_frame (ch);
}

static SimResponse
s2mm_write (SimChannel *ch, const guint8 *data, gsize size)
{
  SimCore *core = ch->core;
  guint64 address = ch->line_first + (guint64) (ch->step * ch->line) + ch->fill;

  address &= vdma_hw_desc_get_phys_limit (&core->desc);
  return core->host.mem_write (core->host_data, address, data, size);
}

static void
s2mm_finish_line (SimChannel *ch)
{
  ch->fill = 0;
  ch->line++;
  ch->truth.lines++;
  if (ch->line == ch->active.vsize)
    sim_channel_end_frame (ch);
}

static void
s2mm_line_early (SimChannel *ch)
{
  gboolean is_new = !(ch->sr & VDMA_SR_EOL_EARLY);

  sim_irq_error (ch, VDMA_SR_EOL_EARLY);
  if (is_new && (ch->sr & VDMA_SR_EOL_EARLY))
    ch->hsize_status = ch->fill;
}

static void
s2mm_store (SimChannel *ch, const SimLine *line)
{
  guint hsize = ch->active.hsize;
  gsize size = MIN (line->size, hsize - ch->fill);
  SimResponse response = SIM_OKAY;

  if (sim_channel_is_stalled (ch)) /* kept in the line buffer for ever */
    return;
  if (size > 0)
    response = s2mm_write (ch, line->data, size);
  if (response != SIM_OKAY) {
    sim_channel_fail (
        ch, response == SIM_SLVERR ? VDMA_SR_SLV_ERR : VDMA_SR_DEC_ERR);
    return;
  }
  ch->truth.bytes += size;
  ch->fill += size;
  if (ch->fill < hsize && !line->eol)
    return;
  if (ch->fill < hsize)
    s2mm_line_early (ch);
  ch->overflow = !line->eol;
  if (ch->overflow || line->size > size)
    sim_irq_error (ch, VDMA_SR_EOL_LATE);
  s2mm_finish_line (ch);
}

static void
s2mm_take (SimChannel *ch, const SimLine *line)
{
  if (ch->overflow) {
    ch->overflow = !line->eol;
    return;
  }
  if (!s2mm_is_synced (ch) && ch->phase != SIM_PHASE_FRAME
      && !sim_channel_begin_frame (ch))
    return;
  if (ch->phase == SIM_PHASE_FRAME) {
    s2mm_store (ch, line);
  } else if (ch->phase == SIM_PHASE_DONE && !ch->late) {
    ch->late = TRUE;
    sim_irq_error (ch, VDMA_SR_SOF_LATE | VDMA_SR_INT_ERR);
  }
}

gboolean
sim_core_s2mm_offer (SimCore *self, const SimLine *line)
{
  SimChannel *ch = &self->channel[VDMA_S2MM];
  gboolean sof = line->sof && ch->build->fsync == VDMA_FSYNC_TUSER;

  if (!s2mm_is_ready (ch))
    return FALSE;
  if (!ch->started) { /* U6: ready before the start, and nothing is kept */
    ch->truth.frames_refused += line->sof;
    return TRUE;
  }
  sim_irq_delay_event (ch, SIM_DELAY_PACKET);
  if (sof) {
    ch->overflow = FALSE;
    s2mm_sync (ch);
    if (!ch->started)
      return TRUE;
  }
  s2mm_take (ch, line);
  return TRUE;
}

void
sim_s2mm_fsync (SimChannel *ch)
{
  ch->overflow = FALSE;
  s2mm_sync (ch);
}
