/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where an interrupt line of a design ends: over concats, which move it up by
 * the width of the inputs below, and over interrupt controllers. */
#include <string.h>

#include "hw-hwh-private.h"
#include "vdma-number.h"

#define IRQ_MAX_DEPTH 16   /* concats and controllers in a row */
#define IRQ_MAX_STEPS 1024 /* of the search: hostile designs branch and loop */

/* Inputs of the processor: hardware.md 3.2. */
static const struct {
  const gchar *type;
  const gchar *pin;
  guint first, last;
  guint spi;
} irq_pins[] = {
  { "processing_system7", "IRQ_F2P", 0, 7, 29 },
  { "processing_system7", "IRQ_F2P", 8, 15, 52 },
  { "zynq_ultra_ps_e", "pl_ps_irq0", 0, 7, 89 },
  { "zynq_ultra_ps_e", "pl_ps_irq1", 0, 7, 104 },
};

/** IrqSearch: the way that was gone, and its end. */
typedef struct {
  const HwhDesign *design;
  guint steps;
  VdmaHwIrq *irq;
} IrqSearch;

static void
irq_copy_text (gchar *to, gsize size, const gchar *text)
{
  g_autofree gchar *valid = g_utf8_make_valid (text, -1);
  if (strlen (valid) >= size)
    *g_utf8_find_prev_char (valid, valid + size) = '\0';
  g_strlcpy (to, valid, size);
}

/* ---- concats ---- */

static guint
irq_input_width (const HwhModule *concat, guint64 input)
{
  g_autofree gchar *name = g_strdup_printf ("In%u", (guint) input);
  const HwhPort *port = hw_hwh_find_port (concat, name);
  if (port)
    return port->width;
  g_autofree gchar *key = g_strdup_printf ("IN%u_WIDTH", (guint) input);
  const HwhParameter *parameter = g_hash_table_lookup (concat->parameters, key);
  guint64 width;
  if (parameter && vdma_parse_uint64 (parameter->value, &width)
      && width <= G_MAXUINT16)
    return (guint) width;
  return 1;
}

/* Of "In3": the bit of dout at which it begins. */
static gboolean
irq_concat_offset (const HwhModule *concat, const gchar *port, guint *offset)
{
  guint64 input;
  if (g_ascii_strncasecmp (port, "In", 2) != 0
      || !vdma_parse_uint64 (port + 2, &input) || input > 127)
    return FALSE;
  *offset = 0;
  for (guint64 below = 0; below < input; below++)
    *offset += irq_input_width (concat, below);
  return TRUE;
}

/* ---- processors ---- */

static gint
irq_pin_spi (const HwhModule *processor, const gchar *pin, guint bit)
{
  const HwhParameter *mode =
      g_hash_table_lookup (processor->parameters, "C_IRQ_F2P_MODE");
  if (mode && g_ascii_strcasecmp (mode->value, "DIRECT") != 0)
    return -1;
  for (guint i = 0; i < G_N_ELEMENTS (irq_pins); i++) {
    if (g_ascii_strcasecmp (irq_pins[i].type, processor->type) == 0
        && g_ascii_strcasecmp (irq_pins[i].pin, pin) == 0
        && bit >= irq_pins[i].first && bit <= irq_pins[i].last)
      return (gint) (irq_pins[i].spi + bit - irq_pins[i].first);
  }
  return -1;
}

static void
irq_end_at_pin (
    IrqSearch *search, const HwhModule *processor, const gchar *pin, guint bit)
{
  g_autofree gchar *text = g_strdup_printf ("%.40s[%u]", pin, bit);
  search->irq->known = TRUE;
  search->irq->spi = irq_pin_spi (processor, pin, bit);
  irq_copy_text (search->irq->pin, sizeof search->irq->pin, text);
}

/* ---- controllers ---- */

static const gchar *
irq_get_parameter (const HwhModule *module, const gchar *name)
{
  const HwhParameter *found = g_hash_table_lookup (module->parameters, name);
  return found ? found->value : "";
}

/* A word of bits: 0x..., a number, or 32 digits of 0 and 1. */
static gboolean
irq_parse_bits (const gchar *text, guint32 *bits)
{
  guint64 number;
  if (strlen (text) == 32 && strspn (text, "01") == 32) {
    *bits = (guint32) g_ascii_strtoull (text, NULL, 2);
    return TRUE;
  }
  if (!vdma_parse_uint64 (text, &number) || number > G_MAXUINT32)
    return FALSE;
  *bits = (guint32) number;
  return TRUE;
}

