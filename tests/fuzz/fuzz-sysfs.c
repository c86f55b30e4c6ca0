/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine with a core, as its files say, and files put over it: the input's
 * first line is what stands behind the device ("TARGET?OPTIONS"), three bytes
 * choose the way to name it, the memory and what is asked for, and then come
 * "PATH=KTEXT|", with K one of f (a file), d (a folder), l (a link to another
 * path of the machine), x (no such file).
 *
 * Device files are plain, as long as any address, and hold the registers of a
 * core at rest: what the registers say is another target's. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "board-discover.h"
#include "board-memory.h"
#include "board.h"
#include "fuzz-root.h"
#include "io-uio.h"
#include "vdma-regs.h"
#include "vdma-util.h"

#define SYSFS_MAX_FILES 32
#define SYSFS_DEVICE    (G_GINT64_CONSTANT (1) << 62) /* bytes of a device file */

/** SysfsFile: @size: of @text; 0: up to its end */
typedef struct {
  const gchar *path;
  gchar kind;
  const gchar *text;
  gsize size;
} SysfsFile;

#define UIO     "sys/class/uio/"
#define DEVICES "sys/devices/"
#define TREE    "sys/firmware/devicetree/base/"
#define BUFFER  "sys/class/u-dma-buf/udmabuf0/"

static const SysfsFile sysfs_files[] = {
  { UIO "uio0/name", 'f', "axi_vdma\n" },
  { UIO "uio0/maps/map0/addr", 'f', "0x43000000\n" },
  { UIO "uio0/maps/map0/size", 'f', "0x10000\n" },
  { UIO "uio0/maps/map0/offset", 'f', "0x0\n" },
  { UIO "uio0/device", 'l', DEVICES "43000000.dma" },
  { DEVICES "43000000.dma/of_node", 'l', TREE "dma@43000000" },
  { UIO "uio1/name", 'f', "frames\n" },
  { UIO "uio1/maps/map0/addr", 'f', "0x30000000\n" },
  { UIO "uio1/maps/map0/size", 'f', "0x1000000\n" },
  { UIO "uio1/maps/map0/offset", 'f', "0x0\n" },
  { UIO "uio2/name", 'f', "uio_pci_generic\n" },
  { UIO "uio2/device", 'l', DEVICES "0000:00:04.0" },
  { DEVICES "0000:00:04.0/config", 'f', "12345678" },
  { DEVICES "0000:00:04.0/resource", 'f',
      "0xfe000000 0xfe00ffff 0x0000000000040200\n" },
  { DEVICES "0000:00:04.0/resource0", 'f', "" },
  { BUFFER "phys_addr", 'f', "0x0000000038000000\n" },
  { BUFFER "size", 'f', "4194304\n" },
  { BUFFER "sync_mode", 'f', "1\n" },
  { BUFFER "dma_coherent", 'f', "0\n" },
  { BUFFER "sync_for_cpu", 'f', "0\n" },
  { BUFFER "sync_for_device", 'f', "0\n" },
  { TREE "#address-cells", 'f', "\0\0\0\1", 4 },
  { TREE "#size-cells", 'f', "\0\0\0\1", 4 },
  { TREE "dma@43000000/compatible", 'f', "xlnx,axi-vdma-6.3\0", 18 },
  { TREE "dma@43000000/reg", 'f', "\x43\0\0\0\0\1\0\0", 8 },
  { TREE "dma@43000000/xlnx,num-fstores", 'f', "\0\0\0\4", 4 },
  { TREE "reserved-memory/#address-cells", 'f', "\0\0\0\1", 4 },
  { TREE "reserved-memory/#size-cells", 'f', "\0\0\0\1", 4 },
  { TREE "reserved-memory/ranges", 'f', "" },
  { TREE "reserved-memory/frames@32000000/reg", 'f', "\x32\0\0\0\1\0\0\0", 8 },
  { "proc/device-tree", 'l', "sys/firmware/devicetree/base" },
  { "dev/uio0", 'f', "" },
  { "dev/uio1", 'f', "" },
  { "dev/uio2", 'f', "" },
  { "dev/udmabuf0", 'f', "" },
  { "dev/mem", 'f', "" },
  { "proc/iomem", 'f', "00000000-1fffffff : System RAM\n" },
  { "run/lock", 'd', NULL },
};

static const gchar *const sysfs_ways[] = { "uio:", "uio@", "mem:", "" };

static const gchar *const sysfs_memories[] = { "u-dma-buf",
  "u-dma-buf:udmabuf0", "carveout:0x30000000+16M", "carveout:frames",
  "carveout:uio:frames", "carveout:uio:uio1/0", "zocl", "dma-heap:reserved",
  "auto" };

/* ---- files ---- */

static gboolean
sysfs_is_device (const gchar *path)
{
  const gchar *slash = strrchr (path, '/');
  return g_str_has_prefix (path, "dev/")
         || g_str_has_prefix (slash ? slash + 1 : path, "resource");
}

static void
sysfs_put_word (gint fd, off_t offset, guint32 word)
{
  g_assert_cmpint (pwrite (fd, &word, sizeof word, offset), ==, sizeof word);
}

/* The registers are where they are mostly: at the begin, and of /dev/mem at the
 * core's address. */
static void
sysfs_fill_device (const gchar *path, gint fd)
{
  const off_t base = g_str_equal (path, "dev/mem") ? 0x43000000 : 0;
  g_assert_cmpint (ftruncate (fd, SYSFS_DEVICE), ==, 0);
  sysfs_put_word (fd, base + VDMA_VERSION, 0x62000050);
  for (guint i = 0; i < VDMA_N_DIRECTIONS; i++) {
    const off_t regs =
        base + (i == VDMA_S2MM ? VDMA_S2MM_BASE : VDMA_MM2S_BASE);
    sysfs_put_word (fd, regs + VDMA_CR, VDMA_CR_RESET_VALUE);
    sysfs_put_word (fd, regs + VDMA_SR, VDMA_SR_RESET_VALUE);
  }
}

