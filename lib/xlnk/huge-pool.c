/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_MEMORY

#include "huge-pool.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vdma-error.h"
#include "vdma-log.h"
#include "vdma-util.h"
#include "xlnk-pagemap.h"

static const XlnkRemedy huge_pool_remedy = {
  .missing = "the kernel needs CONFIG_HUGETLBFS",
  .permission = "see the limits of this process",
  .other = "the kernel needs CONFIG_HUGETLBFS; 32-bit Arm kernels have none",
};

HugePage *
huge_pool_at (const HugePool *self, guint i)
{
  return &g_array_index (self->pages, HugePage, i);
}

/* ---- pages ---- */

gpointer
huge_pool_map (HugePool *self, gpointer address, guint64 index, guint n)
{
  const gint flags = MAP_SHARED | MAP_POPULATE | MAP_NORESERVE;
  return self->system.calls->mmap (self->system.data, address, n * self->page,
      PROT_READ | PROT_WRITE, flags | (address ? MAP_FIXED : 0), self->fd,
      (off_t) (index * self->page));
}

/* The physical address of the page at @index. */
static gboolean
huge_pool_find_address (
    HugePool *self, guint64 index, guint64 *phys, GError **error)
{
  gpointer pointer = huge_pool_map (self, NULL, index, 1);
  if (pointer == MAP_FAILED) {
    vdma_set_error_errno (error, errno, "cannot map a huge page");
    return FALSE;
  }
  gboolean ok =
      xlnk_pagemap_read (&self->system, pointer, self->page, 1, phys, error);
  munmap (pointer, self->page);
  return ok;
}

/* Gives the page at @index back to the kernel. */
static void
huge_pool_drop_index (HugePool *self, guint64 index)
{
  const gint mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  if (self->system.calls->fallocate (self->system.data, self->fd, mode,
          (off_t) (index * self->page), (off_t) self->page)
      != 0)
    vdma_log_warning ("cannot give a huge page back: %s", g_strerror (errno));
  g_array_append_val (self->holes, index);
}

static gint
huge_pool_compare_pages (gconstpointer a, gconstpointer b)
{
  guint64 left = ((const HugePage *) a)->phys;
  guint64 right = ((const HugePage *) b)->phys;
  return left < right ? -1 : left > right;
}

/* A place in the file: a hole, or one more at its end. */
static gboolean
huge_pool_take_index (HugePool *self, guint64 *index, GError **error)
{
  if (self->holes->len > 0) {
    *index = g_array_index (self->holes, guint64, self->holes->len - 1);
    g_array_set_size (self->holes, self->holes->len - 1);
    return TRUE;
  }
  if (ftruncate (self->fd, (off_t) ((self->n_indices + 1) * self->page)) != 0) {
    vdma_set_error_errno (error, errno, "cannot get one more huge page");
    return FALSE;
  }
  *index = self->n_indices++;
  return TRUE;
}

/* One more page from the kernel. NO_MEMORY when it has none. */
static gboolean
huge_pool_grow (HugePool *self, GError **error)
{
  HugePage page = { .fresh = TRUE };
  if (!huge_pool_take_index (self, &page.index, error))
    return FALSE;
  /* Not by a page fault: that would be a signal when there is no page left. */
  if (self->system.calls->fallocate (self->system.data, self->fd, 0,
          (off_t) (page.index * self->page), (off_t) self->page)
      != 0) {
    vdma_set_error_errno (error, errno, "cannot get one more huge page");
    g_array_append_val (self->holes, page.index);
    return FALSE;
  }
  if (!huge_pool_find_address (self, page.index, &page.phys, error)) {
    huge_pool_drop_index (self, page.index);
    return FALSE;
  }
  g_array_append_val (self->pages, page);
  g_array_sort (self->pages, huge_pool_compare_pages);
  return TRUE;
}

/* Gives back what the search got and nobody took; what is taken is no longer
 * fresh. */
