/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The simulated core under a program that the input spells: register accesses,
 * lines offered and pulled, injected errors, time. Whatever it says, the core
 * touches memory only in lines of the frame stores that a VSIZE write committed,
 * its pins and frames come and go in order, and its counts add up. */
#include "fuzz.h"

#include <string.h>

#include "core-ports.h"
#include "sim-profiles.h"

#define MACHINE_BASE   0x10000000u
#define MACHINE_MEMORY 0x10000u
#define MACHINE_SETS   4096 /* committed sets that are remembered */
#define MACHINE_END    ((guint64) G_MAXINT64 / 4) /* of time */

/* What a VSIZE write committed for one store. */
typedef struct {
  VdmaDirection dir;
  guint vsize, hsize, stride;
  guint64 address;
} MachineSet;

typedef struct {
  FuzzInput *in;
  VdmaHwDesc desc;
  SimKnobs knobs;
  SimCore *core;
  GArray *sets; /* MachineSet */
  guint8 *memory;
  guint64 now;
  gboolean pin[VDMA_N_DIRECTIONS];
  gboolean open[VDMA_N_DIRECTIONS]; /* a frame, by the frame callback */
} Machine;

/* ---- what may be touched ---- */

/* U19: a flipped frame may lie below its address. */
static gboolean
machine_set_has (const Machine *self, const MachineSet *set, VdmaDirection dir,
    guint64 address, gsize size)
{
  guint64 mask = vdma_hw_desc_get_phys_limit (&self->desc);
  gboolean below = self->desc.vert_flip && self->knobs.flip_mirrors_base;

  if (set->dir != dir)
    return FALSE;
  for (guint line = 0; line < set->vsize; line++) {
    guint64 step = (guint64) line * set->stride;
    if (((address - set->address - step) & mask) + size <= set->hsize)
      return TRUE;
    if (below && ((address - set->address + step) & mask) + size <= set->hsize)
      return TRUE;
  }
  return FALSE;
}

static void
machine_check_access (
    Machine *self, VdmaDirection dir, guint64 address, gsize size)
{
  g_assert_cmpuint (size, >, 0);
  g_assert_cmpuint (address, <=, vdma_hw_desc_get_phys_limit (&self->desc));
  for (guint i = self->sets->len; i-- > 0;) {
    const MachineSet *set = &g_array_index (self->sets, MachineSet, i);
    if (machine_set_has (self, set, dir, address, size))
      return;
  }
  g_error ("%s touched %" G_GSIZE_FORMAT " bytes at 0x%" G_GINT64_MODIFIER
           "x, which no commit named",
      vdma_direction_to_string (dir), size, address);
}

/* Called right after a VSIZE write: the registers are what it committed. */
static void
machine_remember (Machine *self, VdmaDirection dir)
{
  guint params = core_ports[dir].params;
  MachineSet set = {
    .dir = dir,
    .vsize = sim_core_read (self->core, params + VDMA_VSIZE),
    .hsize = sim_core_read (self->core, params + VDMA_HSIZE),
    .stride = sim_core_read (self->core, params + VDMA_FRMDLY_STRIDE)
              & VDMA_STRIDE_MASK,
  };

  if (self->sets->len + self->desc.n_stores > MACHINE_SETS)
    *self->in = (FuzzInput){ NULL, 0 }; /* enough */
  for (guint i = 0; i < self->desc.n_stores; i++) {
    set.address = core_ports_read_address (self->core, &self->desc, dir, i)
                  & vdma_hw_desc_get_phys_limit (&self->desc);
    g_array_append_val (self->sets, set);
  }
}

/* ---- host ---- */

static guint8 *
machine_find (Machine *self, guint64 address, gsize size)
{
  if (address < MACHINE_BASE || address - MACHINE_BASE > MACHINE_MEMORY
      || size > MACHINE_MEMORY - (address - MACHINE_BASE))
    return NULL;
  return self->memory + (address - MACHINE_BASE);
}

static SimResponse
machine_mem_write (
    gpointer host, guint64 address, const guint8 *data, gsize size)
{
  Machine *self = host;
  guint8 *memory = machine_find (self, address, size);

  machine_check_access (self, VDMA_S2MM, address, size);
  if (!memory)
    return address & 0x100 ? SIM_SLVERR : SIM_DECERR;
  memcpy (memory, data, size);
  return SIM_OKAY;
}

