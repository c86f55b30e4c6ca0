/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hardware description: PG020's defaults, and the limits of what can be built. */
#include "hw-desc.h"

#include <string.h>

#include "vdma-error.h"
#include "vdma-util.h"

#define HW_DEFAULT_SPAN   0x10000 /* what Vivado assigns on a Zynq */
#define HW_DRE_MAX_STREAM 64      /* bits; wider streams have no DRE */

/* One number of a description and the values it may have. */
typedef struct {
  const gchar *field;
  gsize offset;
  guint min;
  guint max;
  guint multiple;
  gboolean power_of_two;
} HwLimit;

static const HwLimit hw_core_limits[] = {
  { .field = "span",
      .offset = G_STRUCT_OFFSET (VdmaHwDesc, span),
      .min = 0x100,
      .max = 0x10000000,
      .multiple = 4 },
  { .field = "n_stores",
      .offset = G_STRUCT_OFFSET (VdmaHwDesc, n_stores),
      .min = 1,
      .max = VDMA_MAX_STORES,
      .multiple = 1 },
  { .field = "addr_width",
      .offset = G_STRUCT_OFFSET (VdmaHwDesc, addr_width),
      .min = 32,
      .max = 64,
      .multiple = 1 },
  { .field = "dlytmr_resolution",
      .offset = G_STRUCT_OFFSET (VdmaHwDesc, dlytmr_resolution),
      .min = 1,
      .max = 100000,
      .multiple = 1 },
};

static const HwLimit hw_channel_limits[] = {
  { .field = "mm_width",
      .offset = G_STRUCT_OFFSET (VdmaHwChannel, mm_width),
      .min = 32,
      .max = 1024,
      .multiple = 1,
      .power_of_two = TRUE },
  { .field = "stream_width",
      .offset = G_STRUCT_OFFSET (VdmaHwChannel, stream_width),
      .min = 8,
      .max = 1024,
      .multiple = 8 },
  { .field = "fsync",
      .offset = G_STRUCT_OFFSET (VdmaHwChannel, fsync),
      .min = VDMA_FSYNC_NONE,
      .max = VDMA_FSYNC_TUSER,
      .multiple = 1 },
  { .field = "genlock",
      .offset = G_STRUCT_OFFSET (VdmaHwChannel, genlock),
      .min = VDMA_GENLOCK_MASTER,
      .max = VDMA_GENLOCK_DYNAMIC_SLAVE,
      .multiple = 1 },
};

/* The table reads enumerations as numbers. */
G_STATIC_ASSERT (sizeof (VdmaFsync) == sizeof (guint));
G_STATIC_ASSERT (sizeof (VdmaGenlockMode) == sizeof (guint));

static const VdmaHwDesc hw_defaults = {
  .name = "axi_vdma_0",
  .span = HW_DEFAULT_SPAN,
  .n_stores = 4,
  .addr_width = 32,
  .channel = {
    [VDMA_MM2S] = {
      .present = TRUE,
      .mm_width = 64,
      .stream_width = 32,
      .fsync = VDMA_FSYNC_NONE,
      .genlock = VDMA_GENLOCK_SLAVE,
      .frame_counter = TRUE,
      .delay_counter = TRUE,
    },
    [VDMA_S2MM] = {
      .present = TRUE,
      .mm_width = 64,
      .stream_width = 32,
      .fsync = VDMA_FSYNC_TUSER,
      .genlock = VDMA_GENLOCK_MASTER,
      .repeat_en = TRUE,
      .frame_counter = TRUE,
      .delay_counter = TRUE,
    },
  },
  .flush_on_fsync = TRUE,
  .internal_genlock = TRUE,
  .vidprmtr_reads = TRUE,
  .dlytmr_resolution = 125,
};

void
vdma_hw_desc_init (VdmaHwDesc *desc)
{
  *desc = hw_defaults;
}

const gchar *
vdma_direction_to_string (VdmaDirection dir)
{
  static const gchar *const names[VDMA_N_DIRECTIONS] = {
    [VDMA_MM2S] = "MM2S",
    [VDMA_S2MM] = "S2MM",
  };
  g_return_val_if_fail ((guint) dir < VDMA_N_DIRECTIONS, "no channel");
  return names[dir];
}

static gboolean
hw_limit_holds (const HwLimit *limit, guint value)
{
  return value >= limit->min && value <= limit->max
         && value % limit->multiple == 0
         && (!limit->power_of_two || vdma_is_power_of_two (value));
}

static gboolean
hw_check_limits (const HwLimit *limits, guint n_limits, gconstpointer base,
    const gchar *where, GError **error)
{
  for (guint i = 0; i < n_limits; i++) {
    const HwLimit *limit = &limits[i];
    guint value = G_STRUCT_MEMBER (guint, base, limit->offset);
    if (hw_limit_holds (limit, value))
      continue;
    g_autofree gchar *multiple = limit->multiple > 1 ? g_strdup_printf (
                                     ", a multiple of %u", limit->multiple)
                                                     : g_strdup ("");
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "hardware description: %s%s is %u; it must be %u to %u%s%s", where,
        limit->field, value, limit->min, limit->max, multiple,
        limit->power_of_two ? ", a power of two" : "");
    return FALSE;
  }
  return TRUE;
}

