/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver on a whole simulated board: strict memory, the ledger of owners,
 * the counter pattern and its checker, virtual time. */
#include <string.h>

#include "io-timer.h"
#include "sim-pattern.h"
#include "sim.h"
#include "vdma.h"
#include "xlnk.h"

#define N_BLOCKS   48
#define HSIZE      48
#define VSIZE      8
#define PERIOD     G_GINT64_CONSTANT (16666666)
#define VDMA_START G_GINT64_CONSTANT (1000000000) /* of virtual time */

typedef struct {
  SimBoard *board;
  XlnkAllocator *memory;
  XlnkBlock *block[N_BLOCKS];
  guint turn;
  VdmaDevice *device;
  VdmaChannel *channel[VDMA_N_DIRECTIONS];
  SimPattern *pattern;
} Bench;

/* ---- frames ---- */

static void
bench_own (XlnkBlock *block, XlnkOwner owner, gboolean writes)
{
  g_autoptr (GError) error = NULL;
  xlnk_block_set_owner (block, owner, writes, &error);
  g_assert_no_error (error);
}

static XlnkBlock *
bench_idle_block (Bench *self)
{
  for (guint i = 0; i < N_BLOCKS; i++) {
    XlnkBlock *block = self->block[(self->turn + i) % N_BLOCKS];
    if (xlnk_block_get_owner (block) != XLNK_OWNER_CACHE)
      continue;
    self->turn += i + 1;
    return block;
  }
  return NULL;
}

static gboolean
bench_acquire (gpointer user_data, VdmaFrame *frame)
{
  XlnkBlock *block = bench_idle_block (user_data);
  if (!block)
    return FALSE;
  bench_own (block, XLNK_OWNER_DEVICE, TRUE);
  *frame = (VdmaFrame){ .phys = xlnk_block_get_phys (block), .cookie = block };
  return TRUE;
}

static void
bench_release (gpointer user_data, VdmaFrame *frame)
{
  bench_own (frame->cookie, XLNK_OWNER_CACHE, FALSE);
}

static const VdmaFrameOps bench_ops = {
  .acquire = bench_acquire,
  .release = bench_release,
};

/* Returns: number of the picture; the test fails when it is no whole one */
static guint64
bench_read (XlnkBlock *block)
{
  g_autoptr (GError) error = NULL;
  SimCounterCheck check;

  bench_own (block, XLNK_OWNER_APPLICATION, FALSE);
  const guint8 *data = xlnk_block_map (block, XLNK_ACCESS_READ, &error);
  g_assert_no_error (error);
  g_assert_true (sim_pattern_check_counter (data, HSIZE, HSIZE, VSIZE, &check));
  xlnk_block_unmap (block, XLNK_ACCESS_READ);
  bench_own (block, XLNK_OWNER_CACHE, FALSE);
  return check.number;
}

static VdmaFrame
bench_draw (Bench *self, guint64 number)
{
  static const SimShape shape = {
    .width = HSIZE, .size = HSIZE, .lines = VSIZE
  };
  g_autoptr (GError) error = NULL;
  XlnkBlock *block = bench_idle_block (self);

  g_assert_nonnull (block);
  bench_own (block, XLNK_OWNER_APPLICATION, FALSE);
  guint8 *data = xlnk_block_map (block, XLNK_ACCESS_WRITE, &error);
  g_assert_no_error (error);
  sim_pattern_begin (self->pattern, number, &shape);
  for (guint line = 0; line < VSIZE; line++)
    memcpy (data + HSIZE * line, sim_pattern_line (self->pattern, line), HSIZE);
  xlnk_block_unmap (block, XLNK_ACCESS_WRITE);
  bench_own (block, XLNK_OWNER_DEVICE, FALSE);
  return (VdmaFrame){ .phys = xlnk_block_get_phys (block), .cookie = block };
}

/* ---- life ---- */

