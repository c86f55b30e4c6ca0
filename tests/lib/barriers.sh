#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# barriers.sh CPU PROGRAM OBJDUMP...: has the write that hands memory over the
# barrier of this processor, and the plain write none? No test by behaviour can
# tell: an emulator, and mostly a processor too, does everything in order.
set -eu

cpu=$1 program=$2
shift 2
case $cpu in
  x86_64 | x86) hands=sfence reads=lfence ;;
  arm | aarch64) hands='dsb[[:space:]]*sy' reads='dsb' ;;
  *) echo "barriers of $cpu are not known here" && exit 77 ;;
esac

# has FUNCTION INSTRUCTION: counts
has ()
{
  "$@" --disassemble="$function" "$program" | grep -c "[[:space:]]$instruction" || :
}

check ()
{
  function=$1 instruction=$2 wanted=$3
  shift 3
  found=$(has "$@")
  [ "$found" = "$wanted" ] && return
  echo "$function has '$instruction' $found times, it should be $wanted"
  exit 1
}

check vdma_regs_hand_over "$hands" 1 "$@"
check vdma_regs_read "$reads" 1 "$@"
check vdma_regs_write "$hands" 0 "$@"
