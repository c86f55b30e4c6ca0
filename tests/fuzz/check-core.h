/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What holds of every core that a reader lists, from whatever input. */
#pragma once

#include "hw-choice.h"

G_BEGIN_DECLS

/** check_cores: (transfer full) (nullable): what a reader returned */
void check_cores (GPtrArray *cores, GError *error);

G_END_DECLS
