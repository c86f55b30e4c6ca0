#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# example.sh NAME EXAMPLES-FOLDER PROGRAM: runs one example as a person would,
# in a scratch folder, and looks at what it made. $GST_VDMA_JUDGE sees to it that
# the accounts of each run were judged; the number behind it is of such runs.
set -u

name=$1
examples=$(cd "$2" && pwd) || exit
program=$(realpath "$3") || exit
judge=${GST_VDMA_JUDGE:?}
scratch=$(mktemp -d) || exit
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit

fail ()
{
  echo "$name: $*"
  exit 1
}

# refused WORD COMMAND...: fails, with a sentence that has the word, and
# without a crash
refused ()
{
  word=$1
  shift
  "$@" >out.txt 2>&1
  status=$?
  { [ "$status" -gt 0 ] && [ "$status" -lt 126 ]; } \
    || fail "'$*' ended with $status: $(cat out.txt)"
  grep -qi -e "$word" out.txt || fail "'$*' did not say '$word': $(cat out.txt)"
}

# is_file FILE MAGIC: exists and begins with these characters
is_file ()
{
  [ "$(head -c ${#2} "$1" 2>/dev/null)" = "$2" ] || fail "$1 is no $2 file"
}

example_capture ()
{
  "$judge" 0 "$program" --help >/dev/null || fail "no help"
  mkdir out
  "$judge" 1 "$program" --device sim:ball --frames 5 --output out \
    --caps video/x-raw,format=RGB,width=320,height=240 || fail "failed"
  for n in 0 1 2 3 4; do
    is_file out/frame-0000$n.ppm P6
    [ "$(wc -c <out/frame-0000$n.ppm)" -eq $((320 * 240 * 3 + 15)) ] \
      || fail "frame $n has $(wc -c <out/frame-0000$n.ppm) bytes"
  done
  # the ball moves
  ! cmp -s out/frame-00000.ppm out/frame-00004.ppm || fail "nothing moves"
  "$judge" 1 "$program" --device sim:bars --frames 1 --output out \
    --caps video/x-raw,format=GRAY8,width=33,height=7 || fail "GRAY8 failed"
  [ "$(wc -c <out/frame-00000.raw)" -eq $((33 * 7)) ] || fail "raw size"
  refused "sim" "$judge" 0 "$program" --device nowhere --frames 1
  refused "frame-00000" \
    "$judge" 1 "$program" --device sim:bars --frames 1 --output absent
}

example_display ()
{
  "$judge" 0 "$program" --help >/dev/null || fail "no help"
  "$judge" 1 "$program" --device sim:display --frames 20 --rate 60 || fail "failed"
  head -c $((3 * 64 * 32 * 3)) /dev/zero >frames.raw
  "$judge" 1 "$program" --device sim:display --width 64 --height 32 \
    frames.raw || fail "raw file failed"
  refused "cannot be read" "$judge" 0 "$program" absent.raw
  refused "sim" "$judge" 0 "$program" --device nowhere
}

example_quickstart ()
{
  "$judge" 0 "$program" --help >/dev/null || fail "no help"
  "$judge" 1 "$program" --output out >summary.txt 2>progress.txt \
    || fail "failed: $(cat summary.txt progress.txt)"
  cat summary.txt
  is_file out/contact-sheet.png "$(printf '\211PNG')"
  is_file out/received.webm "$(printf '\032E\337')"
  gst-launch-1.0 -q filesrc location=out/received.webm ! decodebin ! fakesink \
    || fail "cannot play what it recorded"
  echo "no video" >text.webm
  refused "text.webm" "$judge" 1 "$program" text.webm
  refused "absent.webm" "$judge" 0 "$program" absent.webm
  refused "option" "$judge" 0 "$program" --nonsense
  # the frames of a camera are not those that were sent
  refused "differ" \
    "$judge" 1 "$program" --device sim:bars --output bars out/received.webm
}

example_cookbook ()
{
  "$judge" 0 "$program" --help >/dev/null || fail "no help"
  recipes=$("$program" list | wc -l)
  [ "$recipes" -ge 10 ] || fail "list is short"
  WINDOW=fakesink "$judge" "$recipes" "$program" all || fail "failed"
  refused "nonsense" "$judge" 0 "$program" nonsense
}

case $name in
  capture | display | quickstart | cookbook) "example_$name" ;;
  *) fail "there is no test for it; add one to $examples/../tests/examples" ;;
esac
