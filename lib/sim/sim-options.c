/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-options.h"

#include <stdlib.h>
#include <string.h>

#include "sim-build.h"
#include "sim-memory.h"
#include "vdma-error.h"
#include "vdma-util.h"

#define OPTIONS_TEXT_MAX   4096 /* bytes of a path or name */
#define OPTIONS_SCRIPT_MAX 65536
#define OPTIONS_MEMORY                                                         \
  (sizeof (gpointer) > 4 ? VDMA_GIB : 128 * VDMA_MIB) /* sparse */
#define OPTIONS_MEMORY_BASE G_GUINT64_CONSTANT (0x10000000)

static const gchar *const options_stream_words[SIM_N_STREAMS] = {
  [SIM_STREAM_BARS] = "bars",
  [SIM_STREAM_BALL] = "ball",
  [SIM_STREAM_COUNTER] = "counter",
  [SIM_STREAM_LOOP] = "loop",
  [SIM_STREAM_SILENCE] = "silence",
  [SIM_STREAM_FEED] = "feed",
  [SIM_STREAM_FILE] = NULL,
};
#define OPTIONS_FILE_PREFIX "file:"

static const gchar *const pace_nicks[] = { "real", "virtual", NULL };
static const gchar *const irq_nicks[] = { "line", "timer", NULL };
static const gchar *const coherency_nicks[] = { "coherent", "strict", NULL };
static const gchar *const violations_nicks[] = { "count", "abort", NULL };
static const gchar *const channels_nicks[] = { "both", "mm2s", "s2mm", NULL };
static const gchar *const s2mm_fsync_nicks[] = { "none", "pin", "tuser", NULL };
static const gchar *const mm2s_fsync_nicks[] = { "none", "pin", NULL };
static const gchar *const genlock_nicks[] = { "master", "slave",
  "dynamic-master", "dynamic-slave", NULL };
static const gchar *const irq_phase_nicks[] = { "frame-end", "next-frame-start",
  NULL };
static const gchar *const frmstore_phase_nicks[] = { "next-sof", "last-line",
  NULL };
static const gchar *const park_exit_nicks[] = { "next", "zero", NULL };
static const gchar *const resync_nicks[] = { "lost", "immediate", NULL };
static const gchar *const misuse_nicks[] = { "pass", "stall", NULL };
static const gchar *const dly_start_nicks[] = { "frame-end", "sof", NULL };

/* Options write guints; the knobs are enumerations and booleans. */
G_STATIC_ASSERT (sizeof (SimIrqPhase) == sizeof (guint));
G_STATIC_ASSERT (sizeof (SimFrmstorePhase) == sizeof (guint));
G_STATIC_ASSERT (sizeof (SimResync) == sizeof (guint));
G_STATIC_ASSERT (sizeof (SimDlyStart) == sizeof (guint));
G_STATIC_ASSERT (sizeof (gboolean) == sizeof (guint));

#define ROW(name_, type_, field_, help_)                                       \
  .name = name_, .type = VDMA_OPTION_##type_,                                  \
  .offset = G_STRUCT_OFFSET (SimOptions, field_), .help = help_
#define TEXT(name_, field_, help_)                                             \
  {                                                                            \
    ROW (name_, STRING, field_, help_), .max = OPTIONS_TEXT_MAX                \
  }
#define FLAG(name_, field_, help_)                                             \
  {                                                                            \
    ROW (name_, BOOL, field_, help_)                                           \
  }
#define WORD(name_, field_, nicks_, help_)                                     \
  {                                                                            \
    ROW (name_, ENUM, field_, help_), .nicks = nicks_                          \
  }
#define NUMBER(name_, field_, min_, max_, help_)                               \
  {                                                                            \
    ROW (name_, UINT, field_, help_), .min = min_, .max = max_                 \
  }
#define NUMBER64(name_, field_, max_, help_)                                   \
  {                                                                            \
    ROW (name_, UINT64, field_, help_), .max = max_                            \
  }
