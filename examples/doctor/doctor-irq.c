/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the interrupts of a core end: at UIO devices, or at an AXI interrupt
 * controller that is served by the kernel, by us, or by nobody. */
#include "doctor.h"

#include "io-intc.h"

static gboolean
irq_needs_two_lines (const VdmaHwCore *core)
{
  const VdmaHwIrq *irq = core->irq;

  return core->desc.channel[VDMA_MM2S].present
         && core->desc.channel[VDMA_S2MM].present
         && !(irq[VDMA_MM2S].known && irq[VDMA_S2MM].known
              && irq[VDMA_MM2S].spi == irq[VDMA_S2MM].spi);
}

static const VdmaUioNode *
irq_find_controller (const Doctor *self, const VdmaHwIrq *irq)
{
  for (guint i = 0; i < self->nodes->len; i++) {
    const VdmaUioNode *node = g_ptr_array_index (self->nodes, i);
    if (g_strcmp0 (node->of_node, irq->controller) == 0)
      return node;
  }
  return NULL;
}

static void
irq_check_controller (
    Doctor *self, const VdmaHwIrq *irq, const gchar *direction)
{
  const VdmaUioNode *node = irq_find_controller (self, irq);
  g_autofree gchar *driver = vdma_intc_find_kernel_driver (self->root);

  if (irq->cascaded)
    doctor_say (self, DOCTOR_ADVICE, "interrupt",
        g_strdup ("irq=timer, or another design"),
        "%s goes into input %d of the interrupt controller %s, which is itself "
        "an input of another one: only the kernel's driver can serve that",
        direction, irq->input, irq->controller);
  else if (node)
    doctor_say (self, DOCTOR_OK, "interrupt", NULL,
        "%s goes into input %d of the interrupt controller %s, which is served "
        "through the UIO device '%s'",
        direction, irq->input, irq->controller, node->name);
  else if (driver)
    doctor_say (self, DOCTOR_OK, "interrupt", NULL,
        "%s goes into input %d of the interrupt controller %s; the kernel has "
        "a "
        "driver for it",
        direction, irq->input, irq->controller);
  else
    doctor_say (self, DOCTOR_ADVICE, "interrupt",
        g_strdup_printf (
            "CONFIG_XILINX_INTC=y, or in the node %s:\n"
            "compatible = \"generic-uio\";\n"
            "and no interrupts = <...>; that lead to it in a node with "
            "compatible = \"generic-uio\": the kernel would wait for ever for "
            "its driver. Children of the core (dma-channel@...) may have them",
            irq->controller),
        "%s goes into input %d of the interrupt controller %s, which neither "
        "the kernel nor a UIO device has: the channel goes by a timer",
        direction, irq->input, irq->controller);
}

static void
irq_check_core (Doctor *self, const VdmaHwCore *core)
{
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    const VdmaHwIrq *irq = &core->irq[dir];
    if (core->desc.channel[dir].present && irq->known && irq->input >= 0)
      irq_check_controller (
          self, irq, vdma_direction_to_string ((VdmaDirection) dir));
  }
  if (irq_needs_two_lines (core) && self->nodes->len == 1)
    doctor_say (self, DOCTOR_ADVICE, "interrupt",
        g_strdup (
            "A second node with the other interrupt "
            "(compatible = \"generic-uio\"; interrupts = <...>;), named to "
            "the element: device=uio:NAME?irq-mm2s=NODE"),
        "a UIO device has one interrupt, the core two: without a second one "
        "the other channel goes by a timer");
}

/* What PYNQ's images call the line of their overlays. */
static void
irq_check_fabric (Doctor *self)
{
  for (guint i = 0; i < self->nodes->len; i++) {
    const VdmaUioNode *node = g_ptr_array_index (self->nodes, i);
    if (!g_str_equal (node->name, "fabric"))
      continue;
    doctor_say (self, DOCTOR_OK, "interrupt", NULL,
        "'fabric' (%s) is the line that overlays for PYNQ bring their "
        "interrupt "
        "controller to; device=hwh:FILE, the overlay's file, tells the rest",
        doctor_shown (self, node->path));
  }
}

void
doctor_check_irq (Doctor *self)
{
  for (guint i = 0; i < self->cores->len; i++)
    irq_check_core (self, g_ptr_array_index (self->cores, i));
  if (self->cores->len == 0)
    irq_check_fabric (self);
}
