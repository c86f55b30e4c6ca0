#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds gst-vdma and runs its tests, from a fresh Debian 12 on.
set -u

setup_source=$(cd "$(dirname "$0")/.." && pwd) || exit
# shellcheck source=examples/setup.sh
. "$setup_source/examples/setup.sh"

usage ()
{
  cat <<END
Usage: tests/run.sh [OPTIONS] [MESON-TEST-ARGUMENTS]

Installs what is missing (Debian, apt-get), builds, runs the tests, and closes
with one line: N passed, N failed[, N skipped]. Fails when a test fails.

  --build DIR   build folder (default: build, or build-CC-asan as asked)
  --cc CC       compiler: gcc or clang (default: \$CC, or the system's)
  --sanitize    with AddressSanitizer and UndefinedBehaviorSanitizer, leaks count
  --suite NAME  only this suite: unit check plugin examples docs style fuzz
                guest ...
  --help        this text

GST_VDMA_FUZZ_SECONDS=N makes each target of the suite fuzz look for new inputs
for N seconds; it needs --cc clang --sanitize.

Everything else goes to 'meson test', e.g. a test's name or --verbose.
END
}

build=
sanitize=
while [ $# -gt 0 ]; do
  case $1 in
    --build) build=${2:?--build needs a folder} && shift 2 ;;
    --cc) CC=${2:?--cc needs a compiler} && export CC && shift 2 ;;
    --sanitize) sanitize=yes && shift ;;
    --help) usage && exit ;;
    *) break ;;
  esac
done

if [ -z "$build" ]; then
  build=$setup_source/build
  [ "${CC:-gcc}" = gcc ] || build=$build-$(basename "$CC")
  [ -z "$sanitize" ] || build=$build-asan
fi

purposes="build video test"
case ${CC:-gcc} in
  *clang*) purposes="$purposes clang" ;;
esac
# QEMU is much to install for a run that does not use it.
case "$sanitize $* " in
  yes*) ;;
  *"--suite guest "* | *"--suite=guest "*) purposes="$purposes guest" ;;
  *--suite*) ;;
  *) purposes="$purposes guest" ;;
esac
# shellcheck disable=SC2086 # one word per purpose
setup_packages $purposes

# A build that fails is a failed test: the closing line must not look green.
options=
[ -z "$sanitize" ] || options="-Db_sanitize=address,undefined -Db_lundef=false"
# shellcheck disable=SC2086 # one word per option
if ! setup_build "$build" $options; then
  setup_say "The build in $build failed, so no test was run."
  echo "0 passed, 1 failed"
  exit 1
fi

if [ -n "$sanitize" ]; then
  export ASAN_OPTIONS="detect_leaks=1:${ASAN_OPTIONS:-}"
  export UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1:${UBSAN_OPTIONS:-}"
  export LSAN_OPTIONS="suppressions=$setup_source/tests/support/lsan.supp:print_suppressions=0:${LSAN_OPTIONS:-}"
  export G_SLICE=always-malloc
fi

log=$build/meson-logs/testlog.json
rm -f "$log"
meson test -C "$build" --print-errorlogs "$@" </dev/null
status=$?
if [ ! -s "$log" ]; then
  setup_say "No test was run: meson found none that fits '$*'."
  echo "0 passed, 1 failed"
  exit 1
fi
python3 "$setup_source/tests/support/count-results.py" "$log" || status=1
exit "$status"
