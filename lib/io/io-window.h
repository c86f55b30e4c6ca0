/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A register window that is a mapping of a file: of a UIO device, of a PCI
 * resource, of /dev/mem. Accesses are plain aligned loads and stores, so the
 * crash guard can use it. */
#pragma once

#include "io.h"

G_BEGIN_DECLS

/**
 * VdmaWindowPlace: where in a file the registers are.
 * @offset: as mmap() takes it; a multiple of the page size
 * @delta: bytes from there to the first register
 * @span: bytes of registers
 */
typedef struct {
  guint64 offset;
  gsize delta;
  guint span;
} VdmaWindowPlace;

/**
 * vdma_window_map:
 * @name: static storage: of the kind, as VdmaRegsImpl.name
 * @fd: (transfer full): opened for reading and writing; closed on failure too
 * @path: of @fd, for messages
 *
 * Errors: as mmap() says; INVALID (a place that no file can have, or that this
 * one ends before).
 * Returns: (transfer full) (nullable)
 */
VdmaRegs *vdma_window_map (const gchar *name, gint fd, const gchar *path,
    const VdmaWindowPlace *place, GError **error);

/** Returns: whether @regs are such a window */
gboolean vdma_window_is (VdmaRegs *regs);

/**
 * vdma_window_get_file:
 * @place: (out): where in the file
 *
 * Returns: the file's descriptor; the window's
 */
gint vdma_window_get_file (VdmaRegs *regs, VdmaWindowPlace *place);

G_END_DECLS
