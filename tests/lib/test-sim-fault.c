/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fault scripts: what they say, what is wrong with them, and what they do. */
#include <string.h>

#include <glib/gstdio.h>

#include "board-rig.h"
#include "sim-fault-script.h"
#include "vdma-error.h"
#include "vdma-util.h"

#define MS    VDMA_NSEC_PER_MSEC
#define HSIZE 16
#define VSIZE 4
#define HEAD  "vdma-faults 1\n"

/* ---- where scripts come from ---- */

static void
test_sources (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *folder = g_dir_make_tmp ("vdma-XXXXXX", &error);
  g_autofree gchar *path = g_build_filename (folder, "faults.txt", NULL);
  g_assert_true (g_file_set_contents (
      path, HEAD "at frame 1 inject s2mm eol-late", -1, &error));
  g_autofree gchar *by_file = g_strdup_printf ("pace=virtual&faults=@%s", path);
  const gchar *const options[] = {
    "pace=virtual&faults=vdma-faults%201%0aat%20frame%201%20inject%20s2mm%20"
    "eol-late",
    by_file,
    "pace=virtual",
  };
  for (guint i = 0; i < G_N_ELEMENTS (options); i++) {
    BoardRig rig;
    if (i == 2)
      g_setenv ("GST_VDMA_SIM_FAULTS",
          "vdma-faults 1; at frame 1 inject s2mm eol-late", TRUE);
    board_rig_open (&rig, "bars", options[i]);
    board_rig_start (&rig, VDMA_S2MM, HSIZE, VSIZE);
    sim_board_advance (rig.board, 50 * MS);
    guint32 sr = board_rig_read (&rig, VDMA_S2MM, VDMA_SR);
    g_assert_cmphex (sr & VDMA_SR_S2MM_ERRORS, ==, VDMA_SR_EOL_LATE);
    board_rig_close (&rig);
  }
  g_setenv ("GST_VDMA_SIM_FAULTS", "vdma-faults 9", TRUE);
  g_assert_null (sim_board_open ("bars", "pace=virtual", &error));
  g_assert_nonnull (strstr (error->message, "GST_VDMA_SIM_FAULTS"));
  g_unsetenv ("GST_VDMA_SIM_FAULTS");
  g_unlink (path);
  g_clear_error (&error);
  g_assert_null (sim_board_open ("bars", by_file, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, path));
  g_rmdir (folder);
}

/* ---- what they do ---- */

static void
open_with (BoardRig *rig, const gchar *name, const gchar *script)
{
  g_autoptr (GError) error = NULL;
  board_rig_open (rig, name, "pace=virtual&fps=100");
  sim_board_set_faults (rig->board, script, &error);
  g_assert_no_error (error);
}

static guint32
errors_of (BoardRig *rig, VdmaDirection dir)
{
  return board_rig_read (rig, dir, VDMA_SR)
         & (dir == VDMA_S2MM ? VDMA_SR_S2MM_ERRORS : VDMA_SR_MM2S_ERRORS);
}

/* A script at frame 2, and SR's errors before and in or after that frame. */
typedef struct {
  const gchar *path;
  VdmaDirection dir;
  const gchar *action;
  guint32 errors;
  gboolean halts;
} Effect;

