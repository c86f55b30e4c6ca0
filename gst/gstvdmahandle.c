/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An element's hold on a board and one channel of its core. */
#include "gstvdmahandle.h"

#include "gstvdmaerror.h"
#include "gstvdmastats.h"

/* A stream at its nominal rate is never this many periods late. */
#define HANDLE_MIN_PERIODS 3

struct GstVdmaHandle {
  GstElement *owner;
  VdmaDirection dir;
  VdmaCancel *cancel; /* (nullable): only without descriptors left */
  GstVdmaSignal *signal;
  GstVdmaProps props; /* the owner's object lock */
  gint failed;        /* atomic: an error message was posted in this run */
  GMutex lock;        /* guards what follows against getters of other threads */
  Board *board;
  VdmaChannel *channel;
  GstVdmaAllocator *allocator;
  VdmaChannelStats last_stats;
  gboolean uses_memory; /* asking for its statistics opens nothing */
  /* as the properties were when the run began */
  guint cache_size;
  XlnkCaching caching;
  gint64 timeout;
  VdmaOnError on_error;
  gboolean crash_guard;
};

GstVdmaHandle *
gst_vdma_handle_new (GstElement *owner, VdmaDirection dir)
{
  GstVdmaHandle *self = g_new0 (GstVdmaHandle, 1);
  self->owner = owner;
  self->dir = dir;
  self->signal = gst_vdma_signal_new (owner, dir);
  gst_vdma_props_init (&self->props);
  /* Here, not at open, so that unlock() works in every state. */
  self->cancel = vdma_cancel_new (NULL);
  g_mutex_init (&self->lock);
  return self;
}

