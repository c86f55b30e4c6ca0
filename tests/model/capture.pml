/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who owns a frame while S2MM runs through a ring of three or more stores:
 * vdma-capture.c and vdma-pointer.c beside a core that may take any number of
 * steps between two accesses to its registers (docs/model.md).
 *
 * Frames have no names: one is known by its place, NEW or OLD of a store; who
 * else has it, the cache, the application or the waiting queue, makes no
 * difference: GONE. Each replacement may find the cache empty.
 *
 *   here                      lib/vdma, hardware.md
 *   ------------------------  ------------------------------------------------
 *   frame, ended, base, ...   VdmaPointer; since_read tells how old .time is
 *   next, replaced            VdmaCapture
 *   state, settled, lost      VdmaStore (.tainted is .settled; .lost for the
 *                             frame of the store that comes next)
 *   working, upcoming         where the memory in use leads to (2.2)
 *   shown                     WrFrmStore (2.6)
 *   capture_x(), vdma_x()     the functions of these names
 *
 * A commit writes the address of each frame in the list. So a set of addresses
 * that the core has taken is all NEW until the next commit; and one that slips
 * leaves one frame, the upcoming one, to the addresses before it.
 *
 * Frame numbers of a run are counted from 0 in the driver. Here they are made
 * small again behind each service (rebase), and stores turn with them.
 *
 * Knobs: N stores; POINTER 0 moves at SOF, 1 at the last line, 2 both (U2); IRQ
 * 0 at a frame's end, 1 at the next start, 2 at each start, 3 all (U1, U10);
 * LEARNED 1 the pointer's kind is known, 0 not, 2 both; LATENCY 0 or 1 boundaries
 * that a commit slips, 2 either, each time (U14); STARVE 0 frames enough;
 * SLACK 1 a service comes within N - 2 frame times: then nothing may be lost.
 * RULE 0 is sound; these must be found wrong:
 *   1  hand out without reading the pointer again
 *   2  PYNQ's: the last frame is in store (active + 2) % n
 *   3  what interrupts told outlives a reading that comes late
 *   4  an interrupt stands for the frame behind the last reading, even one that
 *      was pending then
 *   5  old memory in doubt is free with the next reading
 *   6  a commit proves a frame while f <= j + N - 1
 *   7  the frame of a store in doubt is handed out like any other
 *   8  a pointer read before the commit proves it, whatever the status says
 *   9  the frame that the pointer names has begun, wherever the pointer moves */
#ifndef N
#define N 3
#endif
#ifndef POINTER
#define POINTER 2
#endif
#ifndef IRQ
#define IRQ 3
#endif
#ifndef LEARNED
#define LEARNED 2
#endif
#ifndef LATENCY
#define LATENCY 2
#endif
#ifndef SLACK
#define SLACK 0
#endif
#ifndef STARVE
#define STARVE 1
#endif
#ifndef RULE
#define RULE 0
#endif

#define NEVER 255 /* G_MAXUINT64 */

/* what an address of a store leads to */
#define NEW  0 /* its frame in the list */
#define OLD  1 /* the frame that was replaced: VdmaStore.old */
#define GONE 2 /* a frame that the cache or the application has */

/* VdmaOld */
#define VDMA_OLD_NONE    0
#define VDMA_OLD_PROVING 1
#define VDMA_OLD_SAFE    2
#define VDMA_OLD_DOUBT   3

/* where the driver is: before which access to a register */
#define SERVICE    0 /* SR, write 1 to clear */
#define READ_FIRST 1 /* PARK_PTR */
#define COMMIT     2 /* START_ADDRESS, VSIZE */
#define PROVE      3 /* PARK_PTR, SR, or SR alone */
#define READ_AGAIN 4 /* PARK_PTR */
/* or at what it does by itself; meanwhile the core stands still */
#define HARVEST    5
#define DELIVER    6
#define END        7

/* ---- the core ---- */

