#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# exec.sh [--script FILE] EMULATOR ROOT CPU PROGRAM ARGUMENTS...: a program of
# another processor. Tests start themselves again by the name they were called
# with, and a program that they start is started by its path: both are scripts
# which come back here, so the kernel need not know such programs.
# With --script only that script is made, for PROGRAM.
set -eu

script=
if [ "$1" = --script ]; then
  script=$2
  shift 2
fi
emulator=$1 root=$2 cpu=$3 program=$4
shift 4
again=${script:-$program.again}
if [ -n "$script" ] || [ ! -x "$again" ]; then
  cat >"$again.$$" <<END
#!/bin/sh
exec '$(realpath "$0")' '$emulator' '$root' '$cpu' '$(realpath "$program")' "\$@"
END
  chmod +x "$again.$$"
  mv "$again.$$" "$again"
fi
[ -z "$script" ] || exit 0
# what the kernel says of this process is said of the emulator
GST_VDMA_EMULATED=1
export GST_VDMA_EMULATED
set -- "$emulator" -L "$root" -cpu "$cpu" -0 "$again" "$program" "$@"
# QEMU does not pass on a program's wish to get orphans (PR_SET_CHILD_SUBREAPER),
# but the kernel keeps the wish of who starts QEMU
if [ "${GST_VDMA_EMULATED_REAPER:-}" = yes ]; then
  unset GST_VDMA_EMULATED_REAPER
  set -- python3 -c 'import ctypes, os, sys
ctypes.CDLL (None).prctl (36, 1, 0, 0, 0)
os.execvp (sys.argv[1], sys.argv[1:])' "$@"
fi
exec "$@"
