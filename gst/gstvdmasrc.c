/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-vdmasrc
 * @title: vdmasrc
 *
 * Captures video from the stream of an AXI VDMA core (S2MM channel). Frames are
 * written by the hardware into contiguous memory and handed downstream without a
 * copy. Where there is no hardware a simulated board takes its place.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 vdmasrc ! videoconvert ! autovideosink
 * gst-launch-1.0 vdmasrc device=sim:bars num-buffers=300 ! fakesink
 * ]|
 */
#include "gstvdmasrc.h"

#include "gstvdmacapture.h"
#include "gstvdmacopy.h"
#include "gstvdmaelements.h"
#include "gstvdmaerror.h"
#include "gstvdmalog.h"
#include "gstvdmatimeline.h"
#include "vdma-error.h"

GST_DEBUG_CATEGORY_STATIC (vdma_src_debug);
#define GST_CAT_DEFAULT vdma_src_debug

/* What is taken where neither side minds. */
#define DEFAULT_WIDTH  1280
#define DEFAULT_HEIGHT 720
#define DEFAULT_FPS    60

/** GstVdmaFrameSelection: which of several complete frames goes out first. */
typedef enum {
  GST_VDMA_FRAME_SELECTION_OLDEST,
  GST_VDMA_FRAME_SELECTION_NEWEST,
} GstVdmaFrameSelection;

#define DEFAULT_FRAME_SELECTION GST_VDMA_FRAME_SELECTION_OLDEST
#define DEFAULT_TIE             FALSE

enum {
  PROP_SIGNAL = 1,
  PROP_FRAME_SELECTION,
  PROP_TIE,
  PROP_COMMON,
};

struct _GstVdmaSrc {
  GstPushSrc parent;

  GstVdmaHandle *handle;
  GstVdmaCapture *capture;
  GstVdmaCopies copies;
  GstVdmaFrameSelection frame_selection; /* object lock */
  GstClockTime
      period; /* object lock: of a frame; NONE before caps or when not known */

  /* of the streaming thread */
  GstCaps *caps;
  GstVideoInfo copy_info; /* of a frame without GstVideoMeta */
  gboolean copies_frames; /* downstream needs the default stride */
  GstVdmaTimeline timeline;
};

G_DEFINE_TYPE_WITH_CODE (GstVdmaSrc, gst_vdma_src, GST_TYPE_PUSH_SRC,
    GST_DEBUG_CATEGORY_INIT (vdma_src_debug, "vdmasrc", 0, "AXI VDMA source"))
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE (
    vdmasrc, "vdmasrc", GST_RANK_NONE, GST_TYPE_VDMA_SRC, gst_vdma_log_init ())

#define GST_TYPE_VDMA_FRAME_SELECTION (vdma_src_frame_selection_get_type ())

static GType
vdma_src_frame_selection_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_VDMA_FRAME_SELECTION_OLDEST, "Every frame, in order", "oldest" },
    { GST_VDMA_FRAME_SELECTION_NEWEST,
        "The latest frame; older ones are dropped and counted", "newest" },
    { 0, NULL, NULL },
  };
  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstVdmaFrameSelection", values));
  return type;
}

static GstVdmaFrameSelection
vdma_src_get_frame_selection (GstVdmaSrc *self)
{
  GST_OBJECT_LOCK (self);
  GstVdmaFrameSelection value = self->frame_selection;
  GST_OBJECT_UNLOCK (self);
  return value;
}

/* ---- caps ---- */

static GstCaps *
vdma_src_get_caps (GstBaseSrc *base, GstCaps *filter)
{
  return gst_vdma_handle_get_caps (GST_VDMA_SRC (base)->handle, filter);
}

static GstCaps *
vdma_src_fixate (GstBaseSrc *base, GstCaps *caps)
{
  caps = gst_caps_make_writable (gst_caps_truncate (caps));
  GstStructure *structure = gst_caps_get_structure (caps, 0);
  gst_structure_fixate_field_nearest_int (structure, "width", DEFAULT_WIDTH);
  gst_structure_fixate_field_nearest_int (structure, "height", DEFAULT_HEIGHT);
  gst_structure_fixate_field_nearest_fraction (
      structure, "framerate", DEFAULT_FPS, 1);
  return GST_BASE_SRC_CLASS (gst_vdma_src_parent_class)->fixate (base, caps);
}

/* Finds out what no core could do about raw video such as @wanted; what that
 * leaves open is not to blame. */
