/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is plugged into a board's streams: frames fed by a test, files, rates. */
#include <string.h>

#include <glib/gstdio.h>

#include "board-rig.h"
#include "sim-pattern.h"
#include "vdma-error.h"
#include "vdma-util.h"

#define MS VDMA_NSEC_PER_MSEC

/* One interrupt served. Returns: SR's error bits, cleared */
static guint32
serve (BoardRig *rig)
{
  g_assert_true (board_rig_wait (rig, VDMA_S2MM, 200 * MS));
  guint32 errors = board_rig_ack (rig, VDMA_S2MM) & VDMA_SR_S2MM_ERRORS;
  board_rig_write (rig, VDMA_S2MM, VDMA_SR, errors);
  return errors;
}

/* ---- feed ---- */

typedef struct {
  const gchar *path;
  guint n_lines;
  gsize sizes[6];
  guint32 errors;      /* once the frame after it has begun */
  guint8 stored[4][4]; /* what is in memory; 0xee: as before */
} Fed;

#define E 0xee
static const Fed fed[] = {
  { "/sim-stream/feed/good", 4, { 4, 4, 4, 4 }, 0,
      { { 1, 1, 1, 1 }, { 2, 2, 2, 2 }, { 3, 3, 3, 3 }, { 4, 4, 4, 4 } } },
  { "/sim-stream/feed/short-line", 4, { 4, 2, 4, 4 }, VDMA_SR_EOL_EARLY,
      { { 1, 1, 1, 1 }, { 2, 2, E, E }, { 3, 3, 3, 3 }, { 4, 4, 4, 4 } } },
  { "/sim-stream/feed/long-line", 4, { 4, 4, 6, 4 }, VDMA_SR_EOL_LATE,
      { { 1, 1, 1, 1 }, { 2, 2, 2, 2 }, { 3, 3, 3, 3 }, { 4, 4, 4, 4 } } },
  { "/sim-stream/feed/short-frame", 3, { 4, 4, 4 },
      VDMA_SR_SOF_EARLY | VDMA_SR_INT_ERR,
      { { 1, 1, 1, 1 }, { 2, 2, 2, 2 }, { 3, 3, 3, 3 }, { E, E, E, E } } },
  { "/sim-stream/feed/long-frame", 5, { 4, 4, 4, 4, 4 },
      VDMA_SR_SOF_LATE | VDMA_SR_INT_ERR,
      { { 1, 1, 1, 1 }, { 2, 2, 2, 2 }, { 3, 3, 3, 3 }, { 4, 4, 4, 4 } } },
};
#undef E

static void
test_feed (gconstpointer data)
{
  const Fed *row = data;
  guint8 bytes[6][8];
  BoardRig rig;
  for (guint i = 0; i < 6; i++)
    memset (bytes[i], (gint) i + 1, sizeof bytes[i]);
  const SimFeedFrame frame = { .data = bytes[0],
    .n_lines = row->n_lines,
    .stride = sizeof bytes[0],
    .line_sizes = row->sizes };
  const SimFeedFrame good = {
    .data = bytes[0], .n_lines = 4, .stride = sizeof bytes[0], .line_size = 4
  };

  board_rig_open (&rig, "feed", "pace=virtual");
  sim_board_feed_frame (rig.board, &frame);
  sim_board_feed_frame (rig.board, &good);
  g_assert_cmpuint (sim_board_get_n_fed (rig.board), ==, 2);
  /* nobody listens: what was fed waits */
  sim_board_advance (rig.board, 100 * MS);
  g_assert_cmpuint (sim_board_get_n_fed (rig.board), ==, 2);
  board_rig_start (&rig, VDMA_S2MM, 4, 4);
  sim_board_advance (rig.board, 40 * MS);
  g_assert_cmpuint (sim_board_get_n_fed (rig.board), ==, 0);
  g_assert_cmphex (
      board_rig_read (&rig, VDMA_S2MM, VDMA_SR) & VDMA_SR_S2MM_ERRORS, ==,
      row->errors);
  g_assert_cmpmem (board_rig_view (&rig, VDMA_S2MM, 0), 16, row->stored, 16);
  board_rig_close (&rig);
}

/* ---- files ---- */

typedef struct {
  gchar *folder, *path, *options;
} TestFile;

