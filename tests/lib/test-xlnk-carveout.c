/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Carve-outs: by /dev/mem and by UIO maps, cached or not, shared by processes. */
#include <errno.h>
#include <string.h>

#include "keeper-rig.h"
#include "kernel-rig.h"
#include "vdma-error.h"
#include "vdma-util.h"
#include "xlnk-backends.h"
#include "xlnk-contract.h"

#define BASE G_GUINT64_CONSTANT (0x30000000)
#define SIZE (16 * VDMA_MIB)
#define ANY  G_MAXUINT64

static KernelRig *rig;

/* ---- opening ---- */

static XlnkAllocator *
open_with (const XlnkCacheOps *cache, gboolean no_map)
{
  g_autoptr (GError) error = NULL;
  const XlnkCarveout carveout = {
    .base = BASE, .size = SIZE, .no_map = no_map
  };
  rig->system.cache = cache;
  XlnkBackend *backend = xlnk_carveout_open (&rig->system, &carveout, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (backend->highest, ==, BASE + SIZE - 1);
  return xlnk_allocator_new (backend);
}

static XlnkAllocator *
open_coherent (void)
{
  return open_with (&xlnk_cache_coherent, FALSE);
}

static XlnkAllocator *
open_by_address (void)
{
  return open_with (&kernel_rig_cache, FALSE);
}

static XlnkAllocator *
open_no_map (void)
{
  return open_with (&kernel_rig_cache, TRUE);
}

static XlnkAllocator *
open_kernel_only (void)
{
  return open_with (&kernel_rig_cache_kernel_only, FALSE);
}

static XlnkAllocator *
open_uio (void)
{
  g_autoptr (GError) error = NULL;
  rig->system.cache = &kernel_rig_cache_kernel_only;
  XlnkBackend *backend =
      xlnk_carveout_open_uio (&rig->system, "frames/1", &error);
  g_assert_no_error (error);
  return xlnk_allocator_new (backend);
}

/* ---- caching ---- */

/* Each architecture gives the kind of memory that it can keep right. */
static void
test_kinds (void)
{
  static const struct {
    XlnkAllocator *(*open) (void);
    gboolean given[2]; /* by wish */
  } rows[] = {
    { open_coherent, { TRUE, TRUE } },
    { open_by_address, { FALSE, TRUE } },
    { open_no_map, { FALSE, FALSE } },
    { open_kernel_only, { FALSE, FALSE } },
    { open_uio, { FALSE, FALSE } },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (XlnkAllocator) allocator = rows[i].open ();
    for (guint wish = XLNK_UNCACHED; wish <= XLNK_CACHEABLE; wish++) {
      g_autoptr (XlnkBlock) block =
          kernel_rig_alloc (allocator, 5000, (XlnkCaching) wish);
      g_test_message ("row %u, wish %u", i, wish);
      g_assert_cmpint (
          xlnk_block_is_cacheable (block), ==, rows[i].given[wish]);
    }
  }
}

static void
expect_cache_log (gconstpointer origin, const gchar *wanted)
{
  g_autofree gchar *log = kernel_rig_take_cache_log (origin);
  g_assert_cmpstr (log, ==, wanted);
}

/* Whole lines, of the block's own mapping, at the right moments. */
static void
test_maintenance (void)
{
  g_autoptr (XlnkAllocator) allocator = open_by_address ();
  g_free (kernel_rig_take_cache_log (NULL));
  g_autoptr (XlnkBlock) block =
      kernel_rig_alloc (allocator, 8192, XLNK_CACHEABLE);
  const guint8 *origin = xlnk_block_map (block, XLNK_ACCESS_READ, NULL);
  xlnk_block_unmap (block, XLNK_ACCESS_READ);
  expect_cache_log (origin, "clean 0+8192;invalidate 0+8192");

  g_assert_true (xlnk_block_set_owner (block, XLNK_OWNER_DEVICE, TRUE, NULL));
  g_assert_true (
      xlnk_block_set_owner (block, XLNK_OWNER_APPLICATION, FALSE, NULL));
  g_autoptr (XlnkBlock) slice = xlnk_block_slice (block, 70, 100, NULL);
  g_assert_nonnull (
      xlnk_block_map (slice, XLNK_ACCESS_READ | XLNK_ACCESS_WRITE, NULL));
  expect_cache_log (origin, "invalidate 64+128");
  xlnk_block_unmap (slice, XLNK_ACCESS_READ | XLNK_ACCESS_WRITE);
  expect_cache_log (origin, "clean 64+128");
}

/* A page that was cached has no line left when it is used uncached. */
static void
test_cached_then_uncached (void)
{
  g_autoptr (XlnkAllocator) allocator = open_by_address ();
  XlnkBlock *cached = kernel_rig_alloc (allocator, 4096, XLNK_CACHEABLE);
  const guint8 *origin = xlnk_block_map (cached, XLNK_ACCESS_WRITE, NULL);
  const guint64 phys = xlnk_block_get_phys (cached);
  xlnk_block_unmap (cached, XLNK_ACCESS_WRITE);
  xlnk_block_unref (cached);
  g_free (kernel_rig_take_cache_log (NULL));

  g_autoptr (XlnkBlock) uncached =
      kernel_rig_alloc (allocator, 4096, XLNK_UNCACHED);
  g_assert_cmpuint (xlnk_block_get_phys (uncached), ==, phys);
  expect_cache_log (origin, "invalidate 0+4096");
}

/* ---- where it lies ---- */

static void
test_reach (void)
{
  static const struct {
    gsize size;
    guint64 limit;
    gint code; /* -1: fits */
  } rows[] = {
    { 4096, BASE + 4095, -1 },
    { 4096, BASE + 4094, VDMA_ERROR_UNREACHABLE },
    { 8192, BASE + 8191, -1 },
    { 8192, BASE + 4096, VDMA_ERROR_UNREACHABLE },
    { SIZE, ANY, -1 },
    { SIZE + 1, ANY, VDMA_ERROR_NO_MEMORY },
    { 4096, BASE - 1, VDMA_ERROR_UNREACHABLE },
  };
  g_autoptr (XlnkAllocator) allocator = open_coherent ();
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (XlnkBlock) block = xlnk_alloc (
        allocator, rows[i].size, 1, 0, XLNK_CACHEABLE, rows[i].limit, &error);
    g_assert_cmpint (block == NULL, ==, error != NULL);
    g_test_message ("row %u: %s", i, error ? error->message : "fits");
    if (rows[i].code < 0)
      g_assert_no_error (error);
    else
      g_assert_error (error, VDMA_ERROR, rows[i].code);
  }
}

