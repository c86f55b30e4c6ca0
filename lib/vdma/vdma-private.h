/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the driver: what its files share with one another.
 *
 *   vdma-device.c    the core: open, claims, the shared park pointer register
 *   vdma-channel.c   the public face of a channel: mode, start, stop, service
 *   vdma-wait.c      waits, and the second looks that they make
 *   vdma-pace.c      when frames come, measured
 *   vdma-rate.c      whether they come as it was told
 *   vdma-program.c   reset, halt, program, commit; every poll has a time limit
 *   vdma-recover.c   error bits, and the way back from halting errors
 *   vdma-capture.c   engine: S2MM through a ring of frame stores
 *   vdma-shot.c      engine: S2MM frame by frame, for fewer than three stores
 *   vdma-display.c   engine: MM2S by the park pointer; with vdma-times.c
 *   vdma-framelist.c which frame is in which store
 *   vdma-tie.c       MM2S follows S2MM; with vdma-follow.c and vdma-held.c
 */
#pragma once

#include "vdma.h"

#include "vdma-framelist.h"
#include "vdma-regs.h"

G_BEGIN_DECLS

#define VDMA_NO_TIME G_MAXINT64 /* a point in time that never comes */

/* With fewer stores no frame that was handed out is safe (hardware.md 2.12). */
#define VDMA_CAPTURE_MIN_STORES 3

/** VdmaPort: where the two directions differ; everything else is common. */
typedef struct {
  guint regs;          /* offset of CR */
  guint params;        /* offset of VSIZE */
  guint32 errors;      /* error bits of SR */
  guint32 size_errors; /* those that let the channel run on */
  guint32 park_ref;    /* field of PARK_PTR */
  guint32 park_store;  /* field of PARK_PTR */
  gboolean captures;
} VdmaPort;

extern const VdmaPort vdma_ports[VDMA_N_DIRECTIONS];

/** VdmaEngine: how one kind of channel uses its frame stores. All functions run
 *  in the thread that drives the channel; stop and salvage with it halted. */
typedef struct {
  const gchar *name;
  guint32 cr;     /* bits of CR while running, beside those of all engines */
  guint32 cr_off; /* those of all engines that this one does without */
  void (*open) (VdmaChannel *ch);
  void (*close) (VdmaChannel *ch);
  /** prepare: fills the frame list. On failure nothing is kept. */
  gboolean (*prepare) (VdmaChannel *ch, const VdmaFrame *first, GError **error);
  /** begin: the channel runs from frame store 0, nothing was committed yet */
  void (*begin) (VdmaChannel *ch);
  /** service: @status was read, and the bits handled were cleared in it;
   *  @failed is the store that an error bit had frozen, -1 without one */
  gboolean (*service) (
      VdmaChannel *ch, guint32 status, gint failed, GError **error);
  /** glance: (nullable): the line fired in a wait. Returns: whether that was a
   *  frame's interrupt, which is done with: the status need not be read. An error
   *  beside it keeps the line high, so that it comes back at once */
  gboolean (*glance) (VdmaChannel *ch);
  /** salvage: a halting error (retry.status): saves what is whole, accounts for the rest, and
   *  leaves a frame in every store for the restart */
  void (*salvage) (VdmaChannel *ch, gint failed);
  /** stop: accounts for what was not delivered, and releases what is not in
   *  the frame list */
  void (*stop) (VdmaChannel *ch);
  /** forget: the hardware does not stop: counts what it may still use and
   *  releases the rest; the frame list is forgotten by the caller */
  guint (*forget) (VdmaChannel *ch);
} VdmaEngine;

extern const VdmaEngine vdma_capture_engine;
extern const VdmaEngine vdma_shot_engine;
extern const VdmaEngine vdma_display_engine;
extern const VdmaEngine vdma_follow_engine;

typedef struct VdmaCapture VdmaCapture;
typedef struct VdmaDisplay VdmaDisplay;
typedef struct VdmaTie VdmaTie;

