/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who owns a frame while S2MM runs through a ring of three or more stores: the
 * algorithm of lib/vdma/vdma-capture.c and vdma-pointer.c beside a core that may
 * take any number of steps between two accesses to its registers.
 *
 *   here                          lib/vdma, hardware.md
 *   ----------------------------  -------------------------------------------
 *   list_frame[], start_address[] VdmaFrameList.frame, START_ADDRESS registers
 *   dirty                         VdmaFrameList.dirty
 *   old[], state[], lost[], ...   VdmaStore: .old, .state, .lost, .settled,
 *                                 .tainted, .corrupt
 *   frame, ended, synced, base,   VdmaPointer
 *   watching, watched, distrust
 *   next, replaced, starved       VdmaCapture
 *   learned_pointer, _event       VdmaLearned
 *   waiting                       VdmaCapture.waiting (a set: order left out)
 *   cache, app                    frames that VdmaFrameOps.acquire has, frames
 *                                 that vdma_capture_take() gave away
 *   capture_x(), vdma_pointer_x() the functions of these names
 *   SR_FRMCNT, SR_ERROR           FrmCnt_Irq; any bit of VdmaPort.errors
 *   pending, staged, current      what a VSIZE write copied; the same, slipped
 *                                 by one boundary; what is in use (2.2)
 *   shown, frozen                 WrFrmStore, and its value while SR_ERROR (2.6)
 *
 * A statement of capture_service (proctype driver) between two semicolons that
 * touches a register or reads the time is one atomic step.
 *
 * Time. The driver compares times with the measured frame interval. Of that only
 * what it is good for is kept: in an interval of less than x frame times no more
 * than x rounded up frames begin. since_x counts the beginnings, and a comparison
 * may turn out true only where that count allows it.
 *
 * Frames of a run are counted from 0 in the driver; here N is taken off all
 * counts at once whenever all are large (rebase), so the run has no end.
 *
 * Knobs, all by -D:
 *   N        stores                        FREE     frames beyond one per store
 *   POINTER  0 moves at SOF, 1 at the last line (U2)
 *   IRQ      0 at a frame's end, 1 at the next one's start (U1)
 *   LATENCY  boundaries that a commit slips: 0, 1; 2: either, each time (U14)
 *   LEARNED  0 nothing known; 1 the pointer's kind; 2 the interrupt's too
 *   ERRORS   errors of size may come: bits that freeze WrFrmStore, cut frames
 *   PROMPT   the core waits for a service that is due: nothing may be lost then
 *   LAG      with PROMPT: frames that may begin while a service is due
 *   RULE     0 lib/vdma; what must be found wrong: 1 hand out without reading
 *            the pointer again, 2 the store (active + 2) % n of PYNQ,
 *            3 an interval measured too long */
#ifndef N
#define N 3
#endif
#ifndef FREE
#define FREE 2
#endif
#ifndef POINTER
#define POINTER 0
#endif
#ifndef IRQ
#define IRQ 0
#endif
#ifndef LATENCY
#define LATENCY 2
#endif
#ifndef LEARNED
#define LEARNED 1
#endif
#ifndef LAG
#define LAG 0
#endif
#ifndef RULE
#define RULE 0
#endif

#define B      (N + FREE)
#define NEVER  255
#define ROUNDS 3 /* CAPTURE_ROUNDS */

#define bit_of(b)   (1 << (b))
#define has(set, b) (((set) >> (b)) & 1)

/* VdmaOld */
#define OLD_NONE    0
#define OLD_PROVING 1
#define OLD_SAFE    2
#define OLD_DOUBT   3

/* VdmaLearned */
#define UNKNOWN 0
#define AT_SOF  1
#define AT_END  2

/* ---- the core ---- */

bit in_frame;
byte store = N - 1; /* in work, or the last one that was */
byte target;        /* the frame that it writes to */
byte shown, frozen;
bit SR_FRMCNT, SR_ERROR;
byte current[N], pending[N], staged[N];
bit pending_valid, staged_valid;
bit first = 1;

