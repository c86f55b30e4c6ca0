/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The arithmetic of cache lines, and the machine's own caches. */
#include <string.h>

#include "cache-ops.h"

static void
test_widen (void)
{
  static const struct {
    guint64 start, size;
    gsize line;
    XlnkCacheLines lines;
  } rows[] = {
    { 0, 64, 64, { 0, 64, FALSE, FALSE } },
    { 0, 0, 64, { 0, 0, FALSE, FALSE } },
    { 5, 0, 64, { 0, 0, FALSE, FALSE } },
    { 1, 1, 64, { 0, 64, TRUE, TRUE } },
    { 0, 1, 64, { 0, 64, FALSE, TRUE } },
    { 63, 1, 64, { 0, 64, TRUE, FALSE } },
    { 63, 2, 64, { 0, 128, TRUE, TRUE } },
    { 64, 64, 32, { 64, 128, FALSE, FALSE } },
    { 96, 32, 64, { 64, 128, TRUE, FALSE } },
    { 100, 1000, 64, { 64, 1152, TRUE, TRUE } },
    { 128, 1024, 128, { 128, 1152, FALSE, FALSE } },
    { G_MAXUINT64 - 63, 64, 64,
        { G_MAXUINT64 - 63, G_MAXUINT64 - 63, FALSE, TRUE } },
    { 64, G_MAXUINT64, 64, { 64, G_MAXUINT64 - 63, FALSE, TRUE } },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    XlnkCacheLines lines =
        xlnk_cache_widen (rows[i].start, rows[i].size, rows[i].line);
    g_test_message ("row %u", i);
    g_assert_cmpuint (lines.start, ==, rows[i].lines.start);
    g_assert_cmpuint (lines.end, ==, rows[i].lines.end);
    g_assert_cmpint (lines.head_shared, ==, rows[i].lines.head_shared);
    g_assert_cmpint (lines.tail_shared, ==, rows[i].lines.tail_shared);
  }
}

/* Every byte is covered, no line is that holds none of them. */
static void
test_widen_model (void)
{
  for (gsize line = 1; line <= 128; line *= 2) {
    for (guint64 start = 0; start < 70; start++) {
      for (guint64 size = 1; size < 200; size += 7) {
        XlnkCacheLines lines = xlnk_cache_widen (start, size, line);
        g_assert_cmpuint (lines.start % line, ==, 0);
        g_assert_cmpuint (lines.end % line, ==, 0);
        g_assert_true (lines.start <= start && start < lines.start + line);
        g_assert_true (
            start + size <= lines.end && lines.end < start + size + line);
        g_assert_cmpint (lines.head_shared, ==, lines.start < start);
        g_assert_cmpint (lines.tail_shared, ==, lines.end > start + size);
      }
    }
  }
}

/* ---- maintenance by a table that writes down what is asked of it ---- */

static guintptr log_start, log_end;
static const gchar *log_what = "";

static gsize
log_get_line_size (void)
{
  return 32;
}

static void
log_clean (guintptr start, guintptr end, gsize line)
{
  log_what = "clean";
  log_start = start;
  log_end = end;
}

static void
log_clean_invalidate (guintptr start, guintptr end, gsize line)
{
  log_what = "invalidate";
  log_start = start;
  log_end = end;
}

static const XlnkCacheOps log_ops = {
  .kind = XLNK_CACHE_BY_ADDRESS,
  .get_line_size = log_get_line_size,
  .clean = log_clean,
  .clean_invalidate = log_clean_invalidate,
};

static void
test_maintain (void)
{
  static const struct {
    guintptr pointer;
    gsize size;
    guintptr start, end; /* 0: nothing is done */
  } rows[] = {
    { 4096, 4096, 4096, 8192 },
    { 4097, 1, 4096, 4128 },
    { 4127, 2, 4096, 4160 },
    { 4096, 0, 0, 0 },
    { 4100, 0, 0, 0 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    log_start = log_end = 0;
    xlnk_cache_flush (&log_ops, (gpointer) rows[i].pointer, rows[i].size);
    g_assert_cmpuint (log_start, ==, rows[i].start);
    g_assert_cmpuint (log_end, ==, rows[i].end);
    log_start = log_end = 0;
    xlnk_cache_invalidate (&log_ops, (gpointer) rows[i].pointer, rows[i].size);
    g_assert_cmpuint (log_start, ==, rows[i].start);
    g_assert_cmpuint (log_end, ==, rows[i].end);
    g_assert_cmpstr (log_what, ==, "invalidate");
  }
}

/* What this machine says of itself fits together; where it has instructions,
 * they run, and what was written is still there. */
static void
test_native (void)
{
  const XlnkCacheOps *native = xlnk_cache_get_native ();
  g_assert_nonnull (native->reason);
  g_assert_cmpuint (xlnk_cache_get_safe_line (native), >=, 64);
#if defined(__x86_64__) || defined(__i386__)
  g_assert_cmpuint (native->kind, ==, XLNK_CACHE_COHERENT);
#elif defined(__aarch64__)
  g_assert_cmpuint (native->kind, ==, XLNK_CACHE_BY_ADDRESS);
#elif defined(__arm__)
  g_assert_cmpuint (native->kind, ==, XLNK_CACHE_KERNEL_ONLY);
#endif
  if (native->kind != XLNK_CACHE_BY_ADDRESS)
    return;
  const gsize line = native->get_line_size ();
  g_assert_cmpuint (line, >=, 16);
  g_assert_cmpuint (line, <=, 2048);
  g_assert_cmpuint (line & (line - 1), ==, 0);
  guint8 bytes[5000], copy[sizeof bytes];
  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = copy[i] = (guint8) (i * 13);
  xlnk_cache_flush (native, bytes + 3, 4000);
  xlnk_cache_invalidate (native, bytes + 7, 4500);
  g_assert_cmpmem (bytes, sizeof bytes, copy, sizeof copy);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cache-ops/widen", test_widen);
  g_test_add_func ("/cache-ops/widen-model", test_widen_model);
  g_test_add_func ("/cache-ops/maintain", test_maintain);
  g_test_add_func ("/cache-ops/native", test_native);
  return g_test_run ();
}
