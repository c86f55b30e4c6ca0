/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GstMemory that an AXI VDMA can be given: a physically contiguous block of
 * lib/xlnk, or a part of one. gstvdmaallocator.h makes it.
 *
 * CPU access is gst_memory_map() alone: it makes the CPU see what the device
 * wrote and, at unmap, the device what the CPU wrote, for exactly the range that
 * was mapped. Memory is legal to hold for ever: past its pool, its allocator,
 * the element and the board.
 *
 * Threads: all functions from any thread. */
#pragma once

#include <gst/gst.h>
#include <gst/video/video.h>

#include "hw-desc.h"
#include "xlnk.h"

G_BEGIN_DECLS

/** Name of the memory type where a block has no descriptor of its own; with one
 *  it is GST_ALLOCATOR_FD or GST_ALLOCATOR_DMABUF. gst_is_vdma_memory() knows all. */
#define GST_VDMA_MEMORY_TYPE "VdmaMemory"

/** Returns: whether @mem is memory of a GstVdmaAllocator, or shared from one */
gboolean gst_is_vdma_memory (GstMemory *mem);

/**
 * gst_vdma_memory_get_block:
 *
 * Whoever makes the device its owner makes somebody else its owner again before
 * the last reference goes: memory that dies as the device's is never freed.
 *
 * Returns: (transfer none): the whole block behind @mem, also when @mem is a
 *   part of it; for owners and statistics. NULL if not gst_is_vdma_memory()
 */
XlnkBlock *gst_vdma_memory_get_block (GstMemory *mem);

/**
 * gst_vdma_memory_get_phys:
 * @phys: (out): address of the first byte of @mem's data, 64 bits on every CPU
 *   (gst_phys_memory_get_phys_addr() has a pointer's width and answers 0 for
 *   what does not fit)
 *
 * Returns: FALSE if not gst_is_vdma_memory()
 */
gboolean gst_vdma_memory_get_phys (GstMemory *mem, guint64 *phys);

gboolean gst_vdma_memory_is_cacheable (GstMemory *mem);

/**
 * gst_vdma_memory_export_fd:
 * @offset: (out): where @mem's data starts inside the descriptor, in bytes
 *
 * For memory that is an fd memory of GStreamer gst_fd_memory_get_fd() does as
 * well: such is all memory whose backend has a descriptor for each block alone.
 *
 * Returns: a descriptor owned by the caller, or -1 with VDMA_ERROR_UNSUPPORTED
 */
gint gst_vdma_memory_export_fd (GstMemory *mem, gsize *offset, GError **error);

/* ---- buffers: can the hardware use this one as it is? ---- */

/** GstVdmaReach: why a buffer must be copied before hardware can use it. */
typedef enum {
  GST_VDMA_REACH_OK,
  GST_VDMA_REACH_N_MEMORIES, /* not exactly one memory */
  GST_VDMA_REACH_FOREIGN,    /* not memory of ours */
  GST_VDMA_REACH_CLOSED,     /* its block was freed by a reset */
  GST_VDMA_REACH_LAYOUT, /* another format or size, more than one plane, or a stride the core cannot do */
  GST_VDMA_REACH_TOO_SMALL,  /* the last line ends behind the memory */
  GST_VDMA_REACH_MISALIGNED, /* address or stride, without realignment engine */
  GST_VDMA_REACH_TOO_HIGH,   /* above the core's address width */
  GST_VDMA_N_REACHES,
} GstVdmaReach;

/** Returns: a few words for statistics and logs, e.g. "foreign memory"; nicks without blanks: gst_vdma_reach_to_nick() */
const gchar *gst_vdma_reach_to_string (GstVdmaReach reach);
/** Returns: a word for GstStructure fields, e.g. "foreign-memory" */
const gchar *gst_vdma_reach_to_nick (GstVdmaReach reach);

/**
 * gst_vdma_buffer_get_phys:
 * @buffer: any buffer
 * @info: what it holds; stride and offset count where it has no GstVideoMeta
 * @hsize: bytes of a line that the hardware will touch
 * @desc: the core
 * @dir: the channel
 * @phys: (out): address of the first byte of the first line
 * @stride: (out): bytes from line to line
 *
 * Costs no allocation and no system call: it may be asked for every frame.
 *
 * Returns: GST_VDMA_REACH_OK, or the first thing that is in the way (@phys and
 *   @stride are then not set)
 */
GstVdmaReach gst_vdma_buffer_get_phys (GstBuffer *buffer,
    const GstVideoInfo *info, guint hsize, const VdmaHwDesc *desc,
    VdmaDirection dir, guint64 *phys, guint *stride);

/** Returns: (transfer none) (nullable): the block of a buffer with exactly one memory, which is ours */
XlnkBlock *gst_vdma_buffer_get_block (GstBuffer *buffer);

/* ---- for GstVdmaAllocator ---- */

/**
 * gst_vdma_memory_install:
 * @allocator: whose memories' functions to set
 *
 * Makes @allocator one whose memories carry blocks.
 */
void gst_vdma_memory_install (GstAllocator *allocator);

/** gst_vdma_memory_install_phys: a GInterfaceInitFunc of GstPhysMemoryAllocator */
void gst_vdma_memory_install_phys (gpointer iface, gpointer unused);

/**
 * gst_vdma_memory_fd_allocator_new:
 *
 * Returns: (transfer full) (nullable): an allocator whose memories are fd
 *   memories (dma-bufs where the descriptors are); NULL when @memory has none
 */
GstAllocator *gst_vdma_memory_fd_allocator_new (XlnkAllocator *memory);

/**
 * gst_vdma_memory_wrap:
 * @allocator: where gst_vdma_memory_install() was done
 * @fd_allocator: (nullable): of gst_vdma_memory_fd_allocator_new()
 * @block: (transfer none)
 *
 * Returns: (transfer full): memory of the whole block: an fd memory when the
 *   block has a descriptor for itself alone, else memory of @allocator
 */
GstMemory *gst_vdma_memory_wrap (
    GstAllocator *allocator, GstAllocator *fd_allocator, XlnkBlock *block);

G_END_DECLS
