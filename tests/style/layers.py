#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Do the includes follow the arrows of docs/architecture.md?"""
import re
import sys

import tree

ANY = None
BASE = "lib/base"
USER = {"board.h", "board-discover.h", "xlnk.h", "vdma.h", "hw-desc.h"}

# folder: what of other rooms it may name, by header or a whole room (its own
# it always may)
ALLOWED = {
    "lib/base": set(),
    "lib/io": {BASE},
    "lib/hw": {BASE},
    "lib/xlnk": {BASE},
    "lib/vdma": {BASE, "io.h", "io-guard.h", "hw-desc.h"},
    "lib/sim": {BASE, "io.h", "hw-desc.h", "hw-choice.h", "xlnk.h",
                "xlnk-backend.h", "range-alloc.h", "vdma-regs.h"},
    "lib/board": ANY,
    "gst": {BASE} | USER,
    "examples": set(),
    "examples/doctor": {BASE, "lib/hw", "lib/io"},
    "tests": ANY,
}
# folders that may not know GStreamer
NO_GSTREAMER = ("lib/", "tests/lib/")
# folders that may name the simulated board by its symbols
SIM_FOLDERS = ("lib/sim", "lib/board", "tests")

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
SIM_SYMBOL = re.compile(r"\b(sim_[a-z]\w*|Sim[A-Z]\w*)")


def room_of(path):
    parts = path.parts
    inner = "/".join(parts[:2])
    return inner if inner in ALLOWED else parts[0]


def check_include(path, bracket, header, headers):
    room = room_of(path)
    if bracket == "<":
        if header.startswith("gst/") and str(path).startswith(NO_GSTREAMER):
            yield f"includes <{header}>: GStreamer starts in gst/"
        return
    allowed = ALLOWED.get(room, set())
    name = header.rsplit("/", 1)[-1]
    if name not in headers:
        yield f'includes "{header}", which is no header of this tree'
    elif (allowed is not ANY and headers[name] not in allowed | {room}
          and name not in allowed):
        yield f'includes "{header}" of {headers[name]}: no arrow from {room}'


def check(sources):
    """Includes follow the arrows; only board and tests name the simulator."""
    c_files = sources.match(".c", ".h")
    headers = {path.name: room_of(path) for path in c_files
               if path.suffix == ".h"}
    for path in c_files:
        for number, line in enumerate(sources.lines(path), 1):
            found = INCLUDE.match(line)
            if found:
                for text in check_include(path, *found.groups(), headers):
                    yield f"{path}:{number}: {text}"
            symbol = SIM_SYMBOL.search(line)
            if symbol and not str(path).startswith(SIM_FOLDERS):
                yield f"{path}:{number}: names {symbol.group(0)} of lib/sim"


if __name__ == "__main__":
    sys.exit(tree.run(check))