static gboolean hw_refuse (GError **error, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);

static gboolean
hw_refuse (GError **error, const gchar *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree gchar *reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "hardware description: %s", reason);
  return FALSE;
}

static gboolean
hw_check_channel (const VdmaHwDesc *desc, VdmaDirection dir, GError **error)
{
  const VdmaHwChannel *channel = &desc->channel[dir];
  const gchar *name = vdma_direction_to_string (dir);
  g_autofree gchar *where = g_strdup_printf ("%s.", name);

  if (!hw_check_limits (hw_channel_limits, G_N_ELEMENTS (hw_channel_limits),
          channel, where, error))
    return FALSE;
  if (channel->stream_width > channel->mm_width)
    return hw_refuse (error,
        "%s.stream_width is %u; it must not be above %s.mm_width, %u", name,
        channel->stream_width, name, channel->mm_width);
  if (channel->dre && channel->stream_width > HW_DRE_MAX_STREAM)
    return hw_refuse (error,
        "%s.dre is set with %s.stream_width %u; a realignment engine exists "
        "for streams of 8 to %u bits only",
        name, name, channel->stream_width, HW_DRE_MAX_STREAM);
  if (dir == VDMA_MM2S && channel->fsync == VDMA_FSYNC_TUSER)
    return hw_refuse (error,
        "MM2S.fsync is %u (tuser); it must be %u (none) or %u (pin)",
        VDMA_FSYNC_TUSER, VDMA_FSYNC_NONE, VDMA_FSYNC_PIN);
  return TRUE;
}

/* Masters pair with slaves, dynamic masters with dynamic slaves. */
static gboolean
hw_check_genlock_pair (const VdmaHwDesc *desc, GError **error)
{
  const VdmaHwChannel *mm2s = &desc->channel[VDMA_MM2S];
  const VdmaHwChannel *s2mm = &desc->channel[VDMA_S2MM];

  if (!desc->internal_genlock || !mm2s->present || !s2mm->present)
    return TRUE;
  if ((mm2s->genlock ^ s2mm->genlock) == 1)
    return TRUE;
  return hw_refuse (error,
      "internal_genlock is set with MM2S.genlock %u and S2MM.genlock %u; the "
      "two must be 0 and 1 (master, slave) or 2 and 3 (dynamic), either way "
      "round",
      mm2s->genlock, s2mm->genlock);
}

static gboolean
hw_check_core (const VdmaHwDesc *desc, GError **error)
{
  if (!memchr (desc->name, '\0', sizeof desc->name))
    return hw_refuse (error, "name has no end; it must be at most %u bytes",
        (guint) sizeof desc->name - 1);
  if (!hw_check_limits (
          hw_core_limits, G_N_ELEMENTS (hw_core_limits), desc, "", error))
    return FALSE;
  if (desc->base % 4 != 0 || desc->base > G_MAXUINT64 - (desc->span - 1))
    return hw_refuse (error,
        "base is 0x%" G_GINT64_MODIFIER
        "x; it must be a multiple of 4 with %u bytes of address space above it",
        desc->base, desc->span);
  if (desc->addr_width > 32 && desc->n_stores > VDMA_MAX_STORES_64BIT)
    return hw_refuse (error,
        "n_stores is %u with addr_width %u; above 32 address bits it must be 1 "
        "to %u",
        desc->n_stores, desc->addr_width, VDMA_MAX_STORES_64BIT);
  if (!desc->channel[VDMA_MM2S].present && !desc->channel[VDMA_S2MM].present)
    return hw_refuse (error,
        "neither MM2S nor S2MM is present; a core has one channel at least");
  return TRUE;
}

gboolean
vdma_hw_desc_validate (const VdmaHwDesc *desc, GError **error)
{
  if (!hw_check_core (desc, error))
    return FALSE;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    if (desc->channel[dir].present
        && !hw_check_channel (desc, (VdmaDirection) dir, error))
      return FALSE;
  }
  return hw_check_genlock_pair (desc, error);
}

guint64
vdma_hw_desc_get_phys_limit (const VdmaHwDesc *desc)
{
  if (desc->addr_width >= 64)
    return G_MAXUINT64;
  return (G_GUINT64_CONSTANT (1) << desc->addr_width) - 1;
}

guint
vdma_hw_desc_get_alignment (const VdmaHwDesc *desc, VdmaDirection dir)
{
  const VdmaHwChannel *channel = &desc->channel[dir];
  return channel->dre ? 1 : channel->mm_width / 8;
}