static void
make_file (
    TestFile *file, const guint8 *content, gsize size, const gchar *options)
{
  g_autoptr (GError) error = NULL;
  file->folder = g_dir_make_tmp ("vdma-XXXXXX", &error);
  g_assert_no_error (error);
  file->path = g_build_filename (file->folder, "a&b%.bin", NULL);
  g_file_set_contents (
      file->path, (const gchar *) content, (gssize) size, &error);
  g_assert_no_error (error);
  g_autofree gchar *escaped = g_uri_escape_string (file->path, "/", TRUE);
  file->options =
      g_strdup_printf ("pace=virtual&stream=file:%s%s", escaped, options);
}

static void
remove_file (TestFile *file)
{
  g_assert_cmpint (g_unlink (file->path), ==, 0);
  g_assert_cmpint (g_rmdir (file->folder), ==, 0);
  g_free (file->folder);
  g_free (file->path);
  g_free (file->options);
}

/* Three frames of 4 x 2 bytes and a rest, again and again. */
static void
test_raw_file (void)
{
  guint8 content[3 * 8 + 5];
  TestFile file;
  BoardRig rig;
  for (guint i = 0; i < sizeof content; i++)
    content[i] = (guint8) i;
  make_file (&file, content, sizeof content, "");
  board_rig_open (&rig, "file", file.options);
  board_rig_start (&rig, VDMA_S2MM, 4, 2);
  for (guint i = 1; i < 8; i++) {
    g_assert_cmphex (serve (&rig), ==, 0);
    guint store = board_rig_store (&rig, VDMA_S2MM);
    g_assert_cmpmem (
        board_rig_view (&rig, VDMA_S2MM, store), 8, content + i % 3 * 8, 8);
  }
  board_rig_close (&rig);
  remove_file (&file);
}

#define Y4M_420                                                                \
  "YUV4MPEG2 W3 H3 F25:1 Ip C420jpeg\n"                                        \
  "FRAME\n"                                                                    \
  "abcdefghi"                                                                  \
  "1234"                                                                       \
  "5678"                                                                       \
  "FRAME Xwith=words\n"                                                        \
  "ABCDEFGHI"                                                                  \
  "qrst"                                                                       \
  "uvwx"

typedef struct {
  const gchar *path;
  const gchar *content, *options;
  guint hsize, vsize;
  const gchar *first, *second; /* frames, line by line */
} Y4mCase;

static const Y4mCase y4m_cases[] = {
  { "/sim-stream/y4m/420-yuy2", Y4M_420, "", 8, 3,
      "a1b5c2c6"
      "d1e5f2f6"
      "g3h7i4i8",
      "AqBuCrCv"
      "DqEuFrFv"
      "GsHwItIx" },
  { "/sim-stream/y4m/420-uyvy", Y4M_420, "&format=UYVY", 8, 3,
      "1a5b2c6c"
      "1d5e2f6f"
      "3g7h4i8i",
      "qAuBrCvC"
      "qDuErFvF"
      "sGwHtIxI" },
  { "/sim-stream/y4m/422",
      "YUV4MPEG2 W2 H2 C422\nFRAME\n"
      "abcd1256",
      "", 4, 2, "a1b5c2d6", "a1b5c2d6" },
};

static void
test_y4m (gconstpointer data)
{
  const Y4mCase *row = data;
  TestFile file;
  BoardRig rig;
  gsize size = row->hsize * row->vsize;
  make_file (&file, (const guint8 *) row->content, strlen (row->content),
      row->options);
  board_rig_open (&rig, "file", file.options);
  board_rig_start (&rig, VDMA_S2MM, row->hsize, row->vsize);
  /* frame 0 began before the start */
  const gchar *const frames[] = { row->second, row->first };
  for (guint i = 0; i < 2; i++) {
    g_assert_cmphex (serve (&rig), ==, 0);
    g_assert_cmpmem (
        board_rig_view (&rig, VDMA_S2MM, i), size, frames[i], size);
  }
  board_rig_close (&rig);
  remove_file (&file);
}

