/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thousands of random operations on strict memory against a simple model, and
 * many threads on one allocator. */
#include <string.h>

#include "fake-memory.h"
#include "vdma-error.h"
#include "xlnk-stale.h"

#define ANY G_MAXUINT64

/* ---- one thread against a model ----
 *
 * The model is one array of bytes per block: what a machine without any cache
 * would hold. Whoever looks must see exactly that: the CPU through a map, the
 * device when it owns the block. */

#define MAX_BLOCKS 12
#define MAX_MAPS   6
#define MAX_SIZE   9000

typedef struct {
  XlnkBlock *slice; /* NULL: free */
  XlnkAccess access;
  guint8 *pointer;
  gsize offset; /* in the block */
} ModelMap;

typedef struct {
  XlnkBlock *block; /* NULL: free */
  gsize size;
  guint8 bytes[MAX_SIZE];
  XlnkOwner owner;
  gboolean device_writes;
  ModelMap maps[MAX_MAPS];
} ModelBlock;

typedef struct {
  GRand *rand;
  FakeMemory *memory;
  XlnkAllocator *allocator;
  ModelBlock blocks[MAX_BLOCKS];
} Model;

static guint
model_random (Model *model, guint limit)
{
  return (guint) g_rand_int_range (model->rand, 0, (gint32) limit);
}

static gboolean
model_is_mapped (const ModelBlock *b, XlnkAccess access)
{
  for (guint i = 0; i < MAX_MAPS; i++) {
    if (b->maps[i].slice && (b->maps[i].access & access))
      return TRUE;
  }
  return FALSE;
}

static guint8 *
model_device (Model *model, const ModelBlock *b)
{
  return fake_memory_device (model->memory, xlnk_block_get_phys (b->block));
}

static void
model_alloc (Model *model, ModelBlock *b)
{
  if (b->block)
    return;
  b->size = 1 + model_random (model, MAX_SIZE);
  b->block = xlnk_alloc (model->allocator, b->size, 1, 0,
      model_random (model, 4) ? XLNK_CACHEABLE : XLNK_UNCACHED, ANY, NULL);
  g_assert_nonnull (b->block);
  b->owner = XLNK_OWNER_APPLICATION;
  /* The content is undefined: give it one. */
  memset (b->bytes, 0x11, b->size);
  memset (xlnk_block_map (b->block, XLNK_ACCESS_WRITE, NULL), 0x11, b->size);
  xlnk_block_unmap (b->block, XLNK_ACCESS_WRITE);
}

static void
model_free (Model *model, ModelBlock *b)
{
  if (!b->block || b->owner == XLNK_OWNER_DEVICE)
    return;
  gboolean mapped = model_is_mapped (b, XLNK_ACCESS_READ | XLNK_ACCESS_WRITE);
  gboolean closed = xlnk_block_close (b->block, NULL);
  g_assert_cmpint (closed, ==, !mapped);
  if (closed)
    xlnk_block_unref (g_steal_pointer (&b->block));
}

static void
model_map (Model *model, ModelBlock *b)
{
  ModelMap *map = &b->maps[model_random (model, MAX_MAPS)];
  if (!b->block || map->slice)
    return;
  map->offset = model_random (model, (guint) b->size);
  gsize size = 1 + model_random (model, (guint) (b->size - map->offset));
  map->access = (XlnkAccess) (1 + model_random (model, 3));
  map->slice = xlnk_block_slice (b->block, map->offset, size, NULL);
  g_assert_nonnull (map->slice);
  map->pointer = xlnk_block_map (map->slice, map->access, NULL);
  gboolean allowed =
      b->owner != XLNK_OWNER_DEVICE || map->access == XLNK_ACCESS_READ;
  g_assert_cmpint (map->pointer != NULL, ==, allowed);
  if (!allowed) {
    g_clear_pointer (&map->slice, xlnk_block_unref);
    return;
  }
  g_assert_cmpmem (map->pointer, size, b->bytes + map->offset, size);
}

static void
model_write (Model *model, ModelBlock *b)
{
  ModelMap *map = &b->maps[model_random (model, MAX_MAPS)];
  if (!map->slice || !(map->access & XLNK_ACCESS_WRITE))
    return;
  gsize size = xlnk_block_get_size (map->slice);
  gsize start = model_random (model, (guint) size);
  gsize length = 1 + model_random (model, (guint) (size - start));
  guint8 value = (guint8) model_random (model, 256);
  memset (map->pointer + start, value, length);
  memset (b->bytes + map->offset + start, value, length);
}

