/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options texts: what is accepted, what is refused, and what the errors say. */
#include <string.h>

#include "vdma-error.h"
#include "vdma-number.h"
#include "vdma-options.h"
#include "vdma-suggest.h"

typedef struct {
  gboolean flag;
  guint number;
  guint64 big;
  guint64 size;
  guint mode;
  guint rate[2];
  gchar *text;
  gchar *note;
  guint wide;
} Target;

static const gchar *const modes[] = { "bars", "ball", "silence", NULL };

static const VdmaOption table[] = {
  { "flag", VDMA_OPTION_BOOL, G_STRUCT_OFFSET (Target, flag), 0, 0, NULL,
      "a switch" },
  { "number", VDMA_OPTION_UINT, G_STRUCT_OFFSET (Target, number), 1, 65535,
      NULL, "pixels" },
  { "big", VDMA_OPTION_UINT64, G_STRUCT_OFFSET (Target, big), 0, G_MAXUINT64,
      NULL, "ns" },
  { "size", VDMA_OPTION_SIZE, G_STRUCT_OFFSET (Target, size), 4096,
      G_GUINT64_CONSTANT (1) << 40, NULL, "memory" },
  { "mode", VDMA_OPTION_ENUM, G_STRUCT_OFFSET (Target, mode), 0, 0, modes,
      "what is sent" },
  { "rate", VDMA_OPTION_RATE, G_STRUCT_OFFSET (Target, rate), 1, 1000000, NULL,
      "frames per second" },
  { "text", VDMA_OPTION_STRING, G_STRUCT_OFFSET (Target, text), 0, 8, NULL,
      "a file" },
  { "note", VDMA_OPTION_STRING, G_STRUCT_OFFSET (Target, note), 0, 0, NULL,
      NULL },
  { "wide", VDMA_OPTION_UINT, G_STRUCT_OFFSET (Target, wide), 0, G_MAXUINT64,
      NULL, "a row that allows more than its type holds" },
};

static const Target defaults = {
  .number = 640,
  .big = 5,
  .size = 8192,
  .mode = 1,
  .rate = { 30, 1 },
};

/* What a whole target looks like, as a text that a table can hold. */
static gchar *
target_to_string (const Target *target)
{
  return g_strdup_printf ("%d %u %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
                          " %u %u/%u %s %s",
      target->flag, target->number, target->big, target->size, target->mode,
      target->rate[0], target->rate[1], target->text ? target->text : "-",
      target->note ? target->note : "-");
}

static const struct {
  const gchar *text;
  const gchar *result;
} accepted_rows[] = {
  { NULL, "0 640 5 8192 1 30/1 - -" },
  { "", "0 640 5 8192 1 30/1 - -" },
  { "flag=true", "1 640 5 8192 1 30/1 - -" },
  { "flag=1", "1 640 5 8192 1 30/1 - -" },
  { "flag=yes", "1 640 5 8192 1 30/1 - -" },
  { "flag=on", "1 640 5 8192 1 30/1 - -" },
  { "flag=off", "0 640 5 8192 1 30/1 - -" },
  { "number=1", "0 1 5 8192 1 30/1 - -" },
  { "number=65535", "0 65535 5 8192 1 30/1 - -" },
  { "number=0x10", "0 16 5 8192 1 30/1 - -" },
  { "number=0XfF", "0 255 5 8192 1 30/1 - -" },
  { "number=010", "0 10 5 8192 1 30/1 - -" },
  { "big=18446744073709551615", "0 640 18446744073709551615 8192 1 30/1 - -" },
  { "big=0xffffffffffffffff", "0 640 18446744073709551615 8192 1 30/1 - -" },
  { "big=0", "0 640 0 8192 1 30/1 - -" },
  { "size=4096", "0 640 5 4096 1 30/1 - -" },
  { "size=4k", "0 640 5 4096 1 30/1 - -" },
  { "size=4K", "0 640 5 4096 1 30/1 - -" },
  { "size=0x10M", "0 640 5 16777216 1 30/1 - -" },
  { "size=1024G", "0 640 5 1099511627776 1 30/1 - -" },
  { "mode=bars", "0 640 5 8192 0 30/1 - -" },
  { "mode=silence", "0 640 5 8192 2 30/1 - -" },
  { "rate=25", "0 640 5 8192 1 25/1 - -" },
  { "rate=30000/1001", "0 640 5 8192 1 30000/1001 - -" },
  { "rate=50/2", "0 640 5 8192 1 25/1 - -" },
  { "text=a%26b%3d%41", "0 640 5 8192 1 30/1 a&b=A -" },
  { "text=", "0 640 5 8192 1 30/1  -" },
  { "text=12345678", "0 640 5 8192 1 30/1 12345678 -" },
  { "text=%31%32%33%34%35%36%37%38", "0 640 5 8192 1 30/1 12345678 -" },
  { "note=a=b", "0 640 5 8192 1 30/1 - a=b" },
  { "mode=ball&number=2&flag=yes&rate=59.94&text=x&size=1M&big=7&note=y",
      "1 2 7 1048576 1 60000/1001 x y" },
};

