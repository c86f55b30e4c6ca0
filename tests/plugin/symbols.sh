#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# symbols.sh PLUGIN: does the plugin export its entry points and nothing else?
set -u

symbols=$(nm -D --defined-only "$1" | awk '{ print $NF }' | sed 's/@.*//') || exit
wrong=$(printf '%s\n' "$symbols" | grep -v '^gst_plugin_vdma_' \
  | grep -v '^__asan\|^__odr_asan\|^asan\.\|^__st[a-z]*___sancov')
for entry in gst_plugin_vdma_get_desc gst_plugin_vdma_register; do
  printf '%s\n' "$symbols" | grep -qx "$entry" || wrong="$wrong no:$entry"
done
[ -z "$wrong" ] || { echo "wrong symbols: $wrong"; exit 1; }
