/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The register file (hardware.md section 1): a table of registers with the
 * access type of every bit, laid out into one slot per word for the core as it
 * was built. */
#include "sim-core-priv.h"
#include "sim-irq.h"

#include "vdma-util.h"

/* ---- what a register may need to be there ---- */

typedef enum {
  NEEDS_NOTHING = 0,
  NEEDS_S2MM = 1 << 0,
  NEEDS_BANKS = 1 << 1,
  NEEDS_FRMSTORE = 1 << 2,
  NEEDS_THRESHOLD = 1 << 3,
  NEEDS_STATUS = 1 << 4,
  NEEDS_FLIP = 1 << 5,
  NEEDS_FRAME_COUNTER = 1 << 6,
  NEEDS_DELAY_COUNTER = 1 << 7,
  NEEDS_FOLLOWER = 1 << 8, /* any genlock mode but plain master */
  NEEDS_FLUSH = 1 << 9,    /* S2MM: flush-on-fsync; MM2S always has it */
} RegNeeds;

static guint32
regs_has (const SimChannel *ch)
{
  const VdmaHwDesc *desc = &ch->core->desc;
  const VdmaHwChannel *build = ch->build;
  gboolean s2mm = ch->dir == VDMA_S2MM;
  guint32 has = 0;

  has |= s2mm ? NEEDS_S2MM : 0;
  has |= desc->n_stores > VDMA_START_WORDS && desc->addr_width <= 32
             ? NEEDS_BANKS
             : 0;
  has |= build->frmstore_reg ? NEEDS_FRMSTORE : 0;
  has |= build->threshold_reg ? NEEDS_THRESHOLD : 0;
  has |= desc->status_regs ? NEEDS_STATUS : 0;
  has |= desc->vert_flip ? NEEDS_FLIP : 0;
  has |= build->frame_counter ? NEEDS_FRAME_COUNTER : 0;
  has |= build->delay_counter ? NEEDS_DELAY_COUNTER : 0;
  has |= build->genlock != VDMA_GENLOCK_MASTER ? NEEDS_FOLLOWER : 0;
  has |= !s2mm || desc->flush_on_fsync ? NEEDS_FLUSH : 0;
  return has;
}

/* ---- the table ---- */

typedef guint32 (*RegRead) (SimCore *core, SimRegSlot *slot);
typedef void (*RegWrite) (SimCore *core, SimRegSlot *slot, guint32 value);

typedef enum {
  AT_CONTROL, /* offset counts from the channel's base, one for each channel */
  AT_PARAM,   /* offset counts from the channel's parameter base */
  AT_S2MM,    /* absolute, belongs to S2MM */
  AT_CORE,    /* absolute, common to both channels */
} RegPlace;

struct SimReg {
  const gchar *name; /* PG020's, without the channel */
  RegPlace place;
  guint offset;
  guint n_words; /* 0: one */
  guint32 needs; /* RegNeeds without which it is absent */
  guint32 rw;    /* read/write; what no mask names is read-only or reserved */
  guint32 w1c[VDMA_N_DIRECTIONS];
  guint32 reset;
  gsize field;    /* in SimChannel: where it is stored; 0: computed */
  gboolean param; /* reads back only with C_ENABLE_VIDPRMTR_READS */
  RegRead read;   /* nullable: the stored word */
  RegWrite write; /* nullable: stores the rw bits */
};

#define REG_FIELD(member) G_STRUCT_OFFSET (SimChannel, member)

#define REG_W1C_BOTH (VDMA_SR_IRQS | VDMA_SR_SOF_EARLY | VDMA_SR_INT_ERR)
#define REG_W1C_S2MM (REG_W1C_BOTH | VDMA_SR_S2MM_SIZE_ERRORS)

/* What silicon was seen to answer: 6.2 on a Zynq (hardware.md 1.4). */
#define REG_VERSION_VALUE 0x62000050u

/* hardware.md names no width; line buffers are below 128 KiB. */
#define REG_THRESHOLD_MASK 0x0001FFFFu

