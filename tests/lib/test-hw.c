/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hardware description: the defaults are PG020's, every limit holds at its edge. */
#include <string.h>

#include "hw-desc.h"
#include "vdma-error.h"

static void
test_defaults (void)
{
  g_autoptr (GError) error = NULL;
  VdmaHwDesc desc;
  memset (&desc, 0xff, sizeof desc);
  vdma_hw_desc_init (&desc);
  g_assert_true (vdma_hw_desc_validate (&desc, &error));
  g_assert_no_error (error);

  g_assert_cmpuint (desc.n_stores, ==, 4);
  g_assert_cmpuint (desc.addr_width, ==, 32);
  g_assert_cmpuint (desc.dlytmr_resolution, ==, 125);
  g_assert_true (desc.flush_on_fsync);
  g_assert_true (desc.internal_genlock);
  g_assert_true (desc.vidprmtr_reads);
  g_assert_false (desc.vert_flip);
  g_assert_false (desc.status_regs);
  g_assert_cmpuint (desc.base, ==, 0);
  g_assert_cmpuint (desc.span, >=, 0x100);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    const VdmaHwChannel *channel = &desc.channel[dir];
    g_assert_true (channel->present);
    g_assert_cmpuint (channel->mm_width, ==, 64);
    g_assert_cmpuint (channel->stream_width, ==, 32);
    g_assert_false (channel->dre);
    g_assert_true (channel->frame_counter && channel->delay_counter);
    g_assert_false (channel->frmstore_reg || channel->threshold_reg);
    g_assert_cmpuint (
        vdma_hw_desc_get_alignment (&desc, (VdmaDirection) dir), ==, 8);
  }
  g_assert_cmpuint (desc.channel[VDMA_S2MM].fsync, ==, VDMA_FSYNC_TUSER);
  g_assert_cmpuint (desc.channel[VDMA_MM2S].fsync, ==, VDMA_FSYNC_NONE);
  g_assert_cmpuint (desc.channel[VDMA_S2MM].genlock, ==, VDMA_GENLOCK_MASTER);
  g_assert_cmpuint (desc.channel[VDMA_MM2S].genlock, ==, VDMA_GENLOCK_SLAVE);
  g_assert_cmphex (vdma_hw_desc_get_phys_limit (&desc), ==, G_MAXUINT32);
}

/* ---- one number at a time ---- */

typedef struct {
  const gchar *field; /* as in the error */
  gsize offset;
  guint64 right[6]; /* up to the first 0 behind the first */
  guint64 wrong[8]; /* likewise */
  const gchar *says;
} Number;

#define CORE(name) #name, G_STRUCT_OFFSET(VdmaHwDesc, name)
#define MM2S(name)                                                             \
  "MM2S." #name, G_STRUCT_OFFSET (VdmaHwDesc, channel[VDMA_MM2S].name)
#define S2MM(name)                                                             \
  "S2MM." #name, G_STRUCT_OFFSET (VdmaHwDesc, channel[VDMA_S2MM].name)

static const Number numbers[] = {
  { CORE (n_stores), { 1, 3, 32 }, { 0, 33, 255, G_MAXUINT }, "1 to 32" },
  { CORE (addr_width), { 32, 33, 40, 64 }, { 0, 16, 31, 65, G_MAXUINT },
      "32 to 64" },
  { CORE (dlytmr_resolution), { 1, 125, 100000 }, { 0, 100001 },
      "1 to 100000" },
  { CORE (span), { 0x100, 0x1000, 0x10000 }, { 0, 0xfc, 0x102, G_MAXUINT },
      "multiple of 4" },
  { MM2S (mm_width), { 32, 64, 128, 256, 512, 1024 },
      { 0, 8, 16, 31, 48, 96, 2048, G_MAXUINT }, "power of two" },
  { S2MM (mm_width), { 32, 64, 1024 }, { 0, 16, 33, 2048 }, "32 to 1024" },
  { MM2S (stream_width), { 8, 24, 32, 64 }, { 0, 1, 7, 12, 33, 1032 },
      "multiple of 8" },
  { S2MM (stream_width), { 8, 16, 64 }, { 0, 4, 1025, G_MAXUINT },
      "8 to 1024" },
  { S2MM (fsync), { 0, 1, 2 }, { 3, G_MAXUINT }, "0 to 2" },
  { MM2S (fsync), { 0, 1 }, { 2, 3 }, "must be" },
};

