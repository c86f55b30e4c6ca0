/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* YUV4MPEG2: planes of 8 bits behind a line of text. */
#pragma once

#include "sim-pixel.h"

G_BEGIN_DECLS

/** SimY4m: what the header says. @sub_x, @sub_y: luma pixels to a chroma pixel; 0: there is no chroma */
typedef struct {
  guint width, height;
  guint fps[2];
  guint sub_x, sub_y;
  gsize header_size; /* with its line end */
  gsize frame_size;  /* of the planes */
} SimY4m;

#define SIM_Y4M_HEADER_MAX 1024 /* bytes of a header line */

/** Returns: whether @head begins a y4m file */
gboolean sim_y4m_is_header (const gchar *head, gsize size);

/** sim_y4m_parse: @head: the first @size bytes of the file. Errors: INVALID, UNSUPPORTED */
gboolean sim_y4m_parse (
    SimY4m *self, const gchar *head, gsize size, GError **error);

/** sim_y4m_draw_line: line @line of a frame's planes in @format */
void sim_y4m_draw_line (const SimY4m *self, const guint8 *planes, guint line,
    const SimPixelFormat *format, guint8 *out);

G_END_DECLS
