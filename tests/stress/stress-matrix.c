/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stress-matrix.h"

#include <stdlib.h>
#include <string.h>

#include "hw-desc.h"
#include "sim-random.h"

#define MATRIX_MAX_LEVELS 32
#define MATRIX_CANDIDATES 12
#define MATRIX_JITTER     12000000
#define MATRIX_BURST      3

guint64
stress_random (StressRandom *self)
{
  return sim_random (self->seed, self->n++);
}

guint
stress_below (StressRandom *self, guint n)
{
  return (guint) (stress_random (self) % n);
}

/* ---- factors ---- */

/* @option: of the board, whose values the levels are. @calm: at level 0 in half
 * of the cells, for the sake of what shows only then. */
typedef struct {
  const gchar *name;
  gboolean calm;
  const gchar *levels[MATRIX_MAX_LEVELS + 1];
} MatrixFactor;

#define KNOB(index, text, ...)                                                 \
  [STRESS_FIRST_OPTION + index] = { .name = text, .levels = { __VA_ARGS__ } }

static const MatrixFactor matrix_factors[STRESS_N_FACTORS] = {
  [STRESS_DIRECTION] = { "direction", FALSE,
      { "capture", "display", "both", "loop", "tie" } },
  [STRESS_STORES] = { "stores", FALSE,
      { "4", "1", "2", "3", "5", "6", "7", "8", "9", "10", "11", "12", "13",
          "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24",
          "25", "26", "27", "28", "29", "30", "31", "32" } },
  [STRESS_ADDRESS] = { "address", FALSE, { "32", "40", "64" } },
  [STRESS_CONSUMER] = { "consumer", FALSE,
      { "fast", "slow", "bursty", "holding", "restarting" } },
  /* sixteenths of a frame time, at most, between interrupt and service */
  [STRESS_LATENESS] = { "lateness", FALSE,
      { "0", "8", "15", "17", "32", "49", "200" } },
  /* the same, between any two accesses of the driver to registers */
  [STRESS_PREEMPTION] = { "preemption", TRUE, { "0", "4", "20", "70" } },
  [STRESS_WAIT] = { "wait", FALSE, { "interrupt", "any-time" } },
  [STRESS_PERIOD] = { "period", FALSE, { "told", "unknown" } },
  [STRESS_POOL] = { "pool", TRUE, { "ample", "tight", "scarce" } },
  [STRESS_SOURCE] = { "source", TRUE, { "regular", "jitter", "burst" } },
  [STRESS_ACTIVE] = { "active", FALSE, { "95", "100", "50", "10" } },
  [STRESS_RATES] = { "display-fps", FALSE, { "60", "61", "144", "25" } },
  [STRESS_FAULTS] = { "faults", TRUE,
      { "none", "irq-lose", "irq-delay", "irq-repeat", "irq-spurious",
          "irq-all", "soft-bits", "hard-bits", "short-line", "long-line",
          "short-frame", "long-frame", "slverr", "decerr", "reset-stuck",
          "clock-stop", "unplug", "storm", "sparse" } },
  [STRESS_DROP_CORRUPT] = { "corrupt", FALSE, { "deliver", "drop" } },
  [STRESS_PICTURE] = { "picture", FALSE,
      { "16x4+0", "16x4+48", "24x1+0", "64x3+0", "17x8+3", "16x2+16" } },
  [STRESS_FLIP] = { "flip", FALSE, { "none", "off", "on" } },
  [STRESS_FSYNC] = { "fsync", TRUE, { "tuser", "pin", "no-flush" } },
  KNOB (0, "coherency", "strict", "coherent"),
  KNOB (1, "irq-phase", "frame-end", "next-frame-start"),
  KNOB (2, "frmstore-phase", "next-sof", "last-line"),
  KNOB (3, "park-latency", "1", "2"),
  KNOB (4, "park-exit", "next", "zero"),
  KNOB (5, "cr-reset", "0x10082", "0x10042", "0x10002"),
  KNOB (6, "pre-start-ready", "false", "true"),
  KNOB (7, "resync", "lost", "immediate"),
  KNOB (8, "repeat-errors", "0x8980", "0x80"),
  KNOB (9, "err-irq-freezes", "false", "true"),
  KNOB (10, "frame-count-keeps", "false", "true"),
  KNOB (11, "first-sof-counts", "false", "true"),
  KNOB (12, "dly-clk", "100000000", "1000000"),
  KNOB (13, "reset-keeps-park", "false", "true"),
  KNOB (14, "reset-keeps-flip", "false", "true"),
  KNOB (15, "absent-reads", "0", "0xdeadbeef"),
  KNOB (16, "commit-latency", "0", "1"),
  KNOB (17, "restart-continues", "false", "true"),
  KNOB (18, "mask-hides-errors", "false", "true"),
  KNOB (19, "status-swapped", "false", "true"),
  KNOB (20, "misuse", "stall", "pass"),
  KNOB (21, "flip-mirrors-base", "false", "true"),
  KNOB (22, "genlock-waits", "false", "true"),
  KNOB (23, "dly-start", "frame-end", "sof"),
  KNOB (24, "reset-time", "0", "100000", "3000000"),
  KNOB (25, "vidprmtr-reads", "true", "false"),
  KNOB (26, "status-regs", "false", "true"),
  KNOB (27, "frmstore", "false", "true"),
  [STRESS_GENLOCK] = { "genlock", FALSE,
      { "static", "dynamic", "not-wired", "reverse" } },
  [STRESS_TAKES] = { "takes", TRUE, { "all", "newest", "some", "few" } },
  [STRESS_BREAKS] = { "breaks", FALSE,
      { "never", "untie", "stop", "show", "any" } },
};

