/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random use of the simulated core: whatever is written, offered, pulled and
 * injected, in every profile and with random knobs, the core keeps within what
 * was committed and its registers agree with its pins and counts. The seeds are
 * fixed, so a failure comes back. */
#include <string.h>

#include "core-ports.h"
#include "sim-profiles.h"

#define RANDOM_OPS   25000
#define RANDOM_SEEDS 10
#define RANDOM_BASE  0x10000000u

/* What a VSIZE write committed for one store. */
typedef struct {
  guint32 direction, vsize, hsize, stride;
  guint64 address;
} RandomSet;

typedef struct {
  GRand *rand;
  SimCore *core;
  VdmaHwDesc desc;
  GHashTable *sets; /* RandomSet: everything that was ever committed */
  guint64 now;
  gboolean pin[VDMA_N_DIRECTIONS];
  gboolean open[VDMA_N_DIRECTIONS]; /* by the frame callback */
  guint n_accesses;                 /* in the call at work */
  guint64 address;
  gsize size;
} Random;

/* ---- host ---- */

static SimResponse
random_access (Random *self, guint64 address, gsize size)
{
  self->n_accesses++;
  self->address = address;
  self->size = size;
  switch (g_rand_int_range (self->rand, 0, 400)) {
    case 0:
      return SIM_SLVERR;
    case 1:
      return SIM_DECERR;
    default:
      return SIM_OKAY;
  }
}

static SimResponse
random_write (gpointer host, guint64 address, const guint8 *data, gsize size)
{
  return random_access ((Random *) host, address, size);
}

static SimResponse
random_read (gpointer host, guint64 address, guint8 *data, gsize size)
{
  memset (data, 0, size);
  return random_access ((Random *) host, address, size);
}

static void
random_irq (gpointer host, VdmaDirection dir, gboolean level)
{
  Random *self = (Random *) host;
  g_assert_cmpint (self->pin[dir], !=, level);
  self->pin[dir] = level;
}

static void
random_frame (gpointer host, VdmaDirection dir, guint store, guint64 address,
    gboolean begin)
{
  Random *self = (Random *) host;
  g_assert_cmpint (self->open[dir], !=, begin);
  g_assert_cmpuint (store, <, self->desc.n_stores);
  self->open[dir] = begin;
}

static const SimHost random_host = {
  .mem_write = random_write,
  .mem_read = random_read,
  .irq = random_irq,
  .frame = random_frame,
};

/* ---- what was committed ---- */

static guint
random_set_hash (gconstpointer key)
{
  const RandomSet *set = (const RandomSet *) key;
  return set->direction ^ set->vsize * 31 ^ set->hsize * 131
         ^ set->stride * 8191 ^ (guint) set->address
         ^ (guint) (set->address >> 32);
}

static gboolean
random_set_equal (gconstpointer a, gconstpointer b)
{
  const RandomSet *x = (const RandomSet *) a, *y = (const RandomSet *) b;
  return x->direction == y->direction && x->vsize == y->vsize
         && x->hsize == y->hsize && x->stride == y->stride
         && x->address == y->address;
}

static void
random_remember (Random *self, VdmaDirection dir)
{
  guint params = core_ports[dir].params;
  for (guint i = 0; i < self->desc.n_stores; i++) {
    RandomSet *set = g_new (RandomSet, 1);
    *set = (RandomSet){
      .direction = dir,
      .vsize = sim_core_read (self->core, params + VDMA_VSIZE),
      .hsize = sim_core_read (self->core, params + VDMA_HSIZE),
      .stride = sim_core_read (self->core, params + VDMA_FRMDLY_STRIDE)
                & VDMA_STRIDE_MASK,
      .address = core_ports_read_address (self->core, &self->desc, dir, i),
    };
    g_hash_table_add (self->sets, set);
  }
}

/* ---- invariants ---- */

