/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames to an MM2S channel. */
#include "gstvdmadisplay.h"

#include "gstvdmacopy.h"
#include "gstvdmapoolslot.h"
#include "gstvdmastats.h"
#include "vdma-error.h"
#include "vdma-util.h"

GST_DEBUG_CATEGORY_STATIC (vdma_display_debug);
#define GST_CAT_DEFAULT vdma_display_debug

/* Whoever cannot wait for ever gives up after so many frame times, or this time
 * where the rate is not known. */
#define DISPLAY_PATIENCE_PERIODS 12
#define DISPLAY_PATIENCE_NSEC    (300 * VDMA_NSEC_PER_MSEC)

struct GstVdmaDisplay {
  GstElement *owner;
  GstVdmaHandle *handle;
  GstCaps *caps;
  GstVideoInfo info; /* of the caps: strides where there is no GstVideoMeta */
  GstVdmaLayout layout; /* of frames that the display makes */
  gboolean configured;  /* caps, info and layout are valid */
  gboolean restart;     /* the channel runs with an older layout */
  guint stride;         /* that the channel runs with */
  GPtrArray *held;      /* GstBuffer (owned by the channel): newest last */
  XlnkAllocator
      *memory; /* (nullable): of the board; frames of others are copied */
  GstVdmaCopies copies;
  GstVdmaPoolSlot frames; /* for copies */
};

void
gst_vdma_shown_clear (GstVdmaShown *self)
{
  gst_clear_buffer (&self->buffer);
}

/* ---- frames change owners ---- */

static gboolean
display_holds_block (GstVdmaDisplay *self, XlnkBlock *block)
{
  for (guint i = 0; i < self->held->len; i++)
    if (gst_vdma_buffer_get_block (g_ptr_array_index (self->held, i)) == block)
      return TRUE;
  return FALSE;
}

/* One picture may be shown several times in a row: the block is the device's
 * until the last of them has gone. */
static void
display_release (gpointer user_data, VdmaFrame *frame)
{
  GstVdmaDisplay *self = user_data;
  GstBuffer *buffer = frame->cookie;
  XlnkBlock *block = gst_vdma_buffer_get_block (buffer);

  g_ptr_array_remove (self->held, buffer);
  if (!display_holds_block (self, block))
    xlnk_block_set_owner (block, XLNK_OWNER_APPLICATION, FALSE, NULL);
  gst_buffer_unref (buffer);
}

static const VdmaFrameOps display_frame_ops = {
  .release = display_release,
};

/* The frame becomes the channel's; if that refuses it, it goes by release. */
static gboolean
display_lend (GstVdmaDisplay *self, const GstVdmaShown *shown, VdmaFrame *frame,
    GError **error)
{
  if (!xlnk_block_set_owner (gst_vdma_buffer_get_block (shown->buffer),
          XLNK_OWNER_DEVICE, FALSE, error))
    return FALSE;
  *frame = (VdmaFrame){
    .phys = shown->phys,
    .cookie = gst_buffer_ref (shown->buffer),
  };
  g_ptr_array_add (self->held, frame->cookie);
  return TRUE;
}

/* ---- object ---- */

GstVdmaDisplay *
gst_vdma_display_new (GstElement *owner, GstVdmaHandle *handle)
{
  GST_DEBUG_CATEGORY_INIT (
      vdma_display_debug, "vdmadisplay", 0, "frames to a display channel");
  GstVdmaDisplay *self = g_new0 (GstVdmaDisplay, 1);
  self->owner = owner;
  self->handle = handle;
  self->held = g_ptr_array_new ();
  gst_vdma_copies_init (&self->copies);
  gst_vdma_pool_slot_init (&self->frames);
  return self;
}

void
gst_vdma_display_open (GstVdmaDisplay *self)
{
  vdma_channel_set_frame_ops (
      gst_vdma_handle_get_channel (self->handle), &display_frame_ops, self);
}

static void
display_reset (GstVdmaDisplay *self)
{
  gst_vdma_pool_slot_drop (&self->frames);
  gst_clear_caps (&self->caps);
  self->configured = FALSE;
  g_clear_pointer (&self->memory, xlnk_allocator_unref);
}

void
gst_vdma_display_free (GstVdmaDisplay *self)
{
  if (!self)
    return;
  display_reset (self);
  gst_vdma_pool_slot_clear (&self->frames);
  g_ptr_array_unref (self->held);
  gst_vdma_copies_clear (&self->copies);
  g_free (self);
}

gboolean
gst_vdma_display_stop (GstVdmaDisplay *self, GError **error)
{
  gboolean stopped =
      vdma_channel_stop (gst_vdma_handle_get_channel (self->handle), error);
  gst_vdma_signal_stop (gst_vdma_handle_get_signal (self->handle));
  display_reset (self);
  return stopped;
}

/* ---- configuration ---- */

