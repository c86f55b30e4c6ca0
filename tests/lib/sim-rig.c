/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bench's memory, and what the core is plugged into. */
#include "sim-rig.h"

#include <stdarg.h>
#include <string.h>

#include "vdma-error.h"

#define RIG_PAGE 4096

typedef struct {
  guint64 address, length;
  SimResponse response;
} RigRange;

/* ---- memory ---- */

static guint8 *
rig_page (SimRig *rig, guint64 address)
{
  guint64 number = address / RIG_PAGE;
  guint8 *page = (guint8 *) g_hash_table_lookup (rig->pages, &number);
  if (page)
    return page;

  guint64 *key = g_new (guint64, 1);
  *key = number;
  page = (guint8 *) g_malloc (RIG_PAGE);
  memset (page, RIG_PREFILL, RIG_PAGE);
  g_hash_table_insert (rig->pages, key, page);
  return page;
}

guint8
sim_rig_peek (SimRig *rig, guint64 address)
{
  return rig_page (rig, address)[address % RIG_PAGE];
}

static void
rig_copy (SimRig *rig, guint64 address, guint8 *data, gsize size, gboolean in)
{
  while (size > 0) {
    guint8 *at = rig_page (rig, address) + address % RIG_PAGE;
    gsize part = MIN (size, RIG_PAGE - address % RIG_PAGE);
    if (in)
      memcpy (at, data, part);
    else
      memcpy (data, at, part);
    address += part;
    data += part;
    size -= part;
  }
}

void
sim_rig_fill (SimRig *rig, guint64 address, gsize length, guint8 value)
{
  for (gsize i = 0; i < length; i++)
    rig_page (rig, address + i)[(address + i) % RIG_PAGE] = value;
}

void
sim_rig_map (SimRig *rig, guint64 address, guint64 length, SimResponse response)
{
  RigRange range = { address, length, response };
  g_array_append_val (rig->ranges, range);
}

static SimResponse
rig_response (SimRig *rig, guint64 address, gsize size)
{
  for (guint i = rig->ranges->len; i-- > 0;) {
    const RigRange *range = &g_array_index (rig->ranges, RigRange, i);
    if (address >= range->address
        && address - range->address + size <= range->length)
      return range->response;
  }
  return SIM_DECERR;
}

/* ---- host ---- */

static SimResponse
rig_mem_write (gpointer host, guint64 address, const guint8 *data, gsize size)
{
  SimRig *rig = (SimRig *) host;
  SimResponse response = rig_response (rig, address, size);
  rig->accesses++;
  if (response == SIM_OKAY)
    rig_copy (rig, address, (guint8 *) data, size, TRUE);
  return response;
}

static SimResponse
rig_mem_read (gpointer host, guint64 address, guint8 *data, gsize size)
{
  SimRig *rig = (SimRig *) host;
  SimResponse response = rig_response (rig, address, size);
  rig->accesses++;
  if (response == SIM_OKAY)
    rig_copy (rig, address, data, size, FALSE);
  return response;
}

static void
rig_irq (gpointer host, VdmaDirection dir, gboolean level)
{
  SimRig *rig = (SimRig *) host;
  if (rig->pin[dir] == level)
    sim_rig_fail (rig, "the pin callback came without a change");
  rig->pin[dir] = level;
  rig->edges[dir] += level;
}

static void
rig_undefined (gpointer host, VdmaDirection dir, const gchar *text)
{
  SimRig *rig = (SimRig *) host;
  rig->undefined++;
  g_strlcpy (rig->undefined_text, text, sizeof rig->undefined_text);
}

static const SimHost rig_host = {
  .mem_write = rig_mem_write,
  .mem_read = rig_mem_read,
  .irq = rig_irq,
  .undefined_use = rig_undefined,
};

/* ---- life ---- */

