/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /dev/xlnk through libcma.so, as PYNQ up to 2.6 has it (hardware.md 5.3).
 *
 * The library keeps fixed tables for the whole process and locks nothing: one
 * lock here, and one count of buffers, are the process's too. */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_MEMORY

#include "xlnk-backends.h"

#include <dlfcn.h>
#include <sys/stat.h>

#include "vdma-error.h"
#include "vdma-log.h"
#include "vdma-util.h"
#include "xlnk-piece.h"

#define CMA_DEVICE      "/dev/xlnk"
#define CMA_LIBRARY     "libcma.so"
#define CMA_MAX_BUFFERS 100 /* of the library's tables, per process */
/* Sizes of maintenance are an int; whole lines. */
#define CMA_MAX_SYNC ((gsize) 1 << 30)

typedef struct {
  gpointer (*alloc) (guint32 size, guint32 cacheable);
  void (*free) (gpointer pointer);
  gulong (*get_phy_addr) (gpointer pointer);
  guint32 (*pages_available) (void);
  void (*flush_cache) (gpointer pointer, guint phys, gint size);
  void (*invalidate_cache) (gpointer pointer, guint phys, gint size);
  void (*reset) (void); /* (nullable) */
} CmaFunctions;

static const struct {
  const gchar *name;
  gsize offset;
  gboolean optional;
} cma_symbols[] = {
  { "cma_alloc", G_STRUCT_OFFSET (CmaFunctions, alloc) },
  { "cma_free", G_STRUCT_OFFSET (CmaFunctions, free) },
  { "cma_get_phy_addr", G_STRUCT_OFFSET (CmaFunctions, get_phy_addr) },
  { "cma_pages_available", G_STRUCT_OFFSET (CmaFunctions, pages_available) },
  { "cma_flush_cache", G_STRUCT_OFFSET (CmaFunctions, flush_cache) },
  { "cma_invalidate_cache", G_STRUCT_OFFSET (CmaFunctions, invalidate_cache) },
  { "_xlnk_reset", G_STRUCT_OFFSET (CmaFunctions, reset), TRUE },
};

typedef struct {
  XlnkBackend base;
  XlnkSystem system;
  CmaFunctions cma;
} CmaBackend;

typedef struct {
  XlnkPiece piece;
  guint8 *pointer;
} CmaBuffer;

static GMutex cma_lock;
static guint cma_n_buffers; /* with the lock */

static const XlnkRemedy cma_remedy = {
  .missing = "PYNQ up to 2.6 has it; later images have zocl",
  .permission = "only root may use it, as with PYNQ: run as root, or give the "
                "group access with a udev rule, KERNEL==\"xlnk\", "
                "GROUP=\"video\", MODE=\"0660\"",
};

/* ---- buffers ---- */

static void
cma_give (XlnkBackend *backend, XlnkPiece *piece)
{
  CmaBackend *self = (CmaBackend *) backend;
  CmaBuffer *buffer = (CmaBuffer *) piece;
  g_mutex_lock (&cma_lock);
  self->cma.free (buffer->pointer);
  cma_n_buffers--;
  g_mutex_unlock (&cma_lock);
  g_free (buffer);
}

/* With the lock. Both values have been used to say no. */
static gpointer
cma_alloc_pointer (CmaBackend *self, gsize size, gboolean cacheable)
{
  if (size > G_MAXUINT32 || cma_n_buffers >= CMA_MAX_BUFFERS)
    return NULL;
  gpointer pointer = self->cma.alloc ((guint32) size, cacheable ? 1 : 0);
  return pointer == (gpointer) ~(gsize) 0 ? NULL : pointer;
}

static void
cma_set_alloc_error (
    CmaBackend *self, gsize size, guint n_buffers, GError **error)
{
  if (n_buffers >= CMA_MAX_BUFFERS)
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY,
        "this process has %u buffers of " CMA_LIBRARY
        ", which are all that it can have; use fewer, larger ones",
        n_buffers);
  else
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NO_MEMORY,
        CMA_LIBRARY
        " cannot give %" G_GSIZE_FORMAT
        " bytes in one piece; %" G_GUINT64_FORMAT
        " are free, cma=SIZE at boot makes it more, and what died without "
        "freeing comes back with a reset",
        size, (guint64) self->cma.pages_available () * self->base.page_size);
}

