/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* u-dma-buf: devices and sysfs files as the module makes them, by ioctl and
 * without; what they are told, and what they may say. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "keeper-rig.h"
#include "kernel-rig.h"
#include "vdma-error.h"
#include "vdma-util.h"
#include "xlnk-backends.h"
#include "xlnk-contract.h"

#define BASE G_GUINT64_CONSTANT (0x1c000000)
#define SIZE (4 * VDMA_MIB)
#define ANY  G_MAXUINT64

#define CLASS "/sys/class/u-dma-buf"

static KernelRig *rig;

/* ---- the module ---- */

typedef struct {
  gboolean has_ioctl, exports;
  guint64 address, size; /* what the ioctls say */
  gint fails;            /* errno of sync ioctls; 0: they work */
  GString *log;
} Module;

static Module module;

typedef struct {
  guint64 flags, size, offset, addr;
  gint32 fd;
} ModuleExport;

static void
module_log (const gchar *what, guint64 command)
{
  g_string_append_printf (module.log,
      "%s%s 0x%" G_GINT64_MODIFIER "x+0x%" G_GINT64_MODIFIER "x %u",
      module.log->len ? ";" : "", what, command >> 32,
      (guint64) (command & 0xFFFFFFF0), (guint) (command >> 2 & 3));
  g_assert_cmpuint (command & 3, ==, 1);
}

static gint
module_export (gint fd, ModuleExport *export)
{
  g_autofree guint8 *bytes = g_malloc (export->size);
  g_assert_cmpuint (export->flags, ==, O_CLOEXEC | O_RDWR);
  g_assert_cmpint (pread (fd, bytes, export->size, (off_t) export->offset), ==,
      (gssize) export->size);
  export->fd = memfd_create ("dma-buf", MFD_CLOEXEC);
  g_assert_cmpint (
      pwrite (export->fd, bytes, export->size, 0), ==, (gssize) export->size);
  return 0;
}

static gint
module_ioctl (KernelRig *self, const gchar *path, gint fd, gulong request,
    gpointer argument)
{
  errno = ENOTTY;
  if (!module.has_ioctl)
    return -1;
  errno = module.fails;
  switch (request) {
    case 0x80185501: /* GET_DRV_INFO */
      return 0;
    case 0x80085502: /* GET_SIZE */
      *(guint64 *) argument = module.size;
      return 0;
    case 0x80085503: /* GET_DMA_ADDR */
      *(guint64 *) argument = module.address;
      return 0;
    case 0x40085505: /* SET_SYNC_FOR_CPU */
      module_log ("cpu", *(guint64 *) argument);
      return module.fails ? -1 : 0;
    case 0x40085506: /* SET_SYNC_FOR_DEVICE */
      module_log ("device", *(guint64 *) argument);
      return module.fails ? -1 : 0;
    case 0xC028550A: /* EXPORT */
      if (module.exports)
        return module_export (fd, argument);
      errno = EINVAL;
      return -1;
    default:
      g_assert_not_reached ();
  }
}

static void
module_expect (const gchar *wanted)
{
  g_assert_cmpstr (module.log->str, ==, wanted);
  g_string_truncate (module.log, 0);
}

static void
make_device (const gchar *name, guint64 address, guint64 size)
{
  g_autofree gchar *folder = g_strconcat (CLASS "/", name, NULL);
  g_autofree gchar *device = g_strconcat ("/dev/", name, NULL);
  static const gchar *const syncs[] = { "sync_for_cpu", "sync_for_device" };
  g_autofree gchar *phys_addr = g_strconcat (folder, "/phys_addr", NULL);
  g_autofree gchar *size_file = g_strconcat (folder, "/size", NULL);
  g_autofree gchar *sync_mode = g_strconcat (folder, "/sync_mode", NULL);
  kernel_rig_write (rig, phys_addr, "0x%016" G_GINT64_MODIFIER "x\n", address);
  kernel_rig_write (rig, size_file, "%" G_GUINT64_FORMAT "\n", size);
  kernel_rig_write (rig, sync_mode, "1\n");
  for (guint i = 0; i < G_N_ELEMENTS (syncs); i++) {
    g_autofree gchar *path = g_strconcat (folder, "/", syncs[i], NULL);
    kernel_rig_write (rig, path, "0\n");
  }
  kernel_rig_write_sparse (rig, device, size);
}

