/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "key=value&key=value" texts, checked against a table.
 *
 * One table per set of options is the only place that knows their names,
 * ranges and help; parser, error messages and documentation come from it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  VDMA_OPTION_BOOL,   /* gboolean: true|false|1|0|yes|no|on|off */
  VDMA_OPTION_UINT,   /* guint: decimal or 0x, min..max */
  VDMA_OPTION_UINT64, /* guint64: decimal or 0x, min..max */
  VDMA_OPTION_SIZE, /* guint64 bytes: number with optional k, M or G (powers of 1024), min..max */
  VDMA_OPTION_ENUM, /* guint: index into the NULL-terminated nicks */
  VDMA_OPTION_RATE, /* guint[2]: "30", "30000/1001" or "59.94"; numerator and denominator 1..max */
  VDMA_OPTION_STRING, /* gchar *, owned by the target: %XX escapes are decoded */
} VdmaOptionType;

/**
 * VdmaOption: one row of an options table.
 * @offset: where the value lies in the target structure
 * @min, @max: inclusive range of numbers; for strings @max is the length limit
 *   in bytes (0: none)
 * @nicks: (nullable): for ENUM
 * @help: one line for documentation and error messages; with the unit
 */
typedef struct {
  const gchar *name;
  VdmaOptionType type;
  gsize offset;
  guint64 min;
  guint64 max;
  const gchar *const *nicks;
  const gchar *help;
} VdmaOption;

/**
 * vdma_options_parse:
 * @text: (nullable): "key=value&key=value", empty and NULL mean no options
 * @what: whose options these are, for the error ("device 'sim'")
 * @table: @n_options rows
 * @target: structure that holds the defaults and receives what @text sets;
 *   string fields must be NULL or g_malloc'ed, they are freed when replaced
 *
 * A key may stand once. An error (VDMA_ERROR_INVALID) names the key, the value,
 * and the values that would be right; for an unknown key it lists all keys.
 * After an error @target holds any mix of old and new values; free its strings
 * with vdma_options_clear().
 *
 * Returns: TRUE on success
 */
gboolean vdma_options_parse (const gchar *text, const gchar *what,
    const VdmaOption *table, guint n_options, gpointer target, GError **error);

/** vdma_options_clear: frees and NULLs the string fields of @target. */
void vdma_options_clear (
    const VdmaOption *table, guint n_options, gpointer target);

/**
 * vdma_parse_size:
 * @text: "4096", "0x1000", "64k", "128M", "1G"
 *
 * Returns: FALSE if @text is no such number or does not fit 64 bits
 */
gboolean vdma_parse_size (const gchar *text, guint64 *size);

G_END_DECLS
