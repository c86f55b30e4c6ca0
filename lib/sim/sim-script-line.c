/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-script-line.h"

#include <string.h>

#include "vdma-error.h"
#include "vdma-util.h"

#define SCRIPT_MAX_TIME (24 * 3600 * VDMA_NSEC_PER_SEC)

void
script_split (gchar *text, guint column, GPtrArray *words, GArray *columns)
{
  gchar *at = text;
  for (;;) {
    at += strspn (at, " \t\r");
    guint here = column + (guint) (at - text);
    g_array_append_val (columns, here);
    if (!*at)
      break;
    g_ptr_array_add (words, at);
    at += strcspn (at, " \t\r");
    if (*at)
      *at++ = '\0';
  }
  g_ptr_array_add (words, NULL);
}

const gchar *
script_peek (const ScriptLine *line)
{
  return line->words[line->next];
}

gboolean
script_refuse (const ScriptLine *line, GError **error, const gchar *format, ...)
{
  const gchar *word = script_peek (line);
  va_list args;
  va_start (args, format);
  g_autofree gchar *wanted = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree gchar *found =
      word ? g_strdup_printf ("'%s'", word) : g_strdup ("the line's end");
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "fault script, line %u, column %u: %s stands where %s is wanted",
      line->line, line->columns[line->next], found, wanted);
  return FALSE;
}

gboolean
script_take_word (ScriptLine *line, const gchar *word)
{
  if (g_strcmp0 (script_peek (line), word) != 0)
    return FALSE;
  line->next++;
  return TRUE;
}

gboolean
script_parse_unsigned (
    const gchar *word, guint64 min, guint64 max, guint64 *number)
{
  gboolean is_hex = word && g_str_has_prefix (word, "0x");
  return word
         && g_ascii_string_to_unsigned (is_hex ? word + 2 : word,
             is_hex ? 16 : 10, min, max, number, NULL);
}

gboolean
script_take_number (ScriptLine *line, const gchar *what, guint64 min,
    guint64 max, guint64 *number, GError **error)
{
  if (!script_parse_unsigned (script_peek (line), min, max, number))
    return script_refuse (line, error,
        "%s from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, what, min, max);
  line->next++;
  return TRUE;
}

/* Returns: ns of one, FALSE for no unit at all */
static gboolean
script_parse_unit (const gchar *text, gint64 *unit)
{
  static const struct {
    const gchar *name;
    gint64 ns;
  } units[] = {
    { "ns", 1 },
    { "us", VDMA_NSEC_PER_USEC },
    { "ms", VDMA_NSEC_PER_MSEC },
    { "s", VDMA_NSEC_PER_SEC },
  };
  for (guint i = 0; i < G_N_ELEMENTS (units); i++) {
    if (g_str_equal (text, units[i].name)) {
      *unit = units[i].ns;
      return TRUE;
    }
  }
  return FALSE;
}

/* "1.5s": digits, with a point between some of them, and a unit. */
static gboolean
script_parse_time (const gchar *word, gint64 *time)
{
  gsize length = strspn (word, "0123456789.");
  gint64 unit;
  if (!g_ascii_isdigit (word[0]) || !g_ascii_isdigit (word[length - 1])
      || !script_parse_unit (word + length, &unit))
    return FALSE;
  gchar *end;
  gdouble value = g_ascii_strtod (word, &end) * (gdouble) unit;
  if (end != word + length || value > (gdouble) SCRIPT_MAX_TIME)
    return FALSE;
  *time = (gint64) (value + 0.5);
  return TRUE;
}

gboolean
script_take_time (ScriptLine *line, gint64 *time, GError **error)
{
  const gchar *word = script_peek (line);
  if (!word || !script_parse_time (word, time))
    return script_refuse (
        line, error, "a time such as 1.5s, 20ms, 300us or 40ns, up to a day");
  line->next++;
  return TRUE;
}
