/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hardware that answers what the input says: registers, interrupt lines and
 * time for a driver that must survive it. While the input says nothing, it
 * behaves like an idle core, so that programs get somewhere. */
#pragma once

#include "fuzz.h"
#include "vdma.h"

G_BEGIN_DECLS

/** HostileStuck: what it refuses for good. */
typedef enum {
  HOSTILE_NO_HALT = 1 << 0,  /* Halted never reads 1 */
  HOSTILE_NO_RUN = 1 << 1,   /* Halted never reads 0 */
  HOSTILE_NO_RESET = 1 << 2, /* Reset never reads 0 */
  HOSTILE_LIAR = 1 << 3,     /* the input is asked at every access */
} HostileStuck;

typedef struct Hostile Hostile;

/** hostile_new: @in: asked whenever the driver looks; outlives it */
Hostile *hostile_new (FuzzInput *in, const VdmaHwDesc *desc);
void hostile_free (Hostile *self);

void hostile_set_stuck (Hostile *self, guint stuck);

/** hostile_open_device: @irqs of both channels present, @missing ones left out */
VdmaDevice *hostile_open_device (
    Hostile *self, const VdmaHwDesc *desc, guint missing, GError **error);

/** hostile_end_call: a call of the driver's returned; each has a bounded number of accesses and waits */
void hostile_end_call (Hostile *self);

G_END_DECLS
