/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any machine under the memory backends: what their files say, and what the
 * kernel answers. The input's first line is the memory, a byte chooses caches;
 * then each file that is opened takes what stands before the next '|', and each
 * call the bytes that it needs. */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "board-memory.h"
#include "fuzz-root.h"
#include "vdma-util.h"

/* What is mapped really; more is refused, as by a machine with little room. */
#define MACHINE_MAX_MAP (64 * VDMA_MIB)
/* Pages that a file may get: a search ends. */
#define MACHINE_MAX_PAGES 8

typedef struct {
  FuzzInput *in;
  guint n_pages;
} Machine;

/** MachineVersion: DRM's answer of who drives a node */
typedef struct {
  gint version[3];
  gsize name_length;
  gchar *name;
} MachineVersion;

/* ---- the kernel ---- */

static gint
machine_fail (Machine *machine)
{
  static const gint errors[] = { ENOENT, EACCES, EPERM, ENOMEM, EINVAL, ENODEV,
    ENOTTY, EBUSY };
  errno = errors[fuzz_below (machine->in, G_N_ELEMENTS (errors))];
  return -1;
}

static GStrv
machine_list (gpointer data, const gchar *path)
{
  Machine *machine = data;
  static const struct {
    const gchar *folder, *name;
  } rows[] = {
    { "/sys/class/u-dma-buf", "udmabuf0" },
    { "/sys/class/udmabuf", "udmabuf1" },
    { "/sys/class/uio", "uio0" },
    { "/dev/dri", "renderD128" },
    { "/dev/dma_heap", "reserved" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (g_str_equal (path, rows[i].folder) && !fuzz_flag (machine->in)) {
      const gchar *names[] = { rows[i].name, NULL };
      return g_strdupv ((GStrv) names);
    }
  }
  return g_new0 (gchar *, 1);
}

static gint
machine_access (gpointer data, const gchar *path, gint mode)
{
  return fuzz_flag (((Machine *) data)->in) ? machine_fail (data) : 0;
}

static gint
machine_open (gpointer data, const gchar *path, gint flags)
{
  Machine *machine = data;
  if (fuzz_below (machine->in, 16) == 15)
    return machine_fail (machine);
  gint fd = memfd_create ("machine", MFD_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  if ((flags & O_ACCMODE) != O_RDONLY)
    return fd;
  g_autofree gchar *text = fuzz_text (machine->in, '|');
  g_assert_cmpint (
      pwrite (fd, text, strlen (text), 0), ==, (gssize) strlen (text));
  return fd;
}

static gpointer
machine_mmap (gpointer data, gpointer address, gsize size, gint protection,
    gint flags, gint fd, off_t offset)
{
  if (size > MACHINE_MAX_MAP || fuzz_below (((Machine *) data)->in, 16) == 15) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return mmap (address, size, protection,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (flags & MAP_FIXED), -1, 0);
}

/* Numbers of the answer come from the input; a descriptor is one. */
static gint
machine_ioctl (gpointer data, gint fd, gulong request, gpointer argument)
{
  Machine *machine = data;
  if (fuzz_below (machine->in, 4) == 3)
    return machine_fail (machine);
  if (request == UDMABUF_CREATE_LIST)
    return memfd_create ("dma-buf", MFD_CLOEXEC);
  if (request == DMA_HEAP_IOCTL_ALLOC) {
    struct dma_heap_allocation_data *arg = argument;
    arg->fd = (guint32) memfd_create ("dma-buf", MFD_CLOEXEC);
    return 0;
  }
  /* names and descriptors are pointers and the like: left as they are */
  const guint number = request & 0xff;
  const guint8 type = (guint8) (request >> 8);
  if (type == 'U' && (number == 2 || number == 3))
    *(guint64 *) argument = fuzz_u64 (machine->in);
  else if (type == 'd' && number == 0)
    memcpy (((MachineVersion *) argument)->name, "zocl", 4);
  else if (type == 'd' && number == 0x45)
    for (guint i = 1; i < 3; i++)
      ((guint64 *) argument)[i] = fuzz_u64 (machine->in);
  else if ((type == 'U' && number == 10) || (type == 'd' && number == 0x2D))
    return machine_fail (machine);
  return 0;
}

static gint
machine_memfd_create (gpointer data, const gchar *name, guint flags)
{
  return fuzz_flag (((Machine *) data)->in)
             ? machine_fail (data)
             : memfd_create (name, flags & ~(guint) MFD_HUGETLB);
}

static gint
machine_fallocate (gpointer data, gint fd, gint mode, off_t offset, off_t size)
{
  Machine *machine = data;
  if (mode & FALLOC_FL_PUNCH_HOLE)
    return 0;
  if (machine->n_pages >= MACHINE_MAX_PAGES) {
    errno = ENOSPC;
    return -1;
  }
  machine->n_pages++;
  return 0;
}

static gssize
machine_pread (
    gpointer data, gint fd, gpointer buffer, gsize size, off_t offset)
{
  const guint64 entry = fuzz_u64 (((Machine *) data)->in);
  g_assert_cmpuint (size, ==, sizeof entry);
  memcpy (buffer, &entry, sizeof entry);
  return (gssize) size;
}

static const XlnkCalls machine_calls = {
  .list = machine_list,
  .access = machine_access,
  .open = machine_open,
  .mmap = machine_mmap,
  .ioctl = machine_ioctl,
  .memfd_create = machine_memfd_create,
  .fallocate = machine_fallocate,
  .pread = machine_pread,
};

/* ---- what is asked of it ---- */

static const XlnkCacheOps machine_kernel_only = {
  .kind = XLNK_CACHE_KERNEL_ONLY,
  .reason = "the input says so",
};

static void
memory_check_block (XlnkAllocator *allocator, FuzzInput *in)
{
  GError *error = NULL;
  const gsize size = fuzz_u32 (in) % (16 * VDMA_MIB) + 1;
  const gsize align = (gsize) 1 << fuzz_below (in, 24);
  const guint64 limit = fuzz_flag (in) ? G_MAXUINT32 : G_MAXUINT64;
  const XlnkCaching caching = fuzz_flag (in) ? XLNK_CACHEABLE : XLNK_UNCACHED;
  g_autoptr (XlnkBlock) block =
      xlnk_alloc (allocator, size, 1, align, caching, limit, &error);

  fuzz_check_error (block != NULL, error, TRUE);
  if (!block)
    return;
  const guint64 phys = xlnk_block_get_phys (block);
  g_assert_cmpuint (phys % align, ==, 0);
  g_assert_cmpuint (phys, <=, limit);
  g_assert_cmpuint (size - 1, <=, limit - phys);
  error = NULL;
  guint8 *pointer = xlnk_block_map (block, XLNK_ACCESS_WRITE, &error);
  fuzz_check_error (pointer != NULL, error, TRUE);
  if (pointer) {
    pointer[0] = pointer[size - 1] = 1;
    xlnk_block_unmap (block, XLNK_ACCESS_WRITE);
  }
}

static void
memory_check_stats (XlnkAllocator *allocator)
{
  XlnkStats stats;
  xlnk_get_stats (allocator, &stats);
  g_assert_cmpuint (stats.used, ==, 0);
}

static void
memory_run (const gchar *text, Machine *machine)
{
  GError *error = NULL;
  g_auto (XlnkSystem) system = { NULL };
  xlnk_system_init (&system, NULL);
  system.calls = &machine_calls;
  system.data = machine;
  system.cache =
      fuzz_flag (machine->in) ? &machine_kernel_only : &xlnk_cache_coherent;
  const BoardMemoryPlace place = { .system = &system,
    .phys_limit = G_MAXUINT64 };
  g_autoptr (XlnkAllocator) allocator =
      board_memory_open (text, &place, &error);

  fuzz_check_error (allocator != NULL, error, TRUE);
  for (guint i = 0; allocator && i < 3; i++)
    memory_check_block (allocator, machine->in);
  if (allocator)
    memory_check_stats (allocator);
}

void
fuzz_target_run (FuzzInput *in)
{
  g_autofree gchar *text = fuzz_text (in, '\n');
  Machine machine = { .in = in };

  /* libraries of the machine that this runs on are none of the input's */
  if (g_str_has_prefix (text, "xlnk") || g_str_has_prefix (text, "auto"))
    return;
  /* board_open() lets no other text through */
  if (!g_utf8_validate (text, -1, NULL))
    return;
  gint fd = fuzz_next_fd ();
  memory_run (text, &machine);
  g_assert_cmpint (fuzz_next_fd (), ==, fd);
}
