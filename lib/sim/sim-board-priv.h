/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside a simulated board: what its files share with one another.
 *
 *   sim-board.c     registry, life, video modes, truth
 *   sim-schedule.c  what happens next, and letting it happen
 *   sim-time.c      the clock, the runner thread, waiting in virtual time
 *   sim-io.c        registers and interrupt lines as the driver sees them
 *   sim-backend.c   memory as lib/xlnk sees it
 *
 * Locks: @lock guards a board's whole state; the registry's lock is taken
 * before it, never after. Nothing is called with @lock held but what is inside
 * the board. */
#pragma once

#include "sim-camera.h"
#include "sim-display.h"
#include "sim-fault.h"
#include "sim-memory.h"
#include "sim-options.h"
#include "sim.h"

G_BEGIN_DECLS

/** SimPin: the interrupt line of one channel, with the kernel's UIO between it
 *  and its users (hardware.md 5.1). */
typedef struct {
  gboolean level;
  gboolean armed;
  gboolean in_service;  /* fired, somebody listens, and not armed again */
  GPtrArray *listeners; /* gint eventfds, as pointers */

  /* faults */
  guint lose;        /* interrupts that get lost */
  gint64 delay;      /* of the next one */
  gint64 late_until; /* G_MAXINT64: none is under way */
  gboolean repeat;   /* the next one comes again */
  gboolean comes_again;
} SimPin;

typedef struct SimClock SimClock;

struct SimBoard {
  guint refs; /* guarded by the registry */

  /* constant */
  gchar *name;
  gchar *canonical; /* options in comparable form */
  SimOptions options;

  GMutex lock;
  gint n_wanted;     /* atomic: threads that want the lock */
  gint64 start;      /* board time 0 of reports */
  gint64 now;        /* everything up to here has happened */
  gint64 next_event; /* real pace: as published to the clock */
  SimReports *reports;
  SimMemory *memory;
  SimCore *core;
  SimCamera *camera;
  SimDisplay *display;
  SimFaults *faults; /* nullable */
  SimPin pins[VDMA_N_DIRECTIONS];
  guint64 n_fired;                      /* interrupts delivered to a listener */
  guint64 n_done[VDMA_N_DIRECTIONS];    /* frames, at the last one's end */
  guint64 overwritten[VDMA_MAX_STORES]; /* S2MM: unseen */
  guint64 reads[VDMA_REG_WORDS_MAX];
  guint64 writes[VDMA_REG_WORDS_MAX];
  SimClock *clock;
};

/* ---- sim-schedule.c; all but the first two with the lock held ---- */

/** sim_board_lock: only the lock; give it back with g_mutex_unlock() */
void sim_board_lock (SimBoard *self);
/** sim_board_enter: takes the lock and, in real time, lets happen what is due */
void sim_board_enter (SimBoard *self);
/** sim_board_enter_to_look: as sim_board_enter(), for who changes nothing: what a halted channel misses is counted later */
void sim_board_enter_to_look (SimBoard *self);
void sim_board_leave_looked (SimBoard *self);
/** sim_board_leave: gives the lock back; @changed: the board's future may be another, so who waits must look again */
void sim_board_leave (SimBoard *self, gboolean changed);
/** Returns: when the board has to be looked at next; G_MAXINT64: not by itself */
gint64 sim_board_next_event (SimBoard *self);
/**
 * sim_board_run_until:
 * @stop_at_interrupt: return at the first interrupt that somebody hears
 *
 * Lets all happen that is due up to @time; @now is then @time, or the time of
 * the interrupt.
 */
void sim_board_run_until (
    SimBoard *self, gint64 time, gboolean stop_at_interrupt);
/** Returns: ns since the board's start, for reports */
gint64 sim_board_report_time (const SimBoard *self);

/* ---- sim-io.c ---- */

/** sim_pin_set_level: from the core; fires when armed */
void sim_pin_set_level (SimBoard *self, VdmaDirection dir, gboolean level);
void sim_pin_init (SimPin *pin);
void sim_pin_clear (SimPin *pin);
/** sim_pin_fault: from a fault script */
void sim_pin_fault (
    SimBoard *self, VdmaDirection dir, SimIrqFault fault, gint64 value);
/** Returns: when a late interrupt is due */
gint64 sim_pin_next_event (const SimPin *pin);
/** sim_pin_run: the late interrupt of @dir comes */
void sim_pin_run (SimBoard *self, VdmaDirection dir);

/* ---- sim-time.c ---- */

/** sim_clock_new: @board: (transfer none): not started yet */
SimClock *sim_clock_new (SimBoard *board, GError **error);
/** sim_clock_start: real pace: starts the runner thread */
gboolean sim_clock_start (SimClock *self, GError **error);
/** sim_clock_free: (nullable): ends the runner; nobody waits any more */
void sim_clock_free (SimClock *self);
VdmaTime *sim_clock_get_time (SimClock *self); /* (transfer none) */
/** sim_clock_read: any thread, no lock. Returns: the time that it is now for the board */
gint64 sim_clock_read (SimClock *self);
/** sim_clock_publish: with the board's lock: how far time may go before the board is looked at */
void sim_clock_publish (SimClock *self, gint64 next_event);
/** sim_clock_catch_up: with the board's lock: the time to run to; forgives what the process was too slow for */
gint64 sim_clock_catch_up (SimClock *self);
/** Returns: how often the runner woke up; with the board's lock */
guint64 sim_clock_get_wakeups (const SimClock *self);
/** sim_clock_kick: with the board's lock: who waits must look again */
void sim_clock_kick (SimClock *self);

G_END_DECLS
