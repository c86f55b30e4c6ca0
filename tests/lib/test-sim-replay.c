/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Register sequences of real drivers against the core: hardware.md 6.6, T100 to
 * T106. What is driven here are their accesses as hardware.md section 4 and 2.1
 * list them; frames are 4 lines of 16 bytes, numbered in every byte. */
#include "sim-rig.h"

#define N_FRAMES 40

/* ---- PYNQ ---- */

/* A frame buffer of the pool: the stores' first, then as many again. */
static guint32
frame_address (guint i)
{
  return A0 + 0x1000 * (i % 16);
}

static gboolean
count_is (SimRig *rig, const gchar *what, guint reads, guint writes)
{
  if (rig->reads != reads || rig->writes != writes)
    return sim_rig_fail (rig, "%s: %u reads and %u writes; expected %u and %u",
        what, rig->reads, rig->writes, reads, writes);
  rig->reads = 0;
  rig->writes = 0;
  return TRUE;
}

static gboolean
poll_is (SimRig *rig, guint offset, guint32 mask, guint32 value)
{
  if ((sim_rig_read (rig, offset) & mask) == value)
    return TRUE;
  return sim_rig_fail (
      rig, "0x%02x & 0x%x is not 0x%x at the first look", offset, mask, value);
}

static gboolean
pynq_capture_start (SimRig *rig)
{
  guint n = rig->desc.n_stores;

  sim_rig_write (rig, 0x28, sim_rig_read (rig, 0x28) & ~0x1F00u);
  for (guint i = 0; i < n; i++) {
    sim_rig_write (rig, 0xAC + 4 * i, frame_address (i));
    sim_rig_read (rig, 0x34);
  }
  sim_rig_write (rig, 0xA4, RIG_HSIZE);
  sim_rig_write (rig, 0xA8, RIG_STRIDE);
  sim_rig_read (rig, 0x34);
  sim_rig_write (rig, 0x30, 0x11083);
  sim_rig_write (rig, 0x30, (sim_rig_read (rig, 0x30) & ~0xFF0000u) | 0x40000);
  sim_rig_write (rig, 0x34, 0x1000);
  if (!poll_is (rig, 0x34, 1, 0))
    return FALSE;
  sim_rig_read (rig, 0x34);
  sim_rig_write (rig, 0xA0, RIG_VSIZE);
  sim_rig_write (rig, 0x28, (sim_rig_read (rig, 0x28) & ~0x1F00u) | 0x100);
  return count_is (rig, "S2MM start", n + 6, n + 8);
}

/* Takes the frame that lies in store (active + 2) % n. */
static gboolean
pynq_readframe (
    SimRig *rig, guint32 replacement, guint32 *store, gboolean first)
{
  if (!poll_is (rig, 0x34, 1, 0) || !poll_is (rig, 0x34, 0x1000, 0x1000))
    return FALSE;
  sim_rig_write (rig, 0x34, 0x1000);
  if (sim_rig_read (rig, 0x34) & 0x8980)
    return sim_rig_fail (rig, "error bits");
  guint32 cr = sim_rig_read (rig, 0x30);
  if (((cr >> 16 & 0xFF) != 1) != first)
    return sim_rig_fail (rig, "CR is 0x%08x", cr);
  if (first)
    sim_rig_write (rig, 0x30, (cr & ~0xFF0000u) | 0x10000);
  sim_rig_write (rig, 0x34, 0x4090);
  guint active = sim_rig_read (rig, 0x28) >> 24 & 0x1F;
  *store = (active + 2) % rig->desc.n_stores;
  sim_rig_write (rig, 0xAC + 4 * *store, replacement);
  sim_rig_read (rig, 0x34);
  sim_rig_write (rig, 0xA0, RIG_VSIZE);
  sim_rig_write (rig, 0x34, 0x4090);
  sim_rig_read (rig, 0x28);
  return count_is (rig, "readframe", 7, first ? 6 : 5);
}

/* @cr: where the channel begins; @addresses: of its stores */
static gboolean
pynq_stop (SimRig *rig, const gchar *what, guint cr, guint addresses)
{
  const guint sr = cr + 4;
  guint n = rig->desc.n_stores;

  sim_rig_write (rig, cr, 0x11080);
  if (!poll_is (rig, sr, 1, 1))
    return FALSE;
  for (guint i = 0; i < n; i++) {
    sim_rig_write (rig, addresses + 4 * i, 0);
    sim_rig_read (rig, sr);
  }
  return count_is (rig, what, n + 1, n + 1);
}

static gboolean
pynq_capture_stop (SimRig *rig)
{
  return pynq_stop (rig, "S2MM stop", 0x30, 0xAC);
}

static gboolean
pynq_display_stop (SimRig *rig)
{
  return pynq_stop (rig, "MM2S stop", 0x00, 0x5C);
}

