/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The common side of every memory: the contract, cache maintenance to the byte,
 * failing backends, life and death. */
#include <string.h>

#include "fake-memory.h"
#include "vdma-error.h"
#include "vdma-log.h"
#include "vdma-util.h"
#include "xlnk-contract.h"

#define ANY G_MAXUINT64
#define ALL_CAPS                                                               \
  (XLNK_CAP_SYNC | XLNK_CAP_FD | XLNK_CAP_DMABUF | XLNK_CAP_OWNER              \
      | XLNK_CAP_STATS | XLNK_CAP_RESET)
#define READ  XLNK_ACCESS_READ
#define WRITE XLNK_ACCESS_WRITE
#define BOTH  (XLNK_ACCESS_READ | XLNK_ACCESS_WRITE)

static XlnkAllocator *
open_coherent (void)
{
  static const FakeOptions options = { .capacity = 4 * VDMA_MIB };
  XlnkAllocator *allocator;
  fake_memory_new (&options, NULL, &allocator);
  return allocator;
}

static XlnkAllocator *
open_strict (void)
{
  static const FakeOptions options = { .caps = ALL_CAPS };
  XlnkAllocator *allocator;
  fake_memory_new (&options, NULL, &allocator);
  return allocator;
}

static XlnkAllocator *
open_uncached (void)
{
  static const FakeOptions options = { .caps = XLNK_CAP_SYNC | XLNK_CAP_FD,
    .uncached_only = TRUE };
  XlnkAllocator *allocator;
  fake_memory_new (&options, NULL, &allocator);
  return allocator;
}

/* ---- one block of strict memory and the log of what was done to it ---- */

typedef struct {
  FakeMemory *memory;
  XlnkAllocator *allocator;
  XlnkBlock *block;
} Rig;

static void
rig_open (Rig *rig, const FakeOptions *options, gsize size)
{
  g_autoptr (GError) error = NULL;
  rig->memory = fake_memory_new (options, NULL, &rig->allocator);
  rig->block =
      xlnk_alloc (rig->allocator, size, 1, 0, XLNK_CACHEABLE, ANY, &error);
  g_assert_no_error (error);
}

static void
rig_close (Rig *rig)
{
  xlnk_block_unref (rig->block);
  xlnk_allocator_unref (rig->allocator);
}

static void
rig_expect (Rig *rig, const gchar *log)
{
  g_autofree gchar *found = fake_memory_take_log (rig->memory);
  g_assert_cmpstr (found, ==, log);
}

/* The device gets the block, writes @value into all of it, and gives it back. */
static void
rig_device_writes (Rig *rig, guint8 value)
{
  g_assert_true (
      xlnk_block_set_owner (rig->block, XLNK_OWNER_DEVICE, TRUE, NULL));
  memset (fake_memory_device (rig->memory, xlnk_block_get_phys (rig->block)),
      value, xlnk_block_get_size (rig->block));
  g_assert_true (
      xlnk_block_set_owner (rig->block, XLNK_OWNER_APPLICATION, FALSE, NULL));
}

/* Maps, checks the first byte where that is asked for, unmaps. */
static void
rig_touch (XlnkBlock *block, XlnkAccess access, gint expected)
{
  guint8 *pointer = xlnk_block_map (block, access, NULL);
  g_assert_nonnull (pointer);
  if (expected >= 0)
    g_assert_cmpuint (*pointer, ==, (guint) expected);
  xlnk_block_unmap (block, access);
}

static void
test_alloc_is_clean (void)
{
  Rig rig;
  rig_open (&rig, &(FakeOptions){ .caps = XLNK_CAP_SYNC }, 5000);
  rig_expect (&rig, "alloc 8192;flush 0+8192;invalidate 0+8192");
  rig_touch (rig.block, READ, -1);
  rig_expect (&rig, "map");
  rig_touch (rig.block, READ, -1);
  rig_expect (&rig, "");
  xlnk_block_unref (g_steal_pointer (&rig.block));
  rig_expect (&rig, "unmap;free");
  rig_close (&rig);
}

