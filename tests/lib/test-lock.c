/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Locks between processes: where their file is, who holds what, and the end of
 * a holder. Open file descriptions are as good as processes here. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error-says.h"
#include "fake-root.h"
#include "io-lock.h"
#include "vdma-util.h"

#define BASE      G_GUINT64_CONSTANT (0x43000000)
#define FILE_NAME "gst-vdma-43000000.lock"

static FakeRoot *
machine_new (void)
{
  FakeRoot *root = fake_root_new ();
  fake_root_make_folder (root, "run/lock");
  return root;
}

static VdmaLock *
lock_open (FakeRoot *root)
{
  g_autoptr (GError) error = NULL;
  VdmaLock *lock = vdma_lock_open (root->path, BASE, &error);
  g_assert_no_error (error);
  return lock;
}

static void
test_parts (void)
{
  g_autoptr (FakeRoot) root = machine_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (VdmaLock) one = lock_open (root);
  g_autoptr (VdmaLock) other = lock_open (root);

  for (guint part = 0; part < VDMA_LOCK_PARTS; part++) {
    VdmaLock *holder = part % 2 ? one : other;
    g_assert_true (vdma_lock_take (holder, part, &error));
    g_assert_no_error (error);
  }
  for (guint part = 0; part < VDMA_LOCK_PARTS; part++) {
    g_assert_false (vdma_lock_take (part % 2 ? other : one, part, &error));
    error_assert (&error, VDMA_ERROR_BUSY, "this process itself");
  }
  vdma_lock_give (other, 0);
  g_assert_true (vdma_lock_take (one, 0, &error));
  g_clear_pointer (&one, vdma_lock_close);
  g_assert_true (vdma_lock_take (other, 0, &error));
  g_assert_true (vdma_lock_take (other, 1, &error));
}

/* Cores do not lock each other out. */
static void
test_cores (void)
{
  g_autoptr (FakeRoot) root = machine_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (VdmaLock) one = lock_open (root);
  g_autoptr (VdmaLock) other =
      vdma_lock_open (root->path, BASE + 0x10000, &error);
  g_assert_no_error (error);
  g_assert_true (vdma_lock_take (one, 0, &error));
  g_assert_true (vdma_lock_take (other, 0, &error));
}

static void
test_wait (void)
{
  g_autoptr (FakeRoot) root = machine_new ();
  g_autoptr (VdmaLock) one = lock_open (root);
  g_autoptr (VdmaLock) other = lock_open (root);
  g_assert_true (vdma_lock_wait (one, 2, 0));
  g_assert_false (vdma_lock_wait (other, 2, VDMA_NSEC_PER_MSEC));
  vdma_lock_give (one, 2);
  g_assert_true (vdma_lock_wait (other, 2, 0));
}

/* Whatever is written there, the lock itself decides. */
static void
test_holder (void)
{
  static const struct {
    const gchar *text, *says;
  } cases[] = {
    { "1 init\n", "process 1 (init)" },
    { "1 init\nguardian 1\n", "process 1 (init) (" },
    { "1 init\nguardian -1\n", "process 1 (init)" },
    { "1 init\nguardian x\n", "process 1 (init)" },
    { "1\n", "process 1 ()" },
    { "1 \xff\xfe\n", "process 1 (" },
    { "", "another process" },
    { "rubbish", "another process" },
    { "-5 x", "another process" },
    { "0 x", "another process" },
  };
  g_autoptr (FakeRoot) root = machine_new ();
  g_autoptr (GError) error = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (VdmaLock) one = lock_open (root);
    g_autoptr (VdmaLock) other = lock_open (root);
    gchar text[64] = { 0 };
    g_assert_true (vdma_lock_take (one, 0, &error));
    memcpy (text, cases[i].text, strlen (cases[i].text));
    g_assert_cmpint (
        pwrite (vdma_lock_get_fd (one), text, sizeof text, 0), ==, 64);
    g_assert_false (vdma_lock_take (other, 0, &error));
    error_assert (&error, VDMA_ERROR_BUSY, cases[i].says);
  }
}

/* The holder is dead, and something still has it after all the patience there is:
 * that is its guardian, which is named. */