#define FPS(name_, field_, help_)                                              \
  {                                                                            \
    ROW (name_, RATE, field_, help_), .max = SIM_RATE_MAX                      \
  }

static const VdmaOption options_table[] = {
  /* stream */
  TEXT ("stream", stream,
      "what S2MM sees: bars, ball, counter, loop (what MM2S sends), silence, "
      "feed (pushed by a test) or file:PATH; by default the board's name if it "
      "is one of these, else bars"),
  TEXT ("format", format,
      "pixel format of the source, as in caps (RGB, YUY2, ...); by default "
      "that of the video mode"),
  NUMBER ("width", width, 1, VDMA_MAX_HSIZE,
      "pixels (bytes without a format) in a line of the source; by default "
      "what the channel is programmed for"),
  NUMBER ("height", height, 1, VDMA_MAX_VSIZE,
      "lines in a frame of the source; by default what the channel is "
      "programmed for"),
  FPS ("fps", beat[VDMA_S2MM].fps,
      "frames a second of source and display; by default that of the video "
      "mode, else 60"),
  FPS ("display-fps", beat[VDMA_MM2S].fps,
      "frames a second of the display alone; by default fps. With stream=loop "
      "and both given, S2MM sees the display's last whole frame at its own "
      "rate"),
  NUMBER ("active", beat[VDMA_S2MM].active, 1, 100,
      "per cent of a frame's time in which its lines come; the rest is "
      "blanking"),
  NUMBER64 ("jitter", beat[VDMA_S2MM].jitter, 10 * VDMA_NSEC_PER_SEC,
      "nanoseconds by which a frame of the source begins late, at random; "
      "always less than a frame's time"),
  NUMBER ("burst", beat[VDMA_S2MM].burst, 1, 1000,
      "frames of the source that come within one frame's time, followed by a "
      "pause"),
  NUMBER64 ("seed", beat[VDMA_S2MM].seed, G_MAXUINT64,
      "of everything random: the same seed gives the same run"),
  FLAG ("loop-backpressure", loop_backpressure,
      "stream=loop: the display takes a line only when S2MM is ready for it; "
      "otherwise lines that S2MM does not take are lost"),

  { ROW ("faults", STRING, faults,
        "a script of faults with every special character as %XX, or @FILE; by "
        "default that of the environment variable GST_VDMA_SIM_FAULTS"),
      .max = OPTIONS_SCRIPT_MAX },

  /* time */
  WORD ("pace", pace, pace_nicks,
      "real: the board runs by the clock; virtual: its time passes only while "
      "its users wait"),
  NUMBER ("waiters", waiters, 1, 64,
      "pace=virtual: threads that must wait before time passes"),
  WORD ("irq", irq, irq_nicks,
      "line: each channel has its interrupt; timer: the board is used as one "
      "without interrupts"),

  /* memory */
  { ROW ("memory", SIZE, memory_size,
        "bytes of simulated memory, whole pages; only used pages cost any "
        "(128M on 32-bit machines)"),
      .min = 64 * VDMA_KIB, .max = VDMA_GIB * 1024 },
  NUMBER64 ("memory-base", memory_base, G_MAXUINT64,
      "physical address of the simulated memory, a whole page"),
  WORD ("coherency", coherency_strict, coherency_nicks,
      "coherent: CPU and device see the same bytes; strict: only flush and "
      "invalidate carry bytes from one to the other, and forgotten ones are "
      "reported"),
  WORD ("violations", violations_abort, violations_nicks,
      "of memory ownership and coherency: count them, or end the process at "
      "the first"),

  /* what the core is built with */
  TEXT ("profile", build.profile,
      "a whole build, P1 to P9; other build options change it"),
  TEXT ("hwh", build.hwh,
      "FILE or FILE#INSTANCE: the build of a core in a .hwh file; other build "
      "options change it"),
  TEXT ("dt", build.dt,
      "FOLDER#NODE or #NODE: the build of a core in a device tree; hwh and "
      "other build options change it"),
  WORD ("channels", build.channels, channels_nicks, "channels built in"),
  NUMBER ("stores", build.stores, 1, VDMA_MAX_STORES, "frame stores"),
  NUMBER ("addr-width", build.addr_width, 32, 64, "address bits"),
  NUMBER ("mm-width", build.mm_width, 32, 1024,
      "bits of the memory side of both channels, a power of two"),
  NUMBER ("mm2s-mm-width", build.channel_mm_width[VDMA_MM2S], 32, 1024,
      "bits of MM2S's memory side"),
  NUMBER ("s2mm-mm-width", build.channel_mm_width[VDMA_S2MM], 32, 1024,
      "bits of S2MM's memory side"),
  NUMBER ("stream-width", build.stream_width, 8, 1024,
      "bits of both streams, a multiple of 8"),
  NUMBER ("mm2s-stream-width", build.channel_stream_width[VDMA_MM2S], 8, 1024,
      "bits of MM2S's stream"),
  NUMBER ("s2mm-stream-width", build.channel_stream_width[VDMA_S2MM], 8, 1024,
      "bits of S2MM's stream"),
  FLAG ("dre", build.dre, "realignment engine: any byte alignment"),
  WORD ("mm2s-fsync", build.fsync[VDMA_MM2S], mm2s_fsync_nicks,
      "frame sync of MM2S"),
  WORD ("s2mm-fsync", build.fsync[VDMA_S2MM], s2mm_fsync_nicks,
      "frame sync of S2MM"),
  WORD ("mm2s-genlock", build.genlock[VDMA_MM2S], genlock_nicks,
      "genlock mode of MM2S"),
  WORD ("s2mm-genlock", build.genlock[VDMA_S2MM], genlock_nicks,
      "genlock mode of S2MM"),
  FLAG ("internal-genlock", build.internal_genlock,
      "the channels' genlock is wired inside the core"),
  FLAG ("flush-on-fsync", build.flush_on_fsync,
      "errors of frame size are recoverable"),
  FLAG ("mm2s-repeat-en", build.repeat_en[VDMA_MM2S],
      "Repeat_En built into MM2S"),
  FLAG ("s2mm-repeat-en", build.repeat_en[VDMA_S2MM],
      "Repeat_En built into S2MM"),
  FLAG ("frame-counter", build.frame_counter, "IRQFrameCount built in"),
  FLAG ("delay-counter", build.delay_counter, "IRQDelayCount built in"),
  FLAG ("frmstore", build.frmstore, "FRMSTORE built in"),
  FLAG ("threshold", build.threshold, "THRESHOLD built in"),
  FLAG ("vflip", build.vflip, "ENABLE_VERTICAL_FLIP built in, set by a reset"),
  FLAG (
      "vidprmtr-reads", build.vidprmtr_reads, "sizes and addresses read back"),
  FLAG ("status-regs", build.status_regs,
      "S2MM_HSIZE_STATUS, S2MM_VSIZE_STATUS and FRMPTR_STS built in"),
  NUMBER ("dlytmr-resolution", build.dlytmr_resolution, 1, 100000,
      "clocks per tick of the delay timer"),

  /* knobs: what no document tells */
  WORD ("irq-phase", knobs.irq_phase, irq_phase_nicks,
      "U1: when the frame interrupt comes"),
  WORD ("frmstore-phase", knobs.frmstore_phase, frmstore_phase_nicks,
      "U2: when WrFrmStore and RdFrmStore advance"),
  NUMBER ("park-latency", knobs.park_latency, 1, 2,
      "U3: frame boundaries until a park change acts"),
  WORD ("park-exit", knobs.park_exit_restarts, park_exit_nicks,
      "U4: store after park mode: the reference's next, or 0"),
  NUMBER ("cr-reset", knobs.cr_reset, 0, G_MAXUINT32,
      "U5: VDMACR after reset; RS and Reset read 0 in any case"),
  FLAG ("pre-start-ready", knobs.pre_start_ready,
      "U6: S2MM takes lines before its start and while halted"),
  WORD ("resync", knobs.resync, resync_nicks,
      "U7: the frame that cut another one short"),
  NUMBER ("repeat-errors", knobs.repeat_errors, 0, G_MAXUINT32,
      "U8: VDMASR bits after which Repeat_En repeats"),
  FLAG ("err-irq-freezes", knobs.err_irq_freezes,
      "U9: Err_Irq alone freezes the FrmStore fields"),
  FLAG ("frame-count-keeps", knobs.frame_count_keeps,
      "U10: the frame counter is not reloaded at a start"),
  FLAG ("first-sof-counts", knobs.first_sof_counts,
      "U10: with irq-phase=next-frame-start the first frame start counts"),
  NUMBER ("dly-clk", knobs.dly_clk_hz, 1, G_MAXUINT32,
      "U11: clock of the delay timer in Hz"),
  FLAG ("reset-keeps-park", knobs.reset_keeps_park,
      "U12: the channel's park reference survives its reset"),
  FLAG ("reset-keeps-flip", knobs.reset_keeps_flip,
      "U12: ENABLE_VERTICAL_FLIP survives the reset of S2MM"),
  NUMBER ("absent-reads", knobs.absent_reads, 0, G_MAXUINT32,
      "U13: value of reserved and absent registers"),
  NUMBER ("commit-latency", knobs.commit_latency, 0, 1,
      "U14: extra frame boundaries before a commit acts"),
  FLAG ("restart-continues", knobs.restart_continues,
      "U15: a restart goes on with the next store, not with 0"),
  FLAG ("mask-hides-errors", knobs.mask_hides_errors,
      "U16: IRQ_MASK hides the error bits too"),
  FLAG ("status-swapped", knobs.status_swapped,
      "U17: 0xF0 is VSIZE status and 0xF4 HSIZE status"),
  WORD ("misuse", knobs.stall_on_misuse, misuse_nicks,
      "U18: a misaligned frame passes, or stalls the stream"),
  FLAG ("flip-mirrors-base", knobs.flip_mirrors_base,
      "U19: START_ADDRESS is that of the last line of a flipped frame"),
  FLAG ("genlock-waits", knobs.genlock_waits,
      "U20: a genlock slave waits while its master is halted"),
  WORD ("dly-start", knobs.dly_start, dly_start_nicks,
      "U21: what starts the delay timer in tuser mode"),
  NUMBER64 ("reset-time", knobs.reset_ns, 10 * VDMA_NSEC_PER_SEC,
      "nanoseconds that a soft reset takes; 0: until it is read once"),
};

