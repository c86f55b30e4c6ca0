/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a pool's configuration to a mode and back. */
#include "gstvdmapoolmode.h"

#include "vdma-error.h"

#define POOL_MODE_FIELD_CAPACITY  "vdma-cache-capacity"
#define POOL_MODE_FIELD_CACHEABLE "vdma-cacheable"

void
gst_vdma_buffer_pool_config_set_cache (
    GstStructure *config, gint capacity, gboolean cacheable)
{
  gst_structure_set (config, POOL_MODE_FIELD_CAPACITY, G_TYPE_INT, capacity,
      POOL_MODE_FIELD_CACHEABLE, G_TYPE_BOOLEAN, cacheable, NULL);
}

gboolean
gst_vdma_buffer_pool_config_get_cache (
    const GstStructure *config, gint *capacity, gboolean *cacheable)
{
  *capacity = GST_VDMA_POOL_DEFAULT_CAPACITY;
  *cacheable = FALSE;
  gboolean found =
      gst_structure_get_int (config, POOL_MODE_FIELD_CAPACITY, capacity);
  return gst_structure_get_boolean (
             config, POOL_MODE_FIELD_CACHEABLE, cacheable)
         && found;
}

gboolean
gst_vdma_pool_mode_check_numbers (guint min, guint max, GError **error)
{
  if (min <= GST_VDMA_POOL_MAX_CAPACITY && (max == 0 || min <= max))
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "at least %u and at most %u frames: the least can be 0 to %u, "
      "and not above the most (0: no limit)",
      min, max, GST_VDMA_POOL_MAX_CAPACITY);
  return FALSE;
}

static gboolean
pool_mode_parse_counts (GstVdmaPoolMode *mode, gint capacity, GError **error)
{
  if (capacity < 0 || capacity > GST_VDMA_POOL_MAX_CAPACITY) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "a frame cache of capacity %d: it can be 0 (keep none) to %d", capacity,
        GST_VDMA_POOL_MAX_CAPACITY);
    return FALSE;
  }
  if (!gst_vdma_pool_mode_check_numbers (mode->min, mode->max, error))
    return FALSE;
  mode->capacity = MAX ((guint) capacity, mode->min);
  return TRUE;
}

static gboolean
pool_mode_parse_layout (GstVdmaPoolMode *mode, GstStructure *config,
    GstCaps *caps, guint alignment, GError **error)
{
  GstVideoAlignment align;

  if (!caps) {
    g_set_error_literal (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "the configuration has no caps: frames need a video mode");
    return FALSE;
  }
  gst_video_alignment_reset (&align);
  if (gst_buffer_pool_config_has_option (
          config, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT))
    gst_buffer_pool_config_get_video_alignment (config, &align);
  return gst_vdma_layout_init_from_caps (
      &mode->layout, caps, &align, alignment, error);
}

gboolean
gst_vdma_pool_mode_parse (GstVdmaPoolMode *mode, GstStructure *config,
    GstVdmaAllocator *allocator, guint alignment, GError **error)
{
  GstCaps *caps = NULL;
  guint size;
  gint capacity;
  gboolean cacheable;

  if (!gst_buffer_pool_config_get_params (
          config, &caps, &size, &mode->min, &mode->max)) {
    g_set_error_literal (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "the configuration lacks caps, size or numbers of frames");
    return FALSE;
  }
  gst_buffer_pool_config_get_allocator (config, NULL, &mode->params);
  mode->caching = gst_vdma_allocator_get_caching (allocator);
  if (gst_vdma_buffer_pool_config_get_cache (config, &capacity, &cacheable))
    mode->caching = cacheable ? XLNK_CACHEABLE : XLNK_UNCACHED;

  if (!pool_mode_parse_counts (mode, capacity, error)
      || !pool_mode_parse_layout (mode, config, caps, alignment, error))
    return FALSE;
  mode->size = MAX (size, mode->layout.info.size);
  return TRUE;
}

void
gst_vdma_pool_mode_write_back (const GstVdmaPoolMode *mode,
    GstStructure *config, GstVdmaAllocator *allocator)
{
  GstCaps *caps = NULL;
  GstVideoAlignment align = mode->layout.align;

  gst_buffer_pool_config_get_params (config, &caps, NULL, NULL, NULL);
  gst_buffer_pool_config_set_params (
      config, caps, (guint) mode->size, mode->min, mode->max);
  gst_buffer_pool_config_set_allocator (
      config, GST_ALLOCATOR (allocator), &mode->params);
  if (gst_buffer_pool_config_has_option (
          config, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT))
    gst_buffer_pool_config_set_video_alignment (config, &align);
}
