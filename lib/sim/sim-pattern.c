/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-pattern.h"

#include <string.h>

#include "sim-counter.h"

#define PATTERN_ZONES 3 /* horizontal bands of the colour bars */

typedef struct {
  const gchar *name;
  /* once per shape; @prepared has PATTERN_ZONES lines of zeroes */
  void (*prepare) (SimPattern *self);
  guint8 *(*line) (SimPattern *self, guint line);
} PatternImpl;

struct SimPattern {
  const PatternImpl *impl;
  SimShape shape;
  guint64 number;
  guint8 *prepared; /* PATTERN_ZONES lines, drawn once per shape */
  guint8 *scratch;  /* a line, drawn anew for each call */
};

static guint8 *
pattern_prepared (SimPattern *self, guint zone)
{
  return self->prepared + zone * self->shape.size;
}

static void
pattern_fill (SimPattern *self, guint8 *line, guint from, guint to, SimColor c)
{
  sim_pixel_fill (self->shape.format, self->shape.lines, line, from, to, c);
}

/* ---- bars: three kinds of lines ---- */

#define BARS_BLACK                                                             \
  {                                                                            \
    0, 0, 0                                                                    \
  }

typedef struct {
  guint n_bars;
  SimColor bars[7];
} BarsZone;

static const BarsZone bars_zones[PATTERN_ZONES] = {
  /* 75 % white, yellow, cyan, green, magenta, red, blue */
  { .n_bars = 7,
      .bars = { { 191, 191, 191 }, { 191, 191, 0 }, { 0, 191, 191 },
          { 0, 191, 0 }, { 191, 0, 191 }, { 191, 0, 0 }, { 0, 0, 191 } } },
  /* the blue parts of the bars above, in reverse order */
  { .n_bars = 7,
      .bars = { { 0, 0, 191 }, BARS_BLACK, { 191, 0, 191 }, BARS_BLACK,
          { 0, 191, 191 }, BARS_BLACK, { 191, 191, 191 } } },
  /* -I, white, +Q, black, a shade above black, black */
  { .n_bars = 6,
      .bars = { { 0, 33, 76 }, { 255, 255, 255 }, { 50, 0, 106 }, BARS_BLACK,
          { 19, 19, 19 }, BARS_BLACK } },
};

static void
bars_prepare (SimPattern *self)
{
  guint64 width = self->shape.width;
  for (guint zone = 0; zone < PATTERN_ZONES; zone++) {
    const BarsZone *bars = &bars_zones[zone];
    for (guint i = 0; i < bars->n_bars; i++)
      pattern_fill (self, pattern_prepared (self, zone),
          (guint) (width * i / bars->n_bars),
          (guint) (width * (i + 1) / bars->n_bars), bars->bars[i]);
  }
}

static guint8 *
bars_line (SimPattern *self, guint line)
{
  guint twelfth = line * 12 / self->shape.lines;
  return pattern_prepared (self, twelfth < 8 ? 0 : twelfth < 9 ? 1 : 2);
}

/* ---- ball ---- */

static const SimColor ball_ground = { 24, 32, 48 };
static const SimColor ball_color = { 255, 176, 32 };

static void
ball_prepare (SimPattern *self)
{
  pattern_fill (
      self, pattern_prepared (self, 0), 0, self->shape.width, ball_ground);
}

/* To and fro between 0 and @range. */
static guint
ball_bounce (guint64 steps, guint range)
{
  if (range == 0)
    return 0;
  guint phase = (guint) (steps % (2 * (guint64) range));
  return phase <= range ? phase : 2 * range - phase;
}

static guint
ball_square_root (guint64 square)
{
  guint64 root = 0;
  for (guint64 bit = G_GUINT64_CONSTANT (1) << 31; bit; bit >>= 1) {
    if ((root | bit) * (root | bit) <= square)
      root |= bit;
  }
  return (guint) root;
}

static guint8 *
ball_line (SimPattern *self, guint line)
{
  const SimShape *shape = &self->shape;
  guint radius = MAX (MIN (shape->width, shape->lines) / 8, 1);
  guint span_x = shape->width > 2 * radius ? shape->width - 2 * radius : 0;
  guint span_y = shape->lines > 2 * radius ? shape->lines - 2 * radius : 0;
  gint64 x = radius + ball_bounce (self->number * (1 + span_x / 90), span_x);
  gint64 y = radius + ball_bounce (self->number * (1 + span_y / 70), span_y);
  gint64 dy = (gint64) line - y;

  if (ABS (dy) >= radius)
    return pattern_prepared (self, 0);
  gint64 half = ball_square_root ((guint64) radius * radius - dy * dy);
  memcpy (self->scratch, pattern_prepared (self, 0), shape->size);
  pattern_fill (self, self->scratch, (guint) MAX (x - half, 0),
      (guint) MIN (x + half, shape->width), ball_color);
  return self->scratch;
}

/* ---- counter ---- */

static void
counter_prepare (SimPattern *self)
{
}

static guint8 *
counter_line (SimPattern *self, guint line)
{
  sim_counter_draw (self->scratch, self->shape.size, self->number, line);
  return self->scratch;
}

static const PatternImpl pattern_impls[SIM_N_PATTERNS] = {
  [SIM_PATTERN_BARS] = { "bars", bars_prepare, bars_line },
  [SIM_PATTERN_BALL] = { "ball", ball_prepare, ball_line },
  [SIM_PATTERN_COUNTER] = { "counter", counter_prepare, counter_line },
};

SimPattern *
sim_pattern_new (SimPatternKind kind)
{
  g_return_val_if_fail ((guint) kind < SIM_N_PATTERNS, NULL);
  SimPattern *self = g_new0 (SimPattern, 1);
  self->impl = &pattern_impls[kind];
  return self;
}

void
sim_pattern_free (SimPattern *self)
{
  if (!self)
    return;
  g_free (self->prepared);
  g_free (self->scratch);
  g_free (self);
}

void
sim_pattern_begin (SimPattern *self, guint64 number, const SimShape *shape)
{
  self->number = number;
  if (shape->format == self->shape.format && shape->width == self->shape.width
      && shape->size == self->shape.size && shape->lines == self->shape.lines)
    return;

  self->shape = *shape;
  g_free (self->prepared);
  g_free (self->scratch);
  self->prepared = g_malloc0_n (PATTERN_ZONES, shape->size);
  self->scratch = g_malloc0 (shape->size);
  self->impl->prepare (self);
}

guint8 *
sim_pattern_line (SimPattern *self, guint line)
{
  g_return_val_if_fail (line < self->shape.lines, self->scratch);
  return self->impl->line (self, line);
}
