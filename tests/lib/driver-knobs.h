/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open questions of hardware.md section 7 that the driver could depend on: its
 * tests run in every row. */
#pragma once

#include "driver-rig.h"

G_BEGIN_DECLS

typedef struct {
  const gchar *name;
  SimKnobs knobs; /* what differs from the defaults; zero: nothing */
} KnobRow;

extern const KnobRow knob_rows[];
extern const guint n_knob_rows;

/** Returns: whether @row is about when things happen, so that all kinds of load
 *  are worth the time; a few will do for the others */
gboolean knob_row_is_about_time (const KnobRow *row);

/** driver_rig_set_knobs: before driver_rig_open() */
void driver_rig_set_knobs (DriverRig *rig, const KnobRow *row);

G_END_DECLS
