/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real cores by device texts, in a folder that stands for a machine. */
#include <string.h>
#include <unistd.h>

#include "board-hardware.h"
#include "board.h"
#include "error-says.h"
#include "fake-core.h"
#include "test-child.h"
#include "vdma-private.h"

#define BASE G_GUINT64_CONSTANT (0x43000000)

#define TREE "sys/firmware/devicetree/base"
#define NODE TREE "/axi/dma@43000000"

static const gchar *fixtures; /* folder */
static const gchar *docs;     /* folder */

/* A core at rest; its interrupts come by another device. */
typedef struct {
  FakeRoot *root;
  gint kernel;
} Machine;

static void
machine_set_up (Machine *self)
{
  const FakeUio uio = { 4, "axi_vdma", BASE, 0x10000, 0 };
  self->root = fake_root_new ();
  fake_root_add_uio (self->root, &uio);
  fake_core_fill (self->root, "dev/uio4", 0);
  self->kernel = fake_root_add_irq (self->root, 5, "fabric");
  fake_root_make_folder (self->root, "run/lock");
}

static void
machine_tear_down (Machine *self)
{
  close (self->kernel);
  fake_root_free (self->root);
}

static Board *
machine_open (
    Machine *self, const gchar *name, const gchar *options, GError **error)
{
  g_autofree gchar *text =
      g_strdup_printf ("%s?root=%s%s", name, self->root->path, options);
  return board_open (text, NULL, error);
}

/* ---- texts ---- */

/* All names of a core are the same board. */
static void
test_names (void)
{
  static const gchar *const names[] = { "uio:axi_vdma", "uio@0x43000000",
    "/dev/uio4", "uio:0x43000000" };
  const gchar *options = "&irq-device=fabric&stores=3";
  Machine machine;
  machine_set_up (&machine);
  g_autoptr (GError) error = NULL;
  g_autoptr (Board) board = machine_open (&machine, names[0], options, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (board_get_name (board), ==, "uio@0x43000000");
  g_assert_false (board_is_simulated (board));
  g_assert_cmphex (
      vdma_device_get_version (board_get_device (board)), ==, 0x62000050);
  const VdmaHwDesc *desc = vdma_device_get_desc (board_get_device (board));
  g_assert_cmphex (desc->base, ==, BASE);
  g_assert_cmpuint (desc->n_stores, ==, 3);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (Board) same = machine_open (&machine, names[i], options, &error);
    g_assert_no_error (error);
    g_assert_true (same == board);
  }
  g_assert_null (machine_open (&machine, names[0], "&stores=4", &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_BUSY);
  g_clear_pointer (&board, board_unref);
  machine_tear_down (&machine);
}

static void
test_fails (void)
{
  static const struct {
    const gchar *name, *options, *says;
  } cases[] = {
    { "uio:axi_vdma", "", "how many frame stores the core has" },
    { "uio:axi_vdna", "&stores=3", "Did you mean 'axi_vdma'?" },
    { "uio:", "&stores=3", "names no device; it is written uio:NAME" },
    { "uio", "&stores=3", "names no device" },
    { "uio@", "&stores=3", "names no device" },
    { "uio:axi_vdma", "&stroes=3", "stores" },
    { "uio:axi_vdma", "&stores=3&map=1", "has no map 1" },
    { "uio:axi_vdma", "&stores=3&offset=0xff04", "from 0xff04 on" },
    { "uio:axi_vdma", "&stores=3&offset=0x1000", "no AXI VDMA 6.2 or 6.3" },
    { "uio:axi_vdma", "&stores=3&irq=timer&irq-s2mm=fabrik",
        "Did you mean 'fabric'?" },
    { "uio:axi_vdma", "&stores=3&hwh=/nowhere.hwh", "/nowhere.hwh" },
    { "/dev/uio9", "&stores=3", "no UIO device '/dev/uio9'" },
    { "uoi:axi_vdma", "&stores=3", "Did you mean 'uio'?" },
    { "sim@x", "", "unknown device" },
    { "mem:", "&stores=3", "names no device; it is written mem:ADDRESS" },
    { "mem:axi_vdma", "&stores=3", "'axi_vdma' is no address" },
    { "mem:0x43000000", "&stores=3", "without CONFIG_DEVMEM" },
    { "mem:0x43000002", "&stores=3", "must be a multiple of 4" },
    { "hwh:", "", "names no device; it is written hwh:FILE" },
    { "hwh:/nowhere.hwh", "", "/nowhere.hwh" },
    { "hwh:/nowhere.hwh", "&hwh=/b.hwh", "names a .hwh file twice" },
  };
  Machine machine;
  machine_set_up (&machine);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (
        machine_open (&machine, cases[i].name, cases[i].options, &error));
    error_assert_says (error, cases[i].says);
  }
  machine_tear_down (&machine);
}

