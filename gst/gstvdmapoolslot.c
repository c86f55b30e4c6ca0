/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pool that an element uses now. */
#include "gstvdmapoolslot.h"

#include "gstvdmastats.h"

void
gst_vdma_pool_slot_init (GstVdmaPoolSlot *self)
{
  *self = (GstVdmaPoolSlot){ NULL };
  g_mutex_init (&self->lock);
}

void
gst_vdma_pool_slot_clear (GstVdmaPoolSlot *self)
{
  gst_vdma_pool_slot_drop (self);
  g_mutex_clear (&self->lock);
}

void
gst_vdma_pool_slot_set (GstVdmaPoolSlot *self, GstVdmaBufferPool *pool)
{
  gst_vdma_pool_slot_drop (self);
  g_mutex_lock (&self->lock);
  self->pool = pool;
  g_mutex_unlock (&self->lock);
}

void
gst_vdma_pool_slot_drop (GstVdmaPoolSlot *self)
{
  g_mutex_lock (&self->lock);
  GstVdmaBufferPool *pool = g_steal_pointer (&self->pool);
  if (pool)
    gst_vdma_buffer_pool_get_stats (pool, &self->last_stats);
  g_mutex_unlock (&self->lock);
  if (!pool)
    return;
  gst_vdma_buffer_pool_deactivate (pool);
  gst_object_unref (pool);
}

void
gst_vdma_pool_slot_add_stats (GstVdmaPoolSlot *self, GstStructure *stats)
{
  g_mutex_lock (&self->lock);
  if (self->pool)
    gst_vdma_buffer_pool_get_stats (self->pool, &self->last_stats);
  gst_vdma_stats_add_pool (stats, &self->last_stats);
  g_mutex_unlock (&self->lock);
}
