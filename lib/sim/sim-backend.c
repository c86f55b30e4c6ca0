/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The board's memory as a backend of lib/xlnk. Several may be open at a time;
 * they share the region. */
#include "sim-board-priv.h"
#include "vdma-error.h"

typedef struct {
  XlnkBackend base;
  SimBoard *board;
} SimBackend;

/* Every call is one of the board's moments: what the device was to do before
 * has been done. */
static SimBoard *
backend_enter (XlnkBackend *backend)
{
  SimBoard *board = ((SimBackend *) backend)->board;
  sim_board_enter (board);
  return board;
}

static void
backend_close (XlnkBackend *backend)
{
  SimBackend *self = (SimBackend *) backend;
  sim_board_unref (self->board);
  g_free (self);
}

static gboolean
backend_alloc (XlnkBackend *backend, XlnkExtent *out, gsize align,
    guint64 phys_limit, GError **error)
{
  SimBoard *board = backend_enter (backend);
  SimExtent *extent = NULL;
  if (sim_faults_alloc (board->faults, board->now))
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY,
        "%" G_GSIZE_FORMAT
        " bytes are wanted, and the fault script says that there are none",
        out->size);
  else
    extent = sim_memory_alloc (board->memory, out->size, align, phys_limit,
        out->cacheable, sim_board_report_time (board), error);
  sim_board_leave (board, TRUE);
  if (!extent)
    return FALSE;
  out->phys = extent->phys;
  out->handle = extent;
  return TRUE;
}

static void
backend_free (XlnkBackend *backend, XlnkExtent *extent)
{
  SimBoard *board = backend_enter (backend);
  sim_memory_release (
      board->memory, extent->handle, sim_board_report_time (board));
  extent->handle = NULL;
  sim_board_leave (board, FALSE);
}

static gpointer
backend_map (XlnkBackend *backend, XlnkExtent *extent, GError **error)
{
  SimBackend *self = (SimBackend *) backend;
  return sim_memory_cpu_pointer (self->board->memory, extent->handle);
}

static void
backend_unmap (XlnkBackend *backend, XlnkExtent *extent, gpointer pointer)
{
  /* the region stays mapped as a whole */
}

static gboolean
backend_flush (XlnkBackend *backend, XlnkExtent *extent, gsize offset,
    gsize size, GError **error)
{
  SimBoard *board = backend_enter (backend);
  sim_memory_flush (board->memory, extent->handle, offset, size);
  sim_board_leave (board, FALSE);
  return TRUE;
}

static gboolean
backend_invalidate (XlnkBackend *backend, XlnkExtent *extent, gsize offset,
    gsize size, GError **error)
{
  SimBoard *board = backend_enter (backend);
  sim_memory_invalidate (board->memory, extent->handle, offset, size);
  sim_board_leave (board, FALSE);
  return TRUE;
}

static gint
backend_export_fd (
    XlnkBackend *backend, XlnkExtent *extent, gsize *offset, GError **error)
{
  SimBoard *board = backend_enter (backend);
  gint fd = sim_memory_export_fd (board->memory, extent->handle, error);
  sim_board_leave (board, FALSE);
  *offset = 0;
  return fd;
}

static void
backend_set_owner (XlnkBackend *backend, XlnkExtent *extent, XlnkOwner owner,
    gboolean device_writes)
{
  SimBoard *board = backend_enter (backend);
  sim_ledger_set_owner (sim_memory_get_ledger (board->memory), extent->handle,
      owner, device_writes, sim_board_report_time (board));
  sim_board_leave (board, FALSE);
}

static void
backend_cpu_access (XlnkBackend *backend, XlnkExtent *extent, gsize offset,
    gsize size, XlnkAccess access, gboolean begin)
{
  if (!(access & XLNK_ACCESS_READ))
    return;
  SimBoard *board = backend_enter (backend);
  sim_memory_cpu_reads (board->memory, extent->handle, offset, size, begin,
      sim_board_report_time (board));
  sim_board_leave (board, FALSE);
}

static void
backend_get_system_stats (
    XlnkBackend *backend, guint64 *available, guint64 *total)
{
  SimBoard *board = backend_enter (backend);
  sim_memory_get_usage (board->memory, available, total);
  sim_board_leave (board, FALSE);
}

/* One table with and one without what only caches need: capability bits and
 * functions agree. */
#define BACKEND_COMMON                                                         \
  .name = "sim", .close = backend_close, .alloc = backend_alloc,               \
  .free = backend_free, .map = backend_map, .unmap = backend_unmap,            \
  .export_fd = backend_export_fd, .set_owner = backend_set_owner,              \
  .cpu_access = backend_cpu_access,                                            \
  .get_system_stats = backend_get_system_stats
#define BACKEND_CAPS (XLNK_CAP_FD | XLNK_CAP_OWNER | XLNK_CAP_STATS)

static const XlnkBackendImpl backend_coherent_impl = {
  BACKEND_COMMON,
};
static const XlnkBackendImpl backend_strict_impl = {
  BACKEND_COMMON,
  .flush = backend_flush,
  .invalidate = backend_invalidate,
};

XlnkBackend *
sim_board_open_memory (SimBoard *board, GError **error)
{
  const SimOptions *options = &board->options;
  SimBackend *self = g_new0 (SimBackend, 1);
  self->base = (XlnkBackend){
    .impl = options->coherency_strict ? &backend_strict_impl
                                      : &backend_coherent_impl,
    .caps = BACKEND_CAPS | (options->coherency_strict ? XLNK_CAP_SYNC : 0),
    .page_size = sim_memory_get_page_size (),
    .highest = options->memory_base + (options->memory_size - 1),
  };
  self->board = sim_board_ref (board);
  return &self->base;
}
