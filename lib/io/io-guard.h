/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The crash guard: when the process dies by a fatal signal, DMA engines that it
 * left running are stopped before its memory goes to somebody else.
 *
 * Only for registers that a signal handler may write (VdmaRegsImpl.signal_safe):
 * a simulated board dies with the process and needs none of this. */
#pragma once

#include "io.h"

G_BEGIN_DECLS

#define VDMA_GUARD_MAX_WRITES 64

/**
 * vdma_guard_add:
 * @regs: (transfer none): must stay open until vdma_guard_remove()
 * @offset, @value: the write that stops the engine (CR with Reset)
 *
 * From now on @value is written to @offset when SIGSEGV, SIGBUS, SIGILL, SIGFPE
 * or SIGABRT arrives; then whatever handled that signal before handles it. The
 * first call in a process takes the signals over and keeps them. Any thread.
 *
 * Returns: FALSE when @regs cannot be written from a signal handler, or
 *   VDMA_GUARD_MAX_WRITES are guarded already
 */
gboolean vdma_guard_add (VdmaRegs *regs, guint offset, guint32 value);

/** vdma_guard_remove: undoes vdma_guard_add() of @regs and @offset; a no-op without one. Any thread. */
void vdma_guard_remove (VdmaRegs *regs, guint offset);

/** vdma_guard_fire: makes all guarded writes now; async-signal-safe, for an
 *  application that handles fatal signals itself. */
void vdma_guard_fire (void);

G_END_DECLS
