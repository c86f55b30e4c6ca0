/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever goes wrong is told once, in a sentence that helps, and the next start
 * works. */
#include "board.h"
#include "check-elements.h"
#include "vdma-error.h"

#define ERRORS_CAPS  "video/x-raw,format=RGB,width=64,height=48,framerate=60/1"
#define ERRORS_PARTS 4

#define ERRORS_FILTERED(device)                                                \
  "vdmasrc name=x device=" device " ! capsfilter name=filter ! fakesink"

/* The element at fault is named "x"; "good" is a device with which it works. */
static const struct {
  const gchar *launch;
  const gchar *parts[ERRORS_PARTS + 1];
  const gchar *good;
  const gchar *filter; /* (nullable): caps of the element "filter" */
} errors_rows[] = {
  /* texts */
  { "vdmasrc name=x device=nonsense ! fakesink",
      { "unknown device 'nonsense'", "auto", "sim[:NAME]" }, "sim:check" },
  { "vdmasrc name=x device=sin:check ! fakesink",
      { "unknown device", "Did you mean 'sim'?" }, "sim:check" },
  { "videotestsrc ! vdmasink name=x device=/dev/null", { "uio" }, "sim:check" },
  { "vdmasrc name=x device=\"sim:b/d\" ! fakesink", { "b/d", "letters" },
      "sim:check" },
  { "vdmasrc name=x device=\"sim:bad?coherency=strict&bogus=1\" ! fakesink",
      { "bogus", "stream", "stores" }, "sim:check" },
  { "vdmasrc name=x device=\"sim:bad?coherency=strict&stores=99999999999\" ! "
    "fakesink",
      { "stores", "99999999999", "1", "32" }, "sim:check" },
  { "vdmasrc name=x device=\"sim:bad?coherency=strict&fps=-3\" ! fakesink",
      { "fps", "-3" }, "sim:check" },
  { "vdmasrc name=x "
    "device=\"sim:bad?coherency=strict&memory=18446744073709551616G\" ! "
    "fakesink",
      { "memory", "18446744073709551616G" }, "sim:check" },
  { "vdmasrc name=x device=\"sim:bad?coherency=strict&stream=nothing\" ! "
    "fakesink",
      { "stream", "nothing", "bars" }, "sim:check" },
  { "vdmasrc name=x device=\"sim:bad?coherency=strict\" memory=floppy ! "
    "fakesink",
      { "unknown memory 'floppy'", "sim" }, NULL },
  { "vdmasrc name=x device=\"sim:check?stores=9\" ! fakesink",
      { "stores=9", "open" }, "sim:check" },
  /* the core */
  { "vdmasrc name=x device=\"sim:bad?coherency=strict&channels=mm2s\" ! "
    "fakesink",
      { "S2MM" }, "sim:check" },
  { "videotestsrc ! vdmasink name=x "
    "device=\"sim:bad?coherency=strict&channels=s2mm\"",
      { "MM2S" }, "sim:check" },
  /* caps */
  { ERRORS_FILTERED ("sim:check"), { "30000", "65535", "21845" }, NULL,
      "video/x-raw,format=RGB,width=30000" },
  { ERRORS_FILTERED ("sim:check"), { "9000", "8191" }, NULL,
      "video/x-raw,format=RGB,width=10,height=9000" },
  { ERRORS_FILTERED ("sim:check"), { "NV12", "RGB" }, NULL,
      "video/x-raw,format=NV12,width=16,height=16" },
  { ERRORS_FILTERED ("sim:check"), { "h264", "video/x-raw" }, NULL,
      "video/x-h264" },
  { ERRORS_FILTERED ("\"sim:bad?coherency=strict&dre=false&mm-width=64\""),
      { "13", "8", "16" }, NULL, "video/x-raw,format=GRAY8,width=13,height=4" },
  { "fakesrc num-buffers=1 sizetype=fixed sizemax=100 ! "
    "vdmasink name=x device=sim:check",
      { "caps" }, NULL },
  /* memory */
  { "vdmasrc name=x device=\"sim:small?coherency=strict&memory=1M\" ! "
    "video/x-raw,format=RGB,width=640,height=480 ! fakesink",
      { "memory" }, "sim:check" },
  { "videotestsrc ! video/x-raw,format=RGB,width=800,height=600 ! vdmasink "
    "name=x device=\"sim:small?coherency=strict&memory=1M\"",
      { "memory" }, "sim:check" },
};

static void
errors_make_good (GstElement *pipeline, const gchar *device)
{
  g_autoptr (GstElement) element = check_get (pipeline, "x");
  SimBoard *board = check_board_open ("stream=bars");

  g_object_set (element, "device", device, NULL);
  fail_unless (gst_element_set_state (pipeline, GST_STATE_PLAYING)
               != GST_STATE_CHANGE_FAILURE);
  gst_message_unref (check_wait (pipeline, GST_MESSAGE_STATE_CHANGED));
  check_stop (pipeline);
  check_board_close (board);
}

