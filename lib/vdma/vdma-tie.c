/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MM2S follows S2MM.
 *
 * By genlock: both frame lists hold the same memory, and the core shows the
 * store D behind the one that S2MM is at. A frame that leaves its store leaves
 * both lists in one service, so that a late service loses frames for the
 * application and changes nothing on the display. The new memory must not be
 * shown before S2MM has filled it: frame j is replaced when S2MM is at frame
 * j + 1 + D at least, for then the core takes that store next when it is whole
 * again. S2MM wants it before frame j + N - 1, so N is D + 3 at least; one more
 * where the pointer may be ahead of the frame in work.
 *
 * By showing: what S2MM has left, the ordinary display engine shows. That is
 * right for every core and under every delay, at the price of a service for
 * each frame.
 *
 * Memory that MM2S may still read is held here: a frame that the application
 * takes is shared until then, one that nobody wants is released then. MM2S is
 * out of an address when RdFrmStore was seen to move three times after the
 * commit without it: the first move may have been under way, the second one ends
 * what was in work at the commit, the third what began before it acted. */
#include "vdma-capture.h"

#include "vdma-error.h"

#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_DEVICE
#include "vdma-log.h"
#include "vdma-util.h"

#define TIE_MOVES    3
#define TIE_MAX_HELD (3 * VDMA_MAX_STORES)
#define TIE_ROOM     VDMA_MAX_STORES /* for what leaves S2MM alone */
#define TIE_LOOK     6 /* sixteenths of a frame time: S2MM has begun a frame */

/** TieHeld: memory that MM2S may still read. */
typedef struct {
  guint64 phys;
  guint64 free_at; /* of @moves; G_MAXUINT64: it still has the address */
  enum { TIE_UNASKED, TIE_SHARED, TIE_TO_RELEASE } loan;
  VdmaFrame frame; /* of a loan */
} TieHeld;

struct VdmaTie {
  VdmaChannel *capture, *display;
  const VdmaEngine *engine; /* the display's own */
  const VdmaFrameOps *ops;  /* the display's own */
  gpointer ops_data;
  VdmaTieMode mode;    /* NONE: the display does not run */
  gboolean driving;    /* a call on the display is the tie's own */
  gboolean woken;      /* the display ended a wait */
  gboolean stuck;      /* MM2S does not halt: what it reads is kept for ever */
  gboolean failed;     /* no more tries in this run of the capture */
  guint64 quarantined; /* the display's frames, before the tie */
  guint store;         /* RdFrmStore as seen last */
  guint64 moves;       /* changes of it */
  gboolean has_newest;
  VdmaFrame newest; /* complete, not shown yet */
  guint n_held;
  TieHeld held[TIE_MAX_HELD];
};

/* ---- what MM2S may still read ---- */

static TieHeld *
tie_find_held (VdmaTie *self, guint64 phys)
{
  for (guint i = 0; i < self->n_held; i++)
    if (self->held[i].phys == phys)
      return &self->held[i];
  return NULL;
}

static TieHeld *
tie_hold (VdmaTie *self, guint64 phys)
{
  TieHeld *held = tie_find_held (self, phys);

  if (!held) {
    g_assert (self->n_held < TIE_MAX_HELD);
    held = &self->held[self->n_held++];
    *held = (TieHeld){ .phys = phys };
  }
  held->free_at = G_MAXUINT64;
  return held;
}

static void
tie_let_go (VdmaTie *self, guint index)
{
  const VdmaFrameOps *ops = self->capture->ops;
  TieHeld held = self->held[index];

  self->held[index] = self->held[--self->n_held];
  if (held.loan == TIE_SHARED)
    ops->unshare (self->capture->ops_data, &held.frame);
  else if (held.loan == TIE_TO_RELEASE)
    ops->release (self->capture->ops_data, &held.frame);
}

static void
tie_let_go_until (VdmaTie *self, guint64 moves)
{
  for (guint i = self->n_held; i > 0; i--)
    if (self->held[i - 1].free_at <= moves)
      tie_let_go (self, i - 1);
}

