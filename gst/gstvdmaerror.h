/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the library's errors to messages on the bus. */
#pragma once

#include <gst/gst.h>

#include "vdma-error.h"

G_BEGIN_DECLS

/**
 * gst_vdma_error_post:
 * @element: who failed
 * @error: (inout) (transfer full): what happened; freed and set to NULL
 *
 * Posts one error message whose domain and code follow from the VDMA_ERROR code
 * and whose text is the error's own sentence. The error is consumed, so that a
 * second call for it posts nothing. VDMA_ERROR_CANCELLED is not posted: it is
 * the answer to unlock(), not a failure. Takes no lock but the element's own.
 *
 * Returns: whether a message was posted
 */
#define gst_vdma_error_post(element, error)                                    \
  gst_vdma_error_post_full (GST_ELEMENT (element), GST_MESSAGE_ERROR, (error), \
      __FILE__, GST_FUNCTION, __LINE__)

/** gst_vdma_warning_post: the same as a warning: the element goes on. */
#define gst_vdma_warning_post(element, error)                                  \
  gst_vdma_error_post_full (GST_ELEMENT (element), GST_MESSAGE_WARNING,        \
      (error), __FILE__, GST_FUNCTION, __LINE__)

gboolean gst_vdma_error_post_full (GstElement *element, GstMessageType type,
    GError **error, const gchar *file, const gchar *function, gint line);

/**
 * gst_vdma_error_translate:
 * @element: decides between READ (sources) and WRITE (sinks)
 * @error: of VDMA_ERROR; GStreamer's own domains keep theirs
 * @domain, @code: (out): e.g. GST_RESOURCE_ERROR and GST_RESOURCE_ERROR_BUSY
 */
void gst_vdma_error_translate (
    GstElement *element, const GError *error, GQuark *domain, gint *code);

G_END_DECLS
