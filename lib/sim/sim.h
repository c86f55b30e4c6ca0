/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A simulated board: an AXI VDMA core with its memory, streams and time.
 *
 * For the driver it is hardware: it is reached only through the vtables of
 * lib/io and lib/xlnk. This header is for lib/board, which opens boards, and
 * for tests, which drive them step by step and read the ground truth.
 *
 * Boards live in a process-wide registry by name and are reference counted;
 * every function may be called from any thread. */
#pragma once

#include <glib.h>

#include "hw-desc.h"
#include "io.h"
#include "xlnk-backend.h"

G_BEGIN_DECLS

#define VDMA_REG_WORDS_MAX 128 /* words that the core decodes */

typedef struct SimBoard SimBoard;

/**
 * sim_board_open:
 * @name: (nullable): the board's name; NULL and "" are the default board. A
 *   board whose name is that of a stream (bars, ball, counter, loop, silence,
 *   feed) has that stream where the options say nothing
 * @options: (nullable): "key=value&key=value"; docs/simulator.md has the table
 *
 * Makes the board, or finds the one that is open under that name. Options other
 * than the open board's are refused with BUSY; none at all are always right.
 *
 * Errors: INVALID naming the option, its value and what would be right.
 *
 * Returns: (transfer full) (nullable)
 */
SimBoard *sim_board_open (
    const gchar *name, const gchar *options, GError **error);
SimBoard *sim_board_ref (SimBoard *self);
void sim_board_unref (SimBoard *self); /* (nullable) */

const gchar *sim_board_get_name (SimBoard *self);
/** Returns: (transfer none): what the simulated core is built with */
const VdmaHwDesc *sim_board_get_desc (SimBoard *self);

/* What a board plugs into the driver; each holds a reference on the board. */
VdmaRegs *sim_board_open_regs (SimBoard *self); /* (transfer full) */
VdmaIrq *sim_board_open_irq (SimBoard *self, VdmaDirection dir,
    GError **error); /* (transfer full) (nullable) */
VdmaTime *sim_board_get_time (
    SimBoard *self); /* (transfer none), lives as long as the board */
/** Returns: whether the option irq=timer says that interrupts are not to be used */
gboolean sim_board_wants_timer (SimBoard *self);
XlnkBackend *sim_board_open_memory (
    SimBoard *self, GError **error); /* (transfer full) (nullable) */

/**
 * SimVideoMode: what a camera or a display at the core's streams is set to. A
 * VDMA knows bytes and lines only; the things at its other end know pixels.
 * @format: as in GStreamer's caps, e.g. "RGB"; decides how patterns are drawn
 * @width, @height: pixels
 * @fps: numerator and denominator; {0, 1} when not known
 */
typedef struct {
  gchar format[16];
  guint width, height;
  guint fps[2];
} SimVideoMode;

/**
 * sim_board_set_video_mode:
 * @dir: S2MM: what the source sends from its next frame on (generated patterns
 *   only); MM2S: the rate at which the display takes frames
 *
 * What the board's options fix (format=, width=, height=, fps=) stays fixed.
 */
void sim_board_set_video_mode (
    SimBoard *self, VdmaDirection dir, const SimVideoMode *mode);

/* ---- for tests ---- */

/** sim_board_advance: pace=virtual only: lets @ns of virtual time pass, in this thread. */
void sim_board_advance (SimBoard *self, gint64 ns);

/**
 * SimFeedFrame: one frame as it comes on the stream; n_lines 1..8191.
 * @data: first byte of the first line; @stride bytes from line to line
 * @line_size: bytes of every line
 * @line_sizes: (nullable): bytes of each line, instead
 */
typedef struct {
  const guint8 *data;
  guint n_lines;
  gsize stride;
  gsize line_size;
  const gsize *line_sizes;
} SimFeedFrame;

/** sim_board_feed_frame: stream=feed only: sends a copy in one of the next frame times in which S2MM runs */
void sim_board_feed_frame (SimBoard *self, const SimFeedFrame *frame);
/** Returns: frames that were fed and not begun */
guint sim_board_get_n_fed (SimBoard *self);

/**
 * sim_board_set_faults:
 * @script: (nullable): a fault script (docs/simulator.md), or '@' and the name
 *   of a file that holds one; NULL ends all faults still to come
 *
 * Replaces the script at work; frames, times and allocations count from now.
 * What the old one did (a pulled plug, a stopped clock) stays as it is.
 *
 * Errors: INVALID with line and column; then nothing changes.
 */
gboolean sim_board_set_faults (
    SimBoard *self, const gchar *script, GError **error);

