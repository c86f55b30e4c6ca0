/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A core whose interrupts go into an AXI interrupt controller, on a machine as a
 * PYNQ image makes it: one UIO device for the line, registers by /dev/mem. */
#include <unistd.h>

#include "board.h"
#include "error-says.h"
#include "fake-core.h"
#include "io-intc-regs.h"
#include "vdma-private.h"

#define BASE  0x43000000u
#define INTC  0x41800000u /* as the .hwh file has it */
#define OTHER 0x41810000u
#define TREE  "sys/firmware/devicetree/base"

static gchar *fixture; /* "zynq-6.3.hwh" */

typedef struct {
  FakeRoot *root;
  gint kernel;
} Machine;

/* Of device uio@number: what line of the GIC, and whether it is a controller */
static void
machine_add_node (
    Machine *self, guint number, const gchar *name, guint32 spi, gboolean intc)
{
  const guint32 interrupts[] = { 0, spi, 4 };
  g_autofree gchar *node = g_strconcat (TREE "/", name, NULL);
  g_autofree gchar *path = fake_root_path (self->root, node);
  g_autofree gchar *property = g_strconcat (node, "/interrupts", NULL);
  g_autofree gchar *controller =
      g_strconcat (node, "/interrupt-controller", NULL);
  g_autofree gchar *link =
      g_strdup_printf ("sys/class/uio/uio%u/device/of_node", number);

  fake_root_cells (self->root, property, 3, interrupts);
  if (intc)
    fake_root_write (self->root, controller, "");
  fake_root_link (self->root, link, path);
}

static void
machine_add_map (
    Machine *self, guint number, const gchar *at, const gchar *size)
{
  const gchar *const files[] = { "addr", "size", "offset" };
  const gchar *const texts[] = { at, size, "0x0\n" };
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree gchar *file =
        g_strdup_printf ("sys/class/uio/uio%u/maps/map0/%s", number, files[i]);
    fake_root_write (self->root, file, texts[i]);
  }
}

static void
machine_set_up (Machine *self)
{
  const guint32 one = 1, cells = 3;
  self->root = fake_root_new ();
  fake_root_make_folder (self->root, "run/lock");
  fake_root_fill (self->root, "dev/mem", BASE + 0x1000);
  fake_core_fill (self->root, "dev/mem", BASE);
  fake_root_string (self->root, TREE "/compatible", "arm,gic-400");
  fake_root_cells (self->root, TREE "/#interrupt-cells", 1, &cells);
  fake_root_cells (self->root, TREE "/phandle", 1, &one);
  fake_root_cells (self->root, TREE "/interrupt-parent", 1, &one);
  self->kernel = fake_root_add_irq (self->root, 5, "fabric");
  machine_add_map (self, 5, "0x40000000\n", "0x10000\n");
  machine_add_node (self, 5, "fabric@40000000", 29, FALSE);
}

static void
machine_tear_down (Machine *self)
{
  close (self->kernel);
  fake_root_free (self->root);
}

/* "hwh:" stands for the fixture */
static Board *
machine_open (
    Machine *self, const gchar *name, const gchar *options, GError **error)
{
  g_autofree gchar *text = g_strdup_printf ("%s%s?root=%s%s", name,
      g_str_equal (name, "hwh:") ? fixture : "", self->root->path, options);
  return board_open (text, NULL, error);
}

static guint32
machine_get_mer (Machine *self, const gchar *file, guint base)
{
  return fake_root_peek (self->root, file, base + INTC_MER);
}

static void
assert_kind (Board *board, VdmaDirection dir, const gchar *kind)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VdmaChannel) channel =
      vdma_device_claim (board_get_device (board), dir, "test", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (channel->irq->impl->name, ==, kind);
}

/* ---- what works ---- */

