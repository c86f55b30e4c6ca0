/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-pixel.h"

#define PIXEL_SD_HEIGHT 576 /* the tallest picture in BT.601 colours */

typedef struct {
  guint8 y, u, v; /* limited range */
} PixelYuv;

struct SimPixelFormat {
  const gchar *name;
  guint bytes; /* of one pixel; formats with two pixels in four bytes: 2 */
  void (*fill) (const SimPixelFormat *format, guint height, guint8 *line,
      guint from, guint to, SimColor color);
  gboolean is_paired; /* Y'CbCr 4:2:2; else RGB or gray */
  guint8 offset[4];   /* of R, G, B, fourth byte; or of Y0, U, Y1, V */
};

/* ITU-R BT.601 and BT.709 in steps of 1/65536, limited range of 8 bits. */
typedef struct {
  gint y[3], u[3], v[3];
} PixelMatrix;

static const PixelMatrix pixel_bt601 = {
  .y = { 16829, 33039, 6416 },
  .u = { -9714, -19071, 28784 },
  .v = { 28784, -24103, -4681 },
};
static const PixelMatrix pixel_bt709 = {
  .y = { 11966, 40254, 4064 },
  .u = { -6596, -22189, 28784 },
  .v = { 28784, -26145, -2639 },
};

static guint8
pixel_apply (const gint row[3], SimColor c, gint bias)
{
  gint sum = row[0] * c.r + row[1] * c.g + row[2] * c.b + 32768;
  /* a right shift of a negative number is not C's to promise */
  gint value = bias + (sum + (256 << 16)) / 65536 - 256;
  return (guint8) CLAMP (value, 0, 255);
}

static PixelYuv
pixel_to_yuv (SimColor color, guint height)
{
  const PixelMatrix *m = height > PIXEL_SD_HEIGHT ? &pixel_bt709 : &pixel_bt601;
  return (PixelYuv){
    .y = pixel_apply (m->y, color, 16),
    .u = pixel_apply (m->u, color, 128),
    .v = pixel_apply (m->v, color, 128),
  };
}

static guint8
pixel_to_gray (SimColor color)
{
  return (guint8) ((77 * color.r + 150 * color.g + 29 * color.b) >> 8);
}

static void
pixel_fill_gray8 (const SimPixelFormat *format, guint height, guint8 *line,
    guint from, guint to, SimColor color)
{
  for (guint x = from; x < to; x++)
    line[x] = pixel_to_gray (color);
}

static void
pixel_fill_gray16 (const SimPixelFormat *format, guint height, guint8 *line,
    guint from, guint to, SimColor color)
{
  for (guint x = from; x < to; x++)
    line[2 * x] = line[2 * x + 1] = pixel_to_gray (color);
}

static void
pixel_fill_rgb (const SimPixelFormat *format, guint height, guint8 *line,
    guint from, guint to, SimColor color)
{
  for (guint x = from; x < to; x++) {
    guint8 *pixel = line + (gsize) x * format->bytes;
    if (format->bytes == 4)
      pixel[format->offset[3]] = 0xff;
    pixel[format->offset[0]] = color.r;
    pixel[format->offset[1]] = color.g;
    pixel[format->offset[2]] = color.b;
  }
}

/* Two pixels share their chroma: that of the left one. */
static void
pixel_put_422 (
    const SimPixelFormat *format, guint8 *line, guint x, PixelYuv yuv)
{
  guint8 *pair = line + (gsize) (x / 2) * 4;
  pair[format->offset[x % 2 ? 2 : 0]] = yuv.y;
  if (x % 2)
    return;
  pair[format->offset[1]] = yuv.u;
  pair[format->offset[3]] = yuv.v;
  /* a last pixel without a partner still fills its pair */
  pair[format->offset[2]] = yuv.y;
}

static void
pixel_fill_422 (const SimPixelFormat *format, guint height, guint8 *line,
    guint from, guint to, SimColor color)
{
  PixelYuv yuv = pixel_to_yuv (color, height);
  for (guint x = from; x < to; x++)
    pixel_put_422 (format, line, x, yuv);
}