static guint32 reg_read_cr (SimCore *core, SimRegSlot *slot);
static guint32 reg_read_sr (SimCore *core, SimRegSlot *slot);
static guint32 reg_read_start (SimCore *core, SimRegSlot *slot);
static guint32 reg_read_frmptr (SimCore *core, SimRegSlot *slot);
static guint32 reg_read_park (SimCore *core, SimRegSlot *slot);
static guint32 reg_read_version (SimCore *core, SimRegSlot *slot);
static guint32 reg_read_hsize_status (SimCore *core, SimRegSlot *slot);
static guint32 reg_read_vsize_status (SimCore *core, SimRegSlot *slot);
static void reg_write_cr (SimCore *core, SimRegSlot *slot, guint32 value);
static void reg_write_sr (SimCore *core, SimRegSlot *slot, guint32 value);
static void reg_write_mask (SimCore *core, SimRegSlot *slot, guint32 value);
static void reg_write_frmstore (SimCore *core, SimRegSlot *slot, guint32 value);
static void reg_write_start (SimCore *core, SimRegSlot *slot, guint32 value);
static void reg_write_park (SimCore *core, SimRegSlot *slot, guint32 value);
static void reg_write_vsize (SimCore *core, SimRegSlot *slot, guint32 value);
static void reg_write_flip (SimCore *core, SimRegSlot *slot, guint32 value);

static const SimReg regs_table[] = {
  { .name = "VDMACR",
      .place = AT_CONTROL,
      .offset = VDMA_CR,
      .rw = ~VDMA_CR_RESET, /* Reset is self-clearing: never stored */
      .field = REG_FIELD (cr),
      .read = reg_read_cr,
      .write = reg_write_cr },
  { .name = "VDMASR",
      .place = AT_CONTROL,
      .offset = VDMA_SR,
      .w1c = { [VDMA_MM2S] = REG_W1C_BOTH, [VDMA_S2MM] = REG_W1C_S2MM },
      .reset = VDMA_SR_HALTED,
      .field = REG_FIELD (sr),
      .read = reg_read_sr,
      .write = reg_write_sr },
  { .name = "VDMA_IRQ_MASK",
      .place = AT_CONTROL,
      .offset = VDMA_IRQ_MASK,
      .needs = NEEDS_S2MM,
      .rw = VDMA_IRQ_MASK_ALL,
      .field = REG_FIELD (irq_mask),
      .write = reg_write_mask },
  { .name = "REG_INDEX",
      .place = AT_CONTROL,
      .offset = VDMA_REG_INDEX,
      .needs = NEEDS_BANKS,
      .rw = VDMA_REG_INDEX_MASK,
      .field = REG_FIELD (reg_index) },
  { .name = "FRMSTORE",
      .place = AT_CONTROL,
      .offset = VDMA_FRMSTORE,
      .needs = NEEDS_FRMSTORE,
      .rw = VDMA_FRMSTORE_MASK,
      .field = REG_FIELD (frmstore),
      .write = reg_write_frmstore },
  { .name = "THRESHOLD",
      .place = AT_CONTROL,
      .offset = VDMA_THRESHOLD,
      .needs = NEEDS_THRESHOLD,
      .rw = REG_THRESHOLD_MASK,
      .field = REG_FIELD (threshold) },
  { .name = "FRMPTR_STS",
      .place = AT_CORE,
      .offset = VDMA_FRMPTR_STS,
      .needs = NEEDS_STATUS,
      .read = reg_read_frmptr },
  { .name = "PARK_PTR_REG",
      .place = AT_CORE,
      .offset = VDMA_PARK_PTR,
      .rw = VDMA_PARK_RD_REF | VDMA_PARK_WR_REF,
      .read = reg_read_park,
      .write = reg_write_park },
  { .name = "VDMA_VERSION",
      .place = AT_CORE,
      .offset = VDMA_VERSION,
      .read = reg_read_version },
  { .name = "VSIZE",
      .place = AT_PARAM,
      .offset = VDMA_VSIZE,
      .rw = VDMA_VSIZE_MASK,
      .field = REG_FIELD (vsize),
      .param = TRUE,
      .write = reg_write_vsize },
  { .name = "HSIZE",
      .place = AT_PARAM,
      .offset = VDMA_HSIZE,
      .rw = VDMA_HSIZE_MASK,
      .field = REG_FIELD (hsize),
      .param = TRUE },
  { .name = "FRMDLY_STRIDE",
      .place = AT_PARAM,
      .offset = VDMA_FRMDLY_STRIDE,
      .rw = VDMA_FRMDLY_MASK | VDMA_STRIDE_MASK,
      .reset = VDMA_FRMDLY_STRIDE_RESET,
      .field = REG_FIELD (frmdly_stride),
      .param = TRUE },
  { .name = "START_ADDRESS",
      .place = AT_PARAM,
      .offset = VDMA_START_ADDRESS,
      .n_words = VDMA_START_WORDS,
      .rw = 0xFFFFFFFFu,
      .field = REG_FIELD (start),
      .param = TRUE,
      .read = reg_read_start,
      .write = reg_write_start },
  { .name = "ENABLE_VERTICAL_FLIP",
      .place = AT_S2MM,
      .offset = VDMA_VERT_FLIP,
      .needs = NEEDS_FLIP,
      .rw = VDMA_VERT_FLIP_EN,
      .reset = VDMA_VERT_FLIP_EN,
      .field = REG_FIELD (vert_flip),
      .write = reg_write_flip },
  { .name = "HSIZE_STATUS",
      .place = AT_S2MM,
      .offset = VDMA_HSIZE_STATUS,
      .needs = NEEDS_STATUS,
      .field = REG_FIELD (hsize_status),
      .read = reg_read_hsize_status },
  { .name = "VSIZE_STATUS",
      .place = AT_S2MM,
      .offset = VDMA_VSIZE_STATUS,
      .needs = NEEDS_STATUS,
      .field = REG_FIELD (vsize_status),
      .read = reg_read_vsize_status },
};

