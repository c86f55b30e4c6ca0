/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keeper-rig.h"

#include <fcntl.h>
#include <unistd.h>

#include "vdma-error.h"

#define KEEPER_BLOCKS 3

typedef struct {
  GHashTable *numbers; /* of what is kept */
  guint n_asked;
  gboolean refuses;
  gboolean wants_copy; /* of the one that comes */
  gint copy;
} Keeper;

typedef struct {
  XlnkAllocator *(*open) (void);
  KeeperWants wants;
} KeeperCase;

static void
keeper_init (Keeper *self)
{
  *self = (Keeper){ NULL };
  self->numbers =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
}

static gboolean
keeper_keep (gpointer data, guint64 number, gint fd, GError **error)
{
  Keeper *self = data;
  self->n_asked++;
  if (self->refuses) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_FAILED, "the keeper refuses");
    return FALSE;
  }
  g_assert_cmpint (fcntl (fd, F_GETFD), >=, 0);
  if (self->wants_copy)
    self->copy = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  guint64 *key = g_new (guint64, 1);
  *key = number;
  g_assert_true (g_hash_table_add (self->numbers, key));
  return TRUE;
}

static void
keeper_forget (gpointer data, guint64 number)
{
  g_assert_true (g_hash_table_remove (((Keeper *) data)->numbers, &number));
}

static const XlnkKeeper keeper_table = { keeper_keep, keeper_forget };

static guint
keeper_count (const Keeper *self)
{
  return g_hash_table_size (self->numbers);
}

static XlnkBlock *
keeper_alloc (XlnkAllocator *allocator, gsize size, GError **error)
{
  return xlnk_alloc (allocator, size, 1, 0, XLNK_CACHEABLE, G_MAXUINT64, error);
}

/* ---- tests ---- */

/* Kept as long as it is there; not a moment longer, or memory would be lost. */
static void
keeper_test_kept (gconstpointer data)
{
  const KeeperCase *row = data;
  const guint all = row->wants == KEEPER_WANTS_ALL;
  const guint each = row->wants == KEEPER_WANTS_EACH;
  g_autoptr (XlnkAllocator) allocator = row->open ();
  g_autoptr (GError) error = NULL;
  XlnkBlock *blocks[KEEPER_BLOCKS];
  Keeper keeper;

  keeper_init (&keeper);
  g_assert_true (
      xlnk_allocator_set_keeper (allocator, &keeper_table, &keeper, &error));
  g_assert_cmpuint (keeper_count (&keeper), ==, all);
  for (guint i = 0; i < KEEPER_BLOCKS; i++) {
    blocks[i] = keeper_alloc (allocator, 4096, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (keeper_count (&keeper), ==, all + each * (i + 1));
  }
  xlnk_block_unref (blocks[1]);
  g_assert_cmpuint (keeper_count (&keeper), ==, all + each * 2);
  g_assert_true (xlnk_block_close (blocks[0], NULL));
  g_assert_cmpuint (keeper_count (&keeper), ==, all + each);
  /* who keeps nothing any more is told nothing */
  g_assert_true (xlnk_allocator_set_keeper (allocator, NULL, NULL, NULL));
  xlnk_block_unref (blocks[2]);
  g_assert_cmpuint (keeper_count (&keeper), ==, all + each);
  xlnk_block_unref (blocks[0]);
  g_hash_table_unref (keeper.numbers);
}

/* No memory at all is better than memory that is not kept. */
static void
keeper_test_refused (gconstpointer data)
{
  const KeeperCase *row = data;
  g_autoptr (XlnkAllocator) allocator = row->open ();
  g_autoptr (GError) error = NULL;
  XlnkStats stats;
  Keeper keeper;

  keeper_init (&keeper);
  keeper.refuses = TRUE;
  gboolean set =
      xlnk_allocator_set_keeper (allocator, &keeper_table, &keeper, &error);
  g_assert_cmpint (set, ==, row->wants != KEEPER_WANTS_ALL);
  g_autoptr (XlnkBlock) block =
      set ? keeper_alloc (allocator, 4096, &error) : NULL;
  g_assert_cmpint (block != NULL, ==, row->wants == KEEPER_WANTS_NOTHING);
  g_assert_cmpuint (keeper.n_asked, ==, row->wants != KEEPER_WANTS_NOTHING);
  if (!block)
    g_assert_error (error, VDMA_ERROR, VDMA_ERROR_FAILED);
  xlnk_get_stats (allocator, &stats);
  g_assert_cmpuint (stats.n_blocks, ==, block != NULL);
  keeper.refuses = FALSE;
  g_clear_error (&error);
  g_autoptr (XlnkBlock) other = keeper_alloc (allocator, 4096, &error);
  g_assert_nonnull (other);
  xlnk_allocator_set_keeper (allocator, NULL, NULL, NULL);
  g_hash_table_unref (keeper.numbers);
}

void
keeper_rig_add (
    const gchar *name, XlnkAllocator *(*open) (void), KeeperWants wants)
{
  KeeperCase *row = g_new (KeeperCase, 1);
  g_autofree gchar *kept = g_strdup_printf ("/%s/keeper/kept", name);
  g_autofree gchar *refused = g_strdup_printf ("/%s/keeper/refused", name);
  *row = (KeeperCase){ open, wants };
  g_test_add_data_func (kept, row, keeper_test_kept);
  g_test_add_data_func_full (refused, row, keeper_test_refused, g_free);
}

gint
keeper_rig_get_kept (XlnkAllocator *allocator, gsize size)
{
  g_autoptr (GError) error = NULL;
  Keeper keeper;

  keeper_init (&keeper);
  keeper.wants_copy = TRUE;
  xlnk_allocator_set_keeper (allocator, &keeper_table, &keeper, &error);
  g_assert_no_error (error);
  XlnkBlock *block = keeper_alloc (allocator, size, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (keeper_count (&keeper), ==, 1);
  xlnk_block_unref (block);
  xlnk_allocator_set_keeper (allocator, NULL, NULL, NULL);
  g_hash_table_unref (keeper.numbers);
  return keeper.copy;
}
