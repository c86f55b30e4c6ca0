/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every call of the module pynq.xlnk, in the order of its documentation, by its
 * counterpart here: the table of docs/memory.md as a program. */
#include <string.h>

#include "board.h"
#include "vdma-error.h"

#define ANY G_MAXUINT64

typedef struct {
  Board *board;
  XlnkAllocator *xlnk; /* the board's */
} Pynq;

/* Xlnk () */
static void
pynq_open (Pynq *pynq)
{
  g_autoptr (GError) error = NULL;
  pynq->board = board_open (
      "sim:pynq?pace=virtual&memory=1M&coherency=strict", NULL, &error);
  g_assert_no_error (error);
  pynq->xlnk = board_get_allocator (pynq->board, &error);
  g_assert_no_error (error);
}

static XlnkBlock *
pynq_alloc (Pynq *pynq, gsize length, gsize element_size, XlnkCaching caching)
{
  g_autoptr (GError) error = NULL;
  XlnkBlock *block =
      xlnk_alloc (pynq->xlnk, length, element_size, 0, caching, ANY, &error);
  g_assert_no_error (error);
  return block;
}

static gpointer
pynq_map (XlnkBlock *block)
{
  g_autoptr (GError) error = NULL;
  gpointer pointer =
      xlnk_block_map (block, XLNK_ACCESS_READ | XLNK_ACCESS_WRITE, &error);
  g_assert_no_error (error);
  return pointer;
}

static void
pynq_unmap (XlnkBlock *block)
{
  xlnk_block_unmap (block, XLNK_ACCESS_READ | XLNK_ACCESS_WRITE);
}

