/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Generated pictures and the beat of frames: pure, without a board. */
#include <string.h>

#include "sim-beat.h"
#include "sim-counter.h"
#include "sim-pattern.h"
#include "vdma-util.h"

/* ---- pixels ---- */

typedef struct {
  const gchar *format;
  guint width, size;
  SimColor color;
  guint8 bytes[8]; /* two pixels */
} Pixels;

static const SimColor red = { 255, 0, 0 };

static const Pixels pixels[] = {
  { "GRAY8", 2, 2, { 255, 255, 255 }, { 255, 255 } },
  { "GRAY16_LE", 2, 4, { 255, 255, 255 }, { 255, 255, 255, 255 } },
  { "RGB", 2, 6, { 10, 20, 30 }, { 10, 20, 30, 10, 20, 30 } },
  { "BGR", 2, 6, { 10, 20, 30 }, { 30, 20, 10, 30, 20, 10 } },
  { "RGBx", 2, 8, { 10, 20, 30 }, { 10, 20, 30, 255, 10, 20, 30, 255 } },
  { "BGRx", 2, 8, { 10, 20, 30 }, { 30, 20, 10, 255, 30, 20, 10, 255 } },
  { "RGBA", 2, 8, { 10, 20, 30 }, { 10, 20, 30, 255, 10, 20, 30, 255 } },
  { "BGRA", 2, 8, { 10, 20, 30 }, { 30, 20, 10, 255, 30, 20, 10, 255 } },
  /* BT.601: white, black, red */
  { "YUY2", 2, 4, { 255, 255, 255 }, { 235, 128, 235, 128 } },
  { "YUY2", 2, 4, { 0, 0, 0 }, { 16, 128, 16, 128 } },
  { "YUY2", 2, 4, { 255, 0, 0 }, { 81, 90, 81, 240 } },
  { "UYVY", 2, 4, { 255, 0, 0 }, { 90, 81, 240, 81 } },
  /* a pixel without a partner fills its pair */
  { "UYVY", 1, 4, { 255, 0, 0 }, { 90, 81, 240, 81 } },
};

static void
test_pixels (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (pixels); i++) {
    const Pixels *row = &pixels[i];
    const SimPixelFormat *format = sim_pixel_format_find (row->format);
    guint8 line[8] = { 0 };
    g_assert_nonnull (format);
    g_assert_cmpuint (sim_pixel_line_size (format, row->width), ==, row->size);
    sim_pixel_fill (format, 480, line, 0, row->width, row->color);
    g_assert_cmpmem (line, 8, row->bytes, 8);
  }
  g_assert_null (sim_pixel_format_find ("I420"));
  g_assert_null (sim_pixel_format_find (NULL));
}

static void
test_pixel_colorimetry (void)
{
  guint8 line[4];
  const SimPixelFormat *yuy2 = sim_pixel_format_find ("YUY2");
  sim_pixel_fill (yuy2, 576, line, 0, 2, red);
  g_assert_cmpuint (line[0], ==, 81);
  /* BT.709 for taller pictures */
  sim_pixel_fill (yuy2, 720, line, 0, 2, red);
  g_assert_cmpuint (line[0], ==, 63);
}

/* Into Y'CbCr and back: the colour is the same within rounding. */
static void
test_pixel_yuv_round_trip (void)
{
  const SimPixelFormat *yuy2 = sim_pixel_format_find ("YUY2");
  const SimPixelFormat *rgb = sim_pixel_format_find ("RGB");
  for (guint height = 480; height <= 1080; height += 600) {
    for (guint i = 0; i < 512; i++) {
      SimColor color = { (guint8) ((i & 7) * 36), (guint8) ((i >> 3 & 7) * 36),
        (guint8) ((i >> 6) * 36) };
      guint8 yuv[4], back[3];
      sim_pixel_fill (yuy2, height, yuv, 0, 2, color);
      sim_pixel_put_yuv (rgb, height, back, 0, yuv[0], yuv[1], yuv[3]);
      g_assert_cmpint (ABS (back[0] - color.r), <=, 3);
      g_assert_cmpint (ABS (back[1] - color.g), <=, 3);
      g_assert_cmpint (ABS (back[2] - color.b), <=, 3);
    }
  }
}

/* ---- patterns ---- */

static SimShape
shape_of (const gchar *format, guint width, guint lines)
{
  const SimPixelFormat *found = sim_pixel_format_find (format);
  return (SimShape){ .format = found,
    .width = width,
    .size = sim_pixel_line_size (found, width),
    .lines = lines };
}

