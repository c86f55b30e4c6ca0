/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guardian: children die by SIGKILL, or end as they should, and a file that
 * stands for the registers shows what was written. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "board.h"
#include "fake-libcma.h"
#include "fake-root.h"
#include "io-guardian-protocol.h"
#include "io-guardian.h"
#include "io-lock.h"
#include "io-uio.h"
#include "test-child.h"
#include "vdma-error.h"
#include "vdma-regs.h"

#define MM2S_CR (VDMA_MM2S_BASE + VDMA_CR)
#define S2MM_CR (VDMA_S2MM_BASE + VDMA_CR)

static const gchar *guardian_libcma; /* that the tests build */

static FakeRoot *
machine_new (void)
{
  const FakeUio uio = { 0, "axi_vdma", 0x43000000, 0x1000, 0 };
  FakeRoot *root = fake_root_new ();
  fake_root_add_uio (root, &uio);
  fake_root_make_folder (root, "run/lock");
  fake_root_poke (root, "dev/uio0", VDMA_VERSION, 0x62000050);
  for (guint base = VDMA_MM2S_BASE; base <= VDMA_S2MM_BASE;
       base += VDMA_S2MM_BASE) {
    fake_root_poke (root, "dev/uio0", base + VDMA_CR, VDMA_CR_RESET_VALUE);
    fake_root_poke (root, "dev/uio0", base + VDMA_SR, VDMA_SR_RESET_VALUE);
  }
  return root;
}

static Board *
machine_open (FakeRoot *root, const gchar *options, GError **error)
{
  g_autofree gchar *text = g_strdup_printf (
      "uio:axi_vdma?root=%s&stores=3&irq=timer%s", root->path, options);
  return board_open (text, NULL, error);
}

static guint32
machine_read (FakeRoot *root, guint offset)
{
  return fake_root_peek (root, "dev/uio0", offset);
}

/* What a child does before it stays to be killed. */
typedef enum {
  CHILD_CLAIMS,
  CHILD_RELEASES,
  CHILD_CLOSES,
} ChildDoes;

typedef struct {
  FakeRoot *root;
  ChildDoes does;
} Child;

/* With its S2MM channel as if it ran. */
static gboolean
child_run (gpointer data)
{
  const Child *self = data;
  g_autoptr (GError) error = NULL;
  Board *board = machine_open (self->root, "&guardian=true", &error);
  if (error)
    g_printerr ("%s\n", error->message);
  VdmaChannel *channel = board ? vdma_device_claim (
                             board_get_device (board), VDMA_S2MM, "child", NULL)
                               : NULL;
  fake_root_poke (self->root, "dev/uio0", S2MM_CR, VDMA_CR_RS);
  if (channel && self->does >= CHILD_RELEASES)
    vdma_channel_release (channel);
  if (channel && self->does >= CHILD_CLOSES)
    board_unref (board);
  return channel != NULL;
}

static pid_t
child_start (FakeRoot *root, ChildDoes does)
{
  return test_child_start (child_run, &(Child){ root, does });
}

/* Orphans come to this process. Returns: whether there was one, and it is gone */
static gboolean
guardian_await (void)
{
  gint status;
  if (waitpid (-1, &status, 0) < 0)
    return FALSE;
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  return TRUE;
}

static void
test_killed (void)
{
  g_autoptr (FakeRoot) root = machine_new ();
  pid_t pid = child_start (root, CHILD_CLAIMS);
  g_assert_cmphex (machine_read (root, S2MM_CR), ==, VDMA_CR_RS);
  test_child_kill (pid);
  g_assert_true (guardian_await ());
  g_assert_cmphex (machine_read (root, S2MM_CR), ==, VDMA_CR_RESET);
  /* nobody here had the other channel */
  g_assert_cmphex (machine_read (root, MM2S_CR), ==, VDMA_CR_RESET_VALUE);
}