static const SimPixelFormat pixel_formats[] = {
  { .name = "GRAY8", .bytes = 1, .fill = pixel_fill_gray8 },
  { .name = "GRAY16_LE", .bytes = 2, .fill = pixel_fill_gray16 },
  { .name = "RGB", .bytes = 3, .fill = pixel_fill_rgb, .offset = { 0, 1, 2 } },
  { .name = "BGR", .bytes = 3, .fill = pixel_fill_rgb, .offset = { 2, 1, 0 } },
  { .name = "RGBx",
      .bytes = 4,
      .fill = pixel_fill_rgb,
      .offset = { 0, 1, 2, 3 } },
  { .name = "BGRx",
      .bytes = 4,
      .fill = pixel_fill_rgb,
      .offset = { 2, 1, 0, 3 } },
  { .name = "RGBA",
      .bytes = 4,
      .fill = pixel_fill_rgb,
      .offset = { 0, 1, 2, 3 } },
  { .name = "BGRA",
      .bytes = 4,
      .fill = pixel_fill_rgb,
      .offset = { 2, 1, 0, 3 } },
  { .name = "YUY2",
      .bytes = 2,
      .fill = pixel_fill_422,
      .is_paired = TRUE,
      .offset = { 0, 1, 2, 3 } },
  { .name = "UYVY",
      .bytes = 2,
      .fill = pixel_fill_422,
      .is_paired = TRUE,
      .offset = { 1, 0, 3, 2 } },
};

const SimPixelFormat *
sim_pixel_format_find (const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (pixel_formats); i++) {
    if (g_strcmp0 (pixel_formats[i].name, name) == 0)
      return &pixel_formats[i];
  }
  return NULL;
}

gchar *
sim_pixel_format_names (void)
{
  GString *names = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (pixel_formats); i++)
    g_string_append_printf (
        names, "%s%s", i ? ", " : "", pixel_formats[i].name);
  return g_string_free (names, FALSE);
}

static const SimPixelFormat *
pixel_or_gray (const SimPixelFormat *format)
{
  return format ? format : &pixel_formats[0];
}

gsize
sim_pixel_line_size (const SimPixelFormat *format, guint width)
{
  format = pixel_or_gray (format);
  gsize pixels = format->is_paired ? ((gsize) width + 1) / 2 * 2 : width;
  return pixels * format->bytes;
}

guint
sim_pixel_line_width (const SimPixelFormat *format, gsize size)
{
  format = pixel_or_gray (format);
  guint pixels = (guint) (size / format->bytes);
  return format->is_paired ? pixels / 2 * 2 : pixels;
}

void
sim_pixel_fill (const SimPixelFormat *format, guint height, guint8 *line,
    guint from, guint to, SimColor color)
{
  format = pixel_or_gray (format);
  format->fill (format, height, line, from, to, color);
}

/* The inverse of the matrices above, in steps of 1/65536. */
typedef struct {
  gint y, v_r, u_g, v_g, u_b;
} PixelInverse;

static const PixelInverse pixel_inverse_bt601 = { 76309, 104597, -25675, -53279,
  132201 };
static const PixelInverse pixel_inverse_bt709 = { 76309, 117489, -13975, -34925,
  138438 };

static guint8
pixel_clamp (gint sum)
{
  return (guint8) CLAMP (sum / 65536, 0, 255);
}

static SimColor
pixel_to_rgb (PixelYuv yuv, guint height)
{
  const PixelInverse *m =
      height > PIXEL_SD_HEIGHT ? &pixel_inverse_bt709 : &pixel_inverse_bt601;
  gint y = m->y * (yuv.y - 16) + 32768;
  gint u = yuv.u - 128, v = yuv.v - 128;
  return (SimColor){
    .r = pixel_clamp (y + m->v_r * v),
    .g = pixel_clamp (y + m->u_g * u + m->v_g * v),
    .b = pixel_clamp (y + m->u_b * u),
  };
}

void
sim_pixel_put_yuv (const SimPixelFormat *format, guint height, guint8 *line,
    guint x, guint8 y, guint8 u, guint8 v)
{
  const PixelYuv yuv = { y, u, v };
  format = pixel_or_gray (format);
  if (format->is_paired)
    pixel_put_422 (format, line, x, yuv);
  else
    format->fill (format, height, line, x, x + 1, pixel_to_rgb (yuv, height));
}