const gchar *
stress_factor_name (StressFactor factor)
{
  return matrix_factors[factor].name;
}

guint
stress_factor_n_levels (StressFactor factor)
{
  guint n = 0;
  while (matrix_factors[factor].levels[n])
    n++;
  return n;
}

const gchar *
stress_cell_get (const StressCell *cell, StressFactor factor)
{
  return matrix_factors[factor].levels[cell->level[factor]];
}

gboolean
stress_cell_is_set (
    const StressCell *cell, const gchar *name, const gchar *level)
{
  for (guint f = 0; f < STRESS_N_FACTORS; f++) {
    if (g_str_equal (matrix_factors[f].name, name))
      return g_str_equal (stress_cell_get (cell, f), level);
  }
  g_assert_not_reached ();
}

/* ---- drawing ---- */

struct StressMatrix {
  StressRandom random;
  guint n_factors;                   /* those behind stand at level 0 */
  gint fixed[STRESS_N_FACTORS];      /* level, or -1 */
  guint first[STRESS_N_FACTORS + 1]; /* index of a factor's level 0 */
  guint8 *met; /* of each two levels by index, the smaller one first */
  guint n_met, n_pairs;
};

static guint8 *
matrix_pair (StressMatrix *self, const guint *level, guint a, guint b)
{
  gsize width = self->first[STRESS_N_FACTORS];
  return &self->met[(self->first[a] + level[a]) * width + self->first[b]
                    + level[b]];
}

static guint
matrix_choices (const StressMatrix *self, guint factor)
{
  return self->fixed[factor] >= 0 ? 1 : stress_factor_n_levels (factor);
}

static gboolean
matrix_fix (StressMatrix *self, const gchar *setting, GError **error)
{
  g_auto (GStrv) words = g_strsplit (setting, "=", 2);

  for (guint f = 0; words[0] && words[1] && f < STRESS_N_FACTORS; f++) {
    if (!g_str_equal (words[0], matrix_factors[f].name))
      continue;
    for (guint i = 0; i < stress_factor_n_levels (f); i++) {
      if (g_str_equal (words[1], matrix_factors[f].levels[i])) {
        self->fixed[f] = (gint) i;
        return TRUE;
      }
    }
  }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
      "'%s' is no factor=level of the matrix; see --list", setting);
  return FALSE;
}

