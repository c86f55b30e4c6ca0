/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* docs/simulator.md says of the options, the actions of fault scripts and the
 * profiles exactly what the tables of lib/sim say.
 *
 *   test-sim-options PAGE            checks the page
 *   test-sim-options PAGE --print    prints the rows that it must have */
#include <string.h>

#include "sim-fault-script.h"
#include "sim-options.h"
#include "sim-profiles.h"
#include "vdma-util.h"

static const gchar *page_path;

/* ---- build options: their default stands in the description ---- */

typedef struct {
  const gchar *name;
  gsize offset; /* in VdmaHwDesc */
} BuildDefault;

#define CORE(name_, field_)                                                    \
  {                                                                            \
    name_, G_STRUCT_OFFSET (VdmaHwDesc, field_)                                \
  }
#define MM2S(name_, field_)                                                    \
  {                                                                            \
    name_, G_STRUCT_OFFSET (VdmaHwDesc, channel[VDMA_MM2S].field_)             \
  }
#define S2MM(name_, field_)                                                    \
  {                                                                            \
    name_, G_STRUCT_OFFSET (VdmaHwDesc, channel[VDMA_S2MM].field_)             \
  }

static const BuildDefault build_defaults[] = {
  CORE ("stores", n_stores),
  CORE ("addr-width", addr_width),
  MM2S ("mm-width", mm_width),
  MM2S ("mm2s-mm-width", mm_width),
  S2MM ("s2mm-mm-width", mm_width),
  MM2S ("stream-width", stream_width),
  MM2S ("mm2s-stream-width", stream_width),
  S2MM ("s2mm-stream-width", stream_width),
  S2MM ("dre", dre),
  MM2S ("mm2s-fsync", fsync),
  S2MM ("s2mm-fsync", fsync),
  MM2S ("mm2s-genlock", genlock),
  S2MM ("s2mm-genlock", genlock),
  CORE ("internal-genlock", internal_genlock),
  CORE ("flush-on-fsync", flush_on_fsync),
  MM2S ("mm2s-repeat-en", repeat_en),
  S2MM ("s2mm-repeat-en", repeat_en),
  S2MM ("frame-counter", frame_counter),
  S2MM ("delay-counter", delay_counter),
  S2MM ("frmstore", frmstore_reg),
  S2MM ("threshold", threshold_reg),
  CORE ("vflip", vert_flip),
  CORE ("vidprmtr-reads", vidprmtr_reads),
  CORE ("status-regs", status_regs),
  CORE ("dlytmr-resolution", dlytmr_resolution),
};

static const guint *
find_build_default (const SimOptions *options, const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (build_defaults); i++) {
    if (g_str_equal (build_defaults[i].name, name))
      return G_STRUCT_MEMBER_P (&options->desc, build_defaults[i].offset);
  }
  return NULL;
}

/* ---- rows ---- */

static gchar *
number_text (guint64 number)
{
  /* round numbers are for people, others are bits and addresses */
  return number > G_MAXUINT16 && number % 100 != 0
             ? g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", number)
             : g_strdup_printf ("%" G_GUINT64_FORMAT, number);
}

static gchar *
size_text (guint64 size)
{
  if (size % VDMA_GIB == 0)
    return g_strdup_printf ("%" G_GUINT64_FORMAT "G", size / VDMA_GIB);
  if (size % VDMA_MIB == 0)
    return g_strdup_printf ("%" G_GUINT64_FORMAT "M", size / VDMA_MIB);
  return g_strdup_printf ("%" G_GUINT64_FORMAT "k", size / VDMA_KIB);
}

static gchar *
values_text (const VdmaOption *row)
{
  switch (row->type) {
    case VDMA_OPTION_BOOL:
      return g_strdup ("true, false");
    case VDMA_OPTION_ENUM:
      return g_strjoinv (", ", (gchar **) row->nicks);
    case VDMA_OPTION_RATE:
      return g_strdup ("a rate");
    case VDMA_OPTION_STRING:
      return g_strdup ("a text");
    default: {
      gchar *(*text) (guint64) =
          row->type == VDMA_OPTION_SIZE ? size_text : number_text;
      g_autofree gchar *min = text (row->min);
      g_autofree gchar *max = text (row->max);
      return g_strdup_printf ("%s to %s", min, max);
    }
  }
}

static gchar *
default_text (const SimOptions *options, const VdmaOption *row)
{
  gconstpointer field = G_STRUCT_MEMBER_P (options, row->offset);
  const guint *build = find_build_default (options, row->name);
  guint value = build ? *build : *(const guint *) field;

  switch (row->type) {
    case VDMA_OPTION_BOOL:
      return g_strdup (value ? "true" : "false");
    case VDMA_OPTION_ENUM:
      /* "channels" is unset, which is its first word */
      return g_strdup (row->nicks[value == SIM_UNSET ? 0 : value]);
    case VDMA_OPTION_SIZE:
      /* the page speaks of 64-bit machines, and says so */
      if (sizeof (gpointer) < 8)
        return g_strdup ("1G");
      return size_text (*(const guint64 *) field);
    case VDMA_OPTION_UINT64:
      return number_text (*(const guint64 *) field);
    case VDMA_OPTION_UINT:
      if (!build && value < row->min)
        return g_strdup ("");
      return number_text (value);
    default:
      return g_strdup ("");
  }
}

