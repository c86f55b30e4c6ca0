/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MM2S follows S2MM by genlock.
 *
 * Both frame lists hold the same memory, and the core shows the store D behind
 * the one that S2MM is at. A frame that leaves its store leaves both lists in one
 * service, so that a late service loses frames for the application and changes
 * nothing on the display. The new memory must not be shown before S2MM has filled
 * it: frame j is replaced when S2MM is at frame j + 1 + D at least, for then the
 * core takes that store next when it is whole again. S2MM wants it before frame
 * j + N - 1, so N is D + 3 at least; one more where the pointer may be ahead of
 * the frame in work.
 *
 * MM2S is out of an address when RdFrmStore was seen to move three times after
 * the commit without it: the first move may have been under way, the second one
 * ends what was in work at the commit, the third what began before it acted. Where
 * the pointer may be ahead of its frame it takes a fourth. */
#include "vdma-tie.h"

#include "vdma-util.h"

#define FOLLOW_MOVES   3               /* of RdFrmStore */
#define FOLLOW_ROOM    VDMA_MAX_STORES /* for what leaves S2MM alone */
#define FOLLOW_FASTEST 16 /* a frame's lines take this part of its time */
#define FOLLOW_LOOK    6 /* sixteenths of a frame time: S2MM has begun a frame */

static guint
follow_get_delay (const VdmaTie *self)
{
  return MAX (self->display->mode.frame_delay, 1);
}

/* Frames that S2MM must be ahead of one that is replaced */
static guint
follow_get_lead (const VdmaTie *self)
{
  gboolean exact = self->capture->learned->pointer == VDMA_POINTER_AT_SOF;
  return follow_get_delay (self) + (exact ? 1 : 2);
}

/* The longest frame time of the display that S2MM does not come in the way of. At
 * N - 1 - D frames of the camera S2MM overtakes it while it reads. A longer one
 * than 1 + D may show an old picture: frame j is replaced while S2MM is at frame
 * j + N - 2 at the latest, the display goes by the new address from its second
 * boundary on, and needs it when S2MM is at frame j + N + D. A dynamic slave needs
 * it when that frame ends, which is not much later than it began where the source
 * is a fast one with pauses. */
static gint64
follow_longest_time (const VdmaTie *self, gint64 brings)
{
  const VdmaHwDesc *desc = vdma_device_get_desc (self->display->device);
  gint64 delay = follow_get_delay (self);

  if (desc->channel[VDMA_MM2S].genlock == VDMA_GENLOCK_DYNAMIC_SLAVE)
    return brings + brings / FOLLOW_FASTEST;
  return MIN (self->capture->list.n - 1 - delay, 1 + delay) * brings;
}

/* By what was told alone: the choice has to stay the same from the first frame of a
 * run on, where nothing was measured yet. */
static gboolean
follow_is_in_time (const VdmaTie *self)
{
  gint64 brings = self->capture->mode.period;
  return brings == 0
         || self->display->mode.period <= follow_longest_time (self, brings);
}

VdmaTieMode
vdma_follow_choose (const VdmaTie *self)
{
  guint n = self->capture->list.n;

  if (!vdma_device_has_pair (self->capture->device)
      || n < follow_get_lead (self) + 2 || !follow_is_in_time (self))
    return VDMA_TIE_SHOW;
  return VDMA_TIE_GENLOCK;
}

gboolean
vdma_follow_is_chosen (const VdmaTie *self)
{
  if (self->failed || self->stuck)
    return FALSE;
  return (self->mode ? self->mode : vdma_follow_choose (self))
         == VDMA_TIE_GENLOCK;
}

/* Frames of a store that was in doubt are in the new memory or in the old one;
 * only from the first one on that is behind the doubt (.tainted) the new one is
 * filled. Returns: whether it is when MM2S takes store @i next */
static gboolean
follow_is_filled (const VdmaTie *self, guint i)
{
  const VdmaCapture *state = self->capture->capture;
  const VdmaStore *store = &state->store[i];
  guint n = self->capture->list.n;

  if (store->state == VDMA_OLD_DOUBT)
    return FALSE;
  guint64 sure = store->tainted + (i + n - (guint) (store->tainted % n)) % n;
  return store->tainted == 0
         || state->pointer.frame + n >= sure + follow_get_lead (self);
}

gboolean
vdma_follow_can_begin (const VdmaTie *self)
{
  const VdmaCapture *state = self->capture->capture;

  for (guint i = 0; i < self->capture->list.n; i++)
    if (!follow_is_filled (self, i))
      return FALSE;
  return state->live && !state->probing
         && state->pointer.frame
                >= state->replaced + follow_get_lead (self) - 1;
}

