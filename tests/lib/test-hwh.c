/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* .hwh files: what a good one says, and a sentence for every bad one. */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "hw-rig.h"
#include "vdma-error.h"

static const gchar *hwh_folder; /* of the fixtures */
static const VdmaHwOrigin hwh_origin = VDMA_HW_ORIGIN_HWH;

static gchar *
hwh_path (const gchar *name)
{
  return g_build_filename (hwh_folder, name, NULL);
}

static gchar *
hwh_read (const gchar *name, gsize *length)
{
  g_autofree gchar *path = hwh_path (name);
  GError *error = NULL;
  gchar *text;
  g_file_get_contents (path, &text, length, &error);
  g_assert_no_error (error);
  return text;
}

/* ---- what good files say ---- */

typedef struct {
  const gchar *spec; /* file and instance */
  guint major, minor;
  HwSaid says[40];
  VdmaHwIrq irq[VDMA_N_DIRECTIONS];
} Good;

#define NO_IRQ                                                                 \
  {                                                                            \
    FALSE, -1, "", -1, ""                                                      \
  }

static const Good good[] = {
  { "zynq-6.3.hwh", 6, 3,
      { { VDMA_HW_BASE, 0x43000000 }, { VDMA_HW_SPAN, 0x10000 },
          { VDMA_HW_STORES, 4 }, { VDMA_HW_ADDR_WIDTH, 32 },
          { VDMA_HW_FLUSH_ON_FSYNC, 1 }, { VDMA_HW_INTERNAL_GENLOCK, 1 },
          { VDMA_HW_VERT_FLIP, 0 }, { VDMA_HW_VIDPRMTR_READS, 1 },
          { VDMA_HW_STATUS_REGS, 0 }, { VDMA_HW_DLYTMR_RESOLUTION, 125 },
          { FIELD (MM2S, PRESENT), 1 }, { FIELD (S2MM, PRESENT), 1 },
          { FIELD (MM2S, MM_WIDTH), 32 }, { FIELD (S2MM, MM_WIDTH), 64 },
          { FIELD (MM2S, STREAM_WIDTH), 32 },
          { FIELD (S2MM, STREAM_WIDTH), 32 }, { FIELD (MM2S, DRE), 0 },
          { FIELD (S2MM, DRE), 0 }, { FIELD (MM2S, FSYNC), 0 },
          { FIELD (S2MM, FSYNC), 2 }, { FIELD (MM2S, GENLOCK), 1 },
          { FIELD (S2MM, GENLOCK), 0 }, { FIELD (MM2S, REPEAT_EN), 0 },
          { FIELD (S2MM, REPEAT_EN), 1 }, { FIELD (MM2S, FRAME_COUNTER), 1 },
          { FIELD (S2MM, FRAME_COUNTER), 1 },
          { FIELD (MM2S, DELAY_COUNTER), 1 },
          { FIELD (S2MM, DELAY_COUNTER), 1 }, { FIELD (MM2S, FRMSTORE), 0 },
          { FIELD (S2MM, FRMSTORE), 0 }, { FIELD (MM2S, THRESHOLD), 0 },
          { FIELD (S2MM, THRESHOLD), 0 } },
      /* inputs of the concats below: 3, and of the pair itself */
      { { TRUE, 29, "system_interrupts", 4, "IRQ_F2P[0]", 0x41800000, 6,
            VDMA_HW_SENSE_LEVEL, FALSE, FALSE },
          { TRUE, 29, "system_interrupts", 3, "IRQ_F2P[0]", 0x41800000, 6,
              VDMA_HW_SENSE_EDGE, FALSE, FALSE } } },
  { "zynq-6.2.hwh#axi_vdma_0", 6, 2,
      { { VDMA_HW_BASE, 0x43c00000 }, { VDMA_HW_STORES, 3 },
          { VDMA_HW_ADDR_WIDTH, 32 }, { VDMA_HW_STATUS_REGS, 1 },
          { FIELD (MM2S, MM_WIDTH), 64 }, { FIELD (S2MM, MM_WIDTH), 128 },
          { FIELD (MM2S, STREAM_WIDTH), 24 },
          { FIELD (S2MM, STREAM_WIDTH), 24 }, { FIELD (MM2S, DRE), 1 },
          { FIELD (S2MM, DRE), 0 }, { FIELD (MM2S, GENLOCK), 3 },
          { FIELD (S2MM, GENLOCK), 2 }, { FIELD (MM2S, FRMSTORE), 1 },
          { FIELD (S2MM, FRMSTORE), 1 }, { FIELD (S2MM, FRAME_COUNTER), 1 },
          { FIELD (S2MM, THRESHOLD), 0 } },
      { { TRUE, 36, "", -1, "IRQ_F2P[7]" },
          { TRUE, 52, "", -1, "IRQ_F2P[8]" } } },
  { "zynqmp-several.hwh#capture/vdma", 6, 3,
      { { VDMA_HW_BASE, 0xa0010000 }, { VDMA_HW_STORES, 5 },
          { VDMA_HW_ADDR_WIDTH, 40 }, { VDMA_HW_VERT_FLIP, 1 },
          { VDMA_HW_INTERNAL_GENLOCK, 0 }, { FIELD (MM2S, PRESENT), 0 },
          { FIELD (S2MM, PRESENT), 1 }, { FIELD (S2MM, MM_WIDTH), 128 },
          { FIELD (S2MM, STREAM_WIDTH), 64 }, { FIELD (S2MM, DRE), 1 } },
      { NO_IRQ, { TRUE, 105, "", -1, "pl_ps_irq1[1]" } } },
  { "zynqmp-several.hwh#display_vdma", 6, 3,
      { { VDMA_HW_BASE, 0xa0020000 }, { VDMA_HW_SPAN, 0x1000 },
          { VDMA_HW_STORES, 4 }, { VDMA_HW_ADDR_WIDTH, 40 },
          { FIELD (S2MM, PRESENT), 0 } },
      { { TRUE, 106, "", -1, "pl_ps_irq1[2]" }, NO_IRQ } },
  { "zynqmp-several.hwh#/plain", 6, 3,
      { /* the processor's address, not MicroBlaze's */
          { VDMA_HW_BASE, 0x80000000 }, { VDMA_HW_STORES, 8 },
          { VDMA_HW_FLUSH_ON_FSYNC, 0 }, { VDMA_HW_VIDPRMTR_READS, 0 },
          { VDMA_HW_DLYTMR_RESOLUTION, 1000 },
          /* set in the file, but two masters make no pair */
          { VDMA_HW_INTERNAL_GENLOCK, 0 }, { FIELD (MM2S, FRAME_COUNTER), 0 },
          { FIELD (S2MM, DELAY_COUNTER), 0 } },
      { { TRUE, 104, "", -1, "pl_ps_irq1[0]" }, NO_IRQ } },
};

