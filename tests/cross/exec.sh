#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# exec.sh EMULATOR ROOT CPU PROGRAM ARGUMENTS...: a program of another processor.
# Tests start themselves again by the name they were called with: that is a
# script which comes back here, so the kernel need not know such programs.
set -eu

emulator=$1 root=$2 cpu=$3 program=$4
shift 4
again=$program.again
if [ ! -x "$again" ]; then
  cat >"$again.$$" <<END
#!/bin/sh
exec '$0' '$emulator' '$root' '$cpu' '$program' "\$@"
END
  chmod +x "$again.$$"
  mv "$again.$$" "$again"
fi
exec "$emulator" -L "$root" -cpu "$cpu" -0 "$again" "$program" "$@"