#undef ROW
#undef TEXT
#undef FLAG
#undef WORD
#undef NUMBER
#undef NUMBER64
#undef FPS

const VdmaOption *
sim_options_get_table (guint *n_options)
{
  *n_options = G_N_ELEMENTS (options_table);
  return options_table;
}

/* ---- defaults ---- */

static void
options_init (SimOptions *options)
{
  *options = (SimOptions){
    .waiters = 1,
    .memory_size = OPTIONS_MEMORY,
    .memory_base = OPTIONS_MEMORY_BASE,
  };
  for (guint dir = 0; dir < VDMA_N_DIRECTIONS; dir++) {
    options->beat[dir].active = 95;
    options->beat[dir].burst = 1;
  }
  sim_knobs_init (&options->knobs);
  sim_build_choice_init (&options->build);
}

/* ---- checks that take more than one value ---- */

static gboolean
options_set_stream (SimOptions *options, const gchar *name, GError **error)
{
  const gchar *word = options->stream ? options->stream : name;
  for (guint i = 0; i < SIM_N_STREAMS; i++) {
    if (options_stream_words[i]
        && g_str_equal (options_stream_words[i], word)) {
      options->stream_kind = (SimStreamKind) i;
      return TRUE;
    }
  }
  if (!options->stream) {
    options->stream_kind = SIM_STREAM_BARS;
    return TRUE;
  }
  if (g_str_has_prefix (word, OPTIONS_FILE_PREFIX)
      && word[strlen (OPTIONS_FILE_PREFIX)]) {
    options->stream_kind = SIM_STREAM_FILE;
    options->file = word + strlen (OPTIONS_FILE_PREFIX);
    return TRUE;
  }
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "simulated board: option 'stream' cannot be '%s'; it takes bars, ball, "
      "counter, loop, silence, feed or file:PATH",
      word);
  return FALSE;
}

