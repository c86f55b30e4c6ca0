/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the simulated core: flags, error bits, counters and the interrupt pin
 * of a channel. */
#pragma once

#include "sim-core-priv.h"

G_BEGIN_DECLS

/** SimDelayEvent: what starts and stops the delay timer (2.9). */
typedef enum {
  SIM_DELAY_SYNC,      /* SOF or fsync */
  SIM_DELAY_PACKET,    /* a line begins */
  SIM_DELAY_FRAME_END, /* the last line was moved */
  SIM_N_DELAY_EVENTS,
} SimDelayEvent;

/** sim_irq_update: sets the pin to what SR and CR say. */
void sim_irq_update (SimChannel *ch);
/** sim_irq_raise: sets interrupt flags. */
void sim_irq_raise (SimChannel *ch, guint32 flags);
/** sim_irq_error: sets error bits with Err_Irq and the freeze (2.6, 2.9). */
void sim_irq_error (SimChannel *ch, guint32 bits);
/** sim_irq_clear: W1C of @bits. */
void sim_irq_clear (SimChannel *ch, guint32 bits);
/** Returns: the store number that PARK_PTR_REG shows */
guint sim_irq_visible_store (const SimChannel *ch);
void sim_irq_load_count (SimChannel *ch);
/** sim_irq_count_frame: one step of the frame counter. */
void sim_irq_count_frame (SimChannel *ch);
/** Returns: whether FrameCntEn says that this complete frame was the last */
gboolean sim_irq_count_run (SimChannel *ch);
void sim_irq_delay_event (SimChannel *ch, SimDelayEvent event);
/** sim_irq_delay_restart: IRQDelayCount was changed. */
void sim_irq_delay_restart (SimChannel *ch);
void sim_irq_delay_stop (SimChannel *ch);
guint sim_irq_delay_value (const SimChannel *ch);
guint64 sim_irq_delay_deadline (const SimChannel *ch);
void sim_irq_delay_expire (SimChannel *ch);

G_END_DECLS
