/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Capture: order, proof, losses and accounts, for every number of stores and
 * every open question of hardware.md section 7. */
#include "driver-knobs.h"

/* What a run of captures showed. */
typedef struct {
  guint64 taken;
  guint64 torn;
  guint64 backwards;
  guint64 gaps;           /* pictures that are missing between two taken ones */
  guint64 announced;      /* missing numbers of the driver */
  guint64 unflagged;      /* gaps without VDMA_FRAME_DISCONT */
  gint64 picture, number; /* of the last frame */
} Verdict;

static void
verdict_judge (Verdict *self, guint32 picture, const VdmaFrameInfo *info)
{
  gint64 number = (gint64) info->number;

  if (self->taken++ > 0) {
    gint64 missing = (gint64) picture - self->picture - 1;
    self->backwards += missing < 0;
    self->gaps += (guint64) MAX (missing, 0);
    self->announced += (guint64) (number - self->number - 1);
    self->unflagged += missing > 0 && !(info->flags & VDMA_FRAME_DISCONT);
  }
  self->picture = picture;
  self->number = number;
  if (g_test_verbose ())
    g_test_message ("picture %u number %u flags %x", picture,
        (guint) info->number, info->flags);
}

static void
verdict_take_all (Verdict *self, DriverRig *rig)
{
  VdmaFrame frame;
  VdmaFrameInfo info;

  while (vdma_capture_take (rig->channel[VDMA_S2MM], &frame, &info)) {
    guint32 picture = driver_rig_picture (&frame);
    driver_rig_keep (rig, &frame);
    if (picture == G_MAXUINT32)
      self->torn++;
    else
      verdict_judge (self, picture, &info);
    driver_rig_give_back (rig, &frame);
  }
}

static void
rig_start (DriverRig *rig)
{
  g_autoptr (GError) error = NULL;
  vdma_channel_start (rig->channel[VDMA_S2MM], NULL, &error);
  g_assert_no_error (error);
}

static void
rig_stop (DriverRig *rig)
{
  g_autoptr (GError) error = NULL;
  vdma_channel_stop (rig->channel[VDMA_S2MM], &error);
  g_assert_no_error (error);
}

static gboolean
rig_wait (DriverRig *rig)
{
  g_autoptr (GError) error = NULL;
  VdmaWait result = vdma_channel_wait (
      rig->channel[VDMA_S2MM], NULL, rig->now + 4 * RIG_PERIOD, &error);
  g_assert_no_error (error);
  return result == VDMA_WAIT_READY;
}

static void
rig_service (DriverRig *rig)
{
  g_autoptr (GError) error = NULL;
  vdma_channel_service (rig->channel[VDMA_S2MM], &error);
  g_assert_no_error (error);
}

static VdmaChannelStats
rig_stats (DriverRig *rig)
{
  VdmaChannelStats stats;
  vdma_channel_get_stats (rig->channel[VDMA_S2MM], &stats);
  return stats;
}

static guint64
rig_done (DriverRig *rig)
{
  return sim_core_get_truth (rig->core, VDMA_S2MM)->frames_done;
}

/* ---- the matrix ---- */

typedef struct {
  guint n_stores;
  gint64 delay;  /* of every fourth service */
  guint starve;  /* empty acquires in a row, now and then */
  gint64 active; /* of the camera's period */
} Load;

static void
run_load (DriverRig *rig, const Load *load, Verdict *verdict, guint services)
{
  for (guint i = 0; i < services; i++) {
    g_assert_true (rig_wait (rig));
    if (i % 4 == 3 && i > 12)
      driver_rig_advance (rig, load->delay);
    if (load->starve > 0 && i % (load->n_stores >= 3 ? 11 : 97) == 10)
      rig->starve = load->starve;
    rig_service (rig);
    verdict_take_all (verdict, rig);
    driver_rig_assert_balanced (rig);
  }
}

/* How late a service may be. With the pointer moving at a frame's end the store
 * behind it counts as in use during the gap; with the interrupt at a frame's
 * begin the gap is over before anyone knows of the frame. */