bit pointer_at_end, irq_at_start, first_counts; /* knobs: U2, U1, U10 */
bit first = 1, in_frame, damaged;
byte store = N - 1; /* in work, or the last one that was */
byte shown; /* WrFrmStore */
bit SR_FRMCNT;
bit pending;      /* a VSIZE write copied the addresses of all frames listed */
byte working;     /* where the frame in work goes */
byte upcoming;    /* where the next one goes when that commit slips */

/* ---- what nobody knows ---- */

bit whole_new[N], whole_old[N]; /* written from the first to the last line */
byte since_looked, since_read;  /* begins and ends of frames */
byte due, due_next;
bit owing;

/* ---- the driver: VdmaPointer, VdmaCapture, VdmaStore ---- */

byte at = SERVICE;
bit learned_at_sof;
byte frame = N, ended = N, base;
bit synced, begun, calm, fresh;
byte next = N, replaced = N;
byte state[N], settled[N];
bit lost[N];

#define at_rest (at == SERVICE)
#define max(a, b) ((a) > (b) -> (a) : (b))
#define LONG (2 * N - 1) /* and more */

inline time_passes ()
{
#if SLACK
  due = (at_rest && !SR_FRMCNT && !owing -> 0 : due + 1);
  due_next = (!at_rest && SR_FRMCNT -> due_next + 1 : 0);
#endif
#if SLACK
  since_looked = (at_rest -> 0 : (since_looked < LONG -> since_looked + 1 : LONG));
#endif
  since_read = (since_read < 2 * N - 1 -> since_read + 1 : 2 * N - 1)
}

inline begin_frame (slips)
{
  working = (slips -> upcoming : NEW);
  upcoming = NEW;
  pending = 0;
  store = (store + 1) % N;
  in_frame = 1;
  printf ("core: SOF, store %d, memory %d\n", store, working);
  assert (working != GONE);
  whole_new[store] = (working == NEW -> 0 : whole_new[store]);
  whole_old[store] = (working == OLD -> 0 : whole_old[store]);
  damaged = (working == OLD); /* another frame than the one counted */
  shown = store;
  time_passes ();
  SR_FRMCNT = (irq_at_start && (!first || first_counts) -> 1 : SR_FRMCNT);
  first = 0;
  first_counts = 0
}

inline end_frame ()
{
  in_frame = 0;
  whole_new[store] = (working == NEW -> !damaged : whole_new[store]);
  whole_old[store] = (working == OLD -> !damaged : whole_old[store]);
  working = NEW;
  damaged = 0;
  printf ("core: last line, store %d\n", store);
  time_passes ();
  shown = (pointer_at_end -> (store + 1) % N : shown);
  SR_FRMCNT = (!irq_at_start -> 1 : SR_FRMCNT)
}

#define may_run (at <= READ_AGAIN)
#if SLACK
#define may_move (may_run && (at_rest || since_looked < 2) && \
                  (due + (pointer_at_end && irq_at_start) < 2 * (N - 2) - 1 || at_rest && !SR_FRMCNT && !owing))
#define may_end  may_move
#else
#define may_move may_run
#define may_end  may_run
#endif

proctype hardware ()
{
  byte k;

  do
  :: d_step { !in_frame && may_move && LATENCY != 1 -> begin_frame (0) }
  :: d_step { !in_frame && may_move && (LATENCY == 1 || LATENCY == 2 && pending) -> begin_frame (1) }
  :: d_step { in_frame && may_end -> end_frame () }
  od
}

/* ---- vdma-pointer.c ---- */

