/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random numbers by address: the n-th of a seed, whoever asks in what order, so
 * that the same script gives the same run. */
#pragma once

#include <glib.h>

/** Returns: number @index of the sequence @seed (splitmix64's finalizer) */
static inline guint64
sim_random (guint64 seed, guint64 index)
{
  guint64 z = seed + (index + 1) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ z >> 31;
}