static void
test_accepted (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (accepted_rows); i++) {
    g_autoptr (GError) error = NULL;
    Target target = defaults;
    g_assert_true (vdma_options_parse (accepted_rows[i].text, "device 'sim'",
        table, G_N_ELEMENTS (table), &target, &error));
    g_assert_no_error (error);
    g_autofree gchar *result = target_to_string (&target);
    g_assert_cmpstr (result, ==, accepted_rows[i].result);
    vdma_options_clear (table, G_N_ELEMENTS (table), &target);
    g_assert_null (target.text);
    g_assert_null (target.note);
  }
}

static const struct {
  const gchar *text;
  const gchar *says[3]; /* all of these */
} refused_rows[] = {
  { "flag=maybe", { "flag", "maybe", "true, yes, on, 1, false" } },
  { "flag=", { "''", "false" } },
  { "flag=TRUE", { "TRUE" } },
  { "number=0", { "number", "'0'", "from 1 to 65535" } },
  { "number=65536", { "'65536'", "65535", "pixels" } },
  { "number=-1", { "'-1'" } },
  { "number=+1", { "'+1'" } },
  { "number= 1", { "' 1'" } },
  { "number=1 ", { "'1 '" } },
  { "number=12x", { "'12x'" } },
  { "number=0x", { "'0x'" } },
  { "number=0xg", { "'0xg'" } },
  { "number=1.5", { "'1.5'" } },
  { "number=4294967297", { "4294967297" } }, /* 1 in 32 bits */
  { "number=", { "''" } },
  { "wide=4294967296", { "4294967296" } },
  { "big=18446744073709551616", { "18446744073709551616" } },
  { "big=0x10000000000000000", { "0x1" } },
  { "big=99999999999999999999999999999999", { "9999" } },
  { "size=4095", { "from 4096", "k, M and G" } },
  { "size=1", { "4096" } },
  { "size=17179869184G", { "17179869184G" } }, /* 2^64 */
  { "size=17179869185G", { "17179869185G" } },
  { "size=4kk", { "4kk" } },
  { "size=4m", { "4m" } },
  { "size=k", { "'k'" } },
  { "size=4T", { "4T" } },
  { "size=2048G", { "1099511627776" } },
  { "mode=stripes", { "stripes", "bars, ball, silence" } },
  { "mode=", { "bars" } },
  { "mode=1", { "bars" } },
  { "rate=0", { "rate" } },
  { "rate=30/0", { "30/0" } },
  { "rate=0/1", { "0/1" } },
  { "rate=-30", { "-30" } },
  { "rate=30/-1", { "30/-1" } },
  { "rate=30/1/1", { "30/1/1" } },
  { "rate=1000001", { "1000000" } },
  { "rate=1/1000001", { "1000000" } },
  { "rate=29.", { "29." } },
  { "rate=.5", { ".5" } },
  { "rate=29.97.1", { "29.97.1" } },
  { "rate=29,97", { "29,97" } },
  { "rate=1e3", { "1e3" } },
  { "rate=0.0", { "0.0" } },
  { "rate=1.12345678901234567890", { "rate" } },
  { "rate=99999999999999999999", { "rate" } },
  { "rate=4294967296.5", { "rate" } },
  { "rate=18446744073709.551617", { "rate" } }, /* 1 in 64 bits */
  { "rate=fast", { "30000/1001", "frames per second" } },
  { "text=123456789", { "at most 8 bytes" } },
  { "text=%4", { "%XX" } },
  { "text=%", { "%XX" } },
  { "text=%zz", { "%XX" } },
  { "text=a%00b", { "%XX" } },
  { "note=%", { "note" } },
  { "unknown=1",
      { "unknown", "flag, number, big, size, mode, rate, text, note, wide" } },
  { "numbr=1", { "did you mean 'number'", "flag, number" } },
  { "=1", { "''" } },
  { "Flag=1", { "Flag" } },
  { "flag", { "'flag'", "key=value" } },
  { "flag=1&", { "key=value" } },
  { "&flag=1", { "key=value" } },
  { "flag=1&&number=2", { "key=value" } },
  { "flag=1;number=2", { "1;number=2" } },
  { "flag=1&flag=1", { "flag", "once" } },
  { "text=a&number=3&text=b", { "text", "once" } },
};

