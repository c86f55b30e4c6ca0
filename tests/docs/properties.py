#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Does docs/elements.md list every property of the elements, with the default
that the plugin itself has?

properties.py PAGE INSPECT PLUGIN: a property counts as listed when a table row
below a heading that speaks of properties, and of its element or of both, begins
with its name in backticks and holds its default in one of its other cells.
"""
import re
import subprocess
import sys

ROW = re.compile(r"^\|\s*`([a-z0-9-]+)`")
HEADING = re.compile(r"^#+\s")
ELEMENTS = ("vdmasrc", "vdmasink")


def elements_of(heading):
    if "propert" not in heading.lower():
        return ()
    return [name for name in ELEMENTS if name in heading] or ELEMENTS


def rows_of(page):
    """{(element, property): cells}; a common table counts for both elements."""
    rows, elements = {}, ()
    with open(page, encoding="utf-8") as lines:
        for line in lines:
            if HEADING.match(line):
                elements = elements_of(line)
            row = ROW.match(line)
            if row:
                cells = [cell.strip().strip("`\"")
                         for cell in line.strip().strip("|").split("|")]
                for element in elements:
                    rows[element, row.group(1)] = cells
    return rows


def main():
    page, inspect, plugin = sys.argv[1:]
    rows = rows_of(page)
    text = subprocess.run([inspect, "--print", plugin], text=True, check=True,
                          stdout=subprocess.PIPE).stdout
    complaints, known = [], set()
    for line in text.splitlines():
        element, name, default = line.split(" ", 2)
        known.add((element, name))
        cells = rows.get((element, name))
        if cells is None:
            complaints.append(f"{element}: '{name}' is not listed")
        elif default != "-" and default not in cells:
            complaints.append(f"{element}: the default of '{name}' is"
                              f" '{default}', the page has {cells[1:]}")
    complaints += [f"{element}: '{name}' is listed and does not exist"
                   for element, name in rows if (element, name) not in known]
    print(*complaints, sep="\n")
    return 1 if complaints or not known else 0


if __name__ == "__main__":
    sys.exit(main())
