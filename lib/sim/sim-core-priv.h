/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the simulated core: what its files share with one another.
 *
 *   sim-core.c     life, time, injected faults, ground truth
 *   sim-regs.c     the register file
 *   sim-channel.c  run, stop, reset, commit, frame boundaries
 *   sim-genlock.c  which store the next frame uses
 *   sim-irq.c      flags, error bits, counters, the interrupt pin (sim-irq.h)
 *   sim-s2mm.c, sim-mm2s.c  the two data movers */
#pragma once

#include "sim-core.h"

G_BEGIN_DECLS

#define SIM_N_WORDS (VDMA_REG_SPAN / 4)
#define SIM_N_BANKS (VDMA_MAX_STORES / VDMA_START_WORDS)

/** SimParams: one set of what a VSIZE write commits (hardware.md 2.2). */
typedef struct {
  gboolean valid;
  gboolean misaligned; /* illegal without realignment engine (1.5) */
  guint vsize, hsize, stride, frame_delay;
  guint64 address[VDMA_MAX_STORES];
} SimParams;

/** SimPark: what decides between circular and park at a boundary. */
typedef struct {
  gboolean circular;
  guint ref;
} SimPark;

/** SimPhase: where a channel is in the stream. */
typedef enum {
  SIM_PHASE_WAIT,  /* for a frame sync; data are thrown away */
  SIM_PHASE_FRAME, /* a frame is open */
  SIM_PHASE_DONE,  /* the frame's last line was moved, no new one began */
} SimPhase;

typedef struct SimChannel SimChannel;

struct SimChannel {
  SimCore *core;
  VdmaDirection dir;
  const VdmaHwChannel *build;
  SimChannel *partner; /* nullable: wired to it by internal genlock (2.7) */

  /* registers as stored; sim-regs.c knows which bits live */
  guint32 cr;
  guint32 sr; /* flags, error bits and Halted; the counts are computed */
  guint32 irq_mask;
  guint32 reg_index;
  guint32 frmstore;
  guint32 threshold;
  guint32 vsize;
  guint32 hsize;
  guint32 frmdly_stride;
  guint32 start[SIM_N_BANKS * VDMA_START_WORDS];
  guint32 vert_flip;
  guint32 hsize_status;
  guint32 vsize_status;

  /* run state */
  gboolean dead;      /* a halting error is latched: RS stays 0 until reset */
  gboolean resetting; /* CR.Reset reads 1 */
  guint64 reset_start;
  gboolean clock_stopped;
  gboolean started; /* a VSIZE write came since RS went to 1 */
  gboolean first;   /* no frame began since RS went to 1 */
  SimParams pending, staged, active;

  /* frame in work */
  SimPhase phase;
  guint64 address;
  gint64 step;        /* from line to line in memory: negative when flipped */
  guint64 line_first; /* where line 0 goes */
  guint line;
  guint fill;          /* bytes of the current line that have come */
  gboolean overflow;   /* the line is too long; drop up to TLAST */
  gboolean late;       /* SOFLate was raised for this frame */
  guint32 frame_error; /* SR bits raised for the frame in work */

  /* stores */
  guint store;           /* in work, or last worked on */
  guint shown;           /* what WrFrmStore or RdFrmStore tracks */
  guint frozen;          /* what it shows while an error bit is set */
  gboolean begun;        /* a frame began since reset */
  gboolean parked;       /* the last frame was a parked one */
  SimPark sample;        /* taken at the last boundary */
  gboolean has_complete; /* a store was published since reset */
  guint complete;        /* the dynamic master's last completed store */
  gboolean unsettled;    /* Repeat_En: not yet known whether it is published */
  guint64 last_address;

  /* counters and pin */
  guint irq_count;
  guint run_count;
  gboolean delay_runs;
  gboolean delay_fired;
  guint64 delay_start;
  gboolean pin;

  SimCoreTruth truth;
};

typedef struct SimReg SimReg;

/** SimRegSlot: one word of the window, as this core was built. */
typedef struct {
  const SimReg *reg; /* NULL: reserved or absent */
  SimChannel *channel;
  guint32 *word; /* NULL: wholly computed */
  guint index;   /* of a START_ADDRESS word */
  guint32 rw;    /* bits that keep what is written */
  guint32 w1c;   /* bits cleared by writing 1 */
} SimRegSlot;

