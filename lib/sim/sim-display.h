/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is plugged into the MM2S stream: a display that takes frames at its own
 * beat, looks at them, and may pass them on to S2MM (loop). */
#pragma once

#include "sim-camera.h"

G_BEGIN_DECLS

typedef struct SimDisplay SimDisplay;

/** SimPassFunc: where each line goes (loop); @last: it ends its frame */
typedef void (*SimPassFunc) (
    gpointer user_data, const SimLine *line, gboolean last);

typedef struct {
  guint64 slots;             /* frame times */
  guint64 idle[SIM_N_DROPS]; /* of these: no frame began */
  guint64 torn; /* frames with lines of more than one counter frame */
} SimDisplayTruth;

/**
 * sim_display_new:
 * @core: (transfer none): outlives the display
 * @fsync_pin: whether the display's beat drives MM2S's fsync pin
 * @backpressure: takes a line only when S2MM is ready for it
 * @start: when frame time 0 begins
 */
SimDisplay *sim_display_new (SimCore *core, gboolean fsync_pin,
    gboolean backpressure, const SimBeat *beat, gint64 start);
void sim_display_free (SimDisplay *self); /* (nullable) */

/** sim_display_set_pass: @pass: (nullable) */
void sim_display_set_pass (
    SimDisplay *self, SimPassFunc pass, gpointer user_data);
/** sim_display_set_plan: @plan: (nullable): asked as a camera's; its plan is not used */
void sim_display_set_plan (
    SimDisplay *self, SimPlanFunc plan, gpointer user_data);
void sim_display_set_mode (SimDisplay *self, const SimVideoMode *mode);

/* As for the camera. */
gint64 sim_display_next_line (const SimDisplay *self);
gint64 sim_display_next_event (const SimDisplay *self);
/** Returns: whether a frame has begun that has lines left */
gboolean sim_display_is_in_frame (const SimDisplay *self);
void sim_display_run (SimDisplay *self, gint64 now);
void sim_display_catch_up (SimDisplay *self, gint64 now);

const SimDisplayTruth *sim_display_get_truth (const SimDisplay *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimDisplay, sim_display_free)

G_END_DECLS
