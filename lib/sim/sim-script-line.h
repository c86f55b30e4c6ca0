/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A line of a fault script, word by word; complaints name line and column. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  gchar **words;  /* NULL-terminated */
  guint *columns; /* of each word, and of the line's end; from 1 */
  guint next;
  guint line; /* from 1 */
} ScriptLine;

/** script_split: cuts @text, which begins in @column, at spaces. @words: pointers into it and NULL; @columns: guints */
void script_split (
    gchar *text, guint column, GPtrArray *words, GArray *columns);

/** Returns: (nullable): the next word; NULL at the line's end */
const gchar *script_peek (const ScriptLine *line);

/** script_refuse: sets @error about the next word: what would be right. Returns: FALSE */
gboolean script_refuse (const ScriptLine *line, GError **error,
    const gchar *format, ...) G_GNUC_PRINTF (3, 4);

/* Each takes the next word if it is what is wanted. */
gboolean script_take_word (ScriptLine *line, const gchar *word);
gboolean script_take_number (ScriptLine *line, const gchar *what, guint64 min,
    guint64 max, guint64 *number, GError **error);
/** script_take_time: digits with a unit, such as 1.5s */
gboolean script_take_time (ScriptLine *line, gint64 *time, GError **error);

/** script_parse_unsigned: decimal, or hexadecimal behind 0x; @word: (nullable) */
gboolean script_parse_unsigned (
    const gchar *word, guint64 min, guint64 max, guint64 *number);

G_END_DECLS
