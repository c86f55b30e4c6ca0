/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One core as its sources describe it: fields by number, who said what, and
 * which source wins. */
#include "hw-core-private.h"

#include <string.h>

#include "vdma-error.h"
#include "vdma-util.h"

#define CORE_MAX_NOTES 64 /* hostile files could have any number */

typedef struct {
  const gchar *name;
  gsize offset; /* in VdmaHwDesc, or in VdmaHwChannel */
} CoreField;

#define CORE(field_, member)                                                   \
  [VDMA_HW_##field_] = { #member, G_STRUCT_OFFSET (VdmaHwDesc, member) }

static const CoreField core_fields[VDMA_HW_N_CORE_FIELDS] = {
  CORE (BASE, base),
  CORE (SPAN, span),
  CORE (STORES, n_stores),
  CORE (ADDR_WIDTH, addr_width),
  CORE (FLUSH_ON_FSYNC, flush_on_fsync),
  CORE (INTERNAL_GENLOCK, internal_genlock),
  CORE (VERT_FLIP, vert_flip),
  CORE (VIDPRMTR_READS, vidprmtr_reads),
  CORE (STATUS_REGS, status_regs),
  CORE (DLYTMR_RESOLUTION, dlytmr_resolution),
};

#define CHANNEL(field_, member)                                                \
  [VDMA_HW_##field_ -                                                          \
      VDMA_HW_PRESENT] = { { "MM2S." #member, "S2MM." #member },               \
    G_STRUCT_OFFSET (VdmaHwChannel, member) }

static const struct {
  const gchar *name[VDMA_N_DIRECTIONS];
  gsize offset;
} core_channel_fields[VDMA_HW_N_CHANNEL_FIELDS] = {
  CHANNEL (PRESENT, present),
  CHANNEL (MM_WIDTH, mm_width),
  CHANNEL (STREAM_WIDTH, stream_width),
  CHANNEL (DRE, dre),
  CHANNEL (FSYNC, fsync),
  CHANNEL (GENLOCK, genlock),
  CHANNEL (REPEAT_EN, repeat_en),
  CHANNEL (FRAME_COUNTER, frame_counter),
  CHANNEL (DELAY_COUNTER, delay_counter),
  CHANNEL (FRMSTORE, frmstore_reg),
  CHANNEL (THRESHOLD, threshold_reg),
};

/* Every field but the base is as wide as a guint. */
G_STATIC_ASSERT (sizeof (VdmaFsync) == sizeof (guint));
G_STATIC_ASSERT (sizeof (VdmaGenlockMode) == sizeof (guint));
G_STATIC_ASSERT (sizeof (gboolean) == sizeof (guint));
G_STATIC_ASSERT (VDMA_MM2S == 0 && VDMA_S2MM == 1);

/* ---- life ---- */

VdmaHwCore *
vdma_hw_core_new (const gchar *source)
{
  VdmaHwCore *core = g_new0 (VdmaHwCore, 1);
  vdma_hw_desc_init (&core->desc);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    core->irq[dir].spi = core->irq[dir].input = -1;
  core->source = g_strdup (source);
  core->enabled = TRUE;
  core->notes = g_ptr_array_new_with_free_func (g_free);
  return core;
}

VdmaHwCore *
vdma_hw_core_copy (const VdmaHwCore *core)
{
  VdmaHwCore *copy = g_new (VdmaHwCore, 1);
  *copy = *core;
  for (guint field = 0; field < VDMA_HW_N_FIELDS; field++)
    copy->bad[field] = g_strdup (core->bad[field]);
  copy->source = g_strdup (core->source);
  copy->node = g_strdup (core->node);
  copy->full_name = g_strdup (core->full_name);
  copy->compatible = g_strdup (core->compatible);
  copy->error = core->error ? g_error_copy (core->error) : NULL;
  copy->notes = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < core->notes->len; i++)
    g_ptr_array_add (
        copy->notes, g_strdup (g_ptr_array_index (core->notes, i)));
  return copy;
}

void
vdma_hw_core_free (VdmaHwCore *core)
{
  if (!core)
    return;
  for (guint field = 0; field < VDMA_HW_N_FIELDS; field++)
    g_free (core->bad[field]);
  g_free (core->source);
  g_free (core->node);
  g_free (core->full_name);
  g_free (core->compatible);
  g_clear_error (&core->error);
  g_ptr_array_unref (core->notes);
  g_free (core);
}

/* ---- fields ---- */

static gboolean
core_field_is_channel (guint field, VdmaDirection *dir, guint *kind)
{
  if (field < VDMA_HW_N_CORE_FIELDS)
    return FALSE;
  *dir = (field - VDMA_HW_N_CORE_FIELDS) / VDMA_HW_N_CHANNEL_FIELDS;
  *kind = (field - VDMA_HW_N_CORE_FIELDS) % VDMA_HW_N_CHANNEL_FIELDS;
  return TRUE;
}

const gchar *
vdma_hw_field_name (guint field)
{
  VdmaDirection dir;
  guint kind;
  g_return_val_if_fail (field < VDMA_HW_N_FIELDS, "no field");
  return core_field_is_channel (field, &dir, &kind)
             ? core_channel_fields[kind].name[dir]
             : core_fields[field].name;
}

const gchar *
vdma_hw_origin_name (VdmaHwOrigin origin)
{
  static const gchar *const names[VDMA_HW_N_ORIGINS] = {
    [VDMA_HW_ORIGIN_DEFAULT] = "the default",
    [VDMA_HW_ORIGIN_DEVICE_TREE] = "device tree",
    [VDMA_HW_ORIGIN_HWH] = ".hwh file",
    [VDMA_HW_ORIGIN_EXPLICIT] = "options",
  };
  g_return_val_if_fail ((guint) origin < VDMA_HW_N_ORIGINS, "no origin");
  return names[origin];
}

static gpointer
core_field_at (const VdmaHwDesc *desc, guint field)
{
  VdmaDirection dir;
  guint kind;
  if (core_field_is_channel (field, &dir, &kind))
    return G_STRUCT_MEMBER_P (
        &desc->channel[dir], core_channel_fields[kind].offset);
  return G_STRUCT_MEMBER_P (desc, core_fields[field].offset);
}

guint64
vdma_hw_core_get (const VdmaHwCore *core, guint field)
{
  g_return_val_if_fail (field < VDMA_HW_N_FIELDS, 0);
  gconstpointer at = core_field_at (&core->desc, field);
  return field == VDMA_HW_BASE ? *(const guint64 *) at : *(const guint *) at;
}

void
vdma_hw_core_set (
    VdmaHwCore *core, guint field, guint64 value, VdmaHwOrigin origin)
{
  g_return_if_fail (field < VDMA_HW_N_FIELDS);
  gpointer at = core_field_at (&core->desc, field);
  if (field == VDMA_HW_BASE)
    *(guint64 *) at = value;
  else
    *(guint *) at = (guint) MIN (value, G_MAXUINT);
  core->origin[field] = origin;
  g_clear_pointer (&core->bad[field], g_free);
}

gchar *
hw_sentence (const gchar *format, va_list args)
{
  g_autofree gchar *text = g_strdup_vprintf (format, args);
  return g_utf8_make_valid (text, -1);
}

void
hw_core_set_bad (VdmaHwCore *core, guint field, VdmaHwOrigin origin,
    const gchar *format, ...)
{
  va_list args;
  va_start (args, format);
  g_free (core->bad[field]);
  core->bad[field] = hw_sentence (format, args);
  core->origin[field] = origin;
  va_end (args);
}

void
hw_core_note (VdmaHwCore *core, const gchar *format, ...)
{
  if (core->notes->len >= CORE_MAX_NOTES)
    return;
  va_list args;
  va_start (args, format);
  g_ptr_array_add (core->notes, hw_sentence (format, args));
  va_end (args);
}

void
hw_core_refuse (VdmaHwCore *core, VdmaErrorCode code, const gchar *format, ...)
{
  if (core->error)
    return;
  va_list args;
  va_start (args, format);
  g_autofree gchar *text = hw_sentence (format, args);
  va_end (args);
  core->error = g_error_new_literal (VDMA_ERROR, (gint) code, text);
  core->is_refused = TRUE;
}

void
hw_core_forget_check (VdmaHwCore *core)
{
  if (!core->is_refused)
    g_clear_error (&core->error);
}

void
hw_core_set_name (VdmaHwCore *core, const gchar *name)
{
  g_autofree gchar *valid = g_utf8_make_valid (name, -1);
  gsize length = strlen (valid);
  if (length >= sizeof core->desc.name) {
    const gchar *end = valid + sizeof core->desc.name - 1;
    /* not in the middle of a character */
    length = (gsize) (g_utf8_find_prev_char (valid, end + 1) - valid);
  }
  memcpy (core->desc.name, valid, length);
  memset (core->desc.name + length, 0, sizeof core->desc.name - length);
}

gchar *
hw_field_to_string (guint field, guint64 value)
{
  return g_strdup_printf (field <= VDMA_HW_SPAN ? "0x%" G_GINT64_MODIFIER "x"
                                                : "%" G_GUINT64_FORMAT,
      value);
}

/* ---- several sources ---- */

static void
core_take_field (VdmaHwCore *core, const VdmaHwCore *other, guint field)
{
  vdma_hw_core_set (
      core, field, vdma_hw_core_get (other, field), other->origin[field]);
  core->bad[field] = g_strdup (other->bad[field]);
}

static void
core_note_difference (VdmaHwCore *core, const VdmaHwCore *other, guint field)
{
  const VdmaHwCore *winner =
      other->origin[field] > core->origin[field] ? other : core;
  const VdmaHwCore *loser = winner == core ? other : core;
  g_autofree gchar *taken =
      hw_field_to_string (field, vdma_hw_core_get (winner, field));
  g_autofree gchar *left =
      hw_field_to_string (field, vdma_hw_core_get (loser, field));
  hw_core_note (core, "%s is %s by the %s (%s); the %s (%s) says %s",
      vdma_hw_field_name (field), taken,
      vdma_hw_origin_name (winner->origin[field]), winner->source,
      vdma_hw_origin_name (loser->origin[field]), loser->source, left);
}

static void
core_merge_field (VdmaHwCore *core, const VdmaHwCore *other, guint field)
{
  if (other->origin[field] == VDMA_HW_ORIGIN_DEFAULT)
    return;
  if (core->origin[field] == VDMA_HW_ORIGIN_DEFAULT) {
    core_take_field (core, other, field);
    return;
  }
  if (!core->bad[field] && !other->bad[field]
      && vdma_hw_core_get (core, field) != vdma_hw_core_get (other, field))
    core_note_difference (core, other, field);
  if (other->origin[field] > core->origin[field])
    core_take_field (core, other, field);
}

void
vdma_hw_core_merge (VdmaHwCore *core, const VdmaHwCore *other)
{
  for (guint field = 0; field < VDMA_HW_N_FIELDS; field++)
    core_merge_field (core, other, field);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    if (!core->irq[dir].known)
      core->irq[dir] = other->irq[dir];
  }
  if (core->major == 0) {
    core->major = other->major;
    core->minor = other->minor;
  }
  if (!core->node)
    core->node = g_strdup (other->node);
  if (!core->full_name)
    core->full_name = g_strdup (other->full_name);
  if (!core->compatible)
    core->compatible = g_strdup (other->compatible);
  core->enabled = core->enabled && other->enabled;
  for (guint i = 0; i < other->notes->len; i++)
    hw_core_note (core, "%s", (gchar *) g_ptr_array_index (other->notes, i));
  if (!core->error && other->error)
    core->error = g_error_copy (other->error);
  core->is_refused = core->is_refused || other->is_refused;
}

