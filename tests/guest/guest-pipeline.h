/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tests of the elements in a guest share: the emulated board and
 * pipelines on it. The plugin is the one that GStreamer loads by name. */
#pragma once

#include <gst/app/app.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include "guest-bench.h"

G_BEGIN_DECLS

/* A loaded machine that emulates another is slow; nothing here takes a tenth. */
#define GUEST_PATIENCE (60 * GST_SECOND)

/**
 * guest_init: once, before all tests.
 *
 * From the environment: GUEST_UIO, the board's folder in sysfs; GUEST_DEVICE and
 * GUEST_MEMORY, what the elements' properties are set to where a pipeline's text
 * has $device and $memory.
 */
void guest_init (int *argc, char ***argv);
/** guest_init_board: the same without GStreamer, for who forks */
void guest_init_board (int *argc, char ***argv);

/** guest_rebuild: the board anew, as bench_rebuild(); where GUEST_INTC is set its
 *  interrupts go by a controller, of which these inputs take an edge */
void guest_rebuild (const gchar *options);
/** guest_bench: (transfer none): the board's bench */
Bench *guest_bench (void);
const gchar *guest_device (void);
const gchar *guest_memory (void);
/** guest_has_dmabufs: whether frames in that memory are dma-bufs: huge pages are
 *  where the kernel has /dev/udmabuf for them */
gboolean guest_has_dmabufs (void);

/** guest_launch: Returns: (transfer full): a pipeline; $device and $memory in @text are replaced */
GstElement *guest_launch (const gchar *text);
GstElement *guest_get (
    GstElement *pipeline, const gchar *name); /* (transfer full) */
/** guest_wait: Returns: (transfer full): the next message of @types; an error not asked for fails the test */
GstMessage *guest_wait (GstElement *pipeline, GstMessageType types);
/** guest_play: to PLAYING, and waits for it */
void guest_play (GstElement *pipeline);
/** guest_stop: (transfer full): to NULL, and away */
void guest_stop (GstElement *pipeline);
/** guest_run: plays @pipeline to its end; it stays in PLAYING */
void guest_run (GstElement *pipeline);
/** Returns: a field of the property "stats" of the element @name; 0 where there is none */
guint64 guest_stat (
    GstElement *pipeline, const gchar *name, const gchar *field);

/** guest_assert_accounts: to NULL; then those of the vdmasrc @name, by
 *  guest_accounts_judge_capture() */
void guest_assert_accounts (GstElement *pipeline, const gchar *name);
/** guest_assert_display_accounts: to NULL; then those of the vdmasink @name, by
 *  guest_accounts_judge_display() */
void guest_assert_display_accounts (GstElement *pipeline, const gchar *name);

/** GuestSeen: frames of the counter pattern, as they come; zeroed before the
 *  first. What the camera sends to a core that does not run has no OFFSET; the
 *  frame behind it says so by DISCONT. */
typedef struct {
  guint n;
  guint64 number, offset; /* of the last one */
  guint64 gaps;           /* numbers that are missing beyond what OFFSET says */
  guint64 restarts;       /* the same at a frame with DISCONT */
  guint n_dmabufs;
} GuestSeen;

/**
 * guest_see: judges a frame of the counter pattern: it must be whole, and newer
 * than the last one.
 */
void guest_see (GuestSeen *seen, GstSample *sample);
/** Returns: whether the frame is one dma-buf */
gboolean guest_is_dmabuf (GstBuffer *buffer);
/** guest_see_from: pulls and judges @n frames from the appsink @name */
void guest_see_from (
    GuestSeen *seen, GstElement *pipeline, const gchar *name, guint n);

G_END_DECLS
