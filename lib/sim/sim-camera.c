/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-camera.h"

#include <string.h>

#include "sim-beat.h"

struct SimCamera {
  SimCore *core;
  gboolean fsync_pin;
  SimSource *source; /* nullable: loop */
  SimPicture picture;
  gchar *format; /* owns picture.format */

  SimBeatClock clock;
  SimVideoMode mode; /* zeroed: none told */
  gboolean mode_is_new;
  gboolean is_unplugged;
  SimPlanFunc plan_func;
  gpointer plan_data;

  SimSlot slot;      /* open: the frame before clock.next is being sent */
  SimFramePlan plan; /* of that frame */
  gboolean missed;   /* that frame began while nobody looked: what is left of it
                      * may still be seen */
  guint8 *scratch;   /* for lines longer than the source's */
  gsize scratch_size;
  SimCameraTruth truth;
};

SimCamera *
sim_camera_new (SimCore *core, gboolean fsync_pin, SimSource *source,
    const SimBeat *beat, const SimPicture *picture, gint64 start)
{
  SimCamera *self = g_new0 (SimCamera, 1);
  self->core = core;
  self->fsync_pin = fsync_pin;
  self->source = source;
  self->picture = *picture;
  self->format = g_strdup (picture->format);
  self->picture.format = self->format;
  sim_beat_init (&self->clock, beat, start);
  return self;
}

void
sim_camera_free (SimCamera *self)
{
  if (!self)
    return;
  sim_source_free (self->source);
  g_free (self->format);
  g_free (self->scratch);
  g_free (self);
}

void
sim_camera_set_plan (SimCamera *self, SimPlanFunc plan, gpointer user_data)
{
  self->plan_func = plan;
  self->plan_data = user_data;
}

void
sim_camera_set_mode (SimCamera *self, const SimVideoMode *mode)
{
  self->mode = *mode;
  self->mode_is_new = TRUE;
}

void
sim_camera_force_mode (SimCamera *self, const SimVideoMode *mode)
{
  if (*mode->format) {
    g_free (self->format);
    self->format = g_strdup (mode->format);
    self->picture.format = self->format;
  }
  self->picture.width = mode->width;
  self->picture.height = mode->height;
  sim_beat_force_fps (&self->clock, mode->fps);
}

void
sim_camera_set_plugged (SimCamera *self, gboolean plugged)
{
  /* of a frame whose lines were cut off nothing more comes */
  if (!plugged)
    self->slot = (SimSlot){ 0 };
  self->is_unplugged = !plugged;
}

SimSource *
sim_camera_get_source (SimCamera *self)
{
  return self->source;
}

guint64
sim_camera_get_next_frame (const SimCamera *self)
{
  return self->clock.next;
}

const SimCameraTruth *
sim_camera_get_truth (const SimCamera *self)
{
  return &self->truth;
}

static gboolean
camera_is_running (const SimCamera *self)
{
  return sim_core_is_running (self->core, VDMA_S2MM);
}

/* ---- geometry ---- */

/* Options first, then the video mode, else whatever the receiver has committed. */
static void
camera_get_wanted (const SimCamera *self, SimShape *wanted)
{
  const SimPicture *fixed = &self->picture;
  const SimPixelFormat *told = sim_pixel_format_find (self->mode.format);
  SimCoreLive live;
  sim_core_get_live (self->core, VDMA_S2MM, &live);

  wanted->format = fixed->format ? sim_pixel_format_find (fixed->format) : told;
  wanted->width = fixed->width ? fixed->width : told ? self->mode.width : 0;
  wanted->lines = fixed->height ? fixed->height : told ? self->mode.height : 0;
  if (wanted->lines == 0)
    wanted->lines = live.next_vsize;
  if (wanted->width) {
    wanted->size = sim_pixel_line_size (wanted->format, wanted->width);
  } else {
    wanted->size = live.next_hsize;
    wanted->width = sim_pixel_line_width (wanted->format, wanted->size);
  }
}

/* ---- lines ---- */

static void
camera_make_plan (SimCamera *self, gint64 now)
{
  self->plan = (SimFramePlan){ 0 };
  if (self->plan_func)
    self->plan_func (self->plan_data, now, &self->plan);
}

gboolean
sim_camera_pass_line (SimCamera *self, const SimLine *line, gint64 now)
{
  if (line->sof && camera_is_running (self))
    camera_make_plan (self, now);
  if (self->is_unplugged)
    return FALSE;
  if (line->sof)
    self->truth.generated++;
  if (line->sof && self->fsync_pin)
    sim_core_fsync (self->core, VDMA_S2MM);
  if (sim_core_s2mm_offer (self->core, line))
    return TRUE;
  gboolean running = camera_is_running (self);
  self->truth.dropped[running ? SIM_DROP_NOT_READY : SIM_DROP_HALTED] +=
      line->sof;
  self->truth.lines_lost += running;
  return FALSE;
}

