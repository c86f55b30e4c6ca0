/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One core: who it is, what state it was found in, who uses its channels, and
 * the one register that both channels share. */
#include "vdma-private.h"

#include "vdma-error.h"
#include "vdma-util.h"

#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_DEVICE
#include "vdma-log.h"

/* A channel found running: two frames of a slow source. */
#define DEVICE_HALT_LIMIT (250 * VDMA_NSEC_PER_MSEC)

/* What is written to PARK_PTR; the rest of it is read only. */
#define DEVICE_PARK_REFS (VDMA_PARK_RD_REF | VDMA_PARK_WR_REF)

struct VdmaDevice {
  gint refs;
  VdmaHwDesc desc;
  VdmaRegs *regs;
  VdmaIrq *irq[VDMA_N_DIRECTIONS];
  VdmaTime *time;
  VdmaShare *share; /* (nullable): no other process uses this core */
  guint32 version;

  GMutex claims; /* guards holder; taken before park_lock */
  VdmaChannel *holder[VDMA_N_DIRECTIONS]; /* not referenced */

  VdmaLearned learned[VDMA_N_DIRECTIONS]; /* of the holder's thread */

  GMutex park_lock; /* held over the write of PARK_PTR; a leaf */
  guint32 park;     /* both reference fields, as last written */
  gboolean held[VDMA_N_DIRECTIONS]; /* claimed at the share */
};

const VdmaPort vdma_ports[VDMA_N_DIRECTIONS] = {
  [VDMA_MM2S] = {
    .regs = VDMA_MM2S_BASE,
    .params = VDMA_MM2S_PARAM_BASE,
    .errors = VDMA_SR_MM2S_ERRORS,
    .size_errors = VDMA_SR_SOF_EARLY,
    .park_ref = VDMA_PARK_RD_REF,
    .park_store = VDMA_PARK_RD_STORE,
  },
  [VDMA_S2MM] = {
    .regs = VDMA_S2MM_BASE,
    .params = VDMA_S2MM_PARAM_BASE,
    .errors = VDMA_SR_S2MM_ERRORS,
    .size_errors = VDMA_SR_S2MM_SIZE_ERRORS,
    .park_ref = VDMA_PARK_WR_REF,
    .park_store = VDMA_PARK_WR_STORE,
    .captures = TRUE,
  },
};

static VdmaCore
device_core (VdmaDevice *self, VdmaDirection dir)
{
  return (VdmaCore){
    .regs = self->regs,
    .time = self->time,
    .port = &vdma_ports[dir],
  };
}

/* ---- open ---- */

static gboolean
device_check_version (VdmaDevice *self, GError **error)
{
  self->version = vdma_regs_read (self->regs, VDMA_VERSION);
  if (VDMA_FIELD_GET (VDMA_VERSION_ID, self->version) == VDMA_VERSION_ID_V6)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
      "'%s' is not an AXI VDMA 6.2 or 6.3: its version register reads 0x%08x, "
      "it should begin with 0x%x (wrong address, or another bitstream?)",
      self->desc.name, self->version, VDMA_VERSION_ID_V6);
  return FALSE;
}

static gboolean
device_is_running (guint32 cr, guint32 sr)
{
  return (cr & VDMA_CR_RS) || !(sr & VDMA_SR_HALTED);
}

static gboolean
device_halt (VdmaDevice *self, VdmaDirection dir, guint32 cr, GError **error)
{
  VdmaCore core = device_core (self, dir);
  gboolean was_reset;

  vdma_log_info ("%s of '%s' was running, halting it",
      vdma_direction_to_string (dir), self->desc.name);
  return vdma_core_halt (&core, cr, DEVICE_HALT_LIMIT, &was_reset, error);
}

/* What another process has claimed runs by right. */
static gboolean
device_halt_unclaimed (
    VdmaDevice *self, VdmaDirection dir, guint32 cr, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (!self->share)
    return device_halt (self, dir, cr, error);
  if (!vdma_share_claim (self->share, dir, &local)) {
    vdma_log_info ("%s of '%s' runs, and %s", vdma_direction_to_string (dir),
        self->desc.name, local->message);
    return TRUE;
  }
  gboolean ok = device_halt (self, dir, cr, error);
  vdma_share_release (self->share, dir);
  return ok;
}

/* Nobody may allocate memory while a channel still writes to what a process
 * before us used. */