/* ---- description ---- */

/* The channel-less style: what a device-tree generator writes for UIO. */
static void
machine_add_node (Machine *self, guint n_interrupts)
{
  const guint32 reg[] = { (guint32) BASE, 0x10000 };
  const guint32 one = 1, stores = 5;
  const guint32 interrupts[] = { 0, 29, 4, 0, 30, 4 };
  g_autofree gchar *node = fake_root_path (self->root, NODE);

  fake_root_string (self->root, TREE "/compatible", "xlnx,zynq-7000");
  fake_root_cells (self->root, TREE "/#address-cells", 1, &one);
  fake_root_cells (self->root, TREE "/#size-cells", 1, &one);
  fake_root_cells (
      self->root, TREE "/#interrupt-cells", 1, (const guint32[]){ 3 });
  fake_root_write (self->root, TREE "/interrupt-controller", "");
  fake_root_cells (self->root, TREE "/phandle", 1, &one);
  fake_root_cells (self->root, TREE "/interrupt-parent", 1, &one);
  fake_root_write (self->root, TREE "/axi/ranges", "");
  fake_root_cells (self->root, TREE "/axi/#address-cells", 1, &one);
  fake_root_cells (self->root, TREE "/axi/#size-cells", 1, &one);
  fake_root_string (self->root, NODE "/compatible", "xlnx,axi-vdma-6.3");
  fake_root_cells (self->root, NODE "/reg", 2, reg);
  fake_root_cells (self->root, NODE "/xlnx,num-fstores", 1, &stores);
  fake_root_cells (
      self->root, NODE "/interrupts", 3 * n_interrupts, interrupts);
  fake_root_link (self->root, "sys/class/uio/uio4/device/of_node", node);
}

/* Options before the file, the file before the device tree. */
static void
test_sources (void)
{
  static const struct {
    const gchar *options;
    gboolean with_file;
    guint stores, addr_width, stream_width;
  } cases[] = {
    { "", FALSE, 5, 32, 32 },
    { "", TRUE, 4, 32, 24 },
    { "&stores=7", TRUE, 7, 32, 24 },
    { "&stores=7&stream-width=8", FALSE, 7, 32, 8 },
  };
  Machine machine;
  machine_set_up (&machine);
  machine_add_node (&machine, 1);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree gchar *options = g_strdup_printf ("&irq=timer%s%s%s%s",
        cases[i].options, cases[i].with_file ? "&hwh=" : "",
        cases[i].with_file ? fixtures : "",
        cases[i].with_file ? "/hwh/zynq-6.3.hwh" : "");
    g_autoptr (Board) board =
        machine_open (&machine, "uio:dma@43000000", options, &error);
    g_assert_no_error (error);
    const VdmaHwDesc *desc = vdma_device_get_desc (board_get_device (board));
    g_assert_cmpuint (desc->n_stores, ==, cases[i].stores);
    g_assert_cmpuint (desc->addr_width, ==, cases[i].addr_width);
    g_test_message ("%s: S2MM stream of %u bits", options,
        desc->channel[VDMA_S2MM].stream_width);
  }
  machine_tear_down (&machine);
}

/* ---- registers ---- */

static void
test_hwh (void)
{
  Machine machine;
  machine_set_up (&machine);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *name =
      g_strdup_printf ("hwh:%s/hwh/zynq-6.3.hwh", fixtures);
  /* a UIO device is at its address */
  g_autoptr (Board) board =
      machine_open (&machine, name, "&irq-device=fabric", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (board_get_name (board), ==, "uio@0x43000000");
  g_clear_pointer (&board, board_unref);

  /* another bitstream's file */
  g_autofree gchar *other =
      g_strdup_printf ("&irq=timer&hwh=%s/hwh/zynq-6.3.hwh", fixtures);
  const FakeUio uio = { 6, "other", 0x44000000, 0x10000, 0 };
  fake_root_add_uio (machine.root, &uio);
  g_assert_null (machine_open (&machine, "uio:other", other, &error));
  error_assert_says (error, "0x43000000");
  g_clear_error (&error);
  machine_tear_down (&machine);
}

/* The core where the hwh file says, and nothing but /dev/mem. */
static void
test_mem (void)
{
  static const gchar *const names[] = { "mem:0x43000000", "mem:1124073472" };
  Machine machine;
  machine_set_up (&machine);
  fake_root_fill (machine.root, "dev/mem", BASE + 0x1000);
  fake_core_fill (machine.root, "dev/mem", (guint) BASE);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (Board) board =
        machine_open (&machine, names[i], "&stores=3", &error);
    g_assert_no_error (error);
    g_assert_cmpstr (board_get_name (board), ==, "mem:0x43000000");
  }
  g_autoptr (GError) error = NULL;
  g_assert_null (
      machine_open (&machine, names[0], "&stores=3&irq=uio", &error));
  error_assert_says (error, "/dev/mem has no interrupts");
  machine_tear_down (&machine);
}

