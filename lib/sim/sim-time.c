/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time of a board. In real pace a runner thread wakes up for what is due; in
 * virtual pace whoever waits lets time pass. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sim-board-priv.h"
#include "vdma-error.h"
#include "vdma-util.h"

/* How far a board may fall behind before it rather runs slower: a machine that
 * is too slow, or a process that was stopped, is no reason to lose frames. */
#define CLOCK_MAX_LAG (100 * VDMA_NSEC_PER_MSEC)

#define CLOCK_FEW_FDS 8 /* of a wait, without an allocation */

/* A thread in vdma_time_wait(). Lives on that thread's stack but for the
 * descriptor, which is kept for the next one. */
typedef struct {
  GPollFD *fds;
  guint n_fds;
  gint64 deadline;
  gint wake_fd;
} ClockWaiter;

struct SimClock {
  VdmaTime base; /* first: what users see */
  SimBoard *board;

  /* real pace */
  GThread *runner;
  gint kick_fd;
  gboolean quit;   /* board's lock */
  guint64 wakeups; /* board's lock */
  gint64 alarm;    /* board's lock: when the runner wakes up by itself */
  GMutex lag_lock; /* taken last and held shortly; with the board's lock it
                    * guards writing the two below, either one reading them */
  gint64 lag;      /* what the board is behind the system's clock for good */
  gint64 ceiling;  /* board time stands here until the board is looked at */

  /* virtual pace; board's lock */
  GPtrArray *waiters; /* ClockWaiter */
  GArray *spare_fds;  /* gint: wake_fds that nobody uses */
};

static gboolean
clock_is_real (const SimClock *self)
{
  return self->board->options.pace == SIM_PACE_REAL;
}

static void
clock_wake (gint fd)
{
  const guint64 one = 1;
  /* EAGAIN: it is awake 2^64 times already */
  if (write (fd, &one, sizeof one) < 0 && errno != EAGAIN)
    g_warn_if_reached ();
}

static void
clock_drain (gint fd)
{
  guint64 count;
  if (read (fd, &count, sizeof count) < 0 && errno != EAGAIN)
    g_warn_if_reached ();
}

/* ---- reading the clock ---- */

gint64
sim_clock_read (SimClock *self)
{
  SimBoard *board = self->board;
  gint64 time;
  if (!clock_is_real (self)) {
    sim_board_lock (board);
    time = board->now;
    g_mutex_unlock (&board->lock);
    return time;
  }
  gint64 system = vdma_time_now (vdma_time_monotonic ());
  g_mutex_lock (&self->lag_lock);
  time = MIN (system - self->lag, self->ceiling);
  g_mutex_unlock (&self->lag_lock);
  return time;
}

gint64
sim_clock_catch_up (SimClock *self)
{
  gint64 system = vdma_time_now (vdma_time_monotonic ());
  /* both change only with the board's lock held, so looking needs no other */
  if (system - self->lag > self->ceiling) {
    g_mutex_lock (&self->lag_lock);
    self->lag = system - self->ceiling;
    g_mutex_unlock (&self->lag_lock);
  }
  return MAX (system - self->lag, self->board->now);
}

void
sim_clock_publish (SimClock *self, gint64 next_event)
{
  if (!clock_is_real (self))
    return;
  g_mutex_lock (&self->lag_lock);
  self->ceiling = next_event < G_MAXINT64 - CLOCK_MAX_LAG
                      ? next_event + CLOCK_MAX_LAG
                      : G_MAXINT64;
  g_mutex_unlock (&self->lag_lock);
  if (next_event < self->alarm) {
    self->alarm = G_MININT64; /* one kick is enough */
    clock_wake (self->kick_fd);
  }
}

static gint64
clock_now (VdmaTime *time)
{
  return sim_clock_read ((SimClock *) time);
}

/* ---- real pace ---- */

static void
clock_sleep (SimClock *self, gint64 alarm)
{
  struct pollfd kick = { .fd = self->kick_fd, .events = POLLIN };
  struct timespec rest = { 0 };
  if (alarm != G_MAXINT64) {
    gint64 left = MAX (alarm - sim_clock_read (self), 0);
    rest.tv_sec = (time_t) (left / VDMA_NSEC_PER_SEC);
    rest.tv_nsec = (glong) (left % VDMA_NSEC_PER_SEC);
  }
  if (ppoll (&kick, 1, alarm == G_MAXINT64 ? NULL : &rest, NULL) > 0)
    clock_drain (self->kick_fd);
}

static gpointer
clock_run (gpointer data)
{
  SimClock *self = data;
  SimBoard *board = self->board;
  sim_board_enter (board);
  while (!self->quit) {
    gint64 alarm = sim_board_next_event (board);
    self->alarm = alarm;
    sim_board_leave (board, FALSE);
    clock_sleep (self, alarm);
    sim_board_enter (board);
    self->wakeups++;
    self->alarm = G_MININT64;
  }
  sim_board_leave (board, FALSE);
  return NULL;
}

