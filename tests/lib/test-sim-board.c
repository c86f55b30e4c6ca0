/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A simulated board as a whole: life, registers, interrupt lines, frames. */
#include <string.h>

#include "board-rig.h"
#include "sim-pattern.h"
#include "vdma-error.h"
#include "vdma-util.h"

#define MS VDMA_NSEC_PER_MSEC

/* ---- life ---- */

static void
test_registry (void)
{
  g_autoptr (GError) error = NULL;
  SimBoard *one = sim_board_open ("one", "pace=virtual&stores=3", &error);
  g_assert_no_error (error);
  SimBoard *same = sim_board_open ("one", "stores=3&pace=virtual", &error);
  g_assert_true (same == one);
  SimBoard *unsaid = sim_board_open ("one", NULL, &error);
  g_assert_true (unsaid == one);
  SimBoard *other = sim_board_open (NULL, "pace=virtual", &error);
  g_assert_no_error (error);
  g_assert_true (other != one);
  g_assert_cmpstr (sim_board_get_name (other), ==, "");
  g_assert_cmpuint (sim_board_get_desc (one)->n_stores, ==, 3);

  g_assert_null (sim_board_open ("one", "pace=virtual&stores=5", &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "stores=3"));
  g_assert_nonnull (strstr (error->message, "stores=5"));

  sim_board_unref (one);
  sim_board_unref (same);
  sim_board_unref (unsaid);
  sim_board_unref (other);
  sim_board_unref (NULL);
  /* the registry kept nothing: other options are right now */
  g_clear_error (&error);
  one = sim_board_open ("one", "pace=virtual&stores=5", &error);
  g_assert_no_error (error);
  sim_board_unref (one);
}

typedef struct {
  const gchar *options;
  const gchar *part; /* of the error's sentence */
} WrongOptions;

static const WrongOptions wrong_options[] = {
  { "colour=red", "colour" },
  { "stream=bats", "counter, loop, silence" },
  { "stream=file:", "file:PATH" },
  { "pace=step", "real, virtual" },
  { "fps=0", "fps" },
  { "format=YUV9", "GRAY16_LE" },
  { "profile=P10", "P1, P2" },
  { "stores=33", "stores" },
  { "stores=9&addr-width=40", "n_stores" },
  { "memory=70000", "page size" },
  { "memory-base=0xfffffffffffff000&memory=1M", "memory-base" },
  { "s2mm-genlock=slave", "genlock" },
  { "dre=yes&stream-width=128&mm-width=128", "dre" },
};

static void
test_wrong_options (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (wrong_options); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (sim_board_open ("wrong", wrong_options[i].options, &error));
    g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
    if (!strstr (error->message, wrong_options[i].part))
      g_error ("'%s' is not in '%s'", wrong_options[i].part, error->message);
  }
}

static void
test_build_options (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimBoard) board = sim_board_open ("build",
      "pace=virtual&profile=P1&stores=7&s2mm-mm-width=128&stream-width=16"
      "&channels=s2mm&vflip=yes&s2mm-fsync=none",
      &error);
  g_assert_no_error (error);
  const VdmaHwDesc *desc = sim_board_get_desc (board);
  const VdmaHwChannel *s2mm = &desc->channel[VDMA_S2MM];
  g_assert_cmpuint (desc->n_stores, ==, 7);
  g_assert_false (desc->channel[VDMA_MM2S].present);
  g_assert_true (s2mm->present && desc->vert_flip && !s2mm->dre);
  g_assert_cmpuint (s2mm->mm_width, ==, 128);
  g_assert_cmpuint (s2mm->stream_width, ==, 16);
  g_assert_cmpuint (s2mm->fsync, ==, VDMA_FSYNC_NONE);
  g_assert_cmpuint (s2mm->genlock, ==, VDMA_GENLOCK_DYNAMIC_MASTER);

  g_assert_null (sim_board_open_irq (board, VDMA_MM2S, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND);
}

/* ---- registers ---- */

