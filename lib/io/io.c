/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The common side of the register window and the interrupt line. */
#include "io.h"

#include "io-barrier.h"
#include "vdma-util.h"

guint32
vdma_regs_read (VdmaRegs *self, guint offset)
{
  g_return_val_if_fail (offset % 4 == 0, 0);
  g_return_val_if_fail (vdma_range_fits (offset, 4, self->span), 0);

  guint32 value = self->impl->read32 (self, offset);
  vdma_io_barrier_after_read ();
  return value;
}

void
vdma_regs_write (VdmaRegs *self, guint offset, guint32 value)
{
  g_return_if_fail (offset % 4 == 0);
  g_return_if_fail (vdma_range_fits (offset, 4, self->span));

  self->impl->write32 (self, offset, value);
}

void
vdma_regs_hand_over (VdmaRegs *self, guint offset, guint32 value)
{
  vdma_io_barrier_hand_over ();
  vdma_regs_write (self, offset, value);
}

void
vdma_regs_close (VdmaRegs *self)
{
  if (self)
    self->impl->close (self);
}

gboolean
vdma_irq_arm (VdmaIrq *self, GError **error)
{
  return self->impl->arm (self, error);
}

void
vdma_irq_hold (VdmaIrq *self, gint64 delay)
{
  self->impl->hold (self, delay);
}

gboolean
vdma_irq_consume (VdmaIrq *self, guint64 *count, GError **error)
{
  return self->impl->consume (self, count, error);
}

void
vdma_irq_tell (VdmaIrq *self, VdmaIrqNews news, gint64 value)
{
  if (self->impl->tell)
    self->impl->tell (self, news, value);
}

gint64
vdma_irq_get_period (VdmaIrq *self)
{
  return self->impl->get_period ? self->impl->get_period (self) : 0;
}

gint
vdma_irq_get_fd (VdmaIrq *self)
{
  return self->fd;
}

void
vdma_irq_close (VdmaIrq *self)
{
  if (self)
    self->impl->close (self);
}
