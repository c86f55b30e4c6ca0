/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DMA-BUF heaps: buffers are memfds, and a test knows their addresses. */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keeper-rig.h"
#include "kernel-rig.h"
#include "range-alloc.h"
#include "vdma-error.h"
#include "vdma-util.h"
#include "xlnk-backends.h"
#include "xlnk-contract.h"

#define BASE G_GUINT64_CONSTANT (0x20000000)
#define SIZE (8 * VDMA_MIB)
#define ANY  G_MAXUINT64

static KernelRig *rig;

/* ---- the kernel ---- */

typedef struct {
  guint64 inode, address;
} Buffer;

typedef struct {
  RangeAlloc *memory;
  GArray *buffers; /* Buffer */
  gboolean scatters;
  gint fails; /* errno of the next call; 0: none */
  gboolean fails_always;
  GString *log;
} Kernel;

static Kernel kernel;

/* Whether a descriptor of the file is open: a buffer lives as long. */
static gboolean
kernel_is_open (guint64 inode)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  const gchar *name;
  while ((name = g_dir_read_name (dir))) {
    struct stat info;
    if (fstat (atoi (name), &info) == 0 && (guint64) info.st_ino == inode)
      return TRUE;
  }
  return FALSE;
}

static void
kernel_collect (void)
{
  for (guint i = kernel.buffers->len; i-- > 0;) {
    const Buffer *buffer = &g_array_index (kernel.buffers, Buffer, i);
    if (kernel_is_open (buffer->inode))
      continue;
    range_alloc_give (kernel.memory, buffer->address);
    g_array_remove_index (kernel.buffers, i);
  }
}

static gint
kernel_fail (gint error)
{
  errno = error;
  return -1;
}

static gint
kernel_alloc (struct dma_heap_allocation_data *arg)
{
  Buffer buffer;
  struct stat info;
  g_assert_cmpuint (arg->fd_flags, ==, O_CLOEXEC | O_RDWR);
  g_assert_cmpuint (arg->heap_flags, ==, 0);
  kernel_collect ();
  if (!range_alloc_take (kernel.memory, arg->len, 4096, ANY, &buffer.address))
    return kernel_fail (ENOMEM);
  gint fd = memfd_create ("heap", MFD_CLOEXEC);
  g_assert_cmpint (ftruncate (fd, (off_t) arg->len), ==, 0);
  g_assert_cmpint (fstat (fd, &info), ==, 0);
  buffer.inode = (guint64) info.st_ino;
  g_array_append_val (kernel.buffers, buffer);
  arg->fd = (guint32) fd;
  return 0;
}

static gint
kernel_ioctl (KernelRig *self, const gchar *path, gint fd, gulong request,
    gpointer argument)
{
  if (kernel.fails) {
    gint error = kernel.fails;
    if (!kernel.fails_always)
      kernel.fails = 0;
    return kernel_fail (error);
  }
  if (request == DMA_HEAP_IOCTL_ALLOC)
    return kernel_alloc (argument);
  g_assert_cmpuint (request, ==, 0x40086200); /* DMA_BUF_IOCTL_SYNC */
  g_string_append_printf (kernel.log, "%s%u", kernel.log->len ? ";" : "",
      (guint) ((struct dma_buf_sync *) argument)->flags);
  return 0;
}

static guint64
kernel_get_phys (KernelRig *self, guint64 inode, gsize offset)
{
  for (guint i = 0; i < kernel.buffers->len; i++) {
    const Buffer *buffer = &g_array_index (kernel.buffers, Buffer, i);
    if (buffer->inode == inode)
      return buffer->address + (kernel.scatters ? 2 * offset : offset);
  }
  g_assert_not_reached ();
}

static void
kernel_reset (void)
{
  rig->system.cache = &kernel_rig_cache;
  rig->pagemap_hides_all = rig->pagemap_hides_addresses = FALSE;
  kernel.scatters = kernel.fails_always = FALSE;
  kernel.fails = 0;
  g_string_truncate (kernel.log, 0);
}

/* ---- opening ---- */

static XlnkAllocator *
open_with (const XlnkCacheOps *cache)
{
  g_autoptr (GError) error = NULL;
  kernel_reset ();
  rig->system.cache = cache;
  XlnkBackend *backend = xlnk_dma_heap_open (&rig->system, "reserved", &error);
  g_assert_no_error (error);
  return xlnk_allocator_new (backend);
}

