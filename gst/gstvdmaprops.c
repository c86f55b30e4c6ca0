/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The properties that both elements have. */
#include "gstvdmaprops.h"

#include "gstvdmapool.h"

#define DEFAULT_DEVICE      "auto"
#define DEFAULT_MEMORY      "auto"
#define DEFAULT_CACHE_SIZE  GST_VDMA_POOL_DEFAULT_CAPACITY
#define DEFAULT_CACHE       GST_VDMA_CACHE_AUTO
#define DEFAULT_TIMEOUT     GST_SECOND
#define DEFAULT_ON_ERROR    VDMA_ON_ERROR_RECOVER
#define DEFAULT_CRASH_GUARD FALSE

#define PROPS_FLAGS_SET                                                        \
  (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)
#define PROPS_FLAGS_GET (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)

GType
gst_vdma_cache_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_VDMA_CACHE_AUTO, "Cached where the memory can do it", "auto" },
    { GST_VDMA_CACHE_CACHED,
        "Through the CPU's cache, kept coherent at map "
        "and unmap",
        "cached" },
    { GST_VDMA_CACHE_UNCACHED, "Past the CPU's cache", "uncached" },
    { 0, NULL, NULL },
  };
  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstVdmaCache", values));
  return type;
}

GType
gst_vdma_on_error_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { VDMA_ON_ERROR_RECOVER, "Go on: mark damaged frames, restart what halted",
        "recover" },
    { VDMA_ON_ERROR_MARK, "Mark damaged frames, stop when the channel halts",
        "mark" },
    { VDMA_ON_ERROR_DROP,
        "Go on: drop damaged frames and count them, restart what halted",
        "drop" },
    { VDMA_ON_ERROR_STOP, "Stop with an error message at the first error",
        "stop" },
    { 0, NULL, NULL },
  };
  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstVdmaOnError", values));
  return type;
}

/**
 * GstVdma:device:
 *
 * Which core to use: "auto" takes the hardware that is there, and where there
 * is none the simulated board; "uio:NAME", "uio@ADDRESS", "/dev/uioN",
 * "mem:ADDRESS" and "hwh:FILE#INSTANCE" are real cores, "sim[:NAME][?key=value&...]"
 * a simulated one (docs/devices.md).
 * Elements of one process that name the same device share it.
 */
/**
 * GstVdma:memory:
 *
 * Where frames come from: "auto" takes what the machine has (docs/memory.md).
 */
static void
props_install_device (GObjectClass *klass, guint offset)
{
  g_object_class_install_property (klass, offset + GST_VDMA_PROP_DEVICE,
      g_param_spec_string ("device", "Device",
          "AXI VDMA core to use: auto, uio:NAME, uio@ADDRESS, /dev/uioN, "
          "mem:ADDRESS, hwh:FILE#INSTANCE, or sim[:NAME][?key=value&...] for a "
          "simulated board",
          DEFAULT_DEVICE, PROPS_FLAGS_SET));
  g_object_class_install_property (klass, offset + GST_VDMA_PROP_MEMORY,
      g_param_spec_string ("memory", "Memory",
          "Contiguous memory that frames are made of: auto (what the machine "
          "has), u-dma-buf, zocl, xlnk, carveout:BASE+SIZE, hugetlb, "
          "dma-heap:NAME, "
          "or sim for that of a simulated board",
          DEFAULT_MEMORY, PROPS_FLAGS_SET));
  g_object_class_install_property (klass, offset + GST_VDMA_PROP_DEVICE_NAME,
      g_param_spec_string ("device-name", "Device name",
          "Name of the device that is open; NULL in state NULL", NULL,
          PROPS_FLAGS_GET));
}

/**
 * GstVdma:cache-size:
 *
 * Capacity of the frame cache, in frames: those that come back from use are kept
 * for reuse up to this number. Frames that must exist while streaming are kept
 * in any case.
 */
/**
 * GstVdma:cache:
 *
 * Whether the CPU reads and writes frames through its cache.
 */
static void
props_install_frames (GObjectClass *klass, guint offset)
{
  g_object_class_install_property (klass, offset + GST_VDMA_PROP_CACHE_SIZE,
      g_param_spec_uint ("cache-size", "Cache size",
          "Frames that the frame cache keeps for reuse, on top of those that "
          "the hardware holds",
          0, GST_VDMA_POOL_MAX_CAPACITY, DEFAULT_CACHE_SIZE, PROPS_FLAGS_SET));
  g_object_class_install_property (klass, offset + GST_VDMA_PROP_CACHE,
      g_param_spec_enum ("cache", "Cache",
          "Whether the CPU accesses frames through its cache",
          GST_TYPE_VDMA_CACHE, DEFAULT_CACHE, PROPS_FLAGS_SET));
}

/**
 * GstVdma:timeout:
 *
 * Without a frame from the stream (vdmasrc) or to it (vdmasink) for this long, a
 * warning is posted; the element keeps waiting and posts an info message when
 * frames flow again. Never less than three frame periods.
 */
/**
 * GstVdma:on-error:
 *
 * What happens when the core reports an error of the stream or the bus. A
 * damaged frame that is delivered has GST_BUFFER_FLAG_CORRUPTED. A display has
 * no damaged frames: there "recover" and "drop" restart what halted, "mark" and
 * "stop" end with an error message.
 */
/**
 * GstVdma:crash-guard:
 *
 * Should the process die by SIGSEGV, SIGBUS, SIGILL, SIGFPE or SIGABRT while the
 * hardware runs, it is reset before its memory goes to somebody else; then
 * whatever handled that signal before handles it. Signals are the application's,
 * so this is off unless it is asked for. On a simulated board there is nothing to
 * guard.
 */
