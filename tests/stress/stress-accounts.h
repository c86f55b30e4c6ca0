/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the driver's counts of captured frames are those of the hardware. */
#pragma once

#include "stress-bench.h"

G_BEGIN_DECLS

/** StressAccounts: of a run, from a start to the stop after it. */
typedef struct {
  SimCoreTruth core;       /* at its begin */
  guint64 generated;       /* at its begin */
  VdmaChannelStats stats;  /* at its begin */
  gboolean stepped;        /* a frame was taken in this run */
  guint64 number, picture; /* of the last one */
  guint64
      looked; /* frames that the core did not take, before the last service */
  guint64 untaken; /* the same, before the service that brought that frame */
  guint64 halted;  /* the driver's count of them, when it was taken */
  guint64 shots;   /* interrupts that the driver saw, by then */
} StressAccounts;

void stress_accounts_begin_run (
    StressBench *bench, StressAccounts *self, const VdmaChannelStats *stats);
/** stress_accounts_look: a service comes, which may bring frames. */
void stress_accounts_look (StressBench *bench, StressAccounts *self);
/** stress_accounts_judge_step: two frames taken in turn are as many numbers
 *  apart as the camera's numbers of their pictures; where the core was halted
 *  between them, one more or less. */
void stress_accounts_judge_step (StressBench *bench, StressAccounts *self,
    const VdmaChannelStats *stats, const VdmaFrameInfo *info, guint64 picture);
/** stress_accounts_judge_run: a run ended; @n_waiting: frames not taken */
void stress_accounts_judge_run (StressBench *bench, StressAccounts *self,
    const VdmaChannelStats *stats, guint n_waiting);

G_END_DECLS
