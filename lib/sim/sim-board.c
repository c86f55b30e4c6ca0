/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The registry of boards, their life, and what tests may ask them. */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_SIM
#include <string.h>

#include "sim-board-priv.h"
#include "sim-source-feed.h"
#include "sim-source-file.h"
#include "vdma-error.h"
#include "vdma-log.h"
#include "vdma-util.h"

/* Virtual time begins here, so that nobody takes 0 for "no time". */
#define BOARD_VIRTUAL_START VDMA_NSEC_PER_SEC

#define BOARD_FAULTS_VARIABLE "GST_VDMA_SIM_FAULTS"

static GMutex registry_lock;
static GHashTable *registry_boards; /* name to SimBoard, without a reference */

/* ---- what the core does to the world; with the board's lock held ---- */

static SimResponse
board_mem_write (gpointer host, guint64 address, const guint8 *data, gsize size)
{
  SimBoard *self = host;
  SimResponse response =
      sim_faults_access (self->faults, VDMA_S2MM, address, size);
  if (response != SIM_OKAY)
    return response;
  return sim_memory_device_write (
      self->memory, address, data, size, sim_board_report_time (self));
}

static SimResponse
board_mem_read (gpointer host, guint64 address, guint8 *data, gsize size)
{
  SimBoard *self = host;
  SimResponse response =
      sim_faults_access (self->faults, VDMA_MM2S, address, size);
  if (response != SIM_OKAY)
    return response;
  return sim_memory_device_read (
      self->memory, address, data, size, sim_board_report_time (self));
}

static void
board_irq (gpointer host, VdmaDirection dir, gboolean level)
{
  sim_pin_set_level (host, dir, level);
}

static void
board_undefined_use (gpointer host, VdmaDirection dir, const gchar *text)
{
  SimBoard *self = host;
  sim_reports_add (self->reports, SIM_REPORT_UNDEFINED_USE,
      sim_board_report_time (self), "undefined use of the core: %s", text);
}

static void
board_frame (gpointer host, VdmaDirection dir, guint store, guint64 address,
    gboolean begin)
{
  SimBoard *self = host;
  if (!begin) {
    guint64 n_done = sim_core_get_truth (self->core, dir)->frames_done;
    sim_memory_end_frame (self->memory, dir, n_done != self->n_done[dir],
        sim_board_report_time (self));
    self->n_done[dir] = n_done;
    return;
  }
  sim_faults_store_begins (self->faults, dir);
  if (sim_memory_begin_frame (self->memory, dir, store, address))
    self->overwritten[store]++;
}

static const SimHost board_host = {
  .mem_write = board_mem_write,
  .mem_read = board_mem_read,
  .irq = board_irq,
  .undefined_use = board_undefined_use,
  .frame = board_frame,
};

/* ---- what faults do to the board; with its lock held ---- */

static void
board_fault_inject (gpointer host, VdmaDirection dir, guint32 bits)
{
  sim_core_inject (((SimBoard *) host)->core, dir, bits);
}

static void
board_fault_clock (gpointer host, VdmaDirection dir, gboolean running)
{
  sim_core_set_stream_clock (((SimBoard *) host)->core, dir, running);
}

static void
board_fault_mode (gpointer host, const SimVideoMode *mode)
{
  sim_camera_force_mode (((SimBoard *) host)->camera, mode);
}

static void
board_fault_plugged (gpointer host, gboolean plugged)
{
  sim_camera_set_plugged (((SimBoard *) host)->camera, plugged);
}

static void
board_fault_irq (
    gpointer host, VdmaDirection dir, SimIrqFault fault, gint64 value)
{
  sim_pin_fault (host, dir, fault, value);
}

static const SimFaultHost board_fault_host = {
  .inject = board_fault_inject,
  .set_clock = board_fault_clock,
  .set_mode = board_fault_mode,
  .set_plugged = board_fault_plugged,
  .irq = board_fault_irq,
};

static void
board_camera_frame (gpointer user_data, gint64 now, SimFramePlan *plan)
{
  sim_faults_frame (((SimBoard *) user_data)->faults, VDMA_S2MM, now, plan);
}

static void
board_display_frame (gpointer user_data, gint64 now, SimFramePlan *plan)
{
  sim_faults_frame (((SimBoard *) user_data)->faults, VDMA_MM2S, now, NULL);
}