static void
vdma_src_blame_caps (GstVdmaSrc *self, const GstCaps *wanted, GError **error)
{
  g_autoptr (GstCaps) fixed = gst_caps_fixate (gst_caps_copy (wanted));
  GstStructure *structure = gst_caps_get_structure (fixed, 0);
  GstVdmaLayout layout;

  if (!gst_structure_has_name (structure, "video/x-raw"))
    return;
  if (!gst_structure_has_field (structure, "format"))
    gst_structure_set (structure, "format", G_TYPE_STRING, "RGB", NULL);
  if (!gst_structure_has_field (structure, "width"))
    gst_structure_set (structure, "width", G_TYPE_INT, DEFAULT_WIDTH, NULL);
  if (!gst_structure_has_field (structure, "height"))
    gst_structure_set (structure, "height", G_TYPE_INT, DEFAULT_HEIGHT, NULL);
  gst_vdma_layout_init_from_caps (&layout, fixed, NULL,
      gst_vdma_handle_get_alignment (self->handle), error);
}

/* Says which caps are wrong, and why, where the base class would only say that
 * there are none. */
static void
vdma_src_tell_no_caps (GstVdmaSrc *self, GstCaps *able)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstCaps) wanted =
      gst_pad_peer_query_caps (GST_BASE_SRC_PAD (self), NULL);

  if (!gst_caps_is_any (wanted) && !gst_caps_is_empty (wanted))
    vdma_src_blame_caps (self, wanted, &error);
  if (!error) {
    g_autofree gchar *wanted_text = gst_caps_to_string (wanted);
    g_autofree gchar *able_text = gst_caps_to_string (able);
    g_set_error (&error, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT,
        "downstream takes '%s', this core can capture '%s'", wanted_text,
        able_text);
  }
  gst_vdma_error_post (self, &error);
}

static gboolean
vdma_src_negotiate (GstBaseSrc *base)
{
  GstVdmaSrc *self = GST_VDMA_SRC (base);
  g_autoptr (GstCaps) able = gst_vdma_handle_get_caps (self->handle, NULL);
  g_autoptr (GstCaps) common =
      gst_pad_peer_query_caps (GST_BASE_SRC_PAD (self), able);

  if (gst_caps_is_empty (common)) {
    vdma_src_tell_no_caps (self, able);
    return FALSE;
  }
  return GST_BASE_SRC_CLASS (gst_vdma_src_parent_class)->negotiate (base);
}

static void
vdma_src_set_period (GstVdmaSrc *self, GstClockTime period)
{
  GST_OBJECT_LOCK (self);
  gboolean changed = self->period != period;
  self->period = period;
  GST_OBJECT_UNLOCK (self);
  if (changed && GST_CLOCK_TIME_IS_VALID (period))
    gst_element_post_message (
        GST_ELEMENT (self), gst_message_new_latency (GST_OBJECT (self)));
}

static gboolean
vdma_src_set_caps (GstBaseSrc *base, GstCaps *caps)
{
  GstVdmaSrc *self = GST_VDMA_SRC (base);
  g_autoptr (GError) error = NULL;

  if (!gst_vdma_capture_set_caps (self->capture, caps, &error)) {
    gst_vdma_error_post (self, &error);
    return FALSE;
  }
  gst_caps_replace (&self->caps, caps);
  gst_video_info_from_caps (&self->copy_info, caps);
  /* the caps', which downstream goes by, even where the source contradicts them */
  gint64 period = gst_vdma_capture_get_layout (self->capture)->mode.period;
  vdma_src_set_period (
      self, period > 0 ? (GstClockTime) period : GST_CLOCK_TIME_NONE);
  return TRUE;
}

/* ---- allocation ---- */

/* Returns: frames that downstream holds, as far as it says so */
static guint
vdma_src_count_downstream (GstQuery *query)
{
  guint most = 0;
  for (guint i = 0; i < gst_query_get_n_allocation_pools (query); i++) {
    guint min = 0;
    gst_query_parse_nth_allocation_pool (query, i, NULL, NULL, &min, NULL);
    most = MAX (most, min);
  }
  return MIN (most, GST_VDMA_POOL_MAX_CAPACITY / 2);
}

static gboolean
vdma_src_has_default_layout (GstVdmaSrc *self)
{
  const GstVideoInfo *info = &gst_vdma_capture_get_layout (self->capture)->info;
  return GST_VIDEO_INFO_PLANE_STRIDE (info, 0)
             == GST_VIDEO_INFO_PLANE_STRIDE (&self->copy_info, 0)
         && GST_VIDEO_INFO_PLANE_OFFSET (info, 0) == 0;
}

