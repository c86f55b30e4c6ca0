/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of memory that a board can use. */
#include "board-private.h"

#include "vdma-error.h"
#include "vdma-suggest.h"

static XlnkBackend *
board_sim_open_memory (Board *self, GError **error)
{
  return sim_board_open_memory (self->sim, error);
}

const BoardMemory board_memory_sim = {
  .name = "sim",
  .help = "the memory of a simulated board",
  .open = board_sim_open_memory,
};

/* What there is: a new kind of memory is a row here. */
static const BoardMemory *const board_memories[] = {
  &board_memory_sim,
};

static const gchar *
board_memory_at (gconstpointer data, guint index)
{
  return index == 0 ? "auto"
         : index - 1 < G_N_ELEMENTS (board_memories)
             ? board_memories[index - 1]->name
             : NULL;
}

const gchar *
board_get_memories_help (void)
{
  static gsize once;
  static gchar *help;
  if (g_once_init_enter (&once)) {
    g_autoptr (GString) text =
        g_string_new ("auto: the memory that fits the device");
    for (guint i = 0; i < G_N_ELEMENTS (board_memories); i++)
      g_string_append_printf (
          text, "\n%s: %s", board_memories[i]->name, board_memories[i]->help);
    help = g_strdup (text->str);
    g_once_init_leave (&once, 1);
  }
  return help;
}

gboolean
board_memory_parse (
    const gchar *text, const BoardMemory **memory, GError **error)
{
  *memory = NULL;
  if (g_str_equal (text, "auto"))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (board_memories); i++) {
    if (g_str_equal (text, board_memories[i]->name)) {
      *memory = board_memories[i];
      return TRUE;
    }
  }
  const gchar *near = vdma_suggest (text, board_memory_at, NULL);
  g_autofree gchar *hint =
      near ? g_strdup_printf (" Did you mean '%s'?", near) : g_strdup ("");
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "unknown memory '%s'.%s Memories are:\n%s", text, hint,
      board_get_memories_help ());
  return FALSE;
}