static void
check_frame (Random *self, VdmaDirection dir)
{
  const SimCoreTruth *truth = sim_core_get_truth (self->core, dir);
  SimCoreLive live;

  sim_core_get_live (self->core, dir, &live);
  g_assert_cmpuint (truth->frames_started, ==,
      truth->frames_done + truth->frames_short + live.in_frame);
  g_assert_cmpint (self->open[dir], ==, live.in_frame);
  g_assert_cmpuint (live.store, <, self->desc.n_stores);
  if (!live.in_frame)
    return;
  RandomSet set = { dir, live.vsize, live.hsize, live.stride, live.address };
  g_assert_true (g_hash_table_contains (self->sets, &set));
  g_assert_true (live.running);
  g_assert_cmpuint (live.line, <, live.vsize);
}

/* Every access lies in the frame that was live; the live values outlast it. */
static void
check_access (Random *self, VdmaDirection dir)
{
  SimCoreLive live;

  if (self->n_accesses == 0)
    return;
  sim_core_get_live (self->core, dir, &live);
  guint64 mask = vdma_hw_desc_get_phys_limit (&self->desc);
  guint64 offset = (self->address - live.address) & mask;
  g_assert_cmpuint (self->n_accesses, ==, 1);
  g_assert_cmpuint (self->size, >, 0);
  g_assert_cmpuint (offset + self->size, <=,
      (guint64) (live.vsize - 1) * live.stride + live.hsize);
}

static void
check_registers (Random *self, VdmaDirection dir)
{
  guint base = core_ports[dir].base;
  guint32 cr = sim_core_read (self->core, base + VDMA_CR);
  if (cr & VDMA_CR_RESET) /* this look may have ended it */
    cr = sim_core_read (self->core, base + VDMA_CR);
  guint32 sr = sim_core_read (self->core, base + VDMA_SR);

  g_assert_cmphex (sr & 0x0000060E, ==, 0);
  g_assert_cmphex (sr & VDMA_SR_IRQ_FRAME_COUNT, !=, 0);
  g_assert_cmphex (cr & VDMA_CR_IRQ_FRAME_COUNT, !=, 0);
  g_assert_cmpint (self->pin[dir], ==, (sr & cr & VDMA_SR_IRQS) != 0);
  if ((sr & VDMA_SR_BUS_ERRORS) && !(cr & VDMA_CR_RESET)) {
    g_assert_cmphex (sr & VDMA_SR_HALTED, ==, VDMA_SR_HALTED);
    g_assert_cmphex (cr & VDMA_CR_RS, ==, 0);
  }
  if (cr & VDMA_CR_RS && !(cr & VDMA_CR_RESET))
    g_assert_cmphex (sr & VDMA_SR_HALTED, ==, 0);
}

static void
check_all (Random *self)
{
  guint32 park = sim_core_read (self->core, VDMA_PARK_PTR);

  g_assert_cmphex (park & 0xE0E0E0E0, ==, 0);
  g_assert_cmpuint (park >> 24, <, self->desc.n_stores);
  g_assert_cmpuint (park >> 16 & 0x1F, <, self->desc.n_stores);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    if (!self->desc.channel[dir].present)
      continue;
    check_frame (self, (VdmaDirection) dir);
    check_registers (self, (VdmaDirection) dir);
  }
}

/* ---- what is done ---- */

static VdmaDirection
random_direction (Random *self)
{
  return g_rand_boolean (self->rand) ? VDMA_S2MM : VDMA_MM2S;
}

static void
op_offer (Random *self)
{
  static guint8 data[VDMA_MAX_HSIZE + 1];
  static const gsize sizes[] = { 0, 4, 8, 16, 16, 16, 16, 24, 65535 };
  SimLine line = {
    .data = data,
    .size = sizes[g_rand_int_range (self->rand, 0, G_N_ELEMENTS (sizes))],
    .sof = g_rand_int_range (self->rand, 0, 5) == 0,
    .eol = g_rand_int_range (self->rand, 0, 12) != 0,
  };
  gboolean ready = sim_core_s2mm_ready (self->core);
  gboolean taken = sim_core_s2mm_offer (self->core, &line);

  g_assert_cmpint (taken, ==, ready);
  if (!taken)
    g_assert_cmpuint (self->n_accesses, ==, 0);
  check_access (self, VDMA_S2MM);
}

