/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a channel promises beside whole frames: where the hardware is, resets,
 * addresses that are always right, registers that come back after an error. */
#include <string.h>

#include "core-ports.h"
#include "driver-rig.h"
#include "vdma-error.h"
#include "vdma-util.h"

/* ---- where the hardware is ---- */

static void
test_getters (void)
{
  VdmaMode mode = { .hsize = 1 };
  DriverRig rig;

  driver_rig_init (&rig);
  driver_rig_open (&rig);
  VdmaChannel *capture = rig.channel[VDMA_S2MM];
  VdmaChannel *display = rig.channel[VDMA_MM2S];
  g_assert_true (vdma_channel_get_mode (display, &mode));
  g_assert_cmpuint (mode.hsize, ==, RIG_HSIZE);
  g_assert_false (vdma_channel_is_parked (display));
  driver_rig_start_display (&rig, 0);
  driver_rig_start_capture (&rig);
  for (guint32 i = 1; i < 20; i++) {
    driver_rig_capture (&rig, 1);
    g_assert_false (vdma_channel_is_parked (capture));
    g_assert_cmpuint (vdma_channel_get_active_store (capture), ==,
        VDMA_FIELD_GET (
            VDMA_PARK_WR_STORE, sim_core_read (rig.core, VDMA_PARK_PTR)));
    driver_rig_service (&rig, VDMA_MM2S);
    if (vdma_display_can_show (display))
      driver_rig_show (&rig, i);
  }
  g_assert_true (vdma_channel_is_parked (display));
  driver_rig_advance (&rig, 3 * RIG_PERIOD);
  g_assert_cmpuint (vdma_channel_get_active_store (display), ==,
      vdma_channel_get_desired_store (display));
  driver_rig_close (&rig, 0);
}

/* Every register has its default, and what did not halt can run again. */
static void
test_reset (void)
{
  g_autoptr (GError) error = NULL;
  DriverRig rig;

  driver_rig_init (&rig);
  driver_rig_open (&rig);
  VdmaChannel *ch = rig.channel[VDMA_S2MM];
  driver_rig_start_capture (&rig);
  driver_rig_capture (&rig, 5);
  g_assert_true (vdma_channel_reset (ch, &error));
  g_assert_no_error (error);
  g_assert_false (vdma_channel_is_running (ch));
  g_assert_cmphex (sim_core_read (rig.core, 0xA0), ==, 0);
  g_assert_cmpuint (driver_rig_count (&rig, RIG_DEVICE), ==, 0);

  driver_rig_start_capture (&rig);
  driver_rig_capture (&rig, 5);
  sim_core_set_stream_clock (rig.core, VDMA_S2MM, FALSE);
  g_assert_false (vdma_channel_reset (ch, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_TIMEOUT);
  g_clear_error (&error);
  sim_core_set_stream_clock (rig.core, VDMA_S2MM, TRUE);
  g_assert_true (vdma_channel_reset (ch, &error));
  g_assert_no_error (error);
  driver_rig_start_capture (&rig);
  driver_rig_capture (&rig, 5);
  g_assert_cmpuint (rig.violations, ==, 0);
  driver_rig_stop (&rig, VDMA_S2MM);
  driver_rig_close (&rig, rig.desc.n_stores);
}

/* MM2S with a genlock pair takes PYNQ's setting; the park pointer wins. */
static void
test_genlock_mode (gconstpointer data)
{
  gboolean wired = GPOINTER_TO_INT (data);
  g_autoptr (GError) error = NULL;
  DriverRig rig;

  driver_rig_init (&rig);
  rig.desc.internal_genlock = wired;
  driver_rig_open (&rig);
  VdmaChannel *display = rig.channel[VDMA_MM2S];
  VdmaMode mode = driver_rig_mode (&rig);
  mode.genlock = TRUE;
  mode.frame_delay = 2;
  g_assert_cmpint (vdma_channel_set_mode (display, &mode, &error), ==, wired);
  if (!wired) {
    g_assert_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED);
    driver_rig_close (&rig, 0);
    return;
  }
  driver_rig_start_capture (&rig);
  for (guint32 i = 0; i < 10; i++) {
    if (i == 0)
      driver_rig_start_display (&rig, 100);
    else
      driver_rig_show (&rig, 100 + i);
    while (!vdma_display_can_show (display)) {
      driver_rig_advance (&rig, RIG_PERIOD / 2);
      driver_rig_service (&rig, VDMA_MM2S);
      driver_rig_service (&rig, VDMA_S2MM);
    }
  }
  g_assert_cmphex (sim_core_read (rig.core, 0x00) & VDMA_CR_GENLOCK_EN, !=, 0);
  g_assert_cmphex (sim_core_read (rig.core, 0x58), ==, 0x02000000 | RIG_STRIDE);
  for (guint i = 0; i < rig.displayed->len; i++)
    g_assert_cmpuint (g_array_index (rig.displayed, guint32, i), >=, 100);
  g_assert_cmpuint (rig.violations + rig.torn, ==, 0);
  driver_rig_close (&rig, 0);
}

