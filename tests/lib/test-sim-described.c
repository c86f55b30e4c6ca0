/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A simulated board that is built as a .hwh file or a device tree says. */
#include <string.h>

#include "hw-rig.h"
#include "sim.h"
#include "tree-rig.h"
#include "vdma-error.h"

static const gchar *hwh_folder; /* of the fixtures */

static const TreeFile tree_files[] = {
  { "compatible", "\"xlnx,zynq-7000\"" },
  { "#address-cells", "<1>" },
  { "#size-cells", "<1>" },
  { "dma@43000000/compatible", "\"xlnx,axi-vdma-6.3\"" },
  { "dma@43000000/reg", "<0x43000000 0x10000>" },
  { "dma@43000000/xlnx,num-fstores", "<6>" },
  { "dma@43000000/xlnx,s2mm-tdata-width", "<64>" },
  { "dma@43000000/xlnx,include-mm2s", "<0>" },
  { "other@44000000/compatible", "\"xlnx,axi-vdma-6.3\"" },
  { "other@44000000/reg", "<0x44000000 0x10000>" },
  { NULL, NULL },
};

static const struct {
  const gchar *name, *options; /* %F: fixtures, %T: device tree */
  guint stores, addr_width, s2mm_mm_width, s2mm_stream_width;
  gboolean mm2s, s2mm_dre, vert_flip;
} rights[] = {
  { "hwh", "hwh=%F/zynq-6.3.hwh", 4, 32, 64, 32, TRUE, FALSE, FALSE },
  { "instance", "hwh=%F/zynqmp-several.hwh#capture_vdma", 5, 40, 128, 64, FALSE,
      TRUE, TRUE },
  { "options-win", "hwh=%F/zynqmp-several.hwh#capture_vdma&stores=7&vflip=no",
      7, 40, 128, 64, FALSE, TRUE, FALSE },
  { "order-is-nothing", "channels=both&hwh=%F/zynqmp-several.hwh#capture_vdma",
      5, 40, 128, 64, TRUE, TRUE, TRUE },
  { "dt", "dt=%T#dma", 6, 32, 64, 64, FALSE, FALSE, FALSE },
  { "stores-said", "dt=%T#other&stores=2", 2, 32, 64, 32, TRUE, FALSE, FALSE },
};

static const struct {
  const gchar *name, *options;
  const gchar *says;
} wrongs[] = {
  { "profile", "profile=P1&hwh=%F/zynq-6.3.hwh", "leave one out" },
  { "scatter-gather", "hwh=%F/zynqmp-several.hwh#sg_vdma", "scatter-gather" },
  { "several", "hwh=%F/zynqmp-several.hwh", "say which" },
  { "no-file", "hwh=%F/none.hwh", "none.hwh" },
  { "stores-unsaid", "dt=%T#other", "how many frame stores" },
  { "two-cores", "dt=%T#dma&hwh=%F/zynq-6.2.hwh", "another bitstream" },
};

static SimBoard *
described_open (const gchar *text, GError **error)
{
  gchar *root = tree_rig_new ();
  tree_rig_put_all (root, tree_files);
  g_autofree gchar *options = hw_rig_fill_in (text, hwh_folder, root);
  SimBoard *board = sim_board_open ("described", options, error);
  tree_rig_free (root);
  return board;
}

static void
test_right (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  GError *error = NULL;
  SimBoard *board = described_open (rights[i].options, &error);
  g_assert_no_error (error);
  const VdmaHwDesc *desc = sim_board_get_desc (board);
  const VdmaHwChannel *s2mm = &desc->channel[VDMA_S2MM];
  g_assert_cmpstr (desc->name, ==, "sim:described");
  g_assert_cmpuint (desc->base, ==, 0);
  g_assert_cmpuint (desc->n_stores, ==, rights[i].stores);
  g_assert_cmpuint (desc->addr_width, ==, rights[i].addr_width);
  g_assert_cmpuint (s2mm->mm_width, ==, rights[i].s2mm_mm_width);
  g_assert_cmpuint (s2mm->stream_width, ==, rights[i].s2mm_stream_width);
  g_assert_cmpint (s2mm->dre, ==, rights[i].s2mm_dre);
  g_assert_cmpint (desc->channel[VDMA_MM2S].present, ==, rights[i].mm2s);
  g_assert_cmpint (desc->vert_flip, ==, rights[i].vert_flip);
  sim_board_unref (board);
}

static void
test_wrong (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GError) error = NULL;
  g_assert_null (described_open (wrongs[i].options, &error));
  g_test_message ("%s", error->message);
  g_assert_true (error->domain == VDMA_ERROR);
  g_assert_nonnull (strstr (error->message, wrongs[i].says));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  hwh_folder = argv[1];
  for (guint i = 0; i < G_N_ELEMENTS (rights); i++)
    hw_rig_add (
        "/described/right", rights[i].name, GUINT_TO_POINTER (i), test_right);
  for (guint i = 0; i < G_N_ELEMENTS (wrongs); i++)
    hw_rig_add (
        "/described/wrong", wrongs[i].name, GUINT_TO_POINTER (i), test_wrong);
  return g_test_run ();
}
