/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a machine has, found in its files alone; and what stands in the way. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "board-discover.h"
#include "board.h"
#include "io-uio.h"
#include "machine-rig.h"

typedef struct {
  const gchar *name;
  const gchar *target; /* NULL: no way to open it */
  const gchar *path;
  const gchar *driver;
  const gchar *reason; /* NULL: none */
  guint64 base;
} Expected;

static const Expected machine[] = {
  { "vdma", "uio:vdma", "/dev/uio2", NULL, "how many frame stores",
      0x43000000 },
  { "camera_vdma", "uio:camera_vdma", "/dev/uio1", NULL, NULL, 0x43010000 },
  { "dma@43020000", NULL, NULL, "xilinx-vdma",
      "the kernel's driver 'xilinx-vdma' has", 0x43020000 },
  { "dma@43030000", NULL, NULL, NULL, "disabled", 0x43030000 },
};

static void
discover_check_one (
    const gchar *root, const BoardFound *found, const Expected *row)
{
  g_test_message (
      "%s: %s", found->name, found->reason ? found->reason : "can be opened");
  g_assert_cmpstr (found->name, ==, row->name);
  g_autofree gchar *path =
      row->path ? g_strconcat (root, row->path, NULL) : NULL;
  g_assert_cmpstr (found->path, ==, path);
  g_assert_cmpstr (found->driver, ==, row->driver);
  g_assert_cmphex (found->core->desc.base, ==, row->base);
  g_assert_false (found->is_simulated);
  g_assert_cmpint (found->device != NULL, ==, row->target != NULL);
  if (row->target) {
    g_autofree gchar *text = g_strconcat (row->target, "?root=", root, NULL);
    g_assert_cmpstr (found->device, ==, text);
    /* and that is what the kind "uio" understands by it */
    GError *error = NULL;
    VdmaUioNode *node =
        vdma_uio_find (root, row->target + strlen ("uio:"), &error);
    g_assert_no_error (error);
    g_assert_cmpstr (node->path, ==, path);
    vdma_uio_node_free (node);
  }
  g_assert_cmpint (found->reason != NULL, ==, row->reason != NULL);
  if (row->reason)
    g_assert_nonnull (strstr (found->reason, row->reason));
}

static void
discover_check (const gchar *root, const Expected *rows, guint n_rows)
{
  g_autoptr (GPtrArray) found = board_discover (root);
  g_assert_cmpuint (found->len, ==, n_rows);
  for (guint i = 0; i < n_rows; i++)
    discover_check_one (root, g_ptr_array_index (found, i), &rows[i]);
}

static void
test_machine (void)
{
  gchar *root = machine_new ();
  discover_check (root, machine, G_N_ELEMENTS (machine));
  g_autoptr (GPtrArray) found = board_discover (root);
  const VdmaHwCore *camera =
      ((const BoardFound *) g_ptr_array_index (found, 1))->core;
  g_assert_cmpuint (camera->desc.n_stores, ==, 5);
  g_assert_cmpuint (camera->desc.addr_width, ==, 40);
  g_assert_false (camera->desc.channel[VDMA_MM2S].present);
  tree_rig_free (root);
}

/* Two devices of one name are told apart by their address. */
static void
test_same_name (void)
{
  static const Expected rows[] = {
    { "vdma", "uio:0x43000000", "/dev/uio2", NULL, "stores", 0x43000000 },
    { "camera_vdma", "uio:camera_vdma", "/dev/uio1", NULL, NULL, 0x43010000 },
    { "dma@43020000", NULL, NULL, "xilinx-vdma", "unbind", 0x43020000 },
    { "dma@43030000", NULL, NULL, NULL, "okay", 0x43030000 },
    /* no node tells more of it */
    { "vdma", "uio:0x50000000", "/dev/uio3", NULL, "stores", 0x50000000 },
    /* nobody could write that behind "uio:" */
    { "vdma?a:b", "uio:0x51000000", "/dev/uio4", NULL, "stores", 0x51000000 },
  };
  gchar *root = machine_new ();
  machine_add_uio (root, 4, "vdma?a:b", "0x51000000", NULL);
  machine_add_uio (root, 3, "vdma", "0x50000000", NULL);
  discover_check (root, rows, G_N_ELEMENTS (rows));
  tree_rig_free (root);
}

