/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One input of an AXI interrupt controller (PG099) that no driver of the kernel
 * serves: its output is the line of a UIO device, its registers are ours.
 *
 * Each input of a process is opened for itself, and the kernel tells each opening
 * of each interrupt. So two channels are the same to each other as two processes:
 * they share no memory and no lock, only registers, and of these each touches
 * nothing but its own bit. */
#pragma once

#include "io.h"

G_BEGIN_DECLS

#define VDMA_INTC_MAX_INPUTS 32
#define VDMA_INTC_SPAN       0x20u /* bytes of registers that are needed */

/**
 * VdmaIntcInput:
 * @number: of the input, from 0
 * @n_inputs: C_NUM_INTR_INPUTS; 0: not known
 * @is_high: (nullable): whether the channel asks for an interrupt at this moment;
 *   called by who arms. Not needed for an input that is known to take a level
 *   (its bit of C_KIND_OF_INTR is 0)
 * @data: for @is_high; outlives the line
 * @what: the controller, for messages: "'fabric' (/dev/uio0)"
 */
typedef struct {
  guint number;
  guint n_inputs;
  gboolean (*is_high) (gpointer data);
  gpointer data;
  const gchar *what;
} VdmaIntcInput;

/**
 * vdma_intc_open_irq:
 * @line: (transfer full): of the controller's output; closed on failure too
 * @regs: (transfer full): of the controller; closed on failure too
 *
 * Switches the controller on (MER); the input itself with the first
 * vdma_irq_arm(), and off with VDMA_IRQ_END and at the close. Arming fails with
 * UNSUPPORTED where the controller has no such input, or no SIE and CIE.
 *
 * While another process is late with its own input, this one looks at the
 * controller once a millisecond until it is served: an input whose process was
 * killed costs that for ever, and delays this one by a millisecond at most. A
 * fatal signal that can be caught disables the input (io-guard.h).
 *
 * Errors: INVALID (no such input), UNSUPPORTED (no AXI interrupt controller).
 * Returns: (transfer full) (nullable)
 */
VdmaIrq *vdma_intc_open_irq (
    VdmaIrq *line, VdmaRegs *regs, const VdmaIntcInput *input, GError **error);

/** vdma_intc_find_kernel_driver: (transfer full) (nullable): a file below @root
 *  that says that a driver of the kernel serves such controllers */
gchar *vdma_intc_find_kernel_driver (const gchar *root);

G_END_DECLS
