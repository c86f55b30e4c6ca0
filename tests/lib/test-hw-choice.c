/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Several sources: options before .hwh before device tree, field by field; what
 * disagrees is told; what the registers say is compared. */
#include <string.h>

#include "hw-choice.h"
#include "hw-rig.h"
#include "tree-rig.h"
#include "vdma-error.h"

static const gchar *hwh_folder; /* of the fixtures */

/* ---- one device: its node, its options ---- */

static const TreeFile node_files[] = {
  { "compatible", "\"xlnx,zynq-7000\"" },
  { "#address-cells", "<1>" },
  { "#size-cells", "<1>" },
  { "vdma@43000000/compatible", "\"generic-uio\"" },
  { "vdma@43000000/reg", "<0x43000000 0x1000>" },
  { NULL, NULL },
};

typedef struct {
  VdmaHwChoice hw;
  guint other; /* a device has options of its own */
} Options;

static void
options_parse (const gchar *text, Options *options, GError **error)
{
  VdmaOption own = { .name = "other",
    .type = VDMA_OPTION_UINT,
    .offset = G_STRUCT_OFFSET (Options, other),
    .max = 10 };
  g_autoptr (GArray) table = g_array_new (FALSE, FALSE, sizeof (VdmaOption));
  g_array_append_val (table, own);
  vdma_hw_choice_add_options (table, G_STRUCT_OFFSET (Options, hw));
  options->other = 0;
  vdma_hw_choice_init (&options->hw);
  vdma_options_parse (text, "device 'uio'", (const VdmaOption *) table->data,
      table->len, options, error);
}

static VdmaHwCore *
choice_resolve (const gchar *text, const TreeFile *more, GError **error)
{
  gchar *root = tree_rig_new ();
  g_autofree gchar *folder = g_build_filename (root, "vdma@43000000", NULL);
  g_autofree gchar *options_text = hw_rig_fill_in (text, hwh_folder, root);
  Options options;
  GError *wrong = NULL;

  tree_rig_put_all (root, node_files);
  if (more)
    tree_rig_put_all (root, more);
  VdmaHwCore *node = vdma_dt_read_node (folder, root, &wrong);
  g_assert_no_error (wrong);
  options_parse (options_text, &options, &wrong);
  g_assert_no_error (wrong);
  VdmaHwCore *core =
      vdma_hw_choice_resolve (&options.hw, node, "uio:vdma", error);
  vdma_hw_choice_clear (&options.hw);
  vdma_hw_core_free (node);
  tree_rig_free (root);
  return core;
}

#define VDMA "vdma@43000000/"

