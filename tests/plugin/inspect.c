/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What gst-inspect-1.0 shows of the plugin, asked of the plugin itself.
 *
 *   inspect PLUGIN            checks it (TAP)
 *   inspect --print PLUGIN    prints "ELEMENT PROPERTY DEFAULT" lines, for the
 *                             test that compares them with docs/elements.md */

#include <gst/gst.h>

#include <string.h>

static const gchar *inspect_path;

static const struct {
  const gchar *name;
  const gchar *klass;
} inspect_elements[] = {
  { "vdmasrc", "Source/Video/Hardware" },
  { "vdmasink", "Sink/Video/Hardware" },
};

static GstElement *
inspect_make (const gchar *name)
{
  GstElement *element = gst_element_factory_make (name, NULL);
  g_assert_nonnull (element);
  return gst_object_ref_sink (element);
}

/* Whether the class, and not one of GStreamer's above it, made the property. */
static gboolean
inspect_is_ours (const GParamSpec *pspec)
{
  return g_str_has_prefix (g_type_name (pspec->owner_type), "GstVdma");
}

static void
inspect_foreach (
    const gchar *name, void (*each) (GstElement *element, GParamSpec *pspec))
{
  guint n = 0;
  g_autoptr (GstElement) element = inspect_make (name);
  g_autofree GParamSpec **pspecs =
      g_object_class_list_properties (G_OBJECT_GET_CLASS (element), &n);
  for (guint i = 0; i < n; i++)
    if (inspect_is_ours (pspecs[i]))
      each (element, pspecs[i]);
}

/* ---- checks ---- */

static void
inspect_test_loads (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstPlugin) plugin = gst_plugin_load_file (inspect_path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (gst_plugin_get_name (plugin), ==, "vdma");
  g_assert_cmpstr (gst_plugin_get_license (plugin), ==, "LGPL");
}

static void
inspect_test_elements (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (inspect_elements); i++) {
    g_autoptr (GstElementFactory) factory =
        gst_element_factory_find (inspect_elements[i].name);
    g_assert_nonnull (factory);
    g_assert_cmpstr (
        gst_element_factory_get_metadata (factory, GST_ELEMENT_METADATA_KLASS),
        ==, inspect_elements[i].klass);
    g_assert_cmpuint (
        gst_plugin_feature_get_rank (GST_PLUGIN_FEATURE (factory)), ==,
        GST_RANK_NONE);
  }
}

static void
inspect_check_texts (GstElement *element, GParamSpec *pspec)
{
  const gchar *blurb = g_param_spec_get_blurb (pspec);
  const gchar *nick = g_param_spec_get_nick (pspec);
  g_test_message ("%s: %s", pspec->name, blurb);
  g_assert_nonnull (blurb);
  g_assert_cmpuint (strlen (blurb), >, strlen (pspec->name));
  g_assert_nonnull (nick);
  g_assert_cmpuint (strlen (nick), >, 0);
  g_assert_true (g_unichar_isupper (g_utf8_get_char (nick)));
}

/* A property that can be set says until when: GStreamer shows it. */
static void
inspect_check_mutable (GstElement *element, GParamSpec *pspec)
{
  const guint mutable_flags = GST_PARAM_MUTABLE_READY | GST_PARAM_MUTABLE_PAUSED
                              | GST_PARAM_MUTABLE_PLAYING;
  g_test_message ("%s", pspec->name);
  if (pspec->flags & G_PARAM_WRITABLE)
    g_assert_cmpuint (pspec->flags & mutable_flags, !=, 0);
}

/* What an element says of itself before anything was set is the default. */
static void
inspect_check_default (GstElement *element, GParamSpec *pspec)
{
  g_auto (GValue) value = G_VALUE_INIT;
  if (!(pspec->flags & G_PARAM_WRITABLE) || !(pspec->flags & G_PARAM_READABLE))
    return;
  g_test_message ("%s", pspec->name);
  g_value_init (&value, pspec->value_type);
  g_object_get_property (G_OBJECT (element), pspec->name, &value);
  g_assert_true (g_param_value_defaults (pspec, &value));
}

