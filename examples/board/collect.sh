#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copies the files that vdma-doctor reads into a folder, so that somebody else
# can look at this machine: vdma-doctor --root DIR. Reads no register.
set -u

if [ $# -ne 1 ] || [ "$1" = --help ]; then
  echo "Usage: collect.sh DIR" >&2
  exit 2
fi
mkdir -p "$1" || exit
out=$(cd "$1" && pwd) || exit

# copy PATH: a file or folder and, of a link, also what it leads to. Links
# inside the folder stay links.
copy ()
{
  [ -e "$1" ] || return 0
  mkdir -p "$out$(dirname "$1")"
  cp -dR --parents "$1" "$out" 2>/dev/null
  real=$(readlink -f "$1")
  [ "$real" = "$1" ] || [ -e "$out$real" ] || copy "$real"
}

# stand_in DEVICE: an empty file with the same permissions
stand_in ()
{
  [ -e "$1" ] || return 0
  mkdir -p "$out$(dirname "$1")"
  : >"$out$1" && chmod "$(stat -c %a "$1")" "$out$1"
}

for path in /proc/meminfo /proc/cmdline /sys/firmware/devicetree/base \
  /sys/class/uio /sys/class/u-dma-buf/* /sys/class/udmabuf/* \
  /sys/kernel/debug/clk/fclk*/clk_enable_count \
  /sys/kernel/debug/clk/pl*_ref/clk_enable_count \
  /sys/kernel/irq/*/chip_name /sys/module/zocl/version; do
  copy "$path"
done
for path in /sys/class/fpga_manager/*; do
  [ -e "$path/state" ] || continue
  mkdir -p "$out$path" && cat "$path/state" >"$out$path/state"
done
for path in /sys/class/uio/*; do
  [ -e "$path" ] || continue
  real=$(readlink -f "$path")
  for file in name version maps device; do
    copy "$real/$file"
  done
  stand_in "/dev/$(basename "$path")"
done
for path in /sys/bus/platform/devices/*; do
  [ -L "$path/driver" ] || continue
  case $(basename "$(readlink "$path/driver")") in
    uio_pdrv_genirq | xilinx-vdma) copy "$path" ;;
  esac
done
for path in /dev/udmabuf* /dev/dma_heap/* /dev/xlnk; do
  stand_in "$path"
done
echo "Now: tar czf machine.tar.gz -C $out ."
