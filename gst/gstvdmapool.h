/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame cache: PYNQ's _FrameCache (mode, capacity=5, cacheable) as a
 * GstBufferPool.
 *
 *   mode                 caps (and video alignment) in the pool's configuration
 *   getframe ()          gst_buffer_pool_acquire_buffer ()
 *   return_pointer ()    gst_buffer_unref ()
 *   clear ()             gst_vdma_buffer_pool_clear ()
 *
 * getframe takes a frame from the cache or makes a new one; a frame that comes
 * back is kept while the cache holds fewer than its capacity, else its memory is
 * freed at once. Every frame is one GstMemory, the same for its whole life, with
 * a GstVideoMeta that has the true stride.
 *
 * Owners (xlnk_block_get_owner()): CACHE while cached, APPLICATION when handed
 * out; who gives a frame to hardware sets DEVICE, and drops its reference when
 * the hardware has let go.
 *
 * Of the base class: min-buffers are made at activation and raise the capacity,
 * since they wait in the cache; max-buffers (0: none) limits cached and handed
 * out frames together, acquire then waits, or with
 * GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT returns GST_FLOW_EOS at once. Set
 * flushing or inactive ends waits. */
#pragma once

#include <gst/gst.h>
#include <gst/video/video.h>

#include "gstvdmaallocator.h"
#include "gstvdmaformat.h"

G_BEGIN_DECLS

#define GST_VDMA_POOL_DEFAULT_CAPACITY 5
#define GST_VDMA_POOL_MAX_CAPACITY     1024

/** GST_VDMA_POOL_ACQUIRE_FLAG_CACHED: take a frame from the cache or return
 *  GST_FLOW_EOS at once; never make one. */
#define GST_VDMA_POOL_ACQUIRE_FLAG_CACHED                                      \
  ((GstBufferPoolAcquireFlags) GST_BUFFER_POOL_ACQUIRE_FLAG_LAST)

#define GST_TYPE_VDMA_BUFFER_POOL (gst_vdma_buffer_pool_get_type ())
G_DECLARE_FINAL_TYPE (GstVdmaBufferPool, gst_vdma_buffer_pool, GST,
    VDMA_BUFFER_POOL, GstBufferPool)

/**
 * gst_vdma_buffer_pool_new:
 * @allocator: (transfer none): a GstVdmaAllocator; its memory opens with the
 *   first frame
 * @alignment: bytes to which the channel needs address and stride aligned:
 *   vdma_hw_desc_get_alignment()
 *
 * Has a read-only property "stats", a GstStructure as gst_vdma_buffer_pool_get_stats().
 *
 * Returns: (transfer full): a pool, not floating, not configured
 */
GstBufferPool *gst_vdma_buffer_pool_new (
    GstVdmaAllocator *allocator, guint alignment);

/**
 * gst_vdma_buffer_pool_config_set_cache:
 * @config: from gst_buffer_pool_get_config()
 * @capacity: frames that the cache keeps: 0 (none) to GST_VDMA_POOL_MAX_CAPACITY;
 *   others are refused by gst_buffer_pool_set_config()
 * @cacheable: whether new frames are CPU cacheable
 *
 * Without it the capacity is GST_VDMA_POOL_DEFAULT_CAPACITY and caching that of
 * the allocator.
 */
void gst_vdma_buffer_pool_config_set_cache (
    GstStructure *config, gint capacity, gboolean cacheable);
/** Returns: FALSE if @config does not say; then the results are the defaults, not cacheable */
gboolean gst_vdma_buffer_pool_config_get_cache (
    const GstStructure *config, gint *capacity, gboolean *cacheable);

/**
 * gst_vdma_buffer_pool_configure:
 * @caps: fixed raw video caps
 * @align: (nullable): as for gst_vdma_layout_init()
 * @min, @max: frames; @max 0 for no limit
 *
 * The whole configuration in one call and with a reason: size follows from caps.
 * Errors: those of the layout; INVALID for a capacity out of range or @min above
 * @max; STATE while the pool is active or somebody still holds a frame of it: a
 * new mode then needs a new pool.
 */
gboolean gst_vdma_buffer_pool_configure (GstVdmaBufferPool *self, GstCaps *caps,
    const GstVideoAlignment *align, guint min, guint max, gint capacity,
    gboolean cacheable, GError **error);

/**
 * gst_vdma_buffer_pool_activate: gst_buffer_pool_set_active (TRUE) with a reason
 * (NO_MEMORY and the like from making min-buffers).
 */
gboolean gst_vdma_buffer_pool_activate (
    GstVdmaBufferPool *self, GError **error);

/**
 * gst_vdma_buffer_pool_get_frame:
 * @flags: GST_BUFFER_POOL_ACQUIRE_FLAG_*
 * @buffer: (out) (transfer full): the frame; NULL unless GST_FLOW_OK
 * @error: set with GST_FLOW_ERROR alone
 *
 * gst_buffer_pool_acquire_buffer() with a reason.
 *
 * Returns: GST_FLOW_OK; GST_FLOW_EOS when there is none now (DONTWAIT, CACHED);
 *   GST_FLOW_FLUSHING when flushing or inactive; GST_FLOW_ERROR
 */
GstFlowReturn gst_vdma_buffer_pool_get_frame (GstVdmaBufferPool *self,
    GstBufferPoolAcquireFlags flags, GstBuffer **buffer, GError **error);

/**
 * gst_vdma_buffer_pool_clear:
 *
 * Empties the cache; frames handed out are not concerned. Any thread, active or
 * not.
 */
void gst_vdma_buffer_pool_clear (GstVdmaBufferPool *self);

/**
 * gst_vdma_buffer_pool_deactivate:
 *
 * gst_buffer_pool_set_active (FALSE) that gives memory back at once: the base
 * class empties the cache only when the last frame has come back, so a sample
 * held by an application would keep all of it. Frames still out are freed one by
 * one as they return.
 */
void gst_vdma_buffer_pool_deactivate (GstVdmaBufferPool *self);

/** Returns: FALSE when not configured; else @layout is that of every frame */
gboolean gst_vdma_buffer_pool_get_layout (
    GstVdmaBufferPool *self, GstVdmaLayout *layout);

/**
 * GstVdmaPoolStats: counted since the pool was made.
 * created = cached + handed out + discarded; what is freed by clear, stop or a
 * full cache counts as discarded.
 */
typedef struct {
  guint capacity; /* in force: configured, or min-buffers if that is more */
  gboolean
      cacheable; /* as configured; what memory there is decides: gst_vdma_memory_is_cacheable() */
  guint cached;  /* in the cache now */
  guint64 created;   /* frames made */
  guint64 reused;    /* frames handed out from the cache */
  guint64 returned;  /* frames that came back */
  guint64 discarded; /* frames freed */
} GstVdmaPoolStats;

void gst_vdma_buffer_pool_get_stats (
    GstVdmaBufferPool *self, GstVdmaPoolStats *stats);

G_END_DECLS