/* Who starts next has to wait until the guardian is done, and then may. */
static void
test_next_start (void)
{
  g_autoptr (FakeRoot) root = machine_new ();
  g_autoptr (GError) error = NULL;
  pid_t pid = child_start (root, CHILD_CLAIMS);
  g_autoptr (Board) board = machine_open (root, "", &error);
  g_assert_no_error (error);
  g_assert_null (
      vdma_device_claim (board_get_device (board), VDMA_S2MM, "test", &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_BUSY);
  g_clear_error (&error);

  test_child_kill (pid);
  g_autoptr (VdmaChannel) channel =
      vdma_device_claim (board_get_device (board), VDMA_S2MM, "test", &error);
  g_assert_no_error (error);
  g_assert_nonnull (channel);
  g_assert_cmphex (machine_read (root, S2MM_CR), ==, VDMA_CR_RESET);
  g_assert_true (guardian_await ());
}

static void
test_ends_well (void)
{
  static const ChildDoes cases[] = { CHILD_RELEASES, CHILD_CLOSES };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (FakeRoot) root = machine_new ();
    test_child_kill (child_start (root, cases[i]));
    g_assert_cmpint (guardian_await (), ==, cases[i] == CHILD_RELEASES);
    g_assert_cmphex (machine_read (root, S2MM_CR), ==, VDMA_CR_RS);
  }
}

/* What it was given to keep is open until the DMA was stopped. */
typedef struct {
  FakeRoot *root;
  gint kept;
} Keeper;

static gboolean
keeper_run (gpointer data)
{
  const Keeper *self = data;
  VdmaUioNode *node = vdma_uio_find (self->root->path, "axi_vdma", NULL);
  VdmaRegs *regs = vdma_uio_open_regs (node, 0, 0, VDMA_REG_SPAN, NULL);
  VdmaGuardian *guardian = vdma_guardian_start (regs, NULL);
  if (!guardian)
    return FALSE;
  vdma_guardian_arm (guardian, S2MM_CR, VDMA_CR_RESET);
  vdma_guardian_arm (guardian, MM2S_CR, VDMA_CR_RESET);
  vdma_guardian_disarm (guardian, MM2S_CR);
  if (!vdma_guardian_keep (guardian, 1, self->kept, NULL))
    return FALSE;
  return close (self->kept) == 0;
}

static void
test_keeps (void)
{
  g_autoptr (FakeRoot) root = machine_new ();
  gint ends[2];
  gchar byte;
  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  pid_t pid = test_child_start (keeper_run, &(Keeper){ root, ends[1] });
  close (ends[1]);
  test_child_kill (pid);
  g_assert_cmpint (
      read (ends[0], &byte, 1), ==, 0); /* the last one closed it */
  g_assert_cmphex (machine_read (root, S2MM_CR), ==, VDMA_CR_RESET);
  g_assert_cmphex (machine_read (root, MM2S_CR), ==, VDMA_CR_RESET_VALUE);
  g_assert_true (guardian_await ());
  close (ends[0]);
}

/* Memory that takes a while to give back. Returns: a descriptor, or -1 */
static gint
order_make_memory (void)
{
  gint fd = memfd_create ("test-guardian", MFD_CLOEXEC);
  return fd >= 0 && posix_fallocate (fd, 0, 256 * 1024 * 1024) == 0 ? fd : -1;
}

/* A lock that was kept first is free when all else is. */
static gboolean
order_run (gpointer data)
{
  const Keeper *self = data;
  VdmaUioNode *node = vdma_uio_find (self->root->path, "axi_vdma", NULL);
  VdmaRegs *regs = vdma_uio_open_regs (node, 0, 0, VDMA_REG_SPAN, NULL);
  VdmaGuardian *guardian = vdma_guardian_start (regs, NULL);
  VdmaLock *lock = vdma_lock_open (self->root->path, 0x43000000, NULL);
  gint memory = order_make_memory ();
  if (!guardian || !lock || memory < 0 || !vdma_lock_take (lock, 0, NULL))
    return FALSE;
  return vdma_guardian_keep (guardian, 0, vdma_lock_get_fd (lock), NULL)
         && vdma_guardian_keep (guardian, 1, memory, NULL)
         && vdma_guardian_keep (guardian, 2, self->kept, NULL)
         && close (self->kept) == 0;
}

