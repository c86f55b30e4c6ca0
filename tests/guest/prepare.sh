# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What every guest needs, made once and kept in one folder: shell functions for
# scripts to source. The script sets guest_source (this folder) and guest_work
# (where things are made) first, and runs under 'set -eu'.

guest_say ()
{
  printf '# %s\n' "$*"
}

guest_die ()
{
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# guest_apt_update NAME [OPTION...]: an apt root of that name, lists fetched
guest_apt_update ()
{
  guest_apt=${guest_work:?}/$1
  shift
  "${guest_source:?}/../support/apt-root.py" "$guest_apt" "$@"
  APT_CONFIG=$guest_apt/apt.conf apt-get -qq update
}

# guest_apt NAME COMMAND...: apt's commands as in that root
guest_apt ()
{
  guest_apt=$guest_work/$1
  shift
  APT_CONFIG=$guest_apt/apt.conf "$@"
}

# guest_have FILE WISH: whether FILE says that what it stands for was made as
# WISH says
guest_have ()
{
  [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]
}

# guest_kernel_fetch newest|release: Debian's kernel of backports, where there are
# any, or the release's own; sets guest_kernel, the folder it is unpacked in, with
# its version in version.txt
guest_kernel_fetch ()
{
  guest_kernel=$guest_work/kernel-$1
  [ ! -s "$guest_kernel/version.txt" ] || return 0
  guest_apt_update apt --backports 2>/dev/null \
    || { guest_say "no backports here"; guest_apt_update apt; }
  guest_version=
  [ "$1" = release ] || guest_version=$(guest_kernel_of "/$(guest_codename)-backports")
  [ -n "$guest_version" ] || guest_version=$(guest_kernel_of "")
  [ -n "$guest_version" ] || guest_die "apt knows no linux-image-amd64"
  guest_say "kernel $guest_version"
  rm -rf "$guest_kernel"
  mkdir -p "$guest_kernel"
  (cd "$guest_kernel" \
    && guest_apt apt apt-get -qq download "linux-image-$guest_version")
  dpkg-deb -x "$guest_kernel"/linux-image-*.deb "$guest_kernel"
  rm "$guest_kernel"/linux-image-*.deb
  /sbin/depmod -b "$guest_kernel" "$guest_version"
  printf '%s\n' "$guest_version" >"$guest_kernel/version.txt"
}

# guest_kernel_of SUFFIX: the version that linux-image-amd64SUFFIX stands for
guest_kernel_of ()
{
  guest_apt apt apt-cache depends "linux-image-amd64$1" 2>/dev/null \
    | sed -n 's/.*Depends: linux-image-//p' | head -n 1
}

guest_codename ()
{
  sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

# guest_qemu_headers PACKAGE: QEMU's source of the very version that is
# installed, configured, with the headers that its build generates
guest_qemu_headers ()
{
  guest_version=$(dpkg-query -W -f '${source:Version}' "$1")
  guest_have "$guest_work/qemu.txt" "$guest_version" && return
  guest_say "headers of QEMU $guest_version"
  [ -f "$guest_work/apt/apt.conf" ] || guest_apt_update apt
  rm -rf "$guest_work/qemu" "$guest_work/qemu-source" "$guest_work"/qemu_*
  mkdir -p "$guest_work/qemu-source"
  (cd "$guest_work/qemu-source" \
    && guest_apt apt apt-get -qq source --download-only "qemu=$guest_version" \
    && dpkg-source --no-check -x ./*.dsc ../qemu >unpack.log 2>&1) \
    || guest_die "no source of QEMU $guest_version"
  rm -rf "$guest_work/qemu-source" "$guest_work"/qemu_*
  mkdir "$guest_work/qemu/b"
  (cd "$guest_work/qemu/b" \
    && ../configure --target-list=x86_64-softmmu --disable-docs \
      --disable-tools --without-default-features --enable-tcg --enable-system \
      >configure.log 2>&1) || guest_fail_log "$guest_work/qemu/b/configure.log"
  (cd "$guest_work/qemu/b" \
    && ninja -t targets all \
      | sed -nE 's/^((qapi|trace|config|.*\/trace).*\.h): CUSTOM.*/\1/p' \
      | xargs ninja >headers.log 2>&1) \
    || guest_fail_log "$guest_work/qemu/b/headers.log"
  printf '%s\n' "$guest_version" >"$guest_work/qemu.txt"
}

guest_fail_log ()
{
  tail -n 20 "$1" | sed 's/^/# /'
  guest_die "failed; see $1"
}

# guest_model BUILD-FOLDER: the board's core as a device that QEMU loads, from
# the archives of a build as they are
guest_model ()
{
  guest_say "model for QEMU"
  guest_archives=$1
  set -- "$guest_archives/tests/guest/libguest-model.a" \
    "$guest_archives/tests/lib/libintc-model.a"
  for guest_room in sim xlnk hw io base; do
    set -- "$@" "$guest_archives/lib/$guest_room/libvdma-$guest_room.a"
  done
  guest_q=$guest_work/qemu
  # shellcheck disable=SC2046 # one word per flag
  gcc -shared -fPIC -O2 -g -Wall -Werror -o "$guest_work/vdma.so" \
    -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_LARGEFILE_SOURCE \
    -iquote "$guest_source" -I "$guest_q/b" -I "$guest_q" \
    -I "$guest_q/include" -I "$guest_q/linux-headers" \
    -I "$guest_q/b/linux-headers" -I "$guest_q/tcg/i386" \
    $(pkg-config --cflags glib-2.0 pixman-1) \
    "$guest_source/qemu-vdma.c" "$@"
}

# guest_modules_of MODULE...: files of the modules and all they need, in order
guest_modules_of ()
{
  guest_version=$(cat "$guest_kernel/version.txt")
  for guest_module in "$@"; do
    # one that the kernel has built in, or has not at all, gives no line
    /sbin/modprobe -d "$guest_kernel" -S "$guest_version" \
      --show-depends "$guest_module" 2>/dev/null | sed -n 's/^insmod //p'
  done | awk '!seen[$1]++ { print $1 }'
}

# guest_initramfs OUT BUSYBOX INIT MODULE-LIST-FILE [FILE:NAME...]: modules
# numbered in the order in which they load
guest_initramfs ()
{
  guest_out=$1 guest_busybox=$2 guest_init=$3 guest_modules=$4
  shift 4
  guest_tree=$guest_work/initramfs
  rm -rf "$guest_tree"
  mkdir -p "$guest_tree/bin" "$guest_tree/dev" "$guest_tree/proc" \
    "$guest_tree/sys" "$guest_tree/modules" "$guest_tree/tmp"
  cp "$guest_busybox" "$guest_tree/bin/busybox"
  ln -s busybox "$guest_tree/bin/sh"
  install -m 755 "$guest_init" "$guest_tree/init"
  guest_number=100
  while read -r guest_file; do
    guest_name=$(basename "$guest_file" .xz)
    case $guest_file in
      *.xz) xz -dc "$guest_file" ;;
      *) cat "$guest_file" ;;
    esac >"$guest_tree/modules/$guest_number-$guest_name"
    guest_number=$((guest_number + 1))
  done <"$guest_modules"
  for guest_pair in "$@"; do
    install -D -m 755 "${guest_pair%%:*}" "$guest_tree/${guest_pair#*:}"
  done
  (cd "$guest_tree" && find . | cpio --quiet -o -H newc | gzip -1) >"$guest_out"
}