/* After each interrupt the frame @behind the last one is read. */
static gboolean
pynq_capture (SimRig *rig, guint behind)
{
  guint32 in_store[4];
  guint next = rig->desc.n_stores;

  if (!pynq_capture_start (rig))
    return FALSE;
  for (guint i = 0; i < next; i++)
    in_store[i] = frame_address (i);
  for (guint frame = 1; frame <= N_FRAMES; frame++) {
    guint32 store = 0;
    sim_rig_offer (rig, (guint8) frame, RIG_VSIZE, RIG_HSIZE, SOF);
    if (frame < 4) /* the first interrupt comes after four frames */
      continue;
    if (!pynq_readframe (rig, frame_address (next), &store, frame == 4))
      return FALSE;
    guint8 number = sim_rig_peek (rig, in_store[store] + 3 * RIG_STRIDE + 15);
    if (number != frame - behind)
      return sim_rig_fail (
          rig, "frame %u was read after frame %u", number, frame);
    in_store[store] = frame_address (next++);
  }
  return pynq_capture_stop (rig);
}

static gboolean
pynq_capture_3 (SimRig *rig)
{
  return pynq_capture (rig, 1);
}

static gboolean
pynq_capture_4 (SimRig *rig)
{
  return pynq_capture (rig, 2);
}

static gboolean
pynq_display_start (SimRig *rig)
{
  sim_rig_write (rig, 0x5C, frame_address (0));
  sim_rig_read (rig, 0x04);
  sim_rig_write (rig, 0x54, RIG_HSIZE);
  sim_rig_write (
      rig, 0x58, (sim_rig_read (rig, 0x58) & 0x0F000000) | RIG_STRIDE);
  sim_rig_read (rig, 0x04);
  sim_rig_write (rig, 0x00, 0x11089);
  if (!poll_is (rig, 0x04, 1, 0))
    return FALSE;
  sim_rig_read (rig, 0x04);
  sim_rig_write (rig, 0x50, RIG_VSIZE);
  sim_rig_write (rig, 0x28, sim_rig_read (rig, 0x28) & ~0x1Fu);
  return count_is (rig, "MM2S start", 6, 6);
}

static gboolean
pynq_writeframe (SimRig *rig, guint32 address)
{
  if (!poll_is (rig, 0x04, 1, 0) || !poll_is (rig, 0x04, 0x1000, 0x1000))
    return FALSE;
  sim_rig_write (rig, 0x04, 0x1000);
  guint next = ((sim_rig_read (rig, 0x28) & 0x1F) + 1) % rig->desc.n_stores;
  sim_rig_write (rig, 0x5C + 4 * next, address);
  sim_rig_read (rig, 0x04);
  sim_rig_write (rig, 0x50, RIG_VSIZE);
  sim_rig_write (rig, 0x28, (sim_rig_read (rig, 0x28) & ~0x1Fu) | next);
  return count_is (rig, "writeframe", 5, 4);
}

static gboolean
pull_frame (SimRig *rig, guint8 value)
{
  const SimStep steps[] = { SHOWN (value), END };
  return sim_rig_run (rig, steps);
}

static gboolean
pynq_display (SimRig *rig)
{
  if (!pynq_display_start (rig))
    return FALSE;
  sim_rig_fill (rig, frame_address (0), 0x80, 1);
  if (!pull_frame (rig, 1))
    return FALSE;
  for (guint frame = 1; frame < N_FRAMES; frame++) {
    guint8 value = (guint8) (frame + 1);
    sim_rig_fill (rig, frame_address (frame), 0x80, value);
    if (!pynq_writeframe (rig, frame_address (frame))
        || !pull_frame (rig, value))
      return FALSE;
  }
  return pynq_display_stop (rig);
}

static const SimStep pynq_p1[] = {
  CALL (pynq_capture_3),
  CALL (pynq_display),
  END,
};

static const SimStep pynq_p2[] = {
  CALL (pynq_capture_4),
  CALL (pynq_display),
  END,
};

/* ---- T102, T103: the bare-metal driver ---- */

static const SimStep bare_metal[] = {
  W (0x30, 0x4),
  POLL (0x30, 0x4, 0),
  RM (0x30, 0xFFFFFF1F, 0x00010002),
  RM (0x30, 0xFFFFFF1F, 0x00010002),
  W (0x30, 0x00010002),
  W (0xA4, RIG_HSIZE),
  W (0xA8, RIG_STRIDE),
  W (0xAC, A0),
  W (0xB0, A1),
  W (0xB4, A2),
  RM (0x34, 1, 1),
  RM (0x30, 1, 0),
  R (0x30, 0x00010002),
  W (0x30, 0x00010003),
  RM (0x34, 1, 0), /* at the first look */
  RM (0x30, 1, 1),
  W (0xA0, RIG_VSIZE),
  FRAME (1),
  FRAME (2),
  STORED (A0, 1),
  STORED (A1, 2),
  END,
};

static const SimStep mask_bug[] = {
  W (0x6C, 0xF),
  R (0x6C, 0),
  R (0x3C, 0),
  END,
};

