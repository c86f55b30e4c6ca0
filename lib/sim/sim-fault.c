/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_SIM
#include "sim-fault.h"

#include "sim-random.h"
#include "vdma-log.h"

/* The end of something that lasts. */
typedef struct {
  gint64 time;
  SimFaultKind kind; /* PLUG or CLOCK_START */
  VdmaDirection dir;
} FaultEnd;

typedef struct {
  VdmaDirection dir;
  SimResponse response;
  guint64 from, to;
} FaultRange;

/* What the bus does in the next frame of a channel. */
typedef struct {
  SimResponse response; /* OKAY: nothing */
  guint bad_line;
  guint line; /* of the next access */
} FaultBus;

typedef struct {
  guint64 frames; /* frame times so far */
  FaultBus bus;
  gboolean reset_sticks; /* the next one does not end */
  gint64 reset_duration; /* 0: never ends */
} FaultChannel;

struct SimFaults {
  SimFaultScript *script;
  guint64 seed;
  gint64 start;
  SimFaultHost host;
  gpointer host_data;

  GArray *is_past; /* gboolean per event: a time that has come */
  GArray *ends;    /* FaultEnd */
  GArray *ranges;  /* FaultRange */
  FaultChannel channel[VDMA_N_DIRECTIONS];
  guint64 allocs;
  guint64 failing_allocs; /* still to come */
  guint64 count;
};

SimFaults *
sim_faults_new (SimFaultScript *script, guint64 seed, gint64 start,
    const SimFaultHost *host, gpointer host_data)
{
  SimFaults *self = g_new0 (SimFaults, 1);
  self->script = script;
  self->seed = script->has_seed ? script->seed : seed;
  self->start = start;
  self->host = *host;
  self->host_data = host_data;
  self->is_past = g_array_new (FALSE, TRUE, sizeof (gboolean));
  g_array_set_size (self->is_past, script->events->len);
  self->ends = g_array_new (FALSE, FALSE, sizeof (FaultEnd));
  self->ranges = g_array_new (FALSE, FALSE, sizeof (FaultRange));
  return self;
}

void
sim_faults_free (SimFaults *self)
{
  if (!self)
    return;
  sim_fault_script_free (self->script);
  g_array_unref (self->is_past);
  g_array_unref (self->ends);
  g_array_unref (self->ranges);
  g_free (self);
}

guint64
sim_faults_get_count (const SimFaults *self)
{
  return self ? self->count : 0;
}

static const SimFaultEvent *
faults_event_at (const SimFaults *self, guint index)
{
  return &g_array_index (self->script->events, SimFaultEvent, index);
}

/* ---- actions ---- */

static void
faults_end_later (SimFaults *self, SimFaultKind kind, VdmaDirection dir,
    gint64 duration, gint64 now)
{
  const FaultEnd end = { .time = now + duration, .kind = kind, .dir = dir };
  if (duration > 0)
    g_array_append_val (self->ends, end);
}

static void
faults_bend_frame (const SimFaultEvent *event, SimFramePlan *plan)
{
  gint number = (gint) event->number;
  gboolean is_short = event->kind == SIM_FAULT_SHORT_FRAME
                      || event->kind == SIM_FAULT_SHORT_LINE;
  /* an event that comes between frames has no frame to bend */
  if (!plan)
    return;
  if (event->kind == SIM_FAULT_SHORT_FRAME
      || event->kind == SIM_FAULT_LONG_FRAME) {
    plan->more_lines = is_short ? -number : number;
  } else {
    plan->more_bytes = is_short ? -number : number;
    plan->bad_line = event->bad_line;
  }
}

static void
faults_clear_bus (SimFaults *self, VdmaDirection dir)
{
  self->channel[dir].bus.response = SIM_OKAY;
  for (guint i = self->ranges->len; i > 0; i--) {
    if (g_array_index (self->ranges, FaultRange, i - 1).dir == dir)
      g_array_remove_index_fast (self->ranges, i - 1);
  }
}

