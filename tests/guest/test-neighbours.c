/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real neighbours: a V4L2 camera (vivid) into vdmasink, vdmasrc onto a display
 * of the kernel's (cirrus). Which of these work without a copy is tested, so
 * that the documentation can say so. */
#include "guest-pipeline.h"

#define NEIGHBOURS_FRAMES 30
#define NEIGHBOURS_CARD   "cirrus"

/* ---- a camera of the kernel's ---- */

/* How v4l2src's frames get into vdmasink. */
static const struct {
  const gchar *io_mode;
  gboolean in_place;
  gboolean dmabuf; /* vdmasink's frames have to be dma-bufs */
} camera_rows[] = {
  /* the camera's own memory: nobody knows where that lies */
  { "mmap", FALSE, FALSE },
  { "dmabuf", FALSE, FALSE },
  /* the camera fills frames of the pool that vdmasink proposes */
  { "dmabuf-import", TRUE, TRUE },
  { "userptr", TRUE, FALSE },
};

static void
test_camera (gconstpointer data)
{
  guint row = GPOINTER_TO_UINT (data);
  g_autofree gchar *text = g_strdup_printf (
      "v4l2src num-buffers=%d io-mode=%s ! "
      "video/x-raw,format=YUY2,width=640,height=360,framerate=30/1 ! "
      "vdmasink name=sink device=$device memory=$memory sync=false",
      NEIGHBOURS_FRAMES, camera_rows[row].io_mode);
  if (camera_rows[row].dmabuf && !guest_has_dmabufs ()) {
    g_test_skip ("this kernel has no /dev/udmabuf");
    return;
  }
  bench_rebuild (guest_bench (), "stream=silence&fps=60");
  GstElement *pipeline = guest_launch (text);
  guest_run (pipeline);
  guint64 copies = guest_stat (pipeline, "sink", "copies");
  guint64 delivered = guest_stat (pipeline, "sink", "delivered");
  g_test_message ("io-mode=%s: %" G_GUINT64_FORMAT " frames, %" G_GUINT64_FORMAT
                  " copies",
      camera_rows[row].io_mode, delivered, copies);
  guest_assert_display_accounts (pipeline, "sink");
  guest_stop (pipeline);
  g_assert_cmpuint (delivered, >=, NEIGHBOURS_FRAMES / 2);
  g_assert_cmpuint (copies, ==, camera_rows[row].in_place ? 0 : delivered);
  g_assert_cmpuint (bench_get_now (guest_bench (), BENCH_MM2S_DONE), >=,
      NEIGHBOURS_FRAMES / 2);
  g_assert_cmpuint (bench_get (guest_bench (), BENCH_BUS_ERRORS), ==, 0);
}

/* ---- a display of the kernel's ---- */

static gint display_copies; /* atomic */

/* kmssink has no property that tells; its log does. */
static void
display_on_log (GstDebugCategory *category, GstDebugLevel level,
    const gchar *file, const gchar *function, gint line, GObject *object,
    GstDebugMessage *message, gpointer user_data)
{
  if (g_strcmp0 (gst_debug_message_get (message), "frame copy") == 0)
    g_atomic_int_inc (&display_copies);
}

static void
test_display (void)
{
  bench_rebuild (guest_bench (), "stream=bars&fps=30");
  g_atomic_int_set (&display_copies, 0);
  gst_debug_set_threshold_for_name ("GST_PERFORMANCE", GST_LEVEL_INFO);
  gst_debug_set_threshold_for_name ("kmssink", GST_LEVEL_INFO);
  gst_debug_remove_log_function (gst_debug_log_default);
  gst_debug_add_log_function (display_on_log, NULL, NULL);

  GstElement *pipeline = guest_launch (
      "vdmasrc name=src device=$device memory=$memory num-buffers=30 ! "
      "video/x-raw,format=BGRx,width=640,height=480,framerate=30/1 ! "
      "kmssink name=sink driver-name=" NEIGHBOURS_CARD
      " force-modesetting=true skip-vsync=true sync=false");
  guest_run (pipeline);
  g_assert_cmpuint (guest_stat (pipeline, "src", "copies"), ==, 0);
  guint64 shown = guest_stat (pipeline, "sink", "rendered");
  guest_assert_accounts (pipeline, "src");
  guest_stop (pipeline);
  gst_debug_remove_log_function (display_on_log);
  gint copies = g_atomic_int_get (&display_copies);
  g_test_message ("%" G_GUINT64_FORMAT " frames shown, %d copies by kmssink",
      shown, copies);
  g_assert_cmpuint (shown, >=, 10);
  if (guest_has_dmabufs ())
    g_assert_cmpint (copies, ==, 0);
  else
    g_assert_cmpint (copies, >=, (gint) shown);
}

static gboolean
neighbours_have (const gchar *element)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (element);
  return factory != NULL;
}

int
main (int argc, char **argv)
{
  guest_init (&argc, &argv);
  gboolean huge = g_str_equal (guest_memory (), "hugetlb");
  g_assert_true (neighbours_have ("kmssink") && neighbours_have ("v4l2src"));
  for (guint i = 0; i < G_N_ELEMENTS (camera_rows); i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/neighbours/v4l2src/%s", camera_rows[i].io_mode);
    if (huge || !camera_rows[i].in_place)
      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_camera);
  }
  g_test_add_func ("/neighbours/kmssink", test_display);
  return g_test_run ();
}
