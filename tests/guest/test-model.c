/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The board that emulators get, without an emulator: memory is an array, time
 * is told, interrupt lines are counted. */
#include <string.h>

#include "bench-window.h"
#include "io-intc-regs.h"
#include "model.h"
#include "sim-pattern.h"
#include "vdma-regs.h"

#define MODEL_MS     ((gint64) 1000000)
#define MODEL_BASE   0x10000000u
#define MODEL_SIZE   (1024 * 1024)
#define MODEL_HSIZE  64
#define MODEL_VSIZE  16
#define MODEL_FRAME  (MODEL_HSIZE * MODEL_VSIZE)
#define MODEL_STORES 4

enum { MODEL_MM2S, MODEL_S2MM };

typedef struct {
  GuestModel *model;
  gint64 now;
  guint8 memory[MODEL_SIZE];
  gboolean level[GUEST_MODEL_N_LINES];
  guint rises[GUEST_MODEL_N_LINES];
} ModelRig;

static gboolean
rig_holds (guint64 address, gsize size)
{
  return address >= MODEL_BASE && address + size <= MODEL_BASE + MODEL_SIZE;
}

static gboolean
rig_mem_write (gpointer host, guint64 address, const guint8 *data, gsize size)
{
  ModelRig *rig = host;
  if (!rig_holds (address, size))
    return FALSE;
  memcpy (rig->memory + (address - MODEL_BASE), data, size);
  return TRUE;
}

static gboolean
rig_mem_read (gpointer host, guint64 address, guint8 *data, gsize size)
{
  ModelRig *rig = host;
  if (!rig_holds (address, size))
    return FALSE;
  memcpy (data, rig->memory + (address - MODEL_BASE), size);
  return TRUE;
}

static void
rig_irq (gpointer host, guint line, gboolean level)
{
  ModelRig *rig = host;
  g_assert_true (rig->level[line] != level);
  rig->level[line] = level;
  rig->rises[line] += level;
}

static const GuestHost rig_host = {
  .mem_write = rig_mem_write,
  .mem_read = rig_mem_read,
  .irq = rig_irq,
};

static ModelRig *
rig_new (const gchar *options)
{
  ModelRig *rig = g_new0 (ModelRig, 1);
  g_autoptr (GError) error = NULL;
  rig->model = guest_model_new (options, 0, &rig_host, rig, &error);
  g_assert_no_error (error);
  return rig;
}

static void
rig_free (ModelRig *rig)
{
  guest_model_free (rig->model);
  g_free (rig);
}

static void
rig_write (ModelRig *rig, guint offset, guint32 value)
{
  guest_model_write (rig->model, offset, value, rig->now);
  guest_model_advance (rig->model, rig->now);
}

static guint32
rig_read (ModelRig *rig, guint offset)
{
  return guest_model_read (rig->model, offset, rig->now);
}

/* As an emulator's timer does it: from one wanted time to the next. */
static void
rig_run (ModelRig *rig, gint64 ms)
{
  gint64 end = rig->now + ms * MODEL_MS;
  for (;;) {
    gint64 next = guest_model_advance (rig->model, rig->now);
    g_assert_cmpint (next, >, rig->now);
    if (next > end)
      break;
    rig->now = next;
  }
  rig->now = end;
  guest_model_advance (rig->model, end);
}

static void
rig_command (ModelRig *rig, BenchCommand command, const gchar *text)
{
  for (gsize at = 0; text && at <= strlen (text); at += 4) {
    guint32 word = 0;
    memcpy (&word, text + at, MIN (4, strlen (text) + 1 - at));
    guest_model_bench_write (
        rig->model, (guint) (BENCH_TEXT + at), word, rig->now);
  }
  guest_model_bench_write (rig->model, BENCH_COMMAND, command, rig->now);
}

static guint64
rig_truth (ModelRig *rig, BenchTruth truth)
{
  guint offset = BENCH_TRUTH + 8 * (guint) truth;
  rig_command (rig, BENCH_LATCH, NULL);
  return guest_model_bench_read (rig->model, offset, rig->now)
         | (guint64) guest_model_bench_read (rig->model, offset + 4, rig->now)
               << 32;
}

static void
rig_start (ModelRig *rig, guint base, guint param)
{
  for (guint i = 0; i < MODEL_STORES; i++)
    rig_write (
        rig, param + VDMA_START_ADDRESS + 4 * i, MODEL_BASE + i * MODEL_FRAME);
  rig_write (rig, base + VDMA_CR,
      VDMA_CR_RS | VDMA_CR_CIRCULAR | VDMA_CR_FRMCNT_IRQ_EN | 1u << 16);
  rig_write (rig, param + VDMA_HSIZE, MODEL_HSIZE);
  rig_write (rig, param + VDMA_FRMDLY_STRIDE, MODEL_HSIZE);
  rig_write (rig, param + VDMA_VSIZE, MODEL_VSIZE);
}

