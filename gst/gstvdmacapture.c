/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames from an S2MM channel. */
#include "gstvdmacapture.h"

#include "gstvdmapoolslot.h"
#include "gstvdmastats.h"

GST_DEBUG_CATEGORY_STATIC (vdma_capture_debug);
#define GST_CAT_DEFAULT vdma_capture_debug

struct GstVdmaCapture {
  GstVdmaHandle *handle;
  GstVdmaLayout layout;
  gboolean configured; /* layout and the channel's mode are valid */
  gboolean newest;     /* takes bring the newest frame, not the oldest */
  gint skip_waiting;   /* atomic */
  GstVdmaPoolSlot frames;
  GMutex lock;     /* guards skipped */
  guint64 skipped; /* finished while paused, dropped unseen */
};

/* ---- frames change owners ---- */

static gboolean
capture_describe (GstVdmaCapture *self, GstBuffer *buffer, VdmaFrame *frame)
{
  guint stride;
  GstVdmaReach reach = gst_vdma_buffer_get_phys (buffer, &self->layout.info,
      self->layout.mode.hsize, gst_vdma_handle_get_desc (self->handle),
      VDMA_S2MM, &frame->phys, &stride);
  if (reach != GST_VDMA_REACH_OK || stride != self->layout.mode.stride) {
    GST_ERROR ("frame of the pool cannot be captured into: %s",
        gst_vdma_reach_to_string (reach));
    return FALSE;
  }
  frame->cookie = buffer;
  return TRUE;
}

static gboolean
capture_acquire (gpointer user_data, VdmaFrame *frame)
{
  GstVdmaCapture *self = user_data;
  g_autoptr (GstBuffer) buffer = NULL;
  g_autoptr (GError) error = NULL;

  if (gst_vdma_buffer_pool_get_frame (self->frames.pool,
          GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT, &buffer, &error)
      != GST_FLOW_OK) {
    GST_DEBUG ("no empty frame: %s", error ? error->message : "all are in use");
    return FALSE;
  }
  if (!capture_describe (self, buffer, frame)
      || !xlnk_block_set_owner (gst_vdma_buffer_get_block (buffer),
          XLNK_OWNER_DEVICE, TRUE, &error)) {
    GST_WARNING ("frame not given to hardware: %s",
        error ? error->message : "wrong layout");
    return FALSE;
  }
  buffer = NULL; /* the channel's now */
  return TRUE;
}

/* Takes a frame back from the hardware. */
static GstBuffer *
capture_reclaim (VdmaFrame *frame)
{
  GstBuffer *buffer = frame->cookie;
  xlnk_block_set_owner (
      gst_vdma_buffer_get_block (buffer), XLNK_OWNER_APPLICATION, FALSE, NULL);
  return buffer;
}

static void
capture_release (gpointer user_data, VdmaFrame *frame)
{
  gst_buffer_unref (capture_reclaim (frame));
}

static const VdmaFrameOps capture_frame_ops = {
  .acquire = capture_acquire,
  .release = capture_release,
};

/* ---- object ---- */

GstVdmaCapture *
gst_vdma_capture_new (GstVdmaHandle *handle)
{
  GST_DEBUG_CATEGORY_INIT (
      vdma_capture_debug, "vdmacapture", 0, "frames from a capture channel");
  GstVdmaCapture *self = g_new0 (GstVdmaCapture, 1);
  self->handle = handle;
  gst_vdma_pool_slot_init (&self->frames);
  g_mutex_init (&self->lock);
  return self;
}

