/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-fault-script.h"

#include <string.h>

#include "sim-pixel.h"
#include "sim-rate.h"
#include "sim-script-line.h"
#include "vdma-error.h"
#include "vdma-util.h"

#define SCRIPT_MAX_EVENTS 4096
#define SCRIPT_MAX_SIZE   (1024 * 1024)
#define SCRIPT_MAX_ARGS   4

/* ---- arguments of actions ---- */

typedef gboolean (*ScriptArg) (
    ScriptLine *line, SimFaultEvent *event, GError **error);

static gboolean
arg_dir (ScriptLine *line, SimFaultEvent *event, GError **error)
{
  if (script_take_word (line, "s2mm"))
    event->dir = VDMA_S2MM;
  else if (script_take_word (line, "mm2s"))
    event->dir = VDMA_MM2S;
  else
    return script_refuse (line, error, "s2mm or mm2s");
  return TRUE;
}

typedef struct {
  const gchar *name;
  guint32 bits;
} ScriptBit;

static const ScriptBit script_bits[] = {
  { "int-err", VDMA_SR_INT_ERR },
  { "slv-err", VDMA_SR_SLV_ERR },
  { "dec-err", VDMA_SR_DEC_ERR },
  { "sof-early", VDMA_SR_SOF_EARLY },
  { "eol-early", VDMA_SR_EOL_EARLY },
  { "sof-late", VDMA_SR_SOF_LATE },
  { "eol-late", VDMA_SR_EOL_LATE },
  { "frmcnt-irq", VDMA_SR_FRMCNT_IRQ },
  { "dlycnt-irq", VDMA_SR_DLYCNT_IRQ },
  { "err-irq", VDMA_SR_ERR_IRQ },
};
#define SCRIPT_BITS_HELP                                                       \
  "status bits joined by commas: int-err, slv-err, dec-err, sof-early, "       \
  "eol-early, sof-late, eol-late, frmcnt-irq, dlycnt-irq, err-irq"

static guint32
script_find_bit (const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (script_bits); i++) {
    if (g_str_equal (script_bits[i].name, name))
      return script_bits[i].bits;
  }
  return 0;
}

static gboolean
arg_bits (ScriptLine *line, SimFaultEvent *event, GError **error)
{
  const guint32 known =
      event->dir == VDMA_S2MM ? VDMA_SR_S2MM_ERRORS : VDMA_SR_MM2S_ERRORS;
  const gchar *word = script_peek (line);
  g_auto (GStrv) names = g_strsplit (word ? word : "", ",", -1);
  for (guint i = 0; names[i]; i++) {
    guint32 bit = script_find_bit (names[i]);
    if (!(bit & (known | VDMA_SR_IRQS)))
      return script_refuse (line, error, "%s%s", SCRIPT_BITS_HELP,
          bit ? "; those of lines and of SOFLate are S2MM's alone" : "");
    event->bits |= bit;
  }
  if (!event->bits)
    return script_refuse (line, error, SCRIPT_BITS_HELP);
  line->next++;
  return TRUE;
}

static gboolean
arg_count (ScriptLine *line, SimFaultEvent *event, GError **error)
{
  guint64 number;
  if (!script_take_number (line, "a number", 1, VDMA_MAX_HSIZE, &number, error))
    return FALSE;
  event->number = (guint) number;
  return TRUE;
}

static gboolean
arg_optional_count (ScriptLine *line, SimFaultEvent *event, GError **error)
{
  event->number = 1;
  return !script_peek (line) || arg_count (line, event, error);
}

static gboolean
arg_line (ScriptLine *line, SimFaultEvent *event, GError **error)
{
  guint64 number;
  if (!script_take_number (
          line, "the number of a line", 0, VDMA_MAX_VSIZE - 1, &number, error))
    return FALSE;
  event->bad_line = (guint) number;
  return TRUE;
}

static gboolean
arg_optional_line (ScriptLine *line, SimFaultEvent *event, GError **error)
{
  return !script_take_word (line, "line") || arg_line (line, event, error);
}

static gboolean
arg_time (ScriptLine *line, SimFaultEvent *event, GError **error)
{
  return script_take_time (line, &event->duration, error);
}

static gboolean
arg_optional_for (ScriptLine *line, SimFaultEvent *event, GError **error)
{
  return !script_take_word (line, "for") || arg_time (line, event, error);
}

static gboolean
arg_response (ScriptLine *line, SimFaultEvent *event, GError **error)
{
  if (script_take_word (line, "slverr"))
    event->response = SIM_SLVERR;
  else if (script_take_word (line, "decerr"))
    event->response = SIM_DECERR;
  else
    return script_refuse (line, error, "slverr or decerr");
  return TRUE;
}

