#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Can the style checks fail? Each gets a small tree with one sin in it, and
must name it; and a tree without, and must be silent. The check of accounts reads
a build, so it gets a small one."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

import accounts
import layers
import shell
import sizes
import strict
import text
import tree

C_TOP = "/* SPDX-License-Identifier: LGPL-2.1-or-later */\n"
SH_TOP = "#!/bin/sh\n# SPDX-License-Identifier: LGPL-2.1-or-later\n"


def function(length):
    body = "  g ();\n" * (length - 4)
    return f"{C_TOP}\nint\nf (void)\n{{\n{body}}}\n"


# check, file, its content, what the complaint must say
SINS = [
    (layers, "lib/vdma/a.c", C_TOP + '#include "xlnk.h"\n', "no arrow"),
    (layers, "lib/xlnk/a.c", C_TOP + "#include <gst/gst.h>\n", "GStreamer"),
    (layers, "gst/a.c", C_TOP + '#include "xlnk-backend.h"\n', "no arrow"),
    (layers, "gst/a.c", C_TOP + "int i = sim_board_x ();\n", "names sim_"),
    (layers, "lib/io/a.c", C_TOP + '#include "lost.h"\n', "no header of"),
    (sizes, "lib/io/a.c", function(101), "function of 101 lines"),
    (sizes, "lib/io/a.c", function(16), "median"),
    (sizes, "lib/io/a.c", function(56), "95 %"),
    (sizes, "lib/io/a.c", C_TOP + "\n" * 600, "601 lines"),
    (text, "lib/io/a.c", "int i;\n", "SPDX"),
    (text, "tests/guest/qemu-vdma.c", C_TOP, "GPL-2.0-or-later"),
    (text, "lib/io/a.c", C_TOP + "/* TO" "DO */\n", "unfinished"),
    (text, "lib/io/a.c", C_TOP + "/* see /wo" "rk/x */\n", "one machine"),
    (text, "lib/io/a.c", C_TOP + "int i; \n", "space at the end"),
    (text, "lib/io/a.c", C_TOP + "\tint i;\n", "a tab"),
    (text, "lib/io/a.h", C_TOP, "#pragma once"),
    (text, "lib/io/a.c", C_TOP + "int i;", "no line end"),
    (text, "tests/lib/a.c", C_TOP + "g_usle" "ep (5);\n", "sleeps"),
    (text, "tests/a.sh", SH_TOP + "sle" "ep 5\n", "sleeps"),
    (shell, "tests/a.sh", SH_TOP + "if true\n", "sh -n"),
    (strict, "tests/check/a.c", C_TOP + 'f ("x device=sim:a?fps=1 ! y");\n',
     "sim:a?fps=1"),
    (strict, "tests/lib/test-vdma-a.c", C_TOP + 'f ("pace=virtual" "&b=c");\n',
     "pace=virtual&b=c"),
]
VIRTUES = [
    (layers, "lib/vdma/a.c", C_TOP + '#include "io.h"\n'),
    (layers, "lib/board/a.c", C_TOP + "int i = sim_board_x ();\n"),
    (sizes, "lib/io/a.c", function(15)),
    (text, "lib/io/a.h", C_TOP + "#pragma once\n"),
    (text, "tests/lib/a.c", C_TOP + "int asleep;\n"),
    (shell, "tests/a.sh", SH_TOP + "true\n"),
    (strict, "tests/check/a.c",
     C_TOP + 'f ("sim:check", "sim:a?coherency=" X "strict");\n'),
]
HEADERS = ["lib/xlnk/xlnk.h", "lib/xlnk/xlnk-backend.h", "lib/io/io.h"]

# a driver, its callers, and a judge, by their names alone
BUILD = {
    "claim.c": "int vdma_device_claim (void) { return 0; }\n",
    "launch.c": "int guest_launch (void) { return 0; }\n",
    "use.c": "int vdma_device_claim (void);\n"
             "int use (void) { return vdma_device_claim (); }\n",
    "judge.c": "int __wrap_vdma_device_claim (void) { return 0; }\n",
    "main.c": "int main (void) { return 0; }\n",
    "meson.build": """
project('small', 'c')
claim = static_library('claim', 'claim.c')
use = files('use.c')
judge = files('judge.c')
subdir('gst')
subdir('judged')
subdir('tests')
""",
    "gst/meson.build": "plugin = shared_library('vdma', use, link_with: claim)\n",
    "judged/meson.build":
        "judged = shared_library('vdma', use, judge, link_with: claim)\n",
    "tests/meson.build": """
open = executable('open', '../main.c', use, link_with: claim)
executable('closed', '../main.c', use, judge, link_with: claim)
executable('guest', '../main.c', '../launch.c')
executable('idle', '../main.c', link_whole: claim)
test('loads', open, depends: plugin)
test('names', open, env: {'GST_PLUGIN_PATH': meson.project_build_root() / 'gst'})
test('judged', open, depends: judged)
""",
}
# tables of exceptions for it, and what the check must say then
ACCOUNTS = [
    ({}, {}, ["tests/guest: claims channels", "tests/open: claims channels",
              "loads: loads a plugin", "names: loads a plugin"]),
    ({"tests/guest": "", "tests/open": ""}, {"loads": "", "names": ""}, []),
    ({"tests/guest": "", "tests/open": "", "tests/closed": "", "tests/idle": ""},
     {"loads": "", "names": "", "judged": ""},
     ["tests/closed: the exception", "tests/idle: the exception",
      "judged: the exception"]),
]


def write(root, files):
    for path, body in files:
        file = pathlib.Path(root) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(body, encoding="utf-8")


def complaints(check, name, content):
    with tempfile.TemporaryDirectory() as root:
        write(root, [(h, "") for h in HEADERS] + [(name, content)])
        return [text for text in check.check(tree.Tree(root))
                if text.startswith((name, "product", "tests:"))]


class SelfTest(unittest.TestCase):
    def test_sins_are_named(self):
        for check, name, content, expected in SINS:
            with self.subTest(check=check.__name__, expected=expected):
                found = complaints(check, name, content)
                self.assertTrue(any(expected in line for line in found), found)

    def test_virtues_are_silent(self):
        for check, name, content in VIRTUES:
            with self.subTest(check=check.__name__, name=name):
                self.assertEqual(complaints(check, name, content), [])

    def test_open_accounts_are_named(self):
        with tempfile.TemporaryDirectory() as root:
            write(root, BUILD.items())
            build = pathlib.Path(root) / "build"
            subprocess.run(["meson", "setup", "-Dbuildtype=plain", build, root],
                           check=True, stdout=subprocess.DEVNULL)
            subprocess.run(["ninja", "-C", build], check=True,
                           stdout=subprocess.DEVNULL)
            for programs, tests, expected in ACCOUNTS:
                with self.subTest(programs=programs, tests=tests):
                    found = list(accounts.check(build, programs, tests))
                    self.assertEqual(len(found), len(expected), found)
                    for line, start in zip(found, expected):
                        self.assertTrue(line.startswith(start), found)


if __name__ == "__main__":
    sys.exit(unittest.main())