static void
test_refused (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refused_rows); i++) {
    g_autoptr (GError) error = NULL;
    Target target = defaults;
    g_assert_false (vdma_options_parse (refused_rows[i].text, "device 'sim'",
        table, G_N_ELEMENTS (table), &target, &error));
    g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
    g_assert_nonnull (strstr (error->message, "device 'sim'"));
    for (guint j = 0;
         j < G_N_ELEMENTS (refused_rows[i].says) && refused_rows[i].says[j];
         j++) {
      if (!strstr (error->message, refused_rows[i].says[j]))
        g_error ("'%s': '%s' does not say '%s'", refused_rows[i].text,
            error->message, refused_rows[i].says[j]);
    }
    vdma_options_clear (table, G_N_ELEMENTS (table), &target);
  }
}

/* A string that is there already is replaced, not leaked. */
static void
test_replaces_string (void)
{
  Target target = defaults;
  target.text = g_strdup ("default");
  g_assert_true (vdma_options_parse (
      "text=new", "x", table, G_N_ELEMENTS (table), &target, NULL));
  g_assert_cmpstr (target.text, ==, "new");
  vdma_options_clear (table, G_N_ELEMENTS (table), &target);
  vdma_options_clear (table, G_N_ELEMENTS (table), &target);
}

static void
test_empty_table (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (vdma_options_parse (NULL, "x", NULL, 0, NULL, &error));
  g_assert_false (vdma_options_parse ("a=1", "x", NULL, 0, NULL, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "none"));
}

static void
test_rates (void)
{
  static const struct {
    const gchar *text;
    guint rate[2];
  } rows[] = {
    { "23.976", { 24000, 1001 } },
    { "23.98", { 24000, 1001 } },
    { "23.976024", { 24000, 1001 } },
    { "29.97", { 30000, 1001 } },
    { "29.970", { 30000, 1001 } },
    { "29.9700", { 30000, 1001 } },
    { "29.97003", { 30000, 1001 } },
    { "47.952", { 48000, 1001 } },
    { "59.94", { 60000, 1001 } },
    { "59.9401", { 60000, 1001 } },
    { "119.88", { 120000, 1001 } },
    { "239.76", { 240000, 1001 } },
    { "60", { 60, 1 } },
    { "60.0", { 60, 1 } },
    { "30.0", { 30, 1 } },
    { "24.0", { 24, 1 } },
    { "24.000000", { 24, 1 } },
    { "60.00", { 60, 1 } },
    { "12.5", { 25, 2 } },
    { "0.5", { 1, 2 } },
    { "7.25", { 29, 4 } },
    { "59.93", { 5993, 100 } },
    { "59.95", { 1199, 20 } },
    { "29.9", { 299, 10 } },
    { "30000/1001", { 30000, 1001 } },
    { "60000/2002", { 30000, 1001 } },
    { "4294967295", { G_MAXUINT, 1 } },
    { "1/4294967295", { 1, G_MAXUINT } },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    guint rate[2] = { 0, 0 };
    g_test_message ("%s", rows[i].text);
    g_assert_true (vdma_parse_rate (rows[i].text, rate));
    g_assert_cmpuint (rate[0], ==, rows[i].rate[0]);
    g_assert_cmpuint (rate[1], ==, rows[i].rate[1]);
  }
}

static void
test_rates_refused (void)
{
  static const gchar *const texts[] = { "", "x", "1/0", "0/0", "24.0000000",
    "4294967296", "1/4294967296", " 1", "1 ", "0x10", "1/-1", "1./2" };
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    guint rate[2] = { 7, 8 };
    g_test_message ("'%s'", texts[i]);
    g_assert_false (vdma_parse_rate (texts[i], rate));
    g_assert_true (rate[0] == 7 && rate[1] == 8);
  }
}

