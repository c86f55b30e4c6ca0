/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A channel's accounts against what the core really did, when its claim ends. */
#include "driver-rig.h"

/* Returns: how far @value is outside of [@least, @most] */
static gint64
accounts_distance (gint64 value, gint64 least, gint64 most)
{
  return value < least ? value - least : value > most ? value - most : 0;
}

static guint64
accounts_losses (const VdmaChannelStats *stats)
{
  guint64 sum = 0;
  for (guint i = 0; i < VDMA_N_LOSSES; i++)
    sum += stats->lost[i];
  return sum;
}

void
driver_rig_assert_balanced (DriverRig *rig)
{
  VdmaChannel *channel = rig->channel[VDMA_S2MM];
  VdmaChannelStats stats;

  vdma_channel_get_stats (channel, &stats);
  g_assert_cmpuint (stats.frames, ==,
      stats.delivered + vdma_capture_n_waiting (channel)
          + accounts_losses (&stats));
}

/* Every frame that the core began is counted once. With one or two stores the core
 * waits for a frame most of the time; that an error came in such a wait shows
 * nowhere: it counts as one in a frame. */
static void
accounts_judge_capture (const DriverRig *rig, const VdmaChannelStats *stats)
{
  const SimCoreTruth *core = sim_core_get_truth (rig->core, VDMA_S2MM);
  gint64 counted = (gint64) (stats->frames - stats->lost[VDMA_LOSS_HALTED]);
  gint64 begun = (gint64) core->frames_started;
  gint64 over = (gint64) rig->blind.over;

  g_assert_cmpuint (
      stats->frames, ==, stats->delivered + accounts_losses (stats));
  if (rig->desc.n_stores < 3)
    over += (gint64) stats->errors;
  if (!rig->blind.rounds)
    g_assert_cmpint (accounts_distance (counted,
                         begun - (gint64) rig->blind.under, begun + over),
        ==, 0);
}

gint64
driver_rig_pictures (const DriverRig *rig)
{
  gint64 n = 0;
  for (guint i = 0; i < rig->displayed->len; i++)
    n += i == 0
         || g_array_index (rig->displayed, guint32, i)
                != g_array_index (rig->displayed, guint32, i - 1);
  return n;
}

/* Every frame accepted was shown or cancelled; what was shown came out of the
 * core. Of the last one before a stop only a pointer that moves with SOF tells, and
 * no pointer with one store; of a frame that an error cut short, an interrupt. */
static void
accounts_judge_display (const DriverRig *rig, const VdmaChannelStats *stats)
{
  const SimCoreTruth *core = sim_core_get_truth (rig->core, VDMA_MM2S);
  gboolean blind = rig->desc.n_stores == 1
                   || rig->knobs.frmstore_phase == SIM_FRMSTORE_LAST_LINE
                   || core->frames_short > 0;
  gint64 shown = (gint64) stats->frames;
  gint64 pictures = driver_rig_pictures (rig) + (gint64) rig->blind.again;
  gint64 times = (gint64) (stats->frames + stats->repeated);
  gint64 sent = rig->displayed->len;
  gint64 again = (gint64) rig->blind.again, fired = (gint64) rig->blind.fired;

  g_assert_cmpuint (
      stats->delivered, ==, stats->frames + accounts_losses (stats));
  g_assert_cmpint (
      (gint64) stats->interrupts, <=, (gint64) core->frames_started + fired);
  g_assert_cmpint (
      accounts_distance (shown, rig->blind.follows ? 0 : pictures - blind,
          pictures + blind + (gint64) core->frames_short),
      ==, 0);
  if (rig->blind.follows)
    return;
  /* interrupts may be of begins: of frames that an error cut short too, or not yet
   * of the last one before a halt */
  g_assert_cmpint (
      accounts_distance (times, sent - 1 - fired - (gint64) stats->recoveries,
          sent + 1 + (gint64) core->frames_short + again + fired),
      ==, 0);
}

void
driver_rig_release (DriverRig *rig, VdmaDirection dir)
{
  VdmaChannel *channel = g_steal_pointer (&rig->channel[dir]);
  VdmaChannelStats stats;

  if (!channel)
    return;
  vdma_channel_stop (channel, NULL);
  vdma_channel_get_stats (channel, &stats);
  if (stats.quarantined > 0)
    ; /* the core goes on, and nobody asks it any more */
  else if (dir == VDMA_S2MM)
    accounts_judge_capture (rig, &stats);
  else
    accounts_judge_display (rig, &stats);
  vdma_channel_release (channel);
  rig->judged[dir] = TRUE;
}