/* The base class makes a pool for copies, or takes that of downstream. */
static void
vdma_src_ask_for_copies (GstVdmaSrc *self, GstQuery *query)
{
  guint size = (guint) GST_VIDEO_INFO_SIZE (&self->copy_info);
  if (gst_query_get_n_allocation_pools (query) == 0)
    gst_query_add_allocation_pool (query, NULL, size, 0, 0);
}

/* Capture always has a pool of its own. That of the base class is for copies. */
static gboolean
vdma_src_decide_allocation (GstBaseSrc *base, GstQuery *query)
{
  GstVdmaSrc *self = GST_VDMA_SRC (base);
  g_autoptr (GError) error = NULL;

  if (!gst_vdma_capture_set_pool (self->capture, self->caps,
          vdma_src_count_downstream (query), &error)) {
    gst_vdma_error_post (self, &error);
    return FALSE;
  }
  self->copies_frames =
      !vdma_src_has_default_layout (self)
      && !gst_query_find_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  if (self->copies_frames) {
    vdma_src_ask_for_copies (self, query);
    return GST_BASE_SRC_CLASS (gst_vdma_src_parent_class)
        ->decide_allocation (base, query);
  }
  while (gst_query_get_n_allocation_pools (query) > 0)
    gst_query_remove_nth_allocation_pool (query, 0);
  return TRUE;
}

/* ---- frames ---- */

/* Replaces @buffer by one with the default stride. */
static GstFlowReturn
vdma_src_copy (GstVdmaSrc *self, GstBuffer **buffer, GError **error)
{
  g_autoptr (GstBufferPool) pool =
      gst_base_src_get_buffer_pool (GST_BASE_SRC (self));
  g_autoptr (GstBuffer) frame = g_steal_pointer (buffer);
  g_autoptr (GstBuffer) copy = NULL;

  GstFlowReturn flow = gst_buffer_pool_acquire_buffer (pool, &copy, NULL);
  if (flow != GST_FLOW_OK)
    return flow;
  if (!gst_vdma_copies_copy (&self->copies, GST_ELEMENT (self),
          GST_VDMA_COPY_NO_VIDEO_META, frame,
          &gst_vdma_capture_get_layout (self->capture)->info, copy,
          &self->copy_info, error))
    return GST_FLOW_ERROR;
  *buffer = g_steal_pointer (&copy);
  return GST_FLOW_OK;
}

static GstClockTime
vdma_src_get_period (GstVdmaSrc *self)
{
  GST_OBJECT_LOCK (self);
  GstClockTime period = self->period;
  GST_OBJECT_UNLOCK (self);
  return period;
}

static GstFlowReturn
vdma_src_create (GstPushSrc *push, GstBuffer **buffer)
{
  GstVdmaSrc *self = GST_VDMA_SRC (push);
  g_autoptr (GstBuffer) frame = NULL;
  g_autoptr (GError) error = NULL;
  VdmaFrameInfo info;
  gint64 age;

  GstFlowReturn flow =
      gst_vdma_capture_take (self->capture, &frame, &info, &age, &error);
  if (flow == GST_FLOW_OK && self->copies_frames)
    flow = vdma_src_copy (self, &frame, &error);
  if (flow != GST_FLOW_OK) {
    gst_vdma_error_post (self, &error);
    return flow;
  }
  gst_vdma_timeline_stamp (
      &self->timeline, frame, &info, age, vdma_src_get_period (self));
  *buffer = g_steal_pointer (&frame);
  return GST_FLOW_OK;
}

static gboolean
vdma_src_unlock (GstBaseSrc *base)
{
  gst_vdma_handle_set_cancelled (GST_VDMA_SRC (base)->handle, TRUE);
  return TRUE;
}

static gboolean
vdma_src_unlock_stop (GstBaseSrc *base)
{
  gst_vdma_handle_set_cancelled (GST_VDMA_SRC (base)->handle, FALSE);
  return TRUE;
}

/* ---- queries ---- */

static gboolean
vdma_src_answer_latency (GstVdmaSrc *self, GstQuery *query)
{
  GstClockTime period = vdma_src_get_period (self);
  guint n_stores = gst_vdma_handle_get_n_stores (self->handle);
  if (!GST_CLOCK_TIME_IS_VALID (period) || n_stores == 0) {
    GST_DEBUG_OBJECT (
        self, "latency is not known before caps with a framerate");
    return FALSE;
  }
  gst_query_set_latency (query, TRUE, period, n_stores * period);
  return TRUE;
}

static gboolean
vdma_src_query (GstBaseSrc *base, GstQuery *query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_LATENCY)
    return vdma_src_answer_latency (GST_VDMA_SRC (base), query);
  return GST_BASE_SRC_CLASS (gst_vdma_src_parent_class)->query (base, query);
}

