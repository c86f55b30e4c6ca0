/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scripts of faults: versioned text, one event a line. docs/simulator.md has
 * the language. */
#pragma once

#include "sim-core.h"
#include "sim.h"

G_BEGIN_DECLS

/** SimFaultKind: what happens. */
typedef enum {
  SIM_FAULT_INJECT,
  SIM_FAULT_SHORT_FRAME,
  SIM_FAULT_LONG_FRAME,
  SIM_FAULT_SHORT_LINE,
  SIM_FAULT_LONG_LINE,
  SIM_FAULT_MODE,
  SIM_FAULT_UNPLUG,
  SIM_FAULT_PLUG,
  SIM_FAULT_IRQ_LOSE,
  SIM_FAULT_IRQ_DELAY,
  SIM_FAULT_IRQ_REPEAT,
  SIM_FAULT_IRQ_SPURIOUS,
  SIM_FAULT_RESET_STUCK,
  SIM_FAULT_CLOCK_STOP,
  SIM_FAULT_CLOCK_START,
  SIM_FAULT_BUS_ERROR,
  SIM_FAULT_BUS_RANGE,
  SIM_FAULT_BUS_CLEAR,
  SIM_FAULT_ALLOC_FAIL,
  SIM_N_FAULTS,
} SimFaultKind;

/** SimFaultWhen: what an event waits for. */
typedef enum {
  SIM_WHEN_FRAME, /* frame times of its channel while that is not halted */
  SIM_WHEN_TIME,  /* ns since the script began */
  SIM_WHEN_ALLOC, /* allocations since the script began */
} SimFaultWhen;

/**
 * SimFaultEvent: one line of a script.
 * @first, @last: inclusive range of frames or allocations, counted from 0 and 1
 * @step: every so many; 1 for "at" and "random"
 * @chance: of 2^32 where the event is random, else 0
 */
typedef struct {
  guint line;
  SimFaultWhen when;
  guint64 first, last, step;
  guint64 chance;
  gint64 time;

  SimFaultKind kind;
  VdmaDirection dir; /* S2MM where the action names none */
  guint32 bits;
  guint number;    /* lines, bytes or times */
  guint bad_line;  /* of the frame */
  gint64 duration; /* 0: for good */
  SimResponse response;
  guint64 from, to; /* addresses, inclusive */
  SimVideoMode mode;
} SimFaultEvent;

typedef struct {
  gboolean has_seed;
  guint64 seed;
  GArray *events; /* SimFaultEvent */
} SimFaultScript;

/**
 * sim_fault_script_parse:
 * @text: the script; events stand on lines of their own, or between semicolons
 *
 * Errors: INVALID with line and column, what stands there and what would be right.
 *
 * Returns: (transfer full) (nullable)
 */
SimFaultScript *sim_fault_script_parse (const gchar *text, GError **error);

/** sim_fault_script_load: @text_or_file: a script, or '@' and the name of a file that holds one */
SimFaultScript *sim_fault_script_load (
    const gchar *text_or_file, GError **error);

void sim_fault_script_free (SimFaultScript *self); /* (nullable) */

/** Returns: (transfer none): the action's name in scripts */
const gchar *sim_fault_kind_to_string (SimFaultKind kind);

/** Returns: (transfer full): one line per action with its arguments, for errors and documentation */
gchar *sim_fault_get_help (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimFaultScript, sim_fault_script_free)

G_END_DECLS