static void
remove_device (const gchar *name)
{
  static const gchar *const files[] = { "phys_addr", "size", "sync_mode",
    "sync_for_cpu", "sync_for_device" };
  g_autofree gchar *device = g_strconcat ("/dev/", name, NULL);
  g_autofree gchar *folder = g_strconcat (CLASS "/", name, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree gchar *path = g_strconcat (folder, "/", files[i], NULL);
    kernel_rig_remove (rig, path);
  }
  kernel_rig_remove (rig, device);
  kernel_rig_remove (rig, folder);
}

/* One device, with ioctls, on a machine whose kernel maintains the caches. */
static void
machine_reset (void)
{
  rig->system.cache = &kernel_rig_cache_kernel_only;
  rig->ioctl = module_ioctl;
  GString *log = module.log ? module.log : g_string_new (NULL);
  g_string_truncate (log, 0);
  module = (Module){ .has_ioctl = TRUE,
    .exports = TRUE,
    .address = BASE,
    .size = SIZE,
    .log = log };
  make_device ("udmabuf0", BASE, SIZE);
}

/* ---- opening ---- */

static XlnkAllocator *
open_name (const gchar *name)
{
  g_autoptr (GError) error = NULL;
  XlnkBackend *backend = xlnk_u_dma_buf_open (&rig->system, name, &error);
  g_assert_no_error (error);
  return xlnk_allocator_new (backend);
}

static XlnkAllocator *
open_ioctl (void)
{
  machine_reset ();
  return open_name ("udmabuf0");
}

static XlnkAllocator *
open_sysfs (void)
{
  machine_reset ();
  module.has_ioctl = FALSE;
  return open_name (NULL);
}

static XlnkAllocator *
open_mode (guint mode)
{
  machine_reset ();
  kernel_rig_write (rig, CLASS "/udmabuf0/sync_mode", "%u\n", mode);
  return open_name (NULL);
}

static XlnkAllocator *
open_never_cached (void)
{
  return open_mode (6);
}

static XlnkAllocator *
open_coherent (void)
{
  machine_reset ();
  rig->system.cache = &xlnk_cache_coherent;
  return open_name (NULL);
}

static void
expect_refused (const gchar *name, gint code, const gchar *const *says)
{
  GError *error = NULL;
  XlnkBackend *backend = xlnk_u_dma_buf_open (&rig->system, name, &error);
  kernel_rig_expect_refused (backend, error, code, says);
}

/* ---- maintenance ---- */

/* Whole lines go to the module; lines that are shared are written back first. */
static void
test_ioctl_commands (void)
{
  static const struct {
    gsize offset, size;
    const gchar *flush, *invalidate;
  } rows[] = {
    { 0, 64, "device 0x1000+0x40 1", "cpu 0x1000+0x40 2" },
    { 0, 4096, "device 0x1000+0x1000 1", "cpu 0x1000+0x1000 2" },
    { 1, 1, "device 0x1000+0x40 1", "device 0x1000+0x40 1;cpu 0x1000+0x40 2" },
    { 0, 65, "device 0x1000+0x80 1", "device 0x1040+0x40 1;cpu 0x1000+0x80 2" },
    { 63, 65, "device 0x1000+0x80 1",
        "device 0x1000+0x40 1;cpu 0x1000+0x80 2" },
    { 100, 1000, "device 0x1040+0x440 1",
        "device 0x1040+0x40 1;device 0x1440+0x40 1;cpu 0x1040+0x440 2" },
  };
  g_autoptr (XlnkAllocator) allocator = open_ioctl ();
  g_autoptr (XlnkBlock) other = kernel_rig_alloc (allocator, 1, XLNK_CACHEABLE);
  g_assert_nonnull (other);
  g_string_truncate (module.log, 0);
  g_autoptr (XlnkBlock) block =
      kernel_rig_alloc (allocator, 8192, XLNK_CACHEABLE);
  module_expect ("device 0x1000+0x2000 1;cpu 0x1000+0x2000 2");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_assert_true (
        xlnk_block_flush (block, rows[i].offset, rows[i].size, NULL));
    module_expect (rows[i].flush);
    g_assert_true (
        xlnk_block_invalidate (block, rows[i].offset, rows[i].size, NULL));
    module_expect (rows[i].invalidate);
  }
}

