#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints meson's results (testlog.json) as one closing line.

Names what failed and what was skipped first. Exits 1 when a test failed or
none was run.
"""
import collections
import json
import sys

PASSED = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP"}


def main():
    results = collections.defaultdict(list)
    with open(sys.argv[1], encoding="utf-8") as log:
        for line in log:
            test = json.loads(line)
            kind = ("passed" if test["result"] in PASSED
                    else "skipped" if test["result"] in SKIPPED else "failed")
            results[kind].append((test["name"], test["result"]))
    for kind in ("skipped", "failed"):
        for name, result in results[kind]:
            print(f"{kind}: {name} ({result})")
    closing = f"{len(results['passed'])} passed, {len(results['failed'])} failed"
    if results["skipped"]:
        closing += f", {len(results['skipped'])} skipped"
    print(closing)
    return 1 if results["failed"] or not results["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
