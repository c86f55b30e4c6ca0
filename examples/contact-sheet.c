/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The length of the video is not known in advance: thumbnails are taken of
 * every frame at first, and whenever there are twice as many as the sheet
 * holds, every other one is dropped and the step doubles. */

#include "contact-sheet.h"

#include <string.h>

#define SHEET_GAP     6    /* pixels around each thumbnail */
#define SHEET_COLOUR  0x20 /* of the paper, all three components */
#define SHEET_TIMEOUT (20 * GST_SECOND)
#define SHEET_BPP     3

struct ContactSheet {
  guint columns, rows;
  guint thumb_width;
  guint64 n_frames;  /* added so far */
  guint step;        /* a thumbnail of every step-th frame */
  GPtrArray *thumbs; /* guint8 *, laid out as thumb_info says */
  GstVideoInfo thumb_info;
  GstVideoConverter *converter; /* made with the first frame */
};

ContactSheet *
contact_sheet_new (guint columns, guint rows, guint thumb_width)
{
  ContactSheet *self = g_new0 (ContactSheet, 1);
  self->columns = columns;
  self->rows = rows;
  self->thumb_width = thumb_width;
  self->step = 1;
  self->thumbs = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
contact_sheet_free (ContactSheet *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->converter, gst_video_converter_free);
  g_ptr_array_unref (self->thumbs);
  g_free (self);
}

static void
sheet_set_up (ContactSheet *self, const GstVideoInfo *video)
{
  guint height = MAX (1, (guint) gst_util_uint64_scale_round (
                             self->thumb_width, video->height, video->width));
  gst_video_info_set_format (
      &self->thumb_info, GST_VIDEO_FORMAT_RGB, self->thumb_width, height);
  /* the converter changes size and format, and nothing else */
  self->thumb_info.fps_n = video->fps_n;
  self->thumb_info.fps_d = video->fps_d;
  self->thumb_info.interlace_mode = video->interlace_mode;
  self->converter = gst_video_converter_new (video, &self->thumb_info, NULL);
}

static void
sheet_take_thumb (ContactSheet *self, const GstVideoFrame *frame)
{
  GstVideoFrame thumb;
  g_autoptr (GstBuffer) buffer =
      gst_buffer_new_allocate (NULL, self->thumb_info.size, NULL);
  if (!gst_video_frame_map (&thumb, &self->thumb_info, buffer, GST_MAP_WRITE))
    return;
  gst_video_converter_frame (self->converter, frame, &thumb);
  gst_video_frame_unmap (&thumb);

  guint8 *pixels = g_malloc (self->thumb_info.size);
  gst_buffer_extract (buffer, 0, pixels, self->thumb_info.size);
  g_ptr_array_add (self->thumbs, pixels);
}

void
contact_sheet_add (ContactSheet *self, const GstVideoFrame *frame)
{
  if (self->converter == NULL)
    sheet_set_up (self, &frame->info);
  if (self->n_frames++ % self->step != 0)
    return;
  sheet_take_thumb (self, frame);
  if (self->thumbs->len < 2 * self->columns * self->rows)
    return;
  for (guint i = 1; i < self->thumbs->len; i++)
    g_ptr_array_remove_index (self->thumbs, i);
  self->step *= 2;
}

static void
sheet_paste (
    ContactSheet *self, GstVideoFrame *sheet, guint cell, const guint8 *thumb)
{
  const GstVideoInfo *info = &self->thumb_info;
  guint x = SHEET_GAP + cell % self->columns * (info->width + SHEET_GAP);
  guint y = SHEET_GAP + cell / self->columns * (info->height + SHEET_GAP);
  guint8 *pixels = GST_VIDEO_FRAME_PLANE_DATA (sheet, 0);
  gsize stride = GST_VIDEO_FRAME_PLANE_STRIDE (sheet, 0);
  for (gint line = 0; line < info->height; line++)
    memcpy (pixels + (y + line) * stride + x * SHEET_BPP,
        thumb + line * info->stride[0], (gsize) info->width * SHEET_BPP);
}

/* Cell i of n shows the thumbnail that lies at the same part of the video. */
static gboolean
sheet_draw (ContactSheet *self, const GstVideoInfo *info, GstBuffer *buffer)
{
  GstVideoFrame sheet;
  if (!gst_video_frame_map (&sheet, info, buffer, GST_MAP_WRITE))
    return FALSE;
  memset (GST_VIDEO_FRAME_PLANE_DATA (&sheet, 0), SHEET_COLOUR, info->size);
  guint n_cells = MIN (self->columns * self->rows, self->thumbs->len);
  for (guint cell = 0; cell < n_cells; cell++)
    sheet_paste (self, &sheet, cell,
        g_ptr_array_index (self->thumbs, cell * self->thumbs->len / n_cells));
  gst_video_frame_unmap (&sheet);
  return TRUE;
}

static GstSample *
sheet_make (ContactSheet *self)
{
  GstVideoInfo info;
  guint n_cells = MIN (self->columns * self->rows, self->thumbs->len);
  guint rows = (n_cells + self->columns - 1) / self->columns;
  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_RGB,
      SHEET_GAP + self->columns * (self->thumb_info.width + SHEET_GAP),
      SHEET_GAP + rows * (self->thumb_info.height + SHEET_GAP));
  g_autoptr (GstBuffer) buffer =
      gst_buffer_new_allocate (NULL, info.size, NULL);
  if (!sheet_draw (self, &info, buffer))
    return NULL;
  g_autoptr (GstCaps) caps = gst_video_info_to_caps (&info);
  return gst_sample_new (buffer, caps, NULL, NULL);
}

gboolean
contact_sheet_write (ContactSheet *self, const gchar *path, GError **error)
{
  g_autoptr (GstCaps) png_caps = gst_caps_new_empty_simple ("image/png");
  g_autoptr (GstSample) sheet = self->thumbs->len ? sheet_make (self) : NULL;
  if (sheet == NULL) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_FAILED,
        "there are no pictures for the contact sheet");
    return FALSE;
  }
  g_autoptr (GstSample) png =
      gst_video_convert_sample (sheet, png_caps, SHEET_TIMEOUT, error);
  if (png == NULL)
    return FALSE;
  GstMapInfo map;
  GstBuffer *buffer = gst_sample_get_buffer (png);
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_FAILED,
        "the contact sheet could not be mapped");
    return FALSE;
  }
  gboolean ok = g_file_set_contents (
      path, (const gchar *) map.data, (gssize) map.size, error);
  gst_buffer_unmap (buffer, &map);
  return ok;
}
