/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Huge pages: rows of them in any order, their addresses, dma-bufs of them. */
#include <errno.h>
#include <linux/udmabuf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "keeper-rig.h"
#include "kernel-rig.h"
#include "vdma-error.h"
#include "vdma-util.h"
#include "xlnk-backends.h"
#include "xlnk-contract.h"

#define HUGE  (2 * VDMA_MIB)
#define BASE  G_GUINT64_CONSTANT (0x100000000)
#define PAGES 16
#define ANY   G_MAXUINT64

static KernelRig *rig;

/* ---- the kernel ---- */

/* Makes of the pages that a list names one file in their order. */
static gint
make_udmabuf (const struct udmabuf_create_list *list)
{
  gint fd = memfd_create ("udmabuf", MFD_CLOEXEC);
  for (guint i = 0; i < list->count; i++) {
    const struct udmabuf_create_item *item = &list->list[i];
    g_autofree guint8 *bytes = g_malloc (item->size);
    g_assert_cmpuint (item->offset % HUGE, ==, 0);
    g_assert_cmpint (
        pread ((gint) item->memfd, bytes, item->size, (off_t) item->offset), ==,
        (gssize) item->size);
    g_assert_cmpint (pwrite (fd, bytes, item->size, (off_t) (i * HUGE)), ==,
        (gssize) item->size);
  }
  return fd;
}

static gint
kernel_ioctl (KernelRig *self, const gchar *path, gint fd, gulong request,
    gpointer argument)
{
  const gboolean *takes_huge = self->data;
  if (g_str_equal (path, "/dev/udmabuf") && request == UDMABUF_CREATE_LIST
      && *takes_huge)
    return make_udmabuf (argument);
  errno = EINVAL;
  return -1;
}

static gboolean kernel_takes_huge;

static void
kernel_set (guint pages, const guint *order)
{
  rig->system.cache = &kernel_rig_cache;
  rig->ioctl = kernel_ioctl;
  rig->data = &kernel_takes_huge;
  kernel_takes_huge = TRUE;
  rig->huge_base = BASE;
  rig->huge_pages = pages;
  rig->huge_order = order;
  rig->pagemap_hides_all = rig->pagemap_hides_addresses = FALSE;
  kernel_rig_write (rig, "/proc/meminfo",
      "MemTotal: 1000 kB\nHugePages_Total: %u\nHugepagesize:    2048 kB\n",
      pages);
  kernel_rig_write (rig, "/proc/self/pagemap", "%s", "");
  kernel_rig_write (rig, "/dev/udmabuf", "%s", "");
}

static XlnkAllocator *
open_allocator (void)
{
  g_autoptr (GError) error = NULL;
  XlnkBackend *backend = xlnk_hugetlb_open (&rig->system, &error);
  g_assert_no_error (error);
  return xlnk_allocator_new (backend);
}

static XlnkAllocator *
open_plain (void)
{
  kernel_set (PAGES, NULL);
  return open_allocator ();
}

/* As the kernel's list of free pages often is: highest address first. */
static XlnkAllocator *
open_reverse (void)
{
  static guint order[PAGES];
  for (guint i = 0; i < PAGES; i++)
    order[i] = PAGES - 1 - i;
  kernel_set (PAGES, order);
  return open_allocator ();
}

static XlnkAllocator *
open_coherent (void)
{
  kernel_set (PAGES, NULL);
  rig->system.cache = &xlnk_cache_coherent;
  kernel_rig_remove (rig, "/dev/udmabuf");
  return open_allocator ();
}

static XlnkBlock *
alloc (XlnkAllocator *allocator, gsize size, GError **error)
{
  return xlnk_alloc (allocator, size, 1, 0, XLNK_CACHEABLE, ANY, error);
}

/* ---- rows ---- */