static void
rig_clear_irq (ModelRig *rig, guint base)
{
  rig_write (rig, base + VDMA_SR, VDMA_SR_IRQS);
}

static void
test_capture (void)
{
  ModelRig *rig = rig_new ("stream=counter&fps=100");
  SimCounterCheck check;
  rig_start (rig, VDMA_S2MM_BASE, VDMA_S2MM_PARAM_BASE);
  for (guint i = 0; i < 20; i++) {
    rig_run (rig, 10);
    rig_clear_irq (rig, VDMA_S2MM_BASE);
  }
  g_assert_cmpuint (rig->rises[MODEL_S2MM], >=, 19);
  g_assert_cmpuint (rig->rises[MODEL_MM2S], ==, 0);
  g_assert_cmpuint (
      rig_truth (rig, BENCH_S2MM_INTERRUPTS), ==, rig->rises[MODEL_S2MM]);
  rig_write (rig, VDMA_S2MM_BASE + VDMA_CR, VDMA_CR_RESET);
  g_assert_true (sim_pattern_check_counter (
                     rig->memory, MODEL_HSIZE, MODEL_HSIZE, MODEL_VSIZE, &check)
                 || check.n_torn > 0);
  g_assert_cmpuint (rig_truth (rig, BENCH_BUS_ERRORS), ==, 0);
  rig_free (rig);
}

/* What S2MM stored goes out by MM2S, and its frames are whole. */
static void
test_display (void)
{
  ModelRig *rig = rig_new ("stream=counter&fps=100");
  rig_start (rig, VDMA_S2MM_BASE, VDMA_S2MM_PARAM_BASE);
  rig_run (rig, 100);
  rig_write (rig, VDMA_S2MM_BASE + VDMA_CR, VDMA_CR_RESET);
  rig_start (rig, VDMA_MM2S_BASE, VDMA_MM2S_PARAM_BASE);
  rig_run (rig, 100);
  g_assert_cmpuint (rig_truth (rig, BENCH_MM2S_DONE), >=, 9);
  g_assert_cmpuint (rig_truth (rig, BENCH_MM2S_TORN), <=, 3);
  g_assert_cmpuint (rig_truth (rig, BENCH_MM2S_BYTES), >=, 9 * MODEL_FRAME);
  rig_free (rig);
}

static void
test_no_memory (void)
{
  ModelRig *rig = rig_new ("stream=counter&fps=100");
  rig_start (rig, VDMA_S2MM_BASE, VDMA_S2MM_PARAM_BASE);
  rig_write (rig, VDMA_S2MM_PARAM_BASE + VDMA_START_ADDRESS + 4, 0x1000);
  rig_write (rig, VDMA_S2MM_PARAM_BASE + VDMA_VSIZE, MODEL_VSIZE);
  rig_run (rig, 100);
  g_assert_cmphex (
      rig_read (rig, VDMA_S2MM_BASE + VDMA_SR) & VDMA_SR_DEC_ERR, !=, 0);
  g_assert_cmpuint (rig_truth (rig, BENCH_BUS_ERRORS), ==, 1);
  g_assert_cmpuint (rig_truth (rig, BENCH_S2MM_RUNNING), ==, 0);
  rig_free (rig);
}

static void
rig_set_argument (ModelRig *rig, guint64 address, guint64 size)
{
  const guint64 values[] = { address, size };
  for (guint i = 0; i < 4; i++)
    guest_model_bench_write (rig->model, BENCH_ARGUMENT + 4 * i,
        (guint32) (values[i / 2] >> (i % 2 ? 32 : 0)), rig->now);
}

static void
test_forbid (void)
{
  ModelRig *rig = rig_new ("stream=counter&fps=100");
  rig_start (rig, VDMA_S2MM_BASE, VDMA_S2MM_PARAM_BASE);
  rig_set_argument (rig, MODEL_BASE + MODEL_STORES * MODEL_FRAME, 4096);
  rig_command (rig, BENCH_FORBID, NULL);
  rig_run (rig, 100);
  g_assert_cmpuint (rig_truth (rig, BENCH_FORBIDDEN), ==, 0);
  /* one byte in the middle of a line */
  rig_set_argument (rig, MODEL_BASE + MODEL_FRAME + 5 * MODEL_HSIZE + 3, 1);
  rig_command (rig, BENCH_FORBID, NULL);
  rig_run (rig, 100);
  g_assert_cmpuint (rig_truth (rig, BENCH_FORBIDDEN), >=, 2);
  g_assert_cmphex (rig_truth (rig, BENCH_FORBIDDEN_ADDRESS), ==,
      MODEL_BASE + MODEL_FRAME + 5 * MODEL_HSIZE);
  rig_command (rig, BENCH_ALLOW, NULL);
  guint64 before = rig_truth (rig, BENCH_FORBIDDEN);
  rig_run (rig, 100);
  g_assert_cmpuint (rig_truth (rig, BENCH_FORBIDDEN), ==, before);
  rig_free (rig);
}

