/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Device trees: each style of binding, addresses, interrupts, reserved memory,
 * and trees that are wrong. */
#include <string.h>

#include "hw-rig.h"
#include "tree-rig.h"
#include "vdma-error.h"

static const VdmaHwOrigin dt_origin = VDMA_HW_ORIGIN_DEVICE_TREE;

/* A Zynq: the kernel driver's binding, an interrupt controller of the fabric, a
 * node for UIO, reserved memory. */
static const TreeFile zynq[] = {
  { "compatible", "\"xlnx,zynq-7000\"" },
  { "#address-cells", "<1>" },
  { "#size-cells", "<1>" },
  { "interrupt-parent", "<1>" },
  { "name", "\"\"" },
  { "aliases/vdma0", "\"/amba_pl/dma@43000000\"" },
  { "__symbols__/axi_vdma_0", "\"/amba_pl/dma@43000000\"" },
  { "amba/#address-cells", "<1>" },
  { "amba/#size-cells", "<1>" },
  { "amba/ranges", "" },
  { "amba/interrupt-controller@f8f01000/compatible", "\"arm,cortex-a9-gic\"" },
  { "amba/interrupt-controller@f8f01000/#interrupt-cells", "<3>" },
  { "amba/interrupt-controller@f8f01000/interrupt-controller", "" },
  { "amba/interrupt-controller@f8f01000/phandle", "<1>" },
  { "amba_pl/#address-cells", "<1>" },
  { "amba_pl/#size-cells", "<1>" },
  { "amba_pl/ranges", "" },
  { "amba_pl/compatible", "\"simple-bus\"" },
  { "amba_pl/dma@43000000/compatible",
      "\"xlnx,axi-vdma-6.3\",\"xlnx,axi-vdma-1.00.a\"" },
  { "amba_pl/dma@43000000/reg", "<0x43000000 0x10000>" },
  { "amba_pl/dma@43000000/interrupts", "<0 29 4 0 30 4>" },
  { "amba_pl/dma@43000000/xlnx,num-fstores", "<4>" },
  { "amba_pl/dma@43000000/xlnx,flush-fsync", "<1>" },
  { "amba_pl/dma@43000000/xlnx,addrwidth", "<32>" },
  { "amba_pl/dma@43000000/dma-channel@43000000/compatible",
      "\"xlnx,axi-vdma-mm2s-channel\"" },
  { "amba_pl/dma@43000000/dma-channel@43000000/interrupts", "<0 29 4>" },
  { "amba_pl/dma@43000000/dma-channel@43000000/xlnx,datawidth", "<32>" },
  { "amba_pl/dma@43000000/dma-channel@43000000/xlnx,include-dre", "" },
  { "amba_pl/dma@43000000/dma-channel@43000000/xlnx,genlock-mode", "" },
  { "amba_pl/dma@43000000/dma-channel@43000030/compatible",
      "\"xlnx,axi-vdma-s2mm-channel\"" },
  { "amba_pl/dma@43000000/dma-channel@43000030/interrupts", "<0 30 4>" },
  { "amba_pl/dma@43000000/dma-channel@43000030/xlnx,datawidth", "<128>" },
  { "amba_pl/dma@43000000/dma-channel@43000030/xlnx,enable-vert-flip", "" },
  { "amba_pl/interrupt-controller@41800000/compatible",
      "\"xlnx,axi-intc-4.1\",\"xlnx,xps-intc-1.00.a\"" },
  { "amba_pl/interrupt-controller@41800000/#interrupt-cells", "<2>" },
  { "amba_pl/interrupt-controller@41800000/interrupt-controller", "" },
  { "amba_pl/interrupt-controller@41800000/interrupts", "<0 31 4>" },
  { "amba_pl/interrupt-controller@41800000/phandle", "<7>" },
  { "amba_pl/interrupt-controller@41800000/reg", "<0x41800000 0x10000>" },
  { "amba_pl/interrupt-controller@41800000/xlnx,num-intr-inputs", "<6>" },
  { "amba_pl/interrupt-controller@41800000/xlnx,kind-of-intr", "<0x1f>" },
  { "amba_pl/vdma@43c00000/compatible", "\"generic-uio\"" },
  { "amba_pl/vdma@43c00000/reg", "<0x43c00000 0x1000>" },
  { "amba_pl/vdma@43c00000/interrupt-parent", "<7>" },
  { "amba_pl/vdma@43c00000/interrupts", "<5 4>" },
  { "amba_pl/vdma@43c00000/status", "\"disabled\"" },
  { "amba_pl/gpio@41200000/compatible", "\"xlnx,xps-gpio-1.00.a\"" },
  { "amba_pl/gpio@41200000/reg", "<0x41200000 0x10000>" },
  { "amba_pl/vdmatest@0/compatible", "\"xlnx,axi-vdma-test-1.00.a\"" },
  { "reserved-memory/#address-cells", "<1>" },
  { "reserved-memory/#size-cells", "<1>" },
  { "reserved-memory/ranges", "" },
  { "reserved-memory/frames@1c000000/reg", "<0x1c000000 0x2000000>" },
  { "reserved-memory/frames@1c000000/no-map", "" },
  { "reserved-memory/cma@10000000/reg", "<0x10000000 0x4000000>" },
  { "reserved-memory/cma@10000000/reusable", "" },
  { "reserved-memory/cma@10000000/linux,cma-default", "" },
  { "reserved-memory/cma@10000000/compatible", "\"shared-dma-pool\"" },
  { "reserved-memory/anywhere/size", "<0x1000>" },
  { NULL, NULL },
};

