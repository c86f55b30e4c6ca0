/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a frame costs on a real kernel, beside a camera of the kernel's: CPU time
 * of the whole process, interrupts, register accesses and wake-ups. Prints rows
 * "cost: ..."; only what is promised makes it fail. */
#include <sys/resource.h>

#include "guest-pipeline.h"

#define COST_WARM_UP 30
#define COST_FRAMES  150
#define COST_CAPS    "video/x-raw,format=YUY2,width=640,height=360,framerate=30/1"

typedef struct {
  gdouble cpu_us, wakeups; /* of the process */
  gdouble interrupts, accesses;
} Cost;

typedef struct {
  const gchar *name;
  const gchar *pipeline;
  gboolean own;          /* frames are vdmasrc's */
  gdouble most_accesses; /* promised; 0: nothing is */
} CostRow;

typedef struct {
  guint n_frames;
  gboolean all_dmabuf;
  struct rusage usage[2];
  guint64 interrupts[2], accesses[2];
  GMainLoop *loop;
} CostRun;

static void
cost_look (CostRun *run, guint which)
{
  Bench *bench = guest_bench ();
  getrusage (RUSAGE_SELF, &run->usage[which]);
  bench_latch (bench);
  run->interrupts[which] = bench_get (bench, BENCH_S2MM_INTERRUPTS);
  run->accesses[which] = bench_get (bench, BENCH_REGISTER_READS)
                         + bench_get (bench, BENCH_REGISTER_WRITES);
}

static GstPadProbeReturn
cost_on_frame (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  CostRun *run = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  run->all_dmabuf &= guest_is_dmabuf (buffer);
  run->n_frames++;
  if (run->n_frames == COST_WARM_UP) {
    cost_look (run, 0);
  } else if (run->n_frames == COST_WARM_UP + COST_FRAMES) {
    cost_look (run, 1);
    g_main_loop_quit (run->loop);
  }
  return GST_PAD_PROBE_OK;
}

static gdouble
cost_cpu_us (const struct rusage *usage)
{
  return (gdouble) (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e6
         + (gdouble) (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

static void
cost_sum_up (const CostRun *run, Cost *cost)
{
  const struct rusage *begin = &run->usage[0], *end = &run->usage[1];
  const gdouble n = COST_FRAMES;
  cost->cpu_us = (cost_cpu_us (end) - cost_cpu_us (begin)) / n;
  cost->wakeups = (gdouble) (end->ru_nvcsw - begin->ru_nvcsw) / n;
  cost->interrupts = (gdouble) (run->interrupts[1] - run->interrupts[0]) / n;
  cost->accesses = (gdouble) (run->accesses[1] - run->accesses[0]) / n;
}

static void
test_cost (gconstpointer data)
{
  const CostRow *row = data;
  CostRun run = { .all_dmabuf = TRUE, .loop = g_main_loop_new (NULL, FALSE) };
  Cost cost;
  bench_rebuild (guest_bench (), "stream=bars&fps=30");
  GstElement *pipeline = guest_launch (row->pipeline);
  g_autoptr (GstElement) source = guest_get (pipeline, "source");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (source, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, cost_on_frame, &run, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_main_loop_run (run.loop);
  g_main_loop_unref (run.loop);
  cost_sum_up (&run, &cost);
  if (row->own)
    guest_assert_accounts (pipeline, "source");
  guest_stop (pipeline);
  g_print ("# cost: %s | %.0f | %.2f | %.2f | %.2f\n", row->name, cost.cpu_us,
      cost.wakeups, cost.interrupts, cost.accesses);
  if (!row->own || guest_has_dmabufs ())
    g_assert_true (run.all_dmabuf);
  if (row->most_accesses > 0)
    g_assert_cmpfloat (cost.accesses, <=, row->most_accesses);
}

#define COST_VDMASRC(options)                                                  \
  "vdmasrc name=source device=$device" options " memory=$memory ! " COST_CAPS  \
  " ! fakesink sync=false"

static const CostRow cost_rows[] = {
  { .name = "vdmasrc ! fakesink, interrupt",
      .pipeline = COST_VDMASRC (""),
      .own = TRUE,
      .most_accesses = 6 },
  { .name = "vdmasrc ! fakesink, timer",
      .pipeline = COST_VDMASRC ("&irq=timer"),
      .own = TRUE,
      .most_accesses = 8 },
  { .name = "v4l2src (vivid) io-mode=dmabuf ! fakesink",
      .pipeline = "v4l2src name=source io-mode=dmabuf ! " COST_CAPS
                  " ! fakesink sync=false" },
};

int
main (int argc, char **argv)
{
  guest_init (&argc, &argv);
  g_print ("# cost: per frame of 640x360 YUY2 at 30/s | CPU us | wake-ups | "
           "interrupts | register accesses\n");
  for (guint i = 0; i < G_N_ELEMENTS (cost_rows); i++) {
    g_autofree gchar *path = g_strdup_printf ("/cost/%u", i);
    g_test_add_data_func (path, &cost_rows[i], test_cost);
  }
  return g_test_run ();
}
