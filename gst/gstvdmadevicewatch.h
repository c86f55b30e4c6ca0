/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watches /dev for UIO devices that come, go, or change their permissions. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct GstVdmaDeviceWatch GstVdmaDeviceWatch;

/**
 * gst_vdma_device_watch_new:
 * @folder: as board_discover_get_folder() says
 * @changed: called in a thread of the watch, once /dev is quiet again
 *
 * Errors: as inotify_init() and inotify_add_watch() say
 * Returns: (transfer full) (nullable)
 */
GstVdmaDeviceWatch *gst_vdma_device_watch_new (const gchar *folder,
    void (*changed) (gpointer data), gpointer data, GError **error);

/** gst_vdma_device_watch_free: (nullable): @changed is not called any more */
void gst_vdma_device_watch_free (GstVdmaDeviceWatch *self);

G_END_DECLS