static gboolean
arg_range (ScriptLine *line, SimFaultEvent *event, GError **error)
{
  const gchar *word = script_peek (line);
  g_auto (GStrv) ends = g_strsplit (word ? word : "", "-", 2);
  if (!ends[0] || !ends[1]
      || !script_parse_unsigned (ends[0], 0, G_MAXUINT64, &event->from)
      || !script_parse_unsigned (ends[1], event->from, G_MAXUINT64, &event->to))
    return script_refuse (line, error,
        "a range of addresses such as 0x10000000-0x10ffffff, the last one "
        "included");
  line->next++;
  return TRUE;
}

static gboolean
arg_size (ScriptLine *line, SimFaultEvent *event, GError **error)
{
  const gchar *word = script_peek (line);
  g_auto (GStrv) sides = g_strsplit (word ? word : "", "x", 2);
  guint64 width, height;
  if (!sides[0] || !sides[1]
      || !script_parse_unsigned (sides[0], 1, VDMA_MAX_HSIZE, &width)
      || !script_parse_unsigned (sides[1], 1, VDMA_MAX_VSIZE, &height))
    return script_refuse (
        line, error, "a size such as 640x480, up to 65535x8191");
  event->mode.width = (guint) width;
  event->mode.height = (guint) height;
  line->next++;
  return TRUE;
}

static gboolean
arg_optional_format (ScriptLine *line, SimFaultEvent *event, GError **error)
{
  const gchar *word = script_peek (line);
  if (!word || g_str_equal (word, "at"))
    return TRUE;
  if (!sim_pixel_format_find (word)) {
    g_autofree gchar *names = sim_pixel_format_names ();
    return script_refuse (
        line, error, "'at' and a rate, or one of the formats %s", names);
  }
  g_strlcpy (event->mode.format, word, sizeof event->mode.format);
  line->next++;
  return TRUE;
}

static gboolean
arg_optional_rate (ScriptLine *line, SimFaultEvent *event, GError **error)
{
  guint64 n, d = 1;
  if (!script_take_word (line, "at"))
    return TRUE;
  const gchar *word = script_peek (line);
  g_auto (GStrv) parts = g_strsplit (word ? word : "", "/", 2);
  if (!parts[0] || !script_parse_unsigned (parts[0], 1, SIM_RATE_MAX, &n)
      || (parts[1] && !script_parse_unsigned (parts[1], 1, SIM_RATE_MAX, &d)))
    return script_refuse (
        line, error, "frames a second, such as 30 or 30000/1001");
  event->mode.fps[0] = (guint) n;
  event->mode.fps[1] = (guint) d;
  line->next++;
  return TRUE;
}

/* ---- actions ---- */

typedef struct {
  const gchar *name;
  const gchar *help; /* its arguments */
  ScriptArg args[SCRIPT_MAX_ARGS];
} ScriptAction;

static const ScriptAction script_actions[SIM_N_FAULTS] = {
  [SIM_FAULT_INJECT] = { "inject", "s2mm|mm2s BITS", { arg_dir, arg_bits } },
  [SIM_FAULT_SHORT_FRAME] = { "short-frame", "LINES", { arg_count } },
  [SIM_FAULT_LONG_FRAME] = { "long-frame", "LINES", { arg_count } },
  [SIM_FAULT_SHORT_LINE] = { "short-line", "LINE BYTES",
      { arg_line, arg_count } },
  [SIM_FAULT_LONG_LINE] = { "long-line", "LINE BYTES",
      { arg_line, arg_count } },
  [SIM_FAULT_MODE] = { "mode", "WIDTHxHEIGHT [FORMAT] [at FPS]",
      { arg_size, arg_optional_format, arg_optional_rate } },
  [SIM_FAULT_UNPLUG] = { "unplug", "[for TIME]", { arg_optional_for } },
  [SIM_FAULT_PLUG] = { "plug", "", { NULL } },
  [SIM_FAULT_IRQ_LOSE] = { "irq-lose", "s2mm|mm2s [TIMES]",
      { arg_dir, arg_optional_count } },
  [SIM_FAULT_IRQ_DELAY] = { "irq-delay", "s2mm|mm2s TIME",
      { arg_dir, arg_time } },
  [SIM_FAULT_IRQ_REPEAT] = { "irq-repeat", "s2mm|mm2s", { arg_dir } },
  [SIM_FAULT_IRQ_SPURIOUS] = { "irq-spurious", "s2mm|mm2s", { arg_dir } },
  [SIM_FAULT_RESET_STUCK] = { "reset-stuck", "s2mm|mm2s [for TIME]",
      { arg_dir, arg_optional_for } },
  [SIM_FAULT_CLOCK_STOP] = { "clock-stop", "s2mm|mm2s [for TIME]",
      { arg_dir, arg_optional_for } },
  [SIM_FAULT_CLOCK_START] = { "clock-start", "s2mm|mm2s", { arg_dir } },
  [SIM_FAULT_BUS_ERROR] = { "bus-error", "s2mm|mm2s slverr|decerr [line LINE]",
      { arg_dir, arg_response, arg_optional_line } },
  [SIM_FAULT_BUS_RANGE] = { "bus-range", "s2mm|mm2s slverr|decerr FROM-TO",
      { arg_dir, arg_response, arg_range } },
  [SIM_FAULT_BUS_CLEAR] = { "bus-clear", "s2mm|mm2s", { arg_dir } },
  [SIM_FAULT_ALLOC_FAIL] = { "alloc-fail", "[TIMES]", { arg_optional_count } },
};

