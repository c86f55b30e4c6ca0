/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A fixed table that a signal handler can walk without a lock. */
#include "io-guard.h"

#include <signal.h>

typedef struct {
  gint armed; /* set last, cleared first; atomic */
  VdmaRegs *regs;
  guint offset;
  guint32 value;
} GuardWrite;

static GMutex guard_lock; /* guards changes of the table, never the handler */
static GuardWrite guard_writes[VDMA_GUARD_MAX_WRITES];

static const gint guard_signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE,
  SIGABRT };
static struct sigaction guard_previous[G_N_ELEMENTS (guard_signals)];

void
vdma_guard_fire (void)
{
  for (guint i = 0; i < VDMA_GUARD_MAX_WRITES; i++) {
    const GuardWrite *write = &guard_writes[i];
    if (g_atomic_int_get (&write->armed))
      write->regs->impl->write32 (write->regs, write->offset, write->value);
  }
}

static void
guard_pass_on (const struct sigaction *previous, gint number, siginfo_t *info,
    gpointer context)
{
  if (previous->sa_flags & SA_SIGINFO) {
    previous->sa_sigaction (number, info, context);
  } else if (previous->sa_handler != SIG_DFL
             && previous->sa_handler != SIG_IGN) {
    previous->sa_handler (number);
  } else {
    /* Blocked while we are here: it kills the process when we return. */
    sigaction (number, previous, NULL);
    raise (number);
  }
}

static void
guard_on_signal (gint number, siginfo_t *info, gpointer context)
{
  vdma_guard_fire ();
  for (guint i = 0; i < G_N_ELEMENTS (guard_signals); i++) {
    if (guard_signals[i] == number)
      guard_pass_on (&guard_previous[i], number, info, context);
  }
}

/* SA_ONSTACK: a stack that ran over is a reason to crash, too. */
static void
guard_install (void)
{
  static gsize once;
  if (!g_once_init_enter (&once))
    return;
  struct sigaction action = {
    .sa_sigaction = guard_on_signal,
    .sa_flags = SA_SIGINFO | SA_ONSTACK,
  };
  sigemptyset (&action.sa_mask);
  /* First remember, then replace: the handler may run at once. */
  for (guint i = 0; i < G_N_ELEMENTS (guard_signals); i++) {
    sigaction (guard_signals[i], NULL, &guard_previous[i]);
    sigaction (guard_signals[i], &action, NULL);
  }
  g_once_init_leave (&once, 1);
}

gboolean
vdma_guard_add (VdmaRegs *regs, guint offset, guint32 value)
{
  gboolean added = FALSE;
  if (!regs->impl->signal_safe)
    return FALSE;

  guard_install ();
  g_mutex_lock (&guard_lock);
  for (guint i = 0; i < VDMA_GUARD_MAX_WRITES && !added; i++) {
    GuardWrite *write = &guard_writes[i];
    if (g_atomic_int_get (&write->armed))
      continue;
    write->regs = regs;
    write->offset = offset;
    write->value = value;
    g_atomic_int_set (&write->armed, TRUE);
    added = TRUE;
  }
  g_mutex_unlock (&guard_lock);
  return added;
}

void
vdma_guard_remove (VdmaRegs *regs, guint offset)
{
  g_mutex_lock (&guard_lock);
  for (guint i = 0; i < VDMA_GUARD_MAX_WRITES; i++) {
    GuardWrite *write = &guard_writes[i];
    if (g_atomic_int_get (&write->armed) && write->regs == regs
        && write->offset == offset)
      g_atomic_int_set (&write->armed, FALSE);
  }
  g_mutex_unlock (&guard_lock);
}
