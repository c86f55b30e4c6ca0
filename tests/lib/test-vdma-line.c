/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interrupts that do not come: nobody waits for them for ever, and it is said. */
#include <string.h>

#include "driver-rig.h"
#include "vdma-log.h"
#include "vdma-util.h"

/* A line that fell silent for good, behind a pause of the source as well: nobody
 * waits for it for ever. */
static void
test_dead_line (void)
{
  g_autoptr (GError) error = NULL;
  DriverRig rig;

  driver_rig_init (&rig);
  driver_rig_open (&rig);
  VdmaChannel *ch = rig.channel[VDMA_S2MM];
  rig.blind.rounds = TRUE; /* the pause, or rounds of the ring */
  driver_rig_start_capture (&rig);
  for (guint pause = 1; pause <= 16; pause *= 2) {
    gint64 begin = rig.now;
    driver_rig_capture (&rig, 5);
    rig.camera_next += pause * RIG_PERIOD;
    rig.line[VDMA_S2MM]->lose = 1;
    g_assert_cmpint (
        vdma_channel_wait (ch, NULL, G_MAXINT64, &error), ==, VDMA_WAIT_READY);
    g_assert_cmpint (rig.now - begin, <, 100 * RIG_PERIOD);
  }
  driver_rig_close (&rig, 0);
}

/* ---- what is said of a dead line ---- */

static guint n_warned;
static gchar *warning;

static gboolean
warn_is_enabled (VdmaLogTopic topic, VdmaLogLevel level)
{
  return level == VDMA_LOG_WARNING;
}

static void
warn_write (VdmaLogTopic topic, VdmaLogLevel level, const gchar *file,
    const gchar *function, gint line, const gchar *message)
{
  n_warned++;
  g_free (warning);
  warning = g_strdup (message);
}

static void
warn_begin (DriverRig *rig)
{
  static const VdmaLogSink sink = {
    .is_enabled = warn_is_enabled,
    .write = warn_write,
  };
  driver_rig_init (rig);
  driver_rig_open (rig);
  vdma_log_set_sink (&sink);
  n_warned = 0;
}

static void
warn_end (DriverRig *rig)
{
  g_clear_pointer (&warning, g_free);
  driver_rig_close (rig, 0);
}

/* Three interrupts in a row that do not come, and it is said once; one or two
 * get lost now and then. */
static void
test_warning (void)
{
  DriverRig rig;

  warn_begin (&rig);
  driver_rig_start_capture (&rig);
  driver_rig_capture (&rig, 5);
  for (guint i = 0; i < 10; i++) {
    rig.line[VDMA_S2MM]->lose = 1 + i % 2;
    driver_rig_capture (&rig, 5);
  }
  g_assert_cmpuint (n_warned, ==, 0);
  rig.line[VDMA_S2MM]->lose = 1000;
  driver_rig_capture (&rig, 2);
  g_assert_cmpuint (n_warned, ==, 0);
  driver_rig_capture (&rig, 30);
  g_assert_cmpuint (n_warned, ==, 1);
  g_assert_nonnull (strstr (warning, "S2MM of 'rig': frames end, and no "));
  g_assert_nonnull (strstr (warning, "irq-s2mm"));
  warn_end (&rig);
}

/* A display that waits for ever for a line that is dead: a look a second. */
static void
test_warning_display (void)
{
  g_autoptr (GError) error = NULL;
  DriverRig rig;

  warn_begin (&rig);
  VdmaChannel *display = rig.channel[VDMA_MM2S];
  VdmaFrame frame = driver_rig_new_frame (&rig, 0);
  rig.line[VDMA_MM2S]->lose = 1000;
  vdma_channel_start (display, &frame, &error);
  g_assert_no_error (error);
  for (guint i = 1; i <= 5; i++) {
    gint64 begin = rig.now;
    g_assert_cmpuint (n_warned, ==, i > 3);
    g_assert_cmpint (vdma_channel_wait (display, NULL, G_MAXINT64, &error), ==,
        VDMA_WAIT_READY);
    g_assert_cmpint (rig.now - begin, <=, VDMA_NSEC_PER_SEC + RIG_PERIOD);
    vdma_channel_service (display, &error);
    g_assert_no_error (error);
  }
  g_assert_nonnull (strstr (warning, "irq-mm2s"));
  warn_end (&rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vdma-line/dead", test_dead_line);
  g_test_add_func ("/vdma-line/warning", test_warning);
  g_test_add_func ("/vdma-line/warning-display", test_warning_display);
  return g_test_run ();
}
