/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_BOARD

#include "board-memory.h"

#include <string.h>

#include "board-carveout.h"
#include "board.h"
#include "vdma-error.h"
#include "vdma-log.h"
#include "vdma-options.h"
#include "vdma-suggest.h"
#include "xlnk-backend.h"
#include "xlnk-backends.h"

typedef struct {
  gboolean coherent;
} MemoryOptions;

static const VdmaOption memory_options[] = {
  {
      .name = "coherent",
      .type = VDMA_OPTION_BOOL,
      .offset = G_STRUCT_OFFSET (MemoryOptions, coherent),
      .help = "the core is at a port that sees the CPU's caches (ACP, or HPC "
              "with dma-coherent): no maintenance",
  },
};

typedef enum {
  MEMORY_TARGET_NONE,
  MEMORY_TARGET_OPTIONAL,
  MEMORY_TARGET_REQUIRED,
} MemoryTarget;

typedef struct MemoryKind MemoryKind;

/** MemoryAddress: a memory text, taken apart. */
typedef struct {
  const MemoryKind *kind; /* NULL: auto */
  gchar *target;          /* (nullable) */
  MemoryOptions options;
} MemoryAddress;

/** MemoryKind: a row of the table below. */
struct MemoryKind {
  const gchar *name;
  const gchar *syntax;
  const gchar *help;
  MemoryTarget target;
  gboolean simulated;
  /** open: (nullable): the simulated board's has its own way;
   *  @target: (nullable): as written */
  XlnkBackend *(*open) (
      const XlnkSystem *system, const gchar *target, GError **error);
  /** list: (nullable): (transfer full): targets for auto; one try without a
   *  target where there is no such function. @none: what an empty list means */
  GStrv (*list) (const XlnkSystem *system);
  const gchar *none;
};

/* ---- kinds ---- */

static XlnkBackend *
memory_open_hugetlb (
    const XlnkSystem *system, const gchar *target, GError **error)
{
  return xlnk_hugetlb_open (system, error);
}

/* The simulated board's, then the others in the order of auto. */
static const MemoryKind memory_kinds[] = {
  {
      .name = "sim",
      .syntax = "sim",
      .help = "the memory of a simulated board",
      .simulated = TRUE,
  },
  {
      .name = "u-dma-buf",
      .syntax = "u-dma-buf[:NAME]",
      .help = "devices of the kernel module u-dma-buf, or one of them",
      .target = MEMORY_TARGET_OPTIONAL,
      .open = xlnk_u_dma_buf_open,
  },
  {
      .name = "zocl",
      .syntax = "zocl[:NODE]",
      .help = "buffer objects of the DRM driver zocl, on boards with XRT",
      .target = MEMORY_TARGET_OPTIONAL,
      .open = xlnk_zocl_open,
  },
  {
      .name = "xlnk",
      .syntax = "xlnk[:LIBCMA]",
      .help = "/dev/xlnk by libcma.so, on PYNQ up to 2.6",
      .target = MEMORY_TARGET_OPTIONAL,
      .open = xlnk_cma_open,
  },
  {
      .name = "carveout",
      .syntax = "carveout:BASE+SIZE|NODE|uio:NAME",
      .help = "memory that the kernel leaves alone: a place, a reserved-memory "
              "node of the device tree, or a UIO map",
      .target = MEMORY_TARGET_REQUIRED,
      .open = board_carveout_open,
      .list = board_carveout_list,
      .none = "no reserved-memory node of the device tree has a name that "
              "begins with vdma; any other can be named",
  },
  {
      .name = "hugetlb",
      .syntax = "hugetlb",
      .help = "huge pages",
      .open = memory_open_hugetlb,
  },
  {
      .name = "dma-heap",
      .syntax = "dma-heap:NAME",
      .help = "a heap of dma-bufs, where the kernel shows their addresses",
      .target = MEMORY_TARGET_REQUIRED,
      .open = xlnk_dma_heap_open,
      .list = xlnk_dma_heap_list,
      .none = "there is no /dev/dma_heap; the kernel needs "
              "CONFIG_DMABUF_HEAPS_CMA",
  },
};

static const gchar *
memory_kind_at (gconstpointer data, guint index)
{
  return index == 0 ? "auto"
         : index - 1 < G_N_ELEMENTS (memory_kinds)
             ? memory_kinds[index - 1].name
             : NULL;
}