/** SimViolation: what the ledger forbids the device. */
typedef enum {
  SIM_VIOLATION_OUTSIDE, /* no memory there: AXI DECERR as well */
  SIM_VIOLATION_NEVER,   /* memory that was never allocated */
  SIM_VIOLATION_FREED,
  SIM_VIOLATION_APPLICATION, /* the application owns it */
  SIM_VIOLATION_CACHE,       /* a frame cache owns it */
  SIM_VIOLATION_READ_ONLY,   /* given to the device, but not for writing */
  SIM_VIOLATION_OVERRUN,     /* a line that leaves its block */
  SIM_N_VIOLATIONS,
} SimViolation;

/** SimCoherency: what coherency=strict finds. */
typedef enum {
  SIM_COHERENCY_FLUSH, /* the device read what the CPU had not flushed */
  SIM_COHERENCY_INVALIDATE, /* the CPU read what the device wrote before, not invalidated */
  SIM_COHERENCY_EVICTED, /* the device wrote under dirty lines, which overwrote it later */
  SIM_N_COHERENCY,
} SimCoherency;

/** SimDrop: why a frame time of a channel brought no frame. */
typedef enum {
  SIM_DROP_HALTED,      /* the channel did not run */
  SIM_DROP_NOT_READY,   /* S2MM: TREADY was low; MM2S: nothing to show */
  SIM_DROP_OUT_OF_SYNC, /* S2MM: taken and thrown away: after SOFEarly, or before
                         * the first VSIZE (U6) */
  SIM_DROP_UNSET, /* S2MM: nobody had said yet which size he wants to see */
  SIM_N_DROPS,
} SimDrop;

/**
 * SimChannelTruth: ground truth of one channel, counted from the board's start.
 * Of S2MM's side: frames_generated = frames_started + frames_dropped.
 */
typedef struct {
  guint64
      frames_generated; /* S2MM: frames that the source sent, taken or not; MM2S: frame times of the display */
  guint64 frames_started; /* begun in a store */
  guint64 frames_done;    /* completely stored or sent */
  guint64 frames_short;   /* begun and ended early: error, reset, SOFEarly */
  guint64
      frames_repeated; /* MM2S: the same store and content address as the one before */
  guint64
      frames_dropped; /* sum of dropped_by_cause; S2MM: sent and not stored; MM2S: frame times without a frame */
  guint64 dropped_by_cause[SIM_N_DROPS];
  guint64
      frames_overwritten; /* S2MM: done, and overwritten before anyone took, read or displayed them */
  guint64 store_overwritten[VDMA_MAX_STORES]; /* by the frame in which store */
  guint64
      frames_torn; /* MM2S: lines of the counter pattern from more than one frame */
  guint64 lines_lost; /* S2MM: lines that found TREADY low while not halted */
  guint64 lines;      /* moved */
  guint64 bytes;      /* moved */
  guint64 store_done[VDMA_MAX_STORES]; /* frames done per store */
  guint64 commits;                     /* parameter sets taken over */
  guint64 interrupts;                  /* rising edges of the line */
  guint64 undefined_uses;              /* things PG020 calls undefined */
} SimChannelTruth;

typedef struct {
  SimChannelTruth channel[VDMA_N_DIRECTIONS];
  guint64 register_reads[VDMA_REG_WORDS_MAX];
  guint64 register_writes[VDMA_REG_WORDS_MAX];
  guint64 flushed_bytes;
  guint64 invalidated_bytes;
  guint64 violations;                           /* sum of violations_by_kind */
  guint64 violations_by_kind[SIM_N_VIOLATIONS]; /* once per frame and kind */
  guint64 coherency_reports;                    /* sum of coherency_by_kind */
  guint64 coherency_by_kind[SIM_N_COHERENCY];   /* once per frame, or per end
                                                 * of an access */
  guint64 undefined_uses;                       /* both channels */
  guint64 faults;  /* events of fault scripts that have happened */
  guint64 wakeups; /* pace=real: of the board's own thread */
  gboolean loops;  /* S2MM sees what MM2S sends: it pauses where that does */
} SimTruth;

void sim_board_get_truth (SimBoard *self, SimTruth *truth);

typedef enum {
  SIM_REPORT_VIOLATION,
  SIM_REPORT_COHERENCY,
  SIM_REPORT_UNDEFINED_USE,
  SIM_N_REPORT_KINDS,
} SimReportKind;

/**
 * sim_board_get_report:
 * @index: from 0; the first 256 are kept
 *
 * Returns: (transfer full) (nullable): a sentence with both sides' story: time,
 *   channel, store, line, address, and whose memory it was since when; NULL
 *   behind the last one
 */
gchar *sim_board_get_report (SimBoard *self, guint index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimBoard, sim_board_unref)

G_END_DECLS
