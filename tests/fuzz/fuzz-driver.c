/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver on hardware that lies, under a user who does things in any order.
 * Whatever is read: every call returns, every failure has a sentence, no frame
 * is in two hands, and a stopped channel holds none but those it says it keeps
 * for ever. */
#include "fuzz.h"

#include <string.h>

#include "hostile.h"

#define DRIVER_FRAMES 48
#define DRIVER_BASE   G_GUINT64_CONSTANT (0x10000000)
#define DRIVER_PITCH  G_GUINT64_CONSTANT (0x10000)

typedef enum {
  OWNER_NOBODY,
  OWNER_USER,    /* handed out by take, or about to be shown */
  OWNER_CHANNEL, /* + VdmaDirection */
} Owner;

typedef struct {
  guint64 phys;
  guint owner;
} Frame;

typedef struct Driver Driver;

/* What a channel's frame operations are called with. */
typedef struct {
  Driver *driver;
  VdmaDirection dir;
} Hand;

struct Driver {
  FuzzInput *in;
  Hostile *hardware;
  VdmaHwDesc desc;
  VdmaDevice *device;
  VdmaCancel *cancel;
  VdmaChannel *channel[VDMA_N_DIRECTIONS];
  Hand hand[VDMA_N_DIRECTIONS];
  guint64 kept[VDMA_N_DIRECTIONS]; /* by channels that were released */
  guint starve;                    /* acquires that fail from now on */
  Frame frame[DRIVER_FRAMES];
};

static guint
driver_count (const Driver *self, guint owner)
{
  guint n = 0;
  for (guint i = 0; i < DRIVER_FRAMES; i++)
    n += self->frame[i].owner == owner;
  return n;
}

static Frame *
driver_find (Driver *self, guint owner)
{
  for (guint i = 0; i < DRIVER_FRAMES; i++) {
    if (self->frame[i].owner == owner)
      return &self->frame[i];
  }
  return NULL;
}

/* ---- frame operations ---- */

static gboolean
hand_acquire (gpointer user_data, VdmaFrame *out)
{
  Hand *hand = user_data;
  Driver *self = hand->driver;
  Frame *frame = driver_find (self, OWNER_NOBODY);

  if (self->starve > 0) {
    self->starve--;
    return FALSE;
  }
  if (!frame)
    return FALSE;
  frame->owner = OWNER_CHANNEL + hand->dir;
  *out = (VdmaFrame){ .phys = frame->phys, .cookie = frame };
  return TRUE;
}

static Frame *
hand_get_frame (const Hand *hand, const VdmaFrame *frame)
{
  Frame *own = frame->cookie;

  g_assert_true (
      own >= hand->driver->frame && own < hand->driver->frame + DRIVER_FRAMES);
  g_assert_cmpuint (own->phys, ==, frame->phys);
  g_assert_cmpuint (own->owner, ==, OWNER_CHANNEL + hand->dir);
  return own;
}

static void
hand_release (gpointer user_data, VdmaFrame *frame)
{
  hand_get_frame (user_data, frame)->owner = OWNER_NOBODY;
}

static const VdmaFrameOps hand_ops = {
  .acquire = hand_acquire,
  .release = hand_release,
};

/* ---- judgement ---- */

static void
driver_check_channel (Driver *self, VdmaDirection dir)
{
  VdmaChannel *channel = self->channel[dir];
  guint held = driver_count (self, OWNER_CHANNEL + dir);
  VdmaChannelStats stats;
  guint64 lost = 0;

  if (!channel) {
    g_assert_cmpuint (held, ==, self->kept[dir]);
    return;
  }
  vdma_channel_get_stats (channel, &stats);
  if (!vdma_channel_is_running (channel))
    g_assert_cmpuint (held, ==, self->kept[dir] + stats.quarantined);
  if (dir != VDMA_S2MM)
    return;
  for (guint i = 0; i < VDMA_N_LOSSES; i++)
    lost += stats.lost[i];
  g_assert_cmpuint (stats.frames, ==,
      stats.delivered + lost + vdma_capture_n_waiting (channel));
}

static void
driver_end_call (Driver *self, gboolean ok, GError *error)
{
  fuzz_check_error (ok, error, TRUE);
  hostile_end_call (self->hardware);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    driver_check_channel (self, (VdmaDirection) dir);
}

/* ---- what a user does ---- */

