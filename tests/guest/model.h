/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A board for an emulator: the simulated core with a camera, a display and
 * faults at its streams, on somebody else's memory, interrupts and time.
 *
 * A pure state machine like the core itself: one thread at a time, time is
 * told, the world is reached by callbacks. Knows no emulator. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct GuestModel GuestModel;

/** GuestLine: interrupt lines, in the order of VdmaDirection */
#define GUEST_MODEL_N_LINES 2

/** GuestHost: what the board is plugged into. Callbacks must not call back. */
typedef struct {
  /** Returns: FALSE when there is no memory */
  gboolean (*mem_write) (
      gpointer host, guint64 address, const guint8 *data, gsize size);
  gboolean (*mem_read) (
      gpointer host, guint64 address, guint8 *data, gsize size);
  void (*irq) (gpointer host, guint line, gboolean level);
  /** nullable: whether memory is reached around whatever could be switched off */
  void (*set_axi) (gpointer host, gboolean axi);
} GuestHost;

/**
 * guest_model_new:
 * @options: (nullable): as of a simulated board (docs/simulator.md)
 * @now: ns
 * Returns: (transfer full) (nullable)
 */
GuestModel *guest_model_new (const gchar *options, gint64 now,
    const GuestHost *host, gpointer host_data, GError **error);
void guest_model_free (GuestModel *self); /* (nullable) */

/** guest_model_advance: everything up to @now happens. Returns: when to call again; G_MAXINT64: not by itself */
gint64 guest_model_advance (GuestModel *self, gint64 now);

/* Word accesses at @now; advance has to be called after each. */

/** guest_model_read, guest_model_write: the core's window; beyond what the core decodes nothing is there */
guint32 guest_model_read (GuestModel *self, guint offset, gint64 now);
void guest_model_write (
    GuestModel *self, guint offset, guint32 value, gint64 now);
/** guest_model_intc_read, guest_model_intc_write: of the interrupt controller */
guint32 guest_model_intc_read (GuestModel *self, guint offset, gint64 now);
void guest_model_intc_write (
    GuestModel *self, guint offset, guint32 value, gint64 now);
/** guest_model_bench_read, guest_model_bench_write: bench-window.h */
guint32 guest_model_bench_read (GuestModel *self, guint offset, gint64 now);
void guest_model_bench_write (
    GuestModel *self, guint offset, guint32 value, gint64 now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuestModel, guest_model_free)

G_END_DECLS