static void
test_order (void)
{
  g_autoptr (FakeRoot) root = machine_new ();
  g_autoptr (GError) error = NULL;
  gint ends[2];
  gchar byte;
  g_assert_cmpint (pipe2 (ends, O_CLOEXEC | O_NONBLOCK), ==, 0);
  pid_t pid = test_child_start (order_run, &(Keeper){ root, ends[1] });
  close (ends[1]);
  g_autoptr (VdmaLock) lock = vdma_lock_open (root->path, 0x43000000, &error);
  g_assert_no_error (error);
  g_assert_false (vdma_lock_wait (lock, 0, 0));
  test_child_kill (pid);
  g_assert_true (vdma_lock_wait (lock, 0, VDMA_LOCK_GUARDIAN_LIMIT));
  /* not EAGAIN: nobody has the other end */
  g_assert_cmpint (read (ends[0], &byte, 1), ==, 0);
  g_assert_true (guardian_await ());
  close (ends[0]);
}

/* A guardian of this process, and one end of a pipe that ends when nobody has
 * the other. */
static VdmaGuardian *
guardian_new (FakeRoot *root)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VdmaUioNode) node = vdma_uio_find (root->path, "axi_vdma", NULL);
  g_autoptr (VdmaRegs) regs =
      vdma_uio_open_regs (node, 0, 0, VDMA_REG_SPAN, NULL);
  VdmaGuardian *guardian = vdma_guardian_start (regs, &error);
  g_assert_no_error (error);
  return guardian;
}

static gboolean
pipe_has_ended (gint end)
{
  gchar byte;
  gssize got = read (end, &byte, 1);
  g_assert_true (got == 0 || (got < 0 && errno == EAGAIN));
  return got == 0;
}

/* What is forgotten is closed when that returns: memory can be had again. */
static void
test_forgets (void)
{
  g_autoptr (FakeRoot) root = machine_new ();
  g_autoptr (GError) error = NULL;
  VdmaGuardian *guardian = guardian_new (root);
  gint ends[3][2];
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++) {
    g_assert_cmpint (pipe2 (ends[i], O_CLOEXEC | O_NONBLOCK), ==, 0);
    g_assert_true (vdma_guardian_keep (guardian, i, ends[i][1], &error));
    close (ends[i][1]);
  }
  vdma_guardian_forget (guardian, 1);
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    g_assert_cmpint (pipe_has_ended (ends[i][0]), ==, i == 1);
  vdma_guardian_forget (guardian, 1); /* which is gone: nothing happens */
  vdma_guardian_stop (guardian);
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++) {
    g_assert_true (pipe_has_ended (ends[i][0]));
    close (ends[i][0]);
  }
}

/* It says no, and never seems to keep what it does not. */
static void
test_full (void)
{
  g_autoptr (FakeRoot) root = machine_new ();
  g_autoptr (GError) error = NULL;
  VdmaGuardian *guardian = guardian_new (root);
  guint64 n = 0;
  while (vdma_guardian_keep (guardian, n, STDIN_FILENO, &error))
    g_assert_cmpuint (++n, <=, GUARDIAN_KEPT);
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "cannot hold more"));
  g_clear_error (&error);
  vdma_guardian_forget (guardian, n / 2);
  g_assert_true (vdma_guardian_keep (guardian, n, STDIN_FILENO, &error));
  g_assert_no_error (error);
  vdma_guardian_stop (guardian);
}

/* Who lost its guardian gets no more memory, and does not wait for it. */
static void
test_lost (void)
{
  g_autoptr (FakeRoot) root = machine_new ();
  g_autoptr (GError) error = NULL;
  VdmaGuardian *guardian = guardian_new (root);
  g_assert_true (vdma_guardian_keep (guardian, 1, STDIN_FILENO, &error));
  test_child_kill ((pid_t) vdma_guardian_get_pid (guardian));
  g_assert_false (vdma_guardian_keep (guardian, 2, STDIN_FILENO, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "does not answer"));
  vdma_guardian_forget (guardian, 1);
  vdma_guardian_stop (guardian);
}

/* ---- memory; a pipe stands for /dev/xlnk, whose buffers live as long as the
 * library's descriptor ---- */

static XlnkBlock *
memory_alloc (Board *board, GError **error)
{
  XlnkAllocator *allocator = board_get_allocator (board, error);
  return allocator ? xlnk_alloc (
             allocator, 4096, 1, 0, XLNK_CACHEABLE, G_MAXUINT64, error)
                   : NULL;
}

