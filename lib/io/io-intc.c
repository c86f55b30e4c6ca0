/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ISR keeps what came, of level inputs too, until IAR clears it; a level that is
 * still high then sets it again. What follows for the order of things:
 *
 * Level: the channel's flag is cleared first, IAR behind it. The other way round
 * the old level would set ISR again, to fire once for nothing.
 *
 * Edge: the other way round, for behind it IAR wipes out an edge that came since
 * the flag was cleared. But that is not enough. A channel has several reasons for
 * one line: when the second comes before the first is cleared the line stays high,
 * and there is no edge. So when all is armed the line itself is looked at, and
 * this look finds what IAR has wiped out as well. With it one order is right for
 * both kinds, and where nobody knows the kind. */
#include "io-intc.h"

#include <string.h>

#include "io-guard.h"
#include "io-intc-regs.h"
#include "io-sysfs.h"
#include "vdma-error.h"
#include "vdma-util.h"

/* How long others may take to mask what is theirs. */
#define INTC_PATIENCE VDMA_NSEC_PER_MSEC
/* As many looks in a row that find the line high are no frames. */
#define INTC_MAX_FIRES 4

typedef struct {
  VdmaIrq base; /* its descriptor is the line's */
  VdmaIrq *line;
  VdmaRegs *regs;
  VdmaIntcInput input;
  gchar *what;
  guint32 own;       /* the input's bit */
  gboolean enabled;  /* by us, in IER */
  gboolean verified; /* IER was seen to take the bit */
  gboolean guarded;  /* a crash disables it */
  gboolean fires;    /* the line was seen high: no edge will tell */
  guint n_fires;     /* of that in a row */
  gboolean gone;     /* no register is touched any more */
} IntcIrq;

static guint32
intc_read (IntcIrq *self, guint reg)
{
  return vdma_regs_read (self->regs, reg);
}

static void
intc_write_own (IntcIrq *self, guint reg)
{
  vdma_regs_write (self->regs, reg, self->own);
}

/* SIE and CIE change single bits, so nobody needs to know who else is there. */
static void
intc_disable (IntcIrq *self)
{
  if (self->enabled && !self->gone)
    intc_write_own (self, INTC_CIE);
  self->enabled = FALSE;
}

static gboolean
intc_verify (IntcIrq *self, GError **error)
{
  self->verified = (intc_read (self, INTC_IER) & self->own) != 0;
  if (!self->verified)
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
        "input %u of the interrupt controller %s cannot be enabled: it has "
        "fewer inputs, was built without SIE and CIE (C_HAS_SIE, C_HAS_CIE), "
        "or there is no AXI interrupt controller at that address",
        self->input.number, self->what);
  return self->verified;
}

static gboolean
intc_enable (IntcIrq *self, GError **error)
{
  intc_write_own (self, INTC_SIE);
  self->enabled = TRUE;
  if (!self->guarded)
    vdma_guard_add (self->regs, INTC_CIE, self->own);
  self->guarded = TRUE;
  return self->verified || intc_verify (self, error);
}

/* What is pending and has nobody would hold up others. From here on the input may
 * be another process's. */
static void
intc_rest (IntcIrq *self)
{
  intc_disable (self);
  self->fires = FALSE;
  if (self->guarded)
    vdma_guard_remove (self->regs, INTC_CIE);
  self->guarded = FALSE;
}

static gboolean
intc_arm_line (IntcIrq *self, GError **error)
{
  self->gone = !vdma_irq_arm (self->line, error);
  return !self->gone;
}

/* While an input that is not ours is pending, the line would fire at once. Who
 * serves it was woken as well, masks it first of all, and enables the line when
 * done. For the case that he never does, it is looked at. Where IPR was not built
 * in, only the line itself keeps from firing without end. */
static gboolean
intc_stay_armed (IntcIrq *self, GError **error)
{
  guint32 pending = intc_read (self, INTC_IPR);

  if (!(pending & ~self->own))
    return intc_arm_line (self, error);
  vdma_irq_hold (self->line, pending & self->own ? 0 : INTC_PATIENCE);
  return TRUE;
}

/* A line that does not fall is no reason to spin. */
static void
intc_fire (IntcIrq *self)
{
  self->fires = TRUE;
  vdma_irq_hold (
      self->line, self->n_fires++ < INTC_MAX_FIRES ? 0 : INTC_PATIENCE);
}

