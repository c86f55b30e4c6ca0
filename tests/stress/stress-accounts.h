/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the driver's counts of captured frames are those of the hardware. */
#pragma once

#include "stress-bench.h"

G_BEGIN_DECLS

#define STRESS_MAX_WAITING 64 /* frames that the driver keeps for its user */

/** StressArrival: of a frame, what was known when a service brought it. Frames that
 *  are taken together came with different ones. */
typedef struct {
  guint64 restarts; /* of the core, before that service */
  gboolean
      missed; /* frames of this run, behind it: in truth, or for the driver */
} StressArrival;

/** StressAccounts: of a run, from a start to the stop after it. */
typedef struct {
  SimCoreTruth core;      /* at its begin */
  guint64 generated;      /* at its begin */
  guint64 untaken;        /* frames that the core had not taken, at its begin */
  VdmaChannelStats stats; /* at its begin */
  gboolean stepped;       /* a frame was taken in this run */
  guint64 number, picture;                /* of the last one */
  StressArrival arrival;                  /* of that one */
  guint64 restarts;                       /* of the core, before this service */
  StressArrival came[STRESS_MAX_WAITING]; /* of frames, the n-th at n mod 64 */
  guint64 n_came;
} StressAccounts;

void stress_accounts_begin_run (
    StressBench *bench, StressAccounts *self, const VdmaChannelStats *stats);
/** stress_accounts_look: a service comes, which may bring frames. */
void stress_accounts_look (StressBench *bench, StressAccounts *self);
/** stress_accounts_arrive: that service brought @n frames. */
void stress_accounts_arrive (StressBench *bench, StressAccounts *self,
    const VdmaChannelStats *stats, guint n);
/** stress_accounts_judge_step: two frames taken in turn are as many numbers
 *  apart as the camera's numbers of their pictures, one more or less for each
 *  halt of the core between them. @n_waiting: frames that came behind */
void stress_accounts_judge_step (StressBench *bench, StressAccounts *self,
    guint n_waiting, const VdmaFrameInfo *info, guint64 picture);
/** stress_accounts_judge_run: a run ended; @n_waiting: frames not taken */
void stress_accounts_judge_run (StressBench *bench, StressAccounts *self,
    const VdmaChannelStats *stats, guint n_waiting);

G_END_DECLS
