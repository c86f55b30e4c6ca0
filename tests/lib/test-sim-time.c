/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time of a simulated board: when virtual time passes and when it does not, and
 * that real time is kept without burning any. */
#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "board-rig.h"
#include "sim-board-priv.h"
#include "sim-pattern.h"
#include "vdma-util.h"

#define MS VDMA_NSEC_PER_MSEC

static GPollFD
irq_fd (BoardRig *rig, VdmaDirection dir)
{
  return (GPollFD){ .fd = vdma_irq_get_fd (rig->irqs[dir]), .events = G_IO_IN };
}

/* ---- virtual ---- */

static void
test_deadline (void)
{
  BoardRig rig;
  SimTruth truth;
  board_rig_open (&rig, "bars", "pace=virtual&fps=100");
  gint64 start = vdma_time_now (rig.time);
  g_assert_cmpint (start, >, 0);
  g_assert_cmpint (vdma_time_wait (rig.time, NULL, 0, start + 25 * MS), ==, 0);
  g_assert_cmpint (vdma_time_now (rig.time), ==, start + 25 * MS);
  g_assert_cmpint (vdma_time_wait (rig.time, NULL, 0, start), ==, 0);
  g_assert_cmpint (vdma_time_now (rig.time), ==, start + 25 * MS);
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.channel[VDMA_S2MM].frames_generated, ==, 3);
  board_rig_close (&rig);
}

/* A ready descriptor ends a wait before any time passes; registers take none. */
static void
test_ready_at_once (void)
{
  g_autoptr (VdmaCancel) cancel = vdma_cancel_new (NULL);
  BoardRig rig;
  board_rig_open (&rig, "bars", "pace=virtual");
  board_rig_start (&rig, VDMA_S2MM, 16, 4);
  gint64 start = vdma_time_now (rig.time);
  GPollFD fd = { .fd = vdma_cancel_get_fd (cancel), .events = G_IO_IN };
  vdma_cancel_set (cancel);
  g_assert_cmpint (vdma_time_wait (rig.time, &fd, 1, G_MAXINT64), ==, 1);
  g_assert_cmpint (fd.revents & G_IO_IN, !=, 0);
  board_rig_read (&rig, VDMA_S2MM, VDMA_SR);
  g_assert_cmpint (vdma_time_now (rig.time), ==, start);
  board_rig_close (&rig);
}

static gint
timer_in (gint64 ns)
{
  const struct itimerspec rest = { .it_value = { .tv_nsec = ns } };
  gint fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (timerfd_settime (fd, 0, &rest, NULL), ==, 0);
  return fd;
}

/* S2MM's interrupt fired and nobody armed it: a driver is at work, and time
 * stands still for who waits for ever. It ends with arm, or with a stop. */
static void
test_service_holds_time (void)
{
  BoardRig rig;
  board_rig_open (&rig, "bars", "pace=virtual");
  board_rig_start (&rig, VDMA_S2MM, 16, 4);
  board_rig_start (&rig, VDMA_MM2S, 16, 400);
  g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 40 * MS));
  gint64 start = vdma_time_now (rig.time);

  gint timer = timer_in (2 * MS);
  GPollFD fds[2] = { irq_fd (&rig, VDMA_MM2S),
    { .fd = timer, .events = G_IO_IN } };
  g_assert_cmpint (vdma_time_wait (rig.time, fds, 2, G_MAXINT64), ==, 1);
  g_assert_cmpint (fds[1].revents, !=, 0);
  g_assert_cmpint (vdma_time_now (rig.time), ==, start);
  close (timer);

  /* a bounded poll of the driver does not stand still */
  vdma_time_wait (rig.time, NULL, 0, start + 1);
  g_assert_cmpint (vdma_time_now (rig.time), ==, start + 1);
  board_rig_ack (&rig, VDMA_S2MM);
  g_assert_cmpint (vdma_time_wait (rig.time, fds, 1, G_MAXINT64), ==, 1);
  g_assert_cmpint (vdma_time_now (rig.time), >, start + 1);
  board_rig_close (&rig);
}