/* What another process holds is stepped over, and is free when it goes. */
static void
test_shared (void)
{
  XlnkAllocator *mine = open_coherent ();
  g_autoptr (XlnkAllocator) other = open_coherent ();
  g_autoptr (GError) error = NULL;
  XlnkBlock *a = kernel_rig_alloc (mine, SIZE / 4, XLNK_CACHEABLE);
  XlnkBlock *b = kernel_rig_alloc (other, SIZE / 4, XLNK_CACHEABLE);
  XlnkBlock *c = kernel_rig_alloc (mine, SIZE / 4, XLNK_CACHEABLE);
  g_assert_cmpuint (xlnk_block_get_phys (a), ==, BASE);
  g_assert_cmpuint (xlnk_block_get_phys (b), ==, BASE + SIZE / 4);
  g_assert_cmpuint (xlnk_block_get_phys (c), ==, BASE + SIZE / 2);

  g_assert_null (
      xlnk_alloc (other, SIZE / 2, 1, 0, XLNK_CACHEABLE, ANY, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY);
  g_autofree gchar *held =
      g_strdup_printf ("other processes hold %" G_GUINT64_FORMAT, SIZE / 4);
  g_assert_nonnull (strstr (error->message, held));
  g_clear_error (&error);

  xlnk_block_unref (a);
  xlnk_block_unref (c);
  xlnk_allocator_unref (mine);
  g_autoptr (XlnkBlock) d = kernel_rig_alloc (other, SIZE / 2, XLNK_CACHEABLE);
  g_assert_cmpuint (xlnk_block_get_phys (d), ==, BASE + SIZE / 2);
  xlnk_block_unref (b);
}

/* ---- texts ---- */

static void
test_parse (void)
{
  static const struct {
    const gchar *text;
    guint64 base, size; /* 0: refused */
  } rows[] = {
    { "0x30000000+64M", 0x30000000, 64 * VDMA_MIB },
    { "768M+16M", 0x30000000, 16 * VDMA_MIB },
    { "0x100000+4096", 0x100000, 4096 },
    { "0x7ffffffffffff000+4095" }, /* no page */
    { "0x7ffffffffffff000+4096" }, /* beyond file offsets */
    { "0x800000000+1G", 0x800000000, VDMA_GIB },
    { "" },
    { "+" },
    { "0x30000000" },
    { "0x30000000+" },
    { "+64M" },
    { "0x30000000+0" },
    { "0x30000001+64M" },
    { "0x30000000+64" },
    { "0x30000000+64M+1" },
    { "0x30000000 +64M" },
    { "-4096+4096" },
    { "0+1M" }, /* on-chip memory and firmware */
    { "0xff000+4096" },
    { "0xfffffffffffff000+4096" },
    { "4096+0xfffffffffffff000" },
    { "99999999999999999999+1" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    XlnkCarveout carveout;
    gboolean ok = xlnk_carveout_parse (rows[i].text, &carveout, &error);
    g_test_message ("'%s'", rows[i].text);
    g_assert_cmpint (ok, ==, rows[i].size != 0);
    if (!ok) {
      g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
      continue;
    }
    g_assert_cmpuint (carveout.base, ==, rows[i].base);
    g_assert_cmpuint (carveout.size, ==, rows[i].size);
  }
}

/* ---- what can be wrong ---- */

/* Memory that the kernel uses itself is not given to a device. */
static void
test_iomem (void)
{
  static const struct {
    const gchar *text;
    gboolean checked, opens;
  } rows[] = {
    { "00100000-2fffffff : System RAM\n30000000-33ffffff : Reserved\n"
      "34000000-3fffffff : System RAM\n",
        FALSE, TRUE },
    { "00100000-3fffffff : System RAM\n  01000000-02ffffff : Kernel code\n",
        FALSE, FALSE },
    { "00100000-3fffffff : System RAM\n  01000000-02ffffff : Kernel code\n",
        TRUE, TRUE },
    { "00100000-3fffffff : System RAM\n  30000000-33ffffff : reserved\n", FALSE,
        TRUE },
    { "00100000-3fffffff : System RAM\n  30800000-33ffffff : reserved\n", FALSE,
        FALSE },
    { "00100000-30000fff : System RAM\n", FALSE, FALSE },
    { "30fff000-7fffffff : System RAM\n", FALSE, FALSE },
    { "00100000-2fffffff : System RAM\n", FALSE, TRUE },
    { "00000000-00000000 : System RAM\n", FALSE, TRUE }, /* not root */
    { "nonsense\n-\n1-\n : System RAM\n0-ffffffffffffffff : System RAM\n",
        FALSE, TRUE },
    { "\x01\x02", FALSE, TRUE },
    { "", FALSE, TRUE },
  };
  rig->system.cache = &xlnk_cache_coherent;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    static const gchar *const says[] = { "System RAM", "reserved-memory",
      "memmap=", NULL };
    GError *error = NULL;
    const XlnkCarveout carveout = {
      .base = BASE, .size = SIZE, .checked = rows[i].checked
    };
    kernel_rig_write (rig, "/proc/iomem", "%s", rows[i].text);
    XlnkBackend *backend = xlnk_carveout_open (&rig->system, &carveout, &error);
    g_test_message ("row %u", i);
    if (rows[i].opens) {
      g_assert_no_error (error);
      xlnk_allocator_unref (xlnk_allocator_new (backend));
    } else {
      kernel_rig_expect_refused (backend, error, VDMA_ERROR_BUSY, says);
    }
  }
  kernel_rig_remove (rig, "/proc/iomem");
}

static void
test_kernel_refuses (void)
{
  static const struct {
    KernelRigFailure call;
    gint error, code;
    const gchar *says[4];
  } rows[] = {
    { KERNEL_RIG_FAIL_OPEN, EACCES, VDMA_ERROR_PERMISSION,
        { "/dev/mem", "CAP_SYS_RAWIO" } },
    { KERNEL_RIG_FAIL_OPEN, EPERM, VDMA_ERROR_PERMISSION,
        { "/dev/mem", "locked-down" } },
    { KERNEL_RIG_FAIL_OPEN, ENOENT, VDMA_ERROR_NOT_FOUND,
        { "/dev/mem", "CONFIG_DEVMEM", "carveout:uio:NAME" } },
    { KERNEL_RIG_FAIL_MMAP, EPERM, VDMA_ERROR_PERMISSION,
        { "0x30000000", "STRICT_DEVMEM", "iomem=relaxed" } },
    { KERNEL_RIG_FAIL_MMAP, EINVAL, VDMA_ERROR_FAILED,
        { "0x30000000", "reserved and exists" } },
    { KERNEL_RIG_FAIL_MMAP, ENOMEM, VDMA_ERROR_NO_MEMORY, { "0x30000000" } },
  };
  const XlnkCarveout carveout = {
    .name = "frames@30000000", .base = BASE, .size = SIZE
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GError *error = NULL;
    kernel_rig_fail (rig, "/dev/mem", rows[i].call, rows[i].error);
    XlnkBackend *backend = xlnk_carveout_open (&rig->system, &carveout, &error);
    kernel_rig_fail (rig, NULL, 0, 0);
    g_assert_nonnull (strstr (error->message, "frames@30000000"));
    kernel_rig_expect_refused (backend, error, rows[i].code, rows[i].says);
  }
}

/* The uncached view is opened later: a device that is gone by then is an error,
 * and what is open works on. */
static void
test_vanishes (void)
{
  g_autoptr (XlnkAllocator) allocator = open_by_address ();
  g_autoptr (XlnkBlock) block =
      kernel_rig_alloc (allocator, 4096, XLNK_CACHEABLE);
  g_autoptr (GError) error = NULL;
  XlnkStats stats;
  kernel_rig_fail (rig, "/dev/mem", KERNEL_RIG_FAIL_OPEN, ENODEV);
  g_assert_null (
      xlnk_alloc (allocator, 4096, 1, 0, XLNK_UNCACHED, ANY, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND);
  xlnk_get_stats (allocator, &stats);
  g_assert_cmpuint (stats.system_available, ==, SIZE - 4096);
  g_assert_nonnull (xlnk_block_map (block, XLNK_ACCESS_READ, NULL));
  xlnk_block_unmap (block, XLNK_ACCESS_READ);
  kernel_rig_fail (rig, NULL, 0, 0);
}

/* ---- UIO ---- */

static void
test_uio_by_name (void)
{
  static const struct {
    const gchar *name;
    gint code; /* -1: opens */
    const gchar *says[3];
  } rows[] = {
    { "uio1/1", -1 },
    { "frames/1", -1 },
    { "frames", VDMA_ERROR_INVALID, { "multiples of the page size" } },
    { "frames/2", VDMA_ERROR_NOT_FOUND, { "maps/map2/addr", "uio_pdrv" } },
    { "frames/3", VDMA_ERROR_UNSUPPORTED, { "inside a page" } },
    { "frames/4", VDMA_ERROR_INVALID, { "maps/map4/size", "'many'" } },
    { "frames/5", VDMA_ERROR_INVALID, { "0 to 4" } },
    { "frames/", VDMA_ERROR_INVALID, { "0 to 4" } },
    { "frames/-1", VDMA_ERROR_INVALID, { "0 to 4" } },
    { "twice", VDMA_ERROR_INVALID, { "uio2", "uio3" } },
    { "uio9", VDMA_ERROR_NOT_FOUND, { "uio1 (frames)", "uio4 (no name)" } },
    { "", VDMA_ERROR_NOT_FOUND, { "there are" } },
    { "../..", VDMA_ERROR_INVALID, { "0 to 4" } },
  };
  rig->system.cache = &kernel_rig_cache_kernel_only;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GError *error = NULL;
    XlnkBackend *backend =
        xlnk_carveout_open_uio (&rig->system, rows[i].name, &error);
    g_test_message ("'%s': %s", rows[i].name, error ? error->message : "opens");
    if (rows[i].code < 0)
      xlnk_allocator_unref (xlnk_allocator_new (backend));
    else
      kernel_rig_expect_refused (backend, error, rows[i].code, rows[i].says);
  }
}

static void
test_uio_permission (void)
{
  static const gchar *const says[] = { "/dev/uio1", "GROUP=\"video\"", NULL };
  GError *error = NULL;
  kernel_rig_fail (rig, "/dev/uio1", KERNEL_RIG_FAIL_OPEN, EACCES);
  XlnkBackend *backend =
      xlnk_carveout_open_uio (&rig->system, "frames/1", &error);
  kernel_rig_fail (rig, NULL, 0, 0);
  kernel_rig_expect_refused (backend, error, VDMA_ERROR_PERMISSION, says);
}

static void
make_machine (void)
{
  static const struct {
    const gchar *path, *text;
  } files[] = {
    { "/sys/class/uio/uio1/name", "frames\n" },
    { "/sys/class/uio/uio1/maps/map0/addr", "0x43000000\n" },
    { "/sys/class/uio/uio1/maps/map0/size", "0x100\n" },
    { "/sys/class/uio/uio1/maps/map0/offset", "0x0\n" },
    { "/sys/class/uio/uio1/maps/map1/addr", "0x30000000\n" },
    { "/sys/class/uio/uio1/maps/map1/size", "0x800000\n" },
    { "/sys/class/uio/uio1/maps/map1/offset", "0x0\n" },
    { "/sys/class/uio/uio1/maps/map3/addr", "0x30000000\n" },
    { "/sys/class/uio/uio1/maps/map3/size", "0x10000\n" },
    { "/sys/class/uio/uio1/maps/map3/offset", "0x80\n" },
    { "/sys/class/uio/uio1/maps/map4/addr", "0x30000000\n" },
    { "/sys/class/uio/uio1/maps/map4/size", "many\n" },
    { "/sys/class/uio/uio2/name", "twice\n" },
    { "/sys/class/uio/uio3/name", "twice\n" },
    { "/sys/class/uio/uio4/version", "0\n" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    kernel_rig_write (rig, files[i].path, "%s", files[i].text);
  kernel_rig_write_sparse (rig, "/dev/mem", BASE + SIZE);
  kernel_rig_write_sparse (rig, "/dev/uio1", 9 * VDMA_MIB);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  rig = kernel_rig_new ();
  make_machine ();
  xlnk_contract_add ("carveout-coherent", open_coherent);
  xlnk_contract_add ("carveout-by-address", open_by_address);
  xlnk_contract_add ("carveout-kernel-only", open_kernel_only);
  xlnk_contract_add ("carveout-uio", open_uio);
  keeper_rig_add ("carveout", open_by_address, KEEPER_WANTS_NOTHING);
  g_test_add_func ("/carveout/kinds", test_kinds);
  g_test_add_func ("/carveout/maintenance", test_maintenance);
  g_test_add_func ("/carveout/cached-then-uncached", test_cached_then_uncached);
  g_test_add_func ("/carveout/reach", test_reach);
  g_test_add_func ("/carveout/shared", test_shared);
  g_test_add_func ("/carveout/parse", test_parse);
  g_test_add_func ("/carveout/iomem", test_iomem);
  g_test_add_func ("/carveout/kernel-refuses", test_kernel_refuses);
  g_test_add_func ("/carveout/vanishes", test_vanishes);
  g_test_add_func ("/carveout/uio-by-name", test_uio_by_name);
  g_test_add_func ("/carveout/uio-permission", test_uio_permission);
  gint result = g_test_run ();
  kernel_rig_free (rig);
  return result;
}
