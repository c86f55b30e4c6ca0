/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_SIM
#include "sim-source-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim-y4m.h"
#include "vdma-error.h"
#include "vdma-log.h"

#define FILE_FRAME_MAGIC "FRAME"

typedef struct {
  SimSource base;
  gchar *path;
  gint fd;
  gsize size;
  gboolean is_y4m;
  SimY4m y4m;
  GArray *offsets; /* y4m: goffset of each frame's planes */

  SimShape shape;
  guint8 *frame; /* as read */
  gsize frame_size;
  guint8 *line; /* y4m: drawn */
  gboolean complained;
} FileSource;

static void
file_source_free (SimSource *source)
{
  FileSource *self = (FileSource *) source;
  if (self->fd >= 0)
    close (self->fd);
  if (self->offsets)
    g_array_unref (self->offsets);
  g_free (self->frame);
  g_free (self->line);
  g_free (self->path);
  g_free (self);
}

/* Returns: bytes read; fewer than @size at the file's end or with an error */
static gsize
file_read (FileSource *self, gsize offset, gpointer data, gsize size)
{
  gsize done = 0;
  while (done < size) {
    gssize n = pread (
        self->fd, (guint8 *) data + done, size - done, (off_t) (offset + done));
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      break;
    done += (gsize) n;
  }
  return done;
}

/* ---- frames ---- */

/* Where frame @number begins, the file taken as endless. Returns: FALSE when it
 * holds no frame of that size */
static gboolean
file_find_frame (FileSource *self, guint64 number, gsize size, gsize *offset)
{
  if (self->is_y4m) {
    guint index = (guint) (number % self->offsets->len);
    *offset = g_array_index (self->offsets, gsize, index);
    return TRUE;
  }
  gsize n_frames = size ? self->size / size : 0;
  if (n_frames == 0)
    return FALSE;
  *offset = (gsize) (number % n_frames) * size;
  return TRUE;
}

static void
file_set_shape (FileSource *self, const SimShape *wanted)
{
  self->shape = *wanted;
  if (!self->is_y4m)
    return;
  if (!self->shape.format)
    self->shape.format = sim_pixel_format_find ("YUY2");
  self->shape.width = self->y4m.width;
  self->shape.lines = self->y4m.height;
  self->shape.size = sim_pixel_line_size (self->shape.format, self->y4m.width);
}

static void
file_complain (FileSource *self, gsize size)
{
  if (!self->complained)
    vdma_log_warning ("'%s' cannot be sent: it has %" G_GSIZE_FORMAT
                      " bytes, a frame %" G_GSIZE_FORMAT,
        self->path, self->size, size);
  self->complained = TRUE;
}

static gboolean
file_source_begin (
    SimSource *source, guint64 number, const SimShape *wanted, SimShape *shape)
{
  FileSource *self = (FileSource *) source;
  gsize line_size = self->shape.size;
  file_set_shape (self, wanted);
  gsize size = self->is_y4m ? self->y4m.frame_size
                            : self->shape.size * self->shape.lines;
  gsize offset;
  if (line_size != self->shape.size)
    self->line = g_realloc (self->line, self->shape.size);
  if (size == 0)
    return FALSE;
  /* no room is made for a frame that the file does not hold */
  gboolean found = file_find_frame (self, number, size, &offset);
  if (found && size != self->frame_size) {
    self->frame = g_realloc (self->frame, size);
    self->frame_size = size;
  }
  if (!found || file_read (self, offset, self->frame, size) < size) {
    file_complain (self, size);
    return FALSE;
  }
  *shape = self->shape;
  return TRUE;
}

static guint8 *
file_source_line (SimSource *source, guint line, gsize *size)
{
  FileSource *self = (FileSource *) source;
  *size = self->shape.size;
  if (!self->is_y4m)
    return self->frame + line * self->shape.size;
  sim_y4m_draw_line (
      &self->y4m, self->frame, line, self->shape.format, self->line);
  return self->line;
}

static const SimSourceImpl file_source_impl = {
  .name = "file",
  .free_running = TRUE,
  .begin = file_source_begin,
  .line = file_source_line,
  .free = file_source_free,
};

/* ---- opening ---- */

/* Every frame has a line of text of its own, which may hold more than the word. */
static gboolean
file_index_y4m (FileSource *self, GError **error)
{
  gchar head[SIM_Y4M_HEADER_MAX];
  gsize at = self->y4m.header_size;
  self->offsets = g_array_new (FALSE, FALSE, sizeof (gsize));
  while (at < self->size) {
    gsize n = file_read (self, at, head, sizeof head);
    const gchar *end = memchr (head, '\n', n);
    if (n < strlen (FILE_FRAME_MAGIC) || !end
        || memcmp (head, FILE_FRAME_MAGIC, strlen (FILE_FRAME_MAGIC)) != 0)
      break;
    at += (gsize) (end - head) + 1;
    if (self->size - at < self->y4m.frame_size)
      break;
    g_array_append_val (self->offsets, at);
    at += self->y4m.frame_size;
  }
  if (self->offsets->len > 0)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "'%s' has a y4m header, but no whole frame behind it", self->path);
  return FALSE;
}

static gboolean
file_open (FileSource *self, GError **error)
{
  struct stat info;
  self->fd = open (self->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (self->fd < 0 || fstat (self->fd, &info) != 0) {
    vdma_set_error_errno (error, errno, "cannot open '%s'", self->path);
    return FALSE;
  }
  if (!S_ISREG (info.st_mode) || info.st_size <= 0) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "'%s' is empty or no regular file; frames come from a file that can be "
        "read again from its begin",
        self->path);
    return FALSE;
  }
  self->size = (gsize) info.st_size;
  return TRUE;
}

static gboolean
file_read_header (FileSource *self, guint fps[2], GError **error)
{
  gchar head[SIM_Y4M_HEADER_MAX];
  gsize n = file_read (self, 0, head, sizeof head);
  self->is_y4m = sim_y4m_is_header (head, n);
  if (!self->is_y4m)
    return TRUE;
  if (!sim_y4m_parse (&self->y4m, head, n, error)) {
    g_prefix_error (error, "'%s': ", self->path);
    return FALSE;
  }
  if (fps[0] == 0 && self->y4m.fps[0] != 0)
    memcpy (fps, self->y4m.fps, sizeof self->y4m.fps);
  return file_index_y4m (self, error);
}

SimSource *
sim_source_file_new (const gchar *path, guint fps[2], GError **error)
{
  FileSource *self = g_new0 (FileSource, 1);
  self->base.impl = &file_source_impl;
  self->fd = -1;
  self->path = g_strdup (path);
  if (file_open (self, error) && file_read_header (self, fps, error))
    return &self->base;
  file_source_free (&self->base);
  return NULL;
}
