/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cores, who drives them, and whether a user can reach them. */
#include "doctor.h"

#include <string.h>

#define CORE_DEVICES "/sys/bus/platform/devices"
#define CORE_DRIVERS "/sys/bus/platform/drivers"
#define CORE_UIO     "uio_pdrv_genirq"
#define CORE_KERNEL  "xilinx-vdma"

/* ---- what the device tree says ---- */

static const gchar *const core_trees[] = {
  "/sys/firmware/devicetree/base",
  "/proc/device-tree",
};

static const gchar *
core_name (const VdmaHwCore *core)
{
  return core->node ? core->node : core->source;
}

static void
core_describe (Doctor *self, const VdmaHwCore *core)
{
  const VdmaHwDesc *desc = &core->desc;
  gboolean displays = desc->channel[VDMA_MM2S].present;
  gboolean captures = desc->channel[VDMA_S2MM].present;

  doctor_say (self, DOCTOR_OK, "core", NULL,
      "%s: at 0x%" G_GINT64_MODIFIER "x, %u frame stores, %u address bits, %s",
      core_name (core), desc->base, desc->n_stores, desc->addr_width,
      displays && captures ? "MM2S and S2MM"
      : displays           ? "MM2S"
                           : "S2MM");
  for (guint i = 0; i < core->notes->len; i++)
    doctor_say (self, DOCTOR_ADVICE, "core", NULL, "%s: %s", core_name (core),
        (const gchar *) g_ptr_array_index (core->notes, i));
}

/* @core: (transfer full) */
static void
core_judge (Doctor *self, VdmaHwCore *core)
{
  g_autoptr (VdmaHwCore) owned = core;
  g_autoptr (GError) error = NULL;

  if (!core->enabled) {
    doctor_say (self, DOCTOR_PROBLEM, "core",
        g_strdup_printf (
            "In an overlay: &{%s} { status = \"okay\"; };", core_name (core)),
        "%s is switched off by its status", core_name (core));
    return;
  }
  if (!vdma_hw_core_check (core, &error)) {
    doctor_say (self, DOCTOR_PROBLEM, "core",
        g_strdup ("Correct the node, or say it in the device text: "
                  "device=uio:NAME?stores=4&... (docs/devices.md)"),
        "%s cannot be used as it is described: %s", core_name (core),
        error->message);
    return;
  }
  core_describe (self, core);
  g_ptr_array_add (self->cores, g_steal_pointer (&owned));
}

static GPtrArray *
core_list (Doctor *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (core_trees); i++) {
    if (!doctor_has (self, core_trees[i]))
      continue;
    g_autofree gchar *path = doctor_path (self, core_trees[i]);
    g_autoptr (GError) error = NULL;
    GPtrArray *cores = vdma_dt_list (path, &error);
    if (cores)
      return cores;
    doctor_say (self, DOCTOR_ADVICE, "core", NULL, "%s", error->message);
  }
  return g_ptr_array_new ();
}

/* A UIO device may be a core that no device tree knows, on PCI for one. */
static void
core_miss (Doctor *self)
{
  if (self->nodes->len == 0) {
    doctor_say (self, DOCTOR_PROBLEM, "core", doctor_get_file ("vdma-uio.dtso"),
        "the device tree has no AXI VDMA; an overlay such as this one, with "
        "your design's numbers, adds it");
    return;
  }
  doctor_say (self, DOCTOR_ADVICE, "core",
      g_strdup ("device=uio:NAME?hwh=FILE or device=uio:NAME?stores=4&..."),
      "no device tree describes an AXI VDMA: the device text has to");
}

void
doctor_check_cores (Doctor *self)
{
  g_autoptr (GPtrArray) cores = core_list (self);

  for (guint i = 0; i < cores->len; i++)
    core_judge (self, vdma_hw_core_copy (g_ptr_array_index (cores, i)));
  if (cores->len == 0)
    core_miss (self);
}

/* ---- drivers ---- */

/* Returns: (transfer full): the platform device's name: "43000000.dma" */
static gchar *
core_device (const VdmaHwCore *core)
{
  g_autofree gchar *name = g_path_get_basename (core_name (core));
  gchar *address = strchr (name, '@');

  if (address)
    *address = '\0';
  return g_strdup_printf ("%" G_GINT64_MODIFIER "x.%s", core->desc.base, name);
}

