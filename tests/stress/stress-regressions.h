/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cells that failed once. */
#pragma once

#include "stress-cell.h"

G_BEGIN_DECLS

/** stress_regressions_run: Returns: whether none fails again; @sum counts */
gboolean stress_regressions_run (
    gboolean verbose, StressTally *sum, GError **error);

G_END_DECLS
