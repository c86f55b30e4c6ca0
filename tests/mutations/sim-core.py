#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Do the tests of the simulated core notice when one of its rules is broken?

Breaks the rules of the table below one at a time in a temporary copy of the
tree, builds it, and runs the core's tests. Prints a row of
tests/lib/sim-mutations.md for each; fails when a broken rule stays unnoticed.
"""
import argparse
import pathlib
import subprocess
import sys

import mutate

TESTS = ["regs", "reset", "run", "store", "genlock", "irq", "sync", "error",
         "replay", "random"]
SHOWN = 3  # tests named for a rule
TIME_LIMIT = 20  # seconds for a test program; a hang counts as noticed

# what the broken core does: file, the text that says otherwise, its replacement
MUTATIONS = [
    ("IRQFrameCount 0 is stored as 0", "sim-regs.c",
     "VDMA_FIELD_PREP (VDMA_CR_IRQ_FRAME_COUNT, 1);", "0;"),
    ("a plain master has GenlockEn", "sim-regs.c",
     "{ VDMA_CR, NEEDS_FOLLOWER, VDMA_CR_GENLOCK_EN },", ""),
    ("SOF bits are W1C without flush-on-fsync", "sim-regs.c",
     "{ VDMA_SR, NEEDS_FLUSH, VDMA_SR_SOF_EARLY | VDMA_SR_SOF_LATE },", ""),
    ("SlvErr and DecErr are W1C", "sim-regs.c",
     "(VDMA_SR_IRQS | VDMA_SR_SOF_EARLY | VDMA_SR_INT_ERR)",
     "(VDMA_SR_IRQS | VDMA_SR_SOF_EARLY | VDMA_SR_INT_ERR | 0x60)"),
    ("the flip register resets to 0", "sim-regs.c",
     ".reset = VDMA_VERT_FLIP_EN,", ".reset = 0,"),
    ("REG_INDEX selects no bank", "sim-regs.c",
     "slot->channel->reg_index * VDMA_START_WORDS + slot->index;",
     "slot->index;"),
    ("the address halves are swapped", "sim-regs.c",
     "ch->start[2 * i] | (guint64) ch->start[2 * i + 1] << 32",
     "ch->start[2 * i + 1] | (guint64) ch->start[2 * i] << 32"),
    ("reserved addresses are stored", "sim-regs.c",
     "return *word < desc->n_stores * (wide ? 2 : 1);",
     "return *word < 32;"),
    ("FRMSTORE is ignored", "sim-regs.c",
     "return ch->build->frmstore_reg ? CLAMP (ch->frmstore, 1, n) : n;",
     "return n;"),
    ("writes reach a channel in reset", "sim-regs.c",
     "if (slot->reg->place != AT_CORE && slot->channel->resetting)",
     "if (FALSE)"),
    ("RS can be set after a halting error", "sim-regs.c",
     "  if (ch->dead)\n    value &= ~VDMA_CR_RS;\n", ""),
    ("the frame counter is not reloaded by a new value", "sim-regs.c",
     "if (changed & VDMA_CR_IRQ_FRAME_COUNT)", "if (FALSE)"),
    ("the frame counter is reloaded by the same value", "sim-regs.c",
     "if (changed & VDMA_CR_IRQ_FRAME_COUNT)", "if (TRUE)"),
    ("VSIZE commits with RS = 0", "sim-channel.c",
     "if (!(ch->cr & VDMA_CR_RS) || ch->resetting)", "if (ch->resetting)"),
    ("a commit acts at once", "sim-channel.c",
     "  ch->started = TRUE;\n}", "  ch->started = TRUE;\n"
     "  ch->active = ch->pending;\n}"),
    ("a start needs no new commit", "sim-channel.c",
     "  ch->sr |= VDMA_SR_HALTED;\n  ch->started = FALSE;\n",
     "  ch->sr |= VDMA_SR_HALTED;\n"),
    ("a stop does not wait for the frame's end", "sim-channel.c",
     "&& ch->phase != SIM_PHASE_FRAME && !ch->clock_stopped)",
     "&& !ch->clock_stopped)"),
    ("a stop does not wait for the clock", "sim-channel.c",
     "&& ch->phase != SIM_PHASE_FRAME && !ch->clock_stopped)",
     "&& ch->phase != SIM_PHASE_FRAME)"),
    ("a reset finishes without the clock", "sim-regs.c",
     "if (core->knobs.reset_ns == 0 && !ch->clock_stopped)",
     "if (core->knobs.reset_ns == 0)"),
    ("a reset leaves the park reference", "sim-channel.c",
     "if (!core->knobs.reset_keeps_park)", "if (FALSE)"),
    ("a reset clears the other half of PARK_PTR", "sim-channel.c",
     "~(ch->dir == VDMA_MM2S ? VDMA_PARK_RD_REF : VDMA_PARK_WR_REF)", "0"),
    ("sizes of zero are taken", "sim-channel.c",
     "if (ch->active.vsize == 0 || ch->active.hsize == 0) {",
     "if (ch->active.vsize == 0) {"),
    ("a frame cut short counts for FrmCnt_Irq", "sim-channel.c",
     "  channel_abandon_frame (ch);\n  sim_genlock_ended (ch);",
     "  channel_abandon_frame (ch);\n  sim_irq_count_frame (ch);\n"
     "  sim_genlock_ended (ch);"),
    ("FrameCntEn clears no RS", "sim-channel.c",
     "  if (was_last)\n    ch->cr &= ~VDMA_CR_RS;\n", ""),
    ("a flipped picture is not flipped", "sim-channel.c",
     "  ch->step = -ch->step;\n", "  return;\n"),
    ("a restart goes on where it stopped", "sim-genlock.c",
     "if (!ch->begun || (ch->first && !knobs->restart_continues))",
     "if (!ch->begun)"),
    ("genlock wins over park", "sim-genlock.c",
     "if (!park->circular) /*", "if (!park->circular && !active) /*"),
    ("the dynamic master skips nothing", "sim-genlock.c",
     "if (active && genlock_is_in_use (ch->partner, next))", "if (FALSE)"),
    ("genlock works without GenlockEn", "sim-genlock.c",
     "&& (ch->cr & both) == both;",
     "&& (ch->cr & VDMA_CR_GENLOCK_SRC);"),
    ("the frame delay is ignored", "sim-genlock.c",
     "n - ch->active.frame_delay % n", "n - 1"),
    ("Repeat_En does nothing", "sim-genlock.c",
     "    return ch->store % n;\n", "    return (ch->store + 1) % n;\n"),
    ("a bad frame is published before it is repeated", "sim-genlock.c",
     "if (genlock_may_repeat (ch))\n    ch->unsettled = TRUE;\n  else\n    ",
     ""),
    ("the pin ignores the enables", "sim-irq.c",
     "(ch->sr & ch->cr & VDMA_SR_IRQS) != 0", "(ch->sr & VDMA_SR_IRQS) != 0"),
    ("errors freeze no pointer", "sim-irq.c",
     "return (ch->sr & irq_freezing_bits (ch)) ? ch->frozen : ch->shown;",
     "return ch->shown;"),
    ("the freeze forgets the first failing store", "sim-irq.c",
     "if (!was_frozen && (ch->sr & freezing))", "if (ch->sr & freezing)"),
    ("Err_Irq follows the level of the error bits", "sim-irq.c",
     "if (bits & ~ch->sr & ~masked)", "if (bits & ~masked)"),
    ("IRQ_MASK lets IntErr of a SOF error through", "sim-irq.c",
     "    masked |= bits & VDMA_SR_INT_ERR;\n", "    masked |= 0;\n"),
    ("the frame counter stops at zero", "sim-irq.c",
     "  ch->irq_count = irq_threshold (ch);\n  sim_irq_raise",
     "  ch->irq_count = 1;\n  sim_irq_raise"),
    ("the delay timer fires again and again", "sim-irq.c",
     "  ch->delay_fired = TRUE;\n", ""),
    ("the next SOF does not stop the delay timer", "sim-irq.c",
     "[DELAY_TUSER_END] = { [SIM_DELAY_SYNC] = DELAY_STOP,",
     "[DELAY_TUSER_END] = {"),
    ("the status registers keep the last error, not the first", "sim-s2mm.c",
     "if (is_new && (ch->sr & VDMA_SR_EOL_EARLY))",
     "if (ch->sr & VDMA_SR_EOL_EARLY)"),
    ("the frame after SOFEarly is captured", "sim-s2mm.c",
     "if (ch->core->knobs.resync == SIM_RESYNC_LOST)", "if (FALSE)"),
    ("surplus lines are no error", "sim-s2mm.c",
     "sim_irq_error (ch, VDMA_SR_SOF_LATE | VDMA_SR_INT_ERR);", ""),
    ("surplus bytes are stored", "sim-s2mm.c",
     "gsize size = MIN (line->size, hsize - ch->fill);",
     "gsize size = line->size;"),
    ("a short line is no error", "sim-s2mm.c",
     "  if (ch->fill < hsize)\n    s2mm_line_early (ch);\n", ""),
    ("free run listens to SOF", "sim-s2mm.c",
     "line->sof && ch->build->fsync == VDMA_FSYNC_TUSER",
     "line->sof"),
    ("SLVERR and DECERR are confused", "sim-s2mm.c",
     "response == SIM_SLVERR ? VDMA_SR_SLV_ERR : VDMA_SR_DEC_ERR",
     "response == SIM_SLVERR ? VDMA_SR_DEC_ERR : VDMA_SR_SLV_ERR"),
    ("MM2S begins frames without its fsync pin", "sim-mm2s.c",
     "if (ch->build->fsync == VDMA_FSYNC_PIN || sim_genlock_is_waiting (ch))",
     "if (sim_genlock_is_waiting (ch))"),
    ("every line of MM2S has SOF", "sim-mm2s.c",
     "line->sof = ch->line == 0;", "line->sof = TRUE;"),
    ("a misaligned address does not stall", "sim-channel.c",
     "&& ch->core->knobs.stall_on_misuse;", "&& FALSE;"),
]


def failing_tests_of(program):
    try:
        run = subprocess.run([program, "-k"], capture_output=True, text=True,
                             timeout=TIME_LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return [f"{program.name} (no end)"]
    failed = [line.split()[-1].removeprefix("/sim/")
              for line in run.stdout.splitlines() if line.startswith("not ok")]
    if not failed and run.returncode != 0:
        failed = [f"{program.name} (invariant)"]
    return failed


def failing_tests(folder):
    return [test for name in TESTS
            for test in failing_tests_of(folder / f"tests/lib/test-sim-{name}")]


def summary(tests):
    more = f" and {len(tests) - SHOWN} more" if len(tests) > SHOWN else ""
    return (", ".join(tests[:SHOWN]) or "NOTHING") + more


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=pathlib.Path)
    root = parser.parse_args().root
    programs = [f"tests/lib/test-sim-{name}" for name in TESTS]
    unnoticed = 0
    for what, name, old, _ in MUTATIONS:
        mutate.check_once(root / "lib/sim" / name, what, old)
    with mutate.scratch_build(root) as (tree, folder):
        result = mutate.build(folder, programs)
        if result.returncode != 0 or failing_tests(folder):
            sys.exit("the tests fail before anything is broken\n"
                     + result.stdout)
        for what, name, old, new in MUTATIONS:
            with mutate.broken(tree / "lib/sim" / name, folder, programs,
                               old, new):
                tests = failing_tests(folder)
            unnoticed += not tests
            print(f"| {what} | {name} | {summary(tests)} |",
                  flush=True)
    print(f"{len(MUTATIONS) - unnoticed} of {len(MUTATIONS)} noticed")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