static XlnkPiece *
cma_take (XlnkBackend *backend, gsize size, gboolean cacheable, GError **error)
{
  CmaBackend *self = (CmaBackend *) backend;
  g_mutex_lock (&cma_lock);
  const guint n_buffers = cma_n_buffers;
  guint8 *pointer = cma_alloc_pointer (self, size, cacheable);
  const gulong phys = pointer ? self->cma.get_phy_addr (pointer) : 0;
  if (pointer)
    cma_n_buffers++;
  g_mutex_unlock (&cma_lock);
  if (!pointer) {
    cma_set_alloc_error (self, size, n_buffers, error);
    return NULL;
  }

  CmaBuffer *buffer = g_new0 (CmaBuffer, 1);
  buffer->pointer = pointer;
  buffer->piece.phys = phys;
  buffer->piece.size = size;
  if (phys != 0 && phys % self->base.page_size == 0 && phys <= G_MAXUINT32
      && size - 1 <= G_MAXUINT32 - phys)
    return &buffer->piece;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
      CMA_LIBRARY " says that a buffer is at 0x%lx, which is no address of a "
                  "page with 32 bits",
      phys);
  cma_give (backend, &buffer->piece);
  return NULL;
}

static const XlnkPieceKind cma_pieces = {
  .take = cma_take,
  .give = cma_give,
};

/* ---- the table ---- */

static gboolean
cma_backend_alloc (XlnkBackend *backend, XlnkExtent *out, gsize align,
    guint64 phys_limit, GError **error)
{
  out->handle =
      xlnk_piece_new (backend, &cma_pieces, out, align, phys_limit, error);
  return out->handle != NULL;
}

static void
cma_backend_free (XlnkBackend *backend, XlnkExtent *extent)
{
  cma_give (backend, extent->handle);
}

static gpointer
cma_backend_map (XlnkBackend *backend, XlnkExtent *extent, GError **error)
{
  CmaBuffer *buffer = extent->handle;
  return buffer->pointer + buffer->piece.skip;
}

static void
cma_backend_unmap (XlnkBackend *backend, XlnkExtent *extent, gpointer pointer)
{
  /* The library maps for as long as it is allocated. */
}

typedef void (*CmaSync) (gpointer pointer, guint phys, gint size);

static void
cma_sync (const XlnkExtent *extent, CmaSync sync, gsize offset, gsize size)
{
  CmaBuffer *buffer = extent->handle;
  guint8 *pointer = buffer->pointer + buffer->piece.skip + offset;
  guint phys = (guint) (extent->phys + offset);
  g_mutex_lock (&cma_lock);
  while (size > 0) {
    const gsize now = MIN (size, CMA_MAX_SYNC);
    sync (pointer, phys, (gint) now);
    pointer += now;
    phys += (guint) now;
    size -= now;
  }
  g_mutex_unlock (&cma_lock);
}

static gboolean
cma_backend_flush (XlnkBackend *backend, XlnkExtent *extent, gsize offset,
    gsize size, GError **error)
{
  cma_sync (extent, ((CmaBackend *) backend)->cma.flush_cache, offset, size);
  return TRUE;
}

/* On 64-bit Arm the library writes lines back before it throws them away, on
 * 32-bit the kernel does that for lines that are shared at the ends. */
static gboolean
cma_backend_invalidate (XlnkBackend *backend, XlnkExtent *extent, gsize offset,
    gsize size, GError **error)
{
  cma_sync (
      extent, ((CmaBackend *) backend)->cma.invalidate_cache, offset, size);
  return TRUE;
}

static gboolean
cma_is_device (const struct stat *device, gint fd)
{
  struct stat file;
  if (fstat (fd, &file) != 0)
    return FALSE;
  return S_ISCHR (device->st_mode)
             ? S_ISCHR (file.st_mode) && file.st_rdev == device->st_rdev
             : file.st_dev == device->st_dev && file.st_ino == device->st_ino;
}

/* Descriptors of the device that this process has; @fd: one of them */
static guint
cma_find_descriptors (const XlnkSystem *system, gint *fd)
{
  g_autofree gchar *path = xlnk_system_path (system, CMA_DEVICE);
  g_autoptr (GDir) open = g_dir_open ("/proc/self/fd", 0, NULL);
  struct stat device;
  const gchar *name;
  guint n = 0;

  while (open && stat (path, &device) == 0 && (name = g_dir_read_name (open))) {
    gint candidate = (gint) g_ascii_strtoll (name, NULL, 10);
    if (!cma_is_device (&device, candidate))
      continue;
    *fd = candidate;
    n++;
  }
  return n;
}

