/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory of a GstVdmaAllocator: what its accesses sync, its parts and copies,
 * and its descriptors. */
#include <gst/allocators/allocators.h>
#include <string.h>
#include <unistd.h>

#include "check-allocator.h"
#include "vdma-error.h"

/* ---- access ---- */

/* What cannot be mapped cannot be zeroed: nothing must stay behind. */
GST_START_TEST (test_map_fails)
{
  GstAllocationParams params = { .prefix = 8,
    .flags = GST_MEMORY_FLAG_ZERO_PREFIXED };
  GstMemory *mem = allocator_alloc (64);
  GstMapInfo map;

  allocator_memory.fail_map = TRUE;
  fail_unless (gst_allocator_alloc (allocator, 64, &params) == NULL);
  fail_unless_equals_int (allocator_memory.n_extents, 1);
  fail_if (gst_memory_map (mem, &map, GST_MAP_READ));
  allocator_memory.fail_map = FALSE;
  fail_unless (gst_memory_map (mem, &map, GST_MAP_READ));
  gst_memory_unmap (mem, &map);
  gst_memory_unref (mem);
}
GST_END_TEST;

GST_START_TEST (test_map_syncs_the_block)
{
  GstMemory *mem = allocator_alloc (1000);

  allocator_access (mem, GST_MAP_READ);
  check_memory_assert_syncs (&allocator_memory, "");
  allocator_access (mem, GST_MAP_WRITE);
  check_memory_assert_syncs (&allocator_memory, "F0+1000");
  allocator_device_writes (mem);
  check_memory_assert_syncs (&allocator_memory, "");
  allocator_access (mem, GST_MAP_READ);
  check_memory_assert_syncs (&allocator_memory, "I0+1000");
  allocator_access (mem, GST_MAP_READ);
  check_memory_assert_syncs (&allocator_memory, "");
  allocator_device_writes (mem);
  allocator_access (mem, GST_MAP_READWRITE);
  check_memory_assert_syncs (&allocator_memory, "I0+1000 F0+1000");
  gst_memory_unref (mem);
}
GST_END_TEST;

GST_START_TEST (test_map_syncs_what_is_looked_at)
{
  GstMemory *mem = allocator_alloc (4096);

  allocator_device_writes (mem);
  gst_memory_resize (mem, 1024, 512);
  allocator_access (mem, GST_MAP_READ);
  check_memory_assert_syncs (&allocator_memory, "I1024+512");
  /* A writer may fill up to the maximum, and tell the size afterwards. */
  gst_memory_resize (mem, 1024, 512);
  allocator_access (mem, GST_MAP_WRITE);
  check_memory_assert_syncs (&allocator_memory, "I2048+2048 F2048+2048");
  /* Nothing at all is looked at. */
  gst_memory_resize (mem, 0, 0);
  allocator_access (mem, GST_MAP_READ);
  gst_memory_unref (mem);
}
GST_END_TEST;

GST_START_TEST (test_map_is_one_view)
{
  GstMemory *mem = allocator_alloc (3 * ALLOCATOR_PAGE);
  GstMemory *part = gst_memory_share (mem, 5000, 100);
  GstMapInfo all, some;

  fail_unless (gst_memory_map (mem, &all, GST_MAP_READ));
  fail_unless (gst_memory_map (part, &some, GST_MAP_READ));
  fail_unless (some.data == all.data + 5000);
  fail_unless_equals_int (some.size, 100);
  gst_memory_unmap (part, &some);
  gst_memory_unmap (mem, &all);
  gst_memory_unref (part);
  gst_memory_unref (mem);
}
GST_END_TEST;

GST_START_TEST (test_map_of_closed_block)
{
  GstMemory *mem = allocator_alloc (64);
  GstMapInfo map;
  fail_unless (xlnk_block_close (gst_vdma_memory_get_block (mem), NULL));
  fail_if (gst_memory_map (mem, &map, GST_MAP_READ));
  gst_memory_unref (mem);
}
GST_END_TEST;

/* Memory in a live frame store is read (last-sample, a tee), never written. */
GST_START_TEST (test_map_of_device_memory)
{
  GstMemory *mem = allocator_alloc (64);
  XlnkBlock *block = gst_vdma_memory_get_block (mem);
  GstMapInfo map;

  fail_unless (xlnk_block_set_owner (block, XLNK_OWNER_DEVICE, FALSE, NULL));
  fail_if (gst_memory_map (mem, &map, GST_MAP_WRITE));
  fail_unless (gst_memory_map (mem, &map, GST_MAP_READ));
  gst_memory_unmap (mem, &map);
  fail_unless (
      xlnk_block_set_owner (block, XLNK_OWNER_APPLICATION, FALSE, NULL));
  gst_memory_unref (mem);
}
GST_END_TEST;