/** VdmaRate: whether frames come as it was told. */
typedef struct {
  gint64 begin;    /* an interrupt that a window begins with; 0: none */
  guint n;         /* distances behind it */
  gint64 longest;  /* of them */
  guint64 frame;   /* where the pointer was */
  gint64 before;   /* average distance in the window before; 0: says nothing */
  gint64 measured; /* frame time that contradicts what was told; 0: none does */
  gboolean warned; /* of that, since the start */
} VdmaRate;

/** VdmaPace: when frames come. */
typedef struct {
  gint64 event;          /* when this service's interrupt was seen */
  gboolean has_event;    /* a frame interrupt was seen since the start */
  gint64 last_event;     /* when the one before this service was */
  gint64 last_cleared;   /* when that one was cleared */
  gint64 older_cleared;  /* when the one before it was cleared */
  gboolean last_blocked; /* as @blocked, of that one */
  gint64 interval; /* measured between frame interrupts; rather too short */
  gint64 typical;  /* the same on an average; for estimates */
  gint64 ran;      /* when the channel was set running */
  gint64 halted;   /* when it was told to stop; VDMA_NO_TIME: it runs */
  gint64 down; /* since when it may have stood still by itself; VDMA_NO_TIME:
                     * it has not */
  gint64 idle; /* ns in which it did, not accounted for yet */
  guint64 missable; /* frames that there was time for in them, at most */
  gint64 looked;    /* before the status of this service was read */
  gint64 quiet;     /* when the status last showed no frame interrupt */
  gboolean blocked; /* @event is the end of a wait that had blocked */
  gint64 waited;    /* such an end before its service; VDMA_NO_TIME: none */
  gint64 look_at;   /* a second look without interrupt; VDMA_NO_TIME: none */

  gint64 last_gap; /* that @interval was measured by; 0: by none */
  gint64 distance; /* of the last two frame interrupts */
  guint even;      /* distances in a row that were alike */
  /* that wait ended later than it was to, so that the interrupt may be older
   * than @event; and the same of the one before */
  gboolean overslept, last_overslept;
  VdmaRate rate;
} VdmaPace;

/** VdmaLearned: how this core answers questions that PG020 leaves open. Found
 *  out while running; kept with the device, used by a channel's holder. */
typedef struct {
  enum {
    VDMA_POINTER_UNKNOWN,
    VDMA_POINTER_AT_SOF, /* the store pointer moves with a frame's begin */
    VDMA_POINTER_AT_END, /* or between two frames */
  } pointer;
  guint look; /* a counter: where in a frame time a second look pays */
} VdmaLearned;

/** VdmaRetry: restarts after halting errors. */
typedef struct {
  guint attempts; /* since the last good frame */
  gint64 at;      /* when the next one is due; VDMA_NO_TIME: none */
  guint32 status; /* of the error, for the sentence */
} VdmaRetry;

struct VdmaChannel {
  VdmaDevice *device; /* referenced */
  VdmaDirection dir;
  const VdmaPort *port;
  const VdmaEngine *engine;
  VdmaIrq *irq;         /* the device's */
  VdmaLearned *learned; /* the device's */
  gchar *who;

  const VdmaFrameOps *ops;
  gpointer ops_data;
  VdmaMode mode;
  gboolean has_mode;
  VdmaOnError on_error;
  gboolean drop_corrupt; /* by @on_error */

  gboolean running;
  gboolean guards;    /* asked for a crash guard */
  gboolean guarded;   /* there is one */
  gboolean halts;     /* that the channel halts by itself is no error */
  gboolean was_reset; /* the last halt took a reset: pointers say nothing */
  guint32 cr;         /* as last written */
  guint park; /* store that the channel is parked on when it is launched */
  guint bank; /* of START_ADDRESS that REG_INDEX selects */
  guint32 seen_park; /* PARK_PTR as this channel read it last */
  VdmaFrameList list;
  VdmaPace pace;
  VdmaRetry retry;
  guint lost_interrupts; /* in a row: the status had what no line told */
  VdmaCapture *capture;  /* nullable: of both capture engines */
  VdmaDisplay *display;  /* nullable */
  VdmaTie *tie;          /* nullable: of both channels of a pair */

  VdmaChannelStats stats; /* of the driving thread */
  GMutex lock;            /* guards what follows; a leaf */
  VdmaChannelStats published;
};

