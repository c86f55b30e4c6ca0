/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame cache as a GstBufferPool: makes frames, tells their owners, and
 * keeps the configuration.
 *
 * Acquire and release are our own instead of the base class's: a cache with a
 * capacity gives frames up all the time, and what the base class counts for its
 * waiters in 1.20 and 1.22 grows with every frame given up, until waiting spins.
 * Of the base class remain configuration, activation, flushing and the way a
 * buffer finds home. */
#include "gstvdmapool.h"

#include "gstvdmaframecache.h"
#include "gstvdmapoolmode.h"
#include "vdma-error.h"

GST_DEBUG_CATEGORY_STATIC (vdma_pool_debug);
#define GST_CAT_DEFAULT vdma_pool_debug

struct _GstVdmaBufferPool {
  GstBufferPool parent;

  GstVdmaAllocator *allocator; /* constant */
  guint alignment;             /* constant */
  GstVdmaFrameCache cache;     /* guards itself */

  GMutex lock;
  /* Changes, with the lock, only while no frame is out and the pool inactive:
   * who makes or gets back a frame reads it without. */
  GstVdmaPoolMode mode;
  gboolean configured; /* with the lock */
  GError *reason;      /* with the lock: of the last failure */
};

enum { PROP_0, PROP_STATS };

G_DEFINE_TYPE_WITH_CODE (GstVdmaBufferPool, gst_vdma_buffer_pool,
    GST_TYPE_BUFFER_POOL,
    GST_DEBUG_CATEGORY_INIT (
        vdma_pool_debug, "vdmapool", 0, "cache of AXI VDMA frames"))

/* ---- reasons ---- */

/* Functions of the base class return no GError: it waits here for its caller. */
static void
vdma_pool_fail (GstVdmaBufferPool *self, GError *reason)
{
  GST_WARNING_OBJECT (self, "%s", reason->message);
  g_mutex_lock (&self->lock);
  GError *older = self->reason;
  self->reason = reason;
  g_mutex_unlock (&self->lock);
  g_clear_error (&older);
}

static void
vdma_pool_take_reason (GstVdmaBufferPool *self, VdmaErrorCode code,
    const gchar *or_else, GError **error)
{
  g_mutex_lock (&self->lock);
  GError *reason = g_steal_pointer (&self->reason);
  g_mutex_unlock (&self->lock);
  if (!reason)
    reason = g_error_new_literal (VDMA_ERROR, code, or_else);
  g_propagate_error (error, reason);
}

/* ---- frames ---- */

static gboolean
vdma_pool_mark_meta (GstBuffer *buffer, GstMeta **meta, gpointer unused)
{
  GST_META_FLAG_SET (*meta, GST_META_FLAG_POOLED);
  GST_META_FLAG_SET (*meta, GST_META_FLAG_LOCKED);
  return TRUE;
}

/* Metas of the pool stay on a frame for its whole life. */
static void
vdma_pool_add_metas (GstBuffer *buffer, GstVdmaLayout *layout)
{
  GstVideoInfo *info = &layout->info;
  GstVideoMeta *meta = gst_buffer_add_video_meta_full (buffer,
      GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_INFO_FORMAT (info),
      (guint) GST_VIDEO_INFO_WIDTH (info), (guint) GST_VIDEO_INFO_HEIGHT (info),
      GST_VIDEO_INFO_N_PLANES (info), info->offset, info->stride);
  gst_video_meta_set_alignment (meta, layout->align);
  gst_buffer_foreach_meta (buffer, vdma_pool_mark_meta, NULL);
  GST_BUFFER_FLAG_UNSET (buffer, GST_BUFFER_FLAG_TAG_MEMORY);
}

static GstBuffer *
vdma_pool_make_frame (GstVdmaBufferPool *self, GError **error)
{
  GstMemory *mem = gst_vdma_allocator_alloc (self->allocator, self->mode.size,
      &self->mode.params, self->mode.caching, error);
  if (!mem)
    return NULL;
  GstBuffer *buffer = gst_buffer_new ();
  gst_buffer_append_memory (buffer, mem);
  vdma_pool_add_metas (buffer, &self->mode.layout);
  return buffer;
}

