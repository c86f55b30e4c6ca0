/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory by text: "auto" or KIND[:TARGET][?coherent=true]. The table of kinds is
 * in board-memory.c, the order in which "auto" tries them is the table's. */
#pragma once

#include "sim.h"
#include "xlnk-system.h"
#include "xlnk.h"

G_BEGIN_DECLS

/**
 * board_memory_check:
 * @simulated: whether the device is, and so has a memory of its own
 *
 * Whether @text can be a memory of such a device; nothing is opened.
 * Errors: INVALID (says what would be right).
 */
gboolean board_memory_check (
    const gchar *text, gboolean simulated, GError **error);

/**
 * BoardMemoryPlace: where memory is opened.
 * @sim: (nullable): the simulated board whose memory it is
 * @system: the machine
 * @phys_limit: the highest address that the core can drive
 * @keeper: (nullable): keeps the memory when this process dies; not that of a
 *   simulated board. Memory that cannot be kept is refused then (UNSUPPORTED)
 * @keeper_data: of @keeper
 */
typedef struct {
  SimBoard *sim;
  const XlnkSystem *system;
  guint64 phys_limit;
  const XlnkKeeper *keeper;
  gpointer keeper_data;
} BoardMemoryPlace;

/**
 * board_memory_open:
 *
 * Opens what @text names. "auto" tries one kind after the other, allocating a
 * page below the limit to see that it works; each try is logged with its reason.
 *
 * Errors: those of the memory; NOT_FOUND or PERMISSION when auto finds nothing:
 * every kind is listed with its reason and remedy.
 *
 * Returns: (transfer full) (nullable)
 */
XlnkAllocator *board_memory_open (
    const gchar *text, const BoardMemoryPlace *place, GError **error);

G_END_DECLS
