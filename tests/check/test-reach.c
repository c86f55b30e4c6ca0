/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which buffers hardware can use as they are, and the reason why not. */
#include <gst/check/gstcheck.h>

#include "check-memory.h"
#include "gstvdmaallocator.h"

#define REACH_BASE   G_GUINT64_CONSTANT (0xfffff000) /* last page of 32 bits */
#define REACH_WIDTH  16
#define REACH_HEIGHT 8
#define REACH_HSIZE  (REACH_WIDTH * 3)

/* What one row changes of a buffer that is right: RGB 16x8, stride 48, one
 * memory of a core with 32 address bits. */
typedef struct {
  GstVdmaReach reach;
  guint64 offset; /* of the first line: expected, and told by the meta */
  gint stride;
  gsize skip;      /* bytes of the memory that are left out at its start */
  gsize cut;       /* bytes that are missing at its end */
  guint height;    /* in the meta; 0: as it should be */
  gint n_memories; /* 0: one */
  gboolean no_meta;
  gboolean foreign;
  gboolean closed;
  gboolean no_dre; /* 64 bit wide, without realignment engine */
  GstVideoFormat format;
  guint addr_width; /* 0: 33 */
} ReachRow;

static const ReachRow reach_rows[] = {
  { .reach = GST_VDMA_REACH_OK },
  { .reach = GST_VDMA_REACH_OK, .no_meta = TRUE },
  { .reach = GST_VDMA_REACH_OK, .stride = 51 },
  { .reach = GST_VDMA_REACH_OK, .offset = 5 },
  { .reach = GST_VDMA_REACH_OK, .skip = 7, .offset = 9, .stride = 60 },
  { .reach = GST_VDMA_REACH_OK, .no_dre = TRUE },
  { .reach = GST_VDMA_REACH_OK, .no_dre = TRUE, .offset = 8, .stride = 56 },
  { .reach = GST_VDMA_REACH_OK, .addr_width = 64 },
  { .reach = GST_VDMA_REACH_N_MEMORIES, .n_memories = 2 },
  { .reach = GST_VDMA_REACH_N_MEMORIES, .n_memories = -1 },
  { .reach = GST_VDMA_REACH_FOREIGN, .foreign = TRUE },
  { .reach = GST_VDMA_REACH_CLOSED, .closed = TRUE },
  { .reach = GST_VDMA_REACH_LAYOUT, .stride = 47 },
  { .reach = GST_VDMA_REACH_LAYOUT, .stride = -48 },
  { .reach = GST_VDMA_REACH_LAYOUT, .stride = 65536 },
  { .reach = GST_VDMA_REACH_LAYOUT, .height = REACH_HEIGHT - 1 },
  { .reach = GST_VDMA_REACH_LAYOUT, .format = GST_VIDEO_FORMAT_BGR },
  { .reach = GST_VDMA_REACH_LAYOUT, .format = GST_VIDEO_FORMAT_I420 },
  { .reach = GST_VDMA_REACH_TOO_SMALL, .cut = 1 },
  { .reach = GST_VDMA_REACH_TOO_SMALL, .no_meta = TRUE, .cut = 1 },
  { .reach = GST_VDMA_REACH_TOO_SMALL, .stride = 65535 },
  { .reach = GST_VDMA_REACH_TOO_SMALL, .offset = G_MAXSIZE },
  { .reach = GST_VDMA_REACH_MISALIGNED, .no_dre = TRUE, .offset = 4 },
  { .reach = GST_VDMA_REACH_MISALIGNED, .no_dre = TRUE, .skip = 1 },
  { .reach = GST_VDMA_REACH_MISALIGNED, .no_dre = TRUE, .stride = 52 },
  /* the block ends behind the last address of 32 bits */
  { .reach = GST_VDMA_REACH_TOO_HIGH, .addr_width = 32, .stride = 600 },
  { .reach = GST_VDMA_REACH_OK, .addr_width = 32 },
};

#define REACH_BLOCK 8192