static const Effect effects[] = {
  { "/sim-fault/inject/int-err", VDMA_S2MM, "inject s2mm int-err",
      VDMA_SR_INT_ERR, TRUE },
  { "/sim-fault/inject/slv-err", VDMA_S2MM, "inject s2mm slv-err",
      VDMA_SR_SLV_ERR, TRUE },
  { "/sim-fault/inject/dec-err", VDMA_S2MM, "inject s2mm dec-err",
      VDMA_SR_DEC_ERR, TRUE },
  { "/sim-fault/inject/sof-early", VDMA_S2MM, "inject s2mm sof-early",
      VDMA_SR_SOF_EARLY | VDMA_SR_INT_ERR, FALSE },
  { "/sim-fault/inject/eol-early", VDMA_S2MM, "inject s2mm eol-early",
      VDMA_SR_EOL_EARLY, FALSE },
  { "/sim-fault/inject/sof-late", VDMA_S2MM, "inject s2mm sof-late",
      VDMA_SR_SOF_LATE | VDMA_SR_INT_ERR, FALSE },
  { "/sim-fault/inject/eol-late", VDMA_S2MM, "inject s2mm eol-late",
      VDMA_SR_EOL_LATE, FALSE },
  { "/sim-fault/inject/mm2s-dec-err", VDMA_MM2S, "inject mm2s dec-err",
      VDMA_SR_DEC_ERR, TRUE },
  { "/sim-fault/inject/mm2s-sof-early", VDMA_MM2S, "inject mm2s sof-early",
      VDMA_SR_SOF_EARLY | VDMA_SR_INT_ERR, FALSE },
  { "/sim-fault/short-frame", VDMA_S2MM, "short-frame 1",
      VDMA_SR_SOF_EARLY | VDMA_SR_INT_ERR, FALSE },
  { "/sim-fault/long-frame", VDMA_S2MM, "long-frame 2",
      VDMA_SR_SOF_LATE | VDMA_SR_INT_ERR, FALSE },
  { "/sim-fault/short-line", VDMA_S2MM, "short-line 1 3", VDMA_SR_EOL_EARLY,
      FALSE },
  { "/sim-fault/long-line", VDMA_S2MM, "long-line 3 100", VDMA_SR_EOL_LATE,
      FALSE },
  { "/sim-fault/mode/smaller", VDMA_S2MM, "mode 16x2",
      VDMA_SR_SOF_EARLY | VDMA_SR_INT_ERR, FALSE },
  { "/sim-fault/mode/narrower", VDMA_S2MM, "mode 4x4 RGB", VDMA_SR_EOL_EARLY,
      FALSE },
  { "/sim-fault/bus-error/decerr", VDMA_S2MM, "bus-error s2mm decerr",
      VDMA_SR_DEC_ERR, TRUE },
  { "/sim-fault/bus-error/slverr", VDMA_S2MM, "bus-error s2mm slverr line 3",
      VDMA_SR_SLV_ERR, TRUE },
  { "/sim-fault/bus-error/mm2s", VDMA_MM2S, "bus-error mm2s slverr",
      VDMA_SR_SLV_ERR, TRUE },
  /* from line 2 of the third store on */
  { "/sim-fault/bus-range", VDMA_S2MM,
      "bus-range s2mm decerr 0x1000202f-0x10002fff", VDMA_SR_DEC_ERR, TRUE },
  { "/sim-fault/bus-range/elsewhere", VDMA_S2MM,
      "bus-range s2mm decerr 0x20000000-0x2fffffff", 0, FALSE },
};

static void
test_effect (gconstpointer data)
{
  const Effect *effect = data;
  g_autofree gchar *script =
      g_strdup_printf (HEAD "at frame 2 %s", effect->action);
  BoardRig rig;
  SimTruth truth;
  open_with (&rig, "bars", script);
  board_rig_start (&rig, effect->dir, HSIZE, VSIZE);
  /* frames begin 10 ms after the start; this is just before frame 2 */
  sim_board_advance (rig.board, 30 * MS - 1);
  g_assert_cmphex (errors_of (&rig, effect->dir), ==, 0);
  sim_board_advance (rig.board, 19 * MS);
  g_assert_cmphex (errors_of (&rig, effect->dir), ==, effect->errors);
  guint32 sr = board_rig_read (&rig, effect->dir, VDMA_SR);
  g_assert_cmpint ((sr & VDMA_SR_HALTED) != 0, ==, effect->halts);
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.faults, ==, 1);
  board_rig_assert_no_complaints (&rig);
  board_rig_close (&rig);
}

