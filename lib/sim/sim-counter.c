/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-counter.h"

#include <string.h>

#include "sim-pattern.h"

#define CELL_SIZE        8
#define CELL_LOW_BITS    19 /* of the frame number, in the low word */
#define CELL_HIGH_BITS   16 /* of the frame number, in the high word */
#define CELL_LINE_SHIFT  CELL_LOW_BITS
#define CELL_LINE_MASK   G_GUINT64_CONSTANT (0x1fff)
#define CELL_HIGH_SHIFT  32
#define CELL_INDEX_SHIFT 48
#define CELL_LOW_MASK    ((G_GUINT64_CONSTANT (1) << CELL_LOW_BITS) - 1)
#define CELL_HIGH_MASK   ((G_GUINT64_CONSTANT (1) << CELL_HIGH_BITS) - 1)

static guint64
counter_cell (guint64 number, guint line_number)
{
  return (number & CELL_LOW_MASK)
         | (line_number & CELL_LINE_MASK) << CELL_LINE_SHIFT
         | (number >> CELL_LOW_BITS & CELL_HIGH_MASK) << CELL_HIGH_SHIFT;
}

void
sim_counter_draw (guint8 *line, gsize size, guint64 number, guint line_number)
{
  guint64 cell = counter_cell (number, line_number);
  gsize n_whole = size / CELL_SIZE;

  for (gsize i = 0; i < n_whole; i++) {
    guint64 bytes =
        GUINT64_TO_LE (cell | (guint64) (i & 0xffff) << CELL_INDEX_SHIFT);
    memcpy (line + i * CELL_SIZE, &bytes, CELL_SIZE);
  }
  guint64 last =
      GUINT64_TO_LE (cell | (guint64) (n_whole & 0xffff) << CELL_INDEX_SHIFT);
  memcpy (line + n_whole * CELL_SIZE, &last, size % CELL_SIZE);
}

/* What a line of @size bytes can hold of the frame number. */
static guint
counter_bits (gsize size)
{
  static const guint bits[] = { 0, 8, 16, 19, 19, 27 };
  return size < G_N_ELEMENTS (bits) ? bits[size]
                                    : CELL_LOW_BITS + CELL_HIGH_BITS;
}

static guint64
counter_mask (guint bits)
{
  return (G_GUINT64_CONSTANT (1) << bits) - 1;
}

static guint64
counter_read_cell (const guint8 *line, gsize size)
{
  guint64 cell = 0;
  memcpy (&cell, line, MIN (size, CELL_SIZE));
  return GUINT64_FROM_LE (cell);
}

static guint64
counter_number (guint64 cell)
{
  return (cell & CELL_LOW_MASK)
         | (cell >> CELL_HIGH_SHIFT & CELL_HIGH_MASK) << CELL_LOW_BITS;
}

static guint
counter_line_number (guint64 cell)
{
  return (guint) (cell >> CELL_LINE_SHIFT & CELL_LINE_MASK);
}

typedef struct {
  const guint8 *data;
  guint stride, hsize, vsize;
  guint8 *expected; /* one line */
} CounterPicture;

/* Returns: whether line @i is whole; @number: which frame it says it is of */
static gboolean
counter_check_line (
    const CounterPicture *picture, guint i, gboolean flipped, guint64 *number)
{
  const guint8 *line = picture->data + (gsize) i * picture->stride;
  *number = counter_number (counter_read_cell (line, picture->hsize))
            & counter_mask (counter_bits (picture->hsize));
  sim_counter_draw (picture->expected, picture->hsize, *number,
      flipped ? picture->vsize - 1 - i : i);
  return memcmp (line, picture->expected, picture->hsize) == 0;
}

static gboolean
counter_is_flipped (const CounterPicture *picture)
{
  /* line numbers need three bytes to show at all */
  if (picture->vsize < 2 || picture->hsize < 3)
    return FALSE;
  guint64 number;
  return !counter_check_line (picture, 0, FALSE, &number)
         && counter_check_line (picture, 0, TRUE, &number);
}

gboolean
sim_pattern_check_counter (const guint8 *data, guint stride, guint hsize,
    guint vsize, SimCounterCheck *check)
{
  g_return_val_if_fail (hsize > 0 && vsize > 0, FALSE);

  g_autofree guint8 *expected = g_malloc (hsize);
  const CounterPicture picture = { data, stride, hsize, vsize, expected };
  *check = (SimCounterCheck){
    .bits = counter_bits (hsize),
    .flipped = counter_is_flipped (&picture),
  };
  for (guint i = 0; i < vsize; i++) {
    guint64 number;
    gboolean whole = counter_check_line (&picture, i, check->flipped, &number);
    if (i == 0)
      check->number = number;
    if (whole && number == check->number)
      continue;
    if (check->n_torn + check->n_mixed == 0)
      check->first_bad = i;
    if (whole)
      check->n_torn++;
    else
      check->n_mixed++;
  }
  return check->n_torn + check->n_mixed == 0;
}

SimCounterStep
sim_counter_judge (SimCounterJudge *judge, const SimCounterCheck *check)
{
  guint64 mask = counter_mask (check->bits);
  guint64 step = (check->number - judge->last) & mask;
  gboolean first = !judge->started;

  judge->started = TRUE;
  judge->last = check->number;
  if (first)
    return SIM_COUNTER_FIRST;
  if (step == 0)
    return SIM_COUNTER_REPEATED;
  if (step == 1)
    return SIM_COUNTER_NEXT;
  if (step > mask / 2)
    return SIM_COUNTER_BACKWARDS;
  judge->skipped += step - 1;
  return SIM_COUNTER_SKIPPED;
}

gboolean
sim_counter_peek (
    const guint8 *line, gsize size, guint64 *number, guint *line_number)
{
  gsize n_cells = size / CELL_SIZE;
  if (n_cells < 2)
    return FALSE;

  guint64 first = counter_read_cell (line, CELL_SIZE);
  guint64 last =
      counter_read_cell (line + (n_cells - 1) * CELL_SIZE, CELL_SIZE);
  if (first >> CELL_INDEX_SHIFT != 0
      || last != (first | (guint64) (n_cells - 1) << CELL_INDEX_SHIFT))
    return FALSE;
  *number = counter_number (first);
  *line_number = counter_line_number (first);
  return TRUE;
}
