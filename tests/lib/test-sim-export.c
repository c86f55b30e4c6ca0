/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptors of simulated memory: each opens one block and nothing else, for as
 * long as somebody has it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "board-rig.h"
#include "vdma-error.h"
#include "vdma-util.h"

#define MS     VDMA_NSEC_PER_MSEC
#define SIZE   ((gsize) 3 * 4096)
#define HSIZE  64
#define VSIZE  8
#define POISON 0xdb
#define STRICT "pace=virtual&stream=counter&coherency=strict"

static void
fill (XlnkBlock *block, guint8 value)
{
  guint8 *data = xlnk_block_map (block, XLNK_ACCESS_WRITE, NULL);
  g_assert_nonnull (data);
  memset (data, value, xlnk_block_get_size (block));
  xlnk_block_unmap (block, XLNK_ACCESS_WRITE);
}

/* Whatever the block's owner: only who looks on, as a debugger would. */
static guint8 *
peek (XlnkBlock *block)
{
  guint8 *data = xlnk_block_map (block, XLNK_ACCESS_READ, NULL);
  g_assert_nonnull (data);
  xlnk_block_unmap (block, XLNK_ACCESS_READ);
  return data;
}

/* ---- somebody else, who has the descriptor alone ---- */

typedef struct {
  gint fd;
  guint8 *data;
  gsize size;
} Outside;

