/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Error bits: which frame they mark, which ones restart the channel, when the
 * driver gives up; and interrupts that lie. */
#include <string.h>
#include <unistd.h>

#include "capture-bench.h"
#include "driver-knobs.h"
#include "vdma-error.h"

/* ---- bits that let the channel run on ---- */

typedef struct {
  const gchar *name;
  guint32 bits;
} BitRow;

static const BitRow soft_rows[] = {
  { "eol-early", VDMA_SR_EOL_EARLY },
  { "eol-late", VDMA_SR_EOL_LATE },
  { "sof-late", VDMA_SR_SOF_LATE | VDMA_SR_INT_ERR },
  { "all-size", VDMA_SR_EOL_EARLY | VDMA_SR_EOL_LATE | VDMA_SR_SOF_LATE
                    | VDMA_SR_INT_ERR },
};

/* The frame in work is marked, no other one, and the pointer is believed again
 * only when the bits are gone. */
static void
test_soft_bit (gconstpointer data)
{
  const BitRow *row = data;
  CaptureBench bench;

  driver_rig_init (&bench.rig);
  capture_bench_open (&bench);
  capture_bench_must_capture (&bench, 10);
  capture_bench_to_mid_frame (&bench);
  guint32 in_work = (guint32) bench.rig.camera_frame;
  sim_core_inject (bench.rig.core, VDMA_S2MM, row->bits);
  capture_bench_must_capture (&bench, 10);
  capture_bench_check (&bench);
  g_assert_cmpuint (capture_bench_n_corrupt (&bench), ==, 1);
  for (guint i = 0; i < bench.n; i++)
    g_assert_cmpint ((bench.info[i].flags & VDMA_FRAME_CORRUPT) != 0, ==,
        bench.picture[i] == in_work);
  for (guint i = 1; i < bench.n; i++)
    g_assert_cmpuint (bench.picture[i], ==, bench.picture[i - 1] + 1);
  VdmaChannelStats stats = capture_bench_stats (&bench);
  g_assert_cmpuint (stats.errors, ==, 1);
  g_assert_cmpuint (stats.corrupt, ==, 1);
  g_assert_cmpuint (stats.recoveries, ==, 0);
  g_assert_cmphex (
      sim_core_read (bench.rig.core, 0x34) & VDMA_SR_S2MM_ERRORS, ==, 0);
  driver_rig_close (&bench.rig, 0);
}

/* ---- sources that send something else ---- */

typedef struct {
  const gchar *name;
  guint lines, bytes;
  guint n_bad;    /* frames */
  gboolean whole; /* the picture is whole all the same */
  gint missing;   /* pictures that do not come at all */
} SourceRow;

static const SourceRow source_rows[] = {
  { "short-line", RIG_VSIZE, RIG_HSIZE - 4, 1, FALSE, 0 },
  { "long-line", RIG_VSIZE, RIG_HSIZE + 4, 1, TRUE, 0 },
  { "short-frame", RIG_VSIZE - 3, RIG_HSIZE, 1, FALSE, 1 },
  { "long-frame", RIG_VSIZE + 3, RIG_HSIZE, 1, TRUE, 0 },
  { "short-lines", RIG_VSIZE, RIG_HSIZE - 4, 5, FALSE, 0 },
  { "short-frames", RIG_VSIZE - 3, RIG_HSIZE, 6, FALSE, 6 },
};

static void
errors_disturb (CaptureBench *self, const SourceRow *row)
{
  self->rig.source.lines = row->lines;
  self->rig.source.bytes = row->bytes;
  guint64 end = self->rig.camera_frame + row->n_bad;
  for (guint i = 0; self->rig.camera_frame < end; i++) {
    g_autoptr (GError) error = NULL;
    if (vdma_channel_wait (
            self->channel, NULL, self->rig.now + RIG_PERIOD / 16, &error)
        == VDMA_WAIT_READY)
      g_assert_true (vdma_channel_service (self->channel, &error));
    capture_bench_take (self);
  }
  self->rig.source = (RigSource){ .lines = RIG_VSIZE, .bytes = RIG_HSIZE };
}