/* Bits that are reserved without a build option. */
static const struct {
  guint offset;
  guint32 needs;
  guint32 bits;
} regs_optional_bits[] = {
  { VDMA_CR, NEEDS_FOLLOWER, VDMA_CR_GENLOCK_EN },
  { VDMA_CR, NEEDS_FRAME_COUNTER,
      VDMA_CR_IRQ_FRAME_COUNT | VDMA_CR_FRAME_CNT_EN },
  { VDMA_CR, NEEDS_DELAY_COUNTER, VDMA_CR_IRQ_DELAY_COUNT },
  { VDMA_SR, NEEDS_FLUSH, VDMA_SR_SOF_EARLY | VDMA_SR_SOF_LATE },
};

/* ---- layout ---- */

static const guint regs_base[VDMA_N_DIRECTIONS] = {
  [VDMA_MM2S] = VDMA_MM2S_BASE,
  [VDMA_S2MM] = VDMA_S2MM_BASE,
};

static const guint regs_param_base[VDMA_N_DIRECTIONS] = {
  [VDMA_MM2S] = VDMA_MM2S_PARAM_BASE,
  [VDMA_S2MM] = VDMA_S2MM_PARAM_BASE,
};

static guint
regs_offset (const SimReg *reg, VdmaDirection dir)
{
  switch (reg->place) {
    case AT_CONTROL:
      return regs_base[dir] + reg->offset;
    case AT_PARAM:
      return regs_param_base[dir] + reg->offset;
    case AT_S2MM:
    case AT_CORE:
    default:
      return reg->offset;
  }
}

static void
regs_place_one (SimChannel *ch, const SimReg *reg)
{
  SimRegSlot *slot = &ch->core->slot[regs_offset (reg, ch->dir) / 4];
  guint32 has = regs_has (ch);
  guint32 gone = 0;

  if (reg->needs & ~has)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (regs_optional_bits); i++) {
    if (reg->place == AT_CONTROL && reg->offset == regs_optional_bits[i].offset
        && (regs_optional_bits[i].needs & ~has))
      gone |= regs_optional_bits[i].bits;
  }
  for (guint i = 0; i < MAX (reg->n_words, 1); i++) {
    slot[i] = (SimRegSlot){
      .reg = reg,
      .channel = ch,
      .word = reg->field ? &G_STRUCT_MEMBER (guint32, ch, reg->field) : NULL,
      .index = i,
      .rw = reg->rw & ~gone,
      .w1c = reg->w1c[ch->dir] & ~gone,
    };
  }
}

void
sim_regs_build (SimCore *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (regs_table); i++) {
    const SimReg *reg = &regs_table[i];
    for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
      SimChannel *ch = &self->channel[dir];
      gboolean mine = reg->place == AT_CORE
                      || (ch->build->present
                          && (reg->place != AT_S2MM || dir == VDMA_S2MM));
      if (mine)
        regs_place_one (ch, reg);
    }
  }
}

/* U5: which of bits 7:5 a genlock pair reads after reset. */
static guint32
regs_cr_reset (const SimChannel *ch)
{
  guint32 value = ch->core->knobs.cr_reset & ~(VDMA_CR_RS | VDMA_CR_RESET);
  return ch->partner ? value : value & ~VDMA_CR_UNCERTAIN_BITS;
}

void
sim_regs_reset (SimChannel *ch)
{
  for (guint i = 0; i < SIM_N_WORDS; i++) {
    SimRegSlot *slot = &ch->core->slot[i];
    if (slot->reg && slot->channel == ch && slot->word)
      slot->word[slot->index] = slot->reg->reset;
  }
  ch->cr = regs_cr_reset (ch);
  ch->sr = VDMA_SR_HALTED;
  ch->frmstore = ch->core->desc.n_stores;
}

/* ---- access ---- */

