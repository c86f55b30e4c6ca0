/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options that describe a core, and the resolution of all sources into one. */
#include "hw-choice.h"

#include "hw-core-private.h"
#include "vdma-util.h"

#define CHOICE_UNSET    G_MAXUINT
#define CHOICE_MAX_PATH 4096

static const gchar *const choice_channels[] = { "both", "mm2s", "s2mm", NULL };
static const gchar *const choice_mm2s_fsync[] = { "none", "pin", NULL };
static const gchar *const choice_s2mm_fsync[] = { "none", "pin", "tuser",
  NULL };
static const gchar *const choice_genlock[] = { "master", "slave",
  "dynamic-master", "dynamic-slave", NULL };

#define AT(member) G_STRUCT_OFFSET (VdmaHwChoice, member)
#define AT_FIELD(index)                                                        \
  (G_STRUCT_OFFSET (VdmaHwChoice, field) + (index) * sizeof (guint))
#define AT_CORE(kind) AT_FIELD (VDMA_HW_##kind)
#define AT_CHANNEL(dir, kind)                                                  \
  AT_FIELD (VDMA_HW_##kind + VDMA_##dir * VDMA_HW_N_CHANNEL_FIELDS)
#define AT_BOTH(kind)                                                          \
  (G_STRUCT_OFFSET (VdmaHwChoice, both)                                        \
      + (VDMA_HW_##kind - VDMA_HW_PRESENT) * sizeof (guint))

#define TEXT(name_, offset_, help_)                                            \
  {                                                                            \
    .name = name_, .type = VDMA_OPTION_STRING, .offset = offset_,              \
    .max = CHOICE_MAX_PATH, .help = help_                                      \
  }
#define FLAG(name_, offset_, help_)                                            \
  {                                                                            \
    .name = name_, .type = VDMA_OPTION_BOOL, .offset = offset_, .help = help_  \
  }
#define WORD(name_, offset_, nicks_, help_)                                    \
  {                                                                            \
    .name = name_, .type = VDMA_OPTION_ENUM, .offset = offset_,                \
    .nicks = nicks_, .help = help_                                             \
  }
#define NUMBER(name_, offset_, min_, max_, help_)                              \
  {                                                                            \
    .name = name_, .type = VDMA_OPTION_UINT, .offset = offset_, .min = min_,   \
    .max = max_, .help = help_                                                 \
  }

/* What can be said of both channels, and of each. */
#define CHANNEL_OPTIONS(prefix, of, AT_)                                       \
  NUMBER (prefix "mm-width", AT_ (MM_WIDTH), 32, 1024,                         \
      "bits of the memory side of " of ", a power of two"),                    \
      NUMBER (prefix "stream-width", AT_ (STREAM_WIDTH), 8, 1024,              \
          "bits of the stream of " of ", a multiple of 8"),                    \
      FLAG (prefix "dre", AT_ (DRE), "realignment engine of " of),             \
      FLAG (prefix "frame-counter", AT_ (FRAME_COUNTER),                       \
          "IRQFrameCount built into " of),                                     \
      FLAG (prefix "delay-counter", AT_ (DELAY_COUNTER),                       \
          "IRQDelayCount built into " of),                                     \
      FLAG (prefix "frmstore", AT_ (FRMSTORE), "FRMSTORE built into " of),     \
      FLAG (prefix "threshold", AT_ (THRESHOLD), "THRESHOLD built into " of)

#define AT_MM2S(kind) AT_CHANNEL (MM2S, kind)
#define AT_S2MM(kind) AT_CHANNEL (S2MM, kind)

static const VdmaOption choice_options[] = {
  TEXT (
      "hwh", AT (hwh), "FILE or FILE#INSTANCE: the .hwh file of the bitstream"),
  TEXT ("dt", AT (dt),
      "FOLDER#NODE or #NODE: a node of a device tree, by path, name or alias"),
  { .name = "base",
      .type = VDMA_OPTION_UINT64,
      .offset = AT (base),
      .max = G_MAXUINT64 - 1,
      .help = "address of the registers" },
  NUMBER ("span", AT_CORE (SPAN), 0x100, 0x10000000,
      "bytes of the register window"),
  WORD ("channels", AT (channels), choice_channels, "channels built in"),
  NUMBER ("stores", AT_CORE (STORES), 1, VDMA_MAX_STORES, "frame stores"),
  NUMBER ("addr-width", AT_CORE (ADDR_WIDTH), 32, 64, "address bits"),
  CHANNEL_OPTIONS ("", "both channels", AT_BOTH),
  CHANNEL_OPTIONS ("mm2s-", "MM2S", AT_MM2S),
  CHANNEL_OPTIONS ("s2mm-", "S2MM", AT_S2MM),
  WORD ("mm2s-fsync", AT_CHANNEL (MM2S, FSYNC), choice_mm2s_fsync,
      "frame sync of MM2S"),
  WORD ("s2mm-fsync", AT_CHANNEL (S2MM, FSYNC), choice_s2mm_fsync,
      "frame sync of S2MM"),
  WORD ("mm2s-genlock", AT_CHANNEL (MM2S, GENLOCK), choice_genlock,
      "genlock mode of MM2S"),
  WORD ("s2mm-genlock", AT_CHANNEL (S2MM, GENLOCK), choice_genlock,
      "genlock mode of S2MM"),
  FLAG ("mm2s-repeat-en", AT_CHANNEL (MM2S, REPEAT_EN),
      "Repeat_En built into MM2S"),
  FLAG ("s2mm-repeat-en", AT_CHANNEL (S2MM, REPEAT_EN),
      "Repeat_En built into S2MM"),
  FLAG ("internal-genlock", AT_CORE (INTERNAL_GENLOCK),
      "the channels' genlock is wired inside the core"),
  FLAG ("flush-on-fsync", AT_CORE (FLUSH_ON_FSYNC),
      "errors of frame size are recoverable"),
  FLAG ("vflip", AT_CORE (VERT_FLIP), "ENABLE_VERTICAL_FLIP built in"),
  FLAG ("vidprmtr-reads", AT_CORE (VIDPRMTR_READS),
      "sizes and addresses read back"),
  FLAG ("status-regs", AT_CORE (STATUS_REGS),
      "S2MM_HSIZE_STATUS, S2MM_VSIZE_STATUS and FRMPTR_STS built in"),
  NUMBER ("dlytmr-resolution", AT_CORE (DLYTMR_RESOLUTION), 1, 100000,
      "clocks per tick of the delay timer"),
};

void
vdma_hw_choice_init (VdmaHwChoice *choice)
{
  *choice = (VdmaHwChoice){ .base = G_MAXUINT64, .channels = CHOICE_UNSET };
  for (guint i = 0; i < G_N_ELEMENTS (choice->both); i++)
    choice->both[i] = CHOICE_UNSET;
  for (guint i = 0; i < G_N_ELEMENTS (choice->field); i++)
    choice->field[i] = CHOICE_UNSET;
}

void
vdma_hw_choice_clear (VdmaHwChoice *choice)
{
  g_clear_pointer (&choice->hwh, g_free);
  g_clear_pointer (&choice->dt, g_free);
}

void
vdma_hw_choice_add_options (GArray *table, gsize offset)
{
  for (guint i = 0; i < G_N_ELEMENTS (choice_options); i++) {
    VdmaOption option = choice_options[i];
    option.offset += offset;
    g_array_append_val (table, option);
  }
}

/* ---- options to a core ---- */

static void
choice_set (VdmaHwCore *core, guint field, guint value)
{
  if (value != CHOICE_UNSET)
    vdma_hw_core_set (core, field, value, VDMA_HW_ORIGIN_EXPLICIT);
}

static void
choice_set_channel (
    const VdmaHwChoice *choice, VdmaDirection dir, VdmaHwCore *core)
{
  for (guint i = 0; i < VDMA_HW_N_CHANNEL_FIELDS; i++)
    choice_set (core,
        vdma_hw_channel_field (dir, (VdmaHwField) (VDMA_HW_PRESENT + i)),
        choice->both[i]);
  /* the words of "channels": both, mm2s, s2mm */
  if (choice->channels != CHOICE_UNSET)
    choice_set (core, vdma_hw_channel_field (dir, VDMA_HW_PRESENT),
        choice->channels == 0 || choice->channels == 1 + (guint) dir);
}

static VdmaHwCore *
choice_to_core (const VdmaHwChoice *choice, const gchar *what)
{
  VdmaHwCore *core = vdma_hw_core_new (what);
  hw_core_set_name (core, what);
  if (choice->base != G_MAXUINT64)
    vdma_hw_core_set (
        core, VDMA_HW_BASE, choice->base, VDMA_HW_ORIGIN_EXPLICIT);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    choice_set_channel (choice, (VdmaDirection) dir, core);
  for (guint field = 0; field < VDMA_HW_N_FIELDS; field++)
    choice_set (core, field, choice->field[field]);
  return core;
}

/* ---- all sources ---- */

/* The file of another bitstream describes another core. */
static gboolean
choice_check_place (const VdmaHwCore *file, const VdmaHwCore *tree,
    const gchar *what, GError **error)
{
  if (file->origin[VDMA_HW_BASE] == VDMA_HW_ORIGIN_DEFAULT
      || tree->origin[VDMA_HW_BASE] == VDMA_HW_ORIGIN_DEFAULT
      || file->bad[VDMA_HW_BASE] || tree->bad[VDMA_HW_BASE]
      || file->desc.base == tree->desc.base)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "'%s': the registers are at 0x%" G_GINT64_MODIFIER
      "x (%s), those of %s at 0x%" G_GINT64_MODIFIER
      "x: is that the file of another bitstream, or another core of it?",
      what, tree->desc.base, tree->source, file->source, file->desc.base);
  return FALSE;
}

static gboolean
choice_merge_file (const VdmaHwChoice *choice, const VdmaHwCore *tree,
    const gchar *what, VdmaHwCore *core, GError **error)
{
  guint64 base = HW_ANY_BASE;
  if (!choice->hwh)
    return TRUE;
  if (choice->base != G_MAXUINT64)
    base = choice->base;
  else if (tree && tree->origin[VDMA_HW_BASE] != VDMA_HW_ORIGIN_DEFAULT
           && !tree->bad[VDMA_HW_BASE])
    base = tree->desc.base;
  g_autoptr (VdmaHwCore) file = hw_hwh_pick (choice->hwh, base, error);
  if (!file)
    return FALSE;
  if (tree && choice->base == G_MAXUINT64
      && !choice_check_place (file, tree, what, error))
    return FALSE;
  hw_core_forget_check (file);
  vdma_hw_core_merge (core, file);
  return TRUE;
}

static gboolean
choice_check_stores (const VdmaHwCore *core, GError **error)
{
  if (core->origin[VDMA_HW_STORES] != VDMA_HW_ORIGIN_DEFAULT)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "'%s': nothing says how many frame stores the core has, and a wrong "
      "number lets it write anywhere; say it by the option stores=N, by "
      "hwh=FILE, or by 'xlnx,num-fstores' in the device tree",
      core->source);
  return FALSE;
}

VdmaHwCore *
vdma_hw_choice_resolve (const VdmaHwChoice *choice, const VdmaHwCore *node,
    const gchar *what, GError **error)
{
  g_autoptr (VdmaHwCore) core = choice_to_core (choice, what);
  g_autoptr (VdmaHwCore) tree = NULL;

  if (choice->dt) {
    if (!(tree = hw_dt_pick (choice->dt, error)))
      return NULL;
  } else if (node) {
    tree = vdma_hw_core_copy (node);
  }
  if (!choice_merge_file (choice, tree, what, core, error))
    return NULL;
  if (tree) {
    hw_core_forget_check (tree);
    vdma_hw_core_merge (core, tree);
  }
  /* the sources' own reasons come before the gap that they leave */
  if (!core->error && !core->bad[VDMA_HW_STORES]
      && !choice_check_stores (core, error))
    return NULL;
  if (!vdma_hw_core_check (core, error))
    return NULL;
  return g_steal_pointer (&core);
}
