/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Build profiles: hardware.md 6.0 as a table of what differs. */
#include "sim-profiles.h"

#define PROFILE_N 9

typedef struct {
  const gchar *help;
  guint n_stores;
  guint addr_width;
  VdmaGenlockMode s2mm_genlock, mm2s_genlock;
  VdmaFsync s2mm_fsync, mm2s_fsync;
  gboolean no_mm2s;
  gboolean no_flush;
  gboolean debug; /* FRMSTORE and the status registers */
  gboolean flip;
} Profile;

static const gchar *const profile_names[PROFILE_N + 1] = {
  "P1",
  "P2",
  "P3",
  "P4",
  "P5",
  "P6",
  "P7",
  "P8",
  "P9",
  NULL,
};

/* What most of them share: the triple buffer of PG020. */
#define PROFILE_DYNAMIC                                                        \
  .n_stores = 3, .addr_width = 32,                                             \
  .s2mm_genlock = VDMA_GENLOCK_DYNAMIC_MASTER,                                 \
  .mm2s_genlock = VDMA_GENLOCK_DYNAMIC_SLAVE
#define PROFILE_STATIC                                                         \
  .n_stores = 4, .addr_width = 32, .s2mm_genlock = VDMA_GENLOCK_MASTER,        \
  .mm2s_genlock = VDMA_GENLOCK_SLAVE

static const Profile profiles[PROFILE_N] = {
  { .help = "three stores, dynamic genlock",
      PROFILE_DYNAMIC,
      .s2mm_fsync = VDMA_FSYNC_TUSER },
  { .help = "four stores, master and slave (the Pynq-Z2 build)",
      PROFILE_STATIC,
      .s2mm_fsync = VDMA_FSYNC_TUSER },
  { .help = "as P1, S2MM in free run without flush-on-fsync",
      PROFILE_DYNAMIC,
      .s2mm_fsync = VDMA_FSYNC_NONE,
      .no_flush = TRUE },
  { .help = "as P1 with 40 address bits",
      .n_stores = 3,
      .addr_width = 40,
      .s2mm_genlock = VDMA_GENLOCK_DYNAMIC_MASTER,
      .mm2s_genlock = VDMA_GENLOCK_DYNAMIC_SLAVE,
      .s2mm_fsync = VDMA_FSYNC_TUSER },
  { .help = "as P1 with 32 stores",
      .n_stores = 32,
      .addr_width = 32,
      .s2mm_genlock = VDMA_GENLOCK_DYNAMIC_MASTER,
      .mm2s_genlock = VDMA_GENLOCK_DYNAMIC_SLAVE,
      .s2mm_fsync = VDMA_FSYNC_TUSER },
  { .help = "as P1 with FRMSTORE and status registers",
      PROFILE_DYNAMIC,
      .s2mm_fsync = VDMA_FSYNC_TUSER,
      .debug = TRUE },
  { .help = "as P1 with vertical flip",
      PROFILE_DYNAMIC,
      .s2mm_fsync = VDMA_FSYNC_TUSER,
      .flip = TRUE },
  { .help = "S2MM alone",
      PROFILE_DYNAMIC,
      .s2mm_fsync = VDMA_FSYNC_TUSER,
      .no_mm2s = TRUE },
  { .help = "as P2, MM2S with fsync pin",
      PROFILE_STATIC,
      .s2mm_fsync = VDMA_FSYNC_TUSER,
      .mm2s_fsync = VDMA_FSYNC_PIN },
};

static const Profile *
profile_find (const gchar *name)
{
  for (guint i = 0; i < PROFILE_N; i++) {
    if (g_strcmp0 (name, profile_names[i]) == 0)
      return &profiles[i];
  }
  return NULL;
}

gboolean
sim_profile_init (const gchar *name, VdmaHwDesc *desc)
{
  const Profile *profile = profile_find (name);
  if (!profile)
    return FALSE;

  vdma_hw_desc_init (desc);
  desc->n_stores = profile->n_stores;
  desc->addr_width = profile->addr_width;
  desc->flush_on_fsync = !profile->no_flush;
  desc->vert_flip = profile->flip;
  desc->status_regs = profile->debug;
  desc->internal_genlock = !profile->no_mm2s;
  desc->channel[VDMA_MM2S].present = !profile->no_mm2s;
  desc->channel[VDMA_MM2S].genlock = profile->mm2s_genlock;
  desc->channel[VDMA_S2MM].genlock = profile->s2mm_genlock;
  desc->channel[VDMA_MM2S].fsync = profile->mm2s_fsync;
  desc->channel[VDMA_S2MM].fsync = profile->s2mm_fsync;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    desc->channel[dir].frmstore_reg = profile->debug;
  return TRUE;
}

const gchar *const *
sim_profile_get_names (void)
{
  return profile_names;
}

const gchar *
sim_profile_get_help (const gchar *name)
{
  const Profile *profile = profile_find (name);
  return profile ? profile->help : NULL;
}