/* The last one said of a range is right, and the list ends. */
static void
faults_add_range (SimFaults *self, const FaultRange *range)
{
  for (guint i = 0; i < self->ranges->len; i++) {
    FaultRange *old = &g_array_index (self->ranges, FaultRange, i);
    if (old->dir == range->dir && old->from == range->from
        && old->to == range->to) {
      *old = *range;
      return;
    }
  }
  g_array_append_vals (self->ranges, range, 1);
}

static void
faults_do_irq (SimFaults *self, const SimFaultEvent *event)
{
  static const SimIrqFault faults[] = {
    [SIM_FAULT_IRQ_LOSE] = SIM_IRQ_FAULT_LOSE,
    [SIM_FAULT_IRQ_DELAY] = SIM_IRQ_FAULT_DELAY,
    [SIM_FAULT_IRQ_REPEAT] = SIM_IRQ_FAULT_REPEAT,
    [SIM_FAULT_IRQ_SPURIOUS] = SIM_IRQ_FAULT_SPURIOUS,
  };
  gint64 value = event->kind == SIM_FAULT_IRQ_DELAY ? event->duration
                                                    : (gint64) event->number;
  self->host.irq (self->host_data, event->dir, faults[event->kind], value);
}

static void
faults_do_bus (SimFaults *self, const SimFaultEvent *event)
{
  const FaultRange range = { event->dir, event->response, event->from,
    event->to };
  FaultBus *bus = &self->channel[event->dir].bus;
  if (event->kind == SIM_FAULT_BUS_CLEAR) {
    faults_clear_bus (self, event->dir);
  } else if (event->kind == SIM_FAULT_BUS_RANGE) {
    faults_add_range (self, &range);
  } else {
    bus->response = event->response;
    bus->bad_line = event->bad_line;
  }
}

static void
faults_do (
    SimFaults *self, const SimFaultEvent *event, gint64 now, SimFramePlan *plan)
{
  FaultChannel *channel = &self->channel[event->dir];

  self->count++;
  vdma_log_debug ("fault of line %u: %s", event->line,
      sim_fault_kind_to_string (event->kind));
  switch (event->kind) {
    case SIM_FAULT_INJECT:
      self->host.inject (self->host_data, event->dir, event->bits);
      break;
    case SIM_FAULT_SHORT_FRAME:
    case SIM_FAULT_LONG_FRAME:
    case SIM_FAULT_SHORT_LINE:
    case SIM_FAULT_LONG_LINE:
      faults_bend_frame (event, plan);
      break;
    case SIM_FAULT_MODE:
      self->host.set_mode (self->host_data, &event->mode);
      break;
    case SIM_FAULT_UNPLUG:
      self->host.set_plugged (self->host_data, FALSE);
      faults_end_later (self, SIM_FAULT_PLUG, event->dir, event->duration, now);
      break;
    case SIM_FAULT_PLUG:
      self->host.set_plugged (self->host_data, TRUE);
      break;
    case SIM_FAULT_RESET_STUCK:
      channel->reset_sticks = TRUE;
      channel->reset_duration = event->duration;
      break;
    case SIM_FAULT_CLOCK_STOP:
      self->host.set_clock (self->host_data, event->dir, FALSE);
      faults_end_later (
          self, SIM_FAULT_CLOCK_START, event->dir, event->duration, now);
      break;
    case SIM_FAULT_CLOCK_START:
      self->host.set_clock (self->host_data, event->dir, TRUE);
      break;
    case SIM_FAULT_BUS_ERROR:
    case SIM_FAULT_BUS_RANGE:
    case SIM_FAULT_BUS_CLEAR:
      faults_do_bus (self, event);
      break;
    case SIM_FAULT_ALLOC_FAIL:
      self->failing_allocs = event->number;
      break;
    default:
      faults_do_irq (self, event);
      break;
  }
}

/* ---- frames and allocations ---- */

/* @number: the frame or allocation that comes now */
static gboolean
faults_is_due (const SimFaults *self, const SimFaultEvent *event, guint index,
    guint64 number)
{
  if (number < event->first || number > event->last
      || (number - event->first) % event->step != 0)
    return FALSE;
  if (event->chance == 0)
    return TRUE;
  /* every event has a sequence of its own */
  return sim_random (self->seed + index, number) >> 32 < event->chance;
}