static gint64
rig_slack (const KnobRow *row, const Load *load)
{
  gint64 slack = ((gint64) load->n_stores - 2) * RIG_PERIOD;
  gboolean late_irq = row->knobs.irq_phase == SIM_IRQ_NEXT_FRAME_START;
  gboolean early_pointer = row->knobs.frmstore_phase == SIM_FRMSTORE_LAST_LINE;

  if (late_irq && early_pointer)
    slack -= RIG_PERIOD - load->active * (RIG_VSIZE - 1) / RIG_VSIZE;
  return late_irq || early_pointer ? slack - 1 : slack;
}

static void
check_row (const KnobRow *row, const Load *load)
{
  DriverRig rig;
  Verdict verdict = { 0 };
  gint64 slack = rig_slack (row, load);
  gboolean in_time = load->delay <= slack && load->starve == 0;

  driver_rig_init (&rig);
  rig.desc.n_stores = load->n_stores;
  rig.camera_active = load->active;
  driver_rig_set_knobs (&rig, row);
  driver_rig_open (&rig);
  rig_start (&rig);
  run_load (&rig, load, &verdict, load->n_stores >= 3 ? 60 : 300);
  rig_stop (&rig);
  driver_rig_assert_balanced (&rig);

  VdmaChannelStats stats = rig_stats (&rig);
  if (g_test_verbose ())
    g_test_message ("%s, N=%u delay=%.1f starve=%u: done %u frames %u taken %u "
                    "gaps %u/%u late %u nof %u unp %u sto %u sta %u; torn %u "
                    "viol %u",
        row->name, load->n_stores, (gdouble) load->delay / RIG_PERIOD,
        load->starve, (guint) rig_done (&rig), (guint) stats.frames,
        (guint) verdict.taken, (guint) verdict.gaps, (guint) verdict.announced,
        (guint) stats.lost[VDMA_LOSS_LATE],
        (guint) stats.lost[VDMA_LOSS_NO_FRAME],
        (guint) stats.lost[VDMA_LOSS_UNPROVABLE],
        (guint) stats.lost[VDMA_LOSS_STOPPED],
        (guint) stats.lost[VDMA_LOSS_STARTUP], (guint) verdict.torn,
        (guint) rig.violations);
  g_assert_cmpuint (verdict.torn, ==, 0);
  g_assert_cmpuint (verdict.backwards, ==, 0);
  g_assert_cmpuint (rig.violations, ==, 0);
  if (load->n_stores >= 3) {
    g_assert_cmpuint (verdict.unflagged, ==, 0);
    g_assert_cmpuint (verdict.announced, ==, verdict.gaps);
    g_assert_cmpuint (stats.lost[VDMA_LOSS_HALTED], ==, 0);
    g_assert_cmpuint (stats.lost[VDMA_LOSS_UNPROVABLE], ==, 0);
    if (in_time)
      g_assert_cmpuint (verdict.gaps, ==, 0);
  } else { /* by the time: the halted core counts no frames */
    g_assert_cmpuint (verdict.unflagged, <=, 1);
    g_assert_cmpint (ABS ((gint64) (verdict.announced - verdict.gaps)), <=, 1);
  }
  g_assert_cmpuint (verdict.taken, >=, load->n_stores >= 3 ? 10 : 4);
  driver_rig_close (&rig, 0);
}

static const guint matrix_stores[] = { 1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 32 };
static const gint64 matrix_delays[] = { 0, RIG_PERIOD / 10, RIG_PERIOD * 4 / 10,
  RIG_PERIOD * 95 / 100, RIG_PERIOD, RIG_PERIOD * 15 / 10, 2 * RIG_PERIOD,
  RIG_PERIOD * 25 / 10, 3 * RIG_PERIOD, RIG_PERIOD * 35 / 10 };

