/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames from an S2MM channel. */
#include "gstvdmacapture.h"

#include "gstvdmapoolslot.h"
#include "gstvdmastats.h"

GST_DEBUG_CATEGORY_STATIC (vdma_capture_debug);
#define GST_CAT_DEFAULT vdma_capture_debug

/* Frames that a tied display may keep behind those of the capture. */
#define CAPTURE_TIED_FRAMES 4

struct GstVdmaCapture {
  GstVdmaHandle *handle;
  VdmaChannel *display; /* (nullable): that shows what is captured */
  GstVdmaLayout layout;
  gboolean configured; /* layout and the channel's mode are valid */
  gboolean newest;     /* takes bring the newest frame, not the oldest */
  gint skip_waiting;   /* atomic */
  gint tied;           /* atomic */
  GstVdmaPoolSlot frames;
  GMutex lock;          /* guards skipped, and display against other threads */
  guint64 skipped;      /* finished while paused, dropped unseen */
  gboolean has_display; /* since the last open */
  VdmaChannelStats display_stats; /* when it was closed */
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

/* A tied display still reads the frame: its owner is the device, whatever those
 * do who have the buffer, and it does not get back into the pool before. */
static GstBuffer *
capture_receive (VdmaFrame *frame, const VdmaFrameInfo *info)
{
  GstBuffer *buffer = frame->cookie;

  if (!(info->flags & VDMA_FRAME_SHARED))
    return capture_reclaim (frame);
  xlnk_block_set_owner (
      gst_vdma_buffer_get_block (buffer), XLNK_OWNER_DEVICE, FALSE, NULL);
  return gst_buffer_ref (buffer);
}

static const VdmaFrameOps capture_frame_ops = {
  .acquire = capture_acquire,
  .release = capture_release,
  .unshare = capture_release,
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
gst_vdma_capture_set_newest (GstVdmaCapture *self, gboolean newest)
{
  self->newest = newest;
}

void
gst_vdma_capture_set_tied (GstVdmaCapture *self, gboolean tied)
{
  g_atomic_int_set (&self->tied, tied);
}

gboolean
gst_vdma_capture_is_tied (GstVdmaCapture *self)
{
  return g_atomic_int_get (&self->tied);
}

static gboolean
capture_claim_display (GstVdmaCapture *self, const gchar *who, GError **error)
{
  VdmaChannel *channel = gst_vdma_handle_get_channel (self->handle);
  VdmaChannel *display = vdma_device_claim (
      vdma_channel_get_device (channel), VDMA_MM2S, who, error);

  if (!display)
    g_prefix_error (error, "what is captured cannot be displayed: ");
  g_mutex_lock (&self->lock);
  self->display = display;
  self->has_display = display != NULL;
  g_mutex_unlock (&self->lock);
  return display != NULL;
}

gboolean
gst_vdma_capture_open (GstVdmaCapture *self, const gchar *who, GError **error)
{
  vdma_channel_set_frame_ops (
      gst_vdma_handle_get_channel (self->handle), &capture_frame_ops, self);
  g_mutex_lock (&self->lock);
  self->skipped = 0;
  self->has_display = FALSE;
  g_mutex_unlock (&self->lock);
  return !gst_vdma_capture_is_tied (self)
         || capture_claim_display (self, who, error);
}

void
gst_vdma_capture_close (GstVdmaCapture *self)
{
  g_mutex_lock (&self->lock);
  VdmaChannel *display = g_steal_pointer (&self->display);
  if (display)
    vdma_channel_get_stats (display, &self->display_stats);
  g_mutex_unlock (&self->lock);
  vdma_channel_release (display);
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

/* The display takes what the capture brings, or says why it cannot. */
static gboolean
capture_set_display (
    GstVdmaCapture *self, const GstVdmaLayout *layout, GError **error)
{
  if (!vdma_channel_untie (self->display, error)
      || !vdma_channel_set_mode (self->display, &layout->mode, error)) {
    g_prefix_error (error, "what is captured cannot be displayed: ");
    return FALSE;
  }
  gst_vdma_handle_prepare_channel (self->handle, self->display);
  gst_vdma_handle_set_video_mode (self->handle, VDMA_MM2S, &layout->info);
  return vdma_channel_tie (
      gst_vdma_handle_get_channel (self->handle), self->display, error);
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
  gst_vdma_handle_set_video_mode (self->handle, VDMA_S2MM, &layout.info);
  if (self->display && !capture_set_display (self, &layout, error))
    return FALSE;
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
  guint n_tied = self->display ? CAPTURE_TIED_FRAMES : 0;
  guint min = n_stores + 1 + n_downstream + n_tied;
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
    gst_buffer_unref (capture_receive (&frame, &info));
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
  *buffer = capture_receive (&frame, info);
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
  if (self->display)
    vdma_channel_get_stats (self->display, &self->display_stats);
  if (self->has_display)
    gst_vdma_stats_add_tied (stats, &self->display_stats);
  g_mutex_unlock (&self->lock);
}
