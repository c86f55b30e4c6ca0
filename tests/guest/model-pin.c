/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model-pin.h"

/* Long enough for any processor to see it, short against a frame; and so long
 * after the first that its handler is done. */
#define PIN_PULSE_NS 200000
#define PIN_GAP_NS   500000

void
guest_pin_init (GuestPin *pin)
{
  *pin = (GuestPin){
    .held_till = G_MAXINT64,
    .pulse_begin = G_MAXINT64,
    .pulse_end = G_MAXINT64,
  };
}

static void
pin_pulse_at (GuestPin *pin, gint64 begin)
{
  pin->pulse_begin = begin;
  pin->pulse_end = begin + PIN_PULSE_NS;
}

static gboolean
pin_is_pulsing (const GuestPin *pin)
{
  return pin->pulse_begin == G_MAXINT64 && pin->pulse_end != G_MAXINT64;
}

static void
pin_rise (GuestPin *pin, gint64 now)
{
  if (pin->lose > 0) {
    pin->lose--;
    pin->lost = TRUE;
  } else if (pin->delay > 0) {
    pin->held_till = now + pin->delay;
    pin->delay = 0;
  }
}

void
guest_pin_set (GuestPin *pin, gboolean level, gint64 now)
{
  if (level == pin->level)
    return;
  pin->level = level;
  pin->lost = FALSE;
  pin->held_till = G_MAXINT64;
  if (level) {
    pin_rise (pin, now);
  } else if (pin->repeat) {
    pin->repeat = FALSE;
    pin_pulse_at (pin, now + PIN_GAP_NS);
  }
}

void
guest_pin_fault (GuestPin *pin, SimIrqFault fault, gint64 value, gint64 now)
{
  switch (fault) {
    case SIM_IRQ_FAULT_LOSE:
      pin->lose = (guint) value;
      break;
    case SIM_IRQ_FAULT_DELAY:
      pin->delay = value;
      break;
    case SIM_IRQ_FAULT_REPEAT:
      pin->repeat = TRUE;
      break;
    default:
      pin_pulse_at (pin, now);
      break;
  }
}

void
guest_pin_run (GuestPin *pin, gint64 now)
{
  if (pin->held_till <= now)
    pin->held_till = G_MAXINT64;
  if (pin->pulse_begin <= now)
    pin->pulse_begin = G_MAXINT64;
  if (pin->pulse_end <= now)
    pin->pulse_end = G_MAXINT64;
}

gint64
guest_pin_next_event (const GuestPin *pin)
{
  return MIN (pin->held_till, MIN (pin->pulse_begin, pin->pulse_end));
}

gboolean
guest_pin_output (const GuestPin *pin)
{
  return pin_is_pulsing (pin)
         || (pin->level && !pin->lost && pin->held_till == G_MAXINT64);
}
