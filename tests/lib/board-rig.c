/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "board-rig.h"

#include <string.h>

#include "vdma-util.h"

static const guint rig_base[VDMA_N_DIRECTIONS] = {
  [VDMA_MM2S] = VDMA_MM2S_BASE,
  [VDMA_S2MM] = VDMA_S2MM_BASE,
};
static const guint rig_param_base[VDMA_N_DIRECTIONS] = {
  [VDMA_MM2S] = VDMA_MM2S_PARAM_BASE,
  [VDMA_S2MM] = VDMA_S2MM_PARAM_BASE,
};

void
board_rig_open (BoardRig *rig, const gchar *name, const gchar *options)
{
  g_autoptr (GError) error = NULL;
  memset (rig, 0, sizeof *rig);
  rig->board = sim_board_open (name, options, &error);
  g_assert_no_error (error);
  rig->time = sim_board_get_time (rig->board);
  rig->regs = sim_board_open_regs (rig->board);
  const VdmaHwDesc *desc = sim_board_get_desc (rig->board);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    if (!desc->channel[dir].present)
      continue;
    rig->irqs[dir] =
        sim_board_open_irq (rig->board, (VdmaDirection) dir, &error);
    g_assert_no_error (error);
  }
  XlnkBackend *backend = sim_board_open_memory (rig->board, &error);
  g_assert_no_error (error);
  rig->memory = xlnk_allocator_new (backend);
}

static void
rig_free_blocks (RigChannel *channel)
{
  for (guint i = 0; i < channel->n_stores; i++) {
    xlnk_block_set_owner (
        channel->blocks[i], XLNK_OWNER_APPLICATION, FALSE, NULL);
    g_clear_pointer (&channel->blocks[i], xlnk_block_unref);
  }
  channel->n_stores = 0;
}

void
board_rig_close (BoardRig *rig)
{
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    if (!rig->irqs[dir])
      continue;
    board_rig_stop (rig, (VdmaDirection) dir);
    rig_free_blocks (&rig->channel[dir]);
    vdma_irq_close (rig->irqs[dir]);
  }
  vdma_regs_close (rig->regs);
  xlnk_allocator_unref (rig->memory);
  sim_board_unref (rig->board);
  memset (rig, 0, sizeof *rig);
}

guint32
board_rig_read (BoardRig *rig, VdmaDirection dir, guint reg)
{
  return vdma_regs_read (rig->regs, rig_base[dir] + reg);
}

void
board_rig_write (BoardRig *rig, VdmaDirection dir, guint reg, guint32 value)
{
  vdma_regs_write (rig->regs, rig_base[dir] + reg, value);
}

void
board_rig_write_param (
    BoardRig *rig, VdmaDirection dir, guint reg, guint32 value)
{
  vdma_regs_write (rig->regs, rig_param_base[dir] + reg, value);
}

XlnkBlock *
board_rig_block (BoardRig *rig, gsize size, XlnkCaching caching)
{
  g_autoptr (GError) error = NULL;
  XlnkBlock *block =
      xlnk_alloc (rig->memory, size, 1, 0, caching, G_MAXUINT32, &error);
  g_assert_no_error (error);
  return block;
}

void
board_rig_alloc (BoardRig *rig, VdmaDirection dir, guint hsize, guint vsize,
    guint stride, guint8 fill)
{
  RigChannel *channel = &rig->channel[dir];
  rig_free_blocks (channel);
  channel->hsize = hsize;
  channel->vsize = vsize;
  channel->stride = stride;
  channel->n_stores = sim_board_get_desc (rig->board)->n_stores;
  for (guint i = 0; i < channel->n_stores; i++) {
    g_autoptr (GError) error = NULL;
    XlnkBlock *block = xlnk_alloc (
        rig->memory, vsize, stride, 0, XLNK_CACHEABLE, G_MAXUINT32, &error);
    g_assert_no_error (error);
    guint8 *data = xlnk_block_map (block, XLNK_ACCESS_WRITE, &error);
    g_assert_no_error (error);
    memset (data, fill, (gsize) stride * vsize);
    xlnk_block_unmap (block, XLNK_ACCESS_WRITE);
    xlnk_block_set_owner (block, XLNK_OWNER_DEVICE, dir == VDMA_S2MM, &error);
    g_assert_no_error (error);
    channel->blocks[i] = block;
  }
}