/* A ZynqMP: 64-bit cells, a bus with ranges, the flat binding, a single-channel
 * core, scatter-gather, an older core. */
static const TreeFile zynqmp[] = {
  { "compatible", "\"xlnx,zynqmp\"" },
  { "#address-cells", "<2>" },
  { "#size-cells", "<2>" },
  { "gic@f9010000/compatible", "\"arm,gic-400\"" },
  { "gic@f9010000/#interrupt-cells", "<3>" },
  { "gic@f9010000/phandle", "<4>" },
  { "pl/#address-cells", "<2>" },
  { "pl/#size-cells", "<1>" },
  /* what the fabric calls 0x1_0000 is at 0xa001_0000 */
  { "pl/ranges", "<0 0x10000 0 0xa0010000 0x100000>" },
  { "pl/flat@10000/compatible", "\"xlnx,axi-vdma-6.3\"" },
  { "pl/flat@10000/reg", "<0 0x10000 0x1000>" },
  { "pl/flat@10000/interrupts-extended", "<4 0 89 4 4 0 90 4>" },
  { "pl/flat@10000/interrupt-names", "\"s2mm_introut\",\"mm2s_introut\"" },
  { "pl/flat@10000/xlnx,num-fstores", "<3>" },
  { "pl/flat@10000/xlnx,addrwidth", "<40>" },
  { "pl/flat@10000/xlnx,include-mm2s", "<1>" },
  { "pl/flat@10000/xlnx,include-s2mm", "<1>" },
  { "pl/flat@10000/xlnx,include-sg", "<0>" },
  { "pl/flat@10000/xlnx,mm2s-data-width", "<128>" },
  { "pl/flat@10000/xlnx,s2mm-data-width", "<256>" },
  { "pl/flat@10000/xlnx,mm2s-tdata-width", "<24>" },
  { "pl/flat@10000/xlnx,s2mm-tdata-width", "<64>" },
  { "pl/flat@10000/xlnx,include-mm2s-dre", "<1>" },
  { "pl/flat@10000/xlnx,include-s2mm-dre", "<0>" },
  { "pl/flat@10000/xlnx,mm2s-genlock-mode", "<3>" },
  { "pl/flat@10000/xlnx,s2mm-genlock-mode", "<2>" },
  { "pl/flat@10000/xlnx,flush-on-fsync", "<0>" },
  { "pl/flat@10000/xlnx,flush-fsync", "<1>" },
  { "pl/flat@10000/xlnx,enable-vidparam-reads", "<0>" },
  { "pl/flat@10000/xlnx,enable-debug-info-5", "<1>" },
  { "pl/flat@10000/xlnx,enable-debug-info-15", "<0>" },
  { "pl/flat@10000/xlnx,enable-vert-flip", "<0>" },
  { "pl/capture@20000/compatible", "\"xlnx,axi-vdma-1.00.a\"" },
  { "pl/capture@20000/reg", "<0 0x20000 0x10000>" },
  { "pl/capture@20000/interrupt-parent", "<4>" },
  { "pl/capture@20000/interrupts", "<0 104 4>" },
  { "pl/capture@20000/xlnx,num-fstores", "<16>" },
  { "pl/capture@20000/xlnx,addrwidth", "<36>" },
  { "pl/capture@20000/channel/compatible", "\"xlnx,axi-vdma-s2mm-channel\"" },
  { "pl/capture@20000/channel/xlnx,datawidth", "<64>" },
  { "pl/sg@30000/compatible", "\"xlnx,axi-vdma-6.2\"" },
  { "pl/sg@30000/reg", "<0 0x30000 0x10000>" },
  { "pl/sg@30000/xlnx,num-fstores", "<3>" },
  { "pl/sg@30000/xlnx,include-sg", "" },
  { "pl/v5@40000/compatible",
      "\"xlnx,axi-vdma-5.04.a\",\"xlnx,axi-vdma-1.00.a\"" },
  { "pl/v5@40000/reg", "<0 0x40000 0x10000>" },
  { NULL, NULL },
};

