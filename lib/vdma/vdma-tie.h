/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of a tie share.
 *
 *   vdma-tie.c     the tie: begins, drives the display, ends
 *   vdma-follow.c  by genlock: the display's list follows the capture's
 *   vdma-held.c    memory that MM2S may still read */
#pragma once

#include "vdma-capture.h"

G_BEGIN_DECLS

#define VDMA_MAX_HELD (3 * VDMA_MAX_STORES)

/** VdmaHeld: memory that MM2S may still read. */
typedef struct {
  guint64 phys;
  guint64 free_at; /* of @moves; G_MAXUINT64: it still has the address */
  enum { VDMA_HELD_UNASKED, VDMA_HELD_SHARED, VDMA_HELD_TO_RELEASE } loan;
  VdmaFrame frame; /* of a loan */
} VdmaHeld;

struct VdmaTie {
  VdmaChannel *capture, *display;
  const VdmaEngine *engine; /* the display's own */
  const VdmaFrameOps *ops;  /* the display's own */
  gpointer ops_data;
  VdmaTieMode mode;    /* NONE: the display does not run */
  gboolean driving;    /* a call on the display is the tie's own */
  gboolean woken;      /* the display ended a wait */
  gboolean stuck;      /* MM2S does not halt: what it reads is kept for ever */
  gboolean failed;     /* no more tries in this run of the capture */
  guint64 quarantined; /* the display's frames, before the tie */
  guint store;         /* RdFrmStore as seen last */
  guint64 moves;       /* changes of it */
  guint64 launched;    /* of @moves: when the display was launched last */
  gint64 heard;        /* when the display gave a sign of life */
  gboolean has_newest;
  VdmaFrame newest; /* complete, not shown yet */
  guint n_held;
  VdmaHeld held[VDMA_MAX_HELD];
};

/** Returns: the tie in which @channel is the capture; NULL without one */
static inline VdmaTie *
vdma_tie_of_capture (const VdmaChannel *channel)
{
  return channel->tie && channel->tie->capture == channel ? channel->tie : NULL;
}

/* ---- vdma-held.c ---- */

VdmaHeld *vdma_held_find (VdmaTie *self, guint64 phys); /* (nullable) */
/** vdma_held_add: MM2S has the address @phys. Returns: never NULL */
VdmaHeld *vdma_held_add (VdmaTie *self, guint64 phys);
/** vdma_held_let_go: MM2S is out of held[@index]: whoever waits gets it. */
void vdma_held_let_go (VdmaTie *self, guint index);
/** vdma_held_let_go_until: of all that is free after @moves */
void vdma_held_let_go_until (VdmaTie *self, guint64 moves);
/** vdma_held_let_go_all: the display halted and reads nothing any more. */
void vdma_held_let_go_all (VdmaTie *self);

/* ---- vdma-follow.c ---- */

/** Returns: how the display of @self can follow: never NONE */
VdmaTieMode vdma_follow_choose (const VdmaTie *self);
/** Returns: whether genlock is what the display follows by, or will */
gboolean vdma_follow_is_chosen (const VdmaTie *self);
/** Returns: whether the store that the display would begin with, and those
 *  behind it, hold what S2MM brought and not empty frames */
gboolean vdma_follow_can_begin (const VdmaTie *self);
/** vdma_follow_update: after the capture's service: makes the lists equal. */
void vdma_follow_update (VdmaTie *self);
/** vdma_follow_plan_look: plans the look that some cores need. */
void vdma_follow_plan_look (VdmaTie *self, gboolean event);

G_END_DECLS
