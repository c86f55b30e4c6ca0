/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A day of video: vdmasrc as it is, 24 hours of 60 frames a second in virtual
 * time. Every frame is looked at; none is missing, memory does not grow, and
 * the last timestamp is as right as the first.
 *
 * GST_VDMA_DAY_HOURS says how many hours it is (set by meson: sanitizers make
 * every frame several times as dear). */
#include "check-elements.h"

#include "process-memory.h"
#include "sim-pattern.h"

#define DAY_FPS             60
#define DAY_FRAMES_PER_HOUR (3600 * DAY_FPS)
#define DAY_LINES           4
#define DAY_LINE_SIZE       16
#define DAY_CAPS                                                               \
  "video/x-raw,format=GRAY8,width=" G_STRINGIFY (                              \
      DAY_LINE_SIZE) ",height=" G_STRINGIFY (DAY_LINES) ",framerate=60/1"

/* What a service may take, and what rounding to nanoseconds may do. */
#define DAY_SLACK GST_MSECOND
/* Growth that is none: what the kernel and malloc() still had to touch, and
 * what the heap has lent for a moment. */
#define DAY_GROWTH      (256 * 1024)
#define DAY_HEAP_GROWTH (16 * 1024)

/* AddressSanitizer keeps what was freed for a while, and has its own judge of
 * leaks. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define DAY_KEEPS_FREED TRUE
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define DAY_KEEPS_FREED TRUE
#endif
#ifndef DAY_KEEPS_FREED
#define DAY_KEEPS_FREED FALSE
#endif

/* ---- the pipeline's clock is the board's ---- */

#define DAY_TYPE_CLOCK (day_clock_get_type ())
G_DECLARE_FINAL_TYPE (DayClock, day_clock, DAY, CLOCK, GstClock)

struct _DayClock {
  GstClock parent;
  SimBoard *board; /* (transfer none) */
};

G_DEFINE_TYPE (DayClock, day_clock, GST_TYPE_CLOCK)

static GstClockTime
day_clock_get_internal_time (GstClock *clock)
{
  SimBoard *board = DAY_CLOCK (clock)->board;
  return (GstClockTime) vdma_time_now (sim_board_get_time (board));
}

static void
day_clock_class_init (DayClockClass *klass)
{
  GST_CLOCK_CLASS (klass)->get_internal_time = day_clock_get_internal_time;
}

static void
day_clock_init (DayClock *self)
{
}

/* ---- watching ---- */

typedef struct {
  guint64 n_frames;
  guint64 first_number;   /* in the picture */
  GstClockTime first_pts; /* at the end of the first second */
  GstClockTimeDiff drift_max;
  ProcessMemory early, late;
  gboolean failed;
  gchar text[256];
} DayWatch;

static void day_fail (DayWatch *watch, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);

/* Only the first one; the test's thread tells it. */
static void
day_fail (DayWatch *watch, const gchar *format, ...)
{
  va_list args;
  if (watch->failed)
    return;
  watch->failed = TRUE;
  va_start (args, format);
  g_vsnprintf (watch->text, sizeof watch->text, format, args);
  va_end (args);
}

/* The picture is whole and the one that follows the one before. */
static void
day_check_picture (DayWatch *watch, GstBuffer *buffer)
{
  SimCounterCheck check = { 0 };
  GstMapInfo map;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    day_fail (
        watch, "frame %" G_GUINT64_FORMAT " cannot be mapped", watch->n_frames);
    return;
  }
  gboolean whole = sim_pattern_check_counter (
      map.data, DAY_LINE_SIZE, DAY_LINE_SIZE, DAY_LINES, &check);
  gst_buffer_unmap (buffer, &map);
  if (watch->n_frames == 0)
    watch->first_number = check.number;
  if (!whole || check.number != watch->first_number + watch->n_frames)
    day_fail (watch,
        "frame %" G_GUINT64_FORMAT " shows number %" G_GUINT64_FORMAT ", %s",
        watch->n_frames, check.number, whole ? "whole" : "torn");
}

/* From the end of the first second on, when the channel has found its pace. */
static void
day_check_time (DayWatch *watch, GstClockTime pts)
{
  if (watch->n_frames < DAY_FPS)
    return;
  if (watch->n_frames == DAY_FPS)
    watch->first_pts = pts;
  GstClockTime right =
      watch->first_pts
      + gst_util_uint64_scale (watch->n_frames - DAY_FPS, GST_SECOND, DAY_FPS);
  GstClockTimeDiff drift = ABS (GST_CLOCK_DIFF (right, pts));
  watch->drift_max = MAX (watch->drift_max, drift);
  if (drift > (GstClockTimeDiff) DAY_SLACK)
    day_fail (watch,
        "frame %" G_GUINT64_FORMAT " is of %" GST_TIME_FORMAT
        " instead of %" GST_TIME_FORMAT,
        watch->n_frames, GST_TIME_ARGS (pts), GST_TIME_ARGS (right));
}

