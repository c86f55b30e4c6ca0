/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-ledger.h"

#include "vdma-util.h"

#define LEDGER_REMEMBERED 64 /* freed extents whose story is still known */

/* What a freed extent leaves behind. */
typedef struct {
  guint64 phys;
  gsize size;
  gint64 freed;
  SimStay last;
} LedgerGrave;

/* Where a channel is in its frame. */
typedef struct {
  guint store;
  guint64 base;
  guint line;        /* of the next access */
  guint counted;     /* kinds of violations reported in this frame */
  SimExtent *extent; /* of the last access that was right; NULL: look it up */
} LedgerCursor;

struct SimLedger {
  guint64 base, size;
  SimReports *reports;
  GPtrArray *extents; /* SimExtent, sorted by address, disjoint */
  LedgerGrave graves[LEDGER_REMEMBERED];
  guint
      n_graves; /* ever; the newest is at (n_graves - 1) % LEDGER_REMEMBERED */
  LedgerCursor cursors[VDMA_N_DIRECTIONS];
  guint64 violations[SIM_N_VIOLATIONS];
};

static const gchar *const ledger_owner_names[] = {
  [XLNK_OWNER_APPLICATION] = "the application",
  [XLNK_OWNER_CACHE] = "the frame cache",
  [XLNK_OWNER_DEVICE] = "the device",
};

SimLedger *
sim_ledger_new (guint64 base, guint64 size, SimReports *reports)
{
  SimLedger *self = g_new0 (SimLedger, 1);
  self->base = base;
  self->size = size;
  self->reports = reports;
  self->extents = g_ptr_array_new ();
  return self;
}

void
sim_ledger_free (SimLedger *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->extents);
  g_free (self);
}

/* ---- extents ---- */

static SimExtent *
ledger_extent_at (const SimLedger *self, guint index)
{
  return g_ptr_array_index (self->extents, index);
}

/* Returns: how many extents begin at or below @address */
static guint
ledger_count_below (const SimLedger *self, guint64 address)
{
  guint low = 0, high = self->extents->len;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (ledger_extent_at (self, middle)->phys <= address)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static SimExtent *
ledger_find (const SimLedger *self, guint64 address)
{
  guint below = ledger_count_below (self, address);
  if (below == 0)
    return NULL;
  SimExtent *extent = ledger_extent_at (self, below - 1);
  return address - extent->phys < extent->size ? extent : NULL;
}

/* After a change of owners every access has to look again. */
static void
ledger_forget_cursors (SimLedger *self)
{
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++)
    self->cursors[dir].extent = NULL;
}

void
sim_ledger_add (SimLedger *self, SimExtent *extent, gint64 time)
{
  extent->now = (SimStay){ .owner = XLNK_OWNER_APPLICATION, .since = time };
  extent->before = (SimStay){ .since = -1 };
  g_ptr_array_insert (
      self->extents, (gint) ledger_count_below (self, extent->phys), extent);
  ledger_forget_cursors (self);
}

void
sim_ledger_remove (SimLedger *self, SimExtent *extent, gint64 time)
{
  guint index = ledger_count_below (self, extent->phys) - 1;
  g_return_if_fail (ledger_extent_at (self, index) == extent);

  g_ptr_array_remove_index (self->extents, index);
  self->graves[self->n_graves++ % LEDGER_REMEMBERED] = (LedgerGrave){
    .phys = extent->phys,
    .size = extent->size,
    .freed = time,
    .last = extent->now,
  };
  ledger_forget_cursors (self);
}

void
sim_ledger_set_owner (SimLedger *self, SimExtent *extent, XlnkOwner owner,
    gboolean device_writes, gint64 time)
{
  extent->before = extent->now;
  extent->fresh &= owner == XLNK_OWNER_DEVICE;
  extent->now = (SimStay){
    .owner = owner,
    .device_writes = device_writes && owner == XLNK_OWNER_DEVICE,
    .since = time,
  };
  ledger_forget_cursors (self);
}

static const LedgerGrave *
ledger_find_grave (const SimLedger *self, guint64 address)
{
  guint n = MIN (self->n_graves, LEDGER_REMEMBERED);
  for (guint i = 1; i <= n; i++) {
    const LedgerGrave *grave =
        &self->graves[(self->n_graves - i) % LEDGER_REMEMBERED];
    if (address >= grave->phys && address - grave->phys < grave->size)
      return grave;
  }
  return NULL;
}

/* ---- the device's accesses ---- */

gboolean
sim_ledger_begin_frame (
    SimLedger *self, VdmaDirection dir, guint store, guint64 address)
{
  SimExtent *extent = ledger_find (self, address);
  self->cursors[dir] = (LedgerCursor){ .store = store, .base = address };
  if (dir != VDMA_S2MM || !extent || !extent->fresh
      || extent->fresh_at != address)
    return FALSE;
  extent->fresh = FALSE;
  return TRUE;
}

void
sim_ledger_end_frame (SimLedger *self, VdmaDirection dir, gboolean complete)
{
  guint64 base = self->cursors[dir].base;
  SimExtent *extent = ledger_find (self, base);
  if (!extent)
    return;
  if (dir == VDMA_MM2S) {
    extent->fresh &= extent->fresh_at != base;
  } else if (complete) {
    extent->fresh = TRUE;
    extent->fresh_at = base;
  }
}