/* ---- parts and copies; with and without descriptors ---- */

GST_START_TEST (test_share)
{
  allocator_open_kind ((guint) __i__);
  GstMemory *mem = allocator_alloc (4096);
  XlnkBlock *block = gst_vdma_memory_get_block (mem);
  guint64 phys;

  GstMemory *part = gst_memory_share (mem, 1000, 300);
  GstMemory *piece = gst_memory_share (part, 100, 50);
  gst_memory_unref (mem);
  fail_unless (gst_is_vdma_memory (piece));
  fail_unless (GST_MEMORY_IS_READONLY (piece));
  fail_unless (gst_vdma_memory_get_block (piece) == block);
  fail_unless (gst_vdma_memory_get_phys (part, &phys));
  fail_unless_equals_uint64 (phys, ALLOCATOR_BASE + 1000);
  fail_unless_equals_uint64 (
      gst_phys_memory_get_phys_addr (piece), ALLOCATOR_BASE + 1100);

  allocator_device_writes (piece);
  allocator_access (piece, GST_MAP_READ);
  check_memory_assert_syncs (&allocator_memory, "I1100+50");

  gst_memory_unref (part);
  fail_unless_equals_int (allocator_memory.n_extents, 1);
  gst_memory_unref (piece);
  fail_unless_equals_int (allocator_memory.n_extents, 0);
}
GST_END_TEST;

GST_START_TEST (test_span)
{
  allocator_open_kind ((guint) __i__);
  GstMemory *mem = allocator_alloc (4096), *other = allocator_alloc (4096);
  GstMemory *left = gst_memory_share (mem, 1000, 300);
  GstMemory *middle = gst_memory_share (mem, 1300, 300);
  GstMemory *right = gst_memory_share (mem, 1601, 300);
  GstMemory *foreign = gst_memory_share (other, 1300, 300);
  gsize offset = 0;

  fail_unless (gst_memory_is_span (left, middle, &offset));
  fail_unless_equals_int (offset, 1000);
  fail_if (gst_memory_is_span (middle, right, &offset));
  fail_if (gst_memory_is_span (middle, left, &offset));
  fail_if (gst_memory_is_span (left, foreign, &offset));
  gst_memory_unref (left);
  gst_memory_unref (middle);
  gst_memory_unref (right);
  gst_memory_unref (foreign);
  gst_memory_unref (mem);
  gst_memory_unref (other);
}
GST_END_TEST;

/* Two parts side by side are merged again without a copy. */
GST_START_TEST (test_buffer_merges_spans)
{
  allocator_open_kind ((guint) __i__);
  GstBuffer *buffer = gst_buffer_new ();
  gst_buffer_append_memory (buffer, allocator_alloc (4096));
  GstBuffer *joined = gst_buffer_append (
      gst_buffer_copy_region (buffer, GST_BUFFER_COPY_MEMORY, 0, 1024),
      gst_buffer_copy_region (buffer, GST_BUFFER_COPY_MEMORY, 1024, 1024));

  GstMemory *all = gst_buffer_get_all_memory (joined);
  fail_unless (
      gst_vdma_memory_get_block (all) == gst_vdma_buffer_get_block (buffer));
  fail_unless_equals_int (gst_memory_get_sizes (all, NULL, NULL), 2048);
  gst_memory_unref (all);
  gst_buffer_unref (joined);
  gst_buffer_unref (buffer);
}
GST_END_TEST;

GST_START_TEST (test_copy)
{
  static const struct {
    gssize offset, size;
    gsize copied;
  } ranges[] = { { 0, -1, 1000 }, { 100, 200, 200 }, { 900, -1, 100 } };
  guint8 expected[1000];
  GstMapInfo map;

  allocator_open_kind ((guint) __i__);
  GstMemory *mem = allocator_alloc (1000);
  fail_unless (gst_memory_map (mem, &map, GST_MAP_WRITE));
  for (guint i = 0; i < 1000; i++)
    expected[i] = map.data[i] = (guint8) (i * 7);
  gst_memory_unmap (mem, &map);

  for (guint i = 0; i < G_N_ELEMENTS (ranges); i++) {
    GstMemory *copy = gst_memory_copy (mem, ranges[i].offset, ranges[i].size);
    fail_if (gst_is_vdma_memory (copy));
    fail_unless (gst_memory_map (copy, &map, GST_MAP_READ));
    fail_unless_equals_int (map.size, ranges[i].copied);
    fail_unless (memcmp (map.data, expected + ranges[i].offset, map.size) == 0);
    gst_memory_unmap (copy, &map);
    gst_memory_unref (copy);
  }
  gst_memory_unref (mem);
}
GST_END_TEST;

/* ---- descriptors ---- */

