#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Does the judge of coherency=strict notice when a sync call is missing?

Takes the flushes, the invalidates and the changes of owner away one at a time in
a temporary copy of the tree, builds it, and runs tests on strict boards. Prints a
row of tests/lib/coherency-mutations.md for each; fails when a removal makes no
test fail, or when the simulated board has nothing to say about it.
"""
import argparse
import collections
import os
import pathlib
import re
import subprocess
import sys

import mutate

# tests on boards with coherency=strict that provoke no report of their own
TESTS = ["lib/test-xlnk-sim", "lib/test-vdma-board", "lib/test-pynq",
         "lib/test-sim-coherency", "check/test-pool-board", "check/test-sink", "check/test-src",
         "check/test-loop", "check/test-lifetime"]
TIME_LIMIT = 30  # seconds for a test program; a hang counts as failure

# what the board says, in the words of its reports
VERDICTS = ["flush missing", "invalidate missing", "flush or invalidate missing",
            "in memory of the application", "in memory of the frame cache",
            "in memory that the device may only read", "in freed memory"]

# every report of the copy goes where it can be counted
REPORTS = ("lib/sim/sim-reports.c",
           'vdma_log_warning ("simulated board',
           'g_printerr ("JUDGE %s\\n", text);\n'
           '  vdma_log_warning ("simulated board')

# what is missing: file, the text that says otherwise, its replacement
MUTATIONS = [
    ("new blocks are neither flushed nor invalidated", "lib/xlnk/xlnk.c",
     "      && xlnk_memory_clean (memory, error))", "      )"),
    ("xlnk_block_map() invalidates nothing", "lib/xlnk/xlnk-memory.c",
     "|| !memory_refresh (self, range, error))", ")"),
    ("of several stale parts only the first is invalidated",
     "lib/xlnk/xlnk-memory.c",
     "    range.start = MIN (part.end, range.end);\n", "    break;\n"),
    ("xlnk_block_unmap() flushes nothing", "lib/xlnk/xlnk-memory.c",
     "if (!xlnk_memory_flush (self, range, &error))", "if (FALSE)"),
    ("xlnk_memory_flush() flushes nothing", "lib/xlnk/xlnk-memory.c",
     "if (fresh.start < fresh.end && !memory_flush_range (self, fresh, error))",
     "if (FALSE)"),
    ("a flush forgets the last byte", "lib/xlnk/xlnk-memory.c",
     "backend->impl->flush (backend, &self->extent, range.start, size, error)",
     "backend->impl->flush (backend, &self->extent, range.start, size - 1, "
     "error)"),
    ("a flush forgets the first byte", "lib/xlnk/xlnk-memory.c",
     "backend->impl->flush (backend, &self->extent, range.start, size, error)",
     "backend->impl->flush (backend, &self->extent, range.start + 1, size - 1, "
     "error)"),
    ("an invalidate forgets the last byte", "lib/xlnk/xlnk-memory.c",
     "backend->impl->invalidate (\n"
     "          backend, &self->extent, range.start, size, error)",
     "backend->impl->invalidate (backend, &self->extent, range.start, "
     "size - 1, error)"),
    ("an explicit flush does nothing", "lib/xlnk/xlnk-block.c",
     "return block_sync (self, xlnk_memory_flush, offset, size, error);",
     "return TRUE;"),
    ("an explicit invalidate does nothing", "lib/xlnk/xlnk-block.c",
     "return block_sync (self, xlnk_memory_invalidate, offset, size, error);",
     "return TRUE;"),
    ("what the device may write does not become stale",
     "lib/xlnk/xlnk-memory.c",
     "xlnk_stale_mark_all (&self->stale, self->size);", ";"),
    ("a frame is mapped for less than is asked for", "gst/gstvdmamemory.c",
     "access |= XLNK_ACCESS_WRITE;", "access |= XLNK_ACCESS_READ;"),
    ("frames are captured into memory of the cache", "gst/gstvdmacapture.c",
     "|| !xlnk_block_set_owner (gst_vdma_buffer_get_block (buffer),\n"
     "          XLNK_OWNER_DEVICE, TRUE, &error)) {", ") {"),
    ("frames are captured into memory to be read only",
     "gst/gstvdmacapture.c", "XLNK_OWNER_DEVICE, TRUE, &error)",
     "XLNK_OWNER_DEVICE, FALSE, &error)"),
    ("frames are displayed out of the application's memory",
     "gst/gstvdmadisplay.c",
     "if (!xlnk_block_set_owner (gst_vdma_buffer_get_block (shown->buffer),\n"
     "          XLNK_OWNER_DEVICE, FALSE, error))", "if (FALSE)"),
]


def run(program):
    """Returns: whether it passed, and the board's verdicts, counted."""
    arguments = ["-k"] if "/lib/" in str(program) else []
    environment = dict(os.environ, G_SLICE="always-malloc",
                       GST_REGISTRY=str(program.parent / "mutations.registry"))
    try:
        result = subprocess.run([program, *arguments], capture_output=True,
                                env=environment, timeout=TIME_LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return False, collections.Counter()
    text = (result.stdout + result.stderr).decode("utf-8", "replace")
    verdicts = collections.Counter(
        verdict for line in re.findall("JUDGE .*", text)
        for verdict in VERDICTS if f": {verdict}" in line
        or f" {verdict}: " in line)
    return result.returncode == 0, verdicts


def judge(folder):
    """Returns: failed tests, and all verdicts of all tests."""
    failed, verdicts = [], collections.Counter()
    for name in TESTS:
        passed, said = run(folder / "tests" / name)
        failed += [] if passed else [name.rsplit("/", 1)[-1]]
        verdicts += said
    return failed, verdicts


def tell_apart(tree):
    path, old, new = REPORTS
    file = tree / path
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=pathlib.Path)
    root = parser.parse_args().root
    programs = [f"tests/{name}" for name in TESTS]
    unnoticed = 0
    mutate.check_once(root / REPORTS[0], "reports", REPORTS[1])
    for what, name, old, _ in MUTATIONS:
        mutate.check_once(root / name, what, old)
    with mutate.scratch_build(root, tell_apart) as (tree, folder):
        result = mutate.build(folder, programs)
        failed, normal = judge(folder)
        if result.returncode != 0 or failed:
            sys.exit(f"the tests fail before anything is broken: {failed}\n"
                     + result.stdout)
        for what, name, old, new in MUTATIONS:
            with mutate.broken(tree / name, folder, programs, old, new):
                failed, verdicts = judge(folder)
            said = ", ".join(sorted(verdicts - normal))
            unnoticed += not failed or not said
            print(f"| {what} | {pathlib.Path(name).name} | {said or 'NOTHING'} |"
                  f" {', '.join(failed) or 'NONE'} |", flush=True)
    print(f"{len(MUTATIONS) - unnoticed} of {len(MUTATIONS)} noticed")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
