/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hw-rig.h"

#include <string.h>

void
hw_rig_check_says (const VdmaHwCore *core, const HwSaid *says, guint n,
    const VdmaHwOrigin *origin)
{
  for (guint i = 0; i < n && (says[i].field != 0 || says[i].value != 0); i++) {
    const guint field = says[i].field;
    g_test_message ("%s", vdma_hw_field_name (field));
    g_assert_cmpuint (vdma_hw_core_get (core, field), ==, says[i].value);
    g_assert_cmpint (
        core->origin[field], ==, origin ? *origin : says[i].origin);
  }
}

void
hw_rig_check_irq (const VdmaHwIrq *irq, const VdmaHwIrq *expected)
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

void
hw_rig_check_irqs (const VdmaHwCore *core, const VdmaHwIrq *expected)
{
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    hw_rig_check_irq (&core->irq[dir], &expected[dir]);
}

void
hw_rig_check_notes (const VdmaHwCore *core, const gchar *note)
{
  gboolean found = FALSE;
  for (guint i = 0; i < core->notes->len; i++) {
    const gchar *text = g_ptr_array_index (core->notes, i);
    g_test_message ("note: %s", text);
    found = found || (note && strstr (text, note));
  }
  g_assert_true (found || (!note && core->notes->len == 0));
}

void
hw_rig_check_error (const VdmaHwCore *core, const gchar *says)
{
  if (core->error)
    g_test_message ("%s", core->error->message);
  g_assert_cmpint (core->error != NULL, ==, says != NULL);
  if (!says)
    return;
  g_assert_nonnull (strstr (core->error->message, says));
  g_assert_true (g_utf8_validate (core->error->message, -1, NULL));
}

gchar *
hw_rig_fill_in (const gchar *text, const gchar *fixtures, const gchar *tree)
{
  g_auto (GStrv) by_fixture = g_strsplit (text, "%F", -1);
  g_autofree gchar *with_fixture = g_strjoinv (fixtures, by_fixture);
  g_auto (GStrv) by_tree = g_strsplit (with_fixture, "%T", -1);
  return g_strjoinv (tree, by_tree);
}

void
hw_rig_add (const gchar *group, const gchar *name, gconstpointer data,
    GTestDataFunc func)
{
  g_autofree gchar *last = g_strdelimit (g_strdup (name), "/", '-');
  g_autofree gchar *path = g_strconcat (group, "/", last, NULL);
  g_test_add_data_func (path, data, func);
}
