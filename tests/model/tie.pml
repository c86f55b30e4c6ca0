/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who owns a frame while MM2S follows S2MM by genlock: vdma-follow.c and
 * vdma-held.c beside a core whose two channels may take any number of steps
 * between two accesses of the driver to its registers (docs/model.md). How S2MM
 * owns its ring is the matter of capture.pml; here it keeps its rules.
 *
 * Frames have no names: one is known by its store and its age there. Age 0 is in
 * the capture's list, 1 was replaced last, 2 before that, 3 earlier. HELD is one
 * that left the display's list, any one at a time, until it is GONE: given back.
 *
 *   here                       lib/vdma, hardware.md
 *   -------------------------  -----------------------------------------------
 *   behind                     S2MM's frame in work - VdmaCapture.replaced
 *   first                      the store of frame .replaced
 *   doubt                      VDMA_OLD_DOUBT
 *   filled                     follow_is_filled()
 *   settling, since            no frame from .settled on has begun in the store;
 *                              frames begun since it was set, 3 is that one
 *   listed[]                   the display's VdmaFrameList
 *   held, moves_left           one VdmaHeld, whichever: .free_at - VdmaTie.moves
 *   known                      VdmaTie.store
 *   current, staged, pending   what MM2S reads by; a commit on its way (2.2)
 *   shown                      RdFrmStore (2.6)
 *   follow_x(), capture_x()    the functions of these names
 *
 * Knobs: N stores; POINTER 0 both pointers move at SOF, 1 behind the last line,
 * that of MM2S a second time at SOF when S2MM went on meanwhile (U2); DYNAMIC 1
 * the dynamic pair; SLOWEST camera frames that begin in one frame time of the
 * display; STALL frames of S2MM that may begin within a service, because the thread
 * lost the processor: with 0 each picture on display is the newest one in its store.
 * WATCH 0 leaves out what happens to frames that MM2S is done with. STARVE 1 services
 * may find the cache empty. A commit acts at the next boundary or at the one behind
 * it, as it likes (U14).
 * RULE 0 is the driver's; these must be found wrong:
 *   1  PYNQ's: frames leave both lists as soon as they have ended
 *   2  MM2S is out of an address one move of RdFrmStore earlier
 *   3  both lists are equal at once, also where the new address is in doubt
 *   4  ... as soon as there is no doubt any more
 *   5  genlock for a display that takes one camera frame more */
#ifndef POINTER
#define POINTER 0
#endif
#ifndef N
#define N (4 + POINTER)
#endif
#ifndef DYNAMIC
#define DYNAMIC 0
#endif
#ifndef STALL
#define STALL 0
#endif
#ifndef WATCH
#define WATCH 1
#endif
#ifndef STARVE
#define STARVE 0
#endif
#ifndef RULE
#define RULE 0
#endif
#ifndef SLOWEST
#define SLOWEST (DYNAMIC -> 1 : 2)
#endif

#define DELAY 1
#define LEAD  (RULE == 1 -> 1 : DELAY + 1 + POINTER) /* follow_get_lead() */
#define MOVES (3 + POINTER - (RULE == 2 -> 1 : 0))   /* follow_get_moves() */
#define LIMIT (SLOWEST + (RULE == 5 -> 1 : 0))

#define AGES 4
#define HELD 6
#define GONE 7
#define FAR  (N + POINTER) /* frames, and more */

/* where the driver is: before which access to a register */
#define READ    0 /* SR, PARK_PTR */
#define COMMIT  1 /* START_ADDRESS, VSIZE of S2MM */
#define PROVE   2 /* PARK_PTR */
#define FOLLOW  3 /* START_ADDRESS, VSIZE of MM2S */

/* ---- the core ---- */

bit writing, reading;
byte store = N - 1, read_store = N - 2; /* in work, or the last ones that were */
byte write_age, read_age;
byte shown = N - 2;
byte stalled; /* frames of S2MM since a service began */
byte begun; /* frames of S2MM since MM2S began one */
byte current[N], staged[N];
bit pending, staged_valid;

/* ---- what nobody knows ---- */

byte whole[N]; /* ages that are written from the first to the last line: bits */
#if STALL == 0
byte newest[N]; /* age of what S2MM completed there last */
#endif
bit may_lag[N];       /* the frame that begins now may go by the address before */

/* ---- the driver ---- */

byte at = READ;
byte behind = 1, first = N - 2;
byte from, replaced; /* by the commit of this service: its stores */
bit doubt[N], settling[N], filled[N];
byte since[N];
byte listed[N];
bit held;
byte held_store, moves_left;
byte seen = N - 2, known = N - 2;

#define less_far(x) ((x) < FAR -> (x) + 1 : FAR)
#define may_step  (STALL > 0 || at == READ)
#define may_begin (at == READ || stalled < STALL)
#define picked (DYNAMIC && !writing -> store : (store + N - DELAY) % N)