static void
test_stop_ends_service (void)
{
  BoardRig rig;
  board_rig_open (&rig, "bars", "pace=virtual");
  board_rig_start (&rig, VDMA_S2MM, 16, 4);
  board_rig_start (&rig, VDMA_MM2S, 16, 400);
  g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 40 * MS));
  board_rig_stop (&rig, VDMA_S2MM);
  GPollFD fd = irq_fd (&rig, VDMA_MM2S);
  g_assert_cmpint (vdma_time_wait (rig.time, &fd, 1, G_MAXINT64), ==, 1);
  board_rig_close (&rig);
}

typedef struct {
  BoardRig *rig;
  VdmaDirection dir;
  guint n_frames;
  gboolean bounded; /* waits with a deadline, which a service does not hold */
} Worker;

static gpointer
service_frames (gpointer data)
{
  Worker *worker = data;
  GPollFD fd = irq_fd (worker->rig, worker->dir);
  for (guint i = 0; i < worker->n_frames; i++) {
    gint64 deadline = worker->bounded ? 3600 * VDMA_NSEC_PER_SEC : G_MAXINT64;
    g_assert_cmpint (
        vdma_time_wait (worker->rig->time, &fd, 1, deadline), ==, 1);
    board_rig_ack (worker->rig, worker->dir);
  }
  return NULL;
}

/* Two threads, as vdmasrc and vdmasink have them: with waiters=2 neither loses
 * an interrupt to the other's being slow, and every run ends at the same time. */
static gint64
run_two_threads (gboolean bounded)
{
  const guint n_frames = 40;
  BoardRig rig;
  SimTruth truth;
  board_rig_open (&rig, "bars", "pace=virtual&waiters=2&display-fps=50");
  board_rig_start (&rig, VDMA_S2MM, 16, 4);
  board_rig_start (&rig, VDMA_MM2S, 16, 4);
  Worker capture = { &rig, VDMA_S2MM, n_frames, bounded };
  Worker display = { &rig, VDMA_MM2S, n_frames, bounded };
  GThread *thread = g_thread_new ("display", service_frames, &display);
  /* the display needs longer: let the capture end with it */
  capture.n_frames = n_frames * 60 / 50;
  service_frames (&capture);
  gint64 end = vdma_time_now (rig.time);
  /* one thread alone does not let time pass; a bounded poll does */
  while (sim_board_get_truth (rig.board, &truth),
      truth.channel[VDMA_MM2S].interrupts < n_frames)
    vdma_time_wait (rig.time, NULL, 0, vdma_time_now (rig.time) + MS);
  g_thread_join (thread);
  g_assert_cmpuint (truth.channel[VDMA_S2MM].interrupts, >=, capture.n_frames);
  g_assert_cmpuint (truth.channel[VDMA_MM2S].frames_done, ==, n_frames);
  board_rig_close (&rig);
  return end;
}

static void
test_two_threads (gconstpointer data)
{
  gboolean bounded = GPOINTER_TO_INT (data);
  gint64 end = run_two_threads (bounded);
  for (guint i = 0; i < 10; i++)
    g_assert_cmpint (run_two_threads (bounded), ==, end);
}

static gpointer
wait_until (gpointer data)
{
  BoardRig *rig = data;
  gint64 deadline = VDMA_NSEC_PER_SEC + 10 * MS;
  g_assert_cmpint (vdma_time_wait (rig->time, NULL, 0, deadline), ==, 0);
  return NULL;
}

