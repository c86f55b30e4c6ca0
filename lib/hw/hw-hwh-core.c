/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a module of a .hwh file to a core: parameters, version, address. */
#include <string.h>

#include "hw-hwh-private.h"
#include "vdma-number.h"

/** HwhRow: which parameters say a field, the best one first. All are written in
 *  lower case; files have them in lower case, in upper case, or both. */
typedef struct {
  guint field;
  guint min, max;
  const gchar *names[3];
} HwhRow;

#define FIELD(dir, kind)                                                       \
  (VDMA_HW_##kind + VDMA_##dir * VDMA_HW_N_CHANNEL_FIELDS)

#define CHANNEL_ROWS(                                                          \
    dir, name, stream, frmstore, buf, threshold, delay, count)                 \
  { FIELD (dir, PRESENT), 0, 1, { "c_include_" name } },                       \
      { FIELD (dir, MM_WIDTH), 32, 1024, { "c_m_axi_" name "_data_width" } },  \
      { FIELD (dir, STREAM_WIDTH), 8, 1024,                                    \
        { "c_" stream "_axis_" name "_tdata_width" } },                        \
      { FIELD (dir, DRE), 0, 1, { "c_include_" name "_dre" } },                \
      { FIELD (dir, FSYNC), 0, 2, { "c_use_" name "_fsync" } },                \
      { FIELD (dir, GENLOCK), 0, 3, { "c_" name "_genlock_mode" } },           \
      { FIELD (dir, REPEAT_EN), 0, 1, { "c_" name "_genlock_repeat_en" } },    \
      { FIELD (dir, FRMSTORE), 0, 1,                                           \
        { "c_enable_" name "_frmstr_reg", "c_enable_debug_info_" frmstore } }, \
      { FIELD (dir, THRESHOLD), 0, 1,                                          \
        { "c_enable_" name "_buf_" buf, "c_enable_debug_info_" threshold } },  \
      { FIELD (dir, DELAY_COUNTER), 0, 1,                                      \
        { "c_enable_" name "_delay_counter", "c_enable_debug_info_" delay } }, \
  {                                                                            \
    FIELD (dir, FRAME_COUNTER), 0, 1,                                          \
    {                                                                          \
      "c_enable_" name "_frm_counter", "c_enable_debug_info_" count            \
    }                                                                          \
  }

static const HwhRow hwh_rows[] = {
  { VDMA_HW_ADDR_WIDTH, 32, 64, { "c_addr_width" } },
  { VDMA_HW_FLUSH_ON_FSYNC, 0, 1, { "c_flush_on_fsync" } },
  { VDMA_HW_INTERNAL_GENLOCK, 0, 1, { "c_include_internal_genlock" } },
  { VDMA_HW_VERT_FLIP, 0, 1, { "c_enable_vert_flip" } },
  { VDMA_HW_VIDPRMTR_READS, 0, 1, { "c_enable_vidprmtr_reads" } },
  { VDMA_HW_STATUS_REGS, 0, 1,
      { "c_enable_s2mm_sts_reg", "c_enable_debug_info_12" } },
  { VDMA_HW_DLYTMR_RESOLUTION, 1, 100000, { "c_dlytmr_resolution" } },
  CHANNEL_ROWS (MM2S, "mm2s", "m", "5", "empty", "1", "6", "7"),
  CHANNEL_ROWS (S2MM, "s2mm", "s", "13", "full", "9", "14", "15"),
};

/* Registers that c_enable_all builds in, whatever the single ones say. */
static const guint hwh_debug_fields[] = {
  VDMA_HW_STATUS_REGS,
  FIELD (MM2S, FRMSTORE),
  FIELD (MM2S, THRESHOLD),
  FIELD (MM2S, DELAY_COUNTER),
  FIELD (MM2S, FRAME_COUNTER),
  FIELD (S2MM, FRMSTORE),
  FIELD (S2MM, THRESHOLD),
  FIELD (S2MM, DELAY_COUNTER),
  FIELD (S2MM, FRAME_COUNTER),
};

/** HwhBuilder: a core in the making. */
typedef struct {
  const HwhDesign *design;
  const HwhModule *module;
  VdmaHwCore *core;
} HwhBuilder;

