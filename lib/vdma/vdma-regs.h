/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Register map of the AXI VDMA 6.2 and 6.3 in register-direct mode, by the
 * names of PG020 (hardware.md section 1). Facts only, no code: the driver and
 * the simulated board share this file and nothing else. */
#pragma once

/* ---- offsets inside the window (hardware.md 1.1) ---- */

#define VDMA_REG_SPAN    0x100 /* bytes that hold registers */
#define VDMA_REG_DECODED 0x200 /* bytes that the core decodes */

/* Channel blocks: control registers, then the parameters that VSIZE commits. */
#define VDMA_MM2S_BASE       0x00
#define VDMA_S2MM_BASE       0x30
#define VDMA_MM2S_PARAM_BASE 0x50
#define VDMA_S2MM_PARAM_BASE 0xA0

/* relative to a channel's base */
#define VDMA_CR        0x00
#define VDMA_SR        0x04
#define VDMA_IRQ_MASK  0x0C /* S2MM only: 0x3C */
#define VDMA_REG_INDEX 0x14
#define VDMA_FRMSTORE  0x18
#define VDMA_THRESHOLD 0x1C

/* common to both channels */
#define VDMA_FRMPTR_STS 0x24
#define VDMA_PARK_PTR   0x28
#define VDMA_VERSION    0x2C

/* relative to a channel's parameter base */
#define VDMA_VSIZE         0x00
#define VDMA_HSIZE         0x04
#define VDMA_FRMDLY_STRIDE 0x08
#define VDMA_START_ADDRESS 0x0C /* first of 16 words */
#define VDMA_START_WORDS   16

/* S2MM only */
#define VDMA_VERT_FLIP    0xEC
#define VDMA_HSIZE_STATUS 0xF0
#define VDMA_VSIZE_STATUS 0xF4

/* ---- xxx_VDMACR (hardware.md 1.2) ---- */

#define VDMA_CR_RS              0x00000001u
#define VDMA_CR_CIRCULAR        0x00000002u /* 1 circular, 0 park */
#define VDMA_CR_RESET           0x00000004u
#define VDMA_CR_GENLOCK_EN      0x00000008u
#define VDMA_CR_FRAME_CNT_EN    0x00000010u
#define VDMA_CR_FSYNC_SRC       0x00000060u /* no effect in v6 */
#define VDMA_CR_GENLOCK_SRC     0x00000080u
#define VDMA_CR_PNTR_NUM        0x00000F00u
#define VDMA_CR_FRMCNT_IRQ_EN   0x00001000u
#define VDMA_CR_DLYCNT_IRQ_EN   0x00002000u
#define VDMA_CR_ERR_IRQ_EN      0x00004000u
#define VDMA_CR_REPEAT_EN       0x00008000u
#define VDMA_CR_IRQ_FRAME_COUNT 0x00FF0000u
#define VDMA_CR_IRQ_DELAY_COUNT 0xFF000000u

#define VDMA_CR_RESET_VALUE                                                    \
  0x00010002u /* plus GENLOCK_SRC for a genlock pair */
#define VDMA_CR_UNCERTAIN_BITS 0x000000E0u /* reset value not known for sure */

/* ---- xxx_VDMASR (hardware.md 1.3) ---- */

#define VDMA_SR_HALTED          0x00000001u
#define VDMA_SR_INT_ERR         0x00000010u /* VDMAIntErr */
#define VDMA_SR_SLV_ERR         0x00000020u /* VDMASlvErr, read only */
#define VDMA_SR_DEC_ERR         0x00000040u /* VDMADecErr, read only */
#define VDMA_SR_SOF_EARLY       0x00000080u
#define VDMA_SR_EOL_EARLY       0x00000100u /* S2MM */
#define VDMA_SR_SOF_LATE        0x00000800u /* S2MM */
#define VDMA_SR_FRMCNT_IRQ      0x00001000u
#define VDMA_SR_DLYCNT_IRQ      0x00002000u
#define VDMA_SR_ERR_IRQ         0x00004000u
#define VDMA_SR_EOL_LATE        0x00008000u /* S2MM */
#define VDMA_SR_IRQ_FRAME_COUNT 0x00FF0000u
#define VDMA_SR_IRQ_DELAY_COUNT 0xFF000000u

#define VDMA_SR_RESET_VALUE 0x00010001u
#define VDMA_SR_IRQS        0x00007000u
#define VDMA_SR_S2MM_ERRORS 0x000089F0u
#define VDMA_SR_MM2S_ERRORS 0x000000F0u
#define VDMA_SR_S2MM_SIZE_ERRORS                                               \
  0x00008980u /* EOLLate, SOFLate, EOLEarly, SOFEarly */
#define VDMA_SR_BUS_ERRORS 0x00000060u /* SlvErr, DecErr: halt, read only */

/* ---- the rest (hardware.md 1.4) ---- */

#define VDMA_REG_INDEX_MASK 0x00000001u
#define VDMA_FRMSTORE_MASK  0x0000003Fu

#define VDMA_PARK_RD_REF   0x0000001Fu
#define VDMA_PARK_WR_REF   0x00001F00u
#define VDMA_PARK_RD_STORE 0x001F0000u /* RdFrmStore, read only */
#define VDMA_PARK_WR_STORE 0x1F000000u /* WrFrmStore, read only */

#define VDMA_FRMPTR_MM2S_OUT 0x0000001Fu
#define VDMA_FRMPTR_MM2S_IN  0x00001F00u
#define VDMA_FRMPTR_S2MM_OUT 0x001F0000u
#define VDMA_FRMPTR_S2MM_IN  0x1F000000u

#define VDMA_VERSION_ID    0xFFF00000u /* major and minor */
#define VDMA_VERSION_ID_V6 0x620u      /* 6.2 and 6.3 both say 6/0x20 */

#define VDMA_IRQ_MASK_SOF_EARLY 0x00000001u
#define VDMA_IRQ_MASK_EOL_EARLY 0x00000002u
#define VDMA_IRQ_MASK_SOF_LATE  0x00000004u
#define VDMA_IRQ_MASK_EOL_LATE  0x00000008u
#define VDMA_IRQ_MASK_ALL       0x0000000Fu

#define VDMA_VSIZE_MASK          0x00001FFFu
#define VDMA_HSIZE_MASK          0x0000FFFFu
#define VDMA_STRIDE_MASK         0x0000FFFFu
#define VDMA_FRMDLY_MASK         0x1F000000u
#define VDMA_FRMDLY_STRIDE_RESET 0x01000000u
#define VDMA_VERT_FLIP_EN        0x00000001u

_Static_assert(VDMA_S2MM_BASE + VDMA_IRQ_MASK == 0x3C, "S2MM_VDMA_IRQ_MASK");
_Static_assert(VDMA_S2MM_BASE + VDMA_THRESHOLD == 0x4C, "S2MM_THRESHOLD");
_Static_assert(
    VDMA_MM2S_PARAM_BASE + VDMA_START_ADDRESS + 4 * VDMA_START_WORDS == 0x9C,
    "MM2S_START_ADDRESS ends before 0x9C");
_Static_assert(VDMA_S2MM_PARAM_BASE + VDMA_START_ADDRESS + 4 * VDMA_START_WORDS
                   == VDMA_VERT_FLIP,
    "S2MM_START_ADDRESS ends before ENABLE_VERTICAL_FLIP");
