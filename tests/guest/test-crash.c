/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Applications that are killed: does the core write to memory that was given
 * back? The judge takes every huge page that becomes free and tells the board to
 * count each access to it.
 *
 *   test-crash [KILLS] */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-pipeline.h"
#include "io.h"

#define CRASH_KILLS      100
#define CRASH_PAGE       ((gsize) 2 * 1024 * 1024)
#define CRASH_MOST       64 /* pages that the machine has at most */
#define CRASH_MS         G_GINT64_CONSTANT (1000000)
#define CRASH_PATIENCE_S 20
#define CRASH_PATIENCE   (CRASH_PATIENCE_S * 1000 * CRASH_MS)
#define CRASH_FREE_FILE                                                        \
  "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"
#define CRASH_ALL_FILE "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"

static guint crash_kills = CRASH_KILLS;

/* ---- time; the driver's, so that nothing here sleeps by itself ---- */

static gint64
crash_now (void)
{
  return vdma_time_now (vdma_time_monotonic ());
}

static void
crash_pass (gint64 ns)
{
  vdma_time_wait (vdma_time_monotonic (), NULL, 0, crash_now () + ns);
}

/* ---- the victim ---- */

typedef struct {
  pid_t pid;
  gint first_frame; /* a byte comes with it */
  gint start;       /* it waits for a byte here */
} Victim;

static GstPadProbeReturn
victim_on_frame (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  g_assert_cmpint (write (GPOINTER_TO_INT (data), "f", 1), ==, 1);
  return GST_PAD_PROBE_REMOVE;
}

/* Captures until it is killed; ends by itself only when something fails. */
static void
victim_main (gint report, gint start, gboolean guardian)
{
  gchar byte;
  g_autofree gchar *text =
      g_strdup_printf ("vdmasrc name=src device=%s%s memory=$memory ! "
                       "video/x-raw,format=GRAY8,width=640,height=360,"
                       "framerate=60/1 ! fakesink sync=false",
          guest_device (), guardian ? "&guardian=true" : "");
  gst_init (NULL, NULL);
  GstElement *pipeline = guest_launch (text);
  g_autoptr (GstElement) src = guest_get (pipeline, "src");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (src, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, victim_on_frame,
      GINT_TO_POINTER (report), NULL);
  if (read (start, &byte, 1) != 1)
    _exit (1);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_message_unref (guest_wait (pipeline, GST_MESSAGE_EOS));
  _exit (1);
}

/* All but touching the board. */
static void
victim_prepare (Victim *victim, gboolean guardian)
{
  gint report[2], start[2];
  g_assert_cmpint (pipe2 (report, O_CLOEXEC), ==, 0);
  g_assert_cmpint (pipe2 (start, O_CLOEXEC), ==, 0);
  victim->pid = fork ();
  g_assert_cmpint (victim->pid, >=, 0);
  if (victim->pid == 0) {
    close (start[1]);
    victim_main (report[1], start[0], guardian);
  }
  close (report[1]);
  close (start[0]);
  victim->first_frame = report[0];
  victim->start = start[1];
}

static void
victim_go (Victim *victim)
{
  g_assert_cmpint (write (victim->start, "s", 1), ==, 1);
}

static void
victim_start (Victim *victim, gboolean guardian)
{
  victim_prepare (victim, guardian);
  victim_go (victim);
}

/* Returns: whether a frame came; the pipe of a dead victim ends, and it has said
 * why */
static gboolean
victim_wait_frame (Victim *victim)
{
  GPollFD fd = { victim->first_frame, G_IO_IN | G_IO_HUP, 0 };
  gchar byte;
  gint ready = vdma_time_wait (
      vdma_time_monotonic (), &fd, 1, crash_now () + CRASH_PATIENCE);
  if (ready == 1 && read (victim->first_frame, &byte, 1) == 1)
    return TRUE;
  g_test_message ("victim %d: %s", (gint) victim->pid,
      ready == 1 ? "ended without a frame"
                 : "no frame in " G_STRINGIFY (CRASH_PATIENCE_S) " seconds");
  return FALSE;
}

