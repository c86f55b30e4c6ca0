/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xlnk-contract.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vdma-error.h"
#include "vdma-util.h"

#define ANY G_MAXUINT64

typedef XlnkAllocator *(*ContractOpen) (void);

static XlnkBlock *
contract_alloc (XlnkAllocator *allocator, gsize size)
{
  g_autoptr (GError) error = NULL;
  XlnkBlock *block =
      xlnk_alloc (allocator, size, 1, 0, XLNK_CACHEABLE, ANY, &error);
  g_assert_no_error (error);
  g_assert_nonnull (block);
  return block;
}

static guint8 *
contract_map (XlnkBlock *block, XlnkAccess access)
{
  g_autoptr (GError) error = NULL;
  guint8 *pointer = xlnk_block_map (block, access, &error);
  g_assert_no_error (error);
  g_assert_nonnull (pointer);
  return pointer;
}

/* Checks for an error and throws it away, so that rows can follow each other. */
#define contract_error(err, code)                                              \
  G_STMT_START                                                                 \
  {                                                                            \
    g_assert_error ((err), VDMA_ERROR, (code));                                \
    g_assert_cmpuint (strlen ((err)->message), >, 10);                         \
    g_clear_error (&(err));                                                    \
  }                                                                            \
  G_STMT_END

static void
contract_numbers (gconstpointer data)
{
  g_autoptr (XlnkAllocator) allocator = ((ContractOpen) data) ();
  XlnkStats stats;
  static const gsize sizes[] = { 1, 2, 4095, 4096, 65537, 4097 };
  guint64 used = 0;

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (XlnkBlock) block = contract_alloc (allocator, sizes[i]);
    g_assert_cmpuint (xlnk_block_get_size (block), ==, sizes[i]);
    g_assert_true (xlnk_block_get_allocator (block) == allocator);
    g_assert_cmpuint (xlnk_block_get_phys (block) % 4096, ==, 0);
    g_assert_cmpuint (xlnk_block_get_owner (block), ==, XLNK_OWNER_APPLICATION);
    g_assert_false (xlnk_block_is_closed (block));
    xlnk_get_stats (allocator, &stats);
    g_assert_cmpuint (stats.used, >=, sizes[i]);
    g_assert_cmpuint (stats.used % 4096, ==, 0);
    g_assert_cmpuint (stats.n_blocks, ==, 1);
    g_assert_cmpuint (stats.n_allocs, ==, i + 1);
    used = MAX (used, stats.used);
  }
  xlnk_get_stats (allocator, &stats);
  g_assert_cmpuint (stats.used, ==, 0);
  g_assert_cmpuint (stats.n_blocks, ==, 0);
  g_assert_cmpuint (stats.peak, ==, used);
}

static void
contract_absurd (gconstpointer data)
{
  static const struct {
    gsize count, element, align;
    guint64 limit;
    gint code;
  } rows[] = {
    { 0, 1, 0, ANY, VDMA_ERROR_INVALID },
    { 1, 0, 0, ANY, VDMA_ERROR_INVALID },
    { 0, 0, 0, ANY, VDMA_ERROR_INVALID },
    { G_MAXSIZE, 2, 0, ANY, VDMA_ERROR_INVALID },
    { G_MAXSIZE / 2 + 1, 2, 0, ANY, VDMA_ERROR_INVALID },
    { G_MAXSIZE, G_MAXSIZE, 0, ANY, VDMA_ERROR_INVALID },
    { G_MAXSIZE, 1, 0, ANY, VDMA_ERROR_INVALID }, /* by rounding */
    /* below what the rounding to huge pages can overflow */
    { G_MAXSIZE - VDMA_GIB + 1, 1, 0, ANY, VDMA_ERROR_NO_MEMORY },
    { G_MAXSIZE / 4, 3, 0, ANY, VDMA_ERROR_NO_MEMORY },
    { 1, 1, 3, ANY, VDMA_ERROR_INVALID },
    { 1, 1, 4095, ANY, VDMA_ERROR_INVALID },
    { 1, 1, G_MAXSIZE, ANY, VDMA_ERROR_INVALID },
    { 4096, 1, 0, 0, VDMA_ERROR_UNREACHABLE },
    { 1, 1, 0, 1, VDMA_ERROR_UNREACHABLE },
  };
  g_autoptr (XlnkAllocator) allocator = ((ContractOpen) data) ();
  g_autoptr (GError) error = NULL;
  XlnkStats stats;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_test_message ("row %u", i);
    g_assert_null (xlnk_alloc (allocator, rows[i].count, rows[i].element,
        rows[i].align, XLNK_CACHEABLE, rows[i].limit, &error));
    contract_error (error, rows[i].code);
  }
  g_assert_null (xlnk_alloc (allocator, 0, 0, 0, XLNK_CACHEABLE, ANY, NULL));
  xlnk_get_stats (allocator, &stats);
  g_assert_cmpuint (stats.used, ==, 0);
  g_assert_cmpuint (stats.n_allocs, ==, 0);
}

