/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rig's interrupt lines, which behave as UIO's: disabled by each interrupt. */
#include "driver-rig.h"

#include <sys/eventfd.h>
#include <unistd.h>

static void
rig_line_raise (RigLine *line)
{
  const guint64 one = 1;
  g_assert_cmpint (write (line->base.fd, &one, sizeof one), ==, sizeof one);
}

static void
rig_line_fire (DriverRig *rig, VdmaDirection dir)
{
  if (!rig->line[dir]->level || !rig->line[dir]->armed)
    return;
  rig->line[dir]->armed = FALSE;
  if (rig->line[dir]->lose > 0) {
    rig->line[dir]->lose--;
    return;
  }
  rig_line_raise (rig->line[dir]);
}

void
driver_rig_line_set (DriverRig *rig, VdmaDirection dir, gboolean level)
{
  rig->line[dir]->level = level;
  rig_line_fire (rig, dir);
}

static gboolean
rig_line_arm (VdmaIrq *irq, GError **error)
{
  RigLine *line = (RigLine *) irq;
  line->armed = TRUE;
  rig_line_fire (line->rig, line->dir);
  return TRUE;
}

static gboolean
rig_line_consume (VdmaIrq *irq, guint64 *count, GError **error)
{
  if (read (irq->fd, count, sizeof *count) != sizeof *count)
    *count = 0;
  return TRUE;
}

static void
rig_line_close (VdmaIrq *irq)
{
  RigLine *line = (RigLine *) irq;
  close (irq->fd);
  line->rig->line[line->dir] = NULL;
  g_free (line);
}

static const VdmaIrqImpl rig_line_impl = {
  .name = "rig",
  .arm = rig_line_arm,
  .consume = rig_line_consume,
  .close = rig_line_close,
};

VdmaIrq *
driver_rig_line_new (DriverRig *rig, VdmaDirection dir)
{
  RigLine *line = g_new0 (RigLine, 1);
  line->base.impl = &rig_line_impl;
  line->base.fd = eventfd (0, EFD_NONBLOCK | EFD_CLOEXEC);
  line->rig = rig;
  line->dir = dir;
  g_assert_cmpint (line->base.fd, >=, 0);
  rig->line[dir] = line;
  return &line->base;
}

void
driver_rig_fire (DriverRig *rig, VdmaDirection dir)
{
  rig_line_raise (rig->line[dir]);
  rig->blind.fired++;
}