void
huge_pool_trim (HugePool *self)
{
  for (guint i = self->pages->len; i-- > 0;) {
    HugePage *page = huge_pool_at (self, i);
    if (page->fresh && !page->taken) {
      huge_pool_drop_index (self, page->index);
      g_array_remove_index (self->pages, i);
    } else {
      page->fresh = FALSE;
    }
  }
}

void
huge_pool_give (HugePool *self, guint64 phys, guint64 size, gboolean drop)
{
  for (guint i = self->pages->len; i-- > 0;) {
    HugePage *page = huge_pool_at (self, i);
    if (page->phys < phys || page->phys >= phys + size)
      continue;
    page->taken = FALSE;
    if (!drop)
      continue;
    huge_pool_drop_index (self, page->index);
    g_array_remove_index (self->pages, i);
  }
}

/* ---- runs of pages ---- */

/* Free pages from @i on whose addresses follow each other. */
static guint
huge_pool_get_run (const HugePool *self, guint i)
{
  guint n = 0;
  const guint64 start = huge_pool_at (self, i)->phys;
  while (i + n < self->pages->len) {
    const HugePage *page = huge_pool_at (self, i + n);
    if (page->taken || page->phys != start + (guint64) n * self->page)
      break;
    n++;
  }
  return n;
}

static guint
huge_pool_get_longest_run (const HugePool *self)
{
  guint longest = 0;
  for (guint i = 0; i < self->pages->len; i++)
    longest = MAX (longest, huge_pool_get_run (self, i));
  return longest;
}

static gboolean
huge_pool_find_run (const HugePool *self, const HugeWish *wish, guint *first)
{
  const guint64 last_byte = (guint64) wish->n * self->page - 1;
  for (guint i = 0; i < self->pages->len; i++) {
    const guint64 phys = huge_pool_at (self, i)->phys;
    if (phys > wish->limit || last_byte > wish->limit - phys)
      break;
    if (phys % wish->align != 0 || huge_pool_get_run (self, i) < wish->n)
      continue;
    *first = i;
    return TRUE;
  }
  return FALSE;
}

static guint64
huge_pool_count_free (const HugePool *self)
{
  guint64 n = 0;
  for (guint i = 0; i < self->pages->len; i++)
    n += !huge_pool_at (self, i)->taken;
  return n;
}

static void
huge_pool_set_run_error (
    const HugePool *self, const HugeWish *wish, GError **error)
{
  HugeWish anywhere = *wish;
  guint first;
  anywhere.limit = G_MAXUINT64;
  if (huge_pool_find_run (self, &anywhere, &first))
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNREACHABLE,
        "%u huge pages in a row are free at 0x%" G_GINT64_MODIFIER
        "x, but none whose last byte is not above the limit of "
        "0x%" G_GINT64_MODIFIER "x",
        wish->n, huge_pool_at (self, first)->phys, wish->limit);
  else
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY,
        "%u huge pages of %" G_GSIZE_FORMAT
        " bytes in a row are wanted, aligned to %" G_GSIZE_FORMAT
        "; %" G_GUINT64_FORMAT
        " are free, the longest row is %u; more of them, and early, by "
        "hugepages=N on the kernel's command line, or "
        "/proc/sys/vm/nr_hugepages",
        wish->n, self->page, wish->align, huge_pool_count_free (self),
        huge_pool_get_longest_run (self));
}

/* Gets pages until the wish can be met. */
gboolean
huge_pool_search (
    HugePool *self, const HugeWish *wish, guint *first, GError **error)
{
  g_autoptr (GError) reason = NULL;
  while (!huge_pool_find_run (self, wish, first)) {
    if (huge_pool_grow (self, &reason))
      continue;
    if (reason->code == VDMA_ERROR_NO_MEMORY)
      huge_pool_set_run_error (self, wish, error);
    else
      g_propagate_error (error, g_steal_pointer (&reason));
    return FALSE;
  }
  return TRUE;
}

/* ---- statistics ---- */