/* What the processor sees counts, as with a VDMA. */
static guint64
irq_find_base (const HwhDesign *design, const HwhModule *controller)
{
  guint64 found = 0, base;
  for (guint i = 0; i < design->ranges->len; i++) {
    const HwhRange *range = g_ptr_array_index (design->ranges, i);
    if (g_strcmp0 (range->instance, controller->instance) != 0 || !range->base
        || !vdma_parse_uint64 (range->base, &base))
      continue;
    if (range->master == HWH_PROCESSOR)
      return base;
    if (found == 0)
      found = base;
  }
  return found;
}

static void
irq_describe_controller (
    const HwhDesign *design, const HwhModule *controller, VdmaHwIrq *irq)
{
  guint64 n_inputs;
  guint32 edges, level;
  irq->base = irq_find_base (design, controller);
  if (vdma_parse_uint64 (
          irq_get_parameter (controller, "C_NUM_INTR_INPUTS"), &n_inputs)
      && n_inputs >= 1 && n_inputs <= 32)
    irq->n_inputs = (guint) n_inputs;
  if (irq->input < 32
      && irq_parse_bits (
          irq_get_parameter (controller, "C_KIND_OF_INTR"), &edges))
    irq->sense =
        edges & (1u << irq->input) ? VDMA_HW_SENSE_EDGE : VDMA_HW_SENSE_LEVEL;
  irq->pulses =
      irq_parse_bits (irq_get_parameter (controller, "C_IRQ_IS_LEVEL"), &level)
      && level == 0;
}

/* ---- the search ---- */

static gboolean irq_follow (
    IrqSearch *search, const gchar *net, guint bit, guint depth);

static gboolean
irq_follow_out (IrqSearch *search, const HwhModule *module, const gchar *out,
    guint bit, guint depth)
{
  const HwhPort *port = hw_hwh_find_port (module, out);
  return port && port->net && irq_follow (search, port->net, bit, depth);
}

static gboolean
irq_enter_controller (
    IrqSearch *search, const HwhModule *controller, guint bit, guint depth)
{
  VdmaHwIrq *irq = search->irq;
  VdmaHwIrq before = *irq;
  /* of controllers in a row the first is where the line itself ends */
  if (irq->input < 0) {
    irq->input = (gint) bit;
    irq_copy_text (irq->controller, sizeof irq->controller,
        controller->instance ? controller->instance : controller->type);
    irq_describe_controller (search->design, controller, irq);
  } else {
    irq->cascaded = TRUE;
  }
  if (irq_follow_out (search, controller, "irq", 0, depth))
    return TRUE;
  *irq = before;
  return FALSE;
}

static gboolean
irq_enter (IrqSearch *search, const HwhModule *module, const HwhPort *port,
    guint bit, guint depth)
{
  guint offset;
  switch (module->kind) {
    case HWH_CONCAT:
      return irq_concat_offset (module, port->name, &offset)
             && irq_follow_out (search, module, "dout", offset + bit, depth);
    case HWH_INTC:
      return g_ascii_strcasecmp (port->name, "intr") == 0
             && irq_enter_controller (search, module, bit, depth);
    case HWH_PROCESSOR:
      irq_end_at_pin (search, module, port->name, bit);
      return TRUE;
    default:
      return FALSE;
  }
}

/* All ports on a net; its driver is one of them and leads nowhere. */
static gboolean
irq_follow (IrqSearch *search, const gchar *net, guint bit, guint depth)
{
  const GPtrArray *modules = search->design->modules;
  if (depth > IRQ_MAX_DEPTH)
    return FALSE;
  for (guint i = 0; i < modules->len; i++) {
    const HwhModule *module = g_ptr_array_index (modules, i);
    for (guint k = 0; k < module->ports->len; k++) {
      const HwhPort *port = g_ptr_array_index (module->ports, k);
      if (!port->net || !g_str_equal (port->net, net))
        continue;
      if (++search->steps > IRQ_MAX_STEPS)
        return FALSE;
      if (irq_enter (search, module, port, bit, depth + 1))
        return TRUE;
    }
  }
  return FALSE;
}

void
hw_hwh_trace_irq (const HwhDesign *design, const HwhModule *module,
    const gchar *port, VdmaHwIrq *irq, VdmaHwCore *core)
{
  const HwhPort *line = hw_hwh_find_port (module, port);
  IrqSearch search = { .design = design, .irq = irq };

  if (!line || !line->net) {
    hw_core_note (core, "%s: %s is not connected", core->source, port);
    return;
  }
  if (irq_follow (&search, line->net, 0, 0))
    return;
  g_autofree gchar *peer =
      line->peer ? g_utf8_make_valid (line->peer, -1) : NULL;
  hw_core_note (core,
      "%s: where %s ends could not be found; it goes to %s, and only xlconcat, "
      "axi_intc and the processor are followed",
      core->source, port, peer ? peer : line->net);
}
