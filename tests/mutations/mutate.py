# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the scripts share that break the code on purpose: a copy of the tree, and
texts that are there exactly once."""
import contextlib
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile


def copy_tree(root, target):
    hidden = shutil.ignore_patterns(".git", "build*", "__pycache__")
    shutil.copytree(root, target, ignore=hidden)


def pattern(old):
    """@old with any line breaks, so that reformatting moves nothing out of reach."""
    return re.compile(r"\s+".join(re.escape(word) for word in old.split()))


def check_once(file, what, old):
    """A text that is not there exactly once breaks nothing, or too much."""
    count = len(pattern(old).findall(file.read_text("utf-8")))
    if count != 1:
        sys.exit(f"{what}: {file.name} has this {count} times:\n{old}")


@contextlib.contextmanager
def scratch_build(root, prepare=None):
    """Yields the copied tree and its build folder, made ready by @prepare."""
    with tempfile.TemporaryDirectory() as scratch:
        tree = pathlib.Path(scratch, "tree")
        folder = pathlib.Path(scratch, "out")
        copy_tree(root, tree)
        if prepare:
            prepare(tree)
        # a broken rule may leave a variable unused
        subprocess.run(["meson", "setup", "-Dwerror=false", folder, tree],
                       stdout=subprocess.DEVNULL, check=True)
        yield tree, folder


def build(folder, programs):
    return subprocess.run(["ninja", "-C", folder, *programs],
                          capture_output=True, text=True, check=False)


@contextlib.contextmanager
def broken(source, folder, programs, old, new):
    """Inside, @source has @new for @old, and @programs are built like that."""
    text = source.read_text("utf-8")
    source.write_text(pattern(old).sub(lambda _: new, text), "utf-8")
    result = build(folder, programs)
    source.write_text(text, "utf-8")
    if result.returncode != 0:
        sys.exit(f"does not compile:\n{old}\n{result.stdout}")
    yield
