/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "key=value&key=value" texts: one function per type turns a value into the
 * target's field, one says what would be right. */
#include "vdma-options.h"

#include <string.h>

#include "vdma-error.h"
#include "vdma-number.h"
#include "vdma-suggest.h"

typedef struct {
  gboolean (*parse) (const VdmaOption *row, const gchar *value, gpointer field);
  gchar *(*describe) (const VdmaOption *row);
} OptionType;

/* ---- BOOL ---- */

static gboolean
option_parse_bool (const VdmaOption *row, const gchar *value, gpointer field)
{
  static const gchar *const words[][2] = {
    { "false", "true" },
    { "0", "1" },
    { "no", "yes" },
    { "off", "on" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    for (guint truth = 0; truth < 2; truth++) {
      if (g_str_equal (value, words[i][truth])) {
        *(gboolean *) field = (gboolean) truth;
        return TRUE;
      }
    }
  }
  return FALSE;
}

static gchar *
option_describe_bool (const VdmaOption *row)
{
  return g_strdup ("true, yes, on, 1, false, no, off or 0");
}

/* ---- UINT, UINT64, SIZE ---- */

static gboolean
option_in_range (const VdmaOption *row, guint64 number)
{
  return number >= row->min && number <= row->max;
}

static gboolean
option_parse_uint (const VdmaOption *row, const gchar *value, gpointer field)
{
  guint64 number;
  if (!vdma_parse_uint64 (value, &number) || !option_in_range (row, number)
      || number > G_MAXUINT)
    return FALSE;
  *(guint *) field = (guint) number;
  return TRUE;
}

static gboolean
option_parse_uint64 (const VdmaOption *row, const gchar *value, gpointer field)
{
  guint64 number;
  if (!vdma_parse_uint64 (value, &number) || !option_in_range (row, number))
    return FALSE;
  *(guint64 *) field = number;
  return TRUE;
}

static gchar *
option_describe_uint (const VdmaOption *row)
{
  return g_strdup_printf ("a whole number from %" G_GUINT64_FORMAT
                          " to %" G_GUINT64_FORMAT,
      row->min, row->max);
}

static gboolean
option_parse_size (const VdmaOption *row, const gchar *value, gpointer field)
{
  guint64 size;
  if (!vdma_parse_size (value, &size) || !option_in_range (row, size))
    return FALSE;
  *(guint64 *) field = size;
  return TRUE;
}

static gchar *
option_describe_size (const VdmaOption *row)
{
  return g_strdup_printf ("a number of bytes from %" G_GUINT64_FORMAT
                          " to %" G_GUINT64_FORMAT
                          ", where k, M and G stand for powers of 1024",
      row->min, row->max);
}

/* ---- ENUM ---- */

static gboolean
option_parse_enum (const VdmaOption *row, const gchar *value, gpointer field)
{
  for (guint i = 0; row->nicks[i]; i++) {
    if (g_str_equal (value, row->nicks[i])) {
      *(guint *) field = i;
      return TRUE;
    }
  }
  return FALSE;
}

static gchar *
option_describe_enum (const VdmaOption *row)
{
  g_autofree gchar *nicks = g_strjoinv (", ", (gchar **) row->nicks);
  return g_strdup_printf ("one of %s", nicks);
}

/* ---- RATE ---- */

static gboolean
option_parse_rate (const VdmaOption *row, const gchar *value, gpointer field)
{
  guint rate[2];
  if (!vdma_parse_rate (value, rate) || rate[0] < 1 || rate[0] > row->max
      || rate[1] > row->max)
    return FALSE;
  memcpy (field, rate, sizeof rate);
  return TRUE;
}

static gchar *
option_describe_rate (const VdmaOption *row)
{
  return g_strdup_printf (
      "a rate such as 30, 30000/1001 or 59.94, numerator and denominator from "
      "1 to %" G_GUINT64_FORMAT,
      row->max);
}

/* ---- STRING ---- */

static gboolean
option_parse_string (const VdmaOption *row, const gchar *value, gpointer field)
{
  gchar *text = vdma_unescape (value);
  if (!text || (row->max && strlen (text) > row->max)) {
    g_free (text);
    return FALSE;
  }
  gchar **target = field;
  g_free (*target);
  *target = text;
  return TRUE;
}

static gchar *
option_describe_string (const VdmaOption *row)
{
  g_autofree gchar *limit =
      row->max ? g_strdup_printf (
          " of at most %" G_GUINT64_FORMAT " bytes", row->max)
               : g_strdup ("");
  return g_strdup_printf (
      "a text%s, special characters as %%XX in hexadecimal (%%26 for &)",
      limit);
}

static const OptionType option_types[] = {
  [VDMA_OPTION_BOOL] = { option_parse_bool, option_describe_bool },
  [VDMA_OPTION_UINT] = { option_parse_uint, option_describe_uint },
  [VDMA_OPTION_UINT64] = { option_parse_uint64, option_describe_uint },
  [VDMA_OPTION_SIZE] = { option_parse_size, option_describe_size },
  [VDMA_OPTION_ENUM] = { option_parse_enum, option_describe_enum },
  [VDMA_OPTION_RATE] = { option_parse_rate, option_describe_rate },
  [VDMA_OPTION_STRING] = { option_parse_string, option_describe_string },
};

/* ---- the whole text ---- */

typedef struct {
  const gchar *what;
  const VdmaOption *table;
  guint n_options;
  gpointer target;
  gboolean *seen; /* per row */
} OptionParser;

static const gchar *
option_name_at (gconstpointer data, guint index)
{
  const OptionParser *parser = data;
  return index < parser->n_options ? parser->table[index].name : NULL;
}

static void
option_set_unknown_error (
    const OptionParser *parser, const gchar *key, GError **error)
{
  g_autoptr (GString) keys = g_string_new (NULL);
  for (guint i = 0; i < parser->n_options; i++)
    g_string_append_printf (keys, "%s%s", i ? ", " : "", parser->table[i].name);

  const gchar *near = vdma_suggest (key, option_name_at, parser);
  g_autofree gchar *hint =
      near ? g_strdup_printf (" (did you mean '%s'?)", near) : g_strdup ("");
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "%s: there is no option '%s'%s; the options are %s", parser->what, key,
      hint, keys->len ? keys->str : "none");
}

