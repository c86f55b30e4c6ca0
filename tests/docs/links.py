#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Do the links between the pages lead somewhere, and is every page of docs/
linked from docs/README.md?"""
import pathlib
import re
import sys

LINK = re.compile(r"\[[^\]]*\]\(([^)#]+)(?:#[^)]*)?\)")


def links(page):
    return [link for link in LINK.findall(page.read_text("utf-8"))
            if "://" not in link]


def main():
    source = pathlib.Path(sys.argv[1])
    docs = source / "docs"
    complaints = []
    for page in [source / "README.md", *docs.glob("**/*.md")]:
        complaints += [f"{page.relative_to(source)}: {link} is not there"
                       for link in links(page)
                       if not (page.parent / link).exists()]
    listed = {(docs / link).resolve() for link in links(docs / "README.md")}
    complaints += [f"docs/README.md does not link {page.relative_to(docs)}"
                   for page in sorted(docs.glob("**/*.md"))
                   if page.name != "README.md" and page.resolve() not in listed]
    print(*complaints, sep="\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