/* The row that is needed is found in any order, and its bytes lie in order. */
static void
test_rows (void)
{
  static const guint orders[][6] = { { 0, 1, 2, 3, 4, 5 }, { 5, 4, 3, 2, 1, 0 },
    { 9, 3, 7, 4, 20, 5 }, { 30, 12, 11, 40, 13, 50 } };
  static const guint64 found[] = { 0, 3, 3, 11 };
  for (guint i = 0; i < G_N_ELEMENTS (orders); i++) {
    g_autoptr (GError) error = NULL;
    kernel_set (6, orders[i]);
    g_autoptr (XlnkAllocator) allocator = open_allocator ();
    g_autoptr (XlnkBlock) block = alloc (allocator, 3 * HUGE, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (xlnk_block_get_phys (block), ==, BASE + found[i] * HUGE);
    guint8 *pointer = xlnk_block_map (block, XLNK_ACCESS_WRITE, &error);
    g_assert_cmpuint ((gsize) pointer % HUGE, ==, 0);
    for (guint page = 0; page < 3; page++)
      pointer[page * HUGE] = (guint8) (page + 1);
    xlnk_block_unmap (block, XLNK_ACCESS_WRITE);

    gsize offset;
    gint fd = xlnk_block_export_fd (block, &offset, &error);
    g_assert_no_error (error);
    for (guint page = 0; page < 3; page++) {
      guint8 byte = 0;
      g_assert_cmpint (pread (fd, &byte, 1, (off_t) (page * HUGE)), ==, 1);
      g_assert_cmpuint (byte, ==, page + 1);
    }
    close (fd);
  }
}

static void
test_no_row (void)
{
  static const guint order[] = { 0, 2, 4, 6 };
  g_autoptr (GError) error = NULL;
  kernel_set (4, order);
  g_autoptr (XlnkAllocator) allocator = open_allocator ();
  g_assert_null (alloc (allocator, 2 * HUGE, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY);
  g_assert_nonnull (strstr (error->message, "2 huge pages"));
  g_assert_nonnull (strstr (error->message, "4 are free"));
  g_assert_nonnull (strstr (error->message, "longest row is 1"));
  g_assert_nonnull (strstr (error->message, "hugepages=N"));
  /* nothing is kept from others */
  XlnkStats stats;
  xlnk_get_stats (allocator, &stats);
  g_assert_cmpuint (stats.system_available, ==, 0);
  for (guint i = 0; i < 4; i++) {
    g_autoptr (XlnkBlock) one = alloc (allocator, 1, NULL);
    g_assert_nonnull (one);
  }
}

static void
test_reach (void)
{
  static const guint order[] = { 7, 8, 0, 1 };
  g_autoptr (GError) error = NULL;
  kernel_set (4, order);
  g_autoptr (XlnkAllocator) allocator = open_allocator ();
  g_assert_null (
      xlnk_alloc (allocator, 1, 1, 0, XLNK_CACHEABLE, G_MAXUINT32, &error));
  g_assert_error (error, VDMA_ERROR, VDMA_ERROR_UNREACHABLE);
  g_assert_nonnull (strstr (error->message, "0xffffffff"));
  g_clear_error (&error);
  g_autoptr (XlnkBlock) block = xlnk_alloc (
      allocator, 2 * HUGE, 1, 0, XLNK_CACHEABLE, BASE + 2 * HUGE - 1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (xlnk_block_get_phys (block), ==, BASE);
  /* aligned to more than a page: 8 is, 7 is not */
  g_autoptr (XlnkBlock) aligned =
      xlnk_alloc (allocator, 1, 1, 8 * HUGE, XLNK_CACHEABLE, ANY, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (xlnk_block_get_phys (aligned), ==, BASE + 8 * HUGE);
}

/* Who has a descriptor of a block keeps its pages; nobody else gets them. */
static void
test_exported_is_not_reused (void)
{
  static const struct {
    gboolean exported;
    guint64 next;
  } rows[] = { { FALSE, BASE }, { TRUE, BASE } };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    kernel_set (4, NULL);
    g_autoptr (XlnkAllocator) allocator = open_allocator ();
    XlnkBlock *block = alloc (allocator, HUGE, &error);
    guint8 *pointer = xlnk_block_map (block, XLNK_ACCESS_WRITE, &error);
    pointer[5] = 77;
    xlnk_block_unmap (block, XLNK_ACCESS_WRITE);
    gsize offset;
    gint fd =
        rows[i].exported ? xlnk_block_export_fd (block, &offset, &error) : -1;
    g_assert_no_error (error);
    xlnk_block_unref (block);
    g_autoptr (XlnkBlock) next = alloc (allocator, HUGE, &error);
    const guint8 *again = xlnk_block_map (next, XLNK_ACCESS_READ, &error);
    /* a page from the kernel is zeroed, one that stayed is not */
    g_assert_cmpuint (again[5], ==, rows[i].exported ? 0 : 77);
    xlnk_block_unmap (next, XLNK_ACCESS_READ);
    if (fd >= 0)
      close (fd);
  }
}

static void
test_maintenance (void)
{
  kernel_set (2, NULL);
  g_autoptr (XlnkAllocator) allocator = open_allocator ();
  g_free (kernel_rig_take_cache_log (NULL));
  g_autoptr (XlnkBlock) block = alloc (allocator, 100, NULL);
  guint8 *pointer = xlnk_block_map (block, XLNK_ACCESS_WRITE, NULL);
  g_autofree gchar *at_alloc = kernel_rig_take_cache_log (pointer);
  g_assert_cmpstr (at_alloc, ==, "clean 0+2097152;invalidate 0+2097152");
  xlnk_block_unmap (block, XLNK_ACCESS_WRITE);
  g_autofree gchar *at_unmap = kernel_rig_take_cache_log (pointer);
  g_assert_cmpstr (at_unmap, ==, "clean 0+128");
}

/* ---- statistics ---- */

static void
test_stats (void)
{
  static const struct {
    const gchar *unused, *promised, *total;
    guint64 available, all;
  } rows[] = {
    { "5\n", "2\n", "8\n", 3, 8 },
    { "5\n", "9\n", "8\n", 0, 8 },
    { "x\n", "9\n", "8\n", 0, 8 },
    { "5\n", "", "", 5, 0 },
    { "18446744073709551615\n", "0\n", "18446744073709551615\n",
        G_MAXUINT64 / HUGE, G_MAXUINT64 / HUGE },
  };
  static const gchar folder[] = "/sys/kernel/mm/hugepages/hugepages-2048kB";
  kernel_set (4, NULL);
  g_autoptr (XlnkAllocator) allocator = open_allocator ();
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *unused = g_strconcat (folder, "/free_hugepages", NULL);
    g_autofree gchar *promised = g_strconcat (folder, "/resv_hugepages", NULL);
    g_autofree gchar *total = g_strconcat (folder, "/nr_hugepages", NULL);
    XlnkStats stats;
    kernel_rig_write (rig, unused, "%s", rows[i].unused);
    kernel_rig_write (rig, promised, "%s", rows[i].promised);
    kernel_rig_write (rig, total, "%s", rows[i].total);
    xlnk_get_stats (allocator, &stats);
    g_assert_cmpuint (stats.system_available, ==, rows[i].available * HUGE);
    g_assert_cmpuint (stats.system_total, ==, rows[i].all * HUGE);
  }
}

/* ---- what can be wrong ---- */

static void
expect_refused (gint code, const gchar *says)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (xlnk_hugetlb_open (&rig->system, &error));
  g_assert_error (error, VDMA_ERROR, code);
  if (!strstr (error->message, says))
    g_error ("'%s' does not say '%s'", error->message, says);
}

static void
test_refused (void)
{
  static const struct {
    const gchar *size;
  } sizes[] = { { "Hugepagesize: 0 kB" }, { "Hugepagesize: 3000 kB" },
    { "Hugepagesize: 1 kB" }, { "Hugepagesize: 99999999999999999999 kB" },
    { "Hugepagesize:" }, { "Hugepagesize: -2048 kB" }, { "" },
    { "HugepagesizeX: 2048 kB" }, { "Hugepagesize: 17179869184 kB" } };
  kernel_set (4, NULL);
  rig->system.cache = &kernel_rig_cache_kernel_only;
  expect_refused (VDMA_ERROR_UNSUPPORTED, "only the kernel");
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    kernel_set (4, NULL);
    kernel_rig_write (rig, "/proc/meminfo", "%s", sizes[i].size);
    expect_refused (VDMA_ERROR_UNSUPPORTED, "/proc/meminfo");
  }
  kernel_set (0, NULL);
  expect_refused (VDMA_ERROR_NO_MEMORY, "nr_hugepages");
  kernel_set (4, NULL);
  rig->pagemap_hides_addresses = TRUE;
  expect_refused (VDMA_ERROR_PERMISSION, "CAP_SYS_ADMIN");
  rig->pagemap_hides_addresses = FALSE;
  rig->pagemap_hides_all = TRUE;
  rig->huge_base = 0;
  kernel_set (4, NULL);
  kernel_rig_fail (rig, "/proc/self/pagemap", KERNEL_RIG_FAIL_OPEN, EPERM);
  expect_refused (VDMA_ERROR_PERMISSION, "CAP_SYS_ADMIN");
  kernel_rig_fail (rig, "/proc/self/pagemap", KERNEL_RIG_FAIL_OPEN, ENOENT);
  expect_refused (VDMA_ERROR_NOT_FOUND, "CONFIG_PROC_PAGE_MONITOR");
  kernel_rig_fail (rig, NULL, 0, 0);
}