/* ---- states ---- */

static gboolean
vdma_src_start (GstBaseSrc *base)
{
  GstVdmaSrc *self = GST_VDMA_SRC (base);
  VdmaChannelStats stats;
  gst_vdma_handle_get_stats (self->handle, &stats);
  gst_vdma_capture_set_newest (self->capture,
      vdma_src_get_frame_selection (self) == GST_VDMA_FRAME_SELECTION_NEWEST);
  gst_vdma_timeline_start (&self->timeline, GST_ELEMENT (self), stats.frames);
  gst_vdma_handle_begin_run (self->handle);
  return TRUE;
}

static gboolean
vdma_src_stop (GstBaseSrc *base)
{
  GstVdmaSrc *self = GST_VDMA_SRC (base);
  g_autoptr (GError) error = NULL;

  vdma_src_set_period (self, GST_CLOCK_TIME_NONE);
  gst_clear_caps (&self->caps);
  if (!gst_vdma_capture_stop (self->capture, &error))
    gst_vdma_warning_post (self, &error);
  return TRUE;
}

static void
vdma_src_close (GstVdmaSrc *self)
{
  gst_vdma_capture_close (self->capture);
  gst_vdma_handle_close (self->handle);
}

static gboolean
vdma_src_open (GstVdmaSrc *self)
{
  g_autoptr (GError) error = NULL;

  if (!gst_vdma_handle_open (self->handle))
    return FALSE;
  if (gst_vdma_capture_open (self->capture, GST_OBJECT_NAME (self), &error))
    return TRUE;
  gst_vdma_error_post (self, &error);
  vdma_src_close (self);
  return FALSE;
}

static GstStateChangeReturn
vdma_src_change_state (GstElement *element, GstStateChange transition)
{
  GstVdmaSrc *self = GST_VDMA_SRC (element);

  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    if (!vdma_src_open (self))
      return GST_STATE_CHANGE_FAILURE;
  }
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING) {
    gst_vdma_timeline_interrupt (&self->timeline);
    gst_vdma_capture_skip_waiting (self->capture);
  }
  GstStateChangeReturn result = GST_ELEMENT_CLASS (gst_vdma_src_parent_class)
                                    ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL)
    vdma_src_close (self);
  return result;
}

static gboolean
vdma_src_post_message (GstElement *element, GstMessage *message)
{
  if (gst_vdma_handle_admits (GST_VDMA_SRC (element)->handle, message))
    return GST_ELEMENT_CLASS (gst_vdma_src_parent_class)
        ->post_message (element, message);
  GST_DEBUG_OBJECT (element, "not posted: %" GST_PTR_FORMAT, message);
  gst_message_unref (message);
  return TRUE;
}

/* ---- properties ---- */

static GstStructure *
vdma_src_make_stats (GstVdmaSrc *self)
{
  GstStructure *stats =
      gst_structure_new_empty ("application/x-vdma-src-stats");
  gst_vdma_capture_add_stats (self->capture, stats);
  gst_vdma_copies_add_stats (&self->copies, stats);
  gst_vdma_handle_add_memory_stats (self->handle, stats);
  return stats;
}