guint64
vdma_tie_limit (VdmaChannel *capture, guint64 limit)
{
  const VdmaTie *self = vdma_tie_of_capture (capture);

  if (!self || !vdma_follow_is_chosen (self))
    return limit;
  guint64 frame = capture->capture->pointer.frame;
  guint64 lead = follow_get_lead (self) - 1;
  return MIN (limit, frame > lead ? frame - lead : 0);
}

gboolean
vdma_tie_allows_prediction (VdmaChannel *capture)
{
  const VdmaTie *self = vdma_tie_of_capture (capture);
  return !self || !vdma_follow_is_chosen (self);
}

/* Only while one frame in work lets a frame be replaced: its begin may have no
 * interrupt. */
void
vdma_follow_plan_look (VdmaTie *self, gboolean event)
{
  const VdmaCapture *state = self->capture->capture;
  gboolean narrow = self->capture->list.n == follow_get_lead (self) + 2;

  if (event && narrow && state->next < state->pointer.ended)
    vdma_channel_look_again (self->capture, FOLLOW_LOOK);
}

/* A pointer that is ahead of its frame may move a second time when that begins:
 * S2MM went on meanwhile. */
static guint
follow_get_moves (const VdmaTie *self)
{
  gboolean exact = self->display->learned->pointer == VDMA_POINTER_AT_SOF;
  return exact ? FOLLOW_MOVES : FOLLOW_MOVES + 1;
}

static void
follow_set_store (VdmaTie *self, guint store)
{
  const VdmaFrame *frame = vdma_frame_list_get (&self->capture->list, store);
  VdmaFrame address = { .phys = frame->phys };

  vdma_frame_list_set (&self->display->list, store, &address);
  vdma_frame_list_take (&self->display->list, store, &address);
}

/* Makes the display's list that of the capture. Where a new address is in doubt,
 * and until it is filled, the old one stays: at the worst an old picture.
 * Returns: whether something changed */
static gboolean
follow_copy_list (VdmaTie *self)
{
  const VdmaFrameList *mine = &self->display->list;
  gboolean changed = FALSE;

  for (guint i = 0; i < mine->n; i++) {
    const VdmaFrame *shown = vdma_frame_list_get (mine, i);
    const VdmaFrame *taken = vdma_frame_list_get (&self->capture->list, i);
    if (shown && (shown->phys == taken->phys || !follow_is_filled (self, i)))
      continue;
    if (self->n_held >= VDMA_MAX_HELD - FOLLOW_ROOM)
      break;
    if (shown)
      vdma_held_add (self, shown->phys)->free_at =
          self->moves + follow_get_moves (self);
    follow_set_store (self, i);
    changed = TRUE;
  }
  return changed;
}

static void
follow_watch_store (VdmaTie *self)
{
  guint32 seen = self->capture->seen_park;
  guint store = VDMA_FIELD_GET (VDMA_PARK_RD_STORE, seen);

  if (store == self->store)
    return;
  self->store = store;
  self->moves++;
  if (self->moves >= self->launched + follow_get_moves (self))
    vdma_channel_worked (self->display);
  self->heard = vdma_channel_now (self->display);
  vdma_held_let_go_until (self, self->moves);
}

void
vdma_follow_update (VdmaTie *self)
{
  follow_watch_store (self);
  if (follow_copy_list (self))
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
  ch->mode.frame_delay = follow_get_delay (ch->tie);
  for (guint i = 0; i < ch->list.n; i++) {
    const VdmaFrame *frame = vdma_frame_list_get (&ch->tie->capture->list, i);
    if (!vdma_channel_check_frame (ch, frame, error)) {
      vdma_frame_list_clear (&ch->list);
      return FALSE;
    }
    follow_set_store (ch->tie, i);
  }
  return TRUE;
}

static void
follow_begin (VdmaChannel *ch)
{
  ch->tie->launched = ch->tie->moves;
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
  follow_copy_list (ch->tie);
  vdma_held_let_go_until (ch->tie, G_MAXUINT64 - 1);
}

/* What is in the list is the capture's; it stays so until that lets go. */
static guint
follow_forget (VdmaChannel *ch)
{
  VdmaTie *self = ch->tie;

  for (guint i = 0; i < ch->list.n; i++)
    vdma_held_add (self, vdma_frame_list_get (&ch->list, i)->phys);
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
  .begin = follow_begin,
  .service = follow_service,
  .salvage = follow_salvage,
  .stop = follow_nothing,
  .forget = follow_forget,
};
