/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A fault script at work: told what happens on the board, it says what goes
 * wrong. The same script gives the same faults at the same frames, times and
 * allocations. */
#pragma once

#include "sim-camera.h"
#include "sim-fault-script.h"

G_BEGIN_DECLS

typedef struct SimFaults SimFaults;

/** SimIrqFault: what happens to an interrupt on its way. */
typedef enum {
  SIM_IRQ_FAULT_LOSE,     /* @value of them */
  SIM_IRQ_FAULT_DELAY,    /* the next one, by @value ns */
  SIM_IRQ_FAULT_REPEAT,   /* the next one comes twice */
  SIM_IRQ_FAULT_SPURIOUS, /* one comes now */
} SimIrqFault;

/** SimFaultHost: how faults reach the board; called outside of the core. */
typedef struct {
  void (*inject) (gpointer host, VdmaDirection dir, guint32 bits);
  void (*set_clock) (gpointer host, VdmaDirection dir, gboolean running);
  void (*set_mode) (gpointer host, const SimVideoMode *mode);
  void (*set_plugged) (gpointer host, gboolean plugged);
  void (*irq) (
      gpointer host, VdmaDirection dir, SimIrqFault fault, gint64 value);
} SimFaultHost;

/**
 * sim_faults_new:
 * @script: (transfer full)
 * @seed: of random events, where the script has none
 * @start: when the script's time begins
 */
SimFaults *sim_faults_new (SimFaultScript *script, guint64 seed, gint64 start,
    const SimFaultHost *host, gpointer host_data);
void sim_faults_free (SimFaults *self); /* (nullable) */

/* What the board tells; all of these take NULL for no faults at all. */

/** sim_faults_frame: a frame time of @dir begins, its channel not halted. @plan: (inout) (nullable): S2MM's frame */
void sim_faults_frame (
    SimFaults *self, VdmaDirection dir, gint64 now, SimFramePlan *plan);
/** Returns: when sim_faults_run() is due; G_MAXINT64: never by itself */
gint64 sim_faults_next_event (const SimFaults *self);
void sim_faults_run (SimFaults *self, gint64 now);
/** Returns: whether this allocation fails */
gboolean sim_faults_alloc (SimFaults *self, gint64 now);
/** sim_faults_store_begins: @dir begins a frame in memory */
void sim_faults_store_begins (SimFaults *self, VdmaDirection dir);
/** Returns: what the bus answers to the next line of @dir */
SimResponse sim_faults_access (
    SimFaults *self, VdmaDirection dir, guint64 address, gsize size);
/** sim_faults_reset: the driver is about to reset @dir */
void sim_faults_reset (SimFaults *self, VdmaDirection dir, gint64 now);

/** Returns: events that have happened */
guint64 sim_faults_get_count (const SimFaults *self);

G_END_DECLS
