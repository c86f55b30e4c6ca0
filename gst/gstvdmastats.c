/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Statistics as GstStructures, by table. */
#include "gstvdmastats.h"

/** StatsField: a guint64 of a structure and its name in GstStructures. */
typedef struct {
  const gchar *name;
  gsize offset;
} StatsField;

static const StatsField stats_channel_fields[] = {
  { "frames", G_STRUCT_OFFSET (VdmaChannelStats, frames) },
  { "delivered", G_STRUCT_OFFSET (VdmaChannelStats, delivered) },
  { "repeated", G_STRUCT_OFFSET (VdmaChannelStats, repeated) },
  { "corrupt", G_STRUCT_OFFSET (VdmaChannelStats, corrupt) },
  { "errors", G_STRUCT_OFFSET (VdmaChannelStats, errors) },
  { "recoveries", G_STRUCT_OFFSET (VdmaChannelStats, recoveries) },
  { "interrupts", G_STRUCT_OFFSET (VdmaChannelStats, interrupts) },
  { "quarantined", G_STRUCT_OFFSET (VdmaChannelStats, quarantined) },
  { "register-reads", G_STRUCT_OFFSET (VdmaChannelStats, register_reads) },
  { "register-writes", G_STRUCT_OFFSET (VdmaChannelStats, register_writes) },
  { "commits", G_STRUCT_OFFSET (VdmaChannelStats, commits) },
};

static const StatsField stats_tied_fields[] = {
  { "display-errors", G_STRUCT_OFFSET (VdmaChannelStats, errors) },
  { "display-recoveries", G_STRUCT_OFFSET (VdmaChannelStats, recoveries) },
  { "display-quarantined", G_STRUCT_OFFSET (VdmaChannelStats, quarantined) },
  { "display-register-reads",
      G_STRUCT_OFFSET (VdmaChannelStats, register_reads) },
  { "display-register-writes",
      G_STRUCT_OFFSET (VdmaChannelStats, register_writes) },
};

static const StatsField stats_pool_fields[] = {
  { "pool-created", G_STRUCT_OFFSET (GstVdmaPoolStats, created) },
  { "pool-reused", G_STRUCT_OFFSET (GstVdmaPoolStats, reused) },
  { "pool-returned", G_STRUCT_OFFSET (GstVdmaPoolStats, returned) },
  { "pool-discarded", G_STRUCT_OFFSET (GstVdmaPoolStats, discarded) },
};

static const StatsField stats_memory_fields[] = {
  { "memory-used", G_STRUCT_OFFSET (XlnkStats, used) },
  { "memory-peak", G_STRUCT_OFFSET (XlnkStats, peak) },
  { "memory-total", G_STRUCT_OFFSET (XlnkStats, system_total) },
  { "memory-available", G_STRUCT_OFFSET (XlnkStats, system_available) },
  { "memory-allocations", G_STRUCT_OFFSET (XlnkStats, n_allocs) },
  { "memory-flushed", G_STRUCT_OFFSET (XlnkStats, flushed_bytes) },
  { "memory-invalidated", G_STRUCT_OFFSET (XlnkStats, invalidated_bytes) },
};

static void
stats_set (GstStructure *stats, const gchar *name, guint64 value)
{
  gst_structure_set (stats, name, G_TYPE_UINT64, value, NULL);
}

static void
stats_add_fields (GstStructure *stats, const StatsField *fields, guint n_fields,
    gconstpointer values)
{
  for (guint i = 0; i < n_fields; i++)
    stats_set (stats, fields[i].name,
        G_STRUCT_MEMBER (guint64, values, fields[i].offset));
}

static void
stats_add_losses (GstStructure *stats, const VdmaChannelStats *channel)
{
  guint64 sum = 0;
  for (guint i = 0; i < VDMA_N_LOSSES; i++) {
    g_autofree gchar *name =
        g_strconcat ("lost-", vdma_loss_to_string ((VdmaLoss) i), NULL);
    stats_set (stats, name, channel->lost[i]);
    sum += channel->lost[i];
  }
  stats_set (stats, "lost", sum);
}

void
gst_vdma_stats_add_channel (
    GstStructure *stats, const VdmaChannelStats *channel)
{
  stats_add_fields (stats, stats_channel_fields,
      G_N_ELEMENTS (stats_channel_fields), channel);
  stats_add_losses (stats, channel);
}

void
gst_vdma_stats_add_capture (
    GstStructure *stats, const VdmaChannelStats *channel, guint64 paused)
{
  VdmaChannelStats seen = *channel;
  guint64 lost = 0;

  seen.delivered -= MIN (paused, seen.delivered);
  gst_vdma_stats_add_channel (stats, &seen);
  gst_structure_get_uint64 (stats, "lost", &lost);
  stats_set (stats, "lost", lost + paused);
  stats_set (stats, "lost-paused", paused);
}

void
gst_vdma_stats_add_tied (GstStructure *stats, const VdmaChannelStats *display)
{
  stats_add_fields (
      stats, stats_tied_fields, G_N_ELEMENTS (stats_tied_fields), display);
}

void
gst_vdma_stats_add_pool (GstStructure *stats, const GstVdmaPoolStats *pool)
{
  stats_add_fields (
      stats, stats_pool_fields, G_N_ELEMENTS (stats_pool_fields), pool);
  stats_set (stats, "pool-cached", pool->cached);
}

void
gst_vdma_stats_add_memory (GstStructure *stats, const XlnkStats *memory)
{
  stats_add_fields (
      stats, stats_memory_fields, G_N_ELEMENTS (stats_memory_fields), memory);
  stats_set (stats, "memory-blocks", memory->n_blocks);
}