static gboolean
vdma_pool_set_owner (GstBuffer *buffer, XlnkOwner owner)
{
  return xlnk_block_set_owner (
      gst_vdma_buffer_get_block (buffer), owner, FALSE, NULL);
}

/* Whether a returned frame is as it was made; else it is of no more use. */
static gboolean
vdma_pool_is_intact (GstVdmaBufferPool *self, GstBuffer *buffer)
{
  return !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_TAG_MEMORY)
         && gst_vdma_buffer_get_block (buffer)
         && gst_buffer_get_size (buffer) == self->mode.size
         && gst_buffer_is_all_memory_writable (buffer);
}

/* Frees a frame. Its memory may live on with who shares it: as the
 * application's. */
static void
vdma_pool_discard (GstVdmaBufferPool *self, GstBuffer *buffer)
{
  if (gst_vdma_buffer_get_block (buffer))
    vdma_pool_set_owner (buffer, XLNK_OWNER_APPLICATION);
  gst_vdma_frame_cache_discard (&self->cache, buffer);
}

/* ---- getframe ---- */

/* Makes the frame that the cache has counted already. */
static GstFlowReturn
vdma_pool_make_counted (GstVdmaBufferPool *self, GstBuffer **buffer)
{
  GError *error = NULL;

  *buffer = vdma_pool_make_frame (self, &error);
  gst_vdma_frame_cache_made (&self->cache, *buffer != NULL);
  if (*buffer)
    return GST_FLOW_OK;
  vdma_pool_fail (self, error);
  return GST_FLOW_ERROR;
}

/* Hands a cached frame to the application; FALSE if its memory is gone. */
static gboolean
vdma_pool_reuse (GstVdmaBufferPool *self, GstBuffer *buffer)
{
  if (!vdma_pool_set_owner (buffer, XLNK_OWNER_APPLICATION)) {
    vdma_pool_discard (self, buffer);
    return FALSE;
  }
  gst_vdma_frame_cache_reused (&self->cache);
  return TRUE;
}

static GstFlowReturn
vdma_pool_acquire_buffer (
    GstBufferPool *pool, GstBuffer **buffer, GstBufferPoolAcquireParams *params)
{
  GstVdmaBufferPool *self = GST_VDMA_BUFFER_POOL (pool);
  GstBufferPoolAcquireFlags flags =
      params ? params->flags : GST_BUFFER_POOL_ACQUIRE_FLAG_NONE;
  gboolean may_make = !(flags & GST_VDMA_POOL_ACQUIRE_FLAG_CACHED);
  gboolean may_wait =
      may_make && !(flags & GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT);

  /* Turns again only after a cached frame was found dead and freed. */
  for (;;) {
    switch (
        gst_vdma_frame_cache_take (&self->cache, may_make, may_wait, buffer)) {
      case GST_VDMA_TURN_REUSE:
        if (vdma_pool_reuse (self, *buffer))
          return GST_FLOW_OK;
        *buffer = NULL;
        break;
      case GST_VDMA_TURN_MAKE:
        return vdma_pool_make_counted (self, buffer);
      case GST_VDMA_TURN_NONE:
        return GST_FLOW_EOS;
      case GST_VDMA_TURN_FLUSH:
        return GST_FLOW_FLUSHING;
    }
  }
}

/* ---- return_pointer ---- */

/* The base class resets a frame to the start of its memory: not where frames
 * with a prefix begin. */
static void
vdma_pool_reset_buffer (GstBufferPool *pool, GstBuffer *buffer)
{
  GstVdmaBufferPool *self = GST_VDMA_BUFFER_POOL (pool);
  gsize prefix = self->mode.params.prefix;

  GST_BUFFER_POOL_CLASS (gst_vdma_buffer_pool_parent_class)
      ->reset_buffer (pool, buffer);
  if (prefix > 0 && !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_TAG_MEMORY)
      && gst_buffer_get_size (buffer) == self->mode.size)
    gst_buffer_resize (buffer, (gssize) prefix, (gssize) self->mode.size);
}

