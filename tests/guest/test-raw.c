/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The emulated board without a line of the driver: registers by UIO, memory by
 * hugetlb and pagemap, as somebody would by hand. When this passes, what fails
 * elsewhere is not the board.
 *
 *   test-raw /sys/class/uio/uioN */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest-raw.h"
#include "sim-pattern.h"

#define RAW_HUGE_SIZE  (2 * 1024 * 1024)
#define RAW_HSIZE      640
#define RAW_VSIZE      360
#define RAW_FRAME_SIZE (RAW_HSIZE * RAW_VSIZE)

typedef struct {
  GuestRaw core;
  guint8 *memory;
  guint64 phys;
} Raw;

static const gchar *raw_uio;

static guint64
raw_phys_of (const void *address)
{
  guint64 entry;
  guint64 page = (guint64) sysconf (_SC_PAGESIZE);
  gint fd = open ("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  g_assert_cmpint (
      pread (fd, &entry, 8, (off_t) ((guintptr) address / page * 8)), ==, 8);
  close (fd);
  g_assert_true (entry >> 63);
  return (entry & ((1ULL << 55) - 1)) * page;
}

static void
raw_init (Raw *raw, const gchar *options)
{
  guest_raw_open (&raw->core, raw_uio, options);
  raw->memory = mmap (NULL, RAW_HUGE_SIZE, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);
  g_assert_true (raw->memory != MAP_FAILED);
  memset (raw->memory, 0xa5, RAW_HUGE_SIZE);
  raw->phys = raw_phys_of (raw->memory);
}

static void
raw_clear (Raw *raw)
{
  guest_raw_close (&raw->core);
  munmap (raw->memory, RAW_HUGE_SIZE);
}

static void
raw_start (Raw *raw, const GuestRawChannel *channel)
{
  guest_raw_start (&raw->core, channel, raw->phys, RAW_HSIZE, RAW_VSIZE);
}

static void
test_capture (void)
{
  Raw raw;
  raw_init (&raw, "stream=counter&fps=60");
  g_assert_cmphex (
      raw.core.regs[VDMA_VERSION / 4] >> 20, ==, VDMA_VERSION_ID_V6);
  raw_start (&raw, &guest_raw_s2mm);
  for (guint i = 0; i < 30; i++)
    g_assert_true (guest_raw_wait (&raw.core, &guest_raw_s2mm));
  guest_raw_reset (&raw.core, &guest_raw_s2mm);
  for (guint i = 0; i < GUEST_RAW_STORES; i++) {
    SimCounterCheck check;
    gboolean whole = sim_pattern_check_counter (raw.memory + i * RAW_FRAME_SIZE,
        RAW_HSIZE, RAW_HSIZE, RAW_VSIZE, &check);
    /* the store in work when the core stopped may be of two frames */
    g_assert_true (whole || check.n_mixed == 0);
  }
  Bench *bench = raw.core.bench;
  g_assert_cmpuint (bench_get_now (bench, BENCH_S2MM_DONE), >=, 30);
  g_assert_cmpuint (bench_get (bench, BENCH_S2MM_INTERRUPTS), >=, 30);
  g_assert_cmpuint (bench_get (bench, BENCH_BUS_ERRORS), ==, 0);
  raw_clear (&raw);
}

static void
test_display (void)
{
  Raw raw;
  raw_init (&raw, "stream=silence&fps=60");
  raw_start (&raw, &guest_raw_mm2s);
  for (guint i = 0; i < 10; i++)
    g_assert_true (guest_raw_wait (&raw.core, &guest_raw_mm2s));
  g_assert_cmpuint (bench_get_now (raw.core.bench, BENCH_MM2S_DONE), >=, 10);
  raw_clear (&raw);
}

static void
test_forbidden (void)
{
  Raw raw;
  raw_init (&raw, "stream=counter&fps=60");
  Bench *bench = raw.core.bench;
  raw_start (&raw, &guest_raw_s2mm);
  bench_forbid (bench, raw.phys + RAW_FRAME_SIZE + 7, 1);
  for (guint i = 0; i < 6; i++)
    g_assert_true (guest_raw_wait (&raw.core, &guest_raw_s2mm));
  g_assert_cmpuint (bench_get_now (bench, BENCH_FORBIDDEN), >=, 1);
  g_assert_cmphex (bench_get (bench, BENCH_FORBIDDEN_ADDRESS), ==,
      raw.phys + RAW_FRAME_SIZE);
  bench_allow (bench);
  raw_clear (&raw);
}

static void
test_lost_interrupts (void)
{
  Raw raw;
  raw_init (&raw, "stream=counter&fps=60");
  bench_set_faults (raw.core.bench, "vdma-faults 1; at frame 3 irq-lose s2mm");
  raw_start (&raw, &guest_raw_s2mm);
  guint n = 0;
  while (n < 20 && guest_raw_wait (&raw.core, &guest_raw_s2mm))
    n++;
  /* the level stays up and is never seen, until somebody looks by himself */
  g_assert_cmpuint (n, <, 20);
  g_assert_cmpuint (bench_get_now (raw.core.bench, BENCH_FAULTS_DONE), ==, 1);
  raw_clear (&raw);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc != 2)
    g_error ("usage: %s /sys/class/uio/uioN", argv[0]);
  raw_uio = argv[1];
  g_test_add_func ("/raw/capture", test_capture);
  g_test_add_func ("/raw/display", test_display);
  g_test_add_func ("/raw/forbidden", test_forbidden);
  g_test_add_func ("/raw/lost-interrupts", test_lost_interrupts);
  return g_test_run ();
}
