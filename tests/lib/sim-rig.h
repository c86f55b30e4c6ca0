/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A bench for the simulated core: a plain memory model, and scripts of steps in
 * the vocabulary of hardware.md section 6.
 *
 * A row is one test: a profile, at most a few knobs, and a script. Values are
 * written as hardware.md writes them: offsets in hex, "registers without prefix
 * are S2MM". */
#pragma once

#include <glib.h>

#include "sim-core.h"
#include "sim-profiles.h"

G_BEGIN_DECLS

/* Geometry and addresses of hardware.md 6.0. */
#define A0 0x10000000u
#define A1 0x10001000u
#define A2 0x10002000u
#define A3 0x10003000u
#define A9 0x10009000u /* mapped, in no store */

#define RIG_HSIZE   16
#define RIG_VSIZE   4
#define RIG_STRIDE  32
#define RIG_PREFILL 0xEE
#define RIG_NEVER   G_MAXUINT64

typedef struct SimRig SimRig;
typedef struct SimStep SimStep;

/** SimRigCheck: returns FALSE after sim_rig_fail(). */
typedef gboolean (*SimRigCheck) (SimRig *rig);

typedef enum {
  STEP_END,
  STEP_WRITE,     /* a offset, b value */
  STEP_READ,      /* a offset, b mask, c expected */
  STEP_POLL,      /* a offset, b mask, c expected, at most d looks */
  STEP_OFFER,     /* a value, b lines, c bytes, d flags */
  STEP_PULL,      /* a value, b lines, c bytes, d flags of the first line */
  STEP_NO_PULL,   /* TVALID is low */
  STEP_READY,     /* a: expected TREADY */
  STEP_MEM,       /* a address, b length, c value of every byte */
  STEP_FRAME_AT,  /* a address, b value, c lines, d bytes */
  STEP_FILL,      /* a address, b length, c value */
  STEP_PIN,       /* a direction, b level */
  STEP_EDGES,     /* a direction, b rising edges since the start */
  STEP_ADVANCE,   /* a ns */
  STEP_NEXT,      /* a: ns from now to the next event, or RIG_NEVER */
  STEP_FSYNC,     /* a direction */
  STEP_CLOCK,     /* a direction, b running */
  STEP_INJECT,    /* a direction, b bits */
  STEP_MAP,       /* a address, b length, c SimResponse */
  STEP_UNDEFINED, /* a: complaints since the last look */
  STEP_ACCESSES,  /* a: memory accesses since the last look */
  STEP_TRUTH,     /* a direction, b offset in SimCoreTruth, c expected */
  STEP_LIVE,      /* a direction, b offset in SimCoreLive, c expected */
  STEP_HARD_RESET,
  STEP_RUN,  /* script, a times */
  STEP_CALL, /* check */
} SimStepOp;

struct SimStep {
  SimStepOp op;
  gint line;
  guint64 a, b, c, d;
  const SimStep *script;
  SimRigCheck check;
};

/* flags of offered and pulled lines */
#define SOF     (1u << 0) /* the first line has SOF */
#define NO_EOL  (1u << 1) /* the last line offered has no TLAST */
#define REFUSED (1u << 2) /* TREADY is low for every line */

#define S2MM VDMA_S2MM
#define MM2S VDMA_MM2S

#define STEP(...)                                                              \
  {                                                                            \
    .line = __LINE__, __VA_ARGS__                                              \
  }
#define END              STEP (.op = STEP_END)
#define W(offset, value) STEP (.op = STEP_WRITE, .a = (offset), .b = (value))
#define R(offset, value)                                                       \
  STEP (.op = STEP_READ, .a = (offset), .b = 0xFFFFFFFFu, .c = (value))
#define RM(offset, mask, value)                                                \
  STEP (.op = STEP_READ, .a = (offset), .b = (mask), .c = (value))
#define POLL(offset, mask, value)                                              \
  STEP (.op = STEP_POLL, .a = (offset), .b = (mask), .c = (value), .d = 3)
#define OFFER(value, lines, bytes, flags)                                      \
  STEP (.op = STEP_OFFER, .a = (value), .b = (lines), .c = (bytes),            \
      .d = (flags))
#define FRAME(value)      OFFER (value, RIG_VSIZE, RIG_HSIZE, SOF)
#define LINES(value, n)   OFFER (value, n, RIG_HSIZE, 0)
#define BEGIN(value, n)   OFFER (value, n, RIG_HSIZE, SOF)
#define LOST_FRAME(value) OFFER (value, RIG_VSIZE, RIG_HSIZE, SOF | REFUSED)
#define PULL(value, lines, bytes, flags)                                       \
  STEP (.op = STEP_PULL, .a = (value), .b = (lines), .c = (bytes), .d = (flags))
#define SHOWN(value) PULL (value, RIG_VSIZE, RIG_HSIZE, SOF)
#define NO_PULL      STEP (.op = STEP_NO_PULL)
#define READY(is)    STEP (.op = STEP_READY, .a = (is))
#define MEM(address, length, value)                                            \
  STEP (.op = STEP_MEM, .a = (address), .b = (length), .c = (value))
#define UNTOUCHED(address, length) MEM (address, length, RIG_PREFILL)
#define FRAME_AT(address, value, lines, bytes)                                 \
  STEP (.op = STEP_FRAME_AT, .a = (address), .b = (value), .c = (lines),       \
      .d = (bytes))
#define STORED(address, value) FRAME_AT (address, value, RIG_VSIZE, RIG_HSIZE)
#define FILL(address, length, value)                                           \
  STEP (.op = STEP_FILL, .a = (address), .b = (length), .c = (value))