static void
test_sysfs_commands (void)
{
  g_autoptr (XlnkAllocator) allocator = open_sysfs ();
  g_autoptr (XlnkBlock) other = kernel_rig_alloc (allocator, 1, XLNK_CACHEABLE);
  g_assert_nonnull (other);
  g_autoptr (XlnkBlock) block =
      kernel_rig_alloc (allocator, 8192, XLNK_CACHEABLE);
  g_assert_false (xlnk_allocator_has_fd (allocator));
  g_assert_true (xlnk_block_flush (block, 64, 100, NULL));
  g_assert_true (xlnk_block_invalidate (block, 0, 128, NULL));
  g_autofree gchar *device =
      kernel_rig_read (rig, CLASS "/udmabuf0/sync_for_device");
  g_autofree gchar *cpu = kernel_rig_read (rig, CLASS "/udmabuf0/sync_for_cpu");
  g_assert_cmpstr (device, ==, "0x0000104000000085\n");
  g_assert_cmpstr (cpu, ==, "0x0000100000000089\n");
}

/* A sync that fails is an error of the call, and nothing is left of a block. */
static void
test_sync_fails (void)
{
  g_autoptr (XlnkAllocator) allocator = open_ioctl ();
  g_autoptr (XlnkBlock) block =
      kernel_rig_alloc (allocator, 4096, XLNK_CACHEABLE);
  g_autoptr (GError) error = NULL;
  XlnkStats stats;
  module.fails = ENODEV;
  g_assert_false (xlnk_block_flush (block, 0, 64, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "/dev/udmabuf0"));
  g_clear_error (&error);
  module.fails = EINTR; /* for ever: it ends all the same */
  g_assert_false (xlnk_block_invalidate (block, 0, 64, &error));
  g_clear_error (&error);
  g_assert_null (
      xlnk_alloc (allocator, 4096, 1, 0, XLNK_CACHEABLE, ANY, &error));
  xlnk_get_stats (allocator, &stats);
  g_assert_cmpuint (stats.system_available, ==, SIZE - 4096);
}

/* ---- modes ---- */

static void
test_modes (void)
{
  static const struct {
    guint mode;
    gboolean given[2]; /* by wish: cacheable? */
    gboolean syncs;
  } rows[] = {
    { 0, { TRUE, TRUE }, TRUE }, { 1, { TRUE, TRUE }, TRUE },
    { 2, { FALSE, TRUE }, TRUE }, { 3, { FALSE, TRUE }, TRUE },
    { 4, { TRUE, TRUE }, TRUE }, { 5, { FALSE, FALSE }, FALSE },
    { 6, { FALSE, FALSE }, FALSE }, { 7, { FALSE, FALSE }, FALSE },
    { 99, { FALSE, TRUE }, TRUE }, /* nonsense: nothing above the low bits */
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (XlnkAllocator) allocator = open_mode (rows[i].mode);
    g_test_message ("mode %u", rows[i].mode);
    for (guint wish = XLNK_UNCACHED; wish <= XLNK_CACHEABLE; wish++) {
      g_autoptr (XlnkBlock) block =
          kernel_rig_alloc (allocator, 4096, (XlnkCaching) wish);
      g_assert_cmpint (
          xlnk_block_is_cacheable (block), ==, rows[i].given[wish]);
    }
    g_assert_cmpint (module.log->len > 0, ==, rows[i].syncs);
  }
}

static void
test_coherent (void)
{
  g_autoptr (XlnkAllocator) by_machine = open_coherent ();
  g_autoptr (XlnkBlock) a = kernel_rig_alloc (by_machine, 4096, XLNK_UNCACHED);
  g_assert_true (xlnk_block_is_cacheable (a));
  module_expect ("");
  machine_reset ();
  kernel_rig_write (rig, CLASS "/udmabuf0/dma_coherent", "1\n");
  g_autoptr (XlnkAllocator) by_device = open_name (NULL);
  g_autoptr (XlnkBlock) b = kernel_rig_alloc (by_device, 4096, XLNK_CACHEABLE);
  g_assert_true (xlnk_block_is_cacheable (b));
  module_expect ("");
  kernel_rig_remove (rig, CLASS "/udmabuf0/dma_coherent");
}

/* ---- several devices ---- */