static SimResponse
machine_mem_read (gpointer host, guint64 address, guint8 *data, gsize size)
{
  Machine *self = host;
  const guint8 *memory = machine_find (self, address, size);

  machine_check_access (self, VDMA_MM2S, address, size);
  if (!memory)
    return address & 0x100 ? SIM_SLVERR : SIM_DECERR;
  memcpy (data, memory, size);
  return SIM_OKAY;
}

static void
machine_irq (gpointer host, VdmaDirection dir, gboolean level)
{
  Machine *self = host;
  g_assert_cmpint (self->pin[dir], !=, level);
  self->pin[dir] = level;
}

static void
machine_undefined_use (gpointer host, VdmaDirection dir, const gchar *text)
{
  g_assert_cmpint (text[0], !=, '\0');
  g_assert_true (g_utf8_validate (text, -1, NULL));
}

static void
machine_frame (gpointer host, VdmaDirection dir, guint store, guint64 address,
    gboolean begin)
{
  Machine *self = host;
  g_assert_cmpint (self->open[dir], !=, begin);
  g_assert_cmpuint (store, <, self->desc.n_stores);
  self->open[dir] = begin;
}

static const SimHost machine_host = {
  .mem_write = machine_mem_write,
  .mem_read = machine_mem_read,
  .irq = machine_irq,
  .undefined_use = machine_undefined_use,
  .frame = machine_frame,
};

/* ---- the program ---- */

static VdmaDirection
machine_direction (Machine *self)
{
  return fuzz_flag (self->in) ? VDMA_S2MM : VDMA_MM2S;
}

static void
machine_write (Machine *self, guint offset, guint32 value)
{
  sim_core_write (self->core, offset, value);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    if (offset == core_ports[dir].params + VDMA_VSIZE)
      machine_remember (self, (VdmaDirection) dir);
  }
}

static void
op_write (Machine *self)
{
  guint offset = 4 * fuzz_u8 (self->in);
  machine_write (self, offset, fuzz_u32 (self->in));
}

static void
op_write_odd (Machine *self)
{
  guint offset = fuzz_u16 (self->in);
  machine_write (self, offset, fuzz_u32 (self->in));
}

static void
op_read (Machine *self)
{
  sim_core_read (self->core, fuzz_u16 (self->in));
}

/* As a driver would: sizes and addresses that fit, run, commit. */
static void
op_start (Machine *self)
{
  VdmaDirection dir = machine_direction (self);
  guint base = core_ports[dir].base, params = core_ports[dir].params;
  guint step = self->desc.addr_width > 32 ? 8 : 4;
  guint size = fuzz_u8 (self->in);
  guint32 cr = fuzz_u32 (self->in);

  for (guint i = 0; i < MIN (self->desc.n_stores, VDMA_START_WORDS); i++)
    machine_write (self, params + VDMA_START_ADDRESS + step * i,
        MACHINE_BASE + 0x400 * ((i + size) % 64));
  machine_write (self, params + VDMA_FRMDLY_STRIDE, 8 * (1 + size / 16));
  machine_write (self, params + VDMA_HSIZE, 8 * (1 + size % 16));
  machine_write (self, base + VDMA_CR, VDMA_CR_RS | (cr & ~VDMA_CR_RESET));
  machine_write (self, params + VDMA_VSIZE, 1 + size % 5);
}

static void
op_vsize (Machine *self)
{
  VdmaDirection dir = machine_direction (self);
  machine_write (self, core_ports[dir].params, fuzz_below (self->in, 8));
}

static void
op_acknowledge (Machine *self)
{
  VdmaDirection dir = machine_direction (self);
  guint sr = core_ports[dir].base + VDMA_SR;
  machine_write (self, sr, sim_core_read (self->core, sr));
}

static void
op_reset (Machine *self)
{
  VdmaDirection dir = machine_direction (self);
  guint cr = core_ports[dir].base + VDMA_CR;
  machine_write (self, cr, VDMA_CR_RESET);
  sim_core_read (self->core, cr);
}