static void
outside_open (Outside *self, XlnkBlock *block)
{
  g_autoptr (GError) error = NULL;
  struct stat file;
  gsize offset = 1;

  self->size = xlnk_block_get_size (block);
  self->fd = xlnk_block_export_fd (block, &offset, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (offset, ==, 0);
  g_assert_cmpint (fstat (self->fd, &file), ==, 0);
  /* whole pages, as blocks are */
  g_assert_cmpuint (
      (guint64) file.st_size, ==, (self->size + 4095) / 4096 * 4096);
  g_assert_true (fcntl (self->fd, F_GETFD) & FD_CLOEXEC);
  self->data =
      mmap (NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
  g_assert_true (self->data != MAP_FAILED);
}

static void
outside_close (Outside *self)
{
  munmap (self->data, self->size);
  close (self->fd);
}

/* ---- the same bytes, and no others ---- */

static void
test_same_bytes (void)
{
  BoardRig rig;
  Outside outside[2], again;
  XlnkBlock *block[2];

  board_rig_open (&rig, "export", "pace=virtual");
  for (guint i = 0; i < 2; i++) {
    block[i] = board_rig_block (&rig, SIZE, XLNK_CACHEABLE);
    outside_open (&outside[i], block[i]);
  }
  for (guint i = 0; i < 2; i++)
    fill (block[i], (guint8) (0x10 + i));
  for (guint i = 0; i < 2; i++) {
    g_assert_cmphex (outside[i].data[0], ==, 0x10 + i);
    g_assert_cmphex (outside[i].data[SIZE - 1], ==, 0x10 + i);
  }
  outside[0].data[SIZE - 1] = 0x55;
  g_assert_cmphex (peek (block[0])[SIZE - 1], ==, 0x55);
  g_assert_cmphex (peek (block[1])[0], ==, 0x11);

  outside_open (&again, block[0]);
  g_assert_cmpint (again.fd, !=, outside[0].fd);
  again.data[1] = 0x66;
  g_assert_cmphex (outside[0].data[1], ==, 0x66);
  outside_close (&again);
  for (guint i = 0; i < 2; i++) {
    outside_close (&outside[i]);
    xlnk_block_unref (block[i]);
  }
  board_rig_close (&rig);
}

/* Written pages, bit by bit, of a block whose first export comes then. Addresses
 * are fresh in every row: what is not written is a hole. */
static const guint late_rows[] = { 0, 1, 2, 4, 5, 6, 7 };

static void
test_late_row (BoardRig *rig, guint pages, XlnkBlock *blocks[3])
{
  Outside outside;

  for (guint i = 0; i < 3; i++)
    blocks[i] = board_rig_block (rig, SIZE, XLNK_CACHEABLE);
  fill (blocks[0], 0x76);
  fill (blocks[2], 0x77);
  guint8 *inside = xlnk_block_map (blocks[1], XLNK_ACCESS_WRITE, NULL);
  guint8 before[SIZE] = { 0 };
  for (guint page = 0; page < 3; page++) {
    if (!(pages & 1u << page))
      continue;
    memset (before + 4096 * page, (gint) (0xa0 + page), 4096);
    memset (inside + 4096 * page, (gint) (0xa0 + page), 4096);
  }
  outside_open (&outside, blocks[1]);
  g_assert_cmpmem (outside.data, SIZE, before, SIZE);
  g_assert_cmpmem (inside, SIZE, before, SIZE);
  inside[5000] = 0x33;
  g_assert_cmphex (outside.data[5000], ==, 0x33);
  xlnk_block_unmap (blocks[1], XLNK_ACCESS_WRITE);
  g_assert_cmphex (peek (blocks[0])[SIZE - 1], ==, 0x76);
  g_assert_cmphex (peek (blocks[2])[0], ==, 0x77);
  outside_close (&outside);
}

static void
test_late (void)
{
  BoardRig rig;
  XlnkBlock *blocks[G_N_ELEMENTS (late_rows)][3];

  board_rig_open (&rig, "export", "pace=virtual");
  for (guint i = 0; i < G_N_ELEMENTS (late_rows); i++)
    test_late_row (&rig, late_rows[i], blocks[i]);
  for (guint i = 0; i < G_N_ELEMENTS (late_rows); i++) {
    for (guint k = 0; k < 3; k++)
      xlnk_block_unref (blocks[i][k]);
  }
  board_rig_close (&rig);
}

/* Memory that nobody used costs none when it is exported either. */
static void
test_sparse (void)
{
  BoardRig rig;
  Outside outside;
  struct stat file;

  board_rig_open (&rig, "export", "pace=virtual&memory=512M");
  XlnkBlock *block = board_rig_block (&rig, 256 * VDMA_MIB, XLNK_CACHEABLE);
  guint8 *inside = peek (block);
  inside[0] = inside[256 * VDMA_MIB - 1] = 0x99;
  outside_open (&outside, block);
  g_assert_cmphex (outside.data[256 * VDMA_MIB - 1], ==, 0x99);
  g_assert_cmpint (fstat (outside.fd, &file), ==, 0);
  g_assert_cmpuint ((guint64) file.st_blocks * 512, <=, 4 * VDMA_MIB);
  outside_close (&outside);
  xlnk_block_unref (block);
  board_rig_close (&rig);
}

static void
test_slice (void)
{
  g_autoptr (GError) error = NULL;
  BoardRig rig;
  guint8 byte = 0;
  gsize offset = 0;

  board_rig_open (&rig, "export", "pace=virtual");
  XlnkBlock *block = board_rig_block (&rig, SIZE, XLNK_CACHEABLE);
  XlnkBlock *slice = xlnk_block_slice (block, 5000, 100, &error);
  gint fd = xlnk_block_export_fd (slice, &offset, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (offset, ==, 5000);
  fill (slice, 0x21);
  g_assert_cmpint (pread (fd, &byte, 1, 5099), ==, 1);
  g_assert_cmphex (byte, ==, 0x21);
  close (fd);
  xlnk_block_unref (slice);
  xlnk_block_unref (block);
  board_rig_close (&rig);
}

/* A shorter file would make the board's next access fatal. */
static void
test_sealed (void)
{
  BoardRig rig;
  Outside outside;

  board_rig_open (&rig, "export", "pace=virtual");
  XlnkBlock *block = board_rig_block (&rig, SIZE, XLNK_CACHEABLE);
  outside_open (&outside, block);
  g_assert_cmpint (ftruncate (outside.fd, 0), ==, -1);
  g_assert_cmpint (errno, ==, EPERM);
  g_assert_cmpint (ftruncate (outside.fd, (off_t) (2 * SIZE)), ==, -1);
  fill (block, 1);
  outside_close (&outside);
  xlnk_block_unref (block);
  board_rig_close (&rig);
}

/* ---- freed ---- */

static const struct {
  const gchar *options;
  gsize size;
  guint8 holds; /* what a pointer into freed memory finds */
} freed_rows[] = {
  { "pace=virtual", SIZE, POISON },
  /* too large for poison, see docs/simulator.md */
  { "pace=virtual", 65 * VDMA_MIB, 0 },
  { STRICT, SIZE, 0 },
};

static void
test_freed (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (freed_rows); i++) {
    BoardRig rig;
    Outside outside, later;
    board_rig_open (&rig, "export", freed_rows[i].options);
    XlnkBlock *block =
        board_rig_block (&rig, freed_rows[i].size, XLNK_CACHEABLE);
    guint64 phys = xlnk_block_get_phys (block);
    guint8 *inside = peek (block);
    outside_open (&outside, block);
    outside.data[4096] = 0x44;
    xlnk_block_unref (block);
    g_assert_cmphex (outside.data[4096], ==, 0x44);
    g_assert_cmphex (inside[4096], ==, freed_rows[i].holds);

    /* who has the addresses next shares nothing with who had them before */
    block = board_rig_block (&rig, freed_rows[i].size, XLNK_CACHEABLE);
    g_assert_cmphex (xlnk_block_get_phys (block), ==, phys);
    outside.data[4096] = 0x45;
    g_assert_cmphex (inside[4096], !=, 0x45);
    outside_open (&later, block);
    inside[4096] = 0x46;
    g_assert_cmphex (outside.data[4096], ==, 0x45);
    g_assert_cmphex (later.data[4096], ==, 0x46);
    xlnk_block_unref (block);
    board_rig_close (&rig);
    g_assert_cmphex (later.data[4096], ==, 0x46);
    outside_close (&later);
    outside_close (&outside);
  }
}

/* ---- the device ---- */

/* The device's frames are seen outside; after the block is freed its writes are
 * violations, and change nothing there. */
static void
test_device (void)
{
  BoardRig rig;
  Outside outside;
  SimTruth truth;
  guint8 frame[HSIZE * VSIZE];

  board_rig_open (&rig, "export", "pace=virtual&stream=counter");
  board_rig_alloc (&rig, VDMA_S2MM, HSIZE, VSIZE, HSIZE, 0xee);
  XlnkBlock *block = rig.channel[VDMA_S2MM].blocks[1];
  outside_open (&outside, block);
  g_assert_cmphex (outside.data[HSIZE * VSIZE - 1], ==, 0xee);
  board_rig_program (&rig, VDMA_S2MM);
  board_rig_run (&rig, VDMA_S2MM, VDMA_CR_CIRCULAR);
  sim_board_advance (rig.board, 64 * MS);
  g_assert_cmphex (outside.data[HSIZE * VSIZE - 1], !=, 0xee);
  g_assert_cmpmem (outside.data, HSIZE * VSIZE, peek (block), HSIZE * VSIZE);
  board_rig_assert_no_complaints (&rig);

  xlnk_block_set_owner (block, XLNK_OWNER_APPLICATION, FALSE, NULL);
  g_assert_true (xlnk_block_close (block, NULL));
  memcpy (frame, outside.data, sizeof frame);
  sim_board_advance (rig.board, 64 * MS);
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.violations_by_kind[SIM_VIOLATION_FREED], >, 0);
  g_assert_cmpuint (
      truth.violations, ==, truth.violations_by_kind[SIM_VIOLATION_FREED]);
  g_assert_cmpmem (outside.data, sizeof frame, frame, sizeof frame);
  outside_close (&outside);
  board_rig_close (&rig);
}

/* coherency=strict: the descriptor has what the CPU sees, as an mmap() of real
 * memory without maintenance would. */
static void
test_strict (void)
{
  BoardRig rig;
  Outside outside;
  SimTruth truth;

  board_rig_open (&rig, "export", STRICT);
  board_rig_alloc (&rig, VDMA_MM2S, HSIZE, VSIZE, HSIZE, 0x12);
  XlnkBlock *block = rig.channel[VDMA_MM2S].blocks[0];
  outside_open (&outside, block);
  g_assert_cmphex (outside.data[0], ==, 0x12);
  outside.data[70] = 7;
  board_rig_program (&rig, VDMA_MM2S);
  board_rig_run (&rig, VDMA_MM2S, VDMA_CR_CIRCULAR);
  sim_board_advance (rig.board, 64 * MS);
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.coherency_by_kind[SIM_COHERENCY_FLUSH], >, 0);
  g_autofree gchar *report = sim_board_get_report (rig.board, 0);
  g_assert_nonnull (strstr (report, "bytes 70 to 70"));
  outside_close (&outside);
  board_rig_close (&rig);
}

