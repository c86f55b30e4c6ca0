/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public face of a channel. What is special to capture or display is in the
 * engines; here is what they have in common. */
#include "vdma-private.h"

#include "vdma-error.h"
#include "vdma-util.h"

#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_DEVICE
#include "vdma-log.h"

/* Longer frame times count as this one: time limits must end. */
#define CHANNEL_MAX_PERIOD (3600 * VDMA_NSEC_PER_SEC)

/* The shortest frame time that second looks go by. */
#define CHANNEL_SHORTEST_FRAME VDMA_NSEC_PER_MSEC

/* ---- life ---- */

static const VdmaEngine *
channel_engine (VdmaDevice *device, VdmaDirection dir)
{
  if (!vdma_ports[dir].captures)
    return &vdma_display_engine;
  if (vdma_device_get_desc (device)->n_stores < VDMA_CAPTURE_MIN_STORES)
    return &vdma_shot_engine;
  return &vdma_capture_engine;
}

VdmaChannel *
vdma_channel_new (VdmaDevice *device, VdmaDirection dir, const gchar *who)
{
  VdmaChannel *self = g_new0 (VdmaChannel, 1);
  self->device = vdma_device_ref (device);
  self->dir = dir;
  self->port = &vdma_ports[dir];
  self->engine = channel_engine (device, dir);
  self->irq = vdma_device_get_irq (device, dir);
  self->learned = vdma_device_get_learned (device, dir);
  self->who = g_strdup (who ? who : "another user");
  vdma_frame_list_init (&self->list, vdma_device_get_desc (device)->n_stores);
  self->retry.at = VDMA_NO_TIME;
  self->pace.waited = VDMA_NO_TIME;
  self->pace.look_at = VDMA_NO_TIME;
  self->engine->open (self);
  g_mutex_init (&self->lock);
  return self;
}

void
vdma_channel_release (VdmaChannel *self)
{
  g_autoptr (GError) error = NULL;

  if (!self)
    return;
  if (!vdma_channel_stop (self, &error))
    vdma_log_warning ("%s", error->message);
  vdma_channel_untie (self, NULL);
  vdma_channel_unguard (self);
  vdma_device_unclaim (self->device, self);
  self->engine->close (self);
  vdma_frame_list_clear (&self->list);
  g_mutex_clear (&self->lock);
  vdma_device_unref (self->device);
  g_free (self->who);
  g_free (self);
}

VdmaDirection
vdma_channel_get_direction (VdmaChannel *self)
{
  return self->dir;
}

VdmaDevice *
vdma_channel_get_device (VdmaChannel *self)
{
  return self->device;
}

gboolean
vdma_channel_is_running (VdmaChannel *self)
{
  return self->running;
}

void
vdma_channel_set_crash_guard (VdmaChannel *self, gboolean on)
{
  g_return_if_fail (!self->running);
  self->guards = on;
}

gboolean
vdma_channel_get_mode (VdmaChannel *self, VdmaMode *mode)
{
  if (self->has_mode)
    *mode = self->mode;
  return self->has_mode;
}

gboolean
vdma_channel_is_parked (VdmaChannel *self)
{
  return self->running && !(self->cr & VDMA_CR_CIRCULAR);
}

guint
vdma_channel_get_active_store (VdmaChannel *self)
{
  return vdma_channel_read_store (self);
}

guint
vdma_channel_get_desired_store (VdmaChannel *self)
{
  return vdma_device_get_park (self->device, self);
}

gint64
vdma_channel_now (VdmaChannel *self)
{
  return vdma_time_now (vdma_device_get_time (self->device));
}

gint
vdma_channel_get_fd (VdmaChannel *self)
{
  return vdma_irq_get_fd (self->irq);
}

/* By the mode, unless frames are seen to come faster. */
static gint64
channel_look_period (VdmaChannel *self)
{
  gint64 measured = self->pace.interval;
  gint64 period = vdma_channel_period (self, measured);

  if (measured > 0)
    period = MIN (period, measured);
  return MAX (period, CHANNEL_SHORTEST_FRAME);
}

void
vdma_channel_look_again (VdmaChannel *self, guint sixteenths)
{
  gint64 period = channel_look_period (self);
  gint64 now = vdma_channel_now (self);
  gint64 at = self->pace.event + period * sixteenths / 16;
  if (at <= now)
    at += ((now - at) / period + 1) * period;
  self->pace.look_at = at;
}

/* ---- registers ---- */

guint32
vdma_channel_read (VdmaChannel *self, guint offset)
{
  self->stats.register_reads++;
  return vdma_regs_read (vdma_device_get_regs (self->device), offset);
}

