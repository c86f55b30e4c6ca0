/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The description against what the registers say. */
#include "hw-choice.h"

#include "hw-core-private.h"
#include "vdma-util.h"

/* VDMA_VERSION and FRMSTORE: hardware.md 1.4. The driver's register map is out
 * of this room's sight. */
#define COMPARE_VERSION_ID    0xfff00000u /* major and minor */
#define COMPARE_VERSION_V6    0x620u      /* of 6.2 and 6.3 alike */
#define COMPARE_FRMSTORE      0x0000003fu
#define COMPARE_NOTHING_THERE G_MAXUINT32 /* an aborted read */

static gboolean
compare_version (
    const VdmaHwCore *core, const VdmaHwReadings *readings, GError **error)
{
  if (VDMA_FIELD_GET (COMPARE_VERSION_ID, readings->version)
      == COMPARE_VERSION_V6)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
      "'%s': no AXI VDMA 6.2 or 6.3 answers at 0x%" G_GINT64_MODIFIER
      "x (%s): the version register reads 0x%08x, it should begin with 0x%x; "
      "wrong address, or another bitstream?",
      core->desc.name, core->desc.base,
      vdma_hw_origin_name (core->origin[VDMA_HW_BASE]), readings->version,
      COMPARE_VERSION_V6);
  return FALSE;
}

/* FRMSTORE is what is in use: never more than is built in. */
static gboolean
compare_stores (
    VdmaHwCore *core, VdmaDirection dir, guint32 word, GError **error)
{
  guint stores = VDMA_FIELD_GET (COMPARE_FRMSTORE, word);
  const gchar *origin = vdma_hw_origin_name (core->origin[VDMA_HW_STORES]);
  if (stores > core->desc.n_stores) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "'%s': %s has at least %u frame stores (its FRMSTORE says so), but %u "
        "by the %s: the others would be written to without an address; say "
        "stores=%u",
        core->desc.name, vdma_direction_to_string (dir), stores,
        core->desc.n_stores, origin, stores);
    return FALSE;
  }
  if (stores != 0 && stores < core->desc.n_stores)
    hw_core_note (core,
        "%s has %u frame stores by the %s; its FRMSTORE says %u: fewer are "
        "built in, or a driver before this one took fewer",
        vdma_direction_to_string (dir), core->desc.n_stores, origin, stores);
  return TRUE;
}

static gboolean
compare_channel (VdmaHwCore *core, VdmaDirection dir,
    const VdmaHwReadings *readings, GError **error)
{
  guint32 cr = readings->channel[dir].cr, sr = readings->channel[dir].sr;
  gboolean is_described = core->desc.channel[dir].present;
  gboolean answers =
      (cr != 0 || sr != 0)
      && !(cr == COMPARE_NOTHING_THERE && sr == COMPARE_NOTHING_THERE);
  const gchar *name = vdma_direction_to_string (dir);

  if (!readings->channel[dir].was_read)
    return TRUE;
  if (is_described && !answers) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_HARDWARE,
        "'%s' has no %s channel: its control and status registers both read "
        "0x%08x; the %s says that it has one",
        core->desc.name, name, cr,
        vdma_hw_origin_name (
            core->origin[vdma_hw_channel_field (dir, VDMA_HW_PRESENT)]));
    return FALSE;
  }
  if (!is_described && answers)
    hw_core_note (core,
        "%s answers, though the %s says that the core has none; it stays "
        "unused",
        name,
        vdma_hw_origin_name (
            core->origin[vdma_hw_channel_field (dir, VDMA_HW_PRESENT)]));
  if (is_described && readings->channel[dir].frmstore_was_read)
    return compare_stores (core, dir, readings->channel[dir].frmstore, error);
  return TRUE;
}

gboolean
vdma_hw_core_compare (
    VdmaHwCore *core, const VdmaHwReadings *readings, GError **error)
{
  if (!compare_version (core, readings, error))
    return FALSE;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    if (!compare_channel (core, (VdmaDirection) dir, readings, error))
      return FALSE;
  }
  return TRUE;
}
