/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See quickstart-report.h. */

#include "quickstart-report.h"

#include <string.h>
#include <unistd.h>

#define REPORT_BAR_WIDTH 30

/* hardware.md 4: register accesses of PYNQ's driver per frame */
#define REPORT_PYNQ_CAPTURE 12
#define REPORT_PYNQ_DISPLAY 9

static gboolean
report_is_terminal (void)
{
  return isatty (STDERR_FILENO);
}

void
quickstart_report_error (const gchar *sentence)
{
  quickstart_report_progress_end ();
  g_printerr ("quickstart: %s\n", sentence);
}

/* ---- progress ---- */

static void
report_draw_bar (gchar *bar, guint64 done, guint64 all)
{
  guint filled =
      (guint) MIN (REPORT_BAR_WIDTH, done * REPORT_BAR_WIDTH / MAX (all, 1));
  for (guint i = 0; i < REPORT_BAR_WIDTH; i++)
    bar[i] = i < filled ? '#' : '.';
  bar[REPORT_BAR_WIDTH] = '\0';
}

void
quickstart_report_progress (const FrameCompareCounts *counts,
    guint64 n_expected, gdouble seconds, guint tick)
{
  gchar bar[REPORT_BAR_WIDTH + 1] = "";
  gboolean on_terminal = report_is_terminal ();
  if (!on_terminal && tick % 10 != 0)
    return;
  if (on_terminal && n_expected)
    report_draw_bar (bar, counts->sent, n_expected);
  g_printerr ("%s%s %5.1f s  sent %" G_GUINT64_FORMAT
              "  received %" G_GUINT64_FORMAT "  lost %" G_GUINT64_FORMAT
              "  different %" G_GUINT64_FORMAT "%s",
      on_terminal ? "\r\033[K" : "", bar, seconds, counts->sent,
      counts->distinct, counts->skipped, counts->different,
      on_terminal ? "" : "\n");
}

void
quickstart_report_progress_end (void)
{
  if (report_is_terminal ())
    g_printerr ("\r\033[K");
}

/* ---- summary ---- */

static guint64
report_get (const GstStructure *stats, const gchar *field)
{
  guint64 value = 0;
  gst_structure_get_uint64 (stats, field, &value);
  return value;
}

/* Adds ", CAUSE N" for each field "PREFIX-CAUSE" that is not zero. */
typedef struct {
  const gchar *prefix;
  GString *text;
} ReportCauses;

static gboolean
report_add_cause (GQuark field, const GValue *value, gpointer user_data)
{
  ReportCauses *causes = user_data;
  const gchar *name = g_quark_to_string (field);
  if (g_str_has_prefix (name, causes->prefix) && G_VALUE_HOLDS_UINT64 (value)
      && g_value_get_uint64 (value) > 0)
    g_string_append_printf (causes->text, "%s%s %" G_GUINT64_FORMAT,
        causes->text->len ? ", " : "", name + strlen (causes->prefix),
        g_value_get_uint64 (value));
  return TRUE;
}

static gchar *
report_causes (const GstStructure *stats, const gchar *prefix)
{
  ReportCauses causes = { .prefix = prefix, .text = g_string_new (NULL) };
  gst_structure_foreach (stats, report_add_cause, &causes);
  if (causes.text->len == 0)
    g_string_append (causes.text, "none");
  return g_string_free (causes.text, FALSE);
}

static gdouble
report_accesses_per_frame (const GstStructure *stats)
{
  guint64 frames = report_get (stats, "frames");
  return (gdouble) (report_get (stats, "register-reads")
                    + report_get (stats, "register-writes"))
         / MAX (frames, 1);
}

/* Frames that vdmasink took and had not yet displayed when it was asked. */
static guint64
report_count_pending (const QuickstartReport *report)
{
  return report_get (report->sink_stats, "delivered")
         - report_get (report->sink_stats, "frames");
}

static guint64
report_excess (guint64 missing, guint64 explained)
{
  return missing > explained ? missing - explained : 0;
}

/* Sent frames that neither came nor are among the losses that the elements
 * own up to. */
static guint64
report_count_unexplained (const QuickstartReport *report)
{
  guint64 lost = report_get (report->source_stats, "lost")
                 + report_get (report->sink_stats, "lost");
  return report_excess (report->counts.skipped, lost)
         + report_excess (
             report->counts.waiting, report_count_pending (report));
}

static void
report_print_frames (const QuickstartReport *report)
{
  const FrameCompareCounts *counts = &report->counts;
  g_autofree gchar *causes = report_causes (report->source_stats, "lost-");
  g_print ("Video      %dx%d %s, %d/%d frames per second\n",
      report->info->width, report->info->height,
      gst_video_format_to_string (GST_VIDEO_INFO_FORMAT (report->info)),
      report->info->fps_n, report->info->fps_d);
  g_print (
      "Sent       %" G_GUINT64_FORMAT " frames into vdmasink\n", counts->sent);
  g_print ("Received   %" G_GUINT64_FORMAT " of them from vdmasrc, %s\n",
      counts->distinct,
      counts->different ? "and others that differ"
                        : "each equal to what was sent, byte by byte");
  if (counts->different)
    g_print ("Different  %" G_GUINT64_FORMAT
             " frames differ from all that was sent\n",
        counts->different);
  g_print ("Repeated   %" G_GUINT64_FORMAT
           " (the display shows a frame again until the next one is there)\n",
      counts->repeated);
  g_print ("Lost       %" G_GUINT64_FORMAT
           " of those sent; never displayed: %" G_GUINT64_FORMAT
           "; lost by vdmasrc: %s\n",
      counts->skipped + counts->waiting, report_count_pending (report), causes);
}

static void
report_print_costs (const QuickstartReport *report)
{
  g_autofree gchar *in = report_causes (report->sink_stats, "copies-");
  g_autofree gchar *out = report_causes (report->source_stats, "copies-");
  g_print ("Copies     into vdmasink: %s; out of vdmasrc: %s\n", in, out);
  g_print ("Registers  %.1f accesses per captured frame, %.1f per displayed "
           "one, start and stop\n           included (PYNQ: %d and %d without "
           "them)\n",
      report_accesses_per_frame (report->source_stats),
      report_accesses_per_frame (report->sink_stats), REPORT_PYNQ_CAPTURE,
      REPORT_PYNQ_DISPLAY);
  g_print ("Picture    %s\n", report->picture);
  g_print ("Film       %s\n", report->film);
}

gboolean
quickstart_report_summary (const QuickstartReport *report)
{
  guint64 unexplained = report_count_unexplained (report);
  report_print_frames (report);
  report_print_costs (report);
  if (unexplained)
    g_print ("Missing    %" G_GUINT64_FORMAT " frames that nobody counted\n",
        unexplained);
  gboolean ok = report->counts.distinct > 0 && report->counts.different == 0
                && unexplained == 0;
  g_print ("Result     %s\n",
      ok                              ? "good"
      : report->counts.distinct == 0  ? "bad: no frame that was sent came back"
      : report->counts.different != 0 ? "bad: frames differ"
                                      : "bad: frames are missing");
  return ok;
}