void
vdma_channel_write (VdmaChannel *self, guint offset, guint32 value)
{
  self->stats.register_writes++;
  vdma_regs_write (vdma_device_get_regs (self->device), offset, value);
}

void
vdma_channel_hand_over (VdmaChannel *self, guint offset, guint32 value)
{
  self->stats.register_writes++;
  vdma_regs_hand_over (vdma_device_get_regs (self->device), offset, value);
}

guint
vdma_channel_read_store (VdmaChannel *self)
{
  self->seen_park = vdma_channel_read (self, VDMA_PARK_PTR);
  return VDMA_FIELD_GET (self->port->park_store, self->seen_park)
         % self->list.n;
}

/* ---- statistics ---- */

void
vdma_channel_publish (VdmaChannel *self)
{
  g_mutex_lock (&self->lock);
  self->published = self->stats;
  g_mutex_unlock (&self->lock);
}

void
vdma_channel_get_stats (VdmaChannel *self, VdmaChannelStats *stats)
{
  g_mutex_lock (&self->lock);
  *stats = self->published;
  g_mutex_unlock (&self->lock);
}

/* ---- frames and mode ---- */

void
vdma_channel_set_frame_ops (
    VdmaChannel *self, const VdmaFrameOps *ops, gpointer user_data)
{
  g_return_if_fail (!self->running && !vdma_tie_is_follower (self));
  self->ops = ops;
  self->ops_data = user_data;
}

void
vdma_channel_release_frame (VdmaChannel *self, VdmaFrame *frame)
{
  if (!vdma_tie_keep (self, frame))
    self->ops->release (self->ops_data, frame);
}

gboolean
vdma_channel_check_frame (
    VdmaChannel *self, const VdmaFrame *frame, GError **error)
{
  const VdmaHwDesc *desc = vdma_device_get_desc (self->device);
  guint64 limit = vdma_hw_desc_get_phys_limit (desc);
  guint64 size =
      (guint64) (self->mode.vsize - 1) * self->mode.stride + self->mode.hsize;
  guint align = vdma_hw_desc_get_alignment (desc, self->dir);

  if (frame->phys > limit || size - 1 > limit - frame->phys) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNREACHABLE,
        "a frame of %" G_GUINT64_FORMAT " bytes at 0x%" G_GINT64_MODIFIER
        "x ends above 0x%" G_GINT64_MODIFIER
        "x, the highest address that the %u address bits of '%s' reach",
        size, frame->phys, limit, desc->addr_width, desc->name);
    return FALSE;
  }
  if (frame->phys % align != 0) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "a frame at 0x%" G_GINT64_MODIFIER "x is not aligned: without "
        "realignment engine the %s channel of '%s' needs multiples of %u bytes",
        frame->phys, vdma_direction_to_string (self->dir), desc->name, align);
    return FALSE;
  }
  return TRUE;
}

static gboolean
channel_check_range (const gchar *what, guint64 value, guint64 least,
    guint64 most, const gchar *unit, GError **error)
{
  if (value >= least && value <= most)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "%s of %" G_GUINT64_FORMAT " %s: the core takes %" G_GUINT64_FORMAT
      " to %" G_GUINT64_FORMAT,
      what, value, unit, least, most);
  return FALSE;
}

static gboolean
channel_check_alignment (VdmaChannel *self, const gchar *what, guint value,
    guint align, GError **error)
{
  if (value % align == 0)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "%s of %u bytes: the %s channel of '%s' needs a multiple of %u", what,
      value, vdma_direction_to_string (self->dir),
      vdma_device_get_desc (self->device)->name, align);
  return FALSE;
}

static gboolean
channel_check_options (VdmaChannel *self, const VdmaMode *mode, GError **error)
{
  const VdmaHwDesc *desc = vdma_device_get_desc (self->device);
  const VdmaHwChannel *build = &desc->channel[self->dir];

  if (mode->period < 0) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "a frame period of %" G_GINT64_FORMAT " ns; 0 means unknown",
        mode->period);
    return FALSE;
  }
  if (mode->vertical_flip && !(desc->vert_flip && self->port->captures)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
        "the %s channel of '%s' was built without vertical flip",
        vdma_direction_to_string (self->dir), desc->name);
    return FALSE;
  }
  if (mode->genlock
      && (self->port->captures || !vdma_device_has_pair (self->device))) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
        "the %s channel of '%s' (genlock mode %d) cannot follow: %s",
        vdma_direction_to_string (self->dir), desc->name, build->genlock,
        self->port->captures
            ? "a capture that skips or repeats frame stores cannot tell which "
              "frames it has"
            : "it needs an S2MM master and an MM2S slave that are wired inside "
              "the core");
    return FALSE;
  }
  return channel_check_range (
      "frame delay", mode->frame_delay, 0, desc->n_stores, "frames", error);
}