/* ---- the whole ---- */

static gboolean
core_is_said (const VdmaHwCore *core, guint field)
{
  return core->origin[field] != VDMA_HW_ORIGIN_DEFAULT;
}

/* No source but a .hwh names the width of the memory side; it is never below
 * that of the stream. */
static void
core_fill_widths (VdmaHwCore *core, VdmaDirection dir)
{
  VdmaHwChannel *channel = &core->desc.channel[dir];
  guint stream = channel->stream_width;
  if (core_is_said (core, vdma_hw_channel_field (dir, VDMA_HW_MM_WIDTH)))
    return;
  while (channel->mm_width < stream && channel->mm_width < 1024)
    channel->mm_width *= 2;
}

/* A .hwh has the parameter set for channels that make no pair too: then nothing
 * is wired inside. */
static void
core_fill_genlock (VdmaHwCore *core)
{
  const VdmaHwChannel *channel = core->desc.channel;
  if (core->origin[VDMA_HW_INTERNAL_GENLOCK] == VDMA_HW_ORIGIN_EXPLICIT
      || !core->desc.internal_genlock)
    return;
  if (channel[VDMA_MM2S].present && channel[VDMA_S2MM].present
      && (channel[VDMA_MM2S].genlock ^ channel[VDMA_S2MM].genlock) == 1)
    return;
  core->desc.internal_genlock = FALSE;
}

