/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who owns a frame while MM2S displays by the park pointer: vdma-display.c.
 *
 * Frames have no names. A frame that was accepted is known by its place in
 * entry[], where entry 0 is on display; all others are FREE: the user may fill
 * or unmap them at any time. A store's address in use that is not the one of the
 * frame list and no entry's is GONE.
 *
 *   here                        lib/vdma, hardware.md
 *   --------------------------  ----------------------------------------------
 *   n, entry_store, _parked,    VdmaDisplay.n and .entry
 *   owed
 *   settled[k]                  store_settled[k] - events
 *   list[]                      VdmaFrameList.frame
 *   current, staged, pending    what MM2S reads by; a commit on its way (2.2)
 *   ref, sample                 RdFrmPtrRef, and its value a boundary ago (2.5)
 *   shown                       RdFrmStore (2.6)
 *   display_x()                 the functions of these names
 *
 * Knobs: N stores; POINTER 0 at SOF, 1 at the last line, 2 both (U2); IRQ 0 at
 * the end, 1 at the next start, 2 both (U1); PARK 1, 2 boundaries, 0 both (U3).
 * A commit acts at the next boundary or at the one behind it, as it likes (U14).
 * RULE 0 is the driver's; these must be found wrong:
 *   1  the reference may move as soon as the commit was written
 *   2  ... one interrupt after the commit, not two
 *   3  a frame leaves when the reference has moved, not when RdFrmStore has
 *   4  the next frame may follow at once: nobody is owed a frame time
 *   5  an interrupt that is pending at the commit counts like a new one */
#ifndef N
#define N 3
#endif
#ifndef POINTER
#define POINTER 2
#endif
#ifndef IRQ
#define IRQ 2
#endif
#ifndef PARK
#define PARK 0
#endif
#ifndef RULE
#define RULE 0
#endif

#define COMMIT_EVENTS (RULE == 1 -> 0 : (RULE == 2 -> 1 : (N == 1 -> 3 : 2)))

#define MAX_ENTRIES 4 /* 1 + DISPLAY_MAX_PENDING */
#define FREE        8
#define GONE        9

bit pointer_at_end, irq_at_start;
byte park_latency = 1;

bit in_frame, SR_FRMCNT, pending, staged_valid;
byte store, shown, ref, sample;
byte current[N], staged[N];
bit displayed[MAX_ENTRIES]; /* from the first line to the last, since accepted */

byte list[N], settled[N];
byte n = 1, owed = 1;
byte entry_store[MAX_ENTRIES];
bit entry_parked[MAX_ENTRIES];
bit at_sof; /* VdmaLearned.pointer is VDMA_POINTER_AT_SOF */

inline take_commit (slips)
{
  if
  :: staged_valid ->
     for (k : 0 .. N - 1) { current[k] = staged[k]; staged[k] = 0 }
     staged_valid = 0
  :: else
  fi;
  if
  :: pending && slips ->
     for (k : 0 .. N - 1) { staged[k] = list[k] }
     staged_valid = 1;
     pending = 0
  :: pending && !slips ->
     for (k : 0 .. N - 1) { current[k] = list[k] }
     pending = 0
  :: else
  fi;
  k = 0
}

#define park_next (park_latency == 2 -> sample : ref)

inline begin_frame (slips)
{
  take_commit (slips);
  store = park_next;
  sample = ref;
  shown = store;
  in_frame = 1;
  printf ("core: SOF, store %d shows frame %d\n", store, current[store]);
  assert (current[store] < n); /* reads a frame that was given back */
  SR_FRMCNT = (irq_at_start -> 1 : SR_FRMCNT)
}

inline end_frame ()
{
  in_frame = 0;
  displayed[current[store]] = 1;
  shown = (pointer_at_end -> park_next : shown);
  SR_FRMCNT = (irq_at_start -> SR_FRMCNT : 1);
  printf ("core: last line\n")
}

proctype hardware ()
{
  byte k;

end_hardware:
  do
  :: d_step { !in_frame -> begin_frame (0) }
  :: d_step { !in_frame && pending -> begin_frame (1) }
  :: d_step { in_frame -> end_frame () }
  od
}

/* ---- vdma-display.c ---- */

#define moved(a) (a == FREE || a == GONE -> a : a - 1)
#define let_go(a, k) a = (a != 0 -> moved (a) : (list[k] == 0 -> FREE : GONE))

/* The frame on display leaves, the next one takes its place. */
inline display_arrive (owes)
{
  assert (!(in_frame && current[store] == 0)); /* given back, and still read */
  assert (displayed[0]);
  printf ("driver: gives the frame on display back\n");
  for (k : 0 .. N - 1) {
    let_go (current[k], k);
    staged[k] = (staged_valid -> staged[k] : FREE);
    let_go (staged[k], k);
    staged[k] = (staged_valid -> staged[k] : 0)
  }
  for (k : 0 .. N - 1) {
    list[k] = (list[k] == 0 -> FREE : moved (list[k]))
  }
  for (k : 1 .. MAX_ENTRIES - 1) {
    entry_store[k - 1] = entry_store[k];
    entry_parked[k - 1] = entry_parked[k];
    displayed[k - 1] = displayed[k]
  }
  entry_store[MAX_ENTRIES - 1] = 0;
  entry_parked[MAX_ENTRIES - 1] = 0;
  displayed[MAX_ENTRIES - 1] = 0;
  entry_parked[0] = 0;
  n--;
  owed = (RULE == 4 -> 0 : (owes));
  k = 0
}

