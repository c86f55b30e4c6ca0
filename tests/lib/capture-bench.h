/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A capture of the driver rig's that writes down every frame which was taken, so that
 * a test can say afterwards which of them an error has marked. */
#pragma once

#include "driver-rig.h"

G_BEGIN_DECLS

#define CAPTURE_BENCH_MAX_TAKEN 256

/** CaptureBench: frames that were taken, in their order; made by driver_rig_init()
 *  of @rig, ended by driver_rig_close() */
typedef struct {
  DriverRig rig;
  VdmaChannel *channel;
  guint n;
  guint32 picture[CAPTURE_BENCH_MAX_TAKEN]; /* by its first line */
  VdmaFrameInfo info[CAPTURE_BENCH_MAX_TAKEN];
  gboolean whole[CAPTURE_BENCH_MAX_TAKEN]; /* all lines are of one picture */
} CaptureBench;

/** capture_bench_open: opens the rig, and starts */
void capture_bench_open (CaptureBench *self);
/** capture_bench_take: all that wait, and gives them back */
void capture_bench_take (CaptureBench *self);
/** capture_bench_capture: services until @n frames were taken, or an error */
gboolean capture_bench_capture (CaptureBench *self, guint n, GError **error);
/** capture_bench_must_capture: the same, which must work */
void capture_bench_must_capture (CaptureBench *self, guint n);
/** capture_bench_to_mid_frame: to the middle of the frame in work */
void capture_bench_to_mid_frame (CaptureBench *self);

VdmaChannelStats capture_bench_stats (CaptureBench *self);
/** capture_bench_check: the accounts are balanced, numbers rise, and what is not
 *  whole says so */
void capture_bench_check (CaptureBench *self);
/** Returns: how far the driver's numbers are from those of the pictures */
guint64 capture_bench_missed (CaptureBench *self);
/** Returns: frames that are marked as corrupt */
guint capture_bench_n_corrupt (CaptureBench *self);

G_END_DECLS