/* ---- what good trees say ---- */

typedef struct {
  const gchar *name;
  const TreeFile *tree;
  const gchar *node; /* as asked for */
  const gchar *path; /* as found */
  HwSaid says[24];
  VdmaHwIrq irq[VDMA_N_DIRECTIONS];
} Good;

static const Good good[] = {
  { "kernel", zynq, "/amba_pl/dma@43000000", "/amba_pl/dma@43000000",
      { { VDMA_HW_BASE, 0x43000000 }, { VDMA_HW_SPAN, 0x10000 },
          { VDMA_HW_STORES, 4 }, { VDMA_HW_ADDR_WIDTH, 32 },
          { VDMA_HW_FLUSH_ON_FSYNC, 1 }, { VDMA_HW_VERT_FLIP, 1 },
          { FIELD (MM2S, PRESENT), 1 }, { FIELD (S2MM, PRESENT), 1 },
          { FIELD (MM2S, STREAM_WIDTH), 32 },
          { FIELD (S2MM, STREAM_WIDTH), 128 }, { FIELD (MM2S, DRE), 1 } },
      { { TRUE, 29, "", -1, "interrupts[0]" },
          { TRUE, 30, "", -1, "interrupts[0]" } } },
  { "alias", zynq, "vdma0", "/amba_pl/dma@43000000", { { VDMA_HW_STORES, 4 } },
      { { TRUE, 29, "", -1, "interrupts[0]" },
          { TRUE, 30, "", -1, "interrupts[0]" } } },
  { "label", zynq, "axi_vdma_0", "/amba_pl/dma@43000000",
      { { VDMA_HW_STORES, 4 } },
      { { TRUE, 29, "", -1, "interrupts[0]" },
          { TRUE, 30, "", -1, "interrupts[0]" } } },
  { "uio", zynq, "vdma", "/amba_pl/vdma@43c00000",
      { { VDMA_HW_BASE, 0x43c00000 }, { VDMA_HW_SPAN, 0x1000 } },
      /* one line for both channels */
      { { TRUE, 31, "/amba_pl/interrupt-controller@41800000", 5,
            "interrupts[0]", 0x41800000, 6, VDMA_HW_SENSE_LEVEL, FALSE, FALSE },
          { TRUE, 31, "/amba_pl/interrupt-controller@41800000", 5,
              "interrupts[0]", 0x41800000, 6, VDMA_HW_SENSE_LEVEL, FALSE,
              FALSE } } },
  { "flat", zynqmp, "flat@10000", "/pl/flat@10000",
      { { VDMA_HW_BASE, 0xa0010000 }, { VDMA_HW_SPAN, 0x1000 },
          { VDMA_HW_STORES, 3 }, { VDMA_HW_ADDR_WIDTH, 40 },
          { VDMA_HW_FLUSH_ON_FSYNC, 0 }, { VDMA_HW_VIDPRMTR_READS, 0 },
          { VDMA_HW_VERT_FLIP, 0 }, { FIELD (MM2S, MM_WIDTH), 128 },
          { FIELD (S2MM, MM_WIDTH), 256 }, { FIELD (MM2S, STREAM_WIDTH), 24 },
          { FIELD (S2MM, STREAM_WIDTH), 64 }, { FIELD (MM2S, DRE), 1 },
          { FIELD (S2MM, DRE), 0 }, { FIELD (MM2S, GENLOCK), 3 },
          { FIELD (S2MM, GENLOCK), 2 }, { FIELD (MM2S, FRMSTORE), 1 },
          { FIELD (S2MM, FRAME_COUNTER), 0 } },
      { { TRUE, 90, "", -1, "interrupts[1]" },
          { TRUE, 89, "", -1, "interrupts[0]" } } },
  { "one-channel", zynqmp, "capture", "/pl/capture@20000",
      { { VDMA_HW_BASE, 0xa0020000 }, { VDMA_HW_ADDR_WIDTH, 36 },
          { VDMA_HW_STORES, 8 }, { FIELD (MM2S, PRESENT), 0 },
          { FIELD (S2MM, PRESENT), 1 }, { FIELD (S2MM, STREAM_WIDTH), 64 } },
      { { FALSE, -1, "", -1, "" }, { TRUE, 104, "", -1, "interrupts[0]" } } },
};

