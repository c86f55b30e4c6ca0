/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where an interrupt ends: all that two descriptions can have in common. */
#pragma once

#include "hw-source.h"

static inline void
irq_check_same (const VdmaHwIrq *irq, const VdmaHwIrq *expected)
{
  g_assert_cmpint (irq->known, ==, expected->known);
  g_assert_cmpint (irq->spi, ==, expected->spi);
  g_assert_cmpint (irq->input, ==, expected->input);
  g_assert_cmpstr (irq->controller, ==, expected->controller);
  g_assert_cmpstr (irq->pin, ==, expected->pin);
  g_assert_cmphex (irq->base, ==, expected->base);
  g_assert_cmpuint (irq->n_inputs, ==, expected->n_inputs);
  g_assert_cmpint (irq->sense, ==, expected->sense);
  g_assert_cmpint (irq->cascaded, ==, expected->cascaded);
  g_assert_cmpint (irq->pulses, ==, expected->pulses);
}
