/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a node of a device tree to a core, in each style of binding: the kernel
 * driver's with a child for each channel, the flat one with numbered options, a
 * bare node for UIO. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hw-dt-private.h"
#include "vdma-number.h"
#include "vdma-util.h"

#define DT_VDMA "xlnx,axi-vdma-"

/** DtRow: which properties say a field, the best one first. */
typedef struct {
  guint field;
  guint min, max; /* max 1: a flag, there or not, or a number */
  const gchar *names[2];
} DtRow;

#define FIELD(dir, kind)                                                       \
  (VDMA_HW_##kind + VDMA_##dir * VDMA_HW_N_CHANNEL_FIELDS)

#define CHANNEL_ROWS(dir, name, stream, frmstore, threshold, delay, count)     \
  { FIELD (dir, PRESENT), 0, 1, { "xlnx,include-" name } },                    \
      { FIELD (dir, MM_WIDTH), 32, 1024,                                       \
        { "xlnx," name "-data-width", "xlnx,m-axi-" name "-data-width" } },    \
      { FIELD (dir, STREAM_WIDTH), 8, 1024,                                    \
        { "xlnx," name "-tdata-width",                                         \
            "xlnx," stream "-axis-" name "-tdata-width" } },                   \
      { FIELD (dir, DRE), 0, 1, { "xlnx,include-" name "-dre" } },             \
      { FIELD (dir, FSYNC), 0, 2, { "xlnx,use-" name "-fsync" } },             \
      { FIELD (dir, GENLOCK), 0, 3, { "xlnx," name "-genlock-mode" } },        \
      { FIELD (dir, REPEAT_EN), 0, 1, { "xlnx," name "-genlock-repeat-en" } }, \
      { FIELD (dir, FRMSTORE), 0, 1, { "xlnx,enable-debug-info-" frmstore } }, \
      { FIELD (dir, THRESHOLD), 0, 1,                                          \
        { "xlnx,enable-debug-info-" threshold } },                             \
      { FIELD (dir, DELAY_COUNTER), 0, 1,                                      \
        { "xlnx,enable-debug-info-" delay } },                                 \
  {                                                                            \
    FIELD (dir, FRAME_COUNTER), 0, 1,                                          \
    {                                                                          \
      "xlnx,enable-debug-info-" count                                          \
    }                                                                          \
  }

static const DtRow dt_rows[] = {
  { VDMA_HW_ADDR_WIDTH, 32, 64, { "xlnx,addrwidth", "xlnx,addr-width" } },
  { VDMA_HW_FLUSH_ON_FSYNC, 0, 1, { "xlnx,flush-on-fsync" } },
  { VDMA_HW_INTERNAL_GENLOCK, 0, 1, { "xlnx,include-internal-genlock" } },
  { VDMA_HW_VERT_FLIP, 0, 1, { "xlnx,enable-vert-flip" } },
  { VDMA_HW_VIDPRMTR_READS, 0, 1,
      { "xlnx,enable-vidparam-reads", "xlnx,enable-vidprmtr-reads" } },
  { VDMA_HW_STATUS_REGS, 0, 1, { "xlnx,enable-debug-info-12" } },
  { VDMA_HW_DLYTMR_RESOLUTION, 1, 100000, { "xlnx,dlytmr-resolution" } },
  CHANNEL_ROWS (MM2S, "mm2s", "m", "5", "1", "6", "7"),
  CHANNEL_ROWS (S2MM, "s2mm", "s", "13", "9", "14", "15"),
};

/* Of a channel's child; fields are those of S2MM or of its own. */
static const DtRow dt_child_rows[] = {
  { VDMA_HW_STREAM_WIDTH, 8, 1024, { "xlnx,datawidth" } },
  { VDMA_HW_DRE, 0, 1, { "xlnx,include-dre" } },
  { VDMA_HW_VERT_FLIP, 0, 1, { "xlnx,enable-vert-flip" } },
};

static const gchar *const dt_child_compatible[VDMA_N_DIRECTIONS] = {
  [VDMA_MM2S] = "xlnx,axi-vdma-mm2s-channel",
  [VDMA_S2MM] = "xlnx,axi-vdma-s2mm-channel",
};

static const gchar *const dt_irq_names[VDMA_N_DIRECTIONS] = {
  [VDMA_MM2S] = "mm2s_introut",
  [VDMA_S2MM] = "s2mm_introut",
};

/** DtBuilder: a core in the making. */
typedef struct {
  HwDt *dt;
  const HwDtNode *node;
  VdmaHwCore *core;
  const HwDtNode *child[VDMA_N_DIRECTIONS]; /* (nullable) */
} DtBuilder;

/* ---- properties to fields ---- */

static void
dt_set_bad (const DtBuilder *builder, guint field, GError *wrong)
{
  hw_core_set_bad (
      builder->core, field, VDMA_HW_ORIGIN_DEVICE_TREE, "%s", wrong->message);
  g_error_free (wrong);
}

/* Returns whether the property is there, right or wrong. */
static gboolean
dt_set_property (const DtBuilder *builder, const HwDtNode *node, guint field,
    const DtRow *row, const gchar *name)
{
  GError *wrong = NULL;
  guint32 value = 0;
  gboolean is_there =
      row->max == 1 ? hw_dt_get_flag (builder->dt, node, name, &value, &wrong)
                    : hw_dt_get_u32 (builder->dt, node, name, &value, &wrong);
  if (is_there && (value < row->min || value > row->max)) {
    hw_dt_set_error (&wrong, builder->dt, node, name,
        "is %u; it must be %u to %u", value, row->min, row->max);
  }
  if (wrong) {
    dt_set_bad (builder, field, wrong);
    return TRUE;
  }
  if (is_there)
    vdma_hw_core_set (builder->core, field, value, VDMA_HW_ORIGIN_DEVICE_TREE);
  return is_there;
}

static void
dt_set_row (const DtBuilder *builder, const DtRow *row)
{
  for (guint i = 0; i < G_N_ELEMENTS (row->names) && row->names[i]; i++) {
    if (dt_set_property (
            builder, builder->node, row->field, row, row->names[i]))
      return;
  }
}

/* Older generators wrote the number of registers, of which a store has two above
 * 32 address bits. More than 8 can only be that. */
static void
dt_set_stores (const DtBuilder *builder)
{
  static const gchar name[] = "xlnx,num-fstores";
  static const DtRow row = { VDMA_HW_STORES, 1, VDMA_MAX_STORES, { name } };
  VdmaHwCore *core = builder->core;
  if (!dt_set_property (builder, builder->node, VDMA_HW_STORES, &row, name)
      || core->bad[VDMA_HW_STORES] || core->desc.addr_width <= 32)
    return;
  guint stores = core->desc.n_stores;
  if (stores <= VDMA_MAX_STORES_64BIT) {
    if (stores % 2 == 0)
      hw_core_note (core,
          "%s: '%s' is %u; with %u address bits some generators of device "
          "trees write the double, then it is %u",
          core->source, name, stores, core->desc.addr_width, stores / 2);
    return;
  }
  hw_core_note (core,
      "%s: '%s' is %u; with %u address bits a core has %u at most, so this "
      "is taken for the number of registers, two for each store",
      core->source, name, stores, core->desc.addr_width, VDMA_MAX_STORES_64BIT);
  vdma_hw_core_set (
      core, VDMA_HW_STORES, stores / 2, VDMA_HW_ORIGIN_DEVICE_TREE);
}

/* 1: both, 2: MM2S, 3: S2MM. Its errors are those of S2MM. */
static void
dt_set_flush (const DtBuilder *builder)
{
  static const gchar name[] = "xlnx,flush-fsync";
  static const DtRow row = { VDMA_HW_FLUSH_ON_FSYNC, 0, 3, { name } };
  VdmaHwCore *core = builder->core;
  if (core->origin[VDMA_HW_FLUSH_ON_FSYNC] != VDMA_HW_ORIGIN_DEFAULT
      || !dt_set_property (
          builder, builder->node, VDMA_HW_FLUSH_ON_FSYNC, &row, name)
      || core->bad[VDMA_HW_FLUSH_ON_FSYNC])
    return;
  guint value = (guint) vdma_hw_core_get (core, VDMA_HW_FLUSH_ON_FSYNC);
  vdma_hw_core_set (core, VDMA_HW_FLUSH_ON_FSYNC, value == 1 || value == 3,
      VDMA_HW_ORIGIN_DEVICE_TREE);
}

static void
dt_check_sg (const DtBuilder *builder)
{
  static const gchar name[] = "xlnx,include-sg";
  g_autoptr (GError) wrong = NULL;
  guint32 value = 0;
  if (hw_dt_get_flag (builder->dt, builder->node, name, &value, &wrong)
          ? value == 0
          : !wrong)
    return;
  hw_core_refuse (builder->core, VDMA_ERROR_UNSUPPORTED,
      "%s: the core is built with scatter-gather (property '%s'), and its "
      "registers are others then; build it without",
      builder->core->source, name);
}

static void
dt_set_debug_all (const DtBuilder *builder)
{
  static const VdmaHwField kinds[] = { VDMA_HW_FRMSTORE, VDMA_HW_THRESHOLD,
    VDMA_HW_DELAY_COUNTER, VDMA_HW_FRAME_COUNTER };
  guint32 all = 0;
  if (!hw_dt_get_flag (
          builder->dt, builder->node, "xlnx,enable-debug-all", &all, NULL)
      || !all)
    return;
  vdma_hw_core_set (
      builder->core, VDMA_HW_STATUS_REGS, TRUE, VDMA_HW_ORIGIN_DEVICE_TREE);
  for (guint i = 0; i < G_N_ELEMENTS (kinds) * VDMA_N_DIRECTIONS; i++)
    vdma_hw_core_set (builder->core,
        vdma_hw_channel_field (
            i % VDMA_N_DIRECTIONS, kinds[i / VDMA_N_DIRECTIONS]),
        TRUE, VDMA_HW_ORIGIN_DEVICE_TREE);
}

/* ---- channels ---- */

static gboolean
dt_is_compatible (const HwDt *dt, const HwDtNode *node, const gchar *with)
{
  g_auto (GStrv) compatible = NULL;
  return hw_dt_get_strings (dt, node, "compatible", &compatible, NULL)
         && g_strv_contains ((const gchar *const *) compatible, with);
}

static void
dt_find_children (DtBuilder *builder)
{
  const HwDt *dt = builder->dt;
  for (guint i = 0; i < dt->nodes->len; i++) {
    const HwDtNode *node = g_ptr_array_index (dt->nodes, i);
    if (node->parent != builder->node)
      continue;
    for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
      if (!builder->child[dir]
          && dt_is_compatible (dt, node, dt_child_compatible[dir]))
        builder->child[dir] = node;
    }
  }
}

