/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver of one AXI VDMA core: a device with up to two channels.
 *
 * The driver knows registers, interrupts and time (lib/io) and physical
 * addresses; it knows nothing of how memory is made. Whoever uses a channel
 * gives it frames by VdmaFrameOps and gets them back by the same way: one owner
 * at a time.
 *
 * Threads: a channel is driven by one thread (service, take, show, start, stop);
 * the two channels of a device by one thread each, at the same time. Getters of
 * statistics, and vdma_cancel_set() on the cancel given to wait, may be called
 * from any thread. */
#pragma once

#include <glib.h>

#include "hw-desc.h"
#include "io.h"

G_BEGIN_DECLS

typedef struct VdmaDevice VdmaDevice;
typedef struct VdmaChannel VdmaChannel;

/* ---- frames ---- */

/**
 * VdmaFrame: a frame as the channel sees it.
 * @phys: physical address of the first byte of the first line
 * @cookie: the user's own handle (a GstBuffer in gst/); never looked at
 */
typedef struct {
  guint64 phys;
  gpointer cookie;
} VdmaFrame;

/**
 * VdmaFrameOps: how frames change owners.
 * @acquire: capture: an empty frame for the hardware; FALSE when there is none
 *   now (the hardware then overwrites its oldest frame, which is counted).
 *   Called from the thread that drives the channel; never blocks. The frame
 *   belongs to the hardware from this call on, and must be large enough for
 *   the mode and reachable (it is checked: a frame out of reach is released)
 * @release: the hardware has provably let go of a frame that is not delivered:
 *   a shown one, an unused one, one that was withheld. Not called for frames
 *   handed out by vdma_capture_take(), which belong to the caller.
 *   Frames that a channel could not be stopped from using are never released
 *   (quarantine, design.md contract 3).
 * @unshare: (nullable): capture, needed for vdma_channel_tie(): the display has
 *   let go of a frame that vdma_capture_take() gave with VDMA_FRAME_SHARED
 */
typedef struct {
  gboolean (*acquire) (gpointer user_data, VdmaFrame *frame);
  void (*release) (gpointer user_data, VdmaFrame *frame);
  void (*unshare) (gpointer user_data, VdmaFrame *frame);
} VdmaFrameOps;

/**
 * VdmaMode: geometry of a channel (PYNQ's VideoMode, in bytes and lines).
 * @hsize: bytes per line, 1..65535
 * @vsize: lines, 1..8191
 * @stride: bytes from line to line, hsize..65535
 * @period: nominal time of one frame in ns; 0 when unknown, more than an hour
 *   counts as an hour. Only time limits and loss estimates depend on it,
 *   correctness does not. Capture with three stores and more: where frames are
 *   seen to come at another rate, that is what estimates go by, with a warning
 * @vertical_flip: S2MM, where built in; the register is always written
 * @frame_delay: MM2S as a genlock slave: frame stores behind the master,
 *   0..n_stores. vdma_channel_tie() takes 0 for 1: the store in work is not
 *   whole
 * @genlock: MM2S with an internal genlock pair: GenlockEn, as PYNQ sets it. While
 *   frames are shown one by one the park pointer decides, so only a tie follows
 */
typedef struct {
  guint hsize;
  guint vsize;
  guint stride;
  gint64 period;
  gboolean vertical_flip;
  guint frame_delay;
  gboolean genlock;
} VdmaMode;

/* ---- losses and statistics ---- */

/** VdmaLoss: why a frame that the stream brought was not delivered, or (MM2S)
 *  why the display did not show a new frame. */
typedef enum {
  VDMA_LOSS_LATE,       /* service came later than the frame stores allow */
  VDMA_LOSS_NO_FRAME,   /* no empty frame to replace it with */
  VDMA_LOSS_SIZE,       /* short or long line or frame, dropped by policy */
  VDMA_LOSS_DMA_ERROR,  /* in work when an error halted the core */
  VDMA_LOSS_HALTED,     /* sent while the core stood still: an estimate */
  VDMA_LOSS_STARTUP,    /* skipped at start: first frame after RS */
  VDMA_LOSS_UNPROVABLE, /* withheld: might have been overwritten */
  VDMA_LOSS_STOPPED,    /* when the channel stopped: complete and not taken;
                         * display: accepted and not shown */
  VDMA_LOSS_SKIPPED,    /* complete, and given up for a newer one */
  VDMA_N_LOSSES,
} VdmaLoss;