StressMatrix *
stress_matrix_new (guint64 seed, gchar *const *settings, GError **error)
{
  g_autoptr (StressMatrix) self = g_new0 (StressMatrix, 1);

  self->random.seed = seed;
  for (guint f = 0; f < STRESS_N_FACTORS; f++) {
    self->fixed[f] = -1;
    self->first[f + 1] = self->first[f] + stress_factor_n_levels (f);
  }
  for (guint i = 0; settings && settings[i]; i++) {
    if (!matrix_fix (self, settings[i], error))
      return NULL;
  }
  gint direction = self->fixed[STRESS_DIRECTION];
  self->n_factors = direction < 0 || direction == STRESS_TIE
                        ? STRESS_N_FACTORS
                        : STRESS_FIRST_OF_TIE;
  gsize width = self->first[STRESS_N_FACTORS];
  self->met = g_malloc0 (width * width);
  for (guint a = 0; a < self->n_factors; a++) {
    for (guint b = a + 1; b < self->n_factors; b++)
      self->n_pairs += matrix_choices (self, a) * matrix_choices (self, b);
  }
  return g_steal_pointer (&self);
}

void
stress_matrix_free (StressMatrix *self)
{
  if (!self)
    return;
  g_free (self->met);
  g_free (self);
}

static void
matrix_draw (StressMatrix *self, guint *level)
{
  for (guint f = self->n_factors; f < STRESS_N_FACTORS; f++)
    level[f] = 0;
  for (guint f = 0; f < self->n_factors; f++) {
    guint drawn = stress_below (&self->random, stress_factor_n_levels (f));
    if (matrix_factors[f].calm && stress_below (&self->random, 2))
      drawn = 0;
    level[f] = self->fixed[f] >= 0 ? (guint) self->fixed[f] : drawn;
  }
}

static guint
matrix_count_new (StressMatrix *self, const guint *level, gboolean mark)
{
  guint n = 0;
  for (guint a = 0; a < self->n_factors; a++) {
    for (guint b = a + 1; b < self->n_factors; b++) {
      guint8 *pair = matrix_pair (self, level, a, b);
      n += !*pair;
      *pair |= (guint8) mark;
    }
  }
  return n;
}

void
stress_matrix_next (StressMatrix *self, StressCell *cell)
{
  guint level[STRESS_N_FACTORS];
  guint best = 0;

  matrix_draw (self, cell->level);
  if (self->n_met < self->n_pairs) {
    best = matrix_count_new (self, cell->level, FALSE);
    for (guint i = 1; i < MATRIX_CANDIDATES; i++) {
      matrix_draw (self, level);
      guint n = matrix_count_new (self, level, FALSE);
      if (n <= best)
        continue;
      best = n;
      memcpy (cell->level, level, sizeof level);
    }
    self->n_met += matrix_count_new (self, cell->level, TRUE);
  }
  cell->seed = stress_random (&self->random);
}

guint
stress_matrix_get_pairs (const StressMatrix *self, guint *met)
{
  *met = self->n_met;
  return self->n_pairs;
}

void
stress_matrix_get_fixed (const StressMatrix *self, guint *level)
{
  for (guint f = 0; f < STRESS_N_FACTORS; f++)
    level[f] = (guint) MAX (self->fixed[f], 0);
}

/* ---- what levels mean ---- */

gboolean
stress_cell_captures (const StressCell *cell)
{
  return cell->level[STRESS_DIRECTION] != STRESS_DISPLAY;
}

gboolean
stress_cell_displays (const StressCell *cell)
{
  return cell->level[STRESS_DIRECTION] != STRESS_CAPTURE;
}

gboolean
stress_cell_has_rates (const StressCell *cell)
{
  return cell->level[STRESS_DIRECTION] == STRESS_BOTH
         || cell->level[STRESS_DIRECTION] == STRESS_TIE;
}

guint
stress_cell_stores (const StressCell *cell)
{
  guint n = (guint) atoi (stress_cell_get (cell, STRESS_STORES));
  return cell->level[STRESS_ADDRESS] == 0 ? n : MIN (n, VDMA_MAX_STORES_64BIT);
}

/* Where a flipped frame lies when its address is that of the last line (U19) no
 * driver can know, so the two do not meet. */
gboolean
stress_cell_flips (const StressCell *cell)
{
  return stress_cell_is_set (cell, "flip", "on")
         && !stress_cell_is_set (cell, "flip-mirrors-base", "true");
}

