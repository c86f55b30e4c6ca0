/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The properties that both elements have. */
#pragma once

#include <gst/gst.h>

#include "vdma.h"
#include "xlnk.h"

G_BEGIN_DECLS

/** GstVdmaCache: how frames that an element makes are mapped by the CPU. */
typedef enum {
  GST_VDMA_CACHE_AUTO,
  GST_VDMA_CACHE_CACHED,
  GST_VDMA_CACHE_UNCACHED,
} GstVdmaCache;

#define GST_TYPE_VDMA_CACHE (gst_vdma_cache_get_type ())
GType gst_vdma_cache_get_type (void);

#define GST_TYPE_VDMA_ON_ERROR (gst_vdma_on_error_get_type ())
/** Returns: the GType of VdmaOnError */
GType gst_vdma_on_error_get_type (void);

/** Property ids, from the offset given to gst_vdma_props_install() on. */
enum {
  GST_VDMA_PROP_DEVICE,
  GST_VDMA_PROP_MEMORY,
  GST_VDMA_PROP_CACHE_SIZE,
  GST_VDMA_PROP_CACHE,
  GST_VDMA_PROP_TIMEOUT,
  GST_VDMA_PROP_ON_ERROR,
  GST_VDMA_PROP_CRASH_GUARD,
  GST_VDMA_PROP_DEVICE_NAME,
  GST_VDMA_PROP_STATS,
  GST_VDMA_N_PROPS,
};

/** GstVdmaProps: what was set; guarded by the element's object lock. */
typedef struct {
  gchar *device;
  gchar *memory;
  guint cache_size;
  GstVdmaCache cache;
  GstClockTime timeout; /* 0: never */
  VdmaOnError on_error;
  gboolean crash_guard;
} GstVdmaProps;

/**
 * gst_vdma_props_install:
 * @offset: id of the first one; GST_VDMA_N_PROPS ids are taken
 */
void gst_vdma_props_install (GObjectClass *klass, guint offset);

void gst_vdma_props_init (GstVdmaProps *self);
void gst_vdma_props_clear (GstVdmaProps *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstVdmaProps, gst_vdma_props_clear)

/** gst_vdma_props_copy: (out caller-allocates): a copy made under @element's
 *  object lock; for gst_vdma_props_clear() */
void gst_vdma_props_copy (
    const GstVdmaProps *self, GstElement *element, GstVdmaProps *copy);

/**
 * gst_vdma_props_set, gst_vdma_props_get:
 * @id: a GST_VDMA_PROP_*, that is the property id less the offset
 *
 * Returns: FALSE for an id that is the element's own business: DEVICE_NAME,
 *   STATS and all that is not in the block
 */
gboolean gst_vdma_props_set (
    GstVdmaProps *self, GstElement *element, guint id, const GValue *value);
gboolean gst_vdma_props_get (
    const GstVdmaProps *self, GstElement *element, guint id, GValue *value);

/** Returns: what the property "cache" asks the memory for */
XlnkCaching gst_vdma_props_get_caching (const GstVdmaProps *self);

G_END_DECLS