static void
check_number (const Number *row, guint64 value, gboolean right)
{
  g_autoptr (GError) error = NULL;
  VdmaHwDesc desc;
  vdma_hw_desc_init (&desc);
  /* so that only the row's own limit speaks */
  desc.n_stores = 1;
  desc.channel[VDMA_MM2S].stream_width = 8;
  desc.channel[VDMA_S2MM].stream_width = 8;
  G_STRUCT_MEMBER (guint, &desc, row->offset) = (guint) value;

  g_test_message ("%s = %" G_GUINT64_FORMAT, row->field, value);
  g_assert_cmpint (vdma_hw_desc_validate (&desc, &error), ==, right);
  if (right) {
    g_assert_no_error (error);
    return;
  }
  g_autofree gchar *number = g_strdup_printf (" %u", (guint) value);
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, row->field));
  g_assert_nonnull (strstr (error->message, number));
  g_assert_nonnull (strstr (error->message, row->says));
}

static void
test_limits (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    const Number *row = &numbers[i];
    for (guint j = 0; j < G_N_ELEMENTS (row->right); j++) {
      if (j == 0 || row->right[j])
        check_number (row, row->right[j], TRUE);
    }
    for (guint j = 0; j < G_N_ELEMENTS (row->wrong); j++) {
      if (j == 0 || row->wrong[j])
        check_number (row, row->wrong[j], FALSE);
    }
  }
}

/* ---- combinations ---- */

typedef struct {
  const gchar *name;
  guint n_stores, addr_width;
  guint mm_width, stream_width; /* of S2MM */
  gboolean dre;
  guint mm2s_genlock, s2mm_genlock;
  gboolean internal_genlock, mm2s_present;
  const gchar *says; /* NULL: right */
} Combination;

static const Combination combinations[] = {
  { "stream-as-wide", 4, 32, 64, 64, FALSE, 1, 0, TRUE, TRUE, NULL },
  { "stream-too-wide", 4, 32, 64, 72, FALSE, 1, 0, TRUE, TRUE, "mm_width, 64" },
  { "dre-64", 4, 32, 512, 64, TRUE, 1, 0, TRUE, TRUE, NULL },
  { "dre-72", 4, 32, 512, 72, TRUE, 1, 0, TRUE, TRUE, "dre" },
  { "stores-32", 32, 32, 64, 32, FALSE, 1, 0, TRUE, TRUE, NULL },
  { "stores-8-of-33", 8, 33, 64, 32, FALSE, 1, 0, TRUE, TRUE, NULL },
  { "stores-9-of-33", 9, 33, 64, 32, FALSE, 1, 0, TRUE, TRUE, "n_stores is 9" },
  { "slave-of-slave", 4, 32, 64, 32, FALSE, 1, 1, TRUE, TRUE, "0 and 1" },
  { "master-of-master", 4, 32, 64, 32, FALSE, 0, 0, TRUE, TRUE, "genlock" },
  { "swapped", 4, 32, 64, 32, FALSE, 0, 1, TRUE, TRUE, NULL },
  { "dynamic", 4, 32, 64, 32, FALSE, 3, 2, TRUE, TRUE, NULL },
  { "dynamic-swapped", 4, 32, 64, 32, FALSE, 2, 3, TRUE, TRUE, NULL },
  { "mixed", 4, 32, 64, 32, FALSE, 1, 2, TRUE, TRUE, "MM2S.genlock 1" },
  { "mixed-2", 4, 32, 64, 32, FALSE, 3, 0, TRUE, TRUE, "S2MM.genlock 0" },
  { "mixed-external", 4, 32, 64, 32, FALSE, 1, 1, FALSE, TRUE, NULL },
  { "mixed-alone", 4, 32, 64, 32, FALSE, 0, 0, TRUE, FALSE, NULL },
};