static gboolean
device_take_over (VdmaDevice *self, VdmaDirection dir, GError **error)
{
  const VdmaPort *port = &vdma_ports[dir];
  guint32 cr = vdma_regs_read (self->regs, port->regs + VDMA_CR);
  guint32 sr = vdma_regs_read (self->regs, port->regs + VDMA_SR);

  if ((cr == 0 && sr == 0) || (cr == G_MAXUINT32 && sr == G_MAXUINT32)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_HARDWARE,
        "'%s' has no %s channel: its control and status registers both read "
        "0x%08x; the hardware description says that it has one",
        self->desc.name, vdma_direction_to_string (dir), cr);
    return FALSE;
  }
  return !device_is_running (cr, sr)
         || device_halt_unclaimed (self, dir, cr, error);
}

static gboolean
device_probe (VdmaDevice *self, GError **error)
{
  if (!vdma_hw_desc_validate (&self->desc, error))
    return FALSE;
  if (self->regs->span < VDMA_REG_SPAN) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "'%s' has a register window of %u bytes, an AXI VDMA needs %u",
        self->desc.name, self->regs->span, VDMA_REG_SPAN);
    return FALSE;
  }
  if (!device_check_version (self, error))
    return FALSE;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    if (!self->desc.channel[dir].present)
      continue;
    if (!self->irq[dir]) {
      g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
          "'%s' has no interrupt line for its %s channel", self->desc.name,
          vdma_direction_to_string (dir));
      return FALSE;
    }
    if (!device_take_over (self, dir, error))
      return FALSE;
  }
  self->park = vdma_regs_read (self->regs, VDMA_PARK_PTR) & DEVICE_PARK_REFS;
  return TRUE;
}

static void
device_free (VdmaDevice *self)
{
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    g_assert (!self->holder[dir]); /* channels hold references */
    vdma_irq_close (self->irq[dir]);
  }
  vdma_share_close (self->share);
  vdma_regs_close (self->regs);
  g_mutex_clear (&self->claims);
  g_mutex_clear (&self->park_lock);
  g_free (self);
}

VdmaDevice *
vdma_device_open_shared (const VdmaHwDesc *desc, VdmaRegs *regs,
    VdmaIrq *irqs[VDMA_N_DIRECTIONS], VdmaTime *time, VdmaShare *share,
    GError **error)
{
  VdmaDevice *self = g_new0 (VdmaDevice, 1);
  self->refs = 1;
  self->desc = *desc;
  self->regs = regs;
  self->time = time;
  self->share = share;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    self->irq[dir] = irqs[dir];
  g_mutex_init (&self->claims);
  g_mutex_init (&self->park_lock);

  if (!device_probe (self, error)) {
    device_free (self);
    return NULL;
  }
  vdma_log_info ("'%s': AXI VDMA, version word 0x%08x, %u frame stores, %u "
                 "address bits",
      desc->name, self->version, desc->n_stores, desc->addr_width);
  return self;
}

VdmaDevice *
vdma_device_open (const VdmaHwDesc *desc, VdmaRegs *regs,
    VdmaIrq *irqs[VDMA_N_DIRECTIONS], VdmaTime *time, GError **error)
{
  return vdma_device_open_shared (desc, regs, irqs, time, NULL, error);
}

VdmaDevice *
vdma_device_ref (VdmaDevice *self)
{
  g_atomic_int_inc (&self->refs);
  return self;
}

void
vdma_device_unref (VdmaDevice *self)
{
  if (self && g_atomic_int_dec_and_test (&self->refs))
    device_free (self);
}

const VdmaHwDesc *
vdma_device_get_desc (VdmaDevice *self)
{
  return &self->desc;
}

guint32
vdma_device_get_version (VdmaDevice *self)
{
  return self->version;
}

VdmaTime *
vdma_device_get_time (VdmaDevice *self)
{
  return self->time;
}

VdmaRegs *
vdma_device_get_regs (VdmaDevice *self)
{
  return self->regs;
}

VdmaIrq *
vdma_device_get_irq (VdmaDevice *self, VdmaDirection dir)
{
  return self->irq[dir];
}

VdmaLearned *
vdma_device_get_learned (VdmaDevice *self, VdmaDirection dir)
{
  return &self->learned[dir];
}

gboolean
vdma_device_has_pair (VdmaDevice *self)
{
  const VdmaHwChannel *s2mm = &self->desc.channel[VDMA_S2MM];
  const VdmaHwChannel *mm2s = &self->desc.channel[VDMA_MM2S];

  return self->desc.internal_genlock && s2mm->present && mm2s->present
         && ((s2mm->genlock == VDMA_GENLOCK_MASTER
                 && mm2s->genlock == VDMA_GENLOCK_SLAVE)
             || (s2mm->genlock == VDMA_GENLOCK_DYNAMIC_MASTER
                 && mm2s->genlock == VDMA_GENLOCK_DYNAMIC_SLAVE));
}

