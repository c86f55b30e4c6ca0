/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pieces: memory whose place the kernel chooses, one call each. A piece that does
 * not begin at the wanted multiple is replaced by a larger one, of which a part
 * does. */
#pragma once

#include "xlnk-backend.h"
#include "xlnk-system.h"

G_BEGIN_DECLS

/**
 * XlnkPiece: embedded as first member by each kind.
 * @phys, @size: of all of it
 * @skip: bytes before the part that is used
 */
typedef struct {
  guint64 phys;
  gsize size;
  gsize skip;
} XlnkPiece;

/**
 * XlnkPieceKind: how to get one and give it back.
 * @take: (transfer full) (nullable): fills phys and size (what was asked at least)
 */
typedef struct {
  XlnkPiece *(*take) (
      XlnkBackend *self, gsize size, gboolean cacheable, GError **error);
  void (*give) (XlnkBackend *self, XlnkPiece *piece);
} XlnkPieceKind;

/**
 * xlnk_piece_new:
 * @extent: size and cacheable are asked for; phys is set
 *
 * Errors: those of @kind; UNREACHABLE, which names address and limit.
 *
 * Returns: (transfer full) (nullable): to be given back with @kind
 */
XlnkPiece *xlnk_piece_new (XlnkBackend *backend, const XlnkPieceKind *kind,
    XlnkExtent *extent, gsize align, guint64 phys_limit, GError **error);

/** xlnk_get_cma_stats: what /proc/meminfo says of the kernel's contiguous memory; 0 when it says nothing */
void xlnk_get_cma_stats (
    const XlnkSystem *system, guint64 *available, guint64 *total);

G_END_DECLS
