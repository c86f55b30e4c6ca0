/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an application tells its guardian: packets of one socket. The guardian
 * knows neither GLib nor a VDMA: only words to write when the other end is gone. */
#pragma once

#include <stdint.h>

#define GUARDIAN_FD     3 /* the guardian's end */
#define GUARDIAN_WRITES 8
#define GUARDIAN_KEPT   512
#define GUARDIAN_OK     'k' /* an answer; anything else: it failed */

enum {
  /* with an answer */
  GUARDIAN_MAP, /* with a descriptor: the registers are at a, b bytes on, c long */
  GUARDIAN_KEEP,   /* with a descriptor: keep it open, under the number a */
  GUARDIAN_FORGET, /* what is kept under a may be closed */
  /* without */
  GUARDIAN_ARM, /* at the end write b to a, and wait until the bits of b read 0 */
  GUARDIAN_DISARM, /* no more write to a */
  GUARDIAN_BYE,    /* the application ends in good order */
};

typedef struct {
  uint32_t what;
  uint32_t b;
  uint64_t a;
  uint64_t c;
} GuardianPacket;