struct SimCore {
  VdmaHwDesc desc;
  SimKnobs knobs;
  SimHost host;
  gpointer host_data;
  guint64 now;
  guint32 park_ptr; /* the two reference fields */
  SimRegSlot slot[SIM_N_WORDS];
  SimChannel channel[VDMA_N_DIRECTIONS];
};

static inline gboolean
sim_channel_is_halted (const SimChannel *ch)
{
  return (ch->sr & VDMA_SR_HALTED) != 0;
}

/* ---- sim-core.c ---- */

void sim_core_undefined (SimChannel *ch, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);

/* ---- sim-regs.c ---- */

/** sim_regs_build: fills the slots from the tables and the build options. */
void sim_regs_build (SimCore *self);
/** sim_regs_reset: gives the registers of @ch their default values. */
void sim_regs_reset (SimChannel *ch);
/** Returns: stores that the channel cycles through (FRMSTORE, else N) */
guint sim_regs_n_stores (const SimChannel *ch);
/** sim_regs_snapshot: the CPU-side parameters, as a VSIZE write commits them. */
void sim_regs_snapshot (const SimChannel *ch, SimParams *params);

/* ---- sim-channel.c ---- */

/** sim_channel_run: RS became 1 or 0 by a register write. */
void sim_channel_run (SimChannel *ch);
/** sim_channel_commit: VSIZE was written. */
void sim_channel_commit (SimChannel *ch);
/** Returns: the parameters of a frame that began now */
const SimParams *sim_channel_next_params (const SimChannel *ch);
/** sim_channel_fail: a halting error: RS to 0, Halted, and only reset helps. */
void sim_channel_fail (SimChannel *ch, guint32 bits);
/** sim_channel_sync_early: SOF or fsync came before the frame was whole. */
void sim_channel_sync_early (SimChannel *ch);
/**
 * sim_channel_begin_frame: a frame boundary.
 * Returns: FALSE when no frame began, because the channel failed
 */
gboolean sim_channel_begin_frame (SimChannel *ch);
/** sim_channel_end_frame: the last line was moved. */
void sim_channel_end_frame (SimChannel *ch);
/** sim_channel_check_halt: halts if RS is 0 and nothing is left to finish. */
void sim_channel_check_halt (SimChannel *ch);
void sim_channel_reset_begin (SimChannel *ch);
void sim_channel_reset_finish (SimChannel *ch);
/** sim_channel_power_on: state of hard reset, registers included. */
void sim_channel_power_on (SimChannel *ch);
/** Returns: when the reset finishes; G_MAXUINT64 when no timer decides it */
guint64 sim_channel_reset_deadline (const SimChannel *ch);
/** Returns: whether misalignment stalls the frame in work (U18) */
gboolean sim_channel_is_stalled (const SimChannel *ch);
/** Returns: whether data move at all: run, committed, clocked, not in reset */
gboolean sim_channel_moves (const SimChannel *ch);

/* ---- sim-genlock.c ---- */

void sim_genlock_wire (SimCore *self);
/** Returns: the store that a frame beginning with @park would use */
guint sim_genlock_pick (const SimChannel *ch, const SimPark *park);
/** Returns: whether the channel follows its partner now */
gboolean sim_genlock_is_active (const SimChannel *ch);
/** Returns: whether the channel holds still because its master is halted (U20) */
gboolean sim_genlock_is_waiting (const SimChannel *ch);
/** sim_genlock_ended: the frame in work ended; tells or holds back its store. */
void sim_genlock_ended (SimChannel *ch);
/** sim_genlock_settle: no more errors can come for the frame before. */
void sim_genlock_settle (SimChannel *ch);
/** Returns: the FRMPTR_STS word */
guint32 sim_genlock_frmptr (const SimCore *self);

/* ---- sim-s2mm.c, sim-mm2s.c ---- */

void sim_s2mm_fsync (SimChannel *ch);
void sim_mm2s_fsync (SimChannel *ch);

G_END_DECLS