/* An FPGA that was not loaded must not be asked. */
static void
test_fpga (void)
{
  const gchar *state = "sys/class/fpga_manager/fpga0/state";
  Machine machine;
  machine_set_up (&machine);
  g_autoptr (GError) error = NULL;
  fake_root_write (machine.root, state, "unknown\n");
  g_assert_null (
      machine_open (&machine, "uio:axi_vdma", "&stores=3&irq=timer", &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_STATE);
  error_assert_says (error, "says 'unknown', it should say 'operating'");
  g_clear_error (&error);

  static const struct {
    const gchar *says, *options;
  } fine[] = {
    { "operating\n", "&stores=3&irq=timer" },
    { "unknown\n", "&stores=3&irq=timer&check-fpga=false" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (fine); i++) {
    fake_root_write (machine.root, state, fine[i].says);
    g_autoptr (Board) board =
        machine_open (&machine, "uio:axi_vdma", fine[i].options, &error);
    g_assert_no_error (error);
    g_assert_nonnull (board);
  }
  machine_tear_down (&machine);
}

/* ---- interrupts ---- */

/* Two lines in the node: the driver has the first, which is MM2S's. */
static void
test_irq_of_other (void)
{
  Machine machine;
  machine_set_up (&machine);
  machine_add_node (&machine, 2);
  g_autoptr (GError) error = NULL;
  g_assert_null (machine_open (
      &machine, "uio:axi_vdma", "&irq=uio&irq-mm2s=fabric", &error));
  error_assert_says (error, "no interrupt for S2MM: ");
  error_assert_says (error, "name that by irq-s2mm");
  g_clear_error (&error);
  g_autoptr (Board) board =
      machine_open (&machine, "uio:axi_vdma", "&irq-mm2s=fabric", &error);
  g_assert_no_error (error);
  g_clear_pointer (&board, board_unref);
  machine_tear_down (&machine);
}

/* ---- other processes ---- */

typedef struct {
  Machine *machine;
  VdmaDirection dir;
} Child;

static gboolean
child_run (gpointer data)
{
  const Child *self = data;
  Board *board =
      machine_open (self->machine, "uio:axi_vdma", "&stores=3&irq=timer", NULL);
  return board
         && vdma_device_claim (
             board_get_device (board), self->dir, "child", NULL);
}

static pid_t
child_claim (Machine *machine, VdmaDirection dir)
{
  return test_child_start (child_run, &(Child){ machine, dir });
}

static guint32
machine_read (Machine *machine, guint offset)
{
  return fake_root_peek (machine->root, "dev/uio4", offset);
}

/* One process has S2MM, and runs it; this one may have MM2S. */
static void
test_two_processes (void)
{
  const guint cr = VDMA_S2MM_BASE + VDMA_CR, sr = VDMA_S2MM_BASE + VDMA_SR;
  const guint32 running = VDMA_CR_RS | VDMA_CR_CIRCULAR;
  Machine machine;
  machine_set_up (&machine);
  g_autoptr (GError) error = NULL;
  pid_t child = child_claim (&machine, VDMA_S2MM);
  fake_root_poke (machine.root, "dev/uio4", cr, running);
  fake_root_poke (machine.root, "dev/uio4", sr, 0);

  g_autoptr (Board) board =
      machine_open (&machine, "uio:axi_vdma", "&stores=3&irq=timer", &error);
  g_assert_no_error (error);
  VdmaDevice *device = board_get_device (board);
  g_assert_cmphex (machine_read (&machine, cr), ==, running); /* left alone */

  g_autoptr (VdmaChannel) mine =
      vdma_device_claim (device, VDMA_MM2S, "test", &error);
  g_assert_no_error (error);
  g_assert_null (vdma_device_claim (device, VDMA_S2MM, "test", &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_BUSY);
  g_autofree gchar *who = g_strdup_printf ("in use by process %d (", child);
  error_assert_says (error, who);
  g_clear_error (&error);
  g_assert_cmphex (machine_read (&machine, cr), ==, running);

  /* it dies as it will; its channel is halted before somebody else has it */
  test_child_kill (child);
  fake_root_poke (machine.root, "dev/uio4", sr, VDMA_SR_HALTED);
  g_autoptr (VdmaChannel) other =
      vdma_device_claim (device, VDMA_S2MM, "test", &error);
  g_assert_no_error (error);
  g_assert_cmphex (machine_read (&machine, cr) & VDMA_CR_RS, ==, 0);

  g_clear_pointer (&other, vdma_channel_release);
  g_clear_pointer (&mine, vdma_channel_release);
  g_clear_pointer (&board, board_unref);
  machine_tear_down (&machine);
}

/* One core under two names in one process. */
static void
test_two_names (void)
{
  Machine machine;
  machine_set_up (&machine);
  fake_root_fill (machine.root, "dev/mem", BASE + 0x1000);
  fake_core_fill (machine.root, "dev/mem", (guint) BASE);
  g_autoptr (GError) error = NULL;
  g_autoptr (Board) uio =
      machine_open (&machine, "uio:axi_vdma", "&stores=3&irq=timer", &error);
  g_assert_no_error (error);
  g_autoptr (Board) mem =
      machine_open (&machine, "mem:0x43000000", "&stores=3", &error);
  g_assert_no_error (error);
  g_autoptr (VdmaChannel) first =
      vdma_device_claim (board_get_device (uio), VDMA_S2MM, "first", &error);
  g_assert_no_error (error);
  g_assert_null (
      vdma_device_claim (board_get_device (mem), VDMA_S2MM, "second", &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_BUSY);
  error_assert_says (error, "this process itself");
  g_clear_error (&error);
  g_clear_pointer (&first, vdma_channel_release);
  g_autoptr (VdmaChannel) second =
      vdma_device_claim (board_get_device (mem), VDMA_S2MM, "second", &error);
  g_assert_no_error (error);
  g_clear_pointer (&second, vdma_channel_release);
  g_clear_pointer (&uio, board_unref);
  g_clear_pointer (&mem, board_unref);
  machine_tear_down (&machine);
}

/* The other process's reference in PARK_PTR survives what this one writes. */
static void
test_park_pointer (void)
{
  Machine machine;
  machine_set_up (&machine);
  g_autoptr (GError) error = NULL;
  pid_t child = child_claim (&machine, VDMA_MM2S);
  g_autoptr (Board) board =
      machine_open (&machine, "uio:axi_vdma", "&stores=3&irq=timer", &error);
  g_assert_no_error (error);
  g_autoptr (VdmaChannel) mine =
      vdma_device_claim (board_get_device (board), VDMA_S2MM, "test", &error);
  g_assert_no_error (error);
  /* it moved after this process has opened the core */
  fake_root_poke (machine.root, "dev/uio4", VDMA_PARK_PTR, 2);

  vdma_device_park (board_get_device (board), mine, 1);
  g_assert_cmphex (machine_read (&machine, VDMA_PARK_PTR), ==, 0x102);
  test_child_kill (child);
  g_clear_pointer (&mine, vdma_channel_release);
  g_clear_pointer (&board, board_unref);
  machine_tear_down (&machine);
}

/* ---- documentation ---- */

/* Each option is in the tables of one of the two pages. */
static void
test_pages (void)
{
  static const gchar *const pages[] = { "devices.md", "description.md" };
  const GArray *table = board_hardware_get_options ();
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++) {
    g_autofree gchar *path = g_build_filename (docs, pages[i], NULL);
    g_autofree gchar *page = NULL;
    g_assert_true (g_file_get_contents (path, &page, NULL, NULL));
    g_string_append (text, page);
  }
  for (guint i = 0; i < table->len; i++) {
    const VdmaOption *option = &g_array_index (table, VdmaOption, i);
    g_autofree gchar *quoted = g_strdup_printf ("`%s`", option->name);
    if (!strstr (text->str, quoted))
      g_error ("no page has the option %s", quoted);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 3);
  fixtures = argv[1];
  docs = argv[2];
  g_test_add_func ("/board-hardware/names", test_names);
  g_test_add_func ("/board-hardware/fails", test_fails);
  g_test_add_func ("/board-hardware/sources", test_sources);
  g_test_add_func ("/board-hardware/hwh", test_hwh);
  g_test_add_func ("/board-hardware/mem", test_mem);
  g_test_add_func ("/board-hardware/fpga", test_fpga);
  g_test_add_func ("/board-hardware/irq-of-other", test_irq_of_other);
  g_test_add_func ("/board-hardware/two-processes", test_two_processes);
  g_test_add_func ("/board-hardware/two-names", test_two_names);
  g_test_add_func ("/board-hardware/park-pointer", test_park_pointer);
  g_test_add_func ("/board-hardware/pages", test_pages);
  return g_test_run ();
}
