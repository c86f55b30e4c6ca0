#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The x86 guest: a stock Debian kernel on QEMU with the emulated board, on this
# machine's own root, read-only. Makes what it needs, boots, and adds up.
set -eu

usage ()
{
  cat <<END
Usage: tests/guest/x86.sh BUILD-FOLDER [OPTION...]

Prints TAP and one closing line: N passed, N failed[, N skipped]. Exits 1 when
a test failed or the guest did not come to its end, 77 when this machine lacks
a package (tests/debian-packages.txt, purpose guest).

  --kernel newest    Debian's kernel of backports, if there is one (default)
  --kernel release   the release's own
  --only PATTERN     run programs of such names alone, as a shell pattern
                     (inside.sh has them: raw, memory, crash, elements-*, ...)
  --kills N          that the test of crashes makes (default 100)
  --limit SECONDS    that the guest may take (default 900)
END
}

kernel=newest only='*' kills=100
# Long enough for a machine under load; a run takes a fraction of it.
limit=900
guest_build=
while [ $# -gt 0 ]; do
  case $1 in
    --kernel | --only | --kills | --limit)
      [ $# -ge 2 ] || { usage >&2; exit 2; }
      case $1 in
        --kernel) kernel=$2 ;;
        --only) only=$2 ;;
        --kills) kills=$2 ;;
        --limit) limit=$2 ;;
      esac
      shift ;;
    -* | '') usage >&2; exit 2 ;;
    *)
      [ -z "$guest_build" ] || { usage >&2; exit 2; }
      guest_build=$(cd "$1" && pwd) ;;
  esac
  shift
done
case $kernel in
  newest) cpus=2 ;;
  # 6.1 never sees its second processor come up when time is instructions
  release) cpus=1 ;;
  *) usage >&2; exit 2 ;;
esac
[ -n "$guest_build" ] || { usage >&2; exit 2; }
guest_source=$(cd "$(dirname "$0")" && pwd)
guest_work=$guest_build/guest
setup_source=$(cd "$guest_source/../.." && pwd)
# shellcheck source=examples/setup.sh
. "$setup_source/examples/setup.sh"
# shellcheck source=tests/guest/prepare.sh
. "$guest_source/prepare.sh"

memory=1536

missing=$(setup_missing guest | tr '\n' ' ')
if [ -n "$missing" ]; then
  echo "1..0 # SKIP these packages are not installed: $missing"
  exit 77
fi

mkdir -p "$guest_work"
guest_kernel_fetch "$kernel"
guest_qemu_headers qemu-system-x86
guest_model "$guest_build"
guest_modules_of virtio_pci 9pnet_virtio 9p overlay uio_pci_generic vivid cirrus \
  >"$guest_work/modules.txt"
guest_initramfs "$guest_work/initramfs.gz" /bin/busybox "$guest_source/init" \
  "$guest_work/modules.txt"
# The guest has the same files: what is read here is not read again there.
GST_PLUGIN_PATH=$guest_build/gst GST_REGISTRY=$guest_work/registry.bin \
  gst-inspect-1.0 vdma >"$guest_work/inspect.log" 2>&1 \
  || guest_fail_log "$guest_work/inspect.log"
cat >"$guest_work/inside.sh" <<END
GUEST_SOURCE='$guest_source' GUEST_BUILD='$guest_build'
GST_REGISTRY='$guest_work/registry.bin' GST_REGISTRY_UPDATE=no
export GUEST_SOURCE GUEST_BUILD GST_REGISTRY GST_REGISTRY_UPDATE
GUEST_ONLY='$only' GUEST_KILLS='$kills'
export GUEST_ONLY GUEST_KILLS
exec sh '$guest_source/inside.sh'
END

log=$guest_work/x86-$kernel.log
guest_say "guest: at most $limit s, see $log"
# Never KVM, even where it seems to be there: not every one runs a stock kernel.
timeout "$limit" env LD_PRELOAD="$guest_work/vdma.so" qemu-system-x86_64 \
  -accel tcg -icount shift=2,sleep=off -cpu max -machine q35 -m "$memory" -smp "$cpus" \
  -nodefaults -no-user-config -display none -serial stdio -no-reboot \
  -fsdev local,id=host,path=/,security_model=none,readonly=on,multidevs=remap \
  -device virtio-9p-pci,fsdev=host,mount_tag=host,ioeventfd=off \
  -device vdma-pci -device cirrus-vga \
  -kernel "$guest_kernel/boot/vmlinuz-$(cat "$guest_kernel/version.txt")" \
  -initrd "$guest_work/initramfs.gz" \
  -append "console=ttyS0 quiet panic=-1 mitigations=off memmap=64M\$0x30000000 guest=$guest_work/inside.sh" \
  </dev/null 2>&1 | sed -u 's|\r$||' | tee "$log" \
  | "$guest_source/add-up.awk"
