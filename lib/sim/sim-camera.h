/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is plugged into the S2MM stream: a camera that sends frames at its own
 * beat, whether someone takes them or not. */
#pragma once

#include "sim-core.h"
#include "sim-rate.h"
#include "sim-source.h"
#include "sim.h"

G_BEGIN_DECLS

typedef struct SimCamera SimCamera;

/**
 * SimBeat: how frames are spread in time.
 * @fps: numerator and denominator; {0, 1}: follows the video mode
 * @active: per cent of a frame's time in which its lines come, 1..100
 * @jitter: ns by which a frame may begin late, at random
 * @burst: frames that come at once, followed by a pause; 1: none
 */
typedef struct {
  guint fps[2];
  guint active;
  guint64 jitter;
  guint burst;
  guint64 seed;
} SimBeat;

/** SimPicture: geometry that the options fix; NULL and 0 do not */
typedef struct {
  const gchar *format;
  guint width, height;
} SimPicture;

/** SimFramePlan: how one frame differs from a good one; zeroed: not at all. */
typedef struct {
  gint more_lines; /* negative: the frame is short */
  gint more_bytes; /* of line @bad_line; negative: the line is short */
  guint bad_line;
} SimFramePlan;

/** SimPlanFunc: asked at the begin of every frame time in which S2MM is not
 *  halted; may change the camera's mode and plug. */
typedef void (*SimPlanFunc) (
    gpointer user_data, gint64 now, SimFramePlan *plan);

typedef struct {
  guint64 generated;            /* frames sent, taken or not */
  guint64 dropped[SIM_N_DROPS]; /* of these: whose SOF nobody took */
  guint64 lines_lost;
} SimCameraTruth;

/**
 * sim_camera_new:
 * @core: (transfer none): outlives the camera
 * @fsync_pin: whether frames are announced on S2MM's fsync pin
 * @source: (transfer full) (nullable): NULL: lines come by sim_camera_pass_line()
 * @start: when frame 0 begins
 */
SimCamera *sim_camera_new (SimCore *core, gboolean fsync_pin, SimSource *source,
    const SimBeat *beat, const SimPicture *picture, gint64 start);
void sim_camera_free (SimCamera *self); /* (nullable) */

/** sim_camera_set_plan: @plan: (nullable) */
void sim_camera_set_plan (
    SimCamera *self, SimPlanFunc plan, gpointer user_data);

/** sim_camera_set_mode: from the next frame on */
void sim_camera_set_mode (SimCamera *self, const SimVideoMode *mode);

/** sim_camera_force_mode: from the next frame on, whatever options and sim_camera_set_mode() say; what @mode leaves out stays */
void sim_camera_force_mode (SimCamera *self, const SimVideoMode *mode);
/** sim_camera_set_plugged: without its plug a camera sends nothing, but keeps its beat */
void sim_camera_set_plugged (SimCamera *self, gboolean plugged);

/** Returns: when the next line is due; G_MAXINT64 while S2MM is halted */
gint64 sim_camera_next_line (const SimCamera *self);
/** Returns: when the next line is due that begins or ends a frame */
gint64 sim_camera_next_event (const SimCamera *self);
/** Returns: whether a frame has begun that has lines left */
gboolean sim_camera_is_in_frame (const SimCamera *self);
/** sim_camera_run: the one line that is due at @now */
void sim_camera_run (SimCamera *self, gint64 now);
/** sim_camera_catch_up: nothing is due up to @now but what a halted S2MM misses */
void sim_camera_catch_up (SimCamera *self, gint64 now);

/** sim_camera_pass_line: a line from elsewhere (loop). A plan can unplug it, not bend it. Returns: whether S2MM took it */
gboolean sim_camera_pass_line (
    SimCamera *self, const SimLine *line, gint64 now);

/** Returns: (transfer none) (nullable) */
SimSource *sim_camera_get_source (SimCamera *self);
/** Returns: the number of the next frame */
guint64 sim_camera_get_next_frame (const SimCamera *self);
const SimCameraTruth *sim_camera_get_truth (const SimCamera *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimCamera, sim_camera_free)

G_END_DECLS
