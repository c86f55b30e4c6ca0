/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a channel's registers are, for tests that go through a simulated core's
 * registers by themselves. */
#pragma once

#include "sim-core.h"

G_BEGIN_DECLS

/** core_ports: offsets by direction; @base: of control and status, @params: of VSIZE
 *  and what follows */
extern const struct CorePorts {
  guint base, params;
} core_ports[VDMA_N_DIRECTIONS];

/** core_ports_read_address: of a frame store, through banks and halves as a driver
 *  would read it; of a core that lets its parameters be read */
guint64 core_ports_read_address (
    SimCore *core, const VdmaHwDesc *desc, VdmaDirection dir, guint store);

G_END_DECLS
