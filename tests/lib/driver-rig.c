/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "driver-rig.h"

#include <string.h>

#include "vdma-log.h"
#include "vdma-util.h"

#define RIG_BASE  G_GUINT64_CONSTANT (0x10000000)
#define RIG_PITCH G_GUINT64_CONSTANT (0x1000)

/* ---- memory ---- */

static RigFrame *
rig_find (DriverRig *rig, guint64 address)
{
  guint64 base = rig->frame[0].phys;
  if (address < base || address >= base + RIG_FRAMES * RIG_PITCH)
    return NULL;
  return &rig->frame[(address - base) / RIG_PITCH];
}

static guint8 *
rig_access (DriverRig *rig, guint64 address, gsize size, gboolean writes)
{
  RigFrame *frame = rig_find (rig, address);
  if (!frame || address - frame->phys + size > sizeof frame->data)
    return NULL;
  if (frame->owner != RIG_DEVICE && (writes || frame->owner != RIG_SHARED))
    rig->violations++;
  return frame->data + (address - frame->phys);
}

static SimResponse
rig_respond (DriverRig *rig)
{
  if (rig->fail_writes == 0)
    return SIM_OKAY;
  rig->fail_writes--;
  return rig->fail_with;
}

static SimResponse
rig_mem_write (gpointer host, guint64 address, const guint8 *data, gsize size)
{
  DriverRig *rig = host;
  SimResponse response = rig_respond (rig);
  guint8 *memory = rig_access (rig, address, size, TRUE);
  if (response != SIM_OKAY)
    return response;
  if (!memory)
    return SIM_DECERR;
  memcpy (memory, data, size);
  return SIM_OKAY;
}

static SimResponse
rig_mem_read (gpointer host, guint64 address, guint8 *data, gsize size)
{
  DriverRig *rig = host;
  SimResponse response = rig_respond (rig);
  guint8 *memory = rig_access (rig, address, size, FALSE);
  if (response != SIM_OKAY)
    return response;
  if (!memory)
    return SIM_DECERR;
  memcpy (data, memory, size);
  return SIM_OKAY;
}

static void
rig_undefined_use (gpointer host, VdmaDirection dir, const gchar *text)
{
  DriverRig *rig = host;
  g_test_message ("undefined use: %s", text);
  rig->undefined++;
}

/* ---- interrupts ---- */

static void
rig_irq (gpointer host, VdmaDirection dir, gboolean level)
{
  DriverRig *rig = host;
  if (rig->wires)
    rig->wires->set (rig->wires_data, dir, level);
  if (rig->line[dir])
    driver_rig_line_set (rig, dir, level);
}

/* ---- registers ---- */

static DriverRig *
rig_regs_rig (VdmaRegs *regs)
{
  return ((RigRegs *) regs)->rig;
}

/* With --verbose a test tells each access: a trace to think about. */
static void
rig_trace (DriverRig *rig, gchar kind, guint offset, guint32 value)
{
  if (g_test_verbose ())
    g_test_message ("%9.3f ms  camera %u.%u  %c%02x %08x",
        (gdouble) rig->now / VDMA_NSEC_PER_MSEC, (guint) rig->camera_frame,
        rig->camera_line, kind, offset, value);
}

static void
rig_stall (DriverRig *rig)
{
  if (rig->stall_in == 0 || --rig->stall_in > 0)
    return;
  if (g_test_verbose ())
    g_test_message ("stall of %.3f ms, bits 0x%x",
        (gdouble) rig->stall_ns / VDMA_NSEC_PER_MSEC, rig->stall_bits);
  driver_rig_advance (rig, rig->stall_ns / 2);
  if (rig->stall_bits)
    sim_core_inject (rig->core, rig->stall_dir, rig->stall_bits);
  driver_rig_advance (rig, rig->stall_ns - rig->stall_ns / 2);
}

static void
rig_access_begins (DriverRig *rig, guint offset, gboolean writes)
{
  if (rig->on_access)
    rig->on_access (rig, offset, writes);
  rig_stall (rig);
}

static guint32
rig_regs_read (VdmaRegs *regs, guint offset)
{
  DriverRig *rig = rig_regs_rig (regs);
  rig_access_begins (rig, offset, FALSE);
  guint32 value = sim_core_read (rig->core, offset);
  if (offset == VDMA_VERSION && rig->fake_version)
    value = rig->fake_version;
  rig_trace (rig, 'R', offset, value);
  return value;
}

static void
rig_regs_write (VdmaRegs *regs, guint offset, guint32 value)
{
  DriverRig *rig = rig_regs_rig (regs);
  rig_access_begins (rig, offset, TRUE);
  rig_trace (rig, 'W', offset, value);
  sim_core_write (rig->core, offset, value);
}

