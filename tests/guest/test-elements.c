/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The elements on an emulated board, by the kernel's real interfaces. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "guest-pipeline.h"
#include "sim-counter.h"

#define ELEMENTS_FRAMES 90
#define ELEMENTS_CAPS                                                          \
  "video/x-raw,format=GRAY8,width=640,height=360,framerate=60/1"
#define ELEMENTS_END                                                           \
  " ! capsfilter name=filter caps=" ELEMENTS_CAPS                              \
  " ! appsink name=out sync=false max-buffers=2 drop=false"
#define ELEMENTS_CAPTURE                                                       \
  "vdmasrc name=src device=$device memory=$memory" ELEMENTS_END

/* Returns: how many interrupts of the board the kernel has counted */
static guint64
elements_count_interrupts (void)
{
  g_autofree gchar *text = NULL;
  g_autofree gchar *file =
      g_build_filename (g_getenv ("GUEST_UIO"), "event", NULL);
  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  return g_ascii_strtoull (text, NULL, 10);
}

static void
test_capture (void)
{
  GuestSeen seen = { 0 };
  guint64 before = elements_count_interrupts ();
  gboolean timer = strstr (guest_device (), "irq=timer") != NULL;
  guest_rebuild ("stream=counter&fps=60");
  GstElement *pipeline = guest_launch (ELEMENTS_CAPTURE);
  guest_play (pipeline);
  guest_see_from (&seen, pipeline, "out", ELEMENTS_FRAMES);
  g_assert_cmpuint (seen.gaps, ==, 0);
  /* The first frame is a single shot; a timer sees its end when the next frame
   * has begun, which the halted core does not take. */
  g_assert_cmpuint (seen.restarts, <=, timer ? 1 : 0);
  if (!timer) /* one brought each frame */
    g_assert_cmpuint (
        elements_count_interrupts () - before, >=, ELEMENTS_FRAMES);
  g_assert_cmpuint (guest_stat (pipeline, "src", "errors"), ==, 0);
  g_assert_cmpuint (guest_stat (pipeline, "src", "copies"), ==, 0);
  guest_assert_accounts (pipeline, "src");
  guest_stop (pipeline);
  g_assert_cmpuint (seen.n_dmabufs, ==, guest_has_dmabufs () ? seen.n : 0);
  g_assert_cmpuint (bench_get_now (guest_bench (), BENCH_S2MM_RUNNING), ==, 0);
  g_assert_cmpuint (bench_get (guest_bench (), BENCH_BUS_ERRORS), ==, 0);
  g_assert_cmpuint (bench_get (guest_bench (), BENCH_UNDEFINED_USES), ==, 0);
}

/* ---- display ---- */

static GstBuffer *
elements_draw (guint number)
{
  const guint width = 640, height = 360;
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, width * height, NULL);
  GstMapInfo map;
  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_WRITE));
  for (guint y = 0; y < height; y++)
    sim_counter_draw (map.data + y * width, width, number, y);
  gst_buffer_unmap (buffer, &map);
  return buffer;
}

static void
test_display (void)
{
  guest_rebuild ("stream=silence&fps=60");
  GstElement *pipeline = guest_launch (
      "appsrc name=in format=time caps=" ELEMENTS_CAPS " max-buffers=4 "
      "block=true ! vdmasink name=sink device=$device memory=$memory "
      "sync=false");
  g_autoptr (GstElement) in = guest_get (pipeline, "in");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint i = 0; i < ELEMENTS_FRAMES; i++) {
    GstFlowReturn flow =
        gst_app_src_push_buffer (GST_APP_SRC (in), elements_draw (i));
    g_assert_cmpint (flow, ==, GST_FLOW_OK);
  }
  gst_app_src_end_of_stream (GST_APP_SRC (in));
  gst_message_unref (guest_wait (pipeline, GST_MESSAGE_EOS));
  g_assert_cmpuint (
      guest_stat (pipeline, "sink", "delivered"), ==, ELEMENTS_FRAMES);
  guest_assert_display_accounts (pipeline, "sink");
  guest_stop (pipeline);
  g_assert_cmpuint (
      bench_get_now (guest_bench (), BENCH_MM2S_DONE), >=, ELEMENTS_FRAMES - 4);
  g_assert_cmpuint (bench_get (guest_bench (), BENCH_MM2S_TORN), ==, 0);
  g_assert_cmpuint (bench_get (guest_bench (), BENCH_BUS_ERRORS), ==, 0);
  g_assert_cmpuint (bench_get (guest_bench (), BENCH_MM2S_RUNNING), ==, 0);
}

