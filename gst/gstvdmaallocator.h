/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Contiguous memory of lib/xlnk as a GstAllocator.
 *
 * Threads: all functions from any thread. */
#pragma once

#include <gst/gst.h>
#include <gst/video/video.h>

#include "board.h"
#include "gstvdmamemory.h"
#include "xlnk.h"

G_BEGIN_DECLS

#define GST_TYPE_VDMA_ALLOCATOR (gst_vdma_allocator_get_type ())
G_DECLARE_FINAL_TYPE (
    GstVdmaAllocator, gst_vdma_allocator, GST, VDMA_ALLOCATOR, GstAllocator)

/* ---- allocator ---- */

/**
 * gst_vdma_allocator_new:
 * @memory: (transfer none): where blocks come from
 * @caching: what gst_allocator_alloc() asks for
 * @phys_limit: the highest physical address a byte may have:
 *   vdma_hw_desc_get_phys_limit()
 *
 * gst_allocator_alloc() honours alignment, prefix, padding and the flags for
 * zeroed prefix and padding. The alignment holds for the physical address; up to
 * the page size it holds for the pointer as well.
 *
 * Returns: (transfer full): a GstVdmaAllocator, not floating
 */
GstAllocator *gst_vdma_allocator_new (
    XlnkAllocator *memory, XlnkCaching caching, guint64 phys_limit);

/**
 * gst_vdma_allocator_new_for_board:
 * @board: (transfer none): whose memory and whose core's limit to use
 *
 * Opens the board's memory with the first allocation and not before; all
 * allocators of a board share it. Once it is open @board is let go: neither the
 * allocator nor memory of it keeps the device busy.
 *
 * Returns: (transfer full): a GstVdmaAllocator, not floating
 */
GstAllocator *gst_vdma_allocator_new_for_board (
    Board *board, XlnkCaching caching);

XlnkCaching gst_vdma_allocator_get_caching (GstVdmaAllocator *self);

/**
 * gst_vdma_allocator_get_memory:
 *
 * Returns: (transfer full) (nullable): the memory behind, opened if need be;
 *   for statistics
 */
XlnkAllocator *gst_vdma_allocator_get_memory (
    GstVdmaAllocator *self, GError **error);

/**
 * gst_vdma_allocator_alloc:
 * @params: (nullable): as for gst_allocator_alloc()
 * @caching: instead of the allocator's own
 *
 * gst_allocator_alloc() with a reason. Errors: those of xlnk_alloc() and of the
 * opening of the memory; INVALID when size, prefix and padding overflow.
 *
 * Returns: (transfer full) (nullable)
 */
GstMemory *gst_vdma_allocator_alloc (GstVdmaAllocator *self, gsize size,
    const GstAllocationParams *params, XlnkCaching caching, GError **error);

G_END_DECLS