static void
sysfs_put_file (const gchar *root, const SysfsFile *file)
{
  const gboolean device = sysfs_is_device (file->path);
  gint fd = fuzz_root_put (root, file->path, file->text,
      file->size ? file->size : strlen (file->text));
  if (fd < 0)
    return;
  /* what every file of that name was given has its own length */
  if (device && !g_str_has_suffix (file->path, "resource"))
    sysfs_fill_device (file->path, fd);
  close (fd);
}

static void
sysfs_put (const gchar *root, const SysfsFile *file)
{
  if (file->kind == 'd') {
    fuzz_root_put_folder (root, file->path);
  } else if (file->kind == 'l') {
    /* never out of the root, and to no device by another length's name */
    if (!fuzz_root_is_safe (file->text) || sysfs_is_device (file->path))
      return;
    g_autofree gchar *target = g_build_filename (root, file->text, NULL);
    fuzz_root_put_link (root, file->path, target);
  } else if (file->kind == 'x') {
    g_autofree gchar *full = g_build_filename (root, file->path, NULL);
    if (remove (full) != 0)
      return; /* there was none */
  } else {
    sysfs_put_file (root, file);
  }
}

static void
sysfs_put_input (const gchar *root, FuzzInput *in)
{
  for (guint i = 0; i < SYSFS_MAX_FILES && !fuzz_is_empty (in); i++) {
    g_autofree gchar *path = fuzz_text (in, '=');
    const gchar kind = (gchar) fuzz_u8 (in);
    g_autofree gchar *text = fuzz_text (in, '|');
    /* libraries of the machine that this runs on are none of the input's */
    if (fuzz_root_is_safe (path) && !g_str_equal (path, "dev/xlnk"))
      sysfs_put (root, &(SysfsFile){ path, kind, text, 0 });
  }
}

/* ---- what is asked of the machine ---- */

static void
sysfs_check_found (const gchar *root)
{
  g_autoptr (GPtrArray) all = board_discover (root);
  for (guint i = 0; i < all->len; i++) {
    const BoardFound *found = g_ptr_array_index (all, i);
    g_assert_true (found->device || found->reason);
    g_assert_true (!found->device || g_utf8_validate (found->device, -1, NULL));
    g_assert_true (!found->reason || g_utf8_validate (found->reason, -1, NULL));
  }
}

static void
sysfs_check_block (Board *board)
{
  GError *error = NULL;
  XlnkAllocator *allocator = board_get_allocator (board, &error);
  fuzz_check_error (allocator != NULL, error, TRUE);
  if (!allocator)
    return;
  const guint64 limit = vdma_hw_desc_get_phys_limit (
      vdma_device_get_desc (board_get_device (board)));
  error = NULL;
  g_autoptr (XlnkBlock) block =
      xlnk_alloc (allocator, 8192, 1, 0, XLNK_UNCACHED, limit, &error);
  fuzz_check_error (block != NULL, error, TRUE);
  if (!block)
    return;
  g_assert_cmpuint (xlnk_block_get_phys (block), <=, limit - 8191);
  error = NULL;
  guint8 *pointer = xlnk_block_map (block, XLNK_ACCESS_WRITE, &error);
  fuzz_check_error (pointer != NULL, error, TRUE);
  if (pointer) {
    pointer[0] = pointer[8191] = 1;
    xlnk_block_unmap (block, XLNK_ACCESS_WRITE);
  }
}

/* What would leave the root, start programs, or read files that are none of the
 * machine's. */
static gboolean
sysfs_text_is_safe (const gchar *text)
{
  static const gchar *const words[] = { "..", "%", "root", "guardian", "hwh" };
  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (strstr (text, words[i]))
      return FALSE;
  }
  return g_utf8_validate (text, -1, NULL);
}

static void
sysfs_check_board (const gchar *root, const gchar *device, const gchar *memory)
{
  GError *error = NULL;
  const gsize target = strcspn (device, "?");
  g_autofree gchar *text =
      g_strdup_printf ("%.*s?root=%s%s%s", (gint) target, device, root,
          device[target] ? "&" : "", device[target] ? device + target + 1 : "");
  g_autoptr (Board) board = board_open (text, memory, &error);
  fuzz_check_error (board != NULL, error, TRUE);
  if (board)
    sysfs_check_block (board);
}

void
fuzz_target_run (FuzzInput *in)
{
  g_autofree gchar *line = fuzz_text (in, '\n');
  const gchar *way = sysfs_ways[fuzz_below (in, G_N_ELEMENTS (sysfs_ways))];
  const gchar *memory =
      sysfs_memories[fuzz_below (in, G_N_ELEMENTS (sysfs_memories))];
  g_autofree gchar *device = g_strconcat (way, line, NULL);

  if (!sysfs_text_is_safe (device)
      || (!*way && !g_str_has_prefix (device, "/dev/uio")))
    return;
  gchar *root = fuzz_root_new ();
  gint fd = fuzz_next_fd ();
  for (guint i = 0; i < G_N_ELEMENTS (sysfs_files); i++)
    sysfs_put (root, &sysfs_files[i]);
  sysfs_put_input (root, in);
  sysfs_check_found (root);
  sysfs_check_board (root, device, memory);
  fuzz_root_remove (root);
  g_assert_cmpint (fuzz_next_fd (), ==, fd);
}