/** Returns: a word of the field for reports, e.g. "late", "no-frame" */
const gchar *vdma_loss_to_string (VdmaLoss loss);

/** VdmaChannelStats: counted since the channel was created; never reset.
 *
 *  Capture: frames = delivered + sum of lost + waiting, after every call. All but
 *  lost[VDMA_LOSS_HALTED] were begun by the core; those were sent while it was
 *  halted in the midst of a run (between single shots, behind the probe, behind an
 *  error), and nothing but time tells of them. Display: delivered = frames + sum
 *  of lost + frames on their way, at most three and the first.
 *
 *  repeated: frame times in which the display showed a frame once more, because no
 *  newer one had come there by then; the first frame's second time behind the probe
 *  is one, and so is each restart's. That is, frame times less frames shown. An
 *  interrupt that was waited for is one frame time; where a service comes late
 *  the time tells how many there were, in frame times as VdmaMode.period says, or,
 *  without one, as they were measured between interrupts that came evenly. With a
 *  steady display the sum is exact. It is one too many from the start on where the
 *  core interrupts at the first frame's begin: then the frame in work is counted.
 *  Without any period (not told, and no four services in time yet) each service
 *  that finds an interrupt is one; without a wait that blocks, as with a timer, a
 *  wrong period makes the sum wrong by as much. */
typedef struct {
  guint64
      frames; /* capture: frames that the source sent; display: frames shown */
  guint64
      delivered; /* capture: taken by the caller; display: accepted by show */
  guint64 lost[VDMA_N_LOSSES];
  guint64 repeated;    /* display: frame times that showed a frame once more */
  guint64 corrupt;     /* delivered with VDMA_FRAME_CORRUPT */
  guint64 errors;      /* events with error bits in the status register */
  guint64 recoveries;  /* resets and restarts after halting errors */
  guint64 interrupts;  /* services that found a frame interrupt */
  guint64 quarantined; /* frames kept because the hardware would not stop */
  guint64 register_reads;  /* by this channel */
  guint64 register_writes; /* by this channel */
  guint64 commits;         /* VSIZE writes */
} VdmaChannelStats;

/* ---- device ---- */

/**
 * vdma_device_open:
 * @desc: what the core was built with; copied. Must be valid
 * @regs: (transfer full): its registers; at least VDMA_REG_SPAN bytes
 * @irqs: (array fixed-size=2) (transfer full) (nullable elements): interrupt
 *   lines, indexed by VdmaDirection; one for each channel present
 * @time: (transfer none): must outlive the device
 *
 * Checks the version (hardware.md 1.4) and that the channels described answer,
 * and halts a channel that is found running, before anyone allocates memory.
 * What is transferred is closed even when the call fails.
 *
 * Errors: UNSUPPORTED (not a VDMA 6.x; names the word read), INVALID (@desc),
 * HARDWARE (a described channel does not answer), TIMEOUT (a running channel
 * does not halt).
 *
 * Returns: (transfer full) (nullable)
 */
VdmaDevice *vdma_device_open (const VdmaHwDesc *desc, VdmaRegs *regs,
    VdmaIrq *irqs[VDMA_N_DIRECTIONS], VdmaTime *time, GError **error);

/**
 * vdma_device_open_shared:
 * @share: (transfer full) (nullable): of a core that other processes may use
 *
 * As vdma_device_open(), but a running channel that another process has claimed
 * is left alone. A claim here is one at @share too, and stops the channel if
 * its last user died.
 */
VdmaDevice *vdma_device_open_shared (const VdmaHwDesc *desc, VdmaRegs *regs,
    VdmaIrq *irqs[VDMA_N_DIRECTIONS], VdmaTime *time, VdmaShare *share,
    GError **error);

VdmaDevice *vdma_device_ref (VdmaDevice *self);
/** vdma_device_unref: (nullable): the last one stops both channels and closes registers and lines. */
void vdma_device_unref (VdmaDevice *self);

