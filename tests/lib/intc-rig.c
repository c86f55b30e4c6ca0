/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "intc-rig.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "vdma-error.h"

typedef struct {
  VdmaRegs base;
  IntcRig *rig;
} RigRegs;

/* ---- the kernel ---- */

gboolean
intc_rig_is_readable (const IntcRigLine *line)
{
  return line->seen != line->rig->total || line->look <= line->rig->now;
}

static void
rig_show (IntcRigLine *line)
{
  guint64 count = 1;
  if (intc_rig_is_readable (line))
    g_assert_cmpint (write (line->base.fd, &count, sizeof count), ==, 8);
  else if (read (line->base.fd, &count, sizeof count) < 0)
    count = 0;
}

/* The handler disables the line and counts. */
static void
rig_settle (IntcRig *self)
{
  if (self->enabled && intc_model_get_output (&self->model)) {
    self->enabled = FALSE;
    self->total++;
    self->n_fired++;
  }
  for (guint i = 0; i < INTC_RIG_OPENINGS; i++) {
    if (self->lines[i])
      rig_show (self->lines[i]);
  }
}

static void
rig_step (IntcRig *self)
{
  if (self->step)
    self->step (self->data);
}

static gboolean
rig_line_check (IntcRigLine *line, GError **error)
{
  rig_step (line->rig);
  if (!line->rig->vanished)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND, "the line is gone");
  return FALSE;
}

static gboolean
rig_line_arm (VdmaIrq *irq, GError **error)
{
  IntcRigLine *line = (IntcRigLine *) irq;
  if (!rig_line_check (line, error))
    return FALSE;
  line->look = G_MAXINT64;
  line->rig->enabled = TRUE;
  rig_settle (line->rig);
  return TRUE;
}

static void
rig_line_hold (VdmaIrq *irq, gint64 delay)
{
  IntcRigLine *line = (IntcRigLine *) irq;
  rig_step (line->rig);
  line->look = line->rig->now + delay;
  rig_settle (line->rig);
}

static gboolean
rig_line_consume (VdmaIrq *irq, guint64 *count, GError **error)
{
  IntcRigLine *line = (IntcRigLine *) irq;
  if (!rig_line_check (line, error))
    return FALSE;
  *count = line->seen != line->rig->total || line->look != G_MAXINT64;
  line->seen = line->rig->total;
  line->look = G_MAXINT64;
  rig_settle (line->rig);
  return TRUE;
}

static void
rig_line_close (VdmaIrq *irq)
{
  IntcRigLine *line = (IntcRigLine *) irq;
  for (guint i = 0; i < INTC_RIG_OPENINGS; i++) {
    if (line->rig->lines[i] == line)
      line->rig->lines[i] = NULL;
  }
  close (irq->fd);
  g_free (line);
}

static const VdmaIrqImpl rig_line_impl = {
  .name = "rig",
  .arm = rig_line_arm,
  .hold = rig_line_hold,
  .consume = rig_line_consume,
  .close = rig_line_close,
};

VdmaIrq *
intc_rig_open_line (IntcRig *self)
{
  IntcRigLine *line = g_new0 (IntcRigLine, 1);
  guint i = 0;

  line->base.impl = &rig_line_impl;
  line->base.fd = eventfd (0, EFD_NONBLOCK | EFD_CLOEXEC);
  g_assert_cmpint (line->base.fd, >=, 0);
  line->rig = self;
  line->seen = self->total;
  line->look = G_MAXINT64;
  while (self->lines[i])
    g_assert_cmpuint (++i, <, INTC_RIG_OPENINGS);
  self->lines[i] = line;
  self->enabled = TRUE;
  rig_settle (self);
  return &line->base;
}

gint64
intc_rig_next_look (const IntcRig *self)
{
  gint64 next = G_MAXINT64;
  for (guint i = 0; i < INTC_RIG_OPENINGS; i++) {
    if (self->lines[i])
      next = MIN (next, self->lines[i]->look);
  }
  return next;
}

/* ---- registers ---- */

static guint32
rig_read (VdmaRegs *regs, guint offset)
{
  IntcRig *rig = ((RigRegs *) regs)->rig;
  rig_step (rig);
  return intc_model_read (&rig->model, offset);
}

static void
rig_write (VdmaRegs *regs, guint offset, guint32 value)
{
  IntcRig *rig = ((RigRegs *) regs)->rig;
  rig_step (rig);
  intc_model_write (&rig->model, offset, value);
  rig_settle (rig);
}

static void
rig_close (VdmaRegs *regs)
{
  g_free (regs);
}

VdmaRegs *
intc_rig_open_regs (IntcRig *self)
{
  static const VdmaRegsImpl impl = {
    .name = "rig",
    .read32 = rig_read,
    .write32 = rig_write,
    .close = rig_close,
  };
  RigRegs *regs = g_new0 (RigRegs, 1);
  regs->base.impl = &impl;
  regs->base.span = 0x1000;
  regs->rig = self;
  return &regs->base;
}

/* ---- the world outside ---- */

void
intc_rig_add_test (const gchar *path, GTestDataFunc test)
{
  static const IntcRigKind kinds[] = {
    { "level", 0, FALSE },
    { "edge", G_MAXUINT32, TRUE },
    { "level-unknown", 0, TRUE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autofree gchar *name = g_strdup_printf ("%s/%s", path, kinds[i].name);
    g_test_add_data_func (name, &kinds[i], test);
  }
}

void
intc_rig_init (IntcRig *self, guint n_inputs, guint32 kind)
{
  *self = (IntcRig){ .model = { .n_inputs = n_inputs, .kind = kind } };
}

void
intc_rig_set_pin (IntcRig *self, guint input, gboolean high)
{
  intc_model_set_pin (&self->model, input, high);
  rig_settle (self);
}

void
intc_rig_set_time (IntcRig *self, gint64 now)
{
  self->now = now;
  rig_settle (self);
}