static void
vdma_pool_release_buffer (GstBufferPool *pool, GstBuffer *buffer)
{
  GstVdmaBufferPool *self = GST_VDMA_BUFFER_POOL (pool);

  gst_vdma_frame_cache_returned (&self->cache);
  if (!vdma_pool_is_intact (self, buffer)) {
    GST_DEBUG_OBJECT (
        self, "frame %p came back changed or is still shared: freed", buffer);
    vdma_pool_discard (self, buffer);
    return;
  }
  /* Before it can be taken again, by another thread that sets the next owner. */
  if (!vdma_pool_set_owner (buffer, XLNK_OWNER_CACHE)
      || !gst_vdma_frame_cache_store (&self->cache, buffer))
    vdma_pool_discard (self, buffer);
}

/* ---- clear ---- */

void
gst_vdma_buffer_pool_clear (GstVdmaBufferPool *self)
{
  g_return_if_fail (GST_IS_VDMA_BUFFER_POOL (self));

  GPtrArray *frames = gst_vdma_frame_cache_steal_all (&self->cache);
  for (guint i = 0; i < frames->len; i++)
    vdma_pool_discard (self, g_ptr_array_index (frames, i));
  g_ptr_array_unref (frames);
}

void
gst_vdma_buffer_pool_deactivate (GstVdmaBufferPool *self)
{
  g_return_if_fail (GST_IS_VDMA_BUFFER_POOL (self));

  gst_vdma_frame_cache_set_closing (&self->cache, TRUE);
  gst_buffer_pool_set_active (GST_BUFFER_POOL (self), FALSE);
  gst_vdma_buffer_pool_clear (self);
}

/* ---- start, stop, flush ---- */

static gboolean
vdma_pool_start (GstBufferPool *pool)
{
  GstVdmaBufferPool *self = GST_VDMA_BUFFER_POOL (pool);

  gst_vdma_frame_cache_set_closing (&self->cache, FALSE);
  for (guint i = 0; i < self->mode.min; i++) {
    GstBuffer *buffer;

    gst_vdma_frame_cache_reserve (&self->cache);
    if (vdma_pool_make_counted (self, &buffer) != GST_FLOW_OK) {
      gst_vdma_buffer_pool_clear (self);
      return FALSE;
    }
    if (!vdma_pool_set_owner (buffer, XLNK_OWNER_CACHE)
        || !gst_vdma_frame_cache_store (&self->cache, buffer))
      vdma_pool_discard (self, buffer);
  }
  return TRUE;
}

static gboolean
vdma_pool_stop (GstBufferPool *pool)
{
  gst_vdma_buffer_pool_clear (GST_VDMA_BUFFER_POOL (pool));
  return TRUE;
}

static void
vdma_pool_flush_start (GstBufferPool *pool)
{
  gst_vdma_frame_cache_set_flushing (&GST_VDMA_BUFFER_POOL (pool)->cache, TRUE);
}

/* Activation comes here as well, also that of a pool whose frames were still
 * out and which therefore never stopped. */
static void
vdma_pool_flush_stop (GstBufferPool *pool)
{
  GstVdmaBufferPool *self = GST_VDMA_BUFFER_POOL (pool);
  gst_vdma_frame_cache_set_closing (&self->cache, FALSE);
  gst_vdma_frame_cache_set_flushing (&self->cache, FALSE);
}

/* ---- configuration ---- */

static const gchar **
vdma_pool_get_options (GstBufferPool *pool)
{
  static const gchar *options[] = { GST_BUFFER_POOL_OPTION_VIDEO_META,
    GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT, NULL };
  return options;
}