static gboolean
core_check_bad (const VdmaHwCore *core, GError **error)
{
  for (guint field = 0; field < VDMA_HW_N_FIELDS; field++) {
    if (core->bad[field]) {
      g_set_error_literal (
          error, VDMA_ERROR, VDMA_ERROR_INVALID, core->bad[field]);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
vdma_hw_core_check (VdmaHwCore *core, GError **error)
{
  if (core->error) {
    g_propagate_error (error, g_error_copy (core->error));
    return FALSE;
  }
  if (!core_check_bad (core, error))
    return FALSE;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    core_fill_widths (core, (VdmaDirection) dir);
  core_fill_genlock (core);
  if (vdma_hw_desc_validate (&core->desc, error))
    return TRUE;
  g_prefix_error (error, "%s: ", core->source);
  return FALSE;
}

static void
core_describe_irq (const VdmaHwIrq *irq, const gchar *name, GString *text)
{
  g_string_append_printf (text, "%s interrupt: ", name);
  if (!irq->known) {
    g_string_append (text, "not known\n");
    return;
  }
  g_string_append (text, irq->pin);
  if (irq->input >= 0)
    g_string_append_printf (
        text, ", by input %d of %s", irq->input, irq->controller);
  if (irq->spi >= 0)
    g_string_append_printf (text, ", SPI %d", irq->spi);
  g_string_append_c (text, '\n');
}

gchar *
vdma_hw_core_describe (const VdmaHwCore *core)
{
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "%s of %s\n", core->desc.name, core->source);
  for (guint field = 0; field < VDMA_HW_N_FIELDS; field++) {
    g_autofree gchar *value =
        hw_field_to_string (field, vdma_hw_core_get (core, field));
    g_string_append_printf (text, "%s = %s (%s)\n", vdma_hw_field_name (field),
        value, vdma_hw_origin_name (core->origin[field]));
  }
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    core_describe_irq (
        &core->irq[dir], vdma_direction_to_string ((VdmaDirection) dir), text);
  for (guint i = 0; i < core->notes->len; i++)
    g_string_append_printf (
        text, "note: %s\n", (gchar *) g_ptr_array_index (core->notes, i));
  if (core->error)
    g_string_append_printf (text, "cannot be used: %s\n", core->error->message);
  return g_string_free (text, FALSE);
}

/* ---- one of a list ---- */

static gchar *
core_list_names (GPtrArray *cores)
{
  GString *names = g_string_new (NULL);
  for (guint i = 0; i < cores->len; i++) {
    const VdmaHwCore *core = g_ptr_array_index (cores, i);
    g_string_append_printf (names, "%s%s", i ? ", " : "", core->desc.name);
    const gchar *more = core->node ? core->node : core->full_name;
    if (more && !g_str_equal (more, core->desc.name))
      g_string_append_printf (names, " (%s)", more);
    if (core->error)
      g_string_append (names, " (cannot be used)");
  }
  return g_string_free (names, FALSE);
}

static VdmaHwCore *
core_pick_only (GPtrArray *cores, guint64 base)
{
  VdmaHwCore *only = NULL, *at_base = NULL;
  guint n_usable = 0;
  for (guint i = 0; i < cores->len; i++) {
    VdmaHwCore *core = g_ptr_array_index (cores, i);
    if (base != HW_ANY_BASE && core->desc.base == base)
      at_base = core;
    if (core->error || !core->enabled)
      continue;
    only = core;
    n_usable++;
  }
  if (at_base)
    return at_base;
  /* the reason why the only core cannot be used is the better answer */
  if (cores->len == 1)
    return g_ptr_array_index (cores, 0);
  return n_usable == 1 ? only : NULL;
}

VdmaHwCore *
hw_core_pick (GPtrArray *cores, const gchar *name, guint64 base,
    gboolean (*matches) (const VdmaHwCore *core, const gchar *name),
    const gchar *where, GError **error)
{
  VdmaHwCore *found = NULL;
  guint n_found = 0;

  for (guint i = 0; name && i < cores->len; i++) {
    VdmaHwCore *core = g_ptr_array_index (cores, i);
    if (!matches (core, name))
      continue;
    found = core;
    n_found++;
  }
  if (!name && (found = core_pick_only (cores, base)))
    n_found = 1;
  if (n_found == 1)
    return vdma_hw_core_copy (found);

  g_autofree gchar *names = core_list_names (cores);
  if (cores->len == 0)
    g_set_error (
        error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND, "%s has no AXI VDMA", where);
  else if (name)
    g_set_error (error, VDMA_ERROR,
        n_found ? VDMA_ERROR_INVALID : VDMA_ERROR_NOT_FOUND,
        "%s has %s AXI VDMA '%s'; it has: %s", where,
        n_found ? "more than one" : "no", name, names);
  else
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "%s has %u AXI VDMAs; say which with '#' and its name: %s", where,
        cores->len, names);
  return NULL;
}
