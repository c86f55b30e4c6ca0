#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# launch.sh WORDS...: gst-inspect-1.0 or gst-launch-1.0, as a person types it;
# no warning, no critical, and it ends by itself.
set -u

out=$("$@" 2>&1)
status=$?
printf '%s\n' "$out"
[ "$status" = 0 ] || { echo "$1 ended with $status"; exit 1; }
if printf '%s\n' "$out" | grep -E 'CRITICAL|WARNING \*\*|^ERROR'; then
  exit 1
fi
