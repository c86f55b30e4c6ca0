/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pictures that tell their number in every line. */
#include <string.h>

#include "driver-rig.h"

void
driver_rig_fill_line (guint8 *data, gsize size, guint32 number, guint line)
{
  for (gsize i = 0; i < size; i++)
    data[i] = (guint8) (i % 8 < 4 ? number >> (8 * (i % 4)) : line + i / 8);
}

guint32
driver_rig_line_number (const guint8 *data)
{
  return data[0] | (guint32) data[1] << 8 | (guint32) data[2] << 16
         | (guint32) data[3] << 24;
}

void
driver_rig_draw (RigFrame *frame, guint32 number)
{
  for (guint line = 0; line < RIG_VSIZE; line++)
    driver_rig_fill_line (
        frame->data + RIG_STRIDE * line, RIG_HSIZE, number, line);
}

guint32
driver_rig_picture (const VdmaFrame *frame)
{
  const RigFrame *self = frame->cookie;
  guint32 number = driver_rig_line_number (self->data);
  guint8 want[RIG_HSIZE];

  for (guint line = 0; line < RIG_VSIZE; line++) {
    driver_rig_fill_line (want, sizeof want, number, line);
    if (memcmp (self->data + RIG_STRIDE * line, want, sizeof want) != 0)
      return G_MAXUINT32;
  }
  return number;
}