/* ---- display: underflow, use without waiting, crops ---- */

/* Whoever does not wait is refused, and keeps the frame. */
static void
rig_show (DriverRig *rig, guint32 number)
{
  g_autoptr (GError) error = NULL;
  VdmaChannel *display = rig->channel[VDMA_MM2S];
  VdmaFrame frame = driver_rig_new_frame (rig, number);

  while (!vdma_display_can_show (display)) {
    g_assert_false (vdma_display_show (display, &frame, &error));
    g_assert_error (error, VDMA_ERROR, VDMA_ERROR_STATE);
    g_clear_error (&error);
    driver_rig_serve (rig, VDMA_MM2S);
  }
  vdma_display_show (display, &frame, &error);
  g_assert_no_error (error);
}

static guint32
rig_last_shown (DriverRig *rig)
{
  return g_array_index (rig->displayed, guint32, rig->displayed->len - 1);
}

/* The last frame is repeated, and each frame time without a new one counts. */
static void
test_underflow (void)
{
  VdmaChannelStats before, after;
  DriverRig rig;

  driver_rig_init (&rig);
  rig.source.silent = TRUE;
  driver_rig_open (&rig);
  driver_rig_start_display (&rig, 0);
  for (guint32 i = 1; i < 20; i++)
    rig_show (&rig, i);
  for (guint i = 0; i < 6; i++)
    driver_rig_serve (&rig, VDMA_MM2S);
  vdma_channel_get_stats (rig.channel[VDMA_MM2S], &before);
  g_assert_cmpuint (rig_last_shown (&rig), ==, 19);
  guint shown = rig.displayed->len;
  while (rig.displayed->len < shown + 25)
    driver_rig_serve (&rig, VDMA_MM2S);
  vdma_channel_get_stats (rig.channel[VDMA_MM2S], &after);
  g_assert_cmpuint (after.repeated - before.repeated, ==, 25);
  g_assert_cmpuint (after.frames, ==, before.frames);
  g_assert_cmpuint (rig_last_shown (&rig), ==, 19);
  /* the one on display is the only frame that is kept */
  g_assert_cmpuint (driver_rig_count (&rig, RIG_DEVICE), ==, 1);
  driver_rig_close (&rig, 0);
}

/* ---- the same picture again ---- */

typedef struct {
  DriverRig rig;
  guint shown[RIG_FRAMES]; /* how often the display has a frame */
} Again;

static void
again_release (gpointer user_data, VdmaFrame *frame)
{
  Again *self = user_data;
  RigFrame *released = frame->cookie;
  guint *shown = &self->shown[released - self->rig.frame];

  g_assert_cmpuint (*shown, >, 0);
  if (--*shown == 0)
    released->owner = RIG_FREE;
}

static const VdmaFrameOps again_ops = { .release = again_release };

static void
again_show (Again *self, RigFrame *frame, gboolean first)
{
  g_autoptr (GError) error = NULL;
  VdmaChannel *display = self->rig.channel[VDMA_MM2S];
  VdmaFrame shown = { .phys = frame->phys, .cookie = frame };

  self->rig.blind.again += self->shown[frame - self->rig.frame]++ > 0;
  if (first) {
    vdma_channel_start (display, &shown, &error);
  } else {
    while (!vdma_display_can_show (display))
      driver_rig_serve (&self->rig, VDMA_MM2S);
    vdma_display_show (display, &shown, &error);
  }
  g_assert_no_error (error);
}

