/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors of the library on the bus, and its log in GST_DEBUG. */
#include <gst/check/gstcheck.h>

#include "gstvdmaerror.h"
#include "gstvdmalog.h"
#include "vdma-log.h"

static GstElement *
error_make_element (GstElementFlags flags)
{
  GstElement *element = gst_bin_new ("thing");
  GST_OBJECT_FLAG_UNSET (
      element, GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK);
  GST_OBJECT_FLAG_SET (element, flags);
  GstBus *bus = gst_bus_new ();
  gst_element_set_bus (element, bus);
  gst_object_unref (bus);
  return element;
}

static void
error_free_element (GstElement *element)
{
  GstBus *bus = gst_element_get_bus (element);
  fail_if (gst_bus_have_pending (bus));
  gst_bus_set_flushing (bus, TRUE);
  gst_object_unref (bus);
  gst_element_set_bus (element, NULL);
  gst_object_unref (element);
}

static const struct {
  VdmaErrorCode code;
  GQuark (*domain) (void);
  gint source, sink; /* code on the bus */
} error_rows[] = {
  { VDMA_ERROR_FAILED, gst_resource_error_quark, GST_RESOURCE_ERROR_FAILED,
      GST_RESOURCE_ERROR_FAILED },
  { VDMA_ERROR_INVALID, gst_resource_error_quark, GST_RESOURCE_ERROR_SETTINGS,
      GST_RESOURCE_ERROR_SETTINGS },
  { VDMA_ERROR_NOT_FOUND, gst_resource_error_quark,
      GST_RESOURCE_ERROR_NOT_FOUND, GST_RESOURCE_ERROR_NOT_FOUND },
  { VDMA_ERROR_BUSY, gst_resource_error_quark, GST_RESOURCE_ERROR_BUSY,
      GST_RESOURCE_ERROR_BUSY },
  { VDMA_ERROR_PERMISSION, gst_resource_error_quark,
      GST_RESOURCE_ERROR_NOT_AUTHORIZED, GST_RESOURCE_ERROR_NOT_AUTHORIZED },
  { VDMA_ERROR_NO_MEMORY, gst_resource_error_quark,
      GST_RESOURCE_ERROR_NO_SPACE_LEFT, GST_RESOURCE_ERROR_NO_SPACE_LEFT },
  { VDMA_ERROR_UNSUPPORTED, gst_resource_error_quark,
      GST_RESOURCE_ERROR_SETTINGS, GST_RESOURCE_ERROR_SETTINGS },
  { VDMA_ERROR_UNREACHABLE, gst_resource_error_quark,
      GST_RESOURCE_ERROR_SETTINGS, GST_RESOURCE_ERROR_SETTINGS },
  { VDMA_ERROR_CLOSED, gst_resource_error_quark, GST_RESOURCE_ERROR_CLOSE,
      GST_RESOURCE_ERROR_CLOSE },
  { VDMA_ERROR_STATE, gst_core_error_quark, GST_CORE_ERROR_STATE_CHANGE,
      GST_CORE_ERROR_STATE_CHANGE },
  { VDMA_ERROR_TIMEOUT, gst_resource_error_quark, GST_RESOURCE_ERROR_READ,
      GST_RESOURCE_ERROR_WRITE },
  { VDMA_ERROR_HARDWARE, gst_resource_error_quark, GST_RESOURCE_ERROR_READ,
      GST_RESOURCE_ERROR_WRITE },
};

static void
error_post_and_check (
    GstElementFlags flags, GError *error, GQuark domain, gint code)
{
  g_autofree gchar *sentence = g_strdup (error->message);
  GstElement *element = error_make_element (flags);
  GstBus *bus = gst_element_get_bus (element);
  g_autoptr (GError) posted = NULL;

  fail_unless (gst_vdma_error_post (element, &error));
  fail_unless (error == NULL);
  /* A failure is told once, however often its error is passed on. */
  fail_if (gst_vdma_error_post (element, &error));

  GstMessage *message = gst_bus_pop (bus);
  gst_message_parse_error (message, &posted, NULL);
  fail_unless (posted->domain == domain);
  fail_unless_equals_int (posted->code, code);
  fail_unless_equals_string (posted->message, sentence);
  gst_message_unref (message);
  gst_object_unref (bus);
  error_free_element (element);
}

GST_START_TEST (test_codes)
{
  /* the table above names every code but CANCELLED, in order */
  fail_unless_equals_int (error_rows[__i__].code, __i__);
  fail_unless_equals_int (G_N_ELEMENTS (error_rows), VDMA_ERROR_CANCELLED);

  GQuark domain = error_rows[__i__].domain ();
  error_post_and_check (GST_ELEMENT_FLAG_SOURCE,
      g_error_new (VDMA_ERROR, __i__, "sentence %d", __i__), domain,
      error_rows[__i__].source);
  error_post_and_check (GST_ELEMENT_FLAG_SINK,
      g_error_new (VDMA_ERROR, __i__, "sentence %d", __i__), domain,
      error_rows[__i__].sink);
}
GST_END_TEST;

