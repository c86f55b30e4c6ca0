/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the driver sees of a core: a register window, an interrupt line per
 * channel, and time. Three small vtables; a board gives one of each kind.
 *
 * Time belongs here because a simulated board may have its own: the driver
 * never asks the system for the time, never sleeps, and waits only through
 * vdma_time_wait(), so that its time limits hold in virtual time as well. */
#pragma once

#include <glib.h>

#include "io-share.h"

G_BEGIN_DECLS

/* ---- registers ---- */

typedef struct VdmaRegs VdmaRegs;

typedef struct {
  const gchar *name; /* "sim", "uio", "devmem" */
  guint32 (*read32) (VdmaRegs *self, guint offset);
  void (*write32) (VdmaRegs *self, guint offset, guint32 value);
  void (*close) (VdmaRegs *self); /* frees self */
  gboolean signal_safe; /* write32 is a plain store, legal in a signal handler:
                         * see io-guard.h */
} VdmaRegsImpl;

/** VdmaRegs: embedded as first member by each implementation. */
struct VdmaRegs {
  const VdmaRegsImpl *impl;
  guint span; /* bytes that may be accessed */
};

/**
 * vdma_regs_read, vdma_regs_write, vdma_regs_hand_over:
 * @offset: a multiple of 4 below the span
 *
 * One aligned 32-bit access each (hardware.md 1.0), in the order of the calls.
 * Memory that is read after vdma_regs_read() is not older than the register.
 * vdma_regs_hand_over() is the write that lets the device have memory: whatever
 * was done to that memory before is done, by whatever mapping; a plain write
 * does not wait for it. Offsets come from the register map alone; others are a
 * programming error. Any thread.
 */
guint32 vdma_regs_read (VdmaRegs *self, guint offset);
void vdma_regs_write (VdmaRegs *self, guint offset, guint32 value);
void vdma_regs_hand_over (VdmaRegs *self, guint offset, guint32 value);
void vdma_regs_close (VdmaRegs *self); /* (nullable) */

/* ---- interrupt line of one channel ---- */

typedef struct VdmaIrq VdmaIrq;

/** VdmaIrqNews: what the driver tells a line of its channel. */
typedef enum {
  VDMA_IRQ_BEGIN,    /* it starts; value: nominal ns of a frame, 0: unknown */
  VDMA_IRQ_FRAME,    /* a frame had ended; value: before the status was read */
  VDMA_IRQ_NO_FRAME, /* none had; value: before the status was read */
  VDMA_IRQ_END,      /* it stopped: nothing is waited for */
} VdmaIrqNews;

typedef struct {
  const gchar *name; /* "sim", "uio", "intc", "timer" */
  gboolean guesses;  /* fires when a frame should have ended: no evidence */
  gboolean (*arm) (VdmaIrq *self, GError **error);
  void (*hold) (VdmaIrq *self, gint64 delay); /* of a line that others use */
  gboolean (*consume) (VdmaIrq *self, guint64 *count, GError **error);
  void (*tell) (VdmaIrq *self, VdmaIrqNews news, gint64 value); /* (nullable) */
  gint64 (*get_period) (VdmaIrq *self); /* of a line that guesses */
  void (*close) (VdmaIrq *self);        /* frees self */
} VdmaIrqImpl;

/** VdmaIrq: embedded as first member by each implementation. */
struct VdmaIrq {
  const VdmaIrqImpl *impl;
  gint fd; /* becomes readable when an armed line fired */
};

/**
 * vdma_irq_arm: UIO's write (1) (hardware.md 5.1): enables the line again after
 * it fired; fires at once if the level is still high. Arming twice is a no-op.
 */
gboolean vdma_irq_arm (VdmaIrq *self, GError **error);

/**
 * vdma_irq_hold:
 * @delay: in ns
 *
 * In the place of vdma_irq_arm(): the line is left as it is, and counts as fired
 * when the delay is over, or before, when somebody else enabled it and it fired.
 */
void vdma_irq_hold (VdmaIrq *self, gint64 delay);

