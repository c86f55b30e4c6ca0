/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any text through the options and number parsers: the whole text or nothing,
 * every value in its range, every failure with a sentence. */
#include "fuzz.h"

#include <string.h>

#include "vdma-number.h"
#include "vdma-options.h"
#include "vdma-suggest.h"

#define OPTIONS_MAX_TEXT 8
#define OPTIONS_RATE_MAX 100000

typedef struct {
  gboolean flag;
  guint number;
  guint64 wide;
  guint64 size;
  guint word;
  guint rate[2];
  gchar *text;
  gchar *endless;
} Options;

static const gchar *const options_nicks[] = { "none", "pin", "tuser", NULL };

static const VdmaOption options_table[] = {
  { .name = "flag",
      .type = VDMA_OPTION_BOOL,
      .offset = G_STRUCT_OFFSET (Options, flag) },
  { .name = "number",
      .type = VDMA_OPTION_UINT,
      .offset = G_STRUCT_OFFSET (Options, number),
      .min = 1,
      .max = G_MAXUINT64,
      .help = "as much as a guint holds" },
  { .name = "wide",
      .type = VDMA_OPTION_UINT64,
      .offset = G_STRUCT_OFFSET (Options, wide),
      .min = 3,
      .max = G_MAXUINT64 - 1 },
  { .name = "size",
      .type = VDMA_OPTION_SIZE,
      .offset = G_STRUCT_OFFSET (Options, size),
      .max = G_MAXUINT64 },
  { .name = "word",
      .type = VDMA_OPTION_ENUM,
      .offset = G_STRUCT_OFFSET (Options, word),
      .nicks = options_nicks },
  { .name = "rate",
      .type = VDMA_OPTION_RATE,
      .offset = G_STRUCT_OFFSET (Options, rate),
      .max = OPTIONS_RATE_MAX },
  { .name = "text",
      .type = VDMA_OPTION_STRING,
      .offset = G_STRUCT_OFFSET (Options, text),
      .max = OPTIONS_MAX_TEXT },
  { .name = "endless",
      .type = VDMA_OPTION_STRING,
      .offset = G_STRUCT_OFFSET (Options, endless) },
};

/* ---- options ---- */

static void
options_check (const Options *options)
{
  g_assert_true (options->flag == TRUE || options->flag == FALSE);
  g_assert_cmpuint (options->number, >=, 1);
  g_assert_cmpuint (options->wide, >=, 3);
  g_assert_cmpuint (options->wide, <, G_MAXUINT64);
  g_assert_cmpuint (options->word, <, G_N_ELEMENTS (options_nicks) - 1);
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpuint (options->rate[i], >=, 1);
    g_assert_cmpuint (options->rate[i], <=, OPTIONS_RATE_MAX);
  }
  if (options->text)
    g_assert_cmpuint (strlen (options->text), <=, OPTIONS_MAX_TEXT);
}

static gboolean
options_parse (const gchar *text, Options *options)
{
  GError *error = NULL;

  *options = (Options){ .number = 1, .wide = 3, .rate = { 30, 1 } };
  options->text = g_strdup ("default");
  gboolean ok = vdma_options_parse (text, "fuzzed thing", options_table,
      G_N_ELEMENTS (options_table), options, &error);
  fuzz_check_error (ok, error, g_utf8_validate (text, -1, NULL));
  options_check (options);
  return ok;
}

static void
options_run (const gchar *text)
{
  Options first, second;
  gboolean ok = options_parse (text, &first);

  g_assert_cmpint (options_parse (text, &second), ==, ok);
  g_assert_cmpstr (first.text, ==, second.text);
  g_assert_cmpstr (first.endless, ==, second.endless);
  g_assert_cmpuint (first.size, ==, second.size);
  vdma_options_clear (options_table, G_N_ELEMENTS (options_table), &first);
  vdma_options_clear (options_table, G_N_ELEMENTS (options_table), &second);
  g_assert_null (first.text);
  g_assert_null (first.endless);
}

