/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checked arithmetic and bit fields. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Nanoseconds: the unit of every time in the library. */
#define VDMA_NSEC_PER_USEC G_GINT64_CONSTANT (1000)
#define VDMA_NSEC_PER_MSEC G_GINT64_CONSTANT (1000000)
#define VDMA_NSEC_PER_SEC  G_GINT64_CONSTANT (1000000000)

#define VDMA_KIB (G_GUINT64_CONSTANT (1) << 10)
#define VDMA_MIB (G_GUINT64_CONSTANT (1) << 20)
#define VDMA_GIB (G_GUINT64_CONSTANT (1) << 30)

/* Bit fields by mask; the mask is a non-zero constant of adjacent bits. */
#define VDMA_FIELD_SHIFT(mask) ((guint) __builtin_ctz (mask))
#define VDMA_FIELD_GET(mask, word)                                             \
  (((guint32) (word) & (mask)) >> VDMA_FIELD_SHIFT (mask))
#define VDMA_FIELD_PREP(mask, value)                                           \
  (((guint32) (value) << VDMA_FIELD_SHIFT (mask)) & (mask))

/**
 * vdma_align_up:
 * @value: any number
 * @align: a power of two
 * @result: (out): @value rounded up to a multiple of @align
 *
 * Returns: FALSE when the result does not fit 64 bits
 */
static inline gboolean
vdma_align_up (guint64 value, guint64 align, guint64 *result)
{
  guint64 sum;
  if (!g_uint64_checked_add (&sum, value, align - 1))
    return FALSE;
  *result = sum & ~(align - 1);
  return TRUE;
}

static inline gboolean
vdma_is_power_of_two (guint64 value)
{
  return value != 0 && (value & (value - 1)) == 0;
}

/**
 * vdma_range_fits:
 *
 * Returns: whether [@offset, @offset + @length) lies inside [0, @size)
 */
static inline gboolean
vdma_range_fits (guint64 offset, guint64 length, guint64 size)
{
  return offset <= size && length <= size - offset;
}

G_END_DECLS
