/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver on the bench: a simulated core with a camera, a display, memory
 * and a clock that a test moves by hand. Every access of the core to memory is
 * judged against the owner that the driver told; every line carries its frame's
 * number. */
#pragma once

#include "sim-core.h"
#include "vdma.h"

G_BEGIN_DECLS

#define RIG_HSIZE  16
#define RIG_VSIZE  8
#define RIG_STRIDE 32
#define RIG_PERIOD G_GINT64_CONSTANT (16000000) /* ns */
#define RIG_FRAMES 96

typedef struct DriverRig DriverRig;

typedef enum {
  RIG_FREE,   /* in the pool */
  RIG_DEVICE, /* the driver has it */
  RIG_TAKEN,  /* the application has it */
  RIG_SHARED, /* the application has it, the display still reads it */
} RigOwner;

typedef struct {
  DriverRig *rig;
  guint64 phys;
  RigOwner owner;
  gboolean returned; /* of RIG_SHARED: the application is done with it */
  guint8 data[RIG_STRIDE * RIG_VSIZE];
} RigFrame;

/** RigLine: an interrupt line that behaves as UIO's; @lose: interrupts that get
 *  lost on their way from now on */
typedef struct {
  VdmaIrq base;
  DriverRig *rig;
  VdmaDirection dir;
  gboolean level, armed;
  guint lose;
} RigLine;

/** RigWires: interrupts that go another way than by a RigLine. */
typedef struct {
  VdmaIrq *(*open) (gpointer data, VdmaDirection dir);
  void (*set) (gpointer data, VdmaDirection dir, gboolean level);
  void (*advance) (gpointer data, gint64 now); /* time has passed */
} RigWires;

typedef struct {
  VdmaRegs base;
  DriverRig *rig;
} RigRegs;

typedef struct {
  VdmaTime base;
  DriverRig *rig;
} RigTime;

/** RigSource: what the next frames of the camera are like. */
typedef struct {
  guint lines;     /* RIG_VSIZE: right */
  guint bytes;     /* RIG_HSIZE: right */
  gboolean silent; /* no more frames begin */
} RigSource;

/** RigBlind: what nothing could tell the driver in a test. */
typedef struct {
  gboolean rounds;  /* of the ring, that nothing but time could tell: its period
                        * is wrong, or its line is dead */
  gboolean follows; /* by genlock the core shows frames by itself, in between */
  guint64 over,
      under;     /* captured frames that may be counted too many, or not */
  guint64 again; /* pictures that were shown twice in a row */
  guint64 fired; /* times that a line fired for nothing */
} RigBlind;

struct DriverRig {
  VdmaHwDesc desc;
  SimKnobs knobs;
  SimCore *core;
  VdmaDevice *device;
  VdmaChannel *channel[VDMA_N_DIRECTIONS];
  gint64 now;
  guint64 n_steps;

  RigFrame frame[RIG_FRAMES];
  guint n_frames; /* in the pool at most */
  guint starve;   /* acquires that fail from now on */
  guint turn;
  gint64 acquire_takes; /* time that passes in each acquire */

  /* camera */
  RigSource source;
  guint64 camera_frame; /* number of the frame being sent */
  guint camera_line;
  guint camera_lines; /* of the frame being sent */
  guint camera_bytes;
  gint64 camera_next;
  gint64 camera_active; /* ns of the period with lines */
  gint64 camera_period;

  /* display */
  guint display_line;
  gint64 display_next;
  gint64 display_active;
  guint32 display_number; /* of the frame being sent */
  GArray *displayed; /* (element-type guint32) numbers of the frames sent */
  guint64
      display_lag; /* frames of the camera behind which one ended, at most */

  RigLine *line[VDMA_N_DIRECTIONS];
  const RigWires *wires; /* (nullable) */
  gpointer wires_data;
  RigRegs *regs;
  RigTime time;
  /* the driver's thread loses the processor before its stall_in-th access */
  guint stall_in;
  gint64 stall_ns;
  guint32 stall_bits; /* injected on the way */
  VdmaDirection stall_dir;

  gint64 oversleep; /* by which the next wait that blocks ends late */
  gint64 fire_at;   /* when the line of MM2S fires for nothing; 0: never */
  void (*on_access) (DriverRig *rig, guint offset, gboolean writes);

  guint32 fake_version; /* what VDMA_VERSION reads; 0: what the core says */

  RigBlind blind; /* set by a test, for driver_rig_release() */
  gboolean claimed[VDMA_N_DIRECTIONS];
  gboolean judged[VDMA_N_DIRECTIONS];

