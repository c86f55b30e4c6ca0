#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Do the tests of the driver notice when one of its rules is broken?

Breaks the rules of the tables rules_*.py one at a time in a temporary copy of the
tree, builds it, and runs the stress matrix and unit tests. Prints a row of
tests/lib/driver-mutations.md for each; fails when a broken rule stays
unnoticed.

In MUTATIONS: what the broken driver does, the file, the text that says otherwise,
its replacement. In TESTS: a name, a program, its arguments; the first one that
fails is named.
"""
import argparse
import pathlib
import subprocess
import sys

import mutate
import rules_capture
import rules_display
import rules_tie

ENGINES = {
    "capture": rules_capture,
    "display": rules_display,
    "tie": rules_tie,
}
TIME_LIMIT = 60  # seconds for a test program; a hang counts as noticed


def failing_test(folder, tests):
    """Returns the name of the first test that fails, or None."""
    for name, program, arguments in tests:
        try:
            run = subprocess.run([folder / program, *arguments],
                                 capture_output=True, timeout=TIME_LIMIT,
                                 check=False)
        except subprocess.TimeoutExpired:
            return f"{name} (no end)"
        if run.returncode != 0:
            return name
    return None


def break_rules(tree, folder, rules, only):
    """Prints a row for each rule. Returns how many there were, and unnoticed."""
    programs = sorted({program for _, program, _ in rules.TESTS})
    result = mutate.build(folder, programs)
    failing = result.returncode == 0 and failing_test(folder, rules.TESTS)
    if result.returncode != 0 or failing:
        sys.exit(f"{failing or 'the build'} fails before anything is broken\n"
                 + result.stdout)
    wanted = [rule for rule in rules.MUTATIONS if only in rule[0]]
    unnoticed = 0
    for what, name, old, new in wanted:
        with mutate.broken(tree / "lib/vdma" / name, folder, programs,
                           old, new):
            test = failing_test(folder, rules.TESTS)
        unnoticed += not test
        print(f"| {what} | {name} | {test or 'NOTHING'} |", flush=True)
    return len(wanted), unnoticed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("--engine", choices=ENGINES, help="only this one")
    parser.add_argument("--only", default="", metavar="TEXT",
                        help="only the rules that have this in their name")
    arguments = parser.parse_args()
    engines = [arguments.engine] if arguments.engine else list(ENGINES)
    root = arguments.root
    for engine in engines:
        for what, name, old, _ in ENGINES[engine].MUTATIONS:
            mutate.check_once(root / "lib/vdma" / name, what, old)
    total = missed = 0
    with mutate.scratch_build(root) as (tree, folder):
        for engine in engines:
            n, unnoticed = break_rules(tree, folder, ENGINES[engine],
                                       arguments.only)
            total += n
            missed += unnoticed
    print(f"{total - missed} of {total} noticed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