static void
test_strict_capture (void)
{
  BoardRig rig;
  Outside outside;

  board_rig_open (&rig, "export", STRICT);
  board_rig_alloc (&rig, VDMA_S2MM, HSIZE, VSIZE, HSIZE, 0xee);
  XlnkBlock *block = rig.channel[VDMA_S2MM].blocks[0];
  outside_open (&outside, block);
  board_rig_program (&rig, VDMA_S2MM);
  board_rig_run (&rig, VDMA_S2MM, VDMA_CR_CIRCULAR);
  sim_board_advance (rig.board, 64 * MS);
  g_assert_cmphex (outside.data[HSIZE * VSIZE - 1], ==, 0xee);
  peek (block);
  g_assert_cmphex (outside.data[HSIZE * VSIZE - 1], !=, 0xee);
  board_rig_assert_no_complaints (&rig);
  outside_close (&outside);
  board_rig_close (&rig);
}

/* ---- limits ---- */

/* Lets the process open @n more descriptors. Returns: the limit before */
static struct rlimit
limit_descriptors (guint n)
{
  struct rlimit before, limit;
  gint fds[4];
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &before), ==, 0);
  g_assert_cmpuint (n, <, G_N_ELEMENTS (fds));
  for (guint i = 0; i <= n; i++)
    g_assert_cmpint (fds[i] = dup (STDERR_FILENO), >=, 0);
  limit = before;
  limit.rlim_cur = (rlim_t) fds[n];
  for (guint i = 0; i <= n; i++)
    close (fds[i]);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  return before;
}