static Board *
memory_open_board (FakeRoot *root, gboolean opens_device)
{
  static gchar *device;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *memory = g_strconcat ("xlnk:", guardian_libcma, NULL);
  g_autofree gchar *text = g_strdup_printf (
      "uio:axi_vdma?root=%s&stores=3&irq=timer&guardian=true", root->path);
  FakeCmaControl *control =
      dlsym (dlopen (guardian_libcma, RTLD_NOW), "fake_cma_control");
  g_free (device);
  device = fake_root_path (root, "dev/xlnk");
  control->device = opens_device ? device : NULL;
  Board *board = board_open (text, memory, &error);
  g_assert_no_error (error);
  return board;
}

static gboolean
memory_run (gpointer root)
{
  Board *board = memory_open_board (root, TRUE);
  VdmaChannel *channel =
      vdma_device_claim (board_get_device (board), VDMA_S2MM, "child", NULL);
  XlnkBlock *gone = memory_alloc (board, NULL);
  XlnkBlock *block = memory_alloc (board, NULL);
  if (gone)
    xlnk_block_unref (gone);
  fake_root_poke (root, "dev/uio0", S2MM_CR, VDMA_CR_RS);
  return channel && block;
}

static void
test_memory (void)
{
  g_autoptr (FakeRoot) root = machine_new ();
  g_autofree gchar *device = fake_root_path (root, "dev/xlnk");
  gchar byte;
  g_assert_cmpint (mkfifo (device, 0600), ==, 0);
  pid_t pid = test_child_start (memory_run, root);
  gint end = open (device, O_RDONLY | O_CLOEXEC);
  g_assert_cmpint (end, >=, 0);
  test_child_kill (pid);
  g_assert_cmpint (read (end, &byte, 1), ==, 0);
  /* its memory was there until the core was told to stop */
  g_assert_cmphex (machine_read (root, S2MM_CR), ==, VDMA_CR_RESET);
  g_assert_true (guardian_await ());
  close (end);
}

static void
test_memory_that_goes (void)
{
  g_autoptr (FakeRoot) root = machine_new ();
  g_autoptr (GError) error = NULL;
  fake_root_write (root, "dev/xlnk", "");
  g_autoptr (Board) board = memory_open_board (root, FALSE);
  g_assert_null (memory_alloc (board, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "guardian=true"));
}

static void
test_no_program (void)
{
  g_autoptr (FakeRoot) root = machine_new ();
  g_autoptr (GError) error = NULL;
  g_autofree gchar *program = g_strdup (g_getenv ("GST_VDMA_GUARDIAN"));
  static const gchar *const wrong[] = { "/nonexistent", "/dev/null",
    "/bin/true" };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_setenv ("GST_VDMA_GUARDIAN", wrong[i], TRUE);
    g_assert_null (machine_open (root, "&guardian=true", &error));
    g_assert_nonnull (strstr (error->message, "guardian"));
    g_clear_error (&error);
  }
  g_setenv ("GST_VDMA_GUARDIAN", program, TRUE);
  g_assert_false (guardian_await ());
}

/* Not where programs of this architecture run by an emulator that is named on
 * the command line. Without a socket the guardian ends at once. */
static gboolean
can_start (void)
{
  gchar *command[] = { (gchar *) g_getenv ("GST_VDMA_GUARDIAN"), NULL };
  return command[0]
         && g_spawn_sync (NULL, command, NULL, G_SPAWN_DEFAULT, NULL, NULL,
             NULL, NULL, NULL, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  guardian_libcma = argv[1];
  if (!can_start ()) {
    g_print ("1..0 # SKIP GST_VDMA_GUARDIAN cannot be run here\n");
    return 0;
  }
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  g_test_add_func ("/guardian/killed", test_killed);
  g_test_add_func ("/guardian/next-start", test_next_start);
  g_test_add_func ("/guardian/ends-well", test_ends_well);
  g_test_add_func ("/guardian/keeps", test_keeps);
  g_test_add_func ("/guardian/order", test_order);
  g_test_add_func ("/guardian/forgets", test_forgets);
  g_test_add_func ("/guardian/full", test_full);
  g_test_add_func ("/guardian/lost", test_lost);
  g_test_add_func ("/guardian/memory", test_memory);
  g_test_add_func ("/guardian/memory-that-goes", test_memory_that_goes);
  g_test_add_func ("/guardian/no-program", test_no_program);
  return g_test_run ();
}
