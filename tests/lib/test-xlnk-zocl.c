/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* zocl: buffer objects of a DRM driver that a test plays. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "keeper-rig.h"
#include "kernel-rig.h"
#include "range-alloc.h"
#include "vdma-error.h"
#include "vdma-util.h"
#include "xlnk-backends.h"
#include "xlnk-contract.h"

#define BASE G_GUINT64_CONSTANT (0x60000000)
#define SIZE (16 * VDMA_MIB)
#define PAGE 4096u
#define ANY  G_MAXUINT64

static KernelRig *rig;

/* ---- the driver: buffer objects lie in the node's file, at their offset ---- */

typedef struct {
  const gchar *name;
  RangeAlloc *memory;
  GHashTable *objects; /* handle: address */
  guint next_handle;
  gulong fails; /* request that fails, once */
  gint error;
  guint64 lie_phys, lie_size; /* what INFO says; 0: the truth */
  guint last_flags;
  GString *log;
} Driver;

static Driver driver;

typedef struct {
  gint version[3];
  gsize name_length;
  gchar *name;
} DrmVersion;

typedef struct {
  guint64 size;
  guint32 handle, flags;
} DrmCreate;

typedef struct {
  guint32 handle, flags;
  guint64 size, phys;
} DrmInfo;

typedef struct {
  guint32 handle, padding;
  guint64 offset;
} DrmMap;

typedef struct {
  guint32 handle, direction;
  guint64 offset, size;
} DrmSync;

typedef struct {
  guint32 handle, flags;
  gint32 fd;
} DrmPrime;

typedef struct {
  guint64 address, size;
} Object;

static gint
driver_fail (gint error)
{
  errno = error;
  return -1;
}

static Object *
driver_find (guint32 handle)
{
  Object *object =
      g_hash_table_lookup (driver.objects, GUINT_TO_POINTER (handle));
  g_assert_nonnull (object);
  return object;
}

static gint
driver_version (DrmVersion *arg)
{
  /* as the kernel: cut to the room there is, with the whole length */
  memcpy (arg->name, driver.name, MIN (arg->name_length, strlen (driver.name)));
  arg->name_length = strlen (driver.name);
  return 0;
}

static gint
driver_create (DrmCreate *arg)
{
  Object object;
  driver.last_flags = arg->flags;
  if (arg->size > SIZE)
    return driver_fail (ENOMEM);
  object.size = MAX (arg->size, 2 * PAGE);
  if (!range_alloc_take (
          driver.memory, object.size, PAGE, ANY, &object.address))
    return driver_fail (ENOMEM);
  arg->handle = ++driver.next_handle;
  g_hash_table_insert (driver.objects, GUINT_TO_POINTER (arg->handle),
      g_memdup2 (&object, sizeof object));
  return 0;
}

static gint
driver_info (DrmInfo *arg)
{
  const Object *object = driver_find (arg->handle);
  arg->phys = driver.lie_phys ? driver.lie_phys - 1 : object->address;
  arg->size = driver.lie_size ? driver.lie_size - 1 : object->size;
  return 0;
}

static gint
driver_sync (const DrmSync *arg)
{
  const Object *object = driver_find (arg->handle);
  if (!vdma_range_fits (arg->offset, arg->size, object->size))
    return driver_fail (EINVAL);
  g_string_append_printf (driver.log,
      "%s%u %" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT,
      driver.log->len ? ";" : "", arg->direction, arg->offset, arg->size);
  return 0;
}

static gint
driver_prime (gint fd, DrmPrime *arg)
{
  const Object *object = driver_find (arg->handle);
  g_autofree guint8 *bytes = g_malloc (object->size);
  g_assert_cmpuint (arg->flags, ==, O_CLOEXEC | O_RDWR);
  arg->fd = memfd_create ("dma-buf", MFD_CLOEXEC);
  g_assert_cmpint (
      pread (fd, bytes, object->size, (off_t) (object->address - BASE)), ==,
      (gssize) object->size);
  g_assert_cmpint (
      pwrite (arg->fd, bytes, object->size, 0), ==, (gssize) object->size);
  return 0;
}

