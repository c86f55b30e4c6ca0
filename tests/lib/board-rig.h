/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A simulated board on the bench: opened, its registers programmed by hand, its
 * interrupts waited for. No driver: what a test sees is the board alone. */
#pragma once

#include "sim.h"
#include "vdma-regs.h"

G_BEGIN_DECLS

typedef struct {
  guint hsize, vsize, stride;
  guint n_stores;
  XlnkBlock *blocks[VDMA_MAX_STORES];
} RigChannel;

typedef struct {
  SimBoard *board;
  VdmaRegs *regs;
  VdmaIrq *irqs[VDMA_N_DIRECTIONS];
  VdmaTime *time;
  XlnkAllocator *memory;
  RigChannel channel[VDMA_N_DIRECTIONS];
} BoardRig;

/** board_rig_open: everything the board has; the test fails when it cannot be had */
void board_rig_open (BoardRig *rig, const gchar *name, const gchar *options);
/** board_rig_close: stops, gives back all */
void board_rig_close (BoardRig *rig);

guint32 board_rig_read (BoardRig *rig, VdmaDirection dir, guint reg);
void board_rig_write (
    BoardRig *rig, VdmaDirection dir, guint reg, guint32 value);
/* registers relative to the channel's parameter base */
void board_rig_write_param (
    BoardRig *rig, VdmaDirection dir, guint reg, guint32 value);

/** board_rig_block: (transfer full): memory that a core of 32 bits reaches */
XlnkBlock *board_rig_block (BoardRig *rig, gsize size, XlnkCaching caching);
/** board_rig_alloc: a block for every store, owned by the device, holding @fill */
void board_rig_alloc (BoardRig *rig, VdmaDirection dir, guint hsize,
    guint vsize, guint stride, guint8 fill);
/** board_rig_program: all addresses and sizes, but no start */
void board_rig_program (BoardRig *rig, VdmaDirection dir);
/** board_rig_run: CR = @cr with RS, then VSIZE; the line is armed */
void board_rig_run (BoardRig *rig, VdmaDirection dir, guint32 cr);
/** board_rig_start: alloc, program, run with frame and error interrupts, circular, one frame each */
void board_rig_start (
    BoardRig *rig, VdmaDirection dir, guint hsize, guint vsize);
/** board_rig_stop: RS = 0 and a bounded wait for Halted, else a reset */
void board_rig_stop (BoardRig *rig, VdmaDirection dir);

/** board_rig_wait: for the channel's interrupt, at most @ns. Returns: whether it came */
gboolean board_rig_wait (BoardRig *rig, VdmaDirection dir, gint64 ns);
/** board_rig_ack: Returns: SR as read; its interrupt flags cleared and the line armed again */
guint32 board_rig_ack (BoardRig *rig, VdmaDirection dir);
/** Returns: store in work, from PARK_PTR_REG */
guint board_rig_store (BoardRig *rig, VdmaDirection dir);

/** board_rig_view: what the CPU sees of a store; the block stays the device's */
const guint8 *board_rig_view (BoardRig *rig, VdmaDirection dir, guint store);

/** board_rig_assert_no_complaints: no violation, no coherency report, nothing undefined */
void board_rig_assert_no_complaints (BoardRig *rig);

G_END_DECLS
