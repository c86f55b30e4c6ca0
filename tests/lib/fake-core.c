/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-core.h"

#include "vdma-regs.h"

void
fake_core_fill (FakeRoot *root, const gchar *file, guint at)
{
  static const struct {
    guint offset;
    guint32 word;
  } words[] = {
    { VDMA_VERSION, 0x62000050 },
    { VDMA_MM2S_BASE + VDMA_CR, VDMA_CR_RESET_VALUE },
    { VDMA_MM2S_BASE + VDMA_SR, VDMA_SR_RESET_VALUE },
    { VDMA_S2MM_BASE + VDMA_CR, VDMA_CR_RESET_VALUE },
    { VDMA_S2MM_BASE + VDMA_SR, VDMA_SR_RESET_VALUE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    fake_root_poke (root, file, at + words[i].offset, words[i].word);
}
