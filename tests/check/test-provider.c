/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The device provider on a machine of files: what it lists, what it makes, and
 * what comes and goes while it watches. */
#include <gst/check/gstcheck.h>

#include "gstvdmadeviceprovider.h"
#include "gstvdmaelements.h"
#include "machine-rig.h"

static gchar *provider_root;
static GstDeviceProvider *provider;

static void
provider_setup (void)
{
  fail_unless (GST_ELEMENT_REGISTER (vdmasrc, NULL));
  fail_unless (GST_ELEMENT_REGISTER (vdmasink, NULL));
  g_unsetenv (GST_VDMA_DEVICE_PROVIDER_SIM);
  provider_root = machine_new ();
  provider =
      g_object_new (GST_TYPE_VDMA_DEVICE_PROVIDER, "root", provider_root, NULL);
  gst_object_ref_sink (provider);
}

static void
provider_teardown (void)
{
  ASSERT_OBJECT_REFCOUNT (provider, "provider", 1);
  gst_object_unref (provider);
  tree_rig_free (provider_root);
}

/* ---- what a device says ---- */

static gchar *
device_get_text (GstDevice *device, const gchar *name)
{
  GstStructure *properties = gst_device_get_properties (device);
  gchar *text = g_strdup (gst_structure_get_string (properties, name));
  gst_structure_free (properties);
  return text;
}

static guint
device_get_number (GstDevice *device, const gchar *name)
{
  GstStructure *properties = gst_device_get_properties (device);
  guint number = 0;
  gst_structure_get_uint (properties, name, &number);
  gst_structure_free (properties);
  return number;
}

static GstDevice *
devices_find (GList *devices, const gchar *name) /* or its end */
{
  for (GList *item = devices; item; item = item->next) {
    g_autofree gchar *own = gst_device_get_display_name (item->data);
    if (g_str_has_suffix (own, name))
      return item->data;
  }
  return NULL;
}

static void
devices_free (GList *devices)
{
  g_list_free_full (devices, gst_object_unref);
}

/* ---- listing ---- */

GST_START_TEST (test_list)
{
  static const struct {
    const gchar *name, *device_class, *channel;
    gboolean has_problem;
  } rows[] = {
    { "vdma (capture)", "Video/Source", "S2MM", TRUE },
    { "vdma (display)", "Video/Sink", "MM2S", TRUE },
    { "camera_vdma (capture)", "Video/Source", "S2MM", FALSE },
  };
  GList *devices = gst_device_provider_get_devices (provider);
  fail_unless_equals_int (g_list_length (devices), G_N_ELEMENTS (rows));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GstDevice *device = g_list_nth_data (devices, i);
    g_autofree gchar *name = gst_device_get_display_name (device);
    g_autofree gchar *channel = device_get_text (device, "vdma.channel");
    g_autofree gchar *api = device_get_text (device, "device.api");
    g_autofree gchar *problem = device_get_text (device, "vdma.problem");
    fail_unless_equals_string (name, rows[i].name);
    fail_unless_equals_string (channel, rows[i].channel);
    fail_unless_equals_string (api, "vdma");
    fail_unless (gst_device_has_classes (device, rows[i].device_class));
    fail_unless_equals_int (problem != NULL, rows[i].has_problem);
  }
  devices_free (devices);
}
GST_END_TEST;