static gboolean
intc_irq_arm (VdmaIrq *irq, GError **error)
{
  IntcIrq *self = (IntcIrq *) irq;
  gboolean was_enabled = self->enabled;

  if (self->gone && !vdma_irq_arm (self->line, error))
    return FALSE;
  self->gone = FALSE;
  intc_write_own (self, INTC_IAR);
  if (!intc_enable (self, error))
    return FALSE;
  if (self->input.is_high && self->input.is_high (self->input.data)) {
    intc_fire (self);
    return TRUE;
  }
  self->n_fires = 0;
  /* who had the line's event enables it again, for all */
  return was_enabled ? intc_stay_armed (self, error)
                     : intc_arm_line (self, error);
}

/* Without an event the input stays armed, whatever the line has told. */
static gboolean
intc_irq_consume (VdmaIrq *irq, guint64 *count, GError **error)
{
  IntcIrq *self = (IntcIrq *) irq;
  guint64 told;

  *count = 0;
  self->gone = !vdma_irq_consume (self->line, &told, error);
  if (self->gone)
    return FALSE;
  if (told == 0 && !self->fires)
    return TRUE;
  if (!self->fires && !(intc_read (self, INTC_ISR) & self->own))
    return intc_stay_armed (self, error);
  self->fires = FALSE;
  intc_disable (self); /* others can use the line until we are through */
  *count = 1;
  return TRUE;
}

static void
intc_irq_tell (VdmaIrq *irq, VdmaIrqNews news, gint64 value)
{
  if (news == VDMA_IRQ_END)
    intc_rest ((IntcIrq *) irq);
}

static void
intc_irq_close (VdmaIrq *irq)
{
  IntcIrq *self = (IntcIrq *) irq;
  intc_rest (self);
  vdma_irq_close (self->line);
  vdma_regs_close (self->regs);
  g_free (self->what);
  g_free (self);
}

static const VdmaIrqImpl intc_irq_impl = {
  .name = "intc",
  .arm = intc_irq_arm,
  .consume = intc_irq_consume,
  .tell = intc_irq_tell,
  .close = intc_irq_close,
};

static gboolean
intc_check (IntcIrq *self, GError **error)
{
  guint n_inputs =
      self->input.n_inputs ? self->input.n_inputs : VDMA_INTC_MAX_INPUTS;

  if (self->input.number >= n_inputs) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "the interrupt controller %s has no input %u; its inputs are 0 to %u",
        self->what, self->input.number, n_inputs - 1);
    return FALSE;
  }
  if (self->regs->span < VDMA_INTC_SPAN) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "%u bytes of registers are too few for the interrupt controller %s; it "
        "needs 0x%x",
        self->regs->span, self->what, VDMA_INTC_SPAN);
    return FALSE;
  }
  return TRUE;
}

/* No register has a version; but of this one all bits but two read 0. */
static gboolean
intc_switch_on (IntcIrq *self, GError **error)
{
  const guint32 on = INTC_MER_ME | INTC_MER_HIE;
  guint32 mer = intc_read (self, INTC_MER);

  if ((mer & ~on) == 0 && mer != on) {
    vdma_regs_write (self->regs, INTC_MER, on);
    mer = intc_read (self, INTC_MER);
  }
  if (mer == on)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
      "there is no AXI interrupt controller at the registers of %s: MER reads "
      "0x%08x, it should read 0x%x. Is the bitstream loaded, and the address "
      "that of the controller (irq-controller)?",
      self->what, mer, on);
  return FALSE;
}

VdmaIrq *
vdma_intc_open_irq (
    VdmaIrq *line, VdmaRegs *regs, const VdmaIntcInput *input, GError **error)
{
  IntcIrq *self = g_new0 (IntcIrq, 1);
  self->base.impl = &intc_irq_impl;
  self->base.fd = vdma_irq_get_fd (line);
  self->line = line;
  self->regs = regs;
  self->input = *input;
  self->input.what = self->what = g_strdup (input->what);
  if (intc_check (self, error) && intc_switch_on (self, error)) {
    self->own = 1u << self->input.number;
    return &self->base;
  }
  intc_irq_close (&self->base);
  return NULL;
}

/* ---- the kernel's ---- */

gchar *
vdma_intc_find_kernel_driver (const gchar *root)
{
  g_autofree gchar *folder = vdma_io_path (root, "/sys/kernel/irq");
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *file = g_build_filename (name, "chip_name", NULL);
    g_autofree gchar *chip = vdma_sysfs_read_text (folder, file, NULL);
    if (chip && strstr (chip, "INTC"))
      return g_build_filename (folder, file, NULL);
  }
  return NULL;
}