/* Returns: frame times that picture @number was on display */
static guint
rig_times_shown (const DriverRig *rig, guint32 number)
{
  guint times = 0;
  for (guint i = 0; i < rig->displayed->len; i++)
    times += g_array_index (rig->displayed, guint32, i) == number;
  return times;
}

/* A picture may be shown some times in a row, between others that are new: each
 * time it is on display for a frame time. */
static void
test_again (void)
{
  for (guint n = 1; n <= 8; n++)
    for (guint times = 1; times <= 4; times++) {
      Again self = { .shown = { 0 } };
      DriverRig *rig = &self.rig;
      driver_rig_init (rig);
      rig->desc.n_stores = n;
      rig->source.silent = TRUE;
      driver_rig_open (rig);
      vdma_channel_set_frame_ops (rig->channel[VDMA_MM2S], &again_ops, &self);
      for (guint32 i = 0; i < 20; i++) {
        RigFrame *frame = driver_rig_new_frame (rig, i).cookie;
        for (guint j = 0; j < times; j++)
          again_show (&self, frame, i + j == 0);
        rig->turn += i % 3; /* not always the next one */
      }
      for (guint i = 0; i < 12; i++)
        driver_rig_serve (rig, VDMA_MM2S);
      for (guint i = 1; i < rig->displayed->len; i++)
        g_assert_cmpuint (g_array_index (rig->displayed, guint32, i)
                              - g_array_index (rig->displayed, guint32, i - 1),
            <=, 1);
      g_assert_cmpuint (rig_last_shown (rig), ==, 19);
      for (guint32 i = 0; i < 20; i++)
        g_assert_cmpuint (rig_times_shown (rig, i), >=, times);
      g_assert_cmpuint (rig->torn + rig->violations, ==, 0);
      driver_rig_close (rig, 0);
    }
}

/* A part of a larger picture, by its start address and stride alone. */
static void
test_crop (void)
{
  g_autoptr (GError) error = NULL;
  DriverRig rig;
  VdmaMode mode;

  driver_rig_init (&rig);
  rig.source.silent = TRUE;
  driver_rig_open (&rig);
  VdmaChannel *display = rig.channel[VDMA_MM2S];
  mode = driver_rig_mode (&rig);
  mode.hsize = 8;
  driver_rig_set_mode (&rig, VDMA_MM2S, &mode);
  for (guint32 i = 1; i < 20; i++) {
    VdmaFrame frame = driver_rig_new_frame (&rig, i);
    RigFrame *whole = frame.cookie;
    for (guint line = 0; line < RIG_VSIZE; line++) /* beside the part */
      memset (whole->data + line * RIG_STRIDE, 0xBB, 8);
    frame.phys += 8;
    if (i == 1)
      vdma_channel_start (display, &frame, &error);
    else
      vdma_display_show (display, &frame, &error);
    g_assert_no_error (error);
    while (!vdma_display_can_show (display))
      driver_rig_serve (&rig, VDMA_MM2S);
  }
  for (guint i = 0; i < rig.displayed->len; i++)
    g_assert_cmpuint (g_array_index (rig.displayed, guint32, i), <, 20);
  g_assert_cmpuint (rig.torn + rig.violations, ==, 0);
  driver_rig_close (&rig, 0);
}

/* ---- addresses ---- */

typedef struct {
  const gchar *name;
  guint n_stores, addr_width;
} Build;

static const Build builds[] = {
  { "1", 1, 32 },
  { "2", 2, 32 },
  { "4", 4, 32 },
  { "16", 16, 32 },
  { "17", 17, 32 }, /* the second bank */
  { "32", 32, 32 },
  { "wide-1", 1, 40 },
  { "wide-3", 3, 40 },
  { "wide-8", 8, 64 },
};