void
gst_vdma_capture_free (GstVdmaCapture *self)
{
  if (!self)
    return;
  gst_vdma_pool_slot_clear (&self->frames);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
gst_vdma_capture_open (GstVdmaCapture *self)
{
  vdma_channel_set_frame_ops (
      gst_vdma_handle_get_channel (self->handle), &capture_frame_ops, self);
  g_mutex_lock (&self->lock);
  self->skipped = 0;
  g_mutex_unlock (&self->lock);
}

void
gst_vdma_capture_set_newest (GstVdmaCapture *self, gboolean newest)
{
  self->newest = newest;
}

gboolean
gst_vdma_capture_stop (GstVdmaCapture *self, GError **error)
{
  gboolean stopped =
      vdma_channel_stop (gst_vdma_handle_get_channel (self->handle), error);
  gst_vdma_signal_stop (gst_vdma_handle_get_signal (self->handle));
  gst_vdma_pool_slot_drop (&self->frames);
  self->configured = FALSE;
  return stopped;
}

/* ---- configuration ---- */

/* Whether frames of both lie in memory alike; at which rate they come does not
 * matter. */
static gboolean
capture_same_frames (const GstVdmaLayout *a, const GstVdmaLayout *b)
{
  return a->mode.hsize == b->mode.hsize && a->mode.vsize == b->mode.vsize
         && a->mode.stride == b->mode.stride
         && GST_VIDEO_INFO_FORMAT (&a->info) == GST_VIDEO_INFO_FORMAT (&b->info)
         && GST_VIDEO_INFO_WIDTH (&a->info) == GST_VIDEO_INFO_WIDTH (&b->info);
}

gboolean
gst_vdma_capture_set_caps (GstVdmaCapture *self, GstCaps *caps, GError **error)
{
  VdmaChannel *channel = gst_vdma_handle_get_channel (self->handle);
  GstVdmaLayout layout;

  if (!gst_vdma_layout_init_from_caps (&layout, caps, NULL,
          gst_vdma_handle_get_alignment (self->handle), error))
    return FALSE;
  if (self->configured && capture_same_frames (&layout, &self->layout)
      && layout.mode.period == self->layout.mode.period) {
    self->layout = layout;
    return TRUE;
  }

  self->configured = FALSE;
  if (!vdma_channel_stop (channel, error)
      || !vdma_channel_set_mode (channel, &layout.mode, error))
    return FALSE;
  gst_vdma_handle_set_video_mode (self->handle, &layout.info);
  self->layout = layout;
  self->configured = TRUE;
  return TRUE;
}

const GstVdmaLayout *
gst_vdma_capture_get_layout (GstVdmaCapture *self)
{
  return &self->layout;
}

static guint
capture_get_pool_min (GstVdmaCapture *self)
{
  guint min = 0;
  GstStructure *config =
      gst_buffer_pool_get_config (GST_BUFFER_POOL (self->frames.pool));
  gst_buffer_pool_config_get_params (config, NULL, NULL, &min, NULL);
  gst_structure_free (config);
  return min;
}

/* Whether the pool's frames are such as the caps ask for, and enough. */
static gboolean
capture_pool_fits (GstVdmaCapture *self, guint min)
{
  GstVdmaLayout layout;
  return self->frames.pool
         && gst_vdma_buffer_pool_get_layout (self->frames.pool, &layout)
         && capture_same_frames (&layout, &self->layout)
         && capture_get_pool_min (self) >= min;
}

gboolean
gst_vdma_capture_set_pool (
    GstVdmaCapture *self, GstCaps *caps, guint n_downstream, GError **error)
{
  /* One frame for each store, one that is on its way, what downstream keeps.
   * On top as many as can be finished at once when the service comes late. */
  guint n_stores = gst_vdma_handle_get_desc (self->handle)->n_stores;
  guint min = n_stores + 1 + n_downstream;
  guint max =
      min + MAX (gst_vdma_handle_get_cache_size (self->handle), n_stores - 1);

  if (capture_pool_fits (self, min))
    return TRUE;
  if (!vdma_channel_stop (gst_vdma_handle_get_channel (self->handle), error))
    return FALSE;
  gst_vdma_pool_slot_drop (&self->frames);

  g_autoptr (GstVdmaBufferPool) pool = gst_vdma_handle_new_pool (self->handle);
  if (!gst_vdma_handle_configure_pool (
          self->handle, pool, caps, min, max, error)
      || !gst_vdma_buffer_pool_activate (pool, error))
    return FALSE;
  GST_INFO ("%u to %u frames of %" G_GSIZE_FORMAT " bytes", min, max,
      GST_VIDEO_INFO_SIZE (&self->layout.info));
  gst_vdma_pool_slot_set (&self->frames, g_steal_pointer (&pool));
  return TRUE;
}

/* ---- frames ---- */

static gboolean
capture_ensure_running (GstVdmaCapture *self, GError **error)
{
  VdmaChannel *channel = gst_vdma_handle_get_channel (self->handle);
  if (vdma_channel_is_running (channel))
    return TRUE;
  if (!self->configured || !self->frames.pool) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION,
        "capture started without caps; video caps must be negotiated first");
    return FALSE;
  }
  g_atomic_int_set (&self->skip_waiting, FALSE);
  if (!vdma_channel_start (channel, NULL, error))
    return FALSE;
  gst_vdma_handle_watch (self->handle, self->layout.mode.period);
  return TRUE;
}

static gboolean
capture_do_skip_waiting (GstVdmaCapture *self, GError **error)
{
  VdmaChannel *channel = gst_vdma_handle_get_channel (self->handle);
  VdmaFrame frame;
  VdmaFrameInfo info;

  if (!g_atomic_int_compare_and_exchange (&self->skip_waiting, TRUE, FALSE))
    return TRUE;
  if (!vdma_channel_service (channel, error))
    return FALSE;
  while (vdma_capture_take (channel, &frame, &info)) {
    capture_release (self, &frame);
    g_mutex_lock (&self->lock);
    self->skipped++;
    g_mutex_unlock (&self->lock);
  }
  gst_vdma_handle_watch (self->handle, self->layout.mode.period);
  return TRUE;
}

static gboolean
capture_take_selected (
    GstVdmaCapture *self, VdmaFrame *frame, VdmaFrameInfo *info)
{
  VdmaChannel *channel = gst_vdma_handle_get_channel (self->handle);

  if (self->newest)
    vdma_capture_skip_older (channel);
  return vdma_capture_take (channel, frame, info);
}

GstFlowReturn
gst_vdma_capture_take (GstVdmaCapture *self, GstBuffer **buffer,
    VdmaFrameInfo *info, gint64 *age, GError **error)
{
  VdmaChannel *channel = gst_vdma_handle_get_channel (self->handle);
  VdmaFrame frame;

  if (!capture_ensure_running (self, error)
      || !capture_do_skip_waiting (self, error))
    return GST_FLOW_ERROR;
  while (!capture_take_selected (self, &frame, info)) {
    GstFlowReturn flow = gst_vdma_handle_wait (self->handle, G_MAXINT64, error);
    if (flow != GST_FLOW_OK)
      return flow;
  }
  gint64 now = vdma_channel_now (channel);
  *age = MAX (now - info->time, 0);
  *buffer = capture_reclaim (&frame);
  gst_vdma_signal_seen (gst_vdma_handle_get_signal (self->handle), now);
  return GST_FLOW_OK;
}

void
gst_vdma_capture_skip_waiting (GstVdmaCapture *self)
{
  g_atomic_int_set (&self->skip_waiting, TRUE);
}

void
gst_vdma_capture_add_stats (GstVdmaCapture *self, GstStructure *stats)
{
  VdmaChannelStats channel;
  gst_vdma_handle_get_stats (self->handle, &channel);
  gst_vdma_pool_slot_add_stats (&self->frames, stats);
  g_mutex_lock (&self->lock);
  gst_vdma_stats_add_capture (stats, &channel, self->skipped);
  g_mutex_unlock (&self->lock);
}
