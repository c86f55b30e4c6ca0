#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Do the tests of the driver notice when one of its rules is broken?

Breaks the rules of the table below one at a time in a temporary copy of the
tree, builds it, and runs the stress matrix and unit tests. Prints a row of
tests/lib/driver-mutations.md for each; fails when a broken rule stays
unnoticed.
"""
import argparse
import pathlib
import subprocess
import sys

import mutate

STRESS = "tests/stress/stress"
CAPTURE = "tests/lib/test-vdma-capture"
PROMPT = ["--set", "direction=capture", "--set", "lateness=0",
          "--set", "preemption=0", "--set", "wait=interrupt",
          "--set", "consumer=fast"]
# a name, a program, its arguments; the first one that fails is named
TESTS = [
    ("stress regressions", STRESS, ["--regressions"]),
    ("stress capture", STRESS, ["--set", "direction=capture"]),
    ("stress prompt", STRESS, PROMPT),
    ("stress soft errors", STRESS,
     ["--set", "direction=capture", "--set", "faults=short-line",
      "--set", "source=regular", "--set", "period=told"]),
    ("stress err-irq", STRESS,
     ["--set", "direction=capture", "--set", "faults=soft-bits",
      "--set", "err-irq-freezes=true"]),
    ("stress both", STRESS, ["--set", "direction=both"]),
    ("stress delays", STRESS,
     ["--set", "direction=capture", "--set", "faults=irq-delay",
      "--set", "stores=4", "--set", "preemption=4"]),
    ("capture/matrix/default", CAPTURE, ["-p", "/capture/matrix/default"]),
    ("capture/budget", CAPTURE, ["-p", "/capture/budget"]),
    ("capture/slack", CAPTURE, ["-p", "/capture/slack"]),
    ("capture/one-commit", CAPTURE, ["-p", "/capture/one-commit"]),
    ("capture/stalls", CAPTURE, ["-p", "/capture/stalls"]),
    ("cost/late", "tests/lib/test-vdma-cost", ["-p", "/cost/late"]),
    ("board/budget", "tests/lib/test-vdma-board", []),
    ("errors", "tests/lib/test-vdma-errors", []),
    ("life", "tests/lib/test-vdma-life", []),
]
PROGRAMS = sorted({program for _, program, _ in TESTS})
TIME_LIMIT = 60  # seconds for a test program; a hang counts as noticed

# what the broken driver does: file, the text that says otherwise, its replacement
MUTATIONS = [
    ("a commit is believed to act at the next boundary", "vdma-capture.c",
     "guint64 slack = ch->list.n - 2;", "guint64 slack = ch->list.n - 1;"),
    ("a commit is not proven", "vdma-capture.c",
     "if (self->replaced + slack >= bound)", "if (TRUE)"),
    ("frames overrun are replaced all the same", "vdma-capture.c",
     "return frame + ch->list.n < ch->capture->pointer.frame + 2;",
     "return FALSE;"),
    ("a frame in doubt is released at once", "vdma-capture.c",
     "if (pointer->frame < store->settled)", "if (FALSE)"),
    ("a doubtful store is trusted again at once", "vdma-capture.c",
     "store->tainted = G_MAXUINT64;", ""),
    ("an error marks one frame only", "vdma-capture.c",
     "if (self->pointer.blind || !vdma_pointer_is_in_time (ch, before)) {",
     "last = first; if (FALSE) {"),
    ("marked frames are not marked", "vdma-capture.c",
     "gboolean corrupt = store->spoiled;",
     "gboolean corrupt = FALSE;"),
    ("an error in a frame that has left its store marks none",
     "vdma-capture.c", "if (frame < self->replaced) store->spoiled = TRUE;",
     "if (FALSE) ;"),
    ("salvage believes every error to halt at once", "vdma-capture.c",
     "return failed >= 0 && !(ch->retry.status & ch->port->errors & ~halting);",
     "(void) halting; return TRUE;"),
    ("salvage takes the store of the halting error", "vdma-capture.c",
     "capture_store (ch, first)->tainted = first + 1;", ";"),
    ("an error between two frames is one in a frame", "vdma-capture.c",
     "if (halted && !between)", "if (halted || between)"),
    ("what a stop finds complete is not counted", "vdma-capture.c",
     "if (self->live && !ch->was_reset)", "if (FALSE)"),
    ("rounds of the ring are counted too early", "vdma-capture.c",
     "if (pointer->lapped == 0 || ch->capture->next < pointer->lapped_at)",
     "if (pointer->lapped == 0)"),
    ("rounds of the ring are not counted", "vdma-pointer.c",
     "if (period > 0 && 2 * excess > round) {", "if (FALSE) {"),
    ("a pause counts as rounds of the ring", "vdma-pointer.c",
     "self->paused += pace->quiet - cleared;", ""),
    ("what a clear took along counts as a pause", "vdma-pointer.c",
     "MAX (MAX (since, pace->last_cleared), self->paused_until);",
     "MAX (since, self->paused_until);"),
    ("rounds of the ring are counted from a frozen pointer", "vdma-pointer.c",
     "self->new_frame = self->frame; self->new_time = self->time;",
     "self->new_frame = self->lap_frame = self->frame; "
     "self->new_time = self->lap_time = self->time;"),
    ("one store back is read as N - 1 ahead", "vdma-pointer.c",
     "return pointer_distance (ch, store) == ch->list.n - 1;",
     "return FALSE;"),
    ("Err_Irq is not thought to freeze the pointer", "vdma-pointer.c",
     "(ch->port->errors | VDMA_SR_ERR_IRQ));", "ch->port->errors);"),
    ("interrupts count in late services too", "vdma-pointer.c",
     "return pace->blocked && 16 * (now - pace->event) < pace->interval "
     "&& 2 * (now - reading) < 3 * pace->interval;",
     "return pace->interval > 0 && now >= reading;"),
    ("pointer 0 is believed before the first SOF", "vdma-pointer.c",
     "if (self->blind || self->frame == 0 || in_step)",
     "if (self->blind || in_step)"),
    ("an end by interrupt outlives a late service", "vdma-pointer.c",
     "self->ended = self->frame; self->synced = FALSE;",
     "self->synced = FALSE;"),
    ("interrupts prove nothing", "vdma-pointer.c",
     "self->base++;", "self->synced = FALSE;"),
    ("every interrupt is the end of its frame", "vdma-pointer.c",
     "if (ch->learned->pointer == VDMA_POINTER_AT_SOF) "
     "self->ended = MAX (self->ended, self->base);",
     "self->ended = MAX (self->ended, self->base);"),
    ("a commit is proven without a look at the status", "vdma-pointer.c",
     "elapsed < shortest ? self->frame + 1 : G_MAXUINT64;",
     "self->frame + 1;"),
    ("a pointer read before the commit proves it at once", "vdma-pointer.c",
     "if (vdma_pointer_is_free (ch, status) && "
     "!(status & VDMA_SR_FRMCNT_IRQ)) return bound;",
     "(void) status; return bound;"),
    ("a frame is replaced ahead wherever the pointer moves",
     "vdma-pointer.c",
     "return at_sof && self->fresh && self->frame > 0 ? self->frame + 1 : 0;",
     "(void) at_sof; return self->fresh ? self->frame + 1 : 0;"),
    ("a timer's wake-up counts with three stores", "vdma-pointer.c",
     "(!ch->irq->impl->guesses && 4 * since < 5 * ch->pace.interval);",
     "4 * since < 5 * ch->pace.interval;"),
    ("what a late thread measures is the distance of frames",
     "vdma-pace.c",
     "return before > gap ? MIN ((before + gap) / 2, 2 * gap) : gap;",
     "return gap;"),
    ("a single shot that fails to start counts as done", "vdma-shot.c",
     "return vdma_channel_again (ch, error);", "return TRUE;"),
    ("a single shot is handed out before it halted", "vdma-shot.c",
     "if (!(status & VDMA_SR_HALTED)) {", "if (FALSE) {"),
    ("what is sent to a halted core is not counted", "vdma-waiting.c",
     "CLAMP (passed - counted, 0, (gint64) pace->missable)",
     "CLAMP (passed - counted, 0, 0)"),
    ("a lost interrupt is waited for", "vdma-wait.c",
     "return (status & (wanted | self->port->errors)) != 0;",
     "(void) wanted; return FALSE;"),
]


def failing_test(folder):
    """Returns the name of the first test that fails, or None."""
    for name, program, arguments in TESTS:
        try:
            run = subprocess.run([folder / program, *arguments],
                                 capture_output=True, timeout=TIME_LIMIT,
                                 check=False)
        except subprocess.TimeoutExpired:
            return f"{name} (no end)"
        if run.returncode != 0:
            return name
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=pathlib.Path)
    root = parser.parse_args().root
    unnoticed = 0
    for what, name, old, _ in MUTATIONS:
        mutate.check_once(root / "lib/vdma" / name, what, old)
    with mutate.scratch_build(root) as (tree, folder):
        result = mutate.build(folder, PROGRAMS)
        if result.returncode != 0 or failing_test(folder):
            sys.exit("the tests fail before anything is broken\n"
                     + result.stdout)
        for what, name, old, new in MUTATIONS:
            with mutate.broken(tree / "lib/vdma" / name, folder, PROGRAMS,
                               old, new):
                test = failing_test(folder)
            unnoticed += not test
            print(f"| {what} | {name} | {test or 'NOTHING'} |", flush=True)
    print(f"{len(MUTATIONS) - unnoticed} of {len(MUTATIONS)} noticed")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
