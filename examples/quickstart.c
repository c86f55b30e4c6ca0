/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real video through both channels of an AXI VDMA, in one process:
 *
 *   file -> decoder -> vdmasink =====> AXI4-Stream =====> vdmasrc -> encoder
 *
 * Every frame that vdmasrc delivers is compared with those that went into
 * vdmasink, byte by byte. What came out is kept as a contact sheet (PNG) and as
 * a film (WebM). examples/quickstart.sh builds and runs this. */

#include <gst/gst.h>
#include <gst/video/video.h>

#include <glib/gstdio.h>
#include <unistd.h>

#include "contact-sheet.h"
#include "frame-compare.h"
#include "quickstart-report.h"

#define QUICKSTART_TICK_MS 100
#define QUICKSTART_DEPTH   64 /* sent frames kept to compare with */
/* without a new frame for so long after the end, the rest is lost */
#define QUICKSTART_IDLE_TICKS 20
/* and without one before the end, something is broken */
#define QUICKSTART_STALLED_TICKS 200

typedef struct {
  gchar *file;
  gchar *output;
  gchar *device;
  gboolean show;
} QuickstartOptions;

typedef struct {
  const QuickstartOptions *options;
  gchar *picture;
  gchar *film;
  GMainLoop *loop;
  GstElement *player;   /* file to vdmasink */
  GstElement *recorder; /* vdmasrc to film */
  GstVideoInfo info;    /* of the frames in between */
  FrameCompare *compare;
  ContactSheet *sheet;
  guint64 n_expected; /* frames of the file; 0: not known */
  gint64 started;     /* g_get_monotonic_time() */
  gboolean playing;   /* frames go into vdmasink */
  gboolean played;    /* the file's last frame is in vdmasink */
  guint ticks, idle_ticks;
  guint64 last_news; /* frames that had come and gone at the last tick */
  gboolean failed;
} Quickstart;

/* ---- the clip that is made when no file is given ---- */

#define SCENE(pattern)                                                         \
  "videotestsrc num-buffers=30 pattern=" pattern                               \
  " ! video/x-raw,format=I420,width=640,height=360,framerate=30/1 ! scenes. "

/* Five scenes one after the other, each frame with its time on it. */
static const gchar quickstart_clip[] =
    "concat name=scenes ! timeoverlay time-mode=running-time "
    "font-desc=\"Sans 32\" halignment=center ! vp8enc deadline=1 cpu-used=8 "
    "target-bitrate=4000000 ! webmmux ! filesink name=file " //
    SCENE ("smpte") SCENE ("ball motion=sweep background-color=0xff205080")
        SCENE ("chroma-zone-plate kx2=20 ky2=20 kt=2")
            SCENE ("zone-plate kx2=20 ky2=20 kt=2") SCENE ("gradient");

/* Decodes any file; the frame rate is limited to what a display would take. */
static const gchar quickstart_player[] =
    "filesrc name=file ! decodebin caps=video/x-raw expose-all-streams=false "
    "! videorate ! videoconvert "
    "! video/x-raw,format=RGB,framerate=[1/1,60/1] "
    "! vdmasink name=vdma qos=false max-lateness=-1 show-preroll-frame=false";

/* The film is encoded behind a queue, on frames of its own: the frames of
 * vdmasrc are back in the frame cache before the encoder begins. */
static const gchar quickstart_recorder[] =
    "vdmasrc name=vdma ! capsfilter name=caps ! tee name=out "
    "out. ! videoconvert ! video/x-raw,format=I420 "
    "! queue max-size-buffers=0 max-size-time=0 max-size-bytes=268435456 "
    "! vp8enc deadline=1 cpu-used=8 target-bitrate=4000000 ! webmmux "
    "! filesink name=file async=false ";
static const gchar quickstart_window[] =
    "out. ! videoconvert ! queue leaky=downstream max-size-buffers=2 "
    "! autovideosink";

