/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The register file of the simulated core: hardware.md 6.1, T01 to T15. */
#include "sim-rig.h"

/* ---- T01: after power-on ---- */

static gboolean
check_addresses_are_zero (SimRig *rig)
{
  static const guint ranges[][2] = { { 0x5C, 0x9C }, { 0xAC, 0xEC } };
  for (guint i = 0; i < G_N_ELEMENTS (ranges); i++) {
    for (guint at = ranges[i][0]; at < ranges[i][1]; at += 4) {
      if (sim_rig_read (rig, at) != 0)
        return sim_rig_fail (rig, "register 0x%02x is not 0", at);
    }
  }
  return TRUE;
}

static const SimStep power_on[] = {
  RM (0x00, 0xFFFFFF1F, 0x00010002),
  RM (0x30, 0xFFFFFF1F, 0x00010002),
  R (0x04, 0x00010001),
  R (0x34, 0x00010001),
  R (0x14, 0),
  R (0x44, 0),
  R (0x3C, 0),
  R (0x28, 0),
  R (0x50, 0),
  R (0x54, 0),
  R (0xA0, 0),
  R (0xA4, 0),
  R (0x58, 0x01000000),
  R (0xA8, 0x01000000),
  CALL (check_addresses_are_zero),
  RM (0x2C, 0xFFF00000, 0x62000000),
  END,
};

static const SimStep cr_reset_82[] = {
  R (0x00, 0x00010082),
  R (0x30, 0x00010082),
  END,
};

static const SimStep cr_reset_42[] = {
  R (0x00, 0x00010042),
  R (0x30, 0x00010042),
  END,
};

/* Bit 7 belongs to a genlock pair: a core of one channel has none. */
static const SimStep cr_reset_single[] = { R (0x30, 0x00010002), END };

/* ---- T02 to T06: which bits live ---- */

static const SimStep version_is_ro[] = {
  W (0x2C, 0xFFFFFFFF),
  R (0x2C, 0x62000050),
  END,
};

static const SimStep field_masks[] = {
  W (0xA0, 0xFFFFFFFF),
  R (0xA0, 0x00001FFF),
  W (0xA4, 0xFFFFFFFF),
  R (0xA4, 0x0000FFFF),
  W (0xA8, 0xFFFFFFFF),
  R (0xA8, 0x1F00FFFF),
  W (0x28, 0xFFFFFFFF),
  R (0x28, 0x00001F1F),
  UNDEFINED (2), /* both references beyond N */
  W (0x3C, 0xFFFFFFFF),
  R (0x3C, 0x0000000F),
  W (0x50, 0xFFFFFFFF),
  R (0x50, 0x00001FFF),
  W (0x54, 0xFFFFFFFF),
  R (0x54, 0x0000FFFF),
  W (0x58, 0xFFFFFFFF),
  R (0x58, 0x1F00FFFF),
  R (0x34, 0x00010001),
  ACCESSES (0),
  END,
};

static const SimStep count_zero_is_one[] = {
  W (0x30, 0x00000002),
  R (0x30, 0x00010002),
  END,
};

static const SimStep control_fields[] = {
  W (0x30, 0x12345002),
  R (0x30, 0x12345002),
  R (0x34, 0x00340001), /* the counter is reloaded at once */
  W (0x30, 0xFFFFFFF8), /* everything but RS, Circular and Reset */
  R (0x30, 0xFFFFFFF8),
  R (0x34, 0x00FF0001),
  END,
};

static const SimStep master_has_no_genlock_en[] = {
  W (0x30, 0x0001000A),
  R (0x30, 0x00010002),
  W (0x00, 0x0001000A), /* its slave has it */
  R (0x00, 0x0001000A),
  END,
};

/* ---- T07 to T11: store addresses ---- */

static const SimStep no_banks[] = {
  W (0x14, 1),
  R (0x14, 0),
  W (0x44, 1),
  R (0x44, 0),
  END,
};

static const SimStep two_banks[] = {
  W (0x44, 0),
  W (0xAC, 0x11110000),
  W (0x44, 1),
  R (0x44, 1),
  W (0xAC, 0x22220000),
  R (0xAC, 0x22220000),
  W (0x44, 0),
  R (0xAC, 0x11110000),
  R (0x5C, 0), /* the other channel has banks of its own */
  W (0x44, 0xFFFFFFFE),
  R (0x44, 0),
  END,
};