/* Each store of a running channel has the address of a frame, at any time. */
static void
rig_check_addresses (DriverRig *rig, VdmaDirection dir)
{
  for (guint store = 0; store < rig->desc.n_stores; store++) {
    guint64 address =
        core_ports_read_address (rig->core, &rig->desc, dir, store);
    g_assert_cmpuint (address, >=, rig->frame[0].phys);
    g_assert_cmpuint (address, <=, rig->frame[RIG_FRAMES - 1].phys);
  }
}

static void
test_addresses (gconstpointer data)
{
  const Build *build = data;
  DriverRig rig;

  driver_rig_init (&rig);
  rig.desc.n_stores = build->n_stores;
  rig.desc.addr_width = build->addr_width;
  driver_rig_open (&rig);
  driver_rig_start_capture (&rig);
  driver_rig_start_display (&rig, 0);
  for (guint32 i = 1; i < 50; i++) {
    rig_check_addresses (&rig, VDMA_S2MM);
    rig_check_addresses (&rig, VDMA_MM2S);
    driver_rig_capture (&rig, 1);
    rig_show (&rig, i);
  }
  g_assert_cmpuint (rig.torn + rig.violations, ==, 0);
  driver_rig_close (&rig, 0);
}

/* ---- what a reset undoes ---- */

/* After the restart that a halting error needs as after the first one. */
static void
test_restored (gconstpointer data)
{
  gboolean flip = GPOINTER_TO_INT (data);
  VdmaChannelStats stats;
  DriverRig rig;
  VdmaMode mode;

  driver_rig_init (&rig);
  rig.desc.vert_flip = TRUE;
  driver_rig_open (&rig);
  VdmaChannel *ch = rig.channel[VDMA_S2MM];
  mode = driver_rig_mode (&rig);
  mode.vertical_flip = flip;
  driver_rig_set_mode (&rig, VDMA_S2MM, &mode);
  for (guint i = 0; i < 3; i++) {
    sim_core_write (rig.core, 0x3C, 0xF); /* of whoever was here before */
    if (i == 0)
      driver_rig_start_capture (&rig);
    else
      sim_core_inject (rig.core, VDMA_S2MM, VDMA_SR_SLV_ERR);
    for (guint j = 0; j < 8; j++)
      driver_rig_serve (&rig, VDMA_S2MM);
    g_assert_cmphex (sim_core_read (rig.core, VDMA_VERT_FLIP), ==, flip);
    g_assert_cmphex (sim_core_read (rig.core, 0x3C), ==, 0);
    rig_check_addresses (&rig, VDMA_S2MM);
  }
  vdma_channel_get_stats (ch, &stats);
  g_assert_cmpuint (stats.recoveries, ==, 2);
  driver_rig_close (&rig, 0);
}

/* ---- a display that will not halt ---- */

static void
test_display_stuck (void)
{
  g_autoptr (GError) error = NULL;
  VdmaChannelStats stats;
  DriverRig rig;

  driver_rig_init (&rig);
  rig.source.silent = TRUE;
  driver_rig_open (&rig);
  VdmaChannel *ch = rig.channel[VDMA_MM2S];
  driver_rig_start_display (&rig, 0);
  for (guint32 i = 1; i < 10; i++)
    rig_show (&rig, i);
  sim_core_set_stream_clock (rig.core, VDMA_MM2S, FALSE);
  guint held = driver_rig_count (&rig, RIG_DEVICE);
  g_assert_false (vdma_channel_stop (ch, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_TIMEOUT);
  g_assert_false (vdma_channel_is_running (ch));
  vdma_channel_get_stats (ch, &stats);
  g_assert_cmpuint (stats.quarantined, ==, held);
  sim_core_set_stream_clock (rig.core, VDMA_MM2S, TRUE);
  driver_rig_advance (&rig, 10 * RIG_PERIOD); /* it reads on */
  g_assert_cmpuint (rig.violations, ==, 0);
  driver_rig_close (&rig, held);
}

/* ---- ties that cannot be ---- */

static void
assert_refused (
    VdmaChannel *capture, VdmaChannel *display, gint code, const gchar *part)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (vdma_channel_tie (capture, display, &error));
  g_assert_error (error, VDMA_ERROR, code);
  g_assert_nonnull (strstr (error->message, part));
}