/* The display halted and reads nothing any more. */
static void
tie_let_go_all (VdmaTie *self)
{
  while (self->n_held > 0)
    tie_let_go (self, self->n_held - 1);
}

/* Returns: what is known of @frame if MM2S may read it */
static TieHeld *
tie_get_held (VdmaTie *self, const VdmaFrame *frame)
{
  TieHeld *held = tie_find_held (self, frame->phys);

  if (!held && self->mode == VDMA_TIE_GENLOCK
      && vdma_frame_list_find (&self->display->list, frame->phys))
    held = tie_hold (self, frame->phys);
  if (held)
    held->frame = *frame;
  return held;
}

static VdmaTie *
tie_of_capture (const VdmaChannel *channel)
{
  return channel->tie && channel->tie->capture == channel ? channel->tie : NULL;
}

gboolean
vdma_tie_share (VdmaChannel *capture, const VdmaFrame *frame)
{
  VdmaTie *self = tie_of_capture (capture);
  TieHeld *held = self ? tie_get_held (self, frame) : NULL;

  if (held)
    held->loan = TIE_SHARED;
  return held != NULL;
}

gboolean
vdma_tie_keep (VdmaChannel *capture, const VdmaFrame *frame)
{
  VdmaTie *self = tie_of_capture (capture);
  TieHeld *held = self ? tie_get_held (self, frame) : NULL;

  if (!held)
    return FALSE;
  held->loan = TIE_TO_RELEASE;
  return TRUE;
}

/* ---- genlock ---- */

static guint
tie_get_delay (const VdmaTie *self)
{
  return MAX (self->display->mode.frame_delay, 1);
}

/* Frames that S2MM must be ahead of one that is replaced */
static guint
tie_get_lead (const VdmaTie *self)
{
  gboolean exact = self->capture->learned->pointer == VDMA_POINTER_AT_SOF;
  return tie_get_delay (self) + (exact ? 1 : 2);
}

/* A display that is slower than this is overtaken by S2MM. */
static gboolean
tie_is_in_time (const VdmaTie *self)
{
  gint64 brings = self->capture->mode.period;
  gint64 takes = self->display->mode.period;
  gint64 n = self->capture->list.n - 1 - tie_get_delay (self);
  return brings == 0 || takes <= n * brings;
}

static VdmaTieMode
tie_choose (const VdmaTie *self)
{
  guint n = self->capture->list.n;

  if (!vdma_device_has_pair (self->capture->device)
      || n < tie_get_lead (self) + 2 || !tie_is_in_time (self))
    return VDMA_TIE_SHOW;
  return VDMA_TIE_GENLOCK;
}

static gboolean
tie_is_by_genlock (const VdmaTie *self)
{
  if (self->failed || self->stuck)
    return FALSE;
  return (self->mode ? self->mode : tie_choose (self)) == VDMA_TIE_GENLOCK;
}

guint64
vdma_tie_limit (VdmaChannel *capture, guint64 limit)
{
  const VdmaTie *self = tie_of_capture (capture);

  if (!self || !tie_is_by_genlock (self))
    return limit;
  guint64 frame = capture->capture->pointer.frame;
  guint64 lead = tie_get_lead (self) - 1;
  return MIN (limit, frame > lead ? frame - lead : 0);
}

gboolean
vdma_tie_allows_prediction (VdmaChannel *capture)
{
  const VdmaTie *self = tie_of_capture (capture);
  return !self || !tie_is_by_genlock (self);
}

/* Only while one frame in work lets a frame be replaced: its begin may have no
 * interrupt. */
static void
tie_plan_look (VdmaTie *self, gboolean event)
{
  const VdmaCapture *state = self->capture->capture;
  gboolean narrow = self->capture->list.n == tie_get_lead (self) + 2;

  if (event && narrow && state->next < state->pointer.ended)
    vdma_channel_look_again (self->capture, TIE_LOOK);
}

