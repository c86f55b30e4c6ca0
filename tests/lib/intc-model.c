/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "intc-model.h"

enum {
  ISR = 0x00,
  IPR = 0x04,
  IER = 0x08,
  IAR = 0x0c,
  SIE = 0x10,
  CIE = 0x14,
  IVR = 0x18,
  MER = 0x1c,
};

enum {
  ME = 1u << 0,
  HIE = 1u << 1,
};

static uint32_t
model_inputs (const IntcModel *self)
{
  return self->n_inputs >= 32 ? UINT32_MAX : (1u << self->n_inputs) - 1;
}

/* A level sets its bit as long as it is there; IAR only helps behind it. */
static void
model_sample_levels (IntcModel *self)
{
  if (self->mer & HIE)
    self->isr |= self->pins & ~self->kind;
}

void
intc_model_reset (IntcModel *self)
{
  self->isr = self->ier = self->mer = 0;
}

void
intc_model_set_pin (IntcModel *self, unsigned input, bool high)
{
  uint32_t bit = (1u << input) & model_inputs (self);
  bool rises = high && !(self->pins & bit);

  self->pins = high ? self->pins | bit : self->pins & ~bit;
  if (rises && (self->mer & HIE))
    self->isr |= bit & self->kind;
  model_sample_levels (self);
}

static uint32_t
model_get_vector (const IntcModel *self)
{
  uint32_t pending = self->isr & self->ier;
  for (uint32_t i = 0; i < self->n_inputs; i++) {
    if (pending & (1u << i))
      return i;
  }
  return UINT32_MAX;
}

uint32_t
intc_model_read (IntcModel *self, uint32_t offset)
{
  switch (offset) {
    case ISR:
      return self->isr;
    case IPR:
      return self->lacks_ipr ? 0 : self->isr & self->ier;
    case IER:
      return self->ier;
    case IVR:
      return model_get_vector (self);
    case MER:
      return self->mer;
    default: /* write only, or none */
      return 0;
  }
}

void
intc_model_write (IntcModel *self, uint32_t offset, uint32_t value)
{
  uint32_t bits = value & model_inputs (self);

  switch (offset) {
    case ISR: /* only as long as the inputs are off: for tests of software */
      if (!(self->mer & HIE))
        self->isr = bits;
      break;
    case IER:
      self->ier = bits;
      break;
    case IAR:
      self->isr &= ~bits;
      break;
    case SIE:
      if (!self->lacks_sie)
        self->ier |= bits;
      break;
    case CIE:
      if (!self->lacks_sie)
        self->ier &= ~bits;
      break;
    case MER: /* HIE is written once */
      self->mer = (value & (ME | HIE)) | (self->mer & HIE);
      break;
    default:
      break;
  }
  model_sample_levels (self);
}

bool
intc_model_get_output (const IntcModel *self)
{
  return (self->mer & ME) && (self->isr & self->ier);
}
