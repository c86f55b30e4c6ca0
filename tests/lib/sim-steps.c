/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interpreter of the bench's scripts: one function per kind of step. */
#include "sim-rig.h"

#include <string.h>

#define STEPS_MAX_DEPTH 8

typedef gboolean (*StepRun) (SimRig *rig, const SimStep *step);

/* ---- registers ---- */

static gboolean
step_write (SimRig *rig, const SimStep *step)
{
  sim_rig_write (rig, (guint) step->a, (guint32) step->b);
  return TRUE;
}

static gboolean
step_read (SimRig *rig, const SimStep *step)
{
  guint32 value = sim_rig_read (rig, (guint) step->a);
  if ((value & step->b) == step->c)
    return TRUE;
  return sim_rig_fail (rig,
      "register 0x%02x reads 0x%08x; & 0x%08x expected 0x%08x", (guint) step->a,
      value, (guint32) step->b, (guint32) step->c);
}

static gboolean
step_poll (SimRig *rig, const SimStep *step)
{
  for (guint i = 0; i < step->d; i++) {
    if ((sim_rig_read (rig, (guint) step->a) & step->b) == step->c)
      return TRUE;
  }
  return sim_rig_fail (rig, "register 0x%02x & 0x%08x never becomes 0x%08x",
      (guint) step->a, (guint32) step->b, (guint32) step->c);
}

/* ---- streams ---- */

static gboolean
step_offer (SimRig *rig, const SimStep *step)
{
  guint expected = (step->d & REFUSED) ? 0 : (guint) step->b;
  guint taken = sim_rig_offer (
      rig, (guint8) step->a, (guint) step->b, step->c, (guint) step->d);
  if (taken == expected)
    return TRUE;
  return sim_rig_fail (rig, "%u of %u lines were taken; expected %u", taken,
      (guint) step->b, expected);
}

static gboolean
step_pull_one (SimRig *rig, const SimStep *step, guint i)
{
  static guint8 data[VDMA_MAX_HSIZE];
  SimLine line = { .data = data };
  gboolean sof = i == 0 && (step->d & SOF);

  if (!sim_core_mm2s_pull (rig->core, &line))
    return sim_rig_fail (rig, "TVALID is low at line %u", i);
  if (line.size != step->c || line.sof != sof || !line.eol)
    return sim_rig_fail (rig,
        "line %u has %" G_GSIZE_FORMAT " bytes, sof %d, eol %d", i, line.size,
        line.sof, line.eol);
  for (gsize k = 0; k < line.size; k++) {
    if (data[k] != step->a)
      return sim_rig_fail (rig, "line %u byte %u is 0x%02x; expected 0x%02x", i,
          (guint) k, data[k], (guint) step->a);
  }
  return TRUE;
}

static gboolean
step_pull (SimRig *rig, const SimStep *step)
{
  for (guint i = 0; i < step->b; i++) {
    if (!step_pull_one (rig, step, i))
      return FALSE;
  }
  return TRUE;
}

static gboolean
step_no_pull (SimRig *rig, const SimStep *step)
{
  static guint8 data[VDMA_MAX_HSIZE];
  SimLine line = { .data = data };
  if (!sim_core_mm2s_pull (rig->core, &line))
    return TRUE;
  return sim_rig_fail (rig, "TVALID is high; expected low");
}

static gboolean
step_ready (SimRig *rig, const SimStep *step)
{
  gboolean ready = sim_core_s2mm_ready (rig->core);
  if (ready == (gboolean) step->a)
    return TRUE;
  return sim_rig_fail (rig, "TREADY is %d", ready);
}

static gboolean
step_fsync (SimRig *rig, const SimStep *step)
{
  sim_core_fsync (rig->core, (VdmaDirection) step->a);
  return TRUE;
}

static gboolean
step_clock (SimRig *rig, const SimStep *step)
{
  sim_core_set_stream_clock (
      rig->core, (VdmaDirection) step->a, (gboolean) step->b);
  return TRUE;
}

static gboolean
step_inject (SimRig *rig, const SimStep *step)
{
  sim_core_inject (rig->core, (VdmaDirection) step->a, (guint32) step->b);
  return TRUE;
}

/* ---- memory ---- */

static gboolean
steps_bytes_are (SimRig *rig, guint64 address, guint64 length, guint8 value)
{
  for (guint64 i = 0; i < length; i++) {
    guint8 byte = sim_rig_peek (rig, address + i);
    if (byte != value)
      return sim_rig_fail (rig,
          "memory 0x%" G_GINT64_MODIFIER "x is 0x%02x; expected 0x%02x",
          address + i, byte, value);
  }
  return TRUE;
}

static gboolean
step_mem (SimRig *rig, const SimStep *step)
{
  return steps_bytes_are (rig, step->a, step->b, (guint8) step->c);
}

/* Lines of @d bytes; the rest of each stride, and one stride more, is old. */
static gboolean
step_frame_at (SimRig *rig, const SimStep *step)
{
  for (guint64 i = 0; i < step->c; i++) {
    guint64 line = step->a + i * RIG_STRIDE;
    if (!steps_bytes_are (rig, line, step->d, (guint8) step->b)
        || !steps_bytes_are (
            rig, line + step->d, RIG_STRIDE - step->d, RIG_PREFILL))
      return FALSE;
  }
  return steps_bytes_are (
      rig, step->a + step->c * RIG_STRIDE, RIG_STRIDE, RIG_PREFILL);
}

