/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The matrix: what can vary, and the cells drawn from it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** StressFactor: something that varies. Level 0 is always the harmless one. */
typedef enum {
  STRESS_DIRECTION,
  STRESS_STORES,
  STRESS_ADDRESS,
  STRESS_CONSUMER,
  STRESS_LATENESS,
  STRESS_PREEMPTION,
  STRESS_WAIT,
  STRESS_PERIOD,
  STRESS_POOL,
  STRESS_SOURCE,
  STRESS_ACTIVE,
  STRESS_RATES,
  STRESS_FAULTS,
  STRESS_DROP_CORRUPT,
  STRESS_PICTURE,
  STRESS_FLIP,
  STRESS_FSYNC,
  STRESS_FIRST_OPTION, /* from here on: levels of a board's option */
  STRESS_FIRST_OF_TIE = STRESS_FIRST_OPTION + 28, /* of ties alone */
  STRESS_GENLOCK = STRESS_FIRST_OF_TIE,
  STRESS_TAKES,
  STRESS_BREAKS,
  STRESS_N_FACTORS,
} StressFactor;

typedef enum {
  STRESS_CAPTURE,
  STRESS_DISPLAY,
  STRESS_BOTH, /* two streams that know nothing of each other */
  STRESS_LOOP, /* what is displayed is captured */
  STRESS_TIE,  /* what is captured is displayed, by a tie */
} StressDirection;

typedef enum {
  STRESS_FAST,
  STRESS_SLOW,
  STRESS_BURSTY,
  STRESS_HOLDING,
  STRESS_RESTARTING,
} StressConsumer;

#define STRESS_LAST_IRQ_FAULT                                                  \
  5 /* faults up to this one leave all frames alone */

typedef enum {
  STRESS_AMPLE,
  STRESS_TIGHT,
  STRESS_SCARCE, /* acquire fails now and then */
} StressPoolLevel;

typedef enum {
  STRESS_REGULAR,
  STRESS_JITTER, /* frames begin late */
  STRESS_BURST,  /* three frames in one frame time, and a pause */
} StressSource;

typedef enum {
  STRESS_PROMPT_FSYNC, /* tuser, flush-on-fsync */
  STRESS_PIN,
  STRESS_NO_FLUSH, /* tuser without flush-on-fsync */
} StressFsync;

typedef enum {
  STRESS_GENLOCK_STATIC,
  STRESS_GENLOCK_DYNAMIC,
  STRESS_GENLOCK_NOT_WIRED,
  STRESS_GENLOCK_REVERSE, /* S2MM is the slave */
} StressGenlock;

/** StressTakes: which frames the application takes. */
typedef enum {
  STRESS_TAKES_ALL,
  STRESS_TAKES_NEWEST,
  STRESS_TAKES_SOME,
  STRESS_TAKES_FEW,
} StressTakes;

/** StressBreaks: how a tie ends; it is made again soon. */
typedef enum {
  STRESS_BREAKS_NEVER,
  STRESS_BREAKS_UNTIE,
  STRESS_BREAKS_STOP,
  STRESS_BREAKS_SHOW, /* a frame of the application's own */
  STRESS_BREAKS_ANY,
} StressBreaks;

/** StressCell: one level of each factor. */
typedef struct {
  guint64 seed; /* of everything random in it */
  guint level[STRESS_N_FACTORS];
} StressCell;

typedef struct StressMatrix StressMatrix;

/**
 * stress_matrix_new:
 * @settings: (nullable) (array zero-terminated=1): "factor=level": these do not vary
 *
 * Returns: (transfer full) (nullable): NULL with an error for unknown words
 */
StressMatrix *stress_matrix_new (
    guint64 seed, gchar *const *settings, GError **error);
void stress_matrix_free (StressMatrix *self); /* (nullable) */

/** stress_matrix_get_fixed: levels as set, the others 0 */
void stress_matrix_get_fixed (const StressMatrix *self, guint *level);

/** stress_matrix_next: draws a cell; those first that bring together levels of
 *  two factors that have not met yet. */
void stress_matrix_next (StressMatrix *self, StressCell *cell);

/** stress_matrix_get_pairs: @met: pairs of levels that met so far. Returns: of how many */
guint stress_matrix_get_pairs (const StressMatrix *self, guint *met);

const gchar *stress_cell_get (const StressCell *cell, StressFactor factor);
/** Returns: whether factor @name stands at @level */
gboolean stress_cell_is_set (
    const StressCell *cell, const gchar *name, const gchar *level);
const gchar *stress_factor_name (StressFactor factor);
guint stress_factor_n_levels (StressFactor factor);

/* What levels mean. */
gboolean stress_cell_captures (const StressCell *cell);
gboolean stress_cell_displays (const StressCell *cell);
/** Returns: whether its display has a rate of its own */
gboolean stress_cell_has_rates (const StressCell *cell);
guint stress_cell_stores (const StressCell *cell);
gboolean stress_cell_flips (const StressCell *cell);
/** Returns: ns that @n frames of the source take at the least; @period: of one */
gint64 stress_cell_least_time (const StressCell *cell, guint n, gint64 period);
/** stress_cell_options: (transfer full): for sim_board_open() */
gchar *stress_cell_options (const StressCell *cell);
/** stress_cell_faults: (transfer full) (nullable): for sim_board_set_faults() */
gchar *stress_cell_faults (const StressCell *cell);
/** Returns: whether its faults let interrupts come late, or for nothing */
gboolean stress_cell_delays_irqs (const StressCell *cell);
/** Returns: whether its faults set bits for which there is no cause */
gboolean stress_cell_injects (const StressCell *cell);
/** Returns: whether its faults stop the stream in mid-frame */
gboolean stress_cell_stops_stream (const StressCell *cell);
/** Returns: whether its faults can halt the channel for good, or keep it halted */
gboolean stress_cell_may_fail (const StressCell *cell);
/** Returns: whether its faults damage frames on their way into memory */
gboolean stress_cell_damages (const StressCell *cell);

/* ---- random numbers, the same ones everywhere ---- */

typedef struct {
  guint64 seed, n;
} StressRandom;

guint64 stress_random (StressRandom *self);
/** Returns: 0 .. @n - 1 */
guint stress_below (StressRandom *self, guint n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (StressMatrix, stress_matrix_free)

G_END_DECLS