/* ---- parameters ---- */

static const HwhParameter *
hwh_parameter_upper (const HwhModule *module, const gchar *name)
{
  g_autofree gchar *upper = g_ascii_strup (name, -1);
  return g_hash_table_lookup (module->parameters, upper);
}

static gboolean
hwh_parse_number (const gchar *text, guint64 *number)
{
  if (g_ascii_strcasecmp (text, "true") == 0
      || g_ascii_strcasecmp (text, "false") == 0) {
    *number = g_ascii_tolower (*text) == 't';
    return TRUE;
  }
  return vdma_parse_uint64 (text, number);
}

/** hwh_get: a parameter that is there must be in its range, else the field is
 *  bad. Returns: whether it is there and right */
static gboolean
hwh_get (const HwhBuilder *builder, guint field, const gchar *name,
    const HwhParameter *parameter, guint min, guint max, guint64 *number)
{
  if (!parameter)
    return FALSE;
  if (hwh_parse_number (parameter->value, number) && *number >= min
      && *number <= max)
    return TRUE;
  hw_core_set_bad (builder->core, field, VDMA_HW_ORIGIN_HWH,
      "%s:%u: %s, parameter %s is '%.64s'; it must be %u to %u",
      builder->design->name, parameter->line, builder->core->desc.name, name,
      parameter->value, min, max);
  return FALSE;
}

/* Lower case is what the designer chose, upper case what was made of it. */
static gboolean
hwh_get_either (const HwhBuilder *builder, guint field, const gchar *name,
    guint min, guint max, guint64 *number)
{
  const HwhModule *module = builder->module;
  const HwhParameter *chosen = g_hash_table_lookup (module->parameters, name);
  const HwhParameter *made = hwh_parameter_upper (module, name);
  guint64 other;

  if (!hwh_get (builder, field, name, chosen ? chosen : made, min, max, number))
    return FALSE;
  if (chosen && made && hwh_parse_number (made->value, &other)
      && other != *number)
    hw_core_note (builder->core,
        "%s:%u: %s is %" G_GUINT64_FORMAT " in lower case and %.64s in upper "
        "case; the former counts",
        builder->design->name, chosen->line, name, *number, made->value);
  return TRUE;
}

static void
hwh_set_row (const HwhBuilder *builder, const HwhRow *row)
{
  guint64 number;
  for (guint i = 0; i < G_N_ELEMENTS (row->names) && row->names[i]; i++) {
    if (hwh_get_either (
            builder, row->field, row->names[i], row->min, row->max, &number)) {
      vdma_hw_core_set (builder->core, row->field, number, VDMA_HW_ORIGIN_HWH);
      return;
    }
    if (builder->core->bad[row->field])
      return;
  }
}

/* Older files have the width of each master only. */
static void
hwh_set_addr_width (const HwhBuilder *builder)
{
  static const gchar *const names[] = { "c_m_axi_mm2s_addr_width",
    "c_m_axi_s2mm_addr_width" };
  guint64 width = 0, number;
  if (builder->core->origin[VDMA_HW_ADDR_WIDTH] == VDMA_HW_ORIGIN_HWH)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (hwh_get_either (builder, VDMA_HW_ADDR_WIDTH, names[i], 32, 64, &number))
      width = MAX (width, number);
  }
  if (width && !builder->core->bad[VDMA_HW_ADDR_WIDTH])
    vdma_hw_core_set (
        builder->core, VDMA_HW_ADDR_WIDTH, width, VDMA_HW_ORIGIN_HWH);
}

/* In upper case it counts registers, of which a store has two above 32 bits. */
static void
hwh_set_stores (const HwhBuilder *builder)
{
  static const gchar name[] = "c_num_fstores";
  const HwhParameter *chosen =
      g_hash_table_lookup (builder->module->parameters, name);
  const HwhParameter *made = hwh_parameter_upper (builder->module, name);
  guint per_store = builder->core->desc.addr_width > 32 ? 2 : 1;
  guint64 stores, registers = 0;

  gboolean has_registers = made && hwh_parse_number (made->value, &registers);
  if (chosen) {
    if (!hwh_get (
            builder, VDMA_HW_STORES, name, chosen, 1, VDMA_MAX_STORES, &stores))
      return;
    if (has_registers && registers != stores && registers != stores * per_store)
      hw_core_note (builder->core,
          "%s:%u: c_num_fstores is %" G_GUINT64_FORMAT
          " and C_NUM_FSTORES %.64s; the former counts",
          builder->design->name, chosen->line, stores, made->value);
  } else {
    if (!hwh_get (builder, VDMA_HW_STORES, "C_NUM_FSTORES", made, per_store,
            VDMA_MAX_STORES * per_store, &registers))
      return;
    stores = registers / per_store;
  }
  vdma_hw_core_set (builder->core, VDMA_HW_STORES, stores, VDMA_HW_ORIGIN_HWH);
}

