/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list inside the frame cache: which frames wait for reuse, how many there
 * are in all, and who waits for one. Makes no frame and knows no memory.
 *
 * Threads: all functions but init and finish from any thread. One lock, held for
 * a few instructions; frames are freed without it. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/** GstVdmaFrameCounts: what happened since init. */
typedef struct {
  guint64 created;   /* frames made */
  guint64 reused;    /* frames handed out from the list */
  guint64 returned;  /* frames that came back */
  guint64 discarded; /* frames freed */
} GstVdmaFrameCounts;

typedef struct {
  GMutex lock;
  GCond
      changed; /* a frame is in the list, there is room for one, or flushing */
  GPtrArray *frames; /* GstBuffer, newest last: it is the warmest */
  guint capacity;
  guint max;         /* of all frames; 0: no limit */
  guint n_frames;    /* in the list, handed out, and being made */
  guint n_waiting;   /* threads that wait for a frame */
  gboolean flushing; /* nobody gets a frame */
  gboolean closing;  /* nothing is kept */
  GstVdmaFrameCounts counts;
} GstVdmaFrameCache;

/** gst_vdma_frame_cache_init: an empty list of capacity 0, flushing. */
void gst_vdma_frame_cache_init (GstVdmaFrameCache *self);
/** gst_vdma_frame_cache_finish: frees what is in the list. */
void gst_vdma_frame_cache_finish (GstVdmaFrameCache *self);

void gst_vdma_frame_cache_set_limits (
    GstVdmaFrameCache *self, guint capacity, guint max);
/** gst_vdma_frame_cache_set_flushing: TRUE ends all waits. */
void gst_vdma_frame_cache_set_flushing (
    GstVdmaFrameCache *self, gboolean flushing);
void gst_vdma_frame_cache_set_closing (
    GstVdmaFrameCache *self, gboolean closing);

/** GstVdmaTurn: what who wants a frame does next. */
typedef enum {
  GST_VDMA_TURN_REUSE, /* a frame of the list is yours */
  GST_VDMA_TURN_MAKE,  /* make one: it is counted already */
  GST_VDMA_TURN_NONE,  /* neither now */
  GST_VDMA_TURN_FLUSH, /* flushing */
} GstVdmaTurn;

/**
 * gst_vdma_frame_cache_take:
 * @may_make: whether a new frame would do
 * @may_wait: whether to wait while there is neither a frame nor room for one
 * @frame: (out) (transfer full): with REUSE
 */
GstVdmaTurn gst_vdma_frame_cache_take (GstVdmaFrameCache *self,
    gboolean may_make, gboolean may_wait, GstBuffer **frame);

/** gst_vdma_frame_cache_reserve: counts a frame that will be made in any case. */
void gst_vdma_frame_cache_reserve (GstVdmaFrameCache *self);
/** gst_vdma_frame_cache_made: the frame counted by MAKE or reserve exists, or will not. */
void gst_vdma_frame_cache_made (GstVdmaFrameCache *self, gboolean exists);
/** gst_vdma_frame_cache_reused: the frame of REUSE was good. */
void gst_vdma_frame_cache_reused (GstVdmaFrameCache *self);
/** gst_vdma_frame_cache_returned: a frame handed out came back. */
void gst_vdma_frame_cache_returned (GstVdmaFrameCache *self);

/**
 * gst_vdma_frame_cache_store:
 * @frame: (transfer full): if kept
 *
 * Returns: FALSE when full or closing
 */
gboolean gst_vdma_frame_cache_store (GstVdmaFrameCache *self, GstBuffer *frame);

/** gst_vdma_frame_cache_discard: (transfer full): frees a frame that is not in the list. */
void gst_vdma_frame_cache_discard (GstVdmaFrameCache *self, GstBuffer *frame);

/** Returns: (transfer full) (element-type GstBuffer): the list's frames, which
 *  leave it; discard each */
GPtrArray *gst_vdma_frame_cache_steal_all (GstVdmaFrameCache *self);

/** Returns: threads that wait in gst_vdma_frame_cache_take() now */
guint gst_vdma_frame_cache_get_n_waiting (GstVdmaFrameCache *self);

/** Returns: frames in the list now */
guint gst_vdma_frame_cache_get_counts (
    GstVdmaFrameCache *self, GstVdmaFrameCounts *counts);

G_END_DECLS
