/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where descriptions of cores come from: explicit options, a .hwh file, the
 * device tree; in this order of weight. Nothing here touches hardware, and
 * everything read is taken for hostile: it is bounded, and an error names the
 * file and the line, or the node and the property. */
#pragma once

#include "hw-desc.h"
#include "vdma-options.h"

G_BEGIN_DECLS

/** VdmaHwOrigin: who said it; the higher one wins. */
typedef enum {
  VDMA_HW_ORIGIN_DEFAULT, /* nobody: PG020's default */
  VDMA_HW_ORIGIN_DEVICE_TREE,
  VDMA_HW_ORIGIN_HWH,
  VDMA_HW_ORIGIN_EXPLICIT,
  VDMA_HW_N_ORIGINS,
} VdmaHwOrigin;

/** VdmaHwField: the facts of a VdmaHwDesc; those of a channel follow each other
 *  in the order of VDMA_HW_PRESENT to VDMA_HW_THRESHOLD, MM2S's first: see
 *  vdma_hw_channel_field(). */
typedef enum {
  VDMA_HW_BASE,
  VDMA_HW_SPAN,
  VDMA_HW_STORES,
  VDMA_HW_ADDR_WIDTH,
  VDMA_HW_FLUSH_ON_FSYNC,
  VDMA_HW_INTERNAL_GENLOCK,
  VDMA_HW_VERT_FLIP,
  VDMA_HW_VIDPRMTR_READS,
  VDMA_HW_STATUS_REGS,
  VDMA_HW_DLYTMR_RESOLUTION,
  VDMA_HW_N_CORE_FIELDS,

  VDMA_HW_PRESENT = VDMA_HW_N_CORE_FIELDS,
  VDMA_HW_MM_WIDTH,
  VDMA_HW_STREAM_WIDTH,
  VDMA_HW_DRE,
  VDMA_HW_FSYNC,
  VDMA_HW_GENLOCK,
  VDMA_HW_REPEAT_EN,
  VDMA_HW_FRAME_COUNTER,
  VDMA_HW_DELAY_COUNTER,
  VDMA_HW_FRMSTORE,
  VDMA_HW_THRESHOLD,
  VDMA_HW_N_FIELD_KINDS,

  VDMA_HW_N_CHANNEL_FIELDS = VDMA_HW_N_FIELD_KINDS - VDMA_HW_N_CORE_FIELDS,
  VDMA_HW_N_FIELDS =
      VDMA_HW_N_CORE_FIELDS + VDMA_N_DIRECTIONS * VDMA_HW_N_CHANNEL_FIELDS,
} VdmaHwField;

/** vdma_hw_channel_field: @kind: VDMA_HW_PRESENT to VDMA_HW_THRESHOLD */
static inline guint
vdma_hw_channel_field (VdmaDirection dir, VdmaHwField kind)
{
  return kind + dir * VDMA_HW_N_CHANNEL_FIELDS;
}

/** VdmaHwSense: how a controller takes an input. */
typedef enum {
  VDMA_HW_SENSE_UNKNOWN,
  VDMA_HW_SENSE_LEVEL,
  VDMA_HW_SENSE_EDGE,
} VdmaHwSense;

/**
 * VdmaHwIrq: where a channel's interrupt line ends.
 * @known: whether the source says anything of it
 * @spi: cell of the device tree, the number at the GIC less 32; -1: not known
 * @controller: an AXI interrupt controller in between, its instance or node;
 *   "": none
 * @input: of @controller; -1: none
 * @pin: for people: "IRQ_F2P[0]", "interrupts[1]"
 * @base: physical, of @controller's registers; 0: not known
 * @n_inputs: of @controller; 0: not known
 * @cascaded: behind @controller is another one
 * @pulses: @controller's output is no level
 */
typedef struct {
  gboolean known;
  gint spi;
  gchar controller[64];
  gint input;
  gchar pin[64];
  guint64 base;
  guint n_inputs;
  VdmaHwSense sense;
  gboolean cascaded;
  gboolean pulses;
} VdmaHwIrq;

/**
 * VdmaHwCore: one core as a source describes it.
 * @major, @minor: of the core; 0: not said
 * @source: "FILE#INSTANCE", or the path of the node's folder
 * @node: (nullable): path inside the device tree: "/amba/dma@43000000"
 * @full_name: (nullable): in a .hwh file: "video/axi_vdma"
 * @compatible: (nullable): the node's first, or the VLNV
 * @enabled: of a node: its status is absent, "okay" or "ok"
 * @bad: (nullable): what a source says of a field and cannot be; goes when a
 *   better source says it right
 * @notes: (element-type utf8): sentences: sources that disagree, odd properties
 * @error: (nullable): why the core cannot be used
 * @is_refused: no other source can mend @error
 */
typedef struct {
  VdmaHwDesc desc;
  VdmaHwOrigin origin[VDMA_HW_N_FIELDS];
  gchar *bad[VDMA_HW_N_FIELDS];
  VdmaHwIrq irq[VDMA_N_DIRECTIONS];
  guint major, minor;
  gchar *source;
  gchar *node;
  gchar *full_name;
  gchar *compatible;
  gboolean enabled;
  GPtrArray *notes;
  GError *error;
  gboolean is_refused;
} VdmaHwCore;

/** vdma_hw_core_new: (transfer full): PG020's defaults, all of them unsaid */
VdmaHwCore *vdma_hw_core_new (const gchar *source);
VdmaHwCore *vdma_hw_core_copy (const VdmaHwCore *core); /* (transfer full) */
void vdma_hw_core_free (VdmaHwCore *core);              /* (nullable) */