static void
test_good (gconstpointer data)
{
  const Good *row = data;
  g_autofree gchar *spec = hwh_path (row->spec);
  GError *error = NULL;
  VdmaHwCore *core = vdma_hwh_find (spec, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (core->major, ==, row->major);
  g_assert_cmpuint (core->minor, ==, row->minor);
  hw_rig_check_says (core, row->says, G_N_ELEMENTS (row->says), &hwh_origin);
  hw_rig_check_irqs (core, row->irq);
  vdma_hw_core_free (core);
}

static void
test_list (void)
{
  static const struct {
    const gchar *name;
    const gchar *error; /* NULL: usable */
  } rows[] = {
    { "capture_vdma", NULL },
    { "display_vdma", NULL },
    { "old_vdma", "axi_vdma:5.4" },
    { "plain", NULL },
    { "sg_vdma", "scatter-gather" },
  };
  g_autofree gchar *path = hwh_path ("zynqmp-several.hwh");
  GError *error = NULL;
  g_autoptr (GPtrArray) cores = vdma_hwh_list (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (cores->len, ==, G_N_ELEMENTS (rows));
  for (guint i = 0; i < cores->len; i++) {
    const VdmaHwCore *core = g_ptr_array_index (cores, i);
    g_assert_cmpstr (core->desc.name, ==, rows[i].name);
    g_assert_true (g_str_has_prefix (core->source, path));
    hw_rig_check_error (core, rows[i].error);
    if (rows[i].error) {
      g_assert_error (core->error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED);
      g_assert_nonnull (strstr (core->error->message, ".hwh:"));
    }
  }
}

/* ---- which one ---- */

static const struct {
  const gchar *name;
  const gchar *spec;
  gint code;
  const gchar *says[3];
} finds[] = {
  { "several", "zynqmp-several.hwh", VDMA_ERROR_INVALID,
      { "5 AXI VDMAs", "capture_vdma (capture/vdma)", "sg_vdma (cannot" } },
  { "unknown", "zynqmp-several.hwh#vdma_9", VDMA_ERROR_NOT_FOUND,
      { "'vdma_9'", "plain" } },
  { "no-vdma", "no-vdma.hwh", VDMA_ERROR_NOT_FOUND, { "no AXI VDMA" } },
  { "scatter-gather", "zynqmp-several.hwh#sg_vdma", VDMA_ERROR_UNSUPPORTED,
      { "scatter-gather", "build it without" } },
  { "version", "zynqmp-several.hwh#old_vdma", VDMA_ERROR_UNSUPPORTED,
      { "5.4", "6.2 and 6.3" } },
  { "no-file", "not-there.hwh", VDMA_ERROR_NOT_FOUND, { "not-there.hwh" } },
  { "folder", ".", VDMA_ERROR_INVALID, { "is no file" } },
  { "no-xml", "../../lib/test-hwh.c", VDMA_ERROR_INVALID, { "no .hwh" } },
};

static void
test_find (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autofree gchar *spec = hwh_path (finds[i].spec);
  g_autoptr (GError) error = NULL;
  g_assert_null (vdma_hwh_find (spec, &error));
  g_assert_error (error, VDMA_ERROR, finds[i].code);
  g_test_message ("%s", error->message);
  for (guint k = 0; k < G_N_ELEMENTS (finds[i].says) && finds[i].says[k]; k++)
    g_assert_nonnull (strstr (error->message, finds[i].says[k]));
}

static void
test_pipe (void)
{
  g_autofree gchar *folder = g_dir_make_tmp ("vdma-hwh-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "pipe", NULL);
  g_autoptr (GError) error = NULL;
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  g_assert_null (vdma_hwh_list (path, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "is no file"));
  g_unlink (path);
  g_rmdir (folder);
}

/* ---- bad files: a good one with one thing changed ---- */

typedef struct {
  const gchar *name;
  const gchar *from, *to;
  const gchar *says; /* NULL: a note, or nothing */
  const gchar *note;
} Change;

#define STORES           "NAME=\"c_num_fstores\" VALUE=\"4\""
#define STORES_TO(value) "NAME=\"c_num_fstores\" VALUE=\"" value "\""
#define RANGE            "BASEVALUE=\"0x43000000\""

static const Change changes[] = {
  { "no-change", STORES, STORES, NULL, NULL },
  { "stores-text", STORES, STORES_TO ("four"), "is 'four'; it must be 1 to 32",
      NULL },
  { "stores-0", STORES, STORES_TO ("0"), "1 to 32", NULL },
  { "stores-33", STORES, STORES_TO ("33"), "1 to 32", NULL },
  { "stores-huge", STORES, STORES_TO ("99999999999999999999"), "1 to 32",
      NULL },
  { "stores-negative", STORES, STORES_TO ("-4"), "1 to 32", NULL },
  { "stores-empty", STORES, STORES_TO (""), "1 to 32", NULL },
  { "stores-quoted-cut", STORES, STORES_TO ("\xc3\xa4\xc3\xa4"), "1 to 32",
      NULL },
  { "stores-differ", STORES, STORES_TO ("5"), NULL, "the former counts" },
  { "stores-twice", STORES, STORES "/><PARAMETER " STORES_TO ("6"),
      "is '6', and '4' in line", NULL },
  { "stores-twice-same", STORES, STORES "/><PARAMETER " STORES, NULL, NULL },
  { "width-odd", "\"c_m_axi_s2mm_data_width\" VALUE=\"64\"",
      "\"c_m_axi_s2mm_data_width\" VALUE=\"48\"", "S2MM.mm_width is 48", NULL },
  { "case-differs", "\"c_include_mm2s_dre\" VALUE=\"0\"",
      "\"c_include_mm2s_dre\" VALUE=\"1\"", NULL, "in lower case" },
  { "genlock-7", "\"c_mm2s_genlock_mode\" VALUE=\"1\"",
      "\"c_mm2s_genlock_mode\" VALUE=\"7\"", "0 to 3", NULL },
  { "true", "\"c_include_mm2s\" VALUE=\"1\"",
      "\"c_include_mm2s\" VALUE=\"true\"", NULL, NULL },
  { "version-6.1", "axi_vdma:6.3", "axi_vdma:6.1", "6.2 and 6.3", NULL },
  { "version-none", "axi_vdma:6.3", "axi_vdma", "6.2 and 6.3", NULL },
  { "sg-text", "\"c_include_sg\" VALUE=\"0\"",
      "\"c_include_sg\" VALUE=\"perhaps\"", "scatter-gather", NULL },
  { "base-text", RANGE, "BASEVALUE=\"here\"", "that is no range", NULL },
  { "base-above-high", RANGE, "BASEVALUE=\"0x53000000\"", "no range", NULL },
  { "base-missing", RANGE, "", "no range", NULL },
  { "span-huge", RANGE, "BASEVALUE=\"0x0\"", "span", NULL },
  { "other-interface", "\"S_AXI_LITE\"/>", "\"S_AXI_ELSE\"/>", NULL, NULL },
  { "no-instance", "INSTANCE=\"video_axi_vdma\" IPTYPE", "IPTYPE",
      "no INSTANCE", NULL },
  { "not-connected", "SIGNAME=\"video_axi_vdma_mm2s_introut\">", ">", NULL,
      "mm2s_introut is not connected" },
  { "loop", "SIGIS=\"undef\" SIGNAME=\"to_ps_dout\"",
      "SIGIS=\"undef\" SIGNAME=\"system_interrupts_irq\"", NULL,
      "could not be found" },
  { "reverse", "\"C_IRQ_F2P_MODE\" VALUE=\"DIRECT\"",
      "\"C_IRQ_F2P_MODE\" VALUE=\"REVERSE\"", NULL, NULL },
};

static gchar *
hwh_change (const gchar *text, const Change *change)
{
  g_auto (GStrv) parts = g_strsplit (text, change->from, 2);
  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  return g_strjoinv (change->to, parts);
}

static void
test_change (gconstpointer data)
{
  const Change *change = data;
  g_autofree gchar *good_text = hwh_read ("zynq-6.3.hwh", NULL);
  g_autofree gchar *text = hwh_change (good_text, change);
  GError *error = NULL;
  g_autoptr (GPtrArray) cores =
      vdma_hwh_parse (text, strlen (text), "changed.hwh", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (cores->len, ==, 1);
  const VdmaHwCore *core = g_ptr_array_index (cores, 0);
  hw_rig_check_error (core, change->says);
  if (change->says)
    g_assert_nonnull (strstr (core->error->message, "changed.hwh"));
  else
    hw_rig_check_notes (core, change->note);
}

/* What a design says of its interrupt controller, in all its spellings. */
static void
test_controller (void)
{
#define KIND          "VALUE=\"0xFFFFFFEF\""
#define RANGE_OF_INTC "BASEVALUE=\"0x41800000\""
#define MAP           "<MEMORYMAP>"
  static const struct {
    Change change;
    VdmaHwSense mm2s, s2mm; /* inputs 4 and 3 */
    guint64 base;
    guint n_inputs;
  } cases[] = {
    { { "", KIND, KIND }, VDMA_HW_SENSE_LEVEL, VDMA_HW_SENSE_EDGE, 0x41800000,
        6 },
    { { "", KIND, "VALUE=\"00000000000000000000000011111111\"" },
        VDMA_HW_SENSE_EDGE, VDMA_HW_SENSE_EDGE, 0x41800000, 6 },
    { { "", KIND, "VALUE=\"16\"" }, VDMA_HW_SENSE_EDGE, VDMA_HW_SENSE_LEVEL,
        0x41800000, 6 },
    { { "", KIND, "VALUE=\"all\"" }, VDMA_HW_SENSE_UNKNOWN,
        VDMA_HW_SENSE_UNKNOWN, 0x41800000, 6 },
    { { "", KIND, "VALUE=\"0x1FFFFFFFF\"" }, VDMA_HW_SENSE_UNKNOWN,
        VDMA_HW_SENSE_UNKNOWN, 0x41800000, 6 },
    { { "", RANGE_OF_INTC, "BASEVALUE=\"there\"" }, VDMA_HW_SENSE_LEVEL,
        VDMA_HW_SENSE_EDGE, 0, 6 },
    { { "", "\"C_NUM_INTR_INPUTS\" VALUE=\"6\"",
          "\"C_NUM_INTR_INPUTS\" VALUE=\"33\"" },
        VDMA_HW_SENSE_LEVEL, VDMA_HW_SENSE_EDGE, 0x41800000, 0 },
    /* another master has it elsewhere; the processor's address counts */
    { { "", "<MODULES>",
          "<MODULES><MODULE INSTANCE=\"axi_vdma_9\" MODTYPE=\"axi_vdma\" "
          "VLNV=\"xilinx.com:ip:axi_vdma:6.3\">" MAP
          "<MEMRANGE INSTANCE=\"system_interrupts\" BASEVALUE=\"0x1000\" "
          "HIGHVALUE=\"0x1fff\" SLAVEBUSINTERFACE=\"s_axi\"/></MEMORYMAP>"
          "</MODULE>" },
        VDMA_HW_SENSE_LEVEL, VDMA_HW_SENSE_EDGE, 0x41800000, 6 },
  };
  g_autofree gchar *good_text = hwh_read ("zynq-6.3.hwh", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree gchar *text = hwh_change (good_text, &cases[i].change);
    g_test_message ("%s", cases[i].change.to);
    g_autoptr (GPtrArray) cores =
        vdma_hwh_parse (text, strlen (text), "changed.hwh", &error);
    g_assert_no_error (error);
    const VdmaHwCore *core = g_ptr_array_index (cores, cores->len - 1);
    const VdmaHwIrq expected[VDMA_N_DIRECTIONS] = {
      { TRUE, 29, "system_interrupts", 4, "IRQ_F2P[0]", cases[i].base,
          cases[i].n_inputs, cases[i].mm2s, FALSE, FALSE },
      { TRUE, 29, "system_interrupts", 3, "IRQ_F2P[0]", cases[i].base,
          cases[i].n_inputs, cases[i].s2mm, FALSE, FALSE },
    };
    hw_rig_check_irqs (core, expected);
  }
#undef KIND
#undef RANGE_OF_INTC
#undef MAP
}

/* Every prefix of a file is refused with a sentence, but for the last bytes. */
static void
test_cut (void)
{
  gsize length;
  g_autofree gchar *text = hwh_read ("zynq-6.3.hwh", &length);
  const gchar *end = g_strrstr (text, "</EDKSYSTEM>");
  for (gsize cut = 0; cut < length; cut += cut < 600 ? 1 : 97) {
    g_autoptr (GError) error = NULL;
    GPtrArray *cores = vdma_hwh_parse (text, cut, "cut.hwh", &error);
    g_assert_cmpint (cores == NULL, ==, error != NULL);
    g_assert_true (error || cut >= (gsize) (end - text) + strlen (end) - 1);
    if (error) {
      g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, "cut.hwh"));
    }
    g_clear_pointer (&cores, g_ptr_array_unref);
  }
}

static const struct {
  const gchar *name, *text;
  const gchar *says;
} documents[] = {
  { "empty", "", "empty" },
  { "other-root", "<html><EDKSYSTEM/></html>", "<html>" },
  { "not-utf8", "<EDKSYSTEM A=\"\xff\"/>", "UTF-8" },
  { "entity", "<EDKSYSTEM A=\"&lol;\"/>", "line 1" },
  { "unbalanced", "<EDKSYSTEM>\n<MODULES></EDKSYSTEM>", "line 2" },
  { "binary",
      "\x7f"
      "ELF\x02\x01",
      "no .hwh" },
  { "nothing-in-it", "<EDKSYSTEM/>", NULL },
};

static void
test_document (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GError) error = NULL;
  GPtrArray *cores = vdma_hwh_parse (
      documents[i].text, strlen (documents[i].text), "some.hwh", &error);
  g_assert_cmpint (cores == NULL, ==, documents[i].says != NULL);
  if (cores) {
    g_assert_cmpuint (cores->len, ==, 0);
    g_ptr_array_unref (cores);
    return;
  }
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "some.hwh"));
  g_assert_nonnull (strstr (error->message, documents[i].says));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