static void
vdma_src_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstVdmaSrc *self = GST_VDMA_SRC (object);
  if (id == PROP_FRAME_SELECTION) {
    GST_OBJECT_LOCK (self);
    self->frame_selection = (GstVdmaFrameSelection) g_value_get_enum (value);
    GST_OBJECT_UNLOCK (self);
  } else if (id == PROP_TIE) {
    gst_vdma_capture_set_tied (self->capture, g_value_get_boolean (value));
  } else if (!gst_vdma_handle_set_property (
                 self->handle, id - PROP_COMMON, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
vdma_src_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstVdmaSrc *self = GST_VDMA_SRC (object);
  if (id == PROP_SIGNAL)
    g_value_set_boolean (value,
        gst_vdma_signal_is_present (gst_vdma_handle_get_signal (self->handle)));
  else if (id == PROP_FRAME_SELECTION)
    g_value_set_enum (value, vdma_src_get_frame_selection (self));
  else if (id == PROP_TIE)
    g_value_set_boolean (value, gst_vdma_capture_is_tied (self->capture));
  else if (id == PROP_COMMON + GST_VDMA_PROP_STATS)
    g_value_take_boxed (value, vdma_src_make_stats (self));
  else if (!gst_vdma_handle_get_property (
               self->handle, id - PROP_COMMON, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

/* ---- object ---- */

static void
vdma_src_finalize (GObject *object)
{
  GstVdmaSrc *self = GST_VDMA_SRC (object);
  gst_vdma_capture_close (self->capture); /* what the handle has open */
  gst_vdma_handle_free (self->handle);
  gst_vdma_capture_free (self->capture);
  gst_vdma_copies_clear (&self->copies);
  gst_clear_caps (&self->caps);
  G_OBJECT_CLASS (gst_vdma_src_parent_class)->finalize (object);
}

static void
gst_vdma_src_init (GstVdmaSrc *self)
{
  gst_vdma_copies_init (&self->copies);
  self->handle = gst_vdma_handle_new (GST_ELEMENT (self), VDMA_S2MM);
  self->capture = gst_vdma_capture_new (self->handle);
  self->frame_selection = DEFAULT_FRAME_SELECTION;
  self->period = GST_CLOCK_TIME_NONE;
  gst_base_src_set_live (GST_BASE_SRC (self), TRUE);
  gst_base_src_set_format (GST_BASE_SRC (self), GST_FORMAT_TIME);
}

static void
vdma_src_describe (GstElementClass *klass)
{
  g_autoptr (GstCaps) caps = gst_vdma_format_get_caps (NULL, VDMA_S2MM);
  gst_element_class_add_pad_template (
      klass, gst_pad_template_new ("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_element_class_set_static_metadata (klass, "AXI VDMA video source",
      "Source/Video/Hardware",
      "Captures video from the stream of an AXI VDMA core (S2MM)",
      "The gst-vdma developers");
}

static void
vdma_src_install_properties (GObjectClass *klass)
{
  /**
   * GstVdmaSrc:signal:
   *
   * Whether frames come; notified when that changes.
   */
  g_object_class_install_property (klass, PROP_SIGNAL,
      g_param_spec_boolean ("signal", "Signal",
          "Whether frames come from the stream", FALSE,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  /**
   * GstVdmaSrc:frame-selection:
   *
   * Which frame goes out when several are complete because downstream was slow:
   * the oldest, so that none is missing, or the newest, so that the picture is
   * never older than it has to be. What is given up for it counts in the
   * statistics as "lost-skipped".
   */
  g_object_class_install_property (klass, PROP_FRAME_SELECTION,
      g_param_spec_enum ("frame-selection", "Frame selection",
          "Which of several complete frames goes out first",
          GST_TYPE_VDMA_FRAME_SELECTION, DEFAULT_FRAME_SELECTION,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_READY));
  gst_type_mark_as_plugin_api (GST_TYPE_VDMA_FRAME_SELECTION, 0);
  /**
   * GstVdmaSrc:tie:
   *
   * Show what is captured on the display channel of the same core: by the core's
   * genlock, without the CPU, where it was built with that, otherwise frame by
   * frame. The element then has both channels of the core for itself.
   */
  g_object_class_install_property (klass, PROP_TIE,
      g_param_spec_boolean ("tie", "Tie",
          "Show what is captured on the display channel of the same core",
          DEFAULT_TIE,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_READY));
  gst_vdma_props_install (klass, PROP_COMMON);
}

static void
gst_vdma_src_class_init (GstVdmaSrcClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSrcClass *base_class = GST_BASE_SRC_CLASS (klass);

  object_class->set_property = vdma_src_set_property;
  object_class->get_property = vdma_src_get_property;
  object_class->finalize = vdma_src_finalize;
  element_class->change_state = GST_DEBUG_FUNCPTR (vdma_src_change_state);
  element_class->post_message = GST_DEBUG_FUNCPTR (vdma_src_post_message);
  base_class->get_caps = GST_DEBUG_FUNCPTR (vdma_src_get_caps);
  base_class->fixate = GST_DEBUG_FUNCPTR (vdma_src_fixate);
  base_class->negotiate = GST_DEBUG_FUNCPTR (vdma_src_negotiate);
  base_class->set_caps = GST_DEBUG_FUNCPTR (vdma_src_set_caps);
  base_class->decide_allocation =
      GST_DEBUG_FUNCPTR (vdma_src_decide_allocation);
  base_class->start = GST_DEBUG_FUNCPTR (vdma_src_start);
  base_class->stop = GST_DEBUG_FUNCPTR (vdma_src_stop);
  base_class->unlock = GST_DEBUG_FUNCPTR (vdma_src_unlock);
  base_class->unlock_stop = GST_DEBUG_FUNCPTR (vdma_src_unlock_stop);
  base_class->query = GST_DEBUG_FUNCPTR (vdma_src_query);
  GST_PUSH_SRC_CLASS (klass)->create = GST_DEBUG_FUNCPTR (vdma_src_create);

  vdma_src_install_properties (object_class);
  vdma_src_describe (element_class);
}