/* ---- what nobody knows ---- */

byte whole;   /* frames written from the first line to the last one */
byte errored; /* frames that an error fell into */
byte since_cleared, since_read;
byte late; /* frames that began since a service is due */

/* ---- the driver ---- */

byte waiting, cache, app;
bit idle = 1, looked;

#define visible (SR_ERROR -> frozen : shown)
#define taken_away(b) (has (cache, b) || has (app, b) || has (waiting, b))

/* Each frame is in one place, and in one only. */
inline check_one_owner ()
{
  i = 0;
  do
  :: i < B ->
     places = has (cache, i) + has (app, i) + has (waiting, i);
     k = 0;
     do
     :: k < N ->
        places = places + (list_frame[k] == i);
        places = places + (state[k] != OLD_NONE && old[k] == i);
        k++
     :: else -> break
     od;
     assert (places == 1);
     i++
  :: else -> break
  od
}

/* ---- hardware ---- */

/* a set that is gone is all zero: states that differ by it are the same */
#define move_set(to, from) k = 0; do :: k < N -> to[k] = from[k]; from[k] = 0; k++ :: else -> break od

inline take_commit ()
{
  if
  :: staged_valid -> move_set (current, staged); staged_valid = 0
  :: else
  fi;
  if
  :: pending_valid && LATENCY != 1 -> move_set (current, pending); pending_valid = 0
  :: pending_valid && LATENCY != 0 -> move_set (staged, pending); pending_valid = 0; staged_valid = 1
  :: !pending_valid
  fi
}

inline begin_frame ()
{
  take_commit ();
  store = (store + 1) % N;
  shown = store;
  target = current[store];
  in_frame = 1;
  assert (!taken_away (target)); /* the core writes to what is not its own */
  whole = whole & ~bit_of (target);
  errored = errored & ~bit_of (target);
  since_cleared = (since_cleared < 4 -> since_cleared + 1 : 4);
  since_read = (since_read < 4 -> since_read + 1 : 4);
  if
  :: IRQ == 1 && !first -> SR_FRMCNT = 1
  :: IRQ == 1 && first -> SR_FRMCNT = 1 /* U10 */
  :: IRQ == 0 || first
  fi;
  first = 0;
  printf ("core: SOF, store %d, writes to frame %d\n", store, target)
}

inline end_frame ()
{
  whole = whole | bit_of (target);
  in_frame = 0;
  printf ("core: last line, frame %d is whole\n", target);
  if
  :: POINTER == 1 -> shown = (store + 1) % N
  :: else
  fi;
  if
  :: IRQ == 0 -> SR_FRMCNT = 1
  :: else
  fi
}

inline raise_error ()
{
  frozen = (SR_ERROR -> frozen : store);
  SR_ERROR = 1;
  errored = errored | bit_of (target);
  printf ("core: error bit, store %d\n", store)
}

#ifdef PROMPT
#define due (SR_FRMCNT || SR_ERROR || !idle)
#define may_begin (!due || late < LAG)
#define may_end   (!due || late > 0)
#else
#define may_begin true
#define may_end   true
#endif

proctype hardware ()
{
  byte k;

end_hardware:
  do
  :: atomic {
       !in_frame && may_begin -> begin_frame ();
#ifdef PROMPT
       looked = 0;
       late = (due -> late + 1 : 0);
#endif
       k = 0
     }
  :: atomic {
       in_frame && may_end -> end_frame ();
#ifdef PROMPT
       looked = 0
#endif
     }
#ifdef ERRORS
  /* a line too short or too long; lines too many, when all have come */
  :: atomic { !first && !SR_ERROR -> raise_error () }
  /* SOFEarly: the frame is cut, and the one that cut it is lost (U7) */
  :: atomic { in_frame -> raise_error (); in_frame = 0 }
#endif
  od
}