static void
test_pass_through (void)
{
  guest_rebuild ("stream=counter&fps=60");
  GstElement *pipeline = guest_launch (
      "vdmasrc name=src device=$device memory=$memory num-buffers=90 "
      "! " ELEMENTS_CAPS " ! vdmasink name=sink device=$device "
      "memory=$memory sync=false");
  guest_run (pipeline);
  g_assert_cmpuint (guest_stat (pipeline, "src", "copies"), ==, 0);
  g_assert_cmpuint (guest_stat (pipeline, "sink", "copies"), ==, 0);
  guest_assert_accounts (pipeline, "src");
  guest_assert_display_accounts (pipeline, "sink");
  guest_stop (pipeline);
  g_assert_cmpuint (bench_get_now (guest_bench (), BENCH_MM2S_TORN), ==, 0);
  g_assert_cmpuint (bench_get (guest_bench (), BENCH_MM2S_DONE), >=, 30);
  g_assert_cmpuint (bench_get (guest_bench (), BENCH_BUS_ERRORS), ==, 0);
}

/* The display follows the camera while an application takes the frames. */
static void
test_tie (void)
{
  GuestSeen seen = { 0 };
  guest_rebuild ("stream=counter&fps=60");
  GstElement *pipeline =
      guest_launch ("vdmasrc name=src tie=true device=$device "
                    "memory=$memory" ELEMENTS_END);
  guest_play (pipeline);
  guest_see_from (&seen, pipeline, "out", ELEMENTS_FRAMES);
  g_assert_cmpuint (guest_stat (pipeline, "src", "copies"), ==, 0);
  g_assert_cmpuint (guest_stat (pipeline, "src", "display-errors"), ==, 0);
  guest_assert_accounts (pipeline, "src");
  guest_stop (pipeline);
  g_assert_cmpuint (
      bench_get_now (guest_bench (), BENCH_MM2S_DONE), >=, ELEMENTS_FRAMES / 2);
  g_assert_cmpuint (bench_get (guest_bench (), BENCH_MM2S_TORN), ==, 0);
  g_assert_cmpuint (bench_get (guest_bench (), BENCH_BUS_ERRORS), ==, 0);
  g_assert_cmpuint (bench_get (guest_bench (), BENCH_MM2S_RUNNING), ==, 0);
}

/* ---- other sizes while it runs ---- */

static void
test_renegotiate (void)
{
  static const gchar *const sizes[] = {
    "width=320,height=240",
    "width=644,height=17",
    "width=640,height=360",
  };
  GuestSeen seen = { 0 };
  guest_rebuild ("stream=counter&fps=60");
  GstElement *pipeline = guest_launch (ELEMENTS_CAPTURE);
  g_autoptr (GstElement) filter = guest_get (pipeline, "filter");
  g_autoptr (GstElement) out = guest_get (pipeline, "out");
  guest_play (pipeline);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autofree gchar *text = g_strdup_printf (
        "video/x-raw,format=GRAY8,framerate=60/1,%s", sizes[i]);
    g_autoptr (GstCaps) caps = gst_caps_from_string (text);
    gboolean arrived = FALSE;
    g_object_set (filter, "caps", caps, NULL);
    /* those of the old size are on their way */
    for (guint n = 0; n < 60 && !arrived; n++) {
      g_autoptr (GstSample) sample =
          gst_app_sink_try_pull_sample (GST_APP_SINK (out), GUEST_PATIENCE);
      if (!sample)
        gst_message_unref (guest_wait (pipeline, GST_MESSAGE_EOS));
      g_assert_nonnull (sample);
      arrived = gst_caps_is_subset (gst_sample_get_caps (sample), caps);
    }
    g_assert_true (arrived);
    seen = (GuestSeen){ 0 };
    guest_see_from (&seen, pipeline, "out", 20);
    g_assert_cmpuint (seen.gaps + seen.restarts, ==, 0);
  }
  guest_assert_accounts (pipeline, "src");
  guest_stop (pipeline);
  g_assert_cmpuint (bench_get_now (guest_bench (), BENCH_BUS_ERRORS), ==, 0);
}

