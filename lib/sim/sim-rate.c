/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-rate.h"

#include "vdma-util.h"

gint64
sim_rate_start (const SimRate *rate, guint64 frame)
{
  /* whole seconds first: no product leaves 64 bits, no error adds up */
  guint64 units = (frame - rate->first) * rate->den;
  guint64 rest = units % rate->num * VDMA_NSEC_PER_SEC / rate->num;
  return rate->epoch + (gint64) (units / rate->num) * VDMA_NSEC_PER_SEC
         + (gint64) rest;
}

guint64
sim_rate_frame_at (const SimRate *rate, gint64 time)
{
  guint64 passed = (guint64) (time - rate->epoch);
  guint64 seconds = passed / VDMA_NSEC_PER_SEC;
  guint64 rest = passed % VDMA_NSEC_PER_SEC;
  guint64 units = seconds * rate->num + rest * rate->num / VDMA_NSEC_PER_SEC;
  guint64 frame = rate->first + units / rate->den;

  /* the two divisions round down each for itself */
  while (sim_rate_start (rate, frame + 1) <= time)
    frame++;
  while (frame > rate->first && sim_rate_start (rate, frame) > time)
    frame--;
  return frame;
}

gint64
sim_rate_period (const SimRate *rate)
{
  return MAX (VDMA_NSEC_PER_SEC * rate->den / rate->num, 1);
}

void
sim_rate_change (SimRate *rate, guint64 frame, const guint fps[2])
{
  rate->epoch = sim_rate_start (rate, frame);
  rate->first = frame;
  rate->num = fps[0];
  rate->den = fps[1];
}