inline begin_write (age)
{
  store = (store + 1) % N;
  writing = 1;
  write_age = age;
  begun++;
  stalled = (at == READ -> 0 : stalled + 1);
  first = (behind == FAR -> (first + 1) % N : first); /* it will be lost */
  behind = less_far (behind);
  for (k : 0 .. N - 1) {
    may_lag[k] = 0;
    since[k] = (settling[k] && since[k] < 3 -> since[k] + 1 : since[k])
  }
  settling[store] = settling[store] && since[store] < 3; /* the doubt is over */
  since[store] = (settling[store] -> since[store] : 0);
  k = 0;
  printf ("core: S2MM begins store %d, age %d\n", store, age);
  assert (!(reading && read_store == store && read_age == write_age));
  whole[store] = whole[store] & ~(1 << write_age)
}

inline end_write ()
{
  writing = 0;
  whole[store] = whole[store] | (1 << write_age);
#if STALL == 0
  newest[store] = write_age;
#endif
  printf ("core: S2MM ends store %d\n", store)
}

inline take_commit (slips)
{
  for (k : 0 .. N - 1) {
    current[k] = (staged_valid -> staged[k] : current[k]);
    staged[k] = 0
  }
  staged_valid = 0;
  if
  :: pending ->
     for (k : 0 .. N - 1) {
       staged[k] = (slips -> listed[k] : 0);
       current[k] = (slips -> current[k] : listed[k])
     }
     staged_valid = slips
  :: else
  fi;
  pending = 0;
  k = 0
}

inline begin_read (slips)
{
  take_commit (slips);
  read_store = picked;
  shown = read_store;
  read_age = current[read_store];
  reading = 1;
  begun = 0;
  printf ("core: MM2S begins store %d, age %d\n", read_store, read_age);
  assert (read_age != GONE); /* was given back */
  assert (!(writing && store == read_store && write_age == read_age));
  assert (read_age >= AGES || whole[read_store] >> read_age & 1);
#if STALL == 0
  assert (read_age == newest[read_store])
#endif
}

inline end_read ()
{
  reading = 0;
  shown = (POINTER == 1 -> picked : shown);
  printf ("core: MM2S ends store %d\n", read_store);
  read_age = 0;
  read_store = 0
}

#define may_slip may_lag[(store + 1) % N]

proctype hardware ()
{
  byte k;

  do
  :: d_step { may_begin && !writing && begun < LIMIT -> begin_write (0) }
  :: d_step { may_begin && !writing && begun < LIMIT && may_slip -> begin_write (1) }
  :: d_step { may_step && writing -> end_write () }
  :: d_step { may_step && !reading -> begin_read (0) }
  :: d_step { may_step && !reading && pending -> begin_read (1) }
  :: d_step { may_step && reading -> end_read () }
  od
}

/* ---- vdma-capture.c, with vdma_tie_limit() ---- */

/* the pointer may be ahead of the frame in work */
#define is_ahead    (POINTER == 1 && !writing -> 1 : 0)
#define read_behind (behind + is_ahead)

inline capture_free_settled ()
{
  for (k : 0 .. N - 1) {
    doubt[k] = doubt[k] && !(settling[k] && since[k] + is_ahead >= 3);
    since[k] = (doubt[k] && !settling[k] -> 1 - is_ahead : since[k]);
    settling[k] = settling[k] || doubt[k]
  }
  k = 0
}

/* frames from the last one in store @s to the one that the pointer names */
#define distance(s) ((store + is_ahead + N - (s)) % N)

/* by the pointer just read */
inline follow_note_filled ()
{
  for (k : 0 .. N - 1) {
    filled[k] = !doubt[k] && (!settling[k] || distance (k) >= LEAD)
  }
  k = 0
}

#define is_tainted(s) (doubt[s] || settling[s])
#define is_bad (read_behind > N - 2 || read_behind > 0 && is_tainted (first))
#define may_leave(n) \
  (read_behind >= LEAD + (n) && !is_tainted ((first + (n)) % N))

inline next_frame ()
{
  first = (first + 1) % N;
  behind--
}

#define older(a) ((a) < AGES - 1 -> (a) + 1 : (a))
#define grows_old(a) a = older (a)

inline capture_replace (s)
{
  whole[s] = (whole[s] << 1) & 15;
  grows_old (current[s]);
  staged[s] = (staged_valid -> older (staged[s]) : 0);
  grows_old (listed[s]);
#if STALL == 0
  grows_old (newest[s]);
#endif
  write_age = (writing && store == s -> older (write_age) : write_age);
  read_age = (reading && read_store == s -> older (read_age) : read_age);
  may_lag[s] = 1
}

inline capture_settle ()
{
  for (k : 1 .. replaced) {
    s = (from + replaced - k) % N;
    doubt[s] = (read_behind + k > N - 2);
    settling[s] = 0;
    since[s] = 0
  }
  s = 0;
  k = 0
}