static void
test_good (gconstpointer data)
{
  const Good *row = data;
  gchar *root = tree_rig_new ();
  tree_rig_put_all (root, row->tree);
  g_autofree gchar *spec = g_strconcat (root, "#", row->node, NULL);
  GError *error = NULL;
  VdmaHwCore *core = vdma_dt_find (spec, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (core->node, ==, row->path);
  g_autofree gchar *source = g_strconcat (root, row->path, NULL);
  g_assert_cmpstr (core->source, ==, source);
  hw_rig_check_says (core, row->says, G_N_ELEMENTS (row->says), &dt_origin);
  hw_rig_check_irqs (core, row->irq);
  vdma_hw_core_free (core);
  tree_rig_free (root);
}

/* A stream of 128 bits is no default that fits 64 on the memory side. */
static void
test_widths (void)
{
  gchar *root = tree_rig_new ();
  tree_rig_put_all (root, zynq);
  g_autofree gchar *spec = g_strconcat (root, "#dma", NULL);
  GError *error = NULL;
  VdmaHwCore *core = vdma_dt_find (spec, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (core->desc.channel[VDMA_S2MM].mm_width, ==, 128);
  g_assert_cmpuint (core->desc.channel[VDMA_MM2S].mm_width, ==, 64);
  g_assert_cmpint (
      core->origin[FIELD (S2MM, MM_WIDTH)], ==, VDMA_HW_ORIGIN_DEFAULT);
  vdma_hw_core_free (core);
  tree_rig_free (root);
}

typedef struct {
  const gchar *node;
  gboolean enabled;
  const gchar *error; /* NULL: usable */
} Listed;

static void
dt_check_list (const TreeFile *tree, const Listed *rows, guint n_rows)
{
  gchar *root = tree_rig_new ();
  tree_rig_put_all (root, tree);
  GError *error = NULL;
  g_autoptr (GPtrArray) cores = vdma_dt_list (root, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (cores->len, ==, n_rows);
  for (guint i = 0; i < n_rows; i++) {
    const VdmaHwCore *core = g_ptr_array_index (cores, i);
    g_assert_cmpstr (core->node, ==, rows[i].node);
    g_assert_cmpint (core->enabled, ==, rows[i].enabled);
    hw_rig_check_error (core, rows[i].error);
  }
  tree_rig_free (root);
}

static void
test_list (void)
{
  static const Listed on_zynq[] = {
    { "/amba_pl/dma@43000000", TRUE, NULL },
    { "/amba_pl/vdma@43c00000", FALSE, NULL },
  };
  static const Listed on_zynqmp[] = {
    { "/pl/capture@20000", TRUE, NULL },
    { "/pl/flat@10000", TRUE, NULL },
    { "/pl/sg@30000", TRUE, "scatter-gather" },
    { "/pl/v5@40000", TRUE, "6.2 and 6.3" },
  };
  dt_check_list (zynq, on_zynq, G_N_ELEMENTS (on_zynq));
  dt_check_list (zynqmp, on_zynqmp, G_N_ELEMENTS (on_zynqmp));
}

static void
test_reserved (void)
{
  gchar *root = tree_rig_new ();
  tree_rig_put_all (root, zynq);
  GError *error = NULL;
  g_autoptr (GPtrArray) list = vdma_dt_list_reserved (root, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 2);
  const VdmaHwReserved *cma = g_ptr_array_index (list, 0);
  const VdmaHwReserved *frames = g_ptr_array_index (list, 1);
  g_assert_cmpstr (cma->name, ==, "cma");
  g_assert_true (cma->reusable && cma->is_default && !cma->no_map);
  g_assert_cmpstr (cma->compatible, ==, "shared-dma-pool");
  g_assert_cmphex (cma->base, ==, 0x10000000);
  g_assert_cmphex (cma->size, ==, 0x4000000);
  g_assert_cmpstr (frames->name, ==, "frames");
  g_assert_cmpstr (frames->node, ==, "/reserved-memory/frames@1c000000");
  g_assert_true (frames->no_map && !frames->reusable && frames->enabled);
  g_assert_null (frames->compatible);
  tree_rig_free (root);
}

/* ---- the node of a device ---- */

static void
test_read_node (void)
{
  gchar *machine = tree_rig_new ();
  g_autofree gchar *root = g_build_filename (machine, "base", NULL);
  g_autofree gchar *link = g_build_filename (machine, "of_node", NULL);
  g_autofree gchar *outside = g_build_filename (machine, "outside", NULL);
  g_autofree gchar *gpio =
      g_build_filename (root, "amba_pl", "gpio@41200000", NULL);
  GError *error = NULL;
  tree_rig_put_all (root, zynq);
  tree_rig_put (machine, "of_node", ">base/amba_pl/vdma@43c00000");
  tree_rig_put (machine, "outside", "/");

  VdmaHwCore *core = vdma_dt_read_node (link, root, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (core->node, ==, "/amba_pl/vdma@43c00000");
  g_assert_null (core->error);
  VdmaHwIrq irq;
  g_assert_true (vdma_dt_read_irq (link, root, 0, &irq, &error));
  hw_rig_check_irq (&irq, &core->irq[VDMA_MM2S]);
  vdma_hw_core_free (core);
  g_assert_false (vdma_dt_read_irq (gpio, root, 0, &irq, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND);
  g_clear_error (&error);

  /* named by mistake */
  core = vdma_dt_read_node (gpio, root, &error);
  g_assert_no_error (error);
  g_assert_error (core->error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (core->error->message, "no AXI VDMA"));
  vdma_hw_core_free (core);

  g_assert_null (vdma_dt_read_node (outside, root, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (vdma_dt_read_node ("/nowhere/at/all", root, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND);
  g_clear_error (&error);
  tree_rig_free (machine);
}

static const struct {
  const gchar *name, *node;
  gint code;
  const gchar *says[2];
} finds[] = {
  { "unknown", "#dma9", VDMA_ERROR_NOT_FOUND, { "'dma9'", "flat@10000" } },
  { "no-node", "#/pl/dma@9", VDMA_ERROR_NOT_FOUND, { "'/pl/dma@9'" } },
  { "several", "", VDMA_ERROR_INVALID, { "4 AXI VDMAs" } },
  { "scatter-gather", "#sg", VDMA_ERROR_UNSUPPORTED, { "scatter-gather" } },
  { "no-tree", "/pl", VDMA_ERROR_INVALID, { "no device tree", "pl" } },
  { "no-folder", "/nothing", VDMA_ERROR_NOT_FOUND, { "/nothing" } },
  { "a-file", "/compatible", VDMA_ERROR_FAILED, { "Not a directory" } },
};

static void
test_find (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  gchar *root = tree_rig_new ();
  tree_rig_put_all (root, zynqmp);
  tree_rig_remove (root, "pl/#address-cells");
  g_autofree gchar *spec = g_strconcat (root, finds[i].node, NULL);
  g_autoptr (GError) error = NULL;
  g_assert_null (vdma_dt_find (spec, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, VDMA_ERROR, finds[i].code);
  for (guint k = 0; k < G_N_ELEMENTS (finds[i].says) && finds[i].says[k]; k++)
    g_assert_nonnull (strstr (error->message, finds[i].says[k]));
  tree_rig_free (root);
}

/* ---- wrong trees: a right one with one file changed ---- */

#define DMA  "amba_pl/dma@43000000/"
#define INTC "amba_pl/interrupt-controller@41800000/"
#define GIC  "amba/interrupt-controller@f8f01000/"

typedef struct {
  const gchar *name;
  TreeFile files[3]; /* a value of NULL: removed */
  const gchar *says; /* NULL: usable */
  const gchar *note; /* NULL: none */
} Change;

static const Change changes[] = {
  { "none", { { DMA "reg", "<0x43000000 0x10000>" } }, NULL, NULL },
  { "stores-short", { { DMA "xlnx,num-fstores", "[00 00 04]" } },
      "dma@43000000: property 'xlnx,num-fstores' has 3 bytes", NULL },
  { "stores-0", { { DMA "xlnx,num-fstores", "<0>" } }, "1 to 32", NULL },
  { "stores-huge", { { DMA "xlnx,num-fstores", "<0xffffffff>" } },
      "is 4294967295; it must be 1 to 32", NULL },
  { "stores-folder",
      { { DMA "xlnx,num-fstores", NULL }, { DMA "xlnx,num-fstores", "/" } },
      "is no file", NULL },
  { "stores-link",
      { { DMA "xlnx,num-fstores", NULL },
          { DMA "xlnx,num-fstores", ">xlnx,num-fstores" } },
      "cannot be opened", NULL },
  { "width-0", { { DMA "xlnx,addrwidth", "<0>" } }, "32 to 64", NULL },
  { "stores-9-of-40",
      { { DMA "xlnx,addrwidth", "<40>" }, { DMA "xlnx,num-fstores", "<18>" } },
      "n_stores is 9", "number of registers" },
  { "stores-6-of-40",
      { { DMA "xlnx,addrwidth", "<40>" }, { DMA "xlnx,num-fstores", "<6>" } },
      NULL, "then it is 3" },
  { "flush-2", { { DMA "xlnx,flush-fsync", "<2>" } }, NULL, NULL },
  { "flush-9", { { DMA "xlnx,flush-fsync", "<9>" } }, "0 to 3", NULL },
  { "sg-0", { { DMA "xlnx,include-sg", "<0>" } }, NULL, NULL },
  { "sg-odd", { { DMA "xlnx,include-sg", "[00]" } }, "scatter-gather", NULL },
  { "datawidth-odd", { { DMA "dma-channel@43000000/xlnx,datawidth", "<33>" } },
      "MM2S.stream_width is 33", NULL },
  { "dre-wide", { { DMA "dma-channel@43000030/xlnx,include-dre", "" } },
      "S2MM.dre", NULL },
  { "reg-missing", { { DMA "reg", NULL } }, "property 'reg' is not there",
      NULL },
  { "reg-short", { { DMA "reg", "<0x43000000>" } }, "must be rows of 8", NULL },
  { "reg-empty", { { DMA "reg", "" } }, "rows of 8", NULL },
  { "reg-nothing", { { DMA "reg", "<0x43000000 0>" } }, "is no range", NULL },
  { "reg-small", { { DMA "reg", "<0x43000000 0x40>" } }, "span", NULL },
  { "cells-0", { { "amba_pl/#address-cells", "<0>" } }, "1 to 2", NULL },
  { "cells-3", { { "amba_pl/#address-cells", "<3>" } }, "1 to 2", NULL },
  { "cells-short", { { "amba_pl/#size-cells", "[01]" } }, "has 1 bytes", NULL },
  { "ranges-missing", { { "amba_pl/ranges", NULL } },
      "property 'ranges' is not there", NULL },
  { "ranges-short", { { "amba_pl/ranges", "<0 0>" } }, "rows of 12", NULL },
  { "ranges-elsewhere", { { "amba_pl/ranges", "<0 0 0x40000000>" } },
      "no row for address 0x43000000", NULL },
  { "ranges-end", { { "amba_pl/ranges", "<0 0 0x43008000>" } }, "no row",
      NULL },
  { "ranges-moved", { { "amba_pl/ranges", "<0x43000000 0x80000000 0x10000>" } },
      NULL, NULL },
  { "compatible-cut", { { DMA "dma-channel@43000000/compatible", "[78 79]" } },
      NULL, NULL },
  { "irq-cut", { { DMA "dma-channel@43000000/interrupts", "<0 29>" } }, NULL,
      "ends in the middle" },
  { "irq-parent", { { DMA "dma-channel@43000000/interrupt-parent", "<99>" } },
      NULL, "no node has that phandle" },
  { "irq-parent-loop",
      { { DMA "interrupt-parent", "<8>" }, { DMA "phandle", "<8>" } }, NULL,
      "leads to no controller" },
  { "irq-cells-0", { { GIC "#interrupt-cells", "<0>" } }, NULL, "1 to 8" },
  { "irq-extended-cut",
      { { DMA "dma-channel@43000000/interrupts-extended", "<1 0 29>" } }, NULL,
      "ends in the middle" },
  { "irq-extended-nobody",
      { { DMA "dma-channel@43000000/interrupts-extended", "<77 0 29 4>" } },
      NULL, "phandle 0x4d" },
  { "irq-cascade-loop",
      { { DMA "dma-channel@43000000/interrupts-extended", "<7 1 4>" },
          { INTC "interrupts-extended", "<7 2 4>" } },
      NULL, "more than 8 controllers" },
  { "irq-none",
      { { DMA "interrupts", NULL },
          { DMA "dma-channel@43000000/interrupts", NULL },
          { DMA "dma-channel@43000030/interrupts", NULL } },
      NULL, NULL },
};

static void
dt_apply (const gchar *root, const Change *change)
{
  for (guint i = 0; i < G_N_ELEMENTS (change->files); i++) {
    const TreeFile *file = &change->files[i];
    if (!file->path)
      break;
    if (!file->value)
      tree_rig_remove (root, file->path);
    else
      tree_rig_put (root, file->path, file->value);
  }
}

static void
test_change (gconstpointer data)
{
  const Change *change = data;
  gchar *root = tree_rig_new ();
  tree_rig_put_all (root, zynq);
  dt_apply (root, change);
  GError *error = NULL;
  g_autoptr (GPtrArray) cores = vdma_dt_list (root, &error);
  g_assert_no_error (error);
  const VdmaHwCore *core = g_ptr_array_index (cores, 0);
  hw_rig_check_error (core, change->says);
  hw_rig_check_notes (core, change->note);
  if (g_str_equal (change->name, "ranges-moved"))
    g_assert_cmphex (core->desc.base, ==, 0x80000000);
  if (g_str_equal (change->name, "flush-2"))
    g_assert_false (core->desc.flush_on_fsync);
  tree_rig_free (root);
}

/* ---- trees without end ---- */

static void
dt_expect_refusal (const gchar *root, const gchar *says)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (vdma_dt_list (root, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, says));
}

static void
test_deep (void)
{
  gchar *root = tree_rig_new ();
  g_autoptr (GString) path = g_string_new ("n");
  for (guint i = 0; i < 40; i++)
    g_string_append (path, "/n");
  tree_rig_put_all (root, zynq);
  tree_rig_put (root, path->str, "/");
  dt_expect_refusal (root, "nested too deep");
  tree_rig_free (root);
}

/* Links that lead round are not followed, names that spoil messages not read. */
static void
test_links (void)
{
  gchar *root = tree_rig_new ();
  tree_rig_put_all (root, zynq);
  tree_rig_put (root, "amba_pl/loop", ">..");
  tree_rig_put (root, "amba_pl/again", ">dma@43000000");
  tree_rig_put (root, "amba_pl/a\nb/compatible", "\"xlnx,axi-vdma-6.3\"");
  g_autoptr (GPtrArray) cores = vdma_dt_list (root, NULL);
  g_assert_cmpuint (cores->len, ==, 2);
  tree_rig_free (root);
}

static void
test_large_property (void)
{
  gchar *root = tree_rig_new ();
  tree_rig_put_all (root, zynq);
  g_autofree gchar *text = g_strnfill (70001, 'x');
  text[0] = '=';
  tree_rig_put (root, DMA "xlnx,num-fstores", text);
  g_autoptr (GPtrArray) cores = vdma_dt_list (root, NULL);
  const VdmaHwCore *core = g_ptr_array_index (cores, 0);
  g_assert_nonnull (strstr (core->error->message, "longer than 65536 bytes"));
  tree_rig_free (root);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    hw_rig_add ("/devicetree/good", good[i].name, &good[i], test_good);
  for (guint i = 0; i < G_N_ELEMENTS (finds); i++)
    hw_rig_add (
        "/devicetree/find", finds[i].name, GUINT_TO_POINTER (i), test_find);
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    hw_rig_add (
        "/devicetree/change", changes[i].name, &changes[i], test_change);
  g_test_add_func ("/devicetree/widths", test_widths);
  g_test_add_func ("/devicetree/list", test_list);
  g_test_add_func ("/devicetree/reserved", test_reserved);
  g_test_add_func ("/devicetree/read-node", test_read_node);
  g_test_add_func ("/devicetree/deep", test_deep);
  g_test_add_func ("/devicetree/links", test_links);
  g_test_add_func ("/devicetree/large-property", test_large_property);
  return g_test_run ();
}