static guint64
huge_pool_read_count (const HugePool *self, const gchar *file)
{
  g_autofree gchar *path = g_strdup_printf (
      "/sys/kernel/mm/hugepages/hugepages-%" G_GSIZE_FORMAT "kB/%s",
      self->page / 1024, file);
  guint64 n = 0;
  xlnk_system_read_number (&self->system, path, &n, NULL, NULL);
  return MIN (n, G_MAXUINT64 / self->page);
}

void
huge_pool_get_stats (const HugePool *self, guint64 *available, guint64 *total)
{
  const guint64 unused = huge_pool_read_count (self, "free_hugepages");
  const guint64 promised = huge_pool_read_count (self, "resv_hugepages");
  *total = huge_pool_read_count (self, "nr_hugepages") * self->page;
  *available = (unused > promised ? unused - promised : 0) * self->page
               + huge_pool_count_free (self) * self->page;
}

/* ---- opening ---- */

static gboolean
huge_pool_read_page_size (HugePool *self, GError **error)
{
  guint64 kib;
  if (!xlnk_system_read_field (
          &self->system, "/proc/meminfo", "Hugepagesize", &kib)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
        "'%s/proc/meminfo' has no Hugepagesize: this kernel has no huge pages; "
        "%s",
        self->system.root, huge_pool_remedy.other);
    return FALSE;
  }
  if (!vdma_is_power_of_two (kib) || kib > VDMA_GIB / 1024
      || kib * 1024 < xlnk_get_page_size ()) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
        "'%s/proc/meminfo' says that a huge page has %" G_GUINT64_FORMAT
        " KiB; a power of two up to 1 GiB can be used",
        self->system.root, kib);
    return FALSE;
  }
  self->page = (gsize) kib * 1024;
  return TRUE;
}

static gboolean
huge_pool_create_file (HugePool *self, GError **error)
{
  self->fd = self->system.calls->memfd_create (self->system.data,
      "vdma-hugetlb", MFD_CLOEXEC | MFD_HUGETLB | MFD_ALLOW_SEALING);
  if (self->fd < 0) {
    xlnk_set_error (
        error, errno, &huge_pool_remedy, "cannot create memory of huge pages");
    return FALSE;
  }
  /* What /dev/udmabuf asks for; holes may still be made. */
  if (fcntl (self->fd, F_ADD_SEALS, F_SEAL_SHRINK) != 0)
    vdma_log_debug ("huge pages cannot be sealed: %s", g_strerror (errno));
  return TRUE;
}

/* Proves with one page that pages and their addresses can be had. */
static gboolean
huge_pool_probe (HugePool *self, GError **error)
{
  g_autoptr (GError) reason = NULL;
  if (!huge_pool_grow (self, &reason)) {
    if (reason->code != VDMA_ERROR_NO_MEMORY)
      g_propagate_error (error, g_steal_pointer (&reason));
    else
      g_set_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY,
          "no huge page is free: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
          "; reserve some with hugepages=N on the kernel's command line, or "
          "/proc/sys/vm/nr_hugepages",
          huge_pool_read_count (self, "free_hugepages"),
          huge_pool_read_count (self, "nr_hugepages"));
    return FALSE;
  }
  return TRUE;
}

gboolean
huge_pool_init (HugePool *self, const XlnkSystem *system, GError **error)
{
  *self = (HugePool){ .fd = -1 };
  xlnk_system_copy (&self->system, system);
  self->pages = g_array_new (FALSE, FALSE, sizeof (HugePage));
  self->holes = g_array_new (FALSE, FALSE, sizeof (guint64));
  return huge_pool_read_page_size (self, error)
         && huge_pool_create_file (self, error)
         && huge_pool_probe (self, error);
}

void
huge_pool_clear (HugePool *self)
{
  xlnk_close_fd (&self->fd);
  g_array_unref (self->pages);
  g_array_unref (self->holes);
  xlnk_system_clear (&self->system);
}