/* ---- vdma-pointer.c ---- */

/* When a lap may have gone unseen, what interrupts told is void. */
inline void_events ()
{
  ended = frame;
  synced = 0;
  base = 0;
  watching = 0;
  watched = 0
}

/* A reading and the time of it. The time that is said to lie between two readings
 * must not be too short: from before the one to after the other. */
inline vdma_pointer_read ()
{
  atomic {
    d_step {
      frame = frame + (visible + N - frame % N) % N;
      ended = (ended > frame -> ended : frame);
      elapsed = since_cleared;
      printf ("driver: PARK_PTR, store %d: frame %d\n", visible, frame);
      k = 0;
      do
      :: k < N -> read_since[k] = (state[k] == OLD_DOUBT); k++
      :: else -> break
      od;
      k = 0
    };
    if
    :: RULE != 4 -> void_events ()
    :: RULE == 4 || since_read < N
    fi;
    since_read = 0
  }
}

#define is_early (learned_pointer == AT_SOF && learned_event == AT_END)

inline vdma_pointer_event ()
{
  since_cleared = 0;
  if
  :: !synced
  :: synced && since_read < 2 -> synced = 0; base = 0 /* not plausible */
  :: synced ->
     base++;
     if
     :: is_early && base > ended -> ended = base
     :: else
     fi
  fi
}

inline vdma_pointer_failed ()
{
  synced = 0;
  base = 0;
  watching = 0;
  watched = 0;
  distrust = frame + 2
}

/* pointer_is_recent: less than 3/2 frame times from the reading to the clearing */
inline vdma_pointer_predict ()
{
  predicted = 0;
  if
  :: frame < distrust
  :: frame >= distrust
  :: frame >= distrust && since_read <= 2 ->
     if
     :: is_early && synced -> predicted = ended
     :: !is_early && learned_pointer == AT_END -> predicted = frame + 1
     :: else
     fi
  fi
}

#if RULE == 3
#define fits(frames) true
#else
#define fits(frames) (elapsed <= (frames))
#endif

/* N / 2: (N - 1) / 2 frame times, rounded up */
inline vdma_pointer_bound ()
{
  enough = replaced + N - 2;
  if
  :: fits (1) -> careful = frame + 1; quick = 1
  :: fits (N / 2) -> careful = NEVER; quick = 1
  :: careful = NEVER; quick = 0
  fi;
  if
  :: careful <= enough -> bound = careful
  :: else ->
     d_step {
       if
       :: SR_ERROR -> bound = careful
       :: !SR_ERROR && (!SR_FRMCNT || quick) -> bound = frame
       :: else -> bound = careful
       fi;
       printf ("driver: SR, FrmCnt_Irq %d, error %d\n", SR_FRMCNT, SR_ERROR)
     }
  fi
}

inline vdma_pointer_verify ()
{
  if
  :: ended > frame + 1 -> ended = frame; synced = 0; base = 0
  :: else
  fi
}

#define is_still (!SR_FRMCNT && !SR_ERROR)

inline pointer_watch ()
{
  if
  :: event ->
     if
     :: watching && watched == frame ->
        learned_event = AT_END;
        base = frame + 1;
        ended = (ended > base -> ended : base);
        synced = 1
     :: true /* not plausible */
     fi;
     watching = 0;
     watched = 0
  :: !event && frame >= distrust && is_still -> watching = 1; watched = frame
  :: else
  fi
}

inline pointer_sync ()
{
  if
  :: frame >= distrust && is_still ->
     base = (frame > ended -> frame : ended);
     synced = 1
  :: else
  fi
}

inline vdma_pointer_check ()
{
  atomic {
    if
    :: learned_pointer == AT_SOF && learned_event == UNKNOWN -> pointer_watch ()
    :: is_early && (!synced || base < frame || base < ended) -> pointer_sync ()
    :: else
    fi;
    /* what one interrupt is taken for must be so for good */
    assert (learned_event != AT_END || IRQ == 0)
  }
}

