/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-vdmasink
 * @title: vdmasink
 *
 * Shows video on the stream of an AXI VDMA core (MM2S channel). Buffers in the
 * board's contiguous memory are read by the hardware where they are; others are
 * copied. Where there is no hardware a simulated board takes its place.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=300 ! vdmasink
 * gst-launch-1.0 vdmasrc ! vdmasink
 * ]|
 */
#include "gstvdmasink.h"

#include "gstvdmadisplay.h"
#include "gstvdmaelements.h"
#include "gstvdmaerror.h"
#include "gstvdmalog.h"
#include "vdma-error.h"

GST_DEBUG_CATEGORY_STATIC (vdma_sink_debug);
#define GST_CAT_DEFAULT vdma_sink_debug

enum {
  PROP_COMMON = 1,
};

struct _GstVdmaSink {
  GstVideoSink parent;

  GstVdmaHandle *handle;
  GstVdmaDisplay *display;
  /* Shown in preroll; when it comes again to be rendered it is there already. */
  GstBuffer *prerolled;
};

G_DEFINE_TYPE_WITH_CODE (GstVdmaSink, gst_vdma_sink, GST_TYPE_VIDEO_SINK,
    GST_DEBUG_CATEGORY_INIT (vdma_sink_debug, "vdmasink", 0, "AXI VDMA sink"))
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE (vdmasink, "vdmasink", GST_RANK_NONE,
    GST_TYPE_VDMA_SINK, gst_vdma_log_init ())

/* ---- caps and allocation ---- */

static GstCaps *
vdma_sink_get_caps (GstBaseSink *base, GstCaps *filter)
{
  return gst_vdma_handle_get_caps (GST_VDMA_SINK (base)->handle, filter);
}

static gboolean
vdma_sink_set_info (
    GstVideoSink *video, GstCaps *caps, const GstVideoInfo *info)
{
  GstVdmaSink *self = GST_VDMA_SINK (video);
  g_autoptr (GError) error = NULL;
  if (gst_vdma_display_set_caps (self->display, caps, info, &error))
    return TRUE;
  gst_vdma_error_post (self, &error);
  return FALSE;
}

/* A pool that cannot be filled would fail upstream, with nobody to tell why: then
 * none is offered, and the display copies or says what is missing. */
static gboolean
vdma_sink_has_room (GstVdmaSink *self, gsize frame_size, GError **error)
{
  g_autoptr (GstVdmaAllocator) allocator =
      gst_vdma_handle_get_allocator (self->handle);
  g_autoptr (XlnkAllocator) memory =
      gst_vdma_allocator_get_memory (allocator, error);
  XlnkStats stats;

  if (!memory)
    return FALSE;
  xlnk_get_stats (memory, &stats);
  if (stats.system_total == 0
      || stats.system_available / GST_VDMA_DISPLAY_FRAMES >= frame_size)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY,
      "%" G_GUINT64_FORMAT " bytes are left for %d frames of %" G_GSIZE_FORMAT,
      stats.system_available, GST_VDMA_DISPLAY_FRAMES, frame_size);
  return FALSE;
}

/* Returns: (transfer full) (nullable): a pool of frames such as @caps describe;
 * NULL when the core cannot show them, which set_caps will say, or without room */
static GstBufferPool *
vdma_sink_new_pool (GstVdmaSink *self, GstCaps *caps, guint *size)
{
  g_autoptr (GstVdmaBufferPool) pool = gst_vdma_handle_new_pool (self->handle);
  g_autoptr (GError) error = NULL;
  GstVdmaLayout layout;

  if (!gst_vdma_handle_configure_pool (
          self->handle, pool, caps, GST_VDMA_DISPLAY_FRAMES, 0, &error)
      || !gst_vdma_buffer_pool_get_layout (pool, &layout)
      || !vdma_sink_has_room (
          self, GST_VIDEO_INFO_SIZE (&layout.info), &error)) {
    GST_DEBUG_OBJECT (self, "no pool is offered: %s",
        error ? error->message : "it has no layout");
    return NULL;
  }
  *size = (guint) GST_VIDEO_INFO_SIZE (&layout.info);
  return GST_BUFFER_POOL (g_steal_pointer (&pool));
}

static gboolean
vdma_sink_propose_allocation (GstBaseSink *base, GstQuery *query)
{
  GstVdmaSink *self = GST_VDMA_SINK (base);
  g_autoptr (GstVdmaAllocator) allocator =
      gst_vdma_handle_get_allocator (self->handle);
  GstCaps *caps;
  gboolean need_pool;

  gst_query_parse_allocation (query, &caps, &need_pool);
  if (!caps || !allocator)
    return FALSE;
  guint size = 0;
  g_autoptr (GstBufferPool) pool = vdma_sink_new_pool (self, caps, &size);
  if (!pool)
    return FALSE;
  gst_query_add_allocation_pool (
      query, need_pool ? pool : NULL, size, GST_VDMA_DISPLAY_FRAMES, 0);
  GstAllocationParams params;
  gst_allocation_params_init (&params);
  params.align = gst_vdma_handle_get_alignment (self->handle) - 1;
  gst_query_add_allocation_param (query, GST_ALLOCATOR (allocator), &params);
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  return TRUE;
}

