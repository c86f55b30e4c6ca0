/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hostile.h"

#include <errno.h>

#include "vdma-error.h"
#include "vdma-regs.h"
#include "vdma-util.h"

/* Polls look each millisecond: for a second after a reset, for two frame times
 * of at most 4.3 s after a stop; a failed restart does all of it again. */
#define HOSTILE_MAX_STEPS 100000

typedef struct {
  VdmaRegs base;
  Hostile *hostile;
} HostileRegs;

typedef struct {
  VdmaIrq base;
  Hostile *hostile;
} HostileLine;

typedef struct {
  VdmaTime base;
  Hostile *hostile;
} HostileTime;

struct Hostile {
  FuzzInput *in;
  HostileTime time;
  gint64 now;
  guint stuck; /* HostileStuck */
  guint n_open;
  guint steps;  /* accesses and waits in this call */
  guint stores; /* what the core was built with */
  guint turn;   /* store that the pointers name */
  guint32 word[VDMA_REG_SPAN / 4];
};

static void
hostile_step (Hostile *self)
{
  g_assert_cmpuint (++self->steps, <, HOSTILE_MAX_STEPS);
}

void
hostile_end_call (Hostile *self)
{
  self->steps = 0;
}

/* ---- registers ---- */

static gboolean
hostile_is (guint offset, guint reg)
{
  return offset == VDMA_MM2S_BASE + reg || offset == VDMA_S2MM_BASE + reg;
}

/* The bits of SR that follow from CR, unless the core refuses. */
static guint32
hostile_status (const Hostile *self, guint offset)
{
  guint32 cr = self->word[offset / 4 - 1];
  guint32 sr = self->word[offset / 4] & ~VDMA_SR_HALTED;
  gboolean halted = !(cr & VDMA_CR_RS);

  if (self->stuck & HOSTILE_NO_HALT)
    halted = FALSE;
  else if (self->stuck & HOSTILE_NO_RUN)
    halted = TRUE;
  return sr | (halted ? VDMA_SR_HALTED : 0);
}

/* S2MM goes round, MM2S is where it was sent. */
static guint32
hostile_park (const Hostile *self)
{
  guint32 park = self->word[VDMA_PARK_PTR / 4];
  guint32 rd = VDMA_FIELD_GET (VDMA_PARK_RD_REF, park);

  return park | VDMA_FIELD_PREP (VDMA_PARK_WR_STORE, self->turn)
         | VDMA_FIELD_PREP (VDMA_PARK_RD_STORE, rd);
}

/* Both channels come to the end of a frame, where FrameCntEn halts them. */
static void
hostile_end_frame (Hostile *self)
{
  static const guint bases[] = { VDMA_MM2S_BASE, VDMA_S2MM_BASE };

  self->turn = (self->turn + 1) % self->stores;
  for (guint i = 0; i < G_N_ELEMENTS (bases); i++) {
    guint32 *cr = &self->word[(bases[i] + VDMA_CR) / 4];
    if (*cr & VDMA_CR_RS)
      self->word[(bases[i] + VDMA_SR) / 4] |= VDMA_SR_FRMCNT_IRQ;
    if (*cr & VDMA_CR_FRAME_CNT_EN)
      *cr &= ~VDMA_CR_RS;
  }
}

/* What an idle core would answer. */
static guint32
hostile_expected (Hostile *self, guint offset)
{
  if (offset == VDMA_VERSION)
    return VDMA_FIELD_PREP (VDMA_VERSION_ID, VDMA_VERSION_ID_V6);
  if (hostile_is (offset, VDMA_SR))
    return hostile_status (self, offset);
  if (hostile_is (offset, VDMA_CR) && !(self->stuck & HOSTILE_NO_RESET))
    self->word[offset / 4] &= ~VDMA_CR_RESET;
  if (offset == VDMA_PARK_PTR)
    return hostile_park (self);
  return self->word[offset / 4];
}

static guint32
hostile_read (VdmaRegs *regs, guint offset)
{
  Hostile *self = ((HostileRegs *) regs)->hostile;
  guint8 mood = self->stuck & HOSTILE_LIAR ? fuzz_u8 (self->in) : 0;
  guint32 value = hostile_expected (self, offset);

  hostile_step (self);
  self->now += mood >> 4;
  switch (mood & 0xF) {
    case 1:
      return fuzz_u32 (self->in);
    case 2:
      return 0;
    case 3:
      return G_MAXUINT32;
    case 4: /* a bit upside down */
      return value ^ 1u << fuzz_below (self->in, 32);
    case 5: /* an event that stays until it is acknowledged */
      self->word[offset / 4] |= 1u << fuzz_below (self->in, 32);
      return hostile_expected (self, offset);
    case 6: /* a frame has gone by */
      hostile_end_frame (self);
      return hostile_expected (self, offset);
    case 7:
      self->turn = fuzz_below (self->in, VDMA_MAX_STORES);
      return hostile_expected (self, offset);
    default:
      return value;
  }
}

static void
hostile_write (VdmaRegs *regs, guint offset, guint32 value)
{
  Hostile *self = ((HostileRegs *) regs)->hostile;

  hostile_step (self);
  if (hostile_is (offset, VDMA_SR))
    self->word[offset / 4] &= ~value;
  else if (offset == VDMA_PARK_PTR)
    self->word[offset / 4] = value & (VDMA_PARK_RD_REF | VDMA_PARK_WR_REF);
  else
    self->word[offset / 4] = value;
  if (hostile_is (offset, VDMA_CR) && (value & VDMA_CR_RESET)) {
    self->word[offset / 4] = VDMA_CR_RESET_VALUE | VDMA_CR_RESET;
    self->word[offset / 4 + 1] = 0;
    self->turn = 0;
  }
}

