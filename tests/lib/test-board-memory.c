/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory by text: what is understood, where it opens, and what auto takes. */
#include <errno.h>
#include <string.h>

#include "board-memory.h"
#include "kernel-rig.h"
#include "tree-rig.h"
#include "vdma-error.h"
#include "vdma-log.h"
#include "vdma-util.h"
#include "xlnk-backends.h"

#define SIZE (4 * VDMA_MIB)
#define ANY  G_MAXUINT64

static KernelRig *rig;

static XlnkAllocator *
open_text (const gchar *text, guint64 phys_limit, GError **error)
{
  const BoardMemoryPlace place = { .system = &rig->system,
    .phys_limit = phys_limit };
  return board_memory_open (text, &place, error);
}

static void
expect_error (
    const gchar *text, guint64 phys_limit, gint code, const gchar *const *says)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (XlnkAllocator) allocator = open_text (text, phys_limit, &error);
  g_assert_null (allocator);
  g_test_message ("'%s': %s", text, error->message);
  g_assert_error (error, VDMA_ERROR, code);
  for (; *says; says++) {
    if (!strstr (error->message, *says))
      g_error ("'%s' does not say '%s'", error->message, *says);
  }
}

/* ---- texts ---- */

static void
test_texts (void)
{
  static const struct {
    const gchar *text;
    gboolean simulated;
    const gchar *says; /* NULL: fine */
  } rows[] = {
    { "auto", FALSE },
    { "auto", TRUE },
    { "sim", TRUE },
    { "u-dma-buf", FALSE },
    { "u-dma-buf:udmabuf0", FALSE },
    { "u-dma-buf?coherent=true", FALSE },
    { "zocl:/dev/dri/renderD128?coherent=no", FALSE },
    { "xlnk:/usr/lib/libcma.so", FALSE },
    { "carveout:0x30000000+64M?coherent=1", FALSE },
    { "carveout:uio:frames/1", FALSE },
    { "hugetlb", FALSE },
    { "dma-heap:linux,cma", FALSE },
    { "sim", FALSE, "simulated boards" },
    { "hugetlb", TRUE, "its own memory" },
    { "auto:x", FALSE, "Memories are" },
    { "u-dmabuf", FALSE, "Did you mean 'u-dma-buf'?" },
    { "u-dma-buf:", FALSE, "u-dma-buf[:NAME]" },
    { "hugetlb:2M", FALSE, "written hugetlb" },
    { "carveout", FALSE, "BASE+SIZE" },
    { "dma-heap", FALSE, "dma-heap:NAME" },
    { "dma-heap:", FALSE, "dma-heap:NAME" },
    { "zocl?fast=true", FALSE, "coherent" },
    { "zocl?coherent=perhaps", FALSE, "perhaps" },
    { "?", FALSE, "Memories are" },
    { "", FALSE, "Memories are" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    gboolean ok = board_memory_check (rows[i].text, rows[i].simulated, &error);
    g_test_message ("'%s': %s", rows[i].text, error ? error->message : "fine");
    g_assert_cmpint (ok, ==, rows[i].says == NULL);
    if (rows[i].says) {
      g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, rows[i].says));
    }
  }
}

/* ---- machines ---- */

static void
put_u_dma_buf (guint64 address)
{
  kernel_rig_write (rig, "/sys/class/u-dma-buf/udmabuf0/phys_addr",
      "0x%" G_GINT64_MODIFIER "x", address);
  kernel_rig_write (
      rig, "/sys/class/u-dma-buf/udmabuf0/size", "%" G_GUINT64_FORMAT, SIZE);
  kernel_rig_write (rig, "/sys/class/u-dma-buf/udmabuf0/sync_for_cpu", "0");
  kernel_rig_write (rig, "/sys/class/u-dma-buf/udmabuf0/sync_for_device", "0");
  kernel_rig_write_sparse (rig, "/dev/udmabuf0", SIZE);
}