static gboolean
vdma_pool_set_config (GstBufferPool *pool, GstStructure *config)
{
  GstVdmaBufferPool *self = GST_VDMA_BUFFER_POOL (pool);
  GstVdmaPoolMode mode = { 0 };
  GError *error = NULL;

  if (!gst_vdma_pool_mode_parse (
          &mode, config, self->allocator, self->alignment, &error)) {
    vdma_pool_fail (self, error);
    return FALSE;
  }
  gst_vdma_pool_mode_write_back (&mode, config, self->allocator);
  g_mutex_lock (&self->lock);
  self->mode = mode;
  self->configured = TRUE;
  g_mutex_unlock (&self->lock);
  gst_vdma_frame_cache_set_limits (&self->cache, mode.capacity, mode.max);
  GST_DEBUG_OBJECT (self,
      "frames of %" G_GSIZE_FORMAT " bytes, stride %u, cache of %u, %s",
      mode.size, mode.layout.mode.stride, mode.capacity,
      mode.caching == XLNK_CACHEABLE ? "cacheable" : "uncached");
  return GST_BUFFER_POOL_CLASS (gst_vdma_buffer_pool_parent_class)
      ->set_config (pool, config);
}

/* ---- the same with reasons ---- */

GstBufferPool *
gst_vdma_buffer_pool_new (GstVdmaAllocator *allocator, guint alignment)
{
  g_return_val_if_fail (GST_IS_VDMA_ALLOCATOR (allocator), NULL);
  g_return_val_if_fail (
      alignment != 0 && (alignment & (alignment - 1)) == 0, NULL);

  GstVdmaBufferPool *self = g_object_new (GST_TYPE_VDMA_BUFFER_POOL, NULL);
  self->allocator = gst_object_ref (allocator);
  self->alignment = alignment;
  return gst_object_ref_sink (self);
}