static void
rig_regs_close (VdmaRegs *regs)
{
  rig_regs_rig (regs)->regs = NULL;
  g_free (regs);
}

static const VdmaRegsImpl rig_regs_impl = {
  .name = "rig",
  .read32 = rig_regs_read,
  .write32 = rig_regs_write,
  .close = rig_regs_close,
};

/* ---- camera ---- */

static void
rig_camera_begin (DriverRig *rig)
{
  rig->camera_lines = rig->source.lines;
  rig->camera_bytes = rig->source.bytes;
}

static void
rig_camera_step (DriverRig *rig)
{
  guint8 data[4 * RIG_STRIDE];
  gint64 line_time;

  if (rig->camera_line == 0)
    rig_camera_begin (rig);
  line_time = rig->camera_active / MAX (rig->camera_lines, RIG_VSIZE);
  if (!rig->source.silent || rig->camera_line > 0) {
    driver_rig_fill_line (
        data, rig->camera_bytes, (guint32) rig->camera_frame, rig->camera_line);
    sim_core_s2mm_offer (rig->core, &(SimLine){ .data = data,
                                        .size = rig->camera_bytes,
                                        .sof = rig->camera_line == 0,
                                        .eol = TRUE });
  }
  rig->camera_next += line_time;
  if (++rig->camera_line < rig->camera_lines)
    return;
  rig->camera_next +=
      rig->camera_period - line_time * (gint64) rig->camera_lines;
  rig->camera_line = 0;
  rig->camera_frame++;
}

/* ---- display ---- */

static void
rig_display_step (DriverRig *rig)
{
  guint8 data[VDMA_MAX_HSIZE];
  gint64 line_time = rig->display_active / RIG_VSIZE;
  SimLine line = { .data = data };

  if (!sim_core_mm2s_pull (rig->core, &line)) {
    rig->display_line = 0;
    rig->display_next += RIG_PERIOD;
    return;
  }
  if (line.sof)
    rig->display_line = 0;
  guint32 number = driver_rig_line_number (data);
  if (rig->display_line == 0)
    rig->display_number = number;
  else if (number != rig->display_number)
    rig->torn++;
  rig->display_next += line_time;
  if (++rig->display_line < RIG_VSIZE)
    return;
  g_array_append_val (rig->displayed, rig->display_number);
  if (rig->camera_frame > rig->display_number)
    rig->display_lag =
        MAX (rig->display_lag, rig->camera_frame - rig->display_number);
  rig->display_next += RIG_PERIOD - line_time * RIG_VSIZE;
  rig->display_line = 0;
}

/* ---- time ---- */

static gint64
rig_next_event (DriverRig *rig)
{
  guint64 timer = sim_core_next_event (rig->core);
  gint64 next = MIN (rig->camera_next, rig->display_next);
  if (rig->fire_at > 0)
    next = MIN (next, rig->fire_at);
  return timer < (guint64) next ? (gint64) timer : next;
}

/* One event at most, not behind @limit. */
static void
rig_step (DriverRig *rig, gint64 limit)
{
  gint64 next = rig_next_event (rig);

  rig->n_steps++;
  g_assert_cmpuint (rig->n_steps, <, 20000000); /* a test that never ends */
  if (next > limit) {
    rig->now = MAX (rig->now, limit);
    sim_core_advance (rig->core, (guint64) rig->now);
    if (rig->wires)
      rig->wires->advance (rig->wires_data, rig->now);
    return;
  }
  rig->now = MAX (rig->now, next);
  sim_core_advance (rig->core, (guint64) rig->now);
  if (rig->fire_at > 0 && rig->fire_at <= rig->now) {
    rig->fire_at = 0;
    driver_rig_fire (rig, VDMA_MM2S);
  } else if (rig->camera_next <= rig->now)
    rig_camera_step (rig);
  else if (rig->display_next <= rig->now)
    rig_display_step (rig);
  if (rig->wires)
    rig->wires->advance (rig->wires_data, rig->now);
}

void
driver_rig_advance (DriverRig *rig, gint64 ns)
{
  gint64 end = rig->now + ns;
  while (rig->now < end || rig_next_event (rig) <= end)
    rig_step (rig, end);
}

static gint64
rig_time_now (VdmaTime *time)
{
  return ((RigTime *) time)->rig->now;
}

static gint
rig_time_wait (VdmaTime *time, GPollFD *fds, guint n_fds, gint64 deadline)
{
  DriverRig *rig = ((RigTime *) time)->rig;
  for (gboolean blocked = FALSE;; blocked = TRUE) {
    gint ready = n_fds > 0 ? g_poll (fds, n_fds, 0) : 0;
    if (ready > 0 && blocked && rig->oversleep > 0) {
      driver_rig_advance (rig, rig->oversleep);
      rig->oversleep = 0;
    }
    if (ready != 0 || rig->now >= deadline)
      return ready;
    rig_step (rig, deadline);
  }
}

