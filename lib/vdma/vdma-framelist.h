/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frames of a channel's stores: which frame is where, who owns it, which
 * store's address still has to be written. Pure bookkeeping, no register; what
 * PYNQ's _FrameList did, without its side effects.
 *
 * One thread at a time. */
#pragma once

#include "vdma.h"

G_BEGIN_DECLS

/** VdmaFrameList: embedded in its user; made by vdma_frame_list_init(). */
typedef struct {
  guint n;         /* stores */
  guint32 filled;  /* bit k: store k has an address */
  guint32 owned;   /* bit k: the list owns the frame of store k */
  guint32 dirty;   /* bit k: the core has not been told yet */
  GSList *mirrors; /* (element-type VdmaFrameList) lists that follow */
  VdmaFrame frame[VDMA_MAX_STORES];
} VdmaFrameList;

/** vdma_frame_list_init: @n stores, 1..32, all empty. */
void vdma_frame_list_init (VdmaFrameList *self, guint n);

/** vdma_frame_list_clear: forgets everything; the user has taken what it owned. */
void vdma_frame_list_clear (VdmaFrameList *self);

/** Returns: (transfer none) (nullable): what store @index holds, owned or not */
const VdmaFrame *vdma_frame_list_get (const VdmaFrameList *self, guint index);

/**
 * vdma_frame_list_set:
 * @frame: (transfer full): from now on in store @index
 *
 * The store's former frame must have been taken or must not be owned. Mirrors
 * get the address, not the frame. A store that already has the address is not
 * dirty by it.
 */
void vdma_frame_list_set (
    VdmaFrameList *self, guint index, const VdmaFrame *frame);

/**
 * vdma_frame_list_take:
 *
 * Takes the frame of store @index out of the list's ownership. The store keeps
 * the address until another one is set: the hardware never sees an invalid one.
 *
 * Returns: FALSE when the list does not own a frame there
 */
gboolean vdma_frame_list_take (
    VdmaFrameList *self, guint index, VdmaFrame *frame);

/** Returns: the lowest dirty store, which is clean afterwards; -1 when none is */
gint vdma_frame_list_next_dirty (VdmaFrameList *self);

/** vdma_frame_list_touch: every filled store is dirty, e.g. after a reset. */
void vdma_frame_list_touch (VdmaFrameList *self);

/**
 * vdma_frame_list_find:
 * @phys: an address
 *
 * Returns: bit k is set when store k has that address
 */
guint32 vdma_frame_list_find (const VdmaFrameList *self, guint64 phys);

/**
 * vdma_frame_list_add_mirror:
 * @mirror: (transfer none): must own nothing; at least as many stores as @self
 *
 * @mirror gets the addresses of @self now and with every set. It never owns the
 * frames, and its user must program it before @self's frames may go away.
 */
void vdma_frame_list_add_mirror (VdmaFrameList *self, VdmaFrameList *mirror);
void vdma_frame_list_remove_mirror (VdmaFrameList *self, VdmaFrameList *mirror);

G_END_DECLS
