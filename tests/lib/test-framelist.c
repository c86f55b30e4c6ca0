/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame list: PYNQ's _FrameList by its promises, and what that one got
 * wrong: no store ever loses its address, each change is told once. */
#include "vdma-framelist.h"

static VdmaFrame
frame_at (guint64 phys)
{
  return (VdmaFrame){ .phys = phys, .cookie = GSIZE_TO_POINTER (phys + 1) };
}

static guint32
list_drain (VdmaFrameList *list)
{
  guint32 dirty = 0;
  for (gint i; (i = vdma_frame_list_next_dirty (list)) >= 0;)
    dirty |= 1u << i;
  return dirty;
}

static void
test_empty (void)
{
  for (guint n = 1; n <= VDMA_MAX_STORES; n++) {
    VdmaFrameList list;
    VdmaFrame frame;

    vdma_frame_list_init (&list, n);
    for (guint i = 0; i < n; i++) {
      g_assert_null (vdma_frame_list_get (&list, i));
      g_assert_false (vdma_frame_list_take (&list, i, &frame));
    }
    g_assert_cmpint (vdma_frame_list_next_dirty (&list), ==, -1);
    vdma_frame_list_touch (&list);
    g_assert_cmpint (vdma_frame_list_next_dirty (&list), ==, -1);
    vdma_frame_list_clear (&list);
  }
}

static void
test_set_take (void)
{
  VdmaFrameList list;
  VdmaFrame frame;

  vdma_frame_list_init (&list, 32);
  for (guint i = 0; i < 32; i++) {
    VdmaFrame set = frame_at (0x1000 * i);
    vdma_frame_list_set (&list, i, &set);
  }
  g_assert_cmphex (list_drain (&list), ==, G_MAXUINT32);
  for (guint i = 0; i < 32; i++) {
    g_assert_true (vdma_frame_list_take (&list, i, &frame));
    g_assert_cmphex (frame.phys, ==, 0x1000 * i);
    g_assert_true (frame.cookie == GSIZE_TO_POINTER (frame.phys + 1));
    /* gone, but its address stays: no store is ever without one */
    g_assert_false (vdma_frame_list_take (&list, i, &frame));
    g_assert_cmphex (vdma_frame_list_get (&list, i)->phys, ==, 0x1000 * i);
    g_assert_null (vdma_frame_list_get (&list, i)->cookie);
  }
  g_assert_cmphex (list_drain (&list), ==, 0);
  vdma_frame_list_touch (&list);
  g_assert_cmphex (list_drain (&list), ==, G_MAXUINT32);
  vdma_frame_list_clear (&list);
}

/* Only what the core does not know yet is dirty. */
static void
test_dirty (void)
{
  VdmaFrame a = frame_at (0x1000), b = frame_at (0x2000), out;
  VdmaFrameList list;

  vdma_frame_list_init (&list, 4);
  vdma_frame_list_set (&list, 1, &a);
  vdma_frame_list_set (&list, 3, &b);
  g_assert_cmpint (vdma_frame_list_next_dirty (&list), ==, 1);
  g_assert_cmpint (vdma_frame_list_next_dirty (&list), ==, 3);
  g_assert_cmpint (vdma_frame_list_next_dirty (&list), ==, -1);
  vdma_frame_list_take (&list, 1, &out);
  vdma_frame_list_set (&list, 1, &a);
  g_assert_cmphex (list_drain (&list), ==, 0);
  vdma_frame_list_take (&list, 1, &out);
  vdma_frame_list_set (&list, 1, &b);
  g_assert_cmphex (list_drain (&list), ==, 0x2);
  g_assert_cmphex (vdma_frame_list_find (&list, 0x2000), ==, 0xA);
  g_assert_cmphex (vdma_frame_list_find (&list, 0x1000), ==, 0);
  vdma_frame_list_clear (&list);
}

/* Address 0 is an address. */
static void
test_zero (void)
{
  VdmaFrame zero = frame_at (0);
  VdmaFrameList list;

  vdma_frame_list_init (&list, 3);
  vdma_frame_list_set (&list, 0, &zero);
  g_assert_cmphex (list_drain (&list), ==, 0x1);
  g_assert_cmphex (vdma_frame_list_find (&list, 0), ==, 0x1);
  vdma_frame_list_clear (&list);
}

/* addslave, removeslave: addresses follow, owners do not. */
static void
test_mirror (void)
{
  VdmaFrame a = frame_at (0x1000), b = frame_at (0x2000), out;
  VdmaFrameList list, mirror;

  vdma_frame_list_init (&list, 4);
  vdma_frame_list_init (&mirror, 4);
  vdma_frame_list_set (&list, 0, &a);
  vdma_frame_list_add_mirror (&list, &mirror);
  g_assert_cmphex (vdma_frame_list_get (&mirror, 0)->phys, ==, 0x1000);
  g_assert_false (vdma_frame_list_take (&mirror, 0, &out));
  g_assert_cmphex (list_drain (&mirror), ==, 0x1);

  vdma_frame_list_set (&list, 2, &b);
  g_assert_cmphex (list_drain (&mirror), ==, 0x4);
  g_assert_false (vdma_frame_list_take (&mirror, 2, &out));
  g_assert_true (vdma_frame_list_take (&list, 2, &out));

  vdma_frame_list_remove_mirror (&list, &mirror);
  vdma_frame_list_set (&list, 2, &a);
  g_assert_cmphex (vdma_frame_list_get (&mirror, 2)->phys, ==, 0x2000);
  vdma_frame_list_clear (&list);
  vdma_frame_list_clear (&mirror);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/framelist/empty", test_empty);
  g_test_add_func ("/framelist/set-take", test_set_take);
  g_test_add_func ("/framelist/dirty", test_dirty);
  g_test_add_func ("/framelist/zero", test_zero);
  g_test_add_func ("/framelist/mirror", test_mirror);
  return g_test_run ();
}
