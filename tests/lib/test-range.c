/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Range allocation: edges of the address space, exhaustion, and random use
 * against a model of one flag per byte. */
#include <string.h>

#include "range-alloc.h"

#define ANY G_MAXUINT64

static guint64
take (RangeAlloc *range, guint64 size, guint64 align)
{
  guint64 address = 0;
  g_assert_true (range_alloc_take (range, size, align, ANY, &address));
  return address;
}

static void
test_first_fit (void)
{
  g_autoptr (RangeAlloc) range = range_alloc_new (0x1000, 0x1000);
  g_assert_cmpuint (take (range, 0x100, 1), ==, 0x1000);
  g_assert_cmpuint (take (range, 0x100, 1), ==, 0x1100);
  g_assert_cmpuint (take (range, 0x100, 0x400), ==, 0x1400);
  g_assert_cmpuint (take (range, 0x200, 0x100), ==, 0x1200);
  g_assert_cmpuint (range_alloc_get_available (range), ==, 0xb00);
  g_assert_true (range_alloc_give (range, 0x1000));
  g_assert_true (range_alloc_give (range, 0x1100));
  g_assert_cmpuint (take (range, 0x180, 1), ==, 0x1000);
  g_assert_cmpuint (range_alloc_get_largest (range), ==, 0xb00);
}

static void
test_refused (void)
{
  g_autoptr (RangeAlloc) range = range_alloc_new (0x1000, 0x1000);
  guint64 address = 42;
  g_assert_false (range_alloc_take (range, 0, 1, ANY, &address));
  g_assert_false (range_alloc_take (range, 0x1001, 1, ANY, &address));
  g_assert_false (range_alloc_take (range, G_MAXUINT64, 1, ANY, &address));
  g_assert_false (range_alloc_take (range, 1, 0x2000, 0x1fff, &address));
  g_assert_false (
      range_alloc_take (range, 1, G_GUINT64_CONSTANT (1) << 63, ANY, &address));
  g_assert_false (range_alloc_take (range, 16, 1, 0x100e, &address));
  g_assert_false (range_alloc_take (range, 1, 1, 0xfff, &address));
  g_assert_false (range_alloc_take (range, 1, 1, 0, &address));
  g_assert_cmpuint (address, ==, 42);
  g_assert_cmpuint (range_alloc_get_available (range), ==, 0x1000);

  g_assert_true (range_alloc_take (range, 16, 1, 0x100f, &address));
  g_assert_false (range_alloc_give (range, 0x1001));
  g_assert_false (range_alloc_give (range, 0));
  g_assert_true (range_alloc_give (range, 0x1000));
  g_assert_false (range_alloc_give (range, 0x1000));
  g_assert_cmpuint (range_alloc_get_available (range), ==, 0x1000);
}

/* Ranges that touch the last address there is. */
static void
test_top (void)
{
  g_autoptr (RangeAlloc) top = range_alloc_new (G_MAXUINT64 - 0xfff, 0x1000);
  guint64 address;
  g_assert_cmpuint (take (top, 0xfff, 1), ==, G_MAXUINT64 - 0xfff);
  g_assert_cmpuint (take (top, 1, 1), ==, G_MAXUINT64);
  g_assert_false (range_alloc_take (top, 1, 1, ANY, &address));
  g_assert_cmpuint (range_alloc_get_largest (top), ==, 0);
  g_assert_true (range_alloc_give (top, G_MAXUINT64));
  g_assert_false (range_alloc_take (top, 1, 2, ANY, &address));
  g_assert_false (range_alloc_take (top, 1, 1, G_MAXUINT64 - 1, &address));
  g_assert_cmpuint (take (top, 1, 1), ==, G_MAXUINT64);

  g_autoptr (RangeAlloc) whole = range_alloc_new (0, G_MAXUINT64);
  g_assert_cmpuint (take (whole, G_MAXUINT64, 1), ==, 0);
  g_assert_true (range_alloc_give (whole, 0));
  g_assert_cmpuint (take (whole, 1, 1), ==, 0);
  g_assert_cmpuint (take (whole, 1, G_GUINT64_CONSTANT (1) << 63), ==,
      G_GUINT64_CONSTANT (1) << 63);
}

static void
test_exhaustion (void)
{
  g_autoptr (RangeAlloc) range = range_alloc_new (0, 256);
  guint64 address;
  for (guint i = 0; i < 256; i++)
    g_assert_cmpuint (take (range, 1, 1), ==, i);
  g_assert_false (range_alloc_take (range, 1, 1, ANY, &address));
  /* every second byte free: much available, nothing of two bytes */
  for (guint i = 0; i < 256; i += 2)
    g_assert_true (range_alloc_give (range, i));
  g_assert_cmpuint (range_alloc_get_available (range), ==, 128);
  g_assert_cmpuint (range_alloc_get_largest (range), ==, 1);
  g_assert_false (range_alloc_take (range, 2, 1, ANY, &address));
  for (guint i = 1; i < 256; i += 2)
    g_assert_true (range_alloc_give (range, i));
  g_assert_cmpuint (take (range, 256, 1), ==, 0);
}

#define MODEL_BASE 37u
#define MODEL_SIZE 1024u

