# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# From a fresh Debian 12 to a built plugin: shell functions for scripts to
# source. The script sets setup_source to the top folder of the source first.
# GST_VDMA_BUILD names a build folder that is known to be up to date; with it
# nothing is installed and nothing built (the tests do so).

setup_say ()
{
  printf '%s\n' "$*" >&2
}

setup_die ()
{
  setup_say "$(basename "$0"): $*"
  exit 1
}

# setup_list PURPOSE...: the packages that the list has for these purposes
setup_list ()
{
  for setup_purpose in "$@"; do
    awk -v purpose="$setup_purpose" '$1 == purpose { print $2 }' \
      "${setup_source:?}/tests/debian-packages.txt"
  done
}

# setup_missing PURPOSE...: those of them that are not installed
setup_missing ()
{
  for setup_package in $(setup_list "$@"); do
    setup_status=$(dpkg-query -W -f='${db:Status-Status}\n' "$setup_package" \
      2>/dev/null) || setup_status=absent
    case $setup_status in
      installed*) ;;
      *) printf '%s\n' "$setup_package" ;;
    esac
  done
}

# setup_as_root COMMAND...: as root, or through sudo; never asks when nobody
# is there to answer
setup_as_root ()
{
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

setup_apt ()
{
  setup_as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" </dev/null >&2
}

# The lists are asked for only when they are absent or too old to install from.
setup_install ()
{
  if [ -n "$(find /var/lib/apt/lists -name '*_Packages*' 2>/dev/null)" ] \
    && setup_apt install -y --no-install-recommends "$@"; then
    return
  fi
  setup_apt update && setup_apt install -y --no-install-recommends "$@"
}

# setup_packages PURPOSE...: installs what is missing; does nothing when
# nothing is
setup_packages ()
{
  [ -z "${GST_VDMA_BUILD:-}" ] || return 0
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    setup_say "This is no Debian: going on with the tools that are here." \
      "If some are missing, install what your system calls:" \
      "$(setup_list "$@" | tr '\n' ' ')"
    return
  fi
  setup_wanted=$(setup_missing "$@" | tr '\n' ' ')
  [ -n "$setup_wanted" ] || return 0
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    setup_die "these packages are missing, and installing them needs root or" \
      "sudo: $setup_wanted"
  fi
  setup_say "Installing with apt-get: $setup_wanted"
  # shellcheck disable=SC2086 # one word per package
  setup_install $setup_wanted || setup_die "apt-get could not install these" \
    "packages (no root, no network, or not Debian 12?): $setup_wanted"
}

# setup_build DIR [MESON-OPTION...]: configures DIR unless that was done with
# the same compiler and options, and builds. A folder that was configured by
# hand is used when nothing special is asked for, and never changed.
setup_build ()
{
  [ -z "${GST_VDMA_BUILD:-}" ] || return 0
  setup_dir=$1
  shift
  command -v meson >/dev/null || setup_die "meson is not installed"
  setup_wish="CC=${CC:-gcc} $*"
  setup_stamp=$setup_dir/setup-options.txt
  if [ -f "$setup_dir/build.ninja" ]; then
    setup_is=$(cat "$setup_stamp" 2>/dev/null || echo "by hand")
    case $setup_is in
      "$setup_wish") ;;
      "by hand")
        [ "$setup_wish" = "CC=gcc " ] || setup_die "$setup_dir was configured" \
          "by hand; name another build folder with --build" ;;
      *) rm -rf "$setup_dir" ;;
    esac
  fi
  if [ ! -f "$setup_dir/build.ninja" ]; then
    meson setup "$setup_dir" "$setup_source" "$@" >&2 || return
    printf '%s\n' "$setup_wish" >"$setup_stamp"
  fi
  ninja -C "$setup_dir" --quiet >&2
}

# setup_environment DIR: makes GStreamer find the plugin built there, with a
# registry of its own
setup_environment ()
{
  setup_dir=$(cd "$1" && pwd) || return
  export GST_PLUGIN_PATH="$setup_dir/gst${GST_PLUGIN_PATH:+:$GST_PLUGIN_PATH}"
  export GST_REGISTRY="${GST_REGISTRY:-$setup_dir/gst/registry.bin}"
}