static void
test_several (void)
{
  machine_reset ();
  module.has_ioctl = FALSE;
  make_device ("frames", G_GUINT64_CONSTANT (0x100000000), 8 * SIZE);
  g_autoptr (XlnkAllocator) all = open_name (NULL);
  g_autoptr (GError) error = NULL;
  XlnkStats stats;
  xlnk_get_stats (all, &stats);
  g_assert_cmpuint (stats.system_total, ==, 9 * SIZE);
  /* the first that fits; what the core cannot reach does not */
  g_autoptr (XlnkBlock) far = kernel_rig_alloc (all, SIZE, XLNK_CACHEABLE);
  g_assert_cmpuint (xlnk_block_get_phys (far), >=, 0x100000000);
  g_autoptr (XlnkBlock) near =
      xlnk_alloc (all, SIZE, 1, 0, XLNK_CACHEABLE, G_MAXUINT32, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (xlnk_block_get_phys (near), ==, BASE);
  g_assert_null (
      xlnk_alloc (all, 1, 1, 0, XLNK_CACHEABLE, G_MAXUINT32, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY);
  g_assert_nonnull (strstr (error->message, "udmabuf0"));
  g_assert_nonnull (strstr (error->message, "frames"));
  g_clear_error (&error);
  g_assert_null (xlnk_alloc (all, 1, 1, 0, XLNK_CACHEABLE, BASE - 1, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_UNREACHABLE);

  g_autoptr (XlnkAllocator) one = open_name ("udmabuf0");
  xlnk_get_stats (one, &stats);
  g_assert_cmpuint (stats.system_total, ==, SIZE);
  remove_device ("frames");
}

/* One that cannot be used does not take the others with it. */
static void
test_one_is_broken (void)
{
  machine_reset ();
  make_device ("broken", BASE, SIZE);
  kernel_rig_write (rig, CLASS "/broken/size", "huge\n");
  g_autoptr (XlnkAllocator) allocator = open_name (NULL);
  g_autoptr (XlnkBlock) block =
      kernel_rig_alloc (allocator, 4096, XLNK_CACHEABLE);
  g_assert_nonnull (block);
  static const gchar *const says[] = { "broken/size", "'huge'", NULL };
  expect_refused ("broken", VDMA_ERROR_INVALID, says);
  remove_device ("broken");
}

/* ---- what can be wrong ---- */

static void
test_hostile_files (void)
{
  static const struct {
    const gchar *file, *text, *says;
  } rows[] = {
    { "phys_addr", "", "no number" }, { "phys_addr", "0x", "no number" },
    { "phys_addr", "-1\n", "no number" },
    { "phys_addr", "0x1c000000 0\n", "no number" },
    { "phys_addr", "0x11112222333344445\n", "no number" },
    { "phys_addr", "0x1c000001\n", "multiples of the page size" },
    { "phys_addr", "0xfffffffffffff000\n", "more than this machine" },
    { "phys_addr", "\xff\xfe\n", "something else than text" },
    { "size", "0\n", "1 page or more" },
    { "size", "4095\n", "multiples of the page size" },
    { "size", "18446744073709551616\n", "no number" },
    { "size", "4194304\nand more\n", "no number" },
    { "size", "8388608\n", "is this file that device" }, /* ioctl differs */
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const gchar *says[] = { "udmabuf0", rows[i].says, NULL };
    g_autofree gchar *path =
        g_strconcat (CLASS "/udmabuf0/", rows[i].file, NULL);
    machine_reset ();
    kernel_rig_write (rig, path, "%s", rows[i].text);
    expect_refused (NULL, VDMA_ERROR_INVALID, says);
  }
}

static void
test_kernel_refuses (void)
{
  static const struct {
    const gchar *path;
    KernelRigFailure call;
    gint error, code;
    gboolean has_ioctl;
    const gchar *says[3];
  } rows[] = {
    { "/dev/udmabuf0", KERNEL_RIG_FAIL_OPEN, EACCES, VDMA_ERROR_PERMISSION,
        TRUE, { "/dev/udmabuf0", "GROUP=\"video\"" } },
    { "/dev/udmabuf0", KERNEL_RIG_FAIL_OPEN, ENOENT, VDMA_ERROR_NOT_FOUND, TRUE,
        { "/dev/udmabuf0", "modprobe" } },
    { "/dev/udmabuf0", KERNEL_RIG_FAIL_MMAP, EINVAL, VDMA_ERROR_FAILED, TRUE,
        { "/dev/udmabuf0", "quirk-mmap" } },
    { CLASS "/udmabuf0/sync_for_cpu", KERNEL_RIG_FAIL_OPEN, EACCES,
        VDMA_ERROR_PERMISSION, FALSE, { "sync_for_cpu", "udev rule" } },
    { CLASS "/udmabuf0/phys_addr", KERNEL_RIG_FAIL_OPEN, EACCES,
        VDMA_ERROR_PERMISSION, TRUE, { "phys_addr" } },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    machine_reset ();
    module.has_ioctl = rows[i].has_ioctl;
    kernel_rig_fail (rig, rows[i].path, rows[i].call, rows[i].error);
    expect_refused (NULL, rows[i].code, rows[i].says);
    kernel_rig_fail (rig, NULL, 0, 0);
  }
}

static void
test_names (void)
{
  static const gchar *const says[] = { "'udmabuf9'", "udmabuf0", NULL };
  static const gchar *const escapes[] = { "there are", NULL };
  static const gchar *const none[] = { "modprobe u-dma-buf", "ikwzm", NULL };
  machine_reset ();
  expect_refused ("udmabuf9", VDMA_ERROR_NOT_FOUND, says);
  expect_refused ("../u-dma-buf/udmabuf0", VDMA_ERROR_NOT_FOUND, escapes);
  remove_device ("udmabuf0");
  expect_refused (NULL, VDMA_ERROR_NOT_FOUND, none);
  expect_refused ("udmabuf0", VDMA_ERROR_NOT_FOUND, none);
}

/* Without export it is memory all the same; a device of old is found too. */
static void
test_older_module (void)
{
  machine_reset ();
  module.exports = FALSE;
  g_autoptr (XlnkAllocator) allocator = open_name (NULL);
  g_assert_false (xlnk_allocator_has_fd (allocator));
  remove_device ("udmabuf0");
  kernel_rig_write (rig, "/sys/class/udmabuf/old/phys_addr", "0x1c000000");
  kernel_rig_write (rig, "/sys/class/udmabuf/old/size", "4194304");
  kernel_rig_write (rig, "/sys/class/udmabuf/old/sync_for_cpu", "0");
  kernel_rig_write (rig, "/sys/class/udmabuf/old/sync_for_device", "0");
  kernel_rig_write_sparse (rig, "/dev/old", SIZE);
  module.has_ioctl = FALSE;
  g_autoptr (XlnkAllocator) old = open_name (NULL);
  g_autoptr (XlnkBlock) block = kernel_rig_alloc (old, 4096, XLNK_CACHEABLE);
  g_assert_true (xlnk_block_is_cacheable (block));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  rig = kernel_rig_new ();
  xlnk_contract_add ("u-dma-buf-ioctl", open_ioctl);
  xlnk_contract_add ("u-dma-buf-sysfs", open_sysfs);
  xlnk_contract_add ("u-dma-buf-never-cached", open_never_cached);
  xlnk_contract_add ("u-dma-buf-coherent", open_coherent);
  keeper_rig_add ("u-dma-buf", open_ioctl, KEEPER_WANTS_NOTHING);
  g_test_add_func ("/u-dma-buf/ioctl-commands", test_ioctl_commands);
  g_test_add_func ("/u-dma-buf/sysfs-commands", test_sysfs_commands);
  g_test_add_func ("/u-dma-buf/sync-fails", test_sync_fails);
  g_test_add_func ("/u-dma-buf/modes", test_modes);
  g_test_add_func ("/u-dma-buf/coherent", test_coherent);
  g_test_add_func ("/u-dma-buf/several", test_several);
  g_test_add_func ("/u-dma-buf/one-is-broken", test_one_is_broken);
  g_test_add_func ("/u-dma-buf/hostile-files", test_hostile_files);
  g_test_add_func ("/u-dma-buf/kernel-refuses", test_kernel_refuses);
  g_test_add_func ("/u-dma-buf/names", test_names);
  g_test_add_func ("/u-dma-buf/older-module", test_older_module);
  gint result = g_test_run ();
  kernel_rig_free (rig);
  if (module.log)
    g_string_free (module.log, TRUE);
  return result;
}
