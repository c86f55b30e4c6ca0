/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sharing one core with other processes: who has which channel, and turns at
 * the register that belongs to both. Part of io.h. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct VdmaShare VdmaShare;

typedef struct {
  const gchar *name;
  gboolean (*claim) (VdmaShare *self, guint channel, GError **error);
  void (*release) (VdmaShare *self, guint channel);
  void (*enter) (VdmaShare *self);
  void (*leave) (VdmaShare *self);
  void (*close) (VdmaShare *self); /* frees self */
} VdmaShareImpl;

/** VdmaShare: embedded as first member by each implementation. */
struct VdmaShare {
  const VdmaShareImpl *impl;
};

/**
 * vdma_share_claim:
 * @channel: 0 or 1; not claimed by @self
 *
 * Never blocks for long. Errors: BUSY, naming the process that has it.
 */
gboolean vdma_share_claim (VdmaShare *self, guint channel, GError **error);
void vdma_share_release (VdmaShare *self, guint channel);

/**
 * vdma_share_enter, vdma_share_leave:
 *
 * Between the two no other process is. A process that stays inside, because it
 * was stopped there, holds others up for a tenth of a second, not for ever.
 * One thread at a time.
 */
void vdma_share_enter (VdmaShare *self);
void vdma_share_leave (VdmaShare *self);

void vdma_share_close (VdmaShare *self); /* (nullable): ends all claims */

G_END_DECLS
