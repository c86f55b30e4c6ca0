/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <stdlib.h>

#include "vdma-log.h"

/* ---- life ---- */

/* Every line is made, so that its arguments are checked, and shown to nobody. */
static gboolean
fuzz_log_is_enabled (VdmaLogTopic topic, VdmaLogLevel level)
{
  return TRUE;
}

static void
fuzz_log_write (VdmaLogTopic topic, VdmaLogLevel level, const gchar *file,
    const gchar *function, gint line, const gchar *message)
{
}

static const VdmaLogSink fuzz_log = {
  .is_enabled = fuzz_log_is_enabled,
  .write = fuzz_log_write,
};

/* GLib ends the process by a trap, which libFuzzer takes for no failure of the
 * input: it would not keep it. */
static void
fuzz_complain (const gchar *domain, GLogLevelFlags level, const gchar *message,
    gpointer user_data)
{
  g_printerr ("%s: %s\n", domain ? domain : "fuzz", message);
  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
    abort ();
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static gsize once;
  FuzzInput in = { data, size };

  if (g_once_init_enter (&once)) {
    vdma_log_set_sink (&fuzz_log);
    g_log_set_default_handler (fuzz_complain, NULL);
    g_once_init_leave (&once, 1);
  }
  fuzz_target_run (&in);
  return 0;
}

/* ---- input ---- */

gboolean
fuzz_is_empty (const FuzzInput *in)
{
  return in->size == 0;
}

guint8
fuzz_u8 (FuzzInput *in)
{
  if (in->size == 0)
    return 0;
  in->size--;
  return *in->data++;
}

guint16
fuzz_u16 (FuzzInput *in)
{
  guint low = fuzz_u8 (in);
  return (guint16) (low | (guint) fuzz_u8 (in) << 8);
}

guint32
fuzz_u32 (FuzzInput *in)
{
  guint32 low = fuzz_u16 (in);
  return low | (guint32) fuzz_u16 (in) << 16;
}

guint64
fuzz_u64 (FuzzInput *in)
{
  guint64 low = fuzz_u32 (in);
  return low | (guint64) fuzz_u32 (in) << 32;
}

guint
fuzz_below (FuzzInput *in, guint n)
{
  return fuzz_u8 (in) % n;
}

gboolean
fuzz_flag (FuzzInput *in)
{
  return fuzz_u8 (in) & 1;
}

gchar *
fuzz_text (FuzzInput *in, gchar end)
{
  gsize length = 0;

  while (length < in->size && in->data[length] && in->data[length] != end)
    length++;
  gchar *text = g_strndup ((const gchar *) in->data, length);
  length += length < in->size; /* the end itself */
  in->data += length;
  in->size -= length;
  return text;
}

/* ---- judgement ---- */

void
fuzz_check_error (gboolean ok, GError *error, gboolean is_utf8)
{
  g_assert_cmpint (ok, ==, error == NULL);
  if (!error)
    return;
  g_assert_nonnull (error->message);
  g_assert_cmpint (error->message[0], !=, '\0');
  if (is_utf8)
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_error_free (error);
}
