#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What no source may hold, and what each must."""
import re
import sys

import tree

SPDX = "SPDX-License-Identifier: LGPL-2.1-or-later"
# what is made of another project's headers is under its licence, and test-only
SPDX_OTHERS = {
    "tests/guest/qemu-vdma.c": "SPDX-License-Identifier: GPL-2.0-or-later",
}
# split, so that this file does not complain of itself
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" "DO", "FIX" "ME", "XX" "X",
                                           "HA" "CK"]) + r")\b")
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:home|work|root|tmp|Users)/\w")
SLEEP = re.compile(r"\b(?:g_usleep|usleep|nanosleep|sleep)\s*\("
                   r"|\btime\.sleep\b|^\s*sleep\s+[0-9]")
PRAGMA = "#pragma once"


def check_lines(path, lines):
    in_tests = path.parts[0] == "tests"
    for number, line in enumerate(lines, 1):
        where = f"{path}:{number}"
        if UNFINISHED.search(line):
            yield f"{where}: a mark of unfinished work"
        if MACHINE_PATH.search(line):
            yield f"{where}: a path of one machine"
        if in_tests and SLEEP.search(line):
            yield f"{where}: a test that sleeps; wait for what it needs"
        if line != line.rstrip() and path.suffix != ".md":
            yield f"{where}: space at the end of the line"
        if "\t" in line and path.suffix in (".c", ".h", ".sh", ".py"):
            yield f"{where}: a tab"


def check(sources):
    """SPDX lines, unfinished work, machine paths, sleeps, white space."""
    for path in sources.files:
        lines = sources.lines(path)
        code = path.suffix in (".c", ".h", ".py", ".sh") or not path.suffix
        spdx = SPDX_OTHERS.get(str(path), SPDX)
        if code and not any(spdx in line for line in lines[:3]):
            yield f"{path}: no line '{spdx}' at the top"
        if path.suffix == ".h" and PRAGMA not in lines:
            yield f"{path}: no '{PRAGMA}'"
        if lines[-1] != "":
            yield f"{path}: no line end at the end"
        yield from check_lines(path, lines)


if __name__ == "__main__":
    sys.exit(tree.run(check))
