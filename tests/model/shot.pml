/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who owns a frame while S2MM takes single shots: vdma-shot.c, for cores with
 * one or two stores. FrameCntEn halts the core behind each frame, and parked it
 * comes back to store 0; so one store is modelled.
 *
 *   here               lib/vdma, hardware.md
 *   -----------------  -------------------------------------------------------
 *   listed             the frame of store 0 in VdmaFrameList
 *   start_address      START_ADDRESS1; current: the address in use
 *   corrupt            VdmaCapture.corrupt
 *   APP, CACHE, LIST   who has a frame: who took it, VdmaFrameOps, the list
 *   CR_RS, SR_x        the registers' bits
 *   shot_x()           the functions of these names
 *
 * Knobs: IRQ 0 at a frame's end, 1 at the begin, 2 both (U1); ERRORS: SOFEarly,
 * and lines too short or too long. RULE 0 is the driver's. Wrong ones:
 *   1  a frame is complete at its interrupt, halted or not
 *   2  the channel runs again before its store has the new address
 *   3  the corrupt bit is not kept until the frame's end */
#ifndef IRQ
#define IRQ 2
#endif
#ifndef ERRORS
#define ERRORS 1
#endif
#ifndef RULE
#define RULE 0
#endif

#define B 3 /* frames */

#define CACHE 0
#define LIST  1
#define APP   2

bit irq_at_start;

bit CR_RS = 1, SR_HALTED, SR_FRMCNT, SR_ERROR;
bit committed = 1, in_frame, damaged;
byte start_address, current;
byte owner[B];
bit whole[B];

inline begin_frame ()
{
  current = start_address;
  in_frame = 1;
  damaged = 0;
  whole[current] = 0;
  printf ("core: SOF, writes to frame %d\n", current);
  assert (owner[current] == LIST);
  SR_FRMCNT = (irq_at_start -> 1 : SR_FRMCNT)
}

inline end_frame ()
{
  assert (owner[current] == LIST);
  in_frame = 0;
  whole[current] = !damaged;
  CR_RS = 0;
  committed = 0;
  SR_FRMCNT = (irq_at_start -> SR_FRMCNT : 1);
  printf ("core: last line\n")
}

proctype hardware ()
{
end_hardware:
  do
  :: d_step { CR_RS && !SR_HALTED && committed && !in_frame -> begin_frame () }
  :: d_step { in_frame -> end_frame () }
  :: d_step { !CR_RS && !in_frame && !SR_HALTED -> SR_HALTED = 1; printf ("core: halted\n") }
  :: d_step { CR_RS && SR_HALTED -> SR_HALTED = 0; printf ("core: runs\n") }
#if ERRORS
  :: d_step { in_frame && !SR_ERROR -> SR_ERROR = 1; damaged = 1; printf ("core: EOLEarly\n") }
  :: d_step { in_frame && !SR_ERROR -> SR_ERROR = 1; in_frame = 0; printf ("core: SOFEarly\n") }
#endif
  od
}

inline shot_hand_out ()
{
  if
  :: owner[0] == CACHE -> fresh = 0
  :: owner[1] == CACHE -> fresh = 1
  :: owner[2] == CACHE -> fresh = 2
  :: fresh = B /* none, or none that the core reaches */
  fi;
  d_step {
    if
    :: fresh < B ->
       assert (!in_frame);
       assert (whole[listed] || corrupt);
       printf ("driver: hands out frame %d\n", listed);
       owner[listed] = APP;
       owner[fresh] = LIST;
       whole[fresh] = 0;
       listed = fresh
    :: else -> printf ("driver: has no frame\n")
    fi;
    corrupt = 0;
    fresh = 0
  }
}

inline vdma_channel_run ()
{
  d_step { CR_RS = 1; printf ("driver: CR, RS\n") };
  d_step { !SR_HALTED -> start_address = listed; printf ("driver: START_ADDRESS1 = frame %d\n", listed) };
  d_step { committed = 1; printf ("driver: VSIZE\n") }
}

proctype driver ()
{
  byte listed, fresh;
  bit corrupt, error, halted, event;

end_driver:
  do
  :: d_step { /* an interrupt, a second look */
       event = SR_FRMCNT;
       error = SR_ERROR;
       halted = SR_HALTED;
       printf ("driver: SR, FrmCnt_Irq %d, error %d, Halted %d\n", event, error, halted)
     };
     d_step {
       SR_FRMCNT = (event -> 0 : SR_FRMCNT);
       SR_ERROR = (error -> 0 : SR_ERROR);
       corrupt = (error || corrupt && RULE != 3)
     };
     if
     :: halted || RULE == 1 && event ->
#if RULE == 2
        committed = 1;
        vdma_channel_run ();
#endif
        atomic { shot_hand_out () };
progress_shot:
        vdma_channel_run ()
     :: else
     fi;
     error = 0;
     halted = 0;
     event = 0
  od
}

/* Whoever took a frame gives it back, at any time, from any thread. */
proctype application ()
{
end_application:
  do
  :: d_step { owner[0] == APP -> owner[0] = CACHE }
  :: d_step { owner[1] == APP -> owner[1] = CACHE }
  :: d_step { owner[2] == APP -> owner[2] = CACHE }
  od
}

init
{
  atomic {
    owner[0] = LIST;
    if
    :: IRQ != 1 -> irq_at_start = 0
    :: IRQ != 0 -> irq_at_start = 1
    fi;
    run hardware ();
    run driver ();
    run application ()
  }
}
