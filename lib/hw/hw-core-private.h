/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the readers of lib/hw share: filling a core, and picking one of a list. */
#pragma once

#include "hw-source.h"
#include "vdma-error.h"

G_BEGIN_DECLS

#define HW_ANY_BASE G_MAXUINT64

/** hw_sentence: (transfer full): valid UTF-8, also where a quoted text was cut
 *  in the middle of a character */
gchar *hw_sentence (const gchar *format, va_list args) G_GNUC_PRINTF (1, 0);

/** hw_core_set_bad: a source says of a field what cannot be */
void hw_core_set_bad (VdmaHwCore *core, guint field, VdmaHwOrigin origin,
    const gchar *format, ...) G_GNUC_PRINTF (4, 5);
void hw_core_note (VdmaHwCore *core, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);
/** hw_core_refuse: why it cannot be used at all; the first reason stays */
void hw_core_refuse (VdmaHwCore *core, VdmaErrorCode code, const gchar *format,
    ...) G_GNUC_PRINTF (3, 4);
/** hw_core_forget_check: what only the whole can be judged by is judged again
 *  when another source has been merged; what the reader refused stays */
void hw_core_forget_check (VdmaHwCore *core);
/** hw_core_set_name: cut to what fits, made valid */
void hw_core_set_name (VdmaHwCore *core, const gchar *name);
/** hw_field_to_string: (transfer full) */
gchar *hw_field_to_string (guint field, guint64 value);

/**
 * hw_core_pick:
 * @name: (nullable): NULL: the only usable one, or the one at @base
 * @base: HW_ANY_BASE: not known
 * @matches: whether @name is one of the core's
 * @where: for messages
 *
 * Returns: (transfer full) (nullable): a copy; perhaps one that cannot be used
 */
VdmaHwCore *hw_core_pick (GPtrArray *cores, const gchar *name, guint64 base,
    gboolean (*matches) (const VdmaHwCore *core, const gchar *name),
    const gchar *where, GError **error);

/** hw_hwh_pick, hw_dt_pick: vdma_hwh_find() and vdma_dt_find() without the
 *  check: what one source has wrong another one may say right */
VdmaHwCore *hw_hwh_pick (const gchar *spec, guint64 base, GError **error);
VdmaHwCore *hw_dt_pick (const gchar *spec, GError **error);

G_END_DECLS
