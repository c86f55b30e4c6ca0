/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open, claim, mode, start, stop: what is refused, what is taken over, what is
 * given back. */
#include <string.h>

#include "driver-rig.h"
#include "vdma-error.h"

/* The default build, capturing. */
static void
life_run (DriverRig *rig)
{
  driver_rig_init (rig);
  driver_rig_open (rig);
  driver_rig_start_capture (rig);
  driver_rig_capture (rig, 5);
}

/* ---- open ---- */

static void
test_open_version (void)
{
  g_autoptr (GError) error = NULL;
  DriverRig rig;

  driver_rig_init (&rig);
  driver_rig_power (&rig);
  rig.fake_version = 0x61000050;
  g_assert_null (driver_rig_open_device (&rig, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "0x61000050"));
  g_assert_null (rig.regs);
  g_assert_null (rig.line[VDMA_S2MM]);
  driver_rig_close (&rig, 0);
}

/* The description has a channel that the core has not. */
static void
test_open_absent (void)
{
  g_autoptr (GError) error = NULL;
  DriverRig rig;

  driver_rig_init (&rig);
  rig.desc.channel[VDMA_MM2S].present = FALSE;
  driver_rig_power (&rig);
  rig.desc.channel[VDMA_MM2S].present = TRUE;
  g_assert_null (driver_rig_open_device (&rig, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_HARDWARE);
  g_assert_nonnull (strstr (error->message, "MM2S"));
  driver_rig_close (&rig, 0);
}

static void
test_open_invalid (void)
{
  g_autoptr (GError) error = NULL;
  DriverRig rig;

  driver_rig_init (&rig);
  driver_rig_power (&rig);
  rig.desc.n_stores = 0;
  g_assert_null (driver_rig_open_device (&rig, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
  driver_rig_close (&rig, 0);
}

/* A process before us died with the channel running. */
static void
rig_leave_running (DriverRig *rig)
{
  for (guint i = 0; i < rig->desc.n_stores; i++) {
    rig->frame[i].owner = RIG_DEVICE;
    sim_core_write (rig->core, 0xAC + 4 * i, (guint32) rig->frame[i].phys);
  }
  sim_core_write (rig->core, 0xA8, RIG_STRIDE);
  sim_core_write (rig->core, 0xA4, RIG_HSIZE);
  sim_core_write (rig->core, 0x30, 0x00015003);
  sim_core_write (rig->core, 0xA0, RIG_VSIZE);
  driver_rig_advance (rig, 5 * RIG_PERIOD / 2);
  g_assert_cmphex (sim_core_read (rig->core, 0x34) & VDMA_SR_HALTED, ==, 0);
}

static void
test_open_takes_over (void)
{
  g_autoptr (GError) error = NULL;
  DriverRig rig;

  driver_rig_init (&rig);
  driver_rig_power (&rig);
  rig_leave_running (&rig);
  rig.device = driver_rig_open_device (&rig, &error);
  g_assert_no_error (error);
  g_assert_cmphex (
      sim_core_read (rig.core, 0x34) & VDMA_SR_HALTED, ==, VDMA_SR_HALTED);
  for (guint i = 0; i < rig.desc.n_stores; i++)
    rig.frame[i].owner = RIG_FREE;
  driver_rig_advance (&rig, 10 * RIG_PERIOD);
  g_assert_cmpuint (rig.violations, ==, 0);
  driver_rig_close (&rig, 0);
}

static void
test_open_stuck (void)
{
  g_autoptr (GError) error = NULL;
  DriverRig rig;

  driver_rig_init (&rig);
  driver_rig_power (&rig);
  rig_leave_running (&rig);
  sim_core_set_stream_clock (rig.core, VDMA_S2MM, FALSE);
  g_assert_null (driver_rig_open_device (&rig, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_TIMEOUT);
  driver_rig_close (&rig, 4);
}

/* ---- claims ---- */

static void
test_claim (void)
{
  g_autoptr (GError) error = NULL;
  DriverRig rig;

  driver_rig_init (&rig);
  rig.desc.channel[VDMA_MM2S].present = FALSE;
  driver_rig_open (&rig);
  g_assert_null (vdma_device_claim (rig.device, VDMA_S2MM, "second", &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "'test'"));
  g_clear_error (&error);
  g_assert_null (vdma_device_claim (rig.device, VDMA_MM2S, "x", &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND);
  g_clear_error (&error);

  driver_rig_release (&rig, VDMA_S2MM);
  rig.channel[VDMA_S2MM] =
      vdma_device_claim (rig.device, VDMA_S2MM, "third", &error);
  g_assert_no_error (error);
  driver_rig_close (&rig, 0);
}

/* The channel keeps its device, and stops when it is released. */
static void
test_release_stops (void)
{
  DriverRig rig;

  life_run (&rig);
  vdma_device_unref (g_steal_pointer (&rig.device));
  driver_rig_release (&rig, VDMA_S2MM);
  g_assert_cmphex (
      sim_core_read (rig.core, 0x34) & VDMA_SR_HALTED, ==, VDMA_SR_HALTED);
  g_assert_cmpuint (driver_rig_count (&rig, RIG_DEVICE), ==, 0);
  driver_rig_close (&rig, 0);
}

/* ---- mode ---- */

typedef struct {
  const gchar *name;
  VdmaMode mode;
  gboolean dre;
  gint code; /* -1: right */
} ModeRow;

static const ModeRow mode_rows[] = {
  { "plain", { 64, 4, 64, 0 }, TRUE, -1 },
  { "largest", { 65535, 8191, 65535, 0 }, TRUE, -1 },
  { "no-line", { 0, 4, 64, 0 }, TRUE, VDMA_ERROR_INVALID },
  { "no-lines", { 64, 0, 64, 0 }, TRUE, VDMA_ERROR_INVALID },
  { "line-too-long", { 65536, 4, 65536, 0 }, TRUE, VDMA_ERROR_INVALID },
  { "too-many-lines", { 64, 8192, 64, 0 }, TRUE, VDMA_ERROR_INVALID },
  { "stride-too-short", { 64, 4, 63, 0 }, TRUE, VDMA_ERROR_INVALID },
  { "stride-too-long", { 64, 4, 65536, 0 }, TRUE, VDMA_ERROR_INVALID },
  { "odd-with-dre", { 63, 4, 65, 0 }, TRUE, -1 },
  { "odd-line", { 63, 4, 64, 0 }, FALSE, VDMA_ERROR_INVALID },
  { "odd-stride", { 64, 4, 68, 0 }, FALSE, VDMA_ERROR_INVALID },
  { "negative-period", { 64, 4, 64, -1 }, TRUE, VDMA_ERROR_INVALID },
  { "flip", { 64, 4, 64, 0, .vertical_flip = TRUE }, TRUE,
      VDMA_ERROR_UNSUPPORTED },
  { "delay", { 64, 4, 64, 0, .frame_delay = 5 }, TRUE, VDMA_ERROR_INVALID },
  { "genlock", { 64, 4, 64, 0, .genlock = TRUE }, TRUE,
      VDMA_ERROR_UNSUPPORTED },
};

static void
test_mode (gconstpointer data)
{
  const ModeRow *row = data;
  g_autoptr (GError) error = NULL;
  DriverRig rig;

  driver_rig_init (&rig);
  rig.desc.channel[VDMA_S2MM].dre = row->dre;
  driver_rig_open (&rig);
  g_assert_cmpint (
      vdma_channel_set_mode (rig.channel[VDMA_S2MM], &row->mode, &error), ==,
      row->code < 0);
  if (row->code >= 0)
    g_assert_error (error, VDMA_ERROR, row->code);
  driver_rig_close (&rig, 0);
}

/* ---- start and stop ---- */

static void
test_start_refused (void)
{
  g_autoptr (GError) error = NULL;
  DriverRig rig;
  VdmaMode mode;

  driver_rig_init (&rig);
  driver_rig_open (&rig);
  VdmaChannel *ch = rig.channel[VDMA_S2MM];

  g_assert_false (vdma_channel_service (ch, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_STATE);
  g_clear_error (&error);
  g_assert_cmpint (
      vdma_channel_wait (ch, NULL, G_MAXINT64, &error), ==, VDMA_WAIT_FAILED);
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_STATE);
  g_clear_error (&error);
  g_assert_true (vdma_channel_stop (ch, &error));
  g_assert_no_error (error);

  /* one frame less than stores */
  rig.n_frames = rig.desc.n_stores - 1;
  g_assert_false (vdma_channel_start (ch, NULL, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY);
  g_clear_error (&error);
  g_assert_cmpuint (driver_rig_count (&rig, RIG_DEVICE), ==, 0);
  rig.n_frames = RIG_FRAMES;

  driver_rig_start_capture (&rig);
  g_assert_false (vdma_channel_start (ch, NULL, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_STATE);
  g_clear_error (&error);
  mode = driver_rig_mode (&rig);
  g_assert_false (vdma_channel_set_mode (ch, &mode, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_STATE);
  driver_rig_capture (&rig, 5);
  driver_rig_close (&rig, 0);
}

/* A frame that the core cannot reach never gets into a register. */
static void
test_unreachable (void)
{
  g_autoptr (GError) error = NULL;
  DriverRig rig;

  driver_rig_init (&rig);
  driver_rig_open (&rig);
  for (guint i = 0; i < RIG_FRAMES; i++)
    rig.frame[i].phys += G_GUINT64_CONSTANT (0xF0000000) - 64;
  g_assert_false (vdma_channel_start (rig.channel[VDMA_S2MM], NULL, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_UNREACHABLE);
  g_clear_error (&error);
  VdmaFrame frame = driver_rig_new_frame (&rig, 0);
  g_assert_false (vdma_channel_start (rig.channel[VDMA_MM2S], &frame, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_UNREACHABLE);
  g_assert_cmpuint (driver_rig_count (&rig, RIG_DEVICE), ==, 0);
  driver_rig_close (&rig, 0);
}

static void
test_start_stop (void)
{
  DriverRig rig;

  driver_rig_init (&rig);
  driver_rig_open (&rig);
  for (guint i = 0; i < 200; i++) {
    driver_rig_start_capture (&rig);
    driver_rig_capture (&rig, i % 4);
    driver_rig_advance (&rig, i % 7 * RIG_PERIOD / 3);
    driver_rig_stop (&rig, VDMA_S2MM);
    g_assert_cmpuint (driver_rig_count (&rig, RIG_DEVICE), ==, 0);
    driver_rig_advance (&rig, i % 3 * RIG_PERIOD / 2);
  }
  g_assert_cmpuint (rig.violations, ==, 0);
  driver_rig_close (&rig, 0);
}

/* ---- stops that are not easy ---- */

/* The source fell silent in mid-frame: only a reset ends the frame. */
static void
test_stop_silent (void)
{
  g_autoptr (GError) error = NULL;
  DriverRig rig;

  life_run (&rig);
  driver_rig_advance (&rig, RIG_PERIOD / 2);
  rig.camera_next = G_MAXINT64;
  gint64 begin = rig.now;
  g_assert_true (vdma_channel_stop (rig.channel[VDMA_S2MM], &error));
  g_assert_no_error (error);
  g_assert_cmpint (rig.now - begin, <, 4 * RIG_PERIOD);
  g_assert_cmpuint (driver_rig_count (&rig, RIG_DEVICE), ==, 0);
  driver_rig_close (&rig, 0);
}

/* And where the stream clock is gone too nothing helps: the frames are kept. */
static void
test_stop_stuck (void)
{
  g_autoptr (GError) error = NULL;
  VdmaChannelStats stats;
  DriverRig rig;

  life_run (&rig);
  driver_rig_advance (&rig, RIG_PERIOD / 2);
  sim_core_set_stream_clock (rig.core, VDMA_S2MM, FALSE);
  gint64 begin = rig.now;
  g_assert_false (vdma_channel_stop (rig.channel[VDMA_S2MM], &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_TIMEOUT);
  g_assert_cmpint (rig.now - begin, <, 2 * G_GINT64_CONSTANT (1000000000));
  g_assert_false (vdma_channel_is_running (rig.channel[VDMA_S2MM]));
  vdma_channel_get_stats (rig.channel[VDMA_S2MM], &stats);
  g_assert_cmpuint (stats.quarantined, ==, rig.desc.n_stores);
  driver_rig_close (&rig, rig.desc.n_stores);
}

static void
test_start_without_clock (void)
{
  g_autoptr (GError) error = NULL;
  DriverRig rig;

  driver_rig_init (&rig);
  driver_rig_open (&rig);
  sim_core_set_stream_clock (rig.core, VDMA_S2MM, FALSE);
  sim_core_set_stream_clock (rig.core, VDMA_MM2S, FALSE);
  g_assert_false (vdma_channel_start (rig.channel[VDMA_S2MM], NULL, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_TIMEOUT);
  g_assert_nonnull (strstr (error->message, "clock"));
  g_clear_error (&error);
  VdmaFrame frame = driver_rig_new_frame (&rig, 0);
  g_assert_false (vdma_channel_start (rig.channel[VDMA_MM2S], &frame, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_TIMEOUT);
  g_assert_cmpuint (driver_rig_count (&rig, RIG_DEVICE), ==, 0);
  g_clear_error (&error);

  sim_core_set_stream_clock (rig.core, VDMA_S2MM, TRUE);
  driver_rig_start_capture (&rig);
  driver_rig_capture (&rig, 5);
  driver_rig_close (&rig, 0);
}

/* ---- wait ---- */

static void
test_wait (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VdmaCancel) cancel = vdma_cancel_new (&error);
  DriverRig rig;

  life_run (&rig);
  VdmaChannel *ch = rig.channel[VDMA_S2MM];

  gint64 deadline = rig.now + RIG_PERIOD / 4;
  g_assert_cmpint (
      vdma_channel_wait (ch, cancel, deadline, &error), ==, VDMA_WAIT_TIMEOUT);
  g_assert_cmpint (rig.now, ==, deadline);
  vdma_cancel_set (cancel);
  g_assert_cmpint (vdma_channel_wait (ch, cancel, G_MAXINT64, &error), ==,
      VDMA_WAIT_CANCELLED);
  vdma_cancel_clear (cancel);

  /* an interrupt that got lost is found at the deadline */
  rig.line[VDMA_S2MM]->lose = 1;
  g_assert_cmpint (
      vdma_channel_wait (ch, cancel, rig.now + 2 * RIG_PERIOD, &error), ==,
      VDMA_WAIT_READY);
  driver_rig_capture (&rig, 5);
  g_assert_cmpuint (rig.line[VDMA_S2MM]->lose, ==, 0);
  driver_rig_close (&rig, 0);
}

/* ---- builds ---- */

static void
test_wide_addresses (void)
{
  DriverRig rig;

  driver_rig_init (&rig);
  rig.desc.addr_width = 40;
  rig.desc.n_stores = 8;
  driver_rig_open (&rig);
  driver_rig_start_capture (&rig);
  driver_rig_capture (&rig, 40);
  g_assert_cmpuint (rig.violations, ==, 0);
  driver_rig_close (&rig, 0);
}

static void
test_no_frame_counter (void)
{
  g_autoptr (GError) error = NULL;
  DriverRig rig;

  driver_rig_init (&rig);
  rig.desc.channel[VDMA_S2MM].frame_counter = FALSE;
  driver_rig_open (&rig);
  g_assert_false (vdma_channel_start (rig.channel[VDMA_S2MM], NULL, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED);
  driver_rig_close (&rig, 0);
}

/* Flipped is the default of cores that can flip: the driver always says. */
static void
test_flip (gconstpointer data)
{
  gboolean flip = GPOINTER_TO_INT (data);
  DriverRig rig;
  VdmaMode mode;
  VdmaFrame frame;

  driver_rig_init (&rig);
  rig.desc.vert_flip = TRUE;
  driver_rig_open (&rig);
  mode = driver_rig_mode (&rig);
  mode.vertical_flip = flip;
  driver_rig_set_mode (&rig, VDMA_S2MM, &mode);
  driver_rig_start_capture (&rig);
  for (guint i = 0; i < 6; i++) {
    driver_rig_serve (&rig, VDMA_S2MM);
    while (vdma_capture_take (rig.channel[VDMA_S2MM], &frame, NULL)) {
      const RigFrame *taken = frame.cookie;
      /* byte 4 of a line tells its number */
      g_assert_cmpuint (taken->data[4], ==, flip ? RIG_VSIZE - 1 : 0);
      driver_rig_keep (&rig, &frame);
      driver_rig_give_back (&rig, &frame);
    }
  }
  g_assert_cmphex (sim_core_read (rig.core, VDMA_VERT_FLIP), ==, flip);
  driver_rig_close (&rig, 0);
}

/* Both channels share one register; neither disturbs the other. */
static void
test_both (void)
{
  g_autoptr (GError) error = NULL;
  DriverRig rig;
  guint32 number = 0;

  driver_rig_init (&rig);
  driver_rig_open (&rig);
  VdmaChannel *display = rig.channel[VDMA_MM2S];
  driver_rig_start_display (&rig, number++);
  driver_rig_start_capture (&rig);
  for (guint i = 0; i < 100; i++) {
    driver_rig_capture (&rig, 1);
    if (i % 7 == 6) { /* a start parks its own half of the register */
      driver_rig_stop (&rig, VDMA_S2MM);
      driver_rig_start_capture (&rig);
    }
    if (vdma_channel_wait (display, NULL, rig.now, &error) == VDMA_WAIT_READY)
      driver_rig_service (&rig, VDMA_MM2S);
    g_assert_no_error (error);
    while (vdma_display_can_show (display))
      driver_rig_show (&rig, number++);
  }
  g_assert_cmpuint (number, >, 60);
  g_assert_cmpuint (rig.violations + rig.torn, ==, 0);
  for (guint i = 1; i < rig.displayed->len; i++)
    g_assert_cmpuint (g_array_index (rig.displayed, guint32, i), >=,
        g_array_index (rig.displayed, guint32, i - 1));
  driver_rig_close (&rig, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/life/open/version", test_open_version);
  g_test_add_func ("/life/open/absent", test_open_absent);
  g_test_add_func ("/life/open/invalid", test_open_invalid);
  g_test_add_func ("/life/open/takes-over", test_open_takes_over);
  g_test_add_func ("/life/open/stuck", test_open_stuck);
  g_test_add_func ("/life/claim", test_claim);
  g_test_add_func ("/life/release-stops", test_release_stops);
  for (guint i = 0; i < G_N_ELEMENTS (mode_rows); i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/life/mode/%s", mode_rows[i].name);
    g_test_add_data_func (path, &mode_rows[i], test_mode);
  }
  g_test_add_func ("/life/start/refused", test_start_refused);
  g_test_add_func ("/life/start/unreachable", test_unreachable);
  g_test_add_func ("/life/start/without-clock", test_start_without_clock);
  g_test_add_func ("/life/start-stop", test_start_stop);
  g_test_add_func ("/life/stop/silent", test_stop_silent);
  g_test_add_func ("/life/stop/stuck", test_stop_stuck);
  g_test_add_func ("/life/wait", test_wait);
  g_test_add_func ("/life/build/wide-addresses", test_wide_addresses);
  g_test_add_func ("/life/build/no-frame-counter", test_no_frame_counter);
  g_test_add_data_func ("/life/build/flip", GINT_TO_POINTER (TRUE), test_flip);
  g_test_add_data_func (
      "/life/build/flip-off", GINT_TO_POINTER (FALSE), test_flip);
  g_test_add_func ("/life/both", test_both);
  return g_test_run ();
}