static gchar *
row_text (const SimOptions *options, const VdmaOption *row)
{
  g_autofree gchar *values = values_text (row);
  g_autofree gchar *value = default_text (options, row);
  return g_strdup_printf (
      "| `%s` | %s | %s | %s |", row->name, values, value, row->help);
}

static GPtrArray *
make_rows (void)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  SimOptions options;
  guint n;
  const VdmaOption *table = sim_options_get_table (&n);
  g_assert_true (sim_options_parse (&options, "", NULL, &error));
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (rows, row_text (&options, &table[i]));
  sim_options_clear (&options);

  g_autofree gchar *help = sim_fault_get_help ();
  g_auto (GStrv) actions = g_strsplit (g_strchomp (help), "\n", -1);
  for (guint i = 0; actions[i]; i++) {
    g_auto (GStrv) parts = g_strsplit (actions[i], " ", 2);
    g_auto (GStrv) words = g_strsplit (parts[1] ? parts[1] : "", "|", -1);
    /* a bar would end the cell */
    g_autofree gchar *arguments = g_strjoinv (" or ", words);
    g_ptr_array_add (rows, g_strdup_printf ("| `%s` | %s |", parts[0],
                               *arguments ? arguments : "-"));
  }
  const gchar *const *profiles = sim_profile_get_names ();
  for (guint i = 0; profiles[i]; i++)
    g_ptr_array_add (rows, g_strdup_printf ("| `%s` | %s |", profiles[i],
                               sim_profile_get_help (profiles[i])));
  return rows;
}

/* ---- the page ---- */

static void
test_page_has_rows (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *page = NULL;
  g_assert_true (g_file_get_contents (page_path, &page, NULL, &error));
  g_autoptr (GPtrArray) rows = make_rows ();
  for (guint i = 0; i < rows->len; i++) {
    g_autofree gchar *line =
        g_strdup_printf ("\n%s", (const gchar *) g_ptr_array_index (rows, i));
    if (!strstr (page, line))
      g_error ("the page has no row '%s'", line + 1);
  }
}

/* Up to the end of the first cell. */
static gboolean
same_name (const gchar *line, const gchar *row)
{
  const gchar *end = strstr (row, "` |");
  return end && strncmp (line, row, (gsize) (end - row) + 3) == 0;
}

static void
test_page_has_no_other_rows (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *page = NULL;
  g_assert_true (g_file_get_contents (page_path, &page, NULL, &error));
  g_autoptr (GPtrArray) rows = make_rows ();
  g_auto (GStrv) lines = g_strsplit (page, "\n", -1);
  for (guint l = 0; lines[l]; l++) {
    gboolean known = !g_str_has_prefix (lines[l], "| `");
    for (guint i = 0; i < rows->len && !known; i++)
      known = same_name (lines[l], g_ptr_array_index (rows, i));
    if (!known)
      g_error ("line %u, '%s', is about nothing that exists", l + 1, lines[l]);
  }
}

/* Every option can be said, with its own default, and gives the same board. */
static void
test_defaults_can_be_said (void)
{
  guint n;
  const VdmaOption *table = sim_options_get_table (&n);
  SimOptions plain;
  g_assert_true (sim_options_parse (&plain, "", NULL, NULL));
  for (guint i = 0; i < n; i++) {
    g_autoptr (GError) error = NULL;
    g_autofree gchar *value = default_text (&plain, &table[i]);
    g_autofree gchar *text = g_strdup_printf ("%s=%s", table[i].name, value);
    SimOptions options;
    if (!*value)
      continue;
    g_assert_true (sim_options_parse (&options, "", text, &error));
    g_assert_no_error (error);
    g_assert_cmpmem (
        &options.desc, sizeof options.desc, &plain.desc, sizeof plain.desc);
    g_assert_cmpmem (
        &options.knobs, sizeof options.knobs, &plain.knobs, sizeof plain.knobs);
    g_assert_cmpmem (
        options.beat, sizeof options.beat, plain.beat, sizeof plain.beat);
    sim_options_clear (&options);
  }
  sim_options_clear (&plain);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, >, 1);
  page_path = argv[1];
  if (argc > 2 && g_str_equal (argv[2], "--print")) {
    g_autoptr (GPtrArray) rows = make_rows ();
    for (guint i = 0; i < rows->len; i++)
      g_print ("%s\n", (const gchar *) g_ptr_array_index (rows, i));
    return 0;
  }
  g_test_add_func ("/sim-options/page-has-rows", test_page_has_rows);
  g_test_add_func (
      "/sim-options/page-has-no-other-rows", test_page_has_no_other_rows);
  g_test_add_func (
      "/sim-options/defaults-can-be-said", test_defaults_can_be_said);
  return g_test_run ();
}
