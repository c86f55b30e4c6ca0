/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guardian: a small process that stops DMA engines when this one dies without
 * a word, SIGKILL included. It holds the registers, the memory and the locks
 * until that is done. The crash guard (io-guard.h) does the same for signals
 * that can be caught, from inside. */
#pragma once

#include "io.h"

G_BEGIN_DECLS

typedef struct VdmaGuardian VdmaGuardian;

/**
 * vdma_guardian_start:
 * @regs: (transfer none): a window of io-window.h; only now
 *
 * Starts the program that the environment variable GST_VDMA_GUARDIAN names, or
 * the one that was installed. Safe in a process with threads.
 *
 * Errors: NOT_FOUND (no such program), UNSUPPORTED (@regs are no mapping),
 * FAILED, TIMEOUT (it does not answer).
 * Returns: (transfer full) (nullable)
 */
VdmaGuardian *vdma_guardian_start (VdmaRegs *regs, GError **error);

/** vdma_guardian_stop: (nullable): in good order: nothing is written */
void vdma_guardian_stop (VdmaGuardian *self);

/** vdma_guardian_arm: @value is written to @offset when this process is gone; any thread */
void vdma_guardian_arm (VdmaGuardian *self, guint offset, guint32 value);
void vdma_guardian_disarm (VdmaGuardian *self, guint offset);

/**
 * vdma_guardian_keep:
 * @number: any that is not in use
 * @fd: (transfer none)
 *
 * A copy of @fd stays open until the writes are done, or vdma_guardian_forget();
 * when this returns the guardian has it. What was kept first is closed last, as
 * long as it is not forgotten. Any thread.
 * Errors: FAILED (it has as many as it can keep, or is gone), TIMEOUT.
 */
gboolean vdma_guardian_keep (
    VdmaGuardian *self, guint64 number, gint fd, GError **error);
/** vdma_guardian_forget: when this returns the copy is closed; any thread */
void vdma_guardian_forget (VdmaGuardian *self, guint64 number);

/** Returns: its process */
glong vdma_guardian_get_pid (VdmaGuardian *self);

G_END_DECLS
