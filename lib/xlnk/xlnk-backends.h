/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of contiguous memory of real machines, opened by their texts. What a
 * text means, limits, and every remedy: docs/memory.md.
 *
 * Each function opens a device or proves that memory of its kind can be had: it
 * returns a backend that works, or NULL with a sentence that names the file and
 * the remedy (NOT_FOUND: not on this machine; PERMISSION; UNSUPPORTED: this
 * kernel or processor cannot do it; BUSY; INVALID: the text).
 *
 * Texts are UTF-8. @system is copied. */
#pragma once

#include "xlnk-backend.h"
#include "xlnk-system.h"

G_BEGIN_DECLS

/**
 * XlnkCarveout: memory that the kernel was told to leave alone.
 * @name: (nullable): for messages: of the node or device it comes from
 * @base, @size: bytes; multiples of the page size
 * @no_map: the kernel has no mapping of it, so the CPU cannot cache it
 * @checked: somebody knows that it is reserved; otherwise /proc/iomem is asked
 */
typedef struct {
  const gchar *name;
  guint64 base, size;
  gboolean no_map;
  gboolean checked;
} XlnkCarveout;

/** xlnk_carveout_parse: "BASE+SIZE", as 0x30000000+64M. Errors: INVALID. */
gboolean xlnk_carveout_parse (
    const gchar *text, XlnkCarveout *carveout, GError **error);

/** xlnk_carveout_open: through /dev/mem */
XlnkBackend *xlnk_carveout_open (
    const XlnkSystem *system, const XlnkCarveout *carveout, GError **error);

/** xlnk_carveout_open_uio: a map of a UIO device
 *  @name: of the device, or "uioN"; with "/M" behind it map M instead of map 0 */
XlnkBackend *xlnk_carveout_open_uio (
    const XlnkSystem *system, const gchar *name, GError **error);

/** xlnk_u_dma_buf_open: devices of the module u-dma-buf; @name: (nullable): one, or all */
XlnkBackend *xlnk_u_dma_buf_open (
    const XlnkSystem *system, const gchar *name, GError **error);

/** xlnk_zocl_open: buffer objects of DRM's zocl; @node: (nullable): "renderD128" or
 *  a path; NULL: the first render node of that driver */
XlnkBackend *xlnk_zocl_open (
    const XlnkSystem *system, const gchar *node, GError **error);

/** xlnk_cma_open: /dev/xlnk through PYNQ's libcma.so; @library: (nullable): its
 *  path, NULL: where the system looks for libraries */
XlnkBackend *xlnk_cma_open (
    const XlnkSystem *system, const gchar *library, GError **error);

/** xlnk_dma_heap_open: @name: of a heap */
XlnkBackend *xlnk_dma_heap_open (
    const XlnkSystem *system, const gchar *name, GError **error);
/** xlnk_dma_heap_list: (transfer full): names of the heaps there are */
GStrv xlnk_dma_heap_list (const XlnkSystem *system);

/** xlnk_hugetlb_open: huge pages of this process */
XlnkBackend *xlnk_hugetlb_open (const XlnkSystem *system, GError **error);

G_END_DECLS