/* Where channels have nodes, one without has no channel. */
static void
dt_set_children (DtBuilder *builder)
{
  dt_find_children (builder);
  if (!builder->child[VDMA_MM2S] && !builder->child[VDMA_S2MM])
    return;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    const HwDtNode *child = builder->child[dir];
    vdma_hw_core_set (builder->core,
        vdma_hw_channel_field ((VdmaDirection) dir, VDMA_HW_PRESENT),
        child != NULL, VDMA_HW_ORIGIN_DEVICE_TREE);
    for (guint i = 0; child && i < G_N_ELEMENTS (dt_child_rows); i++) {
      const DtRow *row = &dt_child_rows[i];
      guint field = row->field < VDMA_HW_N_CORE_FIELDS
                        ? row->field
                        : vdma_hw_channel_field (
                            (VdmaDirection) dir, (VdmaHwField) row->field);
      dt_set_property (builder, child, field, row, row->names[0]);
    }
  }
}

/* ---- interrupts ---- */

/* Which of the node's interrupts is the channel's: by name; else MM2S comes
 * before S2MM; a single one is of both. */
static guint
dt_irq_index (const DtBuilder *builder, VdmaDirection dir)
{
  g_auto (GStrv) names = NULL;
  VdmaHwIrq second;
  if (hw_dt_get_strings (
          builder->dt, builder->node, "interrupt-names", &names, NULL)) {
    for (guint i = 0; names[i]; i++) {
      if (g_str_equal (names[i], dt_irq_names[dir]))
        return i;
    }
  }
  return dir == VDMA_S2MM && builder->core->desc.channel[VDMA_MM2S].present
         && hw_dt_get_irq (builder->dt, builder->node, 1, &second, NULL);
}