static void
test_bars (void)
{
  static const guint8 left[3][3] = { { 191, 191, 191 }, { 0, 0, 191 },
    { 0, 33, 76 } };
  g_autoptr (SimPattern) bars = sim_pattern_new (SIM_PATTERN_BARS);
  SimShape shape = shape_of ("RGB", 70, 12);
  sim_pattern_begin (bars, 0, &shape);
  g_assert_cmpmem (sim_pattern_line (bars, 0), 3, left[0], 3);
  g_assert_cmpmem (sim_pattern_line (bars, 7), 3, left[0], 3);
  g_assert_cmpmem (sim_pattern_line (bars, 8), 3, left[1], 3);
  g_assert_cmpmem (sim_pattern_line (bars, 9), 3, left[2], 3);
  g_assert_cmpmem (sim_pattern_line (bars, 11), 3, left[2], 3);
  /* the last bar of the top is blue up to the last pixel */
  g_assert_cmpmem (sim_pattern_line (bars, 0) + 69 * 3, 3, left[1], 3);
}

static guint
count_bright (SimPattern *pattern, const SimShape *shape)
{
  guint n = 0;
  for (guint y = 0; y < shape->lines; y++) {
    const guint8 *line = sim_pattern_line (pattern, y);
    for (guint x = 0; x < shape->width; x++)
      n += line[x] > 100;
  }
  return n;
}

/* The ball keeps its size wherever it is, and it moves. */
static void
test_ball (void)
{
  g_autoptr (SimPattern) ball = sim_pattern_new (SIM_PATTERN_BALL);
  SimShape shape = shape_of ("GRAY8", 160, 120);
  sim_pattern_begin (ball, 0, &shape);
  guint size = count_bright (ball, &shape);
  g_assert_cmpuint (size, >, 15 * 15 * 2);
  g_assert_cmpuint (size, <, 15 * 15 * 4);
  g_autofree guint8 *before = g_memdup2 (sim_pattern_line (ball, 15), 160);
  for (guint i = 1; i < 500; i++) {
    sim_pattern_begin (ball, i, &shape);
    g_assert_cmpuint (count_bright (ball, &shape), ==, size);
    g_assert_true (
        i > 1 || memcmp (before, sim_pattern_line (ball, 15), 160) != 0);
  }
}

/* Any size down to nothing much, in every pattern. */
static void
test_small (void)
{
  for (guint kind = 0; kind < SIM_N_PATTERNS; kind++) {
    g_autoptr (SimPattern) pattern = sim_pattern_new ((SimPatternKind) kind);
    for (guint width = 1; width < 12; width++) {
      for (guint lines = 1; lines < 12; lines++) {
        SimShape shape = shape_of ("UYVY", width, lines);
        sim_pattern_begin (pattern, 7, &shape);
        for (guint i = 0; i < lines; i++)
          g_assert_nonnull (sim_pattern_line (pattern, i));
      }
    }
  }
}

/* ---- counter ---- */

#define PICTURE_LINES  9
#define PICTURE_STRIDE 128

static void
draw (guint8 *picture, guint64 number, guint hsize, guint from, guint to)
{
  for (guint i = from; i < to; i++)
    sim_counter_draw (picture + i * PICTURE_STRIDE, hsize, number, i);
}

typedef struct {
  const gchar *path;
  guint hsize;
  guint64 old_number, new_number;
  guint n_new;     /* lines of the new frame, from above */
  guint broken_at; /* byte of line 6 that is flipped; 0: none */
  guint n_torn, n_mixed, first_bad;
} Tear;

static const Tear tears[] = {
  { "/sim-pattern/counter/whole", 100, 5, 6, 9, 0, 0, 0, 0 },
  { "/sim-pattern/counter/half-old", 100, 5, 6, 4, 0, 5, 0, 4 },
  { "/sim-pattern/counter/half-old-1-byte", 1, 5, 6, 4, 0, 5, 0, 4 },
  { "/sim-pattern/counter/far-older", 100, 5, 5 + (1ull << 33), 4, 0, 5, 0, 4 },
  { "/sim-pattern/counter/broken-byte", 100, 5, 6, 9, 99, 0, 1, 6 },
  { "/sim-pattern/counter/broken-high-byte", 100, 5, 6, 9, 12, 0, 1, 6 },
  { "/sim-pattern/counter/both", 100, 5, 6, 5, 50, 3, 1, 5 },
};