static void
check_source (
    const SourceRow *row, SimResync resync, gboolean drop, guint n_stores)
{
  CaptureBench bench;

  driver_rig_init (&bench.rig);
  bench.rig.knobs.resync = resync;
  bench.rig.desc.n_stores = n_stores;
  capture_bench_open (&bench);
  vdma_channel_set_on_error (
      bench.channel, drop ? VDMA_ON_ERROR_DROP : VDMA_ON_ERROR_RECOVER);
  capture_bench_must_capture (&bench, 10);
  errors_disturb (&bench, row);
  capture_bench_must_capture (&bench, 12);
  capture_bench_check (&bench);
  VdmaChannelStats stats = capture_bench_stats (&bench);
  g_assert_cmpuint (stats.recoveries, ==, 0);
  if (row->lines > RIG_VSIZE) {
    /* the frame was whole, and gone, when its surplus lines came; of single
     * shots the core is halted then and sees no surplus */
    g_assert_cmpuint (stats.errors, ==, n_stores < 3 ? 0 : 1);
  } else if (drop) {
    g_assert_cmpuint (capture_bench_n_corrupt (&bench), ==, 0);
    g_assert_cmpuint (stats.lost[VDMA_LOSS_SIZE], >=, 1);
  } else {
    g_assert_cmpuint (stats.corrupt, >=, 1);
    if (row->n_bad == 1)
      g_assert_cmpuint (stats.corrupt, ==, 1);
  }
  /* all is well again */
  for (guint i = bench.n - 6; i < bench.n; i++) {
    g_assert_cmpuint (bench.info[i].flags, ==, 0);
    g_assert_true (bench.whole[i]);
  }
  driver_rig_close (&bench.rig, 0);
}

static void
test_source (gconstpointer data)
{
  for (guint n = 1; n <= 8; n++) {
    for (guint resync = 0; resync <= SIM_RESYNC_IMMEDIATE; resync++) {
      check_source (data, resync, FALSE, n);
      check_source (data, resync, TRUE, n);
    }
  }
}

/* ---- bits that halt ---- */

static const BitRow hard_rows[] = {
  { "slave", VDMA_SR_SLV_ERR },
  { "decode", VDMA_SR_DEC_ERR },
  { "internal", VDMA_SR_INT_ERR },
  { "slave-and-size", VDMA_SR_SLV_ERR | VDMA_SR_EOL_EARLY },
};

static void
check_hard_bit (
    const BitRow *row, const KnobRow *knobs, guint n_stores, gint64 when)
{
  CaptureBench bench;

  driver_rig_init (&bench.rig);
  bench.rig.desc.n_stores = n_stores;
  /* behind a size error the core may have run on into another frame */
  bench.rig.blind.over = (row->bits & VDMA_SR_EOL_EARLY) != 0;
  driver_rig_set_knobs (&bench.rig, knobs);
  capture_bench_open (&bench);
  capture_bench_must_capture (&bench, 10);
  driver_rig_advance (&bench.rig, when);
  sim_core_inject (bench.rig.core, VDMA_S2MM, row->bits);
  capture_bench_must_capture (&bench, 10);
  capture_bench_check (&bench);
  VdmaChannelStats stats = capture_bench_stats (&bench);
  g_assert_cmpuint (stats.recoveries, ==, 1);
  g_assert_cmpuint (stats.errors, ==, 1);
  g_assert_cmpuint (stats.lost[VDMA_LOSS_DMA_ERROR], <=, 1);
  g_assert_cmpuint (capture_bench_missed (&bench), <=, 1);
  guint n_discont = 0;
  for (guint i = 3; i < bench.n; i++)
    n_discont += (bench.info[i].flags & VDMA_FRAME_DISCONT) != 0;
  g_assert_cmpuint (n_discont, >=, 1);
  for (guint i = 0; i < bench.n; i++)
    g_assert_true (bench.whole[i]);
  driver_rig_close (&bench.rig, 0);
}

static void
test_hard_bit (gconstpointer data)
{
  for (guint i = 0; i < n_knob_rows; i++) {
    for (guint n = 1; n <= 8; n++) {
      for (guint part = 0; part < 8; part++)
        check_hard_bit (data, &knob_rows[i], n, part * RIG_PERIOD / 8);
    }
  }
}