/* ---- numbers ---- */

/* GLib's reading of the same text; of the vertical tabs that it skips nobody
 * makes numbers. */
static gboolean
numbers_parse_as_glib (const gchar *text, guint64 *number)
{
  gboolean is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  return !strchr (text, '\v')
         && g_ascii_string_to_unsigned (is_hex ? text + 2 : text,
             is_hex ? 16 : 10, 0, G_MAXUINT64, number, NULL);
}

/* What was understood, written again, is understood as the same. */
static void
numbers_run_uint64 (const gchar *text)
{
  guint64 number = 7, again, size;

  if (!vdma_parse_uint64 (text, &number)) {
    g_assert_cmpuint (number, ==, 7);
    g_assert_true (
        strpbrk (text, "xX") || !numbers_parse_as_glib (text, &again));
    return;
  }
  g_assert_true (numbers_parse_as_glib (text, &again));
  g_assert_cmpuint (again, ==, number);
  g_autofree gchar *decimal = g_strdup_printf ("%" G_GUINT64_FORMAT, number);
  g_autofree gchar *hex = g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", number);
  g_assert_true (vdma_parse_uint64 (decimal, &again));
  g_assert_cmpuint (again, ==, number);
  g_assert_true (vdma_parse_uint64 (hex, &again));
  g_assert_cmpuint (again, ==, number);
  g_assert_true (vdma_parse_size (text, &size));
  g_assert_cmpuint (size, ==, number);
}

static void
numbers_run_size (const gchar *text)
{
  guint64 size = 7;

  if (!vdma_parse_size (text, &size))
    g_assert_cmpuint (size, ==, 7);
  else if (g_ascii_isalpha (text[strlen (text) - 1]) && text[1] != 'x'
           && text[1] != 'X')
    g_assert_cmpuint (size % 1024, ==, 0);
}

static void
numbers_run_rate (const gchar *text)
{
  guint rate[2] = { 7, 7 }, again[2];

  if (!vdma_parse_rate (text, rate)) {
    g_assert_cmpuint (rate[0], ==, 7);
    g_assert_cmpuint (rate[1], ==, 7);
    return;
  }
  g_assert_cmpuint (rate[1], !=, 0);
  g_autofree gchar *fraction = g_strdup_printf ("%u/%u", rate[0], rate[1]);
  g_assert_true (vdma_parse_rate (fraction, again));
  g_assert_cmpuint (again[0], ==, rate[0]);
  g_assert_cmpuint (again[1], ==, rate[1]);
}

/* ---- words ---- */

static void
words_run_unescape (const gchar *text)
{
  g_autofree gchar *plain = vdma_unescape (text);

  if (!plain) {
    g_assert_true (strchr (text, '%') || !g_utf8_validate (text, -1, NULL));
    return;
  }
  g_assert_true (g_utf8_validate (plain, -1, NULL));
  g_assert_cmpuint (strlen (plain), <=, strlen (text));
  if (!strchr (text, '%'))
    g_assert_cmpstr (plain, ==, text);
}

static const gchar *
words_at (gconstpointer data, guint index)
{
  const gchar *const *words = data;
  return words[index];
}

static void
words_run_suggest (const gchar *text)
{
  static const gchar *const words[] = { "", "a", "bars", "counter",
    "a-name-that-is-much-longer-than-any-option", NULL };
  const gchar *word = vdma_suggest (text, words_at, words);
  g_assert_true (!word || g_strv_contains (words, word));
}

void
fuzz_target_run (FuzzInput *in)
{
  g_autofree gchar *text = fuzz_text (in, '\0');

  options_run (text);
  numbers_run_uint64 (text);
  numbers_run_size (text);
  numbers_run_rate (text);
  words_run_unescape (text);
  words_run_suggest (text);
}
