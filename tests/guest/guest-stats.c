/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The accounts of elements, by what they say in their property "stats". */
#include "guest-accounts.h"
#include "guest-pipeline.h"

static gboolean
guest_say_loss (GQuark field, const GValue *value, gpointer data)
{
  const gchar *name = g_quark_to_string (field);
  if (g_str_has_prefix (name, "lost-") && G_VALUE_HOLDS_UINT64 (value)
      && g_value_get_uint64 (value) > 0)
    g_string_append_printf (
        data, ", %" G_GUINT64_FORMAT " %s", g_value_get_uint64 (value), name);
  return TRUE;
}

/* Returns: (transfer full): losses by cause */
static gchar *
guest_describe_losses (GstElement *pipeline, const gchar *name)
{
  g_autoptr (GstElement) element = guest_get (pipeline, name);
  g_autoptr (GstStructure) stats = NULL;
  GString *text = g_string_new (NULL);
  g_object_get (element, "stats", &stats, NULL);
  gst_structure_foreach (stats, guest_say_loss, text);
  return g_string_free (text, FALSE);
}

static GuestAccounts
guest_get_accounts (GstElement *pipeline, const gchar *name)
{
  g_autofree gchar *losses = guest_describe_losses (pipeline, name);
  g_test_message ("%s%s", name, losses);
  return (GuestAccounts){
    .frames = guest_stat (pipeline, name, "frames"),
    .delivered = guest_stat (pipeline, name, "delivered"),
    .lost = guest_stat (pipeline, name, "lost"),
    .halted = guest_stat (pipeline, name, "lost-halted"),
    .recoveries = guest_stat (pipeline, name, "recoveries"),
    .interrupts = guest_stat (pipeline, name, "interrupts"),
  };
}

void
guest_assert_accounts (GstElement *pipeline, const gchar *name)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  GuestAccounts accounts = guest_get_accounts (pipeline, name);
  guest_accounts_judge_capture (guest_bench (), &accounts);
}

void
guest_assert_display_accounts (GstElement *pipeline, const gchar *name)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  GuestAccounts accounts = guest_get_accounts (pipeline, name);
  guest_accounts_judge_display (guest_bench (), &accounts);
}
