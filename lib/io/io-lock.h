/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Advisory locks between processes that use one core.
 *
 * A core has a lock file, named by the address of its registers, in the first of
 * these folders that it can be made in: /run/lock, $XDG_RUNTIME_DIR. Parts of
 * the file are locked by the kernel (open file description locks), which ends
 * them with the process however it dies; who has a part is written there. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define VDMA_LOCK_PARTS 3 /* two channels, and the register that they share */
/* ns; a guardian takes a third at most until it lets go (guardian.c) */
#define VDMA_LOCK_GUARDIAN_LIMIT G_GINT64_CONSTANT (3000000000)

typedef struct VdmaLock VdmaLock;

/**
 * vdma_lock_open:
 * @root: (nullable): folder that stands for "/"
 * @address: physical, of the core's registers
 *
 * Errors: PERMISSION or NOT_FOUND: no folder to make the file in; names them.
 * Returns: (transfer full) (nullable)
 */
VdmaLock *vdma_lock_open (const gchar *root, guint64 address, GError **error);
void vdma_lock_close (VdmaLock *self); /* (nullable): ends what is held */

/** vdma_lock_set_guardian: process that keeps what is taken from now on when this
 *  one dies (vdma_lock_get_fd()); 0: none. Others are told */
void vdma_lock_set_guardian (VdmaLock *self, glong pid);
/** vdma_lock_take: waits for the guardian of a process that died, up to
 *  VDMA_LOCK_GUARDIAN_LIMIT, for nobody else.
 *  Errors: BUSY, naming the holder's process, or its guardian's; and the system's */
gboolean vdma_lock_take (VdmaLock *self, guint part, GError **error);
/** vdma_lock_wait: as vdma_lock_take(), up to @limit ns; FALSE when it did not come */
gboolean vdma_lock_wait (VdmaLock *self, guint part, gint64 limit);
/** Returns: a descriptor that keeps what is held for as long as it is open; the lock's */
gint vdma_lock_get_fd (VdmaLock *self);
void vdma_lock_give (VdmaLock *self, guint part);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VdmaLock, vdma_lock_close)

G_END_DECLS