#define is_still  (!SR_FRMCNT)
#define is_recent (since_read <= 4)   /* less than 3/2 of the interval */
#define is_short  (since_looked <= 2) /* less than the shortest frame */
#define in_step   (synced && base >= max (frame, ended))
#define frame_now (frame + (shown + N - frame % N) % N)
#define is_stale  (since_read > 2 * N - 2) /* N - 3/2 intervals and more */
#define may_keep  (RULE == 3 || !is_stale)
#define by_time   (is_short && frame_now + 1 <= enough)
#define by_status (!SR_FRMCNT || since_looked < LONG)
#define enough    (replaced + N - 2)
#define is_begun  (begun && (learned_at_sof || RULE == 9))

/* @recent: less than 3/2 frame times passed since the pointer was read; and the
 * interrupt came no sooner than half a frame time behind the one before */
inline vdma_pointer_event (in_time)
{
  ended = (in_time -> ended : frame);
#if RULE == 4
  base = max (base, frame);
#endif
  synced = synced && in_time;
  base = (synced -> base + 1 : 0);
  ended = (synced && learned_at_sof -> max (ended, base) : ended)
}

inline vdma_pointer_forget ()
{
  ended = frame;
  synced = 0;
  base = 0
}

inline vdma_pointer_read ()
{
  printf ("driver: PARK_PTR, store %d\n", shown);
  i = (shown + N - frame % N) % N;
  calm = 0;
  frame = frame + i;
  ended = max (ended, frame);
  begun = begun || i > 0;
  since_read = 0;
  fresh = 1;
  i = 0
}

inline vdma_pointer_verify ()
{
  if
  :: ended > frame + 1 -> vdma_pointer_forget ()
  :: else
  fi
}

inline vdma_pointer_calm ()
{
  if
  :: calm && begun && !in_step ->
     base = max (frame, ended);
     synced = 1
  :: else
  fi;
  calm = 0
}

/* ---- vdma-capture.c ---- */

#define overrun(f) ((f) + N < frame + 2)
#define is_tainted(f) (RULE != 7 && (f) < settled[(f) % N])
#define is_good(f) (!is_tainted (f) && !overrun (f))

