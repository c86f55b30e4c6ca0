/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The simulated memory: allocation, the ledger of owners, the cache's judge. */
#include <string.h>

#include "board-rig.h"
#include "sim-cache.h"
#include "vdma-error.h"
#include "vdma-util.h"

#define MS     VDMA_NSEC_PER_MSEC
#define HSIZE  64
#define VSIZE  8
#define POISON 0xdb

/* ---- allocation ---- */

static void
test_allocation (void)
{
  g_autoptr (GError) error = NULL;
  BoardRig rig;
  XlnkStats stats;
  board_rig_open (
      &rig, "memory", "pace=virtual&memory=1M&memory-base=0x1fff00000");
  g_assert_null (
      xlnk_alloc (rig.memory, 4096, 1, 0, XLNK_CACHEABLE, G_MAXUINT32, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_UNREACHABLE);
  g_assert_nonnull (strstr (error->message, "0xffffffff"));
  g_clear_error (&error);

  XlnkBlock *block = xlnk_alloc (
      rig.memory, 512, VDMA_KIB, 65536, XLNK_CACHEABLE, G_MAXUINT64, &error);
  g_assert_no_error (error);
  g_assert_cmphex (xlnk_block_get_phys (block), ==, 0x1fff00000);
  g_assert_true (xlnk_block_is_cacheable (block));
  g_assert_null (xlnk_alloc (
      rig.memory, 513, VDMA_KIB, 0, XLNK_CACHEABLE, G_MAXUINT64, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY);
  g_assert_nonnull (strstr (error->message, "524288"));
  xlnk_get_stats (rig.memory, &stats);
  g_assert_cmpuint (stats.system_total, ==, VDMA_MIB);
  g_assert_cmpuint (stats.system_available, ==, VDMA_MIB / 2);
  xlnk_block_unref (block);
  xlnk_get_stats (rig.memory, &stats);
  g_assert_cmpuint (stats.system_available, ==, VDMA_MIB);
  board_rig_close (&rig);
}

/* Memory keeps the board alive that it comes from. */
static void
test_lifetime (void)
{
  g_autoptr (GError) error = NULL;
  SimBoard *board = sim_board_open ("lifetime", "pace=virtual", &error);
  XlnkAllocator *memory =
      xlnk_allocator_new (sim_board_open_memory (board, &error));
  g_assert_no_error (error);
  XlnkBlock *block =
      xlnk_alloc (memory, 4096, 1, 0, XLNK_UNCACHED, G_MAXUINT64, &error);
  sim_board_unref (board);
  xlnk_allocator_unref (memory);
  guint8 *data = xlnk_block_map (block, XLNK_ACCESS_WRITE, &error);
  g_assert_no_error (error);
  data[4095] = 1;
  xlnk_block_unmap (block, XLNK_ACCESS_WRITE);
  xlnk_block_unref (block);
}

/* ---- the ledger ---- */

/* Runs three frames of S2MM, or MM2S, with what @arrange did to store 1. */
static void
run_channel (BoardRig *rig, VdmaDirection dir)
{
  board_rig_program (rig, dir);
  board_rig_run (rig, dir, VDMA_CR_CIRCULAR);
  sim_board_advance (rig->board, 64 * MS);
}

typedef struct {
  const gchar *path;
  VdmaDirection dir;
  SimViolation kind;
  const gchar *story; /* part of the report */
} Violation;

static const Violation violations[] = {
  { "/sim-memory/violation/outside", VDMA_S2MM, SIM_VIOLATION_OUTSIDE,
      "memory is 0x10000000 to 0x" },
  { "/sim-memory/violation/never", VDMA_S2MM, SIM_VIOLATION_NEVER,
      "write in memory that was never allocated: S2MM store 1, line 0, "
      "64 bytes at 0x14000000" },
  { "/sim-memory/violation/freed", VDMA_S2MM, SIM_VIOLATION_FREED,
      "freed at 0.010000000 s; its last owner was the application" },
  { "/sim-memory/violation/application", VDMA_S2MM, SIM_VIOLATION_APPLICATION,
      "owned by the application since 0.010000000 s, before that by the "
      "device (may write) since 0.000000000 s" },
  { "/sim-memory/violation/application-read", VDMA_MM2S,
      SIM_VIOLATION_APPLICATION, "read in memory of the application: MM2S" },
  { "/sim-memory/violation/cache", VDMA_S2MM, SIM_VIOLATION_CACHE,
      "owned by the frame cache" },
  { "/sim-memory/violation/read-only", VDMA_S2MM, SIM_VIOLATION_READ_ONLY,
      "the device (may only read)" },
  { "/sim-memory/violation/overrun", VDMA_S2MM, SIM_VIOLATION_OVERRUN,
      "across the end of a block: S2MM store 1, line 1" },
};

static void
arrange (BoardRig *rig, const Violation *violation)
{
  XlnkBlock **block = &rig->channel[violation->dir].blocks[1];
  guint start = VDMA_START_ADDRESS + 4;
  guint32 phys = (guint32) xlnk_block_get_phys (*block);

  switch (violation->kind) {
    case SIM_VIOLATION_OUTSIDE:
      board_rig_write_param (rig, violation->dir, start, 0);
      break;
    case SIM_VIOLATION_NEVER:
      board_rig_write_param (rig, violation->dir, start, 0x14000000);
      break;
    case SIM_VIOLATION_OVERRUN:
      board_rig_write_param (rig, violation->dir, start, phys + 4096 - 100);
      break;
    case SIM_VIOLATION_READ_ONLY:
      xlnk_block_set_owner (*block, XLNK_OWNER_DEVICE, FALSE, NULL);
      break;
    case SIM_VIOLATION_CACHE:
      xlnk_block_set_owner (*block, XLNK_OWNER_CACHE, FALSE, NULL);
      break;
    default:
      xlnk_block_set_owner (*block, XLNK_OWNER_APPLICATION, FALSE, NULL);
      break;
  }
  if (violation->kind == SIM_VIOLATION_FREED)
    g_assert_true (xlnk_block_close (*block, NULL));
}

/* Store 1 is not the device's; the other three are. */
static void
test_violation (gconstpointer data)
{
  const Violation *violation = data;
  BoardRig rig;
  SimTruth truth;
  board_rig_open (&rig, "memory", "pace=virtual&stream=counter");
  board_rig_alloc (&rig, violation->dir, HSIZE, VSIZE, HSIZE, 0);
  board_rig_program (&rig, violation->dir);
  sim_board_advance (rig.board, 10 * MS);
  arrange (&rig, violation);
  board_rig_run (&rig, violation->dir, VDMA_CR_CIRCULAR);
  /* frames 1 to 3 */
  sim_board_advance (rig.board, 60 * MS);

  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.violations, ==, 1);
  g_assert_cmpuint (truth.violations_by_kind[violation->kind], ==, 1);
  g_autofree gchar *report = sim_board_get_report (rig.board, 0);
  if (!strstr (report, violation->story))
    g_error ("'%s' is not in '%s'", violation->story, report);
  guint32 sr = board_rig_read (&rig, violation->dir, VDMA_SR);
  g_assert_cmpint ((sr & VDMA_SR_DEC_ERR) != 0, ==,
      violation->kind == SIM_VIOLATION_OUTSIDE);
  board_rig_close (&rig);
}

/* A block that changes hands in mid-frame is caught from there on. */
static void
test_violation_in_mid_frame (void)
{
  BoardRig rig;
  SimTruth truth;
  board_rig_open (&rig, "memory", "pace=virtual&stream=bars&fps=10");
  board_rig_alloc (&rig, VDMA_S2MM, HSIZE, VSIZE, HSIZE, 0);
  board_rig_program (&rig, VDMA_S2MM);
  board_rig_run (&rig, VDMA_S2MM, VDMA_CR_CIRCULAR);
  /* frame 1 begins at 100 ms; lines every 11.875 ms */
  sim_board_advance (rig.board, 130 * MS);
  xlnk_block_set_owner (
      rig.channel[VDMA_S2MM].blocks[0], XLNK_OWNER_APPLICATION, FALSE, NULL);
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.violations, ==, 0);
  sim_board_advance (rig.board, 60 * MS);
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.violations, ==, 1);
  g_autofree gchar *report = sim_board_get_report (rig.board, 0);
  g_assert_nonnull (strstr (report, "line 3"));
  board_rig_close (&rig);
}

