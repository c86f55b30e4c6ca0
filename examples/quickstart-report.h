/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What quickstart tells the person who runs it: progress on standard error, the
 * summary on standard output. */
#pragma once

#include <gst/video/video.h>

#include "frame-compare.h"

G_BEGIN_DECLS

/** quickstart_report_error: one sentence, on a line of its own */
void quickstart_report_error (const gchar *sentence);

/**
 * quickstart_report_progress:
 * @n_expected: frames of the video; 0: not known
 * @seconds: since the start
 * @tick: counts the calls, ten a second: on a terminal each draws its line anew,
 *   elsewhere there is a line every second
 */
void quickstart_report_progress (const FrameCompareCounts *counts,
    guint64 n_expected, gdouble seconds, guint tick);
/** quickstart_report_progress_end: leaves the line that was drawn */
void quickstart_report_progress_end (void);

/** QuickstartReport: what the summary is made of. */
typedef struct {
  const GstVideoInfo *info;
  FrameCompareCounts counts;
  const GstStructure *source_stats; /* of vdmasrc */
  const GstStructure *sink_stats;   /* of vdmasink */
  const gchar *picture;
  const gchar *film;
} QuickstartReport;

/**
 * quickstart_report_summary:
 *
 * Returns: whether all is well: frames came, each equals one that was sent, and
 *   those that did not come are accounted for
 */
gboolean quickstart_report_summary (const QuickstartReport *report);

G_END_DECLS
