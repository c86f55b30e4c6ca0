/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstvdmadeviceprovider.h"

#include "gstvdmadevice.h"
#include "gstvdmadevicewatch.h"

#define DEFAULT_ROOT NULL

GST_DEBUG_CATEGORY_STATIC (vdma_device_provider_debug);
#define GST_CAT_DEFAULT vdma_device_provider_debug

enum {
  PROP_0,
  PROP_ROOT,
};

struct _GstVdmaDeviceProvider {
  GstDeviceProvider parent;
  gchar *root;               /* (nullable); object lock */
  GstVdmaDeviceWatch *watch; /* between start and stop */
  GMutex update;             /* held while the list of devices is changed */
};

G_DEFINE_TYPE (
    GstVdmaDeviceProvider, gst_vdma_device_provider, GST_TYPE_DEVICE_PROVIDER)

GST_DEVICE_PROVIDER_REGISTER_DEFINE (vdmadeviceprovider, "vdmadeviceprovider",
    GST_RANK_PRIMARY, GST_TYPE_VDMA_DEVICE_PROVIDER)

/* ---- what there is ---- */

static gchar *
provider_dup_root (GstVdmaDeviceProvider *self)
{
  GST_OBJECT_LOCK (self);
  gchar *root = g_strdup (self->root);
  GST_OBJECT_UNLOCK (self);
  return root;
}

static GList *
provider_add_found (
    GstVdmaDeviceProvider *self, const BoardFound *found, GList *devices)
{
  if (found->reason)
    GST_INFO_OBJECT (self, "%s: %s", found->name, found->reason);
  for (guint dir = VDMA_N_DIRECTIONS; found->device && dir-- > 0;) {
    if (found->core->desc.channel[dir].present)
      devices = g_list_prepend (
          devices, gst_object_ref_sink (
                       gst_vdma_device_new (found, (VdmaDirection) dir)));
  }
  return devices;
}

static GList *
provider_add_all (GstVdmaDeviceProvider *self, GPtrArray *found, GList *devices)
{
  for (guint i = 0; i < found->len; i++)
    devices = provider_add_found (self, g_ptr_array_index (found, i), devices);
  g_ptr_array_unref (found);
  return devices;
}

static GList *
provider_probe (GstDeviceProvider *provider)
{
  GstVdmaDeviceProvider *self = GST_VDMA_DEVICE_PROVIDER (provider);
  g_autofree gchar *root = provider_dup_root (self);
  const gchar *simulated = g_getenv (GST_VDMA_DEVICE_PROVIDER_SIM);
  GList *devices = provider_add_all (self, board_discover (root), NULL);
  if (simulated)
    devices =
        provider_add_all (self, board_discover_simulated (simulated), devices);
  return g_list_reverse (devices);
}

/* ---- what changes ---- */

static GstVdmaDevice *
provider_find (GList *devices, const gchar *key)
{
  for (GList *item = devices; item; item = item->next) {
    if (g_str_equal (gst_vdma_device_get_key (item->data), key))
      return item->data;
  }
  return NULL;
}

/* gst_device_provider_get_devices() takes the lock under which stop() waits for
 * the thread that asks here. */
static GList *
provider_copy_devices (GstDeviceProvider *provider)
{
  GST_OBJECT_LOCK (provider);
  GList *devices = g_list_copy_deep (
      provider->devices, (GCopyFunc) (GCallback) gst_object_ref, NULL);
  GST_OBJECT_UNLOCK (provider);
  return devices;
}