static void
test_sizes (void)
{
  static const struct {
    const gchar *text;
    gboolean ok;
    guint64 size;
  } rows[] = {
    { "0", TRUE, 0 },
    { "4096", TRUE, 4096 },
    { "0x1000", TRUE, 4096 },
    { "64k", TRUE, 65536 },
    { "128M", TRUE, 134217728 },
    { "1G", TRUE, 1073741824 },
    { "17179869183G", TRUE, G_MAXUINT64 - 1073741823 },
    { "18446744073709551615", TRUE, G_MAXUINT64 },
    { "18446744073709551616", FALSE, 0 },
    { "18014398509481984k", FALSE, 0 },
    { "", FALSE, 0 },
    { " 1", FALSE, 0 },
    { "1 k", FALSE, 0 },
    { "1kB", FALSE, 0 },
    { "-1", FALSE, 0 },
    { "0x", FALSE, 0 },
    { "x1", FALSE, 0 },
    { "1\xc2\xb5", FALSE, 0 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    guint64 size = 77;
    g_test_message ("%s", rows[i].text);
    g_assert_cmpint (vdma_parse_size (rows[i].text, &size), ==, rows[i].ok);
    g_assert_cmpuint (size, ==, rows[i].ok ? rows[i].size : 77);
  }
}

static const gchar *
word_at (gconstpointer data, guint index)
{
  return ((const gchar *const *) data)[index];
}

static void
test_suggest (void)
{
  static const gchar *const words[] = { "auto", "sim", "u-dma-buf", "simulated",
    "dim", "this-one-is-much-too-long-to-be-compared", NULL };
  static const struct {
    const gchar *word;
    const gchar *suggestion;
  } rows[] = {
    { "sim", "sim" },
    { "simm", "sim" },
    { "smi", "sim" },
    { "lim", "sim" }, /* the first of equals */
    { "dim", "dim" },
    { "atuo", "auto" },
    { "aut", "auto" },
    { "udmabuf", "u-dma-buf" },
    { "simulatde", "simulated" },
    { "xyz", NULL },
    { "s", NULL },
    { "", NULL },
    { "camera", NULL },
    { "this-one-is-much-too-long-to-be-compare", NULL },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpstr (
        vdma_suggest (rows[i].word, word_at, words), ==, rows[i].suggestion);
}

/* Every byte anywhere in a text is an answer, never a crash. */
static void
test_any_bytes (void)
{
  GRand *rand = g_rand_new_with_seed (7);
  static const gchar alphabet[] = "=&%0123456789abfxkMG./-\x01\xff textmode";
  for (guint i = 0; i < 20000; i++) {
    gchar text[24];
    gint length = g_rand_int_range (rand, 0, sizeof text);
    for (gint j = 0; j < length; j++)
      text[j] = alphabet[g_rand_int_range (rand, 0, sizeof alphabet - 1)];
    text[length] = '\0';

    g_autoptr (GError) error = NULL;
    Target target = defaults;
    gboolean ok = vdma_options_parse (
        text, "x", table, G_N_ELEMENTS (table), &target, &error);
    g_assert_cmpint (ok, ==, error == NULL);
    g_assert_cmpuint (target.number - 1, <, 65535);
    g_assert_cmpuint (target.mode, <, 3);
    vdma_options_clear (table, G_N_ELEMENTS (table), &target);
  }
  g_rand_free (rand);
}

/* The domain's name is part of what applications see. */
static void
test_error_domain (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_cmpstr (g_quark_to_string (VDMA_ERROR), ==, "vdma-error-quark");
  vdma_set_error_errno (&error, 13, "cannot open '%s'", "x");
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_PERMISSION);
  g_assert_true (g_str_has_prefix (error->message, "cannot open 'x': "));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/options/accepted", test_accepted);
  g_test_add_func ("/options/refused", test_refused);
  g_test_add_func ("/options/replaces-string", test_replaces_string);
  g_test_add_func ("/options/empty-table", test_empty_table);
  g_test_add_func ("/options/rates", test_rates);
  g_test_add_func ("/options/rates-refused", test_rates_refused);
  g_test_add_func ("/options/sizes", test_sizes);
  g_test_add_func ("/options/suggest", test_suggest);
  g_test_add_func ("/options/any-bytes", test_any_bytes);
  g_test_add_func ("/options/error-domain", test_error_domain);
  return g_test_run ();
}