/* ---- vdma-capture.c ---- */

#define overrun(f) ((f) + N < frame + 2)
#define is_good(f) ((f) >= tainted[(f) % N] && !overrun (f))

/* an account; what the stores' slack allows must not be lost */
inline vdma_capture_lose ()
{
#ifdef PROMPT
  assert (false);
#endif
  skip
}

inline capture_give_up_bad ()
{
  if
  :: next >= replaced ->
     do
     :: next < ended && !is_good (next) -> vdma_capture_lose (); next++
     :: else -> break
     od;
     replaced = next
  :: else
  fi
}

inline capture_replace (f)
{
  k = f % N;
  starved = (cache == 0);
  if
  :: !starved ->
     i = 0;
     do
     :: !has (cache, i) -> i++
     :: else -> break
     od;
     cache = cache & ~bit_of (i);
     whole = whole & ~bit_of (i); /* what an empty frame holds is old */
     assert (state[k] == OLD_NONE);
     old[k] = list_frame[k];
     list_frame[k] = i;
     dirty = dirty | bit_of (k);
     state[k] = OLD_PROVING;
     i = 0
  :: else
  fi;
  k = 0
}

inline capture_replace_run ()
{
  limit = (ended > predicted -> ended : predicted);
  end = replaced;
  do
  :: end < limit && is_good (end) ->
     capture_replace (end);
     if
     :: starved -> break
     :: else -> end++
     fi
  :: else -> break
  od;
  limit = 0
}

inline release_old (s)
{
  assert (!(in_frame && target == old[s]));
  cache = cache | bit_of (old[s]);
  whole = whole & ~bit_of (old[s]);
  errored = errored & ~bit_of (old[s]);
  state[s] = OLD_NONE;
  old[s] = 0;
  settled[s] = 0
}

inline capture_free_settled ()
{
  k = 0;
  do
  :: k < N ->
     if
     :: state[k] == OLD_DOUBT ->
        if
        :: settled[k] == NEVER && read_since[k] ->
           settled[k] = frame + 2;
           tainted[k] = settled[k];
           read_since[k] = 0
        :: else
        fi;
        if
        :: frame >= settled[k] -> release_old (k)
        :: else
        fi
     :: else
     fi;
     k++
  :: else -> break
  od;
  k = 0
}

inline capture_doubt (s)
{
  state[s] = OLD_DOUBT;
  lost[s] = replaced + 1;
  read_since[s] = 0;
  settled[s] = NEVER;
  tainted[s] = NEVER
}

inline vdma_channel_commit ()
{
  do
  :: d_step {
       dirty != 0 ->
       k = 0;
       do
       :: !has (dirty, k) -> k++
       :: else -> break
       od;
       dirty = dirty & ~bit_of (k);
       start_address[k] = list_frame[k];
       printf ("driver: START_ADDRESS%d = frame %d\n", k + 1, list_frame[k]);
       k = 0
     }
  :: d_step { /* VSIZE */
       dirty == 0 ->
       k = 0;
       do
       :: k < N -> pending[k] = start_address[k]; k++
       :: else -> break
       od;
       pending_valid = 1;
       printf ("driver: VSIZE\n");
       k = 0
     };
     break
  od
}

inline capture_settle ()
{
  vdma_channel_commit ();
#if RULE == 1
  bound = frame;
#else
  vdma_pointer_read ();
  vdma_pointer_bound ();
#endif
  d_step {
    enough = 0;
    do
    :: replaced < end ->
       if
       :: replaced + N - 2 >= bound -> state[replaced % N] = OLD_SAFE
       :: else -> capture_doubt (replaced % N)
       fi;
       replaced++
    :: else -> break
    od;
    bound = 0;
    careful = 0;
    quick = 0
  }
}

