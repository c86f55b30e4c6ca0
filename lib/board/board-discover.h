/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which cores this machine has: nodes of its device tree, UIO devices, and what
 * of them belongs together. Looks at files only and never at a register, so it
 * may run at any time, beside devices that are in use. */
#pragma once

#include <glib.h>

#include "hw-source.h"

G_BEGIN_DECLS

/**
 * BoardFound: one core.
 * @device: (nullable): text for board_open(): "uio:axi_vdma_0"; NULL: there is
 *   no way to open it, @reason says why
 * @name: for people: "video_axi_vdma"
 * @path: (nullable): "/dev/uio0", under the root; another one at the next boot
 * @reason: (nullable): what stands in the way, and the remedy
 * @driver: (nullable): the kernel's driver that has it: "xilinx-vdma"
 * @core: what is known of it
 */
typedef struct {
  gchar *device;
  gchar *name;
  gchar *path;
  gboolean is_simulated;
  gchar *reason;
  gchar *driver;
  VdmaHwCore *core;
} BoardFound;

void board_found_free (BoardFound *found); /* (nullable) */

/**
 * board_discover:
 * @root: (nullable): folder that stands for "/", with sys, proc and dev of the
 *   machine to look at, below that of the environment variable GST_VDMA_ROOT;
 *   devices found there have it in their text
 *
 * Never fails: what cannot be read is left out, and the log says why.
 * Returns: (transfer full) (element-type BoardFound): by address; may be empty
 */
GPtrArray *board_discover (const gchar *root);

/**
 * board_discover_auto: the one device that "auto" stands for
 * @device: (out) (transfer full) (nullable): its text; NULL: this machine has no
 *   core at all
 *
 * Errors: INVALID: several, which are listed; NOT_FOUND: there are cores, and
 * something stands in the way of each
 */
gboolean board_discover_auto (
    const gchar *root, gchar **device, GError **error);

/** board_discover_get_folder: (transfer full): the one to watch for devices that
 *  come and go: /dev under the root */
gchar *board_discover_get_folder (const gchar *root);

/**
 * board_discover_simulated:
 * @devices: texts with ';' in between: "sim;sim:loop?stores=8"
 *
 * A text that names no simulated board has a reason and no device.
 * Returns: (transfer full) (element-type BoardFound): in this order
 */
GPtrArray *board_discover_simulated (const gchar *devices);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BoardFound, board_found_free)

G_END_DECLS