static void
test_poison (void)
{
  BoardRig rig;
  board_rig_open (&rig, "memory", "pace=virtual");
  XlnkBlock *block = board_rig_block (&rig, 4096, XLNK_CACHEABLE);
  guint8 *data = xlnk_block_map (block, XLNK_ACCESS_WRITE, NULL);
  memset (data, 1, 4096);
  xlnk_block_unmap (block, XLNK_ACCESS_WRITE);
  xlnk_block_unref (block);
  /* the region stays mapped: whoever kept the pointer sees poison */
  g_assert_cmphex (data[0], ==, POISON);
  g_assert_cmphex (data[4095], ==, POISON);
  board_rig_close (&rig);
}

static void
test_abort (void)
{
  if (g_test_subprocess ()) {
    BoardRig rig;
    board_rig_open (&rig, "memory", "pace=virtual&violations=abort");
    board_rig_alloc (&rig, VDMA_S2MM, HSIZE, VSIZE, HSIZE, 0);
    xlnk_block_set_owner (
        rig.channel[VDMA_S2MM].blocks[0], XLNK_OWNER_APPLICATION, FALSE, NULL);
    run_channel (&rig, VDMA_S2MM);
    return;
  }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*in memory of the application*");
}

/* ---- the cache ---- */

#define STRICT "pace=virtual&stream=counter&coherency=strict"

