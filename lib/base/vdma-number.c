/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vdma-number.h"

#include <string.h>

#include "vdma-options.h"
#include "vdma-util.h"

#define RATE_MAX_DECIMALS 6

/* The digits at *@text, which moves behind them; at least one must be there. */
static gboolean
number_take_digits (const gchar **text, guint base, guint64 *number)
{
  const gchar *at = *text;
  guint64 value = 0;
  for (; g_ascii_isxdigit (*at); at++) {
    guint digit = (guint) g_ascii_xdigit_value (*at);
    if (digit >= base)
      break;
    if (!g_uint64_checked_mul (&value, value, base)
        || !g_uint64_checked_add (&value, value, digit))
      return FALSE;
  }
  if (at == *text)
    return FALSE;
  *text = at;
  *number = value;
  return TRUE;
}

static gboolean
number_take (const gchar **text, guint64 *number)
{
  if ((*text)[0] == '0' && ((*text)[1] == 'x' || (*text)[1] == 'X')) {
    *text += 2;
    return number_take_digits (text, 16, number);
  }
  return number_take_digits (text, 10, number);
}

gboolean
vdma_parse_uint64 (const gchar *text, guint64 *number)
{
  guint64 value;
  if (!number_take (&text, &value) || *text)
    return FALSE;
  *number = value;
  return TRUE;
}

gboolean
vdma_parse_size (const gchar *text, guint64 *size)
{
  static const struct {
    gchar suffix;
    guint64 unit;
  } units[] = {
    { 'k', VDMA_KIB },
    { 'K', VDMA_KIB },
    { 'M', VDMA_MIB },
    { 'G', VDMA_GIB },
  };
  guint64 value;
  if (!number_take (&text, &value))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (units); i++) {
    if (*text != units[i].suffix)
      continue;
    if (!g_uint64_checked_mul (&value, value, units[i].unit))
      return FALSE;
    text++;
    break;
  }
  if (*text)
    return FALSE;
  *size = value;
  return TRUE;
}

/* ---- rates ---- */

static guint64
rate_common_divisor (guint64 a, guint64 b)
{
  while (b) {
    guint64 rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

static gboolean
rate_set (guint rate[2], guint64 numerator, guint64 denominator)
{
  if (denominator == 0)
    return FALSE;
  guint64 divisor = rate_common_divisor (numerator, denominator);
  numerator /= divisor;
  denominator /= divisor;
  if (numerator > G_MAXUINT || denominator > G_MAXUINT)
    return FALSE;
  rate[0] = (guint) numerator;
  rate[1] = (guint) denominator;
  return TRUE;
}

/* @value / @scale is a decimal with two places or more: is it the rounded form
 * of a nominal rate over 1.001? */
static gboolean
rate_set_ntsc (guint rate[2], guint64 value, guint64 scale)
{
  static const guint nominal[] = { 24, 30, 48, 60, 72, 90, 96, 100, 120, 144,
    240 };
  if (scale < 100)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (nominal); i++) {
    guint64 numerator = nominal[i] * G_GUINT64_CONSTANT (1000);
    if (value == (numerator * scale + 1001 / 2) / 1001)
      return rate_set (rate, numerator, 1001);
  }
  return FALSE;
}

static gboolean
rate_parse_decimals (const gchar *text, guint64 whole, guint rate[2])
{
  guint64 scale = 1, decimals, value;
  const gchar *end = text;
  if (!number_take_digits (&end, 10, &decimals) || *end
      || end - text > RATE_MAX_DECIMALS)
    return FALSE;
  for (const gchar *at = text; at < end; at++)
    scale *= 10;
  if (whole > G_MAXUINT)
    return FALSE;
  value = whole * scale + decimals;
  return rate_set_ntsc (rate, value, scale) || rate_set (rate, value, scale);
}

gboolean
vdma_parse_rate (const gchar *text, guint rate[2])
{
  guint64 numerator, denominator;
  if (!number_take_digits (&text, 10, &numerator))
    return FALSE;
  switch (*text) {
    case '\0':
      return rate_set (rate, numerator, 1);
    case '/':
      return vdma_parse_uint64 (text + 1, &denominator)
             && rate_set (rate, numerator, denominator);
    case '.':
      return rate_parse_decimals (text + 1, numerator, rate);
    default:
      return FALSE;
  }
}

/* ---- %XX ---- */

gchar *
vdma_unescape (const gchar *text)
{
  gchar *result = g_malloc (strlen (text) + 1);
  gchar *out = result;
  while (*text) {
    if (*text != '%') {
      *out++ = *text++;
      continue;
    }
    gint high = g_ascii_xdigit_value (text[1]);
    gint low = high < 0 ? -1 : g_ascii_xdigit_value (text[2]);
    if (low < 0 || (high == 0 && low == 0)) {
      g_free (result);
      return NULL;
    }
    *out++ = (gchar) (high << 4 | low);
    text += 3;
  }
  *out = '\0';
  if (g_utf8_validate (result, -1, NULL))
    return result;
  g_free (result);
  return NULL;
}