static void
hostile_close_regs (VdmaRegs *regs)
{
  ((HostileRegs *) regs)->hostile->n_open--;
  g_free (regs);
}

static const VdmaRegsImpl hostile_regs_impl = {
  .name = "hostile",
  .read32 = hostile_read,
  .write32 = hostile_write,
  .close = hostile_close_regs,
};

/* ---- interrupt lines ---- */

static gboolean
hostile_fails (Hostile *self, GError **error)
{
  if (!(self->stuck & HOSTILE_LIAR) || fuzz_u8 (self->in) < 0xF8)
    return FALSE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_FAILED, "the line is gone");
  return TRUE;
}

static gboolean
hostile_arm (VdmaIrq *irq, GError **error)
{
  Hostile *self = ((HostileLine *) irq)->hostile;
  hostile_step (self);
  return !hostile_fails (self, error);
}

static gboolean
hostile_consume (VdmaIrq *irq, guint64 *count, GError **error)
{
  Hostile *self = ((HostileLine *) irq)->hostile;
  hostile_step (self);
  *count = fuzz_u8 (self->in);
  return !hostile_fails (self, error);
}

static void
hostile_close_line (VdmaIrq *irq)
{
  ((HostileLine *) irq)->hostile->n_open--;
  g_free (irq);
}

static const VdmaIrqImpl hostile_line_impl = {
  .name = "hostile",
  .arm = hostile_arm,
  .consume = hostile_consume,
  .close = hostile_close_line,
};

/* ---- time ---- */

static gint64
hostile_now (VdmaTime *time)
{
  return ((HostileTime *) time)->hostile->now;
}

/* Some descriptors become ready before the deadline, or it is reached. A wait
 * for ever, or behind the input's end, always ends by a descriptor. The first one is the interrupt's: a
 * frame has ended. */
static gint
hostile_wait (VdmaTime *time, GPollFD *fds, guint n_fds, gint64 deadline)
{
  Hostile *self = ((HostileTime *) time)->hostile;
  guint8 mood = n_fds > 0 ? fuzz_u8 (self->in) : 0;
  gint n_ready = 0;

  hostile_step (self);
  if (mood == 0xFF) {
    errno = EIO;
    return -1;
  }
  if (deadline == G_MAXINT64 || fuzz_is_empty (self->in))
    mood |= 1;
  for (guint i = 0; i < n_fds; i++) {
    fds[i].revents = fds[i].fd >= 0 && (mood >> i & 1) ? G_IO_IN : 0;
    n_ready += fds[i].revents != 0;
  }
  gint64 early = self->now + ((gint64) (mood >> 2) << 20);
  if (n_ready == 0 || early > deadline)
    self->now = MAX (self->now, deadline == G_MAXINT64 ? early : deadline);
  else
    self->now = early;
  if (n_fds > 0 && fds[0].revents)
    hostile_end_frame (self);
  return n_ready;
}

static const VdmaTimeImpl hostile_time_impl = {
  .name = "hostile",
  .now = hostile_now,
  .wait = hostile_wait,
};

/* ---- life ---- */

Hostile *
hostile_new (FuzzInput *in, const VdmaHwDesc *desc)
{
  Hostile *self = g_new0 (Hostile, 1);

  self->in = in;
  self->stores = MAX (desc->n_stores, 1);
  self->now = VDMA_NSEC_PER_SEC;
  self->time = (HostileTime){ .base.impl = &hostile_time_impl, self };
  self->word[(VDMA_MM2S_BASE + VDMA_CR) / 4] = VDMA_CR_RESET_VALUE;
  self->word[(VDMA_S2MM_BASE + VDMA_CR) / 4] = VDMA_CR_RESET_VALUE;
  return self;
}

void
hostile_free (Hostile *self)
{
  g_assert_cmpuint (self->n_open, ==, 0);
  g_free (self);
}

void
hostile_set_stuck (Hostile *self, guint stuck)
{
  self->stuck = stuck;
}

static VdmaIrq *
hostile_line_new (Hostile *self)
{
  HostileLine *line = g_new0 (HostileLine, 1);
  line->base.impl = &hostile_line_impl;
  line->base.fd = 0; /* no system call ever sees it */
  line->hostile = self;
  self->n_open++;
  return &line->base;
}

VdmaDevice *
hostile_open_device (
    Hostile *self, const VdmaHwDesc *desc, guint missing, GError **error)
{
  VdmaIrq *irqs[VDMA_N_DIRECTIONS] = { NULL };
  HostileRegs *regs = g_new0 (HostileRegs, 1);

  regs->base.impl = &hostile_regs_impl;
  regs->base.span = missing >> 2 & 1 ? VDMA_REG_SPAN / 2 : VDMA_REG_SPAN;
  regs->hostile = self;
  self->n_open++;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    if (desc->channel[dir].present && !(missing >> dir & 1))
      irqs[dir] = hostile_line_new (self);
  }
  return vdma_device_open (desc, &regs->base, irqs, &self->time.base, error);
}