/* The plan's long or short line. */
static guint8 *
camera_bend_line (SimCamera *self, guint8 *data, gsize *size)
{
  gint64 bent = (gint64) *size + self->plan.more_bytes;
  gsize wanted = (gsize) CLAMP (bent, 1, 2 * VDMA_MAX_HSIZE);
  if (wanted > *size) {
    if (self->scratch_size < wanted) {
      self->scratch = g_realloc (self->scratch, wanted);
      self->scratch_size = wanted;
    }
    memcpy (self->scratch, data, *size);
    memset (self->scratch + *size, 0, wanted - *size);
    data = self->scratch;
  }
  *size = wanted;
  return data;
}

static void
camera_send_line (SimCamera *self)
{
  guint number = self->slot.line;
  SimLine line = { .eol = TRUE, .sof = number == 0 };
  guint good_lines = self->slot.lines - (guint) MAX (self->plan.more_lines, 0);

  sim_slot_next (&self->slot);
  /* surplus lines repeat the last good one */
  line.data = self->source->impl->line (
      self->source, MIN (number, good_lines - 1), &line.size);
  if (self->plan.more_bytes != 0 && number == self->plan.bad_line)
    line.data = camera_bend_line (self, line.data, &line.size);
  if (sim_core_s2mm_offer (self->core, &line))
    return;
  self->truth.lines_lost++;
  self->truth.dropped[SIM_DROP_NOT_READY] += line.sof;
}

/* ---- frames ---- */

static void
camera_take_mode (SimCamera *self)
{
  if (!self->mode_is_new)
    return;
  self->mode_is_new = FALSE;
  sim_beat_set_fps (&self->clock, self->mode.fps);
  /* the frame before the change has no place in the new rate to be joined */
  self->missed = FALSE;
}

/* Opens the slot of the frame before the next. Returns: FALSE when nothing comes in it */
static gboolean
camera_open_slot (SimCamera *self)
{
  SimShape wanted, shape;
  guint64 number = self->clock.next - 1;
  camera_get_wanted (self, &wanted);
  self->slot = (SimSlot){ 0 };
  if (!self->source->impl->begin (self->source, number, &wanted, &shape))
    return FALSE;
  gint lines = (gint) shape.lines + self->plan.more_lines;
  sim_beat_open (&self->clock, number,
      (guint) CLAMP (lines, 1, 2 * VDMA_MAX_VSIZE), &self->slot);
  return TRUE;
}

/* The next frame begins; S2MM is not halted. */
static void
camera_begin_frame (SimCamera *self, gint64 now)
{
  camera_make_plan (self, now);
  camera_take_mode (self);
  sim_beat_begin (&self->clock);
  self->missed = FALSE;
  if (self->is_unplugged)
    return;
  gboolean sends = camera_open_slot (self) || self->source->impl->free_running;
  self->truth.generated += sends;
  if (!sim_slot_is_open (&self->slot)) {
    /* nobody has said yet which geometry he wants to see */
    self->truth.dropped[SIM_DROP_UNSET] += sends;
    self->missed = sends;
  } else if (self->fsync_pin) {
    sim_core_fsync (self->core, VDMA_S2MM);
  }
}

void
sim_camera_run (SimCamera *self, gint64 now)
{
  if (!sim_slot_is_open (&self->slot))
    camera_begin_frame (self, now);
  if (sim_slot_is_open (&self->slot))
    camera_send_line (self);
}

/* ---- time ---- */

gboolean
sim_camera_is_in_frame (const SimCamera *self)
{
  return sim_slot_is_open (&self->slot);
}

gint64
sim_camera_next_line (const SimCamera *self)
{
  if (!self->source || !camera_is_running (self))
    return G_MAXINT64;
  if (sim_slot_is_open (&self->slot))
    return self->slot.due;
  return self->clock.next_start;
}

gint64
sim_camera_next_event (const SimCamera *self)
{
  if (!self->source || !camera_is_running (self))
    return G_MAXINT64;
  if (sim_slot_is_open (&self->slot))
    return self->slot.last_due;
  return self->clock.next_start;
}

/* Counts the frames that begin up to @now without anyone to take them. */
static void
camera_miss_frames (SimCamera *self, gint64 now)
{
  gboolean sends = self->source->impl->free_running && !self->is_unplugged;

  camera_take_mode (self);
  guint64 n_missed = sim_beat_skip (&self->clock, now);
  if (n_missed == 0)
    return;
  self->slot = (SimSlot){ 0 };
  self->missed = sends;
  if (sends) {
    self->truth.generated += n_missed;
    self->truth.dropped[SIM_DROP_HALTED] += n_missed;
  }
}

/* S2MM woke up in mid-frame: the camera's lines were there all the time. */
static void
camera_join_frame (SimCamera *self, gint64 now)
{
  if (!self->missed || self->is_unplugged || !camera_open_slot (self))
    return;
  self->missed = FALSE;
  sim_slot_skip (&self->slot, now);
}

void
sim_camera_catch_up (SimCamera *self, gint64 now)
{
  if (!self->source)
    return;
  if (camera_is_running (self)) {
    camera_join_frame (self, now);
    return;
  }
  if (sim_slot_is_open (&self->slot))
    sim_slot_skip (&self->slot, now);
  if (!sim_slot_is_open (&self->slot) || self->clock.next_start <= now)
    camera_miss_frames (self, now);
}