static gint
driver_close (const guint32 *handle)
{
  range_alloc_give (driver.memory, driver_find (*handle)->address);
  g_hash_table_remove (driver.objects, GUINT_TO_POINTER (*handle));
  return 0;
}

static gint
driver_ioctl (KernelRig *self, const gchar *path, gint fd, gulong request,
    gpointer argument)
{
  if (!g_str_equal (path, "/dev/dri/renderD129"))
    return driver_fail (ENOTTY);
  if (driver.fails == request) {
    driver.fails = 0;
    return driver_fail (driver.error);
  }
  switch (request) {
    case 0xC0106440: /* CREATE_BO */
      return driver_create (argument);
    case 0xC0186445: /* INFO_BO */
      return driver_info (argument);
    case 0xC0106443: /* MAP_BO */
      ((DrmMap *) argument)->offset =
          driver_find (((DrmMap *) argument)->handle)->address - BASE;
      return 0;
    case 0xC0186444: /* SYNC_BO */
      return driver_sync (argument);
    case 0xC00C642D: /* PRIME_HANDLE_TO_FD */
      return driver_prime (fd, argument);
    case 0x40086409: /* GEM_CLOSE */
      return driver_close (argument);
    default: /* VERSION, whose size differs with the architecture */
      g_assert_cmpuint (request & 0xffff, ==, 0x6400);
      return driver_version (argument);
  }
}

static void
driver_reset (void)
{
  rig->system.cache = &kernel_rig_cache_kernel_only;
  driver.name = "zocl";
  driver.fails = 0;
  driver.lie_phys = driver.lie_size = 0;
  g_string_truncate (driver.log, 0);
}

/* ---- opening ---- */

static XlnkAllocator *
open_node (const gchar *node)
{
  g_autoptr (GError) error = NULL;
  XlnkBackend *backend = xlnk_zocl_open (&rig->system, node, &error);
  g_assert_no_error (error);
  return xlnk_allocator_new (backend);
}

static XlnkAllocator *
open_board (void)
{
  driver_reset ();
  return open_node (NULL);
}

static XlnkAllocator *
open_coherent (void)
{
  driver_reset ();
  rig->system.cache = &xlnk_cache_coherent;
  return open_node ("renderD129");
}

static void
expect_refused (const gchar *node, gint code, const gchar *const *says)
{
  GError *error = NULL;
  XlnkBackend *backend = xlnk_zocl_open (&rig->system, node, &error);
  kernel_rig_expect_refused (backend, error, code, says);
}

/* ---- tests ---- */

static void
test_caching (void)
{
  g_autoptr (XlnkAllocator) allocator = open_board ();
  for (guint wish = XLNK_UNCACHED; wish <= XLNK_CACHEABLE; wish++) {
    g_autoptr (XlnkBlock) block =
        kernel_rig_alloc (allocator, 5, (XlnkCaching) wish);
    g_assert_cmpuint (driver.last_flags, ==, wish ? 1u << 24 : 0);
    g_assert_cmpuint (xlnk_block_is_cacheable (block), ==, wish);
  }
}

static void
test_maintenance (void)
{
  g_autoptr (XlnkAllocator) allocator = open_board ();
  g_autoptr (XlnkBlock) block =
      kernel_rig_alloc (allocator, 9000, XLNK_CACHEABLE);
  g_assert_cmpstr (driver.log->str, ==, "0 0+12288;1 0+12288");
  g_string_truncate (driver.log, 0);
  g_assert_true (xlnk_block_flush (block, 100, 200, NULL));
  g_assert_true (xlnk_block_invalidate (block, 4000, 5000, NULL));
  g_assert_cmpstr (driver.log->str, ==, "0 100+200;1 4000+5000");
}

/* A larger object is taken where a small one lies wrongly; its first byte is not
 * the block's then. */
