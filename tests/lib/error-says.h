/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An error that a test waits for: of this code, and with this in its sentence. */
#pragma once

#include <string.h>

#include "vdma-error.h"

G_BEGIN_DECLS

/** error_assert_says: fails with the whole sentence when @says is not in it */
static inline void
error_assert_says (const GError *error, const gchar *says)
{
  g_assert_nonnull (error);
  if (!strstr (error->message, says))
    g_error ("'%s' does not say '%s'", error->message, says);
}

/** error_assert: of VDMA_ERROR; clears it */
static inline void
error_assert (GError **error, gint code, const gchar *says)
{
  g_assert_error (*error, VDMA_ERROR, code);
  error_assert_says (*error, says);
  g_clear_error (error);
}

G_END_DECLS