static void
ledger_describe_stay (GString *text, const SimStay *stay)
{
  gchar when[SIM_TIME_TEXT];
  g_string_append_printf (text, "%s%s since %s",
      ledger_owner_names[stay->owner],
      stay->owner != XLNK_OWNER_DEVICE ? ""
      : stay->device_writes            ? " (may write)"
                                       : " (may only read)",
      sim_time_to_string (stay->since, when));
}

static void
ledger_describe_extent (GString *text, const SimExtent *extent)
{
  g_string_append_printf (text,
      "in the block at 0x%" G_GINT64_MODIFIER "x (%" G_GSIZE_FORMAT
      " bytes), owned by ",
      extent->phys, extent->size);
  ledger_describe_stay (text, &extent->now);
  if (extent->before.since >= 0) {
    g_string_append (text, ", before that by ");
    ledger_describe_stay (text, &extent->before);
  }
}

static void
ledger_describe_grave (GString *text, const LedgerGrave *grave)
{
  gchar when[SIM_TIME_TEXT];
  g_string_append_printf (text,
      "in the block at 0x%" G_GINT64_MODIFIER "x (%" G_GSIZE_FORMAT
      " bytes), freed at %s; its last owner was ",
      grave->phys, grave->size, sim_time_to_string (grave->freed, when));
  ledger_describe_stay (text, &grave->last);
}

static const gchar *const ledger_kind_texts[SIM_N_VIOLATIONS] = {
  [SIM_VIOLATION_OUTSIDE] = "outside of all memory",
  [SIM_VIOLATION_NEVER] = "in memory that was never allocated",
  [SIM_VIOLATION_FREED] = "in freed memory",
  [SIM_VIOLATION_APPLICATION] = "in memory of the application",
  [SIM_VIOLATION_CACHE] = "in memory of the frame cache",
  [SIM_VIOLATION_READ_ONLY] = "in memory that the device may only read",
  [SIM_VIOLATION_OVERRUN] = "across the end of a block",
};

static void
ledger_report (SimLedger *self, VdmaDirection dir, SimViolation kind,
    const SimExtent *extent, guint64 address, gsize size, gint64 time)
{
  LedgerCursor *cursor = &self->cursors[dir];
  if (cursor->counted & 1u << kind)
    return;
  cursor->counted |= 1u << kind;
  self->violations[kind]++;

  const LedgerGrave *grave = extent ? NULL : ledger_find_grave (self, address);
  g_autoptr (GString) story = g_string_new (NULL);
  if (extent)
    ledger_describe_extent (story, extent);
  else if (grave)
    ledger_describe_grave (story, grave);
  else
    g_string_append_printf (story,
        "memory is 0x%" G_GINT64_MODIFIER "x to 0x%" G_GINT64_MODIFIER "x",
        self->base, self->base + (self->size - 1));
  sim_reports_add (self->reports, SIM_REPORT_VIOLATION, time,
      "%s %s: %s store %u, line %u, %" G_GSIZE_FORMAT
      " bytes at 0x%" G_GINT64_MODIFIER "x, %s",
      dir == VDMA_S2MM ? "write" : "read", ledger_kind_texts[kind],
      vdma_direction_to_string (dir), cursor->store, cursor->line, size,
      address, story->str);
}

/* Returns: whether the device may do this to @extent; @kind: why not */
static gboolean
ledger_allows (const SimExtent *extent, VdmaDirection dir, SimViolation *kind)
{
  switch (extent->now.owner) {
    case XLNK_OWNER_APPLICATION:
      *kind = SIM_VIOLATION_APPLICATION;
      return FALSE;
    case XLNK_OWNER_CACHE:
      *kind = SIM_VIOLATION_CACHE;
      return FALSE;
    default:
      *kind = SIM_VIOLATION_READ_ONLY;
      return dir == VDMA_MM2S || extent->now.device_writes;
  }
}

static gboolean
ledger_extent_holds (const SimExtent *extent, guint64 address, gsize size)
{
  return address >= extent->phys
         && vdma_range_fits (address - extent->phys, size, extent->size);
}

static SimExtent *
ledger_look_up (SimLedger *self, VdmaDirection dir, guint64 address, gsize size,
    gint64 time)
{
  SimExtent *extent = ledger_find (self, address);
  SimViolation kind;

  if (!extent) {
    kind = address < self->base
                   || !vdma_range_fits (address - self->base, size, self->size)
               ? SIM_VIOLATION_OUTSIDE
           : ledger_find_grave (self, address) ? SIM_VIOLATION_FREED
                                               : SIM_VIOLATION_NEVER;
    ledger_report (self, dir, kind, NULL, address, size, time);
    return NULL;
  }
  if (!ledger_extent_holds (extent, address, size)) {
    ledger_report (
        self, dir, SIM_VIOLATION_OVERRUN, extent, address, size, time);
    return NULL;
  }
  if (!ledger_allows (extent, dir, &kind)) {
    ledger_report (self, dir, kind, extent, address, size, time);
    return extent;
  }
  self->cursors[dir].extent = extent;
  return extent;
}

SimExtent *
sim_ledger_check (SimLedger *self, VdmaDirection dir, guint64 address,
    gsize size, gint64 time)
{
  LedgerCursor *cursor = &self->cursors[dir];
  SimExtent *extent = cursor->extent;
  if (!extent || !ledger_extent_holds (extent, address, size))
    extent = ledger_look_up (self, dir, address, size, time);
  cursor->line++;
  return extent;
}

const guint64 *
sim_ledger_get_violations (const SimLedger *self)
{
  return self->violations;
}
