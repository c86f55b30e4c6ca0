/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Status words and losses as text. */
#include <string.h>

#include "vdma-regs.h"
#include "vdma.h"

typedef struct {
  guint32 bit;
  const gchar *name;
  gboolean mm2s;      /* the bit exists there too */
  const gchar *cause; /* a word that the cause must have, S2MM */
} BitRow;

static const BitRow bit_rows[] = {
  { VDMA_SR_INT_ERR, "VDMAIntErr", TRUE, "zero" },
  { VDMA_SR_SLV_ERR, "VDMASlvErr", TRUE, "interconnect" },
  { VDMA_SR_DEC_ERR, "VDMADecErr", TRUE, "no memory answers" },
  { VDMA_SR_SOF_EARLY, "SOFEarlyErr", TRUE, "fewer lines" },
  { VDMA_SR_EOL_EARLY, "EOLEarlyErr", FALSE, "fewer bytes" },
  { VDMA_SR_SOF_LATE, "SOFLateErr", FALSE, "more lines" },
  { VDMA_SR_EOL_LATE, "EOLLateErr", FALSE, "more bytes" },
};

static guint
count (const gchar *text, const gchar *what)
{
  guint n = 0;
  for (const gchar *p = text; (p = strstr (p, what)); p++)
    n++;
  return n;
}

/* Every word of error bits: a sentence for each, no more. */
static void
test_all_words (void)
{
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    for (guint word = 0; word < 1u << G_N_ELEMENTS (bit_rows); word++) {
      guint32 status = 0x00010000;
      guint wanted = 0;

      for (guint i = 0; i < G_N_ELEMENTS (bit_rows); i++) {
        if (!(word & (1u << i)))
          continue;
        status |= bit_rows[i].bit;
        wanted += dir == VDMA_S2MM || bit_rows[i].mm2s;
      }
      g_autofree gchar *text = vdma_status_to_string (dir, status);
      for (guint i = 0; i < G_N_ELEMENTS (bit_rows); i++) {
        g_autofree gchar *head = g_strdup_printf ("%s: ", bit_rows[i].name);
        gboolean wants =
            (word & (1u << i)) && (dir == VDMA_S2MM || bit_rows[i].mm2s);
        g_assert_cmpuint (count (text, head), ==, wants);
      }
      g_assert_cmpuint (count (text, "; "), ==, wanted > 0 ? wanted - 1 : 0);
      g_assert_cmpint (g_strcmp0 (text, "no error") == 0, ==, wanted == 0);
    }
  }
}

static void
test_causes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bit_rows); i++) {
    g_autofree gchar *text = vdma_status_to_string (VDMA_S2MM, bit_rows[i].bit);
    g_assert_true (g_str_has_prefix (text, bit_rows[i].name));
    g_assert_nonnull (strstr (text, bit_rows[i].cause));
  }
}

/* Interrupt flags, counts and Halted are no errors. */
static void
test_no_error (void)
{
  const guint32 harmless = ~(guint32) VDMA_SR_S2MM_ERRORS;
  g_autofree gchar *text = vdma_status_to_string (VDMA_S2MM, harmless);
  g_assert_cmpstr (text, ==, "no error");
}

static void
test_losses (void)
{
  for (guint i = 0; i < VDMA_N_LOSSES; i++) {
    g_assert_cmpuint (strlen (vdma_loss_to_string (i)), >, 0);
    for (guint k = 0; k < i; k++)
      g_assert_cmpstr (vdma_loss_to_string (i), !=, vdma_loss_to_string (k));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/status/all-words", test_all_words);
  g_test_add_func ("/status/causes", test_causes);
  g_test_add_func ("/status/no-error", test_no_error);
  g_test_add_func ("/status/losses", test_losses);
  return g_test_run ();
}