static void
model_unmap (Model *model, ModelBlock *b)
{
  ModelMap *map = &b->maps[model_random (model, MAX_MAPS)];
  if (!map->slice)
    return;
  xlnk_block_unmap (map->slice, map->access);
  g_clear_pointer (&map->slice, xlnk_block_unref);
}

static void
model_set_owner (Model *model, ModelBlock *b)
{
  if (!b->block)
    return;
  XlnkOwner owner = (XlnkOwner) model_random (model, 3);
  gboolean device_writes = (gboolean) model_random (model, 2);
  gboolean allowed =
      owner != XLNK_OWNER_DEVICE || !model_is_mapped (b, XLNK_ACCESS_WRITE);
  g_assert_cmpint (
      xlnk_block_set_owner (b->block, owner, device_writes, NULL), ==, allowed);
  if (!allowed)
    return;
  b->owner = owner;
  b->device_writes = owner == XLNK_OWNER_DEVICE && device_writes;
  /* The device sees everything that the CPU wrote. */
  if (owner == XLNK_OWNER_DEVICE)
    g_assert_cmpmem (model_device (model, b), b->size, b->bytes, b->size);
}

/* Not while somebody reads along: what he has mapped is his to refresh. */
static void
model_device_write (Model *model, ModelBlock *b)
{
  if (!b->block || !b->device_writes || model_is_mapped (b, XLNK_ACCESS_READ))
    return;
  gsize start = model_random (model, (guint) b->size);
  gsize length = 1 + model_random (model, (guint) (b->size - start));
  guint8 value = (guint8) model_random (model, 256);
  memset (model_device (model, b) + start, value, length);
  memset (b->bytes + start, value, length);
}

static void
model_flush (Model *model, ModelBlock *b)
{
  if (!b->block)
    return;
  gsize start = model_random (model, (guint) b->size);
  gsize length = model_random (model, (guint) (b->size - start) + 1);
  g_assert_true (xlnk_block_flush (b->block, start, length, NULL));
}

/* Only what nobody may have written is thrown away. */
static void
model_invalidate (Model *model, ModelBlock *b)
{
  if (!b->block || model_is_mapped (b, XLNK_ACCESS_WRITE))
    return;
  gsize start = model_random (model, (guint) b->size);
  gsize length = model_random (model, (guint) (b->size - start) + 1);
  g_assert_true (xlnk_block_invalidate (b->block, start, length, NULL));
}

static void
model_copy (Model *model, ModelBlock *b)
{
  ModelBlock *from = &model->blocks[model_random (model, MAX_BLOCKS)];
  if (!b->block || !from->block)
    return;
  gsize size = 1 + model_random (model, (guint) MIN (b->size, from->size));
  gsize to_offset = model_random (model, (guint) (b->size - size) + 1);
  gsize from_offset = model_random (model, (guint) (from->size - size) + 1);
  gboolean allowed = b->owner != XLNK_OWNER_DEVICE;
  g_assert_cmpint (
      xlnk_copy (b->block, to_offset, from->block, from_offset, size, NULL), ==,
      allowed);
  if (allowed)
    memmove (b->bytes + to_offset, from->bytes + from_offset, size);
}

static void
model_close (Model *model)
{
  for (guint i = 0; i < MAX_BLOCKS; i++) {
    ModelBlock *b = &model->blocks[i];
    if (!b->block)
      continue;
    for (guint j = 0; j < MAX_MAPS; j++) {
      if (!b->maps[j].slice)
        continue;
      xlnk_block_unmap (b->maps[j].slice, b->maps[j].access);
      xlnk_block_unref (b->maps[j].slice);
    }
    g_assert_true (
        xlnk_block_set_owner (b->block, XLNK_OWNER_APPLICATION, FALSE, NULL));
    g_assert_cmpmem (xlnk_block_map (b->block, XLNK_ACCESS_READ, NULL), b->size,
        b->bytes, b->size);
    xlnk_block_unmap (b->block, XLNK_ACCESS_READ);
    xlnk_block_unref (b->block);
  }
}

