/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A right device tree with files put over it: each is a path up to '=', a byte
 * for its kind and length, and its bytes. */
#include "fuzz.h"

#include <unistd.h>

#include "check-core.h"
#include "fuzz-root.h"

#define TREE_MAX_FILES 48
#define TREE_LINK      0x80 /* of the byte: a link to the bytes */
#define TREE_FOLDER    0x40 /* a folder */

typedef struct {
  const gchar *path;
  guint size;
  const gchar *bytes;
} TreeFile;

#define PL  "pl/"
#define DMA PL "dma@43000000/"

#define FILE_OF(path, text)                                                    \
  {                                                                            \
    path, sizeof (text) - 1, text                                              \
  }

static const TreeFile tree_files[] = {
  FILE_OF ("compatible", "xlnx,zynq\0"),
  FILE_OF ("#address-cells", "\0\0\0\1"),
  FILE_OF ("#size-cells", "\0\0\0\1"),
  FILE_OF ("interrupt-parent", "\0\0\0\1"),
  FILE_OF ("gic/compatible", "arm,gic-400\0"),
  FILE_OF ("gic/#interrupt-cells", "\0\0\0\3"),
  FILE_OF ("gic/phandle", "\0\0\0\1"),
  FILE_OF (PL "#address-cells", "\0\0\0\1"),
  FILE_OF (PL "#size-cells", "\0\0\0\1"),
  FILE_OF (PL "ranges", ""),
  FILE_OF (DMA "compatible", "xlnx,axi-vdma-6.3\0"),
  FILE_OF (DMA "reg", "\x43\0\0\0\0\1\0\0"),
  FILE_OF (DMA "interrupts", "\0\0\0\0\0\0\0\x1d\0\0\0\4"),
  FILE_OF (DMA "xlnx,num-fstores", "\0\0\0\4"),
};

/* ---- files ---- */

static void
tree_put (const gchar *root, const gchar *path, guint8 kind, const gchar *bytes,
    gsize size)
{
  if (kind & TREE_LINK) {
    g_autofree gchar *to = g_strndup (bytes, size);
    fuzz_root_put_link (root, path, to);
  } else if (kind & TREE_FOLDER) {
    fuzz_root_put_folder (root, path);
  } else {
    gint fd = fuzz_root_put (root, path, bytes, size);
    if (fd >= 0)
      close (fd);
  }
}

static void
tree_put_input (const gchar *root, FuzzInput *in)
{
  for (guint i = 0; i < TREE_MAX_FILES && !fuzz_is_empty (in); i++) {
    g_autofree gchar *path = fuzz_text (in, '=');
    guint8 kind = fuzz_u8 (in);
    gsize size = MIN ((gsize) (kind & 0x3f), in->size);
    if (fuzz_root_is_safe (path))
      tree_put (root, path, kind, (const gchar *) in->data, size);
    in->data += size;
    in->size -= size;
  }
}

/* ---- the target ---- */

static void
tree_check_reserved (const gchar *root)
{
  GError *error = NULL;
  GPtrArray *list = vdma_dt_list_reserved (root, &error);
  guint64 before = 0;
  fuzz_check_error (list != NULL, error, TRUE);
  for (guint i = 0; list && i < list->len; i++) {
    const VdmaHwReserved *reserved = g_ptr_array_index (list, i);
    g_assert_cmpuint (reserved->base, >=, before);
    g_assert_cmpuint (reserved->size, >, 0);
    g_assert_cmpuint (
        reserved->base + (reserved->size - 1), >=, reserved->base);
    before = reserved->base;
  }
  g_clear_pointer (&list, g_ptr_array_unref);
}

void
fuzz_target_run (FuzzInput *in)
{
  GError *error = NULL;
  gchar *root = fuzz_root_new ();
  gint fd = fuzz_next_fd ();

  for (guint i = 0; i < G_N_ELEMENTS (tree_files); i++)
    tree_put (
        root, tree_files[i].path, 0, tree_files[i].bytes, tree_files[i].size);
  tree_put_input (root, in);
  GPtrArray *cores = vdma_dt_list (root, &error);
  check_cores (cores, error);
  tree_check_reserved (root);

  fuzz_root_remove (root);
  g_assert_cmpint (fuzz_next_fd (), ==, fd);
}