static GstPadProbeReturn
day_watch_frame (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  DayWatch *watch = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (probe);

  day_check_picture (watch, buffer);
  day_check_time (watch, GST_BUFFER_PTS (buffer));
  watch->n_frames++;
  if (watch->n_frames == DAY_FRAMES_PER_HOUR / 2)
    process_memory_get (&watch->early);
  return GST_PAD_PROBE_OK;
}

/* ---- the day ---- */

static guint
day_get_hours (void)
{
  const gchar *text = g_getenv ("GST_VDMA_DAY_HOURS");
  guint64 hours = text ? g_ascii_strtoull (text, NULL, 10) : 24;
  return (guint) CLAMP (hours, 1, 1000);
}

static void
day_check_accounts (SimBoard *board, GstElement *src, guint64 n_frames)
{
  SimTruth truth;
  sim_board_get_truth (board, &truth);
  const SimChannelTruth *s2mm = &truth.channel[VDMA_S2MM];

  fail_unless_equals_uint64 (check_stat (src, "delivered"), n_frames);
  fail_unless_equals_uint64 (check_stat (src, "frames"),
      check_stat (src, "delivered") + check_stat (src, "lost"));
  fail_unless_equals_uint64 (check_stat (src, "lost"),
      check_stat (src, "lost-startup") + check_stat (src, "lost-stopped"));
  fail_unless_equals_uint64 (s2mm->frames_done, check_stat (src, "frames"));
  fail_unless_equals_uint64 (
      s2mm->frames_generated, s2mm->frames_started + s2mm->frames_dropped);
  fail_unless_equals_uint64 (
      s2mm->frames_started, s2mm->frames_done + s2mm->frames_short);
  fail_unless_equals_uint64 (s2mm->lines_lost, 0);
  fail_unless (s2mm->frames_overwritten <= check_stat (src, "lost"));
}

GST_START_TEST (test_day)
{
  guint hours = day_get_hours ();
  guint64 n_frames = (guint64) hours * DAY_FRAMES_PER_HOUR;
  SimBoard *board = check_board_open ("stream=counter&fps=60");
  GstElement *pipeline = check_launch (
      "vdmasrc name=src device=sim:check num-buffers=%" G_GUINT64_FORMAT
      " ! " DAY_CAPS " ! fakesink sync=false",
      n_frames);
  g_autoptr (GstElement) src = check_get (pipeline, "src");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (src, "src");
  DayClock *clock = g_object_new (DAY_TYPE_CLOCK, NULL);
  DayWatch watch = { 0 };

  gst_object_ref_sink (clock);
  clock->board = board;
  gst_pipeline_use_clock (GST_PIPELINE (pipeline), GST_CLOCK (clock));
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, day_watch_frame, &watch, NULL);
  check_run (pipeline);
  process_memory_get (&watch.late);

  g_print ("# %u h of 60 frames a second, %" G_GUINT64_FORMAT
           " frames; largest drift %" G_GINT64_FORMAT
           " ns; heap and resident memory %" G_GUINT64_FORMAT
           " and %" G_GUINT64_FORMAT
           " KiB after half an hour, %" G_GUINT64_FORMAT
           " and %" G_GUINT64_FORMAT " KiB at the end%s\n",
      hours, watch.n_frames, watch.drift_max, watch.early.heap / 1024,
      watch.early.resident / 1024, watch.late.heap / 1024,
      watch.late.resident / 1024,
      DAY_KEEPS_FREED ? " (freed memory included)" : "");
  fail_if (watch.failed, "%s", watch.text);
  fail_unless_equals_uint64 (watch.n_frames, n_frames);
  fail_unless (DAY_KEEPS_FREED
               || watch.late.resident <= watch.early.resident + DAY_GROWTH);
  fail_unless (watch.late.heap <= watch.early.heap + DAY_HEAP_GROWTH);
  day_check_accounts (board, src, n_frames);
  gst_object_unref (pipeline);
  gst_object_unref (clock);
  check_board_close (board);
}
GST_END_TEST;

static Suite *
day_suite (void)
{
  Suite *suite = suite_create ("day");
  TCase *tcase = tcase_create ("capture");
  check_elements_init ();
  tcase_set_timeout (tcase, 0);
  tcase_add_test (tcase, test_day);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (day);
