#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The first thing to run, on a fresh Debian 12: installs what is missing, builds
# the plugin, and sends real video through both channels of a simulated board.
set -u

setup_source=$(cd "$(dirname "$0")/.." && pwd) || exit
# shellcheck source=examples/setup.sh
. "$setup_source/examples/setup.sh"

usage ()
{
  cat <<END
Usage: examples/quickstart.sh [OPTIONS] [VIDEO-FILE]

Decodes a video (one is made when none is given), shows it with vdmasink on a
simulated AXI VDMA, captures it there with vdmasrc, and compares every frame.

  --output DIR     where pictures and films go (default: build/quickstart)
  --device DEVICE  device of both elements (default: sim:loop)
  --show           shows what comes out in a window, too
  --help           this text
END
}

build=${GST_VDMA_BUILD:-$setup_source/build}
output=$build/quickstart
device=sim:loop
show=
while [ $# -gt 0 ]; do
  case $1 in
    --output) output=${2:?--output needs a folder} && shift 2 ;;
    --device) device=${2:?--device needs a device} && shift 2 ;;
    --show) show=--show && shift ;;
    --help) usage && exit ;;
    -*) setup_say "quickstart.sh: '$1' is no option" && usage >&2 && exit 2 ;;
    *) break ;;
  esac
done
[ $# -le 1 ] || setup_die "one video file at most"

setup_packages build video
setup_build "$build" || setup_die "the build failed"
setup_environment "$build" || exit
mkdir -p "$output" || exit
exec "$build/examples/quickstart" --output "$output" --device "$device" \
  ${show:+"$show"} "$@"