static void
test_guardian (void)
{
  static const gchar text[64] = "99999999 gone\nguardian 1\n"; /* no such pid */
  g_autoptr (FakeRoot) root = machine_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (VdmaLock) one = lock_open (root);
  g_autoptr (VdmaLock) other = lock_open (root);
  g_assert_true (vdma_lock_take (one, 0, &error));
  g_assert_cmpint (
      pwrite (vdma_lock_get_fd (one), text, sizeof text, 0), ==, sizeof text);
  gint64 begin = g_get_monotonic_time ();
  g_assert_false (vdma_lock_take (other, 0, &error));
  g_assert_cmpint (g_get_monotonic_time () - begin, >=,
      VDMA_LOCK_GUARDIAN_LIMIT / VDMA_NSEC_PER_USEC);
  error_assert (&error, VDMA_ERROR_BUSY,
      "process 1, the guardian of process 99999999 (gone) that died: the DMA "
      "has not stopped yet, try again");
}

/* A descriptor that somebody keeps, as a guardian does, keeps the lock; whoever
 * comes waits for the end of that, if the holder is dead. */
static void
test_kept (void)
{
  g_autoptr (FakeRoot) root = machine_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (VdmaLock) other = lock_open (root);
  gint ends[2];
  g_assert_cmpint (pipe (ends), ==, 0);
  pid_t pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0) {
    VdmaLock *lock = lock_open (root);
    gboolean taken = vdma_lock_take (lock, 0, NULL);
    /* a grandchild keeps it until the pipe is closed */
    if (fork () == 0) {
      gchar byte;
      close (ends[1]);
      _exit (read (ends[0], &byte, 1) == 0 ? 0 : 1);
    }
    _exit (taken ? 0 : 1);
  }
  gint status;
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
  g_assert_false (vdma_lock_wait (other, 0, 0));
  close (ends[0]);
  close (ends[1]);
  g_assert_true (vdma_lock_take (other, 0, &error));
}

/* ---- the file ---- */

static void
test_folders (void)
{
  g_autoptr (FakeRoot) root = fake_root_new ();
  g_autoptr (GError) error = NULL;
  g_autofree gchar *runtime = fake_root_path (root, "runtime");

  g_unsetenv ("XDG_RUNTIME_DIR");
  g_assert_null (vdma_lock_open (root->path, BASE, &error));
  error_assert (&error, VDMA_ERROR_NOT_FOUND, "$XDG_RUNTIME_DIR (not set)");

  fake_root_make_folder (root, "runtime");
  g_setenv ("XDG_RUNTIME_DIR", runtime, TRUE);
  g_autoptr (VdmaLock) there = vdma_lock_open (root->path, BASE, &error);
  g_assert_no_error (error);
  g_assert_nonnull (there);
  g_autofree gchar *file = fake_root_path (root, "runtime/" FILE_NAME);
  g_assert_true (g_file_test (file, G_FILE_TEST_IS_REGULAR));

  fake_root_make_folder (root, "run/lock");
  g_autoptr (VdmaLock) here = lock_open (root);
  g_assert_nonnull (here);
  g_autofree gchar *common = fake_root_path (root, "run/lock/" FILE_NAME);
  struct stat about;
  g_assert_cmpint (stat (common, &about), ==, 0);
  g_assert_cmpint (about.st_mode & 0777, ==, 0666); /* others must open it */
  g_unsetenv ("XDG_RUNTIME_DIR");
}

/* What lies where the file should be, and is none. */
static void
test_no_file (void)
{
  g_autoptr (FakeRoot) root = fake_root_new ();
  g_autoptr (GError) error = NULL;
  fake_root_write (root, "victim", "victim");
  fake_root_link (root, "run/lock/" FILE_NAME, "../../victim");
  g_assert_null (vdma_lock_open (root->path, BASE, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);

  g_autofree gchar *fifo = fake_root_path (root, "run/lock/" FILE_NAME);
  g_assert_cmpint (unlink (fifo), ==, 0);
  g_assert_cmpint (mkfifo (fifo, 0666), ==, 0);
  g_assert_null (vdma_lock_open (root->path, BASE, &error));
  g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lock/parts", test_parts);
  g_test_add_func ("/lock/cores", test_cores);
  g_test_add_func ("/lock/wait", test_wait);
  g_test_add_func ("/lock/holder", test_holder);
  g_test_add_func ("/lock/guardian", test_guardian);
  g_test_add_func ("/lock/kept", test_kept);
  g_test_add_func ("/lock/folders", test_folders);
  g_test_add_func ("/lock/no-file", test_no_file);
  return g_test_run ();
}