/* ---- vdma-device.c ---- */

VdmaTime *vdma_device_get_time (VdmaDevice *self);
VdmaRegs *vdma_device_get_regs (VdmaDevice *self);
VdmaIrq *vdma_device_get_irq (VdmaDevice *self, VdmaDirection dir);
VdmaLearned *vdma_device_get_learned (VdmaDevice *self, VdmaDirection dir);
/** Returns: whether MM2S can follow S2MM by wires inside the core: static or
 *  dynamic, S2MM the master */
gboolean vdma_device_has_pair (VdmaDevice *self);
/** vdma_device_unclaim: ends the claim of @channel. */
void vdma_device_unclaim (VdmaDevice *self, VdmaChannel *channel);
/** vdma_device_park: makes @store the park reference of @channel: one write,
 *  serialised with the other channel's. */
void vdma_device_park (VdmaDevice *self, VdmaChannel *channel, guint store);
/** Returns: the park reference of @channel, as last written */
guint vdma_device_get_park (VdmaDevice *self, VdmaChannel *channel);

/* ---- vdma-channel.c ---- */

VdmaChannel *vdma_channel_new (
    VdmaDevice *device, VdmaDirection dir, const gchar *who);
guint32 vdma_channel_read (VdmaChannel *self, guint offset);
void vdma_channel_write (VdmaChannel *self, guint offset, guint32 value);
/** vdma_channel_hand_over: vdma_regs_hand_over() */
void vdma_channel_hand_over (VdmaChannel *self, guint offset, guint32 value);
/** Returns: the store that WrFrmStore or RdFrmStore names */
guint vdma_channel_read_store (VdmaChannel *self);
void vdma_channel_release_frame (VdmaChannel *self, VdmaFrame *frame);
/** Returns: FALSE with INVALID or UNREACHABLE when the core cannot use @frame */
gboolean vdma_channel_check_frame (
    VdmaChannel *self, const VdmaFrame *frame, GError **error);
/** vdma_channel_publish: lets other threads see the statistics. */
void vdma_channel_publish (VdmaChannel *self);

/** vdma_channel_look_again: plans a service without interrupt, @sixteenths of a
 *  frame time after this one's. */
void vdma_channel_look_again (VdmaChannel *self, guint sixteenths);

/* ---- vdma-pace.c ---- */

/** vdma_channel_measure: notes the frame interrupt of this service in @pace. */
void vdma_channel_measure (VdmaChannel *self);
/** Returns: when the first frame interrupt since the start must have been there,
 *  of a steady source of one frame each @period */
gint64 vdma_channel_first_by (const VdmaChannel *self, gint64 period);
/** Returns: whether this service's interrupt and the four before it came evenly:
 *  that some between them got lost, each time as many, is not likely */
gboolean vdma_channel_is_even (const VdmaChannel *self);

/* ---- vdma-rate.c ---- */

/** Returns: the time of one frame: as told, or measured where that is contradicted;
 *  @otherwise when nobody told */
gint64 vdma_channel_period (const VdmaChannel *self, gint64 otherwise);
/** vdma_channel_check_rate: judges what was told by the frame interrupt of this
 *  service, before @pace notes it. */
void vdma_channel_check_rate (VdmaChannel *self);

/* ---- vdma-program.c ---- */

/** VdmaCore: registers and time of a direction; for channels and for a device
 *  that has none yet. @channel is nullable: who counts the accesses. */
typedef struct {
  VdmaRegs *regs;
  VdmaTime *time;
  const VdmaPort *port;
  VdmaChannel *channel;
} VdmaCore;

gboolean vdma_core_reset (const VdmaCore *core, GError **error);
/**
 * vdma_core_halt:
 * @cr: value of CR, RS and the interrupt enables are cleared in it
 * @limit: ns to wait for Halted before the reset
 * @was_reset: (out): whether it took a reset
 *
 * Returns: FALSE when the channel could be neither halted nor reset
 */
gboolean vdma_core_halt (const VdmaCore *core, guint32 cr, gint64 limit,
    gboolean *was_reset, GError **error);
