/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a frame costs beside the register accesses of a service in time: those of
 * one that comes late, locks, allocations. */
#include "driver-knobs.h"

#ifdef COUNT_ALLOCATIONS
#include "bench.h"
#endif

/* ---- locks: the linker leads GLib's to these ---- */

void __real_g_mutex_lock (GMutex *mutex);
gboolean __real_g_mutex_trylock (GMutex *mutex);
void __real_g_mutex_unlock (GMutex *mutex);
void __wrap_g_mutex_lock (GMutex *mutex);
gboolean __wrap_g_mutex_trylock (GMutex *mutex);
void __wrap_g_mutex_unlock (GMutex *mutex);

static __thread guint locks_held;
static guint64 locks_taken; /* in this test's one thread */

void
__wrap_g_mutex_lock (GMutex *mutex)
{
  __real_g_mutex_lock (mutex);
  locks_held++;
  locks_taken++;
}

gboolean
__wrap_g_mutex_trylock (GMutex *mutex)
{
  gboolean taken = __real_g_mutex_trylock (mutex);
  locks_held += taken;
  return taken;
}

void
__wrap_g_mutex_unlock (GMutex *mutex)
{
  locks_held--;
  __real_g_mutex_unlock (mutex);
}

static guint64 accesses, locked_accesses, parkings;

static void
cost_on_access (DriverRig *rig, guint offset, gboolean writes)
{
  gboolean parks = writes && offset == VDMA_PARK_PTR;

  accesses++;
  parkings += parks;
  locked_accesses += locks_held > 0 && !(parks && locks_held == 1);
}

/* ---- a run of both channels ---- */

static void
cost_service (DriverRig *rig, VdmaDirection dir)
{
  g_autoptr (GError) error = NULL;
  VdmaWait wait = vdma_channel_wait (
      rig->channel[dir], NULL, rig->now + 4 * RIG_PERIOD, &error);

  g_assert_no_error (error);
  g_assert_cmpint (wait, ==, VDMA_WAIT_READY);
  vdma_channel_service (rig->channel[dir], &error);
  g_assert_no_error (error);
}

static guint
cost_take_all (DriverRig *rig)
{
  VdmaFrame frame;
  guint n = 0;

  for (; vdma_capture_take (rig->channel[VDMA_S2MM], &frame, NULL); n++) {
    driver_rig_keep (rig, &frame);
    g_assert_cmpuint (driver_rig_picture (&frame), !=, G_MAXUINT32);
    driver_rig_give_back (rig, &frame);
  }
  return n;
}

static void
cost_show (DriverRig *rig, guint32 *shown)
{
  while (vdma_display_can_show (rig->channel[VDMA_MM2S])) {
    g_autoptr (GError) error = NULL;
    VdmaFrame frame = driver_rig_new_frame (rig, ++*shown);
    vdma_display_show (rig->channel[VDMA_MM2S], &frame, &error);
    g_assert_no_error (error);
  }
}

static void
cost_start (DriverRig *rig, VdmaDirection dir, const VdmaFrame *first)
{
  g_autoptr (GError) error = NULL;
  vdma_channel_start (rig->channel[dir], first, &error);
  g_assert_no_error (error);
}

static void
cost_stop (DriverRig *rig, VdmaDirection dir)
{
  g_autoptr (GError) error = NULL;
  vdma_channel_stop (rig->channel[dir], &error);
  g_assert_no_error (error);
}

/* From the claim to the release no access waits for a lock, or makes others wait
 * for it; but the write of the park pointer, which both channels share. */
static void
check_locks (const KnobRow *row, guint n_stores)
{
  guint32 shown = 0;
  DriverRig rig;

  driver_rig_init (&rig);
  rig.desc.n_stores = n_stores;
  driver_rig_set_knobs (&rig, row);
  rig.on_access = cost_on_access;
  accesses = locked_accesses = parkings = locks_taken = 0;
  driver_rig_open (&rig);
  VdmaFrame first = driver_rig_new_frame (&rig, 0);
  cost_start (&rig, VDMA_S2MM, NULL);
  cost_start (&rig, VDMA_MM2S, &first);
  for (guint i = 0; i < 40; i++) {
    cost_service (&rig, VDMA_S2MM);
    cost_take_all (&rig);
    cost_service (&rig, VDMA_MM2S);
    cost_show (&rig, &shown);
    sim_core_inject (rig.core, VDMA_S2MM, i == 30 ? VDMA_SR_DEC_ERR : 0);
  }
  cost_stop (&rig, VDMA_S2MM);
  cost_stop (&rig, VDMA_MM2S);
  driver_rig_close (&rig, 0);
  g_test_message ("%s, N=%u: %u accesses, %u of the park pointer, %u locks",
      row->name, n_stores, (guint) accesses, (guint) parkings,
      (guint) locks_taken);
  g_assert_cmpuint (locks_held, ==, 0);
  g_assert_cmpuint (locked_accesses, ==, 0);
  g_assert_cmpuint (accesses, >, 300);
  g_assert_cmpuint (locks_taken, >, parkings); /* the stand-ins are called */
}

