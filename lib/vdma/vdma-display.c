/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MM2S by the park pointer: the channel repeats one store until the reference
 * moves.
 *
 * A store that holds the frame's address already needs nothing but the
 * reference. Otherwise a free store gets the address, and the reference moves
 * there when the commit must have acted: at the second frame boundary behind
 * it. An interrupt may mean a frame's end or the next one's start; the second
 * one after the commit lies behind the first boundary in any case, and a
 * reference written then acts at the second boundary at the earliest. */
#include "vdma-times.h"

#include "vdma-error.h"
#include "vdma-util.h"

#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_DEVICE
#include "vdma-log.h"

#define DISPLAY_COMMIT_EVENTS 2 /* until the reference may move there */
#define DISPLAY_SWAP_EVENTS   3 /* until a single store shows its new address */
#define DISPLAY_MAX_PENDING   3
#define DISPLAY_PROBE_LOOK    2 /* sixteenths of a frame time */
#define DISPLAY_STEADY        1 /* arrivals in time: the next may be so too */

typedef struct {
  VdmaFrame frame;
  guint store;
  gboolean parked; /* the reference is there, the hardware perhaps not yet */
  gboolean due;    /* with an interrupt then or since: it is about to begin */
  guint owed; /* on display: events until it has been there for a frame time */
  gboolean shown; /* and counted */
} DisplayEntry;

/* entry[0] is on display, those behind it wait in order. */
struct VdmaDisplay {
  guint64 events;   /* frame interrupts of this run */
  gboolean probing; /* the first frame of a core not known yet */
  gboolean begun;   /* the interrupt of the probe came, its end did not */
  gboolean spoiled; /* an error came into it: there is no other in this run */
  gboolean alike;   /* all stores have the address of the first frame */
  guint n;
  DisplayEntry entry[1 + DISPLAY_MAX_PENDING];
  guint steady; /* arrivals in a row that the first service behind them saw */
  guint64 store_settled[VDMA_MAX_STORES]; /* events at which the address is in
                                           * use */
  guint64 store_used[VDMA_MAX_STORES];    /* turn in which it was last chosen */
  guint64 turn;
  guint changes; /* frames in a row that needed a commit */
  VdmaTimes times;
  guint64 fresh; /* frames shown that no frame time was counted for yet */
};

static void
display_open (VdmaChannel *ch)
{
  ch->display = g_new0 (VdmaDisplay, 1);
}

static void
display_close (VdmaChannel *ch)
{
  g_clear_pointer (&ch->display, g_free);
}

/* The list knows addresses only; the entries own the frames. */
static void
display_set_store (VdmaChannel *ch, guint store, const VdmaFrame *frame)
{
  VdmaFrame owned;
  vdma_frame_list_set (&ch->list, store, frame);
  vdma_frame_list_take (&ch->list, store, &owned);
}

static gboolean
display_prepare (VdmaChannel *ch, const VdmaFrame *first, GError **error)
{
  VdmaDisplay *self = ch->display;

  if (!first) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_STATE,
        "MM2S needs a first frame to start");
    return FALSE;
  }
  if (!vdma_channel_check_frame (ch, first, error))
    return FALSE;
  for (guint i = 0; i < ch->list.n; i++)
    display_set_store (ch, i, first);
  *self = (VdmaDisplay){
    .alike = TRUE,
    .n = 1,
    .entry[0] = { .frame = *first },
  };
  ch->park = 0;
  ch->stats.delivered++;
  return TRUE;
}

/* All addresses are written before the first commit, so each is in use. */
static void
display_begin (VdmaChannel *ch)
{
  VdmaDisplay *self = ch->display;

  self->events = 0;
  self->steady = 0;
  for (guint i = 0; i < ch->list.n; i++)
    self->store_settled[i] = 0;
  for (guint i = 0; i < self->n; i++) {
    self->entry[i].parked = FALSE;
    self->entry[i].due = FALSE;
  }
  self->entry[0].owed = 1;
  vdma_times_begin (&self->times);
  self->begun = FALSE;
  self->probing = ch->learned->pointer == VDMA_POINTER_UNKNOWN && ch->list.n > 1
                  && self->alike && !self->spoiled;
  ch->halts = self->probing;
  if (self->probing)
    ch->cr |= VDMA_CR_FRAME_CNT_EN | VDMA_CR_CIRCULAR;
}

