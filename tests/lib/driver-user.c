/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A user of the driver rig's channels for whom all works. */
#include "driver-rig.h"

void
driver_rig_set_mode (DriverRig *rig, VdmaDirection dir, const VdmaMode *mode)
{
  g_autoptr (GError) error = NULL;
  vdma_channel_set_mode (rig->channel[dir], mode, &error);
  g_assert_no_error (error);
}

void
driver_rig_start_capture (DriverRig *rig)
{
  g_autoptr (GError) error = NULL;
  vdma_channel_start (rig->channel[VDMA_S2MM], NULL, &error);
  g_assert_no_error (error);
}

void
driver_rig_start_display (DriverRig *rig, guint32 number)
{
  g_autoptr (GError) error = NULL;
  VdmaFrame frame = driver_rig_new_frame (rig, number);
  vdma_channel_start (rig->channel[VDMA_MM2S], &frame, &error);
  g_assert_no_error (error);
}

void
driver_rig_stop (DriverRig *rig, VdmaDirection dir)
{
  g_autoptr (GError) error = NULL;
  vdma_channel_stop (rig->channel[dir], &error);
  g_assert_no_error (error);
}

void
driver_rig_service (DriverRig *rig, VdmaDirection dir)
{
  g_autoptr (GError) error = NULL;
  vdma_channel_service (rig->channel[dir], &error);
  g_assert_no_error (error);
}

void
driver_rig_serve (DriverRig *rig, VdmaDirection dir)
{
  g_autoptr (GError) error = NULL;
  g_assert_cmpint (vdma_channel_wait (rig->channel[dir], NULL,
                       rig->now + 4 * RIG_PERIOD, &error),
      ==, VDMA_WAIT_READY);
  driver_rig_service (rig, dir);
}

guint
driver_rig_take (DriverRig *rig, guint most)
{
  VdmaFrame frame;
  guint n = 0;

  while (
      n < most && vdma_capture_take (rig->channel[VDMA_S2MM], &frame, NULL)) {
    g_assert_cmpuint (driver_rig_picture (&frame), !=, G_MAXUINT32);
    driver_rig_keep (rig, &frame);
    driver_rig_give_back (rig, &frame);
    n++;
  }
  return n;
}

void
driver_rig_capture (DriverRig *rig, guint frames)
{
  while (frames > 0) {
    driver_rig_serve (rig, VDMA_S2MM);
    frames -= driver_rig_take (rig, frames);
  }
}

void
driver_rig_show (DriverRig *rig, guint32 number)
{
  g_autoptr (GError) error = NULL;
  VdmaFrame frame = driver_rig_new_frame (rig, number);
  vdma_display_show (rig->channel[VDMA_MM2S], &frame, &error);
  g_assert_no_error (error);
}