static GstMemory *
reach_make_memory (GstAllocator *allocator, const ReachRow *row)
{
  gint stride = row->stride ? row->stride : REACH_HSIZE;
  gsize last = (gsize) (row->offset % REACH_BLOCK)
               + (gsize) CLAMP (stride, 0, 1000) * (REACH_HEIGHT - 1)
               + REACH_HSIZE;
  GstMemory *mem =
      gst_allocator_alloc (row->foreign ? NULL : allocator, REACH_BLOCK, NULL);
  gst_memory_resize (
      mem, (gssize) row->skip, MIN (last, REACH_BLOCK - row->skip) - row->cut);
  if (row->closed)
    fail_unless (xlnk_block_close (gst_vdma_memory_get_block (mem), NULL));
  return mem;
}

static GstBuffer *
reach_make_buffer (GstAllocator *allocator, const ReachRow *row)
{
  GstVideoFormat format = row->format ? row->format : GST_VIDEO_FORMAT_RGB;
  gsize offsets[GST_VIDEO_MAX_PLANES] = { row->offset };
  gint strides[GST_VIDEO_MAX_PLANES] = { row->stride ? row->stride
                                                     : REACH_HSIZE };
  GstBuffer *buffer = gst_buffer_new ();
  gint n = row->n_memories ? row->n_memories : 1;

  for (gint i = 0; i < n; i++)
    gst_buffer_append_memory (buffer, reach_make_memory (allocator, row));
  if (!row->no_meta)
    gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE, format,
        REACH_WIDTH, row->height ? row->height : REACH_HEIGHT,
        gst_video_format_get_info (format)->n_planes, offsets, strides);
  return buffer;
}

GST_START_TEST (test_reach)
{
  const ReachRow *row = &reach_rows[__i__];
  CheckMemory test = { .base = REACH_BASE };
  g_autoptr (XlnkAllocator) memory = check_memory_open (&test);
  GstAllocator *allocator =
      gst_vdma_allocator_new (memory, XLNK_UNCACHED, G_MAXUINT64);
  GstVideoInfo info;
  VdmaHwDesc desc;
  guint64 phys = 1;
  guint stride = 1;

  vdma_hw_desc_init (&desc);
  desc.addr_width = row->addr_width ? row->addr_width : 33;
  desc.channel[VDMA_MM2S].dre = !row->no_dre;
  desc.channel[VDMA_MM2S].mm_width = 64;
  gst_video_info_init (&info);
  gst_video_info_set_format (
      &info, GST_VIDEO_FORMAT_RGB, REACH_WIDTH, REACH_HEIGHT);

  GstBuffer *buffer = reach_make_buffer (allocator, row);
  GstVdmaReach reach = gst_vdma_buffer_get_phys (
      buffer, &info, REACH_HSIZE, &desc, VDMA_MM2S, &phys, &stride);
  fail_unless_equals_string (
      gst_vdma_reach_to_nick (reach), gst_vdma_reach_to_nick (row->reach));
  if (reach == GST_VDMA_REACH_OK) {
    fail_unless_equals_uint64 (phys, REACH_BASE + row->skip + row->offset);
    fail_unless_equals_int (stride, row->stride ? row->stride : REACH_HSIZE);
  } else {
    fail_unless_equals_uint64 (phys, 1);
    fail_unless_equals_int (stride, 1);
  }
  fail_unless (!gst_vdma_buffer_get_block (buffer)
               == (row->foreign || (row->n_memories && row->n_memories != 1)));

  gst_buffer_unref (buffer);
  gst_object_unref (allocator);
  xlnk_allocator_unref (g_steal_pointer (&memory));
  check_memory_finish (&test);
}
GST_END_TEST;

GST_START_TEST (test_names)
{
  for (guint i = 0; i < GST_VDMA_N_REACHES; i++) {
    const gchar *nick = gst_vdma_reach_to_nick ((GstVdmaReach) i);
    fail_unless (gst_vdma_reach_to_string ((GstVdmaReach) i) != NULL);
    for (guint j = 0; j < i; j++)
      fail_if (g_str_equal (nick, gst_vdma_reach_to_nick ((GstVdmaReach) j)));
    /* A name of a GstStructure field. */
    for (; *nick; nick++)
      fail_unless (g_ascii_islower (*nick) || *nick == '-');
  }
}
GST_END_TEST;

static Suite *
reach_suite (void)
{
  Suite *suite = suite_create ("reach");
  TCase *tcase = tcase_create ("reach");
  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_reach, 0, G_N_ELEMENTS (reach_rows));
  tcase_add_test (tcase, test_names);
  return suite;
}

GST_CHECK_MAIN (reach);