static GstElement *
quickstart_parse (const gchar *text, GError **error)
{
  GstElement *pipeline =
      gst_parse_launch_full (text, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
  return pipeline ? gst_object_ref_sink (pipeline) : NULL;
}

static void
quickstart_set (GstElement *pipeline, const gchar *name, const gchar *key,
    const gchar *text)
{
  g_autoptr (GstElement) element =
      gst_bin_get_by_name (GST_BIN (pipeline), name);
  g_object_set (element, key, text, NULL);
}

/* Waits for one of @types or an error. */
static gboolean
quickstart_await (GstElement *pipeline, GstMessageType types, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, types | GST_MESSAGE_ERROR);
  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_ERROR)
    return TRUE;
  gst_message_parse_error (message, error, NULL);
  return FALSE;
}

static gboolean
quickstart_make_clip (const gchar *path, GError **error)
{
  g_autoptr (GstElement) pipeline = quickstart_parse (quickstart_clip, error);
  if (pipeline == NULL)
    return FALSE;
  quickstart_set (pipeline, "file", "location", path);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gboolean ok = quickstart_await (pipeline, GST_MESSAGE_EOS, error);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return ok;
}

/* ---- the frames ---- */

static GstPadProbeReturn
quickstart_sent (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  Quickstart *self = user_data;
  GstVideoFrame frame;
  GstVideoInfo info;
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  if (gst_video_info_from_caps (&info, caps)
      && gst_video_frame_map (
          &frame, &info, GST_PAD_PROBE_INFO_BUFFER (probe), GST_MAP_READ)) {
    frame_compare_sent (self->compare, &frame);
    gst_video_frame_unmap (&frame);
  }
  return GST_PAD_PROBE_OK;
}

/* Picture and film have every frame once. */
static GstPadProbeReturn
quickstart_received (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  Quickstart *self = user_data;
  GstVideoFrame frame;
  if (!gst_video_frame_map (
          &frame, &self->info, GST_PAD_PROBE_INFO_BUFFER (probe), GST_MAP_READ))
    return GST_PAD_PROBE_DROP;
  FrameCompareResult result = frame_compare_received (self->compare, &frame);
  if (result != FRAME_COMPARE_REPEATED)
    contact_sheet_add (self->sheet, &frame);
  gst_video_frame_unmap (&frame);
  return result == FRAME_COMPARE_REPEATED ? GST_PAD_PROBE_DROP
                                          : GST_PAD_PROBE_OK;
}

static void
quickstart_watch_frames (Quickstart *self, GstElement *pipeline,
    const gchar *pad_name, GstPadProbeCallback callback)
{
  g_autoptr (GstElement) vdma =
      gst_bin_get_by_name (GST_BIN (pipeline), "vdma");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (vdma, pad_name);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, callback, self, NULL);
}

/* ---- the two pipelines ---- */

/* Learns size and rate from the sink's caps, the number of frames from the
 * file's length. */
static gboolean
quickstart_learn_video (Quickstart *self, GError **error)
{
  gint64 duration = 0;
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (self->player), "vdma");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  if (caps == NULL || !gst_video_info_from_caps (&self->info, caps)) {
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
        "there is no video in it");
    return FALSE;
  }
  if (gst_element_query_duration (self->player, GST_FORMAT_TIME, &duration))
    self->n_expected = gst_util_uint64_scale_round (
        duration, self->info.fps_n, self->info.fps_d * GST_SECOND);
  return TRUE;
}

/* Decodes the first frame, which vdmasink prerolls. */
static gboolean
quickstart_open_player (Quickstart *self, const gchar *file, GError **error)
{
  self->player = quickstart_parse (quickstart_player, error);
  if (self->player == NULL)
    return FALSE;
  quickstart_set (self->player, "file", "location", file);
  quickstart_set (self->player, "vdma", "device", self->options->device);
  quickstart_watch_frames (self, self->player, "sink", quickstart_sent);
  gst_element_set_state (self->player, GST_STATE_PAUSED);
  if (quickstart_await (self->player, GST_MESSAGE_ASYNC_DONE, error))
    return quickstart_learn_video (self, error);
  if ((*error)->domain != GST_RESOURCE_ERROR)
    g_prefix_error (error, "this is no video that can be decoded here: ");
  return FALSE;
}