static const struct {
  const gchar *name;
  const gchar *options;
  TreeFile files[4];
  HwSaid says[8];
  const gchar *note;
} rights[] = {
  { "options", "stores=8", { { NULL, NULL } },
      { { VDMA_HW_STORES, 8, VDMA_HW_ORIGIN_EXPLICIT },
          { VDMA_HW_BASE, 0x43000000, VDMA_HW_ORIGIN_DEVICE_TREE },
          { VDMA_HW_ADDR_WIDTH, 32, VDMA_HW_ORIGIN_DEFAULT } },
      NULL },
  { "node", "", { { VDMA "xlnx,num-fstores", "<3>" } },
      { { VDMA_HW_STORES, 3, VDMA_HW_ORIGIN_DEVICE_TREE } }, NULL },
  { "file", "hwh=%F/zynq-6.3.hwh", { { NULL, NULL } },
      { { VDMA_HW_STORES, 4, VDMA_HW_ORIGIN_HWH },
          { VDMA_HW_SPAN, 0x10000, VDMA_HW_ORIGIN_HWH },
          { FIELD (MM2S, MM_WIDTH), 32, VDMA_HW_ORIGIN_HWH } },
      "span is 0x10000 by the .hwh file" },
  { "file-before-node", "hwh=%F/zynq-6.3.hwh",
      { { VDMA "xlnx,num-fstores", "<3>" } },
      { { VDMA_HW_STORES, 4, VDMA_HW_ORIGIN_HWH } },
      "n_stores is 4 by the .hwh file" },
  { "options-before-file", "hwh=%F/zynq-6.3.hwh&stores=5&mm2s-dre=yes",
      { { VDMA "xlnx,num-fstores", "<3>" } },
      { { VDMA_HW_STORES, 5, VDMA_HW_ORIGIN_EXPLICIT },
          { FIELD (MM2S, DRE), 1, VDMA_HW_ORIGIN_EXPLICIT },
          { FIELD (S2MM, DRE), 0, VDMA_HW_ORIGIN_HWH } },
      "n_stores is 5 by the options" },
  { "both-and-one", "stores=3&mm-width=128&s2mm-mm-width=256&dre=1",
      { { NULL, NULL } },
      { { FIELD (MM2S, MM_WIDTH), 128, VDMA_HW_ORIGIN_EXPLICIT },
          { FIELD (S2MM, MM_WIDTH), 256, VDMA_HW_ORIGIN_EXPLICIT },
          { FIELD (MM2S, DRE), 1, VDMA_HW_ORIGIN_EXPLICIT } },
      NULL },
  { "channels", "stores=3&channels=s2mm", { { NULL, NULL } },
      { { FIELD (MM2S, PRESENT), 0, VDMA_HW_ORIGIN_EXPLICIT },
          { FIELD (S2MM, PRESENT), 1, VDMA_HW_ORIGIN_EXPLICIT } },
      NULL },
  { "genlock", "stores=3&mm2s-genlock=master", { { NULL, NULL } },
      { { FIELD (MM2S, GENLOCK), 0, VDMA_HW_ORIGIN_EXPLICIT },
          /* two masters are no pair, whatever the default says */
          { VDMA_HW_INTERNAL_GENLOCK, 0, VDMA_HW_ORIGIN_DEFAULT } },
      NULL },
  { "bad-node-mended", "stores=4", { { VDMA "xlnx,num-fstores", "[00]" } },
      { { VDMA_HW_STORES, 4, VDMA_HW_ORIGIN_EXPLICIT } }, NULL },
  { "other-node", "dt=%T%23dma",
      { { "dma@44000000/compatible", "\"xlnx,axi-vdma-6.2\"" },
          { "dma@44000000/reg", "<0x44000000 0x10000>" },
          { "dma@44000000/xlnx,num-fstores", "<7>" } },
      { { VDMA_HW_STORES, 7, VDMA_HW_ORIGIN_DEVICE_TREE },
          { VDMA_HW_BASE, 0x44000000, VDMA_HW_ORIGIN_DEVICE_TREE } },
      NULL },
  { "by-address", "hwh=%F/zynqmp-several.hwh&base=0x80000000",
      { { NULL, NULL } },
      { { VDMA_HW_STORES, 8, VDMA_HW_ORIGIN_HWH },
          { VDMA_HW_BASE, 0x80000000, VDMA_HW_ORIGIN_EXPLICIT } },
      "base is 0x80000000 by the options" },
};

static void
test_right (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  GError *error = NULL;
  VdmaHwCore *core =
      choice_resolve (rights[i].options, rights[i].files, &error);
  g_assert_no_error (error);
  g_assert_no_error (core->error);
  g_assert_cmpstr (core->desc.name, ==, "uio:vdma");
  hw_rig_check_says (core, rights[i].says, G_N_ELEMENTS (rights[i].says), NULL);
  hw_rig_check_notes (core, rights[i].note);
  g_autofree gchar *text = vdma_hw_core_describe (core);
  g_assert_nonnull (strstr (text, "S2MM.threshold_reg = 0"));
  vdma_hw_core_free (core);
}