static gboolean
option_find (
    const OptionParser *parser, const gchar *key, guint *index, GError **error)
{
  for (guint i = 0; i < parser->n_options; i++) {
    if (g_str_equal (parser->table[i].name, key)) {
      *index = i;
      return TRUE;
    }
  }
  option_set_unknown_error (parser, key, error);
  return FALSE;
}

static gboolean
option_apply (const OptionParser *parser, const VdmaOption *row,
    const gchar *value, GError **error)
{
  const OptionType *type = &option_types[row->type];
  if (type->parse (row, value, G_STRUCT_MEMBER_P (parser->target, row->offset)))
    return TRUE;

  g_autofree gchar *right = type->describe (row);
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "%s: option '%s' cannot be '%s'; it takes %s%s%s", parser->what,
      row->name, value, right, row->help ? ": " : "",
      row->help ? row->help : "");
  return FALSE;
}

/* @assignment is "key=value" and is cut in two. */
static gboolean
option_parse_assignment (
    const OptionParser *parser, gchar *assignment, GError **error)
{
  gchar *equals = strchr (assignment, '=');
  if (!equals) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "%s: option '%s' has no value; options are written "
        "key=value&key=value",
        parser->what, assignment);
    return FALSE;
  }
  *equals = '\0';

  guint index;
  if (!option_find (parser, assignment, &index, error))
    return FALSE;
  if (parser->seen[index]) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "%s: option '%s' is given more than once; give it once", parser->what,
        assignment);
    return FALSE;
  }
  parser->seen[index] = TRUE;
  return option_apply (parser, &parser->table[index], equals + 1, error);
}

gboolean
vdma_options_parse (const gchar *text, const gchar *what,
    const VdmaOption *table, guint n_options, gpointer target, GError **error)
{
  if (!text || !*text)
    return TRUE;

  g_autofree gboolean *seen = g_new0 (gboolean, n_options);
  const OptionParser parser = {
    .what = what,
    .table = table,
    .n_options = n_options,
    .target = target,
    .seen = seen,
  };
  g_auto (GStrv) assignments = g_strsplit (text, "&", -1);
  for (guint i = 0; assignments[i]; i++) {
    if (!option_parse_assignment (&parser, assignments[i], error))
      return FALSE;
  }
  return TRUE;
}

void
vdma_options_clear (const VdmaOption *table, guint n_options, gpointer target)
{
  for (guint i = 0; i < n_options; i++) {
    if (table[i].type == VDMA_OPTION_STRING)
      g_clear_pointer (
          (gchar **) G_STRUCT_MEMBER_P (target, table[i].offset), g_free);
  }
}
