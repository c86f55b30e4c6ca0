/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which store the next frame uses: circular, park, genlock, Repeat_En
 * (hardware.md 2.5, 2.7, 2.8). */
#include "sim-core-priv.h"
#include "vdma-util.h"

static gboolean
genlock_is_slave (const SimChannel *ch)
{
  return ch->build->genlock == VDMA_GENLOCK_SLAVE
         || ch->build->genlock == VDMA_GENLOCK_DYNAMIC_SLAVE;
}

/* Internal wiring exists for the pairs 0/1 and 2/3, either way round. */
void
sim_genlock_wire (SimCore *self)
{
  SimChannel *mm2s = &self->channel[VDMA_MM2S];
  SimChannel *s2mm = &self->channel[VDMA_S2MM];

  if (!self->desc.internal_genlock || !mm2s->build->present
      || !s2mm->build->present
      || (mm2s->build->genlock ^ s2mm->build->genlock) != 1)
    return;
  mm2s->partner = s2mm;
  s2mm->partner = mm2s;
}

/* GenlockSrc = 0 listens to the external pointer ports, where nothing is
 * connected here: such a channel runs free. */
gboolean
sim_genlock_is_active (const SimChannel *ch)
{
  const guint32 both = VDMA_CR_GENLOCK_EN | VDMA_CR_GENLOCK_SRC;
  return ch->partner && ch->build->genlock != VDMA_GENLOCK_MASTER
         && (ch->cr & both) == both;
}

gboolean
sim_genlock_is_waiting (const SimChannel *ch)
{
  return ch->core->knobs.genlock_waits && sim_genlock_is_active (ch)
         && genlock_is_slave (ch) && (ch->cr & VDMA_CR_CIRCULAR)
         && sim_channel_is_halted (ch->partner);
}

static gboolean
genlock_may_repeat (const SimChannel *ch)
{
  return (ch->cr & VDMA_CR_REPEAT_EN) && ch->build->repeat_en
         && ch->core->desc.flush_on_fsync && !genlock_is_slave (ch);
}

static gboolean
genlock_frame_was_bad (const SimChannel *ch)
{
  return (ch->frame_error & ch->core->knobs.repeat_errors) != 0;
}

static void
genlock_publish (SimChannel *ch)
{
  ch->complete = ch->store;
  ch->has_complete = TRUE;
}

/* The dynamic slave may use a store from the moment it is complete. With
 * Repeat_En a frame can turn bad after its last line (SOFLate) and its store is
 * then written again, so nothing is told before the next boundary. */
void
sim_genlock_ended (SimChannel *ch)
{
  if (genlock_may_repeat (ch))
    ch->unsettled = TRUE;
  else
    genlock_publish (ch);
}

void
sim_genlock_settle (SimChannel *ch)
{
  if (!ch->unsettled)
    return;
  ch->unsettled = FALSE;
  if (!genlock_frame_was_bad (ch))
    genlock_publish (ch);
}

/* Before the master's first frame the slave uses store 0. A halted master's
 * pointer stands still, so the slave repeats (U20). */
static guint
genlock_pick_slave (const SimChannel *ch, guint n)
{
  const SimChannel *master = ch->partner;
  if (!master->begun)
    return 0;
  return (master->store % n + n - ch->active.frame_delay % n) % n;
}

static guint
genlock_pick_dynamic_slave (const SimChannel *ch, guint n)
{
  const SimChannel *master = ch->partner;
  return master->has_complete ? master->complete % n : n - 1;
}

/* A slave uses a store from its first frame on until it halts, also between
 * two frames: it may take the same store again. */
static gboolean
genlock_is_in_use (const SimChannel *slave, guint store)
{
  return slave->begun && !sim_channel_is_halted (slave)
         && slave->store == store;
}

/* U4, U15 are the two exits from the plain sequence. */
static guint
genlock_pick_next (const SimChannel *ch, guint n)
{
  const SimKnobs *knobs = &ch->core->knobs;
  if (!ch->begun || (ch->first && !knobs->restart_continues))
    return 0;
  if (!ch->first && genlock_may_repeat (ch) && genlock_frame_was_bad (ch))
    return ch->store % n;
  if (ch->parked && knobs->park_exit_restarts)
    return 0;
  return (ch->store + 1) % n;
}

guint
sim_genlock_pick (const SimChannel *ch, const SimPark *park)
{
  guint n = sim_regs_n_stores (ch);
  gboolean active = sim_genlock_is_active (ch);

  if (!park->circular) /* also for slaves: PYNQ's display mode, T52 */
    return park->ref % n;
  if (active && ch->build->genlock == VDMA_GENLOCK_SLAVE)
    return genlock_pick_slave (ch, n);
  if (active && ch->build->genlock == VDMA_GENLOCK_DYNAMIC_SLAVE)
    return genlock_pick_dynamic_slave (ch, n);

  guint next = genlock_pick_next (ch, n);
  if (active && genlock_is_in_use (ch->partner, next))
    next = (next + 1) % n;
  return next;
}

/* ---- FRMPTR_STS ---- */

/* frame_ptr_out: a dynamic master tells the store it completed last. */
static guint
genlock_pointer_out (const SimChannel *ch)
{
  if (ch->build->genlock == VDMA_GENLOCK_DYNAMIC_MASTER)
    return ch->complete;
  return ch->store;
}

static guint
genlock_pointer_in (const SimChannel *ch)
{
  if (!ch->partner || ch->build->genlock == VDMA_GENLOCK_MASTER
      || !(ch->cr & VDMA_CR_GENLOCK_SRC))
    return 0;
  return genlock_pointer_out (ch->partner);
}

/* The Out fields show the store in work (hardware.md 1.4), in every mode. */
guint32
sim_genlock_frmptr (const SimCore *self)
{
  const SimChannel *mm2s = &self->channel[VDMA_MM2S];
  const SimChannel *s2mm = &self->channel[VDMA_S2MM];
  return VDMA_FIELD_PREP (VDMA_FRMPTR_MM2S_OUT, mm2s->store)
         | VDMA_FIELD_PREP (VDMA_FRMPTR_MM2S_IN, genlock_pointer_in (mm2s))
         | VDMA_FIELD_PREP (VDMA_FRMPTR_S2MM_OUT, s2mm->store)
         | VDMA_FIELD_PREP (VDMA_FRMPTR_S2MM_IN, genlock_pointer_in (s2mm));
}