/* ---- more than there can be ---- */

static void
hwh_expect_refusal (const GString *text, const gchar *says)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (vdma_hwh_parse (text->str, text->len, "huge.hwh", &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, says));
}

/* Each with a number of its own. */
static void
hwh_append_many (
    GString *text, const gchar *before, const gchar *behind, guint n)
{
  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s%u%s", before, i, behind);
}

static void
test_bounds (void)
{
  static const gchar head[] = "<EDKSYSTEM><MODULES>";
  static const gchar module[] =
      "<MODULE INSTANCE=\"m\" VLNV=\"x:ip:axi_vdma:6.3\">";
  g_autoptr (GString) text = g_string_new ("<EDKSYSTEM>");
  hwh_append_many (text, "<A", ">", 1000000);
  hwh_expect_refusal (text, "nested deeper");

  g_string_assign (text, head);
  hwh_append_many (text, "<MODULE VLNV=\"x:ip:axi_vdma:", "\"/>", 5000);
  hwh_expect_refusal (text, "modules");

  g_string_printf (text, "%s%s<PARAMETERS>", head, module);
  hwh_append_many (text, "<PARAMETER NAME=\"n", "\" VALUE=\"1\"/>", 5000);
  hwh_expect_refusal (text, "parameters");

  g_string_printf (text, "%s%s<PORTS>", head, module);
  hwh_append_many (text, "<PORT NAME=\"irq", "\"/>", 5000);
  hwh_expect_refusal (text, "ports");

  g_string_printf (text, "%s%s<MEMORYMAP>", head, module);
  hwh_append_many (text, "<MEMRANGE INSTANCE=\"i", "\"/>", 70000);
  hwh_expect_refusal (text, "address ranges");

  g_string_assign (text, "<EDKSYSTEM>");
  for (guint i = 0; i < 66; i++)
    hwh_append_many (text, "<!-- a comment of thirty-two by", " -->", 32768);
  hwh_expect_refusal (text, "MiB");
}