void
board_rig_program (BoardRig *rig, VdmaDirection dir)
{
  const RigChannel *channel = &rig->channel[dir];
  for (guint i = 0; i < channel->n_stores; i++)
    board_rig_write_param (rig, dir, VDMA_START_ADDRESS + 4 * i,
        (guint32) xlnk_block_get_phys (channel->blocks[i]));
  board_rig_write_param (
      rig, dir, VDMA_FRMDLY_STRIDE, VDMA_FRMDLY_STRIDE_RESET | channel->stride);
  board_rig_write_param (rig, dir, VDMA_HSIZE, channel->hsize);
}

void
board_rig_run (BoardRig *rig, VdmaDirection dir, guint32 cr)
{
  g_assert_true (vdma_irq_arm (rig->irqs[dir], NULL));
  board_rig_write (rig, dir, VDMA_CR, cr | VDMA_CR_RS);
  g_assert_cmphex (board_rig_read (rig, dir, VDMA_SR) & VDMA_SR_HALTED, ==, 0);
  board_rig_write_param (rig, dir, VDMA_VSIZE, rig->channel[dir].vsize);
}

void
board_rig_start (BoardRig *rig, VdmaDirection dir, guint hsize, guint vsize)
{
  board_rig_alloc (rig, dir, hsize, vsize, hsize, 0xee);
  board_rig_program (rig, dir);
  board_rig_run (rig, dir,
      VDMA_CR_CIRCULAR | VDMA_CR_FRMCNT_IRQ_EN | VDMA_CR_ERR_IRQ_EN
          | VDMA_FIELD_PREP (VDMA_CR_IRQ_FRAME_COUNT, 1));
}

/* Waits for bits of a register of the channel, without descriptors. */
static gboolean
rig_poll (
    BoardRig *rig, VdmaDirection dir, guint reg, guint32 mask, guint32 wanted)
{
  const guint n_polls = 1000;
  for (guint i = 0; i < n_polls; i++) {
    if ((board_rig_read (rig, dir, reg) & mask) == wanted)
      return TRUE;
    gint64 next = vdma_time_now (rig->time) + VDMA_NSEC_PER_MSEC;
    vdma_time_wait (rig->time, NULL, 0, next);
  }
  return FALSE;
}

void
board_rig_stop (BoardRig *rig, VdmaDirection dir)
{
  guint32 cr = board_rig_read (rig, dir, VDMA_CR);
  board_rig_write (rig, dir, VDMA_CR, cr & ~(VDMA_CR_RS | VDMA_SR_IRQS));
  if (rig_poll (rig, dir, VDMA_SR, VDMA_SR_HALTED, VDMA_SR_HALTED))
    return;
  board_rig_write (rig, dir, VDMA_CR, VDMA_CR_RESET);
  g_assert_true (rig_poll (rig, dir, VDMA_CR, VDMA_CR_RESET, 0));
}

gboolean
board_rig_wait (BoardRig *rig, VdmaDirection dir, gint64 ns)
{
  GPollFD fd = { .fd = vdma_irq_get_fd (rig->irqs[dir]), .events = G_IO_IN };
  gint n = vdma_time_wait (rig->time, &fd, 1, vdma_time_now (rig->time) + ns);
  g_assert_cmpint (n, >=, 0);
  return n == 1;
}

guint32
board_rig_ack (BoardRig *rig, VdmaDirection dir)
{
  guint64 count;
  g_assert_true (vdma_irq_consume (rig->irqs[dir], &count, NULL));
  guint32 sr = board_rig_read (rig, dir, VDMA_SR);
  board_rig_write (rig, dir, VDMA_SR, sr & VDMA_SR_IRQS);
  g_assert_true (vdma_irq_arm (rig->irqs[dir], NULL));
  return sr;
}

guint
board_rig_store (BoardRig *rig, VdmaDirection dir)
{
  guint32 park = vdma_regs_read (rig->regs, VDMA_PARK_PTR);
  return dir == VDMA_MM2S ? VDMA_FIELD_GET (VDMA_PARK_RD_STORE, park)
                          : VDMA_FIELD_GET (VDMA_PARK_WR_STORE, park);
}

const guint8 *
board_rig_view (BoardRig *rig, VdmaDirection dir, guint store)
{
  XlnkBlock *block = rig->channel[dir].blocks[store];
  g_autoptr (GError) error = NULL;
  const guint8 *data = xlnk_block_map (block, XLNK_ACCESS_READ, &error);
  g_assert_no_error (error);
  xlnk_block_unmap (block, XLNK_ACCESS_READ);
  return data;
}

void
board_rig_assert_no_complaints (BoardRig *rig)
{
  g_autofree gchar *report = sim_board_get_report (rig->board, 0);
  g_assert_cmpstr (report, ==, NULL);
}