static SimRegSlot *
regs_find (SimCore *self, guint offset)
{
  if (offset >= VDMA_REG_SPAN || offset % 4)
    return NULL;
  SimRegSlot *slot = &self->slot[offset / 4];
  return slot->reg ? slot : NULL;
}

guint32
sim_core_read (SimCore *self, guint offset)
{
  SimRegSlot *slot = regs_find (self, offset);
  if (!slot || (slot->reg->param && !self->desc.vidprmtr_reads))
    return self->knobs.absent_reads;
  if (slot->reg->read)
    return slot->reg->read (self, slot);
  return *slot->word;
}

static void
regs_store (SimRegSlot *slot, guint32 value)
{
  *slot->word = (*slot->word & ~slot->rw) | (value & slot->rw);
}

void
sim_core_write (SimCore *self, guint offset, guint32 value)
{
  SimRegSlot *slot = regs_find (self, offset);
  if (!slot)
    return;
  if (slot->reg->place != AT_CORE && slot->channel->resetting)
    return;
  if (slot->reg->write)
    slot->reg->write (self, slot, value);
  else if (slot->rw)
    regs_store (slot, value);
}

/* ---- VDMACR, VDMASR ---- */

/* Without a duration the reset takes exactly one look. */
static guint32
reg_read_cr (SimCore *core, SimRegSlot *slot)
{
  SimChannel *ch = slot->channel;
  guint32 value = ch->cr;

  if (ch->resetting) {
    value |= VDMA_CR_RESET;
    if (core->knobs.reset_ns == 0 && !ch->clock_stopped)
      sim_channel_reset_finish (ch);
  }
  return value;
}

static void
reg_write_cr (SimCore *core, SimRegSlot *slot, guint32 value)
{
  SimChannel *ch = slot->channel;
  guint32 old = ch->cr;

  if (value & VDMA_CR_RESET) {
    sim_channel_reset_begin (ch);
    return;
  }
  if (!(value & VDMA_CR_IRQ_FRAME_COUNT))
    value |= VDMA_FIELD_PREP (VDMA_CR_IRQ_FRAME_COUNT, 1);
  if (ch->dead)
    value &= ~VDMA_CR_RS;
  regs_store (slot, value);

  guint32 changed = old ^ ch->cr;
  if (changed & VDMA_CR_IRQ_FRAME_COUNT)
    sim_irq_load_count (ch);
  if (changed & VDMA_CR_IRQ_DELAY_COUNT)
    sim_irq_delay_restart (ch);
  if (changed & VDMA_CR_RS)
    sim_channel_run (ch);
  sim_irq_update (ch);
}

static guint32
reg_read_sr (SimCore *core, SimRegSlot *slot)
{
  const SimChannel *ch = slot->channel;
  return ch->sr | VDMA_FIELD_PREP (VDMA_SR_IRQ_FRAME_COUNT, ch->irq_count)
         | VDMA_FIELD_PREP (VDMA_SR_IRQ_DELAY_COUNT, sim_irq_delay_value (ch));
}

static void
reg_write_sr (SimCore *core, SimRegSlot *slot, guint32 value)
{
  sim_irq_clear (slot->channel, value & slot->w1c);
}

/* PG020 wants the error bits cleared before the mask changes. */
static void
reg_write_mask (SimCore *core, SimRegSlot *slot, guint32 value)
{
  SimChannel *ch = slot->channel;
  guint32 old = ch->irq_mask;

  regs_store (slot, value);
  if (old != ch->irq_mask && (ch->sr & VDMA_SR_S2MM_ERRORS))
    sim_core_undefined (ch,
        "S2MM_VDMA_IRQ_MASK was changed to 0x%x with error bits 0x%x set; they "
        "must be cleared first",
        ch->irq_mask, ch->sr & VDMA_SR_S2MM_ERRORS);
}

static void
reg_write_frmstore (SimCore *core, SimRegSlot *slot, guint32 value)
{
  SimChannel *ch = slot->channel;

  regs_store (slot, value);
  if (ch->frmstore == 0 || ch->frmstore > core->desc.n_stores)
    sim_core_undefined (ch, "%s_FRMSTORE is %u; it must be 1 to %u",
        vdma_direction_to_string (ch->dir), ch->frmstore, core->desc.n_stores);
}

/* ---- registers of both channels ---- */

static guint32
reg_read_frmptr (SimCore *core, SimRegSlot *slot)
{
  return sim_genlock_frmptr (core);
}

static guint32
reg_read_version (SimCore *core, SimRegSlot *slot)
{
  return REG_VERSION_VALUE;
}