static gboolean
vdma_sink_query (GstBaseSink *base, GstQuery *query)
{
  GstVdmaSink *self = GST_VDMA_SINK (base);
  if (GST_QUERY_TYPE (query) == GST_QUERY_DRAIN
      && gst_vdma_handle_is_open (self->handle)) {
    gst_clear_buffer (&self->prerolled);
    gst_vdma_display_drain (self->display);
  }
  return GST_BASE_SINK_CLASS (gst_vdma_sink_parent_class)->query (base, query);
}

/* ---- frames ---- */

/* unlock() ended a wait: to pause, or to flush. A pause may be over, and the next
 * one have begun, before this thread runs again. */
static GstFlowReturn
vdma_sink_pause (GstVdmaSink *self)
{
  GstBaseSink *base = GST_BASE_SINK (self);
  GstFlowReturn flow;

  do
    flow = gst_base_sink_wait_preroll (base);
  while (flow == GST_FLOW_OK && base->need_preroll);
  return flow;
}

static GstFlowReturn
vdma_sink_show (GstVdmaSink *self, GstBuffer *buffer, GstVdmaPatience patience)
{
  g_auto (GstVdmaShown) shown = { NULL };
  g_autoptr (GError) error = NULL;
  GstFlowReturn flow = GST_FLOW_ERROR;

  if (!gst_vdma_display_import (self->display, buffer, &shown, &error))
    goto out;
  while (
      (flow = gst_vdma_display_show (self->display, &shown, patience, &error))
          == GST_FLOW_FLUSHING
      && patience == GST_VDMA_PATIENCE_ENDLESS) {
    flow = vdma_sink_pause (self);
    if (flow != GST_FLOW_OK)
      return flow;
  }

out:
  if (flow == GST_FLOW_ERROR)
    gst_vdma_error_post (self, &error);
  return flow;
}

static GstFlowReturn
vdma_sink_show_frame (GstVideoSink *video, GstBuffer *buffer)
{
  GstVdmaSink *self = GST_VDMA_SINK (video);
  gboolean shown = self->prerolled == buffer;
  gst_clear_buffer (&self->prerolled);
  return shown ? GST_FLOW_OK
               : vdma_sink_show (self, buffer, GST_VDMA_PATIENCE_ENDLESS);
}

/* The base class holds its preroll lock here, which a change of state wants: a
 * display that takes no frame now gets this one when it is rendered. Whether
 * unlock() meant a flush the base class knows. */
static GstFlowReturn
vdma_sink_preroll (GstBaseSink *base, GstBuffer *buffer)
{
  GstVdmaSink *self = GST_VDMA_SINK (base);
  gboolean shows = FALSE;

  g_object_get (self, "show-preroll-frame", &shows, NULL);
  if (!shows)
    return GST_FLOW_OK;
  gst_clear_buffer (&self->prerolled);
  GstFlowReturn flow = vdma_sink_show (self, buffer, GST_VDMA_PATIENCE_SHORT);
  if (flow == GST_FLOW_OK)
    gst_buffer_replace (&self->prerolled, buffer);
  return flow == GST_FLOW_ERROR ? flow : GST_FLOW_OK;
}

static gboolean
vdma_sink_unlock (GstBaseSink *base)
{
  gst_vdma_handle_set_cancelled (GST_VDMA_SINK (base)->handle, TRUE);
  return TRUE;
}

static gboolean
vdma_sink_unlock_stop (GstBaseSink *base)
{
  gst_vdma_handle_set_cancelled (GST_VDMA_SINK (base)->handle, FALSE);
  return TRUE;
}

/* ---- states ---- */

static void
vdma_sink_end_run (GstVdmaSink *self)
{
  g_autoptr (GError) error = NULL;
  gst_clear_buffer (&self->prerolled);
  if (!gst_vdma_display_stop (self->display, &error))
    gst_vdma_warning_post (self, &error);
}

/* The base class wants its preroll lock, which a frame that waits for a display
 * holds: also in PAUSED, where a pause was so short that the streaming thread
 * did not see it begin. */
static GstStateChangeReturn
vdma_sink_play (GstVdmaSink *self)
{
  GstBaseSink *base = GST_BASE_SINK (self);

  gst_vdma_handle_set_cancelled (self->handle, TRUE);
  GstStateChangeReturn result = GST_ELEMENT_CLASS (gst_vdma_sink_parent_class)
                                    ->change_state (GST_ELEMENT (self),
                                        GST_STATE_CHANGE_PAUSED_TO_PLAYING);
  GST_BASE_SINK_PREROLL_LOCK (base);
  gst_vdma_handle_set_cancelled (self->handle, FALSE);
  GST_BASE_SINK_PREROLL_SIGNAL (base);
  GST_BASE_SINK_PREROLL_UNLOCK (base);
  return result;
}