static void
op_pull (Random *self)
{
  static guint8 data[VDMA_MAX_HSIZE];
  SimLine line = { .data = data };
  SimCoreLive live;

  if (sim_core_mm2s_pull (self->core, &line)) {
    sim_core_get_live (self->core, VDMA_MM2S, &live);
    g_assert_cmpuint (line.size, ==, live.hsize);
    g_assert_true (line.eol);
  }
  check_access (self, VDMA_MM2S);
}

static void
op_write_anywhere (Random *self)
{
  guint offset = (guint) g_rand_int_range (self->rand, 0, 0x210);
  guint32 value = g_rand_int (self->rand);

  if (g_rand_int_range (self->rand, 0, 8) != 0)
    offset &= ~3u;
  if (g_rand_boolean (self->rand))
    value &= g_rand_int (self->rand) & g_rand_int (self->rand);
  if (offset != VDMA_MM2S_PARAM_BASE && offset != VDMA_S2MM_PARAM_BASE) {
    sim_core_write (self->core, offset, value);
    return;
  }
  sim_core_write (self->core, offset, value % 5);
  random_remember (
      self, offset == VDMA_S2MM_PARAM_BASE ? VDMA_S2MM : VDMA_MM2S);
}

static void
op_read_anywhere (Random *self)
{
  sim_core_read (self->core, (guint) g_rand_int_range (self->rand, 0, 0x210));
}

/* As a driver would: sizes and addresses that fit, then run and commit. */
static void
op_start (Random *self)
{
  VdmaDirection dir = random_direction (self);
  guint base = core_ports[dir].base, params = core_ports[dir].params;
  guint step = self->desc.addr_width > 32 ? 8 : 4;

  for (guint i = 0; i < MIN (self->desc.n_stores, VDMA_START_WORDS); i++)
    sim_core_write (self->core, params + VDMA_START_ADDRESS + step * i,
        RANDOM_BASE + 0x1000 * (guint32) g_rand_int_range (self->rand, 0, 64));
  sim_core_write (self->core, params + VDMA_FRMDLY_STRIDE, 0x01000020);
  sim_core_write (self->core, params + VDMA_HSIZE, 16);
  sim_core_write (self->core, base + VDMA_CR,
      0x00017083 | (g_rand_boolean (self->rand) ? VDMA_CR_GENLOCK_EN : 0)
          | (g_rand_int (self->rand) & VDMA_CR_IRQ_DELAY_COUNT));
  sim_core_write (self->core, params + VDMA_VSIZE,
      (guint32) g_rand_int_range (self->rand, 1, 6));
  random_remember (self, dir);
}

static void
op_recover (Random *self)
{
  guint base = core_ports[random_direction (self)].base;
  guint32 bits = g_rand_boolean (self->rand) ? VDMA_CR_RESET : 0x00010002;

  sim_core_write (self->core, base + VDMA_SR, g_rand_int (self->rand));
  sim_core_write (self->core, base + VDMA_CR, bits);
}

static void
op_time (Random *self)
{
  guint64 next = sim_core_next_event (self->core);

  g_assert_cmpuint (next, >, self->now);
  if (next != G_MAXUINT64 && g_rand_boolean (self->rand))
    self->now = next;
  else
    self->now += g_rand_int_range (self->rand, 0, 100000);
  sim_core_advance (self->core, self->now);
}

static void
op_fault (Random *self)
{
  VdmaDirection dir = random_direction (self);
  guint32 bits = 1u << g_rand_int_range (self->rand, 0, 32);

  switch (g_rand_int_range (self->rand, 0, 4)) {
    case 0:
      sim_core_inject (self->core, dir, bits);
      break;
    case 1:
      sim_core_set_stream_clock (
          self->core, dir, g_rand_int_range (self->rand, 0, 4) != 0);
      break;
    default:
      sim_core_fsync (self->core, dir);
      break;
  }
}

static void
op_hard_reset (Random *self)
{
  sim_core_hard_reset (self->core);
}

