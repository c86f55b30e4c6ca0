/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of a simulated board: the only place that knows their names. */
#pragma once

#include "sim-camera.h"
#include "vdma-options.h"

G_BEGIN_DECLS

typedef enum {
  SIM_STREAM_BARS,
  SIM_STREAM_BALL,
  SIM_STREAM_COUNTER,
  SIM_STREAM_LOOP,
  SIM_STREAM_SILENCE,
  SIM_STREAM_FEED,
  SIM_STREAM_FILE, /* not by this word, but as file:PATH */
  SIM_N_STREAMS,
} SimStreamKind;

typedef enum {
  SIM_PACE_REAL,
  SIM_PACE_VIRTUAL,
} SimPace;

typedef enum {
  SIM_IRQ_LINE,
  SIM_IRQ_TIMER,
} SimIrqWay;

/** SimBuildChoice: what the text said of the core's build. Numbers: 0 is unset;
 *  words and booleans: SIM_UNSET is. */
#define SIM_UNSET G_MAXUINT
typedef struct {
  gchar *profile;  /* nullable */
  gchar *hwh, *dt; /* nullable: sources of a description, lib/hw */
  guint channels;
  guint stores, addr_width, dlytmr_resolution;
  guint mm_width, stream_width;
  guint channel_mm_width[VDMA_N_DIRECTIONS];
  guint channel_stream_width[VDMA_N_DIRECTIONS];
  guint fsync[VDMA_N_DIRECTIONS];
  guint genlock[VDMA_N_DIRECTIONS];
  guint repeat_en[VDMA_N_DIRECTIONS];
  guint dre, frame_counter, delay_counter, frmstore, threshold;
  guint flush_on_fsync, internal_genlock, vflip, vidprmtr_reads, status_regs;
} SimBuildChoice;

typedef struct {
  gchar *stream; /* nullable: by the board's name */
  guint pace;    /* SimPace */
  guint waiters;
  guint irq;                       /* SimIrqWay */
  SimBeat beat[VDMA_N_DIRECTIONS]; /* of display and camera */
  gchar *format;
  guint width, height;
  guint64 memory_size, memory_base;
  guint coherency_strict;
  guint violations_abort;
  gboolean loop_backpressure;
  gchar *faults; /* nullable: a script, or @FILE */
  SimKnobs knobs;
  SimBuildChoice build;

  /* made of the above */
  gboolean loop_buffered; /* stream=loop with two rates */
  SimStreamKind stream_kind;
  const gchar *file; /* into stream; NULL but for FILE */
  VdmaHwDesc desc;
} SimOptions;

/**
 * sim_options_parse:
 * @name: the board's name: may be that of a stream
 * @text: (nullable): "key=value&key=value"
 *
 * Errors: INVALID; @options needs sim_options_clear() in any case.
 */
gboolean sim_options_parse (
    SimOptions *options, const gchar *name, const gchar *text, GError **error);
void sim_options_clear (SimOptions *options);

/** sim_options_canonical: (transfer full): @text with its assignments in order, so that equal options compare equal */
gchar *sim_options_canonical (const gchar *text);

/** Returns: (transfer none): the table, for documentation */
const VdmaOption *sim_options_get_table (guint *n_options);

G_END_DECLS