static void
do_claim (Driver *self, VdmaDirection dir)
{
  GError *error = NULL;
  VdmaChannel *channel = vdma_device_claim (self->device, dir, "fuzz", &error);

  g_assert_true (!channel || !self->channel[dir]);
  if (channel) {
    self->channel[dir] = channel;
    self->hand[dir] = (Hand){ self, dir };
  }
  driver_end_call (self, channel != NULL, error);
}

static void
do_release (Driver *self, VdmaDirection dir)
{
  VdmaChannelStats stats;

  if (!self->channel[dir])
    return;
  vdma_channel_stop (self->channel[dir], NULL);
  vdma_channel_get_stats (self->channel[dir], &stats);
  vdma_channel_release (self->channel[dir]);
  self->channel[dir] = NULL;
  self->kept[dir] += stats.quarantined;
  driver_end_call (self, TRUE, NULL);
}

static void
do_set_mode (Driver *self, VdmaDirection dir)
{
  GError *error = NULL;
  guint8 bits = fuzz_u8 (self->in);
  VdmaMode mode = {
    .hsize = bits & 1 ? fuzz_u16 (self->in) : 64,
    .vsize = bits & 2 ? fuzz_u16 (self->in) : 8,
    .stride = bits & 4 ? fuzz_u16 (self->in) : 128,
    .period =
        bits & 8 ? (gint64) fuzz_u32 (self->in) << (bits >> 4) * 2 : 16666667,
    .vertical_flip = bits >> 4 & 1,
    .frame_delay = bits & 32 ? fuzz_u8 (self->in) : 0,
    .genlock = bits >> 6 & 1,
  };
  gboolean ok = vdma_channel_set_mode (self->channel[dir], &mode, &error);
  driver_end_call (self, ok, error);
}

static void
do_set_ops (Driver *self, VdmaDirection dir)
{
  if (!vdma_channel_is_running (self->channel[dir]))
    vdma_channel_set_frame_ops (
        self->channel[dir], &hand_ops, &self->hand[dir]);
}

/* A frame for the display becomes the channel's with the call. */
static void
do_start (Driver *self, VdmaDirection dir)
{
  GError *error = NULL;
  Frame *frame = dir == VDMA_MM2S && fuzz_u8 (self->in) < 0xF0
                     ? driver_find (self, OWNER_NOBODY)
                     : NULL;
  VdmaFrame first = { 0 };

  do_set_ops (self, dir);
  if (frame) {
    frame->owner = OWNER_CHANNEL + dir;
    first = (VdmaFrame){ .phys = frame->phys, .cookie = frame };
  }
  gboolean ok =
      vdma_channel_start (self->channel[dir], frame ? &first : NULL, &error);
  driver_end_call (self, ok, error);
}

static void
do_stop (Driver *self, VdmaDirection dir)
{
  GError *error = NULL;
  gboolean ok = vdma_channel_stop (self->channel[dir], &error);
  g_assert_false (vdma_channel_is_running (self->channel[dir]));
  driver_end_call (self, ok, error);
}

static void
do_service (Driver *self, VdmaDirection dir)
{
  GError *error = NULL;
  gboolean ok = vdma_channel_service (self->channel[dir], &error);
  driver_end_call (self, ok, error);
}

static void
do_wait (Driver *self, VdmaDirection dir)
{
  GError *error = NULL;
  guint16 limit = fuzz_u16 (self->in);
  gint64 now = vdma_channel_now (self->channel[dir]);
  gint64 deadline =
      limit == G_MAXUINT16 ? G_MAXINT64 : now + ((gint64) limit << 12);
  VdmaWait end = vdma_channel_wait (
      self->channel[dir], limit & 1 ? self->cancel : NULL, deadline, &error);
  driver_end_call (self, end != VDMA_WAIT_FAILED, error);
  if (end == VDMA_WAIT_READY)
    do_service (self, dir);
}

static void
do_take (Driver *self, VdmaDirection dir)
{
  VdmaFrame frame;
  VdmaFrameInfo info;

  if (dir != VDMA_S2MM)
    return;
  guint waiting = vdma_capture_n_waiting (self->channel[dir]);
  gboolean taken = vdma_capture_take (self->channel[dir], &frame, &info);
  g_assert_cmpint (taken, ==, waiting > 0);
  if (taken)
    hand_get_frame (&self->hand[dir], &frame)->owner = OWNER_USER;
  driver_end_call (self, TRUE, NULL);
}