/* ---- stores ---- */

static guint32
display_busy_stores (const VdmaDisplay *self)
{
  guint32 busy = 0;
  for (guint i = 0; i < self->n; i++)
    busy |= 1u << self->entry[i].store;
  return busy;
}

static guint32
display_free_stores (VdmaChannel *ch)
{
  guint32 all = G_MAXUINT32 >> (VDMA_MAX_STORES - ch->list.n);
  return all & ~display_busy_stores (ch->display);
}

/* The one that was not used for the longest time, so that users who cycle
 * through no more frames than there are stores soon need no commit. */
static guint
display_oldest_store (const VdmaDisplay *self, guint32 stores)
{
  guint oldest = (guint) __builtin_ctz (stores);

  for (stores &= stores - 1; stores; stores &= stores - 1) {
    guint store = (guint) __builtin_ctz (stores);
    if (self->store_used[store] < self->store_used[oldest])
      oldest = store;
  }
  return oldest;
}

/* Whether the reference is yet to move to the last frame accepted */
static gboolean
display_last_is_to_move (const VdmaDisplay *self)
{
  const DisplayEntry *last = &self->entry[self->n - 1];
  return self->n > 1 && !last->parked && last[-1].store != last->store;
}

/* Returns: the events after which the address just committed to a store is in
 * use. An interrupt that is pending now may be older than the commit. With a
 * frame before it whose turn is still to come no date is needed: its reference
 * moves later than this commit, so that its arrival lies behind the first
 * boundary after both. */
static guint64
display_settles (VdmaChannel *ch)
{
  const VdmaDisplay *self = ch->display;

  if (ch->list.n > 1 && display_last_is_to_move (self))
    return 0;
  guint32 status = vdma_channel_read (ch, ch->port->regs + VDMA_SR);
  guint stale = (status & VDMA_SR_FRMCNT_IRQ) ? 1 : 0;

  return self->events + stale
         + (ch->list.n == 1 ? DISPLAY_SWAP_EVENTS : DISPLAY_COMMIT_EVENTS);
}

/* The probe goes round stores that are all alike, and an error may send it on to the
 * next one: a new address comes with the launch that ends the probe. */
static void
display_set_address (VdmaChannel *ch, guint store, const VdmaFrame *frame)
{
  VdmaDisplay *self = ch->display;

  display_set_store (ch, store, frame);
  self->alike = FALSE;
  if (self->probing)
    return;
  vdma_channel_commit (ch);
  self->store_settled[store] = display_settles (ch);
}

/* Returns: the store for @frame; its address is committed when that is needed */
static guint
display_place (VdmaChannel *ch, const VdmaFrame *frame)
{
  VdmaDisplay *self = ch->display;
  guint32 vacant = display_free_stores (ch);
  guint32 same = vdma_frame_list_find (&ch->list, frame->phys);
  guint last = self->entry[self->n - 1].store;
  guint store;

  if (same & (1u << last)) {
    store = last;
  } else if (same & vacant) {
    store = display_oldest_store (self, same & vacant);
  } else {
    store = vacant ? display_oldest_store (self, vacant) : 0;
    display_set_address (ch, store, frame);
  }
  self->store_used[store] = ++self->turn;
  return store;
}

/* ---- the way onto the display ---- */

static void
display_note_shown (VdmaChannel *ch)
{
  VdmaDisplay *self = ch->display;
  DisplayEntry *entry = &self->entry[0];

  ch->stats.frames += !entry->shown;
  self->fresh += !entry->shown;
  entry->shown = TRUE;
}

