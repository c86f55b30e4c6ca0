/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The language of fault scripts: what is right, and what is said of what is
 * wrong. What scripts do is in test-sim-fault.c. */
#include <string.h>

#include "sim-fault-script.h"
#include "vdma-error.h"
#include "vdma-util.h"

/* ---- the language ---- */

static void
test_parse (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimFaultScript) script = sim_fault_script_parse (
      "# before the header\n\n"
      "vdma-faults 1   # of what follows; whatever that is\n"
      "seed 0x2a\n"
      "at frame 10 inject s2mm sof-early,err-irq; at time 1.5ms unplug for 2s\n"
      "every 7 frames from 3 until 30 short-line 2 5\r\n"
      "random 1/4 mode 640x480 RGB at 30000/1001\n"
      "at alloc 3 alloc-fail 2\n"
      "every 5 allocs irq-spurious mm2s\n"
      "at frame 0 bus-range mm2s decerr 0x1000-0x1fff\n"
      "at frame 1 bus-error s2mm slverr line 3",
      &error);
  g_assert_no_error (error);
  g_assert_true (script->has_seed);
  g_assert_cmpuint (script->seed, ==, 42);
  g_assert_cmpuint (script->events->len, ==, 8);
  const SimFaultEvent *e = (const SimFaultEvent *) script->events->data;
  g_assert_cmpint (e[0].kind, ==, SIM_FAULT_INJECT);
  g_assert_cmpuint (e[0].line, ==, 5);
  g_assert_cmpuint (e[0].first, ==, 10);
  g_assert_cmpuint (e[0].last, ==, 10);
  g_assert_cmphex (e[0].bits, ==, VDMA_SR_SOF_EARLY | VDMA_SR_ERR_IRQ);
  g_assert_cmpint (e[1].when, ==, SIM_WHEN_TIME);
  g_assert_cmpint (e[1].time, ==, 1500000);
  g_assert_cmpint (e[1].duration, ==, 2 * VDMA_NSEC_PER_SEC);
  g_assert_cmpuint (e[2].step, ==, 7);
  g_assert_cmpuint (e[2].first, ==, 3);
  g_assert_cmpuint (e[2].last, ==, 30);
  g_assert_cmpuint (e[2].bad_line, ==, 2);
  g_assert_cmpuint (e[2].number, ==, 5);
  g_assert_cmphex (e[3].chance, ==, 0x40000000);
  g_assert_cmpstr (e[3].mode.format, ==, "RGB");
  g_assert_cmpuint (e[3].mode.fps[1], ==, 1001);
  g_assert_cmpuint (e[4].number, ==, 2);
  g_assert_cmpint (e[5].dir, ==, VDMA_MM2S);
  g_assert_cmpuint (e[5].first, ==, 5);
  g_assert_cmphex (e[6].to, ==, 0x1fff);
  g_assert_cmpint (e[7].response, ==, SIM_SLVERR);
  g_assert_cmpuint (e[7].bad_line, ==, 3);
}

typedef struct {
  const gchar *script;
  const gchar *part; /* of the error's sentence */
} WrongScript;

#define HEAD "vdma-faults 1\n"
static const WrongScript wrong_scripts[] = {
  { "", "line 1, column 1: the script is empty" },
  { "# nothing\n\n", "is empty" },
  { "at frame 1 plug", "line 1, column 1: 'at'" },
  { "vdma-faults 2", "column 13: '2' stands where the first line" },
  { "vdma-faults", "column 12: the line's end" },
  { HEAD "on frame 1 plug", "line 2, column 1: 'on' stands where at, every" },
  { HEAD "at frame", "line 2, column 9: the line's end" },
  { HEAD "at frame x plug", "line 2, column 10: 'x'" },
  { HEAD "at frame -1 plug", "column 10: '-1'" },
  { HEAD "at frame 1 plug it", "column 17: 'it' stands where the end of" },
  { HEAD "at alloc 0 plug", "from 1 to" },
  { HEAD "at time 5 plug", "1.5s, 20ms" },
  { HEAD "at time 5.ms plug", "'5.ms'" },
  { HEAD "at time 1.2.3ms plug", "'1.2.3ms'" },
  { HEAD "at time .5s plug", "'.5s'" },
  { HEAD "at time 99999999999999999999s plug", "up to a day" },
  { HEAD "every 0 frames plug", "from 1 to" },
  { HEAD "every 2 lines plug", "frames or allocs" },
  { HEAD "every 2 frames from 5 until 4 plug", "from 5 to" },
  { HEAD "random 3/2 plug", "1/50" },
  { HEAD "random 1/0 plug", "1/50" },
  { HEAD "random 0/2 plug", "1/50" },
  { HEAD "at frame 1 explode", "short-frame LINES" },
  { HEAD "at frame 1 inject s2mn sof-early", "s2mm or mm2s" },
  { HEAD "at frame 1 inject s2mm", "int-err, slv-err" },
  { HEAD "at frame 1 inject s2mm sof-early,", "int-err, slv-err" },
  { HEAD "at frame 1 inject mm2s eol-early", "S2MM's alone" },
  { HEAD "at frame 1 short-frame 0", "from 1 to" },
  { HEAD "at frame 1 short-line 9999 1", "from 0 to 8190" },
  { HEAD "at frame 1 mode 640", "640x480" },
  { HEAD "at frame 1 mode 640x9999", "640x480" },
  { HEAD "at frame 1 mode 640x480 I420", "GRAY16_LE" },
  { HEAD "at frame 1 mode 640x480 at 30/0", "30000/1001" },
  { HEAD "at frame 1 bus-range s2mm decerr 5-4", "0x10000000-0x10ffffff" },
  { HEAD "at frame 1 bus-error s2mm okay", "slverr or decerr" },
  { HEAD "seed", "line 2, column 5" },
  { HEAD "seed 1 2", "column 8: '2'" },
  { HEAD "plug; at frame 1 plug", "column 1: 'plug'" },
  { HEAD "at frame 1 plug;  at", "line 2, column 21: the line's end" },
};

static void
test_wrong_scripts (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (wrong_scripts); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (sim_fault_script_parse (wrong_scripts[i].script, &error));
    g_assert_error (error, VDMA_ERROR, VDMA_ERROR_INVALID);
    if (!strstr (error->message, wrong_scripts[i].part))
      g_error ("'%s' is not in '%s'", wrong_scripts[i].part, error->message);
  }
}

/* Any bytes give a script or an error, and nothing else. */
static void
test_random_scripts (void)
{
  static const gchar *const words[] = { "at", "every", "random", "frame",
    "frames", "time", "alloc", "1", "0", "1/2", "2ms", "for", "from", "until",
    "inject", "s2mm", "mm2s", "dec-err", "mode", "4x4", "RGB", "line", "seed",
    ";", "\n", "#", "0x", "-", "plug", "\xff", "bus-range", "0-9" };
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  for (guint i = 0; i < 20000; i++) {
    g_autoptr (GString) text = g_string_new (HEAD);
    guint n = g_rand_int_range (random, 1, 12);
    for (guint w = 0; w < n; w++)
      g_string_append_printf (text, "%s ",
          words[g_rand_int_range (random, 0, G_N_ELEMENTS (words))]);
    g_autoptr (GError) error = NULL;
    SimFaultScript *script = sim_fault_script_parse (text->str, &error);
    g_assert_true ((script == NULL) == (error != NULL));
    sim_fault_script_free (script);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-fault/parse", test_parse);
  g_test_add_func ("/sim-fault/wrong-scripts", test_wrong_scripts);
  g_test_add_func ("/sim-fault/random-scripts", test_random_scripts);
  return g_test_run ();
}
