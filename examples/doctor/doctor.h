/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vdma-doctor: what keeps a machine from using its AXI VDMA, and the remedy.
 *
 *   doctor-main.c    options, and the order of the checks
 *   doctor-report.c  findings as text and as JSON
 *   doctor-system.c  kernel, bitstream, clocks
 *   doctor-core.c    cores, their drivers, UIO devices, permissions
 *   doctor-irq.c     where interrupts end
 *   doctor-memory.c  contiguous memory
 *
 * Everything is read from files below a root folder, which may be a copy of
 * another machine's. No register is touched. */
#pragma once

#include <glib.h>

#include "hw-source.h"
#include "io-uio.h"

G_BEGIN_DECLS

typedef enum {
  DOCTOR_OK,
  DOCTOR_ADVICE,  /* works, but not for everything or not as well */
  DOCTOR_PROBLEM, /* does not work */
  DOCTOR_N_LEVELS,
} DoctorLevel;

/**
 * DoctorFinding: one sentence, and what to do.
 * @topic: "kernel", "core", ...
 * @remedy: (nullable): text or commands, perhaps several lines
 */
typedef struct {
  DoctorLevel level;
  const gchar *topic;
  gchar *text;
  gchar *remedy;
} DoctorFinding;

/**
 * Doctor:
 * @root: folder that stands for "/"
 * @width, @height, @pixel: the picture that is wanted; @pixel in bytes
 * @n_frames: frames wanted in memory; 0: by the core's frame stores
 * @cores: (element-type VdmaHwCore): usable cores of the device tree
 * @nodes: (element-type VdmaUioNode): UIO devices
 */
typedef struct {
  gchar *root;
  guint width, height, pixel;
  guint n_frames;
  GPtrArray *cores;
  GPtrArray *nodes;
  GPtrArray *findings;
} Doctor;

/** doctor_say: adds a finding. @remedy: (transfer full) (nullable) */
void doctor_say (Doctor *self, DoctorLevel level, const gchar *topic,
    gchar *remedy, const gchar *format, ...) G_GNUC_PRINTF (5, 6);

/* ---- doctor-report.c ---- */

/** Returns: (transfer full): for people */
gchar *doctor_to_text (const Doctor *self);
/** Returns: (transfer full): {"problems": N, "findings": [{"level", "topic",
 *  "text", "remedy"}, ...]} */
gchar *doctor_to_json (const Doctor *self);
guint doctor_count (const Doctor *self, DoctorLevel level);

/* ---- files ---- */

/** Returns: (transfer full): @path, which is absolute, below the root */
gchar *doctor_path (const Doctor *self, const gchar *path);
/** Returns: (transfer none): @path without the root */
const gchar *doctor_shown (const Doctor *self, const gchar *path);
gboolean doctor_has (const Doctor *self, const gchar *path);
/** Returns: (transfer full) (nullable): first line of the file */
gchar *doctor_read (const Doctor *self, const gchar *path);
/** Returns: (transfer full): names in the folder, sorted; perhaps none */
GPtrArray *doctor_list (const Doctor *self, const gchar *folder);
/** Returns: (transfer full) (nullable): last part of where the link leads */
gchar *doctor_link_name (const Doctor *self, const gchar *path);
/** Returns: whether the user may read and write the device; in a copy of
 *  another machine: whether a group may */
gboolean doctor_may_use (const Doctor *self, const gchar *path);
/** doctor_check_access: says that @path may be used, or how it can be
 *  Returns: whether it may */
gboolean doctor_check_access (Doctor *self, const gchar *path);
/** Returns: (transfer full): a file of examples/board that the program carries,
 *  without its line on the licence */
gchar *doctor_get_file (const gchar *name);

/* ---- checks, in this order ---- */

void doctor_check_kernel (Doctor *self);
void doctor_check_bitstream (Doctor *self);
void doctor_check_clocks (Doctor *self);
void doctor_check_cores (Doctor *self);
void doctor_check_drivers (Doctor *self);
void doctor_check_uio (Doctor *self);
void doctor_check_irq (Doctor *self);
void doctor_check_memory (Doctor *self);

G_END_DECLS