static guint64
count_coherency (BoardRig *rig, SimCoherency kind)
{
  SimTruth truth;
  sim_board_get_truth (rig->board, &truth);
  g_assert_cmpuint (truth.violations, ==, 0);
  return truth.coherency_by_kind[kind];
}

static void
assert_report (BoardRig *rig, guint index, const gchar *part)
{
  g_autofree gchar *report = sim_board_get_report (rig->board, index);
  g_assert_nonnull (report);
  if (!strstr (report, part))
    g_error ("'%s' is not in '%s'", part, report);
}

/* All rules kept: not a word, and the bytes arrive. */
static void
test_strict_silent (void)
{
  BoardRig rig;
  board_rig_open (&rig, "strict", STRICT);
  board_rig_start (&rig, VDMA_S2MM, HSIZE, VSIZE);
  board_rig_start (&rig, VDMA_MM2S, HSIZE, VSIZE);
  for (guint i = 0; i < 6; i++) {
    g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 40 * MS));
    board_rig_ack (&rig, VDMA_S2MM);
    const guint8 *data =
        board_rig_view (&rig, VDMA_S2MM, board_rig_store (&rig, VDMA_S2MM));
    g_assert_cmphex (data[HSIZE * VSIZE - 1], !=, 0xee);
  }
  board_rig_assert_no_complaints (&rig);
  board_rig_close (&rig);
}

