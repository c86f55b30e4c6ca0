/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine-rig.h"

#define BASE "sys/firmware/devicetree/base/"
#define PL   BASE "amba_pl/"

const TreeFile machine_files[] = {
  { BASE "compatible", "\"xlnx,zynq-7000\"" },
  { BASE "#address-cells", "<1>" },
  { BASE "#size-cells", "<1>" },
  { PL "#address-cells", "<1>" },
  { PL "#size-cells", "<1>" },
  { PL "ranges", "" },
  /* wide, one channel, all that a driver needs */
  { PL "camera_vdma@43010000/compatible",
      "\"xlnx,axi-vdma-6.3\",\"generic-uio\"" },
  { PL "camera_vdma@43010000/reg", "<0x43010000 0x10000>" },
  { PL "camera_vdma@43010000/xlnx,num-fstores", "<5>" },
  { PL "camera_vdma@43010000/xlnx,addrwidth", "<40>" },
  { PL "camera_vdma@43010000/xlnx,include-mm2s", "<0>" },
  { PL "camera_vdma@43010000/xlnx,s2mm-data-width", "<128>" },
  { PL "camera_vdma@43010000/xlnx,s2mm-tdata-width", "<64>" },
  /* nothing but a place */
  { PL "vdma@43000000/compatible", "\"generic-uio\"" },
  { PL "vdma@43000000/reg", "<0x43000000 0x10000>" },
  /* the kernel's */
  { PL "dma@43020000/compatible", "\"xlnx,axi-vdma-1.00.a\"" },
  { PL "dma@43020000/reg", "<0x43020000 0x10000>" },
  { PL "dma@43020000/xlnx,num-fstores", "<3>" },
  { "sys/bus/platform/drivers/xilinx-vdma", "/" },
  { "sys/bus/platform/devices/43020000.dma/driver",
      ">../../drivers/xilinx-vdma" },
  /* off */
  { PL "dma@43030000/compatible", "\"xlnx,axi-vdma-6.2\"" },
  { PL "dma@43030000/reg", "<0x43030000 0x10000>" },
  { PL "dma@43030000/status", "\"disabled\"" },
  { PL "gpio@41200000/compatible", "\"generic-uio\"" },
  { PL "gpio@41200000/reg", "<0x41200000 0x10000>" },
  { NULL, NULL },
};

static void
machine_put (
    const gchar *root, guint number, const gchar *file, const gchar *value)
{
  g_autofree gchar *path =
      g_strdup_printf ("sys/class/uio/uio%u/%s", number, file);
  tree_rig_put (root, path, value);
}

void
machine_add_uio (const gchar *root, guint number, const gchar *name,
    const gchar *address, const gchar *node)
{
  g_autofree gchar *text = g_strdup_printf ("=%s\n", name);
  g_autofree gchar *at = g_strdup_printf ("=%s\n", address);
  g_autofree gchar *link = g_strdup_printf (
      ">../../../../firmware/devicetree/base%s", node ? node : "");
  g_autofree gchar *file = g_strdup_printf ("dev/uio%u", number);
  machine_put (root, number, "name", text);
  machine_put (root, number, "version", "=devicetree\n");
  machine_put (root, number, "maps/map0/addr", at);
  machine_put (root, number, "maps/map0/size", "=0x00010000\n");
  machine_put (root, number, "maps/map0/offset", "=0x0\n");
  if (node)
    machine_put (root, number, "device/of_node", link);
  tree_rig_put (root, file, "");
}

gchar *
machine_new (void)
{
  gchar *root = tree_rig_new ();
  tree_rig_put_all (root, machine_files);
  machine_add_uio (root, 0, "gpio", "0x41200000", "/amba_pl/gpio@41200000");
  machine_add_uio (
      root, 1, "camera_vdma", "0x43010000", "/amba_pl/camera_vdma@43010000");
  machine_add_uio (root, 2, "vdma", "0x43000000", "/amba_pl/vdma@43000000");
  return root;
}
