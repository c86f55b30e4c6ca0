/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cells that failed once, reduced to what it took. */
#include "stress-regressions.h"

#include <stdio.h>

typedef struct {
  const gchar *name; /* what the driver took for evidence, or forgot */
  guint64 seed;
  guint64 n_frames;
  const gchar *settings;
} RegressionRow;

static const RegressionRow regression_rows[] = {
  { "an interrupt older than the last look at the pointer",
      G_GUINT64_CONSTANT (7083590245673464868), 2,
      "preemption=20 frmstore-phase=last-line" },
  { "the same, much later", G_GUINT64_CONSTANT (15166610528441634990), 150,
      "preemption=20 frmstore-phase=last-line" },
  { "the same, by a line that is delayed",
      G_GUINT64_CONSTANT (2972306474461815750), 300,
      "address=40 preemption=4 faults=irq-delay picture=24x1+0 "
      "frmstore-phase=last-line" },
  { "intervals measured by services that were all late",
      G_GUINT64_CONSTANT (4425228131393013316), 600,
      "lateness=49 faults=hard-bits" },
  { "an error between two frames, store one back",
      G_GUINT64_CONSTANT (2870699420905005510), 9,
      "faults=hard-bits frmstore-phase=last-line" },
  { "the same in a later round", G_GUINT64_CONSTANT (15497126472780840892), 37,
      "faults=hard-bits frmstore-phase=last-line" },
  { "the same without a halt", G_GUINT64_CONSTANT (16481463615023866804), 37,
      "stores=6 preemption=4 wait=any-time pool=tight faults=soft-bits "
      "frmstore-phase=last-line" },
  { "an error and a round of the ring in one service",
      G_GUINT64_CONSTANT (13642653143021671340), 150,
      "consumer=slow faults=short-line picture=17x8+3" },
  { "a frame that was cut and that the pointer names still",
      G_GUINT64_CONSTANT (3979208452816427038), 300,
      "consumer=slow faults=short-frame" },
  { "a size error that does not halt, taken for one that does",
      G_GUINT64_CONSTANT (12958143963113406185), 600,
      "lateness=49 faults=soft-bits fsync=no-flush" },
  { "a frame finished in the probe, stopped before its service",
      G_GUINT64_CONSTANT (11450339972407366979), 600,
      "consumer=restarting wait=any-time irq-phase=next-frame-start" },
  { "a single shot that could not be started again",
      G_GUINT64_CONSTANT (3847647273514725859), 600, "stores=1 faults=storm" },
  { "the same, serviced at any time", G_GUINT64_CONSTANT (4479968380804931538),
      600, "stores=1 faults=storm wait=any-time" },
  { "rounds of the ring by the wrong times",
      G_GUINT64_CONSTANT (2153396647907784583), 150,
      "consumer=slow lateness=8 faults=irq-delay frmstore-phase=last-line" },
  { "rounds in the middle of a service",
      G_GUINT64_CONSTANT (8670368895153571728), 150, "stores=3 preemption=20" },
  { "the same at the start", G_GUINT64_CONSTANT (9795269087626464112), 4,
      "preemption=20" },
  { "pointer 0 before the first SOF", G_GUINT64_CONSTANT (18086092295797880528),
      300, "faults=storm irq-phase=next-frame-start first-sof-counts=true" },
  { "a burst behind a pause, serviced late",
      G_GUINT64_CONSTANT (16752977498142804339), 75,
      "stores=3 lateness=15 source=burst" },
  { "a line delayed through a burst", G_GUINT64_CONSTANT (17688274216284579102),
      150,
      "stores=3 lateness=32 period=unknown source=burst active=10 "
      "faults=irq-delay" },
  { "two frames cut short between two services",
      G_GUINT64_CONSTANT (6295745557982732387), 300,
      "consumer=bursty lateness=8 preemption=70 period=unknown "
      "faults=short-frame reset-time=100000" },
  { "Err_Irq alone freezes the pointer",
      G_GUINT64_CONSTANT (3733130355654660156), 600,
      "stores=15 consumer=restarting lateness=17 preemption=4 wait=any-time "
      "period=unknown pool=scarce active=100 faults=soft-bits "
      "frmstore-phase=last-line resync=immediate err-irq-freezes=true "
      "first-sof-counts=true" },
  { "an end by interrupt, remembered through a round of the ring",
      G_GUINT64_CONSTANT (6856965216253150075), 600,
      "stores=27 address=40 consumer=bursty preemption=4 period=unknown "
      "pool=scarce active=50 faults=short-frame corrupt=drop picture=64x3+0 "
      "resync=immediate first-sof-counts=true" },
  { "the store of the halting error one back, or one round ahead",
      G_GUINT64_CONSTANT (1998145080880490162), 600,
      "stores=28 address=40 consumer=restarting lateness=200 wait=any-time "
      "period=unknown pool=scarce active=10 faults=decerr corrupt=drop "
      "picture=64x3+0 flip=on resync=immediate flip-mirrors-base=true "
      "reset-time=3000000 frmstore=true" },
  { "a spoiled probe, then an error that halts",
      G_GUINT64_CONSTANT (8245783132298062479), 600,
      "stores=3 address=64 consumer=bursty lateness=15 period=unknown "
      "pool=tight active=50 faults=storm picture=17x8+3 "
      "frmstore-phase=last-line pre-start-ready=true commit-latency=1 "
      "reset-time=3000000" },
  { "no interrupt yet, taken for a pause",
      G_GUINT64_CONSTANT (2853358176587129369), 600,
      "stores=3 address=40 consumer=bursty lateness=32 preemption=4 active=50 "
      "fsync=no-flush irq-phase=next-frame-start frmstore-phase=last-line "
      "reset-time=100000" },
  { "a mark for one frame, erased by that for the frame one round later",
      G_GUINT64_CONSTANT (5118190554625870266), 600,
      "direction=both stores=8 consumer=bursty period=unknown source=jitter "
      "active=10 display-fps=144 faults=short-line picture=64x3+0 "
      "irq-phase=next-frame-start frmstore-phase=last-line "
      "reset-time=3000000" },
  { "a frame taken ahead, and an error at it with the interrupt that ends it",
      G_GUINT64_CONSTANT (5822467904670405171), 150,
      "stores=7 consumer=slow lateness=17 source=burst active=50 "
      "faults=short-frame fsync=no-flush irq-phase=next-frame-start "
      "resync=immediate reset-time=3000000" },
  { "an error a round of the ring ahead, that looks like one step back",
      G_GUINT64_CONSTANT (15628209724625968325), 600,
      "stores=7 consumer=bursty lateness=17 pool=scarce faults=slverr" },
  { "a round of the ring counted one frame late, behind a stall in a reading",
      G_GUINT64_CONSTANT (7224635867788140610), 75,
      "address=40 consumer=slow lateness=32 preemption=20 pool=tight "
      "picture=24x1+0 flip=off reset-time=3000000" },
  { "a tied display whose interrupt got lost",
      G_GUINT64_CONSTANT (6836031563702252687), 150,
      "direction=tie faults=irq-lose genlock=not-wired" },
  { "the same, and intervals of those that came",
      G_GUINT64_CONSTANT (9638666593799136741), 600,
      "direction=tie stores=12 address=64 consumer=holding "
      "lateness=32 period=unknown pool=tight source=jitter "
      "display-fps=61 faults=irq-all picture=17x8+3 flip=on "
      "fsync=no-flush coherency=coherent irq-phase=next-frame-start "
      "park-latency=2 cr-reset=0x10002 resync=immediate "
      "first-sof-counts=true dly-clk=1000000 absent-reads=0xdeadbeef "
      "misuse=pass flip-mirrors-base=true reset-time=100000 "
      "vidprmtr-reads=false frmstore=true genlock=reverse "
      "takes=newest breaks=any" },
  { "genlock with a display that is too slow for new addresses",
      G_GUINT64_CONSTANT (9305649509622257274), 150,
      "direction=tie stores=5 consumer=slow display-fps=25 "
      "commit-latency=1" },
  { "genlock begun while a store was in doubt",
      G_GUINT64_CONSTANT (9089459269784660681), 600,
      "direction=tie stores=32 address=40 consumer=bursty lateness=49 "
      "preemption=4 wait=any-time source=jitter display-fps=144 "
      "corrupt=drop picture=24x1+0 flip=on fsync=no-flush "
      "irq-phase=next-frame-start park-latency=2 pre-start-ready=true "
      "frame-count-keeps=true dly-clk=1000000 absent-reads=0xdeadbeef "
      "commit-latency=1 restart-continues=true mask-hides-errors=true "
      "flip-mirrors-base=true genlock-waits=true status-regs=true "
      "breaks=untie" },
  { "a pointer of MM2S that moved twice for one frame",
      G_GUINT64_CONSTANT (7363907626227550275), 600,
      "direction=tie stores=13 address=40 consumer=bursty "
      "preemption=70 period=unknown display-fps=25 picture=16x2+16 "
      "fsync=pin coherency=coherent frmstore-phase=last-line "
      "repeat-errors=0x80 err-irq-freezes=true frame-count-keeps=true "
      "dly-clk=1000000 reset-keeps-park=true absent-reads=0xdeadbeef "
      "commit-latency=1 status-swapped=true misuse=pass "
      "flip-mirrors-base=true genlock-waits=true frmstore=true "
      "breaks=show" },
  { "a source that paused beside a tied display",
      G_GUINT64_CONSTANT (16719051427944285214), 600,
      "direction=tie stores=29 address=64 source=jitter active=10 "
      "display-fps=61 faults=unplug corrupt=drop picture=64x3+0 "
      "flip=off irq-phase=next-frame-start frmstore-phase=last-line "
      "park-latency=2 cr-reset=0x10002 err-irq-freezes=true "
      "first-sof-counts=true dly-clk=1000000 absent-reads=0xdeadbeef "
      "commit-latency=1 restart-continues=true misuse=pass "
      "genlock-waits=true dly-start=sof genlock=not-wired" },
  { "a lost interrupt of the source beside a tied display",
      G_GUINT64_CONSTANT (17741732715737452978), 600,
      "direction=tie stores=3 consumer=bursty lateness=200 active=100 "
      "display-fps=25 faults=irq-lose corrupt=drop picture=24x1+0 "
      "flip=off frmstore-phase=last-line park-latency=2 "
      "park-exit=zero pre-start-ready=true repeat-errors=0x80 "
      "frame-count-keeps=true first-sof-counts=true "
      "reset-keeps-flip=true restart-continues=true "
      "status-swapped=true flip-mirrors-base=true genlock-waits=true "
      "dly-start=sof genlock=reverse" },
  { "a pointer ahead of its frame, of a display that follows",
      G_GUINT64_CONSTANT (933138381194274198), 600,
      "direction=tie stores=11 address=64 consumer=restarting lateness=15 "
      "preemption=70 wait=any-time period=unknown display-fps=25 "
      "faults=irq-delay picture=64x3+0 flip=on coherency=coherent "
      "frmstore-phase=last-line cr-reset=0x10042 frame-count-keeps=true "
      "first-sof-counts=true reset-keeps-flip=true commit-latency=1 "
      "status-swapped=true misuse=pass dly-start=sof reset-time=100000 "
      "genlock=dynamic" },
  { "memory in doubt beside a display that follows",
      G_GUINT64_CONSTANT (15124713577908380181), 600,
      "direction=tie stores=23 address=64 consumer=bursty lateness=200 "
      "preemption=20 wait=any-time active=50 display-fps=144 flip=on "
      "coherency=coherent irq-phase=next-frame-start park-latency=2 "
      "park-exit=zero pre-start-ready=true resync=immediate "
      "first-sof-counts=true dly-clk=1000000 reset-keeps-park=true "
      "reset-keeps-flip=true absent-reads=0xdeadbeef commit-latency=1 "
      "mask-hides-errors=true flip-mirrors-base=true genlock-waits=true "
      "reset-time=100000 status-regs=true genlock=dynamic" },
  { "two interrupts around the probe's halt, late by different times",
      G_GUINT64_CONSTANT (4328119135346682780), 9,
      "direction=both stores=10 consumer=slow lateness=15 picture=17x8+3 "
      "frmstore-phase=last-line" },
  { "single shots that were taken together, judged as if one halt lay between",
      G_GUINT64_CONSTANT (11889594414698573373), 75,
      "direction=tie stores=2 consumer=slow lateness=200 pool=scarce active=50 "
      "display-fps=25 takes=some" },
  { "a display with one frame left, the others kept for ever",
      G_GUINT64_CONSTANT (5234255006565208093), 150,
      "direction=display stores=1 consumer=restarting wait=any-time "
      "pool=tight active=10 faults=clock-stop" },
  { "the same, tied", G_GUINT64_CONSTANT (11836349378235255446), 300,
      "direction=tie stores=1 consumer=restarting lateness=17 pool=tight "
      "faults=clock-stop irq-phase=next-frame-start" },
  { "old pictures on a display that nobody told to be slow",
      G_GUINT64_CONSTANT (4211234234560633285), 1,
      "direction=tie period=unknown active=100 display-fps=25 "
      "picture=16x2+16 commit-latency=1 genlock=dynamic" },
  { "a display that gave up in the calm, for what was before it",
      G_GUINT64_CONSTANT (12853526673043913728), 600,
      "direction=both stores=8 address=40 lateness=200 preemption=70 "
      "period=unknown display-fps=61 faults=hard-bits picture=64x3+0 "
      "flip=off" },
  { "a source that began late, taken for a round of the ring",
      G_GUINT64_CONSTANT (17916785997984718933), 1,
      "stores=3 source=jitter reset-time=3000000" },
  { "the same, and what showed it was forgotten with the first interrupt",
      G_GUINT64_CONSTANT (905012414740386155), 1,
      "stores=3 source=burst irq-phase=next-frame-start first-sof-counts=true "
      "reset-time=3000000" },
  { "a pause seen at the very moment that it counts from",
      G_GUINT64_CONSTANT (1575749010434759821), 1,
      "direction=tie stores=3 period=unknown source=jitter active=10 "
      "display-fps=144 irq-phase=next-frame-start" },
  { "a burst whose interrupts got lost, and three stores",
      G_GUINT64_CONSTANT (12934960224729287541), 600,
      "stores=3 consumer=restarting source=burst active=50 display-fps=61 "
      "faults=irq-all corrupt=drop fsync=no-flush coherency=coherent "
      "park-latency=2 park-exit=zero cr-reset=0x10042 repeat-errors=0x80 "
      "dly-clk=1000000 mask-hides-errors=true status-swapped=true "
      "misuse=pass flip-mirrors-base=true dly-start=sof reset-time=3000000 "
      "vidprmtr-reads=false status-regs=true" },
  { "a pause of the source that only the stop sees",
      G_GUINT64_CONSTANT (17225985935545020403), 600,
      "direction=tie stores=3 source=burst display-fps=61 "
      "irq-phase=next-frame-start" },
  { "a long wait for the first burst", G_GUINT64_CONSTANT (7464689553826036487),
      1,
      "direction=tie stores=3 source=burst irq-phase=next-frame-start "
      "first-sof-counts=true reset-time=3000000" },
  { "an error behind two long frames", G_GUINT64_CONSTANT (3429988698129038830),
      600,
      "stores=3 source=jitter active=10 faults=short-line "
      "frmstore-phase=last-line" },
  { "an error cleared behind a frozen reading",
      G_GUINT64_CONSTANT (4266890510762045901), 600,
      "direction=tie stores=3 preemption=70 pool=tight display-fps=61 "
      "faults=short-line picture=64x3+0 flip=off frmstore=true takes=newest "
      "breaks=any" },
  { "a line that stays high until the reset ends",
      G_GUINT64_CONSTANT (9185652266119682761), 600,
      "stores=2 preemption=70 faults=reset-stuck flip=off" },
};

gboolean
stress_regressions_run (gboolean verbose, StressTally *sum, GError **error)
{
  gboolean ok = TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (regression_rows); i++) {
    const RegressionRow *row = &regression_rows[i];
    g_auto (GStrv) settings = g_strsplit (row->settings, " ", -1);
    g_autofree gchar *complaint = NULL;
    StressCell cell = { .seed = row->seed };
    StressTally tally;
    g_autoptr (StressMatrix) matrix = stress_matrix_new (0, settings, error);

    if (!matrix)
      return FALSE;
    stress_matrix_get_fixed (matrix, cell.level);
    stress_cell_run (&cell, row->n_frames, verbose, &tally, &complaint);
    stress_tally_add (sum, &tally);
    if (stress_tally_is_clean (&tally))
      continue;
    printf ("%s: %s\n", row->name, complaint ? complaint : "");
    ok = FALSE;
  }
  printf (
      "%u regressions looked for\n", (guint) G_N_ELEMENTS (regression_rows));
  return ok;
}