/* ---- claims ---- */

/* Whether only this process writes to the register. Who holds both channels
 * keeps others out; park_lock is held over release and write. */
static gboolean
device_parks_alone (const VdmaDevice *self)
{
  if (!self->share)
    return TRUE;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    if (self->desc.channel[dir].present && !self->held[dir])
      return FALSE;
  }
  return TRUE;
}

/* With another process the shadow of the park pointer is worth nothing: see
 * vdma_device_park(). */
static gboolean
device_claim_share (VdmaDevice *self, VdmaDirection dir, GError **error)
{
  const VdmaPort *port = &vdma_ports[dir];

  if (!self->share)
    return TRUE;
  if (!vdma_share_claim (self->share, dir, error)) {
    g_prefix_error (error,
        "cannot use the %s channel of '%s': ", vdma_direction_to_string (dir),
        self->desc.name);
    return FALSE;
  }
  guint32 cr = vdma_regs_read (self->regs, port->regs + VDMA_CR);
  guint32 sr = vdma_regs_read (self->regs, port->regs + VDMA_SR);
  if (device_is_running (cr, sr) && !device_halt (self, dir, cr, error)) {
    vdma_share_release (self->share, dir);
    return FALSE;
  }
  g_mutex_lock (&self->park_lock);
  self->held[dir] = TRUE;
  if (device_parks_alone (self))
    self->park = vdma_regs_read (self->regs, VDMA_PARK_PTR) & DEVICE_PARK_REFS;
  g_mutex_unlock (&self->park_lock);
  return TRUE;
}

static void
device_release_share (VdmaDevice *self, VdmaDirection dir)
{
  if (!self->share)
    return;
  g_mutex_lock (&self->park_lock);
  self->held[dir] = FALSE;
  g_mutex_unlock (&self->park_lock);
  vdma_share_release (self->share, dir);
}

VdmaChannel *
vdma_device_claim (
    VdmaDevice *self, VdmaDirection dir, const gchar *who, GError **error)
{
  g_return_val_if_fail ((guint) dir < VDMA_N_DIRECTIONS, NULL);
  VdmaChannel *channel = NULL;

  if (!self->desc.channel[dir].present) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND,
        "'%s' was built without its %s channel", self->desc.name,
        vdma_direction_to_string (dir));
    return NULL;
  }
  g_mutex_lock (&self->claims);
  if (self->holder[dir]) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_BUSY,
        "the %s channel of '%s' is in use by '%s'",
        vdma_direction_to_string (dir), self->desc.name,
        self->holder[dir]->who);
  } else if (device_claim_share (self, dir, error)) {
    channel = vdma_channel_new (self, dir, who);
    self->holder[dir] = channel;
  }
  g_mutex_unlock (&self->claims);
  return channel;
}

void
vdma_device_unclaim (VdmaDevice *self, VdmaChannel *channel)
{
  g_mutex_lock (&self->claims);
  g_assert (self->holder[channel->dir] == channel);
  self->holder[channel->dir] = NULL;
  device_release_share (self, channel->dir);
  g_mutex_unlock (&self->claims);
}

/* ---- park pointer ---- */

guint
vdma_device_get_park (VdmaDevice *self, VdmaChannel *channel)
{
  g_mutex_lock (&self->park_lock);
  guint store = VDMA_FIELD_GET (channel->port->park_ref, self->park);
  g_mutex_unlock (&self->park_lock);
  return store;
}

void
vdma_device_park (VdmaDevice *self, VdmaChannel *channel, guint store)
{
  guint32 field = channel->port->park_ref;

  g_mutex_lock (&self->park_lock);
  gboolean alone = device_parks_alone (self);
  if (!alone) {
    vdma_share_enter (self->share);
    self->park = vdma_channel_read (channel, VDMA_PARK_PTR) & DEVICE_PARK_REFS;
  }
  self->park = (self->park & ~field) | VDMA_FIELD_PREP (field, store);
  /* a frame whose address the store has already is filled anew, and handed over
   * by nothing but this */
  vdma_channel_hand_over (channel, VDMA_PARK_PTR, self->park);
  if (!alone)
    vdma_share_leave (self->share);
  g_mutex_unlock (&self->park_lock);
}
