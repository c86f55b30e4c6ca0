/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A channel of a core that was found, as a GstDevice. */
#pragma once

#include <gst/gst.h>

#include "board-discover.h"

G_BEGIN_DECLS

#define GST_TYPE_VDMA_DEVICE (gst_vdma_device_get_type ())
G_DECLARE_FINAL_TYPE (
    GstVdmaDevice, gst_vdma_device, GST, VDMA_DEVICE, GstDevice)

/**
 * gst_vdma_device_new:
 * @found: with a device text
 * @dir: a channel that its core has
 *
 * Returns: (transfer floating): class "Video/Source" or "Video/Sink"
 */
GstDevice *gst_vdma_device_new (const BoardFound *found, VdmaDirection dir);

/** Returns: (transfer none): what tells channels apart: device text and channel */
const gchar *gst_vdma_device_get_key (GstVdmaDevice *self);

/** Returns: whether both say the same of themselves */
gboolean gst_vdma_device_is_equal (GstVdmaDevice *self, GstVdmaDevice *other);

G_END_DECLS