static void
test_model (void)
{
  static void (*const operations[]) (Model *, ModelBlock *) = { model_alloc,
    model_free, model_map, model_map, model_map, model_write, model_write,
    model_unmap, model_unmap, model_unmap, model_set_owner, model_set_owner,
    model_device_write, model_device_write, model_flush, model_invalidate,
    model_copy };
  static const FakeOptions options = { .caps = XLNK_CAP_SYNC, .silent = TRUE };
  gboolean closed = FALSE;
  Model *model = g_new0 (Model, 1);
  model->rand = g_rand_new_with_seed (1);
  model->memory = fake_memory_new (&options, &closed, &model->allocator);

  for (guint i = 0; i < 200000; i++)
    operations[model_random (model, G_N_ELEMENTS (operations))](
        model, &model->blocks[model_random (model, MAX_BLOCKS)]);

  model_close (model);
  xlnk_allocator_unref (model->allocator);
  g_assert_true (closed);
  g_rand_free (model->rand);
  g_free (model);
}

/* ---- many threads on one allocator ---- */

#define N_THREADS 8
#define N_ROUNDS  500

typedef struct {
  XlnkAllocator *allocator;
  XlnkBlock *shared; /* its first N_THREADS * 64 bytes: 64 of each thread */
  guint index;
} Worker;

/* A block of one's own: nobody else's bytes ever appear in it. */
static void
worker_own_block (Worker *self, guint round)
{
  gsize size = 1 + (round * 1237 + self->index * 4099) % 20000;
  guint8 mark = (guint8) (round * N_THREADS + self->index);
  XlnkBlock *block =
      xlnk_alloc (self->allocator, size, 1, 0, XLNK_CACHEABLE, ANY, NULL);
  g_assert_nonnull (block);
  guint8 *pointer = xlnk_block_map (block, XLNK_ACCESS_WRITE, NULL);
  memset (pointer, mark, size);
  xlnk_block_unmap (block, XLNK_ACCESS_WRITE);
  g_assert_true (xlnk_block_set_owner (block, XLNK_OWNER_DEVICE, TRUE, NULL));
  g_assert_true (
      xlnk_block_set_owner (block, XLNK_OWNER_APPLICATION, FALSE, NULL));
  guint64 phys;
  g_assert_true (
      xlnk_get_phys_by_pointer (self->allocator, pointer, &phys, NULL));
  g_assert_cmpuint (phys, ==, xlnk_block_get_phys (block));
  xlnk_block_map (block, XLNK_ACCESS_READ, NULL);
  for (gsize i = 0; i < size; i += 97)
    g_assert_cmpuint (pointer[i], ==, mark);
  xlnk_block_unmap (block, XLNK_ACCESS_READ);
  if (round % 2)
    g_assert_true (xlnk_free_pointer (self->allocator, pointer, NULL));
  xlnk_block_unref (block);
}

/* A slice of a block that all share: the bookkeeping is common, the bytes not. */
static void
worker_shared_block (Worker *self)
{
  XlnkBlock *slice =
      xlnk_block_slice (self->shared, self->index * 64, 64, NULL);
  guint8 *pointer =
      xlnk_block_map (slice, XLNK_ACCESS_READ | XLNK_ACCESS_WRITE, NULL);
  pointer[0]++;
  pointer[63]++;
  g_assert_false (xlnk_block_close (self->shared, NULL));
  xlnk_block_unmap (slice, XLNK_ACCESS_READ | XLNK_ACCESS_WRITE);
  xlnk_block_unref (slice);
}

static gpointer
worker_run (gpointer data)
{
  Worker *self = data;
  for (guint round = 0; round < N_ROUNDS; round++) {
    worker_own_block (self, round);
    worker_shared_block (self);
  }
  return NULL;
}

static void
test_threads (void)
{
  static const FakeOptions options = { .caps = XLNK_CAP_SYNC, .silent = TRUE };
  gboolean closed = FALSE;
  XlnkAllocator *allocator;
  XlnkStats stats;
  fake_memory_new (&options, &closed, &allocator);
  XlnkBlock *shared =
      xlnk_alloc (allocator, N_THREADS * 64, 1, 0, XLNK_CACHEABLE, ANY, NULL);
  memset (xlnk_block_map (shared, XLNK_ACCESS_WRITE, NULL), 0, N_THREADS * 64);
  xlnk_block_unmap (shared, XLNK_ACCESS_WRITE);

  Worker workers[N_THREADS];
  GThread *threads[N_THREADS];
  for (guint i = 0; i < N_THREADS; i++) {
    workers[i] =
        (Worker){ .allocator = allocator, .shared = shared, .index = i };
    threads[i] = g_thread_new ("worker", worker_run, &workers[i]);
  }
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);

  const guint8 *bytes = xlnk_block_map (shared, XLNK_ACCESS_READ, NULL);
  for (guint i = 0; i < N_THREADS; i++) {
    g_assert_cmpuint (bytes[i * 64], ==, (guint8) N_ROUNDS);
    g_assert_cmpuint (bytes[i * 64 + 63], ==, (guint8) N_ROUNDS);
  }
  xlnk_block_unmap (shared, XLNK_ACCESS_READ);
  xlnk_get_stats (allocator, &stats);
  g_assert_cmpuint (stats.n_blocks, ==, 1);
  g_assert_cmpuint (stats.n_allocs, ==, N_THREADS * N_ROUNDS + 1);
  g_assert_cmpuint (stats.used, ==, 4096);
  xlnk_allocator_unref (allocator);
  xlnk_block_unref (shared);
  g_assert_true (closed);
}