/* @times frame times of the display ended. */
static void
display_count (VdmaChannel *ch, guint64 times)
{
  VdmaDisplay *self = ch->display;
  guint64 of_fresh = MIN (times, self->fresh);

  self->fresh -= of_fresh;
  ch->stats.repeated += times - of_fresh;
}

/* @owed: frame interrupts until the frame has been on display long enough */
static void
display_arrive (VdmaChannel *ch, guint owed)
{
  VdmaDisplay *self = ch->display;
  VdmaFrame gone = self->entry[0].frame;

  self->n--;
  for (guint i = 0; i < self->n; i++)
    self->entry[i] = self->entry[i + 1];
  self->entry[0].owed = owed;
  display_note_shown (ch);
  vdma_channel_worked (ch);
  vdma_channel_release_frame (ch, &gone);
}

/* The frame has the store that is on display: the same memory again, or a new
 * address in the only store, which is in use by now. */
static void
display_stay (VdmaChannel *ch)
{
  const VdmaDisplay *self = ch->display;
  gboolean is_new = self->entry[1].frame.phys != self->entry[0].frame.phys;
  display_arrive (ch, is_new ? 0 : 2);
}

static gboolean
display_is_settled (const VdmaDisplay *self, guint store)
{
  return self->events >= self->store_settled[store];
}

/* Moves the reference to the next frame, if that may be shown and the one
 * before it had its time. */
static void
display_advance (VdmaChannel *ch, gboolean event)
{
  VdmaDisplay *self = ch->display;
  DisplayEntry *next = &self->entry[1];

  if (self->n < 2 || next->parked || self->entry[0].owed > 0
      || !display_is_settled (self, next->store))
    return;
  if (next->store == self->entry[0].store) {
    display_stay (ch);
  } else {
    next->parked = TRUE;
    next->due = event;
    vdma_device_park (ch->device, ch, next->store);
  }
}

static gboolean
display_is_moving (const VdmaDisplay *self)
{
  return self->n > 1 && self->entry[1].parked;
}

/* How many interrupts the frame at which the hardware just arrived must stay.
 * A pointer that moves with SOF says that its frame has begun; a reference that
 * moves now acts behind it. Any other pointer may be ahead of the frame; then
 * the first interrupt behind this reading counts. */
static guint
display_owes (VdmaChannel *ch)
{
  if (ch->learned->pointer == VDMA_POINTER_AT_SOF)
    return 0;
  guint32 status = vdma_channel_read (ch, ch->port->regs + VDMA_SR);
  return (status & VDMA_SR_FRMCNT_IRQ) ? 2 : 1;
}

/* Seen in mid-frame, a pointer that moves before its frame saves a frame. */
static void
display_plan_look (VdmaChannel *ch, gboolean event)
{
  static const guint look_parts[] = { 4, 8, 12, 15 };

  if (ch->learned->pointer == VDMA_POINTER_AT_SOF)
    return;
  if (event)
    vdma_channel_look_again (
        ch, look_parts[ch->learned->look % G_N_ELEMENTS (look_parts)]);
  else
    ch->learned->look++;
}

/* ---- the probe ----
 *
 * The first frame that a core displays is a single shot through stores that are
 * all alike; halted, the pointer stands on it, or ahead of it. */

static void
display_learn (VdmaChannel *ch)
{
  guint store = vdma_channel_read_store (ch);

  ch->learned->pointer = store == 0 ? VDMA_POINTER_AT_SOF : VDMA_POINTER_AT_END;
  vdma_log_debug ("MM2S: the store pointer moves %s",
      store == 0 ? "with SOF" : "between frames");
}

static gboolean
display_probe (VdmaChannel *ch, guint32 status, gint failed, GError **error)
{
  VdmaDisplay *self = ch->display;
  g_autoptr (GError) local = NULL;

  if ((status & VDMA_SR_FRMCNT_IRQ) && !self->begun) {
    self->begun = TRUE;
    display_note_shown (ch);
    display_count (ch, 1);
  }
  self->spoiled |= failed >= 0;
  if (!(status & VDMA_SR_HALTED)) {
    if (self->begun)
      vdma_channel_look_again (ch, DISPLAY_PROBE_LOOK);
    return TRUE;
  }
  /* what is not known is taken for the worst */
  if (!self->spoiled)
    display_learn (ch);
  if (vdma_channel_launch (ch, &local))
    return TRUE;
  vdma_log_debug ("restart after the first frame: %s", local->message);
  return vdma_channel_again (ch, error);
}