static void
test_alignment (void)
{
  g_autoptr (XlnkAllocator) allocator = open_board ();
  g_autoptr (GError) error = NULL;
  g_autoptr (XlnkBlock) odd = kernel_rig_alloc (allocator, 1, XLNK_CACHEABLE);
  g_assert_nonnull (odd);
  g_autoptr (XlnkBlock) block =
      xlnk_alloc (allocator, 5000, 1, VDMA_MIB, XLNK_CACHEABLE, ANY, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (xlnk_block_get_phys (block), ==, BASE + VDMA_MIB);
  g_string_truncate (driver.log, 0);
  g_assert_true (xlnk_block_flush (block, 3, 5, NULL));
  g_assert_cmpstr (driver.log->str, ==, "0 1040387+5");
  memset (xlnk_block_map (block, XLNK_ACCESS_WRITE, NULL), 0x77, 5000);
  xlnk_block_unmap (block, XLNK_ACCESS_WRITE);
  gsize offset;
  gint fd = xlnk_block_export_fd (block, &offset, &error);
  guint8 byte = 0;
  g_assert_cmpuint (offset, ==, VDMA_MIB - 2 * PAGE);
  g_assert_cmpint (pread (fd, &byte, 1, (off_t) offset + 4999), ==, 1);
  g_assert_cmpuint (byte, ==, 0x77);
  close (fd);
}

static void
test_reach (void)
{
  g_autoptr (XlnkAllocator) allocator = open_board ();
  g_autoptr (GError) error = NULL;
  g_assert_null (
      xlnk_alloc (allocator, 8192, 1, 0, XLNK_CACHEABLE, BASE + 8190, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_UNREACHABLE);
  g_assert_nonnull (strstr (error->message, "0x60000000"));
  g_assert_nonnull (strstr (error->message, "0x60001ffe"));
  g_assert_nonnull (strstr (error->message, "cma=SIZE@0-4G"));
}

/* Each call can fail; nothing is left, and what was open works on. */
static void
test_driver_fails (void)
{
  static const struct {
    gulong request;
    gint error, code;
  } at_alloc[] = {
    { 0xC0106440, ENOMEM, VDMA_ERROR_NO_MEMORY },
    { 0xC0106440, ENODEV, VDMA_ERROR_NOT_FOUND },
    { 0xC0186445, EINVAL, VDMA_ERROR_FAILED },
    { 0xC0186444, EINVAL, VDMA_ERROR_FAILED },
  };
  g_autoptr (XlnkAllocator) allocator = open_board ();
  g_autoptr (GError) error = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (at_alloc); i++) {
    driver.fails = at_alloc[i].request;
    driver.error = at_alloc[i].error;
    g_assert_null (
        xlnk_alloc (allocator, 1, 1, 0, XLNK_CACHEABLE, ANY, &error));
    g_assert_error (error, VDMA_ERROR, at_alloc[i].code);
    g_clear_error (&error);
    g_assert_cmpuint (g_hash_table_size (driver.objects), ==, 0);
  }
  g_autoptr (XlnkBlock) block = kernel_rig_alloc (allocator, 1, XLNK_CACHEABLE);
  gsize offset;
  driver.fails = 0xC0106443;
  g_assert_null (xlnk_block_map (block, XLNK_ACCESS_READ, &error));
  g_clear_error (&error);
  kernel_rig_fail (rig, "/dev/dri/renderD129", KERNEL_RIG_FAIL_MMAP, ENODEV);
  g_assert_null (xlnk_block_map (block, XLNK_ACCESS_READ, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND);
  g_clear_error (&error);
  kernel_rig_fail (rig, NULL, 0, 0);
  driver.fails = 0xC00C642D;
  g_assert_cmpint (xlnk_block_export_fd (block, &offset, &error), ==, -1);
  g_clear_error (&error);
  g_assert_nonnull (xlnk_block_map (block, XLNK_ACCESS_READ, &error));
  xlnk_block_unmap (block, XLNK_ACCESS_READ);
}

static void
test_stats (void)
{
  static const struct {
    const gchar *meminfo;
    guint64 available, total;
  } rows[] = {
    { "CmaTotal: 1024 kB\nCmaFree: 512 kB\n", 512 * 1024, 1024 * 1024 },
    { "CmaTotal: 1024 kB\n", 0, 1024 * 1024 },
    { "CmaTotal: 8 kB\nCmaFree: 9 kB\n", 8192, 8192 },
    { "CmaTotal: x kB\nCmaFree: 9 kB\n", 0, 0 },
    { "MemTotal: 8 kB\n", 0, 0 },
  };
  g_autoptr (XlnkAllocator) allocator = open_board ();
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    XlnkStats stats;
    kernel_rig_write (rig, "/proc/meminfo", "%s", rows[i].meminfo);
    xlnk_get_stats (allocator, &stats);
    g_assert_cmpuint (stats.system_available, ==, rows[i].available);
    g_assert_cmpuint (stats.system_total, ==, rows[i].total);
  }
  kernel_rig_remove (rig, "/proc/meminfo");
}

static void
test_no_address (void)
{
  static const struct {
    guint64 phys, size; /* plus 1 */
  } rows[] = { { 1, 0 }, { 0x60000002, 0 }, { 0, 1 }, { 0, 4096 },
    { G_MAXUINT64, 0 }, { G_GUINT64_CONSTANT (0xfffffffffffff001), 8194 } };
  static const gchar *const says[] = { "IOMMU", NULL };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    driver_reset ();
    driver.lie_phys = rows[i].phys;
    driver.lie_size = rows[i].size;
    expect_refused (NULL, VDMA_ERROR_UNSUPPORTED, says);
    g_assert_cmpuint (g_hash_table_size (driver.objects), ==, 0);
  }
}