/* The CPU writes behind xlnk's back: a map without an unmap is no flush. */
static void
test_flush_missing (void)
{
  BoardRig rig;
  board_rig_open (&rig, "strict", STRICT);
  board_rig_alloc (&rig, VDMA_MM2S, HSIZE, VSIZE, HSIZE, 0);
  XlnkBlock *block = rig.channel[VDMA_MM2S].blocks[0];
  guint8 *data = xlnk_block_map (block, XLNK_ACCESS_READ, NULL);
  xlnk_block_unmap (block, XLNK_ACCESS_READ);
  memset (data + 70, 7, 130);
  /* only the middle part of what was written */
  g_assert_true (xlnk_block_flush (block, 100, 50, NULL));
  run_channel (&rig, VDMA_MM2S);
  g_assert_cmpuint (count_coherency (&rig, SIM_COHERENCY_FLUSH), ==, 1);
  assert_report (&rig, 0, "flush missing");
  assert_report (&rig, 0, "bytes 70 to 199");
  board_rig_close (&rig);
}

static void
test_flush_exact (void)
{
  BoardRig rig;
  board_rig_open (&rig, "strict", STRICT);
  XlnkBlock *block = board_rig_block (&rig, 4096, XLNK_CACHEABLE);
  guint8 *data = xlnk_block_map (block, XLNK_ACCESS_READ, NULL);
  memset (data, 1, 4096);
  g_assert_true (xlnk_block_flush (block, 0, 4096, NULL));
  memset (data, 2, 4096);
  g_assert_true (xlnk_block_flush (block, 100, 10, NULL));
  /* what the device sees comes back with an invalidate */
  g_assert_true (xlnk_block_invalidate (block, 0, 4096, NULL));
  for (guint i = 0; i < 4096; i++)
    g_assert_cmpuint (data[i], ==, i >= 100 && i < 110 ? 2 : 1);
  xlnk_block_unmap (block, XLNK_ACCESS_READ);
  xlnk_block_unref (block);
  board_rig_close (&rig);
}

/* A block that stays mapped while the device writes it: whoever gets it back has
 * to invalidate before he looks. Reading along is another matter. */
static void
test_invalidate_missing (gconstpointer data)
{
  gboolean gets_back = GPOINTER_TO_INT (data);
  BoardRig rig;
  g_autoptr (GError) error = NULL;
  board_rig_open (&rig, "strict", STRICT);
  board_rig_alloc (&rig, VDMA_S2MM, HSIZE, VSIZE, HSIZE, 9);
  XlnkBlock *block = rig.channel[VDMA_S2MM].blocks[0];
  const guint8 *seen = xlnk_block_map (block, XLNK_ACCESS_READ, &error);
  g_assert_no_error (error);
  run_channel (&rig, VDMA_S2MM);
  g_assert_cmpuint (seen[1], ==, 9);
  if (gets_back) {
    board_rig_stop (&rig, VDMA_S2MM);
    xlnk_block_set_owner (block, XLNK_OWNER_APPLICATION, FALSE, NULL);
  }
  xlnk_block_unmap (block, XLNK_ACCESS_READ);
  g_assert_cmpuint (
      count_coherency (&rig, SIM_COHERENCY_INVALIDATE), ==, gets_back);
  if (gets_back) {
    assert_report (&rig, 0, "invalidate missing");
    assert_report (&rig, 0, "bytes 0 to 511");
  }
  board_rig_close (&rig);
}

/* An extent as lib/xlnk never leaves one: clean for the CPU up to the moment at
 * which the device wrote frames into it, and nothing was done since. */
typedef struct {
  BoardRig rig;
  XlnkBackend *backend;
  XlnkExtent extent;
  guint8 *data;
} StaleExtent;

