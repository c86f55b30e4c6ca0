#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Do the shell scripts parse, and has shellcheck nothing to say?"""
import shutil
import subprocess
import sys

import tree


def complain(path, command, root):
    result = subprocess.run([*command, str(path)], cwd=root, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            check=False)
    if result.returncode:
        yield f"{path}: {' '.join(command)}:\n{result.stdout}"


def check(sources):
    """sh -n, and shellcheck where it is installed."""
    for path in sources.shell_scripts():
        yield from complain(path, ["sh", "-n"], sources.root)
        if shutil.which("shellcheck"):
            yield from complain(path, ["shellcheck", "-x", "-s", "sh"],
                                sources.root)


if __name__ == "__main__":
    sys.exit(tree.run(check))
