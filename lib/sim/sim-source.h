/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the pictures of a simulated camera come from: a small vtable. */
#pragma once

#include "sim-pattern.h"

G_BEGIN_DECLS

typedef struct SimSource SimSource;

typedef struct {
  const gchar *name;
  /** free_running: sends frames also when nobody takes them; FALSE: has none of
   *  its own, or keeps them until someone does */
  gboolean free_running;
  /** begin: the next frame. @wanted: the geometry that the receiver or the
   *  options ask for; @shape: (out): what comes; never more than 8191 lines.
   *  FALSE: nothing in this frame time */
  gboolean (*begin) (
      SimSource *self, guint64 number, const SimShape *wanted, SimShape *shape);
  /** line: @line below shape's lines; @size: (out): its bytes. Valid until the
   *  next call */
  guint8 *(*line) (SimSource *self, guint line, gsize *size);
  void (*free) (SimSource *self);
} SimSourceImpl;

/** SimSource: embedded as first member by each implementation. */
struct SimSource {
  const SimSourceImpl *impl;
};

/** sim_source_pattern_new: sends @kind in the wanted geometry; nothing while that is unknown */
SimSource *sim_source_pattern_new (SimPatternKind kind); /* (transfer full) */
SimSource *sim_source_silence_new (void);                /* (transfer full) */

static inline void
sim_source_free (SimSource *source)
{
  if (source)
    source->impl->free (source);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimSource, sim_source_free)

G_END_DECLS
