/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bench of an emulated board, from inside the guest: bench-window.h as
 * calls. Every failure ends the program with a sentence: a test that cannot
 * play the world cannot go on. */
#pragma once

#include "bench-window.h"

G_BEGIN_DECLS

typedef struct Bench Bench;

/**
 * bench_open:
 * @file: what to map, e.g. a PCI device's resource1, or a file of memory
 * @offset: of the window in @file
 */
Bench *bench_open (const gchar *file, guint64 offset);
void bench_close (Bench *self); /* (nullable) */

/** bench_rebuild: another board, as options of a simulated one; the core is in hard reset */
void bench_rebuild (Bench *self, const gchar *options);
/** bench_set_faults: @script: (nullable): ends what is still to come */
void bench_set_faults (Bench *self, const gchar *script);
void bench_forbid (Bench *self, guint64 address, guint64 size);
void bench_allow (Bench *self);
/** bench_use_axi: until the next rebuild the core reaches memory as on an AXI port: no bus master bit is in the way */
void bench_use_axi (Bench *self);
/** bench_use_intc: until the next rebuild interrupts go by a controller; @edges: inputs that take one, as bits */
void bench_use_intc (Bench *self, guint32 edges);
/** bench_latch: what bench_get() gives is as of now */
void bench_latch (Bench *self);
guint64 bench_get (Bench *self, BenchTruth truth);
/** bench_get_now: latch and get */
guint64 bench_get_now (Bench *self, BenchTruth truth);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Bench, bench_close)

G_END_DECLS