/* A copy of the exact size, so that reading on behind it is seen. */
static void
machine_offer (Machine *self, gsize size, guint flags)
{
  g_autofree guint8 *data = g_malloc0 (size);
  SimLine line = {
    .data = data,
    .size = size,
    .sof = (flags & 1) != 0,
    .eol = (flags & 2) != 0,
  };
  gboolean ready = sim_core_s2mm_ready (self->core);

  g_assert_cmpint (sim_core_s2mm_offer (self->core, &line), ==, ready);
}

static void
op_offer (Machine *self)
{
  gsize size = fuzz_u16 (self->in);
  machine_offer (self, size, fuzz_u8 (self->in));
}

/* A frame of a source that knows the channel's size, or nearly. */
static void
op_offer_frame (Machine *self)
{
  gint8 lines = (gint8) fuzz_u8 (self->in);
  gint8 bytes = (gint8) fuzz_u8 (self->in);
  SimCoreLive live;

  sim_core_get_live (self->core, VDMA_S2MM, &live);
  gint n_lines = MIN ((gint) live.next_vsize, 16) + lines % 3;
  for (gint i = 0; i < n_lines; i++)
    machine_offer (
        self, (gsize) MAX ((gint) live.next_hsize + bytes, 0), i == 0 ? 3 : 2);
}

static void
op_pull (Machine *self)
{
  g_autofree guint8 *data = g_malloc (VDMA_MAX_HSIZE);

  for (guint n = 1 + fuzz_below (self->in, 16); n > 0; n--) {
    SimLine line = { .data = data };
    if (!sim_core_mm2s_pull (self->core, &line))
      return;
    g_assert_cmpuint (line.size, >, 0);
    g_assert_cmpuint (line.size, <=, VDMA_MAX_HSIZE);
    g_assert_true (line.eol);
  }
}

static void
op_inject (Machine *self)
{
  VdmaDirection dir = machine_direction (self);
  sim_core_inject (self->core, dir, fuzz_u32 (self->in));
}

static void
op_fsync (Machine *self)
{
  sim_core_fsync (self->core, machine_direction (self));
}

static void
op_clock (Machine *self)
{
  VdmaDirection dir = machine_direction (self);
  sim_core_set_stream_clock (self->core, dir, fuzz_flag (self->in));
}

/* Up to a lifetime: beyond it only a timer's end could lie outside of time. */
static void
op_time (Machine *self)
{
  guint64 step = fuzz_u32 (self->in);
  self->now = MIN (self->now + (step << step % 32), MACHINE_END);
  sim_core_advance (self->core, self->now);
}

static void
op_next_event (Machine *self)
{
  guint64 next = sim_core_next_event (self->core);

  g_assert_cmpuint (next, >=, self->now);
  if (next != G_MAXUINT64)
    sim_core_advance (self->core, self->now = next);
}

static void
op_hard_reset (Machine *self)
{
  sim_core_hard_reset (self->core);
}

static void (*const machine_ops[]) (Machine *) = {
  op_write,
  op_write_odd,
  op_read,
  op_start,
  op_vsize,
  op_acknowledge,
  op_reset,
  op_offer,
  op_offer_frame,
  op_pull,
  op_inject,
  op_fsync,
  op_clock,
  op_time,
  op_next_event,
  op_hard_reset,
};

/* ---- judgement ---- */

static void
machine_check_channel (Machine *self, VdmaDirection dir)
{
  const SimCoreTruth *truth = sim_core_get_truth (self->core, dir);
  guint base = core_ports[dir].base;
  guint64 stored = 0;
  SimCoreLive live;

  sim_core_get_live (self->core, dir, &live);
  for (guint i = 0; i < VDMA_MAX_STORES; i++)
    stored += truth->store_done[i];
  g_assert_cmpuint (truth->frames_done, ==, stored);
  g_assert_cmpuint (truth->frames_started, ==,
      truth->frames_done + truth->frames_short + live.in_frame);
  g_assert_cmpint (self->open[dir], ==, live.in_frame);
  g_assert_cmpuint (live.store, <, self->desc.n_stores);
  g_assert_true (!live.in_frame || live.line < live.vsize);

  sim_core_read (self->core, base + VDMA_CR); /* may end a reset */
  guint32 cr = sim_core_read (self->core, base + VDMA_CR);
  guint32 sr = sim_core_read (self->core, base + VDMA_SR);
  g_assert_cmpint (self->pin[dir], ==, (sr & cr & VDMA_SR_IRQS) != 0);
  if ((sr & VDMA_SR_BUS_ERRORS) && !(cr & VDMA_CR_RESET))
    g_assert_false (live.in_frame);
}