GST_START_TEST (test_properties)
{
  GList *devices = gst_device_provider_get_devices (provider);
  GstDevice *camera = devices_find (devices, "camera_vdma (capture)");
  g_autofree gchar *path = device_get_text (camera, "device.path");
  g_autofree gchar *version = device_get_text (camera, "vdma.version");
  g_autofree gchar *node = device_get_text (camera, "vdma.node");
  GstStructure *properties = gst_device_get_properties (camera);
  guint64 highest = 0, address = 0;

  fail_unless (g_str_has_suffix (path, "/dev/uio1"));
  fail_unless_equals_string (version, "6.3");
  fail_unless_equals_string (node, "/amba_pl/camera_vdma@43010000");
  fail_unless_equals_int (device_get_number (camera, "vdma.frame-stores"), 5);
  fail_unless_equals_int (device_get_number (camera, "vdma.address-width"), 40);
  fail_unless_equals_int (device_get_number (camera, "vdma.memory-width"), 128);
  fail_unless_equals_int (device_get_number (camera, "vdma.stream-width"), 64);
  fail_unless (
      gst_structure_get_uint64 (properties, "vdma.highest-address", &highest));
  fail_unless_equals_uint64_hex (highest, G_GUINT64_CONSTANT (0xffffffffff));
  fail_unless (gst_structure_get_uint64 (properties, "vdma.address", &address));
  fail_unless_equals_uint64_hex (address, 0x43010000);
  gst_structure_free (properties);

  /* nobody said it of this one */
  GstDevice *other = devices_find (devices, "vdma (capture)");
  fail_unless_equals_int (device_get_number (other, "vdma.frame-stores"), 0);

  GstCaps *caps = gst_device_get_caps (camera);
  fail_if (gst_caps_is_empty (caps) || gst_caps_is_any (caps));
  gst_caps_unref (caps);
  devices_free (devices);
}
GST_END_TEST;

GST_START_TEST (test_elements)
{
  GList *devices = gst_device_provider_get_devices (provider);
  for (GList *item = devices; item; item = item->next) {
    GstElement *element = gst_device_create_element (item->data, "made");
    g_autofree gchar *text = device_get_text (item->data, "vdma.device");
    g_autofree gchar *set = NULL;
    gboolean is_source = gst_device_has_classes (item->data, "Source");
    fail_unless (g_str_has_prefix (text, "uio:"));
    fail_unless (g_str_has_suffix (text, provider_root));
    fail_unless_equals_string (
        GST_OBJECT_NAME (gst_element_get_factory (element)),
        is_source ? "vdmasrc" : "vdmasink");
    g_object_get (element, "device", &set, NULL);
    fail_unless_equals_string (set, text);

    /* another element of the kind can be sent there, one of the other cannot */
    GstElement *same =
        gst_element_factory_make (is_source ? "vdmasrc" : "vdmasink", NULL);
    GstElement *other =
        gst_element_factory_make (is_source ? "vdmasink" : "vdmasrc", NULL);
    g_autofree gchar *moved = NULL;
    fail_unless (gst_device_reconfigure_element (item->data, same));
    g_object_get (same, "device", &moved, NULL);
    fail_unless_equals_string (moved, text);
    fail_if (gst_device_reconfigure_element (item->data, other));
    gst_object_unref (gst_object_ref_sink (other));
    gst_object_unref (gst_object_ref_sink (same));
    gst_object_unref (gst_object_ref_sink (element));
  }
  devices_free (devices);
}
GST_END_TEST;

/* ---- simulated boards ---- */

GST_START_TEST (test_simulated)
{
  GList *devices = gst_device_provider_get_devices (provider);
  fail_unless_equals_int (g_list_length (devices), 3);
  devices_free (devices);

  g_setenv (GST_VDMA_DEVICE_PROVIDER_SIM,
      "sim:a?coherency=strict&stores=8;nonsense", TRUE);
  devices = gst_device_provider_get_devices (provider);
  fail_unless_equals_int (g_list_length (devices), 5);
  GstDevice *device = devices_find (devices, " (simulated capture)");
  fail_unless (device != NULL);
  fail_unless (devices_find (devices, " (simulated display)") != NULL);
  fail_unless_equals_int (device_get_number (device, "vdma.frame-stores"), 8);

  /* it works as it is */
  GstElement *element =
      gst_object_ref_sink (gst_device_create_element (device, NULL));
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_READY),
      GST_STATE_CHANGE_SUCCESS);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
  devices_free (devices);
  g_unsetenv (GST_VDMA_DEVICE_PROVIDER_SIM);
}
GST_END_TEST;

/* ---- coming and going ---- */