/* ---- what goes wrong ---- */

/* Of a script: what must have been counted when 60 frames came in spite of it. */
static const struct {
  const gchar *name, *script, *counter;
} fault_rows[] = {
  { "decode-error", "at frame 20 inject s2mm dec-err", "recoveries" },
  { "slave-error", "at frame 20 inject s2mm slv-err", "recoveries" },
  { "bus-error", "at frame 20 bus-error s2mm slverr", "recoveries" },
  { "spurious-interrupt", "every 7 frames from 10 irq-spurious s2mm", NULL },
  { "interrupts-twice", "every 5 frames from 10 irq-repeat s2mm", NULL },
  { "interrupts-late", "every 5 frames from 10 irq-delay s2mm 30ms", NULL },
  { "interrupt-lost", "at frame 20 irq-lose s2mm", "interrupts" },
  { "interrupts-lost", "every 3 frames from 10 irq-lose s2mm", "interrupts" },
};

static void
test_fault (gconstpointer data)
{
  guint row = GPOINTER_TO_UINT (data);
  GuestSeen seen = { 0 };
  g_autofree gchar *script =
      g_strdup_printf ("vdma-faults 1; %s", fault_rows[row].script);
  guest_rebuild ("stream=counter&fps=60");
  bench_set_faults (guest_bench (), script);
  GstElement *pipeline = guest_launch (ELEMENTS_CAPTURE);
  guest_play (pipeline);
  guest_see_from (&seen, pipeline, "out", 60);
  if (fault_rows[row].counter)
    g_assert_cmpuint (
        guest_stat (pipeline, "src", fault_rows[row].counter), >=, 1);
  else
    g_assert_cmpuint (seen.gaps, ==, 0);
  guest_assert_accounts (pipeline, "src");
  guest_stop (pipeline);
  g_assert_cmpuint (bench_get_now (guest_bench (), BENCH_FAULTS_DONE), >=, 1);
  g_assert_cmpuint (bench_get (guest_bench (), BENCH_S2MM_RUNNING), ==, 0);
}

/* uio_pci_generic takes bus mastering from the device whenever somebody closes
 * it, also while others have it open: another process that ends, a tool that
 * looks. */
static void
test_other_closes (void)
{
  GuestSeen seen = { 0 };
  g_autofree gchar *name = g_path_get_basename (g_getenv ("GUEST_UIO"));
  g_autofree gchar *file = g_build_filename ("/dev", name, NULL);
  guest_rebuild ("stream=counter&fps=60");
  GstElement *pipeline = guest_launch (ELEMENTS_CAPTURE);
  guest_play (pipeline);
  for (guint i = 0; i < 3; i++) {
    guest_see_from (&seen, pipeline, "out", 20);
    gint fd = open (file, O_RDWR | O_CLOEXEC);
    g_assert_cmpint (fd, >=, 0);
    close (fd);
  }
  guest_see_from (&seen, pipeline, "out", 20);
  g_assert_cmpuint (seen.gaps, ==, 0);
  g_assert_cmpuint (bench_get_now (guest_bench (), BENCH_BUS_ERRORS), ==, 3);
  g_assert_cmpuint (guest_stat (pipeline, "src", "recoveries"), ==, 3);
  guest_assert_accounts (pipeline, "src");
  guest_stop (pipeline);
}

int
main (int argc, char **argv)
{
  guest_init (&argc, &argv);
  g_test_add_func ("/elements/capture", test_capture);
  g_test_add_func ("/elements/display", test_display);
  g_test_add_func ("/elements/pass-through", test_pass_through);
  g_test_add_func ("/elements/tie", test_tie);
  g_test_add_func ("/elements/renegotiate", test_renegotiate);
  g_test_add_func ("/elements/other-closes", test_other_closes);
  for (guint i = 0; i < G_N_ELEMENTS (fault_rows); i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/elements/fault/%s", fault_rows[i].name);
    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_fault);
  }
  return g_test_run ();
}
