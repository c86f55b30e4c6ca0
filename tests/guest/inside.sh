#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What runs in the x86 guest, on the build machine's root: sets the machine up
# and runs one program after the other. Their TAP goes to the console, where
# x86.sh adds it up. Set before: GUEST_SOURCE (tests/guest), GUEST_BUILD (the
# build folder), GUEST_ONLY (names of what to run, a pattern), GUEST_KILLS.
set -u

# run NAME COMMAND...: a program whose TAP counts; one that fails without
# having said so counts as well
run ()
{
  name=$1
  shift
  # shellcheck disable=SC2254 # it is a pattern
  case $name in $GUEST_ONLY) ;; *) return ;; esac
  echo "# $name: begins at $(cut -d' ' -f1 /proc/uptime) s"
  "$@" 2>&1
  echo "# $name: ended with $?"
}

huge=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
echo 48 >"$huge"
[ -e /dev/udmabuf ] && dmabufs=yes || dmabufs=no
echo "# $(uname -r), huge pages: $(cat "$huge"), dma-bufs of them: $dmabufs"

new_id=/sys/bus/pci/drivers/uio_pci_generic/new_id
echo "10ee 9034" >"$new_id"
uio=
for device in /sys/class/uio/uio*; do
  [ "$(cat "$device/device/device")" = 0x9034 ] && uio=$device
done
echo "# emulated board at $uio"
export GUEST_UIO="$uio"

GUEST_DEVICE="uio:$(basename "$(readlink -f "$uio/device")")?stores=4&dre=true"
export GUEST_DEVICE
export GST_PLUGIN_PATH="$GUEST_BUILD/gst"
export GST_VDMA_GUARDIAN="$GUEST_BUILD/lib/io/vdma-guardian"

tests=$GUEST_BUILD/tests/guest
run raw "$tests/test-raw" "$uio"
run memory "$tests/test-memory" "$uio" hugetlb carveout=0x30000000+64M

for memory in hugetlb carveout:0x30000000+64M; do
  GUEST_MEMORY=$memory
  export GUEST_MEMORY
  run "library-${memory%%:*}" "$tests/test-library" "$uio" "$GUEST_DEVICE" "$memory"
  run "elements-${memory%%:*}" "$tests/test-elements"
  run "neighbours-${memory%%:*}" "$tests/test-neighbours"
done

GUEST_MEMORY=hugetlb
run cost "$tests/test-cost"
run crash "$tests/test-crash" "$GUEST_KILLS"
plain=$GUEST_DEVICE
GUEST_DEVICE="$plain&irq=timer"
run elements-timer "$tests/test-elements" -p /elements/capture \
  -p /elements/display -p /elements/pass-through -p /elements/renegotiate

# Both channels by an interrupt controller, which no driver of the kernel has: one
# input takes a level, the other an edge.
intc=$(awk 'NR == 3 { print $1 }' "$uio/device/resource")
GUEST_DEVICE="$plain&irq-mm2s=uio_pci_generic:2&irq-s2mm=uio_pci_generic:5"
GUEST_DEVICE="$GUEST_DEVICE&irq-controller=$intc"
GUEST_INTC=0x20
export GUEST_INTC
run elements-intc "$tests/test-elements"