static void
bench_claim (Bench *self, VdmaDirection dir)
{
  const VdmaMode mode = {
    .hsize = HSIZE, .vsize = VSIZE, .stride = HSIZE, .period = PERIOD
  };
  g_autoptr (GError) error = NULL;

  self->channel[dir] = vdma_device_claim (self->device, dir, "test", &error);
  g_assert_no_error (error);
  vdma_channel_set_frame_ops (self->channel[dir], &bench_ops, self);
  vdma_channel_set_mode (self->channel[dir], &mode, &error);
  g_assert_no_error (error);
}

static void
bench_open (Bench *self, const gchar *options)
{
  g_autoptr (GError) error = NULL;
  VdmaIrq *irqs[VDMA_N_DIRECTIONS];

  *self = (Bench){ .pattern = sim_pattern_new (SIM_PATTERN_COUNTER) };
  self->board = sim_board_open ("driver", options, &error);
  g_assert_no_error (error);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    irqs[dir] =
        sim_board_wants_timer (self->board)
            ? vdma_timer_irq_new (sim_board_get_time (self->board), &error)
            : sim_board_open_irq (self->board, dir, &error);
    g_assert_no_error (error);
  }
  self->memory =
      xlnk_allocator_new (sim_board_open_memory (self->board, &error));
  for (guint i = 0; i < N_BLOCKS; i++) {
    self->block[i] = xlnk_alloc (
        self->memory, HSIZE, VSIZE, 0, XLNK_CACHEABLE, G_MAXUINT32, &error);
    g_assert_no_error (error);
    bench_own (self->block[i], XLNK_OWNER_CACHE, FALSE);
  }
  self->device = vdma_device_open (sim_board_get_desc (self->board),
      sim_board_open_regs (self->board), irqs, sim_board_get_time (self->board),
      &error);
  g_assert_no_error (error);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    bench_claim (self, dir);
}

static void
bench_close (Bench *self)
{
  SimTruth truth;

  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    vdma_channel_release (self->channel[dir]);
  vdma_device_unref (self->device);
  sim_board_get_truth (self->board, &truth);
  g_autofree gchar *report = sim_board_get_report (self->board, 0);
  g_assert_cmpstr (report, ==, NULL);
  g_assert_cmpuint (truth.violations, ==, 0);
  g_assert_cmpuint (truth.coherency_reports, ==, 0);
  g_assert_cmpuint (truth.undefined_uses, ==, 0);
  for (guint i = 0; i < N_BLOCKS; i++) {
    g_assert_cmpint (
        xlnk_block_get_owner (self->block[i]), ==, XLNK_OWNER_CACHE);
    xlnk_block_unref (self->block[i]);
  }
  xlnk_allocator_unref (self->memory);
  sim_board_unref (self->board);
  sim_pattern_free (self->pattern);
}

/* Returns: whether the channel wanted service before @deadline */
static gboolean
bench_service (Bench *self, VdmaDirection dir, gint64 deadline)
{
  g_autoptr (GError) error = NULL;
  VdmaChannel *ch = self->channel[dir];
  VdmaWait wait = vdma_channel_wait (ch, NULL, deadline, &error);

  g_assert_no_error (error);
  if (wait != VDMA_WAIT_READY)
    return FALSE;
  vdma_channel_service (ch, &error);
  g_assert_no_error (error);
  return TRUE;
}

static void
bench_start (Bench *self, VdmaDirection dir, const VdmaFrame *first)
{
  g_autoptr (GError) error = NULL;
  vdma_channel_start (self->channel[dir], first, &error);
  g_assert_no_error (error);
}

/* ---- tests ---- */

static const gchar *const knob_texts[] = {
  "",
  "&irq-phase=next-frame-start",
  "&frmstore-phase=last-line",
  "&park-latency=2&commit-latency=1",
  "&irq-phase=next-frame-start&frmstore-phase=last-line&commit-latency=1",
  "&active=20",
  "&active=100",
  "&jitter=9000000&seed=7",
  "&burst=3",
  "&irq=timer",
  "&irq=timer&irq-phase=next-frame-start",
  "&irq=timer&frmstore-phase=last-line",
  "&irq=timer&jitter=3000000&seed=7",
};