const VdmaHwDesc *vdma_device_get_desc (VdmaDevice *self); /* (transfer none) */
/** Returns: the VDMA_VERSION word as read at open */
guint32 vdma_device_get_version (VdmaDevice *self);

/**
 * vdma_device_claim:
 * @who: the claimant's name, for the error that a second one gets
 *
 * Takes a channel for exclusive use. Errors: NOT_FOUND (the core was built
 * without it), BUSY (names the holder), TIMEOUT (a channel that another process
 * left running does not halt).
 *
 * Returns: (transfer full) (nullable): give it back with vdma_channel_release()
 */
VdmaChannel *vdma_device_claim (
    VdmaDevice *self, VdmaDirection dir, const gchar *who, GError **error);

/* ---- channel: common ---- */

/** vdma_channel_release: (nullable): stops the channel if needed and ends the claim. */
void vdma_channel_release (VdmaChannel *self);

VdmaDirection vdma_channel_get_direction (VdmaChannel *self);
VdmaDevice *vdma_channel_get_device (VdmaChannel *self); /* (transfer none) */

/**
 * vdma_channel_set_frame_ops:
 * @ops: (nullable): static storage; must be set before start
 */
void vdma_channel_set_frame_ops (
    VdmaChannel *self, const VdmaFrameOps *ops, gpointer user_data);

/**
 * vdma_channel_set_mode:
 *
 * Checks @mode against the core's limits and alignment (hardware.md 1.5); acts
 * at the next start. Errors: INVALID naming value and limit, STATE while running.
 */
gboolean vdma_channel_set_mode (
    VdmaChannel *self, const VdmaMode *mode, GError **error);

/**
 * vdma_channel_start:
 *
 * Resets and programs the channel (hardware.md section 9) and lets it run.
 * Capture: acquires a frame for every store; with fewer frames than stores it
 * fails with NO_MEMORY, all frames released. Display: needs one frame
 * (@first) that every store points to until others are shown.
 *
 * @first: (nullable) (transfer full): display: the first frame to show; it is
 *   released when the call fails. NULL for capture
 *
 * Errors: STATE (running, no mode, no ops), TIMEOUT (reset or halted bit does
 * not come: stream clock missing; the sentence says so), HARDWARE, NO_MEMORY,
 * UNREACHABLE (a frame above the core's address width; names both).
 */
gboolean vdma_channel_start (
    VdmaChannel *self, const VdmaFrame *first, GError **error);

/**
 * vdma_channel_stop:
 *
 * Halts the channel, then releases every frame that it holds. If it does not
 * halt within two frame times and a margin it is reset; if even that fails the
 * frames are kept for ever (quarantine) and the error says so. Waiting capture
 * frames are released. Stopping a stopped channel is a no-op.
 */
gboolean vdma_channel_stop (VdmaChannel *self, GError **error);

/**
 * vdma_channel_reset:
 *
 * vdma_channel_stop(), then a soft reset (hardware.md 2.4): every register of the
 * channel has its default. vdma_channel_start() resets as well; this is for who
 * wants the core's stream side reset while nothing runs. It also gets a channel
 * going again that did not halt, once its clocks are back.
 *
 * Errors: those of vdma_channel_stop(), TIMEOUT.
 */
gboolean vdma_channel_reset (VdmaChannel *self, GError **error);

gboolean vdma_channel_is_running (VdmaChannel *self);

/** Returns: FALSE when no mode was set; then @mode is untouched */
gboolean vdma_channel_get_mode (VdmaChannel *self, VdmaMode *mode);

/* Where the hardware is, for diagnosis: frames are what the calls below deal in.
 * From the thread that drives the channel. */

/** Returns: whether the channel stays at one store until it is told (PYNQ's
 *  parked); FALSE while it does not run */
gboolean vdma_channel_is_parked (VdmaChannel *self);
/** Returns: the store that the hardware works on, by one register read (PYNQ's
 *  activeframe); while an error bit is set, the one that failed */
guint vdma_channel_get_active_store (VdmaChannel *self);
/** Returns: the store of the park reference (PYNQ's desiredframe) */
guint vdma_channel_get_desired_store (VdmaChannel *self);