static const struct {
  const gchar *name;
  const gchar *options;
  TreeFile files[3];
  gint code;
  const gchar *says;
} wrongs[] = {
  { "stores-unsaid", "", { { NULL, NULL } }, VDMA_ERROR_INVALID,
      "how many frame stores" },
  { "bad-node", "", { { VDMA "xlnx,num-fstores", "[00]" } }, VDMA_ERROR_INVALID,
      "'xlnx,num-fstores' has 1 bytes" },
  { "bad-node-elsewhere", "stores=3", { { VDMA "xlnx,addrwidth", "<7>" } },
      VDMA_ERROR_INVALID, "32 to 64" },
  { "scatter-gather", "stores=4", { { VDMA "xlnx,include-sg", "" } },
      VDMA_ERROR_UNSUPPORTED, "scatter-gather" },
  { "another-bitstream", "hwh=%F/zynq-6.2.hwh", { { NULL, NULL } },
      VDMA_ERROR_INVALID, "the file of another bitstream" },
  { "several-cores", "hwh=%F/zynqmp-several.hwh", { { NULL, NULL } },
      VDMA_ERROR_INVALID, "say which" },
  { "no-file", "hwh=%F/none.hwh", { { NULL, NULL } }, VDMA_ERROR_NOT_FOUND,
      "none.hwh" },
  { "no-node", "dt=%T%23nothing", { { NULL, NULL } }, VDMA_ERROR_NOT_FOUND,
      "'nothing'" },
  { "stores-of-40", "stores=9&addr-width=40", { { NULL, NULL } },
      VDMA_ERROR_INVALID, "uio:vdma: hardware description: n_stores is 9" },
  { "file-sg", "hwh=%F/zynqmp-several.hwh%23sg_vdma&base=0xa0040000",
      { { NULL, NULL } }, VDMA_ERROR_UNSUPPORTED, "scatter-gather" },
};

static void
test_wrong (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GError) error = NULL;
  g_assert_null (choice_resolve (wrongs[i].options, wrongs[i].files, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, VDMA_ERROR, wrongs[i].code);
  g_assert_nonnull (strstr (error->message, wrongs[i].says));
}

static void
test_unknown_option (void)
{
  Options options;
  g_autoptr (GError) error = NULL;
  options_parse ("store=4", &options, &error);
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "stores"));
  vdma_hw_choice_clear (&options.hw);
}

/* Whatever is merged into what, the better source wins, and a field that it has
 * right is no longer bad. */
static void
test_merge (void)
{
  for (guint turned = 0; turned < 2; turned++) {
    g_autoptr (VdmaHwCore) tree = vdma_hw_core_new ("tree");
    g_autoptr (VdmaHwCore) file = vdma_hw_core_new ("file");
    vdma_hw_core_set (tree, VDMA_HW_STORES, 3, VDMA_HW_ORIGIN_DEVICE_TREE);
    vdma_hw_core_set (file, VDMA_HW_STORES, 5, VDMA_HW_ORIGIN_HWH);
    vdma_hw_core_set (tree, VDMA_HW_ADDR_WIDTH, 40, VDMA_HW_ORIGIN_DEVICE_TREE);
    tree->origin[VDMA_HW_SPAN] = VDMA_HW_ORIGIN_DEVICE_TREE;
    tree->bad[VDMA_HW_SPAN] = g_strdup ("no size at all");
    vdma_hw_core_set (file, VDMA_HW_SPAN, 0x1000, VDMA_HW_ORIGIN_HWH);
    tree->irq[VDMA_S2MM] = (VdmaHwIrq){ TRUE, 30, "", -1, "interrupts[1]" };
    VdmaHwCore *into = turned ? tree : file;
    vdma_hw_core_merge (into, turned ? file : tree);
    g_assert_cmpuint (into->desc.n_stores, ==, 5);
    g_assert_cmpint (into->origin[VDMA_HW_STORES], ==, VDMA_HW_ORIGIN_HWH);
    g_assert_cmpuint (into->desc.addr_width, ==, 40);
    g_assert_cmpuint (into->desc.span, ==, 0x1000);
    g_assert_null (into->bad[VDMA_HW_SPAN]);
    g_assert_cmpint (into->irq[VDMA_S2MM].spi, ==, 30);
    hw_rig_check_notes (
        into, "n_stores is 5 by the .hwh file; the device tree");
  }
}

