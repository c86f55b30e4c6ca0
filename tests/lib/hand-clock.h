/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clock that a test moves, and its one timer. */
#pragma once

#include "io.h"

G_BEGIN_DECLS

typedef struct {
  VdmaTime base;
  gint64 now;
  gint64 alarm; /* that the timer is set to */
} HandClock;

void hand_clock_init (HandClock *self);

G_END_DECLS
