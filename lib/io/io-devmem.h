/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Registers by /dev/mem (hardware.md 5.2): for machines without a driver. */
#pragma once

#include "io.h"

G_BEGIN_DECLS

/**
 * vdma_devmem_open_regs:
 * @root: (nullable): folder that stands for "/"
 * @address: physical, of the first register; a multiple of 4
 * @span: bytes of registers
 *
 * There is nothing that tells whether a core is at @address: an access to a part
 * of the FPGA that is not configured, or has no clock, may hang the machine.
 *
 * Errors: NOT_FOUND, PERMISSION (the kernel's three ways to refuse, each with
 * what helps), INVALID.
 * Returns: (transfer full) (nullable)
 */
VdmaRegs *vdma_devmem_open_regs (
    const gchar *root, guint64 address, guint span, GError **error);

G_END_DECLS
