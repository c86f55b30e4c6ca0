/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MM2S follows S2MM: by genlock (vdma-follow.c) where the core can do it, or by
 * showing what S2MM has left with the ordinary display engine. That is right for
 * every core and under every delay, at the price of a service for each frame. */
#include "vdma-tie.h"

#include "vdma-error.h"
#include "vdma-util.h"

#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_DEVICE
#include "vdma-log.h"

#define TIE_SLOW_FRAME (100 * VDMA_NSEC_PER_MSEC) /* when unknown */
/* halves of a frame time without a sign of life of the display */
#define TIE_SHOWN_HALVES   3
#define TIE_GENLOCK_HALVES 16

/* ---- showing ---- */

/* The ordinary engine has let go of a frame. */
static void
tie_release_shown (gpointer user_data, VdmaFrame *frame)
{
  VdmaTie *self = user_data;
  VdmaHeld *held = vdma_held_find (self, frame->phys);
  if (held && !self->stuck)
    vdma_held_let_go (self, (guint) (held - self->held));
}

static const VdmaFrameOps tie_show_ops = {
  .release = tie_release_shown,
};

/* Nobody sees a frame that had to wait until a later one came. */
static void
tie_drop_newest (VdmaTie *self)
{
  if (self->has_newest)
    tie_release_shown (self, &self->newest);
  self->has_newest = FALSE;
}

void
vdma_tie_offer (
    VdmaChannel *capture, const VdmaFrame *frame, VdmaFrameFlags flags)
{
  VdmaTie *self = vdma_tie_of_capture (capture);

  if (!self || self->failed || self->stuck || vdma_follow_is_chosen (self)
      || (flags & VDMA_FRAME_CORRUPT))
    return;
  tie_drop_newest (self);
  self->newest = *frame;
  self->has_newest = TRUE;
  vdma_held_add (self, frame->phys);
}

/* ---- driving the display ---- */

/* The display does not run any more. If it could not be stopped either, what it
 * may read is kept. */
static void
tie_end (VdmaTie *self)
{
  tie_drop_newest (self);
  self->mode = VDMA_TIE_NONE;
  self->stuck = self->display->stats.quarantined > self->quarantined;
  if (!self->stuck)
    vdma_held_let_go_all (self);
}

static void
tie_fail (VdmaTie *self, const GError *error)
{
  vdma_log_warning ("MM2S stops following S2MM: %s", error->message);
  tie_end (self);
  self->failed = TRUE;
}

static void
tie_start (VdmaTie *self)
{
  VdmaChannel *display = self->display;
  VdmaTieMode mode = vdma_follow_choose (self);
  gboolean shows = mode == VDMA_TIE_SHOW;
  g_autoptr (GError) error = NULL;

  self->has_newest = FALSE;
  self->mode = mode;
  self->moves = 0;
  self->heard = vdma_channel_now (display);
  display->engine = shows ? self->engine : &vdma_follow_engine;
  display->ops = &tie_show_ops;
  display->ops_data = self;
  if (vdma_channel_start (display, shows ? &self->newest : NULL, &error))
    return;
  tie_fail (self, error);
}

static gboolean
tie_can_start (const VdmaTie *self)
{
  if (self->failed)
    return FALSE;
  return vdma_follow_choose (self) == VDMA_TIE_SHOW
             ? self->has_newest
             : vdma_follow_can_begin (self);
}

static void
tie_show_newest (VdmaTie *self)
{
  g_autoptr (GError) error = NULL;

  if (!self->has_newest || !vdma_display_can_show (self->display))
    return;
  if (vdma_display_show (self->display, &self->newest, &error)) {
    self->has_newest = FALSE;
    return;
  }
  vdma_log_warning ("%s", error->message);
  tie_drop_newest (self);
}

/* An interrupt can get lost on its way, that of an error too. By genlock the
 * store that is displayed tells, and nobody hurries. */