static void
stale_extent_open (StaleExtent *self)
{
  g_autoptr (GError) error = NULL;
  BoardRig *rig = &self->rig;
  board_rig_open (rig, "strict", STRICT);
  XlnkBackend *backend = sim_board_open_memory (rig->board, &error);
  const XlnkBackendImpl *impl = backend->impl;
  self->backend = backend;
  self->extent = (XlnkExtent){ .size = 4096, .cacheable = TRUE };
  g_assert_true (
      impl->alloc (backend, &self->extent, 4096, G_MAXUINT64, &error));
  self->data = impl->map (backend, &self->extent, &error);
  memset (self->data, 9, 4096);
  g_assert_true (impl->flush (backend, &self->extent, 0, 4096, &error));
  impl->set_owner (backend, &self->extent, XLNK_OWNER_DEVICE, TRUE);
  board_rig_alloc (rig, VDMA_S2MM, HSIZE, VSIZE, HSIZE, 0);
  board_rig_program (rig, VDMA_S2MM);
  for (guint i = 0; i < 4; i++)
    board_rig_write_param (rig, VDMA_S2MM, VDMA_START_ADDRESS + 4 * i,
        (guint32) self->extent.phys);
  board_rig_run (rig, VDMA_S2MM, VDMA_CR_CIRCULAR);
  sim_board_advance (rig->board, 33 * MS);
  board_rig_stop (rig, VDMA_S2MM);
  impl->set_owner (backend, &self->extent, XLNK_OWNER_APPLICATION, FALSE);
}

static void
stale_extent_close (StaleExtent *self)
{
  self->backend->impl->unmap (self->backend, &self->extent, self->data);
  self->backend->impl->free (self->backend, &self->extent);
  self->backend->impl->close (self->backend);
  board_rig_close (&self->rig);
}

/* An access that begins on bytes nobody invalidated, or of which only a part was. */
static void
test_invalidate_too_small (void)
{
  StaleExtent stale;
  stale_extent_open (&stale);
  const XlnkBackendImpl *impl = stale.backend->impl;
  impl->invalidate (stale.backend, &stale.extent, 0, 500, NULL);
  impl->cpu_access (
      stale.backend, &stale.extent, 0, 500, XLNK_ACCESS_READ, TRUE);
  g_assert_cmpuint (
      count_coherency (&stale.rig, SIM_COHERENCY_INVALIDATE), ==, 0);
  impl->cpu_access (
      stale.backend, &stale.extent, 0, 512, XLNK_ACCESS_READ, TRUE);
  g_assert_cmpuint (
      count_coherency (&stale.rig, SIM_COHERENCY_INVALIDATE), ==, 1);
  assert_report (&stale.rig, 0, "bytes 500 to 511");
  stale_extent_close (&stale);
}

/* A flush writes dirty lines back, and only those: a clean line in its range
 * does not come over what the device wrote. */
static void
test_flush_keeps_clean_lines (void)
{
  StaleExtent stale;
  stale_extent_open (&stale);
  const XlnkBackendImpl *impl = stale.backend->impl;
  stale.data[0] = 0x77;
  impl->flush (stale.backend, &stale.extent, 0, 4096, NULL);
  impl->invalidate (stale.backend, &stale.extent, 0, 4096, NULL);
  g_assert_cmpuint (stale.data[0], ==, 0x77);
  g_assert_cmpuint (stale.data[SIM_CACHE_LINE - 1], ==, 9);
  g_assert_cmpuint (stale.data[SIM_CACHE_LINE], !=, 9);
  stale_extent_close (&stale);
}

/* Dirty lines under a buffer that the device writes come back over its bytes. */
static void
test_evicted (void)
{
  BoardRig rig;
  board_rig_open (&rig, "strict", STRICT);
  board_rig_alloc (&rig, VDMA_S2MM, HSIZE, VSIZE, HSIZE, 9);
  XlnkBlock *block = rig.channel[VDMA_S2MM].blocks[0];
  guint8 *data = xlnk_block_map (block, XLNK_ACCESS_READ, NULL);
  xlnk_block_unmap (block, XLNK_ACCESS_READ);
  data[HSIZE + 5] = 0x77;
  run_channel (&rig, VDMA_S2MM);
  g_assert_cmpuint (count_coherency (&rig, SIM_COHERENCY_EVICTED), ==, 1);
  assert_report (&rig, 0, "eviction");
  assert_report (&rig, 0, "bytes 64 to 127");
  /* the whole line 1 of the picture is lost, and only that */
  const guint8 *seen = board_rig_view (&rig, VDMA_S2MM, 0);
  g_assert_cmpuint (seen[HSIZE + 5], ==, 0x77);
  g_assert_cmpuint (seen[HSIZE], ==, 9);
  g_assert_cmpuint (seen[2 * HSIZE], !=, 9);
  board_rig_close (&rig);
}

