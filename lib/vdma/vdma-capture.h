/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the capture files share.
 *
 *   vdma-capture.c  the ring engine: replace, commit, prove, hand out
 *   vdma-pointer.c  where the hardware is: which frames have ended
 *   vdma-shot.c     the engine for one or two stores
 *   vdma-waiting.c  empty frames, waiting frames, accounts
 */
#pragma once

#include "vdma-private.h"

G_BEGIN_DECLS

#define VDMA_CAPTURE_MAX_WAITING 64

/** VdmaOld: a frame that was replaced in its store. */
typedef enum {
  VDMA_OLD_NONE,
  VDMA_OLD_PROVING, /* replaced, not proven yet */
  VDMA_OLD_SAFE,    /* the hardware cannot come back to it; it may be in work */
  VDMA_OLD_DOUBT,   /* lost, and the hardware may still write to it */
} VdmaOld;

/** VdmaStore: what the ring knows of a frame store beside its frame. */
typedef struct {
  VdmaOld state;
  VdmaFrame old;
  guint64 lost;     /* frame + 1 that could not be proven */
  gint64 doubted;   /* of DOUBT: when */
  guint64 settled;  /* of DOUBT: released when the pointer is there */
  guint64 tainted;  /* frames below are in this or in the replaced memory */
  guint64 corrupt;  /* frame + 1 that an error bit fell into, before it left */
  gboolean spoiled; /* one fell into @old */
} VdmaStore;

/** VdmaPointer: what is known of the hardware's place in the stream. Frames of
 *  a run are counted from 0; frame j lies in store j mod N. */
typedef struct {
  guint64 frame;  /* named by WrFrmStore, as last read */
  gint64 time;    /* of that reading: when it had been made */
  gint64 began;   /* and before it was made */
  gboolean stale; /* it may be a whole round behind the one before */
  guint64 ended;  /* frames below have left the hardware */
  gboolean blind; /* the last reading was worth nothing */
  gboolean fresh; /* it was made behind this service's status */
  gboolean calm;  /* a status read after it: no error, no FrmCnt_Irq */

  gboolean synced; /* the next FrmCnt_Irq that is seen tells of frame @base: it
                      has begun, and where the pointer moves at SOF it ended */
  guint64 base;
  gboolean exact;  /* no frame has ended that @base does not know of */
  guint fruitless; /* second looks in a row that found nothing */

  /* for the accounts */
  guint64 lap_frame; /* the last reading that was surely not frozen */
  gint64 lap_time;   /* 0: there was none */
  gint64 silent;     /* ns behind the start without any interrupt */
  gint64 paused;     /* ns since then in which the source brought nothing */
  gint64 paused_until;
  guint64 new_frame; /* the same, if the next status shows no error */
  gint64 new_time;
  guint64 lapped; /* frames of rounds that no reading showed, not counted yet */
  guint64 lapped_at; /* they came before this frame */
  guint64 unseen;    /* frames of all such rounds */
} VdmaPointer;

typedef struct {
  VdmaFrame frame;
  VdmaFrameInfo info;
} VdmaWaiting;

struct VdmaCapture {
  /* the ring engine's run */
  gboolean live; /* WrFrmStore is about this run */
  VdmaPointer pointer;
  gboolean probing;    /* the first frame of a core not known yet */
  gboolean begun;      /* a frame interrupt came: of the run, of the shot */
  gboolean by_event;   /* this service is for one */
  gboolean spoiled;    /* an error fell into the probe */
  guint probes;        /* probes that were spoiled */
  guint64 next;        /* frames below are accounted for */
  guint64 replaced;    /* frames below have left their stores for good */
  gboolean starved;    /* no empty frame at the last try */
  gboolean skip_first; /* frame 0 cannot be proven whole */
  VdmaStore store[VDMA_MAX_STORES];

  guint cut; /* frames cut short in the probe */

  /* the shot engine's */
  gint64 rearmed; /* when the channel ran again */
  gboolean corrupt;

  /* of both engines: frames that a halted core missed */
  gint64 seen_at;      /* an interrupt; 0: there was none in this run */
  guint64 seen_number; /* of the frame that the core was at */

  /* of both engines */
  guint64 number;   /* of the next frame accounted for */
  guint64 expected; /* number that is no discontinuity */
  guint first_waiting, n_waiting;
  VdmaWaiting waiting[VDMA_CAPTURE_MAX_WAITING];
};

