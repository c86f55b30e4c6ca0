/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See bench-pipeline.h. */

#include "bench-pipeline.h"

#include "gstvdmaelements.h"
#include "sim.h"

typedef struct {
  const BenchPipeline *pipeline;
  GstElement *measured;
  guint n_frames; /* that passed; streaming thread */
  guint n_late;
  gint64 last; /* us */
  BenchSnapshot begin, end;
  GError *error;
  GMutex lock;
  GCond done_cond;
  gboolean done; /* by lock */
} BenchWindow;

void
bench_register_elements (void)
{
  GST_ELEMENT_REGISTER (vdmasrc, NULL);
  GST_ELEMENT_REGISTER (vdmasink, NULL);
}

static gboolean
snapshot_add_board (BenchSnapshot *snapshot, const gchar *board, GError **error)
{
  SimTruth truth;
  g_autoptr (SimBoard) sim = sim_board_open (board, NULL, error);
  if (sim == NULL)
    return FALSE;
  sim_board_get_truth (sim, &truth);
  for (guint i = 0; i < VDMA_REG_WORDS_MAX; i++)
    snapshot->register_accesses +=
        truth.register_reads[i] + truth.register_writes[i];
  snapshot->flushed_bytes = truth.flushed_bytes;
  snapshot->invalidated_bytes = truth.invalidated_bytes;
  return TRUE;
}

static void
snapshot_add_stats (BenchSnapshot *snapshot, GstElement *element)
{
  g_autoptr (GstStructure) stats = NULL;
  if (!g_object_class_find_property (G_OBJECT_GET_CLASS (element), "stats"))
    return;
  g_object_get (element, "stats", &stats, NULL);
  gst_structure_get_uint64 (stats, "copies", &snapshot->copies);
}

gboolean
bench_snapshot (BenchSnapshot *snapshot, const gchar *board,
    GstElement *element, GError **error)
{
  *snapshot = (BenchSnapshot){ 0 };
  bench_count_now (&snapshot->before);
  if (board && !snapshot_add_board (snapshot, board, error))
    return FALSE;
  snapshot_add_stats (snapshot, element);
  bench_count_now (&snapshot->after);
  return TRUE;
}

const gsize bench_cost_fields[] = {
  BENCH_FIELD (register_accesses),
  BENCH_FIELD (syscalls),
  BENCH_FIELD (allocations),
  BENCH_FIELD (cpu_us),
  BENCH_FIELD (late_percent),
  BENCH_NO_FIELD,
};

void
bench_get_fields (
    const BenchPerFrame *result, const gsize *fields, gdouble *values)
{
  for (guint i = 0; fields[i] != BENCH_NO_FIELD; i++)
    values[i] = G_STRUCT_MEMBER (gdouble, result, fields[i]);
}

void
bench_per_frame (BenchPerFrame *result, const BenchSnapshot *begin,
    const BenchSnapshot *end, guint n_frames)
{
  gdouble n = n_frames;
  const BenchCounts *from = &begin->after, *to = &end->before;
  result->cpu_us = (to->cpu_ns - from->cpu_ns) / 1e3 / n;
  result->allocations = (to->allocations - from->allocations) / n;
  result->syscalls = (to->syscalls - from->syscalls) / n;
  result->register_accesses =
      (end->register_accesses - begin->register_accesses) / n;
  result->flushed_bytes = (end->flushed_bytes - begin->flushed_bytes) / n;
  result->invalidated_bytes =
      (end->invalidated_bytes - begin->invalidated_bytes) / n;
  result->copies = (end->copies - begin->copies) / n;
}

static void
window_note_time (BenchWindow *self)
{
  gint64 now = g_get_monotonic_time ();
  self->n_late += self->n_frames > BENCH_WARM_UP
                  && 4 * (now - self->last) > 5 * BENCH_FRAME_US;
  self->last = now;
}

static void
window_finish (BenchWindow *self)
{
  g_mutex_lock (&self->lock);
  self->done = TRUE;
  g_cond_signal (&self->done_cond);
  g_mutex_unlock (&self->lock);
}

static GstPadProbeReturn
window_on_frame (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  BenchWindow *self = user_data;
  window_note_time (self);
  guint number = self->n_frames++;
  BenchSnapshot *snapshot = number == BENCH_WARM_UP ? &self->begin
                            : number == BENCH_WARM_UP + BENCH_FRAMES
                                ? &self->end
                                : NULL;
  if (snapshot
      && (!bench_snapshot (
              snapshot, self->pipeline->board, self->measured, &self->error)
          || snapshot == &self->end)) {
    window_finish (self);
    return GST_PAD_PROBE_REMOVE;
  }
  if (self->pipeline->map) {
    GstMapInfo map;
    if (gst_buffer_map (GST_PAD_PROBE_INFO_BUFFER (info), &map, GST_MAP_READ))
      gst_buffer_unmap (GST_PAD_PROBE_INFO_BUFFER (info), &map);
  }
  return GST_PAD_PROBE_OK;
}

/* Errors reach the waiter from whatever thread posts them. */
static GstBusSyncReply
window_on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  BenchWindow *self = user_data;
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR
      || GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    window_finish (self);
  return GST_BUS_PASS;
}

static gboolean
window_wait (BenchWindow *self, GstElement *element, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (element);
  gst_bus_set_sync_handler (bus, window_on_message, self, NULL);
  gst_element_set_state (element, GST_STATE_PLAYING);
  g_mutex_lock (&self->lock);
  while (!self->done)
    g_cond_wait (&self->done_cond, &self->lock);
  g_mutex_unlock (&self->lock);
  gst_element_set_state (element, GST_STATE_NULL);

  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  if (message)
    gst_message_parse_error (message, error, NULL);
  else if (self->error)
    g_propagate_error (error, g_steal_pointer (&self->error));
  else if (self->end.before.cpu_ns == 0)
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_FAILED,
        "only %u frames came", self->n_frames);
  else
    return TRUE;
  return FALSE;
}

gboolean
bench_pipeline_run (
    const BenchPipeline *pipeline, BenchPerFrame *result, GError **error)
{
  BenchWindow window = { .pipeline = pipeline };
  GstElement *element = gst_parse_launch (pipeline->text, error);
  if (element == NULL)
    return FALSE;
  gst_object_ref_sink (element);
  g_mutex_init (&window.lock);
  g_cond_init (&window.done_cond);
  g_autoptr (GstElement) measured =
      gst_bin_get_by_name (GST_BIN (element), "measured");
  window.measured = measured;
  g_autoptr (GstPad) pad = gst_element_get_static_pad (measured, pipeline->pad);
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, window_on_frame, &window, NULL);
  gboolean ok = window_wait (&window, element, error);
  if (ok)
    bench_per_frame (result, &window.begin, &window.end, BENCH_FRAMES);
  result->late_percent = 100.0 * window.n_late / BENCH_FRAMES;
  g_clear_error (&window.error);
  g_cond_clear (&window.done_cond);
  g_mutex_clear (&window.lock);
  gst_object_unref (element);
  return ok;
}

gboolean
bench_pipeline_measure (const BenchPipeline *pipeline, const gsize *fields,
    gdouble *values, GError **error)
{
  BenchPerFrame result;
  if (!bench_pipeline_run (pipeline, &result, error))
    return FALSE;
  bench_get_fields (&result, fields, values);
  return TRUE;
}
