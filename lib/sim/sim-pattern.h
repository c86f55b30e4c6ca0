/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Generated pictures, drawn line by line, and the checker of the one whose
 * every byte says which frame and line it belongs to. */
#pragma once

#include "sim-pixel.h"

G_BEGIN_DECLS

typedef enum {
  SIM_PATTERN_BARS,    /* colour bars, standing still */
  SIM_PATTERN_BALL,    /* a ball that bounces */
  SIM_PATTERN_COUNTER, /* frame and line number in every cell */
  SIM_N_PATTERNS,
} SimPatternKind;

/**
 * SimShape: geometry of one frame.
 * @format: (nullable): NULL: bytes, drawn as GRAY8
 * @width: whole pixels in a line
 * @size: bytes of a line; what @width pixels do not fill is 0
 * @lines: lines of the frame
 */
typedef struct {
  const SimPixelFormat *format;
  guint width;
  gsize size;
  guint lines;
} SimShape;

typedef struct SimPattern SimPattern;

SimPattern *sim_pattern_new (SimPatternKind kind);
void sim_pattern_free (SimPattern *self); /* (nullable) */

/** sim_pattern_begin: the lines that follow are of frame @number. Allocates only when @shape changes. */
void sim_pattern_begin (
    SimPattern *self, guint64 number, const SimShape *shape);

/** Returns: (transfer none): line @line (below shape's lines), size bytes; valid until the next call */
guint8 *sim_pattern_line (SimPattern *self, guint line);

/* ---- counter ----
 *
 * A line is a row of cells of 8 bytes, little endian, the last one cut off
 * where the line ends (so that even a line of one byte tells frames apart):
 *   bits  0..18  frame number, low 19 bits
 *   bits 19..31  line number
 *   bits 32..47  frame number, bits 19..34
 *   bits 48..63  number of the cell in its line */

/** SimCounterCheck: what a picture of the counter pattern tells.
 * @number: frame number of the first line, as far as @bits go
 * @bits: bits of the frame number that a line of this length holds: 8..35
 * @flipped: the last line stands first
 * @n_torn: lines that are whole, but of another frame than the first line
 * @n_mixed: lines that are of no single frame: half old, shifted, foreign bytes
 * @first_bad: first line that is torn or mixed; meaningless without one */
typedef struct {
  guint64 number;
  guint bits;
  gboolean flipped;
  guint n_torn;
  guint n_mixed;
  guint first_bad;
} SimCounterCheck;

/**
 * sim_pattern_check_counter:
 * @data: @vsize lines of @hsize bytes, @stride bytes from line to line
 *
 * Returns: whether all is one whole frame
 */
gboolean sim_pattern_check_counter (const guint8 *data, guint stride,
    guint hsize, guint vsize, SimCounterCheck *check);

/** SimCounterStep: how a frame follows the one before. */
typedef enum {
  SIM_COUNTER_FIRST,
  SIM_COUNTER_NEXT,
  SIM_COUNTER_REPEATED,
  SIM_COUNTER_SKIPPED,
  SIM_COUNTER_BACKWARDS,
} SimCounterStep;

/** SimCounterJudge: zeroed before the first frame. @skipped: frames that are missing so far */
typedef struct {
  gboolean started;
  guint64 last;
  guint64 skipped;
} SimCounterJudge;

/** sim_counter_judge: numbers wrap at check's bits; steps above half of that range count as backwards. */
SimCounterStep sim_counter_judge (
    SimCounterJudge *judge, const SimCounterCheck *check);

/**
 * sim_counter_peek:
 * @line: @size bytes
 *
 * A cheap look at a line in passing: its first cell and its last whole one.
 *
 * Returns: FALSE when the line is not of the counter pattern, or too short (below
 *   two cells) to be sure
 */
gboolean sim_counter_peek (
    const guint8 *line, gsize size, guint64 *number, guint *line_number);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimPattern, sim_pattern_free)

G_END_DECLS
