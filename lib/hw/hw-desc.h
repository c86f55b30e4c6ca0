/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What one AXI VDMA core was built with. None of it but the version can be read
 * from registers (hardware.md section 3), so it comes from outside: explicit
 * properties, a .hwh file, the device tree, or a simulated board's options. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define VDMA_MAX_STORES       32    /* hardware.md 1.5 */
#define VDMA_MAX_STORES_64BIT 8     /* above 32 address bits */
#define VDMA_MAX_HSIZE        65535 /* bytes per line; also the largest stride */
#define VDMA_MAX_VSIZE        8191  /* lines */

/** VdmaDirection: indexes VdmaHwDesc.channel and every table of two. */
typedef enum {
  VDMA_MM2S, /* memory to stream: display */
  VDMA_S2MM, /* stream to memory: capture */
  VDMA_N_DIRECTIONS,
} VdmaDirection;

/** C_xxx_GENLOCK_MODE (hardware.md 2.7) */
typedef enum {
  VDMA_GENLOCK_MASTER = 0,
  VDMA_GENLOCK_SLAVE = 1,
  VDMA_GENLOCK_DYNAMIC_MASTER = 2,
  VDMA_GENLOCK_DYNAMIC_SLAVE = 3,
} VdmaGenlockMode;

/** C_USE_xxx_FSYNC (hardware.md 2.11) */
typedef enum {
  VDMA_FSYNC_NONE = 0,
  VDMA_FSYNC_PIN = 1,
  VDMA_FSYNC_TUSER = 2, /* S2MM only */
} VdmaFsync;

typedef struct {
  gboolean present;
  guint mm_width; /* bits of the memory-mapped side: 32..1024, power of two */
  guint stream_width; /* bits of the stream: multiple of 8, <= mm_width */
  gboolean dre;       /* realignment engine: any byte alignment */
  VdmaFsync fsync;
  VdmaGenlockMode genlock;
  gboolean repeat_en;     /* Repeat_En built in */
  gboolean frame_counter; /* IRQFrameCount and FrameCntEn built in */
  gboolean delay_counter; /* IRQDelayCount built in */
  gboolean frmstore_reg;  /* FRMSTORE built in */
  gboolean threshold_reg; /* THRESHOLD built in */
} VdmaHwChannel;

typedef struct {
  gchar name[64];   /* instance, for messages */
  guint64 base;     /* physical address of the registers; 0 when simulated */
  guint span;       /* bytes of the register window */
  guint n_stores;   /* C_NUM_FSTORES, 1..32 */
  guint addr_width; /* bits, 32..64 */
  VdmaHwChannel channel[VDMA_N_DIRECTIONS];
  gboolean flush_on_fsync;   /* SOF errors are recoverable */
  gboolean internal_genlock; /* GenlockSrc = 1 is wired */
  gboolean vert_flip; /* ENABLE_VERTICAL_FLIP exists and resets to flipped */
  gboolean vidprmtr_reads; /* VSIZE, HSIZE, STRIDE, START_ADDRESS read back */
  gboolean status_regs; /* S2MM_HSIZE_STATUS, S2MM_VSIZE_STATUS, FRMPTR_STS */
  guint dlytmr_resolution; /* clocks per tick of the delay timer */
} VdmaHwDesc;

/** vdma_hw_desc_init: the defaults of PG020 with four frame stores and both
 *  channels present (hardware.md 3.1; genlock as in profile P2). */
void vdma_hw_desc_init (VdmaHwDesc *desc);

/**
 * vdma_hw_desc_validate: refuses combinations that no core has.
 * Errors: VDMA_ERROR_INVALID naming field, value and range.
 */
gboolean vdma_hw_desc_validate (const VdmaHwDesc *desc, GError **error);

/** Returns: the highest physical address the core can drive */
guint64 vdma_hw_desc_get_phys_limit (const VdmaHwDesc *desc);

/** Returns: bytes to which address, stride and HSIZE of @dir must be aligned
 *  (hardware.md 1.5): 1 with realignment engine, else mm_width / 8 */
guint vdma_hw_desc_get_alignment (const VdmaHwDesc *desc, VdmaDirection dir);

/** Returns: "MM2S" or "S2MM" */
const gchar *vdma_direction_to_string (VdmaDirection dir);

G_END_DECLS
