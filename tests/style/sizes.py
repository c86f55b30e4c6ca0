#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Are functions and files small?

A function counts from the first line of its signature to its closing brace.
"""
import statistics
import sys

import tree

FILE_LIMIT = 600
MEDIAN_LIMIT = 15
P95_LIMIT = 55
LONGEST_LIMIT = 100
# measured apart, so that one does not hide the other
GROUPS = {"product": ("lib/", "gst/", "examples/"), "tests": ("tests/",)}


def starts_signature(line):
    """Whether the signature cannot reach up beyond this line."""
    return not line.strip() or line[0] in "#}/ *" or line.rstrip()[-1] in ";{"


def functions(lines):
    """Yields (first line, length) of every function, counting from 1."""
    for number, line in enumerate(lines):
        if line != "{":
            continue
        first = number - 1
        # a long parameter list is indented: step over it to the name
        while first > 0 and lines[first].startswith(" "):
            first -= 1
        while first > 0 and not starts_signature(lines[first - 1]):
            first -= 1
        last = lines.index("}", number)
        yield first + 1, last - first + 1


def check_group(name, sources, folders):
    lengths = []
    for path in sources.match(".c", under=folders):
        lines = sources.lines(path)
        if len(lines) - 1 >= FILE_LIMIT:
            yield f"{path}: {len(lines) - 1} lines; less than {FILE_LIMIT}"
        for first, length in functions(lines):
            lengths.append(length)
            if length > LONGEST_LIMIT:
                yield (f"{path}:{first}: function of {length} lines;"
                       f" {LONGEST_LIMIT} at most")
    if not lengths:
        return
    median = statistics.median(lengths)
    p95 = sorted(lengths)[int(len(lengths) * 0.95)]
    print(f"{name}: {len(lengths)} functions, median {median:g} lines,"
          f" 95 % below {p95 + 1}, longest {max(lengths)}")
    if median > MEDIAN_LIMIT:
        yield f"{name}: the median function has {median:g} lines; {MEDIAN_LIMIT} at most"
    if p95 >= P95_LIMIT:
        yield f"{name}: 95 % of the functions are not below {P95_LIMIT} lines, but {p95}"


def check(sources):
    """Functions: median, 95 %, longest; files: longest."""
    for name, folders in GROUPS.items():
        yield from check_group(name, sources, folders)


if __name__ == "__main__":
    sys.exit(tree.run(check))