/* The driver frees a buffer with the last copy of the descriptor by which it was
 * allocated (older ones never do). The library has that one to itself, from its
 * first buffer on; it is the process's only one of the device. */
static gint
cma_backend_get_keeper (
    XlnkBackend *backend, const XlnkExtent *extent, GError **error)
{
  CmaBackend *self = (CmaBackend *) backend;
  gint fd = -1;
  guint n = extent ? cma_find_descriptors (&self->system, &fd) : 0;
  if (!extent || n == 1)
    return fd;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
      "a guardian cannot hold this memory: it takes the descriptor "
      "that " CMA_LIBRARY " has of '%s" CMA_DEVICE
      "', and this process has %u; use "
      "other memory, or do without guardian=true",
      self->system.root, n);
  return -1;
}

static void
cma_backend_get_system_stats (
    XlnkBackend *backend, guint64 *available, guint64 *total)
{
  CmaBackend *self = (CmaBackend *) backend;
  guint64 unused;
  xlnk_get_cma_stats (&self->system, &unused, total);
  *available = (guint64) self->cma.pages_available () * self->base.page_size;
}

static gboolean
cma_backend_reset (XlnkBackend *backend, GError **error)
{
  CmaBackend *self = (CmaBackend *) backend;
  g_mutex_lock (&cma_lock);
  const guint others = cma_n_buffers;
  if (others == 0)
    self->cma.reset ();
  g_mutex_unlock (&cma_lock);
  if (others == 0)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_BUSY,
      "this process has %u more buffers of " CMA_LIBRARY
      " open elsewhere; a reset would free them too",
      others);
  return FALSE;
}

static void
cma_backend_close (XlnkBackend *backend)
{
  CmaBackend *self = (CmaBackend *) backend;
  xlnk_system_clear (&self->system);
  g_free (self);
}

static const XlnkBackendImpl cma_impl = {
  .name = "xlnk",
  .close = cma_backend_close,
  .alloc = cma_backend_alloc,
  .free = cma_backend_free,
  .map = cma_backend_map,
  .unmap = cma_backend_unmap,
  .flush = cma_backend_flush,
  .invalidate = cma_backend_invalidate,
  .get_keeper = cma_backend_get_keeper,
  .get_system_stats = cma_backend_get_system_stats,
  .reset = cma_backend_reset,
};

/* ---- opening ---- */

static gboolean
cma_load (CmaBackend *self, const gchar *path, GError **error)
{
  /* For ever: the library keeps its descriptor of the device in itself. */
  gpointer library = dlopen (path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library) {
    const gchar *reason = dlerror ();
    g_autofree gchar *text = g_strdup_printf (
        "cannot load '%s': %s", path, reason ? reason : "no reason is given");
    g_autofree gchar *shown = g_utf8_make_valid (text, -1);
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND,
        "%s; %s, and its path can be given: xlnk:PATH", shown,
        cma_remedy.missing);
    return FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (cma_symbols); i++) {
    gpointer symbol = dlsym (library, cma_symbols[i].name);
    if (!symbol && !cma_symbols[i].optional) {
      g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
          "'%s' has no function '%s': it is not PYNQ's " CMA_LIBRARY, path,
          cma_symbols[i].name);
      return FALSE;
    }
    G_STRUCT_MEMBER (gpointer, &self->cma, cma_symbols[i].offset) = symbol;
  }
  if (self->cma.reset)
    self->base.caps |= XLNK_CAP_RESET;
  return TRUE;
}

XlnkBackend *
xlnk_cma_open (const XlnkSystem *system, const gchar *library, GError **error)
{
  /* The library does not say why it cannot open the device. Asked, not tried:
   * some versions of the driver free buffers when a descriptor is closed. */
  if (!xlnk_system_check_access (system, CMA_DEVICE, &cma_remedy, error))
    return NULL;
  CmaBackend *self = g_new0 (CmaBackend, 1);
  self->base.impl = &cma_impl;
  self->base.caps = XLNK_CAP_STATS;
  if (system->cache->kind != XLNK_CACHE_COHERENT)
    self->base.caps |= XLNK_CAP_SYNC;
  self->base.page_size = xlnk_get_page_size ();
  self->base.highest = G_MAXUINT32;
  xlnk_system_copy (&self->system, system);
  if (cma_load (self, library ? library : CMA_LIBRARY, error))
    return &self->base;
  cma_backend_close (&self->base);
  return NULL;
}