static void
contract_array (gconstpointer data)
{
  g_autoptr (XlnkAllocator) allocator = ((ContractOpen) data) ();
  g_autoptr (GError) error = NULL;
  static const gsize shape[] = { 48, 64, 3 };
  static const gsize zero[] = { 48, 0, 3 };
  static const gsize huge[] = { G_MAXSIZE / 2, 2, 2 };

  g_autoptr (XlnkBlock) block =
      xlnk_alloc_array (allocator, shape, 3, 2, 0, XLNK_UNCACHED, ANY, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (xlnk_block_get_size (block), ==, 48 * 64 * 3 * 2);
  g_autoptr (XlnkBlock) scalar =
      xlnk_alloc_array (allocator, NULL, 0, 8, 0, XLNK_UNCACHED, ANY, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (xlnk_block_get_size (scalar), ==, 8);

  g_assert_null (
      xlnk_alloc_array (allocator, zero, 3, 1, 0, XLNK_UNCACHED, ANY, &error));
  contract_error (error, VDMA_ERROR_INVALID);
  g_assert_null (
      xlnk_alloc_array (allocator, huge, 3, 1, 0, XLNK_UNCACHED, ANY, &error));
  contract_error (error, VDMA_ERROR_INVALID);
}

static void
contract_align (gconstpointer data)
{
  g_autoptr (XlnkAllocator) allocator = ((ContractOpen) data) ();
  for (gsize align = 1; align <= 256 * 1024; align *= 2) {
    g_autoptr (GError) error = NULL;
    g_autoptr (XlnkBlock) odd = contract_alloc (allocator, 1);
    g_autoptr (XlnkBlock) block =
        xlnk_alloc (allocator, 100, 1, align, XLNK_CACHEABLE, ANY, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (xlnk_block_get_phys (block) % align, ==, 0);
    g_assert_cmpuint (
        xlnk_block_get_phys (odd), !=, xlnk_block_get_phys (block));
  }
}

/* No two blocks share a byte, physical or virtual, and content stays. */
static void
contract_apart (gconstpointer data)
{
  g_autoptr (XlnkAllocator) allocator = ((ContractOpen) data) ();
  XlnkBlock *blocks[16];
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++) {
    blocks[i] = contract_alloc (allocator, 1000 + 700 * i);
    memset (contract_map (blocks[i], XLNK_ACCESS_WRITE), (gint) i + 1,
        1000 + 700 * i);
    xlnk_block_unmap (blocks[i], XLNK_ACCESS_WRITE);
  }
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++) {
    const guint8 *pointer = contract_map (blocks[i], XLNK_ACCESS_READ);
    for (guint j = 0; j < 1000 + 700 * i; j++)
      g_assert_cmpuint (pointer[j], ==, i + 1);
    xlnk_block_unmap (blocks[i], XLNK_ACCESS_READ);
    for (guint j = 0; j < i; j++) {
      guint64 a = xlnk_block_get_phys (blocks[j]);
      guint64 b = xlnk_block_get_phys (blocks[i]);
      g_assert_true (a + xlnk_block_get_size (blocks[j]) <= b
                     || b + xlnk_block_get_size (blocks[i]) <= a);
    }
  }
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    xlnk_block_unref (blocks[i]);
}

static void
contract_exhaustion (gconstpointer data)
{
  g_autoptr (XlnkAllocator) allocator = ((ContractOpen) data) ();
  g_autoptr (GPtrArray) blocks =
      g_ptr_array_new_with_free_func ((GDestroyNotify) xlnk_block_unref);
  g_autoptr (GError) error = NULL;
  XlnkStats before, stats;

  xlnk_get_stats (allocator, &before);
  for (guint i = 0; i < 1024 && !error; i++) {
    XlnkBlock *block =
        xlnk_alloc (allocator, 512 * 1024, 1, 0, XLNK_CACHEABLE, ANY, &error);
    if (block)
      g_ptr_array_add (blocks, block);
  }
  contract_error (error, VDMA_ERROR_NO_MEMORY);
  g_assert_cmpuint (blocks->len, >=, 2);
  xlnk_get_stats (allocator, &stats);
  g_assert_cmpuint (stats.n_blocks, ==, blocks->len);
  if (stats.system_total) /* what is left may lie in pieces */
    g_assert_cmpuint (stats.system_available, <, before.system_available);

  guint n = blocks->len;
  g_ptr_array_set_size (blocks, 0);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (blocks, contract_alloc (allocator, 512 * 1024));
}

static void
contract_slices (gconstpointer data)
{
  g_autoptr (XlnkAllocator) allocator = ((ContractOpen) data) ();
  g_autoptr (GError) error = NULL;
  XlnkBlock *block = contract_alloc (allocator, 10000);
  guint64 phys = xlnk_block_get_phys (block);
  XlnkBlock *slice = xlnk_block_slice (block, 100, 5000, &error);
  g_autoptr (XlnkBlock) part = xlnk_block_slice (slice, 7, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (xlnk_block_get_phys (slice), ==, phys + 100);
  g_assert_cmpuint (xlnk_block_get_size (slice), ==, 5000);
  g_assert_cmpuint (xlnk_block_get_phys (part), ==, phys + 107);

  guint8 *whole = contract_map (block, XLNK_ACCESS_READ | XLNK_ACCESS_WRITE);
  whole[107] = 42;
  xlnk_block_unmap (block, XLNK_ACCESS_READ | XLNK_ACCESS_WRITE);
  xlnk_block_unref (block);
  xlnk_block_unref (slice); /* the last slice keeps all of it */

  const guint8 *pointer = contract_map (part, XLNK_ACCESS_READ);
  g_assert_true (pointer == whole + 107);
  g_assert_cmpuint (*pointer, ==, 42);
  xlnk_block_unmap (part, XLNK_ACCESS_READ);
  g_assert_false (xlnk_block_close (part, &error));
  contract_error (error, VDMA_ERROR_INVALID);
  g_assert_false (xlnk_block_set_owner (part, XLNK_OWNER_DEVICE, TRUE, &error));
  contract_error (error, VDMA_ERROR_INVALID);
}

static void
contract_slices_outside (gconstpointer data)
{
  static const gsize rows[][2] = { { 0, 0 }, { 0, 1001 }, { 1000, 1 },
    { 1001, 0 }, { 1000, 0 }, { 999, 2 }, { 1, G_MAXSIZE }, { G_MAXSIZE, 1 },
    { G_MAXSIZE, G_MAXSIZE } };
  g_autoptr (XlnkAllocator) allocator = ((ContractOpen) data) ();
  g_autoptr (XlnkBlock) block = contract_alloc (allocator, 1000);
  g_autoptr (GError) error = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_assert_null (xlnk_block_slice (block, rows[i][0], rows[i][1], &error));
    contract_error (error, VDMA_ERROR_INVALID);
  }
  for (guint i = 1; i < G_N_ELEMENTS (rows); i++) {
    if (rows[i][1] == 0 && rows[i][0] <= 1000)
      continue; /* nothing of nothing is inside */
    g_assert_false (xlnk_block_flush (block, rows[i][0], rows[i][1], &error));
    contract_error (error, VDMA_ERROR_INVALID);
    g_assert_false (
        xlnk_block_invalidate (block, rows[i][0], rows[i][1], &error));
    contract_error (error, VDMA_ERROR_INVALID);
  }
  /* the padding of the last page is not the block's */
  g_autoptr (XlnkBlock) all = xlnk_block_slice (block, 0, 1000, &error);
  g_assert_nonnull (all);
}

static void
contract_by_pointer (gconstpointer data)
{
  g_autoptr (XlnkAllocator) allocator = ((ContractOpen) data) ();
  g_autoptr (GError) error = NULL;
  g_autoptr (XlnkBlock) a = contract_alloc (allocator, 5000);
  g_autoptr (XlnkBlock) b = contract_alloc (allocator, 5000);
  guint64 phys;
  g_assert_false (xlnk_get_phys_by_pointer (allocator, &phys, &phys, &error));
  contract_error (error, VDMA_ERROR_NOT_FOUND);
  g_assert_false (xlnk_get_phys_by_pointer (allocator, NULL, &phys, &error));
  contract_error (error, VDMA_ERROR_NOT_FOUND);

  guint8 *pa = contract_map (a, XLNK_ACCESS_READ);
  guint8 *pb = contract_map (b, XLNK_ACCESS_READ);
  static const gsize offsets[] = { 0, 1, 4096, 4999 };
  for (guint i = 0; i < G_N_ELEMENTS (offsets); i++) {
    g_assert_true (
        xlnk_get_phys_by_pointer (allocator, pa + offsets[i], &phys, &error));
    g_assert_cmpuint (phys, ==, xlnk_block_get_phys (a) + offsets[i]);
    g_assert_true (
        xlnk_get_phys_by_pointer (allocator, pb + offsets[i], &phys, &error));
    g_assert_cmpuint (phys, ==, xlnk_block_get_phys (b) + offsets[i]);
  }
  g_assert_false (
      xlnk_get_phys_by_pointer (allocator, pa + 5000, &phys, &error));
  contract_error (error, VDMA_ERROR_NOT_FOUND);
  xlnk_block_unmap (a, XLNK_ACCESS_READ);
  xlnk_block_unmap (b, XLNK_ACCESS_READ);

  g_assert_false (xlnk_free_pointer (allocator, pa + 1, &error));
  contract_error (error, VDMA_ERROR_NOT_FOUND);
  g_assert_true (xlnk_free_pointer (allocator, pa, &error));
  g_assert_true (xlnk_block_is_closed (a));
  g_assert_false (xlnk_free_pointer (allocator, pa, &error));
  contract_error (error, VDMA_ERROR_NOT_FOUND);
  g_assert_false (xlnk_get_phys_by_pointer (allocator, pa, &phys, &error));
  contract_error (error, VDMA_ERROR_NOT_FOUND);
  g_assert_true (xlnk_get_phys_by_pointer (allocator, pb, &phys, &error));
}

/* Every call on a closed block, and on its slices, says so. */
static void
contract_check_closed (XlnkBlock *block)
{
  g_autoptr (GError) error = NULL;
  gsize n;
  g_assert_true (xlnk_block_is_closed (block));
  g_assert_false (xlnk_block_close (block, &error));
  contract_error (error, VDMA_ERROR_CLOSED);
  g_assert_null (xlnk_block_map (block, XLNK_ACCESS_READ, &error));
  contract_error (error, VDMA_ERROR_CLOSED);
  g_assert_null (xlnk_block_slice (block, 0, 1, &error));
  contract_error (error, VDMA_ERROR_CLOSED);
  g_assert_null (xlnk_block_get_view (block, 1, &n, &error));
  contract_error (error, VDMA_ERROR_CLOSED);
  g_assert_false (xlnk_block_flush (block, 0, 1, &error));
  contract_error (error, VDMA_ERROR_CLOSED);
  g_assert_false (xlnk_block_invalidate (block, 0, 1, &error));
  contract_error (error, VDMA_ERROR_CLOSED);
  g_assert_false (xlnk_copy (block, 0, block, 0, 1, &error));
  contract_error (error, VDMA_ERROR_CLOSED);
  if (xlnk_allocator_has_fd (xlnk_block_get_allocator (block))) {
    g_assert_cmpint (xlnk_block_export_fd (block, &n, &error), ==, -1);
    contract_error (error, VDMA_ERROR_CLOSED);
  }
}

static void
contract_close (gconstpointer data)
{
  g_autoptr (XlnkAllocator) allocator = ((ContractOpen) data) ();
  g_autoptr (GError) error = NULL;
  g_autoptr (XlnkBlock) block = contract_alloc (allocator, 5000);
  g_autoptr (XlnkBlock) slice = xlnk_block_slice (block, 10, 20, NULL);
  XlnkStats stats;

  contract_map (slice, XLNK_ACCESS_READ);
  g_assert_false (xlnk_block_close (block, &error));
  contract_error (error, VDMA_ERROR_BUSY);
  xlnk_block_unmap (slice, XLNK_ACCESS_READ);
  g_assert_true (
      xlnk_block_set_owner (block, XLNK_OWNER_DEVICE, FALSE, &error));
  g_assert_false (xlnk_block_close (block, &error));
  contract_error (error, VDMA_ERROR_BUSY);
  g_assert_true (xlnk_block_set_owner (block, XLNK_OWNER_CACHE, FALSE, &error));
  g_assert_cmpuint (xlnk_block_get_owner (slice), ==, XLNK_OWNER_CACHE);

  g_assert_true (xlnk_block_close (block, &error));
  contract_check_closed (block);
  contract_check_closed (slice);
  g_assert_false (
      xlnk_block_set_owner (block, XLNK_OWNER_DEVICE, TRUE, &error));
  contract_error (error, VDMA_ERROR_CLOSED);
  xlnk_get_stats (allocator, &stats);
  g_assert_cmpuint (stats.used, ==, 0);
  g_assert_cmpuint (stats.n_blocks, ==, 0);
}

static void
contract_reset (gconstpointer data)
{
  g_autoptr (XlnkAllocator) allocator = ((ContractOpen) data) ();
  g_autoptr (GError) error = NULL;
  g_autoptr (XlnkBlock) a = contract_alloc (allocator, 5000);
  g_autoptr (XlnkBlock) b = contract_alloc (allocator, 5000);
  XlnkStats stats;

  g_assert_true (xlnk_block_set_owner (b, XLNK_OWNER_DEVICE, TRUE, &error));
  g_assert_false (xlnk_reset (allocator, &error));
  contract_error (error, VDMA_ERROR_BUSY);
  g_assert_false (xlnk_block_is_closed (a));
  g_assert_true (
      xlnk_block_set_owner (b, XLNK_OWNER_APPLICATION, FALSE, &error));
  contract_map (b, XLNK_ACCESS_READ);
  g_assert_false (xlnk_reset (allocator, &error));
  contract_error (error, VDMA_ERROR_BUSY);
  g_assert_false (xlnk_block_is_closed (a));
  xlnk_block_unmap (b, XLNK_ACCESS_READ);

  g_assert_true (xlnk_reset (allocator, &error));
  contract_check_closed (a);
  contract_check_closed (b);
  xlnk_get_stats (allocator, &stats);
  g_assert_cmpuint (stats.used, ==, 0);
  g_assert_true (xlnk_reset (allocator, &error));
  g_autoptr (XlnkBlock) c = contract_alloc (allocator, 5000);
  contract_map (c, XLNK_ACCESS_WRITE)[4999] = 1;
  xlnk_block_unmap (c, XLNK_ACCESS_WRITE);
}

static void
contract_owners (gconstpointer data)
{
  g_autoptr (XlnkAllocator) allocator = ((ContractOpen) data) ();
  g_autoptr (GError) error = NULL;
  g_autoptr (XlnkBlock) block = contract_alloc (allocator, 5000);
  g_autoptr (XlnkBlock) slice = xlnk_block_slice (block, 10, 20, NULL);
  const XlnkAccess both = XLNK_ACCESS_READ | XLNK_ACCESS_WRITE;

  contract_map (slice, both);
  for (guint writes = 0; writes < 2; writes++) {
    g_assert_false (xlnk_block_set_owner (
        block, XLNK_OWNER_DEVICE, (gboolean) writes, &error));
    contract_error (error, VDMA_ERROR_BUSY);
  }
  g_assert_cmpuint (xlnk_block_get_owner (block), ==, XLNK_OWNER_APPLICATION);
  xlnk_block_unmap (slice, both);

  for (guint writes = 0; writes < 2; writes++) {
    g_assert_true (xlnk_block_set_owner (
        block, XLNK_OWNER_DEVICE, (gboolean) writes, &error));
    g_assert_null (xlnk_block_map (slice, XLNK_ACCESS_WRITE, &error));
    contract_error (error, VDMA_ERROR_BUSY);
    g_assert_null (xlnk_block_map (block, both, &error));
    contract_error (error, VDMA_ERROR_BUSY);
    g_assert_false (xlnk_copy (block, 0, block, 100, 100, &error));
    contract_error (error, VDMA_ERROR_BUSY);
    contract_map (block, XLNK_ACCESS_READ);
    xlnk_block_unmap (block, XLNK_ACCESS_READ);
    g_assert_true (
        xlnk_block_set_owner (block, XLNK_OWNER_APPLICATION, FALSE, &error));
  }
  g_assert_false (xlnk_block_set_owner (block, (XlnkOwner) 3, FALSE, &error));
  contract_error (error, VDMA_ERROR_INVALID);
  g_assert_null (xlnk_block_map (block, (XlnkAccess) 0, &error));
  contract_error (error, VDMA_ERROR_INVALID);
  g_assert_null (xlnk_block_map (block, (XlnkAccess) 4, &error));
  contract_error (error, VDMA_ERROR_INVALID);
}

static void
contract_copy (gconstpointer data)
{
  static const gsize outside[][3] = { { 0, 0, 1001 }, { 1, 0, 1000 },
    { 0, 1, 1000 }, { G_MAXSIZE, 0, 1 }, { 0, G_MAXSIZE, 1 },
    { 0, 0, G_MAXSIZE }, { 1001, 0, 0 } };
  g_autoptr (XlnkAllocator) allocator = ((ContractOpen) data) ();
  g_autoptr (GError) error = NULL;
  g_autoptr (XlnkBlock) a = contract_alloc (allocator, 1000);
  g_autoptr (XlnkBlock) b = contract_alloc (allocator, 1000);
  guint8 model[1000];

  guint8 *pa = contract_map (a, XLNK_ACCESS_WRITE);
  for (guint i = 0; i < 1000; i++)
    pa[i] = model[i] = (guint8) (i * 7);
  xlnk_block_unmap (a, XLNK_ACCESS_WRITE);

  g_assert_true (xlnk_copy (b, 0, a, 0, 1000, &error));
  g_assert_true (xlnk_copy (b, 10, b, 0, 500, &error)); /* overlapping */
  memmove (model + 10, model, 500);
  g_assert_true (xlnk_copy (b, 300, b, 333, 600, &error));
  memmove (model + 300, model + 333, 600);
  g_assert_true (xlnk_copy (b, 1000, a, 1000, 0, &error));
  for (guint i = 0; i < G_N_ELEMENTS (outside); i++) {
    g_assert_false (
        xlnk_copy (b, outside[i][0], a, outside[i][1], outside[i][2], &error));
    contract_error (error, VDMA_ERROR_INVALID);
  }
  g_assert_cmpmem (contract_map (b, XLNK_ACCESS_READ), 1000, model, 1000);
  xlnk_block_unmap (b, XLNK_ACCESS_READ);
  /* copying left nothing mapped */
  g_assert_true (xlnk_block_close (a, &error));
  g_assert_true (xlnk_block_close (b, &error));
}

static void
contract_view (gconstpointer data)
{
  g_autoptr (XlnkAllocator) allocator = ((ContractOpen) data) ();
  g_autoptr (GError) error = NULL;
  g_autoptr (XlnkBlock) block = contract_alloc (allocator, 1003);
  g_autoptr (XlnkBlock) odd = xlnk_block_slice (block, 2, 100, NULL);
  gsize n = 0;

  g_assert_null (xlnk_block_get_view (block, 4, &n, &error));
  contract_error (error, VDMA_ERROR_STATE);
  gpointer pointer = contract_map (block, XLNK_ACCESS_READ);
  g_assert_true (xlnk_block_get_view (block, 4, &n, &error) == pointer);
  g_assert_cmpuint (n, ==, 250);
  g_assert_nonnull (xlnk_block_get_view (block, 3, &n, &error));
  g_assert_cmpuint (n, ==, 334);
  g_assert_nonnull (xlnk_block_get_view (block, 1003, &n, &error));
  g_assert_cmpuint (n, ==, 1);
  static const gsize wrong[] = { 0, 1004, G_MAXSIZE };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_assert_null (xlnk_block_get_view (block, wrong[i], &n, &error));
    contract_error (error, VDMA_ERROR_INVALID);
  }
  /* the slice is not mapped, although its block is */
  g_assert_null (xlnk_block_get_view (odd, 1, &n, &error));
  contract_error (error, VDMA_ERROR_STATE);
  contract_map (odd, XLNK_ACCESS_READ);
  g_assert_nonnull (xlnk_block_get_view (odd, 2, &n, &error));
  g_assert_cmpuint (n, ==, 50);
  g_assert_null (xlnk_block_get_view (odd, 4, &n, &error));
  contract_error (error, VDMA_ERROR_INVALID);
  xlnk_block_unmap (odd, XLNK_ACCESS_READ);
  xlnk_block_unmap (block, XLNK_ACCESS_READ);
}

