#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A cookbook of gst-launch-1.0 lines with vdmasrc and vdmasink. Each recipe is a
# function with a line of comment; copy from it what you need. They use simulated
# boards: on a real one, name it in device= (or leave device= out).
set -u

window=${WINDOW:-autovideosink}

# watch a camera in a window
recipe_watch ()
{
  gst-launch-1.0 vdmasrc device=sim:ball num-buffers=60 \
    ! videoconvert ! "$window"
}

# one picture as a PNG file
recipe_photo ()
{
  gst-launch-1.0 vdmasrc device=sim:bars num-buffers=1 \
    ! video/x-raw,width=640,height=480 ! videoconvert \
    ! pngenc ! filesink location=photo.png
}

# record a film
recipe_record ()
{
  gst-launch-1.0 vdmasrc device=sim:ball num-buffers=60 \
    ! video/x-raw,width=640,height=360,framerate=30/1 ! videoconvert \
    ! queue ! vp8enc deadline=1 cpu-used=8 ! webmmux \
    ! filesink location=film.webm
}

# show a test picture on the display
recipe_display ()
{
  gst-launch-1.0 videotestsrc num-buffers=60 \
    ! video/x-raw,width=1280,height=720,framerate=60/1 \
    ! vdmasink device=sim:display
}

# play a film on the display (recipe_record makes one)
recipe_play ()
{
  [ -e film.webm ] || recipe_record || return
  gst-launch-1.0 filesrc location=film.webm ! decodebin ! videoconvert \
    ! vdmasink device=sim:display
}

# camera to display without a copy: both channels of one core, one memory
recipe_passthrough ()
{
  gst-launch-1.0 vdmasrc device=sim:ball num-buffers=60 \
    ! vdmasink device=sim:ball
}

# what the display shows comes back through the same core, at the same rate
recipe_loop ()
{
  gst-launch-1.0 \
    videotestsrc num-buffers=90 ! $small ! vdmasink device=sim:loop \
    vdmasrc device=sim:loop num-buffers=60 ! $small ! videoconvert ! "$window"
}
small=video/x-raw,format=RGB,width=640,height=360,framerate=30/1

# four cameras in one picture
recipe_mosaic ()
{
  gst-launch-1.0 compositor name=mosaic sink_1::xpos=320 sink_2::ypos=240 \
      sink_3::xpos=320 sink_3::ypos=240 ! videoconvert ! "$window" \
    vdmasrc device="sim:a?stream=ball" num-buffers=60 ! $quarter ! mosaic. \
    vdmasrc device="sim:b?stream=bars" num-buffers=60 ! $quarter ! mosaic. \
    vdmasrc device="sim:c?stream=ball" num-buffers=60 ! $quarter ! mosaic. \
    vdmasrc device="sim:d?stream=bars" num-buffers=60 ! $quarter ! mosaic.
}
quarter=video/x-raw,format=BGRx,width=320,height=240

# watch and record at the same time
recipe_watch_and_record ()
{
  gst-launch-1.0 vdmasrc device=sim:ball num-buffers=60 \
    ! video/x-raw,width=640,height=360,framerate=30/1 ! videoconvert ! tee name=t \
    t. ! queue ! "$window" \
    t. ! queue ! vp8enc deadline=1 cpu-used=8 ! webmmux \
      ! filesink location=watched.webm
}

# send motion JPEG over the network
recipe_network ()
{
  gst-launch-1.0 vdmasrc device=sim:ball num-buffers=60 \
    ! video/x-raw,width=640,height=360,framerate=30/1 ! videoconvert \
    ! video/x-raw,format=I420 ! jpegenc ! rtpjpegpay ! udpsink host=127.0.0.1 port=5004
}

# full HD, and once a second how far it is
recipe_progress ()
{
  gst-launch-1.0 vdmasrc device=sim:bars num-buffers=120 \
    ! video/x-raw,width=1920,height=1080,framerate=60/1 \
    ! progressreport update-freq=1 ! fakesink
}

# see the driver at work: starts, stops, recoveries
recipe_debug ()
{
  GST_DEBUG=vdmasrc:DEBUG,vdmadevice:DEBUG \
    gst-launch-1.0 vdmasrc device=sim:bars num-buffers=10 ! fakesink
}

list ()
{
  sed -n '/^# /{N;s/^# \(.*\)\nrecipe_\([a-z_]*\) ().*/\2\t\1/p;}' "$0" \
    | expand -t 20
}

usage ()
{
  cat <<END
Usage: examples/cookbook.sh list | all | NAME...

Runs recipes (WINDOW=fakesink: without windows). They are:

$(list)
END
}

case ${1:---help} in
  --help) usage ;;
  list) list ;;
  all) list | while read -r name _; do "$0" "$name" || exit; done ;;
  *)
    for name in "$@"; do
      list | grep -q "^$name " \
        || { echo "$name: no such recipe; try 'list'" >&2 && exit 2; }
      "recipe_$name" </dev/null || { echo "$name failed" >&2 && exit 1; }
    done
    ;;
esac
