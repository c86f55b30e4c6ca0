/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what a user wrote in a device text, and what the sources say, to the one
 * description that the driver gets; and its comparison with the registers. */
#pragma once

#include "hw-source.h"

G_BEGIN_DECLS

/** VdmaHwChoice: the options of a device text that describe its core. Booleans
 *  and words that were not written are G_MAXUINT, base is G_MAXUINT64. */
typedef struct {
  gchar *hwh; /* (nullable): as in vdma_hwh_find() */
  gchar *dt;  /* (nullable): as in vdma_dt_find() */
  guint64 base;
  guint channels;                       /* both, mm2s, s2mm */
  guint both[VDMA_HW_N_CHANNEL_FIELDS]; /* for both channels */
  guint field[VDMA_HW_N_FIELDS];        /* base: not here */
} VdmaHwChoice;

void vdma_hw_choice_init (VdmaHwChoice *choice);
/** vdma_hw_choice_clear: frees the strings */
void vdma_hw_choice_clear (VdmaHwChoice *choice);

/**
 * vdma_hw_choice_add_options:
 * @table: (element-type VdmaOption): gets a row for each option: hwh, dt, base,
 *   span, stores, addr-width, channels, mm2s-mm-width, ... : the names of a
 *   simulated board's build
 * @offset: of the VdmaHwChoice in the structure that the table is for
 *
 * So a device's own options and these are one table for vdma_options_parse().
 */
void vdma_hw_choice_add_options (GArray *table, gsize offset);

/**
 * vdma_hw_choice_resolve: options before .hwh before device tree
 * @node: (nullable): the core as the device's own node describes it
 * @what: the device, for messages: "uio:vdma"
 *
 * Nobody guesses the number of frame stores: the core would write to stores
 * that nobody gave an address. So it must be said by one of the sources.
 *
 * Errors: those of the files; INVALID: what no core has, or the stores are
 *   unsaid; UNSUPPORTED: scatter-gather, or another core
 * Returns: (transfer full) (nullable): error is never set in it
 */
VdmaHwCore *vdma_hw_choice_resolve (const VdmaHwChoice *choice,
    const VdmaHwCore *node, const gchar *what, GError **error);

/** VdmaHwReadings: what registers said, read before anything was written;
 *  which of them were read at all is in the flags. */
typedef struct {
  guint32 version; /* VDMA_VERSION */
  struct {
    gboolean was_read;
    guint32 cr, sr; /* VDMACR, VDMASR */
    gboolean frmstore_was_read;
    guint32 frmstore; /* FRMSTORE */
  } channel[VDMA_N_DIRECTIONS];
} VdmaHwReadings;

/**
 * vdma_hw_core_compare: the description against the registers
 *
 * What makes the core unusable as described is an error: no AXI VDMA 6 at this
 * address, a channel that is not there, more frame stores than described. What
 * can be lived with becomes a note of @core.
 *
 * Errors: UNSUPPORTED, HARDWARE, INVALID
 */
gboolean vdma_hw_core_compare (
    VdmaHwCore *core, const VdmaHwReadings *readings, GError **error);

G_END_DECLS
