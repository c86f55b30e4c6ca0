/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Contiguous memory for the frames: which kinds there are, and whether they are
 * large enough and in reach of the core. */
#include "doctor.h"

#include <string.h>

#include "io-sysfs.h"

#define MEMORY_MIB G_GUINT64_CONSTANT (1048576)

/* Frames of a channel beyond its stores: one that changes hands, and five in the
 * frame cache. */
#define MEMORY_SPARE_FRAMES 6

#define MEMORY_DEFAULT_STORES 4

static guint64
memory_frame_size (const Doctor *self)
{
  return (guint64) self->width * self->height * self->pixel;
}

static guint
memory_count_frames (const Doctor *self)
{
  guint stores = MEMORY_DEFAULT_STORES;

  if (self->n_frames > 0)
    return self->n_frames;
  for (guint i = 0; i < self->cores->len; i++) {
    const VdmaHwCore *core = g_ptr_array_index (self->cores, i);
    stores = i == 0 ? core->desc.n_stores : MAX (stores, core->desc.n_stores);
  }
  return stores + MEMORY_SPARE_FRAMES;
}

static guint64
memory_needed (const Doctor *self)
{
  return memory_frame_size (self) * memory_count_frames (self);
}

static guint64
memory_in_mib (guint64 bytes)
{
  return (bytes + MEMORY_MIB - 1) / MEMORY_MIB;
}

/* Returns: the highest address that all cores reach */
static guint64
memory_limit (const Doctor *self)
{
  guint64 limit = G_MAXUINT64;

  for (guint i = 0; i < self->cores->len; i++) {
    const VdmaHwCore *core = g_ptr_array_index (self->cores, i);
    limit = MIN (limit, vdma_hw_desc_get_phys_limit (&core->desc));
  }
  return limit;
}

/* ---- u-dma-buf ---- */

static const gchar *const memory_udmabuf_classes[] = {
  "/sys/class/u-dma-buf",
  "/sys/class/udmabuf",
};

static gchar *
memory_advise_udmabuf (const Doctor *self)
{
  return g_strdup_printf ("insmod u-dma-buf.ko udmabuf0=%" G_GUINT64_FORMAT
                          "\nor a node such as examples/board/u-dma-buf.dtso",
      memory_in_mib (memory_needed (self)) * MEMORY_MIB);
}

static gboolean
memory_check_udmabuf (Doctor *self, const gchar *class, const gchar *name)
{
  g_autofree gchar *folder = g_build_filename (class, name, NULL);
  g_autofree gchar *full = doctor_path (self, folder);
  g_autofree gchar *device = g_strconcat ("/dev/", name, NULL);
  g_autoptr (GError) error = NULL;
  guint64 size, phys;

  if (!vdma_sysfs_read_number (full, "size", &size, &error)
      || !vdma_sysfs_read_number (full, "phys_addr", &phys, &error)) {
    doctor_say (self, DOCTOR_PROBLEM, "memory", NULL, "%s", error->message);
    return FALSE;
  }
  if (size < memory_needed (self)) {
    doctor_say (self, DOCTOR_PROBLEM, "memory", memory_advise_udmabuf (self),
        "%s has %" G_GUINT64_FORMAT
        " MiB, %u frames of %u x %u take %" G_GUINT64_FORMAT " MiB",
        device, size / MEMORY_MIB, memory_count_frames (self), self->width,
        self->height, memory_in_mib (memory_needed (self)));
    return FALSE;
  }
  if (phys > memory_limit (self) || size - 1 > memory_limit (self) - phys) {
    doctor_say (self, DOCTOR_PROBLEM, "memory",
        g_strdup ("Give u-dma-buf a memory-region below that address, or build "
                  "the core with more address bits."),
        "%s ends at 0x%" G_GINT64_MODIFIER
        "x, the core reaches 0x%" G_GINT64_MODIFIER "x",
        device, phys + size - 1, memory_limit (self));
    return FALSE;
  }
  if (!doctor_check_access (self, device))
    return FALSE;
  doctor_say (self, DOCTOR_OK, "memory", NULL,
      "memory=u-dma-buf:%s has %" G_GUINT64_FORMAT " MiB", name,
      size / MEMORY_MIB);
  return TRUE;
}

static guint
memory_check_udmabufs (Doctor *self, gboolean *found)
{
  guint n_good = 0;

  for (guint i = 0; i < G_N_ELEMENTS (memory_udmabuf_classes); i++) {
    g_autoptr (GPtrArray) names = doctor_list (self, memory_udmabuf_classes[i]);
    for (guint j = 0; j < names->len; j++) {
      *found = TRUE;
      n_good += memory_check_udmabuf (
          self, memory_udmabuf_classes[i], g_ptr_array_index (names, j));
    }
  }
  return n_good;
}

/* ---- numbers of /proc/meminfo ---- */

