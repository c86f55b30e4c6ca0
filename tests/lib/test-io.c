/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Register window, interrupt line, waits and cancels. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#include "io.h"
#include "vdma-error.h"
#include "vdma-util.h"

/* ---- a register window that remembers ---- */

typedef struct {
  VdmaRegs base;
  guint32 words[4];
  guint accesses;
  gboolean *closed;
} FakeRegs;

static guint32
fake_read32 (VdmaRegs *regs, guint offset)
{
  FakeRegs *self = (FakeRegs *) regs;
  self->accesses++;
  return self->words[offset / 4];
}

static void
fake_write32 (VdmaRegs *regs, guint offset, guint32 value)
{
  FakeRegs *self = (FakeRegs *) regs;
  self->accesses++;
  self->words[offset / 4] = value;
}

static void
fake_close (VdmaRegs *regs)
{
  FakeRegs *self = (FakeRegs *) regs;
  *self->closed = TRUE;
  g_free (self);
}

static const VdmaRegsImpl fake_impl = {
  .name = "fake",
  .read32 = fake_read32,
  .write32 = fake_write32,
  .close = fake_close,
};

static FakeRegs *
fake_regs_new (gboolean *closed)
{
  FakeRegs *self = g_new0 (FakeRegs, 1);
  self->base.impl = &fake_impl;
  self->base.span = sizeof self->words;
  self->closed = closed;
  return self;
}

static void
test_regs (void)
{
  gboolean closed = FALSE;
  FakeRegs *fake = fake_regs_new (&closed);
  vdma_regs_write (&fake->base, 0, 1);
  vdma_regs_write (&fake->base, 12, 0xdeadbeef);
  g_assert_cmphex (vdma_regs_read (&fake->base, 12), ==, 0xdeadbeef);
  g_assert_cmphex (vdma_regs_read (&fake->base, 0), ==, 1);
  g_assert_cmphex (vdma_regs_read (&fake->base, 4), ==, 0);
  g_assert_cmpuint (fake->accesses, ==, 5);
  vdma_regs_close (&fake->base);
  g_assert_true (closed);
  vdma_regs_close (NULL);
}

/* What is no word of the window never reaches the implementation. */
static void
test_regs_outside (void)
{
  static const guint offsets[] = { 1, 2, 3, 6, 13, 14, 15, 16, 0x100,
    G_MAXUINT - 3, G_MAXUINT };
  gboolean closed = FALSE;
  FakeRegs *fake = fake_regs_new (&closed);
  for (guint i = 0; i < G_N_ELEMENTS (offsets); i++) {
    g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*failed*");
    g_assert_cmphex (vdma_regs_read (&fake->base, offsets[i]), ==, 0);
    g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*failed*");
    vdma_regs_write (&fake->base, offsets[i], 1);
    g_test_assert_expected_messages ();
  }
  g_assert_cmpuint (fake->accesses, ==, 0);
  vdma_regs_close (&fake->base);
}

/* ---- an interrupt line by eventfd ---- */

typedef struct {
  VdmaIrq base;
  guint armed;
  gboolean *closed;
} FakeIrq;

static gboolean
fake_irq_arm (VdmaIrq *irq, GError **error)
{
  ((FakeIrq *) irq)->armed++;
  return TRUE;
}

static gboolean
fake_irq_consume (VdmaIrq *irq, guint64 *count, GError **error)
{
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_HARDWARE, "gone");
  return FALSE;
}

static void
fake_irq_close (VdmaIrq *irq)
{
  *((FakeIrq *) irq)->closed = TRUE;
}

static const VdmaIrqImpl fake_irq_impl = {
  .name = "fake",
  .arm = fake_irq_arm,
  .consume = fake_irq_consume,
  .close = fake_irq_close,
};

