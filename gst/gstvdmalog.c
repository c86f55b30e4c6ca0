/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The library's log sink that feeds GST_DEBUG. */
#include "gstvdmalog.h"

#include "vdma-log.h"

static const struct {
  const gchar *name;
  const gchar *description;
} vdma_log_topics[VDMA_LOG_N_TOPICS] = {
  [VDMA_LOG_TOPIC_DEVICE] = { "vdmadevice", "AXI VDMA driver" },
  [VDMA_LOG_TOPIC_MEMORY] = { "vdmamemory", "contiguous memory" },
  [VDMA_LOG_TOPIC_SIM] = { "vdmasim", "simulated board" },
  [VDMA_LOG_TOPIC_BOARD] = { "vdmaboard", "opening of devices" },
};

static const GstDebugLevel vdma_log_levels[] = {
  [VDMA_LOG_ERROR] = GST_LEVEL_ERROR,
  [VDMA_LOG_WARNING] = GST_LEVEL_WARNING,
  [VDMA_LOG_INFO] = GST_LEVEL_INFO,
  [VDMA_LOG_DEBUG] = GST_LEVEL_DEBUG,
  [VDMA_LOG_TRACE] = GST_LEVEL_TRACE,
};

/* Made before the sink is set, never changed after. */
static GstDebugCategory *vdma_log_categories[VDMA_LOG_N_TOPICS];

/* As GST_CAT_LEVEL_LOG() asks; gst_debug_is_active() knows nothing of the variable
 * GST_DEBUG. */
static gboolean
vdma_log_sink_is_enabled (VdmaLogTopic topic, VdmaLogLevel level)
{
  GstDebugLevel wanted = vdma_log_levels[level];
  return wanted <= _gst_debug_min
         && wanted <= gst_debug_category_get_threshold (
                vdma_log_categories[topic]);
}

static void
vdma_log_sink_write (VdmaLogTopic topic, VdmaLogLevel level, const gchar *file,
    const gchar *function, gint line, const gchar *message)
{
  gst_debug_log_literal (vdma_log_categories[topic], vdma_log_levels[level],
      file, function, line, NULL, message);
}

void
gst_vdma_log_init (void)
{
  static const VdmaLogSink sink = {
    .is_enabled = vdma_log_sink_is_enabled,
    .write = vdma_log_sink_write,
  };
  static gsize done = 0;

  if (!g_once_init_enter (&done))
    return;
  for (guint i = 0; i < VDMA_LOG_N_TOPICS; i++)
    vdma_log_categories[i] = _gst_debug_category_new (
        vdma_log_topics[i].name, 0, vdma_log_topics[i].description);
  vdma_log_set_sink (&sink);
  g_once_init_leave (&done, 1);
}