/* What the device writes next to dirty bytes of the same cache line is lost too,
 * and so is what stood before its first byte. */
static void
test_evicted_neighbour (void)
{
  BoardRig rig;
  board_rig_open (&rig, "strict", STRICT);
  board_rig_alloc (&rig, VDMA_S2MM, 32, VSIZE, 32, 9);
  XlnkBlock *block = rig.channel[VDMA_S2MM].blocks[0];
  guint8 *data = xlnk_block_map (block, XLNK_ACCESS_READ, NULL);
  xlnk_block_unmap (block, XLNK_ACCESS_READ);
  data[5] = 0x77;
  board_rig_program (&rig, VDMA_S2MM);
  board_rig_write_param (&rig, VDMA_S2MM, VDMA_START_ADDRESS,
      (guint32) xlnk_block_get_phys (block) + 32);
  board_rig_run (&rig, VDMA_S2MM, VDMA_CR_CIRCULAR);
  sim_board_advance (rig.board, 33 * MS);
  g_assert_cmpuint (count_coherency (&rig, SIM_COHERENCY_EVICTED), ==, 1);
  assert_report (&rig, 0, "bytes 0 to 63");
  board_rig_close (&rig);
}

/* The same bytes once more are no excuse. */
static void
test_invalidate_missing_same_bytes (void)
{
  BoardRig rig;
  board_rig_open (
      &rig, "strict", "pace=virtual&stream=bars&coherency=strict&stores=1");
  board_rig_alloc (&rig, VDMA_S2MM, HSIZE, VSIZE, HSIZE, 9);
  XlnkBlock *block = rig.channel[VDMA_S2MM].blocks[0];
  run_channel (&rig, VDMA_S2MM);
  xlnk_block_map (block, XLNK_ACCESS_READ, NULL);
  sim_board_advance (rig.board, 40 * MS);
  board_rig_stop (&rig, VDMA_S2MM);
  xlnk_block_set_owner (block, XLNK_OWNER_APPLICATION, FALSE, NULL);
  xlnk_block_unmap (block, XLNK_ACCESS_READ);
  g_assert_cmpuint (count_coherency (&rig, SIM_COHERENCY_INVALIDATE), ==, 1);
  board_rig_close (&rig);
}

/* Fresh memory is dirty below lib/xlnk, which cleans it. */
static void
test_fresh_memory_is_dirty (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimBoard) board = sim_board_open ("strict", STRICT, &error);
  XlnkBackend *backend = sim_board_open_memory (board, &error);
  VdmaRegs *regs = sim_board_open_regs (board);
  XlnkExtent extent = { .size = 4096, .cacheable = TRUE };
  SimTruth truth;
  g_assert_true (
      backend->impl->alloc (backend, &extent, 4096, G_MAXUINT64, &error));
  backend->impl->set_owner (backend, &extent, XLNK_OWNER_DEVICE, TRUE);
  for (guint i = 0; i < 4; i++)
    vdma_regs_write (regs, VDMA_S2MM_PARAM_BASE + VDMA_START_ADDRESS + 4 * i,
        (guint32) extent.phys);
  vdma_regs_write (regs, VDMA_S2MM_PARAM_BASE + VDMA_FRMDLY_STRIDE, HSIZE);
  vdma_regs_write (regs, VDMA_S2MM_PARAM_BASE + VDMA_HSIZE, HSIZE);
  vdma_regs_write (
      regs, VDMA_S2MM_BASE + VDMA_CR, VDMA_CR_CIRCULAR | VDMA_CR_RS);
  vdma_regs_write (regs, VDMA_S2MM_PARAM_BASE + VDMA_VSIZE, VSIZE);
  sim_board_advance (board, 33 * MS);
  sim_board_get_truth (board, &truth);
  g_assert_cmpuint (truth.coherency_by_kind[SIM_COHERENCY_EVICTED], ==, 1);
  vdma_regs_write (regs, VDMA_S2MM_BASE + VDMA_CR, VDMA_CR_RESET);
  vdma_regs_close (regs);
  backend->impl->free (backend, &extent);
  backend->impl->close (backend);
}

