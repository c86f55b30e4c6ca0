/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Registers of the AXI interrupt controller, by PG099's names; bit n is input n. */
#pragma once

#define INTC_ISR 0x00u /* status: what came and was not acknowledged */
#define INTC_IPR 0x04u /* pending: ISR & IER; optional, then it reads 0 */
#define INTC_IER 0x08u /* enable */
#define INTC_IAR 0x0cu /* acknowledge: clears bits of ISR */
#define INTC_SIE 0x10u /* sets bits of IER; optional */
#define INTC_CIE 0x14u /* clears bits of IER; optional */
#define INTC_IVR 0x18u /* lowest pending input, or all ones; optional */
#define INTC_MER 0x1cu /* master enable */

#define INTC_MER_ME  0x1u /* the output */
#define INTC_MER_HIE 0x2u /* the inputs; stays set until the reset */
