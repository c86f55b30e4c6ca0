/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xlnk-pagemap.h"

#include <errno.h>
#include <fcntl.h>

#include "vdma-error.h"

#define PAGEMAP_PATH    "/proc/self/pagemap"
#define PAGEMAP_PRESENT (G_GUINT64_CONSTANT (1) << 63)
#define PAGEMAP_FRAME   ((G_GUINT64_CONSTANT (1) << 55) - 1)
#define PAGEMAP_REMEDY                                                         \
  "addresses are shown to root and to programs with CAP_SYS_ADMIN (setcap "    \
  "cap_sys_admin+ep PROGRAM)"

static const XlnkRemedy pagemap_remedy = {
  .missing = "the kernel needs CONFIG_PROC_PAGE_MONITOR",
  .permission = PAGEMAP_REMEDY,
};

static gboolean
pagemap_check_entry (
    const XlnkSystem *system, guint64 entry, gsize at, GError **error)
{
  if (!(entry & PAGEMAP_PRESENT)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
        "'%s" PAGEMAP_PATH "' shows no page at 0x%" G_GSIZE_MODIFIER
        "x: this kernel hides the addresses of such memory",
        system->root, at);
    return FALSE;
  }
  if ((entry & PAGEMAP_FRAME) == 0) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_PERMISSION,
        "'%s" PAGEMAP_PATH
        "' does not show physical addresses to this process; " PAGEMAP_REMEDY,
        system->root);
    return FALSE;
  }
  return TRUE;
}

static gboolean
pagemap_read_one (
    const XlnkSystem *system, gint fd, gsize at, guint64 *phys, GError **error)
{
  const gsize page = xlnk_get_page_size ();
  guint64 entry;
  gssize n = system->calls->pread (system->data, fd, &entry, sizeof entry,
      (off_t) (at / page * sizeof entry));
  if (n != sizeof entry) {
    xlnk_set_error (error, n < 0 ? errno : EIO, &pagemap_remedy,
        "cannot read '%s" PAGEMAP_PATH "'", system->root);
    return FALSE;
  }
  if (!pagemap_check_entry (system, entry, at, error))
    return FALSE;
  *phys = (entry & PAGEMAP_FRAME) * page;
  return TRUE;
}

gboolean
xlnk_pagemap_read (const XlnkSystem *system, gconstpointer pointer, gsize step,
    guint n, guint64 *phys, GError **error)
{
  gint fd =
      xlnk_system_open (system, PAGEMAP_PATH, O_RDONLY, &pagemap_remedy, error);
  if (fd < 0)
    return FALSE;
  gboolean ok = TRUE;
  for (guint i = 0; ok && i < n; i++)
    ok = pagemap_read_one (
        system, fd, (gsize) pointer + i * step, &phys[i], error);
  xlnk_close_fd (&fd);
  return ok;
}