static void
check_capture (guint n_stores, const gchar *knobs)
{
  g_autofree gchar *options = g_strdup_printf (
      "stream=counter&pace=virtual&coherency=strict&stores=%u%s", n_stores,
      knobs);
  VdmaFrameInfo info, last = { 0 };
  guint64 n = 0, picture = 0;
  VdmaFrame frame;
  Bench bench;

  bench_open (&bench, options);
  bench_start (&bench, VDMA_S2MM, NULL);
  for (guint i = 0; i < 400 && n < 80; i++) {
    g_assert_true (bench_service (&bench, VDMA_S2MM, G_MAXINT64));
    while (vdma_capture_take (bench.channel[VDMA_S2MM], &frame, &info)) {
      guint64 number = bench_read (frame.cookie);
      if (n++ > 0)
        g_assert_cmpuint (number, >, picture);
      /* from the third frame on the core is known, and nothing is missed */
      if (n > 4 && n_stores >= 3)
        g_assert_cmpuint (number - picture, ==, info.number - last.number);
      picture = number;
      last = info;
    }
  }
  g_test_message ("N=%u%s: %u frames, last picture %u", n_stores, knobs,
      (guint) n, (guint) picture);
  g_assert_cmpuint (n, >=, 40);
  bench_close (&bench);
}

static void
test_capture (void)
{
  for (guint k = 0; k < G_N_ELEMENTS (knob_texts); k++) {
    for (guint n = 1; n <= 8; n++)
      check_capture (n, knob_texts[k]);
    check_capture (32, knob_texts[k]);
  }
}

/* The display's frames come back through the loop, whole and in order. */
static void
check_loop (const gchar *knobs)
{
  g_autofree gchar *options =
      g_strdup_printf ("stream=loop&pace=virtual&coherency=strict%s", knobs);
  guint64 shown = 0, seen = 0, n = 0;
  VdmaFrame frame;
  Bench bench;

  bench_open (&bench, options);
  VdmaChannel *display = bench.channel[VDMA_MM2S];
  frame = bench_draw (&bench, shown++);
  bench_start (&bench, VDMA_S2MM, NULL);
  bench_start (&bench, VDMA_MM2S, &frame);
  for (guint i = 0; i < 400 && n < 80; i++) {
    gint64 now = vdma_channel_now (display);
    bench_service (&bench, VDMA_MM2S, now + PERIOD / 2);
    while (vdma_display_can_show (display)) {
      g_autoptr (GError) error = NULL;
      frame = bench_draw (&bench, shown++);
      vdma_display_show (display, &frame, &error);
      g_assert_no_error (error);
    }
    bench_service (&bench, VDMA_S2MM, vdma_channel_now (display));
    for (; vdma_capture_take (bench.channel[VDMA_S2MM], &frame, NULL); n++) {
      guint64 number = bench_read (frame.cookie);
      g_assert_cmpuint (number, >=, seen);
      seen = number;
    }
  }
  g_test_message ("loop%s: %u shown, %u captured, last %u", knobs,
      (guint) shown, (guint) n, (guint) seen);
  g_assert_cmpuint (n, >=, 60);
  g_assert_cmpuint (seen, >=, 20);
  bench_close (&bench);
}

static void
test_loop (void)
{
  for (guint k = 0; k < 5; k++)
    check_loop (knob_texts[k]);
}

/* ---- without interrupts ---- */

typedef struct {
  gdouble reads; /* of registers, a frame */
  gdouble accesses;
  gdouble wakeups; /* a frame */
  gdouble age;     /* of a frame at its delivery, parts of a frame time */
  guint64 lost;
} Cost;

static gdouble
count_accesses (const VdmaChannelStats *begin, const VdmaChannelStats *end)
{
  return (gdouble) (end->register_reads + end->register_writes
                    - begin->register_reads - begin->register_writes);
}