gint64
stress_cell_least_time (const StressCell *cell, guint n, gint64 period)
{
  switch ((StressSource) cell->level[STRESS_SOURCE]) {
    case STRESS_JITTER:
      return n * period - MATRIX_JITTER;
    case STRESS_BURST: /* the rest of a burst begins another one */
      return (n / MATRIX_BURST) * MATRIX_BURST * period
             + (n % MATRIX_BURST) * period / MATRIX_BURST;
    default:
      return n * period;
  }
}

gchar *
stress_cell_options (const StressCell *cell)
{
  static const gchar *const sources[] = { "",
    "&jitter=" G_STRINGIFY (MATRIX_JITTER),
    "&burst=" G_STRINGIFY (MATRIX_BURST) };
  static const gchar *const fsyncs[] = { "", "&s2mm-fsync=pin",
    "&flush-on-fsync=false" };
  static const gchar *const genlocks[] = { "",
    "&s2mm-genlock=dynamic-master&mm2s-genlock=dynamic-slave",
    "&internal-genlock=false", "&s2mm-genlock=slave&mm2s-genlock=master" };
  GString *text = g_string_new ("pace=virtual&fps=60");

  g_string_append_printf (text,
      "&stream=%s&memory=2M&memory-base=%s&stores=%u&addr-width=%s&active=%s"
      "&seed=%" G_GUINT64_FORMAT,
      cell->level[STRESS_DIRECTION] == STRESS_LOOP ? "loop" : "counter",
      cell->level[STRESS_ADDRESS] == 0 ? "0x10000000" : "0xff00000000",
      stress_cell_stores (cell), stress_cell_get (cell, STRESS_ADDRESS),
      stress_cell_get (cell, STRESS_ACTIVE), cell->seed);
  g_string_append (text, sources[cell->level[STRESS_SOURCE]]);
  g_string_append (text, fsyncs[cell->level[STRESS_FSYNC]]);
  /* with stream=loop a second rate would put a frame buffer between the ends */
  if (stress_cell_has_rates (cell))
    g_string_append_printf (
        text, "&display-fps=%s", stress_cell_get (cell, STRESS_RATES));
  g_string_append (text, genlocks[cell->level[STRESS_GENLOCK]]);
  if (cell->level[STRESS_FLIP] != 0)
    g_string_append (text, "&vflip=true");
  for (guint f = STRESS_FIRST_OPTION; f < STRESS_FIRST_OF_TIE; f++)
    g_string_append_printf (text, "&%s=%s", matrix_factors[f].name,
        matrix_factors[f].levels[cell->level[f]]);
  return g_string_free (text, FALSE);
}

/* ---- faults ---- */

/* @DIR@ is the channel; lines without it belong to the stream into S2MM. */
typedef struct {
  const gchar *script;
  gboolean hard; /* a start or a service may fail because of it */
} MatrixFault;

#define FAULT_LOSE "random 1/12 irq-lose @DIR@;random 1/60 irq-lose @DIR@ 3;"
#define FAULT_DELAY                                                            \
  "random 1/9 irq-delay @DIR@ 9ms;random 1/30 irq-delay @DIR@ 45ms;"
#define FAULT_REPEAT   "random 1/7 irq-repeat @DIR@;"
#define FAULT_SPURIOUS "random 1/7 irq-spurious @DIR@;"

