/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the build options of a simulated board to a hardware description. */
#pragma once

#include "sim-options.h"

G_BEGIN_DECLS

/** sim_build_choice_init: nothing is chosen yet */
void sim_build_choice_init (SimBuildChoice *choice);

/**
 * sim_build_desc: the profile, or the simulator's own default, with the choices
 *   put over it
 * @board: the board's name, "" for the default board: messages name the core as
 *   a user names the device
 *
 * Errors: INVALID
 */
gboolean sim_build_desc (const SimBuildChoice *choice, const gchar *board,
    VdmaHwDesc *desc, GError **error);

G_END_DECLS