static void
dt_set_irq (const DtBuilder *builder, VdmaDirection dir)
{
  const HwDtNode *child = builder->child[dir];
  VdmaHwIrq *irq = &builder->core->irq[dir];
  g_autoptr (GError) wrong = NULL;

  if (child && hw_dt_get_irq (builder->dt, child, 0, irq, &wrong))
    return;
  if (!wrong
      && hw_dt_get_irq (
          builder->dt, builder->node, dt_irq_index (builder, dir), irq, &wrong))
    return;
  if (wrong)
    hw_core_note (builder->core, "%s", wrong->message);
}

/* ---- which core ---- */

/* "xlnx,axi-vdma-6.3"; "1.00.a" is the name of the binding. */
static gboolean
dt_parse_version (const gchar *compatible, guint *major, guint *minor)
{
  guint64 numbers[2];
  if (!g_str_has_prefix (compatible, DT_VDMA))
    return FALSE;
  g_auto (GStrv) parts = g_strsplit (compatible + strlen (DT_VDMA), ".", 3);
  if (g_strv_length (parts) < 2 || !vdma_parse_uint64 (parts[0], &numbers[0])
      || !vdma_parse_uint64 (parts[1], &numbers[1]))
    return FALSE;
  *major = (guint) MIN (numbers[0], G_MAXUINT);
  *minor = (guint) MIN (numbers[1], G_MAXUINT);
  return TRUE;
}

