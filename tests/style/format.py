#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Is every C file as clang-format 14 leaves it? Skips without that version:
others format differently."""
import re
import shutil
import subprocess
import sys

import tree

SKIP = 77
MAJOR = "14"


def find_tool():
    for name in (f"clang-format-{MAJOR}", "clang-format"):
        if not shutil.which(name):
            continue
        text = subprocess.run([name, "--version"], capture_output=True,
                              text=True, check=True).stdout
        if re.search(rf"version {MAJOR}\.", text):
            return name
        print(f"{name} is {text.strip()}")
    return None


def check(sources):
    """clang-format has nothing to change."""
    tool = find_tool()
    if not tool:
        print(f"skipped: there is no clang-format {MAJOR}")
        sys.exit(SKIP)
    for path in sources.match(".c", ".h"):
        result = subprocess.run(
            [tool, "--style=file", str(path)], cwd=sources.root,
            capture_output=True, check=True)
        if result.stdout != sources.read_bytes(path):
            yield f"{path}: run 'clang-format -i' on it"


if __name__ == "__main__":
    sys.exit(tree.run(check))
