/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vdma-log.h"

static gboolean
default_is_enabled (VdmaLogTopic topic G_GNUC_UNUSED, VdmaLogLevel level)
{
  return level <= VDMA_LOG_WARNING;
}

static void
default_write (VdmaLogTopic topic G_GNUC_UNUSED, VdmaLogLevel level,
    const gchar *file, const gchar *function, gint line, const gchar *message)
{
  /* An error is reported to the caller as well; G_LOG_LEVEL_ERROR would abort. */
  GLogLevelFlags glib_level =
      level == VDMA_LOG_ERROR ? G_LOG_LEVEL_WARNING : G_LOG_LEVEL_MESSAGE;
  g_log ("vdma", glib_level, "%s:%d:%s: %s", file, line, function, message);
}

static const VdmaLogSink default_sink = {
  .is_enabled = default_is_enabled,
  .write = default_write,
};

static const VdmaLogSink *current_sink = &default_sink;

void
vdma_log_set_sink (const VdmaLogSink *sink)
{
  g_atomic_pointer_set (&current_sink, sink ? sink : &default_sink);
}

gboolean
vdma_log_is_enabled (VdmaLogTopic topic, VdmaLogLevel level)
{
  const VdmaLogSink *sink = g_atomic_pointer_get (&current_sink);
  return sink->is_enabled (topic, level);
}

void
vdma_log_write (VdmaLogTopic topic, VdmaLogLevel level, const gchar *file,
    const gchar *function, gint line, const gchar *format, ...)
{
  const VdmaLogSink *sink = g_atomic_pointer_get (&current_sink);
  va_list args;
  va_start (args, format);
  g_autofree gchar *message = g_strdup_vprintf (format, args);
  va_end (args);
  sink->write (topic, level, file, function, line, message);
}