inline vdma_capture_push (b, flag)
{
  printf ("driver: hands out frame %d\n", b);
  assert (!(in_frame && target == b)); /* handed out, and still written to */
  /* each line was written for this frame, or the frame says otherwise */
  assert (flag || (has (whole, b) && !has (errored, b)));
  waiting = waiting | bit_of (b);
  whole = whole & ~bit_of (b);
  errored = errored & ~bit_of (b)
}

inline capture_hand_out (s)
{
  assert (state[s] == OLD_SAFE);
  vdma_capture_push (old[s], (corrupt[s] == next + 1));
  state[s] = OLD_NONE;
  old[s] = 0;
  pushed = 1
}

inline capture_deliver ()
{
  do
  :: next < replaced && lost[next % N] == next + 1 ->
     vdma_capture_lose ();
     next++
  :: next < replaced && lost[next % N] != next + 1 && next < ended ->
     capture_hand_out (next % N);
     next++
  :: else -> break
  od
}

inline capture_harvest ()
{
  round = 0;
  do
  :: d_step {
       capture_free_settled ();
       capture_give_up_bad ();
       capture_replace_run ()
     };
     if
     :: end > replaced -> capture_settle ()
     :: end <= replaced && predicted > 0 -> vdma_pointer_read ()
     :: else
     fi;
     d_step {
       vdma_pointer_verify ();
       capture_deliver ();
       end = 0
     };
     predicted = 0;
     round++;
     if
     :: next >= ended || starved || round == ROUNDS -> break
     :: else
     fi
  od
}

/* the status does not tell a wrong line from a wrong number of lines here, so
 * the frame in work is always taken for one that failed */
inline capture_mark_corrupt ()
{
  i = (failed_frame > next -> failed_frame : next);
  do
  :: i <= frame -> corrupt[i % N] = i + 1; i++
  :: else -> break
  od;
  i = 0
}

/* Forgets what can't matter any more, and takes N off all counts. */
#define less(x) x = (x >= N -> x - N : 0)

inline forget (s)
{
  lost[s] = (lost[s] > next -> lost[s] : 0);
  corrupt[s] = (corrupt[s] > next -> corrupt[s] : 0);
  tainted[s] = (tainted[s] > next -> tainted[s] : 0)
}

inline rebase_store (s)
{
  less (lost[s]);
  less (corrupt[s]);
  if
  :: tainted[s] != NEVER -> less (tainted[s])
  :: else
  fi;
  if
  :: settled[s] != NEVER -> less (settled[s])
  :: else
  fi
}

inline rebase ()
{
  distrust = (distrust > frame -> distrust : 0);
  k = 0;
  do
  :: k < N -> forget (k); k++
  :: else -> break
  od;
  do
  :: next > 2 * N ->
     less (frame); less (ended); less (base); less (watched); less (distrust);
     less (next); less (replaced);
     k = 0;
     do
     :: k < N -> rebase_store (k); k++
     :: else -> break
     od
  :: else -> break
  od;
  k = 0
}

inline capture_run_service ()
{
  d_step {
    failed_frame = (failed < N -> frame + (failed + N - frame % N) % N : 0);
    if
    :: failed < N -> vdma_pointer_failed ()
    :: else
    fi
  };
  predicted = 0;
  if
  :: event -> atomic { vdma_pointer_event (); vdma_pointer_predict () }
  :: else
  fi;
  if
  :: predicted > replaced + 1 -> predicted = 0
  :: else
  fi;
  if
  :: predicted == 0 -> vdma_pointer_read () /* capture_read_first */
  :: else
  fi;
  d_step {
    if
    :: failed < N -> capture_mark_corrupt ()
    :: else
    fi
  };
  capture_harvest ();
  vdma_pointer_check ()
}