static gboolean
quickstart_open_recorder (Quickstart *self, GError **error)
{
  g_autofree gchar *text = g_strconcat (quickstart_recorder,
      self->options->show ? quickstart_window : NULL, NULL);
  self->recorder = quickstart_parse (text, error);
  if (self->recorder == NULL)
    return FALSE;
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("video/x-raw", "format",
      G_TYPE_STRING, gst_video_format_to_string (self->info.finfo->format),
      "width", G_TYPE_INT, self->info.width, "height", G_TYPE_INT,
      self->info.height, "framerate", GST_TYPE_FRACTION, self->info.fps_n,
      self->info.fps_d, NULL);
  g_autoptr (GstElement) filter =
      gst_bin_get_by_name (GST_BIN (self->recorder), "caps");
  g_object_set (filter, "caps", caps, NULL);
  quickstart_set (self->recorder, "file", "location", self->film);
  quickstart_set (self->recorder, "vdma", "device", self->options->device);
  quickstart_watch_frames (self, self->recorder, "src", quickstart_received);
  if (gst_element_set_state (self->recorder, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE)
    return quickstart_await (self->recorder, GST_MESSAGE_ERROR, error);
  return TRUE;
}

static gboolean
quickstart_on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  Quickstart *self = user_data;
  g_autoptr (GError) error = NULL;
  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_EOS:
      if (GST_MESSAGE_SRC (message) == GST_OBJECT (self->player))
        self->played = TRUE;
      else
        g_main_loop_quit (self->loop);
      break;
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, NULL);
      quickstart_report_error (error->message);
      self->failed = TRUE;
      g_main_loop_quit (self->loop);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

/* The end of the file is not the end: its last frames are still on the way. */
static gboolean
quickstart_is_done (Quickstart *self, const FrameCompareCounts *counts)
{
  guint64 news = counts->sent + counts->distinct;
  self->idle_ticks = news == self->last_news ? self->idle_ticks + 1 : 0;
  self->last_news = news;
  if (self->played)
    return counts->waiting == 0 || self->idle_ticks >= QUICKSTART_IDLE_TICKS;
  if (self->idle_ticks < QUICKSTART_STALLED_TICKS)
    return FALSE;
  quickstart_report_error ("no frame has come through for a long time");
  self->failed = TRUE;
  return TRUE;
}

/* Returns: (transfer full) */
static GstStructure *
quickstart_get_stats (GstElement *pipeline)
{
  GstStructure *stats = NULL;
  g_autoptr (GstElement) vdma =
      gst_bin_get_by_name (GST_BIN (pipeline), "vdma");
  g_object_get (vdma, "stats", &stats, NULL);
  return stats;
}

/* Frames that come before the first commit are not seen by vdmasrc. */
static gboolean
quickstart_is_capturing (Quickstart *self)
{
  guint64 commits = 0;
  g_autoptr (GstStructure) stats = quickstart_get_stats (self->recorder);
  gst_structure_get_uint64 (stats, "commits", &commits);
  return commits > 0;
}

static gboolean
quickstart_on_tick (gpointer user_data)
{
  Quickstart *self = user_data;
  FrameCompareCounts counts;
  frame_compare_get_counts (self->compare, &counts);
  gdouble seconds =
      (gdouble) (g_get_monotonic_time () - self->started) / G_USEC_PER_SEC;
  quickstart_report_progress (
      &counts, self->n_expected, seconds, self->ticks++);
  if (!self->playing && quickstart_is_capturing (self)) {
    self->playing = TRUE;
    gst_element_set_state (self->player, GST_STATE_PLAYING);
  }
  if (!quickstart_is_done (self, &counts))
    return G_SOURCE_CONTINUE;
  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (self->recorder), "vdma");
  gst_element_send_event (source, gst_event_new_eos ());
  if (self->failed)
    g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static void
quickstart_play (Quickstart *self)
{
  GstElement *pipelines[] = { self->player, self->recorder };
  for (guint i = 0; i < G_N_ELEMENTS (pipelines); i++) {
    g_autoptr (GstBus) bus = gst_element_get_bus (pipelines[i]);
    gst_bus_add_watch (bus, quickstart_on_message, self);
  }
  self->started = g_get_monotonic_time ();
  guint tick = g_timeout_add (QUICKSTART_TICK_MS, quickstart_on_tick, self);
  g_main_loop_run (self->loop);
  GSource *source = g_main_context_find_source_by_id (NULL, tick);
  if (source)
    g_source_destroy (source);
  quickstart_report_progress_end ();
  for (guint i = 0; i < G_N_ELEMENTS (pipelines); i++) {
    g_autoptr (GstBus) bus = gst_element_get_bus (pipelines[i]);
    gst_bus_remove_watch (bus);
  }
}