static void
bus_expect (GstBus *bus, GstMessageType type, const gchar *name)
{
  GstMessage *message = gst_bus_timed_pop (bus, 10 * GST_SECOND);
  GstDevice *device = NULL;
  fail_unless (message != NULL);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), type);
  if (type == GST_MESSAGE_DEVICE_ADDED)
    gst_message_parse_device_added (message, &device);
  else if (type == GST_MESSAGE_DEVICE_REMOVED)
    gst_message_parse_device_removed (message, &device);
  else
    gst_message_parse_device_changed (message, &device, NULL);
  g_autofree gchar *own = gst_device_get_display_name (device);
  fail_unless_equals_string (own, name);
  gst_object_unref (device);
  gst_message_unref (message);
}

GST_START_TEST (test_hot_plug)
{
  GstBus *bus = gst_device_provider_get_bus (provider);
  fail_unless (gst_device_provider_start (provider));
  GList *devices = gst_device_provider_get_devices (provider);
  fail_unless_equals_int (g_list_length (devices), 3);
  devices_free (devices);
  gst_bus_set_flushing (bus, TRUE);
  gst_bus_set_flushing (bus, FALSE);

  /* a device without a word of it in the device tree */
  machine_add_uio (provider_root, 7, "second_vdma", "0x50000000", NULL);
  bus_expect (bus, GST_MESSAGE_DEVICE_ADDED, "second_vdma (capture)");
  bus_expect (bus, GST_MESSAGE_DEVICE_ADDED, "second_vdma (display)");

  /* something else that is no concern of ours */
  tree_rig_put (provider_root, "dev/null", "");

  tree_rig_remove (provider_root, "sys/class/uio/uio1");
  tree_rig_remove (provider_root, "dev/uio1");
  bus_expect (bus, GST_MESSAGE_DEVICE_REMOVED, "camera_vdma (capture)");

  /* the number of a device is not what it is known by */
  tree_rig_remove (provider_root, "sys/class/uio/uio7");
  machine_add_uio (provider_root, 8, "second_vdma", "0x50000000", NULL);
  tree_rig_remove (provider_root, "dev/uio7");
  bus_expect (bus, GST_MESSAGE_DEVICE_CHANGED, "second_vdma (capture)");
  bus_expect (bus, GST_MESSAGE_DEVICE_CHANGED, "second_vdma (display)");

  devices = gst_device_provider_get_devices (provider);
  fail_unless_equals_int (g_list_length (devices), 4);
  devices_free (devices);
  gst_device_provider_stop (provider);
  fail_if (gst_bus_have_pending (bus));
  gst_object_unref (bus);
}
GST_END_TEST;

/* Stopped and started as often as wanted, also while something happens. */
GST_START_TEST (test_restart)
{
  for (guint i = 0; i < 20; i++) {
    fail_unless (gst_device_provider_start (provider));
    machine_add_uio (provider_root, 20 + i, "gpio_again", "0x41200000", NULL);
    gst_device_provider_stop (provider);
  }
  GList *devices = gst_device_provider_get_devices (provider);
  fail_unless_equals_int (g_list_length (devices), 3);
  devices_free (devices);
}
GST_END_TEST;

/* A machine without /dev has no devices, and is no reason to fail. */
GST_START_TEST (test_nothing)
{
  gchar *root = tree_rig_new ();
  g_object_set (provider, "root", root, NULL);
  fail_unless (gst_device_provider_start (provider));
  fail_unless (gst_device_provider_get_devices (provider) == NULL);
  gst_device_provider_stop (provider);
  tree_rig_free (root);
}
GST_END_TEST;

static Suite *
provider_suite (void)
{
  Suite *suite = suite_create ("provider");
  TCase *tcase = tcase_create ("all");
  tcase_add_checked_fixture (tcase, provider_setup, provider_teardown);
  tcase_add_test (tcase, test_list);
  tcase_add_test (tcase, test_properties);
  tcase_add_test (tcase, test_elements);
  tcase_add_test (tcase, test_simulated);
  tcase_add_test (tcase, test_hot_plug);
  tcase_add_test (tcase, test_restart);
  tcase_add_test (tcase, test_nothing);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (provider)
