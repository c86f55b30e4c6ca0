/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core-ports.h"

#include "vdma-regs.h"

const struct CorePorts core_ports[VDMA_N_DIRECTIONS] = {
  [VDMA_MM2S] = { VDMA_MM2S_BASE, VDMA_MM2S_PARAM_BASE },
  [VDMA_S2MM] = { VDMA_S2MM_BASE, VDMA_S2MM_PARAM_BASE },
};

guint64
core_ports_read_address (
    SimCore *core, const VdmaHwDesc *desc, VdmaDirection dir, guint store)
{
  guint start = core_ports[dir].params + VDMA_START_ADDRESS;
  guint index = core_ports[dir].base + VDMA_REG_INDEX;

  if (desc->addr_width > 32) {
    guint64 low = sim_core_read (core, start + 8 * store);
    guint64 high = sim_core_read (core, start + 8 * store + 4);
    return high << 32 | low;
  }
  guint32 bank = sim_core_read (core, index);
  sim_core_write (core, index, store / VDMA_START_WORDS);
  guint64 address =
      sim_core_read (core, start + 4 * (store % VDMA_START_WORDS));
  sim_core_write (core, index, bank);
  return address;
}
