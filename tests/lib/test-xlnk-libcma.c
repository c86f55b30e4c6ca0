/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /dev/xlnk through a libcma.so that the tests build; its path is the first
 * argument. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake-libcma.h"
#include "keeper-rig.h"
#include "kernel-rig.h"
#include "vdma-error.h"
#include "vdma-util.h"
#include "xlnk-backends.h"
#include "xlnk-contract.h"

#define BASE G_GUINT64_CONSTANT (0x18000000)
#define SIZE (8 * VDMA_MIB)
#define ANY  G_MAXUINT64

static KernelRig *rig;
static const gchar *library;
static FakeCmaControl *control;
static gchar *device;

static XlnkAllocator *
open_with (const XlnkCacheOps *cache)
{
  g_autoptr (GError) error = NULL;
  rig->system.cache = cache;
  XlnkBackend *backend = xlnk_cma_open (&rig->system, library, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (backend->highest, ==, G_MAXUINT32);
  return xlnk_allocator_new (backend);
}

static XlnkAllocator *
open_board (void)
{
  return open_with (&kernel_rig_cache_kernel_only);
}

/* The library opens the device as the real one does. */
static XlnkAllocator *
open_board_and_device (void)
{
  control->device = device;
  return open_board ();
}

static XlnkAllocator *
open_coherent (void)
{
  return open_with (&xlnk_cache_coherent);
}

static void
expect_no_memory (XlnkAllocator *allocator, gsize size, const gchar *says)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (
      xlnk_alloc (allocator, size, 1, 0, XLNK_CACHEABLE, ANY, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY);
  if (!strstr (error->message, says))
    g_error ("'%s' does not say '%s'", error->message, says);
}

/* ---- what the library is asked ---- */

static void
test_caching (void)
{
  g_autoptr (XlnkAllocator) allocator = open_board ();
  for (guint wish = XLNK_UNCACHED; wish <= XLNK_CACHEABLE; wish++) {
    g_autoptr (XlnkBlock) block =
        kernel_rig_alloc (allocator, 5, (XlnkCaching) wish);
    g_assert_cmpuint (control->last_cacheable, ==, wish);
    g_assert_cmpuint (xlnk_block_is_cacheable (block), ==, wish);
  }
}

static void
test_maintenance (void)
{
  g_autoptr (XlnkAllocator) allocator = open_board ();
  g_autoptr (XlnkBlock) block =
      xlnk_alloc (allocator, 9000, 1, 65536, XLNK_CACHEABLE, ANY, NULL);
  const guint8 *pointer = xlnk_block_map (block, XLNK_ACCESS_READ, NULL);
  const guint phys = (guint) xlnk_block_get_phys (block);
  g_assert_true (xlnk_block_flush (block, 100, 200, NULL));
  g_assert_true (control->flushed.pointer == pointer + 100);
  g_assert_cmpuint (control->flushed.phys, ==, phys + 100);
  g_assert_cmpint (control->flushed.size, ==, 200);
  g_assert_true (xlnk_block_invalidate (block, 4000, 5000, NULL));
  g_assert_true (control->invalidated.pointer == pointer + 4000);
  g_assert_cmpuint (control->invalidated.phys, ==, phys + 4000);
  g_assert_cmpint (control->invalidated.size, ==, 5000);
  xlnk_block_unmap (block, XLNK_ACCESS_READ);
}

static void
test_stats (void)
{
  g_autoptr (XlnkAllocator) allocator = open_board ();
  XlnkStats stats;
  g_autoptr (XlnkBlock) block =
      kernel_rig_alloc (allocator, 4097, XLNK_CACHEABLE);
  g_assert_nonnull (block);
  xlnk_get_stats (allocator, &stats);
  g_assert_cmpuint (stats.system_available, ==, SIZE - 8192);
  g_assert_cmpuint (stats.system_total, ==, 0);
  kernel_rig_write (rig, "/proc/meminfo", "CmaTotal: 131072 kB\nCmaFree: 4 kB");
  xlnk_get_stats (allocator, &stats);
  g_assert_cmpuint (stats.system_available, ==, SIZE - 8192);
  g_assert_cmpuint (stats.system_total, ==, 128 * VDMA_MIB);
  kernel_rig_remove (rig, "/proc/meminfo");
}

/* ---- its limits ---- */

static void
test_failure_values (void)
{
  g_autoptr (XlnkAllocator) allocator = open_board ();
  control->is_empty = TRUE;
  for (gint value = 0; value < 2; value++) {
    control->fails_with_minus_one = value;
    expect_no_memory (allocator, 4096, "8388608 are free");
  }
  control->is_empty = control->fails_with_minus_one = FALSE;
  g_autoptr (XlnkBlock) block =
      kernel_rig_alloc (allocator, 4096, XLNK_CACHEABLE);
  g_assert_nonnull (block);
}

/* The library's tables are the process's: so is the count, and its end is not
 * tried out. */
static void
test_hundred_buffers (void)
{
  g_autoptr (XlnkAllocator) a = open_board ();
  g_autoptr (XlnkAllocator) b = open_board ();
  g_autoptr (GPtrArray) blocks =
      g_ptr_array_new_with_free_func ((GDestroyNotify) xlnk_block_unref);
  for (guint i = 0; i < 100; i++)
    g_ptr_array_add (
        blocks, kernel_rig_alloc (i % 2 ? a : b, 1, XLNK_CACHEABLE));
  const guint n_calls = control->n_calls;
  expect_no_memory (a, 1, "100 buffers");
  expect_no_memory (b, 1, "fewer, larger");
  g_assert_cmpuint (control->n_calls, ==, n_calls);
  g_ptr_array_set_size (blocks, 99);
  g_ptr_array_add (blocks, kernel_rig_alloc (a, 1, XLNK_CACHEABLE));
}

#if GLIB_SIZEOF_SIZE_T > 4
static void
test_large (void)
{
  g_autoptr (XlnkAllocator) allocator = open_board ();
  const guint n_calls = control->n_calls;
  expect_no_memory (
      allocator, (gsize) (4 * VDMA_GIB), "4294967296 bytes in one piece");
  expect_no_memory (allocator, G_MAXSIZE - 8192, "in one piece");
  g_assert_cmpuint (control->n_calls, ==, n_calls);
}
#endif

static void
test_odd_addresses (void)
{
  static const gulong lies[] = { 1, 0x18000001, 4095, G_MAXUINT32,
    G_MAXUINT32 - 4095, G_MAXULONG };
  g_autoptr (XlnkAllocator) allocator = open_board ();
  for (guint i = 0; i < G_N_ELEMENTS (lies); i++) {
    g_autoptr (GError) error = NULL;
    control->lie = lies[i];
    g_assert_null (
        xlnk_alloc (allocator, 8192, 1, 0, XLNK_CACHEABLE, ANY, &error));
    g_assert_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED);
    control->lie = 0;
  }
  XlnkStats stats;
  xlnk_get_stats (allocator, &stats);
  g_assert_cmpuint (stats.system_available, ==, SIZE);
}