SimRig *
sim_rig_new (const VdmaHwDesc *desc, const SimKnobs *knobs)
{
  SimRig *rig = g_new0 (SimRig, 1);
  rig->desc = *desc;
  rig->pages =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  rig->ranges = g_array_new (FALSE, FALSE, sizeof (RigRange));
  sim_rig_map (rig, 0x10000000, 0x100000, SIM_OKAY);
  rig->core = sim_core_new (desc, knobs, &rig_host, rig);
  return rig;
}

void
sim_rig_free (SimRig *rig)
{
  sim_core_free (rig->core);
  g_array_unref (rig->ranges);
  g_hash_table_unref (rig->pages);
  g_free (rig);
}

gboolean
sim_rig_fail (SimRig *rig, const gchar *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree gchar *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_test_message ("step at line %d: %s", rig->line, text);
  g_printerr ("%s: step at line %d: %s\n", g_test_get_path (), rig->line, text);
  g_test_fail ();
  return FALSE;
}

guint32
sim_rig_read (SimRig *rig, guint offset)
{
  rig->reads++;
  return sim_core_read (rig->core, offset);
}

void
sim_rig_write (SimRig *rig, guint offset, guint32 value)
{
  rig->writes++;
  sim_core_write (rig->core, offset, value);
}

guint
sim_rig_offer (SimRig *rig, guint8 value, guint n, gsize bytes, guint flags)
{
  guint8 data[256];
  guint taken = 0;

  g_assert_cmpuint (bytes, <=, sizeof data);
  memset (data, value, sizeof data);
  for (guint i = 0; i < n; i++) {
    SimLine line = {
      .data = data,
      .size = bytes,
      .sof = i == 0 && (flags & SOF),
      .eol = i + 1 < n || !(flags & NO_EOL),
    };
    taken += sim_core_s2mm_offer (rig->core, &line);
  }
  return taken;
}

/* ---- rows as tests ---- */

static void
rig_set_knob (SimKnobs *knobs, const SimRigKnob *knob)
{
  gpointer at = G_STRUCT_MEMBER_P (knobs, knob->offset);
  if (knob->size == sizeof (guint64))
    *(guint64 *) at = knob->value;
  else
    *(guint32 *) at = (guint32) knob->value;
}

static void
rig_test_row (gconstpointer data)
{
  const SimRigRow *row = (const SimRigRow *) data;
  VdmaHwDesc desc;
  SimKnobs knobs;
  g_autoptr (GError) error = NULL;

  g_assert_true (sim_profile_init (row->profile, &desc));
  if (row->tweak)
    row->tweak (&desc);
  g_assert_true (vdma_hw_desc_validate (&desc, &error));
  sim_knobs_init (&knobs);
  for (guint i = 0; i < RIG_MAX_KNOBS && row->knobs[i].name; i++)
    rig_set_knob (&knobs, &row->knobs[i]);

  SimRig *rig = sim_rig_new (&desc, &knobs);
  if (sim_rig_run (rig, row->steps) && rig->undefined != rig->undefined_seen)
    sim_rig_fail (rig, "undefined use at the end: %s", rig->undefined_text);
  sim_rig_free (rig);
}

void
sim_rig_add (const SimRigRow *rows, guint n_rows)
{
  for (guint i = 0; i < n_rows; i++) {
    GString *path = g_string_new (NULL);
    g_string_printf (
        path, "/sim/%s/%s/%c", rows[i].id, rows[i].profile, rows[i].mark);
    for (guint k = 0; k < RIG_MAX_KNOBS && rows[i].knobs[k].name; k++)
      g_string_append_printf (path, "/%s", rows[i].knobs[k].name);
    g_test_add_data_func (path->str, &rows[i], rig_test_row);
    g_string_free (path, TRUE);
  }
}

gint
sim_rig_main (gint argc, gchar **argv, const SimRigRow *rows, guint n_rows)
{
  g_test_init (&argc, &argv, NULL);
  sim_rig_add (rows, n_rows);
  return g_test_run ();
}
