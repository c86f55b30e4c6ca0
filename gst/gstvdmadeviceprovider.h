/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices that gst-device-monitor-1.0 and applications see: two for each
 * core with both channels. Registers are never touched. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_VDMA_DEVICE_PROVIDER (gst_vdma_device_provider_get_type ())
/* Simulated boards are listed where this environment variable names them, and
 * nowhere else: nobody shall take them for cameras. */
#define GST_VDMA_DEVICE_PROVIDER_SIM "GST_VDMA_SIM"

G_DECLARE_FINAL_TYPE (GstVdmaDeviceProvider, gst_vdma_device_provider, GST,
    VDMA_DEVICE_PROVIDER, GstDeviceProvider)

GST_DEVICE_PROVIDER_REGISTER_DECLARE (vdmadeviceprovider)

G_END_DECLS
