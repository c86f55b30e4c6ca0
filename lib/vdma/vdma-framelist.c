/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames of the stores: pure bookkeeping. */
#include "vdma-framelist.h"

static guint32
frame_list_bit (const VdmaFrameList *self, guint index)
{
  g_assert (index < self->n);
  return 1u << index;
}

void
vdma_frame_list_init (VdmaFrameList *self, guint n)
{
  g_assert (n >= 1 && n <= VDMA_MAX_STORES);
  *self = (VdmaFrameList){ .n = n };
}

void
vdma_frame_list_clear (VdmaFrameList *self)
{
  g_slist_free (self->mirrors);
  vdma_frame_list_init (self, self->n);
}

const VdmaFrame *
vdma_frame_list_get (const VdmaFrameList *self, guint index)
{
  return (self->filled & frame_list_bit (self, index)) ? &self->frame[index]
                                                       : NULL;
}

static void
frame_list_put (VdmaFrameList *self, guint index, const VdmaFrame *frame)
{
  guint32 bit = frame_list_bit (self, index);

  if (!(self->filled & bit) || self->frame[index].phys != frame->phys)
    self->dirty |= bit;
  self->filled |= bit;
  self->frame[index] = *frame;
}

void
vdma_frame_list_set (VdmaFrameList *self, guint index, const VdmaFrame *frame)
{
  guint32 bit = frame_list_bit (self, index);

  g_assert (!(self->owned & bit));
  frame_list_put (self, index, frame);
  self->owned |= bit;
  for (GSList *l = self->mirrors; l; l = l->next)
    frame_list_put (l->data, index, &(VdmaFrame){ .phys = frame->phys });
}

gboolean
vdma_frame_list_take (VdmaFrameList *self, guint index, VdmaFrame *frame)
{
  guint32 bit = frame_list_bit (self, index);

  if (!(self->owned & bit))
    return FALSE;
  self->owned &= ~bit;
  *frame = self->frame[index];
  self->frame[index].cookie = NULL;
  return TRUE;
}

gint
vdma_frame_list_next_dirty (VdmaFrameList *self)
{
  if (self->dirty == 0)
    return -1;
  gint index = __builtin_ctz (self->dirty);
  self->dirty &= self->dirty - 1;
  return index;
}

void
vdma_frame_list_touch (VdmaFrameList *self)
{
  self->dirty = self->filled;
}

guint32
vdma_frame_list_find (const VdmaFrameList *self, guint64 phys)
{
  guint32 found = 0;
  for (guint i = 0; i < self->n; i++) {
    if ((self->filled & (1u << i)) && self->frame[i].phys == phys)
      found |= 1u << i;
  }
  return found;
}

void
vdma_frame_list_add_mirror (VdmaFrameList *self, VdmaFrameList *mirror)
{
  g_assert (mirror != self && mirror->owned == 0 && mirror->n >= self->n);

  self->mirrors = g_slist_prepend (self->mirrors, mirror);
  for (guint i = 0; i < self->n; i++) {
    const VdmaFrame *frame = vdma_frame_list_get (self, i);
    if (frame)
      frame_list_put (mirror, i, &(VdmaFrame){ .phys = frame->phys });
  }
}

void
vdma_frame_list_remove_mirror (VdmaFrameList *self, VdmaFrameList *mirror)
{
  self->mirrors = g_slist_remove (self->mirrors, mirror);
}