static void
put_tree (void)
{
  static const TreeFile files[] = {
    { "proc/device-tree/#address-cells", "<1>" },
    { "proc/device-tree/#size-cells", "<1>" },
    { "proc/device-tree/compatible", "\"xlnx,zynq-7000\"" },
    { "proc/device-tree/reserved-memory/#address-cells", "<1>" },
    { "proc/device-tree/reserved-memory/#size-cells", "<1>" },
    { "proc/device-tree/reserved-memory/ranges", "" },
    { "proc/device-tree/reserved-memory/vdma-frames@10000000/reg",
        "<0x10000000 0x00400000>" },
    { "proc/device-tree/reserved-memory/vdma-frames@10000000/no-map", "" },
    { "proc/device-tree/reserved-memory/cached@10400000/reg",
        "<0x10400000 0x00400000>" },
    { "proc/device-tree/reserved-memory/twin@10800000/reg",
        "<0x10800000 0x00100000>" },
    { "proc/device-tree/reserved-memory/twin@10900000/reg",
        "<0x10900000 0x00100000>" },
    { "proc/device-tree/reserved-memory/pool@11000000/reg",
        "<0x11000000 0x00400000>" },
    { "proc/device-tree/reserved-memory/pool@11000000/compatible",
        "\"shared-dma-pool\"" },
    { "proc/device-tree/reserved-memory/pool@11000000/reusable", "" },
    { "proc/device-tree/reserved-memory/off@12000000/reg",
        "<0x12000000 0x00400000>" },
    { "proc/device-tree/reserved-memory/off@12000000/status", "\"disabled\"" },
    { NULL },
  };
  tree_rig_put_all (rig->system.root, files);
  kernel_rig_write_sparse (rig, "/dev/mem", 0x20000000);
}

static void
put_huge_pages (void)
{
  kernel_rig_write (rig, "/proc/meminfo", "Hugepagesize: 2048 kB\n");
  kernel_rig_write (rig, "/proc/self/pagemap", "%s", "");
  rig->huge_base = 0x40000000;
  rig->huge_pages = 4;
}

static void
machine_new (const XlnkCacheOps *cache)
{
  rig = kernel_rig_new ();
  rig->system.cache = cache;
}

static void
machine_free (void)
{
  g_clear_pointer (&rig, kernel_rig_free);
}

/* ---- carve-outs ---- */

static void
test_nodes (void)
{
  static const struct {
    const gchar *text;
    guint64 phys; /* 0: refused */
    gboolean cacheable;
    gint code;
    const gchar *says[3];
  } rows[] = {
    { "carveout:vdma-frames", 0x10000000 },
    { "carveout:vdma-frames@10000000", 0x10000000 },
    { "carveout:/reserved-memory/vdma-frames@10000000", 0x10000000 },
    { "carveout:cached", 0x10400000, TRUE },
    { "carveout:0x10000000+1M", 0x10000000 }, /* the tree knows: no-map */
    { "carveout:0x10500000+1M", 0x10500000, TRUE },
    { "carveout:0x11000000+1M", 0, FALSE, VDMA_ERROR_UNSUPPORTED,
        { "pool@11000000", "reusable" } },
    { "carveout:pool", 0, FALSE, VDMA_ERROR_UNSUPPORTED, { "reusable" } },
    { "carveout:off", 0, FALSE, VDMA_ERROR_UNSUPPORTED, { "status" } },
    { "carveout:twin", 0, FALSE, VDMA_ERROR_INVALID,
        { "twin@10800000", "twin@10900000" } },
    { "carveout:other", 0, FALSE, VDMA_ERROR_NOT_FOUND,
        { "BASE+SIZE", "vdma-frames@10000000" } },
    { "carveout:1+1", 0, FALSE, VDMA_ERROR_INVALID, { "page size" } },
  };
  machine_new (&kernel_rig_cache);
  put_tree ();
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (!rows[i].phys) {
      expect_error (rows[i].text, ANY, rows[i].code, rows[i].says);
      continue;
    }
    g_autoptr (GError) error = NULL;
    g_autoptr (XlnkAllocator) allocator = open_text (rows[i].text, ANY, &error);
    g_assert_no_error (error);
    g_autoptr (XlnkBlock) block =
        xlnk_alloc (allocator, 1, 1, 0, XLNK_CACHEABLE, ANY, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (xlnk_block_get_phys (block), ==, rows[i].phys);
    g_assert_cmpint (xlnk_block_is_cacheable (block), ==, rows[i].cacheable);
  }
  machine_free ();
}

/* ---- auto ---- */

static GString *log_text;

static gboolean
log_is_enabled (VdmaLogTopic topic, VdmaLogLevel level)
{
  return topic == VDMA_LOG_TOPIC_BOARD && level <= VDMA_LOG_INFO;
}

