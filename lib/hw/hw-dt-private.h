/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A device tree as a folder of folders: nodes, properties, addresses,
 * interrupts.
 *
 *   hw-dt-tree.c     the walk, properties, phandles
 *   hw-dt-address.c  reg through ranges; reserved memory
 *   hw-dt-irq.c      where an interrupt ends
 *   hw-dt.c          a VDMA's node to VdmaHwCore */
#pragma once

#include "hw-core-private.h"

G_BEGIN_DECLS

typedef struct HwDtNode HwDtNode;
struct HwDtNode {
  gchar *path;            /* "/" or "/amba/dma@43000000": printable ASCII */
  const gchar *name;      /* its last part, with unit address */
  const HwDtNode *parent; /* NULL: the root */
};

typedef struct {
  gchar *root;      /* folder, as its user wrote it */
  gchar *shown;     /* the same for messages */
  GPtrArray *nodes; /* of HwDtNode, by path */
  GHashTable *by_path;
  GHashTable *by_phandle; /* (nullable): made at first use */
} HwDt;

/** hw_dt_open: @root: (nullable): NULL: this machine's */
HwDt *hw_dt_open (const gchar *root, GError **error);
void hw_dt_free (HwDt *dt);

const HwDtNode *hw_dt_get_node (const HwDt *dt, const gchar *path);
const HwDtNode *hw_dt_get_phandle (HwDt *dt, guint32 phandle);

/** HwDtBytes: a property's value. */
typedef struct {
  guint8 *data;
  gsize size;
} HwDtBytes;

void hw_dt_bytes_clear (HwDtBytes *bytes);

/* Properties. Each returns whether it is there and right. Without error it is
 * not there; with error it is there and wrong: the sentence names it. */
gboolean hw_dt_get_bytes (const HwDt *dt, const HwDtNode *node,
    const gchar *name, HwDtBytes *bytes, GError **error);
gboolean hw_dt_get_u32 (const HwDt *dt, const HwDtNode *node, const gchar *name,
    guint32 *value, GError **error);
/** hw_dt_get_flag: no bytes: true; four bytes: not 0 */
gboolean hw_dt_get_flag (const HwDt *dt, const HwDtNode *node,
    const gchar *name, guint32 *value, GError **error);
/** hw_dt_get_strings: (transfer full) */
gboolean hw_dt_get_strings (const HwDt *dt, const HwDtNode *node,
    const gchar *name, gchar ***strings, GError **error);
/** Returns: whether it is there, right or wrong */
gboolean hw_dt_has (const HwDt *dt, const HwDtNode *node, const gchar *name);

guint32 hw_dt_cell (const HwDtBytes *bytes, gsize index);
/** hw_dt_set_error: "NODE: property 'NAME' ..." */
void hw_dt_set_error (GError **error, const HwDt *dt, const HwDtNode *node,
    const gchar *name, const gchar *format, ...) G_GNUC_PRINTF (5, 6);

gboolean hw_dt_is_enabled (const HwDt *dt, const HwDtNode *node);

/** hw_dt_get_reg: the first range of reg, as the processor sees it */
gboolean hw_dt_get_reg (const HwDt *dt, const HwDtNode *node, guint64 *base,
    guint64 *size, GError **error);

/** hw_dt_get_irq: @index: of the node's interrupts; no error and FALSE: there
 *  is none of that number */
gboolean hw_dt_get_irq (HwDt *dt, const HwDtNode *node, guint index,
    VdmaHwIrq *irq, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HwDtBytes, hw_dt_bytes_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HwDt, hw_dt_free)

G_END_DECLS