/* ---- auto ---- */

static void
discover_check_auto (const gchar *root, const gchar *device, const gchar *says)
{
  g_autofree gchar *found = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ok = board_discover_auto (root, &found, &error);
  if (error)
    g_test_message ("%s", error->message);
  g_assert_cmpint (ok, ==, says == NULL);
  g_assert_cmpint (error != NULL, ==, says != NULL);
  if (says)
    g_assert_nonnull (strstr (error->message, says));
  g_assert_cmpint (found != NULL, ==, device != NULL);
  if (device)
    g_assert_true (g_str_has_prefix (found, device));
}

static void
test_auto (void)
{
  gchar *root = tree_rig_new ();
  discover_check_auto (root, NULL, NULL); /* no core: the caller's choice */
  tree_rig_put_all (root, machine_files);
  discover_check_auto (root, NULL, "say 'sim'");
  tree_rig_free (root);

  root = machine_new ();
  discover_check_auto (root, "uio:camera_vdma", NULL);
  tree_rig_put (root,
      "sys/firmware/devicetree/base/amba_pl/vdma@43000000/xlnx,num-fstores",
      "<3>");
  discover_check_auto (root, NULL, "uio:vdma");
  tree_rig_free (root);
}

/* What has hardware is no simulated board, whatever becomes of the opening: here
 * a plain file is in the place of the device, and no version register in it. */
static void
test_open_auto (void)
{
  gchar *root = machine_new ();
  g_autofree gchar *registers = g_strnfill (0x10001, '=');
  g_autoptr (GError) error = NULL;
  tree_rig_put (root, "dev/uio1", registers);
  g_setenv ("GST_VDMA_ROOT", root, TRUE);
  g_assert_null (board_open ("auto", NULL, &error));
  g_unsetenv ("GST_VDMA_ROOT");
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "uio@0x43010000"));
  tree_rig_free (root);
}

/* The environment variable stands before the option, which texts keep. */
static void
test_environment (void)
{
  gchar *root = machine_new ();
  g_autofree gchar *dev = g_build_filename (root, "dev", NULL);
  g_setenv ("GST_VDMA_ROOT", root, TRUE);
  g_autofree gchar *folder = board_discover_get_folder (NULL);
  g_autoptr (GPtrArray) found = board_discover (NULL);
  g_unsetenv ("GST_VDMA_ROOT");
  const BoardFound *camera = g_ptr_array_index (found, 1);
  g_assert_cmpstr (folder, ==, dev);
  g_assert_cmpstr (camera->device, ==, "uio:camera_vdma");
  tree_rig_free (root);
}

/* Without of_node the address says which core a UIO device has. */
static void
test_by_address (void)
{
  gchar *root = machine_new ();
  tree_rig_remove (root, "sys/class/uio/uio1/device");
  discover_check (root, machine, G_N_ELEMENTS (machine));
  tree_rig_free (root);
}

static void
test_no_uio (void)
{
  gchar *root = tree_rig_new ();
  tree_rig_put_all (root, machine_files);
  g_autoptr (GPtrArray) found = board_discover (root);
  g_assert_cmpuint (found->len, ==, 4);
  const BoardFound *camera = g_ptr_array_index (found, 1);
  g_assert_null (camera->device);
  g_assert_nonnull (strstr (camera->reason, "uio_pdrv_genirq"));
  tree_rig_free (root);
}