static gboolean
quickstart_summarise (Quickstart *self, GError **error)
{
  if (self->failed || !contact_sheet_write (self->sheet, self->picture, error))
    return FALSE;
  g_autoptr (GstStructure) source_stats = quickstart_get_stats (self->recorder);
  g_autoptr (GstStructure) sink_stats = quickstart_get_stats (self->player);
  QuickstartReport report = { .info = &self->info,
    .source_stats = source_stats,
    .sink_stats = sink_stats,
    .picture = self->picture,
    .film = self->film };
  frame_compare_get_counts (self->compare, &report.counts);
  return quickstart_report_summary (&report);
}

/* ---- from options to the end ---- */

static void
quickstart_close (Quickstart *self)
{
  GstElement *pipelines[] = { self->player, self->recorder };
  for (guint i = 0; i < G_N_ELEMENTS (pipelines); i++) {
    if (pipelines[i] == NULL)
      continue;
    gst_element_set_state (pipelines[i], GST_STATE_NULL);
    gst_object_unref (pipelines[i]);
  }
  frame_compare_free (self->compare);
  contact_sheet_free (self->sheet);
  g_main_loop_unref (self->loop);
  g_free (self->picture);
  g_free (self->film);
}

/* Returns: (transfer full) (nullable): the file to play, made if none is given */
static gchar *
quickstart_get_file (const QuickstartOptions *options, GError **error)
{
  if (options->file == NULL) {
    g_autofree gchar *clip =
        g_build_filename (options->output, "clip.webm", NULL);
    return quickstart_make_clip (clip, error) ? g_steal_pointer (&clip) : NULL;
  }
  if (access (options->file, R_OK) == 0
      && g_file_test (options->file, G_FILE_TEST_IS_REGULAR))
    return g_strdup (options->file);
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
      "no file that can be read");
  return NULL;
}

static gboolean
quickstart_run (const QuickstartOptions *options, GError **error)
{
  g_autofree gchar *file = quickstart_get_file (options, error);
  if (file == NULL)
    return FALSE;
  Quickstart self = { .options = options,
    .picture = g_build_filename (options->output, "contact-sheet.png", NULL),
    .film = g_build_filename (options->output, "received.webm", NULL),
    .loop = g_main_loop_new (NULL, FALSE),
    .compare = frame_compare_new (QUICKSTART_DEPTH),
    .sheet = contact_sheet_new (4, 3, 320) };
  gboolean ok = quickstart_open_player (&self, file, error)
                && quickstart_open_recorder (&self, error);
  if (ok) {
    quickstart_play (&self);
    ok = quickstart_summarise (&self, error);
  }
  quickstart_close (&self);
  return ok;
}

int
main (int argc, char **argv)
{
  g_autofree gchar *output = NULL, *device = NULL;
  QuickstartOptions options = { 0 };
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
        "Folder for what is made (default: .)", "DIR" },
    { "device", 'd', 0, G_OPTION_ARG_STRING, &device,
        "Device of both elements (default: sim:loop)", "DEVICE" },
    { "show", 's', 0, G_OPTION_ARG_NONE, &options.show,
        "Show what comes out in a window, too", NULL },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GOptionContext) context = g_option_context_new ("[VIDEO-FILE]");
  g_option_context_set_summary (context,
      "Sends a video through vdmasink and vdmasrc and compares every frame.");
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    quickstart_report_error (error->message);
    return 2;
  }
  options.file = argc > 1 ? argv[1] : NULL;
  options.output = output ? output : (gchar *) ".";
  options.device = device ? device : (gchar *) "sim:loop";
  g_mkdir_with_parents (options.output, 0777);
  if (quickstart_run (&options, &error))
    return 0;
  if (error) {
    g_autofree gchar *text = g_strdup_printf (
        "%s: %s", options.file ? options.file : "clip", error->message);
    quickstart_report_error (text);
  }
  return 1;
}
