/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The AXI interrupt controller as PG099 describes it: hardware, of which no driver
 * knows anything but its registers. Inputs are active high or rising. Plain C,
 * without clock and thread, for any host. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/**
 * IntcModel: all but the options is the model's.
 * @n_inputs: C_NUM_INTR_INPUTS, 1 to 32
 * @kind: C_KIND_OF_INTR: 1: edge
 * @lacks_ipr, @lacks_sie: C_HAS_IPR, C_HAS_SIE and C_HAS_CIE are 0
 */
typedef struct {
  unsigned n_inputs;
  uint32_t kind;
  bool lacks_ipr, lacks_sie;
  uint32_t pins;
  uint32_t isr, ier, mer;
} IntcModel;

/** intc_model_reset: the options stay, and so do the pins */
void intc_model_reset (IntcModel *self);
void intc_model_set_pin (IntcModel *self, unsigned input, bool high);
uint32_t intc_model_read (IntcModel *self, uint32_t offset);
void intc_model_write (IntcModel *self, uint32_t offset, uint32_t value);
/** Returns: level of the output (C_IRQ_IS_LEVEL) */
bool intc_model_get_output (const IntcModel *self);