gboolean
vdma_channel_set_mode (VdmaChannel *self, const VdmaMode *mode, GError **error)
{
  const VdmaHwDesc *desc = vdma_device_get_desc (self->device);
  guint align = vdma_hw_desc_get_alignment (desc, self->dir);
  guint beat = desc->channel[self->dir].stream_width / 8;

  if (self->running) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_STATE,
        "the mode of a running channel cannot change: stop it first");
    return FALSE;
  }
  if (!channel_check_range (
          "a line", mode->hsize, 1, VDMA_MAX_HSIZE, "bytes", error)
      || !channel_check_range (
          "a frame", mode->vsize, 1, VDMA_MAX_VSIZE, "lines", error)
      || !channel_check_range (
          "a stride", mode->stride, mode->hsize, VDMA_MAX_HSIZE, "bytes", error)
      || !channel_check_alignment (self, "a line", mode->hsize, align, error)
      || !channel_check_alignment (self, "a line", mode->hsize, beat, error)
      || !channel_check_alignment (self, "a stride", mode->stride, align, error)
      || !channel_check_options (self, mode, error))
    return FALSE;
  self->mode = *mode;
  self->mode.period = MIN (mode->period, CHANNEL_MAX_PERIOD);
  self->has_mode = TRUE;
  return TRUE;
}

/* ---- start and stop ---- */

static gboolean
channel_can_start (VdmaChannel *self, GError **error)
{
  const gchar *missing = NULL;

  if (vdma_tie_is_follower (self))
    missing = "it follows the capture that it is tied to";
  else if (self->running)
    missing = "it runs already";
  else if (!self->has_mode)
    missing = "its mode is not set";
  else if (!self->ops)
    missing = "it has no frame operations";
  if (!missing)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_STATE,
      "cannot start the %s channel: %s", vdma_direction_to_string (self->dir),
      missing);
  return FALSE;
}

/* Interrupts need the frame counter of the core (hardware.md 1.2). */
static gboolean
channel_check_build (VdmaChannel *self, GError **error)
{
  const VdmaHwDesc *desc = vdma_device_get_desc (self->device);

  if (desc->channel[self->dir].frame_counter)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
      "the %s channel of '%s' was built without frame counter, so no frame "
      "raises an interrupt; build the core with the %s debug option on",
      vdma_direction_to_string (self->dir), desc->name,
      self->port->captures ? "c_enable_s2mm_frm_counter"
                           : "c_enable_mm2s_frm_counter");
  return FALSE;
}

static void
channel_reset_pace (VdmaChannel *self)
{
  gint64 now = vdma_channel_now (self);
  self->pace = (VdmaPace){
    .event = now,
    .last_event = now,
    .last_cleared = now,
    .older_cleared = now,
    .quiet = now,
    .waited = VDMA_NO_TIME,
    .halted = VDMA_NO_TIME,
    .down = VDMA_NO_TIME,
    .look_at = VDMA_NO_TIME,
  };
  self->retry = (VdmaRetry){ .at = VDMA_NO_TIME };
}

/* A line that fires before the channel runs means nothing to it; but it was
 * disabled by that, and the launch ends what had raised it. */
static gboolean
channel_launch_with_line (VdmaChannel *self, GError **error)
{
  guint64 count;
  vdma_irq_tell (self->irq, VDMA_IRQ_BEGIN, self->mode.period);
  return vdma_irq_arm (self->irq, error)
         && vdma_irq_consume (self->irq, &count, error)
         && vdma_channel_launch (self, error)
         && ((count == 0 && !self->irq->impl->guesses)
             || vdma_irq_arm (self->irq, error));
}

gboolean
vdma_channel_start (VdmaChannel *self, const VdmaFrame *first, GError **error)
{
  if (!channel_can_start (self, error) || !channel_check_build (self, error)
      || !vdma_tie_check_modes (self, error)
      || !self->engine->prepare (self, first, error))
    goto refused;

  channel_reset_pace (self);
  self->running = TRUE;
  if (!channel_launch_with_line (self, error)) {
    vdma_channel_finish (self, vdma_channel_halt (self, NULL));
    return FALSE;
  }
  vdma_log_info ("%s of '%s' runs: %u bytes x %u lines, %u frame stores (%s)",
      vdma_direction_to_string (self->dir),
      vdma_device_get_desc (self->device)->name, self->mode.hsize,
      self->mode.vsize, self->list.n, self->engine->name);
  vdma_channel_publish (self);
  return TRUE;

refused:
  if (first && self->ops) {
    VdmaFrame frame = *first;
    vdma_channel_release_frame (self, &frame);
  }
  return FALSE;
}

