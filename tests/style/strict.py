#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Do the tests of elements and driver run on boards that judge coherency?

Those of tests/stress have it as a factor. A device string that opens a board by itself says coherency=strict (or, where a
test wants both, coherency=coherent by name). "sim:check" is the board that
check_board_open() has opened."""
import re
import sys

import tree

FOLDERS = ("tests/check/", "tests/lib/test-vdma",
           "tests/lib/test-pynq")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# literals that stand behind one another are one text
LITERALS = re.compile(r'"(?:[^"\\\n]|\\.)*"(?:\s+(?:[A-Z_]+\s+)?"(?:[^"\\\n]|\\.)*")*')
DEVICE = re.compile(r"\bsim:(?!check\b)[a-z]\w*\b(?!/)(\?[^ \"]*)?")
OPTIONS = re.compile(r"\bpace=virtual[^ \"]*")


def complaints(text):
    for literals in LITERALS.finditer(COMMENT.sub(" ", text)):
        whole = re.sub(r'(?<!\\)"\s*(?:[A-Z_]+\s*)?"', "", literals.group())
        for pattern in DEVICE, OPTIONS:
            for match in pattern.finditer(whole):
                if "coherency=" not in match.group():
                    yield match.group()


def check(sources):
    """Boards of these tests say coherency=strict."""
    for path in sources.match(".c", ".h", under=FOLDERS):
        for device in complaints("\n".join(sources.lines(path))):
            yield f"{path}: '{device}' does not say coherency=strict"


if __name__ == "__main__":
    sys.exit(tree.run(check))