/**
 * vdma_channel_set_crash_guard:
 * @on: from the next start on: should the process die by a fatal signal while
 *   the channel runs, it is reset before its memory goes to somebody else
 *   (io-guard.h). By default off, because it takes signals over
 *
 * A no-op on registers that no signal handler can write: those of a simulated
 * board, which dies with the process. While stopped.
 */
void vdma_channel_set_crash_guard (VdmaChannel *self, gboolean on);

/**
 * VdmaOnError: what an error bit in the status register leads to. Whatever it
 * is, each bit is counted and logged as a sentence (hardware.md 2.10).
 * @VDMA_ON_ERROR_RECOVER: damaged frames are delivered with VDMA_FRAME_CORRUPT;
 *   an error that halts the channel leads to a reset and a restart
 * @VDMA_ON_ERROR_MARK: the same, but what halts the channel ends its run
 * @VDMA_ON_ERROR_DROP: damaged frames are not delivered but counted as
 *   VDMA_LOSS_SIZE; what halts the channel leads to a restart
 * @VDMA_ON_ERROR_STOP: any error ends the run
 */
typedef enum {
  VDMA_ON_ERROR_RECOVER,
  VDMA_ON_ERROR_MARK,
  VDMA_ON_ERROR_DROP,
  VDMA_ON_ERROR_STOP,
} VdmaOnError;

/**
 * vdma_channel_set_on_error:
 *
 * By default VDMA_ON_ERROR_RECOVER. A run that the policy ends ends like one
 * that does not recover: vdma_channel_service() fails with HARDWARE and the
 * channel is stopped. From the thread that drives the channel, at any time.
 */
void vdma_channel_set_on_error (VdmaChannel *self, VdmaOnError on_error);

/** VdmaWait: how a wait ended. */
typedef enum {
  VDMA_WAIT_READY,     /* the line fired: call vdma_channel_service() */
  VDMA_WAIT_TIMEOUT,   /* nothing until the deadline */
  VDMA_WAIT_CANCELLED, /* the cancel was set */
  VDMA_WAIT_FAILED,    /* @error is set */
} VdmaWait;

/**
 * vdma_channel_wait:
 * @cancel: (nullable): ends the wait at once from any thread
 * @deadline: in the time of vdma_channel_now(); G_MAXINT64: for ever
 *
 * Waits for the channel's interrupt. No lock is held while waiting.
 */
VdmaWait vdma_channel_wait (
    VdmaChannel *self, VdmaCancel *cancel, gint64 deadline, GError **error);

/** Returns: now in ns, in the time of the channel's interrupts */
gint64 vdma_channel_now (VdmaChannel *self);

/** Returns: the descriptor that becomes readable with the interrupt, for a main loop; owned by the channel */
gint vdma_channel_get_fd (VdmaChannel *self);

/**
 * vdma_channel_service:
 *
 * Does what the interrupt asks for: acknowledges exactly the status bits it
 * handles, collects every completed frame, commits all replacements at once,
 * proves that the hardware is past them, and arms the line again. Safe to call
 * at any time while running, also without an interrupt.
 *
 * Errors: HARDWARE (fatal and not recovered; the channel is stopped), STATE.
 */
gboolean vdma_channel_service (VdmaChannel *self, GError **error);

void vdma_channel_get_stats (VdmaChannel *self, VdmaChannelStats *stats);

/* ---- capture (S2MM) ---- */

typedef enum {
  VDMA_FRAME_DISCONT = 1 << 0, /* frames are missing before this one */
  VDMA_FRAME_CORRUPT = 1 << 1, /* an error bit fell into its time */
  VDMA_FRAME_SHARED = 1 << 2,  /* the tied display still reads it: do not write
                                * to it or use it again before ops->unshare */
} VdmaFrameFlags;

/**
 * VdmaFrameInfo:
 * @number: counts every frame of VdmaChannelStats.frames, from 0 at the channel's
 *   creation; gaps are losses
 * @time: when its interrupt was seen, ns in the time of vdma_channel_now();
 *   for frames collected together each one period earlier than the next
 */
typedef struct {
  guint64 number;
  gint64 time;
  VdmaFrameFlags flags;
} VdmaFrameInfo;

/**
 * vdma_capture_take:
 * @frame: (out): the oldest complete frame; the caller owns it from now on
 *
 * Returns: FALSE when none waits; service() may bring more
 */
