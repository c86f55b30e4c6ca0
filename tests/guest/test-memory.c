/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contract of memory on real kernels, and the proof that physical addresses
 * are right: the emulated core writes to them, and the CPU finds what it wrote.
 *
 *   test-memory /sys/class/uio/uioN NAME=TEXT...
 *
 * NAME is a kind of memory below, TEXT what stands behind it in memory=. */
#include <string.h>

#include "guest-raw.h"
#include "sim-pattern.h"
#include "xlnk-backends.h"
#include "xlnk-contract.h"

#define MEMORY_HSIZE      640
#define MEMORY_VSIZE      360
#define MEMORY_FRAME_SIZE (MEMORY_HSIZE * MEMORY_VSIZE)
#define MEMORY_BLOCKS     3

static const gchar *memory_uio;

/* ---- kinds ---- */

typedef struct {
  const gchar *name;
  XlnkBackend *(*open) (
      const XlnkSystem *system, const gchar *text, GError **error);
} MemoryKind;

static XlnkBackend *
memory_open_hugetlb (
    const XlnkSystem *system, const gchar *text, GError **error)
{
  return xlnk_hugetlb_open (system, error);
}

static XlnkBackend *
memory_open_carveout (
    const XlnkSystem *system, const gchar *text, GError **error)
{
  XlnkCarveout carveout = { 0 };
  if (!xlnk_carveout_parse (text, &carveout, error))
    return NULL;
  return xlnk_carveout_open (system, &carveout, error);
}

/* An emulator has no caches, which is what coherent means. */
static XlnkBackend *
memory_open_dma_heap (
    const XlnkSystem *system, const gchar *text, GError **error)
{
  g_auto (XlnkSystem) coherent = { NULL };
  xlnk_system_copy (&coherent, system);
  coherent.cache = &xlnk_cache_coherent;
  return xlnk_dma_heap_open (&coherent, text, error);
}

static const MemoryKind memory_kinds[] = {
  { "hugetlb", memory_open_hugetlb },
  { "carveout", memory_open_carveout },
  { "dma-heap", memory_open_dma_heap },
};

/* What the command line asks for, by kind. */
static const gchar *memory_texts[G_N_ELEMENTS (memory_kinds)];

static XlnkAllocator *
memory_open (guint kind)
{
  g_auto (XlnkSystem) system;
  g_autoptr (GError) error = NULL;
  xlnk_system_init (&system, NULL);
  XlnkBackend *backend =
      memory_kinds[kind].open (&system, memory_texts[kind], &error);
  g_assert_no_error (error);
  return xlnk_allocator_new (backend);
}

static XlnkAllocator *
memory_contract_hugetlb (void)
{
  return memory_open (0);
}

static XlnkAllocator *
memory_contract_carveout (void)
{
  return memory_open (1);
}

static XlnkAllocator *
memory_contract_dma_heap (void)
{
  return memory_open (2);
}

static XlnkAllocator *(*const memory_contracts[]) (void) = {
  memory_contract_hugetlb,
  memory_contract_carveout,
  memory_contract_dma_heap,
};

G_STATIC_ASSERT (
    G_N_ELEMENTS (memory_contracts) == G_N_ELEMENTS (memory_kinds));

/* ---- addresses ---- */

static XlnkBlock *
memory_alloc (XlnkAllocator *allocator)
{
  g_autoptr (GError) error = NULL;
  XlnkBlock *block = xlnk_alloc (allocator, GUEST_RAW_STORES, MEMORY_FRAME_SIZE,
      1, XLNK_CACHEABLE, G_MAXUINT32, &error);
  g_assert_no_error (error);
  return block;
}

static void
memory_fill (XlnkBlock *block)
{
  g_autoptr (GError) error = NULL;
  guint8 *data = xlnk_block_map (block, XLNK_ACCESS_WRITE, &error);
  g_assert_no_error (error);
  memset (data, 0xa5, GUEST_RAW_STORES * MEMORY_FRAME_SIZE);
  xlnk_block_unmap (block, XLNK_ACCESS_WRITE);
}

