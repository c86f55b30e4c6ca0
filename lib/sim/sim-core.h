/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The core of the simulated board: the AXI VDMA itself as a pure state machine.
 *
 * No thread, no lock, no clock, no main loop: registers are read and written,
 * lines of video are offered to S2MM and pulled from MM2S, time is told. What
 * the core does to the world (memory, interrupt pins, complaints) it does by
 * callbacks. Plain C11 and GLib basics, so that any host can drive it: a unit
 * test step by step, a runner thread, an emulator's device model.
 *
 * Everything it does follows hardware.md sections 1 and 2; what section 7 leaves
 * open is a knob. One thread at a time. */
#pragma once

#include <glib.h>

#include "hw-desc.h"
#include "vdma-regs.h"

G_BEGIN_DECLS

typedef struct SimCore SimCore;

/** SimResponse: AXI response of the memory (hardware.md 2.10) */
typedef enum {
  SIM_OKAY,
  SIM_SLVERR,
  SIM_DECERR,
} SimResponse;

/**
 * SimLine: one line of an AXI4-Stream video frame.
 * @data: @size bytes; for offer: valid during the call; for pull: a buffer of
 *   the caller's with room for VDMA_MAX_HSIZE bytes
 * @sof: tuser(0) on the first beat
 * @eol: TLAST on the last beat. An offer without it is a part of a line: the
 *   next offer goes on with it, or drops the rest of a line that is too long
 */
typedef struct {
  guint8 *data;
  gsize size;
  gboolean sof;
  gboolean eol;
} SimLine;

/** SimHost: what the core is plugged into. Callbacks must not call the core. */
typedef struct {
  SimResponse (*mem_write) (
      gpointer host, guint64 address, const guint8 *data, gsize size);
  SimResponse (*mem_read) (
      gpointer host, guint64 address, guint8 *data, gsize size);
  /** level of mm2s_introut or s2mm_introut; called on changes only */
  void (*irq) (gpointer host, VdmaDirection dir, gboolean level);
  /** something that PG020 calls undefined or illegal was done (hardware.md 1.5,
   *  T95, T96, U18); @text names registers and values */
  void (*undefined_use) (gpointer host, VdmaDirection dir, const gchar *text);
  /** nullable: a store became live or stopped being live: @address is about to
   *  be used by the frame that begins (TRUE), its frame ended (FALSE) */
  void (*frame) (gpointer host, VdmaDirection dir, guint store, guint64 address,
      gboolean begin);
} SimHost;

/* ---- knobs: hardware.md section 7; the first value is the default ---- */

typedef enum {
  SIM_IRQ_FRAME_END,
  SIM_IRQ_NEXT_FRAME_START
} SimIrqPhase; /* U1 */
typedef enum {
  SIM_FRMSTORE_NEXT_SOF,
  SIM_FRMSTORE_LAST_LINE
} SimFrmstorePhase;                                               /* U2 */
typedef enum { SIM_RESYNC_LOST, SIM_RESYNC_IMMEDIATE } SimResync; /* U7 */
typedef enum {
  SIM_DLY_START_FRAME_END,
  SIM_DLY_START_SOF
} SimDlyStart; /* U21 */

typedef struct {
  SimIrqPhase irq_phase;           /* U1 */
  SimFrmstorePhase frmstore_phase; /* U2 */
  guint park_latency; /* U3: boundaries until a park change acts: 1, 2 */
  gboolean park_exit_restarts; /* U4: park to circular: reference + 1, or 0 */
  guint32 cr_reset;            /* U5: 0x00010082 or 0x00010042 */
  gboolean
      pre_start_ready; /* U6: TREADY before the first VSIZE and while halted */
  SimResync resync;    /* U7 */
  guint32 repeat_errors;      /* U8: SR bits that trigger Repeat_En; 0x8980 */
  gboolean err_irq_freezes;   /* U9 */
  gboolean frame_count_keeps; /* U10: counter not reloaded at RS 0 to 1 */
  gboolean
      first_sof_counts; /* U10, with irq_phase next start: the first one counts too */
  guint dly_clk_hz; /* U11: 100 MHz */
  gboolean
      reset_keeps_park; /* U12: the channel's own reference survives its reset */
  gboolean reset_keeps_flip; /* U12: ENABLE_VERTICAL_FLIP survives too */
  guint32 absent_reads;      /* U13: value of reserved and absent registers */
  guint commit_latency; /* U14: 0, 1: extra boundaries before a commit acts */
  gboolean
      restart_continues; /* U15: restart index after stop: 0, or where it stopped */
  gboolean mask_hides_errors; /* U16: IRQ_MASK hides the SR bit too */
  gboolean status_swapped;    /* U17: 0xF0 is VSIZE, 0xF4 HSIZE */
  gboolean
      stall_on_misuse; /* U18: misalignment stalls the stream, or goes through */
  gboolean flip_mirrors_base; /* U19: last line first inside the same buffer, or
                                     * start address is that of the last line */
  gboolean genlock_waits; /* U20: MM2S with S2MM stopped repeats, or waits */
  SimDlyStart dly_start;  /* U21 */
  guint64
      reset_ns; /* how long CR.Reset reads 1; 0: one read; G_MAXUINT64: for ever */
} SimKnobs;