/* Returns: a field of /proc/meminfo as it stands there; 0 without it */
static guint64
memory_get_info (const Doctor *self, const gchar *field)
{
  g_autofree gchar *path = doctor_path (self, "/proc/meminfo");
  g_autofree gchar *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    if (g_str_has_prefix (lines[i], field) && lines[i][strlen (field)] == ':')
      return g_ascii_strtoull (lines[i] + strlen (field) + 1, NULL, 10);
  }
  return 0;
}

/* Memory of the kernel's contiguous allocator: what zocl and xlnk hand out. */
static gboolean
memory_check_cma (Doctor *self, const gchar *memory, const gchar *what)
{
  guint64 total = memory_get_info (self, "CmaTotal") * 1024;

  if (total >= memory_needed (self)) {
    doctor_say (self, DOCTOR_OK, "memory", NULL,
        "memory=%s: %s, out of %" G_GUINT64_FORMAT " MiB of CMA", memory, what,
        total / MEMORY_MIB);
    return TRUE;
  }
  doctor_say (self, DOCTOR_PROBLEM, "memory",
      g_strdup_printf ("Boot with cma=%" G_GUINT64_FORMAT
                       "M on the kernel's command line.",
          2 * memory_in_mib (memory_needed (self))),
      "%s takes its memory from CMA, which has %" G_GUINT64_FORMAT
      " MiB; %u frames of %u x %u take %" G_GUINT64_FORMAT " MiB",
      what, total / MEMORY_MIB, memory_count_frames (self), self->width,
      self->height, memory_in_mib (memory_needed (self)));
  return FALSE;
}

/* ---- the other kinds ---- */

static guint
memory_check_kernel_kinds (Doctor *self, gboolean *found)
{
  guint n_good = 0;

  if (doctor_has (self, "/sys/module/zocl")) {
    *found = TRUE;
    n_good += memory_check_cma (self, "zocl", "zocl is loaded");
  }
  if (doctor_has (self, "/dev/xlnk")) {
    *found = TRUE;
    n_good += doctor_check_access (self, "/dev/xlnk")
              && memory_check_cma (self, "xlnk", "/dev/xlnk is there");
  }
  return n_good;
}

static guint
memory_check_reserved (Doctor *self, gboolean *found)
{
  g_autofree gchar *path = doctor_path (self, "/sys/firmware/devicetree/base");
  g_autoptr (GPtrArray) regions = vdma_dt_list_reserved (path, NULL);
  guint n_good = 0;

  for (guint i = 0; regions && i < regions->len; i++) {
    const VdmaHwReserved *region = g_ptr_array_index (regions, i);
    if (!region->enabled || region->reusable || !region->no_map
        || region->size < memory_needed (self))
      continue;
    *found = TRUE;
    n_good++;
    doctor_say (self, DOCTOR_OK, "memory", NULL,
        "memory=carveout:0x%" G_GINT64_MODIFIER "x+0x%" G_GINT64_MODIFIER
        "x is the reserved region '%s'; it takes root, and is not cached",
        region->base, region->size, region->name);
  }
  return n_good;
}

static guint
memory_check_huge (Doctor *self, gboolean *found)
{
  guint64 page = memory_get_info (self, "Hugepagesize") * 1024;
  guint64 total = memory_get_info (self, "HugePages_Total") * page;

  if (page == 0 || total == 0)
    return 0;
  *found = TRUE;
  if (page < memory_frame_size (self) || total < memory_needed (self)) {
    doctor_say (self, DOCTOR_ADVICE, "memory",
        g_strdup_printf ("sysctl vm.nr_hugepages=%" G_GUINT64_FORMAT,
            page ? memory_count_frames (self)
                       * ((memory_frame_size (self) + page - 1) / page)
                 : 0),
        "huge pages of %" G_GUINT64_FORMAT " KiB, %" G_GUINT64_FORMAT
        " MiB in all: a frame of %" G_GUINT64_FORMAT
        " KiB needs neighbours among them",
        page / 1024, total / MEMORY_MIB, memory_frame_size (self) / 1024);
    return total >= memory_needed (self);
  }
  doctor_say (self, DOCTOR_OK, "memory", NULL,
      "memory=hugetlb has %" G_GUINT64_FORMAT " MiB; it takes root",
      total / MEMORY_MIB);
  return 1;
}

void
doctor_check_memory (Doctor *self)
{
  gboolean found = FALSE;
  guint n_good = memory_check_udmabufs (self, &found);

  n_good += memory_check_kernel_kinds (self, &found);
  n_good += memory_check_reserved (self, &found);
  n_good += memory_check_huge (self, &found);
  if (n_good > 0 || found)
    return;
  gboolean has_heap = doctor_has (self, "/dev/dma_heap");
  doctor_say (self, DOCTOR_PROBLEM, "memory", memory_advise_udmabuf (self),
      "there is no contiguous memory whose address can be known%s",
      has_heap ? ": a DMA heap does not tell it to programs" : "");
}
