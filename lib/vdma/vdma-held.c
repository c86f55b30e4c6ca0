/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that MM2S may still read while it follows S2MM. A frame that the
 * application takes is shared until then, one that nobody wants is released
 * then. */
#include "vdma-tie.h"

VdmaHeld *
vdma_held_find (VdmaTie *self, guint64 phys)
{
  for (guint i = 0; i < self->n_held; i++)
    if (self->held[i].phys == phys)
      return &self->held[i];
  return NULL;
}

VdmaHeld *
vdma_held_add (VdmaTie *self, guint64 phys)
{
  VdmaHeld *held = vdma_held_find (self, phys);

  if (!held) {
    g_assert (self->n_held < VDMA_MAX_HELD);
    held = &self->held[self->n_held++];
    *held = (VdmaHeld){ .phys = phys };
  }
  held->free_at = G_MAXUINT64;
  return held;
}

void
vdma_held_let_go (VdmaTie *self, guint index)
{
  const VdmaFrameOps *ops = self->capture->ops;
  VdmaHeld held = self->held[index];

  self->held[index] = self->held[--self->n_held];
  if (held.loan == VDMA_HELD_SHARED)
    ops->unshare (self->capture->ops_data, &held.frame);
  else if (held.loan == VDMA_HELD_TO_RELEASE)
    ops->release (self->capture->ops_data, &held.frame);
}

void
vdma_held_let_go_until (VdmaTie *self, guint64 moves)
{
  for (guint i = self->n_held; i > 0; i--)
    if (self->held[i - 1].free_at <= moves)
      vdma_held_let_go (self, i - 1);
}

/* The display halted and reads nothing any more. */
void
vdma_held_let_go_all (VdmaTie *self)
{
  while (self->n_held > 0)
    vdma_held_let_go (self, self->n_held - 1);
}

/* Returns: what is known of @frame if MM2S may read it */
static VdmaHeld *
held_get (VdmaTie *self, const VdmaFrame *frame)
{
  VdmaHeld *held = vdma_held_find (self, frame->phys);

  if (!held && self->mode == VDMA_TIE_GENLOCK
      && vdma_frame_list_find (&self->display->list, frame->phys))
    held = vdma_held_add (self, frame->phys);
  if (held)
    held->frame = *frame;
  return held;
}

gboolean
vdma_tie_share (VdmaChannel *capture, const VdmaFrame *frame)
{
  VdmaTie *self = vdma_tie_of_capture (capture);
  VdmaHeld *held = self ? held_get (self, frame) : NULL;

  if (held)
    held->loan = VDMA_HELD_SHARED;
  return held != NULL;
}

gboolean
vdma_tie_keep (VdmaChannel *capture, const VdmaFrame *frame)
{
  VdmaTie *self = vdma_tie_of_capture (capture);
  VdmaHeld *held = self ? held_get (self, frame) : NULL;

  if (!held)
    return FALSE;
  held->loan = VDMA_HELD_TO_RELEASE;
  return TRUE;
}
