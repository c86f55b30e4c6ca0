/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-build.h"

#include <string.h>

#include "hw-choice.h"
#include "sim-profiles.h"
#include "vdma-error.h"

void
sim_build_choice_init (SimBuildChoice *choice)
{
  memset (choice, 0, sizeof *choice);
  choice->channels = SIM_UNSET;
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    choice->fsync[dir] = choice->genlock[dir] = SIM_UNSET;
    choice->repeat_en[dir] = SIM_UNSET;
  }
  choice->dre = choice->frame_counter = choice->delay_counter = SIM_UNSET;
  choice->frmstore = choice->threshold = SIM_UNSET;
  choice->flush_on_fsync = choice->internal_genlock = SIM_UNSET;
  choice->vflip = choice->vidprmtr_reads = choice->status_regs = SIM_UNSET;
}

/* A build in which every size from 1x1 works: streams of single bytes, and a
 * realignment engine in both channels. */
static void
build_init_default (VdmaHwDesc *desc)
{
  vdma_hw_desc_init (desc);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    desc->channel[dir].stream_width = 8;
    desc->channel[dir].dre = TRUE;
  }
}

/* The core that a description describes. Only the stores are needed to find
 * out whether it is whole; the rest of @choice comes later. */
static gboolean
build_init_described (
    const SimBuildChoice *choice, VdmaHwDesc *desc, GError **error)
{
  VdmaHwChoice sources;
  vdma_hw_choice_init (&sources);
  sources.hwh = choice->hwh;
  sources.dt = choice->dt;
  if (choice->stores)
    sources.field[VDMA_HW_STORES] = choice->stores;
  g_autoptr (VdmaHwCore) core =
      vdma_hw_choice_resolve (&sources, NULL, "sim", error);
  if (!core)
    return FALSE;
  *desc = core->desc;
  return TRUE;
}

static gboolean
build_init_profile (const gchar *profile, VdmaHwDesc *desc, GError **error)
{
  if (sim_profile_init (profile, desc))
    return TRUE;
  g_autofree gchar *names =
      g_strjoinv (", ", (gchar **) sim_profile_get_names ());
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "simulated board: option 'profile' cannot be '%s'; it takes %s", profile,
      names);
  return FALSE;
}

static gboolean
build_init (const SimBuildChoice *choice, VdmaHwDesc *desc, GError **error)
{
  gboolean is_described = choice->hwh || choice->dt;
  if (choice->profile && is_described) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "simulated board: option 'profile' is one whole build, '%s' another; "
        "leave one out",
        choice->hwh ? "hwh" : "dt");
    return FALSE;
  }
  if (is_described)
    return build_init_described (choice, desc, error);
  if (choice->profile)
    return build_init_profile (choice->profile, desc, error);
  build_init_default (desc);
  return TRUE;
}

static void
build_set_word (guint chosen, gpointer field)
{
  if (chosen != SIM_UNSET)
    *(guint *) field = chosen;
}

static void
build_set_number (guint chosen, guint *field)
{
  if (chosen != 0)
    *field = chosen;
}

static void
build_set_channel (
    const SimBuildChoice *choice, VdmaDirection dir, VdmaHwChannel *channel)
{
  build_set_number (choice->mm_width, &channel->mm_width);
  build_set_number (choice->channel_mm_width[dir], &channel->mm_width);
  build_set_number (choice->stream_width, &channel->stream_width);
  build_set_number (choice->channel_stream_width[dir], &channel->stream_width);
  build_set_word (choice->fsync[dir], &channel->fsync);
  build_set_word (choice->genlock[dir], &channel->genlock);
  build_set_word (choice->dre, &channel->dre);
  build_set_word (choice->repeat_en[dir], &channel->repeat_en);
  build_set_word (choice->frame_counter, &channel->frame_counter);
  build_set_word (choice->delay_counter, &channel->delay_counter);
  build_set_word (choice->frmstore, &channel->frmstore_reg);
  build_set_word (choice->threshold, &channel->threshold_reg);
  /* the words of "channels": both, mm2s, s2mm */
  if (choice->channels != SIM_UNSET)
    channel->present =
        choice->channels == 0 || choice->channels == 1 + (guint) dir;
}

gboolean
sim_build_desc (const SimBuildChoice *choice, const gchar *board,
    VdmaHwDesc *desc, GError **error)
{
  if (!build_init (choice, desc, error))
    return FALSE;
  g_snprintf (
      desc->name, sizeof desc->name, *board ? "sim:%s" : "sim%s", board);
  desc->base = 0;
  desc->span = VDMA_REG_DECODED;
  build_set_number (choice->stores, &desc->n_stores);
  build_set_number (choice->addr_width, &desc->addr_width);
  build_set_number (choice->dlytmr_resolution, &desc->dlytmr_resolution);
  build_set_word (choice->flush_on_fsync, &desc->flush_on_fsync);
  build_set_word (choice->internal_genlock, &desc->internal_genlock);
  build_set_word (choice->vflip, &desc->vert_flip);
  build_set_word (choice->vidprmtr_reads, &desc->vidprmtr_reads);
  build_set_word (choice->status_regs, &desc->status_regs);
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    build_set_channel (choice, (VdmaDirection) dir, &desc->channel[dir]);
  return vdma_hw_desc_validate (desc, error);
}

G_STATIC_ASSERT (VDMA_MM2S == 0 && VDMA_S2MM == 1);