static void
test_combinations (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (combinations); i++) {
    const Combination *row = &combinations[i];
    g_autoptr (GError) error = NULL;
    VdmaHwDesc desc;
    vdma_hw_desc_init (&desc);
    desc.n_stores = row->n_stores;
    desc.addr_width = row->addr_width;
    desc.internal_genlock = row->internal_genlock;
    desc.channel[VDMA_S2MM].mm_width = row->mm_width;
    desc.channel[VDMA_S2MM].stream_width = row->stream_width;
    desc.channel[VDMA_S2MM].dre = row->dre;
    desc.channel[VDMA_S2MM].genlock = (VdmaGenlockMode) row->s2mm_genlock;
    desc.channel[VDMA_MM2S].genlock = (VdmaGenlockMode) row->mm2s_genlock;
    desc.channel[VDMA_MM2S].present = row->mm2s_present;

    g_test_message ("%s", row->name);
    g_assert_cmpint (
        vdma_hw_desc_validate (&desc, &error), ==, row->says == NULL);
    if (!row->says)
      continue;
    g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
    g_assert_nonnull (strstr (error->message, row->says));
  }
}

/* Of a channel that is absent nothing is asked. */
static void
test_absent (void)
{
  g_autoptr (GError) error = NULL;
  VdmaHwDesc desc;
  vdma_hw_desc_init (&desc);
  memset (&desc.channel[VDMA_MM2S], 0, sizeof desc.channel[VDMA_MM2S]);
  g_assert_true (vdma_hw_desc_validate (&desc, &error));
  desc.channel[VDMA_S2MM].present = FALSE;
  g_assert_false (vdma_hw_desc_validate (&desc, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
}

static void
test_name_and_base (void)
{
  VdmaHwDesc desc;
  vdma_hw_desc_init (&desc);
  memset (desc.name, 'x', sizeof desc.name);
  g_assert_false (vdma_hw_desc_validate (&desc, NULL));

  vdma_hw_desc_init (&desc);
  desc.base = G_MAXUINT64 - 0xffff;
  desc.span = 0x10000;
  g_assert_true (vdma_hw_desc_validate (&desc, NULL));
  desc.base += 4;
  g_assert_false (vdma_hw_desc_validate (&desc, NULL));
  desc.base = 0x43000002;
  g_assert_false (vdma_hw_desc_validate (&desc, NULL));
  desc.base = 0x43000000;
  g_assert_true (vdma_hw_desc_validate (&desc, NULL));
}

static void
test_derived (void)
{
  VdmaHwDesc desc;
  vdma_hw_desc_init (&desc);
  desc.addr_width = 40;
  g_assert_cmphex (vdma_hw_desc_get_phys_limit (&desc), ==,
      G_GUINT64_CONSTANT (0xffffffffff));
  desc.addr_width = 64;
  g_assert_cmphex (vdma_hw_desc_get_phys_limit (&desc), ==, G_MAXUINT64);

  desc.channel[VDMA_S2MM].mm_width = 256;
  desc.channel[VDMA_MM2S].dre = TRUE;
  g_assert_cmpuint (vdma_hw_desc_get_alignment (&desc, VDMA_S2MM), ==, 32);
  g_assert_cmpuint (vdma_hw_desc_get_alignment (&desc, VDMA_MM2S), ==, 1);

  g_assert_cmpstr (vdma_direction_to_string (VDMA_MM2S), ==, "MM2S");
  g_assert_cmpstr (vdma_direction_to_string (VDMA_S2MM), ==, "S2MM");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hw/defaults", test_defaults);
  g_test_add_func ("/hw/limits", test_limits);
  g_test_add_func ("/hw/combinations", test_combinations);
  g_test_add_func ("/hw/absent", test_absent);
  g_test_add_func ("/hw/name-and-base", test_name_and_base);
  g_test_add_func ("/hw/derived", test_derived);
  return g_test_run ();
}