static gboolean
display_service (VdmaChannel *ch, guint32 status, gint failed, GError **error)
{
  VdmaDisplay *self = ch->display;
  gboolean event = (status & VDMA_SR_FRMCNT_IRQ) != 0;
  gint64 cleared = vdma_channel_now (ch);

  if (self->probing)
    return display_probe (ch, status, failed, error);
  if (event) {
    self->events++;
    self->entry[0].owed -= MIN (self->entry[0].owed, 1);
  }
  if (display_is_moving (self)) {
    if (vdma_channel_read_store (ch) == self->entry[1].store) {
      self->steady++;
      /* one that an error cut short has its frame time still to come */
      guint owed = display_owes (ch);
      display_arrive (ch, failed < 0 ? owed : MAX (owed, 1));
    } else {
      self->steady = 0;
      self->entry[1].due |= event;
      display_plan_look (ch, event);
    }
  }
  if (event) {
    display_note_shown (ch);
    vdma_channel_worked (ch); /* a frame went out, if only once more */
  }
  display_advance (ch, event);
  if (!event)
    return TRUE;
  display_count (ch, vdma_times_count (&self->times, ch, cleared, TRUE));
  if (display_is_moving (self))
    display_plan_look (ch, event);
  return TRUE;
}

/* The time of a commit is counted in interrupts, which must be known then. */
static gboolean
display_is_dating (const VdmaDisplay *self)
{
  for (guint i = 1; i < self->n; i++) {
    if (!display_is_settled (self, self->entry[i].store))
      return TRUE;
  }
  return FALSE;
}

/* When the last frame was on display at the first interrupt behind its reference,
 * the pointer alone tells all that matters of the next one: that its frame
 * has begun, so that the one before can go. */
static gboolean
display_glance (VdmaChannel *ch)
{
  VdmaDisplay *self = ch->display;

  if (self->probing || ch->learned->pointer != VDMA_POINTER_AT_SOF
      || self->steady < DISPLAY_STEADY || !display_is_moving (self)
      || display_is_dating (self) || !vdma_times_is_due (&self->times, ch))
    return FALSE;
  if (vdma_channel_read_store (ch) != self->entry[1].store) {
    self->steady = 0;
    return FALSE;
  }
  vdma_channel_write (ch, ch->port->regs + VDMA_SR, VDMA_SR_FRMCNT_IRQ);
  gint64 cleared = vdma_channel_now (ch);
  self->events++;
  display_arrive (ch, 0);
  display_advance (ch, TRUE);
  display_count (ch, vdma_times_count (&self->times, ch, cleared, FALSE));
  return TRUE;
}

/* ---- public ---- */

/* Frames that need a commit must be taken ahead of their time to keep the
 * display's rate; others only when the one before is as good as there. At first
 * no more are taken than leave a store's worth for the frame that the user is
 * filling: who cycles through no more frames than there are stores gets along
 * without commits then. Who does not after two turns never will. */
static guint
display_limit (VdmaChannel *ch)
{
  const VdmaDisplay *self = ch->display;
  guint n = ch->list.n;

  if (self->changes > 2 * n)
    return DISPLAY_MAX_PENDING;
  if (self->changes > 0)
    return CLAMP (n, 3, DISPLAY_MAX_PENDING + 2) - 2;
  return self->n > 1 && self->entry[1].due ? 2 : 1;
}