static gboolean
dt_names_vdma (const gchar *compatible)
{
  guint major, minor;
  return dt_parse_version (compatible, &major, &minor);
}

static void
dt_check_compatible (const DtBuilder *builder)
{
  VdmaHwCore *core = builder->core;
  const gchar *other = NULL;
  g_auto (GStrv) compatible = NULL;
  if (!hw_dt_get_strings (
          builder->dt, builder->node, "compatible", &compatible, NULL))
    return;
  core->compatible = g_strdup (compatible[0]);
  for (guint i = 0; compatible[i]; i++) {
    guint major, minor;
    if (!dt_parse_version (compatible[i], &major, &minor)) {
      if (g_str_has_prefix (compatible[i], "xlnx,"))
        other = compatible[i];
      continue;
    }
    if (major == 1) {
      other = NULL;
      continue;
    }
    if (major != 6 || (minor != 2 && minor != 3))
      hw_core_refuse (core, VDMA_ERROR_UNSUPPORTED,
          "%s: the core is '%.64s'; the versions known are " DT_VDMA
          "6.2 and 6.3",
          core->source, compatible[i]);
    core->major = major;
    core->minor = minor;
    return;
  }
  if (other)
    hw_core_refuse (core, VDMA_ERROR_UNSUPPORTED,
        "%s is '%.64s': that is no AXI VDMA", core->source, other);
}

static gboolean
dt_name_says_vdma (const HwDtNode *node)
{
  g_autofree gchar *lower = g_ascii_strdown (node->name, -1);
  return strstr (lower, "vdma") != NULL;
}