static void
test_unplug (void)
{
  BoardRig rig;
  SimTruth truth;
  open_with (&rig, "bars",
      HEAD "at frame 2 unplug for 45ms; at time 200ms unplug; "
           "at time 300ms plug");
  board_rig_start (&rig, VDMA_S2MM, HSIZE, VSIZE);
  sim_board_advance (rig.board, 105 * MS);
  sim_board_get_truth (rig.board, &truth);
  /* of the frames at 10 to 100 ms those at 30 to 70 did not come */
  g_assert_cmpuint (truth.channel[VDMA_S2MM].frames_started, ==, 5);
  sim_board_advance (rig.board, 300 * MS);
  sim_board_get_truth (rig.board, &truth);
  /* of 110 to 400 those at 200 to 290 */
  g_assert_cmpuint (truth.channel[VDMA_S2MM].frames_started, ==, 25);
  g_assert_cmpuint (truth.channel[VDMA_S2MM].frames_generated, ==, 26);
  board_rig_close (&rig);
}

static void
test_mode_rate (void)
{
  BoardRig rig;
  SimTruth truth;
  open_with (&rig, "bars", HEAD "at frame 2 mode 16x4 GRAY8 at 1000");
  board_rig_start (&rig, VDMA_S2MM, HSIZE, VSIZE);
  sim_board_advance (rig.board, 50 * MS);
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.channel[VDMA_S2MM].frames_started, ==, 2 + 21);
  g_assert_cmphex (errors_of (&rig, VDMA_S2MM), ==, 0);
  board_rig_close (&rig);
}

/* ---- interrupts ---- */

static void
test_irq_lose (void)
{
  BoardRig rig;
  open_with (&rig, "bars", HEAD "at frame 0 irq-lose s2mm");
  board_rig_start (&rig, VDMA_S2MM, HSIZE, VSIZE);
  /* the flag is up, nobody was told, and the level gives no second edge */
  g_assert_false (board_rig_wait (&rig, VDMA_S2MM, 100 * MS));
  guint32 sr = board_rig_read (&rig, VDMA_S2MM, VDMA_SR);
  g_assert_cmphex (sr & VDMA_SR_FRMCNT_IRQ, !=, 0);
  /* a look by time finds it, and arming brings the next ones */
  board_rig_ack (&rig, VDMA_S2MM);
  g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 11 * MS));
  board_rig_close (&rig);
}

static void
test_irq_delay (void)
{
  BoardRig rig;
  open_with (&rig, "bars", HEAD "at frame 1 irq-delay s2mm 3ms");
  board_rig_start (&rig, VDMA_S2MM, HSIZE, VSIZE);
  gint64 times[3];
  for (guint i = 0; i < 3; i++) {
    g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 40 * MS));
    times[i] = vdma_time_now (rig.time);
    board_rig_ack (&rig, VDMA_S2MM);
  }
  g_assert_cmpint (times[1] - times[0], ==, 13 * MS);
  g_assert_cmpint (times[2] - times[1], ==, 7 * MS);
  board_rig_close (&rig);
}

/* The delayed interrupt of a run that is over: nothing else lies ahead. */
static void
test_irq_delay_alone (void)
{
  BoardRig rig;
  open_with (&rig, "bars", HEAD "at frame 0 irq-delay s2mm 3ms");
  board_rig_alloc (&rig, VDMA_S2MM, HSIZE, VSIZE, HSIZE, 0);
  board_rig_program (&rig, VDMA_S2MM);
  board_rig_run (&rig, VDMA_S2MM,
      VDMA_CR_FRAME_CNT_EN | VDMA_CR_FRMCNT_IRQ_EN
          | VDMA_FIELD_PREP (VDMA_CR_IRQ_FRAME_COUNT, 1));
  GPollFD fd = { .fd = vdma_irq_get_fd (rig.irqs[VDMA_S2MM]),
    .events = G_IO_IN };
  g_assert_cmpint (vdma_time_wait (rig.time, &fd, 1, G_MAXINT64), ==, 1);
  board_rig_close (&rig);
}