static void
test_registers (void)
{
  BoardRig rig;
  SimTruth truth;
  board_rig_open (&rig, "registers", "pace=virtual");
  guint32 version = vdma_regs_read (rig.regs, VDMA_VERSION);
  g_assert_cmphex (
      VDMA_FIELD_GET (VDMA_VERSION_ID, version), ==, VDMA_VERSION_ID_V6);
  board_rig_write_param (&rig, VDMA_S2MM, VDMA_HSIZE, 640);
  vdma_regs_read (rig.regs, VDMA_VERSION);
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.register_reads[VDMA_VERSION / 4], ==, 2);
  g_assert_cmpuint (
      truth.register_writes[(VDMA_S2MM_PARAM_BASE + VDMA_HSIZE) / 4], ==, 1);
  board_rig_close (&rig);
}

/* ---- frames ---- */

typedef struct {
  const gchar *path;
  guint hsize, vsize;
} Size;

static const Size sizes[] = {
  { "/sim-board/capture/1x1", 1, 1 },
  { "/sim-board/capture/2x1", 2, 1 },
  { "/sim-board/capture/3x2", 3, 2 },
  { "/sim-board/capture/5x3", 5, 3 },
  { "/sim-board/capture/64x48", 64, 48 },
  { "/sim-board/capture/1921x7", 1921, 7 },
  { "/sim-board/capture/65535x2", 65535, 2 },
  { "/sim-board/capture/3x8191", 3, 8191 },
};

/* The store before the one in work, right after a frame interrupt: complete. */
static void
assert_last_frame_whole (BoardRig *rig, SimCounterJudge *judge)
{
  const RigChannel *channel = &rig->channel[VDMA_S2MM];
  guint done = board_rig_store (rig, VDMA_S2MM);
  SimCounterCheck check;
  g_assert_true (
      sim_pattern_check_counter (board_rig_view (rig, VDMA_S2MM, done),
          channel->stride, channel->hsize, channel->vsize, &check));
  SimCounterStep step = sim_counter_judge (judge, &check);
  g_assert_cmpint (step, ==,
      judge->last == check.number && step == SIM_COUNTER_FIRST
          ? SIM_COUNTER_FIRST
          : SIM_COUNTER_NEXT);
}

static void
test_capture (gconstpointer data)
{
  const Size *size = data;
  const guint n_frames = 10;
  BoardRig rig;
  SimTruth truth;
  SimCounterJudge judge = { 0 };

  board_rig_open (&rig, "counter", "pace=virtual");
  board_rig_start (&rig, VDMA_S2MM, size->hsize, size->vsize);
  for (guint i = 0; i < n_frames; i++) {
    g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 40 * MS));
    guint32 sr = board_rig_ack (&rig, VDMA_S2MM);
    g_assert_cmphex (sr & VDMA_SR_S2MM_ERRORS, ==, 0);
    assert_last_frame_whole (&rig, &judge);
  }
  board_rig_assert_no_complaints (&rig);
  sim_board_get_truth (rig.board, &truth);
  const SimChannelTruth *s2mm = &truth.channel[VDMA_S2MM];
  g_assert_cmpuint (s2mm->frames_done, ==, n_frames);
  g_assert_cmpuint (s2mm->interrupts, ==, n_frames);
  g_assert_cmpuint (s2mm->bytes, ==, n_frames * size->hsize * size->vsize);
  g_assert_cmpuint (
      s2mm->frames_generated, ==, s2mm->frames_started + s2mm->frames_dropped);
  board_rig_close (&rig);
}

/* 60 frames a second: exactly, also after an hour in which nobody listened. */
static void
test_rate (void)
{
  BoardRig rig;
  SimTruth truth;
  board_rig_open (&rig, "bars", "pace=virtual&fps=60000/1001");
  gint64 start = vdma_time_now (rig.time);
  sim_board_advance (rig.board, 3600 * VDMA_NSEC_PER_SEC);
  sim_board_get_truth (rig.board, &truth);
  const SimChannelTruth *s2mm = &truth.channel[VDMA_S2MM];
  /* frame 0 begins at once: 215784 whole periods, and one just begun */
  g_assert_cmpuint (s2mm->frames_generated, ==, 215785);
  g_assert_cmpuint (s2mm->frames_dropped, ==, 215785);

  board_rig_start (&rig, VDMA_S2MM, 16, 4);
  g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 40 * MS));
  gint64 end = vdma_time_now (rig.time);
  /* the first whole one is number 215785; its last line of four begins at 3/4
   * of 95 % of its time */
  gint64 period = VDMA_NSEC_PER_SEC * 1001 / 60000;
  gint64 expected =
      start + 3600 * VDMA_NSEC_PER_SEC
      + (215785 * 1001 * VDMA_NSEC_PER_SEC / 60000 - 3600 * VDMA_NSEC_PER_SEC)
      + period * 95 / 100 * 3 / 4;
  g_assert_cmpint (ABS (end - expected), <, 200);
  board_rig_close (&rig);
}