/* ---- giving up ---- */

/* Memory that always answers with an error: a few tries, with pauses, then an
 * error with a sentence; and a later start works. */
static void
test_give_up (void)
{
  g_autoptr (GError) error = NULL;
  CaptureBench bench;

  driver_rig_init (&bench.rig);
  capture_bench_open (&bench);
  capture_bench_must_capture (&bench, 5);
  bench.rig.fail_writes = G_MAXUINT64;
  bench.rig.fail_with = SIM_DECERR;
  gint64 begin = bench.rig.now;
  g_assert_false (capture_bench_capture (&bench, 100, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_HARDWARE);
  g_assert_nonnull (strstr (error->message, "VDMADecErr"));
  g_clear_error (&error);
  g_assert_cmpint (bench.rig.now - begin, <, 60 * RIG_PERIOD);
  g_assert_false (vdma_channel_is_running (bench.channel));
  g_assert_cmpuint (driver_rig_count (&bench.rig, RIG_DEVICE), ==, 0);
  g_assert_cmpuint (capture_bench_stats (&bench).recoveries, >, 2);

  bench.rig.fail_writes = 0;
  vdma_channel_start (bench.channel, NULL, &error);
  g_assert_no_error (error);
  capture_bench_must_capture (&bench, 5);
  capture_bench_check (&bench);
  driver_rig_close (&bench.rig, 0);
}

/* ---- policies ---- */

typedef struct {
  const gchar *name;
  VdmaOnError on_error;
  gboolean halting; /* the error halts the channel */
  gboolean goes_on;
  guint n_corrupt, n_dropped, n_recoveries;
} PolicyRow;

static const PolicyRow policy_rows[] = {
  { "recover-size", VDMA_ON_ERROR_RECOVER, FALSE, TRUE, 1, 0, 0 },
  { "recover-bus", VDMA_ON_ERROR_RECOVER, TRUE, TRUE, 0, 0, 1 },
  { "mark-size", VDMA_ON_ERROR_MARK, FALSE, TRUE, 1, 0, 0 },
  { "mark-bus", VDMA_ON_ERROR_MARK, TRUE, FALSE, 0, 0, 0 },
  { "drop-size", VDMA_ON_ERROR_DROP, FALSE, TRUE, 0, 1, 0 },
  { "drop-bus", VDMA_ON_ERROR_DROP, TRUE, TRUE, 0, 0, 1 },
  { "stop-size", VDMA_ON_ERROR_STOP, FALSE, FALSE, 0, 0, 0 },
  { "stop-bus", VDMA_ON_ERROR_STOP, TRUE, FALSE, 0, 0, 0 },
};

static void
check_policy (const PolicyRow *row, guint n_stores)
{
  g_autoptr (GError) error = NULL;
  CaptureBench bench;

  driver_rig_init (&bench.rig);
  bench.rig.desc.n_stores = n_stores;
  capture_bench_open (&bench);
  vdma_channel_set_on_error (bench.channel, row->on_error);
  capture_bench_must_capture (&bench, 10);
  capture_bench_to_mid_frame (&bench);
  sim_core_inject (bench.rig.core, VDMA_S2MM,
      row->halting ? VDMA_SR_DEC_ERR : VDMA_SR_EOL_EARLY);
  g_assert_cmpint (
      capture_bench_capture (&bench, 10, &error), ==, row->goes_on);
  g_assert_cmpint (vdma_channel_is_running (bench.channel), ==, row->goes_on);
  if (!row->goes_on) {
    g_assert_error (error, VDMA_ERROR, VDMA_ERROR_HARDWARE);
    g_assert_nonnull (strstr (error->message, "on-error=recover"));
    g_assert_nonnull (
        strstr (error->message, row->halting ? "VDMADecErr" : "EOLEarly"));
    g_assert_cmpuint (driver_rig_count (&bench.rig, RIG_DEVICE), ==, 0);
    /* and a later start works */
    vdma_channel_start (bench.channel, NULL, NULL);
    capture_bench_must_capture (&bench, 5);
  }
  capture_bench_check (&bench);
  VdmaChannelStats stats = capture_bench_stats (&bench);
  g_assert_cmpuint (stats.errors, ==, 1);
  g_assert_cmpuint (stats.corrupt, ==, row->n_corrupt);
  g_assert_cmpuint (stats.lost[VDMA_LOSS_SIZE], ==, row->n_dropped);
  g_assert_cmpuint (stats.recoveries, ==, row->n_recoveries);
  driver_rig_close (&bench.rig, 0);
}

static void
test_policy (gconstpointer data)
{
  for (guint n = 1; n <= 6; n++)
    check_policy (data, n);
}

/* An error now and then never adds up to giving up. */
static void
test_recover_often (void)
{
  CaptureBench bench;

  driver_rig_init (&bench.rig);
  capture_bench_open (&bench);
  for (guint i = 0; i < 40; i++) {
    capture_bench_must_capture (&bench, 3);
    driver_rig_advance (&bench.rig, RIG_PERIOD * (i % 8) / 8);
    sim_core_inject (bench.rig.core, VDMA_S2MM, VDMA_SR_SLV_ERR);
  }
  capture_bench_must_capture (&bench, 3);
  capture_bench_check (&bench);
  g_assert_cmpuint (capture_bench_stats (&bench).recoveries, ==, 40);
  driver_rig_close (&bench.rig, 0);
}

/* Halted by an error, and the reset hangs: nobody knows what the core does. */
static void
test_recover_stuck (void)
{
  g_autoptr (GError) error = NULL;
  CaptureBench bench;

  driver_rig_init (&bench.rig);
  capture_bench_open (&bench);
  capture_bench_must_capture (&bench, 5);
  capture_bench_to_mid_frame (&bench);
  sim_core_inject (bench.rig.core, VDMA_S2MM, VDMA_SR_SLV_ERR);
  sim_core_set_stream_clock (bench.rig.core, VDMA_S2MM, FALSE);
  g_assert_false (capture_bench_capture (&bench, 100, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_HARDWARE);
  g_assert_false (vdma_channel_is_running (bench.channel));
  driver_rig_close (&bench.rig, driver_rig_count (&bench.rig, RIG_DEVICE));
}

/* ---- at the start ---- */

static void
test_error_at_start (gconstpointer data)
{
  const BitRow *row = data;
  CaptureBench bench;

  for (guint part = 1; part < 16; part++) {
    driver_rig_init (&bench.rig);
    /* it counts as one in the first frame, which may not have begun */
    bench.rig.blind.over = 1;
    capture_bench_open (&bench);
    driver_rig_advance (&bench.rig, RIG_PERIOD * part / 8);
    sim_core_inject (bench.rig.core, VDMA_S2MM, row->bits);
    capture_bench_must_capture (&bench, 20);
    capture_bench_check (&bench);
    for (guint i = 10; i < bench.n; i++)
      g_assert_cmpuint (bench.info[i].flags, ==, 0);
    driver_rig_close (&bench.rig, 0);
  }
}

/* ---- interrupts that lie ---- */

static void
test_spurious_line (void)
{
  g_autoptr (GError) error = NULL;
  const guint64 one = 1;
  CaptureBench bench;

  driver_rig_init (&bench.rig);
  capture_bench_open (&bench);
  for (guint i = 0; i < 30; i++) {
    capture_bench_must_capture (&bench, 1);
    driver_rig_advance (&bench.rig, RIG_PERIOD * (i % 7) / 8);
    g_assert_cmpint (
        write (bench.rig.line[VDMA_S2MM]->base.fd, &one, sizeof one), ==, 8);
    g_assert_true (vdma_channel_service (bench.channel, &error));
    capture_bench_take (&bench);
  }
  capture_bench_check (&bench);
  for (guint i = 1; i < bench.n; i++)
    g_assert_cmpuint (bench.picture[i], ==, bench.picture[i - 1] + 1);
  driver_rig_close (&bench.rig, 0);
}

/* FrmCnt_Irq in mid-frame, which no core should raise. */
static void
test_spurious_flag (void)
{
  CaptureBench bench;

  driver_rig_init (&bench.rig);
  capture_bench_open (&bench);
  for (guint i = 0; i < 20; i++) {
    capture_bench_must_capture (&bench, 5);
    driver_rig_advance (&bench.rig, RIG_PERIOD * 7 / 16);
    sim_core_inject (bench.rig.core, VDMA_S2MM, VDMA_SR_FRMCNT_IRQ);
  }
  capture_bench_must_capture (&bench, 5);
  capture_bench_check (&bench);
  for (guint i = 0; i < bench.n; i++)
    g_assert_true (bench.whole[i]);
  driver_rig_close (&bench.rig, 0);
}

/* ---- display ---- */

static const BitRow display_rows[] = {
  { "slave", VDMA_SR_SLV_ERR },
  { "decode", VDMA_SR_DEC_ERR },
  { "internal", VDMA_SR_INT_ERR },
  { "sof-early", VDMA_SR_SOF_EARLY | VDMA_SR_INT_ERR },
};

static void
test_display (gconstpointer data)
{
  const BitRow *row = data;
  VdmaChannelStats stats;
  guint32 number = 0;
  DriverRig rig;

  driver_rig_init (&rig);
  driver_rig_open (&rig);
  VdmaChannel *ch = rig.channel[VDMA_MM2S];
  driver_rig_start_display (&rig, number++);
  for (guint i = 0; i < 80; i++) {
    driver_rig_serve (&rig, VDMA_MM2S);
    if (i % 20 == 10) {
      driver_rig_advance (&rig, RIG_PERIOD * 5 / 8);
      sim_core_inject (rig.core, VDMA_MM2S, row->bits);
    }
    while (vdma_display_can_show (ch))
      driver_rig_show (&rig, number++);
  }
  vdma_channel_get_stats (ch, &stats);
  g_assert_cmpuint (stats.errors, ==, 4);
  g_assert_cmpuint (
      stats.recoveries, ==, row->bits & VDMA_SR_SOF_EARLY ? 0 : 4);
  g_assert_cmpuint (number, >, 40);
  g_assert_cmpuint (rig.violations + rig.torn, ==, 0);
  for (guint i = 1; i < rig.displayed->len; i++)
    g_assert_cmpuint (g_array_index (rig.displayed, guint32, i), <=,
        g_array_index (rig.displayed, guint32, i - 1) + 1);
  driver_rig_close (&rig, 0);
}

static void
add_rows (const gchar *path, const BitRow *rows, guint n, GTestDataFunc func)
{
  for (guint i = 0; i < n; i++) {
    g_autofree gchar *name = g_strdup_printf ("%s/%s", path, rows[i].name);
    g_test_add_data_func (name, &rows[i], func);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_rows ("/errors/soft", soft_rows, G_N_ELEMENTS (soft_rows), test_soft_bit);
  for (guint i = 0; i < G_N_ELEMENTS (source_rows); i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/errors/source/%s", source_rows[i].name);
    g_test_add_data_func (path, &source_rows[i], test_source);
  }
  add_rows ("/errors/hard", hard_rows, G_N_ELEMENTS (hard_rows), test_hard_bit);
  g_test_add_func ("/errors/give-up", test_give_up);
  for (guint i = 0; i < G_N_ELEMENTS (policy_rows); i++) {
    g_autofree gchar *path =
        g_strconcat ("/errors/policy/", policy_rows[i].name, NULL);
    g_test_add_data_func (path, &policy_rows[i], test_policy);
  }
  g_test_add_func ("/errors/recover-often", test_recover_often);
  g_test_add_func ("/errors/recover-stuck", test_recover_stuck);
  add_rows ("/errors/start/soft", soft_rows, G_N_ELEMENTS (soft_rows),
      test_error_at_start);
  add_rows ("/errors/start/hard", hard_rows, G_N_ELEMENTS (hard_rows),
      test_error_at_start);
  g_test_add_func ("/errors/spurious/line", test_spurious_line);
  g_test_add_func ("/errors/spurious/flag", test_spurious_flag);
  add_rows ("/errors/display", display_rows, G_N_ELEMENTS (display_rows),
      test_display);
  return g_test_run ();
}