const gchar *
sim_fault_kind_to_string (SimFaultKind kind)
{
  return script_actions[kind].name;
}

gchar *
sim_fault_get_help (void)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < SIM_N_FAULTS; i++)
    g_string_append_printf (text, "%s%s%s\n", script_actions[i].name,
        *script_actions[i].help ? " " : "", script_actions[i].help);
  return g_string_free (text, FALSE);
}

static gboolean
script_take_action (ScriptLine *line, SimFaultEvent *event, GError **error)
{
  guint kind = 0;
  while (kind < SIM_N_FAULTS
         && !script_take_word (line, script_actions[kind].name))
    kind++;
  if (kind == SIM_N_FAULTS) {
    g_autofree gchar *help = sim_fault_get_help ();
    return script_refuse (line, error, "one of the actions\n%s", help);
  }
  const ScriptAction *action = &script_actions[kind];
  event->kind = (SimFaultKind) kind;
  event->dir = VDMA_S2MM;
  for (guint i = 0; i < SCRIPT_MAX_ARGS && action->args[i]; i++) {
    if (!action->args[i](line, event, error))
      return FALSE;
  }
  if (script_peek (line))
    return script_refuse (line, error, "the end of '%s%s%s'", action->name,
        *action->help ? " " : "", action->help);
  return TRUE;
}

/* ---- when ---- */

/* "[from N] [until N]" */
static gboolean
script_take_range (ScriptLine *line, SimFaultEvent *event, GError **error)
{
  event->last = G_MAXUINT64;
  if (script_take_word (line, "from")
      && !script_take_number (
          line, "a number", event->first, G_MAXUINT64, &event->first, error))
    return FALSE;
  return !script_take_word (line, "until")
         || script_take_number (
             line, "a number", event->first, G_MAXUINT64, &event->last, error);
}

static gboolean
script_take_at (ScriptLine *line, SimFaultEvent *event, GError **error)
{
  if (script_take_word (line, "time")) {
    event->when = SIM_WHEN_TIME;
    return script_take_time (line, &event->time, error);
  }
  if (script_take_word (line, "frame"))
    event->when = SIM_WHEN_FRAME;
  else if (script_take_word (line, "alloc"))
    event->when = SIM_WHEN_ALLOC;
  else
    return script_refuse (line, error, "frame, time or alloc");
  /* frames are numbered from 0, allocations from 1 */
  guint64 min = event->when == SIM_WHEN_ALLOC ? 1 : 0;
  if (!script_take_number (
          line, "a number", min, G_MAXUINT64, &event->first, error))
    return FALSE;
  event->last = event->first;
  return TRUE;
}

static gboolean
script_take_every (ScriptLine *line, SimFaultEvent *event, GError **error)
{
  if (!script_take_number (
          line, "a number", 1, G_MAXUINT32, &event->step, error))
    return FALSE;
  if (script_take_word (line, "frames"))
    event->when = SIM_WHEN_FRAME;
  else if (script_take_word (line, "allocs"))
    event->when = SIM_WHEN_ALLOC;
  else
    return script_refuse (line, error, "frames or allocs");
  event->first = event->when == SIM_WHEN_ALLOC ? event->step : 0;
  return script_take_range (line, event, error);
}

static gboolean
script_take_random (ScriptLine *line, SimFaultEvent *event, GError **error)
{
  const gchar *word = script_peek (line);
  g_auto (GStrv) parts = g_strsplit (word ? word : "", "/", 2);
  guint64 n, d;
  if (!parts[0] || !parts[1]
      || !script_parse_unsigned (parts[1], 1, G_MAXUINT32, &d)
      || !script_parse_unsigned (parts[0], 1, d, &n))
    return script_refuse (line, error, "a chance such as 1/50");
  line->next++;
  event->when = SIM_WHEN_FRAME;
  event->chance = (n << 32) / d;
  return script_take_range (line, event, error);
}