#define is_moving (n > 1 && entry_parked[1])
#define may_advance (n > 1 && !entry_parked[1] && owed == 0 && settled[entry_store[1]] == 0)
#define is_free(k) \
  !(n > 0 && entry_store[0] == (k) || n > 1 && entry_store[1] == (k) || \
    n > 2 && entry_store[2] == (k) || n > 3 && entry_store[3] == (k))

/* a single store: the new address is in use by now */
inline display_advance ()
{
  if
  :: d_step { may_advance && entry_store[1] == entry_store[0] -> display_arrive (0) }
  :: d_step {
       may_advance && entry_store[1] != entry_store[0] ->
       entry_parked[1] = 1;
       ref = entry_store[1];
       printf ("driver: RdFrmPtrRef = %d\n", ref);
       if
       :: RULE == 3 -> display_arrive (1)
       :: else
       fi
     }
  :: d_step { !may_advance -> skip }
  fi
}

#define may_show (n < MAX_ENTRIES && (n < N || N == 1 && n == 1 && owed == 0))
#define holds(k) ((k) < N && is_free (k) && list[(k) % N] == FREE)

inline display_add (k)
{
  entry_store[n] = k;
  entry_parked[n] = 0;
  displayed[n] = 0;
  n++
}

proctype driver ()
{
  byte k;
  bit arrived;

end_driver:
  do
  /* an interrupt, or a second look; SR, and the write that clears FrmCnt_Irq:
     in between nothing changes it */
  :: d_step {
       SR_FRMCNT || is_moving ->
       if
       :: SR_FRMCNT ->
          SR_FRMCNT = 0;
          for (k : 0 .. N - 1) { settled[k] = (settled[k] > 0 -> settled[k] - 1 : 0) }
          owed = (owed > 0 -> owed - 1 : 0);
          printf ("driver: SR, FrmCnt_Irq cleared\n");
          k = 0
       :: else -> printf ("driver: SR, nothing\n")
       fi
     };
     if
     :: d_step { is_moving && shown == entry_store[1] -> printf ("driver: RdFrmStore %d\n", shown) };
        if
        :: d_step { at_sof -> display_arrive (0); arrived = 1 }
        :: d_step { !at_sof -> display_arrive ((SR_FRMCNT -> 2 : 1)); arrived = 1 }
        fi
     :: d_step { !(is_moving && shown == entry_store[1]) -> skip }
     fi;
     display_advance ();
     if
     :: arrived || n == 1 ->
progress_arrived:
        arrived = 0
     :: else
     fi
  /* vdma_display_show() of the frame that a free store holds already */
  :: atomic {
       may_show && (holds (0) || holds (1) || holds (2) || holds (3)) ->
       if
       :: holds (0) -> k = 0
       :: holds (1) -> k = 1
       :: holds (2) -> k = 2
       :: holds (3) -> k = 3
       fi;
       d_step {
         list[k] = n;
         current[k] = (current[k] == FREE -> n : current[k]);
         staged[k] = (staged_valid && staged[k] == FREE -> n : staged[k]);
         display_add (k);
         printf ("driver: shows what store %d holds\n", k);
         k = 0
       };
       display_advance ()
     }
  /* of another one */
  :: atomic {
       may_show ->
       if
       :: N == 1 || is_free (0) -> k = 0
       :: N > 1 && is_free (1) -> k = 1
       :: N > 2 && is_free (2) -> k = 2
       :: N > 3 && is_free (3) -> k = 3
       fi;
       d_step {
         current[k] = (current[k] == FREE -> GONE : current[k]);
         staged[k] = (staged_valid && staged[k] == FREE -> GONE : staged[k]);
         list[k] = n;
         pending = 1;
         display_add (k);
         printf ("driver: START_ADDRESS%d, VSIZE\n", k + 1)
       }
     };
     d_step {
       settled[k] = COMMIT_EVENTS + (SR_FRMCNT && RULE != 5 -> 1 : 0);
       printf ("driver: SR, FrmCnt_Irq %d\n", SR_FRMCNT);
       k = 0
     };
     display_advance ()
  od
}

init
{
  atomic {
    if
    :: POINTER != 1 -> pointer_at_end = 0; at_sof = 1
    :: POINTER != 0 -> pointer_at_end = 1
    fi;
    if
    :: IRQ != 1 -> irq_at_start = 0
    :: IRQ != 0 -> irq_at_start = 1
    fi;
    if
    :: PARK != 2 -> park_latency = 1
    :: PARK != 1 -> park_latency = 2
    fi;
    run hardware ();
    run driver ()
  }
}