static void
test_matrix (gconstpointer data)
{
  const KnobRow *row = data;
  const gint64 actives[] = { RIG_PERIOD * 3 / 4, RIG_PERIOD / 8 };
  guint n_actives = knob_row_is_about_time (row) ? 2 : 1;
  guint starve_step = knob_row_is_about_time (row) ? 2 : 6;

  for (guint a = 0; a < n_actives; a++) {
    for (guint n = 0; n < G_N_ELEMENTS (matrix_stores); n++) {
      for (guint d = 0; d < G_N_ELEMENTS (matrix_delays); d++) {
        for (guint starve = 0; starve <= 6; starve += starve_step) {
          Load load = { matrix_stores[n], matrix_delays[d], starve,
            actives[a] };
          check_row (row, &load);
        }
      }
    }
  }
}

/* A service may be late by all the slack there is, whatever the number of stores,
 * and nothing is lost. */
static void
test_slack (gconstpointer data)
{
  const KnobRow *row = data;
  const gint64 actives[] = { RIG_PERIOD * 3 / 4, RIG_PERIOD / 8 };

  for (guint a = 0; a < G_N_ELEMENTS (actives); a++) {
    for (guint n = 3; n <= VDMA_MAX_STORES; n++) {
      Load load = { .n_stores = n, .active = actives[a] };
      load.delay = rig_slack (row, &load);
      check_row (row, &load);
    }
  }
}

/* ---- a thread that loses the processor anywhere ----
 *
 * Before any register access time may pass, up to more than once round the
 * ring, and an error bit may come up: the proof must hold all the same. */

static void
verdict_take_marked (Verdict *self, DriverRig *rig)
{
  VdmaFrame frame;
  VdmaFrameInfo info;

  while (vdma_capture_take (rig->channel[VDMA_S2MM], &frame, &info)) {
    guint32 picture = driver_rig_picture (&frame);
    driver_rig_keep (rig, &frame);
    if (picture != G_MAXUINT32)
      verdict_judge (self, picture, &info);
    else
      self->torn++;
    driver_rig_advance (rig, RIG_PERIOD / 16);
    driver_rig_give_back (rig, &frame);
  }
}

static void
rig_plan_stall (DriverRig *rig, GRand *rand)
{
  static const guint32 bits[] = { VDMA_SR_EOL_EARLY, VDMA_SR_EOL_LATE,
    VDMA_SR_SOF_LATE | VDMA_SR_INT_ERR };
  gint longest = (gint) rig->desc.n_stores + 2;

  rig->stall_in = (guint) g_rand_int_range (rand, 1, 9);
  rig->stall_ns = g_rand_int_range (rand, 1, 8 * longest) * RIG_PERIOD / 8 + 7;
  if (g_rand_int_range (rand, 0, 3) > 0)
    rig->stall_ns %= RIG_PERIOD * 5 / 4;
  rig->stall_dir = VDMA_S2MM;
  rig->stall_bits = 0;
  if (g_rand_int_range (rand, 0, 3) == 0)
    rig->stall_bits = bits[g_rand_int_range (rand, 0, 3)];
}

static void
check_stalls (const KnobRow *row, guint n_stores, guint32 seed)
{
  GRand *rand = g_rand_new_with_seed (seed);
  Verdict verdict = { 0 };
  DriverRig rig;

  driver_rig_init (&rig);
  rig.desc.n_stores = n_stores;
  driver_rig_set_knobs (&rig, row);
  driver_rig_open (&rig);
  rig_start (&rig);
  for (guint i = 0; i < 600; i++) {
    if (rig_wait (&rig) && i > 10 && i % 4 == 0)
      rig_plan_stall (&rig, rand);
    rig_service (&rig);
    verdict_take_marked (&verdict, &rig);
    driver_rig_assert_balanced (&rig);
    g_assert_cmpuint (verdict.announced, ==, verdict.gaps);
  }
  rig.stall_in = 0;
  rig_stop (&rig);
  if (g_test_verbose ())
    g_test_message ("%s, N=%u seed=%u: taken %u unprovable %u torn %u viol %u",
        row->name, n_stores, seed, (guint) verdict.taken,
        (guint) rig_stats (&rig).lost[VDMA_LOSS_UNPROVABLE],
        (guint) verdict.torn, (guint) rig.violations);
  g_assert_cmpuint (verdict.torn, ==, 0);
  g_assert_cmpuint (verdict.backwards, ==, 0);
  g_assert_cmpuint (rig.violations, ==, 0);
  g_assert_cmpuint (verdict.taken, >, 50);
  driver_rig_close (&rig, 0);
  g_rand_free (rand);
}