/* Nobody's deadline is run over by another one's wait. */
static void
test_two_deadlines (void)
{
  BoardRig rig;
  board_rig_open (&rig, "silence", "pace=virtual");
  GThread *thread = g_thread_new ("other", wait_until, &rig);
  wait_until (&rig);
  g_thread_join (thread);
  g_assert_cmpint (vdma_time_now (rig.time), ==, VDMA_NSEC_PER_SEC + 10 * MS);
  board_rig_close (&rig);
}

/* A register write from elsewhere wakes who waits without anything to expect. */
static gpointer
start_capture (gpointer data)
{
  board_rig_start (data, VDMA_S2MM, 16, 4);
  return NULL;
}

static void
test_register_write_wakes (void)
{
  BoardRig rig;
  board_rig_open (&rig, "bars", "pace=virtual");
  GThread *thread = g_thread_new ("starter", start_capture, &rig);
  GPollFD fd = irq_fd (&rig, VDMA_S2MM);
  g_assert_cmpint (vdma_time_wait (rig.time, &fd, 1, G_MAXINT64), ==, 1);
  g_thread_join (thread);
  board_rig_close (&rig);
}

/* The wait ends at the interrupt's own instant, also in mid-frame. */
static void
test_interrupt_in_mid_frame (void)
{
  BoardRig rig;
  board_rig_open (&rig, "bars", "pace=virtual&fps=10&width=8&height=10");
  /* lines are short: EOLEarly with the first one */
  board_rig_start (&rig, VDMA_S2MM, 16, 10);
  gint64 start = vdma_time_now (rig.time);
  g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 300 * MS));
  g_assert_cmpint (vdma_time_now (rig.time), ==, start + 100 * MS);
  g_assert_cmphex (board_rig_ack (&rig, VDMA_S2MM) & VDMA_SR_S2MM_ERRORS, ==,
      VDMA_SR_EOL_EARLY);
  board_rig_close (&rig);
}

/* ---- real ---- */

static void
test_real (void)
{
  const guint n_frames = 10;
  BoardRig rig;
  SimTruth truth;
  SimCounterJudge judge = { 0 };
  SimCounterCheck check;
  board_rig_open (&rig, "counter", "fps=500");
  /* the board's thread sleeps by now, and has to be woken by the start */
  vdma_time_wait (rig.time, NULL, 0, vdma_time_now (rig.time) + 20 * MS);
  board_rig_start (&rig, VDMA_S2MM, 640, 48);
  gint64 start = vdma_time_now (rig.time);
  gint64 last = start;
  for (guint i = 0; i < n_frames; i++) {
    g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 10 * VDMA_NSEC_PER_SEC));
    board_rig_ack (&rig, VDMA_S2MM);
    gint64 now = vdma_time_now (rig.time);
    g_assert_cmpint (now, >=, last);
    last = now;
  }
  g_assert_cmpint (last - start, >=, (n_frames - 1) * 2 * MS * 9 / 10);
  board_rig_stop (&rig, VDMA_S2MM);
  g_assert_true (sim_pattern_check_counter (
      board_rig_view (&rig, VDMA_S2MM, 0), 640, 640, 48, &check));
  sim_counter_judge (&judge, &check);
  sim_board_get_truth (rig.board, &truth);
  const SimChannelTruth *s2mm = &truth.channel[VDMA_S2MM];
  g_assert_cmpuint (s2mm->frames_done, >=, n_frames);
  g_assert_cmpuint (
      s2mm->frames_generated, ==, s2mm->frames_started + s2mm->frames_dropped);
  board_rig_assert_no_complaints (&rig);
  board_rig_close (&rig);
}

/* Nothing runs: the board's thread sleeps, whoever looks at the registers. */
static void
test_real_idle (void)
{
  BoardRig rig;
  SimTruth truth;
  board_rig_open (&rig, "bars", "fps=1000");
  for (guint i = 0; i < 5; i++) {
    vdma_time_wait (rig.time, NULL, 0, vdma_time_now (rig.time) + 3 * MS);
    board_rig_read (&rig, VDMA_S2MM, VDMA_SR);
  }
  sim_board_get_truth (rig.board, &truth);
  g_assert_cmpuint (truth.wakeups, ==, 0);
  g_assert_cmpuint (truth.channel[VDMA_S2MM].frames_generated, >=, 15);
  board_rig_close (&rig);
}