/* The file's own rate holds where no option says otherwise. */
static void
test_y4m_rate (void)
{
  TestFile file;
  BoardRig rig;
  make_file (&file, (const guint8 *) Y4M_420, strlen (Y4M_420), "");
  board_rig_open (&rig, "file", file.options);
  board_rig_start (&rig, VDMA_S2MM, 8, 3);
  serve (&rig);
  gint64 start = vdma_time_now (rig.time);
  serve (&rig);
  g_assert_cmpint (vdma_time_now (rig.time) - start, ==, 40 * MS);
  board_rig_close (&rig);
  remove_file (&file);
}

typedef struct {
  const gchar *content;
  gint code;
  const gchar *part;
} BadFile;

static const BadFile bad_files[] = {
  { "", VDMA_ERROR_INVALID, "empty" },
  { "YUV4MPEG2 W2 H2", VDMA_ERROR_INVALID, "does not end" },
  { "YUV4MPEG2 W0 H2\nFRAME\n", VDMA_ERROR_INVALID, "'YUV4MPEG2 W0 H2'" },
  { "YUV4MPEG2 W2 H9999\nFRAME\n", VDMA_ERROR_INVALID, "H8191" },
  { "YUV4MPEG2 W2 H2 C420p10\n", VDMA_ERROR_UNSUPPORTED, "C420p10" },
  { "YUV4MPEG2 W2 H2\nFRAME\nabc", VDMA_ERROR_INVALID, "no whole frame" },
  { "YUV4MPEG2 W2 H2\nFLAME\nabcdef", VDMA_ERROR_INVALID, "no whole frame" },
};

static void
test_bad_files (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad_files); i++) {
    const BadFile *row = &bad_files[i];
    g_autoptr (GError) error = NULL;
    TestFile file;
    make_file (&file, (const guint8 *) row->content, strlen (row->content), "");
    g_assert_null (sim_board_open ("file", file.options, &error));
    g_assert_error (error, VDMA_ERROR, row->code);
    if (!strstr (error->message, row->part))
      g_error ("'%s' is not in '%s'", row->part, error->message);
    remove_file (&file);
  }
  g_autoptr (GError) error = NULL;
  g_assert_null (
      sim_board_open ("file", "stream=file:/nowhere/at%20all", &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "'/nowhere/at all'"));
  g_clear_error (&error);
  g_assert_null (sim_board_open ("file", "stream=file:/dev/zero", &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
}

/* ---- rates ---- */

/* The same seed gives the same run, another one another. */
static void
test_jitter (void)
{
  static const gchar *const options[] = {
    "pace=virtual&jitter=5000000&seed=1",
    "pace=virtual&jitter=5000000&seed=1",
    "pace=virtual&jitter=5000000&seed=2",
  };
  gint64 times[3][20];
  for (guint run = 0; run < 3; run++) {
    BoardRig rig;
    board_rig_open (&rig, "counter", options[run]);
    board_rig_start (&rig, VDMA_S2MM, 16, 4);
    for (guint i = 0; i < 20; i++) {
      g_assert_cmphex (serve (&rig), ==, 0);
      times[run][i] = vdma_time_now (rig.time);
    }
    board_rig_close (&rig);
  }
  g_assert_cmpmem (times[0], sizeof times[0], times[1], sizeof times[1]);
  g_assert_cmpint (memcmp (times[0], times[2], sizeof times[0]), !=, 0);
}

/* Four frames within the time of one, then a pause. */
static void
test_burst (void)
{
  BoardRig rig;
  SimTruth truth;
  board_rig_open (&rig, "counter", "pace=virtual&burst=4&fps=100");
  board_rig_start (&rig, VDMA_S2MM, 16, 4);
  sim_board_advance (rig.board, 39 * MS);
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.channel[VDMA_S2MM].frames_done, ==, 3);
  sim_board_advance (rig.board, 11 * MS);
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.channel[VDMA_S2MM].frames_done, ==, 7);
  sim_board_advance (rig.board, 28 * MS);
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.channel[VDMA_S2MM].frames_done, ==, 7);
  board_rig_close (&rig);
}

/* A receiver without frame sync that wakes up in mid-frame takes the lines that
 * are left of it, and its picture is rolled from then on. */
