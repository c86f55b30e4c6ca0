/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The crash guard: children die in every way, and their registers, in memory
 * that the parent shares, show what was written and in which order. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io-guard.h"

#define STOP   4u /* CR.Reset */
#define OFFSET 0x30u

typedef struct {
  guint32 words[VDMA_GUARD_MAX_WRITES + 4];
  guint32 writes;           /* so far */
  guint32 writes_at_signal; /* when the child's own handler ran, plus 1 */
} Shared;

typedef struct {
  VdmaRegs base;
  Shared *shared;
} SharedRegs;

static void
shared_write32 (VdmaRegs *regs, guint offset, guint32 value)
{
  Shared *shared = ((SharedRegs *) regs)->shared;
  shared->words[offset / 4] = value;
  shared->writes++;
}

static const VdmaRegsImpl safe_impl = {
  .name = "shared",
  .write32 = shared_write32,
  .signal_safe = TRUE,
};
static const VdmaRegsImpl unsafe_impl = {
  .name = "unsafe",
  .write32 = shared_write32,
};

static Shared *shared;

static SharedRegs
regs_with (const VdmaRegsImpl *impl)
{
  return (SharedRegs){
    .base = { .impl = impl, .span = sizeof shared->words },
    .shared = shared,
  };
}

/* Runs @body in a child; returns how it ended, as waitpid() says it. */
static gint
run_child (void (*body) (gint number), gint number)
{
  gint status;
  memset (shared, 0, sizeof *shared);
  pid_t pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0) {
    body (number);
    _exit (0);
  }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  return status;
}

static void
crash (gint number)
{
  if (number == SIGABRT)
    abort ();
  raise (number);
}

/* ---- nobody handled the signal before ---- */

static void
child_default (gint number)
{
  SharedRegs regs = regs_with (&safe_impl);
  signal (number, SIG_DFL);
  if (!vdma_guard_add (&regs.base, OFFSET, STOP))
    _exit (1);
  crash (number);
}

static const gint fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

static void
test_default (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (fatal); i++) {
    gint status = run_child (child_default, fatal[i]);
    g_assert_true (WIFSIGNALED (status));
    g_assert_cmpint (WTERMSIG (status), ==, fatal[i]);
    g_assert_cmpuint (shared->words[OFFSET / 4], ==, STOP);
    g_assert_cmpuint (shared->writes, ==, 1);
  }
}

static void
child_ignored (gint number)
{
  SharedRegs regs = regs_with (&safe_impl);
  signal (number, SIG_IGN);
  if (!vdma_guard_add (&regs.base, OFFSET, STOP))
    _exit (1);
  raise (number);
}

/* Who ignored a signal that was sent goes on living. */
static void
test_ignored (void)
{
  gint status = run_child (child_ignored, SIGSEGV);
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
  g_assert_cmpuint (shared->words[OFFSET / 4], ==, STOP);
}

/* ---- somebody did ---- */

static void
own_handler (gint number)
{
  shared->writes_at_signal = shared->writes + 1;
  _exit (10 + number);
}

static void
own_action (gint number, siginfo_t *info, gpointer context)
{
  own_handler (info->si_signo);
}

static void
child_handler (gint number)
{
  SharedRegs regs = regs_with (&safe_impl);
  signal (number, own_handler);
  vdma_guard_add (&regs.base, OFFSET, STOP);
  crash (number);
}

static void
child_action (gint number)
{
  SharedRegs regs = regs_with (&safe_impl);
  struct sigaction action = { .sa_sigaction = own_action,
    .sa_flags = SA_SIGINFO };
  sigaction (number, &action, NULL);
  vdma_guard_add (&regs.base, OFFSET, STOP);
  crash (number);
}

static void
test_handler (void)
{
  static void (*const children[]) (gint) = { child_handler, child_action };
  for (guint i = 0; i < G_N_ELEMENTS (fatal); i++) {
    for (guint j = 0; j < G_N_ELEMENTS (children); j++) {
      gint status = run_child (children[j], fatal[i]);
      g_assert_true (WIFEXITED (status));
      g_assert_cmpint (WEXITSTATUS (status), ==, 10 + fatal[i]);
      /* the DMA was stopped first */
      g_assert_cmpuint (shared->writes_at_signal, ==, 2);
    }
  }
}

/* ---- the table ---- */

static void
child_removed (gint number)
{
  SharedRegs a = regs_with (&safe_impl), b = regs_with (&safe_impl);
  signal (number, SIG_DFL);
  vdma_guard_add (&a.base, 0, 1);
  vdma_guard_add (&a.base, 4, 2);
  vdma_guard_add (&b.base, 8, 3);
  vdma_guard_remove (&a.base, 0);
  vdma_guard_remove (&b.base, 4); /* not one of b's */
  vdma_guard_remove (&b.base, 0);
  crash (number);
}

static void
test_removed (void)
{
  g_assert_true (WIFSIGNALED (run_child (child_removed, SIGSEGV)));
  g_assert_cmpuint (shared->words[0], ==, 0);
  g_assert_cmpuint (shared->words[1], ==, 2);
  g_assert_cmpuint (shared->words[2], ==, 3);
}

static void
child_full (gint number)
{
  SharedRegs regs = regs_with (&safe_impl);
  for (guint i = 0; i < VDMA_GUARD_MAX_WRITES; i++) {
    if (!vdma_guard_add (&regs.base, 4 * i, i + 1))
      _exit (1);
  }
  if (vdma_guard_add (&regs.base, 4 * VDMA_GUARD_MAX_WRITES, 1))
    _exit (2);
  vdma_guard_remove (&regs.base, 8);
  if (!vdma_guard_add (&regs.base, 4 * VDMA_GUARD_MAX_WRITES, 77))
    _exit (3);
  vdma_guard_fire ();
}

static void
test_full (void)
{
  gint status = run_child (child_full, 0);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  for (guint i = 0; i < VDMA_GUARD_MAX_WRITES; i++)
    g_assert_cmpuint (shared->words[i], ==, i == 2 ? 0 : i + 1);
  g_assert_cmpuint (shared->words[VDMA_GUARD_MAX_WRITES], ==, 77);
}

static void
child_unsafe (gint number)
{
  SharedRegs regs = regs_with (&unsafe_impl);
  struct sigaction action;
  if (vdma_guard_add (&regs.base, 0, 1))
    _exit (1);
  vdma_guard_remove (&regs.base, 0);
  vdma_guard_fire ();
  /* and no signal was taken over for it */
  sigaction (number, NULL, &action);
  if (action.sa_handler != SIG_DFL)
    _exit (2);
}

static void
test_unsafe (void)
{
  gint status = run_child (child_unsafe, SIGABRT);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  g_assert_cmpuint (shared->writes, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  shared = mmap (NULL, sizeof *shared, PROT_READ | PROT_WRITE,
      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  g_assert_true (shared != MAP_FAILED);
  g_test_add_func ("/guard/default", test_default);
  g_test_add_func ("/guard/ignored", test_ignored);
  g_test_add_func ("/guard/handler", test_handler);
  g_test_add_func ("/guard/removed", test_removed);
  g_test_add_func ("/guard/full", test_full);
  g_test_add_func ("/guard/unsafe", test_unsafe);
  return g_test_run ();
}