static gboolean
tie_is_worried (const VdmaTie *self)
{
  VdmaChannel *display = self->display;
  gint64 typical = display->pace.typical; /* of those that came */
  gint64 period = vdma_channel_period (
      display, typical > 0 ? MIN (typical, TIE_SLOW_FRAME) : TIE_SLOW_FRAME);
  gint64 halves =
      self->mode == VDMA_TIE_SHOW ? TIE_SHOWN_HALVES : TIE_GENLOCK_HALVES;

  return vdma_channel_now (display) - self->heard > halves * period / 2;
}

/* Whether the display's line fired; no register tells that cheaper. */
static gboolean
tie_is_asked (const VdmaTie *self)
{
  GPollFD line = { vdma_irq_get_fd (self->display->irq), G_IO_IN, 0 };
  return g_poll (&line, 1, 0) != 0
         || vdma_channel_now (self->display)
                >= vdma_tie_get_time (self->capture)
         || tie_is_worried (self);
}

static void
tie_serve_display (VdmaTie *self)
{
  g_autoptr (GError) error = NULL;

  self->woken = FALSE;
  if (!tie_is_asked (self))
    return;
  self->heard = vdma_channel_now (self->display);
  if (vdma_channel_service (self->display, &error))
    return;
  tie_fail (self, error);
}

void
vdma_tie_service (VdmaChannel *capture, gboolean event)
{
  VdmaTie *self = vdma_tie_of_capture (capture);

  if (!self || self->stuck)
    return;
  self->driving = TRUE;
  if (self->mode != VDMA_TIE_NONE)
    tie_serve_display (self);
  else if (tie_can_start (self))
    tie_start (self);
  if (self->mode == VDMA_TIE_SHOW)
    tie_show_newest (self);
  else if (self->mode == VDMA_TIE_GENLOCK
           && self->display->retry.at == VDMA_NO_TIME)
    vdma_follow_update (self);
  if (vdma_follow_is_chosen (self))
    vdma_follow_plan_look (self, event);
  vdma_channel_publish (self->display);
  self->driving = FALSE;
}

static gboolean
tie_halt (VdmaTie *self, GError **error)
{
  gboolean halted;

  if (!self->display)
    return TRUE;
  self->driving = TRUE;
  tie_drop_newest (self);
  halted = vdma_channel_stop (self->display, error);
  tie_end (self);
  self->driving = FALSE;
  return halted;
}

void
vdma_tie_suspend (VdmaChannel *capture, gboolean restarts)
{
  VdmaTie *self = vdma_tie_of_capture (capture);
  g_autoptr (GError) error = NULL;

  /* What the driver shows has left S2MM. */
  if (!self || self->stuck || (restarts && self->mode == VDMA_TIE_SHOW))
    return;
  if (!tie_halt (self, &error))
    vdma_log_warning ("%s", error->message);
  self->failed = FALSE;
}

/* ---- for waits and for the display's user ---- */

gboolean
vdma_tie_is_follower (const VdmaChannel *self)
{
  return self->tie && self->tie->display == self && !self->tie->driving;
}

gint
vdma_tie_get_fd (const VdmaChannel *capture)
{
  const VdmaTie *self = vdma_tie_of_capture (capture);
  return self && self->mode ? vdma_irq_get_fd (self->display->irq) : -1;
}

gint64
vdma_tie_get_time (const VdmaChannel *capture)
{
  const VdmaTie *self = vdma_tie_of_capture (capture);
  if (!self || self->mode == VDMA_TIE_NONE)
    return VDMA_NO_TIME;
  return MIN (self->display->pace.look_at, self->display->retry.at);
}

void
vdma_tie_wake (VdmaChannel *capture)
{
  VdmaTie *self = vdma_tie_of_capture (capture);
  if (self)
    self->woken = TRUE;
}

gboolean
vdma_tie_is_display_only (VdmaChannel *capture, guint64 interrupts)
{
  const VdmaTie *self = vdma_tie_of_capture (capture);
  return self && self->woken && interrupts == 0
         && vdma_channel_now (capture)
                < MIN (capture->pace.look_at, capture->retry.at);
}