/* A node for UIO is recognised by what is left of the VDMA in it. */
static gboolean
dt_is_vdma (const HwDt *dt, const HwDtNode *node)
{
  gboolean is_uio = FALSE;
  g_auto (GStrv) compatible = NULL;
  if (!hw_dt_get_strings (dt, node, "compatible", &compatible, NULL))
    return FALSE;
  for (guint i = 0; compatible[i]; i++) {
    if (dt_names_vdma (compatible[i]))
      return TRUE;
    is_uio = is_uio || strstr (compatible[i], "uio");
  }
  return is_uio && hw_dt_has (dt, node, "reg")
         && (dt_name_says_vdma (node)
             || hw_dt_has (dt, node, "xlnx,num-fstores"));
}

/* ---- the whole ---- */

static void
dt_set_address (const DtBuilder *builder)
{
  VdmaHwCore *core = builder->core;
  GError *wrong = NULL;
  guint64 base, size;
  if (hw_dt_get_reg (builder->dt, builder->node, &base, &size, &wrong)) {
    vdma_hw_core_set (core, VDMA_HW_BASE, base, VDMA_HW_ORIGIN_DEVICE_TREE);
    vdma_hw_core_set (core, VDMA_HW_SPAN, size, VDMA_HW_ORIGIN_DEVICE_TREE);
    return;
  }
  if (!wrong)
    hw_dt_set_error (&wrong, builder->dt, builder->node, "reg",
        "is not there: where the registers are is not known");
  dt_set_bad (builder, VDMA_HW_BASE, wrong);
}

static VdmaHwCore *
dt_build_core (HwDt *dt, const HwDtNode *node)
{
  g_autofree gchar *source = g_strconcat (dt->shown, node->path, NULL);
  VdmaHwCore *core = vdma_hw_core_new (source);
  DtBuilder builder = { .dt = dt, .node = node, .core = core };
  core->node = g_strdup (node->path);
  core->enabled = hw_dt_is_enabled (dt, node);
  hw_core_set_name (core, *node->name ? node->name : "/");
  dt_check_compatible (&builder);
  dt_check_sg (&builder);
  for (guint i = 0; i < G_N_ELEMENTS (dt_rows); i++)
    dt_set_row (&builder, &dt_rows[i]);
  dt_set_stores (&builder);
  dt_set_flush (&builder);
  dt_set_debug_all (&builder);
  dt_set_children (&builder);
  dt_set_address (&builder);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    if (core->desc.channel[dir].present)
      dt_set_irq (&builder, (VdmaDirection) dir);
  }
  if (!core->error)
    vdma_hw_core_check (core, &core->error);
  return core;
}

static void
dt_core_free (gpointer data)
{
  vdma_hw_core_free (data);
}

static GPtrArray *
dt_list (HwDt *dt)
{
  GPtrArray *cores = g_ptr_array_new_with_free_func (dt_core_free);
  for (guint i = 0; i < dt->nodes->len; i++) {
    const HwDtNode *node = g_ptr_array_index (dt->nodes, i);
    if (dt_is_vdma (dt, node))
      g_ptr_array_add (cores, dt_build_core (dt, node));
  }
  return cores;
}

GPtrArray *
vdma_dt_list (const gchar *root, GError **error)
{
  g_autoptr (HwDt) dt = hw_dt_open (root, error);
  return dt ? dt_list (dt) : NULL;
}

/* ---- one node ---- */

static gboolean
dt_core_matches (const VdmaHwCore *core, const gchar *name)
{
  const gchar *last = strrchr (core->node, '/') + 1;
  gsize length = strcspn (last, "@");
  return g_str_equal (core->node, name) || g_str_equal (last, name)
         || (strlen (name) == length && strncmp (last, name, length) == 0);
}

