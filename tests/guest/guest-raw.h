/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The emulated board's core by hand: registers and interrupt through UIO, no
 * line of the driver. What fails here is the board or the kernel. */
#pragma once

#include "guest-bench.h"
#include "vdma-regs.h"

G_BEGIN_DECLS

#define GUEST_RAW_STORES 4

/** GuestRaw: @bench is the board's. */
typedef struct {
  volatile guint32 *regs;
  Bench *bench;
  gint uio;
  gint config; /* of a PCI device; -1: uio_pdrv_genirq */
} GuestRaw;

/** GuestRawChannel: offsets of a channel's registers. */
typedef struct {
  guint base, params;
} GuestRawChannel;

extern const GuestRawChannel guest_raw_mm2s, guest_raw_s2mm;

/** guest_bench_open: the bench of the board at @uio: a PCI device's second BAR, else BENCH_ZYNQ_ADDRESS */
Bench *guest_bench_open (const gchar *uio);

/**
 * guest_raw_open:
 * @uio: /sys/class/uio/uioN
 * @options: what the board is rebuilt to
 */
void guest_raw_open (GuestRaw *raw, const gchar *uio, const gchar *options);
/** guest_raw_close: both channels are reset before */
void guest_raw_close (GuestRaw *raw);

/** guest_raw_start: frames of @vsize lines of @hsize bytes without gaps, one after the other from @phys on */
void guest_raw_start (GuestRaw *raw, const GuestRawChannel *channel,
    guint64 phys, guint hsize, guint vsize);
/** guest_raw_wait: Returns: whether an interrupt came; its flags are cleared */
gboolean guest_raw_wait (GuestRaw *raw, const GuestRawChannel *channel);
void guest_raw_reset (GuestRaw *raw, const GuestRawChannel *channel);

G_END_DECLS
