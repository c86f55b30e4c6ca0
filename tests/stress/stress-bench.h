/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One cell at work: a simulated board, the driver on it, frames with owners,
 * and the judges' book. */
#pragma once

#include "sim-board-priv.h"
#include "stress-matrix.h"
#include "vdma.h"
#include "xlnk.h"

G_BEGIN_DECLS

/** StressTally: the judges' book. */
typedef struct {
  guint64 frames; /* captured or displayed, whole, by the core's own count */
  guint64 torn;   /* torn, stale, repeated, skipped, changed afterwards */
  guint64 violations;  /* of the ledger, of what PG020 defines, of promises */
  guint64 coherency;   /* reports of coherency=strict */
  guint64 unaccounted; /* frames that no account knows, or one too much */
  guint64 exact;       /* frames whose accounts could be checked one by one */
} StressTally;

void stress_tally_add (StressTally *self, const StressTally *other);
gboolean stress_tally_is_clean (const StressTally *self);

typedef struct StressPool StressPool;

typedef enum {
  STRESS_CACHE,  /* owned by the cache */
  STRESS_DRIVER, /* owned by the device */
  STRESS_USER,   /* owned by the application */
} StressOwner;

/** StressFrame: a block, and what is known of it. */
typedef struct {
  XlnkBlock *block;
  guint64 phys;
  StressPool *pool;
  StressOwner owner;
  gboolean shared;   /* USER: a tied display reads it as well */
  gboolean returned; /* of a shared one: the application is done with it */
  guint8 *copy;      /* USER: the content when it was taken */
  gint64 until;      /* USER: when it is given back */

  /* of the display */
  guint64 number; /* picture */
  guint n_shown;
} StressFrame;

typedef struct {
  guint hsize, vsize, stride;
} StressPicture;

typedef struct {
  const StressCell *cell;
  gboolean verbose;
  StressRandom random;
  StressTally tally;
  gchar *first_complaint; /* nullable */

  SimBoard *sim;
  VdmaDevice *device; /* nullable: a test that has a driver of its own */
  XlnkAllocator *memory;
  StressPicture picture;
  gint64 period[VDMA_N_DIRECTIONS];
  gboolean exhausted;   /* quarantine holds what a start needs */
  gboolean calm;        /* no more delays and shortages: the end of the run */
  guint64 restarts;     /* of S2MM */
  guint64 restarted_at; /* frames that it had done at the last one */
  guint64 calm_done[VDMA_N_DIRECTIONS]; /* frames when that began */
  guint64 kept_by_tie; /* captured frames that a display keeps for ever */
} StressBench;

struct StressPool {
  StressBench *bench;
  StressFrame *frames;
  guint n;
  guint scarcity;   /* one of so many acquires fails; 0: none */
  gboolean running; /* scarce only then: a start gets what it needs */
  gboolean writes;  /* the device writes the frames */
};

/** stress_bench_open: FALSE when that is refused, which is a violation too.
 *  @with_driver: opens the driver's device on the board */
gboolean stress_bench_open (
    StressBench *self, const StressCell *cell, gboolean with_driver);
/** stress_bench_close: reads the board's verdicts, and frees all. */
void stress_bench_close (StressBench *self);

/** stress_bench_open_regs: (transfer full): the board's registers, for a thread
 *  that may lose the CPU before any access */
VdmaRegs *stress_bench_open_regs (StressBench *self);

/** stress_bench_torn, _violation, _unaccounted: enter a finding. */
void stress_bench_torn (StressBench *self, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);
void stress_bench_violation (StressBench *self, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);
void stress_bench_unaccounted (StressBench *self, guint64 n,
    const gchar *format, ...) G_GNUC_PRINTF (3, 4);
void stress_bench_note (StressBench *self, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);

gint64 stress_bench_now (StressBench *self);
/** stress_bench_pass: lets up to @sixteenths of a frame time pass, at random */
void stress_bench_pass (StressBench *self, VdmaDirection dir, guint sixteenths);
/** stress_bench_be_late: the time between an interrupt and its service */
void stress_bench_be_late (StressBench *self, VdmaDirection dir);

/** stress_bench_wait: Returns: whether @channel wants a service */
gboolean stress_bench_wait (
    StressBench *self, VdmaChannel *channel, gint64 deadline);

/* ---- stress-pool.c ---- */

/** stress_pool_fill: FALSE when memory does not suffice */
gboolean stress_pool_fill (
    StressPool *self, StressBench *bench, guint n, gboolean writes);
void stress_pool_clear (StressPool *self);
guint stress_pool_count (const StressPool *self, StressOwner owner);
/** stress_pool_judge_kept: all channels were released. @quarantined: frames that
 *  are kept for ever; @perhaps: or came back later. Returns: how many are kept */
guint stress_pool_judge_kept (
    StressPool *self, guint64 quarantined, guint64 perhaps);
/** stress_pool_get: (nullable): a frame of the pool's, at random */
StressFrame *stress_pool_get (StressPool *self);
/** stress_pool_find: (nullable): the frame at @phys */
StressFrame *stress_pool_find (StressPool *self, guint64 phys);
void stress_frame_set_owner (StressFrame *self, StressOwner owner);

/** stress_frame_take: the application has it now: judges, and remembers, the content.
 *  @shared: but a tied display still reads it
 *  Returns: whether it is one whole picture */
gboolean stress_frame_take (
    StressFrame *self, gboolean shared, guint64 *number, gboolean *flipped);
/** stress_frame_give_back: judges whether it is still what was taken. */
void stress_frame_give_back (StressFrame *self);
/** stress_frame_draw: makes picture @number of it, as an application does */
void stress_frame_draw (StressFrame *self, guint64 number);

extern const VdmaFrameOps stress_frame_ops; /* user_data: the pool */

G_END_DECLS
