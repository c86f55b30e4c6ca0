/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the reader of .hwh files keeps of a design: modules that are a VDMA or
 * on the way of its interrupts, and the map of addresses.
 *
 *   hw-hwh.c       file and XML to HwhDesign
 *   hw-hwh-core.c  a VDMA's module to VdmaHwCore
 *   hw-hwh-irq.c   where an interrupt line ends */
#pragma once

#include "hw-core-private.h"

G_BEGIN_DECLS

typedef enum {
  HWH_OTHER, /* not kept */
  HWH_VDMA,
  HWH_CONCAT,
  HWH_INTC,
  HWH_PROCESSOR,
} HwhKind;

typedef struct {
  gchar *value;
  guint line;
} HwhParameter;

typedef struct {
  gchar *name;
  gchar *net; /* (nullable): SIGNAME */
  guint width;
  gchar *peer; /* (nullable): "INSTANCE.PORT" of the first connection */
} HwhPort;

typedef struct {
  HwhKind kind;
  guint line;
  gchar *instance;
  gchar *full_name; /* without the leading '/' */
  gchar *type;
  gchar *vlnv;
  GHashTable *parameters; /* name -> HwhParameter */
  GPtrArray *ports;       /* of HwhPort */
  gchar *twice; /* (nullable): a parameter that stands twice and differs */
} HwhModule;

/** HwhRange: an entry of some master's address map. */
typedef struct {
  HwhKind master;
  guint line;
  gchar *instance, *interface;
  gchar *base, *high; /* (nullable): text */
} HwhRange;

typedef struct {
  gchar *name; /* of the file, for messages */
  GPtrArray *modules;
  GPtrArray *ranges;
} HwhDesign;

/** hw_hwh_build_core: (transfer full) */
VdmaHwCore *hw_hwh_build_core (
    const HwhDesign *design, const HwhModule *module);

/** hw_hwh_trace_irq: follows the line of @port, "mm2s_introut" */
void hw_hwh_trace_irq (const HwhDesign *design, const HwhModule *module,
    const gchar *port, VdmaHwIrq *irq, VdmaHwCore *core);

const HwhPort *hw_hwh_find_port (const HwhModule *module, const gchar *name);

G_END_DECLS
