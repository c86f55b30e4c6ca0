/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model.h"

#include <string.h>

#include "bench-window.h"
#include "model-lines.h"
#include "model-pin.h"
#include "sim-core.h"
#include "sim-display.h"
#include "sim-options.h"

typedef struct {
  guint64 first, last;
} ModelRange;

/* What a rebuild begins anew. */
typedef struct {
  SimOptions options;
  SimCore *core;
  SimCamera *camera;
  SimDisplay *display;
  SimFaults *faults; /* nullable */
  GuestPin pins[VDMA_N_DIRECTIONS];
  guint64 reads, writes;
  guint64 undefined_uses;
  guint64 forbidden, forbidden_address;
  guint64 bus_errors;
  guint64 last_access;
} ModelBoard;

struct GuestModel {
  GuestHost host;
  gpointer host_data;
  gint64 now;
  ModelBoard board;
  GuestLines lines;

  GArray *forbidden; /* ModelRange */
  guint64 argument[2];
  guint32 status;
  guint64 truth[BENCH_N_TRUTHS];
  guint8 text[BENCH_TEXT_SIZE];
};

G_STATIC_ASSERT (VDMA_N_DIRECTIONS == GUEST_MODEL_N_LINES);

/* ---- what the core does to the world ---- */

static void
model_judge (GuestModel *self, guint64 address, gsize size)
{
  self->board.last_access = (guint64) self->now;
  for (guint i = 0; i < self->forbidden->len; i++) {
    const ModelRange *range = &g_array_index (self->forbidden, ModelRange, i);
    if (address > range->last || address + (size - 1) < range->first)
      continue;
    self->board.forbidden++;
    self->board.forbidden_address = address;
  }
}

static SimResponse
model_mem_write (
    gpointer data, guint64 address, const guint8 *bytes, gsize size)
{
  GuestModel *self = data;
  SimResponse response =
      sim_faults_access (self->board.faults, VDMA_S2MM, address, size);
  if (response != SIM_OKAY)
    return response;
  model_judge (self, address, size);
  if (self->host.mem_write (self->host_data, address, bytes, size))
    return SIM_OKAY;
  self->board.bus_errors++;
  return SIM_DECERR;
}

static SimResponse
model_mem_read (gpointer data, guint64 address, guint8 *bytes, gsize size)
{
  GuestModel *self = data;
  SimResponse response =
      sim_faults_access (self->board.faults, VDMA_MM2S, address, size);
  if (response != SIM_OKAY)
    return response;
  model_judge (self, address, size);
  if (self->host.mem_read (self->host_data, address, bytes, size))
    return SIM_OKAY;
  self->board.bus_errors++;
  return SIM_DECERR;
}

static void
model_irq (gpointer data, VdmaDirection dir, gboolean level)
{
  GuestModel *self = data;
  guest_pin_set (&self->board.pins[dir], level, self->now);
}

static void
model_undefined_use (gpointer data, VdmaDirection dir, const gchar *text)
{
  ((GuestModel *) data)->board.undefined_uses++;
}

static void
model_frame (gpointer data, VdmaDirection dir, guint store, guint64 address,
    gboolean begin)
{
  if (begin)
    sim_faults_store_begins (((GuestModel *) data)->board.faults, dir);
}

static const SimHost model_core_host = {
  .mem_write = model_mem_write,
  .mem_read = model_mem_read,
  .irq = model_irq,
  .undefined_use = model_undefined_use,
  .frame = model_frame,
};

/* ---- what faults do to the board ---- */

static void
model_fault_inject (gpointer data, VdmaDirection dir, guint32 bits)
{
  sim_core_inject (((GuestModel *) data)->board.core, dir, bits);
}

static void
model_fault_clock (gpointer data, VdmaDirection dir, gboolean running)
{
  sim_core_set_stream_clock (((GuestModel *) data)->board.core, dir, running);
}

static void
model_fault_mode (gpointer data, const SimVideoMode *mode)
{
  sim_camera_force_mode (((GuestModel *) data)->board.camera, mode);
}

