/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GstVdmaAllocator: what it gives, where, and how long that lives. */
#include <gst/allocators/allocators.h>
#include <string.h>

#include "check-allocator.h"
#include "vdma-error.h"

/* ---- allocation ---- */

GST_START_TEST (test_alloc)
{
  GstMemory *mem = allocator_alloc (1000);
  gsize offset, maxsize;
  guint64 phys;

  fail_unless (gst_is_vdma_memory (mem));
  fail_unless (gst_memory_is_type (mem, GST_VDMA_MEMORY_TYPE));
  fail_unless (mem->allocator == allocator);
  fail_unless_equals_int (gst_memory_get_sizes (mem, &offset, &maxsize), 1000);
  fail_unless_equals_int (offset, 0);
  fail_unless_equals_int (maxsize, 1000);
  fail_unless (GST_MEMORY_IS_PHYSICALLY_CONTIGUOUS (mem));
  fail_unless (gst_vdma_memory_is_cacheable (mem));
  fail_unless (gst_vdma_memory_get_phys (mem, &phys));
  fail_unless_equals_uint64 (phys, ALLOCATOR_BASE);
  fail_unless (gst_is_phys_memory (mem));
  fail_unless_equals_uint64 (
      gst_phys_memory_get_phys_addr (mem), ALLOCATOR_BASE);
  gst_memory_unref (mem);
  fail_unless_equals_int (allocator_memory.n_extents, 0);
}
GST_END_TEST;

GST_START_TEST (test_alloc_params)
{
  GstAllocationParams params = { .prefix = 100, .padding = 28, .align = 8191 };
  GstMemory *odd = allocator_alloc (1);
  GstMemory *mem = gst_allocator_alloc (allocator, 5000, &params);
  GstMapInfo map;
  gsize offset, maxsize;
  guint64 phys;

  fail_unless_equals_int (gst_memory_get_sizes (mem, &offset, &maxsize), 5000);
  fail_unless_equals_int (offset, 100);
  fail_unless_equals_int (maxsize, 5128);
  fail_unless_equals_int (mem->align, 8191);
  fail_unless (gst_vdma_memory_get_phys (mem, &phys));
  fail_unless_equals_int (phys % 8192, 100);
  fail_unless (gst_memory_map (mem, &map, GST_MAP_WRITE));
  fail_unless_equals_int ((guintptr) map.data % ALLOCATOR_PAGE, 100);
  fail_unless_equals_int (map.size, 5000);
  fail_unless_equals_int (map.maxsize, 5028);
  gst_memory_unmap (mem, &map);
  gst_memory_unref (mem);
  gst_memory_unref (odd);
}
GST_END_TEST;

GST_START_TEST (test_alloc_zeroed_edges)
{
  GstAllocationParams params = { .prefix = 64,
    .padding = 32,
    .flags = GST_MEMORY_FLAG_ZERO_PREFIXED | GST_MEMORY_FLAG_ZERO_PADDED };
  static const guint8 zeros[64];
  GstMapInfo map;

  GstMemory *mem = gst_allocator_alloc (allocator, 100, &params);
  fail_unless (GST_MEMORY_IS_ZERO_PREFIXED (mem));
  fail_unless (GST_MEMORY_IS_ZERO_PADDED (mem));
  /* cleaned at allocation, then written and flushed */
  check_memory_assert_syncs (&allocator_memory, "F0+4096 I0+4096 F0+196");
  gst_memory_resize (mem, -64, 196);
  fail_unless (gst_memory_map (mem, &map, GST_MAP_READ));
  fail_unless (memcmp (map.data, zeros, 64) == 0);
  fail_unless (memcmp (map.data + 164, zeros, 32) == 0);
  gst_memory_unmap (mem, &map);
  gst_memory_unref (mem);
}
GST_END_TEST;

static const struct {
  gsize size;
  GstAllocationParams params;
  VdmaErrorCode code;
} allocator_refusals[] = {
  { 0, { 0 }, VDMA_ERROR_INVALID },
  { G_MAXSIZE, { .prefix = 64 }, VDMA_ERROR_INVALID },
  { 1, { .prefix = G_MAXSIZE / 2, .padding = G_MAXSIZE / 2 + 1 },
      VDMA_ERROR_INVALID },
  { G_MAXSIZE, { 0 }, VDMA_ERROR_INVALID },
  { 64, { .align = 6 }, VDMA_ERROR_INVALID },
};