inline vdma_capture_lose ()
{
#if SLACK
  assert (false)
#else
  skip
#endif
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

/* the old frame of store @s has a new owner: the cache or the application */
inline part_with (s)
{
  assert (!(in_frame && store == s && working == OLD));
  upcoming = (upcoming == OLD && s == (store + 1) % N -> GONE : upcoming);
  state[s] = VDMA_OLD_NONE;
  whole_old[s] = 0
}

inline capture_free_settled ()
{
  for (k : 0 .. N - 1) {
    if
    :: state[k] == VDMA_OLD_DOUBT ->
       settled[k] = (settled[k] == NEVER -> frame + (RULE == 5 -> 0 : 2) : settled[k]);
       if
       :: frame >= settled[k] -> part_with (k)
       :: else
       fi
    :: else
    fi
  }
  k = 0
}

inline capture_doubt (f)
{
  state[(f) % N] = VDMA_OLD_DOUBT;
  lost[(f) % N] = 1;
  settled[(f) % N] = NEVER
}

inline capture_replace_run ()
{
  end = replaced;
  starved = 0;
  do
  :: end < max (ended, predicted) && is_good (end) && state[end % N] == VDMA_OLD_NONE ->
     if
     :: end - replaced == supply -> starved = 1; break
     :: else -> end++
     fi
  :: else -> break
  od
}

inline capture_replace (s)
{
  assert (state[s] == VDMA_OLD_NONE);
  state[s] = VDMA_OLD_PROVING;
  working = (in_frame && store == s && working == NEW -> OLD : working);
  upcoming = ((store + 1) % N == s && upcoming == NEW -> OLD : upcoming);
  whole_old[s] = whole_new[s];
  whole_new[s] = 0
}

inline vdma_channel_commit ()
{
  for (k : replaced .. end - 1) { capture_replace (k % N) }
  k = 0;
  pending = 1;
  printf ("driver: VSIZE, frames %d to %d\n", replaced, end - 1)
}

inline capture_settle (bound)
{
  for (k : replaced .. end - 1) {
    if
    :: k + N - (RULE == 6 -> 1 : 2) >= (bound) -> state[k % N] = VDMA_OLD_SAFE
    :: else -> capture_doubt (k)
    fi
  }
  k = 0;
  replaced = end
}

/* SR, and the write that clears FrmCnt_Irq: in between nothing changes it */
inline clear (recent)
{
  since_looked = 0;
  SR_FRMCNT = 0;
  event = 1;
  capture_free_settled ();
  vdma_pointer_event (recent);
  printf ("driver: SR, FrmCnt_Irq cleared\n")
}

inline read_pointer (then)
{
  vdma_pointer_read ();
  calm = is_still;
  predicted = (then == HARVEST && is_begun && ended > replaced -> frame + 1 : 0);
  at = then
}

inline prove (bound)
{
  vdma_pointer_read ();
  capture_settle (bound);
  calm = is_still;
  at = DELIVER
}

inline capture_hand_out (s)
{
  assert (state[s] == VDMA_OLD_SAFE);
  assert (whole_old[s]);
  printf ("driver: hands out frame %d\n", next);
  part_with (s)
}

inline capture_deliver ()
{
  do
  :: next < replaced && next < ended ->
     if
     :: lost[next % N] -> lost[next % N] = 0; vdma_capture_lose ()
     :: else -> capture_hand_out (next % N)
     fi;
     next++
  :: else -> break
  od
}

/* ---- between two services ---- */

#define less(x) x = (x > turn -> x - turn : 0)
#define roll(a) for (k : 0 .. N - 1) { help[k] = a[(k + turn) % N] } for (k : 0 .. N - 1) { a[k] = help[k] }

inline rebase ()
{
  for (k : 0 .. N - 1) {
    settled[k] = (state[k] == VDMA_OLD_DOUBT || settled[k] > next -> settled[k] : 0)
  }
  turn = next - N;
  base = (synced -> max (base, frame - 1) : 0);
  assert (ended >= turn && frame > turn);
  less (frame); less (ended); less (base); less (next); less (replaced);
  for (k : 0 .. N - 1) {
    settled[k] = (settled[k] == NEVER -> NEVER : (settled[k] > turn -> settled[k] - turn : 0))
  }
  turn = turn % N;
  roll (state); roll (settled); roll (lost);
  roll (whole_new); roll (whole_old);
  turn = N - turn;
  store = (store + turn) % N;
  shown = (shown + turn) % N;
  for (k : 0 .. N - 1) { help[k] = 0 }
  turn = 0;
  k = 0
}

/* Each option is one access to a register, with what the driver does by itself
 * behind it; or a part of that. */
proctype driver ()
{
  byte predicted, end, supply;
  byte i, k, turn, help[N];
  bit starved, event;

  do
  :: atomic {
       if
#if RULE == 2
       :: d_step { at == SERVICE && SR_FRMCNT -> SR_FRMCNT = 0; end = (shown + 2) % N; at = COMMIT }
       :: d_step {
            at == COMMIT ->
            capture_replace (end);
            pending = 1;
            printf ("driver: VSIZE, store %d\n", end);
            state[end] = VDMA_OLD_SAFE;
            capture_hand_out (end);
            end = 0;
            at = SERVICE
          }
#else
       :: d_step { /* a second look begins: SR */
            at == SERVICE && is_still && begun && !in_step ->
            capture_free_settled ();
            calm = 1;
            vdma_pointer_calm ();
            printf ("driver: SR, nothing\n")
          }
       :: d_step { /* and goes on: PARK_PTR */
            at == SERVICE && (!SLACK || !SR_FRMCNT) && may_keep ->
            since_looked = 0;
            capture_free_settled ();
            read_pointer (HARVEST);
            printf ("driver: had seen no FrmCnt_Irq\n")
          }
       :: d_step {
            at == SERVICE && (!SLACK || !SR_FRMCNT) ->
            since_looked = 0;
            capture_free_settled ();
            vdma_pointer_forget ();
            read_pointer (HARVEST);
            printf ("driver: had seen no FrmCnt_Irq\n")
          }
       :: d_step { /* SR, and the write that clears FrmCnt_Irq: late or implausible */
            at == SERVICE && SR_FRMCNT && !(SLACK && due == 0 && synced && is_recent) ->
            clear (0);
            at = READ_FIRST
          }
       :: d_step { /* in time */
            at == SERVICE && SR_FRMCNT && synced && is_recent && (!SLACK || due == 0) ->
            clear (1);
            predicted = (base > replaced + 1 -> 0 : base);
            at = (predicted -> HARVEST : READ_FIRST)
          }
       :: d_step { at == READ_FIRST && may_keep -> read_pointer (HARVEST) }
       :: d_step { at == READ_FIRST -> vdma_pointer_forget (); read_pointer (HARVEST) }
       :: d_step { at == READ_AGAIN && may_keep -> read_pointer (DELIVER) }
       :: d_step { at == READ_AGAIN -> vdma_pointer_forget (); read_pointer (DELIVER) }
#if RULE == 1
       :: d_step { at == COMMIT -> vdma_channel_commit (); capture_settle (frame); at = DELIVER }
#else
       :: d_step { at == COMMIT -> vdma_channel_commit (); at = PROVE }
#endif
       :: d_step { at == PROVE && may_keep && by_time -> prove (frame + 1) }
       :: d_step { at == PROVE && may_keep && by_status -> prove (frame) }
       :: d_step { at == PROVE && (!SLACK || !may_keep) -> vdma_pointer_forget (); prove (NEVER) }
       :: d_step { /* SR alone: no FrmCnt_Irq since the pointer was read */
            at == PROVE && fresh && (is_still || RULE == 8) && frame + 1 <= enough ->
            capture_settle (frame + 1);
            calm = is_still;
            at = DELIVER
          }
#endif
       fi;
       do
       :: at == HARVEST ->
          supply = N;
          do
          :: STARVE && !SLACK && supply > 0 -> supply--
          :: break
          od;
          skip;
          d_step {
            vdma_pointer_verify ();
            capture_deliver ();
            capture_give_up_bad ();
            capture_replace_run ();
            supply = 0;
            at = (end > replaced -> COMMIT : (predicted && !fresh -> READ_AGAIN : DELIVER));
            starved = starved || at == DELIVER
          }
       :: d_step {
            at == DELIVER ->
            vdma_pointer_verify ();
            capture_deliver ();
            end = 0;
            predicted = 0;
            at = (next >= ended || starved -> END : HARVEST);
            starved = 0;
            rebase ()
          }
       :: d_step {
            at == END ->
            vdma_pointer_calm ();
            printf ("driver: next %d, replaced %d, ended %d, pointer at %d\n", next, replaced, ended, frame);
            rebase ();
            since_looked = 0;
            owing = SLACK && learned_at_sof && (event || owing) && ended == frame;
            event = 0;
            fresh = 0;
            due = (owing -> due : due_next);
            due_next = 0;
            at = SERVICE
          }
       :: at <= READ_AGAIN -> break
       od
     }
  od
}

init
{
  atomic {
    if
    :: POINTER != 1 -> pointer_at_end = 0
    :: POINTER != 0 -> pointer_at_end = 1
    fi;
    if
    :: IRQ == 0 || IRQ == 3 -> irq_at_start = 0
    :: IRQ == 1 || IRQ == 3 -> irq_at_start = 1
    :: IRQ == 2 || IRQ == 3 -> irq_at_start = 1; first_counts = 1
    fi;
    if
    :: LEARNED != 1 && !SLACK || pointer_at_end
    :: LEARNED != 0 && !pointer_at_end -> learned_at_sof = 1
    fi;
    run hardware ();
    run driver ()
  }
}
