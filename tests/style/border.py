#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Does the build itself keep the rooms apart?

Takes the flags with which each folder of lib/ is compiled and shows that a
header from the wrong side cannot be reached with them. Of each folder a header
that must be reachable is tried too, so that a broken compiler call cannot pass
for a closed border.
"""
import json
import pathlib
import shlex
import subprocess
import sys

# folder: (what its files may include, what must not be reachable from there)
BORDERS = {
    "base": ("vdma-error.h", ["xlnk.h", "io.h", "vdma.h", "sim.h", "board.h"]),
    "io": ("vdma-error.h", ["xlnk.h", "vdma.h", "sim.h", "board.h"]),
    "hw": ("vdma-error.h", ["xlnk.h", "io.h", "vdma.h", "sim.h", "board.h"]),
    "xlnk": ("vdma-error.h", ["io.h", "vdma.h", "sim.h", "board.h"]),
    "vdma": ("io.h", ["xlnk.h", "sim.h", "board.h"]),
    "sim": ("vdma-regs.h", ["board.h"]),
    "board": ("sim.h", ["gstvdmasrc.h"]),
}
GSTREAMER = ["gst/gst.h", "gst/video/video.h"]
DROPPED = {"-c", "-MD", "-MQ", "-MF", "-o"}


def folder_flags(commands, folder):
    """The compiler call of a file of lib/folder, without its input and output."""
    for entry in commands:
        source = pathlib.PurePath(entry["file"])
        if source.parts[-3:-1] == ("lib", folder):
            words = shlex.split(entry["command"])
            flags = []
            for before, word in zip([""] + words, words):
                if word in DROPPED or before in DROPPED - {"-c", "-MD"}:
                    continue
                if word != entry["file"]:
                    flags.append(word)
            return entry["directory"], flags
    return None, None


def compiles(directory, flags, header):
    text = f'#include <glib.h>\n#include "{header}"\n'
    return subprocess.run(
        [*flags, "-fsyntax-only", "-x", "c", "-"], input=text, text=True,
        cwd=directory, capture_output=True, check=False).returncode == 0


def main():
    build = pathlib.Path(sys.argv[1])
    commands = json.loads((build / "compile_commands.json").read_text("utf-8"))
    failed = False
    for folder, (open_header, closed_headers) in BORDERS.items():
        directory, flags = folder_flags(commands, folder)
        if not flags or not compiles(directory, flags, open_header):
            print(f"lib/{folder}: '{open_header}' does not compile there")
            failed = True
            continue
        for header in closed_headers + GSTREAMER:
            if compiles(directory, flags, header):
                print(f"lib/{folder}: '{header}' can be reached from there")
                failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
