/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many frame times of a display its interrupts stand for. One that was waited
 * for stands for one. A late service finds one interrupt for all that came since the
 * last was cleared: there the time tells, in frame times. */
#pragma once

#include "vdma-private.h"

G_BEGIN_DECLS

/** VdmaTimes: of one run. */
typedef struct {
  gint64 last;     /* end of the last frame time counted; VDMA_NO_TIME: none */
  gint64 step;     /* an end that came a frame time behind the one before */
  gint64 cleared;  /* as of vdma_times_count() */
  guint64 counted; /* frame times behind @step */
  gint64 guessed;  /* until then an interrupt may be one that was counted */
  gint64 measured; /* between interrupts that came evenly; 0: none did */
} VdmaTimes;

/** vdma_times_begin: the channel is about to run. */
void vdma_times_begin (VdmaTimes *self);
/** Returns: whether it is about time for this service's interrupt, so that its line
 *  need not be asked what it fired for. Always where no period was told */
gboolean vdma_times_is_due (const VdmaTimes *self, const VdmaChannel *ch);
/**
 * vdma_times_count:
 * @cleared: behind the clear of this service's frame interrupt
 * @sure: the status had it, not its line alone
 *
 * Returns: frame times that ended and were not counted yet
 */
guint64 vdma_times_count (
    VdmaTimes *self, const VdmaChannel *ch, gint64 cleared, gboolean sure);

G_END_DECLS
