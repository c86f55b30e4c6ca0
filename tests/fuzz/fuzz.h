/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the fuzz targets share: an input read piece by piece, and the two faces
 * of a target. libFuzzer calls LLVMFuzzerTestOneInput() as often as it can;
 * without libFuzzer replay-main.c calls it for each file of the corpus. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** FuzzInput: bytes not yet read. */
typedef struct {
  const guint8 *data;
  gsize size;
} FuzzInput;

/** fuzz_target_run: each target is one of these; what breaks a promise aborts. */
void fuzz_target_run (FuzzInput *in);

/** The name and type that libFuzzer wants. */
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

gboolean fuzz_is_empty (const FuzzInput *in);

/* Little endian. Behind the end everything is 0, so a short input is a program
 * whose rest does nothing. */
guint8 fuzz_u8 (FuzzInput *in);
guint16 fuzz_u16 (FuzzInput *in);
guint32 fuzz_u32 (FuzzInput *in);
guint64 fuzz_u64 (FuzzInput *in);

/** Returns: a number below @n, from one byte */
guint fuzz_below (FuzzInput *in, guint n);
gboolean fuzz_flag (FuzzInput *in);

/** fuzz_text: (transfer full): the bytes up to @end, a NUL, or the input's end */
gchar *fuzz_text (FuzzInput *in, gchar end);

/**
 * fuzz_check_error:
 * @ok: what the call returned
 * @error: (transfer full) (nullable): what it set
 * @is_utf8: whether every text that the call was given is UTF-8
 *
 * An error is set if and only if the call failed, and its sentence can be shown.
 */
void fuzz_check_error (gboolean ok, GError *error, gboolean is_utf8);

G_END_DECLS