static void
test_locks (void)
{
  for (guint i = 0; i < n_knob_rows; i++) {
    check_locks (&knob_rows[i], 1);
    check_locks (&knob_rows[i], 3);
    check_locks (&knob_rows[i], 8);
  }
}

/* ---- a thread that is woken late ---- */

static void
check_late (const KnobRow *row, guint n_stores, gint64 late, guint each)
{
  VdmaChannelStats before, after;
  guint64 n = 0;
  DriverRig rig;

  driver_rig_init (&rig);
  rig.desc.n_stores = n_stores;
  driver_rig_set_knobs (&rig, row);
  driver_rig_open (&rig);
  VdmaChannel *channel = rig.channel[VDMA_S2MM];
  cost_start (&rig, VDMA_S2MM, NULL);
  for (guint i = 0; i < 32; i++) {
    cost_service (&rig, VDMA_S2MM);
    cost_take_all (&rig);
  }
  vdma_channel_get_stats (channel, &before);
  for (guint i = 0; i < 20 * each; i++) {
    rig.oversleep = i % each == 0 ? late : 0;
    cost_service (&rig, VDMA_S2MM);
    n += cost_take_all (&rig);
  }
  vdma_channel_get_stats (channel, &after);
  gdouble cost = (gdouble) (after.register_reads + after.register_writes
                            - before.register_reads - before.register_writes)
                 / (gdouble) n;
  g_test_message ("%s, N=%u, one wake-up in %u late by %.2f: %.2f accesses",
      row->name, n_stores, each, (gdouble) late / RIG_PERIOD, cost);
  for (guint loss = 0; loss < VDMA_N_LOSSES; loss++)
    g_assert_cmpuint (after.lost[loss], ==, before.lost[loss]);
  g_assert_cmpfloat (cost, <=, n_stores > 3 ? 5.0 : 6.0);
  driver_rig_close (&rig, 0);
}

static void
test_late (void)
{
  static const guint stores[] = { 4, 5, 8, 16 };
  static const guint hundredths[] = { 0, 10, 25, 40, 49, 55, 70, 90, 110, 150 };

  for (guint s = 0; s < G_N_ELEMENTS (stores); s++) {
    for (guint h = 0; h < G_N_ELEMENTS (hundredths); h++) {
      gint64 late = RIG_PERIOD * hundredths[h] / 100;
      check_late (&knob_rows[0], stores[s], late, 12);
    }
  }
}

/* ---- allocations ---- */

#ifdef COUNT_ALLOCATIONS
static guint64
count_allocations (void)
{
  BenchCounts counts;
  bench_count_now (&counts);
  return counts.allocations;
}

static void
test_allocations (void)
{
  g_autoptr (GError) error = NULL;
  guint64 inside = 0;
  DriverRig rig;

  driver_rig_init (&rig);
  driver_rig_open (&rig);
  VdmaChannel *channel = rig.channel[VDMA_S2MM];
  cost_start (&rig, VDMA_S2MM, NULL);
  for (guint i = 0; i < 200; i++) {
    guint64 before = count_allocations ();
    vdma_channel_wait (channel, NULL, rig.now + 4 * RIG_PERIOD, &error);
    vdma_channel_service (channel, &error);
    cost_take_all (&rig);
    inside += i >= 16 ? count_allocations () - before : 0;
  }
  g_assert_no_error (error);
  g_assert_cmpuint (inside, ==, 0);
  g_assert_cmpuint (count_allocations (), >, 0); /* the stand-ins are called */
  driver_rig_close (&rig, 0);
}
#endif

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cost/locks", test_locks);
  g_test_add_func ("/cost/late", test_late);
#ifdef COUNT_ALLOCATIONS
  g_test_add_func ("/cost/allocations", test_allocations);
#endif
  return g_test_run ();
}