/* The lowest address that fits, by trying them all. */
static gint
model_find (const guint8 *used, guint size, guint align, guint64 limit)
{
  for (guint at = 0; at + size <= MODEL_SIZE; at++) {
    if ((MODEL_BASE + at) % align || MODEL_BASE + at + size - 1 > limit)
      continue;
    if (!memchr (used + at, 1, size))
      return (gint) at;
  }
  return -1;
}

static guint
model_largest (const guint8 *used)
{
  guint run = 0, largest = 0;
  for (guint i = 0; i < MODEL_SIZE; i++) {
    run = used[i] ? 0 : run + 1;
    largest = MAX (largest, run);
  }
  return largest;
}

static void
model_take (GRand *rand, RangeAlloc *range, guint8 *used, guint *sizes)
{
  guint size = (guint) g_rand_int_range (rand, 1, 200);
  guint align = 1u << g_rand_int_range (rand, 0, 8);
  guint64 limit = (guint64) g_rand_int_range (rand, 0, 2 * MODEL_SIZE);
  guint64 address = 0;
  gint expected = model_find (used, size, align, limit);
  gboolean ok = range_alloc_take (range, size, align, limit, &address);
  g_assert_cmpint (ok, ==, expected >= 0);
  if (!ok)
    return;
  g_assert_cmpuint (address, ==, MODEL_BASE + (guint) expected);
  memset (used + expected, 1, size);
  sizes[expected] = size;
}

static void
model_give (GRand *rand, RangeAlloc *range, guint8 *used, guint *sizes)
{
  guint at = (guint) g_rand_int_range (rand, 0, MODEL_SIZE);
  g_assert_cmpint (
      range_alloc_give (range, MODEL_BASE + at), ==, sizes[at] > 0);
  memset (used + at, 0, sizes[at]);
  sizes[at] = 0;
}

static void
test_model (void)
{
  GRand *rand = g_rand_new_with_seed (11);
  g_autoptr (RangeAlloc) range = range_alloc_new (MODEL_BASE, MODEL_SIZE);
  guint8 used[MODEL_SIZE] = { 0 };
  guint sizes[MODEL_SIZE] = { 0 }; /* of what was taken at each address */

  for (guint i = 0; i < 20000; i++) {
    if (g_rand_int_range (rand, 0, 40) == 0)
      model_take (rand, range, used, sizes);
    else
      model_give (rand, range, used, sizes);
    guint available = 0;
    for (guint j = 0; j < MODEL_SIZE; j++)
      available += !used[j];
    g_assert_cmpuint (range_alloc_get_available (range), ==, available);
    g_assert_cmpuint (
        range_alloc_get_largest (range), ==, model_largest (used));
  }
  g_rand_free (rand);
}

/* What is free in a span is taken piece by piece, what is outside is not. */
static void
test_take_free (void)
{
  static const struct {
    RangeSpan span;
    RangeSpan taken[3]; /* size 0 behind the last */
  } rows[] = {
    { { 0x1000, 0x1000 }, { { 0x1000, 0x400 }, { 0x1800, 0x800 } } },
    { { 0x1200, 0x100 }, { { 0x1200, 0x100 } } },
    { { 0x1400, 0x400 }, { { 0 } } }, /* all taken */
    { { 0x1300, 0x600 }, { { 0x1300, 0x100 }, { 0x1800, 0x100 } } },
    { { 0, G_MAXUINT64 }, { { 0x1000, 0x400 }, { 0x1800, 0x800 } } },
    { { 0xfff, 2 }, { { 0x1000, 1 } } },
    { { 0x1fff, 10 }, { { 0x1fff, 1 } } },
    { { 0, 0x1000 }, { { 0 } } },
    { { 0x2000, 1 }, { { 0 } } },
    { { 0x1000, 0 }, { { 0 } } },
    { { G_MAXUINT64, 1 }, { { 0 } } },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (RangeAlloc) range = range_alloc_new (0x1000, 0x1000);
    g_autoptr (GArray) taken = g_array_new (FALSE, FALSE, sizeof (RangeSpan));
    guint64 address, free_before;
    guint n = 0;
    g_assert_true (
        range_alloc_take (range, 0x400, 0x400, G_MAXUINT64, &address));
    g_assert_true (
        range_alloc_take (range, 0x400, 0x400, G_MAXUINT64, &address));
    g_assert_true (range_alloc_give (range, 0x1000));
    free_before = range_alloc_get_available (range);
    g_test_message ("row %u", i);
    gboolean any = range_alloc_take_free (range, rows[i].span, taken);
    for (; n < 3 && rows[i].taken[n].size; n++) {
      const RangeSpan *span = &g_array_index (taken, RangeSpan, n);
      g_assert_cmpuint (taken->len, >, n);
      g_assert_cmpuint (span->address, ==, rows[i].taken[n].address);
      g_assert_cmpuint (span->size, ==, rows[i].taken[n].size);
    }
    g_assert_cmpuint (taken->len, ==, n);
    g_assert_cmpint (any, ==, n > 0);
    while (n-- > 0)
      g_assert_true (range_alloc_give (
          range, g_array_index (taken, RangeSpan, n).address));
    g_assert_cmpuint (range_alloc_get_available (range), ==, free_before);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/range/first-fit", test_first_fit);
  g_test_add_func ("/range/refused", test_refused);
  g_test_add_func ("/range/top", test_top);
  g_test_add_func ("/range/exhaustion", test_exhaustion);
  g_test_add_func ("/range/take-free", test_take_free);
  g_test_add_func ("/range/model", test_model);
  return g_test_run ();
}