static void
test_exact_ranges (void)
{
  Rig rig;
  XlnkStats before, after;
  rig_open (
      &rig, &(FakeOptions){ .caps = XLNK_CAP_SYNC | XLNK_CAP_OWNER }, 9000);
  g_autoptr (XlnkBlock) slice = xlnk_block_slice (rig.block, 100, 200, NULL);
  rig_touch (slice, BOTH, -1);
  g_free (fake_memory_take_log (rig.memory));

  xlnk_get_stats (rig.allocator, &before);
  rig_device_writes (&rig, 7);
  rig_expect (&rig, "owner 2 1;owner 0 0");
  rig_touch (slice, READ, 7); /* the slice, once */
  rig_expect (&rig, "invalidate 100+200;begin 100+200 1;end 100+200 1");
  rig_touch (slice, READ, 7);
  rig_expect (&rig, "begin 100+200 1;end 100+200 1");
  rig_touch (rig.block, BOTH, 7); /* the rest, and a flush of all */
  rig_expect (&rig, "invalidate 0+100;invalidate 300+8700;begin 0+9000 3;"
                    "end 0+9000 3;flush 0+9000");
  rig_touch (rig.block, WRITE, -1);
  rig_expect (&rig, "begin 0+9000 2;end 0+9000 2;flush 0+9000");
  xlnk_get_stats (rig.allocator, &after);
  g_assert_cmpuint (
      after.invalidated_bytes - before.invalidated_bytes, ==, 9000);
  g_assert_cmpuint (after.flushed_bytes - before.flushed_bytes, ==, 18000);
  rig_close (&rig);
}

/* Nobody looks: nothing is flushed and nothing invalidated, however often the
 * block goes round. */
static void
test_nobody_looks (void)
{
  Rig rig;
  rig_open (&rig, &(FakeOptions){ .caps = XLNK_CAP_SYNC }, 9000);
  g_free (fake_memory_take_log (rig.memory));
  for (guint i = 0; i < 100; i++) {
    rig_device_writes (&rig, (guint8) i);
    g_assert_true (
        xlnk_block_set_owner (rig.block, XLNK_OWNER_DEVICE, FALSE, NULL));
    g_assert_true (
        xlnk_block_set_owner (rig.block, XLNK_OWNER_CACHE, FALSE, NULL));
  }
  rig_expect (&rig, "");
  rig_touch (rig.block, READ, 99); /* still stale behind the MM2S turn */
  rig_expect (&rig, "map;invalidate 0+9000");
  rig_close (&rig);
}

/* What the CPU wrote survives everything that others do to the same block. */
static void
test_write_is_not_lost (void)
{
  Rig rig;
  rig_open (&rig, &(FakeOptions){ .caps = XLNK_CAP_SYNC }, 8192);
  g_autoptr (XlnkBlock) slice = xlnk_block_slice (rig.block, 1000, 10, NULL);
  guint8 *device =
      fake_memory_device (rig.memory, xlnk_block_get_phys (rig.block));

  rig_device_writes (&rig, 7);
  guint8 *mine = xlnk_block_map (slice, WRITE, NULL);
  memset (mine, 42, 10);
  g_free (fake_memory_take_log (rig.memory));
  /* somebody reads all of it while the slice is open for writing */
  const guint8 *whole = xlnk_block_map (rig.block, READ, NULL);
  rig_expect (&rig, "invalidate 0+1000;invalidate 1010+7182");
  g_assert_cmpuint (whole[999], ==, 7);
  g_assert_cmpuint (whole[1000], ==, 42);
  g_assert_cmpuint (whole[1010], ==, 7);
  xlnk_block_unmap (rig.block, READ);
  xlnk_block_unmap (slice, WRITE);
  rig_expect (&rig, "flush 1000+10");
  g_assert_cmpuint (device[1000], ==, 42);
  rig_close (&rig);
}