static void
test_irq_repeat (void)
{
  BoardRig rig;
  open_with (&rig, "bars", HEAD "at frame 0 irq-repeat s2mm");
  board_rig_start (&rig, VDMA_S2MM, HSIZE, VSIZE);
  g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 40 * MS));
  gint64 time = vdma_time_now (rig.time);
  g_assert_cmphex (board_rig_ack (&rig, VDMA_S2MM) & VDMA_SR_FRMCNT_IRQ, !=, 0);
  /* again, at once, and there is nothing to do */
  g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 40 * MS));
  g_assert_cmpint (vdma_time_now (rig.time), ==, time);
  g_assert_cmphex (board_rig_ack (&rig, VDMA_S2MM) & VDMA_SR_FRMCNT_IRQ, ==, 0);
  g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 40 * MS));
  g_assert_cmpint (vdma_time_now (rig.time), ==, time + 10 * MS);
  board_rig_close (&rig);
}

static void
test_irq_spurious (void)
{
  BoardRig rig;
  open_with (&rig, "silence", HEAD "at time 5ms irq-spurious mm2s");
  gint64 start = vdma_time_now (rig.time);
  /* nothing else lies ahead */
  GPollFD fd = { .fd = vdma_irq_get_fd (rig.irqs[VDMA_MM2S]),
    .events = G_IO_IN };
  g_assert_cmpint (vdma_time_wait (rig.time, &fd, 1, G_MAXINT64), ==, 1);
  g_assert_cmpint (vdma_time_now (rig.time), ==, start + 5 * MS);
  g_assert_cmphex (board_rig_ack (&rig, VDMA_MM2S) & VDMA_SR_IRQS, ==, 0);
  g_assert_false (board_rig_wait (&rig, VDMA_MM2S, 40 * MS));
  board_rig_close (&rig);
}

/* ---- reset and clock ---- */

static void
test_reset_stuck (void)
{
  BoardRig rig;
  open_with (&rig, "bars", HEAD "at time 1ms reset-stuck s2mm for 50ms");
  sim_board_advance (rig.board, 2 * MS);
  board_rig_write (&rig, VDMA_S2MM, VDMA_CR, VDMA_CR_RESET);
  sim_board_advance (rig.board, 49 * MS);
  g_assert_cmphex (
      board_rig_read (&rig, VDMA_S2MM, VDMA_CR) & VDMA_CR_RESET, !=, 0);
  sim_board_advance (rig.board, 2 * MS);
  board_rig_read (&rig, VDMA_S2MM, VDMA_CR);
  g_assert_cmphex (
      board_rig_read (&rig, VDMA_S2MM, VDMA_CR) & VDMA_CR_RESET, ==, 0);
  /* the next reset is a good one again */
  board_rig_write (&rig, VDMA_S2MM, VDMA_CR, VDMA_CR_RESET);
  sim_board_advance (rig.board, MS);
  board_rig_read (&rig, VDMA_S2MM, VDMA_CR);
  g_assert_cmphex (
      board_rig_read (&rig, VDMA_S2MM, VDMA_CR) & VDMA_CR_RESET, ==, 0);
  board_rig_close (&rig);
}

static void
test_clock_stop (void)
{
  BoardRig rig;
  SimTruth truth;
  open_with (&rig, "bars", HEAD "at frame 2 clock-stop s2mm for 35ms");
  board_rig_start (&rig, VDMA_S2MM, HSIZE, VSIZE);
  sim_board_advance (rig.board, 60 * MS);
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.channel[VDMA_S2MM].frames_started, ==, 2);
  sim_board_advance (rig.board, 20 * MS);
  sim_board_get_truth (rig.board, &truth);
  const SimChannelTruth *s2mm = &truth.channel[VDMA_S2MM];
  g_assert_cmpuint (s2mm->frames_started, >, 2);
  g_assert_cmpuint (
      s2mm->frames_generated, ==, s2mm->frames_started + s2mm->frames_dropped);
  board_rig_close (&rig);
}

/* ---- bus ---- */

typedef struct {
  const gchar *path;
  const gchar *action; /* at frame 2, for store 2 at 0x10002000 */
  guint n_lines;       /* of that frame, before the error */
} BusLine;

