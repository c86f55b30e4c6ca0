/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Edit distance between short words. */
#include "vdma-suggest.h"

#include <string.h>

#define SUGGEST_MAX_LENGTH 31 /* longer candidates are not compared */

/* Damerau's distance: letters put in, left out, replaced, or two neighbours
 * exchanged. @b fits SUGGEST_MAX_LENGTH; @a may have any length. */
static guint
suggest_distance (const gchar *a, const gchar *b)
{
  guint row[3][SUGGEST_MAX_LENGTH + 1];
  guint a_length = strlen (a), b_length = strlen (b);

  for (guint j = 0; j <= b_length; j++)
    row[0][j] = j;
  for (guint i = 1; i <= a_length; i++) {
    guint *now = row[i % 3], *last = row[(i + 2) % 3];
    const guint *before = row[(i + 1) % 3];
    now[0] = i;
    for (guint j = 1; j <= b_length; j++) {
      guint replaced = last[j - 1] + (a[i - 1] != b[j - 1]);
      now[j] = MIN (replaced, MIN (last[j], now[j - 1]) + 1);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = MIN (now[j], before[j - 2] + 1);
    }
  }
  return row[a_length % 3][b_length];
}

const gchar *
vdma_suggest (const gchar *word,
    const gchar *(*candidate) (gconstpointer data, guint index),
    gconstpointer data)
{
  const gchar *nearest = NULL;
  /* A third of the letters may be wrong; of one or two letters none. */
  gsize allowed = strlen (word) / 3;
  const gchar *other;

  for (guint i = 0; (other = candidate (data, i)) != NULL; i++) {
    if (strlen (other) > SUGGEST_MAX_LENGTH)
      continue;
    guint distance = suggest_distance (word, other);
    if (distance > allowed || (nearest && distance == allowed))
      continue;
    nearest = other;
    allowed = distance;
  }
  return nearest;
}