  /* verdicts */
  guint64 violations; /* accesses to memory that is not the device's */
  guint64 torn;       /* displayed frames of more than one picture */
  guint64 undefined;
  guint64 fail_writes; /* memory accesses that answer with @fail_with */
  SimResponse fail_with;
};

/** driver_rig_init: the default build, all knobs at their defaults; change
 *  rig->desc, rig->knobs and rig->n_frames before driver_rig_open(). */
void driver_rig_init (DriverRig *rig);
/** driver_rig_power: makes the core, without driver */
void driver_rig_power (DriverRig *rig);
/** driver_rig_open_device: as vdma_device_open() */
VdmaDevice *driver_rig_open_device (DriverRig *rig, GError **error);
/** driver_rig_open: powers, opens, claims both channels and sets mode and ops */
void driver_rig_open (DriverRig *rig);
/** driver_rig_assert_balanced: every captured frame was delivered, lost, or waits */
void driver_rig_assert_balanced (DriverRig *rig);
/** driver_rig_release: ends a claim, and judges the channel's accounts by what the
 *  core did; a no-op without claim. Tests release no channel of the rig otherwise */
void driver_rig_release (DriverRig *rig, VdmaDirection dir);
/** driver_rig_close: releases, frees; every frame must be back unless @leaked */
void driver_rig_close (DriverRig *rig, guint leaked);

VdmaMode driver_rig_mode (DriverRig *rig);
/** driver_rig_advance: lets time pass */
void driver_rig_advance (DriverRig *rig, gint64 ns);
/** driver_rig_new_frame: (transfer full): a frame with picture @number for the display */
VdmaFrame driver_rig_new_frame (DriverRig *rig, guint32 number);
/** driver_rig_fill_line: @size bytes of line @line of picture @number */
void driver_rig_fill_line (
    guint8 *data, gsize size, guint32 number, guint line);
/** Returns: the number of the picture that a line belongs to */
guint32 driver_rig_line_number (const guint8 *data);
/** driver_rig_draw: makes picture @number of a frame */
void driver_rig_draw (RigFrame *frame, guint32 number);
/** driver_rig_keep: a captured frame was taken: the device must not touch it */
void driver_rig_keep (DriverRig *rig, VdmaFrame *frame);
/** driver_rig_share: as driver_rig_keep(), but the display may go on reading */
void driver_rig_share (DriverRig *rig, VdmaFrame *frame);
/** driver_rig_give_back: the application is done with a captured frame */
void driver_rig_give_back (DriverRig *rig, VdmaFrame *frame);
/** Returns: number of the picture in @frame; G_MAXUINT32 when it is torn */
guint32 driver_rig_picture (const VdmaFrame *frame);
/* A user for whom all works: driver-user.c */
/** driver_rig_set_mode: which must work, as all of these */
void driver_rig_set_mode (
    DriverRig *rig, VdmaDirection dir, const VdmaMode *mode);
void driver_rig_start_capture (DriverRig *rig);
/** driver_rig_start_display: with picture @number */
void driver_rig_start_display (DriverRig *rig, guint32 number);
void driver_rig_stop (DriverRig *rig, VdmaDirection dir);
void driver_rig_service (DriverRig *rig, VdmaDirection dir);
/** driver_rig_serve: waits until the channel wants to be serviced, and does it */
void driver_rig_serve (DriverRig *rig, VdmaDirection dir);
/** driver_rig_take: whole pictures, @most at most, and gives them back. Returns: how many */
guint driver_rig_take (DriverRig *rig, guint most);
/** driver_rig_capture: serves until it took @frames */
void driver_rig_capture (DriverRig *rig, guint frames);
/** driver_rig_show: picture @number; the display can take it */
void driver_rig_show (DriverRig *rig, guint32 number);

/** Returns: pictures that went out to the display, each run of the same one once */
gint64 driver_rig_pictures (const DriverRig *rig);
/** driver_rig_line_new: (transfer full): the line of a direction */
VdmaIrq *driver_rig_line_new (DriverRig *rig, VdmaDirection dir);
/** driver_rig_line_set: what the core drives it to */
void driver_rig_line_set (DriverRig *rig, VdmaDirection dir, gboolean level);
/** driver_rig_fire: the line fires for nothing */
void driver_rig_fire (DriverRig *rig, VdmaDirection dir);
/** Returns: frames that @owner has */
guint driver_rig_count (DriverRig *rig, RigOwner owner);

extern const VdmaFrameOps driver_rig_ops;

G_END_DECLS
