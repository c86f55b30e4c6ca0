#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The Zynq-7000 guest: a small kernel from Debian's kernel source, the core at
# its place in the device tree, 32-bit Arm, static programs.
set -eu

usage ()
{
  cat <<END
Usage: tests/guest/zynq.sh [BUILD-FOLDER]

Makes a kernel for Zynq-7000 (three minutes the first time), cross builds the
library, boots the board 'xilinx-zynq-a9' with an AXI VDMA, and adds up: the
last line is N passed, N failed[, N skipped]. Default build folder: build-armhf.
END
}

[ $# -le 1 ] || { usage >&2; exit 2; }
guest_source=$(cd "$(dirname "$0")" && pwd)
setup_source=$(cd "$guest_source/../.." && pwd)
# shellcheck source=examples/setup.sh
. "$setup_source/examples/setup.sh"
# shellcheck source=tests/guest/prepare.sh
. "$guest_source/prepare.sh"

guest_build=${1:-$setup_source/build-armhf}
guest_work=$guest_build/guest
triplet=arm-linux-gnueabihf
limit=180

zynq_kernel ()
{
  zynq_version=$(guest_apt apt apt-cache policy linux-source-6.1 \
    | sed -n 's/ *Candidate: //p')
  zynq_wish="$zynq_version $(cat "$guest_source/zynq.config" \
    "$guest_source/zynq-vdma.dts" | sha256sum)"
  guest_have "$guest_work/zynq.txt" "$zynq_wish" && return
  guest_say "kernel for Zynq-7000 from linux-source-6.1 $zynq_version"
  rm -rf "$guest_work/linux-source-6.1" "$guest_work/zynq" "$guest_work/source"
  mkdir -p "$guest_work/source"
  (cd "$guest_work/source" && guest_apt apt apt-get -qq download linux-source-6.1)
  dpkg-deb --fsys-tarfile "$guest_work"/source/*.deb \
    | tar -xO ./usr/src/linux-source-6.1.tar.xz | tar -xJ -C "$guest_work"
  rm -rf "$guest_work/source"
  cp "$guest_source/zynq-vdma.dts" \
    "$guest_work/linux-source-6.1/arch/arm/boot/dts/"
  zynq_make KCONFIG_ALLCONFIG="$guest_source/zynq.config" allnoconfig
  zynq_make -j"$(nproc)" zImage zynq-vdma.dtb
  rm -rf "$guest_work/linux-source-6.1"
  printf '%s\n' "$zynq_wish" >"$guest_work/zynq.txt"
}

zynq_make ()
{
  make -C "$guest_work/linux-source-6.1" O="$guest_work/zynq" ARCH=arm \
    CROSS_COMPILE=$triplet- "$@" >"$guest_work/zynq.log" 2>&1 \
    || guest_fail_log "$guest_work/zynq.log"
}

setup_packages build guest cross zynq
mkdir -p "$guest_work"
"$setup_source/tests/cross/run.sh" armhf "$guest_build" --build \
  tests/guest/test-memory-static tests/guest/test-library-static
guest_apt_update apt
guest_qemu_headers qemu-system-arm
zynq_kernel
# the model runs in QEMU, so it is this machine's code
[ -f "$guest_work/native/build.ninja" ] \
  || meson setup "$guest_work/native" "$setup_source" >/dev/null
ninja -C "$guest_work/native" --quiet tests/guest/test-model >&2
guest_model "$guest_work/native"
[ -f "$guest_work/busybox/bin/busybox" ] || (cd "$guest_work" \
  && APT_CONFIG=$guest_build/apt/apt.conf apt-get -qq download busybox-static \
  && dpkg-deb -x busybox-static_*.deb busybox)
guest_initramfs "$guest_work/initramfs.gz" "$guest_work/busybox/bin/busybox" \
  "$guest_source/zynq-init" /dev/null \
  "$guest_build/static/tests/guest/test-memory-static:bin/test-memory" \
  "$guest_build/static/tests/guest/test-library-static:bin/test-library"

guest_say "guest: at most $limit s, see $guest_work/zynq-guest.log"
timeout "$limit" env LD_PRELOAD="$guest_work/vdma.so" qemu-system-arm \
  -accel tcg -M xilinx-zynq-a9-vdma -m 512 \
  -no-user-config -display none -monitor none -serial null -serial stdio \
  -no-reboot -dtb "$guest_work/zynq/arch/arm/boot/dts/zynq-vdma.dtb" \
  -kernel "$guest_work/zynq/arch/arm/boot/zImage" \
  -initrd "$guest_work/initramfs.gz" \
  -append "console=ttyPS0,115200 quiet panic=-1 uio_pdrv_genirq.of_id=generic-uio" \
  </dev/null 2>&1 | sed -u 's|\r$||' | tee "$guest_work/zynq-guest.log" \
  | "$guest_source/add-up.awk"