/* A flush never carries old CPU bytes over what the device wrote. */
static void
test_flush_spares_device (void)
{
  Rig rig;
  rig_open (&rig, &(FakeOptions){ .caps = XLNK_CAP_SYNC }, 8192);
  g_autoptr (XlnkBlock) slice = xlnk_block_slice (rig.block, 1000, 10, NULL);
  rig_device_writes (&rig, 7);
  rig_touch (slice, READ, 7);
  g_free (fake_memory_take_log (rig.memory));
  g_assert_true (xlnk_block_flush (rig.block, 0, 8192, NULL));
  rig_expect (&rig, "flush 1000+10");
  g_assert_true (xlnk_block_flush (rig.block, 0, 1000, NULL));
  rig_expect (&rig, "");
  rig_touch (rig.block, READ, 7);
  rig_close (&rig);
}

static void
test_explicit_sync (void)
{
  Rig rig;
  rig_open (&rig, &(FakeOptions){ .caps = XLNK_CAP_SYNC }, 8192);
  g_autoptr (XlnkBlock) slice = xlnk_block_slice (rig.block, 4096, 100, NULL);
  g_free (fake_memory_take_log (rig.memory));
  g_assert_true (xlnk_block_flush (slice, 3, 5, NULL));
  g_assert_true (xlnk_block_invalidate (slice, 0, 100, NULL));
  g_assert_true (xlnk_block_flush (slice, 100, 0, NULL));
  g_assert_true (xlnk_block_invalidate (slice, 0, 0, NULL));
  rig_expect (&rig, "flush 4099+5;invalidate 4096+100");

  rig_device_writes (&rig, 9);
  g_assert_true (xlnk_block_invalidate (slice, 10, 20, NULL));
  rig_expect (&rig, "invalidate 4106+20");
  rig_touch (slice, READ, 9);
  rig_expect (&rig, "map;invalidate 4096+10;invalidate 4126+70");
  rig_close (&rig);
}

/* Reading along while the device writes: always the newest, and stale after. */
static void
test_read_along (void)
{
  Rig rig;
  rig_open (&rig, &(FakeOptions){ .caps = XLNK_CAP_SYNC }, 4096);
  guint8 *device =
      fake_memory_device (rig.memory, xlnk_block_get_phys (rig.block));
  g_assert_true (
      xlnk_block_set_owner (rig.block, XLNK_OWNER_DEVICE, TRUE, NULL));
  for (guint8 i = 1; i < 5; i++) {
    device[0] = i;
    rig_touch (rig.block, READ, i);
  }
  device[0] = 77;
  g_assert_true (xlnk_block_invalidate (rig.block, 0, 4096, NULL));
  device[0] = 78;
  g_assert_true (
      xlnk_block_set_owner (rig.block, XLNK_OWNER_APPLICATION, FALSE, NULL));
  rig_touch (rig.block, READ, 78);
  rig_close (&rig);
}

/* More separate slices than there is memory for ranges. */
static void
test_many_slices (void)
{
  Rig rig;
  XlnkStats before, after;
  rig_open (&rig, &(FakeOptions){ .caps = XLNK_CAP_SYNC }, 65536);
  rig_device_writes (&rig, 5);
  xlnk_get_stats (rig.allocator, &before);
  for (guint i = 0; i < 100; i++) {
    gsize offset = (i * 37) % 100 * 640 + 11; /* in no order */
    g_autoptr (XlnkBlock) slice = xlnk_block_slice (rig.block, offset, 3, NULL);
    guint8 *pointer = xlnk_block_map (slice, BOTH, NULL);
    g_assert_cmpuint (pointer[0], ==, 5);
    g_assert_cmpuint (pointer[2], ==, 5);
    pointer[1] = 6;
    xlnk_block_unmap (slice, BOTH);
  }
  const guint8 *whole = xlnk_block_map (rig.block, READ, NULL);
  for (guint i = 0; i < 65536; i++)
    g_assert_cmpuint (whole[i], ==, i < 64000 && i % 640 == 12 ? 6 : 5);
  xlnk_block_unmap (rig.block, READ);
  xlnk_get_stats (rig.allocator, &after);
  g_assert_cmpuint (
      after.invalidated_bytes - before.invalidated_bytes, ==, 65536);
  rig_close (&rig);
}

