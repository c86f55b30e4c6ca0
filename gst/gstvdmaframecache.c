/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames, counts and waiters of a frame cache, all under one lock. */
#include "gstvdmaframecache.h"

void
gst_vdma_frame_cache_init (GstVdmaFrameCache *self)
{
  *self = (GstVdmaFrameCache){ .flushing = TRUE };
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->frames = g_ptr_array_new ();
}

void
gst_vdma_frame_cache_finish (GstVdmaFrameCache *self)
{
  g_ptr_array_set_free_func (self->frames, (GDestroyNotify) gst_buffer_unref);
  g_ptr_array_unref (self->frames);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
}

void
gst_vdma_frame_cache_set_limits (
    GstVdmaFrameCache *self, guint capacity, guint max)
{
  g_mutex_lock (&self->lock);
  self->capacity = capacity;
  self->max = max;
  g_mutex_unlock (&self->lock);
}

void
gst_vdma_frame_cache_set_flushing (GstVdmaFrameCache *self, gboolean flushing)
{
  g_mutex_lock (&self->lock);
  self->flushing = flushing;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

void
gst_vdma_frame_cache_set_closing (GstVdmaFrameCache *self, gboolean closing)
{
  g_mutex_lock (&self->lock);
  self->closing = closing;
  g_mutex_unlock (&self->lock);
}

/* With the lock. */
static GstVdmaTurn
frame_cache_try (GstVdmaFrameCache *self, gboolean may_make, GstBuffer **frame)
{
  if (self->flushing)
    return GST_VDMA_TURN_FLUSH;
  if (self->frames->len > 0) {
    *frame = g_ptr_array_steal_index (self->frames, self->frames->len - 1);
    return GST_VDMA_TURN_REUSE;
  }
  if (may_make && (self->max == 0 || self->n_frames < self->max)) {
    self->n_frames++;
    return GST_VDMA_TURN_MAKE;
  }
  return GST_VDMA_TURN_NONE;
}

GstVdmaTurn
gst_vdma_frame_cache_take (GstVdmaFrameCache *self, gboolean may_make,
    gboolean may_wait, GstBuffer **frame)
{
  GstVdmaTurn turn;

  g_mutex_lock (&self->lock);
  while ((turn = frame_cache_try (self, may_make, frame)) == GST_VDMA_TURN_NONE
         && may_wait) {
    self->n_waiting++;
    g_cond_wait (&self->changed, &self->lock);
    self->n_waiting--;
  }
  g_mutex_unlock (&self->lock);
  return turn;
}

void
gst_vdma_frame_cache_reserve (GstVdmaFrameCache *self)
{
  g_mutex_lock (&self->lock);
  self->n_frames++;
  g_mutex_unlock (&self->lock);
}

void
gst_vdma_frame_cache_made (GstVdmaFrameCache *self, gboolean exists)
{
  g_mutex_lock (&self->lock);
  if (exists) {
    self->counts.created++;
  } else {
    self->n_frames--;
    g_cond_signal (&self->changed);
  }
  g_mutex_unlock (&self->lock);
}

void
gst_vdma_frame_cache_reused (GstVdmaFrameCache *self)
{
  g_mutex_lock (&self->lock);
  self->counts.reused++;
  g_mutex_unlock (&self->lock);
}

void
gst_vdma_frame_cache_returned (GstVdmaFrameCache *self)
{
  g_mutex_lock (&self->lock);
  self->counts.returned++;
  g_mutex_unlock (&self->lock);
}

gboolean
gst_vdma_frame_cache_store (GstVdmaFrameCache *self, GstBuffer *frame)
{
  g_mutex_lock (&self->lock);
  gboolean kept = !self->closing && self->frames->len < self->capacity;
  if (kept) {
    g_ptr_array_add (self->frames, frame);
    g_cond_signal (&self->changed);
  }
  g_mutex_unlock (&self->lock);
  return kept;
}

void
gst_vdma_frame_cache_discard (GstVdmaFrameCache *self, GstBuffer *frame)
{
  /* The memory first: who waits for room may have to allocate. */
  gst_buffer_unref (frame);
  g_mutex_lock (&self->lock);
  self->n_frames--;
  self->counts.discarded++;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
}

GPtrArray *
gst_vdma_frame_cache_steal_all (GstVdmaFrameCache *self)
{
  GPtrArray *empty = g_ptr_array_new ();

  g_mutex_lock (&self->lock);
  GPtrArray *frames = self->frames;
  self->frames = empty;
  g_mutex_unlock (&self->lock);
  return frames;
}

guint
gst_vdma_frame_cache_get_counts (
    GstVdmaFrameCache *self, GstVdmaFrameCounts *counts)
{
  g_mutex_lock (&self->lock);
  *counts = self->counts;
  guint n_frames = self->frames->len;
  g_mutex_unlock (&self->lock);
  return n_frames;
}

guint
gst_vdma_frame_cache_get_n_waiting (GstVdmaFrameCache *self)
{
  g_mutex_lock (&self->lock);
  guint n_waiting = self->n_waiting;
  g_mutex_unlock (&self->lock);
  return n_waiting;
}