static void
hwh_set_debug_all (const HwhBuilder *builder)
{
  static const gchar *const names[] = { "c_enable_all", "c_enable_debug_all" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    guint64 all;
    if (!hwh_get_either (builder, hwh_debug_fields[0], names[i], 0, 1, &all)
        || !all)
      continue;
    for (guint k = 0; k < G_N_ELEMENTS (hwh_debug_fields); k++)
      vdma_hw_core_set (
          builder->core, hwh_debug_fields[k], TRUE, VDMA_HW_ORIGIN_HWH);
  }
}

/* C_USE_FSYNC = 0 leaves both channels running freely. */
static void
hwh_set_free_run (const HwhBuilder *builder)
{
  guint64 used;
  if (!hwh_get_either (builder, FIELD (S2MM, FSYNC), "c_use_fsync", 0, 1, &used)
      || used)
    return;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    vdma_hw_core_set (builder->core,
        vdma_hw_channel_field ((VdmaDirection) dir, VDMA_HW_FSYNC),
        VDMA_FSYNC_NONE, VDMA_HW_ORIGIN_HWH);
}

static void
hwh_check_sg (const HwhBuilder *builder)
{
  static const gchar name[] = "c_include_sg";
  const HwhParameter *parameter =
      g_hash_table_lookup (builder->module->parameters, name);
  guint64 number;
  if (!parameter)
    parameter = hwh_parameter_upper (builder->module, name);
  if (!parameter
      || (hwh_parse_number (parameter->value, &number) && number == 0))
    return;
  hw_core_refuse (builder->core, VDMA_ERROR_UNSUPPORTED,
      "%s:%u: %s is built with scatter-gather (%s is '%.64s'), and its "
      "registers are others then; build it without",
      builder->design->name, parameter->line, builder->core->desc.name, name,
      parameter->value);
}

/* ---- version ---- */

static void
hwh_check_version (const HwhBuilder *builder)
{
  const HwhModule *module = builder->module;
  VdmaHwCore *core = builder->core;
  const gchar *version = module->vlnv ? strrchr (module->vlnv, ':') : NULL;
  g_auto (GStrv) parts = g_strsplit (version ? version + 1 : "", ".", 3);
  guint64 major, minor;

  core->compatible = module->vlnv ? g_utf8_make_valid (module->vlnv, -1) : NULL;
  if (g_strv_length (parts) >= 2 && vdma_parse_uint64 (parts[0], &major)
      && vdma_parse_uint64 (parts[1], &minor) && major == 6
      && (minor == 2 || minor == 3)) {
    core->major = (guint) major;
    core->minor = (guint) minor;
    return;
  }
  hw_core_refuse (core, VDMA_ERROR_UNSUPPORTED,
      "%s:%u: %s is '%.64s'; the versions known are axi_vdma:6.2 and 6.3",
      builder->design->name, module->line, core->desc.name,
      core->compatible ? core->compatible : "without a VLNV");
}

/* ---- address ---- */

static gboolean
hwh_parse_range (
    const gchar *base, const gchar *high, guint64 *start, guint64 *size)
{
  guint64 end;
  if (!base || !high || !vdma_parse_uint64 (base, start)
      || !vdma_parse_uint64 (high, &end) || end < *start
      || end - *start == G_MAXUINT64)
    return FALSE;
  *size = end - *start + 1;
  return TRUE;
}

static gboolean
hwh_range_is_of (const HwhRange *range, const HwhModule *module)
{
  return range->instance && module->instance
         && g_str_equal (range->instance, module->instance)
         && (!range
                  ->interface || g_ascii_strcasecmp (range->interface, "S_AXI_LITE") == 0);
}

