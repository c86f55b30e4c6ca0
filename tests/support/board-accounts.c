/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The accounts of every channel that a program claims on a simulated board, against
 * what the board's core really did from the claim to the release. Linked in with
 * --wrap, it judges each release by itself: no test can forget to ask.
 *
 * What cannot be known:
 *  - frames kept in quarantine: the core goes on, and nobody asks it any more
 *  - with one or two stores, whether an error that halted the core came before its
 *    frame began: one frame for each error
 *  - a source that pauses, in a service that is late: rounds of the ring are
 *    estimated by the time (docs/stress.md), and counted as late
 *  - of a display, what it shows by genlock: the hardware does it alone
 *  - the last frame of a display with one store, or with a pointer that moves ahead */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sim.h"
#include "vdma.h"

VdmaChannel *__real_vdma_device_claim (
    VdmaDevice *device, VdmaDirection dir, const gchar *who, GError **error);
VdmaChannel *__wrap_vdma_device_claim (
    VdmaDevice *device, VdmaDirection dir, const gchar *who, GError **error);
void __real_vdma_channel_release (VdmaChannel *channel);
void __wrap_vdma_channel_release (VdmaChannel *channel);

typedef struct {
  SimChannelTruth channel;
  gboolean loops; /* the source pauses where the display does */
} BoardTruth;

static GMutex accounts_lock;
static GHashTable *accounts_claims; /* channel to BoardTruth at its claim */

/* Where GST_VDMA_ACCOUNTS names a file, who runs a program can see there that its
 * channels were judged (tests/judged/judge.sh). */
static void
accounts_note (VdmaChannel *channel, const gchar *what)
{
  const gchar *path = g_getenv ("GST_VDMA_ACCOUNTS");

  if (!path)
    return;
  g_autofree gchar *line = g_strdup_printf ("%d %s %s %s\n", (int) getpid (),
      what, vdma_device_get_desc (vdma_channel_get_device (channel))->name,
      vdma_channel_get_direction (channel) == VDMA_S2MM ? "s2mm" : "mm2s");
  gsize length = strlen (line);
  int fd = open (path, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd < 0 || write (fd, line, length) != (gssize) length)
    g_error ("accounts: '%s': %s", path, g_strerror (errno));
  close (fd);
}

/* Returns: FALSE where the core is no simulated one */
static gboolean
accounts_get_truth (VdmaDevice *device, VdmaDirection dir, BoardTruth *truth)
{
  const gchar *name = vdma_device_get_desc (device)->name;
  SimTruth whole;

  if (!g_str_has_prefix (name, "sim"))
    return FALSE;
  SimBoard *board = sim_board_open (*(name + 3) ? name + 4 : NULL, NULL, NULL);
  if (!board)
    return FALSE;
  sim_board_get_truth (board, &whole);
  sim_board_unref (board);
  *truth = (BoardTruth){ whole.channel[dir], whole.loops };
  return TRUE;
}

VdmaChannel *
__wrap_vdma_device_claim (
    VdmaDevice *device, VdmaDirection dir, const gchar *who, GError **error)
{
  VdmaChannel *channel = __real_vdma_device_claim (device, dir, who, error);
  BoardTruth truth;

  if (!channel || !accounts_get_truth (device, dir, &truth))
    return channel;
  g_mutex_lock (&accounts_lock);
  if (!accounts_claims)
    accounts_claims = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_hash_table_insert (
      accounts_claims, channel, g_memdup2 (&truth, sizeof truth));
  g_mutex_unlock (&accounts_lock);
  accounts_note (channel, "claimed");
  return channel;
}

static gboolean
accounts_take_claim (VdmaChannel *channel, BoardTruth *claim)
{
  g_mutex_lock (&accounts_lock);
  const BoardTruth *found =
      accounts_claims ? g_hash_table_lookup (accounts_claims, channel) : NULL;
  gboolean ok = found != NULL;
  if (ok)
    *claim = *found;
  if (ok)
    g_hash_table_remove (accounts_claims, channel);
  g_mutex_unlock (&accounts_lock);
  return ok;
}

static void
accounts_expect (const gchar *what, guint64 value, guint64 least, guint64 most)
{
  if (value < least || value > most)
    g_error ("accounts: %s are %" G_GUINT64_FORMAT ", and %" G_GUINT64_FORMAT
             " to %" G_GUINT64_FORMAT " by what the core did",
        what, value, least, most);
}

/* Returns: frames of whole rounds that nobody could know not to have been */
static guint64
accounts_estimated (const VdmaChannelStats *stats, const BoardTruth *now,
    guint64 over, guint n_stores)
{
  gboolean rounds = over % n_stores == 0;
  return now->loops && rounds && over <= stats->lost[VDMA_LOSS_LATE] ? over : 0;
}

static void
accounts_judge_capture (VdmaChannel *channel, const VdmaChannelStats *stats,
    guint64 losses, const BoardTruth *claim, const BoardTruth *now)
{
  guint n = vdma_device_get_desc (vdma_channel_get_device (channel))->n_stores;
  guint64 begun = now->channel.frames_started - claim->channel.frames_started;
  guint64 captured = stats->frames - stats->lost[VDMA_LOSS_HALTED];
  guint64 most = begun + accounts_estimated (stats, now, captured - begun, n);

  accounts_expect ("frames of the sum", stats->delivered + losses,
      stats->frames, stats->frames);
  accounts_expect (
      "captured frames", captured, begun, most + (n < 3 ? stats->errors : 0));
}

static void
accounts_judge_display (const VdmaChannelStats *stats, guint64 losses,
    const BoardTruth *claim, const BoardTruth *now)
{
  guint64 begun = now->channel.frames_started - claim->channel.frames_started;
  guint64 same = now->channel.frames_repeated - claim->channel.frames_repeated;

  accounts_expect ("accepted frames", stats->delivered, stats->frames + losses,
      stats->frames + losses);
  if (stats->delivered == 0) /* by genlock, or not at all */
    return;
  accounts_expect ("shown frames", stats->frames, 0, begun + stats->recoveries);
  /* a new picture is a frame: each run begins with its first one once more */
  accounts_expect ("new pictures", begun - same, 0,
      stats->frames + 2 * (2 + stats->recoveries));
  accounts_expect ("interrupts", stats->interrupts, 0, begun);
}

void
__wrap_vdma_channel_release (VdmaChannel *channel)
{
  BoardTruth claim, now;
  VdmaChannelStats stats;
  guint64 losses = 0;

  if (!channel || !accounts_take_claim (channel, &claim)) {
    __real_vdma_channel_release (channel);
    return;
  }
  VdmaDirection dir = vdma_channel_get_direction (channel);
  vdma_channel_stop (channel, NULL);
  vdma_channel_get_stats (channel, &stats);
  for (guint i = 0; i < VDMA_N_LOSSES; i++)
    losses += stats.lost[i];
  if (stats.quarantined == 0
      && accounts_get_truth (vdma_channel_get_device (channel), dir, &now)) {
    if (dir == VDMA_S2MM)
      accounts_judge_capture (channel, &stats, losses, &claim, &now);
    else
      accounts_judge_display (&stats, losses, &claim, &now);
    accounts_note (channel, "judged");
  }
  __real_vdma_channel_release (channel);
}
