/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the library's log lines go: GST_DEBUG categories vdmadevice,
 * vdmamemory, vdmasim and vdmaboard. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/** gst_vdma_log_init: makes the categories and takes over the library's log.
 *  Once per process, later calls do nothing. Any thread. */
void gst_vdma_log_init (void);

G_END_DECLS
