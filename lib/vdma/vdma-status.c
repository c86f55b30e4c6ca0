/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Status words and losses as text. */
#include "vdma.h"

#include "vdma-regs.h"

/* What a person should look at, per bit (hardware.md 2.10). */
typedef struct {
  guint32 bit;
  const gchar *name;
  const gchar *text[VDMA_N_DIRECTIONS]; /* NULL: the bit is reserved there */
} StatusRow;

static const StatusRow status_rows[] = {
  { VDMA_SR_DEC_ERR, "VDMADecErr",
      { "the core read an address where no memory answers: a frame lies "
        "outside "
        "of what its port reaches, or a frame store was never programmed",
          "the core wrote to an address where no memory answers: a frame lies "
          "outside of what its port reaches, or a frame store was never "
          "programmed" } },
  { VDMA_SR_SLV_ERR, "VDMASlvErr",
      { "the memory answered a read with an error: its controller or the "
        "interconnect refuses the access",
          "the memory answered a write with an error: its controller or the "
          "interconnect refuses the access" } },
  { VDMA_SR_INT_ERR, "VDMAIntErr",
      { "internal error of the data mover, or a size of zero was committed "
        "(with SOFEarlyErr it is only a frame cut short)",
          "internal error of the data mover, or a size of zero was committed "
          "(with SOFEarlyErr or SOFLateErr it is only a frame of the "
          "wrong size)" } },
  { VDMA_SR_SOF_EARLY, "SOFEarlyErr",
      { "the next frame sync came before the frame was sent: the sink takes "
        "the "
        "frame slower than its sync allows",
          "a frame ended too early: the source sends fewer lines than the mode "
          "says, or was switched in mid-frame" } },
  { VDMA_SR_EOL_EARLY, "EOLEarlyErr",
      { NULL, "a line ended too early: the source sends fewer bytes a line "
              "than the "
              "mode says (width or pixel format differ)" } },
  { VDMA_SR_SOF_LATE, "SOFLateErr",
      { NULL,
          "a frame went on behind its last line: the source sends more lines "
          "than the mode says" } },
  { VDMA_SR_EOL_LATE, "EOLLateErr",
      { NULL,
          "a line went on behind its end: the source sends more bytes a line "
          "than the mode says (width or pixel format differ)" } },
};

gchar *
vdma_status_to_string (VdmaDirection dir, guint32 status)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (status_rows); i++) {
    const StatusRow *row = &status_rows[i];
    if (!(status & row->bit) || !row->text[dir])
      continue;
    if (text->len > 0)
      g_string_append (text, "; ");
    g_string_append_printf (text, "%s: %s", row->name, row->text[dir]);
  }
  if (text->len == 0)
    g_string_append (text, "no error");
  return g_string_free (text, FALSE);
}

static const gchar *const loss_names[] = {
  [VDMA_LOSS_LATE] = "late",
  [VDMA_LOSS_NO_FRAME] = "no-frame",
  [VDMA_LOSS_SIZE] = "size",
  [VDMA_LOSS_DMA_ERROR] = "dma-error",
  [VDMA_LOSS_HALTED] = "halted",
  [VDMA_LOSS_STARTUP] = "startup",
  [VDMA_LOSS_UNPROVABLE] = "unprovable",
  [VDMA_LOSS_STOPPED] = "stopped",
  [VDMA_LOSS_SKIPPED] = "skipped",
};
G_STATIC_ASSERT (G_N_ELEMENTS (loss_names) == VDMA_N_LOSSES);

const gchar *
vdma_loss_to_string (VdmaLoss loss)
{
  g_return_val_if_fail ((guint) loss < VDMA_N_LOSSES, NULL);
  return loss_names[loss];
}
