/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Locks and crash guard of a core's channels. */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_BOARD

#include "board-claims.h"

#include "hw-desc.h"
#include "io-guard.h"
#include "io-lock.h"
#include "vdma-log.h"
#include "vdma-regs.h"
#include "vdma-util.h"

/* Parts of the lock file: the channels, by direction, and behind them: */
#define CLAIMS_PARK_PART VDMA_N_DIRECTIONS
/* The guardian's number of the lock; those of memory are the allocator's. */
#define CLAIMS_LOCK_NUMBER G_MAXUINT64
/* Longer than any write of a register takes; shorter than people notice. */
#define CLAIMS_PARK_LIMIT (100 * VDMA_NSEC_PER_MSEC)

G_STATIC_ASSERT (CLAIMS_PARK_PART < VDMA_LOCK_PARTS);

typedef struct {
  VdmaShare base;
  VdmaRegs *regs;
  VdmaLock *lock;         /* (nullable) */
  VdmaGuardian *guardian; /* (nullable) */
  gboolean inside;
} BoardClaims;

static guint
claims_cr (guint channel)
{
  return (channel == VDMA_S2MM ? VDMA_S2MM_BASE : VDMA_MM2S_BASE) + VDMA_CR;
}

static gboolean
claims_claim (VdmaShare *share, guint channel, GError **error)
{
  BoardClaims *self = (BoardClaims *) share;
  if (self->lock && !vdma_lock_take (self->lock, channel, error))
    return FALSE;
  vdma_guard_add (self->regs, claims_cr (channel), VDMA_CR_RESET);
  if (self->guardian)
    vdma_guardian_arm (self->guardian, claims_cr (channel), VDMA_CR_RESET);
  return TRUE;
}

static void
claims_release (VdmaShare *share, guint channel)
{
  BoardClaims *self = (BoardClaims *) share;
  vdma_guard_remove (self->regs, claims_cr (channel));
  if (self->guardian)
    vdma_guardian_disarm (self->guardian, claims_cr (channel));
  if (self->lock)
    vdma_lock_give (self->lock, channel);
}

static void
claims_enter (VdmaShare *share)
{
  BoardClaims *self = (BoardClaims *) share;
  if (!self->lock)
    return;
  self->inside =
      vdma_lock_wait (self->lock, CLAIMS_PARK_PART, CLAIMS_PARK_LIMIT);
  if (!self->inside)
    vdma_log_warning ("another process keeps the lock of the park pointer; "
                      "going on without");
}

static void
claims_leave (VdmaShare *share)
{
  BoardClaims *self = (BoardClaims *) share;
  if (self->inside)
    vdma_lock_give (self->lock, CLAIMS_PARK_PART);
  self->inside = FALSE;
}

static void
claims_close (VdmaShare *share)
{
  BoardClaims *self = (BoardClaims *) share;
  for (guint channel = 0; channel < VDMA_N_DIRECTIONS; channel++)
    vdma_guard_remove (self->regs, claims_cr (channel));
  vdma_guardian_stop (self->guardian);
  vdma_lock_close (self->lock);
  g_free (self);
}

static const VdmaShareImpl claims_impl = {
  .name = "locks",
  .claim = claims_claim,
  .release = claims_release,
  .enter = claims_enter,
  .leave = claims_leave,
  .close = claims_close,
};

VdmaShare *
board_claims_new (const gchar *root, guint64 address, VdmaRegs *regs,
    VdmaGuardian *guardian, GError **error)
{
  g_autoptr (GError) reason = NULL;
  BoardClaims *self = g_new0 (BoardClaims, 1);

  self->base.impl = &claims_impl;
  self->regs = regs;
  self->guardian = guardian;
  self->lock = vdma_lock_open (root, address, &reason);
  if (!self->lock)
    vdma_log_warning ("nothing keeps other processes from the core at "
                      "0x%" G_GINT64_MODIFIER "x: %s",
        address, reason->message);
  if (!self->lock || !guardian)
    return &self->base;
  /* so that nobody starts what the guardian is about to stop; before all
   * memory, so that it is let go behind that */
  vdma_lock_set_guardian (self->lock, vdma_guardian_get_pid (guardian));
  if (vdma_guardian_keep (
          guardian, CLAIMS_LOCK_NUMBER, vdma_lock_get_fd (self->lock), error))
    return &self->base;
  claims_close (&self->base);
  return NULL;
}

/* ---- memory ---- */

static gboolean
claims_keep (gpointer data, guint64 number, gint fd, GError **error)
{
  return vdma_guardian_keep (data, number, fd, error);
}

static void
claims_forget (gpointer data, guint64 number)
{
  vdma_guardian_forget (data, number);
}

const XlnkKeeper *
board_claims_get_keeper (VdmaShare *share, gpointer *data)
{
  static const XlnkKeeper keeper = { claims_keep, claims_forget };
  *data = ((BoardClaims *) share)->guardian;
  return *data ? &keeper : NULL;
}