static const SimStep mask_bug_32[] = {
  W (0x6C, 0xF),
  R (0x6C, 0xF), /* MM2S_START_ADDRESS5 */
  R (0x3C, 0),
  END,
};

/* ---- T104, T105: the Linux driver ---- */

static gboolean
linux_submit (SimRig *rig, guint store)
{
  sim_rig_write (rig, 0x30, sim_rig_read (rig, 0x30) & ~0x2u);
  sim_rig_write (rig, 0x28, (sim_rig_read (rig, 0x28) & ~0x1F00u) | store << 8);
  sim_rig_write (rig, 0x30, sim_rig_read (rig, 0x30) | 0x1);
  if (!poll_is (rig, 0x34, 1, 0))
    return FALSE;
  sim_rig_write (rig, 0xAC + 4 * store, frame_address (store));
  sim_rig_write (rig, 0xA4, RIG_HSIZE);
  sim_rig_write (rig, 0xA8, RIG_STRIDE);
  sim_rig_write (rig, 0xA0, RIG_VSIZE);
  return TRUE;
}

/* Frames 1 and 2 go to store 0; what is submitted in frame k shows in frame
 * k + 1 + @late. */
static gboolean
linux_capture (SimRig *rig, guint late)
{
  sim_rig_write (rig, 0x30, 0x00011002);
  if (!linux_submit (rig, 0))
    return FALSE;
  for (guint frame = 1; frame <= 9; frame++) {
    sim_rig_offer (rig, (guint8) frame, 2, RIG_HSIZE, SOF);
    if (!linux_submit (rig, frame % 3))
      return FALSE;
    sim_rig_offer (rig, (guint8) frame, 2, RIG_HSIZE, 0);
    if (!poll_is (rig, 0x34, 0x1000, 0x1000))
      return FALSE;
    sim_rig_write (rig, 0x34, 0x1000);
    guint expected = frame > late ? (frame - 1 - late) % 3 : 0;
    guint8 number = sim_rig_peek (rig, frame_address (expected) + 0x6F);
    if (number != frame)
      return sim_rig_fail (
          rig, "store %u has frame %u, not %u", expected, number, frame);
  }
  return TRUE;
}

static gboolean
linux_capture_now (SimRig *rig)
{
  return linux_capture (rig, 0);
}

static gboolean
linux_capture_late (SimRig *rig)
{
  return linux_capture (rig, 1);
}

/* The driver starts from addresses of 0 in the other stores. */
static const SimStep linux_park[] = {
  MAP (0, 0x1000, SIM_DECERR),
  CALL (linux_capture_now),
  END,
};

static const SimStep linux_park_late[] = { CALL (linux_capture_late), END };

static gboolean
linux_isr (SimRig *rig)
{
  guint32 sr = sim_rig_read (rig, 0x34);
  sim_rig_write (rig, 0x34, sr & 0x7000);
  sim_rig_write (rig, 0x34, sr & 0x990);
  return TRUE;
}

static const SimStep linux_errors[] = {
  RUN (rig_cfg_s2mm),
  GO (0x00017003),
  FRAME (1),
  BEGIN (2, 3),
  BEGIN (3, 1),
  RM (0x34, 0x7FF0, 0x5090),
  CALL (linux_isr),
  RM (0x34, 0xFFF0, 0),
  PIN (S2MM, 0),
  FRAME (4),
  EDGES (S2MM, 2),
  END,
};

/* ---- T106: a user-space program that polls ---- */

static const SimStep polling_frame[] = {
  FRAME (1),
  POLL (0x34, 0x1000, 0x1000),
  W (0x34, 0x1000),
  R (0xA0, RIG_VSIZE),
  W (0xA0, RIG_VSIZE),
  END,
};

static const SimStep polling[] = {
  W (0x30, 0x4),
  POLL (0x30, 0x4, 0),
  W (0x34, 0x5990),
  W (0xAC, A0),
  W (0xB0, A1),
  W (0xB4, A2),
  W (0x30, 0x0000000B),
  W (0xA8, RIG_STRIDE),
  W (0xA4, RIG_HSIZE),
  W (0xA0, RIG_VSIZE),
  LOOP (7, polling_frame),
  PIN (S2MM, 0),
  EDGES (S2MM, 0),
  STORED (A2, 1),
  TRUTH (S2MM, frames_done, 7),
  TRUTH (S2MM, commits, 7),
  END,
};

static const SimRigRow rows[] = {
  { "T100", 'C', "P1", pynq_p1 },
  { "T101", 'C', "P2", pynq_p2 },
  { "T102", 'C', "P1", bare_metal },
  { "T103", 'C', "P1", mask_bug },
  { "T103", 'C', "P5", mask_bug_32 },
  { "T104", 'L', "P1", linux_park },
  { "T104", 'U', "P1", linux_park_late, { KNOB (park_latency, 2) } },
  { "T105", 'L', "P1", linux_errors },
  { "T106", 'C', "P1", polling },
};

int
main (int argc, char **argv)
{
  return sim_rig_main (argc, argv, rows, G_N_ELEMENTS (rows));
}
