/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether frames flow: tells the application once when they stop, and once when
 * they flow again.
 *
 * Threads: driven by the element's streaming thread; is_present() from any. */
#pragma once

#include <gst/gst.h>

#include "hw-desc.h"

G_BEGIN_DECLS

typedef struct GstVdmaSignal GstVdmaSignal;

/**
 * gst_vdma_signal_new:
 * @owner: (transfer none): outlives the object; a source has a property
 *   "signal", which is notified
 */
GstVdmaSignal *gst_vdma_signal_new (GstElement *owner, VdmaDirection dir);
void gst_vdma_signal_free (GstVdmaSignal *self); /* (nullable) */

/**
 * gst_vdma_signal_start: begins to watch.
 * @now: in the channel's time, as every time here
 * @limit: ns without a frame that are still normal; 0: any
 */
void gst_vdma_signal_start (GstVdmaSignal *self, gint64 now, gint64 limit);
/** gst_vdma_signal_stop: ends to watch, without a message */
void gst_vdma_signal_stop (GstVdmaSignal *self);

/** Returns: until when to wait for the next frame; G_MAXINT64: for ever */
gint64 gst_vdma_signal_get_deadline (GstVdmaSignal *self);

/** gst_vdma_signal_seen: a frame came; posts "Signal recovered" after a loss */
void gst_vdma_signal_seen (GstVdmaSignal *self, gint64 now);
/** gst_vdma_signal_missed: none came until the deadline; posts "No signal" once */
void gst_vdma_signal_missed (GstVdmaSignal *self, gint64 now);

gboolean gst_vdma_signal_is_present (GstVdmaSignal *self);

G_END_DECLS