/* array.pointer, array.physical_address, with ...: */
static void
test_array (void)
{
  g_autoptr (GError) error = NULL;
  static const gsize shape[] = { 48, 64, 3 };
  Pynq pynq;
  XlnkStats stats;
  pynq_open (&pynq);
  {
    g_autoptr (XlnkBlock) array = xlnk_alloc_array (
        pynq.xlnk, shape, 3, sizeof (guint32), 0, XLNK_CACHEABLE, ANY, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (xlnk_block_get_size (array), ==, 48 * 64 * 3 * 4);
    guint64 physical_address = xlnk_block_get_phys (array);
    guint32 *pointer = pynq_map (array);
    pointer[48 * 64 * 3 - 1] = 0x12345678;

    /* a part of an array has an address of its own, as a[1] has */
    g_autoptr (XlnkBlock) line =
        xlnk_block_slice (array, 64 * 3 * 4, 64 * 3 * 4, &error);
    g_assert_cmpuint (
        xlnk_block_get_phys (line), ==, physical_address + 64 * 3 * 4);
    pynq_unmap (array);
    xlnk_get_stats (pynq.xlnk, &stats);
    g_assert_cmpuint (stats.n_blocks, ==, 1);
  }
  xlnk_get_stats (pynq.xlnk, &stats); /* the end of "with" freed it */
  g_assert_cmpuint (stats.n_blocks, ==, 0);
  board_unref (pynq.board);
}

/* array.flush (), array.invalidate () */
static void
test_flush_invalidate (void)
{
  g_autoptr (GError) error = NULL;
  Pynq pynq;
  XlnkStats before, after;
  pynq_open (&pynq);
  g_autoptr (XlnkBlock) array = pynq_alloc (&pynq, 1000, 1, XLNK_CACHEABLE);
  g_autoptr (XlnkBlock) uncached = pynq_alloc (&pynq, 1000, 1, XLNK_UNCACHED);
  xlnk_get_stats (pynq.xlnk, &before);
  guint8 *pointer = pynq_map (array);
  pointer[0] = 1;
  g_assert_true (xlnk_block_flush (array, 0, 1000, &error));
  g_assert_true (xlnk_block_invalidate (array, 0, 1000, &error));
  g_assert_cmpuint (pointer[0], ==, 1);
  /* "if necessary": not for memory that no cache stands before */
  g_assert_true (xlnk_block_flush (uncached, 0, 1000, &error));
  g_assert_true (xlnk_block_invalidate (uncached, 0, 1000, &error));
  xlnk_get_stats (pynq.xlnk, &after);
  g_assert_cmpuint (after.flushed_bytes - before.flushed_bytes, ==, 1000);
  g_assert_cmpuint (
      after.invalidated_bytes - before.invalidated_bytes, ==, 1000);
  pynq_unmap (array);
  board_unref (pynq.board);
}

/* array.close (), array.freebuffer () */
static void
test_close (void)
{
  g_autoptr (GError) error = NULL;
  Pynq pynq;
  pynq_open (&pynq);
  g_autoptr (XlnkBlock) array = pynq_alloc (&pynq, 1000, 1, XLNK_CACHEABLE);
  g_autoptr (XlnkBlock) other_user = xlnk_block_ref (array);
  g_assert_true (xlnk_block_close (array, &error));
  g_assert_null (xlnk_block_map (other_user, XLNK_ACCESS_READ, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_CLOSED);
  board_unref (pynq.board);
}

/* cma_alloc (10, data_type = "float"), cma_cast, bufmap, cma_free */
static void
test_alloc_cast_free (void)
{
  g_autoptr (GError) error = NULL;
  Pynq pynq;
  gsize n;
  guint n_blocks;
  pynq_open (&pynq);
  g_autoptr (XlnkBlock) m2 =
      pynq_alloc (&pynq, 10, sizeof (gfloat), XLNK_UNCACHED);
  g_assert_cmpuint (xlnk_block_get_size (m2), ==, 10 * sizeof (gfloat));
  g_assert_false (xlnk_block_is_cacheable (m2));
  gpointer buffer = pynq_map (m2);
  gfloat *floats = xlnk_block_get_view (m2, sizeof *floats, &n, &error);
  g_assert_true (floats == buffer);
  g_assert_cmpuint (n, ==, 10);
  guint8 *bytes = xlnk_block_get_view (m2, 1, &n, &error);
  g_assert_true (bytes == buffer);
  g_assert_cmpuint (n, ==, 40);

  g_autofree XlnkBlockInfo *bufmap = xlnk_list_blocks (pynq.xlnk, &n_blocks);
  g_assert_cmpuint (n_blocks, ==, 1);
  g_assert_true (bufmap[0].pointer == buffer);
  g_assert_cmpuint (bufmap[0].size, ==, 40);
  g_assert_cmpuint (bufmap[0].phys, ==, xlnk_block_get_phys (m2));
  g_assert_cmpuint (bufmap[0].n_maps, ==, 1);

  pynq_unmap (m2);
  g_assert_true (xlnk_free_pointer (pynq.xlnk, buffer, &error));
  g_assert_false (xlnk_free_pointer (pynq.xlnk, buffer, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND);
  g_autofree XlnkBlockInfo *empty = xlnk_list_blocks (pynq.xlnk, &n_blocks);
  g_assert_cmpuint (n_blocks, ==, 0);
  g_assert_null (empty);
  board_unref (pynq.board);
}

/* cma_get_buffer (buf, length), cma_get_phy_addr, cma_memcopy */
static void
test_buffer_address_copy (void)
{
  g_autoptr (GError) error = NULL;
  Pynq pynq;
  guint64 phys;
  pynq_open (&pynq);
  g_autoptr (XlnkBlock) src = pynq_alloc (&pynq, 1000, 1, XLNK_CACHEABLE);
  g_autoptr (XlnkBlock) dest = pynq_alloc (&pynq, 1000, 1, XLNK_UNCACHED);
  g_autoptr (XlnkBlock) buffer = xlnk_block_slice (src, 0, 100, &error);

  guint8 *pointer = pynq_map (buffer);
  memset (pointer, 42, 100);
  pynq_unmap (buffer);
  g_assert_true (xlnk_get_phys_by_pointer (pynq.xlnk, pointer, &phys, &error));
  g_assert_cmpuint (phys, ==, xlnk_block_get_phys (src));

  g_assert_true (xlnk_copy (dest, 0, src, 0, 100, &error));
  g_assert_cmpuint (((guint8 *) pynq_map (dest))[99], ==, 42);
  pynq_unmap (dest);
  board_unref (pynq.board);
}

/* cma_stats (), cma_mem_size (), xlnk_reset () */
static void
test_stats_reset (void)
{
  g_autoptr (GError) error = NULL;
  Pynq pynq;
  XlnkStats stats;
  pynq_open (&pynq);
  g_autoptr (XlnkBlock) a = pynq_alloc (&pynq, 5000, 1, XLNK_CACHEABLE);
  g_autoptr (XlnkBlock) b = pynq_alloc (&pynq, 5000, 1, XLNK_CACHEABLE);
  xlnk_get_stats (pynq.xlnk, &stats);
  g_assert_cmpuint (stats.system_total, ==, 1024 * 1024);
  g_assert_cmpuint (stats.system_available, ==, 1024 * 1024 - 2 * 8192);
  g_assert_cmpuint (stats.used, ==, 2 * 8192);
  g_assert_cmpuint (stats.n_blocks, ==, 2);

  g_assert_true (xlnk_reset (pynq.xlnk, &error));
  xlnk_get_stats (pynq.xlnk, &stats);
  g_assert_cmpuint (stats.system_available, ==, 1024 * 1024);
  g_assert_cmpuint (stats.n_blocks, ==, 0);
  g_assert_true (xlnk_block_is_closed (a) && xlnk_block_is_closed (b));
  board_unref (pynq.board);
}

/* An unsupported platform: a reason, and no half-made object. */
static void
test_unsupported (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (board_open ("sim:pynq?coherency=strict", "xlnk", &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "its own memory"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pynq/array", test_array);
  g_test_add_func ("/pynq/flush-invalidate", test_flush_invalidate);
  g_test_add_func ("/pynq/close", test_close);
  g_test_add_func ("/pynq/alloc-cast-free", test_alloc_cast_free);
  g_test_add_func ("/pynq/buffer-address-copy", test_buffer_address_copy);
  g_test_add_func ("/pynq/stats-reset", test_stats_reset);
  g_test_add_func ("/pynq/unsupported", test_unsupported);
  return g_test_run ();
}