static const BusLine bus_lines[] = {
  { "/sim-fault/bus-line/first", "bus-error s2mm slverr", 0 },
  { "/sim-fault/bus-line/last", "bus-error s2mm slverr line 3", 3 },
  { "/sim-fault/bus-line/range-begins-in-line",
      "bus-range s2mm slverr 0x1000201f-0x10002fff", 1 },
  { "/sim-fault/bus-line/range-is-one-byte",
      "bus-range s2mm slverr 0x10002020-0x10002020", 2 },
};

/* The error comes with the very line, and once: after a reset all is well. */
static void
test_bus_line (gconstpointer data)
{
  const BusLine *row = data;
  g_autofree gchar *script = g_strdup_printf (
      HEAD "at frame 2 %s; at frame 3 bus-clear s2mm", row->action);
  BoardRig rig;
  SimTruth truth;
  open_with (&rig, "bars", script);
  board_rig_start (&rig, VDMA_S2MM, HSIZE, VSIZE);
  sim_board_advance (rig.board, 45 * MS);
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (
      truth.channel[VDMA_S2MM].lines, ==, 2 * VSIZE + row->n_lines);
  board_rig_write (&rig, VDMA_S2MM, VDMA_CR, VDMA_CR_RESET);
  sim_board_advance (rig.board, MS);
  board_rig_program (&rig, VDMA_S2MM);
  board_rig_run (&rig, VDMA_S2MM, VDMA_CR_CIRCULAR);
  sim_board_advance (rig.board, 50 * MS);
  g_assert_cmphex (errors_of (&rig, VDMA_S2MM), ==, 0);
  board_rig_close (&rig);
}

/* A single bus error is over when it has happened. */
static void
test_bus_error_once (void)
{
  BoardRig rig;
  open_with (&rig, "bars", HEAD "at frame 0 bus-error s2mm decerr");
  for (guint i = 0; i < 2; i++) {
    board_rig_start (&rig, VDMA_S2MM, HSIZE, VSIZE);
    sim_board_advance (rig.board, 30 * MS);
    g_assert_cmphex (
        errors_of (&rig, VDMA_S2MM), ==, i == 0 ? VDMA_SR_DEC_ERR : 0);
    board_rig_write (&rig, VDMA_S2MM, VDMA_CR, VDMA_CR_RESET);
    sim_board_advance (rig.board, MS);
  }
  board_rig_close (&rig);
}

/* ---- memory ---- */

static void
test_alloc_fail (void)
{
  BoardRig rig;
  open_with (&rig, "bars", HEAD "at alloc 2 alloc-fail 2");
  for (guint i = 1; i <= 5; i++) {
    g_autoptr (GError) error = NULL;
    XlnkBlock *block = xlnk_alloc (
        rig.memory, 1, 4096, 0, XLNK_CACHEABLE, G_MAXUINT32, &error);
    if (i == 2 || i == 3)
      g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY);
    else
      g_assert_no_error (error);
    xlnk_block_unref (block);
  }
  board_rig_close (&rig);
}

/* ---- repetition and chance ---- */

static void
test_every (void)
{
  BoardRig rig;
  SimTruth truth;
  open_with (
      &rig, "bars", HEAD "every 3 frames from 2 until 9 inject s2mm eol-early");
  board_rig_start (&rig, VDMA_S2MM, HSIZE, VSIZE);
  sim_board_advance (rig.board, 200 * MS);
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.faults, ==, 3); /* 2, 5, 8 */
  board_rig_close (&rig);
}

/* Bits of the frames with a fault, of the first 64. */
static guint64
run_random (const gchar *script)
{
  guint64 seen = 0;
  BoardRig rig;
  open_with (&rig, "bars", script);
  board_rig_start (&rig, VDMA_S2MM, HSIZE, VSIZE);
  sim_board_advance (rig.board, 5 * MS);
  for (guint i = 0; i < 64; i++) {
    sim_board_advance (rig.board, 10 * MS);
    guint32 errors = errors_of (&rig, VDMA_S2MM);
    board_rig_write (&rig, VDMA_S2MM, VDMA_SR, errors);
    seen |= (guint64) (errors != 0) << i;
  }
  board_rig_close (&rig);
  return seen;
}

