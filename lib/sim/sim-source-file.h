/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames from a file, over and over: raw bytes, or YUV4MPEG2 by its header. */
#pragma once

#include "sim-source.h"

G_BEGIN_DECLS

/**
 * sim_source_file_new:
 * @fps: (inout): where it is {0, ...}, a y4m file's rate is put in
 *
 * Raw files have the wanted geometry, one frame behind the other. Y4M files (8
 * bits; mono, 4:2:0, 4:2:2, 4:4:4) have their own and are sent in the wanted
 * format, YUY2 where that is not known.
 *
 * Errors: those of opening; INVALID for what is no regular file or a broken
 * y4m; UNSUPPORTED for other kinds of y4m.
 *
 * Returns: (transfer full) (nullable)
 */
SimSource *sim_source_file_new (
    const gchar *path, guint fps[2], GError **error);

G_END_DECLS