static void
test_tear (gconstpointer data)
{
  const Tear *tear = data;
  guint8 picture[PICTURE_LINES * PICTURE_STRIDE] = { 0 };
  SimCounterCheck check;
  draw (picture, tear->old_number, tear->hsize, 0, PICTURE_LINES);
  draw (picture, tear->new_number, tear->hsize, 0, tear->n_new);
  if (tear->broken_at)
    picture[6 * PICTURE_STRIDE + tear->broken_at] ^= 1;
  gboolean whole = sim_pattern_check_counter (
      picture, PICTURE_STRIDE, tear->hsize, PICTURE_LINES, &check);
  g_assert_cmpint (whole, ==, tear->n_torn + tear->n_mixed == 0);
  g_assert_cmpuint (check.number, ==, tear->new_number);
  g_assert_cmpuint (check.n_torn, ==, tear->n_torn);
  g_assert_cmpuint (check.n_mixed, ==, tear->n_mixed);
  g_assert_cmpuint (check.first_bad, ==, tear->first_bad);
}

static void
test_counter_flipped (void)
{
  guint8 picture[PICTURE_LINES * PICTURE_STRIDE];
  SimCounterCheck check;
  for (guint i = 0; i < PICTURE_LINES; i++)
    sim_counter_draw (
        picture + i * PICTURE_STRIDE, 64, 77, PICTURE_LINES - 1 - i);
  g_assert_true (sim_pattern_check_counter (
      picture, PICTURE_STRIDE, 64, PICTURE_LINES, &check));
  g_assert_true (check.flipped);
  g_assert_cmpuint (check.number, ==, 77);
}

/* Rows are shorter than they say: a line of the picture may not be read beyond
 * its end. */
static void
test_counter_sizes (void)
{
  static const guint bits[] = { 0, 8, 16, 19, 19, 27, 35, 35, 35, 35 };
  for (guint hsize = 1; hsize < G_N_ELEMENTS (bits); hsize++) {
    g_autofree guint8 *line = g_malloc (hsize);
    SimCounterCheck check;
    guint64 number = 0x5a5a5a5a5a5a5aull;
    sim_counter_draw (line, hsize, number, 0);
    g_assert_true (sim_pattern_check_counter (line, hsize, hsize, 1, &check));
    g_assert_cmpuint (check.bits, ==, bits[hsize]);
    g_assert_cmphex (check.number, ==, number & ((1ull << bits[hsize]) - 1));
  }
}

static void
test_judge (void)
{
  SimCounterJudge judge = { 0 };
  SimCounterCheck check = { .number = 254, .bits = 8 };
  g_assert_cmpint (sim_counter_judge (&judge, &check), ==, SIM_COUNTER_FIRST);
  check.number = 255;
  g_assert_cmpint (sim_counter_judge (&judge, &check), ==, SIM_COUNTER_NEXT);
  check.number = 0;
  g_assert_cmpint (sim_counter_judge (&judge, &check), ==, SIM_COUNTER_NEXT);
  g_assert_cmpint (
      sim_counter_judge (&judge, &check), ==, SIM_COUNTER_REPEATED);
  check.number = 3;
  g_assert_cmpint (sim_counter_judge (&judge, &check), ==, SIM_COUNTER_SKIPPED);
  g_assert_cmpuint (judge.skipped, ==, 2);
  check.number = 2;
  g_assert_cmpint (
      sim_counter_judge (&judge, &check), ==, SIM_COUNTER_BACKWARDS);
}

static void
test_peek (void)
{
  guint8 line[100];
  guint64 number;
  guint line_number;
  sim_counter_draw (line, sizeof line, 1ull << 34, 8190);
  g_assert_true (sim_counter_peek (line, sizeof line, &number, &line_number));
  g_assert_cmphex (number, ==, 1ull << 34);
  g_assert_cmpuint (line_number, ==, 8190);
  g_assert_false (sim_counter_peek (line, 15, &number, &line_number));
  memset (line, 0, sizeof line);
  g_assert_false (sim_counter_peek (line, sizeof line, &number, &line_number));
  memset (line, 0xff, sizeof line);
  g_assert_false (sim_counter_peek (line, sizeof line, &number, &line_number));
}

/* ---- the beat ---- */

