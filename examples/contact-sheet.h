/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A contact sheet: a grid of thumbnails spread evenly over a video. */
#pragma once

#include <gst/video/video.h>

G_BEGIN_DECLS

typedef struct ContactSheet ContactSheet;

/**
 * contact_sheet_new:
 * @columns, @rows: of the grid, 1 or more
 * @thumb_width: pixels of one thumbnail; the height follows from the video
 */
ContactSheet *contact_sheet_new (guint columns, guint rows, guint thumb_width);
void contact_sheet_free (ContactSheet *self); /* (nullable) */

/** contact_sheet_add: the next frame; the sheet takes a thumbnail if one is
 *  due. All frames must have one format. One thread at a time. */
void contact_sheet_add (ContactSheet *self, const GstVideoFrame *frame);

/**
 * contact_sheet_write:
 * @path: PNG file to write
 *
 * Returns: FALSE with @error set, also when no frame was ever added
 */
gboolean contact_sheet_write (
    ContactSheet *self, const gchar *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ContactSheet, contact_sheet_free)

G_END_DECLS
