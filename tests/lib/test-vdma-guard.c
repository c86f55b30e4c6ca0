/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process dies while channels run: its parent sees in the registers, which are
 * a file both have mapped, that the channels asked for were reset. */
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vdma-regs.h"
#include "vdma.h"

#define GUARD_HANDLED 42 /* how a child ends that has its own handler */

typedef struct {
  guint32 words[VDMA_REG_DECODED / 4];
  guint32 cr_at_signal[VDMA_N_DIRECTIONS]; /* when the child's handler ran */
} Shared;

static Shared *shared;
static const guint cr_word[VDMA_N_DIRECTIONS] = {
  [VDMA_MM2S] = (VDMA_MM2S_BASE + VDMA_CR) / 4,
  [VDMA_S2MM] = (VDMA_S2MM_BASE + VDMA_CR) / 4,
};

/* ---- registers in a file: enough of a core to start and stop ---- */

static guint32
guard_read32 (VdmaRegs *regs, guint offset)
{
  guint32 value = shared->words[offset / 4];

  if (offset == VDMA_VERSION)
    return 0x62000050;
  if (offset == VDMA_MM2S_BASE + VDMA_SR || offset == VDMA_S2MM_BASE + VDMA_SR)
    return 0x00010000
           | (shared->words[offset / 4 - 1] & VDMA_CR_RS ? 0 : VDMA_SR_HALTED);
  if (offset == VDMA_MM2S_BASE + VDMA_CR || offset == VDMA_S2MM_BASE + VDMA_CR)
    return VDMA_CR_RESET_VALUE | (value & ~VDMA_CR_RESET);
  return value;
}

static void
guard_write32 (VdmaRegs *regs, guint offset, guint32 value)
{
  ((volatile guint32 *) shared->words)[offset / 4] = value;
}

static void
guard_close (VdmaRegs *regs)
{
  g_free (regs);
}

static const VdmaRegsImpl guard_regs = {
  .name = "file",
  .read32 = guard_read32,
  .write32 = guard_write32,
  .close = guard_close,
  .signal_safe = TRUE,
};

static gboolean
guard_arm (VdmaIrq *irq, GError **error)
{
  return TRUE;
}

static gboolean
guard_consume (VdmaIrq *irq, guint64 *count, GError **error)
{
  *count = 0;
  return TRUE;
}

static void
guard_close_line (VdmaIrq *irq)
{
  close (irq->fd);
  g_free (irq);
}

static const VdmaIrqImpl guard_line = {
  .name = "none",
  .arm = guard_arm,
  .consume = guard_consume,
  .close = guard_close_line,
};

static gboolean
guard_acquire (gpointer user_data, VdmaFrame *frame)
{
  guint *n = user_data;
  *frame = (VdmaFrame){ .phys = 0x10000000u + 0x1000u * (*n)++ };
  return TRUE;
}

static void
guard_release (gpointer user_data, VdmaFrame *frame)
{
}

static const VdmaFrameOps guard_ops = {
  .acquire = guard_acquire,
  .release = guard_release,
};

/* ---- in the child ---- */

static VdmaDevice *
guard_open (void)
{
  VdmaIrq *irqs[VDMA_N_DIRECTIONS];
  VdmaRegs *regs = g_new0 (VdmaRegs, 1);
  VdmaHwDesc desc;

  vdma_hw_desc_init (&desc);
  regs->impl = &guard_regs;
  regs->span = VDMA_REG_DECODED;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    irqs[dir] = g_new0 (VdmaIrq, 1);
    irqs[dir]->impl = &guard_line;
    irqs[dir]->fd = eventfd (0, EFD_CLOEXEC);
  }
  return vdma_device_open (&desc, regs, irqs, vdma_time_monotonic (), NULL);
}

