/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether frames flow. */
#include "gstvdmasignal.h"

static const struct {
  const gchar *lost;
  const gchar *what;
  const gchar *advice;
  const gchar *recovered;
  const gchar *property; /* (nullable): to notify */
} signal_texts[VDMA_N_DIRECTIONS] = {
  [VDMA_S2MM] = {
      .lost = "No signal",
      .what = "no frame came from the stream",
      .advice = "is the video source connected, and does it send the size of "
                "the caps? Waiting for it.",
      .recovered = "Signal recovered",
      .property = "signal",
  },
  [VDMA_MM2S] = {
      .lost = "Display takes no frames",
      .what = "no frame went to the stream",
      .advice = "is the display's clock running? Waiting for it.",
      .recovered = "Display takes frames again",
  },
};

struct GstVdmaSignal {
  GstElement *owner;
  VdmaDirection dir;
  gint present; /* atomic */
  /* of the streaming thread */
  gint64 limit;
  gint64 last; /* frame seen, or the start */
  gboolean told;
};

GstVdmaSignal *
gst_vdma_signal_new (GstElement *owner, VdmaDirection dir)
{
  GstVdmaSignal *self = g_new0 (GstVdmaSignal, 1);
  self->owner = owner;
  self->dir = dir;
  return self;
}

void
gst_vdma_signal_free (GstVdmaSignal *self)
{
  g_free (self);
}

static void
signal_set_present (GstVdmaSignal *self, gboolean present)
{
  if (g_atomic_int_compare_and_exchange (&self->present, !present, present)
      && signal_texts[self->dir].property)
    g_object_notify (G_OBJECT (self->owner), signal_texts[self->dir].property);
}

void
gst_vdma_signal_start (GstVdmaSignal *self, gint64 now, gint64 limit)
{
  self->limit = limit;
  self->last = now;
}

void
gst_vdma_signal_stop (GstVdmaSignal *self)
{
  self->told = FALSE;
  signal_set_present (self, FALSE);
}

gint64
gst_vdma_signal_get_deadline (GstVdmaSignal *self)
{
  if (self->limit == 0 || self->told || self->last > G_MAXINT64 - self->limit)
    return G_MAXINT64;
  return self->last + self->limit;
}

void
gst_vdma_signal_seen (GstVdmaSignal *self, gint64 now)
{
  self->last = now;
  signal_set_present (self, TRUE);
  if (self->told) {
    self->told = FALSE;
    GST_ELEMENT_INFO (self->owner, RESOURCE, READ,
        ("%s", signal_texts[self->dir].recovered),
        ("%s", signal_texts[self->dir].recovered));
  }
}

void
gst_vdma_signal_missed (GstVdmaSignal *self, gint64 now)
{
  if (self->told)
    return;
  self->told = TRUE;
  signal_set_present (self, FALSE);
  GST_ELEMENT_WARNING (self->owner, RESOURCE, READ,
      ("%s", signal_texts[self->dir].lost),
      ("%s for %" GST_TIME_FORMAT "; %s", signal_texts[self->dir].what,
          GST_TIME_ARGS (now - self->last), signal_texts[self->dir].advice));
}

gboolean
gst_vdma_signal_is_present (GstVdmaSignal *self)
{
  return g_atomic_int_get (&self->present);
}
