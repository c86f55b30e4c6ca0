#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the commands of README.md and of the pages in docs/.

A fenced block marked "sh" is a script: it runs with 'sh -e' in a scratch folder
in which the source tree and the build folder (as build/) are found under their
usual names; $GST_VDMA_JUDGE sees to it that the accounts of each pipeline with
vdmasrc or vdmasink were judged. A block marked "console" is not run; the line above
it says why:

    <!-- not run: REASON -->

Commands in blocks of any other kind are refused, so that none escapes.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^```(\w*)\s*$")
NOT_RUN = re.compile(r"^<!-- not run: \S.*-->$")
COMMAND = re.compile(r"^\s*\$?\s*(gst-launch-1\.0|gst-inspect-1\.0|meson|ninja|"
                     r"apt-get|sudo|tests/|examples/|build/)")
PIPELINE = re.compile(r"gst-launch-1\.0.*\bvdma(?:src|sink)\b|^examples/quickstart")
TIMEOUT = 240


def blocks(lines):
    """Yields (line number, language, reason line, body) of every fenced block."""
    start = language = None
    for number, line in enumerate(lines, 1):
        fence = FENCE.match(line)
        if not fence:
            continue
        if start is None:
            start, language = number, fence.group(1)
            continue
        above = [text for text in lines[:start - 1] if text.strip()]
        yield start, language, above[-1] if above else "", lines[start:number - 1]
        start = None


def scratch(source, build, folder):
    for entry in pathlib.Path(source).iterdir():
        if not entry.name.startswith((".", "build")):
            os.symlink(entry, pathlib.Path(folder) / entry.name)
    os.symlink(build, pathlib.Path(folder) / "build")


def run(body, source, build):
    with tempfile.TemporaryDirectory() as folder:
        scratch(source, build, folder)
        pipelines = sum(bool(PIPELINE.search(line)) for line in body)
        try:
            result = subprocess.run(
                [os.environ["GST_VDMA_JUDGE"], str(pipelines),
                 "sh", "-e", "-c", "\n".join(body)], cwd=folder, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=TIMEOUT, check=False)
        except subprocess.TimeoutExpired:
            return f"did not end within {TIMEOUT} s"
    if result.returncode:
        return f"ended with {result.returncode}:\n{result.stdout}"
    return None


def check(page, source, build):
    """Yields a complaint for every block that is wrong or fails."""
    lines = page.read_text("utf-8").split("\n")
    name = page.relative_to(source)
    for number, language, above, body in blocks(lines):
        where = f"{name}:{number}"
        if language == "sh":
            print(f"{where}: runs", *body, sep="\n  ", flush=True)
            trouble = run(body, source, build)
            if trouble:
                yield f"{where}: {trouble}"
        elif language == "console":
            if not NOT_RUN.match(above):
                yield f"{where}: 'console' without '<!-- not run: REASON -->'"
        elif any(COMMAND.match(line) for line in body):
            yield f"{where}: a command in a block that is neither sh nor console"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("build", type=pathlib.Path)
    args = parser.parse_args()
    pages = [args.source / "README.md", *sorted(args.source.glob("docs/**/*.md"))]
    complaints = [complaint for page in pages
                  for complaint in check(page, args.source, args.build)]
    print(*complaints, sep="\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
