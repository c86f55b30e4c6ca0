/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The composition root: opens a device by text and puts registers, interrupts,
 * time, memory and driver together. This room is the only one that names every
 * backend.
 *
 * Boards are shared inside the process: the same device text gives the same
 * board, so that vdmasrc and vdmasink can use the two channels of one core. */
#pragma once

#include <glib.h>

#include "vdma.h"
#include "xlnk.h"

G_BEGIN_DECLS

typedef struct Board Board;

/**
 * board_open:
 * @device: "auto", "sim[:NAME][?key=value&...]" (NULL: "auto")
 * @memory: "auto", or a text of board_get_memories_help() (NULL: "auto")
 *
 * Opens the device, or refs the one that is open under the same name. The
 * memory opens lazily, with the first board_get_allocator(). A second opener
 * must name the same memory (or auto).
 *
 * Errors: INVALID (unknown text: lists what would be right), BUSY (open with
 * other options), and those of the device.
 *
 * Returns: (transfer full) (nullable)
 */
Board *board_open (const gchar *device, const gchar *memory, GError **error);
Board *board_ref (Board *self);
void board_unref (Board *self); /* (nullable) */

/** Returns: (transfer none): canonical device text, e.g. "sim:loop" */
const gchar *board_get_name (Board *self);

/** Returns: whether this is a simulated board, so that an application can say so */
gboolean board_is_simulated (Board *self);

/** Returns: (transfer none): lives as long as the board */
VdmaDevice *board_get_device (Board *self);

/**
 * board_get_allocator:
 *
 * Opens the memory at the first call; all users of the board share it.
 * Returns: (transfer none) (nullable): lives as long as the board; its blocks
 *   keep what they need alive themselves
 */
XlnkAllocator *board_get_allocator (Board *self, GError **error);

/**
 * BoardVideoMode: what the stream carries; for things at the core's other end
 * that can be told (a simulated camera or display).
 * @format: as in GStreamer's caps, e.g. "RGB"
 * @fps_n, @fps_d: 0/1 when not known
 */
typedef struct {
  const gchar *format;
  guint width, height;
  guint fps_n, fps_d;
} BoardVideoMode;

/** board_set_video_mode: a no-op on boards whose streams cannot be told. */
void board_set_video_mode (
    Board *self, VdmaDirection dir, const BoardVideoMode *mode);

/** board_get_devices_help: (transfer none): the device texts there are, one a line, for errors and documentation */
const gchar *board_get_devices_help (void);
/** board_get_memories_help: (transfer none): the memory texts there are, one a line */
const gchar *board_get_memories_help (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Board, board_unref)

G_END_DECLS