static gboolean
options_check_format (const SimOptions *options, GError **error)
{
  if (!options->format || sim_pixel_format_find (options->format))
    return TRUE;
  g_autofree gchar *names = sim_pixel_format_names ();
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "simulated board: option 'format' cannot be '%s'; it takes %s",
      options->format, names);
  return FALSE;
}

static gboolean
options_check_memory (const SimOptions *options, GError **error)
{
  guint64 page = sim_memory_get_page_size ();
  if (options->memory_size % page || options->memory_base % page) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "simulated board: options 'memory' and 'memory-base' are "
        "0x%" G_GINT64_MODIFIER "x and 0x%" G_GINT64_MODIFIER
        "x; both must be multiples of the page size, 0x%" G_GINT64_MODIFIER "x",
        options->memory_size, options->memory_base, page);
    return FALSE;
  }
  if ((guint64) (gsize) options->memory_size != options->memory_size) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "simulated board: option 'memory' is more than this machine can "
        "address");
    return FALSE;
  }
  if (options->memory_base > G_MAXUINT64 - (options->memory_size - 1)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "simulated board: option 'memory-base' cannot be 0x%" G_GINT64_MODIFIER
        "x; with a memory of 0x%" G_GINT64_MODIFIER
        "x bytes it must be 0x%" G_GINT64_MODIFIER "x at most",
        options->memory_base, options->memory_size,
        G_MAXUINT64 - (options->memory_size - 1));
    return FALSE;
  }
  return TRUE;
}

