/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The common side of sharing. */
#include "io-share.h"

gboolean
vdma_share_claim (VdmaShare *self, guint channel, GError **error)
{
  return self->impl->claim (self, channel, error);
}

void
vdma_share_release (VdmaShare *self, guint channel)
{
  self->impl->release (self, channel);
}

void
vdma_share_enter (VdmaShare *self)
{
  self->impl->enter (self);
}

void
vdma_share_leave (VdmaShare *self)
{
  self->impl->leave (self);
}

void
vdma_share_close (VdmaShare *self)
{
  if (self)
    self->impl->close (self);
}