static gboolean
step_fill (SimRig *rig, const SimStep *step)
{
  sim_rig_fill (rig, step->a, step->b, (guint8) step->c);
  return TRUE;
}

static gboolean
step_map (SimRig *rig, const SimStep *step)
{
  sim_rig_map (rig, step->a, step->b, (SimResponse) step->c);
  return TRUE;
}

static gboolean
steps_count_is (SimRig *rig, const gchar *what, guint64 count, guint64 expected)
{
  if (count == expected)
    return TRUE;
  return sim_rig_fail (rig,
      "%s: %" G_GUINT64_FORMAT "; expected %" G_GUINT64_FORMAT, what, count,
      expected);
}

static gboolean
step_accesses (SimRig *rig, const SimStep *step)
{
  guint count = rig->accesses - rig->accesses_seen;
  rig->accesses_seen = rig->accesses;
  return steps_count_is (rig, "memory accesses", count, step->a);
}

/* ---- pins, time, counts ---- */

static gboolean
step_pin (SimRig *rig, const SimStep *step)
{
  return steps_count_is (rig, "level of introut", rig->pin[step->a], step->b);
}

static gboolean
step_edges (SimRig *rig, const SimStep *step)
{
  return steps_count_is (
             rig, "rising edges of introut", rig->edges[step->a], step->b)
         && steps_count_is (rig, "rising edges in the ground truth",
             sim_core_get_truth (rig->core, (VdmaDirection) step->a)->irq_edges,
             step->b);
}

static gboolean
step_advance (SimRig *rig, const SimStep *step)
{
  rig->now += step->a;
  sim_core_advance (rig->core, rig->now);
  return TRUE;
}

static gboolean
step_next (SimRig *rig, const SimStep *step)
{
  guint64 next = sim_core_next_event (rig->core);
  if (next != G_MAXUINT64)
    next -= rig->now;
  return steps_count_is (rig, "ns to the next event", next, step->a);
}

static gboolean
step_undefined (SimRig *rig, const SimStep *step)
{
  guint count = rig->undefined - rig->undefined_seen;
  rig->undefined_seen = rig->undefined;
  return steps_count_is (rig, "undefined uses", count, step->a);
}

static gboolean
step_truth (SimRig *rig, const SimStep *step)
{
  const SimCoreTruth *truth =
      sim_core_get_truth (rig->core, (VdmaDirection) step->a);
  return steps_count_is (
      rig, "ground truth", G_STRUCT_MEMBER (guint64, truth, step->b), step->c);
}

static gboolean
step_live (SimRig *rig, const SimStep *step)
{
  SimCoreLive live;
  sim_core_get_live (rig->core, (VdmaDirection) step->a, &live);
  return steps_count_is (
      rig, "live state", G_STRUCT_MEMBER (guint, &live, step->b), step->c);
}

static gboolean
step_hard_reset (SimRig *rig, const SimStep *step)
{
  sim_core_hard_reset (rig->core);
  return TRUE;
}

/* ---- scripts ---- */

static gboolean
step_run (SimRig *rig, const SimStep *step)
{
  for (guint64 i = 0; i < step->a; i++) {
    if (!sim_rig_run (rig, step->script))
      return FALSE;
  }
  return TRUE;
}

static gboolean
step_call (SimRig *rig, const SimStep *step)
{
  return step->check (rig);
}

static const StepRun steps_table[] = {
  [STEP_WRITE] = step_write,
  [STEP_READ] = step_read,
  [STEP_POLL] = step_poll,
  [STEP_OFFER] = step_offer,
  [STEP_PULL] = step_pull,
  [STEP_NO_PULL] = step_no_pull,
  [STEP_READY] = step_ready,
  [STEP_MEM] = step_mem,
  [STEP_FRAME_AT] = step_frame_at,
  [STEP_FILL] = step_fill,
  [STEP_PIN] = step_pin,
  [STEP_EDGES] = step_edges,
  [STEP_ADVANCE] = step_advance,
  [STEP_NEXT] = step_next,
  [STEP_FSYNC] = step_fsync,
  [STEP_CLOCK] = step_clock,
  [STEP_INJECT] = step_inject,
  [STEP_MAP] = step_map,
  [STEP_UNDEFINED] = step_undefined,
  [STEP_ACCESSES] = step_accesses,
  [STEP_TRUTH] = step_truth,
  [STEP_LIVE] = step_live,
  [STEP_HARD_RESET] = step_hard_reset,
  [STEP_RUN] = step_run,
  [STEP_CALL] = step_call,
};

gboolean
sim_rig_run (SimRig *rig, const SimStep *steps)
{
  gboolean ok = TRUE;

  g_assert_cmpint (rig->depth, <, STEPS_MAX_DEPTH);
  rig->depth++;
  for (const SimStep *step = steps; ok && step->op != STEP_END; step++) {
    rig->line = step->line;
    ok = steps_table[step->op](rig, step);
  }
  rig->depth--;
  return ok;
}

/* ---- common scripts ---- */

/* B8 and 68 are reserved for three stores, and ignored then. */
const SimStep rig_cfg_s2mm[] = {
  W (0xAC, A0),
  W (0xB0, A1),
  W (0xB4, A2),
  W (0xB8, A3),
  W (0xA8, 0x01000020),
  W (0xA4, RIG_HSIZE),
  END,
};

const SimStep rig_cfg_mm2s[] = {
  W (0x5C, A0),
  W (0x60, A1),
  W (0x64, A2),
  W (0x68, A3),
  W (0x58, 0x01000020),
  W (0x54, RIG_HSIZE),
  END,
};
