/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real cores by device texts, in a folder that stands for a machine. */
#include <string.h>
#include <unistd.h>

#include "board.h"
#include "fake-root.h"
#include "vdma-error.h"
#include "vdma-regs.h"

#define BASE G_GUINT64_CONSTANT (0x43000000)

/* A core at rest; its interrupts come by another device. */
typedef struct {
  FakeRoot *root;
  gint kernel;
} Machine;

static void
machine_set_up (Machine *self)
{
  const FakeUio uio = { 4, "axi_vdma", BASE, 0x10000, 0 };
  const struct {
    guint offset;
    guint32 word;
  } words[] = {
    { VDMA_VERSION, 0x62000050 },
    { VDMA_MM2S_BASE + VDMA_CR, VDMA_CR_RESET_VALUE },
    { VDMA_MM2S_BASE + VDMA_SR, VDMA_SR_RESET_VALUE },
    { VDMA_S2MM_BASE + VDMA_CR, VDMA_CR_RESET_VALUE },
    { VDMA_S2MM_BASE + VDMA_SR, VDMA_SR_RESET_VALUE },
  };
  self->root = fake_root_new ();
  fake_root_add_uio (self->root, &uio);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    fake_root_poke (self->root, "dev/uio4", words[i].offset, words[i].word);
  self->kernel = fake_root_add_irq (self->root, 5, "fabric");
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
  g_autofree gchar *text = g_strdup_printf (
      "%s?root=%s&irq-device=fabric%s", name, self->root->path, options);
  return board_open (text, NULL, error);
}

/* All names of a core are the same board. */
static void
test_names (void)
{
  static const gchar *const names[] = { "uio:axi_vdma", "uio@0x43000000",
    "/dev/uio4", "uio:0x43000000" };
  Machine machine;
  machine_set_up (&machine);
  g_autoptr (GError) error = NULL;
  g_autoptr (Board) board =
      machine_open (&machine, names[0], "&stores=3", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (board_get_name (board), ==, "uio@0x43000000");
  g_assert_false (board_is_simulated (board));
  g_assert_cmphex (
      vdma_device_get_version (board_get_device (board)), ==, 0x62000050);
  const VdmaHwDesc *desc = vdma_device_get_desc (board_get_device (board));
  g_assert_cmphex (desc->base, ==, BASE);
  g_assert_cmpuint (desc->n_stores, ==, 3);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (Board) same =
        machine_open (&machine, names[i], "&stores=3", &error);
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
    { "uio:axi_vdma", "&stores=3&offset=0x1000", "version register reads 0x0" },
    { "uio:axi_vdma", "&stores=3&irq-s2mm=fabrik", "Did you mean 'fabric'?" },
    { "/dev/uio9", "&stores=3", "no UIO device '/dev/uio9'" },
    { "uoi:axi_vdma", "&stores=3", "Did you mean 'uio'?" },
  };
  Machine machine;
  machine_set_up (&machine);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (
        machine_open (&machine, cases[i].name, cases[i].options, &error));
    if (!strstr (error->message, cases[i].says))
      g_error ("'%s' does not say '%s'", error->message, cases[i].says);
  }
  machine_tear_down (&machine);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/board-hardware/names", test_names);
  g_test_add_func ("/board-hardware/fails", test_fails);
  return g_test_run ();
}