/* ---- vdma-follow.c, vdma-held.c ---- */

#define becomes(a, from, to) a = (a == from -> to : a)

inline relabel (s, from, to)
{
  becomes (current[s], from, to);
  staged[s] = (staged_valid && staged[s] == from -> to : staged[s]);
  read_age = (reading && read_store == s && read_age == from -> to : read_age)
}

inline vdma_held_let_go ()
{
  assert (!(reading && read_store == held_store && read_age == HELD));
  printf ("driver: what left store %d is given back\n", held_store);
  relabel (held_store, HELD, GONE);
  held = 0;
  held_store = 0
}

inline follow_watch_store ()
{
  moves_left = moves_left - (held && seen != known -> 1 : 0);
  known = seen;
  if
  :: held && moves_left == 0 -> vdma_held_let_go ()
  :: else
  fi
}

/* Of the frames that leave the list the one of store @watched is looked after. */
inline follow_copy_list ()
{
  for (s : 0 .. N - 1) {
    if
    :: listed[s] > 0 && (filled[s] || RULE == 3 || RULE == 4 && !doubt[s]) ->
       if
       :: s == watched && listed[s] < AGES - 1 ->
          relabel (s, listed[s], HELD);
          held = 1;
          held_store = s;
          moves_left = MOVES
       :: else
       fi;
       listed[s] = 0;
       pending = 1
    :: else
    fi
  }
  s = 0
}

inline vdma_follow_update ()
{
  follow_watch_store ();
  follow_copy_list ();
  printf ("driver: VSIZE of MM2S\n")
}

/* ---- between two services ---- */

#define roll(a) \
  for (k : 0 .. N - 1) { help[k] = a[(k + first) % N] } \
  for (k : 0 .. N - 1) { a[k] = help[k] }
#define turn(a) a = (a + N - first) % N

/* Stores turn so that .replaced is in the first one; what nobody reads any more
 * is forgotten. */
inline rebase ()
{
  for (k : 0 .. N - 1) {
    filled[k] = 0;
    whole[k] = whole[k] & (3 | 1 << current[k] | (staged_valid -> 1 << staged[k] : 0) | 1 << listed[k])
  }
  roll (current); roll (listed); roll (whole);
  roll (doubt); roll (settling); roll (since); roll (may_lag);
  if
  :: staged_valid -> roll (staged)
  :: else
  fi;
#if STALL == 0
  roll (newest);
#endif
  turn (store);
  turn (shown);
  turn (known);
  seen = 0;
  read_store = (reading -> (read_store + N - first) % N : 0);
  held_store = (held -> (held_store + N - first) % N : 0);
  first = 0;
  for (k : 0 .. N - 1) { help[k] = 0 }
  k = 0
}

/* Each option is one access to a register, with what the driver does by itself
 * behind it. */
proctype driver ()
{
  byte k, s, n, watched, help[N];

  do
  :: atomic {
       at == READ ->
       at = COMMIT;
       d_step {
         printf ("driver: PARK_PTR, S2MM %d, MM2S %d\n", store, shown);
         seen = shown;
         capture_free_settled ();
         follow_note_filled ();
         do
         :: is_bad -> next_frame ()
         :: else -> break
         od
       };
       n = 0;
       do
       :: n < N - 2 && may_leave (n) -> n++
       :: STARVE || n == N - 2 || !may_leave (n) -> break
       od;
       replaced = n;
       n = 0;
       if
       :: replaced == 0 -> at = FOLLOW
       :: else
       fi;
     }
  :: d_step {
       at == COMMIT ->
       printf ("driver: VSIZE of S2MM, %d frames from store %d\n", replaced, first);
       from = first;
       for (n : 1 .. replaced) {
         s = first;
         capture_replace (s);
         next_frame ()
       }
       n = 0;
       s = 0;
       at = PROVE
     }
  :: d_step {
       at == PROVE ->
       printf ("driver: PARK_PTR, S2MM %d, MM2S %d\n", store, shown);
       seen = shown;
       capture_settle ();
       follow_note_filled ();
       at = FOLLOW
     }
  :: atomic {
       at == FOLLOW ->
       watched = N;
       if
       :: true
       :: WATCH && !held -> watched = 0
       :: WATCH && !held -> watched = 1
       :: WATCH && !held -> watched = 2
       :: WATCH && !held -> watched = N - 1
       fi;
       d_step {
       vdma_follow_update ();
       watched = 0;
       rebase ();
       from = 0;
       stalled = 0;
       replaced = 0;
       at = READ
       }
     }
  od
}

init
{
  byte i;

  atomic {
    for (i : 0 .. N - 1) { whole[i] = 1 }
    i = 0;
    run hardware ();
    run driver ()
  }
}
