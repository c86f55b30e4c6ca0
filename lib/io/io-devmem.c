/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /dev/mem, and why the kernel refuses it. */
#include "io-devmem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io-sysfs.h"
#include "io-window.h"
#include "vdma-error.h"

#define DEVMEM_MAX_IOMEM (1 << 20) /* bytes of /proc/iomem that are read */

static void
devmem_set_open_error (const gchar *path, gint saved_errno, GError **error)
{
  switch (saved_errno) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
      g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND,
          "there is no '%s': this kernel was built without CONFIG_DEVMEM. Give "
          "the core a UIO driver and use device=uio:NAME",
          path);
      break;
    case EACCES:
      g_set_error (error, VDMA_ERROR, VDMA_ERROR_PERMISSION,
          "'%s' may be opened by root only. Run as root, or give the core a "
          "UIO driver, whose device file a udev rule can give to a group",
          path);
      break;
    case EPERM:
      g_set_error (error, VDMA_ERROR, VDMA_ERROR_PERMISSION,
          "the kernel does not let this process open '%s': it lacks "
          "CAP_SYS_RAWIO (containers mostly do), or the kernel is locked down "
          "(/sys/kernel/security/lockdown, as with secure boot). Use a UIO "
          "driver",
          path);
      break;
    default:
      vdma_set_error_errno (error, saved_errno, "cannot open '%s'", path);
      break;
  }
}

/* Returns: (transfer full) (nullable): the innermost owner of @address in
 *   /proc/iomem; its addresses read 0 for who may not know them */
static gchar *
devmem_find_owner (const gchar *root, guint64 address)
{
  g_autofree gchar *path = vdma_io_path (root, "/proc/iomem");
  gchar *owner = NULL;
  gchar line[256];
  gsize total = 0;
  FILE *file = fopen (path, "re");

  while (file && fgets (line, sizeof line, file) && total < DEVMEM_MAX_IOMEM) {
    guint64 begin, end;
    gint skip = 0;
    total += strlen (line);
    if (sscanf (line,
            " %16" G_GINT64_MODIFIER "x-%16" G_GINT64_MODIFIER "x : %n", &begin,
            &end, &skip)
            != 2
        || skip == 0 || address < begin || address > end)
      continue;
    g_free (owner);
    owner = g_strstrip (g_utf8_make_valid (line + skip, -1));
  }
  if (file)
    fclose (file);
  return owner;
}

static void
devmem_set_map_error (
    const gchar *root, const gchar *path, guint64 address, GError **error)
{
  g_autofree gchar *owner = devmem_find_owner (root, address);
  if (owner && strstr (owner, "System RAM")) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_PERMISSION,
        "0x%" G_GINT64_MODIFIER "x is memory of the system, which '%s' never "
        "maps (CONFIG_STRICT_DEVMEM): it is not the address of a core",
        address, path);
    return;
  }
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_PERMISSION,
      "the kernel does not map 0x%" G_GINT64_MODIFIER
      "x by '%s' (CONFIG_STRICT_DEVMEM, CONFIG_IO_STRICT_DEVMEM): %s%s%s. "
      "Unbind that driver (/sys/bus/platform/drivers/NAME/unbind), or boot "
      "with "
      "iomem=relaxed, or give the core a UIO driver",
      address, path, owner ? "'" : "a driver", owner ? owner : "",
      owner ? "' has claimed it" : " has claimed it");
}

static gboolean
devmem_check_address (guint64 address, guint span, GError **error)
{
  if (address % 4 == 0 && address <= (guint64) G_MAXINT64 - span)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "0x%" G_GINT64_MODIFIER "x is no address of registers: it must be a "
      "multiple of 4, below 2^63",
      address);
  return FALSE;
}

VdmaRegs *
vdma_devmem_open_regs (
    const gchar *root, guint64 address, guint span, GError **error)
{
  g_autofree gchar *path = vdma_io_path (root, "/dev/mem");
  g_autoptr (GError) local = NULL;
  guint64 page = (guint64) sysconf (_SC_PAGESIZE);
  VdmaWindowPlace place = {
    .offset = address / page * page,
    .delta = address % page,
    .span = span,
  };

  if (!devmem_check_address (address, span, error))
    return NULL;
  gint fd = open (path, O_RDWR | O_SYNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) {
    devmem_set_open_error (path, errno, error);
    return NULL;
  }
  VdmaRegs *regs = vdma_window_map ("devmem", fd, path, &place, &local);
  if (regs)
    return regs;
  if (g_error_matches (local, VDMA_ERROR, VDMA_ERROR_PERMISSION))
    devmem_set_map_error (root, path, address, error);
  else
    g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}