/** vdma_channel_launch: resets, programs and runs: hardware.md section 9. */
gboolean vdma_channel_launch (VdmaChannel *self, GError **error);
/** vdma_channel_run: RS, and the commit that lets data move. */
gboolean vdma_channel_run (VdmaChannel *self, GError **error);
/** vdma_channel_commit: writes what is dirty in the frame list, then VSIZE. */
void vdma_channel_commit (VdmaChannel *self);
/** vdma_channel_unguard: no fatal signal resets the channel any more. */
void vdma_channel_unguard (VdmaChannel *self);
/** vdma_channel_halt: FALSE when the hardware may go on using memory */
gboolean vdma_channel_halt (VdmaChannel *self, GError **error);

/* ---- vdma-recover.c ---- */

/** Returns: the bits of SR that this channel can clear */
guint32 vdma_channel_clearable (VdmaChannel *self);
/** Returns: whether @status, read while running, says that the channel halted,
 *  or that it has to */
gboolean vdma_channel_is_fatal (VdmaChannel *self, guint32 status);
/** vdma_channel_recover: salvages, and restarts now or later. FALSE: gave up */
gboolean vdma_channel_recover (
    VdmaChannel *self, guint32 status, gint failed, GError **error);
/** vdma_channel_again: restarts a halted channel, now or later. FALSE: gave up */
gboolean vdma_channel_again (VdmaChannel *self, GError **error);
/** vdma_channel_retry: restarts if that is due now. */
gboolean vdma_channel_retry (VdmaChannel *self, GError **error);
/** vdma_channel_note_halt: the channel was found halted, in the midst of a run. */
void vdma_channel_note_halt (VdmaChannel *self);
/** vdma_channel_worked: a good frame came: the next error starts afresh */
void vdma_channel_worked (VdmaChannel *self);
/** vdma_channel_finish: the end of running, with the hardware halted or not */
void vdma_channel_finish (VdmaChannel *self, gboolean halted);

/* ---- vdma-tie.c, vdma-follow.c, vdma-held.c ----
 *
 * All of it is for channels with a tie, and a no-op for others. */

/** Returns: whether @self is the display of a tie, and the tie does not drive it
 *  just now: its user's calls break the tie, or are refused */
gboolean vdma_tie_is_follower (const VdmaChannel *self);
/** Returns: the display's interrupt line, -1 when it does not run */
gint vdma_tie_get_fd (const VdmaChannel *capture);
/** Returns: when the display wants a service without interrupt */
gint64 vdma_tie_get_time (const VdmaChannel *capture);
/** vdma_tie_wake: a wait ended because of the display */
void vdma_tie_wake (VdmaChannel *capture);
/** Returns: whether the service that begins is for the display alone */
gboolean vdma_tie_is_display_only (VdmaChannel *capture, guint64 interrupts);
/** Returns: @limit, or less: capture frames below may leave their stores */
guint64 vdma_tie_limit (VdmaChannel *capture, guint64 limit);
/** Returns: whether frames may be replaced before the pointer was read */
gboolean vdma_tie_allows_prediction (VdmaChannel *capture);
/** vdma_tie_offer: @frame is complete and has left its store. */
void vdma_tie_offer (
    VdmaChannel *capture, const VdmaFrame *frame, VdmaFrameFlags flags);
/** vdma_tie_service: at the end of the capture's service. @event: it had one */
void vdma_tie_service (VdmaChannel *capture, gboolean event);
/** Returns: whether the display still reads @frame, which the caller takes */
gboolean vdma_tie_share (VdmaChannel *capture, const VdmaFrame *frame);
/** Returns: whether the tie keeps @frame, to release it later */
gboolean vdma_tie_keep (VdmaChannel *capture, const VdmaFrame *frame);
/** vdma_tie_suspend: the capture stops, or @restarts: until its next frame is
 *  complete the display does not follow. */
void vdma_tie_suspend (VdmaChannel *capture, gboolean restarts);
/** Returns: FALSE when the modes of a pair differ */
gboolean vdma_tie_check_modes (VdmaChannel *self, GError **error);

G_END_DECLS