void
sim_faults_frame (
    SimFaults *self, VdmaDirection dir, gint64 now, SimFramePlan *plan)
{
  if (!self)
    return;
  guint64 number = self->channel[dir].frames++;
  for (guint i = 0; i < self->script->events->len; i++) {
    const SimFaultEvent *event = faults_event_at (self, i);
    if (event->when == SIM_WHEN_FRAME && event->dir == dir
        && faults_is_due (self, event, i, number))
      faults_do (self, event, now, plan);
  }
}

gboolean
sim_faults_alloc (SimFaults *self, gint64 now)
{
  if (!self)
    return FALSE;
  guint64 number = ++self->allocs;
  for (guint i = 0; i < self->script->events->len; i++) {
    const SimFaultEvent *event = faults_event_at (self, i);
    if (event->when == SIM_WHEN_ALLOC && faults_is_due (self, event, i, number))
      faults_do (self, event, now, NULL);
  }
  if (self->failing_allocs == 0)
    return FALSE;
  self->failing_allocs--;
  return TRUE;
}

/* ---- time ---- */

static gboolean
faults_is_waiting (const SimFaults *self, guint index)
{
  return faults_event_at (self, index)->when == SIM_WHEN_TIME
         && !g_array_index (self->is_past, gboolean, index);
}

gint64
sim_faults_next_event (const SimFaults *self)
{
  gint64 next = G_MAXINT64;
  if (!self)
    return next;
  for (guint i = 0; i < self->script->events->len; i++) {
    if (faults_is_waiting (self, i))
      next = MIN (next, self->start + faults_event_at (self, i)->time);
  }
  for (guint i = 0; i < self->ends->len; i++)
    next = MIN (next, g_array_index (self->ends, FaultEnd, i).time);
  return next;
}

void
sim_faults_run (SimFaults *self, gint64 now)
{
  for (guint i = self->ends->len; i > 0; i--) {
    const FaultEnd end = g_array_index (self->ends, FaultEnd, i - 1);
    if (end.time > now)
      continue;
    g_array_remove_index_fast (self->ends, i - 1);
    if (end.kind == SIM_FAULT_PLUG)
      self->host.set_plugged (self->host_data, TRUE);
    else
      self->host.set_clock (self->host_data, end.dir, TRUE);
  }
  for (guint i = 0; i < self->script->events->len; i++) {
    const SimFaultEvent *event = faults_event_at (self, i);
    if (!faults_is_waiting (self, i) || self->start + event->time > now)
      continue;
    g_array_index (self->is_past, gboolean, i) = TRUE;
    faults_do (self, event, now, NULL);
  }
}

/* ---- the bus, and resets ---- */

void
sim_faults_store_begins (SimFaults *self, VdmaDirection dir)
{
  if (self)
    self->channel[dir].bus.line = 0;
}

SimResponse
sim_faults_access (
    SimFaults *self, VdmaDirection dir, guint64 address, gsize size)
{
  if (!self)
    return SIM_OKAY;
  FaultBus *bus = &self->channel[dir].bus;
  if (bus->response != SIM_OKAY && bus->line++ == bus->bad_line) {
    SimResponse response = bus->response;
    bus->response = SIM_OKAY;
    return response;
  }
  for (guint i = 0; i < self->ranges->len; i++) {
    const FaultRange *range = &g_array_index (self->ranges, FaultRange, i);
    if (range->dir == dir && address <= range->to
        && (address >= range->from || range->from - address < size))
      return range->response;
  }
  return SIM_OKAY;
}

/* A reset sticks because the stream's clock is gone (hardware.md 2.4). */
void
sim_faults_reset (SimFaults *self, VdmaDirection dir, gint64 now)
{
  if (!self || !self->channel[dir].reset_sticks)
    return;
  self->channel[dir].reset_sticks = FALSE;
  self->host.set_clock (self->host_data, dir, FALSE);
  faults_end_later (
      self, SIM_FAULT_CLOCK_START, dir, self->channel[dir].reset_duration, now);
}