static void
provider_update_locked (GstDeviceProvider *provider)
{
  GList *before = provider_copy_devices (provider);
  GList *now = provider_probe (provider);
  for (GList *item = before; item; item = item->next) {
    if (!provider_find (now, gst_vdma_device_get_key (item->data)))
      gst_device_provider_device_remove (provider, item->data);
  }
  for (GList *item = now; item; item = item->next) {
    GstVdmaDevice *old =
        provider_find (before, gst_vdma_device_get_key (item->data));
    if (!old)
      gst_device_provider_device_add (provider, item->data);
    else if (!gst_vdma_device_is_equal (old, item->data))
      gst_device_provider_device_changed (
          provider, item->data, GST_DEVICE (old));
  }
  g_list_free_full (before, gst_object_unref);
  g_list_free_full (now, gst_object_unref);
}

/* In the thread of the watch. */
static void
provider_update (gpointer data)
{
  GstVdmaDeviceProvider *self = data;
  g_mutex_lock (&self->update);
  provider_update_locked (GST_DEVICE_PROVIDER (self));
  g_mutex_unlock (&self->update);
}

static gboolean
provider_start (GstDeviceProvider *provider)
{
  GstVdmaDeviceProvider *self = GST_VDMA_DEVICE_PROVIDER (provider);
  g_autofree gchar *root = provider_dup_root (self);
  g_autofree gchar *folder = board_discover_get_folder (root);
  g_autoptr (GError) error = NULL;

  g_mutex_lock (&self->update);
  /* first the watch, so that nothing comes unseen in between */
  self->watch =
      gst_vdma_device_watch_new (folder, provider_update, self, &error);
  if (!self->watch)
    GST_WARNING_OBJECT (
        self, "devices that come later stay unseen: %s", error->message);
  provider_update_locked (provider);
  g_mutex_unlock (&self->update);
  return TRUE;
}

static void
provider_stop (GstDeviceProvider *provider)
{
  GstVdmaDeviceProvider *self = GST_VDMA_DEVICE_PROVIDER (provider);
  g_clear_pointer (&self->watch, gst_vdma_device_watch_free);
}

/* ---- the class ---- */

static void
provider_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstVdmaDeviceProvider *self = GST_VDMA_DEVICE_PROVIDER (object);
  if (id != PROP_ROOT) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    return;
  }
  GST_OBJECT_LOCK (self);
  g_free (self->root);
  self->root = g_value_dup_string (value);
  GST_OBJECT_UNLOCK (self);
}

static void
provider_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstVdmaDeviceProvider *self = GST_VDMA_DEVICE_PROVIDER (object);
  if (id == PROP_ROOT)
    g_value_take_string (value, provider_dup_root (self));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
provider_finalize (GObject *object)
{
  GstVdmaDeviceProvider *self = GST_VDMA_DEVICE_PROVIDER (object);
  g_clear_pointer (&self->watch, gst_vdma_device_watch_free);
  g_mutex_clear (&self->update);
  g_free (self->root);
  G_OBJECT_CLASS (gst_vdma_device_provider_parent_class)->finalize (object);
}

static void
gst_vdma_device_provider_class_init (GstVdmaDeviceProviderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstDeviceProviderClass *provider_class = GST_DEVICE_PROVIDER_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (vdma_device_provider_debug, "vdmadeviceprovider", 0,
      "AXI VDMA device provider");
  object_class->set_property = provider_set_property;
  object_class->get_property = provider_get_property;
  object_class->finalize = provider_finalize;
  provider_class->probe = provider_probe;
  provider_class->start = provider_start;
  provider_class->stop = provider_stop;

  /**
   * GstVdmaDeviceProvider:root:
   *
   * Folder that stands for "/": that of a captured machine. To be set before
   * the provider is started.
   */
  g_object_class_install_property (object_class, PROP_ROOT,
      g_param_spec_string ("root", "Root",
          "Folder that stands for / (NULL: this machine)", DEFAULT_ROOT,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  gst_device_provider_class_set_static_metadata (provider_class,
      "AXI VDMA Device Provider", "Source/Sink/Video",
      "Lists the channels of AXI VDMA cores", "The gst-vdma developers");
}

static void
gst_vdma_device_provider_init (GstVdmaDeviceProvider *self)
{
  g_mutex_init (&self->update);
}