static SimFaults *
board_make_faults (SimBoard *self, const gchar *text_or_file, GError **error)
{
  SimFaultScript *script = sim_fault_script_load (text_or_file, error);
  if (!script)
    return NULL;
  return sim_faults_new (script, self->options.beat[VDMA_S2MM].seed, self->now,
      &board_fault_host, self);
}

static gboolean
board_load_faults (SimBoard *self, GError **error)
{
  const gchar *text = self->options.faults;
  const gchar *where = "option 'faults': ";
  if (!text) {
    text = g_getenv (BOARD_FAULTS_VARIABLE);
    where = "environment variable " BOARD_FAULTS_VARIABLE ": ";
  }
  if (!text || !*text)
    return TRUE;
  self->faults = board_make_faults (self, text, error);
  if (!self->faults)
    g_prefix_error (error, "%s", where);
  return self->faults != NULL;
}

/* ---- life ---- */

static void
board_pass_line (gpointer user_data, const SimLine *line, gboolean last)
{
  SimBoard *self = user_data;
  if (self->options.loop_buffered)
    sim_source_loop_push (sim_camera_get_source (self->camera), line, last);
  else
    sim_camera_pass_line (self->camera, line, self->now);
}

/* Returns: FALSE on failure; @source: NULL for the plain loop */
static gboolean
board_make_source (SimOptions *options, SimSource **source, GError **error)
{
  *source = NULL;
  switch (options->stream_kind) {
    case SIM_STREAM_BARS:
      *source = sim_source_pattern_new (SIM_PATTERN_BARS);
      return TRUE;
    case SIM_STREAM_BALL:
      *source = sim_source_pattern_new (SIM_PATTERN_BALL);
      return TRUE;
    case SIM_STREAM_COUNTER:
      *source = sim_source_pattern_new (SIM_PATTERN_COUNTER);
      return TRUE;
    case SIM_STREAM_FEED:
      *source = sim_source_feed_new ();
      return TRUE;
    case SIM_STREAM_FILE:
      *source = sim_source_file_new (
          options->file, options->beat[VDMA_S2MM].fps, error);
      return *source != NULL;
    case SIM_STREAM_LOOP:
      if (options->loop_buffered)
        *source = sim_source_loop_new ();
      return TRUE;
    default:
      *source = sim_source_silence_new ();
      return TRUE;
  }
}

static gboolean
board_has_fsync_pin (const SimBoard *self, VdmaDirection dir)
{
  return self->options.desc.channel[dir].fsync == VDMA_FSYNC_PIN;
}

static gboolean
board_plug_streams (SimBoard *self, GError **error)
{
  SimOptions *options = &self->options;
  const SimPicture picture = { options->format, options->width,
    options->height };
  gboolean is_loop = options->stream_kind == SIM_STREAM_LOOP;
  SimSource *source;

  if (!board_make_source (options, &source, error))
    return FALSE;
  self->camera =
      sim_camera_new (self->core, board_has_fsync_pin (self, VDMA_S2MM), source,
          &options->beat[VDMA_S2MM], &picture, self->start);
  self->display =
      sim_display_new (self->core, board_has_fsync_pin (self, VDMA_MM2S),
          is_loop && !source && options->loop_backpressure,
          &options->beat[VDMA_MM2S], self->start);
  sim_camera_set_plan (self->camera, board_camera_frame, self);
  sim_display_set_plan (self->display, board_display_frame, self);
  if (is_loop)
    sim_display_set_pass (self->display, board_pass_line, self);
  return TRUE;
}

static void
board_free (SimBoard *self)
{
  sim_clock_free (self->clock);
  sim_faults_free (self->faults);
  sim_display_free (self->display);
  sim_camera_free (self->camera);
  sim_core_free (self->core);
  sim_memory_free (self->memory);
  sim_reports_free (self->reports);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    sim_pin_clear (&self->pins[dir]);
  sim_options_clear (&self->options);
  g_ptr_array_unref (self->timers);
  g_mutex_clear (&self->lock);
  g_free (self->canonical);
  g_free (self->name);
  g_free (self);
}

