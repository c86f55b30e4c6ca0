/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-source-feed.h"

/* A frame of lines that may differ in size. */
typedef struct {
  GByteArray *bytes;
  GArray *ends; /* gsize: where each line ends in @bytes */
} StoredFrame;

static StoredFrame *
stored_frame_new (void)
{
  StoredFrame *self = g_new (StoredFrame, 1);
  self->bytes = g_byte_array_new ();
  self->ends = g_array_new (FALSE, FALSE, sizeof (gsize));
  return self;
}

static void
stored_frame_free (gpointer data)
{
  StoredFrame *self = data;
  if (!self)
    return;
  g_byte_array_unref (self->bytes);
  g_array_unref (self->ends);
  g_free (self);
}

/* Keeps the allocation: frames of a stream are alike. */
static void
stored_frame_clear (StoredFrame *self)
{
  g_byte_array_set_size (self->bytes, 0);
  g_array_set_size (self->ends, 0);
}

static void
stored_frame_append (StoredFrame *self, const guint8 *data, gsize size)
{
  g_byte_array_append (self->bytes, data, (guint) size);
  gsize end = self->bytes->len;
  g_array_append_val (self->ends, end);
}

static guint8 *
stored_frame_line (const StoredFrame *self, guint line, gsize *size)
{
  gsize begin = line ? g_array_index (self->ends, gsize, line - 1) : 0;
  *size = g_array_index (self->ends, gsize, line) - begin;
  return self->bytes->data + begin;
}

static void
stored_frame_get_shape (
    const StoredFrame *self, const SimShape *wanted, SimShape *shape)
{
  *shape = *wanted;
  shape->lines = self->ends->len;
}

/* ---- feed ---- */

typedef struct {
  SimSource base;
  GQueue frames; /* StoredFrame */
  StoredFrame *current;
  GQueue sent; /* StoredFrame: as many as ever waited, for those to come */
} FeedSource;

static gboolean
feed_source_begin (
    SimSource *source, guint64 number, const SimShape *wanted, SimShape *shape)
{
  FeedSource *self = (FeedSource *) source;
  StoredFrame *next = g_queue_pop_head (&self->frames);
  if (!next)
    return FALSE;
  if (self->current)
    g_queue_push_head (&self->sent, self->current);
  self->current = next;
  stored_frame_get_shape (next, wanted, shape);
  return TRUE;
}

static guint8 *
feed_source_line (SimSource *source, guint line, gsize *size)
{
  return stored_frame_line (((FeedSource *) source)->current, line, size);
}

static void
feed_source_free (SimSource *source)
{
  FeedSource *self = (FeedSource *) source;
  g_queue_clear_full (&self->frames, stored_frame_free);
  g_queue_clear_full (&self->sent, stored_frame_free);
  stored_frame_free (self->current);
  g_free (self);
}

static const SimSourceImpl feed_source_impl = {
  .name = "feed",
  .begin = feed_source_begin,
  .line = feed_source_line,
  .free = feed_source_free,
};

SimSource *
sim_source_feed_new (void)
{
  FeedSource *self = g_new0 (FeedSource, 1);
  self->base.impl = &feed_source_impl;
  g_queue_init (&self->frames);
  return &self->base;
}

void
sim_source_feed_push (SimSource *source, const SimFeedFrame *frame)
{
  FeedSource *self = (FeedSource *) source;
  StoredFrame *stored = g_queue_pop_head (&self->sent);
  g_assert (source->impl == &feed_source_impl);
  if (!stored)
    stored = stored_frame_new ();
  stored_frame_clear (stored);
  for (guint i = 0; i < frame->n_lines; i++)
    stored_frame_append (stored, frame->data + (gsize) i * frame->stride,
        frame->line_sizes ? frame->line_sizes[i] : frame->line_size);
  g_queue_push_tail (&self->frames, stored);
}

guint
sim_source_feed_get_length (const SimSource *source)
{
  return g_queue_get_length (&((FeedSource *) source)->frames);
}

/* ---- loop ---- */

typedef struct {
  SimSource base;
  StoredFrame *filling; /* what the display takes now */
  StoredFrame *whole;   /* the last one that it took completely */
  StoredFrame *sending; /* what the camera sends */
  gboolean is_new;      /* @whole is not the same picture as @sending */
} LoopSource;

static void
loop_source_swap (StoredFrame **a, StoredFrame **b)
{
  StoredFrame *swap = *a;
  *a = *b;
  *b = swap;
}

static gboolean
loop_source_begin (
    SimSource *source, guint64 number, const SimShape *wanted, SimShape *shape)
{
  LoopSource *self = (LoopSource *) source;
  if (self->is_new)
    loop_source_swap (&self->whole, &self->sending);
  self->is_new = FALSE;
  stored_frame_get_shape (self->sending, wanted, shape);
  return shape->lines > 0;
}

static guint8 *
loop_source_line (SimSource *source, guint line, gsize *size)
{
  return stored_frame_line (((LoopSource *) source)->sending, line, size);
}

static void
loop_source_free (SimSource *source)
{
  LoopSource *self = (LoopSource *) source;
  stored_frame_free (self->filling);
  stored_frame_free (self->whole);
  stored_frame_free (self->sending);
  g_free (self);
}

static const SimSourceImpl loop_source_impl = {
  .name = "loop",
  .begin = loop_source_begin,
  .line = loop_source_line,
  .free = loop_source_free,
};

SimSource *
sim_source_loop_new (void)
{
  LoopSource *self = g_new0 (LoopSource, 1);
  self->base.impl = &loop_source_impl;
  self->filling = stored_frame_new ();
  self->whole = stored_frame_new ();
  self->sending = stored_frame_new ();
  return &self->base;
}

void
sim_source_loop_push (SimSource *source, const SimLine *line, gboolean last)
{
  LoopSource *self = (LoopSource *) source;
  if (line->sof)
    stored_frame_clear (self->filling);
  stored_frame_append (self->filling, line->data, line->size);
  if (!last)
    return;
  loop_source_swap (&self->filling, &self->whole);
  self->is_new = TRUE;
}