/* 20 stores: words 4 to 15 of the second bank are reserved */
static const SimStep half_a_bank[] = {
  W (0x44, 1),
  W (0xB8, 0x10),
  R (0xB8, 0x10),
  W (0xBC, 0x10),
  R (0xBC, 0),
  W (0x44, 0),
  W (0xBC, 0x20),
  R (0xBC, 0x20),
  END,
};

static void
tweak_20_stores (VdmaHwDesc *desc)
{
  desc->n_stores = 20;
}

static gboolean
program_32_stores (SimRig *rig)
{
  for (guint i = 0; i < 32; i++) {
    sim_rig_write (rig, 0x44, i / 16);
    sim_rig_write (rig, 0xAC + 4 * (i % 16), A0 + 0x1000 * i);
  }
  sim_rig_write (rig, 0x44, 0);
  return TRUE;
}

static gboolean
run_32_frames (SimRig *rig)
{
  for (guint i = 0; i < 32; i++) {
    sim_rig_offer (rig, (guint8) (i + 1), RIG_VSIZE, RIG_HSIZE, SOF);
    if (sim_rig_read (rig, 0x28) != i << 24)
      return sim_rig_fail (rig, "WrFrmStore is not %u", i);
    if (sim_rig_peek (rig, A0 + 0x1000 * i) != i + 1)
      return sim_rig_fail (rig, "frame %u is not in its store", i);
  }
  return TRUE;
}

static const SimStep all_32_stores[] = {
  RUN (rig_cfg_s2mm),
  CALL (program_32_stores),
  GO (0x00010003),
  CALL (run_32_frames),
  FRAME (33),
  STORED (A0, 33),
  END,
};

static const SimStep address_40_bits[] = {
  MAP (0x100001000, 0x1000, SIM_OKAY),
  W (0xAC, 0x00001000),
  W (0xB0, 0xFFFFFF01), /* 8 of 32 bits exist */
  R (0xB0, 0x01),
  W (0xA8, 0x01000020),
  W (0xA4, RIG_HSIZE),
  R (0x44, 0),
  GO (0x00010003),
  FRAME (7),
  STORED (0x100001000, 7),
  W (0xC0, 0x5), /* MSB of store 3 */
  R (0xC0, 0x5),
  W (0xC4, 0x5), /* there is no store 4 */
  R (0xC4, 0),
  END,
};

static const SimStep reserved_store[] = {
  RUN (rig_cfg_s2mm),
  W (0xB8, 0x12340000),
  GO (0x00010003),
  FRAME (1),
  FRAME (2),
  FRAME (3),
  FRAME (4),
  STORED (A0, 4),
  STORED (A1, 2),
  STORED (A2, 3),
  TRUTH (S2MM, frames_done, 4),
  END,
};

static const SimStep reserved_reads_0[] = {
  W (0xB8, 0x12340000),
  R (0xB8, 0),
  R (0x08, 0),
  R (0x0C, 0),
  R (0x20, 0),
  R (0x9C, 0),
  R (0x100, 0),
  R (0x1FC, 0),
  R (0x31, 0),
  R (0xEC, 0),
  R (0xF0, 0),
  R (0x24, 0),
  R (0x48, 0),
  R (0x4C, 0),
  W (0x100, 0x00010003), /* does not alias MM2S_VDMACR */
  RM (0x00, 1, 0),
  END,
};

static const SimStep reserved_reads_beef[] = {
  W (0xB8, 0x12340000),
  R (0xB8, 0xBEEF),
  R (0x20, 0xBEEF),
  R (0x100, 0xBEEF),
  R (0xEC, 0xBEEF),
  R (0xAC, 0),
  END,
};

/* ---- T12: vertical flip ---- */

static const SimStep four_lines[] = {
  BEGIN (1, 1),
  LINES (2, 1),
  LINES (3, 1),
  LINES (4, 1),
  END,
};

