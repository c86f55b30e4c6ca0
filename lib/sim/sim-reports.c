/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_SIM
#include "sim-reports.h"

#include <stdlib.h>

#include "vdma-log.h"
#include "vdma-util.h"

struct SimReports {
  gchar *board;
  gboolean abort_on_violation;
  guint64 counts[SIM_N_REPORT_KINDS];
  GPtrArray *texts; /* at most SIM_REPORTS_KEPT */
};

SimReports *
sim_reports_new (const gchar *board, gboolean abort_on_violation)
{
  SimReports *self = g_new0 (SimReports, 1);
  self->board = g_strdup (board);
  self->abort_on_violation = abort_on_violation;
  self->texts = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
sim_reports_free (SimReports *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->texts);
  g_free (self->board);
  g_free (self);
}

const gchar *
sim_time_to_string (gint64 time, gchar text[SIM_TIME_TEXT])
{
  g_snprintf (text, SIM_TIME_TEXT, "%" G_GINT64_FORMAT ".%09u s",
      time / VDMA_NSEC_PER_SEC, (guint) (time % VDMA_NSEC_PER_SEC));
  return text;
}

void
sim_reports_add (
    SimReports *self, SimReportKind kind, gint64 time, const gchar *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree gchar *what = g_strdup_vprintf (format, args);
  va_end (args);

  gchar when[SIM_TIME_TEXT];
  g_autofree gchar *text =
      g_strdup_printf ("%s: %s", sim_time_to_string (time, when), what);
  self->counts[kind]++;
  vdma_log_warning ("simulated board '%s' at %s", self->board, text);
  if (self->abort_on_violation && kind != SIM_REPORT_UNDEFINED_USE) {
    vdma_log_error ("violations=abort: the process ends here");
    abort ();
  }
  if (self->texts->len < SIM_REPORTS_KEPT)
    g_ptr_array_add (self->texts, g_steal_pointer (&text));
}

guint64
sim_reports_get_count (const SimReports *self, SimReportKind kind)
{
  return self->counts[kind];
}

const gchar *
sim_reports_get_text (const SimReports *self, guint index)
{
  return index < self->texts->len ? g_ptr_array_index (self->texts, index)
                                  : NULL;
}
