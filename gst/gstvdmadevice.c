/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstvdmadevice.h"

#include <string.h>

#include "gstvdmaformat.h"

/** DeviceKind: what the two channels are to GStreamer. */
static const struct {
  const gchar *device_class;
  const gchar *element;
  const gchar *role;
} device_kinds[VDMA_N_DIRECTIONS] = {
  [VDMA_MM2S] = { "Video/Sink", "vdmasink", "display" },
  [VDMA_S2MM] = { "Video/Source", "vdmasrc", "capture" },
};

struct _GstVdmaDevice {
  GstDevice parent;
  gchar *text; /* for the property "device" */
  gchar *key;
  VdmaDirection dir;
};

G_DEFINE_TYPE (GstVdmaDevice, gst_vdma_device, GST_TYPE_DEVICE)

static GstElement *
vdma_device_create_element (GstDevice *device, const gchar *name)
{
  GstVdmaDevice *self = GST_VDMA_DEVICE (device);
  GstElement *element =
      gst_element_factory_make (device_kinds[self->dir].element, name);
  if (element)
    g_object_set (element, "device", self->text, NULL);
  return element;
}

/* An element of the right kind can go to another device while it is closed. */
static gboolean
vdma_device_reconfigure_element (GstDevice *device, GstElement *element)
{
  GstVdmaDevice *self = GST_VDMA_DEVICE (device);
  const GstElementFactory *factory = gst_element_get_factory (element);
  if (!factory
      || !g_str_equal (
          GST_OBJECT_NAME (factory), device_kinds[self->dir].element))
    return FALSE;
  if (GST_STATE (element) != GST_STATE_NULL)
    return FALSE;
  g_object_set (element, "device", self->text, NULL);
  return TRUE;
}

static void
vdma_device_finalize (GObject *object)
{
  GstVdmaDevice *self = GST_VDMA_DEVICE (object);
  g_free (self->text);
  g_free (self->key);
  G_OBJECT_CLASS (gst_vdma_device_parent_class)->finalize (object);
}

static void
gst_vdma_device_class_init (GstVdmaDeviceClass *klass)
{
  GstDeviceClass *device_class = GST_DEVICE_CLASS (klass);
  G_OBJECT_CLASS (klass)->finalize = vdma_device_finalize;
  device_class->create_element = vdma_device_create_element;
  device_class->reconfigure_element = vdma_device_reconfigure_element;
}

static void
gst_vdma_device_init (G_GNUC_UNUSED GstVdmaDevice *self)
{
}

/* ---- what is told of it ---- */

/* A core that is not whole yet may have any numbers. */
static GstCaps *
device_get_caps (const VdmaHwDesc *desc, VdmaDirection dir)
{
  return gst_vdma_format_get_caps (
      vdma_hw_desc_validate (desc, NULL) ? desc : NULL, dir);
}

/* Numbers that nobody said are left out, but for a simulated core's. */
static gboolean
device_knows (const BoardFound *found, guint field)
{
  return found->is_simulated
         || found->core->origin[field] != VDMA_HW_ORIGIN_DEFAULT;
}

static void
device_add_number (GstStructure *properties, const gchar *name,
    const BoardFound *found, guint field)
{
  if (device_knows (found, field))
    gst_structure_set (properties, name, G_TYPE_UINT,
        (guint) vdma_hw_core_get (found->core, field), NULL);
}

static void
device_add_text (GstStructure *properties, const gchar *name, const gchar *text)
{
  if (text)
    gst_structure_set (properties, name, G_TYPE_STRING, text, NULL);
}

static void
device_add_core (
    GstStructure *properties, const BoardFound *found, VdmaDirection dir)
{
  const VdmaHwCore *core = found->core;
  if (core->major) {
    g_autofree gchar *version =
        g_strdup_printf ("%u.%u", core->major, core->minor);
    device_add_text (properties, "vdma.version", version);
  }
  if (device_knows (found, VDMA_HW_BASE) && !found->is_simulated)
    gst_structure_set (
        properties, "vdma.address", G_TYPE_UINT64, core->desc.base, NULL);
  device_add_number (properties, "vdma.frame-stores", found, VDMA_HW_STORES);
  device_add_number (
      properties, "vdma.address-width", found, VDMA_HW_ADDR_WIDTH);
  if (device_knows (found, VDMA_HW_ADDR_WIDTH))
    gst_structure_set (properties, "vdma.highest-address", G_TYPE_UINT64,
        vdma_hw_desc_get_phys_limit (&core->desc), NULL);
  device_add_number (properties, "vdma.memory-width", found,
      vdma_hw_channel_field (dir, VDMA_HW_MM_WIDTH));
  device_add_number (properties, "vdma.stream-width", found,
      vdma_hw_channel_field (dir, VDMA_HW_STREAM_WIDTH));
}

static GstStructure *
device_get_properties (const BoardFound *found, VdmaDirection dir)
{
  GstStructure *properties = gst_structure_new ("vdma-proplist", "device.api",
      G_TYPE_STRING, "vdma", "vdma.device", G_TYPE_STRING, found->device,
      "vdma.channel", G_TYPE_STRING, vdma_direction_to_string (dir),
      "vdma.simulated", G_TYPE_BOOLEAN, found->is_simulated, NULL);
  device_add_text (properties, "device.path", found->path);
  device_add_text (properties, "vdma.node", found->core->node);
  device_add_core (properties, found, dir);
  device_add_text (properties, "vdma.problem", found->reason);
  return properties;
}

GstDevice *
gst_vdma_device_new (const BoardFound *found, VdmaDirection dir)
{
  g_autofree gchar *name = g_strdup_printf ("%s (%s%s)", found->name,
      found->is_simulated ? "simulated " : "", device_kinds[dir].role);
  GstCaps *caps = device_get_caps (&found->core->desc, dir);
  GstStructure *properties = device_get_properties (found, dir);
  GstVdmaDevice *self = g_object_new (GST_TYPE_VDMA_DEVICE, "display-name",
      name, "device-class", device_kinds[dir].device_class, "caps", caps,
      "properties", properties, NULL);
  self->text = g_strdup (found->device);
  self->key =
      g_strconcat (found->device, " ", vdma_direction_to_string (dir), NULL);
  self->dir = dir;
  gst_structure_free (properties);
  gst_caps_unref (caps);
  return GST_DEVICE (self);
}

const gchar *
gst_vdma_device_get_key (GstVdmaDevice *self)
{
  return self->key;
}

gboolean
gst_vdma_device_is_equal (GstVdmaDevice *self, GstVdmaDevice *other)
{
  GstStructure *ours = gst_device_get_properties (GST_DEVICE (self));
  GstStructure *theirs = gst_device_get_properties (GST_DEVICE (other));
  gboolean equal = g_str_equal (self->key, other->key)
                   && gst_structure_is_equal (ours, theirs);
  gst_structure_free (ours);
  gst_structure_free (theirs);
  return equal;
}