static const SimStep upside_down[] = {
  MEM (A0 + 0x00, 16, 4),
  MEM (A0 + 0x20, 16, 3),
  MEM (A0 + 0x40, 16, 2),
  MEM (A0 + 0x60, 16, 1),
  UNTOUCHED (A0 - 0x20, 0x20),
  UNTOUCHED (A0 + 0x70, 0x20),
  END,
};

static const SimStep flip_reset_value[] = {
  R (0xEC, 1),
  W (0xEC, 0xFFFFFFFE),
  R (0xEC, 0),
  END,
};

static const SimStep flip_layout[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00010003),
  RUN (four_lines),
  RUN (upside_down),
  W (0x30, 0x00010002),
  RM (0x34, 1, 1),
  W (0xEC, 0),
  GO (0x00010003),
  RUN (four_lines),
  MEM (A0 + 0x00, 16, 1),
  MEM (A0 + 0x20, 16, 2),
  MEM (A0 + 0x40, 16, 3),
  MEM (A0 + 0x60, 16, 4),
  W (0xEC, 1), /* not while it runs */
  UNDEFINED (1),
  END,
};

static const SimStep flip_from_last_line[] = {
  RUN (rig_cfg_s2mm),
  W (0xAC, A0 + 0x60),
  GO (0x00010003),
  RUN (four_lines),
  RUN (upside_down),
  END,
};

/* ---- T13 to T15, and what is built in or not ---- */

static const SimStep no_strobes[] = {
  W (0x30, 0x12345000),
  W (0x30, 0x0000000B),
  R (0x30, 0x0001000B),
  END,
};

static const SimStep no_read_back[] = {
  RUN (rig_cfg_s2mm),
  R (0xA4, 0),
  R (0xA8, 0),
  R (0xAC, 0),
  GO (0x00010003),
  R (0xA0, 0),
  FRAME (1),
  STORED (A0, 1), /* they work all the same */
  END,
};

static const SimStep no_read_back_beef[] = {
  W (0xA4, 16),
  R (0xA4, 0xBEEF),
  RM (0x34, 1, 1),
  END,
};

static void
tweak_no_reads (VdmaHwDesc *desc)
{
  desc->vidprmtr_reads = FALSE;
}

static const SimStep frmstore[] = {
  R (0x48, 3),
  R (0x18, 3),
  RUN (rig_cfg_s2mm),
  W (0x48, 2),
  R (0x48, 2),
  GO (0x00010003),
  FRAME (1),
  FRAME (2),
  FRAME (3),
  STORED (A0, 3),
  STORED (A1, 2),
  UNTOUCHED (A2, 0x80),
  W (0x48, 0xFFFFFFFF),
  R (0x48, 0x3F),
  UNDEFINED (1),
  FRAME (4), /* more than there are: all of them */
  FRAME (5),
  STORED (A1, 4),
  STORED (A2, 5),
  END,
};

static const SimStep threshold[] = {
  W (0x4C, 0x00000400),
  R (0x4C, 0x00000400),
  W (0x1C, 0x00000200),
  R (0x1C, 0x00000200),
  R (0x4C, 0x00000400),
  END,
};

static void
tweak_threshold (VdmaHwDesc *desc)
{
  desc->channel[VDMA_MM2S].threshold_reg = TRUE;
  desc->channel[VDMA_S2MM].threshold_reg = TRUE;
}

static const SimStep no_mm2s[] = {
  R (0x00, 0),
  R (0x04, 0),
  W (0x00, 0x00010003),
  R (0x00, 0),
  W (0x5C, A0),
  R (0x5C, 0),
  W (0x50, 4),
  R (0x50, 0),
  NO_PULL,
  INJECT (MM2S, 0x40),
  PIN (MM2S, 0),
  RM (0x30, 0xFFFFFF1F, 0x00010002),
  R (0x28, 0),
  END,
};

static const SimStep no_counters[] = {
  W (0x30, 0x0A043013),
  R (0x30, 0x00013003), /* counts and FrameCntEn keep their reset values */
  RUN (rig_cfg_s2mm),
  W (0xA0, 4),
  FRAME (1),
  FRAME (2),
  NEXT (RIG_NEVER),
  R (0x34, 0x00010000), /* no FrmCnt_Irq without the frame counter */
  END,
};