#define PIN(dir, level)   STEP (.op = STEP_PIN, .a = (dir), .b = (level))
#define EDGES(dir, n)     STEP (.op = STEP_EDGES, .a = (dir), .b = (n))
#define ADVANCE(ns)       STEP (.op = STEP_ADVANCE, .a = (ns))
#define NEXT(ns)          STEP (.op = STEP_NEXT, .a = (ns))
#define FSYNC(dir)        STEP (.op = STEP_FSYNC, .a = (dir))
#define CLOCK(dir, runs)  STEP (.op = STEP_CLOCK, .a = (dir), .b = (runs))
#define INJECT(dir, bits) STEP (.op = STEP_INJECT, .a = (dir), .b = (bits))
#define MAP(address, length, response)                                         \
  STEP (.op = STEP_MAP, .a = (address), .b = (length), .c = (response))
#define UNDEFINED(n) STEP (.op = STEP_UNDEFINED, .a = (n))
#define ACCESSES(n)  STEP (.op = STEP_ACCESSES, .a = (n))
#define TRUTH(dir, field, value)                                               \
  STEP (.op = STEP_TRUTH, .a = (dir),                                          \
      .b = G_STRUCT_OFFSET (SimCoreTruth, field), .c = (value))
#define LIVE(dir, field, value)                                                \
  STEP (.op = STEP_LIVE, .a = (dir),                                           \
      .b = G_STRUCT_OFFSET (SimCoreLive, field), .c = (value))
#define HARD_RESET     STEP (.op = STEP_HARD_RESET)
#define RUN(steps)     STEP (.op = STEP_RUN, .script = (steps), .a = 1)
#define LOOP(n, steps) STEP (.op = STEP_RUN, .script = (steps), .a = (n))
#define CALL(function) STEP (.op = STEP_CALL, .check = (function))

/* "GO" of hardware.md 6.0 for S2MM and MM2S: CR, Halted = 0 at once, VSIZE. */
#define GO(cr)      W (0x30, cr), RM (0x34, 0x1, 0), W (0xA0, RIG_VSIZE)
#define GO_MM2S(cr) W (0x00, cr), RM (0x04, 0x1, 0), W (0x50, RIG_VSIZE)

/** "CFG" of hardware.md 6.0, for up to four stores */
extern const SimStep rig_cfg_s2mm[];
extern const SimStep rig_cfg_mm2s[];

/** SimRigKnob: a knob away from its default, by its place in SimKnobs. */
typedef struct {
  const gchar *name;
  gsize offset;
  gsize size;
  guint64 value;
} SimRigKnob;

#define KNOB(field, to)                                                        \
  {                                                                            \
    .name = #field "=" #to, .offset = G_STRUCT_OFFSET (SimKnobs, field),       \
    .size = sizeof (((SimKnobs *) NULL)->field), .value = (to)                 \
  }

#define RIG_MAX_KNOBS 3

/**
 * SimRigRow: one test.
 * @id: "T24" of hardware.md section 6, or a name of its own
 * @mark: the confidence that hardware.md prints: C, L or U
 * @tweak: (nullable): what the core has beyond its profile
 */
typedef struct {
  const gchar *id;
  gchar mark;
  const gchar *profile;
  const SimStep *steps;
  SimRigKnob knobs[RIG_MAX_KNOBS];
  void (*tweak) (VdmaHwDesc *desc);
} SimRigRow;

/** SimRig: public, so that checks of their own can look at everything. */
struct SimRig {
  SimCore *core;
  VdmaHwDesc desc;
  GHashTable *pages; /* page number to page */
  GArray *ranges;    /* of RigRange */
  gboolean pin[VDMA_N_DIRECTIONS];
  guint edges[VDMA_N_DIRECTIONS];
  guint undefined, undefined_seen;
  gchar undefined_text[256]; /* the last complaint */
  guint accesses, accesses_seen;
  guint reads, writes; /* of registers, by sim_rig_read and sim_rig_write */
  guint64 now;
  gint line;  /* of the step at work */
  gint depth; /* of scripts in scripts */
};

SimRig *sim_rig_new (const VdmaHwDesc *desc, const SimKnobs *knobs);
void sim_rig_free (SimRig *rig);

guint32 sim_rig_read (SimRig *rig, guint offset);
void sim_rig_write (SimRig *rig, guint offset, guint32 value);

/** sim_rig_offer: @n lines of @bytes bytes @value; returns how many were taken. */
guint sim_rig_offer (
    SimRig *rig, guint8 value, guint n, gsize bytes, guint flags);

/** Returns: the byte at @address; RIG_PREFILL where nothing was written */
guint8 sim_rig_peek (SimRig *rig, guint64 address);
void sim_rig_fill (SimRig *rig, guint64 address, gsize length, guint8 value);
/** sim_rig_map: what the memory answers in a range; later calls win. */
void sim_rig_map (
    SimRig *rig, guint64 address, guint64 length, SimResponse response);

/** sim_rig_run: returns FALSE at the first step that fails. */
gboolean sim_rig_run (SimRig *rig, const SimStep *steps);

/** sim_rig_fail: reports what is wrong at the step at work. Returns: FALSE */
gboolean sim_rig_fail (SimRig *rig, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);

/** sim_rig_main: the tests of a program that is nothing but a table. */
gint sim_rig_main (
    gint argc, gchar **argv, const SimRigRow *rows, guint n_rows);
/** sim_rig_add: adds the rows as tests "/sim/ID/PROFILE/MARK[/KNOB]". */
void sim_rig_add (const SimRigRow *rows, guint n_rows);

G_END_DECLS