static const MatrixFault matrix_faults[] = {
  { NULL },
  { FAULT_LOSE },
  { FAULT_DELAY },
  { FAULT_REPEAT },
  { FAULT_SPURIOUS },
  { FAULT_LOSE FAULT_DELAY FAULT_REPEAT FAULT_SPURIOUS },
  { "random 1/20 inject s2mm eol-early;random 1/20 inject s2mm eol-late;"
    "random 1/30 inject s2mm sof-late;random 1/30 inject @DIR@ sof-early;"
    "random 1/50 inject @DIR@ err-irq" },
  { "random 1/25 inject @DIR@ int-err;random 1/40 inject @DIR@ slv-err;"
    "random 1/40 inject @DIR@ dec-err;"
    "random 1/90 inject @DIR@ slv-err,dec-err,int-err",
      TRUE },
  { "random 1/9 short-line 0 1;random 1/50 short-line 1 15" },
  { "random 1/9 long-line 0 1;random 1/50 long-line 1 200" },
  { "random 1/9 short-frame 1;random 1/50 short-frame 3" },
  { "random 1/9 long-frame 1;random 1/50 long-frame 9" },
  { "random 1/25 bus-error @DIR@ slverr;random 1/60 bus-error @DIR@ slverr "
    "line 1",
      TRUE },
  { "random 1/25 bus-error @DIR@ decerr;random 1/60 bus-error @DIR@ decerr "
    "line 1",
      TRUE },
  { "random 1/40 inject @DIR@ slv-err;random 1/60 reset-stuck @DIR@ for "
    "300ms;random 1/200 reset-stuck @DIR@ for 1300ms",
      TRUE },
  { "random 1/40 clock-stop @DIR@ for 20ms;random 1/90 clock-stop @DIR@ for "
    "150ms;random 1/300 clock-stop @DIR@ for 1500ms",
      TRUE },
  { "random 1/40 unplug for 20ms;random 1/90 unplug for 210ms;random 1/300 "
    "unplug for 900ms" },
  { FAULT_LOSE FAULT_DELAY FAULT_REPEAT FAULT_SPURIOUS
      "random 1/40 inject @DIR@ sof-early;random 1/60 inject @DIR@ int-err;"
      "random 1/60 bus-error @DIR@ slverr line 1;random 1/30 short-frame 1;"
      "random 1/30 long-line 0 3;random 1/90 unplug for 70ms;"
      "random 1/120 clock-stop @DIR@ for 40ms",
      TRUE },
  { "random 1/600 irq-lose @DIR@;random 1/900 irq-delay @DIR@ 45ms;"
    "random 1/900 irq-repeat @DIR@;random 1/900 irq-spurious @DIR@;"
    "random 1/1800 short-line 1 3;random 1/1800 long-line 0 3;"
    "random 1/1800 short-frame 1;random 1/1800 long-frame 2;"
    "random 1/3600 inject @DIR@ int-err;random 1/3600 bus-error @DIR@ slverr;"
    "random 1/3600 bus-error @DIR@ decerr line 1;"
    "random 1/7200 reset-stuck @DIR@ for 300ms;"
    "random 1/7200 clock-stop @DIR@ for 150ms;random 1/7200 unplug for 5s",
      TRUE },
};

static void
matrix_append_for (GString *text, const gchar *script, const gchar *direction)
{
  g_auto (GStrv) parts = g_strsplit (script, "@DIR@", -1);
  g_autofree gchar *joined = g_strjoinv (direction, parts);
  g_string_append (text, joined);
  g_string_append_c (text, ';');
}

gchar *
stress_cell_faults (const StressCell *cell)
{
  const MatrixFault *fault = &matrix_faults[cell->level[STRESS_FAULTS]];

  if (!fault->script)
    return NULL;
  GString *text = g_string_new ("vdma-faults 1;");
  if (stress_cell_captures (cell))
    matrix_append_for (text, fault->script, "s2mm");
  if (stress_cell_displays (cell))
    matrix_append_for (text, fault->script, "mm2s");
  return g_string_free (text, FALSE);
}

gboolean
stress_cell_may_fail (const StressCell *cell)
{
  /* without flush-on-fsync a wrong frame size halts as well (2.10) */
  return matrix_faults[cell->level[STRESS_FAULTS]].hard
         || cell->level[STRESS_FSYNC] == STRESS_NO_FLUSH;
}

gboolean
stress_cell_damages (const StressCell *cell)
{
  return cell->level[STRESS_FAULTS] > STRESS_LAST_IRQ_FAULT;
}

gboolean
stress_cell_delays_irqs (const StressCell *cell)
{
  const gchar *script = matrix_faults[cell->level[STRESS_FAULTS]].script;
  return script && strstr (script, "irq-");
}

gboolean
stress_cell_injects (const StressCell *cell)
{
  const gchar *script = matrix_faults[cell->level[STRESS_FAULTS]].script;
  return script && strstr (script, "inject");
}

gboolean
stress_cell_stops_stream (const StressCell *cell)
{
  const gchar *script = matrix_faults[cell->level[STRESS_FAULTS]].script;
  gboolean loops = cell->level[STRESS_DIRECTION] == STRESS_LOOP;
  return script
         && (strstr (script, "clock-stop")
             || (loops && strstr (script, "unplug")));
}
