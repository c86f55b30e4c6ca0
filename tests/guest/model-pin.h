/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An interrupt line on its way from the core to the interrupt controller, and
 * what faults do to it there. */
#pragma once

#include "sim-fault.h"

G_BEGIN_DECLS

/** GuestPin: zeroed but for the two times: guest_pin_init() */
typedef struct {
  gboolean level;                /* the core's pin */
  gboolean lost;                 /* this level never arrives */
  guint lose;                    /* how many more get lost */
  gint64 delay;                  /* of the next one; 0: none */
  gint64 held_till;              /* it is late; G_MAXINT64: it is not */
  gint64 pulse_begin, pulse_end; /* of one that nobody caused; G_MAXINT64:
                                  * there is none, or it is over */
  gboolean repeat;               /* the next one comes twice */
} GuestPin;

void guest_pin_init (GuestPin *pin);
/** guest_pin_set: the core's pin changed */
void guest_pin_set (GuestPin *pin, gboolean level, gint64 now);
/** guest_pin_fault: from a script */
void guest_pin_fault (
    GuestPin *pin, SimIrqFault fault, gint64 value, gint64 now);
/** guest_pin_run: what is due up to @now */
void guest_pin_run (GuestPin *pin, gint64 now);
gint64 guest_pin_next_event (const GuestPin *pin);
/** Returns: what the interrupt controller sees */
gboolean guest_pin_output (const GuestPin *pin);

G_END_DECLS
