/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames are handed over by the commit of their address, and where the store has
 * that already by the park pointer; barriers.sh looks at what such a write is made
 * of. */
#include "driver-rig.h"
#include "vdma-regs.h"

#define SHOWN 20

/* ---- the driver's writes; the linker puts these before the real ones ---- */

static guint n_handed, n_commits, n_parks;

void __real_vdma_regs_write (VdmaRegs *self, guint offset, guint32 value);
void __real_vdma_regs_hand_over (VdmaRegs *self, guint offset, guint32 value);
void __wrap_vdma_regs_write (VdmaRegs *self, guint offset, guint32 value);
void __wrap_vdma_regs_hand_over (VdmaRegs *self, guint offset, guint32 value);

static gboolean
commits (guint offset)
{
  return offset == VDMA_MM2S_PARAM_BASE + VDMA_VSIZE
         || offset == VDMA_S2MM_PARAM_BASE + VDMA_VSIZE;
}

void
__wrap_vdma_regs_write (VdmaRegs *self, guint offset, guint32 value)
{
  n_commits += commits (offset);
  n_parks += offset == VDMA_PARK_PTR;
  __real_vdma_regs_write (self, offset, value);
}

void
__wrap_vdma_regs_hand_over (VdmaRegs *self, guint offset, guint32 value)
{
  n_handed++;
  n_commits += commits (offset);
  n_parks += offset == VDMA_PARK_PTR;
  __real_vdma_regs_hand_over (self, offset, value);
}

/* ---- tests ---- */

/* Every commit and every park reference hands over, nothing else does; returns
 * how often. */
static guint
check_hand_overs (VdmaChannel *channel)
{
  VdmaChannelStats stats;
  vdma_channel_get_stats (channel, &stats);
  g_assert_cmpuint (n_handed, ==, n_commits + n_parks);
  g_assert_cmpuint (n_commits, ==, stats.commits);
  return n_handed;
}

static void
test_capture (void)
{
  DriverRig rig;
  n_handed = n_commits = n_parks = 0;
  driver_rig_init (&rig);
  driver_rig_open (&rig);
  driver_rig_start_capture (&rig);
  guint at_start = n_handed;
  driver_rig_capture (&rig, SHOWN);
  guint n = check_hand_overs (rig.channel[VDMA_S2MM]) - at_start;
  g_test_message ("%u hand-overs for %u frames", n, SHOWN);
  g_assert_cmpuint (n, >=, SHOWN - 1);
  g_assert_cmpuint (n, <=, SHOWN + 2);
  driver_rig_close (&rig, 0);
}

/* Returns: how many commits there were */
static guint
show_frames (guint n_frames)
{
  DriverRig rig;
  g_autoptr (GError) error = NULL;
  guint number = 0;
  n_handed = n_commits = n_parks = 0;
  driver_rig_init (&rig);
  rig.source.silent = TRUE;
  rig.n_frames = n_frames;
  driver_rig_open (&rig);
  VdmaChannel *channel = rig.channel[VDMA_MM2S];
  VdmaFrame frame = driver_rig_new_frame (&rig, number++);
  g_assert_true (vdma_channel_start (channel, &frame, &error));
  while (number < SHOWN + 1) {
    g_assert_cmpint (
        vdma_channel_wait (channel, NULL, rig.now + 4 * RIG_PERIOD, &error), ==,
        VDMA_WAIT_READY);
    vdma_channel_service (channel, &error);
    g_assert_no_error (error);
    if (!vdma_display_can_show (channel)
        || driver_rig_count (&rig, RIG_FREE) == 0)
      continue;
    frame = driver_rig_new_frame (&rig, number++);
    g_assert_true (vdma_display_show (channel, &frame, &error));
  }
  check_hand_overs (channel);
  g_test_message ("%u commits, %u park references for %u frames", n_commits,
      n_parks, SHOWN);
  g_assert_cmpuint (n_parks, >=, SHOWN - 3); /* that many wait */
  driver_rig_close (&rig, 0);
  return n_commits;
}

static void
test_display (void)
{
  g_assert_cmpuint (show_frames (RIG_FRAMES), >=, SHOWN);
}

/* No address changes: the park reference alone hands over. */
static void
test_display_in_turn (void)
{
  g_assert_cmpuint (show_frames (4), <=, 8);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/barrier/capture", test_capture);
  g_test_add_func ("/barrier/display", test_display);
  g_test_add_func ("/barrier/display-in-turn", test_display_in_turn);
  return g_test_run ();
}
