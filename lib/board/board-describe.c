/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A core's description: options, .hwh file, device tree, and the registers'
 * own word on it. */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_BOARD

#include "board-hardware.h"

#include <string.h>

#include "io-sysfs.h"
#include "vdma-error.h"
#include "vdma-log.h"
#include "vdma-regs.h"

/* ---- description ---- */

static void
describe_read_tree (BoardHardware *self)
{
  g_autoptr (GError) error = NULL;
  const gchar *root = self->options.root;

  if (!self->node || !self->node->of_node)
    return;
  g_autofree gchar *folder =
      g_build_filename (self->node->sysfs, "device/of_node", NULL);
  g_autofree gchar *tree =
      root ? vdma_io_path (root, "/sys/firmware/devicetree/base") : NULL;
  self->tree = vdma_dt_read_node (folder, tree, &error);
  if (!self->tree)
    vdma_log_info ("the device tree says nothing of '%s': %s", self->node->name,
        error->message);
}

/* Where the registers are tells which core of a .hwh file is meant, and whether
 * the file is that of another bitstream. Such a file knows addresses as the
 * FPGA's processor sees them; behind PCI they say nothing. */
static VdmaHwCore *
describe_place (const BoardHardware *self, const gchar *name)
{
  g_autofree gchar *node = self->node ? vdma_uio_describe (self->node) : NULL;
  VdmaHwCore *place = vdma_hw_core_new (node ? node : name);
  if (!self->node || !self->node->pci)
    vdma_hw_core_set (
        place, VDMA_HW_BASE, self->address, VDMA_HW_ORIGIN_DEVICE_TREE);
  return place;
}

gboolean
board_hardware_describe (BoardHardware *self, const gchar *name, GError **error)
{
  describe_read_tree (self);
  g_autoptr (VdmaHwCore) place =
      self->tree ? vdma_hw_core_copy (self->tree) : describe_place (self, name);
  self->core =
      vdma_hw_choice_resolve (&self->options.choice, place, name, error);
  if (!self->core)
    return FALSE;
  VdmaHwDesc *desc = &self->core->desc;
  g_strlcpy (desc->name, name, sizeof desc->name);
  desc->base = self->address;
  for (guint i = 0; i < self->core->notes->len; i++)
    vdma_log_warning ("%s: %s", name,
        (const gchar *) g_ptr_array_index (self->core->notes, i));
  return TRUE;
}

/* ---- registers ---- */

static void
describe_read_channel (const VdmaHwDesc *desc, VdmaDirection dir,
    VdmaRegs *regs, VdmaHwReadings *readings)
{
  guint base = dir == VDMA_S2MM ? VDMA_S2MM_BASE : VDMA_MM2S_BASE;

  readings->channel[dir].was_read = TRUE;
  readings->channel[dir].cr = vdma_regs_read (regs, base + VDMA_CR);
  readings->channel[dir].sr = vdma_regs_read (regs, base + VDMA_SR);
  if (desc->channel[dir].present && desc->channel[dir].frmstore_reg) {
    readings->channel[dir].frmstore_was_read = TRUE;
    readings->channel[dir].frmstore =
        vdma_regs_read (regs, base + VDMA_FRMSTORE);
  }
}

gboolean
board_hardware_compare (BoardHardware *self, VdmaRegs *regs, GError **error)
{
  VdmaHwReadings readings = { .version = vdma_regs_read (regs, VDMA_VERSION) };
  guint before = self->core->notes->len;

  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    describe_read_channel (
        &self->core->desc, (VdmaDirection) dir, regs, &readings);
  if (!vdma_hw_core_compare (self->core, &readings, error))
    return FALSE;
  for (guint i = before; i < self->core->notes->len; i++)
    vdma_log_warning ("%s: %s", self->core->desc.name,
        (const gchar *) g_ptr_array_index (self->core->notes, i));
  return TRUE;
}

/* ---- the FPGA ---- */

gboolean
board_hardware_check_fpga (const BoardHardware *self, GError **error)
{
  g_autofree gchar *class =
      vdma_io_path (self->options.root, "/sys/class/fpga_manager");
  g_autoptr (GDir) dir = g_dir_open (class, 0, NULL);
  g_autofree gchar *seen = NULL;
  const gchar *name;

  if (!self->options.check_fpga || (self->node && self->node->pci))
    return TRUE;
  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *folder = g_build_filename (class, name, NULL);
    g_autofree gchar *state = vdma_sysfs_read_text (folder, "state", NULL);
    if (!state || g_str_equal (state, "operating"))
      return TRUE;
    g_autofree gchar *shown = g_utf8_make_valid (folder, -1);
    g_free (seen);
    seen = g_strdup_printf ("'%s/state' says '%s'", shown, state);
  }
  if (!seen)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_STATE,
      "the FPGA has no bitstream (%s, it should say 'operating'), and reading "
      "a "
      "register would hang the machine. Load one first (fpgautil, xmutil "
      "loadapp, or PYNQ's Overlay), or add ?check-fpga=false if you know "
      "better",
      seen);
  return FALSE;
}
