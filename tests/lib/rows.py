#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Has every row of hardware.md section 6 a test, with its confidence beside it,
and every open question of section 7 a row in its other position?

Asks the programs given for the names of their tests, prints the table that
tests/lib/sim-rows.md holds, and fails when a row is missing, is surer than
hardware.md is, or the table is another one."""
import argparse
import pathlib
import subprocess
import sys

# Confidences that hardware.md prints: C certain, L likely, U a choice
CONFIDENCE = {
    "T01": "CU", "T02": "C", "T03": "C", "T04": "C", "T05": "CL", "T06": "C",
    "T07": "C", "T08": "C", "T09": "C", "T10": "C", "T11": "CU", "T12": "CL",
    "T13": "C", "T14": "U", "T15": "CL", "T20": "C", "T21": "L", "T22": "C",
    "T23": "CL", "T24": "C", "T25": "C", "T26": "C", "T27": "CL", "T28": "CL",
    "T29": "U", "T30": "CL", "T31": "L", "T32": "L", "T33": "C", "T40": "C",
    "T41": "L", "T42": "U", "T43": "C", "T44": "C", "T45": "C", "T46": "C",
    "T47": "C", "T48": "C", "T49": "L", "T50": "L", "T51": "L", "T52": "L",
    "T53": "C", "T60": "C", "T61": "L", "T62": "CL", "T63": "C", "T64": "C",
    "T65": "C", "T66": "C", "T67": "CLU", "T68": "C", "T69": "CL", "T70": "CL",
    "T71": "C", "T72": "C", "T80": "CL", "T81": "C", "T82": "CL", "T83": "C",
    "T84": "C", "T85": "C", "T86": "C", "T87": "C", "T88": "C", "T89": "C",
    "T90": "C", "T91": "C", "T92": "C", "T93": "C", "T94": "C", "T95": "CU",
    "T96": "C", "T100": "C", "T101": "C", "T102": "C", "T103": "C",
    "T104": "L", "T105": "L", "T106": "C",
}
# Rows about the whole driver have no confidence, but a row in every position
OF_DRIVER = ("T107", "T108")

# Open questions and the members of SimKnobs that answer them
KNOBS = {
    "U1": ["irq_phase"], "U2": ["frmstore_phase"], "U3": ["park_latency"],
    "U4": ["park_exit_restarts"], "U5": ["cr_reset"],
    "U6": ["pre_start_ready"], "U7": ["resync"], "U8": ["repeat_errors"],
    "U9": ["err_irq_freezes"], "U10": ["frame_count_keeps", "first_sof_counts"],
    "U11": ["dly_clk_hz"], "U12": ["reset_keeps_park", "reset_keeps_flip"],
    "U13": ["absent_reads"], "U14": ["commit_latency"],
    "U15": ["restart_continues"], "U16": ["mask_hides_errors"],
    "U17": ["status_swapped"], "U18": ["stall_on_misuse"],
    "U19": ["flip_mirrors_base"], "U20": ["genlock_waits"],
    "U21": ["dly_start"],
}

TOP = """# Rows of hardware.md section 6, and the tests that they are

Printed by `tests/lib/rows.py`; the test `rows` compares. A path is
/sim/ROW/PROFILE/CONFIDENCE, with a knob behind it where the row runs in its
other position: C is certain, L likely, U the simulator's choice. Rows with a
word behind their number look closer at the same matter.
"""


def tests_of(program, by):
    listed = subprocess.run([*by, program, "-l"], capture_output=True,
                            text=True, check=True)
    return [line for line in listed.stdout.splitlines()
            if line.startswith(("/sim/T", "/vdma/T"))]


def number_of(path):
    return path.split("/")[2].split("-")[0]


def complaints(rows):
    for number, confidence in CONFIDENCE.items():
        exact = [path.split("/") for path in rows.get(number, [])
                 if path.split("/")[2] == number]
        if not exact:
            yield f"{number} has no row"
        for parts in exact:
            if parts[4] not in confidence + "U":
                yield f"{'/'.join(parts)}: hardware.md says {confidence}"
        if not any(parts[4] in confidence for parts in exact):
            yield f"{number} has no row with confidence {confidence}"
    for number in OF_DRIVER:
        if number not in rows:
            yield f"{number} has no row"
    paths = [path for tests in rows.values() for path in tests]
    for question, members in KNOBS.items():
        for member in members:
            if not any(f"{member}=" in path for path in paths):
                yield f"{question}: no row with another {member}"


def table(rows):
    yield TOP
    yield "| row | confidence | tests |"
    yield "|---|---|---|"
    for number in [*CONFIDENCE, *OF_DRIVER]:
        tests = rows.get(number, [])
        if number in OF_DRIVER:
            tests = [tests[0].rsplit("/", 1)[0] + f"/* ({len(tests)} knobs)"]
        yield (f"| {number} | {', '.join(CONFIDENCE.get(number, '-'))} |"
               f" {' '.join(f'`{path}`' for path in tests)} |")
    yield "\n| question | knob | rows in its other position |"
    yield "|---|---|---|"
    for question, members in KNOBS.items():
        for member in members:
            named = [path for tests in rows.values() for path in tests
                     if f"{member}=" in path]
            yield (f"| {question} | `{member}` |"
                   f" {' '.join(f'`{path}`' for path in named)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=pathlib.Path)
    parser.add_argument("programs", nargs="+")
    parser.add_argument("--by", nargs="*", default=[],
                        help="command that runs programs, the last option")
    arguments = parser.parse_args()
    rows = {}
    for program in arguments.programs:
        for path in tests_of(program, arguments.by):
            rows.setdefault(number_of(path), []).append(path)
    wrong = list(complaints(rows))
    text = "\n".join(table(rows)) + "\n"
    if arguments.table is None:
        print(text, end="")
    elif arguments.table.read_text("utf-8") != text:
        wrong.append(f"{arguments.table} is not the table of these programs; "
                     "print it with rows.py PROGRAMS")
    for complaint in wrong:
        print(complaint, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