static void
test_found (void)
{
  static const struct {
    const gchar *name, *options;
    const gchar *mm2s, *s2mm; /* kinds of their lines */
    guint base;               /* of the controller that is on; 0: none */
  } cases[] = {
    { "hwh:", "", "intc", "intc", INTC },
    { "hwh:", "&irq=uio", "intc", "intc", INTC },
    { "hwh:", "&irq=timer", "timer", "timer", 0 },
    { "hwh:", "&irq-device=fabric", "intc", "intc", INTC },
    { "hwh:", "&irq-device=fabric@40000000:5", "intc", "intc", INTC },
    { "hwh:", "&irq-mm2s=fabric:4&irq-s2mm=timer", "intc", "timer", INTC },
    { "hwh:", "&irq-device=fabric:3&irq-controller=0x41810000", "intc", "intc",
        OTHER },
    { "mem:0x43000000",
        "&stores=3&irq-device=0x40000000:3&irq-controller=0x41800000", "intc",
        "intc", INTC },
    { "mem:0x43000000", "&stores=3&irq-device=/dev/uio5", "uio", "uio", 0 },
    { "mem:0x43000000", "&stores=3", "timer", "timer", 0 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Machine machine;
    machine_set_up (&machine);
    g_autoptr (GError) error = NULL;
    g_test_message ("%s %s", cases[i].name, cases[i].options);
    g_autoptr (Board) board =
        machine_open (&machine, cases[i].name, cases[i].options, &error);
    g_assert_no_error (error);
    assert_kind (board, VDMA_MM2S, cases[i].mm2s);
    assert_kind (board, VDMA_S2MM, cases[i].s2mm);
    g_assert_cmphex (machine_get_mer (&machine, "dev/mem", INTC), ==,
        cases[i].base == INTC ? 3 : 0);
    g_assert_cmphex (machine_get_mer (&machine, "dev/mem", OTHER), ==,
        cases[i].base == OTHER ? 3 : 0);
    g_clear_pointer (&board, board_unref);
    machine_tear_down (&machine);
  }
}

/* Where a UIO device has the registers nobody needs /dev/mem for them. */
static void
test_registers_by_uio (void)
{
  const FakeUio uio = { 6, "system_interrupts", INTC, 0x1000, 0 };
  Machine machine;
  machine_set_up (&machine);
  g_autoptr (GError) error = NULL;
  fake_root_add_uio (machine.root, &uio);
  machine_add_node (&machine, 6, "registers@41800000", 99, FALSE);
  g_autoptr (Board) board = machine_open (&machine, "hwh:", "", &error);
  g_assert_no_error (error);
  assert_kind (board, VDMA_S2MM, "intc");
  g_assert_cmphex (machine_get_mer (&machine, "dev/uio6", 0), ==, 3);
  g_assert_cmphex (machine_get_mer (&machine, "dev/mem", INTC), ==, 0);
  g_clear_pointer (&board, board_unref);
  machine_tear_down (&machine);
}

/* The line of another pin, or of an input of a controller, is not its output. */
static void
test_other_line (void)
{
  Machine machine;
  machine_set_up (&machine);
  g_autoptr (GError) error = NULL;
  const guint32 other[] = { 0, 30, 4 };
  fake_root_cells (machine.root, TREE "/fabric@40000000/interrupts", 3, other);
  g_autoptr (Board) board =
      machine_open (&machine, "hwh:", "&irq-mm2s=fabric", &error);
  g_assert_no_error (error);
  assert_kind (board, VDMA_MM2S, "uio");
  assert_kind (board, VDMA_S2MM, "timer");
  g_clear_pointer (&board, board_unref);
  machine_tear_down (&machine);
}

/* As examples/board/intc-uio.dtso; a controller beside it. */
static void
machine_add_tree (Machine *self)
{
  static const guint32 one = 1, two = 2, three = 3, stores = 4, edges = 0x8;
  static const guint32 core[] = { BASE, 0x10000 }, intc[] = { INTC, 0x10000 };
  static const guint32 line[] = { 0, 30, 4 };
  static const guint32 mm2s[] = { 4, 4 }, s2mm[] = { 3, 4 };
  static const struct {
    const gchar *file;
    guint n;
    const guint32 *words;
  } cells[] = {
    { "#address-cells", 1, &one },
    { "#size-cells", 1, &one },
    { "dma@43000000/reg", 2, core },
    { "dma@43000000/xlnx,num-fstores", 1, &stores },
    { "dma@43000000/dma-channel@43000000/interrupt-parent", 1, &two },
    { "dma@43000000/dma-channel@43000000/interrupts", 2, mm2s },
    { "dma@43000000/dma-channel@43000030/interrupt-parent", 1, &two },
    { "dma@43000000/dma-channel@43000030/interrupts", 2, s2mm },
    { "axi_intc@41800000/reg", 2, intc },
    { "axi_intc@41800000/#interrupt-cells", 1, &two },
    { "axi_intc@41800000/phandle", 1, &two },
    { "axi_intc@41800000/xlnx,kind-of-intr", 1, &edges },
    { "second/interrupts", 3, line },
    { "second/#interrupt-cells", 1, &two },
    { "second/phandle", 1, &three },
  };
  static const gchar *const strings[][2] = {
    { "dma@43000000/compatible", "xlnx,axi-vdma-6.3" },
    { "dma@43000000/dma-channel@43000000/compatible",
        "xlnx,axi-vdma-mm2s-channel" },
    { "dma@43000000/dma-channel@43000030/compatible",
        "xlnx,axi-vdma-s2mm-channel" },
    { "axi_intc@41800000/compatible", "xlnx,axi-intc-4.1" },
    { "second/compatible", "xlnx,axi-intc-4.1" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cells); i++) {
    g_autofree gchar *file = g_strconcat (TREE "/", cells[i].file, NULL);
    fake_root_cells (self->root, file, cells[i].n, cells[i].words);
  }
  for (guint i = 0; i < G_N_ELEMENTS (strings); i++) {
    g_autofree gchar *file = g_strconcat (TREE "/", strings[i][0], NULL);
    fake_root_string (self->root, file, strings[i][1]);
  }
}

/* No .hwh file: a device tree, whose controller's own line may be no GIC's. */
static void
test_tree (void)
{
  Machine machine;
  machine_set_up (&machine);
  machine_add_tree (&machine);
  g_autoptr (GError) error = NULL;
  gint kernel = fake_root_add_irq (machine.root, 8, "axi_intc");
  g_autofree gchar *node =
      fake_root_path (machine.root, TREE "/axi_intc@41800000");
  fake_root_link (machine.root, "sys/class/uio/uio8/device/of_node", node);
  g_autofree gchar *tree = fake_root_path (machine.root, TREE);
  g_autofree gchar *options = g_strconcat ("&dt=", tree, NULL);
  g_autoptr (Board) board =
      machine_open (&machine, "mem:0x43000000", options, &error);
  g_assert_no_error (error);
  assert_kind (board, VDMA_MM2S, "intc");
  assert_kind (board, VDMA_S2MM, "intc");
  g_assert_cmphex (machine_get_mer (&machine, "dev/mem", INTC), ==, 3);
  g_clear_pointer (&board, board_unref);

  /* behind another controller */
  const guint32 three = 3, input[] = { 0, 4 };
  fake_root_cells (
      machine.root, TREE "/axi_intc@41800000/interrupt-parent", 1, &three);
  fake_root_cells (
      machine.root, TREE "/axi_intc@41800000/interrupts", 2, input);
  g_autofree gchar *must = g_strconcat (options, "&irq=uio", NULL);
  g_assert_null (machine_open (&machine, "mem:0x43000000", must, &error));
  error_assert_says (error, "is an input of another one");
  close (kernel);
  machine_tear_down (&machine);
}

/* The core's own device has the line: a node of it names the controller's pin. */
static void
test_own_line (void)
{
  const guint32 line[] = { 0, 29, 4 }, other[] = { 0, 30, 4 };
  const gchar *bus = "sys/devices/pci/0000:00:04.0";
  g_autofree gchar *bar = g_strconcat (bus, "/resource0", NULL);
  g_autofree gchar *link = g_strconcat (bus, "/of_node", NULL);
  Machine machine;
  machine_set_up (&machine);
  machine_add_tree (&machine);
  g_autoptr (GError) error = NULL;
  fake_root_cells (machine.root, TREE "/dma@43000000/interrupts", 3, line);
  fake_root_cells (machine.root, TREE "/fabric@40000000/interrupts", 3, other);
  gint kernel =
      fake_root_add_pci (machine.root, 9, "0000:00:04.0", BASE, 0x10000);
  fake_core_fill (machine.root, bar, 0);
  g_autofree gchar *node = fake_root_path (machine.root, TREE "/dma@43000000");
  fake_root_link (machine.root, link, node);
  g_autofree gchar *options = g_strconcat ("&hwh=", fixture, NULL);
  g_autoptr (Board) board =
      machine_open (&machine, "uio:0000:00:04.0", options, &error);
  g_assert_no_error (error);
  assert_kind (board, VDMA_MM2S, "intc");
  assert_kind (board, VDMA_S2MM, "intc");
  g_clear_pointer (&board, board_unref);
  close (kernel);
  machine_tear_down (&machine);
}

/* An input that a driver of the kernel serves ends at the same line of the GIC,
 * and is not that line. */
static void
test_kernels_input (void)
{
  const guint32 two = 2, line[] = { 0, 29, 4 }, input[] = { 5, 4 };
  Machine machine;
  machine_set_up (&machine);
  machine_add_tree (&machine);
  g_autoptr (GError) error = NULL;
  fake_root_cells (machine.root, TREE "/axi_intc@41800000/interrupts", 3, line);
  fake_root_cells (
      machine.root, TREE "/fabric@40000000/interrupt-parent", 1, &two);
  fake_root_cells (machine.root, TREE "/fabric@40000000/interrupts", 2, input);
  g_autoptr (Board) board =
      machine_open (&machine, "hwh:", "&irq-device=fabric", &error);
  g_assert_no_error (error);
  assert_kind (board, VDMA_S2MM, "uio");
  g_clear_pointer (&board, board_unref);
  machine_tear_down (&machine);
}

/* ---- the look at the channel ---- */

/* Whether the line of @dir fires by a look at registers that say @cr and @sr */
static gboolean
look_fires (
    Machine *self, Board *board, VdmaDirection dir, guint32 cr, guint32 sr)
{
  const guint base =
      BASE + (dir == VDMA_S2MM ? VDMA_S2MM_BASE : VDMA_MM2S_BASE);
  g_autoptr (GError) error = NULL;
  g_autoptr (VdmaChannel) channel =
      vdma_device_claim (board_get_device (board), dir, "test", &error);
  g_assert_no_error (error);
  GPollFD fd = { vdma_irq_get_fd (channel->irq), G_IO_IN, 0 };
  guint64 count;
  fake_root_poke (self->root, "dev/mem", base + VDMA_CR, cr);
  fake_root_poke (self->root, "dev/mem", base + VDMA_SR, sr);
  g_assert_true (vdma_irq_arm (channel->irq, &error));
  g_assert_no_error (error);
  gboolean fires = vdma_time_wait (vdma_time_monotonic (), &fd, 1, 0) == 1;
  g_assert_true (vdma_irq_consume (channel->irq, &count, &error));
  fake_root_poke (self->root, "dev/mem", base + VDMA_CR, VDMA_CR_RESET_VALUE);
  fake_root_poke (self->root, "dev/mem", base + VDMA_SR, VDMA_SR_RESET_VALUE);
  return fires;
}

/* Input 3, S2MM's, takes edges, input 4 a level: that is not looked at. */
static void
test_look (void)
{
  static const struct {
    VdmaDirection dir;
    guint32 cr, sr;
    gboolean fires;
  } cases[] = {
    { VDMA_S2MM, VDMA_CR_FRMCNT_IRQ_EN, VDMA_SR_FRMCNT_IRQ, TRUE },
    { VDMA_S2MM, VDMA_CR_ERR_IRQ_EN, VDMA_SR_ERR_IRQ, TRUE },
    { VDMA_S2MM, VDMA_CR_ERR_IRQ_EN, VDMA_SR_FRMCNT_IRQ, FALSE },
    { VDMA_S2MM, VDMA_CR_FRMCNT_IRQ_EN, VDMA_SR_HALTED, FALSE },
    { VDMA_MM2S, VDMA_CR_FRMCNT_IRQ_EN, VDMA_SR_FRMCNT_IRQ, FALSE },
  };
  Machine machine;
  machine_set_up (&machine);
  g_autoptr (GError) error = NULL;
  /* the file does not do what SIE says */
  fake_root_poke (machine.root, "dev/mem", INTC + INTC_IER, 0x3f);
  g_autoptr (Board) board = machine_open (&machine, "hwh:", "", &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (
        look_fires (&machine, board, cases[i].dir, cases[i].cr, cases[i].sr),
        ==, cases[i].fires);
  g_clear_pointer (&board, board_unref);
  machine_tear_down (&machine);
}

/* ---- what does not ---- */

static void
test_fails (void)
{
  static const struct {
    const gchar *name, *options;
    gint code;
    const gchar *says;
  } cases[] = {
    { "hwh:", "&irq-device=fabric:6", VDMA_ERROR_INVALID,
        "has no input 6; its inputs are 0 to 5" },
    { "hwh:", "&irq-device=fabric:99999999999", VDMA_ERROR_INVALID,
        "its inputs are 0 to 5" },
    { "mem:0x43000000",
        "&stores=3&irq-device=fabric:32&irq-controller=0x41800000",
        VDMA_ERROR_INVALID, "its inputs are 0 to 31" },
    { "mem:0x43000000", "&stores=3&irq-device=fabric:3", VDMA_ERROR_INVALID,
        "say it by irq-controller=ADDRESS" },
    { "hwh:", "&irq-device=fabrik:3", VDMA_ERROR_NOT_FOUND,
        "Did you mean 'fabric'?" },
    { "hwh:", "&irq-device=fabric:", VDMA_ERROR_NOT_FOUND,
        "no UIO device 'fabric:'" },
    { "hwh:", "&irq-device=:3", VDMA_ERROR_NOT_FOUND, "no UIO device ''" },
    { "hwh:", "&irq-device=fabric:3&irq-controller=0x43000000",
        VDMA_ERROR_UNSUPPORTED, "MER reads 0x0" },
    { "hwh:", "&irq-device=fabric:3&irq-controller=0x41800002",
        VDMA_ERROR_INVALID, "must be a multiple of 4" },
    { "mem:0x43000000", "&stores=3&irq-device=axi_intc_0:3", VDMA_ERROR_INVALID,
        "has 0x10 bytes; the registers need 0x20" },
  };
  Machine machine;
  machine_set_up (&machine);
  /* where no controller is */
  fake_root_poke (machine.root, "dev/mem", BASE + INTC_MER, 0x00010000);
  const FakeUio small = { 7, "axi_intc_0", OTHER, 0x10, 0 };
  fake_root_add_uio (machine.root, &small);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_test_message ("%s %s", cases[i].name, cases[i].options);
    g_assert_null (
        machine_open (&machine, cases[i].name, cases[i].options, &error));
    error_assert_says (error, "no interrupt for MM2S: ");
    error_assert_says (error, cases[i].says);
    g_assert_error (error, VDMA_ERROR, cases[i].code);
  }
  machine_tear_down (&machine);
}

/* Designs that cannot be served: by name the reason, else a timer. */
static void
test_designs (void)
{
  static const struct {
    const gchar *from, *to, *says;
  } cases[] = {
    { "\"C_IRQ_IS_LEVEL\" VALUE=\"1\"", "\"C_IRQ_IS_LEVEL\" VALUE=\"0\"",
        "Build it as level" },
    /* the concat behind it becomes another controller */
    { "MODTYPE=\"xlconcat\" VLNV=\"xilinx.com:ip:xlconcat:2.1\">\n"
      "      <DOCUMENTS/>\n"
      "      <PARAMETERS>\n"
      "        <PARAMETER NAME=\"IN0_WIDTH\" VALUE=\"1\"/>\n"
      "        <PARAMETER NAME=\"dout_width\" VALUE=\"1\"/>\n"
      "        <PARAMETER NAME=\"NUM_PORTS\" VALUE=\"1\"/>\n"
      "      </PARAMETERS>\n"
      "      <PORTS>\n"
      "        <PORT DIR=\"I\" LEFT=\"0\" NAME=\"In0\" RIGHT=\"0\" "
      "SIGIS=\"undef\" SIGNAME=\"system_interrupts_irq\">",
        "MODTYPE=\"axi_intc\">\n      <PORTS>\n        <PORT DIR=\"O\" "
        "NAME=\"irq\" SIGNAME=\"to_ps_dout\"/>\n        <PORT NAME=\"intr\" "
        "SIGNAME=\"system_interrupts_irq\">",
        "is an input of another one" },
  };
  g_autofree gchar *text = NULL;
  g_assert_true (g_file_get_contents (fixture, &text, NULL, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Machine machine;
    machine_set_up (&machine);
    g_autoptr (GError) error = NULL;
    g_auto (GStrv) parts = g_strsplit (text, cases[i].from, 2);
    g_assert_cmpuint (g_strv_length (parts), ==, 2);
    g_autofree gchar *changed = g_strjoinv (cases[i].to, parts);
    fake_root_write (machine.root, "design.hwh", changed);
    g_autofree gchar *file = fake_root_path (machine.root, "design.hwh");
    g_autofree gchar *name = g_strconcat ("hwh:", file, NULL);
    g_assert_null (machine_open (&machine, name, "&irq-device=fabric", &error));
    error_assert_says (error, cases[i].says);
    g_assert_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED);
    g_clear_error (&error);
    g_assert_null (machine_open (&machine, name, "&irq=uio", &error));
    error_assert_says (error, cases[i].says);
    g_clear_error (&error);
    g_autoptr (Board) board = machine_open (&machine, name, "", &error);
    g_assert_no_error (error);
    assert_kind (board, VDMA_S2MM, "timer");
    g_clear_pointer (&board, board_unref);
    machine_tear_down (&machine);
  }
}

/* A controller that the kernel serves is no UIO device. */
static void
test_kernel_driver (void)
{
  Machine machine;
  machine_set_up (&machine);
  g_autoptr (GError) error = NULL;
  fake_root_write (machine.root, "sys/kernel/irq/31/chip_name", "GIC-0\n");
  fake_root_write (
      machine.root, "sys/kernel/irq/47/chip_name", "Xilinx INTC\n");
  g_assert_null (
      machine_open (&machine, "hwh:", "&irq-device=axi_intc_0:3", &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND);
  error_assert_says (error, "no UIO device 'axi_intc_0'");
  error_assert_says (error, "sys/kernel/irq/47/chip_name'): then its inputs");
  machine_tear_down (&machine);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  fixture = g_build_filename (argv[1], "zynq-6.3.hwh", NULL);
  g_test_add_func ("/board-intc/found", test_found);
  g_test_add_func ("/board-intc/registers-by-uio", test_registers_by_uio);
  g_test_add_func ("/board-intc/other-line", test_other_line);
  g_test_add_func ("/board-intc/tree", test_tree);
  g_test_add_func ("/board-intc/own-line", test_own_line);
  g_test_add_func ("/board-intc/kernels-input", test_kernels_input);
  g_test_add_func ("/board-intc/look", test_look);
  g_test_add_func ("/board-intc/fails", test_fails);
  g_test_add_func ("/board-intc/designs", test_designs);
  g_test_add_func ("/board-intc/kernel-driver", test_kernel_driver);
  gint status = g_test_run ();
  g_free (fixture);
  return status;
}
