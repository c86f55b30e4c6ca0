/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the frame cache share: a pool on memory for tests. */
#pragma once

#include <gst/check/gstcheck.h>

#include "check-memory.h"
#include "gstvdmapool.h"

G_BEGIN_DECLS

#define POOL_WIDTH  64
#define POOL_HEIGHT 48
#define POOL_SIZE   (POOL_WIDTH * 3 * POOL_HEIGHT)
#define POOL_PAGES  (3 * CHECK_MEMORY_PAGE) /* what a frame takes of memory */

#define POOL_DONTWAIT GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT
#define POOL_WAIT     GST_BUFFER_POOL_ACQUIRE_FLAG_NONE

extern CheckMemory pool_memory;
extern XlnkAllocator *pool_xlnk;
extern GstVdmaAllocator *pool_allocator;
extern GstVdmaBufferPool *pool;

/** pool_setup, pool_teardown: a fixture: memory, allocator, and a pool that is not configured. */
void pool_setup (void);

void pool_teardown (void);

GstCaps *pool_make_caps (GstVideoFormat format, gint width, gint height);

/** pool_try_configure: RGB of POOL_WIDTH x POOL_HEIGHT, cacheable. */
gboolean pool_try_configure (
    guint min, guint max, gint capacity, GError **error);

/** pool_start: pool_try_configure() and activation, which must succeed. */
void pool_start (guint min, guint max, gint capacity);

/** pool_get: a frame that is there or can be made; owned by the application. */
GstBuffer *pool_get (void);

void pool_assert_no_frame (
    GstBufferPoolAcquireFlags flags, GstFlowReturn expected);

guint64 pool_get_phys (GstBuffer *frame);

/** pool_assert_counts: all of the statistics. */
void pool_assert_counts (guint cached, guint64 created, guint64 reused,
    guint64 returned, guint64 discarded);

/** pool_assert_error: checks and clears @error; @part stands in its sentence. */
void pool_assert_error (GError **error, gint code, const gchar *part);

/** pool_add_case: a test case with the fixture. */
TCase *pool_add_case (Suite *suite, const gchar *name);

G_END_DECLS