void sim_knobs_init (SimKnobs *knobs);

/* ---- life ---- */

/** sim_core_new: @desc valid; @knobs and @host are copied. State: hard reset. */
SimCore *sim_core_new (const VdmaHwDesc *desc, const SimKnobs *knobs,
    const SimHost *host, gpointer host_data);
void sim_core_free (SimCore *self); /* (nullable) */
/** sim_core_hard_reset: axi_resetn of the whole core */
void sim_core_hard_reset (SimCore *self);

/* ---- the AXI4-Lite side ---- */

/** sim_core_read: @offset below VDMA_REG_DECODED, word aligned; others read as absent. Reading has no side effects but the reset poll's. */
guint32 sim_core_read (SimCore *self, guint offset);
/** sim_core_write: strobes do not exist on this core: all 32 bits count (hardware.md 1.0) */
void sim_core_write (SimCore *self, guint offset, guint32 value);

/* ---- time ---- */

/** sim_core_advance: @now in ns, never going back; lets delay timers and resets expire */
void sim_core_advance (SimCore *self, guint64 now);
/** Returns: when the next timer expires; G_MAXUINT64 when none runs */
guint64 sim_core_next_event (const SimCore *self);

/* ---- the streams ---- */

/** Returns: TREADY of S2MM: whether a line would be taken now */
gboolean sim_core_s2mm_ready (const SimCore *self);
/**
 * sim_core_s2mm_offer: one line on the stream into memory.
 *
 * Returns: FALSE when TREADY is low: nothing happened, offer it again or lose it
 */
gboolean sim_core_s2mm_offer (SimCore *self, const SimLine *line);
/**
 * sim_core_mm2s_pull: TREADY of the display is high for one line.
 *
 * Returns: FALSE when TVALID is low: there is nothing to send now
 */
gboolean sim_core_mm2s_pull (SimCore *self, SimLine *line);
/** sim_core_fsync: a falling edge on the channel's fsync pin, where built in */
void sim_core_fsync (SimCore *self, VdmaDirection dir);
/** sim_core_set_stream_clock: a stopped clock moves nothing and lets no reset finish (T21) */
void sim_core_set_stream_clock (
    SimCore *self, VdmaDirection dir, gboolean running);

/* ---- faults ---- */

/**
 * sim_core_inject:
 * @bits: error and interrupt bits of SR that the hardware raises now, with all
 *   their consequences (hardware.md 2.10); IntErr alone is cause (b)
 */
void sim_core_inject (SimCore *self, VdmaDirection dir, guint32 bits);

/* ---- ground truth ---- */

typedef struct {
  guint64 frames_started; /* frames begun in a store */
  guint64 frames_done;    /* frames complete, all lines moved */
  guint64 frames_short;   /* ended early: error, reset, SOFEarly */
  guint64
      frames_refused; /* S2MM: SOFs thrown away (out of sync); a line refused by TREADY does not count */
  guint64
      frames_repeated; /* same store and address as the frame before: MM2S shows it again, S2MM overwrites it */
  guint64 lines;       /* lines moved */
  guint64 bytes;       /* bytes moved */
  guint64 commits;     /* parameter sets taken over at a boundary */
  guint64 irq_edges;   /* rising edges of the pin */
  guint64 undefined_uses;
  guint64 store_done[VDMA_MAX_STORES];
} SimCoreTruth;

const SimCoreTruth *sim_core_get_truth (const SimCore *self, VdmaDirection dir);

/** SimCoreLive: what a channel is doing; for judges, never for drivers. */
typedef struct {
  gboolean running; /* not halted */
  gboolean in_frame;
  guint store;                  /* in work */
  guint line;                   /* next line */
  guint64 address;              /* base of the store in work */
  guint hsize, vsize, stride;   /* of the frame in work, or the last one */
  guint next_hsize, next_vsize; /* of a frame that began now, commits included;
                                 * 0 while not started by a VSIZE write */
} SimCoreLive;

void sim_core_get_live (
    const SimCore *self, VdmaDirection dir, SimCoreLive *live);
/** Returns: whether @dir is not halted; what is asked most, by itself */
gboolean sim_core_is_running (const SimCore *self, VdmaDirection dir);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimCore, sim_core_free)

G_END_DECLS
