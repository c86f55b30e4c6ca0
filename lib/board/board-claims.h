/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes with having a channel of a real core: the lock that keeps other
 * processes out, and what stops the channel when this one dies: the crash guard
 * and, if it is wanted, the guardian. */
#pragma once

#include "io-guardian.h"
#include "io.h"

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
 * Returns: (transfer full)
 */
VdmaShare *board_claims_new (
    const gchar *root, guint64 address, VdmaRegs *regs, VdmaGuardian *guardian);

/** board_claims_keep: @fd: (transfer none): the guardian, if there is one, holds
 *  a copy until it has stopped the DMA */
void board_claims_keep (VdmaShare *share, gint fd);

G_END_DECLS