static void
log_write (VdmaLogTopic topic, VdmaLogLevel level, const gchar *file,
    const gchar *function, gint line, const gchar *message)
{
  g_string_append_printf (log_text, "%s\n", message);
}

static const VdmaLogSink log_sink = { log_is_enabled, log_write };

/* Takes the first in the order that can be had, and says why not the others. */
static void
expect_auto (guint64 phys_limit, const gchar *name, const gchar *const *logs)
{
  g_autoptr (GError) error = NULL;
  log_text = g_string_new (NULL);
  vdma_log_set_sink (&log_sink);
  g_autoptr (XlnkAllocator) allocator = open_text ("auto", phys_limit, &error);
  vdma_log_set_sink (NULL);
  g_assert_no_error (error);
  g_assert_cmpstr (xlnk_allocator_get_name (allocator), ==, name);
  XlnkStats stats;
  xlnk_get_stats (allocator, &stats);
  g_assert_cmpuint (stats.used, ==, 0);
  g_assert_cmpuint (stats.n_allocs, ==, 0); /* the trial is nobody's */
  for (; *logs; logs++) {
    if (!strstr (log_text->str, *logs))
      g_error ("the log does not say '%s':\n%s", *logs, log_text->str);
  }
  g_string_free (log_text, TRUE);
}

static void
test_auto (void)
{
  static const gchar *const first[] = { "memory=auto takes 'u-dma-buf'", NULL };
  static const gchar *const far[] = { "cannot take 'u-dma-buf': '",
    "cannot take 'zocl': there is no render node",
    "cannot take 'xlnk': cannot use",
    "takes 'carveout:/reserved-memory/vdma-frames@10000000'", NULL };
  static const gchar *const last[] = {
    "cannot take 'carveout': no reserved-memory node", "takes 'hugetlb'", NULL
  };
  machine_new (&kernel_rig_cache);
  put_huge_pages ();
  expect_auto (ANY, "hugetlb", last);
  put_tree ();
  put_u_dma_buf (G_GUINT64_CONSTANT (0x100000000));
  expect_auto (ANY, "u-dma-buf", first);
  expect_auto (G_MAXUINT32, "carveout", far); /* out of the core's reach */
  machine_free ();
}

/* When there is none, the error is a list of remedies. */
static void
test_auto_finds_nothing (void)
{
  static const gchar *const remedies[] = { "\nu-dma-buf: ",
    "modprobe u-dma-buf", "\nzocl: ", "xlnx,zocl", "\nxlnk: ", "PYNQ",
    "\ncarveout: ", "begins with", "\nhugetlb: ", "CONFIG_HUGETLBFS",
    "\ndma-heap: ", "CONFIG_DMABUF_HEAPS", NULL };
  static const gchar *const denied[] = { "udev rule, SUBSYSTEM==\"u-dma-buf\"",
    NULL };
  machine_new (&kernel_rig_cache);
  expect_error ("auto", ANY, VDMA_ERROR_NOT_FOUND, remedies);
  put_u_dma_buf (0x10000000);
  kernel_rig_fail (rig, "/dev/udmabuf0", KERNEL_RIG_FAIL_OPEN, EACCES);
  expect_error ("auto", ANY, VDMA_ERROR_PERMISSION, denied);
  machine_free ();
}

static void
test_coherent_option (void)
{
  static const gchar *const caches[] = { "?coherent=true", NULL };
  g_autoptr (GError) error = NULL;
  machine_new (&kernel_rig_cache_kernel_only);
  put_huge_pages ();
  expect_error ("hugetlb", ANY, VDMA_ERROR_UNSUPPORTED, caches);
  g_autoptr (XlnkAllocator) allocator =
      open_text ("hugetlb?coherent=true", ANY, &error);
  g_assert_no_error (error);
  g_clear_pointer (&allocator, xlnk_allocator_unref);
  machine_free ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/board-memory/texts", test_texts);
  g_test_add_func ("/board-memory/nodes", test_nodes);
  g_test_add_func ("/board-memory/auto", test_auto);
  g_test_add_func ("/board-memory/auto-finds-nothing", test_auto_finds_nothing);
  g_test_add_func ("/board-memory/coherent-option", test_coherent_option);
  return g_test_run ();
}
