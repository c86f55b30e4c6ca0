/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any device and memory text through the composition root. The input's first
 * line is the device, the second the memory; an empty line stands for NULL. */
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "board.h"
#include "vdma-number.h"

/* stream=file:PATH, hwh=PATH and dt=PATH would read what the input names. */
static gboolean
device_names_file (const gchar *device)
{
  g_autofree gchar *plain = vdma_unescape (device);
  const gchar *text = plain ? plain : device;
  return strstr (text, "file") || strstr (text, "hwh") || strstr (text, "dt=");
}

/* The lowest descriptor that is free; rises when one was left open. */
static gint
device_next_fd (void)
{
  gint fd = fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
  g_assert_cmpint (fd, >=, 0);
  close (fd);
  return fd;
}

static void
device_check_channels (Board *board)
{
  VdmaDevice *device = board_get_device (board);
  const VdmaHwDesc *desc = vdma_device_get_desc (device);

  g_assert_true (vdma_hw_desc_validate (desc, NULL));
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    GError *error = NULL;
    VdmaChannel *channel =
        vdma_device_claim (device, (VdmaDirection) dir, "fuzz", &error);
    fuzz_check_error (channel != NULL, error, TRUE);
    g_assert_cmpint (channel != NULL, ==, desc->channel[dir].present);
    vdma_channel_release (channel);
  }
}

static void
device_check_memory (Board *board)
{
  GError *error = NULL;
  XlnkAllocator *allocator = board_get_allocator (board, &error);

  fuzz_check_error (allocator != NULL, error, TRUE);
  if (!allocator)
    return;
  error = NULL;
  guint64 limit = vdma_hw_desc_get_phys_limit (
      vdma_device_get_desc (board_get_device (board)));
  g_autoptr (XlnkBlock) block =
      xlnk_alloc (allocator, 1, 1, 0, XLNK_CACHEABLE, limit, &error);
  fuzz_check_error (block != NULL, error, TRUE);
  if (block)
    g_assert_cmpuint (xlnk_block_get_phys (block), <=, limit);
}

static void
device_run (const gchar *device, const gchar *memory, gboolean is_utf8)
{
  GError *error = NULL;
  g_autoptr (Board) board = board_open (device, memory, &error);

  fuzz_check_error (board != NULL, error, is_utf8);
  if (!board)
    return;
  g_assert_true (g_utf8_validate (board_get_name (board), -1, NULL));
  device_check_channels (board);
  device_check_memory (board);

  error = NULL;
  g_autoptr (Board) same = board_open (device, memory, &error);
  fuzz_check_error (same != NULL, error, is_utf8);
  g_assert_true (same == board);
}

/* Never the machine's own devices. */
static void
device_hide_machine (void)
{
  static gsize once;
  if (g_once_init_enter (&once)) {
    g_setenv ("GST_VDMA_ROOT", "/nonexistent", TRUE);
    g_once_init_leave (&once, 1);
  }
}

void
fuzz_target_run (FuzzInput *in)
{
  g_autofree gchar *device = fuzz_text (in, '\n');
  g_autofree gchar *memory = fuzz_text (in, '\n');
  gboolean is_utf8 =
      g_utf8_validate (device, -1, NULL) && g_utf8_validate (memory, -1, NULL);

  if (device_names_file (device))
    return;
  device_hide_machine ();
  gint fd = device_next_fd ();
  device_run (*device ? device : NULL, *memory ? memory : NULL, is_utf8);
  g_assert_cmpint (device_next_fd (), ==, fd);
}
