/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine with four cores: two for UIO, one that the kernel's driver has, one
 * that is switched off; and a UIO device that is no VDMA. */
#pragma once

#include "tree-rig.h"

G_BEGIN_DECLS

extern const TreeFile machine_files[];

/** machine_add_uio: device uio@number with a map; @node: (nullable): its path
 *  in the device tree */
void machine_add_uio (const gchar *root, guint number, const gchar *name,
    const gchar *address, const gchar *node);

/** machine_new: (transfer full): machine_files and their UIO devices; for
 *  tree_rig_free() */
gchar *machine_new (void);

G_END_DECLS