void
gst_vdma_handle_free (GstVdmaHandle *self)
{
  if (!self)
    return;
  gst_vdma_handle_close (self);
  gst_vdma_signal_free (self->signal);
  vdma_cancel_free (self->cancel);
  gst_vdma_props_clear (&self->props);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* ---- what both elements leave to their handle ---- */

gboolean
gst_vdma_handle_set_property (
    GstVdmaHandle *self, guint id, const GValue *value)
{
  return gst_vdma_props_set (&self->props, self->owner, id, value);
}

static gchar *
handle_dup_name (GstVdmaHandle *self)
{
  g_mutex_lock (&self->lock);
  gchar *name = self->board ? g_strdup (board_get_name (self->board)) : NULL;
  g_mutex_unlock (&self->lock);
  return name;
}

gboolean
gst_vdma_handle_get_property (GstVdmaHandle *self, guint id, GValue *value)
{
  if (id != GST_VDMA_PROP_DEVICE_NAME)
    return gst_vdma_props_get (&self->props, self->owner, id, value);
  g_value_take_string (value, handle_dup_name (self));
  return TRUE;
}

void
gst_vdma_handle_prepare_channel (GstVdmaHandle *self, VdmaChannel *channel)
{
  vdma_channel_set_on_error (channel, self->on_error);
  vdma_channel_set_crash_guard (channel, self->crash_guard);
}

void
gst_vdma_handle_begin_run (GstVdmaHandle *self)
{
  g_auto (GstVdmaProps) props = { NULL };
  gst_vdma_props_copy (&self->props, self->owner, &props);
  self->cache_size = props.cache_size;
  self->caching = gst_vdma_props_get_caching (&props);
  self->timeout = (gint64) props.timeout;
  self->on_error = props.on_error;
  self->crash_guard = props.crash_guard;
  if (self->channel)
    gst_vdma_handle_prepare_channel (self, self->channel);
  g_atomic_int_set (&self->failed, FALSE);
}

gboolean
gst_vdma_handle_admits (GstVdmaHandle *self, GstMessage *message)
{
  return GST_MESSAGE_TYPE (message) != GST_MESSAGE_ERROR
         || GST_MESSAGE_SRC (message) != GST_OBJECT (self->owner)
         || g_atomic_int_compare_and_exchange (&self->failed, FALSE, TRUE);
}

/* ---- open and close ---- */

static void
handle_tell_simulated (
    GstVdmaHandle *self, const GstVdmaProps *props, Board *board)
{
  if (!board_is_simulated (board) || !g_str_equal (props->device, "auto"))
    return;
  GST_ELEMENT_INFO (self->owner, RESOURCE, NOT_FOUND,
      ("No AXI VDMA hardware was found: '%s' is a simulated board",
          board_get_name (board)),
      ("no hardware was found, '%s' is a simulated board: what is captured or "
       "displayed is made by software; the property \"device\" chooses another",
          board_get_name (board)));
}

static gboolean
handle_ensure_cancel (GstVdmaHandle *self, GError **error)
{
  if (!self->cancel)
    self->cancel = vdma_cancel_new (error);
  return self->cancel != NULL;
}

static gboolean
handle_open (GstVdmaHandle *self, const GstVdmaProps *props, GError **error)
{
  if (!handle_ensure_cancel (self, error))
    return FALSE;
  g_autoptr (Board) board = board_open (props->device, props->memory, error);
  if (!board)
    return FALSE;
  VdmaChannel *channel = vdma_device_claim (board_get_device (board), self->dir,
      GST_OBJECT_NAME (self->owner), error);
  if (!channel)
    return FALSE;

  handle_tell_simulated (self, props, board);
  g_mutex_lock (&self->lock);
  self->allocator = GST_VDMA_ALLOCATOR (
      gst_vdma_allocator_new_for_board (board, self->caching));
  self->board = g_steal_pointer (&board);
  self->channel = channel;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

gboolean
gst_vdma_handle_open (GstVdmaHandle *self)
{
  g_auto (GstVdmaProps) props = { NULL };
  g_autoptr (GError) error = NULL;

  gst_vdma_handle_begin_run (self);
  gst_vdma_props_copy (&self->props, self->owner, &props);
  if (handle_open (self, &props, &error))
    return TRUE;
  gst_vdma_error_post (self->owner, &error);
  return FALSE;
}

void
gst_vdma_handle_close (GstVdmaHandle *self)
{
  gst_vdma_signal_stop (self->signal);
  g_mutex_lock (&self->lock);
  VdmaChannel *channel = g_steal_pointer (&self->channel);
  Board *board = g_steal_pointer (&self->board);
  GstVdmaAllocator *allocator = g_steal_pointer (&self->allocator);
  self->uses_memory = FALSE;
  if (channel)
    vdma_channel_get_stats (channel, &self->last_stats);
  g_mutex_unlock (&self->lock);

  /* Without the lock: frames that come back may end other objects. */
  vdma_channel_release (channel);
  g_clear_object (&allocator);
  board_unref (board);
}

/* ---- any thread ---- */

gboolean
gst_vdma_handle_is_open (GstVdmaHandle *self)
{
  g_mutex_lock (&self->lock);
  gboolean open = self->board != NULL;
  g_mutex_unlock (&self->lock);
  return open;
}

static GstCaps *
handle_get_all_caps (GstVdmaHandle *self)
{
  g_mutex_lock (&self->lock);
  const VdmaHwDesc *desc = self->board ? gst_vdma_handle_get_desc (self) : NULL;
  GstCaps *caps = gst_vdma_format_get_caps (desc, self->dir);
  g_mutex_unlock (&self->lock);
  return caps;
}

GstCaps *
gst_vdma_handle_get_caps (GstVdmaHandle *self, GstCaps *filter)
{
  g_autoptr (GstCaps) caps = handle_get_all_caps (self);
  return filter
             ? gst_caps_intersect_full (filter, caps, GST_CAPS_INTERSECT_FIRST)
             : g_steal_pointer (&caps);
}

guint
gst_vdma_handle_get_n_stores (GstVdmaHandle *self)
{
  g_mutex_lock (&self->lock);
  guint n_stores = self->board ? gst_vdma_handle_get_desc (self)->n_stores : 0;
  g_mutex_unlock (&self->lock);
  return n_stores;
}

void
gst_vdma_handle_get_stats (GstVdmaHandle *self, VdmaChannelStats *stats)
{
  g_mutex_lock (&self->lock);
  if (self->channel)
    vdma_channel_get_stats (self->channel, &self->last_stats);
  *stats = self->last_stats;
  g_mutex_unlock (&self->lock);
}

void
gst_vdma_handle_add_memory_stats (GstVdmaHandle *self, GstStructure *stats)
{
  g_mutex_lock (&self->lock);
  g_autoptr (GstVdmaAllocator) allocator =
      self->uses_memory ? gst_object_ref (self->allocator) : NULL;
  g_mutex_unlock (&self->lock);
  g_autoptr (XlnkAllocator) memory =
      allocator ? gst_vdma_allocator_get_memory (allocator, NULL) : NULL;
  if (memory) {
    XlnkStats numbers;
    xlnk_get_stats (memory, &numbers);
    gst_vdma_stats_add_memory (stats, &numbers);
  }
}

GstVdmaAllocator *
gst_vdma_handle_get_allocator (GstVdmaHandle *self)
{
  g_mutex_lock (&self->lock);
  GstVdmaAllocator *allocator =
      self->allocator ? gst_object_ref (self->allocator) : NULL;
  g_mutex_unlock (&self->lock);
  return allocator;
}

void
gst_vdma_handle_set_cancelled (GstVdmaHandle *self, gboolean cancelled)
{
  if (!self->cancel)
    return;
  if (cancelled)
    vdma_cancel_set (self->cancel);
  else
    vdma_cancel_clear (self->cancel);
}

/* ---- while open ---- */

VdmaChannel *
gst_vdma_handle_get_channel (GstVdmaHandle *self)
{
  return self->channel;
}

const VdmaHwDesc *
gst_vdma_handle_get_desc (GstVdmaHandle *self)
{
  return vdma_device_get_desc (board_get_device (self->board));
}

guint
gst_vdma_handle_get_alignment (GstVdmaHandle *self)
{
  return vdma_hw_desc_get_alignment (
      gst_vdma_handle_get_desc (self), self->dir);
}

VdmaDirection
gst_vdma_handle_get_direction (GstVdmaHandle *self)
{
  return self->dir;
}

GstVdmaSignal *
gst_vdma_handle_get_signal (GstVdmaHandle *self)
{
  return self->signal;
}

guint
gst_vdma_handle_get_cache_size (GstVdmaHandle *self)
{
  return self->cache_size;
}

GstVdmaBufferPool *
gst_vdma_handle_new_pool (GstVdmaHandle *self)
{
  g_mutex_lock (&self->lock);
  self->uses_memory = TRUE;
  g_mutex_unlock (&self->lock);
  return GST_VDMA_BUFFER_POOL (gst_vdma_buffer_pool_new (
      self->allocator, gst_vdma_handle_get_alignment (self)));
}

gboolean
gst_vdma_handle_configure_pool (GstVdmaHandle *self, GstVdmaBufferPool *pool,
    GstCaps *caps, guint min, guint max, GError **error)
{
  return gst_vdma_buffer_pool_configure (pool, caps, NULL, min, max,
      (gint) self->cache_size, self->caching == XLNK_CACHEABLE, error);
}

void
gst_vdma_handle_set_video_mode (
    GstVdmaHandle *self, VdmaDirection dir, const GstVideoInfo *info)
{
  BoardVideoMode mode = {
    .format = gst_video_format_to_string (GST_VIDEO_INFO_FORMAT (info)),
    .width = (guint) GST_VIDEO_INFO_WIDTH (info),
    .height = (guint) GST_VIDEO_INFO_HEIGHT (info),
    .fps_n = (guint) GST_VIDEO_INFO_FPS_N (info),
    .fps_d = (guint) GST_VIDEO_INFO_FPS_D (info),
  };
  board_set_video_mode (self->board, dir, &mode);
}

void
gst_vdma_handle_watch (GstVdmaHandle *self, gint64 period)
{
  gint64 limit = self->timeout;
  if (limit > 0 && period <= (G_MAXINT64 - limit) / HANDLE_MIN_PERIODS)
    limit = MAX (limit, HANDLE_MIN_PERIODS * period);
  gst_vdma_signal_start (self->signal, vdma_channel_now (self->channel), limit);
}

/* ---- waiting ---- */

GstFlowReturn
gst_vdma_handle_wait (GstVdmaHandle *self, gint64 deadline, GError **error)
{
  gint64 missed = gst_vdma_signal_get_deadline (self->signal);
  VdmaWait wait = vdma_channel_wait (
      self->channel, self->cancel, MIN (deadline, missed), error);
  switch (wait) {
    case VDMA_WAIT_CANCELLED:
      return GST_FLOW_FLUSHING;
    case VDMA_WAIT_FAILED:
      return GST_FLOW_ERROR;
    case VDMA_WAIT_TIMEOUT:
      if (missed <= deadline)
        gst_vdma_signal_missed (self->signal, vdma_channel_now (self->channel));
      break;
    case VDMA_WAIT_READY:
      break;
  }
  /* After a timeout as well: the interrupt alone may have been lost. */
  return vdma_channel_service (self->channel, error) ? GST_FLOW_OK
                                                     : GST_FLOW_ERROR;
}
