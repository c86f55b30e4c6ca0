/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the elements make of a stream, a core, a bus and a memory that fail. */
#include "check-elements.h"

#define FAULTS_CAPS "video/x-raw,format=RGB,width=32,height=8,framerate=60/1"
#define FAULTS_SRC                                                             \
  "vdmasrc name=x device=sim:check num-buffers=60 ! " FAULTS_CAPS              \
  " ! fakesink name=out"
#define FAULTS_SINK                                                            \
  "videotestsrc num-buffers=60 ! " FAULTS_CAPS                                 \
  " ! vdmasink name=x device=sim:check sync=false"

/* ---- a run with faults ---- */

typedef struct {
  guint buffers, corrupt, discont;
} FaultsSeen;

static SimBoard *
faults_open (const gchar *script)
{
  SimBoard *board = check_board_open ("stream=counter");
  GError *error = NULL;
  g_autofree gchar *text = g_strconcat ("vdma-faults 1; ", script, NULL);
  fail_unless (sim_board_set_faults (board, text, &error), "%s",
      error ? error->message : "");
  sim_board_advance (board, 1000); /* faults of time 0 happen now */
  return board;
}

static GstPadProbeReturn
faults_see_buffer (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  FaultsSeen *seen = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (probe);
  seen->buffers++;
  seen->corrupt += GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_CORRUPTED);
  seen->discont += GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  return GST_PAD_PROBE_OK;
}

static GstElement *
faults_launch (const gchar *text, FaultsSeen *seen)
{
  GstElement *pipeline = check_launch ("%s", text);
  g_autoptr (GstElement) out = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  *seen = (FaultsSeen){ 0 };
  if (out) {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (out, "sink");
    gst_pad_add_probe (
        pad, GST_PAD_PROBE_TYPE_BUFFER, faults_see_buffer, seen, NULL);
  }
  return pipeline;
}

/* ---- faults that a pipeline survives ---- */

static const struct {
  const gchar *script;
  const gchar *launch;
  const gchar *counter; /* of "stats", that counts it */
  const gchar *warning; /* (nullable) */
  const gchar *info;    /* (nullable): after it */
} faults_survived[] = {
  { "at frame 10 unplug for 5s", FAULTS_SRC, "frames", "No signal",
      "Signal recovered" },
  { "every 10 frames from 10 short-line 0 1", FAULTS_SRC, "errors" },
  { "every 10 frames from 10 long-frame 2", FAULTS_SRC, "errors" },
  { "every 10 frames from 10 short-frame 2", FAULTS_SRC, "errors" },
  { "at frame 20 inject s2mm dec-err", FAULTS_SRC, "recoveries" },
  { "every 20 frames from 10 bus-error s2mm slverr line 3", FAULTS_SRC,
      "recoveries" },
  { "at frame 20 irq-lose s2mm", FAULTS_SRC, "interrupts" },
  { "every 5 frames from 5 irq-spurious s2mm", FAULTS_SRC, "interrupts" },
  { "every 5 frames from 5 irq-repeat s2mm", FAULTS_SRC, "interrupts" },
  { "every 7 frames from 5 irq-delay s2mm 40ms", FAULTS_SRC, "interrupts" },
  { "at frame 10 inject mm2s dec-err", FAULTS_SINK, "recoveries" },
  { "every 15 frames from 10 bus-error mm2s decerr", FAULTS_SINK,
      "recoveries" },
  { "at frame 20 irq-lose mm2s", FAULTS_SINK, "interrupts" },
  { "at frame 20 clock-stop mm2s for 5s", FAULTS_SINK, "frames",
      "Display takes no frames", "Display takes frames again" },
};

static void
faults_expect_text (
    GstElement *pipeline, GstMessageType type, const gchar *expected)
{
  g_autoptr (GstMessage) message = check_wait (pipeline, type);
  g_autoptr (GError) error = NULL;
  if (type == GST_MESSAGE_WARNING)
    gst_message_parse_warning (message, &error, NULL);
  else
    gst_message_parse_info (message, &error, NULL);
  fail_unless_equals_string (error->message, expected);
}

