/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the driver says of a channel's frames, against what the emulated core did by
 * the bench. The channel has stopped; the board was rebuilt before it was claimed, and
 * had no other user in its direction since. */
#pragma once

#include "guest-bench.h"

G_BEGIN_DECLS

/** GuestAccounts: as VdmaChannelStats; @lost: by all causes; @halted: of those, what a
 *  halted core missed, which is an estimate */
typedef struct {
  guint64 frames, delivered, lost, halted;
  guint64 recoveries, interrupts;
} GuestAccounts;

/** guest_accounts_judge_capture: frames are the delivered and the lost ones, and but
 *  for @halted as many as the core began; one more at most for each restart behind an
 *  error, as that may come between two */
void guest_accounts_judge_capture (Bench *bench, const GuestAccounts *accounts);
/** guest_accounts_judge_display: what was accepted was shown or is lost; what was shown
 *  came out of the core, where each run begins with its first picture once more */
void guest_accounts_judge_display (Bench *bench, const GuestAccounts *accounts);

G_END_DECLS