static XlnkAllocator *
open_by_address (void)
{
  return open_with (&kernel_rig_cache);
}

static XlnkAllocator *
open_coherent (void)
{
  return open_with (&xlnk_cache_coherent);
}

static void
expect_refused (const gchar *name, gint code, const gchar *const *says)
{
  GError *error = NULL;
  XlnkBackend *backend = xlnk_dma_heap_open (&rig->system, name, &error);
  kernel_rig_expect_refused (backend, error, code, says);
}

/* ---- tests ---- */

/* The program's own maintenance, and a word to devices that the kernel knows. */
static void
test_maintenance (void)
{
  g_autoptr (XlnkAllocator) allocator = open_by_address ();
  g_autoptr (XlnkBlock) block =
      xlnk_alloc (allocator, 5000, 1, 0, XLNK_UNCACHED, ANY, NULL);
  g_assert_true (xlnk_block_is_cacheable (block)); /* there is no other */
  const guint8 *pointer = xlnk_block_map (block, XLNK_ACCESS_READ, NULL);
  g_free (kernel_rig_take_cache_log (NULL));
  g_string_truncate (kernel.log, 0);
  g_assert_true (xlnk_block_flush (block, 70, 1, NULL));
  g_assert_true (xlnk_block_invalidate (block, 130, 100, NULL));
  xlnk_block_unmap (block, XLNK_ACCESS_READ);
  g_autofree gchar *log = kernel_rig_take_cache_log (pointer);
  g_assert_cmpstr (log, ==, "clean 64+64;invalidate 128+128");
  g_assert_cmpstr (kernel.log->str, ==, "6;1"); /* END|WRITE, START|READ */
}

/* A buffer is kept by its own descriptor: its memory outlives it. */
static void
test_keeper (void)
{
  g_autoptr (XlnkAllocator) allocator = open_by_address ();
  gint kept = keeper_rig_get_kept (allocator, 4096);
  kernel_collect ();
  g_assert_cmpuint (kernel.buffers->len, ==, 1);
  g_assert_cmpint (close (kept), ==, 0);
  kernel_collect ();
  g_assert_cmpuint (kernel.buffers->len, ==, 0);
}

static void
test_sync_again (void)
{
  g_autoptr (XlnkAllocator) allocator = open_coherent ();
  g_autoptr (XlnkBlock) block =
      xlnk_alloc (allocator, 5000, 1, 0, XLNK_CACHEABLE, ANY, NULL);
  kernel.fails = EINTR;
  g_assert_true (xlnk_block_flush (block, 0, 64, NULL));
  kernel.fails = EAGAIN;
  kernel.fails_always = TRUE; /* it ends all the same */
  g_assert_false (xlnk_block_flush (block, 0, 64, NULL));
}

static void
test_alternatives (void)
{
  static const gchar *const none[] = { "hides the addresses",
    "this machine has no other", "u-dma-buf", NULL };
  static const gchar *const some[] = { "hides the addresses",
    "seems to have: u-dma-buf, zocl, xlnk, carveout, hugetlb", NULL };
  kernel_reset ();
  rig->pagemap_hides_all = TRUE;
  expect_refused ("reserved", VDMA_ERROR_UNSUPPORTED, none);
  kernel_rig_write (rig, "/proc/meminfo", "HugePages_Total:  4\n");
  kernel_rig_write (rig, "/sys/class/udmabuf/udmabuf0/size", "1");
  kernel_rig_write (
      rig, "/sys/bus/platform/drivers/zocl-drm/axi:zyxclmm_drm/x", "1");
  kernel_rig_write (rig, "/dev/xlnk", "1");
  kernel_rig_write (rig, "/proc/device-tree/reserved-memory/frames@1/reg", "1");
  expect_refused ("reserved", VDMA_ERROR_UNSUPPORTED, some);
}

