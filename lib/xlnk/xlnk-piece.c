/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xlnk-piece.h"

#include "vdma-error.h"
#include "vdma-util.h"

/* Where the wanted part of @piece begins; FALSE when there is none. */
static gboolean
piece_align (XlnkPiece *piece, gsize size, gsize align)
{
  guint64 start;
  if (!vdma_align_up (piece->phys, align, &start)
      || !vdma_range_fits (start - piece->phys, size, piece->size))
    return FALSE;
  piece->skip = (gsize) (start - piece->phys);
  return TRUE;
}

static XlnkPiece *
piece_take_aligned (XlnkBackend *backend, const XlnkPieceKind *kind,
    const XlnkExtent *extent, gsize align, GError **error)
{
  gsize larger;
  XlnkPiece *piece =
      kind->take (backend, extent->size, extent->cacheable, error);
  if (!piece || piece_align (piece, extent->size, align))
    return piece;
  kind->give (backend, piece);
  if (!g_size_checked_add (&larger, extent->size, align)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY,
        "%" G_GSIZE_FORMAT " bytes aligned to %" G_GSIZE_FORMAT
        " are more than there can be",
        extent->size, align);
    return NULL;
  }
  piece = kind->take (backend, larger, extent->cacheable, error);
  if (!piece || piece_align (piece, extent->size, align))
    return piece;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_FAILED,
      "%" G_GSIZE_FORMAT " bytes at 0x%" G_GINT64_MODIFIER
      "x hold no %" G_GSIZE_FORMAT " bytes aligned to %" G_GSIZE_FORMAT,
      piece->size, piece->phys, extent->size, align);
  kind->give (backend, piece);
  return NULL;
}

XlnkPiece *
xlnk_piece_new (XlnkBackend *backend, const XlnkPieceKind *kind,
    XlnkExtent *extent, gsize align, guint64 phys_limit, GError **error)
{
  XlnkPiece *piece = piece_take_aligned (backend, kind, extent, align, error);
  if (!piece)
    return NULL;
  const guint64 phys = piece->phys + piece->skip;
  if (phys <= phys_limit && extent->size - 1 <= phys_limit - phys) {
    extent->phys = phys;
    return piece;
  }
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNREACHABLE,
      "the kernel gave %" G_GSIZE_FORMAT " bytes at 0x%" G_GINT64_MODIFIER
      "x, and the last byte must not lie above 0x%" G_GINT64_MODIFIER
      "x; boot with cma=SIZE@0-4G, or use memory whose place can be chosen "
      "(a carve-out, u-dma-buf with a memory-region)",
      extent->size, phys, phys_limit);
  kind->give (backend, piece);
  return NULL;
}

void
xlnk_get_cma_stats (
    const XlnkSystem *system, guint64 *available, guint64 *total)
{
  static const gchar path[] = "/proc/meminfo";
  guint64 kib[2] = { 0 };
  xlnk_system_read_field (system, path, "CmaTotal", &kib[0]);
  xlnk_system_read_field (system, path, "CmaFree", &kib[1]);
  *total = MIN (kib[0], G_MAXUINT64 / VDMA_KIB) * VDMA_KIB;
  *available = MIN (kib[1], kib[0]) == kib[1]
                   ? MIN (kib[1], G_MAXUINT64 / VDMA_KIB) * VDMA_KIB
                   : *total;
}
