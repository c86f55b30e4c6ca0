/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver rig's pool of frames: who has which, and what a driver may do with it. */
#include <string.h>

#include "driver-rig.h"

static RigFrame *
rig_take_free (DriverRig *rig)
{
  for (guint i = 0; i < rig->n_frames; i++) {
    RigFrame *frame = &rig->frame[(rig->turn + i) % rig->n_frames];
    if (frame->owner != RIG_FREE)
      continue;
    rig->turn = (guint) (frame - rig->frame) + 1;
    return frame;
  }
  return NULL;
}

static gboolean
rig_acquire (gpointer user_data, VdmaFrame *out)
{
  DriverRig *rig = user_data;
  if (rig->acquire_takes > 0)
    driver_rig_advance (rig, rig->acquire_takes);
  if (rig->starve > 0) {
    rig->starve--;
    return FALSE;
  }
  RigFrame *frame = rig_take_free (rig);
  if (!frame)
    return FALSE;
  memset (frame->data, 0xEE, sizeof frame->data);
  frame->owner = RIG_DEVICE;
  *out = (VdmaFrame){ .phys = frame->phys, .cookie = frame };
  return TRUE;
}

static void
rig_release (gpointer user_data, VdmaFrame *frame)
{
  RigFrame *self = frame->cookie;
  g_assert_cmpint (self->owner, ==, RIG_DEVICE);
  self->owner = RIG_FREE;
}

static void
rig_unshare (gpointer user_data, VdmaFrame *frame)
{
  RigFrame *self = frame->cookie;
  g_assert_cmpint (self->owner, ==, RIG_SHARED);
  self->owner = self->returned ? RIG_FREE : RIG_TAKEN;
}

const VdmaFrameOps driver_rig_ops = {
  .acquire = rig_acquire,
  .release = rig_release,
  .unshare = rig_unshare,
};

VdmaFrame
driver_rig_new_frame (DriverRig *rig, guint32 number)
{
  RigFrame *frame = rig_take_free (rig);
  if (!frame)
    g_error ("the rig has no free frame");
  driver_rig_draw (frame, number);
  frame->owner = RIG_DEVICE;
  return (VdmaFrame){ .phys = frame->phys, .cookie = frame };
}

void
driver_rig_keep (DriverRig *rig, VdmaFrame *frame)
{
  RigFrame *self = frame->cookie;
  g_assert_cmpint (self->owner, ==, RIG_DEVICE);
  self->owner = RIG_TAKEN;
}

void
driver_rig_share (DriverRig *rig, VdmaFrame *frame)
{
  driver_rig_keep (rig, frame);
  ((RigFrame *) frame->cookie)->owner = RIG_SHARED;
  ((RigFrame *) frame->cookie)->returned = FALSE;
}

void
driver_rig_give_back (DriverRig *rig, VdmaFrame *frame)
{
  RigFrame *self = frame->cookie;
  if (self->owner == RIG_SHARED) {
    self->returned = TRUE;
    return;
  }
  g_assert_cmpint (self->owner, ==, RIG_TAKEN);
  self->owner = RIG_FREE;
}

guint
driver_rig_count (DriverRig *rig, RigOwner owner)
{
  guint n = 0;
  for (guint i = 0; i < rig->n_frames; i++)
    n += rig->frame[i].owner == owner;
  return n;
}
