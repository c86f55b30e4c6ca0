/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a GstVdmaBufferPool's configuration says, checked once. */
#pragma once

#include "gstvdmapool.h"

G_BEGIN_DECLS

typedef struct {
  GstVdmaLayout layout;
  GstAllocationParams params;
  XlnkCaching caching;
  gsize size; /* bytes of a frame: the layout's, or more if asked for */
  guint min;
  guint max;      /* 0: no limit */
  guint capacity; /* in force */
} GstVdmaPoolMode;

/**
 * gst_vdma_pool_mode_parse:
 * @self: (out): all fields set on success
 * @allocator: whose caching holds where @config says nothing
 * @alignment: as for gst_vdma_layout_init()
 *
 * Errors: INVALID, UNSUPPORTED, naming what is wrong and what would be right.
 */
gboolean gst_vdma_pool_mode_parse (GstVdmaPoolMode *self, GstStructure *config,
    GstVdmaAllocator *allocator, guint alignment, GError **error);

/** gst_vdma_pool_mode_check_numbers: @min and @max frames, before they go into a
 *  configuration that does not take all of them. */
gboolean gst_vdma_pool_mode_check_numbers (
    guint min, guint max, GError **error);

/** gst_vdma_pool_mode_write_back: tells @config what was made of it. */
void gst_vdma_pool_mode_write_back (const GstVdmaPoolMode *self,
    GstStructure *config, GstVdmaAllocator *allocator);

G_END_DECLS
