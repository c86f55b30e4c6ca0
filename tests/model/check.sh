#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Searches a model with spin to its end; exit status 77 without spin or gcc.
set -u

usage ()
{
  cat <<END
Usage: tests/model/check.sh [OPTIONS] MODEL.pml [-DKNOB=VALUE ...]

Looks at every state that the model can reach, and prints their number. On an
error the steps that lead to it are printed, and the exit status is 1; so it is
when the search could not be completed.

  --expect-error  the model is wrong: spin must find that out
  --shortest      the shortest way to an error (slower, more memory)
  --progress      something must go on happening: no loop without a progress
                  label, if no process is kept from its steps for ever
  --keep          keep the files of spin, and say where they are
  --help          this text
END
}

say ()
{
  printf 'check.sh: %s\n' "$*" >&2
}

expect=0
mode=-DSAFETY
search='-m5000000 -w24'
keep=
while [ $# -gt 0 ]; do
  case $1 in
    --expect-error) expect=1 ;;
    --shortest) mode='-DSAFETY -DBFS' ;;
    --progress) mode=-DNP search="$search -l -f" ;;
    --keep) keep=yes ;;
    --help) usage && exit ;;
    -*) usage >&2 && exit 2 ;;
    *) break ;;
  esac
  shift
done
[ $# -gt 0 ] || { usage >&2 && exit 2; }
[ -f "$1" ] || { say "no model '$1'" && exit 2; }
model=$(realpath "$1") && shift

for tool in spin gcc; do
  command -v "$tool" >/dev/null || { say "skipped: there is no $tool" && exit 77; }
done

folder=$(mktemp -d) || exit
if [ -n "$keep" ]; then
  say "files in $folder"
else
  trap 'rm -rf "$folder"' EXIT
fi
cd "$folder" || exit

# 2000 MB are not reached by any row; a search that stops there is no proof
# shellcheck disable=SC2086 # words of their own
if ! spin -a "$@" "$model" >spin.log 2>&1 \
    || ! gcc -O2 -w $mode -DCOLLAPSE -DMEMLIM=2000 -o pan pan.c 2>gcc.log; then
  cat spin.log gcc.log 2>/dev/null
  say "the model cannot be compiled"
  exit 1
fi
# shellcheck disable=SC2086
./pan $search >pan.log 2>&1
errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' pan.log)
states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log)

if [ -z "$errors" ] || { [ "$errors" = 0 ] && grep -q -e 'max search depth too small' \
    -e 'reached -DMEMLIM' -e 'out of memory' pan.log; }; then
  cat pan.log
  say "the search did not come to its end"
  exit 1
fi

if [ "$errors" != 0 ] && [ "$expect" = 0 ]; then
  spin -T -k "${model##*/}.trail" "$@" "$model" 2>/dev/null | sed 's/^[[:space:]]*//' \
    | grep -e '^core:' -e '^driver:' -e '^spin:' -e '<<<<<'
fi
grep '^pan:1:' pan.log
echo "$states states, $errors errors"
if [ "$expect" = 1 ] && [ "$errors" = 0 ]; then
  say "a rule that is wrong was not found to be so"
fi
[ "$expect" = "$errors" ]