/**
 * GstVdma:stats:
 *
 * Counters since the device was opened; docs/elements.md lists the fields.
 */
static void
props_install_watch (GObjectClass *klass, guint offset)
{
  g_object_class_install_property (klass, offset + GST_VDMA_PROP_TIMEOUT,
      g_param_spec_uint64 ("timeout", "Timeout",
          "Nanoseconds without a frame after which a warning is posted, three "
          "frame periods at least (0: never)",
          0, G_MAXINT64, DEFAULT_TIMEOUT, PROPS_FLAGS_SET));
  g_object_class_install_property (klass, offset + GST_VDMA_PROP_ON_ERROR,
      g_param_spec_enum ("on-error", "On error",
          "What happens when the core reports an error", GST_TYPE_VDMA_ON_ERROR,
          DEFAULT_ON_ERROR, PROPS_FLAGS_SET));
  g_object_class_install_property (klass, offset + GST_VDMA_PROP_CRASH_GUARD,
      g_param_spec_boolean ("crash-guard", "Crash guard",
          "Stop the hardware when the process dies by a fatal signal",
          DEFAULT_CRASH_GUARD, PROPS_FLAGS_SET));
  g_object_class_install_property (klass, offset + GST_VDMA_PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "Frames, losses by cause, copies, interrupts and memory since the "
          "device was opened",
          GST_TYPE_STRUCTURE, PROPS_FLAGS_GET));
}

void
gst_vdma_props_install (GObjectClass *klass, guint offset)
{
  props_install_device (klass, offset);
  props_install_frames (klass, offset);
  props_install_watch (klass, offset);
  gst_type_mark_as_plugin_api (GST_TYPE_VDMA_CACHE, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_VDMA_ON_ERROR, 0);
}

void
gst_vdma_props_init (GstVdmaProps *self)
{
  *self = (GstVdmaProps){
    .device = g_strdup (DEFAULT_DEVICE),
    .memory = g_strdup (DEFAULT_MEMORY),
    .cache_size = DEFAULT_CACHE_SIZE,
    .cache = DEFAULT_CACHE,
    .timeout = DEFAULT_TIMEOUT,
    .on_error = DEFAULT_ON_ERROR,
    .crash_guard = DEFAULT_CRASH_GUARD,
  };
}

void
gst_vdma_props_clear (GstVdmaProps *self)
{
  g_clear_pointer (&self->device, g_free);
  g_clear_pointer (&self->memory, g_free);
}

void
gst_vdma_props_copy (
    const GstVdmaProps *self, GstElement *element, GstVdmaProps *copy)
{
  GST_OBJECT_LOCK (element);
  *copy = *self;
  copy->device = g_strdup (self->device);
  copy->memory = g_strdup (self->memory);
  GST_OBJECT_UNLOCK (element);
}

static void
props_set_string (gchar **field, const GValue *value, const gchar *fallback)
{
  const gchar *text = g_value_get_string (value);
  g_free (*field);
  *field = g_strdup (text ? text : fallback);
}

gboolean
gst_vdma_props_set (
    GstVdmaProps *self, GstElement *element, guint id, const GValue *value)
{
  gboolean known = TRUE;

  GST_OBJECT_LOCK (element);
  switch (id) {
    case GST_VDMA_PROP_DEVICE:
      props_set_string (&self->device, value, DEFAULT_DEVICE);
      break;
    case GST_VDMA_PROP_MEMORY:
      props_set_string (&self->memory, value, DEFAULT_MEMORY);
      break;
    case GST_VDMA_PROP_CACHE_SIZE:
      self->cache_size = g_value_get_uint (value);
      break;
    case GST_VDMA_PROP_CACHE:
      self->cache = (GstVdmaCache) g_value_get_enum (value);
      break;
    case GST_VDMA_PROP_TIMEOUT:
      self->timeout = g_value_get_uint64 (value);
      break;
    case GST_VDMA_PROP_ON_ERROR:
      self->on_error = (VdmaOnError) g_value_get_enum (value);
      break;
    case GST_VDMA_PROP_CRASH_GUARD:
      self->crash_guard = g_value_get_boolean (value);
      break;
    default:
      known = FALSE;
  }
  GST_OBJECT_UNLOCK (element);
  return known;
}

gboolean
gst_vdma_props_get (
    const GstVdmaProps *self, GstElement *element, guint id, GValue *value)
{
  gboolean known = TRUE;

  GST_OBJECT_LOCK (element);
  switch (id) {
    case GST_VDMA_PROP_DEVICE:
      g_value_set_string (value, self->device);
      break;
    case GST_VDMA_PROP_MEMORY:
      g_value_set_string (value, self->memory);
      break;
    case GST_VDMA_PROP_CACHE_SIZE:
      g_value_set_uint (value, self->cache_size);
      break;
    case GST_VDMA_PROP_CACHE:
      g_value_set_enum (value, self->cache);
      break;
    case GST_VDMA_PROP_TIMEOUT:
      g_value_set_uint64 (value, self->timeout);
      break;
    case GST_VDMA_PROP_ON_ERROR:
      g_value_set_enum (value, self->on_error);
      break;
    case GST_VDMA_PROP_CRASH_GUARD:
      g_value_set_boolean (value, self->crash_guard);
      break;
    default:
      known = FALSE;
  }
  GST_OBJECT_UNLOCK (element);
  return known;
}

XlnkCaching
gst_vdma_props_get_caching (const GstVdmaProps *self)
{
  return self->cache == GST_VDMA_CACHE_UNCACHED ? XLNK_UNCACHED
                                                : XLNK_CACHEABLE;
}
