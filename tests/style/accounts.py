#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Are the accounts of every program that claims channels judged?

accounts.py BUILD: a program of the tests claims when it holds the driver's
vdma_device_claim() together with code that calls it: an object of its own, or the
elements. So does one that launches pipelines in a guest, where the plugin is loaded.
Then it must hold one of the judges as well. So must the plugin that a test loads. What
needs none is in a table, with the reason; a row that is not needed fails.
"""
import json
import pathlib
import re
import subprocess
import sys

CLAIM = "vdma_device_claim"
# calls from libraries come with these
CALLERS = {"gst_vdma_handle_open"}
LAUNCH = "guest_launch"
# what is linked into a judged program: what to add to its dependencies for that
JUDGES = {
    "__wrap_vdma_device_claim": "board_accounts_dep",
    "driver_rig_release": "driver_rig_dep",
    "stress_accounts_judge_run": "stress-accounts.c",
    "guest_accounts_judge_capture": "guest-accounts.c",
}
NO_CORE = "its core is a file of registers, which never begins a frame"
PROGRAMS = {
    "tests/lib/test-vdma-guard": "its core is an array of registers",
    "tests/lib/test-board-hardware": NO_CORE,
    "tests/lib/test-board-intc": NO_CORE,
    "tests/lib/test-guardian": NO_CORE,
    "tests/fuzz/fuzz-driver": "its core is hostile, and has no truth",
    "tests/fuzz/fuzz-device-strings": "no channel that it claims is started",
    "tests/bench/bench": "measures; the same pipelines are judged in tests/check",
    "tests/guest/test-crash": "its applications are killed, and their accounts with"
                              " them",
}
INSPECTS = "looks at the plugin, and opens no device"
PRODUCT = ("the file that is installed, which exports no core to ask: judged-NAME runs"
           " the same line with the same libraries")
TESTS = {
    "inspect": INSPECTS,
    "inspect-plugin": INSPECTS,
    "inspect-vdmasrc": INSPECTS,
    "inspect-vdmasink": INSPECTS,
    "properties": INSPECTS,
    "symbols": INSPECTS,
    "launch-vdmasrc": PRODUCT,
    "launch-vdmasink": PRODUCT,
    "x86": "the cores are the emulator's: the programs of the guest are judged, each"
           " by guest-accounts.c",
}


def introspect(build, what):
    return json.loads(subprocess.run(
        ["meson", "introspect", "--" + what, build], check=True, text=True,
        stdout=subprocess.PIPE).stdout)


def symbols(path):
    """(defined, undefined) names of an object or a program."""
    text = subprocess.run(["nm", path], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    defined, undefined = set(), set()
    for kind, name in re.findall(r" ([A-Za-z]) (\S+)$", text, re.MULTILINE):
        (undefined if kind == "U" else defined).add(name)
    return defined, undefined


def claims(program, defined):
    objects = pathlib.Path(f"{program}.p").glob("*.o")
    return LAUNCH in defined or CLAIM in defined and (
        bool(CALLERS & defined)
        or any(CLAIM in symbols(path)[1] for path in objects))


def unjudged(build, targets):
    """{path below the build folder: target's id} of what claims, and is not judged."""
    found = {}
    for target in targets:
        path = pathlib.Path(target["filename"][0])
        if target["type"] in ("executable", "shared library") and path.exists():
            defined = symbols(path)[0]
            if claims(path, defined) and not JUDGES.keys() & defined:
                found[str(path.relative_to(build))] = target["id"]
    return found


def against(table, found, where, advice):
    """Complaints of what is found and has no row, and of rows without a find."""
    for name in sorted(found - table.keys()):
        yield f"{name}: {advice}"
    for name in sorted(where & table.keys() - found):
        yield f"{name}: the exception in accounts.py is not needed"


def loads(test, plugins):
    """Whether a test depends on one of these (path: id), or names its folder."""
    path = test["env"].get("GST_PLUGIN_PATH", "").split(":")
    return (not set(plugins.values()).isdisjoint(test["depends"])
            or any(str(plugin.parent) in path for plugin in plugins))


def check(build, programs=None, tests=None):
    """Complaints of a build; of others than ours with the tables for it."""
    programs = PROGRAMS if programs is None else programs
    tests = TESTS if tests is None else tests
    targets = introspect(build, "targets")
    open_ones = unjudged(build, targets)
    built = {str(pathlib.Path(target["filename"][0]).relative_to(build))
             for target in targets if pathlib.Path(target["filename"][0]).exists()}
    yield from against(
        programs, {name for name in open_ones if name.startswith("tests/")}, built,
        "claims channels, and nobody judges their accounts;"
        f" add {' or '.join(JUDGES.values())} to it in its meson.build")
    plugins = {build / name: target for name, target in open_ones.items()
               if name.endswith(".so")}
    known = introspect(build, "tests")
    yield from against(
        tests, {test["name"] for test in known if loads(test, plugins)},
        {test["name"] for test in known}, "loads a plugin whose accounts nobody judges;"
        " give it judged_program_env or judged_tools_env, and judged_deps")


def main():
    complaints = list(check(pathlib.Path(sys.argv[1])))
    print(*complaints, sep="\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
