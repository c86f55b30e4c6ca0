/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares the frames that come out of a video path with those that went in,
 * byte by byte. */
#pragma once

#include <gst/video/video.h>

G_BEGIN_DECLS

typedef struct FrameCompare FrameCompare;

/**
 * FrameCompareCounts:
 * @sent: frames that went in
 * @received: frames that came out
 * @distinct: sent frames that came out at least once
 * @repeated: frames that came out again, right after themselves
 * @skipped: sent frames that later ones overtook: they are lost
 * @waiting: sent frames that may still come
 * @different: frames that came out and equal none of those that went in
 */
typedef struct {
  guint64 sent;
  guint64 received;
  guint64 distinct;
  guint64 repeated;
  guint64 skipped;
  guint64 waiting;
  guint64 different;
} FrameCompareCounts;

/**
 * frame_compare_new:
 * @depth: how many of the latest sent frames are kept to compare with
 */
FrameCompare *frame_compare_new (guint depth);
void frame_compare_free (FrameCompare *self); /* (nullable) */

/** frame_compare_sent: keeps a copy of a frame that goes in. Any thread. */
void frame_compare_sent (FrameCompare *self, const GstVideoFrame *frame);

/** FrameCompareResult: what a frame that came out is. */
typedef enum {
  FRAME_COMPARE_NEW,       /* equals a frame sent, later than the one before */
  FRAME_COMPARE_REPEATED,  /* equals the one before */
  FRAME_COMPARE_DIFFERENT, /* equals none of those sent */
} FrameCompareResult;

/**
 * frame_compare_received: looks a frame that came out up among those sent,
 * which it may repeat or skip, but neither reorder nor change. Any thread.
 */
FrameCompareResult frame_compare_received (
    FrameCompare *self, const GstVideoFrame *frame);

void frame_compare_get_counts (FrameCompare *self, FrameCompareCounts *counts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FrameCompare, frame_compare_free)

G_END_DECLS
