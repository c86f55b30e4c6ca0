/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Findings, as text for people and as JSON for programs. */
#include "doctor.h"

#include <json-glib/json-glib.h>

static const struct {
  const gchar *name;
  const gchar *mark;
} report_levels[DOCTOR_N_LEVELS] = {
  [DOCTOR_OK] = { "ok", "ok     " },
  [DOCTOR_ADVICE] = { "advice", "advice " },
  [DOCTOR_PROBLEM] = { "problem", "PROBLEM" },
};

void
doctor_say (Doctor *self, DoctorLevel level, const gchar *topic, gchar *remedy,
    const gchar *format, ...)
{
  DoctorFinding *finding = g_new0 (DoctorFinding, 1);
  va_list args;

  finding->level = level;
  finding->topic = topic;
  finding->remedy = remedy;
  va_start (args, format);
  finding->text = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (self->findings, finding);
}

guint
doctor_count (const Doctor *self, DoctorLevel level)
{
  guint n = 0;
  for (guint i = 0; i < self->findings->len; i++) {
    const DoctorFinding *finding = g_ptr_array_index (self->findings, i);
    n += finding->level == level;
  }
  return n;
}

/* ---- text ---- */

static void
report_add_remedy (GString *text, const gchar *remedy)
{
  g_auto (GStrv) lines = g_strsplit (remedy, "\n", -1);

  for (guint i = 0; lines[i]; i++)
    g_string_append_printf (
        text, lines[i][0] ? "            %s\n" : "%s\n", lines[i]);
}

static void
report_add_count (GString *text, guint n, const gchar *one, const gchar *many)
{
  g_string_append_printf (text, "%u %s", n, n == 1 ? one : many);
}

gchar *
doctor_to_text (const Doctor *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->findings->len; i++) {
    const DoctorFinding *finding = g_ptr_array_index (self->findings, i);
    g_string_append_printf (text, "%s  %-9s %s\n",
        report_levels[finding->level].mark, finding->topic, finding->text);
    if (finding->remedy)
      report_add_remedy (text, finding->remedy);
  }
  report_add_count (
      text, doctor_count (self, DOCTOR_PROBLEM), "problem", "problems");
  g_string_append (text, ", ");
  report_add_count (text, doctor_count (self, DOCTOR_ADVICE), "piece of advice",
      "pieces of advice");
  g_string_append_c (text, '\n');
  return g_string_free (text, FALSE);
}

/* ---- JSON ---- */

static void
report_build_string (
    JsonBuilder *builder, const gchar *name, const gchar *value)
{
  json_builder_set_member_name (builder, name);
  if (value) {
    g_autofree gchar *valid = g_utf8_make_valid (value, -1);
    json_builder_add_string_value (builder, valid);
  } else {
    json_builder_add_null_value (builder);
  }
}

static void
report_build_finding (JsonBuilder *builder, const DoctorFinding *finding)
{
  json_builder_begin_object (builder);
  report_build_string (builder, "level", report_levels[finding->level].name);
  report_build_string (builder, "topic", finding->topic);
  report_build_string (builder, "text", finding->text);
  report_build_string (builder, "remedy", finding->remedy);
  json_builder_end_object (builder);
}

gchar *
doctor_to_json (const Doctor *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "problems");
  json_builder_add_int_value (builder, doctor_count (self, DOCTOR_PROBLEM));
  json_builder_set_member_name (builder, "findings");
  json_builder_begin_array (builder);
  for (guint i = 0; i < self->findings->len; i++)
    report_build_finding (builder, g_ptr_array_index (self->findings, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);

  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  return json_to_string (root, TRUE);
}