static void
test_refused (void)
{
  static const gchar *const scattered[] = { "scattered", "default_cma_region",
    NULL };
  static const gchar *const permission[] = { "CAP_SYS_ADMIN", NULL };
  static const gchar *const caches[] = { "?coherent=true", "only the kernel",
    NULL };
  static const gchar *const name[] = { "no name of a heap", NULL };
  static const gchar *const missing[] = { "/dev/dma_heap/other",
    "CONFIG_DMABUF_HEAPS", NULL };
  static const gchar *const denied[] = { "/dev/dma_heap/reserved",
    "GROUP=\"video\"", NULL };
  static const gchar *const empty[] = { "cma=SIZE", NULL };
  static const gchar *const unmappable[] = { "cannot map", NULL };

  kernel_reset ();
  kernel.scatters = TRUE;
  expect_refused ("reserved", VDMA_ERROR_UNSUPPORTED, scattered);
  kernel_reset ();
  rig->pagemap_hides_addresses = TRUE;
  expect_refused ("reserved", VDMA_ERROR_PERMISSION, permission);
  kernel_reset ();
  rig->system.cache = &kernel_rig_cache_kernel_only;
  expect_refused ("reserved", VDMA_ERROR_UNSUPPORTED, caches);
  kernel_reset ();
  expect_refused ("../mem", VDMA_ERROR_INVALID, name);
  expect_refused (".", VDMA_ERROR_INVALID, name);
  expect_refused ("other", VDMA_ERROR_NOT_FOUND, missing);
  kernel_rig_fail (rig, "/dev/dma_heap/reserved", KERNEL_RIG_FAIL_OPEN, EACCES);
  expect_refused ("reserved", VDMA_ERROR_PERMISSION, denied);
  kernel_rig_fail (rig, "", KERNEL_RIG_FAIL_MMAP, ENODEV);
  expect_refused ("reserved", VDMA_ERROR_NOT_FOUND, unmappable);
  kernel_rig_fail (rig, NULL, 0, 0);
  kernel.fails = ENOMEM;
  expect_refused ("reserved", VDMA_ERROR_NO_MEMORY, empty);
  kernel_collect ();
  g_assert_cmpuint (kernel.buffers->len, ==, 0);
}

/* Pages may turn out to be scattered later: then that block is an error. */
static void
test_later (void)
{
  g_autoptr (XlnkAllocator) allocator = open_by_address ();
  g_autoptr (GError) error = NULL;
  kernel.scatters = TRUE;
  g_assert_null (
      xlnk_alloc (allocator, 9000, 1, 0, XLNK_CACHEABLE, ANY, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED);
  kernel_collect ();
  g_assert_cmpuint (kernel.buffers->len, ==, 0);
}

static void
test_list (void)
{
  kernel_rig_write (rig, "/dev/dma_heap/system", "%s", "");
  g_auto (GStrv) names = xlnk_dma_heap_list (&rig->system);
  g_assert_cmpuint (g_strv_length (names), ==, 2);
  g_assert_cmpstr (names[0], ==, "reserved");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  rig = kernel_rig_new ();
  rig->ioctl = kernel_ioctl;
  rig->get_phys = kernel_get_phys;
  kernel.memory = range_alloc_new (BASE, SIZE);
  kernel.buffers = g_array_new (FALSE, FALSE, sizeof (Buffer));
  kernel.log = g_string_new (NULL);
  kernel_rig_write (rig, "/dev/dma_heap/reserved", "%s", "");
  kernel_rig_write (rig, "/proc/self/pagemap", "%s", "");
  xlnk_contract_add ("dma-heap", open_by_address);
  xlnk_contract_add ("dma-heap-coherent", open_coherent);
  g_test_add_func ("/dma-heap/maintenance", test_maintenance);
  keeper_rig_add ("dma-heap", open_by_address, KEEPER_WANTS_EACH);
  g_test_add_func ("/dma-heap/keeper/file", test_keeper);
  g_test_add_func ("/dma-heap/sync-again", test_sync_again);
  g_test_add_func ("/dma-heap/alternatives", test_alternatives);
  g_test_add_func ("/dma-heap/refused", test_refused);
  g_test_add_func ("/dma-heap/later", test_later);
  g_test_add_func ("/dma-heap/list", test_list);
  gint result = g_test_run ();
  g_string_free (kernel.log, TRUE);
  g_array_unref (kernel.buffers);
  range_alloc_free (kernel.memory);
  kernel_rig_free (rig);
  return result;
}
