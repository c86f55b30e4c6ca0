#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes a folder that apt works in as if it were another machine.

Usage: apt-root.py FOLDER [--architecture ARCH] [--backports] [--release-only]

The sources are those of this machine: every Debian entry that apt reads here,
with its address, keys and options, for source packages too, and on request
for backports. Nothing of the machine itself is changed. Use it by
APT_CONFIG=FOLDER/apt.conf.
"""
import argparse
import os
import pathlib
import re
import shlex
import subprocess
import sys


def read_list(path):
    """Entries of the one-line style."""
    for line in path.read_text("utf-8").splitlines():
        match = re.match(r"deb\s+(?:\[(.*?)\]\s+)?(\S+)\s+(\S+)\s+(.*)", line.strip())
        if not match:
            continue
        options, uri, suite, components = match.groups()
        entry = {"uris": uri, "suites": suite,
                 "components": components.split("#")[0].strip()}
        for option in shlex.split(options or ""):
            name, _, value = option.partition("=")
            entry[{"arch": "architectures"}.get(name, name).lower()] = \
                value.replace(",", " ")
        yield entry


def read_deb822(path):
    """Entries of the style with one field a line."""
    for text in re.split(r"\n\s*\n", path.read_text("utf-8")):
        entry, name = {}, None
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace() and name:
                entry[name] += "\n" + line
                continue
            name, colon, value = line.partition(":")
            name = name.strip().lower()
            if colon:
                entry[name] = value.strip()
        enabled = entry.pop("enabled", "yes").lower() not in ("no", "false", "0")
        if enabled and "deb" in entry.pop("types", "").split():
            yield entry


def machine_entries(apt):
    parts = sorted((apt / "sources.list.d").glob("*")) \
        if (apt / "sources.list.d").is_dir() else []
    for path in [apt / "sources.list", *parts]:
        if path.suffix == ".list" and path.is_file():
            yield from read_list(path)
        elif path.suffix == ".sources" and path.is_file():
            yield from read_deb822(path)


def debian_entries(entries, codename, architecture, backports, release_only):
    """What of @entries is this Debian; one release of one architecture."""
    ours = {codename}
    if not release_only:
        ours |= {f"{codename}-updates", f"{codename}-security"}
    for entry in entries:
        suites = [suite for suite in entry["suites"].split() if suite in ours]
        if not suites or "main" not in entry.get("components", "").split():
            continue
        if backports and codename in suites:
            suites.append(f"{codename}-backports")
        entry |= {"types": "deb deb-src", "suites": " ".join(suites),
                  "components": "main", "architectures": architecture}
        yield entry


def apt_directory():
    text = subprocess.run(["apt-config", "shell", "DIR", "Dir::Etc/d"], text=True,
                          check=True, capture_output=True).stdout
    return pathlib.Path(text.split("=", 1)[1].strip().strip("'"))


CONFIGURATION = """\
Dir::State "{root}/state";
Dir::State::status "{root}/state/status";
Dir::Cache "{root}/cache";
Dir::Etc::sourcelist "{root}/no-such-file";
Dir::Etc::sourceparts "{root}/sources";
Dir::Etc::preferences "{root}/no-such-file";
Dir::Etc::preferencesparts "{root}/preferences";
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Sandbox::User "{user}";
Acquire::Languages "none";
Acquire::Retries "3";
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--architecture", default=subprocess.run(
        ["dpkg", "--print-architecture"], text=True, check=True,
        capture_output=True).stdout.strip())
    parser.add_argument("--backports", action="store_true")
    parser.add_argument("--release-only", action="store_true",
                        help="without updates")
    arguments = parser.parse_args()

    release = pathlib.Path("/etc/os-release").read_text("utf-8")
    codename = re.search(r"^VERSION_CODENAME=(\S+)", release, re.M).group(1)
    entries = list(debian_entries(machine_entries(apt_directory()), codename,
                                  arguments.architecture, arguments.backports,
                                  arguments.release_only))
    if not entries:
        sys.exit(f"apt-root.py: apt has no source of Debian {codename} here")

    root = arguments.folder.resolve()
    for folder in ("state/lists/partial", "cache/archives/partial", "sources",
                   "preferences"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "state/status").touch()
    (root / "sources/debian.sources").write_text("\n".join(
        "".join(f"{name}: {value}\n" for name, value in entry.items())
        for entry in entries), "utf-8")
    user = "root" if os.geteuid() == 0 else os.environ.get("USER", "root")
    (root / "apt.conf").write_text(CONFIGURATION.format(
        root=root, architecture=arguments.architecture, user=user), "utf-8")


if __name__ == "__main__":
    main()