/* Each net goes to thirty concats, so there are 30^12 ways, and none ends. */
static void
test_branching (void)
{
  g_autoptr (GString) text = g_string_new (
      "<EDKSYSTEM><MODULES>"
      "<MODULE INSTANCE=\"v\" VLNV=\"x:ip:axi_vdma:6.3\"><PORTS>"
      "<PORT NAME=\"mm2s_introut\" SIGIS=\"INTERRUPT\" SIGNAME=\"n0\"/>"
      "</PORTS></MODULE>");
  for (guint level = 0; level < 12; level++) {
    for (guint twin = 0; twin < 30; twin++)
      g_string_append_printf (text,
          "<MODULE INSTANCE=\"c%u\" MODTYPE=\"xlconcat\"><PORTS>"
          "<PORT NAME=\"In0\" SIGNAME=\"n%u\"/>"
          "<PORT NAME=\"dout\" SIGNAME=\"n%u\"/></PORTS></MODULE>",
          level * 30 + twin, level, level + 1);
  }
  g_string_append (text, "</MODULES></EDKSYSTEM>");
  GError *error = NULL;
  g_autoptr (GPtrArray) cores =
      vdma_hwh_parse (text->str, text->len, "branches.hwh", &error);
  g_assert_no_error (error);
  const VdmaHwCore *core = g_ptr_array_index (cores, 0);
  g_assert_false (core->irq[VDMA_MM2S].known);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  hwh_folder = argv[1];
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    hw_rig_add ("/hwh/good", good[i].spec, &good[i], test_good);
  for (guint i = 0; i < G_N_ELEMENTS (finds); i++)
    hw_rig_add ("/hwh/find", finds[i].name, GUINT_TO_POINTER (i), test_find);
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    hw_rig_add ("/hwh/change", changes[i].name, &changes[i], test_change);
  for (guint i = 0; i < G_N_ELEMENTS (documents); i++)
    hw_rig_add ("/hwh/document", documents[i].name, GUINT_TO_POINTER (i),
        test_document);
  g_test_add_func ("/hwh/list", test_list);
  g_test_add_func ("/hwh/controller", test_controller);
  g_test_add_func ("/hwh/cut", test_cut);
  g_test_add_func ("/hwh/pipe", test_pipe);
  g_test_add_func ("/hwh/bounds", test_bounds);
  g_test_add_func ("/hwh/branching", test_branching);
  return g_test_run ();
}