/* Labels are kept where the tree was made for overlays. */
static gchar *
dt_resolve_alias (const HwDt *dt, const gchar *name)
{
  static const gchar *const tables[] = { "/aliases", "/__symbols__" };
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++) {
    const HwDtNode *table = hw_dt_get_node (dt, tables[i]);
    g_auto (GStrv) path = NULL;
    if (table && !strchr (name, '/')
        && hw_dt_get_strings (dt, table, name, &path, NULL)
        && hw_dt_get_node (dt, path[0]))
      return g_strdup (path[0]);
  }
  return g_strdup (name);
}

VdmaHwCore *
hw_dt_pick (const gchar *spec, GError **error)
{
  const gchar *mark = strrchr (spec, '#');
  g_autofree gchar *root =
      mark ? g_strndup (spec, (gsize) (mark - spec)) : g_strdup (spec);
  g_autoptr (HwDt) dt = hw_dt_open (*root ? root : NULL, error);
  if (!dt)
    return NULL;
  g_autofree gchar *name = mark ? dt_resolve_alias (dt, mark + 1) : NULL;
  /* who names a node by its path means it, whatever it is called */
  const HwDtNode *node =
      name && *name == '/' ? hw_dt_get_node (dt, name) : NULL;
  if (node)
    return dt_build_core (dt, node);
  g_autoptr (GPtrArray) cores = dt_list (dt);
  return hw_core_pick (
      cores, name, HW_ANY_BASE, dt_core_matches, dt->shown, error);
}

VdmaHwCore *
vdma_dt_find (const gchar *spec, GError **error)
{
  g_autoptr (VdmaHwCore) core = hw_dt_pick (spec, error);
  if (!core || !vdma_hw_core_check (core, error))
    return NULL;
  return g_steal_pointer (&core);
}

static gchar *
dt_real_path (const gchar *path, GError **error)
{
  gchar *real = realpath (path, NULL);
  if (!real) {
    int saved_errno = errno;
    g_autofree gchar *shown = g_filename_display_name (path);
    vdma_set_error_errno (error, saved_errno, "cannot find node '%s'", shown);
    return NULL;
  }
  gchar *copy = g_strdup (real);
  free (real);
  return copy;
}

/* Returns: (nullable): the node of @dt that @folder is */
static const HwDtNode *
dt_find_folder (const HwDt *dt, const gchar *folder, GError **error)
{
  g_autofree gchar *real = dt_real_path (folder, error);
  g_autofree gchar *real_root = real ? dt_real_path (dt->root, error) : NULL;
  if (!real_root)
    return NULL;
  gsize length = strlen (real_root);
  const HwDtNode *node = NULL;
  if (g_str_has_prefix (real, real_root) && real[length] == '/')
    node = hw_dt_get_node (dt, real + length);
  if (node)
    return node;
  g_autofree gchar *shown = g_filename_display_name (folder);
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND,
      "'%s' is no node of device tree '%s'", shown, dt->shown);
  return NULL;
}

VdmaHwCore *
vdma_dt_read_node (const gchar *folder, const gchar *root, GError **error)
{
  g_autoptr (HwDt) dt = hw_dt_open (root, error);
  const HwDtNode *node = dt ? dt_find_folder (dt, folder, error) : NULL;
  return node ? dt_build_core (dt, node) : NULL;
}

gboolean
vdma_dt_read_irq (const gchar *folder, const gchar *root, guint index,
    VdmaHwIrq *irq, GError **error)
{
  g_autoptr (HwDt) dt = hw_dt_open (root, error);
  const HwDtNode *node = dt ? dt_find_folder (dt, folder, error) : NULL;
  GError *wrong = NULL;
  if (!node)
    return FALSE;
  if (hw_dt_get_irq (dt, node, index, irq, &wrong))
    return TRUE;
  if (wrong)
    g_propagate_error (error, wrong);
  else
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND,
        "node '%s' has no interrupt %u", node->path, index);
  return FALSE;
}