gboolean
vdma_channel_stop (VdmaChannel *self, GError **error)
{
  if (vdma_tie_is_follower (self))
    return vdma_channel_untie (self, error);
  if (!self->running)
    return TRUE;
  vdma_tie_suspend (self, FALSE);
  gboolean halted = vdma_channel_halt (self, error);
  vdma_channel_finish (self, halted);
  return halted;
}

/* ---- service ---- */

static void
channel_note_service (VdmaChannel *self, gint64 now)
{
  VdmaPace *pace = &self->pace;

  pace->blocked = pace->waited != VDMA_NO_TIME;
  pace->event = pace->blocked ? pace->waited : now;
  pace->waited = VDMA_NO_TIME;
  pace->look_at = VDMA_NO_TIME;
}

static gboolean
channel_engage (VdmaChannel *self, guint32 status, gint failed, GError **error)
{
  VdmaPace *pace = &self->pace;
  gboolean is_frame = (status & VDMA_SR_FRMCNT_IRQ) != 0;
  gint64 cleared = vdma_channel_now (self);

  self->stats.interrupts += is_frame;
  if (!is_frame)
    pace->quiet = pace->looked;
  gboolean ok = self->engine->service (self, status, failed, error);
  if (ok)
    vdma_tie_service (self, is_frame);
  if (is_frame) {
    vdma_channel_measure (self);
    pace->older_cleared = pace->last_cleared;
    pace->last_cleared = cleared;
  }
  return ok;
}

static gboolean
channel_glance (VdmaChannel *self)
{
  VdmaPace *pace = &self->pace;

  if (!pace->blocked || self->irq->impl->guesses || !self->engine->glance
      || !self->engine->glance (self))
    return FALSE;
  self->stats.interrupts++;
  vdma_channel_measure (self);
  pace->quiet = pace->looked;
  return TRUE;
}

/* Errors first: the store pointer tells which frame failed until they are
 * cleared, and is worth nothing until then (hardware.md 2.6). */
static gboolean
channel_handle (VdmaChannel *self, gboolean fired, GError **error)
{
  self->pace.looked = vdma_channel_now (self);
  if (fired && channel_glance (self))
    return TRUE;
  guint32 status = vdma_channel_read (self, self->port->regs + VDMA_SR);
  guint32 clear = status & vdma_channel_clearable (self);
  gint failed = -1;

  vdma_irq_tell (self->irq,
      status & VDMA_SR_FRMCNT_IRQ ? VDMA_IRQ_FRAME : VDMA_IRQ_NO_FRAME,
      self->pace.looked);
  if (status & self->port->errors) {
    failed = (gint) vdma_channel_read_store (self);
    self->stats.errors++;
    vdma_log_debug ("%s: status 0x%08x in store %d",
        vdma_direction_to_string (self->dir), status, failed);
  }
  if (vdma_channel_is_fatal (self, status))
    return vdma_channel_recover (self, status, failed, error);
  if (clear)
    vdma_channel_write (self, self->port->regs + VDMA_SR, clear);
  return channel_engage (self, status, failed, error);
}

gboolean
vdma_channel_service (VdmaChannel *self, GError **error)
{
  guint64 count;
  gboolean ok = FALSE;

  if (!self->running || vdma_tie_is_follower (self)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_STATE, "the %s channel %s",
        vdma_direction_to_string (self->dir),
        self->running ? "is tied: its capture is what to service"
                      : "does not run");
    return FALSE;
  }
  gboolean consumed = vdma_irq_consume (self->irq, &count, error);
  if (consumed && vdma_tie_is_display_only (self, count)) {
    vdma_tie_service (self, FALSE);
    ok = TRUE;
  } else if (consumed) {
    channel_note_service (self, vdma_channel_now (self));
    ok = self->retry.at != VDMA_NO_TIME
             ? vdma_channel_retry (self, error)
             : channel_handle (self, count > 0, error);
  }
  /* the line of a channel that waits for its reset may stay high all the time */
  if (ok && self->running && self->retry.at == VDMA_NO_TIME)
    ok = vdma_irq_arm (self->irq, error);
  vdma_channel_publish (self);
  return ok;
}