const gchar *
board_get_memories_help (void)
{
  static gsize once;
  static gchar *help;
  if (g_once_init_enter (&once)) {
    g_autoptr (GString) text =
        g_string_new ("auto: the memory that fits the device");
    for (guint i = 0; i < G_N_ELEMENTS (memory_kinds); i++)
      g_string_append_printf (
          text, "\n%s: %s", memory_kinds[i].syntax, memory_kinds[i].help);
    help = g_strdup (text->str);
    g_once_init_leave (&once, 1);
  }
  return help;
}

/* ---- texts ---- */

static void
memory_address_clear (MemoryAddress *address)
{
  g_free (address->target);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MemoryAddress, memory_address_clear)

static gboolean
memory_set_unknown_error (const gchar *text, const gchar *word, GError **error)
{
  const gchar *near = vdma_suggest (word, memory_kind_at, NULL);
  g_autofree gchar *hint =
      near ? g_strdup_printf (" Did you mean '%s'?", near) : g_strdup ("");
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "unknown memory '%s'.%s Memories are:\n%s", text, hint,
      board_get_memories_help ());
  return FALSE;
}

static gboolean
memory_check_target (
    const gchar *text, const MemoryAddress *address, GError **error)
{
  const gboolean given = address->target && *address->target;
  const gboolean right = address->kind->target == MEMORY_TARGET_NONE
                             ? !address->target
                         : address->kind->target == MEMORY_TARGET_REQUIRED
                             ? given
                             : given || !address->target;
  if (right)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "memory '%s' is written %s", text, address->kind->syntax);
  return FALSE;
}

static gboolean
memory_parse (const gchar *text, MemoryAddress *address, GError **error)
{
  const gsize length = strcspn (text, ":?");
  const gchar *rest = text + length;
  g_autofree gchar *word = g_strndup (text, length);

  if (g_str_equal (text, "auto"))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (memory_kinds); i++) {
    if (g_str_equal (word, memory_kinds[i].name))
      address->kind = &memory_kinds[i];
  }
  if (!address->kind)
    return memory_set_unknown_error (text, word, error);

  const gchar *options = strrchr (rest, '?');
  if (*rest == ':')
    address->target = options
                          ? g_strndup (rest + 1, (gsize) (options - rest - 1))
                          : g_strdup (rest + 1);
  return memory_check_target (text, address, error)
         && vdma_options_parse (options ? options + 1 : NULL, word,
             memory_options, G_N_ELEMENTS (memory_options), &address->options,
             error);
}

gboolean
board_memory_check (const gchar *text, gboolean simulated, GError **error)
{
  g_auto (MemoryAddress) address = { NULL };
  if (!memory_parse (text, &address, error))
    return FALSE;
  if (!address.kind || address.kind->simulated == simulated)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      simulated
          ? "a simulated board can only use its own memory, not '%s'; use "
            "'sim' "
            "or 'auto'"
          : "'%s' is the memory of simulated boards; use 'auto' or one of the "
            "others",
      text);
  return FALSE;
}

/* ---- opening ---- */

static gboolean
memory_can_be_kept (
    XlnkBackend *backend, const XlnkExtent *extent, GError **error)
{
  return !backend->impl->get_keeper
         || backend->impl->get_keeper (backend, NULL, NULL) >= 0
         || backend->impl->get_keeper (backend, extent, error) >= 0;
}

/* Proves with one page that the core can reach what @backend gives, and that the
 * keeper can keep it; below the allocator, whose statistics count the user's
 * blocks alone. */
static gboolean
memory_probe (
    XlnkBackend *backend, const BoardMemoryPlace *place, GError **error)
{
  XlnkExtent extent = { .size = backend->page_size, .cacheable = TRUE };
  if (!backend->impl->alloc (
          backend, &extent, backend->page_size, place->phys_limit, error))
    return FALSE;
  gboolean ok = !place->keeper || memory_can_be_kept (backend, &extent, error);
  backend->impl->free (backend, &extent);
  return ok;
}

static XlnkAllocator *
memory_try (const MemoryKind *kind, const gchar *target,
    const BoardMemoryPlace *place, GError **error)
{
  XlnkBackend *backend = kind->open (place->system, target, error);
  if (!backend)
    return NULL;
  if (memory_probe (backend, place, error))
    return xlnk_allocator_new (backend);
  backend->impl->close (backend);
  return NULL;
}