gboolean
gst_vdma_buffer_pool_configure (GstVdmaBufferPool *self, GstCaps *caps,
    const GstVideoAlignment *align, guint min, guint max, gint capacity,
    gboolean cacheable, GError **error)
{
  g_return_val_if_fail (GST_IS_VDMA_BUFFER_POOL (self), FALSE);

  if (!gst_vdma_pool_mode_check_numbers (min, max, error))
    return FALSE;
  GstBufferPool *pool = GST_BUFFER_POOL (self);
  GstStructure *config = gst_buffer_pool_get_config (pool);
  gst_buffer_pool_config_set_params (config, caps, 0, min, max);
  gst_buffer_pool_config_add_option (config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  if (align) {
    GstVideoAlignment wish = *align;
    gst_buffer_pool_config_add_option (
        config, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT);
    gst_buffer_pool_config_set_video_alignment (config, &wish);
  }
  gst_vdma_buffer_pool_config_set_cache (config, capacity, cacheable);
  if (gst_buffer_pool_set_config (pool, config))
    return TRUE;
  vdma_pool_take_reason (self, VDMA_ERROR_STATE,
      "the frame cache is in use: it can be configured when it is inactive "
      "and all its frames have come back",
      error);
  return FALSE;
}

gboolean
gst_vdma_buffer_pool_activate (GstVdmaBufferPool *self, GError **error)
{
  g_return_val_if_fail (GST_IS_VDMA_BUFFER_POOL (self), FALSE);

  if (gst_buffer_pool_set_active (GST_BUFFER_POOL (self), TRUE))
    return TRUE;
  vdma_pool_take_reason (self, VDMA_ERROR_STATE,
      "the frame cache has no mode: configure it first", error);
  return FALSE;
}

GstFlowReturn
gst_vdma_buffer_pool_get_frame (GstVdmaBufferPool *self,
    GstBufferPoolAcquireFlags flags, GstBuffer **buffer, GError **error)
{
  GstBufferPoolAcquireParams params = { .flags = flags };

  g_return_val_if_fail (GST_IS_VDMA_BUFFER_POOL (self), GST_FLOW_ERROR);
  GstFlowReturn flow =
      gst_buffer_pool_acquire_buffer (GST_BUFFER_POOL (self), buffer, &params);
  if (flow == GST_FLOW_ERROR)
    vdma_pool_take_reason (self, VDMA_ERROR_FAILED,
        "the frame cache could not make a frame", error);
  return flow;
}

gboolean
gst_vdma_buffer_pool_get_layout (GstVdmaBufferPool *self, GstVdmaLayout *layout)
{
  g_return_val_if_fail (GST_IS_VDMA_BUFFER_POOL (self), FALSE);

  g_mutex_lock (&self->lock);
  gboolean configured = self->configured;
  if (configured)
    *layout = self->mode.layout;
  g_mutex_unlock (&self->lock);
  return configured;
}

/* ---- statistics ---- */

void
gst_vdma_buffer_pool_get_stats (
    GstVdmaBufferPool *self, GstVdmaPoolStats *stats)
{
  g_return_if_fail (GST_IS_VDMA_BUFFER_POOL (self));

  GstVdmaFrameCounts counts;
  guint cached = gst_vdma_frame_cache_get_counts (&self->cache, &counts);
  g_mutex_lock (&self->lock);
  *stats = (GstVdmaPoolStats){
    .capacity = self->mode.capacity,
    .cacheable = self->mode.caching == XLNK_CACHEABLE,
    .cached = cached,
    .created = counts.created,
    .reused = counts.reused,
    .returned = counts.returned,
    .discarded = counts.discarded,
  };
  g_mutex_unlock (&self->lock);
}

static GstStructure *
vdma_pool_stats_to_structure (GstVdmaBufferPool *self)
{
  GstVdmaPoolStats stats;
  gst_vdma_buffer_pool_get_stats (self, &stats);
  return gst_structure_new ("application/x-vdma-pool-stats", "capacity",
      G_TYPE_UINT, stats.capacity, "cacheable", G_TYPE_BOOLEAN, stats.cacheable,
      "cached", G_TYPE_UINT, stats.cached, "created", G_TYPE_UINT64,
      stats.created, "reused", G_TYPE_UINT64, stats.reused, "returned",
      G_TYPE_UINT64, stats.returned, "discarded", G_TYPE_UINT64,
      stats.discarded, NULL);
}

/* ---- object ---- */

static void
vdma_pool_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_STATS)
    g_value_take_boxed (
        value, vdma_pool_stats_to_structure (GST_VDMA_BUFFER_POOL (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
vdma_pool_finalize (GObject *object)
{
  GstVdmaBufferPool *self = GST_VDMA_BUFFER_POOL (object);

  gst_vdma_buffer_pool_clear (self);
  gst_vdma_frame_cache_finish (&self->cache);
  g_clear_error (&self->reason);
  gst_object_unref (self->allocator);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_vdma_buffer_pool_parent_class)->finalize (object);
}

static void
gst_vdma_buffer_pool_class_init (GstVdmaBufferPoolClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstBufferPoolClass *pool_class = GST_BUFFER_POOL_CLASS (klass);

  object_class->get_property = vdma_pool_get_property;
  object_class->finalize = vdma_pool_finalize;
  pool_class->get_options = vdma_pool_get_options;
  pool_class->set_config = vdma_pool_set_config;
  pool_class->start = vdma_pool_start;
  pool_class->stop = vdma_pool_stop;
  pool_class->flush_start = vdma_pool_flush_start;
  pool_class->flush_stop = vdma_pool_flush_stop;
  pool_class->acquire_buffer = vdma_pool_acquire_buffer;
  pool_class->reset_buffer = vdma_pool_reset_buffer;
  pool_class->release_buffer = vdma_pool_release_buffer;

  g_object_class_install_property (object_class, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "Frames created, reused, returned, discarded and cached",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
gst_vdma_buffer_pool_init (GstVdmaBufferPool *self)
{
  g_mutex_init (&self->lock);
  gst_vdma_frame_cache_init (&self->cache);
}