static gint
clock_wait_real (VdmaTime *time, GPollFD *fds, guint n_fds, gint64 deadline)
{
  SimClock *self = (SimClock *) time;
  VdmaTime *system = vdma_time_monotonic ();
  for (;;) {
    gint64 system_deadline = deadline;
    if (deadline != G_MAXINT64) {
      g_mutex_lock (&self->lag_lock);
      system_deadline =
          deadline > G_MAXINT64 - self->lag ? G_MAXINT64 : deadline + self->lag;
      g_mutex_unlock (&self->lag_lock);
    }
    gint n_ready = vdma_time_wait (system, fds, n_fds, system_deadline);
    /* the board may have fallen behind meanwhile */
    if (n_ready != 0 || sim_clock_read (self) >= deadline)
      return n_ready;
  }
}

/* ---- virtual pace ---- */

static gint
clock_poll_now (GPollFD *fds, guint n_fds)
{
  gint n_ready;
  if (n_fds == 0)
    return 0;
  do {
    n_ready = g_poll (fds, n_fds, 0);
  } while (n_ready < 0 && errno == EINTR);
  return n_ready;
}

static ClockWaiter *
clock_waiter_at (const SimClock *self, guint index)
{
  return g_ptr_array_index (self->waiters, index);
}

static void
clock_wake_others (SimClock *self, const ClockWaiter *except)
{
  for (guint i = 0; i < self->waiters->len; i++) {
    const ClockWaiter *waiter = clock_waiter_at (self, i);
    if (waiter != except)
      clock_wake (waiter->wake_fd);
  }
}

/* A waiter whose time has come, or whose descriptors are ready, is about to
 * leave: what he does then must come before anything later. */
static gboolean
clock_somebody_leaves (const SimClock *self, const ClockWaiter *except)
{
  for (guint i = 0; i < self->waiters->len; i++) {
    ClockWaiter *waiter = clock_waiter_at (self, i);
    if (waiter == except)
      continue;
    if (self->board->now >= waiter->deadline
        || clock_poll_now (waiter->fds, waiter->n_fds) != 0)
      return TRUE;
  }
  return FALSE;
}

/* A driver is in service from the interrupt until it arms the line again, or
 * stops the channel. */
static gboolean
clock_is_in_service (const SimClock *self)
{
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    if (self->board->pins[dir].in_service
        && sim_core_is_running (self->board->core, (VdmaDirection) dir))
      return TRUE;
  }
  return sim_timers_are_in_service (self->board);
}

static gboolean
clock_time_may_pass (const SimClock *self, const ClockWaiter *waiter)
{
  gboolean is_bounded_poll = waiter->n_fds == 0;
  if (!is_bounded_poll && self->waiters->len < self->board->options.waiters)
    return FALSE;
  if (!is_bounded_poll && waiter->deadline == G_MAXINT64
      && clock_is_in_service (self))
    return FALSE;
  return !clock_somebody_leaves (self, waiter);
}

/* One event, or up to the next deadline. Returns: FALSE when nothing lies ahead */
static gboolean
clock_pass_time (SimClock *self)
{
  gint64 target = sim_board_next_event (self->board);
  for (guint i = 0; i < self->waiters->len; i++)
    target = MIN (target, clock_waiter_at (self, i)->deadline);
  if (target == G_MAXINT64)
    return FALSE;
  sim_board_run_until (self->board, target, TRUE);
  for (guint i = 0; i < self->waiters->len; i++) {
    const ClockWaiter *waiter = clock_waiter_at (self, i);
    if (self->board->now >= waiter->deadline)
      clock_wake (waiter->wake_fd);
  }
  return TRUE;
}

/* Without this a thread that lets time pass could keep everybody else from the
 * lock: a GMutex is not fair. */
static void
clock_let_others_in (SimClock *self)
{
  SimBoard *board = self->board;
  if (g_atomic_int_get (&board->n_wanted) == 0)
    return;
  g_mutex_unlock (&board->lock);
  while (g_atomic_int_get (&board->n_wanted) > 0)
    g_thread_yield ();
  g_mutex_lock (&board->lock);
}

/* Until a descriptor is ready or the wake_fd says that something has changed. */
static void
clock_block (SimClock *self, ClockWaiter *waiter)
{
  GPollFD few[CLOCK_FEW_FDS];
  GPollFD *all =
      waiter->n_fds < CLOCK_FEW_FDS ? few : g_new (GPollFD, waiter->n_fds + 1);
  if (waiter->n_fds > 0)
    memcpy (all, waiter->fds, waiter->n_fds * sizeof *all);
  all[waiter->n_fds] = (GPollFD){ .fd = waiter->wake_fd, .events = G_IO_IN };

  g_mutex_unlock (&self->board->lock);
  g_poll (all, waiter->n_fds + 1, -1);
  g_mutex_lock (&self->board->lock);
  clock_drain (waiter->wake_fd);
  if (all != few)
    g_free (all);
}