/* What PYNQ's readframe() does with the store that it takes for the last one. */
inline pynq_service ()
{
  d_step { k = (visible + 2) % N; limit = k; k = 0 };
  if
  :: event && cache != 0 ->
     d_step {
       state[limit] = OLD_NONE;
       capture_replace (limit);
       start_address[limit] = list_frame[limit];
       dirty = 0
     };
     vdma_channel_commit ();
     d_step {
       vdma_capture_push (old[limit], 0);
       state[limit] = OLD_NONE;
       old[limit] = 0;
       limit = 0
     }
  :: else -> limit = 0
  fi
}

inline take ()
{
  i = 0;
  do
  :: !has (waiting, i) -> i++
  :: else -> break
  od;
  waiting = waiting & ~bit_of (i);
  app = app | bit_of (i);
  i = 0
}

#ifdef PROMPT
#define may_service (SR_FRMCNT || SR_ERROR || !looked)
#else
#define may_service true
#endif

proctype driver ()
{
  byte list_frame[N], start_address[N], dirty;
  byte old[N], state[N], lost[N], settled[N], tainted[N], corrupt[N];
  bit read_since[N]; /* pointer->time > store->doubted */
  byte frame, ended, base, watched, distrust, next, replaced;
  bit synced = 1, watching, starved;
  byte learned_pointer, learned_event;
  byte failed = N, failed_frame, predicted, limit, end, bound, careful, enough;
  byte round, i, k, places, elapsed;
  bit event, error, quick, pushed;

  d_step {
    do
    :: k < N -> list_frame[k] = k; start_address[k] = k; k++
    :: else -> break
    od;
    k = 0;
    if
    :: LEARNED > 0 -> learned_pointer = (POINTER == 0 -> AT_SOF : AT_END)
    :: else
    fi;
    if
    :: LEARNED > 1 && IRQ == 0 -> learned_event = AT_END
    :: else
    fi
  };

end_driver:
  do
  :: atomic { /* vdma_channel_service: SR */
       may_service ->
       idle = 0;
       looked = 1;
       event = SR_FRMCNT;
       error = SR_ERROR;
       printf ("driver: SR, FrmCnt_Irq %d, error %d\n", event, error)
     };
     if
     :: error -> failed = visible
     :: else
     fi;
     if
     :: event || error ->
        d_step { /* W1C */
          SR_FRMCNT = (event -> 0 : SR_FRMCNT);
          SR_ERROR = (error -> 0 : SR_ERROR);
          printf ("driver: SR, write 1 to clear\n")
        }
     :: else
     fi;
#if RULE == 2
     pynq_service ();
#else
     capture_run_service ();
#endif
     d_step {
       rebase ();
       check_one_owner ();
       event = 0;
       error = 0;
       failed = N;
       failed_frame = 0;
       predicted = 0;
       round = 0;
       elapsed = 0;
       i = 0;
       k = 0;
       places = 0;
       late = 0;
       idle = 1
     };
     if
     :: pushed ->
progress_delivery:
        pushed = 0
     :: else
     fi;
#ifdef PROMPT
     /* a consumer that takes what is there, and returns it at once */
     atomic { cache = cache | waiting; waiting = 0 }
#else
  :: atomic { waiting != 0 -> take () } /* vdma_capture_take */
#endif
  od
}

/* Whoever took a frame gives it back at any time, from any thread. */
proctype application ()
{
  byte i;

end_application:
  do
  :: atomic {
       app != 0 ->
       i = 0;
       do
       :: has (app, i) -> break
       :: i < B -> i++
       :: i >= B -> i = 0
       od;
       app = app & ~bit_of (i);
       cache = cache | bit_of (i);
       i = 0
     }
  od
}

init
{
  byte k;

  atomic {
    k = 0;
    do
    :: k < N -> current[k] = k; k++
    :: else -> break
    od;
    do
    :: k < B -> cache = cache | bit_of (k); k++
    :: else -> break
    od;
    run hardware ();
    run driver ();
    run application ()
  }
}
