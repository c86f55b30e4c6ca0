/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sources that need no input: drawn patterns, and nothing at all. */
#include "sim-source.h"

/* ---- patterns ---- */

typedef struct {
  SimSource base;
  SimPattern *pattern;
  gsize size;
} PatternSource;

static gboolean
pattern_source_begin (
    SimSource *source, guint64 number, const SimShape *wanted, SimShape *shape)
{
  PatternSource *self = (PatternSource *) source;
  *shape = *wanted;
  if (shape->lines == 0 || shape->size == 0)
    return FALSE;
  self->size = shape->size;
  sim_pattern_begin (self->pattern, number, shape);
  return TRUE;
}

static guint8 *
pattern_source_line (SimSource *source, guint line, gsize *size)
{
  PatternSource *self = (PatternSource *) source;
  *size = self->size;
  return sim_pattern_line (self->pattern, line);
}

static void
pattern_source_free (SimSource *source)
{
  PatternSource *self = (PatternSource *) source;
  sim_pattern_free (self->pattern);
  g_free (self);
}

static const SimSourceImpl pattern_source_impl = {
  .name = "pattern",
  .free_running = TRUE,
  .begin = pattern_source_begin,
  .line = pattern_source_line,
  .free = pattern_source_free,
};

SimSource *
sim_source_pattern_new (SimPatternKind kind)
{
  PatternSource *self = g_new0 (PatternSource, 1);
  self->base.impl = &pattern_source_impl;
  self->pattern = sim_pattern_new (kind);
  return &self->base;
}

/* ---- silence ---- */

static gboolean
silence_source_begin (
    SimSource *source, guint64 number, const SimShape *wanted, SimShape *shape)
{
  return FALSE;
}

static guint8 *
silence_source_line (SimSource *source, guint line, gsize *size)
{
  *size = 0;
  return NULL;
}

static void
silence_source_free (SimSource *source)
{
  g_free (source);
}

static const SimSourceImpl silence_source_impl = {
  .name = "silence",
  .begin = silence_source_begin,
  .line = silence_source_line,
  .free = silence_source_free,
};

SimSource *
sim_source_silence_new (void)
{
  SimSource *self = g_new0 (SimSource, 1);
  self->impl = &silence_source_impl;
  return self;
}