static void
inspect_test_properties (gconstpointer check)
{
  for (guint i = 0; i < G_N_ELEMENTS (inspect_elements); i++)
    inspect_foreach (inspect_elements[i].name,
        (void (*) (GstElement *, GParamSpec *)) check);
}

/* ---- devices ---- */

/* Of our provider alone: what others start is not ours to test. */
static guint
inspect_count_simulated (const gchar *classes)
{
  guint n_simulated = 0;
  GstDeviceProvider *provider =
      gst_device_provider_factory_get_by_name ("vdmadeviceprovider");
  g_assert_nonnull (provider);
  GList *devices = gst_device_provider_get_devices (provider);
  for (GList *item = devices; item; item = item->next) {
    GstStructure *properties = gst_device_get_properties (item->data);
    gboolean is_simulated = FALSE;
    g_assert_true (gst_structure_get_boolean (
        properties, "vdma.simulated", &is_simulated));
    n_simulated += is_simulated && gst_device_has_classes (item->data, classes);
    gst_structure_free (properties);
  }
  g_list_free_full (devices, gst_object_unref);
  gst_object_unref (provider);
  return n_simulated;
}

/* A simulated board is listed where it was asked for, and nowhere else. */
static void
inspect_test_devices (void)
{
  g_unsetenv ("GST_VDMA_SIM");
  g_assert_cmpuint (inspect_count_simulated ("Video/Source"), ==, 0);
  g_setenv ("GST_VDMA_SIM", "sim;sim:second?channels=s2mm", TRUE);
  g_assert_cmpuint (inspect_count_simulated ("Video/Source"), ==, 2);
  g_assert_cmpuint (inspect_count_simulated ("Video/Sink"), ==, 1);
  g_unsetenv ("GST_VDMA_SIM");
}

/* ---- print ---- */

static void
inspect_print (GstElement *element, GParamSpec *pspec)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autofree gchar *text = NULL;
  g_value_init (&value, pspec->value_type);
  g_param_value_set_default (pspec, &value);
  if (G_VALUE_HOLDS_STRING (&value))
    text = g_value_dup_string (&value);
  else if (G_VALUE_HOLDS_ENUM (&value))
    text = g_strdup (g_enum_get_value (
        g_type_class_peek (pspec->value_type), g_value_get_enum (&value))
                         ->value_nick);
  else if (pspec->flags & G_PARAM_WRITABLE)
    text = gst_value_serialize (&value);
  g_autoptr (GstElementFactory) factory =
      gst_object_ref (gst_element_get_factory (element));
  g_print (
      "%s %s %s\n", GST_OBJECT_NAME (factory), pspec->name, text ? text : "-");
}

int
main (int argc, char **argv)
{
  gst_init (NULL, NULL);
  if (argc == 3 && g_str_equal (argv[1], "--print")) {
    if (!gst_plugin_load_file (argv[2], NULL))
      return 1;
    for (guint i = 0; i < G_N_ELEMENTS (inspect_elements); i++)
      inspect_foreach (inspect_elements[i].name, inspect_print);
    return 0;
  }
  g_test_init (&argc, &argv, NULL);
  inspect_path = argv[1];
  g_test_add_func ("/plugin/loads", inspect_test_loads);
  g_test_add_func ("/plugin/elements", inspect_test_elements);
  g_test_add_data_func (
      "/plugin/texts", inspect_check_texts, inspect_test_properties);
  g_test_add_data_func (
      "/plugin/mutable", inspect_check_mutable, inspect_test_properties);
  g_test_add_data_func (
      "/plugin/defaults", inspect_check_default, inspect_test_properties);
  g_test_add_func ("/plugin/devices", inspect_test_devices);
  return g_test_run ();
}