static void
tweak_no_counters (VdmaHwDesc *desc)
{
  desc->channel[VDMA_S2MM].frame_counter = FALSE;
  desc->channel[VDMA_S2MM].delay_counter = FALSE;
}

/* FRMPTR_STS: the Out fields are the store in work, the In fields what the
 * partner tells; a dynamic master tells the store it completed last. */
static const SimStep frame_pointers[] = {
  R (0x24, 0),
  RUN (rig_cfg_s2mm),
  RUN (rig_cfg_mm2s),
  W (0x30, 0x00010083),
  W (0xA0, 4),
  FRAME (1),
  FRAME (2),
  BEGIN (3, 1),
  R (0x24, 0x00020100),
  W (0x00, 0x0001008B),
  W (0x50, 4),
  PULL (2, 1, 16, SOF), /* on store 1 */
  R (0x24, 0x01020101),
  W (0x00, 0x0001000B), /* GenlockSrc = 0: nothing at the outer port */
  R (0x24, 0x01020001),
  END,
};

static const SimRigRow rows[] = {
  { "T01", 'C', "P1", power_on },
  { "T01", 'C', "P2", power_on },
  { "T01", 'U', "P1", cr_reset_82 },
  { "T01", 'U', "P1", cr_reset_42, { KNOB (cr_reset, 0x00010042) } },
  { "T01-single", 'C', "P8", cr_reset_single },
  { "T01-single", 'U', "P8", cr_reset_single, { KNOB (cr_reset, 0x00010042) } },
  { "T02", 'C', "P1", version_is_ro },
  { "T03", 'C', "P1", field_masks },
  { "T04", 'C', "P1", count_zero_is_one },
  { "T05", 'L', "P1", control_fields },
  { "T06", 'C', "P2", master_has_no_genlock_en },
  { "T07", 'C', "P1", no_banks },
  { "T07-wide", 'C', "P4", no_banks },
  { "T08", 'C', "P5", two_banks },
  { "T08-half", 'C', "P5", half_a_bank, .tweak = tweak_20_stores },
  { "T09", 'C', "P5", all_32_stores },
  { "T10", 'C', "P4", address_40_bits },
  { "T11", 'C', "P1", reserved_store },
  { "T11", 'U', "P1", reserved_reads_0 },
  { "T11", 'U', "P1", reserved_reads_beef, { KNOB (absent_reads, 0xBEEF) } },
  { "T12", 'C', "P7", flip_reset_value },
  { "T12", 'L', "P7", flip_layout },
  { "T12", 'U', "P7", flip_from_last_line, { KNOB (flip_mirrors_base, TRUE) } },
  { "T13", 'C', "P1", no_strobes },
  { "T14", 'U', "P1", no_read_back, .tweak = tweak_no_reads },
  { "T14", 'U', "P1", no_read_back_beef, { KNOB (absent_reads, 0xBEEF) },
      tweak_no_reads },
  { "T15", 'L', "P6", frmstore },
  { "threshold", 'C', "P1", threshold, .tweak = tweak_threshold },
  { "no-mm2s", 'U', "P8", no_mm2s },
  { "no-counters", 'L', "P1", no_counters, .tweak = tweak_no_counters },
  { "frmptr-sts", 'C', "P6", frame_pointers },
};

/* ---- the profiles themselves ---- */

static void
test_profiles (void)
{
  const gchar *const *names = sim_profile_get_names ();
  VdmaHwDesc desc;
  guint n = 0;

  for (; names[n]; n++) {
    g_autoptr (GError) error = NULL;
    g_assert_true (sim_profile_init (names[n], &desc));
    g_assert_true (vdma_hw_desc_validate (&desc, &error));
    g_assert_no_error (error);
    g_assert_nonnull (sim_profile_get_help (names[n]));
  }
  g_assert_cmpuint (n, ==, 9);
  g_assert_false (sim_profile_init ("P0", &desc));
  g_assert_false (sim_profile_init (NULL, &desc));
  g_assert_null (sim_profile_get_help ("p1"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim/profiles", test_profiles);
  sim_rig_add (rows, G_N_ELEMENTS (rows));
  return g_test_run ();
}
