/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reset, halt, program, run, commit (hardware.md section 9). Every poll of the
 * hardware waits in the board's time and has a limit. */
#include "vdma-private.h"

#include "io-guard.h"
#include "vdma-error.h"
#include "vdma-util.h"

#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_DEVICE
#include "vdma-log.h"

#define PROGRAM_RESET_LIMIT  VDMA_NSEC_PER_SEC /* as Linux waits */
#define PROGRAM_RUN_LIMIT    VDMA_NSEC_PER_SEC
#define PROGRAM_HALT_MARGIN  (20 * VDMA_NSEC_PER_MSEC)
#define PROGRAM_HALT_LONGEST (2 * VDMA_NSEC_PER_SEC)    /* then it is reset */
#define PROGRAM_SLOW_FRAME   (100 * VDMA_NSEC_PER_MSEC) /* when unknown */
#define PROGRAM_POLL_FIRST   VDMA_NSEC_PER_USEC
#define PROGRAM_POLL_LONGEST VDMA_NSEC_PER_MSEC

static guint32
core_read (const VdmaCore *core, guint offset)
{
  if (core->channel)
    core->channel->stats.register_reads++;
  return vdma_regs_read (core->regs, offset);
}

static void
core_write (const VdmaCore *core, guint offset, guint32 value)
{
  if (core->channel)
    core->channel->stats.register_writes++;
  vdma_regs_write (core->regs, offset, value);
}

/* Reads the register until the bits of @mask read @want: FALSE after @limit. */
static gboolean
core_poll (const VdmaCore *core, guint offset, guint32 mask, guint32 want,
    gint64 limit)
{
  gint64 now = vdma_time_now (core->time);
  gint64 end = now + limit;
  gint64 step = PROGRAM_POLL_FIRST;

  for (;;) {
    if ((core_read (core, offset) & mask) == want)
      return TRUE;
    if (now >= end)
      return FALSE;
    vdma_time_wait (core->time, NULL, 0, MIN (now + step, end));
    now = vdma_time_now (core->time);
    step = MIN (2 * step, PROGRAM_POLL_LONGEST);
  }
}

static const gchar *
core_name (const VdmaCore *core)
{
  return core->port->captures ? "S2MM" : "MM2S";
}

gboolean
vdma_core_reset (const VdmaCore *core, GError **error)
{
  guint cr = core->port->regs + VDMA_CR;

  core_write (core, cr, VDMA_CR_RESET);
  if (core_poll (core, cr, VDMA_CR_RESET, 0, PROGRAM_RESET_LIMIT))
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_TIMEOUT,
      "%s: the reset did not finish within %" G_GINT64_FORMAT
      " ms; the channel's stream clock and memory clock must run (is the %s "
      "connected and switched on?)",
      core_name (core), PROGRAM_RESET_LIMIT / VDMA_NSEC_PER_MSEC,
      core->port->captures ? "video source" : "video sink");
  return FALSE;
}

gboolean
vdma_core_halt (const VdmaCore *core, guint32 cr, gint64 limit,
    gboolean *was_reset, GError **error)
{
  const VdmaPort *port = core->port;
  const guint32 off = VDMA_CR_RS | VDMA_CR_FRMCNT_IRQ_EN | VDMA_CR_DLYCNT_IRQ_EN
                      | VDMA_CR_ERR_IRQ_EN | VDMA_CR_RESET;

  core_write (core, port->regs + VDMA_CR, cr & ~off);
  if (core->channel)
    core->channel->pace.halted = vdma_time_now (core->time);
  *was_reset = FALSE;
  if (core_poll (
          core, port->regs + VDMA_SR, VDMA_SR_HALTED, VDMA_SR_HALTED, limit))
    return TRUE;
  vdma_log_debug (
      "%s does not halt at a frame's end, resetting it", core_name (core));
  return vdma_core_reset (core, error);
}

/* ---- a channel's registers ---- */

static VdmaCore
program_core (VdmaChannel *self)
{
  return (VdmaCore){
    .regs = vdma_device_get_regs (self->device),
    .time = vdma_device_get_time (self->device),
    .port = self->port,
    .channel = self,
  };
}

/* Store numbers from 16 on lie in a second bank; only CPU accesses go by it, so
 * it stays where it is until the other one is needed. */
static void
program_select_bank (VdmaChannel *self, guint bank)
{
  if (self->bank == bank)
    return;
  vdma_channel_write (self, self->port->regs + VDMA_REG_INDEX, bank);
  self->bank = bank;
}

static void
program_address (VdmaChannel *self, guint store)
{
  guint first = self->port->params + VDMA_START_ADDRESS;
  guint64 phys = vdma_frame_list_get (&self->list, store)->phys;

  if (vdma_device_get_desc (self->device)->addr_width > 32) {
    vdma_channel_write (self, first + 8 * store, (guint32) phys);
    vdma_channel_write (self, first + 8 * store + 4, (guint32) (phys >> 32));
    return;
  }
  program_select_bank (self, store / VDMA_START_WORDS);
  vdma_channel_write (
      self, first + 4 * (store % VDMA_START_WORDS), (guint32) phys);
}