static void
test_free_run_joins (void)
{
  const guint hsize = 64, vsize = 8;
  BoardRig rig;
  guint64 number;
  guint line;
  board_rig_open (&rig, "counter",
      "pace=virtual&s2mm-fsync=none&width=64&height=8&fps=100");
  /* lines every 1.1875 ms: 0 to 4 are gone */
  sim_board_advance (rig.board, 5 * MS);
  board_rig_start (&rig, VDMA_S2MM, hsize, vsize);
  sim_board_advance (rig.board, 10 * MS);
  const guint8 *data = board_rig_view (&rig, VDMA_S2MM, 0);
  g_assert_true (sim_counter_peek (data, hsize, &number, &line));
  g_assert_cmpuint (number, ==, 0);
  g_assert_cmpuint (line, ==, 5);
  g_assert_true (sim_counter_peek (data + 3 * hsize, hsize, &number, &line));
  g_assert_cmpuint (number, ==, 1);
  g_assert_cmpuint (line, ==, 0);
  board_rig_close (&rig);
}

/* The two ends of the loop at their own rates: a slow display is repeated, and
 * what is seen is always whole. */
static void
test_loop_two_rates (void)
{
  const guint hsize = 64, vsize = 8;
  g_autoptr (SimPattern) pattern = sim_pattern_new (SIM_PATTERN_COUNTER);
  const SimShape shape = { .width = hsize, .size = hsize, .lines = vsize };
  SimCounterJudge judge = { 0 };
  SimCounterCheck check;
  guint steps[SIM_COUNTER_BACKWARDS + 1] = { 0 };
  BoardRig rig;

  board_rig_open (&rig, "loop", "pace=virtual&fps=60&display-fps=24");
  board_rig_alloc (&rig, VDMA_MM2S, hsize, vsize, hsize, 0);
  for (guint n = 0; n < 4; n++) {
    XlnkBlock *block = rig.channel[VDMA_MM2S].blocks[n];
    xlnk_block_set_owner (block, XLNK_OWNER_APPLICATION, FALSE, NULL);
    guint8 *data = xlnk_block_map (block, XLNK_ACCESS_WRITE, NULL);
    sim_pattern_begin (pattern, n, &shape);
    for (guint i = 0; i < vsize; i++)
      memcpy (data + i * hsize, sim_pattern_line (pattern, i), hsize);
    xlnk_block_unmap (block, XLNK_ACCESS_WRITE);
    xlnk_block_set_owner (block, XLNK_OWNER_DEVICE, FALSE, NULL);
  }
  board_rig_program (&rig, VDMA_MM2S);
  board_rig_run (&rig, VDMA_MM2S, VDMA_CR_CIRCULAR);
  board_rig_start (&rig, VDMA_S2MM, hsize, vsize);
  for (guint i = 0; i < 60; i++) {
    g_assert_cmphex (serve (&rig), ==, 0);
    guint store = board_rig_store (&rig, VDMA_S2MM);
    g_assert_true (sim_pattern_check_counter (
        board_rig_view (&rig, VDMA_S2MM, store), hsize, hsize, vsize, &check));
    check.bits = 2;
    steps[sim_counter_judge (&judge, &check)]++;
  }
  g_assert_cmpuint (steps[SIM_COUNTER_SKIPPED], ==, 0);
  g_assert_cmpuint (steps[SIM_COUNTER_BACKWARDS], ==, 0);
  /* 60 frames in a second, of which 24 are new; the first one is neither */
  g_assert_cmpuint (steps[SIM_COUNTER_NEXT], >=, 22);
  g_assert_cmpuint (steps[SIM_COUNTER_NEXT], <=, 24);
  board_rig_close (&rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (fed); i++)
    g_test_add_data_func (fed[i].path, &fed[i], test_feed);
  g_test_add_func ("/sim-stream/raw-file", test_raw_file);
  for (guint i = 0; i < G_N_ELEMENTS (y4m_cases); i++)
    g_test_add_data_func (y4m_cases[i].path, &y4m_cases[i], test_y4m);
  g_test_add_func ("/sim-stream/y4m/rate", test_y4m_rate);
  g_test_add_func ("/sim-stream/bad-files", test_bad_files);
  g_test_add_func ("/sim-stream/jitter", test_jitter);
  g_test_add_func ("/sim-stream/burst", test_burst);
  g_test_add_func ("/sim-stream/free-run-joins", test_free_run_joins);
  g_test_add_func ("/sim-stream/loop-two-rates", test_loop_two_rates);
  return g_test_run ();
}
