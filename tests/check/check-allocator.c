/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check-allocator.h"

#include <string.h>

CheckMemory allocator_memory;
GstAllocator *allocator;

static void
allocator_open (const CheckMemory *wish, guint64 limit)
{
  allocator_memory = *wish;
  g_autoptr (XlnkAllocator) memory = check_memory_open (&allocator_memory);
  allocator = gst_vdma_allocator_new (memory, XLNK_CACHEABLE, limit);
}

static void
allocator_setup (void)
{
  const CheckMemory wish = { .caps = XLNK_CAP_SYNC, .base = ALLOCATOR_BASE };
  allocator_open (&wish, G_MAXUINT64);
}

static void
allocator_teardown (void)
{
  g_clear_pointer (&allocator, gst_object_unref);
  check_memory_finish (&allocator_memory);
}

void
allocator_reopen (const CheckMemory *wish, guint64 limit)
{
  allocator_teardown ();
  allocator_open (wish, limit);
}

GstMemory *
allocator_alloc (gsize size)
{
  GstMemory *mem = gst_allocator_alloc (allocator, size, NULL);
  fail_unless (mem != NULL);
  check_memory_assert_syncs (
      &allocator_memory, allocator_memory.syncs->str); /* forget */
  return mem;
}

void
allocator_device_writes (GstMemory *mem)
{
  XlnkBlock *block = gst_vdma_memory_get_block (mem);
  fail_unless (xlnk_block_set_owner (block, XLNK_OWNER_DEVICE, TRUE, NULL));
  fail_unless (
      xlnk_block_set_owner (block, XLNK_OWNER_APPLICATION, FALSE, NULL));
}

void
allocator_access (GstMemory *mem, GstMapFlags flags)
{
  GstMapInfo map;
  fail_unless (gst_memory_map (mem, &map, flags));
  if (flags & GST_MAP_WRITE)
    memset (map.data, 0x5a, map.size);
  gst_memory_unmap (mem, &map);
}

const XlnkCaps allocator_kinds[ALLOCATOR_N_KINDS] = { XLNK_CAP_SYNC,
  XLNK_CAP_SYNC | XLNK_CAP_FD, XLNK_CAP_SYNC | XLNK_CAP_FD | XLNK_CAP_DMABUF };

void
allocator_open_kind (guint kind)
{
  const CheckMemory wish = { .caps = allocator_kinds[kind],
    .base = ALLOCATOR_BASE };
  allocator_reopen (&wish, G_MAXUINT64);
}

TCase *
allocator_add_case (Suite *suite, const gchar *name)
{
  TCase *tcase = tcase_create (name);
  tcase_add_checked_fixture (tcase, allocator_setup, allocator_teardown);
  suite_add_tcase (suite, tcase);
  return tcase;
}