static XlnkAllocator *
memory_open_kind (const MemoryKind *kind, const gchar *target,
    const BoardMemoryPlace *place, GError **error)
{
  if (place->keeper) /* what cannot be kept is refused now, not later */
    return memory_try (kind, target, place, error);
  XlnkBackend *backend = kind->simulated
                             ? sim_board_open_memory (place->sim, error)
                             : kind->open (place->system, target, error);
  return backend ? xlnk_allocator_new (backend) : NULL;
}

/* What is said of a kind that cannot be had; a missing permission is worth more
 * than a thing that is not there. */
typedef struct {
  GString *text;
  gint code;
} MemoryReasons;

static XlnkAllocator *
memory_try_target (const MemoryKind *kind, const gchar *target,
    const BoardMemoryPlace *place, MemoryReasons *reasons)
{
  g_autoptr (GError) reason = NULL;
  g_autofree gchar *name = target ? g_strconcat (kind->name, ":", target, NULL)
                                  : g_strdup (kind->name);
  XlnkAllocator *allocator = memory_try (kind, target, place, &reason);
  if (allocator) {
    vdma_log_info ("memory=auto takes '%s'", name);
    return allocator;
  }
  vdma_log_info ("memory=auto cannot take '%s': %s", name, reason->message);
  g_string_append_printf (reasons->text, "\n%s: %s", name, reason->message);
  if (reason->code == VDMA_ERROR_PERMISSION)
    reasons->code = VDMA_ERROR_PERMISSION;
  return NULL;
}

static XlnkAllocator *
memory_try_kind (const MemoryKind *kind, const BoardMemoryPlace *place,
    MemoryReasons *reasons)
{
  if (!kind->list)
    return memory_try_target (kind, NULL, place, reasons);
  g_auto (GStrv) targets = kind->list (place->system);
  XlnkAllocator *allocator = NULL;
  for (guint i = 0; !allocator && targets[i]; i++)
    allocator = memory_try_target (kind, targets[i], place, reasons);
  if (!targets[0]) {
    vdma_log_info ("memory=auto cannot take '%s': %s", kind->name, kind->none);
    g_string_append_printf (reasons->text, "\n%s: %s", kind->name, kind->none);
  }
  return allocator;
}

static const MemoryKind *
memory_find_simulated (void)
{
  const MemoryKind *kind = memory_kinds;
  while (!kind->simulated)
    kind++;
  return kind;
}

static XlnkAllocator *
memory_open_auto (const BoardMemoryPlace *place, GError **error)
{
  if (place->sim) /* nothing to choose from */
    return memory_open_kind (memory_find_simulated (), NULL, place, error);
  g_autoptr (GString) text = g_string_new (NULL);
  MemoryReasons reasons = { .text = text, .code = VDMA_ERROR_NOT_FOUND };
  XlnkAllocator *allocator = NULL;
  for (guint i = 0; !allocator && i < G_N_ELEMENTS (memory_kinds); i++) {
    const MemoryKind *kind = &memory_kinds[i];
    if (!kind->simulated
        && (kind->list || kind->target != MEMORY_TARGET_REQUIRED))
      allocator = memory_try_kind (kind, place, &reasons);
  }
  if (!allocator)
    g_set_error (error, VDMA_ERROR, reasons.code,
        "this machine has no memory for DMA that can be used; one of these "
        "would do:%s",
        text->str);
  return allocator;
}

static XlnkAllocator *
memory_open_text (
    const gchar *text, const BoardMemoryPlace *place, GError **error)
{
  g_auto (MemoryAddress) address = { NULL };
  if (!board_memory_check (text, place->sim != NULL, error)
      || !memory_parse (text, &address, error))
    return NULL;
  if (!address.kind)
    return memory_open_auto (place, error);
  g_auto (XlnkSystem) system = { NULL };
  xlnk_system_copy (&system, place->system);
  if (address.options.coherent)
    system.cache = &xlnk_cache_coherent;
  BoardMemoryPlace there = *place;
  there.system = &system;
  return memory_open_kind (address.kind, address.target, &there, error);
}

XlnkAllocator *
board_memory_open (
    const gchar *text, const BoardMemoryPlace *place, GError **error)
{
  g_autoptr (XlnkAllocator) allocator = memory_open_text (text, place, error);
  if (!allocator
      || (place->keeper
          && !xlnk_allocator_set_keeper (
              allocator, place->keeper, place->keeper_data, error)))
    return NULL;
  return g_steal_pointer (&allocator);
}
