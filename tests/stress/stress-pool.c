/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames, their owners, and whether their content is right. */
#include <string.h>

#include "sim-counter.h"
#include "sim-pattern.h"
#include "stress-bench.h"

static gsize
pool_frame_size (const StressPicture *picture)
{
  return (gsize) (picture->vsize - 1) * picture->stride + picture->hsize;
}

gboolean
stress_pool_fill (
    StressPool *self, StressBench *bench, guint n, gboolean writes)
{
  gsize size = pool_frame_size (&bench->picture);

  *self = (StressPool){ .bench = bench, .writes = writes };
  self->frames = g_new0 (StressFrame, n);
  for (self->n = 0; self->n < n; self->n++) {
    g_autoptr (GError) error = NULL;
    StressFrame *frame = &self->frames[self->n];
    frame->block = xlnk_alloc (
        bench->memory, size, 1, 0, XLNK_CACHEABLE, G_MAXUINT64, &error);
    if (!frame->block) {
      stress_bench_violation (bench, "%s", error->message);
      return FALSE;
    }
    frame->phys = xlnk_block_get_phys (frame->block);
    frame->pool = self;
    frame->owner = STRESS_USER;
    frame->copy = g_malloc (size);
    stress_frame_set_owner (frame, STRESS_CACHE);
  }
  return TRUE;
}

/* Frames in quarantine end with their board: time stands still for it. */
void
stress_pool_clear (StressPool *self)
{
  for (guint i = 0; i < self->n; i++) {
    self->frames[i].shared = FALSE;
    stress_frame_set_owner (&self->frames[i], STRESS_CACHE);
    xlnk_block_unref (self->frames[i].block);
    g_free (self->frames[i].copy);
  }
  g_clear_pointer (&self->frames, g_free);
  self->n = 0;
}

guint
stress_pool_count (const StressPool *self, StressOwner owner)
{
  guint n = 0;
  for (guint i = 0; i < self->n; i++)
    n += self->frames[i].owner == owner;
  return n;
}

guint
stress_pool_judge_kept (StressPool *self, guint64 quarantined, guint64 perhaps)
{
  guint n = 0;
  for (guint i = 0; i < self->n; i++)
    n += self->frames[i].owner == STRESS_DRIVER || self->frames[i].shared;
  if (n < quarantined || n > quarantined + perhaps)
    stress_bench_violation (self->bench,
        "the driver keeps %u frames, %" G_GUINT64_FORMAT
        " of them in quarantine",
        n, quarantined + perhaps);
  return n;
}

StressFrame *
stress_pool_get (StressPool *self)
{
  guint turn = stress_below (&self->bench->random, MAX (self->n, 1));
  for (guint i = 0; i < self->n; i++) {
    StressFrame *frame = &self->frames[(turn + i) % self->n];
    if (frame->owner == STRESS_CACHE)
      return frame;
  }
  return NULL;
}

StressFrame *
stress_pool_find (StressPool *self, guint64 phys)
{
  for (guint i = 0; i < self->n; i++)
    if (self->frames[i].phys == phys)
      return &self->frames[i];
  return NULL;
}

/* A frame that is shared is the device's to read, and the application's. */
void
stress_frame_set_owner (StressFrame *self, StressOwner owner)
{
  static const XlnkOwner owners[] = {
    [STRESS_CACHE] = XLNK_OWNER_CACHE,
    [STRESS_DRIVER] = XLNK_OWNER_DEVICE,
    [STRESS_USER] = XLNK_OWNER_APPLICATION,
  };
  g_autoptr (GError) error = NULL;

  self->owner = owner;
  if (!xlnk_block_set_owner (self->block,
          self->shared ? XLNK_OWNER_DEVICE : owners[owner],
          self->pool->writes && !self->shared, &error))
    stress_bench_violation (self->pool->bench, "%s", error->message);
}

/* ---- content ---- */

static guint8 *
frame_map (StressFrame *self, XlnkAccess access)
{
  g_autoptr (GError) error = NULL;
  guint8 *data = xlnk_block_map (self->block, access, &error);
  if (!data)
    stress_bench_violation (self->pool->bench, "%s", error->message);
  return data;
}

