/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "Did you mean ...?": the nearest of the words that would have been right. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * vdma_suggest:
 * @word: what was written
 * @candidate: the @index-th word that would be right; NULL behind the last
 *
 * Returns: (transfer none) (nullable): the candidate that @word is a likely
 *   slip of (few letters wrong, missing, added or exchanged), the first of
 *   equals; NULL when none is near
 */
const gchar *vdma_suggest (const gchar *word,
    const gchar *(*candidate) (gconstpointer data, guint index),
    gconstpointer data);

G_END_DECLS
