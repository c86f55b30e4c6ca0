#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs one libFuzzer program: its corpus, then new inputs for as many seconds as
# GST_VDMA_FUZZ_SECONDS says (none without it). A failing input is kept beside
# the program, and its path is printed.
#
# fuzz.sh PROGRAM CORPUS [LIBFUZZER-OPTION...]
set -eu

program=$1
corpus=$2
shift 2
seconds=${GST_VDMA_FUZZ_SECONDS:-0}
options="-timeout=20 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1"
options="$options -artifact_prefix=$program-failed-"
# libFuzzer's own exit codes mean other things to a test runner: 77 is a skip
options="$options -error_exitcode=1 -timeout_exitcode=1"

# the corpus first, input by input: that is the same everywhere and each time
# shellcheck disable=SC2086 # one word per option
"$program" $options -runs=0 "$corpus"
[ "$seconds" -gt 0 ] || exit 0

# libFuzzer writes what it finds into the first folder: not the source's
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
# shellcheck disable=SC2086
"$program" $options -max_total_time="$seconds" "$@" "$found" "$corpus"
