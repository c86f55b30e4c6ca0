/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interrupt lines of a real core. UIO has one for each of its devices, and a
 * VDMA has two: they come or-ed together by one device, each by its own, by an
 * interrupt controller, or not at all, and then a timer stands in (hardware.md
 * 5.1). */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_BOARD

#include "board-hardware.h"

#include <string.h>

#include "io-timer.h"
#include "vdma-error.h"
#include "vdma-log.h"
#include "vdma-regs.h"

static VdmaIrq *
irq_open_timer (
    BoardHardware *self, VdmaDirection dir, const gchar *why, GError **error)
{
  vdma_log_info ("%s of '%s': no interrupt (%s), a timer in phase with the "
                 "frames instead",
      vdma_direction_to_string (dir), self->core->desc.name, why);
  return vdma_timer_irq_new (vdma_time_monotonic (), error);
}

static VdmaIrq *
irq_open_named (
    BoardHardware *self, VdmaDirection dir, const gchar *text, GError **error)
{
  gint input;
  g_autofree gchar *name = board_intc_split (text, &input);
  g_autoptr (VdmaUioNode) node =
      vdma_uio_find (self->options.root, name, error);

  if (!node) {
    if (input >= 0)
      board_intc_explain (self, error);
    return NULL;
  }
  if (input >= 0 || board_intc_is_output (self, dir, node))
    return board_intc_open (self, dir, node, input, error);
  return vdma_uio_open_irq (node, vdma_time_monotonic (), error);
}

static gboolean
irq_is_same_line (const VdmaHwIrq *a, const VdmaHwIrq *b)
{
  if (a->spi >= 0 || a->input >= 0)
    return a->spi == b->spi && a->input == b->input
           && g_str_equal (a->controller, b->controller);
  return g_str_equal (a->pin, b->pin);
}

/* Where the node has a line for each channel, the driver takes its first. */
static gboolean
irq_is_of_other (const BoardHardware *self, VdmaDirection dir)
{
  const VdmaHwIrq *irq = self->tree ? self->tree->irq : NULL;
  if (!irq || !irq[VDMA_MM2S].known || !irq[VDMA_S2MM].known
      || irq_is_same_line (&irq[VDMA_MM2S], &irq[VDMA_S2MM]))
    return FALSE;
  return strstr (irq[dir].pin, "[0]") == NULL;
}

/* Errors: UNSUPPORTED: the core's own device has no interrupt for @dir */
static VdmaIrq *
irq_open_direct (BoardHardware *self, VdmaDirection dir, GError **error)
{
  if (!self->node)
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
        "/dev/mem has no interrupts; name a UIO device that has them by "
        "irq-device");
  else if (board_intc_is_output (self, dir, self->node))
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
        "the interrupt of '%s' is that of an interrupt controller",
        self->node->name);
  else if (irq_is_of_other (self, dir))
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
        "'%s' has the interrupt of the other channel only, the first of its "
        "node; give the second to another node, and name that by irq-%s",
        self->node->name, dir == VDMA_S2MM ? "s2mm" : "mm2s");
  else
    return vdma_uio_open_irq (self->node, vdma_time_monotonic (), error);
  return NULL;
}

/* Returns: (nullable): without error when there is no such controller */
static VdmaIrq *
irq_open_controller (BoardHardware *self, VdmaDirection dir, GError **error)
{
  g_autoptr (VdmaUioNode) node = board_intc_find (self, dir);
  return node ? board_intc_open (self, dir, node, -1, error) : NULL;
}

static VdmaIrq *
irq_open_own (BoardHardware *self, VdmaDirection dir, GError **error)
{
  gboolean must = self->options.irq == BOARD_IRQ_UIO;
  g_autoptr (GError) own = NULL;
  g_autoptr (GError) controller = NULL;
  VdmaIrq *irq = irq_open_direct (self, dir, &own);

  if (irq)
    return irq;
  if (!g_error_matches (own, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED)) {
    g_propagate_error (error, g_steal_pointer (&own));
    return NULL;
  }
  if ((irq = irq_open_controller (self, dir, &controller)))
    return irq;
  const GError *why = controller ? controller : own;
  if (!must)
    return irq_open_timer (self, dir, why->message, error);
  g_propagate_error (error, g_error_copy (why));
  return NULL;
}

static VdmaIrq *
irq_open (BoardHardware *self, VdmaDirection dir, GError **error)
{
  const BoardHardwareOptions *options = &self->options;
  const gchar *name = options->irq_channel[dir] ? options->irq_channel[dir]
                                                : options->irq_device;

  if (g_strcmp0 (name, "timer") == 0
      || (!name && options->irq == BOARD_IRQ_TIMER))
    return irq_open_timer (self, dir, "as the device says", error);
  return name ? irq_open_named (self, dir, name, error)
              : irq_open_own (self, dir, error);
}

gboolean
board_hardware_open_irqs (BoardHardware *self, VdmaRegs *regs,
    VdmaIrq *irqs[VDMA_N_DIRECTIONS], GError **error)
{
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    self->line[dir] = (BoardLine){
      .regs = regs,
      .channel = dir == VDMA_S2MM ? VDMA_S2MM_BASE : VDMA_MM2S_BASE,
    };
    if (!self->core->desc.channel[dir].present)
      continue;
    irqs[dir] = irq_open (self, (VdmaDirection) dir, error);
    if (irqs[dir])
      continue;
    g_prefix_error (error, "no interrupt for %s: ",
        vdma_direction_to_string ((VdmaDirection) dir));
    while (dir-- > 0)
      g_clear_pointer (&irqs[dir], vdma_irq_close);
    return FALSE;
  }
  return TRUE;
}
