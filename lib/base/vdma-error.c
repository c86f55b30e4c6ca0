/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vdma-error.h"

#include <errno.h>

GQuark
vdma_error_quark (void)
{
  return g_quark_from_static_string ("vdma-error-quark");
}

static VdmaErrorCode
error_code_from_errno (gint saved_errno)
{
  switch (saved_errno) {
    case EACCES:
    case EPERM:
      return VDMA_ERROR_PERMISSION;
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return VDMA_ERROR_NOT_FOUND;
    case ENOMEM:
    case ENOSPC:
      return VDMA_ERROR_NO_MEMORY;
    case EBUSY:
      return VDMA_ERROR_BUSY;
    case ETIMEDOUT:
      return VDMA_ERROR_TIMEOUT;
    default:
      return VDMA_ERROR_FAILED;
  }
}

void
vdma_set_error_errno (
    GError **error, gint saved_errno, const gchar *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree gchar *doing = g_strdup_vprintf (format, args);
  va_end (args);

  g_set_error (error, VDMA_ERROR, error_code_from_errno (saved_errno), "%s: %s",
      doing, g_strerror (saved_errno));
}