void
vdma_channel_commit (VdmaChannel *self)
{
  for (gint store; (store = vdma_frame_list_next_dirty (&self->list)) >= 0;)
    program_address (self, (guint) store);
  self->stats.commits++;
  /* until then the core knows none of these addresses (hardware.md 2.2) */
  vdma_channel_hand_over (
      self, self->port->params + VDMA_VSIZE, self->mode.vsize);
}

/* Everything that a reset sets to a default, and that the default is wrong or
 * unknown for (hardware.md 2.4). */
static void
program_mode (VdmaChannel *self)
{
  const VdmaHwDesc *desc = vdma_device_get_desc (self->device);
  const VdmaMode *mode = &self->mode;

  vdma_channel_write (self, self->port->regs + VDMA_SR, G_MAXUINT32);
  if (self->port->captures) {
    if (desc->vert_flip)
      vdma_channel_write (self, VDMA_VERT_FLIP, mode->vertical_flip);
    vdma_channel_write (self, self->port->regs + VDMA_IRQ_MASK, 0);
  }
  if (desc->channel[self->dir].frmstore_reg)
    vdma_channel_write (self, self->port->regs + VDMA_FRMSTORE, desc->n_stores);
  vdma_channel_write (self, self->port->params + VDMA_FRMDLY_STRIDE,
      VDMA_FIELD_PREP (VDMA_FRMDLY_MASK, mode->frame_delay) | mode->stride);
  vdma_channel_write (self, self->port->params + VDMA_HSIZE, mode->hsize);
}

/* The channel stood still by itself, and runs again. */
static void
program_note_idle (VdmaPace *pace, gint64 period)
{
  gint64 idle = pace->ran - pace->down;

  if (idle > 0 && period > 0) {
    pace->idle += idle;
    pace->missable += (guint64) ((idle + period - 1) / period);
  }
  pace->down = VDMA_NO_TIME;
}

gboolean
vdma_channel_run (VdmaChannel *self, GError **error)
{
  VdmaCore core = program_core (self);

  vdma_channel_write (self, self->port->regs + VDMA_CR, self->cr);
  if (!core_poll (&core, self->port->regs + VDMA_SR, VDMA_SR_HALTED, 0,
          PROGRAM_RUN_LIMIT)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_TIMEOUT,
        "%s: the channel does not leave the halted state within "
        "%" G_GINT64_FORMAT " ms; its clocks must run",
        core_name (&core), PROGRAM_RUN_LIMIT / VDMA_NSEC_PER_MSEC);
    return FALSE;
  }
  vdma_channel_commit (self);
  self->pace.ran = vdma_channel_now (self);
  program_note_idle (
      &self->pace, vdma_channel_period (self, self->pace.typical));
  self->pace.halted = VDMA_NO_TIME;
  return TRUE;
}

gboolean
vdma_channel_reset (VdmaChannel *self, GError **error)
{
  VdmaCore core = program_core (self);
  return vdma_channel_stop (self, error) && vdma_core_reset (&core, error);
}

/* Before RS: a reset of a halted channel does no harm. */
static void
program_guard (VdmaChannel *self)
{
  VdmaRegs *regs = vdma_device_get_regs (self->device);

  if (!self->guards || self->guarded)
    return;
  self->guarded =
      vdma_guard_add (regs, self->port->regs + VDMA_CR, VDMA_CR_RESET);
  if (!self->guarded && regs->impl->signal_safe)
    vdma_log_warning ("%s runs without crash guard: %u writes are guarded "
                      "already",
        vdma_direction_to_string (self->dir), VDMA_GUARD_MAX_WRITES);
}

void
vdma_channel_unguard (VdmaChannel *self)
{
  if (self->guarded)
    vdma_guard_remove (
        vdma_device_get_regs (self->device), self->port->regs + VDMA_CR);
  self->guarded = FALSE;
}

gboolean
vdma_channel_launch (VdmaChannel *self, GError **error)
{
  VdmaCore core = program_core (self);

  if (!vdma_core_reset (&core, error))
    return FALSE;
  self->bank = 0;
  guint32 after_reset = vdma_channel_read (self, self->port->regs + VDMA_CR);
  program_mode (self);
  vdma_device_park (self->device, self, self->park);
  self->cr = (after_reset & VDMA_CR_GENLOCK_SRC)
             | VDMA_FIELD_PREP (VDMA_CR_IRQ_FRAME_COUNT, 1) | VDMA_CR_ERR_IRQ_EN
             | VDMA_CR_FRMCNT_IRQ_EN | self->engine->cr | VDMA_CR_RS;
  self->cr &= ~self->engine->cr_off;
  if (self->mode.genlock)
    self->cr |= VDMA_CR_GENLOCK_EN;
  vdma_frame_list_touch (&self->list);
  self->halts = FALSE;
  self->engine->begin (self);
  program_guard (self);
  return vdma_channel_run (self, error);
}

gboolean
vdma_channel_halt (VdmaChannel *self, GError **error)
{
  VdmaCore core = program_core (self);
  /* the longer one, as a reset in mid-frame is worse than to wait in vain */
  gint64 period =
      MAX (self->mode.period, vdma_channel_period (self, PROGRAM_SLOW_FRAME));
  gint64 limit = 2 * period + PROGRAM_HALT_MARGIN;
  if (!vdma_core_halt (&core, self->cr, MIN (limit, PROGRAM_HALT_LONGEST),
          &self->was_reset, error))
    return FALSE;
  vdma_channel_unguard (self);
  return TRUE;
}
