/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-y4m.h"

#include <string.h>

#include "hw-desc.h"
#include "sim-rate.h"
#include "vdma-error.h"

#define Y4M_MAGIC     "YUV4MPEG2 "
#define Y4M_MAX_WIDTH 65535

typedef struct {
  const gchar *name; /* behind the letter C */
  guint sub_x, sub_y;
} Y4mKind;

static const Y4mKind y4m_kinds[] = {
  { "420", 2, 2 },
  { "420jpeg", 2, 2 },
  { "420mpeg2", 2, 2 },
  { "420paldv", 2, 2 },
  { "422", 2, 1 },
  { "444", 1, 1 },
  { "mono", 0, 0 },
};

gboolean
sim_y4m_is_header (const gchar *head, gsize size)
{
  return size >= strlen (Y4M_MAGIC)
         && memcmp (head, Y4M_MAGIC, strlen (Y4M_MAGIC)) == 0;
}

static gboolean
y4m_parse_kind (SimY4m *self, const gchar *name, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (y4m_kinds); i++) {
    if (g_str_equal (y4m_kinds[i].name, name)) {
      self->sub_x = y4m_kinds[i].sub_x;
      self->sub_y = y4m_kinds[i].sub_y;
      return TRUE;
    }
  }
  g_autofree gchar *shown = g_utf8_make_valid (name, -1);
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
      "y4m file: colour space 'C%s' is not known; 420, 420jpeg, 420mpeg2, "
      "420paldv, 422, 444 and mono are",
      shown);
  return FALSE;
}

static guint
y4m_parse_number (const gchar *text, guint max)
{
  guint64 number;
  return g_ascii_string_to_unsigned (text, 10, 1, max, &number, NULL)
             ? (guint) number
             : 0;
}

static void
y4m_parse_rate (SimY4m *self, const gchar *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", 2);
  guint n = parts[0] ? y4m_parse_number (parts[0], SIM_RATE_MAX) : 0;
  guint d =
      parts[0] && parts[1] ? y4m_parse_number (parts[1], SIM_RATE_MAX) : 0;
  /* 0:0 stands for an unknown rate */
  if (n == 0 || d == 0)
    return;
  self->fps[0] = n;
  self->fps[1] = d;
}

static gboolean
y4m_parse_word (SimY4m *self, const gchar *word, GError **error)
{
  switch (word[0]) {
    case 'W':
      self->width = y4m_parse_number (word + 1, Y4M_MAX_WIDTH);
      return TRUE;
    case 'H':
      self->height = y4m_parse_number (word + 1, VDMA_MAX_VSIZE);
      return TRUE;
    case 'F':
      y4m_parse_rate (self, word + 1);
      return TRUE;
    case 'C':
      return y4m_parse_kind (self, word + 1, error);
    default: /* interlacing, aspect, comments: nothing a VDMA knows of */
      return TRUE;
  }
}

static gsize
y4m_chroma_width (const SimY4m *self)
{
  return self->sub_x ? (self->width + self->sub_x - 1) / self->sub_x : 0;
}

static gsize
y4m_chroma_size (const SimY4m *self)
{
  return self->sub_y ? y4m_chroma_width (self)
                           * ((self->height + self->sub_y - 1) / self->sub_y)
                     : 0;
}

gboolean
sim_y4m_parse (SimY4m *self, const gchar *head, gsize size, GError **error)
{
  const gchar *end = memchr (head, '\n', size);
  *self = (SimY4m){ .sub_x = 2, .sub_y = 2 };
  if (!end) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "y4m file: the header's line does not end within %" G_GSIZE_FORMAT
        " bytes",
        size);
    return FALSE;
  }
  g_autofree gchar *line = g_strndup (head, (gsize) (end - head));
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  for (guint i = 1; words[i]; i++) {
    if (!y4m_parse_word (self, words[i], error))
      return FALSE;
  }
  if (self->width == 0 || self->height == 0) {
    g_autofree gchar *shown = g_utf8_make_valid (line, -1);
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "y4m file: the header '%s' must have a width W1 to W%u and a height H1 "
        "to H%u",
        shown, Y4M_MAX_WIDTH, VDMA_MAX_VSIZE);
    return FALSE;
  }
  self->header_size = (gsize) (end - head) + 1;
  self->frame_size =
      (gsize) self->width * self->height + 2 * y4m_chroma_size (self);
  return TRUE;
}

void
sim_y4m_draw_line (const SimY4m *self, const guint8 *planes, guint line,
    const SimPixelFormat *format, guint8 *out)
{
  const guint8 neutral = 128;
  const guint8 *y = planes + (gsize) line * self->width;
  const guint8 *u = NULL, *v = NULL;

  if (self->sub_y) {
    u = planes + (gsize) self->width * self->height
        + line / self->sub_y * y4m_chroma_width (self);
    v = u + y4m_chroma_size (self);
  }
  for (guint x = 0; x < self->width; x++) {
    guint chroma = self->sub_x ? x / self->sub_x : 0;
    sim_pixel_put_yuv (format, self->height, out, x, y[x],
        u ? u[chroma] : neutral, v ? v[chroma] : neutral);
  }
}
