/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "sim-pattern.h"
#include "stress-users.h"
#include "vdma-error.h"
#include "vdma-util.h"

#define DISPLAY_SPARE      6
#define DISPLAY_START_REST (50 * VDMA_NSEC_PER_MSEC)

struct StressDisplay {
  StressBench *bench;
  VdmaChannel *channel;
  StressPool pool;
  guint64 next; /* picture */
  gboolean stopping;
  guint repeat; /* frame times before the next picture, of a slow producer */

  /* what the display sees */
  guint8 *seen; /* the frame in work, without gaps between lines */
  guint seen_lines;
  gboolean has_last;
  guint64 last;
  guint64 n_pictures; /* different ones, whole */

  guint64 accepted, cancelled;
  guint64 calm_begin; /* pictures by then */
};

/* ---- what the display sees ---- */

static void
display_note_shown (StressDisplay *self, guint64 number)
{
  for (guint i = 0; i < self->pool.n; i++) {
    StressFrame *frame = &self->pool.frames[i];
    if (frame->owner == STRESS_DRIVER && frame->number == number) {
      frame->n_shown++;
      return;
    }
  }
  stress_bench_torn (self->bench,
      "picture %" G_GUINT64_FORMAT " is shown, which nobody wants to show",
      number);
}

/* Called with the board's lock held: findings must not ask the board. */
static void
display_see_frame (StressDisplay *self)
{
  const StressPicture *picture = &self->bench->picture;
  SimCounterCheck check;

  if (!sim_pattern_check_counter (self->seen, picture->hsize, picture->hsize,
          picture->vsize, &check)) {
    self->bench->n_torn_shown++;
    return;
  }
  if (self->has_last && check.number < self->last)
    self->bench->n_torn_shown++;
  if (!self->has_last || check.number != self->last)
    self->n_pictures++;
  self->has_last = TRUE;
  self->last = check.number;
  display_note_shown (self, check.number);
}

static void
display_see_line (gpointer user_data, const SimLine *line, gboolean last)
{
  StressDisplay *self = user_data;
  const StressPicture *picture = &self->bench->picture;
  SimBoard *sim = self->bench->sim;

  if (line->sof)
    self->seen_lines = 0;
  if (self->seen_lines < picture->vsize && line->size == picture->hsize)
    memcpy (self->seen + (gsize) self->seen_lines++ * picture->hsize,
        line->data, line->size);
  if (last && self->seen_lines == picture->vsize)
    display_see_frame (self);
  if (self->bench->cell->level[STRESS_DIRECTION] == STRESS_LOOP)
    sim_camera_pass_line (sim->camera, line, sim->now);
}
