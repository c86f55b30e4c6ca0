/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts to values, strictly: the whole text or nothing; no sign, no space, no
 * rubbish behind, no silent overflow. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** vdma_parse_uint64: decimal, or hexadecimal behind 0x. */
gboolean vdma_parse_uint64 (const gchar *text, guint64 *number);

/**
 * vdma_parse_rate:
 * @text: "30", "30000/1001" or "59.94"
 * @rate: (out) (array fixed-size=2): numerator and denominator in lowest terms;
 *   the denominator is never 0
 *
 * A decimal that is a video rate over 1.001, rounded, becomes that fraction:
 * 23.976, 23.98, 29.97, 59.94, 119.88.
 */
gboolean vdma_parse_rate (const gchar *text, guint rate[2]);

/** vdma_unescape: (transfer full) (nullable): @text with %XX decoded; NULL when an escape is broken or is %00, or the result is not UTF-8 */
gchar *vdma_unescape (const gchar *text);

G_END_DECLS