/* Everybody closes and frees the same blocks: exactly one succeeds. */

typedef struct {
  XlnkAllocator *allocator;
  XlnkBlock *blocks[200];
  gpointer pointers[200];
  gint succeeded;
} Race;

static gpointer
race_run (gpointer data)
{
  Race *race = data;
  for (guint i = 0; i < G_N_ELEMENTS (race->blocks); i++) {
    g_autoptr (GError) error = NULL;
    const gint answer = i % 2 ? VDMA_ERROR_CLOSED : VDMA_ERROR_NOT_FOUND;
    gboolean ok =
        i % 2 ? xlnk_block_close (race->blocks[i], &error)
              : xlnk_free_pointer (race->allocator, race->pointers[i], &error);
    if (ok)
      g_atomic_int_inc (&race->succeeded);
    else
      g_assert_true (g_error_matches (error, VDMA_ERROR, answer));
    xlnk_block_unref (race->blocks[i]);
  }
  return NULL;
}

static void
test_close_race (void)
{
  static const FakeOptions options = { .silent = TRUE };
  Race race = { .succeeded = 0 };
  GThread *threads[4];
  fake_memory_new (&options, NULL, &race.allocator);
  for (guint i = 0; i < G_N_ELEMENTS (race.blocks); i++) {
    XlnkBlock *block =
        xlnk_alloc (race.allocator, 100, 1, 0, XLNK_CACHEABLE, ANY, NULL);
    race.pointers[i] = xlnk_block_map (block, XLNK_ACCESS_READ, NULL);
    xlnk_block_unmap (block, XLNK_ACCESS_READ);
    for (guint j = 1; j < G_N_ELEMENTS (threads); j++)
      xlnk_block_ref (block);
    race.blocks[i] = block;
  }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("racer", race_run, &race);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (race.succeeded, ==, G_N_ELEMENTS (race.blocks));
  xlnk_allocator_unref (race.allocator);
}

/* ---- ranges that are stale, against a flag per byte ---- */

static void
test_stale_model (void)
{
  GRand *rand = g_rand_new_with_seed (3);
  for (guint round = 0; round < 200; round++) {
    XlnkStale stale;
    guint8 model[512];
    xlnk_stale_mark_all (&stale, sizeof model);
    memset (model, 1, sizeof model);
    for (guint i = 0; i < 60; i++) {
      gsize start = (gsize) g_rand_int_range (rand, 0, sizeof model);
      gsize end = (gsize) g_rand_int_range (
          rand, (gint32) start, MIN ((gint32) start + 40, 512) + 1);
      XlnkRange within = { start, end }, part;
      while (xlnk_stale_find (&stale, within, &part)) {
        const XlnkRange asked = part;
        xlnk_stale_widen (&stale, &part);
        g_assert_cmpuint (part.start, ==, asked.start);
        for (gsize j = part.start; j < part.end; j++)
          g_assert_cmpuint (model[j], ==, 1);
        memset (model + part.start, 0, part.end - part.start);
        xlnk_stale_remove (&stale, part);
        g_assert_cmpuint (stale.n_ranges, <=, XLNK_STALE_MAX_RANGES);
      }
      for (gsize j = start; j < end; j++)
        g_assert_cmpuint (model[j], ==, 0);
    }
    for (gsize j = 0; j < sizeof model; j++) {
      XlnkRange part, one = { j, j + 1 };
      g_assert_cmpint (xlnk_stale_find (&stale, one, &part), ==, model[j]);
    }
  }
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/xlnk-random/model", test_model);
  g_test_add_func ("/xlnk-random/stale", test_stale_model);
  g_test_add_func ("/xlnk-random/threads", test_threads);
  g_test_add_func ("/xlnk-random/close-race", test_close_race);
  return g_test_run ();
}