static void
model_fault_plugged (gpointer data, gboolean plugged)
{
  sim_camera_set_plugged (((GuestModel *) data)->board.camera, plugged);
}

static void
model_fault_irq (
    gpointer data, VdmaDirection dir, SimIrqFault fault, gint64 value)
{
  GuestModel *self = data;
  guest_pin_fault (&self->board.pins[dir], fault, value, self->now);
}

static const SimFaultHost model_fault_host = {
  .inject = model_fault_inject,
  .set_clock = model_fault_clock,
  .set_mode = model_fault_mode,
  .set_plugged = model_fault_plugged,
  .irq = model_fault_irq,
};

static void
model_camera_frame (gpointer data, gint64 now, SimFramePlan *plan)
{
  sim_faults_frame (((GuestModel *) data)->board.faults, VDMA_S2MM, now, plan);
}

static void
model_display_frame (gpointer data, gint64 now, SimFramePlan *plan)
{
  sim_faults_frame (((GuestModel *) data)->board.faults, VDMA_MM2S, now, NULL);
}

/* ---- life ---- */

static void
model_pass_line (gpointer data, const SimLine *line, gboolean last)
{
  GuestModel *self = data;
  sim_camera_pass_line (self->board.camera, line, self->now);
}

/* Returns: FALSE for a stream that only a process can have */
static gboolean
model_make_source (const SimOptions *options, SimSource **source)
{
  static const gint patterns[SIM_N_STREAMS] = {
    [SIM_STREAM_BARS] = SIM_PATTERN_BARS,
    [SIM_STREAM_BALL] = SIM_PATTERN_BALL,
    [SIM_STREAM_COUNTER] = SIM_PATTERN_COUNTER,
  };
  *source = NULL;
  switch (options->stream_kind) {
    case SIM_STREAM_BARS:
    case SIM_STREAM_BALL:
    case SIM_STREAM_COUNTER:
      *source = sim_source_pattern_new (
          (SimPatternKind) patterns[options->stream_kind]);
      return TRUE;
    case SIM_STREAM_SILENCE:
      *source = sim_source_silence_new ();
      return TRUE;
    case SIM_STREAM_LOOP:
      return !options->loop_buffered;
    default:
      return FALSE;
  }
}

static void
model_board_plug (GuestModel *self, ModelBoard *board, SimSource *source)
{
  const SimOptions *options = &board->options;
  const SimPicture picture = { options->format, options->width,
    options->height };
  const VdmaHwChannel *channel = options->desc.channel;

  board->core =
      sim_core_new (&options->desc, &options->knobs, &model_core_host, self);
  sim_core_advance (board->core, (guint64) self->now);
  board->camera =
      sim_camera_new (board->core, channel[VDMA_S2MM].fsync == VDMA_FSYNC_PIN,
          source, &options->beat[VDMA_S2MM], &picture, self->now);
  board->display =
      sim_display_new (board->core, channel[VDMA_MM2S].fsync == VDMA_FSYNC_PIN,
          !source && options->loop_backpressure, &options->beat[VDMA_MM2S],
          self->now);
  sim_camera_set_plan (board->camera, model_camera_frame, self);
  sim_display_set_plan (board->display, model_display_frame, self);
  if (!source)
    sim_display_set_pass (board->display, model_pass_line, self);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    guest_pin_init (&board->pins[dir]);
}

static gboolean
model_board_init (
    GuestModel *self, ModelBoard *board, const gchar *text, GError **error)
{
  SimSource *source;
  *board = (ModelBoard){ 0 };
  if (!sim_options_parse (&board->options, "", text, error))
    return FALSE;
  if (!model_make_source (&board->options, &source)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "an emulated board has no stream '%s'", board->options.stream);
    return FALSE;
  }
  model_board_plug (self, board, source);
  return TRUE;
}