static void
test_rate (void)
{
  static const guint rates[][2] = { { 60, 1 }, { 30000, 1001 }, { 1, 10 },
    { 240000, 1001 }, { 999983, 999979 }, { 1000000, 1 } };
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    SimRate rate = {
      .epoch = 12345, .first = 1000, .num = rates[i][0], .den = rates[i][1]
    };
    /* after num frames exactly den seconds have passed, however often */
    guint64 frame = 1000 + 3ull * rate.num;
    g_assert_cmpint (sim_rate_start (&rate, frame), ==,
        12345 + 3ll * rate.den * VDMA_NSEC_PER_SEC);
    for (guint64 n = 1000; n < 1100; n++) {
      gint64 start = sim_rate_start (&rate, n);
      g_assert_cmpuint (sim_rate_frame_at (&rate, start), ==, n);
      g_assert_cmpuint (
          sim_rate_frame_at (&rate, sim_rate_start (&rate, n + 1) - 1), ==, n);
    }
    const guint other[2] = { 50, 1 };
    gint64 start = sim_rate_start (&rate, frame);
    sim_rate_change (&rate, frame, other);
    g_assert_cmpint (sim_rate_start (&rate, frame), ==, start);
    g_assert_cmpint (
        sim_rate_start (&rate, frame + 1), ==, start + 20 * VDMA_NSEC_PER_MSEC);
  }
}

typedef struct {
  const gchar *path;
  SimBeat beat;
} BeatCase;

static const BeatCase beats[] = {
  { "/sim-pattern/beat/even", { { 100, 1 }, 95, 0, 1, 0 } },
  { "/sim-pattern/beat/jitter", { { 100, 1 }, 95, 7000000, 1, 3 } },
  { "/sim-pattern/beat/burst", { { 100, 1 }, 80, 0, 4, 0 } },
  { "/sim-pattern/beat/both", { { 100, 1 }, 100, 1000000, 3, 9 } },
  { "/sim-pattern/beat/too-much-jitter", { { 100, 1 }, 95, 1000000000, 1, 3 } },
};

/* Frames follow one another, their lines too, none overlaps the next frame, and
 * in the long run the rate is what it is. */
static void
test_beat (gconstpointer data)
{
  const SimBeat *beat = &((const BeatCase *) data)->beat;
  const guint64 n_frames = 400;
  SimBeatClock clock;
  SimSlot slot;
  sim_beat_init (&clock, beat, 0);
  gint64 last = -1;
  for (guint64 n = 0; n < n_frames; n++) {
    gint64 start = sim_beat_start (&clock, n);
    g_assert_cmpint (start, >, last);
    last = start;
    sim_beat_open (&clock, n, 8191, &slot);
    g_assert_cmpint (slot.due, ==, start);
    g_assert_cmpint (slot.last_due, <, sim_beat_start (&clock, n + 1));
    g_assert_cmpuint (sim_slot_skip (&slot, slot.last_due), ==, 8191);
    g_assert_cmpint (start - (gint64) n * 10000000, <=, (gint64) beat->jitter);
    g_assert_cmpuint (clock.next, ==, n);
    g_assert_cmpint (clock.next_start, ==, start);
    g_assert_cmpuint (sim_beat_skip (&clock, start - 1), ==, 0);
    g_assert_cmpuint (sim_beat_skip (&clock, start), ==, 1);
  }
  g_assert_cmpuint (
      sim_beat_skip (&clock, 2 * (gint64) n_frames * 10000000), >=, n_frames);
  if (beat->burst > 1)
    g_assert_cmpint (sim_beat_start (&clock, 1), <=,
        10000000 / beat->burst + (gint64) beat->jitter);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-pattern/pixels", test_pixels);
  g_test_add_func ("/sim-pattern/pixels/colorimetry", test_pixel_colorimetry);
  g_test_add_func (
      "/sim-pattern/pixels/yuv-round-trip", test_pixel_yuv_round_trip);
  g_test_add_func ("/sim-pattern/bars", test_bars);
  g_test_add_func ("/sim-pattern/ball", test_ball);
  g_test_add_func ("/sim-pattern/small", test_small);
  for (guint i = 0; i < G_N_ELEMENTS (tears); i++)
    g_test_add_data_func (tears[i].path, &tears[i], test_tear);
  g_test_add_func ("/sim-pattern/counter/flipped", test_counter_flipped);
  g_test_add_func ("/sim-pattern/counter/sizes", test_counter_sizes);
  g_test_add_func ("/sim-pattern/counter/judge", test_judge);
  g_test_add_func ("/sim-pattern/counter/peek", test_peek);
  g_test_add_func ("/sim-pattern/rate", test_rate);
  for (guint i = 0; i < G_N_ELEMENTS (beats); i++)
    g_test_add_data_func (beats[i].path, &beats[i], test_beat);
  return g_test_run ();
}