/* ---- the core ---- */

static void
machine_choose_knobs (FuzzInput *in, SimKnobs *knobs)
{
  guint32 bits = fuzz_u32 (in);

  sim_knobs_init (knobs);
  knobs->irq_phase = (SimIrqPhase) (bits & 1);
  knobs->frmstore_phase = (SimFrmstorePhase) (bits >> 1 & 1);
  knobs->park_latency = 1 + (bits >> 2 & 1);
  knobs->park_exit_restarts = bits >> 3 & 1;
  knobs->pre_start_ready = bits >> 4 & 1;
  knobs->resync = (SimResync) (bits >> 5 & 1);
  knobs->err_irq_freezes = bits >> 6 & 1;
  knobs->frame_count_keeps = bits >> 7 & 1;
  knobs->first_sof_counts = bits >> 8 & 1;
  knobs->reset_keeps_park = bits >> 9 & 1;
  knobs->reset_keeps_flip = bits >> 10 & 1;
  knobs->commit_latency = bits >> 11 & 1;
  knobs->restart_continues = bits >> 12 & 1;
  knobs->mask_hides_errors = bits >> 13 & 1;
  knobs->status_swapped = bits >> 14 & 1;
  knobs->stall_on_misuse = bits >> 15 & 1;
  knobs->flip_mirrors_base = bits >> 16 & 1;
  knobs->genlock_waits = bits >> 17 & 1;
  knobs->dly_start = (SimDlyStart) (bits >> 18 & 1);
  knobs->reset_ns = bits >> 19 & 1 ? 50000 : bits >> 20 & 1 ? G_MAXUINT64 : 0;
  if (bits >> 21 & 1)
    knobs->dly_clk_hz = fuzz_u32 (in);
  if (bits >> 22 & 1)
    knobs->repeat_errors = fuzz_u32 (in);
  if (bits >> 23 & 1)
    knobs->cr_reset =
        VDMA_CR_RESET_VALUE | (fuzz_u8 (in) & VDMA_CR_UNCERTAIN_BITS);
}

/* A profile with a few things changed; what no core has, the profile remains. */
static void
machine_choose_build (FuzzInput *in, VdmaHwDesc *desc)
{
  const gchar *const *names = sim_profile_get_names ();
  VdmaHwDesc other;

  g_assert_true (sim_profile_init (
      names[fuzz_below (in, g_strv_length ((gchar **) names))], desc));
  guint bits = fuzz_u16 (in);
  if (!(bits & 1))
    return;
  other = *desc;
  other.n_stores = 1 + (bits >> 1 & 31);
  other.addr_width = bits >> 6 & 1 ? 64 : 32;
  other.vert_flip = bits >> 7 & 1;
  other.status_regs = bits >> 8 & 1;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    VdmaHwChannel *channel = &other.channel[dir];
    channel->dre = bits >> 9 & 1;
    channel->frmstore_reg = bits >> 10 & 1;
    channel->threshold_reg = bits >> 11 & 1;
    channel->fsync = (VdmaFsync) ((bits >> 12 & 3) % 3);
    channel->frame_counter = channel->delay_counter = !(bits >> 14 & 1);
  }
  if (vdma_hw_desc_validate (&other, NULL))
    *desc = other;
}

void
fuzz_target_run (FuzzInput *in)
{
  Machine self = {
    .in = in,
    .sets = g_array_new (FALSE, FALSE, sizeof (MachineSet)),
    .memory = g_malloc0 (MACHINE_MEMORY),
  };

  machine_choose_build (in, &self.desc);
  machine_choose_knobs (in, &self.knobs);
  self.core = sim_core_new (&self.desc, &self.knobs, &machine_host, &self);
  while (!fuzz_is_empty (in)) {
    machine_ops[fuzz_below (in, G_N_ELEMENTS (machine_ops))](&self);
    for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
      if (self.desc.channel[dir].present)
        machine_check_channel (&self, (VdmaDirection) dir);
    }
  }
  sim_core_free (self.core);
  g_array_unref (self.sets);
  g_free (self.memory);
}
