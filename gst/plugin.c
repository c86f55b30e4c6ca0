/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plugin's entry point: registration and nothing else. */
#include "gstvdmadeviceprovider.h"
#include "gstvdmaelements.h"
#include "gstvdmalog.h"

#define PACKAGE "gst-vdma"

static gboolean
plugin_init (GstPlugin *plugin)
{
  gst_vdma_log_init ();
  gboolean registered = GST_ELEMENT_REGISTER (vdmasrc, plugin);
  registered |= GST_ELEMENT_REGISTER (vdmasink, plugin);
  registered |= GST_DEVICE_PROVIDER_REGISTER (vdmadeviceprovider, plugin);
  return registered;
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, vdma,
    "AXI VDMA video capture and display", plugin_init, VERSION, "LGPL", PACKAGE,
    PACKAGE)