/* The display's beat is the source's where nothing else is said. */
static void
options_set_display_beat (SimOptions *options)
{
  const SimBeat *source = &options->beat[VDMA_S2MM];
  SimBeat *display = &options->beat[VDMA_MM2S];
  display->active = source->active;
  display->seed = source->seed;
  options->loop_buffered =
      display->fps[0] != 0 && source->fps[0] != 0
      && memcmp (display->fps, source->fps, sizeof display->fps) != 0;
  if (display->fps[0] == 0)
    memcpy (display->fps, source->fps, sizeof display->fps);
}

gboolean
sim_options_parse (
    SimOptions *options, const gchar *name, const gchar *text, GError **error)
{
  options_init (options);
  if (!vdma_options_parse (text, "simulated board", options_table,
          G_N_ELEMENTS (options_table), options, error))
    return FALSE;
  options_set_display_beat (options);
  return options_set_stream (options, name, error)
         && options_check_format (options, error)
         && options_check_memory (options, error)
         && sim_build_desc (&options->build, name, &options->desc, error);
}

void
sim_options_clear (SimOptions *options)
{
  vdma_options_clear (options_table, G_N_ELEMENTS (options_table), options);
}

static gint
options_compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

gchar *
sim_options_canonical (const gchar *text)
{
  g_auto (GStrv) assignments = g_strsplit (text ? text : "", "&", -1);
  qsort (assignments, g_strv_length (assignments), sizeof (gchar *),
      options_compare_texts);
  return g_strjoinv ("&", assignments);
}