static void
test_stalls (gconstpointer data)
{
  for (guint n = 3; n <= 8; n++) {
    for (guint32 seed = 1; seed <= 4; seed++)
      check_stalls (data, n, seed);
  }
}

/* ---- periods that say nothing, or something wrong ----
 *
 * Only estimates depend on the mode's period: what is handed out is whole all
 * the same, and comes in order. */

static void
check_period (const KnobRow *row, const Load *load, gint64 period)
{
  g_autoptr (GError) error = NULL;
  Verdict verdict = { 0 };
  DriverRig rig;
  VdmaMode mode;

  driver_rig_init (&rig);
  rig.desc.n_stores = load->n_stores;
  rig.camera_active = load->active;
  driver_rig_set_knobs (&rig, row);
  driver_rig_open (&rig);
  mode = driver_rig_mode (&rig);
  mode.period = period;
  rig.blind.rounds = TRUE;
  vdma_channel_set_mode (rig.channel[VDMA_S2MM], &mode, &error);
  g_assert_no_error (error);
  rig_start (&rig);
  run_load (&rig, load, &verdict, load->n_stores >= 3 ? 200 : 1000);
  rig_stop (&rig);
  driver_rig_assert_balanced (&rig);
  if (g_test_verbose ())
    g_test_message ("%s, N=%u delay=%.2f period=%.3f: taken %u torn %u",
        row->name, load->n_stores, (gdouble) load->delay / RIG_PERIOD,
        (gdouble) period / RIG_PERIOD, (guint) verdict.taken,
        (guint) verdict.torn);
  g_assert_cmpuint (verdict.torn, ==, 0);
  g_assert_cmpuint (verdict.backwards, ==, 0);
  g_assert_cmpuint (rig.violations, ==, 0);
  g_assert_cmpuint (verdict.taken, >=, load->n_stores >= 3 ? 10 : 1);
  /* too long a period makes the probe's end be seen late */
  if (load->delay == 0 && load->n_stores >= 3 && period <= RIG_PERIOD)
    g_assert_cmpuint (verdict.gaps, ==, 0);
  driver_rig_close (&rig, 0);
}

static void
test_period (gconstpointer data)
{
  static const gint64 periods[] = { 0, 1, RIG_PERIOD / 5, RIG_PERIOD / 2,
    RIG_PERIOD * 3, RIG_PERIOD * 100 };

  for (guint p = 0; p < G_N_ELEMENTS (periods); p++) {
    for (guint n = 1; n <= 6; n++) {
      for (guint d = 0; d < G_N_ELEMENTS (matrix_delays); d++) {
        Load load = { n, matrix_delays[d], 0, RIG_PERIOD * 3 / 4 };
        check_period (data, &load, periods[p]);
      }
    }
  }
}

/* ---- the plain case ---- */

/* In step with the interrupts each frame is out at the first one behind its
 * last line, with no more accesses than the budget has. */