gboolean
vdma_display_can_show (VdmaChannel *ch)
{
  g_return_val_if_fail (!ch->port->captures, FALSE);
  VdmaDisplay *self = ch->display;

  if (vdma_tie_is_follower (ch))
    return TRUE;
  if (!ch->running || ch->retry.at != VDMA_NO_TIME
      || self->n > display_limit (ch))
    return FALSE;
  if (ch->list.n == 1)
    return self->n == 1 && self->entry[0].owed == 0;
  return self->n == 1 || display_free_stores (ch) != 0;
}

/* The frame becomes the first one of a run of its own. */
static gboolean
display_break_tie (VdmaChannel *ch, const VdmaFrame *frame, GError **error)
{
  return vdma_channel_check_frame (ch, frame, error)
         && vdma_channel_untie (ch, error)
         && vdma_channel_start (ch, frame, error);
}

gboolean
vdma_display_show (VdmaChannel *ch, const VdmaFrame *frame, GError **error)
{
  g_return_val_if_fail (!ch->port->captures, FALSE);
  VdmaDisplay *self = ch->display;

  if (vdma_tie_is_follower (ch))
    return display_break_tie (ch, frame, error);
  if (!vdma_display_can_show (ch)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_STATE,
        ch->running ? "MM2S has frames enough to show: service it first"
                    : "the MM2S channel does not run");
    return FALSE;
  }
  if (!vdma_channel_check_frame (ch, frame, error))
    return FALSE;

  guint64 commits = ch->stats.commits;
  guint store = display_place (ch, frame);
  self->changes = ch->stats.commits > commits ? self->changes + 1 : 0;
  self->entry[self->n++] = (DisplayEntry){
    .frame = *frame,
    .store = store,
  };
  ch->stats.delivered++;
  display_advance (ch, FALSE);
  vdma_channel_publish (ch);
  return TRUE;
}

/* ---- the end of a run ---- */

/* The restart shows again what was on display. Where the reference had moved
 * on, the hardware may have been there unseen, and the frame before had its time:
 * going on there never shows an older picture again. */
static void
display_salvage (VdmaChannel *ch, gint failed)
{
  const VdmaDisplay *self = ch->display;

  if (display_is_moving (self))
    display_arrive (ch, 1);
  ch->park = self->entry[0].store;
  if (ch->retry.status & VDMA_SR_FRMCNT_IRQ)
    display_count (ch, 1);
}

/* What the hardware showed since the last service, as far as it can be known: a
 * pointer that moves with SOF says that a frame began. */
static void
display_read_last (VdmaChannel *ch)
{
  VdmaDisplay *self = ch->display;
  guint32 status = vdma_channel_read (ch, ch->port->regs + VDMA_SR);

  if (status & VDMA_SR_FRMCNT_IRQ)
    display_note_shown (ch);
  if (display_is_moving (self) && ch->learned->pointer == VDMA_POINTER_AT_SOF
      && vdma_channel_read_store (ch) == self->entry[1].store)
    display_arrive (ch, 0);
  if (status & VDMA_SR_FRMCNT_IRQ)
    display_count (
        ch, vdma_times_count (&self->times, ch, vdma_channel_now (ch), TRUE));
}

/* Returns: how many entries there were */
static guint
display_cancel (VdmaChannel *ch)
{
  VdmaDisplay *self = ch->display;
  guint n = self->n;

  for (guint i = 0; i < n; i++)
    ch->stats.lost[VDMA_LOSS_STOPPED] += !self->entry[i].shown;
  self->n = 0;
  return n;
}

static void
display_stop (VdmaChannel *ch)
{
  VdmaDisplay *self = ch->display;

  if (self->n > 0 && !ch->was_reset)
    display_read_last (ch);
  for (guint i = 0; i < self->n; i++)
    vdma_channel_release_frame (ch, &self->entry[i].frame);
  display_cancel (ch);
}

const VdmaEngine vdma_display_engine = {
  .name = "park",
  .open = display_open,
  .close = display_close,
  .prepare = display_prepare,
  .begin = display_begin,
  .service = display_service,
  .glance = display_glance,
  .salvage = display_salvage,
  .stop = display_stop,
  .forget = display_cancel,
};
