/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running a cell of the matrix, and making one that fails smaller. */
#pragma once

#include "stress-bench.h"

G_BEGIN_DECLS

/** StressRunFunc: runs @cell for about @n_frames frames. @complaint: (out)
 *  (transfer full) (nullable): the first finding */
typedef void (*StressRunFunc) (const StressCell *cell, guint64 n_frames,
    gboolean verbose, StressTally *tally, gchar **complaint);

/** stress_cell_run: the driver in @cell */
void stress_cell_run (const StressCell *cell, guint64 n_frames,
    gboolean verbose, StressTally *tally, gchar **complaint);

/** stress_cell_run_pynq: PYNQ's rule in @cell (hardware.md 4); captures only */
void stress_cell_run_pynq (const StressCell *cell, guint64 n_frames,
    gboolean verbose, StressTally *tally, gchar **complaint);

/** stress_cell_run_hours: the driver in @cell, for hours of the board's time:
 *  memory must stay as it is after some minutes */
void stress_cell_run_hours (const StressCell *cell, guint n_hours,
    StressTally *tally, gchar **complaint);

/** stress_cell_reduce: @cell and @n_frames fail as @like says; makes both smaller
 *  as long as that stays so */
void stress_cell_reduce (StressRunFunc run, StressCell *cell, guint64 *n_frames,
    const StressTally *like);

G_END_DECLS
