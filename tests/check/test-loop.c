/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What vdmasink shows, vdmasrc captures: every picture through the memory, the
 * registers and the stream of one simulated board, and back, bit by bit. */
#include "check-elements.h"
#include "gstvdmaformat.h"

/* Frames that a picture may take from vdmasink's acceptance to vdmasrc's push. */
#define LOOP_MOST_LATE 4
#define LOOP_FRAMES    40
/* Pictures of one stride in a row. */
#define LOOP_SAME_PLACE 10
/* Pictures behind the last one that must arrive: they push it through. */
#define LOOP_TAIL (LOOP_MOST_LATE + 1)

static const struct {
  guint width, height;
} loop_sizes[] = {
  { 1, 1 },
  { 2, 1 },
  { 1, 7 },
  { 3, 2 },
  { 17, 5 },
  { 64, 48 },
  { 321, 9 },
};

typedef struct {
  GstVideoInfo info;
  guint line_bytes;
  gboolean restarts; /* the display may cut a frame short */
  gint n_accepted;   /* atomic: pictures that the sink took */
  gint n_seen;       /* different pictures that came back */
  gint newest; /* atomic: number of the newest picture seen; -1 for none */
} Loop;

/* The first byte tells a picture's number, every byte belongs to it alone. */
static guint8
loop_byte (guint number, guint x, guint y)
{
  return (guint8) (number + 1 + x * 7 + y * 31 + ((x * y * number) >> 3));
}

static void
loop_visit_lines (Loop *loop, GstBuffer *buffer, GstMapFlags access,
    void (*visit) (Loop *loop, guint8 *line, guint y, gpointer user_data),
    gpointer user_data)
{
  GstVideoFrame frame;
  fail_unless (gst_video_frame_map (&frame, &loop->info, buffer, access));
  for (gint y = 0; y < GST_VIDEO_FRAME_HEIGHT (&frame); y++)
    visit (loop,
        (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&frame, 0)
            + y * GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0),
        (guint) y, user_data);
  gst_video_frame_unmap (&frame);
}

static void
loop_draw_line (Loop *loop, guint8 *line, guint y, gpointer number)
{
  for (guint x = 0; x < loop->line_bytes; x++)
    line[x] = loop_byte (GPOINTER_TO_UINT (number), x, y);
}

static void
loop_check_line (Loop *loop, guint8 *line, guint y, gpointer user_data)
{
  gint *number = user_data;
  if (y == 0)
    *number = line[0] - 1;
  for (guint x = 0; x < loop->line_bytes; x++)
    fail_unless (line[x] == loop_byte ((guint) *number, x, y),
        "picture %d, line %u, byte %u: %u", *number, y, x, line[x]);
}

/* In the source's streaming thread: while it is here, time stands still. */
static GstPadProbeReturn
loop_check_buffer (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  Loop *loop = user_data;
  gint newest = g_atomic_int_get (&loop->newest);
  gint accepted = g_atomic_int_get (&loop->n_accepted);
  gint number = -1;

  if (loop->restarts
      && GST_BUFFER_FLAG_IS_SET (
          GST_PAD_PROBE_INFO_BUFFER (probe), GST_BUFFER_FLAG_CORRUPTED))
    return GST_PAD_PROBE_OK;
  loop_visit_lines (loop, GST_PAD_PROBE_INFO_BUFFER (probe), GST_MAP_READ,
      loop_check_line, &number);
  /* None is left out, none comes back; before the first change one repeats. */
  fail_unless (
      number == newest || number == newest + 1, "%d after %d", number, newest);
  fail_unless (
      newest < 0 || loop->restarts || accepted - 1 - number <= LOOP_MOST_LATE,
      "picture %d when %d were accepted", number, accepted);
  loop->n_seen += number > newest;
  g_atomic_int_set (&loop->newest, number);
  return GST_PAD_PROBE_OK;
}