static void
model_board_clear (ModelBoard *board)
{
  sim_faults_free (board->faults);
  sim_display_free (board->display);
  sim_camera_free (board->camera);
  sim_core_free (board->core);
  sim_options_clear (&board->options);
}

GuestModel *
guest_model_new (const gchar *options, gint64 now, const GuestHost *host,
    gpointer host_data, GError **error)
{
  GuestModel *self = g_new0 (GuestModel, 1);
  self->host = *host;
  self->host_data = host_data;
  self->now = now;
  self->forbidden = g_array_new (FALSE, FALSE, sizeof (ModelRange));
  if (model_board_init (self, &self->board, options, error))
    return self;
  guest_model_free (self);
  return NULL;
}

void
guest_model_free (GuestModel *self)
{
  if (!self)
    return;
  model_board_clear (&self->board);
  g_array_unref (self->forbidden);
  g_free (self);
}

/* ---- time ---- */

static gint64
model_pin_event (const ModelBoard *board)
{
  return MIN (guest_pin_next_event (&board->pins[VDMA_MM2S]),
      guest_pin_next_event (&board->pins[VDMA_S2MM]));
}

static gint64
model_core_event (const ModelBoard *board)
{
  return (gint64) MIN (sim_core_next_event (board->core), G_MAXINT64);
}

/* One thing that is due up to @until. Returns: FALSE when there is none */
static gboolean
model_step (GuestModel *self, gint64 until)
{
  ModelBoard *board = &self->board;
  gint64 core = model_core_event (board);
  gint64 faults = sim_faults_next_event (board->faults);
  gint64 pins = model_pin_event (board);
  gint64 camera = sim_camera_next_line (board->camera);
  gint64 display = sim_display_next_line (board->display);
  gint64 next = MIN (MIN (MIN (core, faults), pins), MIN (camera, display));

  if (next > until)
    return FALSE;
  self->now = MAX (self->now, next);
  sim_core_advance (board->core, (guint64) self->now);
  if (faults == next)
    sim_faults_run (board->faults, self->now);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    guest_pin_run (&board->pins[dir], self->now);
  if (camera == next)
    sim_camera_run (board->camera, self->now);
  else if (display == next)
    sim_display_run (board->display, self->now);
  return TRUE;
}

static void
model_tell_lines (GuestModel *self)
{
  GuestLines *lines = &self->lines;
  gboolean levels[VDMA_N_DIRECTIONS];

  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    levels[dir] = guest_pin_output (&self->board.pins[dir]);
  guint changed = guest_lines_set (lines, levels);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    if (changed & 1u << dir)
      self->host.irq (self->host_data, dir, lines->output[dir]);
  }
}

/* Looks at frame boundaries, not at every line: those in between are made up
 * for at the next look. */
gint64
guest_model_advance (GuestModel *self, gint64 now)
{
  ModelBoard *board = &self->board;
  while (model_step (self, now))
    continue;
  self->now = MAX (self->now, now);
  sim_core_advance (board->core, (guint64) self->now);
  sim_camera_catch_up (board->camera, self->now);
  sim_display_catch_up (board->display, self->now);
  model_tell_lines (self);

  gint64 next = MIN (model_core_event (board), model_pin_event (board));
  next = MIN (next, sim_faults_next_event (board->faults));
  next = MIN (next, sim_camera_next_event (board->camera));
  return MIN (next, sim_display_next_event (board->display));
}

/* ---- the core's window ---- */

guint32
guest_model_read (GuestModel *self, guint offset, gint64 now)
{
  guest_model_advance (self, now);
  self->board.reads++;
  if (offset >= VDMA_REG_DECODED)
    return 0;
  return sim_core_read (self->board.core, offset);
}