/* From the 200th frame on. */
static void
measure_capture (guint n_stores, const gchar *knobs, gint64 period, Cost *cost)
{
  g_autofree gchar *options = g_strdup_printf (
      "stream=counter&pace=virtual&coherency=strict&stores=%u%s", n_stores,
      knobs);
  const guint skip = 200, wanted = 1200;
  VdmaChannelStats begin = { 0 }, end;
  guint64 wakeups = 0, n = 0;
  VdmaFrameInfo info;
  VdmaFrame frame;
  Bench bench;
  gint64 age = 0;

  bench_open (&bench, options);
  VdmaChannel *ch = bench.channel[VDMA_S2MM];
  bench_start (&bench, VDMA_S2MM, NULL);
  while (n < skip + wanted) {
    g_assert_true (bench_service (&bench, VDMA_S2MM, G_MAXINT64));
    wakeups += n >= skip;
    while (vdma_capture_take (ch, &frame, &info)) {
      bench_own (frame.cookie, XLNK_OWNER_CACHE, FALSE);
      if (++n == skip)
        vdma_channel_get_stats (ch, &begin);
      if (n > skip) /* pictures begin at whole periods */
        age += (vdma_channel_now (ch) - VDMA_START) % period;
    }
  }
  vdma_channel_get_stats (ch, &end);
  *cost = (Cost){
    .reads = (gdouble) (end.register_reads - begin.register_reads) / wanted,
    .accesses = count_accesses (&begin, &end) / wanted,
    .wakeups = (gdouble) wakeups / wanted,
    .age = (gdouble) age / wanted / (gdouble) period,
  };
  for (guint loss = 0; loss < VDMA_N_LOSSES; loss++)
    cost->lost += end.lost[loss] - begin.lost[loss];
  g_test_message ("N=%u%s: %.2f accesses, %.2f reads, %.2f wake-ups a frame, "
                  "%" G_GUINT64_FORMAT
                  " lost, delivered at %.3f of a frame time",
      n_stores, knobs, cost->accesses, cost->reads, cost->wakeups, cost->lost,
      cost->age);
  bench_close (&bench);
}

/* A timer costs less than two register reads a frame more than an interrupt,
 * loses nothing, and is as good when the mode's period is wrong or unknown. */
static void
test_timer_cost (void)
{
  static const struct {
    const gchar *knobs;
    gint64 period;
  } rows[] = {
    { "", PERIOD },
    { "&irq-phase=next-frame-start", PERIOD },
    { "&frmstore-phase=last-line", PERIOD },
    { "&fps=30", 2 * PERIOD },
    { "&fps=59.94", 16683333 },
    { "&fps=50", 20000000 },
    { "&fps=120", 8333333 },
    { "&fps=25&active=50", 40000000 },
    { "&jitter=500000&seed=3", PERIOD },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *timer = g_strconcat ("&irq=timer", rows[i].knobs, NULL);
    Cost with_line, with_timer;
    measure_capture (4, rows[i].knobs, rows[i].period, &with_line);
    measure_capture (4, timer, rows[i].period, &with_timer);
    g_assert_cmpfloat (with_timer.reads, <, with_line.reads + 2);
    g_assert_cmpuint (with_timer.lost, <=, with_line.lost);
    g_assert_cmpfloat (with_timer.age, <, with_line.age + 0.1);
  }
}

/* ---- the budget: what a frame may cost, counted ----
 *
 * Virtual time wakes everybody when it is time, so the numbers are exact. A
 * timer wakes up behind a frame's end, by as much as it does not know; now and
 * then it looks for the end again. */

typedef struct {
  guint n_stores;
  const gchar *knobs;
  gdouble accesses; /* a frame, at most */
} BudgetRow;

/* REG_INDEX is written twice in a round of the ring. */
#define TWO_BANKS (2.0 / 32)

