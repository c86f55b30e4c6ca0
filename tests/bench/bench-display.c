/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What displaying a frame costs, and handing it from capture to display; PYNQ's
 * numbers are those of hardware.md 4. */

#include "bench-pipeline.h"

#define DISPLAY_BOARD "bench-display"

/* A source that costs nothing: this thread pushes frames of the pool that
 * vdmasink proposes, and draws nothing. */
typedef struct {
  GstElement *pipeline;
  GstElement *sink;
  GstPad *pad;
  GstBufferPool *pool;
} DisplayFeed;

static gboolean
feed_get_pool (DisplayFeed *self, GstCaps *caps)
{
  guint size = 0, min = 0, max = 0;
  g_autoptr (GstQuery) query = gst_query_new_allocation (caps, TRUE);
  if (!gst_pad_peer_query (self->pad, query)
      || gst_query_get_n_allocation_pools (query) == 0)
    return FALSE;
  gst_query_parse_nth_allocation_pool (
      query, 0, &self->pool, &size, &min, &max);
  if (self->pool == NULL)
    return FALSE;
  GstStructure *config = gst_buffer_pool_get_config (self->pool);
  gst_buffer_pool_config_set_params (config, caps, size, min, max);
  return gst_buffer_pool_set_config (self->pool, config)
         && gst_buffer_pool_set_active (self->pool, TRUE);
}

static gboolean
feed_open (DisplayFeed *self, const gchar *device, GError **error)
{
  g_autofree gchar *text = g_strdup_printf (
      "vdmasink name=measured device=sim:%s sync=false", device);
  g_autoptr (GstCaps) caps = gst_caps_from_string (BENCH_CAPS);
  GstSegment segment;
  self->pipeline = gst_parse_launch (text, error);
  if (self->pipeline == NULL)
    return FALSE;
  gst_object_ref_sink (self->pipeline);
  self->sink = self->pipeline;
  self->pad = gst_pad_new ("feed", GST_PAD_SRC);
  g_autoptr (GstPad) sink_pad = gst_element_get_static_pad (self->sink, "sink");
  gst_pad_set_active (self->pad, TRUE);
  gst_pad_link (self->pad, sink_pad);
  gst_element_set_state (self->sink, GST_STATE_PLAYING);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (self->pad, gst_event_new_stream_start ("bench"));
  gst_pad_push_event (self->pad, gst_event_new_caps (caps));
  gst_pad_push_event (self->pad, gst_event_new_segment (&segment));
  if (feed_get_pool (self, caps))
    return TRUE;
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_FAILED,
      "vdmasink proposed no pool that can be used");
  return FALSE;
}

static void
feed_close (DisplayFeed *self)
{
  if (self->pool)
    gst_buffer_pool_set_active (self->pool, FALSE);
  gst_clear_object (&self->pool);
  if (self->sink)
    gst_element_set_state (self->sink, GST_STATE_NULL);
  gst_clear_object (&self->pad);
  gst_clear_object (&self->pipeline);
}

static gboolean
feed_push (DisplayFeed *self, guint n_frames, GError **error)
{
  for (guint i = 0; i < n_frames; i++) {
    GstBuffer *buffer = NULL;
    GstFlowReturn flow =
        gst_buffer_pool_acquire_buffer (self->pool, &buffer, NULL);
    if (flow == GST_FLOW_OK)
      flow = gst_pad_push (self->pad, buffer);
    if (flow != GST_FLOW_OK) {
      g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
          "a frame was refused: %s", gst_flow_get_name (flow));
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
bench_display_run (const gchar *board, const gchar *options,
    BenchPerFrame *result, GError **error)
{
  g_autofree gchar *device = g_strconcat (board, options, NULL);
  DisplayFeed feed = { 0 };
  BenchSnapshot begin, end;
  gboolean ok = feed_open (&feed, device, error)
                && feed_push (&feed, BENCH_WARM_UP, error)
                && bench_snapshot (&begin, board, feed.sink, error)
                && feed_push (&feed, BENCH_FRAMES, error)
                && bench_snapshot (&end, board, feed.sink, error);
  if (ok)
    bench_per_frame (result, &begin, &end, BENCH_FRAMES);
  feed_close (&feed);
  return ok;
}

static gboolean
display_run (gdouble *values, GError **error)
{
  BenchPerFrame result = { 0 };
  if (!bench_display_run (DISPLAY_BOARD, "", &result, error))
    return FALSE;
  bench_get_fields (&result, bench_cost_fields, values);
  return TRUE;
}

/* ---- from one channel to the other ---- */

static gboolean
display_run_passthrough (gdouble *values, GError **error)
{
  static const BenchPipeline pipeline = {
    .text = "vdmasrc device=sim:bench-passthrough ! " BENCH_CAPS
            " ! vdmasink name=measured device=sim:bench-passthrough sync=false",
    .pad = "sink",
    .board = "bench-passthrough",
  };
  return bench_pipeline_measure (&pipeline, bench_cost_fields, values, error);
}

/* The sink changes state first, so the options stand there. */
static gboolean
display_run_passthrough_bytes (gdouble *values, GError **error)
{
  static const BenchPipeline pipeline = {
    .text = "vdmasrc device=sim:bench-bytes ! " BENCH_LARGE_CAPS
            " ! vdmasink name=measured device=sim:bench-bytes?coherency=strict "
            "sync=false",
    .pad = "sink",
    .board = "bench-bytes",
  };
  BenchPerFrame result;
  if (!bench_pipeline_run (&pipeline, &result, error))
    return FALSE;
  values[0] = result.copies;
  values[1] = result.flushed_bytes + result.invalidated_bytes;
  return TRUE;
}

static const BenchScenario display_scenarios[] = {
  { .metrics = { { "display.register_accesses", "", "9 (PYNQ)",
                     "reads and writes per frame" },
        { "display.syscalls", "", "",
            "as capture.syscalls, in the thread that pushes" },
        { "display.allocations", "", "", "malloc and kin per frame" },
        { "display.cpu_us", "us", "",
            "CPU of a push into vdmasink per frame, frames of the proposed "
            "pool; the board's thread not counted" } },
      .runs = 5,
      .run = display_run },
  { .metrics = { { "passthrough.register_accesses", "", "21 (PYNQ)",
                     "of both channels per frame" },
        { "passthrough.syscalls", "", "", "as capture.syscalls" },
        { "passthrough.allocations", "", "", "malloc and kin per frame" },
        { "passthrough.cpu_us", "us", "",
            "CPU of vdmasrc ! vdmasink per frame, streaming thread" },
        BENCH_LATE_METRIC ("passthrough.late") },
      .runs = 5,
      .run = display_run_passthrough },
  { .metrics = { { "passthrough.copies", "", "0",
                     "frames that vdmasink had to copy, per frame" },
        { "passthrough.cache_bytes", "bytes", "5529600 (PYNQ)",
            "flushed and invalidated per frame of 2764800" } },
      .runs = 3,
      .run = display_run_passthrough_bytes },
  { .run = NULL },
};

const BenchScenario *const bench_display_scenarios = display_scenarios;