/* A running board needs its thread at the begin and the end of a frame only. */
static void
test_real_few_wakeups (void)
{
  BoardRig rig;
  SimTruth truth;
  board_rig_open (&rig, "bars", "fps=500");
  board_rig_start (&rig, VDMA_S2MM, 64, 1000);
  for (guint i = 0; i < 10; i++) {
    g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 10 * VDMA_NSEC_PER_SEC));
    board_rig_ack (&rig, VDMA_S2MM);
  }
  sim_board_get_truth (rig.board, &truth);
  guint64 frames = truth.channel[VDMA_S2MM].frames_started;
  g_assert_cmpuint (truth.wakeups, <=, 3 * frames + 5);
  board_rig_close (&rig);
}

/* A process that was held up gets a board that was slow, not one that lost
 * frames: time never jumps by more than the permitted lag over what is due. */
static void
test_real_lag (void)
{
  const gint64 held = 400 * MS, max_lag = 100 * MS, period = 2 * MS;
  BoardRig rig;
  SimTruth before, after;
  board_rig_open (&rig, "bars", "fps=500");
  board_rig_start (&rig, VDMA_S2MM, 64, 8);
  g_assert_true (board_rig_wait (&rig, VDMA_S2MM, 10 * VDMA_NSEC_PER_SEC));

  sim_board_get_truth (rig.board, &before);
  g_mutex_lock (&rig.board->lock);
  gint64 start = rig.board->now;
  poll (NULL, 0, (gint) (held / MS));
  gint64 stands = vdma_time_now (rig.time);
  gint64 system = vdma_time_now (vdma_time_monotonic ());
  g_mutex_unlock (&rig.board->lock);
  g_assert_cmpint (stands - start, <=, max_lag + period);
  /* what was missed does not come back: from here on both clocks run alike */
  board_rig_read (&rig, VDMA_S2MM, VDMA_SR);
  gint64 passed = vdma_time_now (rig.time) - stands;
  g_assert_cmpint (passed, >=, 0);
  g_assert_cmpint (passed, <=, vdma_time_now (vdma_time_monotonic ()) - system);
  sim_board_get_truth (rig.board, &after);
  g_assert_cmpuint (after.channel[VDMA_S2MM].frames_generated, >=,
      before.channel[VDMA_S2MM].frames_generated + 40);
  board_rig_close (&rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-time/virtual/deadline", test_deadline);
  g_test_add_func ("/sim-time/virtual/ready-at-once", test_ready_at_once);
  g_test_add_func (
      "/sim-time/virtual/service-holds-time", test_service_holds_time);
  g_test_add_func (
      "/sim-time/virtual/stop-ends-service", test_stop_ends_service);
  g_test_add_data_func ("/sim-time/virtual/two-threads",
      GINT_TO_POINTER (FALSE), test_two_threads);
  g_test_add_data_func ("/sim-time/virtual/two-threads/bounded",
      GINT_TO_POINTER (TRUE), test_two_threads);
  g_test_add_func ("/sim-time/virtual/two-deadlines", test_two_deadlines);
  g_test_add_func (
      "/sim-time/virtual/register-write-wakes", test_register_write_wakes);
  g_test_add_func (
      "/sim-time/virtual/interrupt-in-mid-frame", test_interrupt_in_mid_frame);
  g_test_add_func ("/sim-time/real/frames", test_real);
  g_test_add_func ("/sim-time/real/idle", test_real_idle);
  g_test_add_func ("/sim-time/real/few-wakeups", test_real_few_wakeups);
  g_test_add_func ("/sim-time/real/lag", test_real_lag);
  return g_test_run ();
}
