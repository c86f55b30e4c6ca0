# SPDX-License-Identifier: LGPL-2.1-or-later
"""The files that the style checks look at, and how a check reports."""
import argparse
import pathlib
import sys

SUFFIXES = {".c", ".h", ".sh", ".py", ".md", ".build", ".txt", ".supp"}


def is_ours(path):
    """Build folders and everything hidden but .ci belong to no check."""
    first = path.parts[0]
    return first == ".ci" or not (first.startswith(".")
                                  or first.startswith("build"))


def is_script(path):
    with open(path, "rb") as file:
        return file.read(2) == b"#!"


class Tree:
    """A source tree; paths are relative to its root and sorted."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.files = sorted(
            path.relative_to(self.root) for path in self.root.rglob("*")
            if path.is_file() and is_ours(path.relative_to(self.root))
            and (path.suffix in SUFFIXES or is_script(path)))

    def match(self, *suffixes, under=("",)):
        return [path for path in self.files if path.suffix in suffixes
                and str(path).startswith(tuple(under))]

    def shell_scripts(self):
        return [path for path in self.files if path.suffix == ".sh"
                or (not path.suffix and is_script(self.root / path)
                    and b"sh" in self.read_bytes(path).split(b"\n")[0])]

    def read_bytes(self, path):
        return (self.root / path).read_bytes()

    def lines(self, path):
        return self.read_bytes(path).decode("utf-8").split("\n")


def run(check):
    """Runs check(tree), which yields complaints; exits 1 when there are any."""
    parser = argparse.ArgumentParser(description=check.__doc__)
    parser.add_argument("root", help="top folder of the source")
    complaints = list(check(Tree(parser.parse_args().root)))
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints else 0)
