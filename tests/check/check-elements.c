/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check-elements.h"

#include <string.h>

#include "gstvdmaallocator.h"
#include "gstvdmaelements.h"
#include "gstvdmapool.h"

#define CHECK_BOARD "check"

void
check_elements_init (void)
{
  GST_ELEMENT_REGISTER (vdmasrc, NULL);
  GST_ELEMENT_REGISTER (vdmasink, NULL);
}

/* ---- board ---- */

SimBoard *
check_board_open (const gchar *options)
{
  g_autofree gchar *text = g_strconcat (
      "pace=virtual&coherency=strict", options ? "&" : "", options, NULL);
  GError *error = NULL;
  SimBoard *board = sim_board_open (CHECK_BOARD, text, &error);
  fail_unless (board != NULL, "%s", error ? error->message : "");
  return board;
}

void
check_board_close (SimBoard *board)
{
  SimTruth truth;
  g_autofree gchar *report = sim_board_get_report (board, 0);
  sim_board_get_truth (board, &truth);
  fail_unless (truth.violations == 0 && truth.coherency_reports == 0
                   && truth.undefined_uses == 0,
      "%s", report ? report : "no report");
  sim_board_unref (board);
}

void
check_board_get_truth (
    SimBoard *board, VdmaDirection dir, SimChannelTruth *truth)
{
  SimTruth all;
  sim_board_get_truth (board, &all);
  *truth = all.channel[dir];
}

/* ---- pipelines ---- */

GstElement *
check_launch (const gchar *format, ...)
{
  GError *error = NULL;
  va_list args;
  va_start (args, format);
  g_autofree gchar *text = g_strdup_vprintf (format, args);
  va_end (args);
  GstElement *pipeline = gst_parse_launch (text, &error);
  fail_unless (error == NULL, "%s: %s", text, error ? error->message : "");
  return pipeline;
}

GstElement *
check_get (GstElement *pipeline, const gchar *name)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), name);
  fail_unless (element != NULL, "no element '%s'", name);
  return element;
}

GstMessage *
check_wait (GstElement *pipeline, GstMessageType types)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstMessage *message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, types | GST_MESSAGE_ERROR);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR
      && !(types & GST_MESSAGE_ERROR)) {
    GError *error = NULL;
    gst_message_parse_error (message, &error, NULL);
    fail ("%s: %s", GST_MESSAGE_SRC_NAME (message), error->message);
  }
  return message;
}

void
check_run (GstElement *pipeline)
{
  fail_unless (gst_element_set_state (pipeline, GST_STATE_PLAYING)
               != GST_STATE_CHANGE_FAILURE);
  gst_message_unref (check_wait (pipeline, GST_MESSAGE_EOS));
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

void
check_stop (GstElement *pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

/* ---- errors ---- */

void
check_message_has (GstMessage *message, const gchar *const *parts)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;
  gst_message_parse_error (message, &error, &debug);
  for (guint i = 0; parts[i]; i++)
    fail_unless (strstr (error->message, parts[i]) != NULL,
        "'%s' is not in '%s' (%s)", parts[i], error->message, debug);
}

/* Returns: whether it is of element @name; then it holds all of @parts */
static gboolean
check_is_from (
    GstMessage *message, const gchar *name, const gchar *const *parts)
{
  if (!g_str_equal (GST_MESSAGE_SRC_NAME (message), name))
    return FALSE;
  check_message_has (message, parts);
  return TRUE;
}

void
check_expect_error (
    GstElement *pipeline, const gchar *name, const gchar *const *parts)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstMessage *message;
  guint count = 0;

  gst_pipeline_set_auto_flush_bus (GST_PIPELINE (pipeline), FALSE);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while (count == 0) {
    message = gst_bus_timed_pop_filtered (
        bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR);
    count += check_is_from (message, name, parts);
    gst_message_unref (message);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR))) {
    count += check_is_from (message, name, parts);
    gst_message_unref (message);
  }
  fail_unless_equals_int (count, 1);
  gst_pipeline_set_auto_flush_bus (GST_PIPELINE (pipeline), TRUE);
}

/* ---- statistics ---- */

guint64
check_stat (GstElement *element, const gchar *field)
{
  GstStructure *stats = NULL;
  guint64 value = 0;
  g_object_get (element, "stats", &stats, NULL);
  fail_unless (stats != NULL);
  gst_structure_get_uint64 (stats, field, &value);
  gst_structure_free (stats);
  return value;
}

void
check_assert_accounts (GstElement *src, SimBoard *board)
{
  guint64 frames = check_stat (src, "frames");
  guint64 begun = frames - check_stat (src, "lost-halted");
  SimChannelTruth truth;

  fail_unless_equals_uint64 (
      frames, check_stat (src, "delivered") + check_stat (src, "lost"));
  check_board_get_truth (board, VDMA_S2MM, &truth);
  fail_unless_equals_uint64 (begun, truth.frames_started);
}

/* ---- the pool that a sink offers ---- */

GstBufferPool *
check_offered_pool (GstHarness *sink, const gchar *text, guint *min)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);
  g_autoptr (GstQuery) query = gst_query_new_allocation (caps, TRUE);
  GstBufferPool *pool = NULL;
  GstAllocator *allocator = NULL;
  guint size, max;

  fail_unless (gst_pad_peer_query (sink->srcpad, query));
  fail_unless (
      gst_query_find_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL));
  fail_unless_equals_int (gst_query_get_n_allocation_params (query), 1);
  gst_query_parse_nth_allocation_param (query, 0, &allocator, NULL);
  fail_unless (GST_IS_VDMA_ALLOCATOR (allocator));
  gst_object_unref (allocator);
  fail_unless_equals_int (gst_query_get_n_allocation_pools (query), 1);
  gst_query_parse_nth_allocation_pool (query, 0, &pool, &size, min, &max);
  fail_unless (GST_IS_VDMA_BUFFER_POOL (pool));
  fail_unless_equals_int (max, 0);

  GstStructure *config = gst_buffer_pool_get_config (pool);
  gst_buffer_pool_config_set_params (config, caps, size, *min, max);
  fail_unless (gst_buffer_pool_set_config (pool, config));
  fail_unless (gst_buffer_pool_set_active (pool, TRUE));
  return pool;
}

GstBuffer *
check_acquire (GstBufferPool *pool, guint8 byte)
{
  GstBuffer *buffer = NULL;
  fail_unless_equals_int (
      gst_buffer_pool_acquire_buffer (pool, &buffer, NULL), GST_FLOW_OK);
  gst_buffer_memset (buffer, 0, byte, gst_buffer_get_size (buffer));
  return buffer;
}
