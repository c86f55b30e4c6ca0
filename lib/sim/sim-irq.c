/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Flags and error bits of SR, frame counter, delay timer, interrupt pin
 * (hardware.md 2.6, 2.9, 2.10). */
#include "sim-core-priv.h"
#include "sim-irq.h"
#include "vdma-util.h"

/* ---- pin and flags ---- */

void
sim_irq_update (SimChannel *ch)
{
  gboolean level = (ch->sr & ch->cr & VDMA_SR_IRQS) != 0;
  if (level == ch->pin)
    return;
  ch->pin = level;
  if (level)
    ch->truth.irq_edges++;
  if (ch->core->host.irq)
    ch->core->host.irq (ch->core->host_data, ch->dir, level);
}

/* Bits that hold WrFrmStore and RdFrmStore (hardware.md 2.6, U9). */
static guint32
irq_freezing_bits (const SimChannel *ch)
{
  guint32 bits = VDMA_SR_S2MM_ERRORS;
  if (ch->core->knobs.err_irq_freezes)
    bits |= VDMA_SR_ERR_IRQ;
  return bits;
}

static void
irq_set (SimChannel *ch, guint32 bits)
{
  guint32 freezing = irq_freezing_bits (ch);
  gboolean was_frozen = (ch->sr & freezing) != 0;

  ch->sr |= bits;
  if (!was_frozen && (ch->sr & freezing))
    ch->frozen = ch->store;
  sim_irq_update (ch);
}

void
sim_irq_raise (SimChannel *ch, guint32 flags)
{
  irq_set (ch, flags);
}

/* What S2MM_VDMA_IRQ_MASK hides of @bits. IntErr as company of a SOF error
 * (cause c) follows that error: a mask that let it through would mask nothing. */
static guint32
irq_masked_bits (const SimChannel *ch, guint32 bits)
{
  static const struct {
    guint32 mask;
    guint32 error;
  } rows[] = {
    { VDMA_IRQ_MASK_SOF_EARLY, VDMA_SR_SOF_EARLY },
    { VDMA_IRQ_MASK_EOL_EARLY, VDMA_SR_EOL_EARLY },
    { VDMA_IRQ_MASK_SOF_LATE, VDMA_SR_SOF_LATE },
    { VDMA_IRQ_MASK_EOL_LATE, VDMA_SR_EOL_LATE },
  };
  const guint32 sof_bits = VDMA_SR_SOF_EARLY | VDMA_SR_SOF_LATE;
  guint32 masked = 0;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (ch->irq_mask & rows[i].mask)
      masked |= rows[i].error & bits;
  }
  if ((bits & sof_bits) && !(bits & sof_bits & ~masked))
    masked |= bits & VDMA_SR_INT_ERR;
  return masked;
}

/* Err_Irq follows the edge of an error bit: while a bit stays set, neither a
 * W1C of Err_Irq nor the same error again sets it (hardware.md 2.9). */
void
sim_irq_error (SimChannel *ch, guint32 bits)
{
  guint32 masked = irq_masked_bits (ch, bits);

  ch->frame_error |= bits;
  if (ch->core->knobs.mask_hides_errors)
    bits &= ~masked;
  if (bits & ~ch->sr & ~masked)
    bits |= VDMA_SR_ERR_IRQ;
  irq_set (ch, bits);
}

void
sim_irq_clear (SimChannel *ch, guint32 bits)
{
  ch->sr &= ~bits;
  if (bits & VDMA_SR_EOL_EARLY)
    ch->hsize_status = 0;
  if (bits & VDMA_SR_SOF_EARLY)
    ch->vsize_status = 0;
  sim_irq_update (ch);
}

guint
sim_irq_visible_store (const SimChannel *ch)
{
  return (ch->sr & irq_freezing_bits (ch)) ? ch->frozen : ch->shown;
}

/* ---- frame counter ---- */

/* A stored 0 can only come from an odd cr_reset knob; 0 counts as 1. */
static guint
irq_threshold (const SimChannel *ch)
{
  return MAX (VDMA_FIELD_GET (VDMA_CR_IRQ_FRAME_COUNT, ch->cr), 1);
}

void
sim_irq_load_count (SimChannel *ch)
{
  ch->irq_count = irq_threshold (ch);
  ch->run_count = irq_threshold (ch);
}

void
sim_irq_count_frame (SimChannel *ch)
{
  if (!ch->build->frame_counter || --ch->irq_count > 0)
    return;
  ch->irq_count = irq_threshold (ch);
  sim_irq_raise (ch, VDMA_SR_FRMCNT_IRQ);
}

/* FrameCntEn counts frames "completely transferred" whatever the instant of
 * FrmCnt_Irq is (U1), so it has a counter of its own. */
