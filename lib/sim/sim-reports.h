/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a simulated board complains of: counted for ever, the first texts kept. */
#pragma once

#include "sim.h"

G_BEGIN_DECLS

#define SIM_REPORTS_KEPT 256 /* texts; later ones are counted and logged */

typedef struct SimReports SimReports;

/** sim_reports_new: @abort: end the process at the first violation or coherency report, so that a debugger shows who did it */
SimReports *sim_reports_new (const gchar *board, gboolean abort_on_violation);
void sim_reports_free (SimReports *self); /* (nullable) */

/** sim_reports_add: @time: of the board, ns since its start */
void sim_reports_add (SimReports *self, SimReportKind kind, gint64 time,
    const gchar *format, ...) G_GNUC_PRINTF (4, 5);

guint64 sim_reports_get_count (const SimReports *self, SimReportKind kind);

/** Returns: (transfer none) (nullable): the @index-th text; NULL behind the last one kept */
const gchar *sim_reports_get_text (const SimReports *self, guint index);

/** sim_time_to_string: "1.000000250 s" into @text. Returns: @text */
#define SIM_TIME_TEXT 40
const gchar *sim_time_to_string (gint64 time, gchar text[SIM_TIME_TEXT]);

G_END_DECLS