static void
check_budget (guint n_stores, const KnobRow *row, guint budget)
{
  DriverRig rig;
  Verdict verdict = { 0 };
  Load load = { .n_stores = n_stores };

  driver_rig_init (&rig);
  rig.desc.n_stores = n_stores;
  driver_rig_set_knobs (&rig, row);
  driver_rig_open (&rig);
  rig_start (&rig);
  run_load (&rig, &load, &verdict, 16);
  VdmaChannelStats before = rig_stats (&rig);
  for (guint i = 0; i < 64; i++) {
    guint64 done = rig_done (&rig), taken = verdict.taken;
    g_assert_true (rig_wait (&rig));
    rig_service (&rig);
    verdict_take_all (&verdict, &rig);
    g_assert_cmpuint (verdict.taken, ==, taken + 1);
    g_assert_cmpuint (rig_done (&rig), ==, done + 1);
    g_assert_cmpuint (verdict.picture + 1, ==, rig.camera_frame);
  }
  VdmaChannelStats after = rig_stats (&rig);
  guint64 accesses = after.register_reads + after.register_writes
                     - before.register_reads - before.register_writes;
  g_test_message ("%s N=%u: %.2f accesses per frame", row->name, n_stores,
      (gdouble) accesses / 64);
  g_assert_cmpuint (accesses, <=, 64 * budget);
  g_assert_cmpuint (after.commits - before.commits, ==, 64);
  g_assert_cmpuint (verdict.torn + rig.violations, ==, 0);
  driver_rig_close (&rig, 0);
}

static void
test_budget (void)
{
  for (guint n = 3; n <= 16; n++) {
    for (guint i = 0; i < n_knob_rows; i++)
      check_budget (n, &knob_rows[i], n > 3 ? 5 : 6);
  }
}

/* ---- one commit for all ---- */

static void
test_one_commit (void)
{
  DriverRig rig;
  Verdict verdict = { 0 };
  Load load = { .n_stores = 16 };

  driver_rig_init (&rig);
  rig.desc.n_stores = 16;
  driver_rig_open (&rig);
  rig_start (&rig);
  run_load (&rig, &load, &verdict, 16);
  for (guint k = 1; k <= 13; k++) {
    VdmaChannelStats before = rig_stats (&rig);
    guint64 taken = verdict.taken;
    driver_rig_advance (&rig, (k + 1) * RIG_PERIOD - RIG_PERIOD / 4);
    rig_service (&rig);
    verdict_take_all (&verdict, &rig);
    g_assert_cmpuint (verdict.taken - taken, >=, k);
    g_assert_cmpuint (rig_stats (&rig).commits - before.commits, ==, 1);
    run_load (&rig, &load, &verdict, 3);
  }
  g_assert_cmpuint (verdict.torn + verdict.gaps + rig.violations, ==, 0);
  driver_rig_close (&rig, 0);
}

/* ---- the judges can judge ----
 *
 * PYNQ's rule, store (active + 2) mod n and no look back, must be caught: if it
 * is not, the tests above prove nothing. */

static void
pynq_read_frame (DriverRig *rig, VdmaFrame *store, Verdict *verdict)
{
  guint n = rig->desc.n_stores;
  guint32 park = sim_core_read (rig->core, VDMA_PARK_PTR);
  guint index = ((park >> 24) + 2) % n;
  VdmaFrame frame = store[index];

  sim_core_write (rig->core, 0x34, 0x1000);
  g_assert_true (driver_rig_ops.acquire (rig, &store[index]));
  sim_core_write (rig->core, 0xAC + 4 * index, (guint32) store[index].phys);
  sim_core_write (rig->core, 0xA0, RIG_VSIZE);
  driver_rig_keep (rig, &frame);
  verdict->torn += driver_rig_picture (&frame) == G_MAXUINT32;
  driver_rig_advance (rig, RIG_PERIOD / 8); /* the application looks at it */
  driver_rig_give_back (rig, &frame);
}