/**
 * vdma_irq_consume:
 * @count: (out): events since the last call; 0 when there was none
 *
 * UIO's read (); never blocks. When there was none the line is still armed.
 */
gboolean vdma_irq_consume (VdmaIrq *self, guint64 *count, GError **error);

/** vdma_irq_tell: for lines that make their own interrupts; others do not care */
void vdma_irq_tell (VdmaIrq *self, VdmaIrqNews news, gint64 value);

/** Returns: ns between frames as a line that guesses finds them; 0: not known for sure */
gint64 vdma_irq_get_period (VdmaIrq *self);

gint vdma_irq_get_fd (VdmaIrq *self);
void vdma_irq_close (VdmaIrq *self); /* (nullable) */

/* ---- time ---- */

typedef struct VdmaTime VdmaTime;
typedef struct VdmaTimer VdmaTimer;

typedef struct {
  const gchar *name; /* "monotonic", "sim" */
  gint64 (*now) (VdmaTime *self);
  gint (*wait) (VdmaTime *self, GPollFD *fds, guint n_fds, gint64 deadline);
  VdmaTimer *(*open_timer) (VdmaTime *self, GError **error); /* (nullable) */
} VdmaTimeImpl;

struct VdmaTime {
  const VdmaTimeImpl *impl;
};

/** Returns: nanoseconds of a clock that never goes back (CLOCK_MONOTONIC on real boards) */
gint64 vdma_time_now (VdmaTime *self);

/**
 * vdma_time_wait:
 * @fds: (array length=n_fds) (nullable): as for g_poll(); revents are set
 * @deadline: in the time of vdma_time_now(); G_MAXINT64 to wait for ever; a
 *   time in the past looks once and returns
 *
 * Waits until a descriptor is ready or the deadline has come. EINTR is handled.
 *
 * Returns: number of ready descriptors, 0 at the deadline, -1 with errno
 */
gint vdma_time_wait (
    VdmaTime *self, GPollFD *fds, guint n_fds, gint64 deadline);

/** Returns: (transfer none): the system's monotonic clock and ppoll() */
VdmaTime *vdma_time_monotonic (void);

/* ---- timers: points in time as descriptors ---- */

typedef struct {
  void (*set) (VdmaTimer *self, gint64 at);
  void (*close) (VdmaTimer *self); /* frees self */
} VdmaTimerImpl;

/** VdmaTimer: embedded as first member by each implementation. */
struct VdmaTimer {
  const VdmaTimerImpl *impl;
  gint fd; /* readable from the time that was set on, until another is set */
};

/**
 * vdma_time_open_timer:
 *
 * Errors: UNSUPPORTED (a kind of time without timers), and the system's.
 * Returns: (transfer full) (nullable): not set
 */
VdmaTimer *vdma_time_open_timer (VdmaTime *self, GError **error);

/**
 * vdma_timer_set:
 * @at: in the time of vdma_time_now(); the past is now; G_MAXINT64: never
 *
 * One thread at a time.
 */
void vdma_timer_set (VdmaTimer *self, gint64 at);
void vdma_timer_close (VdmaTimer *self); /* (nullable) */

/* ---- cancel ---- */

/** VdmaCancel: ends waits from another thread; an eventfd. */
typedef struct VdmaCancel VdmaCancel;

VdmaCancel *vdma_cancel_new (GError **error);
void vdma_cancel_free (VdmaCancel *self); /* (nullable) */
/** vdma_cancel_set: all present and future waits end at once until cleared. Any thread. */
void vdma_cancel_set (VdmaCancel *self);
void vdma_cancel_clear (VdmaCancel *self);
gboolean vdma_cancel_is_set (VdmaCancel *self);
gint vdma_cancel_get_fd (VdmaCancel *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VdmaRegs, vdma_regs_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VdmaIrq, vdma_irq_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VdmaShare, vdma_share_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VdmaTimer, vdma_timer_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VdmaCancel, vdma_cancel_free)

G_END_DECLS