/* The last block keeps the memory open, also without its allocator's user. */
static void
contract_outlives (gconstpointer data)
{
  XlnkAllocator *allocator = ((ContractOpen) data) ();
  XlnkBlock *block = contract_alloc (allocator, 5000);
  XlnkBlock *slice = xlnk_block_slice (block, 4000, 1000, NULL);
  xlnk_allocator_unref (allocator);
  xlnk_block_unref (block);
  memset (contract_map (slice, XLNK_ACCESS_WRITE), 3, 1000);
  xlnk_block_unmap (slice, XLNK_ACCESS_WRITE);
  g_assert_cmpuint (contract_map (slice, XLNK_ACCESS_READ)[999], ==, 3);
  xlnk_block_unmap (slice, XLNK_ACCESS_READ);
  xlnk_block_unref (slice);
  xlnk_block_unref (NULL);
  xlnk_allocator_unref (NULL);
}

static void
contract_fd (gconstpointer data)
{
  g_autoptr (XlnkAllocator) allocator = ((ContractOpen) data) ();
  g_autoptr (GError) error = NULL;
  g_autoptr (XlnkBlock) block = contract_alloc (allocator, 9000);
  g_autoptr (XlnkBlock) slice = xlnk_block_slice (block, 4321, 1000, NULL);
  gsize offset = 0;

  memset (contract_map (slice, XLNK_ACCESS_WRITE), 0x5a, 1000);
  xlnk_block_unmap (slice, XLNK_ACCESS_WRITE);
  gint fd = xlnk_block_export_fd (slice, &offset, &error);
  if (!xlnk_allocator_has_fd (allocator)) {
    g_assert_cmpint (fd, ==, -1);
    contract_error (error, VDMA_ERROR_UNSUPPORTED);
    g_assert_false (xlnk_allocator_fd_is_dmabuf (allocator));
    return;
  }
  g_assert_no_error (error);
  g_assert_cmpint (fd, >=, 0);
  gsize size = offset + 1000;
  guint8 *pointer = mmap (NULL, size, PROT_READ, MAP_SHARED, fd, 0);
  g_assert_true (pointer != MAP_FAILED);
  for (guint i = 0; i < 1000; i++)
    g_assert_cmpuint (pointer[offset + i], ==, 0x5a);
  munmap (pointer, size);
  close (fd);
}

static const struct {
  const gchar *name;
  void (*test) (gconstpointer data);
} contract_cases[] = {
  { "numbers", contract_numbers },
  { "absurd", contract_absurd },
  { "array", contract_array },
  { "align", contract_align },
  { "apart", contract_apart },
  { "exhaustion", contract_exhaustion },
  { "slices", contract_slices },
  { "slices-outside", contract_slices_outside },
  { "by-pointer", contract_by_pointer },
  { "close", contract_close },
  { "reset", contract_reset },
  { "owners", contract_owners },
  { "copy", contract_copy },
  { "view", contract_view },
  { "outlives", contract_outlives },
  { "fd", contract_fd },
};

void
xlnk_contract_add (const gchar *name, ContractOpen open)
{
  for (guint i = 0; i < G_N_ELEMENTS (contract_cases); i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/xlnk/%s/%s", name, contract_cases[i].name);
    g_test_add_data_func (path, (gconstpointer) open, contract_cases[i].test);
  }
}