/* docs/description.md has each option, and says of it what the table says. */
static void
test_page (void)
{
  g_autofree gchar *path = g_build_filename (
      hwh_folder, "..", "..", "..", "docs", "description.md", NULL);
  g_autofree gchar *page = NULL;
  g_autoptr (GArray) table = g_array_new (FALSE, FALSE, sizeof (VdmaOption));
  GError *error = NULL;
  g_file_get_contents (path, &page, NULL, &error);
  g_assert_no_error (error);
  vdma_hw_choice_add_options (table, 0);
  for (guint i = 0; i < table->len; i++) {
    const VdmaOption *option = &g_array_index (table, VdmaOption, i);
    g_autofree gchar *row =
        g_strdup_printf ("\n| `%s` | %s |", option->name, option->help);
    g_test_message ("%s", row + 1);
    g_assert_nonnull (strstr (page, row));
  }
}

/* ---- registers ---- */

static const struct {
  const gchar *name;
  guint32 version;
  guint32 cr[VDMA_N_DIRECTIONS], sr[VDMA_N_DIRECTIONS];
  guint32 frmstore[VDMA_N_DIRECTIONS]; /* 0: not read */
  guint absent;                        /* a channel that is not described */
  gint code;                           /* -1: right */
  const gchar *says, *note;
} readings[] = {
#define CR                                                                     \
  {                                                                            \
    0x10002, 0x10002                                                           \
  }
#define SR                                                                     \
  {                                                                            \
    0x10001, 0x10001                                                           \
  }
  { "right", 0x62000050, CR, SR, { 0, 0 }, 9, -1, NULL, NULL },
  { "right-frmstore", 0x62000000, CR, SR, { 4, 4 }, 9, -1, NULL, NULL },
  { "no-core", 0, CR, SR, { 0, 0 }, 9, VDMA_ERROR_UNSUPPORTED,
      "reads 0x00000000", NULL },
  { "aborted", 0xffffffff, CR, SR, { 0, 0 }, 9, VDMA_ERROR_UNSUPPORTED,
      "another bitstream", NULL },
  { "version-5", 0x50400000, CR, SR, { 0, 0 }, 9, VDMA_ERROR_UNSUPPORTED,
      "0x620", NULL },
  { "silent", 0x62000000, { 0x10002, 0 }, { 0x10001, 0 }, { 0, 0 }, 9,
      VDMA_ERROR_HARDWARE, "no S2MM channel", NULL },
  { "silent-ones", 0x62000000, { 0xffffffff, 0x10002 }, { 0xffffffff, 0x10001 },
      { 0, 0 }, 9, VDMA_ERROR_HARDWARE, "no MM2S channel", NULL },
  { "answers", 0x62000000, CR, SR, { 0, 0 }, VDMA_MM2S, -1, NULL,
      "MM2S answers" },
  { "more-stores", 0x62000000, CR, SR, { 0, 5 }, 9, VDMA_ERROR_INVALID,
      "say stores=5", NULL },
  { "fewer-stores", 0x62000000, CR, SR, { 3, 4 }, 9, -1, NULL,
      "FRMSTORE says 3" },
};

