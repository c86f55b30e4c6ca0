/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sources that are filled from outside: by a test, or by the display. */
#pragma once

#include "sim-core.h"
#include "sim-source.h"
#include "sim.h"

G_BEGIN_DECLS

/* ---- feed: frames that a test pushed, each once ---- */

SimSource *sim_source_feed_new (void); /* (transfer full) */
/** sim_source_feed_push: copies @frame */
void sim_source_feed_push (SimSource *source, const SimFeedFrame *frame);
/** Returns: frames that were pushed and not begun */
guint sim_source_feed_get_length (const SimSource *source);

/* ---- loop: the display's last whole frame, as often as the camera wants ---- */

SimSource *sim_source_loop_new (void); /* (transfer full) */
/** sim_source_loop_push: the display took @line; @last: it ends its frame */
void sim_source_loop_push (
    SimSource *source, const SimLine *line, gboolean last);

G_END_DECLS
