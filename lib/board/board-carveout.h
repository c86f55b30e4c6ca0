/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Carve-outs by text: BASE+SIZE, uio:NAME, or a reserved-memory node of the
 * device tree. What the tree says of a place counts whichever way it was named. */
#pragma once

#include "xlnk-backends.h"

G_BEGIN_DECLS

/** board_carveout_open: Errors: those of the backend; NOT_FOUND lists the nodes
 *  there are, UNSUPPORTED: a node that the kernel uses itself. */
XlnkBackend *board_carveout_open (
    const XlnkSystem *system, const gchar *target, GError **error);

/** board_carveout_list: (transfer full): nodes that are meant for this: whose
 *  names begin with "vdma" */
GStrv board_carveout_list (const XlnkSystem *system);

G_END_DECLS
