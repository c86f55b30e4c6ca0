/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pixels of the packed formats that the generated patterns are drawn in. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct SimPixelFormat SimPixelFormat;

/** SimColor: 8 bits each, full range. */
typedef struct {
  guint8 r, g, b;
} SimColor;

/** sim_pixel_format_find: @name as in GStreamer's caps, e.g. "RGB". Returns: (nullable): NULL for formats that are not drawn */
const SimPixelFormat *sim_pixel_format_find (const gchar *name);

/** Returns: (transfer full): all names, separated by ", " */
gchar *sim_pixel_format_names (void);

/** Returns: bytes of a line of @width pixels; of "GRAY8" when @format is NULL */
gsize sim_pixel_line_size (const SimPixelFormat *format, guint width);

/** Returns: whole pixels that fit into @size bytes */
guint sim_pixel_line_width (const SimPixelFormat *format, gsize size);

/**
 * sim_pixel_fill:
 * @format: (nullable): NULL draws as GRAY8
 * @height: of the picture: decides between the colours of SD and HD, as
 *   GStreamer's default colorimetry does
 * @from, @to: pixels [from, to) of the line
 */
void sim_pixel_fill (const SimPixelFormat *format, guint height, guint8 *line,
    guint from, guint to, SimColor color);

/** sim_pixel_put_yuv: one pixel from limited range Y'CbCr; @format, @height as for sim_pixel_fill() */
void sim_pixel_put_yuv (const SimPixelFormat *format, guint height,
    guint8 *line, guint x, guint8 y, guint8 u, guint8 v);

G_END_DECLS