/* Returns: as vdma_time_wait() */
static gint
clock_wait_until_ready (SimClock *self, ClockWaiter *waiter)
{
  for (;;) {
    gint n_ready = clock_poll_now (waiter->fds, waiter->n_fds);
    if (n_ready != 0 || self->board->now >= waiter->deadline)
      return n_ready;
    if (!clock_time_may_pass (self, waiter) || !clock_pass_time (self))
      clock_block (self, waiter);
    else
      clock_let_others_in (self);
  }
}

static gboolean
clock_enter_waiter (SimClock *self, ClockWaiter *waiter)
{
  if (self->spare_fds->len > 0) {
    waiter->wake_fd =
        g_array_index (self->spare_fds, gint, self->spare_fds->len - 1);
    g_array_set_size (self->spare_fds, self->spare_fds->len - 1);
  } else {
    waiter->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (waiter->wake_fd < 0)
      return FALSE;
  }
  g_ptr_array_add (self->waiters, waiter);
  return TRUE;
}

static void
clock_leave_waiter (SimClock *self, ClockWaiter *waiter)
{
  g_ptr_array_remove_fast (self->waiters, waiter);
  clock_drain (waiter->wake_fd);
  g_array_append_val (self->spare_fds, waiter->wake_fd);
}

static gint
clock_wait_virtual (VdmaTime *time, GPollFD *fds, guint n_fds, gint64 deadline)
{
  SimClock *self = (SimClock *) time;
  ClockWaiter waiter = { .fds = fds, .n_fds = n_fds, .deadline = deadline };

  sim_board_enter (self->board);
  if (!clock_enter_waiter (self, &waiter)) {
    gint saved_errno = errno;
    g_mutex_unlock (&self->board->lock);
    errno = saved_errno;
    return -1;
  }
  /* with this one there may be enough who wait */
  clock_wake_others (self, &waiter);
  gint n_ready = clock_wait_until_ready (self, &waiter);
  gint saved_errno = errno;
  clock_leave_waiter (self, &waiter);
  clock_wake_others (self, NULL);
  g_mutex_unlock (&self->board->lock);
  errno = saved_errno;
  return n_ready;
}

guint64
sim_clock_get_wakeups (const SimClock *self)
{
  return self->wakeups;
}

void
sim_clock_kick (SimClock *self)
{
  clock_wake_others (self, NULL);
}

/* ---- life ---- */

static VdmaTimer *
clock_open_timer (VdmaTime *time, GError **error)
{
  return sim_timer_open (((SimClock *) time)->board, error);
}

static const VdmaTimeImpl clock_real_impl = {
  .name = "sim",
  .now = clock_now,
  .wait = clock_wait_real,
  .open_timer = clock_open_timer,
};
static const VdmaTimeImpl clock_virtual_impl = {
  .name = "sim",
  .now = clock_now,
  .wait = clock_wait_virtual,
  .open_timer = clock_open_timer,
};

SimClock *
sim_clock_new (SimBoard *board, GError **error)
{
  SimClock *self = g_new0 (SimClock, 1);
  self->board = board;
  self->base.impl =
      clock_is_real (self) ? &clock_real_impl : &clock_virtual_impl;
  self->alarm = G_MININT64;
  self->ceiling = G_MAXINT64;
  self->waiters = g_ptr_array_new ();
  self->spare_fds = g_array_new (FALSE, FALSE, sizeof (gint));
  g_mutex_init (&self->lag_lock);
  self->kick_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (self->kick_fd < 0) {
    vdma_set_error_errno (error, errno, "cannot make a simulated clock");
    sim_clock_free (self);
    return NULL;
  }
  return self;
}

gboolean
sim_clock_start (SimClock *self, GError **error)
{
  if (!clock_is_real (self))
    return TRUE;
  g_autoptr (GError) reason = NULL;
  self->runner = g_thread_try_new ("vdma-sim", clock_run, self, &reason);
  if (!self->runner)
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_FAILED,
        "cannot start the thread of a simulated board: %s", reason->message);
  return self->runner != NULL;
}

void
sim_clock_free (SimClock *self)
{
  if (!self)
    return;
  if (self->runner) {
    g_mutex_lock (&self->board->lock);
    self->quit = TRUE;
    clock_wake (self->kick_fd);
    g_mutex_unlock (&self->board->lock);
    g_thread_join (self->runner);
  }
  if (self->kick_fd >= 0)
    close (self->kick_fd);
  for (guint i = 0; i < self->spare_fds->len; i++)
    close (g_array_index (self->spare_fds, gint, i));
  g_array_unref (self->spare_fds);
  g_ptr_array_unref (self->waiters);
  g_mutex_clear (&self->lag_lock);
  g_free (self);
}

VdmaTime *
sim_clock_get_time (SimClock *self)
{
  return &self->base;
}