void
guest_model_write (GuestModel *self, guint offset, guint32 value, gint64 now)
{
  ModelBoard *board = &self->board;
  guest_model_advance (self, now);
  board->writes++;
  if (offset >= VDMA_REG_DECODED)
    return;
  if ((value & VDMA_CR_RESET) && offset == VDMA_MM2S_BASE + VDMA_CR)
    sim_faults_reset (board->faults, VDMA_MM2S, self->now);
  if ((value & VDMA_CR_RESET) && offset == VDMA_S2MM_BASE + VDMA_CR)
    sim_faults_reset (board->faults, VDMA_S2MM, self->now);
  sim_core_write (board->core, offset, value);
}

/* ---- the window of the interrupt controller ---- */

guint32
guest_model_intc_read (GuestModel *self, guint offset, gint64 now)
{
  guest_model_advance (self, now);
  return intc_model_read (&self->lines.intc, offset);
}

void
guest_model_intc_write (
    GuestModel *self, guint offset, guint32 value, gint64 now)
{
  guest_model_advance (self, now);
  intc_model_write (&self->lines.intc, offset, value);
}

/* ---- the bench ---- */

static guint64
model_sum (const guint64 *counts, guint n)
{
  guint64 sum = 0;
  for (guint i = 0; i < n; i++)
    sum += counts[i];
  return sum;
}

static void
model_latch (GuestModel *self)
{
  const ModelBoard *board = &self->board;
  const SimCoreTruth *s2mm = sim_core_get_truth (board->core, VDMA_S2MM);
  const SimCoreTruth *mm2s = sim_core_get_truth (board->core, VDMA_MM2S);
  const SimCameraTruth *camera = sim_camera_get_truth (board->camera);
  const SimDisplayTruth *display = sim_display_get_truth (board->display);
  SimCoreLive s2mm_live, mm2s_live;

  sim_core_get_live (board->core, VDMA_S2MM, &s2mm_live);
  sim_core_get_live (board->core, VDMA_MM2S, &mm2s_live);
  const guint64 truth[BENCH_N_TRUTHS] = {
    [BENCH_NOW] = (guint64) self->now,
    [BENCH_S2MM_GENERATED] = camera->generated,
    [BENCH_S2MM_STARTED] = s2mm->frames_started,
    [BENCH_S2MM_DONE] = s2mm->frames_done,
    [BENCH_S2MM_SHORT] = s2mm->frames_short,
    [BENCH_S2MM_LOST] =
        s2mm->frames_refused
        + model_sum (camera->dropped, G_N_ELEMENTS (camera->dropped)),
    [BENCH_S2MM_BYTES] = s2mm->bytes,
    [BENCH_S2MM_INTERRUPTS] = s2mm->irq_edges,
    [BENCH_S2MM_RUNNING] = s2mm_live.running,
    [BENCH_MM2S_SLOTS] = display->slots,
    [BENCH_MM2S_IDLE] = model_sum (display->idle, G_N_ELEMENTS (display->idle)),
    [BENCH_MM2S_STARTED] = mm2s->frames_started,
    [BENCH_MM2S_DONE] = mm2s->frames_done,
    [BENCH_MM2S_REPEATED] = mm2s->frames_repeated,
    [BENCH_MM2S_TORN] = display->torn,
    [BENCH_MM2S_BYTES] = mm2s->bytes,
    [BENCH_MM2S_INTERRUPTS] = mm2s->irq_edges,
    [BENCH_MM2S_RUNNING] = mm2s_live.running,
    [BENCH_REGISTER_READS] = board->reads,
    [BENCH_REGISTER_WRITES] = board->writes,
    [BENCH_UNDEFINED_USES] = board->undefined_uses,
    [BENCH_FAULTS_DONE] = sim_faults_get_count (board->faults),
    [BENCH_FORBIDDEN] = board->forbidden,
    [BENCH_FORBIDDEN_ADDRESS] = board->forbidden_address,
    [BENCH_BUS_ERRORS] = board->bus_errors,
    [BENCH_LAST_ACCESS] = board->last_access,
  };
  memcpy (self->truth, truth, sizeof truth);
}

static void
model_set_axi (GuestModel *self, gboolean axi)
{
  if (self->host.set_axi)
    self->host.set_axi (self->host_data, axi);
}

