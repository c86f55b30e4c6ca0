/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Logging by callback: the library says what happens, its user decides where
 * it is shown (gst/ forwards it to GST_DEBUG). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  VDMA_LOG_ERROR = 1, /* an operation failed; the caller gets a GError too */
  VDMA_LOG_WARNING,   /* went on, but a person should know */
  VDMA_LOG_INFO,      /* once per open, start or stop */
  VDMA_LOG_DEBUG,     /* state changes and recoveries */
  VDMA_LOG_TRACE,     /* once per frame or per register */
} VdmaLogLevel;

/** VdmaLogTopic: which room speaks; gst/ makes a debug category of each. */
typedef enum {
  VDMA_LOG_TOPIC_DEVICE, /* lib/vdma, lib/io, lib/hw: "vdmadevice" */
  VDMA_LOG_TOPIC_MEMORY, /* lib/xlnk: "vdmamemory" */
  VDMA_LOG_TOPIC_SIM,    /* lib/sim: "vdmasim" */
  VDMA_LOG_TOPIC_BOARD,  /* lib/board: "vdmaboard" */
  VDMA_LOG_N_TOPICS,
} VdmaLogTopic;

/**
 * VdmaLogSink: where log lines go.
 * @is_enabled: asked for every line before its text is made, so that a level
 *   changed at run time acts at once; must be cheap
 * @write: receives a whole line without line end
 *
 * Both may be called from any thread, with locks of the library held: they
 * must not call back into the library.
 */
typedef struct {
  gboolean (*is_enabled) (VdmaLogTopic topic, VdmaLogLevel level);
  void (*write) (VdmaLogTopic topic, VdmaLogLevel level, const gchar *file,
      const gchar *function, gint line, const gchar *message);
} VdmaLogSink;

/**
 * vdma_log_set_sink:
 * @sink: (nullable): a sink with static storage, or NULL for the default
 *   (warnings and errors go to g_log, the rest nowhere)
 *
 * Process-wide. Safe at any time from any thread.
 */
void vdma_log_set_sink (const VdmaLogSink *sink);

gboolean vdma_log_is_enabled (VdmaLogTopic topic, VdmaLogLevel level);

void vdma_log_write (VdmaLogTopic topic, VdmaLogLevel level, const gchar *file,
    const gchar *function, gint line, const gchar *format, ...)
    G_GNUC_PRINTF (6, 7);

#define vdma_log(topic, level, ...)                                            \
  G_STMT_START                                                                 \
  {                                                                            \
    if (vdma_log_is_enabled ((topic), (level)))                                \
      vdma_log_write (                                                         \
          (topic), (level), __FILE__, G_STRFUNC, __LINE__, __VA_ARGS__);       \
  }                                                                            \
  G_STMT_END

/* Each file that logs defines VDMA_LOG_TOPIC before it includes this. */
#define vdma_log_error(...)                                                    \
  vdma_log (VDMA_LOG_TOPIC, VDMA_LOG_ERROR, __VA_ARGS__)
#define vdma_log_warning(...)                                                  \
  vdma_log (VDMA_LOG_TOPIC, VDMA_LOG_WARNING, __VA_ARGS__)
#define vdma_log_info(...) vdma_log (VDMA_LOG_TOPIC, VDMA_LOG_INFO, __VA_ARGS__)
#define vdma_log_debug(...)                                                    \
  vdma_log (VDMA_LOG_TOPIC, VDMA_LOG_DEBUG, __VA_ARGS__)
#define vdma_log_trace(...)                                                    \
  vdma_log (VDMA_LOG_TOPIC, VDMA_LOG_TRACE, __VA_ARGS__)

G_END_DECLS