GST_START_TEST (test_other_domains)
{
  error_post_and_check (GST_ELEMENT_FLAG_SINK,
      g_error_new_literal (GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT, "own"),
      GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT);
  error_post_and_check (GST_ELEMENT_FLAG_SINK,
      g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_NOENT, "file"),
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_FAILED);
  error_post_and_check (GST_ELEMENT_FLAG_SINK,
      g_error_new_literal (VDMA_ERROR, 4711, "new code"), GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_FAILED);
}
GST_END_TEST;

GST_START_TEST (test_cancelled_is_no_error)
{
  GstElement *element = error_make_element (GST_ELEMENT_FLAG_SOURCE);
  GError *error =
      g_error_new_literal (VDMA_ERROR, VDMA_ERROR_CANCELLED, "unlocked");
  fail_if (gst_vdma_error_post (element, &error));
  fail_unless (error == NULL);
  error_free_element (element);
}
GST_END_TEST;

GST_START_TEST (test_warning)
{
  GstElement *element = error_make_element (GST_ELEMENT_FLAG_SOURCE);
  GstBus *bus = gst_element_get_bus (element);
  GError *error = g_error_new_literal (VDMA_ERROR, VDMA_ERROR_BUSY, "soon");

  fail_unless (gst_vdma_warning_post (element, &error));
  fail_unless (error == NULL);
  GstMessage *message = gst_bus_pop (bus);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_WARNING);
  gst_message_unref (message);
  gst_object_unref (bus);
  error_free_element (element);
}
GST_END_TEST;

/* ---- log ---- */

static GString *error_lines;

void __wrap_gst_debug_log_literal (GstDebugCategory *category,
    GstDebugLevel level, const gchar *file, const gchar *function, gint line,
    GObject *object, const gchar *text);

/* What the linker gives the sink for gst_debug_log_literal(). */
void
__wrap_gst_debug_log_literal (GstDebugCategory *category, GstDebugLevel level,
    const gchar *file, const gchar *function, gint line, GObject *object,
    const gchar *text)
{
  g_string_append_printf (error_lines, "%s:%d:%s:%s\n",
      gst_debug_category_get_name (category), (gint) level, function, text);
}

GST_START_TEST (test_log)
{
  error_lines = g_string_new (NULL);
  gst_vdma_log_init ();
  gst_vdma_log_init ();
  /* by the variable, which makes nothing active (gst_debug_is_active ()) */
  vdma_log (VDMA_LOG_TOPIC_BOARD, VDMA_LOG_WARNING, "by GST_DEBUG");
  vdma_log (VDMA_LOG_TOPIC_BOARD, VDMA_LOG_INFO, "unseen");
  gst_debug_set_threshold_from_string (
      "*:0,vdmadevice:5,vdmamemory:7,vdmasim:1,vdmaboard:2", TRUE);

  vdma_log (VDMA_LOG_TOPIC_DEVICE, VDMA_LOG_DEBUG, "a %d", 1);
  vdma_log (VDMA_LOG_TOPIC_DEVICE, VDMA_LOG_TRACE, "unseen");
  vdma_log (VDMA_LOG_TOPIC_MEMORY, VDMA_LOG_TRACE, "100%%");
  vdma_log (VDMA_LOG_TOPIC_SIM, VDMA_LOG_ERROR, "c");
  vdma_log (VDMA_LOG_TOPIC_SIM, VDMA_LOG_WARNING, "unseen");
  vdma_log (VDMA_LOG_TOPIC_BOARD, VDMA_LOG_WARNING, "d");
  vdma_log (VDMA_LOG_TOPIC_BOARD, VDMA_LOG_INFO, "unseen");
  /* a level changed at run time acts at once */
  gst_debug_set_threshold_for_name ("vdmaboard", GST_LEVEL_INFO);
  vdma_log (VDMA_LOG_TOPIC_BOARD, VDMA_LOG_INFO, "e");
  gst_debug_set_active (FALSE);
  vdma_log (VDMA_LOG_TOPIC_BOARD, VDMA_LOG_ERROR, "unseen");

  fail_unless_equals_string (error_lines->str,
      "vdmaboard:2:test_log:by GST_DEBUG\n"
      "vdmadevice:5:test_log:a 1\nvdmamemory:7:test_log:100%\n"
      "vdmasim:1:test_log:c\nvdmaboard:2:test_log:d\n"
      "vdmaboard:4:test_log:e\n");
  g_string_free (error_lines, TRUE);
}
GST_END_TEST;

static Suite *
error_suite (void)
{
  Suite *suite = suite_create ("error");
  TCase *post = tcase_create ("post");
  TCase *log = tcase_create ("log");

  suite_add_tcase (suite, post);
  tcase_add_loop_test (post, test_codes, 0, G_N_ELEMENTS (error_rows));
  tcase_add_test (post, test_other_domains);
  tcase_add_test (post, test_cancelled_is_no_error);
  tcase_add_test (post, test_warning);
  suite_add_tcase (suite, log);
  tcase_add_test (log, test_log);
  return suite;
}

int
main (int argc, char **argv)
{
  g_setenv ("GST_DEBUG", "vdmaboard:2", TRUE);
  gst_check_init (&argc, &argv);
  return gst_check_run_suite (error_suite (), "error", __FILE__);
}
