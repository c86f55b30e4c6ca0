/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes with having a channel of a real core: the lock that keeps other
 * processes out, and what stops the channel when this one dies: the crash guard
 * and, if it is wanted, the guardian. */
#pragma once

#include "io-guardian.h"
#include "io.h"
#include "xlnk.h"

G_BEGIN_DECLS

/**
 * board_claims_new:
 * @root: (nullable): folder that stands for "/"
 * @address: physical, of the core's registers
 * @regs: (transfer none): its registers; must stay open until the last claim
 *   was released
 * @guardian: (transfer full) (nullable)
 *
 * Without a folder for locks there are none, and a warning says so.
 *
 * Errors: those of vdma_guardian_keep().
 * Returns: (transfer full) (nullable)
 */
VdmaShare *board_claims_new (const gchar *root, guint64 address, VdmaRegs *regs,
    VdmaGuardian *guardian, GError **error);

/** board_claims_get_keeper: the guardian, for xlnk_allocator_set_keeper(); with
 *  @data: (out) (transfer none). Returns: (nullable): there is none */
const XlnkKeeper *board_claims_get_keeper (VdmaShare *share, gpointer *data);

G_END_DECLS
