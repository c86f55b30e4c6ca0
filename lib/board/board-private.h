/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the composition root: what a kind of board and a kind of memory are.
 *
 *   board.c        texts to boards, and the boards that are open
 *   board-sim.c    kind: the simulated board
 *   board-hardware.c kinds: real cores; see board-hardware.h
 *   board-memory.c the kinds of memory
 */
#pragma once

#include "board.h"

#include "board-memory.h"
#include "sim.h"

G_BEGIN_DECLS

typedef struct BoardImpl BoardImpl;
typedef struct BoardHardware BoardHardware;

/** BoardAddress: a device text, taken apart and checked. */
typedef struct {
  const BoardImpl *impl;
  gchar *text;             /* as written, for messages */
  gchar *target;           /* (nullable): what stands behind "sim:" */
  gchar *options;          /* (nullable): what stands behind "?" */
  gchar *name;             /* canonical: what boards are found by */
  BoardHardware *hardware; /* (nullable): found by a kind's resolve */
} BoardAddress;

struct Board {
  gatomicrefcount ref_count;
  const BoardImpl *impl;
  gchar *name;
  gchar *memory; /* text */
  VdmaDevice *device;
  GMutex lock;              /* guards the allocator */
  XlnkAllocator *allocator; /* (nullable): opened by its first user */
  SimBoard *sim;            /* (nullable): of a simulated board */
  BoardHardware *hardware;  /* (nullable): of a real one */
};

/** BoardImpl: a kind of board; a row of the table below. */
struct BoardImpl {
  const gchar *prefix;
  const gchar *syntax;
  const gchar *help;
  gboolean simulated;
  /** resolve: checks the target, and makes the canonical name of it */
  gboolean (*resolve) (BoardAddress *address, GError **error);
  /** open: makes device and what it stands on; on failure nothing is left */
  gboolean (*open) (Board *self, const BoardAddress *address, GError **error);
  /** check_options: whether @address agrees with the open board */
  gboolean (*check_options) (
      Board *self, const BoardAddress *address, GError **error);
  /** close: after device and allocator were let go */
  void (*close) (Board *self);
  void (*set_video_mode) (
      Board *self, VdmaDirection dir, const BoardVideoMode *mode);
};

/* ---- kinds of boards: rows of the table in board.c ---- */

extern const BoardImpl board_sim_kind;
extern const BoardImpl board_uio_kind;
extern const BoardImpl board_mem_kind;
extern const BoardImpl board_hwh_kind;

G_END_DECLS