static GstStateChangeReturn
vdma_sink_change_state (GstElement *element, GstStateChange transition)
{
  GstVdmaSink *self = GST_VDMA_SINK (element);

  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    if (!gst_vdma_handle_open (self->handle))
      return GST_STATE_CHANGE_FAILURE;
    gst_vdma_display_open (self->display);
  }
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    gst_vdma_handle_begin_run (self->handle);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING)
    return vdma_sink_play (self);
  GstStateChangeReturn result = GST_ELEMENT_CLASS (gst_vdma_sink_parent_class)
                                    ->change_state (element, transition);
  /* A sink that waits for its first frame goes from READY to NULL. */
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY
      || transition == GST_STATE_CHANGE_READY_TO_NULL)
    vdma_sink_end_run (self);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL)
    gst_vdma_handle_close (self->handle);
  return result;
}

static gboolean
vdma_sink_post_message (GstElement *element, GstMessage *message)
{
  if (gst_vdma_handle_admits (GST_VDMA_SINK (element)->handle, message))
    return GST_ELEMENT_CLASS (gst_vdma_sink_parent_class)
        ->post_message (element, message);
  GST_DEBUG_OBJECT (element, "not posted: %" GST_PTR_FORMAT, message);
  gst_message_unref (message);
  return TRUE;
}

/* ---- properties ---- */

static GstStructure *
vdma_sink_make_stats (GstVdmaSink *self)
{
  GstStructure *stats = gst_base_sink_get_stats (GST_BASE_SINK (self));
  gst_vdma_display_add_stats (self->display, stats);
  gst_vdma_handle_add_memory_stats (self->handle, stats);
  return stats;
}

static void
vdma_sink_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstVdmaSink *self = GST_VDMA_SINK (object);
  if (!gst_vdma_handle_set_property (self->handle, id - PROP_COMMON, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
vdma_sink_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstVdmaSink *self = GST_VDMA_SINK (object);
  if (id == PROP_COMMON + GST_VDMA_PROP_STATS)
    g_value_take_boxed (value, vdma_sink_make_stats (self));
  else if (!gst_vdma_handle_get_property (
               self->handle, id - PROP_COMMON, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

/* ---- object ---- */

static void
vdma_sink_finalize (GObject *object)
{
  GstVdmaSink *self = GST_VDMA_SINK (object);
  gst_vdma_handle_free (self->handle);
  gst_vdma_display_free (self->display);
  G_OBJECT_CLASS (gst_vdma_sink_parent_class)->finalize (object);
}

static void
gst_vdma_sink_init (GstVdmaSink *self)
{
  self->handle = gst_vdma_handle_new (GST_ELEMENT (self), VDMA_MM2S);
  self->display = gst_vdma_display_new (GST_ELEMENT (self), self->handle);
}

static void
vdma_sink_describe (GstElementClass *klass)
{
  g_autoptr (GstCaps) caps = gst_vdma_format_get_caps (NULL, VDMA_MM2S);
  gst_element_class_add_pad_template (
      klass, gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_set_static_metadata (klass, "AXI VDMA video sink",
      "Sink/Video/Hardware",
      "Shows video on the stream of an AXI VDMA core (MM2S)",
      "The gst-vdma developers");
}

static void
gst_vdma_sink_class_init (GstVdmaSinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSinkClass *base_class = GST_BASE_SINK_CLASS (klass);
  GstVideoSinkClass *video_class = GST_VIDEO_SINK_CLASS (klass);

  object_class->set_property = vdma_sink_set_property;
  object_class->get_property = vdma_sink_get_property;
  object_class->finalize = vdma_sink_finalize;
  element_class->change_state = GST_DEBUG_FUNCPTR (vdma_sink_change_state);
  element_class->post_message = GST_DEBUG_FUNCPTR (vdma_sink_post_message);
  base_class->get_caps = GST_DEBUG_FUNCPTR (vdma_sink_get_caps);
  base_class->propose_allocation =
      GST_DEBUG_FUNCPTR (vdma_sink_propose_allocation);
  base_class->query = GST_DEBUG_FUNCPTR (vdma_sink_query);
  base_class->preroll = GST_DEBUG_FUNCPTR (vdma_sink_preroll);
  base_class->unlock = GST_DEBUG_FUNCPTR (vdma_sink_unlock);
  base_class->unlock_stop = GST_DEBUG_FUNCPTR (vdma_sink_unlock_stop);
  video_class->set_info = GST_DEBUG_FUNCPTR (vdma_sink_set_info);
  video_class->show_frame = GST_DEBUG_FUNCPTR (vdma_sink_show_frame);

  gst_vdma_props_install (object_class, PROP_COMMON);
  vdma_sink_describe (element_class);
}