static void
check_pynq (guint n, gint64 delay)
{
  VdmaFrame store[VDMA_MAX_STORES];
  Verdict verdict = { 0 };
  DriverRig rig;

  driver_rig_init (&rig);
  rig.desc.n_stores = n;
  driver_rig_power (&rig);
  for (guint i = 0; i < n; i++) {
    driver_rig_ops.acquire (&rig, &store[i]);
    sim_core_write (rig.core, 0xAC + 4 * i, (guint32) store[i].phys);
  }
  sim_core_write (rig.core, 0xA8, RIG_STRIDE);
  sim_core_write (rig.core, 0xA4, RIG_HSIZE);
  sim_core_write (rig.core, 0x30, 0x00011003);
  sim_core_write (rig.core, 0xA0, RIG_VSIZE);
  for (guint i = 0; i < 40; i++) {
    driver_rig_advance (&rig, RIG_PERIOD);
    driver_rig_advance (&rig, i % 4 == 3 ? delay : 0);
    pynq_read_frame (&rig, store, &verdict);
  }
  g_test_message ("PYNQ's rule, N=%u delay=%.1f: %u torn, %u accesses to the "
                  "application's memory",
      n, (gdouble) delay / RIG_PERIOD, (guint) verdict.torn,
      (guint) rig.violations);
  g_assert_cmpuint (verdict.torn + rig.violations, >, 0);
  sim_core_write (rig.core, 0x30, 0x00011002);
  driver_rig_close (&rig, n);
}

static void
test_pynq (void)
{
  check_pynq (1, 0);
  check_pynq (2, RIG_PERIOD * 5 / 16);
  check_pynq (3, RIG_PERIOD * 21 / 16);
}

/* ---- the newest ---- */

/* After a stall of @late frame times all complete frames are there; the user
 * wants the last one. */
static void
check_skip (guint n, guint late)
{
  DriverRig rig;
  Verdict verdict = { 0 };
  VdmaFrame frame;
  VdmaFrameInfo info;

  driver_rig_init (&rig);
  rig.desc.n_stores = n;
  driver_rig_open (&rig);
  VdmaChannel *channel = rig.channel[VDMA_S2MM];
  rig_start (&rig);
  run_load (&rig, &(Load){ .n_stores = n }, &verdict, 12);
  guint64 frames = rig_stats (&rig).frames;
  g_assert_true (rig_wait (&rig));
  driver_rig_advance (&rig, late * RIG_PERIOD + RIG_PERIOD / 2);
  rig_service (&rig);

  guint n_waiting = vdma_capture_n_waiting (channel);
  g_assert_cmpuint (n_waiting, ==, late + 1);
  g_assert_cmpuint (vdma_capture_skip_older (channel), ==, late);
  g_assert_cmpuint (vdma_capture_skip_older (channel), ==, 0);
  g_assert_true (vdma_capture_take (channel, &frame, &info));
  g_assert_cmpuint (info.number, ==, frames + late);
  g_assert_cmpint ((info.flags & VDMA_FRAME_DISCONT) != 0, ==, late > 0);
  g_assert_false (vdma_capture_take (channel, &frame, &info));
  g_assert_cmpuint (rig_stats (&rig).lost[VDMA_LOSS_SKIPPED], ==, late);
  driver_rig_assert_balanced (&rig);
  driver_rig_keep (&rig, &frame);
  driver_rig_give_back (&rig, &frame);
  rig_stop (&rig);
  driver_rig_close (&rig, 0);
}

static void
test_skip_older (void)
{
  for (guint n = 3; n <= 8; n++) {
    for (guint late = 0; late <= n - 3; late++)
      check_skip (n, late);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/capture/budget", test_budget);
  g_test_add_func ("/capture/one-commit", test_one_commit);
  g_test_add_func ("/capture/pynq", test_pynq);
  g_test_add_func ("/capture/skip-older", test_skip_older);
  for (guint i = 0; i < n_knob_rows; i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/capture/matrix/%s", knob_rows[i].name);
    g_autofree gchar *period =
        g_strdup_printf ("/capture/period/%s", knob_rows[i].name);
    g_test_add_data_func (path, &knob_rows[i], test_matrix);
    if (!knob_row_is_about_time (&knob_rows[i]))
      continue;
    g_autofree gchar *slack =
        g_strdup_printf ("/capture/slack/%s", knob_rows[i].name);
    g_autofree gchar *stalls =
        g_strdup_printf ("/capture/stalls/%s", knob_rows[i].name);
    g_test_add_data_func (slack, &knob_rows[i], test_slack);
    g_test_add_data_func (period, &knob_rows[i], test_period);
    g_test_add_data_func (stalls, &knob_rows[i], test_stalls);
  }
  return g_test_run ();
}