static guint32
reg_read_park (SimCore *core, SimRegSlot *slot)
{
  guint rd = sim_irq_visible_store (&core->channel[VDMA_MM2S]);
  guint wr = sim_irq_visible_store (&core->channel[VDMA_S2MM]);
  return core->park_ptr | VDMA_FIELD_PREP (VDMA_PARK_RD_STORE, rd)
         | VDMA_FIELD_PREP (VDMA_PARK_WR_STORE, wr);
}

static void
reg_write_park (SimCore *core, SimRegSlot *slot, guint32 value)
{
  static const guint32 masks[VDMA_N_DIRECTIONS] = {
    [VDMA_MM2S] = VDMA_PARK_RD_REF,
    [VDMA_S2MM] = VDMA_PARK_WR_REF,
  };

  core->park_ptr = value & slot->rw;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    guint ref = VDMA_FIELD_GET (masks[dir], core->park_ptr);
    if (ref >= core->desc.n_stores)
      sim_core_undefined (&core->channel[dir],
          "PARK_PTR_REG refers %s to store %u; there are stores 0 to %u",
          vdma_direction_to_string ((VdmaDirection) dir), ref,
          core->desc.n_stores - 1);
  }
}

/* ---- parameters ---- */

static void
reg_write_vsize (SimCore *core, SimRegSlot *slot, guint32 value)
{
  regs_store (slot, value);
  sim_channel_commit (slot->channel);
}

/* 32-bit: word i of bank b is store 16 b + i. Above 32 bits two words are one
 * store, low half first, and there are no banks (hardware.md 1.4). */
static gboolean
regs_start_word (const SimRegSlot *slot, guint *word, guint32 *mask)
{
  const VdmaHwDesc *desc = &slot->channel->core->desc;
  gboolean wide = desc->addr_width > 32;

  *word = slot->channel->reg_index * VDMA_START_WORDS + slot->index;
  *mask = slot->rw;
  if (wide && *word % 2)
    *mask = (guint32) (vdma_hw_desc_get_phys_limit (desc) >> 32);
  return *word < desc->n_stores * (wide ? 2 : 1);
}

static guint32
reg_read_start (SimCore *core, SimRegSlot *slot)
{
  guint word;
  guint32 mask;
  if (!regs_start_word (slot, &word, &mask))
    return core->knobs.absent_reads;
  return slot->channel->start[word];
}

static void
reg_write_start (SimCore *core, SimRegSlot *slot, guint32 value)
{
  guint word;
  guint32 mask;
  if (regs_start_word (slot, &word, &mask))
    slot->channel->start[word] = value & mask;
}

void
sim_regs_snapshot (const SimChannel *ch, SimParams *params)
{
  const VdmaHwDesc *desc = &ch->core->desc;
  gboolean wide = desc->addr_width > 32;

  params->valid = TRUE;
  params->misaligned = FALSE;
  params->vsize = ch->vsize;
  params->hsize = ch->hsize;
  params->stride = VDMA_FIELD_GET (VDMA_STRIDE_MASK, ch->frmdly_stride);
  params->frame_delay = VDMA_FIELD_GET (VDMA_FRMDLY_MASK, ch->frmdly_stride);
  if (wide) {
    for (guint i = 0; i < desc->n_stores; i++)
      params->address[i] =
          ch->start[2 * i] | (guint64) ch->start[2 * i + 1] << 32;
  } else {
    for (guint i = 0; i < desc->n_stores; i++)
      params->address[i] = ch->start[i];
  }
}

guint
sim_regs_n_stores (const SimChannel *ch)
{
  guint n = ch->core->desc.n_stores;
  return ch->build->frmstore_reg ? CLAMP (ch->frmstore, 1, n) : n;
}

/* ---- S2MM only ---- */

static void
reg_write_flip (SimCore *core, SimRegSlot *slot, guint32 value)
{
  SimChannel *ch = slot->channel;
  guint32 old = ch->vert_flip;

  regs_store (slot, value);
  if (old != ch->vert_flip && !sim_channel_is_halted (ch))
    sim_core_undefined (ch,
        "ENABLE_VERTICAL_FLIP was changed to %u while S2MM runs; it must be "
        "halted",
        ch->vert_flip);
}

/* U17: PG020 names the two the other way round in one table. */
static guint32
reg_read_hsize_status (SimCore *core, SimRegSlot *slot)
{
  const SimChannel *ch = slot->channel;
  return core->knobs.status_swapped ? ch->vsize_status : ch->hsize_status;
}

static guint32
reg_read_vsize_status (SimCore *core, SimRegSlot *slot)
{
  const SimChannel *ch = slot->channel;
  return core->knobs.status_swapped ? ch->hsize_status : ch->vsize_status;
}