static const BudgetRow capture_budget[] = {
  { 3, "", 5 },
  { 4, "", 5 },
  { 8, "", 5 },
  { 32, "", 5 + TWO_BANKS },
  { 3, "&irq-phase=next-frame-start", 6 },
  { 4, "&irq-phase=next-frame-start", 5 },
  { 32, "&irq-phase=next-frame-start", 5 + TWO_BANKS },
  { 3, "&frmstore-phase=last-line", 6 },
  { 4, "&frmstore-phase=last-line", 5 },
  { 32, "&frmstore-phase=last-line", 5 + TWO_BANKS },
  { 4, "&addr-width=40", 6 }, /* an address is two registers */
  { 8, "&addr-width=64", 6 },
  { 3, "&irq=timer", 9 },
  { 4, "&irq=timer", 5.2 },
  { 8, "&irq=timer", 5.2 },
  { 32, "&irq=timer", 5.2 + TWO_BANKS },
};

static void
test_capture_budget (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (capture_budget); i++) {
    const BudgetRow *row = &capture_budget[i];
    Cost cost;
    measure_capture (row->n_stores, row->knobs, PERIOD, &cost);
    g_assert_cmpfloat (cost.accesses, <=, row->accesses);
    g_assert_cmpuint (cost.lost, ==, 0);
  }
}

/* As many frames as there are stores take turns. */
static void
bench_show_in_turn (Bench *self, guint n_frames, guint *shown)
{
  VdmaChannel *display = self->channel[VDMA_MM2S];

  while (vdma_display_can_show (display)) {
    g_autoptr (GError) error = NULL;
    XlnkBlock *block = self->block[*shown % n_frames];
    VdmaFrame frame = { .phys = xlnk_block_get_phys (block), .cookie = block };

    if (xlnk_block_get_owner (block) != XLNK_OWNER_CACHE)
      return;
    bench_own (block, XLNK_OWNER_DEVICE, FALSE);
    vdma_display_show (display, &frame, &error);
    g_assert_no_error (error);
    ++*shown;
  }
}

static void
check_display_budget (const BudgetRow *row)
{
  g_autofree gchar *options = g_strdup_printf (
      "pace=virtual&coherency=strict&stores=%u%s", row->n_stores, row->knobs);
  const guint skip = 100, wanted = 600;
  VdmaChannelStats begin = { 0 }, end;
  guint shown = 1;
  Bench bench;

  bench_open (&bench, options);
  VdmaChannel *display = bench.channel[VDMA_MM2S];
  VdmaFrame first = bench_draw (&bench, 0);
  bench_start (&bench, VDMA_MM2S, &first);
  for (guint i = 0; i < skip + wanted; i++) {
    g_assert_true (bench_service (&bench, VDMA_MM2S, G_MAXINT64));
    bench_show_in_turn (&bench, row->n_stores, &shown);
    if (i + 1 == skip)
      vdma_channel_get_stats (display, &begin);
  }
  vdma_channel_get_stats (display, &end);
  gdouble frames = (gdouble) (end.delivered - begin.delivered);
  gdouble accesses = count_accesses (&begin, &end) / frames;
  g_test_message ("display N=%u%s: %.0f frames in %u services, %.2f accesses",
      row->n_stores, row->knobs, frames, wanted, accesses);
  g_assert_cmpfloat (accesses, <=, row->accesses);
  g_assert_cmpuint (end.commits, ==, begin.commits);
  bench_close (&bench);
}

static const BudgetRow display_budget[] = {
  { 3, "", 3 }, { 4, "", 3 }, { 8, "", 3 }, { 32, "", 3 },
  { 4, "&addr-width=40", 3 },
  { 4, "&irq=timer", 4.2 }, /* its status is read each time */
};

static void
test_display_budget (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (display_budget); i++)
    check_display_budget (&display_budget[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/driver/board/capture", test_capture);
  g_test_add_func ("/driver/board/loop", test_loop);
  g_test_add_func ("/driver/board/timer-cost", test_timer_cost);
  g_test_add_func ("/driver/board/capture-budget", test_capture_budget);
  g_test_add_func ("/driver/board/display-budget", test_display_budget);
  return g_test_run ();
}