static void
test_video_mode (void)
{
  const SimVideoMode mode = {
    .format = "RGB", .width = 10, .height = 6, .fps = { 10, 1 }
  };
  BoardRig rig;
  board_rig_open (&rig, "bars", "pace=virtual");
  sim_board_set_video_mode (rig.board, VDMA_S2MM, &mode);
  /* the receiver asks for fewer lines than the mode has */
  board_rig_start (&rig, VDMA_S2MM, 30, 4);
  g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 300 * MS));
  g_assert_cmphex (
      board_rig_ack (&rig, VDMA_S2MM) & VDMA_SR_S2MM_ERRORS, ==, 0);
  gint64 first = vdma_time_now (rig.time);
  g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 300 * MS));
  g_assert_cmphex (board_rig_ack (&rig, VDMA_S2MM) & VDMA_SR_S2MM_ERRORS, ==,
      VDMA_SR_SOF_LATE | VDMA_SR_INT_ERR);
  g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 300 * MS));
  gint64 next = vdma_time_now (rig.time);
  g_assert_cmpint (ABS (next - first - 100 * MS), <, 1000);
  /* 75 % white is the first bar */
  const guint8 *pixel = board_rig_view (&rig, VDMA_S2MM, 0);
  g_assert_cmpuint (pixel[0], ==, 191);
  g_assert_cmpuint (pixel[2], ==, 191);
  board_rig_close (&rig);
}

/* A mode told while frames run holds from the next one on. */
static void
test_video_mode_while_running (void)
{
  const SimVideoMode mode = {
    .format = "GRAY8", .width = 16, .height = 4, .fps = { 10, 1 }
  };
  BoardRig rig;
  gint64 times[3];
  board_rig_open (&rig, "bars", "pace=virtual&display-fps=50");
  board_rig_start (&rig, VDMA_S2MM, 16, 4);
  for (guint i = 0; i < 3; i++) {
    g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 300 * MS));
    board_rig_ack (&rig, VDMA_S2MM);
    times[i] = vdma_time_now (rig.time);
    if (i == 0)
      sim_board_set_video_mode (rig.board, VDMA_S2MM, &mode);
  }
  /* from the end of a fast frame to that of a slow one, and then to the next */
  g_assert_cmpint (times[1] - times[0], <, 90 * MS);
  g_assert_cmpint (ABS (times[2] - times[1] - 100 * MS), <, 1000);
  board_rig_close (&rig);
}

/* Master and slave at the same beat: the slave shows the store before the one
 * that the master writes (T49). The camera comes before the display. */
static void
test_genlock (void)
{
  const guint32 genlock =
      VDMA_CR_CIRCULAR | VDMA_CR_GENLOCK_EN | VDMA_CR_GENLOCK_SRC;
  BoardRig rig;
  board_rig_open (&rig, "bars", "pace=virtual&fps=100");
  board_rig_start (&rig, VDMA_S2MM, 16, 4);
  board_rig_alloc (&rig, VDMA_MM2S, 16, 4, 16, 0);
  board_rig_program (&rig, VDMA_MM2S);
  board_rig_run (&rig, VDMA_MM2S, genlock);
  sim_board_advance (rig.board, 25 * MS);
  for (guint i = 0; i < 8; i++) {
    sim_board_advance (rig.board, 10 * MS);
    g_assert_cmpuint (board_rig_store (&rig, VDMA_MM2S), ==,
        (board_rig_store (&rig, VDMA_S2MM) + 3) % 4);
  }
  board_rig_close (&rig);
}

