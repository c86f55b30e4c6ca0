/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the elements share: a simulated board whose time is virtual
 * and whose memory is strict, and pipelines on it. */
#pragma once

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/video/video.h>

#include "sim.h"

G_BEGIN_DECLS

/** check_elements_init: registers the elements; once, before all tests. */
void check_elements_init (void);

/**
 * check_board_open:
 * @options: (nullable): besides pace=virtual and coherency=strict
 *
 * Returns: (transfer full): the board that elements find as "sim:check"
 */
SimBoard *check_board_open (const gchar *options);

/** check_board_close: (transfer full): nothing happened on it that hardware would not have borne. */
void check_board_close (SimBoard *board);

void check_board_get_truth (
    SimBoard *board, VdmaDirection dir, SimChannelTruth *truth);

/** check_launch: Returns: (transfer full): a pipeline from a text as for gst-launch-1.0 */
GstElement *check_launch (const gchar *format, ...) G_GNUC_PRINTF (1, 2);
GstElement *check_get (
    GstElement *pipeline, const gchar *name); /* (transfer full) */

/** check_wait: Returns: (transfer full): the next message of @types; fails the test at an error not asked for */
GstMessage *check_wait (GstElement *pipeline, GstMessageType types);
/** check_run: plays @pipeline to its end, then sets it to NULL */
void check_run (GstElement *pipeline);
/** check_stop: (transfer full): to NULL, and away */
void check_stop (GstElement *pipeline);

/** check_message_has: an error @message holds all of @parts (array zero-terminated) */
void check_message_has (GstMessage *message, const gchar *const *parts);

/**
 * check_expect_error:
 * @parts: (array zero-terminated): what the message must hold
 *
 * Plays @pipeline, waits for an error of element @name, and sets it to NULL: it
 * must have been the element's only one.
 */
void check_expect_error (
    GstElement *pipeline, const gchar *name, const gchar *const *parts);

/**
 * check_offered_pool:
 * @text: caps that @sink has
 * @min: (out): frames that it asks for at least
 *
 * Returns: (transfer full): the pool that the vdmasink of @sink offers, active
 */
GstBufferPool *check_offered_pool (
    GstHarness *sink, const gchar *text, guint *min);
/** check_acquire: Returns: (transfer full): a frame of @pool, full of @byte */
GstBuffer *check_acquire (GstBufferPool *pool, guint8 byte);

/** check_assert_accounts: "stats" of the stopped vdmasrc @src, on @board alone: frames
 *  are the delivered and the lost ones, and but for those that a halted core missed
 *  as many as it began. The driver's accounts are judged when a channel is
 *  released, in every program that links this file (support/board-accounts.c) */
void check_assert_accounts (GstElement *src, SimBoard *board);

/** check_stat: Returns: a field of the property "stats" of @element; 0 where there is none */
guint64 check_stat (GstElement *element, const gchar *field);

G_END_DECLS