static gboolean
board_build (SimBoard *self, const gchar *text, GError **error)
{
  SimOptions *options = &self->options;
  if (!sim_options_parse (options, self->name, text, error))
    return FALSE;
  self->start = options->pace == SIM_PACE_REAL
                    ? vdma_time_now (vdma_time_monotonic ())
                    : BOARD_VIRTUAL_START;
  self->now = self->start;
  self->reports = sim_reports_new (self->name, options->violations_abort);
  self->memory = sim_memory_new (options->memory_base, options->memory_size,
      options->coherency_strict, self->reports, error);
  self->clock = sim_clock_new (self, error);
  if (!self->memory || !self->clock)
    return FALSE;
  self->core =
      sim_core_new (&options->desc, &options->knobs, &board_host, self);
  sim_core_advance (self->core, (guint64) self->now);
  return board_plug_streams (self, error) && board_load_faults (self, error)
         && sim_clock_start (self->clock, error);
}

static SimBoard *
board_new (const gchar *name, const gchar *text, GError **error)
{
  SimBoard *self = g_new0 (SimBoard, 1);
  self->refs = 1;
  self->name = g_strdup (name);
  self->canonical = sim_options_canonical (text);
  g_mutex_init (&self->lock);
  self->timers = g_ptr_array_new ();
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    sim_pin_init (&self->pins[dir]);
  if (board_build (self, text, error))
    return self;
  board_free (self);
  return NULL;
}

/* ---- registry ---- */

/* Options that say nothing fit any board. */
static gboolean
board_fits (const SimBoard *self, const gchar *text, GError **error)
{
  g_autofree gchar *canonical = sim_options_canonical (text);
  if (!*canonical || g_str_equal (canonical, self->canonical))
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_BUSY,
      "simulated board '%s' is open with the options '%s', not '%s'; use the "
      "same, none, or another name",
      self->name, self->canonical, canonical);
  return FALSE;
}

static SimBoard *
registry_open (const gchar *name, const gchar *text, GError **error)
{
  SimBoard *self = g_hash_table_lookup (registry_boards, name);
  if (self) {
    if (!board_fits (self, text, error))
      return NULL;
    self->refs++;
    return self;
  }
  self = board_new (name, text, error);
  if (self)
    g_hash_table_insert (registry_boards, self->name, self);
  return self;
}

SimBoard *
sim_board_open (const gchar *name, const gchar *options, GError **error)
{
  g_mutex_lock (&registry_lock);
  if (!registry_boards)
    registry_boards = g_hash_table_new (g_str_hash, g_str_equal);
  SimBoard *self = registry_open (name ? name : "", options, error);
  g_mutex_unlock (&registry_lock);
  return self;
}

SimBoard *
sim_board_ref (SimBoard *self)
{
  g_mutex_lock (&registry_lock);
  self->refs++;
  g_mutex_unlock (&registry_lock);
  return self;
}

void
sim_board_unref (SimBoard *self)
{
  if (!self)
    return;
  g_mutex_lock (&registry_lock);
  gboolean was_last = --self->refs == 0;
  if (was_last)
    g_hash_table_remove (registry_boards, self->name);
  if (was_last && g_hash_table_size (registry_boards) == 0)
    g_clear_pointer (&registry_boards, g_hash_table_unref);
  g_mutex_unlock (&registry_lock);
  if (was_last)
    board_free (self);
}

/* ---- for users ---- */

const gchar *
sim_board_get_name (SimBoard *self)
{
  return self->name;
}

const VdmaHwDesc *
sim_board_get_desc (SimBoard *self)
{
  return &self->options.desc;
}

gboolean
sim_board_wants_timer (SimBoard *self)
{
  return self->options.irq == SIM_IRQ_TIMER;
}

VdmaTime *
sim_board_get_time (SimBoard *self)
{
  return sim_clock_get_time (self->clock);
}

void
sim_board_set_video_mode (
    SimBoard *self, VdmaDirection dir, const SimVideoMode *mode)
{
  sim_board_enter (self);
  if (dir == VDMA_S2MM)
    sim_camera_set_mode (self->camera, mode);
  else
    sim_display_set_mode (self->display, mode);
  sim_board_leave (self, TRUE);
}

/* ---- for tests ---- */

void
sim_board_advance (SimBoard *self, gint64 ns)
{
  g_return_if_fail (self->options.pace == SIM_PACE_VIRTUAL);
  g_return_if_fail (ns >= 0);
  sim_board_enter (self);
  sim_board_run_until (self, self->now + ns, FALSE);
  sim_board_leave (self, TRUE);
}

