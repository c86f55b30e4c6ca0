/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What xlnk.h promises of memory that is kept when a process dies, as tests: a
 * keeper that counts. */
#pragma once

#include "xlnk.h"

G_BEGIN_DECLS

/** KeeperWants: what a kind of memory has to give to its keeper. */
typedef enum {
  KEEPER_WANTS_NOTHING, /* it stays reserved */
  KEEPER_WANTS_ALL,     /* one descriptor for all of it */
  KEEPER_WANTS_EACH,    /* one for each allocation */
} KeeperWants;

/** keeper_rig_add: tests of a kind of memory; @open: as xlnk_contract_add() */
void keeper_rig_add (
    const gchar *name, XlnkAllocator *(*open) (void), KeeperWants wants);

/** Returns: (transfer full): a copy of the one descriptor that a keeper of
 *  @allocator is given for a block of it */
gint keeper_rig_get_kept (XlnkAllocator *allocator, gsize size);

G_END_DECLS
