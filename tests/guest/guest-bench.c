/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest-bench.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct Bench {
  volatile guint32 *words;
};

static guint32
bench_read (Bench *self, guint offset)
{
  return GUINT32_FROM_LE (self->words[offset / 4]);
}

static void
bench_write (Bench *self, guint offset, guint32 value)
{
  self->words[offset / 4] = GUINT32_TO_LE (value);
}

Bench *
bench_open (const gchar *file, guint64 offset)
{
  gint fd = open (file, O_RDWR | O_SYNC | O_CLOEXEC);
  if (fd < 0)
    g_error ("bench: cannot open %s: %s", file, g_strerror (errno));
  void *words = mmap (
      NULL, BENCH_SPAN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t) offset);
  if (words == MAP_FAILED)
    g_error ("bench: cannot map %s: %s", file, g_strerror (errno));
  close (fd);

  Bench *self = g_new0 (Bench, 1);
  self->words = words;
  if (bench_read (self, BENCH_ID) != BENCH_ID_VALUE)
    g_error ("bench: at %s there is none", file);
  return self;
}

void
bench_close (Bench *self)
{
  if (!self)
    return;
  munmap ((void *) self->words, BENCH_SPAN);
  g_free (self);
}

/* ---- commands ---- */

static void
bench_put_text (Bench *self, const gchar *text)
{
  gsize size = strlen (text) + 1;
  g_assert (size <= BENCH_TEXT_SIZE);
  for (gsize at = 0; at < size; at += 4) {
    guint32 word = 0;
    memcpy (&word, text + at, MIN (4, size - at));
    self->words[(BENCH_TEXT + at) / 4] = word;
  }
}

static void
bench_command (Bench *self, BenchCommand command)
{
  gchar reason[256] = "";
  bench_write (self, BENCH_COMMAND, command);
  if (bench_read (self, BENCH_STATUS) == 0)
    return;
  for (gsize at = 0; at + 4 < sizeof reason; at += 4) {
    guint32 word = self->words[(BENCH_TEXT + at) / 4];
    memcpy (reason + at, &word, 4);
  }
  g_error ("bench: %s", reason);
}

void
bench_rebuild (Bench *self, const gchar *options)
{
  bench_put_text (self, options);
  bench_command (self, BENCH_REBUILD);
}

void
bench_set_faults (Bench *self, const gchar *script)
{
  bench_put_text (self, script ? script : "");
  bench_command (self, BENCH_FAULTS);
}

static void
bench_put_arguments (Bench *self, guint64 first, guint64 second)
{
  const guint64 values[] = { first, second };
  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    bench_write (self, BENCH_ARGUMENT + 8 * i, (guint32) values[i]);
    bench_write (self, BENCH_ARGUMENT + 8 * i + 4, (guint32) (values[i] >> 32));
  }
}

void
bench_forbid (Bench *self, guint64 address, guint64 size)
{
  bench_put_arguments (self, address, size);
  bench_command (self, BENCH_FORBID);
}

void
bench_allow (Bench *self)
{
  bench_command (self, BENCH_ALLOW);
}

void
bench_use_axi (Bench *self)
{
  bench_command (self, BENCH_AXI);
}

void
bench_use_intc (Bench *self, guint32 edges)
{
  bench_put_arguments (self, edges, 0);
  bench_command (self, BENCH_INTC);
}

void
bench_latch (Bench *self)
{
  bench_command (self, BENCH_LATCH);
}

guint64
bench_get (Bench *self, BenchTruth truth)
{
  guint offset = BENCH_TRUTH + 8 * (guint) truth;
  return bench_read (self, offset)
         | (guint64) bench_read (self, offset + 4) << 32;
}

guint64
bench_get_now (Bench *self, BenchTruth truth)
{
  bench_latch (self);
  return bench_get (self, truth);
}