GST_START_TEST (test_survived)
{
  SimBoard *board = faults_open (faults_survived[__i__].script);
  FaultsSeen seen;
  GstElement *pipeline = faults_launch (faults_survived[__i__].launch, &seen);
  g_autoptr (GstElement) element = check_get (pipeline, "x");

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  if (faults_survived[__i__].warning)
    faults_expect_text (
        pipeline, GST_MESSAGE_WARNING, faults_survived[__i__].warning);
  if (faults_survived[__i__].info)
    faults_expect_text (
        pipeline, GST_MESSAGE_INFO, faults_survived[__i__].info);
  gst_message_unref (check_wait (pipeline, GST_MESSAGE_EOS));
  gst_element_set_state (pipeline, GST_STATE_READY);
  fail_unless (check_stat (element, faults_survived[__i__].counter) > 0);
  fail_unless_equals_uint64 (check_stat (element, "delivered"), 60);
  if (g_str_equal (G_OBJECT_TYPE_NAME (element), "GstVdmaSrc"))
    check_assert_accounts (element, board);
  check_stop (pipeline);
  check_board_close (board);
}
GST_END_TEST;

/* ---- frames with errors ---- */

static const struct {
  const gchar *policy;
  gboolean delivers; /* the frames with errors */
} faults_policies[] = {
  { "recover", TRUE },
  { "mark", TRUE },
  { "drop", FALSE },
};

GST_START_TEST (test_on_error)
{
  SimBoard *board = faults_open ("every 10 frames from 10 short-line 0 1");
  FaultsSeen seen;
  GstElement *pipeline = faults_launch (FAULTS_SRC, &seen);
  g_autoptr (GstElement) src = check_get (pipeline, "x");
  gboolean delivers = faults_policies[__i__].delivers;

  gst_util_set_object_arg (
      G_OBJECT (src), "on-error", faults_policies[__i__].policy);
  check_run (pipeline);
  fail_unless_equals_int (seen.buffers, 60);
  fail_unless_equals_int (seen.corrupt > 0, delivers);
  fail_unless_equals_int (check_stat (src, "lost-size") > 0, !delivers);
  fail_unless_equals_int (seen.discont > 1, !delivers);
  gst_object_unref (pipeline);
  check_board_close (board);
}
GST_END_TEST;

/* ---- faults that end a run, and not the next one ---- */

static const struct {
  const gchar *script;
  const gchar *launch;
  const gchar *parts[3];
} faults_fatal[] = {
  { "at frame 10 short-line 0 1",
      "vdmasrc name=x device=sim:check num-buffers=60 on-error=stop ! fakesink",
      { "line", "on-error" } },
  { "at frame 10 inject s2mm dec-err",
      "vdmasrc name=x device=sim:check num-buffers=60 on-error=mark ! fakesink",
      { "S2MM", "on-error" } },
  { "at frame 10 bus-error mm2s decerr", FAULTS_SINK " on-error=stop",
      { "MM2S", "on-error" } },
  { "at time 0ns clock-stop s2mm", FAULTS_SRC, { "clock" } },
  { "at time 0ns clock-stop mm2s", FAULTS_SINK, { "clock" } },
  { "at time 0ns reset-stuck s2mm", FAULTS_SRC, { "reset" } },
  { "at alloc 3 alloc-fail 9", FAULTS_SRC, { "memory" } },
};

GST_START_TEST (test_fatal)
{
  SimBoard *board = faults_open (faults_fatal[__i__].script);
  FaultsSeen seen;
  GstElement *pipeline = faults_launch (faults_fatal[__i__].launch, &seen);

  check_expect_error (pipeline, "x", faults_fatal[__i__].parts);
  fail_unless (sim_board_set_faults (board,
      "vdma-faults 1; at time 0ns clock-start s2mm; "
      "at time 0ns clock-start mm2s",
      NULL));
  sim_board_advance (board, (gint64) GST_SECOND);
  check_run (pipeline);
  gst_object_unref (pipeline);
  check_board_close (board);
}
GST_END_TEST;

static Suite *
faults_suite (void)
{
  Suite *suite = suite_create ("faults");
  TCase *tc = tcase_create ("faults");

  check_elements_init ();
  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 30);
  tcase_add_loop_test (tc, test_survived, 0, G_N_ELEMENTS (faults_survived));
  tcase_add_loop_test (tc, test_on_error, 0, G_N_ELEMENTS (faults_policies));
  tcase_add_loop_test (tc, test_fatal, 0, G_N_ELEMENTS (faults_fatal));
  return suite;
}

GST_CHECK_MAIN (faults);