gboolean
gst_vdma_display_set_caps (GstVdmaDisplay *self, GstCaps *caps,
    const GstVideoInfo *info, GError **error)
{
  GstVdmaLayout layout;

  if (!gst_vdma_layout_init (&layout, info, NULL,
          gst_vdma_handle_get_alignment (self->handle), error))
    return FALSE;
  gst_vdma_pool_slot_drop (&self->frames);
  gst_caps_replace (&self->caps, caps);
  self->info = *info;
  self->layout = layout;
  self->configured = TRUE;
  self->restart = TRUE;
  return TRUE;
}

static gboolean
display_ensure_memory (GstVdmaDisplay *self, GError **error)
{
  if (self->memory)
    return TRUE;
  g_autoptr (GstVdmaAllocator) allocator =
      gst_vdma_handle_get_allocator (self->handle);
  self->memory = gst_vdma_allocator_get_memory (allocator, error);
  return self->memory != NULL;
}

/* ---- import ---- */

static GstVdmaReach
display_try_in_place (
    GstVdmaDisplay *self, GstBuffer *buffer, GstVdmaShown *shown)
{
  GstVdmaReach reach = gst_vdma_buffer_get_phys (buffer, &self->info,
      self->layout.mode.hsize, gst_vdma_handle_get_desc (self->handle),
      VDMA_MM2S, &shown->phys, &shown->stride);
  if (reach != GST_VDMA_REACH_OK)
    return reach;
  /* Another board's memory has addresses of another world. */
  if (xlnk_block_get_allocator (gst_vdma_buffer_get_block (buffer))
      != self->memory)
    return GST_VDMA_REACH_FOREIGN;
  shown->buffer = gst_buffer_ref (buffer);
  return GST_VDMA_REACH_OK;
}

static gboolean
display_ensure_pool (GstVdmaDisplay *self, GError **error)
{
  if (self->frames.pool)
    return TRUE;
  g_autoptr (GstVdmaBufferPool) pool = gst_vdma_handle_new_pool (self->handle);
  if (!gst_vdma_handle_configure_pool (
          self->handle, pool, self->caps, 0, 0, error)
      || !gst_vdma_buffer_pool_activate (pool, error))
    return FALSE;
  gst_vdma_pool_slot_set (&self->frames, g_steal_pointer (&pool));
  return TRUE;
}

static gboolean
display_copy (GstVdmaDisplay *self, GstBuffer *buffer, guint reason,
    GstVdmaShown *shown, GError **error)
{
  g_autoptr (GstBuffer) copy = NULL;

  if (!display_ensure_pool (self, error)
      || gst_vdma_buffer_pool_get_frame (self->frames.pool,
             GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT, &copy, error)
             != GST_FLOW_OK
      || !gst_vdma_copies_copy (&self->copies, self->owner, reason, buffer,
          &self->info, copy, &self->layout.info, error))
    return FALSE;
  GstVdmaReach reach = display_try_in_place (self, copy, shown);
  if (reach != GST_VDMA_REACH_OK) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_FAILED,
        "a frame of the display's own memory cannot be shown: %s",
        gst_vdma_reach_to_string (reach));
    return FALSE;
  }
  return TRUE;
}

gboolean
gst_vdma_display_import (GstVdmaDisplay *self, GstBuffer *buffer,
    GstVdmaShown *shown, GError **error)
{
  if (!self->configured) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION,
        "a frame came before caps; raw video caps must be sent first");
    return FALSE;
  }
  if (!display_ensure_memory (self, error))
    return FALSE;
  GstVdmaReach reach = display_try_in_place (self, buffer, shown);
  return reach == GST_VDMA_REACH_OK
         || display_copy (self, buffer, reach, shown, error);
}

/* ---- show ---- */

static gboolean
display_start (GstVdmaDisplay *self, const GstVdmaShown *shown, GError **error)
{
  VdmaChannel *channel = gst_vdma_handle_get_channel (self->handle);
  VdmaMode mode = self->layout.mode;
  VdmaFrame frame;

  mode.stride = shown->stride;
  if (!vdma_channel_stop (channel, error)
      || !vdma_channel_set_mode (channel, &mode, error))
    return FALSE;
  gst_vdma_handle_set_video_mode (self->handle, VDMA_MM2S, &self->layout.info);
  if (!display_lend (self, shown, &frame, error)
      || !vdma_channel_start (channel, &frame, error))
    return FALSE;
  self->stride = shown->stride;
  self->restart = FALSE;
  gst_vdma_handle_watch (self->handle, mode.period);
  return TRUE;
}

static gboolean
display_hand_over (
    GstVdmaDisplay *self, const GstVdmaShown *shown, GError **error)
{
  VdmaFrame frame;
  if (!display_lend (self, shown, &frame, error))
    return FALSE;
  if (vdma_display_show (
          gst_vdma_handle_get_channel (self->handle), &frame, error))
    return TRUE;
  display_release (self, &frame);
  return FALSE;
}

typedef gboolean (*DisplayIsReady) (GstVdmaDisplay *self);