/* Uncached blocks have one view also in a strict board. */
static void
test_strict_uncached (void)
{
  BoardRig rig;
  SimTruth truth;
  board_rig_open (&rig, "strict", STRICT);
  XlnkBlock *block = board_rig_block (&rig, 4096, XLNK_UNCACHED);
  g_assert_false (xlnk_block_is_cacheable (block));
  guint8 *data = xlnk_block_map (block, XLNK_ACCESS_WRITE, NULL);
  memset (data, 5, 4096);
  xlnk_block_unmap (block, XLNK_ACCESS_WRITE);
  xlnk_block_set_owner (block, XLNK_OWNER_DEVICE, FALSE, NULL);
  board_rig_alloc (&rig, VDMA_MM2S, HSIZE, VSIZE, HSIZE, 0);
  XlnkBlock *cached = rig.channel[VDMA_MM2S].blocks[0];
  rig.channel[VDMA_MM2S].blocks[0] = block;
  sim_board_get_truth (rig.board, &truth);
  guint64 flushed = truth.flushed_bytes;
  run_channel (&rig, VDMA_MM2S);
  xlnk_block_flush (block, 0, 4096, NULL);
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.flushed_bytes, ==, flushed);
  board_rig_assert_no_complaints (&rig);
  xlnk_block_set_owner (cached, XLNK_OWNER_APPLICATION, FALSE, NULL);
  xlnk_block_unref (cached);
  board_rig_close (&rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-memory/allocation", test_allocation);
  g_test_add_func ("/sim-memory/lifetime", test_lifetime);
  for (guint i = 0; i < G_N_ELEMENTS (violations); i++)
    g_test_add_data_func (violations[i].path, &violations[i], test_violation);
  g_test_add_func (
      "/sim-memory/violation/in-mid-frame", test_violation_in_mid_frame);
  g_test_add_func ("/sim-memory/poison", test_poison);
  g_test_add_func ("/sim-memory/abort", test_abort);
  g_test_add_func ("/sim-memory/strict/silent", test_strict_silent);
  g_test_add_func ("/sim-memory/strict/flush-missing", test_flush_missing);
  g_test_add_func ("/sim-memory/strict/flush-exact", test_flush_exact);
  g_test_add_data_func ("/sim-memory/strict/invalidate-missing",
      GINT_TO_POINTER (TRUE), test_invalidate_missing);
  g_test_add_data_func ("/sim-memory/strict/reading-along",
      GINT_TO_POINTER (FALSE), test_invalidate_missing);
  g_test_add_func (
      "/sim-memory/strict/invalidate-too-small", test_invalidate_too_small);
  g_test_add_func ("/sim-memory/strict/evicted", test_evicted);
  g_test_add_func (
      "/sim-memory/strict/evicted-neighbour", test_evicted_neighbour);
  g_test_add_func ("/sim-memory/strict/flush-keeps-clean-lines",
      test_flush_keeps_clean_lines);
  g_test_add_func ("/sim-memory/strict/invalidate-missing/same-bytes",
      test_invalidate_missing_same_bytes);
  g_test_add_func (
      "/sim-memory/strict/fresh-memory", test_fresh_memory_is_dirty);
  g_test_add_func ("/sim-memory/strict/uncached", test_strict_uncached);
  return g_test_run ();
}