static void
test_no_permission (void)
{
  gchar *root = machine_new ();
  g_autofree gchar *file = g_build_filename (root, "dev", "uio1", NULL);
  if (geteuid () == 0) {
    /* root may do all; then the file is gone */
    tree_rig_remove (root, "dev/uio1");
  } else {
    g_assert_cmpint (chmod (file, 0), ==, 0);
  }
  g_autoptr (GPtrArray) found = board_discover (root);
  const BoardFound *camera = g_ptr_array_index (found, 1);
  g_assert_nonnull (camera->device);
  g_assert_nonnull (strstr (camera->reason, "may not be opened"));
  tree_rig_free (root);
}

/* A captured link would lead to the tree of the machine that looks. */
static void
test_link (void)
{
  gchar *root = tree_rig_new ();
  gchar *here = machine_new ();
  g_autofree gchar *link =
      g_strconcat (">", here, "/sys/firmware/devicetree/base", NULL);
  tree_rig_put (root, "proc/device-tree", link);
  discover_check (root, NULL, 0);
  tree_rig_free (here);
  tree_rig_free (root);
}

static void
test_nothing (void)
{
  gchar *root = tree_rig_new ();
  discover_check (root, NULL, 0);
  tree_rig_put (root, "sys/class/uio/uio0/name", "=");
  tree_rig_put (root, "sys/firmware/devicetree/base/compatible", "[ff]");
  discover_check (root, NULL, 0);
  tree_rig_free (root);
}

/* ---- simulated boards ---- */

static const struct {
  const gchar *text;
  const gchar *name; /* of the first */
  const gchar *reason;
  guint stores;
} simulated[] = {
  { "sim", "sim", NULL, 4 },
  { "sim:loop?stores=8", "sim:loop", NULL, 8 },
  { "?profile=P1", "?", "is no simulated board", 0 },
  { "sim?profile=P5", "sim", NULL, 32 },
  { "simulated", "simulated", "is no simulated board", 0 },
  { "uio:vdma", "uio:vdma", "is no simulated board", 0 },
  { "sim?store=8", "sim", "stores", 0 },
  { "sim:", "sim:", "no name of a board", 0 },
  { "sim:a/b", "sim:a/b", "no name of a board", 0 },
  { "sim:a?hwh=/none", "sim:a", "/none", 0 },
};

static void
test_simulated (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (simulated); i++) {
    g_autoptr (GPtrArray) list = board_discover_simulated (simulated[i].text);
    g_assert_cmpuint (list->len, ==, 1);
    const BoardFound *found = g_ptr_array_index (list, 0);
    g_assert_true (found->is_simulated);
    g_assert_cmpint (found->reason != NULL, ==, simulated[i].reason != NULL);
    if (simulated[i].reason) {
      g_assert_nonnull (strstr (found->reason, simulated[i].reason));
      g_assert_null (found->device);
      continue;
    }
    g_assert_cmpstr (found->name, ==, simulated[i].name);
    g_assert_cmpstr (found->device, ==, simulated[i].text);
    g_assert_cmpuint (found->core->desc.n_stores, ==, simulated[i].stores);
  }
  g_autoptr (GPtrArray) three = board_discover_simulated ("sim;;sim:a;x;");
  g_assert_cmpuint (three->len, ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/discover/machine", test_machine);
  g_test_add_func ("/discover/same-name", test_same_name);
  g_test_add_func ("/discover/by-address", test_by_address);
  g_test_add_func ("/discover/no-uio", test_no_uio);
  g_test_add_func ("/discover/no-permission", test_no_permission);
  g_test_add_func ("/discover/auto", test_auto);
  g_test_add_func ("/discover/open-auto", test_open_auto);
  g_test_add_func ("/discover/environment", test_environment);
  g_test_add_func ("/discover/link", test_link);
  g_test_add_func ("/discover/nothing", test_nothing);
  g_test_add_func ("/discover/simulated", test_simulated);
  return g_test_run ();
}