static gboolean
script_take_event (ScriptLine *line, SimFaultEvent *event, GError **error)
{
  gboolean ok;
  *event = (SimFaultEvent){ .line = line->line, .step = 1 };
  if (script_take_word (line, "at"))
    ok = script_take_at (line, event, error);
  else if (script_take_word (line, "every"))
    ok = script_take_every (line, event, error);
  else if (script_take_word (line, "random"))
    ok = script_take_random (line, event, error);
  else
    return script_refuse (line, error, "at, every, random or seed");
  return ok && script_take_action (line, event, error);
}

/* ---- lines ---- */

static gboolean
script_take_header (ScriptLine *line, GError **error)
{
  if (script_take_word (line, "vdma-faults") && script_take_word (line, "1")
      && !script_peek (line))
    return TRUE;
  return script_refuse (
      line, error, "the first line of a script, 'vdma-faults 1',");
}

static gboolean
script_take_seed (SimFaultScript *self, ScriptLine *line, GError **error)
{
  self->has_seed = TRUE;
  if (!script_take_number (
          line, "a number", 0, G_MAXUINT64, &self->seed, error))
    return FALSE;
  return !script_peek (line) || script_refuse (line, error, "the line's end");
}

static gboolean
script_take_line (
    SimFaultScript *self, ScriptLine *line, gboolean is_first, GError **error)
{
  SimFaultEvent event;
  if (is_first)
    return script_take_header (line, error);
  if (script_take_word (line, "seed"))
    return script_take_seed (self, line, error);
  if (self->events->len >= SCRIPT_MAX_EVENTS)
    return script_refuse (
        line, error, "the end of the script (%u events)", SCRIPT_MAX_EVENTS);
  if (!script_take_event (line, &event, error))
    return FALSE;
  g_array_append_val (self->events, event);
  return TRUE;
}

/* @n_taken: statements so far */
static gboolean
script_parse_statement (SimFaultScript *self, gchar *text, guint line_number,
    guint column, guint *n_taken, GError **error)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  g_autoptr (GArray) columns = g_array_new (FALSE, FALSE, sizeof (guint));
  script_split (text, column, words, columns);
  ScriptLine line = {
    .words = (gchar **) words->pdata,
    .columns = (guint *) (gpointer) columns->data,
    .line = line_number,
  };
  if (!script_peek (&line))
    return TRUE;
  return script_take_line (self, &line, (*n_taken)++ == 0, error);
}

/* A line holds statements between semicolons, and perhaps a comment behind. */
static gboolean
script_parse_line (SimFaultScript *self, gchar *text, guint number,
    guint *n_taken, GError **error)
{
  gchar *at = text;
  gboolean is_last = FALSE;
  text[strcspn (text, "#")] = '\0';
  while (!is_last) {
    gchar *end = at + strcspn (at, ";");
    is_last = !*end;
    *end = '\0';
    if (!script_parse_statement (
            self, at, number, (guint) (at - text) + 1, n_taken, error))
      return FALSE;
    at = end + 1;
  }
  return TRUE;
}

SimFaultScript *
sim_fault_script_parse (const gchar *text, GError **error)
{
  g_autoptr (SimFaultScript) self = g_new0 (SimFaultScript, 1);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  guint n_taken = 0;

  self->events = g_array_new (FALSE, FALSE, sizeof (SimFaultEvent));
  for (guint i = 0; lines[i]; i++) {
    if (!script_parse_line (self, lines[i], i + 1, &n_taken, error))
      return NULL;
  }
  if (n_taken == 0) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "fault script, line 1, column 1: the script is empty; it begins with "
        "'vdma-faults 1'");
    return NULL;
  }
  return g_steal_pointer (&self);
}

SimFaultScript *
sim_fault_script_load (const gchar *text_or_file, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autofree gchar *content = NULL;
  gsize size;
  if (text_or_file[0] != '@')
    return sim_fault_script_parse (text_or_file, error);

  const gchar *path = text_or_file + 1;
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND,
        "fault script: '%s' is no regular file", path);
    return NULL;
  }
  if (!g_file_get_contents (path, &content, &size, &reason)) {
    g_set_error (error, VDMA_ERROR,
        g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_ACCES)
            ? VDMA_ERROR_PERMISSION
            : VDMA_ERROR_FAILED,
        "fault script: %s", reason->message);
    return NULL;
  }
  if (size > SCRIPT_MAX_SIZE || strlen (content) != size) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "fault script: '%s' is no text of at most %u bytes", path,
        SCRIPT_MAX_SIZE);
    return NULL;
  }
  SimFaultScript *self = sim_fault_script_parse (content, error);
  if (!self)
    g_prefix_error (error, "'%s': ", path);
  return self;
}

void
sim_fault_script_free (SimFaultScript *self)
{
  if (!self)
    return;
  g_array_unref (self->events);
  g_free (self);
}