/* Without dma-buf it is memory all the same. */
static void
test_no_dmabuf (void)
{
  for (guint way = 0; way < 3; way++) {
    kernel_set (4, NULL);
    if (way == 0)
      kernel_rig_remove (rig, "/dev/udmabuf");
    if (way == 1)
      kernel_takes_huge = FALSE;
    if (way == 2)
      kernel_rig_fail (rig, "/dev/udmabuf", KERNEL_RIG_FAIL_OPEN, EACCES);
    g_autoptr (XlnkAllocator) allocator = open_allocator ();
    kernel_rig_fail (rig, NULL, 0, 0);
    g_assert_false (xlnk_allocator_has_fd (allocator));
    g_autoptr (XlnkBlock) block = alloc (allocator, 1, NULL);
    g_assert_nonnull (block);
  }
  kernel_set (4, NULL);
  g_autoptr (XlnkAllocator) allocator = open_allocator ();
  g_assert_true (xlnk_allocator_fd_is_dmabuf (allocator));
  /* it breaks later */
  g_autoptr (XlnkBlock) block = alloc (allocator, 1, NULL);
  g_autoptr (GError) error = NULL;
  gsize offset;
  kernel_takes_huge = FALSE;
  g_assert_cmpint (xlnk_block_export_fd (block, &offset, &error), ==, -1);
  g_assert_nonnull (strstr (error->message, "/sys/module/udmabuf"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  rig = kernel_rig_new ();
  xlnk_contract_add ("hugetlb", open_plain);
  xlnk_contract_add ("hugetlb-reverse", open_reverse);
  xlnk_contract_add ("hugetlb-coherent", open_coherent);
  keeper_rig_add ("hugetlb", open_plain, KEEPER_WANTS_ALL);
  g_test_add_func ("/hugetlb/rows", test_rows);
  g_test_add_func ("/hugetlb/no-row", test_no_row);
  g_test_add_func ("/hugetlb/reach", test_reach);
  g_test_add_func (
      "/hugetlb/exported-is-not-reused", test_exported_is_not_reused);
  g_test_add_func ("/hugetlb/maintenance", test_maintenance);
  g_test_add_func ("/hugetlb/stats", test_stats);
  g_test_add_func ("/hugetlb/refused", test_refused);
  g_test_add_func ("/hugetlb/no-dmabuf", test_no_dmabuf);
  gint result = g_test_run ();
  kernel_rig_free (rig);
  return result;
}