static void
tie_set_store (VdmaTie *self, guint store)
{
  const VdmaFrame *frame = vdma_frame_list_get (&self->capture->list, store);
  VdmaFrame address = { .phys = frame->phys };

  vdma_frame_list_set (&self->display->list, store, &address);
  vdma_frame_list_take (&self->display->list, store, &address);
}

/* Makes the display's list that of the capture. Where a new address is in doubt
 * the old one is right as long as S2MM may still use it.
 * Returns: whether something changed */
static gboolean
tie_copy_list (VdmaTie *self)
{
  const VdmaFrameList *mine = &self->display->list;
  gboolean changed = FALSE;

  for (guint i = 0; i < mine->n; i++) {
    const VdmaFrame *shown = vdma_frame_list_get (mine, i);
    const VdmaFrame *taken = vdma_frame_list_get (&self->capture->list, i);
    if (shown
        && (shown->phys == taken->phys
            || self->capture->capture->store[i].state == VDMA_OLD_DOUBT))
      continue;
    if (self->n_held >= TIE_MAX_HELD - TIE_ROOM)
      break;
    if (shown)
      tie_hold (self, shown->phys)->free_at = self->moves + TIE_MOVES;
    tie_set_store (self, i);
    changed = TRUE;
  }
  return changed;
}

static void
tie_watch_store (VdmaTie *self)
{
  guint32 seen = self->capture->seen_park;
  guint store = VDMA_FIELD_GET (VDMA_PARK_RD_STORE, seen);

  if (store == self->store)
    return;
  self->store = store;
  self->moves++;
  tie_let_go_until (self, self->moves);
}

static void
tie_follow (VdmaTie *self)
{
  tie_watch_store (self);
  if (tie_copy_list (self))
    vdma_channel_commit (self->display);
}

/* ---- the display's engine while it follows by genlock ---- */

static void
follow_nothing (VdmaChannel *ch)
{
}

static gboolean
follow_prepare (VdmaChannel *ch, const VdmaFrame *first, GError **error)
{
  vdma_frame_list_clear (&ch->list);
  ch->mode.frame_delay = tie_get_delay (ch->tie);
  for (guint i = 0; i < ch->list.n; i++) {
    const VdmaFrame *frame = vdma_frame_list_get (&ch->tie->capture->list, i);
    if (!vdma_channel_check_frame (ch, frame, error)) {
      vdma_frame_list_clear (&ch->list);
      return FALSE;
    }
    tie_set_store (ch->tie, i);
  }
  return TRUE;
}

static gboolean
follow_service (VdmaChannel *ch, guint32 status, gint failed, GError **error)
{
  vdma_channel_worked (ch);
  return TRUE;
}

/* Halted: nothing is read, so nothing is to be waited for. */
static void
follow_salvage (VdmaChannel *ch, gint failed)
{
  tie_copy_list (ch->tie);
  tie_let_go_until (ch->tie, G_MAXUINT64 - 1);
}

/* What is in the list is the capture's; it stays so until that lets go. */
static guint
follow_forget (VdmaChannel *ch)
{
  VdmaTie *self = ch->tie;

  for (guint i = 0; i < ch->list.n; i++)
    tie_hold (self, vdma_frame_list_get (&ch->list, i)->phys);
  for (guint i = 0; i < self->n_held; i++)
    self->held[i].free_at = G_MAXUINT64;
  return self->n_held;
}

const VdmaEngine vdma_follow_engine = {
  .name = "genlock",
  .cr = VDMA_CR_CIRCULAR | VDMA_CR_GENLOCK_EN | VDMA_CR_GENLOCK_SRC,
  .cr_off = VDMA_CR_FRMCNT_IRQ_EN,
  .open = follow_nothing,
  .close = follow_nothing,
  .prepare = follow_prepare,
  .begin = follow_nothing,
  .service = follow_service,
  .salvage = follow_salvage,
  .stop = follow_nothing,
  .forget = follow_forget,
};