gboolean
stress_frame_take (
    StressFrame *self, gboolean shared, guint64 *number, gboolean *flipped)
{
  const StressPicture *picture = &self->pool->bench->picture;
  SimCounterCheck check = { 0 };

  self->shared = shared;
  self->returned = FALSE;
  stress_frame_set_owner (self, STRESS_USER);
  const guint8 *data = frame_map (self, XLNK_ACCESS_READ);
  if (!data)
    return FALSE;
  gboolean whole = sim_pattern_check_counter (
      data, picture->stride, picture->hsize, picture->vsize, &check);
  memcpy (self->copy, data, pool_frame_size (picture));
  xlnk_block_unmap (self->block, XLNK_ACCESS_READ);
  *number = check.number;
  *flipped = check.flipped;
  return whole;
}

/* Bytes between the lines belong to nobody. */
static gboolean
frame_is_same (const StressPicture *picture, const guint8 *a, const guint8 *b)
{
  for (guint i = 0; i < picture->vsize; i++) {
    gsize at = (gsize) i * picture->stride;
    if (memcmp (a + at, b + at, picture->hsize) != 0)
      return FALSE;
  }
  return TRUE;
}

/* Looks past the cache: what the device wrote meanwhile shows. */
void
stress_frame_give_back (StressFrame *self)
{
  StressBench *bench = self->pool->bench;
  gsize size = pool_frame_size (&bench->picture);
  g_autoptr (GError) error = NULL;

  if (!xlnk_block_invalidate (self->block, 0, size, &error))
    stress_bench_violation (bench, "%s", error->message);
  const guint8 *data = frame_map (self, XLNK_ACCESS_READ);
  if (data) {
    if (!frame_is_same (&bench->picture, self->copy, data))
      stress_bench_torn (bench,
          "the frame at 0x%" G_GINT64_MODIFIER
          "x changed after it was handed out",
          self->phys);
    xlnk_block_unmap (self->block, XLNK_ACCESS_READ);
  }
  self->returned = self->shared;
  if (!self->shared)
    stress_frame_set_owner (self, STRESS_CACHE);
}

void
stress_frame_draw (StressFrame *self, guint64 number)
{
  const StressPicture *picture = &self->pool->bench->picture;

  stress_frame_set_owner (self, STRESS_USER);
  guint8 *data = frame_map (self, XLNK_ACCESS_WRITE);
  if (!data)
    return;
  for (guint i = 0; i < picture->vsize; i++)
    sim_counter_draw (
        data + (gsize) i * picture->stride, picture->hsize, number, i);
  xlnk_block_unmap (self->block, XLNK_ACCESS_WRITE);
}

/* ---- for the driver ---- */

static gboolean
pool_acquire (gpointer user_data, VdmaFrame *out)
{
  StressPool *self = user_data;
  StressBench *bench = self->bench;

  if (self->scarcity > 0 && self->running && !bench->calm
      && stress_below (&bench->random, self->scarcity) == 0)
    return FALSE;
  StressFrame *frame = stress_pool_get (self);
  if (!frame)
    return FALSE;
  stress_frame_set_owner (frame, STRESS_DRIVER);
  *out = (VdmaFrame){ .phys = frame->phys, .cookie = frame };
  return TRUE;
}

static void
pool_judge_release (StressFrame *frame, gboolean was_had)
{
  StressBench *bench = frame->pool->bench;

  if (!was_had)
    stress_bench_violation (bench,
        "the driver releases the frame at 0x%" G_GINT64_MODIFIER
        "x, which it does not have",
        frame->phys);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    SimCoreLive live;
    sim_core_get_live (bench->sim->core, (VdmaDirection) dir, &live);
    if (live.in_frame && live.address == frame->phys)
      stress_bench_violation (bench,
          "the frame at 0x%" G_GINT64_MODIFIER
          "x is released while the hardware uses it",
          frame->phys);
  }
}

static void
pool_release (gpointer user_data, VdmaFrame *released)
{
  StressFrame *frame = released->cookie;

  pool_judge_release (frame, frame->owner == STRESS_DRIVER);
  stress_frame_set_owner (frame, STRESS_CACHE);
}

static void
pool_unshare (gpointer user_data, VdmaFrame *released)
{
  StressFrame *frame = released->cookie;

  pool_judge_release (frame, frame->owner == STRESS_USER && frame->shared);
  frame->shared = FALSE;
  stress_frame_set_owner (frame, frame->returned ? STRESS_CACHE : STRESS_USER);
}

const VdmaFrameOps stress_frame_ops = {
  .acquire = pool_acquire,
  .release = pool_release,
  .unshare = pool_unshare,
};