static gboolean
display_can_go_on (GstVdmaDisplay *self)
{
  return vdma_display_can_show (gst_vdma_handle_get_channel (self->handle));
}

/* All that was accepted before has come on display. */
static gboolean
display_can_restart (GstVdmaDisplay *self)
{
  return self->held->len <= 1
         || !vdma_channel_is_running (
             gst_vdma_handle_get_channel (self->handle));
}

static GstFlowReturn
display_wait (GstVdmaDisplay *self, DisplayIsReady is_ready, gint64 deadline,
    GError **error)
{
  VdmaChannel *channel = gst_vdma_handle_get_channel (self->handle);

  gst_vdma_handle_watch (self->handle, self->layout.mode.period);
  while (!is_ready (self)) {
    if (vdma_channel_now (channel) >= deadline)
      return GST_VDMA_DISPLAY_FLOW_LATER;
    GstFlowReturn flow = gst_vdma_handle_wait (self->handle, deadline, error);
    if (flow != GST_FLOW_OK)
      return flow;
  }
  return GST_FLOW_OK;
}

static gint64
display_get_deadline (GstVdmaDisplay *self, GstVdmaPatience patience)
{
  gint64 period = self->layout.mode.period;

  if (patience == GST_VDMA_PATIENCE_ENDLESS)
    return G_MAXINT64;
  return vdma_channel_now (gst_vdma_handle_get_channel (self->handle))
         + (period > 0 ? DISPLAY_PATIENCE_PERIODS * period
                       : DISPLAY_PATIENCE_NSEC);
}

static GstFlowReturn
display_show (
    GstVdmaDisplay *self, GstVdmaShown *shown, gint64 deadline, GError **error)
{
  VdmaChannel *channel = gst_vdma_handle_get_channel (self->handle);
  gboolean goes_on = vdma_channel_is_running (channel) && !self->restart
                     && shown->stride == self->stride;
  GstFlowReturn flow = display_wait (
      self, goes_on ? display_can_go_on : display_can_restart, deadline, error);

  if (flow != GST_FLOW_OK)
    return flow;
  if (goes_on)
    gst_vdma_signal_seen (
        gst_vdma_handle_get_signal (self->handle), vdma_channel_now (channel));
  if (!(goes_on ? display_hand_over : display_start) (self, shown, error))
    return GST_FLOW_ERROR;
  gst_vdma_shown_clear (shown);
  return GST_FLOW_OK;
}

GstFlowReturn
gst_vdma_display_show (GstVdmaDisplay *self, GstVdmaShown *shown,
    GstVdmaPatience patience, GError **error)
{
  return display_show (
      self, shown, display_get_deadline (self, patience), error);
}

/* ---- drain ---- */

static gboolean
display_is_own (GstVdmaDisplay *self, GstBuffer *buffer)
{
  return self->frames.pool
         && buffer->pool == GST_BUFFER_POOL (self->frames.pool);
}

static gboolean
display_holds_foreign (GstVdmaDisplay *self)
{
  for (guint i = 0; i < self->held->len; i++)
    if (!display_is_own (self, g_ptr_array_index (self->held, i)))
      return TRUE;
  return FALSE;
}

/* Shows a copy of the newest frame, so that no other is needed. */
static gboolean
display_replace_newest (GstVdmaDisplay *self, gint64 deadline, GError **error)
{
  g_auto (GstVdmaShown) shown = { NULL };
  GstBuffer *newest = g_ptr_array_index (self->held, self->held->len - 1);

  if (display_is_own (self, newest))
    return TRUE;
  return display_copy (self, newest, GST_VDMA_COPY_DRAIN, &shown, error)
         && display_show (self, &shown, deadline, error) == GST_FLOW_OK;
}

void
gst_vdma_display_drain (GstVdmaDisplay *self)
{
  VdmaChannel *channel = gst_vdma_handle_get_channel (self->handle);
  g_autoptr (GError) error = NULL;

  if (!self->configured || self->restart || !display_holds_foreign (self)
      || !vdma_channel_is_running (channel))
    return;
  gint64 deadline = display_get_deadline (self, GST_VDMA_PATIENCE_SHORT);
  gboolean drained = display_replace_newest (self, deadline, &error);
  while (drained && display_holds_foreign (self)
         && vdma_channel_now (channel) < deadline)
    drained =
        gst_vdma_handle_wait (self->handle, deadline, &error) == GST_FLOW_OK;
  if (display_holds_foreign (self))
    GST_INFO_OBJECT (self->owner, "frames are kept: %s",
        error ? error->message : "the display still uses them");
}

/* ---- statistics ---- */

void
gst_vdma_display_add_stats (GstVdmaDisplay *self, GstStructure *stats)
{
  VdmaChannelStats channel;
  gst_vdma_handle_get_stats (self->handle, &channel);
  gst_vdma_stats_add_channel (stats, &channel);
  gst_vdma_copies_add_stats (&self->copies, stats);
  gst_vdma_pool_slot_add_stats (&self->frames, stats);
}
