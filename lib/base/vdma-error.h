/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one error domain of the library. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define VDMA_ERROR (vdma_error_quark ())

/**
 * VdmaErrorCode: what kind of thing went wrong, so that an element can choose
 * the right GstResourceError without reading the sentence.
 *
 * The sentence of the GError always names what is wrong and what would be
 * right; a code is for programs, the sentence is for people.
 */
typedef enum {
  VDMA_ERROR_FAILED,     /* none of the below */
  VDMA_ERROR_INVALID,    /* a text, number or combination that can never work */
  VDMA_ERROR_NOT_FOUND,  /* the thing named does not exist here */
  VDMA_ERROR_BUSY,       /* somebody else has it; the sentence says who */
  VDMA_ERROR_PERMISSION, /* it exists, this process may not use it */
  VDMA_ERROR_NO_MEMORY,  /* contiguous memory is exhausted */
  VDMA_ERROR_UNSUPPORTED, /* this core, backend or kernel cannot do it */
  VDMA_ERROR_UNREACHABLE, /* memory at an address that the core cannot drive */
  VDMA_ERROR_CLOSED,      /* used after it was closed or freed; double free */
  VDMA_ERROR_STATE,       /* legal, but not now (e.g. start while running) */
  VDMA_ERROR_TIMEOUT,     /* hardware did not answer within its limit */
  VDMA_ERROR_HARDWARE,    /* the status register reports an error */
  VDMA_ERROR_CANCELLED,   /* a wait was ended by its cancel */
} VdmaErrorCode;

GQuark vdma_error_quark (void);

/**
 * vdma_set_error_errno:
 * @error: (out) (optional): where to put the error
 * @saved_errno: the value of errno, saved before any clean-up call
 * @format: what was being done, e.g. "cannot open '/dev/uio0'"
 *
 * Sets an error whose code follows from @saved_errno (EACCES and EPERM:
 * PERMISSION, ENOENT and ENODEV: NOT_FOUND, ENOMEM: NO_MEMORY, EBUSY: BUSY,
 * ETIMEDOUT: TIMEOUT, else FAILED) and whose text is @format followed by the
 * system's reason.
 */
void vdma_set_error_errno (GError **error, gint saved_errno,
    const gchar *format, ...) G_GNUC_PRINTF (3, 4);

G_END_DECLS
