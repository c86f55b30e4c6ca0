/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as the file behind stream=file:PATH, read in the geometries that a
 * receiver may ask for: a source or a sentence, and frames of that geometry. */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hw-desc.h"
#include "sim-rate.h"
#include "sim-source-file.h"

#define FILE_N_GEOMETRIES 4
#define FILE_N_FRAMES     3

/* A file that no folder has. */
static gint
file_make (const FuzzInput *in)
{
  gint fd = memfd_create ("fuzz-stream", MFD_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  if (in->size > 0)
    g_assert_cmpint (write (fd, in->data, in->size), ==, (gssize) in->size);
  return fd;
}

static SimShape
file_read_shape (FuzzInput *in)
{
  static const gchar *const formats[] = { "", "GRAY8", "GRAY16_LE", "RGB",
    "BGR", "RGBx", "BGRA", "YUY2", "UYVY" };
  SimShape shape = { 0 };
  shape.format =
      sim_pixel_format_find (formats[fuzz_below (in, G_N_ELEMENTS (formats))]);
  shape.width = fuzz_u16 (in);
  shape.lines = fuzz_u16 (in) % (VDMA_MAX_VSIZE + 1);
  shape.size = sim_pixel_line_size (shape.format, shape.width);
  return shape;
}

static guint64
file_read_frame (SimSource *source, const SimShape *shape)
{
  guint64 sum = 0;
  for (guint line = 0; line < shape->lines; line++) {
    gsize size = 0;
    const guint8 *data = source->impl->line (source, line, &size);
    g_assert_cmpuint (size, ==, shape->size);
    for (gsize i = 0; i < size; i++)
      sum += data[i];
  }
  return sum;
}

static void
file_run (SimSource *source, const SimShape *wanted)
{
  for (guint64 number = 0; number < FILE_N_FRAMES; number++) {
    SimShape shape = { 0 }, again = { 0 };
    if (!source->impl->begin (source, number << 20, wanted, &shape))
      return;
    g_assert_cmpuint (shape.lines, >, 0);
    g_assert_cmpuint (shape.lines, <=, VDMA_MAX_VSIZE);
    g_assert_cmpuint (shape.size, >, 0);
    guint64 sum = file_read_frame (source, &shape);
    g_assert_true (source->impl->begin (source, number << 20, wanted, &again));
    g_assert_cmpuint (file_read_frame (source, &again), ==, sum);
  }
}

void
fuzz_target_run (FuzzInput *in)
{
  SimShape wanted[FILE_N_GEOMETRIES];
  guint fps[2] = { 0, 1 };
  GError *error = NULL;

  for (guint i = 0; i < FILE_N_GEOMETRIES; i++)
    wanted[i] = file_read_shape (in);
  gint fd = file_make (in);
  g_autofree gchar *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autoptr (SimSource) source = sim_source_file_new (path, fps, &error);
  fuzz_check_error (source != NULL, error, TRUE);
  g_assert_cmpuint (fps[0], <=, SIM_RATE_MAX);
  g_assert_cmpuint (fps[1], >, 0);
  for (guint i = 0; source && i < FILE_N_GEOMETRIES; i++)
    file_run (source, &wanted[i]);
  close (fd);
}
