#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The tests as another processor's code: cross built against Debian's GStreamer
# for it, run by QEMU's user mode.
set -eu

usage ()
{
  cat <<END
Usage: tests/cross/run.sh armhf|arm64 [BUILD-FOLDER [MESON-TEST-ARGUMENTS]]
       tests/cross/run.sh armhf|arm64 BUILD-FOLDER --build TARGET...

Installs what is missing, fetches Debian's packages for that architecture into
a folder, builds, and runs the suites unit, check, fuzz and stress. Closes with
one line: N passed, N failed[, N skipped]. Default build folder: build-ARCH.
With --build it only builds these targets, of static libraries where there are.
END
}

case ${1:-} in
  armhf) triplet=arm-linux-gnueabihf emulator=qemu-arm-static family=arm cpu=cortex-a9 ;;
  arm64) triplet=aarch64-linux-gnu emulator=qemu-aarch64-static family=aarch64 cpu=cortex-a53 ;;
  *) usage >&2; exit 2 ;;
esac
architecture=$1
setup_source=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=examples/setup.sh
. "$setup_source/examples/setup.sh"
shift
build=${1:-$setup_source/build-$architecture}
[ $# = 0 ] || shift
mkdir -p "$build"
build=$(cd "$build" && pwd)
root=$build/root

# ---- another Debian, unpacked: neither installed nor configured ----

fetch_root ()
{
  "$setup_source/tests/support/apt-root.py" "$build/apt" \
    --architecture "$architecture" --release-only
  APT_CONFIG=$build/apt/apt.conf apt-get -qq update
  # an empty list of what is installed: apt fetches all that these need
  APT_CONFIG=$build/apt/apt.conf apt-get -qq install -y \
    --no-install-recommends --download-only libc6-dev libgstreamer1.0-dev \
    libgstreamer-plugins-base1.0-dev libjson-glib-dev \
    gstreamer1.0-plugins-base gstreamer1.0-plugins-good >/dev/null
  rm -rf "$root"
  for directory in bin lib sbin; do
    mkdir -p "$root/usr/$directory"
    ln -s "usr/$directory" "$root/$directory"
  done
  for package in "$build"/apt/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" \
      | tar -x --keep-directory-symlink --no-same-owner -C "$root"
  done
  rm -rf "$build/apt/cache/archives"
  touch "$root/complete"
}

write_cross_file ()
{
  cat <<END
[constants]
emulator = ['$emulator', '$root', '$cpu']

[binaries]
c = '$triplet-gcc'
ar = '$triplet-ar'
objdump = '$triplet-objdump'
strip = '$triplet-strip'
pkgconfig = 'pkg-config'
exe_wrapper = ['$setup_source/tests/cross/exec.sh'] + emulator

[properties]
sys_root = '$root'
pkg_config_libdir = '$root/usr/lib/$triplet/pkgconfig:$root/usr/share/pkgconfig'
needs_exe_wrapper = true
emulator = emulator

[built-in options]
c_args = ['--sysroot=$root']
c_link_args = ['--sysroot=$root']

[host_machine]
system = 'linux'
cpu_family = '$family'
cpu = '$cpu'
endian = 'little'
END
}

setup_packages build test cross
[ -f "$root/complete" ] || fetch_root
write_cross_file >"$build/cross.txt"
if [ "${1:-}" = --build ]; then
  shift
  [ -f "$build/static/build.ninja" ] || meson setup "$build/static" \
    "$setup_source" --cross-file "$build/cross.txt" --prefer-static >&2
  ninja -C "$build/static" --quiet "$@" >&2
  exit
fi
[ -f "$build/meson/build.ninja" ] \
  || meson setup "$build/meson" "$setup_source" --cross-file "$build/cross.txt" >&2
ninja -C "$build/meson" --quiet >&2 || { echo "0 passed, 1 failed"; exit 1; }

# GStreamer's own helper for reading plugins is a program of the other
# architecture: programs read them themselves.
GST_REGISTRY_FORK=no
GST_PLUGIN_SYSTEM_PATH_1_0=$root/usr/lib/$triplet/gstreamer-1.0
export GST_REGISTRY_FORK GST_PLUGIN_SYSTEM_PATH_1_0
status=0
meson test -C "$build/meson" --print-errorlogs --timeout-multiplier 10 \
  --suite unit --suite check --suite fuzz --suite stress "$@" </dev/null || status=$?
python3 "$setup_source/tests/support/count-results.py" \
  "$build/meson/meson-logs/testlog.json" || status=1
exit "$status"