static void
test_silence (void)
{
  BoardRig rig;
  SimTruth truth;
  board_rig_open (&rig, "silence", "pace=virtual");
  board_rig_start (&rig, VDMA_S2MM, 16, 4);
  g_assert_false (board_rig_wait (&rig, VDMA_S2MM, VDMA_NSEC_PER_SEC));
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.channel[VDMA_S2MM].frames_generated, ==, 0);
  board_rig_close (&rig);
}

static void
test_display (void)
{
  BoardRig rig;
  SimTruth truth;
  board_rig_open (&rig, "silence", "pace=virtual&fps=50");
  board_rig_start (&rig, VDMA_MM2S, 16, 4);
  gint64 start = vdma_time_now (rig.time);
  for (guint i = 0; i < 5; i++) {
    g_assert_true (board_rig_wait (&rig, VDMA_MM2S, 40 * MS));
    board_rig_ack (&rig, VDMA_MM2S);
  }
  g_assert_cmpint (vdma_time_now (rig.time) - start, <=, 120 * MS);
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.channel[VDMA_MM2S].frames_done, ==, 5);
  /* frame time 0 began before the start */
  g_assert_cmpuint (truth.channel[VDMA_MM2S].frames_dropped, ==, 1);
  g_assert_cmpuint (truth.channel[VDMA_MM2S].frames_generated, ==, 6);
  g_assert_cmpuint (truth.channel[VDMA_MM2S].lines, ==, 20);
  board_rig_assert_no_complaints (&rig);
  board_rig_close (&rig);
}

static void
fill_counter (BoardRig *rig, guint store, guint64 number, guint first_line)
{
  RigChannel *channel = &rig->channel[VDMA_MM2S];
  g_autoptr (SimPattern) pattern = sim_pattern_new (SIM_PATTERN_COUNTER);
  const SimShape shape = {
    .width = channel->hsize, .size = channel->hsize, .lines = channel->vsize
  };
  XlnkBlock *block = channel->blocks[store];
  g_assert_true (
      xlnk_block_set_owner (block, XLNK_OWNER_APPLICATION, FALSE, NULL));
  guint8 *data = xlnk_block_map (block, XLNK_ACCESS_WRITE, NULL);
  sim_pattern_begin (pattern, number, &shape);
  for (guint i = first_line; i < channel->vsize; i++)
    memcpy (data + i * channel->stride, sim_pattern_line (pattern, i),
        channel->hsize);
  xlnk_block_unmap (block, XLNK_ACCESS_WRITE);
  g_assert_true (xlnk_block_set_owner (block, XLNK_OWNER_DEVICE, FALSE, NULL));
}

/* What goes out by MM2S comes in by S2MM; a half old frame is seen as torn. */
static void
test_loop (void)
{
  BoardRig rig;
  SimTruth truth;
  SimCounterCheck check;
  board_rig_open (&rig, "loop", "pace=virtual");
  board_rig_alloc (&rig, VDMA_MM2S, 64, 8, 64, 0);
  for (guint i = 0; i < 4; i++)
    fill_counter (&rig, i, 100 + i, 0);
  fill_counter (&rig, 2, 200, 5);
  board_rig_program (&rig, VDMA_MM2S);
  board_rig_start (&rig, VDMA_S2MM, 64, 8);
  board_rig_run (&rig, VDMA_MM2S, VDMA_CR_CIRCULAR);

  for (guint i = 0; i < 4; i++) {
    g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 40 * MS));
    board_rig_ack (&rig, VDMA_S2MM);
    gboolean whole = sim_pattern_check_counter (
        board_rig_view (&rig, VDMA_S2MM, i), 64, 64, 8, &check);
    g_assert_cmpint (whole, ==, i != 2);
    g_assert_cmpuint (check.number, ==, 100 + i);
    g_assert_cmpuint (check.n_torn, ==, i == 2 ? 3 : 0);
  }
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.channel[VDMA_MM2S].frames_torn, ==, 1);
  g_assert_cmpuint (truth.channel[VDMA_S2MM].frames_generated, ==, 4);
  board_rig_assert_no_complaints (&rig);
  board_rig_close (&rig);
}