static gboolean
model_rebuild (GuestModel *self, const gchar *text, GError **error)
{
  ModelBoard board;
  gboolean ok = model_board_init (self, &board, text, error);
  if (!ok) {
    model_board_clear (&board);
    return FALSE;
  }
  model_board_clear (&self->board);
  self->board = board;
  model_set_axi (self, FALSE);
  guest_lines_use_none (&self->lines);
  return TRUE;
}

static gboolean
model_set_faults (GuestModel *self, const gchar *text, GError **error)
{
  SimFaults *faults = NULL;
  if (*text) {
    SimFaultScript *script = sim_fault_script_parse (text, error);
    if (!script)
      return FALSE;
    faults = sim_faults_new (script, 0, self->now, &model_fault_host, self);
  }
  sim_faults_free (self->board.faults);
  self->board.faults = faults;
  return TRUE;
}

static gboolean
model_forbid (GuestModel *self, GError **error)
{
  guint64 size = self->argument[1];
  const ModelRange range = { self->argument[0], self->argument[0] + size - 1 };
  if (size == 0 || range.last < range.first) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "no memory has this address and size");
    return FALSE;
  }
  g_array_append_val (self->forbidden, range);
  return TRUE;
}

static gboolean
model_obey (GuestModel *self, guint32 command, GError **error)
{
  const gchar *text = (const gchar *) self->text;
  self->text[BENCH_TEXT_SIZE - 1] = 0;
  switch (command) {
    case BENCH_LATCH:
      model_latch (self);
      return TRUE;
    case BENCH_REBUILD:
      return model_rebuild (self, text, error);
    case BENCH_FAULTS:
      return model_set_faults (self, text, error);
    case BENCH_FORBID:
      return model_forbid (self, error);
    case BENCH_ALLOW:
      g_array_set_size (self->forbidden, 0);
      return TRUE;
    case BENCH_AXI:
      model_set_axi (self, TRUE);
      return TRUE;
    case BENCH_INTC:
      guest_lines_use_intc (&self->lines, (guint32) self->argument[0]);
      return TRUE;
    default:
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
          "the bench has no command %u", command);
      return FALSE;
  }
}

static void
model_command (GuestModel *self, guint32 command)
{
  g_autoptr (GError) error = NULL;
  self->status = !model_obey (self, command, &error);
  if (error)
    g_strlcpy ((gchar *) self->text, error->message, BENCH_TEXT_SIZE);
}

/* Returns: (nullable): the bytes behind an offset that is plain memory */
static guint8 *
model_bench_bytes (GuestModel *self, guint offset)
{
  if (offset >= BENCH_TEXT && offset < BENCH_TEXT + BENCH_TEXT_SIZE)
    return self->text + (offset - BENCH_TEXT);
  if (offset >= BENCH_TRUTH && offset < BENCH_TRUTH + sizeof self->truth)
    return (guint8 *) self->truth + (offset - BENCH_TRUTH);
  if (offset >= BENCH_ARGUMENT
      && offset < BENCH_ARGUMENT + sizeof self->argument)
    return (guint8 *) self->argument + (offset - BENCH_ARGUMENT);
  return NULL;
}

guint32
guest_model_bench_read (GuestModel *self, guint offset, gint64 now)
{
  const guint8 *bytes = model_bench_bytes (self, offset);
  guint32 value = 0;
  guest_model_advance (self, now);
  if (bytes)
    memcpy (&value, bytes, sizeof value);
  else if (offset == BENCH_ID)
    value = BENCH_ID_VALUE;
  else if (offset == BENCH_STATUS)
    value = self->status;
  return value;
}

void
guest_model_bench_write (
    GuestModel *self, guint offset, guint32 value, gint64 now)
{
  guint8 *bytes = model_bench_bytes (self, offset);
  guest_model_advance (self, now);
  if (bytes)
    memcpy (bytes, &value, sizeof value);
  else if (offset == BENCH_COMMAND)
    model_command (self, value);
}