static void
test_irq (void)
{
  g_autoptr (GError) error = NULL;
  gboolean closed = FALSE;
  FakeIrq irq = { .base = { .impl = &fake_irq_impl, .fd = 17 },
    .closed = &closed };
  guint64 count = 0;
  g_assert_cmpint (vdma_irq_get_fd (&irq.base), ==, 17);
  g_assert_true (vdma_irq_arm (&irq.base, &error));
  g_assert_cmpuint (irq.armed, ==, 1);
  g_assert_false (vdma_irq_consume (&irq.base, &count, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_HARDWARE);
  vdma_irq_close (&irq.base);
  g_assert_true (closed);
  vdma_irq_close (NULL);
}

/* ---- time ---- */

static void
test_time_goes_on (void)
{
  VdmaTime *clock = vdma_time_monotonic ();
  gint64 before = vdma_time_now (clock);
  for (guint i = 0; i < 1000; i++) {
    gint64 now = vdma_time_now (clock);
    g_assert_cmpint (now, >=, before);
    before = now;
  }
  g_assert_true (clock == vdma_time_monotonic ());
}

static void
test_wait_deadline (void)
{
  VdmaTime *clock = vdma_time_monotonic ();
  g_autoptr (VdmaCancel) cancel = vdma_cancel_new (NULL);
  GPollFD fd = { .fd = vdma_cancel_get_fd (cancel), .events = G_IO_IN };
  static const gint64 past[] = { G_MININT64, -1, 0, 1 };

  for (guint i = 0; i < G_N_ELEMENTS (past); i++) {
    g_assert_cmpint (vdma_time_wait (clock, NULL, 0, past[i]), ==, 0);
    g_assert_cmpint (vdma_time_wait (clock, &fd, 1, past[i]), ==, 0);
  }
  gint64 soon = vdma_time_now (clock) + VDMA_NSEC_PER_MSEC;
  g_assert_cmpint (vdma_time_wait (clock, &fd, 1, soon), ==, 0);
  g_assert_cmpint (vdma_time_now (clock), >=, soon);
}

/* A ready descriptor ends every wait, near and far. */
static void
test_wait_ready (void)
{
  static const gint64 deadlines[] = { G_MININT64, 0, G_MAXINT64 - 1,
    G_MAXINT64 };
  VdmaTime *clock = vdma_time_monotonic ();
  g_autoptr (VdmaCancel) quiet = vdma_cancel_new (NULL);
  g_autoptr (VdmaCancel) cancel = vdma_cancel_new (NULL);
  GPollFD fds[] = {
    { .fd = vdma_cancel_get_fd (quiet), .events = G_IO_IN },
    { .fd = vdma_cancel_get_fd (cancel), .events = G_IO_IN },
  };
  vdma_cancel_set (cancel);
  for (guint i = 0; i < G_N_ELEMENTS (deadlines); i++) {
    g_assert_cmpint (vdma_time_wait (clock, fds, 2, deadlines[i]), ==, 1);
    g_assert_cmpuint (fds[0].revents, ==, 0);
    g_assert_cmpuint (fds[1].revents, ==, G_IO_IN);
  }
}

static void
test_wait_errors (void)
{
  VdmaTime *clock = vdma_time_monotonic ();
  errno = 0;
  g_assert_cmpint (vdma_time_wait (clock, NULL, 0, G_MAXINT64), ==, -1);
  g_assert_cmpint (errno, ==, EINVAL);
}

/* ---- signals during a wait ---- */

static sem_t signal_seen;

static void
on_signal (int number)
{
  sem_post (&signal_seen);
}

typedef struct {
  pthread_t waiter;
  VdmaCancel *cancel;
} Disturber;

static gpointer
disturb (gpointer data)
{
  Disturber *self = data;
  for (guint i = 0; i < 200; i++) {
    pthread_kill (self->waiter, SIGUSR1);
    while (sem_wait (&signal_seen) < 0)
      g_assert_cmpint (errno, ==, EINTR);
  }
  vdma_cancel_set (self->cancel);
  return NULL;
}

static void
test_wait_interrupted (void)
{
  VdmaTime *clock = vdma_time_monotonic ();
  g_autoptr (VdmaCancel) cancel = vdma_cancel_new (NULL);
  GPollFD fd = { .fd = vdma_cancel_get_fd (cancel), .events = G_IO_IN };
  Disturber disturber = { .waiter = pthread_self (), .cancel = cancel };
  struct sigaction action = { .sa_handler = on_signal }, old;

  sem_init (&signal_seen, 0, 0);
  sigaction (SIGUSR1, &action, &old);
  GThread *thread = g_thread_new ("disturber", disturb, &disturber);
  g_assert_cmpint (vdma_time_wait (clock, &fd, 1, G_MAXINT64), ==, 1);
  g_thread_join (thread);
  sigaction (SIGUSR1, &old, NULL);
  sem_destroy (&signal_seen);
}

/* ---- cancel ---- */

static void
test_cancel (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VdmaCancel) cancel = vdma_cancel_new (&error);
  g_assert_no_error (error);
  gint fd = vdma_cancel_get_fd (cancel);
  g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);

  g_assert_false (vdma_cancel_is_set (cancel));
  vdma_cancel_clear (cancel); /* must not block */
  for (guint round = 0; round < 3; round++) {
    vdma_cancel_set (cancel);
    vdma_cancel_set (cancel);
    g_assert_true (vdma_cancel_is_set (cancel));
    g_assert_true (vdma_cancel_is_set (cancel));
    vdma_cancel_clear (cancel);
    g_assert_false (vdma_cancel_is_set (cancel));
  }
  vdma_cancel_free (NULL);
}

/* Setting must not block, even with the counter full. */
static void
test_cancel_full (void)
{
  g_autoptr (VdmaCancel) cancel = vdma_cancel_new (NULL);
  guint64 full = G_MAXUINT64 - 1;
  g_assert_cmpint (
      write (vdma_cancel_get_fd (cancel), &full, sizeof full), ==, sizeof full);
  vdma_cancel_set (cancel);
  g_assert_true (vdma_cancel_is_set (cancel));
  vdma_cancel_clear (cancel);
  g_assert_false (vdma_cancel_is_set (cancel));
}

static gpointer
set_cancel (gpointer data)
{
  vdma_cancel_set (data);
  return NULL;
}

static void
test_cancel_wakes (void)
{
  VdmaTime *clock = vdma_time_monotonic ();
  g_autoptr (VdmaCancel) cancel = vdma_cancel_new (NULL);
  GPollFD fd = { .fd = vdma_cancel_get_fd (cancel), .events = G_IO_IN };
  for (guint i = 0; i < 100; i++) {
    GThread *thread = g_thread_new ("canceller", set_cancel, cancel);
    g_assert_cmpint (vdma_time_wait (clock, &fd, 1, G_MAXINT64), ==, 1);
    g_thread_join (thread);
    vdma_cancel_clear (cancel);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/io/regs", test_regs);
  g_test_add_func ("/io/regs-outside", test_regs_outside);
  g_test_add_func ("/io/irq", test_irq);
  g_test_add_func ("/io/time-goes-on", test_time_goes_on);
  g_test_add_func ("/io/wait-deadline", test_wait_deadline);
  g_test_add_func ("/io/wait-ready", test_wait_ready);
  g_test_add_func ("/io/wait-errors", test_wait_errors);
  g_test_add_func ("/io/wait-interrupted", test_wait_interrupted);
  g_test_add_func ("/io/cancel", test_cancel);
  g_test_add_func ("/io/cancel-full", test_cancel_full);
  g_test_add_func ("/io/cancel-wakes", test_cancel_wakes);
  return g_test_run ();
}