/* ---- showing ---- */

/* The ordinary engine has let go of a frame. */
static void
tie_release_shown (gpointer user_data, VdmaFrame *frame)
{
  VdmaTie *self = user_data;
  TieHeld *held = tie_find_held (self, frame->phys);
  if (held && !self->stuck)
    tie_let_go (self, (guint) (held - self->held));
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
  VdmaTie *self = tie_of_capture (capture);

  if (!self || self->failed || self->stuck || tie_is_by_genlock (self)
      || (flags & VDMA_FRAME_CORRUPT))
    return;
  tie_drop_newest (self);
  self->newest = *frame;
  self->has_newest = TRUE;
  tie_hold (self, frame->phys);
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
    tie_let_go_all (self);
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
  VdmaTieMode mode = tie_choose (self);
  gboolean shows = mode == VDMA_TIE_SHOW;
  g_autoptr (GError) error = NULL;

  self->has_newest = FALSE;
  self->mode = mode;
  self->moves = 0;
  display->engine = shows ? self->engine : &vdma_follow_engine;
  display->ops = &tie_show_ops;
  display->ops_data = self;
  if (vdma_channel_start (display, shows ? &self->newest : NULL, &error))
    return;
  tie_fail (self, error);
}

/* By genlock: when the store that it begins with, and those behind it, hold what
 * S2MM brought and not empty frames. */
static gboolean
tie_can_start (const VdmaTie *self)
{
  const VdmaCapture *state = self->capture->capture;
  guint lead = tie_get_lead (self) - 1;

  if (self->failed)
    return FALSE;
  if (tie_choose (self) == VDMA_TIE_SHOW)
    return self->has_newest;
  return state->live && !state->probing
         && state->pointer.frame >= state->replaced + lead;
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

/* Whether the display's line fired; no register tells that cheaper. */
static gboolean
tie_is_asked (const VdmaTie *self)
{
  GPollFD line = { vdma_irq_get_fd (self->display->irq), G_IO_IN, 0 };
  return g_poll (&line, 1, 0) != 0
         || vdma_channel_now (self->display)
                >= vdma_tie_get_time (self->capture);
}

static void
tie_serve_display (VdmaTie *self)
{
  g_autoptr (GError) error = NULL;

  self->woken = FALSE;
  if (!tie_is_asked (self) || vdma_channel_service (self->display, &error))
    return;
  tie_fail (self, error);
}

void
vdma_tie_service (VdmaChannel *capture, gboolean event)
{
  VdmaTie *self = tie_of_capture (capture);

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
    tie_follow (self);
  if (tie_is_by_genlock (self))
    tie_plan_look (self, event);
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
  VdmaTie *self = tie_of_capture (capture);
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
  const VdmaTie *self = tie_of_capture (capture);
  return self && self->mode ? vdma_irq_get_fd (self->display->irq) : -1;
}

gint64
vdma_tie_get_time (const VdmaChannel *capture)
{
  const VdmaTie *self = tie_of_capture (capture);
  if (!self || self->mode == VDMA_TIE_NONE)
    return VDMA_NO_TIME;
  return MIN (self->display->pace.look_at, self->display->retry.at);
}

void
vdma_tie_wake (VdmaChannel *capture)
{
  VdmaTie *self = tie_of_capture (capture);
  if (self)
    self->woken = TRUE;
}

gboolean
vdma_tie_is_display_only (VdmaChannel *capture, guint64 interrupts)
{
  const VdmaTie *self = tie_of_capture (capture);
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
  const VdmaTie *tie = tie_of_capture (self);
  return !tie || tie->stuck || tie_check_geometry (self, tie->display, error);
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
  if (capture->tie || display->tie)
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

gboolean
vdma_channel_tie (VdmaChannel *capture, VdmaChannel *display, GError **error)
{
  if (!tie_check (capture, display, error)
      || !vdma_channel_stop (display, error))
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
  if (self->stuck && channel != self->capture)
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
