/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Build profiles of the core by name: P1 to P9 of hardware.md 6.0. */
#pragma once

#include <glib.h>

#include "hw-desc.h"

G_BEGIN_DECLS

/**
 * sim_profile_init:
 * @name: "P1" to "P9"
 * @desc: (out): what a core of that profile is built with
 *
 * Returns: FALSE when there is no such profile; @desc is then unchanged
 */
gboolean sim_profile_init (const gchar *name, VdmaHwDesc *desc);

/** Returns: (transfer none): the names, NULL-terminated, in the order of the table */
const gchar *const *sim_profile_get_names (void);

/** Returns: (transfer none) (nullable): one line on what the profile is */
const gchar *sim_profile_get_help (const gchar *name);

G_END_DECLS
