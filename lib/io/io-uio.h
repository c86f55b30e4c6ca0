/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Registers and interrupts by the kernel's UIO (hardware.md 5.1).
 *
 * Two drivers of the kernel are known: uio_pdrv_genirq has maps and enables its
 * interrupt again by a write. uio_pci_generic, known by its name, has no such
 * write, and maps in newer kernels only: registers are the device's BAR, and the
 * interrupt is enabled again in the PCI command word.
 *
 * Numbers of UIO devices change from boot to boot, so devices are found by what
 * they are. All paths lie under a root folder, which tests replace. */
#pragma once

#include "io.h"

G_BEGIN_DECLS

#define VDMA_UIO_MAX_MAPS 6 /* the kernel has 5, PCI 6 */

/**
 * VdmaUioMap: a range of a device.
 * @address: physical, of the first register
 * @size: bytes from there on; 0: no such map
 * @delta: from the page that is mapped to the first register
 */
typedef struct {
  guint64 address;
  guint64 size;
  guint delta;
} VdmaUioMap;

/**
 * VdmaUioNode: a UIO device as sysfs describes it.
 * @path: device file, "/dev/uio3"
 * @sysfs: its folder, "/sys/class/uio/uio3"
 * @name: what its driver calls it: the name of the device-tree node without
 *   unit address, or "uio_pci_generic"
 * @parent: what its bus calls it: "43000000.dma", "0000:00:04.0"; may be ""
 * @of_node: (nullable): path of its node in the device tree
 * @pci: of uio_pci_generic: the maps are BARs
 * @error: (nullable): what sysfs says of it makes no sense
 */
typedef struct {
  gchar *path;
  gchar *sysfs;
  gchar *name;
  gchar *parent;
  gchar *of_node;
  gboolean pci;
  VdmaUioMap map[VDMA_UIO_MAX_MAPS];
  GError *error;
} VdmaUioNode;

void vdma_uio_node_free (VdmaUioNode *node); /* (nullable) */

/**
 * vdma_uio_list:
 * @root: (nullable): folder that stands for "/"
 *
 * Errors: NOT_FOUND (no UIO in this kernel, or no module of it), PERMISSION.
 * Returns: (transfer full) (element-type VdmaUioNode) (nullable): by number; may
 *   be empty
 */
GPtrArray *vdma_uio_list (const gchar *root, GError **error);

/**
 * vdma_uio_find:
 * @text: a device file ("/dev/uio3", or a link to one), an address
 *
 *   ("0x43000000": of or in a map), the path of a device-tree node ("/axi/dma@43000000"), or a
 *   name: of the device, of its node ("dma@43000000") or of its parent
 *   ("43000000.dma", "0000:00:04.0")
 *
 * Errors: NOT_FOUND (lists what there is), INVALID (several are named so, or
 * sysfs makes no sense).
 * Returns: (transfer full) (nullable)
 */
VdmaUioNode *vdma_uio_find (
    const gchar *root, const gchar *text, GError **error);

/** vdma_uio_describe: (transfer full): "'video_axi_vdma' at 0x43000000 (/dev/uio0, /axi/dma@43000000)" */
gchar *vdma_uio_describe (const VdmaUioNode *node);

/**
 * vdma_uio_open_regs:
 * @map: number of the map, or of the BAR
 * @offset: of the registers in it
 * @span: bytes of registers that are needed
 *
 * A PCI device gets its memory space and bus mastering switched on.
 * Errors: NOT_FOUND (no such map), INVALID (the map is smaller than the
 * registers), PERMISSION (with the udev rule that helps).
 * Returns: (transfer full) (nullable)
 */
VdmaRegs *vdma_uio_open_regs (const VdmaUioNode *node, guint map,
    guint64 offset, guint span, GError **error);

/**
 * vdma_uio_open_irq:
 * @time: (transfer none): outlives the line
 *
 * Each opening has an event counter of its own, so that all channels that share
 * a line are woken by it, in this process and in others. An interrupt that comes
 * back at once, time and again, as the line of a channel does that another
 * thread has yet to service, is looked at once a millisecond until it stops.
 *
 * Errors: UNSUPPORTED (the device has no interrupt), PERMISSION. A device that
 * vanishes while it is open fails vdma_irq_consume() with NOT_FOUND.
 * Returns: (transfer full) (nullable)
 */
VdmaIrq *vdma_uio_open_irq (
    const VdmaUioNode *node, VdmaTime *time, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VdmaUioNode, vdma_uio_node_free)

G_END_DECLS