static void
test_random (void)
{
  guint64 one = run_random (HEAD "seed 1\nrandom 1/4 inject s2mm eol-early");
  g_assert_cmphex (
      one, ==, run_random (HEAD "seed 1\nrandom 1/4 inject s2mm eol-early"));
  g_assert_cmphex (
      one, !=, run_random (HEAD "seed 2\nrandom 1/4 inject s2mm eol-early"));
  gint n = __builtin_popcountll (one);
  g_assert_cmpint (n, >=, 6);
  g_assert_cmpint (n, <=, 28);
  g_assert_cmphex (
      run_random (HEAD "random 1/1 inject s2mm eol-early"), ==, G_MAXUINT64);
}

/* A wrong script changes nothing; none ends what is still to come. */
static void
test_replace (void)
{
  g_autoptr (GError) error = NULL;
  BoardRig rig;
  open_with (&rig, "bars", HEAD "at frame 3 inject s2mm eol-early");
  g_assert_false (sim_board_set_faults (rig.board, "nonsense", &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
  board_rig_start (&rig, VDMA_S2MM, HSIZE, VSIZE);
  sim_board_advance (rig.board, 50 * MS);
  g_assert_cmphex (errors_of (&rig, VDMA_S2MM), ==, VDMA_SR_EOL_EARLY);
  board_rig_write (&rig, VDMA_S2MM, VDMA_SR, VDMA_SR_EOL_EARLY);
  g_assert_true (sim_board_set_faults (
      rig.board, HEAD "at frame 3 inject s2mm eol-late", NULL));
  g_assert_true (sim_board_set_faults (rig.board, NULL, NULL));
  sim_board_advance (rig.board, 100 * MS);
  g_assert_cmphex (errors_of (&rig, VDMA_S2MM), ==, 0);
  board_rig_close (&rig);
}

/* The wire between the loop's ends can be pulled as well. */
static void
test_loop_unplug (void)
{
  BoardRig rig;
  SimTruth truth;
  open_with (&rig, "loop", HEAD "at frame 2 unplug for 25ms");
  board_rig_start (&rig, VDMA_S2MM, HSIZE, VSIZE);
  board_rig_start (&rig, VDMA_MM2S, HSIZE, VSIZE);
  sim_board_advance (rig.board, 105 * MS);
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.channel[VDMA_MM2S].frames_done, ==, 10 - 1);
  g_assert_cmpuint (truth.channel[VDMA_S2MM].frames_started, ==, 10 - 3);
  board_rig_close (&rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-fault/sources", test_sources);
  for (guint i = 0; i < G_N_ELEMENTS (effects); i++)
    g_test_add_data_func (effects[i].path, &effects[i], test_effect);
  for (guint i = 0; i < G_N_ELEMENTS (bus_lines); i++)
    g_test_add_data_func (bus_lines[i].path, &bus_lines[i], test_bus_line);
  g_test_add_func ("/sim-fault/bus-error/once", test_bus_error_once);
  g_test_add_func ("/sim-fault/unplug", test_unplug);
  g_test_add_func ("/sim-fault/loop-unplug", test_loop_unplug);
  g_test_add_func ("/sim-fault/mode-rate", test_mode_rate);
  g_test_add_func ("/sim-fault/irq/lose", test_irq_lose);
  g_test_add_func ("/sim-fault/irq/delay", test_irq_delay);
  g_test_add_func ("/sim-fault/irq/delay/alone", test_irq_delay_alone);
  g_test_add_func ("/sim-fault/irq/repeat", test_irq_repeat);
  g_test_add_func ("/sim-fault/irq/spurious", test_irq_spurious);
  g_test_add_func ("/sim-fault/reset-stuck", test_reset_stuck);
  g_test_add_func ("/sim-fault/clock-stop", test_clock_stop);
  g_test_add_func ("/sim-fault/alloc-fail", test_alloc_fail);
  g_test_add_func ("/sim-fault/every", test_every);
  g_test_add_func ("/sim-fault/random", test_random);
  g_test_add_func ("/sim-fault/replace", test_replace);
  return g_test_run ();
}