static void
test_tie_refused (void)
{
  static const VdmaFrameOps no_unshare = { NULL };
  g_autoptr (GError) error = NULL;
  DriverRig rig;

  driver_rig_init (&rig);
  driver_rig_open (&rig);
  VdmaChannel *capture = rig.channel[VDMA_S2MM];
  VdmaChannel *display = rig.channel[VDMA_MM2S];
  VdmaMode mode = driver_rig_mode (&rig);
  assert_refused (display, capture, VDMA_ERROR_INVALID, "S2MM");
  assert_refused (capture, capture, VDMA_ERROR_INVALID, "MM2S");
  mode.vsize++;
  driver_rig_set_mode (&rig, VDMA_MM2S, &mode);
  assert_refused (capture, display, VDMA_ERROR_INVALID, "9 lines");
  mode.vsize--;
  driver_rig_set_mode (&rig, VDMA_MM2S, &mode);
  vdma_channel_set_frame_ops (capture, &no_unshare, NULL);
  assert_refused (capture, display, VDMA_ERROR_STATE, "unshare");
  vdma_channel_set_frame_ops (capture, &driver_rig_ops, &rig);
  g_assert_true (vdma_channel_tie (capture, display, &error));
  assert_refused (capture, display, VDMA_ERROR_STATE, "already");

  VdmaFrame frame = driver_rig_new_frame (&rig, 1);
  g_assert_false (vdma_channel_start (display, &frame, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_STATE);
  g_clear_error (&error);
  g_assert_false (vdma_channel_service (display, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_STATE);
  g_clear_error (&error);
  mode.hsize--;
  vdma_channel_set_mode (capture, &mode, &error);
  g_assert_false (vdma_channel_start (capture, NULL, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
  driver_rig_close (&rig, 0);
}

/* ---- an application that takes nothing for long ---- */

static void
test_never_taken (void)
{
  static const guint stores[] = { 1, 2, 3, 4, 8, 31, 32 };

  for (guint n = 0; n < G_N_ELEMENTS (stores); n++) {
    DriverRig rig;
    driver_rig_init (&rig);
    rig.desc.n_stores = stores[n];
    driver_rig_open (&rig);
    VdmaChannel *ch = rig.channel[VDMA_S2MM];
    driver_rig_start_capture (&rig);
    for (guint i = 0; i < 60; i++) { /* several frames in each service */
      driver_rig_advance (&rig, RIG_PERIOD * (gint64) (1 + i % stores[n]));
      driver_rig_service (&rig, VDMA_S2MM);
    }
    g_assert_cmpuint (vdma_capture_n_waiting (ch), >, 20);
    driver_rig_capture (&rig, vdma_capture_n_waiting (ch) + 10);
    g_assert_cmpuint (rig.violations, ==, 0);
    driver_rig_close (&rig, 0);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/contract/getters", test_getters);
  g_test_add_func ("/contract/reset", test_reset);
  g_test_add_data_func (
      "/contract/genlock/wired", GINT_TO_POINTER (TRUE), test_genlock_mode);
  g_test_add_data_func ("/contract/genlock/not-wired", GINT_TO_POINTER (FALSE),
      test_genlock_mode);
  g_test_add_func ("/contract/underflow", test_underflow);
  g_test_add_func ("/contract/again", test_again);
  g_test_add_func ("/contract/crop", test_crop);
  for (guint i = 0; i < G_N_ELEMENTS (builds); i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/contract/addresses/%s", builds[i].name);
    g_test_add_data_func (path, &builds[i], test_addresses);
  }
  g_test_add_data_func (
      "/contract/restored/flip", GINT_TO_POINTER (TRUE), test_restored);
  g_test_add_data_func (
      "/contract/restored/flip-off", GINT_TO_POINTER (FALSE), test_restored);
  g_test_add_func ("/contract/display-stuck", test_display_stuck);
  g_test_add_func ("/contract/tie-refused", test_tie_refused);
  g_test_add_func ("/contract/never-taken", test_never_taken);
  return g_test_run ();
}
