/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Boards: device and memory texts, sharing, life. */
#include <string.h>

#include "board.h"
#include "vdma-error.h"
#include "vdma-log.h"

static Board *
open_board (const gchar *device, const gchar *memory)
{
  g_autoptr (GError) error = NULL;
  Board *board = board_open (device, memory, &error);
  g_assert_no_error (error);
  g_assert_nonnull (board);
  return board;
}

static void
assert_refused (
    const gchar *device, const gchar *memory, gint code, const gchar *says)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (board_open (device, memory, &error));
  g_assert_error (error, VDMA_ERROR, code);
  if (!strstr (error->message, says))
    g_error ("'%s': '%s' does not say '%s'", device, error->message, says);
}

/* ---- texts ---- */

static void
test_accepted (void)
{
  static const struct {
    const gchar *device, *memory, *name;
  } rows[] = {
    { NULL, NULL, "sim" },
    { "auto", NULL, "sim" },
    { "auto", "auto", "sim" },
    { "sim", "sim", "sim" },
    { "sim?", "auto", "sim" },
    { "sim?pace=virtual", NULL, "sim" },
    { "sim:loop", NULL, "sim:loop" },
    { "sim:loop?pace=virtual&width=64", NULL, "sim:loop" },
    { "sim:A.b-C_9", NULL, "sim:A.b-C_9" },
    { "sim:sim", NULL, "sim:sim" },
    { "sim:auto", NULL, "sim:auto" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (Board) board = open_board (rows[i].device, rows[i].memory);
    g_assert_cmpstr (board_get_name (board), ==, rows[i].name);
    g_assert_true (board_is_simulated (board));
    g_assert_nonnull (board_get_device (board));
  }
}

static void
test_refused (void)
{
  static const struct {
    const gchar *device, *memory, *says;
  } rows[] = {
    { "", NULL, "Devices are" },
    { "simm", NULL, "Did you mean 'sim'?" },
    { "smi:loop", NULL, "Did you mean 'sim'?" },
    { "aut", NULL, "Did you mean 'auto'?" },
    { "camera", NULL, "sim[:NAME][?key=value&...]" },
    { "Sim", NULL, "auto" },
    { "auto:x", NULL, "Devices are" },
    { "auto?pace=virtual", NULL, "Devices are" },
    { " sim", NULL, "Devices are" },
    { "sim:", NULL, "letters" },
    { "sim:?pace=virtual", NULL, "letters" },
    { "sim:a b", NULL, "'a b'" },
    { "sim:a/b", NULL, "letters" },
    { "sim:a:b", NULL, "letters" },
    { "sim:\xc3\xa4", NULL, "letters" },
    { "sim:\xff", NULL, "UTF-8" },
    { "sim", "\xff", "UTF-8" },
    { "sim?stream=%ff", NULL, "cannot be '%ff'" },
    { "sim?format=%ffx", NULL, "cannot be '%ffx'" },
    { "sim?stores=0", NULL, "stores" },
    { "sim?stores=33", NULL, "1 to 32" },
    { "sim?pcae=virtual", NULL, "did you mean 'pace'" },
    { "sim:x?pace", NULL, "cannot open device 'sim:x'" },
    { "sim", "simm", "Did you mean 'sim'?" },
    { "sim", "", "Memories are" },
    { "sim", "dram", "auto" },
    { "sim", "sim:", "is written sim" },
    { "sim", "hugetlb", "can only use its own memory" },
    { "sim", "carveout", "BASE+SIZE" },
    { "sim", "carveout:", "BASE+SIZE" },
    { "sim", "sim?coherent=maybe", "coherent" },
    { "sim", "hugetbl", "Did you mean 'hugetlb'?" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_refused (
        rows[i].device, rows[i].memory, VDMA_ERROR_INVALID, rows[i].says);
  /* nothing of it is open now: any options are right */
  g_autoptr (Board) board = open_board ("sim:x?stores=7", NULL);
  g_assert_cmpuint (
      vdma_device_get_desc (board_get_device (board))->n_stores, ==, 7);
}

static void
test_any_text (void)
{
  static const gchar letters[] = "sim:auto?pace=virtul&.-_%\x01\xff /0123";
  GRand *rand = g_rand_new_with_seed (5);
  for (guint i = 0; i < 3000; i++) {
    gchar text[20] = "sim:";
    gint length = g_rand_int_range (rand, 0, sizeof text);
    for (gint j = i % 2 ? 4 : 0; j < length; j++)
      text[j] = letters[g_rand_int_range (rand, 0, sizeof letters - 1)];
    text[length] = '\0';
    g_autoptr (GError) error = NULL;
    g_autoptr (Board) board = board_open (text, NULL, &error);
    g_assert_cmpint (board == NULL, ==, error != NULL);
    if (board)
      g_assert_true (g_str_has_prefix (board_get_name (board), "sim"));
  }
  g_rand_free (rand);
}

static void
test_help (void)
{
  g_assert_nonnull (strstr (board_get_devices_help (), "auto"));
  g_assert_nonnull (strstr (board_get_devices_help (), "sim[:NAME]"));
  g_assert_nonnull (strstr (board_get_memories_help (), "sim"));
  g_assert_true (board_get_devices_help () == board_get_devices_help ());
}

/* ---- sharing ---- */

static void
test_shared (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Board) a = open_board ("sim", NULL);
  g_autoptr (Board) b = open_board ("auto", "sim");
  g_autoptr (Board) c = open_board (NULL, NULL);
  g_autoptr (Board) other = open_board ("sim:other", NULL);
  g_assert_true (a == b && b == c);
  g_assert_true (a != other);
  g_assert_true (board_get_device (a) != board_get_device (other));
  XlnkAllocator *allocator = board_get_allocator (a, &error);
  g_assert_no_error (error);
  g_assert_true (allocator == board_get_allocator (c, &error));
  g_assert_true (allocator != board_get_allocator (other, &error));
  g_assert_cmpstr (xlnk_allocator_get_name (allocator), ==, "sim");
}

static void
test_options_agree (void)
{
  Board *first = open_board ("sim:o?pace=virtual&stores=5", NULL);
  Board *same = open_board ("sim:o?pace=virtual&stores=5", NULL);
  Board *none = open_board ("sim:o", "sim");
  g_assert_true (first == same && same == none);
  assert_refused ("sim:o?pace=virtual&stores=6", NULL, VDMA_ERROR_BUSY, "sim");
  assert_refused ("sim:o?nonsense=1", NULL, VDMA_ERROR_BUSY, "options");
  assert_refused ("sim:o", "nonsense", VDMA_ERROR_INVALID, "Memories are");
  board_unref (first);
  board_unref (same);
  assert_refused ("sim:o?pace=virtual&stores=6", NULL, VDMA_ERROR_BUSY, "sim");
  board_unref (none);
  /* refusals left no reference behind */
  g_autoptr (Board) again = open_board ("sim:o?pace=virtual&stores=6", NULL);
  g_assert_cmpuint (
      vdma_device_get_desc (board_get_device (again))->n_stores, ==, 6);
}

static void
test_claims (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Board) board = open_board ("sim:c?pace=virtual", NULL);
  g_autoptr (Board) user = open_board ("sim:c", NULL);
  g_autoptr (Board) half = open_board ("sim:h?channels=mm2s", NULL);
  g_autoptr (VdmaChannel) capture =
      vdma_device_claim (board_get_device (board), VDMA_S2MM, "source", &error);
  g_autoptr (VdmaChannel) display =
      vdma_device_claim (board_get_device (user), VDMA_MM2S, "sink", &error);
  g_assert_true (capture && display);
  g_assert_null (
      vdma_device_claim (board_get_device (user), VDMA_S2MM, "second", &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_BUSY);
  g_assert_cmpstr (
      error->message, ==, "the S2MM channel of 'sim:c' is in use by 'source'");
  g_clear_error (&error);
  g_assert_null (
      vdma_device_claim (board_get_device (half), VDMA_S2MM, "source", &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "'sim:h'"));
}

/* Messages name the core as the user named the device. */
static void
test_core_name (void)
{
  static const gchar *const names[][2] = {
    { "sim", "sim" },
    { "sim?pace=virtual", "sim" },
    { "sim:n?pace=virtual", "sim:n" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (Board) board = open_board (names[i][0], NULL);
    const VdmaHwDesc *desc = vdma_device_get_desc (board_get_device (board));
    g_assert_cmpstr (desc->name, ==, names[i][1]);
    g_assert_cmpstr (desc->name, ==, board_get_name (board));
  }
}

/* ---- life ---- */

static void
test_memory_outlives (void)
{
  g_autoptr (GError) error = NULL;
  Board *board = open_board ("sim:m?pace=virtual&memory=1M", NULL);
  XlnkAllocator *allocator = board_get_allocator (board, &error);
  XlnkBlock *block =
      xlnk_alloc (allocator, 100, 1, 0, XLNK_CACHEABLE, G_MAXUINT64, &error);
  g_assert_no_error (error);
  board_unref (board);

  guint8 *pointer = xlnk_block_map (block, XLNK_ACCESS_WRITE, &error);
  g_assert_no_error (error);
  memset (pointer, 9, 100);
  xlnk_block_unmap (block, XLNK_ACCESS_WRITE);

  /* the board's memory is in use: the old options hold, and the board works */
  assert_refused ("sim:m?pace=virtual&memory=2M", NULL, VDMA_ERROR_BUSY, "1M");
  Board *again = open_board ("sim:m", NULL);
  XlnkBlock *second = xlnk_alloc (board_get_allocator (again, &error), 100, 1,
      0, XLNK_CACHEABLE, G_MAXUINT64, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (
      xlnk_block_get_phys (block), !=, xlnk_block_get_phys (second));
  board_unref (again);
  xlnk_block_unref (second);
  xlnk_block_unref (block);
  board_unref (open_board ("sim:m?pace=virtual&memory=2M", NULL));
}

static void
test_device_outlives (void)
{
  Board *board = open_board ("sim:d?pace=virtual", NULL);
  VdmaDevice *device = vdma_device_ref (board_get_device (board));
  board_unref (board_ref (board));
  board_unref (board);
  g_assert_cmpuint (vdma_device_get_desc (device)->n_stores, ==, 4);
  vdma_device_unref (device);
  board_unref (NULL);
}

static void
test_allocator_failure (void)
{
  /* A simulated memory that does not exist cannot be opened: the board can. */
  g_autoptr (GError) error = NULL;
  g_autoptr (Board) board = open_board ("sim:f?pace=virtual&memory=64k", NULL);
  XlnkAllocator *allocator = board_get_allocator (board, &error);
  g_assert_no_error (error);
  g_assert_null (
      xlnk_alloc (allocator, 65537, 1, 0, XLNK_CACHEABLE, G_MAXUINT64, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY);
  g_assert_nonnull (strstr (error->message, "69632")); /* rounded to pages */
}

/* ---- messages ---- */

static guint n_infos, n_warnings;

static gboolean
count_is_enabled (VdmaLogTopic topic, VdmaLogLevel level)
{
  return topic == VDMA_LOG_TOPIC_BOARD;
}

static void
count_write (VdmaLogTopic topic, VdmaLogLevel level, const gchar *file,
    const gchar *function, gint line, const gchar *message)
{
  if (level == VDMA_LOG_INFO && strstr (message, "simulated"))
    n_infos++;
  if (level == VDMA_LOG_WARNING)
    n_warnings++;
}

static const VdmaLogSink count_sink = { count_is_enabled, count_write };

static void
test_says_simulated (void)
{
  vdma_log_set_sink (&count_sink);
  n_infos = 0;
  board_unref (open_board ("auto", NULL));
  g_assert_cmpuint (n_infos, ==, 1);
  vdma_log_set_sink (NULL);
}

static void
test_video_mode (void)
{
  g_autoptr (Board) board = open_board ("sim:v?pace=virtual", NULL);
  const BoardVideoMode rgb = { "RGB", 64, 48, 30000, 1001 };
  const BoardVideoMode unknown_rate = { "YUY2", 64, 48, 0, 1 };
  const BoardVideoMode unknown_format = { "A-FORMAT-WITH-A-LONG-NAME", 1, 1, 1,
    1 };
  vdma_log_set_sink (&count_sink);
  n_warnings = 0;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    board_set_video_mode (board, (VdmaDirection) dir, &rgb);
    board_set_video_mode (board, (VdmaDirection) dir, &unknown_rate);
    g_assert_cmpuint (n_warnings, ==, dir);
    board_set_video_mode (board, (VdmaDirection) dir, &unknown_format);
  }
  g_assert_cmpuint (n_warnings, ==, 2);
  vdma_log_set_sink (NULL);
}

/* ---- many users at once ---- */

static gpointer
use_boards (gpointer data)
{
  for (guint i = 0; i < 100; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (Board) shared = open_board ("sim:t?pace=virtual", NULL);
    g_autoptr (Board) again = open_board ("sim:t", "sim");
    g_assert_true (shared == again);
    XlnkAllocator *allocator = board_get_allocator (shared, &error);
    g_assert_no_error (error);
    g_autoptr (XlnkBlock) block =
        xlnk_alloc (allocator, 5000, 1, 0, XLNK_CACHEABLE, G_MAXUINT64, &error);
    g_assert_no_error (error);
    g_assert_true (xlnk_block_get_allocator (block)
                   == board_get_allocator (again, &error));
  }
  return NULL;
}

static void
test_threads (void)
{
  GThread *threads[8];
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("user", use_boards, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  /* all of it is gone: other options are right again */
  board_unref (open_board ("sim:t?pace=virtual&stores=3", NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/board/accepted", test_accepted);
  g_test_add_func ("/board/refused", test_refused);
  g_test_add_func ("/board/any-text", test_any_text);
  g_test_add_func ("/board/help", test_help);
  g_test_add_func ("/board/shared", test_shared);
  g_test_add_func ("/board/options-agree", test_options_agree);
  g_test_add_func ("/board/claims", test_claims);
  g_test_add_func ("/board/core-name", test_core_name);
  g_test_add_func ("/board/memory-outlives", test_memory_outlives);
  g_test_add_func ("/board/device-outlives", test_device_outlives);
  g_test_add_func ("/board/allocator-failure", test_allocator_failure);
  g_test_add_func ("/board/says-simulated", test_says_simulated);
  g_test_add_func ("/board/video-mode", test_video_mode);
  g_test_add_func ("/board/threads", test_threads);
  return g_test_run ();
}