static void
test_no_sync_needed (void)
{
  static const FakeOptions coherent = { .caps = 0 };
  static const FakeOptions uncached = { .caps = XLNK_CAP_SYNC,
    .uncached_only = TRUE };
  static const FakeOptions *const options[] = { &coherent, &uncached };
  for (guint i = 0; i < G_N_ELEMENTS (options); i++) {
    Rig rig;
    XlnkStats stats;
    rig_open (&rig, options[i], 5000);
    rig_device_writes (&rig, 3);
    rig_touch (rig.block, BOTH, 3);
    g_assert_true (xlnk_block_flush (rig.block, 0, 5000, NULL));
    g_assert_true (xlnk_block_invalidate (rig.block, 0, 5000, NULL));
    rig_expect (&rig, "alloc 8192;map");
    xlnk_get_stats (rig.allocator, &stats);
    g_assert_cmpuint (stats.flushed_bytes + stats.invalidated_bytes, ==, 0);
    g_assert_cmpint (
        xlnk_block_is_cacheable (rig.block), ==, options[i] == &coherent);
    rig_close (&rig);
  }
}

/* ---- backends that fail ---- */

static void
test_failures (void)
{
  Rig rig;
  g_autoptr (GError) error = NULL;
  gsize offset;
  XlnkStats stats;
  rig_open (&rig, &(FakeOptions){ .caps = ALL_CAPS }, 5000);

  static const FakeFailure at_alloc[] = { FAKE_FAIL_ALLOC, FAKE_FAIL_FLUSH,
    FAKE_FAIL_INVALIDATE };
  for (guint i = 0; i < G_N_ELEMENTS (at_alloc); i++) {
    fake_memory_fail (rig.memory, at_alloc[i]);
    g_assert_null (
        xlnk_alloc (rig.allocator, 1, 1, 0, XLNK_CACHEABLE, ANY, &error));
    g_assert_error (error, VDMA_ERROR, VDMA_ERROR_FAILED);
    g_clear_error (&error);
    g_assert_cmpuint (fake_memory_n_extents (rig.memory), ==, 1);
  }
  xlnk_get_stats (rig.allocator, &stats);
  g_assert_cmpuint (stats.n_allocs, ==, 1);

  fake_memory_fail (rig.memory, FAKE_FAIL_MAP);
  g_assert_null (xlnk_block_map (rig.block, READ, &error));
  g_clear_error (&error);
  rig_device_writes (&rig, 4);
  fake_memory_fail (rig.memory, FAKE_FAIL_INVALIDATE);
  g_assert_null (xlnk_block_map (rig.block, READ, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  rig_touch (rig.block, READ, 4); /* it is still stale, and not mapped */
  fake_memory_fail (rig.memory, FAKE_FAIL_EXPORT);
  g_assert_cmpint (xlnk_block_export_fd (rig.block, &offset, &error), ==, -1);
  g_clear_error (&error);
  fake_memory_fail (rig.memory, FAKE_FAIL_FLUSH);
  g_assert_false (xlnk_block_flush (rig.block, 0, 10, &error));
  g_clear_error (&error);
  fake_memory_fail (rig.memory, FAKE_FAIL_RESET);
  g_assert_false (xlnk_reset (rig.allocator, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_FAILED);
  rig_close (&rig);
}

/* Addresses that a backend should not have given do not reach the user. */
static void
test_lying_backend (void)
{
  static const struct {
    gint64 shift;
    gsize align;
    guint64 limit;
    gint code;
  } rows[] = {
    { 1, 0, ANY, VDMA_ERROR_UNSUPPORTED },
    { 4096, 8192, ANY, VDMA_ERROR_UNSUPPORTED },
    { 4096, 0, FAKE_BASE + 8191, VDMA_ERROR_UNREACHABLE },
    { 4096, 0, FAKE_BASE + 8190, VDMA_ERROR_UNREACHABLE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    XlnkAllocator *allocator;
    FakeMemory *memory = fake_memory_new (
        &(FakeOptions){ .phys_shift = rows[i].shift }, NULL, &allocator);
    g_assert_null (xlnk_alloc (allocator, 5000, 1, rows[i].align,
        XLNK_CACHEABLE, rows[i].limit, &error));
    g_assert_error (error, VDMA_ERROR, rows[i].code);
    g_assert_cmpuint (fake_memory_n_extents (memory), ==, 0);
    xlnk_allocator_unref (allocator);
  }
}

/* ---- log lines that a test waits for ---- */

static guint log_lines[VDMA_LOG_TRACE + 1];

static gboolean
count_is_enabled (VdmaLogTopic topic, VdmaLogLevel level)
{
  return topic == VDMA_LOG_TOPIC_MEMORY;
}

static void
count_write (VdmaLogTopic topic, VdmaLogLevel level, const gchar *file,
    const gchar *function, gint line, const gchar *message)
{
  log_lines[level]++;
}

static const VdmaLogSink count_sink = { count_is_enabled, count_write };

static void
log_count_begin (void)
{
  memset (log_lines, 0, sizeof log_lines);
  vdma_log_set_sink (&count_sink);
}

/* A flush that fails at unmap has no caller to tell: it is logged. */
static void
test_unmap_failure (void)
{
  Rig rig;
  rig_open (&rig, &(FakeOptions){ .caps = XLNK_CAP_SYNC }, 5000);
  g_assert_nonnull (xlnk_block_map (rig.block, WRITE, NULL));
  fake_memory_fail (rig.memory, FAKE_FAIL_FLUSH);
  log_count_begin ();
  xlnk_block_unmap (rig.block, WRITE);
  vdma_log_set_sink (NULL);
  g_assert_cmpuint (log_lines[VDMA_LOG_ERROR], ==, 1);
  g_assert_true (xlnk_block_close (rig.block, NULL));
  rig_close (&rig);
}

static void
test_unmap_too_often (void)
{
  Rig rig;
  rig_open (&rig, &(FakeOptions){ .caps = XLNK_CAP_SYNC }, 5000);
  g_assert_nonnull (xlnk_block_map (rig.block, READ, NULL));
  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*more often*");
  xlnk_block_unmap (rig.block, WRITE); /* not the access it was mapped with */
  g_test_assert_expected_messages ();
  xlnk_block_unmap (rig.block, READ);
  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*more often*");
  xlnk_block_unmap (rig.block, READ);
  g_test_assert_expected_messages ();
  g_assert_true (xlnk_block_close (rig.block, NULL));
  rig_close (&rig);
}

/* A slice that dies while mapped must not keep its block busy for ever, and
 * what was written through it is flushed. */
static void
test_unref_mapped (void)
{
  Rig rig;
  rig_open (&rig, &(FakeOptions){ .caps = XLNK_CAP_SYNC }, 5000);
  XlnkBlock *slice = xlnk_block_slice (rig.block, 10, 20, NULL);
  g_assert_nonnull (xlnk_block_map (slice, WRITE, NULL));
  g_assert_nonnull (xlnk_block_map (slice, READ, NULL));
  g_free (fake_memory_take_log (rig.memory));
  log_count_begin ();
  xlnk_block_unref (slice);
  vdma_log_set_sink (NULL);
  g_assert_cmpuint (log_lines[VDMA_LOG_WARNING], ==, 2);
  rig_expect (&rig, "flush 10+20");
  g_assert_true (xlnk_block_close (rig.block, NULL));
  rig_close (&rig);
}

/* ---- life ---- */

static void
test_closes_backend (void)
{
  gboolean closed = FALSE;
  XlnkAllocator *allocator;
  fake_memory_new (&(FakeOptions){ 0 }, &closed, &allocator);
  XlnkBlock *a = xlnk_alloc (allocator, 1, 1, 0, XLNK_CACHEABLE, ANY, NULL);
  XlnkBlock *b = xlnk_block_slice (a, 0, 1, NULL);
  g_assert_true (xlnk_block_close (a, NULL));
  xlnk_allocator_unref (xlnk_allocator_ref (allocator));
  xlnk_allocator_unref (allocator);
  xlnk_block_unref (a);
  g_assert_false (closed); /* a closed block still holds it, by its slice */
  xlnk_block_unref (b);
  g_assert_true (closed);
}

/* Memory that the device may write is not given to anybody else. */
static void
test_quarantine (void)
{
  gboolean closed = FALSE;
  XlnkAllocator *allocator;
  XlnkStats stats;
  FakeMemory *memory =
      fake_memory_new (&(FakeOptions){ .caps = ALL_CAPS }, &closed, &allocator);
  XlnkBlock *block =
      xlnk_alloc (allocator, 5000, 1, 0, XLNK_CACHEABLE, ANY, NULL);
  guint64 phys = xlnk_block_get_phys (block);
  g_assert_true (xlnk_block_set_owner (block, XLNK_OWNER_DEVICE, TRUE, NULL));
  log_count_begin ();
  xlnk_block_unref (block);
  vdma_log_set_sink (NULL);
  g_assert_cmpuint (log_lines[VDMA_LOG_ERROR], ==, 1);
  g_assert_nonnull (fake_memory_device (memory, phys));
  xlnk_get_stats (allocator, &stats);
  g_assert_cmpuint (stats.used, ==, 8192);
  g_assert_false (xlnk_reset (allocator, NULL));
  xlnk_allocator_unref (allocator);
  g_assert_false (closed);
}

static void
test_capability_getters (void)
{
  g_autoptr (XlnkAllocator) all = open_strict ();
  g_autoptr (XlnkAllocator) none = open_coherent ();
  XlnkStats stats;
  g_assert_cmpstr (xlnk_allocator_get_name (all), ==, "fake");
  g_assert_true (xlnk_allocator_has_fd (all));
  g_assert_true (xlnk_allocator_fd_is_dmabuf (all));
  g_assert_false (xlnk_allocator_has_fd (none));
  xlnk_get_stats (none, &stats);
  g_assert_cmpuint (stats.system_total, ==, 0);
  xlnk_get_stats (all, &stats);
  g_assert_cmpuint (stats.system_total, ==, 64 * VDMA_MIB);
  g_assert_cmpuint (stats.system_available, ==, 64 * VDMA_MIB);
}

static void
test_deep_slices (void)
{
  Rig rig;
  rig_open (&rig, &(FakeOptions){ .silent = TRUE }, 4096);
  XlnkBlock *slice = xlnk_block_ref (rig.block);
  for (guint i = 0; i < 200000; i++) {
    XlnkBlock *next = xlnk_block_slice (slice, 0, 4096, NULL);
    xlnk_block_unref (slice);
    slice = next;
  }
  xlnk_block_unref (slice);
  rig_close (&rig);
}

static const struct {
  const gchar *path;
  void (*test) (void);
} cases[] = {
  { "/xlnk/alloc-is-clean", test_alloc_is_clean },
  { "/xlnk/exact-ranges", test_exact_ranges },
  { "/xlnk/nobody-looks", test_nobody_looks },
  { "/xlnk/write-is-not-lost", test_write_is_not_lost },
  { "/xlnk/flush-spares-device", test_flush_spares_device },
  { "/xlnk/explicit-sync", test_explicit_sync },
  { "/xlnk/read-along", test_read_along },
  { "/xlnk/many-slices", test_many_slices },
  { "/xlnk/no-sync-needed", test_no_sync_needed },
  { "/xlnk/failures", test_failures },
  { "/xlnk/lying-backend", test_lying_backend },
  { "/xlnk/unmap-failure", test_unmap_failure },
  { "/xlnk/unmap-too-often", test_unmap_too_often },
  { "/xlnk/unref-mapped", test_unref_mapped },
  { "/xlnk/closes-backend", test_closes_backend },
  { "/xlnk/quarantine", test_quarantine },
  { "/xlnk/capability-getters", test_capability_getters },
  { "/xlnk/deep-slices", test_deep_slices },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  xlnk_contract_add ("coherent", open_coherent);
  xlnk_contract_add ("strict", open_strict);
  xlnk_contract_add ("uncached", open_uncached);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_func (cases[i].path, cases[i].test);
  return g_test_run ();
}