GST_START_TEST (test_alloc_refusals)
{
  GError *error = NULL;
  GstMemory *mem = gst_vdma_allocator_alloc (GST_VDMA_ALLOCATOR (allocator),
      allocator_refusals[__i__].size, &allocator_refusals[__i__].params,
      XLNK_CACHEABLE, &error);
  fail_unless (mem == NULL);
  fail_unless (g_error_matches (
                   error, VDMA_ERROR, (gint) allocator_refusals[__i__].code),
      "%s", error->message);
  g_error_free (error);
  fail_unless_equals_int (allocator_memory.n_extents, 0);
}
GST_END_TEST;

GST_START_TEST (test_alloc_exhausted)
{
  GError *error = NULL;
  allocator_memory.room = 3 * ALLOCATOR_PAGE;
  GstMemory *some = allocator_alloc (2 * ALLOCATOR_PAGE);
  fail_unless (
      gst_allocator_alloc (allocator, 2 * ALLOCATOR_PAGE, NULL) == NULL);
  fail_unless (gst_vdma_allocator_alloc (GST_VDMA_ALLOCATOR (allocator), 8192,
                   NULL, XLNK_UNCACHED, &error)
               == NULL);
  fail_unless (g_error_matches (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY));
  g_error_free (error);
  gst_memory_unref (some);
  gst_memory_unref (allocator_alloc (2 * ALLOCATOR_PAGE));
}
GST_END_TEST;

/* ---- addresses ---- */

static const CheckMemory allocator_high = { .caps = XLNK_CAP_SYNC,
  .base = ALLOCATOR_HIGH };

GST_START_TEST (test_phys_above_32_bits)
{
  allocator_reopen (&allocator_high, G_MAXUINT64);
  GstMemory *mem = allocator_alloc (64);
  guint64 phys;
  fail_unless (gst_vdma_memory_get_phys (mem, &phys));
  fail_unless_equals_uint64 (phys, ALLOCATOR_HIGH);
  fail_unless_equals_uint64 (gst_phys_memory_get_phys_addr (mem),
      sizeof (guintptr) == 8 ? ALLOCATOR_HIGH : 0);
  gst_memory_unref (mem);
}
GST_END_TEST;

GST_START_TEST (test_phys_limit)
{
  GError *error = NULL;
  allocator_reopen (&allocator_high, G_MAXUINT32);
  fail_unless (gst_vdma_allocator_alloc (GST_VDMA_ALLOCATOR (allocator), 64,
                   NULL, XLNK_CACHEABLE, &error)
               == NULL);
  fail_unless (g_error_matches (error, VDMA_ERROR, VDMA_ERROR_UNREACHABLE));
  g_error_free (error);
}
GST_END_TEST;

/* ---- life ---- */

GST_START_TEST (test_memory_outlives_allocator)
{
  allocator_open_kind ((guint) __i__);
  GstMemory *mem = allocator_alloc (4096);

  gst_clear_object (&allocator);
  fail_if (allocator_memory.closed);
  allocator_access (mem, GST_MAP_READWRITE);
  GstMemory *part = gst_memory_share (mem, 10, 10);
  gst_memory_unref (mem);
  allocator_access (part, GST_MAP_READ);
  gst_memory_unref (part);
  fail_unless (allocator_memory.closed);
}
GST_END_TEST;

GST_START_TEST (test_foreign_memory)
{
  GstMemory *mem = gst_allocator_alloc (NULL, 64, NULL);
  GError *error = NULL;
  gsize offset;
  guint64 phys;

  fail_if (gst_is_vdma_memory (mem));
  fail_unless (gst_vdma_memory_get_block (mem) == NULL);
  fail_if (gst_vdma_memory_get_phys (mem, &phys));
  fail_if (gst_vdma_memory_is_cacheable (mem));
  fail_unless_equals_int (gst_vdma_memory_export_fd (mem, &offset, &error), -1);
  fail_unless (g_error_matches (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED));
  g_error_free (error);
  gst_memory_unref (mem);
}
GST_END_TEST;

static Suite *
allocator_suite (void)
{
  Suite *suite = suite_create ("allocator");

  TCase *alloc = allocator_add_case (suite, "alloc");
  tcase_add_test (alloc, test_alloc);
  tcase_add_test (alloc, test_alloc_params);
  tcase_add_test (alloc, test_alloc_zeroed_edges);
  tcase_add_loop_test (
      alloc, test_alloc_refusals, 0, G_N_ELEMENTS (allocator_refusals));
  tcase_add_test (alloc, test_alloc_exhausted);

  TCase *phys = allocator_add_case (suite, "phys");
  tcase_add_test (phys, test_phys_above_32_bits);
  tcase_add_test (phys, test_phys_limit);

  TCase *life = allocator_add_case (suite, "life");
  tcase_add_loop_test (
      life, test_memory_outlives_allocator, 0, ALLOCATOR_N_KINDS);
  tcase_add_test (life, test_foreign_memory);
  return suite;
}

GST_CHECK_MAIN (allocator);