/* What the processor sees counts; a MicroBlaze may see another address. */
static const HwhRange *
hwh_find_range (const HwhBuilder *builder)
{
  const GPtrArray *ranges = builder->design->ranges;
  const HwhRange *found = NULL;
  for (guint i = 0; i < ranges->len; i++) {
    const HwhRange *range = g_ptr_array_index (ranges, i);
    if (!hwh_range_is_of (range, builder->module))
      continue;
    if (range->master == HWH_PROCESSOR)
      return range;
    if (!found)
      found = range;
  }
  return found;
}

static void
hwh_set_place (const HwhBuilder *builder, guint64 base, guint64 size)
{
  vdma_hw_core_set (builder->core, VDMA_HW_BASE, base, VDMA_HW_ORIGIN_HWH);
  vdma_hw_core_set (builder->core, VDMA_HW_SPAN, size, VDMA_HW_ORIGIN_HWH);
}

static void
hwh_set_address (const HwhBuilder *builder)
{
  const HwhParameter *base =
      g_hash_table_lookup (builder->module->parameters, "C_BASEADDR");
  const HwhParameter *high =
      g_hash_table_lookup (builder->module->parameters, "C_HIGHADDR");
  const HwhRange *range = hwh_find_range (builder);
  guint64 start, size;

  if (range) {
    if (hwh_parse_range (range->base, range->high, &start, &size))
      hwh_set_place (builder, start, size);
    else
      hw_core_set_bad (builder->core, VDMA_HW_BASE, VDMA_HW_ORIGIN_HWH,
          "%s:%u: the addresses of %s are '%.64s' to '%.64s'; that is no range",
          builder->design->name, range->line, builder->core->desc.name,
          range->base ? range->base : "", range->high ? range->high : "");
  } else if (base && high
             && hwh_parse_range (base->value, high->value, &start, &size)) {
    hwh_set_place (builder, start, size);
  } else {
    hw_core_set_bad (builder->core, VDMA_HW_BASE, VDMA_HW_ORIGIN_HWH,
        "%s:%u: %s has no address: no master's memory map has its S_AXI_LITE",
        builder->design->name, builder->module->line, builder->core->desc.name);
  }
}

/* ---- the whole ---- */

static void
hwh_set_name (const HwhBuilder *builder)
{
  const HwhModule *module = builder->module;
  VdmaHwCore *core = builder->core;
  const gchar *name = module->instance ? module->instance : module->full_name;
  hw_core_set_name (core, name && *name ? name : "axi_vdma");
  core->full_name = g_strdup (module->full_name);
  g_free (core->source);
  core->source =
      g_strconcat (builder->design->name, "#", core->desc.name, NULL);
  if (!module->instance)
    hw_core_refuse (core, VDMA_ERROR_INVALID,
        "%s:%u: a MODULE of type axi_vdma has no INSTANCE",
        builder->design->name, module->line);
  if (module->twice)
    hw_core_refuse (core, VDMA_ERROR_INVALID, "%s", module->twice);
}

VdmaHwCore *
hw_hwh_build_core (const HwhDesign *design, const HwhModule *module)
{
  static const gchar *const lines[VDMA_N_DIRECTIONS] = {
    [VDMA_MM2S] = "mm2s_introut",
    [VDMA_S2MM] = "s2mm_introut",
  };
  VdmaHwCore *core = vdma_hw_core_new (NULL);
  HwhBuilder builder = { design, module, core };
  hwh_set_name (&builder);
  hwh_check_version (&builder);
  hwh_check_sg (&builder);
  for (guint i = 0; i < G_N_ELEMENTS (hwh_rows); i++)
    hwh_set_row (&builder, &hwh_rows[i]);
  hwh_set_addr_width (&builder);
  hwh_set_stores (&builder);
  hwh_set_debug_all (&builder);
  hwh_set_free_run (&builder);
  hwh_set_address (&builder);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    if (core->desc.channel[dir].present)
      hw_hwh_trace_irq (design, module, lines[dir], &core->irq[dir], core);
  }
  if (!core->error)
    vdma_hw_core_check (core, &core->error);
  return core;
}