gboolean
sim_irq_count_run (SimChannel *ch)
{
  if (!ch->build->frame_counter || --ch->run_count > 0)
    return FALSE;
  ch->run_count = irq_threshold (ch);
  return (ch->cr & VDMA_CR_FRAME_CNT_EN) != 0;
}

/* ---- delay timer ---- */

typedef enum {
  DELAY_NOTHING,
  DELAY_START,
  DELAY_STOP,
} DelayAction;

/* hardware.md 2.9: the timer starts at frame sync, or after the last line in
 * free run, and is stopped by the next start of packet. With tuser the SOF is
 * itself a packet, so U21 has two rows. A free-running MM2S has no row that
 * starts: its TVALID goes high again at once, whether or not the sink takes
 * the data. */
typedef enum {
  DELAY_FREE_RUN,
  DELAY_PIN,
  DELAY_TUSER_END,
  DELAY_TUSER_SOF,
  DELAY_MM2S_FREE_RUN,
} DelayRow;

static const guint8 delay_actions[][SIM_N_DELAY_EVENTS] = {
  [DELAY_FREE_RUN] = { [SIM_DELAY_PACKET] = DELAY_STOP,
      [SIM_DELAY_FRAME_END] = DELAY_START },
  [DELAY_PIN] = { [SIM_DELAY_SYNC] = DELAY_START,
      [SIM_DELAY_PACKET] = DELAY_STOP },
  [DELAY_TUSER_END] = { [SIM_DELAY_SYNC] = DELAY_STOP,
      [SIM_DELAY_FRAME_END] = DELAY_START },
  [DELAY_TUSER_SOF] = { [SIM_DELAY_SYNC] = DELAY_START },
  [DELAY_MM2S_FREE_RUN] = { DELAY_NOTHING },
};

static DelayRow
irq_delay_row (const SimChannel *ch)
{
  switch (ch->build->fsync) {
    case VDMA_FSYNC_PIN:
      return DELAY_PIN;
    case VDMA_FSYNC_TUSER:
      return ch->core->knobs.dly_start == SIM_DLY_START_SOF ? DELAY_TUSER_SOF
                                                            : DELAY_TUSER_END;
    case VDMA_FSYNC_NONE:
    default:
      return ch->dir == VDMA_MM2S ? DELAY_MM2S_FREE_RUN : DELAY_FREE_RUN;
  }
}

void
sim_irq_delay_event (SimChannel *ch, SimDelayEvent event)
{
  switch ((DelayAction) delay_actions[irq_delay_row (ch)][event]) {
    case DELAY_START:
      ch->delay_runs = TRUE;
      ch->delay_fired = FALSE;
      ch->delay_start = ch->core->now;
      break;
    case DELAY_STOP:
      sim_irq_delay_stop (ch);
      break;
    case DELAY_NOTHING:
      break;
  }
}

void
sim_irq_delay_stop (SimChannel *ch)
{
  ch->delay_runs = FALSE;
  ch->delay_fired = FALSE;
}

void
sim_irq_delay_restart (SimChannel *ch)
{
  ch->delay_fired = FALSE;
  ch->delay_start = ch->core->now;
}

static guint
irq_delay_threshold (const SimChannel *ch)
{
  if (!ch->build->delay_counter)
    return 0;
  return VDMA_FIELD_GET (VDMA_CR_IRQ_DELAY_COUNT, ch->cr);
}

/* The products stay far below 64 bits: at most 255 ticks of 100000 clocks. */
static guint64
irq_delay_end (const SimChannel *ch)
{
  const SimCore *core = ch->core;
  guint64 clocks = (guint64) irq_delay_threshold (ch)
                   * core->desc.dlytmr_resolution * VDMA_NSEC_PER_SEC;
  guint64 hz = core->knobs.dly_clk_hz;
  return ch->delay_start + (clocks + hz - 1) / hz;
}

/* A timer that fired shows the threshold until a packet or a sync ends it. */
guint
sim_irq_delay_value (const SimChannel *ch)
{
  const SimCore *core = ch->core;
  guint threshold = irq_delay_threshold (ch);

  if (!ch->delay_runs || threshold == 0)
    return 0;
  if (ch->delay_fired || core->now >= irq_delay_end (ch))
    return threshold;
  guint64 tick = core->desc.dlytmr_resolution * VDMA_NSEC_PER_SEC;
  return (
      guint) ((core->now - ch->delay_start) * core->knobs.dly_clk_hz / tick);
}

guint64
sim_irq_delay_deadline (const SimChannel *ch)
{
  if (!ch->delay_runs || ch->delay_fired || irq_delay_threshold (ch) == 0)
    return G_MAXUINT64;
  return irq_delay_end (ch);
}

void
sim_irq_delay_expire (SimChannel *ch)
{
  if (sim_irq_delay_deadline (ch) > ch->core->now)
    return;
  ch->delay_fired = TRUE;
  sim_irq_raise (ch, VDMA_SR_DLYCNT_IRQ);
}