/* Every few pictures lie in memory of the board, each time in another way. */
static GstBuffer *
loop_make_in_place (Loop *loop, GstHarness *sink, guint number)
{
  static const struct {
    gsize offset;
    gint more; /* than a line */
  } places[] = { { 0, 0 }, { 64, 3 }, { 4096, 100 }, { 1, 4000 } };
  guint place = number / LOOP_SAME_PLACE % G_N_ELEMENTS (places);
  gint stride = (gint) loop->line_bytes + places[place].more;
  gsize offsets[GST_VIDEO_MAX_PLANES] = { places[place].offset };
  gint strides[GST_VIDEO_MAX_PLANES] = { stride };
  gsize size = places[place].offset
               + (gsize) (stride * GST_VIDEO_INFO_HEIGHT (&loop->info));
  g_autoptr (GstCaps) caps = gst_video_info_to_caps (&loop->info);
  g_autoptr (GstQuery) query = gst_query_new_allocation (caps, FALSE);
  g_autoptr (GstAllocator) allocator = NULL;

  fail_unless (gst_pad_peer_query (sink->srcpad, query));
  gst_query_parse_nth_allocation_param (query, 0, &allocator, NULL);
  GstBuffer *buffer = gst_buffer_new_allocate (allocator, size, NULL);
  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_INFO_FORMAT (&loop->info),
      (guint) GST_VIDEO_INFO_WIDTH (&loop->info),
      (guint) GST_VIDEO_INFO_HEIGHT (&loop->info), 1, offsets, strides);
  return buffer;
}

static GstBuffer *
loop_make_foreign (Loop *loop)
{
  gsize size = GST_VIDEO_INFO_SIZE (&loop->info);
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);
  gst_buffer_memset (buffer, 0, 0, size);
  return buffer;
}

static void
loop_push (Loop *loop, GstHarness *sink, guint number)
{
  GstBuffer *buffer = loop->restarts ? loop_make_in_place (loop, sink, number)
                                     : loop_make_foreign (loop);
  loop_visit_lines (
      loop, buffer, GST_MAP_WRITE, loop_draw_line, GUINT_TO_POINTER (number));
  fail_unless_equals_int (gst_harness_push (sink, buffer), GST_FLOW_OK);
  g_atomic_int_inc (&loop->n_accepted);
}

static void
loop_init (Loop *loop, const GstVdmaFormat *format, guint width, guint height)
{
  *loop = (Loop){ .newest = -1 };
  gst_video_info_set_format (&loop->info, format->format, width, height);
  loop->info.fps_n = 60;
  loop->info.fps_d = 1;
  loop->line_bytes = (guint) gst_vdma_format_get_line_bytes (format, width);
}

static void
loop_run (Loop *loop)
{
  /* Time passes only while both elements wait. */
  SimBoard *board = check_board_open ("stream=loop&waiters=2&fps=60");
  g_autoptr (GstCaps) caps = gst_video_info_to_caps (&loop->info);
  GstHarness *sink =
      gst_harness_new_parse ("vdmasink sync=false device=sim:check timeout=0");
  GstHarness *src =
      gst_harness_new_parse ("vdmasrc device=sim:check timeout=0");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (src->element, "src");

  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, loop_check_buffer, loop, NULL);
  gst_harness_set_drop_buffers (src, TRUE);
  gst_harness_set_sink_caps (src, gst_caps_ref (caps));
  gst_harness_set_src_caps (sink, gst_caps_ref (caps));
  gst_harness_play (src);
  for (guint i = 0; i < LOOP_FRAMES + LOOP_TAIL; i++)
    loop_push (loop, sink, i);
  gst_harness_teardown (src);
  gst_harness_teardown (sink);
  fail_unless (
      g_atomic_int_get (&loop->newest) >= LOOP_FRAMES - 1, "%d", loop->newest);
  check_board_close (board);
}

GST_START_TEST (test_every_format)
{
  const GstVdmaFormat *format = gst_vdma_format_nth ((guint) __i__);
  for (guint i = 0; i < G_N_ELEMENTS (loop_sizes); i++) {
    Loop loop;
    loop_init (&loop, format, loop_sizes[i].width, loop_sizes[i].height);
    loop_run (&loop);
  }
}
GST_END_TEST;

/* Another stride means another start of the channel. What is shown meanwhile is
 * marked as corrupt or missing, and never wrong. */
GST_START_TEST (test_strides_in_place)
{
  Loop loop;
  loop_init (&loop, gst_vdma_format_find (GST_VIDEO_FORMAT_RGB), 32, 8);
  loop.restarts = TRUE;
  loop_run (&loop);
  fail_unless (loop.n_seen >= LOOP_FRAMES * 3 / 4, "%d", loop.n_seen);
}
GST_END_TEST;

static guint
loop_count_formats (void)
{
  guint n = 0;
  while (gst_vdma_format_nth (n))
    n++;
  return n;
}

static Suite *
loop_suite (void)
{
  Suite *suite = suite_create ("loop");
  TCase *tc = tcase_create ("loop");

  check_elements_init ();
  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 60);
  tcase_add_loop_test (tc, test_every_format, 0, (gint) loop_count_formats ());
  tcase_add_test (tc, test_strides_in_place);
  return suite;
}

GST_CHECK_MAIN (loop);
