/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who owns which memory, and the judge of every access of the device. */
#pragma once

#include "sim-reports.h"

G_BEGIN_DECLS

typedef struct SimLedger SimLedger;

/** SimStay: with whom a block was, and since when. */
typedef struct {
  XlnkOwner owner;
  gboolean device_writes;
  gint64 since;
} SimStay;

/** SimExtent: one allocation of the simulated memory. */
typedef struct {
  guint64 phys;
  gsize size;
  gint fd;          /* of its own memfd; -1 before its first export */
  gboolean cached;  /* the CPU sees it through the simulated cache */
  guint8 *unseen;   /* one byte per cache line: the device wrote, nobody
                     * invalidated; NULL without a cache */
  SimStay now;      /* guarded by the board's lock, like everything here */
  SimStay before;   /* since < 0: there was nobody before */
  gboolean fresh;   /* holds a whole captured frame that nobody has looked at */
  guint64 fresh_at; /* where it begins */
} SimExtent;

SimLedger *sim_ledger_new (guint64 base, guint64 size, SimReports *reports);
void sim_ledger_free (SimLedger *self); /* (nullable) */

/** sim_ledger_add: @extent: (transfer none): must stay until removed; owned by the application from now on */
void sim_ledger_add (SimLedger *self, SimExtent *extent, gint64 time);
/** sim_ledger_remove: its story is remembered for a while, for accesses that come too late */
void sim_ledger_remove (SimLedger *self, SimExtent *extent, gint64 time);
void sim_ledger_set_owner (SimLedger *self, SimExtent *extent, XlnkOwner owner,
    gboolean device_writes, gint64 time);

/** sim_ledger_begin_frame: @dir begins a frame in @store, at @address. Returns: whether it goes over one that nobody has looked at */
gboolean sim_ledger_begin_frame (
    SimLedger *self, VdmaDirection dir, guint store, guint64 address);
/** sim_ledger_end_frame: @complete: with its last line */
void sim_ledger_end_frame (
    SimLedger *self, VdmaDirection dir, gboolean complete);

/**
 * sim_ledger_check:
 *
 * Judges one line of a frame: S2MM writes it, MM2S reads it. A violation is
 * counted and reported once per frame and kind.
 *
 * Returns: (nullable): the extent that the line lies in; NULL when it does not
 *   lie in one extent as a whole
 */
SimExtent *sim_ledger_check (SimLedger *self, VdmaDirection dir,
    guint64 address, gsize size, gint64 time);

/** Returns: violations so far, by kind */
const guint64 *sim_ledger_get_violations (const SimLedger *self);

G_END_DECLS
