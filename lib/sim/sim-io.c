/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The board's registers and interrupt lines, as a driver gets them. */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sim-board-priv.h"
#include "vdma-error.h"

/* ---- registers ---- */

typedef struct {
  VdmaRegs base;
  SimBoard *board;
} SimWindow;

static guint32
window_read (VdmaRegs *regs, guint offset)
{
  SimBoard *board = ((SimWindow *) regs)->board;
  sim_board_enter_to_look (board);
  board->reads[offset / 4]++;
  guint32 value = sim_core_read (board->core, offset);
  sim_board_leave_looked (board);
  return value;
}

static void
window_tell_faults (SimBoard *board, guint offset, guint32 value)
{
  if (!(value & VDMA_CR_RESET))
    return;
  if (offset == VDMA_MM2S_BASE + VDMA_CR)
    sim_faults_reset (board->faults, VDMA_MM2S, board->now);
  else if (offset == VDMA_S2MM_BASE + VDMA_CR)
    sim_faults_reset (board->faults, VDMA_S2MM, board->now);
}

static void
window_write (VdmaRegs *regs, guint offset, guint32 value)
{
  SimBoard *board = ((SimWindow *) regs)->board;
  sim_board_enter (board);
  board->writes[offset / 4]++;
  window_tell_faults (board, offset, value);
  sim_core_write (board->core, offset, value);
  sim_board_leave (board, TRUE);
}

static void
window_close (VdmaRegs *regs)
{
  SimWindow *self = (SimWindow *) regs;
  sim_board_unref (self->board);
  g_free (self);
}

static const VdmaRegsImpl window_impl = {
  .name = "sim",
  .read32 = window_read,
  .write32 = window_write,
  .close = window_close,
};

G_STATIC_ASSERT (VDMA_REG_WORDS_MAX * 4 == VDMA_REG_DECODED);

VdmaRegs *
sim_board_open_regs (SimBoard *board)
{
  SimWindow *self = g_new0 (SimWindow, 1);
  self->base.impl = &window_impl;
  self->base.span = VDMA_REG_DECODED;
  self->board = sim_board_ref (board);
  return &self->base;
}

/* ---- interrupt lines ---- */

typedef struct {
  VdmaIrq base;
  SimBoard *board;
  VdmaDirection dir;
} SimIrqLine;

static SimPin *
line_get_pin (SimIrqLine *self)
{
  return &self->board->pins[self->dir];
}

void
sim_pin_init (SimPin *pin)
{
  /* the kernel enables the line when it finds the device */
  *pin = (SimPin){ .armed = TRUE, .late_until = G_MAXINT64 };
  pin->listeners = g_ptr_array_new ();
}

void
sim_pin_clear (SimPin *pin)
{
  g_ptr_array_unref (pin->listeners);
}

/* The kernel's handler: the line is disabled, whoever listens is told. */
static void
pin_fire (SimBoard *self, SimPin *pin)
{
  const guint64 one = 1;
  pin->armed = FALSE;
  pin->late_until = G_MAXINT64;
  pin->comes_again = pin->repeat;
  pin->repeat = FALSE;
  if (pin->listeners->len == 0)
    return;
  pin->in_service = TRUE;
  self->n_fired++;
  for (guint i = 0; i < pin->listeners->len; i++) {
    /* cannot fail: the counter has room for 2^64 interrupts */
    gint fd = GPOINTER_TO_INT (g_ptr_array_index (pin->listeners, i));
    if (write (fd, &one, sizeof one) < 0)
      g_warn_if_reached ();
  }
}

/* The line is armed and high: the interrupt comes, or what a fault makes of it. */
static void
pin_trigger (SimBoard *self, SimPin *pin)
{
  if (pin->lose > 0) {
    pin->lose--;
  } else if (pin->delay > 0) {
    pin->late_until = self->now + pin->delay;
    pin->delay = 0;
  } else if (pin->late_until == G_MAXINT64) {
    pin_fire (self, pin);
  }
}

void
sim_pin_set_level (SimBoard *self, VdmaDirection dir, gboolean level)
{
  SimPin *pin = &self->pins[dir];
  pin->level = level;
  if (level && pin->armed)
    pin_trigger (self, pin);
}

gint64
sim_pin_next_event (const SimPin *pin)
{
  return pin->late_until;
}

void
sim_pin_run (SimBoard *self, VdmaDirection dir)
{
  pin_fire (self, &self->pins[dir]);
}

void
sim_pin_fault (
    SimBoard *self, VdmaDirection dir, SimIrqFault fault, gint64 value)
{
  SimPin *pin = &self->pins[dir];
  switch (fault) {
    case SIM_IRQ_FAULT_LOSE:
      pin->lose = (guint) value;
      break;
    case SIM_IRQ_FAULT_DELAY:
      pin->delay = value;
      break;
    case SIM_IRQ_FAULT_REPEAT:
      pin->repeat = TRUE;
      break;
    default:
      if (pin->armed)
        pin_fire (self, pin);
      else
        pin->comes_again = TRUE;
      break;
  }
}

static gboolean
line_arm (VdmaIrq *irq, GError **error)
{
  SimIrqLine *self = (SimIrqLine *) irq;
  SimPin *pin = line_get_pin (self);
  sim_board_enter (self->board);
  pin->in_service = FALSE;
  pin->armed = TRUE;
  if (pin->comes_again)
    pin_fire (self->board, pin);
  else if (pin->level)
    pin_trigger (self->board, pin);
  sim_board_leave (self->board, TRUE);
  return TRUE;
}

static gboolean
line_consume (VdmaIrq *irq, guint64 *count, GError **error)
{
  *count = 0;
  while (read (irq->fd, count, sizeof *count) < 0) {
    if (errno == EAGAIN)
      return TRUE;
    if (errno != EINTR) {
      vdma_set_error_errno (
          error, errno, "cannot read a simulated interrupt line");
      return FALSE;
    }
  }
  return TRUE;
}

static void
line_close (VdmaIrq *irq)
{
  SimIrqLine *self = (SimIrqLine *) irq;
  SimPin *pin = line_get_pin (self);
  sim_board_enter (self->board);
  g_ptr_array_remove_fast (pin->listeners, GINT_TO_POINTER (irq->fd));
  if (pin->listeners->len == 0)
    pin->in_service = FALSE;
  sim_board_leave (self->board, TRUE);
  close (irq->fd);
  sim_board_unref (self->board);
  g_free (self);
}

static const VdmaIrqImpl line_impl = {
  .name = "sim",
  .arm = line_arm,
  .consume = line_consume,
  .close = line_close,
};

VdmaIrq *
sim_board_open_irq (SimBoard *board, VdmaDirection dir, GError **error)
{
  if (!board->options.desc.channel[dir].present) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND,
        "simulated board '%s' is built without %s; see the option channels",
        board->name, vdma_direction_to_string (dir));
    return NULL;
  }
  gint fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) {
    vdma_set_error_errno (
        error, errno, "cannot make a simulated interrupt line");
    return NULL;
  }
  SimIrqLine *self = g_new0 (SimIrqLine, 1);
  self->base.impl = &line_impl;
  self->base.fd = fd;
  self->board = sim_board_ref (board);
  self->dir = dir;
  sim_board_enter (board);
  g_ptr_array_add (board->pins[dir].listeners, GINT_TO_POINTER (fd));
  sim_board_leave (board, FALSE);
  return &self->base;
}