static void
victim_kill (Victim *victim)
{
  gint status;
  g_assert_cmpint (kill (victim->pid, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (victim->pid, &status, 0), ==, victim->pid);
  /* not ended by itself: what it began worked */
  g_assert_true (WIFSIGNALED (status));
  close (victim->first_frame);
  close (victim->start);
}

/* ---- the judge ---- */

typedef struct {
  guint8 *pages[CRASH_MOST];
  guint n;
} Judge;

static guint
judge_read_number (const gchar *file)
{
  g_autofree gchar *text = NULL;
  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  return (guint) g_ascii_strtoull (text, NULL, 10);
}

static guint64
judge_phys_of (const void *address)
{
  guint64 entry;
  gint fd = open ("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  g_assert_cmpint (
      pread (fd, &entry, 8, (off_t) ((guintptr) address / 4096 * 8)), ==, 8);
  close (fd);
  return (entry & ((1ULL << 55) - 1)) * 4096;
}

/* Takes one page that is free. Returns: FALSE when there is none */
static gboolean
judge_take_one (Judge *judge)
{
  guint8 *page = mmap (NULL, CRASH_PAGE, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);
  if (page == MAP_FAILED)
    return FALSE;
  g_assert_cmpuint (judge->n, <, CRASH_MOST);
  judge->pages[judge->n++] = page;
  bench_forbid (guest_bench (), judge_phys_of (page), CRASH_PAGE);
  return TRUE;
}

/* Takes pages as they become free, until all are here or @patience is over. */
static void
judge_take_all (Judge *judge, gint64 patience)
{
  guint all = judge_read_number (CRASH_ALL_FILE);
  gint64 end = crash_now () + patience;
  while (judge->n < all && crash_now () < end) {
    while (judge_take_one (judge))
      continue;
    if (judge->n < all)
      crash_pass (CRASH_MS / 2);
  }
}

static void
judge_clear (Judge *judge)
{
  bench_allow (guest_bench ());
  for (guint i = 0; i < judge->n; i++)
    munmap (judge->pages[i], CRASH_PAGE);
  judge->n = 0;
}

/* ---- tests ---- */

static void
crash_begin (void)
{
  bench_rebuild (guest_bench (), "stream=counter&fps=60");
  bench_use_axi (guest_bench ());
}

/* The next start works, and all is as it should be. */
static void
crash_check_start (void)
{
  Victim victim;
  victim_start (&victim, TRUE);
  g_assert_true (victim_wait_frame (&victim));
  victim_kill (&victim);
}

/* Until the victim is to die: one in four somewhere on its way to the first
 * frame. @startup: (inout): how long that takes. Returns: whether frames came */
static gboolean
crash_live (Victim *victim, gint64 *startup)
{
  gint64 begin = crash_now ();
  if (*startup > 0 && g_test_rand_int_range (0, 4) == 0) {
    crash_pass (*startup * g_test_rand_int_range (0, 100) / 100);
    return FALSE;
  }
  g_assert_true (victim_wait_frame (victim));
  *startup = crash_now () - begin;
  crash_pass (g_test_rand_int_range (0, 60) * CRASH_MS);
  return TRUE;
}

static void
test_guardian (void)
{
  guint n_running = 0;
  gint64 startup = 0;
  Judge judge = { .n = 0 };

  crash_begin ();
  for (guint i = 0; i < crash_kills; i++) {
    Victim victim;
    victim_start (&victim, TRUE);
    n_running += crash_live (&victim, &startup);
    victim_kill (&victim);
    judge_take_all (&judge, CRASH_PATIENCE);
    g_assert_cmpuint (judge.n, ==, judge_read_number (CRASH_ALL_FILE));
    crash_pass (50 * CRASH_MS);
    g_assert_cmpuint (bench_get_now (guest_bench (), BENCH_FORBIDDEN), ==, 0);
    g_assert_cmpuint (bench_get (guest_bench (), BENCH_S2MM_RUNNING), ==, 0);
    judge_clear (&judge);
  }
  crash_check_start ();
  g_print ("# crash: %u kills, %u of them while frames came, 0 accesses to "
           "memory that was given back\n",
      crash_kills, n_running);
}

/* The next one stands ready and starts in the moment of the kill: the guardian
 * holds the channel until the core has stopped, which takes as long as three
 * frames here, and all the memory that there is. */
static void
test_at_once (void)
{
  guint n_running = 0;
  gint64 startup = 0;
  const guint n_kills = (crash_kills + 3) / 4;
  Judge rest = { .n = 0 };
  Victim victim, next;

  bench_rebuild (guest_bench (), "stream=counter&fps=60&reset-time=50000000");
  bench_use_axi (guest_bench ());
  victim_start (&victim, TRUE);
  g_assert_true (victim_wait_frame (&victim));
  while (judge_take_one (&rest))
    continue;
  for (guint i = 0; i < n_kills; i++) {
    victim_prepare (&next, TRUE);
    n_running += i == 0 || crash_live (&victim, &startup);
    victim_kill (&victim);
    victim = next;
    victim_go (&victim);
  }
  g_assert_true (victim_wait_frame (&victim));
  victim_kill (&victim);
  /* what was free all the time stayed untouched */
  g_assert_cmpuint (bench_get_now (guest_bench (), BENCH_FORBIDDEN), ==, 0);
  g_print (
      "# crash: %u kills, %u of them while frames came; each time the next "
      "one started at once, with the memory of the one before\n",
      n_kills, n_running);
  judge_clear (&rest);
}

/* What the guardian is for: without it the core goes on, into memory of others,
 * until somebody opens it. */
static void
test_exposure (void)
{
  Victim victim;
  Judge judge = { .n = 0 };

  crash_begin ();
  victim_start (&victim, FALSE);
  g_assert_true (victim_wait_frame (&victim));
  victim_kill (&victim);
  judge_take_all (&judge, CRASH_PATIENCE);
  g_assert_cmpuint (judge.n, ==, judge_read_number (CRASH_ALL_FILE));
  crash_pass (200 * CRASH_MS);
  guint64 wrong = bench_get_now (guest_bench (), BENCH_FORBIDDEN);
  g_assert_cmpuint (wrong, >, 0);
  g_assert_cmpuint (bench_get (guest_bench (), BENCH_S2MM_RUNNING), ==, 1);
  g_print ("# crash: without a guardian %" G_GUINT64_FORMAT
           " lines went into memory that was given back, in 0.2 s\n",
      wrong);
  judge_clear (&judge);
  /* the next one halts it, and goes on */
  crash_check_start ();
}

/* uio_pci_generic takes bus mastering from a device that nobody has open. */
static void
test_bus_master (void)
{
  Victim victim;
  Judge judge = { .n = 0 };

  bench_rebuild (guest_bench (), "stream=counter&fps=60");
  victim_start (&victim, FALSE);
  g_assert_true (victim_wait_frame (&victim));
  victim_kill (&victim);
  judge_take_all (&judge, CRASH_PATIENCE);
  crash_pass (200 * CRASH_MS);
  g_assert_cmpuint (bench_get_now (guest_bench (), BENCH_BUS_ERRORS), >=, 1);
  g_assert_cmpuint (bench_get (guest_bench (), BENCH_S2MM_RUNNING), ==, 0);
  judge_clear (&judge);
  crash_check_start ();
}

int
main (int argc, char **argv)
{
  guest_init_board (&argc, &argv);
  if (argc > 1)
    crash_kills = (guint) atoi (argv[1]);
  g_test_add_func ("/crash/exposure", test_exposure);
  g_test_add_func ("/crash/bus-master", test_bus_master);
  g_test_add_func ("/crash/guardian", test_guardian);
  g_test_add_func ("/crash/at-once", test_at_once);
  return g_test_run ();
}