/* A script's line, and how many interrupts arrive in ten frames. */
static const struct {
  const gchar *script;
  guint rises;
} irq_rows[] = {
  { "at frame 1000 irq-spurious s2mm", 9 },
  { "at frame 3 irq-lose s2mm 2", 7 },
  { "at frame 3 irq-delay s2mm 25ms", 8 },
  { "at frame 3 irq-repeat s2mm", 10 },
  { "at frame 3 irq-spurious s2mm", 10 },
};

static void
test_interrupts (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (irq_rows); i++) {
    ModelRig *rig = rig_new ("stream=counter&fps=100");
    g_autofree gchar *script =
        g_strdup_printf ("vdma-faults 1; %s", irq_rows[i].script);
    rig_command (rig, BENCH_FAULTS, script);
    g_assert_cmpuint (
        guest_model_bench_read (rig->model, BENCH_STATUS, rig->now), ==, 0);
    rig_start (rig, VDMA_S2MM_BASE, VDMA_S2MM_PARAM_BASE);
    gint64 end = rig->now + 105 * MODEL_MS;
    while (rig->now < end) {
      rig_run (rig, 1);
      /* lost ones are cleared by whoever looks in spite of them */
      if (rig->level[MODEL_S2MM] || rig->now / MODEL_MS % 10 == 9)
        rig_clear_irq (rig, VDMA_S2MM_BASE);
    }
    g_test_message ("%s: %u", irq_rows[i].script, rig->rises[MODEL_S2MM]);
    g_assert_cmpuint (rig->rises[MODEL_S2MM], ==, irq_rows[i].rises);
    rig_free (rig);
  }
}

static void
test_rebuild (void)
{
  ModelRig *rig = rig_new ("stream=counter&fps=100");
  rig_start (rig, VDMA_S2MM_BASE, VDMA_S2MM_PARAM_BASE);
  rig_run (rig, 100);
  rig_command (rig, BENCH_REBUILD, "channels=s2mm&stream=bars");
  g_assert_cmpuint (
      guest_model_bench_read (rig->model, BENCH_STATUS, rig->now), ==, 0);
  g_assert_false (rig->level[MODEL_S2MM]);
  g_assert_cmpuint (rig_truth (rig, BENCH_S2MM_DONE), ==, 0);
  g_assert_cmphex (
      rig_read (rig, VDMA_S2MM_BASE + VDMA_SR), ==, VDMA_SR_RESET_VALUE);
  /* what is wrong is refused with words, and changes nothing */
  rig_start (rig, VDMA_S2MM_BASE, VDMA_S2MM_PARAM_BASE);
  rig_command (rig, BENCH_REBUILD, "stores=77");
  g_assert_cmpuint (
      guest_model_bench_read (rig->model, BENCH_STATUS, rig->now), ==, 1);
  rig_run (rig, 100);
  g_assert_cmpuint (rig_truth (rig, BENCH_S2MM_DONE), >=, 5);
  rig_free (rig);
}

/* By way of the controller nothing arrives until it is told to let it through. */
static void
test_intc (void)
{
  ModelRig *rig = rig_new ("stream=counter&fps=100");
  const guint32 input = 1u << BENCH_INTC_S2MM;
  const guint level = 0; /* its output is the first line */

  rig_command (rig, BENCH_INTC, NULL);
  rig_start (rig, VDMA_S2MM_BASE, VDMA_S2MM_PARAM_BASE);
  rig_run (rig, 105);
  guest_model_intc_write (rig->model, INTC_SIE, input, rig->now);
  rig_run (rig, 1);
  g_assert_cmpuint (rig->rises[0] + rig->rises[1], ==, 0);

  guest_model_intc_write (
      rig->model, INTC_MER, INTC_MER_ME | INTC_MER_HIE, rig->now);
  rig_run (rig, 1);
  g_assert_cmphex (
      guest_model_intc_read (rig->model, INTC_ISR, rig->now), ==, input);
  g_assert_true (rig->level[level]);
  guest_model_intc_write (rig->model, INTC_CIE, input, rig->now);
  rig_run (rig, 1);
  g_assert_false (rig->level[level]);
  g_assert_cmpuint (rig->rises[MODEL_S2MM], ==, 0);
  rig_free (rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/guest-model/capture", test_capture);
  g_test_add_func ("/guest-model/display", test_display);
  g_test_add_func ("/guest-model/no-memory", test_no_memory);
  g_test_add_func ("/guest-model/forbid", test_forbid);
  g_test_add_func ("/guest-model/interrupts", test_interrupts);
  g_test_add_func ("/guest-model/rebuild", test_rebuild);
  g_test_add_func ("/guest-model/intc", test_intc);
  return g_test_run ();
}