/* ---- public ---- */

static gboolean
tie_check_geometry (
    const VdmaChannel *capture, const VdmaChannel *display, GError **error)
{
  const VdmaMode *brings = &capture->mode, *shows = &display->mode;

  if (brings->hsize == shows->hsize && brings->vsize == shows->vsize
      && brings->stride == shows->stride)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "a display of %u bytes x %u lines, stride %u, cannot follow a capture of "
      "%u bytes x %u lines, stride %u: set the same mode",
      shows->hsize, shows->vsize, shows->stride, brings->hsize, brings->vsize,
      brings->stride);
  return FALSE;
}

gboolean
vdma_tie_check_modes (VdmaChannel *self, GError **error)
{
  const VdmaTie *tie = vdma_tie_of_capture (self);
  return !tie || tie->stuck || tie_check_geometry (self, tie->display, error);
}

/* Returns: whether the tie ended, but its display did not halt */
static gboolean
tie_is_left_over (const VdmaTie *self)
{
  return self && !self->display;
}

static gboolean
tie_check (VdmaChannel *capture, VdmaChannel *display, GError **error)
{
  const gchar *missing = NULL;

  if (!capture->port->captures || display->port->captures
      || capture->device != display->device) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "a tie needs the S2MM and the MM2S channel of one core, in this order");
    return FALSE;
  }
  if ((capture->tie && !tie_is_left_over (capture->tie)) || display->tie)
    missing = "one of them is tied already";
  else if (!capture->has_mode || !display->has_mode)
    missing = "the mode of both must be set before";
  else if (!capture->ops || !capture->ops->unshare)
    missing = "the capture's frame operations have no 'unshare'";
  if (missing) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_STATE,
        "cannot tie the channels of '%s': %s",
        vdma_device_get_desc (capture->device)->name, missing);
    return FALSE;
  }
  return tie_check_geometry (capture, display, error);
}

/* A display that can be reset reads nothing any more. */
static gboolean
tie_clear_left_over (VdmaChannel *capture, VdmaChannel *display, GError **error)
{
  VdmaTie *self = capture->tie;

  if (!self)
    return TRUE;
  if (!vdma_channel_reset (display, error))
    return FALSE;
  vdma_held_let_go_all (self);
  capture->tie = NULL;
  g_free (self);
  return TRUE;
}

gboolean
vdma_channel_tie (VdmaChannel *capture, VdmaChannel *display, GError **error)
{
  if (!tie_check (capture, display, error)
      || !vdma_channel_stop (display, error)
      || !tie_clear_left_over (capture, display, error))
    return FALSE;
  VdmaTie *self = g_new0 (VdmaTie, 1);
  self->capture = capture;
  self->display = display;
  self->engine = display->engine;
  self->ops = display->ops;
  self->ops_data = display->ops_data;
  self->quarantined = display->stats.quarantined;
  capture->tie = display->tie = self;
  return TRUE;
}

static void
tie_free_display (VdmaTie *self)
{
  if (!self->display)
    return;
  self->display->engine = self->engine;
  self->display->ops = self->ops;
  self->display->ops_data = self->ops_data;
  self->display->tie = NULL;
  self->display = NULL;
}

gboolean
vdma_channel_untie (VdmaChannel *channel, GError **error)
{
  VdmaTie *self = channel->tie;

  if (!self)
    return TRUE;
  gboolean halted = tie_halt (self, error);
  tie_free_display (self);
  /* A display that does not halt may read what the capture still has. */
  if (self->stuck && self->capture->running)
    return halted;
  self->capture->tie = NULL;
  g_free (self);
  return halted;
}

VdmaTieMode
vdma_channel_get_tie_mode (VdmaChannel *self)
{
  return self->tie ? self->tie->mode : VDMA_TIE_NONE;
}
