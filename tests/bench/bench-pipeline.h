/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Measures a pipeline in its steady state, per frame, in its streaming thread. */
#pragma once

#include <gst/gst.h>

#include "bench.h"

G_BEGIN_DECLS

/* Frames that pass before the measurement, and in it. */
#define BENCH_WARM_UP 60
#define BENCH_FRAMES  90

/* What costs are measured with: the elements do the same for frames of any size,
 * and of small ones the simulated board has little to move in their threads. */
#define BENCH_CAPS       "video/x-raw,format=RGB,width=64,height=48,framerate=120/1"
#define BENCH_FRAME_SIZE (64 * 48 * 3)
#define BENCH_FRAME_US   (1000000 / 120)

/* What is measured in bytes of a frame, on boards that count cache maintenance. */
#define BENCH_LARGE_CAPS                                                       \
  "video/x-raw,format=RGB,width=1280,height=720,framerate=120/1"
#define BENCH_LARGE_FRAME_SIZE (1280 * 720 * 3)

/**
 * BenchPipeline:
 * @text: as for gst-launch-1.0, with an element named "measured"
 * @pad: pad of it; a frame is what passes from one buffer here to the next
 * @board: (nullable): simulated board whose ground truth counts
 * @map: whether the bench reads every frame
 */
typedef struct {
  const gchar *text;
  const gchar *pad;
  const gchar *board;
  gboolean map;
} BenchPipeline;

/** BenchPerFrame: means over BENCH_FRAMES frames. */
typedef struct {
  gdouble cpu_us;
  gdouble allocations;
  gdouble syscalls;
  gdouble register_accesses;
  gdouble flushed_bytes;
  gdouble invalidated_bytes;
  gdouble copies;
  gdouble
      late_percent; /* of frames that came over a quarter of a frame time late
                           behind the one before, by the system's clock */
} BenchPerFrame;

/* A mean of them, and the end of a list. */
#define BENCH_FIELD(name) G_STRUCT_OFFSET (BenchPerFrame, name)
#define BENCH_NO_FIELD    G_MAXSIZE

/** bench_cost_fields: register accesses, system calls, allocations, CPU time, and
 *  the late frames */
extern const gsize bench_cost_fields[];

/* a BenchMetric */
#define BENCH_LATE_METRIC(name)                                                \
  {                                                                            \
    name, "%", "0",                                                            \
        "of the frames came over a quarter of a frame time behind their "      \
        "time: a "                                                             \
        "busy machine, which the counts above show"                            \
  }

/** BenchSnapshot: taken twice; the difference is the measurement.
 *  @before, @after: counts on either side of taking the rest, so that taking it
 *  is in no measurement */
typedef struct {
  BenchCounts before, after;
  guint64 copies;
  guint64 register_accesses;
  guint64 flushed_bytes;
  guint64 invalidated_bytes;
} BenchSnapshot;

/** bench_register_elements: makes vdmasrc and vdmasink known, from this program itself and from no plugin file */
void bench_register_elements (void);

/** bench_snapshot: of the calling thread, of @board (nullable), and of @element's
 *  statistics where it has any */
gboolean bench_snapshot (BenchSnapshot *snapshot, const gchar *board,
    GstElement *element, GError **error);
void bench_per_frame (BenchPerFrame *result, const BenchSnapshot *begin,
    const BenchSnapshot *end, guint n_frames);

gboolean bench_pipeline_run (
    const BenchPipeline *pipeline, BenchPerFrame *result, GError **error);

/** bench_get_fields: @values: one for each of @fields */
void bench_get_fields (
    const BenchPerFrame *result, const gsize *fields, gdouble *values);

/** bench_pipeline_measure: bench_pipeline_run() and bench_get_fields() */
gboolean bench_pipeline_measure (const BenchPipeline *pipeline,
    const gsize *fields, gdouble *values, GError **error);

/** bench_display_run: frames of the pool that vdmasink proposes, shown on
 *  "sim:@board@options" */
gboolean bench_display_run (const gchar *board, const gchar *options,
    BenchPerFrame *result, GError **error);

G_END_DECLS