gboolean vdma_capture_take (
    VdmaChannel *self, VdmaFrame *frame, VdmaFrameInfo *info);

/**
 * vdma_capture_skip_older:
 *
 * Gives up all complete frames that wait to be taken but the newest: they go
 * back to the user's pool and count as VDMA_LOSS_SKIPPED. For users who rather
 * have the latest picture than each one.
 *
 * Returns: how many were given up
 */
guint vdma_capture_skip_older (VdmaChannel *self);

/** Returns: complete frames that wait to be taken */
guint vdma_capture_n_waiting (VdmaChannel *self);

/* ---- display (MM2S) ---- */

/**
 * vdma_display_can_show:
 *
 * Returns: whether vdma_display_show() would accept a frame now. Becomes TRUE
 *   in service(), when the hardware has moved on to the last frame shown, or is
 *   about to. Frames whose address is new to the core need three frame times on
 *   their way; of those up to three are accepted ahead, so that each frame time
 *   can have a new one (with four or more frame stores).
 */
gboolean vdma_display_can_show (VdmaChannel *self);

/**
 * vdma_display_show:
 * @frame: (transfer full): filled, and flushed by its owner
 *
 * Shows @frame from the next frame boundary at which that is provably whole.
 * Every frame accepted is displayed for at least one frame time; with
 * vdma_channel_wait() and can_show the caller is paced by the hardware. The
 * frame is released when the hardware has moved on to a later one.
 *
 * On a display that is tied to a capture it ends the tie and starts a run with
 * @frame as the first; should that start fail, @frame is released.
 *
 * Errors: STATE (not running, or can_show is FALSE), UNREACHABLE. On error the
 * frame still belongs to the caller.
 */
gboolean vdma_display_show (
    VdmaChannel *self, const VdmaFrame *frame, GError **error);

/* ---- tie: the display follows the capture ---- */

/** VdmaTieMode: how a display follows a capture. */
typedef enum {
  VDMA_TIE_NONE,    /* it does not, or not yet: no frame was complete */
  VDMA_TIE_GENLOCK, /* the core does it: no access to MM2S but for frames that
                     * the application takes */
  VDMA_TIE_SHOW,    /* the driver shows each frame in the capture's service */
} VdmaTieMode;

/**
 * vdma_channel_tie:
 * @capture, @display: the two channels of one core, with modes of the same
 *   hsize, vsize and stride
 *
 * From the capture's next complete frame on @display shows what @capture brings,
 * over stops and restarts of the capture, until vdma_channel_untie(),
 * vdma_channel_stop() or vdma_display_show() of @display, or until one of them is
 * released. What @display showed before is released now. A @display that did not
 * halt at the end of a tie before is reset; what it may have read comes back then.
 *
 * Where the core has a genlock pair and enough frame stores the hardware does it
 * alone (docs/driver.md); the capture's frames then come one frame time later.
 * Frames that the display still reads are handed out with VDMA_FRAME_SHARED.
 *
 * Threads: while tied, one thread drives both channels; vdma_channel_wait() and
 * vdma_channel_service() of @capture do what @display needs.
 *
 * Errors: INVALID (not the two channels of one core; geometries differ: names
 * both), STATE (tied already, a mode is not set, no ops->unshare), and those of
 * stopping @display.
 */
gboolean vdma_channel_tie (
    VdmaChannel *capture, VdmaChannel *display, GError **error);

/**
 * vdma_channel_untie:
 * @self: either channel; a no-op when it is not tied
 *
 * The display halts; then every frame that it shared is let go. Errors: as
 * vdma_channel_stop().
 */
gboolean vdma_channel_untie (VdmaChannel *self, GError **error);

/** Returns: how the display follows at the moment */
VdmaTieMode vdma_channel_get_tie_mode (VdmaChannel *self);

/* ---- status to text ---- */

/**
 * vdma_status_to_string:
 * @status: an xxx_VDMASR word
 *
 * Returns: (transfer full): a sentence per error bit set with its likely cause,
 *   joined by "; "; "no error" when none is
 */
gchar *vdma_status_to_string (VdmaDirection dir, guint32 status);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VdmaDevice, vdma_device_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VdmaChannel, vdma_channel_release)

G_END_DECLS