static void
test_readings (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (VdmaHwCore) core = vdma_hw_core_new ("test");
  g_autoptr (GError) error = NULL;
  VdmaHwReadings read = { .version = readings[i].version };
  vdma_hw_core_set (core, VDMA_HW_STORES, 4, VDMA_HW_ORIGIN_HWH);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    read.channel[dir].was_read = TRUE;
    read.channel[dir].cr = readings[i].cr[dir];
    read.channel[dir].sr = readings[i].sr[dir];
    read.channel[dir].frmstore_was_read = readings[i].frmstore[dir] != 0;
    read.channel[dir].frmstore = readings[i].frmstore[dir];
    core->desc.channel[dir].present = readings[i].absent != dir;
  }
  gboolean ok = vdma_hw_core_compare (core, &read, &error);
  g_assert_cmpint (ok, ==, readings[i].code < 0);
  if (!ok) {
    g_test_message ("%s", error->message);
    g_assert_error (error, VDMA_ERROR, readings[i].code);
    g_assert_nonnull (strstr (error->message, readings[i].says));
  }
  hw_rig_check_notes (core, readings[i].note);
}

/* ---- names ---- */

static void
test_names (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint field = 0; field < VDMA_HW_N_FIELDS; field++)
    g_assert_true (
        g_hash_table_add (seen, (gpointer) vdma_hw_field_name (field)));
  g_assert_cmpstr (
      vdma_hw_field_name (FIELD (S2MM, GENLOCK)), ==, "S2MM.genlock");
}

/* Every field is one place of the description, and no other's. */
static void
test_fields (void)
{
  for (guint field = 0; field < VDMA_HW_N_FIELDS; field++) {
    g_autoptr (VdmaHwCore) core = vdma_hw_core_new ("a");
    g_autoptr (VdmaHwCore) copy = NULL;
    vdma_hw_core_set (core, field, 77, VDMA_HW_ORIGIN_HWH);
    copy = vdma_hw_core_copy (core);
    g_autoptr (VdmaHwCore) plain = vdma_hw_core_new ("b");
    for (guint other = 0; other < VDMA_HW_N_FIELDS; other++)
      g_assert_cmpuint (vdma_hw_core_get (copy, other), ==,
          other == field ? 77 : vdma_hw_core_get (plain, other));
  }
}

/* A name is cut between characters. */
static void
test_long_name (void)
{
  static const gchar umlaut[] = "\xc3\xa4";
  for (guint n = 55; n < 66; n++) {
    g_autoptr (GString) text = g_string_new (NULL);
    for (guint i = 0; i < n; i++)
      g_string_append_c (text, 'n');
    g_string_append (text, umlaut);
    g_string_append (text, umlaut);
    Options options;
    GError *error = NULL;
    options_parse ("stores=3", &options, &error);
    g_assert_no_error (error);
    g_autoptr (VdmaHwCore) core =
        vdma_hw_choice_resolve (&options.hw, NULL, text->str, &error);
    g_assert_no_error (error);
    g_assert_true (g_utf8_validate (core->desc.name, -1, NULL));
    g_assert_cmpuint (strlen (core->desc.name), >=, MIN (text->len, 62));
    vdma_hw_choice_clear (&options.hw);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  hwh_folder = argv[1];
  for (guint i = 0; i < G_N_ELEMENTS (rights); i++)
    hw_rig_add (
        "/choice/right", rights[i].name, GUINT_TO_POINTER (i), test_right);
  for (guint i = 0; i < G_N_ELEMENTS (wrongs); i++)
    hw_rig_add (
        "/choice/wrong", wrongs[i].name, GUINT_TO_POINTER (i), test_wrong);
  for (guint i = 0; i < G_N_ELEMENTS (readings); i++)
    hw_rig_add ("/choice/registers", readings[i].name, GUINT_TO_POINTER (i),
        test_readings);
  g_test_add_func ("/choice/unknown-option", test_unknown_option);
  g_test_add_func ("/choice/merge", test_merge);
  g_test_add_func ("/choice/page", test_page);
  g_test_add_func ("/choice/names", test_names);
  g_test_add_func ("/choice/fields", test_fields);
  g_test_add_func ("/choice/long-name", test_long_name);
  return g_test_run ();
}