/** Returns: (transfer none): as in VdmaHwDesc: "n_stores", "S2MM.mm_width" */
const gchar *vdma_hw_field_name (guint field);
/** Returns: (transfer none): "default", "device tree", ".hwh file", "options" */
const gchar *vdma_hw_origin_name (VdmaHwOrigin origin);

/** vdma_hw_core_get, _set: a field as a number; booleans are 0 and 1 */
guint64 vdma_hw_core_get (const VdmaHwCore *core, guint field);
void vdma_hw_core_set (
    VdmaHwCore *core, guint field, guint64 value, VdmaHwOrigin origin);

/**
 * vdma_hw_core_merge: puts what @other knows better into @core
 *
 * Field by field the higher origin wins. Where both were told and differ, a
 * note of @core says who said what. Interrupts, node and versions are taken
 * where @core has none.
 */
void vdma_hw_core_merge (VdmaHwCore *core, const VdmaHwCore *other);

/**
 * vdma_hw_core_check: fills the gaps that follow from what is known (internal
 *   genlock needs a pair, a memory side is as wide as its stream), then judges
 *   the whole
 *
 * Errors: the core's own; what is bad and nobody says better; what no core has
 */
gboolean vdma_hw_core_check (VdmaHwCore *core, GError **error);

/** vdma_hw_core_describe: (transfer full): one line a field with its origin, for logs and tools */
gchar *vdma_hw_core_describe (const VdmaHwCore *core);

/* ---- .hwh: what Vivado writes beside a bitstream ---- */

/**
 * vdma_hwh_list:
 * @path: the file; at most 64 MiB are read
 *
 * Errors: NOT_FOUND, PERMISSION, INVALID (no XML, or no .hwh; with the line).
 * A core that cannot be used is listed with its reason.
 * Returns: (transfer full) (element-type VdmaHwCore) (nullable): the VDMA cores
 *   in the order of the file; may be empty
 */
GPtrArray *vdma_hwh_list (const gchar *path, GError **error);

/** vdma_hwh_parse: the same from memory; @name: of the file, for messages */
GPtrArray *vdma_hwh_parse (
    const gchar *text, gsize length, const gchar *name, GError **error);

/**
 * vdma_hwh_find:
 * @spec: "FILE" when it has one usable core, or "FILE#INSTANCE"; INSTANCE as
 *   Vivado names it: "axi_vdma_0", or its full name "video/axi_vdma"
 *
 * Errors: as vdma_hwh_list(); NOT_FOUND and INVALID (several) list the
 *   instances there are; UNSUPPORTED: the core cannot be used, and why
 * Returns: (transfer full) (nullable)
 */
VdmaHwCore *vdma_hwh_find (const gchar *spec, GError **error);

/* ---- device tree ---- */

/**
 * vdma_dt_list:
 * @root: (nullable): folder of a device tree's root node; NULL: the machine's,
 *   /proc/device-tree or /sys/firmware/devicetree/base
 *
 * Nodes of all binding styles, disabled ones too. A core that cannot be used is
 * listed with its reason. Links are not followed; depth and number of nodes are
 * bounded.
 * Errors: NOT_FOUND (no tree), PERMISSION, INVALID
 * Returns: (transfer full) (element-type VdmaHwCore) (nullable)
 */
GPtrArray *vdma_dt_list (const gchar *root, GError **error);

/**
 * vdma_dt_find:
 * @spec: "FOLDER", "FOLDER#NODE" or "#NODE"; NODE is a path ("/amba/dma@43000000"),
 *   the name of a node with or without its unit address, or an alias
 *
 * Errors: as vdma_hwh_find()
 * Returns: (transfer full) (nullable)
 */
VdmaHwCore *vdma_dt_find (const gchar *spec, GError **error);

/**
 * vdma_dt_read_node: the core of a node that is known, whatever its name is;
 *   as that of a UIO device
 * @folder: of the node; may be a link (/sys/class/uio/uio0/device/of_node)
 * @root: (nullable): as in vdma_dt_list(); a node outside of it is refused
 */
VdmaHwCore *vdma_dt_read_node (
    const gchar *folder, const gchar *root, GError **error);

/**
 * vdma_dt_read_irq: where interrupt @index of a node ends
 * @folder, @root: as in vdma_dt_read_node()
 *
 * Errors: NOT_FOUND: the node has no such interrupt; INVALID
 */
gboolean vdma_dt_read_irq (const gchar *folder, const gchar *root, guint index,
    VdmaHwIrq *irq, GError **error);

/** VdmaHwReserved: a node below /reserved-memory. */
typedef struct {
  gchar *name; /* without unit address */
  gchar *node; /* path inside the tree */
  guint64 base, size;
  gboolean no_map;     /* the kernel has no mapping of it */
  gboolean reusable;   /* the kernel uses it as CMA */
  gboolean enabled;    /* status */
  gchar *compatible;   /* (nullable): "shared-dma-pool" */
  gboolean is_default; /* linux,cma-default */
} VdmaHwReserved;

/** vdma_dt_list_reserved: (transfer full) (element-type VdmaHwReserved) (nullable):
 *   regions whose place is fixed, in the order of their addresses */
GPtrArray *vdma_dt_list_reserved (const gchar *root, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VdmaHwCore, vdma_hw_core_free)

G_END_DECLS