GST_START_TEST (test_fd_memory)
{
  static const gchar text[] = "seen through the descriptor";
  gchar seen[sizeof text];
  GstMapInfo map;
  gsize offset;

  allocator_open_kind ((guint) __i__);
  GstMemory *mem = allocator_alloc (4096);
  fail_unless (gst_is_vdma_memory (mem));
  fail_unless (gst_is_phys_memory (mem));
  fail_unless (gst_is_fd_memory (mem));
  fail_unless (gst_is_dmabuf_memory (mem)
               == !!(allocator_kinds[__i__] & XLNK_CAP_DMABUF));
  fail_unless (GST_MEMORY_IS_PHYSICALLY_CONTIGUOUS (mem));

  fail_unless (gst_memory_map (mem, &map, GST_MAP_WRITE));
  memcpy (map.data + 256, text, sizeof text);
  gst_memory_unmap (mem, &map);
  check_memory_assert_syncs (&allocator_memory, "F0+4096");
  fail_unless_equals_int (
      pread (gst_fd_memory_get_fd (mem), seen, sizeof seen, 256), sizeof seen);
  fail_unless_equals_string (seen, text);

  GstMemory *part = gst_memory_share (mem, 256, 64);
  fail_unless (gst_is_fd_memory (part));
  fail_unless_equals_int (
      gst_fd_memory_get_fd (part), gst_fd_memory_get_fd (mem));
  gst_memory_get_sizes (part, &offset, NULL);
  fail_unless_equals_int (offset, 256);
  gst_memory_unref (mem);
  gst_memory_unref (part);
}
GST_END_TEST;

/* A descriptor stays good when the memory's own is closed. */
GST_START_TEST (test_export_fd)
{
  GError *error = NULL;
  gsize offset = 0;

  allocator_open_kind ((guint) __i__);
  GstMemory *mem = allocator_alloc (4096);
  gst_memory_resize (mem, 128, 1024);
  allocator_access (mem, GST_MAP_WRITE);
  gint fd = gst_vdma_memory_export_fd (mem, &offset, &error);
  gst_memory_unref (mem);
  if (!(allocator_kinds[__i__] & XLNK_CAP_FD)) {
    fail_unless_equals_int (fd, -1);
    fail_unless (g_error_matches (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED));
    g_error_free (error);
  } else {
    guint8 byte = 0;
    fail_unless_equals_int (offset, 128);
    fail_unless_equals_int (pread (fd, &byte, 1, 128), 1);
    fail_unless_equals_int (byte, 0x5a);
    close (fd);
  }
}
GST_END_TEST;

static const CheckMemory memory_fds[] = {
  { .fd_offset = 2 * ALLOCATOR_PAGE },
  { .fd_behind = ALLOCATOR_PAGE },
};

/* Users of an fd memory would take another block's bytes: it is none then. */
GST_START_TEST (test_fd_with_more)
{
  CheckMemory wish = memory_fds[__i__];
  gsize offset = 1;

  wish.caps = XLNK_CAP_SYNC | XLNK_CAP_FD;
  allocator_reopen (&wish, G_MAXUINT64);
  GstMemory *mem = allocator_alloc (4000);
  fail_unless (gst_is_vdma_memory (mem));
  fail_if (gst_is_fd_memory (mem));
  gint fd = gst_vdma_memory_export_fd (mem, &offset, NULL);
  fail_unless (fd >= 0);
  fail_unless_equals_int (offset, wish.fd_offset);
  close (fd);
  gst_memory_unref (mem);
}
GST_END_TEST;

static Suite *
memory_suite (void)
{
  Suite *suite = suite_create ("memory");

  TCase *map = allocator_add_case (suite, "map");
  tcase_add_test (map, test_map_fails);
  tcase_add_test (map, test_map_syncs_the_block);
  tcase_add_test (map, test_map_syncs_what_is_looked_at);
  tcase_add_test (map, test_map_is_one_view);
  tcase_add_test (map, test_map_of_closed_block);
  tcase_add_test (map, test_map_of_device_memory);

  TCase *part = allocator_add_case (suite, "part");
  tcase_add_loop_test (part, test_share, 0, ALLOCATOR_N_KINDS);
  tcase_add_loop_test (part, test_span, 0, ALLOCATOR_N_KINDS);
  tcase_add_loop_test (part, test_buffer_merges_spans, 0, ALLOCATOR_N_KINDS);
  tcase_add_loop_test (part, test_copy, 0, ALLOCATOR_N_KINDS);

  TCase *fd = allocator_add_case (suite, "fd");
  tcase_add_loop_test (fd, test_fd_memory, 1, ALLOCATOR_N_KINDS);
  tcase_add_loop_test (fd, test_export_fd, 0, ALLOCATOR_N_KINDS);
  tcase_add_loop_test (fd, test_fd_with_more, 0, G_N_ELEMENTS (memory_fds));
  return suite;
}

GST_CHECK_MAIN (memory);
