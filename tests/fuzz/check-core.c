/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check-core.h"

#include <string.h>

#include "fuzz.h"

#define CHECK_MAX_NOTES 64

static void
check_text (const gchar *text)
{
  g_assert_true (!text || g_utf8_validate (text, -1, NULL));
}

static void
check_irq (const VdmaHwIrq *irq)
{
  g_assert_nonnull (memchr (irq->pin, '\0', sizeof irq->pin));
  g_assert_nonnull (memchr (irq->controller, '\0', sizeof irq->controller));
  check_text (irq->pin);
  check_text (irq->controller);
  g_assert_cmpint (irq->spi, >=, -1);
  g_assert_cmpint (irq->spi, <, 1020);
  g_assert_true (irq->known || (irq->spi < 0 && irq->input < 0));
}

/* With the number of stores said, a core without an error is one that the
 * driver may have. */
static void
check_resolve (const VdmaHwCore *core)
{
  VdmaHwChoice choice;
  GError *error = NULL;
  vdma_hw_choice_init (&choice);
  choice.field[VDMA_HW_STORES] = 4;
  VdmaHwCore *whole = vdma_hw_choice_resolve (&choice, core, "fuzzed", &error);
  fuzz_check_error (whole != NULL, error, TRUE);
  if (whole) {
    g_assert_true (vdma_hw_desc_validate (&whole->desc, NULL));
    g_assert_cmpuint (whole->desc.n_stores, ==, 4);
    g_assert_false (core->is_refused);
  }
  vdma_hw_core_free (whole);
}

static void
check_core (const VdmaHwCore *core)
{
  g_assert_nonnull (memchr (core->desc.name, '\0', sizeof core->desc.name));
  check_text (core->desc.name);
  check_text (core->source);
  check_text (core->node);
  check_text (core->full_name);
  check_text (core->compatible);
  g_assert_cmpuint (core->notes->len, <=, CHECK_MAX_NOTES);
  for (guint i = 0; i < core->notes->len; i++)
    check_text (g_ptr_array_index (core->notes, i));
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    check_irq (&core->irq[dir]);
  if (core->error)
    fuzz_check_error (FALSE, g_error_copy (core->error), TRUE);
  else
    g_assert_true (vdma_hw_desc_validate (&core->desc, NULL));
  g_autofree gchar *text = vdma_hw_core_describe (core);
  check_text (text);
  check_resolve (core);
}

void
check_cores (GPtrArray *cores, GError *error)
{
  fuzz_check_error (cores != NULL, error, TRUE);
  for (guint i = 0; cores && i < cores->len; i++)
    check_core (g_ptr_array_index (cores, i));
  g_clear_pointer (&cores, g_ptr_array_unref);
}
