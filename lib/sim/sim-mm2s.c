/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The MM2S data mover: memory into lines of the stream (hardware.md 2.11).
 *
 * Without fsync a frame begins with the first pull after the last line of the
 * frame before: a display that takes no lines keeps the channel at the frame's
 * end, and commits and park references written meanwhile still act. With the
 * fsync pin a frame begins at the pin's edge.
 *
 * A stop in mid-frame finishes the frame if the display takes it. */
#include "sim-core-priv.h"
#include "sim-irq.h"

static gboolean
mm2s_open_frame (SimChannel *ch)
{
  if (ch->phase == SIM_PHASE_FRAME)
    return TRUE;
  if (ch->build->fsync == VDMA_FSYNC_PIN || sim_genlock_is_waiting (ch))
    return FALSE;
  return sim_channel_begin_frame (ch);
}

static SimResponse
mm2s_read (SimChannel *ch, guint8 *data)
{
  SimCore *core = ch->core;
  guint64 address = ch->line_first + (guint64) (ch->step * ch->line);

  address &= vdma_hw_desc_get_phys_limit (&core->desc);
  return core->host.mem_read (core->host_data, address, data, ch->active.hsize);
}

gboolean
sim_core_mm2s_pull (SimCore *self, SimLine *line)
{
  SimChannel *ch = &self->channel[VDMA_MM2S];

  if (!ch->build->present || !sim_channel_moves (ch) || !mm2s_open_frame (ch)
      || sim_channel_is_stalled (ch))
    return FALSE;

  SimResponse response = mm2s_read (ch, line->data);
  if (response != SIM_OKAY) {
    sim_channel_fail (
        ch, response == SIM_SLVERR ? VDMA_SR_SLV_ERR : VDMA_SR_DEC_ERR);
    return FALSE;
  }
  sim_irq_delay_event (ch, SIM_DELAY_PACKET);
  line->size = ch->active.hsize;
  line->sof = ch->line == 0;
  line->eol = TRUE;
  ch->line++;
  ch->truth.lines++;
  ch->truth.bytes += line->size;
  if (ch->line == ch->active.vsize)
    sim_channel_end_frame (ch);
  return TRUE;
}

/* fsync before the frame is out cuts it, and TVALID stays low until the next
 * fsync (hardware.md 2.10, T92). */
void
sim_mm2s_fsync (SimChannel *ch)
{
  sim_irq_delay_event (ch, SIM_DELAY_SYNC);
  if (ch->phase == SIM_PHASE_FRAME)
    sim_channel_sync_early (ch);
  else if (!sim_genlock_is_waiting (ch))
    sim_channel_begin_frame (ch);
}