/* ---- vdma-waiting.c ---- */

void vdma_capture_open (VdmaChannel *ch);
void vdma_capture_close (VdmaChannel *ch);
gboolean vdma_capture_prepare (
    VdmaChannel *ch, const VdmaFrame *first, GError **error);
/** Returns: FALSE when the user has no empty frame that the core can use, or
 *  does not take what waits */
gboolean vdma_capture_acquire (VdmaChannel *ch, VdmaFrame *frame);
/** vdma_capture_push: @frame (transfer full) is complete and nobody else's. */
void vdma_capture_push (
    VdmaChannel *ch, const VdmaFrame *frame, gint64 time, VdmaFrameFlags flags);
/** vdma_capture_lose: @n frames were finished and are not delivered. */
void vdma_capture_lose (VdmaChannel *ch, VdmaLoss loss, guint64 n);
/** Returns: when the interrupt came that was seen at @event, or about then: its
 *  frame began within a frame time behind @begin */
gint64 vdma_capture_came_at (VdmaChannel *ch, gint64 event, gint64 begin);
/** vdma_capture_see: at the interrupt at @time the core is at the frame which comes
 *  @ahead frames behind the next one accounted for: counts those that it missed
 *  while it was halted since the last such interrupt. */
void vdma_capture_see (VdmaChannel *ch, gint64 time, gint64 ahead);
/** vdma_capture_end_run: nobody takes what waits any more; what is missed between
 *  two runs counts for neither. */
void vdma_capture_end_run (VdmaChannel *ch);
/** vdma_capture_interrupt: frames may be missing before the next one. */
void vdma_capture_interrupt (VdmaChannel *ch);

/* ---- vdma-pointer.c ---- */

void vdma_pointer_begin (VdmaChannel *ch);
/** Returns: whether the pointer follows the hardware at @status: error bits
 *  freeze it, and perhaps Err_Irq alone does (hardware.md 2.6) */
gboolean vdma_pointer_is_free (VdmaChannel *ch, guint32 status);
/** vdma_pointer_failed: an error bit had frozen the pointer at @store. Returns:
 *  the first frame that may have failed */
guint64 vdma_pointer_failed (VdmaChannel *ch, guint store);
/** vdma_pointer_read: reads WrFrmStore. */
void vdma_pointer_read (VdmaChannel *ch);
/** vdma_pointer_judge: @status was read behind a reading, and no error was cleared in
 *  between: without an error the reading was not frozen; with one it may have been,
 *  and no later status tells. */
void vdma_pointer_judge (VdmaChannel *ch, guint32 status);
/** vdma_pointer_see: vdma_capture_see() by the last reading. */
void vdma_pointer_see (VdmaChannel *ch);
/** vdma_pointer_event: FrmCnt_Irq was seen and cleared. */
void vdma_pointer_event (VdmaChannel *ch);
/** Returns: frames below have begun; 0 when the pointer must be read first */
guint64 vdma_pointer_predict (VdmaChannel *ch);
/** Returns: whether this service follows its interrupt so soon, and so soon the
 *  @reading before it, that not more than one frame can have passed between;
 *  by what was measured of the source */
gboolean vdma_pointer_is_in_time (VdmaChannel *ch, gint64 reading);
/** vdma_pointer_calm: nothing is pending, or the status is read to find out: the
 *  next interrupt will be evidence. */
void vdma_pointer_calm (VdmaChannel *ch);
/** vdma_pointer_verify: after a reading: takes back what an interrupt claimed
 *  and the pointer denies. */
void vdma_pointer_verify (VdmaChannel *ch);
/** Returns: frames below have begun, by a reading alone, and go along with a commit
 *  that is due; 0: it cannot tell, or none is due */
guint64 vdma_pointer_begun (VdmaChannel *ch);
/** vdma_pointer_bound: after a commit, reads what the proof needs. Returns: the
 *  highest frame that may have been in work at the commit; G_MAXUINT64 when
 *  nothing can be said. @enough: what suffices to prove everything */
guint64 vdma_pointer_bound (VdmaChannel *ch, guint64 enough);
/**
 * vdma_pointer_plan_look: at the end of a service: a second look where that may
 *  bring a frame earlier.
 * @event: FrmCnt_Irq was seen
 * @moved: a frame was found to have ended
 */
void vdma_pointer_plan_look (VdmaChannel *ch, gboolean event, gboolean moved);

G_END_DECLS
