/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The counter pattern's drawing; its layout and checker are in sim-pattern.h. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** sim_counter_draw: @size bytes of line @line_number of frame @number. */
void sim_counter_draw (
    guint8 *line, gsize size, guint64 number, guint line_number);

G_END_DECLS