/* Without the module's of_id a node is bound by hand, whatever its compatible. */
static gchar *
core_advise_binding (const gchar *device, const gchar *driver)
{
  GString *text = g_string_new ("modprobe " CORE_UIO "\n");

  if (driver)
    g_string_append_printf (
        text, "echo %s > " CORE_DRIVERS "/%s/unbind\n", device, driver);
  g_string_append_printf (text,
      "echo " CORE_UIO " > " CORE_DEVICES "/%s/driver_override\n"
      "echo %s > " CORE_DRIVERS "/" CORE_UIO "/bind\n"
      "For good: compatible = \"generic-uio\" in the node, and " CORE_UIO
      ".of_id=generic-uio on the kernel's command line.",
      device, device);
  return g_string_free (text, FALSE);
}

static void
core_check_driver (Doctor *self, const VdmaHwCore *core)
{
  g_autofree gchar *device = core_device (core);
  g_autofree gchar *link =
      g_strconcat (CORE_DEVICES "/", device, "/driver", NULL);
  g_autofree gchar *driver = doctor_link_name (self, link);

  if (g_strcmp0 (driver, CORE_UIO) == 0)
    doctor_say (
        self, DOCTOR_OK, "driver", NULL, "%s is bound to %s", device, driver);
  else if (g_strcmp0 (driver, CORE_KERNEL) == 0)
    doctor_say (self, DOCTOR_PROBLEM, "driver",
        core_advise_binding (device, driver),
        "%s belongs to the kernel's own driver, %s: two drivers of one core "
        "would destroy each other's frames",
        device, driver);
  else if (driver)
    doctor_say (self, DOCTOR_PROBLEM, "driver",
        core_advise_binding (device, driver), "%s is bound to %s, not to %s",
        device, driver, CORE_UIO);
  else
    doctor_say (self, DOCTOR_PROBLEM, "driver",
        core_advise_binding (device, NULL), "no driver is bound to %s", device);
}

void
doctor_check_drivers (Doctor *self)
{
  for (guint i = 0; i < self->cores->len; i++)
    core_check_driver (self, g_ptr_array_index (self->cores, i));
}

/* ---- UIO devices ---- */

static const VdmaUioNode *
core_find_node (Doctor *self, const VdmaHwCore *core, guint64 *size)
{
  for (guint i = 0; i < self->nodes->len; i++) {
    const VdmaUioNode *node = g_ptr_array_index (self->nodes, i);
    for (guint j = 0; j < VDMA_UIO_MAX_MAPS; j++) {
      if (node->map[j].size > 0 && node->map[j].address == core->desc.base) {
        *size = node->map[j].size;
        return node;
      }
    }
  }
  return NULL;
}

static void
core_check_node (Doctor *self, const VdmaHwCore *core)
{
  guint64 size = 0;
  const VdmaUioNode *node = core_find_node (self, core, &size);

  if (!node)
    return; /* said by the driver's check */
  if (size < core->desc.span) {
    doctor_say (self, DOCTOR_PROBLEM, "uio",
        g_strdup_printf ("reg = <0x%" G_GINT64_MODIFIER "x 0x%x>;",
            core->desc.base, MAX (core->desc.span, 0x1000)),
        "%s maps %" G_GUINT64_FORMAT " bytes, the registers take %u",
        doctor_shown (self, node->path), size, core->desc.span);
    return;
  }
  doctor_say (self, DOCTOR_OK, "uio", NULL,
      "device=uio:%s has its registers, as %s", node->name,
      doctor_shown (self, node->path));
  doctor_check_access (self, doctor_shown (self, node->path));
}

static void
core_check_nodes (Doctor *self)
{
  for (guint i = 0; i < self->nodes->len; i++) {
    const VdmaUioNode *node = g_ptr_array_index (self->nodes, i);
    if (node->error) {
      doctor_say (
          self, DOCTOR_PROBLEM, "uio", NULL, "%s", node->error->message);
    } else if (self->cores->len == 0) {
      doctor_say (self, DOCTOR_OK, "uio", NULL, "%s is '%s' of %s",
          doctor_shown (self, node->path), node->name, node->parent);
      doctor_check_access (self, doctor_shown (self, node->path));
    }
  }
}

void
doctor_check_uio (Doctor *self)
{
  core_check_nodes (self);
  for (guint i = 0; i < self->cores->len; i++)
    core_check_node (self, g_ptr_array_index (self->cores, i));
}
