/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bench of an emulated board: a second register window beside the core's,
 * through which a test in the guest plays the world around the board: it pulls
 * plugs, loses interrupts, and asks for the ground truth. Word accesses, little
 * endian. No driver may know it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BENCH_SPAN         0x4000
#define BENCH_ZYNQ_ADDRESS 0x43c00000 /* on the Zynq board */

#define BENCH_ID      0x000 /* reads BENCH_ID_VALUE */
#define BENCH_COMMAND 0x004 /* writing a BenchCommand does it at once */
#define BENCH_STATUS                                                           \
  0x008 /* of the last command: 0, or 1 with the reason as text */
#define BENCH_ARGUMENT 0x010  /* two 64-bit words, low half first */
#define BENCH_TRUTH    0x800  /* 64-bit words by BenchTruth, as last latched */
#define BENCH_TEXT     0x1000 /* text for a command, or from one */

#define BENCH_ID_VALUE  0x42414d56u /* "VMAB" */
#define BENCH_TEXT_SIZE 0x3000

/** BenchCommand: what the bench does. */
typedef enum {
  BENCH_LATCH = 1, /* truth is now */
  BENCH_REBUILD,   /* text: options of a simulated board: another bitstream, and
                  * another camera, after a hard reset; counts begin at 0 */
  BENCH_FAULTS, /* text: a fault script; none ends all faults still to come */
  BENCH_FORBID, /* argument: address, size: the device may not touch it */
  BENCH_ALLOW,  /* nothing is forbidden any more */
  BENCH_AXI,    /* until the next rebuild: memory is reached as on an AXI port,
              * with nothing in between that could be switched off */
  BENCH_INTC, /* argument: inputs that take an edge, as bits. Until the next rebuild
               * interrupts go by a controller: an AXI interrupt controller with
               * a window of its own */
} BenchCommand;

/* Its inputs: that many, and which of them the channels have. */
#define BENCH_INTC_INPUTS 6
#define BENCH_INTC_MM2S   2
#define BENCH_INTC_S2MM   5

/** BenchTruth: what a latch writes down; counts since the last rebuild. */
typedef enum {
  BENCH_NOW, /* ns of the machine's time */
  BENCH_S2MM_GENERATED,
  BENCH_S2MM_STARTED,
  BENCH_S2MM_DONE,
  BENCH_S2MM_SHORT,
  BENCH_S2MM_LOST, /* that the camera sent and nobody took */
  BENCH_S2MM_BYTES,
  BENCH_S2MM_INTERRUPTS,
  BENCH_S2MM_RUNNING,
  BENCH_MM2S_SLOTS,
  BENCH_MM2S_STARTED,
  BENCH_MM2S_IDLE,
  BENCH_MM2S_DONE,
  BENCH_MM2S_REPEATED,
  BENCH_MM2S_TORN,
  BENCH_MM2S_BYTES,
  BENCH_MM2S_INTERRUPTS,
  BENCH_MM2S_RUNNING,
  BENCH_REGISTER_READS,
  BENCH_REGISTER_WRITES,
  BENCH_UNDEFINED_USES,
  BENCH_FAULTS_DONE,
  BENCH_FORBIDDEN,         /* accesses of the device to forbidden memory */
  BENCH_FORBIDDEN_ADDRESS, /* of the last of them */
  BENCH_BUS_ERRORS,        /* accesses to where there is no memory */
  BENCH_LAST_ACCESS,       /* ns: when the device last touched memory */
  BENCH_N_TRUTHS,
} BenchTruth;

G_STATIC_ASSERT (BENCH_TRUTH + 8 * BENCH_N_TRUTHS <= BENCH_TEXT);

G_END_DECLS
