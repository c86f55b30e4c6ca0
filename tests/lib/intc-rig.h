/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An interrupt controller whose output is the line of a UIO device, with any
 * number of openings: each has an event counter of its own, and whoever enables
 * the line enables it for all. Time is moved by the test. */
#pragma once

#include "intc-model.h"
#include "io.h"

G_BEGIN_DECLS

#define INTC_RIG_OPENINGS 4

/** IntcRigLine: an opening; @seen: of the device's count; @look: when held */
typedef struct {
  VdmaIrq base;
  struct IntcRig *rig;
  guint seen;
  gint64 look;
} IntcRigLine;

/**
 * IntcRig:
 * @step: (nullable): called before each access to a register and to the line
 * @n_fired: interrupts that the processor took
 */
typedef struct IntcRig {
  IntcModel model;
  gint64 now;
  gboolean enabled;
  guint total;
  guint64 n_fired;
  gboolean vanished;
  IntcRigLine *lines[INTC_RIG_OPENINGS];
  void (*step) (gpointer data);
  gpointer data;
} IntcRig;

/**
 * IntcRigKind: what an input takes, and what is known of it
 * @built: as C_KIND_OF_INTR, for all inputs
 * @looks: whether who opens the input says how to look at the level
 */
typedef struct {
  const gchar *name;
  guint32 built;
  gboolean looks;
} IntcRigKind;

/** intc_rig_add_test: @test for each kind of input; its data is an IntcRigKind */
void intc_rig_add_test (const gchar *path, GTestDataFunc test);

/** intc_rig_init: @kind: as C_KIND_OF_INTR */
void intc_rig_init (IntcRig *self, guint n_inputs, guint32 kind);
/** intc_rig_open_line: the UIO device's; its descriptor is an eventfd */
VdmaIrq *intc_rig_open_line (IntcRig *self);
/** intc_rig_open_regs: the controller's */
VdmaRegs *intc_rig_open_regs (IntcRig *self);
void intc_rig_set_pin (IntcRig *self, guint input, gboolean high);
void intc_rig_set_time (IntcRig *self, gint64 now);
/** Returns: whether who waits for the line would wake */
gboolean intc_rig_is_readable (const IntcRigLine *line);
/** Returns: the next time at which a line that is held is readable; G_MAXINT64 */
gint64 intc_rig_next_look (const IntcRig *self);

G_END_DECLS