static const VdmaTimeImpl rig_time_impl = {
  .name = "rig",
  .now = rig_time_now,
  .wait = rig_time_wait,
};

/* ---- life ---- */

static gboolean
rig_log_is_enabled (VdmaLogTopic topic, VdmaLogLevel level)
{
  return g_test_verbose ();
}

static void
rig_log_write (VdmaLogTopic topic, VdmaLogLevel level, const gchar *file,
    const gchar *function, gint line, const gchar *message)
{
  g_test_message ("%s: %s", function, message);
}

static const VdmaLogSink rig_log = {
  .is_enabled = rig_log_is_enabled,
  .write = rig_log_write,
};

void
driver_rig_init (DriverRig *rig)
{
  vdma_log_set_sink (&rig_log);
  memset (rig, 0, sizeof *rig);
  vdma_hw_desc_init (&rig->desc);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    rig->desc.channel[dir].dre = TRUE;
    rig->desc.channel[dir].stream_width = 8;
  }
  g_strlcpy (rig->desc.name, "rig", sizeof rig->desc.name);
  sim_knobs_init (&rig->knobs);
  rig->n_frames = RIG_FRAMES;
  rig->source = (RigSource){ .lines = RIG_VSIZE, .bytes = RIG_HSIZE };
  rig->camera_period = RIG_PERIOD;
  rig->camera_active = RIG_PERIOD * 3 / 4;
  rig->display_active = RIG_PERIOD * 3 / 4;
  rig->camera_next = RIG_PERIOD / 3;
  rig->display_next = RIG_PERIOD / 5;
  rig->displayed = g_array_new (FALSE, FALSE, sizeof (guint32));
}

void
driver_rig_power (DriverRig *rig)
{
  static const SimHost host = {
    .mem_write = rig_mem_write,
    .mem_read = rig_mem_read,
    .irq = rig_irq,
    .undefined_use = rig_undefined_use,
  };
  guint64 base = rig->desc.addr_width > 32 ? RIG_BASE << 8 : RIG_BASE;

  for (guint i = 0; i < RIG_FRAMES; i++) {
    rig->frame[i].rig = rig;
    rig->frame[i].phys = base + i * RIG_PITCH;
  }
  rig->core = sim_core_new (&rig->desc, &rig->knobs, &host, rig);
  rig->time.base.impl = &rig_time_impl;
  rig->time.rig = rig;
}

VdmaDevice *
driver_rig_open_device (DriverRig *rig, GError **error)
{
  VdmaIrq *irqs[VDMA_N_DIRECTIONS] = { NULL };

  rig->regs = g_new0 (RigRegs, 1);
  rig->regs->base.impl = &rig_regs_impl;
  rig->regs->base.span = VDMA_REG_DECODED;
  rig->regs->rig = rig;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    if (rig->desc.channel[dir].present)
      irqs[dir] = rig->wires ? rig->wires->open (rig->wires_data, dir)
                             : driver_rig_line_new (rig, dir);
  }
  return vdma_device_open (
      &rig->desc, &rig->regs->base, irqs, &rig->time.base, error);
}

VdmaMode
driver_rig_mode (DriverRig *rig)
{
  return (VdmaMode){
    .hsize = RIG_HSIZE,
    .vsize = RIG_VSIZE,
    .stride = RIG_STRIDE,
    .period = RIG_PERIOD,
  };
}

void
driver_rig_open (DriverRig *rig)
{
  g_autoptr (GError) error = NULL;
  VdmaMode mode = driver_rig_mode (rig);

  driver_rig_power (rig);
  rig->device = driver_rig_open_device (rig, &error);
  g_assert_no_error (error);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    if (!rig->desc.channel[dir].present)
      continue;
    rig->channel[dir] = vdma_device_claim (rig->device, dir, "test", &error);
    g_assert_no_error (error);
    rig->claimed[dir] = TRUE;
    vdma_channel_set_frame_ops (rig->channel[dir], &driver_rig_ops, rig);
    driver_rig_set_mode (rig, dir, &mode);
  }
}

void
driver_rig_close (DriverRig *rig, guint leaked)
{
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    driver_rig_release (rig, dir);
    g_assert_true (rig->judged[dir] || !rig->claimed[dir]);
  }
  vdma_device_unref (rig->device);
  g_assert_cmpuint (driver_rig_count (rig, RIG_DEVICE), ==, leaked);
  g_assert_cmpuint (rig->undefined, ==, 0);
  sim_core_free (rig->core);
  g_array_unref (rig->displayed);
  vdma_log_set_sink (NULL);
}