static void
memory_check (XlnkBlock *block)
{
  g_autoptr (GError) error = NULL;
  const guint8 *data = xlnk_block_map (block, XLNK_ACCESS_READ, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < GUEST_RAW_STORES; i++) {
    SimCounterCheck check;
    gboolean whole = sim_pattern_check_counter (data + i * MEMORY_FRAME_SIZE,
        MEMORY_HSIZE, MEMORY_HSIZE, MEMORY_VSIZE, &check);
    /* the store in work when the core stopped may be of two frames */
    g_assert_true (whole || check.n_mixed == 0);
  }
  xlnk_block_unmap (block, XLNK_ACCESS_READ);
}

/* The core writes into @block, and the CPU finds whole frames there. */
static void
memory_prove_written (GuestRaw *raw, XlnkBlock *block)
{
  memory_fill (block);
  guest_raw_start (raw, &guest_raw_s2mm, xlnk_block_get_phys (block),
      MEMORY_HSIZE, MEMORY_VSIZE);
  for (guint i = 0; i < 2 * GUEST_RAW_STORES; i++)
    g_assert_true (guest_raw_wait (raw, &guest_raw_s2mm));
  guest_raw_reset (raw, &guest_raw_s2mm);
  memory_check (block);
}

/* What was written by the core goes out by the core: whole frames again. */
static void
memory_prove_read (GuestRaw *raw, XlnkBlock *block)
{
  /* there the interrupt of MM2S is another device's; test-library displays */
  if (raw->config < 0)
    return;
  guest_raw_start (raw, &guest_raw_mm2s, xlnk_block_get_phys (block),
      MEMORY_HSIZE, MEMORY_VSIZE);
  for (guint i = 0; i < GUEST_RAW_STORES; i++)
    g_assert_true (guest_raw_wait (raw, &guest_raw_mm2s));
  guest_raw_reset (raw, &guest_raw_mm2s);
}

static void
test_addresses (gconstpointer data)
{
  GuestRaw raw;
  XlnkBlock *blocks[MEMORY_BLOCKS];
  XlnkAllocator *allocator = memory_open (GPOINTER_TO_UINT (data));

  guest_raw_open (&raw, memory_uio, "stream=counter&fps=60");
  for (guint i = 0; i < MEMORY_BLOCKS; i++)
    blocks[i] = memory_alloc (allocator);
  /* whatever is none of ours stays untouched: the last is written last */
  for (guint i = 0; i < MEMORY_BLOCKS; i++)
    memory_prove_written (&raw, blocks[i]);
  for (guint i = 0; i < MEMORY_BLOCKS; i++) {
    memory_check (blocks[i]);
    memory_prove_read (&raw, blocks[i]);
    xlnk_block_unref (blocks[i]);
  }
  g_assert_cmpuint (bench_get_now (raw.bench, BENCH_BUS_ERRORS), ==, 0);
  guest_raw_close (&raw);
  xlnk_allocator_unref (allocator);
}

/* ---- what the command line asks for ---- */

static void
memory_add (guint kind, const gchar *text)
{
  g_autofree gchar *path =
      g_strdup_printf ("/memory/%s/addresses", memory_kinds[kind].name);
  memory_texts[kind] = text;
  xlnk_contract_add (memory_kinds[kind].name, memory_contracts[kind]);
  g_test_add_data_func (path, GUINT_TO_POINTER (kind), test_addresses);
}

static void
memory_add_by_name (const gchar *argument)
{
  gsize length = strcspn (argument, "=");
  for (guint i = 0; i < G_N_ELEMENTS (memory_kinds); i++) {
    const gchar *name = memory_kinds[i].name;
    if (strlen (name) == length && strncmp (name, argument, length) == 0) {
      memory_add (i, argument[length] ? argument + length + 1 : "");
      return;
    }
  }
  g_error ("there is no kind of memory '%s'", argument);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc < 3)
    g_error ("usage: %s /sys/class/uio/uioN NAME=TEXT...", argv[0]);
  memory_uio = argv[1];
  for (gint i = 2; i < argc; i++)
    memory_add_by_name (argv[i]);
  return g_test_run ();
}
