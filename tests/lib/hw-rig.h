/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of hardware descriptions share: rows of what a core should be,
 * and how they are compared. */
#pragma once

#include "hw-source.h"

G_BEGIN_DECLS

/** FIELD: a field of a channel: FIELD (S2MM, GENLOCK) */
#define FIELD(dir, kind)                                                       \
  (VDMA_HW_##kind + VDMA_##dir * VDMA_HW_N_CHANNEL_FIELDS)

/** HwSaid: a field, its value, and who says so; a row ends with all of it 0 */
typedef struct {
  guint field;
  guint64 value;
  VdmaHwOrigin origin;
} HwSaid;

/** hw_rig_check_says: @origin: (nullable): of all of them, whatever rows say */
void hw_rig_check_says (const VdmaHwCore *core, const HwSaid *says, guint n,
    const VdmaHwOrigin *origin);
/** hw_rig_check_irq: where it ends: all that two descriptions can have in common */
void hw_rig_check_irq (const VdmaHwIrq *irq, const VdmaHwIrq *expected);
/** hw_rig_check_irqs: @expected: of each direction */
void hw_rig_check_irqs (const VdmaHwCore *core, const VdmaHwIrq *expected);
/** hw_rig_check_notes: @note: (nullable): part of one of them; NULL: there are none */
void hw_rig_check_notes (const VdmaHwCore *core, const gchar *note);
/** hw_rig_check_error: @says: (nullable): part of the core's error; NULL: it has none */
void hw_rig_check_error (const VdmaHwCore *core, const gchar *says);

/** hw_rig_fill_in: (transfer full): @text with @fixtures for %F, @tree for %T */
gchar *hw_rig_fill_in (
    const gchar *text, const gchar *fixtures, const gchar *tree);

/** hw_rig_add: a test @group/@name; the slashes of @name become dashes */
void hw_rig_add (const gchar *group, const gchar *name, gconstpointer data,
    GTestDataFunc func);

G_END_DECLS