static void
do_show (Driver *self, VdmaDirection dir)
{
  GError *error = NULL;
  Frame *own = driver_find (self, OWNER_NOBODY);

  if (dir != VDMA_MM2S || !own)
    return;
  gboolean can = vdma_display_can_show (self->channel[dir]);
  VdmaFrame frame = { .phys = own->phys, .cookie = own };
  own->owner = OWNER_CHANNEL + dir;
  gboolean ok = vdma_display_show (self->channel[dir], &frame, &error);
  g_assert_true (can || !ok);
  if (!ok)
    own->owner = OWNER_NOBODY;
  driver_end_call (self, ok, error);
}

static void
do_give_back (Driver *self, VdmaDirection dir)
{
  Frame *frame = driver_find (self, OWNER_USER);
  if (frame)
    frame->owner = OWNER_NOBODY;
}

static void
do_starve (Driver *self, VdmaDirection dir)
{
  self->starve = fuzz_below (self->in, 16);
}

static void
do_change_mood (Driver *self, VdmaDirection dir)
{
  hostile_set_stuck (self->hardware, fuzz_u8 (self->in));
}

/* Without a channel only the first few make sense. */
#define DRIVER_FREE_OPS 3

static void (*const driver_ops[]) (Driver *, VdmaDirection) = {
  do_claim,
  do_starve,
  do_change_mood,
  do_release,
  do_set_mode,
  do_start,
  do_stop,
  do_service,
  do_wait,
  do_wait,
  do_take,
  do_show,
  do_give_back,
};

static void
driver_step (Driver *self)
{
  guint8 byte = fuzz_u8 (self->in);
  VdmaDirection dir = byte & 0x80 ? VDMA_S2MM : VDMA_MM2S;
  guint op = (byte & 0x7F) % G_N_ELEMENTS (driver_ops);

  if (op < DRIVER_FREE_OPS || self->channel[dir])
    driver_ops[op](self, dir);
}

/* ---- life ---- */

static void
driver_choose_build (FuzzInput *in, VdmaHwDesc *desc)
{
  static const guint widths[] = { 32, 40, 64, 31 };
  guint16 bits = fuzz_u16 (in);

  vdma_hw_desc_init (desc);
  desc->n_stores = 1 + (bits & 31);
  desc->addr_width = widths[bits >> 5 & 3];
  desc->flush_on_fsync = !(bits >> 7 & 1);
  desc->vert_flip = bits >> 8 & 1;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    desc->channel[dir].dre = !(bits >> 9 & 1);
    desc->channel[dir].frmstore_reg = bits >> 10 & 1;
    desc->channel[dir].frame_counter = !(bits >> 11 & 1);
    desc->channel[dir].present = !(bits >> (12 + dir) & 1);
  }
  if (bits >> 14 & 1)
    desc->channel[VDMA_S2MM].fsync = VDMA_FSYNC_NONE;
}

/* Some frames lie where the core cannot reach, or crooked. */
static void
driver_make_frames (Driver *self)
{
  guint64 phys = DRIVER_BASE;
  guint bad = fuzz_u8 (self->in);

  for (guint i = 0; i < DRIVER_FRAMES; i++, phys += DRIVER_PITCH)
    self->frame[i].phys = phys;
  if (bad < DRIVER_FRAMES)
    self->frame[bad].phys = fuzz_u64 (self->in);
}

static void
driver_run (Driver *self)
{
  guint8 missing = fuzz_u8 (self->in);
  GError *error = NULL;

  hostile_set_stuck (self->hardware, fuzz_u8 (self->in));
  self->device = hostile_open_device (
      self->hardware, &self->desc, missing < 0xF0 ? 0 : missing & 7, &error);
  driver_end_call (self, self->device != NULL, error);
  if (!self->device)
    return;
  do_claim (self, VDMA_MM2S);
  do_claim (self, VDMA_S2MM);
  while (!fuzz_is_empty (self->in))
    driver_step (self);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    do_release (self, (VdmaDirection) dir);
  vdma_device_unref (self->device);
}

void
fuzz_target_run (FuzzInput *in)
{
  Driver self = { .in = in };

  driver_choose_build (in, &self.desc);
  driver_make_frames (&self);
  self.hardware = hostile_new (in, &self.desc);
  self.cancel = vdma_cancel_new (NULL);
  driver_run (&self);
  vdma_cancel_free (self.cancel);
  hostile_free (self.hardware);
}
