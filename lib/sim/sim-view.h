/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One face of the simulated memory: a range of pointers that never moves, and
 * the memfds whose pages are there.
 *
 * All ranges share one memfd until a descriptor of one of them is wanted: that
 * range then gets a memfd of its own, at the same pointers. Whoever has the
 * descriptor can reach these bytes and no others. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  gint fd; /* of what has no memfd of its own; -1: not open */
  guint8 *data;
  guint64 size;
} SimView;

#define SIM_VIEW_INIT ((SimView){ .fd = -1 })

/** sim_view_open: @self: SIM_VIEW_INIT; to be closed in any case. Errors: NO_MEMORY */
gboolean sim_view_open (
    SimView *self, const gchar *name, guint64 size, GError **error);
void sim_view_close (SimView *self);

/**
 * sim_view_detach:
 * @at, @size: whole pages that are not detached
 *
 * Gives the range a memfd of its own, of exactly @size bytes and sealed against
 * another length. Its content goes along; nobody may write there meanwhile.
 *
 * Errors: FAILED when the process has no descriptor left; NO_MEMORY. The range
 *   is as before then.
 *
 * Returns: the memfd, for sim_view_attach(); -1 with @error
 */
gint sim_view_detach (SimView *self, gsize at, gsize size, GError **error);

/**
 * sim_view_attach:
 * @fd: (transfer full): from sim_view_detach()
 *
 * Undoes sim_view_detach(); what the range holds now is undefined.
 *
 * Returns: FALSE when the kernel refuses: the range must not be used again,
 *   since other holders of the memfd still reach it
 */
gboolean sim_view_attach (SimView *self, gsize at, gsize size, gint fd);

/** sim_view_discard: gives the pages of an attached range back to the system; it then reads 0 */
void sim_view_discard (SimView *self, gsize at, gsize size);

G_END_DECLS