GST_START_TEST (test_bad_input)
{
  SimBoard *board = check_board_open ("stream=bars");
  GstElement *pipeline = check_launch ("%s", errors_rows[__i__].launch);

  if (errors_rows[__i__].filter) {
    g_autoptr (GstElement) filter = check_get (pipeline, "filter");
    gst_util_set_object_arg (
        G_OBJECT (filter), "caps", errors_rows[__i__].filter);
  }
  check_expect_error (pipeline, "x", errors_rows[__i__].parts);
  check_expect_error (pipeline, "x", errors_rows[__i__].parts);
  check_board_close (board);
  if (errors_rows[__i__].good)
    errors_make_good (pipeline, errors_rows[__i__].good);
  else
    check_stop (pipeline);
}
GST_END_TEST;

/* ---- a second user ---- */

static const struct {
  const gchar *channel;
  const gchar *launch; /* with a name */
} errors_users[] = {
  { "S2MM", "vdmasrc name=%s device=sim:check num-buffers=5 ! " ERRORS_CAPS
            " ! fakesink" },
  { "MM2S", "videotestsrc num-buffers=5 ! " ERRORS_CAPS
            " ! vdmasink name=%s device=sim:check sync=false" },
};

GST_START_TEST (test_channel_is_free_again)
{
  const gchar *const parts[] = { errors_users[__i__].channel, "first", NULL };
  SimBoard *board = check_board_open ("stream=bars");
  g_auto (GStrv) halves = g_strsplit (errors_users[__i__].launch, "%s", 2);
  GstElement *first = check_launch ("%sfirst%s", halves[0], halves[1]);
  GstElement *second = check_launch ("%ssecond%s", halves[0], halves[1]);

  gst_element_set_state (first, GST_STATE_PLAYING);
  check_expect_error (second, "second", parts);
  gst_element_set_state (first, GST_STATE_READY);
  check_expect_error (second, "second", parts);
  gst_element_set_state (first, GST_STATE_NULL);
  check_run (second);
  check_stop (first);
  check_stop (second);
  check_board_close (board);
}
GST_END_TEST;

/* ---- messages that are no errors ---- */

GST_START_TEST (test_auto_tells_that_it_is_simulated)
{
  static const gchar *const launches[] = {
    "vdmasrc num-buffers=2 ! " ERRORS_CAPS " ! fakesink",
    "videotestsrc num-buffers=2 ! " ERRORS_CAPS " ! vdmasink",
  };
  GstElement *pipeline = check_launch ("%s", launches[__i__]);
  g_autoptr (GError) error = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_autoptr (GstMessage) message = check_wait (pipeline, GST_MESSAGE_INFO);
  gst_message_parse_info (message, &error, NULL);
  fail_unless (
      g_strrstr (error->message, "simulated") != NULL, "%s", error->message);
  gst_message_unref (check_wait (pipeline, GST_MESSAGE_EOS));
  check_stop (pipeline);
}
GST_END_TEST;

/* ---- memory that fails while it runs ---- */

static gint errors_wrap_fails; /* atomic */

XlnkAllocator *__real_board_get_allocator (Board *self, GError **error);
XlnkAllocator *__wrap_board_get_allocator (Board *self, GError **error);

XlnkAllocator *
__wrap_board_get_allocator (Board *self, GError **error)
{
  if (!g_atomic_int_get (&errors_wrap_fails))
    return __real_board_get_allocator (self, error);
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_PERMISSION,
      "memory of a test cannot be opened");
  return NULL;
}

GST_START_TEST (test_memory_cannot_be_opened)
{
  static const gchar *const parts[] = { "memory of a test", NULL };
  static const gchar *const launches[] = {
    "vdmasrc name=x device=sim:check num-buffers=5 ! " ERRORS_CAPS
    " ! fakesink",
    "videotestsrc num-buffers=5 ! " ERRORS_CAPS
    " ! vdmasink name=x device=sim:check",
  };
  SimBoard *board = check_board_open ("stream=bars");
  GstElement *pipeline = check_launch ("%s", launches[__i__]);

  g_atomic_int_set (&errors_wrap_fails, TRUE);
  check_expect_error (pipeline, "x", parts);
  g_atomic_int_set (&errors_wrap_fails, FALSE);
  check_run (pipeline);
  gst_object_unref (pipeline);
  check_board_close (board);
}
GST_END_TEST;

static Suite *
errors_suite (void)
{
  Suite *suite = suite_create ("errors");
  TCase *tc = tcase_create ("errors");

  check_elements_init ();
  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 30);
  tcase_add_loop_test (tc, test_bad_input, 0, G_N_ELEMENTS (errors_rows));
  tcase_add_loop_test (tc, test_channel_is_free_again, 0, 2);
  tcase_add_loop_test (tc, test_auto_tells_that_it_is_simulated, 0, 2);
  tcase_add_loop_test (tc, test_memory_cannot_be_opened, 0, 2);
  return suite;
}

GST_CHECK_MAIN (errors);