static VdmaChannel *
guard_start (VdmaDevice *device, VdmaDirection dir, gboolean guarded)
{
  static guint n;
  static const VdmaMode mode = { .hsize = 64, .vsize = 4, .stride = 64 };
  VdmaFrame first = { .phys = 0x20000000 };
  VdmaChannel *channel = vdma_device_claim (device, dir, "child", NULL);

  vdma_channel_set_frame_ops (channel, &guard_ops, &n);
  vdma_channel_set_crash_guard (channel, guarded);
  if (!vdma_channel_set_mode (channel, &mode, NULL)
      || !vdma_channel_start (channel, dir == VDMA_MM2S ? &first : NULL, NULL))
    _exit (1);
  return channel;
}

static void
guard_on_signal (gint number)
{
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    shared->cr_at_signal[dir] = shared->words[cr_word[dir]];
  _exit (GUARD_HANDLED);
}

typedef enum {
  BOTH_RUN,
  ONE_GUARDED,
  STOPPED,
  RESTARTED,
  CLOSED,
} Story;

static void
guard_live (Story story)
{
  VdmaDevice *device = guard_open ();
  VdmaChannel *s2mm = guard_start (device, VDMA_S2MM, TRUE);
  VdmaChannel *mm2s = guard_start (device, VDMA_MM2S, story != ONE_GUARDED);
  VdmaFrame first = { .phys = 0x20000000 };

  if (story >= STOPPED)
    vdma_channel_stop (mm2s, NULL);
  if (story == RESTARTED && !vdma_channel_start (mm2s, &first, NULL))
    _exit (2);
  if (story == CLOSED) {
    vdma_channel_release (s2mm);
    vdma_channel_release (mm2s);
    vdma_device_unref (device);
  }
}

/* Returns: how the child ended, as waitpid() says it */
static gint
guard_run_child (Story story, gboolean handles)
{
  gint status;

  *shared = (Shared){ .cr_at_signal = { 0 } };
  pid_t pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0) {
    signal (SIGSEGV, handles ? guard_on_signal : SIG_DFL);
    guard_live (story);
    raise (SIGSEGV);
    _exit (3);
  }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  return status;
}

/* ---- in the parent ---- */

typedef struct {
  const gchar *name;
  Story story;
  gboolean reset[VDMA_N_DIRECTIONS];
} Row;

static const Row rows[] = {
  { "both", BOTH_RUN, { [VDMA_MM2S] = TRUE, [VDMA_S2MM] = TRUE } },
  { "not-asked", ONE_GUARDED, { [VDMA_MM2S] = FALSE, [VDMA_S2MM] = TRUE } },
  { "stopped", STOPPED, { [VDMA_MM2S] = FALSE, [VDMA_S2MM] = TRUE } },
  { "restarted", RESTARTED, { [VDMA_MM2S] = TRUE, [VDMA_S2MM] = TRUE } },
  { "closed", CLOSED, { [VDMA_MM2S] = FALSE, [VDMA_S2MM] = FALSE } },
};

static void
test_crash (gconstpointer data)
{
  const Row *row = data;
  gint status = guard_run_child (row->story, FALSE);

  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (WTERMSIG (status), ==, SIGSEGV);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    g_assert_cmpint (
        shared->words[cr_word[dir]] == VDMA_CR_RESET, ==, row->reset[dir]);
  g_assert_cmpint ((shared->words[cr_word[VDMA_MM2S]] & VDMA_CR_RS) != 0, ==,
      row->story == ONE_GUARDED);

  /* the handler that was there before runs, when the hardware is stopped */
  status = guard_run_child (row->story, TRUE);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, GUARD_HANDLED);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    g_assert_cmpint (
        shared->cr_at_signal[dir] == VDMA_CR_RESET, ==, row->reset[dir]);
}

static Shared *
guard_map_file (void)
{
  gint fd = memfd_create ("registers", MFD_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, sizeof (Shared)), ==, 0);
  gpointer map =
      mmap (NULL, sizeof (Shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  g_assert_true (map != MAP_FAILED);
  close (fd);
  return map;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  shared = guard_map_file ();
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *path = g_strdup_printf ("/vdma-guard/%s", rows[i].name);
    g_test_add_data_func (path, &rows[i], test_crash);
  }
  return g_test_run ();
}