void
sim_board_feed_frame (SimBoard *self, const SimFeedFrame *frame)
{
  g_return_if_fail (self->options.stream_kind == SIM_STREAM_FEED);
  g_return_if_fail (frame->n_lines > 0 && frame->n_lines <= VDMA_MAX_VSIZE);
  sim_board_enter (self);
  sim_source_feed_push (sim_camera_get_source (self->camera), frame);
  sim_board_leave (self, TRUE);
}

guint
sim_board_get_n_fed (SimBoard *self)
{
  g_return_val_if_fail (self->options.stream_kind == SIM_STREAM_FEED, 0);
  sim_board_enter (self);
  guint n = sim_source_feed_get_length (sim_camera_get_source (self->camera));
  sim_board_leave (self, FALSE);
  return n;
}

gboolean
sim_board_set_faults (SimBoard *self, const gchar *script, GError **error)
{
  SimFaults *faults = NULL;
  sim_board_enter (self);
  gboolean ok =
      !script || (faults = board_make_faults (self, script, error)) != NULL;
  if (ok) {
    sim_faults_free (self->faults);
    self->faults = faults;
  }
  sim_board_leave (self, TRUE);
  return ok;
}

static void
board_get_channel_truth (
    const SimBoard *self, VdmaDirection dir, SimChannelTruth *truth)
{
  const SimCoreTruth *core = sim_core_get_truth (self->core, dir);
  *truth = (SimChannelTruth){
    .frames_started = core->frames_started,
    .frames_done = core->frames_done,
    .frames_short = core->frames_short,
    .frames_repeated = core->frames_repeated,
    .lines = core->lines,
    .bytes = core->bytes,
    .commits = core->commits,
    .interrupts = core->irq_edges,
    .undefined_uses = core->undefined_uses,
  };
  memcpy (truth->store_done, core->store_done, sizeof truth->store_done);
}

static guint64
board_sum (const guint64 *values, guint n)
{
  guint64 sum = 0;
  for (guint i = 0; i < n; i++)
    sum += values[i];
  return sum;
}

/* @streams: what camera or display counted; the core knows what it took and
 * threw away. */
static void
board_get_losses (const SimBoard *self, VdmaDirection dir,
    const guint64 *streams, SimChannelTruth *truth)
{
  memcpy (truth->dropped_by_cause, streams, sizeof truth->dropped_by_cause);
  truth->dropped_by_cause[SIM_DROP_OUT_OF_SYNC] +=
      sim_core_get_truth (self->core, dir)->frames_refused;
  truth->frames_dropped = board_sum (truth->dropped_by_cause, SIM_N_DROPS);
}

void
sim_board_get_truth (SimBoard *self, SimTruth *truth)
{
  SimChannelTruth *s2mm = &truth->channel[VDMA_S2MM];
  SimChannelTruth *mm2s = &truth->channel[VDMA_MM2S];

  memset (truth, 0, sizeof *truth);
  sim_board_enter (self);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    board_get_channel_truth (self, (VdmaDirection) dir, &truth->channel[dir]);
  const SimCameraTruth *camera = sim_camera_get_truth (self->camera);
  const SimDisplayTruth *display = sim_display_get_truth (self->display);
  board_get_losses (self, VDMA_S2MM, camera->dropped, s2mm);
  board_get_losses (self, VDMA_MM2S, display->idle, mm2s);
  memcpy (s2mm->store_overwritten, self->overwritten, sizeof self->overwritten);
  s2mm->frames_overwritten = board_sum (self->overwritten, VDMA_MAX_STORES);
  s2mm->frames_generated = camera->generated;
  s2mm->lines_lost = camera->lines_lost;
  mm2s->frames_generated = display->slots;
  mm2s->frames_torn = display->torn;
  truth->undefined_uses = s2mm->undefined_uses + mm2s->undefined_uses;
  truth->faults = sim_faults_get_count (self->faults);
  truth->wakeups = sim_clock_get_wakeups (self->clock);
  truth->loops = self->options.stream_kind == SIM_STREAM_LOOP;
  memcpy (truth->register_reads, self->reads, sizeof self->reads);
  memcpy (truth->register_writes, self->writes, sizeof self->writes);
  sim_memory_get_truth (self->memory, truth);
  sim_board_leave (self, FALSE);
}

gchar *
sim_board_get_report (SimBoard *self, guint index)
{
  sim_board_enter (self);
  gchar *text = g_strdup (sim_reports_get_text (self->reports, index));
  sim_board_leave (self, FALSE);
  return text;
}
