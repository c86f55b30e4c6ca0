# SPDX-License-Identifier: LGPL-2.1-or-later
"""Rules of MM2S, of recovery and of a channel's registers, and the tests that
are to notice when one is broken."""
STRESS = "tests/stress/stress"

TESTS = [
    ("display", "tests/lib/test-vdma-display", []),
    ("show", "tests/lib/test-vdma-show", []),
    ("contract", "tests/lib/test-vdma-contract", []),
    ("life", "tests/lib/test-vdma-life", []),
    ("errors", "tests/lib/test-vdma-errors", []),
    ("barrier", "tests/lib/test-barrier", []),
    ("cost", "tests/lib/test-vdma-cost", []),
    ("board", "tests/lib/test-vdma-board", []),
    ("replay", "tests/lib/test-vdma-replay", []),
    ("stress regressions", STRESS, ["--regressions"]),
    ("stress display", STRESS, ["--set", "direction=display"]),
    ("stress loop", STRESS, ["--set", "direction=loop"]),
    ("stress both", STRESS, ["--set", "direction=both"]),
]

MUTATIONS = [
    ("a commit is believed to have acted at the next interrupt",
     "vdma-display.c", "#define DISPLAY_COMMIT_EVENTS 2",
     "#define DISPLAY_COMMIT_EVENTS 1"),
    ("an interrupt that was pending counts as one behind the commit",
     "vdma-display.c", "guint stale = (status & VDMA_SR_FRMCNT_IRQ) ? 1 : 0;",
     "guint stale = 0; (void) status;"),
    ("every address is dated by a frame that is still to come",
     "vdma-display.c",
     "return self->n > 1 && !last->parked && last[-1].store != last->store;",
     "return self->n > 1 && last->frame.phys != 0;"),
    ("a frame need not be shown for its frame time", "vdma-display.c",
     "next->parked || self->entry[0].owed > 0 ||", "next->parked ||"),
    ("the store on display gets the next address", "vdma-display.c",
     "for (guint i = 0; i < self->n; i++) "
     "busy |= 1u << self->entry[i].store;",
     "for (guint i = 1; i < self->n; i++) "
     "busy |= 1u << self->entry[i].store;"),
    ("a frame is released when its successor's turn comes",
     "vdma-display.c",
     "if (vdma_channel_read_store (ch) == self->entry[1].store) { "
     "self->steady++;", "if (TRUE) { self->steady++;"),
    ("a pointer ahead of its frame counts as the frame's begin",
     "vdma-display.c", "return (status & VDMA_SR_FRMCNT_IRQ) ? 2 : 1;",
     "return (status & VDMA_SR_FRMCNT_IRQ) ? 0 : 0;"),
    ("an interrupt that was pending counts as the frame's end",
     "vdma-display.c", "return (status & VDMA_SR_FRMCNT_IRQ) ? 2 : 1;",
     "return (status & VDMA_SR_FRMCNT_IRQ) ? 1 : 1;"),
    ("a new address in the only store counts as a repeated frame",
     "vdma-display.c", "display_arrive (ch, is_new ? 0 : 2);",
     "display_arrive (ch, is_new ? 2 : 2);"),
    ("the same memory twice is shown once", "vdma-display.c",
     "display_arrive (ch, is_new ? 0 : 2);",
     "display_arrive (ch, is_new ? 0 : 0);"),
    ("frames get their address while the probe runs", "vdma-display.c",
     "self->alike = FALSE; if (self->probing) return;",
     "self->alike = FALSE;"),
    ("a restart goes back to the frame before", "vdma-display.c",
     "if (display_is_moving (self)) display_arrive (ch, 1); "
     "ch->park = self->entry[0].store;", "ch->park = self->entry[0].store;"),
    ("what was on display at a stop is not counted", "vdma-display.c",
     "if (self->n > 0 && !ch->was_reset) display_read_last (ch);", ";"),
    ("a frame is not released at a stop", "vdma-display.c",
     "vdma_channel_release_frame (ch, &self->entry[i].frame);", ";"),
    ("attempts to recover are never forgotten", "vdma-recover.c",
     "self->retry.attempts = 0;", ";"),
    ("attempts to recover never end", "vdma-recover.c",
     "if (attempt >= RECOVER_ATTEMPTS)", "if (FALSE)"),
    ("size errors that stick are cleared in vain", "vdma-recover.c",
     "return VDMA_SR_SOF_EARLY | VDMA_SR_SOF_LATE;", "return 0;"),
    ("IntErr alone is believed not to halt", "vdma-recover.c",
     "return !(vdma_channel_read (self, self->port->regs + VDMA_CR) "
     "& VDMA_CR_RS);", "return FALSE;"),
    ("a core that does not stop gives its frames back", "vdma-recover.c",
     "if (halted) { self->engine->stop (self);",
     "if (halted || TRUE) { self->engine->stop (self);"),
    ("a reset leaves the flip as it is", "vdma-program.c",
     "if (desc->vert_flip)", "if (FALSE)"),
    ("the upper half of an address is not written", "vdma-program.c",
     "vdma_channel_write (self, first + 8 * store + 4, "
     "(guint32) (phys >> 32));", ";"),
    ("a halt that does not come is believed", "vdma-program.c",
     "return vdma_core_reset (core, error); } "
     "/* ---- a channel's registers ---- */",
     "return TRUE; } /* ---- a channel's registers ---- */"),
    ("RS is believed to act at once", "vdma-program.c",
     "if (!core_poll (&core, self->port->regs + VDMA_SR, VDMA_SR_HALTED, 0, "
     "PROGRAM_RUN_LIMIT)) {", "if (FALSE) {"),
    ("a commit is not ordered behind the memory", "vdma-program.c",
     "vdma_channel_hand_over ( self, self->port->params + VDMA_VSIZE,",
     "vdma_channel_write ( self, self->port->params + VDMA_VSIZE,"),
]
