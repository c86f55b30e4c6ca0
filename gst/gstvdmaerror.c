/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table from VDMA_ERROR codes to GStreamer's. */
#include "gstvdmaerror.h"

/* A transfer that failed is a read for a source and a write for a sink. */
#define VDMA_ERROR_TRANSFER -1

static const struct {
  GQuark (*domain) (void);
  gint code;
} vdma_error_map[] = {
  [VDMA_ERROR_FAILED] = { gst_resource_error_quark, GST_RESOURCE_ERROR_FAILED },
  [VDMA_ERROR_INVALID] = { gst_resource_error_quark,
      GST_RESOURCE_ERROR_SETTINGS },
  [VDMA_ERROR_NOT_FOUND] = { gst_resource_error_quark,
      GST_RESOURCE_ERROR_NOT_FOUND },
  [VDMA_ERROR_BUSY] = { gst_resource_error_quark, GST_RESOURCE_ERROR_BUSY },
  [VDMA_ERROR_PERMISSION] = { gst_resource_error_quark,
      GST_RESOURCE_ERROR_NOT_AUTHORIZED },
  [VDMA_ERROR_NO_MEMORY] = { gst_resource_error_quark,
      GST_RESOURCE_ERROR_NO_SPACE_LEFT },
  [VDMA_ERROR_UNSUPPORTED] = { gst_resource_error_quark,
      GST_RESOURCE_ERROR_SETTINGS },
  [VDMA_ERROR_UNREACHABLE] = { gst_resource_error_quark,
      GST_RESOURCE_ERROR_SETTINGS },
  [VDMA_ERROR_CLOSED] = { gst_resource_error_quark, GST_RESOURCE_ERROR_CLOSE },
  [VDMA_ERROR_STATE] = { gst_core_error_quark, GST_CORE_ERROR_STATE_CHANGE },
  [VDMA_ERROR_TIMEOUT] = { gst_resource_error_quark, VDMA_ERROR_TRANSFER },
  [VDMA_ERROR_HARDWARE] = { gst_resource_error_quark, VDMA_ERROR_TRANSFER },
  [VDMA_ERROR_CANCELLED] = { gst_resource_error_quark,
      GST_RESOURCE_ERROR_FAILED },
};

static gboolean
vdma_error_is_gst (const GError *error)
{
  return error->domain == GST_CORE_ERROR || error->domain == GST_LIBRARY_ERROR
         || error->domain == GST_RESOURCE_ERROR
         || error->domain == GST_STREAM_ERROR;
}

void
gst_vdma_error_translate (
    GstElement *element, const GError *error, GQuark *domain, gint *code)
{
  guint row = VDMA_ERROR_FAILED;

  if (vdma_error_is_gst (error)) {
    *domain = error->domain;
    *code = error->code;
    return;
  }
  if (error->domain == VDMA_ERROR && error->code >= 0
      && (guint) error->code < G_N_ELEMENTS (vdma_error_map))
    row = (guint) error->code;

  *domain = vdma_error_map[row].domain ();
  *code = vdma_error_map[row].code;
  if (*code == VDMA_ERROR_TRANSFER)
    *code = GST_OBJECT_FLAG_IS_SET (element, GST_ELEMENT_FLAG_SINK)
                ? GST_RESOURCE_ERROR_WRITE
                : GST_RESOURCE_ERROR_READ;
}

gboolean
gst_vdma_error_post_full (GstElement *element, GstMessageType type,
    GError **error, const gchar *file, const gchar *function, gint line)
{
  g_return_val_if_fail (GST_IS_ELEMENT (element), FALSE);
  g_return_val_if_fail (error != NULL, FALSE);

  g_autoptr (GError) cause = g_steal_pointer (error);
  if (!cause || g_error_matches (cause, VDMA_ERROR, VDMA_ERROR_CANCELLED))
    return FALSE;

  GQuark domain;
  gint code;
  gst_vdma_error_translate (element, cause, &domain, &code);
  /* Takes both strings; NULL debug text leaves file, line and element's path. */
  gst_element_message_full (element, type, domain, code,
      g_strdup (cause->message), NULL, file, function, line);
  return TRUE;
}