static void
test_refused (void)
{
  static const gchar *const other[] = { "'i915'", "xlnx,zocl", NULL };
  static const gchar *const odd[] = { "not of zocl", NULL };
  static const gchar *const denied[] = { "renderD129", "GROUP=\"video\"",
    NULL };
  static const gchar *const none[] = { "renderD200", NULL };
  driver_reset ();
  driver.name = "i915";
  expect_refused ("renderD129", VDMA_ERROR_NOT_FOUND, other);
  driver.name = "a-driver-with-a-very-long-name-of-40-letters";
  expect_refused ("renderD129", VDMA_ERROR_NOT_FOUND, odd);
  driver.name = "\xff\xfe";
  expect_refused ("renderD129", VDMA_ERROR_NOT_FOUND, odd);
  driver_reset ();
  expect_refused ("renderD128", VDMA_ERROR_NOT_FOUND, odd); /* of nobody */
  expect_refused ("renderD200", VDMA_ERROR_NOT_FOUND, none);
  expect_refused ("/dev/dri/renderD200", VDMA_ERROR_NOT_FOUND, none);
  /* what is not allowed says more than what is not there */
  kernel_rig_fail (rig, "/dev/dri/renderD129", KERNEL_RIG_FAIL_OPEN, EACCES);
  expect_refused (NULL, VDMA_ERROR_PERMISSION, denied);
  kernel_rig_fail (rig, NULL, 0, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  rig = kernel_rig_new ();
  rig->ioctl = driver_ioctl;
  driver.memory = range_alloc_new (BASE, SIZE);
  driver.objects = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  driver.log = g_string_new (NULL);
  kernel_rig_write (rig, "/dev/dri/card0", "%s", "");
  kernel_rig_write (rig, "/dev/dri/renderD128", "%s", "");
  kernel_rig_write_sparse (rig, "/dev/dri/renderD129", SIZE);
  xlnk_contract_add ("zocl", open_board);
  xlnk_contract_add ("zocl-coherent", open_coherent);
  keeper_rig_add ("zocl", open_board, KEEPER_WANTS_ALL);
  g_test_add_func ("/zocl/caching", test_caching);
  g_test_add_func ("/zocl/maintenance", test_maintenance);
  g_test_add_func ("/zocl/alignment", test_alignment);
  g_test_add_func ("/zocl/reach", test_reach);
  g_test_add_func ("/zocl/driver-fails", test_driver_fails);
  g_test_add_func ("/zocl/stats", test_stats);
  g_test_add_func ("/zocl/no-address", test_no_address);
  g_test_add_func ("/zocl/refused", test_refused);
  gint result = g_test_run ();
  g_string_free (driver.log, TRUE);
  g_hash_table_unref (driver.objects);
  range_alloc_free (driver.memory);
  kernel_rig_free (rig);
  return result;
}