/* Without backpressure the display goes on and lines are lost; with it, it
 * waits for S2MM. */
static void
test_loop_backpressure (void)
{
  static const gchar *const options[] = {
    "pace=virtual",
    "pace=virtual&loop-backpressure=true",
  };
  for (guint i = 0; i < G_N_ELEMENTS (options); i++) {
    BoardRig rig;
    SimTruth truth;
    board_rig_open (&rig, "loop", options[i]);
    board_rig_start (&rig, VDMA_MM2S, 64, 8);
    /* frame times 1 to 5; 0 began before the start */
    sim_board_advance (rig.board, 99 * MS);
    sim_board_get_truth (rig.board, &truth);
    const SimChannelTruth *mm2s = &truth.channel[VDMA_MM2S];
    const SimChannelTruth *s2mm = &truth.channel[VDMA_S2MM];
    g_assert_cmpuint (mm2s->frames_done, ==, i == 0 ? 5 : 0);
    g_assert_cmpuint (s2mm->frames_dropped, ==, i == 0 ? 5 : 0);
    board_rig_start (&rig, VDMA_S2MM, 64, 8);
    g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 40 * MS));
    board_rig_close (&rig);
  }
}

/* ---- interrupt lines: the kernel's UIO (hardware.md 5.1, T72) ---- */

static guint64
take_count (BoardRig *rig)
{
  guint64 count = 99;
  g_assert_true (vdma_irq_consume (rig->irqs[VDMA_S2MM], &count, NULL));
  return count;
}

static void
test_uio (void)
{
  BoardRig rig;
  board_rig_open (&rig, "bars", "pace=virtual");
  board_rig_start (&rig, VDMA_S2MM, 16, 4);
  g_assert_cmpuint (take_count (&rig), ==, 0);
  sim_board_advance (rig.board, 100 * MS);
  /* level held, line disabled: one count for many frames */
  g_assert_cmpuint (take_count (&rig), ==, 1);
  sim_board_advance (rig.board, 100 * MS);
  g_assert_cmpuint (take_count (&rig), ==, 0);
  /* armed with the flag still set: fires at once */
  g_assert_true (vdma_irq_arm (rig.irqs[VDMA_S2MM], NULL));
  g_assert_cmpuint (take_count (&rig), ==, 1);
  /* cleared before it is armed: nothing until the next frame */
  board_rig_write (&rig, VDMA_S2MM, VDMA_SR, VDMA_SR_FRMCNT_IRQ);
  g_assert_true (vdma_irq_arm (rig.irqs[VDMA_S2MM], NULL));
  g_assert_true (vdma_irq_arm (rig.irqs[VDMA_S2MM], NULL));
  g_assert_cmpuint (take_count (&rig), ==, 0);
  sim_board_advance (rig.board, 20 * MS);
  g_assert_cmpuint (take_count (&rig), ==, 1);
  /* cleared, but not armed: silence, whatever comes */
  board_rig_write (&rig, VDMA_S2MM, VDMA_SR, VDMA_SR_FRMCNT_IRQ);
  sim_board_advance (rig.board, 50 * MS);
  g_assert_cmpuint (take_count (&rig), ==, 0);
  board_rig_close (&rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-board/registry", test_registry);
  g_test_add_func ("/sim-board/wrong-options", test_wrong_options);
  g_test_add_func ("/sim-board/build-options", test_build_options);
  g_test_add_func ("/sim-board/registers", test_registers);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    g_test_add_data_func (sizes[i].path, &sizes[i], test_capture);
  g_test_add_func ("/sim-board/rate", test_rate);
  g_test_add_func ("/sim-board/video-mode", test_video_mode);
  g_test_add_func (
      "/sim-board/video-mode/while-running", test_video_mode_while_running);
  g_test_add_func ("/sim-board/genlock", test_genlock);
  g_test_add_func ("/sim-board/silence", test_silence);
  g_test_add_func ("/sim-board/display", test_display);
  g_test_add_func ("/sim-board/loop", test_loop);
  g_test_add_func ("/sim-board/loop-backpressure", test_loop_backpressure);
  g_test_add_func ("/sim-board/uio", test_uio);
  return g_test_run ();
}