/* Blocks cost no descriptor before one is asked for; where there is none left,
 * the block is as it was. */
static void
test_limit (void)
{
  BoardRig rig;
  Outside outside;
  XlnkBlock *blocks[2000];
  gsize offset;

  board_rig_open (&rig, "export", "pace=virtual");
  for (guint n = 0; n < 2; n++) {
    struct rlimit before = limit_descriptors (n);
    g_autoptr (GError) error = NULL;
    for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
      blocks[i] = board_rig_block (&rig, 4096, XLNK_CACHEABLE);
    fill (blocks[7], 0x77);
    g_assert_cmpint (xlnk_block_export_fd (blocks[7], &offset, &error), ==, -1);
    g_assert_error (error, VDMA_ERROR, VDMA_ERROR_FAILED);
    g_assert_nonnull (strstr (error->message, "ulimit -n"));
    g_assert_nonnull (strstr (error->message, g_strerror (EMFILE)));
    g_assert_cmphex (peek (blocks[7])[4095], ==, 0x77);

    g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
    outside_open (&outside, blocks[7]);
    g_assert_cmphex (outside.data[4095], ==, 0x77);
    outside_close (&outside);
    for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
      xlnk_block_unref (blocks[i]);
  }
  board_rig_close (&rig);
}

/* Nothing stays open, and no address is lost. */
static void
test_gives_back (void)
{
  BoardRig rig;
  Outside outside;

  board_rig_open (&rig, "export", "pace=virtual&memory=64k");
  struct rlimit before = limit_descriptors (2);
  for (guint i = 0; i < 100; i++) {
    XlnkBlock *block = board_rig_block (&rig, 65536, XLNK_CACHEABLE);
    outside_open (&outside, block);
    outside_close (&outside);
    xlnk_block_unref (block);
  }
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
  board_rig_close (&rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-export/same-bytes", test_same_bytes);
  g_test_add_func ("/sim-export/late", test_late);
  g_test_add_func ("/sim-export/sparse", test_sparse);
  g_test_add_func ("/sim-export/slice", test_slice);
  g_test_add_func ("/sim-export/sealed", test_sealed);
  g_test_add_func ("/sim-export/freed", test_freed);
  g_test_add_func ("/sim-export/device", test_device);
  g_test_add_func ("/sim-export/strict", test_strict);
  g_test_add_func ("/sim-export/strict/capture", test_strict_capture);
  g_test_add_func ("/sim-export/limit", test_limit);
  g_test_add_func ("/sim-export/gives-back", test_gives_back);
  return g_test_run ();
}