static const struct {
  guint weight;
  void (*run) (Random *self);
} random_ops[] = {
  { 40, op_offer },
  { 40, op_pull },
  { 4, op_write_anywhere },
  { 4, op_read_anywhere },
  { 4, op_start },
  { 2, op_recover },
  { 6, op_time },
  { 3, op_fault },
  { 1, op_hard_reset },
};

static void
random_step (Random *self)
{
  guint total = 0, i = 0;

  for (guint k = 0; k < G_N_ELEMENTS (random_ops); k++)
    total += random_ops[k].weight;
  guint pick = (guint) g_rand_int_range (self->rand, 0, (gint) total);
  while (pick >= random_ops[i].weight)
    pick -= random_ops[i++].weight;
  self->n_accesses = 0;
  random_ops[i].run (self);
  check_all (self);
}

/* flip_mirrors_base stays off: it leaves the buffer on purpose. */
static void
random_knobs (GRand *rand, SimKnobs *knobs)
{
  sim_knobs_init (knobs);
  knobs->irq_phase = (SimIrqPhase) g_rand_boolean (rand);
  knobs->frmstore_phase = (SimFrmstorePhase) g_rand_boolean (rand);
  knobs->park_latency = 1 + g_rand_boolean (rand);
  knobs->park_exit_restarts = g_rand_boolean (rand);
  knobs->pre_start_ready = g_rand_boolean (rand);
  knobs->resync = (SimResync) g_rand_boolean (rand);
  knobs->repeat_errors = g_rand_int (rand);
  knobs->err_irq_freezes = g_rand_boolean (rand);
  knobs->frame_count_keeps = g_rand_boolean (rand);
  knobs->first_sof_counts = g_rand_boolean (rand);
  knobs->reset_keeps_park = g_rand_boolean (rand);
  knobs->reset_keeps_flip = g_rand_boolean (rand);
  knobs->commit_latency = g_rand_boolean (rand);
  knobs->restart_continues = g_rand_boolean (rand);
  knobs->mask_hides_errors = g_rand_boolean (rand);
  knobs->stall_on_misuse = g_rand_boolean (rand);
  knobs->genlock_waits = g_rand_boolean (rand);
  knobs->dly_start = (SimDlyStart) g_rand_boolean (rand);
  knobs->reset_ns = g_rand_boolean (rand) ? 0 : 50000;
}

/* Enough must have happened for the invariants to mean something. */
static void
check_activity (Random *self)
{
  const SimCoreTruth *s2mm = sim_core_get_truth (self->core, VDMA_S2MM);
  const SimCoreTruth *mm2s = sim_core_get_truth (self->core, VDMA_MM2S);

  g_assert_cmpuint (s2mm->frames_done, >, 10);
  g_assert_cmpuint (s2mm->irq_edges, >, 10);
  if (self->desc.channel[VDMA_MM2S].present)
    g_assert_cmpuint (mm2s->frames_started, >, 10);
}

static void
test_random (gconstpointer data)
{
  const gchar *profile = (const gchar *) data;

  for (guint32 seed = 1; seed <= RANDOM_SEEDS; seed++) {
    Random self = {
      .rand = g_rand_new_with_seed (seed),
      .sets = g_hash_table_new_full (
          random_set_hash, random_set_equal, g_free, NULL),
    };
    SimKnobs knobs;

    g_assert_true (sim_profile_init (profile, &self.desc));
    if (g_rand_boolean (self.rand))
      self.desc.channel[VDMA_S2MM].fsync =
          (VdmaFsync) g_rand_int_range (self.rand, 0, 3);
    random_knobs (self.rand, &knobs);
    self.core = sim_core_new (&self.desc, &knobs, &random_host, &self);
    for (guint i = 0; i < RANDOM_OPS; i++)
      random_step (&self);
    check_activity (&self);
    sim_core_free (self.core);
    g_hash_table_unref (self.sets);
    g_rand_free (self.rand);
  }
}

int
main (int argc, char **argv)
{
  const gchar *const *names = sim_profile_get_names ();

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; names[i]; i++) {
    g_autofree gchar *path = g_strdup_printf ("/sim/random/%s", names[i]);
    g_test_add_data_func (path, names[i], test_random);
  }
  return g_test_run ();
}