static void
test_reach (void)
{
  g_autoptr (XlnkAllocator) allocator = open_board ();
  g_autoptr (GError) error = NULL;
  g_assert_null (
      xlnk_alloc (allocator, 8192, 1, 0, XLNK_CACHEABLE, BASE + 4096, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_UNREACHABLE);
  g_assert_nonnull (strstr (error->message, "0x18001000"));
}

/* ---- reset ---- */

/* System-wide: not while this process has buffers elsewhere. */
static void
test_reset (void)
{
  g_autoptr (XlnkAllocator) mine = open_board ();
  g_autoptr (XlnkAllocator) other = open_board ();
  g_autoptr (GError) error = NULL;
  const guint n_resets = control->n_resets;
  XlnkBlock *theirs = kernel_rig_alloc (other, 1, XLNK_CACHEABLE);
  g_assert_false (xlnk_reset (mine, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_BUSY);
  g_assert_cmpuint (control->n_resets, ==, n_resets);
  xlnk_block_unref (theirs);
  g_autoptr (XlnkBlock) block = kernel_rig_alloc (mine, 1, XLNK_CACHEABLE);
  g_assert_true (xlnk_reset (mine, NULL));
  g_assert_cmpuint (control->n_resets, ==, n_resets + 1);
  g_assert_true (xlnk_block_is_closed (block));
}

/* ---- what can be wrong ---- */

static void
test_refused (void)
{
  static const struct {
    gint error, code;
    const gchar *library; /* NULL: the right one */
    const gchar *says[3];
  } rows[] = {
    { EACCES, VDMA_ERROR_PERMISSION, NULL, { "/dev/xlnk", "root" } },
    { ENOENT, VDMA_ERROR_NOT_FOUND, NULL, { "/dev/xlnk", "PYNQ" } },
    { 0, VDMA_ERROR_NOT_FOUND, "/nowhere/libcma.so",
        { "/nowhere/libcma.so", "xlnk:PATH" } },
    { 0, VDMA_ERROR_NOT_FOUND, "\xff", { "cannot load" } },
    { 0, VDMA_ERROR_UNSUPPORTED, "libc.so.6", { "cma_alloc", "PYNQ's" } },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GError *error = NULL;
    kernel_rig_fail (rig, "/dev/xlnk", KERNEL_RIG_FAIL_OPEN, rows[i].error);
    XlnkBackend *backend = xlnk_cma_open (
        &rig->system, rows[i].library ? rows[i].library : library, &error);
    kernel_rig_fail (rig, NULL, 0, 0);
    kernel_rig_expect_refused (backend, error, rows[i].code, rows[i].says);
  }
}

/* The library's descriptor is found when it is the only one. */
static void
test_keeper (void)
{
  g_autoptr (XlnkAllocator) allocator = open_board_and_device ();
  struct stat wanted, found;
  gint kept = keeper_rig_get_kept (allocator, 4096);
  g_assert_cmpint (stat (device, &wanted), ==, 0);
  g_assert_cmpint (fstat (kept, &found), ==, 0);
  g_assert_cmpuint (found.st_ino, ==, wanted.st_ino);
  close (kept);
}

static void
expect_not_kept (const gchar *says)
{
  static const XlnkKeeper keeper = { NULL }; /* is not asked */
  g_autoptr (XlnkAllocator) allocator = open_board ();
  g_autoptr (GError) error = NULL;
  g_assert_true (xlnk_allocator_set_keeper (allocator, &keeper, NULL, NULL));
  g_assert_null (
      xlnk_alloc (allocator, 4096, 1, 0, XLNK_CACHEABLE, ANY, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED);
  if (!strstr (error->message, says))
    g_error ("'%s' does not say '%s'", error->message, says);
}

static void
test_no_descriptor (void)
{
  control->device = NULL;
  expect_not_kept ("this process has 0");
}

static void
test_two_descriptors (void)
{
  control->device = device;
  gint other = open (device, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (other, >=, 0);
  expect_not_kept ("this process has 2");
  close (other);
}

static void
test_no_mistakes (void)
{
  g_assert_cmpuint (control->n_mistakes, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  library = argv[1];
  rig = kernel_rig_new ();
  kernel_rig_write (rig, "/dev/xlnk", "%s", "");
  device = xlnk_system_path (&rig->system, "/dev/xlnk");
  gpointer module = dlopen (library, RTLD_NOW);
  g_assert_nonnull (module);
  control = dlsym (module, "fake_cma_control");
  keeper_rig_add ("libcma", open_board_and_device, KEEPER_WANTS_EACH);
  g_test_add_func ("/libcma/keeper/none", test_no_descriptor);
  g_test_add_func ("/libcma/keeper/file", test_keeper);
  g_test_add_func ("/libcma/keeper/two", test_two_descriptors);
  xlnk_contract_add ("libcma", open_board);
  xlnk_contract_add ("libcma-coherent", open_coherent);
  g_test_add_func ("/libcma/caching", test_caching);
  g_test_add_func ("/libcma/maintenance", test_maintenance);
  g_test_add_func ("/libcma/stats", test_stats);
  g_test_add_func ("/libcma/failure-values", test_failure_values);
  g_test_add_func ("/libcma/hundred-buffers", test_hundred_buffers);
#if GLIB_SIZEOF_SIZE_T > 4
  g_test_add_func ("/libcma/large", test_large);
#endif
  g_test_add_func ("/libcma/odd-addresses", test_odd_addresses);
  g_test_add_func ("/libcma/reach", test_reach);
  g_test_add_func ("/libcma/reset", test_reset);
  g_test_add_func ("/libcma/refused", test_refused);
  g_test_add_func ("/libcma/no-mistakes", test_no_mistakes);
  gint result = g_test_run ();
  dlclose (module);
  kernel_rig_free (rig);
  g_free (device);
  return result;
}
